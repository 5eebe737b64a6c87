"""The commands: check, verify, seal, simulate, hydrate, locate, codebook, page, run."""

# ruff: noqa: E402 (a Ctrl-C is one line from the start, also while the rest is imported)

import os
import signal
import sys


def _quietly(number, _frame):
    """End at once with one line, before anything was begun."""
    sys.stderr.write("tielines: stopped\n")
    sys.stderr.flush()
    os._exit(128 + number)


if __name__ == "__main__":
    for _number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_number, _quietly)

import argparse
from pathlib import Path

from tielines import ROOT, files

DATA = ROOT / "data"

FEW = 20  # so many rows that a changed text has lost are told one by one


def _check(args) -> int:
    from tielines import checks, tables

    if (
        args.engine == "duckdb"
        or not (Path(args.data) / "claims.csv").exists()
        and (Path(args.data) / "claims").exists()
    ):
        return _check_by_queries(args)
    problems = checks.check(args.data)
    print("".join(f"{line}\n" for line in checks.report(problems)), end="")
    rows = 0 if problems else sum(map(len, vars(tables.load(args.data)).values()))
    print(f"{len(problems)} bad rows" if problems else f"all rules hold: {rows} rows")
    return bool(problems)


def _check_by_queries(args) -> int:
    from tielines import checks, scale

    problems, left = scale.check(args.data)
    print("".join(f"{line}\n" for line in [*checks.report(problems), *(f"not asked: {what}" for what in left)]), end="")
    print(f"{len(problems)} bad rows" if problems else "all other rules hold")
    return bool(problems)


def _simulate(args) -> int:
    from tielines import simulate

    written = simulate.simulate(args.claims, args.out, args.seed, args.skew)
    print(", ".join(f"{rows:,} {name}" for name, rows in written.items()))
    return 0


def _texts(args):
    """All tables, the registered texts that are there, and the faults of the others; notes go to stderr."""
    from tielines import tables, texts

    data = tables.load(args.data, whole=True)
    found, notes, faults = texts.known(data.articles, data.sentences, args.articles)
    print("".join(f"{note}\n" for note in notes), end="", file=sys.stderr)
    return data, found, faults


def _sure(args):
    """As _texts, where no text has a fault."""
    from tielines import tables

    data, found, faults = _texts(args)
    if faults:
        raise tables.DataError("; ".join(fault for fault, _ in faults.values()))
    return data, found


def _verify(args) -> int:
    from tielines import proofs

    data, found, faults = _texts(args)
    for article, (fault, text) in faults.items():
        lost = proofs.verify({article: text}, data) if text else None
        here = (
            ""
            if lost is None
            else "; of its proofs " + ", ".join(f"{n} {o}" for o, n in lost["outcome"].value_counts().items())
        )
        print(f"{fault}{here}")
        if lost is not None and lost["outcome"].eq("orphan").sum() <= FEW:
            _print_rows(lost[lost["outcome"].eq("orphan")])
    proven = proofs.verify(found, data)
    bad = proven[proven["outcome"].ne("ok")]
    _print_rows(bad)
    gaps = proofs.uncovered(found, data)
    left = proofs.unclaimed(data.sentences, data.anchors, data.uncoded)
    runs = left[left["words"].ge(proofs.RUN) & left["article_id"].isin(found)]
    gaps += [f"{r.sentence_id} {r.start}-{r.end}: {r.words} words in no row" for r in runs.itertuples()]
    print("".join(f"{gap}\n" for gap in gaps), end="")
    print(proven.groupby(["proof", "outcome"]).size().to_string(header=False) if len(proven) else "no text is proven")
    share = proofs.accounted(data)
    for row in share[share["article_id"].isin(found)].itertuples():
        print(f"{row.article_id}: {row.share:.1f} % of {row.words:,} body words accounted for")
    print(f"{len(found)} of {len(data.articles)} texts")
    print(f"{len(proven) - len(bad)} of {len(proven)} ok, {len(gaps)} numerals, dates or clauses in no row")
    return bool(len(bad) or gaps or faults)


def _print_rows(proven) -> None:
    for row in proven.itertuples():
        print(f"{row.table} {row.row_id} {row.proof}: {row.outcome} {row.place}".rstrip())


