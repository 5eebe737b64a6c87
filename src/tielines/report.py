"""A report of the notebooks: their questions, answers and figures as docx, pdf, html or slides (pptx).

One Markdown, which pandoc makes Word and HTML and, with typst, PDF; python-pptx makes the slides. The words are those of the
notebooks and of the bundles that they wrote; the same input gives the same bytes. What is heavy is imported when used.
"""

import ast
import csv
import io
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path

import matplotlib.pyplot as plt

from tielines import ROOT, charts, dataset, dates, exhibits, export, figures, files, notebooks, tables
from tielines.files import TielinesError

__all__ = "FORMATS build".split()


def __dir__():
    return __all__


FORMATS = {"docx": ["pypandoc", "docx"], "pdf": ["pypandoc", "typst"], "html": ["pypandoc"], "pptx": ["pptx"]}  # needs
LIMITS, CODED = "What these few texts cannot show", "How it was coded"  # sections that are told once, at the end
WIDE, TALL = 17.0, 20.5  # cm: the text of an A4 page, and what headings and captions leave of it to a picture
SHRINK = 1.05  # a picture that exceeds that by no more is made smaller
FONT = "Calibri"
UNVERIFIED, APPENDIX = "Not verified outside these texts.", "Appendix"  # the heading whose exhibits no slide shows
SIDE, ACROSS = 0.5, 12.333  # inches of a slide: its margin, and what stands between the two
SLIDE = 5.5 * charts.WIDTHS["slide"] / ACROSS  # inches of a chart that fills one, under its title
LISTS = [
    (("Heading 1", "Heading 2"), "", r'\o "1-2"'),
    (("Image Caption",), "Figure", r'\c "Figure"'),
    (("Table Caption",), "Table", r'\c "Table"'),
]  # of a Word document: what they list, how it is numbered, the rule of their field
NOTHING = "The texts, so narrowed, say nothing of this."
NARROW = 118  # characters of a table's type of SMALL points across a page
SMALL, LEAST, SHORT = 7.5, 6.0, 1500  # a table's type in points, the least; characters of one that stays on a page
RUNS = 15  # runs of row ids that a footnote names; of more it says how many rows
FILTER = Path(__file__).with_name("report.lua")
STYLE = """<style>html{background:#fff}body{max-width:52rem;font:16px/1.5 Georgia,serif}h1,h2,h3,nav,figcaption,table,[data-custom-style$=Note]{font-family:Arial,sans-serif}
figure{margin:1.5rem 0 .5rem}figure svg{max-width:100%;height:auto}figcaption,caption{font-weight:bold;text-align:left;color:inherit}
table{font-size:13px}td,th{vertical-align:top;text-align:left}[data-custom-style$=Note]{font-size:13px;color:#595959}</style>"""
TYPST = """#show figure.where(kind: table): set block(breakable: true)
#show figure.caption.where(kind: table): it => block(sticky: true, it)
#show table.cell: set align(left)
#show figure.caption: set align(left)
#show figure.caption: set text(size: 9.5pt, weight: "bold")
#show table: set par(justify: false)
#set table(stroke: (x, y) => (bottom: 0.4pt + luma(80%)), inset: 3.5pt)
#outline(title: [Figures], target: figure.where(kind: image))
#outline(title: [Tables], target: figure.where(kind: table))
#show heading.where(level: 1): set block(above: 2.2em)"""


