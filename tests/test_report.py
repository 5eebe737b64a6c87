"""Every report, opened and read back: its headings, captions, alt texts, notes, tables and evidence, the same bytes twice."""

import json
import re
import shutil
import zipfile
from html import unescape

import pytest

from tielines import ROOT, dataset, exhibits, export, figures, files, report, tables
from tielines.__main__ import main

docx, pdfium, pptx = (pytest.importorskip(name) for name in ("docx", "pypdfium2", "pptx"))
NAMES = ("01-lanes-iran", "02-ledger-cuba", "02-rice", "02-amounts")  # one too tall for a page, two that are tables
ABOUT = {name: json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report by its format, built once."""
    known = {}

    def one(to):
        if to not in known:
            known[to] = report.build(to, tmp_path_factory.mktemp("report") / f"r.{to}", NAMES)
        return known[to]

    return one


def plain(text):
    """Text with one kind of quotation marks and of blanks, as a reader would compare it."""
    return " ".join(text.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0xAD: None}).split())


def note(name):
    return plain(ABOUT[name]["caption"].partition(" Evidence: ")[0])


@pytest.mark.parametrize("to", report.FORMATS)
def test_the_same_input_gives_the_same_bytes(to, made, tmp_path):
    assert made(to).read_bytes() == report.build(to, tmp_path / f"r.{to}", NAMES).read_bytes()


def test_word_has_captions_numbers_alt_texts_and_tables(made):
    document = docx.Document(made("docx"))
    said = {
        s: [plain(p.text) for p in document.paragraphs if p.style.name == s]
        for s in {p.style.name for p in document.paragraphs}
    }
    assert said["Heading 1"] == ["Timelines", "Aid volumes", "About this report"]
    assert [re.sub("^Figure ?: ", "", c) for c in said["Image Caption"]] == [
        *(plain(f"{ABOUT['01-lanes-iran']['title']} ({n} of 2)") for n in (1, 2)), plain(ABOUT["02-rice"]["title"])]  # fmt: skip
    assert [re.sub("^Table ?: ", "", c) for c in said["Table Caption"]] == [
        plain(ABOUT[n]["title"]) for n in ("02-ledger-cuba", "02-amounts")
    ]
    xml = document.element.xml
    assert len(re.findall(r"SEQ Figure", xml)) == 3 and len(re.findall(r"SEQ Table", xml)) == 2
    fields = [e.text for e in document.element.iter("{*}instrText")]
    assert fields == [r'TOC \h \z \o "1-2"', r'TOC \h \z \c "Figure"', r'TOC \h \z \c "Table"']
    alts = [plain(e.get("descr")) for e in document.element.iter("{*}docPr")]
    assert alts[2:] == [plain(ABOUT["02-rice"]["alt"])]
    for n, alt in enumerate(alts[:2], 1):  # a part tells of its own rows alone
        assert alt.startswith(plain(f"{ABOUT['01-lanes-iran']['title']}. Part {n} of 2: "))
    rows = [set(alt.partition(" of 2: ")[2].removesuffix(".").split("; ")) for alt in alts[:2]]
    assert min(map(len, rows)) > 5 and not rows[0] & rows[1]
    assert said["Figure Note"] == [note(n) for n in NAMES]
    for picture in document.inline_shapes:
        assert picture.width.cm <= 17.01 and picture.height.cm <= 21
    ledger = document.tables[0]
    assert [c.text for c in ledger.rows[0].cells][:2] == ["item", "amount"]
    heads = [c.text for c in ledger.rows[0].cells]
    shown = [label for label in dataset.load().articles["label"] if label in heads]
    assert [head for head in heads if head in shown] == shown
    for table in document.tables:
        assert sum(c.w.cm for c in table._tbl.tblGrid.gridCol_lst) == pytest.approx(report.WIDE, abs=0.05)
    assert "tblHeader" in ledger.rows[0]._tr.xml and all("cantSplit" in row._tr.xml for row in ledger.rows)
    assert len(ledger.rows) > 20 and {p.style.name for c in ledger.rows[2].cells for p in c.paragraphs} == {
        "Table Text"
    }
    styles = document.styles
    assert all(
        styles[s].paragraph_format.keep_with_next
        for s in ("Captioned Figure", "Image Caption", "Table Caption", "Figure Lead")
    )


def test_word_counts_the_captions_and_notes_the_evidence(made):
    with zipfile.ZipFile(made("docx")) as whole:
        text = plain(re.sub(r"<[^>]+>", " ", whole.read("word/footnotes.xml").decode()))
        body = whole.read("word/document.xml").decode()
        assert {i.date_time for i in whole.infolist()} == {(2026, 1, 1, 0, 0, 0)}
    rows = re.escape(figures.addresses(exhibits.make("02-rice", dataset.load()).frame["evidence"], report.RUNS))
    assert re.search(rf"{rows}; figures/index\.html#02-rice", text)
    assert "Figure 3: Rice for Cuba" in body  # in the list, before Word fills it


def test_pdf_is_tagged_and_says_what_the_bundles_say(made):
    raw = made("pdf").read_bytes()
    assert b"/MarkInfo" in raw and b"/StructTreeRoot" in raw
    with pdfium.PdfDocument(raw) as pdf:
        assert pdf.get_metadata_value("Title") == tables.package()["title"]
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
        assert all(plain(page) for page in pages)
        sizes = {tuple(round(v) for v in page.get_size()) for page in pdf}
        words = [(o.get_bounds(), page.get_width()) for page in pdf for o in page.get_objects() if o.type == 1]
    text = plain(" ".join(pages).replace("\ufffe", "")).replace("- ", "-")
    assert sizes == {(595, 842)} and words
    assert all(left > 50 and right < wide - 50 for (left, _, right, _), wide in words)
    for about in ABOUT.values():
        assert about["title"][:60].replace("- ", "-") in text
    for head in (
        "Figure 3:",
        "Table 2:",
        "How it was coded",
        "Sources",
        "How to cite",
        "Larry C. Johnson",
        figures.addresses(exhibits.make("02-rice", dataset.load()).frame["evidence"], report.RUNS)[:12],
    ):
        assert head in text, head


def test_pdf_without_an_alt_text_is_refused(monkeypatch, tmp_path):
    """typst checks PDF/UA: the filter that restores alt texts is what lets it pass."""
    lost = tmp_path / "report.lua"
    lost.write_text(
        report.FILTER.read_text(encoding="utf-8")
        .replace(', alt: "%s"', "")
        .replace("image.attributes.width, alt,", "image.attributes.width,")
    )
    monkeypatch.setattr(report, "FILTER", lost)
    with pytest.raises(files.TielinesError, match="(?i)alt"):
        report.build("pdf", tmp_path / "r.pdf", ["02-rice"])
    assert not (tmp_path / "r.pdf").exists()


def test_html_is_one_page_that_asks_for_nothing(made):
    text = made("html").read_text(encoding="utf-8")
    asked = re.findall(
        r"""(?:src|srcset|data|poster)=["']([^"']*)|url\(["']?([^"')]*)|@import|<link[^>]*href="([^"]*)""", text
    )
    assert {a for found in asked for a in found if a and not a.startswith(("#", "data:"))} == set()
    assert text.count('src="data:image/svg+xml') == text.count("<table") == 2 and "Figure 2: Rice for Cuba" in text
    alts = [plain(unescape(alt)) for alt in re.findall(r'<img[^>]*?alt="([^"]*)"', text, re.S)]
    assert alts == [plain(ABOUT[n]["alt"]) for n in ("01-lanes-iran", "02-rice")]
    assert (
        not re.findall(r'href="(?!#|https?:)', text) and "figures/index.html#02-rice" in text
    )  # none breaks when it is sent
    assert re.search(r"<details><summary>Contents</summary><nav.*</nav></details>", text, re.S)


def test_no_column_is_narrower_than_its_longest_word():
    rows = [["item", "a", "note"], ["x", "unbreakableword", "one two three " * 20]]
    shares, size = report._fitted(rows)
    assert sum(shares) == pytest.approx(1) and size == report.SMALL
    assert shares[1] * report.NARROW > len("unbreakableword") and shares[2] == max(shares)
    assert report.LEAST <= report._fitted([["w" * 20] * 7])[1] < report.SMALL


def test_slides_of_a_table_are_even():
    rows = [["head", "text"], *([f"row {n}", "said"] for n in range(17))]
    pages = [len(page) - 1 for page, *_ in report._table_pages(rows, 1)]
    assert sum(pages) == 17 and len(pages) == 2 and max(pages) - min(pages) < 3


def test_how_it_was_coded_is_counted(made):
    """Each text by how much is coded and how many cells twice; one that was added in part says so."""
    data = dataset.load()
    lines = export.coded(data, data.articles["article_id"])
    text = plain(re.sub("<[^>]*>", "", made("html").read_text(encoding="utf-8")))
    assert len(lines) == len(data.articles) + 1 and all(plain(line) in text for line in lines)
    one = data.articles["article_id"].iloc[0]
    data.articles["coverage"] = (
        data.articles["coverage"].astype(object).mask(data.articles["article_id"].eq(one), "scoped")
    )
    data.recodes = dataset.load().recodes.query("table == 'articles'").query(f"row_id == '{one}'")
    label, n = data.articles["label"].iloc[0], len(data.recodes)
    assert n and export.coded(data, [one])[0] == (
        f"{label}: coded in part, by whoever added it; a second coding: {n} cells of its own rows.")  # fmt: skip
    data.recodes = data.recodes.iloc[:0]
    assert export.coded(data, [one])[0].endswith("a second coding: none.")


def test_slides_leave_the_appendix_out_unless_it_is_named(made, monkeypatch, tmp_path):
    def titles(names):
        monkeypatch.setattr(report, "APPENDIX", "Who gets what")  # as if that were one
        deck = pptx.Presentation(report.build("pptx", tmp_path / "r.pptx", names))
        return [plain(slide.shapes.title.text) for slide in deck.slides]

    title = plain(json.loads((ROOT / "figures" / "00-kinds.json").read_text(encoding="utf-8"))["title"])
    assert title in titles(["00-kinds"])
    monkeypatch.setattr(exhibits, "ALL", {name: exhibits.ALL[name] for name in ("00-kinds", "00-sourcing")})
    assert title not in (left := titles([])) and len(left) == 3


def test_slides_have_findings_as_titles_and_captions_in_their_notes(made):
    deck = pptx.Presentation(made("pptx"))
    slides = list(deck.slides)
    titles = [plain(s.shapes.title.text) for s in slides]
    rice = titles.index(plain(ABOUT["02-rice"]["title"]))
    notes = slides[rice].notes_slide.notes_text_frame.text
    assert ABOUT["02-rice"]["caption"] in notes and ABOUT["02-rice"]["alt"] in notes
    for name in NAMES:
        assert any(t.startswith(plain(ABOUT[name]["title"])) for t in titles), name
    assert titles[0] == tables.package()["title"]
    opening = slides[0].placeholders[1].text_frame.text
    assert opening.startswith(
        "What happened when, according to whom, and how precisely do the texts know?\nIran's ties: "
    )
    assert {s.shapes.title.text_frame.paragraphs[0].runs[0].font.size.pt for s in slides} == {20}
    assert all(any(s.has_text_frame and s.text_frame.text == report.UNVERIFIED for s in slide.shapes)
               for slide in slides if slide.has_notes_slide)  # fmt: skip
    pictures = [s for slide in slides for s in slide.shapes if s.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE]
    assert len(pictures) > 8 and all(p._element.nvPicPr.cNvPr.get("descr").startswith(p_title(p)) for p in pictures)
    typeset = [s for slide in slides for s in slide.shapes if s.has_table]
    assert sum(len(t.table.rows) for t in typeset) > 16
    for shape in (s for slide in slides for s in slide.shapes):
        assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
        assert shape.top + shape.height <= deck.slide_height


ANSWER = {"cell_type": "code", "source": "exhibits.answer(data)", "outputs": [{"data": {"text/plain": ""}}]}  # empty


def p_title(picture):
    return re.sub(r" \(\d of \d\)$", "", picture.part.slide.shapes.title.text)


def test_only_what_is_asked_for_is_told(tmp_path):
    text = report.build("html", tmp_path / "r.html", ["02-rice"]).read_text(encoding="utf-8")
    _, *heads = (plain(head) for head in re.findall(r"<h[123][^>]*>([^<]*)", text))
    assert heads == [
        "Aid volumes", "The answer", "How much", "The rice", "About this report", "How it was coded",
        "What these few texts cannot show", "Sources", "How to cite"]  # fmt: skip


def narrowed(folder, **filters):
    """A folder as `run` leaves it: notebook 02 with filters, and bundles of three of its exhibits that were made with them."""
    (folder / "notebooks").mkdir(parents=True)
    book = json.loads((ROOT / "notebooks" / "02-aid-volumes.ipynb").read_text(encoding="utf-8"))
    cell = next(c for c in book["cells"] if "parameters" in c["metadata"].get("tags", ()))
    source = "".join(cell["source"])
    for name, value in filters.items():
        source = re.sub(rf'^{name} = ""', f"{name} = {value!r}", source, flags=re.M)
    cell["source"] = source
    (folder / "notebooks" / "02-aid-volumes.ipynb").write_text(json.dumps(book))
    data = dataset.load(**filters)
    for name in ("02-rice", "02-amounts"):
        exhibits.make(name, data).show()
        for path in (figures.folder(filters)).glob(f"{name}.*"):
            (folder / "figures").mkdir(exist_ok=True)
            shutil.move(path, folder / "figures" / path.name)


def test_a_narrowed_folder_says_so(tmp_path):
    narrowed(tmp_path / "cuba", about="Cuba")
    out = report.build("html", tmp_path / "r.html", ["02-rice"], tmp_path / "cuba")
    assert "Filtered: about = Cuba." in out.read_text(encoding="utf-8")
    narrowed(tmp_path / "none", about="Cuba", published_until="2024-12")  # leaves nothing
    for to in ("html", "pptx"):
        report.build(to, tmp_path / f"none.{to}", ["02-rice", "02-amounts"], tmp_path / "none")
    text = plain((tmp_path / "none.html").read_text(encoding="utf-8"))
    assert text.count("Nothing in this selection on: ") == 1 and "Evidence: ;" not in text and "<figure" not in text
    assert [*report._items("02", [ANSWER], set())] == [("answer", 1, report.NOTHING)]
    book = tmp_path / "cuba" / "notebooks" / "02-aid-volumes.ipynb"
    book.write_text(book.read_text(encoding="utf-8").replace("about = 'Cuba'", "about = 'Iran'"), encoding="utf-8")
    table = tmp_path / "none" / "figures" / "02-rice.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    for folder in ("cuba", "none"):  # a bundle of another filter, one that is not whole
        with pytest.raises(files.TielinesError, match="02-rice is missing, not whole or of another filter"):
            report.build("html", tmp_path / "r.html", ["02-rice"], tmp_path / folder)


def test_notebooks_that_are_narrowed_differently_make_no_report(tmp_path):
    narrowed(tmp_path, about="Cuba")
    shutil.copy(ROOT / "notebooks" / "01-timelines.ipynb", tmp_path / "notebooks")
    with pytest.raises(files.TielinesError, match="01-timelines and 02-aid-volumes are narrowed differently"):
        report.build("html", tmp_path / "r.html", folder=tmp_path)


def test_what_cannot_be_reported_is_one_line_and_leaves_no_file(monkeypatch, tmp_path, capsys):
    target = tmp_path / "r.docx"
    assert main(["report", "--to", "docx", "--figures", "02-rcie", "--out", str(target)]) == 1
    assert capsys.readouterr().err == "tielines: no figure '02-rcie'; nearest: 02-rice\n"
    monkeypatch.setattr(report, "find_spec", lambda name: None)
    assert main(["report", "--to", "docx", "--out", str(target)]) == 1
    assert (
        "needs pypandoc, docx: .venv/bin/python -m pip install -c constraints.txt -e '.[report,parquet]'"
        in capsys.readouterr().err
    )
    monkeypatch.undo()
    target.write_bytes(b"old")
    monkeypatch.setattr(report, "FILTER", tmp_path / "none.lua")
    with pytest.raises(files.TielinesError, match="pandoc: "):
        report.build("docx", target, ["02-rice"])
    assert target.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["r.docx"]
