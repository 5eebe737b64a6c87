import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image
from test_charts import FIGURES, TABLES, draw

from tielines import ROOT, aid, figures, timelines, words

IDS = [
    ("claims", "claim_id"),
    ("events", "event_id"),
    ("sentences", "sentence_id"),
    ("articles", "article_id"),
    ("quantities", "quantity_id"),
    ("stances", "stance_id"),
    ("reasons", "reason_id"),
    ("recodes", "row_id"),
    ("wordings", "wording_id"),
]
KINDS = ["csv", "json", "pdf", "png", "svg"]


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path))
    yield tmp_path
    plt.close("all")


def describe(name, data):
    """(frame, CSV, JSON) of one bundle, without rendering it."""
    frame, ax, kit = draw(name, data)
    table, about = figures.describe(figures.dress(ax, kit["title"], kit["caption"]), name, data=frame, **kit)
    return frame, table, about


def save(name, data):
    frame, ax, kit = draw(name, data)
    figures.save_figure(ax, name, data=frame, **kit)
    return frame


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_committed_is_what_the_data_give(name, data, out):
    """A figure whose data changed fails here: nbval does not look at images."""
    _, table, about = describe(name, data)
    kept = ROOT / "figures" / name
    assert table == kept.with_suffix(".csv").read_text(encoding="utf-8"), "stale: `make run`"
    assert about == kept.with_suffix(".json").read_text(encoding="utf-8"), "stale: `make run`"
    for kind in ("svg", "pdf", "png"):
        assert kept.with_suffix(f".{kind}").stat().st_size > 1000


def test_a_changed_date_changes_the_figure_and_is_noticed(data, out):
    claims = data.claims.copy()
    at = claims.index[claims["attribute"].eq("date") & claims["value"].eq("2025-01-17")][0]
    claims.loc[at, "value"] = "2025-01-18"
    _, table, _ = describe("01-lanes", replace(data, claims=claims))
    assert table != (ROOT / "figures" / "01-lanes.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_each_row_and_each_mark_has_its_evidence(name, data, out):
    frame, table, about = describe(name, data)
    about = json.loads(about)
    assert about["data_sha256"] == hashlib.sha256(table.encode()).hexdigest()
    assert about["title"] and about["alt"] and "Not verified outside these texts" in about["caption"]
    known = {i for t, c in IDS for i in getattr(data, t)[c]}
    known |= {f"{r.article_id}.p{r.paragraph}" for r in data.frames.itertuples()}
    assert about["marks"] and all(mark["evidence"] and set(mark["evidence"]) <= known for mark in about["marks"])
    rows = {i for e in frame["evidence"] for i in e.split(";")}
    assert rows <= {i for mark in about["marks"] for i in mark["evidence"]}


def test_a_bundle_has_five_files_and_its_svg_links_each_mark(data, out):
    save("01-lanes", data)
    assert sorted(p.name for p in out.iterdir()) == [f"01-lanes.{k}" for k in KINDS]
    svg = (out / "01-lanes.svg").read_text(encoding="utf-8")
    for mark in json.loads((out / "01-lanes.json").read_text(encoding="utf-8"))["marks"]:
        assert f'href="#{";".join(mark["evidence"])}"' in svg, mark


def test_the_same_data_give_the_same_bytes(data, out):
    save("01-story", data)
    first = {k: (out / f"01-story.{k}").read_bytes() for k in KINDS}
    code = (
        "import matplotlib; matplotlib.use('agg')\n"
        "from test_charts import draw\nfrom tielines import figures, tables\n"
        "frame, ax, kit = draw('01-story', tables.load())\n"
        "figures.save_figure(ax, '01-story', data=frame, **kit)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "TIELINES_FIGURES": str(out / "again")}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    assert {k: (out / "again" / f"01-story.{k}").read_bytes() for k in KINDS} == first


def test_a_filter_sends_the_bundle_to_local_with_a_neutral_title(data, out):
    cuba = timelines.select(data, recipients="CUB")
    save("01-lanes", cuba)
    about = json.loads((out / "local" / "01-lanes.json").read_text(encoding="utf-8"))
    assert about["title"] == "Events that the texts tell, by tie and date"
    assert about["filters"] == {"recipients": "CUB"} and "recipients=CUB" in about["caption"]
    assert [p.name for p in out.iterdir()] == ["local"]


def test_a_false_finding_gives_way_to_the_neutral_title(data):
    dated = data.claims["attribute"].eq("date") & ~data.claims["factuality"].astype(str).str.endswith("-")
    frame = timelines.lanes(replace(data, claims=data.claims[dated | data.claims["event_id"].eq("e0015")]))
    assert not frame["precision"].eq("no date").any()
    assert words.lanes(frame, data)["title"] == "Events that the texts tell, by tie and date"
    whole = words.lanes(timelines.lanes(data), data)["title"]
    assert whole != "Events that the texts tell, by tie and date"
    story = timelines.story(data, "CHN", "IRN", ["air_defence", "radar"])
    earlier = story["article_id"].eq("002")
    assert earlier.any()
    story["stage"] = story["stage"].astype(str).mask(earlier, "delivered")
    assert words.story(story, data, "X")["title"] == "X: what each text says, by publication"


def test_rows_and_marks_without_evidence_are_refused(data, out):
    ax = plt.figure(figsize=(2, 2)).subplots()
    ax.bar([1], [2])
    frame = pd.DataFrame({"n": [2], "evidence": ["c0001"]})
    with pytest.raises(ValueError, match="no mark has evidence"):
        figures.save_figure(ax, "x", title="t", caption="c", alt="a", data=frame)
    with pytest.raises(ValueError, match="each row of data needs its evidence"):
        figures.save_figure(ax, "x", title="t", caption="c", alt="a", data=frame.assign(evidence=""))
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (["c0042;c0043", "c0044"], "c0042–c0044"),
        (["c0042", "c0050"], "c0042, c0050"),
        (["e0001", "c0001"], "c0001, e0001"),
        ([f"c{i:04d}" for i in range(1, 40, 2)], "20 rows, each named in the figure's CSV"),
    ],
)
def test_addresses(evidence, expected):
    assert figures.addresses(evidence) == expected


