"""A further article, from its text to the figures: two of our own are registered, coded on sheets and merged."""

import re
import shutil
import sys
from copy import deepcopy
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from test_dataset import claims as stages
from test_dataset import made

from tielines import (
    aid,
    checks,
    coding,
    corroboration,
    dataset,
    exhibits,
    export,
    files,
    merging,
    scale,
    sheets,
    tables,
)
from tielines.exhibits import aid_volumes
from tielines.exhibits.core import Counter
from tielines.files import TielinesError

HAVANA = """Convoy to Havana

Harbour Notes, 9 March 2026

China gave Cuba 60,000 tons of rice, the envoy Ana Ruiz said on 5 March 2026. Solar kits for clinics will follow.
Russia sent two tugboats to Havana as a gift. The friendship of Beijing and Havana is warm.
"""
TEHRAN = """What Tehran waits for

Gulf Ledger, 12 April 2026

Russia delivered the Su-35 fighters that Iran ordered. Moscow shipped S-400 batteries as well, two officers said.
Yet no S-400 came to Tehran at all. Russia is a cautious friend.
"""
AUTHOR = {"factuality": "stated as fact"}
ENVOY = {"speaker": "Ana Ruiz", "basis": "a named source", "factuality": "stated as fact"}
RICE = "China gave Cuba 60,000 tons of rice | the envoy Ana Ruiz said"
CLAIMS = {
    "havana": [
        ENVOY | {"sentence_ids": "havana.p3.s1", "words": RICE, "event_id": "Chinese rice donation for Cuba", "value": "agreed"}
        | {"paraphrase": "An envoy tells of a gift of rice."},
        ENVOY | {"sentence_ids": "havana.p3.s1", "words": RICE, "event_id": "e0072", "attribute": "how much", "stage": "agreed"}
        | {"paraphrase": "She puts it at 60,000 tonnes."},
        AUTHOR | {"sentence_ids": "havana.p4.s1", "words": "Russia sent two tugboats to Havana as a gift", "value": "delivered"}
        | {"event_id": "Russian tugboats for Cuba", "paraphrase": "Two tugs came as a gift."},
    ],
    "tehran": [
        AUTHOR | {"sentence_ids": "tehran.p3.s1", "words": "Russia delivered the Su-35 fighters", "value": "delivered"}
        | {"event_id": "Su-35 fighters from Russia for Iran", "paraphrase": "The fighters were handed over."},
        AUTHOR | {"sentence_ids": "tehran.p3.s2", "words": "Moscow shipped S-400 batteries", "value": "delivered"}
        | {"event_id": "S-400 air-defence systems from Russia for Iran", "paraphrase": "Batteries came, officers say.", "basis": "an unnamed source"},
        {"sentence_ids": "tehran.p4.s1", "words": "Yet no S-400 came to Tehran at all", "value": "delivered"}
        | {"event_id": "S-400 air-defence systems from Russia for Iran", "paraphrase": "Then none is said to have come."}
        | {"factuality": "says it did not happen"},
    ],
}  # fmt: skip
MORE = {
    "havana": {
        "actors": [{"actor_id": "RUIZ", "name": "Ana Ruiz", "kind": "person", "iso3": "CUB", "sector": "government"}],
        "events": [
            {"label": "Russian tugboats for Cuba", "event_type": "AID", "domain": "transport", "actors": "Russia"}
            | {"recipients": "Cuba", "item": "material_support", "terms": "gift"}
        ],
        "stances": [
            AUTHOR | {"sentence_ids": "havana.p4.s2", "words": "The friendship of Beijing and Havana is warm"}
            | {"dyads": "China and Cuba", "dimension": "general", "aspect": "how close", "strength": "favourable"}
            | {"paraphrase": "The two are called warm friends."}
        ],
    },
    "tehran": {
        "stances": [
            AUTHOR | {"sentence_ids": "tehran.p4.s2", "words": "Russia is a cautious friend", "dyads": "RUS-IRN"}
            | {"dimension": "general", "aspect": "depth", "strength": "critical", "paraphrase": "Called a friend who holds back."}
        ]
    },
}  # fmt: skip
TEXTS = {"havana": HAVANA, "tehran": TEHRAN}
KNOWN = {
    "havana": {"title": "Convoy to Havana", "publisher": "Harbour Notes", "published": "2026-03-09"},
    "tehran": {"title": "What Tehran waits for", "publisher": "Gulf Ledger", "published": "2026-04-12"},
}


SHEETS = {}


def filled(name, data, where, path, claims=None, **more):
    """A sheet of a text with rows on its tabs, written as a coder would leave it; of the same tables it is the same."""
    state = name, *(files.sha256(file.read_bytes()) for file in sorted(data.rglob("*.*")))
    if state not in SHEETS:
        SHEETS[state] = coding.sheet(name, data, where)
    tabs = deepcopy(SHEETS[state])
    for tab, rows in ({"claims": claims or CLAIMS[name]} | (more or MORE[name])).items():
        tabs[tab].frame = pd.concat([tabs[tab].frame, pd.DataFrame(rows)], ignore_index=True).astype(object).fillna("")
    sheets.write(path, tabs)
    return path


