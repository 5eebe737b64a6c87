"""All tables with their codebook and keys, for other programs: a workbook, a folder of Parquet files, an SQLite file, Web Annotations.

Each holds what ``data/`` holds, cell by cell; tables ``codebook`` (a row a column) and ``codes`` (a row a code, in order) explain it.
An empty cell is an empty one in a workbook, NULL elsewhere.
"""

import base64
import json
import sqlite3
import tempfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from tielines import ROOT, __version__, files, tables
from tielines.files import TielinesError

__all__ = "FORMATS build coded".split()


def __dir__():
    return __all__


FORMATS = {"xlsx": ["openpyxl"], "parquet": ["duckdb"], "sqlite": [], "jsonld": []}  # what each needs
EXTRAS = {"openpyxl": "office", "duckdb": "parquet"}
TYPES = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
}  # of SQLite, which has no other
TERMS = "urn:x-tielines:"  # a name, no address: nothing is fetched
PLACED = {
    "claims": "claim_id",
    "quantities": "quantity_id",
    "stances": "stance_id",
    "reasons": "reason_id",
    "wordings": "wording_id",
}


def build(to: str, out: Path | None = None, data: Path = tables.DATA) -> Path:
    """Write all tables in a format of FORMATS, ``own/tielines.xlsx`` and the like where ``out`` names nothing; returns its path.

    Parquet is a folder with a file a table. Raises TielinesError where a library is missing, DataError where a table is not sound.
    """
    if lacking := [module for module in FORMATS[to] if find_spec(module) is None]:
        extra = EXTRAS[lacking[0]]
        raise TielinesError(
            f"an export as {to} needs {lacking[0]}: .venv/bin/python -m pip install -c constraints.txt -e '.[{extra}]'"
        )
    out = Path(out or ROOT / "own" / ("tielines-parquet" if to == "parquet" else f"tielines.{to}"))
    made = {"xlsx": _xlsx, "parquet": _parquet, "sqlite": _sqlite, "jsonld": _jsonld}[to](
        tables.load(data, whole=True), data
    )
    if to == "parquet":
        files.write_all(out, made)
    else:
        files.write(out, made[""])
    return out


def _codebook(data: Path) -> dict[str, pd.DataFrame]:
    """``codebook``: what each column is, and which column of which table it refers to; ``codes``: the codes of columns, in order."""
    columns, codes = [], []
    for table, resource in tables.resources(data).items():
        keys = {key["fields"][0]: key["reference"] for key in resource["schema"].get("foreignKeys", ())}
        for field in tables.fields(table, data):
            to = keys.get(field["name"]) or field.get("listReference")
            refers = f"{to['resource']}.{to['fields'][0] if 'fields' in to else to['field']}" if to else ""
            primary = field["name"] in resource["schema"]["primaryKey"]
            columns.append((table, field["name"], field["type"], primary, refers, field.get("list", ""), field["proof"], field["description"]))  # fmt: skip
            for n, code in enumerate(field.get("categories", ()), 1):
                codes.append((table, field["name"], n, code["value"], code["label"], code.get("description", ""), code.get("example", "")))  # fmt: skip
    names = "table column type primary_key refers_to list_separator proof rule"
    return {"codebook": pd.DataFrame(columns, columns=names.split()),
            "codes": pd.DataFrame(codes, columns="table column position code shown_as rule example".split())}  # fmt: skip


def _rows(frame: pd.DataFrame) -> list[tuple]:
    """The rows of a frame as plain values of Python, None for what is empty."""
    columns = [[None if v != v or v == "" else v for v in frame[c].astype(object)] for c in frame]
    return list(zip(*columns, strict=True))


