"""Guards that nbval lacks, the runner, and tests of the tests."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import tokenize
import tomllib
from io import StringIO
from pathlib import Path

import kills
import nbformat
import psutil
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from nbclient import NotebookClient
from traitlets.config import Config

import conftest
from tielines import ROOT, __main__, figures, notebooks
from tielines.__main__ import main

NOTEBOOKS = notebooks.find()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


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
        shows = any(word in source for word in ("print(", ".show()", "save_figure(", "data.counts()"))
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
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path))
    monkeypatch.setattr(figures, "_saved", lambda *_: b"<svg >")  # its time is spent there
    for path in NOTEBOOKS:
        names = {}
        for cell in cells(load(path)):
            more = "\n" + narrow if "parameters" in cell["metadata"].get("tags", ()) else ""
            exec("".join(cell["source"]) + more, names)
    made = {p.stem for p in (tmp_path / "local").glob("*.json")}
    assert made == {p.stem for p in (ROOT / "figures").glob("0*.json")} and not list(tmp_path.glob("*.*"))


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
    """The folder of the notebooks in a repository of the runner's own."""
    for name, text in {
        "data/a.csv": "a\n1\n",
        "data/datapackage.json": "{}",
        "src/tielines/m.py": "x = 1\n",
        "constraints.txt": "pandas==3\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(notebooks, "STAMPS", tmp_path / ".cache" / "stamps.json")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(__main__, "ROOT", tmp_path)
    monkeypatch.setattr(__main__, "DATA", tmp_path / "data")
    monkeypatch.delenv("TIELINES_FIGURES")
    notebooks.checked(list)  # as if the rules held
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


ADDED = {  # by JupyterLab to the metadata, when it has a kernel
    "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3 (ipykernel)"},
    "language_info": {
        "version": "3.12.1",
        "codemirror_mode": {"version": 3},
        "file_extension": ".py",
        "name": "python",
    },
}


@pytest.mark.parametrize("hook", ["tielines.notebooks.before_save", None], ids=["make lab", "any JupyterLab"])
def test_a_save_in_jupyterlab_leaves_no_trace(own, hook, monkeypatch):
    """Saved through Jupyter's server; without the hook of `make lab`, the next run takes out what was added."""
    source, kept = "print('é')\n1", {"tags": ["skip-execution"], "jupyter": {"source_hidden": True}}
    path = tiny(own, "00-a.ipynb", source, collapsed=False, **kept)
    notebooks.run([path])
    before = path.read_bytes()
    assert load(path)["metadata"] == notebooks.METADATA and load(path)["cells"][0]["metadata"] == kept
    server = LargeFileManager(root_dir=str(own.parent), config=Config(ContentsManager={"pre_save_hook": hook}))
    model = server.get("notebooks/00-a.ipynb")
    cell = model["content"]["cells"][0]
    cell["metadata"] |= {"execution": {"iopub.status.idle": "2026"}, "trusted": True}
    model["content"] |= {"metadata": ADDED, "cells": [dict(reversed(cell.items()))]}
    server.save({k: model[k] for k in ("type", "format", "content")}, "notebooks/00-a.ipynb")
    assert (path.read_bytes() == before) == bool(hook)
    monkeypatch.setattr(notebooks, "run", None)  # not needed
    assert main(["run"]) == 0 and path.read_bytes() == before


def test_tidying_touches_only_what_ran_like_that(own):
    path, other = tiny(own, "00-a.ipynb", "1"), tiny(own, "01-b.ipynb", "1", collapsed=True)
    notebooks.run([path])
    path.write_text(path.read_text().replace('"1"', '"2"').replace("{}", '{"x": 1}', 1))
    before = path.read_bytes(), other.read_bytes()
    assert notebooks.tidy([path, other]) == [] and (path.read_bytes(), other.read_bytes()) == before


def test_notebooks_outside_the_sequence_are_their_owners(own, tmp_path):
    for name in ("mine.ipynb", "Untitled.ipynb", "1-a.ipynb", "00-a.ipynb"):
        tiny(own, name, "x =")
    assert [p.name for p in notebooks.find(own)] == ["00-a.ipynb"]
    for pattern in (conftest.collect_ignore_glob, PROJECT["tool"]["ruff"]["extend-exclude"]):
        ignored = {p.name for p in own.iterdir() if any(p.relative_to(tmp_path).match(g) for g in pattern)}
        assert ignored == {"mine.ipynb", "Untitled.ipynb", "1-a.ipynb"}
    model = {"type": "notebook", "content": load(own / "mine.ipynb") | {"metadata": ADDED}}
    notebooks.before_save(model, "notebooks/mine.ipynb")
    assert model["content"]["metadata"] == ADDED


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


