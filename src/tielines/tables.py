"""Read one table of ``data/``, typed by datapackage.json; one thin loader each.

Text and list columns are ``str`` ("" where empty), coded columns ordered categoricals in the
codebook's order, numbers float64 (NaN where a text prints none), yes/no columns bool.
Each call reads afresh, so a caller may change what he gets.
"""

import csv
import difflib
import hashlib
import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from tielines import ROOT

DATA = ROOT / "data"
GENERATED = "<!-- Generated from datapackage.json by `python -m tielines codebook`: edit there. -->"


class DataError(ValueError):
    """Coded data that cannot be read or used; its text says where and what to do."""


@lru_cache(maxsize=8)
def _package(path: Path, stamp: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def package(data: Path = DATA) -> dict:
    """The content of datapackage.json: types, codes, keys, sources, licences."""
    path = Path(data) / "datapackage.json"
    if not path.is_file():
        raise DataError(f"{path} is missing: it says what the tables of this folder are")
    return _package(path, path.stat().st_mtime_ns)


def resources(data: Path = DATA) -> dict[str, dict]:
    """{table: its resource in datapackage.json}."""
    return {r["name"]: r for r in package(data)["resources"]}


def nearest(value: str, allowed) -> str:
    """The allowed value most like ``value``, for error messages; "" where none is near."""
    fits = difflib.get_close_matches(str(value), [str(a) for a in allowed], 1, 0.4)
    return fits[0] if fits else ""


def resource(name: str, data: Path = DATA) -> dict:
    """One table's resource; DataError naming the nearest table where there is none."""
    known = resources(data)
    if name not in known:
        raise DataError(f"no table {name!r}; nearest: {nearest(name, known) or sorted(known)}")
    return known[name]


def fields(name: str, data: Path = DATA) -> list[dict]:
    """The field descriptors of one table."""
    return resource(name, data)["schema"]["fields"]


def codes(name: str, field: str, data: Path = DATA) -> dict[str, str]:
    """{code: label} of a coded column, in the codebook's order."""
    found = next(f for f in fields(name, data) if f["name"] == field)
    return {c["value"]: c["label"] for c in found.get("categories", [])}


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

    Raises DataError where the file is missing, empty or not UTF-8.
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
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        raise DataError("the file is empty; its first line names the columns")
    return rows


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV (UTF-8, LF), whole or not at all."""
    part = path.with_suffix(path.suffix + ".part")
    frame.to_csv(part, index=False, lineterminator="\n")
    part.replace(path)


def seal(data: Path = DATA) -> list[str]:
    """Write each table's SHA-256 and size into datapackage.json; the tables whose seal changed."""
    path, changed = Path(data) / "datapackage.json", []
    content = json.loads(path.read_text(encoding="utf-8"))
    for res in content["resources"]:
        now = sealed(Path(data) / res["path"])
        if {k: res.get(k) for k in now} != now:
            changed.append(res["name"])
            schema = res.pop("schema")
            res.update(now, schema=schema)
    if changed:
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        part = path.with_suffix(".json.part")
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    return changed


def sealed(path: Path) -> dict:
    """``hash`` and ``bytes`` of a file, as Data Package writes them."""
    content = path.read_bytes()
    return {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}


def load_articles(data: Path = DATA) -> pd.DataFrame:
    """The texts, one row an article: date of publication (EDTF), zones, SHA-256, words."""
    return read("articles", data)


def load_sentences(data: Path = DATA) -> pd.DataFrame:
    """Locators, one row a sentence: offsets in code points, zone, words, SHA-256. No text."""
    return read("sentences", data)


def load_actors(data: Path = DATA) -> pd.DataFrame:
    """States, organisations, persons and outlets that act or speak."""
    return read("actors", data)


def load_origins(data: Path = DATA) -> pd.DataFrame:
    """Documents and utterances that articles go back to, the endnotes among them."""
    return read("origins", data)


def load_events(data: Path = DATA) -> pd.DataFrame:
    """Pegs that claims hang on; actors and recipients are ``;``-lists of actor ids."""
    return read("events", data)


def load_flows(data: Path = DATA) -> pd.DataFrame:
    """Events that are support: item and terms; provider and recipient are the event's."""
    return read("flows", data)


def load_claims(data: Path = DATA) -> pd.DataFrame:
    """Who says what of an event, how firmly, on what basis; one row a claim."""
    return read("claims", data)


def load_quantities(data: Path = DATA) -> pd.DataFrame:
    """Printed amounts: low, best, high in ``unit``; NaN is a bound the text does not print."""
    return read("quantities", data)


def load_uncoded(data: Path = DATA) -> pd.DataFrame:
    """What is no row elsewhere, and why."""
    return read("uncoded", data)


def load_links(data: Path = DATA) -> pd.DataFrame:
    """Pairs of claims that bear on each other: contradiction, modality, maybe_same …"""
    return read("links", data)


def load_anchors(data: Path = DATA) -> pd.DataFrame:
    """The words that a claim, stance, reason or wording rests on, as offsets; no text."""
    return read("anchors", data)


def load_wordings(data: Path = DATA) -> pd.DataFrame:
    """The words that texts choose for the tie, the signed text, the US measures and so on."""
    return read("wordings", data)


def load_stances(data: Path = DATA) -> pd.DataFrame:
    """Passages that judge a tie: speaker, ties, aspect and strength on the project's own scale."""
    return read("stances", data)


def load_reasons(data: Path = DATA) -> pd.DataFrame:
    """Stated causes: why support comes, why it stops short."""
    return read("reasons", data)


def load_frames(data: Path = DATA) -> pd.DataFrame:
    """The frame that organises each body paragraph."""
    return read("frames", data)


def load_recodes(data: Path = DATA) -> pd.DataFrame:
    """Both passes of the blind second coding, unit by unit, with the reason where they differ."""
    return read("recodes", data)


def load_terms(data: Path = DATA) -> pd.DataFrame:
    """Counts of terms a paragraph, computed from the texts."""
    return read("terms", data)


@dataclass(frozen=True)
class Tables:
    """All tables at once, and the filters that were applied to them ({} for none)."""

    articles: pd.DataFrame
    sentences: pd.DataFrame
    actors: pd.DataFrame
    origins: pd.DataFrame
    anchors: pd.DataFrame
    events: pd.DataFrame
    flows: pd.DataFrame
    claims: pd.DataFrame
    quantities: pd.DataFrame
    uncoded: pd.DataFrame
    links: pd.DataFrame
    stances: pd.DataFrame
    reasons: pd.DataFrame
    wordings: pd.DataFrame
    frames: pd.DataFrame
    recodes: pd.DataFrame
    terms: pd.DataFrame
    filters: dict = field(default_factory=dict)

    def counts(self) -> pd.DataFrame:
        """Rows of each table: table, rows."""
        frames = [(name, len(f)) for name, f in vars(self).items() if name != "filters"]
        return pd.DataFrame(frames, columns=["table", "rows"])


def load(data: Path = DATA) -> Tables:
    """Every table of ``data``, typed, unfiltered."""
    names = [f for f in Tables.__dataclass_fields__ if f != "filters"]
    return Tables(**{name: read(name, data) for name in names})


def codebook(data: Path = DATA) -> str:
    """The tables, columns and codes of datapackage.json as Markdown, for data/README.md."""
    out = []
    for name, res in resources(data).items():
        out += [f"### {name}", "", f"`{res['path']}`: {res['description']}", ""]
        out += ["| column | type | proof | rule |", "|---|---|---|---|"]
        for f in fields(name, data):
            kind = "EDTF" if f.get("edtf") else f"{f['type']} list" if f.get("list") else f["type"]
            kind = "code" if f.get("categories") else kind
            out.append(f"| {f['name']} | {kind} | {f['proof']} | {f['description']} |")
        out.append("")
    out += ["## Codes", ""]
    seen = {}
    for name in resources(data):
        for f in fields(name, data):
            if f.get("categories"):
                seen.setdefault(json.dumps(f["categories"]), []).append(f"{name}.{f['name']}")
    for categories, owners in (seen | {json.dumps(package(data)["termValues"]): ["claims.value of a term"]}).items():
        out += [f"### {', '.join(owners)}", "", "| code | shown as | rule | example |", "|---|---|---|---|"]
        for c in json.loads(categories):
            out.append(f"| {c['value']} | {c['label']} | {c['description']} | {c['example']} |")
        out.append("")
    return "\n".join(out)
