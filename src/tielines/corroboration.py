"""Where accounts meet: who else tells it, who could have, where they part; the pairs that a reader must look at."""

from itertools import combinations

import numpy as np
import pandas as pd

from tielines import dates, timelines
from tielines.dataset import Dataset, joined
from tielines.tables import Tables

__all__ = "at_odds candidates case dated_apart differences gaps known open_candidates origins related shared".split()


def __dir__():
    return __all__


MONTH = 31  # days; two events share a date where both are dated as closely as that and the dates meet
SIDE = {"+": "yes", "-": "no"}  # of a factuality; all others are open


def known(data: Dataset) -> pd.DataFrame:
    """Every event of the four states' ties and every text: what it says, or whether it could have known.

    ``state``: a status (list ``status``), or silent, related (it tells of an event that ``links`` ties to this one), too_early (the event's earliest date lies after the publication) or elsewhere (the
    text covers no event and judges nothing at that tie). Columns: event_id, article_id, tie, state, side, stage, quoted, basis, evidence.
    """
    events = data.events[data.events["in_scope"] & data.events["tie"].ne("")]
    start = timelines.bounds(data).groupby("event_id")["start"].min().reset_index()
    frame = (
        events[["event_id", "tie"]].merge(start, on="event_id").merge(data.articles[["article_id", "end"]], how="cross")
    )
    told = data.reports[["event_id", "article_id", "status", "side", "stage", "quoted", "basis", "evidence"]]
    frame = frame.merge(told, on=["event_id", "article_id"], how="left")
    judged = data.stances.assign(tie=data.stances["dyads"].str.split(";")).explode("tie")[["article_id", "tie"]]
    covered = pd.concat([data.reports.merge(events[["event_id", "tie"]], on="event_id")[["article_id", "tie"]], judged])
    covered = pd.MultiIndex.from_frame(covered.drop_duplicates())
    covers = pd.MultiIndex.from_frame(frame[["article_id", "tie"]]).isin(covered)
    early = frame["start"] > frame["end"]
    near = related(data).merge(
        data.reports[["event_id", "article_id"]].rename(columns={"event_id": "other"}), on="other"
    )
    near = pd.MultiIndex.from_frame(frame[["event_id", "article_id"]]).isin(
        pd.MultiIndex.from_frame(near[["event_id", "article_id"]])
    )
    frame["state"] = np.select(
        [frame["status"].notna(), early, near, ~covers],
        [frame["status"], "too_early", "related", "elsewhere"],
        "silent",
    )
    frame["quoted"] = frame["quoted"].eq(True)
    frame["evidence"] = frame["evidence"].fillna(frame["article_id"])
    text = ["side", "stage", "basis"]
    frame[text] = frame[text].astype(object).fillna("")
    return frame.drop(columns=["status", "start", "end"])


def related(data: Dataset) -> pd.DataFrame:
    """Pairs of events that ``links`` ties to each other (dismissed pairs apart), both ways: event_id, other, relation."""
    event = data.claims.set_index("claim_id")["event_id"]
    links = data.links[data.links["relation"].ne("dismissed")]
    pairs = pd.DataFrame(
        {"event_id": links["a"].map(event), "other": links["b"].map(event), "relation": links["relation"]}
    ).dropna()
    both = pd.concat([pairs, pairs.rename(columns={"event_id": "other", "other": "event_id"})])
    return both[both["event_id"].ne(both["other"])].drop_duplicates(ignore_index=True)