def test_spawned_kernels_give_the_same_over_tcp_too(own, monkeypatch, capfd):
    """As on Windows, where there is no fork and no ipc."""
    source = "import pandas as pd\npd.DataFrame({i: [i] for i in range(30)})", "import os\nos.getcwd()"
    forked, spawned = (tiny(own, name, *source) for name in ("00-a.ipynb", "01-b.ipynb"))
    notebooks.run([forked], start="forkserver")
    monkeypatch.setattr(notebooks, "TRANSPORT", "tcp")
    assert main(["run", "01-b", "--start", "spawn"]) == 0
    assert "without encryption" not in capfd.readouterr().err
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


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "its kernel died, exit code 1"),
        ("while True: pass", "no end after 1 seconds"),
    ],
    ids=["fails", "dies", "loops"],
)
def test_one_that_fails_stops_the_others_and_the_command_ends_with_1(own, capsys, source, cause):
    waits = "import os, time\nfor i in range(3000): time.sleep(0.02)"  # a minute
    paths = [
        tiny(own, "00-a.ipynb", *waits.splitlines()),
        tiny(own, "01-b.ipynb", source),
        tiny(own, "02-c.ipynb", "2"),
    ]
    notebooks.run(paths[2:])
    before = paths[0].read_bytes(), paths[1].read_bytes()
    begun = time.monotonic()
    assert main(["run", "--timeout", "1" if "while" in source else "50"]) == 1
    assert time.monotonic() - begun < 20
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"tielines: 01-b.ipynb, code cell 1: {cause}" or "while" in source and cause in error
    assert (paths[0].read_bytes(), paths[1].read_bytes()) == before and notebooks.stale(paths) == paths[:2]


