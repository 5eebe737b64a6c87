"""Every exhibit: its numbers can be counted again, its marks lead to rows, nothing overlaps, no code or filter breaks it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from test_dataset import claims
from test_dataset import made as dummies

from tielines import ROOT, amounts, charts, dataset, exhibits, figures
from tielines.files import TielinesError

NAMES = list(exhibits.ALL)
PICTURES = [n for n in NAMES if n not in ("00-card", "02-amounts", "04-gaps")]
CONSTANTS = {"0.8", "4", "95", "100", "1,000", "12", "25", "20", "2025"}  # thresholds, and numbers inside names
WORDS = {w: str(i) for i, w in enumerate(amounts.CARDINALS) if i > 2}  # "one text", "two texts or more" name no count
PLAYED = """
import gc, json
gc.set_threshold(100_000)  # as in a kernel
from tielines import figures, notebooks
figures._saved = lambda *_: b"<svg >"  # its time is spent there
for path in notebooks.find():
    space = {"display": print}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
"""  # the cells of all notebooks, one after another


@pytest.fixture(scope="module")
def made(data):
    """One exhibit by name, built once."""
    known = {}
    return lambda name: known.setdefault(name, exhibits.make(name, data))


def drawn(exhibit, size="full"):
    with charts.style():
        return figures.dress(exhibit.draw(size), exhibit.title, exhibit.caption)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def kept(name):
    """(CSV, JSON) of a committed bundle."""
    path = ROOT / "figures" / name
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    frame = pd.read_csv(path.with_suffix(".csv"), dtype={"article_id": str})
    text = frame.select_dtypes(exclude=["number", "bool"])
    return frame.assign(**{c: frame[c].fillna("") for c in text if frame[c].dtype != bool}), about


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_is_what_the_data_give(name, made):
    """A figure whose data changed fails here: nbval does not look at images."""
    exhibit, (_, about) = made(name), kept(name)
    table = exhibit.frame.to_csv(index=False, lineterminator="\n")
    assert table == (ROOT / "figures" / f"{name}.csv").read_text(encoding="utf-8"), "stale: `make run`"
    assert [about[k] for k in ("title", "caption", "alt", "answer")] == [
        exhibit.title,
        exhibit.caption,
        exhibit.alt,
        exhibit.answer,
    ]
    assert figures.whole(ROOT / "figures" / f"{name}.json")


def recounted(frame, recipe):
    rows = frame.query(recipe["where"]) if recipe["where"] else frame
    if recipe["how"] == "sum":
        return int(rows[recipe["of"]].sum())
    return len({i for ids in rows[recipe["of"]].astype(str) for i in ids.split(";") if i})


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_title_caption_and_answer_is_counted_again_from_the_csv(name, data):
    frame, about = kept(name)
    for recipe in about["counts"]:
        assert recounted(frame, recipe) == recipe["value"], recipe
    allowed = {f"{c['value']:,}" for c in about["counts"]} | {str(c["value"]) for c in about["counts"]}
    cells = " ".join(map(str, frame.to_numpy().ravel()))
    allowed |= set(re.findall(r"\d[\d,.]*\d|\d", cells)) | CONSTANTS | {str(len(data.articles))}
    text = " ".join((about["title"], about["caption"].split(" As of ")[0], about["answer"]))
    for label in (*data.articles["label"], *data.events["label"]):
        text = text.replace(label, "")
    numbers = re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", text)
    numbers = [n.rstrip(",") for n in numbers] + [WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in WORDS]
    assert not [n for n in numbers if n not in allowed], text


RENDERER = RendererAgg(9, 9, charts.STYLE["figure.dpi"])  # one for all: it remembers how wide a text is


def overlaps(figure):
    """Pairs of texts that lie on each other, and texts that leave the figure."""
    assert figure.dpi == RENDERER.dpi
    ticks = [t for ax in figure.axes if ax.axison for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    texts = [*ticks, *(t for ax in figure.axes for t in [*ax.texts, ax.title, ax._left_title])]
    texts = [t for t in [*texts, *figure.texts] if t.get_text().strip() and t.get_visible()]
    boxes = [(t.get_text(), t.get_window_extent(RENDERER)) for t in texts]
    found = [
        f"{text!r} is cut"
        for text, b in boxes
        if b.x0 < -1 or b.x1 > figure.bbox.x1 + 1 or b.y0 < -1 or b.y1 > figure.bbox.y1 + 1
    ]
    x0, y0, x1, y1 = np.array([b.padded(-1.2).extents for _, b in boxes]).T
    across, along = (np.less_equal.outer(a, b) for a, b in ((x0, x1), (y0, y1)))
    meet = across & across.T & along & along.T & (x1 > x0) & (x1 > x0)[:, None]
    return found + [f"{boxes[i][0]!r} on {boxes[j][0]!r}" for i, j in np.argwhere(np.triu(meet, 1))]


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b=charts.PAPER):
    """The contrast ratio of WCAG 2."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pale(figure):
    """Marks that stand out from the paper neither by their face nor by their edge, and small type."""
    found = []
    for ax in figure.axes:
        for artist in [*ax.patches, *ax.collections]:
            if artist.get_url() or any(getattr(artist, "get_urls", list)() or []):
                looks = [
                    c
                    for kind in ("get_facecolor", "get_edgecolor")
                    for c in np.atleast_2d(getattr(artist, kind)())
                    if len(c) and c[3]
                ]
                if not any(contrast(c) >= 3 for c in looks):
                    found.append(f"{artist} is pale")
        found += [
            f"{t.get_text()!r} is pale"
            for t in ax.texts
            if t.get_color() != charts.PAPER and contrast(t.get_color()) < 3
        ]
        found += [
            f"{t.get_text()!r} is {t.get_fontsize()} pt" for t in [*ax.texts, *figure.texts] if t.get_fontsize() < 6
        ]
    return found


