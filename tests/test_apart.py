"""A run of one's own: filters from the command line, other tables, a folder that stands alone; the repository is left alone."""

import json
import re
import shutil
import signal
import subprocess
import time

import kills
import nbformat
import pandas as pd
import pytest

from tielines import MARK, ROOT, apart, dataset, exhibits, files, notebooks, page, timelines
from tielines.__main__ import main
from tielines.exhibits.core import Counter

CELL = 'about = ""  # a state\nsince = ""\nundated = False'
LOAD = "from tielines import dataset\ndata = dataset.load(about=about, since=since, undated=undated)\nprint(len(data.claims), data.path)"


def book(path, *sources):
    """A notebook whose first cell holds parameters."""
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate((CELL, *sources))]
    cells[0].metadata["tags"] = ["parameters"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=notebooks.METADATA), path)
    return path


@pytest.fixture
def small(tmp_path):
    """Runs of a repository with the real tables and one notebook."""
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "data", root / "data")
    shutil.copy(ROOT / "constraints.txt", root)
    book(root / "notebooks" / "00-a.ipynb", LOAD)
    runs = kills.Runs(root)
    runs.env["PYTHONPATH"] = str(ROOT / "src")
    return runs


def marked(folder):
    return json.loads((folder / MARK).read_text(encoding="utf-8"))


def printed(path):
    return nbformat.read(path, 4).cells[1].outputs[0].text


def every(*folders):
    return {p: files.sha256(p.read_bytes()) for folder in folders for p in folder.rglob("*") if p.is_file()}