def registered(name, data, where, text=""):
    path = where / f"new-{name}.txt"
    path.write_text(text or TEXTS[name], encoding="utf-8")
    _, notes, contents = coding.register(path, data, where, article_id=name, **KNOWN[name])
    files.write_all(data, contents)
    return notes


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """(tables with both texts registered, folder of the texts)."""
    folder = tmp_path_factory.mktemp("place")
    data, where = shutil.copytree(tables.DATA, folder / "data"), folder / "articles"
    where.mkdir()
    for name in TEXTS:
        registered(name, data, where)
    return data, where


@pytest.fixture
def own(place, tmp_path):
    """As ``place``, to change."""
    return shutil.copytree(place[0], tmp_path / "data"), place[1]


@pytest.fixture
def untitled(monkeypatch):
    """Without the titles that a merge changes: all exhibits are made twice for them, and half its time is spent there."""
    monkeypatch.setattr(merging, "titles", lambda *_: [])


@pytest.fixture(scope="module")
def merged(place, tmp_path_factory):
    """(tables with both sheets merged, {name: Change})."""
    folder = tmp_path_factory.mktemp("merged")
    data, changes = shutil.copytree(place[0], folder / "data"), {}
    for name in TEXTS:
        changes[name] = merging.merge(filled(name, data, place[1], folder / f"{name}.xlsx"), data, place[1])
        assert not changes[name].problems, [str(p) for p in changes[name].problems]
        changes[name].write(data)
    return data, changes


def test_a_registered_text_breaks_no_rule_and_has_its_own_words_only(place):
    data, where = place
    assert checks.check(data) == []
    row = tables.read("articles", data).set_index("article_id").loc["havana"]
    assert (row["label"], row["zones"], row["coverage"]) == (
        "Harbour Notes (2026)",
        "title:1;byline:2;body:3-4",
        "scoped",
    )
    assert row["published_basis"] == "stated" and (where / "havana.txt").read_text(encoding="utf-8") == HAVANA


def test_what_the_text_does_not_print_stays_empty_and_is_told(own):
    data, where = own
    path = where.parent / "third.txt"
    path.write_text(HAVANA.replace("tugboats", "ferries"), encoding="utf-8")
    known = {"title": "Something else", "publisher": "Nobody", "published": "2027-01"}
    free = next(f"{n:03}" for n in range(1000) if f"{n:03}" not in set(tables.read("articles", data)["article_id"]))
    article_id, notes, contents = coding.register(path, data, path.parent, **known)
    assert article_id == free and sum("left empty" in note for note in notes) == 2
    assert f"{free},Nobody (2027),,,,,news_report,en,2027-01,external,".encode() in contents["articles.csv"]


@pytest.mark.parametrize(
    "known, told",
    [
        ({"published": "2026-13"}, "no month 13"),
        ({"article_id": "../x"}, "letters, digits and hyphens"),
        ({"article_id": "000"}, "is taken"),
        ({"zones": "bodi:1-4"}, "zone"),
        ({"genre": "poem"}, "unknown code"),
    ],
)
def test_a_text_that_cannot_be_registered_is_refused(own, known, told):
    data, where = own
    path = where.parent / "other.txt"
    path.write_text(HAVANA + "More.\n", encoding="utf-8")
    before = {p: p.read_bytes() for p in data.rglob("*.csv")}
    with pytest.raises(TielinesError, match=told):
        coding.register(path, data, path.parent, **KNOWN["havana"] | {"article_id": "new"} | known)
    assert before == {p: p.read_bytes() for p in data.rglob("*.csv")}


def test_a_sheet_shows_sentences_with_what_is_likely(place):
    tab = coding.sheet("havana", *place)["claims"].frame.set_index("sentence_ids")
    assert tab.loc["havana.p3.s1", "text"].startswith("China gave Cuba")
    assert "e0072 Chinese rice donation for Cuba" in tab.loc["havana.p3.s1", "perhaps"]
    assert "60,000 tons = exact 60000.0 t" in tab.loc["havana.p3.s1", "amounts"]
    assert tab.loc["havana.p3.s1", "dates"] == "2026-03-05" and "Cuba" in tab.loc["havana.p3.s1", "named"]


def test_a_merge_says_what_it_changes(merged):
    havana, tehran = (merged[1][name].story for name in TEXTS)
    assert havana[0] == "adds 1 event, 1 actor, 3 claims, 1 amount, 1 judgement"
    assert havana[1] == "agrees with other texts on 1: Chinese rice donation for Cuba"
    (differs,) = (line.partition(": ") for line in tehran if line.startswith("differs"))
    jets = {"S-400 air-defence systems from Russia for Iran", "Su-35 fighters from Russia for Iran"}
    assert differs[0] == "differs from other texts on 2" and set(differs[2].split("; ")) == jets
    assert any(line.startswith("  02-arms: ") for line in merged[1]["tehran"].titles)
    assert any(line.startswith("+") and ",Russian tugboats for Cuba," in line for line in merged[1]["havana"].diff)


@pytest.mark.parametrize(
    ("printed", "said"),
    [(["5 t", "5 t"], "5 t"), (["5 t", "7 t"], "5 t (A); 7 t (B)"), (["5 t", ""], "5 t (A)"), (["5 t"], "5 t")],
)
def test_the_ledger_says_who_prints_an_amount_where_not_all_do(printed, said):
    rows = [
        {"event_id": "e1", "article_id": t, "text_label": t, "amount": a} for t, a in zip("AB", printed, strict=False)
    ]
    assert aid_volumes._amounts_said(pd.DataFrame(rows)).to_dict() == {"e1": said}


