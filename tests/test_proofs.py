"""What the texts prove, on a small article of our own, so that all of it runs on any machine."""

import cProfile

import pandas as pd
import pytest
from test_texts import ARTICLE, ZONES

from tielines import proofs, tables, texts

CLAIMS = [  # id, sentence, attribute, value, value_basis, basis, origin, its words
    ("c1", "900.p3.s1", "quantity", "mass", "", "none_given", "", "1,200 tons of oats"),
    ("c2", "900.p3.s1", "date", "2030-05-05", "explicit", "document", "o1", "on 5 May 2030.[i]"),
    ("c3", "900.p4.s1", "quantity", "share", "", "none_given", "", "About 40 percent came late"),
    ("c4", "900.p4.s2", "date", "2030-06", "explicit", "none_given", "", "signed in June 2030"),
]
AMOUNTS = [
    ("q1", "c1", 1200.0, 1200.0, 1200.0, "exact", "t", "1,200 tons"),
    ("q2", "c3", None, 40.0, None, "approx", "%", "About 40 percent"),
]


def anchor(row_id, sentence, words):
    start = ARTICLE.index(words)
    return row_id, sentence, start, start + len(words), len(texts.words(words)), texts.sha256(words)


def small_tables():
    """The tables of the small article: four claims, two amounts, a wording, an endnote."""
    empty = {name: pd.DataFrame(columns=[f["name"] for f in tables.fields(name)]) for name in tables.resources()}
    empty["articles"] = pd.DataFrame(
        [("900", "The Ferry Question", "A. Writer", "Gazette", "", ZONES, "full", texts.sha256(ARTICLE), 55)],
        columns="article_id title author publisher url zones coverage sha256 words".split(),
    )
    empty["articles"]["words"] = len(ARTICLE.split())
    empty["sentences"] = texts.sentences("900", ARTICLE, ZONES)
    empty["terms"] = texts.terms("900", ARTICLE)
    columns = "claim_id sentence_ids attribute value value_basis basis origin_id".split()
    empty["claims"] = pd.DataFrame([c[:-1] for c in CLAIMS], columns=columns).assign(said_on="")
    spans = [anchor(c[0], c[1], c[-1]) for c in CLAIMS] + [anchor("w1", "900.p3.s2", "gift")]
    empty["anchors"] = pd.DataFrame(spans, columns="row_id sentence_id start end words sha256".split())
    empty["wordings"] = pd.DataFrame(
        [("w1", "900.p3.s2", "gift", True)], columns="wording_id sentence_id term quoted".split()
    )
    starts = [(*q[:-1], ARTICLE.index(q[-1]), ARTICLE.index(q[-1]) + len(q[-1]), "") for q in AMOUNTS]
    columns = "quantity_id claim_id low best high qualifier unit start end period".split()
    empty["quantities"] = pd.DataFrame(starts, columns=columns)
    note = ("o1", "", "Gazette", "Oats.", "2030-05-06", "", "900.p5.s1")
    empty["origins"] = pd.DataFrame(
        [note], columns="origin_id author publisher title published url sentence_id".split()
    )
    return tables.Tables(**empty)


@pytest.fixture
def small():
    return small_tables()


def outcomes(text, data):
    frame = proofs.verify({"900": text}, data)
    return {(r.row_id, r.proof): (r.outcome, r.place) for r in frame.itertuples()}


def test_all_that_is_right_is_ok(small):
    found = outcomes(ARTICLE, small)
    kinds = pd.Series([proof for _, proof in found]).value_counts().to_dict()
    assert kinds == {
        "sentence": 9, "words": 5, "terms": 5, "date": 2, "amount": 2,
        "file": 1, "title": 1, "term": 1, "quotes": 1, "marker": 1, "reference": 1,
    }  # fmt: skip
    assert set(found.values()) == {("ok", "")}


def test_what_moved_has_drifted_and_the_new_place_is_told(small):
    found = outcomes("A line before.\n" + ARTICLE, small)
    was = ARTICLE.index("1,200 tons")
    assert found[("q1", "amount")] == ("drifted", f"{was + 15}-{was + 25}")
    assert found[("c1@%d" % was, "words")] == ("drifted", f"{was + 15}-{was + 33}")
    assert found[("900.p1.s1", "sentence")] == ("drifted", "15-33")
    assert found[("c2", "date")] == found[("c2", "marker")] == ("ok", "")


