"""Forty facts, read from the texts by someone who had not seen the tables, are in the tables."""

import csv
from pathlib import Path

import pytest

from tielines import tables

FACTS = list(csv.DictReader(Path(__file__).with_name("facts.csv").open(encoding="utf-8")))
TELLING = {"stage", "occurrence"}  # how a telling is typed follows from flows, not from the text


@pytest.fixture(scope="module")
def told():
    frame = tables.load_claims().merge(tables.load_events(), on="event_id")
    frame["innermost"] = frame["speaker"].str.split("_").str[0]
    return frame.merge(tables.load_quantities(), on="claim_id", how="left", suffixes=("", "_q"))


@pytest.fixture(scope="module")
def country():
    actors = tables.load_actors().set_index("actor_id")["iso3"]
    return lambda ids: {actors[i] for i in ids.split(";") if i} - {""}


def test_there_are_forty():
    assert len(FACTS) == 40 and len({f["fact_id"] for f in FACTS}) == 40


@pytest.mark.parametrize("fact", FACTS, ids=[f["fact_id"] for f in FACTS])
def test_fact_is_in_the_tables(fact, told, country):
    rows = told[told["sentence_ids"].str.split(";").map(lambda ids: fact["sentence_id"] in ids)]
    rows = rows[rows["innermost"].eq(fact["speaker"])]
    rows = rows[rows["factuality"].eq(fact["factuality"]) & rows["basis"].eq(fact["basis"])]
    kinds = TELLING if fact["attribute"] in TELLING else {fact["attribute"]}
    rows = rows[rows["attribute"].isin(kinds)]
    if fact["attribute"] == "date":
        rows = rows[rows["value"].eq(fact["value"])]
    if fact["attribute"] == "stage":
        rows = rows[rows["value"].eq(fact["value"]) | rows["attribute"].eq("occurrence")]
    if fact["attribute"] == "quantity":
        for column in ("low", "best", "high"):
            want = float(fact[column]) if fact[column] else None
            rows = rows[rows[column].eq(want) if want is not None else rows[column].isna()]
        rows = rows[rows["qualifier"].eq(fact["qualifier"]) & rows["unit"].eq(fact["unit"])]
    parties = {p for ids in (*rows["actors"], *rows["recipients"]) for p in country(ids)}
    assert {*fact["provider"].split(";"), *fact["recipient"].split(";")} - {""} <= parties
    assert len(rows)
