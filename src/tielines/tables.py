"""The tables of ``data/``, read and typed by datapackage.json: codes, labels and orders come from there alone.

Text and list columns are ``str`` ("" where empty), coded columns ordered categoricals in the codebook's
order, numbers float64 (NaN where a text prints none), yes/no columns bool. Each call reads the
files afresh (what has not changed is judged once), and refuses what datapackage.json does not allow.
"""

import csv
import difflib
import io
import json
import math
import os
import re
from bisect import bisect
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from tielines import PLACE, dates, files, texts
from tielines.files import TielinesError

__all__ = (
    "DATA DataError Problem Tables codebook codes fields listed load mark nearest package problems_of read refused resource resources seal sealed sources survey typed write"
).split()


def __dir__():
    return __all__


DATA = PLACE / "data"
GENERATED = "<!-- Generated from datapackage.json by `python -m tielines codebook`: edit there. -->"
YES_NO = ("yes", "no")
WORD_SPANS = r"\d+-\d+(;\d+-\d+)*"
LONGEST = 131_072  # characters of a cell, as csv has it
MANY = 1_000  # rows with one fault that are told, allowed values that are compared
SHORT = 1_000_000  # characters of a table that is kept when it was read, in case that it is asked for again
FULL = 20  # of so many bad cells a column, the nearest allowed value is looked for

COLUMNS = {  # what the package asks for: = a code, ? yes or no, # a whole number, . a number or none
    "articles": "article_id label title author publisher url genre= language published published_basis= published_note "
    "zones coverage= primary_frame= sha256 words#",
    "actors": "actor_id name kind= iso3 sector=",
    "origins": "origin_id author publisher title published url sentence_id",
    "anchors": "row_id sentence_id start# end# words# sha256",
    "events": "event_id label event_type= domain= actors recipients concerns umbrella? in_scope? note",
    "flows": "event_id parent_event_id item= terms= in_total? total_note=",
    "claims": "claim_id sentence_ids event_id speaker basis= origin_id factuality= attribute= value value_basis= said_on "
    "paraphrase",
    "quantities": "quantity_id claim_id measure= low. best. high. qualifier= unit= stage= period base start# end#",
    "uncoded": "sentence_id scope= start# end# reason=",
    "links": "a b relation= note",
    "sentences": "sentence_id article_id paragraph# sentence# zone= start# end# words# quoted_words# word_spans sha256",
    "stances": "stance_id sentence_ids speaker basis= origin_id factuality= dyads dimension= aspect= strength= paraphrase",
    "reasons": "reason_id sentence_ids speaker basis= origin_id factuality= dyads side= direction= reason= paraphrase",
    "wordings": "wording_id sentence_id term thing= speaker quoted?",
    "frames": "article_id paragraph# frame=",
    "recodes": "table row_id variable first second reason=",
    "terms": "article_id paragraph# term count#",
}
LISTS = "states ties sourcing kinds status agreement landmarks".split()

# The shape of datapackage.json: ? may be missing, a tuple is a choice, a pattern is matched whole.
_CODE = {"value": str, "label": str}
_FIELD = {
    "name": re.compile(r"\w+"),
    "type": ("string", "integer", "number", "boolean"),
    "proof": ("text", "derived", "twice", "prose"),
    "description": str,
    "edtf?": bool,
    "list?": re.compile("."),
    "listReference?": {"resource": str, "field": str},
    "categories?": [_CODE],
    "constraints?": {"required?": bool, "unique?": bool, "enum?": [str], "pattern?": str, "minimum?": int},
}
_KEYS = {"fields": [str], "reference": {"resource": str, "fields": [str]}}
_SCHEMA = {"fields": [_FIELD], "primaryKey": [str], "foreignKeys?": [_KEYS]}
_PATH = re.compile(r"(derived/)?\w+\.csv")
_RESOURCE = {"name": str, "path": _PATH, "description": str, "schema": _SCHEMA, "hash?": str, "bytes?": int}
_PACKAGE = {"resources": [_RESOURCE], "lists": {name: [_CODE] for name in LISTS}, "termValues": [_CODE]}


