"""How measures grow with the number of claims: seconds and peak memory of each, every one in a process of its own, Parquet to Parquet.

``make bench-scale`` runs it, the engines of one size in turns, and prints medians. Tables are simulated once, into ``--folder``.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from tielines import aid, charts, corroboration, dataset, dates, narratives, scale, simulate, tables

TABLES = "articles actors events flows claims quantities stances links".split()  # what the measures read
UNREAD = {"paraphrase", "note", "sentence_ids"}  # by none of them
WHOLE = 20_000_000  # claims up to which *k of m* is one query
MEASURES = {
    "reports": lambda data: data.reports,
    "bounds": lambda data: data.bounds,
    "items": aid.stages,
    "judged": lambda data: narratives.judged(data, ["aspect"]),
    "k of m": corroboration.k_of_m,
    "pairs": lambda data: corroboration.candidates(data, near=True),  # wants sentences, which 10^8 claims go without
}


def in_pandas(folder: Path, measure: str) -> dataset.Dataset:
    """The tables as pandas frames, without the prose, for measures that leave the evidence out as the engines do."""
    held = {}
    for name in [*TABLES, *["sentences"] * (measure == "pairs")]:
        columns = [f["name"] for f in tables.fields(name) if f["name"] not in UNREAD - {"sentence_ids"}]
        held[name] = pd.read_parquet(folder / name, columns=columns)
        text = [f["name"] for f in tables.fields(name) if f["name"] in columns and tables.mark(f) == ""]
        held[name][text] = held[name][text].fillna("")
    data = dataset.Dataset(**held, filters={}, dropped=[], path=tables.DATA, bare=True)
    dataset.follow(data)
    ends = {text: pd.Timestamp(dates.parse(text).end) for text in data.articles["published"].unique()}
    data.articles["end"] = data.articles["published"].map(ends)
    return data


def one(folder: Path, engine: str, measure: str, memory: str, out: Path) -> dict:
    """Measure one thing in this process: seconds, those of the processor (of Spark, Python's alone), peak MB."""
    start, session = time.perf_counter(), None
    if engine == "pandas":
        result = MEASURES[measure](in_pandas(folder, measure))
        result.to_parquet(out / "result.parquet")
    elif engine == "duckdb":
        data = dataset.open(folder, "duckdb", memory=memory, disk="40GB")
        digits = measure == "k of m" and data.claims.count("*").fetchall()[0][0] > WHOLE
        for i, part in enumerate(corroboration.k_of_m_by_digit(data) if digits else [MEASURES[measure](data)]):
            part.to_parquet(str(out / f"{i}.parquet"))
    else:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "3g")
        for option, value in {
            "ui.enabled": "false",
            "ui.showConsoleProgress": "false",
            "driver.bindAddress": "127.0.0.1",
            "driver.host": "127.0.0.1",
            "sql.shuffle.partitions": "8",
            "sql.autoBroadcastJoinThreshold": "-1",  # or *k of m* sends round a table that is too large
        }.items():
            builder = builder.config(f"spark.{option}", value)
        session = builder.getOrCreate()
        start = time.perf_counter()  # a session serves many measures
        MEASURES[measure](dataset.open(folder, "spark", spark=session)).write.parquet(str(out / "result"))
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    peak, cpu = used.ru_maxrss / 1024, used.ru_utime + used.ru_stime
    if session:
        status = Path(f"/proc/{session.sparkContext._gateway.proc.pid}/status")  # the memory is Java's
        peak += int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
        session.stop()
    return {"seconds": round(seconds, 2), "cpu": round(cpu, 2), "mb": round(peak)}


def apart(folder: Path, engine: str, measure: str, memory: str) -> dict:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        command = [sys.executable, __file__, "--one", str(folder), engine, measure, memory, out]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            return {
                "seconds": None,
                "cpu": None,
                "mb": None,
                "why": next((line for line in reversed(lines) if "Error" in line), "".join(lines[-1:]))[:300],
            }
        return json.loads(done.stdout.splitlines()[-1])


def tables_of(claims: int, folder: Path, every: bool) -> Path:
    """Simulated tables of a size, made where they are not there; ``every`` one of them, else those that measures read."""
    out = folder / f"{claims:.0e}"
    if not (out / "done").exists():
        shutil.rmtree(out, ignore_errors=True)
        simulate.simulate(claims, out, only=None if every else TABLES)
        (out / "done").touch()
    return out


def whole(folder: Path) -> Path:
    """The same tables, linked, with most texts as coded in full: of one coded in part no silence is known, and *k of m* would have nothing to count."""
    out = folder.with_name(f"{folder.name}-whole")
    if not out.exists():
        shutil.copytree(folder, out, copy_function=os.link)
        state = "CASE WHEN article_id LIKE '%3' THEN 'scoped' ELSE 'full' END AS coverage"
        for path in (out / "articles").glob("*.parquet"):
            new = f"{path}.new"
            scale.connect().execute(
                f"COPY (FROM (SELECT * REPLACE ({state}) FROM '{path}')) TO '{new}' (FORMAT parquet)"
            )
            os.replace(new, path)  # the link, not what it leads to
    return out


