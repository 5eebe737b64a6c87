"""Loaded first (``-p quick``): spares pytest and each worker a grammar built at import, and most sweeps for garbage.

jsonschema works without rfc3987_syntax, which only checks one string format that notebooks never use.
"""

import gc
import sys

import matplotlib

sys.modules.setdefault("rfc3987_syntax", None)
matplotlib.use("agg")
gc.set_threshold(100_000)  # as in the kernels of `run`
