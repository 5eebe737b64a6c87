"""What follows from other columns, and the filters: by rows of our own, by a second count in plain Python."""

import csv
from functools import cache

import pandas as pd
import pytest

from tielines import dataset, tables
from tielines.files import TielinesError

KEYS = {
    "events": "event_id e",
    "claims": "claim_id c",
    "quantities": "quantity_id q",
    "stances": "stance_id s",
    "reasons": "reason_id r",
}
SPOKEN = dict(sentence_ids="900.p1.s1", speaker="AUTHOR", basis="none_given", factuality="CT+")
ROWS = {
    "articles": dict(
        genre="analysis", published_basis="stated", coverage="full", primary_frame="none", words="9", zones="body:1"
    ),
    "events": dict(event_type="AID", domain="energy", actors="RUS", recipients="CUB", umbrella="no", in_scope="yes"),
    "flows": dict(event_id="e1", item="rice", terms="gift", in_total="yes"),
    "claims": SPOKEN | dict(event_id="e1", attribute="stage"),
    "stances": SPOKEN | dict(dyads="RUS-CUB", dimension="general", aspect="trend", strength="1"),
    "reasons": SPOKEN | dict(dyads="RUS-CUB", side="provider", direction="drives", reason="own_interest"),
    "quantities": dict(measure="mass", qualifier="exact", unit="t", stage="delivered", start="0", end="1"),
    "sentences": dict(zone="body", start="0", end="1", words="2", quoted_words="0", word_spans="0-1;2-3"),
}
TEXTS = [
    dict(article_id="900", label="Early (2025)", published="2025-01-15"),
    dict(article_id="901", label="Middle (2025)", published="2025-06"),
    dict(article_id="902", label="Late (2026)", published="2026-01-31"),
]


def text(name, given):
    """A table of rows of our own, as text; what a row leaves out is as in ROWS, ids count from 1."""
    column, prefix = KEYS.get(name, "- -").split()
    given = [{column: f"{prefix}{i}", **ROWS.get(name, {}), **row} for i, row in enumerate(given, 1)]
    return pd.DataFrame(given, columns=[f["name"] for f in tables.fields(name)], dtype=object).fillna("")


def usual(name):
    """The rows of a table that a test does not give: three texts, an event, a flow, the real actors, no row of others."""
    return rows(name) if name == "actors" else {"articles": TEXTS, "events": [{}], "flows": [{}]}.get(name, [])


def as_text(**own):
    """{table: ``text``} of rows of our own, the others as usual."""
    return {name: text(name, own.get(name, usual(name))) for name in tables.resources()}


def made(**own):
    """A dataset of rows of our own, the others as usual."""
    frames = {n: tables.typed(n, text(n, own[n])) if n in own else typed(n).copy() for n in tables.resources()}
    return dataset.derived(tables.Tables(**frames), tables.DATA)


@cache
def typed(name):
    """A usual table."""
    return tables.typed(name, text(name, usual(name)))


