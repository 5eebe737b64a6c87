"""Guards that nbval lacks, the runner, and tests of the tests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tokenize
from io import StringIO
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tielines import ROOT, figures, notebooks
from tielines.__main__ import main

NOTEBOOKS = notebooks.find()


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def cells(content):
    return [c for c in content["cells"] if c["cell_type"] == "code"]


# The notebooks that are stored


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
        shows = any(word in source for word in ("print(", ".show()", "save_figure(", "save_table(", "data.counts()"))
        if shows and not cell["outputs"]:
            found.append(f"cell {n} has lost its output")
        if any(word in json.dumps(cell["outputs"]) for word in ("clear_output", "jupyter.widget", " at 0x")):
            found.append(f"cell {n} shows what differs from run to run")
    if content["metadata"] != notebooks.METADATA:
        found.append("the metadata name more than the kernel python3")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_stored_notebook_can_be_compared(path):
    assert faults(load(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_has_the_shape_of_all(path):
    content = load(path)
    text = "\n".join("".join(c["source"]) for c in content["cells"] if c["cell_type"] == "markdown")
    assert text.startswith(f"# {path.stem[:2]}") and "cannot show" in text
    tagged = [c for c in cells(content) if c["metadata"].get("tags") == ["parameters"]]
    names = {line.split(" = ")[0] for line in "".join(tagged[0]["source"]).splitlines()}
    assert len(tagged) == 1 and {"since", "until", "actors", "recipients", "articles", "published_until"} <= names
    assert all(len("".join(c["source"]).splitlines()) <= 15 for c in cells(content))


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


@pytest.mark.parametrize("narrow", ['recipients = "CUB"', 'published_until = "2020"'])
def test_the_notebooks_run_when_narrowed(narrow, tmp_path, monkeypatch):
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path / "figures"))
    monkeypatch.setattr(notebooks, "STAMPS", tmp_path / "stamps.json")
    paths = [Path(shutil.copy(p, tmp_path / p.name)) for p in NOTEBOOKS]
    for path in paths:
        content = load(path)
        parameters = next(c for c in cells(content) if "parameters" in c["metadata"].get("tags", ()))
        parameters["source"].append("\n" + narrow)
        path.write_text(json.dumps(content), encoding="utf-8")
    notebooks.run(paths)
    made = {p.stem for p in (tmp_path / "figures" / "local").glob("*.json")}
    assert made == {p.stem for p in (ROOT / "figures").glob("0*.json")}
    assert not list((tmp_path / "figures").glob("*.*"))


# The runner, on notebooks made up here


def tiny(folder, name, *sources, **metadata):
    """A notebook of a few code cells, each with these metadata."""
    code = {"cell_type": "code", "execution_count": 7, "metadata": metadata, "outputs": []}
    content = [code | {"id": f"c{i}", "source": source.splitlines(True)} for i, source in enumerate(sources)]
    path = folder / name
    path.write_text(
        json.dumps({"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    return path


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of the notebooks in a repository of the runner's own, in which no bundle is broken."""
    for name, text in {
        "data/a.csv": "a\n1\n",
        "src/tielines/m.py": "x = 1\n",
        "constraints.txt": "pandas==3\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(notebooks, "STAMPS", tmp_path / ".cache" / "stamps.json")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(figures, "broken", lambda stem: False)
    return tmp_path / "notebooks"


EVERYTHING = (
    "print('hi')\nimport sys\nprint('ho', file=sys.stderr)\n1 + 1",
    "",
    "import pandas as pd\npd.DataFrame({f'column{i}': [i / 7] * 70 for i in range(30)})",
    "import matplotlib.pyplot as plt\nlines = plt.plot([1, 2])\n'the result comes before the figure'",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>a</b>'), metadata={'x': 1})\ndisplay(3)\nNone",
    "import great_tables\nprint(pd.get_option('display.width'), plt.rcParams['figure.dpi'])\npd.Series(range(100)).describe()",
)


def test_outputs_are_those_of_jupyter(own):
    """The oracle: nbclient with a kernel that Jupyter starts."""
    path = tiny(own, "00-a.ipynb", *EVERYTHING)
    expected = nbformat.read(path, 4)
    NotebookClient(expected, coalesce_streams=True).execute()
    assert notebooks.run([path]) == [path]
    ran = nbformat.read(path, 4)
    assert [c.outputs for c in ran.cells] == [c.outputs for c in expected.cells]
    assert [c.execution_count for c in ran.cells] == [1, None, 2, 3, 4, 5]
    assert [o.output_type for o in ran.cells[3].outputs] == ["execute_result", "display_data"]
    assert "image/png" in ran.cells[3].outputs[1].data and ran.cells[4].outputs[0].metadata == {"x": 1}


def test_a_save_in_jupyterlab_changes_no_byte(own, tmp_path):
    path = tiny(
        own, "00-a.ipynb", "print('é')\n1", tags=["skip-execution"], jupyter={"source_hidden": True}, collapsed=False
    )
    notebooks.run([path])
    content = nbformat.read(path, nbformat.NO_CONVERT)
    nbformat.write(content, tmp_path / "saved.ipynb", nbformat.NO_CONVERT)  # as Jupyter's server does
    assert path.read_bytes() == (tmp_path / "saved.ipynb").read_bytes()
    assert content.cells[0].metadata == {"tags": ["skip-execution"], "jupyter": {"source_hidden": True}}
    assert content.metadata == notebooks.METADATA and content.cells[0].execution_count == 1


def test_nbval_passes_what_was_run_and_notices_a_changed_number(own):
    """The whole chain: strict comparison, this project's settings, a real kernel."""
    path = tiny(own, "00-a.ipynb", *(source for source in EVERYTHING if source), "print(41)")
    notebooks.run([path])
    path.write_text(path.read_text(encoding="utf-8").replace('"41\\n"', '"42\\n"'), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "quick", "-p", "conftest", "-n0", "-q", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(path)]
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 1 and "1 failed, 5 passed" in run.stdout, run.stdout


def test_spawned_kernels_give_the_same(own):
    source = "import pandas as pd\npd.DataFrame({i: [i] for i in range(30)})", "import os\nos.getcwd()"
    forked, spawned = (tiny(own, name, *source) for name in ("00-a.ipynb", "01-b.ipynb"))
    notebooks.run([forked], start="forkserver")
    notebooks.run([spawned], start="spawn")
    assert spawned.read_bytes() == forked.read_bytes()
    assert str(own) in cells(load(spawned))[1]["outputs"][0]["data"]["text/plain"][0]


def test_each_notebook_has_a_process_of_its_own_and_the_environment_of_now(own, monkeypatch):
    monkeypatch.setenv("OF_NOW", "here")
    source = "import os\nprint('x' in dir(), os.environ.get('OF_NOW'))\nx = 1"
    paths = [tiny(own, f"0{i}-a.ipynb", source) for i in range(3)]
    notebooks.run(paths, workers=1)
    assert [cells(load(p))[0]["outputs"][0]["text"] for p in paths] == [["False here\n"]] * 3


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("x = = 1", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("input()", "StdinNotImplementedError"),
        ("%nosuchmagic\nprint(1)", "UsageError: Line magic function `%nosuchmagic` not found"),
        ("%%nosuchmagic\nprint(1)", "UsageError: Cell magic `%%nosuchmagic` not found"),
        ("class A:\n    def __repr__(self):\n        return 1 / 0\nA()", "ZeroDivisionError: division by zero"),
        ("class A:\n    def _repr_html_(self):\n        return 1 / 0\nA()", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(3)", "its kernel died, exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its kernel died, exit code -9"),
        ("while True:\n    pass", "no end after 2 seconds"),
        ("open('00-a.ipynb', 'a').write(' ')", "00-a.ipynb: edited while it ran"),
    ],
)
def test_a_failing_cell_is_named_and_nothing_is_written(own, source, cause):
    tags = [] if "__repr__" in source else ["raises-exception"]  # a tag excuses nothing
    path = tiny(own, "00-a.ipynb", "1", "", source, tags=tags)
    before = path.read_text(encoding="utf-8")
    with pytest.raises(notebooks.CellError) as raised:
        notebooks.run([path], timeout=2)
    error, edited = str(raised.value), "edited" in cause
    assert error.startswith("00-a.ipynb: " if edited else "00-a.ipynb, code cell 2: ") and cause in error
    assert "\n" not in error and path.read_text(encoding="utf-8") == before + " " * edited
    assert notebooks.stale([path]) == [path] and os.listdir(own) == ["00-a.ipynb"]


def test_the_others_are_written_and_the_command_ends_with_1(own, capsys):
    sources = {"00-a": "1", "01-b": "1 / 0", "02-c": "import os\nos._exit(1)", "03-d": "2"}
    paths = [tiny(own, f"{stem}.ipynb", source) for stem, source in sources.items()]
    assert main(["run", "--all"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == "tielines: 01-b.ipynb, code cell 1: ZeroDivisionError: division by zero"
    assert [bool(cells(load(p))[0]["outputs"]) for p in paths] == [True, False, False, True]
    assert notebooks.stale(paths) == paths[1:3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"nbformat": 4}',
        '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}}]}',
        "\x00",
    ],
)
def test_what_is_not_a_notebook_is_named(own, text):
    path = own / "00-a.ipynb"
    path.write_text(text)
    with pytest.raises(notebooks.CellError, match="^00-a.ipynb: not a notebook: .+$"):
        notebooks.run(notebooks.stale([path]))


def test_a_write_that_fails_is_named(own, monkeypatch):
    def full(path, content):
        raise OSError("no space left")

    path = tiny(own, "00-a.ipynb", "1")
    monkeypatch.setattr(notebooks.files, "write", full)
    with pytest.raises(notebooks.CellError, match="00-a.ipynb: OSError: no space left"):
        notebooks.run([path])


SLEEPER = """
import sys
from pathlib import Path
from tielines import notebooks

if __name__ == "__main__":
    notebooks.STAMPS = Path("stamps.json")
    notebooks.run([Path("00-a.ipynb").resolve()])
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_kernels_end_with_the_runner(own, sent):
    source = "import os, time\nopen('part', 'w').write(str(os.getpid()))\nos.rename('part', 'pid')\ntime.sleep(120)"
    path = tiny(own, "00-a.ipynb", source)
    before = path.read_bytes()
    (own / "sleeper.py").write_text(SLEEPER)
    with open(own / "told", "w") as told:
        runner = subprocess.Popen([sys.executable, "sleeper.py"], cwd=own, stderr=told)
    try:
        until(lambda: (own / "pid").exists() or runner.poll() is not None)
        assert runner.poll() is None, (own / "told").read_text()
        kernel = psutil.Process(int((own / "pid").read_text()))
        runner.send_signal(sent)
        assert runner.wait(timeout=20) != 0
    finally:
        runner.kill()
    until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
    assert path.read_bytes() == before


def until(holds, seconds=60):
    """Wait till something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never did"
        time.sleep(0.05)


def test_a_timeout_ends_what_the_cell_started(own):
    source = "import subprocess\nchild = subprocess.Popen(['sleep', '120'])\nopen('pid', 'w').write(str(child.pid))\nchild.wait()"
    begun = time.monotonic()
    with pytest.raises(notebooks.CellError, match="no end after 2 seconds"):
        notebooks.run([tiny(own, "00-a.ipynb", source)], timeout=2)
    assert time.monotonic() - begun < 20
    pid = int((own / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_what_did_not_change_is_not_rewritten(own):
    path = tiny(own, "00-a.ipynb", "print(1)")
    assert notebooks.run([path]) == [path]
    before = path.stat()
    assert notebooks.run([path]) == [] and path.stat() == before


def test_the_longest_runs_first(own):
    paths = [tiny(own, f"0{i}-a.ipynb", "1 #" + "x" * i) for i in range(4)]
    notebooks.STAMPS.parent.mkdir()
    notebooks.STAMPS.write_text(json.dumps({"00-a.ipynb": ["", 1.5], "01-a.ipynb": ["", 20]}))
    ran = []
    notebooks.run(paths, progress=ran.append, workers=1)
    assert ran == [paths[3], paths[2], paths[1], paths[0]]  # those never timed, the larger first


def test_stale_sees_each_kind_of_change(own, monkeypatch):
    path = tiny(own, "00-a.ipynb", "print(1)")
    assert notebooks.stale([path]) == [path]
    notebooks.run([path])
    assert notebooks.stale([path]) == []
    for name in ("data/a.csv", "src/tielines/m.py", "constraints.txt", "notebooks/00-a.ipynb"):
        file = own.parent / name
        before = file.read_text()
        file.write_text(before + "\n")
        assert notebooks.stale([path]) == [path], name
        file.write_text(before)
        assert notebooks.stale([path]) == [], name
    for name in ("data/derived/b.csv", "data/datapackage.json", "src/tielines/exhibits/aid.py"):
        file = own.parent / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
        assert notebooks.stale([path]) == [path], name
        file.unlink()
    assert notebooks.stale([path]) == []
    monkeypatch.setattr(figures, "broken", lambda stem: stem == "00-a")
    assert notebooks.stale([path]) == [path]
    monkeypatch.setattr(figures, "broken", lambda stem: False)
    monkeypatch.setenv("TIELINES_FIGURES", "elsewhere")
    assert notebooks.stale([path]) == [path]


def test_a_change_during_the_run_leaves_it_stale(own):
    path = tiny(own, "00-a.ipynb", "open('../data/a.csv', 'a').write('2')")
    notebooks.run([path])
    assert notebooks.stale([path]) == [path]


@pytest.mark.parametrize(
    "stamps", [b"", b"[]", b"1", b"{", b"\xff", b'{"00-a.ipynb": "x"}', b'{"00-a.ipynb": [1, "x"]}']
)
def test_damaged_stamps_count_as_none(own, stamps):
    path = tiny(own, "00-a.ipynb", "1")
    notebooks.STAMPS.parent.mkdir()
    notebooks.STAMPS.write_bytes(stamps)
    assert notebooks.stale([path]) == [path]
    notebooks.run([path])
    assert notebooks.stale([path]) == []
