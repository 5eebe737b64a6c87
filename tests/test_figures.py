"""A bundle: whole or not, the same bytes, evidence for every row, inert, and where it goes."""

import json
import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tielines import ROOT, charts, exhibits, figures, files, notebooks
from tielines.files import TielinesError

FRAME = pd.DataFrame({"row": ["a", "b"], "part": ["x", "x"], "n": [1, 2], "evidence": ["c0001", "c0002"]})
TEXT = {"title": "A title", "caption": "A caption.", "alt": "An alt text."}


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path))
    yield tmp_path
    plt.close("all")


def bars(frame=FRAME):
    with charts.style():
        return charts.bars(frame, "row", "part", {"x": "x"})


def test_a_bundle_has_every_kind_and_the_json_has_their_hashes(data, out):
    exhibits.rice(data).show()
    assert {p.suffix for p in out.glob("02-rice.*")} == {".csv", ".json", ".pdf", ".png", ".svg"}
    about = json.loads((out / "02-rice.json").read_text(encoding="utf-8"))
    assert about["files"]["png"] == files.sha256((out / "02-rice.png").read_bytes())
    assert about["marks"] and about["title"] in (out / "02-rice.svg").read_text(encoding="utf-8")


def test_the_same_data_give_the_same_bytes(data, out):
    exhibits.rice(data).show()
    exhibits.ledger_cuba(data).show()
    made = {p.name: p.read_bytes() for p in out.iterdir()}
    assert made == {p.name: (ROOT / "figures" / p.name).read_bytes() for p in out.iterdir()}


@pytest.mark.parametrize("kind", ["csv", "png", "json"])
@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_bundle_with_a_missing_or_changed_file_is_broken(kind, harm, data, out):
    exhibits.rice(data).show()
    path = out / f"02-rice.{kind}"
    assert figures.whole(out / "02-rice.json")
    path.unlink() if harm == "gone" else path.write_bytes(path.read_bytes()[:-9])
    assert not figures.whole(out / "02-rice.json")
    assert figures.broken("02-aid-volumes")


def test_committed_bundles_are_whole_and_no_other_file_lies_there():
    assert not any(figures.broken(p.stem, ROOT / "figures") for p in notebooks.find())
    named = {
        f"{p.stem}.{k}"
        for p in (ROOT / "figures").glob("*.json")
        for k in (*json.loads(p.read_text(encoding="utf-8"))["files"], "json")
    }
    assert {p.name for p in (ROOT / "figures").iterdir() if p.is_file()} == named | {"README.md", "index.html"}
    assert {p.stem for p in (ROOT / "figures").glob("*.json")} == set(exhibits.ALL)


def test_a_figure_of_ones_own_does_not_lie_among_the_projects(out):
    figures.save_figure(bars(), "00-mine", **TEXT, data=FRAME)
    assert (out / "own" / "00-mine.svg").is_file()
    assert not (out / "00-mine.svg").exists()


def test_a_bare_picture_has_neither_title_nor_caption(data, out):
    high = {}
    for bare in (False, True):
        exhibits.rice(data).show(bare=bare)
        path = out / "own" / "02-rice-bare.svg" if bare else out / "02-rice.svg"
        high[bare] = ElementTree.parse(path).getroot().get("height")
    assert float(high[True][:-2]) < float(high[False][:-2])


def test_with_a_filter_bundles_lie_apart(data, out):
    from tielines import dataset

    exhibits.rice(dataset.load(about="Cuba")).show()
    assert (out / "local" / "02-rice.json").is_file() and not (out / "02-rice.json").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", "x.svg"])
def test_a_name_cannot_leave_its_folder(name, out):
    with pytest.raises(TielinesError, match="no name of a figure"):
        figures.save_figure(bars(), name, **TEXT, data=FRAME)


def test_a_row_or_a_picture_without_evidence_is_refused(out):
    with pytest.raises(TielinesError, match="evidence"):
        figures.save_figure(bars(), "00-x", **TEXT, data=FRAME.assign(evidence=""))
    bare = plt.figure().add_subplot()
    bare.plot([1, 2])
    with pytest.raises(TielinesError, match="no mark has evidence"):
        figures.save_figure(bare, "00-x", **TEXT, data=FRAME)
    assert not list(out.rglob("00-x*"))


def test_an_svg_is_one_image_with_its_alt_text_and_links(data, out):
    exhibits.rice(data).show()
    root = ElementTree.parse(out / "02-rice.svg").getroot()
    about = json.loads((out / "02-rice.json").read_text(encoding="utf-8"))
    assert root.get("role") == "img"
    assert root.findtext("{*}desc") == about["alt"] and root.findtext("{*}title") == about["title"]
    links = {v for e in root.iter() if e.tag.endswith("}a") for k, v in e.attrib.items() if k.endswith("href")}
    assert links == {"#" + ";".join(m["evidence"]) for m in about["marks"]}


def test_pictures_carry_no_date_and_no_version(data, out):
    exhibits.rice(data).show()
    content = b"".join(p.read_bytes() for p in out.glob("02-rice.p*")) + (out / "02-rice.svg").read_bytes()
    assert b"CreationDate" not in content and b"Matplotlib" not in content and b"<dc:date>" not in content


def test_the_ledger_opens_as_workbook_and_document_and_is_inert(data, out):
    import docx
    import openpyxl

    exhibits.ledger_iran(data).show()
    sheet = openpyxl.load_workbook(out / "02-ledger-iran.xlsx").active
    items = data.items[data.items["recipient"].eq("IRN")]
    assert sheet.max_row == len(items) + 1
    assert all(c.data_type == "s" for row in sheet.iter_rows(min_row=2) for c in row if c.value)
    table = docx.Document(out / "02-ledger-iran.docx").tables[0]
    assert len(table.rows) == len(items) + 1
    from tielines.exhibits.aid_volumes import _xlsx

    book = openpyxl.load_workbook(BytesIO(_xlsx(pd.DataFrame({"a": ["=1+1", "<b>x</b>"]}))))
    assert [c.data_type for c in book.active["A"]] == ["s", "s", "s"]
    dates = {i.date_time for i in zipfile.ZipFile(out / "02-ledger-iran.xlsx").infolist()}
    assert len(dates) == 1


def test_markup_in_a_cell_is_inert_in_page_and_gallery(out):
    from tielines.exhibits.core import _gt

    page = _gt(pd.DataFrame({"a": ["<script>alert(1)</script>"]}), {"a": "A"}, "00-x").as_raw_html()
    assert "<script>alert" not in page
    assert re.search(r'id="t-00-x"', page), "an id that begins with a digit breaks the style"
    figures.save_figure(bars(), "00-x", title="<script>x</script> [a](b)", caption="<b>", alt="<i>", data=FRAME)
    text = figures.gallery(out / "own")
    assert "<script>" not in text and "<b>" not in text and r"\[a\](b)" in text
