"""Bad input: each kind is found, all at once, with file, row, column, value, rule and nearest."""

import csv
import subprocess
import sys

import pytest

from tielines import checks
from tielines.__main__ import main


def edit(copy, table, row, **values):
    """Set columns of the n-th data row; its line in the file is n + 2."""
    path = copy / f"{table}.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    rows[row] |= values
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def find(copy, table, condition):
    rows = list(csv.DictReader((copy / f"{table}.csv").open(encoding="utf-8", newline="")))
    return next(i for i, r in enumerate(rows) if condition(r)), rows


def told(copy):
    return [str(p) for p in checks.check(copy)]


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        ("claims", {"factuality": "CT"}, "claims.csv:2 factuality='CT': unknown code; nearest: CT"),
        ("claims", {"event_id": ""}, "claims.csv:2 event_id='': a value is required"),
        ("claims", {"event_id": "e9999"}, "claims.csv:2 event_id='e9999': no such event_id in events"),
        ("claims", {"claim_id": "x1"}, r"claims.csv:2 claim_id='x1': does not match c\d+"),
        (
            "claims",
            {"speaker": "LAVROW_AUTHOR"},
            "speaker='LAVROW': no such actor_id in actors; nearest: LAVROV",
        ),
        ("claims", {"speaker": "LAVROV"}, "speaker='LAVROV': a chain of speakers ends in AUTHOR"),
        ("claims", {"said_on": "2025-02-29"}, "said_on='2025-02-29': not a possible EDTF date"),
        (
            "claims",
            {"sentence_ids": "000.p3.s1;000.p3.s99"},
            "'000.p3.s99': no such sentence_id in sentences",
        ),
        ("claims", {"paraphrase": "word " * 26}, "more than 25 words"),
        ("events", {"recipients": "CUB;IRX"}, "events.csv:2 recipients='IRX': no such actor_id in actors"),
        ("events", {"umbrella": "maybe"}, "umbrella='maybe': yes or no"),
        ("events", {"domain": "militry"}, "domain='militry': unknown code; nearest: military"),
        ("quantities", {"low": "many"}, "quantities.csv:2 low='many': not a number"),
        ("quantities", {"start": "-4"}, "start='-4': not a integer"),
        ("quantities", {"low": "9", "best": "8", "high": "7"}, "low='9': low <= best <= high"),
        ("quantities", {"low": "", "qualifier": "exact"}, "does not go with which of low, best, high"),
        ("quantities", {"start": "0", "end": "3"}, "start='0': lies outside its sentences"),
        ("quantities", {"measure": "money"}, "measure='money': differs from its claim"),
        ("articles", {"zones": "title:1;body:2-x"}, "articles.csv:2 zones='title:1;body:2-x': zone"),
        ("articles", {"published": "[2026..2025]"}, "published='[2026..2025]': not a possible EDTF date"),
        ("flows", {"item": "solar_par"}, "item='solar_par': unknown code; nearest: solar_park"),
        ("flows", {"parent_event_id": "e9999"}, "no such event_id in events"),
        ("links", {"b": "c9999"}, "b='c9999': no such claim or stance"),
        ("uncoded", {"scope": "amount", "start": "", "end": ""}, "leave a whole sentence"),
    ],
)
def test_bad_value(copy, table, values, expected):
    edit(copy, table, 0, **values)
    assert any(expected in line for line in told(copy)), told(copy)


def test_all_bad_rows_in_one_report(copy):
    for row in range(5):
        edit(copy, "claims", row, factuality="??")
    edit(copy, "actors", 3, kind="planet")
    edit(copy, "articles", 1, published="2026-13")
    lines = told(copy)
    assert sum("factuality='??'" in line for line in lines) == 5
    assert any("kind='planet'" in line for line in lines) and any("published='2026-13'" in line for line in lines)


def test_duplicate_id(copy):
    path = copy / "events.csv"
    line = path.read_text(encoding="utf-8").splitlines()[1]
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert any(f"event_id='{line.split(',')[0]}': stands already in row 2" in p for p in told(copy))


def test_the_same_claim_twice(copy):
    row, rows = find(copy, "claims", lambda r: r["attribute"] == "occurrence")
    last = int(rows[-1]["claim_id"][1:]) + 1
    with (copy / "claims.csv").open("a", encoding="utf-8", newline="") as file:
        again = rows[row] | {"claim_id": f"c{last:04d}"}
        csv.DictWriter(file, again, lineterminator="\n").writerow(again)
    assert any("says the same as row" in p for p in told(copy))


