"""Voices, sources, the evidence card, the words accounted for."""

import pytest
from test_dataset import claims, made, rows

from tielines import overview
from tielines.files import TielinesError


def test_reports_are_counted_by_the_best_source_that_the_text_gives():
    told = (
        claims("900 CT+ agreed")
        + claims("900 CT+ agreed", basis="document")
        + claims("901 CT+ agreed", basis="unnamed")
    )
    told += claims("900 CT+ agreed", basis="inference", event_id="e2") + claims(
        "901 CT+ agreed", basis="own_interview", event_id="e2"
    )
    frame = overview.sourcing(made(events=[{}, {}], claims=told))
    found = {(r.article_id, r.sourcing): (r.n, r.event_id) for r in frame.itertuples()}
    assert found == {
        ("900", "named"): (1, "e1"), ("900", "inference"): (1, "e2"), ("901", "unnamed"): (1, "e1"), ("901", "named"): (1, "e2"),
    }  # fmt: skip


def test_every_report_has_one_source(data):
    assert overview.sourcing(data)["n"].sum() == len(data.reports)
    assert set(overview.sourcing(data)["sourcing"]) <= set(data.listed("sourcing"))


def test_voices_are_those_of_a_second_count(data):
    found, kinds = {}, {a["actor_id"]: a["kind"] for a in rows("actors")}
    for name in ("claims", "stances", "reasons"):
        for row in rows(name):
            if row["speaker"] != "AUTHOR":
                key = row["sentence_ids"].split(".")[0], row["speaker"].split("_")[0]
                found[key] = found.get(key, 0) + 1
    frame = overview.voices(data)
    assert {(r.article_id, r.actor_id): r.n for r in frame.itertuples()} == found
    assert frame["kind"].tolist() == frame["actor_id"].map(kinds).tolist() and frame["voice_id"].is_unique
    assert frame.set_index("actor_id").at["PEZESHKIAN", "country"] == "Iran"


def test_a_card_tells_a_claim_a_judgement_and_a_reason_in_plain_words():
    amount = [dict(claim_id="c1", low="5", best="5", high="6", qualifier="approx")]
    data = made(
        claims=claims("901 PS+ mass SADR", attribute="quantity"),
        quantities=amount,
        stances=[{}],
        reasons=[{}],
        events=[dict(label="Oats")],
    )
    card = overview.card(data, "c1").set_index("field")["value"]
    assert card["what it is about"] == "Oats (e1)" and card["where"] == "Middle (2025), paragraph 1, sentence 1"
    assert card["who says it"] == "Mohammad Sadr, passed on by the author" and card["how firmly"] == "possibly"
    assert card["amount"] == "5–6 t (about)"
    assert overview.card(data, "s1").set_index("field").at["how", "value"] == "favourable"
    assert overview.card(data, "r1").set_index("field").at["reason", "value"] == "own interest"
    with pytest.raises(TielinesError, match="no row 'c11'; nearest: c1"):
        overview.card(data, "c11")


def test_every_row_has_a_card_that_fits_its_row(data):
    for row_id in [*data.claims["claim_id"][::20], *data.stances["stance_id"][::20], *data.reasons["reason_id"][::9]]:
        card = overview.card(data, row_id)
        assert (
            card["evidence"].eq(row_id).all()
            and card["value"].ne("").all()
            and not card["value"].str.contains("CT|PS|_").any()
        )


def test_words_accounted_for_and_left_are_all_words(data):
    frame = overview.accounted(data).pivot(index="article_id", columns="part", values="n")
    full = data.articles.loc[data.articles["coverage"].eq("full"), "article_id"]
    assert frame.index.tolist() == sorted(data.articles["article_id"])
    assert (frame["accounted"] > 10 * frame["left"])[full].all()
