"""What must hold within and between the rows; every bad row in one report, nothing fixed."""

import csv
import re
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from tielines import amounts, corroboration, dates, proofs, tables, texts

MAX_PARAPHRASE = 25
FOUR = ("RUS", "CHN", "IRN", "CUB")


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
        what = f" {self.column}={self.value!r}" if self.column else ""
        return f"{at}{what}: {self.rule}" + (f"; nearest: {self.nearest}" if self.nearest else "")


class _Report:
    """Collects problems; ``rows[table]`` are (line, {column: text}) of the readable files."""

    def __init__(self, data: Path):
        self.data, self.problems, self.rows = data, [], {}
        for name in tables.resources(data):
            self._open(name)

    def add(self, table, line, column, value, rule, allowed=()):
        near = tables.nearest(value, allowed)
        path = tables.resource(table, self.data)["path"]
        self.problems.append(Problem(path, line, column, str(value), rule, near))

    def _open(self, name):
        want = [f["name"] for f in tables.fields(name, self.data)]
        self.rows[name] = []
        try:
            header, *body = tables.raw(name, self.data)
        except (tables.DataError, ValueError) as error:
            return self.add(name, 0, "", "", str(error))
        for column in set(want) - set(header):
            self.add(name, 1, "header", column, "this column is missing", set(header) - set(want))
        for column in set(header) - set(want):
            self.add(name, 1, "header", column, "no such column in datapackage.json", set(want) - set(header))
        for column in [c for c, n in Counter(header).items() if n > 1]:
            self.add(name, 1, "header", column, "this column stands twice")
        if set(header) != set(want) or len(header) != len(want):
            return None  # every row would fail for the same reason
        for line, row in enumerate(body, 2):
            if len(row) != len(header):
                self.add(name, line, "", "", f"{len(row)} fields where the header has {len(header)}")
            else:
                self.rows[name].append((line, dict(zip(header, row, strict=True))))

    def ids(self, table, column) -> set[str]:
        return {row[column] for _, row in self.rows[table]}

    def anchors(self) -> dict[str, list]:
        """{row id: [(sentence, start, end)]}, in the order of the text."""
        spans = defaultdict(list)
        for _, row in self.rows["anchors"]:
            spans[row["row_id"]].append((row["sentence_id"], int(row["start"]), int(row["end"])))
        return spans


def check(data: Path = tables.DATA, sealed: bool = True) -> list[Problem]:
    """Every broken rule of the tables in ``data``, sorted by file and row; [] where all hold.

    ``sealed=False`` leaves out whether the tables are those that were sealed.
    """
    report = _Report(Path(data))
    for name in report.rows:
        _fields(report, name)
        _keys(report, name)
    if not report.problems:  # rules between rows presume that each row is well-formed
        rules = (_articles, _anchors, _claims, _quantities, _events, _concerns, _flows, _delivered, _uncoded, _links)
        for rule in (*rules, _narratives, _wordings, _used, _recodes, _complete):
            rule(report)
    if not report.problems:  # what is computed from whole tables
        _twice(report)
        _clauses(report)
        _candidates(report)
    if sealed:
        _sealed(report)
    return sorted(report.problems)


def _bad(field: dict, value: str) -> str:
    """The rule that a value breaks, or ""."""
    limits = field.get("constraints", {})
    if value == "":
        return "a value is required" if limits.get("required") else ""
    if field["type"] in ("integer", "number"):
        shape = r"\d+" if field["type"] == "integer" else r"-?\d+(\.\d+)?([eE][+-]?\d+)?"
        if not re.fullmatch(shape, value):
            return f"not a {field['type']}"
        if float(value) < limits.get("minimum", float("-inf")):
            return f"below {limits['minimum']}"
    if field["type"] == "boolean" and value not in ("yes", "no"):
        return "yes or no"
    if "enum" in limits and value not in limits["enum"]:
        return "unknown code"
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        return f"does not match {limits['pattern']}"
    if field.get("edtf"):
        return _bad_date(value)
    return ""


