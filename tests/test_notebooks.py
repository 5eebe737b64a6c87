"""Guards that nbval lacks, the runner, and tests of the tests."""

import json
import os
import shutil
import subprocess
import sys
import tokenize
from io import StringIO

import pytest

from tielines import ROOT, notebooks
from tielines.__main__ import main

NOTEBOOKS = notebooks.find()


def cells(content):
    return [c for c in content["cells"] if c["cell_type"] == "code"]


def faults(content):
    """What nbval would let pass: cells not run in order, cleared, ending in ;, errors, magics."""
    found = []
    for n, cell in enumerate(cells(content), 1):
        source = "".join(cell["source"])
        if cell["execution_count"] != n:
            found.append(f"cell {n} was not executed in order")
        if any(o["output_type"] == "error" for o in cell["outputs"]):
            found.append(f"cell {n} stores an error")
        if source.lstrip().startswith("%") or "\n%" in source:
            found.append(f"cell {n} has a magic: nbval passes an unknown one")
            continue
        tokens = [t.string for t in tokenize.generate_tokens(StringIO(source).readline) if t.string.strip()]
        if tokens and tokens[-1] == ";":
            found.append(f"cell {n} ends in ;")
        if "NBVAL" in source or any("nbval" in t for t in cell["metadata"].get("tags", ())):
            found.append(f"cell {n} asks nbval to look away")
        shows = any(word in source for word in ("print(", "save_figure(", "save_table(", "data.counts()"))
        if shows and not cell["outputs"]:
            found.append(f"cell {n} has lost its output")
        if any(word in json.dumps(cell["outputs"]) for word in ("clear_output", "jupyter.widget", " at 0x")):
            found.append(f"cell {n} shows what differs from run to run")
    if content["metadata"] != {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }:
        found.append("the metadata name more than the kernel python3")
    return found


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_stored_notebook_can_be_compared(path):
    assert faults(load(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_has_the_shape_of_all(path):
    content = load(path)
    text = "\n".join("".join(c["source"]) for c in content["cells"] if c["cell_type"] == "markdown")
    for heading in ("# " + path.stem[:2], "## The answer in three lines", "## Be careful with", "## Next"):
        assert heading in text
    assert "cannot show" in text
    tagged = [c for c in cells(content) if c["metadata"].get("tags") == ["parameters"]]
    names = ["since", "until", "actors", "recipients", "articles", "factuality", "published_until"]
    assert [line.split(" = ")[0] for line in "".join(tagged[0]["source"]).splitlines()] == names
    assert all(len("".join(c["source"]).splitlines()) <= 12 for c in cells(content))
    answer = "".join(cells(content)[1]["outputs"][0]["text"])
    assert answer.count("\n- ") == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c.update(outputs=[]), "has lost its output"),
        (lambda c: c.update(outputs=[], execution_count=None), "was not executed in order"),
        (lambda c: c.update(source=["%nosuchmagic\n", *c["source"]]), "has a magic"),
        (lambda c: c["source"].append(";"), "ends in ;"),
        (lambda c: c["source"].insert(0, "# NBVAL_IGNORE_OUTPUT\n"), "asks nbval to look away"),
        (lambda c: c["outputs"].append({"output_type": "error"}), "stores an error"),
    ],
)
def test_the_guards_notice(change, expected):
    content = load(NOTEBOOKS[1])
    change(cells(content)[-1])
    assert any(expected in fault for fault in faults(content))


def test_nbval_notices_a_changed_number(tmp_path):
    """The whole chain: strict comparison, this project's settings, a real kernel."""
    content = load(NOTEBOOKS[1])
    printed = next(o for o in cells(content)[1]["outputs"] if o["output_type"] == "stream")["text"]
    line = next(i for i, text in enumerate(printed) if any(ch.isdigit() for ch in text))
    digit = next(ch for ch in printed[line] if ch.isdigit())
    printed[line] = printed[line].replace(digit, str((int(digit) + 1) % 10), 1)
    kept = [c for c in content["cells"] if c["cell_type"] == "code"][:2]
    path = tmp_path / "changed.ipynb"
    path.write_text(json.dumps(content | {"cells": kept}), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "quick", "-p", "conftest", "-n0", "-q"]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(path)]
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 1 and "1 failed, 1 passed" in run.stdout, run.stdout