def test_what_others_tell_too_is_said_to_agree_only_where_it_does():
    told, sums = [], []
    for event, own, other, amounts in (
        ("e1", "CT+ agreed", "CT+ agreed", (5, 7)),
        ("e2", "CT+ agreed", "CT+ agreed", (5, 5)),
        ("e3", "CT- delivered", "CT+ sought", ()),
        ("e4", "CT- agreed", "CT+ delivered", ()),
    ):
        told += stages(f"901 {own}", f"900 {other}", event_id=event)
        for text, best in zip(("901", "900"), amounts, strict=False):
            told += stages(f"{text} CT+ mass", event_id=event, attribute="quantity")
            sums.append({"claim_id": f"c{len(told)}", "best": str(best), "stage": "agreed"})
    events = [{"label": label} for label in ("Oats", "Rye", "Radar", "Boats")]
    data = made(events=events, flows=[{"event_id": f"e{n}"} for n in range(1, 5)], claims=told, quantities=sums)
    assert merging._met(data, "901", {"e1", "e2", "e3", "e4"}) == [
        "agrees with other texts on 1: Rye",
        "differs from other texts on 1: Boats",
        "gives another amount than other texts for 1: Oats",
        "tells another step, or denies a further one, than other texts of 1: Radar",
    ]
    assert merging._met(data, "901", set()) == []


def test_a_day_without_its_year_is_taken_as_worked_out(tmp_path, untitled):
    data, where = shutil.copytree(tables.DATA, tmp_path / "data"), tmp_path / "texts"
    where.mkdir()
    registered("havana", data, where, HAVANA.replace("on 5 March 2026", "on 5 March"))
    day = {
        "attribute": "when",
        "value": "2026-03-05",
        "words": "said on 5 March",
        "stage": "",
        "paraphrase": "A day in March.",
    }
    rows = [CLAIMS["havana"][0], CLAIMS["havana"][0] | day]
    change = merging.merge(
        filled("havana", data, where, tmp_path / "s.xlsx", rows, actors=MORE["havana"]["actors"]), data, where
    )
    assert not change.problems, change.problems
    assert any(",date,2026-03-05,relative," in line for line in change.diff)


def test_a_row_alone_in_its_sentence_needs_no_words_and_a_claim_no_paraphrase(place, tmp_path, untitled):
    data, where = place
    tugs, doubt = CLAIMS["havana"][2], {"factuality": "possibly not", "value": "2026-03", "attribute": "when"}
    blank = {"words": "", "paraphrase": ""}
    rows = [CLAIMS["havana"][0], CLAIMS["havana"][1] | {"paraphrase": ""}, tugs | blank]
    change = merging.merge(filled("havana", data, where, tmp_path / "s.xlsx", rows, **MORE["havana"]), data, where)
    assert not change.problems, change.problems
    new = "\n".join(line for line in change.diff if line.startswith("+"))
    assert "Chinese rice donation for Cuba: 60,000 t" in new and "Russian tugboats for Cuba: delivered" in new
    assert re.search(r"\+c\d+,havana.p4.s1,\d+,\d+,9,", new)  # all nine words of the sentence
    rows = [*rows, tugs | doubt | blank]
    change = merging.merge(filled("havana", data, where, tmp_path / "t.xlsx", rows, **MORE["havana"]), data, where)
    told = {(p.column, p.rule) for p in change.problems}
    assert told == {("words", "2 rows rest on havana.p4.s1: paste the words that this one rests on")}
    row = {"event_id": "e0072", "attribute": "date", "value": "2026-03", "factuality": "PS-"}
    frames = {name: tables.read(name, data) for name in ("actors", "events")}
    reader = merging.Reader(merging.Draft(frames, data, "havana", HAVANA), {}, str)
    assert reader.in_codes(row, {}) == "Chinese rice donation for Cuba: when March 2026 (possibly not)"


def test_an_amount_beside_a_stage_is_a_claim_of_its_own_and_a_speaker_a_named_source(place, tmp_path, untitled):
    data, where = place
    row = CLAIMS["havana"][0] | {"amount": "60,000 tons", "basis": "", "paraphrase": ""}
    path = filled("havana", data, where, tmp_path / "s.xlsx", [row], actors=MORE["havana"]["actors"])
    change = merging.merge(path, data, where)
    assert not change.problems and change.story[0].startswith("adds 1 actor, 2 claims, 1 amount"), change.problems
    new = [line for line in change.diff if line.startswith("+c") and ",RUIZ_AUTHOR,named," in line]
    assert [line.split(",")[7] for line in new] == ["stage", "quantity"]
    assert any(re.match(r"\+q\d+,c\d+,mass,60000,60000,60000,exact,t,agreed,", line) for line in change.diff)
    assert {p.column for p in merging.merge(
        filled("havana", data, where, tmp_path / "t.xlsx", [row | {"amount": "61,000 tons"}], actors=MORE["havana"]["actors"]), data, where
    ).problems} == {"amount"}  # fmt: skip


