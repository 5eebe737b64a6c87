"""A printed amount → low, best, high, qualifier and unit, exactly as it is printed.

Exact: low = best = high. Approximate: best alone. Over: low alone. Almost and up to:
high alone. Vague ("several"): no number. Nothing is rounded, converted or inferred.
"""

import re
from dataclasses import dataclass

from tielines import files

__all__ = "Amount MEASURES bounds parse values".split()


def __dir__():
    return __all__


UNITS = {  # unit: what a text may print for it
    "t": r"(?:metric )?(?:tons?|tonnes?)",
    "USD": r"(?:US )?dollars?|USD",
    "EUR": r"euros?|EUR",
    "CNY": r"yuan|renminbi|RMB|CNY",
    "RUB": r"rou?bles?|RUB",
    "%": r"%|per ?cent",
    "MW": r"MW|megawatts?",
    "bbl/d": r"(?:barrels?|bbl)\b.{0,30}?\b(?:an?|per|each|every) day|bpd|b/d",
    "bbl": r"(?:barrels?|bbl)(?!\b.{0,30}?\b(?:an?|per|each|every) day)",
    "year": r"years?",
    "month": r"months?",
    "week": r"weeks?",
    "day": r"days?",
}
MEASURES = {  # measure: the units that it may have
    "mass": ("t",),
    "money": ("USD", "EUR", "CNY", "RUB"),
    "share": ("%",),
    "growth": ("%",),
    "capacity": ("MW",),
    "count": ("item", "bbl", "bbl/d"),
    "duration": ("year", "month", "week", "day"),
}
SIGNS = {"$": "USD", "€": "EUR", "₽": "RUB"}
_OTHER = r"[£¥₹]|(?<![a-z])(?:pounds?(?: sterling)?|pesos?|rials?|tomans?|yen|francs?|dirhams?|rupees?)(?![a-z])"
RATE = r"\b(?:an?|per|each|every) (?:day|week|month|year)\b"
_QUALIFIERS = {
    "approx": r"~|about|around|approximately|some|roughly",
    "almost": r"nearly|almost|close to",
    "over": r">|more than|(?<!handed )(?<!taken )(?<!turned )over|at least",
    "up_to": r"<|up to|at most",
}
_SCALE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SPELLED = rf"(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(CARDINALS[1:10])}))?|{'|'.join(CARDINALS)}"  # a number in words, below 100
LONGEST = 80  # characters of a printed amount
_VAGUE = r"several|many|few|large number|numerous|dozens|hundreds|thousands|substantial"
_NUMBER = re.compile(  # none inside a name: S-400, J-10C
    r"(?<![A-Za-z]-)(?<![A-Za-z0-9])(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]++(?:\.[0-9]++)?+(?![A-Z](?!W))"
    r"|\b(?:%s)\b)(?:\s*[-–]?\s*(?P<scale>%s))?" % (SPELLED, "|".join(_SCALE)),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """``low``, ``best``, ``high`` in ``unit``; None is a bound the text does not print."""

    low: float | None
    best: float | None
    high: float | None
    qualifier: str
    unit: str


def parse(text: str) -> Amount:
    """Read one printed amount; a bare number has unit ``item``.

    >>> parse("~4,800 tons")
    Amount(low=None, best=4800.0, high=None, qualifier='approx', unit='t')

    Raises ValueError where the text prints no amount, or more than one.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{files.shown(text)} is longer than a printed amount")
    plain = re.sub(RATE, "", text, flags=re.I)  # how often, no length of time
    units = [
        u for u, p in UNITS.items() if re.search(rf"(?<![a-z])(?:{p})(?![a-z])", text if "bbl" in u else plain, re.I)
    ]
    units += [unit for sign, unit in SIGNS.items() if sign in text and unit not in units]
    if other := re.search(_OTHER, plain, re.I):
        raise ValueError(f"{text!r} is in {other[0]}, which is no unit here")
    unit = units[0] if units else "item"
    numbers = list(_NUMBER.finditer(text))
    if not numbers and re.search(rf"\b(?:{_VAGUE})\b", text, re.IGNORECASE):
        return Amount(None, None, None, "vague", unit)
    if len(numbers) != 1 or len(units) > 1:
        raise ValueError(f"{text!r} prints {len(numbers)} numbers and units {units}, not one amount")
    before = text[: numbers[0].start()]
    if re.search(r"(?<!\w)[-−]$", before):
        raise ValueError(f"{text!r} is less than nothing")
    found = [q for q, p in _QUALIFIERS.items() if re.search(rf"(?<![a-z])(?:{p})(?![a-z])", before, re.I)]
    if len(found) > 1:
        raise ValueError(f"{text!r} is {' and '.join(found)} at once")
    return bounds(_value(numbers[0]), found[0] if found else "exact", unit)


def _value(number: re.Match) -> float:
    digits = number["number"].lower().replace(",", "")
    tens, _, ones = digits.replace("-", " ").partition(" ")
    if digits in CARDINALS:
        value = float(CARDINALS.index(digits))
    elif tens in TENS:
        value = 20.0 + 10 * TENS.index(tens) + (CARDINALS.index(ones) if ones else 0)
    else:
        value = float(digits)
    return value * _SCALE.get((number["scale"] or "").lower(), 1)


def values(text: str) -> list[tuple[float | None, int]]:
    """Every number of a text, of any length, and where it starts; None is a vague word."""
    numbers = [(_value(m), m.start()) for m in _NUMBER.finditer(text) if len(m[0]) <= LONGEST]
    return numbers + [(None, m.start()) for m in re.finditer(rf"\b(?:{_VAGUE})\b", text, re.IGNORECASE)]


def bounds(value: float, qualifier: str, unit: str) -> Amount:
    """The amount that a number and a qualifier stand for."""
    low = value if qualifier in ("exact", "over") else None
    best = value if qualifier in ("exact", "approx") else None
    high = value if qualifier in ("exact", "almost", "up_to") else None
    return Amount(low, best, high, qualifier, unit)
