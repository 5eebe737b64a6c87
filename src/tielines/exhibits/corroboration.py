"""Notebook 04: who else tells it, what carries each case, where accounts differ, what stands on one document."""

from functools import partial

from tielines import charts, corroboration
from tielines.exhibits.core import (
    Counter,
    by_text,
    by_tie,
    columns,
    count,
    exhibit,
    names,
    number,
    rank,
    report_words,
    told,
)

__all__ = ["case", "dates_apart", "differences", "gaps", "origins", "shared"]
NOTEBOOK = "04-corroboration"
SHOWN = 8  # origins that are drawn
STATES = {
    "confirmed": "another text says so too",
    "alone": "no other text says so",
    "nobody": "no other text could know",
    "denied": "another text says otherwise",
}


@exhibit(NOTEBOOK, "events")
def shared(data):
    """Events that two texts or more tell of"""
    frame = corroboration.shared(data)
    specific = data.events.loc[~data.events["umbrella"], "event_id"]
    total = corroboration.known(data)["event_id"]
    frame["of_events"] = total = total[total.isin(specific)].nunique()
    says = Counter(frame)
    n, differ = says("event_id"), says("event_id", "agreement == 'differ'")
    agree, basis = data.listed("agreement"), data.codes("claims", "basis")
    stage = told(frame["stage"], data.codes("quantities", "stage"))
    words = told(frame["state"], data.listed("status") | agree)
    frame["text"] = (stage + ", " + frame["state"].map(data.listed("status", "short"))).where(stage.ne(""), words)
    over = (": " + frame["over"].map(data.codes("claims", "attribute"))).where(frame["over"].ne(""), "")
    known = "; " + frame["k"].astype(str) + " of " + frame["m"].astype(str) + " that could know"
    drawn = by_tie(frame, data, row=frame["label"], column=frame["article_id"], aside=frame["agreement"].map(agree) + over + known,
                   detail=told(frame["basis"], basis), tone=frame["state"].where(frame["tells"], ""), row_evidence=frame["event_id"])  # fmt: skip
    return {
        "says": says,
        "finding": f"Of {total} specific events at these ties only {n} are told by two texts or more, and on {number(differ)} of them accounts differ",
        "holds": 0 < n < total / 4,
        "unit": f"Unit: specific events that two texts or more tell of, n = {n} of {total}.",
        "note": "An undated event is taken as one that each text about that relation could know. Two texts may go back to one document.",
        "chart": partial(charts.grid, drawn, columns(data), label=2.2),
        "columns": ["label", "agreement", "article_id", "text"],
    }


@exhibit(NOTEBOOK, "events")
def case(data):
    """What carries each text's case, and whether any other text tells it"""
    rows = corroboration.case(data)
    ids = {column: (column, ";".join) for column in ("row_id", "evidence")}
    frame = rows.groupby(["article_id", "kind", "state"]).agg(n=("row_id", "nunique"), **ids).reset_index()
    kinds = {"event": ", events", "judgement": ", judgements"}
    frame = by_text(frame, data)
    frame["row"] = told(frame["article_id"], columns(data)) + told(frame["kind"], kinds)
    says = Counter(frame)
    n, alone = says.sum("n"), says.sum("n", "state == 'alone' or state == 'nobody'")
    against, too = says.sum("n", "state == 'denied'"), says.sum("n", "state == 'confirmed'")
    missing = [label for a, label in columns(data).items() if a not in set(frame["article_id"])]
    return {
        "says": says,
        "finding": f"Of {n} events and judgements that the texts open with, {too} are echoed by another text, {against} contradicted by one, {alone} stand alone",
        "holds": n > 0,
        "unit": f"Unit: events and judgements in title, standfirst and first body paragraph, n = {n}.",
        "note": "A judgement is echoed where another text leans the same way on the same relation and respect. "
        + (f"{names(missing)}: none." if missing else ""),
        "chart": partial(charts.bars, frame, "row", "state", STATES, refused=("denied",)),
        "columns": ["row", "state", "n"],
        "words": {"state": STATES},
    }


@exhibit(NOTEBOOK, "events")
def differences(data):
    """Where accounts differ: both sides"""
    frame = corroboration.differences(data)
    frame["relation"] = told(frame["kind"], data.codes("links", "relation"))
    frame["about"] = told(frame["topic"], data.codes("stances", "aspect"))
    for side in "ab":
        frame[f"text_{side}"] = frame[f"article_{side}"].map(columns(data)).fillna("")
        who, says_so = (frame[f"{c}_{side}"].astype(str) for c in ("who", "says"))
        frame[f"side_{side}"] = frame[f"text_{side}"].astype(str) + ", " + who + ": " + says_so
    says = Counter(frame)
    clash, soft = says("event_id", "kind == 'contradiction'"), says("event_id", "kind == 'modality'")
    question = frame["tie"].astype(object) + ":" + frame["topic"].astype(object)
    frame["question"] = question.where(frame["kind"].eq("differing"), "")
    questions, pairs = says("question"), says.sum("n", "kind == 'differing'")
    sides = {"side_a": "One side", "side_b": "The other"}
    long = frame.melt([c for c in frame if c not in sides], [*sides], var_name="column", value_name="text")
    long = long.sort_values("kind", key=rank(("contradiction", "modality", "maybe_same", "differing")), kind="stable")
    opposed, tie = long["kind"].eq("differing"), told(long["tie"], data.listed("ties"))
    group = ("Facts: " + long["relation"]).mask(long["kind"].eq("maybe_same"), "Amounts that may be one")
    group = group.mask(opposed, "Judgements that pull apart (the two most extreme of each question)")
    row = long["about"].mask(opposed, tie + ": " + long["about"])
    many = (long["n"].astype(str) + " pair" + long["n"].gt(1).map({True: "s", False: ""})).where(opposed, "")
    long = long.assign(group=group, row=row, aside=many, row_evidence=long["evidence"])
    nth = long.groupby(["group", "row", "column"]).cumcount()
    long["row"] += nth.map(lambda i: f" ({i + 1})" if i else "").astype(str)
    return {
        "says": says,
        "finding": f"On {number(clash, 'event')} two statements cannot both be true, {number(soft)} are told otherwise or less firmly; "
        f"on {number(questions, 'question')} judgements of two texts pull apart",
        "holds": clash > 0 and soft > 1 and questions > 1,
        "unit": f"Unit: events, and questions (a relation in one respect) on which a reader held judgements of two texts to be opposed ({pairs} pairs; the two most extreme are shown).",
        "note": "Some pairs stand within one text. Two judgements may be opposed where their texts as a whole lean alike. Paraphrases in our own words. Nothing is resolved here.",
        "chart": partial(charts.grid, long, sides, label=1.6),
        "table": {"relation": "How", "about": "What about"} | sides | {"note": "Note"},
        "columns": ["relation", "about", "text_a", "text_b", "n", "note"],
    }


