"""The evidence page: every exhibit, every mark a link to its rows, every row with an address; one file that asks for nothing.

``build`` writes ``index.html``; with the texts a private copy, in which each row shows its sentence and each text can be read whole.
"""

import json
import os
import re
from collections import defaultdict
from functools import cache
from html import escape, unescape
from pathlib import Path

from tielines import ROOT, __version__, aid, charts, corroboration, dataset, dates, exhibits, figures, files, tables
from tielines.exhibits.core import number, report_words

__all__ = "Card Draft build records".split()


def __dir__():
    return __all__


ANSWERS = "00-kinds", "02-stages", "04-shared"  # the bundles whose answers stand at the head
TEXT = re.compile(
    r'<!-- (?P<said>.*?) -->\s*<g(?: style="fill: (?P<fill>[^";]*)[^"]*")? transform="translate\((?P<at>[^)]*)\)'
    r'(?: rotate\((?P<turn>[^)]*)\))? scale\((?P<size>[\d.]+) -[\d.]+\)">(?P<glyphs>.*?)</g>',
    re.S,
)
PLAIN = {  # columns whose name is no plain word
    "actors": "who acts", "added": "may it be added?", "label": "item", "stage_words": "how far", "aspect": "in what respect", "attribute": "what it tells", "basis": "on what source", "concerns": "whom else it concerns",
    "dimension": "field", "direction": "which way", "dyads": "relations", "event_id": "of what", "event_type": "kind of event",
    "factuality": "how firmly", "iso3": "country", "origin_id": "document or interview", "parent_event_id": "part of", "published_basis": "how the date is known",
    "recipients": "for whom", "said_on": "said on", "sector": "sector", "side": "whose reason", "speaker": "who says it", "stage": "how far",
    "thing": "stands for", "value": "in which value", "value_basis": "how the date is known",
}  # fmt: skip


class _Words:
    """Every code of the data in plain words."""

    def __init__(self, data: dataset.Dataset):
        self.data, self.codes = data, cache(data.codes)
        self.names = data.actors.set_index("actor_id")["name"].to_dict()
        self.events = data.events.set_index("event_id")["label"].to_dict()
        self.texts = data.articles.set_index("article_id")["label"].to_dict()
        self.ties, self.states = data.listed("ties"), data.listed("states")
        parts = data.origins[["origin_id", "author", "publisher", "title"]].itertuples(index=False)
        self.origins = {o: ", ".join(v for v in rest if v) for o, *rest in parts}
        states = data.actors[data.actors["kind"].eq("state") & data.actors["iso3"].ne("")]
        self.countries = dict(zip(states["iso3"], states["name"], strict=True))
        self.terms = {c["value"]: c["label"] for c in tables.package(data.path)["termValues"]}
        self.coded = cache(lambda table: {f["name"] for f in tables.fields(table, data.path) if f.get("categories")})

    def __call__(self, table: str, column: str, value: str) -> str:
        """One value of one column."""
        value = "" if value != value else str(value)
        if not value:
            return ""
        if column in self.coded(table):
            return self.codes(table, column).get(value, value.replace("_", " "))
        if column in ("event_id", "parent_event_id"):
            return self.events.get(value, value)
        if column == "origin_id":
            return self.origins.get(value, value)
        if column == "speaker":
            return self.chain(value)
        if column in ("said_on", "published", "period"):
            return self.day(value)
        if column == "iso3":
            return self.countries.get(value, value)
        if column == "value":
            return self.value(value)
        if column in ("dyads", "actors", "recipients", "concerns"):
            return ", ".join(self.ties.get(v) or self.names.get(v) or " and ".join(self.states.get(s, s) for s in v.split("-")) for v in value.split(";"))  # fmt: skip
        return value.replace("_", " ")

    def chain(self, speaker: str) -> str:
        """The chain of speakers, the innermost first."""
        said = [self.names.get(s, s) for s in speaker.split("_") if s != "AUTHOR"]
        return ", passed on by ".join([*said, "the author"])

    def day(self, value: str) -> str:
        try:
            return dates.words(value)
        except ValueError:
            return value

    def value(self, value: str) -> str:
        """What a claim tells: a date, a stage, a term, a measure, actors, a place."""
        for known in (self.codes("quantities", "stage"), self.terms, self.codes("quantities", "measure")):
            if value in known:
                return known[value]
        if all(v in self.names for v in value.split(";")):
            return ", ".join(self.names[v] for v in value.split(";"))
        return self.day(value)

    def place(self, sentence_ids: str) -> str:
        """Text, paragraphs and sentences."""
        said = []
        for sentence in sentence_ids.split(";"):
            article, paragraph, number = sentence.split(".")
            said.append(f"paragraph {paragraph[1:]}, sentence {number[1:]}")
        return f"{self.texts.get(article, article)}, {'; '.join(said)}"


