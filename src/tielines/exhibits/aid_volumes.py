"""Notebook 02: the ledger; from promise to delivery; the rice; every amount; arms text by text."""

import re
from functools import partial

import pandas as pd

from tielines import aid, charts, files
from tielines.exhibits.core import (
    Counter,
    by_text,
    by_tie,
    columns,
    count,
    exhibit,
    expected,
    here,
    names,
    number,
    part_of,
    rank,
    refusals,
    report_words,
    told,
)

__all__ = ["amounts", "arms", "ledger_cuba", "ledger_iran", "rice", "stages"]
NOTEBOOK = "02-aid-volumes"
SPECIFIC = ("given", "sought", "refused")


def _ledger(data, recipient):
    frame = aid.ledger(data)
    frame = report_words(frame[frame["recipient"].eq(recipient)].reset_index(drop=True), data, places=True)
    state, texts, says = data.listed("states")[recipient], columns(data), Counter(frame)
    given, general, sought, refused, part = (
        says("event_id", f"kind == '{kind}'") for kind in ("given", "general", "sought", "refused", "part")
    )
    apart = {
        "only sought": sought,
        "said not to be given or not to be expected": refused,
        "part of an item" if part == 1 else "parts of an item": part,
        "general statement (folded)" if general == 1 else "general statements (folded)": general,
    }
    apart = names([f"{n} {kind}" for kind, n in apart.items() if n] or ["nothing"])
    own = frame[frame["kind"].eq("given")]
    most = own.groupby("article_id")["event_id"].nunique().sort_values()
    lead = most.index[-1] if len(most) else ""
    of_lead, label = says("event_id", f"kind == 'given' and article_id == '{lead}'"), texts.get(lead, "")
    alone = not {*own["event_id"][own["article_id"].eq(lead)]} & {*own["event_id"][own["article_id"].ne(lead)]}
    denied, foreseen = says("event_id", "flat"), says("event_id", "kind == 'refused' and not flat")
    money = says("event_id", "kind == 'given' and amount != '' and amount != 'no number'")
    frame["block"] = told(frame["tie"], data.listed("ties"))
    frame["kind_words"] = frame["kind"].map(data.listed("kinds"))
    frame["text_label"] = frame["article_id"].map(texts)
    specific = frame[frame["kind"].ne("general")]
    whole = data.articles["article_id"][data.articles["coverage"].eq("full")]
    silent = [texts[article] for article in whole if article not in set(frame["article_id"])]
    amount = frame["event_id"].map(_amounts_said(frame)).astype(object).fillna("").astype(str)
    item = part_of(specific, specific["kind"].eq("part"), data) + specific["label"].astype(object)
    where = {"column": specific["article_id"], "row_evidence": specific["event_id"]}
    folded = by_text(frame[frame["kind"].eq("general")], data).groupby(["tie", "text_label"], sort=False)
    folded = folded.agg(n=("event_id", "nunique"), row_evidence=("event_id", ";".join)).reset_index()
    folded["aside"] = folded["text_label"].astype(object) + ": " + folded["n"].map(number).astype(object)
    folded = folded.groupby("tie", sort=False).agg({"aside": ", ".join, "row_evidence": ";".join}).reset_index()
    rows = [
        specific.assign(row=item, aside=amount.reindex(specific.index), **where),
        folded.assign(row="General statements"),
    ]
    finding = f"What {state} is said to get: one text, {label}, reports {of_lead} of {given} items of support"
    finding += ", and is alone with each of them" if alone and lead else ""
    finding += refusals(denied, foreseen)
    note = "A cell: how far, how firmly, on what source, in which paragraph and sentence; dark: said not to be given; dashed: quoted."
    answer = f"{state}: {count(given, 'item')} of support, {number(money)} with an amount; {label} reports {of_lead}"
    title = f"Who is said to have given {state} what"
    return {
        "frame": frame.drop(columns=["tone"]),
        "says": says,
        "finding": finding,
        "holds": given > 1 and of_lead > given / 2,
        "neutral": title,
        "unit": f"Unit: items of support, n = {given}; apart from them {apart}.",
        "note": note
        + (f" {names(silent)} {'tells' if len(silent) == 1 else 'tell'} of none{here(data)}." if silent else ""),
        "answer": answer + ("." if apart == "nothing" else f"; apart from them {apart}.") if given else "",
        "chart": partial(charts.grid, by_tie(pd.concat(rows), data), columns(data, specific["article_id"]), label=2.75),
        "sheet": lambda: _sheet(frame, amount),
        "table": {},
        "id": f"02-ledger-{recipient.lower()}",
        "by": "between",
        "office": lambda: {"xlsx": _xlsx(_sheet(frame, amount)), "docx": _docx(_sheet(frame, amount), title)},
        "columns": ["block", "kind_words", "label", "amount", "text_label", "text", "detail"],
    }


