"""Tielines: what five articles say Russia and China did for Iran and Cuba, claim by claim."""

import os
from importlib import import_module
from pathlib import Path

__version__ = "0.2.0"
ROOT = Path(os.environ.get("TIELINES_ROOT") or Path(__file__).parents[2]).resolve()

# Loaded when used, so that a plain import costs nothing.
_ROOMS = "aid amounts charts checks corroboration dates figures narratives notebooks overview proofs tables texts timelines words".split()
_LOADERS = "actors anchors articles claims events flows frames links origins quantities reasons recodes sentences stances terms uncoded wordings".split()
__all__ = ["ROOT", *_ROOMS, *(f"load_{name}" for name in _LOADERS)]


def __getattr__(name):
    if name in _ROOMS:
        return import_module(f"tielines.{name}")
    if name in __all__:
        return getattr(import_module("tielines.tables"), name)
    raise AttributeError(f"module 'tielines' has no attribute {name!r}")


def __dir__():
    return __all__
