"""What the texts prove of the rows: every locator, word, amount, date and title, and what no row accounts for."""

import re
from bisect import bisect
from collections import defaultdict
from functools import cached_property
from itertools import groupby
from operator import itemgetter

import pandas as pd

from tielines import amounts, files, texts
from tielines.tables import Tables

__all__ = "accounted prints_date spans_of unclaimed uncovered verify".split()


def __dir__():
    return __all__


SILENT = ("heading", "byline", "boilerplate")  # zones that need no row
RUN = 4  # so many words in a row may not be left out
NEAR = 8  # so many places with the number of an amount are tried
FAR = 50_000  # characters: words further from where they all stood are gone, not moved
NAMES = ("designation", "citation")  # the reasons that may leave an amount or full date uncoded
JUDGED = {"claims": "claim_id", "stances": "stance_id", "reasons": "reason_id"}  # what a word may be claimed by


def _nearest(places: list, start: int, n: int = 1) -> list:
    """The ``n`` of some places in order that lie nearest to ``start``."""
    at = bisect(places, start, key=lambda p: p[0])
    return sorted(places[max(0, at - n) : at + n], key=lambda p: abs(p[0] - start))[:n]


class _Article:
    """One text, its sentences where they stand now, and where anything else of it went."""

    def __init__(self, text: str, places: pd.DataFrame, anchors: pd.DataFrame):
        self.text, self.was = text, dict(zip(places["sentence_id"], places["start"], strict=True))
        self.sentences = [s for a, b in texts.paragraphs(text) for s in texts.split(text, a, b)]
        by_hash = defaultdict(list)
        for a, b in sorted({*self.sentences, *texts.paragraphs(text)}):
            by_hash[files.sha256(text[a:b])].append((a, b))
        found = (_nearest(by_hash[row.sha256], row.start) for row in places.itertuples())
        self.now = {sentence: next(iter(at), None) for sentence, at in zip(places["sentence_id"], found, strict=True)}
        self.longest = max((b - a for a, b in self.sentences), default=0)
        self.lengths, self.wanted, self.windows = defaultdict(set), set(anchors["sha256"]), {}
        for row in anchors.itertuples():
            self.lengths[row.words].add(row.end - row.start)
        self.reach = (anchors["start"].min() - FAR, anchors["start"].max() + FAR)
        self.quoted = texts.Spans(texts.quoted(text))

    def moved(self, sentence_id: str, start: int, end: int):
        """Where a span is, if its sentence moved as a whole."""
        now, was = self.now.get(sentence_id), self.was.get(sentence_id)
        return (start + now[0] - was, end + now[0] - was) if now else None

    def place(self, row):
        """Where an anchor's words are: at their offsets, moved with their sentence, elsewhere in one, or None."""
        for at in ((row.start, row.end), self.moved(row.sentence_id, row.start, row.end)):
            if at and at[1] - at[0] <= self.longest and files.sha256(self.text[at[0] : at[1]]) == row.sha256:
                return at
        return next(iter(_nearest(self._of(row.words)[row.sha256], row.start)), None)

    @cached_property
    def words(self) -> list[tuple]:
        near = (s for s in self.sentences if self.reach[0] <= s[0] <= self.reach[1])
        return [(a, b, texts.words(self.text, a, b)) for a, b in near]

    @cached_property
    def values(self) -> dict:
        found = defaultdict(list)
        for value, at in amounts.values(self.text):
            found[value].append((at, at))
        return found

    def _of(self, n: int) -> dict[str, list]:
        """{hash: places} of the anchors of n words, wherever they stand inside a sentence: one pass for each n."""
        if n not in self.windows:
            self.windows[n] = known = defaultdict(list)
            for start, end, words in self.words:
                for (a, _), (_, b) in zip(words, words[n - 1 :], strict=False):
                    for at in (a, a - 1, a - 2):  # signs that stand before a word may be of the span
                        if at < start or (at < a and (self.text[at].isalnum() or self.text[at].isspace())):
                            break
                        for length in range(b - at, min(b + 4, end + 1) - at):  # and signs that follow
                            if length in self.lengths[n]:
                                digest = files.sha256(self.text[at : at + length])
                                if digest in self.wanted:
                                    known[digest].append((at, at + length))
        return self.windows[n]

    def amount(self, start: int, length: int, want: amounts.Amount):
        """The nearest other place of that length that parses to the amount, or None."""
        value = next((v for v in (want.best, want.low, want.high) if v is not None), None)
        for number, _ in _nearest(self.values[value], start, NEAR) if length <= amounts.LONGEST else ():
            for at in range(max(0, number - length + 1), number + 1):
                if _exactly(self.text[at : at + length]) == want:
                    return at, at + length
        return None