def build(to: str, out: Path | None = None, names=(), folder: Path | None = None) -> Path:
    """Write a report in a format of FORMATS, ``report.docx`` and the like in ``own/`` or the folder where ``out`` names no file; returns its path.

    ``names`` are the exhibits that it shows, none for all; ``folder`` holds ``notebooks/`` and ``figures/``, else the repository.
    Raises TielinesError: an unknown name, a bundle or library that is missing, notebooks that are narrowed differently.
    """
    if lacking := [module for module in FORMATS[to] if find_spec(module) is None]:
        raise TielinesError(
            f"a report as {to} needs {', '.join(lacking)}: .venv/bin/python -m pip install -c constraints.txt -e '.[report,parquet]'"
        )
    if unknown := [name for name in names if name not in exhibits.ALL]:
        near = tables.nearest(unknown[0], exhibits.ALL) or ", ".join(exhibits.ALL)
        raise TielinesError(f"no figure {files.shown(unknown[0])}; nearest: {near}")
    out = Path(out or (folder or ROOT / "own") / f"report.{to}")
    book = _book(Path(folder or ROOT), names)
    with tempfile.TemporaryDirectory() as place:
        made = {"docx": _docx, "pdf": _pdf, "html": _html, "pptx": _pptx}[to](book, Path(place), out)
    files.write(out, made)
    return out


@dataclass
class _Book:
    """What the notebooks of a folder say: items [kind, level, what] in order, and the data as they are narrowed."""

    items: list
    about: dict  # name: the JSON of its bundle and "at", the path of its files without their ending
    data: dataset.Dataset
    last: dict  # heading: words that are told once, at the end
    named: bool = False  # whether its exhibits were asked for by name

    def __post_init__(self):
        package, narrowed = (
            tables.package(self.data.path),
            "; ".join(f"{k} = {v}" for k, v in self.data.filters.items()),
        )
        self.by, how = package["contributors"][0]["title"], self.data.codes("articles", "published_basis")
        self.title = package["title"]
        self.stamp = int(datetime.fromisoformat(package["created"]).timestamp())
        self.state = f"As of {dates.words(dataset.as_of(self.data))}. {f'Filtered: {narrowed}. ' if narrowed else ''}{UNVERIFIED}"  # fmt: skip
        self.citation = f"{self.by} ({package['created'][:4]}). {self.title}. Version {package['version']}. A single fact is cited by its row id."
        self.sources = [
            f"{row.label}: {row.author or 'unsigned'}; {row.title or 'title not known'}; {row.publisher or 'publisher not known'}; "
            f"{dates.words(row.published)} (date: {how[row.published_basis]}){f'; {row.url}' if row.url else ''}"
            for row in self.data.articles.itertuples()
        ]


def _book(folder: Path, names) -> _Book:
    wanted, chapters, narrowed, limits = set(names or exhibits.ALL), [], {}, {}
    for path in notebooks.find(folder / "notebooks"):
        cells, head = json.loads(files.read_text(path))["cells"], ""
        own = list(_items(path.stem, cells, wanted))
        if any(kind == "figure" for kind, *_ in own):
            chapters.append(own)
            narrowed[path.stem] = _filters(cells)
        for kind, _, what in own:
            head = what if kind == "head" else head
            if kind == "words" and head == LIMITS:  # what several notebooks say is said once
                limits |= dict.fromkeys(_printed(what).split("\n"))
    if not chapters:
        raise TielinesError(f"no notebook of {folder.name} shows {', '.join(names) or 'a figure'}")
    one, *rest = narrowed
    if apart := [name for name in rest if narrowed[name] != narrowed[one]]:
        raise TielinesError(f"{one} and {apart[0]} are narrowed differently: a report has one filter")
    tables_of = folder / "data" if (folder / "data").is_dir() else tables.DATA
    data = dataset.load(tables_of, **narrowed[one])
    about = {
        what: _bundle(folder / "figures", what, data.filters)
        for own in chapters
        for kind, _, what in own
        if kind == "figure"
    }
    made = export.coded(dataset.load(tables_of), data.articles["article_id"])
    last = {CODED: "\n".join(f"- {_plain(line)}" for line in made), LIMITS: "\n".join(limits)}
    kept = [item for own in chapters for item in _drawn(own, about)]
    return _Book(kept, about, data, last, bool(names))


