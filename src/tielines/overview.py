"""Who is given a voice, what the articles tell, and what of the texts is coded."""

from dataclasses import replace

import pandas as pd

from tielines import proofs
from tielines.tables import Tables
from tielines.timelines import article_of, event_dates, publication

SOURCING = {  # basis: how a reader may trace it
    "document": "named",
    "named": "named",
    "own_interview": "named",
    "unnamed": "unnamed",
    "inference": "author's inference",
    "none_given": "none given",
}

SOURCING_ORDER = ("named", "unnamed", "author's inference", "none given")
STATES = (
    "has a claim",
    "judges a tie or gives a reason",
    "no fact of its own",
    "endnote",
    "heading, byline, page furniture",
    "not in this selection",
    "missing",
)


def sourcing(data: Tables) -> pd.DataFrame:
    """Events each article tells, by the best source it gives: article_id, sourcing, n, of, evidence.

    ``of`` is the number of events that the article tells; an event counts once, at its best source.
    """
    claims = data.claims.assign(article_id=article_of(data.claims))
    best = claims.sort_values("basis").drop_duplicates(["article_id", "event_id"])
    best["sourcing"] = best["basis"].map(SOURCING).astype(str)
    frame = best.groupby(["article_id", "sourcing"]).agg(n=("event_id", "nunique"), evidence=("event_id", ";".join))
    frame["of"] = frame.groupby("article_id")["n"].transform("sum")
    return frame.reset_index()


def voices(data: Tables) -> pd.DataFrame:
    """Events told in a voice other than the author's: who speaks, in which article.

    One row an article, country and kind (``who``) of the innermost speaker; ``n`` events, of which
    ``quoted`` have a claim in a sentence with words in quotation marks; evidence: claim ids.
    """
    claims = data.claims.assign(
        article_id=article_of(data.claims), actor_id=data.claims["speaker"].str.split("_").str[0]
    )
    claims = claims[claims["actor_id"].ne("AUTHOR")].merge(data.actors, on="actor_id")
    marked = set(data.sentences.loc[data.sentences["quoted_words"].gt(0), "sentence_id"])
    claims["quoted"] = claims["sentence_ids"].str.split(";").map(lambda ids: bool(marked & set(ids)))
    states = data.actors[data.actors["kind"].eq("state")].set_index("iso3")["name"]
    claims["country"] = claims["iso3"].map(states).fillna(claims["iso3"]).replace("", "country not said")
    claims["event"] = claims["event_id"].where(claims["quoted"])
    groups = claims.groupby(["article_id", "country", "kind"], observed=True)
    out = groups.agg(n=("event_id", "nunique"), quoted=("event", "nunique"), evidence=("claim_id", ";".join))
    out = out.reset_index()
    return out.assign(who=out["country"].astype(str) + ", " + out["kind"].astype(str))


def reach(data: Tables) -> pd.DataFrame:
    """The events that each article itself dates: article_id, label_article, event_id, label, start, end, evidence."""
    rows = []
    for text in publication(data.articles).itertuples():
        own = replace(data, claims=data.claims[article_of(data.claims).eq(text.article_id)])
        dated = event_dates(own).dropna(subset=["end"]).sort_values(["end", "event_id"])
        rows.append(dated.assign(article_id=text.article_id, label_article=text.label))
    columns = ["article_id", "label_article", "event_id", "label", "start", "end", "evidence"]
    return pd.concat(rows)[columns].reset_index(drop=True) if rows else pd.DataFrame(columns=columns)


def audit(data: Tables) -> pd.DataFrame:
    """Each sentence of each text, once, by what became of it: article_id, state, n, evidence."""
    claimed = {s for ids in data.claims["sentence_ids"] for s in ids.split(";")}
    whole = data.uncoded["sentence_id"].tolist()
    judged = {s for table in (data.stances, data.reasons) for ids in table["sentence_ids"] for s in ids.split(";")}

    def state(row):
        if row.zone in ("note", *proofs.SILENT):
            return "endnote" if row.zone == "note" else "heading, byline, page furniture"
        if row.sentence_id in claimed:
            return "has a claim"
        if row.sentence_id in judged:
            return "judges a tie or gives a reason"
        return (
            "no fact of its own"
            if row.sentence_id in whole
            else ("not in this selection" if data.filters else "missing")
        )

    frame = data.sentences.assign(state=[state(row) for row in data.sentences.itertuples()])
    groups = frame.groupby(["article_id", "state"])
    return groups.agg(n=("sentence_id", "size"), evidence=("sentence_id", ";".join)).reset_index()


def card(data: Tables, claim_id: str) -> pd.DataFrame:
    """One claim with its labels, field by field: field, value, meaning, evidence."""
    if claim_id not in set(data.claims["claim_id"]):
        return pd.DataFrame(columns=["field", "value", "meaning", "evidence"])
    claim = data.claims.set_index("claim_id").loc[claim_id]
    event = data.events.set_index("event_id").loc[claim["event_id"]]
    from tielines.tables import codes

    rows = [
        ("sentence", claim["sentence_ids"], "article, paragraph, sentence"),
        ("event", f"{claim['event_id']} {event['label']}", "what it is about"),
        ("speaker", claim["speaker"], "who says it, innermost first"),
        ("basis", claim["basis"], codes("claims", "basis")[claim["basis"]]),
        ("factuality", claim["factuality"], codes("claims", "factuality")[claim["factuality"]]),
        (claim["attribute"], claim["value"], codes("claims", "attribute")[claim["attribute"]]),
        ("paraphrase", claim["paraphrase"], "in our own words"),
    ]
    for q in data.quantities[data.quantities["claim_id"].eq(claim_id)].itertuples():
        amount = "–".join(dict.fromkeys(f"{v:,.0f}" for v in (q.low, q.best, q.high) if v == v))
        rows.insert(6, ("amount", f"{amount} {q.unit}", codes("quantities", "qualifier")[q.qualifier]))
    return pd.DataFrame(rows, columns=["field", "value", "meaning"]).assign(evidence=claim_id)


def example(data: Tables) -> str:
    """A claim fit to show how claims read: the largest exact mass of a gift, else the first claim."""
    gifts = data.flows.loc[data.flows["terms"].eq("gift"), "event_id"]
    claims = data.claims[data.claims["event_id"].isin(gifts)]
    exact = data.quantities[data.quantities["qualifier"].eq("exact") & data.quantities["measure"].eq("mass")]
    exact = exact[exact["claim_id"].isin(claims["claim_id"])].sort_values("best", kind="stable")
    return exact["claim_id"].iloc[-1] if len(exact) else data.claims["claim_id"].min()