@pytest.mark.parametrize(
    ("table", "condition", "values", "expected"),
    [
        (
            "claims",
            lambda r: r["attribute"] == "stage",
            {"value": "sent"},
            "unknown code for attribute stage",
        ),
        (
            "claims",
            lambda r: r["attribute"] == "stage",
            {"attribute": "occurrence", "value": ""},
            "told by stage",
        ),
        ("claims", lambda r: r["attribute"] == "date", {"value": "2025-02-30"}, "not a possible EDTF date"),
        ("claims", lambda r: r["attribute"] == "date", {"value_basis": ""}, "filled for date claims"),
        ("claims", lambda r: r["attribute"] == "term", {"value": "pace"}, "unknown code for attribute term"),
        (
            "claims",
            lambda r: r["attribute"] == "occurrence",
            {"value": "yes"},
            "empty for attribute occurrence",
        ),
        (
            "claims",
            lambda r: r["attribute"] == "actor",
            {"value": "XJ"},
            "no such actor_id in actors; nearest: XI",
        ),
    ],
)
def test_rules_between_columns(copy, table, condition, values, expected):
    row, _ = find(copy, table, condition)
    edit(copy, table, row, **values)
    assert any(expected in line and f"{table}.csv:{row + 2} " in line for line in told(copy)), told(copy)


def test_a_sentence_without_a_row_is_found(copy):
    row, rows = find(copy, "uncoded", lambda r: r["scope"] == "judgement")
    gone = rows[row]["sentence_id"]
    path = copy / "uncoded.csv"
    kept = [x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith(gone + ",")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert any(f"'{gone}': no row in claims, stances, reasons or uncoded" in p for p in told(copy))


def test_an_event_that_no_claim_tells(copy):
    with (copy / "events.csv").open("a", encoding="utf-8") as file:
        file.write("e9000,A thing untold,AID,energy,RUS,CUB,no,yes,\n")
    assert any("'e9000': no claim tells it" in p for p in told(copy))


def test_header_errors_are_all_that_is_said_of_a_file(copy):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("factuality", "factualty", 1), encoding="utf-8")
    lines = [p for p in told(copy) if p.startswith("claims.csv")]
    assert lines == [
        "claims.csv:1 header='factuality': this column is missing; nearest: factualty",
        "claims.csv:1 header='factualty': no such column in datapackage.json; nearest: factuality",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        ("event_id,label\ne1,caf\xe9\n".encode("latin-1"), "is not UTF-8"),
        (b"\xef\xbb\xbfevent_id\n", "byte order mark"),
        (None, "the file is missing"),
    ],
)
def test_unreadable_file(copy, content, expected):
    path = copy / "events.csv"
    path.unlink() if content is None else path.write_bytes(content)
    assert any(p.startswith("events.csv: ") and expected in p for p in told(copy))


def test_a_row_with_too_few_fields(copy):
    with (copy / "links.csv").open("a", encoding="utf-8") as file:
        file.write("c0001,c0002\n")
    assert any("2 fields where the header has 4" in p for p in told(copy))


def test_the_command_ends_with_1_and_writes_nothing(copy):
    edit(copy, "claims", 0, factuality="maybe")
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    command = [sys.executable, "-m", "tielines", "--data", str(copy), "check"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1 and "Traceback" not in run.stderr + run.stdout
    assert "claims.csv:2 factuality='maybe': unknown code" in run.stdout and "bad row" in run.stdout
    assert before == {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}


def test_a_text_whose_hash_differs(article_texts, data, tmp_path, capsys):
    for article, text in article_texts.items():
        (tmp_path / f"{article}.txt").write_text(
            text + ("\nmore\n" if article == "001" else ""), encoding="utf-8", newline=""
        )
    assert main(["verify", "--articles", str(tmp_path)]) == 1
    assert "articles 001 file: drifted" in capsys.readouterr().out


def test_missing_texts_are_one_line(tmp_path, capsys):
    assert main(["verify", "--articles", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "put 000.txt" in error and "TIELINES_ARTICLES" in error and error.count("\n") == 1
