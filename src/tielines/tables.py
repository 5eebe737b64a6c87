"""The tables of ``data/``, read and typed by datapackage.json: codes, labels and orders come from there alone.

Text and list columns are ``str`` ("" where empty), coded columns ordered categoricals in the codebook's
order, numbers float64 (NaN where a text prints none), yes/no columns bool. Each call reads afresh.
"""

import csv
import difflib
import io
import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from tielines import ROOT, files
from tielines.files import TielinesError

__all__ = "DATA DataError Tables codebook codes fields listed load nearest package raw read resource resources seal sealed write".split()


def __dir__():
    return __all__


DATA = ROOT / "data"
GENERATED = "<!-- Generated from datapackage.json by `python -m tielines codebook`: edit there. -->"


class DataError(TielinesError):
    """Coded data that cannot be read or used."""


class Tables(SimpleNamespace):
    """One frame a table, by the table's name."""


@lru_cache(maxsize=8)
def _package(path: Path, stamp: int) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path.name} is not JSON in UTF-8: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        raise DataError(f"{path.name} has no list of resources: it is no data package")
    return content


def package(data: Path = DATA) -> dict:
    """The content of datapackage.json: types, codes, keys, lists, licences."""
    path = Path(data) / "datapackage.json"
    if not path.is_file():
        raise DataError(f"{path} is missing: it says what the tables of this folder are")
    return _package(path, path.stat().st_mtime_ns)


def resources(data: Path = DATA) -> dict[str, dict]:
    """{table: its resource in datapackage.json}."""
    return {r["name"]: r for r in package(data)["resources"]}


def nearest(value: str, allowed) -> str:
    """The allowed value most like ``value``, for error messages; "" where none is near."""
    folded = {str(a).casefold(): str(a) for a in allowed}
    fits = difflib.get_close_matches(str(value).casefold(), list(folded), 1, 0.4)
    return folded[fits[0]] if fits else ""


def resource(name: str, data: Path = DATA) -> dict:
    """One table's resource; DataError naming the nearest table where there is none."""
    known = resources(data)
    if name not in known:
        raise DataError(f"no table {name!r}; nearest: {nearest(name, known) or sorted(known)}")
    return known[name]


def fields(name: str, data: Path = DATA) -> list[dict]:
    """The field descriptors of one table."""
    return resource(name, data)["schema"]["fields"]


def codes(name: str, field: str, data: Path = DATA, prop: str = "label") -> dict[str, str]:
    """{code: label} of a coded column, in the codebook's order; another property of its codes by name.

    A code that lacks the property is left out.
    """
    found = next(f for f in fields(name, data) if f["name"] == field)
    return {c["value"]: c[prop] for c in found.get("categories", []) if prop in c}


def listed(name: str, data: Path = DATA, prop: str = "label") -> dict[str, str]:
    """{value: label} of a list that no single column holds (states, ties, kinds, status …), in its order."""
    return {c["value"]: c[prop] for c in package(data)["lists"][name] if prop in c}


@lru_cache(maxsize=64)
def _types(name: str, data: Path, stamp: int) -> tuple[dict, dict, list[str]]:
    types, empty, booleans = {}, {}, []
    for f in fields(name, data):
        if f["type"] in ("number", "integer"):
            empty[f["name"]] = [""]
            required = f.get("constraints", {}).get("required")
            types[f["name"]] = "int64" if f["type"] == "integer" and required else "float64"
        elif f["type"] == "boolean":
            booleans.append(f["name"])
            types[f["name"]] = str
        elif enum := f.get("constraints", {}).get("enum"):
            empty[f["name"]] = [""]
            types[f["name"]] = pd.CategoricalDtype(enum, ordered=True)
        else:
            types[f["name"]] = str
    return types, empty, booleans


def read(name: str, data: Path = DATA) -> pd.DataFrame:
    """One table as a typed frame, its columns as datapackage.json lists them.

    Raises DataError, pointing to ``python -m tielines check``, where it cannot be typed.
    """
    path = Path(data) / resource(name, data)["path"]
    stamp = (Path(data) / "datapackage.json").stat().st_mtime_ns
    types, empty, booleans = _types(name, Path(data), stamp)
    try:
        frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=empty, encoding="utf-8")[list(types)]
    except (ValueError, KeyError, OSError) as error:
        hint = "`python -m tielines check` lists every bad row"
        raise DataError(f"{path.name} cannot be read ({error}); {hint}") from error
    for column in booleans:
        frame[column] = frame[column].eq("yes")
    return frame


def raw(name: str, data: Path = DATA) -> list[list[str]]:
    """The rows of one file as text, the header first.

    Raises DataError where the file is missing, empty, not UTF-8 or no CSV.
    """
    path = Path(data) / resource(name, data)["path"]
    if not path.is_file():
        raise DataError("the file is missing")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if text.startswith("\ufeff"):
        raise DataError("the file starts with a byte order mark; save it as UTF-8 without one")
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise DataError(f"this is no CSV: {error}") from None
    if not rows:
        raise DataError("the file is empty; its first line names the columns")
    return rows


def load(data: Path = DATA) -> Tables:
    """Every table of ``data``, typed, unfiltered, under its name."""
    return Tables(**{name: read(name, data) for name in resources(data)})


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV (UTF-8, LF), whole or not at all."""
    files.write(path, frame.to_csv(index=False, lineterminator="\n"))


def seal(data: Path = DATA) -> list[str]:
    """Write each table's SHA-256 and size into datapackage.json; the tables whose seal changed."""
    path, changed, content = Path(data) / "datapackage.json", [], deepcopy(package(data))
    for res in content["resources"]:
        now = sealed(Path(data) / res["path"])
        if {k: res.get(k) for k in now} != now:
            changed.append(res["name"])
            schema = res.pop("schema")
            res.update(now, schema=schema)
    if changed:
        files.write(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return changed


def sealed(path: Path) -> dict:
    """``hash`` and ``bytes`` of a file, as Data Package writes them."""
    content = path.read_bytes()
    return {"hash": f"sha256:{files.sha256(content)}", "bytes": len(content)}


def codebook(data: Path = DATA) -> str:
    """The tables, columns, codes and lists of datapackage.json as Markdown, for data/README.md."""
    out = []
    for name, res in resources(data).items():
        out += [f"### {name}", "", f"`{res['path']}`: {res['description']}", ""]
        out += ["| column | type | proof | rule |", "|---|---|---|---|"]
        for f in fields(name, data):
            kind = "EDTF" if f.get("edtf") else f"{f['type']} list" if f.get("list") else f["type"]
            kind = "code" if f.get("categories") else kind
            out.append(f"| {f['name']} | {kind} | {f['proof']} | {f['description']} |")
        out.append("")
    seen = {}
    for name in resources(data):
        for f in fields(name, data):
            if f.get("categories"):
                seen.setdefault(json.dumps(f["categories"]), []).append(f"{name}.{f['name']}")
    lists = {"claims.value of a term": package(data)["termValues"]}
    lists |= {f"list: {name}": values for name, values in package(data)["lists"].items()}
    seen = {key: ", ".join(owners) for key, owners in seen.items()} | {json.dumps(v): k for k, v in lists.items()}
    out += ["## Codes", ""]
    for categories, title in seen.items():
        out += [f"### {title}", "", "| code | shown as | rule | example |", "|---|---|---|---|"]
        for c in json.loads(categories):
            out.append(f"| {c['value']} | {c['label']} | {c.get('description', '')} | {c.get('example', '')} |")
        out.append("")
    return "\n".join(out)
