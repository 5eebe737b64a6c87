"""Who is given a voice, what the texts rest on, how a claim reads, and what of the texts is coded."""

import pandas as pd

from tielines import proofs
from tielines.dataset import Dataset, joined, kept
from tielines.files import TielinesError

__all__ = "accounted card sourcing voices".split()


def __dir__():
    return __all__


@kept
def sourcing(data: Dataset) -> pd.DataFrame:
    """Reports of events by text and by the best source that the text gives: article_id, sourcing (list), n, event_id, evidence."""
    frame = data.reports.assign(
        sourcing=data.reports["basis"].map(data.codes("claims", "basis", "sourcing")).fillna("none")
    )
    groups = frame.groupby(["article_id", "sourcing"])
    return groups.agg(
        n=("event_id", "nunique"), event_id=("event_id", joined), evidence=("evidence", joined)
    ).reset_index()


@kept
def voices(data: Dataset) -> pd.DataFrame:
    """Speakers in a text other than its author, whether they state facts or judge: one row a text and speaker.

    Columns: voice_id (text and speaker), article_id, actor_id, name, kind, country (a state's name, "country not said"),
    n (claims, judgements and reasons), evidence.
    """
    parts = [
        frame.loc[~frame["own"], ["article_id", "speaker", key]].rename(columns={key: "evidence"})
        for frame, key in ((data.claims, "claim_id"), (data.stances, "stance_id"), (data.reasons, "reason_id"))
    ]
    frame = pd.concat(parts)
    frame["actor_id"] = frame["speaker"].str.split("_").str[0]
    frame = (
        frame.groupby(["article_id", "actor_id"])
        .agg(n=("evidence", "nunique"), evidence=("evidence", joined))
        .reset_index()
    )
    frame = frame.merge(data.actors[["actor_id", "name", "kind", "iso3"]], on="actor_id")
    states = data.actors[data.actors["kind"].eq("state")].drop_duplicates("iso3").set_index("iso3")["name"]
    frame["country"] = frame["iso3"].map(states).fillna(frame["iso3"]).replace("", "country not said")
    frame["voice_id"] = frame["article_id"] + ":" + frame["actor_id"]
    return frame.drop(columns="iso3").assign(kind=frame["kind"].astype(str))


@kept
def accounted(data: Dataset) -> pd.DataFrame:
    """Words of each text's body that a row accounts for: article_id, part (accounted, left), n, evidence (the text)."""
    frame = proofs.accounted(data)
    frame = frame.assign(accounted=frame["words"] - frame["left"])
    frame = frame.melt("article_id", ["accounted", "left"], var_name="part", value_name="n")
    return frame.assign(evidence=frame["article_id"]).sort_values(["article_id", "part"], ignore_index=True)


def card(data: Dataset, row_id: str) -> pd.DataFrame:
    """One claim, judgement or reason, field by field in plain words: field, value, evidence.

    Raises TielinesError naming the nearest id where there is none.
    """
    for table, key in (("claims", "claim_id"), ("stances", "stance_id"), ("reasons", "reason_id")):
        found = getattr(data, table)
        if row_id in set(found[key]):
            return _card(data, table, found[found[key].eq(row_id)].iloc[0], row_id)
    from tielines.tables import nearest

    ids = [*data.claims["claim_id"], *data.stances["stance_id"], *data.reasons["reason_id"]]
    raise TielinesError(f"no row {row_id!r}; nearest: {nearest(row_id, ids) or 'none'}")


def _card(data, table, row, row_id):
    article, paragraph, sentence = row["sentence_ids"].split(";")[0].split(".")
    label = data.articles.set_index("article_id")["label"][article]
    names = data.actors.set_index("actor_id")["name"]
    chain = [names.get(s, s) for s in row["speaker"].split("_")[:-1]] + ["the author"]

    def word(column, of=table):
        return data.codes(of, column).get(row[column], row[column])

    said = {
        "who says it": ", passed on by ".join(chain),
        "how firmly": word("factuality"),
        "on what source": word("basis"),
    }
    if table == "claims":
        event = data.events.set_index("event_id")["label"].get(row["event_id"], "")
        said = {"what it is about": f"{event} ({row['event_id']})", **said, "what it tells": word("attribute")}
        value = data.codes("quantities", "stage").get(row["value"], row["value"])
        said["in which value"] = value.replace("_", " ")
        for q in data.quantities[data.quantities["claim_id"].eq(row_id)].itertuples():
            bounds = "–".join(dict.fromkeys(f"{v:,.10g}" for v in (q.low, q.best, q.high) if v == v))
            said["amount"] = f"{bounds} {q.unit} ({data.codes('quantities', 'qualifier')[q.qualifier]})"
    elif table == "stances":
        said |= {"of which ties": row["dyads"], "in what respect": word("aspect"), "how": word("strength")}
    else:
        said |= {
            "of which ties": row["dyads"],
            "whose reason": word("side"),
            "it": word("direction"),
            "reason": word("reason"),
        }
    place = f"{label}, paragraph {paragraph[1:]}, sentence {sentence[1:]}"
    said = {"address": row_id, "where": place, **said, "in our own words": row["paraphrase"]}
    rows = [(k, str(v)) for k, v in said.items() if str(v) not in ("", "nan")]
    return pd.DataFrame(rows, columns=["field", "value"]).assign(evidence=row_id)
