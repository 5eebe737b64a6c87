"""When: bounds of event dates out of date claims, how precise they are, one story by publication."""

import narwhals as nw
import numpy as np
import pandas as pd

from tielines.dataset import Dataset, among, any_frames, code, dated, joined, kept, native, rank, small, strung, without

__all__ = "bounds lanes precision precisions starts story".split()


def __dir__():
    return __all__


FORMS = ("day", "month", "year", "duration", "set", "within")  # of an EDTF date
_WITHIN = 2 * FORMS.index("within")
PRECISIONS = {"day": 1, "week": 7, "month": 31, "year": 366}  # the widest that still counts, in days


@kept
def bounds(data: Dataset):
    """One row an event and date; an event that no text dates has one row without bounds.

    Where the strict bounds of its date claims share a day the row holds what they share; else each date has a row
    and ``differing`` is true. "Recently" bounds nothing, but is drawn apart where ``links`` calls it a contradiction.
    Columns: event_id, start, end (days, NaT is open), form, circa, differing, evidence (date claims; not past memory).
    """
    strict, vague = _dating(data)
    shared = strict.group_by("event_id").agg(
        nw.col("start").max(), nw.col("end").min(), nw.col("look").min(), n=nw.len()
    )
    shared = shared.with_columns(apart=(nw.col("start") > nw.col("end")).fill_null(False))
    one, apart = shared.filter(~nw.col("apart")), shared.filter("apart").select("event_id")
    sole, one = one.filter(nw.col("n") == 1), one.filter(nw.col("n") > 1).drop("look", "n")
    alike = strict.join(one, on="event_id", suffix="_all")  # a claim that says just what all share gives the form
    for side in ("start", "end"):
        a, b = nw.col(side), nw.col(f"{side}_all")
        alike = alike.filter((a == b).fill_null(False) | (a.is_null() & b.is_null()))
    one = one.join(alike.group_by("event_id").agg(nw.col("look").min()), on="event_id", how="left")
    each = nw.concat([among(strict, apart, "event_id"), vague])
    each = each.group_by("event_id", "value").agg(nw.col("start").min(), nw.col("end").min(), nw.col("look").min())
    columns = ["event_id", "value", "start", "end", "look"]
    shared = [part.with_columns(value=nw.lit("")).select(columns) for part in (sole, one)]
    frame = nw.concat([*shared, each.select(columns)])
    several = among(frame, each, "event_id")  # few, beside all
    several = several.group_by("event_id").agg(nw.len().alias("n")).filter(nw.col("n") > 1)
    frame = frame.join(several, on="event_id", how="left")
    frame = any_frames(data, "events")[0].select("event_id").join(frame, on="event_id", how="left")
    look, dated = nw.col("look").fill_null(_WITHIN), ~nw.col("value").is_null()
    frame = frame.select(
        "event_id",
        "start",
        "end",
        nw.when(dated).then(look // 2).otherwise(len(FORMS)).alias("form"),
        circa=look % 2 == 1,
        differing=~nw.col("n").is_null(),
        value="value",
    ).with_columns(code("form", FORMS, None))
    if not small(data):
        return native(frame.drop("value"), data)
    frame, rows = frame.to_native(), [part.to_native() for part in (strict, vague)]
    rows = [rows[0].assign(value=""), *rows]  # what all share rests on every strict date
    rows = strung(pd.concat(rows), ["event_id", "value"], "claim_id").rename("evidence").reset_index()
    frame = frame.merge(rows, on=["event_id", "value"], how="left").fillna({"evidence": ""}).drop(columns="value")
    return frame.sort_values(["event_id", "end", "start"], ignore_index=True)


@kept
def starts(data: Dataset):
    """The earliest day of each dated event, as ``bounds`` has it: event_id, start."""
    strict, vague = _dating(data)
    strict = strict.group_by("event_id").agg(
        nw.col("start").min(), latest=nw.col("start").max(), end=nw.col("end").min()
    )
    apart = (nw.col("latest") > nw.col("end")).fill_null(False)
    strict = strict.select("event_id", start=nw.when(apart).then("start").otherwise("latest"))
    each = nw.concat([strict, vague.select("event_id", "start")])
    return native(each.group_by("event_id").agg(nw.col("start").min()), data)


def dates_of(data: Dataset, row):
    """The date claims behind one row of ``bounds``, as a query of one column, ``id``; ``data`` holds its event's claims alone."""
    strict, vague = _dating(data)
    if row.get("differing"):
        shared = strict.group_by("event_id").agg(
            nw.col("start").max().alias("first"), nw.col("end").min().alias("last")
        )
        strict = strict.join(shared, on="event_id")
        apart = (nw.col("first") > nw.col("last")).fill_null(False)
        look = nw.col("look") == 2 * FORMS.index(row["form"]) + int(row["circa"])

        def at(start, end):
            sides = ((start, "start"), (end, "end"))
            same = (nw.col(c) == row[s] if s in row else nw.col(c).is_null() for c, s in sides)
            return nw.all_horizontal(*same, ignore_nulls=False).fill_null(False)

        each = look & at("start", "end")
        parts = [strict.filter(apart & each), strict.filter(~apart & at("first", "last")), vague.filter(each)]
        strict = nw.concat([part.select("claim_id") for part in parts])
    return strict.select(id="claim_id").to_native()


def _dating(data: Dataset):
    """Date claims as two frames, those that bound and the vague ones that are drawn apart: event_id, claim_id, value, start, end, look."""
    claims, links = any_frames(data, "claims", "links")
    told = claims.filter(nw.col("polarity") != "no").select(
        "event_id"
    )  # as many as claims: never the side that is held
    day = nw.from_native(dated(data, claims.filter(nw.col("attribute") == "date").to_native()))
    refused = day.filter(nw.col("polarity") == "no")
    told = among(told, refused, "event_id")
    kept = nw.concat([day.filter(nw.col("polarity") != "no"), without(refused, told, "event_id")])
    kept = kept.with_columns(look=2 * rank(nw.col("form"), FORMS) + nw.col("circa").cast(nw.Int64))
    loose = (nw.col("value_basis") == "none").fill_null(False)
    clash = links.filter(nw.col("relation") == "contradiction")
    clash = nw.concat([clash.select(claim_id=nw.col(side)) for side in ("a", "b")])
    columns = ["event_id", "claim_id", "value", "start", "end", "look"]
    strict, vague = kept.filter(~loose).select(columns), kept.filter(loose).select(columns)
    return strict, among(vague, clash, "claim_id")


def precision(frame: pd.DataFrame) -> pd.Series:
    """How precise ``bounds`` are: day, week, month, year, longer, by a day (no start), from a day, undated."""
    days = (frame["end"] - frame["start"]).dt.days + 1
    none, only = frame["start"].isna() & frame["end"].isna(), frame["start"].isna()
    cases = [none, only, frame["end"].isna(), *(days.le(n) for n in PRECISIONS.values())]
    names = ["undated", "by a day", "from a day", *PRECISIONS]
    return pd.Series(np.select(cases, names, "longer"), index=frame.index)


@kept
def lanes(data: Dataset) -> pd.DataFrame:
    """Dated events at ties of the four states, one row an event and date, and undated items of support.

    General statements are left out. ``when`` is of the event: dated, reported by (only a latest day: of a report, or of what lies in the past) or undated.
    Columns: event_id, label, tie, provider, kind (of support, "" else), when, start, end, form, circa, differing, denied (by every text that tells of it),
    planned (no text states as fact more than that it is sought, or no text its date), evidence (dates and reports).
    """
    events = data.events[data.events["in_scope"] & ~data.events["umbrella"] & data.events["tie"].ne("")]
    frame = events[["event_id", "label", "tie", "provider"]].merge(data.bounds, on="event_id")
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
    told = strung(data.reports, "event_id", "evidence")
    flat = data.claims.loc[data.claims["factuality"].isin(("CT+", "CT-")), "claim_id"]
    day = frame["evidence"].astype(object)
    hoped = day.ne("") & ~day.str.split(";").explode().isin(flat).groupby(level=0).any()
    dates = frame["evidence"].astype(object) + ";" + frame["said_ids"].astype(object).where(by.notna(), "")
    frame["evidence"] = (dates + ";" + frame["event_id"].map(told)).map(lambda ids: joined([ids]))
    frame["form"] = frame["form"].fillna("within")
    asked = next(iter(data.codes("quantities", "stage")))
    sides = data.reports.assign(no=data.reports["side"].eq("no"))
    sides["sure"] = sides["status"].isin(("stated", "both", "denied")) & sides["stage"].ne(asked)
    sides = sides.groupby("event_id").agg(denied=("no", "all"), sure=("sure", "any"))
    frame["denied"], frame["planned"] = (
        frame["event_id"].map(sides["denied"]),
        ~frame["event_id"].map(sides["sure"]).astype(bool) | hoped,
    )
    key = frame["start"].fillna(frame["end"])
    frame = frame.assign(_rank=_order(frame["tie"], data), _key=key)
    frame = frame.sort_values(["_rank", "tie", "when", "_key", "event_id"], ignore_index=True)
    return frame.drop(columns=["_rank", "_key", "said_by", "said_ids"])


def _order(ties: pd.Series, data: Dataset) -> pd.Series:
    return ties.map({tie: i for i, tie in enumerate(data.listed("ties"))}).fillna(99)


@kept
def precisions(data: Dataset) -> pd.DataFrame:
    """Events by domain and precision of their date: domain, precision, n, event_id (all), evidence.

    An event with differing dates counts once, at its most precise date.
    """
    frame = data.bounds.merge(data.events[["event_id", "domain"]], on="event_id")
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