def shared(data: Dataset, least: int = 2) -> pd.DataFrame:
    """``known`` of the specific events that ``least`` texts or more tell, with label, agreement (list), over (the attribute on which
    accounts differ), origins and k of m.

    ``agreement``: differ where accounts are ``at_odds``, or tell another stage of support, or ``links`` calls two claims on it so; agree where two or more known origins say so (an origin is a
    document, or else a text that gives some source); texts where fewer are known; one where all go back to one. k texts tell it, of the m that could.
    """
    frame = known(data)
    umbrella = data.events.loc[data.events["umbrella"], "event_id"]
    tells = ~frame["state"].isin(("silent", "related", "too_early", "elsewhere"))
    frame = frame.assign(tells=tells, could=tells | frame["state"].isin(("silent", "related")))
    sums = frame.groupby("event_id")
    frame["k"], frame["m"] = sums["tells"].transform("sum"), sums["could"].transform("sum")
    frame = frame[frame["k"].ge(least) & ~frame["event_id"].isin(umbrella)]
    documents = data.claims.groupby(["event_id", "article_id"])["origin_id"].max().rename("origin")
    frame = frame.merge(documents.reset_index(), on=["event_id", "article_id"], how="left")
    frame["origin"] = (
        frame["origin"]
        .where(frame["origin"].fillna("").ne(""), frame["article_id"])
        .where(frame["side"].isin(("yes", "no", "both")))
    )
    clash = data.links[data.links["relation"].isin(("contradiction", "modality"))]
    event = data.claims.set_index("claim_id")["event_id"]
    a, b = clash["a"].map(event), clash["b"].map(event)
    what = clash["a"].map(data.claims.set_index("claim_id")["attribute"].astype(object))[a.eq(b)]
    clash = dict(zip(a[a.eq(b)], what, strict=True))
    stages = (
        frame["stage"]
        .where(frame["side"].eq("yes") & frame["stage"].ne(""))
        .groupby(frame["event_id"])
        .transform("nunique")
    )
    denies = data.reports.loc[data.reports["no_stage"].ne(""), ["event_id", "article_id"]]
    denies = pd.MultiIndex.from_frame(frame[["event_id", "article_id"]]).isin(pd.MultiIndex.from_frame(denies))
    yes, no = frame["side"].isin(("yes", "both")), frame["side"].isin(("no", "both")) | denies

    def most(origin):  # origins that say the same: that it came about, or that it did not
        sums = [origin.where(side).groupby(frame["event_id"]).transform("nunique") for side in (yes, no)]
        return sums[0].combine(sums[1], max)

    origins, told = most(frame["origin"]), most(frame["origin"].where(frame["basis"].ne("none_given")))
    over = frame["event_id"].map(clash).astype(object).fillna("")
    frame["over"] = over.mask(stages.gt(1), "stage").mask(frame["event_id"].isin(at_odds(data)), "occurrence")
    frame["agreement"] = np.select(
        [frame["over"].ne(""), told.ge(2), origins.ge(2)], ["differ", "agree", "texts"], "one"
    )
    frame = frame.merge(data.events[["event_id", "label", "provider"]], on="event_id")
    order = {tie: i for i, tie in enumerate(data.listed("ties"))}
    frame = frame.assign(_t=frame["tie"].map(order).fillna(99)).sort_values(
        ["_t", "k", "event_id"], ascending=[True, False, True]
    )
    return frame.drop(columns="_t").reset_index(drop=True)


def at_odds(data: Dataset) -> set[str]:
    """Ids of the events that are told as having come at least as far as some text says they did not; sought, and not delivered, is no contradiction."""
    order = {stage: i for i, stage in enumerate(data.codes("quantities", "stage"))}
    told = data.reports
    came = told["stage"].map(order).fillna(np.inf).where(told["side"].isin(("yes", "both")))
    short = told["no_stage"].map(order).fillna(-1).where(told["side"].isin(("no", "both")) | told["no_stage"].ne(""))
    sums = pd.DataFrame({"came": came, "short": short}).groupby(told["event_id"]).agg({"came": "max", "short": "min"})
    return set(sums.index[sums["came"] >= sums["short"]])


