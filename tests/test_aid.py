"""How much: totals by cases worked by hand, amounts by a second count in plain Python."""

import re
from itertools import count

import pandas as pd
import pytest
from test_dataset import claims, made, rows

from tielines import aid, dataset

NAN = float("nan")
NUMBERS = count(1)


def row(**values):
    base = dict(
        event_id=f"e{next(NUMBERS)}",
        label="Oats",
        domain="food_relief",
        item="rice",
        measure="mass",
        unit="t",
        stage="agreed",
    )
    return base | dict(floor=10.0, ceiling=12.0, in_total=True) | values


def test_a_total_keeps_its_range_and_its_unknowns_and_leaves_out_what_is_not_in_it():
    own = [
        row(),
        row(floor=5.0, ceiling=5.0),
        row(floor=NAN, ceiling=NAN),
        row(floor=3.0, ceiling=NAN),
        row(in_total=False),
    ]
    total = aid.total(pd.DataFrame(own))
    assert total == {"floor": 18, "ceiling": 17, "unit": "t", "n": 4, "unknown": 2}


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


@pytest.mark.parametrize("domain", ["military", "intelligence"])
def test_arms_never_enter_a_money_total(domain):
    with pytest.raises(aid.Unlike, match="Radar: arms never enter a money total"):
        aid.total(pd.DataFrame([row(label="Radar", domain=domain, measure="money", unit="USD")]))
    assert aid.total(pd.DataFrame([row(domain=domain, measure="count", unit="item")]))["n"] == 1


def test_two_texts_amounts_of_one_item_are_never_added():
    twice = [row(event_id="e9", article_id="900"), row(event_id="e9", article_id="901", floor=11.0)]
    with pytest.raises(aid.Unlike, match="Oats: two amounts of one item"):
        aid.total(pd.DataFrame(twice))
    assert aid.total(pd.DataFrame([*twice[:1], row(), twice[1] | {"in_total": False}]))["floor"] == 20


@pytest.mark.parametrize("frame", [pd.DataFrame([row(in_total=False)]), pd.DataFrame([row()])[:0]])
def test_a_total_of_nothing_is_not_zero(frame):
    total = aid.total(frame)
    assert pd.isna(total["floor"]) and pd.isna(total["ceiling"]) and total["n"] == 0


def test_the_debt_is_a_range_that_holds_both_readings(data):
    debt = aid.amounts(data).query("item == 'debt' and measure == 'money'").iloc[0]
    assert (debt["floor"], debt["ceiling"], debt["computed"]) == (28.8e9, 32e9, True)
    assert debt["evidence"] == "q0008;c0139;q0007;c0138"
    assert aid.printed(pd.DataFrame([debt])).tolist() == ["about 28.8 billion to 32 billion USD (computed)"]


def test_a_range_is_computed_only_from_one_share_and_one_sum():
    share = dict(measure="share", best="50", unit="%", qualifier="approx")
    money = dict(measure="money", unit="USD", low="10", best="10", high="10")
    own = {"e1": [share, money], "e2": [share, money, money], "e3": [share, share, money]}
    told = [dict(claims("900 CT+ money")[0], attribute="quantity", event_id=e) for e, each in own.items() for _ in each]
    amounts = [amount | {"claim_id": f"c{i}"} for i, amount in enumerate(sum(own.values(), []), 1)]
    frame = aid.amounts(made(events=[{}] * 3, claims=told, quantities=amounts)).query("measure == 'money'")
    assert frame.groupby("event_id")["floor"].agg(list).to_dict() == {"e1": [5], "e2": [10, 10], "e3": [10]}
    assert frame["ceiling"].eq(10).all()


def test_amounts_are_those_of_a_second_count(data):
    told, flows, found = {c["claim_id"]: c for c in rows("claims")}, {f["event_id"]: f for f in rows("flows")}, {}
    for q in rows("quantities"):
        flow = flows.get(told[q["claim_id"]]["event_id"])
        if not flow and not q["stage"]:
            continue  # the length of a treaty, a rank
        low, high = (q[side] or q["best"] for side in ("low", "high"))
        spread = [float(low) if low else None, float(high) if high else None]
        stage = q["stage"] or "open"
        if q["quantity_id"] == "q0008":  # the one sum beside a share of it
            spread, stage = [28.8e9, 32e9], "delivered"
        found[q["quantity_id"]] = (*spread, q["unit"], stage, bool(flow), bool(flow) and flow["in_total"] == "yes")
    frame = aid.amounts(data).astype(object)
    frame = frame.where(frame.notna(), None)
    seen = {
        r.evidence[:5]: (r.floor, r.ceiling, str(r.unit), r.stage, r.support, r.in_total) for r in frame.itertuples()
    }
    assert seen == found and len(found) > 15


