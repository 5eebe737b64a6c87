"""Tielines: what articles say Russia and China did for Iran and Cuba, claim by claim."""

import os
from importlib import import_module
from pathlib import Path

__version__ = "0.5.0"
ROOT = Path(os.environ.get("TIELINES_ROOT") or Path(__file__).parents[2]).resolve()
MARK = ".tielines-run"  # a file that marks the folder of a run of one's own
# What has the data/, figures/ and own/ of this process: such a folder for its notebooks, else the repository.
PLACE = Path("..").resolve() if Path("..", MARK).is_file() else ROOT

# Loaded when used, so that a plain import costs nothing.
__all__ = (
    "aid amounts apart charts checks corroboration dataset dates exhibits figures files narratives notebooks overview proofs "
    "scale simulate tables texts timelines"
).split()


def __getattr__(name):
    if name in __all__:
        return import_module(f"tielines.{name}")
    raise AttributeError(f"module 'tielines' has no attribute {name!r}")


def __dir__():
    return __all__