def _drawn(items: list, about: dict) -> list:
    """A notebook's items without the figures in which nothing is left, and a line that names those."""
    left = [what for kind, _, what in items if kind == "figure" and not _evidence(about[what])]
    said = f"Nothing in this selection on: {'; '.join(about[name]['title'] for name in left)}."
    return _needed([item for item in items if item[2] not in left] + [("none", 1, said)] * bool(left))


def _evidence(about: dict) -> list:
    """The evidence of each row that a bundle draws."""
    with open(f"{about['at']}.csv", encoding="utf-8", newline="") as rows:
        return [row["evidence"] for row in csv.DictReader(rows)]


def _items(notebook: str, cells: list, wanted: set):
    """The kind, level and content of what a notebook says: "head", "words" (Markdown), "answer" (a line), "figure" (a name)."""
    level = 1
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for part in re.split(r"^(?=#+ )", source, flags=re.M):
                head, _, words = part.partition("\n") if part.startswith("#") else ("", "", part)
                level = head.find(" ") if head else level
                yield from [("head", level, re.sub(r"^#+ (\d\d )?", "", head))] if head else []
                yield from [("words", level, words.strip())] if words.strip() else []
        elif "exhibits.answer(data" in source:
            for said in ["".join(o["data"]["text/plain"]) for o in cell["outputs"] if "data" in o]:
                yield from (("answer", level, line.removeprefix("- ") or NOTHING) for line in said.split("\n"))
        elif ".show(" in source and (made := re.search(r"exhibits\.(\w+)\(data", source)):
            name = f"{notebook[:2]}-{made[1].replace('_', '-')}"
            yield from [("figure", level, name)] if name in wanted else []


def _needed(items: list) -> list:
    """The items without the headings and words that no figure or answer follows in their section."""
    kept, within = [], set()
    for kind, level, what in reversed(items):
        within = {"figure": set(range(9)), "answer": set(range(9)), "none": {0, 1}}.get(kind, within)
        kept += [(kind, level, what)] if level in within else []
        within = within - set(range(level, 9)) if kind == "head" else within
    return kept[::-1]


def _filters(cells: list) -> dict:
    """What the cell tagged ``parameters``, or one that runs after it in its place, assigns."""
    own = [c for c in cells if {"parameters", "injected-parameters"} & set(c["metadata"].get("tags", ()))]
    lines = [line for cell in own for line in ast.parse("".join(cell["source"])).body if isinstance(line, ast.Assign)]
    return {line.targets[0].id: ast.literal_eval(line.value) for line in lines}


def _bundle(folder: Path, name: str, filters: dict) -> dict:
    """The JSON of a bundle that was made with these filters. TielinesError where there is none, or one that is not whole."""
    for path in (folder / f"{name}.json", folder / "local" / f"{name}.json"):
        if figures.whole(path) and (about := json.loads(path.read_text(encoding="utf-8")))["filters"] == filters:
            return about | {"at": path.with_suffix("")}
    raise TielinesError(
        f"figures/{name} is missing, not whole or of another filter: `python -m tielines run --all` makes it"
    )


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#$@^~|])", r"\\\1", text)


def _markdown(book: _Book, place: Path, to: str) -> str:
    """The report in pandoc's Markdown, its pictures in ``place``."""
    head = {"title": book.title, "subtitle": book.state, "lang": "en-GB"}
    out = ["---", *(f"{k}: {json.dumps(v)}" for k, v in head.items()), "---", "", "```{=typst}", TYPST, "```", ""]
    told, number = {about["answer"]: n for n, about in book.about.items()}, {"Figure": 0, "Table": 0}
    for (kind, level, what), (after, *_) in pairwise([*book.items, ("end", 0, "")]):
        if kind == "head":
            out += ["", f"{'#' * level} {what}", ""]
        elif kind == "words":
            lead = after in ("figure", "head")  # what stays on one page with them
            out += [*(["::: {custom-style='Figure Lead'}"] * lead), _printed(what), *([":::"] * lead), ""]
        elif kind == "none":
            out += ["", _plain(what), ""]
        elif kind == "answer":
            out += [f"- {_plain(what)}{_footnote(book.about[told[what]]) if what in told else ''}"]
        else:
            out += ["", *_figure(book, what, place, to, number)]
    last = dict(book.last)
    last |= {"Sources": "\n".join(f"- {_plain(line)}" for line in book.sources), "How to cite": _plain(book.citation)}
    return "\n\n".join(
        ["\n".join(out), "# About this report", *(f"## {head}\n\n{words}" for head, words in last.items() if words)]
    )


