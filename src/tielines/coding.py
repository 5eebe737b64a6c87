"""A further article: register it, code it on a sheet, merge the sheet, code it blind a second time, take it out again.

A sheet names rows by the columns of the tables; words are pasted and their offsets found, so that a merged row is
proven by the text. Nothing is written before the tables that would follow keep every rule.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from dataclasses import field as given
from functools import cache
from pathlib import Path

import pandas as pd

from tielines import ROOT, amounts, checks, corroboration, dataset, dates, files, proofs, sheets, tables, texts
from tielines.sheets import Tab
from tielines.tables import DataError, Problem

__all__ = "Change likely merge recode register remove sheet suggest".split()


def __dir__():
    return __all__


OWN = ROOT / "own"
SUGGESTED = "suggested"  # a row that a program wrote and no person has cleared
PLAIN = ("recodes", "uncoded")  # tables sorted as text; the others by the numbers in their ids
UNIT_OF = {"t": "mass", "USD": "money", "%": "share", "MW": "capacity", "item": "count"}
ROWS = {"claims": "claim_id", "stances": "stance_id", "reasons": "reason_id", "wordings": "wording_id"}
SAID = "speaker? basis? origin_id?"
TABS = {  # columns of each tab, in the order of a coder's work; ? may be left out, * is there to be read
    "claims": f"sentence_ids text* words event_id attribute value factuality paraphrase amount? {SAID} value_basis? "
    "said_on? stage? period? base? places? claim_id? quantity_id? status? perhaps* amounts* dates* named*",
    "events": "label event_type domain actors recipients item? terms? parent_event_id? concerns? umbrella? in_total? "
    "total_note? note? event_id?",
    "stances": f"sentence_ids text* words dyads dimension aspect strength factuality paraphrase {SAID} places? stance_id? status?",
    "reasons": f"sentence_ids text* words dyads side direction reason factuality paraphrase {SAID} places? reason_id? status?",
    "wordings": "sentence_ids text* words thing speaker? places? wording_id? status?",
    "frames": "paragraph text* frame",
    "uncoded": "sentence_id text* words scope reason places?",
    "actors": "actor_id name kind iso3? sector?",
    "origins": "author? publisher? title published? url? sentence_id? origin_id?",
    "links": "a b relation note why* a_says* b_says*",
    "recodes": "table row_id variable first second settled? reason? says*",
    "article": "article_id label title? author? publisher? url? genre language published published_basis "
    "published_note? zones coverage primary_frame? state?",
    "codes": "",
}
PREFILLED = {"frames": {"paragraph"}, "links": {"a", "b"}, "uncoded": {"sentence_id"}}  # what does not make a row
SECOND = "second "  # how the tabs of a blind second coding begin


@dataclass
class Change:
    """What a sheet would change: faults, or the story of it, a diff, and what is then still to be settled."""

    article_id: str
    problems: list[Problem] = given(default_factory=list)
    story: list[str] = given(default_factory=list)
    diff: list[str] = given(default_factory=list)
    todo: dict[str, Tab] = given(default_factory=dict)  # a sheet to fill and merge next
    contents: dict[str, bytes] = given(default_factory=dict)  # {path in the folder of tables: bytes}

    def write(self, data: Path = tables.DATA) -> None:
        """Write all of it or none, under a new seal."""
        files.write_all(Path(data), self.contents)


# ---- the tables as text


def _sound(data: Path) -> dict[str, pd.DataFrame]:
    """All tables as text. Raises DataError where a rule is broken already."""
    if problems := checks.check(data):
        raise DataError(f"{problems[0]}; the tables have {len(problems)} bad rows: mend them first, `check` lists them")
    return {name: frame.reset_index(drop=True) for name, frame in tables.survey(data)[0].items()}


def _key(name: str, data: Path) -> list[str]:
    return tables.resource(name, data)["schema"]["primaryKey"]


def _sorted(name: str, frame: pd.DataFrame, data: Path) -> pd.DataFrame:
    """Rows in the order of their key."""
    cells = list(zip(*(frame[k] for k in _key(name, data)), strict=True))
    if name not in PLAIN:
        cells = [
            [(not p.isdigit(), int(p) if p.isdigit() else p) for c in row for p in re.split(r"(\d+)", c)]
            for row in cells
        ]
    return frame.iloc[sorted(range(len(frame)), key=cells.__getitem__)].reset_index(drop=True)


def _put(frames: dict, name: str, rows: list[dict], data: Path) -> None:
    """Add rows to a table; one whose key stands there already takes its place."""
    if rows:
        key, own = _key(name, data), frames[name]
        new = pd.DataFrame(rows, columns=own.columns, dtype=object).fillna("").drop_duplicates(key, keep="last")
        kept = own[~pd.MultiIndex.from_frame(own[key]).isin(pd.MultiIndex.from_frame(new[key]))]
        frames[name] = _sorted(name, pd.concat([kept, new]), data)


def _next(column: pd.Series, n: int) -> list[str]:
    """The next ``n`` free ids of a column."""
    ids = column.str.extract(r"(?P<kind>[a-z]+)(?P<number>\d+)")
    last, kind, width = ids["number"].astype(int).max(), ids["kind"].iloc[0], ids["number"].str.len().max()
    return [f"{kind}{last + i:0{width}d}" for i in range(1, n + 1)]


def _staged(frames: dict, was: dict, data: Path, folder: Path) -> dict[str, bytes]:
    """Write a copy of the tables with the frames, what follows from other columns worked out; the files that changed."""
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns(f"{files.PENDING}*"))

    def written(names):
        for name in names:
            tables.write(frames[name], folder / tables.resource(name, data)["path"])

    written(name for name in frames if frames[name] is not was[name])
    scope, notes = checks.derived(folder)
    events, flows = frames["events"], frames["flows"]
    frames["events"] = events.assign(in_scope=events["event_id"].map(scope).fillna(events["in_scope"]))
    allowed = [notes.get(i, [n]) for i, n in zip(flows["event_id"], flows["total_note"], strict=True)]
    note = [n if n in own else own[0] for n, own in zip(flows["total_note"], allowed, strict=True)]
    frames["flows"] = flows.assign(total_note=note, in_total=["no" if n else "yes" for n in note])
    written(("events", "flows"))
    tables.seal(folder)
    paths = [r["path"] for r in tables.resources(folder).values()] + ["datapackage.json"]
    now = {path: (folder / path).read_bytes() for path in paths}
    return {path: content for path, content in now.items() if content != (Path(data) / path).read_bytes()}


def state(article_id: str, frames: dict) -> str:
    """What the rows of an article are now, in twelve letters and digits; "" where it has none."""
    own = []
    for table in (*ROWS, "frames", "uncoded", "articles"):
        column = next(c for c in ("sentence_ids", "article_id", "sentence_id") if c in frames[table])
        rows = frames[table][frames[table][column].str.split(".").str[0].eq(article_id)]
        own.append(rows.to_csv(index=False))
    there = frames["articles"]["article_id"].eq(article_id).any()
    return files.sha256("".join(own))[:12] if there else ""


# ---- register


def register(path: Path, data: Path = tables.DATA, where: Path | None = None, **known) -> tuple[str, list[str], dict]:
    """Read a text and add it to ``articles``, ``sentences`` and ``terms``: its id, notes, and the files to write.

    ``known``: title, author, publisher, url, published (EDTF), genre, label, zones, coverage, article_id. What the text does not
    print stays empty. Copies the text into the folder of the texts. Raises DataError.
    """
    frames = _sound(data)
    content = files.read(Path(path), texts.LARGEST)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise files.FileError(Path(path), f"byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if not texts.words(text) or "\x00" in text:
        raise files.FileError(Path(path), "holds no text")
    row, notes = _registered(text, frames["articles"], data, {k: v for k, v in known.items() if v})
    change = _Draft(frames, data, row["article_id"], text)
    change.register(row)
    change.settle()
    if change.problems:
        raise DataError("; ".join(map(str, change.problems)))
    target = (where or texts.folder()) / f"{row['article_id']}.txt"
    if target.exists() and files.read(target, texts.LARGEST) != text.encode():
        raise DataError(f"{target.name} is there already, with another text: give this one another --id")
    files.write(target, text)
    return row["article_id"], notes, change.contents


def _registered(text: str, articles: pd.DataFrame, data: Path, known: dict) -> tuple[dict, list[str]]:
    digest, notes = files.sha256(text), []
    if (same := articles[articles["sha256"].eq(digest)])["article_id"].size:
        raise DataError(f"this text is article {same['article_id'].iloc[0]} already")
    numbers = articles["article_id"][articles["article_id"].str.fullmatch(r"\d+")]
    article_id = known.get("article_id") or f"{numbers.astype(int).max() + 1 if len(numbers) else 0:03d}"
    if not re.fullmatch("[A-Za-z0-9-]{1,40}", article_id):
        raise DataError(f"id {files.shown(article_id)}: letters, digits and hyphens only, 40 at most")
    if article_id in set(articles["article_id"]):
        raise DataError(f"id {article_id!r} is taken: {', '.join(articles['article_id'])}")
    published = known.get("published", "")
    try:
        year = dates.parse(published).end or dates.parse(published).start
    except ValueError as error:
        raise DataError(f"--published: {error}") from None
    squeezed = re.sub(r"\W", "", known.get("url", "")).lower()
    for name in ("title", "author", "publisher"):
        value = known.get(name, "")
        elsewhere = name == "publisher" and value and re.sub(r"\W", "", value).lower() in squeezed
        if value and value not in text and not elsewhere:
            notes.append(f"the text does not print the {name} {value!r}: left empty")
            known = known | {name: "", f"given_{name}": value}
    printed = {i for kind, *_, parts in texts.mentions(text) if kind == "date" for i in parts if i}
    stated = {int(n) for n in re.findall(r"\d+", published)} <= printed
    spans = texts.paragraphs(text)
    first = text[slice(*spans[0])] == known.get("title") and len(spans) > 1
    zones = f"title:1;body:2-{len(spans)}" if first else f"body:1-{len(spans)}" if len(spans) > 1 else "body:1"
    row = dict.fromkeys(articles.columns, "") | {
        "article_id": article_id,
        "label": known.get("label")
        or f"{known.get('publisher') or known.get('given_publisher') or article_id} ({year.year})",
        "genre": "news_report",
        "language": "en",
        "published": published,
        "published_basis": "stated" if stated else "external",
        "published_note": ""
        if stated
        else "The text does not print this date; it was given when the text was registered.",
        "zones": zones,
        "coverage": "scoped",
    }
    row |= {k: v for k, v in known.items() if k in row}
    row["genre"] = _code(row["genre"], tables.codes("articles", "genre", data))
    notes.append(
        f"zones {row['zones']}, genre {row['genre']}, coverage {row['coverage']}: change them on the tab article"
    )
    return row, notes


# ---- read a sheet


def _code(value: str, known: dict[str, str]) -> str:
    """The code of a cell that has a code or a label."""
    folded = {label.casefold(): code for code, label in known.items()} | {code.casefold(): code for code in known}
    return folded.get(value.casefold(), value)


def _printed(text: str, start: int, end: int):
    """(start, end, amount) of each amount that a span prints: the fewest words that give what the most give."""
    tokens = [
        (start + m.start(), start + m.end()) for m in re.finditer(r"[^\s([]+?(?=[.,;:)\]]*(?:\s|$))", text[start:end])
    ]
    for kind, a, b, _ in texts.mentions(text, start, end):
        at = [n for n, (c, d) in enumerate(tokens) if c < b and a < d]
        if kind != "number" or not at:
            continue
        found = {}
        for left in range(4):
            for right in range(4):
                if at[0] >= left and at[-1] + right < len(tokens):
                    first, last = tokens[at[0] - left][0], tokens[at[-1] + right][1]
                    try:
                        found[left, right] = first, last, amounts.parse(text[first:last])
                    except ValueError:
                        continue
        if found:
            most = found[max(found, key=sum)][2]
            yield found[min((k for k in found if found[k][2] == most), key=sum)]


class _Draft:
    """The tables with a sheet's rows in them, where each row comes from, and what is wrong so far."""

    def __init__(self, frames: dict, data: Path, article_id: str, text: str):
        self.was, self.frames, self.data = frames, dict(frames), Path(data)
        self.article_id, self.text = article_id, text
        self.origin, self.problems, self.contents, self.left_out = {}, [], {}, 0
        self.codes = cache(lambda table, column: tables.codes(table, column, self.data))
        self.columns = cache(lambda table: {f["name"] for f in tables.fields(table, self.data)})

    def fault(self, place, row, column, value, rule, allowed=()):
        self.problems.append(
            Problem(place, row, column, str(value), rule, tables.nearest(value, allowed) if value else "")
        )

    def put(self, table, rows):
        """Add rows, a dict each with ``_at`` (tab, row in it)."""
        key = _key(table, self.data)
        for row in rows:
            self.origin[table, *(str(row.get(k, "")) for k in key)] = row.get("_at")
        _put(self.frames, table, [{k: str(v) for k, v in row.items() if k != "_at"} for row in rows], self.data)

    def register(self, row: dict):
        """The article's row, its sentences and terms, made from its text."""
        if error := tables.error(texts.parse_zones)(row["zones"]):
            raise DataError(f"zones: {error}")
        row = row | {"sha256": files.sha256(self.text), "words": str(len(self.text.split()))}
        self.put("articles", [row])
        for name, made in (
            ("sentences", texts.sentences(self.article_id, self.text, row["zones"])),
            ("terms", texts.terms(self.article_id, self.text)),
        ):
            own = self.frames[name]
            self.frames[name] = own[own["article_id"].ne(self.article_id)]
            self.put(name, made.astype(str).to_dict("records"))
            if name == "sentences":
                self.places = made.set_index("sentence_id")

    def settle(self, file: str = "", renamed: dict = {}, change: Change | None = None):  # noqa: B006 (only read)
        """Stage the tables and hold them to every rule; faults are told at the row of the sheet; a change gets its story."""
        with tempfile.TemporaryDirectory() as folder:
            staged = Path(folder) / "data"
            self.contents = _staged(self.frames, self.was, self.data, staged)
            told = {(p.file, p.row) for p in self.problems}
            for problem in checks.check(staged, sealed=False):
                place, row, column = self._place(problem, file, renamed)
                if (place, row) not in told or not row:
                    self.problems.append(Problem(place, row, column, problem.value, problem.rule, problem.nearest))
            if not self.problems and self.text:
                raw = tables.load(staged)
                proven = proofs.verify({self.article_id: self.text}, raw)
                for bad in proven[proven["outcome"].ne("ok")].itertuples():
                    at = next(
                        (at for key, at in self.origin.items() if key[1] == bad.row_id.split("@")[0] and at), (file, 0)
                    )
                    self.fault(*at, "", bad.row_id, f"the text does not prove its {bad.proof}: it is not in the words")
            if not self.problems and change:
                _tell(change, self, dataset.load(self.data), dataset.load(staged))
        self.problems = sorted(set(self.problems))

    def _place(self, problem, file, renamed):
        name = next(n for n, r in tables.resources(self.data).items() if r["path"] == problem.file)
        if problem.row > 1:
            row = self.frames[name].iloc[problem.row - 2]
            at = self.origin.get((name, *(row[k] for k in _key(name, self.data))))
            if at:
                return *at, renamed.get((name, problem.column), problem.column)
        return problem.file, problem.row, problem.column