def test_a_date_beside_a_stage_is_a_claim_of_its_own_and_rests_on_the_words_that_print_it(place, tmp_path, untitled):
    data, where = place
    row = CLAIMS["havana"][0] | {"words": "China gave Cuba 60,000 tons of rice", "paraphrase": ""}
    for value, lines, basis in (
        ("5 March 2026", 3, "explicit"),
        ("2026-02", 2, "relative"),
        ("2025-03-05", 2, "inferred"),
        ("May Day", 0, ""),
    ):
        path = filled(
            "havana", data, where, tmp_path / "s.xlsx", [row | {"when": value}], actors=MORE["havana"]["actors"]
        )
        change = merging.merge(path, data, where)
        if not basis:
            assert {(p.row, p.column) for p in change.problems} == {
                (len(coding.sheet("havana", data, where)["claims"].frame) + 2, "when")
            }
            continue
        assert not change.problems and change.story[0].startswith("adds 1 actor, 2 claims"), change.problems
        new = [line for line in change.diff if line.startswith("+c")]
        ((own,),) = [
            [line.split(",")[0][1:]]
            for line in new
            if f",date,{value.replace('5 March 2026', '2026-03-05')},{basis}," in line
        ]
        assert (
            sum(line.startswith(f"+{own},havana.p3.s1,") for line in change.diff) == lines
        )  # its own, and its anchors


MATANZAS = """Lights for Matanzas

Strait Letter, 21 September 2026

On 3 September China handed over two solar parks with 40 megawatts. Officials said the whole will reach 60,000 tons before December.
Moscow agreed in February 2026 to lend Cuba 200 million dollars. None of it came, a group says. A tanker brought 700,000 barrels of crude in June of that year.
Not one of sixteen ships came last week, two men said. China built a yard at Mariel for 900 million dollars. It bought 1.6 million barrels of oil a day, and 30 cars a week. Nobody knows why the cars came so late this time, or who will drive them.
"""


def test_what_a_newcomer_filled_in_is_read_as_he_meant_it(tmp_path):
    data, where = shutil.copytree(tables.DATA, tmp_path / "data"), tmp_path / "texts"
    where.mkdir()
    path = where / "new.txt"
    path.write_text(MATANZAS, encoding="utf-8")
    known = {"title": "Lights for Matanzas", "publisher": "Strait Letter", "published": "2026-09-21"}
    files.write_all(data, coding.register(path, data, where, article_id="lights", **known)[2])
    tab = coding.sheet("lights", data, where)["claims"].frame.set_index("sentence_ids")
    assert tab.loc["lights.p3.s1", "dates"] == "2026-09-03 (year not printed)"
    assert tab.loc["lights.p3.s2", "dates"] == "December: of which year?"
    assert tab.loc["lights.p4.s3", "dates"] == "June: of which year?"
    assert tab.loc["lights.p3.s1", "amounts"] == "two = exact 2.0 item; 40 megawatts = exact 40.0 MW"
    assert tab.loc["lights.p5.s1", "amounts"] == "sixteen = exact 16.0 item; two = exact 2.0 item"
    events = [
        {"label": label, "actors": actor, "recipients": "Cuba", "item": item, "terms": terms}
        for label, actor, item, terms in (("Two parks", "China", "solar_park", "gift"), ("A loan", "Russia", "loan", "loan"), ("A cargo", "Russia", "crude", "loan"), ("A yard", "China", "infrastructure", "sale_or_contract"), ("A fleet", "China", "rice", "gift"))
    ]  # fmt: skip
    rows = [
        {"sentence_ids": "lights.p3.s1", "event_id": "Two parks", "value": "delivered", "when": "2026-09-03 (year not printed)", "amount": "40 megawatts"},
        {"sentence_ids": "lights.p3.s2", "words": "Officials said | the whole will reach 60,000 tons before December", "event_id": "e0072", "value": "delivered"}
        | {"factuality": "probably", "amount": "60,000 tons", "basis": "an unnamed source"},
        {"sentence_ids": "lights.p4.s1", "event_id": "A loan", "value": "agreed", "when": "February 2026", "amount": "200 million dollars"},
        {"sentence_ids": "lights.p4.s2", "event_id": "A loan", "value": "delivered", "factuality": "says it did not happen"},
        {"sentence_ids": "lights.p4.s3", "event_id": "A cargo", "value": "delivered", "amount": "700,000 barrels", "when": "2025-06"},
        {"sentence_ids": "lights.p5.s2", "event_id": "A yard", "value": "delivered", "amount": "900 million dollars", "said_on": "20 September"},
        {"sentence_ids": "lights.p5.s3", "event_id": "e0130", "words": "It bought 1.6 million barrels of oil a day", "amount": "1.6 million barrels of oil a day"},
        {"sentence_ids": "lights.p5.s3", "event_id": "A yard", "words": "30 cars a week", "value": "delivered", "amount": "30 cars a week"},
        {"sentence_ids": "lights.p5.s1", "event_id": "A fleet", "when": "last week", "factuality": "says it did not happen", "value": "delivered"},
    ]  # fmt: skip
    rows = [AUTHOR | row for row in rows]
    change = merging.merge(filled("lights", data, where, tmp_path / "s.xlsx", rows, events=events), data, where)
    assert not change.problems, [str(p) for p in change.problems]
    assert "links" not in change.todo or not change.todo["links"].frame["why"].str.startswith("one event").any()
    (worked,) = (line.partition(": ")[2] for line in change.story if line.startswith("works out dates"))
    week = "[2026-09-14..2026-09-20] (last week)"
    assert sorted(worked.split(", ")) == ["2026-09-03", "2026-09-20 (20 September)", week]
    assert not any(line.startswith("takes as numbers") for line in change.story)
    assert "takes amounts without how often, for which there is no column: 30 cars a week" in change.story
    new = [
        line.split(",") for line in change.diff if re.match(r"\+c\d+,lights", line) and not line.split(",")[2].isdigit()
    ]
    days = {(row[2], *row[8:10]) for row in new if row[7] == "date"}
    loan, cargo, parks, fleet = (
        next(r[2] for r in new if r[1] == f"lights.{p}") for p in ("p4.s1", "p4.s3", "p3.s1", "p5.s1")
    )
    assert days == {
        (parks, "2026-09-03", "relative"),
        (loan, "2026-02", "explicit"),
        (cargo, "2025-06", "inferred"),
        (fleet, "[2026-09-14..2026-09-20]", "relative"),
    }
    sums = {tuple(line.split(",")[i] for i in (2, 3, 7, 8)) for line in change.diff if line.startswith("+q")}
    assert sums == {
        ("capacity", "40", "MW", "delivered"),
        ("mass", "60000", "t", "delivered"),
        ("money", "200000000", "USD", "agreed"),
        ("count", "700000", "bbl", "delivered"),
        ("count", "1600000", "bbl/d", "delivered"),
        ("count", "30", "item", "delivered"),
        ("money", "900000000", "USD", "delivered"),
    }
    assert any(
        "Chinese purchases of Iranian oil: 1.6 million bbl/d" in line for line in change.diff
    )  # no words of the text
    assert any(",A fleet: not delivered" in line for line in change.diff)
    assert any(",A fleet,AID,food_relief,CHN,CUB," in line for line in change.diff)  # both follow from the item
    change.write(data)
    card = dataset.load(data).show(next(r[0][1:] for r in new if r[2] == loan))
    assert "A loan" in card._repr_html_() and "A loan" in repr(card)  # not coded twice
    yard = aid.amounts(dataset.load(data)).query("label == 'A yard' and measure == 'money'").iloc[0]
    assert (
        yard["price"]
        and not yard["in_total"]
        and exhibits.amounts(dataset.load(data)).frame["amount"].eq("price 900 million USD").any()
    )
    again = tmp_path / "again.xlsx"
    sheets.write(again, coding.sheet("lights", data, where))
    change = merging.merge(again, data, where)
    assert not change.problems and not change.contents, [str(p) for p in change.problems]


