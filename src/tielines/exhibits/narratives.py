"""Notebook 03: how strong each text says the ties are, in whose voice, for what reasons, in which words."""

from functools import partial

import numpy as np

from tielines import charts, narratives
from tielines.exhibits.core import Counter, by_text, by_tie, columns, exhibit, names, number, rank, told
from tielines.exhibits.timelines import _war

__all__ = ["alpha", "aspects", "frames", "readings", "reasons", "ties", "voices_apart", "words"]
NOTEBOOK = "03-alignment-narratives"
WARMTH = "Favourable: strong, close, growing, reliable or useful; critical: the reverse."
LEANS = ("favourable", "critical", "mixed")


@exhibit(NOTEBOOK, "judgements")
def ties(data):
    """How each text judges each relation"""
    frame = narratives.judged(data, [])
    says, labels = Counter(frame), data.listed("ties")
    n, good, bad = says("evidence"), says("favourable_ids"), says("critical_ids")
    lean = np.sign(frame["favourable"] - frame["critical"])
    sides = frame.assign(lean=lean).pivot_table(index="article_id", columns="tie", values="lean", fill_value=0)
    apart = sides[sides.get("RUS-IRN", 0) * sides.get("CHN-IRN", 0) < 0].index if len(sides) else []
    warmer = [t for t in ("RUS-IRN", "CHN-IRN") if len(apart) == 1 and sides.at[apart[0], t] > 0]
    colder = [t for t in ("RUS-IRN", "CHN-IRN") if t not in warmer]
    drawn = frame.assign(row=told(frame["tie"], labels), column=frame["article_id"], provider=frame["tie"])
    war, out = _war(data), data.articles["end"]
    text = columns(data).get(apart[0] if len(apart) == 1 else "", "")
    return {
        "says": says,
        "finding": f"One text alone, {text}, parts the two: mostly critical of the tie of {labels.get(colder[0], '')}, mostly favourable on that of {labels.get((warmer or colder)[0], '')}",
        "holds": len(apart) == 1 and len(warmer) == 1,
        "unit": f"Unit: judgements, n = {n}; a judgement of two relations stands at each and counts once in n.",
        "note": f"{WARMTH} Texts in order of publication.",
        "answer": f"How strong: of {n} judgements, each counted once, {good} are favourable and {bad} critical"
        + (f"; only {text} is mostly critical of {labels[colder[0]]} and mostly favourable on {labels[warmer[0]]}." if len(apart) == 1 and warmer else "."),
        "chart": partial(charts.balance, drawn, columns(data), (int((out < war[0]).sum()), war[2]) if war else None),
        "columns": ["tie", "article_id", "favourable", "critical", "mixed", "n"],
    }  # fmt: skip


@exhibit(NOTEBOOK, "judgements")
def aspects(data):
    """In what respect the texts judge the relations alike or apart"""
    frame = narratives.judged(data, ["aspect"])
    of = data.codes("stances", "aspect")
    frame = frame[frame.groupby(["tie", "aspect"])["article_id"].transform("nunique").ge(2)]
    frame["apart"] = narratives.leans(frame, ["tie", "aspect"]) if len(frame) else False
    frame["question"] = frame["tie"] + ":" + frame["aspect"]
    says = Counter(frame)
    n, k = says("question"), says("question", "apart")
    crisis = says("question", "apart and aspect == 'crisis_reliability'")
    crisis_all = says("question", "aspect == 'crisis_reliability'")
    drawn = (frame[frame["apart"]] if k else frame).sort_values("aspect", key=rank(of), kind="stable")
    drawn = by_tie(drawn, data, row=told(drawn["aspect"], of), column=drawn["article_id"])
    return {
        "says": says,
        "finding": f"On {k} of {n} questions that two texts or more judge, they lean apart; on help in a crisis {'always' if crisis == crisis_all else 'at times'}",
        "holds": k > 0 and crisis_all > 0 and crisis == crisis_all,
        "unit": f"Unit: judgements; a question is a relation in one respect, n = {n} questions that two texts or more judge" + (f"; drawn are the {k} on which they lean apart." if k else "; they lean apart on none."),
        "note": f"A judgement of two relations stands at each. {WARMTH}",
        "answer": f"Where they part: on {k} of {n} questions that two texts or more judge they lean apart" + (", help in a crisis among them." if crisis else "."),
        "chart": partial(charts.balance, drawn, columns(data, drawn["article_id"]), most=frame[["favourable", "critical"]].max().max()),
        "columns": ["tie", "aspect", "article_id", "favourable", "critical", "mixed", "n", "apart"],
    }  # fmt: skip


