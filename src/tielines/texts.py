"""Article files: paragraphs, sentences, words and locators; locate and hydrate.

A paragraph is the n-th non-blank line, a sentence the n-th inside it, both from 1.
Offsets count Unicode code points of the decoded file, from 0, end exclusive
(W3C Web Annotation, TextPositionSelector).
"""

import os
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import pandas as pd

from tielines import ROOT, amounts, files
from tielines.files import TielinesError, sha256

__all__ = (
    "Spans TextsMissing differences find_texts folder hydrate known locate mentions paragraphs parse_zones quoted sentences split stands terms words"
).split()


def __dir__():
    return __all__


ZONES = "title byline standfirst caption heading body list note boilerplate".split()  # in reading order
SENTENCE_COLUMNS = (
    "sentence_id article_id paragraph sentence zone start end words quoted_words word_spans sha256"
).split()
MOST = 9_999  # paragraphs of an article
LARGEST = 4 * 2**20  # bytes of one
LONGEST = 1_000  # characters of a phrase to locate
ENCODINGS = "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be cp1252 latin-1 mac-roman".split()

# A stop, its closing quotes and endnote markers, then space before anything but a small letter.
_END = re.compile(r"(?<![.!?…])[.!?…]++[”\"’')\]]*+(?:\[[ivxlc]++\])*+(?=\s++[^a-z])")
# No end after an initial or one of these: "Larry C. Johnson", "Dr. Who".
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|cf|e\.g|i\.e))\.$")
_LOOK_BACK = 6  # characters that hold the longest of them
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
    r"(?<![\w.,])(?<![A-Za-z0-9]-)(?P<digits>\d++(?:[.,]\d++)*+)(?:st|nd|rd|th)?(?![\w.,]*[A-Z])\b"
    r"|\b(?:%s|first|second|third"
    r"|half|dozens?|hundreds?|thousands?|several|few|many|large number|numerous)\b" % amounts.SPELLED,
    re.IGNORECASE,
)


class Spans:
    """Spans of a text, asked in logarithmic time whether one of them meets or holds another span."""

    def __init__(self, spans):
        spans = sorted(spans)
        self.starts = [start for start, _ in spans]
        self.ends = [*accumulate((end for _, end in spans), max)]  # the furthest so far

    def meet(self, start: int, end: int) -> bool:
        before = bisect_left(self.starts, end)
        return bool(before) and self.ends[before - 1] > start

    def hold(self, start: int, end: int) -> bool:
        before = bisect_right(self.starts, start)
        return bool(before) and self.ends[before - 1] >= end


def parse_zones(spec: str) -> dict[int, str]:
    """Read ``"title:1;body:3-6"`` as {paragraph: zone}; ValueError for anything else."""
    found = {}
    for part in filter(None, spec.split(";")):
        match = re.fullmatch(r"(\w{1,20}):([0-9]{1,4})(?:-([0-9]{1,4}))?", part)
        if not match or match[1] not in ZONES:
            form = f"zone:n or zone:n-m with zone in {ZONES} and n, m up to {MOST:,}"
            raise ValueError(f"zone {files.shown(part)} is not {form}")
        first, last = int(match[2]), int(match[3] or match[2])
        if not 1 <= first <= last or found.keys() & set(range(first, last + 1)):
            raise ValueError(f"zone {part!r} starts at 0, runs backwards or overlaps another")
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
        if _ABBREVIATION.search(text, max(begin, stop - _LOOK_BACK), stop):
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
        quotes = [m.span() for m in _QUOTED.finditer(text, start, end)]
        for s, (a, b) in enumerate(spans, 1):
            span = text[a:b]
            key = f"{article_id}.p{p}.s{s}"
            near = quotes[bisect_right(quotes, a, key=lambda q: q[1]) : bisect_left(quotes, b, key=lambda q: q[0])]
            inside = [text[max(a, c) : min(b, d)] for c, d in near]
            spans_in = ";".join(f"{c - a}-{d - a}" for c, d in words(text, a, b))
            in_quotes = sum(len(part.strip('“”" ').split()) for part in inside)
            rows.append((key, article_id, p, s, zone, a, b, len(span.split()), in_quotes, spans_in, sha256(span)))
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
    dated = Spans((a, b) for _, a, b, _ in found)
    found += [("number", *m.span(), ()) for m in _COUNT.finditer(text, start, end) if not dated.meet(*m.span())]
    return sorted(found, key=lambda row: row[1])


class TextsMissing(TielinesError):
    """The articles' texts are not there; the message says where to put them."""


