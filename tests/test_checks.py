"""Bad input: each kind is found, all at once, with file, row, column, value, rule and nearest."""

import csv
import re
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
        ("quantities", {"start": "-4"}, "start='-4': not a whole number"),
        ("quantities", {"low": "9", "best": "8", "high": "7"}, "low='9': low <= best <= high"),
        ("quantities", {"low": "", "qualifier": "exact"}, "does not go with which of low, best, high"),
        ("quantities", {"start": "0", "end": "3"}, "start='0': lies outside the anchors of its claim"),
        ("quantities", {"measure": "money"}, "measure='money': differs from its claim"),
        ("articles", {"zones": "title:1;body:2-x"}, "articles.csv:2 zones='title:1;body:2-x': zone"),
        ("articles", {"published": "[2026..2025]"}, "published='[2026..2025]': not a possible EDTF date"),
        ("derived/sentences", {"word_spans": "0-6;7"}, "word_spans='0-6;7': does not match"),
        ("flows", {"item": "solar_par"}, "item='solar_par': unknown code; nearest: solar_park"),
        ("flows", {"parent_event_id": "e9999"}, "no such event_id in events"),
        ("links", {"b": "c9999"}, "b='c9999': no such claim or stance"),
        ("uncoded", {"start": "", "end": ""}, "start='': a value is required"),
        ("uncoded", {"end": "9999999"}, "leaves its sentence or cuts a word"),
        ("anchors", {"row_id": "c9999"}, "row_id='c9999': no such claim, stance, reason or wording"),
        ("anchors", {"words": "99"}, "words between start and end"),
        ("events", {"label": "Coordination"}, "umbrella='yes': yes where the label ends in (unspecific)"),
        ("events", {"in_scope": "no"}, "in_scope='no': yes: it joins RUS CHN IRN CUB of the four"),
        ("events", {"concerns": "RUS"}, "concerns='RUS': names a party"),
        ("articles", {"primary_frame": "none"}, "primary_frame='none': the frame of most paragraphs is"),
        ("articles", {"coverage": "scoped"}, "coverage='scoped': every clause is accounted for: full"),
        ("claims", {"said_on": "2030-01-01"}, "said_on='2030-01-01': after its article was published"),
        ("recodes", {"variable": "paraphrase"}, "variable='paraphrase': not a column that is coded twice"),
        ("recodes", {"row_id": "x1"}, "row_id='x1': no such row in"),
        ("recodes", {"first": "a", "second": "b", "reason": "rule"}, "the settled value is that of neither pass"),
        ("recodes", {"reason": "rule"}, "reason='rule': the passes agree"),
        ("links", {"note": ""}, "note='': says what differs, or why nothing does"),
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


def drop(copy, table, condition):
    """Take out the rows that meet a condition; how many."""
    path = copy / f"{table}.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    kept = [r for r in rows if not condition(r)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return len(rows) - len(kept)


def test_a_clause_without_a_row_is_found(copy):
    _, rows = find(copy, "uncoded", lambda r: True)
    longest = max((r for r in rows if r["scope"] == "judgement"), key=lambda r: int(r["end"]) - int(r["start"]))
    drop(copy, "uncoded", lambda r: r == longest)
    drop(copy, "recodes", lambda r: r["table"] == "uncoded" and r["row_id"].startswith(longest["sentence_id"]))
    rule = "words in no anchor and no uncoded span"
    assert any(rule in p and f"start='{longest['start']}-" in p for p in told(copy)), told(copy)


def test_a_row_without_anchors_is_found(copy):
    row, rows = find(copy, "reasons", lambda r: True)
    assert drop(copy, "anchors", lambda r: r["row_id"] == rows[row]["reason_id"])
    assert any("its anchors stand in no sentence: it has none" in p for p in told(copy))


def test_an_anchor_that_cuts_a_word_is_found(copy):
    row, rows = find(copy, "anchors", lambda r: int(r["words"]) > 3)
    edit(copy, "anchors", row, start=str(int(rows[row]["start"]) + 1))
    assert any(f"anchors.csv:{row + 2} start=" in p and "cuts a word" in p for p in told(copy))