def records(data: dataset.Dataset) -> dict[str, dict]:
    """{row id: what a reader is told of it}: every row that a mark can lead to.

    Keys: k (kind), t (in words), f (pairs of label and value), w (what was coded twice: label, first, and where they part second and why),
    x (what a filter looks at), a (text), s (sentences), e (event, or of an event the one it is part of), c (rows of an event or pair),
    r (an event in each text: text, how far, how firmly, rows).
    """
    say, out, twice = _Words(data), {}, defaultdict(list)
    known = data.recodes.merge(_why(data), on="reason", how="left") if len(data.recodes) else data.recodes
    for row in known.itertuples():
        if row.first or row.second:
            both = [say(row.table, row.variable, v) or "nothing" for v in (row.first, row.second)]
            parted = [both[1], row.why] if row.first != row.second else []
            twice[row.row_id].append([PLAIN.get(row.variable, row.variable.replace("_", " ")), both[0], *parted])

    def add(row_id, kind, words, fields, looks, **more):
        found = {"k": kind, "t": words, "f": [[k, str(v)] for k, v in fields.items() if v]}
        found |= {"w": twice[row_id]} if row_id in twice else {}
        looks = {k: [v for v in values if v] for k, values in looks.items()}
        out[row_id] = found | {"x": {k: v for k, v in looks.items() if v}, **{k: v for k, v in more.items() if v}}

    agreement = data.listed("agreement")
    agree = corroboration.shared(data).drop_duplicates("event_id").set_index("event_id")["agreement"].map(agreement).to_dict()  # fmt: skip
    amounts = data.quantities.assign(
        floor=data.quantities["low"].fillna(data.quantities["best"]),
        ceiling=data.quantities["high"].fillna(data.quantities["best"]),
    )
    amounts["said"] = aid.printed(amounts) if len(amounts) else ""
    of_claim = amounts.groupby("claim_id")["said"].agg("; ".join).to_dict()
    event = {row.event_id: row for row in data.events.itertuples()}

    def concerned(ids):
        return [name for state, name in say.states.items() if re.search(rf"\b{state}\b", ids)]

    def around(row):
        ids = f"{row.actors};{row.recipients};{row.concerns}"
        domain = say("events", "domain", row.domain)
        return {"state": concerned(ids), "relation": [say.ties.get(row.tie, "")], "domain": [domain], "agreement": [agree.get(row.event_id, "")]}  # fmt: skip

    def source(row, table):
        return {
            "Who says it": say.chain(row.speaker),
            "How firmly": say(table, "factuality", row.factuality),
            "On what source": say(table, "basis", row.basis),
            "Document or interview": say.origins.get(row.origin_id, ""),
            "Where": say.place(row.sentence_ids),
        }

    for row in data.claims.itertuples():
        told, value = say("claims", "attribute", row.attribute), say.value(row.value) if row.value else ""
        fields = {"Of": say.events.get(row.event_id, ""), "Tells": f"{told}: {value}" if value else told, "Amount": of_claim.get(row.claim_id, ""),
                  "Said on": say.day(row.said_on) if row.said_on else "", **source(row, "claims")}  # fmt: skip
        looks = {"text": [say.texts[row.article_id]], **around(event[row.event_id]), "firmly": [fields["How firmly"]]}
        looks["stage"] = [value] if row.attribute == "stage" else []
        add(row.claim_id, "claim", row.paraphrase, fields, looks, e=row.event_id, a=row.article_id, s=row.sentence_ids.split(";"))  # fmt: skip
    for row in data.stances.itertuples():
        said = f"{say('stances', 'aspect', row.aspect)}: {say('stances', 'strength', row.strength)}"
        fields = {"Of": say("stances", "dyads", row.dyads), "Says": said, **source(row, "stances")}
        looks = _judged(row, say, fields, concerned) | {"domain": [say("stances", "dimension", row.dimension)]}
        add(row.stance_id, "judgement", row.paraphrase, fields, looks, a=row.article_id, s=row.sentence_ids.split(";"))
    for row in data.reasons.itertuples():
        said = ", ".join(say("reasons", c, getattr(row, c)) for c in ("direction", "reason"))
        fields = {"Of": say("reasons", "dyads", row.dyads), "Says": said, "Whose reason": say("reasons", "side", row.side), **source(row, "reasons")}  # fmt: skip
        add(row.reason_id, "reason", row.paraphrase, fields, _judged(row, say, fields, concerned), a=row.article_id, s=row.sentence_ids.split(";"))  # fmt: skip
    for row in amounts[amounts["claim_id"].isin(out.keys())].itertuples():
        claim = out[row.claim_id]
        fields = {"Amount": row.said, "What it measures": say("quantities", "measure", row.measure), "How far": say("quantities", "stage", row.stage), "Period": say("quantities", "period", row.period)}  # fmt: skip
        fields |= {k: v for k, v in claim["f"] if k not in ("Tells", "Amount")}
        add(row.quantity_id, "amount", f"{row.said}: {claim['t']}", fields, claim["x"], e=claim["e"], a=claim["a"], s=claim["s"], c=[row.claim_id])  # fmt: skip
    _events(data, say, out, add, around)
    for row in data.wordings.itertuples():
        fields = {"Stands for": say("wordings", "thing", row.thing), "Who says it": say.chain(row.speaker), "Where": say.place(row.sentence_id)}  # fmt: skip
        add(row.wording_id, "word", row.term, fields, {"text": [say.texts[row.article_id]]}, a=row.article_id, s=[row.sentence_id])  # fmt: skip
    for row in data.frames.itertuples():
        label, frame = say.texts[row.article_id], say("frames", "frame", row.frame)
        add(f"{row.article_id}.p{row.paragraph}", "paragraph", f"Paragraph {row.paragraph} of {label}: {frame}", {"Frame": frame, "Where": f"{label}, paragraph {row.paragraph}"},
            {"text": [label]}, a=row.article_id)  # fmt: skip
    for row in data.articles.itertuples():
        fields = {"Title": row.title, "Author": row.author, "Publisher": row.publisher, "Genre": say("articles", "genre", row.genre),
                  "Published": say.day(row.published), "How the date is known": say("articles", "published_basis", row.published_basis), "Words": f"{row.words:,.0f}"}  # fmt: skip
        add(row.article_id, "text", row.label, fields, {"text": [row.label]}, a=row.article_id)
    _coded(data, say, out, add, twice)
    return out