# ---- merge


def merge(path: Path, data: Path = tables.DATA, where: Path | None = None) -> Change:
    """What a sheet changes, or all that is wrong with it. Nothing is written; ``Change.write`` does that.

    Raises FileError or DataError where the file, the article or its text cannot be made out.
    """
    path = Path(path)
    found, problems = sheets.read(path, _tabs(data))
    frames = _sound(data)
    article_id = _article_of(path, found, frames)
    draft = _Draft(frames, data, article_id, _text(article_id, frames, where))
    draft.problems += problems
    many = len(found) > 1 or path.suffix == ".xlsx"
    change = Change(article_id)
    _Reader(draft, found, lambda tab: f"{path.name} [{tab}]" if many else path.name).read()
    if any(tab.startswith(SECOND) for tab in found):
        _second(change, draft, found, path)
    if not change.todo:
        draft.settle(path.name, RENAMED, change)
    change.problems, change.contents = draft.problems, draft.contents
    if draft.left_out:
        change.story.append(f"leaves out {draft.left_out} suggested rows that nobody has cleared (empty their status)")
    return change


def _article_of(path: Path, found: dict, frames: dict) -> str:
    """The one article that a sheet is about."""
    named = set(found["article"]["article_id"]) if "article" in found and len(found["article"]) else set()
    for tab in found.values():
        for column in {"sentence_ids", "sentence_id"} & set(tab):
            named |= {part.split(".")[0] for cell in tab[column] for part in cell.split(";") if part}
    named |= {r.split(".")[0] for tab, f in found.items() if tab == SECOND + "frames" for r in f["row_id"]}
    if not named and {"links", "recodes"} & set(found):
        return ""
    if len(named) != 1:
        raise DataError(
            f"{path.name} names {len(named) or 'no'} articles{': ' if named else ''}{', '.join(map(files.shown, sorted(named)[:5]))}; a sheet is about one"
        )
    article_id = named.pop()
    if not re.fullmatch("[A-Za-z0-9-]{1,40}", article_id):
        raise DataError(
            f"{path.name}: {files.shown(article_id)} is no id of an article: letters, digits and hyphens only"
        )
    if article_id not in set(frames["articles"]["article_id"]) and "article" not in found:
        near = tables.nearest(article_id, frames["articles"]["article_id"])
        raise DataError(f"{path.name}: no article {article_id!r}; nearest: {near or 'none'}; `add` registers one")
    return article_id