def test_of_a_text_coded_in_part_only_pairs_that_may_clash_or_be_one_are_asked_and_one_an_event_and_kind():
    def dates(event_id, *days):
        return [
            {
                "sentence_ids": f"{a}.p1.s1",
                "attribute": "date",
                "value": v,
                "value_basis": "explicit",
                "event_id": event_id,
            }
            for a, v in days
        ]

    told = [*dates("e1", (900, "2024-01"), (901, "2024-01-19"), (902, "2024-03/.."))]  # c1 to c3
    told += stages(
        "900 CT+ agreed", "901 CT- delivered", "901 CT+ delivered", "902 CT- delivered", "902 CT+ agreed"
    )  # to c8
    told += [*dates("e2", (902, "2026-01")), *dates("e3", (902, "2024-01")), *dates("e4", (902, "2024-01"))]
    told += (
        stages("900 CT+ delivered", event_id="e5")
        + stages("900 CT+ sought", event_id="e6")
        + dates("e7", (902, "2026-01"))
    )
    events = [dict(umbrella="yes" if i == 4 else "no") for i in range(1, 8)]
    flows = [dict(event_id=f"e{i}", item="cash" if i == 3 else "rice") for i in range(1, 8)]
    data = made(claims=told, events=events, flows=flows)
    date, stage, two = (
        "one event, another date",
        "one event, another stage",
        "two events of the same parties alike in kind or date",
    )
    asked = {
        ("c1", "c2", date): False,  # they meet
        ("c1", "c3", date): True,
        ("c2", "c3", date): False,  # one a kind is enough
        ("c4", "c5", stage): False,  # agreed, and not delivered
        ("c4", "c6", stage): False,  # told later, and further
        ("c5", "c7", stage): False,  # both say no
        ("c6", "c8", stage): True,  # told later, and less far
        ("e1", "e2", two): False,  # two years lie between them
        ("e1", "e3", two): False,  # rice and cash
        ("e1", "e4", two): False,  # a general statement
        ("e1", "e5", two): True,  # undated
        ("e2", "e5", two): False,  # told as having come a year before the other
        ("e2", "e6", two): True,  # sought then, may have come later
        ("e2", "e7", two): True,
        ("s1", "s2", "x"): True,
        ("s1", "s3", "x"): True,
    }  # fmt: skip
    kept = merging._enough(pd.DataFrame([*asked], columns=["a", "b", "why"]), data)
    assert [*kept.itertuples(index=False, name=None)] == [pair for pair, open_ in asked.items() if open_]


def test_a_link_of_two_claims_needs_no_note_but_one_that_is_dismissed_does(place, merged, tmp_path, untitled):
    data, changes = merged
    tab = changes["tehran"].todo["links"]
    tab.frame = tab.frame[tab.frame["why"].str.startswith("one event")].reset_index(drop=True)
    for relation, faults in (("contradiction", []), ("dismissed", ["note"] * len(tab.frame))):
        tab.frame["relation"], path = relation, tmp_path / f"{relation}.xlsx"
        sheets.write(path, {"links": tab})
        change = merging.merge(path, data, place[1])
        assert [p.column for p in change.problems] == faults
        assert bool([line for line in change.diff if "not delivered" in line and " beside " in line]) != bool(faults)


