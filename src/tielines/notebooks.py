"""Run the notebooks: only the stale ones, in parallel, each written back only when it ran to its end.

nbclient runs the cells in real kernels, as nbval does under test. On Linux the kernels are forked from a
server that has the libraries imported and no threads; elsewhere, where a fork is not safe, they are spawned.
"""

import asyncio
import json
import logging
import math
import os
import re
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, get_context, parent_process
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

from tielines import ROOT, files

__all__ = "CellError find run stale".split()


def __dir__():
    return __all__


NOTEBOOKS = ROOT / "notebooks"
STAMPS = ROOT / ".cache" / "stamps.json"
INPUTS = "data/**/*.csv", "data/**/*.json", "src/tielines/**/*.py", "constraints.txt"
PRELOADED = ["ipykernel.kernelapp", "pandas", "matplotlib.pyplot", "seaborn", "great_tables"]
KEPT = "tags", "jupyter"  # of a cell's metadata
METADATA = {  # no version of Python: that differs from machine to machine
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class CellError(files.TielinesError):
    """A notebook did not run to its end: its name, the cell's number as in In[n] (0: no cell), the cause."""

    def __init__(self, notebook: str, cell: int, cause: str):
        super().__init__(notebook, cell, cause)
        self.notebook, self.cell, self.cause = notebook, cell, " ".join(cause.split())

    def __str__(self) -> str:
        return f"{self.notebook}{f', code cell {self.cell}' if self.cell else ''}: {self.cause}"


def find(folder: Path | None = None) -> list[Path]:
    """The notebooks, in their order."""
    return sorted((folder or NOTEBOOKS).glob("[0-9]*.ipynb"))


def stale(notebooks: list[Path]) -> list[Path]:
    """Those whose cells, outputs, data, package or versions changed since they ran, or whose bundles are not whole."""
    known, before = _stamps(), _inputs()
    changed = [n for n in notebooks if known.get(n.name, ("",))[0] != _stamp(n, before)]
    if len(changed) == len(notebooks):
        return changed
    from tielines import figures  # slow to import

    return [n for n in notebooks if n in changed or (hasattr(figures, "broken") and figures.broken(n.stem))]


def run(notebooks: list[Path], progress=None, workers=None, timeout: int = 120, start=None) -> list[Path]:
    """Run notebooks side by side and write those that ran to their end; returns those whose file changed.

    ``progress`` is called with the path of each that ran; ``timeout`` is in seconds a cell; ``start`` is a start
    method of multiprocessing. Raises CellError once all have ended: the first one, in the order of the names.
    """
    known, before, changed = _stamps(), _inputs(), set()
    context = get_context(start or ("forkserver" if sys.platform == "linux" else "spawn"))
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()  # imports its libraries while nbclient is imported here

    async def one(path: Path, turn: asyncio.Semaphore) -> None:
        try:
            old = path.read_bytes()
            new, seconds = await _execute(path, old, turn, context, timeout)
            if path.read_bytes() != old:
                raise CellError(path.name, 0, "edited while it ran, so it is not written; run it again")
            if files.write(path, new):
                changed.add(path)
            files.write(STAMPS, json.dumps(_stamps() | {path.name: (_stamp(path, before), seconds)}, indent=1))
        except OSError as error:
            raise CellError(path.name, 0, f"{type(error).__name__}: {error}") from error
        if progress:
            progress(path)

    async def every() -> list:
        turn = asyncio.Semaphore(workers or os.cpu_count())
        longest_first = sorted(notebooks, key=lambda n: (-known.get(n.name, ("", math.inf))[1], -n.stat().st_size))
        return await asyncio.gather(*(one(n, turn) for n in longest_first), return_exceptions=True)

    failed = [error for error in asyncio.run(every()) if error]
    if failed:
        raise min(failed, key=lambda error: getattr(error, "notebook", ""))
    return [n for n in notebooks if n in changed]


async def _execute(path: Path, old: bytes, turn: asyncio.Semaphore, context, timeout: int) -> tuple[str, float]:
    """A notebook's text with new outputs, and the seconds that its cells took. Raises CellError."""
    import nbformat
    from nbclient import exceptions

    try:
        content = nbformat.v4.reads(old.decode())
        nbformat.validate(content)
    except Exception as error:  # of a dozen types
        raise CellError(path.name, 0, f"not a notebook: {error}".split("\n")[0]) from error
    number = 0
    with _client(content, path.parent, context, timeout) as (client, process):
        try:
            async with turn:  # in the order in which they were started
                await client.kc.wait_for_ready(timeout=60)
                client.kc.allow_stdin = False
                begun = time.monotonic()
                for index, cell in enumerate(content.cells):
                    cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT})
                    if cell.cell_type == "code":
                        number += bool(cell.source.strip())  # In[n] does not count empty cells
                        cell.outputs, cell.execution_count = [], None
                        await client.async_execute_cell(cell, index)
                        if error := _shown(cell.outputs):
                            raise CellError(path.name, number, error)
                seconds = round(time.monotonic() - begun, 2)
        except exceptions.CellExecutionError as error:
            cause = _shown(cell.outputs) or f"{error.ename}: {error.evalue}"
            raise CellError(path.name, number, cause) from None  # it repeats the whole traceback
        except exceptions.CellTimeoutError:
            raise CellError(path.name, number, f"no end after {timeout} seconds") from None
        except RuntimeError:
            raise CellError(path.name, number, f"its kernel died, exit code {process.exitcode}") from None
    content.metadata = METADATA
    return nbformat.v4.writes(content) + "\n", seconds


