"""A run of one's own: the notebooks with filters set, or on other tables, in a folder that needs nothing of the repository's outputs.

The folder has notebooks/, figures/ and the tables in data/. A file marks it; in its notebooks the package reads and writes there.
"""

import ast
import json
import re
from pathlib import Path

from tielines import MARK, ROOT, files, notebooks, tables
from tielines.files import TielinesError

__all__ = "chosen finish narrowed prepare settings".split()


def __dir__():
    return __all__


ASSIGNED = re.compile(r"(\w+) = (.*?)(\s+#.*)?")  # a line of a cell of parameters


def _parameters(content: dict) -> dict:
    """The first code cell tagged ``parameters``. Raises TielinesError."""
    for cell in content["cells"]:
        if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", ()):
            return cell
    raise TielinesError("no cell is tagged `parameters`")


def _content(path: Path) -> dict:
    try:
        content = json.loads(files.read_text(path))
        _parameters(content)
        return content
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TielinesError(f"{path.name}: not a notebook with filters: {error}") from None


def settings(pairs: list[str], path: Path) -> dict[str, str | bool]:
    """{filter: value} of ``name=value`` pairs, for the filters that a notebook has. Raises TielinesError naming the nearest one."""
    lines = "".join(_parameters(_content(path))["source"]).splitlines()
    known = {found[1]: ast.literal_eval(found[2]) for line in lines if (found := ASSIGNED.fullmatch(line))}
    wanted = {}
    for pair in pairs:
        name, mark, value = (part.strip() for part in pair.partition("="))
        if not mark or name not in known:
            near = tables.nearest(name, known) or "none"
            rule = f"no filter {files.shown(name)}" if mark else "write name=value, as about=Cuba"
            raise TielinesError(f"--set {files.shown(pair)}: {rule}; nearest: {near}; there are {', '.join(known)}")
        if name in wanted:
            raise TielinesError(
                f"--set {files.shown(pair)}: {name} is set twice; a list has commas, as about=Cuba,Iran"
            )
        if isinstance(known[name], bool):
            if value not in tables.YES_NO:
                near = tables.nearest(value, tables.YES_NO) or "yes"
                raise TielinesError(f"--set {files.shown(pair)}: {name} is yes or no; nearest: {near}")
            value = value == "yes"
        wanted[name] = value
    return wanted


def chosen(folder: Path) -> Path:
    """A folder that a run may have: new, empty, or one of an earlier run. Raises TielinesError."""
    place, own = folder.resolve(), ROOT / "own"
    if place == own or ROOT in (place, *place.parents) and own not in place.parents:
        near = f"own/{place.name if place not in (ROOT, own) else 'run'}"
        raise TielinesError(f"--out {folder}: in the repository, runs go into a folder in own/; nearest: {near}")
    if place.exists() and not place.is_dir():
        raise TielinesError(f"--out {folder}: this is no folder")
    if place.is_dir() and any(place.iterdir()) and not (place / MARK).is_file():
        raise TielinesError(f"--out {folder}: other things lie there, not a run; name a new folder or an empty one")
    return place


def narrowed(path: Path, values: dict) -> str:
    """A notebook's text with the values set in its cell of parameters, and no outputs. Raises TielinesError."""
    content = _content(path)
    cell, left = _parameters(content), dict(values)
    lines = "".join(cell["source"]).splitlines()
    for n, line in enumerate(lines):
        if (found := ASSIGNED.fullmatch(line)) and found[1] in left:
            value = left.pop(found[1])
            said = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
            lines[n] = f"{found[1]} = {said}{found[3] or ''}"
    if left:
        raise TielinesError(f"{path.name}: it has no filter {', '.join(left)}")
    cell["source"] = "\n".join(lines).splitlines(True)
    for each in content["cells"]:
        each.update({"outputs": [], "execution_count": None} if each["cell_type"] == "code" else {})
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def prepare(folder: Path, books: list[Path], values: dict, data: Path) -> list[Path]:
    """Lay a run out: its mark, the tables, the notebooks without outputs; what an earlier run left goes first. The notebooks."""
    texts = {folder / "notebooks" / book.name: narrowed(book, values) for book in books}
    kept = [
        (path, files.read(data / path))
        for path in ("datapackage.json", *(r["path"] for r in tables.resources(data).values()))
    ]
    _mark(folder, values, whole=False)
    patterns = f"notebooks/{notebooks.SEQUENCE}", "figures/[0-9][0-9]-*.*", "figures/README.md", "figures/index.html"
    for old in [path for pattern in patterns for path in folder.glob(pattern)]:
        old.unlink()
    for path, content in kept:
        files.write(folder / "data" / path, content)
    if (data / "README.md").is_file():
        files.write(folder / "data" / "README.md", files.read(data / "README.md"))
    for path, text in texts.items():
        files.write(path, text)
    return list(texts)


def finish(folder: Path, values: dict) -> None:
    """Mark a run as whole."""
    _mark(folder, values, whole=True)


def _mark(folder: Path, values: dict, whole: bool) -> None:
    about = {"made by": "python -m tielines run --out", "whole": whole, "filters": values}
    files.write(folder / MARK, json.dumps(about, ensure_ascii=False, indent=1) + "\n")
