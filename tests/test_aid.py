"""Measures of support against cases worked by hand."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from test_checks import edit, find, told

from tielines import aid, figures, tables, timelines, words


@pytest.fixture(scope="module")
def rows():
    return aid.amounts(tables.load())


def row(**values):
    base = dict(event_id="e1", label="Oats", domain="food_relief", item="rice", measure="mass", unit="t")
    base |= dict(stage="agreed", floor=10.0, ceiling=12.0, in_total=True, total_note="", evidence="q1;c1")
    return base | values


def test_a_total_keeps_its_range_its_unknowns_its_evidence_and_what_it_leaves_out():
    frame = pd.DataFrame(
        [
            row(),
            row(floor=5.0, ceiling=5.0, evidence="q2;c2"),
            row(floor=None, ceiling=None, evidence="q3;c3"),
            row(event_id="e4", in_total=False, total_note="part", evidence="q4;c4"),
        ]
    )
    total = aid.total(frame).iloc[0]
    assert (total["floor"], total["ceiling"], total["n"], total["unknown"]) == (15, 17, 3, 1)
    assert total["evidence"] == "q1;c1;q2;c2;q3;c3" and total["left_out"] == "e4 part"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "bbl"}, "unit t (Oats) and bbl (Other) are never added"),
        ({"stage": "delivered"}, "stage agreed (Oats) and delivered (Other) are never added"),
        ({"measure": "money"}, "measure mass (Oats) and money (Other) are never added"),
        ({"item": "crude"}, "item rice (Oats) and crude (Other) are never added"),
    ],
)
def test_unlike_things_are_refused_by_name(change, message):
    with pytest.raises(aid.Unlike, match=re.escape(message)):
        aid.total(pd.DataFrame([row(), row(label="Other", **change)]))


def test_arms_never_enter_a_money_total():
    with pytest.raises(aid.Unlike, match="Radar: arms never enter a money total"):
        aid.total(pd.DataFrame([row(label="Radar", domain="military", measure="money", unit="USD")]))


def test_the_debt_is_a_range_that_holds_both_readings(rows):
    debt = rows[rows["item"].eq("debt") & rows["measure"].eq("money")].iloc[0]
    assert (debt["floor"], debt["ceiling"], debt["computed"]) == (28.8e9, 32e9, True)


def test_the_rice_is_not_summed(rows):
    rice = rows[rows["item"].eq("rice")]
    with pytest.raises(aid.Unlike, match="stage agreed .* and delivered .* are never added"):
        aid.total(rice)
    totals = aid.totals(tables.load())
    held = totals[totals["item"].eq("rice") & totals["n"].gt(0)]
    assert held["ceiling"].tolist() == [60000] and held["stage"].tolist() == ["agreed"]


def test_the_loan_is_not_added_to_what_it_bought(rows):
    loan = rows[rows["item"].eq("loan")].iloc[0]
    assert not loan["in_total"] and loan["total_note"] == "loan_beside_goods"


def test_a_total_of_nothing_is_not_zero():
    total = aid.total(pd.DataFrame([row(in_total=False, total_note="part")])).iloc[0]
    assert pd.isna(total["floor"]) and total["n"] == 0


@pytest.mark.parametrize(
    ("arguments", "value", "label"),
    [
        ((60_000, "t", "kt"), 60, "60 kt, converted from t at 0.001 (by definition)"),
        ((1000, "t", "bbl", "crude"), 7330, "7,330 bbl, converted from t at 7.33 (Energy Institute"),
    ],
)
def test_a_converted_number_says_so(arguments, value, label):
    number, said = aid.convert(*arguments)
    assert number == pytest.approx(value) and said.startswith(label)


def test_what_has_no_factor_is_refused():
    with pytest.raises(aid.Unlike, match="no factor on record from USD to t"):
        aid.convert(1, "USD", "t")
    with pytest.raises(aid.Unlike, match="from t to bbl"):
        aid.convert(1, "t", "bbl")


def test_who_vouches(data):
    frame = aid.flows(data).set_index("label")["voucher"]
    assert frame["Russian crude and petroleum products in preparation for Cuba"] == "provider"  # its embassy
    assert frame["Russian support for Iran during the 12-day war"] == "recipient"  # a member of an Iranian council
    assert frame["Chinese support for Iran during the 12-day war"] == "third party"  # a study
    assert frame["Mi-28NE helicopters from Russia for Iran"] == "nobody named"  # press reports


def test_every_flow_is_counted_once_in_each_count(data):
    every = aid.flows(data)
    given = every.loc[~every["firmness"].str.endswith("-"), "event_id"]
    for measure, wanted in (
        (aid.by_stage, every["event_id"]),
        (aid.numbered, every["event_id"]),
        (aid.by_voucher, given),
    ):
        frame = measure(data)
        ids = [i for e in frame["evidence"] for i in e.split(";")]
        assert sorted(ids) == sorted(wanted) and frame["n"].sum() == len(ids)
    assert set(every["event_id"]) == set(data.flows["event_id"]) and len(given) < len(every)


def test_trade_is_not_support(data):
    frame = aid.trade(data)
    events = data.claims.set_index("claim_id")["event_id"]
    assert len(frame) and not {events[e.split(";")[1]] for e in frame["evidence"]} & set(data.flows["event_id"])


def test_printed():
    nan = float("nan")
    assert aid.printed(nan, 4800, nan, "approx", "t") == "about 4,800 t"
    assert aid.printed(nan, nan, 90, "almost", "%") == "almost 90 %"
    assert aid.printed(3.5, 3.5, 3.5, "exact", "%") == "3.5 %"
    assert aid.printed(nan, nan, nan, "vague", "item") == "no number"


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (lambda r: r["total_note"] == "", {"in_total": "no"}, "filled where in_total is no, and only there"),
        (
            lambda r: r["total_note"] == "umbrella",
            {"in_total": "yes", "total_note": ""},
            "the claims make it umbrella",
        ),
        (lambda r: r["total_note"] == "part", {"total_note": "promise"}, "the claims make it part"),
        (
            lambda r: r["total_note"] == "promise",
            {"in_total": "yes", "total_note": ""},
            "the claims make it promise",
        ),
        (
            lambda r: r["total_note"] == "not_given",
            {"in_total": "yes", "total_note": ""},
            "make it not_given",
        ),
        (lambda r: r["item"] == "cash", {"item": "rice"}, "support in kind has no money of its own"),
        (lambda r: r["item"] == "rice", {"total_note": "loan_beside_goods"}, "the claims make it"),
    ],
)
def test_checks_of_flows(copy, condition, values, expected):
    at, _ = find(copy, "flows", condition)
    edit(copy, "flows", at, **values)
    assert any(expected in line and f"flows.csv:{at + 2} " in line for line in told(copy)), told(copy)


def test_more_delivered_than_agreed_is_found(copy):
    at, rows = find(copy, "quantities", lambda r: r["best"] == "4800")
    edit(copy, "quantities", at, best="61000")
    assert any("more delivered than the 60000 t agreed" in line for line in told(copy))


def test_support_is_an_event_of_aid(copy):
    _, flows = find(copy, "flows", lambda r: True)
    at, _ = find(copy, "events", lambda r: r["event_id"] == flows[0]["event_id"])
    edit(copy, "events", at, event_type="COOPERATE")
    assert any("trade is no support" in line for line in told(copy))


def test_a_changed_amount_reaches_figure_evidence_and_notebook(data, tmp_path, monkeypatch):
    """One amount changed: the data of the figure, its mark, the hash, the printed table all differ."""
    changed = data.quantities.copy()
    at = changed.index[changed["best"].eq(30000)][0]
    changed.loc[at, ["low", "best", "high"]] = 31000.0
    after, before = (aid.item(d, "rice") for d in (replace(data, quantities=changed), data))
    assert sorted(set(after["ceiling"].dropna()) - set(before["ceiling"].dropna())) == [31000]
    from test_charts import draw

    bundles = []
    for d in (data, replace(data, quantities=changed)):
        frame, ax, kit = draw("02-rice", d)
        bundles.append(figures.describe(figures.dress(ax, kit["title"], kit["caption"]), "02-rice", data=frame, **kit))
    kept = (tables.ROOT / "figures" / "02-rice.json").read_text(encoding="utf-8")
    assert bundles[0][1] == kept != bundles[1][1] and "31,000 t" in bundles[1][1]
    told = after[["event_id", "floor", "ceiling", "unit", "stage", "in_total", "total_note"]].to_string(index=False)
    printed = (tables.ROOT / "notebooks" / "02-aid-volumes.ipynb").read_text(encoding="utf-8")
    assert "31000.0" in told and "31000.0" not in printed and "30000.0" in printed


def test_a_false_finding_about_rice_gives_way(data):
    frame = aid.item(data, "rice")
    assert words.item(frame, data, "rice")["title"].endswith("numbers that cannot be added")
    frame["in_total"] = True
    assert words.item(frame, data, "rice")["title"] == "Reported support: rice"


def test_flows_narrow_with_the_filters(data):
    frame = aid.flows(timelines.select(data, recipients="CUB"))
    assert set(frame["recipient"]) == {"CUB"}