def _text(article_id: str, frames: dict, where: Path | None) -> str:
    if not article_id:
        return ""
    articles = frames["articles"]
    own = articles[articles["article_id"].eq(article_id)]
    if own.empty:
        return texts.find_texts([article_id], where)[article_id]
    places = frames["sentences"].astype({"start": int, "end": int})
    found, _, faults = texts.known(own, places, where)
    for fault, _ in faults.values():
        raise DataError(fault)
    return found[article_id]


RENAMED = {(table, column): "words" for table in ("anchors",) for column in ("start", "end", "words", "sentence_id")}
RENAMED |= {("quantities", column): "amount" for column in ("start", "end", "low", "best", "high", "qualifier", "unit")}
RENAMED |= {("quantities", "measure"): "value"} | {("wordings", c): "words" for c in ("term", "quoted", "sentence_id")}


class _Reader:
    """The tabs of a sheet, row by row, into a draft."""

    def __init__(self, draft: _Draft, found: dict, place):
        self.draft, self.found, self.place = draft, found, place
        self.frames, self.data = draft.frames, draft.data
        actors = [self.frames["actors"], *([found["actors"]] if "actors" in found else [])]
        actors = pd.concat(actors)[["actor_id", "name"]]
        self.actors = dict(zip(actors["actor_id"], actors["name"], strict=True)) | {"AUTHOR": "the author"}
        self.ties = tables.listed("ties", self.data)

    def read(self):
        if "article" in self.found:
            for n, row in self.rows("article"):
                if row["article_id"]:
                    self.coded("article", n, row, "articles")
                    stamp = state(row["article_id"], self.draft.was)
                    if row.get("state") and stamp and row["state"] != stamp:
                        told = "the article's rows changed after this sheet was written: write a fresh one with `sheet`"
                        self.draft.fault(self.place("article"), n, "state", row["state"], told)
                    self.draft.register({k: v for k, v in row.items() if k in self.frames["articles"]})
        sentences = self.frames["sentences"]
        own = sentences[sentences["article_id"].eq(self.draft.article_id)].astype({"start": int, "end": int})
        self.sentences = own.set_index("sentence_id")[["start", "end"]]
        for tab in ("actors", "origins"):
            self.put(tab, tab, self.numbered(tab, [*self.rows(tab)], "origin_id" if tab == "origins" else ""))
        self.events()
        for tab in ROWS:
            self.judged(tab)
        for tab in ("frames", "uncoded"):
            self.put(tab, tab, [*self.rows(tab)])
        self.links()
        self.settled()

    def links(self):
        """What is said of two events in the same words as before takes its row's place."""
        rows = [*self.rows("links")]
        new = pd.DataFrame([row for _, row in rows], columns=self.frames["links"].columns)
        said = [
            _pairs_of_events(f, self.frames["claims"]) + "\n" + f["relation"] + "\n" + f["note"]
            for f in (self.frames["links"], new)
        ]
        stays = said[0].str.startswith("\n") | ~said[0].isin(said[1])
        gone = _units("links", self.frames["links"][~stays], self.data) if not stays.all() else ()
        self.frames["links"], recodes = self.frames["links"][stays], self.frames["recodes"]
        self.frames["recodes"] = recodes[~(recodes["table"].eq("links") & recodes["row_id"].isin(gone))]
        self.put("links", "links", rows)

    def rows(self, tab):
        """(number, row) of each row that says something; labels and names become codes and ids, defaults are filled in."""
        frame = self.found.get(tab, pd.DataFrame())
        prefilled = PREFILLED.get(tab, {"sentence_ids", "status"})
        for n, row in zip(frame.index, frame.to_dict("records"), strict=True):
            if not any(v for k, v in row.items() if k not in prefilled):
                continue
            if row.get("status") == SUGGESTED:
                self.draft.left_out += 1
                continue
            if row.get("status"):
                self.draft.fault(self.place(tab), n, "status", row["status"], "empty, or suggested", [SUGGESTED])
            if tab == "frames":
                row["article_id"] = self.draft.article_id
            if tab not in ("article", "recodes"):
                self.coded(tab, n, row, tab)
            yield n, row

    def coded(self, tab, n, row, table):
        """Labels to codes, in place; what is no code is told with the nearest label."""
        for column in row.keys() & self.draft.columns(table):
            known = self.draft.codes(table, column)
            if known and row[column]:
                row[column] = _code(row[column], known)
                if row[column] not in known:
                    self.draft.fault(self.place(tab), n, column, row[column], "unknown code", [*known.values(), *known])

    def people(self, tab, n, row, *columns):
        ids = {name.casefold(): actor_id for actor_id, name in self.actors.items()} | {
            i.casefold(): i for i in self.actors
        }
        for column in columns:
            mark = "_" if column == "speaker" else ";"
            if column == "speaker":
                row[column] = row.get(column) or "AUTHOR"
                if row[column].casefold() in ids:
                    row[column] = ids[row[column].casefold()]
            parts = [part.strip() for part in row.get(column, "").split(mark) if part.strip()]
            for part in parts:
                if part.casefold() not in ids:
                    self.draft.fault(
                        self.place(tab),
                        n,
                        column,
                        part,
                        "no such actor; a new one stands on the tab actors",
                        [*self.actors.values(), *self.actors],
                    )
            row[column] = mark.join(ids.get(part.casefold(), part) for part in parts)
            if column == "speaker" and row[column] and not row[column].endswith("AUTHOR"):
                row[column] += "_AUTHOR"

    def numbered(self, table, rows, key):
        if key:
            without = [row for _, row in rows if not row.get(key)]
            for row, new in zip(without, _next(self.frames[table][key], len(without)), strict=True):
                row[key] = new
        return rows

    def put(self, tab, table, rows):
        if tab in ("uncoded",):
            for n, row in rows:
                spans = self.spans(tab, n, row)
                row["start"], row["end"] = (spans[0][1], spans[-1][2]) if spans else ("", "")
        self.draft.put(table, [row | {"_at": (self.place(tab), n)} for n, row in rows])

    def events(self):
        rows = self.numbered("events", [*self.rows("events")], "event_id")
        flows = []
        for n, row in rows:
            self.people("events", n, row, "actors", "recipients", "concerns")
            row["umbrella"] = row.get("umbrella") or ("yes" if row["label"].endswith("(unspecific)") else "no")
            row["in_scope"] = "no"  # worked out when all rows are there
            if row.get("item"):
                self.coded("events", n, row, "flows")
                row["terms"] = row.get("terms") or "not_stated"
                flows.append((n, row))
        self.put("events", "events", rows)
        self.support = set(self.frames["flows"]["event_id"]) | {row["event_id"] for _, row in flows}
        events = self.frames["events"]
        self.labels = {label.casefold(): i for i, label in zip(events["event_id"], events["label"], strict=True)}
        for n, row in flows:
            parent = row.get("parent_event_id", "")
            row["parent_event_id"] = self.event("events", n, parent, "parent_event_id") if parent else ""
        self.put("events", "flows", flows)

    def event(self, tab, n, cell, column="event_id"):
        """The id in a cell that has an id, an id and a label, or a label."""
        first, _, _ = cell.partition(" ")
        if first in set(self.labels.values()):
            return first
        if cell.casefold() not in self.labels and cell:
            self.draft.fault(
                self.place(tab), n, column, cell, "no such event; a new one stands on the tab events", [*self.labels]
            )
        return self.labels.get(cell.casefold(), cell)

    def spans(self, tab, n, row):
        """(sentence_id, start, end) of the words that a row rests on; what is not there is told."""
        ids = [i for i in (row.get("sentence_ids") or row.get("sentence_id", "")).split(";") if i]
        text, words, found = self.draft.text, row.get("words", ""), []

        def told(column, value, rule, allowed=()):
            self.draft.fault(self.place(tab), n, column, value, rule, allowed)
            return []

        if unknown := [i for i in ids if i not in self.sentences.index]:
            return told("sentence_ids", unknown[0], "no such sentence in this article", self.sentences.index)
        if not words:
            return told("words", "", "paste the words that this row rests on")
        whole = [place for i in ids for place in texts.stands(words, text, *self.sentences.loc[i])]
        parts = [words] if whole else [p.strip() for p in re.split(r"\s*(?:…|\.\.\.|\|)\s*", words) if p.strip()]
        places = [p.split("-") for p in row.get("places", "").split(";") if p]
        if places and len(places) != len(parts):
            parts = [p.strip() for p in words.split("|")]
        if places and (
            len(places) != len(parts) or not all(len(p) == 2 and p[0].isdigit() and p[1].isdigit() for p in places)
        ):
            return told("places", row["places"], "start-end for each part of the words, joined by ;")
        for k, part in enumerate(parts):
            here = [(i, *place) for i in ids for place in texts.stands(part, text, *self.sentences.loc[i])]
            if places:
                start, end = map(int, places[k])
                held = [i for i in ids if self.sentences.start[i] <= start < end <= self.sentences.end[i]]
                same = " ".join(text[start:end].split()) == " ".join(part.split())
                here = [(i, start, end) for i in held] if same else []
            if len(here) != 1:
                much = (
                    f"stands {len(here)} times there: paste more of its words"
                    if here
                    else "does not stand there, word for word"
                )
                near = next((i for i in self.sentences.index if texts.stands(part, text, *self.sentences.loc[i])), "")
                told("words", part, much + (f"; it stands in {near}" if near and not here else ""))
            found += here[:1]
        return sorted(found, key=lambda f: f[1]) if len(found) == len(parts) else []

    def judged(self, tab):
        """Claims with their amounts, judgements, reasons and words, each with its anchors."""
        key, anchors, sums, rows = ROWS[tab], [], [], [*self.rows(tab)]
        for n, row in self.numbered(tab, rows, key):
            row["spans"] = spans = self.spans(tab, n, row)
            row["sentence_ids"] = ";".join(dict.fromkeys(i for i, *_ in spans)) or row["sentence_ids"]
            self.people(tab, n, row, "speaker")
            if tab != "wordings":
                row["basis"] = row.get("basis") or "none_given"
            if tab in ("stances", "reasons"):
                row["dyads"] = ";".join(_code(part.strip(), self.ties) for part in row["dyads"].split(";"))
            for sentence, start, end in spans:
                held = self.draft.text[start:end]
                anchor = {"row_id": row[key], "sentence_id": sentence, "start": start, "end": end}
                anchors.append(
                    anchor
                    | {"words": len(texts.words(held)), "sha256": files.sha256(held), "_at": (self.place(tab), n)}
                )
            if tab == "claims":
                sums += self.claim(n, row)
            if tab == "wordings" and spans:
                (sentence, start, end), text = spans[0], self.draft.text
                quoted = texts.Spans(texts.quoted(text)).hold(start, end)
                row |= {"sentence_id": sentence, "term": text[start:end].lower(), "quoted": "yes" if quoted else "no"}
        self.put(tab, tab, rows)
        ids = {row[key] for _, row in rows}
        self.frames["anchors"] = self.frames["anchors"][~self.frames["anchors"]["row_id"].isin(ids)]
        self.draft.put("anchors", anchors)
        if sums:
            self.put("claims", "quantities", self.numbered("quantities", sums, "quantity_id"))

    def claim(self, n, row):
        """Fill in what a claim leaves open; the amount that it has, as a row of quantities."""
        row["event_id"] = self.event("claims", n, row["event_id"])
        if not row["attribute"]:
            row["attribute"] = "stage" if row["event_id"] in self.support else "occurrence"
        if row["attribute"] == "date":
            row["value_basis"] = row.get("value_basis") or "explicit"
        known = {"stage": ("quantities", "stage"), "quantity": ("quantities", "measure")}.get(row["attribute"])
        terms = {c["value"]: c["label"] for c in tables.package(self.data)["termValues"]}
        known = self.draft.codes(*known) if known else terms if row["attribute"] == "term" else {}
        row["value"] = _code(row["value"], known)
        if row["attribute"] != "quantity" or not row["spans"]:
            return []
        amount, text = row.get("amount", ""), self.draft.text
        if amount:
            held = [place for _, a, b in row["spans"] for place in texts.stands(amount, text, a, b)]
            try:
                held = [(*place, amounts.parse(text[slice(*place)])) for place in held]
            except ValueError as error:
                held, row["value"] = [], row["value"] or str(error)
        else:
            held = [found for _, a, b in row["spans"] for found in _printed(text, a, b)]
        if len(held) != 1:
            told = f"the words print {len(held)} amounts: paste the one that is meant"
            self.draft.fault(self.place("claims"), n, "amount", amount, told)
            return []
        start, end, amount = held[0]
        row["value"] = row["value"] or UNIT_OF.get(amount.unit, "duration")
        bounds = {
            k: "" if v is None else f"{v:.15g}" if abs(v) < 1e15 else repr(v)
            for k, v in vars(amount).items()
            if k in checks.BOUNDS
        }
        own = {k: row.get(k, "") for k in ("quantity_id", "claim_id", "period", "base")} | {
            "stage": _code(row.get("stage", ""), self.draft.codes("quantities", "stage"))
        }
        return [
            (
                n,
                own
                | bounds
                | {
                    "measure": row["value"],
                    "qualifier": amount.qualifier,
                    "unit": amount.unit,
                    "start": start,
                    "end": end,
                },
            )
        ]

    def settled(self):
        """Second codings: both values are kept, the settled one goes into its table."""
        rows = [*self.rows("recodes")]
        for n, row in rows:
            value, first = row.get("settled") or "", row["first"]
            if value and value not in (first, row["second"]) and row.get("reason") != "corrected":
                self.draft.fault(
                    self.place("recodes"),
                    n,
                    "settled",
                    value,
                    "the value of the first or the second pass",
                    [first, row["second"]],
                )
            elif value and row["table"] in self.frames:
                frame, key = self.frames[row["table"]], _key(row["table"], self.data)
                units = frame[key].agg((".p" if row["table"] == "frames" else "+").join, axis=1)
                if row["variable"] in frame:
                    self.frames[row["table"]] = frame.assign(
                        **{row["variable"]: frame[row["variable"]].mask(units.eq(row["row_id"]), value)}
                    )
            self.coded("recodes", n, row, "recodes")
        self.put("recodes", "recodes", rows)


