"""Damaged input of every kind, seeded: what is refused clearly, what crashes or hangs, what is taken in silence and why?

``make fuzz`` tries 3,000; ``--only tables:17`` tries one again and shows its traceback. Ends with 1 where an input
leads to an error that is not ours, to no end, to a file that it should not touch, or is taken without an explanation.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import edtf
import nbformat
import pandas as pd
from test_proofs import small_tables
from test_texts import ARTICLE, OTHER, ZONES

from tielines import ROOT, __main__, amounts, checks, dataset, dates, figures, notebooks, proofs, tables, texts
from tielines.files import TielinesError

LIMIT = 10  # seconds of the processor that an input may take; six times as many on the clock of a busy machine
ODD = [
    "",
    " ",
    "\x00",
    "\u200b",
    "\u202eabc",
    "٣",
    "x" * 200_000,
    "-1",
    "1e999",
    "nan",
    "None",
    "0",
    "7.5",
    '"',
    "a,b",
    "=1+1",
]
ODD += [
    "a;b",
    "c0001",
    "000.p1.s1",
    "2025-02-30",
    "CT",
    "yes ",
    "é",
    "1" * 30,
    "../..",
    "\ud83d",
    "'",
    "\t",
    "RUS",
    "e1",
    "²",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    float("nan"),
    10**40,
    "",
    "x",
    [],
    {},
    [[]],
    {"a": 1},
    "\ud800",
    "(",
    "(a",
    ["RUS"],
]


class Slow(BaseException):
    """An input took longer than LIMIT."""


@cache
def _home() -> Path:
    """A folder of this process with a copy of data/, of the texts that are there, and a place for figures."""
    home = Path(tempfile.mkdtemp(prefix="fuzz"))
    shutil.copytree(tables.DATA, home / "data")
    (home / "articles").mkdir()
    with contextlib.suppress(texts.TextsMissing):
        for article, text in texts.find_texts(tables.read("articles")["article_id"]).items():
            (home / "articles" / f"{article}.txt").write_text(text, encoding="utf-8", newline="")
    os.environ["TIELINES_FIGURES"] = str(home / "figures" / "own")
    __main__.ROOT = home  # where hydrate writes
    _contents(home / "data")
    return home


@cache
def _contents(folder: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _restore(folder: Path) -> list[str]:
    """Put a folder back as it was; what had to be put back."""
    was, changed = _contents(folder), []
    for path in [*folder.rglob("*"), *was]:
        if path in was and path.is_file() and not path.is_symlink() and path.read_bytes() == was[path]:
            continue
        if path.is_dir() and not path.is_symlink() and path not in was:
            continue
        changed.append(path.name)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        if path in was:
            path.write_bytes(was[path])
    return changed


def _command(name: str, data: Path) -> None:
    """A command, without what ``main`` would catch; an error of ours goes on. The texts need not be there."""
    args = SimpleNamespace(data=data, engine="pandas", articles=_home() / "articles", phrase="rice", table="claims")
    if name in ("verify", "locate", "hydrate") and not any(args.articles.iterdir()):
        name = "check"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        getattr(__main__, f"_{name}")(args)


# Each kind takes an input and says why it was taken, or raises.


def _mangled(path: Path, rng: random.Random) -> None:
    """Damage a CSV file in one of the ways in which files are."""
    data = path.read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    row, column, other = rng.randrange(len(rows)), rng.randrange(len(rows[0])), rng.randrange(len(rows))

    def written(rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue().encode(errors="surrogatepass")

    def cell():
        rows[row][column] = rng.choice([*ODD, rows[other][column], rows[other][column][:-1], rows[row][column] + "x"])
        return written(rows)

    def flip():
        at = rng.randrange(len(data))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]

    def saved_by_pandas():
        return pd.read_csv(io.BytesIO(data)).to_csv(index=False, lineterminator="\n").encode()

    ways = [cell] * 12 + [flip] * 4 + [
        saved_by_pandas,
        lambda: data[: rng.randrange(len(data))],
        lambda: written([r for i, r in enumerate(rows) if i != row]),
        lambda: written([*rows, rows[row]]),
        lambda: written([[c for i, c in enumerate(r) if i != column] for r in rows]),
        lambda: written([[r[column], *r] for r in rows]),
        lambda: written([rows[0], *rng.sample(rows[1:], len(rows) - 1)]),
        lambda: written([[*r[::-1]] for r in rows]),
        lambda: written([r[: 1 + column] if i == row else r for i, r in enumerate(rows)]),
        lambda: written(rows[:1]),
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.decode().encode("utf-16"),
        lambda: data.decode().encode("cp1252", errors="replace"),
        lambda: data.replace(b",", b";"),
        lambda: data.replace(b"\n", b"\n<<<<<<< ours\n", 1),
        lambda: data[: len(data) // 2] + b'"' + data[len(data) // 2 :],
        lambda: rng.choice([p for p in _contents(path.parent).values()]),
        lambda: b"",
        lambda: rng.randbytes(3_000),
    ]  # fmt: skip
    content = rng.choice([*ways, None, os.mkfifo, Path.mkdir, lambda p: p.symlink_to(p)])
    if content in ways:
        path.write_bytes(content())
    else:
        path.unlink()
        if content:
            content(path)


def _tables(rng: random.Random) -> str:
    copy = _home() / "data"
    name, res = rng.choice([*tables.resources().items()])
    path = copy / res["path"]
    _mangled(path, rng)
    if path.is_file() and path.read_bytes() == _contents(copy)[path]:
        return "nothing was changed"
    problems = checks.check(copy)
    if not problems:
        raise AssertionError(f"check does not see a changed {path.name}")
    if any(not str(p).startswith(tuple(r["path"] for r in tables.resources().values())) for p in problems):
        raise AssertionError(f"a problem without a place: {problems[0]}")
    if len(checks.report(problems)) > 300:
        raise AssertionError(f"a flood of {len(checks.report(problems))} lines from one {path.name}")
    act = rng.choice(["verify", "locate", "hydrate", "load"])
    dataset.load(copy) if act == "load" else _command(act, copy)
    was, now = tables.read(name), tables.read(name, copy)
    if was.equals(now):
        return "the same values, otherwise written; check names the file"
    alone = all("since it was sealed" in p.rule for p in problems)
    prose = {f["name"] for f in tables.fields(name) if f["proof"] == "prose"}
    if len(was) == len(now) and all(was[c].equals(now[c]) for c in was if c not in prose):
        return "words of our own (labels, paraphrases, notes), or their rows' order; the seal alone knows them, check refuses"
    return (
        "an allowed value that no other row contradicts; the seal knows it, check refuses"
        if alone
        else ("cells that are of their type; a rule of check refuses them")
    )


def _nodes(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _nodes(inner, (*at, key))


def _package(rng: random.Random) -> str:
    copy = _home() / "data"
    path, at = copy / "datapackage.json", ()
    text = path.read_text(encoding="utf-8")
    if rng.random() < 0.2:
        cut = rng.randrange(len(text))
        ways = [
            text[:cut],
            text[:cut] + rng.choice('"{}[],:x0\x00') + text[cut:],
            "",
            "[" * 10**5,
            "[]",
            "{}",
            "null",
            "1" * 5000,
        ]
        path.write_text(rng.choice(ways), encoding="utf-8")
    else:
        content = json.loads(text)
        nodes = [
            n for n in _nodes(content) if n and (rng.random() < 0.02 or not {"categories", "enum", "sources"} & {*n})
        ]
        *way, last = at = rng.choice(nodes)
        for key in way:
            content = content[key]
        own = json.loads(text)
        owner = own
        for key in way:
            owner = owner[key]
        act = rng.randrange(4)
        if act == 0:
            del owner[last]
        elif act == 1 and isinstance(owner, dict):
            owner[f"{last}x"] = owner.pop(last)
        elif act == 2 and isinstance(owner, list):
            owner.append(owner[last])
        else:
            owner[last] = rng.choice(VALUES)
        path.write_text(json.dumps(own), encoding="utf-8")
    if path.read_text(encoding="utf-8") == text:
        return "nothing was changed"
    _command(rng.choice(["check", "verify", "locate", "hydrate", "codebook"]), copy)
    problems = checks.check(copy)
    dataset.load(copy)
    if problems:
        return "a rule or seal that the rows do not fit; check refuses"
    key = next((k for k in reversed(at) if isinstance(k, str)), "")
    if {
        "description",
        "label",
        "example",
        "title",
        "licenses",
        "contributors",
        "sources",
        "name",
        "version",
        "created",
    } & {*at}:
        return "words that describe (descriptions, labels, examples, licences)"
    if {"lists", "termValues", "categories", "enum"} & {*at}:
        return "a code or list entry that no row uses, or a property of one"
    if {"constraints", "edtf", "list", "listReference", "foreignKeys", "missingValues", "trueValues", "falseValues"} & {
        *at
    }:
        return "a rule that was taken away or loosened; the rows hold it all the same"
    if key in ("$schema", "type", "format", "mediatype", "encoding", "proof") or not at:
        return "what other programs read of a data package, or a proof that asks less"
    return ""


def _notebook(rng: random.Random) -> str:
    source = rng.choice(notebooks.find()).read_text(encoding="utf-8")
    path = _home() / "00-x.ipynb"
    if rng.random() < 0.5:
        cut = rng.randrange(len(source))
        content = rng.choice(
            [source[:cut], source[:cut] + rng.choice('"{}[],:x\x00') + source[cut:], "", "[]", "null", "[" * 10**5]
        )
    else:
        book = json.loads(source)
        book["cells"] = rng.sample(book["cells"], 3)
        *way, last = rng.choice([n for n in _nodes(book) if n and "outputs" not in n[:-1]])
        owner = book
        for key in way:
            owner = owner[key]
        owner[last] = rng.choice(VALUES)
        content = json.dumps(book)
    path.write_text(content, encoding="utf-8")
    try:
        nbformat.validate(nbformat.v4.reads(content))
        return "still a notebook; to run it is another matter"
    except Exception:
        notebooks.run([path], start="spawn", timeout=1)
        return ""
    finally:
        if path.read_text(encoding="utf-8") != content:
            raise AssertionError("a damaged notebook was written to")
        path.unlink()


def _text(rng: random.Random) -> str:
    place, data = _home() / "own", small_tables()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    registered = pd.DataFrame({"article_id": ["900", "901"], "sha256": [*map(texts.sha256, (ARTICLE, OTHER))]})
    text = rng.choice([ARTICLE] * 4 + [OTHER])
    at, to = sorted(rng.sample(range(len(text)), 2))
    ways = [
        text,
        text[:at],
        text[at:],
        text[:at] + text[to:],
        text[to:] + text[:to],
        text[:at] + rng.choice(ODD) + text[at:],
    ]
    ways += [
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        text.strip(),
        text + "\n",
        text.replace(" ", "  "),
        text * 200,
    ]
    ways += [
        text.upper(),
        text.replace("“", '"'),
        "\ufeff" + text,
        "." * 10**5,
        "A. " * 10**5,
        "1" * 10**5 + "x",
        "\n" * 10**5,
    ]
    text = rng.choice(ways)
    content = text.encode(
        rng.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1"]), "replace"
    )
    if rng.random() < 0.1:
        content = rng.choice([rng.randbytes(2_000), b"", bytes(1_000), content[:at] + b"\xff" + content[at:]])
    file = place / "900.txt"
    rng.choice([*[lambda p: p.write_bytes(content)] * 20, Path.mkdir, os.mkfifo, lambda p: p.symlink_to("/dev/zero")])(
        file
    )
    found, notes, faults = texts.known(registered, texts.sentences("900", ARTICLE, ZONES), place)
    if "900" in found and found["900"] != ARTICLE:
        raise AssertionError("another text was taken for the registered one")
    if faults:
        fault, text = faults["900"]
        if text is not None:
            proofs.verify({"900": text}, data)
            proofs.uncovered({"900": text}, data)
        raise TielinesError(fault)
    if content == ARTICLE.encode():
        return "nothing was changed"
    return "line ends, last line end or byte order mark: read as the registered text, and said" if notes else ""


def _some(rng: random.Random, pieces: list[str], most: int = 8) -> str:
    """A text of pieces, now and then a very long one."""
    text = "".join(rng.choice(pieces) for _ in range(rng.randrange(most)))
    return text * 10**5 if rng.random() < 0.02 else text


def _date(rng: random.Random) -> str:
    pieces = "2025 2026-01 2025-06-13 - 01 13 XX ~ ? % / .. [ ] { } , ٢٠٢٥ 0000 T00".split()
    text = _some(rng, [*pieces, " "], 6)
    span = dates.parse(text)
    if span.start and span.end and span.start > span.end:
        raise AssertionError(f"{text!r} ends before it begins")
    with contextlib.suppress(edtf.parser.edtf_exceptions.EDTFParseException):
        edtf.parse_edtf(text)
        return "a date that edtf reads too"
    return (
        "an open or uncertain form that the documentation of dates names"
        if not {*text} - {*"0123456789-/.[]{},~?%X"}
        else ""
    )


def _amount(rng: random.Random) -> str:
    pieces = "5 1,200 4.5 ~ $ % tons million several - MW ٣ x ½ days seven".split()
    text = _some(rng, [*pieces, " ", "\n", "nearly ", "more than "], 6)
    amount = amounts.parse(text)
    known = {v for v in (amount.low, amount.best, amount.high) if v is not None}
    if len(known) > 1 or (known and not [v for v, _ in amounts.values(text) if v in known]):
        raise AssertionError(f"{text!r} is read as {amount}")
    return "one number, or a vague word, with at most one unit and one qualifier"


def _zones(rng: random.Random) -> str:
    found = texts.parse_zones(
        _some(
            rng,
            [*texts.ZONES[:4], "body", ":", "1", "2-5", "9", "-", ";", "999999999", "٣", "0", " ", "body:1", ";list:2"],
        )
    )
    if not all(zone in texts.ZONES and 1 <= n <= texts.MOST for n, zone in found.items()):
        raise AssertionError("a zone that is none")
    return "zones as documented, perhaps none"


def _phrase(rng: random.Random) -> str:
    phrase = _some(
        rng, ["a gift", "June", " ", "\n", ".", "*", "(", "\\", "[i]", "“", "5 May", "zzz", "\x00", "İ", "ß", "A. "]
    )
    places = texts.sentences("900", ARTICLE, ZONES)
    found = texts.locate(phrase, {"900": ARTICLE}, places)
    texts.nearest(phrase, {"900": ARTICLE}, places)
    return "found, with its place" if len(found) else "not found, which is said with the nearest sentence"


@cache
def _data():
    return dataset.load()


def _filters(rng: random.Random) -> str:
    names = [*dataset.FILTERS["events"], "undated", "abuot"]
    values = [
        *VALUES,
        *ODD[:6],
        "Iran",
        "iran,CUB",
        ["Iran", "Cuba"],
        "RUS;CHN",
        "2025",
        "2025/..",
        "../2025",
        "2025-06",
        "CT+",
        "000",
        "000,001",
        b"x",
        {"Iran"},
        (1,),
        3,
    ]
    wanted = {rng.choice(names): rng.choice(values) for _ in range(rng.randrange(1, 4))}
    data = dataset.select(_data(), **wanted)
    if not {*data.filters} <= {*wanted}:
        raise AssertionError("a filter that nobody asked for")
    active = {
        k for k, v in wanted.items() if k != "undated" and v not in (None, False, "", " ") and v != [] and v != {}
    }
    return "known values; each is named as on" if active == {*data.filters} else "empty values: the filter is off"


def _figure(rng: random.Random) -> str:
    name = _some(
        rng,
        ["../", "x", "02-", "rice", "/", "\x00", " ", "é", ".", "..", "<b>", "\n", "x" * 300, "C:", "\u202e", "-"],
        5,
    )
    home = _home()
    frame = pd.DataFrame({"evidence": ["c0001"] * rng.randrange(2)})
    figures.save_figure(
        None, name, title="t", caption="c", alt="a", data=frame, office={"html": b"<p></p>"}, show=False
    )
    made = {p for p in home.rglob("*") if p.is_file() and p.stem.startswith(name) and "figures" in p.parts}
    if not made:
        raise AssertionError(f"{name!r} was written elsewhere")
    return "a name of letters, digits, - and _"


KINDS = {  # kind: what tries one, and how many of 3,000
    "tables": (_tables, 480),
    "datapackage": (_package, 360),
    "notebooks": (_notebook, 200),
    "texts": (_text, 400),
    "dates": (_date, 440),
    "amounts": (_amount, 440),
    "zones": (_zones, 200),
    "phrases": (_phrase, 160),
    "filters": (_filters, 200),
    "figures": (_figure, 120),
}
DOCUMENTED = {"dates": ValueError, "amounts": ValueError, "zones": ValueError}  # TielinesError else


def attempt(kind: str, number: int, seed: int, show: bool = False) -> tuple[str, str, str]:
    """Try one input: (kind, outcome, why); an outcome is clear, taken, traceback, hang or damaged."""

    def stop(*_):
        raise Slow

    was = {number: signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    signal.alarm(6 * LIMIT)
    try:
        why = KINDS[kind][0](random.Random(f"{seed} {kind} {number}"))
        outcome = ("taken", why or f"NO EXPLANATION: --only {kind}:{number}")
    except Slow:
        outcome = ("hang", f"--only {kind}:{number}")
    except DOCUMENTED.get(kind, TielinesError) as error:
        outcome = (
            ("clear", str(error))
            if str(error) and len(str(error)) < 3_000
            else ("traceback", f"no clear text: {kind}:{number}")
        )
    except Exception as error:
        if show:
            traceback.print_exc()
        outcome = ("traceback", f"--only {kind}:{number}: {type(error).__name__}: {str(error)[:200]}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for number, handler in was.items():
            signal.signal(number, handler)
    if kind in ("tables", "datapackage"):
        mine = {"README.md"} if kind == "datapackage" else set()
        touched = [*dict.fromkeys(_restore(_home() / "data"))]
        if len({*touched} - mine) > 1:
            outcome = ("damaged", f"--only {kind}:{number}: {', '.join(touched)}")
    return kind, *outcome


def _attempt(task):
    return attempt(*task)


def plan(n: int, seed: int) -> list[tuple[str, int, int]]:
    """``n`` inputs, of each kind its share, the slow ones first."""
    whole = sum(share for _, share in KINDS.values())
    return [(kind, i, seed) for kind, (_, share) in KINDS.items() for i in range(max(1, round(n * share / whole)))]


def told(results) -> tuple[list[str], bool]:
    """The report, line by line, and whether all is well."""
    counts, why = Counter((kind, outcome) for kind, outcome, _ in results), Counter()
    lines = [f"{'':12}{'tried':>7}{'clear':>7}{'taken':>7}{'traceback':>11}{'hang':>6}{'damaged':>9}"]
    for kind in KINDS:
        own = [counts[kind, outcome] for outcome in ("clear", "taken", "traceback", "hang", "damaged")]
        lines.append("{:12}{:7}{:7}{:7}{:11}{:6}{:9}".format(kind, sum(own), *own))
    total = [
        sum(n for (_, o), n in counts.items() if o == outcome)
        for outcome in ("clear", "taken", "traceback", "hang", "damaged")
    ]
    lines.append("{:12}{:7}{:7}{:7}{:11}{:6}{:9}".format("all", sum(total), *total))
    why.update((kind, reason) for kind, outcome, reason in results if outcome == "taken")
    lines += ["", "taken, and why:", *(f"{n:6} {kind}: {reason}" for (kind, reason), n in sorted(why.items()))]
    bad = [f"{outcome}: {reason}" for _, outcome, reason in results if outcome in ("traceback", "hang", "damaged")]
    return [*lines, *bad], not bad and not any("NO EXPLANATION" in reason for _, reason in why)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=3_000, help="inputs to try")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", help="one input, as tables:17")
    args = parser.parse_args()
    if args.only:
        kind, number = args.only.split(":")
        print(*attempt(kind, int(number), args.seed, show=True), sep="\n")
        return 0
    before = _contents(ROOT / "data")
    with get_context("forkserver").Pool(os.cpu_count(), maxtasksperchild=None) as pool:
        results = pool.map(_attempt, plan(args.n, args.seed), chunksize=4)
        pool.map(_leave, range(os.cpu_count() * 4), chunksize=1)
    lines, well = told(results)
    same = before == {p: p.read_bytes() for p in before}
    print(*lines, "" if same else "DAMAGED: data/ itself", sep="\n")
    return int(not (well and same))


def _leave(_) -> None:
    """Take this process's folder away."""
    if _home.cache_info().currsize:
        shutil.rmtree(_home(), ignore_errors=True)
        _home.cache_clear()


if __name__ == "__main__":
    sys.exit(main())