@pytest.fixture(scope="module")
def ids(data):
    """All that evidence may name."""
    kept = {"claims": "claim_id", "events": "event_id", "articles": "article_id", "stances": "stance_id"}
    kept |= {"reasons": "reason_id", "quantities": "quantity_id", "wordings": "wording_id", "recodes": "row_id"}
    paragraphs = zip(data.frames["article_id"], data.frames["paragraph"], strict=True)
    return {i for t, c in kept.items() for i in getattr(data, t)[c]} | {f"{a}.p{p}" for a, p in paragraphs}


@pytest.mark.parametrize("name", NAMES)
def test_each_mark_leads_to_rows_and_no_label_lies_on_another_is_cut_or_is_too_small_or_pale_to_read(name, made, ids):
    exhibit = made(name)
    rows = {i for e in exhibit.frame["evidence"] for i in e.split(";")}
    assert rows and rows <= ids
    for size in charts.WIDTHS if name in PICTURES else ():
        for ax in exhibit.pages(size):
            with charts.style():
                figure = figures.dress(ax, exhibit.title, exhibit.caption, size=size)
            marks = {i for m in figures.marks(figure) for i in m["evidence"]}
            assert marks <= ids and marks & rows, "what is drawn leads to no row of the CSV"
            assert figure.get_figwidth() == charts.WIDTHS[size]
            most = figures.TALLEST.get(size, 2 * figures.TALLEST["column"])  # a report breaks what is taller than paper
            assert figure.get_figheight() <= most + 1e-9, f"{size}: longer than two pages"
            assert not overlaps(figure) + pale(figure), size
        plt.close("all")


@pytest.mark.parametrize("end", ["2026-12", "2045"])
def test_what_lies_ahead_ends_before_the_columns_of_texts_and_beyond_the_axis_without_a_cap(end):
    told = [dict(c, attribute="date", value=f"[2025-03..{end}]") for c in claims("900 CT+")]
    ax = exhibits.lanes_cuba(dummies(claims=told + claims("900 CT+ agreed"))).draw()
    (lines,) = [c for c in ax.collections if isinstance(c, LineCollection) and any(c.get_urls())]
    ends = sorted(x for (x, y), (x1, y1) in lines.get_segments() if x == x1)
    furthest = max(x for line in lines.get_segments() for x, _ in line)
    assert furthest < min(t.get_position()[0] for t in ax.texts if t.get_text() in ("E", "M")) - 0.09
    assert len(ends) == (1 if end == "2045" else 2)


@pytest.mark.parametrize("size", ["slide", "column"])
def test_pages_hold_every_mark_once_and_are_numbered(size, made, tmp_path, monkeypatch):
    monkeypatch.setenv("TIELINES_FIGURES", str(tmp_path))
    monkeypatch.setattr(figures, "_saved", lambda *_: b"<svg >")  # its time is spent there
    exhibit = made("02-ledger-cuba")
    exhibit.show(size, bare=size == "column")
    written = sorted((tmp_path / "own").glob("*.json"))
    about = [json.loads(path.read_text(encoding="utf-8")) for path in written]
    assert len(about) > 1 and not list(tmp_path.glob("*.json"))
    assert [a["title"] for a in about] == [f"{exhibit.title} ({n} of {len(about)})" for n in range(1, len(about) + 1)]
    whole = [tuple(m["evidence"]) for m in figures.marks(drawn(exhibit))]
    assert sorted(tuple(m["evidence"]) for a in about for m in a["marks"]) == sorted(whole)