def test_a_whole_sentence_is_no_anchor_where_it_holds_more_rows(copy):
    _, rows = find(copy, "anchors", lambda r: True)
    places = {r["sentence_id"]: r for r in csv.DictReader((copy / "derived" / "sentences.csv").open(encoding="utf-8"))}
    held = {}
    for r in rows:
        if r["row_id"][0] != "w":
            held.setdefault(r["sentence_id"], set()).add(r["row_id"])
    row = next(i for i, r in enumerate(rows) if len(held.get(r["sentence_id"], ())) > 2 and r["row_id"][0] == "c")
    place = places[rows[row]["sentence_id"]]
    words = len(place["word_spans"].split(";"))
    edit(copy, "anchors", row, start=place["start"], end=place["end"], words=str(words))
    assert any("the whole sentence, which also holds" in p for p in told(copy))


def test_a_pair_without_a_link_is_found(copy):
    path = copy / "links.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    gone = next(r for r in rows if r.startswith("s"))
    a, b = gone.split(",")[:2]
    path.write_text("\n".join([header, *(r for r in rows if r != gone)]) + "\n", encoding="utf-8")
    drop(copy, "recodes", lambda r: r["table"] == "links" and r["row_id"] == f"{a}+{b}")
    assert any(p.startswith("links.csv: no row for") and a in p and b in p for p in told(copy))


def test_a_column_that_was_not_coded_a_second_time_is_found(copy):
    gone = drop(copy, "recodes", lambda r: (r["table"], r["row_id"], r["variable"]) == ("claims", "c0001", "speaker"))
    assert gone == 1
    assert any("claims.csv:2 speaker=" in p and "was not coded a second time" in p for p in told(copy))


def test_links_are_coded_twice_by_half(copy):
    gone = [0]

    def third(row):
        gone[0] += row["table"] == "links"
        return row["table"] == "links" and gone[0] % 3 == 0

    assert drop(copy, "recodes", third)
    assert any("coded a second time, less than half" in p for p in told(copy))


def test_a_changed_table_is_refused_until_it_is_sealed(copy, capsys):
    edit(copy, "claims", 4, paraphrase="Another way to say it.")
    assert told(copy) == ["claims.csv: changed since it was sealed; if you meant it, `python -m tielines seal`"]
    assert main(["--data", str(copy), "seal"]) == 0 and "sealed: claims" in capsys.readouterr().out
    assert told(copy) == []


def test_a_table_with_a_bad_row_is_not_sealed(copy, capsys):
    edit(copy, "claims", 4, factuality="maybe")
    before = (copy / "datapackage.json").read_bytes()
    assert main(["--data", str(copy), "seal"]) == 1 and "nothing is sealed" in capsys.readouterr().out
    assert (copy / "datapackage.json").read_bytes() == before


def test_the_rows_that_git_does_not_know_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "t"]):
        subprocess.run([*git, *command], check=True)
    path.write_text("a,b\n1,2\n3,5\n6,7\n", encoding="utf-8")
    assert checks._changed(path) == [3, 4]


def test_many_rows_with_one_fault_are_one_line(copy, capsys):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",AUTHOR,", ",AUTHER,"), encoding="utf-8")
    assert main(["--data", str(copy), "check"]) == 1
    line, count = capsys.readouterr().out.splitlines()
    assert line.startswith("claims.csv:") and "no such actor_id in actors; nearest: AUTHOR; and so " in line
    rows = re.findall(r"(\d+)(?:-(\d+))?", line.split("more rows: ")[1])
    assert int(count.split()[0]) == 1 + sum(int(b or a) - int(a) + 1 for a, b in rows)


