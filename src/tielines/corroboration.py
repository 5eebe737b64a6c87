"""Where accounts meet: who else tells it, who could have, where they part; the pairs that a reader must look at."""

from itertools import combinations

import narwhals as nw
import numpy as np
import pandas as pd

from tielines import tables, timelines
from tielines.dataset import Dataset, among, any_frames, bridge, dated, joined, kept, native, rank, small, strung
from tielines.tables import Tables

__all__ = (
    "at_odds candidates case dated_apart differences gaps k_of_m k_of_m_by_digit known open_candidates origins owed related shared"
).split()


def __dir__():
    return __all__


UNTOLD = "silent", "related", "too_early", "uncoded", "elsewhere"  # states of ``known`` of a text that does not tell it
MONTH = 31  # days; two events share a date where both are dated as closely as that and the dates meet


@kept
def known(data: Dataset) -> pd.DataFrame:
    """Every event of the four states' ties and every text: what it says, or whether it could have known.

    ``state``: a status (list ``status``), or silent, related (it tells of an event that ``links`` ties to this one), too_early (the event's earliest date lies after the publication), uncoded (the text is
    coded in part, so that nothing is known of its silence) or elsewhere (the text covers no event and judges nothing at that tie). Columns: event_id, article_id, tie, state, side, stage, quoted, basis, evidence.
    """
    events = data.events[data.events["in_scope"] & data.events["tie"].ne("")]
    frame = (
        events[["event_id", "tie"]]
        .merge(timelines.starts(data), on="event_id", how="left")
        .merge(data.articles[["article_id", "end", "coverage"]], how="cross")
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
        [frame["status"].notna(), early, near, frame["coverage"].ne("full"), ~covers],
        [frame["status"], "too_early", "related", "uncoded", "elsewhere"],
        "silent",
    )
    frame["quoted"] = frame["quoted"].eq(True)
    frame["evidence"] = frame["evidence"].fillna(frame["article_id"])
    text = ["side", "stage", "basis"]
    frame[text] = frame[text].astype(object).fillna("")
    return frame.drop(columns=["status", "start", "end", "coverage"])


def k_of_m(data: Dataset, digit: str = ""):
    """How many texts tell of an event, and how many could: event_id, k, m; events of the four states' ties alone.

    The same as counting the rows of ``known``, which are events × texts: here the texts of a tie are counted once, from the last
    publication back, and what that misses is added: who tells of an event before its time, who tells of a related one only.
    ``digit``: only of events whose id ends so; see ``k_of_m_by_digit``.
    """
    ours = nw.col("event_id").str.ends_with(digit)
    events, texts, told = *any_frames(data, "events", "articles"), nw.from_native(tellings(data))
    events = events.filter(ours & nw.col("in_scope") & (nw.col("tie") != "")).select("event_id", "tie")
    texts = texts.select("article_id", "end", part=(nw.col("coverage") != "full").cast(nw.Int64))
    covered, keys = nw.from_native(covers(data)), ["event_id", "article_id"]
    near = nw.from_native(related(data)).filter(ours).select("event_id", "other").join(events, on="event_id")
    near = near.join(told.rename({"event_id": "other"}), on="other")
    near = near.join(covered, on=["article_id", "tie"], how="anti")  # the first to leave most rows out
    told = told.filter(ours)
    near = _distinct(near, keys).join(told, on=keys, how="anti")
    both = nw.concat([told.with_columns(k=nw.lit(1, nw.Int64)), near.with_columns(k=nw.lit(0, nw.Int64))])
    starts = nw.from_native(timelines.starts(data)).filter(ours)
    frame = events.join(starts, on="event_id", how="left")
    frame = frame.join(both.join(texts, on="article_id"), on="event_id", how="left")
    early = (nw.col("start") > nw.col("end")).fill_null(False).cast(nw.Int64)
    more = nw.when(nw.col("k") == 1).then(nw.max_horizontal(early, "part")).otherwise(1 - early)
    frame = frame.with_columns(more=nw.when(nw.col("k").is_null()).then(0).otherwise(more))
    frame = frame.group_by("event_id", "tie", "start").agg(nw.col("k").sum(), nw.col("more").sum())
    since, every = _published(covered.join(texts.drop("part"), on="article_id"), data)
    frame = frame.join(since, on=["tie", "start"], how="left").join(every, on="tie", how="left")
    could = nw.when(nw.col("start").is_null()).then("every").otherwise("since")
    frame = frame.with_columns(m=could.fill_null(0) + nw.col("more"))
    return native(frame.select("event_id", *(nw.col(c).fill_null(0).cast(nw.Int64) for c in ("k", "m"))), data)