def test_what_is_too_tall_is_parted_and_a_single_row_is_drawn_whole(made):
    exhibit = made("02-ledger-cuba")
    whole = exhibit.pages("full")[0].figure.get_figheight()
    pages = exhibit.pages("full", whole / 2)
    assert len(pages) > 1 and all(ax.figure.get_figheight() <= whole / 2 for ax in pages)
    assert len(plt.get_fignums()) == 1 + len(pages), "a page that is not used stays open"
    table, *rest = exhibit.chart.args
    single = partial(exhibit.chart.func, table[table["row"].eq(table["row"].iloc[0])], *rest)
    assert len(replace(exhibit, chart=single).pages("full", 0.1)) == 1


def test_a_label_on_another_is_found():
    ax = charts.sheet("full", 1)
    ax.text(1, 0.5, "one label")
    ax.text(1.1, 0.5, "another")
    assert overlaps(ax.figure)


def test_a_pale_mark_and_small_type_are_found():
    ax = charts.sheet("full", 1)
    charts.mark(ax.barh([0.5], [1], color="#dddddd")[0], "c1")
    ax.text(1, 0.5, "small", fontsize=5)
    assert len(pale(ax.figure)) == 2


def test_a_finding_that_does_not_hold_gives_way_to_the_neutral_title():
    narrowed = dataset.load(articles="000")
    assert exhibits.ties(narrowed).title == "How each text judges each relation"
    assert exhibits.alpha(narrowed).title == "How stable the coding rules are", "of all texts, beside what is narrowed"


def words_of(ax):
    return " ".join(" ".join(t.get_text() for t in ax.texts).split())


def test_a_part_whose_whole_is_left_out_names_it():
    narrowed = dataset.load(about="Cuba", since="2025-06")
    for exhibit in (exhibits.rice(narrowed), exhibits.ledger_cuba(narrowed)):
        said = words_of(exhibit.draw())
        assert "part of: Chinese rice donation for Cuba (not in this selection)" in said and "the above" not in said


def test_amounts_of_two_texts_are_told_apart_and_equal_ones_share_a_row():
    event = dict(domain="food", actors="CHN")
    told = claims("900 CT+ agreed", "901 CT+ agreed", "900 CT+ delivered", "901 CT+ delivered")
    told = [dict(c, event_id=e) for c, e in zip(told, ("e1", "e1", "e2", "e3"), strict=True)]
    sums = [("c1", 60, "agreed"), ("c2", 60, "agreed"), ("c3", 5, "delivered"), ("c4", 7, "delivered")]
    sums = [dict(claim_id=c, best=str(n), stage=s) for c, n, s in sums]
    flows = [dict(event_id=e, parent_event_id="e1" * (e != "e1")) for e in ("e1", "e2", "e3")]
    exhibit = exhibits.rice(dummies(events=[event] * 3, claims=told, quantities=sums, flows=flows))
    early, middle = "60 t promised and 5 t of it delivered", "60 t promised and 7 t of it delivered"
    assert exhibit.title == f"Rice for Cuba: Early (2025) reports {early}; Middle (2025) reports {middle}"
    said = words_of(exhibit.draw())
    assert ", in Early (2025) and Middle (2025)" in said
    assert [said.count(f", in {text} (2025)") for text in ("Early", "Middle")] == [2, 1]


def test_what_is_expected_is_not_called_delivered_and_a_voice_that_denies_is_named():
    told = claims("900 CT+ agreed", "900 PR+ delivered", "901 CT+ delivered", "901 CT- delivered CHN")
    told = [
        dict(c, event_id=e, attribute=a) for c, e, a in zip(told, ("e1", "e2", "e3", "e3"), ["stage"] * 4, strict=True)
    ]
    told += [dict(c, event_id="e2", attribute="quantity", value="mass") for c in claims("900 PR+ mass")]
    flows = [dict(event_id=e, parent_event_id="e1" * (e == "e2")) for e in ("e1", "e2", "e3")]
    sums = [dict(claim_id="c5", best="5", stage="delivered")]
    data = dummies(events=[dict(domain="food", actors="CHN")] * 3, claims=told, quantities=sums, flows=flows)
    assert "5 t, delivery expected" in words_of(exhibits.rice(data).draw())
    assert exhibits.amounts(data).frame["stage_words"].tolist() == ["delivery expected"]
    frame = exhibits.ledger_cuba(data).frame.set_index("event_id")
    assert frame.loc["e3", "text"].startswith("delivered; China: not delivered")
    assert frame.loc["e3", "evidence"] == "c3;c4" and frame.loc["e3", "status"] == "stated"