def case(data: Dataset) -> pd.DataFrame:
    """What each text leads with, in its title, standfirst and first body paragraph, and whether any other text tells it.

    One row a text and event of the four states, or judgement: article_id, kind (event, judgement), row_id, label, state (confirmed: another text says so too; denied;
    alone: others could, none says so; nobody: no other could know), others (their ids), evidence. A judgement is confirmed where another text leans the
    same way on the same tie and aspect, denied where all others that judge it lean the other way.
    """
    places = data.sentences
    body = places[places["zone"].eq("body")].groupby("article_id")["paragraph"].transform("min")
    lead = places[places["zone"].isin(("title", "standfirst")) | places["paragraph"].eq(body.reindex(places.index))]
    claims = data.claims[
        data.claims["sentence_ids"]
        .str.split(";")
        .map(lambda ids: bool(set(ids) & set(lead["sentence_id"])))
        .astype(bool)
    ]
    state = known(data)
    own = claims.groupby(["article_id", "event_id"])["claim_id"].agg(joined).rename("evidence").reset_index()
    own = own[own["event_id"].isin(state["event_id"])]
    side = data.reports.set_index(["event_id", "article_id"])["side"].rename("own_side")
    own = own.merge(side.reset_index(), on=["event_id", "article_id"])
    others = own[["article_id", "event_id", "own_side"]].merge(state, on="event_id", suffixes=("", "_o"))
    others = others[others["article_id"].ne(others["article_id_o"])]
    plain = others["side"].isin(("yes", "no")) & others["own_side"].isin(("yes", "no"))
    same, against = plain & others["side"].eq(others["own_side"]), plain & others["side"].ne(others["own_side"])
    could = ~others["state"].isin(("too_early", "elsewhere"))
    others = others.assign(
        same=same, against=against, could=could, who=others["article_id_o"].where(same | against, "")
    )
    sums = others.groupby(["article_id", "event_id"]).agg(
        same=("same", "any"), against=("against", "any"), could=("could", "any"), others=("who", joined)
    ).reset_index()  # fmt: skip
    frame = own.merge(sums, on=["article_id", "event_id"]).merge(data.events[["event_id", "label"]], on="event_id")
    frame["state"] = np.select(
        [frame["against"], frame["same"], frame["could"]], ["denied", "confirmed", "alone"], "nobody"
    )
    frame = frame.assign(kind="event", row_id=frame["event_id"])
    frame = pd.concat([frame, _lead_judgements(data, lead)], ignore_index=True)
    return frame[["article_id", "kind", "row_id", "label", "state", "others", "evidence"]].sort_values(
        ["article_id", "kind", "row_id"], ignore_index=True
    )


def _lead_judgements(data, lead):
    """The judgements of the lead, and whether another text leans the same way on the same tie and aspect."""
    frame = data.stances.assign(
        tie=data.stances["dyads"].str.split(";"), sentence=data.stances["sentence_ids"].str.split(";")
    ).explode("tie")
    keys = ["tie", "aspect"]
    own = frame.explode("sentence")
    own = own[own["sentence"].isin(lead["sentence_id"]) & own["lean"].ne("mixed")].drop_duplicates(["stance_id", "tie"])
    pairs = own.merge(frame[[*keys, "article_id", "lean"]], on=keys, suffixes=("", "_o"))
    pairs = pairs[pairs["article_id"].ne(pairs["article_id_o"]) & pairs["lean_o"].ne("mixed")]
    sums = pairs["lean"].eq(pairs["lean_o"]).groupby(pairs["stance_id"]).agg(["any", "all"])
    who = pairs.groupby("stance_id")["article_id_o"].agg(joined)
    out = own.drop_duplicates("stance_id").set_index("stance_id")[["article_id", "paraphrase"]].join(sums)
    out["state"] = np.select([out["any"].eq(True), out["any"].eq(False)], ["confirmed", "denied"], "alone")
    out = out.assign(label=out["paraphrase"], others=who, kind="judgement").rename_axis("row_id").reset_index()
    return out.assign(evidence=out["row_id"], others=out["others"].fillna(""))