def _bad_date(value: str) -> str:
    try:
        dates.parse(value)
    except ValueError as error:
        return f"not a possible EDTF date: {error}"
    return ""


def _fields(report, name):
    for field in tables.fields(name, report.data):
        column, enum = field["name"], field.get("constraints", {}).get("enum", ())
        for line, row in report.rows[name]:
            if rule := _bad(field, row[column]):
                report.add(name, line, column, row[column], rule, enum or ("yes", "no"))


def _keys(report, name):
    schema = tables.resource(name, report.data)["schema"]
    unique = [[f["name"]] for f in schema["fields"] if f.get("constraints", {}).get("unique")]
    for key in [k for k in (schema.get("primaryKey"), *unique) if k]:
        seen = {}
        for line, row in report.rows[name]:
            value = ";".join(row[c] for c in key)
            if value in seen:
                report.add(name, line, key[0], value, f"stands already in row {seen[value]}")
            seen.setdefault(value, line)
    references = [(k["fields"][0], k["reference"], "") for k in schema.get("foreignKeys", ())]
    references = [(c, (r["resource"], r["fields"][0]), s) for c, r, s in references]
    for f in schema["fields"]:
        if ref := f.get("listReference"):
            references.append((f["name"], (ref["resource"], ref["field"]), f["list"]))
    for column, (table, target), separator in dict.fromkeys(references):
        allowed = report.ids(table, target)
        for line, row in report.rows[name]:
            for value in row[column].split(separator) if separator else [row[column]]:
                if row[column] and value not in allowed:
                    report.add(name, line, column, value, f"no such {target} in {table}", allowed)


def _articles(report):
    for line, row in report.rows["articles"]:
        try:
            zones = texts.parse_zones(row["zones"])
        except ValueError as error:
            report.add("articles", line, "zones", row["zones"], str(error))
            continue
        own = [(n, s) for n, s in report.rows["sentences"] if s["article_id"] == row["article_id"]]
        if not own:
            report.add("articles", line, "article_id", row["article_id"], "has no sentences")
        for at, s in own:
            if zones.get(int(s["paragraph"])) != s["zone"]:
                report.add("sentences", at, "zone", s["zone"], "differs from articles.zones")
        for (_, a), (at, b) in zip(own, own[1:], strict=False):
            if int(b["start"]) < int(a["end"]):
                report.add("sentences", at, "start", b["start"], "overlaps the sentence before")
        if row["published_basis"] in ("internal", "external") and not row["published_note"]:
            report.add("articles", line, "published_note", "", "a date that the text does not print says from what")
        framed = Counter(f["frame"] for _, f in report.rows["frames"] if f["article_id"] == row["article_id"])
        lead = [f for f, _ in framed.most_common() if f != "none"]
        if lead and row["primary_frame"] != lead[0]:
            rule = f"the frame of most paragraphs is {lead[0]}"
            report.add("articles", line, "primary_frame", row["primary_frame"], rule, lead[:1])
        squeezed = re.sub(r"\W", "", row["publisher"]).lower()
        if row["url"] and squeezed not in re.sub(r"\W", "", row["url"]).lower():
            report.add("articles", line, "url", row["url"], "the address does not name the publisher")
        month = re.search(r"/(20\d\d)/(\d\d)/", row["url"])
        if month and not row["published"].startswith(f"{month[1]}-{month[2]}"):
            report.add("articles", line, "url", row["url"], f"the address says {month[1]}-{month[2]}")


