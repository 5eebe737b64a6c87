"""A small article of our own stands for the real ones, so that all of it runs on any machine."""

import contextlib
import os
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tielines import amounts, dates, texts
from tielines.files import TielinesError

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


@settings(deadline=None)
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


@pytest.mark.parametrize(
    ("phrase", "found"),
    [("a gift", "900.p3.s2"), ("A GIFT", "900.p3.s2"), ("a  gift", "900.p3.s2"), ('"It was', "900.p3.s2")],
)
def test_locate_in_any_case_with_any_quotes(places, phrase, found):
    frame = texts.locate(phrase, {"900": ARTICLE}, places)
    assert frame["sentence_id"].tolist() == [found]
    assert ARTICLE[frame["start"][0] : frame["end"][0]].casefold() in (phrase.casefold(), "a gift", "“it was")


def test_what_is_not_found_has_a_nearest_sentence(places):
    assert texts.locate("no such words", {"900": ARTICLE}, places).empty
    assert texts.nearest("signed in April 2030", {"900": ARTICLE}, places) == "900.p4.s2 (3 of 4 words)"
    assert texts.nearest("zebra", {"900": ARTICLE}, places) == ""


@pytest.mark.parametrize("phrase", ["", " \n", "." * 100_000, "word " * 100_000])
def test_what_is_no_phrase_is_refused_at_once(places, phrase):
    with pytest.raises(TielinesError, match="is no phrase"):
        texts.locate(phrase, {"900": ARTICLE}, places)


OTHER = ARTICLE.replace("Norland", "Westland")
CASES = [  # how the file of 900 differs; what is said; whether it is a fault
    (ARTICLE.encode(), "", False),
    (ARTICLE.replace("\n", "\r\n").encode(), "900.txt has other line ends: read as the registered text", False),
    (ARTICLE.encode("utf-8-sig"), "900.txt has a byte order mark: read as the registered text", False),
    (ARTICLE.rstrip().encode(), "900.txt has another last line end", False),
    (OTHER.encode(), "900.txt holds the text of article 901", True),
    (OTHER.replace("\n", "\r\n").encode(), "900.txt holds the text of article 901", True),
    (ARTICLE.encode("utf-16"), "900.txt is in UTF-16, not in UTF-8: save it as UTF-8", True),
    (ARTICLE.encode("utf-16-be"), "900.txt is in UTF-16-BE, not in UTF-8: save it as UTF-8", True),
    (ARTICLE.encode("cp1252"), "900.txt is in CP1252, not in UTF-8: save it as UTF-8", True),
    (ARTICLE[:-60].encode("cp1252"), "900.txt is not UTF-8 at byte 139, perhaps CP1252", True),
    (ARTICLE[:-60].encode(), "900.txt is cut: 2 of 9 sentences are missing, from 900.p4.s2 on", True),
    (
        ARTICLE.replace("We ask", "We want").encode(),
        "900.txt was changed, first at 900.p3.s3: 1 of 9 sentences are",
        True,
    ),
    (
        b"A note.\n" + ARTICLE.encode(),
        "900.txt was changed, first at 900.p1.s1: all sentences are in it, elsewhere",
        True,
    ),
    (ARTICLE.encode() + b"More.\n", "900.txt goes on after its last sentence", True),
    (b"Quite another text.\n", "900.txt holds another text: 0 of 9 sentences are in it", True),
    (b" \n", "900.txt is empty", True),
    (None, "900.txt is not there", False),
]


@pytest.mark.parametrize(("content", "told", "fault"), CASES)
def test_each_way_in_which_a_text_is_not_the_registered_one_is_told(places, tmp_path, content, told, fault):
    registered = pd.DataFrame({"article_id": ["900", "901"], "sha256": [*map(texts.sha256, (ARTICLE, OTHER))]})
    (tmp_path / "901.txt").write_text(OTHER, encoding="utf-8", newline="")
    if content is not None:
        (tmp_path / "900.txt").write_bytes(content)
    found, notes, faults = texts.known(registered, places, tmp_path)
    assert (notes + [f for f, _ in faults.values()] or [""])[0].startswith(told) and bool(faults) == fault
    assert found == {
        i: t for i, t in (("900", ARTICLE), ("901", OTHER)) if i == "901" or not (fault or content is None)
    }


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to("/dev/zero")])
def test_a_text_that_is_no_file_is_refused_at_once(places, tmp_path, make):
    make(tmp_path / "900.txt")
    with pytest.raises(TielinesError, match="900.txt: this is no file"):
        texts.find_texts(["900"], tmp_path)


@pytest.mark.parametrize(
    ("read", "part"),
    [
        (texts.parse_zones, "body:1-999999999"),
        (texts.parse_zones, "body:1;" + "body:2" * 10**5),
        (lambda t: texts.sentences("900", t, "body:1"), "." * 10**6),
        (lambda t: texts.sentences("900", t, "body:1"), "A. " * 10**5),
        (lambda t: texts.sentences("900", t, "body:1"), 'He said "so." ' * 10**4),
        (texts.mentions, "1" * 10**5 + "x"),
        (texts.mentions, "5 May 2030 and 7 " * 10**4),
        (dates.parse, "[" + "." * 10**6 + "]"),
        (amounts.parse, "1" * 10**6),
    ],
)
def test_no_reader_takes_long(read, part):
    begun = time.process_time()
    with contextlib.suppress(ValueError):
        read(part)
    assert time.process_time() - begun < 2


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
    monkeypatch.setenv("TIELINES_ARTICLES", "")
    assert texts.folder() == texts.ROOT / "articles"