def _why(data):
    """Why two passes part, in words."""
    import pandas as pd

    words = data.codes("recodes", "reason")
    return pd.DataFrame({"reason": pd.Categorical(list(words), data.recodes["reason"].cat.categories), "why": list(words.values())})  # fmt: skip


def _judged(row, say, fields, concerned):
    """What a filter looks at of a judgement or reason."""
    ties = [say.ties.get(t, "") for t in row.dyads.split(";")]
    return {"text": [say.texts[row.article_id]], "state": concerned(row.dyads), "relation": ties, "firmly": [fields["How firmly"]]}  # fmt: skip


def _events(data, say, out, add, around):
    """The events with their flow, when they were as told, and each text's report side by side."""
    flows = {row.event_id: row for row in data.flows.itertuples()}
    kinds, kind = data.items.set_index("event_id")["kind"].to_dict(), data.listed("kinds")
    rows = data.claims.groupby("event_id")["claim_id"].agg(list).to_dict()
    when = defaultdict(list)
    for row in data.claims[data.claims["attribute"].eq("date") & data.claims["value"].ne("")].itertuples():
        when[row.event_id].append(f"{say.day(row.value)} ({say.texts[row.article_id]})")
    beside, told = defaultdict(dict), report_words(data.reports, data)
    for row in told.itertuples():
        vague = row.text == "unclear how far" and row.event_id not in flows
        text = "says so" if vague else row.text or "tells of it"
        beside[row.event_id][row.article_id] = [say.texts[row.article_id], text, row.detail, row.evidence]
    silent, known = data.listed("agreement"), corroboration.known(data)
    for row in known[known["state"].isin(corroboration.UNTOLD)].itertuples():
        beside[row.event_id].setdefault(row.article_id, [say.texts[row.article_id], silent.get(row.state, ""), "", ""])
    for row in data.events.itertuples():
        fields = {"Between": say.ties.get(row.tie, ""), "Kind": say("events", "event_type", row.event_type), "Domain": say("events", "domain", row.domain)}  # fmt: skip
        parent, looks = "", around(row)
        if flow := flows.get(row.event_id):
            fields |= {"Counted as": kind.get(kinds.get(row.event_id, ""), ""), "Item": say("flows", "item", flow.item), "Terms": say("flows", "terms", flow.terms)}  # fmt: skip
            parent = flow.parent_event_id
        fields |= {"When, as told": "\n".join(dict.fromkeys(when[row.event_id])), "Agreement": looks["agreement"][0]}
        looks["text"] = list(dict.fromkeys(out[c]["x"]["text"][0] for c in rows.get(row.event_id, [])))
        looks["stage"] = list(dict.fromkeys(s for c in rows.get(row.event_id, []) for s in out[c]["x"].get("stage", [])))  # fmt: skip
        reports = [beside[row.event_id][a] for a in say.texts if a in beside[row.event_id]]
        add(row.event_id, "event", row.label, fields, looks, c=rows.get(row.event_id, []), r=reports, e=parent)