def test_an_item_told_as_given_and_as_not_given_is_crossed_and_counted():
    told = claims("900 CT+ delivered", "901 CT- delivered")
    at_odds, alike = (exhibits.kinds(dummies(claims=c)) for c in (told, told[:1]))
    assert "accounts differ" in at_odds.caption and "accounts differ" not in alike.caption
    keys = [[t.get_text() for t in e.draw().figure.legends[0].get_texts()] for e in (at_odds, alike)]
    assert ["accounts differ" in " ".join(k) for k in keys] == [True, False]
    events, flows = (
        [dict(domain="military", recipients="IRN")] * 2,
        [dict(event_id=e, item="fighter") for e in ("e1", "e2")],
    )
    told += claims("900 PR+ under_way", event_id="e2")
    arms = exhibits.arms(dummies(claims=told, events=events, flows=flows))
    assert arms.frame["twice"].tolist() == [True, True, False]
    assert arms.title.endswith(
        "2 of 2 items are reported as given or under way, one of them as fact; one is said not to be given, and is said both"
    )


def test_a_narrow_column_of_many_texts_cuts_no_word_and_the_caption_tells_of_what_is_drawn(data):
    data = dataset.load()
    more = [data.articles.assign(article_id=data.articles["article_id"] + x) for x in ("", "x")]
    data.articles = pd.concat(more, ignore_index=True)
    exhibit = exhibits.lanes_cuba(data)
    assert not [f for f in overlaps(exhibit.chart(size="column").figure) if "cut" in f]
    assert "double line" in exhibit.caption
    assert "double line" not in exhibits.lanes_cuba(dataset.load(about="Cuba", since="2025-06")).caption


@pytest.mark.parametrize(("n", "said"), [(1, "1 item"), (3, "3 items")])
def test_one_thing_is_told_in_the_singular(n, said):
    assert exhibits.core.count(n, "item") == said
    answer = exhibits.stages(dummies(claims=claims("900 CT+ delivered"))).answer
    assert answer.endswith("1 of 1 item of support was delivered.")


@pytest.mark.parametrize("name", NAMES)
def test_no_code_stands_where_a_reader_sees_it(name, made):
    exhibit = made(name)
    text = " ".join((exhibit.title, exhibit.caption.split(" Evidence:")[0], exhibit.alt, exhibit.answer))
    assert not re.search(r"CT[+-]|P[RS][+-]|\bUu\b|EDTF|dyad|umbrella|\bstance|[a-z]_[a-z]", text), text
    assert exhibit.alt.startswith(exhibit.title)
    assert "Not verified outside these texts" in exhibit.caption and "Unit: " in exhibit.caption or name == "00-card"


def test_a_size_that_does_not_exist_is_refused(made):
    with pytest.raises(TielinesError, match="column, full, slide"):
        made("02-rice").draw("poster")


def test_a_made_up_code_in_every_coded_column_breaks_no_notebook(tmp_path):
    """A new code is a category in datapackage.json, and nothing else."""
    for part in ("data", "notebooks"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    package = tmp_path / "data" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        coded = [f for f in resource["schema"]["fields"] if f.get("categories")]
        path = tmp_path / "data" / resource["path"]
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        for field in coded:
            field["categories"].append(
                {"value": "made_up", "label": "made up", "description": "None.", "example": "none"}
            )
            field["constraints"]["enum"].append("made_up")
            filled = frame.index[frame[field["name"]].ne("")]
            frame.loc[filled[len(filled) // 2], field["name"]] = "made_up"
        frame.to_csv(path, index=False, lineterminator="\n")
    package.write_text(json.dumps(content), encoding="utf-8")
    where = {**os.environ, "TIELINES_ROOT": str(tmp_path), "TIELINES_FIGURES": str(tmp_path / "figures")}
    done = subprocess.run([sys.executable, "-c", PLAYED], env=where, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    frames = pd.read_csv(tmp_path / "figures" / "03-frames.csv")
    assert "made_up" in set(frames["frame"]) and frames["n"].sum() == len(pd.read_csv(ROOT / "data" / "frames.csv"))
