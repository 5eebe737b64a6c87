"""A filled sheet → what the tables would become, its story and diff; an article taken out again.

A sheet names rows by the columns of the tables; words are pasted and their offsets found, so that a merged row is
proven by the text. Nothing is written before the tables that would follow keep every rule.
"""

import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from dataclasses import field as given
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from tielines import aid, amounts, checks, corroboration, dataset, dates, files, proofs, sheets, tables, texts
from tielines.sheets import Tab
from tielines.tables import DataError, Problem

__all__ = "Change merge remove titles".split()


def __dir__():
    return __all__


SUGGESTED = "suggested"  # a row that a program wrote and no person has cleared
PLAIN = ("recodes", "uncoded")  # tables sorted as text; the others by the numbers in their ids
ROWS = {"claims": "claim_id", "stances": "stance_id", "reasons": "reason_id", "wordings": "wording_id"}
SAID = "speaker? basis? origin_id?"
TABS = {  # columns of each tab, in the order of a coder's work; ? may be left out, * is there to be read
    "claims": f"sentence_ids text* perhaps* amounts* dates* named* words event_id attribute value factuality paraphrase when? amount? stage? {SAID} "
    "value_basis? said_on? period? base? places? claim_id? quantity_id? status?",
    "events": "label event_type? domain? actors recipients item? terms? parent_event_id? concerns? umbrella? in_total? "
    "total_note? note? event_id?",
    "stances": f"sentence_ids text* words dyads dimension aspect strength factuality paraphrase {SAID} places? stance_id? status?",
    "reasons": f"sentence_ids text* words dyads side direction reason factuality paraphrase {SAID} places? reason_id? status?",
    "wordings": "sentence_ids text* words thing speaker? places? wording_id? status?",
    "frames": "paragraph text* frame",
    "uncoded": "sentence_id text* words scope reason places?",
    "actors": "actor_id name kind iso3? sector?",
    "origins": "author? publisher? title published? url? sentence_id? origin_id?",
    "links": "a b why* a_says* b_says* relation note",
    "recodes": "table row_id variable first second settled? reason? says*",
    "article": "article_id label title? author? publisher? url? genre language published published_basis "
    "published_note? zones coverage primary_frame? state?",
    "known": "",
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
    titles: list[str] = given(default_factory=list)  # of figures, as they would be
    diff: list[str] = given(default_factory=list)
    todo: dict[str, Tab] = given(default_factory=dict)  # a sheet to fill and merge next
    contents: dict[str, bytes] = given(default_factory=dict)  # {path in the folder of tables: bytes}

    def write(self, data: Path = tables.DATA) -> None:
        """Write all of it or none, under a new seal."""
        files.write_all(Path(data), self.contents)


def sound(data: Path) -> dict[str, pd.DataFrame]:
    """All tables as text. Raises DataError where a rule is broken already; sealed tables were checked when they were sealed."""
    own = tables.resources(data).values()
    kept = all({k: r.get(k) for k in ("hash", "bytes")} == tables.sealed(Path(data) / r["path"]) for r in own)
    if not kept and (problems := checks.check(data)):
        raise DataError(f"{problems[0]}; the tables have {len(problems)} bad rows: mend them first, `check` lists them")
    return {name: frame.reset_index(drop=True) for name, frame in tables.survey(data)[0].items()}


def key_of(name: str, data: Path) -> list[str]:
    """The columns of a table's primary key."""
    return tables.resource(name, data)["schema"]["primaryKey"]


def _sorted(name: str, frame: pd.DataFrame, data: Path) -> pd.DataFrame:
    """Rows in the order of their key."""
    cells = list(zip(*(frame[k] for k in key_of(name, data)), strict=True))
    if name not in PLAIN:
        cells = [
            [(not p.isdigit(), int(p) if p.isdigit() else p) for c in row for p in re.split(r"(\d+)", c)]
            for row in cells
        ]
    return frame.iloc[sorted(range(len(frame)), key=cells.__getitem__)].reset_index(drop=True)


def _put(frames: dict, name: str, rows: list[dict], data: Path) -> None:
    """Add rows to a table; one whose key stands there already takes its place."""
    if rows:
        key, own = key_of(name, data), frames[name]
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
    known = [scope.get(i, v) for i, v in zip(events["event_id"], events["in_scope"], strict=True)]
    frames["events"] = events.assign(in_scope=known)
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


def code_of(value: str, known: dict[str, str]) -> str:
    """The code of a cell that has a code or a label."""
    folded = {label.casefold(): code for code, label in known.items()} | {code.casefold(): code for code in known}
    return folded.get(value.casefold(), value)


def printed(text: str, start: int, end: int):
    """(start, end, amount) of each amount that a span prints: the fewest words that give what the most give."""
    tokens = [
        (start + m.start(), start + m.end()) for m in re.finditer(r"[^\s([]+?(?=[.,;:)\]]*(?:\s|$))", text[start:end])
    ]
    ago = [
        (a, b) for kind, a, b, _ in texts.mentions(text, start, end) if kind == "relative"
    ]  # "last week, two officers"
    for kind, a, b, _ in texts.mentions(text, start, end):
        at = [n for n, (c, d) in enumerate(tokens) if c < b and a < d]
        if kind != "number" or not at or tables.error(amounts.parse)(text[a:b]) or text[a:b].lower() == "one":
            continue  # "no one", "the second one": who means one thing pastes it
        found = {}
        for left in range(4):
            for right in range(4):
                if at[0] >= left and at[-1] + right < len(tokens):
                    first, last = tokens[at[0] - left][0], tokens[at[-1] + right][1]
                    try:
                        if not re.search(r"[,;:] ", text[first:last]) and not any(
                            a < last and first < b for a, b in ago
                        ):
                            found[left, right] = first, last, amounts.parse(text[first:last])
                    except ValueError:
                        continue
        if found:
            most = found[max(found, key=sum)][2]
            yield found[min((k for k in found if found[k][2] == most), key=sum)]


UNPRINTED, COUNTED = " (year not printed)", "counted from the publication"


def edtf(year: int | None, month: int | None, day: int | None, until: date) -> str:
    """The parts of a printed date as EDTF; where no year is printed, of the last such day or month that is not after ``until``."""
    year = year or until.year - ((month, day or 1) > (until.month, until.day))
    return f"{year}" + (f"-{month:02d}" + (f"-{day:02d}" if day else "") if month else "")


class Draft:
    """The tables with a sheet's rows in them, where each row comes from, and what is wrong so far."""

    def __init__(self, frames: dict, data: Path, article_id: str, text: str):
        self.was, self.frames, self.data = frames, dict(frames), Path(data)
        self.article_id, self.text = article_id, text
        self.origin, self.problems, self.contents, self.left_out = {}, [], {}, 0
        self.years, self.rates, self.counts = {}, [], []  # what a coder should look at again
        self.codes = cache(lambda table, column: tables.codes(table, column, self.data))
        self.columns = cache(lambda table: {f["name"] for f in tables.fields(table, self.data)})

    def fault(self, place, row, column, value, rule, allowed=()):
        self.problems.append(
            Problem(place, row, column, str(value), rule, tables.nearest(value, allowed) if value else "")
        )

    def put(self, table, rows):
        """Add rows, a dict each with ``_at`` (tab, row in it)."""
        key = key_of(table, self.data)
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

    def settle(self, file: str = "", change: Change | None = None):
        """Stage the tables and hold them to every rule; faults are told at the row of the sheet; a change gets its story."""
        with tempfile.TemporaryDirectory() as folder:
            staged = Path(folder) / "data"
            self.contents = _staged(self.frames, self.was, self.data, staged)
            told = {(p.file, p.row) for p in self.problems}
            for problem in checks.check(staged, sealed=False):
                place, row, column = self._place(problem)
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

    def _place(self, problem):
        name = next(n for n, r in tables.resources(self.data).items() if r["path"] == problem.file)
        if problem.row > 1:
            row = self.frames[name].iloc[problem.row - 2]
            at = self.origin.get((name, *(row[k] for k in key_of(name, self.data))))
            if at:
                return *at, RENAMED.get((name, problem.column), problem.column)
        return problem.file, problem.row, problem.column


def merge(path: Path, data: Path = tables.DATA, where: Path | None = None) -> Change:
    """What a sheet changes, or all that is wrong with it. Nothing is written; ``Change.write`` does that.

    Raises FileError or DataError where the file, the article or its text cannot be made out.
    """
    path = Path(path)
    found, problems = sheets.read(path, tabs_known(data))
    frames = sound(data)
    article_id = _article_of(path, found, frames)
    draft = Draft(frames, data, article_id, text_of(article_id, frames, where))
    draft.problems += problems
    many = len(found) > 1 or path.suffix == ".xlsx"
    change = Change(article_id)
    Reader(draft, found, lambda tab: f"{path.name} [{tab}]" if many else path.name).read()
    if any(tab.startswith(SECOND) for tab in found):
        _second(change, draft, found, path)
    if not change.todo:
        draft.settle(path.name, change)
    change.problems, change.contents = draft.problems, draft.contents
    if draft.years and not change.problems:
        days = ", ".join(day if said.startswith(day) else f"{day} ({said})" for day, said in draft.years.items())
        change.story.append(f"works out dates from the publication: {days}")
    if draft.rates and not change.problems:
        change.story.append(f"takes amounts without how often, for which there is no column: {'; '.join(draft.rates)}")
    if draft.counts and not change.problems:
        change.story.append(f"takes as numbers of the item itself, without a unit: {'; '.join(draft.counts)}")
    if draft.left_out:
        change.story.append(f"leaves out {draft.left_out} suggested rows that nobody has cleared (empty their status)")
    return change


def _article_of(path: Path, found: dict, frames: dict) -> str:
    """The one article that a sheet is about."""
    named = set(found["article"]["article_id"]) if "article" in found else set()
    ids = [tab[c] for tab in found.values() for c in {"sentence_ids", "sentence_id"} & set(tab)]
    parts = {part for cells in ids for cell in cells for part in cell.split(";") if part}
    named |= {re.sub(r"\.p\d+\.s\d+$", "", part) for part in parts}
    if not named and any(tab in ("links", "recodes") or tab.startswith(SECOND) for tab in found):
        return ""  # such a sheet names rows alone
    if strange := sorted(i for i in named if not re.fullmatch("[A-Za-z0-9-]{1,40}", i)):
        raise DataError(
            f"{path.name}: {files.shown(strange[0])} is no id of an article: letters, digits and hyphens only"
        )
    if len(named) != 1:
        raise DataError(
            f"{path.name} names {len(named) or 'no'} articles, {', '.join(sorted(named)[:5])}; a sheet is about one"
        )
    article_id = named.pop()
    if article_id not in set(frames["articles"]["article_id"]) and "article" not in found:
        near = tables.nearest(article_id, frames["articles"]["article_id"])
        raise DataError(f"{path.name}: no article {article_id!r}; nearest: {near or 'none'}; `add` registers one")
    return article_id


def text_of(article_id: str, frames: dict, where: Path | None) -> str:
    """An article's text, held against its hash where it is registered; nothing for no article."""
    if not article_id:
        return ""
    articles = frames["articles"]
    own = articles[articles["article_id"].eq(article_id)]
    if own.empty:
        return texts.find_texts([article_id], where)[article_id]
    if not ((where or texts.folder()) / f"{article_id}.txt").exists():
        raise DataError(f"{article_id}.txt is not there: a sheet is held against its text; put it into articles/")
    places = frames["sentences"].astype({"start": int, "end": int})
    found, _, faults = texts.known(own, places, where)
    for fault, _ in faults.values():
        raise DataError(fault)
    return found[article_id]


RENAMED = {("anchors", column): "words" for column in ("start", "end", "words", "sentence_id")}
RENAMED |= {("quantities", column): "amount" for column in ("start", "end", "low", "best", "high", "qualifier", "unit")}
RENAMED |= {("quantities", "measure"): "value"} | {("wordings", c): "words" for c in ("term", "quoted", "sentence_id")}


class Reader:
    """The tabs of a sheet, row by row, into a draft."""

    def __init__(self, draft: Draft, found: dict, place):
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
                        return self.draft.fault(self.place("article"), n, "state", row["state"], told)
                    self.draft.register({k: v for k, v in row.items() if k in self.frames["articles"]})
        sentences = self.frames["sentences"]
        own = sentences[sentences["article_id"].eq(self.draft.article_id)].astype({"start": int, "end": int})
        self.sentences = own.set_index("sentence_id")[["start", "end"]]
        articles = self.frames["articles"]
        published = articles["published"][articles["article_id"].eq(self.draft.article_id)].map(dates.parse)
        self.until = next((span.end or span.start for span in published), None)
        self.used = self.uses()
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
        for _, row in rows:
            row["note"] = row["note"] or self.beside(row)
        new = pd.DataFrame([row for _, row in rows], columns=self.frames["links"].columns)
        said = [
            _pairs_of_events(f, self.frames["claims"]) + "\n" + f["relation"] + "\n" + f["note"]
            for f in (self.frames["links"], new)
        ]
        stays = said[0].str.startswith("\n") | ~said[0].isin(said[1])
        gone = units_of("links", self.frames["links"][~stays], self.data) if not stays.all() else ()
        self.frames["links"], recodes = self.frames["links"][stays], self.frames["recodes"]
        self.frames["recodes"] = recodes[~(recodes["table"].eq("links") & recodes["row_id"].isin(gone))]
        self.put("links", "links", rows)

    def beside(self, link) -> str:
        """What two claims on one event say, beside each other, where the coder gives no note; "" of what is dismissed, which wants a reason."""
        claims = self.frames["claims"].set_index("claim_id")
        if link["relation"] == "dismissed" or not {link["a"], link["b"]} <= {*claims.index}:
            return ""
        a, b = (claims.loc[link[side]] for side in "ab")
        if (a["event_id"], a["attribute"]) != (b["event_id"], b["attribute"]) or a["attribute"] == "quantity":
            return ""
        words = self.draft.codes("quantities", "stage") if a["attribute"] == "stage" else {}
        return " beside ".join(self.told(row, words) or "stated as fact" for row in (a, b))

    def uses(self) -> Counter:
        """How many claims, judgements, reasons and words rest on each sentence, those of the sheet in the place of older ones."""
        used = Counter()
        for tab, key in ROWS.items():
            new = pd.DataFrame([row for _, row in self.saying(tab) if row.get("status") != SUGGESTED])
            old = self.frames["anchors"][["row_id", "sentence_id"]].drop_duplicates()
            old = old[old["row_id"].isin(self.frames[tab][key]) & ~old["row_id"].isin(new.get(key, ()))]
            for cell in (*old["sentence_id"], *new.get("sentence_ids", ())):
                used.update(cell.split(";"))
        return used

    def saying(self, tab):
        """(number, row) of each row of a tab that says something."""
        frame, prefilled = self.found.get(tab, pd.DataFrame()), PREFILLED.get(tab, {"sentence_ids", "status"})
        for n, row in zip(frame.index, frame.to_dict("records"), strict=True):
            if any(v for k, v in row.items() if k not in prefilled):
                yield n, row

    def rows(self, tab):
        """(number, row) of each row that says something; labels and names become codes and ids, defaults are filled in."""
        for n, row in self.saying(tab):
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
                row[column] = code_of(row[column], known)
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
        if tab == "uncoded":
            for n, row in rows:
                spans = self.spans(tab, n, row)
                row["start"], row["end"] = (spans[0][1], spans[-1][2]) if spans else ("", "")
        self.draft.put(table, [row | {"_at": (self.place(tab), n)} for n, row in rows])

    def events(self):
        rows = self.numbered("events", [*self.rows("events")], "event_id")
        flows = []
        for n, row in rows:
            self.people("events", n, row, "actors", "recipients", "concerns")
            for column in ("label", "note"):
                if run := texts.copied(row.get(column, ""), self.draft.text):
                    self.draft.fault(self.place("events"), n, column, run, "the text's own words: say it in yours")
            row["umbrella"] = row.get("umbrella") or ("yes" if row["label"].endswith("(unspecific)") else "no")
            row["in_scope"] = "no"  # worked out when all rows are there
            if row.get("item"):
                self.coded("events", n, row, "flows")
                row["terms"] = row.get("terms") or "not_stated"
                row["event_type"] = row["event_type"] or "AID"
                fields = tables.codes("flows", "item", self.data, "domain")
                row["domain"] = row["domain"] or fields.get(row["item"], "")
                row["in_total"] = row.get("in_total") or "no"  # as in_scope
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
                self.place(tab),
                n,
                column,
                cell,
                "no such event; a new one stands on the tab events",
                [*self.frames["events"]["label"]],
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
        if not words:  # a sentence that holds one row alone
            if shared := [i for i in ids if self.used[i] > 1]:
                rule = f"{self.used[shared[0]]} rows rest on {shared[0]}: paste the words that this one rests on"
                return told("words", "", rule)
            return [(i, *map(int, self.sentences.loc[i])) for i in ids]
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
                told(
                    "amount" if part == row.get("pasted") else "words",
                    part,
                    much + (f"; it stands in {near}" if near and not here else ""),
                )
            found += here[:1]
        return sorted(found, key=lambda f: f[1]) if len(found) == len(parts) else []

    def judged(self, tab):
        """Claims with their amounts, judgements, reasons and words, each with its anchors."""
        key, anchors, sums, rows = ROWS[tab], [], [], [*self.rows(tab)]
        rows = [*self.spread(rows)] if tab == "claims" else rows
        for n, row in self.numbered(tab, rows, key):
            row["spans"] = spans = self.spans(tab, n, row)
            row["sentence_ids"] = ";".join(dict.fromkeys(i for i, *_ in spans)) or row["sentence_ids"]
            self.people(tab, n, row, "speaker")
            if run := texts.copied(row.get("paraphrase", ""), self.draft.text):
                self.draft.fault(self.place(tab), n, "paraphrase", run, "the text's own words: say it in yours")
            if tab != "wordings":
                row["basis"] = row.get("basis") or ("none_given" if row["speaker"] == "AUTHOR" else "named")
            if tab in ("stances", "reasons"):
                row["dyads"] = ";".join(code_of(part.strip(), self.ties) for part in row["dyads"].split(";"))
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
        for n, amount in sums:
            amount["stage"] = amount["stage"] or self.stage_of(amount["claim_id"], rows)
            self.staged(n, amount, rows)
        if sums:
            self.put("claims", "quantities", self.numbered("quantities", sums, "quantity_id"))

    def spread(self, rows):
        """Rows of claims; after one that says how far support has come, or that something happened, the date and amount beside it."""
        seen = set()  # a second amount or date of what is told already adds that alone
        for n, row in rows:
            beside = {} if row["attribute"] else {c: row[c] for c in ("when", "amount") if row.get(c)}
            key = tuple(row.get(c, "") for c in ("event_id", "attribute", "value", "speaker", "basis", "factuality"))
            if not beside or key not in seen:
                yield n, row | dict.fromkeys(beside, "")
            seen.add(key)
            ids = {"claim_id": "", "quantity_id": "", "places": "", "paraphrase": ""}
            parts = [part.strip() for part in row["words"].split("|") if part.strip()]
            if "when" in beside:
                when = self.when(beside["when"])
                own = {"attribute": "date", "value": when, "words": " | ".join([*parts, *self.dated(row, parts, when)])}
                yield n, row | own | ids | {"amount": ""}
            if "amount" in beside:
                who = [
                    part for part in parts[len(parts) == 1 :] if not texts.stands(beside["amount"], part, 0, len(part))
                ]
                words = {"words": " | ".join([beside["amount"], *who]), "pasted": beside["amount"]}
                own = {"attribute": "quantity", "value": "", **words}
                far = row.get("stage") or row["value"]
                yield n, row | own | ids | {"when": "", "stage": far}

    def when(self, cell):
        """The EDTF of a cell that holds a date as it is printed ("5 March") or as the sheet shows it; any other cell as it is."""
        plain = re.sub(r" \(.*\)$", "", cell)  # what the sheet says beside it
        found = [parts for kind, a, b, parts in texts.mentions(plain) if (kind, a, b) == ("date", 0, len(plain))]
        day = edtf(*found[0], self.until) if tables.error(dates.parse)(plain) and found else plain
        day = dates.counted(plain, self.until) if self.until and tables.error(dates.parse)(day) else day
        if day and (day != plain or plain != cell) and not (found and found[0][0]):
            self.draft.years[day] = cell.removesuffix(f" ({COUNTED})")
        return day or cell

    def dated(self, row, parts, value):
        """The words of a row's sentences that print a date, where the words that are pasted do not."""
        text, printed = self.draft.text, lambda words: proofs.prints_date(value, [(words, 0, len(words))])
        spans = [self.sentences.loc[i] for i in row["sentence_ids"].split(";") if i in self.sentences.index]
        said = [text[c:d] for a, b in spans for kind, c, d, _ in texts.mentions(text, a, b) if kind == "date"]
        return [] if not parts or any(map(printed, parts)) else [*filter(printed, said)][:1]

    def stage_of(self, claim_id, rows):
        """The stage of an amount that none is given for: the one that this text gives its event; of trade, delivered."""
        event_id = next(row["event_id"] for _, row in rows if row["claim_id"] == claim_id)
        domain = dict(zip(self.frames["events"]["event_id"], self.frames["events"]["domain"], strict=True))
        if event_id not in self.support:
            return "delivered" if domain.get(event_id) == "trade" else ""
        told = {r["value"] for _, r in rows if r["event_id"] == event_id and r["attribute"] == "stage"}
        return told.pop() if len(told) == 1 else ""

    def staged(self, n, amount, rows):
        """A new amount of support needs a row of its text that says how far the item has come; a figure would call it unclear."""
        row = next(row for _, row in rows if row["claim_id"] == amount["claim_id"])
        before = self.draft.was["claims"]
        own = before["event_id"].eq(row["event_id"]) & before["attribute"].eq("stage")
        own &= before["sentence_ids"].str.startswith(f"{self.draft.article_id}.")
        told = own.any() or any(r["event_id"] == row["event_id"] and r["attribute"] == "stage" for _, r in rows)
        old = before["claim_id"].eq(row["claim_id"]).any() or amount["measure"] in ("share", "growth") or amount["base"]
        if row["event_id"] in self.support and not told and not old:
            far = self.draft.codes("quantities", "stage").get(amount["stage"], "agreed")
            rule = f"needs a row of the same event that says how far it has come: attribute empty, value {far!r}"
            self.draft.fault(self.place("claims"), n, "stage", amount["stage"], rule)

    def claim(self, n, row):
        """Fill in what a claim leaves open; the amount that it has, as a row of quantities."""
        row["event_id"] = self.event("claims", n, row["event_id"])
        if not row["attribute"]:
            row["attribute"] = "stage" if row["event_id"] in self.support else "occurrence"
        for column in ("said_on", *["value"] * (row["attribute"] == "date")):
            row[column] = self.when(row.get(column, ""))
        if row["attribute"] == "date":
            spans = [(self.draft.text, start, end) for _, start, end in row["spans"]]
            if not row.get("value_basis"):  # "on 3 March" prints no year
                held = not spans or proofs.prints_date(row["value"], spans)
                row["value_basis"] = "explicit" if held else self.worked_out(row)
            if error := tables.error(dates.parse)(row["value"]):
                column = "when" if row.get("when") else "value"
                self.draft.fault(self.place("claims"), n, column, row["value"], f"not a possible EDTF date: {error}")
        known = {"stage": ("quantities", "stage"), "quantity": ("quantities", "measure")}.get(row["attribute"])
        terms = {c["value"]: c["label"] for c in tables.package(self.data)["termValues"]}
        known = self.draft.codes(*known) if known else terms if row["attribute"] == "term" else {}
        row["value"] = code_of(row["value"], known)
        if known and row["value"] not in known and (row["value"] or row["attribute"] != "quantity"):
            choice = list(known.values())
            self.draft.fault(self.place("claims"), n, "value", row["value"], f"one of: {', '.join(choice)}", choice)
        if row["attribute"] != "quantity" or not row["spans"]:
            row["paraphrase"] = row["paraphrase"] or self.in_codes(row, known)
            return []
        amount, text = row.get("amount", ""), self.draft.text
        if amount:
            held = [place for _, a, b in row["spans"] for place in texts.stands(amount, text, a, b)]
            try:
                held = [(*place, amounts.parse(text[slice(*place)])) for place in held]
            except ValueError as error:
                return self.draft.fault(self.place("claims"), n, "amount", amount, str(error)) or []
        else:
            held = [found for _, a, b in row["spans"] for found in printed(text, a, b)]
        if len(held) != 1:
            told = f"the words print {len(held)} amounts: paste the one that is meant"
            self.draft.fault(self.place("claims"), n, "amount", amount, told)
            return []
        start, end, amount = held[0]
        row["value"] = row["value"] or next(m for m, units in amounts.MEASURES.items() if amount.unit in units)
        units = amounts.MEASURES.get(row["value"], (amount.unit,))
        if amount.unit not in units:
            told = f"{row['value']} is in {' or '.join(units)}, and these words print none: paste words that do, or name the measure"
            self.draft.fault(self.place("claims"), n, "amount", text[start:end], told)
            return []
        if amount.unit != "bbl/d" and re.search(amounts.RATE, text[start:end]):
            self.draft.rates.append(text[start:end])
        elif amount.unit == "item" and re.search(r"[a-z]{3}", text[start:end][1:]):
            self.draft.counts.append(text[start:end])
        floor, ceiling = (amount.best if side is None else side for side in (amount.low, amount.high))
        said = aid.printed(pd.DataFrame([vars(amount) | {"floor": floor, "ceiling": ceiling}], dtype=object))
        row["paraphrase"] = row["paraphrase"] or self.in_codes(row, {row["value"]: said[0]})
        bounds = {
            k: "" if v is None else f"{v:.15g}" if abs(v) < 1e15 else repr(v)
            for k, v in vars(amount).items()
            if k in checks.BOUNDS
        }
        own = {k: row.get(k, "") for k in ("quantity_id", "claim_id", "period", "base")} | {
            "stage": code_of(row.get("stage", ""), self.draft.codes("quantities", "stage"))
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

    def worked_out(self, row) -> str:
        """On what a date rests that is not printed whole: counted from the publication, or where its sentences print the day or month of another year inferred."""
        spans = [self.sentences.loc[i] for i in row["sentence_ids"].split(";")]
        said = [parts for a, b in spans for kind, *_, parts in texts.mentions(self.draft.text, a, b) if kind == "date"]
        if row["value"] == f"[..{self.until}]":
            return "none"  # recently
        days = {edtf(*parts, self.until)[4:]: edtf(*parts, self.until)[:4] for parts in said}
        year, day = row["value"][:4], row["value"][4:]
        return "inferred" if days.get(day, year) != year else "relative"

    def in_codes(self, row, words: dict[str, str]) -> str:
        """A claim in the words of its codes, where the coder gives no paraphrase: its event, what is told of it, how firmly."""
        events = dict(zip(self.frames["events"]["event_id"], self.frames["events"]["label"], strict=True))
        told = self.told(row, words)
        return f"{events.get(row['event_id'], '')}: {told}" if told else events.get(row["event_id"], "")

    def told(self, row, words: dict[str, str]) -> str:
        """What a claim tells of its event, in the words of its codes; how firmly where that is not flatly so."""
        name = {} if row["attribute"] in ("stage", "quantity") else self.draft.codes("claims", "attribute")
        value = words.get(row["value"], row["value"])
        if row["attribute"] == "date" and not tables.error(dates.parse)(value):
            value = dates.words(value)
        if row["factuality"] == "CT-" and row["attribute"] in ("stage", "occurrence"):
            return f"not {value}" if value else "did not happen"
        parts = (name.get(row["attribute"], ""), value) if row["attribute"] != "occurrence" else ()
        firmly = (
            self.draft.codes("claims", "factuality").get(row["factuality"], "") if row["factuality"] != "CT+" else ""
        )
        return " ".join(part for part in (*parts, firmly and f"({firmly})") if part)

    def settled(self):
        """Second codings: both values are kept, the settled one goes into its table."""
        rows = [*self.rows("recodes")]
        for n, row in rows:
            there = row["table"] in self.frames and row["variable"] in self.draft.columns(row["table"])
            known = self.draft.codes(row["table"], row["variable"]) if there else {}
            value, first = code_of(row.get("settled") or "", known), row["first"]
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
                frame, key = self.frames[row["table"]], key_of(row["table"], self.data)
                units = frame[key].agg((".p" if row["table"] == "frames" else "+").join, axis=1)
                if row["variable"] in frame:
                    self.frames[row["table"]] = frame.assign(
                        **{row["variable"]: frame[row["variable"]].mask(units.eq(row["row_id"]), value)}
                    )
            self.coded("recodes", n, row, "recodes")
        self.put("recodes", "recodes", rows)


def _second(change: Change, draft: Draft, found: dict, path: Path) -> None:
    """A blind second coding: what it agrees on, what is to be settled, and alpha a variable."""
    reader, rows, empty = Reader(draft, {}, lambda tab: f"{path.name} [{tab}]"), [], 0
    reader.events()
    for tab in [tab for tab in found if tab.startswith(SECOND)]:
        table = tab.removeprefix(SECOND)
        own, columns = draft.frames[table], twice(table, draft.data)
        values = own[columns].set_axis(units_of(table, own, draft.data))
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
        settle = pd.concat([apart, coded.drop(apart.index)]).assign(settled="")
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


def twice(table: str, data: Path) -> list[str]:
    """The columns of a table that are coded twice."""
    return [f["name"] for f in tables.fields(table, data) if f["proof"] == "twice"]


def units_of(table: str, frame: pd.DataFrame, data: Path) -> pd.Series:
    """The ids of a table's rows, as ``recodes`` writes them."""
    return frame[key_of(table, data)].agg((".p" if table == "frames" else "+").join, axis=1)


def _tell(change: Change, draft: Draft, before, after) -> None:
    """The story of a change in plain words, its diff, and the pairs that now want a look."""
    gains = Counter()
    for name, one in (
        ("event", "events"),
        ("actor", "actors"),
        ("claim", "claims"),
        ("amount", "quantities"),
        ("judgement", "stances"),
        ("reason", "reasons"),
        ("word", "wordings"),
        ("link", "links"),
        ("second coding", "recodes"),
    ):
        gains[name] = len(draft.frames[one]) - len(draft.was[one])
    for verb, sign in (("adds", 1), ("takes out", -1)):
        if told := [f"{n * sign} {name}{'s' * (n * sign > 1)}" for name, n in gains.items() if n * sign > 0]:
            change.story.append(f"{verb} {', '.join(told)}")
    own = after.reports[after.reports["article_id"].eq(draft.article_id)]
    told = before.reports.loc[before.reports["article_id"].eq(draft.article_id), "event_id"]
    change.story += _met(after, draft.article_id, set(own["event_id"]) - set(told))
    change.titles = titles(before, after)
    known = {frozenset(p) for p in zip(*(corroboration.candidates(before)[c] for c in ("a", "b")), strict=True)}
    pairs = corroboration.open_candidates(after)
    pairs = pairs[[frozenset(p) not in known for p in zip(pairs["a"], pairs["b"], strict=True)]]
    full = after.articles.set_index("article_id")["coverage"].eq("full").get(draft.article_id, True)
    if len(pairs) and not full:
        pairs = _enough(pairs, after)
    if len(pairs):
        first = after.claims.drop_duplicates("event_id").set_index("event_id")["claim_id"]
        rows = pd.DataFrame({side: pairs[side].map(lambda i: first.get(i, i)) for side in "ab"})
        label, said = after.articles.set_index("article_id")["label"], [after.claims, after.stances]
        keys = ["claim_id", "stance_id"]
        who = [f["article_id"].map(label) + (", " + f["voice"].astype(object)).mask(f["own"], "") for f in said]
        said = [(w + ": " + f["paraphrase"]).set_axis(f[key]) for w, f, key in zip(who, said, keys, strict=True)]
        said = {side: rows[side].map(pd.concat(said)) for side in "ab"}
        rows = rows.assign(why=pairs["why"], a_says=said["a"], b_says=said["b"], relation="", note="")
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


def _enough(pairs: pd.DataFrame, data) -> pd.DataFrame:
    """Of pairs that a text coded in part need not settle all: one an event and kind; no two dates that meet, no two steps that
    may both be true, and no two events of which one is general, or that differ in kind or lie apart in time."""
    claims, stages = data.claims.set_index("claim_id"), list(data.codes("quantities", "stage"))
    start, end = ({side: pairs[side].map(claims[c]) for side in "ab"} for c in ("start", "end"))
    meet = ~(start["a"] > end["b"]) & ~(start["b"] > end["a"])  # an open side meets all
    pairs = pairs[~(meet & pairs["why"].eq("one event, another date"))]
    out = claims["article_id"].map(data.articles.set_index("article_id")["end"])
    far = claims["value"].map({stage: i for i, stage in enumerate(stages)})
    told = pd.DataFrame({"far": far, "side": claims["polarity"], "out": out, "text": claims["article_id"]})

    def apart(pair):
        a, b = sorted((told.loc[pair.a], told.loc[pair.b]), key=lambda row: (row["side"], row["out"]))  # no before yes
        if (a["side"], b["side"]) == ("no", "yes"):
            return a["far"] <= b["far"]
        later = a["side"] == b["side"] == "yes" and a["text"] != b["text"]
        return later and a["far"] > b["far"]  # the later text tells of less

    steps = pairs["why"].eq("one event, another stage")
    clash = pd.Series([bool(apart(p)) for p in pairs[steps].itertuples()], pairs.index[steps], bool)
    clash = clash.reindex(pairs.index, fill_value=True)
    two = ~pairs["a"].isin(claims.index) & pairs["a"].isin(data.events["event_id"])
    pairs = pairs[clash & (~two | _may_be_one(pairs, data))]
    event = pairs["a"].map(claims["event_id"])
    return pairs[event.isna() | ~(event.astype(object).fillna("") + pairs["why"]).duplicated()]


def _may_be_one(pairs: pd.DataFrame, data) -> pd.Series:
    """Whether two events may be one: of one item, or where they are not both support of one type with a word in common, neither general, not apart in time."""
    events = data.events.set_index("event_id").join(data.flows.set_index("event_id")["item"].astype(object))
    bounds = data.bounds.groupby("event_id").agg({"start": "min", "end": "max"})
    told = data.reports.merge(data.articles[["article_id", "end"]], on="article_id")
    came = told["side"].eq("yes") & told["stage"].isin(("", "delivered")) & told["status"].isin(("stated", "quoted"))
    known = told[came].groupby("event_id")["end"].min()  # what a text tells as having come lies before it
    end = bounds["end"].fillna(known.reindex(bounds.index))
    a, b = ({c: pairs[side].map(events[c]) for c in ("item", "event_type", "umbrella")} for side in "ab")
    both = a["item"].notna() & b["item"].notna()
    states = {name[:4].casefold() for name in data.listed("states").values()}
    stems = events["label"].map(lambda label: {w[:6].casefold() for w in re.findall(r"\w{4,}", label)})
    stems = stems.map(lambda own: {w for w in own if w[:4] not in states})
    akin = pd.Series([bool(stems.get(p.a, set()) & stems.get(p.b, set())) for p in pairs.itertuples()], pairs.index)
    kind = a["event_type"].astype(object).eq(b["event_type"].astype(object)) & akin.astype(bool)
    alike = a["item"].eq(b["item"]).where(both, kind)
    start = {side: pairs[side].map(bounds["start"]) for side in "ab"}
    end = {side: pairs[side].map(end) for side in "ab"}
    later = (start["a"] > end["b"]) | (start["b"] > end["a"])
    return alike & ~later & ~a["umbrella"].eq(True) & ~b["umbrella"].eq(True)


def _met(data, article_id: str, new: set) -> list[str]:
    """What the text newly tells that others tell too: alike, with another amount, of another step, or otherwise."""
    met = corroboration.shared(data)
    met = met[met["event_id"].isin(new)]
    own, others = (met[met["tells"] & met["article_id"].eq(article_id).eq(mine)] for mine in (True, False))
    sides = others.groupby("event_id")["side"].agg(set)
    said = aid.amounts(data).assign(amount=lambda f: aid.printed(f))
    ours, theirs = (said[said["article_id"].eq(article_id).eq(mine)] for mine in (True, False))
    both = ours.merge(theirs, on=["event_id", "measure", "stage"])
    apart = both["amount_x"].ne(both["amount_y"]).groupby(both["event_id"]).all()
    other = own["event_id"].isin(apart.index[apart])
    same = pd.Series([s in sides[e] for s, e in zip(own["side"], own["event_id"], strict=True)], own.index, bool)
    differ = own["agreement"].eq("differ")
    told = {
        "agrees with other texts on": ~differ & same & ~other,
        "differs from other texts on": differ,
        "gives another amount than other texts for": ~differ & other,
        "tells another step, or denies a further one, than other texts of": ~differ & ~other & ~same,
    }
    lists = {what: own["label"][rows] for what, rows in told.items() if rows.any()}
    return [f"{what} {len(labels)}: {'; '.join(labels)}" for what, labels in lists.items()]


def titles(before, after) -> list[str]:
    """The titles of figures that are others after than before, in lines."""
    from tielines import exhibits

    was, now = ({name: exhibits.make(name, data).title for name in exhibits.ALL} for data in (before, after))
    lines = [f"  {name}: {now[name]}" for name in now if was.get(name) != now[name]]
    return [f"{len(lines)} title{'s change' if len(lines) > 1 else ' changes'}, now:", *lines] if lines else []


SHOWN = ("about", "text", "words")  # what a second coder sees of a row


def tabs_known(data: Path) -> dict[str, Tab]:
    """The columns of every tab that a sheet may have."""
    tabs = {}
    for name, columns in TABS.items():
        plain = [c.rstrip("*") for c in columns.split()]
        tabs[name] = Tab(
            pd.DataFrame(columns=plain), told=tuple(c.rstrip("*") for c in columns.split() if c.endswith("*"))
        )
    for table in tables.resources(data):
        if columns := twice(table, data):
            columns = ["row_id", *SHOWN, *(f"{c}?" for c in columns)]
            tabs[SECOND + table] = Tab(pd.DataFrame(columns=columns), told=SHOWN)
    return tabs


def remove(article_id: str, data: Path = tables.DATA) -> Change:
    """Take an article out, with all that hangs on it alone: rows, events that no other text tells, actors, documents, links."""
    frames = sound(data)
    if article_id not in set(frames["articles"]["article_id"]):
        near = tables.nearest(article_id, frames["articles"]["article_id"])
        raise DataError(f"no article {files.shown(article_id)}; nearest: {near or 'none'}")
    draft, change = Draft(frames, data, article_id, ""), Change(article_id)
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
    names = dict(zip(units_of("links", links.loc[carried.index], data), units_of("links", carried, data), strict=True))
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
        (table, unit) for table in f if table != "recodes" and len(f[table]) for unit in units_of(table, f[table], data)
    }
    keep("recodes", [pair in units for pair in zip(f["recodes"]["table"], f["recodes"]["row_id"], strict=True)])
    draft.settle(f"article {article_id}", change)
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
