"""What must hold within and between the rows, rule by rule; every bad row in one report, nothing fixed."""

import csv
import re
import subprocess
from collections import Counter, defaultdict
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path

import pandas as pd

from tielines import amounts, corroboration, dates, proofs, tables, texts
from tielines.tables import Problem

__all__ = "check derived report rule".split()


def __dir__():
    return __all__


MAX_PARAPHRASE = 25
FOUR = ("RUS", "CHN", "IRN", "CUB")
FIRM = ("agreed", "under_way", "part_delivered", "delivered")  # stages past a promise
BOUNDS = ["low", "best", "high"]
BODY = ("body", "list")  # zones whose paragraphs have a frame
MANY = 20  # so many rows with one fault in one column are told one by one


def check(data: Path = tables.DATA, sealed: bool = True) -> list[Problem]:
    """Every broken rule of the tables in ``data``, sorted by file and row; [] where all hold.

    ``sealed=False`` leaves out whether the tables are those that were sealed.
    """
    t = _Tables(Path(data))
    if not t.problems:  # rules between rows presume that each row is well-formed
        t.look_up()
        t.apply(BETWEEN)
    if not t.problems:
        t.apply(WHOLE)
    if sealed:
        _sealed(t)
    return sorted(set(t.problems))


def derived(data: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What other columns make of ``in_scope`` of each event and ``total_note`` of each flow; empty where rows are not well-formed."""
    t = _Tables(Path(data))
    if t.problems:
        return {}, {}
    t.look_up()
    return {r.event_id: _scope(r, t)[0] for r in t["events"].itertuples()}, dict(_notes_of_flows(t["flows"], t))


def report(problems: list[Problem]) -> list[str]:
    """A line for each problem; one for all rows with the same fault in the same column where there are many."""
    alike = defaultdict(list)
    for problem in problems:
        alike[problem.file, problem.column, problem.rule].append(problem)
    lines = []
    for first, *more in alike.values():
        if len(more) < MANY:
            lines += map(str, (first, *more))
        else:
            lines.append(f"{first}; and so {len(more)} more rows: {_runs([problem.row for problem in more])}")
    return lines


def _runs(rows: list[int]) -> str:
    """Lines of a file as runs: ``3-7, 9``."""
    counted = groupby(enumerate(sorted({*rows})), lambda pair: pair[1] - pair[0])  # the same along a run
    runs = [[row for _, row in run] for _, run in counted]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


class _Tables:
    """The readable tables as text, each row under its line in the file; what rules look up; the problems so far."""

    def __init__(self, data: Path):
        self.data = data
        self.paths = {name: res["path"] for name, res in tables.resources(data).items()}
        self.frames, self.problems = tables.survey(data)
        self.made = {}

    def __getitem__(self, name) -> pd.DataFrame:
        return self.frames[name]

    def typed(self, *names) -> tables.Tables:
        """Some of the tables as ``tables.load`` gives them."""
        for name in {*names} - {*self.made}:
            self.made[name] = tables.typed(name, self[name], self.data)
        return tables.Tables(**{name: self.made[name] for name in names})

    @cached_property
    def whole(self) -> set[str]:
        """The rows behind which an article with coverage full stands."""
        return {row_id for row_id, sentences in self.stands.items() if sentences.split(".")[0] in self.full}

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Runs of body words that no row accounts for, as long as one may not be."""
        left = proofs.unclaimed(**vars(self.typed("sentences", "anchors", "uncoded")))
        return left[left["words"] >= proofs.RUN]

    def apply(self, rules):
        for names, function in rules:
            for name in names or self.frames:
                own, found = self[name], defaultdict(list)
                for column, bad, *parts in function(own, self, name):
                    lines = list(own.index[bad]) if isinstance(bad, (pd.Series, list)) else [bad]
                    cells = own[column].loc[lines] if column and lines != [0] else [""] * len(lines)
                    for line, cell in zip(lines, cells, strict=True):
                        told = [p[line] if isinstance(p, pd.Series) else p for p in parts]
                        message, allowed, value = *told, *((), cell)[len(told) - 1 :]
                        found[column].append((line, value, message, [allowed] if isinstance(allowed, str) else allowed))
                for column, lines in found.items():
                    self.problems += tables.problems_of(self.paths[name], column, lines)

    def look_up(self):
        """What the rules between rows ask for; it presumes that each row is well-formed."""
        self.claim, self.event = self["claims"].set_index("claim_id"), self["events"].set_index("event_id")
        self.sentence, actors = self["sentences"].set_index("sentence_id"), self["actors"]
        self.actor = dict(zip(actors.actor_id, zip(actors.iso3, actors.kind, strict=True), strict=True))
        self.support, self.stages = set(self["flows"].event_id), defaultdict(list)
        for claim in self.claim[self.claim.attribute.eq("stage")].itertuples():
            self.stages[claim.event_id].append((claim.value, claim.factuality))
        self.judged = {row_id for name, key in proofs.JUDGED.items() for row_id in self[name][key]}
        self.full = set(self["articles"].article_id[self["articles"].coverage.eq("full")])
        self.place = {}  # start, end and words of a sentence
        for s in self.sentence.itertuples():
            at, pairs = int(s.start), re.findall(r"(\d+)-(\d+)", s.word_spans)
            self.place[s.Index] = (at, int(s.end), [(at + int(a), at + int(b)) for a, b in pairs])
        order = self["anchors"].sentence_id.map({sentence: n for n, sentence in enumerate(self.place)}).sort_values()
        places = self["anchors"].loc[order.index].drop_duplicates(["row_id", "sentence_id"])
        self.stands = places.groupby("row_id").sentence_id.agg(";".join).to_dict()  # where a row has anchors
        self.coded = set(zip(*(self["recodes"][c] for c in ("table", "row_id", "variable")), strict=True))
        self.units, self.twice = {}, {}  # ids of a table's rows, as recodes writes them; what is coded twice, by id
        for name, own in self.frames.items():
            key = [own[k] for k in tables.resource(name, self.data)["schema"]["primaryKey"]]
            self.units[name] = [*map((".p" if name == "frames" else "+").join, zip(*key, strict=True))]
            for field in tables.fields(name, self.data):
                if field.get("proof") == "twice":
                    self.twice[name, field["name"]] = dict(zip(self.units[name], own[field["name"]], strict=True))

    def four(self, *lists) -> set[str]:
        """Which of the four states lists of actors belong to."""
        return {self.actor[actor][0] for ids in lists for actor in ids.split(";") if actor} & {*FOUR}

    def words(self, sentence, start, end) -> int | None:
        """How many words a span holds; None where it leaves its sentence or cuts a word."""
        start, end, (first, last, words) = int(start), int(end), self.place[sentence]
        held = [(a, b) for a, b in words if a < end and start < b]
        cut = held and (held[0][0] < start or held[-1][1] > end)
        return len(held) if first <= start < end <= last and not cut else None


BETWEEN, WHOLE = [], []  # rules between rows, and of whole tables


def rule(kind, *names):
    """Register rules for some tables, or for every table where none is named: a function of the rows, all tables, name.

    Each of its rules is a tuple: column, bad rows (a mask, or one line; 0 the whole file), message, and perhaps
    allowed values and what to print as value. From the message on, each may be a Series with one for each row.
    """

    def register(rules):
        kind.append((names, rules))
        return rules

    return register


def _paragraphs(own) -> pd.Series:
    return own.article_id + ".p" + own.paragraph


@rule(BETWEEN, "articles")
def _articles(own, t, name):
    squeezed = (own[c].str.replace(r"\W", "", regex=True).str.lower() for c in ("publisher", "url"))
    nameless = [bool(url) and publisher not in short for url, publisher, short in zip(own.url, *squeezed, strict=True)]
    month = own.url.str.extract(r"/(20\d\d/\d\d)/")[0].str.replace("/", "-")
    frames = t["frames"][t["frames"].frame.ne("none")].groupby("article_id").frame
    lead = own.article_id.map({article: Counter(kinds).most_common(1)[0][0] for article, kinds in frames})
    outside = own.published_basis.isin(("internal", "external"))
    yield "article_id", ~own.article_id.isin(t["sentences"].article_id), "has no sentences"
    yield "published_note", outside & own.published_note.eq(""), "a date that the text does not print says from what"
    yield "url", nameless, "the address does not name the publisher"
    yield "url", month.notna() & month.ne(own.published.str[:7]), "the address says " + month
    yield "primary_frame", own.coverage.eq("full") & own.primary_frame.eq(""), "one frame leads the article"
    another = lead.notna() & lead.ne(own.primary_frame)
    yield "primary_frame", another, "the frame of most paragraphs is " + lead.astype(object), lead


@rule(BETWEEN, "sentences")
def _sentences(own, t, name):
    start, end = own.start.astype(float), own.end.astype(float)
    place, full = _paragraphs(own), own.article_id.isin(t.full)
    zones = t["articles"].set_index("article_id").zones.map(texts.parse_zones)
    zones = {f"{article}.p{n}": zone for article, parts in zones.items() for n, zone in parts.items()}
    bare = full & own.zone.isin(BODY) & ~place.isin(_paragraphs(t["frames"])) & ~place.duplicated()
    unknown = full & own.zone.eq("note") & ~own.sentence_id.isin(t["origins"].sentence_id)
    yield "zone", own.zone.ne(place.map(zones)), "differs from articles.zones"
    yield "start", start < end.groupby(own.article_id).shift(), "overlaps the sentence before"
    yield "paragraph", bare, "this paragraph has no row in frames"
    yield "sentence_id", unknown, "no row in origins"


@rule(BETWEEN, "frames")
def _frames(own, t, name):
    body = t["sentences"][t["sentences"].zone.isin(BODY)]
    yield "paragraph", ~_paragraphs(own).isin(_paragraphs(body)), "no such paragraph of body or list"


@rule(BETWEEN, *proofs.JUDGED, "wordings")
def _statements(own, t, name):
    yield "speaker", ~own.speaker.str.endswith("AUTHOR"), "a chain of speakers ends in AUTHOR"
    if name == "wordings":
        one = own.wording_id.map(t["anchors"].row_id.value_counts()).eq(1)
        there = one & own.wording_id.map(t.stands).eq(own.sentence_id)
        yield "sentence_id", ~there, "has one anchor, in that sentence"
        yield "term", own.term.ne(own.term.str.lower()), "in small letters"
    else:
        stands = own[proofs.JUDGED[name]].map(lambda row_id: t.stands.get(row_id, "no sentence: it has none"))
        yield "sentence_ids", own.sentence_ids.ne(stands), "its anchors stand in " + stands
        yield "paraphrase", own.paraphrase.str.split().str.len() > MAX_PARAPHRASE, f"more than {MAX_PARAPHRASE} words"


@rule(BETWEEN, "anchors", "uncoded")
def _spans(own, t, name):
    n = pd.Series([t.words(r.sentence_id, r.start, r.end) for r in own.itertuples()], own.index, float)
    yield "start", n.isna(), "leaves its sentence or cuts a word"
    if name == "anchors":
        rows, right = t.judged.union(t["wordings"].wording_id), n.eq(own.words.astype(float))
        held = own[own.row_id.isin(t.judged)].groupby("sentence_id").row_id.agg(set).to_dict()
        event, full = (
            t.claim.event_id.to_dict(),
            t.full,
        )  # of a text coded in part, one event may take the sentence whole

        def beside(sentence, row_id):
            rows, whole = held.get(sentence, set()) - {row_id}, sentence.split(".")[0] in full or row_id not in event
            return min((i for i in rows if whole or event.get(i) != event[row_id]), default="")

        others = list(map(beside, own.sentence_id, own.row_id))
        whole = n.eq(own.sentence_id.map(lambda sentence: len(t.place[sentence][2])))
        others = pd.Series(others, own.index, object)
        yield "row_id", ~own.row_id.isin(rows), "no such claim, stance, reason or wording", rows
        yield "words", n.notna() & ~right, n.map("there are {:g} words between start and end".format)
        yield "end", whole & right & others.ne(""), "the whole sentence, which also holds " + others


@rule(BETWEEN, "claims")
def _claims(own, t, name):
    kind, support, counted = own.attribute, own.event_id.isin(t.support), own.claim_id.isin(t["quantities"].claim_id)
    message = "a quantity claim has one row in quantities, and no other claim has"
    interview = own.basis.eq("own_interview")
    yield "value_basis", kind.eq("date") != own.value_basis.ne(""), "filled for date claims, and for those only"
    yield "attribute", kind.eq("occurrence") & support, "support is told by stage, not by occurrence"
    yield "attribute", kind.eq("stage") & ~support, "only an event in flows has a stage"
    yield "attribute", kind.eq("quantity") != counted, message
    yield "basis", interview & own.speaker.eq("AUTHOR"), "an interview has a speaker of its own"
    q, cells = t["quantities"], ["low", "best", "high", "stage", "base"]
    amount = dict(zip(q.claim_id, zip(*(q[c] for c in cells), strict=True), strict=True))
    said = own.assign(article=own.sentence_ids.str.split(".").str[0], amount=[amount.get(i) for i in own.claim_id])
    same = ["event_id", "attribute", "value", "speaker", "basis", "factuality", "article", "amount"]
    first = tables.first_row(said, same)
    message = "says the same as row " + first.astype(str) + "; one claim lists all its sentences"
    yield "claim_id", first.ne(own.index), message


@rule(BETWEEN, "claims")
def _values_of_claims(own, t, name):
    kind, empty, actors = own.attribute, own.value.eq(""), t.actor.keys()
    codes = {
        "stage": tables.codes("quantities", "stage", t.data),
        "quantity": tables.codes("quantities", "measure", t.data),
        "term": [code["value"] for code in tables.package(t.data)["termValues"]],
    }
    for coded, known in codes.items():
        yield "value", kind.eq(coded) & ~own.value.isin(known), f"unknown code for attribute {coded}", known
    yield "value", kind.isin(("occurrence", "obligation")) & ~empty, "empty for attribute " + kind
    yield "value", kind.eq("place") & empty, "a place is required"
    error = own.value.map(tables.error(dates.parse))
    yield "value", kind.eq("date") & error.ne(""), "not a possible EDTF date: " + error
    strangers = own.value.map(lambda value: not actors >= {*value.split(";")}).astype(bool)
    yield "value", kind.eq("actor") & strangers, "no such actor_id in actors", actors


@rule(BETWEEN, "claims")
def _claims_of_endnotes(own, t, name):
    first = own.sentence_ids.str.split(";").str[0]
    notes = t["origins"].drop_duplicates("sentence_id", keep="last").set_index("sentence_id")
    in_note, known = first.map(t.sentence.zone).eq("note"), first.isin(notes.index)
    origin, published = first.map(notes.origin_id).fillna(""), first.map(notes.published)
    yield "origin_id", in_note & own.origin_id.ne(origin), "not the origin of its endnote", origin
    yield "said_on", in_note & known & own.said_on.ne(published), "not the date of its endnote", published
    out = {r.article_id: dates.parse(r.published).end or date.max for r in t["articles"].itertuples()}
    start = [(said_on and dates.parse(said_on).start) or date.min for said_on in own.said_on]
    late = [a > out.get(article, date.max) for a, article in zip(start, first.str.split(".").str[0], strict=True)]
    yield "said_on", late, "after its article was published"


@rule(BETWEEN, "quantities")
def _quantities(own, t, name):
    bounds = own[BOUNDS].mask(own[BOUNDS].eq("")).astype(float)
    rising = ~(bounds.low.gt(bounds.best) | bounds.best.gt(bounds.high) | bounds.low.gt(bounds.high))
    number = bounds.bfill(axis=1).low
    want = [amounts.bounds(*row) for row in zip(number, own.qualifier, own.unit, strict=True)]
    want = pd.DataFrame([(w.low, w.best, w.high) for w in want], own.index, BOUNDS, float)
    fits = (want.eq(bounds) | want.isna() & bounds.isna()).all(axis=1)
    vague = own.qualifier.isin(("vague", "unknown"))
    yield "low", ~rising, "low <= best <= high, not " + own.low + ", " + own.best + ", " + own.high
    yield "qualifier", rising & ~fits, "does not go with which of low, best, high are filled"
    yield "qualifier", number.isna() & ~vague, "an amount without a number is vague or unknown"
    yield "measure", own.measure.ne(own.claim_id.map(t.claim.value)), "differs from its claim"
    allowed = own.measure.map(amounts.MEASURES)
    unfit = [m in amounts.MEASURES and u not in amounts.MEASURES[m] for m, u in zip(own.measure, own.unit, strict=True)]
    yield (
        "unit",
        pd.Series(unfit, own.index, bool),
        own.measure + " is in " + allowed.map(" or ".join, na_action="ignore"),
    )


@rule(BETWEEN, "quantities")
def _places_and_stages_of_quantities(own, t, name):
    rests = own.reset_index(names="line").merge(
        t["anchors"], left_on="claim_id", right_on="row_id", suffixes=("", "_of")
    )
    rests = rests.astype(dict.fromkeys(("start", "end", "start_of", "end_of"), float))
    inside = set(rests.line[rests.start_of.le(rests.start) & rests.start.lt(rests.end) & rests.end.le(rests.end_of)])
    for q in own.itertuples():
        claim = t.claim.loc[q.claim_id]
        if q.Index not in inside:
            yield "start", q.Index, "lies outside the anchors of its claim"
        elif all(t.words(sentence, q.start, q.end) is None for sentence in claim.sentence_ids.split(";")):
            yield "start", q.Index, "leaves its sentence or cuts a word"
        stages = {stage for stage, _ in t.stages[claim.event_id]} | ({"open"} if q.base else set())
        if claim.event_id not in t.support:
            stages = {"delivered" if t.event.domain[claim.event_id] == "trade" else ""}
        elif q.measure in ("share", "growth"):
            continue
        if q.stage not in stages:
            yield "stage", q.Index, "no stage that its event has; only support and trade have one", stages


@rule(BETWEEN, "quantities")
def _no_more_is_delivered_than_agreed(own, t, name):
    """Of a flow with its parts in one text, by the largest amount of each, unless a contradiction is in links."""
    links, flows = t["links"], t["flows"]
    known = {frozenset(row) for row in zip(links.a, links.b, links.relation, strict=True)}
    flow = flows.parent_event_id.mask(flows.parent_event_id.eq(""), flows.event_id).set_axis(flows.event_id)
    own = own.assign(event=own.claim_id.map(t.claim.event_id), amount=own.low.mask(own.low.eq(""), own.best))
    article = own.claim_id.map(t.claim.sentence_ids).str.split(".").str[0]
    own = own.assign(flow=own.event.map(flow), article=article)[own.amount.ne("")].astype({"amount": float})
    one = ["article", "flow", "measure", "unit", "stage", "event"]
    own = own.sort_values("amount", kind="stable").drop_duplicates(one, keep="last")
    for (*_, unit), told in own.groupby(one[:4]):
        agreed, came = told[told.stage.eq("agreed")], told[told.stage.eq("delivered")]
        settled = {frozenset((a, b, "contradiction")) for a in agreed.claim_id for b in came.claim_id}
        if len(agreed) and came.amount.sum() > agreed.amount.max() and not settled & known:
            message = f"more delivered than the {agreed.amount.max():g} {unit} agreed, and no contradiction in links"
            yield "best", came.index[-1], message, (), f"{came.amount.iloc[-1]:g}"


@rule(BETWEEN, "events")
def _events(own, t, name):
    told = own.event_id.isin(t["claims"].event_id) | own.event_id.isin(t["flows"].parent_event_id)
    wrong = own.umbrella.ne("yes") == own.label.str.endswith("unspecific)")
    yield "event_id", ~told, "no claim tells it"
    yield "umbrella", wrong, "yes where the label ends in (unspecific), and only there"
    for r in own.itertuples():
        parties, concerned = t.four(r.actors, r.recipients), {*filter(None, r.concerns.split(";"))}
        if concerned & parties:
            yield "concerns", r.Index, "names a party; parties stand in actors, recipients"
        everyone = [*filter(None, f"{r.actors};{r.recipients};{r.concerns}".split(";"))]
        for actor in everyone:
            state, kind = t.actor[actor]
            if state in FOUR and kind != "state" and state not in everyone:
                yield "actors", r.Index, f"{actor} acts for {state}, which stands nowhere"
        scope, joined = _scope(r, t)
        if r.in_scope != scope:
            yield "in_scope", r.Index, f"{scope}: it joins {joined} of the four"


def _scope(event, t) -> tuple[str, str]:
    """Whether an event is in scope, and which of the four states it joins."""
    four, acts = t.four(event.actors, event.recipients, event.concerns), not event.actors or t.four(event.actors)
    alone = four == {"RUS", "CHN"} and event.domain in ("trade", "energy")
    scope = len(four) > 1 and four & {"RUS", "CHN"} and acts and not alone
    return "yes" if scope else "no", " ".join(state for state in FOUR if state in four) or "none"


@rule(BETWEEN, "flows")
def _flows(own, t, name):
    giver = own.event_id.map(t.event.actors.str.contains(r"\b(?:RUS|CHN)\b"))
    taker = own.event_id.map(t.event.recipients.str.contains(r"\b(?:IRN|CUB)\b"))
    kind = own.event_id.map(t.event.event_type)
    yield "event_id", ~(giver & taker), "support comes from RUS or CHN and goes to IRN or CUB"
    for line, other in kind[kind.ne("AID")].items():
        yield "event_id", line, f"support is an event of type AID, not {other}: trade is no support"
    yield "event_id", ~own.event_id.isin(t.stages), "no claim says its stage"
    field, domain = own["item"].map(tables.codes("flows", "item", t.data, "domain")), own.event_id.map(t.event.domain)
    yield "item", field.notna() & field.ne(domain), "belongs to the domain " + field + ", its event to " + domain
    yield "parent_event_id", own.parent_event_id.eq(own.event_id), "is its own parent"
    in_total = own.in_total.eq("yes")
    yield "total_note", in_total != own.total_note.eq(""), "filled where in_total is no, and only there"


@rule(BETWEEN, "flows")
def _total_note_is_what_the_claims_make_it(own, t, name):
    notes = dict(_notes_of_flows(own, t))
    for r in own.itertuples():
        if r.total_note not in (wanted := notes[r.event_id]):
            yield "total_note", r.Index, f"the claims make it {' or '.join(w or 'empty' for w in wanted)}", wanted


def _notes_of_flows(own, t):
    """(event_id, the values of total_note that the rows of a flow allow)."""
    unsure = t["links"][t["links"].relation.eq("maybe_same")]
    alike = {t.claim.event_id.get(row_id) for row_id in (*unsure.a, *unsure.b)}
    for r in own.itertuples():
        yield r.event_id, _total_notes(r, t.event.umbrella[r.event_id], t.stages[r.event_id], r.event_id in alike)


def _total_notes(flow, umbrella, stages, alike) -> list[str]:
    """The values of total_note that the rows of a flow allow."""
    if umbrella == "yes":
        return ["umbrella"]
    if flow.parent_event_id:
        return ["part"]
    flat = [stage for stage, factuality in stages if factuality == "CT+"]
    if any(stage in FIRM for stage in flat):
        return ["", *["loan_beside_goods"] * (flow.item == "loan"), *["may_be_part"] * alike]
    if "open" in flat:
        return ["may_be_part"]
    if flat:
        return ["promise"]
    return ["not_given" if any(factuality.endswith("-") for _, factuality in stages) else "not_flat"]


@rule(BETWEEN, "actors")
def _actors(own, t, name):
    said, events = t["claims"], t["events"]
    lists = pd.concat([events.actors, events.recipients, said.value[said.attribute.eq("actor")]]).str.split(";")
    chains = pd.concat([t[table].speaker for table in (*proofs.JUDGED, "wordings")]).str.split("_")
    yield "actor_id", ~own.actor_id.isin({*lists.explode(), *chains.explode()}), "no row names it"


@rule(BETWEEN, "origins")
def _origins(own, t, name):
    cited = {origin for table in proofs.JUDGED for origin in t[table].origin_id}
    known = {"", *t.place}
    yield "sentence_id", ~own.sentence_id.isin(known), "no such sentence_id in sentences", known
    # an endnote is there for itself
    yield "origin_id", ~own.origin_id.isin(cited) & own.sentence_id.eq(""), "no row cites it"


@rule(BETWEEN, "links")
def _links(own, t, name):
    rows = {*t.claim.index, *t["stances"].stance_id}
    of_claim = own.a.isin(t.claim.index)
    for side in ("a", "b"):
        yield side, ~own[side].isin(rows), "no such claim or stance", rows
    yield "b", of_claim != own.b.isin(t.claim.index), "a link joins two claims or two stances"
    yield "note", own.note.eq(""), "says what differs, or why nothing does"
    yield "relation", own.relation.eq("differing") & of_claim, "differing joins two stances"
    event = t.claim.event_id
    one = own.a.map(event).eq(own.b.map(event)) & of_claim
    yield "relation", own.relation.eq("maybe_same") & one, "the two are told of one event already"
    said = t.claim[["event_id", "attribute", "value", "factuality"]]
    a, b = said.reindex(own.a).set_axis(own.index), said.reindex(own.b).set_axis(own.index)
    same = a.eq(b).all(axis=1) & ~a.attribute.isin(("quantity", "occurrence"))
    yield "b", same & own.relation.ne("dismissed"), "the two say the same; a group-by finds it"


@rule(BETWEEN, "recodes")
def _recodes(own, t, name):
    same = own["first"].eq(own.second)
    yield "table", ~own.table.isin(t.frames), "no such table", t.frames
    yield "reason", same & ~own.reason.isin(("", "corrected")), "the passes agree"
    yield "reason", ~same & own.reason.eq(""), "the passes differ: say why"
    columns = [own[c] for c in ("table", "row_id", "variable", "first", "second", "reason")]
    units = {table: set(ids) for table, ids in t.units.items()}
    for line, table, row_id, variable, first, second, reason in zip(own.index, *columns, strict=True):
        cells = t.twice.get((table, variable))
        if table in units and row_id not in units[table]:
            yield "row_id", line, f"no such row in {table}", units[table]
        elif table in units and cells is None:
            yield "variable", line, "not a column that is coded twice", [c for name, c in t.twice if name == table]
        elif cells and cells[row_id] not in (first, second) and reason != "corrected":
            yield "first", line, "the settled value is that of neither pass"


@rule(WHOLE)
def _second_codings(own, t, name):
    """Every cell of a column whose proof is twice, in an article with coverage full, is in recodes; links by half."""
    due = _owed(own, t, name)
    for column in [c for table, c in t.twice if table == name]:
        missing = [d and (name, u, column) not in t.coded for d, u in zip(due, t.units[name], strict=True)]
        if name != "links":
            yield column, missing, "was not coded a second time"
        elif (second := due.sum() - sum(missing)) < due.sum() / 2:
            yield "", 0, f"{second} of {due.sum()} relations were coded a second time, less than half"


def _owed(own, t, name) -> pd.Series:
    """Whether an article with coverage full stands behind each row."""
    if name == "links":
        return own.a.isin(t.whole) & own.b.isin(t.whole)
    if name == "quantities":
        return own.claim_id.isin(t.whole)
    claims = t.claim[t.claim.index.isin(t.whole)]
    events = {*claims.event_id, *t["flows"].parent_event_id[t["flows"].event_id.isin(claims.event_id)]}
    if name in ("events", "flows"):
        return own.event_id.isin(events)
    if name == "actors":
        told = t["events"][t["events"].event_id.isin(events)]
        lists = pd.concat([told.actors, told.recipients, told.concerns, claims.value[claims.attribute.eq("actor")]])
        chains = pd.concat(
            [t[table].speaker[t[table].iloc[:, 0].isin(t.whole)] for table in (*proofs.JUDGED, "wordings")]
        )
        return own.actor_id.isin({*lists.str.split(";").explode(), *chains.str.split("_").explode()})
    where = next((own[c] for c in ("sentence_ids", "sentence_id", "article_id") if c in own), pd.Series("", own.index))
    return where.str.split(".").str[0].isin(t.full)


@rule(WHOLE, "links")
def _candidate_pairs(own, t, name):
    for pair in corroboration.owed(t.typed(*t.frames)).itertuples():
        yield "", 0, f"no row for {pair.a} and {pair.b}: {pair.why}"


@rule(WHOLE, "articles", "sentences")
def _clauses(own, t, name):
    """In an article with coverage full, no run of body words lies outside anchors and uncoded spans."""
    if name == "articles":
        done = own.coverage.eq("scoped") & ~own.article_id.isin(t.runs["article_id"])
        yield "coverage", done, "every clause is accounted for: full", ("full",)
    else:
        lines = dict(zip(own.sentence_id, own.index, strict=True))
        for run in t.runs[t.runs["article_id"].isin(t.full)].itertuples():
            message, span = f"{run.words} words in no anchor and no uncoded span", f"{run.start}-{run.end}"
            yield "start", lines[run.sentence_id], message, (), span


def _sealed(t):
    """A table that is not the sealed one, where nothing else is wrong with it, and its rows that git does not know."""
    broken = {p.file for p in t.problems}
    for res in tables.resources(t.data).values():
        path = t.data / res["path"]
        if res["path"] not in broken and {k: res.get(k) for k in ("hash", "bytes")} != tables.sealed(path):
            rows = _changed(path)
            which = f" (rows {_runs(rows)})" if rows else ""
            rule = f"changed{which} since it was sealed; if you meant it, `python -m tielines seal`"
            t.problems.append(Problem(res["path"], 0, "", "", rule))


def _changed(path: Path) -> list[int]:
    """Lines of a table that its last commit does not have, where git is there; [] else."""
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    was = {tuple(row) for row in csv.reader(shown.stdout.splitlines())}
    with path.open(encoding="utf-8", newline="") as file:
        return [line for line, row in enumerate(csv.reader(file), 1) if tuple(row) not in was]
