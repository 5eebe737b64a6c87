import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tielines import amounts

EXACT, OVER, ALMOST = (1, 1, 1), (1, 0, 0), (0, 0, 1)


@pytest.mark.parametrize(
    ("text", "low", "best", "high", "qualifier", "unit"),
    [
        ("about 1,250 tonnes", None, 1250, None, "approx", "t"),
        ("~40%", None, 40, None, "approx", "%"),
        (">15%", 15, None, None, "over", "%"),
        ("more than 3 million barrels", 3e6, None, None, "over", "bbl"),
        ("nearly 70 percent", None, None, 70, "almost", "%"),
        ("up to 12 megawatts", None, None, 12, "up_to", "MW"),
        ("$1.5 billion", 1.5e9, 1.5e9, 1.5e9, "exact", "USD"),
        ("350 MW", 350, 350, 350, "exact", "MW"),
        ("30-year", 30, 30, 30, "exact", "year"),
        ("seven days", 7, 7, 7, "exact", "day"),
        ("4,000 loaves a day", 4000, 4000, 4000, "exact", "item"),
        ("500 barrels per day", 500, 500, 500, "exact", "bbl/d"),
        ("1.6 million barrels of crude oil a day", 1.6e6, 1.6e6, 1.6e6, "exact", "bbl/d"),
        ("60 million euros", 6e7, 6e7, 6e7, "exact", "EUR"),
        ("about €5", None, 5, None, "approx", "EUR"),
        ("500 million yuan", 5e8, 5e8, 5e8, "exact", "CNY"),
        ("forty J-10C fighters", 40, 40, 40, "exact", "item"),
        ("twenty-two parks", 22, 22, 22, "exact", "item"),
        ("two hundred men", 200, 200, 200, "exact", "item"),
        ("12 S-400 batteries", 12, 12, 12, "exact", "item"),
        ("500 barrels", 500, 500, 500, "exact", "bbl"),
        ("2,000", 2000, 2000, 2000, "exact", "item"),
        ("several months", None, None, None, "vague", "month"),
    ],
)
def test_parse(text, low, best, high, qualifier, unit):
    assert amounts.parse(text) == amounts.Amount(low, best, high, qualifier, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tonnes",
        "5 of 7 ships",
        "12 tonnes or 3 barrels",
        "a gift",
        "-5 tons",
        "$5 tons",
        "£5",
        "J-10C",
        "Su-35",
        "$5m",
        "12-15 ships",
        "5 million rials",
        "€5 dollars",
        "٣ tons",
    ],
)
def test_no_or_more_than_one_amount(text):
    with pytest.raises(ValueError):
        amounts.parse(text)


@settings(deadline=None)
@given(st.integers(0, 10**12), st.sampled_from(["t", "%", "MW"]), st.sampled_from(["", "~", ">", "nearly "]))
def test_what_is_printed_is_what_is_read(number, unit, sign):
    print_as = {"t": "tons", "%": "percent", "MW": "MW"}
    amount = amounts.parse(f"{sign}{number:,} {print_as[unit]}")
    known = {v for v in (amount.low, amount.best, amount.high) if v is not None}
    assert known == {float(number)} and amount.unit == unit
    assert amount == amounts.bounds(number, amount.qualifier, unit)
