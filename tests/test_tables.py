"""The tables as datapackage.json types them; errors that name the file."""

import csv
import json
import re
import time

import pandas as pd
import pytest

from tielines import checks, dataset, tables
from tielines.__main__ import main

NAMES = list(tables.resources())


def rows_of(name):
    with (tables.DATA / tables.resource(name)["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_all_rules_hold():
    assert checks.check() == []


def test_frictionless_agrees():
    import frictionless  # slow to import, and one worker is enough

    report = frictionless.validate(str(tables.DATA / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])[:5]


@pytest.mark.parametrize("name", NAMES)
def test_columns_types_and_order(name):
    frame, schema = tables.read(name), tables.resource(name)["schema"]
    assert list(frame) == [f["name"] for f in schema["fields"]]
    assert len(frame) == len(rows_of(name)) - 1
    key = schema.get("primaryKey")
    if key and name != "sentences":  # sentences stand in the order of the text
        assert frame[key].apply(tuple, axis=1).is_monotonic_increasing
    for field in schema["fields"]:
        column = frame[field["name"]]
        if field.get("categories"):
            values = [c["value"] for c in field["categories"]]
            assert values == field["constraints"]["enum"] == list(column.cat.categories) and column.cat.ordered
            assert all(c["description"] and c["example"] for c in field["categories"])
        elif field["type"] == "boolean":
            assert column.dtype == bool and column.any()
        elif field["type"] in ("number", "integer"):
            assert column.dtype.kind in "if"
        else:
            assert column.map(type).eq(str).all()  # an empty text is "", not NaN


def test_numbers_that_no_text_prints_are_missing_and_empty_codes_too():
    amounts = tables.read("quantities").set_index("quantity_id")
    assert (
        pd.isna(amounts.at["q0012", "low"])
        and amounts.at["q0012", "best"] == 4800
        and pd.isna(amounts.at["q0001", "stage"])
    )


def test_every_column_names_its_proof_and_every_coded_one_has_one():
    for name in NAMES:
        for field in tables.fields(name):
            assert field["proof"] in ("text", "derived", "twice", "prose"), (name, field["name"])
            coded = field.get("categories") or field.get("list") or field.get("edtf") or field["type"] != "string"
            assert not (coded and field["proof"] == "prose"), (name, field["name"])


def test_codes_and_lists_come_in_the_codebooks_order_with_the_property_asked_for():
    assert list(tables.codes("claims", "factuality"))[:3] == ["CT+", "PR+", "PS+"]
    assert (
        tables.codes("claims", "factuality")["PS+"] == "possibly"
        and tables.codes("claims", "factuality", prop="side")["PS-"] == "no"
    )
    assert tables.codes("events", "domain", prop="arms") == {"military": True, "intelligence": True}
    assert tables.codes("claims", "paraphrase") == {}
    assert tables.listed("states") == {"RUS": "Russia", "CHN": "China", "IRN": "Iran", "CUB": "Cuba"}
    assert tables.listed("states", prop="role")["CUB"] == "recipient" and tables.listed("states", prop="nothing") == {}


@pytest.mark.parametrize(
    ("value", "near"), [("CUBAA", "Cuba"), ("cuba", "Cuba"), ("chin", "China"), ("zzz", ""), ("", ""), (7, "")]
)
def test_the_nearest_is_found_in_any_case(value, near):
    assert tables.nearest(value, ["China", "Cuba"]) == near


def test_each_call_reads_afresh():
    frame = tables.read("events")
    frame["label"] = ""
    assert tables.read("events")["label"].ne("").all()


def test_a_seal_names_what_changed_and_changes_nothing_else(copy):
    before = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    assert tables.seal(copy) == []
    (copy / "frames.csv").write_bytes((copy / "frames.csv").read_bytes() + b"000,8,none\n")
    assert tables.seal(copy) == ["frames"] and tables.seal(copy) == []
    after = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    differ = [r["name"] for r, s in zip(before["resources"], after["resources"], strict=True) if r != s]
    assert differ == ["frames"] and {k: v for k, v in before.items() if k != "resources"} == {
        k: v for k, v in after.items() if k != "resources"
    }


def test_unknown_table_names_the_nearest():
    with pytest.raises(tables.DataError, match="nearest: claims"):
        tables.read("claim")


@pytest.mark.parametrize("change", ['"', "", "\x00"])
def test_a_broken_codebook_is_an_error_that_names_the_file(copy, change):
    path = copy / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8")[:200] + change, encoding="utf-8")
    for load in (tables.load, dataset.load, lambda p: tables.codes("claims", "basis", p)):
        with pytest.raises(tables.DataError, match=r"datapackage.json(: byte 200)? is not"):
            load(copy)
    path.unlink()
    with pytest.raises(tables.DataError, match=r"datapackage.json: the file is missing"):
        tables.load(copy)


@pytest.mark.parametrize(
    ("content", "act"),
    [
        pytest.param("{", tables.seal),
        *(pytest.param(c, tables.load) for c in ("{}", "[]")),
    ],
)
def test_any_codebook_that_cannot_be_used_is_named(copy, content, act):
    (copy / "datapackage.json").write_text(content, encoding="utf-8")
    with pytest.raises(tables.DataError, match=r"datapackage\.json"):
        act(copy)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p["resources"][0].pop("schema"), r"resources\['articles'\] has no 'schema'"),
        (lambda p: p["resources"][0].update(path="../x.csv"), r"path is '../x.csv', not as"),
        (lambda p: p["resources"].append(p["resources"][0]), "two resources have the same name"),
        (lambda p: p["resources"].pop(3), "no table 'anchors'; nearest: "),
        (
            lambda p: p["resources"][6]["schema"]["fields"][3].update(name="speakr"),
            "no column 'speaker' of claims; nearest: speakr",
        ),
        (
            lambda p: p["resources"][6]["schema"]["fields"][4].update(type="number"),
            "claims.basis is no longer of the type",
        ),
        (
            lambda p: p["resources"][6]["schema"]["fields"][4]["categories"].pop(),
            "categories and enum of claims.basis differ",
        ),
        (
            lambda p: p["resources"][6]["schema"]["fields"][0]["constraints"].update(pattern="(c"),
            "pattern of claims.claim_id: missing",
        ),
        (
            lambda p: p["resources"][6]["schema"].update(primaryKey=["id"]),
            r"a key of claims names claims.id, which is not there",
        ),
        (
            lambda p: p["resources"][6]["schema"]["foreignKeys"][0].pop("reference"),
            r"foreignKeys\[0\] has no 'reference'",
        ),
        (lambda p: p["lists"].pop("ties"), "lists has no 'ties'"),
        (lambda p: p["lists"]["ties"][0].update(label=3), r"ties\[0\].label is 3, not str"),
        (lambda p: p.update(termValues=None), "termValues is None, not list"),
    ],
)
def test_a_damaged_codebook_is_one_error_in_every_command(copy, capsys, change, told):
    path = copy / "datapackage.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    for command in ("check", "verify", "hydrate", "locate x", "codebook", "seal", "run"):
        assert main(["--data", str(copy), *command.split()]) == 1
        out, err = capsys.readouterr()
        err = re.sub(r"\r?run: .*\|.*\n?", "", err)  # the progress bar of run
        assert not out and err.count("\n") == 1 and re.match(f"tielines: datapackage.json.*{told}", err), (
            command,
            out,
            err,
        )