def _xlsx(data, path: Path) -> dict[str, bytes]:
    """A sheet a table; text stays text, also where it looks like a formula or a number."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, frame in (_codebook(path) | vars(data)).items():
        sheet = book.create_sheet(name)
        text, head = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
        text.number_format, text.quotePrefix, text.alignment = "@", True, Alignment(vertical="top", wrap_text=True)
        head.font, head.alignment = Font(bold=True), Alignment(vertical="top")

        def cells(values, model, sheet=sheet):
            for value in values:
                cell = WriteOnlyCell(sheet, value)
                if isinstance(value, str):
                    cell.data_type, cell._style = "s", model._style
                yield cell

        rows = _rows(frame)
        for n, column in enumerate(zip(frame, *rows, strict=True), 1):
            sheet.column_dimensions[get_column_letter(n)].width = min(60, max(len(str(v)) for v in column) + 3)
        sheet.freeze_panes = "B2"
        sheet.append(cells(frame, head))
        for row in rows:
            sheet.append(cells(row, text))
    return {"": files.undated(book.save, packed=True)}


def _parquet(data, path: Path) -> dict[str, bytes]:
    """A file a table: codes as enums, lists as lists, numbers and booleans typed."""
    import duckdb

    out, known = {}, tables.resources(path)
    with tempfile.TemporaryDirectory() as place, duckdb.connect(config={"threads": 1}) as base:
        for name, frame in (_codebook(path) | vars(data)).items():
            fields = {field["name"]: field for field in known[name]["schema"]["fields"]} if name in known else {}
            chosen = []
            for column in frame:
                field, value = fields.get(column, {}), f'"{column}"'
                if codes := [code["value"] for code in field.get("categories", ())]:
                    value = f"{value}::ENUM ({', '.join(map(_quoted, codes))})"
                elif frame[column].dtype == "str":
                    value = f"nullif({value}, '')"
                    value = f"string_split({value}, {_quoted(field['list'])})" if "list" in field else value
                chosen.append(f'{value} AS "{column}"')
            plain = frame.astype({c: object for c in frame if frame[c].dtype.name in ("str", "category")})
            base.register("plain", plain)
            target = Path(place) / f"{name}.parquet"
            base.execute(f"COPY (SELECT {', '.join(chosen)} FROM plain) TO {_quoted(str(target))} (FORMAT parquet)")
            out[target.name] = target.read_bytes()
    return out


def _quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def _sqlite(data, path: Path) -> dict[str, bytes]:
    """Typed tables with their keys; a list is a table of its own, ``claims_sentence_ids``, an element a row in its place."""
    base = sqlite3.connect(":memory:")

    def fill(name, columns, keys, rows):
        base.execute(f'CREATE TABLE "{name}" ({", ".join([*columns, *keys])}) STRICT')
        base.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', rows)

    def column(field):
        name, limits = f'"{field["name"]}"', field.get("constraints", {})
        allowed = ", ".join(map(_quoted, limits.get("enum", ()))) or ("0, 1" if field["type"] == "boolean" else "")
        return f"{name} {TYPES[field['type']]}{' NOT NULL' * limits.get('required', False)}" + (f" CHECK ({name} IN ({allowed}))" if allowed else "")  # fmt: skip

    for name, frame in _codebook(path).items():
        fill(name, [f'"{c}" {"TEXT" if frame[c].dtype == "str" else "INTEGER"}' for c in frame], [], _rows(frame))
    for name, resource in tables.resources(path).items():
        schema, frame = resource["schema"], getattr(data, name)
        plain = [field for field in schema["fields"] if "list" not in field]
        primary = ", ".join(f'"{c}"' for c in schema["primaryKey"])
        refers = [(key["fields"][0], key["reference"]) for key in schema.get("foreignKeys", ())]
        keys = [f'FOREIGN KEY ("{c}") REFERENCES "{to["resource"]}" ("{to["fields"][0]}")' for c, to in refers]
        fill(name, [column(f) for f in plain], [f"PRIMARY KEY ({primary})", *keys], _rows(frame[[f["name"] for f in plain]]))  # fmt: skip
        for field in schema["fields"]:
            if "list" in field:
                own, to = schema["primaryKey"][0], field.get("listReference")
                refer = f' REFERENCES "{to["resource"]}" ("{to["field"]}")' if to else ""
                columns = [f'"{own}" TEXT NOT NULL REFERENCES "{name}"', '"position" INTEGER NOT NULL', f'"value" TEXT NOT NULL{refer}']  # fmt: skip
                pairs = frame[frame[field["name"]].ne("")].set_index(own)[field["name"]].str.split(field["list"], regex=False).items()  # fmt: skip
                rows = [(row, n, part) for row, parts in pairs for n, part in enumerate(parts, 1)]
                fill(f"{name}_{field['name']}", columns, [f'PRIMARY KEY ("{own}", "position")'], rows)
    if lost := base.execute("PRAGMA foreign_key_check").fetchall():
        raise tables.DataError(f"{lost[0][0]}: row {lost[0][1]} names a row of {lost[0][2]} that is not there")
    base.commit()
    return {"": base.serialize()}


def coded(data, ids) -> list[str]:
    """A line on each of some texts: how much of it is coded, and how many cells a second time; then by whom. ``data`` are whole."""
    own = dict(zip(data.anchors["row_id"], data.anchors["sentence_id"].str.split(".").str[0], strict=True))
    own |= {q: own[c] for q, c in zip(data.quantities["quantity_id"], data.quantities["claim_id"], strict=True)}
    second = Counter()
    for table, row_id in zip(data.recodes["table"], data.recodes["row_id"], strict=True):
        parts = row_id.split("+") if table == "links" else [row_id.split("+")[0]]
        second.update({own.get(part, part.split(".")[0]) for part in parts})
    lines, texts = [], data.articles.set_index("article_id").loc[list(ids)]
    for article, row in texts.iterrows():
        whole = row["coverage"] == "full"
        how = "coded in full, every clause accounted for" if whole else "coded in part, by whoever added it"
        cells = f"{second[article]:,} cells of its own rows" if second[article] else "none"
        lines.append(f"{row['label']}: {how}; a second coding: {cells}.")
    lines.append("A second coding is blind to the first. What comes with Tielines was coded by language models, and no human coder took part; "
                 "who coded a text that was added, the tables do not say. How well two codings agree is the stability of the rules.")  # fmt: skip
    return lines


def _jsonld(data, path: Path) -> dict[str, bytes]:
    """A W3C Web Annotation a row that rests on words: where they stand in the article's file, and the coded values. No wording.

    The file is named by its hash (RFC 6920), for the offsets are of that file; its address is told where it is known.
    """
    texts = data.articles.set_index("article_id")
    digests = {a: base64.urlsafe_b64encode(bytes.fromhex(h)).decode().rstrip("=") for a, h in texts["sha256"].items()}
    source = {article: f"ni:///sha-256;{digest}" for article, digest in digests.items()}
    package, items = tables.package(path), []
    anchors = data.anchors.assign(article=data.anchors["sentence_id"].str.split(".").str[0])
    spans = anchors.assign(span=list(zip(anchors["article"], anchors["start"], anchors["end"], strict=True)))
    places = spans.groupby("row_id")["span"].agg(list).to_dict()
    claim = data.claims.set_index("claim_id")["sentence_ids"].str.split(".").str[0]
    amounts = data.quantities.assign(article=data.quantities["claim_id"].map(claim))
    places |= {row.quantity_id: [(row.article, row.start, row.end)] for row in amounts.itertuples()}
    textual = {"type": "TextualBody", "purpose": "describing", "format": "text/plain", "language": "en"}
    for table, key in PLACED.items():
        frame = getattr(data, table)
        lists = {field["name"]: field["list"] for field in tables.fields(table, path) if "list" in field}
        for row in _rows(frame):
            values = dict(zip(frame, row, strict=True))
            row_id, said = values.pop(key), values.pop("paraphrase", None)
            values = {f"tl:{k}": v.split(lists[k]) if k in lists else v for k, v in values.items() if v is not None}
            body = [{"type": f"tl:{table}", "purpose": "classifying", **values}]
            body += [textual | {"value": said}] if said else []
            items.append({"id": TERMS + row_id, "type": "Annotation", "motivation": "classifying", "body": body, "target": [
                {"source": source[article], "selector": {"type": "TextPositionSelector", "start": int(start), "end": int(end)}}
                for article, start, end in places[row_id]]})  # fmt: skip
    maker = {"id": TERMS + "coding", "type": "Organization", "name": package["contributors"][0]["title"]}
    tool = {"id": TERMS + "coders", "type": "Software", "name": " ".join(coded(data, texts.index))}
    items = [item | {"creator": maker["id"], "generator": tool["id"]} for item in items]
    known = [{"id": source[row.article_id], "type": "Text", "language": row.language, "tl:article_id": row.article_id, "tl:label": row.label,
              **({"tl:url": {"id": row.url}} if row.url else {})} for row in data.articles.itertuples()]  # fmt: skip
    page = {"type": "AnnotationPage", "id": TERMS + "page", "startIndex": 0, "items": items}
    whole = {"@context": ["http://www.w3.org/ns/anno.jsonld", {"tl": TERMS}], "id": TERMS + __version__, "type": "AnnotationCollection",
             "label": package["title"], "total": len(items), "creator": maker, "generator": tool, "rights": package["licenses"][0]["path"],
             "tl:articles": known, "first": page}  # fmt: skip
    return {"": (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()}