_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?\r?$", re.MULTILINE)


class DataError(TielinesError):
    """Coded data that cannot be read or used."""


class Tables(SimpleNamespace):
    """One frame a table, by the table's name."""


@dataclass(frozen=True, order=True)
class Problem:
    """One broken rule. ``row`` is the file's line, 1 the header; 0 the whole file."""

    file: str
    row: int
    column: str
    value: str
    rule: str
    nearest: str = ""

    def __str__(self) -> str:
        at = f"{self.file}:{self.row}" if self.row else self.file
        what = f" {self.column}={files.shown(self.value)}" if self.column else ""
        return f"{at}{what}: {self.rule}" + (f"; nearest: {self.nearest}" if self.nearest else "")


def _misshapen(value, shape, at: str) -> str:
    """The first place where JSON has not the shape it should, and what is wrong there; "" where it has."""
    kind = dict if isinstance(shape, dict) else list if isinstance(shape, list) else shape
    if isinstance(kind, type):
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return f"{at} is {files.shown(value)}, not {kind.__name__}"
        if kind is dict:
            for key, inner in shape.items():
                name = key.rstrip("?")
                if name not in value and name == key:
                    return f"{at} has no {name!r}"
                if name in value and (fault := _misshapen(value[name], inner, f"{at}.{name}")):
                    return fault
            plain = value.items() if shape is _CODE else ()  # further properties of a code
            return next((f"{at}.{k} is {files.shown(v)}" for k, v in plain if not isinstance(v, (str, bool))), "")
        if kind is list:
            named = ((v.get("name", n) if isinstance(v, dict) else n, v) for n, v in enumerate(value))
            return next(filter(None, (_misshapen(v, shape[0], f"{at}[{files.shown(n)}]") for n, v in named)), "")
        return f"{at} is no text: {files.shown(value)}" if kind is str and not value.isprintable() else ""
    if isinstance(shape, tuple):
        return "" if value in shape else f"{at} is {files.shown(value)}, not one of {', '.join(shape)}"
    fits = isinstance(value, str) and shape.fullmatch(value)
    return "" if fits else f"{at} is {files.shown(value)}, not as {shape.pattern}"


def mark(field: dict) -> str:
    """The mark of COLUMNS for a field: = a code, ? yes or no, # a whole number, . a number or none, "" text."""
    limits = field.get("constraints", {})
    number = "#" if field["type"] == "integer" and limits.get("required") else "."
    return {"boolean": "?", "string": "=" if "enum" in limits else ""}.get(field["type"], number)


def _unfit(content: dict) -> str:
    """What of a well-formed datapackage.json does not fit together, or not the package; "" where all does."""
    found = {r["name"]: {f["name"]: f for f in r["schema"]["fields"]} for r in content["resources"]}
    for what, names in (("name", found), ("path", {r["path"] for r in content["resources"]})):
        if len(names) < len(content["resources"]):
            return f"two resources have the same {what}"
    for name, wanted in COLUMNS.items():
        if name not in found:
            return f"no table {name!r}; nearest: {nearest(name, found) or 'none'}"
        for column in wanted.split():
            plain = column.rstrip("=?#.")
            if plain not in found[name]:
                return f"no column {plain!r} of {name}; nearest: {nearest(plain, found[name]) or 'none'}"
            if mark(found[name][plain]) != column[len(plain) :]:
                return f"{name}.{plain} is no longer of the type, enum or constraint that the package asks for"
    for name, res in zip(found, content["resources"], strict=True):
        schema = res["schema"]
        if len(found[name]) < len(schema["fields"]):
            return f"two columns of {name} have the same name"
        to = ((k["fields"], k["reference"]) for k in schema.get("foreignKeys", ()))
        keys = [(own, other["resource"], other["fields"]) for own, other in to]
        keys += [(schema["primaryKey"], name, schema["primaryKey"])]
        for field in schema["fields"]:
            limits, to = field.get("constraints", {}), field.get("listReference")
            keys += [([field["name"]], to["resource"], [to["field"]])] if to else []
            enum = limits.get("enum", [])
            if [c["value"] for c in field.get("categories", ())] != enum or len({*enum}) < len(enum):
                return f"categories and enum of {name}.{field['name']} differ, or have a code twice"
            try:
                re.compile(limits.get("pattern", ""))
            except re.error as error:
                return f"pattern of {name}.{field['name']}: {error}"
        for own, table, columns in keys:
            known = {*own} <= {*found[name]} and {*columns} <= {*found.get(table, ())}
            if not own or len({*own}) != len(columns) or not known:
                return f"a key of {name} names {table}.{'+'.join(columns)}, which is not there"
    return ""