def tiny(folder, name, *sources):
    """A notebook of a few code cells."""
    code = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{i}",
            "metadata": {},
            "outputs": [],
            "source": [s],
        }
        for i, s in enumerate(sources)
    ]
    path = folder / name
    path.write_text(json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A repository of its own for the runner: notebooks, data, src, figures."""
    for name in ("notebooks", "data", "src", "figures"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "a.csv").write_text("a\n1\n")
    (tmp_path / "src" / "m.py").write_text("x = 1\n")
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(notebooks, "STAMPS", tmp_path / ".cache" / "stamps.json")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    return tmp_path


def test_run_stores_outputs_as_jupyter_does(own):
    path = tiny(
        own / "notebooks",
        "00-a.ipynb",
        "print('hi')\n1 + 1",
        "import matplotlib.pyplot as plt\nx = plt.plot([1, 2])",
    )
    assert notebooks.run([path]) == [path]
    first, second = cells(load(path))
    assert first["outputs"][0] == {"name": "stdout", "output_type": "stream", "text": ["hi\n"]}
    assert first["outputs"][1]["data"]["text/plain"] == ["2"] and first["outputs"][1]["execution_count"] == 1
    assert "image/png" in second["outputs"][0]["data"] and second["execution_count"] == 2


def test_each_notebook_has_a_process_of_its_own(own):
    paths = [tiny(own / "notebooks", f"0{i}-a.ipynb", "print('x' in dir())\nx = 1") for i in range(3)]
    notebooks.run(paths, workers=1)
    assert [cells(load(p))[0]["outputs"][0]["text"] for p in paths] == [["False\n"]] * 3


def test_run_skips_what_is_fresh_and_sees_each_kind_of_change(own, capsys):
    path = tiny(own / "notebooks", "00-a.ipynb", "print(1)")
    assert main(["run"]) == 0 and "1 run, 1 rewritten" in capsys.readouterr().out
    assert main(["run"]) == 0 and "1 notebooks are fresh" in capsys.readouterr().out
    assert main(["run", "--all"]) == 0 and "1 run, 0 rewritten" in capsys.readouterr().out
    for change in ("data/a.csv", "src/m.py", "notebooks/00-a.ipynb", "figures/00-x.csv"):
        file = own / change
        file.write_text(file.read_text() + "\n" if file.exists() else "new")
        assert notebooks.stale([path]) == [path], change
        notebooks.run([path])
        assert notebooks.stale([path]) == []


def test_run_stops_at_the_first_error_and_writes_nothing(own, capsys):
    good = tiny(own / "notebooks", "00-a.ipynb", "print(1)")
    bad = tiny(own / "notebooks", "01-b.ipynb", "x = 1", "print(x)\n1 / 0", "print('never')")
    before = bad.read_bytes()
    assert main(["run", "--all"]) == 1
    error = capsys.readouterr().err
    assert "tielines: 01-b.ipynb, code cell 2: ZeroDivisionError: division by zero" in error
    assert "Traceback" not in error and bad.read_bytes() == before
    assert notebooks.stale([good, bad]) == [good, bad]
    assert not [p for p in own.rglob("*.part")]


def test_an_unknown_magic_is_an_error(own):
    path = tiny(own / "notebooks", "00-a.ipynb", "%nosuchmagic\nprint(1)")
    with pytest.raises(notebooks.CellError, match="no magic named 'nosuchmagic'"):
        notebooks.run([path])


@pytest.mark.parametrize("narrow", ['recipients = "CUB"', 'published_until = "2020"'])
def test_the_notebooks_run_when_narrowed(narrow, tmp_path, monkeypatch):
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path / "figures"))
    paths = [shutil.copy(p, tmp_path / p.name) for p in NOTEBOOKS]
    for path in paths:
        content = load(path)
        cells(content)[0]["source"].append("\n" + narrow)
        path.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(notebooks, "STAMPS", tmp_path / "stamps.json")
    notebooks.run(paths)
    made = {p.stem for p in (tmp_path / "figures" / "local").iterdir()}
    assert made == {p.stem for p in (ROOT / "figures").glob("0*.json")}
    assert not list((tmp_path / "figures").glob("*.*"))