def differences(data: Dataset) -> pd.DataFrame:
    """Where accounts differ, both sides beside each other: claims that ``links`` calls contradictory or differing in firmness, amounts
    that may be one, one row an event and kind; and judgements that pull apart across texts, one row a tie and aspect (the two most extreme).
    ``n`` is how many pairs a row stands for.

    Columns: kind, event_id, topic, tie, article_a, who_a, says_a, article_b, who_b, says_b, note, n, evidence.
    """
    claims = data.claims.set_index("claim_id")
    amounts = set(data.quantities.loc[data.quantities["stage"].notna(), "claim_id"])
    links = data.links[data.links["a"].isin(claims.index) & data.links["b"].isin(claims.index)]
    both = links["a"].isin(amounts) & links["b"].isin(amounts)
    links = links[links["relation"].isin(("contradiction", "modality")) | both]
    frame = _sides(links, claims)
    event = links["a"].map(claims["event_id"])
    frame["kind"], frame["event_id"] = links["relation"].astype(object), event
    frame["topic"] = event.map(data.events.set_index("event_id")["label"])
    frame["tie"] = event.map(data.events.set_index("event_id")["tie"])
    frame["n"] = frame.groupby(["kind", "event_id"])["a"].transform("size")
    ids = frame.groupby(["kind", "event_id"])["evidence"].transform(joined)
    frame = frame.assign(evidence=ids).drop_duplicates(["kind", "event_id"])
    return pd.concat([frame, _opposed(data)], ignore_index=True).drop(columns="a").fillna({"event_id": ""})


def _sides(links, rows):
    """Both sides of links, from a frame with article_id, voice and paraphrase indexed by row id."""
    out = {"a": links["a"], "note": links["note"], "evidence": links["a"] + ";" + links["b"]}
    for side in "ab":
        for name, column in (("article", "article_id"), ("who", "voice"), ("says", "paraphrase")):
            out[f"{name}_{side}"] = links[side].map(rows[column])
    return pd.DataFrame(out)


def _opposed(data):
    stances = data.stances.set_index("stance_id")
    links = data.links[data.links["relation"].eq("differing")]
    for side in "ab":
        for column in ("dyads", "aspect", "article_id", "strength"):
            links = links.assign(**{f"{column}_{side}": links[side].map(stances[column]).astype(object)})
    links = links[links["article_id_a"].ne(links["article_id_b"]) & links["aspect_a"].eq(links["aspect_b"])]
    a, b = links["dyads_a"].str.split(";"), links["dyads_b"].str.split(";")
    links = (
        links.assign(tie=[[t for t in x if t in y] for x, y in zip(a, b, strict=True)])
        .explode("tie")
        .dropna(subset=["tie"])
    )
    gap = (
        (links["strength_a"].astype(int) - links["strength_b"].astype(int)).abs()
        if len(links)
        else pd.Series(dtype=int)
    )
    links = links.assign(gap=gap).sort_values(["gap", "a", "b"], ascending=[False, True, True])
    groups = (links["a"] + ";" + links["b"]).groupby([links["tie"], links["aspect_a"]])
    links = links.assign(n=groups.transform("size"), ids=groups.transform(joined)).drop_duplicates(["tie", "aspect_a"])
    frame = _sides(links, stances).assign(evidence=links["ids"])
    return frame.assign(kind="differing", topic=links["aspect_a"], tie=links["tie"], n=links["n"])


def dated_apart(data: Dataset) -> pd.DataFrame:
    """Events that two texts or more date, with each text's own bounds: event_id, label, tie, provider, article_id, start, end, said, clash, evidence.

    ``clash``: a "recently" that ``links`` calls a contradiction of another date; it stands in a row of its own.
    """
    claims = data.claims[data.claims["attribute"].eq("date") & data.claims["polarity"].ne("no")]
    against = data.links[data.links["relation"].eq("contradiction")]
    vague = claims["value_basis"].eq("none")
    claims = claims.assign(clash=vague & claims["claim_id"].isin([*against["a"], *against["b"]]))
    groups = claims[~vague | claims["clash"]].groupby(["event_id", "article_id", "clash"])
    frame = groups.agg(
        start=("start", "max"), end=("end", "min"), said=("value", joined), evidence=("claim_id", joined)
    ).reset_index()
    frame = frame[frame.groupby("event_id")["article_id"].transform("nunique").ge(2)]
    frame = frame.merge(data.events[["event_id", "label", "tie", "provider"]], on="event_id")
    return frame.sort_values(["event_id", "article_id", "clash"], ignore_index=True)