def _seal(args) -> int:
    from tielines import checks, tables

    if problems := checks.check(args.data, sealed=False):
        print("".join(f"{line}\n" for line in checks.report(problems)), end="")
        print(f"{len(problems)} bad rows: nothing is sealed")
        return 1
    changed = tables.seal(args.data)
    print(f"sealed: {', '.join(changed) or 'nothing changed'}")
    return 0


def _hydrate(args) -> int:
    from tielines import tables, texts

    tables.resource(args.table, args.data)
    data, found = _sure(args)
    frame = getattr(data, args.table)
    if not {"sentence_ids", "sentence_id"} & set(frame):
        raise tables.DataError(f"table {args.table!r} has no sentences to join")
    target = ROOT / "articles" / f"{args.table}-with-text.csv"
    hydrated = texts.hydrate(frame, found, data.sentences)
    tables.write(hydrated, target)
    empty = hydrated["text"].eq("").sum()
    less = f", {empty} without, as their text is not there or they name none" if empty else ""
    print(f"{len(frame) - empty} rows with their sentences{less}: {target.relative_to(ROOT)} (yours; git ignores it)")
    return 0


def _locate(args) -> int:
    from tielines import texts

    data, found = _sure(args)
    places = texts.locate(args.phrase, found, data.sentences)
    near = "" if len(places) else texts.nearest(args.phrase, found, data.sentences)
    print(places.to_string(index=False) if len(places) else f"not found{f'; nearest: {near}' if near else ''}")
    return int(places.empty)


def _codebook(args) -> int:
    from tielines import tables

    readme = args.data / "README.md"
    head, mark, _ = files.read_text(readme).partition(tables.GENERATED)
    if not mark:
        raise tables.DataError(
            f"{readme.name} has no line {tables.GENERATED!r}: put it where the generated part begins"
        )
    files.write(readme, head + mark + "\n\n" + tables.codebook(args.data))
    return 0


def _page(args) -> int:
    from tielines import dataset, page

    found, out = (_texts(args)[1], ROOT / "articles" / "page") if args.with_texts else (None, None)
    target = page.build(dataset.load(args.data), article_texts=found, out=out)
    print(f"{target.relative_to(ROOT)}{' (yours; git ignores it)' if found else ''}")
    return 0


def _run(args) -> int:
    from tielines import notebooks

    every = notebooks.find()
    names = [n.stem for n in every]
    if not every:
        raise files.TielinesError(f"no notebook named like {notebooks.SEQUENCE} in {notebooks.NOTEBOOKS}")
    if unknown := [n for n in args.notebook if n not in names]:
        from tielines import tables

        raise tables.DataError(f"no notebook {unknown[0]!r}; nearest: {tables.nearest(unknown[0], names) or names}")
    wanted = [n for n in every if not args.notebook or n.stem in args.notebook]
    notebooks.tidy(wanted)
    todo = wanted if args.all else notebooks.stale(wanted)
    problems, changed = [], []
    if todo:
        from tqdm import tqdm

        with tqdm(total=len(todo), unit="notebook", desc="run", postfix="first the data are checked") as bar:
            notebooks.warm(args.start)  # while this process checks
            problems = _checked(args)
            if not problems:
                bar.set_postfix_str(f"{len(todo)} notebooks, the longest first")
                done = lambda path: (bar.set_postfix_str(path.stem), bar.update())  # noqa: E731
                changed = notebooks.run(todo, progress=done, timeout=args.timeout, start=args.start)
    if problems:
        from tielines import checks

        print("".join(f"{line}\n" for line in checks.report(problems)[:40]), end="")
        print(f"{len(problems)} bad rows: nothing is run")
        return 1
    if not os.environ.get("TIELINES_FIGURES"):
        notebooks.gallery(_gallery, force=bool(todo))
    if not todo:
        print(f"{len(wanted)} notebooks are fresh; --all runs them anyway")
        return 0
    print(f"{len(todo)} run, {len(changed)} rewritten, {len(wanted) - len(todo)} fresh")
    return 0


def _checked(args) -> list:
    from tielines import notebooks

    def check():
        from tielines import checks

        return checks.check(args.data)

    return notebooks.checked(check) if args.data == DATA else check()