@lru_cache(maxsize=8)
def _package(path: str, *stamp) -> dict:
    try:
        content, fault = _codebook(files.read_text(Path(path)), os.path.basename(path))
    except files.FileError as error:
        raise DataError(f"{error}: it says what the tables of this folder are") from None
    if fault:
        raise DataError(fault)
    return content


@lru_cache(maxsize=8)
def _codebook(text: str, name: str) -> tuple[dict, str]:
    """A codebook, and what is wrong with it."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        return {}, f"{name} is not JSON: {error}"
    fault = _misshapen(content, _PACKAGE, name) or _unfit(content)
    return content, f"{name}: {fault}".replace(f"{name}: {name}", name) if fault else ""


def package(data: Path = DATA) -> dict:
    """The content of datapackage.json: types, codes, keys, lists, licences.

    Raises DataError where it is damaged, or lacks a table or column that the package asks for.
    """
    files.settle(data)
    path = os.path.join(data, "datapackage.json")  # asked for by every list of codes: Path takes five times as long
    stamp = os.stat(path) if os.path.isfile(path) else None
    return _package(path, stamp and (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino))


def resources(data: Path = DATA) -> dict[str, dict]:
    """{table: its resource in datapackage.json}."""
    return {r["name"]: r for r in package(data)["resources"]}


def nearest(value: str, allowed) -> str:
    """The allowed value most like ``value``, for error messages; "" where none is near."""
    folded = {str(a).casefold(): str(a) for a in allowed}
    wanted = str(value).casefold()
    names = sorted(folded)
    if len(names) > MANY:  # looking through all would take its time: those that stand near by the alphabet
        at = bisect(names, wanted)
        names = names[max(0, at - MANY // 2) : at + MANY // 2]
    fits = difflib.get_close_matches(wanted, names, 1, 0.4) if len(wanted) < 200 else ()
    return folded[fits[0]] if fits else ""


def resource(name: str, data: Path = DATA) -> dict:
    """One table's resource; DataError naming the nearest table where there is none."""
    known = resources(data)
    if name not in known:
        raise DataError(f"no table {files.shown(name)}; nearest: {nearest(name, known) or sorted(known)}")
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
    known = package(data)["lists"]
    if name not in known:
        raise DataError(f"no list {files.shown(name)}; nearest: {nearest(name, known) or sorted(known)}")
    return {c["value"]: c[prop] for c in known[name] if prop in c}


def problems_of(path: str, column: str, found: list[tuple], total: int = 0):
    """A Problem for each line, value, rule and allowed values; of more than MANY, the last one says how many of ``total`` follow."""
    for n, (line, value, rule, allowed) in enumerate(found[:MANY]):
        yield Problem(path, line, column, value, rule, nearest(value, allowed) if n < FULL else "")
    if len(found) > MANY:
        line, value, rule, _ = found[MANY]
        more = (total or len(found)) - MANY - 1
        yield Problem(path, line, column, value, f"{rule}; and {more:,} more rows have a fault in this column")