def k_of_m_by_digit(data: Dataset):
    """``k_of_m`` of the events whose id ends in 0, in 1 and so on, one result after another: what one query would not hold.

    What they rest on in common is worked out first, past memory into tables of the engine.
    """
    if hasattr(data, "settle"):
        data.settle(tellings, covers, related, timelines.starts)
    return (k_of_m(data, digit) for digit in "0123456789")


@kept
def tellings(data: Dataset):
    """Which text tells of which event, however many claims say it: event_id, article_id."""
    return native(_distinct(any_frames(data, "claims")[0], ["event_id", "article_id"]), data)


@kept
def covers(data: Dataset):
    """Which text, of those coded in full, tells of an event or judges something at a tie: article_id, tie; of the others only what they tell is known."""
    events, texts, stances = any_frames(data, "events", "articles", "stances")
    events = events.filter(nw.col("in_scope") & (nw.col("tie") != "")).select("event_id", "tie")
    told = nw.from_native(tellings(data)).join(events, on="event_id").select("article_id", "tie")
    judged = stances.join(nw.from_native(bridge(data.stances, "stance_id", "dyads", "tie")), on="stance_id")
    covered = nw.concat([told, judged.select("article_id", "tie")])
    covered = among(covered, texts.filter(nw.col("coverage") == "full"), "article_id")
    return native(_distinct(covered, ["article_id", "tie"]), data)


def _published(covered, data: Dataset):
    """How many texts of a tie were published on a day or later (tie, start, since), and in all (tie, every)."""
    out = covered.select("tie", day="end", kind=nw.lit(1), n=nw.lit(1))
    every = out.group_by("tie").agg(nw.col("n").sum()).select("tie", every="n")
    spans = nw.from_native(data.spans if hasattr(data, "spans") else dated(data, data.claims))
    days = _distinct(spans.filter(~nw.col("start").is_null()), ["start"]).join(every.select("tie"), how="cross")
    days = days.select("tie", day="start", kind=nw.lit(0), n=nw.lit(0))
    line = nw.concat([out, days]).group_by("tie", "day", "kind").agg(nw.col("n").sum())  # as many rows as days
    since = nw.col("n").cum_sum(reverse=True).over("tie", order_by=["day", "kind"])
    line = line.with_columns(since=since).filter(nw.col("kind") == 0)
    return line.select("tie", "since", start="day"), every


def _distinct(frame, keys: list[str]):
    """The different values of some columns; by groups, as a window over all rows would not stay in memory."""
    return frame.group_by(*keys).agg(nw.len().alias("_n")).select(keys)


@kept
def related(data: Dataset):
    """Pairs of events that ``links`` ties to each other (dismissed pairs apart), both ways: event_id, other, relation."""
    claims, links = any_frames(data, "claims", "links")
    event = claims.select("claim_id", "event_id")
    pairs = links.filter(nw.col("relation") != "dismissed").join(event, left_on="a", right_on="claim_id")
    pairs = pairs.join(event.rename({"event_id": "other"}), left_on="b", right_on="claim_id")
    pairs = pairs.filter(nw.col("event_id") != nw.col("other")).select("event_id", "other", "relation")
    back = pairs.select(event_id="other", other="event_id", relation="relation")
    return native(_distinct(nw.concat([pairs, back]), ["event_id", "other", "relation"]), data)


