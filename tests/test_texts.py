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
def small():
    """The tables of the small article: articles, sentences, claims, quantities."""
    places = texts.sentences("900", ARTICLE, ZONES)
    articles = pd.DataFrame({"article_id": ["900"], "sha256": [texts.sha256(ARTICLE)]})
    rows = [
        ("c1", "900.p3.s1", "quantity", "mass", ""),
        ("c2", "900.p3.s1", "date", "2030-05-05", "explicit"),
        ("c3", "900.p4.s1", "quantity", "share", ""),
        ("c4", "900.p4.s2", "date", "2030-06", "explicit"),
    ]
    claims = pd.DataFrame(rows, columns="claim_id sentence_ids attribute value value_basis".split())
    amounts = []
    for row in (("q1", "c1", 1200.0, 1200.0, 1200.0, "exact", "t", "1,200 tons"),) + (
        ("q2", "c3", None, 40.0, None, "approx", "%", "About 40 percent"),
    ):
        start = ARTICLE.index(row[-1])
        amounts.append((*row[:-1], start, start + len(row[-1])))
    columns = "quantity_id claim_id low best high qualifier unit start end".split()
    return articles, places, claims, pd.DataFrame(amounts, columns=columns)


def outcomes(text, small):
    frame = texts.verify({"900": text}, *small)
    return {(r.row_id, r.proof): (r.outcome, r.place) for r in frame.itertuples()}


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


def test_hydrate(small):
    frame = texts.hydrate(small[2], {"900": ARTICLE}, small[1])
    assert frame["text"].iloc[2] == "About 40 percent came late."
    assert texts.hydrate(small[2], {}, small[1])["text"].eq("").all()


def test_verify_ok(small):
    found = outcomes(ARTICLE, small)
    assert len(found) == 1 + 9 + 2 + 2 and set(found.values()) == {("ok", "")}


def test_verify_drifted(small):
    found = outcomes("A line before.\n" + ARTICLE, small)
    assert {v[0] for v in found.values()} == {"drifted"}
    was = ARTICLE.index("1,200 tons")
    assert found[("q1", "amount")] == ("drifted", f"{was + 15}-{was + 25}")
    assert found[("900.p1.s1", "sentence")] == ("drifted", "15-33")


def test_verify_orphan(small):
    found = outcomes(ARTICLE.replace("1,200", "1,300").replace("June 2030", "July 2030"), small)
    assert found[("900.p3.s1", "sentence")] == found[("q1", "amount")] == ("orphan", "")
    assert found[("c4", "date")] == ("orphan", "") and found[("q2", "amount")] == ("ok", "")


def test_an_amount_that_moved_within_its_article_drifts(small):
    moved = ARTICLE.replace("About 40 percent came late. ", "") + "About 40 percent came late, they wrote.\n"
    assert outcomes(moved, small)[("q2", "amount")][0] == "drifted"


def test_a_wrong_number_in_the_table_is_an_orphan(small):
    small[3].loc[0, ["low", "best", "high"]] = 1201.0
    assert outcomes(ARTICLE, small)[("q1", "amount")] == ("orphan", "")


def test_locate(small):
    frame = texts.locate("a gift", {"900": ARTICLE}, small[1])
    assert frame["sentence_id"].tolist() == ["900.p3.s2"]
    assert ARTICLE[frame["start"][0] : frame["end"][0]] == "a gift"
    assert texts.locate("no such words", {"900": ARTICLE}, small[1]).empty


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
