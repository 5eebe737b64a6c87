"""Notebook 00: who gets what; what each text rests on; who is given a voice; how to read a claim."""

from functools import partial

import pandas as pd

from tielines import aid, charts, overview
from tielines.exhibits.core import Counter, by_text, columns, count, exhibit, names, number, refusals

__all__ = ["accounted", "card", "kinds", "sourcing", "voices"]
NOTEBOOK = "00-overview"


@exhibit(NOTEBOOK, "events")
def kinds(data):
    """Reported support by tie and domain"""
    frame = aid.counted(data)
    says, states, roles = Counter(frame), data.listed("states"), data.listed("states", "role")
    gives, gets = ([s for s in states if roles[s] == role] for role in ("provider", "recipient"))
    arms = {r: says("event_id", f"recipient == '{r}' and kind == 'given' and field == 'arms'") for r in gets}
    given = {r: says("event_id", f"recipient == '{r}' and kind == 'given'") for r in gets}
    n, sought = says("event_id", "kind == 'given'"), says("event_id", "kind == 'sought'")
    refused, flat = says("event_id", "kind == 'refused'"), says("event_id", "flat")
    twins, foreseen = says("event_id", "twin != ''"), says("event_id", "kind == 'refused' and not flat")
    apart = says("event_id", "apart")
    most, none = (of(gets, key=lambda r: arms[r] / max(given[r], 1)) for of in (max, min))
    told = [r for r in sorted(gets, key=lambda r: r != most) if given[r]]
    told = [f"{arms[r] if r == most else number(arms[r])} of {given[r]} for {states[r]}" for r in told]
    domains = data.codes("events", "domain")
    rows = {d: domains.get(d, d) for d in [*domains, *frame["domain"]] if d in set(frame["domain"])}
    return {
        "says": says,
        "finding": f"{states[most]} is said to get arms, {states[none]} food, fuel and money: arms and intelligence are {arms[most]} of {given[most]} "
        f"items for {states[most]}, {number(arms[none])} of {given[none]} for {states[none]}{refusals(flat, foreseen)}"
        + f"; on {number(apart, 'item')} accounts differ"
        * bool(apart),
        "holds": arms[most] > given[most] / 2 and arms[none] == 0 and given[none] > 0,
        "unit": f"Unit: items of support. {n} specific items that some text says were offered, agreed, under way or delivered; apart from them {sought} only "
        f"sought and {refused} said not to be given or not to be expected. {twins} of all these may be the same as another of them."
        + f" On {number(apart)} of the {n} accounts differ: another text says it was not given."
        * bool(apart),
        "note": "General statements and parts of an item are left out.",
        "answer": f"Who gets what: {count(n, 'item')} of support{'; arms and intelligence are ' * bool(told)}{' and '.join(told)}.",
        "chart": partial(
            charts.dots,
            frame,
            [[f"{g}-{r}" for g in gives] for r in gets if r in set(frame["recipient"])],
            data.listed("ties"),
            rows,
        ),
        "columns": ["tie", "domain", "kind", "flat", "apart", "label"],
    }


@exhibit(NOTEBOOK, "events")
def sourcing(data):
    """What each text's reports of events rest on"""
    frame = by_text(overview.sourcing(data), data)
    says = Counter(frame)
    n, none = says.sum("n"), says.sum("n", "sourcing == 'none'")
    share = frame.pivot_table(index="article_id", columns="sourcing", values="n", fill_value=0, aggfunc="sum")
    share = share.get("none", 0) / share.sum(axis=1) if len(share) else pd.Series(dtype=float)
    frame["mostly_without"] = frame["article_id"].isin(share.index[share > 0.5])
    bare, order = says("article_id", "mostly_without"), data.listed("sourcing")
    who = f"{number(bare)} of {number(len(share), 'text')} {'tells' if bare == 1 else 'tell'}"
    if bare == len(share):
        who = {1: "the one text tells", 2: "both texts tell"}.get(bare, f"all {number(bare, 'text')} tell")
    return {
        "says": says,
        "finding": f"For {none} of {n} reports of an event the text gives no source; so for most of what {who}",
        "holds": bare > 0 and none > n / 2,
        "unit": f"Unit: reports of an event (an event once in each text that tells of it), n = {n}, at the best source that the text gives.",
        "note": "A report without a source is not a wrong one, and a named source is not a true one.",
        "chart": partial(charts.bars, frame, "article_id", "sourcing", order, share=True, names=columns(data)),
        "columns": ["article_id", "sourcing", "n"],
    }


