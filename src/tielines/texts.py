"""Article files: paragraphs, sentences and locators; hydrate and verify.

A paragraph is the n-th non-blank line, a sentence the n-th inside it, both from 1.
Offsets count Unicode code points of the decoded file, from 0, end exclusive
(W3C Web Annotation, TextPositionSelector).
"""

import hashlib
import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd

from tielines import ROOT, amounts

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
    "sha256",
]

# A stop, its closing quotes and endnote markers, then space before anything but a small letter.
_END = re.compile(r"[.!?…]+[”\"’')\]]*(?:\[[ivxlc]+\])*(?=\s+[^\sa-z])")
# No end after an initial or one of these: "Larry C. Johnson", "Dr. Who".
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|cf|e\.g|i\.e))\.$")
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


def sha256(data: str | bytes) -> str:
    """Hex SHA-256 of bytes, or of a string's UTF-8 bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


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


def sentences(article_id: str, text: str, zones: str) -> pd.DataFrame:
    """One row a sentence: the table ``derived/sentences`` for one article.

    A paragraph in zone note is one sentence. ``words`` counts runs without white space,
    ``quoted_words`` those inside quotation marks.
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
            words = len(span.split())
            in_quotes = sum(len(part.strip('“”" ').split()) for part in inside)
            rows.append((key, article_id, p, s, zone, a, b, words, in_quotes, sha256(span)))
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


class TextsMissing(FileNotFoundError):
    """The articles' texts are not there; the message says where to put them."""


def folder() -> Path:
    """Where the reader's texts are: ``TIELINES_ARTICLES`` (from the root), else ``articles/``."""
    return (ROOT / os.environ.get("TIELINES_ARTICLES", "articles")).resolve()


def find_texts(article_ids, where: Path | None = None) -> dict[str, str]:
    """{article_id: text} of those that are there, decoded strictly, line ends as they are.

    Raises TextsMissing where none is, ValueError naming the file that is empty or not UTF-8.
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
    """One article file; ValueError naming it where it is empty or not UTF-8."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name}: byte {error.start} is not UTF-8") from None
    if not text.strip():
        raise ValueError(f"{path.name}: the file is empty")
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


class _Text:
    """One article's text with its own sentences, found by hash, and the table's rows for it."""

    def __init__(self, text: str, places: pd.DataFrame):
        self.text, self.by_hash = text, defaultdict(list)
        spans = [s for start, end in paragraphs(text) for s in [(start, end), *split(text, start, end)]]
        for start, end in dict.fromkeys(spans):
            self.by_hash[sha256(text[start:end])].append((start, end))
        self.now = {row.sentence_id: self._find(row) for row in places.itertuples()}
        self.numbers = None

    def _find(self, row):
        if sha256(self.text[row.start : row.end]) == row.sha256:
            return row.start, row.end
        found = self.by_hash.get(row.sha256, [])
        return min(found, key=lambda s: abs(s[0] - row.start), default=None)

    def amount(self, start: int, length: int, want: amounts.Amount):
        """The nearest other place of that length that parses to the amount, or None."""
        if self.numbers is None:
            self.numbers = [(a, b) for kind, a, b, _ in mentions(self.text) if kind == "number"]
        for a, b in sorted(self.numbers, key=lambda s: abs(s[0] - start)):
            for at in range(max(0, b - length), a + 1):
                if _amount(self.text[at : at + length]) == want:
                    return at, at + length
        return None


def _amount(text: str):
    try:
        return amounts.parse(text)
    except ValueError:
        return None


def verify(
    article_texts: dict[str, str],
    articles: pd.DataFrame,
    places: pd.DataFrame,
    claims: pd.DataFrame,
    quantities: pd.DataFrame,
) -> pd.DataFrame:
    """Prove each row against the texts that are there.

    One row a proof: table, row_id, proof (file, sentence, amount, date), outcome, place. ``ok``;
    ``drifted``: found elsewhere in the same article, ``place`` is start-end now; ``orphan``: gone.
    """
    out, known = [], {}
    for row in articles[articles["article_id"].isin(article_texts)].itertuples():
        text = article_texts[row.article_id]
        same = sha256(text) == row.sha256
        out.append(("articles", row.article_id, "file", "ok" if same else "drifted", ""))
        own = places[places["article_id"].eq(row.article_id)]
        known[row.article_id] = found = _Text(text, own)
        for place in own.itertuples():
            now = found.now[place.sentence_id]
            out.append(_outcome("sentences", place.sentence_id, "sentence", place.start, now))
    first = claims.set_index("claim_id")["sentence_ids"]
    start_of = places.set_index("sentence_id")["start"]
    for q in quantities.itertuples():
        ids = first[q.claim_id].split(";")
        if found := known.get(ids[0].split(".")[0]):
            want = amounts.Amount(*(None if v != v else v for v in (q.low, q.best, q.high)), q.qualifier, q.unit)
            now = _amount_now(found, q, [(i, start_of[i]) for i in ids], want)
            out.append(_outcome("quantities", q.quantity_id, "amount", q.start, now))
    dated = claims[claims["attribute"].eq("date") & claims["value_basis"].eq("explicit")]
    for claim in dated.itertuples():
        ids = claim.sentence_ids.split(";")
        if found := known.get(ids[0].split(".")[0]):
            now = [found.now[i] for i in ids if found.now[i]]
            held = _date_stands(claim.value, found.text, now)
            outcome = "orphan" if not held else "ok" if now[0][0] == start_of[ids[0]] else "drifted"
            place = f"{now[0][0]}-{now[0][1]}" if outcome == "drifted" else ""
            out.append(("claims", claim.claim_id, "date", outcome, place))
    return pd.DataFrame(out, columns=["table", "row_id", "proof", "outcome", "place"])


def _outcome(table, row_id, proof, start, now):
    if now is None:
        return table, row_id, proof, "orphan", ""
    drifted = now[0] != start
    return table, row_id, proof, "drifted" if drifted else "ok", f"{now[0]}-{now[1]}" if drifted else ""


def _amount_now(found: _Text, q, sentence_starts, want):
    for sentence_id, was in sentence_starts:
        if found.now[sentence_id] and was <= q.start:
            moved = found.now[sentence_id][0] - was
            if _amount(found.text[q.start + moved : q.end + moved]) == want:
                return q.start + moved, q.end + moved
    return found.amount(q.start, q.end - q.start, want)


def _date_stands(value: str, text: str, spans) -> bool:
    """Whether every number of an EDTF value is a date part that the spans print."""
    printed = {
        part
        for start, end in spans
        for kind, a, b, parts in mentions(text, start, end)
        for part in (*parts, *(int(n) for n in re.findall(r"\d+", text[a:b]) if kind == "date"))
    }
    full = {y // 100 * 100 + p for y in printed if y and y > 99 for p in printed if p and p < 100}
    return all(int(n) in printed | full for n in re.findall(r"\d+", value))


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
