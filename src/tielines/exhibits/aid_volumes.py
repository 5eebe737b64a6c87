"""Notebook 02: the ledger; from promise to delivery; the rice; every amount; arms text by text."""

import re
from functools import partial

import numpy as np
import pandas as pd

from tielines import aid, charts, files
from tielines.exhibits.core import Counter, by_text, by_tie, columns, exhibit, names, number, report_words
from tielines.exhibits.overview import _gt

__all__ = ["amounts", "arms", "ledger_cuba", "ledger_iran", "rice", "stages"]
NOTEBOOK = "02-aid-volumes"
SPECIFIC = ("given", "sought", "refused")


def _ledger(data, recipient):
    frame = aid.ledger(data)
    frame = report_words(frame[frame["recipient"].eq(recipient)].reset_index(drop=True), data, places=True)
    state, ties, kinds = data.listed("states")[recipient], data.listed("ties"), data.listed("kinds")
    says = Counter(frame)
    given, general = says("event_id", "kind == 'given'"), says("event_id", "kind == 'general'")
    sought, refused, part = (says("event_id", f"kind == '{k}'") for k in ("sought", "refused", "part"))
    apart = {
        "only sought": sought,
        "said not to be given or not to be expected": refused,
        "parts of an item": part,
        "general statements (folded)": general,
    }
    apart = [f"{n} {kind}" for kind, n in apart.items() if n] or ["nothing"]
    own = frame[frame["kind"].eq("given")]
    each = own.groupby("event_id")["article_id"].nunique()
    texts = own.groupby("article_id")["event_id"].nunique().sort_values()
    lead = texts.index[-1] if len(texts) else ""
    of_lead = says("event_id", f"kind == 'given' and article_id == '{lead}'")
    label = columns(data).get(lead, "")
    denied, foreseen = says("event_id", "flat"), says("event_id", "kind == 'refused' and not flat")
    money = says("event_id", "kind == 'given' and amount != '' and amount != 'no number'")
    frame = frame.assign(
        **{
            "block": frame["tie"].map(ties).fillna(frame["tie"]),
            "kind_words": frame["kind"].map(kinds),
            "text_label": frame["article_id"].map(columns(data)),
        }
    )
    specific = frame[frame["kind"].ne("general")]
    heads = columns(data, specific["article_id"])
    silent = [n for a, n in columns(data).items() if a not in set(frame["article_id"])]
    amount = (
        specific["amount"].replace(["", "no number"], pd.NA).groupby(specific["event_id"]).transform("first").fillna("")
    )
    part = np.where(specific["kind"].eq("part"), "part of the above: ", "")
    specific = specific.assign(
        row=part + specific["label"].astype(object),
        column=specific["article_id"],
        aside=amount,
        row_evidence=specific["event_id"],
    )
    folded = by_text(frame[frame["kind"].eq("general")], data).groupby(["tie", "text_label"], sort=False)
    folded = folded.agg(n=("event_id", "nunique"), row_evidence=("event_id", ";".join)).reset_index()
    folded["aside"] = folded["text_label"].astype(object) + ": " + folded["n"].map(number).astype(object)
    folded = (
        folded.groupby("tie", sort=False)
        .agg(aside=("aside", ", ".join), row_evidence=("row_evidence", ";".join))
        .reset_index()
    )
    drawn = by_tie(pd.concat([specific, folded.assign(row="General statements")]), data)
    return {
        "frame": frame.drop(columns=["tone"]),
        "says": says,
        "finding": f"What {state} is said to get: one text, {label}, reports {of_lead} of {given} items of support"
        + (
            ", and is alone with each of them"
            if len(each) and each[each.index.isin(own.loc[own["article_id"].eq(lead), "event_id"])].max() == 1
            else ""
        )
        + (
            f"; {number(denied)} more are said not to be given, {number(foreseen)} not to be expected"
            if refused
            else ""
        ),
        "holds": given > 1 and of_lead > given / 2,
        "neutral": f"Who is said to have given {state} what",
        "unit": f"Unit: items of support, n = {given}; apart from them {names(apart)}.",
        "note": "A cell: how far, how firmly, on what source, in which paragraph and sentence; dark: said not to be given; dashed: quoted."
        + (f" {names(silent)} {'tells' if len(silent) == 1 else 'tell'} of none." if silent else ""),
        "answer": f"{state}: {given} items of support, {number(money)} with an amount; {label} reports {of_lead}"
        + (f"; apart from them {names(apart)}." if apart != ["nothing"] else ".")
        if given
        else "",
        "chart": partial(charts.grid, drawn, heads, label=2.75),
        "table": lambda: _gt(
            _sheet(frame),
            {c: c for c in _sheet(frame) if c != "between"},
            f"02-ledger-{recipient.lower()}",
            group="between",
        ),
        "office": lambda: {
            "xlsx": _xlsx(_sheet(frame)),
            "docx": _docx(_sheet(frame), f"Who is said to have given {state} what"),
        },
        "columns": ["block", "kind_words", "label", "amount", "text_label", "text", "detail"],
    }


