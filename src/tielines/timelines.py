"""When: event dates out of date claims, how precise they are, and one story by publication.

Every measure takes and returns tidy frames; ``evidence`` holds the ids of the rows behind a row.
"""

from dataclasses import replace
from datetime import date

import pandas as pd

from tielines import dates
from tielines.tables import Tables

PROVIDERS, RECIPIENTS = ("RUS", "CHN"), ("IRN", "CUB")
FOUR = PROVIDERS + RECIPIENTS
TIES = ["RUS-IRN", "CHN-IRN", "RUS-CHN-IRN", "RUS-CUB", "CHN-CUB", "RUS-CHN-CUB"]  # the order to show
POSITIVE = ("CT+", "PR+", "PS+")  # firmest first
NEGATIVE = ("CT-", "PR-", "PS-")
PRECISIONS = ("day", "week", "month", "year", "over a year", "by a day", "no date")


def article_of(frame: pd.DataFrame, column: str = "sentence_ids") -> pd.Series:
    """The article id of each row, from its first sentence id."""
    return frame[column].str.split(".").str[0].rename("article_id")


def dyad(actors: str, recipients: str) -> str:
    """The tie an event belongs to, e.g. ``RUS-CHN-IRN``; "" where fewer than two of the four."""
    named = {*actors.split(";"), *recipients.split(";")}
    tie = [state for state in FOUR if state in named]
    return "-".join(tie) if len(tie) > 1 else ""


def publication(articles: pd.DataFrame) -> pd.DataFrame:
    """Publication bounds of each article: article_id, label, start, end (dates), evidence."""
    spans = articles["published"].map(dates.parse)
    return pd.DataFrame(
        {
            "article_id": articles["article_id"],
            "label": articles["label"],
            "start": [s.start for s in spans],
            "end": [s.end for s in spans],
            "evidence": articles["article_id"],
        }
    ).sort_values(["end", "start", "article_id"], ignore_index=True)


def as_of(articles: pd.DataFrame) -> str:
    """The latest publication bound (ISO day): what these texts can know ends there."""
    return max((d.isoformat() for d in publication(articles)["end"]), default="no day")


def firmness(factuality: pd.Series) -> str:
    """How firmly a set of claims states one thing: the firmest yes, else the firmest no, else Uu."""
    told = set(factuality)
    for code in (*POSITIVE, *NEGATIVE):
        if code in told:
            return code
    return "Uu"


def event_dates(data: Tables) -> pd.DataFrame:
    """One row an event and date; an event without date claims keeps one row without bounds.

    Where the strict bounds of an event's date claims share a day, the row holds what they share;
    where not, each date has its row and ``differing`` is true. Columns: event_id, label, domain,
    dyad, start, end (dates, None is open or undated), form, circa, differing, firmness (the
    firmest telling, or of the date where that is less firm), basis (of that telling), evidence.
    """
    events = data.events.assign(dyad=[*map(dyad, data.events["actors"], data.events["recipients"])])
    told = {k: g for k, g in data.claims.groupby("event_id", sort=False)}
    rows = []
    for event in events[events["event_id"].isin(told)].itertuples():
        claims = told[event.event_id]
        telling = claims[claims["attribute"].isin(("occurrence", "stage"))]
        telling = claims if telling.empty else telling
        firm = firmness(telling["factuality"])
        basis = telling.loc[telling["factuality"].eq(firm), "basis"].min()
        basis = telling["basis"].iloc[0] if pd.isna(basis) else basis
        head = (event.event_id, event.label, event.domain, event.dyad, event.in_scope, event.umbrella)
        for span, differing, dated in _shared(claims[claims["attribute"].eq("date")]):
            ids = ";".join(dict.fromkeys([*dated["claim_id"], *telling["claim_id"]]))
            drawn = _weaker(firm, firmness(dated["factuality"])) if len(dated) else firm
            rows.append((*head, span.start, span.end, span.form, span.circa, differing, drawn, basis, ids))
    columns = "event_id label domain dyad in_scope umbrella start end form circa differing firmness basis evidence"
    return pd.DataFrame(rows, columns=columns.split())