@kept
def shared(data: Dataset, least: int = 2) -> pd.DataFrame:
    """``known`` of the specific events that ``least`` texts or more tell, with label, agreement (list), over (the attribute on which
    accounts differ), origins and k of m.

    ``agreement``: differ where accounts are ``at_odds``, or a text tells of less than one before it, or ``links`` calls two claims of two texts on it so; agree where two or more known origins say so (an origin is a
    document, or else a text that gives some source); texts where fewer are known; steps where each tells of another step that the other does not rule out: sought, and not delivered; agreed, and later delivered; one where all go back to one. k texts tell it, of the m that could.
    """
    frame = known(data)
    umbrella = data.events.loc[data.events["umbrella"], "event_id"]
    tells = ~frame["state"].isin(UNTOLD)
    frame = frame.assign(tells=tells, could=tells | frame["state"].isin(("silent", "related")))
    frame[["k", "m"]] = frame.groupby("event_id")[["tells", "could"]].transform("sum")  # as ``k_of_m`` counts them
    frame = frame[frame["k"].ge(least) & ~frame["event_id"].isin(umbrella)]
    documents = data.claims[[*(keys := ["event_id", "article_id"]), "origin_id"]].sort_values("origin_id")
    documents = documents.drop_duplicates(keys, keep="last").rename(columns={"origin_id": "origin"})
    frame = frame.merge(documents, on=keys, how="left")
    frame["origin"] = (
        frame["origin"]
        .where(frame["origin"].fillna("").ne(""), frame["article_id"])
        .where(frame["side"].isin(("yes", "no", "both")))
    )
    clash, own = (
        data.links[data.links["relation"].isin(("contradiction", "modality"))],
        data.claims.set_index("claim_id"),
    )
    clash = clash[clash["a"].map(own["article_id"]).ne(clash["b"].map(own["article_id"]))]
    a, b = clash["a"].map(own["event_id"]), clash["b"].map(own["event_id"])
    what = clash["a"].map(own["attribute"].astype(object))[a.eq(b)]
    clash = dict(zip(a[a.eq(b)], what, strict=True))
    less = _told_back(frame, data)
    steps = frame["stage"].where(frame["side"].isin(("yes", "both")) & frame["stage"].ne(""))
    steps = steps.groupby(frame["event_id"]).transform("nunique").gt(1)
    denies = data.reports.loc[data.reports["no_stage"].ne(""), ["event_id", "article_id"]]
    denies = pd.MultiIndex.from_frame(frame[["event_id", "article_id"]]).isin(pd.MultiIndex.from_frame(denies))
    yes, no = frame["side"].isin(("yes", "both")), frame["side"].isin(("no", "both")) | denies

    def most(origin):  # origins that say the same: that it came about, or that it did not
        sums = [origin.where(side).groupby(frame["event_id"]).transform("nunique") for side in (yes, no)]
        return sums[0].combine(sums[1], max)

    origins, told = most(frame["origin"]), most(frame["origin"].where(frame["basis"].ne("none_given")))
    over = frame["event_id"].map(clash).astype(object).fillna("")
    frame["over"] = over.mask(frame["event_id"].isin(less), "stage").mask(
        frame["event_id"].isin(at_odds(data, across=True)), "occurrence"
    )
    apart = [side.groupby(frame["event_id"]).transform("any") for side in (yes, no)]
    frame["agreement"] = np.select(
        [frame["over"].ne(""), steps, told.ge(2), origins.ge(2), apart[0] & apart[1]],
        ["differ", "steps", "agree", "texts", "steps"],
        "one",
    )
    frame = frame.merge(data.events[["event_id", "label", "provider"]], on="event_id")
    order = {tie: i for i, tie in enumerate(data.listed("ties"))}
    frame = frame.assign(_t=frame["tie"].map(order).fillna(99)).sort_values(
        ["_t", "k", "event_id"], ascending=[True, False, True]
    )
    return frame.drop(columns="_t").reset_index(drop=True)


def _told_back(frame, data: Dataset) -> set[str]:
    """Ids of the events of ``known`` of which a text affirms a stage less advanced than one affirmed by a text that was out by then."""
    order = {stage: i for i, stage in enumerate(data.codes("quantities", "stage"))}
    far = frame.assign(far=frame["stage"].map(order)).loc[frame["side"].eq("yes"), ["event_id", "article_id", "far"]]
    far = far.dropna().merge(data.articles[["article_id", "end"]], on="article_id")
    pairs = far.merge(far, on="event_id", suffixes=("", "_b"))
    return set(pairs["event_id"][pairs["end"].le(pairs["end_b"]) & pairs["far"].gt(pairs["far_b"])])