def _sheet(frame):
    """The ledger as a reader's table: one row an item, one column a text."""
    cell = frame["text"] + " (" + frame["detail"] + ")"
    rows = frame.assign(cell=cell)
    wide = rows.pivot_table(
        index=["block", "kind_words", "label"],
        columns="text_label",
        values="cell",
        aggfunc="first",
        sort=False,
        fill_value="",
    )
    amount = rows[rows["amount"].ne("")].groupby(["block", "kind_words", "label"], sort=False)["amount"].first()
    ids = rows.groupby(["block", "kind_words", "label"], sort=False)["evidence"].agg(";".join)
    wide.insert(0, "amount", amount.reindex(wide.index).fillna(""))
    wide["evidence"] = ids.reindex(wide.index)
    return (
        wide.reset_index()
        .rename(columns={"block": "between", "kind_words": "kind", "label": "item"})
        .rename_axis(columns=None)
    )


def _xlsx(sheet) -> bytes:
    """A workbook of text cells alone: what looks like a formula stays text."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    page = book.active
    page.title = "Ledger"
    page.append(list(sheet))
    for row in sheet.itertuples(index=False):
        page.append([""] * len(sheet.columns))
        for cell, value in zip(page[page.max_row], row, strict=True):
            cell.value, cell.data_type, cell.number_format = str(value), "s", "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in page[1]:
        cell.font = Font(bold=True)
        page.column_dimensions[cell.column_letter].width = 30
    page.freeze_panes = "D2"
    return files.undated(book.save)


def _docx(sheet, title) -> bytes:
    """A document with one table, its header repeated on each page."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.styles["Normal"].font.size = Pt(8)
    document.add_heading(title, 1)
    document.add_paragraph(
        "What the texts say; not verified outside them. In brackets: how firmly, on what source, paragraph and sentence."
    )
    table = document.add_table(1, len(sheet.columns), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, sheet, strict=True):
        cell.text = name
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in sheet.itertuples(index=False):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = (
                str(value).replace(";", "; ") if re.fullmatch(r"[a-z]\d+(;[a-z]\d+)+", str(value)) else str(value)
            )
    return files.undated(document.save)


@exhibit(NOTEBOOK, "events")
def ledger_iran(data):
    """Who is said to have given Iran what"""
    return _ledger(data, "IRN")


@exhibit(NOTEBOOK, "events")
def ledger_cuba(data):
    """Who is said to have given Cuba what"""
    return _ledger(data, "CUB")