def _printed(words: str) -> str:
    """A notebook's words for print: without sentences that hold code, and links to the repository, which break when a page is sent."""
    blocks = words.split("\n\n")
    for n, block in enumerate(blocks):
        if "`" in block:
            said = re.split(r"(?<=[.?!]) (?=[A-Z*])", " ".join(block.split()))
            blocks[n] = " ".join(sentence for sentence in said if "`" not in sentence)
    return re.sub(r"\[([^]]*)\]\(\.\./[^)]*\)", r"\1", "\n\n".join(blocks))


def _footnote(about: dict) -> str:
    """The row ids behind a figure, and where to look them up."""
    return f"^[Evidence: {_plain(figures.addresses(_evidence(about), RUNS))}; figures/index.html#{about['name']}.]"


def _figure(book: _Book, name: str, place: Path, to: str, number: dict):
    """A figure or table with its numbered caption, and below it the note with its evidence."""
    about = book.about[name]
    note = _plain(about["caption"].partition(" Evidence: ")[0]) + _footnote(about)
    note = ["::: {custom-style='Figure Note'}", note, ":::", ""]

    def titled(kind, title):
        number[kind] += 1
        return f"{kind} {number[kind]}: {title}" if to == "html" else title  # the others count themselves

    if "html" in about["files"]:
        rows, headed = _rows(book, about)
        shares, size = _fitted(rows)
        whole = "together" if _short(rows) else "long"
        title = _plain(titled("Table", about["title"]))
        table = ["```{=html}", _typeset(rows, headed, shares), "```"]
        own = [f"::: {{#{name} .table size={size:.2f}pt}}", title, "", *table, ":::", ""]
        return [f":::: {whole}", *own, *note, "::::", ""]
    out, pictures = [], list(_pictures(book, name, place, to))
    for n, (path, wide) in enumerate(pictures, 1):
        alt = escape(_alt(book, about, n, len(pictures)))
        part = f" ({n} of {len(pictures)})" if len(pictures) > 1 else ""
        title = _plain(titled("Figure", about["title"] + part))
        out += ["::: together", f'![{title}]({path.name}){{#{path.stem} alt="{alt}" width={wide:.1f}cm}}', ""]
        out += [*(note if n == len(pictures) else []), ":::", ""]
    return out


def _alt(book: _Book, about: dict, n: int, of: int) -> str:
    """The alt text of the n-th part of an exhibit: of one of several what it finds, and the rows that this part holds."""
    if of == 1:
        return about["alt"]
    exhibit = exhibits.make(about["name"], book.data)
    part, key = exhibit.parts(of)[n - 1], "event_id"
    if key in part and key in exhibit.frame:
        held = exhibits.listing(exhibit.words[exhibit.frame[key].isin(part[key])])
    else:
        held = "; ".join(part["row"].astype(str).drop_duplicates()) + "."
    return f"{about['title']}. Part {n} of {of}: {held}"