@exhibit(NOTEBOOK, "events")
def voices(data):
    """Who is given a voice in these texts"""
    heard = overview.voices(data)
    states = list(data.listed("states").values())
    ids = {column: (column, ";".join) for column in ("voice_id", "article_id", "evidence")}
    frame = heard.groupby(["country", "kind"]).agg(n=("voice_id", "nunique"), **ids).reset_index()
    silent = [s for s in states if s not in set(frame["country"])]
    whole = data.articles["coverage"].eq("full").all()  # whom a text coded in part quotes is not known
    texts = {"voice_id": "", "article_id": "", "evidence": ";".join(data.articles["article_id"])}
    rows = pd.DataFrame([{"country": s, "kind": "person", "n": 0} | texts for s in silent])
    frame = pd.concat([frame, rows], ignore_index=True) if len(frame) else frame
    place = frame["country"].map({s: i - 99 for i, s in enumerate(states)})
    place = place.fillna(-frame.groupby("country")["n"].transform("sum"))
    place = place.mask(frame["country"].eq("country not said"), 99)
    frame = frame.assign(_r=place).sort_values(["_r", "country", "kind"], kind="stable").drop(columns="_r")
    says = Counter(frame)
    n = says("voice_id")
    most = [(s, says("voice_id", f"country == '{s}'")) for s in states if s not in silent]
    return {
        "says": says,
        "finding": f"Nobody from {names(silent, 'or')} is given a voice: of {n} voices, "
        + names(f"{k} are from {s}" for s, k in most),
        "holds": whole and 0 < len(silent) < len(states),
        "unit": f"Unit: voices (a speaker other than the author, once a text, whether he states facts or judges), n = {n}.",
        "note": "States, organisations and outlets speak too; a country is that of the speaker where the data know it.",
        "answer": f"Who speaks: {n} voices beside the authors'"
        + (f", none from {names(silent, 'or')}." if silent and whole else "."),
        "chart": partial(charts.bars, frame, "country", "kind", data.codes("actors", "kind")),
        "columns": ["country", "kind", "n", "voice_id"],
    }


@exhibit(NOTEBOOK, "events")
def card(data, row_id=None):
    """How to read a claim"""
    row_id = row_id or _example(data)
    frame = overview.card(data, row_id) if row_id else pd.DataFrame(columns=["field", "value", "evidence"])
    return {
        "frame": frame,
        "unit": "One claim, field by field.",
        "table": {"field": "", "value": ""},
    }


def _example(data) -> str:
    """A claim fit to show how claims read: the largest exact mass of a gift, else the first claim."""
    gifts = data.flows.loc[data.flows["terms"].eq("gift"), "event_id"]
    exact = data.quantities[data.quantities["qualifier"].eq("exact") & data.quantities["measure"].eq("mass")]
    exact = exact[exact["claim_id"].isin(data.claims.loc[data.claims["event_id"].isin(gifts), "claim_id"])]
    return exact.sort_values("best")["claim_id"].iloc[-1] if len(exact) else min(data.claims["claim_id"], default="")


@exhibit(NOTEBOOK, "texts")
def accounted(data):
    """How many of each text's words a row accounts for"""
    frame = overview.accounted(data)
    frame["share"] = (100 * frame["n"] / frame.groupby("article_id")["n"].transform("sum")).round(1)
    frame = by_text(frame, data)
    least = frame.loc[frame["part"].eq("accounted"), "share"].min()
    says = Counter(frame)
    frame["whole"] = frame["article_id"].map(data.articles.set_index("article_id")["coverage"]).eq("full")
    n, left = says.sum("n"), says.sum("n", "part == 'left' and whole")
    of = "" if frame["whole"].all() else " of texts coded in full"
    parts = {"accounted": "in a row, or a reason says why not", "left": "left"}
    return {
        "says": says,
        "finding": f"Rows account for {least} per cent of the words of each text, or more",
        "holds": least == least and least > 95,
        "unit": f"Unit: running words, n = {n:,}; {left}{of} are left, never four in a row.",
        "note": "Headings, bylines, endnotes and page furniture apart.",
        "chart": partial(charts.bars, frame, "article_id", "part", parts, names=columns(data)),
        "columns": ["article_id", "part", "n", "share"],
    }
