"""What holds the project's files together."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml

import tielines
from tielines import ROOT, tables

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split() if line)

EXTRAS = PROJECT["optional-dependencies"]
WANTED = PROJECT["dependencies"] + EXTRAS["test"] + EXTRAS["office"]


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
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert path.stem in readme
    for table in tables.resources():
        assert f"`{table}`" in readme or f"{table}.csv" in readme, table
    for target in re.findall(r"\]\((?!http)([^)#]+)", readme):
        assert (ROOT / target).exists(), target


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