def test_tables_with_texts_coded_in_part_are_sound_to_the_check_by_queries_too(merged, tmp_path):
    """Neither text owes links, which both have open."""
    assert len(corroboration.open_candidates(dataset.load(merged[0])))
    assert scale.check(export.build("parquet", tmp_path / "out", merged[0]))[0] == []


def test_merged_rows_are_what_a_coder_wrote(merged):
    data = dataset.load(merged[0])
    assert checks.check(merged[0]) == []
    claims = data.claims[data.claims["article_id"].eq("havana")].merge(data.quantities, on="claim_id", how="left")
    assert claims["speaker"].tolist() == ["RUIZ_AUTHOR", "RUIZ_AUTHOR", "AUTHOR"]
    assert claims["attribute"].tolist() == ["stage", "quantity", "stage"]
    assert claims["best"].tolist()[1] == 60000 and claims["unit"].astype(object).tolist()[1] == "t"
    flow = data.flows.set_index("event_id").loc[claims["event_id"].iloc[2]]
    assert (flow["item"], flow["terms"], flow["in_total"]) == ("material_support", "gift", True)
    assert data.events.set_index("event_id")["in_scope"][claims["event_id"].iloc[2]]
    mixed = data.reports[data.reports["article_id"].eq("tehran")].merge(data.events, on="event_id")
    assert mixed.set_index("label")["side"]["S-400 air-defence systems from Russia for Iran"] == "both"
    assert (
        corroboration.known(data)
        .query("article_id == 'havana' and tie == 'RUS-IRN'")["state"]
        .isin(("uncoded", "too_early"))
        .all()
    )


def test_every_exhibit_can_be_made_with_more_texts(merged):
    data = dataset.load(merged[0])
    made = {name: exhibits.make(name, data) for name in exhibits.ALL}
    for exhibit in made.values():
        for count in exhibit.counts:
            of, where, again = count["of"], count["where"], Counter(exhibit.frame)
            assert (again(of, where) if count["how"] == "ids" else again.sum(of, where)) == count["value"]
    assert "tehran" in set(made["02-arms"].frame["article_id"]) and "havana" in set(made["02-rice"].frame["article_id"])
    silent = (
        made["02-ledger-cuba"].caption.split(" tell of none")[0].rpartition("quoted.")[2]
    )  # of what is coded in part that is not known
    assert "INSS" in silent and "Gulf Ledger" not in silent and "Gulf Ledger" in made["02-ledger-cuba"].caption
    assert not {"havana", "tehran"} & set(made["01-air-defence"].frame["article_id"])


FAULTS = [
    ({"words": "Russia sent three tugboats"}, "words", "does not stand there, word for word", ""),
    ({"words": "tugboats", "sentence_ids": "havana.p3.s1"}, "words", "it stands in havana.p4.s1", ""),
    ({"words": "boats"}, "words", "does not stand there", ""),
    ({"event_id": "Chinese rice gift to Cuba"}, "event_id", "no such event", "Chinese rice donation for Cuba"),
    ({"factuality": "posibly"}, "factuality", "unknown code", "possibly"),
    ({"speaker": "Ana Ruis"}, "speaker", "no such actor", "Ana Ruiz"),
    ({"sentence_ids": "havana.p9.s1"}, "sentence_ids", "no such sentence", "havana.p4.s1"),
    ({"attribute": "how much", "event_id": "e0072", "value": "", "words": "to Havana as a gift"}, "amount", "0 amounts", ""),
    ({"status": "sugested"}, "status", "empty, or suggested", "suggested"),
    ({"factuality": ""}, "factuality", "a value is required", ""),
    ({"paraphrase": "It is said that Russia sent two tugboats to Havana as a gift."}, "paraphrase", "the text's own words", ""),
    (ENVOY | {"sentence_ids": "havana.p3.s1", "words": RICE, "event_id": "e0072", "attribute": "how much", "value": "money", "stage": "agreed"},
     "amount", "money is in USD", ""),
    ({"sentence_ids": "havana.p3.s1", "words": RICE, "event_id": "Su-35 fighters from Russia for Iran", "attribute": "how much", "value": "", "stage": "agreed"},
     "stage", "says how far it has come: attribute empty, value 'agreed'", ""),
    ({"value": "2026-13-45", "attribute": "when", "event_id": "e0001"}, "value", "not a possible EDTF date", ""),
]  # fmt: skip


def test_all_faults_are_told_at_once_with_their_places_and_nothing_is_changed(own, tmp_path):
    data, where = own
    good = CLAIMS["havana"][2]
    rows = [*CLAIMS["havana"], *({**good, **bad} for bad, *_ in FAULTS)]
    path = filled("havana", data, where, tmp_path / "s.xlsx", rows, **MORE["havana"])
    first = len(coding.sheet("havana", data, where)["claims"].frame) + 2 + len(CLAIMS["havana"])
    change = merging.merge(path, data, where)
    for n, (bad, column, rule, near) in enumerate(FAULTS):
        own_row = [p for p in change.problems if p.row == first + n]
        assert [p for p in own_row if p.column == column and rule in p.rule and p.file == "s.xlsx [claims]"], (
            bad,
            own_row,
        )
        assert not near or any(p.nearest == near for p in own_row), own_row
    assert checks.check(data) == [] and not change.story and not change.diff