def test_the_rice_is_not_summed_and_one_of_its_amounts_alone_may_be():
    rice = aid.amounts(dataset.load(articles="000")).query("item == 'rice'")
    with pytest.raises(aid.Unlike, match="stage .* are never added"):
        aid.total(rice)
    assert rice.loc[rice["in_total"], "ceiling"].tolist() == [60000] and set(rice["alike"]) == {0, 1}


def test_the_loan_is_not_added_to_what_it_bought(data):
    loan = aid.amounts(data).query("item == 'loan'").iloc[0]
    assert not loan["in_total"] and loan["total_note"] == "loan_beside_goods" and loan["alike"] == 0


def test_like_amounts_are_counted_together():
    told = [dict(claims("900 CT+ mass")[0], attribute="quantity", event_id=f"e{i}") for i in (1, 2, 3, 4)]
    own = [dict(claim_id=f"c{i}", low="1", best="1", high="1") for i in (1, 2, 3, 4)]
    events = [{}, {}, {}, dict(actors="CHN")]
    flows = [dict(event_id=f"e{i}", in_total="no" if i == 3 else "yes") for i in (1, 2, 3, 4)]
    frame = aid.amounts(made(events=events, flows=flows, claims=told, quantities=own)).sort_values("event_id")
    assert frame["alike"].tolist() == [2, 2, 0, 1]


def test_a_text_marks_its_firmest_stage_one_further_and_one_denied():
    told = claims(
        "900 CT+ agreed", "900 CT+ part_delivered SADR", "900 CT- delivered", "901 CT- offered", "902 CT+ open"
    )
    frame = aid.stages(made(claims=told))
    assert {(r.article_id, r.stage, r.status) for r in frame.itertuples()} == {
        ("900", "agreed", "stated"), ("900", "part_delivered", "quoted"), ("900", "delivered", "denied"),
        ("901", "offered", "denied"), ("902", "open", "stated"),
    }  # fmt: skip


def test_a_further_stage_rests_on_the_claim_that_tells_it():
    frame = aid.stages(made(claims=claims("900 CT+ under_way", "900 CT+ delivered SADR")))
    assert "c2" in frame.set_index("stage").at["delivered", "evidence"]


def test_a_further_stage_in_the_authors_own_words_is_not_quoted():
    frame = aid.stages(made(claims=claims("900 CT+ agreed", "900 PS+ part_delivered", "900 PR- delivered")))
    assert frame.set_index("stage")["status"].to_dict() == {
        "agreed": "stated",
        "part_delivered": "possibly",
        "delivered": "not_likely",
    }


def test_the_ledger_has_a_row_for_every_flow_and_text_and_parts_follow_their_whole(data):
    frame = aid.ledger(data)
    told = data.reports[data.reports["event_id"].isin(data.flows["event_id"])]
    assert sorted(zip(frame["event_id"], frame["article_id"], strict=True)) == sorted(
        zip(told["event_id"], told["article_id"], strict=True)
    )
    parent, events = {f["event_id"]: f["parent_event_id"] for f in rows("flows")}, frame["event_id"].tolist()
    for part in frame.loc[frame["kind"].eq("part"), "event_id"]:
        between = events[events.index(parent[part]) : events.index(part)]
        assert between and {parent[e] or e for e in between} == {parent[part]}
    assert frame.loc[frame["event_id"].eq("e0072") & frame["article_id"].eq("000"), "amount"].tolist() == ["60,000 t"]
    assert set(frame["amount"]) >= {"about 4,800 t", "80 million USD", "no number", ""}


def test_two_by_two_counts_items_alone_each_once(data):
    frame = aid.counted(data)
    assert frame["event_id"].is_unique and set(frame["kind"]) == {"given", "sought", "refused"}
    assert set(frame.loc[frame["field"].eq("arms"), "domain"]) == {"military", "intelligence"}


def test_trade_is_no_support(data):
    frame = aid.amounts(data)
    ids = frame["evidence"].str.split(";").str[1].map(data.claims.set_index("claim_id")["event_id"])
    assert (ids.isin(data.flows["event_id"]) == frame["support"]).all() and not frame["support"].all()


@pytest.mark.parametrize(
    ("floor", "ceiling", "qualifier", "unit", "said"),
    [
        (4800, 4800, "approx", "t", "about 4,800 t"), (NAN, 90, "almost", "%", "almost 90 %"), (60, NAN, "over", "%", "over 60 %"),
        (3.5, 3.5, "exact", "%", "3.5 %"), (5000, 5000, "exact", "item", "5,000"), (8e7, 8e7, "exact", "USD", "80 million USD"),
        (NAN, NAN, "vague", "item", "no number"),
    ],
)  # fmt: skip
def test_amounts_are_put_as_the_texts_put_them(floor, ceiling, qualifier, unit, said):
    frame = pd.DataFrame([dict(floor=floor, ceiling=ceiling, qualifier=qualifier, unit=unit, computed=False)])
    assert aid.printed(frame).tolist() == [said]
