"""Speed as ratios: each measured beside its rival, interleaved, in one run, median of the rounds.

``make bench`` runs it. A slow ratio fails nothing; a measured command that fails does. What would
write into the tree runs in a temporary copy of it.
"""

import argparse
import ast
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pandas as pd

from tielines import ROOT, checks, files, notebooks, proofs, tables, texts

SKIP = (".git", ".venv", ".cache", ".*_cache", ".hypothesis", "articles", "*.egg-info")
ROWS = []  # of the table at the end


class Failed(Exception):
    """A measured command failed, or did not do what is measured."""


def interleaved(rounds: int, calls: dict) -> dict[str, list[float]]:
    """Seconds of each call, every one of them once a round, in the given order."""
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def span(seconds: list[float]) -> str:
    """``3.21 s (3.10–3.40)``: median, minimum, maximum."""
    scale, unit = (1, "s") if median(seconds) >= 0.1 else (1000, "ms")
    low, mid, high = (f"{scale * f(seconds):.2f}" for f in (min, median, max))
    return f"{mid} {unit} ({low}–{high})"


def report(what: str, ours: list[float], rival: str, theirs: list[float], aim=None, minus=False) -> None:
    """Print one ratio (with ``minus`` the difference in seconds) and keep it for the table."""
    a, b = median(ours), median(theirs)
    value, unit = (a - b, " s") if minus else (a / b, "×")
    said, goal, met = f"{value:.3f}{unit}", "–", "–"
    if aim is not None:
        goal, met = f"≤ {aim}{unit}", "yes" if value <= aim else "no"
    print(f"{what}: {said} (aim {goal}); {span(ours)} against {span(theirs)}, {rival}", flush=True)
    ROWS.append((what, rival, said, goal, met))


