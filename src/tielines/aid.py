"""How much: reported support by item, stage and text; amounts, and what may be added to what.

"Reported support", not aid: what texts say was given, lent, forgiven, sold, sought or not given.
"""

import narwhals as nw
import numpy as np
import pandas as pd

from tielines import corroboration
from tielines.dataset import Dataset, any_frames, joined, kept, native, reports_of_flows, small, strung
from tielines.files import TielinesError

__all__ = "Unlike amounts counted in_words ledger of_item printed stages total".split()


def __dir__():
    return __all__


MONEY_ITEMS = ("loan", "debt", "cash", "investment", "economic_support", "material_support")  # money is what is given


class Unlike(TielinesError):
    """Amounts that must not be added; the message names both."""


@kept
def stages(data: Dataset):
    """How far each item has come, text by text: one row an item, text and mark on the way.

    A text marks the stage that it tells most firmly, a further one that it tells less firmly or by others' words, and the
    stage that it denies. Specific items alone (kinds given, sought, refused). Columns: event_id, label, tie, provider, kind,
    domain, article_id, key, stage, status, basis, evidence (not past memory, nor key).
    """
    items, told = any_frames(data, "items")[0], nw.from_native(reports_of_flows(data))
    items = items.filter(nw.col("kind").is_in(("given", "sought", "refused")))
    told = told.join(items.select("event_id", "label", "tie", "provider", "kind", "domain"), on="event_id")
    stage, status, side = nw.col("stage"), nw.col("status"), nw.col("side")
    open_ = (side == "yes") & (stage == "")
    marks = [
        dict(
            stage=nw.when(open_).then(nw.lit("open")).otherwise(stage),
            status=nw.when(side == "both").then(nw.lit("stated")).otherwise(status),
        ),
        dict(stage=nw.col("beyond"), status=nw.col("beyond_status")),
        dict(stage=nw.col("no_stage"), status=nw.col("no_status")),
    ]
    if small(data):
        marks[1]["evidence"] = nw.col("beyond_evidence")
    columns = "event_id label tie provider kind domain article_id key stage status basis evidence".split()
    if not small(data):
        columns = [c for c in columns if c not in ("key", "evidence")]
    else:
        told = told.join(any_frames(data, "articles")[0].select("article_id", "key"), on="article_id")
    frame = nw.concat([told.with_columns(**mark).select(columns) for mark in marks])
    frame = native(frame.filter(stage != ""), data)
    if not small(data):
        return frame
    return frame.sort_values(["event_id", "article_id"], kind="stable", ignore_index=True)


@kept
def amounts(data: Dataset) -> pd.DataFrame:
    """Every amount of support and trade: one row a printed amount, with the bounds that it stands for.

    ``floor`` and ``ceiling`` are bounds in ``unit``: both the number where it is exact or about, one side where it is over or
    almost, none where no number is printed. A share beside the sum it may be a share of makes a range: about 90 % of about 32
    is 28.8 to 32, ``computed``. ``price``: money for what is given in kind; no total may hold it. ``alike`` is how many events a total may hold: same parties, item, measure, unit and
    stage, and ``in_total``; 0 for one that none may; two amounts of one event are one event. Columns beside: event_id, label, tie, provider, recipient, domain, item, support,
    measure, stage, firmness, qualifier, total_note, kind, article_id, evidence (quantity and claim).
    """
    flows = data.flows[["event_id", "item", "in_total", "total_note"]]
    claims = data.claims[["claim_id", "event_id", "article_id", "factuality"]].rename(
        columns={"factuality": "firmness"}
    )
    frame = data.quantities.merge(claims, on="claim_id").merge(
        data.events[["event_id", "label", "tie", "provider", "recipient", "domain", "actors", "recipients"]],
        on="event_id",
    )
    frame = frame.merge(flows, on="event_id", how="left").merge(
        data.items[["event_id", "kind"]], on="event_id", how="left"
    )
    frame["support"] = frame["item"].notna()
    frame = frame[frame["support"] | frame["stage"].notna()]  # no length of a treaty, no rank
    frame["floor"], frame["ceiling"] = frame["low"].fillna(frame["best"]), frame["high"].fillna(frame["best"])
    frame["evidence"] = frame["quantity_id"] + ";" + frame["claim_id"]
    share = (
        frame[frame["measure"].eq("share") & frame["support"]]
        .drop_duplicates("event_id", keep=False)
        .set_index("event_id")
    )
    alone = ~frame.loc[frame["measure"].eq("money"), "event_id"].duplicated(keep=False).reindex(
        frame.index, fill_value=False
    )
    frame["computed"] = frame["measure"].eq("money") & alone & frame["event_id"].isin(share.index)
    of = frame["event_id"].map(share["best"]).astype(float) / 100
    frame["floor"] = frame["floor"].mask(frame["computed"], frame["floor"] * of)
    stage = frame["stage"].astype(object)
    frame["stage"] = stage.mask(frame["computed"], frame["event_id"].map(share["stage"].astype(object))).fillna("open")
    both = frame["evidence"] + ";" + frame["event_id"].map(share["evidence"]).astype(object).fillna("")
    frame["evidence"] = frame["evidence"].mask(frame["computed"], both)
    frame["price"] = frame["support"] & frame["measure"].eq("money") & ~frame["item"].isin(MONEY_ITEMS)
    frame["in_total"] = frame["in_total"].fillna(False).astype(bool) & ~frame["price"]
    frame[["item", "total_note", "kind"]] = frame[["item", "total_note", "kind"]].astype(object).fillna("")
    keys = ["provider", "recipient", "item", "measure", "unit", "stage"]
    inside = frame["event_id"].where(frame["in_total"])
    like = inside.groupby([frame[k].astype(str) for k in keys]).transform("nunique")
    frame["alike"] = like.where(frame["in_total"], 0)
    columns = "event_id label tie provider recipient actors recipients domain item support measure floor ceiling unit stage firmness qualifier period base"
    columns += " computed price in_total total_note kind alike article_id evidence"
    return frame[columns.split()].sort_values(
        ["support", "measure", "ceiling"], ascending=[False, True, False], ignore_index=True
    )


