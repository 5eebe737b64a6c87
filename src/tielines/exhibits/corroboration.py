"""Notebook 04: who else tells it, what carries each case, where accounts differ, what stands on one document."""

from functools import partial

from tielines import charts, corroboration
from tielines.exhibits.core import Counter, by_text, by_tie, columns, exhibit, listing, names, number
from tielines.exhibits.overview import _gt

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
    known = corroboration.known(data)
    umbrella = data.events.loc[data.events["umbrella"], "event_id"]
    total = known.loc[~known["event_id"].isin(umbrella), "event_id"].nunique()
    frame["of_events"] = total
    says = Counter(frame)
    n, differ = says("event_id"), says("event_id", "agreement == 'differ'")
    status, agree, basis = data.listed("status"), data.listed("agreement"), data.codes("claims", "basis")
    stage = frame["stage"].map(data.codes("quantities", "stage")).fillna("")
    words = frame["state"].map(status | agree).fillna("")
    frame["text"] = (stage + ", " + frame["state"].map(data.listed("status", "short"))).where(stage.ne(""), words)
    over = (": " + frame["over"].map(data.codes("claims", "attribute"))).where(frame["over"].ne(""), "")
    drawn = by_tie(frame, data).assign(
        row=frame["label"], column=frame["article_id"],
        aside=frame["agreement"].map(agree) + over + "; " + frame["k"].astype(str) + " of " + frame["m"].astype(str) + " that could know",
        detail=frame["basis"].map(basis).fillna(""), tone=frame["state"].where(frame["tells"], ""), row_evidence=frame["event_id"],
    )  # fmt: skip
    return {
        "says": says,
        "finding": f"Of {total} specific events at these ties only {n} are told by two texts or more, and on {number(differ)} of them accounts differ",
        "holds": 0 < n < total / 4,
        "unit": f"Unit: specific events that two texts or more tell of, n = {n} of {total}.",
        "note": "An undated event is taken as one that each text about that relation could know. Two texts may go back to one document.",
        "alt": "Grid of events by text. " + listing(frame[frame["tells"]], "label", "article_id", "text", limit=60),
        "chart": partial(charts.grid, drawn, columns(data), label=2.2),
        "columns": ["label", "agreement", "k", "m", "article_id", "text"],
    }


@exhibit(NOTEBOOK, "events")
def case(data):
    """What carries each text's case, and whether any other text tells it"""
    rows = corroboration.case(data)
    groups = rows.groupby(["article_id", "state"])
    frame = groups.agg(
        n=("row_id", "nunique"), row_id=("row_id", ";".join), evidence=("evidence", ";".join)
    ).reset_index()
    frame = by_text(frame, data)
    says = Counter(frame)
    n, alone = says.sum("n"), says.sum("n", "state == 'alone' or state == 'nobody'")
    against = says.sum("n", "state == 'denied'")
    too = says.sum("n", "state == 'confirmed'")
    missing = [label for a, label in columns(data).items() if a not in set(frame["article_id"])]
    return {
        "says": says,
        "finding": f"Of {n} events and judgements that the texts open with, {too} are echoed by another text, {against} contradicted by one, {alone} stand alone",
        "holds": n > 0,
        "unit": f"Unit: events and judgements in title, standfirst and first body paragraph, n = {n}.",
        "note": "A judgement is echoed where another text leans the same way on the same relation and respect. "
        + (f"{names(missing)}: none." if missing else ""),
        "alt": "Stacked bars by text. "
        + listing(frame.assign(t=frame["article_id"].map(columns(data)), s=frame["state"].map(STATES)), "t", "s", "n"),
        "chart": partial(charts.bars, frame, "article_id", "state", STATES, names=columns(data), refused=("denied",)),
        "columns": ["article_id", "state", "n"],
    }


@exhibit(NOTEBOOK, "events")
def differences(data):
    """Where accounts differ: both sides"""
    frame = corroboration.differences(data)
    labels = data.codes("links", "relation")
    aspect = data.codes("stances", "aspect")
    frame["relation"] = frame["kind"].map(labels).fillna(frame["kind"])
    frame["about"] = frame["topic"].map(aspect).fillna(frame["topic"])
    for side in "ab":
        frame[f"text_{side}"] = frame[f"article_{side}"].map(columns(data)).fillna("")
        who, says_so = (frame[f"{c}_{side}"].astype(str) for c in ("who", "says"))
        frame[f"side_{side}"] = frame[f"text_{side}"].astype(str) + ", " + who + ": " + says_so
    says = Counter(frame)
    pairs = says.sum("n", "kind == 'differing'")
    clash, soft = says.sum("n", "kind == 'contradiction'"), says.sum("n", "kind == 'modality'")
    long = frame.melt(
        [c for c in frame if c not in ("side_a", "side_b")], ["side_a", "side_b"], var_name="column", value_name="text"
    )
    group = (
        long["kind"]
        .map({"differing": "Judgements that pull apart (the two most extreme of each question)"})
        .fillna("Facts: " + long["relation"])
    )
    many = long["n"].astype(str) + long["n"].gt(1).map({True: " pairs", False: " pair"})
    long = long.assign(group=group, row=long["about"].where(long["kind"].ne("differing"), long["tie"].map(data.listed("ties")).fillna("") + ": " + long["about"]), provider="", aside=many.where(long["kind"].eq("differing"), ""), row_evidence=long["evidence"])  # fmt: skip
    long["row"] = long["row"] + long.groupby(["group", "row", "column"]).cumcount().map(
        lambda i: "" if not i else f" ({i + 1})"
    )
    rank = {k: i for i, k in enumerate(("contradiction", "modality", "maybe_same", "differing"))}
    long = long.sort_values("kind", key=lambda k: k.map(rank), kind="stable")
    return {
        "says": says,
        "finding": f"{number(clash).capitalize()} pairs of statements cannot both be true, {number(soft)} differ in firmness; {pairs} pairs of judgements pull apart across texts",
        "holds": clash > 1 and soft > 1 and pairs > 0,
        "unit": "Unit: pairs of claims, some within one text, or pairs of judgements of different texts that a reader held to be opposed on one relation in one respect.",
        "note": "Paraphrases in our own words. Nothing is resolved here.",
        "alt": "Table of pairs. " + listing(frame, "about", "text_a", "text_b", "relation", limit=40),
        "chart": partial(charts.grid, long, {"side_a": "One side", "side_b": "The other"}, label=1.6),
        "table": lambda: _gt(
            frame,
            {"relation": "How", "about": "What about", "side_a": "One side", "side_b": "The other", "note": "Note"},
            "04-differences",
        ),
        "columns": ["relation", "about", "text_a", "text_b", "n", "note"],
    }