def _second(change: Change, draft: _Draft, found: dict, path: Path) -> None:
    """A blind second coding: what it agrees on, what is to be settled, and alpha a variable."""
    reader, rows, empty = _Reader(draft, {}, lambda tab: f"{path.name} [{tab}]"), [], 0
    reader.events()
    for tab in [tab for tab in found if tab.startswith(SECOND)]:
        table = tab.removeprefix(SECOND)
        own, columns = draft.frames[table], _twice(table, draft.data)
        values = own[columns].set_axis(_units(table, own, draft.data))
        for n, row in zip(found[tab].index, found[tab].to_dict("records"), strict=True):
            if not any(row[c] for c in columns):
                empty += 1
                continue
            if row["row_id"] not in values.index:
                draft.fault(reader.place(tab), n, "row_id", row["row_id"], f"no such row in {table}", values.index)
                continue
            reader.coded(tab, n, row, table)
            reader.people(tab, n, row, *({"speaker", "actors", "recipients", "concerns"} & {*columns}))
            for column in {"event_id", "parent_event_id"} & {*columns}:
                row[column] = row[column] and reader.event(tab, n, row[column], column)
            rows += [(table, row["row_id"], c, values.at[row["row_id"], c], row[c]) for c in columns]
    coded = pd.DataFrame(rows, columns=["table", "row_id", "variable", "first", "second"]).assign(reason="")
    if draft.problems or coded.empty:
        change.story = ["no row of it is coded"] if coded.empty else []
        return
    draft.put("recodes", coded.to_dict("records"))
    apart = coded[coded["first"].ne(coded["second"])]
    rows_coded, cells = coded.groupby(["table", "row_id"]).ngroups, len(coded)
    change.story = [
        f"{cells} cells of {rows_coded} rows were coded a second time, {len(apart)} of them otherwise; {empty} rows are not coded yet"
    ]
    change.story += _alpha(coded, draft.data)
    change.story += [
        f"  {r.table} {r.row_id} {r.variable}: {r.first or 'empty'}, then {r.second or 'empty'}"
        for r in apart.itertuples()
    ]
    if len(apart):
        settle = coded.assign(settled=coded["first"].where(coded["first"].ne(coded["second"]), ""))
        why = {
            "settled": ["", *sorted({*apart["first"], *apart["second"]})],
            "reason": [*draft.codes("recodes", "reason").values()],
        }
        change.todo = {"recodes": Tab(settle, why)}