def _amount(text: str):
    try:
        return amounts.parse(text)
    except ValueError:
        return None


def _exactly(text: str):
    """The amount of a span that begins and ends with it."""
    return _amount(text) if text.strip(" \n\u00a0([,;") == text else None


def verify(article_texts: dict[str, str], data: Tables) -> pd.DataFrame:
    """Prove each row against the texts that are there.

    One row a proof: table, row_id, proof, outcome, place. ``ok``; ``drifted``: found elsewhere in
    the same article, ``place`` is start-end now; ``orphan``: gone. Proofs: file, sentence, title,
    words (of an anchor), term and quotes (of a wording), amount, date (an explicit one stands in the
    row's words), marker (an endnote's mark stands in them), reference (an origin), terms.
    """
    out, found = [], {}
    article_of = data.anchors["sentence_id"].str.split(".").str[0]
    for row in data.articles[data.articles["article_id"].isin(article_texts)].itertuples():
        text, own = article_texts[row.article_id], data.sentences[data.sentences["article_id"].eq(row.article_id)]
        same = files.sha256(text) == row.sha256
        found[row.article_id] = article = _Article(text, own, data.anchors[article_of.eq(row.article_id)])
        out.append(("articles", row.article_id, "file", "ok" if same else "drifted", ""))
        out.append(("articles", row.article_id, "title", _held(_titles(row, article)), ""))
        made = texts.sentences(row.article_id, text, row.zones).set_index("sentence_id") if same else None
        made = made.to_dict("index") if same else None
        out += [_sentence(place, article.now[place.sentence_id], made) for place in own.itertuples()]
        out += _terms(row.article_id, text, data.terms)
    held = ((row, found.get(_article(row.sentence_id))) for row in data.anchors.itertuples())
    places = [(row, article, article.place(row)) for row, article in held if article]
    spans = defaultdict(list)
    for row, article, now in places:
        if now:
            spans[row.row_id].append((article, *now))
    out += [*_words(places, data), *_amounts(found, data), *_dates(found, spans, data), *_references(found, data)]
    return pd.DataFrame(out, columns=["table", "row_id", "proof", "outcome", "place"])


def _body(sentences):
    """The sentences that need a row."""
    return sentences[~sentences["zone"].isin([*SILENT, "note"])]


def _article(sentence_ids: str) -> str:
    """The article that sentence ids belong to."""
    return sentence_ids.split(".", 1)[0]


def _held(holds: bool) -> str:
    return "ok" if holds else "orphan"


def _outcome(table, row_id, proof, start, now):
    if now is None or now[0] == start:
        return table, row_id, proof, _held(now is not None), ""
    return table, row_id, proof, "drifted", f"{now[0]}-{now[1]}"


def _sentence(place, now, made):
    """A sentence whose hash stands, in a file that did not change, has all its columns recomputed."""
    if made is not None and now == (place.start, place.end):
        columns = [c for c in texts.SENTENCE_COLUMNS if c != "sentence_id"]
        row = made.get(place.sentence_id, {})
        if any(str(row.get(c)) != str(getattr(place, c)) for c in columns):
            now = None
    return _outcome("sentences", place.sentence_id, "sentence", place.start, now)


def _titles(row, article: _Article) -> bool:
    """Title, author and publisher stand in the text; a publisher known from elsewhere stands in its address."""
    squeezed = re.sub(r"\W", "", row.publisher).lower()
    printed = row.publisher in article.text or squeezed in re.sub(r"\W", "", row.url).lower()
    words = len(article.text.split()) == row.words
    return row.title in article.text and row.author in article.text and printed and words


def _terms(article_id, text, coded):
    """One proof a paragraph: its counts of terms are those of the text."""

    def by_paragraph(frame):
        return {p: sorted(zip(g["term"], g["count"], strict=True)) for p, g in frame.groupby("paragraph")}

    now, was = by_paragraph(texts.terms(article_id, text)), by_paragraph(coded[coded["article_id"].eq(article_id)])
    for p in sorted(now.keys() | was.keys()):
        yield "terms", f"{article_id}.p{p}", "terms", _held(now.get(p) == was.get(p)), ""