def _claims(report):
    support, seen = report.ids("flows", "event_id"), {}
    actors = report.ids("actors", "actor_id")
    closed = {c["value"] for c in tables.package(report.data)["termValues"]}
    codes = {
        "stage": tables.codes("quantities", "stage", report.data),
        "quantity": tables.codes("quantities", "measure", report.data),
        "term": closed,
    }
    measured = defaultdict(list)
    for _, q in report.rows["quantities"]:
        measured[q["claim_id"]].append(q)
    for line, row in report.rows["claims"]:

        def bad(column, rule, allowed=(), line=line, row=row):
            report.add("claims", line, column, row[column], rule, allowed)

        kind, value = row["attribute"], row["value"]
        if not row["speaker"].endswith("AUTHOR"):
            bad("speaker", "a chain of speakers ends in AUTHOR")
        if len(row["paraphrase"].split()) > MAX_PARAPHRASE:
            bad("paraphrase", f"more than {MAX_PARAPHRASE} words")
        if kind == "date" and (rule := _bad_date(value)):
            bad("value", rule)
        if (kind == "date") != bool(row["value_basis"]):
            bad("value_basis", "filled for date claims, and for those only")
        if kind in codes and value not in codes[kind]:
            bad("value", f"unknown code for attribute {kind}", codes[kind])
        if kind in ("occurrence", "obligation") and value:
            bad("value", f"empty for attribute {kind}")
        if kind == "place" and not value:
            bad("value", "a place is required")
        for actor in value.split(";") if kind == "actor" else ():
            if actor not in actors:
                bad("value", "no such actor_id in actors", actors)
        if kind == "occurrence" and row["event_id"] in support:
            bad("attribute", "support is told by stage, not by occurrence")
        if kind == "stage" and row["event_id"] not in support:
            bad("attribute", "only an event in flows has a stage")
        if (kind == "quantity") != bool(measured[row["claim_id"]]):
            bad("attribute", "a quantity claim has one row in quantities, and no other claim has")
        if row["basis"] == "own_interview" and row["speaker"] == "AUTHOR":
            bad("basis", "an interview has a speaker of its own")
        amount = [(q["low"], q["best"], q["high"], q["stage"], q["base"]) for q in measured[row["claim_id"]]]
        key = (*(row[c] for c in ("event_id", "attribute", "value", "speaker", "basis")),)
        key += (row["factuality"], row["sentence_ids"].split(".")[0], str(amount))
        if key in seen:
            bad("claim_id", f"says the same as row {seen[key]}; one claim lists all its sentences")
        seen.setdefault(key, line)


def _quantities(report):
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    anchored, support, staged = report.anchors(), report.ids("flows", "event_id"), defaultdict(set)
    place = {r["sentence_id"]: r for _, r in report.rows["sentences"]}
    domain = {r["event_id"]: r["domain"] for _, r in report.rows["events"]}
    for claim in claims.values():
        if claim["attribute"] == "stage":
            staged[claim["event_id"]].add(claim["value"])
    for line, row in report.rows["quantities"]:
        low, best, high = (float(row[c]) if row[c] else None for c in ("low", "best", "high"))
        known = [v for v in (low, best, high) if v is not None]
        if known != sorted(known):
            report.add("quantities", line, "low", row["low"], f"low <= best <= high, not {known}")
        elif known:
            want = amounts.bounds(known[0], row["qualifier"], row["unit"])
            if (want.low, want.best, want.high) != (low, best, high):
                rule = "does not go with which of low, best, high are filled"
                report.add("quantities", line, "qualifier", row["qualifier"], rule)
        elif row["qualifier"] not in ("vague", "unknown"):
            rule = "an amount without a number is vague or unknown"
            report.add("quantities", line, "qualifier", row["qualifier"], rule)
        claim = claims[row["claim_id"]]
        if claim["value"] != row["measure"]:
            report.add("quantities", line, "measure", row["measure"], "differs from its claim")
        spans = anchored[row["claim_id"]]
        if not any(a <= int(row["start"]) < int(row["end"]) <= b for _, a, b in spans):
            report.add("quantities", line, "start", row["start"], "lies outside the anchors of its claim")
        elif all(_cut(place[i], int(row["start"]), int(row["end"])) for i in claim["sentence_ids"].split(";")):
            report.add("quantities", line, "start", row["start"], "leaves its sentence or cuts a word")
        want = staged[claim["event_id"]] | ({"open"} if row["base"] else set())
        if claim["event_id"] not in support:
            want = {"delivered"} if domain[claim["event_id"]] == "trade" else {""}
        if row["stage"] not in want and not (claim["event_id"] in support and row["measure"] in ("share", "growth")):
            rule = "no stage that its event has; only support and trade have one"
            report.add("quantities", line, "stage", row["stage"], rule, want)


