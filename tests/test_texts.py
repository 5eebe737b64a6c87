"""A small article of our own stands for the real ones, so that all of it runs on any machine."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tielines import texts

ARTICLE = """The Ferry Question

By A. Writer | 3 March 2031

Norland sent 1,200 tons of oats to Sudria on 5 May 2030.[i] The envoy, J. R. Marsh, said: “It was a gift. We ask nothing.” Nobody else saw it…
About 40 percent came late. Sudria signed in June 2030.

[i] Gazette (2030). ‘Oats.’ 6 May 2030.
"""
ZONES = "title:1;byline:2;body:3-4;note:5"


@pytest.fixture
def places():
    return texts.sentences("900", ARTICLE, ZONES)


def test_sentences_end_where_they_should():
    spans = {
        s: ARTICLE[a:b] for s, a, b in texts.sentences("900", ARTICLE, ZONES)[["sentence_id", "start", "end"]].values
    }
    assert list(spans) == [f"900.{p}" for p in "p1.s1 p2.s1 p3.s1 p3.s2 p3.s3 p3.s4 p4.s1 p4.s2 p5.s1".split()]
    assert spans["900.p3.s1"].endswith("2030.[i]") and spans["900.p3.s2"].endswith("“It was a gift.")
    assert spans["900.p3.s3"] == "We ask nothing.”" and spans["900.p5.s1"].startswith("[i]")


def test_quoted_words():
    frame = texts.sentences("900", ARTICLE, ZONES).set_index("sentence_id")["quoted_words"]
    assert frame[["900.p3.s1", "900.p3.s2", "900.p3.s3"]].tolist() == [0, 4, 3]


@given(st.text("aB .!?…”“[iv]\n1\u00a0é", max_size=200))
def test_no_character_is_lost_or_told_twice(text):
    seen = 0
    for start, end in texts.paragraphs(text):
        assert not text[seen:start].strip()
        seen = end
        at = start
        for a, b in texts.split(text, start, end):
            assert a < b and a >= at and not text[at:a].strip()
            at = b
        assert not text[at:end].strip()
    assert not text[seen:].strip()


@pytest.mark.parametrize("spec", ["body", "body:0-x", "sky:1", "body:3-1", "body:1-3;list:2"])
def test_bad_zones(spec):
    with pytest.raises(ValueError):
        texts.parse_zones(spec)


def test_mentions():
    found = texts.mentions("On 27 March 2031, in May and since 2025-27: the S-400, two J-10C, 5,000 kits last week.")
    assert [(k, p) for k, _, _, p in found] == [
        ("date", (2031, 3, 27)),
        ("date", (None, 5, None)),
        ("date", (2025, None, None)),
        ("number", ()),
        ("number", ()),
        ("relative", ()),
    ]


def test_words_keep_hyphens_and_apostrophes_and_nothing_else():
    text = "The J-10C’s “pact”—12-day, $80 million…"
    assert [text[a:b] for a, b in texts.words(text)] == ["The", "J-10C’s", "pact", "12-day", "80", "million"]


def test_word_spans_are_the_words_of_the_sentence(places):
    row = places.set_index("sentence_id").loc["900.p3.s3"]
    spans = [tuple(map(int, p.split("-"))) for p in row["word_spans"].split(";")]
    assert [ARTICLE[row["start"] + a : row["start"] + b] for a, b in spans] == ["We", "ask", "nothing"]


def test_hydrate(places):
    claims = pd.DataFrame({"sentence_ids": ["900.p3.s1", "900.p4.s1"]})
    frame = texts.hydrate(claims, {"900": ARTICLE}, places)
    assert frame["text"].iloc[1] == "About 40 percent came late."
    assert texts.hydrate(claims, {}, places)["text"].eq("").all()


def test_locate(places):
    frame = texts.locate("a gift", {"900": ARTICLE}, places)
    assert frame["sentence_id"].tolist() == ["900.p3.s2"]
    assert ARTICLE[frame["start"][0] : frame["end"][0]] == "a gift"
    assert texts.locate("no such words", {"900": ARTICLE}, places).empty


def test_texts_that_are_missing_empty_or_not_utf8(tmp_path):
    with pytest.raises(texts.TextsMissing, match=r"900\.txt"):
        texts.find_texts(["900"], tmp_path)
    (tmp_path / "900.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match=r"900\.txt: byte 3 is not UTF-8"):
        texts.find_texts(["900"], tmp_path)
    (tmp_path / "900.txt").write_bytes(b" \n")
    with pytest.raises(ValueError, match=r"900\.txt: the file is empty"):
        texts.find_texts(["900"], tmp_path)


def test_the_texts_folder_may_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TIELINES_ARTICLES", str(tmp_path))
    assert texts.folder() == tmp_path.resolve()
    monkeypatch.setenv("TIELINES_ARTICLES", "some/where")
    assert texts.folder() == texts.ROOT / "some" / "where"
