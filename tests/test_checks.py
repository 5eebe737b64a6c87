"""Bad input: each kind is found, all at once, with file, row, column, value, rule and nearest."""

import csv
import re
import subprocess
import sys

import pytest

from tielines import checks, tables
from tielines.__main__ import main


def read(copy, table):
    with (copy / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(copy, table, rows):
    with (copy / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit(copy, table, row, **values):
    """Set columns of the n-th data row; its line in the file is n + 2."""
    rows = read(copy, table)
    rows[row] |= values
    write(copy, table, rows)


def told(copy):
    return [str(p) for p in checks.check(copy)]


OF_ITS_OWN = [  # table, what the row has, what it is given, what is told
    ("claims", {}, {"factuality": "CT"}, "factuality='CT': unknown code; nearest: CT"),
    ("claims", {}, {"event_id": ""}, "event_id='': a value is required"),
    ("claims", {}, {"event_id": "e9999"}, "event_id='e9999': no such event_id in events"),
    ("claims", {}, {"claim_id": "x1"}, r"claim_id='x1': does not match c\d+"),
    ("claims", {}, {"speaker": "LAVROW_AUTHOR"}, "speaker='LAVROW': no such actor_id in actors; nearest: LAVROV"),
    ("claims", {}, {"said_on": "2025-02-29"}, "said_on='2025-02-29': not a possible EDTF date"),
    ("claims", {}, {"sentence_ids": "000.p3.s99"}, "sentence_ids='000.p3.s99': no such sentence_id in sentences"),
    ("events", {}, {"recipients": "CUB;IRX"}, "recipients='IRX': no such actor_id in actors"),
    ("events", {}, {"umbrella": "maybe"}, "umbrella='maybe': yes or no"),
    ("events", {}, {"domain": "militry"}, "domain='militry': unknown code; nearest: military"),
    ("quantities", {}, {"low": "many"}, "low='many': not a number"),
    ("quantities", {}, {"start": "-4"}, "start='-4': not a whole number"),
    ("articles", {}, {"zones": "title:1;body:2-x"}, "zones='title:1;body:2-x': zone"),
    ("articles", {}, {"published": "[2026..2025]"}, "published='[2026..2025]': not a possible EDTF date"),
    ("derived/sentences", {}, {"word_spans": "0-6;7"}, "word_spans='0-6;7': does not match"),
    ("flows", {}, {"item": "solar_par"}, "item='solar_par': unknown code; nearest: solar_park"),
    ("flows", {}, {"parent_event_id": "e9999"}, "parent_event_id='e9999': no such event_id in events"),
    ("uncoded", {}, {"start": ""}, "start='': a value is required"),
]
AMONG_ROWS = [
    ("claims", {}, {"speaker": "LAVROV"}, "speaker='LAVROV': a chain of speakers ends in AUTHOR"),
    ("claims", {}, {"paraphrase": "word " * 26}, "more than 25 words"),
    ("claims", {}, {"said_on": "2030-01-01"}, "said_on='2030-01-01': after its article was published"),
    ("claims", {"attribute": "stage"}, {"value": "sent"}, "value='sent': unknown code for attribute stage"),
    ("claims", {"attribute": "date"}, {"value": "2025-02-30"}, "value='2025-02-30': not a possible EDTF date"),
    ("claims", {"attribute": "date"}, {"value_basis": ""}, "value_basis='': filled for date claims"),
    ("claims", {"attribute": "term"}, {"value": "pace"}, "value='pace': unknown code for attribute term"),
    ("claims", {"attribute": "occurrence"}, {"value": "yes"}, "value='yes': empty for attribute occurrence"),
    ("claims", {"attribute": "actor"}, {"value": "XJ"}, "value='XJ': no such actor_id in actors; nearest: XI"),
    (
        "claims",
        {"attribute": "stage"},
        {"attribute": "occurrence", "value": ""},
        "attribute='occurrence': support is told by stage",
    ),
    ("quantities", {}, {"low": "9", "best": "8", "high": "7"}, "low='9': low <= best <= high"),
    ("quantities", {}, {"low": "", "qualifier": "exact"}, "does not go with which of low, best, high"),
    ("quantities", {}, {"start": "0", "end": "3"}, "start='0': lies outside the anchors of its claim"),
    ("quantities", {}, {"measure": "money"}, "measure='money': differs from its claim"),
    (
        "flows",
        {"item": "rice"},
        {"item": "fighter"},
        "item='fighter': belongs to the domain military, its event to food_relief",
    ),
    ("quantities", {"measure": "mass"}, {"unit": "bbl"}, "unit='bbl': mass is in t"),
    ("quantities", {"measure": "duration"}, {"unit": "bbl"}, "unit='bbl': duration is in year or month or week or day"),
    ("links", {}, {"b": "c9999"}, "b='c9999': no such claim or stance"),
    ("links", {}, {"note": ""}, "note='': says what differs, or why nothing does"),
    (
        "origins",
        {"sentence_id": "002.p19.s1"},
        {"sentence_id": "002.p99.s1"},
        "no such sentence_id in sentences; nearest: 002.p9",
    ),
    ("uncoded", {}, {"end": "9999999"}, "leaves its sentence or cuts a word"),
    ("anchors", {}, {"row_id": "c9999"}, "row_id='c9999': no such claim, stance, reason or wording"),
    ("anchors", {}, {"words": "99"}, "words between start and end"),
    (
        "events",
        {"umbrella": "yes"},
        {"label": "Coordination"},
        "umbrella='yes': yes where the label ends in (unspecific)",
    ),
    (
        "events",
        {"actors": "RUS;CHN", "in_scope": "yes"},
        {"in_scope": "no"},
        "in_scope='no': yes: it joins RUS CHN IRN",
    ),
    ("events", {"actors": "RUS", "in_scope": "yes"}, {"concerns": "RUS"}, "concerns='RUS': names a party"),
    ("articles", {}, {"primary_frame": "none"}, "primary_frame='none': the frame of most paragraphs is"),
    ("recodes", {}, {"variable": "paraphrase"}, "variable='paraphrase': not a column that is coded twice"),
    ("recodes", {}, {"row_id": "x1"}, "row_id='x1': no such row in"),
    (
        "recodes",
        {},
        {"first": "a", "second": "b", "reason": "rule"},
        "first='a': the settled value is that of neither pass",
    ),
    ("recodes", {}, {"reason": "rule"}, "reason='rule': the passes agree"),
]


@pytest.mark.parametrize("cases", [OF_ITS_OWN, AMONG_ROWS], ids=["of its own", "among rows"])
def test_every_bad_cell_is_told_once_in_its_place(copy, cases):
    """All at once, a row each: the first with what it has that no other case took."""
    tables, places = {t: read(copy, t) for t, *_ in cases}, []
    for table, has, given, rule in cases:
        rows, taken = tables[table], [p[0] for p in places]
        n = next(i for i, r in enumerate(rows) if has.items() <= r.items() and f"{table}.csv:{i + 2} " not in taken)
        rows[n] |= given
        places.append((f"{table}.csv:{n + 2} ", rule))
    for table, rows in tables.items():
        write(copy, table, rows)
    lines = told(copy)
    assert [p for p in places if sum(line.startswith(p[0]) and p[1] in line for line in lines) != 1] == [], lines
    assert len(lines) == len(places) or cases is AMONG_ROWS, lines  # which has consequences for other rows


def drop(copy, table, condition):
    """Take out the rows that meet a condition; how many."""
    rows = read(copy, table)
    kept = [r for r in rows if not condition(r)]
    write(copy, table, kept)
    return len(rows) - len(kept)


def test_what_has_no_row_is_found(copy):
    """A clause, a pair that must be looked at, a second coding; and a text that is not said to be coded in full."""
    clause = max(
        (r for r in read(copy, "uncoded") if r["scope"] == "judgement"), key=lambda r: int(r["end"]) - int(r["start"])
    )
    pair = next(r for r in read(copy, "links") if r["a"][0] == "s")
    assert drop(copy, "uncoded", lambda r: r == clause) == drop(copy, "links", lambda r: r == pair) == 1
    recoded = {"uncoded": clause["sentence_id"], "links": f"{pair['a']}+{pair['b']}"}
    drop(copy, "recodes", lambda r: r["row_id"].startswith(recoded.get(r["table"], "-")))
    assert drop(copy, "recodes", lambda r: [*r.values()][:3] == ["claims", "c0001", "speaker"]) == 1
    lines = told(copy)
    assert any("words in no anchor and no uncoded span" in p and f"start='{clause['start']}-" in p for p in lines)
    assert any(p.startswith(f"links.csv: no row for {pair['a']} and {pair['b']}") for p in lines), lines
    assert any("claims.csv:2 speaker=" in p and "was not coded a second time" in p for p in lines)


def test_a_text_coded_in_full_is_said_to_be(copy):
    edit(copy, "articles", 0, coverage="scoped")
    assert any("articles.csv:2 coverage='scoped': every clause is accounted for: full" in p for p in told(copy))


def test_anchors_that_are_wrong_are_found(copy):
    """None at all, one that cuts a word, one that takes the whole of a sentence that holds more rows."""
    reason, rows = read(copy, "reasons")[0]["reason_id"], read(copy, "anchors")
    places, held = {r["sentence_id"]: r for r in read(copy, "derived/sentences")}, {}
    for r in rows:
        held.setdefault(r["sentence_id"], set()).update({r["row_id"]} if r["row_id"][0] != "w" else ())
    cut = next(i for i, r in enumerate(rows) if int(r["words"]) > 3)
    whole = next(i for i, r in enumerate(rows) if len(held[r["sentence_id"]]) > 2 and r["row_id"][0] == "c" and i > cut)
    place = places[rows[whole]["sentence_id"]]
    words = len(place["word_spans"].split(";"))
    rows[cut]["start"] = str(int(rows[cut]["start"]) + 1)
    rows[whole] |= {"start": place["start"], "end": place["end"], "words": str(words)}
    gone = [i for i, r in enumerate(rows) if r["row_id"] == reason]
    assert gone and max(cut, whole) < gone[0]  # the lines before them stay
    write(copy, "anchors", [r for r in rows if r["row_id"] != reason])
    lines = told(copy)
    assert any(p.startswith("reasons.csv:2 ") and "its anchors stand in no sentence: it has none" in p for p in lines)
    assert any(p.startswith(f"anchors.csv:{cut + 2} start=") and "cuts a word" in p for p in lines)
    assert any(p.startswith(f"anchors.csv:{whole + 2} ") and "the whole sentence, which also holds" in p for p in lines)


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
    path.write_text(re.sub("^(?!article_id)(?=.)", "x", path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    n = len(tables.read("articles"))
    rule = f"{n} of {n} values that other tables name are not here, such as '000'; nearest: x000"
    line = f"articles.csv article_id='': {rule}"
    assert told(copy) == [line]


AS_TEXT = [  # table, what becomes of what, what is told
    ("recodes", r"\n[^@]*", "\n", "recodes.csv: a header and no rows"),
    ("derived/terms", r"\n[^@]*", "\n", "derived/terms.csv: a header and no rows"),
    ("claims", "c0002,", "c0002\u200b,", "claims.csv:3 claim_id='c0002\\u200b': holds U+200B"),
    ("claims", "c0003,", "c0003\0,", "claims.csv:4 claim_id='c0003\\x00': holds U+0000"),
    ("claims", "c0004,", "c٠٠٠٤,", r"claims.csv:5 claim_id='c٠٠٠٤': does not match c\d+"),
    ("claims", ",CT[+],", ",??,", "factuality='??': unknown code"),
    ("claims", ",CT[+],", ",??,", "factuality='??': unknown code"),
    ("events", ",AID,", "\u202e,AID,", "holds U+202E, which nobody sees"),
    ("events", "e0002,", "e0002,=1+1 ", "events.csv:3 label='=1+1 "),
    ("events", r"\n(e0003.*)", r"\n\1\n\1", "events.csv:5 event_id='e0003': stands already in row 4"),
    ("actors", "CHN,", "CHN,@", "begins like a formula, which a spreadsheet would run"),
    ("articles", ",2026-02-14,", ",٢٠٢٦-02-14,", "not a possible EDTF date"),
    ("reasons", r"\n", "\n<<<<<<< HEAD\n", "reasons.csv:2: a conflict mark of git"),
    ("links", ",dismissed,", ',dismissed,"x\ny",', "links.csv:2: 5 fields where the header has 4"),
    ("links", r"\Z", "c0001,c0002\n", "2 fields where the header has 4"),
]


def test_what_nobody_sees_or_no_editor_means_is_found_all_at_once(copy):
    for table, was, now, _ in AS_TEXT:
        path = copy / f"{table}.csv"
        text = re.sub(was, now, path.read_text(encoding="utf-8"), count=1)
        path.write_text(text, encoding="utf-8")
    lines = checks.report(checks.check(copy))
    assert [rule for *_, rule in AS_TEXT if not any(rule in line for line in lines)] == [], lines
    assert len(lines) == len(AS_TEXT), lines


def test_an_event_that_no_claim_tells_and_a_claim_that_says_the_same_as_another(copy):
    rows = read(copy, "claims")
    new = f"c{int(rows[-1]['claim_id'][1:]) + 1:04d}"
    again = next(r for r in rows if r["attribute"] == "occurrence") | {"claim_id": new}
    write(copy, "claims", [*rows, again])
    with (copy / "events.csv").open("a", encoding="utf-8") as file:
        file.write("e9000,A thing untold,AID,energy,RUS,CUB,,no,yes,\n")
    lines = told(copy)
    assert any("'e9000': no claim tells it" in p for p in lines) and any("says the same as row" in p for p in lines)


def test_a_wrong_header_is_one_line_and_all_that_is_said(copy):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("factuality", "factualty", 1), encoding="utf-8")
    assert told(copy) == [
        "claims.csv:1 header='factualty': missing: factuality; unknown or there twice: factualty; nearest: factuality"
    ]


@pytest.mark.parametrize(
    ("table", "content", "line", "expected"),
    [
        ("articles", None, 0, "the file is missing"),
        ("actors", b"", 0, "the file is empty"),
        ("events", b"caf\xe9\n", 0, "is not UTF-8"),
        ("claims", b"\xef\xbb\xbfa,b\n", 0, "byte order mark"),
        ("derived/sentences", b"a,b\n1,2\n", 1, "missing: "),
        ("reasons", b'a,b\n"1,2\n3,4\n', 2, "no CSV from here on"),
        ("origins", b'a,b\n1,"' + b"2" * 200_000, 2, "no CSV from here on"),
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
