"""Where accounts meet and part, which pairs must be looked at: by cases worked by hand, by a second count."""

import pandas as pd
import pytest
from test_dataset import TEXTS, cases, claims, made, recount, rows

from tielines import corroboration, dataset, dates, tables, timelines


def states(data):
    return {(r.event_id, r.article_id): r.state for r in corroboration.known(data).itertuples()}


def agreement(data, *columns):
    """How the accounts of each case agree, "" where no two texts tell of it."""
    frame = corroboration.shared(data).drop_duplicates("event_id").set_index("event_id")
    columns = ["agreement", *columns]
    return [" ".join(frame.loc[i, columns]).strip() if i in frame.index else "" for i in data.events["event_id"]]


# Who tells it, who could have


def test_a_text_is_silent_only_where_it_could_know_and_is_about_that_tie():
    events = [{}, {}, dict(actors="CHN"), dict(in_scope="no")]
    told = (
        claims("902 CT+ agreed") + claims("902 CT+ 2025-03", attribute="date") + claims("901 CT- agreed", event_id="e2")
    )
    told += claims("902 PS+ agreed", event_id="e3") + claims("902 CT+ agreed", event_id="e4")
    data = made(events=events, claims=told, stances=[dict(dyads="CHN-CUB;RUS-CUB")])
    assert states(data) == {
        ("e1", "900"): "too_early", ("e1", "901"): "silent", ("e1", "902"): "stated",  # of March 2025; 900 is of January
        ("e2", "900"): "silent", ("e2", "901"): "denied", ("e2", "902"): "silent",  # 900 judges the tie
        ("e3", "900"): "silent", ("e3", "901"): "elsewhere", ("e3", "902"): "possibly",
    }  # fmt: skip


def test_of_a_text_coded_in_part_only_what_it_tells_is_known():
    texts = [row | ({} if row["article_id"] == "902" else {"coverage": "scoped"}) for row in TEXTS]
    told = claims("901 CT+ agreed") + claims("902 CT+ agreed", event_id="e2") + claims("902 CT+ agreed")
    data = made(articles=texts, events=[{}, {}, {}], claims=told)
    assert states(data) == {
        ("e1", "900"): "uncoded", ("e1", "901"): "stated", ("e1", "902"): "stated",
        ("e2", "900"): "uncoded", ("e2", "901"): "uncoded", ("e2", "902"): "stated",
        ("e3", "900"): "uncoded", ("e3", "901"): "uncoded", ("e3", "902"): "silent",
    }  # fmt: skip
    sums = corroboration.k_of_m(data).set_index("event_id")
    assert sums["k"].to_dict() == {"e1": 2, "e2": 1, "e3": 0} and sums["m"].to_dict() == {"e1": 2, "e2": 1, "e3": 1}


def test_states_and_k_of_m_are_those_of_a_second_count(data):
    told, events = recount(), {e["event_id"]: e for e in rows("events")}
    order = [s for s in data.listed("states")]
    tie = {}
    for event in events.values():
        named = ";".join(event[c] for c in ("actors", "recipients", "concerns")).split(";")
        named = [s for s in order if s in named]
        tie[event["event_id"]] = "-".join(named) if len(named) > 1 else ""
    scope = [i for i, e in events.items() if e["in_scope"] == "yes" and tie[i]]
    covers = {(tie[i], a) for i, a in told if i in scope}
    covers |= {(t, s["sentence_ids"].split(".")[0]) for s in rows("stances") for t in s["dyads"].split(";")}
    first = timelines.bounds(data).groupby("event_id")["start"].min()
    event = {c["claim_id"]: c["event_id"] for c in rows("claims")}
    linked = {
        (event.get(a), event.get(b))
        for r in rows("links")
        if r["relation"] != "dismissed"
        for a, b in ((r["a"], r["b"]), (r["b"], r["a"]))
    }
    published = {a["article_id"]: dates.parse(a["published"]).end for a in rows("articles")}
    partly = {a["article_id"] for a in rows("articles") if a["coverage"] != "full"}
    found, sums = {}, {}
    for event in scope:
        for text, day in published.items():
            early = pd.notna(first[event]) and first[event].date() > day
            near = any((event, other) in linked and text == own and other != event for other, own in told)
            silent = (
                "too_early"
                if early
                else "related"
                if near
                else "uncoded"
                if text in partly
                else "silent"
                if (tie[event], text) in covers
                else "elsewhere"
            )
            found[event, text] = told[event, text][1] if (event, text) in told else silent
        own = [found[event, text] for text in published]
        k = sum((event, text) in told for text in published)
        if k >= 2 and events[event]["umbrella"] == "no":
            sums[event] = k, k + own.count("silent") + own.count("related")
    assert states(data) == found
    frame = corroboration.shared(data)
    assert {r.event_id: (r.k, r.m) for r in frame.itertuples()} == sums and len(frame) == len(sums) * len(published)