def origins(data: Dataset) -> pd.DataFrame:
    """How much stands on one document: one row an origin: origin_id, name, texts, events, judgements, n, article_id, evidence."""
    told = data.claims[data.claims["origin_id"].ne("")]
    judged = data.stances[data.stances["origin_id"].ne("")]
    events = told.groupby("origin_id").agg(
        events=("event_id", "nunique"), event_id=("event_id", joined), a=("claim_id", joined)
    )
    stances = judged.groupby("origin_id").agg(judgements=("stance_id", "nunique"), stance_id=("stance_id", joined))
    texts = (
        pd.concat([told, judged])
        .groupby("origin_id")
        .agg(texts=("article_id", "nunique"), article_id=("article_id", joined))
    )
    frame = (
        data.origins.set_index("origin_id")[["publisher", "title"]]
        .join([events, stances, texts])
        .dropna(subset=["texts"])
    )
    frame[["events", "judgements"]] = frame[["events", "judgements"]].fillna(0).astype(int)
    frame[["event_id", "stance_id", "a"]] = frame[["event_id", "stance_id", "a"]].fillna("")
    frame["evidence"] = (frame["a"] + ";" + frame["stance_id"]).str.strip(";")
    frame["name"] = frame["publisher"].where(frame["publisher"].ne(""), frame["title"])
    frame["n"] = frame["events"] + frame["judgements"]
    frame = frame.sort_values(["n", "name"], ascending=[False, True]).reset_index()
    return frame[
        [
            "origin_id",
            "name",
            "title",
            "texts",
            "events",
            "judgements",
            "n",
            "event_id",
            "stance_id",
            "article_id",
            "evidence",
        ]
    ]


def gaps(data: Dataset) -> pd.DataFrame:
    """Items of support that one text alone tells, the texts that could and are silent, and the record that would settle each.

    Columns: those of ``reports``, label, tie, provider, domain, could (texts that could know and are silent), record, evidence.
    """
    items = data.items[data.items["kind"].eq("given")]
    told = data.reports.merge(items[["event_id", "label", "tie", "provider", "domain", "item"]], on="event_id")
    told = told[told.groupby("event_id")["article_id"].transform("nunique").eq(1)]
    silent = known(data)
    silent = silent[silent["state"].eq("silent")].groupby("event_id")["article_id"].agg(joined).rename("could")
    frame = told.merge(silent.reset_index(), on="event_id", how="left").fillna({"could": ""})
    by_item = frame["item"].astype(object).map(data.codes("flows", "item", "record"))
    frame["record"] = by_item.fillna(
        frame["domain"].astype(object).map(data.codes("events", "domain", "record"))
    ).fillna("")
    frame["domain"] = frame["domain"].astype(str)
    columns = [*data.reports.columns.drop("evidence"), *"label tie provider domain could record evidence".split()]
    return frame[columns].sort_values(["tie", "event_id"], ignore_index=True)


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
    claims["value"] = claims["value"].mask(kind, claims["claim_id"].map(amount).astype(object).fillna(""))
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
    claims = claims[["claim_id", "origin_id", "sentence_id"]].merge(
        data.sentences[["sentence_id", "article_id", "zone"]], on="sentence_id"
    )
    note = claims["zone"].eq("note")
    columns = ["claim_id", "article_id", "origin_id"]
    pairs = claims.loc[~note, columns].merge(
        claims.loc[note, columns], on=["article_id", "origin_id"], suffixes=("_a", "_b")
    )
    return _named(pairs, "claim_id", "the text and the endnote it cites")


def _events(data: Tables) -> pd.DataFrame:
    events = data.events[data.events["event_id"].isin(data.claims["event_id"])]
    item = data.flows.set_index("event_id")["item"].astype(str)
    frame = events[["event_id", "event_type"]].assign(item=events["event_id"].map(item).astype(object).fillna(""))
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
    rows = rows[rows["span"].map(lambda s: s.days is not None and s.days <= MONTH).astype(bool)]
    rows = rows.assign(start=[s.start for s in rows["span"]], end=[s.end for s in rows["span"]]).drop(columns="span")
    pairs = rows.merge(rows, on="key", suffixes=("_a", "_b"))
    meet = (pairs["start_a"] <= pairs["end_b"]) & (pairs["start_b"] <= pairs["end_a"])
    return {frozenset(p) for p in zip(pairs["event_id_a"][meet], pairs["event_id_b"][meet], strict=True)}