def _events(report):
    told = report.ids("claims", "event_id")
    parents = report.ids("flows", "parent_event_id") - {""}
    for line, row in report.rows["events"]:
        if row["event_id"] not in told and row["event_id"] not in parents:
            report.add("events", line, "event_id", row["event_id"], "no claim tells it")


FIRM = ("agreed", "under_way", "part_delivered", "delivered")  # stages past a promise
MONEY_ITEMS = ("loan", "debt", "cash", "investment", "economic_support", "material_support")


def _flows(report):
    events = {r["event_id"]: r for _, r in report.rows["events"]}
    staged, measured, alike = defaultdict(list), defaultdict(list), set()
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    for claim in claims.values():
        if claim["attribute"] == "stage":
            staged[claim["event_id"]].append((claim["value"], claim["factuality"]))
    for _, q in report.rows["quantities"]:
        measured[claims[q["claim_id"]]["event_id"]].append(q)
    for _, link in report.rows["links"]:
        if link["relation"] == "maybe_same":
            alike |= {claims[link[c]]["event_id"] for c in "ab" if link[c] in claims}
    for line, row in report.rows["flows"]:

        def bad(column, rule, allowed=(), line=line, row=row):
            report.add("flows", line, column, row[column], rule, allowed)

        event, note = events[row["event_id"]], row["total_note"]
        if not {"RUS", "CHN"} & {*event["actors"].split(";")} or not {"IRN", "CUB"} & {*event["recipients"].split(";")}:
            bad("event_id", "support comes from RUS or CHN and goes to IRN or CUB")
        if event["event_type"] != "AID":
            bad("event_id", f"support is an event of type AID, not {event['event_type']}: trade is no support")
        if not staged[row["event_id"]]:
            bad("event_id", "no claim says its stage")
        if row["parent_event_id"] == row["event_id"]:
            bad("parent_event_id", "is its own parent")
        if (row["in_total"] == "yes") != (note == ""):
            bad("total_note", "filled where in_total is no, and only there")
        wanted = _total_notes(row, event, staged[row["event_id"]], row["event_id"] in alike)
        if note not in wanted:
            bad("total_note", f"the claims make it {' or '.join(w or 'empty' for w in wanted)}", wanted)
        money = [q for q in measured[row["event_id"]] if q["measure"] == "money"]
        if money and row["item"] not in MONEY_ITEMS:
            bad("item", "support in kind has no money of its own; a price is a row of its own")


def _total_notes(row, event, stages, alike) -> list[str]:
    """The values of total_note that the rows of a flow allow."""
    if event["umbrella"] == "yes":
        return ["umbrella"]
    if row["parent_event_id"]:
        return ["part"]
    flat = [stage for stage, factuality in stages if factuality == "CT+"]
    if any(stage in FIRM for stage in flat):
        return ["", *["loan_beside_goods"] * (row["item"] == "loan"), *["may_be_part"] * alike]
    if "open" in flat:
        return ["may_be_part"]
    if flat:
        return ["promise"]
    return ["not_given" if any(f.endswith("-") for _, f in stages) else "not_flat"]


