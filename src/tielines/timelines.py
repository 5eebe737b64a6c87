"""When: bounds of event dates out of date claims, how precise they are, one story by publication."""

import numpy as np
import pandas as pd

from tielines.dataset import Dataset, joined

__all__ = "bounds lanes precision precisions story".split()


def __dir__():
    return __all__


PRECISIONS = {"day": 1, "week": 7, "month": 31, "year": 366}  # the widest that still counts, in days


def bounds(data: Dataset) -> pd.DataFrame:
    """One row an event and date; an event that no text dates has one row without bounds.

    Where the strict bounds of its date claims share a day the row holds what they share; else each date has a row
    and ``differing`` is true. "Recently" bounds nothing, but is drawn apart where ``links`` calls it a contradiction.
    Columns: event_id, start, end (days, NaT is open), form, circa, differing, evidence (date claims).
    """
    claims = data.claims[data.claims["attribute"].eq("date")]
    told = data.claims["polarity"].ne("no").groupby(data.claims["event_id"]).transform("any")
    claims = claims[claims["polarity"].ne("no") | ~told.reindex(claims.index)]
    clash = data.links[data.links["relation"].eq("contradiction")]
    clash = {*clash["a"], *clash["b"]}
    loose = claims["value_basis"].eq("none")
    strict = claims[~loose].assign(width=claims["end"] - claims["start"])
    groups = strict.groupby("event_id")
    shared = groups.agg(start=("start", "max"), end=("end", "min"), evidence=("claim_id", joined)).reset_index()
    apart = shared["start"] > shared["end"]
    narrow = strict.sort_values("width", kind="stable").drop_duplicates("event_id")
    narrow = shared[["event_id"]].merge(
        narrow[["event_id", "start", "end", "form", "circa"]], on="event_id", suffixes=("", "_n")
    )
    same = _same(narrow["start"], shared["start"]) & _same(narrow["end"], shared["end"])
    shared["form"], shared["circa"] = narrow["form"].where(same, "within"), narrow["circa"] & same
    each = strict[strict["event_id"].isin(shared.loc[apart, "event_id"])]
    each = pd.concat([each, claims[loose & claims["claim_id"].isin(clash)]])
    each = each.groupby(["event_id", "value"], sort=False).agg(
        start=("start", "first"), end=("end", "first"), form=("form", "first"), circa=("circa", "first"), evidence=("claim_id", joined)
    )  # fmt: skip
    rest = data.events.loc[
        ~data.events["event_id"].isin({*shared["event_id"], *each.reset_index()["event_id"]}), ["event_id"]
    ]
    frame = pd.concat([shared[~apart], each.reset_index().drop(columns="value"), rest.assign(evidence="", circa=False)])
    frame["differing"] = frame["event_id"].duplicated(keep=False)
    frame["start"], frame["end"] = pd.to_datetime(frame["start"]), pd.to_datetime(frame["end"])
    columns = ["event_id", "start", "end", "form", "circa", "differing", "evidence"]
    return frame[columns].sort_values(["event_id", "end", "start"], ignore_index=True)


def _same(a: pd.Series, b: pd.Series) -> pd.Series:
    return a.eq(b) | (a.isna() & b.isna())


def precision(frame: pd.DataFrame) -> pd.Series:
    """How precise ``bounds`` are: day, week, month, year, longer, by a day (no start), from a day, undated."""
    days = (frame["end"] - frame["start"]).dt.days + 1
    none, only = frame["start"].isna() & frame["end"].isna(), frame["start"].isna()
    cases = [none, only, frame["end"].isna(), *(days.le(n) for n in PRECISIONS.values())]
    names = ["undated", "by a day", "from a day", *PRECISIONS]
    return pd.Series(np.select(cases, names, "longer"), index=frame.index)