def _rows(book: _Book, about: dict) -> tuple[list, int]:
    """The rows of a bundle's table as lists of texts, a heading between them as one, and how many of them are its header (0 or 1).

    The column ``kind`` goes into the item where it is another than the first kind; texts stand in order of publication.
    """
    from lxml import html

    page = html.parse(f"{about['at']}.html")
    lines = page.xpath("//table//tr[not(contains(@class, 'gt_heading')) and not(ancestor::tfoot)]")
    rows = [
        [c.text_content().strip().replace(";", "; ").replace(";  ", "; ") for c in line.xpath("td|th")]
        for line in lines
    ]
    if not lines[0].xpath("ancestor::thead"):
        return rows, 0
    head, labels, usual = rows[0], list(book.data.articles["label"]), next(iter(book.data.listed("kinds").values()))
    if {"kind", "item"} <= {*head}:
        kind, item = head.index("kind"), head.index("item")
        for row in rows[1:]:
            if len(row) == len(head) and row[kind] != usual:
                row[item] += f" ({row[kind]})"
        rows = [row[:kind] + row[kind + 1 :] if len(row) == len(head) else row for row in rows]
    held = [n for n, text in enumerate(rows[0]) if text in labels]
    told = dict(zip(held, sorted(held, key=lambda n: labels.index(rows[0][n])), strict=True)) if held else {}
    across = len(rows[0])
    return [[row[told.get(n, n)] for n in range(across)] if len(row) == across else row for row in rows], 1


def _fitted(rows: list, room: float = NARROW) -> tuple[list, float]:
    """The share of each column, none narrower than its longest word, and the type in points that this needs on ``room`` characters."""
    across = max(map(len, rows))
    columns = list(zip(*(row for row in rows if len(row) == across), strict=True))
    least = [max(len(word) for text in c for word in re.split(r"[\s-]", text)) + 2.5 for c in columns]
    want = [max(map(len, c)) ** 0.5 for c in columns]
    spare = max(0, room - sum(least))
    wide = [a + spare * b / max(1, sum(want)) for a, b in zip(least, want, strict=True)]
    return [w / sum(wide) for w in wide], max(LEAST, SMALL * min(1, room / sum(least)))


def _short(rows: list) -> bool:
    """Whether a table stays on one page."""
    return sum(len(text) for row in rows for text in row) < SHORT


def _typeset(rows: list, headed: int, shares: list) -> str:
    """Rows as an HTML table."""
    across = len(shares)

    def line(row, cell):
        wide = f' colspan="{across}"' if len(row) < across else ""
        cell = "th" if wide else cell
        return "<tr>" + "".join(f"<{cell}{wide}>{escape(text)}</{cell}>" for text in row) + "</tr>"

    columns = "".join(f'<col style="width: {100 * share:.2f}%">' for share in shares)
    head = f"<thead>{line(rows[0], 'th')}</thead>" if headed else ""
    body = "".join(line(row, "td") for row in rows[headed:])
    return f"<table><colgroup>{columns}</colgroup>{head}<tbody>{body}</tbody></table>"


def _pictures(book: _Book, name: str, place: Path, to: str):
    """An exhibit's picture without title and caption, (file, width in cm): the bundle's, or where that is too tall for paper several."""
    about, kind = book.about[name], "png" if to.startswith("docx") else "svg"
    svg = Path(f"{about['at']}.svg").read_text(encoding="utf-8")
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt" viewBox="0 0 \1 \2"', svg)
    above, below = figures.margins(about["title"], about["caption"])
    wide, tall = float(size[1]) / 72, float(size[2]) / 72 - above - below
    over = 0 if to == "html" else tall / wide / (TALL / WIDE)
    if over > SHRINK:
        exhibit = exhibits.make(name, book.data)
        for n, ax in enumerate(exhibit.pages(tallest=TALL / WIDE * wide), 1):
            yield _saved(ax, place / f"{name}-{n}.{kind}"), WIDE
    elif kind == "svg":
        box = f'width="{size[1]}pt" height="{72 * tall:.2f}pt" viewBox="0 {72 * above:.2f} {size[1]} {72 * tall:.2f}"'
        (place / f"{name}.svg").write_text(svg.replace(size[0], box), encoding="utf-8")
        yield place / f"{name}.svg", WIDE / max(1, over)
    else:
        from PIL import Image

        with Image.open(f"{about['at']}.png") as whole:
            dots = whole.width / wide
            part = whole.convert("RGB").crop((0, round(above * dots), whole.width, round((above + tall) * dots)))
        part.save(place / f"{name}.png", dpi=(300, 300))
        yield place / f"{name}.png", WIDE / max(1, over)