@cache
def rows(name):
    """The rows of a real table, as text."""
    with (tables.DATA / tables.resource(name)["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def claims(*told, **more):
    """Claims out of ``text factuality stage speaker``, each of the last two as may be."""
    found = [(*line.split(), "", "")[:4] for line in told]
    return [
        {
            "sentence_ids": f"{a}.p1.s1",
            "factuality": f,
            "value": v,
            "speaker": f"{who}_AUTHOR" if who else "AUTHOR",
            **more,
        }
        for a, f, v, who in found
    ]


def cases(lines, **more):
    """Claims of many cases at once, each an event of its own: e1, e2 and so on."""
    return [dict(claim, event_id=f"e{i}") for i, told in enumerate(lines, 1) for claim in claims(*told, **more)]


# What follows from other columns


def test_a_tie_is_made_of_the_states_that_act_receive_or_are_concerned():
    names = "actors recipients concerns tie provider recipient".split()
    told = [
        ("CHN;XI", "CUB", "", "CHN-CUB", "CHN", "CUB"),
        ("IRN;RUS", "", "", "RUS-IRN", "RUS", "IRN"),
        ("CHN;RUS", "IRN", "", "RUS-CHN-IRN", "RUS-CHN", "IRN"),
        ("USA", "IRN", "", "", "", "IRN"),
        ("", "", "RUS;CHN;IRN", "RUS-CHN-IRN", "", ""),
        ("RUS", "", "CUB", "RUS-CUB", "RUS", ""),
        ("XI", "", "", "", "", ""),
    ]
    events = made(events=[dict(zip(names[:3], row[:3], strict=True)) for row in told]).events
    assert [*events[names].itertuples(index=False, name=None)] == told


def test_a_report_counts_the_authors_own_words_over_the_voices_he_passes_on():
    told = [
        (["900 CT+ delivered"], "yes stated delivered - - own"),
        (["900 PR+ agreed"], "yes probably agreed - - own"),
        (["900 PS+ offered"], "yes possibly offered - - own"),
        (["900 CT+ delivered SADR"], "yes quoted delivered - - passed"),
        (["900 PS+ offered", "900 CT+ delivered SADR"], "yes possibly offered delivered - own"),
        (["900 CT+ agreed", "900 PS+ delivered"], "yes stated agreed delivered - own"),
        (["900 CT+ offered", "900 CT+ agreed", "900 PS+ sought"], "yes stated agreed - - own"),
        (["900 CT- delivered", "900 CT+ delivered SADR"], "no denied - - delivered own"),
        (["900 CT- delivered SADR"], "no denied - - delivered passed"),
        (["900 PR- delivered"], "no not_likely - - delivered own"),
        (["900 CT+ delivered", "900 CT- delivered"], "both both delivered - delivered own"),
        (["900 CT+ delivered", "900 CT- offered"], "both both delivered - offered own"),
        (["900 CT+ offered", "900 CT- delivered"], "yes stated offered - delivered own"),
        (["900 CT+ delivered SADR", "900 CT- delivered XI"], "both both delivered - delivered passed"),
        (["900 Uu delivered"], "open open - - - own"),
        (["900 Uu delivered", "900 CT+ delivered SADR"], "open open - - - own"),
    ]
    reports = made(events=[{}] * len(told), claims=cases(lines for lines, _ in told)).reports.set_index("event_id")
    for i, (lines, expected) in enumerate(told, 1):
        found = [reports.at[f"e{i}", c] or "-" for c in "side status stage beyond no_stage".split()]
        assert " ".join([*found, "passed" if reports.at[f"e{i}", "quoted"] else "own"]) == expected, lines


def test_each_text_keeps_its_own_yes_and_no():
    data = made(claims=claims("900 PS+ delivered", "901 CT- delivered", "902 CT+ delivered"))
    assert data.reports["status"].tolist() == ["possibly", "denied", "stated"]
    assert data.reports["evidence"].tolist() == ["c1", "c2", "c3"]
    assert data.items["kind"].tolist() == ["given"]


def test_a_report_rests_on_its_best_source_and_on_what_tells():
    told = (
        claims("900 CT+ agreed")
        + claims("900 CT+ delivered", basis="document")
        + claims("900 CT+ 2025", attribute="date")
    )
    report = made(claims=told).reports.iloc[0]
    assert report["basis"] == "document" and report["evidence"] == "c2;c1"
    alone = made(claims=claims("900 CT+ 2025", attribute="date")).reports.iloc[0]
    assert (alone["status"], alone["stage"], alone["evidence"]) == ("stated", "", "c1")


def test_kinds_of_support():
    told = [
        (["900 CT+ delivered"], {"umbrella": "yes"}, "", "general"),
        (["900 CT+ delivered"], {}, "e9", "part"),
        (["900 PS+ offered"], {}, "", "given"),
        (["900 CT+ sought"], {}, "", "sought"),
        (["900 CT+ sought", "901 CT- delivered"], {}, "", "sought"),
        (["900 CT- delivered", "901 PR- delivered"], {}, "", "refused"),
        (["900 CT- delivered", "901 PS+ agreed"], {}, "", "given"),
    ]
    lines, events, parents, kinds = zip(*told, strict=True)
    flows = [dict(event_id=f"e{i}", parent_event_id=parent) for i, parent in enumerate(parents, 1)]
    data = made(claims=cases(lines), events=[*events, {}, {}], flows=flows)
    assert data.items.sort_values("event_id")["kind"].tolist() == [*kinds]


# A second count, in loops, from the words of the design

STAGES = "sought offered preparing agreed under_way part_delivered delivered".split()


def recount():
    """{(event, text): (side, status, stage)} of the real data."""
    told, found = {}, {}
    for row in rows("claims"):
        told.setdefault((row["event_id"], row["sentence_ids"].split(".")[0]), []).append(row)
    for key, own in told.items():
        own = [r for r in own if r["attribute"] in ("occurrence", "stage")] or own
        author = [r for r in own if r["speaker"] == "AUTHOR"]
        used = author or own
        yes, no = ([r for r in used if r["factuality"][-1] == sign] for sign in "+-")
        firmest = min((["CT+", "PR+", "PS+"].index(r["factuality"]) for r in yes), default=0)
        firmest = ["CT+", "PR+", "PS+"][firmest]
        at = [STAGES.index(r["value"]) for r in yes if r["factuality"] == firmest and r["value"] in STAGES]
        denied = [STAGES.index(r["value"]) for r in no if r["value"] in STAGES]
        later = bool(at and denied and min(denied) > max(at))
        side = "both" if yes and no and not later else "yes" if yes else "no" if no else "open"
        status = {"yes": {"CT+": "stated", "PR+": "probably", "PS+": "possibly"}[firmest] if author else "quoted"}.get(
            side, side
        )
        if side == "no":
            status = "denied" if any(r["factuality"] == "CT-" for r in no) else "not_likely"
        found[key] = (side, status, STAGES[max(at)] if at else "")
    return found


def test_reports_are_those_of_a_second_count(data):
    frame = data.reports
    assert {(r.event_id, r.article_id): (r.side, r.status, r.stage) for r in frame.itertuples()} == recount()
    assert len(frame) > 200 and {"quoted", "denied", "possibly", "both"} & set(frame["status"])


def test_kinds_are_those_of_a_second_count(data):
    told, events, found = recount(), {e["event_id"]: e for e in rows("events")}, {}
    for flow in rows("flows"):
        own = [v for (event, _), v in told.items() if event == flow["event_id"]]
        kind = "given" if any(side in ("yes", "both") and stage != "sought" for side, _, stage in own) else "sought"
        kind = "refused" if all(side == "no" for side, _, _ in own) else kind
        kind = "part" if flow["parent_event_id"] else kind
        found[flow["event_id"]] = "general" if events[flow["event_id"]]["umbrella"] == "yes" else kind
    assert dict(zip(data.items["event_id"], data.items["kind"], strict=True)) == found
    assert set(found.values()) == set(data.listed("kinds")) - {"open"}


# Filters


def kept(data, **filters):
    return set(dataset.select(data, **filters).events["event_id"])


def test_about_is_either_side_by_name_or_id_in_any_case():
    events = [
        {},
        dict(actors="CUB", recipients="RUS"),
        dict(actors="CHN", recipients="IRN"),
        dict(actors="USA", recipients="", concerns="CUB"),
    ]
    told = [dict(c, event_id=f"e{i}") for i, c in enumerate(claims(*["900 CT+ agreed"] * 4), 1)]
    data = made(events=events, claims=told, stances=[{}, dict(dyads="CHN-IRN;RUS-CHN-CUB"), dict(dyads="CHN-IRN")])
    for value in ("CUB", "cub", "Cuba", "cuba", ["CUBA"]):
        assert kept(data, about=value) == {"e1", "e2", "e4"}, value
        assert dataset.select(data, about=value).stances["stance_id"].tolist() == ["s1", "s2"]
    for value in ("Iran, CUB", "Iran;cuba", ["IRN", "Cuba"], ("IRN", "CUB")):
        assert len(kept(data, about=value)) == 4, value
    assert kept(data, recipients="Cuba") == {"e1"} and kept(data, actors="Cuba") == {"e2"}
    assert kept(data, actors="USA;CHN") == {"e3", "e4"}
    assert kept(data, about="Russia", recipients="cuba", actors="RUS") == {"e1"}


def test_articles_are_chosen_by_label_or_id(data):
    for value in ("the media line (2024)", "003", ["The Media Line (2024)"]):
        part = dataset.select(data, articles=value)
        assert set(part.articles["article_id"]) == {"003"}
        for name in ("claims", "stances", "reasons", "sentences", "wordings", "frames", "terms"):
            assert set(getattr(part, name)["article_id"]) <= {"003"}, name
        assert set(part.events["event_id"]) == set(part.claims["event_id"])


@pytest.fixture
def dated():
    """Events of March 2025, of the year, of no date, of up to June 2025, of 2024, each told once."""
    when = ["2025-03", "2025", "", "[..2025-06]", "2024-05-01"]
    told = [dict(claims("900 CT+ agreed")[0], event_id=f"e{i}") for i in range(1, 6)]
    told += [
        dict(claims("900 CT+")[0], event_id=f"e{i}", attribute="date", value=w, value_basis="explicit")
        for i, w in enumerate(when, 1)
        if w
    ]
    return made(events=[{}] * 5, claims=told)


def test_since_and_until_keep_dated_events_that_lie_wholly_inside(dated):
    part = dataset.select(dated, since="2025-01", until="2025-06-30")
    assert set(part.events["event_id"]) == {"e1"}
    assert part.dropped == ["1 undated events and 3 not wholly inside are left out"]
    assert kept(dated, since="2025") == {"e1", "e2"} and kept(dated, until="2025-03-30") == {"e5"}


def test_an_event_of_up_to_a_day_lies_before_that_day(dated):
    assert kept(dated, until="2025-06-30") == {"e1", "e4", "e5"}


def test_undated_events_stay_on_request_and_are_counted(dated):
    part = dataset.select(dated, since="2025-01", until="2025-06", undated=True)
    assert set(part.events["event_id"]) == {"e1", "e3"}
    assert part.dropped == ["1 undated events are kept, 3 not wholly inside left out"]
    assert kept(dated, undated=True) == kept(dated)


def test_factuality_keeps_the_denials_of_what_it_keeps_and_says_what_it_dropped():
    told = claims("900 CT+ agreed", "901 CT- delivered", "902 PS+ agreed") + claims(
        "900 PS+ agreed", "901 CT- agreed", event_id="e2"
    )
    part = dataset.select(made(events=[{}, {}], claims=told, stances=[{}, dict(factuality="PR+")]), factuality="ct+")
    assert part.claims["claim_id"].tolist() == ["c1", "c2"] and part.stances["stance_id"].tolist() == ["s1"]
    assert part.dropped == ["factuality leaves out 3 claims, 1 judgements and 0 reasons"]


def test_published_until_keeps_texts_that_were_out_by_then_for_sure():
    data = made(claims=claims("900 CT+ agreed", "901 CT- agreed", "902 CT+ agreed"))
    for day, texts in {
        "2025-06-29": ["900"],
        "2025-06": ["900", "901"],
        "2026": ["900", "901", "902"],
        "2024": [],
    }.items():
        part = dataset.select(data, published_until=day)
        assert part.articles["article_id"].tolist() == part.reports["article_id"].tolist() == texts
    assert dataset.as_of(data) == "2026-01-31" and dataset.as_of(data, ["900", "901"]) == "2025-06-30"


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"about": "Cubaa"}, r"no actor 'Cubaa' in the data; nearest: Cuba; known: .*CUB"),
        ({"articles": "zzz"}, r"no article 'zzz' .*known: .*004.*000"),
        ({"factuality": "CT"}, r"no factuality 'CT' .*known: CT\+, PR\+"),
        ({"since": "2025-13"}, "since: .*no month 13"),
        ({"until": ["2025", "2026"]}, "until is one date"),
        ({"until": "2025/.."}, "until is one date"),
        ({"abuot": "IRN"}, "no filter 'abuot'; nearest: about"),
    ],
)
def test_an_unknown_value_lists_what_is_known(data, filters, message):
    with pytest.raises(dataset.FilterError, match=message) as error:
        dataset.select(data, **filters)
    assert isinstance(error.value, ValueError) and isinstance(error.value, TielinesError)