def _alpha(coded: pd.DataFrame, data: Path) -> list[str]:
    from tielines import narratives

    held = dataset.load(data)
    held.recodes = coded
    found = narratives.reliability(held, resamples=1)
    return [
        f"  alpha {r.table} {r.variable}: {'one value only' if r.alpha != r.alpha else f'{r.alpha:.2f}'} (n {r.n})"
        for r in found.itertuples()
    ]


def _twice(table: str, data: Path) -> list[str]:
    return [f["name"] for f in tables.fields(table, data) if f["proof"] == "twice"]


def _units(table: str, frame: pd.DataFrame, data: Path) -> pd.Series:
    """The ids of a table's rows, as ``recodes`` writes them."""
    return frame[_key(table, data)].agg((".p" if table == "frames" else "+").join, axis=1)


def _tell(change: Change, draft: _Draft, before, after) -> None:
    """The story of a change in plain words, its diff, and the pairs that now want a look."""
    gains = Counter()
    for name, one in (
        ("event", "events"),
        ("claim", "claims"),
        ("amount", "quantities"),
        ("judgement", "stances"),
        ("reason", "reasons"),
        ("word", "wordings"),
    ):
        gains[name] = len(draft.frames[one]) - len(draft.was[one])
    for verb, sign in (("adds", 1), ("takes out", -1)):
        if told := [f"{n * sign} {name}{'s' * (n * sign > 1)}" for name, n in gains.items() if n * sign > 0]:
            change.story.append(f"{verb} {', '.join(told)}")
    own = after.reports[after.reports["article_id"].eq(draft.article_id)]
    told = before.reports.loc[before.reports["article_id"].eq(draft.article_id), "event_id"]
    met = corroboration.shared(after).drop_duplicates("event_id")
    met = met[met["event_id"].isin(own["event_id"]) & ~met["event_id"].isin(told)]
    for what, rows in (
        ("agrees with", met[met["agreement"].ne("differ")]),
        ("differs from", met[met["agreement"].eq("differ")]),
    ):
        if len(rows):
            change.story.append(f"{what} other texts on {len(rows)}: {'; '.join(rows['label'])}")
    was, now = _titles(before), _titles(after)
    if titles := [f"  {name}: {was[name]} -> {now[name]}" for name in now if was.get(name) != now[name]]:
        change.story += [f"{len(titles)} titles change:", *titles]
    known = {frozenset(p) for p in zip(*(corroboration.candidates(before)[c] for c in ("a", "b")), strict=True)}
    pairs = corroboration.open_candidates(after)
    pairs = pairs[[frozenset(p) not in known for p in zip(pairs["a"], pairs["b"], strict=True)]]
    if len(pairs):
        first = after.claims.drop_duplicates("event_id").set_index("event_id")["claim_id"]
        says = pd.concat(
            [after.claims.set_index("claim_id")["paraphrase"], after.stances.set_index("stance_id")["paraphrase"]]
        )
        rows = pd.DataFrame({side: pairs[side].map(lambda i: first.get(i, i)) for side in "ab"}).assign(
            relation="", note="", why=pairs["why"]
        )
        rows = rows.assign(a_says=rows["a"].map(says), b_says=rows["b"].map(says))
        change.todo = {
            "links": Tab(
                rows,
                {"relation": [*draft.codes("links", "relation").values()]},
                ("note", "a_says", "b_says"),
                ("why", "a_says", "b_says"),
            )
        }
        change.story.append(f"{len(pairs)} pairs of rows may agree or clash")
    for name, frame in draft.frames.items():
        path, lines = tables.resource(name, draft.data)["path"], []
        if not path.startswith("derived"):
            old, new = (
                f.to_csv(index=False, header=False, lineterminator="\n").splitlines() for f in (draft.was[name], frame)
            )
            gone, come = {*old} - {*new}, {*new} - {*old}
            lines = [f"-{line}" for line in old if line in gone] + [f"+{line}" for line in new if line in come]
        change.diff += [f"--- {path}", *lines] if lines else []


def _titles(data) -> dict[str, str]:
    from tielines import exhibits

    return {name: exhibits.make(name, data).title for name in exhibits.ALL}


# ---- write a sheet