def _coded(data, say, out, add, twice):
    """What else was coded twice: actors, documents, pairs that were compared, words that are no row."""
    actors = {row.actor_id: row for row in data.actors.itertuples()}
    for row_id in sorted(twice.keys() - out.keys()):
        parts = re.split(r"[+~]", row_id)
        if actor := actors.get(row_id):
            fields = {"Kind": say("actors", "kind", actor.kind), "Country": say("actors", "iso3", actor.iso3)}
            add(row_id, "speaker or actor", actor.name, fields, {})
        elif len(parts) == 2 and all(p in out for p in parts):
            add(row_id, "pair", "Two rows that were compared", {}, {}, c=parts)
        elif re.fullmatch(r"\d+\.p\d+\.s\d+", parts[0]):
            label = say.texts.get(parts[0].split(".")[0], "")
            add(row_id, "words left out", f"Words of {say.place(parts[0])} that are no row", {"Where": say.place(parts[0])}, {"text": [label]}, a=parts[0].split(".")[0], s=[parts[0]])  # fmt: skip
        else:
            add(row_id, "row", row_id, {}, {})


class Card:
    """The evidence of one row, as a notebook shows it and as print prints it. Raises TielinesError naming the nearest id."""

    def __init__(self, data: dataset.Dataset, row_id: str):
        rows = records(data)
        if row_id not in rows:
            near = tables.nearest(row_id, rows) or "none"
            raise files.TielinesError(f"no row {row_id!r} in the data, or a filter leaves it out; nearest: {near}")
        self.row_id, self.row = row_id, rows[row_id]
        named = {r: rows[r]["t"] for r in [*self.row.get("c", []), self.row.get("e", "")] if r in rows}
        pairs = [(r.a if r.b == row_id else r.b, data.codes("links", "relation").get(r.relation, r.relation))
                 for r in data.links[data.links["relation"].ne("dismissed")].itertuples() if row_id in (r.a, r.b)]  # fmt: skip
        self.lists = {"The event" if self.row["k"] != "event" else "Part of": [(r, named[r]) for r in named if r == self.row.get("e")]}  # fmt: skip
        self.lists["Its rows"] = [(r, named[r]) for r in self.row.get("c", []) if r in named]
        self.lists["Beside other rows"] = [(r, f"{how}: {rows[r]['t']}") for r, how in pairs if r in rows]

    def fields(self) -> list[tuple[str, str]]:
        """Label and value of everything that the card says."""
        told = [(k, v.replace("\n", "; ")) for k, v in self.row["f"]]
        told += [(f"In {label}", f"{text} ({how})" if how else text) for label, text, how, _ in self.row.get("r", [])]
        return told + [("Coded twice", "; ".join(map(_twice, twice))) for twice in (self.row.get("w"),) if twice]

    def __repr__(self) -> str:
        out = [f"{self.row_id} ({self.row['k']}): {self.row['t']}", *(f"  {k}: {v}" for k, v in self.fields())]
        for head, pairs in self.lists.items():
            out += [f"  {head}:", *(f"    {r} {words}" for r, words in pairs)] if pairs else []
        return "\n".join(out)

    def _repr_html_(self) -> str:
        rows = "".join(f'<tr><th style="text-align:left;vertical-align:top">{escape(k)}</th><td style="text-align:left">{escape(v)}</td></tr>' for k, v in self.fields())  # fmt: skip
        lists = ""
        for head, pairs in self.lists.items():
            items = "".join(f"<li>{escape(r)} {escape(words)}</li>" for r, words in pairs)
            lists += f"<p><b>{head}</b></p><ul>{items}</ul>" if items else ""
        link = f'<a href="{figures.PAGE}#{escape(self.row_id)}" target="_blank">{escape(self.row_id)}</a>'
        return f"<h4>{escape(self.row['t'])}</h4><p>{self.row['k']} {link}</p><table>{rows}</table>{lists}"