@pytest.mark.parametrize("bad", ["0", "-1", "1.5", "nan", "", "ten", "99999"])
def test_a_timeout_that_is_none_is_refused(own, bad, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--timeout", bad])
    assert "no number of seconds" in capsys.readouterr().err


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


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_left(own, capsys, monkeypatch):
    path = tiny(own, "00-a.ipynb", "1")
    monkeypatch.setattr(notebooks, "STAMPS", own.parent / "data" / "a.csv" / "stamps.json")  # no folder
    monkeypatch.setattr(notebooks, "checked", lambda check: [])
    assert main(["run"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("tielines: 00-a.ipynb: stamps.json: cannot be written: ")
    assert os.listdir(own) == ["00-a.ipynb"] and cells(load(path))[0]["outputs"]


SLEEPER = """
import os, time
open(f"../figures/.a.png.{os.getpid()}.part", "w").write("half")
open("part", "w").write(str(os.getpid()))
os.rename("part", "pid")
time.sleep(120)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_a_signal_ends_all_and_is_one_line(own, sent):
    path = tiny(own, "00-a.ipynb", SLEEPER)
    (own.parent / "figures").mkdir()
    before, runs = path.read_bytes(), kills.Runs(own.parent)
    runner = runs.start()
    try:
        until(lambda: (own / "pid").exists() or runner.poll() is not None)
        runner.send_signal(sent)
        runner.send_signal(sent)  # as `timeout` does, or somebody impatient
        told = runner.communicate(timeout=20)[1]
    finally:
        runner.kill()
    until(lambda: not runs.left())
    parts = list((own.parent / "figures").glob(".*"))
    if sent == signal.SIGKILL:
        assert len(parts) == 1
        path.write_text(path.read_text().replace("120", "0").replace("a.png", "b.png"))
        notebooks.run([path])
        assert [p.name.split(".")[1] for p in (own.parent / "figures").glob(".*")] == []
    else:
        assert runner.returncode == 128 + sent and parts == [] and path.read_bytes() == before
        lines = [line for line in told.replace("\r", "\n").splitlines() if line and not line.startswith("run:")]
        assert lines == ["tielines: stopped; what was not finished is as it was before"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_a_signal_at_the_start_is_one_line_too(own, sent):
    tiny(own, "00-a.ipynb", "1")
    runner = kills.Runs(own.parent).start()
    status = Path(f"/proc/{runner.pid}/status")
    if not status.exists():
        pytest.skip("no /proc here")
    caught = re.compile(r"SigCgt:\s*(\w+)")
    until(lambda: int(caught.search(status.read_text())[1], 16) >> (signal.SIGTERM - 1) & 1, pause=0.001)
    runner.send_signal(sent)
    told = runner.communicate(timeout=20)[1].splitlines()
    assert runner.returncode == 128 + sent and len(told) == 1 and told[0].startswith("tielines: stopped")


def test_a_signal_while_a_file_is_written_leaves_no_part(own, monkeypatch, capsys):
    path, replace = tiny(own, "00-a.ipynb", "1"), Path.replace

    def signalled(part, target):
        if target == path:
            signal.raise_signal(signal.SIGTERM)
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", signalled)
    assert main(["run"]) == 128 + signal.SIGTERM
    assert "tielines: stopped" in capsys.readouterr().err.splitlines()[-1]
    assert os.listdir(own) == ["00-a.ipynb"] and cells(load(path))[0]["outputs"]  # that file is whole


BUNDLE = """
import time
from tielines import ROOT, files
for n in range(20):
    time.sleep(0.02)
    x = files.write(ROOT / "figures" / f"{NAME}-{n % 5}.svg", str(n % 5) * 100_000)
"""


def test_what_a_kill_leaves_the_next_run_repairs_and_one_with_nothing_to_do_needs_no_pandas(own):
    """`make kills` does it to the real notebooks, fifteen times."""
    for name in ("00-a", "01-b"):
        tiny(own, f"{name}.ipynb", BUNDLE.replace("NAME", f"'{name[:2]}'"), "1")
    runs = kills.Runs(own.parent)
    runs.whole()
    assert "repaired" in runs.kill(signal.SIGKILL, 0.2 + random.Random(os.getpid()).random() * 1.5)
    code = (
        "import sys; from tielines.__main__ import main; main(['run']); print({'pandas', 'nbformat'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], env=runs.env, capture_output=True, text=True)
    assert run.stdout == "2 notebooks are fresh; --all runs them anyway\nset()\n", run.stderr


def test_a_part_goes_when_its_writer_is_gone(own):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, os.getpid(), "x"):
        (own / f".00-a.ipynb.{pid}.part").write_text("half")
    notebooks.run([])
    assert sorted(os.listdir(own)) == sorted([f".00-a.ipynb.{os.getpid()}.part", ".00-a.ipynb.x.part"])


def until(holds, seconds=300, pause=0.05):
    """Wait till something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never did"
        time.sleep(pause)


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
    notebooks.STAMPS.write_text(json.dumps({"00-a.ipynb": ["", 1.5], "01-a.ipynb": ["", 20]}))
    ran = []
    notebooks.run(paths, progress=ran.append, workers=1)
    assert ran == [paths[3], paths[2], paths[1], paths[0]]  # those never timed, the larger first


def test_the_order_is_the_one_that_ends_soonest(own):
    """Three and three beside two, two and two end after six; the longest first, after seven."""
    took = dict(zip("abcde", (3, 3, 2, 2, 2), strict=True))
    paths = [tiny(own, f"{name}.ipynb", "1") for name in took]
    order = notebooks._order(paths, {f"{name}.ipynb": seconds for name, seconds in took.items()}, 2)
    assert [path.stem for path in order] == ["a", "c", "d", "b", "e"]


def test_stale_sees_each_kind_of_change(own, monkeypatch):
    path, figure = tiny(own, "00-a.ipynb", "print(1)"), own.parent / "figures" / "00-a.svg"
    figure.parent.mkdir()
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
    for name in ("data/derived/b.csv", "data/b.json", "src/tielines/exhibits/aid.py"):
        file = own.parent / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
        assert notebooks.stale([path]) == [path], name
        file.unlink()
    assert notebooks.stale([path]) == []
    for change in (lambda: figure.write_text("half"), figure.unlink, lambda: None):
        figure.write_text("whole")
        notebooks.run([path])
        change()
        assert bool(notebooks.stale([path])) == (not figure.exists() or figure.read_text() == "half")
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
    notebooks.STAMPS.write_bytes(stamps)
    assert notebooks.stale([path]) == [path]
    notebooks.run([path])
    assert notebooks.stale([path]) == []


def test_the_page_is_made_anew_only_where_something_it_shows_has_changed(own):
    made, root = [], own.parent
    for path, text in ((None, ""), ("data/a.csv", "a\n2\n"), ("figures/00-x.json", "{}"), ("figures/index.html", "x")):
        if path:
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
        for _ in range(2):
            notebooks.gallery(lambda path=path: made.append(path))
    assert made == [None, "data/a.csv", "figures/00-x.json", "figures/index.html"]