def _delivered(report):
    """Delivered, with its parts, is no more than agreed, or a contradiction is in links."""
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    parent = {r["event_id"]: r["parent_event_id"] or r["event_id"] for _, r in report.rows["flows"]}
    known = {(r["a"], r["b"]) for _, r in report.rows["links"] if r["relation"] == "contradiction"}
    told = defaultdict(lambda: defaultdict(dict))  # (flow, measure, unit): stage: event: (amount, line, claim)
    for line, q in report.rows["quantities"]:
        event = claims[q["claim_id"]]["event_id"]
        if event in parent and (amount := q["low"] or q["best"]):
            stages = told[parent[event], q["measure"], q["unit"]]
            row = (float(amount), line, q["claim_id"])
            stages[q["stage"]][event] = max(row, stages[q["stage"]].get(event, row))
    for (_, _, unit), stages in told.items():
        agreed, came = [*stages["agreed"].values()], [*stages["delivered"].values()]
        settled = {(a, b) for _, _, a in agreed for _, _, b in came}
        settled |= {(b, a) for a, b in settled}
        if agreed and sum(amount for amount, _, _ in came) > max(agreed)[0] and not settled & known:
            rule = f"more delivered than the {max(agreed)[0]:g} {unit} agreed, and no contradiction in links"
            report.add("quantities", came[0][1], "best", f"{came[0][0]:g}", rule)


def _cut(sentence, start, end) -> bool:
    """Whether a span leaves its sentence or cuts one of its words."""
    at = int(sentence["start"])
    if not at <= start < end <= int(sentence["end"]):
        return True
    for pair in sentence["word_spans"].split(";"):
        a, b = (at + int(n) for n in pair.split("-"))
        if a < end and start < b and not start <= a < b <= end:
            return True
    return False


def _uncoded(report):
    place = {r["sentence_id"]: r for _, r in report.rows["sentences"]}
    for line, row in report.rows["uncoded"]:
        if _cut(place[row["sentence_id"]], int(row["start"]), int(row["end"])):
            report.add("uncoded", line, "start", row["start"], "leaves its sentence or cuts a word")


def _anchors(report):
    place = {r["sentence_id"]: r for _, r in report.rows["sentences"]}
    order = {s: n for n, s in enumerate(place)}
    spans, rows = report.anchors(), {}
    for table, key in proofs.JUDGED.items():
        rows |= {r[key]: (table, line, r) for line, r in report.rows[table]}
    held = defaultdict(set)  # a sentence's rows
    for row_id, (table, line, row) in rows.items():
        stands = sorted({s for s, _, _ in spans[row_id]}, key=order.get)
        if ";".join(stands) != row["sentence_ids"]:
            rule = f"its anchors stand in {';'.join(stands) or 'no sentence: it has none'}"
            report.add(table, line, "sentence_ids", row["sentence_ids"], rule)
        for s in stands:
            held[s].add(row_id)
    rows |= {r["wording_id"]: ("wordings", line, r) for line, r in report.rows["wordings"]}
    for line, row in report.rows["wordings"]:
        if [s for s, _, _ in spans[row["wording_id"]]] != [row["sentence_id"]]:
            report.add("wordings", line, "sentence_id", row["sentence_id"], "has one anchor, in that sentence")
    for line, row in report.rows["anchors"]:
        sentence, start, end = place[row["sentence_id"]], int(row["start"]), int(row["end"])
        if row["row_id"] not in rows:
            report.add("anchors", line, "row_id", row["row_id"], "no such claim, stance, reason or wording", rows)
        if _cut(sentence, start, end):
            report.add("anchors", line, "start", row["start"], "leaves its sentence or cuts a word")
        elif int(row["words"]) != (n := sum(start <= a < end for a, _ in _words(sentence))):
            report.add("anchors", line, "words", row["words"], f"there are {n} words between start and end")
        elif len(held[row["sentence_id"]] - {row["row_id"]}) and int(row["words"]) == len(_words(sentence)):
            rule = f"the whole sentence, which also holds {sorted(held[row['sentence_id']] - {row['row_id']})[0]}"
            report.add("anchors", line, "end", row["end"], rule)


def _words(sentence):
    at = int(sentence["start"])
    pairs = (p.split("-") for p in sentence["word_spans"].split(";") if p)
    return [(at + int(a), at + int(b)) for a, b in pairs]