def _gallery() -> None:
    from tielines import dataset, exhibits, figures, page

    files.write(ROOT / "figures" / "README.md", figures.gallery())
    if all((ROOT / "figures" / f"{name}.json").is_file() for name in exhibits.ALL):
        page.build(dataset.load())


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 86400):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to 86400")
    return int(text)


def _place(args) -> None:
    """Say what is missing where ROOT is not the repository. Raises TielinesError."""
    wanted = [DATA / "datapackage.json"] if args.data == DATA else []
    wanted += [ROOT / "notebooks"] if args.function is _run else []
    if missing := [str(path.relative_to(ROOT)) for path in wanted if not path.exists()]:
        named = "TIELINES_ROOT is" if os.environ.get("TIELINES_ROOT") else "the package looks for its repository in"
        raise files.TielinesError(
            f"{named} {ROOT}; missing there: {', '.join(missing)}. "
            "Name the folder of the repository in TIELINES_ROOT, or install from there with `pip install -e .`"
        )


def _stopped(number, _frame) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # one is enough; a second would disturb the tidying up
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


def main(argv=None) -> int:
    """Run one command; 0 is success, 1 a finding or an error, told in plain lines."""
    from tielines import notebooks

    with notebooks.signals(_stopped):
        try:
            args = _arguments(argv)
            _place(args)
            code = args.function(args)
            sys.stdout.flush()
            return code
        except BrokenPipeError:  # the reader of our output has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt as stop:
            _tell("stopped; what was not finished is as it was before")
            return 128 + (stop.args or (signal.SIGINT,))[0]
        except files.TielinesError as error:
            _tell(error)
        except OSError as error:
            _tell(f"{error.strerror or error}: {error.filename or 'no file is named'}")
        except Exception as error:
            _tell(f"a fault of the program: {type(error).__name__}: {error}")
            _tell("please report it as CONTRIBUTING.md says; with TIELINES_TRACEBACK=1 it shows where it arose")
            if os.environ.get("TIELINES_TRACEBACK"):
                raise
    return 1


def _tell(what) -> None:
    print("tielines:", " ".join(str(what).split()), file=sys.stderr)


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="tielines", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tables")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name, function, text):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)  # here or before
        sub.set_defaults(function=function, articles=None)
        return sub

    def reads_texts(sub):
        sub.add_argument("--articles", type=Path, help="folder of the texts (else TIELINES_ARTICLES)")
        return sub

    sub = command("check", _check, "what must hold within and between the rows")
    sub.add_argument(
        "--engine", choices=("pandas", "duckdb"), default="pandas", help="duckdb: by queries; so are folders of Parquet"
    )
    sub = command(
        "simulate", _simulate, "tables of any size in the shape of the real ones, as Parquet, to try things with"
    )
    sub.add_argument("--claims", type=float, default=1e5, help="about so many claims (1e5)")
    sub.add_argument("--seed", type=int, default=7, help="another number, other tables (7)")
    sub.add_argument("--skew", type=float, default=3.0, help="over 1: the nearer to it, the more texts an event (3)")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    reads_texts(command("verify", _verify, "prove every row against the texts"))
    sub = reads_texts(command("hydrate", _hydrate, "join the sentences onto a table's rows"))
    sub.add_argument("table", nargs="?", default="claims")
    sub = reads_texts(command("locate", _locate, "a phrase: article, paragraph, sentence, offsets"))
    sub.add_argument("phrase")
    command("codebook", _codebook, "rewrite the generated part of data/README.md")
    command("seal", _seal, "say that the tables are as they should be, after all rules hold")
    sub = reads_texts(command("page", _page, "write figures/index.html: every figure, every mark a link to its rows"))
    sub.add_argument("--with-texts", action="store_true", help="a private copy with the sentences, in articles/page/")
    sub = command("run", _run, "re-run the notebooks that are stale")
    sub.add_argument("notebook", nargs="*", help="names, as 01-timelines; none means all")
    sub.add_argument("--all", action="store_true", help="also those that are fresh")
    sub.add_argument("--timeout", type=_seconds, default=120, metavar="SECONDS", help="limit for one cell (120)")
    sub.add_argument("--start", choices=("forkserver", "spawn"), help="how kernels start, if not as usual here")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
