"""Planted faults: one plausible wrong cell at a time; how many do check, verify and the facts notice?

Each fault goes into a copy of data/, which is sealed anew, so that the seal cannot help. Prints, a column, faults
tried and noticed; ends with 1 where less than nine tenths of those in proven columns are noticed.
"""

import argparse
import contextlib
import csv
import random
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from test_facts import unmet

from tielines import checks, proofs, tables, texts

AIM = 0.9


def _read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _moved(value, rng):
    """A date with its last number moved by one or two, within what a calendar has."""
    at = list(re.finditer(r"\d+", value))[-1]
    step = rng.choice((-2, -1, 1, 2))
    number = int(at[0]) + step
    if len(at[0]) == 2 and not 1 <= number <= 12:
        number = int(at[0]) - step
    return value[: at.start()] + str(number).zfill(len(at[0])) + value[at.end() :]


def wrong(field, value, column, rng):
    """Another value that could stand in the cell; None where there is none."""
    codes = [c["value"] for c in field.get("categories", [])]
    if codes:
        return rng.choice([c for c in codes if c != value])
    if field["type"] == "boolean":
        return "no" if value == "yes" else "yes"
    if field["type"] in ("integer", "number"):
        if not value:
            return None
        shift = field["name"] in ("start", "end", "words", "quoted_words", "paragraph", "sentence", "count")
        return str(max(0, int(value) + rng.choice((-7, -2, 2, 7)))) if shift else f"{float(value) * 10:g}"
    if field["name"] == "sha256" or field["name"] == "word_spans":
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    if re.search(r"\d{4}", value) and (field.get("edtf") or re.fullmatch(r"[\[{]?[\d.,/{}\[\]X~?%-]+", value)):
        return _moved(value, rng)
    others = sorted(set(column) - {value})
    return rng.choice(others) if others else None


def plan(data, n, rng):
    """``n`` faults, spread over the columns in turn: (table, row, column, value before, value now)."""
    cells = []
    for name in tables.resources(data):
        rows = _read(data / tables.resource(name, data)["path"])
        for field in tables.fields(name, data):
            if field["proof"] != "prose" and rows:
                cells.append((name, field, rows))
    faults = []
    while len(faults) < n:
        for name, field, rows in rng.sample(cells, len(cells)):
            row = rng.randrange(len(rows))
            was = rows[row][field["name"]]
            now = wrong(field, was, [r[field["name"]] for r in rows], rng)
            if now is not None and now != was and len(faults) < n:
                faults.append((name, row, field, was, now))
    return faults


def noticed(copy, name, row, field, now, article_texts):
    """Which of check, verify and facts notices one fault; "" where none does."""
    path = copy / tables.resource(name, copy)["path"]
    before, package = path.read_bytes(), (copy / "datapackage.json").read_bytes()
    rows = _read(path)
    rows[row][field["name"]] = now
    _write(path, rows)
    tables.seal(copy)
    try:
        if checks.check(copy):
            return "check"
        data = tables.load(copy)
        if article_texts and (
            proofs.verify(article_texts, data)["outcome"].ne("ok").any() or proofs.uncovered(article_texts, data)
        ):
            return "verify"
        return "facts" if unmet(data) else ""
    finally:
        path.write_bytes(before)
        (copy / "datapackage.json").write_bytes(package)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=480, help="faults to plant")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rng, article_texts = random.Random(args.seed), {}
    with contextlib.suppress(texts.TextsMissing):
        article_texts = texts.find_texts(tables.read("articles")["article_id"])
    tally, missed = defaultdict(lambda: [0, 0, set()]), []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(tables.DATA, Path(folder) / "data"))
        for name, row, field, was, now in plan(copy, args.n, rng):
            by = noticed(copy, name, row, field, now, article_texts)
            own = tally[field["proof"], f"{name}.{field['name']}"]
            own[0] += 1
            own[1] += bool(by)
            own[2].add(by)
            if not by:
                missed.append(f"{name}.csv:{row + 2} {field['name']} {was!r} -> {now!r}")
    for (proof, column), (tried, seen, by) in sorted(tally.items()):
        print(f"{proof:8} {column:28} {seen:3} of {tried:3}  {' '.join(sorted(b or 'none' for b in by))}")
    tried, seen = (sum(own[i] for own in tally.values()) for i in (0, 1))
    print("not noticed:", *(missed or ["none"]), sep="\n  ")
    without = "" if article_texts else "; the texts are not there, so verify was left out"
    print(f"{seen} of {tried} planted faults noticed, {100 * seen / tried:.1f} % (aim {100 * AIM:.0f} %){without}")
    return int(seen < AIM * tried)


if __name__ == "__main__":
    sys.exit(main())
