"""Where accounts meet: the pairs that a reader must look at, each with a row in ``links`` or still open."""

from itertools import combinations

import pandas as pd

from tielines import dates
from tielines.tables import Tables

MONTH = 31  # days; two events share a date where both are dated as closely as that and the dates meet
SIDE = {"+": "yes", "-": "no"}  # of a factuality; all others are open


def candidates(data: Tables) -> pd.DataFrame:
    """Every pair that must have a row in ``links``: a, b, why, sorted; ids of events in pairs of events.

    Two claims on one event and attribute (one measure, one term) whose value, amount or polarity differ; two
    judgements that share a tie, where three together share with their pairs, and lean opposite ways; a
    claim of the body and one of the endnote it cites; two events that share a party on each side and the
    item, or the type where they are not both support, or the date.
    """
    parts = [_claims(data), _judgements(data), _endnotes(data), _events(data)]
    frame = pd.concat(parts, ignore_index=True)
    return frame.drop_duplicates(["a", "b"]).sort_values(["a", "b"], ignore_index=True)


def open_candidates(data: Tables) -> pd.DataFrame:
    """The candidates that have no row in ``links``; a pair of events is met by a link of two of their claims."""
    frame = candidates(data)
    event = data.claims.set_index("claim_id")["event_id"]
    linked = {frozenset(pair) for pair in zip(data.links["a"], data.links["b"], strict=True)}
    linked |= {frozenset(event.get(i, i) for i in pair) for pair in linked}
    met = [frozenset(pair) in linked for pair in zip(frame["a"], frame["b"], strict=True)]
    return frame[[not m for m in met]].reset_index(drop=True)


def _pairs(frame: pd.DataFrame, keys: list[str], row_id: str) -> pd.DataFrame:
    """Each two rows that share the keys once: columns with suffixes _a and _b, the smaller id first."""
    both = frame.merge(frame, on=keys, suffixes=("_a", "_b"))
    return both[both[f"{row_id}_a"] < both[f"{row_id}_b"]]


def _named(pairs: pd.DataFrame, row_id: str, why) -> pd.DataFrame:
    return pd.DataFrame({"a": pairs[f"{row_id}_a"], "b": pairs[f"{row_id}_b"], "why": why})


def _claims(data: Tables) -> pd.DataFrame:
    own = data.quantities
    amount = own["unit"].astype(str)
    for bound in ("low", "best", "high"):
        amount = amount + own[bound].map("/{:g}".format)
    amount = amount.set_axis(own["claim_id"])
    claims = data.claims[["claim_id", "event_id", "attribute", "value"]].copy()
    claims["side"] = data.claims["factuality"].astype(str).str[-1].map(SIDE).fillna("open")
    kind = claims["attribute"].isin(("term", "quantity"))  # there the value says what kind of term or measure
    claims["kind"] = claims["value"].where(kind, "")
    claims["value"] = claims["value"].mask(kind, claims["claim_id"].map(amount).fillna(""))
    pairs = _pairs(claims, ["event_id", "attribute", "kind"], "claim_id")
    value, side = pairs["value_a"] != pairs["value_b"], pairs["side_a"] != pairs["side_b"]
    why = "one event, another " + pairs["attribute"].astype(str)
    why = why.where(value, "one event, told as so and as not so or open")
    return _named(pairs, "claim_id", why)[value | side]


def _judgements(data: Tables) -> pd.DataFrame:
    frame = data.stances[["stance_id", "dyads"]].assign(lean=data.stances["strength"].astype(str).astype(int))
    frame = frame.assign(tie=frame["dyads"].str.split(";")).explode("tie")
    frame["tie"] = frame["tie"].map(lambda t: ["-".join(p) for p in combinations(t.split("-"), 2)])
    frame = frame.explode("tie").drop_duplicates(["stance_id", "tie"])
    pairs = _pairs(frame[["stance_id", "tie", "lean"]], ["tie"], "stance_id")
    pairs = pairs[pairs["lean_a"] * pairs["lean_b"] < 0]
    return _named(pairs, "stance_id", "one tie, judged opposite ways")


def _endnotes(data: Tables) -> pd.DataFrame:
    claims = data.claims[data.claims["origin_id"].ne("") & data.claims["basis"].eq("document")]
    claims = claims.assign(sentence_id=claims["sentence_ids"].str.split(";").str[0])
    claims = claims.merge(data.sentences[["sentence_id", "article_id", "zone"]], on="sentence_id")
    note = claims["zone"].eq("note")
    columns = ["claim_id", "article_id", "origin_id"]
    pairs = claims.loc[~note, columns].merge(
        claims.loc[note, columns], on=["article_id", "origin_id"], suffixes=("_a", "_b")
    )
    return _named(pairs, "claim_id", "the text and the endnote it cites")


def _events(data: Tables) -> pd.DataFrame:
    events = data.events[data.events["event_id"].isin(data.claims["event_id"])]
    item = data.flows.set_index("event_id")["item"].astype(str)
    frame = events[["event_id", "event_type"]].assign(item=events["event_id"].map(item).fillna(""))
    frame["recipients"] = events["recipients"].where(events["recipients"].ne(""), events["actors"])
    frame["actors"] = events["actors"]
    for side in ("actors", "recipients"):
        frame[side] = frame[side].str.split(";")
    sides = frame.explode("actors").explode("recipients")
    sides = sides[sides["actors"].ne("") & sides["actors"].ne(sides["recipients"])]
    pairs = _pairs(sides, ["actors", "recipients"], "event_id").drop_duplicates(["event_id_a", "event_id_b"])
    support = pairs["item_a"].ne("") & pairs["item_b"].ne("")
    alike = pairs["item_a"].eq(pairs["item_b"]) & support
    alike |= pairs["event_type_a"].astype(str).eq(pairs["event_type_b"].astype(str)) & ~support
    close = _same_days(data)
    dated = pd.Series(
        [frozenset(p) in close for p in zip(pairs["event_id_a"], pairs["event_id_b"], strict=True)],
        index=pairs.index,
        dtype=bool,
    )
    parent = data.flows.set_index("event_id")["parent_event_id"]
    part = pairs["event_id_a"].map(parent).eq(pairs["event_id_b"]) | pairs["event_id_b"].map(parent).eq(
        pairs["event_id_a"]
    )
    return _named(pairs, "event_id", "two events of the same parties alike in kind or date")[(alike | dated) & ~part]


def _same_days(data: Tables) -> set[frozenset]:
    """Pairs of events that are both dated to within a month and whose dates meet."""
    dated = data.claims[data.claims["attribute"].eq("date")]
    rows = dated[["event_id"]].assign(span=dated["value"].map(dates.parse), key=0)
    rows = rows[[s.days is not None and s.days <= MONTH for s in rows["span"]]]
    rows = rows.assign(start=[s.start for s in rows["span"]], end=[s.end for s in rows["span"]]).drop(columns="span")
    pairs = rows.merge(rows, on="key", suffixes=("_a", "_b"))
    meet = (pairs["start_a"] <= pairs["end_b"]) & (pairs["start_b"] <= pairs["end_a"])
    return {frozenset(p) for p in zip(pairs["event_id_a"][meet], pairs["event_id_b"][meet], strict=True)}
