"""Narratives: formulas by hand and by the library, counts by a second count, words free of verdicts."""

import math
import re

import krippendorff
import numpy as np
import pandas as pd
import pytest
from test_dataset import claims, made, rows

from tielines import narratives, tables, texts

LOADED = r"\b(?:regimes?|blockades?|axis|bull(?:y|ies|ying)|abduct\w*|hegemon\w*|crush\w*)\b"
QUOTED = r"“[^”]*”|\"[^\"]*\"|‘[^’]*’"


# Judgements and reasons


def test_a_judgement_of_two_ties_stands_at_each_and_is_one():
    own = [
        dict(dyads="RUS-IRN;CHN-IRN", strength="2"),
        dict(dyads="CHN-IRN", strength="-1"),
        dict(dyads="CHN-IRN", strength="0"),
    ]
    frame = narratives.judged(made(stances=own), []).set_index("tie")
    assert frame.loc["RUS-IRN", ["favourable", "critical", "mixed", "n", "evidence"]].tolist() == [1, 0, 0, 1, "s1"]
    assert frame.loc["CHN-IRN", ["favourable", "critical", "mixed", "n", "evidence"]].tolist() == [
        1,
        1,
        1,
        3,
        "s1;s2;s3",
    ]
    assert frame.loc["CHN-IRN", ["favourable_ids", "critical_ids"]].tolist() == ["s1", "s2"]


def test_judgements_are_those_of_a_second_count(data):
    found = {}
    for row in rows("stances"):
        lean = 0 if int(row["strength"]) > 0 else 1 if int(row["strength"]) < 0 else 2
        for tie in row["dyads"].split(";"):
            for key in (
                (tie, row["sentence_ids"].split(".")[0]),
                (tie, row["aspect"], row["sentence_ids"].split(".")[0]),
            ):
                found.setdefault(key, [0, 0, 0])[lean] += 1
    for by in ([], ["aspect"]):
        frame = narratives.judged(data, by)
        own = {k: v for k, v in found.items() if len(k) == 2 + len(by)}
        keys = frame[["tie", *by, "article_id"]].itertuples(index=False, name=None)
        assert dict(zip(keys, frame[["favourable", "critical", "mixed"]].values.tolist(), strict=True)) == own
        assert {i for ids in frame["evidence"] for i in ids.split(";")} == set(data.stances["stance_id"])


def test_texts_lean_apart_where_one_is_mostly_favourable_and_another_mostly_critical():
    frame = pd.DataFrame(
        [("a", 2, 1), ("a", 0, 1), ("b", 2, 1), ("b", 1, 1), ("c", 0, 3)], columns=["tie", "favourable", "critical"]
    )
    assert narratives.leans(frame, ["tie"]).tolist() == [True, True, False, False, False]


def test_voices_apart_are_of_one_text_one_tie_one_aspect_and_not_the_same_voice():
    critic = dict(speaker="SADR_AUTHOR", strength="-2")
    others = [{}, {"speaker": "AUTHOR"}, {"aspect": "depth"}, {"dyads": "CHN-CUB"}, {"sentence_ids": "907.p1.s1"}, {"strength": "0"},
              {"dyads": "CHN-CUB;RUS-CUB"}]  # fmt: skip
    texts = [dict(article_id=f"90{i}", label=f"{i}", published="2025") for i in range(8)]
    places = [dict(sentence_ids=f"90{i}.p1.s1") for i in range(7)]
    own = [row for place, other in zip(places, others, strict=True) for row in (place, critic | place | other)]
    frame = narratives.apart(made(articles=texts, stances=own))
    assert frame[["article_id", "pairs", "favourable_voices", "critical_voices", "evidence"]].values.tolist() == [
        ["900", 1, "the author 1", "Mohammad Sadr 1", "s1;s2"],
        ["906", 1, "the author 1", "Mohammad Sadr 1", "s13;s14"],
    ]