def _tabs(data: Path) -> dict[str, Tab]:
    """The columns of every tab that a sheet may have."""
    tabs = {}
    for name, columns in TABS.items():
        plain = [c.rstrip("*") for c in columns.split()]
        tabs[name] = Tab(
            pd.DataFrame(columns=plain), told=tuple(c.rstrip("*") for c in columns.split() if c.endswith("*"))
        )
    for table in tables.resources(data):
        if twice := _twice(table, data):
            columns = ["row_id", *SHOWN, *(f"{c}?" for c in twice)]
            tabs[SECOND + table] = Tab(pd.DataFrame(columns=columns), told=SHOWN)
    return tabs


SHOWN = ("about", "text", "words")  # what a second coder sees of a row


class _Writer:
    """The rows of an article as a coder sees them."""

    def __init__(self, article_id: str, data: Path, where: Path | None):
        self.data, self.frames = Path(data), _sound(data)
        if article_id not in set(self.frames["articles"]["article_id"]):
            near = tables.nearest(article_id, self.frames["articles"]["article_id"])
            raise DataError(f"no article {files.shown(article_id)}; nearest: {near or 'none'}")
        self.article_id, self.text = article_id, _text(article_id, self.frames, where)
        own = self.frames["sentences"]
        self.sentences = own[own["article_id"].eq(article_id)].astype({"start": int, "end": int})
        self.held = {r.sentence_id: self.text[r.start : r.end] for r in self.sentences.itertuples()}
        spans = self.frames["anchors"][self.frames["anchors"]["sentence_id"].isin(self.held)]
        spans = spans.assign(
            words=[self.text[int(a) : int(b)] for a, b in zip(spans["start"], spans["end"], strict=True)]
        )
        spans = spans.assign(places=spans["start"] + "-" + spans["end"]).groupby("row_id")
        self.words, self.spots = spans["words"].agg(" | ".join), spans["places"].agg(";".join)

    def of(self, table: str) -> pd.DataFrame:
        """The rows of a table that stand in the article."""
        frame = self.frames[table]
        column = next(c for c in ("sentence_ids", "sentence_id", "article_id") if c in frame)
        return frame[frame[column].str.split(".").str[0].eq(self.article_id)].reset_index(drop=True)

    def shown(self, ids: pd.Series) -> pd.Series:
        return ids.map(lambda cell: " ".join(self.held.get(i, "") for i in cell.split(";")))

    def labelled(self, frame: pd.DataFrame, table: str) -> pd.DataFrame:
        """Codes as the labels that drop-downs offer."""
        for column in {f["name"] for f in tables.fields(table, self.data)} & {*frame}:
            if known := tables.codes(table, column, self.data):
                frame = frame.assign(**{column: frame[column].map(lambda v, known=known: known.get(v, v))})
        return frame

    def used(self) -> dict[str, pd.DataFrame]:
        """The rows of events, flows, actors, origins, links and recodes that the article needs."""
        f, claims = self.frames, self.of("claims")
        ids = {i for table, key in ROWS.items() for i in self.of(table)[key]}
        links = f["links"][f["links"]["a"].isin(ids) | f["links"]["b"].isin(ids)]
        linked = f["claims"][f["claims"]["claim_id"].isin({*links["a"], *links["b"]})]
        told = {*claims["event_id"], *linked["event_id"]}
        told |= {*f["flows"].loc[f["flows"]["event_id"].isin(told), "parent_event_id"]}
        events = f["events"][f["events"]["event_id"].isin(told)]
        chains = pd.concat([self.of(table)["speaker"] for table in ROWS]).str.split("_").explode()
        lists = (
            pd.concat([events["actors"], events["recipients"], events["concerns"], claims["value"]])
            .str.split(";")
            .explode()
        )
        cited = {i for table in ("claims", "stances", "reasons") for i in self.of(table)["origin_id"]}
        origins = f["origins"][f["origins"]["origin_id"].isin(cited) | f["origins"]["sentence_id"].isin(self.held)]
        used = {
            "events": events,
            "flows": f["flows"][f["flows"]["event_id"].isin(told)],
            "actors": f["actors"][f["actors"]["actor_id"].isin({*chains, *lists})],
            "origins": origins,
            "links": links,
            "quantities": f["quantities"][f["quantities"]["claim_id"].isin(ids)],
        }
        units = {(table, unit) for table, rows in used.items() for unit in _units(table, rows, self.data)}
        for table in (*ROWS, "frames", "uncoded", "articles"):
            units |= (
                {(table, unit) for unit in _units(table, self.of(table), self.data)} if len(self.of(table)) else set()
            )
        pairs = zip(f["recodes"]["table"], f["recodes"]["row_id"], strict=True)
        return used | {"recodes": f["recodes"][[pair in units for pair in pairs]]}

    def tabs(self) -> dict[str, Tab]:
        """The whole sheet: a row for each row that there is, and one for each sentence without a claim."""
        used, out = self.used(), {}
        for tab in ROWS:
            frame = self.of(tab)
            if tab == "wordings":
                frame = frame.assign(sentence_ids=frame["sentence_id"])
            if tab == "claims":
                sums = used["quantities"].assign(
                    amount=[
                        self.text[int(a) : int(b)]
                        for a, b in zip(used["quantities"]["start"], used["quantities"]["end"], strict=True)
                    ]
                )
                frame = frame.merge(
                    sums[["claim_id", "quantity_id", "amount", "stage", "period", "base"]], on="claim_id", how="left"
                ).fillna("")
            key = ROWS[tab]
            frame = frame.assign(words=frame[key].map(self.words), places=frame[key].map(self.spots))
            out[tab] = self.labelled(frame.assign(text=self.shown(frame["sentence_ids"])), tab)
        body = self.sentences[~self.sentences["zone"].isin(proofs.SILENT)]
        bare = body[~body["sentence_id"].isin(out["claims"]["sentence_ids"].str.split(";").explode())]
        bare = pd.DataFrame({"sentence_ids": bare["sentence_id"], "text": bare["sentence_id"].map(self.held)})
        bare = bare.assign(**self.hints(bare["sentence_ids"]))
        out["claims"] = pd.concat([out["claims"], bare], ignore_index=True).fillna("")
        out["claims"] = out["claims"].sort_values("sentence_ids", key=self.rank, kind="stable")
        out["events"] = self.labelled(
            used["events"].merge(used["flows"], on="event_id", how="left").fillna(""), "events"
        )
        out["events"] = self.labelled(out["events"], "flows")
        paragraphs = (
            body.groupby("paragraph", sort=False)["sentence_id"]
            .agg(lambda ids: " ".join(map(self.held.get, ids)))
            .reset_index(name="text")
        )
        frames = paragraphs.merge(self.of("frames")[["paragraph", "frame"]], on="paragraph", how="left").fillna("")
        out["frames"] = self.labelled(frames, "frames")
        uncoded = self.of("uncoded")
        spans = [*zip(uncoded["start"], uncoded["end"], strict=True)]
        words, places = [self.text[int(a) : int(b)] for a, b in spans], [f"{a}-{b}" for a, b in spans]
        out["uncoded"] = self.labelled(
            uncoded.assign(text=self.shown(uncoded["sentence_id"]), words=words, places=places), "uncoded"
        )
        for tab in ("actors", "origins", "links", "recodes"):
            out[tab] = self.labelled(used[tab], tab)
        out["article"] = self.labelled(self.of("articles"), "articles").assign(
            state=state(self.article_id, self.frames)
        )
        known = _tabs(self.data)
        tabs = {}
        for tab, frame in out.items():
            columns = [c.rstrip("?") for c in known[tab].frame]
            choices = {c: values for c in columns if (values := self.choices(tab, c))}
            tabs[tab] = Tab(
                frame.reindex(columns=columns, fill_value=""), choices, ("text", "words", "paraphrase"), known[tab].told
            )
        return tabs | {"codes": self.codebook()}

    def rank(self, ids: pd.Series) -> pd.Series:
        order = {sentence: n for n, sentence in enumerate(self.held)}
        return ids.str.split(";").str[0].map(order)

    def choices(self, tab: str, column: str) -> list[str]:
        """What a drop-down offers."""
        tables_of = {"article": ["articles"], "events": ["events", "flows"], "claims": ["claims", "quantities"]}.get(
            tab, [tab]
        )
        if column in ("event_id", "parent_event_id") and tab != "events" or column == "parent_event_id":
            events = self.frames["events"]
            return [*(events["event_id"] + " " + events["label"])]
        if column == "speaker":
            return ["the author", *self.frames["actors"]["name"]]
        if column == "dyads":
            return [*tables.listed("ties", self.data).values()]
        if column == "status":
            return [SUGGESTED]
        if tab == "claims" and column == "value":
            known = [tables.codes("quantities", c, self.data) for c in ("stage", "measure")]
            return [
                *known[0].values(),
                *known[1].values(),
                *(c["label"] for c in tables.package(self.data)["termValues"]),
            ]
        for table in tables_of:
            if column in {f["name"] for f in tables.fields(table, self.data)} and (
                known := tables.codes(table, column, self.data)
            ):
                return [*known.values()]
        return ["yes", "no"] if column in ("umbrella", "in_total") else []

    def codebook(self) -> Tab:
        rows = [
            (table, f["name"], c["label"], c.get("description", ""), c.get("example", ""))
            for table in tables.resources(self.data)
            for f in tables.fields(table, self.data)
            for c in f.get("categories", ())
        ]
        frame = pd.DataFrame(rows, columns=["table", "column", "choice", "rule", "example"])
        return Tab(frame.drop_duplicates(["column", "choice", "rule"]), {}, ("rule", "example"), tuple(frame))

    def hints(self, ids: pd.Series) -> dict[str, list[str]]:
        """What a program sees in each sentence: events like it, amounts, dates, actors that it names."""
        data, places = dataset.load(self.data), self.sentences.set_index("sentence_id")
        alike, names = likely(data), _names(data)
        out = {"perhaps": [], "amounts": [], "dates": [], "named": []}
        for sentence in ids:
            a, b = places.start[sentence], places.end[sentence]
            found = [name for name, pattern in names.items() if re.search(pattern, self.text[a:b])]
            kinds = texts.mentions(self.text, a, b)
            out["perhaps"].append("; ".join(f"{i} {label}" for i, label in alike(self.text[a:b])))
            sums = [(self.text[c:d], m) for c, d, m in _printed(self.text, a, b)]
            out["amounts"].append(
                "; ".join(
                    f"{said} = {m.qualifier} {next((v for v in (m.best, m.low, m.high) if v is not None), '')} {m.unit}"
                    for said, m in sums
                )
            )
            out["dates"].append(
                "; ".join(
                    _edtf(parts) if kind == "date" else self.text[c:d]
                    for kind, c, d, parts in kinds
                    if kind != "number"
                )
            )
            out["named"].append("; ".join(found))
        return out

    def second(self) -> dict[str, Tab]:
        """A blind sheet: the rows that were coded once, their sentences and words, and no code."""
        used, tabs = self.used(), {}
        done = {
            *zip(
                self.frames["recodes"]["table"],
                self.frames["recodes"]["row_id"],
                self.frames["recodes"]["variable"],
                strict=True,
            )
        }
        events = self.frames["events"].set_index("event_id")["label"]
        of_event = self.of("claims").groupby("event_id")["claim_id"].agg(list)
        for table in tables.resources(self.data):
            columns = _twice(table, self.data)
            frame = used.get(table, self.of(table) if columns and table not in used else None)
            if not columns or frame is None or frame.empty or table == "recodes":
                continue
            units = _units(table, frame, self.data)
            owed = [any((table, unit, c) not in done for c in columns) for unit in units]
            if table == "links":
                owed = [False] * len(
                    owed
                )  # relations are judged on both sides' rows, with the whole of both texts at hand
            rows = []
            for unit, row in zip(units[owed], frame[owed].to_dict("records"), strict=True):
                claims = (
                    of_event.get(row.get("event_id"), [])
                    if table in ("events", "flows")
                    else [row.get("claim_id", unit)]
                )
                ids = row.get("sentence_ids") or row.get("sentence_id") or ""
                ids = ids or ";".join(
                    i
                    for i, n in zip(self.sentences["sentence_id"], self.sentences["paragraph"], strict=True)
                    if row.get("paragraph") == n
                )
                words = " | ".join(self.words.get(i, "") for i in claims)
                if "start" in row and table != "anchors":
                    words = self.text[int(row["start"]) : int(row["end"])]
                about = events.get(row.get("event_id"), "") if table in ("events", "flows") else row.get("name", "")
                rows.append({"row_id": unit, "about": about, "text": self.shown(pd.Series([ids]))[0], "words": words})
            if rows:
                frame = pd.DataFrame(rows).reindex(columns=["row_id", *SHOWN, *columns], fill_value="")
                choices = {c: values for c in columns if (values := self.choices(table, c))}
                tabs[SECOND + table] = Tab(frame, choices, ("text", "words"), SHOWN)
        if not tabs:
            raise DataError(f"every row of article {self.article_id} was coded a second time")
        return tabs | {"codes": self.codebook()}