@kept
def at_odds(data: Dataset, across: bool = False) -> set[str]:
    """Ids of the events that are told as having come at least as far as some text says they did not; sought, and not delivered, is no
    contradiction, nor what a later text dates after the one that denies it was out. ``across``: by two texts, not by one that tells both."""
    order = {stage: i for i, stage in enumerate(data.codes("quantities", "stage"))}
    told = data.reports.merge(data.articles[["article_id", "end"]], on="article_id")
    told = told.merge(timelines.starts(data), on="event_id", how="left")
    came = told["stage"].map(order).fillna(np.inf).where(told["side"].isin(("yes", "both")))
    short = told["no_stage"].map(order).fillna(-1).where(told["side"].isin(("no", "both")) | told["no_stage"].ne(""))
    told = told.assign(came=came, short=short)[["event_id", "article_id", "start", "end", "came", "short"]]
    pairs = told.dropna(subset="came").merge(told.dropna(subset="short"), on="event_id", suffixes=("", "_b"))
    pairs = pairs[~(across & pairs["article_id"].eq(pairs["article_id_b"]))]
    return set(pairs["event_id"][pairs["came"].ge(pairs["short_b"]) & ~pairs["start"].gt(pairs["end_b"])])


@kept
def case(data: Dataset) -> pd.DataFrame:
    """What each text leads with, in its title, standfirst and first body paragraph, and whether any other text tells it.

    One row a text and event of the four states, or judgement: article_id, kind (event, judgement), row_id, label, state (confirmed: another text says so too; denied;
    alone: others could, none says so; nobody: no other could know), others (their ids), evidence. A judgement is confirmed where another text leans the
    same way on the same tie and aspect, denied where all others that judge it lean the other way.
    """
    places = data.sentences
    body = places[places["zone"].eq("body")].groupby("article_id")["paragraph"].transform("min")
    lead = places[places["zone"].isin(("title", "standfirst")) | places["paragraph"].eq(body.reindex(places.index))]
    first = set(lead["sentence_id"])
    leads = data.claims["sentence_ids"].map(lambda ids: not first.isdisjoint(ids.split(";")))
    claims = data.claims[leads.astype(bool)]
    state = known(data)
    own = strung(claims, ["article_id", "event_id"], "claim_id").rename("evidence").reset_index()
    own = own[own["event_id"].isin(state["event_id"])]
    side = data.reports.set_index(["event_id", "article_id"])["side"].rename("own_side")
    own = own.merge(side.reset_index(), on=["event_id", "article_id"])
    others = own[["article_id", "event_id", "own_side"]].merge(state, on="event_id", suffixes=("", "_o"))
    others = others[others["article_id"].ne(others["article_id_o"])]
    plain = others["side"].isin(("yes", "no")) & others["own_side"].isin(("yes", "no"))
    same, against = plain & others["side"].eq(others["own_side"]), plain & others["side"].ne(others["own_side"])
    could = ~others["state"].isin(("too_early", "uncoded", "elsewhere"))
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
    who = strung(pairs, "stance_id", "article_id_o")
    out = own.drop_duplicates("stance_id").set_index("stance_id")[["article_id", "paraphrase"]].join(sums)
    out["state"] = np.select([out["any"].eq(True), out["any"].eq(False)], ["confirmed", "denied"], "alone")
    out = out.assign(label=out["paraphrase"], others=who, kind="judgement").rename_axis("row_id").reset_index()
    return out.assign(evidence=out["row_id"], others=out["others"].fillna(""))


@kept
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


@kept
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


@kept
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


@kept
def gaps(data: Dataset) -> pd.DataFrame:
    """Items of support that one text alone tells, the texts that could and are silent, and the record that would settle each.

    Columns: those of ``reports``, label, tie, provider, domain, could (texts that could know and are silent), record, evidence.
    """
    items = data.items[data.items["kind"].eq("given")]
    told = data.reports.merge(items[["event_id", "label", "tie", "provider", "domain", "item"]], on="event_id")
    told = told[told.groupby("event_id")["article_id"].transform("nunique").eq(1)]
    silent = known(data)
    silent = strung(silent[silent["state"].eq("silent")], "event_id", "article_id").rename("could")
    frame = told.merge(silent.reset_index(), on="event_id", how="left").fillna({"could": ""})
    by_item = frame["item"].astype(object).map(data.codes("flows", "item", "record"))
    frame["record"] = by_item.fillna(
        frame["domain"].astype(object).map(data.codes("events", "domain", "record"))
    ).fillna("")
    frame["domain"] = frame["domain"].astype(str)
    columns = [*data.reports.columns.drop("evidence"), *"label tie provider domain could record evidence".split()]
    return frame[columns].sort_values(["tie", "event_id"], ignore_index=True)