def _weaker(telling: str, dated: str) -> str:
    """A date stated less firmly than its event makes the dated event that much less firm."""
    if telling in POSITIVE and dated in POSITIVE:
        return max(telling, dated, key=POSITIVE.index)
    return telling


def _shared(claims: pd.DataFrame):
    """(span, differing, its claims) of an event's date claims that affirm a date."""
    affirmed = claims[~claims["factuality"].isin(NEGATIVE)]
    if affirmed.empty:
        return [(dates.Span(None, None, "none"), False, affirmed)]
    spans = affirmed["value"].map(dates.parse)
    if both := dates.intersect(spans.tolist()):
        return [(both, False, affirmed)]
    return [(span, True, affirmed[spans.eq(span)]) for span in spans.drop_duplicates()]


def precision(start: date | None, end: date | None) -> str:
    """How precise bounds are, from their width: one of ``PRECISIONS``."""
    if start is None or end is None:
        return "no date" if start is None and end is None else "by a day" if end else "over a year"
    for name, days in (("day", 1), ("week", 7), ("month", 31), ("year", 366)):
        if (end - start).days < days:
            return name
    return "over a year"


def lanes(data: Tables) -> pd.DataFrame:
    """``event_dates`` of the events in scope that name a tie, umbrellas apart, by dyad and date.

    Adds ``precision``. Rows without bounds are the shelf of undated events.
    """
    frame = event_dates(data)
    frame = frame[frame["in_scope"] & ~frame["umbrella"] & frame["dyad"].ne("")]
    widths = [*map(precision, frame["start"], frame["end"])]
    frame = frame.assign(precision=pd.Categorical(widths, PRECISIONS, ordered=True))
    key = [(s or e or date.max, e or date.max) for s, e in zip(frame["start"], frame["end"], strict=True)]
    rank = [TIES.index(d) if d in TIES else len(TIES) for d in frame["dyad"]]
    frame = frame.assign(_rank=rank, _key=key)
    frame = frame.sort_values(["_rank", "dyad", "_key", "event_id"], ignore_index=True)
    return frame.drop(columns=["_rank", "_key", "in_scope", "umbrella"])


def precision_by(data: Tables, column: str = "domain") -> pd.DataFrame:
    """Events by kind and precision of their date: column, precision, n (events), evidence.

    An event with differing dates counts once, at its most precise date.
    """
    frame = event_dates(data)
    frame["precision"] = pd.Categorical([*map(precision, frame["start"], frame["end"])], PRECISIONS, ordered=True)
    frame = frame.sort_values("precision").drop_duplicates("event_id")
    groups = frame.groupby([column, "precision"], observed=True)
    return groups.agg(n=("event_id", "nunique"), evidence=("event_id", ";".join)).reset_index()


def story(data: Tables, provider: str, recipient: str, items: list[str]) -> pd.DataFrame:
    """What each text says of some support, by publication: one row an article, event and stage.

    Columns: article_id, article, start, end (publication bounds), dyad, event_id, label, stage,
    factuality, basis (the best one), speaker (all), evidence; sorted by latest publication.
    """
    flows = data.flows.merge(data.events, on="event_id")
    wanted = flows["item"].isin(items)
    wanted &= flows["actors"].str.split(";").map(lambda a: provider in a)
    wanted &= flows["recipients"].str.split(";").map(lambda r: recipient in r)
    claims = data.claims[data.claims["attribute"].eq("stage")]
    claims = claims.assign(article_id=article_of(claims))
    flows["dyad"] = [*map(dyad, flows["actors"], flows["recipients"])]
    frame = claims.merge(flows.loc[wanted, ["event_id", "label", "dyad"]], on="event_id")
    frame = frame.rename(columns={"label": "event", "value": "stage", "claim_id": "evidence"})
    frame = frame.merge(publication(data.articles).drop(columns="evidence"), on="article_id")
    frame = frame.rename(columns={"label": "article", "event": "label"}).sort_values(["basis", "evidence"])
    keys = "end article_id article start dyad event_id label stage factuality".split()
    return (
        frame.groupby(keys, observed=True)
        .agg(basis=("basis", "first"), speaker=("speaker", ";".join), evidence=("evidence", ";".join))
        .reset_index()
    )