@exhibit(NOTEBOOK, "events")
def stages(data):
    """From promise to delivery: how far each item has come, text by text"""
    frame = aid.stages(data)
    says = Counter(frame)
    n, refused = says("event_id", "kind == 'given'"), says("event_id", "kind == 'refused'")
    came = says("event_id", "kind == 'given' and stage == 'delivered' and status == 'stated'")
    texts = frame[frame["kind"].eq("given") & frame["stage"].eq("delivered") & frame["status"].eq("stated")][
        "article_id"
    ].unique()
    no = frame["status"].isin(charts.REFUSED)
    order = {s: w for s, w in data.codes("quantities", "stage").items() if s in set(frame["stage"][~no])}
    order |= {"no": "not given, not expected"} if no.any() else {}
    far = frame["stage"].map({s: i for i, s in enumerate(order)}).mask(frame["stage"].eq("open"), -1)
    kind = frame["kind"].map({k: i for i, k in enumerate(SPECIFIC)})
    best = far.groupby(frame["event_id"]).transform("max")
    drawn = frame.assign(row=frame["label"], _k=kind, _f=-best).sort_values(["_k", "_f", "event_id"], kind="stable")
    drawn = by_tie(drawn.assign(stage=drawn["stage"].mask(no, "no")), data)
    keys = data.articles[data.articles["article_id"].isin(frame["article_id"])]
    text = names(columns(data, texts).values())
    return {
        "says": says,
        "finding": f"One text alone, {text}, states as fact that {came} of {n} items of support were delivered",
        "holds": len(texts) == 1 and came > 0,
        "unit": f"Unit: items of support, n = {n}, and {refused} more that are said not to be given; a disc a text.",
        "note": "Full: stated as fact. Pale: probably or possibly. Dashed: quoted or told by others. Dark: said not to have come, or not to be expected.",
        "chart": partial(charts.path, drawn, order, dict(zip(keys["key"], keys["label"], strict=True))),
        "columns": ["tie", "label", "article_id", "stage", "status", "basis"],
    }


@exhibit(NOTEBOOK, "events")
def rice(data):
    """Rice for Cuba: every amount that the texts report"""
    frame = aid.of_item(data, "rice")
    stage = data.codes("quantities", "stage")
    note = data.codes("flows", "total_note")
    amount = aid.printed(frame) if len(frame) else pd.Series(dtype=str)
    far = frame["stage"].map(stage).fillna("stage unclear").replace("", "stage unclear")
    far = far.mask(frame["status"].isin(("probably", "possibly")), far.replace("delivered", "delivery") + " expected")
    frame["amount"] = amount
    frame["came"] = frame["stage"].eq("delivered") & frame["status"].eq("stated")
    frame["said"] = (
        amount
        + ", "
        + far
        + frame["total_note"]
        .astype(object)
        .map(note)
        .where(~frame["part"])
        .map(lambda t: f"; {t}" if isinstance(t, str) else "")
    )
    says = Counter(frame)
    known = says("event_id", "amount != 'no number'")
    whole = frame[~frame["part"] & frame["stage"].eq("agreed") & frame["amount"].ne("no number")].head(1)
    came = frame[frame["part"] & frame["stage"].eq("delivered") & frame["amount"].ne("no number")].head(1)
    loose = frame[frame["total_note"].eq("may_be_part") & frame["amount"].ne("no number")].head(1)
    texts = number(frame["article_id"].nunique(), "text")
    parts = [f"{a['amount'].iloc[0]} {w}" for a, w in ((whole, "promised"), (came, "of it delivered")) if len(a)]
    parts += [f"{loose['amount'].iloc[0]} that may be part of the first"] if len(loose) else []
    return {
        "says": says,
        "finding": f"Rice for Cuba: {texts} {'reports' if frame['article_id'].nunique() == 1 else 'report'} {names(parts)}",
        "holds": len(whole) == len(came) == 1,
        "unit": f"Unit: told amounts of rice, {known} with a number.",
        "note": "Full: said to have come. Pale: promised, or unclear. They are never added.",
        "chart": partial(charts.amounts, frame),
        "columns": ["label", "said", "part"],
    }