def test_reasons_stand_with_each_provider_as_a_second_count_has_them(data):
    found = {}
    for row in rows("reasons"):
        for state in {"RUS", "CHN"} & set(re.split("[;-]", row["dyads"])):
            found.setdefault((state, row["reason"], row["side"], row["direction"]), []).append(row["reason_id"])
    frame = narratives.reasons(data)
    keys = frame[["provider", "reason", "side", "direction"]].itertuples(index=False, name=None)
    assert dict(zip(keys, frame["reason_id"].str.split(";"), strict=True)) == found
    assert frame["n"].tolist() == frame["reason_id"].str.split(";").str.len().tolist()


def test_one_document_read_by_two_texts():
    own = [dict(origin_id="o1"), dict(origin_id="o1", sentence_ids="901.p1.s1", strength="-1"), dict(origin_id="o2")]
    told = claims("900 CT+ agreed", "901 CT- agreed", origin_id="o1") + claims(
        "900 CT+ 2025", attribute="date", origin_id="o1"
    )
    data = made(stances=own, claims=told, events=[dict(label="Oats")])
    frame = narratives.readings(data, "o1")
    assert narratives.shared_origin(data) == "o1" and narratives.shared_origin(made(stances=own[2:])) == ""
    assert frame["topic"].tolist() == ["RUS-CUB|growing or shrinking"] * 2 + ["Oats"] * 2
    assert frame["favourable"].tolist() == [1, 0, 0, 0] and frame["critical"].tolist() == [0, 1, 0, 0]
    assert frame["side"].tolist()[2:] == ["yes", "no"] and frame["evidence"].tolist() == ["s1", "s2", "c1", "c2"]


def test_frames_count_each_coded_paragraph_once(data):
    frame = narratives.frames(data)
    assert frame["n"].sum() == len(data.frames) == len({i for e in frame["evidence"] for i in e.split(";")})


# Words


def test_log_odds_against_a_case_worked_by_hand():
    z = narratives.log_odds(np.array([10, 0]), np.array([5, 5]), np.array([1.0, 1.0]))
    assert z[0] == pytest.approx((math.log(11 / 1) - math.log(6 / 6)) / math.sqrt(1 / 11 + 1 / 6))
    assert z[1] == pytest.approx((math.log(1 / 11) - math.log(6 / 6)) / math.sqrt(1 / 1 + 1 / 6))


def test_keyness_keeps_the_minimum_count_leaves_stop_words_and_ranks(data):
    frame, terms = narratives.keyness(data), narratives.body_terms(data)
    assert frame["count"].min() >= narratives.MIN_COUNT and frame["z"].gt(0).all() and frame["term"].str.len().min() > 1
    assert not set(frame["term"]) & set(narratives.STOP) and set(terms["term"]) & set(narratives.STOP)
    assert all(own["z"].is_monotonic_decreasing for _, own in frame.groupby("article_id"))
    every = terms.groupby("term")["count"].sum()
    assert (frame["count"] + frame["rest"]).tolist() == frame["term"].map(every).tolist()


def test_terms_leave_out_single_letters_digits_addresses_and_endnotes(data):
    frame = texts.terms("900", "A U.S. S-400 isn’t Iran’s. See https://example.org/a-b 12-day well-known é")
    assert frame["term"].tolist() == ["day", "iran", "isn't", "see", "well-known"]
    assert "retrieved" in set(data.terms["term"]) - set(narratives.body_terms(data)["term"])


def test_the_terms_are_what_the_texts_give(data, article_texts):
    found = pd.concat([texts.terms(a, t) for a, t in sorted(article_texts.items())], ignore_index=True)
    pd.testing.assert_frame_equal(found, data.terms, check_dtype=False)


def test_wordings_are_counted_once_each_by_thousand_body_words(data):
    frame = narratives.wording(data)
    assert sorted(i for e in frame["evidence"] for i in e.split(";")) == sorted(data.wordings["wording_id"])
    assert frame["n"].sum() == len(data.wordings)
    spans = ";".join(f"{i}-{i + 1}" for i in range(40))
    places = [
        dict(sentence_id=f"900.p{p}.s1", article_id="900", paragraph=p, sentence=1, zone=z, word_spans=spans)
        for p, z in ((1, "body"), (2, "note"))
    ]
    word = dict(sentence_id="900.p1.s1", term="axis", thing="tie", speaker="AUTHOR", quoted="yes")
    small = made(sentences=places, wordings=[dict(word, wording_id="w1"), dict(word, wording_id="w2")])
    assert narratives.wording(small)[["n", "per_1000"]].values.tolist() == [[2, 50]]


