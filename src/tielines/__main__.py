"""The commands: check, verify, seal, simulate, hydrate, locate, codebook, page, report, export, add, sheet, merge, recode, remove, run."""

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

    limits = {name: getattr(args, name) for name in ("memory", "disk") if getattr(args, name)}
    problems, left = scale.check(args.data, **limits)
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
    full = data.articles.loc[data.articles["coverage"].eq("full"), "article_id"]
    runs = left[left["words"].ge(proofs.RUN) & left["article_id"].isin(found) & left["article_id"].isin(full)]
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


def _report(args) -> int:
    from tielines import report

    print(os.path.relpath(report.build(args.to, args.out, args.figures, args.folder)))
    return 0


def _export(args) -> int:
    from tielines import export

    print(os.path.relpath(export.build(args.to, args.out, args.data)))
    return 0


def _run(args) -> int:
    os.environ.pop("JUPYTERHUB_SERVICE_PREFIX", None)  # what is stored does not depend on a hub
    from tielines import notebooks

    every = notebooks.find()
    names = [n.stem for n in every]
    if not every:
        raise files.TielinesError(f"no notebook named like {notebooks.SEQUENCE} in {notebooks.NOTEBOOKS}")
    if unknown := [n for n in args.notebook if n not in names]:
        from tielines import tables

        raise tables.DataError(f"no notebook {unknown[0]!r}; nearest: {tables.nearest(unknown[0], names) or names}")
    wanted = [n for n in every if not args.notebook or n.stem in args.notebook]
    if args.set or args.out or args.data.resolve() != DATA.resolve():
        return _run_apart(args, wanted)
    notebooks.tidy(wanted)
    todo = wanted if args.all else notebooks.stale(wanted)
    pages, changed = None, []
    if todo:
        with _bar(len(todo)) as bar:
            notebooks.warm(args.start)  # while this process checks
            if problems := _checked(args):
                return _refused(problems, bar)
            due = not (os.environ.get("TIELINES_FIGURES") or notebooks.shown())
            pages = _Pages(args.data) if due else None  # what will be due for sure is made beside the kernels
            changed = _go(args, todo, bar, pages)
    if not os.environ.get("TIELINES_FIGURES"):
        notebooks.gallery(lambda: (pages or _Pages(args.data)).write())
    if not todo:
        print(f"{len(wanted)} notebooks are fresh; --all runs them anyway")
        return 0
    print(f"{len(todo)} run, {len(changed)} rewritten, {len(wanted) - len(todo)} fresh")
    return 0


def _run_apart(args, wanted) -> int:
    """Run notebooks with filters, or on other tables, into a folder of their own."""
    from tielines import apart, notebooks

    values = apart.settings(args.set, wanted[0])
    folder = apart.chosen(args.out or ROOT / "own" / "run")
    with _bar(len(wanted)) as bar:
        notebooks.warm(args.start)
        if problems := _checked(args):
            return _refused(problems, bar)
        from tielines import dataset

        data = dataset.load(args.data, **values)
        args.left = f"the run in {folder} is not whole; run it again"
        todo = apart.prepare(folder, wanted, values, args.data)
        pages = _Pages(args.data, folder / "figures", values)
        _go(args, todo, bar, pages)
    paged = pages.write()
    apart.finish(folder, values)
    kept = ", ".join(f"{len(getattr(data, name))} {name}" for name in ("claims", "stances", "reasons"))
    nothing = len(data.claims) + len(data.stances) + len(data.reasons) == 0
    left = "" if not data.filters else "; the filters leave nothing" if nothing else f"; the filters leave {kept}"
    page = "figures/index.html shows it" if paged else "no page: it needs the figures of all notebooks"
    print(f"{len(todo)} run into {folder}{left}; {page}")
    print("".join(f"{line}\n" for line in data.dropped), end="")
    return 0


def _bar(total: int):
    from tqdm import tqdm

    return tqdm(total=total, unit="notebook", desc="run", postfix="first the data are checked")


def _refused(problems: list, bar) -> int:
    from tielines import checks

    bar.close()
    print("".join(f"{line}\n" for line in checks.report(problems)[:40]), end="")
    print(f"{len(problems)} bad rows: nothing is run")
    return 1


