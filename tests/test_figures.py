"""A bundle: whole or not, the same bytes, evidence for every row, inert, and where it goes."""

import json
import re
import shutil
import zipfile
from io import BytesIO
from pathlib import Path
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


@pytest.fixture(scope="module")
def shown(data, tmp_path_factory):
    """A folder with the bundles of a chart and of a ledger, written once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIELINES_FIGURES", str(folder := tmp_path_factory.mktemp("shown")))
        exhibits.rice(data).show()
        exhibits.ledger_iran(data).show()
    return folder


def bars(frame=FRAME):
    with charts.style():
        return charts.bars(frame, "row", "part", {"x": "x"})


def test_a_bundle_has_every_kind_and_the_json_has_their_hashes(shown):
    assert {p.suffix for p in shown.glob("02-rice.*")} == {".csv", ".json", ".pdf", ".png", ".svg"}
    about = json.loads((shown / "02-rice.json").read_text(encoding="utf-8"))
    assert about["files"]["png"] == files.sha256((shown / "02-rice.png").read_bytes())
    assert about["marks"] and about["title"] in (shown / "02-rice.svg").read_text(encoding="utf-8")


def test_the_same_data_give_the_same_bytes(shown):
    made = {p.name: p.read_bytes() for p in shown.iterdir()}
    assert made == {p.name: (ROOT / "figures" / p.name).read_bytes() for p in shown.iterdir()}


def test_a_bundle_with_a_missing_or_changed_file_is_broken(shown, out):
    for kind in ("csv", "png", "json"):
        path = Path(shutil.copytree(shown, out / kind)) / f"02-rice.{kind}"
        assert figures.whole(path.with_suffix(".json"))
        for left in (path.read_bytes()[:-9], None):
            path.unlink() if left is None else path.write_bytes(left)
            assert not figures.whole(path.with_suffix(".json")), kind
            assert figures.broken("02-aid-volumes", path.parent)


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


def test_a_bare_picture_has_neither_title_nor_caption(data, shown, out):
    exhibits.rice(data).show(bare=True)
    bare, whole = out / "own" / "02-rice-bare.svg", shown / "02-rice.svg"
    high = [float(ElementTree.parse(path).getroot().get("height")[:-2]) for path in (bare, whole)]
    assert high[0] < high[1]


def test_with_a_filter_bundles_lie_apart(data, out):
    from tielines import dataset

    exhibits.rice(dataset.load(about="Cuba")).show()
    assert (out / "local" / "02-rice.json").is_file() and not (out / "02-rice.json").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", "x.svg", "x" * 101])
def test_a_name_cannot_leave_its_folder(name, out):
    with pytest.raises(TielinesError, match="no name of a figure"):  # None is drawn: a table
        figures.save_figure(None, name, **TEXT, data=FRAME)


def test_a_row_or_a_picture_without_evidence_is_refused(out):
    with pytest.raises(TielinesError, match="evidence"):
        figures.save_figure(bars(), "00-x", **TEXT, data=FRAME.assign(evidence=""))
    bare = plt.figure().add_subplot()
    bare.plot([1, 2])
    with pytest.raises(TielinesError, match="no mark has evidence"):
        figures.save_figure(bare, "00-x", **TEXT, data=FRAME)
    assert not list(out.rglob("00-x*"))


def test_an_svg_is_one_image_with_its_alt_text_and_links(shown):
    root = ElementTree.parse(shown / "02-rice.svg").getroot()
    about = json.loads((shown / "02-rice.json").read_text(encoding="utf-8"))
    assert root.get("role") == "img"
    assert root.findtext("{*}desc") == about["alt"] and root.findtext("{*}title") == about["title"]
    links = {v for e in root.iter() if e.tag.endswith("}a") for k, v in e.attrib.items() if k.endswith("href")}
    assert links == {"#" + ";".join(m["evidence"]) for m in about["marks"]}


def test_pictures_carry_no_date_and_no_version(shown):
    content = b"".join(p.read_bytes() for p in shown.glob("02-rice.p*")) + (shown / "02-rice.svg").read_bytes()
    assert b"CreationDate" not in content and b"Matplotlib" not in content and b"<dc:date>" not in content


def test_the_ledger_opens_as_workbook_and_document_and_is_inert(data, shown):
    import docx
    import openpyxl

    sheet = openpyxl.load_workbook(shown / "02-ledger-iran.xlsx").active
    items = data.items[data.items["recipient"].eq("IRN")]
    assert sheet.max_row == len(items) + 1
    assert all(c.data_type == "s" for row in sheet.iter_rows(min_row=2) for c in row if c.value)
    table = docx.Document(shown / "02-ledger-iran.docx").tables[0]
    assert len(table.rows) == len(items) + 1
    from tielines.exhibits.aid_volumes import _xlsx

    book = openpyxl.load_workbook(BytesIO(_xlsx(pd.DataFrame({"a": ["=1+1", "<b>x</b>"]}))))
    assert [c.data_type for c in book.active["A"]] == ["s", "s", "s"]
    dates = {i.date_time for i in zipfile.ZipFile(shown / "02-ledger-iran.xlsx").infolist()}
    assert len(dates) == 1


def test_markup_in_a_cell_is_inert_in_page_and_gallery(out):
    from tielines.exhibits.core import _gt

    page = _gt(pd.DataFrame({"a": ["<script>alert(1)</script>"]}), {"a": "A"}, "00-x").as_raw_html()
    assert "<script>alert" not in page
    assert re.search(r'id="t-00-x"', page), "an id that begins with a digit breaks the style"
    figures.save_figure(bars(), "00-x", title="<script>x</script> [a](b)", caption="<b>", alt="<i>", data=FRAME)
    text = figures.gallery(out / "own")
    assert "<script>" not in text and "<b>" not in text and r"\[a\](b)" in text