def _edtf(parts: tuple) -> str:
    year, month, day = parts
    if not year:
        return f"month {month}{f', day {day}' if day else ''}, year not printed"
    return f"{year}" + (f"-{month:02d}" + (f"-{day:02d}" if day else "") if month else "")


def _names(data) -> dict[str, str]:
    """{name: pattern} of the actors, states by their adjective too."""
    adjectives = {data.listed("states")[i]: word for i, word in data.listed("states", "adjective").items()}
    return {
        name: r"\b(?:%s)" % "|".join(map(re.escape, filter(None, (name, adjectives.get(name)))))
        for name in data.actors["name"]
        if name[:1].isupper()
    }


def likely(data: dataset.Dataset, n: int = 3):
    """A function of a sentence: the (event_id, label) of the ``n`` events most like it, best first.

    Like is who shares rare words with the event's label, item and paraphrases, its parties, and a year or month.
    """

    def stems(text):
        return {word[:6] for word in re.findall(r"[^\W\d_]{3,}|\d{4}", text.casefold())}

    said = data.claims.groupby("event_id")["paraphrase"].agg(" ".join)
    items = data.items.set_index("event_id")["item"].astype(str)
    events = data.events.assign(
        said=data.events["event_id"].map(said).fillna(""), what=data.events["event_id"].map(items).fillna("")
    )
    held = {r.event_id: (r.label, stems(f"{r.label} {r.what}"), stems(r.said)) for r in events.itertuples()}
    often = Counter(stem for _, label, said in held.values() for stem in label | said)
    names = {
        i: {f"{data.listed('states')[i]}".casefold()[:6], word.casefold()[:6]}
        for i, word in data.listed("states", "adjective").items()
    }
    sides = {
        r.event_id: {*f"{r.actors};{r.recipients};{r.concerns}".split(";")} & names.keys() for r in events.itertuples()
    }
    umbrella = set(events.loc[events["umbrella"], "event_id"])

    def alike(sentence: str) -> list[tuple[str, str]]:
        own = stems(sentence)
        named = {i for i, words in names.items() if own & words}
        score = {}
        for event_id, (_, label, said) in held.items():
            shared = sum((2 if stem in label else 1) / often[stem] for stem in own & (label | said))
            meets = len(named & sides[event_id]) / max(1, len(named | sides[event_id]))
            score[event_id] = shared * (1 + meets) * (0.5 if event_id in umbrella else 1)
        best = sorted((i for i in score if score[i] > 0.2), key=lambda i: -score[i])[:n]
        return [(i, held[i][0]) for i in best]

    return alike


def sheet(article_id: str, data: Path = tables.DATA, where: Path | None = None) -> dict[str, Tab]:
    """The coding sheet of a registered article, for ``sheets.write``: its rows, and its sentences that have none."""
    return _Writer(article_id, data, where).tabs()


