"""Run the notebooks: only the stale ones, in parallel, each written back only when it ran to its end.

nbclient runs the cells in real kernels, as nbval does under test. On Linux the kernels are forked from a
server that has libraries and package imported and no threads; elsewhere, where a fork is not safe, they are spawned.
"""

import json
import math
import os
import re
import signal
import sys
import time
from contextlib import contextmanager, suppress
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

from tielines import MARK, ROOT, files

__all__ = "CellError before_save checked find gallery inputs run shown stale tidy warm".split()


def __dir__():
    return __all__


NOTEBOOKS = ROOT / "notebooks"
STAMPS = ROOT / ".cache" / "stamps.json"
INPUTS = "data/**/*.csv", "data/**/*.json", "src/tielines/**/*.py", "constraints.txt"
PRELOADED = (
    "ipykernel.kernelapp pandas matplotlib.pyplot seaborn great_tables fontTools.subset matplotlib.backends.backend_pdf "
    "matplotlib.backends.backend_svg PIL.PngImagePlugin openpyxl docx tielines.preloaded"
).split()
START = "forkserver" if sys.platform == "linux" else "spawn"
TRANSPORT = "tcp" if sys.platform == "win32" else "ipc"  # kernels that start together race for ports
SEQUENCE = "[0-9][0-9]-*.ipynb"  # any other notebook in the folder is its owner's
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
    """The notebooks of the sequence, in their order."""
    return sorted((folder or NOTEBOOKS).glob(SEQUENCE))


def stale(notebooks: list[Path]) -> list[Path]:
    """Those whose cells, outputs, figures, data, package or versions are not those that the last run left."""
    known, before = _stamps(), inputs()
    return [n for n in notebooks if known.get(n.name, ("",))[0] != _stamp(n, before)]


def tidy(notebooks: list[Path]) -> list[Path]:
    """Take out what saving in JupyterLab added, where nothing else changed; returns those rewritten."""
    known, before, changed = _stamps(), inputs(), []
    for path in stale(notebooks):
        nbformat = _libraries()
        with suppress(Exception):  # no notebook: to be told when it runs
            text = nbformat.v4.writes(_tidied(nbformat.v4.reads(path.read_text(encoding="utf-8")))) + "\n"
            if known.get(path.name, ("",))[0] == _stamp(path, before, text.encode()):
                changed += [path] if files.write(path, text) else []
    return changed


def before_save(model: dict, path: str = "", **_) -> None:
    """A hook of Jupyter's server: notebooks of the sequence are saved as ``run`` writes them."""
    if model["type"] == "notebook" and Path(path).match(f"notebooks/{SEQUENCE}"):
        _tidied(model["content"])


def _tidied(content: dict) -> dict:
    content["metadata"] = METADATA
    for cell in content["cells"]:
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k in KEPT}
    return content


def checked(check) -> list:
    """The bad rows that ``check()`` finds; none where it found none in exactly these data with this package."""
    now = files.sha256(inputs())
    if _stamps().get("check", ("",))[0] == now:
        return []
    problems = check()
    if not problems:
        _write_stamp("check", now)
    return problems


def shown() -> bool:
    """Whether figures/README.md and index.html are those of these bundles, tables and this package."""
    return _stamps().get("gallery", ("",))[0] == _gallery_stamp()


def gallery(write) -> None:
    """Let ``write()`` renew figures/README.md and index.html where they are not those of now."""
    if not shown():
        write()
        _write_stamp("gallery", _gallery_stamp())


def _gallery_stamp() -> str:
    folder = ROOT / "figures"
    paths = [
        *sorted(folder.glob("*.json")),
        folder / "README.md",
        folder / "index.html",
        ROOT / "src/tielines/page.html",
    ]
    hashes = [f"{p.name} {files.sha256(p.read_bytes())}" for p in paths if p.is_file()]
    return files.sha256("\n".join([inputs(), *hashes]))


def warm(start: str | None = None) -> None:
    """Let the server of kernels import its libraries while something else is done here."""
    from multiprocessing import forkserver, get_context

    if (start or START) == "forkserver":
        get_context("forkserver").set_forkserver_preload(PRELOADED)
        with _deaf():
            forkserver.ensure_running()


