"""Coding sheets: tabs of text as xlsx or CSV, with drop-down lists; read back, every fault of a file in one report."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from tielines import files, tables
from tielines.tables import Problem

__all__ = "Tab read write".split()


def __dir__():
    return __all__


LARGEST = 8 * 2**20  # bytes of a file
MOST = 20_000  # rows of a tab
UNPACKED = 128 * 2**20  # bytes inside an xlsx
_MARKUP = re.compile(r"<[A-Za-z/!?]")
_LISTS = "_lists"  # the hidden tab that drop-downs draw on
_SPARE = 200  # rows below the last that also have the drop-downs


@dataclass
class Tab:
    """One tab: its rows as text, the columns a coder fills, and the values that a column may have."""

    frame: pd.DataFrame
    choices: Mapping[str, list[str]] = field(default_factory=dict)
    wide: tuple = ()  # columns that hold sentences
    told: tuple = ()  # columns that are only to be read: they are not read back


def write(path: Path, tabs: dict[str, Tab]) -> None:
    """Write tabs as one xlsx, whole or not at all; every cell is text, and inert. Needs openpyxl."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.active)
    top, filled, read_only = Alignment(wrap_text=True, vertical="top"), Font(bold=True), PatternFill("solid", "EEEEEE")
    lists, known = [], {}
    for name, tab in tabs.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "C2" if list(tab.frame)[1:2] == ["text"] else "A2"  # the sentence stays in sight
        if tab.told == tuple(tab.frame) and len(tab.frame):
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(tab.frame.columns))}{len(tab.frame) + 1}"  # to look up
        for n, column in enumerate(tab.frame, 1):
            letter = get_column_letter(n)
            sheet.column_dimensions[letter].width = 60 if column in tab.wide else 20
            sheet.column_dimensions[letter].number_format = "@"  # or a typed 2025-06 becomes a date
            for m, value in enumerate([column, *tab.frame[column]], 1):
                cell = sheet.cell(m, n)
                cell.value, cell.data_type, cell.number_format, cell.alignment = str(value), "s", "@", top
                cell.quotePrefix = True
                if m == 1:
                    cell.font = filled
                if column in tab.told:
                    cell.fill = read_only
            if values := tab.choices.get(column):
                if tuple(values) not in known:
                    lists.append(values)
                    known[tuple(values)] = (
                        f"'{_LISTS}'!${get_column_letter(len(lists))}$1:${get_column_letter(len(lists))}${len(values)}"
                    )
                rule = DataValidation("list", formula1=known[tuple(values)], showErrorMessage=False, allow_blank=True)
                rule.add(f"{letter}2:{letter}{len(tab.frame) + _SPARE}")
                sheet.add_data_validation(rule)
    hidden = book.create_sheet(_LISTS)
    hidden.sheet_state = "hidden"
    for n, values in enumerate(lists, 1):
        for m, value in enumerate(values, 1):
            cell = hidden.cell(m, n)
            cell.value, cell.data_type = value, "s"
    out = io.BytesIO()
    book.save(out)
    files.write(path, out.getvalue())