def total(frame: pd.DataFrame) -> dict:
    """One total of like with like, out of rows of ``amounts``: floor, ceiling, unit, n (rows in it), unknown (without a number).

    Raises Unlike, naming both, for two measures, units, items or stages, for two amounts of one event, and for money for arms.
    """
    for column in ("measure", "unit", "item", "stage"):
        kinds = frame[column].astype(str).drop_duplicates().tolist()
        if len(kinds) > 1:
            a, b = (frame.loc[frame[column].astype(str).eq(k), "label"].iloc[0] for k in kinds[:2])
            raise Unlike(f"{column} {kinds[0]} ({a}) and {kinds[1]} ({b}) are never added")
    arms = frame[frame["domain"].isin(("military", "intelligence")) & frame["measure"].eq("money")]
    if len(arms):
        raise Unlike(f"{arms['label'].iloc[0]}: arms never enter a money total")
    inside = frame[frame["in_total"]]
    if len(twice := inside[inside["event_id"].duplicated()]):
        label = twice["label"].iloc[0]
        raise Unlike(f"{label}: two amounts of one item, as two texts may give them, are never added; choose one")
    sums = {side: inside[side].sum(min_count=1) for side in ("floor", "ceiling")}
    unknown = int((inside["floor"].isna() | inside["ceiling"].isna()).sum())
    return {**sums, "unit": "".join(frame["unit"].astype(str).unique()), "n": len(inside), "unknown": unknown}


def of_item(data: Dataset, item: str) -> pd.DataFrame:
    """Every flow of one item, parts after their whole, with its amount where a text prints one.

    Columns: event_id, label, tie, provider, part, stage, firmness, floor, ceiling, unit, qualifier, total_note, article_id, evidence.
    """
    flows = data.items[data.items["item"].eq(item)]
    told = data.reports[["event_id", "article_id", "stage", "firmness", "status"]]
    own = amounts(data)[["event_id", "article_id", "floor", "ceiling", "unit", "qualifier", "evidence"]]
    frame = flows.merge(told, on="event_id").merge(own, on=["event_id", "article_id"], how="left", suffixes=("", "_q"))
    parent = data.flows.set_index("event_id")["parent_event_id"]
    frame["part"] = frame["kind"].eq("part")
    frame["whole"] = frame["event_id"].map(parent).where(frame["part"], frame["event_id"])
    frame["evidence"] = frame["evidence_q"].fillna(frame["evidence"])
    frame["unit"] = frame["unit"].astype(object).fillna("")
    frame["qualifier"] = frame["qualifier"].astype(object).fillna("")
    columns = "event_id label tie provider part stage firmness status floor ceiling unit qualifier total_note article_id evidence"
    return frame.sort_values(["whole", "part", "event_id"], ignore_index=True)[columns.split()]


