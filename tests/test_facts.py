"""Facts read from the texts by someone who had not seen the tables are in the tables."""

import csv
from pathlib import Path

import pytest

FACTS = list(csv.DictReader(Path(__file__).with_name("facts.csv").open(encoding="utf-8")))
TELLING = {"stage", "occurrence"}  # how a telling is typed follows from flows, not from the text


def found(fact, data):
    """The claims that tell a fact, their events' parties among its own."""
    rows = data.claims[data.claims["sentence_ids"].str.split(";").map(lambda ids: fact["sentence_id"] in ids)]
    rows = rows[rows["speaker"].str.split("_").str[0].eq(fact["speaker"])]
    rows = rows[rows["factuality"].eq(fact["factuality"]) & rows["basis"].eq(fact["basis"])]
    kinds = TELLING if fact["attribute"] in TELLING else {fact["attribute"]}
    rows = rows[rows["attribute"].isin(kinds)]
    if fact["attribute"] in ("date", "term"):
        rows = rows[rows["value"].eq(fact["value"])]
    if fact["attribute"] == "stage":
        rows = rows[rows["value"].eq(fact["value"]) | rows["attribute"].eq("occurrence")]
    if fact["said_on"]:
        rows = rows[rows["said_on"].eq(fact["said_on"])]
    if fact["attribute"] == "quantity":
        rows = rows.merge(data.quantities, on="claim_id")
        for column in ("low", "best", "high"):
            rows = rows[rows[column].eq(float(fact[column])) if fact[column] else rows[column].isna()]
        rows = rows[rows["qualifier"].eq(fact["qualifier"]) & rows["unit"].eq(fact["unit"])]
    return rows


def holds(fact, data) -> bool:
    """Whether the tables hold a fact, with its parties and, of support, with its item."""
    rows, country = found(fact, data), data.actors.set_index("actor_id")["iso3"]
    events = data.events[data.events["event_id"].isin(rows["event_id"])]
    named = ";".join([*events["actors"], *events["recipients"]]).split(";")
    parties = {country[i] or i for i in named if i}
    wanted = {*fact["provider"].split(";"), *fact["recipient"].split(";")} - {""}
    return bool(len(rows)) and wanted <= parties


def unmet(data) -> list[str]:
    """Ids of the facts that the tables do not hold."""
    return [f["fact_id"] for f in FACTS if not holds(f, data)]


def test_no_fact_stands_twice():
    assert len(FACTS) == len({f["fact_id"] for f in FACTS}) >= 40


@pytest.mark.parametrize("fact", FACTS, ids=[f["fact_id"] for f in FACTS])
def test_fact_is_in_the_tables(fact, data):
    assert holds(fact, data), found(fact, data)