@kept
def candidates(data: Tables, near: bool = False):
    """Every pair that must have a row in ``links``: a, b, why, sorted; ids of events in pairs of events.

    Two claims on one event and attribute (one measure, one term) whose value, amount or polarity differ; two
    judgements that share a tie, where three together share with their pairs, and lean opposite ways; a
    claim of the body and one of the endnote it cites; two events that share a party on each side and the
    item, or the type where they are not both support, or the date. ``near``: only pairs of one event or one text, whose
    number grows as the rows do; that of the others grows as their square.
    """
    claims, notes = _claims(data), _endnotes(data)
    parts = [claims, notes.join(claims, on=["a", "b"], how="anti")]
    parts += [] if near else [_judgements(data), _events(data)]
    frame = native(nw.concat([part.select("a", "b", "why") for part in parts]), data)
    return frame.sort_values(["a", "b"], ignore_index=True) if small(data) else frame


@kept
def open_candidates(data: Tables, near: bool = False):
    """The candidates that have no row in ``links``; a pair of events is met by a link of two of their claims."""
    claims, links = any_frames(data, "claims", "links")
    event = claims.select("claim_id", "event_id")
    links = links.select("a", "b")
    pairs = links.join(event, left_on="a", right_on="claim_id")
    pairs = pairs.join(event, left_on="b", right_on="claim_id", suffix="_b").select(a="event_id", b="event_id_b")
    links = nw.concat([links, pairs])
    links = nw.concat([links, links.select(a="b", b="a")])
    found = candidates(data, near)
    found = nw.from_native(found).join(links, on=["a", "b"], how="anti").to_native()
    return found.reset_index(drop=True) if small(data) else found


def owed(data: Tables, near: bool = False):
    """The open candidates of the texts with coverage full; a text coded in part owes no row in ``links``."""
    full = any_frames(data, "articles")[0].filter(nw.col("coverage").cast(nw.String) == "full")
    full = full.select(_text="article_id")
    own = {}
    for name in ("claims", "stances"):
        frame = any_frames(data, name)[0].with_columns(_text=nw.col("sentence_ids").str.replace_all(r"\..*", ""))
        own[name] = among(frame, full, "_text").drop("_text").to_native()
    events = nw.from_native(own["claims"]).select("event_id")
    own["events"] = among(any_frames(data, "events")[0], events, "event_id").to_native()
    rest = {name: table for name, table in vars(data).items() if name != "held"}
    return open_candidates(type(data)(**rest | own), near)


def _pairs(frame, keys: list[str], row_id: str):
    """Each two rows that share the keys once: columns with and without the suffix _b, ids as a and b, a the smaller."""
    both = frame.join(frame, on=keys, suffix="_b").filter(nw.col(row_id) < nw.col(f"{row_id}_b"))
    return both.rename({row_id: "a", f"{row_id}_b": "b"})


def _claims(data: Tables):
    claims, amounts = any_frames(data, "claims", "quantities")
    bounds = [nw.col(c).cast(nw.String).fill_null("") for c in ("low", "best", "high")]
    amounts = amounts.select("claim_id", amount=nw.concat_str(nw.col("unit").cast(nw.String), *bounds, separator="/"))
    measured = nw.col("attribute").is_in(("term", "quantity"))  # there the value says what kind of term or measure
    claims = claims.select(
        "claim_id",
        "event_id",
        "value",
        attribute=nw.col("attribute").cast(nw.String),
        side=nw.col("factuality").cast(nw.String).str.slice(-1),
    ).with_columns(measured=measured)
    claims = claims.join(amounts, on="claim_id", how="left").select(
        "claim_id",
        "event_id",
        "attribute",
        "side",
        kind=nw.when("measured").then("value").otherwise(nw.lit("")),
        text=nw.when("measured").then(nw.col("amount").fill_null("")).otherwise("value"),
    )
    pairs = _pairs(claims, ["event_id", "attribute", "kind"], "claim_id")
    another = nw.col("text") != nw.col("text_b")
    why = nw.concat_str(nw.lit("one event, another "), nw.col("attribute"))
    why = nw.when(another).then(why).otherwise(nw.lit("one event, told as so and as not so or open"))
    return pairs.filter(another | (nw.col("side") != nw.col("side_b"))).with_columns(why=why)