@exhibit(NOTEBOOK, "judgements")
def voices_apart(data):
    """Voices at opposite ends inside one text"""
    frame = narratives.apart(data)
    labels, of = data.listed("ties"), data.codes("stances", "aspect")
    frame["place"] = [f"{labels.get(t, t)}, {of.get(a, a)}" for t, a in zip(frame["tie"], frame["aspect"], strict=True)]
    frame["n"] = 1
    says = Counter(frame)
    texts, n = says("article_id"), says.sum("n")
    named = [
        f"{r.favourable_voices.rstrip(' 0123456789')} and {r.critical_voices.rstrip(' 0123456789')} in {columns(data)[r.article_id]}"
        for r in frame.itertuples()
        if "the author" not in r.favourable_voices + r.critical_voices
    ]
    sides = {"favourable_voices": "favourable", "critical_voices": "critical"}
    long = frame.melt([c for c in frame if c not in sides], [*sides], var_name="column", value_name="text")
    long = by_text(long.assign(group=long["article_id"].map(columns(data)), row=long["place"]), data)
    finding = f"In {number(texts)} of {number(len(data.articles), 'text')} voices contradict each other on one relation"
    finding += f"; two voices beside the author's only once: {names(named)}" if len(named) == 1 else ""
    return {
        "says": says,
        "finding": finding,
        "holds": texts > 0,
        "unit": f"Unit: questions (a relation in one respect) on which voices of one text stand at opposite ends, n = {n}.",
        "note": "The author is a voice too. Behind a voice, how many of its judgements are of that kind.",
        "chart": partial(charts.grid, long, sides, label=3.0),
        "columns": ["article_id", "place", "favourable_voices", "critical_voices"],
    }


@exhibit(NOTEBOOK, "events")
def readings(data):
    """One document, read by more than one text"""
    origin = narratives.shared_origin(data)
    frame = narratives.readings(data, origin or None)
    name = data.origins.set_index("origin_id")["publisher"].get(origin, "")
    labels, heads = data.listed("ties"), columns(data, frame["article_id"])
    judged = frame["kind"].eq("judgement")
    topic = frame["topic"].str.split("|")
    place = topic.str[0].str.split(";").map(lambda ties: "; ".join(labels.get(tie, tie) for tie in ties))
    frame["row"] = frame["topic"].where(~judged, place + ": " + topic.str[-1])
    lean = [
        ", ".join(f"{n} {word}" for word, n in zip(LEANS, row, strict=True) if n) for row in frame[[*LEANS]].to_numpy()
    ]
    said = frame["side"].map({"yes": "reports it", "no": "says it did not happen"}).fillna("leaves it open")
    frame["text"] = said.mask(judged, lean)
    scope = data.events.loc[data.events["in_scope"], "label"]
    frame = frame[judged | (frame["topic"].isin(scope) & frame["side"].eq("no"))].reset_index(drop=True)
    says = Counter(frame)
    per = {a: says("evidence", f"article_id == '{a}'") for a in heads}
    kinds = {"judgement": "Judgements taken from it", "event": "Events"}
    drawn = frame.assign(group=frame["kind"].map(kinds), column=frame["article_id"])
    some = [f"{says.sum('critical', own)} critical and {says.sum('favourable', own)} favourable judgements in {heads[a]}"
            for a, own in ((a, f"article_id == '{a}' and kind == 'judgement'") for a in sorted(per, key=per.get, reverse=True))]  # fmt: skip
    return {
        "says": says,
        "finding": f"One study of {name}, {number(len(heads), 'reading')}: {names(some)}",
        "holds": len(heads) == 2,
        "unit": "Unit: judgements and denied events that a text takes from this document.",
        "note": "Agreement of texts that go back to one document is no corroboration.",
        "chart": partial(charts.grid, drawn, heads, label=3.2),
        "columns": ["row", "article_id", "text", "n"],
    }