def test_agreement_is_of_known_origins_not_of_texts():
    told = [
        (["900 CT+ agreed", "901 PS+ agreed"], ["", ""], ["named", "unnamed"], "agree"),
        (["900 CT+ agreed", "901 PS+ agreed"], ["", ""], ["named", "none_given"], "texts"),
        (["900 CT+ agreed", "901 CT+ agreed"], ["o1", "o1"], ["document", "document"], "one"),
        (["900 CT+ agreed", "901 CT+ agreed"], ["o1", ""], ["document", "named"], "agree"),
        (["900 CT+ agreed", "901 CT- agreed"], ["o1", "o1"], ["document", "document"], "differ"),
        (["900 CT+ agreed", "900 CT- agreed"], ["", ""], ["named", "named"], ""),
    ]
    lines, documents, bases, expected = zip(*told, strict=True)
    rests = [
        dict(origin_id=o, basis=b) for case in zip(documents, bases, strict=True) for o, b in zip(*case, strict=True)
    ]
    own = [claim | rest for claim, rest in zip(cases(lines), rests, strict=True)]
    assert agreement(made(events=[{}] * 6, claims=own)) == [*expected]


def test_general_statements_are_no_shared_events():
    told = cases([["900 CT+ agreed", "901 CT+ agreed"]] * 2)
    assert agreement(made(claims=told, events=[{}, dict(umbrella="yes")])) == ["texts", ""]


def test_accounts_differ_where_what_one_says_came_another_says_did_not():
    told = [
        (["900 CT- delivered", "901 CT+ sought", "901 CT- delivered"], "agree", ""),  # both: not delivered
        (["900 CT- delivered", "901 CT+ sought"], "steps", ""),  # nothing that both say, nothing at odds
        (["900 CT+ sought", "901 CT+ sought", "901 CT- delivered"], "agree", ""),
        (["900 CT- agreed", "901 CT+ delivered"], "differ", "occurrence"),
        (["900 CT+ sought", "900 CT- delivered", "901 CT+ delivered"], "differ", "occurrence"),
        (["900 CT+ delivered", "900 CT- delivered", "901 CT+ sought"], "steps", ""),  # one text says both
        (["900 CT+ agreed", "901 CT+ sought"], "differ", "stage"),  # the later text tells of less
        (["900 CT+ sought", "901 CT+ agreed"], "steps", ""),
    ]
    lines, expected, over = zip(*told, strict=True)
    data = made(events=[{}] * len(told), claims=cases(lines, basis="named"))
    assert agreement(data, "over") == [" ".join(words).strip() for words in zip(expected, over, strict=True)]


def test_what_is_kept_is_not_given_for_another_option(data):
    known = corroboration.shared(data)
    assert len(corroboration.shared(data, 0)) > len(known) > len(corroboration.shared(data, least=3)) > 0
    assert corroboration.shared(data, 2).equals(known)


def test_of_the_events_of_five_texts_a_date_and_a_stage_are_told_apart():
    frame = corroboration.shared(dataset.load(articles="000,001,002,003,004"))
    differ = frame[frame["agreement"].eq("differ")].drop_duplicates("event_id")
    assert dict(zip(differ["event_id"], differ["over"], strict=True)) == {"e0017": "date", "e0040": "stage"}


def test_a_link_makes_accounts_differ():
    relations = dict(modality="differ", contradiction="differ", dismissed="texts", maybe_same="texts")
    links = [dict(a=f"c{2 * i + 1}", b=f"c{2 * i + 2}", relation=relation) for i, relation in enumerate(relations)]
    told = cases([["900 CT+ agreed", "901 PS+ agreed"]] * 4)
    assert agreement(made(events=[{}] * 4, claims=told, links=links)) == [*relations.values()]


