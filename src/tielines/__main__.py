"""The commands: check, verify, seal, hydrate, locate, codebook, page, run."""

import argparse
import os
import sys
from pathlib import Path

from tielines import ROOT, files, tables


def _check(args) -> int:
    from tielines import checks

    problems = checks.check(args.data)
    print("".join(f"{p}\n" for p in problems), end="")
    rows = 0 if problems else sum(len(tables.raw(name, args.data)) - 1 for name in tables.resources(args.data))
    print(f"{len(problems)} bad rows" if problems else f"all rules hold: {rows} rows")
    return bool(problems)


def _texts(args):
    from tielines import texts

    articles = tables.read("articles", args.data)
    return articles, texts.find_texts(articles["article_id"], args.articles)


def _verify(args) -> int:
    from tielines import proofs

    articles, found = _texts(args)
    data = tables.load(args.data)
    proven = proofs.verify(found, data)
    bad = proven[proven["outcome"].ne("ok")]
    for row in bad.itertuples():
        print(f"{row.table} {row.row_id} {row.proof}: {row.outcome} {row.place}".rstrip())
    gaps = proofs.uncovered(found, data)
    left = proofs.unclaimed(data.sentences, data.anchors, data.uncoded)
    runs = left[left["words"].ge(proofs.RUN) & left["article_id"].isin(found)]
    gaps += [f"{r.sentence_id} {r.start}-{r.end}: {r.words} words in no row" for r in runs.itertuples()]
    print("".join(f"{gap}\n" for gap in gaps), end="")
    print(proven.groupby(["proof", "outcome"]).size().to_string(header=False))
    share = proofs.accounted(data)
    for row in share[share["article_id"].isin(found)].itertuples():
        print(f"{row.article_id}: {row.share:.1f} % of {row.words:,} body words accounted for")
    missing = sorted(set(articles["article_id"]) - set(found))
    print(f"{len(found)} of {len(articles)} texts" + (f"; not there: {missing}" if missing else ""))
    print(f"{len(proven) - len(bad)} of {len(proven)} ok, {len(gaps)} numerals, dates or clauses in no row")
    return bool(len(bad) or gaps)


def _seal(args) -> int:
    from tielines import checks

    if problems := checks.check(args.data, sealed=False):
        print("".join(f"{p}\n" for p in problems), end="")
        print(f"{len(problems)} bad rows: nothing is sealed")
        return 1
    changed = tables.seal(args.data)
    print(f"sealed: {', '.join(changed) or 'nothing changed'}")
    return 0


def _hydrate(args) -> int:
    from tielines import texts

    _, found = _texts(args)
    frame = tables.read(args.table, args.data)
    if not {"sentence_ids", "sentence_id"} & set(frame):
        raise tables.DataError(f"table {args.table!r} has no sentences to join")
    target = ROOT / "articles" / f"{args.table}-with-text.csv"
    target.parent.mkdir(exist_ok=True)
    tables.write(texts.hydrate(frame, found, tables.read("sentences", args.data)), target)
    print(f"{len(frame)} rows with their sentences: {target.relative_to(ROOT)} (yours; git ignores it)")
    return 0


def _locate(args) -> int:
    from tielines import texts

    _, found = _texts(args)
    places = texts.locate(args.phrase, found, tables.read("sentences", args.data))
    print(places.to_string(index=False) if len(places) else "not found")
    return int(places.empty)


def _codebook(args) -> int:
    readme = args.data / "README.md"
    head, mark, _ = readme.read_text(encoding="utf-8").partition(tables.GENERATED)
    readme.write_text(head + mark + "\n\n" + tables.codebook(args.data), encoding="utf-8")
    return 0


def _page(args) -> int:
    from tielines import dataset, page

    found, out = (_texts(args)[1], ROOT / "articles" / "page") if args.with_texts else (None, None)
    target = page.build(dataset.load(args.data), article_texts=found, out=out)
    print(f"{target.relative_to(ROOT)}{' (yours; git ignores it)' if found else ''}")
    return 0


def _run(args) -> int:
    from tqdm import tqdm

    from tielines import checks, figures, notebooks

    wanted = [n for n in notebooks.find() if not args.notebook or n.stem in args.notebook]
    names = [n.stem for n in notebooks.find()]
    if unknown := [n for n in args.notebook if n not in names]:
        raise tables.DataError(f"no notebook {unknown[0]!r}; nearest: {tables.nearest(unknown[0], names) or names}")
    if problems := checks.check(args.data):
        print("".join(f"{p}\n" for p in problems[:40]), end="")
        print(f"{len(problems)} bad rows: nothing is run")
        return 1
    todo = wanted if args.all else notebooks.stale(wanted)
    if not todo:
        print(f"{len(wanted)} notebooks are fresh; --all runs them anyway")
        return 0
    with tqdm(total=len(todo), unit="notebook", desc="run") as bar:
        changed = notebooks.run(todo, progress=lambda path: (bar.set_postfix_str(path.stem), bar.update()))
    if not os.environ.get("TIELINES_FIGURES"):
        files.write(ROOT / "figures" / "README.md", figures.gallery())
        args.with_texts = None
        _page(args)
    print(f"{len(todo)} run, {len(changed)} rewritten, {len(wanted) - len(todo)} fresh")
    return 0


def main(argv=None) -> int:
    """Run one command; 0 is success, 1 a finding or an error, told in plain lines."""
    parser = argparse.ArgumentParser(prog="tielines", description=__doc__)
    parser.add_argument("--data", type=Path, default=tables.DATA, help="folder of the tables")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name, function, text):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function, articles=None)
        return sub

    def reads_texts(sub):
        sub.add_argument("--articles", type=Path, help="folder of the texts (else TIELINES_ARTICLES)")
        return sub

    command("check", _check, "what must hold within and between the rows")
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
    args = parser.parse_args(argv)
    try:
        return args.function(args)
    except files.TielinesError as error:
        print(f"tielines: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