def measured(claims: int, engines: list[str], rounds: int, args):
    """Yields rows of size, engine, measure, seconds, cpu and mb (medians), the engines in turns."""
    where = whole(tables_of(claims, args.folder, claims <= 10_000_000))
    for name in args.measures or MEASURES:
        if name == "pairs" and claims > 10_000_000:
            continue
        runs = {engine: [] for engine in engines}
        for _ in range(rounds):
            for engine in engines:
                runs[engine].append(apart(where, engine, name, args.memory))
        for engine, own in runs.items():
            row = {"claims": claims, "engine": engine, "measure": name, "rounds": rounds}
            if failed := [run for run in own if run["seconds"] is None]:
                row |= failed[0]
            else:
                row |= {key: median(run[key] for run in own) for key in ("seconds", "cpu", "mb")}
            print(
                "{claims:>12,} {engine:8} {measure:8} {seconds} s, {cpu} s of processor, {mb} MB".format(**row),
                row.get("why", ""),
                flush=True,
            )
            yield row


def checked(claims: int, folder: Path) -> dict:
    """Seconds of ``check`` by queries."""
    start = time.perf_counter()
    problems, left = scale.check(tables_of(claims, folder, True), disk="40GB")
    row = {
        "claims": claims,
        "engine": "duckdb",
        "measure": "check",
        "seconds": round(time.perf_counter() - start, 1),
        "bad": len(problems),
    }
    print(row, left, flush=True)
    return row


def drawn(found: pd.DataFrame, target: Path) -> None:
    """Seconds by claims, both as powers of ten, a panel a measure with the slope of DuckDB's last step over it; pandas dotted."""
    names = [name for name in MEASURES if name in set(found["measure"])]
    sizes = found["claims"]
    with charts.style():
        axes = charts.plot("full", 2.0, len(names))
        for ax, name in zip(axes, names, strict=True):
            ax.set(xscale="log", yscale="log", xlim=(sizes.min() * 0.6, sizes.max() * 1.7), xlabel="claims")
            head = name
            for engine, line, tone in (("pandas", ":", charts.SOFT), ("duckdb", "-", charts.INK)):
                own = found[found["measure"].eq(name) & found["engine"].eq(engine)].dropna(subset=["seconds"])
                own = own.sort_values("claims")
                ax.plot(own["claims"], own["seconds"], marker="o", ms=3, lw=1, ls=line, color=tone)
                if name == names[0] and len(own):
                    first, above = own.iloc[0], engine == "pandas"
                    low, up = ("bottom", 9) if above else ("top", 0.7)
                    ax.text(
                        first["claims"],
                        first["seconds"] * up,
                        {"duckdb": "DuckDB"}.get(engine, engine),
                        fontsize=6,
                        va=low,
                        color=tone,
                    )
                if engine == "duckdb" and len(own) > 1:
                    across, up = np.diff(np.log10(own[["claims", "seconds"]].to_numpy()), axis=0)[-1]
                    head += f"\nslope {up / across:.2f}"
                    if own["claims"].max() < sizes.max():
                        head += f" (to 10$^{np.log10(own['claims'].max()):.0f}$)"
            ax.set_title(head, fontsize=7, loc="left")
            ax.minorticks_off()
        axes[0].set_ylabel("seconds")
        axes[0].figure.savefig(target, metadata={"Date": None})


def rows(args):
    """All that is asked for, as it is measured."""
    for size in map(int, args.sizes):
        engines = ["duckdb"] if size > 10_000_000 else ["pandas", "duckdb"]
        yield from measured(size, engines, args.rounds if size <= 10_000_000 else 1, args)
        if size == 10_000_000 and not args.no_spark:
            yield from measured(size, ["spark"], 1, args)
        if size == 10_000_000 and not args.no_check:
            yield checked(size, args.folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=float, default=[1e6, 1e7, 1e8])
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement up to 1e7; past it one (3)")
    parser.add_argument(
        "--memory", default="1600MB", help="DuckDB's limit, which is less than what it takes in all (1600MB)"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tielines-scale")
    parser.add_argument("--measures", nargs="+", choices=MEASURES, help="all")
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--no-check", action="store_true")
    parser.add_argument(
        "--draw", type=Path, help="write the figure here, out of all that was ever measured in --folder"
    )
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        folder, engine, measure, memory, out = args.one
        print(json.dumps(one(Path(folder), engine, measure, memory, Path(out))))
        return 0
    args.folder.mkdir(parents=True, exist_ok=True)
    kept = args.folder / "measured.json"
    found = json.loads(kept.read_text()) if kept.exists() else []
    print(
        f"{os.cpu_count()} cores, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB, load {os.getloadavg()[0]:.1f}"
    )
    for row in rows(args):
        found.append(row)
        kept.write_text(json.dumps(found, indent=1))  # each at once: the whole takes hours
    if args.draw:
        latest = pd.DataFrame(found).drop_duplicates(["claims", "engine", "measure"], keep="last")
        drawn(latest[latest["engine"].ne("spark") & latest["measure"].ne("check")], args.draw)
    return int(any(row["seconds"] is None for row in found))


if __name__ == "__main__":
    sys.exit(main())
