"""What must hold within and between the rows; every bad row in one report, nothing fixed."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from tielines import amounts, dates, tables, texts

SILENT_ZONES = ("heading", "byline", "boilerplate")  # need no row
MAX_PARAPHRASE = 25
NAMES = ("designation", "citation")  # the reasons that may leave an amount or full date uncoded


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


def check(data: Path = tables.DATA) -> list[Problem]:
    """Every broken rule of the tables in ``data``, sorted by file and row; [] where all hold."""
    report = _Report(Path(data))
    for name in report.rows:
        _fields(report, name)
        _keys(report, name)
    if not report.problems:  # rules between rows presume that each row is well-formed
        rules = (_articles, _claims, _quantities, _events, _flows, _delivered, _uncoded, _links)
        for rule in (*rules, _narratives, _recodes, _complete):
            rule(report)
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
        if row["published_basis"] == "internal" and not row["published_note"]:
            report.add("articles", line, "published_note", "", "an inferred date says from what")


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
    place = {r["sentence_id"]: r for _, r in report.rows["sentences"]}
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
        spans = [place[s] for s in claim["sentence_ids"].split(";")]
        if not any(int(s["start"]) <= int(row["start"]) < int(row["end"]) <= int(s["end"]) for s in spans):
            report.add("quantities", line, "start", row["start"], "lies outside its sentences")


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


def _uncoded(report):
    place = {r["sentence_id"]: r for _, r in report.rows["sentences"]}
    for line, row in report.rows["uncoded"]:
        whole = row["start"] == row["end"] == ""
        if whole != (row["scope"] in ("claim", "judgement")):
            rule = "claim and judgement leave a whole sentence, amount and date a span"
            report.add("uncoded", line, "scope", row["scope"], rule)
        elif not whole:
            at = place[row["sentence_id"]]
            if not int(at["start"]) <= int(row["start"]) < int(row["end"]) <= int(at["end"]):
                report.add("uncoded", line, "start", row["start"], "lies outside its sentence")


def _links(report):
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    stances = report.ids("stances", "stance_id")
    for line, row in report.rows["links"]:
        for column in "ab":
            if row[column] not in claims.keys() | stances:
                report.add("links", line, column, row[column], "no such claim or stance", claims)
        if row["a"] not in claims or row["b"] not in claims:
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


def _recodes(report):
    keyed = {"claims": "claim_id", "stances": "stance_id"}
    units = {t: {r[k]: r for _, r in report.rows[t]} for t, k in keyed.items()}
    units["frames"] = {f"{r['article_id']}.p{r['paragraph']}": r for _, r in report.rows["frames"]}
    for line, row in report.rows["recodes"]:
        unit = units[row["table"]].get(row["row_id"])
        if unit is None:
            report.add(
                "recodes",
                line,
                "row_id",
                row["row_id"],
                f"no such row in {row['table']}",
                units[row["table"]],
            )
        elif row["variable"] not in unit:
            report.add("recodes", line, "variable", row["variable"], f"no column of {row['table']}", unit)
        elif unit[row["variable"]] not in (row["first"], row["second"]):
            report.add("recodes", line, "first", row["first"], "the settled value is that of neither pass")
        if (row["first"] != row["second"]) != bool(row["reason"]):
            report.add("recodes", line, "reason", row["reason"], "filled where the passes differ, and only there")


def _complete(report):
    covered = {s for _, r in report.rows["claims"] for s in r["sentence_ids"].split(";")}
    for table in ("stances", "reasons"):
        covered |= {s for _, r in report.rows[table] for s in r["sentence_ids"].split(";")}
    covered |= {r["sentence_id"] for _, r in report.rows["uncoded"] if r["start"] == ""}
    notes = report.ids("origins", "sentence_id")
    full = {r["article_id"] for _, r in report.rows["articles"] if r["coverage"] == "full"}
    for line, row in report.rows["sentences"]:
        if row["article_id"] not in full or row["zone"] in SILENT_ZONES:
            continue
        if row["sentence_id"] not in (notes if row["zone"] == "note" else covered):
            rule = "no row in " + ("origins" if row["zone"] == "note" else "claims, stances, reasons or uncoded")
            report.add("sentences", line, "sentence_id", row["sentence_id"], rule)


def uncovered(article_texts: dict[str, str], data: Path = tables.DATA) -> list[Problem]:
    """Numerals and dates of the texts that are in no row, and rows that may not be uncoded.

    ``article_texts`` is {article_id: text}, as ``texts.find_texts`` gives it. Covered is a number
    inside a quantity or uncoded span, a date whose parts a claim or quantity of that sentence
    names, and all of an endnote (its origin holds it).
    """
    report = _Report(Path(data))
    spans, named = defaultdict(list), defaultdict(list)
    claims = {r["claim_id"]: r for _, r in report.rows["claims"]}
    for _, q in report.rows["quantities"]:
        owner = claims[q["claim_id"]]["sentence_ids"]
        spans[owner.split(".")[0]].append((int(q["start"]), int(q["end"])))
        for sentence in owner.split(";"):
            named[sentence].append(q["period"])
    for row in claims.values():
        for sentence in row["sentence_ids"].split(";"):
            said = row["value"] if row["attribute"] == "date" else ""
            named[sentence] += [said, row["said_on"]]
    for line, row in report.rows["uncoded"]:
        if row["start"]:
            article = row["sentence_id"].split(".")[0]
            spans[article].append((int(row["start"]), int(row["end"])))
            text = article_texts.get(article, "")[int(row["start"]) : int(row["end"])]
            if text and row["reason"] not in NAMES and _is_fact(text):
                rule = "an amount with a unit or a full date is never uncoded"
                report.add("uncoded", line, "reason", row["reason"], rule, NAMES)
    full = {r["article_id"] for _, r in report.rows["articles"] if r["coverage"] == "full"}
    for line, row in report.rows["sentences"]:
        article, sentence = row["article_id"], row["sentence_id"]
        if article not in full & article_texts.keys() or row["zone"] in (*SILENT_ZONES, "note"):
            continue
        found = texts.mentions(article_texts[article], int(row["start"]), int(row["end"]))
        for kind, start, end, parts in found:
            if any(a < end and start < b for a, b in spans[article]):
                continue
            values = [v for v in named[sentence] if v]
            if kind == "relative" and values or kind == "date" and any(_holds(v, parts) for v in values):
                continue
            at = f"{start}-{end}"
            report.add("sentences", line, sentence, at, f"this {kind} is in no row")
    return sorted(report.problems)


def _holds(value: str, parts: tuple) -> bool:
    """Whether an EDTF value names all parts (year, month, day) that a text prints."""
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    return all(p in numbers for p in parts if p is not None)


def _is_fact(text: str) -> bool:
    full_date = any(k == "date" and None not in p for k, _, _, p in texts.mentions(text))
    try:
        amount = amounts.parse(text)
    except ValueError:
        return full_date
    return full_date or (amount.unit != "item" and amount.qualifier != "vague")