def folder() -> Path:
    """Where the reader's texts are: ``TIELINES_ARTICLES`` (from the root), else ``articles/``."""
    return (ROOT / (os.environ.get("TIELINES_ARTICLES") or "articles")).resolve()


def _bytes(article_ids, where: Path | None) -> dict[str, bytes]:
    where = where or folder()
    paths = {i: where / f"{i}.txt" for i in article_ids}
    found = {i: files.read(path, LARGEST) for i, path in paths.items() if path.exists() or path.is_symlink()}
    if not found:
        wanted = ", ".join(path.name for path in paths.values())
        raise TextsMissing(
            f"no article text in {where.name}/: put {wanted} there, or name their folder with TIELINES_ARTICLES"
        )
    return found


def find_texts(article_ids, where: Path | None = None) -> dict[str, str]:
    """{article_id: text} of those that are there, decoded strictly, line ends as they are, whatever they hold.

    Raises TextsMissing where none is, TielinesError naming the file that is empty or not UTF-8.
    """
    found = {}
    for article_id, data in _bytes(article_ids, where).items():
        try:
            found[article_id] = data.decode()
        except UnicodeDecodeError as error:
            raise TielinesError(f"{article_id}.txt: byte {error.start} is not UTF-8") from None
        if not data.strip():
            raise TielinesError(f"{article_id}.txt: the file is empty")
    return found


def known(articles: pd.DataFrame, places: pd.DataFrame, where: Path | None = None):
    """The texts that are there, each held against its SHA-256 in ``articles``: (texts, notes, faults).

    ``texts`` are the registered ones, by id, also where a file has other line ends or a byte order mark: a note says
    so, or that a text is not there. ``faults`` has, by id, how a file differs, and its text where that can be read.
    """
    found, notes, faults = {}, [], {}
    owners = dict(zip(articles["sha256"], articles["article_id"], strict=True))
    there = _bytes(articles["article_id"], where)
    for article_id in articles["article_id"]:
        if article_id not in there:
            notes.append(f"{article_id}.txt is not there")
            continue
        fault, note, text = _reading(article_id, there[article_id], owners)
        if not fault and note:
            notes.append(f"{article_id}.txt has {note}: read as the registered text, so that offsets hold")
        if fault is None:
            fault = differences(text, places[places["article_id"].eq(article_id)])
        if fault:
            faults[article_id] = (f"{article_id}.txt {fault}", text)
        else:
            found[article_id] = text
    return found, notes, faults


def _reading(article_id: str, data: bytes, owners: dict[str, str]) -> tuple[str | None, str, str | None]:
    """What a file is: its fault ("" none, None not the registered text), a note on how it was read, its text."""
    if not data.strip():
        return "is empty", "", None
    for encoding in ENCODINGS:
        try:
            raw = data.decode(encoding)
        except UnicodeError:
            continue
        lines = raw.replace("\r\n", "\n").replace("\r", "\n")
        for text in dict.fromkeys((raw, lines, lines.rstrip("\n"), lines.rstrip("\n") + "\n")):
            owner = owners.get(sha256(text.encode(errors="replace")))
            if owner is None:
                continue
            if owner != article_id:
                return f"holds the text of article {owner}", "", None
            if encoding not in ("utf-8", "utf-8-sig"):
                return f"is in {encoding.upper()}, not in UTF-8: save it as UTF-8", "", None
            ways = {
                "a byte order mark": encoding == "utf-8-sig" and data.startswith(b"\xef\xbb\xbf"),
                "other line ends": raw != lines,
                "another last line end": text not in (raw, lines),
            }
            return "", " and ".join(way for way, so in ways.items() if so), text
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(0) > len(data) // 4:
            return "is in UTF-16, not in UTF-8: save it as UTF-8", "", None
        return f"is not UTF-8 at byte {error.start}, perhaps CP1252: save it as UTF-8", "", None
    if "\x00" in text:
        return "holds NUL characters: it is in UTF-16, or no text", "", None
    return None, "", text.replace("\r\n", "\n").replace("\r", "\n")


def differences(text: str, own: pd.DataFrame) -> str:
    """In words, how a text differs from the registered one, whose sentences are ``own``."""
    spans = [s for a, b in paragraphs(text) for s in [(a, b), *split(text, a, b)]]
    there = {sha256(text[a:b]) for a, b in spans}
    ids, n = own["sentence_id"], len(own)
    moved = [*ids[[sha256(text[r.start : r.end]) != r.sha256 for r in own.itertuples()]]]
    gone = [*ids[~own["sha256"].isin(there)]]
    if len(gone) > 0.9 * n:
        return f"holds another text: {n - len(gone)} of {n} sentences are in it"
    if gone and gone == [*ids[own["end"] > len(text)]] == moved:
        return f"is cut: {len(gone)} of {n} sentences are missing, from {gone[0]} on"
    if not moved:
        more = "goes on after its last sentence" if text[own["end"].max() :].strip() else "differs in white space alone"
        return f"{more}: all sentences are at their places"
    lost = f"{len(gone)} of {n} sentences are not in it" if gone else "all sentences are in it, elsewhere"
    return f"was changed, first at {moved[0]}: {lost}"