def test_keys_that_were_changed_are_told_once_and_not_where_they_are_named(copy):
    path = copy / "articles.csv"
    path.write_text(re.sub(r"^00(\d)", r"\1", path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    line = "articles.csv article_id='': 5 of 5 values that other tables name are not here, such as '000'; nearest: 0"
    assert told(copy) == [line]


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("recodes", lambda t: t.split("\n")[0] + "\n", "recodes.csv: a header and no rows"),
        ("derived/terms", lambda t: t.split("\n")[0] + "\n", "derived/terms.csv: a header and no rows"),
        (
            "claims",
            lambda t: t.replace("c0002,", "c0002\u200b,", 1),
            "claims.csv:3 claim_id='c0002\\u200b': holds U+200B",
        ),
        ("claims", lambda t: t.replace("c0002,", "c0002\x00,", 1), "claims.csv:3 claim_id='c0002\\x00': holds U+0000"),
        ("events", lambda t: t.replace(",AID,", "\u202e,AID,", 1), "holds U+202E, which nobody sees"),
        ("events", lambda t: t.replace("e0002,", "e0002,=1+1 ", 1), "label='=1+1 "),
        ("actors", lambda t: t.replace("CHN,", "CHN,@", 1), "begins like a formula, which a spreadsheet would run"),
        ("claims", lambda t: t.replace("c0002,", "c٠٠٠٢,", 1), r"claims.csv:3 claim_id='c٠٠٠٢': does not match c\d+"),
        ("articles", lambda t: t.replace(",2026-02-14,", ",٢٠٢٦-02-14,", 1), "not a possible EDTF date"),
        ("links", lambda t: t.replace("\n", "\n<<<<<<< HEAD\n", 1), "links.csv:2: a conflict mark of git"),
        (
            "origins",
            lambda t: t.replace("002.p19.s1", "002.p99.s1"),
            "no such sentence_id in sentences; nearest: 002.p9",
        ),
        ("links", lambda t: t.replace(",dismissed,", ',dismissed,"x\ny",', 1) + "x\n", "links.csv:2: 5 fields where"),
    ],
)
def test_what_nobody_sees_or_no_editor_means_is_found(copy, table, change, expected):
    path = copy / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(change(text), encoding="utf-8")
    lines = checks.report(checks.check(copy))
    assert any(expected in line for line in lines) and len(lines) < 8, lines


def test_an_event_that_no_claim_tells(copy):
    with (copy / "events.csv").open("a", encoding="utf-8") as file:
        file.write("e9000,A thing untold,AID,energy,RUS,CUB,,no,yes,\n")
    assert any("'e9000': no claim tells it" in p for p in told(copy))


def test_a_wrong_header_is_one_line_and_all_that_is_said(copy):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("factuality", "factualty", 1), encoding="utf-8")
    assert told(copy) == [
        "claims.csv:1 header='factualty': missing: factuality; unknown or there twice: factualty; nearest: factuality"
    ]


@pytest.mark.parametrize("table", ["articles", "actors", "events", "claims", "derived/sentences"])
@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        (None, 0, "the file is missing"),
        (b"", 0, "the file is empty"),
        (b"caf\xe9\n", 0, "is not UTF-8"),
        (b"\xef\xbb\xbfa,b\n", 0, "byte order mark"),
        (b"a,b\n1,2\n", 1, "missing: "),
        (b'a,b\n"1,2\n3,4\n', 2, "no CSV from here on"),
        (b'a,b\n1,"' + b"2" * 200_000, 2, "no CSV from here on"),
    ],
)
def test_an_unreadable_table_is_one_line_and_no_fault_of_others(copy, table, content, line, expected):
    path = copy / f"{table}.csv"
    path.unlink() if content is None else path.write_bytes(content)
    edit(copy, "links", 0, relation="sameish")
    mine, other = sorted(checks.check(copy), key=lambda p: p.file == "links.csv")
    assert (mine.file, mine.row) == (f"{table}.csv", line) and expected in mine.rule
    assert str(other).startswith("links.csv:2 relation='sameish': unknown code")


def test_references_among_the_readable_tables_are_still_checked(copy):
    (copy / "articles.csv").unlink()
    edit(copy, "claims", 0, event_id="e9999")
    assert [p.split(":")[0] for p in told(copy)] == ["articles.csv", "claims.csv"]


def test_a_row_with_too_few_fields(copy):
    with (copy / "links.csv").open("a", encoding="utf-8") as file:
        file.write("c0001,c0002\n")
    assert any("2 fields where the header has 4" in p for p in told(copy))


def test_a_row_with_too_many_fields_is_the_only_fault(copy):
    path = copy / "events.csv"
    head, first, rest = path.read_text(encoding="utf-8").split("\n", 2)
    path.write_text("\n".join([head, f"{first},one, comma", rest]), encoding="utf-8")
    assert told(copy) == ["events.csv:2: 12 fields where the header has 10"]


def test_the_command_ends_with_1_and_writes_nothing(copy):
    edit(copy, "claims", 0, factuality="maybe")
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    command = [sys.executable, "-m", "tielines", "--data", str(copy), "check"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1 and "Traceback" not in run.stderr + run.stdout
    assert "claims.csv:2 factuality='maybe': unknown code" in run.stdout and "bad row" in run.stdout
    assert before == {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}


def test_missing_texts_are_one_line(tmp_path, capsys):
    assert main(["verify", "--articles", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "put 000.txt" in error and "TIELINES_ARTICLES" in error and error.count("\n") == 1
