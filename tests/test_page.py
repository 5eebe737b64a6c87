"""The evidence page without a browser: what a mark draws follows from its rows, every row is there, nothing clashes or runs."""

import io
import json
import re
import shutil
from collections import Counter, defaultdict
from copy import deepcopy
from functools import partial
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tielines import ROOT, charts, dataset, exhibits, figures, page, proofs
from tielines.files import TielinesError

INDEX = ROOT / "figures" / "index.html"
HARM = "<script>alert(1)</script><!-- </script> --><img src=x onerror=alert(2)>&amp;\"'"


class Reader(HTMLParser):
    """Tags with their attributes, in order, and the ids that figures have."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def content(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1])


@pytest.fixture(scope="module")
def html():
    return INDEX.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(html):
    return content(html)


def test_the_committed_page_is_what_the_data_give_twice_and_is_small(data, tmp_path):
    made = [page.build(data, out=tmp_path / n).read_bytes() for n in "ab"]
    assert made[0] == made[1] and len(made[0]) < 3_000_000
    committed = INDEX.read_text(encoding="utf-8")
    here = re.sub(r'(<p class=files>Download: )(.*?)(</p>)', lambda m: m[1] + re.sub(r'href="[^"]*/', 'href="', m[2]) + m[3], made[0].decode())  # fmt: skip
    assert here == committed, "stale: `python -m tielines page`"


# What is drawn follows from the ids of a mark


class Known:
    """What the tables say of each id, for the rules below."""

    def __init__(self, data):
        self.data = data
        self.claims = data.claims.set_index("claim_id").to_dict("index")
        self.stances = data.stances.set_index("stance_id").to_dict("index")
        self.reasons = data.reasons.set_index("reason_id").to_dict("index")
        self.words = data.wordings.set_index("wording_id").to_dict("index")
        self.amounts = data.quantities.set_index("quantity_id").to_dict("index")
        self.frames = {f"{r.article_id}.p{r.paragraph}": r.frame for r in data.frames.itertuples()}
        self.domain = data.events.set_index("event_id")["domain"].astype(str)
        sourcing = data.reports["basis"].map(data.codes("claims", "basis", "sourcing"))
        self.sourcing = dict(zip(zip(data.reports["event_id"], data.reports["article_id"], strict=True), sourcing, strict=True))  # fmt: skip
        self.spoken = self.claims | self.stances | self.reasons
        self.left = proofs.accounted(data).set_index("article_id")

    def reports(self, ids):
        """{(event, text)} that the claims among some ids tell of."""
        return {(self.claims[i]["event_id"], self.claims[i]["article_id"]) for i in ids if i in self.claims}

    def bounds(self, ids):
        """What the strict date claims among some ids share."""
        dated = [self.claims[i] for i in ids if i in self.claims and self.claims[i]["attribute"] == "date"]
        strict = [c for c in dated if c["value_basis"] != "none"] or dated
        starts, ends = ([c[k] for c in strict if not pd.isna(c[k])] for k in ("start", "end"))
        return max(starts, default=pd.NaT), min(ends, default=pd.NaT)


def one_report(row, ids, known):
    """A cell is one text's report of one event; or the text itself, which does not tell of it."""
    if ids == [row["article_id"]]:
        return (row.get("event_id"), row["article_id"]) not in known.sourcing
    return known.reports(ids) == {(row["event_id"], row["article_id"])}


def judged(row, ids, known, **same):
    """Judgements counted by the side they lean to."""
    leans = Counter(known.stances[i]["lean"] for i in ids)
    held = all(known.stances[i][k] == row[v] for i in ids for k, v in same.items())
    return held and all(leans[k] == row[k] for k in ("favourable", "critical", "mixed")) and row["n"] == len(ids)


def read(row, ids, known):
    if row["kind"] == "event":
        return {a for _, a in known.reports(ids)} == {row["article_id"]} and row["n"] == len(known.reports(ids))
    return judged(row, ids, known, article_id="article_id")


def tie_judged(row, ids, known, **same):
    sides = all(row[f"{k}_ids"] == ";".join(i for i in ids if known.stances[i]["lean"] == k) for k in ("favourable", "critical"))  # fmt: skip
    tied = all(row["tie"] in known.stances[i]["dyads"].split(";") for i in ids)
    return sides and tied and judged(row, ids, known, article_id="article_id", **same)


