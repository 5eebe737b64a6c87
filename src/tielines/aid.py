"""How much: reported support by provider, recipient, item and stage; totals of like with like only.

"Reported support", not aid: what texts say was given, lent, forgiven, sold, sought or not given.
"""

import pandas as pd

from tielines.tables import Tables, codes
from tielines.timelines import NEGATIVE, PROVIDERS, RECIPIENTS, article_of, dyad, firmness, publication

STAGES = ("sought", "offered", "preparing", "agreed", "under_way", "part_delivered", "delivered", "open")
VOUCHERS = ("provider", "recipient", "third party", "nobody named")
ARMS = ("military", "intelligence")  # domains that never enter a money total
CONVERSIONS = {  # (from, to, of): (factor, source)
    ("t", "kt", ""): (1e-3, "by definition"),
    ("MW", "GW", ""): (1e-3, "by definition"),
    ("t", "bbl", "crude"): (
        7.33,
        "Energy Institute, Statistical Review: approximate conversion factors, world average",
    ),
}


class Unlike(ValueError):
    """Amounts that must not be added; the message names both."""


def flows(data: Tables) -> pd.DataFrame:
    """One row a flow: who gave whom what, on what terms, how far it came, how firmly, who says so.

    Columns: event_id, label, provider, recipient, dyad, domain, item, terms, umbrella, in_total,
    total_note, stage (the furthest of the firmest tellings), firmness, voucher (the closest
    speaker), evidence (stage claims).
    """
    told = data.claims[data.claims["attribute"].eq("stage")]
    told = told.assign(voucher=vouchers(told, data))
    frame, rows = data.flows.merge(data.events, on="event_id"), []
    for event_id, claims in told.groupby("event_id"):
        firm = firmness(claims["factuality"])
        stages = claims.loc[claims["factuality"].eq(firm), "value"]
        settled = [s for s in stages if s != "open"]  # open says that no stage can be told
        furthest = max(settled, key=STAGES.index, default="open")
        closest = min(claims["voucher"], key=VOUCHERS.index)
        rows.append((event_id, furthest, firm, closest, ";".join(claims["claim_id"])))
    columns = ["event_id", "stage", "firmness", "voucher", "evidence"]
    frame = frame.merge(pd.DataFrame(rows, columns=columns), on="event_id")
    frame["provider"] = frame["actors"].map(lambda a: ";".join(p for p in PROVIDERS if p in a.split(";")))
    frame["recipient"] = frame["recipients"].map(lambda r: ";".join(x for x in RECIPIENTS if x in r.split(";")))
    frame["dyad"] = [*map(dyad, frame["actors"], frame["recipients"])]
    order = "event_id label provider recipient dyad domain item terms umbrella in_total total_note"
    return frame[[*order.split(), *columns[1:]]]


def vouchers(claims: pd.DataFrame, data: Tables) -> pd.Series:
    """Whether a claim's speaker is provider, recipient, third party, or nobody is named.

    An unnamed basis, none, or the author's own inference names nobody. An outlet speaks for no state.
    """
    country = data.actors.set_index("actor_id")["iso3"].where(
        data.actors.set_index("actor_id")["kind"].ne("outlet"), ""
    )
    events = data.events.set_index("event_id")

    def voucher(row):
        if row.basis not in ("document", "named", "own_interview"):
            return "nobody named"
        state, event = country[row.speaker.split("_")[0]], events.loc[row.event_id]
        if state in PROVIDERS and state in event["actors"].split(";"):
            return "provider"
        return "recipient" if state and state in event["recipients"].split(";") else "third party"

    return pd.Series([voucher(row) for row in claims.itertuples()], index=claims.index, dtype=object)


def amounts(data: Tables) -> pd.DataFrame:
    """One row a printed amount of a flow, with the bounds that it stands for.

    ``floor`` and ``ceiling`` are bounds in ``unit``: both the number where it is exact or about, one
    side where it is over or almost, none where no number is printed. A share and the sum it may be a
    share of become a range: about 90 % beside about 32 is 28.8 to 32, ``computed``. Columns beside:
    event_id, label, provider, recipient, dyad, domain, item, measure, stage, qualifier, in_total,
    total_note, evidence (quantity and claim).
    """
    frame = data.quantities.merge(data.claims[["claim_id", "event_id"]], on="claim_id")
    frame = frame.merge(flows(data).drop(columns=["stage", "evidence"]), on="event_id")
    frame["stage"] = frame["stage"].astype(str).replace("nan", "open")
    frame["floor"] = frame["low"].fillna(frame["best"])
    frame["ceiling"] = frame["high"].fillna(frame["best"])
    frame["evidence"] = frame["quantity_id"] + ";" + frame["claim_id"]
    frame["computed"] = False
    for _, own in frame.groupby("event_id"):
        share, money = own[own["measure"].eq("share")], own[own["measure"].eq("money")]
        if len(share) == 1 and len(money) == 1:  # the text leaves open whether the sum is whole or part
            at = money.index[0]
            frame.loc[at, "floor"] = frame.loc[at, "floor"] * share["best"].iloc[0] / 100
            frame.loc[at, ["computed", "stage"]] = [True, share["stage"].iloc[0]]
            frame.loc[at, "evidence"] += ";" + share["quantity_id"].iloc[0] + ";" + share["claim_id"].iloc[0]
    columns = "event_id label provider recipient dyad domain item terms measure floor ceiling unit stage qualifier"
    columns = [*columns.split(), "computed", "in_total", "total_note", "evidence"]
    return frame[columns].reset_index(drop=True)