def lanes(data: Dataset) -> pd.DataFrame:
    """Dated events at ties of the four states, one row an event and date, and undated items of support.

    General statements are left out. ``when`` is of the event: dated, reported by (only a latest day: of a report, or of what lies in the past) or undated.
    Columns: event_id, label, tie, provider, kind (of support, "" else), when, start, end, form, circa, differing, denied (by every text that tells of it),
    planned (no text states as fact more than that it is sought), evidence (dates and reports).
    """
    events = data.events[data.events["in_scope"] & ~data.events["umbrella"] & data.events["tie"].ne("")]
    frame = events[["event_id", "label", "tie", "provider"]].merge(bounds(data), on="event_id")
    said = data.claims[data.claims["polarity"].eq("yes") & data.claims["said_by"].notna()]
    said = said[said["said_by"].eq(said.groupby("event_id")["said_by"].transform("max"))].groupby("event_id")
    said = said.agg(said_by=("said_by", "first"), said_ids=("claim_id", joined)).reset_index()
    frame = frame.merge(said, on="event_id", how="left")
    undated = frame["start"].isna() & frame["end"].isna()
    by = frame["said_by"].where(undated)
    frame["kind"] = frame["event_id"].map(data.items.set_index("event_id")["kind"]).astype(object).fillna("")
    frame["end"] = frame["end"].fillna(by)
    first, last = (frame[side].notna().groupby(frame["event_id"]).transform("any") for side in ("start", "end"))
    frame["when"] = np.select([first, last], ["dated", "reported by"], "undated")
    told = data.reports.groupby("event_id")["evidence"].agg(joined)
    dates = frame["evidence"].astype(object) + ";" + frame["said_ids"].astype(object).where(by.notna(), "")
    frame["evidence"] = (dates + ";" + frame["event_id"].map(told)).map(lambda ids: joined([ids]))
    frame["form"] = frame["form"].fillna("within")
    asked = next(iter(data.codes("quantities", "stage")))
    sides = data.reports.assign(no=data.reports["side"].eq("no"))
    sides["sure"] = sides["status"].isin(("stated", "both", "denied")) & sides["stage"].ne(asked)
    sides = sides.groupby("event_id").agg(denied=("no", "all"), sure=("sure", "any"))
    frame["denied"], frame["planned"] = (
        frame["event_id"].map(sides["denied"]),
        ~frame["event_id"].map(sides["sure"]).astype(bool),
    )
    key = frame["start"].fillna(frame["end"])
    frame = frame.assign(_rank=_order(frame["tie"], data), _key=key)
    frame = frame.sort_values(["_rank", "tie", "when", "_key", "event_id"], ignore_index=True)
    return frame.drop(columns=["_rank", "_key", "said_by", "said_ids"])


def _order(ties: pd.Series, data: Dataset) -> pd.Series:
    return ties.map({tie: i for i, tie in enumerate(data.listed("ties"))}).fillna(99)


def precisions(data: Dataset) -> pd.DataFrame:
    """Events by domain and precision of their date: domain, precision, n, event_id (all), evidence.

    An event with differing dates counts once, at its most precise date.
    """
    frame = bounds(data).merge(data.events[["event_id", "domain"]], on="event_id")
    order = ["day", "week", "month", "year", "longer", "from a day", "by a day", "undated"]
    frame["precision"] = pd.Categorical(precision(frame), order, ordered=True)
    frame = frame.sort_values("precision").drop_duplicates("event_id")
    groups = frame.groupby(["domain", "precision"], observed=True)
    frame = groups.agg(n=("event_id", "nunique"), evidence=("event_id", joined)).reset_index()
    return frame.assign(domain=frame["domain"].astype(str))


def story(data: Dataset, provider: str, recipient: str, found: list[str]) -> pd.DataFrame:
    """What each text says of some support, by publication; a text that says nothing has a row without an event.

    ``found`` are items (codes of ``flows.item``). Columns: article_id, article, start, end (publication), event_id, label, and
    what ``reports`` has.
    """
    own = data.items[data.items["item"].isin(found)]
    own = own[own["provider"].str.contains(provider) & own["recipient"].str.contains(recipient)]
    told = data.reports.merge(own[["event_id", "label"]], on="event_id")
    texts = data.articles[["article_id", "label", "start", "end"]].rename(columns={"label": "article"})
    frame = texts.merge(told, on="article_id", how="left")
    text = ["event_id", "label", "side", "status", "stage", "beyond", "no_stage", "basis", "voice"]
    frame[text] = frame[text].fillna("")
    frame["quoted"] = frame["quoted"].eq(True)
    return frame.assign(evidence=frame["evidence"].fillna(frame["article_id"]))