def hostile(kind, path):
    """Damage a sheet as spreadsheets and strangers do."""
    book = openpyxl.load_workbook(path)
    tab, last = book["claims"], book["claims"].max_row
    header = [cell.value for cell in tab[1]]
    at = {name: n for n, name in enumerate(header, 1)}
    if kind == "formula":
        tab.cell(last, at["paraphrase"]).value = '=HYPERLINK("x")'
    elif kind == "markup":
        tab.cell(last, at["paraphrase"]).value = "<script>alert(1)</script>"
    elif kind == "path":
        for n in range(2, last + 1):
            tab.cell(n, at["sentence_ids"]).value = "../../etc/passwd.p1.s1"
        book["article"].cell(2, 1).value = "../../etc/passwd"
    elif kind == "rows":
        for n in range(100_000):
            tab.cell(last + 1 + n, 1).value = "havana.p3.s1"
    elif kind == "merged":
        tab.merge_cells(start_row=2, end_row=3, start_column=3, end_column=3)
    elif kind == "column":
        tab.delete_cols(at["words"])
    elif kind == "date":
        import datetime

        tab.cell(last, at["value"]).value = datetime.datetime(2026, 3, 5)
    elif kind == "two":
        tab.cell(last, at["sentence_ids"]).value = "tehran.p3.s1"
    elif kind == "stale":
        book["article"].cell(2, [c.value for c in book["article"][1]].index("state") + 1).value = "0123456789ab"
    elif kind == "unseen":
        tab.cell(last, at["paraphrase"]).value = "turned \u202e round"
    elif kind == "tab":
        book.create_sheet("claimz")
    book.save(path)


@pytest.mark.parametrize(
    "kind, told",
    [
        ("formula", "a formula"),
        ("markup", "holds markup"),
        ("path", "no id of an article"),
        ("rows", "more than 20,000 rows"),
        ("merged", "merged cells"),
        ("column", "'words'.*this column is missing|words=.*missing"),
        ("date", "made it a date"),
        ("two", "names 2 articles"),
        ("stale", "changed after this sheet was written"),
        ("unseen", "U\\+202E"),
        ("tab", "no such tab; nearest: claims"),
    ],
)
def test_a_hostile_sheet_is_told_and_changes_nothing(place, tmp_path, kind, told):
    data, where = place
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    path = filled("havana", data, where, tmp_path / "s.xlsx")
    hostile(kind, path)
    try:
        said = "\n".join(map(str, merging.merge(path, data, where).problems))
    except TielinesError as error:
        said = str(error)
    assert re.search(told, said), said
    assert before == {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no zip", "sentence_ids\nü".encode("cp1252"), b'sentence_ids,words\n"a']
)
def test_a_file_that_is_no_sheet_is_told(place, tmp_path, content):
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(TielinesError, match="s.csv"):
        merging.merge(path, *place)


def test_a_text_that_is_not_there_is_told(place, tmp_path):
    path = filled("havana", *place, tmp_path / "s.xlsx")
    shutil.copy(place[1] / "tehran.txt", tmp_path)
    with pytest.raises(TielinesError, match="havana.txt is not there"):
        merging.merge(path, place[0], tmp_path)


def test_the_first_tab_may_come_as_csv(own, tmp_path, untitled):
    data, where = own
    path = tmp_path / "s.csv"
    frame = pd.DataFrame([CLAIMS["tehran"][0]]).reindex(
        columns=[c.rstrip("?*") for c in merging.TABS["claims"].split()]
    )
    path.write_text(frame.astype(object).fillna("").to_csv(index=False, sep=";"), encoding="utf-8-sig")
    change = merging.merge(path, data, where)
    assert change.problems == [] and change.story[0] == "adds 1 claim"


def test_a_second_merge_of_one_sheet_is_refused(merged, place, tmp_path):
    path = filled("havana", place[0], place[1], tmp_path / "s.xlsx")
    told = [str(p) for p in merging.merge(path, merged[0], place[1]).problems]
    assert any("write a fresh one" in line for line in told)


@pytest.mark.parametrize("killed_at", [1, 3, 6])
def test_a_merge_killed_in_the_middle_leaves_the_old_tables_or_the_new(own, merged, killed_at, monkeypatch):
    data, _ = own
    change = merged[1]["havana"]
    old, new = dict.fromkeys(change.contents, b""), change.contents
    old = {name: (data / name).read_bytes() for name in new}
    real, calls = Path.replace, []

    def dies(self, target):
        calls.append(target)
        if len(calls) == killed_at + len(new) * (
            killed_at > 1
        ):  # each file is first written beside, then the folder is renamed
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        change.write(data)
    monkeypatch.undo()
    assert checks.check(data) == []  # any reader finishes what was begun
    found = {name: (data / name).read_bytes() for name in new}
    assert found == (old if killed_at == 1 else new)


