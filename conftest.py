"""Figures of a test run go to a temporary folder; nbval compares text only; the tree stays clean."""

import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
collect_ignore_glob = ["notebooks/[!0-9]*", "notebooks/[0-9][!0-9]*"]  # one's own notebooks are not tested
ALONE = {f"test_{name}.py" for name in "apart checks filters notebooks project tables texts".split()}
MADE = []  # what this process made and removes again


def _temporary(prefix):
    MADE.append(tempfile.mkdtemp(prefix=prefix))
    return MADE[-1]


def _tree():
    status = subprocess.run(
        ["git", "-C", str(ROOT), "status", "--porcelain", "--ignore-submodules"],
        capture_output=True,
        text=True,
    )
    return status.stdout if status.returncode == 0 else None


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        os.environ["TIELINES_FIGURES"] = _temporary("figures")
        config.tree_before = _tree()
    _kernels_over_ipc()


def _kernels_over_ipc():
    """No TCP ports: kernels that start together would race for them."""
    import nbval.kernel

    manager, folder = nbval.kernel.KernelManager, _temporary("nbk")

    def start(**kwargs):
        return manager(transport="ipc", connection_file=f"{folder}/{uuid.uuid4().hex[:8]}.json", **kwargs)

    nbval.kernel.KernelManager = start


def pytest_sessionfinish(session):
    before = getattr(session.config, "tree_before", None)
    if before is not None and _tree() != before:
        print("\nthe tests changed the tree:\n" + _tree())
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure():
    while MADE:
        shutil.rmtree(MADE.pop(), ignore_errors=True)


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "text/html", "image/svg+xml")


def pytest_xdist_make_scheduler(config, log):
    """Files stay together, the largest first; last come the tests of those that share nothing, each where a worker is free."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return nodeid if Path(nodeid.split("::")[0]).name in ALONE else nodeid.split("::")[0]

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def data():
    from tielines import dataset  # pandas comes with it, and what deals out the tests has no use for it

    return dataset.load()


@pytest.fixture(scope="session")
def article_texts(data):
    """{article_id: text}; tests that need the texts skip visibly where they are not there."""
    from tielines import texts

    try:
        found = texts.find_texts(data.articles["article_id"])
    except texts.TextsMissing as missing:
        pytest.skip(str(missing))
    if len(found) < len(data.articles):
        pytest.skip(f"only {sorted(found)} of the texts are there")
    return found


@pytest.fixture
def copy(tmp_path):
    """A folder with a copy of data/, to break."""
    from tielines import tables

    return shutil.copytree(tables.DATA, tmp_path / "data")