def sourced(row, ids, known):
    reports = known.reports(ids)
    return row["n"] == len(reports) and all(a == row["article_id"] and known.sourcing[e, a] == row["sourcing"] for e, a in reports)  # fmt: skip


def heard(row, ids, known):
    if not row["n"]:
        return set(ids) == set(known.data.articles["article_id"])
    said = {f"{known.spoken[i]['article_id']}:{known.spoken[i]['speaker'].split('_')[0]}" for i in ids}
    return said == set(row["voice_id"].split(";")) and len(said) == row["n"]


def counted_words(row, ids, known):
    text = known.left.loc[ids[0]]
    return row["n"] == (text["left"] if row["part"] == "left" else text["words"] - text["left"])


def printed(row, ids, known):
    """An amount: what its quantity says; a computed one is a share of a sum."""
    found = [known.amounts[i] for i in ids if i in known.amounts]
    if row.get("computed"):
        share, money = sorted(found, key=lambda q: q["unit"] != "%")
        whole = money["high"] if money["high"] == money["high"] else money["best"]
        return abs(row["floor"] - share["best"] / 100 * whole) < 1
    own = {e for e, _ in known.reports(ids)} == {row["event_id"]}
    if row["amount"] == "no number":
        return own and all(pd.isna(q[k]) for q in found for k in ("low", "best", "high"))
    low, high = ([q[k] if q[k] == q[k] else q["best"] for q in found] for k in ("low", "high"))
    return own and all(a == b[0] or (pd.isna(a) and pd.isna(b[0])) for a, b in ((row["floor"], low), (row["ceiling"], high)))  # fmt: skip


def dated(row, ids, known):
    """A date: what the date claims of the event share, or each where they differ."""
    if {e for e, _ in known.reports(ids)} != {row["event_id"]}:
        return False
    if row.get("when") == "reported by" and all(map(pd.isna, known.bounds(ids))):
        return row["end"] == max(c["said_by"] for i in ids if not pd.isna((c := known.claims[i])["said_by"]))
    same = [a == b or (pd.isna(a) and pd.isna(b)) for a, b in zip((row["start"], row["end"]), known.bounds(ids), strict=True)]  # fmt: skip
    return all(same)


def case(row, ids, known):
    units = {e for e, _ in known.reports(ids)} if row["kind"] == "event" else set(ids)
    return units == set(row["row_id"].split(";")) and len(units) == row["n"]


def from_origin(row, ids, known):
    return row["n"] == len({e for e, _ in known.reports(ids)}) + sum(i in known.stances for i in ids)


def part_ways(row, ids, known):
    """The pair that is shown is one that ``links`` ties so, or an event that two texts tell so; both sides in the words of their rows."""
    links = known.data.links[known.data.links["relation"].eq(row["kind"])]
    linked = (links["a"].isin(ids) & links["b"].isin(ids)).any() or {e for e, _ in known.reports(ids)} == {
        row["event_id"]
    }
    return linked and {row["says_a"], row["says_b"]} <= {known.spoken[i]["paraphrase"] for i in ids}


def opposite(row, ids, known):
    voices = {"favourable": Counter(), "critical": Counter()}
    for i in ids:
        voices[known.stances[i]["lean"]][known.stances[i]["voice"]] += 1
    return all({f"{v} {n}" for v, n in c.items()} == set(row[f"{side}_voices"].split("; ")) for side, c in voices.items())  # fmt: skip


def all_same(row, ids, known, table, same):
    rows = [getattr(known, table)[i] for i in ids]
    return row["n"] == len(ids) and all(str(r[c]) == str(row[c]) for r in rows for c in same)


def agreed(row, ids, known):
    own = known.data.recodes
    own = own[own["table"].eq(row["table"]) & own["variable"].eq(row["variable"])]
    return set(own["row_id"]) == set(ids) and row["n"] == len(own) and row["agree"] == own["first"].eq(own["second"]).sum()  # fmt: skip