PROGRAM = """
import json, sys, time
told = [json.loads(line) for line in sys.stdin]
assert {"columns", "codes", "events", "actors"} <= told[0].keys()
print("let me think")
print(json.dumps({"sentence_ids": "havana.p4.s1", "words": "Russia sent tugs", "event_id": "e0001", "factuality": "CT+"}))
print(json.dumps({"sentence_ids": "havana.p4.s1", "words": "two tugboats", "event_id": "e0001", "factuality": "sure"}))
print(json.dumps({"sentence_ids": "havana.p4.s1", "words": "two tugboats", "mood": "glad"}))
for sentence in told[1:]:
    if "rice" in sentence["text"]:
        print(json.dumps({"sentence_ids": sentence["sentence_ids"], "words": "60,000 tons of rice", "event_id": "e0072",
            "factuality": "CT+", "value": "agreed", "paraphrase": "Rice is told of."}), flush=True)
if "slow" in sys.argv:
    time.sleep(60)
sys.exit(3 if "bad" in sys.argv else 0)
"""


@pytest.mark.parametrize(
    "way, ended", [("well", None), ("bad", "the program ended with 3"), ("slow", "was stopped after 1 seconds")]
)
def test_a_program_may_suggest_and_the_text_proves(place, tmp_path, way, ended):
    program = tmp_path / "p.py"
    program.write_text(PROGRAM, encoding="utf-8")
    rows, notes = coding.suggest(
        [sys.executable, str(program), way], "havana", *place, seconds=1 if way == "slow" else 60
    )
    assert rows["words"].tolist() == ["60,000 tons of rice"] and rows["status"].tolist() == ["suggested"]
    assert (
        notes[-1].startswith("suggested rows: 1 taken, 4 refused")
        and "does not stand there, word for word" in notes[-1]
    )
    assert "unknown code" in notes[-1] and "no JSON object" in notes[-1] and "column" in notes[-1]
    assert ended is None or ended in notes[0]


def test_what_nobody_cleared_is_left_out(place, tmp_path, untitled):
    rows = [CLAIMS["tehran"][0], CLAIMS["tehran"][1] | {"status": "suggested"}]
    change = merging.merge(filled("tehran", *place, tmp_path / "s.xlsx", rows), *place)
    assert change.story[0] == "adds 1 claim, 1 judgement"
    assert "leaves out 1 suggested rows" in change.story[-1]


def test_a_program_that_is_not_there_is_told(place):
    with pytest.raises(TielinesError, match="--suggest: 'no-such-program' cannot be started"):
        coding.suggest(["no-such-program"], "havana", *place)


def test_a_blind_sheet_shows_words_and_no_code_and_its_merge_fills_recodes(merged, place, tmp_path, untitled):
    data = shutil.copytree(merged[0], tmp_path / "data")
    tabs, raw = coding.recode("tehran", data, place[1]), tables.load(data)
    blind = tabs["second stances"].frame
    assert blind["words"].tolist() == ["Russia is a cautious friend"]
    assert not blind.drop(columns=["row_id", "about", "text", "words"]).to_numpy().any()
    own = {name: getattr(raw, name) for name in ("stances", "claims")}
    for name, frame in own.items():  # the second coder sees the same, but for one value
        coded = tabs[f"second {name}"].frame
        key = frame.columns[0]
        for column in set(coded) - {"row_id", "about", "text", "words"}:
            coded[column] = coded["row_id"].map(frame.set_index(key)[column].astype(object).fillna(""))
    tabs["second stances"].frame["aspect"] = "trend"
    sheets.write(tmp_path / "second.xlsx", tabs)
    change = merging.merge(tmp_path / "second.xlsx", data, place[1])
    assert change.problems == [] and not change.contents and "1 of them otherwise" in change.story[0]
    assert any(line.startswith("  alpha claims factuality:") for line in change.story)
    settle = change.todo["recodes"]
    apart = settle.frame["first"].ne(settle.frame["second"])
    assert settle.frame.loc[apart, ["variable", "first", "second"]].to_numpy().tolist() == [
        ["aspect", "depth", "trend"]
    ]
    sheets.write(tmp_path / "settle.xlsx", change.todo)
    assert any("say why" in p.rule for p in merging.merge(tmp_path / "settle.xlsx", data, place[1]).problems)
    settle.frame.loc[apart, ["settled", "reason"]] = ["trend", "misread"]
    sheets.write(tmp_path / "settle.xlsx", change.todo)
    last = merging.merge(tmp_path / "settle.xlsx", data, place[1])
    assert last.problems == []
    last.write(data)
    assert checks.check(data) == []
    stance = tables.read("stances", data).merge(tables.read("recodes", data), left_on="stance_id", right_on="row_id")
    assert (
        stance.query("variable == 'aspect' and second == 'trend' and first == 'depth'")["aspect"].tolist()[-1]
        == "trend"
    )


def test_an_article_taken_out_comes_back_byte_for_byte_from_its_sheet(copy, tmp_path, article_texts, untitled):
    from tielines import texts

    was = {p: (copy / p).read_bytes() for p in (r["path"] for r in tables.resources(copy).values())}
    was["datapackage.json"] = (copy / "datapackage.json").read_bytes()
    sheets.write(tmp_path / "002.xlsx", coding.sheet("002", copy, texts.folder()))
    gone = merging.remove("002", copy)
    gone.write(copy)
    assert checks.check(copy) == [] and "002" not in set(tables.read("articles", copy)["article_id"])
    assert gone.story[0].startswith("takes out ")
    back = merging.merge(tmp_path / "002.xlsx", copy, texts.folder())
    assert back.problems == []
    back.write(copy)
    assert {name: (copy / name).read_bytes() == content for name, content in was.items()} == dict.fromkeys(was, True)