@exhibit(NOTEBOOK, "events")
def dates_apart(data):
    """Where two texts or more date the same event"""
    frame = corroboration.dated_apart(data)
    says = Counter(frame)
    n = says("event_id")
    rows = columns(data)
    wide = (frame["end"] - frame["start"]).dt.days
    frame["width"] = wide
    exact = says("event_id", "width == 0") if n else 0
    drawn = frame.assign(
        group=frame["label"],
        row=frame["article_id"].map(rows),
        low=frame["start"],
        high=frame["end"],
        point=float("nan"),
    )
    months = frame["start"].dt.strftime("%Y-%m"), frame["end"].dt.strftime("%Y-%m")
    spread = months[0].where(months[0].eq(months[1]), months[0] + " to " + months[1])
    drawn = drawn.assign(said=frame["end"].dt.strftime("%Y-%m-%d").where(wide.eq(0), spread))
    to_day = frame[wide.eq(0)]
    return {
        "says": says,
        "finding": f"Only {number(n, 'event')} {'is' if n == 1 else 'are'} dated by two texts or more; a day is given for {number(exact)} of them, by one text alone",
        "holds": 0 < n < 10 and exact > 0 and to_day["article_id"].nunique() == 1,
        "unit": f"Unit: events that two texts or more date, n = {n}; each text's own earliest and latest possible date.",
        "alt": "Ranges, a row a text. " + listing(drawn, "group", "row", "said"),
        "chart": partial(charts.ranges, drawn),
        "columns": ["label", "article_id", "start", "end"],
    }


@exhibit(NOTEBOOK, "judgements")
def origins(data):
    """How much stands on one document or interview"""
    frame = corroboration.origins(data)
    frame["shown"] = frame.index < SHOWN
    says = Counter(frame)
    n, shown = says("origin_id"), says("origin_id", "shown")
    two = says("origin_id", "texts >= 2")
    long = (
        frame.head(SHOWN)
        .drop(columns="n")
        .melt(["origin_id", "name", "evidence"], ["events", "judgements"], var_name="part", value_name="n")
    )
    shared_name = frame.loc[frame["texts"].ge(2), "name"]
    return {
        "says": says,
        "finding": f"One document alone is shared by two texts: the study of {shared_name.iloc[0]}, behind {frame.loc[frame['texts'].ge(2), 'judgements'].iloc[0]} judgements and "
        f"{frame.loc[frame['texts'].ge(2), 'events'].iloc[0]} events"
        if two == 1
        else "",
        "holds": two == 1,
        "unit": f"Unit: events and judgements that a text takes from a document or interview; {n} such origins, the {number(shown)} that carry most.",
        "note": "An origin counts once, however many texts use it.",
        "alt": "Stacked bars. " + listing(frame.head(SHOWN), "name", "events", "judgements", "texts"),
        "answer": f"What stands on one document: of {n} origins {number(two)} is used by two texts."
        if two == 1
        else f"What stands on one document: {n} origins, {number(two)} used by two texts or more.",
        "chart": partial(
            charts.bars,
            long,
            "name",
            "part",
            {"events": "events told from it", "judgements": "judgements taken from it"},
        ),
        "columns": ["name", "texts", "events", "judgements"],
    }


@exhibit(NOTEBOOK, "events")
def gaps(data):
    """Research gaps: items of support that one text alone tells, and the record that would settle each"""
    frame = corroboration.gaps(data)
    says = Counter(frame)
    n = says("event_id")
    bare = says("event_id", "basis == 'none_given'")
    frame["between"] = frame["tie"].map(data.listed("ties")).fillna(frame["tie"])
    frame["text"] = frame["article_id"].map(columns(data))
    frame["far"] = frame["stage"].map(data.codes("quantities", "stage")).fillna("unclear")
    frame["source"] = frame["basis"].map(data.codes("claims", "basis"))
    return {
        "says": says,
        "finding": f"{n} items of support stand in one text alone, {bare} of them without any source",
        "holds": n > 0 and bare > n / 2,
        "unit": f"Unit: items of support told by one text alone, n = {n}.",
        "note": "The record that would settle an item is our suggestion, by domain.",
        "alt": "Table. " + listing(frame, "label", "text", "source", "record"),
        "table": lambda: _gt(
            frame,
            {"label": "Item", "text": "Text", "far": "How far", "source": "Source", "record": "What would settle it"},
            "04-gaps",
            group="between",
        ),
        "columns": ["between", "label", "text", "far", "source", "record"],
    }