def run(notebooks: list[Path], progress=None, workers=None, timeout: int = 120, start=None) -> list[Path]:
    """Run notebooks side by side and write those that ran to their end; returns those whose file changed.

    ``progress`` is called with the path of each that ran; ``timeout`` is in seconds a cell; ``start`` is a start
    method of multiprocessing. The first that fails stops the others, and is raised as CellError. In the folder of a
    run of one's own no stamps are kept.
    """
    import asyncio
    from multiprocessing import get_context

    warm(start)
    apart = next((path.parents[1] for path in notebooks if (path.parents[1] / MARK).is_file()), None)
    _sweep(apart)
    _libraries()
    known, before, changed, told = _stamps(), inputs(), set(), []

    def process_of(*args):
        process = get_context(start or START).Process(target=_kernel, args=(*args, (str(apart or ROOT), before)))
        with _deaf():
            process.start()
        return process

    async def one(path: Path, turn: asyncio.Semaphore) -> None:
        try:
            old = path.read_bytes()
            new, seconds = await _execute(path, old, turn, process_of, timeout)
            if path.read_bytes() != old:
                raise CellError(path.name, 0, "edited while it ran, so it is not written; run it again")
            if files.write(path, new):
                changed.add(path)
            if not apart:
                _write_stamp(path.name, _stamp(path, before), seconds)
        except (OSError, EOFError) as error:
            ours = isinstance(error, files.TielinesError)
            raise CellError(path.name, 0, str(error) if ours else f"{type(error).__name__}: {error}") from error
        if progress:
            progress(path)

    async def every() -> None:
        lanes = workers or os.cpu_count() or 1
        turn = asyncio.Semaphore(lanes)
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        # A signal ends tasks where they wait, not anywhere: what is to be tidied up is tidied up.
        with signals(lambda number, _: told or (told.append(number), loop.call_soon_threadsafe(this.cancel))):
            async with asyncio.TaskGroup() as group:
                for path in _order(notebooks, {name: seconds for name, (_, seconds) in known.items()}, lanes):
                    group.create_task(one(path, turn))

    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # on Windows zmq needs this loop
            runner.run(every())
    except BaseExceptionGroup as failed:
        raise min(failed.exceptions, key=lambda error: getattr(error, "notebook", "")) from None
    except asyncio.CancelledError:
        raise KeyboardInterrupt(*told) from None
    finally:
        _sweep(apart)
    return [n for n in notebooks if n in changed]


def _order(notebooks: list[Path], seconds: dict[str, float], lanes: int) -> list[Path]:
    """The order in which they are all done soonest, by the seconds that each took last; else, and of many, the longest first."""
    took = {n: seconds.get(n.name, math.inf) for n in notebooks}
    longest = sorted(notebooks, key=lambda n: (-took[n], -n.stat().st_size))

    def end(order):
        ends = [0.0] * lanes
        for notebook in order:
            ends[ends.index(min(ends))] += took[notebook]
        return max(ends)

    return min(permutations(longest), key=end) if len(longest) < 8 else longest


@contextmanager
def signals(handler):
    """Within the block, a signal to stop calls the handler."""
    before = {}
    with suppress(ValueError):  # only the main thread may
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _libraries():
    """nbformat (and nbclient), without a grammar that takes a second to build and that no notebook needs."""
    unwanted = {"rfc3987_syntax": None}.items() - sys.modules.items() if "rfc3987_syntax" not in sys.modules else ()
    sys.modules.update(unwanted)
    import nbclient  # noqa: F401 (it imports both)
    import nbformat

    for name, _ in unwanted:
        del sys.modules[name]
    return nbformat


@contextmanager
def _deaf():
    """What starts in the block never hears of a Ctrl-C in the terminal, which goes to a whole group."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _execute(path: Path, old: bytes, turn, process_of, timeout: int) -> tuple[str, float]:
    """A notebook's text with new outputs, and the seconds that its cells took. Raises CellError."""
    import asyncio

    import nbformat
    from nbclient import exceptions

    try:
        content = nbformat.v4.reads(old.decode())
        nbformat.validate(content)
    except Exception as error:  # of a dozen types
        raise CellError(path.name, 0, f"not a notebook: {error}".split("\n")[0][:300]) from error
    content = nbformat.from_dict(_tidied(content))
    number = 0
    with _client(content, path.parent, process_of, timeout) as (client, process):
        ready = asyncio.create_task(client.kc.wait_for_ready(timeout=60))  # while others run
        try:
            async with turn:  # in the order in which they were started
                await ready
                client.kc.allow_stdin = False
                begun = time.monotonic()
                for index, cell in enumerate(content.cells):
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
        except RuntimeError as error:
            if asyncio.current_task().cancelling():  # which nbclient takes for a death
                raise asyncio.CancelledError from None
            ended = process.exitcode
            cause = f"its kernel gave no answer: {error}" if ended is None else f"its kernel died, exit code {ended}"
            raise CellError(path.name, number, cause) from None
        finally:
            ready.cancel()
    content["metadata"] = METADATA
    return nbformat.v4.writes(content) + "\n", seconds


