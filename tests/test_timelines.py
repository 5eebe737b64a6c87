"""Measures against cases worked by hand."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from tielines import dates, tables, timelines


def made(data, dated=(), telling=(("CT+", "none_given"),), **event):
    """Tables with one event of our own: date claims (value, factuality) and tellings."""
    head = {"event_id": "e9", "label": "Case", "event_type": "AID", "domain": "energy", "actors": "RUS"}
    row = head | {"recipients": "CUB", "umbrella": False, "in_scope": True, "note": ""} | event
    claims = [("occurrence", "", f, b) for f, b in telling] + [("date", v, f, "none_given") for v, f in dated]
    claims = [
        {"claim_id": f"c{i}", "sentence_ids": "000.p3.s1", "event_id": "e9", "speaker": "AUTHOR", "basis": b}
        | {"factuality": f, "attribute": a, "value": v}
        for i, (a, v, f, b) in enumerate(claims, 1)
    ]
    claims = pd.DataFrame(claims).astype({"basis": data.claims["basis"].dtype})
    return replace(data, events=pd.DataFrame([row]), claims=claims)


def rows(data):
    frame = timelines.event_dates(data)
    return [(r.start, r.end, r.form, r.differing, r.firmness, r.evidence) for r in frame.itertuples()]


def test_dates_that_share_days_stand_where_they_share_them(data):
    case = made(data, [("2025", "CT+"), ("2025-01-17", "CT+"), ("[..2026-02-14]", "CT+")])
    day = date(2025, 1, 17)
    assert rows(case) == [(day, day, "day", False, "CT+", "c2;c3;c4;c1")]


def test_dates_that_exclude_each_other_are_kept_as_differing(data):
    found = rows(made(data, [("2021-03", "CT+"), ("2024", "CT+")]))
    assert [(r[0].year, r[3]) for r in found] == [(2021, True), (2024, True)]
    assert [r[5] for r in found] == ["c2;c1", "c3;c1"]


def test_an_undated_event_keeps_a_row(data):
    assert rows(made(data)) == [(None, None, "none", False, "CT+", "c1")]


def test_a_denied_date_dates_nothing(data):
    assert rows(made(data, [("2025", "CT-")]))[0][:2] == (None, None)


@pytest.mark.parametrize(
    ("telling", "dated", "expected"),
    [
        (["CT+", "PS+"], "CT+", "CT+"),
        (["PS+", "PR+"], "CT+", "PR+"),
        (["CT-", "PS+"], "CT+", "PS+"),
        (["CT-"], "CT+", "CT-"),
        (["CT+"], "PR+", "PR+"),
        (["Uu"], "CT+", "Uu"),
    ],
)
def test_firmness(data, telling, dated, expected):
    case = made(data, [("2025", dated)], [(f, "none_given") for f in telling])
    assert rows(case)[0][4] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-17", "day"),
        ("[2025-09-01..2025-09-07]", "week"),
        ("2025-10", "month"),
        ("2024", "year"),
        ("[2024-01..2025-06]", "over a year"),
        ("[..2025-06]", "by a day"),
    ],
)
def test_precision(text, expected):
    span = dates.parse(text)
    assert timelines.precision(span.start, span.end) == expected


def test_no_bounds_is_no_date():
    assert timelines.precision(None, None) == "no date"


@pytest.mark.parametrize(
    ("actors", "recipients", "expected"),
    [
        ("CHN;XI", "CUB", "CHN-CUB"),
        ("IRN;RUS", "", "RUS-IRN"),
        ("RUS;CHN", "IRN", "RUS-CHN-IRN"),
        ("USA", "IRN", ""),
    ],
)
def test_dyad(actors, recipients, expected):
    assert timelines.dyad(actors, recipients) == expected


def test_lanes_leave_out_umbrellas_and_what_is_out_of_scope(data):
    assert timelines.lanes(made(data, umbrella=True)).empty
    assert timelines.lanes(made(data, in_scope=False)).empty
    assert timelines.lanes(made(data))["precision"].tolist() == ["no date"]


def test_precision_counts_each_event_once(data):
    frame = timelines.precision_by(data)
    assert frame["n"].sum() == data.claims["event_id"].nunique()


def test_as_of_is_the_latest_publication_bound(data):
    ends = [dates.parse(p).end for p in data.articles["published"]]
    assert timelines.as_of(data.articles) == max(ends).isoformat()


def test_select_by_recipient_and_article(data):
    cuba = timelines.select(data, recipients="CUB")
    assert cuba.events["recipients"].str.split(";").map(lambda r: "CUB" in r).all() and cuba.filters == {
        "recipients": "CUB"
    }
    one = timelines.select(data, articles="003")
    assert timelines.article_of(one.claims).eq("003").all() and len(one.sentences) < len(data.sentences)


def test_published_until_replays_what_was_out_by_then(data):
    early = timelines.select(data, published_until="2025-06-01")
    assert [dates.parse(p).end <= date(2025, 6, 1) for p in early.articles["published"]] == [True]
    assert (
        timelines.select(data, published_until="2026-12").articles["article_id"].tolist()
        == data.articles["article_id"].tolist()
    )


def test_since_and_until_keep_what_may_lie_inside(data):
    part = timelines.select(data, since="2025-01", until="2025-12")
    frame = timelines.event_dates(part)
    for row in frame.itertuples():
        assert not (row.end and row.end < date(2025, 1, 1)) and not (row.start and row.start > date(2025, 12, 31))
    undated = timelines.event_dates(data)
    undated = set(undated.loc[undated["start"].isna() & undated["end"].isna(), "event_id"])
    assert undated <= set(part.events["event_id"])


def test_an_unknown_filter_names_the_nearest(data):
    with pytest.raises(ValueError, match="no 'CUBA' in the data; nearest: CUB"):
        timelines.select(data, recipients="CUBA")


def test_story_has_a_row_for_each_stage_claim(data):
    frame = timelines.story(data, "CHN", "IRN", ["air_defence", "radar"])
    ids = {i for e in frame["evidence"] for i in e.split(";")}
    told = tables.load_claims().set_index("claim_id").loc[sorted(ids)]
    flows = data.flows.merge(data.events, on="event_id")
    want = flows[
        flows["item"].isin(("air_defence", "radar")) & flows["actors"].eq("CHN") & flows["recipients"].eq("IRN")
    ]
    assert set(told["event_id"]) == set(want["event_id"]) and set(told["attribute"]) == {"stage"}
    claims = data.claims[data.claims["event_id"].isin(want["event_id"]) & data.claims["attribute"].eq("stage")]
    assert ids == set(claims["claim_id"])