@kept
def ledger(data: Dataset) -> pd.DataFrame:
    """Who is said to have given what: one row an item and text that tells of it, with the amount that it prints.

    General statements and parts are rows too, by ``kind``. Columns: event_id, label, tie, provider, kind, item, terms, amount (in words),
    article_id, status, side, stage, beyond, no_stage, quoted, basis, voice, sentence_ids, evidence.
    """
    own = amounts(data)
    own["amount"] = printed(own)
    own = own[own["support"]].groupby(["event_id", "article_id"])["amount"].agg("; ".join).reset_index()
    items = data.items.drop(columns=["evidence", "domain"])
    frame = data.reports.merge(items, on="event_id").merge(own, on=["event_id", "article_id"], how="left")
    places = data.claims.set_index("claim_id")["sentence_ids"]
    each = frame["evidence"].str.split(";").explode().map(places)
    frame["sentence_ids"] = each.groupby(level=0).agg(joined)
    order = {kind: i for i, kind in enumerate(data.listed("kinds"))}
    ties = {tie: i for i, tie in enumerate(data.listed("ties"))}
    parent = data.flows.set_index("event_id")["parent_event_id"]
    whole = frame["event_id"].map(parent).where(frame["kind"].eq("part"), frame["event_id"])  # parts follow their whole
    kind = whole.map(data.items.set_index("event_id")["kind"]).map(order)
    frame = frame.assign(
        _t=frame["tie"].map(ties).fillna(99),
        _k=kind,
        _w=whole,
        _p=frame["kind"].eq("part"),
        amount=frame["amount"].fillna(""),
    )
    frame = frame.sort_values(["_t", "_k", "_w", "_p", "event_id", "article_id"], ignore_index=True)
    return frame.drop(columns=["_t", "_k", "_w", "_p"])


def printed(frame: pd.DataFrame) -> pd.Series:
    """Amounts as texts put them: ``about 4,800 t``, ``almost 90 %``, ``about 28.8 billion to 32 billion USD (computed)``; ``no number``."""
    if frame.empty:
        return pd.Series(dtype=object)
    about = {"approx": "about ", "almost": "almost ", "over": "over ", "up_to": "up to "}
    best = frame["ceiling"].fillna(frame["floor"])
    text = (
        frame["qualifier"].astype(object).map(about).fillna("") + best.map(in_words) + " " + frame["unit"].astype(str)
    )
    computed = frame["computed"] if "computed" in frame else pd.Series(False, index=frame.index)
    spread = (
        "about "
        + frame["floor"].map(in_words)
        + " to "
        + frame["ceiling"].map(in_words)
        + " "
        + frame["unit"].astype(str)
        + " (computed)"
    )
    text = text.mask(frame["price"], "price " + text) if "price" in frame else text
    return text.mask(computed, spread).str.removesuffix(" item").mask(best.isna(), "no number")


def in_words(value: float) -> str:
    """A number in figures, millions and billions in words: ``60,000``, ``80 million``, ``28.8 billion``."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:,.4g} {word}"
    return f"{value:,.10g}"


@kept
def counted(data: Dataset) -> pd.DataFrame:
    """Items of support, sought and refused, one row an item: what the two by two of who gives whom what is drawn from.

    Columns: event_id, label, tie, provider, recipient, domain, field (arms, other), kind, flat (of ``items``), apart (given, and some text says not), twin (ids of
    other items here that ``links`` calls maybe the same), evidence.
    """
    frame = data.items[data.items["kind"].isin(("given", "sought", "refused"))]
    arms = data.codes("events", "domain", "arms")
    frame = frame.assign(domain=frame["domain"].astype(str))
    frame["field"] = np.where(frame["domain"].map(arms).eq(True), "arms", "other")
    same = corroboration.related(data)
    same = same[same["relation"].eq("maybe_same") & same["other"].isin(frame["event_id"])]
    frame["twin"] = frame["event_id"].map(strung(same, "event_id", "other")).astype(object).fillna("")
    frame["apart"] = frame["kind"].eq("given") & frame["event_id"].isin(corroboration.at_odds(data))
    columns = "event_id label tie provider recipient domain field kind flat apart twin evidence"
    return frame[columns.split()].reset_index(drop=True)