def _words(places, data):
    """Every anchor's words stand at their offsets and count what they should; wordings are what they name."""
    wordings = dict(zip(data.wordings["wording_id"], data.wordings[["term", "quoted"]].to_numpy(), strict=True))
    for row, article, now in places:
        if now and len(texts.words(article.text, *now)) != row.words:
            now = None
        yield _outcome("anchors", f"{row.row_id}@{row.start}", "words", row.start, now)
        if now and row.row_id in wordings:
            term, quoted = wordings[row.row_id]
            yield "wordings", row.row_id, "term", _held(article.text[now[0] : now[1]].lower() == term), ""
            yield "wordings", row.row_id, "quotes", _held(article.quoted.hold(*now) == quoted), ""


def _amounts(found, data):
    owners = data.claims.set_index("claim_id")["sentence_ids"]
    for q in data.quantities.itertuples():
        ids = owners[q.claim_id].split(";")
        article = found.get(_article(ids[0]))
        if article is None:
            continue
        want = amounts.Amount(*(None if v != v else v for v in (q.low, q.best, q.high)), q.qualifier, q.unit)
        places = [(q.start, q.end), *filter(None, (article.moved(i, q.start, q.end) for i in ids))]
        held = [p for p in places if _exactly(article.text[p[0] : min(p[1], p[0] + amounts.LONGEST + 1)]) == want]
        now = held[0] if held else article.amount(q.start, q.end - q.start, want)
        yield _outcome("quantities", q.quantity_id, "amount", q.start, now)


def _dates(found, spans, data):
    """An explicit date is printed in the words its claim rests on; an endnote's mark stands in those of its rows."""
    dated = data.claims[data.claims["attribute"].eq("date") & data.claims["value_basis"].eq("explicit")]
    for claim in dated.itertuples():
        if _article(claim.sentence_ids) in found:
            printed = [(article.text, *place) for article, *place in spans[claim.claim_id]]
            yield "claims", claim.claim_id, "date", _held(prints_date(claim.value, printed)), ""
    notes = data.origins[data.origins["sentence_id"].ne("")].set_index("origin_id")["sentence_id"]
    zone = data.sentences.set_index("sentence_id")["zone"].astype(str)
    for table, key in JUDGED.items():
        for row in getattr(data, table).itertuples():
            first, note = row.sentence_ids.split(";")[0], notes.get(row.origin_id, "")
            article = found.get(_article(first))
            same = article and _article(note) == _article(first)
            if row.basis == "document" and same and zone[first] != "note":
                start, end = article.now.get(note) or (0, 0)
                mark = re.match(r"\[\w+\]", article.text[start:end])
                words = " ".join(article.text[a:b] for _, a, b in spans[getattr(row, key)])
                yield table, getattr(row, key), "marker", _held(bool(mark) and mark[0] in words), ""


def _references(found, data):
    """An origin's author, publisher, title, date and address stand in its endnote, or its publisher in who cites it."""
    citing = defaultdict(set)
    for table in JUDGED:
        for row in getattr(data, table).itertuples():
            citing[row.origin_id].add(_article(row.sentence_ids))
    for row in data.origins.itertuples():
        article = found.get(_article(row.sentence_id))
        if article and (now := article.now.get(row.sentence_id)):
            note = article.text[now[0] : now[1]]
            parts = [*row.author.split(";"), row.publisher, row.title, row.url]
            year, *rest = row.published.split("-")  # a note may misspell its month: year and day must stand
            dated = {year, *(d.lstrip("0") for d in rest[1:])} <= {*re.findall(r"\d+", note)}
            holds = all(p in note for p in parts) and (dated or prints_date(row.published, [(article.text, *now)]))
            yield "origins", row.origin_id, "reference", _held(holds), ""
        elif not row.sentence_id and row.publisher and (there := citing[row.origin_id] & found.keys()):
            holds = any(row.publisher in found[i].text for i in there)
            yield "origins", row.origin_id, "reference", _held(holds), ""