def _twice(what: list[str]) -> str:
    """``["how firmly", "possibly", "probably", "a rule decides"]`` in words."""
    label, first, *parted = what
    return f"{label}: {first}, then {parted[0]} ({parted[1]})" if parted else f"{label}: {first}, both times"


def inlined(svg: str, about: dict, rows: dict[str, dict]) -> str:
    """A bundle's SVG for a page: without title and caption, its ids its own, its glyphs text again, each mark a link with a name and its evidence."""
    name, size = about["name"], "full"
    above, below = figures.margins(about["title"], about["caption"], size)
    apart = {line for part in figures.lines_of(about["title"], about["caption"], size) for line in part.split("\n")}
    svg = re.sub(
        r"^.*?(?=<svg )|<metadata>.*?</metadata>|<style type=\"text/css\">.*?</style>|\s*<(title|desc)>.*?</\1>",
        "",
        svg,
        flags=re.S,
    )

    def text(found):
        said, bold = unescape(found["said"]), "Bold" in found["glyphs"]
        if said in apart:  # the page says them itself
            return ""
        size = 100 * float(found["size"])
        turn = f" rotate({found['turn']})" if found["turn"] else ""
        font = f"{'bold ' if bold else ''}{size:g}px DejaVu Sans,Verdana,sans-serif"
        slant = ";font-style:italic" if "Oblique" in found["glyphs"] else ""
        return (f'<text transform="translate({found["at"]}){turn}" style="fill:{found["fill"] or charts.INK};font:{font}{slant}" '
                f'textLength="{charts.ems(said, bold) * size:.1f}" lengthAdjust="spacingAndGlyphs">{escape(said)}</text>')  # fmt: skip

    def mark(found):
        ids = unescape(found[1])
        first, more = rows.get(ids.split(";")[0], {}).get("t", ids), ids.count(";")
        named = f"{first[:110]}{f' and {more} more' if more else ''}"
        return f'<a href="#{escape(ids)}" data-e="{escape(ids)}" tabindex="-1" aria-label="{escape(named)}"'

    svg = re.sub(r'\bd="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    svg = TEXT.sub(text, svg)
    svg = re.sub(r'\bid="|url\(#|<use xlink:href="#', lambda place: f"{place[0]}{name}-", svg)
    svg = re.sub(r'<a xlink:href="#([^"]*)"(?: target="_blank")?', mark, svg)
    svg = svg.replace("xlink:href", "href")
    wide, tall = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    head = f'<svg role="group" aria-labelledby="{name}-title" aria-describedby="{name}-alt" viewBox="0 {above * 72:.1f} {wide} {float(tall) - (above + below) * 72:.1f}" style="max-width:{float(wide) * 4 / 3:.0f}px" xmlns="http://www.w3.org/2000/svg">'
    return re.sub(r"<svg [^>]*>", lambda _: head, svg, count=1)


def _exhibit(name: str, about: dict, where: Path, data, rows, here: str) -> str:
    if "svg" in about["files"]:
        body = inlined((where / f"{name}.svg").read_text(encoding="utf-8"), about, rows)
        body = f"<div class=wide>{body}</div>"
    else:
        made = exhibits.make(name, data)
        heads = (
            "".join(f"<th scope=col>{escape(PLAIN.get(c, c.replace('_', ' ')))}" for c in made.words)
            + "<th scope=col>Evidence"
        )
        cells = ["".join(f"<td>{escape(str(v))}" for v in row) for row in made.words.fillna("").itertuples(index=False)]
        links = [
            f'<td><a href="#{escape(e)}" data-e="{escape(e)}">{escape(e.split(";")[0])}</a>'
            for e in made.frame["evidence"]
        ]
        body = f'<div class=wide tabindex=0 role=region aria-labelledby="{name}-title"><table><tr>{heads}{"".join(f"<tr>{c}{a}" for c, a in zip(cells, links, strict=True))}</table></div>'
    files_ = " ".join(f'<a href="{here}{name}.{k}" download>{k}</a>' for k in [*about["files"], "json"])
    return (f'<figure id="{name}" class=fig><h3 id="{name}-title">{escape(about["title"])}</h3>{body}<figcaption>{escape(about["caption"])}'
            f'<details><summary>In words</summary><p id="{name}-alt">{escape(about["alt"])}</p></details><p class=files>Download: {files_}</p></figcaption></figure>')  # fmt: skip


def build(
    data: dataset.Dataset,
    where: Path = ROOT / "figures",
    article_texts: dict[str, str] | None = None,
    out: Path | None = None,
) -> Path:
    """Write the page of the bundles that lie in ``where``; ``article_texts`` ({article_id: text}) makes it a private copy, which goes to ``out``.

    Raises TielinesError where a bundle is missing.
    """
    return Draft(data, where, out).write(article_texts)


class Draft:
    """A page in the making: its rows at once, the exhibits of a notebook by ``add`` when their bundles are there, ``write`` does the rest.

    Where filters are on, ``whole`` is the dataset without them: some exhibits are of all rows. ``edition`` is what a citation names.
    """

    def __init__(
        self,
        data: dataset.Dataset,
        where: Path = ROOT / "figures",
        out: Path | None = None,
        whole=None,
        edition=__version__,
    ):
        self.data, self.where, self.out, self.rows, self.parts, self.told = (
            data,
            where,
            out or where,
            records(data),
            {},
            {},
        )
        self.beyond, self.edition = records(whole) if whole else {}, edition
        self.here = "" if out is None else f"{Path(os.path.relpath(where, out)).as_posix()}/"

    def add(self, notebook: str) -> None:
        """Set the exhibits of a notebook. Raises TielinesError where a bundle is missing."""
        parts = [f'<h2 id="{notebook}">{escape(notebook[3:].replace("-", " ").capitalize())}</h2>']
        for name in (name for name, function in exhibits.ALL.items() if function.notebook == notebook):
            try:
                about = json.loads((self.where / f"{name}.json").read_text(encoding="utf-8"))
                ids = {i for mark in about["marks"] for i in mark["evidence"]}
                self.rows |= {i: self.beyond[i] for i in sorted(ids - self.rows.keys()) if i in self.beyond}
                parts.append(_exhibit(name, about, self.where, self.data, self.rows, self.here))
            except OSError as error:
                raise files.TielinesError(f"{error.filename} cannot be read: `python -m tielines run --all` makes it") from None  # fmt: skip
            self.told[name] = about.get("answer", "")
        self.parts[notebook] = parts

    def write(self, article_texts: dict[str, str] | None = None) -> Path:
        """Write the page, with what has not been added yet; its path."""
        books = sorted({function.notebook for function in exhibits.ALL.values()})
        for notebook in books:
            if notebook not in self.parts:
                self.add(notebook)
        data, relation = self.data, self.data.codes("links", "relation")
        links = [[r.a, r.b, relation.get(r.relation, r.relation), r.note] for r in data.links.itertuples()]
        whole = {"rows": self.rows, "links": links, "gone": relation.get("dismissed", ""), "version": self.edition, "texts": _texts(data, article_texts)}  # fmt: skip
        content = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        answer = " ".join(self.told.get(name, "") for name in ANSWERS)  # it is of all rows
        if data.filters:
            answer = f"Narrowed to {'; '.join(f'{k} = {v}' for k, v in data.filters.items())}."
        page = {
            "VERSION": escape(self.edition),
            "TEXTS": number(len(data.articles), "article"),
            "ANSWER": escape(answer),
            "EXHIBITS": "\n".join(part for notebook in books for part in self.parts[notebook]),
            "DATA": content,
        }
        template = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
        target = self.out / "index.html"
        files.write(target, re.sub(r"<!--([A-Z]+)-->", lambda key: page[key[1]], template))
        return target


def _texts(data, article_texts) -> dict:
    """For a private copy: each text as [sentence_id, words] and the anchors as [row, start, end], from the start of their sentence.

    Offsets count UTF-16 units, as a browser does.
    """
    if not article_texts:
        return {}
    said, anchors, starts = defaultdict(list), defaultdict(list), {}
    for row in data.sentences[data.sentences["article_id"].isin(article_texts)].itertuples():
        said[row.article_id].append([row.sentence_id, article_texts[row.article_id][row.start : row.end]])
        starts[row.sentence_id] = row.article_id, row.start
    for row in data.anchors[data.anchors["sentence_id"].isin(starts)].itertuples():
        article, start = starts[row.sentence_id]
        units = [len(article_texts[article][start : int(at)].encode("utf-16-le")) // 2 for at in (row.start, row.end)]
        anchors[row.sentence_id].append([row.row_id, *units])
    return {"said": said, "anchors": anchors}