RULES = {  # of each exhibit: what must hold between a row that is drawn and its ids
    "00-kinds": lambda row, ids, known: {e for e, _ in known.reports(ids)} == {row["event_id"]},
    "00-sourcing": sourced,
    "00-voices": heard,
    "00-card": lambda row, ids, known: len(ids) == 1 and ids[0] in known.spoken,
    "00-accounted": counted_words,
    "01-lanes-iran": dated,
    "01-lanes-cuba": dated,
    "01-air-defence": one_report,
    "01-precision": lambda row, ids, known: row["n"] == len(ids) and all(known.domain[i] == row["domain"] for i in ids),
    "02-ledger-iran": one_report,
    "02-ledger-cuba": one_report,
    "02-stages": one_report,
    "02-rice": printed,
    "02-amounts": printed,
    "02-arms": one_report,
    "03-ties": tie_judged,
    "03-aspects": partial(tie_judged, aspect="aspect"),
    "03-voices-apart": opposite,
    "03-readings": read,
    "03-reasons": partial(all_same, table="reasons", same=["side", "direction", "reason"]),
    "03-words": partial(all_same, table="words", same=["term", "thing", "article_id"]),
    "03-frames": lambda row, ids, known: row["n"] == len(ids) and all(known.frames[i] == row["frame"] for i in ids),
    "03-alpha": agreed,
    "04-shared": one_report,
    "04-case": case,
    "04-differences": part_ways,
    "04-dates-apart": dated,
    "04-origins": from_origin,
    "04-gaps": one_report,
}


@pytest.fixture(scope="module")
def known(data):
    return Known(data)


@pytest.mark.parametrize("name", exhibits.ALL)
def test_what_is_drawn_follows_from_the_ids_of_its_mark(name, data, known):
    """Each row from its ids alone; each mark has the ids of a row that is drawn, or of its label; each bar is as long as they are many."""
    exhibit = exhibits.make(name, data)
    rows = exhibit.frame.to_dict("records")
    wrong = [row for row in rows if not RULES[name](row, row["evidence"].split(";"), known)]
    assert not wrong, wrong[:2]
    about = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
    marks = {";".join(m["evidence"]) for m in about["marks"]}
    groups = [set(r["evidence"].split(";")) for r in rows]
    sets = {r["evidence"] for r in rows} | {r.get(c, "") for r in rows for c in ("favourable_ids", "critical_ids")}
    labels = {i for r in rows for c in ("event_id", "article_id") for i in str(r.get(c, "")).split(";")}
    labels |= {i for r in rows for i in r["evidence"].split(";")} if name == "04-differences" else set()
    labels |= set(data.articles["article_id"]) | {r.evidence for r in data.reports.itertuples() if r.event_id in labels}
    sets |= {m for m in marks if set(m.split(";")) == set().union(*(g for g in groups if g & set(m.split(";"))))}
    loose = [m for m in marks if m not in sets and not set(m.split(";")) <= labels and m not in labels]
    assert not loose, loose[:3]
    if exhibit.chart:
        lengths(exhibit, rows)
    plt.close("all")


def lengths(exhibit, rows):
    """Bars are as long as what their ids count."""
    if exhibit.chart.func not in (charts.bars, charts.balance, charts.diverging, charts.amounts):
        return
    sizes = defaultdict(set)
    for row in rows:
        sizes[row["evidence"]] |= {
            row[k] for k in ("ceiling", "n", "events", "judgements") if k in row and row[k] == row[k]
        }

    def told(ids):  # a bar of two texts that print the same stands on both
        return {v for e, values in sizes.items() if set(e.split(";")) <= set(ids.split(";")) for v in values}

    shares, ax = defaultdict(list), exhibit.draw()
    for bar in (p for a in ax.figure.axes for p in a.patches if p.get_url()):
        ids = bar.get_url()[1:]
        of = {len(ids.split(";"))} if exhibit.chart.func is charts.balance else told(ids)
        row = round(bar.get_y() + bar.get_height() / 2, 3) if exhibit.chart.keywords.get("share") else 0
        shares[row].append([abs(bar.get_width()) / n for n in of if n])
    for row, found in shares.items():
        assert any(all(any(abs(v / first - 1) < 1e-6 for v in one) for one in found) for first in found[0]), row


def test_a_wrong_count_is_found(data, known):
    frame = exhibits.sourcing(data).frame
    row = frame.iloc[0].to_dict()
    assert sourced(row, row["evidence"].split(";"), known)
    assert not sourced(row | {"n": row["n"] + 1}, row["evidence"].split(";"), known)
    assert not sourced(row, row["evidence"].split(";")[:-1], known) or len(known.reports(row["evidence"].split(";"))) != row["n"]  # fmt: skip


# Every row, and its words