def _cells(text: str, res: dict) -> tuple[pd.DataFrame | None, list[Problem]]:
    """One table as text, each row under its line in the file, and what cannot be read of it; None where nothing can."""
    path, want = res["path"], [f["name"] for f in res["schema"]["fields"]]
    rows, lines, torn, told, end = [], [], 0, [], 0

    def only(row, rule, column="", value="", near=""):
        return None, [Problem(path, row, column, value, rule, near)]

    try:
        if "<<<<<<<" in text and (mark := _CONFLICT.search(text)):
            at = text.count("\n", 0, mark.start()) + 1
            return only(at, "a conflict mark of git: settle what to keep, then take the marks out")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header, end = next(reader, None), reader.line_num
        n = len(header or ())
        for row in reader:
            if len(row) == n:
                rows.append(row)
                lines.append(end + 1)
            else:  # all of millions need not be kept
                torn += 1
                if torn <= MANY + 1:
                    told.append((end + 1, "", f"{len(row)} fields where the header has {n}", ()))
            end = reader.line_num
    except csv.Error as error:
        cause = f"a cell of more than {LONGEST:,} characters" if "limit" in str(error) else error
        return only(end + 1, f"no CSV from here on ({cause}): look for a stray quotation mark")
    if header is None:
        return only(0, "the file is empty; its first line names the columns")
    missing, unknown = [*(Counter(want) - Counter(header))], [*(Counter(header) - Counter(want))]
    if missing or unknown:
        known, strange = ", ".join(missing) or "none", ", ".join(unknown) or "none"
        rule = f"missing: {known}; unknown or there twice: {strange if len(strange) < 200 else files.shown(strange)}"
        value = [*unknown, *missing][0]
        return only(1, rule, "header", value, nearest(value, missing))
    frame = pd.DataFrame(rows, lines, header, dtype=object)
    return frame if header == want else frame[want], [*problems_of(path, "", told, torn)]


def error(parse):
    """What a parser holds against a value, or "": a function of the value."""

    def told(value: str) -> str:
        try:
            parse(value)
        except ValueError as error:
            return str(error)
        return ""

    return told


def _rules(field: dict, whole: bool):
    """What is asked of the values of a field, in turn: whether one that is not empty fits; else, in words, why not."""
    limits, kind = field.get("constraints", {}), field["type"]
    if whole:
        hidden = "holds U+{:04X}, which nobody sees".format
        yield str.isprintable, lambda v: hidden(ord(next(c for c in v if not c.isprintable())))
        yield lambda v: len(v) <= LONGEST, f"more than {LONGEST:,} characters"
        if kind == "string":
            yield re.compile(r"[^=+@-]|-[0-9]").match, "begins like a formula, which a spreadsheet would run"
    if kind == "integer":
        yield re.compile("[0-9]{1,18}").fullmatch, "not a whole number"  # what int64 holds
    if kind == "number":
        number = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?").fullmatch
        yield lambda v: number(v) and math.isfinite(float(v)), "not a number"
    if "minimum" in limits:
        yield lambda v: float(v) >= limits["minimum"], f"below {limits['minimum']}"
    if kind == "boolean":
        yield YES_NO.__contains__, "yes or no"
    if "enum" in limits:
        yield limits["enum"].__contains__, "unknown code"
    if whole and (pattern := limits.get("pattern") or (WORD_SPANS if field["name"] == "word_spans" else "")):
        yield re.compile(pattern, re.ASCII).fullmatch, f"does not match {pattern}"
    if field.get("edtf"):
        wrong = error(dates.parse)
        yield lambda v: not wrong(v), lambda v: f"not a possible EDTF date: {wrong(v)}"
    if field["name"] == "zones":
        fault = error(texts.parse_zones)
        yield lambda v: not fault(v), fault