def _concerns(report):
    """in_scope and umbrella follow from the parties, from what the event concerns, and from the label."""
    country = {r["actor_id"]: (r["iso3"], r["kind"]) for _, r in report.rows["actors"]}
    for line, row in report.rows["events"]:
        sides = [row[c].split(";") for c in ("actors", "recipients", "concerns") if row[c]]
        parties = {country[i][0] for i in row["actors"].split(";") + row["recipients"].split(";") if i} & {*FOUR}
        concerned = set(filter(None, row["concerns"].split(";")))
        if concerned & parties:
            report.add(
                "events", line, "concerns", row["concerns"], "names a party; parties stand in actors, recipients"
            )
        for side in sides:
            for actor in side:
                state, kind = country[actor]
                if state in FOUR and kind != "state" and not {state} & {s for own in sides for s in own}:
                    report.add(
                        "events", line, "actors", row["actors"], f"{actor} acts for {state}, which stands nowhere"
                    )
        four = parties | concerned
        alone = four == {"RUS", "CHN"} and row["domain"] in ("trade", "energy")
        acts = not row["actors"] or {country[i][0] for i in row["actors"].split(";")} & {*FOUR}
        scope = "yes" if len(four) > 1 and four & {"RUS", "CHN"} and acts and not alone else "no"
        if row["in_scope"] != scope:
            rule = f"{scope}: it joins {' '.join(s for s in FOUR if s in four) or 'none'} of the four"
            report.add("events", line, "in_scope", row["in_scope"], rule, (scope,))
        umbrella = "yes" if row["label"].endswith("unspecific)") else "no"
        if row["umbrella"] != umbrella:
            rule = "yes where the label ends in (unspecific), and only there"
            report.add("events", line, "umbrella", row["umbrella"], rule, (umbrella,))


def _links(report):
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    stances = report.ids("stances", "stance_id")
    for line, row in report.rows["links"]:
        for column in "ab":
            if row[column] not in claims.keys() | stances:
                report.add("links", line, column, row[column], "no such claim or stance", claims)
        if (row["a"] in claims) != (row["b"] in claims):
            report.add("links", line, "b", row["b"], "a link joins two claims or two stances")
        if not row["note"]:
            report.add("links", line, "note", "", "says what differs, or why nothing does")
        if row["relation"] == "differing" and row["a"] in claims:
            report.add("links", line, "relation", row["relation"], "differing joins two stances")
        if row["a"] not in claims or row["b"] not in claims or row["relation"] == "dismissed":
            continue
        a, b = claims[row["a"]], claims[row["b"]]
        same = all(a[c] == b[c] for c in ("event_id", "attribute", "value", "factuality"))
        if same and a["attribute"] not in ("quantity", "occurrence"):
            report.add("links", line, "b", row["b"], "the two say the same; a group-by finds it")


def _narratives(report):
    for table in ("stances", "reasons"):
        for line, row in report.rows[table]:
            if not row["speaker"].endswith("AUTHOR"):
                report.add(table, line, "speaker", row["speaker"], "a chain of speakers ends in AUTHOR")
            if len(row["paraphrase"].split()) > MAX_PARAPHRASE:
                report.add(table, line, "paraphrase", row["paraphrase"], f"more than {MAX_PARAPHRASE} words")
    framed = {(r["article_id"], r["paragraph"]) for _, r in report.rows["frames"]}
    body = {(r["article_id"], r["paragraph"]) for _, r in report.rows["sentences"] if r["zone"] in ("body", "list")}
    for line, row in report.rows["articles"]:
        for article, paragraph in sorted(body - framed):
            if article == row["article_id"] and row["coverage"] == "full":
                report.add("articles", line, "article_id", article, f"paragraph {paragraph} has no frame")
        if row["coverage"] == "full" and not row["primary_frame"]:
            report.add("articles", line, "primary_frame", "", "one frame leads the article")
    for line, row in report.rows["frames"]:
        if (row["article_id"], row["paragraph"]) not in body:
            report.add("frames", line, "paragraph", row["paragraph"], "no such paragraph of body or list")