@exhibit(NOTEBOOK, "judgements")
def reasons(data):
    """Why support comes, and why it stops short"""
    frame = narratives.reasons(data)
    states, adjective = data.listed("states"), data.listed("states", "adjective")
    frame["row"], frame["panel"] = told(frame["reason"], data.codes("reasons", "reason")), frame["provider"]
    says = Counter(frame)
    n, limits = says("reason_id"), says("reason_id", "direction == 'limits'")
    drives = says("reason_id", "direction == 'drives'")
    by, pro = (
        {p: says("reason_id", f"provider == '{p}' and direction == '{way}'") for p in frame["provider"].unique()}
        for way in ("limits", "drives")
    )
    most = max(by, key=by.get) if by else ""
    least = min(by, key=by.get) if by else ""
    order = frame.groupby("row")["n"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    panels = {p: f"Support by {states.get(p, p)}" for p in states if p in set(frame["provider"])}
    return {
        "says": says,
        "finding": f"The texts give {number(by.get(most, 0))} reasons that limit {adjective.get(most, most)} support and {number(by.get(least, 0))} that limit {adjective.get(least, least)}; "
        f"{pro.get(most, 0)} and {pro.get(least, 0)} that drive it",
        "holds": len(by) == 2 and by[most] > 2 * by[least],
        "unit": f"Unit: reasons, n = {n}: {drives} drive, {limits} limit, the rest explain. A reason for both providers' support stands at each.",
        "answer": f"Why: of {n} reasons {drives} drive support and {limits} limit it; " + names(f"{by[p]} limit {adjective.get(p, p)} support" for p in by) + "."
        if by else "",
        "chart": partial(charts.diverging, frame, panels, order, data.codes("reasons", "side")),
        "columns": ["provider", "reason", "side", "direction", "n"],
    }  # fmt: skip


@exhibit(NOTEBOOK, "texts")
def words(data):
    """Same thing, different words"""
    frame = narratives.wording(data)
    things = data.codes("wordings", "thing")
    says = Counter(frame)
    n = says.sum("n")
    frame["rank"] = frame.groupby(["thing", "article_id"]).cumcount() + 1
    shown = frame[frame["rank"].le(4)].assign(word=frame["term"] + " " + frame["n"].astype(str))
    cells = shown.groupby(["thing", "article_id"]).agg(text=("word", ", ".join), evidence=("evidence", ";".join))
    cells = cells.reset_index().sort_values("thing", key=rank(things), kind="stable")
    apart = [_most_used(frame[frame["thing"].eq(t)], columns(data)) for t in things]
    apart = [f"{things[t]} is first of all {words}" for t, words in zip(things, apart, strict=True) if words]
    drawn = cells.assign(row=told(cells["thing"], things), column=cells["article_id"])
    return {
        "says": says,
        "finding": f"Words part the texts: {'; '.join(apart[-1:])}",
        "holds": bool(apart),
        "unit": f"Unit: uses of a word for one of these things, each read in its sentence, n = {n}; the four most used a cell.",
        "note": "The CSV has all, and uses per 1,000 running words, for the texts differ in length.",
        "chart": partial(charts.grid, drawn, columns(data), label=1.2),
        "columns": ["thing", "article_id", "term", "n", "per_1000"],
    }


def _most_used(frame, labels) -> str:
    """Which word each text uses most for a thing, as words; "" where they all use the same, or a text uses two alike."""
    top = frame.groupby("article_id")["n"].transform("max")
    tops = frame[frame["n"].eq(top)]
    if tops["article_id"].duplicated().any() or tops["term"].nunique() < 2:
        return ""
    return ", ".join(f"“{w}” in {names(labels[a] for a in ids)}" for w, ids in tops.groupby("term")["article_id"])


@exhibit(NOTEBOOK, "texts")
def frames(data):
    """How each text frames its paragraphs"""
    frame = narratives.frames(data)
    labels = data.codes("frames", "frame")
    says = Counter(frame)
    n = says.sum("n")
    frame["share"] = frame["n"] / frame.groupby("article_id")["n"].transform("sum")
    lead = frame[frame["frame"].ne("none")]
    lead = lead[lead["n"].eq(lead.groupby("article_id")["n"].transform("max"))]
    by = {f: names(columns(data, own["article_id"]).values()) for f, own in lead.groupby("frame")}
    drawn = frame.assign(row=frame["frame"], column=frame["article_id"])
    rows = {f: labels.get(f, f) for f in [*labels, *frame["frame"]] if f in set(frame["frame"])}
    return {
        "says": says,
        "finding": "The most common frame: " + "; ".join(f"{labels.get(f, f)} in {who}" for f, who in by.items()),
        "holds": len(by) > 1,
        "unit": f"Unit: body paragraphs, n = {n}, each by the frame that organises it; shade: share of the text's paragraphs.",
        "chart": partial(charts.heat, drawn, rows, columns(data)),
        "columns": ["frame", "article_id", "n"],
    }


@exhibit(NOTEBOOK, "coding")
def alpha(data):
    """How stable the coding rules are"""
    frame = narratives.reliability(data)
    column = frame["variable"].replace("dyads", "ties").str.replace("_", " ")
    named = frame["table"].replace("stances", "judgements") + ": " + column
    row = named + " (" + frame["n"].map("{:,}".format) + ")"
    frame = frame.assign(key=frame["table"] + "." + frame["variable"], row=row)
    said = frame["alpha"].map("{:.2f}".format).replace("nan", "one value")
    drawn, limits = frame.assign(point=frame["alpha"], said=said), ((0.667, "tentative"), (0.8, "reliable"))
    says = Counter(frame)
    n, firm = says("key"), says("key", "alpha >= 0.8")
    least = next(iter(frame.sort_values("alpha")["variable"]), "").replace("_", " ")
    return {
        "says": says,
        "finding": f"Two passes agree well (alpha 0.8 or more) on {firm} of {n} coded columns; least on {least}",
        "holds": n > 0 and firm > n / 2,
        "unit": f"Unit: coded columns, n = {n}; in brackets units coded twice. Krippendorff's alpha with a 95 per cent interval, resampled.",
        "note": "The second pass was blind to the first; of what comes with Tielines language models made both: this is the stability of the rules, not agreement of human coders.",
        "chart": partial(charts.ranges, drawn, limits=limits, first=frame["low"].min(), last=1.0),
        "columns": ["row", "agree", "alpha", "low", "high"],
    }