def read(path: Path, tabs: dict[str, Tab]) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tabs of a file as text, each row under its number in the sheet, blank rows left out, and all that is wrong.

    ``tabs`` says which columns there are; a CSV is the first of them. A tab that the file lacks is left out, a column
    with ``?`` at its end may be missing. Raises FileError where nothing can be read of the file.
    """
    content = files.read(path, LARGEST)
    sheets = _xlsx(path, content) if content[:2] == b"PK" else {next(iter(tabs)): _csv(path, content)}
    found, problems = {}, []
    for name, (rows, faults) in sheets.items():
        if name == _LISTS or (name in tabs and not tabs[name].frame.columns.size):
            continue
        place = f"{path.name} [{name}]" if len(sheets) > 1 else path.name
        if name not in tabs:
            problems.append(Problem(place, 0, "", "", "no such tab", tables.nearest(name, tabs)))
            continue
        problems += [Problem(place, *fault) for fault in faults]
        frame, wrong = _framed(rows, tabs[name])
        problems += [Problem(place, *fault) for fault in wrong]
        found[name] = frame
    return found, problems


def _framed(rows: list, tab: Tab):
    """Rows under their numbers, and what is wrong with the header and the cells: (row, column, value, rule, nearest)."""
    header, *rows = rows or [[]]
    want = [c.rstrip("?") for c in tab.frame]
    faults, seen = [], [c for c in header if c]
    for column in [c for c in tab.frame if not c.endswith("?") and c not in tab.told and c not in seen]:
        faults.append((1, column, "", "this column is missing", tables.nearest(column, set(seen) - set(want))))
    for column in dict.fromkeys(seen):
        if column not in want or seen.count(column) > 1:
            twice = "stands twice" if column in want else "no such column"
            faults.append((1, column, "", twice, tables.nearest(column, set(want) - set(seen))))
    at = {c: header.index(c) for c in want if c in header and c not in tab.told}
    own = {n: [row[at[c]] if c in at and at[c] < len(row) else "" for c in want] for n, row in enumerate(rows, 2)}
    own = {n: row for n, row in own.items() if any(row)}
    for n, row in own.items():
        for column, value in zip(want, row, strict=True):
            if _MARKUP.search(value):
                faults.append(
                    (n, column, value, "holds markup", "")
                )  # formulas and signs nobody sees: the tables' rules
    return pd.DataFrame.from_dict(own, "index", columns=want, dtype=object), faults


def _csv(path: Path, content: bytes):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise files.FileError(path, f"byte {error.start} is not UTF-8; save it as CSV UTF-8, or as xlsx") from None
    mark = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = [
            [" ".join(cell.split()) for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        ]
    except csv.Error as error:
        raise files.FileError(path, f"no CSV ({error}): look for a stray quotation mark") from None
    if len(rows) > MOST:
        raise files.FileError(path, f"{len(rows):,} rows; a sheet has at most {MOST:,}")
    return rows, []


def _xlsx(path: Path, content: bytes) -> dict[str, tuple[list, list]]:
    """{tab: (rows of text, faults)}."""
    import zipfile

    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise files.FileError(path, f"larger than {UNPACKED // 2**20} MB when unpacked")
        quick = load_workbook(io.BytesIO(content), read_only=True)
        for sheet in quick.worksheets:
            for n, _ in enumerate(sheet.iter_rows(values_only=True), 1):
                if n > MOST:
                    raise files.FileError(path, f"tab {files.shown(sheet.title)} has more than {MOST:,} rows")
        book = load_workbook(io.BytesIO(content))
    except files.FileError:
        raise
    except Exception as error:  # whatever a broken workbook brings openpyxl to raise
        raise files.FileError(path, f"no workbook that can be read ({type(error).__name__})") from None
    return {sheet.title: _cells(sheet) for sheet in book.worksheets}


def _cells(sheet):
    faults = [(area.min_row, "", str(area), "merged cells: unmerge them", "") for area in sheet.merged_cells.ranges]
    rows, header = [], [_text(cell)[0] for cell in next(sheet.iter_rows(), ())]
    for row in sheet.iter_rows():
        rows.append([])
        for column, cell in zip(header, row, strict=True):
            value, fault = _text(cell)
            rows[-1].append(value)
            if fault:
                faults.append((cell.row, column, value, fault, ""))
    return rows, faults


def _text(cell) -> tuple[str, str]:
    """What a cell says, and what a spreadsheet has made of it that it should not."""
    value, kind = cell.value, cell.data_type
    if value is None:
        return "", ""
    said = " ".join(str(value).split())
    if kind == "f" or (kind == "s" and str(value).startswith("=") and not cell.quotePrefix):
        return said, "a formula: write its value as text"
    if kind == "e":
        return said, "an error of the spreadsheet"
    if cell.is_date:
        return said, "the spreadsheet made it a date: format the cell as text, then write it as 2025-06-13"
    if kind == "b" or (kind == "n" and value != int(value)):
        return said, "no text: format the cell as text, then write it again"
    return str(int(value)) if kind == "n" else said, ""