def _saved(ax, path: Path) -> Path:
    """A picture of a chart alone."""
    with charts.style():
        figure = figures.dress(ax, "", "", bare=True)
        figure.savefig(path, dpi=250, metadata=figures.FORMATS[path.suffix[1:]])
    plt.close(figure)
    return path


def _pandoc(book: _Book, place: Path, to: str, *options: str) -> bytes:
    """What pandoc makes of the report; the pandoc that pypandoc_binary holds, of which the version is known."""
    import pypandoc

    text, made = _markdown(book, place, to), place / f"made.{to}"
    pandoc = Path(pypandoc.__file__).parent / "files" / "pandoc"
    command = [pandoc, "-s", "-f", "markdown", "-t", to, "-L", FILTER, "--toc", "--toc-depth=2", *options, "-o", made]
    stamped = os.environ | {"SOURCE_DATE_EPOCH": str(book.stamp)}
    done = subprocess.run(command, input=text.encode(), cwd=place, env=stamped, capture_output=True)
    if done.returncode:
        raise TielinesError(f"pandoc: {done.stderr.decode()}")
    return made.read_bytes()


def _html(book: _Book, place: Path, out: Path) -> bytes:
    """One page that asks for nothing, its list of contents folded."""
    (place / "style.html").write_text(STYLE, encoding="utf-8")
    page = _pandoc(book, place, "html", "--embed-resources", "-H", "style.html").decode()
    return re.sub(
        r"(<nav id=\"TOC\".*?</nav>)", r"<details><summary>Contents</summary>\1</details>", page, flags=re.S
    ).encode()


def _pdf(book: _Book, place: Path, out: Path) -> bytes:
    """PDF/UA-1, which typst refuses to write where it is not."""
    import typst

    page = ["-V", "papersize=a4", "-V", "fontsize=10.5pt", '--variable-json=margin:{"x": "2cm", "y": "2cm"}']
    main = place / "main.typ"
    main.write_bytes(_pandoc(book, place, "typst", *page))
    try:
        how = {"ignore_system_fonts": True, "pdf_standards": "ua-1", "timestamp": book.stamp}
        return typst.compile(str(main), root=str(place), **how)
    except RuntimeError as error:
        raise TielinesError(f"typst: {error}") from error


