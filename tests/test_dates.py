import re
from datetime import date

import edtf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tielines import dates

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "start", "end", "form"),
    [
        ("2025-01-17", "2025-01-17", "2025-01-17", "day"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2021", "2021-01-01", "2021-12-31", "year"),
        ("2026-01-XX", "2026-01-01", "2026-01-31", "month"),
        ("2026-XX", "2026-01-01", "2026-12-31", "year"),
        ("2026-02~", "2026-02-01", "2026-02-28", "month"),
        ("2025-06-13/2025-06-24", "2025-06-13", "2025-06-24", "duration"),
        ("2025-07/..", "2025-07-01", None, "duration"),
        ("../2014", None, "2014-12-31", "duration"),
        ("[2025-09-01..2025-09-07]", "2025-09-01", "2025-09-07", "within"),
        ("[..2026-02-14]", None, "2026-02-14", "within"),
        ("[2025-05,2025-07]", "2025-05-01", "2025-07-31", "within"),
        ("{2022,2023}", "2022-01-01", "2023-12-31", "set"),
    ],
)
def test_bounds(text, start, end, form):
    span = dates.parse(text)
    bound = [d.isoformat() if d else None for d in (span.start, span.end)]
    assert (*bound, span.form) == (start, end, form)


@pytest.mark.parametrize(
    "text",
    ["", "2025-02-29", "2026-13", "2026-00", "/2014", "2014/", "[2025..2024]", "[2025..", "{2025]", "[..]"]
    + ["2025-XX-03", "25-01-01", "Jan 2026", "2025-1-1", "2025-01-17T00:00", "2025/2026/2027", "2025 "]
    + ["٢٠٢٥", "0000", "..2025/2026", "2025/2026..", "{2025, 2026}", "2025," * 1_000],
)
def test_malformed_or_impossible(text):
    with pytest.raises(ValueError):
        dates.parse(text)


def test_marks():
    assert dates.parse("2026-02~").circa and dates.parse("2026-02%").circa
    assert not dates.parse("2026-02?").circa and dates.parse("2026-02?").mark == "?"


def test_width_in_days():
    assert dates.parse("[2025-09-01..2025-09-07]").days == 7
    assert dates.parse("2025-07/..").days is None


@settings(deadline=None, max_examples=30)  # edtf is slow
@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y-%m", "%Y"]), st.sampled_from(["", "~", "?", "%"]))
def test_points_agree_with_edtf(day, form, mark):
    text = day.strftime(form) + mark
    ours, oracle = dates.parse(text), edtf.parse_edtf(text)
    assert ours.start.timetuple()[:3] == oracle.lower_strict()[:3]
    assert ours.end.timetuple()[:3] == oracle.upper_strict()[:3]
    assert ours.start <= day <= ours.end


@settings(deadline=None, max_examples=15)
@given(DAYS, DAYS)
def test_ranges_agree_with_edtf(a, b):
    low, high = min(a, b), max(a, b)
    for text in (f"{low}/{high}", f"[{low}..{high}]"):
        ours, oracle = dates.parse(text), edtf.parse_edtf(text)
        assert ours.start.timetuple()[:3] == oracle.lower_strict()[:3]
        assert ours.end.timetuple()[:3] == oracle.upper_strict()[:3]


@settings(deadline=None)
@given(st.text("0123456789-/.[]{}~?%X,", max_size=24))
def test_anything_parses_or_says_why(text):
    try:
        span = dates.parse(text)
    except ValueError as error:
        assert str(error)
    else:
        assert re.search(r"\d{4}", text)
        assert span.start is None or span.end is None or span.start <= span.end


@pytest.mark.parametrize(
    ("said", "october", "january"),
    [
        ("this year", "[2026-01-01..2026-10-30]", "[2026-01-01..2026-01-15]"),
        ("last month", "2026-09", "2025-12"),
        ("Next month", "2026-11", "2026-02"),
        ("this month", "[2026-10-01..2026-10-30]", "[2026-01-01..2026-01-15]"),
        ("last week", "[2026-10-19..2026-10-25]", "[2026-01-05..2026-01-11]"),
        ("on Monday", "2026-10-26", "2026-01-12"),
        ("on Friday", "2026-10-30", "2026-01-09"),
        ("during the summer", "[2026-06-01..2026-08-31]", "[2025-06-01..2025-08-31]"),
        ("last winter", "[2025-12-01..2026-02-28]", "[2025-12-01..2026-01-15]"),
        ("in the spring of this year", "[2026-03-01..2026-05-31]", "[2026-03-01..2026-05-31]"),
        ("the spring of 2024", "[2024-03-01..2024-05-31]", "[2024-03-01..2024-05-31]"),
        ("recently", "[..2026-10-30]", "[..2026-01-15]"),
        ("next year", "2027", "2027"),
        ("tomorrow", "", ""),
        ("5 March", "", ""),
    ],
)
def test_words_that_count_from_a_day(said, october, january):
    assert [dates.counted(said, day) for day in (date(2026, 10, 30), date(2026, 1, 15))] == [october, january]
    assert all(dates.parse(day) for day in (october, january) if day)