def _go(args, todo, bar, pages) -> list:
    """Run notebooks, their exhibits into the page as they end; those whose file changed."""
    from tielines import notebooks

    bar.set_postfix_str(f"{len(todo)} notebooks, in the order that ends soonest")

    def done(path):
        bar.set_postfix_str(path.stem)
        bar.update()
        if pages:
            pages.add(path.stem)

    return notebooks.run(todo, progress=done, timeout=args.timeout, start=args.start)


def _checked(args) -> list:
    from tielines import notebooks

    def check():
        from tielines import checks

        return checks.check(args.data)

    return notebooks.checked(check) if args.data == DATA else check()


class _Pages:
    """README.md and the page of a folder of figures, made in a thread while kernels run: rows at once, a notebook's exhibits when it ran."""

    def __init__(self, data: Path, where: Path | None = None, filters=None):
        from concurrent.futures import ThreadPoolExecutor

        self.where, self.thread = where or ROOT / "figures", ThreadPoolExecutor(1)
        self.draft = self.thread.submit(self._draft, data, filters or {})

    def _draft(self, data, filters):
        from tielines import __version__, dataset, page

        whole = dataset.load(data)
        edition = __version__ if data.resolve() == DATA.resolve() else f"{__version__}, other tables"
        narrowed = dataset.select(whole, **filters)
        return page.Draft(narrowed, self.where, whole=whole if narrowed.filters else None, edition=edition)

    def add(self, notebook: str) -> None:
        self.thread.submit(lambda: self.draft.result().add(notebook))

    def write(self) -> bool:
        """Write both; False where the page cannot be, as bundles are missing."""
        from tielines import exhibits, figures

        files.write(self.where / "README.md", figures.gallery(None if self.where == ROOT / "figures" else self.where))
        whole = all((self.where / f"{name}.json").is_file() for name in exhibits.ALL)
        if whole:
            self.thread.submit(lambda: self.draft.result().write()).result()
        return whole


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _sheet(args) -> int:
    from tielines import coding

    return _written(f"{args.article}", coding.sheet(args.article, args.data, args.articles))


def _recode(args) -> int:
    from tielines import coding

    return _written(f"{args.article}-second", coding.recode(args.article, args.data, args.articles))


def _written(name: str, tabs: dict) -> int:
    """Write a sheet into own/, beside one of that name."""
    from tielines import coding, sheets

    path, n = coding.OWN / f"{name}.xlsx", 1
    while path.exists():
        n += 1
        path = path.with_name(f"{name}-{n}.xlsx")
    try:
        sheets.write(path, tabs)
    except ModuleNotFoundError as error:
        raise files.TielinesError(f"a sheet needs {error.name}: pip install 'tielines[office]'") from None
    print(f"{path.relative_to(ROOT)}: {', '.join(tabs)}")
    return 0


def _add(args) -> int:
    import shlex

    import pandas as pd

    from tielines import coding, dataset, merging, tables

    known = {k: getattr(args, k) for k in "title author publisher url published genre label zones coverage".split()}
    command = shlex.split(args.suggest or "")
    article_id, notes, contents = coding.register(args.text, args.data, args.articles, article_id=args.id, **known)
    before = dataset.load(args.data)
    files.write_all(args.data, contents)
    notes += merging.titles(before, dataset.load(args.data))  # what speaks of all texts may no longer do so
    tabs = coding.sheet(article_id, args.data, args.articles)
    if command:
        rows, told = coding.suggest(command, article_id, args.data, args.articles, args.timeout)
        tabs["claims"].frame = pd.concat([tabs["claims"].frame, rows], ignore_index=True).astype(object).fillna("")
        notes += told
    print(
        "".join(
            f"{note}\n"
            for note in [f"article {article_id} is registered in {args.data.name}/ (git can undo it)", *notes]
        ),
        end="",
    )
    tables.write(tabs["claims"].frame, coding.OWN / f"{article_id}.csv")
    return _written(article_id, tabs)