@contextmanager
def _client(content, folder: Path, context, timeout: int):
    """A client with its kernel, in a process that ends with the block, and the process."""
    from jupyter_client import AsyncKernelManager
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as place:
        transport = "tcp" if sys.platform == "win32" else "ipc"  # kernels that start together race for ports
        manager = AsyncKernelManager(transport=transport, connection_file=f"{place}/kernel.json")
        manager.write_connection_file()
        process = context.Process(target=_kernel, args=(manager.connection_file, folder, dict(os.environ)))
        process.start()
        manager.provisioner = SimpleNamespace(has_process=True, poll=lambda: asyncio.sleep(0, process.exitcode))
        client = NotebookClient(content, manager, timeout=timeout, iopub_timeout=timeout, raise_on_iopub_timeout=True)
        client.skip_cells_with_tag = ""  # none is skipped
        client.coalesce_streams, client.record_timing = True, False  # streams come in pieces as time has it
        client.log = logging.Logger("quiet", logging.CRITICAL)  # what it would log it raises as well
        client.kc = manager.client()
        client.kc.start_channels()
        try:
            yield client, process
        finally:
            with suppress(AttributeError, ProcessLookupError):  # no groups on Windows; not one yet, or ended
                os.killpg(process.pid, signal.SIGKILL)  # with what its cells have started
            process.kill()
            process.join()
            client.kc.stop_channels()


def _kernel(connection_file: str, folder: Path, environ: dict[str, str]) -> None:
    """Be the kernel of one notebook, to the end of this process."""
    os.environ.clear()  # the server's environment is as old as the server
    os.environ.update(environ)
    os.chdir(folder)
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own
    Thread(target=_end_with_parent, daemon=True).start()
    import matplotlib
    import pandas as pd
    from ipykernel.kernelapp import IPKernelApp

    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    pd.set_option("display.max_columns", 20)  # both as they set themselves when imported in a kernel
    app = IPKernelApp.instance(parent_handle=os.getppid())  # so it prints no words of welcome
    app.initialize(["-f", connection_file, "--HistoryManager.hist_file=:memory:"])
    app.start()


def _end_with_parent() -> None:
    parent_process().join()
    with suppress(AttributeError):  # no groups on Windows
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _shown(outputs: list) -> str:
    """The first error that outputs show; a kernel does not count an unknown magic as one, nor some in a repr."""
    for output in outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
        if output.get("name") == "stderr" and (usage := re.search(r"^UsageError: .*", output.text, re.M)):
            return usage[0]
    return ""


def _inputs() -> str:
    """All that any notebook's outputs come from, apart from itself: paths with hashes, and where figures go."""
    paths = sorted(path for pattern in INPUTS for path in ROOT.glob(pattern))
    hashes = [f"{path.relative_to(ROOT)} {files.sha256(path.read_bytes())}" for path in paths]
    return "\n".join([os.environ.get("TIELINES_FIGURES", ""), *hashes])


def _stamp(notebook: Path, inputs: str) -> str:
    return files.sha256(inputs.encode() + notebook.read_bytes())


def _stamps() -> dict[str, tuple[str, float]]:
    """{notebook: (stamp, seconds)} of the last runs; none where the file is damaged or not ours."""
    try:
        known = json.loads(STAMPS.read_text(encoding="utf-8"))
        return {name: (str(stamp), float(seconds)) for name, (stamp, seconds) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