def refused(field: dict, values: set, whole: bool = True) -> dict[str, str]:
    """{value: the rule of datapackage.json that it breaks}."""
    needed = field.get("constraints", {}).get("required") and (whole or mark(field))
    broken = {"": "a value is required"} if "" in values and (needed or field["type"] == "boolean") else {}
    values = [v for v in values if v]
    for fits, rule in _rules(field, whole):
        if wrong := [v for v in values if not fits(v)]:
            broken |= {v: rule if isinstance(rule, str) else rule(v) for v in wrong}
            values = [v for v in values if v not in broken]
    return broken


def first_row(frame: pd.DataFrame, columns) -> pd.Series:
    """The line of the first row that has the same cells in ``columns``."""
    seen, keys = {}, zip(*(frame[c] for c in columns), strict=True)
    return pd.Series([seen.setdefault(key, line) for line, key in zip(frame.index, keys, strict=True)], frame.index)


def _within(frame: pd.DataFrame, res: dict, whole: bool):
    """What datapackage.json has against the cells and keys of one table."""
    own = res["schema"]["fields"]
    if whole and frame.empty:
        yield Problem(res["path"], 0, "", "", "a header and no rows")
    for field in own:
        limits, column = field.get("constraints", {}), frame[field["name"]]
        allowed = limits.get("enum", YES_NO if field["type"] == "boolean" else ())
        rules = refused(field, set(column.to_numpy()), whole)
        bad = column[column.isin(rules)].items() if rules else ()
        yield from problems_of(res["path"], field["name"], [(n, v, rules[v], allowed) for n, v in bad])
    unique = [[f["name"]] for f in own if whole and f.get("constraints", {}).get("unique")]
    for key in [*unique, res["schema"]["primaryKey"]]:
        if len(set(zip(*(frame[c].to_numpy() for c in key), strict=True))) < len(frame):
            first = first_row(frame, key)
            again = frame[key].agg(";".join, axis=1)[first.ne(frame.index)].items()
            found = [(line, value, f"stands already in row {first[line]}", ()) for line, value in again]
            yield from problems_of(res["path"], key[0], found)


@lru_cache(maxsize=48)
def _judged(text: str, res: str, whole: bool) -> tuple:
    """One table as text, what cannot be read of it, and what its resource (JSON) has against the rest."""
    res = json.loads(res)
    frame, unread = _cells(text, res)
    return frame, unread, [] if frame is None else [*_within(frame, res, whole)]


def _table(name: str, data: Path, whole: bool) -> tuple:
    """``_judged`` of a table's file; what is short is read and judged once, however often it is asked for."""
    res = resource(name, data)
    try:
        text = files.read_text(Path(data) / res["path"])
    except files.FileError as error:
        return None, [Problem(res["path"], 0, "", "", error.reason)], []
    judge = _judged if len(text) < SHORT else _judged.__wrapped__
    frame, *problems = judge(text, json.dumps(res), whole)
    return None if frame is None else frame.copy(deep=False), *problems


def sources(names, data: Path = DATA) -> dict[tuple, list]:
    """{(table, column): what refers to it}, each as table, column and the separator of a list, None where it is none."""
    found = defaultdict(list)
    for name in names:
        schema = resource(name, data)["schema"]
        for key in schema.get("foreignKeys", ()):
            to = key["reference"]
            found[to["resource"], to["fields"][0]].append((name, key["fields"][0], None))
        for field in schema["fields"]:
            if to := field.get("listReference"):
                found[to["resource"], to["field"]].append((name, field["name"], field.get("list")))
    return found