def _changed(args, change, name) -> int:
    from tielines import checks

    if change.problems:
        print("".join(f"{line}\n" for line in checks.report(change.problems)), end="")
        print(f"{len(change.problems)} fault{'s' * (len(change.problems) > 1)}: nothing is changed")
        return 1
    story = change.story + change.titles * (not args.write)  # who writes it has read them
    print("".join(f"{line}\n" for line in story or ["changes nothing"]), end="")
    if change.contents and not args.write:
        print("".join(f"{line}\n" for line in change.diff), end="")
    if change.todo and (args.write or not change.contents):
        _written(f"{name}-{next(iter(change.todo))}", change.todo)
        print("fill it in, then merge it too")
    if args.write and change.contents:
        change.write(args.data)
        print("written; `make run` draws it, and git can undo it")
    elif change.contents:
        print("nothing is written; --write does it")
    return 0


def _merge(args) -> int:
    from tielines import merging

    return _changed(args, merging.merge(args.sheet, args.data, args.articles), args.sheet.stem)


def _remove(args) -> int:
    from tielines import merging

    code = _changed(args, merging.remove(args.article, args.data), args.article)
    if args.write and not code:
        print(f"its text and its sheets, {args.article}.txt in articles/ and what own/ has, stay: they are yours")
    return code


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

    args = None
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
            _tell(f"stopped; {getattr(args, 'left', 'what was not finished is as it was before')}")
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
    for name, least in (("memory", "2GB"), ("disk", "20GB")):
        sub.add_argument(f"--{name}", metavar="SIZE", help=f"by queries: what DuckDB may take ({least})")
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
    sub = command("report", _report, "a report of the notebooks and their figures, into own/")
    sub.add_argument("--to", choices=("docx", "pdf", "html", "pptx"), required=True)
    sub.add_argument("--figures", type=_list, default=[], metavar="NAMES", help="as 02-rice,02-stages; else all")
    sub.add_argument("--from", dest="folder", type=Path, help="a folder that `run --out` made; else this repository")
    sub.add_argument(
        "--out", type=Path, help="the file; else report.docx and the like in own/, or in the folder of --from"
    )
    sub = command("export", _export, "all tables with codebook and keys for other programs, into own/")
    sub.add_argument("--to", choices=("xlsx", "parquet", "sqlite", "jsonld"), required=True)
    sub.add_argument("--out", type=Path, help="the file, for parquet the folder; else own/tielines.xlsx and the like")
    sub = reads_texts(command("add", _add, "register a text and write its coding sheet into own/"))
    sub.add_argument("text", type=Path, help="the file, UTF-8")
    for name in "title author publisher url label genre zones id".split():
        sub.add_argument(f"--{name}", help=argparse.SUPPRESS if name in ("label", "zones", "id") else None)
    sub.add_argument("--published", required=True, help="day, month or year of publication, as 2026-03-09")
    sub.add_argument("--coverage", choices=("scoped", "full"), help="scoped (the default): code what you need")
    sub.add_argument("--suggest", metavar="COMMAND", help="a program that suggests rows, see docs/adding-an-article.md")
    sub.add_argument("--timeout", type=_seconds, default=600, metavar="SECONDS", help="limit for that program (600)")
    sub = reads_texts(command("sheet", _sheet, "write the coding sheet of a registered text into own/"))
    sub.add_argument("article")
    sub = reads_texts(command("merge", _merge, "what a filled sheet would change; with --write, change it"))
    sub.add_argument("sheet", type=Path, help="xlsx, or the first tab as CSV")
    sub.add_argument("--write", action="store_true", help="write it, all or nothing")
    sub = reads_texts(command("recode", _recode, "write a blind sheet for a second coder into own/"))
    sub.add_argument("article")
    sub = command("remove", _remove, "take a text out, with all that hangs on it alone")
    sub.add_argument("article")
    sub.add_argument("--write", action="store_true", help="write it, all or nothing")
    sub = command("run", _run, "re-run the notebooks that are stale")
    sub.add_argument("notebook", nargs="*", help="names, as 01-timelines; none means all")
    sub.add_argument("--all", action="store_true", help="also those that are fresh")
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a filter, as about=Cuba; not into figures/ but --out",
    )
    sub.add_argument(
        "--out", type=Path, metavar="FOLDER", help="run into a folder of its own (with --set or --data: own/run)"
    )
    sub.add_argument("--timeout", type=_seconds, default=120, metavar="SECONDS", help="limit for one cell (120)")
    sub.add_argument("--start", choices=("forkserver", "spawn"), help="how kernels start, if not as usual here")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
