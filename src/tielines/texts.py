"""Article files: paragraphs, sentences, words and locators; locate and hydrate.

A paragraph is the n-th non-blank line, a sentence the n-th inside it, both from 1.
Offsets count Unicode code points of the decoded file, from 0, end exclusive
(W3C Web Annotation, TextPositionSelector).
"""

import os
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from tielines import ROOT
from tielines.files import TielinesError, sha256

__all__ = "TextsMissing find_texts folder hydrate locate mentions paragraphs parse_zones quoted read_text sentences split terms words".split()


def __dir__():
    return __all__


ZONES = [
    "title",
    "byline",
    "standfirst",
    "caption",
    "heading",
    "body",
    "list",
    "note",
    "boilerplate",
]  # in reading order

SENTENCE_COLUMNS = [
    "sentence_id",
    "article_id",
    "paragraph",
    "sentence",
    "zone",
    "start",
    "end",
    "words",
    "quoted_words",
    "word_spans",
    "sha256",
]

# A stop, its closing quotes and endnote markers, then space before anything but a small letter.
_END = re.compile(r"[.!?…]+[”\"’')\]]*(?:\[[ivxlc]+\])*(?=\s+[^\sa-z])")
# No end after an initial or one of these: "Larry C. Johnson", "Dr. Who".
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|cf|e\.g|i\.e))\.$")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_QUOTED = re.compile(r"“[^”\n]*”?|\"[^\"\n]*\"?")  # a paragraph may leave its quotation open

_MONTHS = "January February March April May June July August September October November December"
_MONTH = {m: n for n, m in enumerate(_MONTHS.split(), 1)}
_MONTH |= {m[:3]: n for m, n in _MONTH.items()} | {"Sept": 9}
_ABSOLUTE = re.compile(
    r"\b(?:(?P<day>\d{1,2}) )?(?P<month>%s)\b\.?(?: (?P<day2>\d{1,2})\b(?!\d))?(?:,? (?P<year>(?:19|20)\d\d)\b)?"
    r"|\b(?P<only>(?:19|20)\d\d)(?:[-–]\d{2,4}|s)?\b(?!-)" % "|".join(sorted(_MONTH, key=len)[::-1])
)
_RELATIVE = re.compile(
    r"\b(?:(?:earlier |later )?(?:this|last|next) (?:week|month|year)|on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|(?:recent|coming) (?:days|weeks|months|years)|near future|recently|currently|years ago|days after"
    r"|previously|shortly after|in the wake of|over the past|in the months since|for years|previous year)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?<![\w.,])(?<![A-Za-z0-9]-)(?P<digits>\d+(?:[.,]\d+)*)(?:st|nd|rd|th)?(?![\w.,]*[A-Z])\b"
    r"|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|first|second|third"
    r"|half|dozens?|hundreds?|thousands?|several|few|many|large number|numerous)\b",
    re.IGNORECASE,
)


def parse_zones(spec: str) -> dict[int, str]:
    """Read ``"title:1;body:3-6"`` as {paragraph: zone}; ValueError for anything else."""
    found = {}
    for part in filter(None, spec.split(";")):
        match = re.fullmatch(r"(\w+):(\d+)(?:-(\d+))?", part)
        if not match or match[1] not in ZONES:
            raise ValueError(f"zone {part!r} is not zone:n or zone:n-m with zone in {ZONES}")
        first, last = int(match[2]), int(match[3] or match[2])
        if last < first or found.keys() & set(range(first, last + 1)):
            raise ValueError(f"zone {part!r} runs backwards or overlaps another")
        found.update(dict.fromkeys(range(first, last + 1), match[1]))
    return found


def paragraphs(text: str) -> list[tuple[int, int]]:
    """(start, end) of each non-blank line, without the white space around it."""
    spans, at = [], 0
    for line in text.splitlines(keepends=True):
        if stripped := line.strip():
            start = at + line.index(stripped)
            spans.append((start, start + len(stripped)))
        at += len(line)
    return spans