def _docx(book: _Book, place: Path, out: Path) -> bytes:
    """A Word document: pandoc's, with a page of A4, its own fonts, and captions and rows that stay together."""
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    document = Document(io.BytesIO(_pandoc(book, place, "docx+native_numbering", "--lof", "--lot")))
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm((21 - WIDE) / 2)
    foot = page.footer.paragraphs[0]
    foot.alignment, field = WD_ALIGN_PARAGRAPH.CENTER, OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    foot._p.append(field)
    sizes = {"Title": 20, "Subtitle": 11, "Heading 1": 16, "Heading 2": 13, "Heading 3": 11, "Image Caption": 9.5, "Table Caption": 9.5,
             "Figure Note": 8.5, "Footnote Text": 8, "Compact": 10.5}  # fmt: skip
    for style in document.styles:
        if style.type == WD_STYLE_TYPE.PARAGRAPH:
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            fonts.attrib.clear()  # else the theme's fonts
            style.font.name, style.font.size = FONT, Pt(sizes.get(style.name, 10.5))
            style.font.color.rgb = RGBColor(0, 0, 0)
            heading = style.name.startswith(("Heading", "Title")) or style.name.endswith("Caption")
            style.font.bold, style.font.italic = heading, False
            style.paragraph_format.keep_with_next = heading or style.name in ("Captioned Figure", "Figure Lead")
    rules = OxmlElement("w:tblBorders")
    rules.append(OxmlElement("w:insideH"))
    for key, value in {"val": "single", "sz": "4", "color": "D9D9D9"}.items():
        rules[0].set(qn(f"w:{key}"), value)
    document.styles["Table"].element.find(qn("w:tblPr")).find(qn("w:tblCellMar")).addprevious(rules)
    small = document.styles.add_style("Table Text", WD_STYLE_TYPE.PARAGRAPH)
    small.font.name, small.font.size, small.paragraph_format.space_after = FONT, Pt(SMALL), Pt(0)
    for table in document.tables:
        lines = [[cell.findall(f".//{qn('w:t')}") for cell in row.tc_lst] for row in table._tbl.tr_lst]
        rows = [["".join(t.text or "" for t in cell) for cell in line] for line in lines]
        (shares, size), short = _fitted(rows), _short(rows)
        table.autofit, across = False, [round(share * Cm(WIDE)) for share in shares]
        for column, wide in zip(table._tbl.tblGrid.gridCol_lst, across, strict=True):
            column.w = wide
        whole = table._tbl.tblPr.find(qn("w:tblW"))
        whole.set(qn("w:type"), "dxa")
        whole.set(qn("w:w"), str(round(Cm(WIDE).twips)))
        for n, row in enumerate(table._tbl.tr_lst):
            row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for cell, wide in zip(row.tc_lst, across if len(row.tc_lst) > 1 else [Cm(WIDE)], strict=True):
                cell.width = wide
                for paragraph in cell.p_lst:
                    paragraph.get_or_add_pPr().style = small.style_id
                    if short or n == 0 or len(row.tc_lst) == 1:  # a short one stays with its note, too
                        paragraph.get_or_add_pPr().get_or_add_keepNext()
                for run in cell.iter(qn("w:r")):
                    run.get_or_add_rPr().sz_val = Pt(size)
    for picture in document.inline_shapes:  # pandoc makes none wider than its own page
        steep = picture.height / picture.width
        picture.width = Cm(min(WIDE, TALL / steep))
        picture.height = round(picture.width * steep)
    for field, (styles, number, rule) in zip(document.element.iter(qn("w:instrText")), LISTS, strict=True):
        field.text, lines = f"TOC \\h \\z {rule}", [p.text for p in document.paragraphs if p.style.name in styles]
        for n, line in enumerate(lines, 1):  # until Word fills it, with pages
            text = OxmlElement("w:t")
            text.text = re.sub(rf"^{number}\s*:", f"{number} {n}:", line) if number else line
            field.getparent().insert(-1, text)
            field.getparent().insert(-1, OxmlElement("w:br"))
    return files.undated(document.save, packed=True)


