"""Loaded first (``-p quick``): spares pytest and each worker a grammar built at import, and most sweeps for garbage.

jsonschema works without rfc3987_syntax, which only checks one string format that notebooks never use.
"""

import gc
import sys

sys.modules.setdefault("rfc3987_syntax", None)
gc.set_threshold(100_000)  # as in the kernels of `run`


def pytest_collection_modifyitems():
    import matplotlib  # by those who run tests, not by the one who deals them out

    matplotlib.use("agg")


def pytest_sessionfinish():
    gc.freeze()  # what is left goes with its process; to sweep it once more takes a second
