"""Kill ``run --all`` at random moments: does the next ``run`` repair everything? ``make kills`` does it to a copy.

After SIGTERM nothing may be half-written and nobody left; after SIGKILL the next ``run`` must give back each byte.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil

from tielines import ROOT

PARTS = ("data", "notebooks", "src", "figures", "constraints.txt")  # of the repository, as far as a run needs it


def copied(folder: Path) -> Path:
    """A repository that may be spoilt."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "local", "*.egg-info")
            )
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def tree(root: Path) -> dict[str, bytes]:
    """Every file that a run may write, but for the stamps."""
    kept = (p for part in ("notebooks", "figures", "own") for p in (root / part).rglob("*") if p.is_file())
    return {str(p.relative_to(root)): p.read_bytes() for p in kept if ".ipynb_checkpoints" not in p.parts}


def spoil(root: Path) -> None:
    """Take away all that a run writes, so that each run writes all of it."""
    for path in (root / "figures").glob("*.*"):
        path.unlink()
    for path in (root / "notebooks").glob("*.ipynb"):
        content = json.loads(path.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell.update({"outputs": []} if cell["cell_type"] == "code" else {})
        path.write_text(json.dumps(content), encoding="utf-8")


class Runs:
    """Runs of one repository that can be told from all other processes."""

    def __init__(self, root: Path):
        self.root, self.mark = root, uuid.uuid4().hex
        self.env = os.environ | {
            "TIELINES_ROOT": str(root),
            "TIELINES_MARK": self.mark,
            "PYTHONPATH": str(root / "src"),
        }
        self.env.pop("TIELINES_FIGURES", None)

    def start(self, *args) -> subprocess.Popen:
        command = [sys.executable, "-m", "tielines", "run", *args]
        return subprocess.Popen(command, cwd=self.root, env=self.env, stdout=-1, stderr=-1, text=True)

    def whole(self, *args) -> str:
        """The output of a run that must succeed."""
        run = self.start(*args)
        out, told = run.communicate(timeout=600)
        assert run.returncode == 0, told[-2000:]
        return out

    def left(self) -> list[int]:
        """Processes that such a run started and that are still there."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("TIELINES_MARK") == self.mark
                found += [process.pid] if ours and process.status() != psutil.STATUS_ZOMBIE else []
            except psutil.Error:
                pass
        return found

    def kill(self, sent: signal.Signals, after: float) -> str:
        """Start a whole run, send it a signal after some seconds, repair. Raises AssertionError; what happened."""
        before = tree(self.root)
        spoil(self.root)
        run = self.start("--all")
        time.sleep(after)
        run.send_signal(sent)
        at = time.monotonic()
        _, told = run.communicate(timeout=60)
        took = time.monotonic() - at
        while self.left():
            assert time.monotonic() - at < 20, f"{sent.name} after {after:.2f} s: {self.left()} are left"
            time.sleep(0.05)
        gone = time.monotonic() - at
        parts = [p for p in tree(self.root) if p.endswith(".part")]
        if sent != signal.SIGKILL and run.returncode not in (0, -sent):  # ended before, or not yet begun
            lines = [line for line in told.replace("\r", "\n").splitlines() if line and not line.startswith("run:")]
            assert run.returncode == 128 + sent, (run.returncode, told)
            assert len(lines) == 1 and lines[0].startswith("tielines: stopped"), told
            assert parts == [], parts
        self.whole()
        now = tree(self.root)
        changed = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
        assert changed == [], f"{sent.name} after {after:.2f} s: {changed} not repaired"
        assert "are fresh" in self.whole()
        return (
            f"{sent.name} after {after:.2f} s: exit {run.returncode} in {took:.2f} s, all gone in {gone:.2f} s, "
            f"{len(parts)} parts left by it, repaired"
        )


def main() -> int:
    """Ten SIGKILLs and five SIGTERMs at random moments of a whole run of a copy of this repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="of the moments")
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    chance, bad = random.Random(args.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(copied(Path(folder).resolve()))
        begun = time.monotonic()
        runs.whole("--all")
        whole = time.monotonic() - begun
        for sent in [signal.SIGKILL] * 10 + [signal.SIGTERM] * 5:
            try:
                print(runs.kill(sent, 0.1 + chance.random() * whole), flush=True)
            except AssertionError as error:
                bad += 1
                print(f"NOT REPAIRED: {error}", flush=True)
    print(f"{15 - bad} of 15 repaired")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