def _between(frames: dict, whole: set, data: Path):
    """References to rows that are not there; where most to one key are lost, that key alone is told."""
    for (table, target), by in sources(frames, data).items():
        if table not in whole:  # it is told already
            continue
        allowed, named, gone, lost = set(frames[table][target]), set(), set(), []
        for name, column, separator in by:
            cells = frames[name][column]
            parts = {cell: cell.split(separator) if separator else [cell] for cell in set(cells.to_numpy()) if cell}
            named.update(part for own in parts.values() for part in own if part)
            bad = {cell: lacks for cell, own in parts.items() if (lacks := [p for p in own if p and p not in allowed])}
            gone.update(value for own in bad.values() for value in own)
            where, rule = cells[cells.isin(bad)].items() if bad else (), f"no such {target} in {table}"
            lost.append((name, column, [(line, v, rule, allowed) for line, cell in where for v in bad[cell]]))
        if len(gone) > 2 and 2 * len(gone) > len(named):
            rule = f"{len(gone)} of {len(named)} values that other tables name are not here, such as {min(gone)!r}"
            yield Problem(resource(table, data)["path"], 0, target, "", rule, nearest(min(gone), allowed))
            continue
        for name, column, found in lost:
            yield from problems_of(resource(name, data)["path"], column, found)


def survey(data: Path = DATA, names=None, whole: bool = True) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Tables as text, rows under their lines, and all that datapackage.json has against them, first causes first.

    ``whole=False`` asks only what types need: files that can be read, codes, numbers, dates, yes or no, unique keys.
    """
    found = {name: _table(name, data, whole) for name in names or resources(data)}
    frames = {name: frame for name, (frame, _, _) in found.items() if frame is not None}
    problems = [problem for part in (1, 2) for told in found.values() for problem in told[part]]
    sound = {name for name, frame in frames.items() if len(frame) and not found[name][1]}
    return frames, [*problems, *(_between(frames, sound, data) if whole else ())]


def typed(name: str, frame: pd.DataFrame, data: Path = DATA) -> pd.DataFrame:
    """A table of ``survey``, in which nothing is wrong, with its types."""

    def as_type(cells, kind, field):
        if kind == "?":
            return cells == "yes"
        if kind == "=":
            codes = field["constraints"]["enum"]
            return pd.Categorical.from_codes(pd.Index(codes).get_indexer(cells), codes, ordered=True)
        if kind == ".":
            return np.where(cells == "", "nan", cells).astype(float)
        return cells.astype("int64") if kind else pd.array(cells, str)

    return pd.DataFrame({f["name"]: as_type(frame[f["name"]].to_numpy(), mark(f), f) for f in fields(name, data)})


def _sound(data: Path, names=None, whole: bool = False) -> dict[str, pd.DataFrame]:
    frames, problems = survey(data, names, whole)
    if problems:
        more = f"; {len(problems) - 1} more, `python -m tielines check` lists them" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more}")
    return {name: typed(name, frame, data) for name, frame in frames.items()}


def read(name: str, data: Path = DATA) -> pd.DataFrame:
    """One table as a typed frame, its columns as datapackage.json lists them.

    Raises DataError with file, row, column, value, rule and nearest allowed value where a cell is not of its type.
    """
    return _sound(data, [name])[name]


def load(data: Path = DATA, whole: bool = False) -> Tables:
    """Every table of ``data``, typed, unfiltered, under its name; with ``whole``, all else that datapackage.json asks holds.

    Raises DataError naming the first cell that is wrong.
    """
    return Tables(**_sound(data, whole=whole))


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
    content = files.read(path)
    return {"hash": f"sha256:{files.sha256(content)}", "bytes": len(content)}


def codebook(data: Path = DATA) -> str:
    """The tables, columns, codes and lists of datapackage.json as Markdown, for data/README.md."""
    out, seen = [], {}
    for name, res in resources(data).items():
        out += [f"### {name}", "", f"`{res['path']}`: {res['description']}", ""]
        out += ["| column | type | proof | rule |", "|---|---|---|---|"]
        for f in fields(name, data):
            kind = "EDTF" if f.get("edtf") else f"{f['type']} list" if f.get("list") else f["type"]
            if f.get("categories"):
                kind = "code"
                seen.setdefault(json.dumps(f["categories"]), []).append(f"{name}.{f['name']}")
            out.append(f"| {f['name']} | {kind} | {f['proof']} | {f['description']} |")
        out.append("")
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
