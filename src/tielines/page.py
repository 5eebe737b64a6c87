"""The evidence page: every exhibit, every mark a link to its rows, every row with an address; one file that asks for nothing.

``build`` writes ``index.html``; with the texts a private copy, in which each row shows its sentence and each text can be read whole.
"""

import json
import re
from collections import defaultdict
from html import escape, unescape
from pathlib import Path

from tielines import ROOT, __version__, aid, charts, corroboration, dataset, exhibits, figures, files, tables
from tielines.exhibits.core import report_words

__all__ = "build records".split()


def __dir__():
    return __all__


KINDS = (("claims", "claim_id"), ("stances", "stance_id"), ("reasons", "reason_id"))
TEXT = re.compile(
    r'<!-- (?P<said>.*?) -->\s*<g(?: style="fill: (?P<fill>[^";]*)[^"]*")? transform="translate\((?P<at>[^)]*)\)'
    r'(?: rotate\((?P<turn>[^)]*)\))? scale\((?P<size>[\d.]+) -[\d.]+\)">(?P<glyphs>.*?)</g>',
    re.S,
)


def records(data: dataset.Dataset) -> dict[str, dict]:
    """{row id: what a reader is told of it}: claims, judgements, reasons, amounts, events (with their flow), wordings, paragraphs and texts.

    Keys: k (kind), t (in words), f (fields: label, value), a (article), e (event), s (sentences), x (what a filter looks at), c (rows of an event).
    """
    names, out = data.actors.set_index("actor_id")["name"], {}
    event, label = data.events.set_index("event_id"), data.articles.set_index("article_id")["label"]
    origin = data.origins.set_index("origin_id")
    source = origin[["author", "publisher", "title"]].agg(lambda r: ", ".join(v for v in r if v), axis=1)
    stage, states, ties = data.codes("quantities", "stage"), data.listed("states"), data.listed("ties")
    amounts = data.quantities.assign(floor=data.quantities["low"].fillna(data.quantities["best"]),
                                     ceiling=data.quantities["high"].fillna(data.quantities["best"]))  # fmt: skip
    amounts["said"] = aid.printed(amounts) if len(amounts) else ""
    of_claim = amounts.groupby("claim_id")["said"].agg("; ".join)
    twice = defaultdict(list)
    coded = {
        name: [f["name"] for f in tables.fields(name, data.path) if f.get("categories")]
        for name in set(data.recodes["table"].astype(str))
    }
    for row in data.recodes.itertuples():
        known = data.codes(row.table, row.variable) if row.variable in coded[row.table] else {}
        first, second = (known.get(v, v) or "–" for v in (row.first, row.second))
        parted = f" / {second} ({str(row.reason).replace('_', ' ')})" if first != second else ""
        twice[row.row_id].append(f"{row.variable.replace('_', ' ')}: {first}{parted}")
    agree = (
        corroboration.shared(data)
        .drop_duplicates("event_id")
        .set_index("event_id")["agreement"]
        .map(data.listed("agreement"))
    )

    def common(row, table):
        chain = [names.get(s, s) for s in row.speaker.split("_")[:-1]] + ["the author"]
        places = [
            f"paragraph {p[1:]}, sentence {s[1:]}" for _, p, s in (i.split(".") for i in row.sentence_ids.split(";"))
        ]
        fields = {"Who says it": ", passed on by ".join(chain), "How firmly": data.codes(table, "factuality").get(row.factuality, row.factuality),
                  "On what source": data.codes(table, "basis").get(row.basis, row.basis), "Document or interview": source.get(row.origin_id, ""),
                  "Where": f"{label[row.article_id]}, {'; '.join(places)}"}  # fmt: skip
        return fields, {"a": row.article_id, "s": row.sentence_ids.split(";")}

    def add(row_id, kind, words, fields, looks, **more):
        fields = {**fields, "Coded twice": "; ".join(twice[row_id])}
        out[row_id] = {
            "k": kind,
            "t": words,
            "f": [[k, str(v)] for k, v in fields.items() if v],
            "x": {k: v for k, v in looks.items() if v},
            **more,
        }

    def concerned(ids):
        return [states[s] for s in states if re.search(rf"\b{s}\b", ids)]

    for row in data.claims.itertuples():
        fields, place = common(row, "claims")
        peg = event.loc[row.event_id]
        told = data.codes("claims", "attribute").get(row.attribute, row.attribute)
        value = stage.get(row.value, row.value) if row.attribute == "stage" else row.value.replace("_", " ")
        fields = {
            "Of": peg["label"],
            "Tells": f"{told}: {value}" if value else told,
            "Amount": of_claim.get(row.claim_id, ""),
            "Said on": row.said_on,
            **fields,
        }
        looks = {"text": [label[row.article_id]], "state": concerned(f"{peg['actors']};{peg['recipients']};{peg['concerns']}"), "relation": [ties.get(peg["tie"], "")],
                 "domain": [data.codes("events", "domain").get(peg["domain"], "")], "stage": [value] if row.attribute == "stage" else [],
                 "firmly": [data.codes("claims", "factuality").get(row.factuality, "")], "agreement": [agree.get(row.event_id, "")]}  # fmt: skip
        add(row.claim_id, "claim", row.paraphrase, fields, looks, e=row.event_id, **place)
    for table, key in KINDS[1:]:
        for row in getattr(data, table).itertuples():
            fields, place = common(row, table)
            of = "; ".join(ties.get(t, t) for t in row.dyads.split(";"))
            own = ["aspect", "strength"] if table == "stances" else ["side", "direction", "reason"]
            said = ", ".join(data.codes(table, c).get(getattr(row, c), str(getattr(row, c))) for c in own)
            looks = {"text": [label[row.article_id]], "state": concerned(row.dyads), "relation": [ties.get(t, "") for t in row.dyads.split(";")],
                     "domain": [data.codes("stances", "dimension").get(row.dimension, "")] if table == "stances" else [],
                     "firmly": [data.codes(table, "factuality").get(row.factuality, "")]}  # fmt: skip
            add(
                getattr(row, key),
                "judgement" if table == "stances" else "reason",
                row.paraphrase,
                {"Of": of, "Says": said, **fields},
                looks,
                **place,
            )
    for row in amounts.itertuples():
        claim = out.get(row.claim_id)
        if claim:
            fields = {
                "Amount": row.said,
                "What it measures": data.codes("quantities", "measure").get(row.measure, ""),
                "How far": stage.get(row.stage, ""),
            }
            add(
                row.quantity_id,
                "amount",
                f"{row.said}: {claim['t']}",
                fields,
                claim["x"],
                e=claim["e"],
                a=claim["a"],
                s=claim["s"],
                c=[row.claim_id],
            )
    flows, items = data.flows.set_index("event_id"), data.items.set_index("event_id")
    told = data.claims.groupby("event_id")["claim_id"].agg(list)
    reports = report_words(data.reports, data)
    side_by_side = reports.assign(
        cell=reports["article_id"].map(label)
        + ": "
        + reports["text"].where(reports["text"].ne(""), "tells of it")
        + " ("
        + reports["detail"]
        + ")"
    )
    side_by_side = side_by_side.groupby("event_id")["cell"].agg(list)
    for row in data.events.itertuples():
        flow = flows.loc[row.event_id] if row.event_id in flows.index else None
        fields = {
            "Between": ties.get(row.tie, ""),
            "Domain": data.codes("events", "domain").get(row.domain, ""),
            "Agreement": agree.get(row.event_id, ""),
        }
        if flow is not None:
            kind = items["kind"].get(row.event_id, "")
            fields |= {
                "Counted as": data.listed("kinds").get(kind, ""),
                "Item": data.codes("flows", "item").get(flow["item"], ""),
                "Terms": data.codes("flows", "terms").get(flow["terms"], ""),
            }
        looks = {"text": sorted({out[c]["x"]["text"][0] for c in told.get(row.event_id, [])}), "state": concerned(f"{row.actors};{row.recipients};{row.concerns}"),
                 "relation": [ties.get(row.tie, "")], "domain": [fields["Domain"]], "agreement": [fields["Agreement"]]}  # fmt: skip
        add(
            row.event_id,
            "event",
            row.label,
            fields,
            looks,
            c=told.get(row.event_id, []),
            r=side_by_side.get(row.event_id, []),
        )
    for row in data.wordings.itertuples():
        fields = {
            "Stands for": data.codes("wordings", "thing").get(row.thing, ""),
            "Where": f"{label[row.article_id]}, {row.sentence_id.split('.', 1)[1]}",
        }
        add(
            row.wording_id,
            "word",
            row.term,
            fields,
            {"text": [label[row.article_id]]},
            a=row.article_id,
            s=[row.sentence_id],
        )
    for row in data.frames.itertuples():
        frame = data.codes("frames", "frame").get(row.frame, "")
        add(
            f"{row.article_id}.p{row.paragraph}",
            "paragraph",
            f"Paragraph {row.paragraph} of {label[row.article_id]}: {frame}",
            {"Frame": frame},
            {"text": [label[row.article_id]]},
            a=row.article_id,
        )
    for row in data.articles.itertuples():
        fields = {
            "Title": row.title,
            "Author": row.author,
            "Publisher": row.publisher,
            "Genre": data.codes("articles", "genre").get(row.genre, ""),
            "Published": row.published,
            "Words": f"{row.words:,.0f}",
        }
        add(row.article_id, "text", row.label, fields, {"text": [row.label]}, a=row.article_id)
    for row_id in twice.keys() - out.keys():
        add(row_id, "row", row_id, {}, {})
    return out


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
        first = rows.get(ids.split(";")[0], {}).get("t", "")
        more = ids.count(";")
        named = f"{first[:110]}{f' and {more} more' if more else ''}"
        return f'<a href="#{escape(ids)}" data-e="{escape(ids)}" tabindex="-1" aria-label="{escape(named)}"'

    svg = re.sub(r'\bd="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    svg = TEXT.sub(text, svg)
    svg = re.sub(r'\bid="|url\(#|<use xlink:href="#', lambda place: f"{place[0]}{name}-", svg)
    svg = re.sub(r'<a xlink:href="#([^"]*)"(?: target="_blank")?', mark, svg)
    svg = svg.replace("xlink:href", "href")
    wide, tall = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    head = f'<svg role="group" aria-labelledby="{name}-title" aria-describedby="{name}-alt" viewBox="0 {above * 72:.1f} {wide} {float(tall) - (above + below) * 72:.1f}" style="max-width:{float(wide) * 4 / 3:.0f}px" xmlns="http://www.w3.org/2000/svg">'
    return re.sub(r"<svg [^>]*>", head, svg, count=1)


def _exhibit(name: str, about: dict, where: Path, data, rows) -> str:
    if "svg" in about["files"]:
        body = inlined((where / f"{name}.svg").read_text(encoding="utf-8"), about, rows)
        body = f"<div class=wide>{body}</div>"
    else:
        made = exhibits.make(name, data)
        heads = "".join(f"<th scope=col>{escape(c.replace('_', ' '))}" for c in made.words) + "<th scope=col>Evidence"
        cells = ["".join(f"<td>{escape(str(v))}" for v in row) for row in made.words.fillna("").itertuples(index=False)]
        links = [
            f'<td><a href="#{escape(e)}" data-e="{escape(e)}">{escape(e.split(";")[0])}</a>'
            for e in made.frame["evidence"]
        ]
        body = f'<div class=wide tabindex=0 role=region aria-labelledby="{name}-title"><table><tr>{heads}{"".join(f"<tr>{c}{a}" for c, a in zip(cells, links, strict=True))}</table></div>'
    files_ = " ".join(f'<a href="{name}.{k}" download>{k}</a>' for k in [*about["files"], "json"])
    return (f'<figure id="{name}" class=fig><h3 id="{name}-title">{escape(about["title"])}</h3>{body}<figcaption>{escape(about["caption"])}'
            f'<details><summary>In words</summary><p id="{name}-alt">{escape(about["alt"])}</p></details><p class=files>{files_}</p></figcaption></figure>')  # fmt: skip


def build(
    data: dataset.Dataset,
    where: Path = ROOT / "figures",
    article_texts: dict[str, str] | None = None,
    out: Path | None = None,
) -> Path:
    """Write the page of the bundles that lie in ``where``; ``article_texts`` ({article_id: text}) makes it a private copy, which goes to ``out``."""
    rows, parts, book = records(data), [], ""
    for name, function in sorted(exhibits.ALL.items(), key=lambda pair: pair[1].notebook):
        about = json.loads((where / f"{name}.json").read_text(encoding="utf-8"))
        if function.notebook != book:
            book = function.notebook
            parts.append(f'<h2 id="{book}">{escape(book[3:].replace("-", " ").capitalize())}</h2>')
        parts.append(_exhibit(name, about, where, data, rows))
    relation = data.codes("links", "relation")
    links = [[r.a, r.b, relation.get(r.relation, r.relation), r.note] for r in data.links.itertuples()]
    whole = {"rows": rows, "links": links, "version": __version__, "texts": _texts(data, article_texts)}
    content = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    told = " ".join(str(exhibits.answer(data, "kinds", "stages", "shared")).replace("- ", "").split("\n"))
    for key, value in {
        "VERSION": __version__,
        "ANSWER": escape(told),
        "EXHIBITS": "\n".join(parts),
        "DATA": content,
    }.items():
        template = template.replace(f"<!--{key}-->", value, 1)
    target = (out or where) / "index.html"
    files.write(target, template)
    return target


def _texts(data, article_texts) -> dict:
    """For a private copy: each text as [sentence_id, words] and the anchors as [row, start, end], from the start of their sentence."""
    if not article_texts:
        return {}
    own = data.sentences[data.sentences["article_id"].isin(article_texts)]
    said = {
        a: [[r.sentence_id, article_texts[a][r.start : r.end]] for r in rows.itertuples()]
        for a, rows in own.groupby("article_id")
    }
    start, anchors = own.set_index("sentence_id")["start"], defaultdict(list)
    for row in data.anchors[data.anchors["sentence_id"].isin(start.index)].itertuples():
        anchors[row.sentence_id].append(
            [row.row_id, int(row.start - start[row.sentence_id]), int(row.end - start[row.sentence_id])]
        )
    return {"said": said, "anchors": anchors}