def _pptx(book: _Book, place: Path, out: Path) -> bytes:
    """Slides: what the notebooks ask and answer, then an exhibit a slide, or several; notes hold its caption and alt text."""
    from pptx import Presentation
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(SIDE * 2 + ACROSS), Inches(7.5)
    deck.core_properties.title, deck.core_properties.author = book.title, book.by

    def set_text(shape, lines, size, bold=False):
        shape.text_frame.text, shape.text_frame.vertical_anchor = "\n".join(lines), MSO_ANCHOR.TOP
        for paragraph in shape.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.LEFT
            for run in paragraph.runs:
                run.font.size, run.font.bold, run.font.language_id = Pt(size), bold, 2057  # British English

    def slide(title, lines=(), note="", layout=5):
        new = deck.slides.add_slide(deck.slide_layouts[layout])
        for shape, top, tall in zip(new.placeholders, (0.3, 1.6), (1.1, 5.4), strict=False):
            shape.left, shape.top, shape.width, shape.height = map(Inches, (SIDE, top, ACROSS, tall))
        set_text(new.shapes.title, [title], 20, bold=True)
        if lines:
            set_text(new.placeholders[1], lines, 20 if len(lines) < 6 else 14)
        if note:
            new.notes_slide.notes_text_frame.text = note
            foot = new.shapes.add_textbox(*map(Inches, (SIDE, 7.08, ACROSS, 0.3)))
            foot.text_frame.word_wrap = True
            set_text(foot, [UNVERIFIED], 10)
        return new.shapes

    def table(shapes, rows, shares, headed):
        grid = shapes.add_table(len(rows), len(shares), *map(Inches, (SIDE, 1.5, ACROSS, 0.3))).table
        grid.first_row = headed
        for column, share in zip(grid.columns, shares, strict=True):
            column.width = Inches(ACROSS * share)
        for line, row in zip(grid.rows, rows, strict=True):
            line.height = Inches(0.3)
            if len(row) < len(shares):  # a heading
                line.cells[0].merge(line.cells[len(shares) - 1])
            for cell, text in zip(line.cells, row, strict=False):
                set_text(cell, [text], 11, bold=len(row) < len(shares))

    question, appendix, opened = "", False, False
    for kind, group in groupby(book.items, key=lambda item: item[0]):
        group = list(group)
        whats = [what for _, level, what in group if kind != "words" or level == 1]
        if kind == "head" and min(level for _, level, _ in group) < 3:
            appendix = any(what.startswith(APPENDIX) for what in whats)
        elif kind == "words" and whats:
            question = whats[0].split("\n\n")[0].strip("*")
        elif kind == "answer" and not opened:
            slide(book.title, [question, *whats, book.state], layout=1)
            opened = True
        elif kind == "answer":
            slide(question, whats, layout=1)
        elif kind == "none":
            slide("Nothing in this selection", whats, layout=1)
        for name in whats if kind == "figure" and (book.named or not appendix) else ():
            about = book.about[name]
            drawn = "png" in about["files"]
            pages = (
                exhibits.make(name, book.data).pages("slide", tallest=SLIDE)
                if drawn
                else _table_pages(*_rows(book, about))
            )
            for n, page in enumerate(pages, 1):
                part = f" ({n} of {len(pages)})" if len(pages) > 1 else ""
                said = _alt(book, about, n, len(pages)) if drawn else about["alt"]
                shapes = slide(about["title"] + part, note=f"{about['caption']}\n\n{said}")
                if not drawn:
                    table(shapes, *page)
                    continue
                figure = page.get_figure(root=True)
                if figure.get_layout_engine():
                    figure.set_figheight(SLIDE)
                wide, tall = figure.get_size_inches()
                path, scale = _saved(page, place / f"{name}-{n}.png"), min(ACROSS / wide, 5.5 / tall)
                picture = shapes.add_picture(str(path), Inches(SIDE), Inches(1.5), Inches(wide * scale))
                picture._element.nvPicPr.cNvPr.set("descr", said)
    slide("Sources, and how to cite", [*book.sources, book.citation], layout=1)
    return files.undated(deck.save, packed=True)


def _table_pages(rows: list, headed: int) -> list:
    """Rows as slides hold them, each time under the header, as evenly as they fit: (rows, shares of columns, header or none)."""
    shares, _ = _fitted(rows, 160)

    def filled(room):
        pages, used = [], room
        for n, row in enumerate(rows[headed:], headed):
            fitted = [charts.lines(charts.fit(t, ACROSS * s - 0.2, 11)) for t, s in zip(row, shares, strict=False)]
            tall = 0.12 + 0.19 * max(fitted)
            if n == headed or used + tall + 0.7 * (len(row) < len(shares)) > room:  # no heading stands last
                pages, used = [*pages, rows[:headed]], 0.4
            pages[-1], used = [*pages[-1], row], used + tall
        return pages

    pages = even = filled(5.5)
    for room in range(54, 10, -2):  # the lowest slides that are no more
        even = pages if len(pages := filled(room / 10)) <= len(even) else even
    return [(page, shares, bool(headed)) for page in even]