def test_what_one_text_says_two_ways_is_no_difference_between_texts():
    links = [dict(a="c2", b="c3", relation="contradiction")]
    told = claims("900 CT+ agreed", "901 CT+ agreed", "901 PS+ agreed")
    assert agreement(made(claims=told, links=links)) == ["texts"]


def test_what_a_later_text_dates_after_a_denial_is_no_contradiction():
    told = [
        (["900 CT- delivered", "902 CT+ delivered"], "2026-01-05", "steps"),  # a year after the denial was out
        (["900 CT- delivered", "902 CT+ delivered"], "2024-06", "differ"),
        (["900 CT- delivered", "902 CT+ delivered"], "", "differ"),  # it may have come before
        (["900 CT+ delivered", "902 CT- delivered"], "2024-06", "differ"),
    ]
    lines, days, expected = zip(*told, strict=True)
    dated = cases(([f"902 CT+ {day}"] if day else [] for day in days), attribute="date", value_basis="explicit")
    assert agreement(made(events=[{}] * 4, claims=[*cases(lines), *dated])) == [*expected]


def test_a_text_that_leaves_it_open_agrees_with_nobody():
    assert agreement(made(claims=claims("900 CT+ agreed", "901 Uu agreed"))) == ["one"]


# What each text leads with

LEAD = [dict(sentence_id=f"{a}.p{p}.s1", article_id=a, paragraph=p, sentence=1, zone=z) for a in ("900", "901", "902")
        for p, z in ((1, "title"), (2, "body"), (3, "body"))]  # fmt: skip


def test_the_case_of_a_text_is_met_by_others_or_not():
    told = [
        (["900 CT+ agreed", "901 PS+ agreed"], "confirmed 901"),
        (["900 CT+ agreed", "901 CT- agreed"], "denied 901"),
        (["900 CT+ agreed", "901 CT- agreed", "902 CT+ agreed"], "denied 901;902"),
        (["900 CT- agreed", "901 CT- agreed"], "confirmed 901"),
        (["900 CT+ agreed"], "nobody "),  # at a tie of which no other tells
    ]
    lines, expected = zip(*told, strict=True)
    frame = corroboration.case(made(events=[{}] * 4 + [dict(actors="CHN")], claims=cases(lines), sentences=LEAD))
    lead = frame[frame["article_id"].eq("900")]
    assert [f"{row.state} {row.others}" for row in lead.itertuples()] == [*expected] and {*lead["kind"]} == {"event"}


def test_what_a_lead_leaves_open_is_denied_by_nobody():
    frame = corroboration.case(made(claims=claims("900 Uu agreed", "901 CT+ agreed"), sentences=LEAD))
    assert "denied" not in set(frame["state"]) and "nobody" not in set(frame["state"])


def test_the_lead_is_title_standfirst_and_first_body_paragraph():
    told = [dict(claims("900 CT+ agreed")[0], event_id=f"e{i}", sentence_ids=f"900.p{i}.s1") for i in (1, 2, 3)]
    own = [dict(sentence_ids=f"900.p{i}.s1", aspect=a) for i, a in ((2, "trend"), (3, "depth"))]
    other = dict(sentence_ids="901.p9.s1", strength="-1")
    frame = corroboration.case(made(events=[{}] * 3, claims=told, sentences=LEAD, stances=[*own, other]))
    assert frame["row_id"].tolist() == ["e1", "e2", "s1"] and frame["state"].tolist() == ["alone", "alone", "denied"]
    own += [other, other | {"strength": "2"}]
    both = corroboration.case(made(claims=claims("902 CT+ agreed"), sentences=LEAD, stances=own))
    both = both.set_index("row_id").loc["s1"]
    assert (both["state"], both["others"]) == ("confirmed", "901")


# Where accounts differ, what stands on one document, what would settle it


