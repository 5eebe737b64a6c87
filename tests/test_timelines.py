"""When: bounds by cases worked by hand and by a second count; lanes, precision, one story by publication."""

import pandas as pd
from test_dataset import cases, claims, made, rows

from tielines import dates, timelines


def dated(*values, told="900 CT+ agreed", events=None):
    """An event for each list of values, told once and dated by ``value`` or ``value factuality`` each."""
    own = [(i, *v.split(), "CT+") for i, each in enumerate(values, 1) for v in each]
    own = [
        dict(event_id=f"e{i}", factuality=f, attribute="date", value=v, value_basis="explicit") for i, v, f, *_ in own
    ]
    return made(events=events or [{}] * len(values), claims=[*cases([[told]] * len(values)), *own])


def spans(data):
    frame = timelines.bounds(data)
    day = lambda d: "" if pd.isna(d) else d.date().isoformat()  # noqa: E731
    return [
        f"{day(r.start)}/{day(r.end)} {r.form} {'differing' if r.differing else 'one'} {r.evidence}"
        for r in frame.itertuples()
    ]


def test_bounds_are_what_date_claims_share_else_each():
    told = [
        (["2025", "2025-01-17", "[..2026-02-14]"], ["2025-01-17/2025-01-17 day one c9;c10;c11"]),
        (["2025-01/2025-06", "2025-03/2025-12"], ["2025-03-01/2025-06-30 within one c12;c13"]),
        (["[..2025-06]"], ["/2025-06-30 within one c14"]),
        (
            ["2021-03", "2024"],
            ["2021-03-01/2021-03-31 month differing c15", "2024-01-01/2024-12-31 year differing c16"],
        ),
        (
            ["2021-03", "2024", "2024"],
            ["2021-03-01/2021-03-31 month differing c17", "2024-01-01/2024-12-31 year differing c18;c19"],
        ),
        (["2025 CT-"], ["/ nan one "]),
        (["2025 Uu"], ["2025-01-01/2025-12-31 year one c21"]),
        ([], ["/ nan one "]),
    ]
    values, expected = zip(*told, strict=True)
    assert spans(dated(*values)) == sum(expected, [])


def test_of_an_event_that_all_deny_the_denied_date_stands():
    assert spans(dated(["2025 CT-"], told="900 CT- delivered")) == ["2025-01-01/2025-12-31 year one c2"]


def test_recently_bounds_nothing_and_is_drawn_apart_where_it_contradicts():
    own = [
        dict(attribute="date", value="2021-03", value_basis="explicit"),
        dict(attribute="date", value="[..2025-09-07]", value_basis="none"),
    ]
    exact = "2021-03-01/2021-03-31 month {} c1"
    assert spans(made(claims=own)) == [exact.format("one")]
    assert spans(made(claims=own[1:])) == ["/ nan one "]
    links = [dict(a="c2", b="c1", relation="contradiction")]
    assert spans(made(claims=own, links=links)) == [
        exact.format("differing"),
        "/2025-09-07 within differing c2",
    ]


def test_bounds_are_those_of_a_second_count(data):
    clash = {i for r in rows("links") if r["relation"] == "contradiction" for i in (r["a"], r["b"])}
    told, found = {}, set()
    for row in rows("claims"):
        told.setdefault(row["event_id"], []).append(row)
    for event, own in told.items():
        denied = all(r["factuality"].endswith("-") for r in own)
        own = [r for r in own if r["attribute"] == "date" and (denied or not r["factuality"].endswith("-"))]
        strict = [dates.parse(r["value"]) for r in own if r["value_basis"] != "none"]
        start = max((s.start for s in strict if s.start), default=None)
        end = min((s.end for s in strict if s.end), default=None)
        each = {(s.start, s.end) for s in strict} if start and end and start > end else {(start, end)}
        loose = [dates.parse(r["value"]) for r in own if r["value_basis"] == "none" and r["claim_id"] in clash]
        each |= {(s.start, s.end) for s in loose}
        if len(each) > 1:
            each.discard((None, None))
        found |= {(event, *days, len(each) > 1) for days in each}
    frame = timelines.bounds(data)
    day = lambda d: None if pd.isna(d) else d.date()  # noqa: E731
    assert {(r.event_id, day(r.start), day(r.end), r.differing) for r in frame.itertuples()} == found
    assert len(frame) == len(found) and sum(f[3] for f in found) >= 2


def test_precision_is_the_width_of_the_bounds():
    widths = {
        "2025-01-17": "day", "[2025-09-01..2025-09-07]": "week", "2025-10": "month", "2024": "year",
        "[2024-01..2025-06]": "longer", "[..2025-06]": "by a day", "2025/..": "from a day", "": "undated",
    }  # fmt: skip
    data = dated(*([text] if text else [] for text in widths))
    assert timelines.precision(timelines.bounds(data)).tolist() == [*widths.values()]


def test_precision_counts_each_event_once_at_its_most_precise_date(data):
    assert timelines.precisions(dated(["2021-03-05", "2024"]))[["precision", "n"]].values.tolist() == [["day", 1]]
    assert timelines.precisions(data)["n"].sum() == data.claims["event_id"].nunique()


def test_lanes_leave_out_general_statements_other_ties_and_what_is_out_of_scope():
    data = dated(["2025"], *[["2025"]] * 3, events=[{}, dict(umbrella="yes"), dict(in_scope="no"), dict(actors="USA")])
    lanes = timelines.lanes(data)[["tie", "provider", "kind", "when", "evidence"]]
    assert lanes.values.tolist() == [["RUS-CUB", "RUS", "given", "dated", "c5;c1"]]


def test_a_date_that_is_only_expected_is_drawn_as_planned():
    lanes = timelines.lanes(dated(*([f"2025 {firm}"] for firm in ("CT+", "PR+", "PS+"))))
    assert lanes.sort_values("event_id")["planned"].astype(bool).tolist() == [False, True, True]


def test_dated_reported_by_and_undated_are_three_things():
    said = dict(claims("900 CT+ agreed")[0], said_on="2025-03-04")
    lanes = timelines.lanes(
        made(events=[{}, {}], claims=[said, dict(said, event_id="e2", said_on="", factuality="PS+")])
    )
    assert lanes["end"].iloc[0].date().isoformat() == "2025-03-04" and lanes["start"].isna().all()
    assert lanes["when"].tolist() == ["reported by", "undated"] and lanes["planned"].astype(bool).tolist() == [
        False,
        True,
    ]


def test_what_only_lies_in_the_past_has_a_latest_day_and_no_date():
    lanes = timelines.lanes(dated(["[..2025-03-04]"], ["[2025-01..2025-03-04]"]))
    assert lanes.sort_values("event_id")["when"].tolist() == ["reported by", "dated"]


def test_a_denial_is_no_report_by_a_day():
    lane = timelines.lanes(made(claims=claims("900 CT- agreed", said_on="2025-03-04"))).iloc[0]
    assert (lane["when"], bool(lane["denied"])) == ("undated", True)


def test_a_story_follows_publication_and_has_a_row_for_silence():
    told = claims("902 CT+ delivered", "900 PS+ sought")
    frame = timelines.story(made(claims=told), "RUS", "CUB", ["rice"])
    assert frame[["article_id", "status", "stage"]].values.tolist() == [
        ["900", "possibly", "sought"],
        ["901", "", ""],
        ["902", "stated", "delivered"],
    ]
    assert frame["evidence"].tolist() == ["c2", "901", "c1"]
    assert timelines.story(made(claims=told), "CHN", "CUB", ["rice"])["event_id"].eq("").all()