def split(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """(start, end) of each sentence of ``text[start:end]``, the one fixed splitter."""
    end = len(text) if end is None else end
    spans, begin = [], start
    for match in _END.finditer(text, start, end):
        stop = re.match(r"[.!?…]+", match[0]).end() + match.start()
        if _ABBREVIATION.search(text, begin, stop):
            continue
        spans.append((begin, match.end()))
        begin = match.end()
        while begin < end and text[begin].isspace():
            begin += 1
    return [*spans, (begin, end)] if begin < end else spans


def words(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """(start, end) of each word of ``text[start:end]``: letters and digits, hyphens and apostrophes inside kept."""
    return [m.span() for m in _WORD.finditer(text, start, len(text) if end is None else end)]


def quoted(text: str) -> list[tuple[int, int]]:
    """(start, end) of what stands in double quotation marks; a paragraph may leave its quotation open."""
    return [m.span() for a, b in paragraphs(text) for m in _QUOTED.finditer(text, a, b)]


def sentences(article_id: str, text: str, zones: str) -> pd.DataFrame:
    """One row a sentence: the table ``derived/sentences`` for one article.

    A paragraph in zone note is one sentence. ``words`` counts runs without white space,
    ``quoted_words`` those inside quotation marks; ``word_spans`` has start-end of each of ``words()``,
    from the start of the sentence.
    """
    zone_of, rows = parse_zones(zones), []
    for p, (start, end) in enumerate(paragraphs(text), 1):
        zone = zone_of.get(p, "")
        spans = [(start, end)] if zone == "note" else split(text, start, end)
        quoted = [m.span() for m in _QUOTED.finditer(text, start, end)]
        for s, (a, b) in enumerate(spans, 1):
            span = text[a:b]
            key = f"{article_id}.p{p}.s{s}"
            inside = [text[max(a, c) : min(b, d)] for c, d in quoted if a < d and c < b]
            count = len(span.split())
            spans_in = ";".join(f"{c - a}-{d - a}" for c, d in words(text, a, b))
            in_quotes = sum(len(part.strip('“”" ').split()) for part in inside)
            rows.append((key, article_id, p, s, zone, a, b, count, in_quotes, spans_in, sha256(span)))
    return pd.DataFrame(rows, columns=SENTENCE_COLUMNS)


def mentions(text: str, start: int = 0, end: int | None = None) -> list[tuple[str, int, int, tuple]]:
    """Every date and number that ``text[start:end]`` prints: (kind, start, end, parts).

    Kind is ``date`` (parts: year, month, day, None where unsaid), ``relative`` or ``number``.
    Numbers inside a name such as S-400 or J-10C are part of the name.
    """
    end, found = len(text) if end is None else end, []
    for m in _ABSOLUTE.finditer(text, start, end):
        year, month, day = m["year"] or m["only"], m["month"], m["day"] or m["day2"]
        date = (int(year) if year else None, _MONTH.get(month), int(day) if day else None)
        found.append(("date", *m.span(), date))
    found += [("relative", *m.span(), ()) for m in _RELATIVE.finditer(text, start, end)]
    dated = [(a, b) for _, a, b, _ in found]
    for m in _COUNT.finditer(text, start, end):
        if not any(a < m.end() and m.start() < b for a, b in dated):
            found.append(("number", *m.span(), ()))
    return sorted(found, key=lambda row: row[1])


class TextsMissing(TielinesError):
    """The articles' texts are not there; the message says where to put them."""


def folder() -> Path:
    """Where the reader's texts are: ``TIELINES_ARTICLES`` (from the root), else ``articles/``."""
    return (ROOT / os.environ.get("TIELINES_ARTICLES", "articles")).resolve()


def find_texts(article_ids, where: Path | None = None) -> dict[str, str]:
    """{article_id: text} of those that are there, decoded strictly, line ends as they are.

    Raises TextsMissing where none is, TielinesError naming the file that is empty or not UTF-8.
    """
    where, found = where or folder(), {}
    for article_id in article_ids:
        path = where / f"{article_id}.txt"
        if path.is_file():
            found[article_id] = read_text(path)
    if not found:
        raise TextsMissing(
            f"no article text in {where.name}/: put {', '.join(f'{a}.txt' for a in article_ids)} "
            "there, or name their folder with TIELINES_ARTICLES"
        )
    return found


def read_text(path: Path) -> str:
    """One article file; TielinesError naming it where it is empty or not UTF-8."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TielinesError(f"{path.name}: byte {error.start} is not UTF-8") from None
    if not text.strip():
        raise TielinesError(f"{path.name}: the file is empty")
    return text


def locate(phrase: str, article_texts: dict[str, str], places: pd.DataFrame) -> pd.DataFrame:
    """Every place of a phrase: article_id, paragraph, sentence_id (the first one), start, end."""
    rows = []
    for article_id, text in article_texts.items():
        own = places[places["article_id"].eq(article_id)]
        for match in re.finditer(re.escape(phrase), text):
            at = own[own["start"].le(match.start()) & own["end"].gt(match.start())]
            for row in at.itertuples():
                rows.append((article_id, row.paragraph, row.sentence_id, *match.span()))
    return pd.DataFrame(rows, columns=["article_id", "paragraph", "sentence_id", "start", "end"])


def hydrate(rows: pd.DataFrame, article_texts: dict[str, str], places: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with a column ``text``: the sentences that its sentence ids name, joined.

    For the reader's own screen: the result holds the articles' wording and is never committed.
    Sentences of a text that is not there stay empty.
    """
    span = places.set_index("sentence_id")[["article_id", "start", "end"]].to_dict("index")

    def text(ids: str) -> str:
        found = [span[i] for i in ids.split(";") if i]
        return " ".join(article_texts.get(s["article_id"], "")[s["start"] : s["end"]] for s in found)

    column = "sentence_ids" if "sentence_ids" in rows else "sentence_id"
    return rows.assign(text=rows[column].map(text))


_TERM = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


def terms(article_id: str, text: str) -> pd.DataFrame:
    """Counts of terms a paragraph: the table ``derived/terms`` for one article.

    A term is a run of two letters or more, hyphens and apostrophes inside kept, in small letters;
    a possessive ``'s`` is cut. Single letters, digits and addresses are no terms. Zones (endnotes,
    boilerplate) are told apart by joining ``articles.zones``.
    """
    rows = []
    for p, (start, end) in enumerate(paragraphs(text), 1):
        plain = re.sub(r"https?://\S+", " ", text[start:end]).lower().replace("’", "'")
        found = (re.sub(r"'s$", "", t) for t in _TERM.findall(plain))
        counts = Counter(t for t in found if len(t) > 1)
        rows += [(article_id, p, term, n) for term, n in sorted(counts.items())]
    return pd.DataFrame(rows, columns=["article_id", "paragraph", "term", "count"])
