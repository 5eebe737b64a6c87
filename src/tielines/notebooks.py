"""Run the notebooks: only the stale ones, in parallel, each written back only when it ran to its end.

A worker is forked from this process with pandas and matplotlib already imported and runs the cells
in an IPython shell of its own; nbval, under test, runs them again in real Jupyter kernels.
"""

import hashlib
import json
import os
import re
import sys
import traceback
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from tielines import ROOT

NOTEBOOKS = ROOT / "notebooks"
STAMPS = ROOT / ".cache" / "stamps.json"
LIBRARIES = ("pandas", "matplotlib", "seaborn", "ipython")


class CellError(Exception):
    """A cell raised: notebook, number of the code cell (from 1), the error, its traceback."""

    def __init__(self, notebook: str, cell: int, error: str, trace: str = ""):
        super().__init__(notebook, cell, error, trace)
        self.notebook, self.cell, self.error, self.trace = notebook, cell, error, trace

    def __str__(self) -> str:
        return f"{self.notebook}, code cell {self.cell}: {self.error}"


def find(folder: Path | None = None) -> list[Path]:
    """The notebooks, in their order."""
    return sorted((folder or NOTEBOOKS).glob("[0-9]*.ipynb"))


def _digest(paths) -> str:
    digest = hashlib.sha256(" ".join(map(version, LIBRARIES)).encode() + sys.version.encode())
    for path in paths:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def inputs(notebook: Path) -> str:
    """A hash of all that a notebook's outputs come from: its cells, the data, the package."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    sources = [c["source"] for c in content["cells"]]
    files = [*sorted((ROOT / "data").rglob("*.[cj]s*")), *sorted((ROOT / "src").rglob("*.py"))]
    return hashlib.sha256((json.dumps(sources) + _digest(files)).encode()).hexdigest()


def stamp(notebook: Path, before: str | None = None) -> str:
    """The hash of a notebook's inputs (as they were ``before`` it ran) and of its outputs now."""
    number = notebook.name.split("-")[0]
    return (before or inputs(notebook)) + _digest([notebook, *sorted((ROOT / "figures").glob(f"{number}-*"))])


def stale(notebooks: list[Path]) -> list[Path]:
    """Those whose cells, data, package, outputs or figures changed since they last ran."""
    try:
        known = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        known = {}
    return [n for n in notebooks if known.get(n.name) != stamp(n)]


def run(notebooks: list[Path], progress=None, workers: int | None = None) -> list[Path]:
    """Execute notebooks in parallel; returns those whose file changed.

    ``progress`` is called with each finished notebook's path. Raises CellError at the first error:
    notebooks that run then are stopped, and none that did not run to its end is written.
    """
    changed, before = [], {n: inputs(n) for n in notebooks}
    _warm()
    # A process a notebook, as a kernel is; leaving the block ends those that still run.
    with get_context("fork").Pool(workers or os.cpu_count(), maxtasksperchild=1) as pool:
        largest_first = sorted(notebooks, key=lambda n: -n.stat().st_size)  # the longest must not start last
        for notebook, content in pool.imap_unordered(_job, largest_first, chunksize=1):
            if write(notebook, content):
                changed.append(notebook)
            if progress:
                progress(notebook)
    _remember({n.name: stamp(n, before[n]) for n in notebooks})
    return changed


def _job(notebook: Path) -> tuple[Path, dict]:
    return notebook, execute(notebook)


def _warm():
    """Import in the parent what every notebook imports, so that the forks have it."""
    import IPython.core.interactiveshell  # noqa: F401
    import matplotlib_inline.backend_inline  # noqa: F401

    from tielines import aid, charts, figures, overview, tables, timelines, words  # noqa: F401


def _remember(stamps: dict[str, str]) -> None:
    try:
        known = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        known = {}
    known |= stamps
    STAMPS.parent.mkdir(exist_ok=True)
    part = STAMPS.with_suffix(".part")
    part.write_text(json.dumps(known, indent=1))
    part.replace(STAMPS)


def write(notebook: Path, content: dict) -> bool:
    """Write a notebook whole where its content differs; whether it did."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    if notebook.exists() and notebook.read_text(encoding="utf-8") == text:
        return False
    part = notebook.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(notebook)
    return True


def execute(notebook: Path) -> dict:
    """Run every code cell in a fresh shell; the notebook as JSON, with its new outputs."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    os.chdir(notebook.parent)
    shell, count = _shell(), 0
    for cell in content["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        outputs = _run_cell(shell, "".join(cell["source"]), count, notebook.name)
        cell |= {"execution_count": count, "outputs": outputs, "metadata": _plain(cell["metadata"])}
    content["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return content


def _plain(metadata: dict) -> dict:
    return {k: v for k, v in metadata.items() if k == "tags"}


def _shell():
    """An IPython shell as a kernel sets it up: inline figures, results kept instead of printed."""
    import pandas as pd
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell

    inline = "module://matplotlib_inline.backend_inline"
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib import pyplot as plt
    from matplotlib_inline.backend_inline import configure_inline_support

    class Hook(DisplayHook):
        def start_displayhook(self):
            self.shell.results = []

        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            self.shell.results.append((format_dict, md_dict or {}))

        def finish_displayhook(self):
            pass

    class LikeZMQ(InteractiveShell):  # pandas knows a notebook by these letters and folds tables as there
        displayhook_class = Hook

        def enable_gui(self, gui=None):
            pass

    shell = LikeZMQ.instance(colors="nocolor")
    shell.history_manager.enabled = False
    activate_matplotlib(inline)
    pd.set_option("display.max_columns", 20)  # what pandas itself sets where it is imported in a kernel
    plt.close("all")  # a figure of the parent's would be drawn into
    configure_inline_support(shell, inline)
    return shell


def _run_cell(shell, source: str, count: int, name: str) -> list[dict]:
    from IPython.utils.capture import capture_output

    unknown = [m for m in re.findall(r"^%%?(\w+)", source, re.M) if not _magic(shell, m)]
    if unknown:  # IPython itself only prints an error and goes on
        raise CellError(name, count, f"UsageError: no magic named {unknown[0]!r}")
    shell.execution_count, shell.results = count, []
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=False)
    if error := result.error_before_exec or result.error_in_exec:
        trace = "".join(traceback.format_exception(error))
        raise CellError(name, count, f"{type(error).__name__}: {error}", trace)
    outputs = []
    for stream in ("stdout", "stderr"):
        if text := getattr(captured, stream):
            outputs.append({"name": stream, "output_type": "stream", "text": _lines(text)})
    for data, metadata in shell.results:
        mime = {"data": _mime(data), "execution_count": count, "metadata": metadata}
        outputs.append({**mime, "output_type": "execute_result"})
    for shown in captured.outputs:
        mime = {"data": _mime(shown.data), "metadata": shown.metadata or {}}
        outputs.append({**mime, "output_type": "display_data"})
    return outputs


def _mime(data: dict) -> dict:
    """Text as a list of lines, as Jupyter stores it; images as they are."""
    return {k: v if k.startswith("image/p") else _lines(v) for k, v in sorted(data.items())}


def _magic(shell, name: str):
    return shell.find_magic(name) or shell.find_magic(name, "cell")


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