def select(
    data: Tables,
    *,
    since: str = "",
    until: str = "",
    actors: str = "",
    recipients: str = "",
    articles: str = "",
    factuality: str = "",
    published_until: str = "",
) -> Tables:
    """The part of the tables that filters leave; ``filters`` of the result names the active ones.

    Lists are ``;``-separated ids; dates are EDTF. ``published_until`` keeps articles that were
    out by then for sure. ``since`` and ``until`` drop events that lie wholly outside; an event
    without a date stays, as it may lie inside. An unknown id raises ValueError naming the nearest.
    """
    active = {k: v for k, v in locals().items() if k != "data" and v}
    texts, claims, events = data.articles, data.claims, data.events
    if articles:
        texts = texts[texts["article_id"].isin(_known(articles, texts["article_id"]))]
    if published_until:
        day = dates.parse(published_until).end
        texts = texts[texts["published"].map(lambda p: dates.parse(p).end <= day)]
    claims = claims[article_of(claims).isin(texts["article_id"])]
    if factuality:
        claims = claims[claims["factuality"].isin(_known(factuality, claims["factuality"].cat.categories))]
    for column, wanted in (("actors", actors), ("recipients", recipients)):
        if wanted:
            ids = set(_known(wanted, data.actors["actor_id"]))
            events = events[events[column].str.split(";").map(lambda own, ids=ids: bool(ids & set(own)))]
    claims = claims[claims["event_id"].isin(events["event_id"])]
    if since or until:
        low, high = since and dates.parse(since).start, until and dates.parse(until).end
        frame = event_dates(replace(data, events=events, claims=claims))
        outside = [
            bool((low and e and e < low) or (high and s and s > high))
            for s, e in zip(frame["start"], frame["end"], strict=True)
        ]
        gone = set(frame.loc[outside, "event_id"]) - set(frame.loc[[not o for o in outside], "event_id"])
        claims = claims[~claims["event_id"].isin(gone)]
    events = events[events["event_id"].isin(claims["event_id"])]
    ids = claims["claim_id"]
    in_texts = [article_of(f, "sentence_id").isin(texts["article_id"]) for f in (data.sentences, data.uncoded)]
    stances = _narrowed(data.stances, texts, actors, recipients, factuality)
    kept = {*ids, *stances["stance_id"]}
    return replace(
        data,
        articles=texts,
        sentences=data.sentences[in_texts[0]],
        uncoded=data.uncoded[in_texts[1]],
        events=events,
        flows=data.flows[data.flows["event_id"].isin(events["event_id"])],
        claims=claims,
        quantities=data.quantities[data.quantities["claim_id"].isin(ids)],
        links=data.links[data.links["a"].isin(kept) & data.links["b"].isin(kept)],
        stances=stances,
        reasons=_narrowed(data.reasons, texts, actors, recipients),
        wordings=data.wordings[article_of(data.wordings, "sentence_id").isin(texts["article_id"])],
        frames=data.frames[data.frames["article_id"].isin(texts["article_id"])],
        terms=data.terms[data.terms["article_id"].isin(texts["article_id"])],
        filters=active,
    )


def _narrowed(rows, articles, actors, recipients, factuality="") -> pd.DataFrame:
    """Stances or reasons of the texts, of ties that name one of the actors and one of the recipients."""
    rows = rows[article_of(rows).isin(articles["article_id"])]
    for wanted in filter(None, (actors, recipients)):
        ids = set(wanted.split(";"))
        rows = rows[[bool(ids & set(ties.replace(";", "-").split("-"))) for ties in rows["dyads"]]]
    if factuality:
        rows = rows[rows["factuality"].isin(factuality.split(";"))]
    return rows


def _known(wanted: str, known) -> list[str]:
    from tielines.tables import nearest

    for value in wanted.split(";"):
        if value not in set(known):
            raise ValueError(f"no {value!r} in the data; nearest: {nearest(value, known) or 'none'}")
    return wanted.split(";")
