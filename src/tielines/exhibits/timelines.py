"""Notebook 01: what happened when, by tie; one story by publication; how precise dates are."""

from functools import partial

import pandas as pd

from tielines import charts, timelines
from tielines.exhibits.core import Counter, exhibit, names, number, report_words

__all__ = ["air_defence", "lanes_cuba", "lanes_iran", "precision"]
NOTEBOOK = "01-timelines"
SQUEEZED = pd.Timestamp("2023-07-01")  # what lies before takes a narrow margin


def _war(data):
    """(start, end) of the landmark that is drawn behind the lanes, and its name; None where no text tells of it."""
    for event_id, label in data.listed("landmarks").items():
        span = timelines.bounds(data)
        span = span[span["event_id"].eq(event_id)].dropna(subset=["start", "end"])
        if len(span):
            return span["start"].iloc[0], span["end"].iloc[0], label
    return None


def _lanes(data, states, named, neutral):
    frame = timelines.lanes(data)
    mine = frame["tie"].str.contains("|".join(states)).eq(named)
    frame = frame[mine].reset_index(drop=True)
    told = data.reports.merge(frame[["event_id", "tie"]].drop_duplicates(), on="event_id").rename(
        columns={"tie": "provider"}
    )
    war, says = _war(data), Counter(frame)
    dated = says("event_id", "when == 'dated'")
    by, undated = says("event_id", "when == 'reported by'"), says("event_id", "when == 'undated'")
    first = (
        frame["start"].fillna(pd.Timestamp("1900-01-01")).groupby(frame["event_id"]).transform("min")
    )  # of an event with two dates, or with an open one
    frame["after"] = frame["when"].eq("dated") & first.ge(war[0].replace(day=1) if war else pd.Timestamp.max)
    late = says("event_id", "after")
    support, no_day = says("event_id", "kind == 'given'"), says("event_id", "kind == 'given' and when == 'undated'")
    kept = frame[frame["when"].ne("undated") | frame["kind"].ne("")]
    return {
        "says": says,
        "finding": f"{neutral}: {late} of {dated} dated events are placed in or after the {war[2] if war else 'war'}; {no_day} of {support} items of support carry no date at all",
        "holds": dated > 0 and late >= dated / 3 and bool(war),
        "neutral": f"What happened when: {neutral}",
        "unit": f"Unit: events at ties of the four states, general statements apart. {dated} are dated; {by} have only a latest day (an arrow): they were reported then, or lay in the past; {undated} are "
        "undated, of which those of support (given, sought, refused) are named here, the rest in the CSV.",
        "note": "Time before the double line is squeezed; letters over the right columns name the texts."
        + (f" After the {war[2]}: its earliest possible day lies in that month or later." if war else ""),
        "chart": partial(
            charts.lanes,
            kept,
            data.articles,
            told,
            data.listed("ties"),
            data.codes("claims", "basis", "short"),
            SQUEEZED,
            war,
        ),
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
    frame = frame.assign(
        group="", row=frame["article"] + ", " + frame["end"].dt.strftime("%B %Y"), column=frame["label"].where(frame["label"].ne(""), "nothing"), provider="CHN",
        tone=frame["status"],
    )  # fmt: skip
    says = Counter(frame)
    tells, texts = says("article_id", "event_id != ''"), says("article_id")
    flat = frame[frame["stage"].eq("delivered") & frame["status"].eq("stated")]["article"].unique()
    first_text = frame[frame["event_id"].ne("")].head(1)
    last_text = frame[frame["event_id"].ne("")].tail(1)
    grew = len(first_text) and len(last_text) and first_text["article_id"].iloc[0] != last_text["article_id"].iloc[0]
    drawn = frame.assign(text=frame["text"].where(frame["event_id"].ne(""), "says nothing of it"), detail=frame["detail"].where(frame["event_id"].ne(""), ""),
                         tone=frame["tone"].where(frame["event_id"].ne(""), ""))  # fmt: skip
    heads = {label: label for label in frame.loc[frame["label"].ne(""), "label"].drop_duplicates()}
    nothing = next(iter(heads), "nothing")
    drawn["column"] = drawn["column"].mask(drawn["column"].eq("nothing"), nothing)
    return {
        "frame": frame.drop(columns=["group", "tone"]),
        "says": says,
        "finding": f"Chinese air defence for Iran: {number(tells)} of {number(texts, 'text')} tell of it, and only {names(flat)} states a delivery as fact",
        "holds": len(flat) == 1 and bool(grew),
        "unit": f"Unit: reports of an item, a row a text in order of publication; {tells} of {texts} texts tell of it.",
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