def test_what_is_gone_is_an_orphan(small):
    found = outcomes(ARTICLE.replace("1,200", "1,300").replace("June 2030", "July 2030"), small)
    gone = {key for key, (outcome, _) in found.items() if outcome == "orphan"}
    at = {c[0]: f"{c[0]}@{ARTICLE.index(c[-1])}" for c in CLAIMS}
    assert gone == {
        ("900.p3.s1", "sentence"), ("900.p4.s2", "sentence"), ("q1", "amount"), (at["c1"], "words"),
        (at["c4"], "words"), ("c4", "date"), ("900.p4", "terms"),
    }  # fmt: skip


def test_words_that_moved_within_their_article_have_drifted(small):
    moved = ARTICLE.replace("About 40 percent came late. ", "") + "\nAbout 40 percent came late, they wrote.\n"
    found = outcomes(moved, small)
    assert found[("q2", "amount")][0] == found[(f"c3@{ARTICLE.index('About 40')}", "words")][0] == "drifted"


@pytest.mark.parametrize(
    ("table", "column", "value", "proof"),
    [
        ("quantities", "best", 41.0, ("q1", "amount")),
        ("claims", "value", "2030-05-06", ("c2", "date")),
        ("claims", "origin_id", "o1", ("c4", "marker")),
        ("wordings", "term", "present", ("w1", "term")),
        ("wordings", "quoted", False, ("w1", "quotes")),
        ("origins", "published", "2030-05-07", ("o1", "reference")),
        ("origins", "title", "Barley.", ("o1", "reference")),
        ("articles", "title", "The Train Question", ("900", "title")),
        ("articles", "publisher", "Herald", ("900", "title")),
        ("sentences", "quoted_words", 3, ("900.p1.s1", "sentence")),
        ("terms", "count", 9, ("900.p1", "terms")),
        ("anchors", "words", 9, (f"c1@{ARTICLE.index('1,200')}", "words")),
    ],
)
def test_a_wrong_cell_is_an_orphan(small, table, column, value, proof):
    frame = getattr(small, table)
    row = next((i for i, r in enumerate(frame.itertuples()) if proof[0] in r), 0)
    frame.loc[row, column] = value
    if column == "origin_id":
        frame.loc[row, "basis"] = "document"
    assert outcomes(ARTICLE, small)[proof] == ("orphan", "")


def test_words_of_the_body_that_no_row_claims(small):
    runs = proofs.unclaimed(small.sentences, small.anchors, small.uncoded)
    told = [ARTICLE[r.start : r.end] for r in runs.itertuples() if r.words >= proofs.RUN]
    assert told == ["The envoy, J. R. Marsh, said: “It was a gift", "Nobody else saw it"]  # title and p3.s3: three
    share = proofs.accounted(small).iloc[0]
    body = 3 + 13 + 11 + 3 + 4 + 5 + 5  # words of the title and of each body sentence
    assert share["words"] == body and share["left"] == runs["words"].sum()


def test_a_wording_accounts_for_no_words(small):
    without = small.anchors[small.anchors["row_id"].ne("w1")]
    a, b = (proofs.unclaimed(small.sentences, own, small.uncoded) for own in (small.anchors, without))
    pd.testing.assert_frame_equal(a, b)


def test_a_span_in_uncoded_accounts_for_its_words(small):
    start = ARTICLE.index("Nobody else")
    rows = [("900.p3.s4", "claim", start, start + 18, "no_fact")]
    uncoded = pd.DataFrame(rows, columns="sentence_id scope start end reason".split())
    left = proofs.unclaimed(small.sentences, small.anchors, uncoded)
    assert "900.p3.s4" not in set(left["sentence_id"])


@pytest.mark.parametrize("where", ["text", "offsets", "hashes"])
def test_verify_takes_time_in_proportion(small, where):
    """To what is wrong in a text and rows, wherever: twice as much more takes about twice the calls more."""

    def calls(n):
        text = "One line more.\n" * n + ARTICLE + ARTICLE.replace("sent", "gave") * n
        own = {name: getattr(small, name) for name in ("anchors", "quantities")}
        if where != "text":
            own["quantities"] = [own["quantities"].assign(start=i, end=i + 12) for i in range(n)]
            at = own["anchors"]["start"]
            own["anchors"] = [own["anchors"].assign(start=at + i, end=at + 2 * i + 9) for i in range(n)]
        if where == "hashes":
            own["anchors"] = [one.assign(sha256=texts.sha256(str(i))) for i, one in enumerate(own["anchors"])]
        own = {name: pd.concat(made) if isinstance(made, list) else made for name, made in own.items()}
        profile = cProfile.Profile()
        profile.runcall(proofs.verify, {"900": text}, tables.Tables(**vars(small) | own))
        return sum(entry.callcount for entry in profile.getstats())

    few, some, many = map(calls, (80, 160, 320) if where == "text" else (8, 16, 32))
    assert many - some < 2.3 * (some - few)
