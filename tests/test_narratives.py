"""Narratives: hand-worked formulas, honest reliability, neutral words."""

import json
import math
import re
from dataclasses import replace

import krippendorff
import numpy as np
import pandas as pd
import pytest
from test_checks import edit, find, told

from tielines import ROOT, narratives, tables, texts, timelines, words
from tielines.amounts import CARDINALS

LOADED = r"\b(?:regimes?|blockades?|axis|bull(?:y|ies|ying)|abduct\w*|hegemon\w*|crush\w*)\b"
QUOTED = r"“[^”]*”|\"[^\"]*\"|‘[^’]*’"
VERBS = (
    "tell tells told makes stands cannot is are apart against the state states give gives date dates hold holds name names lead leads go goes set sets say says "
    "report reports rest rests pass passes judge judges write writes reach states that so by with and of to from flatly"
).split()


def test_log_odds_against_a_case_worked_by_hand():
    z = narratives.log_odds(np.array([10, 0]), np.array([5, 5]), np.array([1.0, 1.0]))
    assert z[0] == pytest.approx((math.log(11 / 1) - math.log(6 / 6)) / math.sqrt(1 / 11 + 1 / 6))
    assert z[1] == pytest.approx((math.log(1 / 11) - math.log(6 / 6)) / math.sqrt(1 / 1 + 1 / 6))


def test_keyness_masks_names_keeps_the_minimum_count_and_ranks(data):
    frame = narratives.keyness(data)
    assert frame["count"].min() >= narratives.MIN_COUNT and frame["z"].gt(0).all()
    assert not set(frame["term"]) & set(narratives.NAMES.split())
    assert all(own["z"].is_monotonic_decreasing for _, own in frame.groupby("article_id"))
    assert set(narratives.keyness(data, mask_names=False)["term"]) & set(narratives.NAMES.split())
    assert frame["term"].str.len().min() > 1


def recoded(first, second, variable="factuality"):
    frame = pd.DataFrame({"table": "claims", "first": first, "second": second, "variable": variable, "row_id": "x"})
    return replace(tables.load(), recodes=frame)


def test_alpha_of_a_published_example():
    """Krippendorff's own binary example of two coders and ten units: 0.095."""
    first, second = list("0100000010"), list("1110010000")
    row = narratives.reliability(recoded(first, second), resamples=50).iloc[0]
    assert row["alpha"] == 0.095 and row["agree"] == 6 and row["n"] == 10


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_alpha_for_resampling_is_that_of_the_library(level):
    rng = np.random.default_rng(3)
    for _ in range(20):
        pair = rng.integers(0, 4, (2, 30))
        kinds, counts = np.unique(pair, axis=1, return_counts=True)
        want = krippendorff.alpha(reliability_data=pair.astype(float), level_of_measurement=level)
        assert narratives._alpha(kinds, counts, 4, level) == pytest.approx(want)


def test_alpha_of_strength_is_ordinal():
    close = narratives.reliability(recoded(list("012012"), list("112012"), "strength"), resamples=50).iloc[0]
    far = narratives.reliability(recoded(list("012012"), list("212012"), "strength"), resamples=50).iloc[0]
    assert close["level"] == "ordinal" and close["alpha"] > far["alpha"]


def test_the_interval_holds_alpha_and_does_not_change_from_run_to_run(data):
    frame = narratives.reliability(data, resamples=60)
    known = frame[frame["alpha"].notna()]
    assert (known["low"].le(known["alpha"]) & known["alpha"].le(known["high"])).all()
    twice = {(n, f["name"]) for n in tables.resources() for f in tables.fields(n) if f["proof"] == "twice"}
    assert set(zip(frame["table"], frame["variable"], strict=True)) <= twice
    pd.testing.assert_frame_equal(frame, narratives.reliability(data, resamples=60))


