"""Every export holds what the tables hold, cell by cell, with its keys."""

import base64
import hashlib
import json
import sqlite3

import pytest

from tielines import export, files, tables

duckdb = pytest.importorskip("duckdb")
openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture(scope="module")
def raw():
    return tables.load()


class Made(dict):
    """{format: what was written}, each when it is first asked for."""

    def __init__(self, folder):
        self.folder = folder

    def __missing__(self, to):
        self[to] = export.build(to, self.folder / f"x.{to}")
        return self[to]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("export"))


@pytest.mark.parametrize("to", export.FORMATS)
def test_the_same_tables_give_the_same_bytes(to, made, tmp_path):
    again = export.build(to, tmp_path / "x")
    one, two = ([p.read_bytes() for p in ([at] if at.is_file() else sorted(at.iterdir()))] for at in (made[to], again))
    assert one == two


def want(frame):
    """The cells of a table, None where one is empty."""
    return [
        tuple(None if v != v or v == "" else v for v in row)
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]


def lists(name):
    return {field["name"]: field for field in tables.fields(name) if "list" in field}


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(made["xlsx"])


@pytest.mark.parametrize("name", tables.resources())
def test_a_workbook_has_each_cell_as_it_is(name, book, raw):
    head, *rows = book[name].values
    assert list(head) == list(getattr(raw, name))
    assert rows == want(getattr(raw, name))


def test_a_workbook_is_explained_and_its_text_inert(book):
    assert book.sheetnames[:2] == ["codebook", "codes"]
    sheet = book["claims"]
    assert sheet.freeze_panes == "B2" and sheet["A1"].font.bold
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {(c.data_type, c.number_format, c.quotePrefix) for c in cells} == {("s", "@", True)}
    widths = [d.width for d in sheet.column_dimensions.values()]
    assert len(widths) == sheet.max_column and 8 < min(widths) < max(widths) <= 60


def test_what_looks_like_a_formula_stays_text(raw, tmp_path):
    """The tables refuse one; a workbook would not run it all the same."""
    wrong = tables.Tables(claims=raw.claims.assign(paraphrase="=1+1"))
    (tmp_path / "x.xlsx").write_bytes(export._xlsx(wrong, tables.DATA)[""])
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx")["claims"].cell(2, list(raw.claims).index("paraphrase") + 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("name", tables.resources())
def test_sqlite_has_each_cell_and_each_list(name, made, raw):
    base, frame, own = sqlite3.connect(made["sqlite"]), getattr(raw, name).copy(), lists(name)
    plain = [c for c in frame if c not in own]
    chosen = ", ".join(f'"{column}"' for column in plain)
    rows = base.execute(f'SELECT {chosen} FROM "{name}" ORDER BY rowid').fetchall()
    assert rows == want(frame[plain])
    key = tables.resource(name)["schema"]["primaryKey"][0]
    for column, field in own.items():
        parts = base.execute(
            f'SELECT "{key}", group_concat("value", ?) FROM (SELECT * FROM "{name}_{column}" ORDER BY "{key}", "position") GROUP BY 1',
            [field["list"]],
        )
        assert dict(parts) == {k: v for k, v in zip(frame[key], frame[column], strict=True) if v}, column