def prints_date(value: str, spans) -> bool:
    """Whether every number of an EDTF value is a date part that the spans, (text, start, end), print."""
    printed = {
        part
        for text, start, end in spans
        for kind, a, b, parts in texts.mentions(text, start, end)
        for part in (*parts, *(int(n) for n in re.findall(r"\d+", text[a:b]) if kind == "date"))
    }
    full = {y // 100 * 100 + p for y in printed if y and y > 99 for p in printed if p and p < 100}
    return all(int(n) in printed | full for n in re.findall(r"\d+", value))


def unclaimed(sentences: pd.DataFrame, anchors: pd.DataFrame, uncoded: pd.DataFrame) -> pd.DataFrame:
    """Body words that no row accounts for, by offsets alone.

    One row a run: article_id, sentence_id, start, end, words (in the run). Headings, bylines, page
    furniture and endnotes need none; ``anchors`` are those of claims, stances and reasons.
    """
    spans = defaultdict(list)
    for frame in (anchors[~anchors["row_id"].str.startswith("w")], uncoded):
        for row in frame.itertuples():
            spans[row.sentence_id].append((row.start, row.end))
    rows = []
    for s in _body(sentences).itertuples():
        taken = texts.Spans(spans[s.sentence_id])
        marked = ((taken.meet(*span), span) for span in spans_of(s))
        for met, run in groupby(marked, itemgetter(0)):
            if not met:
                run = [span for _, span in run]
                rows.append((s.article_id, s.sentence_id, run[0][0], run[-1][1], len(run)))
    return pd.DataFrame(rows, columns=["article_id", "sentence_id", "start", "end", "words"])


def spans_of(sentence) -> list[tuple[int, int]]:
    """(start, end) in the file of each word of a row of ``sentences``."""
    pairs = (p.split("-") for p in sentence.word_spans.split(";") if p)
    return [(sentence.start + int(a), sentence.start + int(b)) for a, b in pairs]


def accounted(data: Tables) -> pd.DataFrame:
    """Share of body words that rows account for: article_id, words, left, share (per cent)."""
    body = _body(data.sentences)
    words = body["word_spans"].str.split(";").str.len().groupby(body["article_id"]).sum()
    left = unclaimed(data.sentences, data.anchors, data.uncoded).groupby("article_id")["words"].sum()
    frame = pd.DataFrame({"words": words, "left": left.reindex(words.index, fill_value=0)}).reset_index()
    return frame.assign(share=100 * (1 - frame["left"] / frame["words"]))


def uncovered(article_texts: dict[str, str], data: Tables) -> list[str]:
    """Numerals and dates of the texts that are in no row, and amounts that may not be uncoded, a line each.

    Covered is a number inside a quantity or uncoded span, a date whose parts a claim or quantity of
    that sentence names, and all of an endnote (its origin holds it).
    """
    spans, named, out = defaultdict(list), defaultdict(list), []
    owners = data.claims.set_index("claim_id")["sentence_ids"]
    for q in data.quantities.itertuples():
        spans[_article(owners[q.claim_id])].append((q.start, q.end))
        for sentence in owners[q.claim_id].split(";"):
            named[sentence].append(q.period)
    for row in data.claims.itertuples():
        for sentence in row.sentence_ids.split(";"):
            named[sentence] += [row.value if row.attribute == "date" else "", row.said_on]
    names = defaultdict(list)
    for row in data.uncoded.itertuples():
        article = _article(row.sentence_id)
        spans[article].append((row.start, row.end))
        names[article] += [(row.start, row.end)] * (row.reason in NAMES)
    names, spans = ({i: texts.Spans(own) for i, own in held.items()} for held in (names, spans))
    place = data.sentences.set_index("sentence_id")[["start", "end"]]
    for row in data.uncoded[~data.uncoded["reason"].isin(NAMES)].itertuples():
        article, (first, last) = _article(row.sentence_id), place.loc[row.sentence_id]
        for a, b in _facts(article_texts.get(article, ""), max(row.start, first), min(row.end, last)):
            if article not in names or not names[article].hold(a, b):
                out.append(f"uncoded {row.sentence_id} {a}-{b}: an amount or full date is never uncoded")
    full = set(data.articles.loc[data.articles["coverage"].eq("full"), "article_id"]) & article_texts.keys()
    for row in _body(data.sentences[data.sentences["article_id"].isin(full)]).itertuples():
        taken = spans.get(row.article_id, texts.Spans(()))
        for kind, start, end, parts in texts.mentions(article_texts[row.article_id], row.start, row.end):
            values = [v for v in named[row.sentence_id] if v]
            dated = kind == "relative" and values or kind == "date" and any(_holds(v, parts) for v in values)
            if not dated and not taken.meet(start, end):
                out.append(f"{row.sentence_id} {start}-{end}: this {kind} is in no row")
    return out


def _holds(value: str, parts: tuple) -> bool:
    """Whether an EDTF value names all parts (year, month, day) that a text prints."""
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    return all(p in numbers for p in parts if p is not None)


def _facts(text: str, start: int, end: int):
    """(start, end) of each full date and each number with a unit in ``text[start:end]``."""
    for kind, a, b, parts in texts.mentions(text, start, end):
        amount = _amount(text[a : min(b + 12, end)]) if kind == "number" else None
        if (kind == "date" and None not in parts) or (amount and amount.unit != "item" and amount.qualifier != "vague"):
            yield a, b
