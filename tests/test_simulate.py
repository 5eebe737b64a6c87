"""Simulated tables hold every rule of the real ones, and the rules as queries tell what the rules over frames tell."""

import csv
import shutil

import pytest

from tielines import checks, dataset, scale, simulate, tables
from tielines.__main__ import main
from tielines.files import TielinesError


def as_csv(folder, out):
    """Parquet of a folder as CSV in the shape of data/, in the order in which it was written."""
    (out / "derived").mkdir(parents=True)
    shutil.copy(folder / "datapackage.json", out)
    db = scale.connect()
    for name, resource in tables.resources().items():
        frame = db.read_parquet(sorted(map(str, (folder / name).glob("*.parquet")))).df()
        frame = frame.apply(lambda c: c.map({True: "yes", False: "no"}) if c.dtype == bool else c)
        if name == "sentences":
            frame = frame.sort_values(["article_id", "start"])
        tables.write(frame[[f["name"] for f in tables.fields(name)]], out / resource["path"])
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated")
    simulate.simulate(1_300, out, skew=2)
    return out


def test_every_rule_of_the_real_tables_holds(folder, tmp_path):
    assert checks.check(as_csv(folder, tmp_path / "csv"), sealed=False) == []
    assert scale.check(folder)[0] == []


def test_the_skew_says_how_many_texts_tell_of_an_event(tmp_path):
    shares, names = [], "articles actors events flows claims quantities stances links".split()
    for skew in (6, 1.5):
        out = tmp_path / str(skew)
        assert simulate.simulate(20_000, out, skew=skew, only=names)["claims"] == pytest.approx(20_000, rel=0.02)
        data = dataset.open(out, "duckdb")
        told = data.reports.aggregate("event_id, count(*) AS k").aggregate("avg(k), max(k)").fetchall()[0]
        shares.append(told)
    assert shares[1][0] > 1.5 * shares[0][0] and shares[1][1] > 10


def test_the_same_seed_gives_the_same_rows_and_another_others(tmp_path):
    rows = []
    for n, seed in enumerate((7, 7, 8)):
        simulate.simulate(2_000, tmp_path / str(n), seed=seed, only=["claims"])
        rows.append(
            scale.connect()
            .sql(f"SELECT claim_id, event_id FROM '{tmp_path}/{n}/claims/*.parquet' ORDER BY 1")
            .fetchall()
        )
    assert rows[0] == rows[1] != rows[2]
    assert len({claim for claim, _ in rows[0]}) == len(rows[0])


def test_what_cannot_be_simulated_is_told(tmp_path, capsys):
    with pytest.raises(TielinesError, match="skew over 1"):
        simulate.simulate(1e3, tmp_path, skew=1)
    assert main(["simulate", "--claims", "0", "--out", str(tmp_path)]) == 1
    assert "from 1 to 1e10 claims" in capsys.readouterr().err


def broken(folder, *cells):
    """Plant values: table, row (from 0), column, value."""
    for name, at, column, value in cells:
        path = folder / tables.resource(name)["path"]
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows[at][column] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


CELLS = [
    ("claims", 3, "factuality", "CT"), ("claims", 5, "speaker", "AUTOR"), ("claims", 9, "event_id", "e9999"), ("claims", 11, "said_on", "2025-13"),
    ("claims", 12, "claim_id", "c0001"), ("events", 4, "umbrella", "maybe"), ("events", 6, "label", ""), ("quantities", 2, "best", "many"),
    ("quantities", 3, "start", "-1"), ("stances", 7, "dyads", "USA-IRN"), ("articles", 1, "zones", "body:2-1"), ("links", 0, "a", "x1"),
    ("wordings", 2, "term", "=1+1"), ("sentences", 5, "sha256", "short"), ("origins", 1, "title", "a\u200bb"), ("flows", 0, "parent_event_id", "e"),
]  # fmt: skip
ROWS = [
    ("claims", 7, "value_basis", "explicit"), ("claims", 20, "speaker", "XI"), ("claims", 30, "attribute", "stage"),
    ("quantities", 2, "measure", "growth"), ("quantities", 4, "low", "999999999999"), ("flows", 1, "total_note", ""), ("links", 1, "note", ""),
    ("wordings", 4, "term", "Pact"), ("recodes", 3, "reason", "rule"), ("events", 1, "umbrella", "yes"), ("stances", 3, "sentence_ids", "000.p1.s1"),
    ("claims", 40, "paraphrase", "word " * 30), ("sentences", 9, "zone", "caption"), ("articles", 0, "primary_frame", ""),
    ("links", 17, "relation", "maybe_same"),
]  # fmt: skip


@pytest.mark.parametrize("cells", [CELLS, ROWS], ids=["cells", "rows"])
def test_the_rules_as_queries_tell_what_the_small_check_tells(copy, cells):
    broken(copy, *cells)
    small, (large, left) = checks.check(copy, sealed=False), scale.check(copy)
    asked = {str(problem) for problem in large}
    assert asked and asked <= {str(problem) for problem in small}
    assert {problem.file for problem in large} >= {tables.resource(name)["path"] for name, *_ in cells} - {
        "articles.csv"
    }
    if cells is CELLS:
        assert asked == {str(problem) for problem in small} and not left
    else:
        assert any("told of one event already" in line for line in asked)


def test_check_as_a_command_says_what_is_not_asked(folder, capsys):
    assert main(["check", "--data", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "not asked: " in out and "all other rules hold" in out


def test_limits_that_are_too_narrow_are_told(capsys):
    assert main(["check", "--engine", "duckdb", "--memory", "12MB", "--disk", "0KB"]) == 1
    told = capsys.readouterr().err
    assert "DuckDB wants more than memory 12MB and disk 0KB; `check` takes --memory and --disk" in told
    assert "fault of the program" not in told
