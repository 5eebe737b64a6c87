"""A printed amount → low, best, high, qualifier and unit, exactly as it is printed.

Exact: low = best = high. Approximate: best alone. Over: low alone. Almost and up to:
high alone. Vague ("several"): no number. Nothing is rounded, converted or inferred.
"""

import re
from dataclasses import dataclass

__all__ = "Amount bounds parse".split()


def __dir__():
    return __all__


UNITS = {  # unit: what a text may print for it
    "t": r"(?:metric )?(?:tons?|tonnes?)",
    "USD": r"(?:US )?dollars?|USD",
    "%": r"%|per ?cent",
    "MW": r"MW|megawatts?",
    "bbl": r"barrels?|bbl",
    "year": r"years?",
    "month": r"months?",
    "week": r"weeks?",
    "day": r"days?",
}
_QUALIFIERS = {
    "approx": r"~|about|around|approximately|some|roughly",
    "almost": r"nearly|almost|close to",
    "over": r">|more than|over|at least",
    "up_to": r"<|up to|at most",
}
_SCALE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_VAGUE = r"several|many|few|large number|numerous|dozens|hundreds|thousands|substantial"
_NUMBER = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\b(?:%s)\b)(?:\s*[-–]?\s*(?P<scale>%s))?"
    % ("|".join(CARDINALS), "|".join(_SCALE)),
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
    units = [u for u, p in UNITS.items() if re.search(rf"(?<![a-z])(?:{p})(?![a-z])", text, re.I)]
    unit = "USD" if "$" in text else units[0] if units else "item"
    numbers = list(_NUMBER.finditer(text))
    if not numbers and re.search(rf"\b(?:{_VAGUE})\b", text, re.IGNORECASE):
        return Amount(None, None, None, "vague", unit)
    if len(numbers) != 1 or len(units) > 1:
        raise ValueError(f"{text!r} prints {len(numbers)} numbers and units {units}, not one amount")
    digits = numbers[0]["number"].lower().replace(",", "")
    value = float(CARDINALS.index(digits) if digits in CARDINALS else digits)
    value *= _SCALE.get((numbers[0]["scale"] or "").lower(), 1)
    before = text[: numbers[0].start()]
    found = [q for q, p in _QUALIFIERS.items() if re.search(rf"(?<![a-z])(?:{p})(?![a-z])", before, re.I)]
    qualifier = found[0] if found else "exact"
    return bounds(value, qualifier, unit)


def bounds(value: float, qualifier: str, unit: str) -> Amount:
    """The amount that a number and a qualifier stand for."""
    low = value if qualifier in ("exact", "over") else None
    best = value if qualifier in ("exact", "approx") else None
    high = value if qualifier in ("exact", "almost", "up_to") else None
    return Amount(low, best, high, qualifier, unit)