def test_loaded_words_stand_in_quotation_marks_only(data):
    assert re.search(LOADED, "a regime") and not re.search(LOADED, re.sub(QUOTED, "", "its “regime”"))
    assert not data.events["label"].str.contains(LOADED, case=False).any()
    for frame in (data.claims, data.stances, data.reasons):
        bare = frame["paraphrase"].str.replace(QUOTED, "", regex=True)
        assert not bare.str.contains(LOADED, case=False).any(), frame.loc[bare.str.contains(LOADED, case=False)].iloc[0]


# How stable the coding is


def recoded(first, second, variable="factuality"):
    table = "stances" if variable == "strength" else "claims"
    own = [
        dict(table=table, row_id=f"c{i}", variable=variable, first=a, second=b)
        for i, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    return made(recodes=own)


def test_alpha_of_a_published_example():
    """Krippendorff's own binary example of two coders and ten units: 0.095."""
    row = narratives.reliability(recoded("0100000010", "1110010000"), resamples=50).iloc[0]
    assert row["alpha"] == 0.095 and row["agree"] == 6 and row["n"] == 10


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_alphas_are_those_of_the_library(level):
    rng = np.random.default_rng(3)
    for size in (5, 12, 30) * 8:
        pair = rng.integers(0, 4, (2, size))
        kinds, counts = np.unique(pair, axis=1, return_counts=True)
        drawn = rng.multinomial(size, counts / size)
        for found, own in zip(
            narratives.alphas(kinds, np.vstack([counts, drawn]), 4, level), (counts, drawn), strict=True
        ):
            units = np.repeat(kinds, own, axis=1)
            want = (
                krippendorff.alpha(reliability_data=units, level_of_measurement=level)
                if len(np.unique(units)) > 1
                else np.nan
            )
            assert found == pytest.approx(want, nan_ok=True)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_alpha_is_unknown_where_one_value_fills_both_passes(level):
    assert np.isnan(narratives.alphas(np.array([[1], [1]]), np.array([[7]]), 3, level)).all()


def test_alpha_of_strength_is_ordinal():
    scale = ["-2", "-1", "0", "1", "2"]
    close, far = (
        narratives.reliability(recoded(scale, [s, *scale[1:]], "strength"), resamples=20).iloc[0] for s in ("-1", "2")
    )
    assert close["level"] == "ordinal" and close["alpha"] > far["alpha"]


def test_the_interval_holds_alpha_and_does_not_change_from_run_to_run(data):
    frame = narratives.reliability(data, resamples=60)
    known = frame[frame["alpha"].notna()]
    assert (known["low"].le(known["alpha"]) & known["alpha"].le(known["high"])).all()
    twice = {(n, f["name"]) for n in tables.resources() for f in tables.fields(n) if f["proof"] == "twice"}
    assert set(zip(frame["table"], frame["variable"], strict=True)) <= twice
    pd.testing.assert_frame_equal(frame, narratives.reliability(data, resamples=60))


def test_the_confusion_table_holds_every_unit_and_the_differences_are_whole(data):
    frame, settled = (
        narratives.reliability(data, resamples=2).set_index(["table", "variable"]),
        narratives.settled(data),
    )
    for table, variable in (("claims", "factuality"), ("stances", "strength"), ("flows", "item")):
        counts = narratives.confusion(data, table, variable)
        assert counts.to_numpy().sum() == frame.loc[(table, variable), "n"]
        assert np.trace(counts) == frame.loc[(table, variable), "agree"]
    assert (
        settled["differ"].sum()
        == data.recodes["first"].ne(data.recodes["second"]).sum()
        == (frame["n"] - frame["agree"]).sum()
    )


def test_every_difference_has_a_reason_and_is_settled_to_one_of_the_two_passes(data):
    now = {c["claim_id"]: c for c in rows("claims")}
    for row in rows("recodes"):
        assert row["reason"] or row["first"] == row["second"]
        if row["table"] == "claims" and row["reason"] not in ("", "corrected"):
            assert now[row["row_id"]][row["variable"]] in (row["first"], row["second"]), row
