import csv

import frictionless
import pandas as pd
import pytest

from tielines import checks, tables

NAMES = list(tables.resources())


def test_all_rules_hold():
    assert checks.check() == []


def test_frictionless_agrees():
    report = frictionless.validate(str(tables.DATA / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])[:5]


@pytest.mark.parametrize("name", NAMES)
def test_columns_types_and_order(name):
    frame = getattr(tables, f"load_{name}")()
    schema = tables.resource(name)["schema"]
    assert list(frame) == [f["name"] for f in schema["fields"]]
    assert len(frame) == len(tables.raw(name)) - 1
    key = schema.get("primaryKey")
    if key and name != "sentences":  # sentences stand in the order of the text
        assert frame[key].apply(tuple, axis=1).is_monotonic_increasing
    for field in schema["fields"]:
        if field.get("categories"):
            values = [c["value"] for c in field["categories"]]
            assert values == field["constraints"]["enum"] == list(frame[field["name"]].cat.categories)
            assert all(c["description"] and c["example"] for c in field["categories"])


def test_every_column_names_its_proof_and_every_coded_one_has_one():
    for name in NAMES:
        for field in tables.fields(name):
            assert field["proof"] in ("text", "derived", "twice", "prose"), (name, field["name"])
            coded = field.get("categories") or field.get("list") or field.get("edtf") or field["type"] != "string"
            assert not (coded and field["proof"] == "prose"), (name, field["name"])


def test_the_seal_is_that_of_the_files():
    for res in tables.resources().values():
        assert {k: res[k] for k in ("hash", "bytes")} == tables.sealed(tables.DATA / res["path"])


def test_each_call_reads_afresh():
    frame = tables.load_events()
    frame["label"] = ""
    assert tables.load_events()["label"].ne("").all()


def test_files_are_utf8_with_lf():
    for name in NAMES:
        data = (tables.DATA / tables.resource(name)["path"]).read_bytes()
        assert b"\r" not in data and data.endswith(b"\n")
        data.decode("utf-8")


def test_unknown_table_names_the_nearest():
    with pytest.raises(tables.DataError, match="nearest: claims"):
        tables.read("claim")


def test_a_table_that_cannot_be_typed_points_to_check(copy):
    path = copy / "quantities.csv"
    path.write_text(path.read_text().replace("60000,", "sixty,", 1))
    with pytest.raises(tables.DataError, match="tielines check"):
        tables.load_quantities(copy)


def test_written_and_read_again_is_the_same(tmp_path):
    for name in NAMES:
        frame = pd.DataFrame(tables.raw(name)[1:], columns=tables.raw(name)[0])
        tables.write(frame, tmp_path / "x.csv")
        assert list(csv.reader((tmp_path / "x.csv").open(encoding="utf-8"))) == tables.raw(name)
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


def test_the_codebook_is_the_one_that_datapackage_gives():
    _, mark, generated = (tables.DATA / "README.md").read_text(encoding="utf-8").partition(tables.GENERATED)
    assert mark and generated.strip() == tables.codebook().strip()