BUNDLE = {"svg": b"new svg", "csv": b"new csv", "json": b"new json"}
KILLED = """
import os, signal, sys
from pathlib import Path
from tielines import figures
left = int(sys.argv[2])
def killing(real):
    def call(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*args, **kwargs)
    return call
for name in ("write_bytes", "replace", "rename", "rmdir", "mkdir"):
    setattr(Path, name, killing(getattr(Path, name)))
figures.commit("x", {"svg": b"new svg", "csv": b"new csv", "json": b"new json"}, Path(sys.argv[1]))
"""


@pytest.mark.parametrize("steps", range(0, 14))
def test_killed_anywhere_the_bundle_is_the_old_one_or_the_new_one(steps, tmp_path):
    where = tmp_path / "figures"
    old = {kind: b"old " + kind.encode() for kind in BUNDLE}
    figures.commit("x", old, where)
    command = [sys.executable, "-c", KILLED, str(where), str(steps)]
    run = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
    assert run.returncode in (0, -9)
    figures.recover(where)
    found = {p.suffix[1:]: p.read_bytes() for p in where.iterdir()}
    assert found in (old, BUNDLE) and {p.name for p in where.iterdir()} == {f"x.{k}" for k in BUNDLE}
    assert run.returncode or found == BUNDLE


def test_two_runs_at_once_leave_one_bundle_whole(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tielines import figures\n"
        "for i in range(25):\n"
        "    figures.commit('x', {k: sys.argv[2].encode() * 5000 for k in ('svg', 'csv', 'json')}, Path(sys.argv[1]))\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "f"), who]) for who in "ab"]
    assert [run.wait() for run in runs] == [0, 0]
    assert len({p.read_bytes() for p in (tmp_path / "f").iterdir()}) == 1
    assert sorted(p.name for p in (tmp_path / "f").iterdir()) == ["x.csv", "x.json", "x.svg"]


def test_unchanged_files_are_not_touched(tmp_path):
    figures.commit("x", BUNDLE, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    figures.commit("x", BUNDLE, tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_the_alt_text_is_in_every_form(data, out):
    save("02-rice", data)
    alt = json.loads((out / "02-rice.json").read_text(encoding="utf-8"))["alt"]
    assert "60,000 t" in alt and "30,000 t" in alt
    svg = ElementTree.parse(out / "02-rice.svg").getroot()
    spaces = "{http://www.w3.org/2000/svg}"
    assert svg.get("role") == "img" and svg.find(f"{spaces}desc").text == alt
    assert svg.find(f"{spaces}title").text.startswith("One text gives rice")
    with Image.open(out / "02-rice.png") as image:
        assert image.text["Description"] == alt
    notebook = (ROOT / "notebooks" / "02-aid-volumes.ipynb").read_text(encoding="utf-8")
    assert json.dumps(alt, ensure_ascii=False)[1:-1] in notebook


def test_every_svg_is_well_formed_and_says_what_it_shows():
    for path in (ROOT / "figures").glob("*.svg"):
        svg = ElementTree.parse(path).getroot()
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert svg.find("{http://www.w3.org/2000/svg}desc").text == about["alt"]


def test_the_gallery_is_current_and_shows_every_bundle():
    text = (ROOT / "figures" / "README.md").read_text(encoding="utf-8")
    assert text == figures.gallery()
    for path in (ROOT / "figures").glob("*.json"):
        about = json.loads(path.read_text(encoding="utf-8"))
        assert about["caption"] in text and f"({path.stem}.csv)" in text
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / "figures" / target).is_file(), target


@pytest.mark.parametrize("name", TABLES)
def test_a_typeset_table_is_a_bundle_too(name, data):
    frame = aid.amounts(data).query("measure == 'money'") if name == "02-dollars" else aid.trade(data)
    about = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
    table = (ROOT / "figures" / f"{name}.csv").read_text(encoding="utf-8")
    assert table == frame.to_csv(index=False, lineterminator="\n")
    assert about["data_sha256"] == hashlib.sha256(table.encode()).hexdigest()
    page = (ROOT / "figures" / f"{name}.html").read_text(encoding="utf-8")
    assert all(evidence in page for evidence in frame["evidence"]) and about["title"] in page