@exhibit(NOTEBOOK, "events")
def amounts(data):
    """Every amount in the texts, and what may be added to what"""
    frame = aid.amounts(data)
    notes, stage = data.codes("flows", "total_note"), data.codes("quantities", "stage")
    frame["amount"] = aid.printed(frame) if len(frame) else ""
    why = frame["total_note"].map(notes).fillna("nothing comparable to add")
    why = why.mask(frame["alike"].gt(1), "may be added to its like").mask(~frame["support"], "trade, not support")
    frame["added"] = why.mask(frame["computed"], "nothing comparable to add; our arithmetic: the share of the sum")
    frame["between"] = frame["tie"].map(data.listed("ties")).fillna("")
    frame["text"] = frame["article_id"].map(columns(data))
    frame["what"] = frame["support"].map({True: "Support", False: "Trade, apart from support"})
    frame["stage_words"] = frame["stage"].map(stage).fillna("")
    says = Counter(frame)
    known = says("event_id", "support and amount != 'no number'")
    addable, iran = (
        says("event_id", "support and alike > 1"),
        says("event_id", "support and recipient == 'IRN' and amount != 'no number'"),
    )
    cuba = says("event_id", "support and recipient == 'CUB' and amount != 'no number'")
    return {
        "says": says,
        "finding": f"No support for Iran carries an amount: all {known} items, parts or sums with a number are Cuba's, and none may be added to another",
        "holds": iran == 0 and cuba == known > 0 and addable == 0,
        "unit": f"Unit: printed amounts of support (of {known} items, parts or sums) and of trade.",
        "note": "As printed, never converted; a range is computed where a share stands beside a sum.",
        "answer": f"How much: {known} items, parts or sums carry a number, {number(cuba)} for Cuba and {number(iran)} for Iran; {number(addable)} of them may be added to another.",
        "table": lambda: _gt(
            frame,
            {
                "label": "Item",
                "between": "Between",
                "text": "Says",
                "amount": "Amount",
                "stage_words": "How far",
                "added": "May it be added?",
            },
            "02-amounts",
            group="what",
        ),
        "columns": ["what", "label", "text", "amount", "stage_words", "added"],
    }


@exhibit(NOTEBOOK, "events")
def arms(data):
    """Arms for Iran: what each text says of each item"""
    frame = aid.ledger(data)
    domain = data.events.set_index("event_id")["domain"].astype(object).map(data.codes("events", "domain", "arms"))
    keep = (
        frame["event_id"].map(domain).eq(True)
        & frame["kind"].isin(SPECIFIC)
        & frame["item"].astype(str).ne("armed_help")
    )
    frame = report_words(frame[keep].reset_index(drop=True), data)
    says = Counter(frame)
    n, texts = says("event_id"), says("article_id")
    yes, no = says("event_id", "side == 'yes' and stage != 'sought'"), says("event_id", "side == 'no'")
    sure = says("event_id", "side == 'yes' and stage != 'sought' and status == 'stated'")
    drawn = by_tie(frame.assign(row=frame["label"], column=frame["article_id"], row_evidence=frame["event_id"]), data)
    frame["block"] = drawn["group"]
    return {
        "frame": frame.drop(columns="tone"),
        "says": says,
        "finding": f"Arms for Iran: {yes} of {n} items are reported as given or under way, {number(sure)} of them as fact; {number(no)} are said not to be given",
        "holds": yes > sure > 0 and no > 0,
        "unit": f"Unit: items of arms or intelligence, n = {n}, in {texts} texts; armed help in a war and general statements are left out.",
        "note": "Dark: said not to be given. Dashed: quoted without endorsement. Empty: not mentioned.",
        "chart": partial(charts.grid, drawn, columns(data, frame["article_id"]), label=2.6),
        "columns": ["block", "label", "article_id", "text", "detail"],
    }