def total(frame: pd.DataFrame) -> pd.DataFrame:
    """One total of like with like, out of rows of ``amounts``: one row.

    Columns: measure, unit, item, stage, floor, ceiling (sums of the bounds that are known), n (rows in it),
    unknown (rows in it without a number), evidence (of these), left_out (rows not in it: event and
    reason). Raises Unlike, naming both, for two measures, units, items or stages, and for money for arms.
    """
    for column in ("measure", "unit", "item", "stage"):
        kinds = frame[column].astype(str).drop_duplicates().tolist()
        if len(kinds) > 1:
            a, b = (frame[frame[column].astype(str).eq(k)]["label"].iloc[0] for k in kinds[:2])
            raise Unlike(f"{column} {kinds[0]} ({a}) and {kinds[1]} ({b}) are never added")
    arms = frame[frame["domain"].isin(ARMS) & frame["measure"].eq("money")]
    if len(arms):
        raise Unlike(f"{arms['label'].iloc[0]}: arms never enter a money total")
    inside, outside = frame[frame["in_total"]], frame[~frame["in_total"]]
    first = frame.iloc[0] if len(frame) else {}
    row = {column: first.get(column, "") for column in ("measure", "unit", "item", "stage")}
    row |= {side: inside[side].sum(min_count=1) for side in ("floor", "ceiling")} | {"n": len(inside)}
    row["unknown"] = int((inside["floor"].isna() | inside["ceiling"].isna()).sum())
    row["evidence"] = ";".join(inside["evidence"])
    row["left_out"] = "; ".join(f"{r.event_id} {r.total_note}" for r in outside.itertuples())
    return pd.DataFrame([row])


def item(data: Tables, name: str) -> pd.DataFrame:
    """Every flow of one item, with its amount where a text prints one: ready for ``charts.bars``.

    Adds ``said``, how the text puts it; rows without a number keep empty bounds.
    """
    every = flows(data)
    every = every[every["item"].eq(name)]
    own = amounts(data)
    own = own[own["item"].eq(name)].drop(columns=["label", "dyad", "in_total", "total_note", "stage"])
    frame = every.merge(
        own[["event_id", "floor", "ceiling", "unit", "qualifier", "evidence"]], on="event_id", how="left"
    )
    frame["evidence"] = frame["evidence_y"].fillna(frame["evidence_x"])
    note = codes("flows", "total_note")

    def said(row):
        stage = "stage left open" if row.stage == "open" else row.stage.replace("_", " ")
        stage = f"{stage.replace('delivered', 'delivery')} expected" if row.firmness == "PR+" else stage
        words = [printed(row.floor, row.ceiling, row.ceiling, str(row.qualifier), str(row.unit)), stage]
        return ", ".join([*words, *([note[row.total_note]] if row.total_note == row.total_note else [])])

    frame["said"] = [said(row) for row in frame.itertuples()]
    return frame.drop(columns=["evidence_x", "evidence_y"])