def test_sqlite_holds_its_keys(made, tmp_path):
    base = sqlite3.connect(":memory:")
    base.deserialize(made["sqlite"].read_bytes())
    base.execute("PRAGMA foreign_keys = ON")
    assert (
        base.execute("PRAGMA foreign_key_check").fetchall()
        == base.execute("PRAGMA integrity_check").fetchall()[1:]
        == []
    )
    refers = {
        (t, r[2])
        for (t,) in base.execute("SELECT name FROM sqlite_master")
        for r in base.execute(f'PRAGMA foreign_key_list("{t}")')
    }
    assert {
        ("claims", "events"),
        ("quantities", "claims"),
        ("claims_sentence_ids", "sentences"),
        ("claims_speaker", "actors"),
    } <= refers
    for wrong in (
        "UPDATE claims SET event_id = 'e9999' WHERE claim_id = 'c0153'",
        "UPDATE claims SET factuality = 'CT' WHERE claim_id = 'c0153'",
        "UPDATE claims_speaker SET value = 'NOBODY'",
        "UPDATE events SET umbrella = 2",
        "UPDATE quantities SET low = 'many'",
        "INSERT INTO claims SELECT * FROM claims LIMIT 1",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            base.execute(wrong)
    assert base.execute("SELECT count(*) FROM codebook").fetchone()[0] == sum(
        len(tables.fields(n)) for n in tables.resources()
    )


@pytest.mark.parametrize("name", tables.resources())
def test_parquet_has_each_cell_with_its_type(name, made, raw):
    rows = duckdb.sql(f"SELECT * FROM '{made['parquet'] / name}.parquet'")
    frame, own = getattr(raw, name), lists(name)
    wanted = [
        tuple(v.split(own[c]["list"]) if c in own and v else v for c, v in zip(frame, row, strict=True))
        for row in want(frame)
    ]
    assert rows.columns == list(frame) and rows.fetchall() == wanted
    kinds = {"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "string": "VARCHAR"}
    for field, kind in zip(tables.fields(name), map(str, rows.types), strict=True):
        assert kind == kinds[field["type"]] + "[]" * ("list" in field), field["name"]


def test_parquet_keeps_codes_as_a_dictionary_and_their_order(made):
    told = duckdb.sql(
        f"SELECT encodings FROM parquet_metadata('{made['parquet'] / 'claims'}.parquet') WHERE path_in_schema = 'factuality'"
    )
    assert "DICTIONARY" in str(told.fetchall())
    codes = duckdb.sql(
        f"SELECT code FROM '{made['parquet'] / 'codes'}.parquet' WHERE \"table\" = 'claims' AND \"column\" = 'factuality' ORDER BY position"
    )
    assert [c for (c,) in codes.fetchall()] == list(tables.codes("claims", "factuality"))


# The terms of the context of Web Annotation that are used; all else has the prefix that the second context declares.
KNOWN = set(
    "id type label total creator generator rights first items startIndex motivation body target source selector start end purpose "
    "value format language name".split()
)


def keys(value):
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(inner)


def test_annotations_say_where_and_what(made, raw):
    whole = json.loads(made["jsonld"].read_bytes())
    context, prefix = whole.pop("@context")
    assert context == "http://www.w3.org/ns/anno.jsonld" and prefix == {"tl": export.TERMS}
    assert {k for k in keys(whole) if not k.startswith("tl:")} <= KNOWN
    items = {item["id"].removeprefix(export.TERMS): item for item in whole["first"]["items"]}
    assert len(items) == whole["total"] == sum(len(getattr(raw, name)) for name in export.PLACED)
    assert all(
        item["creator"] == whole["creator"]["id"] and item["generator"] == whole["generator"]["id"]
        for item in items.values()
    )
    for row_id, own in raw.anchors.groupby("row_id"):
        places = [tuple(t["selector"][k] for k in ("type", "start", "end")) for t in items[row_id]["target"]]
        assert places == [("TextPositionSelector", a, b) for a, b in zip(own["start"], own["end"], strict=True)]
    lists_ = {name: lists(name) for name in export.PLACED}
    for name, key in export.PLACED.items():
        for row, cells in zip(getattr(raw, name).to_dict("records"), want(getattr(raw, name)), strict=True):
            body, *more = items[row[key]]["body"]
            told = {
                k.removeprefix("tl:"): lists_[name][k[3:]]["list"].join(v) if k[3:] in lists_[name] else v
                for k, v in body.items()
                if k not in ("type", "purpose")
            }
            told |= {"paraphrase": more[0]["value"]} if more else {}
            assert told == {k: v for k, v in zip(row, cells, strict=True) if v is not None and k != key}


def test_annotations_name_the_file_whose_offsets_they_count(made, article_texts):
    whole, where = json.loads(made["jsonld"].read_bytes()), {}
    for text in article_texts.values():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        where[f"ni:///sha-256;{digest}"] = text
    assert {a["id"] for a in whole["tl:articles"]} == set(where)
    rice = next(i for i in whole["first"]["items"] if i["id"].endswith("q0011"))["target"][0]
    assert "60,000" in where[rice["source"]][rice["selector"]["start"] : rice["selector"]["end"]]


def test_what_is_missing_or_unsound_is_one_line(copy, monkeypatch, tmp_path):
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(
        files.TielinesError,
        match=r"needs duckdb: .venv/bin/python -m pip install -c constraints.txt -e '\.\[parquet\]'",
    ):
        export.build("parquet", tmp_path / "x")
    claims = copy / "claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8").replace(",e0001,", ",e9999,", 1), encoding="utf-8")
    with pytest.raises(tables.DataError, match="claims.csv:2 event_id='e9999': no such event_id in events"):
        export.build("sqlite", tmp_path / "x.sqlite", copy)
    assert not list(tmp_path.glob("x*"))