def _wordings(report):
    for line, row in report.rows["wordings"]:
        if not row["speaker"].endswith("AUTHOR"):
            report.add("wordings", line, "speaker", row["speaker"], "a chain of speakers ends in AUTHOR")
        if row["term"] != row["term"].lower():
            report.add("wordings", line, "term", row["term"], "in small letters")


def _used(report):
    """Every actor and every origin is named by some row; an endnote's claims cite its origin."""
    used = {a for _, r in report.rows["events"] for c in ("actors", "recipients") for a in r[c].split(";")}
    cited = defaultdict(set)
    for table in (*proofs.JUDGED, "wordings"):
        for _, row in report.rows[table]:
            used |= {*row["speaker"].split("_")}
            cited[row.get("origin_id", "")].add(row.get("sentence_ids", ""))
            if row.get("attribute") == "actor":
                used |= {*row["value"].split(";")}
    for line, row in report.rows["actors"]:
        if row["actor_id"] not in used:
            report.add("actors", line, "actor_id", row["actor_id"], "no row names it")
    for line, row in report.rows["origins"]:
        if row["origin_id"] not in cited and not row["sentence_id"]:  # an endnote is there for itself
            report.add("origins", line, "origin_id", row["origin_id"], "no row cites it")
    notes = {r["sentence_id"]: r["origin_id"] for _, r in report.rows["origins"] if r["sentence_id"]}
    said = {r["origin_id"]: r["published"] for _, r in report.rows["origins"]}
    zone = {r["sentence_id"]: r["zone"] for _, r in report.rows["sentences"]}
    out = {r["article_id"]: dates.parse(r["published"]).end for _, r in report.rows["articles"]}
    for line, row in report.rows["claims"]:
        first = row["sentence_ids"].split(";")[0]
        if zone[first] == "note":
            own = notes.get(first, "")
            if row["origin_id"] != own:
                report.add("claims", line, "origin_id", row["origin_id"], "not the origin of its endnote", [own])
            if own and row["said_on"] != said[own]:
                report.add("claims", line, "said_on", row["said_on"], "not the date of its endnote", [said[own]])
        when = dates.parse(row["said_on"]) if row["said_on"] else None
        if when and when.start and when.start > out[first.split(".")[0]]:
            report.add("claims", line, "said_on", row["said_on"], "after its article was published")


def _units(report) -> dict:
    """{table: {unit: row}} of what may be coded twice."""
    units = {}
    for name in report.rows:
        key = tables.resource(name, report.data)["schema"].get("primaryKey", [])
        for _, row in report.rows[name]:
            unit = "+".join(row[k] for k in key)
            if name == "frames":
                unit = f"{row['article_id']}.p{row['paragraph']}"
            units.setdefault(name, {})[unit] = row
    return units


def _recodes(report):
    units = _units(report)
    twice = {(name, f["name"]) for name in units for f in tables.fields(name, report.data) if f.get("proof") == "twice"}
    for line, row in report.rows["recodes"]:
        unit = units.get(row["table"], {}).get(row["row_id"])
        if row["table"] not in units:
            report.add("recodes", line, "table", row["table"], "no such table", units)
        elif unit is None:
            report.add("recodes", line, "row_id", row["row_id"], f"no such row in {row['table']}", units[row["table"]])
        elif (row["table"], row["variable"]) not in twice:
            allowed = [c for t, c in twice if t == row["table"]]
            report.add("recodes", line, "variable", row["variable"], "not a column that is coded twice", allowed)
        elif unit[row["variable"]] not in (row["first"], row["second"]) and row["reason"] != "corrected":
            report.add("recodes", line, "first", row["first"], "the settled value is that of neither pass")
        if row["first"] == row["second"] and row["reason"] not in ("", "corrected"):
            report.add("recodes", line, "reason", row["reason"], "the passes agree")
        if row["first"] != row["second"] and not row["reason"]:
            report.add("recodes", line, "reason", "", "the passes differ: say why")


