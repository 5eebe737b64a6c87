"""Whole-file writes, hashes, and the one base of every error that is ours."""

import hashlib
import os
from pathlib import Path

__all__ = "TielinesError sha256 write".split()


def __dir__():
    return __all__


class TielinesError(ValueError):
    """Anything that is wrong with what was given; its text says where, and what to do."""


def sha256(data: str | bytes) -> str:
    """Hex SHA-256 of bytes, or of a string's UTF-8 bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def write(path: Path, content: str | bytes) -> bool:
    """Write a file whole or not at all; False, and nothing touched, where it has that content already."""
    content = content.encode() if isinstance(content, str) else content
    path = Path(path)
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True