def recode(article_id: str, data: Path = tables.DATA, where: Path | None = None) -> dict[str, Tab]:
    """A blind sheet for a second coder. Raises DataError where nothing is left to code."""
    return _Writer(article_id, data, where).second()


def suggest(
    command: list[str], article_id: str, data: Path = tables.DATA, where: Path | None = None, seconds: int = 600
):
    """Rows that a program suggests for the tab claims, marked so, and notes on what was refused.

    The program reads JSON lines: first columns, codes and events, then a sentence each; and writes JSON lines, a row each.
    A row is taken where its words stand in its sentence and its codes and event exist. Nothing else is sent anywhere.
    """
    writer = _Writer(article_id, data, where)
    columns = [c.rstrip("?") for c in TABS["claims"].split() if not c.endswith("*")]
    codes = writer.codebook().frame.to_dict("records")
    events = writer.frames["events"][["event_id", "label"]].to_dict("records")
    told = [
        {
            "columns": columns,
            "codes": codes,
            "events": events,
            "actors": writer.frames["actors"][["actor_id", "name"]].to_dict("records"),
        }
    ]
    body = writer.sentences[~writer.sentences["zone"].isin(proofs.SILENT)]
    told += [{"sentence_ids": i, "text": writer.held[i]} for i in body["sentence_id"]]
    lines, ended = _answers(command, "".join(json.dumps(t, ensure_ascii=False) + "\n" for t in told).encode(), seconds)
    rows, refused = [], Counter()
    for line in lines:
        try:
            row = json.loads(line)
            row = {k: v if isinstance(v, str) else str(v) for k, v in row.items()}
        except (ValueError, AttributeError, RecursionError):
            refused["no JSON object"] += 1
            continue
        if row.keys() - columns:
            refused["has a column that there is not"] += 1
            continue
        row = dict.fromkeys(columns, "") | row
        draft = _Draft(writer.frames, data, article_id, writer.text)
        _Reader(draft, {"claims": pd.DataFrame([row | {"status": ""}])}, lambda tab: tab).read()
        if draft.problems or not row["words"]:
            refused[draft.problems[0].rule.partition(";")[0] if draft.problems else "rests on no words"] += 1
        else:
            rows.append(row | {"status": SUGGESTED})
    why = f": {', '.join(f'{n} {rule}' for rule, n in refused.most_common())}" if refused else ""
    return pd.DataFrame(rows, columns=columns), [
        *ended,
        f"{len(rows)} rows suggested, {sum(refused.values())} refused{why}",
    ]


def _answers(command: list[str], told: bytes, seconds: int) -> tuple[list[str], list[str]]:
    """The lines that a program writes before it ends or its time is over, and how it ended if not well."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(told)
        asked.seek(0)
        try:
            process = subprocess.Popen(command, stdin=asked, stdout=answered, start_new_session=True)
        except OSError as error:
            raise files.TielinesError(
                f"--suggest: {files.shown(command[0])} cannot be started: {error.strerror}"
            ) from None
        limit, ended = time.monotonic() + seconds, []
        try:
            while (
                process.poll() is None
                and time.monotonic() < limit
                and os.fstat(answered.fileno()).st_size < texts.LARGEST
            ):
                time.sleep(0.02)
            if process.poll() is None:
                ended = [f"the program was stopped after {seconds} seconds or {texts.LARGEST // 2**20} MB of answers"]
            elif process.returncode:
                ended = [f"the program ended with {process.returncode}"]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.wait()
        answered.seek(0)
        return answered.read(texts.LARGEST).decode(errors="replace").splitlines(), ended


# ---- take out


def remove(article_id: str, data: Path = tables.DATA) -> Change:
    """Take an article out, with all that hangs on it alone: rows, events that no other text tells, actors, documents, links."""
    frames = _sound(data)
    if article_id not in set(frames["articles"]["article_id"]):
        near = tables.nearest(article_id, frames["articles"]["article_id"])
        raise DataError(f"no article {files.shown(article_id)}; nearest: {near or 'none'}")
    draft, change = _Draft(frames, data, article_id, ""), Change(article_id)
    f = draft.frames

    def keep(table, mask):
        f[table] = f[table][mask].reset_index(drop=True)

    for table in (*ROWS, "frames", "uncoded", "sentences", "terms", "articles"):
        column = next(c for c in ("sentence_ids", "article_id", "sentence_id") if c in f[table])
        keep(table, f[table][column].str.split(".").str[0].ne(article_id))
    ids = {i for table, key in ROWS.items() for i in f[table][key]}
    keep("anchors", f["anchors"]["row_id"].isin(ids))
    links = f["links"]
    keep("links", links["a"].isin(ids) & links["b"].isin(ids))
    keep("quantities", f["quantities"]["claim_id"].isin(ids))
    told = f["claims"]["event_id"]
    carried = _carried(links, frames["claims"], f["claims"])
    f["links"] = _sorted("links", pd.concat([f["links"], carried]), data)
    names = dict(zip(_units("links", links.loc[carried.index], data), _units("links", carried, data), strict=True))
    coded = f["recodes"]["row_id"].map(names).where(f["recodes"]["table"].eq("links"))
    f["recodes"] = _sorted("recodes", f["recodes"].assign(row_id=coded.fillna(f["recodes"]["row_id"])), data)
    keep("flows", f["flows"]["event_id"].isin(told))
    keep("events", f["events"]["event_id"].isin(told) | f["events"]["event_id"].isin(f["flows"]["parent_event_id"]))
    gone = f["origins"]["sentence_id"].ne("") & ~f["origins"]["sentence_id"].isin(f["sentences"]["sentence_id"])
    f["origins"] = f["origins"].assign(sentence_id=f["origins"]["sentence_id"].mask(gone, ""))
    cited = {i for table in proofs.JUDGED for i in f[table]["origin_id"]}
    keep("origins", f["origins"]["origin_id"].isin(cited) | f["origins"]["sentence_id"].ne(""))
    lists = (
        pd.concat([f["events"][c] for c in ("actors", "recipients", "concerns")] + [f["claims"]["value"]])
        .str.split(";")
        .explode()
    )
    chains = pd.concat([f[table]["speaker"] for table in ROWS]).str.split("_").explode()
    keep("actors", f["actors"]["actor_id"].isin({*lists, *chains}))
    units = {
        (table, unit) for table in f if table != "recodes" and len(f[table]) for unit in _units(table, f[table], data)
    }
    keep("recodes", [pair in units for pair in zip(f["recodes"]["table"], f["recodes"]["row_id"], strict=True)])
    draft.settle(f"article {article_id}", change=change)
    change.problems, change.contents = draft.problems, draft.contents
    return change


def _pairs_of_events(links: pd.DataFrame, claims: pd.DataFrame) -> pd.Series:
    """The two events that a link joins, what it says of them; "" for a link of judgements, or within one event."""
    event = claims.set_index("claim_id")["event_id"]
    pairs = [";".join(sorted({event.get(i, "") for i in ab})) for ab in zip(links["a"], links["b"], strict=True)]
    return pd.Series([p if ";" in p and p[0] != ";" else "" for p in pairs], links.index, object)


def _carried(links: pd.DataFrame, was: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Links of claims that go, between events that stay: what was found of two events holds, on their first claims left."""
    pair, left = _pairs_of_events(links, was), claims.drop_duplicates("event_id").set_index("event_id")["claim_id"]
    event, there = was.set_index("claim_id")["event_id"], set(claims["claim_id"])
    stays = links["a"].isin(there) & links["b"].isin(there)
    rows = links[~stays & pair.ne("") & ~pair.isin(pair[stays])]
    rows = rows.assign(**{side: rows[side].map(event).map(left) for side in ("a", "b")}).dropna()
    return rows[~pair[rows.index].duplicated()]
