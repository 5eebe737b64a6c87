"""Which pairs must be looked at, on cases worked by hand."""

import pandas as pd
import pytest

from tielines import corroboration, tables


@pytest.fixture
def small():
    """Two texts: a gift and its denial, two dates, an endnote, judgements of pairs and of three together."""
    frames = {n: pd.DataFrame(columns=[f["name"] for f in tables.fields(n)]) for n in tables.resources()}
    rows = [
        ("c1", "900.p1.s1", "e1", "none_given", "", "CT+", "stage", "delivered"),
        ("c2", "901.p1.s1", "e1", "none_given", "", "CT-", "stage", "delivered"),
        ("c3", "900.p1.s1", "e2", "document", "o1", "CT+", "date", "2030-05-05"),
        ("c4", "901.p1.s1", "e2", "none_given", "", "CT+", "date", "2030-06"),
        ("c5", "900.p9.s1", "e3", "document", "o1", "CT+", "occurrence", ""),
        ("c6", "900.p1.s1", "e1", "none_given", "", "CT+", "quantity", "mass"),
        ("c7", "901.p1.s1", "e1", "none_given", "", "CT+", "quantity", "mass"),
        ("c8", "901.p1.s1", "e1", "none_given", "", "CT+", "quantity", "money"),
        ("c9", "900.p1.s1", "e2", "none_given", "", "CT+", "term", "scope"),
        ("c10", "901.p1.s1", "e2", "none_given", "", "CT+", "term", "purpose"),
        ("c11", "901.p1.s1", "e4", "none_given", "", "CT+", "date", "2030-06-02"),
        ("c12", "901.p1.s1", "e5", "none_given", "", "CT+", "stage", "offered"),
    ]
    columns = "claim_id sentence_ids event_id basis origin_id factuality attribute value".split()
    frames["claims"] = pd.DataFrame(rows, columns=columns)
    amounts = [("c6", 5.0, "t"), ("c7", 6.0, "t"), ("c8", 5.0, "USD")]
    frames["quantities"] = pd.DataFrame(
        [(c, v, v, v, u) for c, v, u in amounts], columns="claim_id low best high unit".split()
    )
    frames["sentences"] = pd.DataFrame(
        [("900.p1.s1", "900", "body"), ("900.p9.s1", "900", "note"), ("901.p1.s1", "901", "body")],
        columns="sentence_id article_id zone".split(),
    )
    events = [
        ("e1", "AID", "RUS", "IRN"),
        ("e2", "SUPPORT", "RUS;IRN", ""),
        ("e3", "SUPPORT", "IRN", "RUS"),
        ("e4", "CONSULT", "IRN;RUS", ""),
        ("e5", "AID", "RUS", "IRN"),
    ]
    frames["events"] = pd.DataFrame(events, columns="event_id event_type actors recipients".split())
    flows = [("e1", "", "rice"), ("e5", "", "rice")]
    frames["flows"] = pd.DataFrame(flows, columns="event_id parent_event_id item".split())
    judged = [
        ("s1", "RUS-IRN", "1"),
        ("s2", "RUS-CHN-IRN", "-2"),
        ("s3", "CHN-CUB;RUS-IRN", "0"),
        ("s4", "CHN-CUB", "2"),
    ]
    frames["stances"] = pd.DataFrame(judged, columns="stance_id dyads strength".split())
    return tables.Tables(**frames)


def pairs(frame):
    return set(zip(frame["a"], frame["b"], strict=True))


def test_every_pair_that_must_be_looked_at_and_no_other(small):
    assert pairs(corroboration.candidates(small)) == {
        ("c1", "c2"),  # delivered, not delivered
        ("c3", "c4"),  # another date
        ("c6", "c7"),  # five tonnes, six tonnes; money is no other mass
        ("c3", "c5"),  # the text and its endnote
        ("s1", "s2"),  # a pair against the three together; a zero leans no way
        ("e1", "e5"),  # the same item
        ("e2", "e3"),  # the same type
        ("e2", "e4"),  # dates that meet within a month
    }


def test_a_link_meets_its_candidate_whichever_way_round(small):
    left = pairs(corroboration.open_candidates(small))
    rows = [("c2", "c1"), ("s2", "s1"), ("c12", "c1"), ("c9", "c11")]
    links = pd.DataFrame(rows, columns=["a", "b"]).assign(relation="dismissed", note="")
    met = left - pairs(corroboration.open_candidates(tables.Tables(**{**vars(small), "links": links})))
    assert met == {("c1", "c2"), ("s1", "s2"), ("e1", "e5"), ("e2", "e4")}


def test_a_part_and_its_whole_are_no_pair(small):
    small.flows.loc[1, "parent_event_id"] = "e1"
    assert ("e1", "e5") not in pairs(corroboration.candidates(small))
