"""EDTF (ISO 8601-2) → day bounds, for the forms in use, strictly.

``2025-01-17``, ``2025-10``, ``2021`` a day, month, year; ``2026-01-XX`` the day unknown;
a suffix ``~`` about, ``?`` uncertain, ``%`` both; ``a/b`` a duration, ``..`` its open side;
``[a..b]`` one day somewhere within, ``[..b]`` one day up to; ``{a,b}`` all of these.
"""

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tielines import files

__all__ = "Span counted parse words".split()


def __dir__():
    return __all__


_POINT = re.compile(r"(\d{4})(?:-(\d{2}|XX)(?:-(\d{2}|XX))?)?([~?%]?)", re.ASCII)
LONGEST = 1_000  # characters of a date, also of a set


@dataclass(frozen=True)
class Span:
    """Strict day bounds (inclusive; None is open), the EDTF form, and its ``~ ? %`` mark."""

    start: date | None
    end: date | None
    form: str
    mark: str = ""

    @property
    def circa(self) -> bool:
        return self.mark in ("~", "%")

    @property
    def days(self) -> int | None:
        """Width in days; None where a side is open."""
        return (self.end - self.start).days + 1 if self.start and self.end else None


def _point(text: str) -> Span:
    match = _POINT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a date like 2025, 2025-01, 2025-01-17 or 2025-01~")
    year, month, day, mark = match.groups()
    if year == "0000":
        raise ValueError(f"{text!r} has no year 0000")
    if month == "XX" and day not in (None, "XX"):
        raise ValueError(f"{text!r} knows the day but not the month")
    if month in (None, "XX"):
        return Span(date(int(year), 1, 1), date(int(year), 12, 31), "year", mark)
    if not 1 <= int(month) <= 12:
        raise ValueError(f"{text!r} has no month {month}")
    length = monthrange(int(year), int(month))[1]
    if day in (None, "XX"):
        first = date(int(year), int(month), 1)
        return Span(first, first.replace(day=length), "month", mark)
    if not 1 <= int(day) <= length:
        raise ValueError(f"{text!r} has no day {day}")
    exact = date(int(year), int(month), int(day))
    return Span(exact, exact, "day", mark)


def _between(low: str, high: str, form: str) -> Span:
    a, b = _point(low) if low else None, _point(high) if high else None
    if not (a or b):
        raise ValueError("a range needs at least one date")
    start, end = a and a.start, b and b.end
    if start and end and start > end:
        raise ValueError(f"{low} is after {high}")
    marks = {p.mark for p in (a, b) if p and p.mark}
    return Span(start, end, form, marks.pop() if len(marks) == 1 else "%" if marks else "")


@lru_cache(maxsize=4096)
def parse(text: str) -> Span:
    """Parse one EDTF string.

    >>> parse("[2025-09-01..2025-09-07]").days
    7

    Raises ValueError, naming the text and the rule, for a malformed or impossible date.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{files.shown(text)} is longer than a date")
    if re.fullmatch(r"\[[^\[\],]*\.\.[^\[\],]*\]", text):
        return _between(*text[1:-1].split("..", 1), "within")
    if re.fullmatch(r"[\[{][^\[\]{}]+,[^\[\]{}]+[\]}]", text) and "][}{".find(text[0]) >= 0:
        if (text[0], text[-1]) not in (("[", "]"), ("{", "}")):
            raise ValueError(f"{text!r} opens and closes with different brackets")
        points = [_point(part) for part in text[1:-1].split(",")]
        form = "set" if text[0] == "{" else "within"
        return Span(min(p.start for p in points), max(p.end for p in points), form)
    if text.count("/") == 1:
        low, high = text.split("/")
        if not low or not high:
            raise ValueError(f"{text!r}: an open side is written '..', as in ../2014")
        return _between(*("" if side == ".." else side for side in (low, high)), "duration")
    return _point(text)


_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 14)}
SEASON_OF = re.compile(rf"\b(?:{'|'.join(_SEASONS)}) of $")  # before a year, at the end of what stands there
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def counted(text: str, day: date) -> str:
    """Words that count from the day of publication, as EDTF; "" where they are none of these.

    >>> counted("last month", date(2026, 1, 15))
    '2025-12'
    """
    said = re.sub(r"^(?:in|during|over|on|the|earlier|since) (?:the )?", "", text.casefold().strip())
    which, _, unit = said.partition(" ")
    monday, month = day - timedelta(day.weekday()), day.year * 12 + day.month - 1  # months since the year 0
    if said in _DAYS:
        return f"{day - timedelta((day.weekday() - _DAYS.index(said)) % 7)}"
    if season := re.fullmatch(
        rf"(?:last |this |past )?({'|'.join(_SEASONS)})(?: of (\d{{4}}|this year|last year))?", said
    ):
        first, last = _SEASONS[season[1]]
        year = {None: day.year - (day < date(day.year, first, 1)), "this year": day.year, "last year": day.year - 1}
        year = year[season[2]] if season[2] in year else int(season[2])
        end = date(year + last // 12, (last - 1) % 12 + 1, 1)
        end = end.replace(day=monthrange(end.year, end.month)[1])
        return f"[{year}-{first:02d}-01..{min(end, day) if day >= date(year, first, 1) else end}]"
    step = {"last": -1, "previous": -1, "this": 0, "next": 1}.get(which)
    if step is None or unit not in ("week", "month", "year"):
        ahead = {"coming weeks": 56, "soon": 182, "near future": 182, "coming months": 365}
        if said in ahead:
            return f"[{day}..{day + timedelta(ahead[said])}]"
        past = {"recent days": f"[{day - timedelta(14)}..{day}]"} | dict.fromkeys(
            ("years ago", "previously", "recently"), f"[..{day}]"
        )
        return past.get(said, "")
    if unit == "week":
        start = monday + timedelta(7 * step)
        return f"[{start}..{start + timedelta(6) if step else day}]"
    if step:
        year, before = divmod(month + step, 12)
        return f"{day.year + step}" if unit == "year" else f"{year}-{before + 1:02d}"
    first = day.replace(day=1) if unit == "month" else date(day.year, 1, 1)
    return f"[{first}..{day}]"


def words(text: str) -> str:
    """An EDTF string in plain words.

    >>> words("[2025-09-01..2025-09-07]")
    'some day from 1 September 2025 to 7 September 2025'
    """
    span = parse(text)
    points = [_said(point) for point in _POINT.finditer(text)]
    if span.form == "set" or ("," in text and span.form == "within"):
        return (" and " if span.form == "set" else " or ").join(points)
    some = "some day " if span.form == "within" else ""
    if len(points) == 2:
        return f"{some}from {points[0]} to {points[1]}"
    if span.form in ("within", "duration"):
        return f"{some}up to {points[0]}" if span.start is None else f"{some}from {points[0]} on"
    return points[0]


def _said(point: re.Match) -> str:
    year, month, day, mark = point.groups()
    parts = [day.lstrip("0")] if day not in (None, "XX") else []
    parts += [month_name[int(month)]] if month not in (None, "XX") else []
    about, unsure = ("about " if mark in ("~", "%") else ""), (" (uncertain)" if mark in ("?", "%") else "")
    return f"{about}{' '.join([*parts, year])}{unsure}"
