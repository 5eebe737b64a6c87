"""Notebook 01: what happened when, by tie; one story by publication; how precise dates are."""

from functools import partial

import pandas as pd

from tielines import charts, timelines
from tielines.exhibits.core import Counter, exhibit, here, names, number, report_words

__all__ = ["air_defence", "lanes_cuba", "lanes_iran", "precision"]
NOTEBOOK = "01-timelines"
SQUEEZED = pd.Timestamp("2023-07-01")  # what lies before takes a narrow margin


def _war(data):
    """(start, end) of the landmark that is drawn behind the lanes, and its name; None where no text tells of it."""
    spans = data.bounds.dropna(subset=["start", "end"]).set_index("event_id")
    for event_id, label in data.listed("landmarks").items():
        if event_id in spans.index:
            return spans.at[event_id, "start"], spans.at[event_id, "end"], label
    return None


def _lanes(data, states, named, neutral):
    frame = timelines.lanes(data)
    mine = frame["tie"].str.contains("|".join(states)).eq(named)
    frame = frame[mine].reset_index(drop=True)
    providers = frame[["event_id", "tie"]].drop_duplicates().rename(columns={"tie": "provider"})
    told = data.reports.merge(providers, on="event_id")
    war, says = _war(data), Counter(frame)
    dated = says("event_id", "when == 'dated'")
    by, undated = says("event_id", "when == 'reported by'"), says("event_id", "when == 'undated'")
    first = frame["start"].fillna(pd.Timestamp("1900-01-01"))  # of an event with two dates, or with an open one
    first = first.groupby(frame["event_id"]).transform("min")
    frame["after"] = frame["when"].eq("dated") & first.ge(war[0].replace(day=1) if war else pd.Timestamp.max)
    late = says("event_id", "after")
    support, no_day = says("event_id", "kind == 'given'"), says("event_id", "kind == 'given' and when == 'undated'")
    kept, sources = frame[frame["when"].ne("undated") | frame["kind"].ne("")], data.codes("claims", "basis", "short")
    out = data.articles["end"].max()
    year = out + pd.Timedelta(days=366)  # plans beyond it end at the edge
    last = max(out, min(kept["end"].fillna(out).max(), year)) if len(kept) else out
    return {
        "says": says,
        "finding": f"{neutral}: {late} of {dated} dated events are placed in or after the {war[2] if war else 'war'}; {no_day} of {support} items of support carry no date at all",
        "holds": dated > 0 and late >= dated / 3 and bool(war),
        "neutral": f"What happened when: {neutral}",
        "unit": f"Unit: events at ties of the four states, general statements apart. {dated} are dated; {by} have only a latest day (an arrow): they were reported then, or lay in the past; {undated} are "
        "undated, of which those of support (given, sought, refused) are named here, the rest in the CSV.",
        "note": "Time before the double line is squeezed. " * bool(kept["start"].lt(SQUEEZED).any())
        + "Letters over the right columns name the texts."
        + (f" After the {war[2]}: its earliest possible day lies in that month or later." if war else ""),
        "chart": partial(charts.lanes, kept, data.articles, told, data.listed("ties"), sources, SQUEEZED, last, war),
        "columns": ["tie", "label", "when", "start", "end", "denied", "planned"],
    }


@exhibit(NOTEBOOK, "events")
def lanes_iran(data):
    """What happened when: Iran's ties, and those of Russia with China"""
    return _lanes(data, {"CUB"}, False, "Iran's ties")


@exhibit(NOTEBOOK, "events")
def lanes_cuba(data):
    """What happened when: Cuba's ties"""
    return _lanes(data, {"CUB"}, True, "Cuba's ties")


@exhibit(NOTEBOOK, "events")
def air_defence(data):
    """Chinese air defence for Iran: what each text says, by publication"""
    frame = report_words(timelines.story(data, "CHN", "IRN", ["air_defence", "radar"]), data)
    tells, whole = frame["event_id"].ne(""), set(data.articles["article_id"][data.articles["coverage"].eq("full")])
    kept = tells.any() & (tells | frame["article_id"].isin(whole))  # of a text coded in part no silence is known
    frame, tells = frame[kept], tells[kept]
    heads = {label: label for label in frame["label"][tells].unique()}
    row = frame["article"] + ", " + frame["end"].dt.strftime("%B %Y")
    frame = frame.assign(row=row, column=frame["label"].where(tells, "nothing"), provider="CHN")
    says = Counter(frame)
    tell, texts = says("article_id", "event_id != ''"), says("article_id")
    flat = frame[frame["stage"].eq("delivered") & frame["status"].eq("stated")]["article"].unique()
    grew = len(ids := frame["article_id"][tells]) and ids.iloc[0] != ids.iloc[-1]
    drawn = frame.assign(text=frame["text"].where(tells, f"says nothing of it{here(data)}"))
    drawn["column"] = frame["label"].where(tells, next(iter(heads), "nothing"))
    drawn[["detail", "tone"]] = frame[["detail", "tone"]].where(tells, "")
    return {
        "frame": frame.drop(columns="tone"),
        "says": says,
        "finding": f"Chinese air defence for Iran: {number(tell)} of {number(texts, 'text')} tell of it, and only {names(flat)} states a delivery as fact",
        "holds": len(flat) == 1 and bool(grew),
        "unit": f"Unit: reports of an item, a row a text in order of publication; {tell} of {texts} texts tell of it{here(data)}.",
        "note": "A later and firmer sentence may be a later delivery, another source or another author.",
        "chart": partial(charts.grid, drawn, heads or {"nothing": ""}, label=1.9),
        "columns": ["article", "end", "label", "text", "detail"],
    }


@exhibit(NOTEBOOK, "events")
def precision(data):
    """How precisely each kind of event is dated"""
    frame = timelines.precisions(data)
    order = {p: p for p in frame["precision"].cat.categories} if len(frame) else {}
    order |= {"day": "a day", "week": "a week", "month": "a month", "year": "a year"}
    frame = frame.assign(precision=frame["precision"].astype(str), total=frame.groupby("domain")["n"].transform("sum"))
    frame = frame.sort_values(["total", "domain"], ascending=[False, True], kind="stable").drop(columns="total")
    says = Counter(frame)
    n, day, undated = says.sum("n"), says.sum("n", "precision == 'day'"), says.sum("n", "precision == 'undated'")
    return {
        "says": says,
        "finding": f"Of {n} events the texts date {day} to the day; {undated} carry no date",
        "holds": undated > n / 2,
        "unit": f"Unit: events, n = {n}, those of other states included; the width of an event's bounds.",
        "chart": partial(charts.bars, frame, "domain", "precision", order, names=data.codes("events", "domain")),
        "columns": ["domain", "precision", "n"],
    }
