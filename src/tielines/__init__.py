"""Tielines: what five articles say Russia and China did for Iran and Cuba, claim by claim."""

import os
from importlib import import_module
from pathlib import Path

__version__ = "0.1.0"
ROOT = Path(os.environ.get("TIELINES_ROOT") or Path(__file__).parents[2]).resolve()

_ROOMS = [
    "amounts",
    "charts",
    "checks",
    "dates",
    "figures",
    "notebooks",
    "overview",
    "tables",
    "texts",
    "timelines",
    "words",
]  # loaded when used
_LOADERS = [
    "load_actors",
    "load_articles",
    "load_claims",
    "load_events",
    "load_flows",
    "load_links",
    "load_origins",
    "load_quantities",
    "load_sentences",
    "load_uncoded",
]
__all__ = ["ROOT", *_LOADERS, *_ROOMS]


def __getattr__(name):
    if name in _ROOMS:
        return import_module(f"tielines.{name}")
    if name in _LOADERS:
        return getattr(import_module("tielines.tables"), name)
    raise AttributeError(f"module 'tielines' has no attribute {name!r}")


def __dir__():
    return __all__
