"""Whole files read and written, hashes, and the one base of every error that is ours."""

import hashlib
import io
import os
import re
import reprlib
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

__all__ = "FileError TielinesError read read_text settle sha256 shown undated write write_all".split()


def __dir__():
    return __all__


LARGEST = 64 * 2**20  # bytes; a larger file is none of ours
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 100
shown = _SHORT.repr  # a value as an error prints it: its two ends where it is long


class TielinesError(ValueError):
    """Anything that is wrong with what was given; its text says where, and what to do."""


class FileError(TielinesError, OSError):
    """A file that cannot be read or written; ``reason`` says why, without its name."""

    def __init__(self, path: Path, reason: str):
        super().__init__(f"{path.name}: {reason}")
        self.reason = reason


def sha256(data: str | bytes) -> str:
    """Hex SHA-256 of bytes, or of a string's UTF-8 bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def read(path: Path, most: int = LARGEST) -> bytes:
    """A whole file; FileError where it is missing, no file (a pipe would hang), larger than ``most`` or closed to us."""
    try:
        if not path.exists():
            raise FileError(path, "the file is missing")
        if not path.is_file():
            raise FileError(path, "this is no file")
        if path.stat().st_size > most:
            raise FileError(path, f"larger than {most // 2**20} MB")
        return path.read_bytes()
    except FileError:
        raise
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def read_text(path: Path) -> str:
    """A whole file of UTF-8, line ends as they are; FileError where it is not, or starts with a byte order mark."""
    try:
        text = read(path).decode()
    except UnicodeDecodeError as error:
        raise FileError(path, f"byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if text.startswith("\ufeff"):
        raise FileError(path, "the file starts with a byte order mark; save it as UTF-8 without one")
    return text


def write(path: Path, content: str | bytes) -> bool:
    """Write a file whole or not at all; False, and nothing touched, where it has that content already."""
    content = content.encode() if isinstance(content, str) else content
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror}") from error
    return True


def undated(save, packed: bool = False) -> bytes:
    """What ``save`` writes, as a zip whose dates say nothing: the same content, the same bytes; not packed, whatever the zlib."""
    stamped, plain, date = io.BytesIO(), io.BytesIO(), rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*"
    how = zipfile.ZIP_DEFLATED if packed else None
    save(stamped)
    with zipfile.ZipFile(stamped) as old, zipfile.ZipFile(plain, "w") as new:
        for name in sorted(old.namelist()):
            content = re.sub(date, rb"\g<1>2026-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, how)
    return plain.getvalue()


PENDING = ".pending"  # a folder of files that are to replace those beside it; there only once it is whole


def write_all(folder: Path, contents: dict[str, bytes]) -> None:
    """Write several files of a folder, all or none: a reader who comes after a kill finds the old ones or the new ones.

    ``contents`` is {path in the folder: bytes}. Raises FileError.
    """
    settle(folder)
    made = Path(folder) / f"{PENDING}.{os.getpid()}"
    try:
        shutil.rmtree(made, ignore_errors=True)
        for name, content in contents.items():
            write(made / name, content)
        made.replace(made.with_name(PENDING))  # from here on they are the new ones
    except OSError as error:
        raise FileError(Path(folder), f"cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    settle(folder)


def settle(folder: Path) -> None:
    """Finish what ``write_all`` began and could not end."""
    if os.path.isdir(os.path.join(folder, PENDING)):
        pending = Path(folder) / PENDING
        for file in [path for path in pending.rglob("*") if path.is_file()]:
            with suppress(FileNotFoundError):  # another process has done it
                file.replace(folder / file.relative_to(pending))
        shutil.rmtree(pending, ignore_errors=True)