def stamps(path):
    """Those of notebooks and gallery; that the data were checked holds for any run."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: stamp for name, stamp in known.items() if name != "check"}


def git_status():
    return subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], capture_output=True, text=True).stdout


def test_cuba_since_june_2025_narrows_and_leaves_the_repository_alone(data, tmp_path, capsys):
    known = stamps(notebooks.STAMPS)
    before = every(ROOT / "figures", ROOT / "notebooks")
    out = tmp_path / "cuba"
    assert main(["run", "00-overview", "--set", "about=Cuba", "--set", "since=2025-06", "--out", str(out)]) == 0
    assert every(ROOT / "figures", ROOT / "notebooks") == before and stamps(notebooks.STAMPS) == known
    told = capsys.readouterr().out
    ran = nbformat.read(out / "notebooks" / "00-overview.ipynb", 4)
    cell = next(c for c in ran.cells if c.cell_type == "code")
    assert cell.metadata.tags == ["parameters"]
    assert 'about = "Cuba"  # a state' in cell.source and 'since = "2025-06"  # dated' in cell.source
    # By another way: the events on whose either side Cuba stands, wholly since June 2025, and their claims.
    events = data.events[
        data.events[["actors", "recipients", "concerns"]].agg(";".join, axis=1).str.contains(r"\bCUB\b")
    ]
    dated = timelines.bounds(data).merge(events[["event_id"]], on="event_id")
    kept = data.claims[data.claims["event_id"].isin(dated.loc[dated["start"] >= "2025-06-01", "event_id"])]
    assert 0 < len(kept) < len(data.claims) and f"leave {len(kept)} claims" in told
    frame, about = pd.read_csv(out / "figures" / "00-kinds.csv", keep_default_na=False), json.loads((out / "figures" / "00-kinds.json").read_text())  # fmt: skip
    assert {i for ids in frame["evidence"] for i in ids.split(";")} <= set(kept["claim_id"])
    ids = [c for c in about["counts"] if c["how"] == "ids"]
    assert ids and all(Counter(frame)(c["of"], c["where"]) == c["value"] for c in ids)
    stored = pd.read_csv(ROOT / "figures" / "00-kinds.csv")
    assert 0 < frame["event_id"].nunique() < stored["event_id"].nunique()
    assert "Filtered: about = Cuba; since = 2025-06." in about["caption"]
    assert not (out / "figures" / "local").exists() and (out / "own" / "00-mine.svg").is_file()
    assert "00-kinds.png" in (out / "figures" / "README.md").read_text(encoding="utf-8")
    assert "no page" in told and not (out / "figures" / "index.html").exists()


def test_a_run_stands_alone_and_is_run_again_into_its_folder(small, tmp_path):
    out, source = tmp_path / "out", small.root / "notebooks" / "00-a.ipynb"
    before = source.read_bytes()
    assert "leave" in small.whole("--set", "about=Cuba", "--set", "undated=yes", "--out", str(out))
    n, where = printed(out / "notebooks" / "00-a.ipynb").split()
    assert int(n) == len(dataset.load(about="Cuba").claims) and where == str(out / "data")
    assert "undated = True" in (out / "notebooks" / "00-a.ipynb").read_text() and marked(out)["whole"]
    told = small.whole("--set", "since=2099", "--out", str(out))
    assert printed(out / "notebooks" / "00-a.ipynb").startswith("0 ")
    assert "leave 0 claims" in told and marked(out)["filters"] == {"since": "2099"}
    assert source.read_bytes() == before and stamps(small.root / ".cache" / "stamps.json") == {}
    other = shutil.copytree(ROOT / "data", tmp_path / "other")
    package = json.loads((other / "datapackage.json").read_text(encoding="utf-8"))
    package["lists"]["states"][0]["label"] += " too"
    (other / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    source.unlink()
    book(source, LOAD + "\nprint(list(data.listed('states').values())[0])")
    small.whole("--data", str(other))
    assert " too" in printed(small.root / "own" / "run" / "notebooks" / "00-a.ipynb")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_what_was_stopped_is_told_and_run_again(small, tmp_path, sent):
    out = tmp_path / "out"
    source = book(small.root / "notebooks" / "00-a.ipynb", "open('begun', 'w').close()\nimport time\ntime.sleep(120)")
    run = small.start("--out", str(out))
    end = time.monotonic() + 60
    while not (out / "notebooks" / "begun").exists():
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    run.send_signal(sent)
    told = run.communicate(timeout=30)[1]
    assert not marked(out)["whole"] and not (out / "figures" / "README.md").exists()
    if sent == signal.SIGINT:
        assert (
            told.replace("\r", "\n").splitlines()[-1]
            == f"tielines: stopped; the run in {out} is not whole; run it again"
        )
    book(source, LOAD)
    small.whole("--out", str(out))
    assert marked(out)["whole"] and printed(out / "notebooks" / "00-a.ipynb")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--set", "abuot=Cuba"], "no filter 'abuot'; nearest: about; there are about, recipients, actors"),
        (["--set", "about"], "write name=value, as about=Cuba"),
        (["--set", "about=Cuba", "--set", "about=Iran"], "about is set twice"),
        (["--set", "undated=ye"], "undated is yes or no; nearest: yes"),
        (["--set", "about=Cubaa"], "no actor 'Cubaa' in the data; nearest: Cuba; known: "),
        (["--set", "since=June"], "since: 'June' is not a date"),
    ],
)
def test_what_is_no_filter_is_one_line_before_anything_is_made(args, said, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(notebooks, "run", None)
    monkeypatch.setattr(notebooks, "warm", lambda start: None)
    assert main(["run", *args, "--out", str(tmp_path / "out")]) == 1
    lines = [line for line in capsys.readouterr().err.replace("\r", "\n").splitlines() if line[:4] not in ("", "run:")]
    assert len(lines) == 1 and lines[0].startswith("tielines: ") and said in lines[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("inside", ["", "notebooks", "figures/x", "data/x", "src", "tests/x", ".git/x", "own"])
def test_a_place_in_the_repository_is_refused(inside, capsys):
    before = git_status()
    assert main(["run", "--out", str(ROOT / inside)]) == 1
    assert "runs go into a folder in own/; nearest: own/" in capsys.readouterr().err and git_status() == before


def test_a_folder_that_holds_other_things_is_refused(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name, said in (("full", "other things lie there"), ("full/mine", "no folder")):
        with pytest.raises(files.TielinesError, match=said):
            apart.chosen(tmp_path / name)
    (tmp_path / "link").symlink_to(ROOT / "figures")
    with pytest.raises(files.TielinesError, match="own/"):
        apart.chosen(tmp_path / "link" / "x")
    for place in (tmp_path / "empty", tmp_path / "new", ROOT / "own" / "a-new-one"):
        assert apart.chosen(place) == place


def test_bad_tables_are_refused_before_anything_is_made(copy, tmp_path, capsys):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",AUTHOR,", ",AUTOR,", 1), encoding="utf-8")
    assert main(["run", "--data", str(copy), "--out", str(tmp_path / "out")]) == 1
    assert "nearest: AUTHOR" in capsys.readouterr().out and not (tmp_path / "out").exists()


def test_in_the_page_of_a_narrowed_run_each_mark_leads_to_a_row(data, tmp_path):
    narrowed = dataset.select(data, about="Cuba")
    draft = page.Draft(narrowed, out=tmp_path, whole=data, edition="9, other tables")
    text = draft.write().read_text(encoding="utf-8")
    ids = {i for marks in re.findall(r'data-e="([^"]*)"', text) for i in marks.split(";")}
    assert ids and {i for i in ids if "~" not in i} <= draft.rows.keys()
    assert "Narrowed to about = Cuba." in text and '"version":"9, other tables"' in text
    assert set(exhibits.ALL) <= set(re.findall(r'<figure id="([^"]*)"', text))