@contextmanager
def _client(content, folder: Path, process_of, timeout: int):
    """A client with its kernel, in a process that ends with the block, and the process."""
    import asyncio
    import logging
    import tempfile

    from jupyter_client import AsyncKernelManager
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as place:
        manager = AsyncKernelManager(transport=TRANSPORT, connection_file=f"{place}/kernel.json")
        manager.write_connection_file()
        process = process_of(manager.connection_file, folder, dict(os.environ))
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


def _kernel(connection_file: str, folder: Path, environ: dict[str, str], wanted: tuple[str, str]) -> None:
    """Be the kernel of one notebook, to the end of this process."""
    import gc
    from threading import Thread

    if getattr(sys.modules.get("tielines.preloaded"), "INPUTS", None) != wanted:  # the server is older, or elsewhere
        for name in [n for n in sys.modules if n.split(".")[0] == "tielines"]:
            del sys.modules[name]
    gc.freeze()  # what the server imported need not be looked through again
    gc.set_threshold(100_000)  # a figure is tens of thousands of objects; by 700 at a time a sixth of the run goes
    os.environ.clear()  # the server's environment is as old as the server
    os.environ.update(environ)
    os.chdir(folder)
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()
    import matplotlib
    import pandas as pd
    from ipykernel.kernelapp import IPKernelApp

    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    pd.set_option("display.max_columns", 20)  # both as they set themselves when imported in a kernel
    app = IPKernelApp.instance(parent_handle=os.getppid(), log_level=40)  # so it prints no words of welcome
    app.initialize(["-f", connection_file, "--HistoryManager.hist_file=:memory:"])
    app.start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent_process().join()
    with suppress(AttributeError):  # no groups on Windows
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _sweep(apart: Path | None = None) -> None:
    """Remove the parts of files whose writers were killed; also in the folder of a run of one's own."""
    figures = ROOT / (os.environ.get("TIELINES_FIGURES") or "figures")
    own = [apart, *(apart / part for part in ("data", "data/derived", "notebooks", "figures", "own"))] if apart else []
    for folder in (NOTEBOOKS, STAMPS.parent, figures, figures / "local", figures / "own", ROOT / "own", *own):
        for part in folder.glob(".*.part"):
            with suppress(OSError, ValueError):
                if not _writes(int(part.name.split(".")[-2]), part.stat().st_mtime):
                    part.unlink()


def _writes(pid: int, since: float) -> bool:
    """Whether a process is there that was there already at that time."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.create_time() <= since and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _shown(outputs: list) -> str:
    """The first error that outputs show; a kernel does not count an unknown magic as one, nor some in a repr."""
    for output in outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
        if output.get("name") == "stderr" and (usage := re.search(r"^UsageError: .*", output.text, re.M)):
            return usage[0]
    return ""


def inputs() -> str:
    """All that any notebook's outputs come from, apart from itself: paths with hashes, and where figures go."""
    paths = sorted(path for pattern in INPUTS for path in ROOT.glob(pattern))
    hashes = [f"{path.relative_to(ROOT)} {files.sha256(path.read_bytes())}" for path in paths]
    return "\n".join([os.environ.get("TIELINES_FIGURES", ""), *hashes])


def _stamp(notebook: Path, inputs: str, content: bytes | None = None) -> str:
    """The hash of what a notebook's outputs come from, of itself and of its figures."""
    figures = ROOT / (os.environ.get("TIELINES_FIGURES") or "figures")
    paths = sorted(figures.glob(f"{notebook.stem.split('-')[0]}-*.*"))
    hashes = [f"{path.name} {files.sha256(path.read_bytes())}" for path in paths]
    return files.sha256("\n".join([inputs, *hashes, ""]).encode() + (content or notebook.read_bytes()))


def _stamps() -> dict[str, tuple[str, float]]:
    """{notebook: (stamp, seconds)} of the last runs; none where the file is damaged or not ours."""
    try:
        known = json.loads(STAMPS.read_text(encoding="utf-8"))
        return {name: (str(stamp), float(seconds)) for name, (stamp, seconds) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_stamp(name: str, stamp: str, seconds: float = 0) -> None:
    files.write(STAMPS, json.dumps(_stamps() | {name: (stamp, seconds)}, indent=1))
