"""Loaded first (``-p quick``): spares pytest and each worker a grammar built at import.

jsonschema works without rfc3987_syntax, which only checks one string format that notebooks never use.
"""

import sys

import matplotlib

sys.modules.setdefault("rfc3987_syntax", None)
matplotlib.use("agg")