def test_every_row_of_claims_judgements_reasons_support_and_links_has_its_address(told, data):
    ids = {*data.claims["claim_id"], *data.stances["stance_id"], *data.reasons["reason_id"], *data.flows["event_id"]}
    ids |= {*data.events["event_id"], *data.quantities["quantity_id"], *data.wordings["wording_id"]}
    ids |= {i for path in (ROOT / "figures").glob("*.json") for m in json.loads(path.read_text())["marks"] for i in m["evidence"]}  # fmt: skip
    assert ids <= told["rows"].keys()
    for table, key in (("claims", "claim_id"), ("stances", "stance_id"), ("reasons", "reason_id")):
        said = {i: told["rows"][i]["t"] for i in getattr(data, table)[key]}
        assert said == getattr(data, table).set_index(key)["paraphrase"].to_dict()
    assert {(a, b) for a, b, *_ in told["links"]} == set(zip(data.links["a"], data.links["b"], strict=True))
    assert {i for link in told["links"] for i in link[:2]} <= told["rows"].keys()
    for row in told["rows"].values():
        assert row["t"] and {row.get("e", row.get("c", [""])[0]), *row.get("c", [])} - {""} <= told["rows"].keys()


def test_both_codings_stand_where_a_row_was_coded_twice(told, data):
    own = data.recodes[data.recodes["first"].ne("") | data.recodes["second"].ne("")]
    for row_id, n in own.groupby("row_id").size().items():
        assert len(told["rows"][row_id]["w"]) == n, row_id
    parted = own[own["first"].ne(own["second"])].groupby("row_id").size()
    for row_id, n in parted.items():
        assert sum(len(w) == 4 for w in told["rows"][row_id]["w"]) == n, row_id


CODE = re.compile(
    r"\b(?:CHN|RUS|IRN|CUB|AUTHOR|[A-Z]+_[A-Z]+)\b|CT[+-]|P[RS][+-]|\bUu\b|\b[a-z]+_[a-z_]+\b|\.\.\d|\d/\d{4}|\b0\d\d\.p\d"
)


def test_no_code_stands_where_a_reader_sees_it(told):
    for row_id, row in told["rows"].items():
        words = [row["t"], *(v for f in row["f"] for v in f), *(v for w in row.get("w", []) for v in w)]
        words += [v for report in row.get("r", []) for v in report[:3]] + [v for x in row["x"].values() for v in x]
        assert not [w for w in words if CODE.search(w)], row_id
    assert not [link for link in told["links"] if CODE.search(link[2] + link[3])]


def test_an_event_shows_each_texts_report_side_by_side(told, data):
    for (event, article), report in data.reports.set_index(["event_id", "article_id"]).iterrows():
        label = data.articles.set_index("article_id")["label"][article]
        assert [r[3] for r in told["rows"][event]["r"] if r[0] == label] == [report["evidence"]]


# One file that asks for nothing, in which nothing clashes or runs


def test_ids_are_unique_and_every_reference_within_a_figure_has_its_target(html):
    ids = [a["id"] for _, a in Reader(html).tags if a.get("id")]
    assert not [i for i, n in Counter(ids).items() if n > 1]
    for name, body in re.findall(r'<figure id="([^"]+)".*?>(.*?)</figure>', html, re.S):
        used = re.findall(r'<use [^>]*?href="#([^"]+)"|url\(#([^)]+)\)', body)
        assert all((a or b).startswith(name) and (a or b) in ids for a, b in used), name


def test_the_page_asks_for_nothing(html):
    head, script = html.split('<script type="application/json"')[0], html.rsplit("<script>")[-1]
    assert not re.search(r"<(?:link|iframe|object|embed|img|base)\b|@import|\bsrc=", head)
    assert not re.search(
        r"\bfetch\(|XMLHttpRequest|import\(|innerHTML|insertAdjacentHTML|document\.write|eval\(", script
    )
    links = [a["href"] for t, a in Reader(head).tags if t == "a"]
    assert all(link.startswith("#") or re.fullmatch(r"[\w-]+\.\w+", link) for link in links)


def hostile(data, where):
    """A page of data whose every free text would do harm, with the figures drawn from it."""
    bad = dataset.Dataset(**{k: deepcopy(v) if isinstance(v, pd.DataFrame) else v for k, v in vars(data).items()})
    for table, column in (
        ("events", "label"),
        ("claims", "paraphrase"),
        ("stances", "paraphrase"),
        ("links", "note"),
        ("articles", "label"),
    ):
        frame = getattr(bad, table)
        frame[column] = frame[column].astype(object) + " " + HARM  # fmt: skip
    shutil.copytree(ROOT / "figures", where, ignore=shutil.ignore_patterns("*.png", "*.pdf", "index.html"))
    for name in ("02-arms", "02-rice"):
        exhibit = exhibits.make(name, bad)
        with charts.style():
            drawn = figures.dress(exhibit.draw(), exhibit.title, exhibit.caption)
            drawn.savefig(where / f"{name}.svg", metadata={"Date": None})
        plt.close("all")
        about = json.loads((where / f"{name}.json").read_text(encoding="utf-8"))
        about |= {"title": exhibit.title, "caption": exhibit.caption + HARM, "alt": exhibit.alt, "answer": HARM}
        (where / f"{name}.json").write_text(json.dumps(about), encoding="utf-8")
    return page.build(bad, where=where)