def totals(data: Tables) -> pd.DataFrame:
    """Every total that may be made: one row a provider, recipient, item, measure, unit and stage."""
    keys, rows = ["provider", "recipient", "item", "measure", "unit", "stage"], []
    for values, group in amounts(data).groupby(keys, observed=True):
        rows.append(total(group).assign(provider=values[0], recipient=values[1]))
    columns = [
        "provider",
        "recipient",
        "item",
        "measure",
        "unit",
        "stage",
        "floor",
        "ceiling",
        "n",
        "unknown",
    ]
    columns += ["evidence", "left_out"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def convert(value: float, unit: str, to: str, of: str = "") -> tuple[float, str]:
    """A number in another unit, and the label that it must carry: factor and source.

    >>> convert(1000, "t", "kt")
    (1.0, '1 kt, converted from t at 0.001 (by definition)')

    Raises Unlike where no factor is on record.
    """
    if (unit, to, of) not in CONVERSIONS:
        raise Unlike(f"no factor on record from {unit} to {to}{' of ' + of if of else ''}")
    factor, source = CONVERSIONS[unit, to, of]
    return value * factor, f"{value * factor:,.10g} {to}, converted from {unit} at {factor:g} ({source})"


def numbered(data: Tables) -> pd.DataFrame:
    """Flows by tie and by what number they carry: dyad, number (mass, money, other, none), n, evidence."""
    kinds = amounts(data)
    kinds = kinds[kinds["floor"].notna() | kinds["ceiling"].notna()]
    first = kinds.sort_values("measure", key=lambda m: m.map({"mass": 0, "money": 1}).fillna(2))
    first = first.drop_duplicates("event_id").set_index("event_id")["measure"]
    frame = flows(data)
    found = frame["event_id"].map(first)
    named = {"mass": "mass", "money": "money"}
    frame["number"] = [named.get(m, "other number") if isinstance(m, str) else "no number" for m in found]
    return _count(frame, "number")


def by_stage(data: Tables) -> pd.DataFrame:
    """Flows by tie and furthest stage, as not given or not flat where that is all: dyad, state, n, evidence."""
    frame = flows(data)
    said = frame["stage"].astype(str).str.replace("_", " ")
    said = said.mask(frame["firmness"].isin(NEGATIVE), "stated as not given")
    frame["state"] = said.mask(~frame["firmness"].isin(("CT+", *NEGATIVE)), "not stated flatly")
    return _count(frame, "state")


def by_voucher(data: Tables) -> pd.DataFrame:
    """Flows not stated as not given, by tie and by who vouches for them: dyad, voucher, n, evidence."""
    frame = flows(data)
    return _count(frame[~frame["firmness"].isin(NEGATIVE)], "voucher")


def _count(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    groups = frame.groupby(["dyad", column])
    return groups.agg(n=("event_id", "nunique"), evidence=("event_id", ";".join)).reset_index()


def arms(data: Tables) -> pd.DataFrame:
    """What each text says of each kind of arms: one row an article, event, stage and factuality.

    Columns as ``timelines.story``, with dyad and item; umbrellas and armed help are left out.
    """
    frame = flows(data)
    frame = frame[frame["domain"].eq("military") & ~frame["umbrella"] & frame["item"].ne("armed_help")]
    claims = data.claims[data.claims["attribute"].eq("stage")].assign(article_id=article_of)
    frame = claims.merge(frame[["event_id", "label", "dyad", "item"]], on="event_id")
    frame = frame.sort_values(["basis", "claim_id"]).rename(columns={"value": "stage"})
    keys = ["dyad", "item", "event_id", "label", "article_id", "stage", "factuality"]
    groups = frame.groupby(keys, observed=True)
    frame = groups.agg(basis=("basis", "first"), speaker=("speaker", ";".join), evidence=("claim_id", ";".join))
    dates = publication(data.articles)[["article_id", "start", "end"]]
    return (
        frame.reset_index()
        .merge(dates, on="article_id")
        .sort_values(["dyad", "item", "event_id", "end"], ascending=[False, True, True, True], ignore_index=True)
    )


def trade(data: Tables) -> pd.DataFrame:
    """Amounts of trade, kept apart from support: label, parties, measure, amount columns, evidence."""
    events = data.events[~data.events["event_id"].isin(data.flows["event_id"]) & data.events["domain"].eq("trade")]
    frame = data.quantities.merge(data.claims[["claim_id", "event_id", "speaker"]], on="claim_id")
    frame = frame.merge(events, on="event_id")
    frame["parties"] = frame["actors"] + frame["recipients"].map(lambda r: f" → {r}" if r else "")
    frame["evidence"] = frame["quantity_id"] + ";" + frame["claim_id"]
    frame["said"] = [printed(r.low, r.best, r.high, r.qualifier, r.unit) for r in frame.itertuples()]
    columns = "label parties measure said low best high unit qualifier period base speaker evidence"
    return frame[columns.split()]


def printed(low: float, best: float, high: float, qualifier: str, unit: str) -> str:
    """An amount as a text puts it: ``about 4,800 t``, ``almost 90 %``, ``no number``."""
    known = [v for v in (best, low, high) if v == v]
    if not known:
        return "no number"
    about = {"exact": "", "approx": "about "}.get(qualifier, f"{qualifier.replace('_', ' ')} ")
    return f"{about}{known[0]:,.10g} {unit}".removesuffix(" item")