class Copy:
    """A temporary copy of the repository, and commands that run in it."""

    def __init__(self, folder: Path):
        self.root, self.out = folder / "copy", folder / "out"
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(*SKIP))
        self.out.mkdir()
        self.books = [str(p) for p in notebooks.find(self.root / "notebooks")]
        self.env = os.environ | {
            "TIELINES_ROOT": str(self.root),
            "TIELINES_ARTICLES": str(texts.folder()),
            "PYTHONPATH": f"{self.root / 'src'}{os.pathsep}{self.root / 'tests'}",
        }

    def run(self, *args, **env) -> str:
        """Run Python with these arguments; its output. Raises Failed, with the end of the output."""
        done = subprocess.run(
            [sys.executable, *args], cwd=self.root, env=self.env | env, capture_output=True, text=True
        )
        if done.returncode:
            raise Failed(f"{shlex.join(args)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def call(self, *args, **env):
        """The same, to be timed later."""
        return lambda: self.run(*args, **env)


def re_running(copy: Copy, rounds: int) -> None:
    """Ratios 1 and 2: ``tielines run`` against the fastest runner of the same notebooks."""
    nbmake = ["-m", "pytest", "-q", "-o", "addopts=", "-p", "no:nbval", "--nbmake", *copy.books]
    convert = ["--to", "notebook", "--execute", "--output-dir", str(copy.out), *copy.books]
    mill = str(copy.out / "papermill.ipynb")
    rivals = {
        "nbmake": copy.call(*nbmake),
        "nbmake -n 2": copy.call(*nbmake, "-n", "2"),
        "papermill": lambda: [copy.run("-m", "papermill", "--cwd", "notebooks", b, mill) for b in copy.books],
        "nbconvert --execute": copy.call("-m", "nbconvert", *convert),
    }
    ours = {"all": copy.call("-m", "tielines", "run", "--all"), "fresh": copy.call("-m", "tielines", "run")}
    seconds = interleaved(rounds, ours | rivals)
    if "are fresh" not in copy.run("-m", "tielines", "run"):
        raise Failed("`tielines run` found a stale notebook right after it ran them all")
    print("rivals: " + "; ".join(f"{name} {span(seconds[name])}" for name in rivals))
    best = min(rivals, key=lambda name: median(seconds[name]))
    report("1 run --all", seconds["all"], best, seconds[best], 0.5)
    report("2 run, nothing changed", seconds["fresh"], best, seconds[best], 0.03)


def testing(copy: Copy, rounds: int) -> None:
    """Ratio 3: the Makefile's test command against the notebooks' cells as one plain script."""
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    test = shlex.split(re.search(r"-m pytest\b.*", make)[0])
    script = ["tests/bench.py", "--plain", *copy.books]
    calls = {
        "plain": copy.call(*script, MPLBACKEND="agg", TIELINES_FIGURES=str(copy.out)),
        "all": copy.call(*test),
        "books": copy.call(*test, "notebooks"),
    }
    seconds = interleaved(rounds, calls)
    report("3 make test", seconds["all"], "cells as a script", seconds["plain"], 2)
    report("3a its notebooks alone", seconds["books"], "cells as a script", seconds["plain"])


def plain(books: list[str]) -> None:
    """The cells of each notebook in a fresh namespace; figures rendered, last values printed."""
    from matplotlib import pyplot as plt

    for book in books:
        os.chdir(Path(book).parent)
        names = {"__name__": "__main__"}
        for cell in json.loads(Path(book).read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                _cell("".join(cell["source"]), names)
            for number in plt.get_fignums():
                plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight", dpi="figure")
            plt.close("all")


def _cell(source: str, names: dict) -> None:
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if last and (value := eval(compile(ast.Expression(last.value), "cell", "eval"), names)) is not None:
        print(repr(value))


def reading(copy: Copy, rounds: int) -> None:
    """Ratio 4: all tables, typed, against pandas on the same files."""
    paths = [tables.DATA / r["path"] for r in tables.resources().values()]
    tables.load()
    calls = {"load": tables.load, "pandas": lambda: [pd.read_csv(p) for p in paths]}
    seconds = interleaved(20 * rounds, calls)
    report("4 tables.load", seconds["load"], "pandas.read_csv", seconds["pandas"], 3)


def checking(copy: Copy, rounds: int) -> None:
    """Ratio 5: all rules of the tables against frictionless on the same package."""
    import frictionless

    def validate():
        found = frictionless.Package(str(tables.DATA / "datapackage.json")).validate()
        if not found.valid:
            raise Failed(f"frictionless: {found.flatten(['name', 'rowNumber', 'fieldName', 'message'])[:5]}")

    def check():
        if found := checks.check():
            raise Failed(f"check: {found[0]}")

    check()
    validate()
    seconds = interleaved(4 * rounds, {"check": check, "validate": validate})
    report("5 checks.check, warm", seconds["check"], "frictionless", seconds["validate"], 1.3)
    theirs = copy.call("-m", "frictionless", "validate", "data/datapackage.json")
    seconds = interleaved(rounds, {"check": copy.call("-m", "tielines", "check"), "validate": theirs})
    report("5a as commands", seconds["check"], "frictionless", seconds["validate"], 1.3)


def importing(copy: Copy, rounds: int) -> None:
    """Ratio 6: what the package adds to the import of pandas, in fresh processes."""
    ours = copy.call("-c", "import pandas, tielines; tielines.tables")
    calls = {"ours": ours, "pandas": copy.call("-c", "import pandas")}
    seconds = interleaved(4 * rounds, calls)
    report("6 import tielines", seconds["ours"], "import pandas", seconds["pandas"], 0.1, minus=True)


def article(count: int) -> tuple:
    """``verify``'s arguments for a made-up article: a claim a sentence, its words, an amount, a date."""
    lines = [f"On {i % 28 + 1} May 2021 ship {i} landed {i + 1:,} tons of rice." for i in range(count)]
    text = "\n".join(" ".join(lines[i : i + 5]) for i in range(0, count, 5)) + "\n"
    zones = f"body:1-{(count + 4) // 5}"
    made = {name: pd.DataFrame(columns=[f["name"] for f in tables.fields(name)]) for name in tables.resources()}
    made["sentences"], made["terms"] = texts.sentences("x", text, zones), texts.terms("x", text)
    about = ("x", lines[0], "", "", "", zones, files.sha256(text), len(text.split()))
    columns = "article_id title author publisher url zones sha256 words".split()
    made["articles"] = pd.DataFrame([about], columns=columns)
    places, ids = made["sentences"], [f"c{i}" for i in range(count)]
    claims = pd.DataFrame({"claim_id": ids, "sentence_ids": places["sentence_id"]})
    claims["value"] = [f"2021-05-{i % 28 + 1:02}" for i in range(count)]
    made["claims"] = claims.assign(attribute="date", value_basis="explicit", basis="none_given", origin_id="")
    columns = ["sentence_id", "start", "end", "words", "sha256"]
    made["anchors"] = places[columns].assign(
        row_id=ids, words=[len(texts.words(text, a, b)) for a, b in zip(places["start"], places["end"], strict=True)]
    )
    amounts = pd.DataFrame([m.span() for m in re.finditer(r"[\d,]+ tons", text)], columns=["start", "end"])
    amounts[["low", "best", "high"]] = [[i + 1.0] * 3 for i in range(count)]
    made["quantities"] = amounts.assign(claim_id=ids, quantity_id=ids, qualifier="exact", unit="t")
    return {"x": text}, tables.Tables(**made)


def verifying(copy: Copy, rounds: int) -> None:
    """Ratio 7: verify on a text a hundred times as long, with rows in proportion."""
    short, long = article(60), article(6000)
    for rows in (short, long):
        proven = proofs.verify(*rows)
        if bad := proven[proven["outcome"].ne("ok")].head(3).to_dict("records"):
            raise Failed(f"verify: rows of the made-up article do not stand: {bad}")
    calls = {"long": lambda: proofs.verify(*long), "short": lambda: proofs.verify(*short)}
    seconds = interleaved(rounds, calls)
    report("7 verify, 6000 sentences", seconds["long"], "60 sentences", seconds["short"], 120)


def paging(copy: Copy, rounds: int) -> None:
    """Seconds that the evidence page takes, the reading of the tables apart."""
    from tielines import dataset, page

    data = dataset.load()
    calls = {"page": lambda: page.build(data, out=copy.out), "load": dataset.load}
    seconds = interleaved(rounds, calls)
    report("8 evidence page", seconds["page"], "dataset.load", seconds["load"], 3, minus=True)


def browsing(copy: Copy, rounds: int) -> None:
    """Seconds in Chromium: from opening the page to its first paint, and of one search over all rows."""
    from playwright.sync_api import sync_playwright
    from test_browser import CHROMIUM, FLAGS, INDEX

    if not CHROMIUM:
        print("8a, 8b: no Chromium on this machine")
        return
    paint, search = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(rounds):
            view = browser.new_page()
            view.goto(INDEX.as_uri())
            view.wait_for_function("performance.getEntriesByType('paint').length")
            paint.append(max(view.evaluate("performance.getEntriesByType('paint').map(p => p.startTime)")) / 1000)
            timed = "() => { const t = performance.now(); search(new URLSearchParams('q=rice')); return performance.now() - t; }"
            search.append(view.evaluate(timed) / 1000)
            view.close()
        browser.close()
    report("8a opened to first paint", paint, "nothing", [0.0] * rounds, 1, minus=True)
    report("8b search over all rows", search, "nothing", [0.0] * rounds, 0.05, minus=True)


def suggesting(copy: Copy, rounds: int) -> None:
    """Of what several texts tell, how often a text's sentence leads to the right event among those of the other texts."""
    from tielines import coding, dataset

    data = dataset.load()
    try:
        found = texts.find_texts(data.articles["article_id"])
    except texts.TextsMissing as missing:
        print(f"11: {missing}")
        return
    place, events, ranks = data.sentences.set_index("sentence_id"), data.events, []
    for article_id, text in found.items():
        own = data.claims["article_id"].eq(article_id)
        others = dataset.load()
        others.claims = data.claims[~own]
        others.events = events[events["event_id"].isin(others.claims["event_id"])]
        alike = coding.likely(others)
        told = data.claims[own & data.claims["event_id"].isin(others.events["event_id"])].drop_duplicates("event_id")
        for claim in told.itertuples():
            at = place.loc[claim.sentence_ids.split(";")[0]]
            ids = [event_id for event_id, _ in alike(text[at["start"] : at["end"]])]
            ranks.append(ids.index(claim.event_id) if claim.event_id in ids else None)
    hit = sum(rank is not None for rank in ranks)
    print(f"11 suggested events: of {len(ranks)} the right one is first for {ranks.count(0)}, among three for {hit}")


def merging_in(copy: Copy, rounds: int) -> None:
    """After a merge, what is stale against all: every notebook counts the rows of the tables, so all are stale."""
    from tielines import merging, sheets

    data, sheet, count = copy.root / "data", copy.out / "links.xlsx", iter(range(rounds))

    def merge():
        row = tables.read("links", data).astype(str).head(1).assign(note=f"Looked at in round {next(count)}.")
        sheets.write(sheet, {"links": sheets.Tab(row)})
        change = merging.merge(sheet, data)
        if change.problems or not change.contents:
            raise Failed(f"the merge is refused: {change.problems[:3]}")
        change.write(data)

    calls = {"merge": merge, "stale": copy.call("-m", "tielines", "run")}
    calls["all"] = copy.call("-m", "tielines", "run", "--all")
    seconds = interleaved(rounds, calls)
    report("10 run after a merge", seconds["stale"], "run --all", seconds["all"], 1.1)


def reporting(copy: Copy, rounds: int) -> None:
    """A report of all figures as one page of HTML against what nbconvert makes of the five notebooks."""
    target = str(copy.out / "report.html")
    convert = ["--to", "html", "--output-dir", str(copy.out), *copy.books]
    calls = {
        "report": copy.call("-m", "tielines", "report", "--to", "html", "--out", target),
        "nbconvert": copy.call("-m", "nbconvert", *convert),
    }
    seconds = interleaved(rounds, calls)
    report("9 report --to html", seconds["report"], "nbconvert --to html", seconds["nbconvert"], 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement; the default is 3")
    parser.add_argument("--plain", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.plain:
        plain(args.plain)
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder).resolve())
        for measure in (
            re_running,
            testing,
            reading,
            checking,
            importing,
            verifying,
            paging,
            browsing,
            reporting,
            merging_in,
            suggesting,
        ):
            try:
                measure(copy, args.rounds)
            except Failed as error:
                failed = True
                print(f"{measure.__name__} failed: {error}", flush=True)
    print()
    for row in [("measured", "against", "ratio", "aim", "met"), *ROWS]:
        print("{:<26}{:<22}{:>10}{:>10}{:>5}".format(*row))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