def test_markup_in_a_cell_is_inert(data, tmp_path):
    made = hostile(data, tmp_path / "figures").read_text(encoding="utf-8")
    tags = Counter(tag for tag, _ in Reader(made).tags)
    assert tags["script"] == 2 and not tags["img"]
    assert not [a for _, a in Reader(made).tags if any(k.startswith("on") for k in a)]
    assert HARM in content(made)["rows"]["c0153"]["t"] and HARM in content(made)["links"][0][3]
    assert any(HARM in text for text in Reader(made).texts), "shown as it is"


# Beside the page


def test_a_missing_bundle_is_named(data, tmp_path):
    with pytest.raises(TielinesError, match="run --all"):
        page.build(data, where=tmp_path)


@pytest.mark.parametrize("row_id", ["c0153", "s0001", "r0001", "q0011", "e0072", "w0001", "000", "000.p27"])
def test_a_card_shows_any_row_in_plain_words(row_id, data, told):
    card = data.show(row_id)
    assert told["rows"][row_id]["t"] in repr(card) and row_id in repr(card)
    assert not CODE.search(re.sub(r"\b[a-z]\d{4}\b|\b0\d\d(\.p\d+)?\b", "", repr(card)))
    shown = " ".join(Reader(card._repr_html_()).texts)
    for label, value in card.fields():
        assert f"{label}: {value}" in repr(card) and label in shown and value in shown


def test_a_card_is_inert_and_an_unknown_row_is_refused(data):
    bad = dataset.load()
    bad.claims["paraphrase"] = HARM
    assert {t for t, _ in Reader(bad.show("c0153")._repr_html_()).tags} <= set("h4 p a table tr th td ul li b".split())
    with pytest.raises(TielinesError, match="nearest: c015"):
        data.show("c01533")


def test_a_tip_says_what_a_mark_rests_on(data):
    told = dataset.told(data)
    assert told["c0153"] == "The rice donation as a whole is 60,000 tonnes. (SONAR 21 (2026), stated as fact)"
    ids = {i for path in (ROOT / "figures").glob("*.json") for m in json.loads(path.read_text())["marks"] for i in m["evidence"]}  # fmt: skip
    assert {i for i in ids if re.fullmatch(r"[a-z]\d{4}|0\d\d(\.p\d+)?", i)} <= told.keys()


def test_what_a_notebook_shows_has_a_link_a_mark_inside_the_picture_and_its_alt_text(data):
    exhibit = exhibits.arms(data)
    with charts.style():
        drawn = figures.dress(exhibit.draw(), exhibit.title, exhibit.caption)
        drawn.savefig(io.BytesIO(), format="png", dpi=300)
        shown = figures._linked(drawn, exhibit.alt)
    tags = Reader(shown["text/html"]).tags
    links, picture = [a for t, a in tags if t == "a"], next(a for t, a in tags if t == "img")
    assert picture["alt"] == exhibit.alt and picture["src"] == f"data:image/png;base64,{shown['image/png']}"
    assert {a["href"].split("#")[1] for a in links} == {";".join(m["evidence"]) for m in figures.marks(drawn)}
    for a in links:
        left, top, wide, tall = (float(v) for v in re.findall(r"(-?[\d.]+)%", a["style"]))
        assert a["title"] and left >= -1 and left + wide <= 101 and top >= -1 and top + tall <= 101
    down = {t.get_url()[1:]: t.get_position()[1] for t in drawn.axes[0].texts if t.get_url() and t.get_url()[1] == "e"}
    tops = {a["href"].split("#")[1]: float(re.search(r"top:([\d.]+)", a["style"])[1]) for a in links}
    assert sorted(down, key=down.get) == sorted(down, key=tops.get), "the labels as they stand below each other"
    assert shown["text/plain"].startswith("<Figure size 720x")
    plt.close("all")
