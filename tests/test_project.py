"""What holds the project's files together."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml

import tielines
from tielines import ROOT, notebooks, tables
from tielines.__main__ import main

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split() if line)

EXTRAS = PROJECT["optional-dependencies"]
WANTED = PROJECT["dependencies"] + [r for extra in ("test", "office", "report", "parquet") for r in EXTRAS[extra]]


def name(requirement):
    return re.split(r"[<>=!~ ;\[]", requirement)[0].lower()


def tracked():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / p for p in listed.stdout.split("\0") if p and (ROOT / p).is_file()]


def test_the_lock_has_names_and_versions_only():
    assert all(re.fullmatch(r"[a-z0-9._-]+", n) and re.fullmatch(r"[0-9][0-9a-z.]*", v) for n, v in LOCK.items())
    wanted = [*PROJECT["dependencies"], *(r for e in PROJECT["optional-dependencies"].values() for r in e)]
    assert {name(r) for r in wanted} <= LOCK.keys()


def test_environment_yml_pins_what_the_lock_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [d for d in environment["dependencies"] if isinstance(d, str)]
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    pins = dict(d.split("==") for d in [*plain, *pip] if "==" in d)
    wanted = {name(r) for r in WANTED}
    assert pins == {n: LOCK[n] for n in wanted}
    assert f"python{PROJECT['requires-python']}" in plain


def test_what_is_installed_is_what_the_lock_names():
    wanted = {name(r) for r in WANTED}
    assert {n: version(n) for n in wanted} == {n: LOCK[n] for n in wanted}


def test_one_version():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(cff["version"]) == tables.package()["version"] == tielines.__version__
    assert cff["type"] == "dataset" and cff["authors"] == [{"name": "Tielines contributors"}]
    assert f"## {tielines.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_ruff_has_nothing_to_say():
    for command in (["check", "."], ["format", "--check", "."]):
        run = subprocess.run([sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr


def test_no_path_of_a_machine_and_no_address_of_a_registry():
    words = [
        r"/home/\w",
        r"/root/",
        r"/Users/\w",
        r"pypi\.o[r]g",
        r"python[h]osted",
        r"conda\.anaconda",
        r"npm[j]s",
    ]
    pattern = re.compile("|".join(words))
    for path in tracked():
        if path.suffix not in (".png", ".pdf", ".svg", ".docx", ".xlsx") and path != ROOT / "tests" / "test_project.py":
            found = pattern.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path.name}: {found}"


def test_the_readme_names_what_there_is():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in notebooks.find():
        assert path.stem in readme
    for table in tables.resources():
        assert f"`{table}`" in readme or f"{table}.csv" in readme, table
    for target in re.findall(r"\]\((?!http)([^)#]+)", readme):
        assert (ROOT / target).exists(), target


# The command line: each error is one line of ours


def command(*args, **env):
    return subprocess.run(
        [sys.executable, "-m", "tielines", *args], env=os.environ | env, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (tables.DataError("row 3\nis bad"), ["row 3 is bad"]),
        (OSError(28, "No space left on device", "data/x.csv"), ["No space left on device: data/x.csv"]),
        (PermissionError(13, "Permission denied", "own"), ["Permission denied: own"]),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), ["a fault of the program: UnicodeDecodeError: .*", None]),
        (KeyError("x\ny"), [r"a fault of the program: KeyError: 'x\\ny'", None]),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, Exception) else "",
)
def test_an_error_is_a_line_or_two(error, told, monkeypatch, capsys):
    def fails(*_):
        raise error

    monkeypatch.setattr("tielines.checks.check", fails)
    monkeypatch.delenv("TIELINES_TRACEBACK", raising=False)
    assert main(["check"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(told) and re.fullmatch(f"tielines: {told[0]}", lines[0])
    assert all("CONTRIBUTING.md" in line and "TIELINES_TRACEBACK=1" in line for line in lines[1:])
    if lines[1:]:
        monkeypatch.setenv("TIELINES_TRACEBACK", "1")
        with pytest.raises(type(error)):
            main(["check"])


@pytest.mark.parametrize("name", ["run", "check"])
def test_a_root_without_the_repository_is_told(name, tmp_path):
    run = command(name, TIELINES_ROOT=str(tmp_path))
    assert run.returncode == 1 and run.stdout == "" and len(run.stderr.splitlines()) == 1
    assert f"TIELINES_ROOT is {tmp_path}; missing there: data/datapackage.json" in run.stderr
    if name == "run":
        for folder in ("data", "notebooks"):
            (tmp_path / folder).mkdir()
        (tmp_path / "data" / "datapackage.json").write_text("{}")
        assert "no notebook named like" in command(name, TIELINES_ROOT=str(tmp_path)).stderr


def test_a_reader_who_has_read_enough_gets_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run([sys.executable, "-m", "tielines", "check"], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (run.returncode, run.stderr) == (1, "")


def test_what_jupyterlab_is_to_call_when_it_saves_is_there():
    module, name = re.search(r"pre_save_hook=([\w.]+)\.(\w+)", (ROOT / "Makefile").read_text(encoding="utf-8")).groups()
    assert getattr(importlib.import_module(module), name) is notebooks.before_save


def test_a_checkout_has_the_same_bytes_on_every_system():
    paths = [str(p.relative_to(ROOT)) for p in tracked()]
    listed = ["git", "-C", str(ROOT), "check-attr", "-z", "text", "eol", "--", *paths]
    told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")
    found = {}
    for path, attribute, value in zip(told[::3], told[1::3], told[2::3], strict=False):
        found.setdefault(path, {})[attribute] = value
    assert sorted(found) == sorted(paths)
    for path, has in found.items():
        picture = path.endswith((".png", ".pdf", ".xlsx", ".docx"))
        assert has["text"] == "unset" if picture else (has["text"], has["eol"]) in (("auto", "lf"), ("set", "lf")), path
        assert picture or b"\r\n" not in (ROOT / path).read_bytes(), path


def test_importing_tielines_imports_no_plotting():
    code = "import sys, tielines; print([m for m in ('matplotlib', 'pandas', 'seaborn') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_public_functions_say_what_they_do():
    import ast

    for path in sorted((ROOT / "src" / "tielines").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path.name
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