def _twice(report):
    """Every cell of a column whose proof is twice, in an article with coverage full, has its second coding.

    Of the links, half have one.
    """
    units = _units(report)
    twice = [(name, f["name"]) for name in units for f in tables.fields(name, report.data) if f.get("proof") == "twice"]
    seen = defaultdict(set)
    for _, row in report.rows["recodes"]:
        seen[row["table"], row["variable"]].add(row["row_id"])
    full = {r["article_id"] for _, r in report.rows["articles"] if r["coverage"] == "full"}
    for table, variable in sorted({*twice} - {("links", "relation")}):
        where = tables.resource(table, report.data)["path"]
        for line, (unit, row) in enumerate(units[table].items(), 2):
            place = next((row[c] for c in ("sentence_ids", "sentence_id", "article_id") if row.get(c)), "")
            if unit not in seen[table, variable] and (not place or place.split(".")[0] in full):
                report.problems.append(Problem(where, line, variable, row[variable], "was not coded a second time"))
    links, second = len(units.get("links", {})), len(seen["links", "relation"])
    if second < links / 2:
        report.add("links", 0, "", "", f"{second} of {links} relations were coded a second time, less than half")


def _complete(report):
    notes = report.ids("origins", "sentence_id")
    full = {r["article_id"] for _, r in report.rows["articles"] if r["coverage"] == "full"}
    for line, row in report.rows["sentences"]:
        if row["article_id"] in full and row["zone"] == "note" and row["sentence_id"] not in notes:
            report.add("sentences", line, "sentence_id", row["sentence_id"], "no row in origins")


def _clauses(report):
    """In an article with coverage full, no run of four body words lies outside anchors and uncoded spans."""
    lines = {r["sentence_id"]: (line, r) for line, r in report.rows["sentences"]}
    coverage = {r["article_id"]: (line, r["coverage"]) for line, r in report.rows["articles"]}
    frames = [tables.read(n, report.data) for n in ("sentences", "anchors", "uncoded")]
    left = proofs.unclaimed(*frames)
    runs = left[left["words"] >= proofs.RUN]
    for run in runs.itertuples():
        if coverage[run.article_id][1] == "full":
            rule = f"{run.words} words in no anchor and no uncoded span"
            report.add("sentences", lines[run.sentence_id][0], "start", f"{run.start}-{run.end}", rule)
    for article, (line, kind) in coverage.items():
        if kind == "scoped" and article not in set(runs["article_id"]):
            report.add("articles", line, "coverage", kind, "every clause is accounted for: full", ("full",))


def _candidates(report):
    for pair in corroboration.open_candidates(tables.load(report.data)).itertuples():
        report.add("links", 0, "", "", f"no row for {pair.a} and {pair.b}: {pair.why}")


def _sealed(report):
    """A table that is not the sealed one, where nothing else is wrong with it, and its rows that git does not know."""
    broken = {p.file for p in report.problems}
    for res in tables.resources(report.data).values():
        path = report.data / res["path"]
        if res["path"] not in broken and {k: res.get(k) for k in ("hash", "bytes")} != tables.sealed(path):
            rows = _changed(path)
            which = f" (rows {', '.join(map(str, rows[:20]))}{' …' if len(rows) > 20 else ''})" if rows else ""
            rule = f"changed{which} since it was sealed; if you meant it, `python -m tielines seal`"
            report.problems.append(Problem(res["path"], 0, "", "", rule))


def _changed(path: Path) -> list[int]:
    """Lines of a table that its last commit does not have, where git is there; [] else."""
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    except OSError:
        return []
    if shown.returncode:
        return []
    was = {tuple(row) for row in csv.reader(shown.stdout.splitlines())}
    with path.open(encoding="utf-8", newline="") as file:
        return [line for line, row in enumerate(csv.reader(file), 1) if tuple(row) not in was]