def test_the_confusion_table_holds_every_unit(data):
    frame = narratives.reliability(data, resamples=2).set_index(["table", "variable"])
    for table, variable in (("claims", "factuality"), ("stances", "strength"), ("flows", "item")):
        counts = narratives.confusion(data, table, variable)
        assert counts.to_numpy().sum() == frame.loc[(table, variable), "n"]
        assert np.trace(counts) == frame.loc[(table, variable), "agree"]


def test_every_difference_is_settled_to_one_of_the_two_passes_or_mended_on_record(data):
    claims = data.claims.astype(object).fillna("").set_index("claim_id")
    own = data.recodes[data.recodes["table"].eq("claims") & data.recodes["reason"].ne("corrected")]
    assert len(own)
    for row in own.itertuples():
        assert claims.at[row.row_id, row.variable] in (row.first, row.second), row
    assert data.recodes.loc[data.recodes["first"].ne(data.recodes["second"]), "reason"].notna().all()


def test_one_origin_counts_once(data):
    frame = narratives.stances(data)
    once = narratives.origins_once(frame)
    study = frame[frame["origin_id"].eq("o08")]
    assert len(study) and len(once) < len(frame)
    assert not once[once["origin_id"].eq("o08")].duplicated(["dyad", "aspect", "strength"]).any()
    assert once["origin_id"].eq("").sum() == frame["origin_id"].eq("").sum()


def test_no_median_under_five(data):
    frame = narratives.summary(narratives.stances(data), ["dyad", "aspect"])
    assert frame.loc[frame["n"].lt(5), "median"].isna().all() and frame.loc[frame["n"].ge(5), "median"].notna().all()


def test_a_president_and_a_dissenter_stand_at_opposite_ends(data):
    frame = narratives.stances(data)
    ends = (
        frame[frame["article_id"].eq("004") & frame["dyad"].eq("RUS-IRN")]
        .groupby("voice")["strength"]
        .agg(["min", "max"])
    )
    assert ends.loc["Masoud Pezeshkian", "max"] == 2 and ends.loc["Mohammad Sadr", "min"] == -2


def test_agreement_is_over_two_texts_or_more(data):
    frame = narratives.agreement(data)
    assert frame.groupby(["dyad", "aspect"], observed=True)["article_id"].nunique().min() >= 2
    agreed = frame[frame["agree"]].groupby(["dyad", "aspect"], observed=True)["lean"].nunique()
    assert agreed.max() == 1


def test_terms_leave_out_single_letters_digits_and_addresses():
    frame = texts.terms("900", "A U.S. S-400 isn’t Iran’s. See https://example.org/a-b 12-day well-known é")
    assert frame["term"].tolist() == ["day", "iran", "isn't", "see", "well-known"]


def test_the_terms_are_what_the_texts_give(data, article_texts):
    made = pd.concat([texts.terms(a, t) for a, t in sorted(article_texts.items())], ignore_index=True)
    pd.testing.assert_frame_equal(made, data.terms, check_dtype=False)


def test_body_terms_leave_endnotes_out(data):
    terms = set(narratives.body_terms(data)["term"])
    assert "retrieved" not in terms and "retrieved" in set(data.terms["term"])