def test_differences_show_both_sides():
    told = claims("900 CT+ agreed SADR", "901 CT- agreed", "902 CT+ mass", "901 CT+ mass")
    amounts = [dict(claim_id=c, low="1", best="1", high="1") for c in ("c3", "c4")]
    judged = [dict(strength="2", dyads="RUS-CUB;CHN-CUB"), dict(sentence_ids="901.p1.s1", strength="-1"), dict(sentence_ids="902.p1.s1", strength="-2"),
              dict(sentence_ids="901.p1.s1", strength="-2", aspect="depth"), dict(strength="-2")]  # fmt: skip
    links = [("c1", "c2", "contradiction"), ("c1", "c3", "maybe_same"), ("c3", "c4", "maybe_same"), ("c2", "c3", "dismissed"),
             *(("s1", s, "differing") for s in ("s2", "s3", "s4", "s5"))]  # fmt: skip
    links = [dict(zip(("a", "b", "relation"), link, strict=True)) for link in links]
    frame = corroboration.differences(
        made(events=[dict(label="Oats")], claims=told, quantities=amounts, stances=judged, links=links)
    )
    assert frame[["kind", "topic", "tie", "n", "evidence"]].values.tolist() == [
        ["contradiction", "Oats", "RUS-CUB", 1, "c1;c2"],
        ["maybe_same", "Oats", "RUS-CUB", 1, "c3;c4"],
        [
            "differing",
            "trend",
            "RUS-CUB",
            2,
            "s1;s3;s2",
        ],  # the furthest apart of two pairs is shown; one text alone and another aspect left out
    ]
    assert frame.loc[0, ["article_a", "who_a", "article_b", "who_b"]].tolist() == [
        "900",
        "Mohammad Sadr",
        "901",
        "the author",
    ]


def test_dates_of_two_texts_stand_beside_each_other():
    told = claims("900 CT+ 2025", "900 CT+ 2025-03", "901 CT+ 2024", "902 CT- 2020", attribute="date") + claims(
        "902 CT+ 2020", attribute="date", event_id="e2"
    )
    frame = corroboration.dated_apart(made(events=[{}, {}], claims=told))
    assert frame[["event_id", "article_id", "evidence"]].values.tolist() == [
        ["e1", "900", "c1;c2"],
        ["e1", "901", "c3"],
    ]
    assert frame["start"].dt.date.map(str).tolist() == ["2025-03-01", "2024-01-01"]


def test_a_document_counts_once_however_many_texts_and_rows_rest_on_it():
    documents = [
        dict(origin_id="o1", publisher="Institute", title="Study"),
        dict(origin_id="o2", title="Paper"),
        dict(origin_id="o3", title="Unused"),
    ]
    told = claims("900 CT+ agreed", "900 CT+ agreed", "901 CT+ agreed", origin_id="o1") + claims(
        "900 CT+ agreed", origin_id="o2"
    )
    frame = corroboration.origins(made(origins=documents, claims=told, stances=[dict(origin_id="o1"), {}]))
    found = frame[["name", "texts", "events", "judgements", "n", "evidence"]].values.tolist()
    assert found == [["Institute", 2, 1, 1, 2, "c1;c2;c3;s1"], ["Paper", 1, 1, 0, 1, "c4"]]


def test_a_gap_is_an_item_that_one_text_alone_tells_and_names_the_record(data):
    events = [{}, {}, {}, dict(umbrella="yes")]
    told = [dict(c, event_id=e) for c, e in zip(claims("900 CT+ agreed", "900 CT+ agreed", "901 CT+ agreed", "901 CT- agreed", "901 CT+ agreed"),
                                                ["e1", "e2", "e2", "e3", "e4"], strict=True)]  # fmt: skip
    frame = corroboration.gaps(made(events=events, flows=[dict(event_id=f"e{i}") for i in (1, 2, 3, 4)], claims=told))
    assert frame[["event_id", "article_id", "could"]].values.tolist() == [["e1", "900", "901"]]
    assert frame["record"].tolist() == [data.codes("events", "domain", "record")["energy"]]


# Pairs that must be looked at