@pytest.mark.parametrize("name", dataset.FILTERS["events"])
def test_nonsense_is_refused_and_emptiness_is_off(data, name):
    for value in (None, False, "", " ; ,", [], (), set()):
        assert dataset.select(data, **{name: value}).filters == {}, value
    for value in (
        5,
        0,
        True,
        2.5,
        float("nan"),
        [5],
        [None],
        ["Iran", ["Cuba"]],
        {"a": 1},
        b"IRN",
        range(3),
        "nonsense",
        "0000",
        "99999",
        "[",
    ):
        with pytest.raises(dataset.FilterError):
            dataset.select(data, **{name: value})


def test_filters_are_kept_in_words_and_the_whole_is_left_as_it_was(data):
    before = len(data.claims)
    part = dataset.load(about=["Iran", "Cuba"], articles="000;001")
    assert (
        part.filters == {"about": "Iran, Cuba", "articles": "000, 001"}
        and data.filters == {}
        and len(data.claims) == before
    )
    assert len(part.reports) < len(data.reports) and set(part.reports["article_id"]) == {"000", "001"}


def test_a_claim_dated_by_no_date_is_named_with_its_row(copy):
    path = copy / "claims.csv"
    row = next(r for r in rows("claims") if r["attribute"] == "date")
    line = next(x for x in path.read_text(encoding="utf-8").splitlines() if x.startswith(row["claim_id"] + ","))
    path.write_text(
        path.read_text(encoding="utf-8").replace(line, line.replace(f",date,{row['value']},", ",date,soon,")),
        encoding="utf-8",
    )
    with pytest.raises(TielinesError, match=rf"claims.csv: {row['claim_id']} value='soon': not a date"):
        dataset.load(copy)


def test_a_changed_table_is_read_again_and_a_changed_frame_stays_its_owners(copy):
    first, path = dataset.load(copy), copy / "events.csv"
    first.events["label"] = first.flows["item"] = "mine"
    assert "mine" not in {*dataset.load(copy).events["label"], *dataset.load(copy).flows["item"]}
    label = dataset.load(copy).events["label"].iloc[0]
    path.write_text(path.read_text(encoding="utf-8").replace(label, label[::-1], 1), encoding="utf-8")  # the same size
    assert dataset.load(copy).events["label"].iloc[0] == label[::-1]