def test_what_the_package_asks_of_the_codebook_is_what_is_there():
    for name, columns in tables.COLUMNS.items():
        assert columns.split() == [f["name"] + tables.mark(f) for f in tables.fields(name)]
    assert {*tables.COLUMNS} == {*NAMES} and {*tables.LISTS} == {*tables.package()["lists"]}


def test_the_generated_part_of_the_codebook_is_put_where_its_mark_is_and_nowhere_else(copy, capsys):
    readme = copy / "README.md"
    before = readme.read_bytes()
    for _ in range(2):
        assert main(["--data", str(copy), "codebook"]) == 0 and readme.read_bytes() == before
    without = before.replace(tables.GENERATED.encode(), b"")
    readme.write_bytes(without)
    assert main(["--data", str(copy), "codebook"]) == 1 and "README.md has no line" in capsys.readouterr().err
    assert readme.read_bytes() == without


@pytest.fixture
def limit():
    """The length of a field that csv takes, which frictionless lifts for the whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "byte 0 is not UTF-8"),
        (b"\xef\xbb\xbfa\n", "byte order mark"),
        (b"", "is empty"),
        (b"x" * 140_000, "a cell of more than 131,072 characters"),
        (None, "is missing"),
    ],
)
def test_a_file_that_is_no_csv_is_refused(limit, copy, content, message):
    path = copy / "reasons.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(tables.DataError, match=rf"^reasons.csv\S*: .*{message}"):
        tables.read("reasons", copy)
    assert any("reasons.csv" in str(p) and message in str(p) for p in checks.check(copy))


@pytest.mark.parametrize(
    ("table", "was", "now", "told"),
    [
        ("quantities", "60000,", "sixty,", r"quantities.csv:\d+ low='sixty': not a number"),
        ("quantities", "60000,", "1e999,", r"low='1e999': not a number"),
        ("quantities", "60000,", "٦٠٠٠٠,", r"low='٦٠٠٠٠': not a number"),
        ("quantities", "measure,", "meassure,", r"quantities.csv:1 header='meassure': .*; nearest: measure$"),
        ("events", ",yes,", ",true,", r"events.csv:2 umbrella='true': yes or no"),
        ("events", ",yes,", ",,", r"events.csv:2 umbrella='': a value is required"),
        ("events", ",AID,", ",AIDE,", r"events.csv:\d+ event_type='AIDE': unknown code; nearest: AID"),
        ("claims", ",CT+,", ",CT,", r"claims.csv:2 factuality='CT': unknown code; nearest: CT"),
        ("origins", "o02,", "o01,", r"origins.csv:3 origin_id='o01': stands already in row 2"),
    ],
)
def test_a_cell_that_its_type_does_not_allow_is_refused_with_its_place(copy, table, was, now, told):
    path = copy / f"{table}.csv"
    changed = path.read_text(encoding="utf-8").replace(was, now, 1)
    path.write_text(changed, encoding="utf-8")
    for load in (lambda p: tables.read(table, p), dataset.load):
        with pytest.raises(tables.DataError, match=told):
            load(copy)


def test_torn_rows_are_counted_in_time_in_proportion(copy):
    def took(n):
        (copy / "links.csv").write_text("a,b,relation,note\n" + "x\n" * n, encoding="utf-8")
        begun = time.process_time()
        last = tables.survey(copy, ["links"], whole=False)[1][-1]
        assert (last.row, last.rule) == (
            tables.MANY + 2,
            f"1 fields where the header has 4; and {n - tables.MANY - 1:,} more rows have a fault in this column",
        )
        return time.process_time() - begun

    assert took(400_000) < 20 * min(took(40_000 + n) for n in range(3))  # a file that was read is not read again


def test_a_table_changed_in_memory_is_as_its_file_when_read_again():
    for _ in range(2):
        claims = tables.survey(names=["claims"])[0]["claims"]
        assert claims.iloc[0, 0] == rows_of("claims")[1][0]
        claims.iloc[0, 0] = "changed"


def test_written_and_read_again_is_the_same(tmp_path):
    for name in NAMES:
        header, *rows = rows_of(name)
        frame = pd.DataFrame(rows, columns=header)
        tables.write(frame, tmp_path / "x.csv")
        assert list(csv.reader((tmp_path / "x.csv").open(encoding="utf-8"))) == [header, *rows]
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]