def _amounts_said(frame) -> pd.Series:
    """The amount of each event by its id, with who prints it where not all that tell of it do."""
    many = frame.groupby("event_id")["article_id"].nunique()
    own = frame[~frame["amount"].isin(("", "no number"))].groupby(["event_id", "amount"], sort=False)["text_label"]
    own = own.agg(who=names, n="nunique").reset_index()
    who = (" (" + own["who"] + ")").where(own["n"].astype(int).lt(own["event_id"].map(many).astype(float)), "")
    return (own["amount"] + who).groupby(own["event_id"]).agg("; ".join)


def _sheet(frame, amount):
    """The ledger as a reader's table: one row an item, one column a text."""
    keys = {"block": "between", "kind_words": "kind", "label": "item"}
    rows = frame.assign(amount=amount, cell=frame["text"] + " (" + frame["detail"] + ")")
    wide = rows.pivot_table("cell", [*keys], "text_label", "first", "", sort=False)
    items = rows.groupby([*keys], sort=False)
    wide.insert(0, "amount", items["amount"].first())
    wide["evidence"] = items["evidence"].agg(";".join)
    return wide.reset_index().rename(columns=keys).rename_axis(columns=None)


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
    note = "What the texts say; not verified outside them. In brackets: how firmly, on what source, paragraph and sentence."
    document.add_paragraph(note)
    table = document.add_table(1, len(sheet.columns), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, sheet, strict=True):
        cell.text = name
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in sheet.itertuples(index=False):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            ids = re.fullmatch(r"[a-z]\d+(;[a-z]\d+)+", str(value))
            cell.text = str(value).replace(";", "; ") if ids else str(value)
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
    texts = frame.query("kind == 'given' and stage == 'delivered' and status == 'stated'")["article_id"].unique()
    no = frame["status"].isin(charts.REFUSED)
    order = {s: w for s, w in data.codes("quantities", "stage").items() if s in set(frame["stage"][~no])}
    order |= {"no": "not given, not expected"} if no.any() else {}
    far = frame["stage"].map({s: i for i, s in enumerate(order)}).mask(frame["stage"].eq("open"), -1)
    best = far.astype(float).groupby(frame["event_id"]).transform("max")
    drawn = frame.assign(
        row=frame["label"], stage=frame["stage"].mask(no, "no"), _k=rank(SPECIFIC)(frame["kind"]), _f=-best
    )
    drawn = by_tie(drawn.sort_values(["_k", "_f", "event_id"], kind="stable"), data)
    keys = data.articles[data.articles["article_id"].isin(frame["article_id"])]
    text = names(columns(data, texts).values())
    return {
        "says": says,
        "finding": f"One text alone, {text}, states as fact that {came} of {count(n, 'item')} of support {'was' if came == 1 else 'were'} delivered",
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
    note, frame["amount"] = told(frame["total_note"], data.codes("flows", "total_note")), aid.printed(frame)
    far = told(frame["stage"], data.codes("quantities", "stage")).replace("", "stage unclear")
    far = expected(far, frame["firmness"])
    frame["came"] = frame["stage"].eq("delivered") & frame["status"].eq("stated")
    frame["said"] = frame["amount"] + ", " + far + ("; " + note).where(note.ne("") & ~frame["part"], "")
    says = Counter(frame)
    n, known = says("event_id"), says("event_id", "amount != 'no number'")
    numbered = frame[frame["amount"].ne("no number")]
    whole = ~numbered["part"] & numbered["stage"].eq("agreed")
    came = numbered["part"] & numbered["stage"].eq("delivered") & numbered["firmness"].eq("CT+")
    told_as = {"promised": whole, "of it delivered": came & whole.any(), "that may be part of the first": numbered["total_note"].eq("may_be_part")}  # fmt: skip
    texts, parts = columns(data, frame["article_id"]), {}
    for article in texts:
        own = {words: numbered["amount"][rows & numbered["article_id"].eq(article)] for words, rows in told_as.items()}
        parts[article] = names(f"{rows.iloc[0]} {words}" for words, rows in own.items() if len(rows))
    one = len(texts) < 2
    reports = [f"{'one text' if one else texts[a]} reports {said}" for a, said in parts.items() if said]
    drawn = frame.assign(label=part_of(frame, frame["part"], data) + frame["label"].astype(object))
    if not one:  # a row names its texts; those that say the same share it
        rows = drawn.assign(text=drawn["article_id"].map(texts)).groupby(["event_id", "said", "came"], sort=False)
        drawn = rows.agg(
            {c: "first" for c in drawn if c not in rows.keys} | {"text": names, "evidence": ";".join}
        ).reset_index()
        drawn["label"] += ", in " + drawn["text"]
    return {
        "says": says,
        "finding": f"Rice for Cuba: {'; '.join(reports)}",
        "holds": bool(whole.any() and came.any() and all(parts.values())),
        "unit": f"Unit: items of rice and parts of them, n = {n}, {known} with a number{'' if one else f', told by {number(len(texts))} texts'}.",
        "note": "Full: said to have come. Pale: promised, or unclear. They are never added.",
        "chart": partial(charts.amounts, drawn),
        "columns": ["label", "said", "part"],
    }


@exhibit(NOTEBOOK, "events")
def amounts(data):
    """Every amount in the texts, and what may be added to what"""
    frame = aid.amounts(data)
    frame["amount"] = aid.printed(frame)
    why = told(frame["total_note"], data.codes("flows", "total_note")).replace("", "nothing comparable to add")
    several = (
        frame[frame["in_total"]]
        .groupby(["event_id", "measure", "unit"], observed=True)["article_id"]
        .transform("nunique")
    )
    why = why.mask(several.reindex(frame.index).gt(1), "never to another text's amount of it")
    why = why.mask(frame["alike"].gt(1), "may be added to its like").mask(~frame["support"], "trade, not support")
    why = why.mask(frame["price"], "a price, no support in money")
    frame["added"] = why.mask(frame["computed"], "nothing comparable to add; our arithmetic: the share of the sum")
    frame["between"] = frame["tie"].map(data.listed("ties")).fillna("")  # trade may lie at another tie
    frame["text"] = frame["article_id"].map(columns(data))
    frame["what"] = frame["support"].map({True: "Support", False: "Trade, apart from support"})
    frame["stage_words"] = expected(told(frame["stage"], data.codes("quantities", "stage")), frame["firmness"])
    says, numbered = Counter(frame), "amount != 'no number'"
    known, addable = says("event_id", f"support and {numbered}"), says("event_id", "support and alike > 1")
    iran, cuba = (says("event_id", f"support and recipient == '{state}' and {numbered}") for state in ("IRN", "CUB"))
    heads = ("Item", "Between", "Says", "Amount", "How far", "May it be added?")
    return {
        "says": says,
        "finding": f"No support for Iran carries an amount: all {known} items, parts or sums with a number are Cuba's, and none may be added to another",
        "holds": iran == 0 and cuba == known > 0 and addable == 0,
        "unit": f"Unit: printed amounts of support (of {known} items, parts or sums) and of trade.",
        "note": "As printed, never converted; a range is computed where a share stands beside a sum.",
        "answer": f"How much: {known} items, parts or sums carry a number, {number(cuba)} for Cuba and {number(iran)} for Iran; {number(addable)} of them may be added to another.",
        "table": dict(zip(("label", "between", "text", "amount", "stage_words", "added"), heads, strict=True)),
        "by": "what",
        "columns": ["what", "label", "text", "amount", "stage_words", "added"],
    }


@exhibit(NOTEBOOK, "events")
def arms(data):
    """Arms for Iran: what each text says of each item"""
    frame = aid.ledger(data)
    domain = data.events.set_index("event_id")["domain"].astype(object).map(data.codes("events", "domain", "arms"))
    frame = frame[frame["event_id"].map(domain).eq(True) & frame["kind"].isin(SPECIFIC)]
    frame = report_words(frame[frame["item"].ne("armed_help")].reset_index(drop=True), data)
    says = Counter(frame)
    n, texts = says("event_id"), says("article_id")
    came = "stage in ('under_way', 'part_delivered', 'delivered')"
    yes, no = f"side in ('yes', 'both') and {came}", "side in ('no', 'both')"
    sides = [set(frame.query(side)["event_id"]) for side in (yes, no)]
    frame["twice"] = frame["event_id"].isin(sides[0] & sides[1])
    yes, no, twice = says("event_id", yes), says("event_id", no), says("event_id", "twice")
    are = "is" if no == 1 else "are"
    both = f", {number(twice)} of them said both" if no > 1 else ", and is said both"
    both = both if twice else ""
    sure = says("event_id", f"side == 'yes' and {came} and status == 'stated'")
    drawn = by_tie(frame, data, row=frame["label"], column=frame["article_id"], row_evidence=frame["event_id"])
    frame["block"] = drawn["group"]
    return {
        "frame": frame.drop(columns="tone"),
        "says": says,
        "finding": f"Arms for Iran: {yes} of {n} items are reported as given or under way, {number(sure)} of them as fact; {number(no)} {are} said not to be given{both}",
        "holds": yes > sure > 0 and no > 0,
        "unit": f"Unit: items of arms or intelligence, n = {n}, in {texts} texts; armed help in a war and general statements are left out.",
        "note": "Dark: said not to be given. Dashed: quoted without endorsement. Empty: not mentioned"
        + here(data)
        + ".",
        "chart": partial(charts.grid, drawn, columns(data, frame["article_id"]), label=2.6),
        "columns": ["block", "label", "article_id", "text", "detail"],
    }