@pytest.fixture
def small():
    """Two texts: a gift and its denial, two dates, an endnote, judgements of pairs and of three together."""
    frames = {n: pd.DataFrame(columns=[f["name"] for f in tables.fields(n)]) for n in tables.resources()}
    rows = [
        ("c1", "900.p1.s1", "e1", "none_given", "", "CT+", "stage", "delivered"),
        ("c2", "901.p1.s1", "e1", "none_given", "", "CT-", "stage", "delivered"),
        ("c3", "900.p1.s1", "e2", "document", "o1", "CT+", "date", "2030-05-05"),
        ("c4", "901.p1.s1", "e2", "none_given", "", "CT+", "date", "2030-06"),
        ("c5", "900.p9.s1", "e3", "document", "o1", "CT+", "occurrence", ""),
        ("c6", "900.p1.s1", "e1", "none_given", "", "CT+", "quantity", "mass"),
        ("c7", "901.p1.s1", "e1", "none_given", "", "CT+", "quantity", "mass"),
        ("c8", "901.p1.s1", "e1", "none_given", "", "CT+", "quantity", "money"),
        ("c9", "900.p1.s1", "e2", "none_given", "", "CT+", "term", "scope"),
        ("c10", "901.p1.s1", "e2", "none_given", "", "CT+", "term", "purpose"),
        ("c11", "901.p1.s1", "e4", "none_given", "", "CT+", "date", "2030-06-02"),
        ("c12", "901.p1.s1", "e5", "none_given", "", "CT+", "stage", "offered"),
    ]
    columns = "claim_id sentence_ids event_id basis origin_id factuality attribute value".split()
    frames["claims"] = pd.DataFrame(rows, columns=columns)
    amounts = [("c6", 5.0, "t"), ("c7", 6.0, "t"), ("c8", 5.0, "USD")]
    frames["quantities"] = pd.DataFrame(
        [(c, v, v, v, u) for c, v, u in amounts], columns="claim_id low best high unit".split()
    )
    frames["sentences"] = pd.DataFrame(
        [("900.p1.s1", "900", "body"), ("900.p9.s1", "900", "note"), ("901.p1.s1", "901", "body")],
        columns="sentence_id article_id zone".split(),
    )
    events = [
        ("e1", "AID", "RUS", "IRN"),
        ("e2", "SUPPORT", "RUS;IRN", ""),
        ("e3", "SUPPORT", "IRN", "RUS"),
        ("e4", "CONSULT", "IRN;RUS", ""),
        ("e5", "AID", "RUS", "IRN"),
    ]
    frames["events"] = pd.DataFrame(events, columns="event_id event_type actors recipients".split())
    flows = [("e1", "", "rice"), ("e5", "", "rice")]
    frames["flows"] = pd.DataFrame(flows, columns="event_id parent_event_id item".split())
    judged = [
        ("s1", "RUS-IRN", "1"),
        ("s2", "RUS-CHN-IRN", "-2"),
        ("s3", "CHN-CUB;RUS-IRN", "0"),
        ("s4", "CHN-CUB", "2"),
    ]
    frames["stances"] = pd.DataFrame(judged, columns="stance_id dyads strength".split())
    return tables.Tables(**frames)


def pairs(frame):
    return set(zip(frame["a"], frame["b"], strict=True))


def test_every_pair_that_must_be_looked_at_and_no_other(small):
    assert pairs(corroboration.candidates(small)) == {
        ("c1", "c2"),  # delivered, not delivered
        ("c3", "c4"),  # another date
        ("c6", "c7"),  # five tonnes, six tonnes; money is no other mass
        ("c3", "c5"),  # the text and its endnote
        ("s1", "s2"),  # a pair against the three together; a zero leans no way
        ("e1", "e5"),  # the same item
        ("e2", "e3"),  # the same type
        ("e2", "e4"),  # dates that meet within a month
    }


def test_a_link_meets_its_candidate_whichever_way_round(small):
    left = pairs(corroboration.open_candidates(small))
    rows = [("c2", "c1"), ("s2", "s1"), ("c12", "c1"), ("c9", "c11")]
    links = pd.DataFrame(rows, columns=["a", "b"]).assign(relation="dismissed", note="")
    met = left - pairs(corroboration.open_candidates(tables.Tables(**{**vars(small), "links": links})))
    assert met == {("c1", "c2"), ("s1", "s2"), ("e1", "e5"), ("e2", "e4")}


def test_a_part_and_its_whole_are_no_pair(small):
    small.flows.loc[1, "parent_event_id"] = "e1"
    assert ("e1", "e5") not in pairs(corroboration.candidates(small))


def test_no_candidate_of_texts_coded_in_full_is_open():
    whole = tables.load()
    full = set(whole.articles.loc[whole.articles["coverage"].eq("full"), "article_id"])
    for name in ("claims", "stances"):
        frame = getattr(whole, name)
        setattr(whole, name, frame[frame["sentence_ids"].str.split(".").str[0].isin(full)])
    assert len(corroboration.candidates(whole)) > 1000 and corroboration.open_candidates(whole).empty