@exhibit(NOTEBOOK, "events")
def dates_apart(data):
    """Where two texts or more date the same event"""
    frame = corroboration.dated_apart(data)
    says = Counter(frame)
    n = says("event_id")
    clash = says("event_id", "clash") if n else 0
    itself = frame.groupby(["event_id", "article_id"])["clash"].nunique().gt(1).any()
    whole = frame["start"].dt.is_month_start & frame["end"].dt.is_month_end
    a, b = (frame[s].dt.strftime("%Y-%m-%d").where(~whole, frame[s].dt.strftime("%Y-%m")) for s in ("start", "end"))
    said = a.where(a.eq(b), a + " to " + b).where(frame["start"].notna(), "recently, by " + b)
    row = frame["article_id"].map(columns(data)) + frame["clash"].map({True: ", elsewhere", False: ""})
    drawn = frame.assign(group=frame["label"], row=row, low=frame["start"], high=frame["end"], said=said)
    return {
        "says": says,
        "finding": f"Only {number(n, 'event')} {'is' if n == 1 else 'are'} dated by two texts or more; on {number(clash)} of them one text contradicts the others{' and itself' if itself else ''}",
        "holds": 0 < n < 10 and clash > 0,
        "unit": f"Unit: events that two texts or more date, n = {n}; each text's own earliest and latest possible date.",
        "chart": partial(charts.ranges, drawn),
        "columns": ["label", "article_id", "start", "end", "clash"],
    }


@exhibit(NOTEBOOK, "events")
def origins(data):
    """How much stands on one document or interview"""
    frame = corroboration.origins(data)
    frame["shown"] = frame.index < SHOWN
    says = Counter(frame)
    n, shown = says("origin_id"), says("origin_id", "shown")
    two, used = says("origin_id", "texts >= 2"), frame[frame["texts"].ge(2)]
    finding = "One document alone is used by two texts: the study of {0.name}, behind {0.judgements} judgements and {0.events} events"
    finding = finding.format(next(used.itertuples())) if two == 1 else ""
    more = frame["texts"].map(lambda k: f" (in {number(int(k))} texts)" if k > 1 else "").astype(str)
    own = frame["article_id"].map(data.articles.set_index("article_id")["publisher"]).eq(frame["name"])
    frame["name"] = frame["name"].mask(own, "own interviews of " + frame["name"]) + more
    parts = {"events": "events told from it", "judgements": "judgements taken from it"}
    long = frame.head(SHOWN).drop(columns="n").melt(["name", "evidence"], [*parts], var_name="part", value_name="n")
    answer = f"{number(two)} is used by two texts." if two == 1 else f"{number(two)} used by two texts or more."
    return {
        "says": says,
        "finding": finding,
        "holds": two == 1,
        "unit": f"Unit: events and judgements that a text takes from a document or interview; {count(n, 'such origin')}, the {number(shown)} that {'carries' if shown == 1 else 'carry'} most.",
        "note": "An origin counts once, however many texts use it.",
        "answer": f"What stands on one document: {'of ' * (two == 1)}{count(n, 'origin')}{',' * (two != 1)} {answer}",
        "chart": partial(charts.bars, long, "name", "part", parts),
        "columns": ["name", "texts", "events", "judgements"],
    }


@exhibit(NOTEBOOK, "events")
def gaps(data):
    """Research gaps: items of support that one text alone tells, and the record that would settle each"""
    frame = report_words(corroboration.gaps(data), data)
    frame["between"] = told(frame["tie"], data.listed("ties"))
    frame["says"] = frame["article_id"].map(columns(data))
    frame["far"] = frame["text"] + ": " + frame["detail"]
    says = Counter(frame)
    n, bare = says("event_id"), says("event_id", "basis == 'none_given'")
    heads = {
        "label": "Item",
        "says": "Says",
        "far": "How far, how firmly, on what source",
        "record": "What would settle it",
    }
    return {
        "says": says,
        "finding": f"{n} items of support stand in one text alone, {bare} of them without any source",
        "holds": n > 0 and bare > n / 2,
        "unit": f"Unit: items of support told by one text alone, n = {n}.",
        "note": "The record that would settle an item is our suggestion, by item or domain.",
        "table": heads,
        "by": "between",
        "columns": ["between", "label", "says", "far", "record"],
    }