def _judgements(data: Tables):
    path = getattr(data, "path", tables.DATA)
    states = list(tables.listed("states", path))
    order = list(tables.codes("stances", "strength", path))
    named = {state: nw.col("tie").str.contains(state, literal=True) for state in states}
    ties = nw.from_native(bridge(data.stances, "stance_id", "dyads", "tie")).with_columns(**named)
    ties = [ties.filter(a, b).select("stance_id", tie=nw.lit(f"{a}-{b}")) for a, b in combinations(states, 2)]
    ties = nw.concat(ties).group_by("stance_id", "tie").agg(nw.len())
    lean = rank(nw.col("strength"), order) - order.index("0")
    frame = any_frames(data, "stances")[0].select("stance_id", lean=lean).join(ties, on="stance_id")
    pairs = _pairs(frame.select("stance_id", "tie", "lean"), ["tie"], "stance_id")
    pairs = pairs.filter(nw.col("lean") * nw.col("lean_b") < 0).group_by("a", "b").agg(nw.len())
    return pairs.with_columns(why=nw.lit("one tie, judged opposite ways"))


def _endnotes(data: Tables):
    claims, places = any_frames(data, "claims", "sentences")
    claims = claims.filter((nw.col("origin_id") != "") & (nw.col("basis") == "document").fill_null(False))
    claims = claims.select("claim_id", "origin_id", sentence_id=nw.col("sentence_ids").str.replace_all(";.*", ""))
    claims = claims.join(places.select("sentence_id", "article_id", "zone"), on="sentence_id")
    note, keys = (nw.col("zone") == "note").fill_null(False), ["article_id", "origin_id"]
    body, notes = claims.filter(~note).select(*keys, a="claim_id"), claims.filter(note).select(*keys, b="claim_id")
    return body.join(notes, on=keys).with_columns(why=nw.lit("the text and the endnote it cites"))


def _events(data: Tables):
    events, claims, flows = any_frames(data, "events", "claims", "flows")
    flows = flows.select("event_id", "parent_event_id", item=nw.col("item").cast(nw.String))
    events = among(events, claims, "event_id").join(flows, on="event_id", how="left")
    kind = nw.col("event_type").cast(nw.String)
    events = events.select(
        "event_id",
        "actors",
        "recipients",
        kind=kind,
        item=nw.col("item").fill_null(""),
        parent=nw.col("parent_event_id").fill_null(""),
    )
    to = nw.when(nw.col("recipients") != "").then("recipients").otherwise("actors")
    sides = events.with_columns(recipients=to).to_native()
    sides = [nw.from_native(bridge(sides, "event_id", side, side)) for side in ("actors", "recipients")]
    sides = sides[0].join(sides[1], on="event_id")
    sides = sides.filter(nw.col("actors") != "", nw.col("actors") != nw.col("recipients"))
    pairs = _pairs(sides, ["actors", "recipients"], "event_id").group_by("a", "b").agg(nw.len()).select("a", "b")
    each = events.select("event_id", "kind", "item", "parent")
    pairs = pairs.join(each, left_on="a", right_on="event_id").join(each, left_on="b", right_on="event_id", suffix="_b")
    pairs = pairs.filter(nw.col("parent") != nw.col("b"), nw.col("parent_b") != nw.col("a"))
    pairs = pairs.join(_same_days(data, pairs), on=["a", "b"], how="left")
    support = (nw.col("item") != "") & (nw.col("item_b") != "")
    alike = nw.when(support).then(nw.col("item") == nw.col("item_b")).otherwise(nw.col("kind") == nw.col("kind_b"))
    why = nw.lit("two events of the same parties alike in kind or date")
    return pairs.filter(alike | ~nw.col("meet").is_null()).with_columns(why=why)


def _same_days(data: Tables, pairs):
    """Those of the pairs that are both dated to within a month and whose dates meet: a, b, meet."""
    dated_ = nw.from_native(dated(data, data.claims)).filter(nw.col("days") <= MONTH)
    days = {side: dated_.select(**{side: "event_id", f"from_{side}": "start", f"to_{side}": "end"}) for side in "ab"}
    meet = pairs.select("a", "b").join(days["a"], on="a").join(days["b"], on="b")
    meet = meet.filter(nw.col("from_a") <= nw.col("to_b"), nw.col("from_b") <= nw.col("to_a"))
    return meet.group_by("a", "b").agg(nw.len().alias("meet"))