_ALIKE = str.maketrans("’‘“”–—\u2011\u00a0", "''\"\"--- ")  # one sign for one, so that offsets hold


def copied(said: str, text: str, least: int = 8) -> str:
    """The first ``least`` words in a row of ``said`` that ``text`` has too, in any case; "" where there are none."""
    return " ".join(next((run for run in _runs(said, least) if run in _runs_of_text(text, least)), ()))


def _runs(text: str, least: int) -> list[tuple[str, ...]]:
    own = [text[a:b].casefold() for a, b in words(text)]
    return [tuple(own[n : n + least]) for n in range(len(own) - least + 1)]


@lru_cache(maxsize=1)
def _runs_of_text(text: str, least: int) -> set:
    """Once for all rows of a sheet."""
    return set(_runs(text, least))


def stands(phrase: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Every place of a phrase in ``text[start:end]``, letter for letter, as whole words; quotes and white space alike."""
    parts = phrase.translate(_ALIKE).split()
    if not parts or len(phrase) > 10 * LONGEST:
        return []
    left, right = (r"(?<!\w)" * parts[0][0].isalnum(), r"(?!\w)" * parts[-1][-1].isalnum())
    pattern = re.compile(left + r"\s+".join(map(re.escape, parts)) + right)
    return [(start + m.start(), start + m.end()) for m in pattern.finditer(text[start:end].translate(_ALIKE))]


def locate(phrase: str, article_texts: dict[str, str], places: pd.DataFrame) -> pd.DataFrame:
    """Every place of a phrase, in any case, quotes and white space alike: article_id, paragraph, sentence_id, start, end.

    Raises TielinesError where the phrase has no word, or more than a sentence.
    """
    parts = phrase.translate(_ALIKE).split()
    if not words(phrase) or len(phrase) > LONGEST:
        raise TielinesError(f"{files.shown(phrase)} is no phrase: give a few words, {LONGEST:,} characters at most")
    pattern, found = re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE), []
    for article_id, text in article_texts.items():
        own = places[places["article_id"].eq(article_id)].sort_values("start")
        spans = [m.span() for m in pattern.finditer(text.translate(_ALIKE))]
        at = own["start"].searchsorted([start for start, _ in spans], side="right") - 1
        rows = own.iloc[at.clip(0)].assign(start=[a for a, _ in spans], stop=[b for _, b in spans])
        rows = rows[(rows["start"] < rows["end"]) & (at >= 0)]
        found.append(rows.assign(end=rows["stop"]))
    columns = ["article_id", "paragraph", "sentence_id", "start", "end"]
    return pd.concat([pd.DataFrame(columns=columns), *found], ignore_index=True)[columns]


def nearest(phrase: str, article_texts: dict[str, str], places: pd.DataFrame) -> str:
    """The sentence that shares most words with a phrase, as ``000.p3.s2 (3 of 4 words)``; "" where none shares any."""

    def of(text, start=0, end=None):
        return {text[a:b].casefold() for a, b in words(text, start, end)}

    wanted, best = of(phrase), (0, "")
    for row in places[places["article_id"].isin(article_texts)].itertuples():
        shared = len(wanted & of(article_texts[row.article_id], row.start, row.end))
        best = max(best, (shared, row.sentence_id), key=lambda b: b[0])
    return f"{best[1]} ({best[0]} of {len(wanted)} words)" if best[0] else ""


def hydrate(rows: pd.DataFrame, article_texts: dict[str, str], places: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with a column ``text``: the sentences that its sentence ids name, joined.

    For the reader's own screen: the result holds the articles' wording and is never committed.
    Sentences of a text that is not there stay empty.
    """
    own = places[places["article_id"].isin(article_texts)]
    held = {r.sentence_id: article_texts[r.article_id][r.start : r.end] for r in own.itertuples()}
    column = "sentence_ids" if "sentence_ids" in rows else "sentence_id"
    return rows.assign(text=rows[column].map(lambda ids: " ".join(held[i] for i in ids.split(";") if i in held)))


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