def computed(data):
    """Every computed title, caption, alt text and bullet, as a reader meets them."""
    said = [
        line
        for bullets in ("overview", "timeline", "aid", "narrative")
        for line in getattr(words, f"{bullets}_bullets")(data)
    ]
    for path in sorted((ROOT / "figures").glob("0*.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        said += [about["title"], about["caption"], about["alt"]]
    return said


def test_loaded_words_stand_in_quotation_marks_only(data):
    for line in computed(data):
        assert not re.search(LOADED, re.sub(QUOTED, "", line), re.IGNORECASE), line
    assert re.search(LOADED, "a regime") and not re.search(LOADED, re.sub(QUOTED, "", "its “regime”"))


def test_labels_of_events_are_free_of_loaded_words(data):
    assert not data.events["label"].str.contains(LOADED, case=False).any()
    for frame in (data.claims, data.stances, data.reasons):
        bare = frame["paraphrase"].str.replace(QUOTED, "", regex=True)
        assert not bare.str.contains(LOADED, case=False).any(), frame.loc[bare.str.contains(LOADED, case=False)].T


def test_the_same_verbs_for_every_article(data):
    for article in data.articles["article_id"]:
        for line in computed(timelines.select(data, articles=article)):
            for verb in re.findall(r"\b[Tt]exts? (?!or\b)([a-z]+)", line):
                assert (
                    verb in VERBS
                    or verb in CARDINALS
                    or verb
                    in (
                        "the",
                        "stands",
                        "cannot",
                        "is",
                        "are",
                        "apart",
                        "against",
                    )
                ), (
                    verb,
                    line,
                )
            assert not re.search(r"\b[Tt]exts? (claim|allege|admit|insist|boast|concede)", line)


def test_political_labels_describe_no_article(data):
    for label in data.articles["label"]:
        assert not re.search(r"pro-|anti-|left|right|propagand|partisan|hawk", label, re.IGNORECASE)


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        ("stances", {"strength": "3"}, "stances.csv:2 strength='3': unknown code"),
        ("stances", {"dyads": "CHN-RUS"}, "stances.csv:2 dyads='CHN-RUS': does not match"),
        ("stances", {"aspect": "warmth"}, "stances.csv:2 aspect='warmth': unknown code"),
        ("stances", {"speaker": "SADR"}, "a chain of speakers ends in AUTHOR"),
        ("reasons", {"reason": "us_presure"}, "reason='us_presure': unknown code; nearest: us_pressure"),
        ("frames", {"paragraph": "1"}, "frames.csv:2 paragraph='1': no such paragraph of body or list"),
        ("articles", {"primary_frame": ""}, "one frame leads the article"),
    ],
)
def test_checks_of_narratives(copy, table, values, expected):
    edit(copy, table, 0, **values)
    assert any(expected in line for line in told(copy)), told(copy)


def test_a_difference_without_a_reason_is_found(copy):
    at, _ = find(copy, "recodes", lambda r: r["first"] != r["second"])
    edit(copy, "recodes", at, reason="")
    assert any(f"recodes.csv:{at + 2} " in p and "the passes differ: say why" in p for p in told(copy))


def test_a_value_of_neither_pass_is_found(copy):
    at, _ = find(copy, "recodes", lambda r: r["variable"] == "factuality" and r["first"] == r["second"])
    edit(copy, "recodes", at, first="CTu", second="CTu")
    assert any(f"recodes.csv:{at + 2} " in p and "that of neither pass" in p for p in told(copy))


def test_what_lies_between_the_texts_is_dated_by_the_data(data):
    frame = narratives.between(data, ["e0004", "e0015", "e0013"])
    assert frame["start"].map(str).tolist() == ["2025-06-13", "2026-01-29"]
    labels = frame["label"].tolist()
    assert "war" in labels[0] and "pact" in labels[1]


def test_the_list_of_differences_is_whole(data):
    frame = narratives.settled(data)
    assert frame["differ"].sum() == data.recodes["first"].ne(data.recodes["second"]).sum()
    assert frame["differ"].le(frame["n"]).all()


def test_a_judgement_of_two_ties_is_one_judgement(data):
    frame = narratives.stances(data)
    assert set(frame["evidence"]) == set(data.stances["stance_id"]) and len(frame) > len(data.stances)
    assert f"Of {len(data.stances)} judgements" in words.stances(frame, data, "aspect")["title"]


def test_a_word_in_another_sense_is_not_counted(data):
    frame = narratives.wording(data, least=1)
    assert frame["n"].sum() == len(data.wordings)
    assert sorted(i for e in frame["evidence"] for i in e.split(";")) == sorted(data.wordings["wording_id"])
