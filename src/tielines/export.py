"""All tables with their codebook and keys, for other programs: a workbook, a folder of Parquet files, an SQLite file, Web Annotations.

Each holds what ``data/`` holds, cell by cell; tables ``codebook`` (a row a column) and ``codes`` (a row a code, in order) explain it.
An empty cell is an empty one in a workbook, NULL elsewhere.
"""

import base64
import io
import json
import sqlite3
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from tielines import ROOT, __version__, files, tables
from tielines.files import TielinesError

__all__ = "FORMATS build".split()


def __dir__():
    return __all__


FORMATS = {"xlsx": ["openpyxl"], "parquet": ["duckdb"], "sqlite": [], "jsonld": []}  # what each needs
EXTRAS = {"openpyxl": "office", "duckdb": "parquet"}
TYPES = {"string": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "BOOLEAN"}  # of SQLite
TYPES_OF_PARQUET = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
TERMS = "urn:x-tielines:"  # a name, no address: nothing is fetched
PLACED = {"claims": "claim_id", "stances": "stance_id", "reasons": "reason_id", "wordings": "wording_id"}  # have anchors


def build(to: str, out: Path | None = None, data: Path = tables.DATA) -> Path:
    """Write all tables in a format of FORMATS, ``own/tielines.xlsx`` and the like where ``out`` names nothing; returns its path.

    Parquet is a folder with a file a table. Raises TielinesError where a library is missing, DataError where a table is not sound.
    """
    if lacking := [module for module in FORMATS[to] if find_spec(module) is None]:
        extra = EXTRAS[lacking[0]]
        raise TielinesError(f"an export as {to} needs {lacking[0]}: python -m pip install -e '.[{extra}]'")
    out = Path(out or ROOT / "own" / ("tielines-parquet" if to == "parquet" else f"tielines.{to}"))
    made = {"xlsx": _xlsx, "parquet": _parquet, "sqlite": _sqlite, "jsonld": _jsonld}[to](tables.load(data), data)
    for name, content in made.items():
        files.write(out / name if name else out, content)
    return out


def _codebook(data: Path) -> dict[str, pd.DataFrame]:
    """``codebook``: what each column is, and which column of which table it refers to; ``codes``: the codes of columns, in order."""
    columns, codes = [], []
    for table, resource in tables.resources(data).items():
        keys = {key["fields"][0]: key["reference"] for key in resource["schema"].get("foreignKeys", ())}
        for field in tables.fields(table, data):
            to = keys.get(field["name"]) or field.get("listReference")
            refers = f"{to['resource']}.{to['fields'][0] if 'fields' in to else to['field']}" if to else ""
            primary = field["name"] in resource["schema"]["primaryKey"]
            columns.append((table, field["name"], field["type"], primary, refers, field.get("list", ""), field["proof"], field["description"]))  # fmt: skip
            for n, code in enumerate(field.get("categories", ()), 1):
                codes.append((table, field["name"], n, code["value"], code["label"], code.get("description", ""), code.get("example", "")))  # fmt: skip
    names = "table column type primary_key refers_to list_separator proof rule"
    return {"codebook": pd.DataFrame(columns, columns=names.split()),
            "codes": pd.DataFrame(codes, columns="table column position code shown_as rule example".split())}  # fmt: skip


def _cells(frame: pd.DataFrame, empty=None):
    """The rows of a frame as plain values of Python, ``empty`` for what is empty."""
    columns = [[empty if v != v or v == "" else v for v in frame[c].astype(object).tolist()] for c in frame]
    return zip(*columns, strict=True)


def _xlsx(data, path: Path) -> dict[str, bytes]:
    """A sheet a table, in which text stays text: no cell is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, NamedStyle

    book = Workbook(write_only=True)
    text = NamedStyle("inert", number_format="@", alignment=Alignment(vertical="top", wrap_text=True))
    book.add_named_style(text)
    for name, frame in (_codebook(path) | vars(data)).items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        rows = [list(row) for row in _cells(frame)]
