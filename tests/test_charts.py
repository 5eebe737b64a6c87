"""Every figure as it is rendered: no label on another, none cut, each kind of date drawn its own way."""

from datetime import date

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from tielines import aid, charts, dates, figures, narratives, overview, timelines, words

TABLES = ["02-dollars", "02-trade"]
STACKS = ["00-sourcing", "00-audit", "01-precision", "02-stages", "02-numbers", "02-vouchers", "03-frames"]
FIGURES = ["00-reach", "00-voices", "00-card", "01-lanes", "01-story", "02-rice", "02-arms", *STACKS]
FIGURES += ["03-aspects", "03-voices", "03-reasons", "03-words", "03-alpha"]


def between(data):
    return narratives.between(data, ["e0004", "e0015"])


def draw(name, data, size="full"):
    """(frame, axes, words) of one figure, as its notebook makes it."""
    published = timelines.publication(data.articles)
    names = data.articles.set_index("article_id")["label"].to_dict()
    if name == "00-reach":
        frame = overview.reach(data)
        return frame, charts.reach(frame, published, size=size), words.reach(frame, data)
    if name == "00-voices":
        frame = overview.voices(data)
        return (
            frame,
            charts.grid(frame, published, "who", "quoted", words.QUOTED, size=size),
            words.voices(frame, data),
        )
    if name == "00-card":
        frame = overview.card(data, overview.example(data))
        return frame, charts.card(frame, size=size), words.card(frame, data)
    if name == "01-lanes":
        frame = timelines.lanes(data)
        return frame, charts.lanes(frame, published, size=size), words.lanes(frame, data)
    if name == "01-story":
        frame = timelines.story(data, "CHN", "IRN", ["air_defence", "radar"])
        ax = charts.story(frame, published, size=size)
        return frame, ax, words.story(frame, data, "Chinese air defence for Iran")
    if name == "02-arms":
        frame = aid.arms(data)
        return frame, charts.story(frame, published, size=size), words.arms(frame, data)
    if name == "02-rice":
        frame = aid.item(data, "rice")
        return frame, charts.bars(frame, size=size), words.item(frame, data, "rice")
    if name == "03-aspects":
        frame = narratives.stances(data)
        return (
            frame,
            charts.dots(frame, published, "aspect", size=size, between=between(data)),
            words.stances(frame, data, "aspect"),
        )
    if name == "03-voices":
        frame = narratives.stances(data)
        return (
            frame,
            charts.dots(frame, published, "voice", size=size, between=between(data)),
            words.stances(frame, data, "voice"),
        )
    if name == "03-reasons":
        frame = narratives.reasons(data)
        ax = charts.grid(frame, published, "reason", "limits", words.LIMITS, size=size)
        return frame, ax, words.reasons(frame, data)
    if name == "03-words":
        frame = narratives.wording(data)
        ax = charts.grid(frame, published, "spelt", "n", words.SPELT, ranked=False, size=size)
        return frame, ax, words.wording(frame, data)
    if name == "03-alpha":
        frame = narratives.reliability(data)
        return frame, charts.intervals(frame, size=size), words.reliability(frame, data)
    measure, say, row, part, order = {
        "00-sourcing": (overview.sourcing, words.sourcing, "article_id", "sourcing", overview.SOURCING_ORDER),
        "00-audit": (overview.audit, words.audit, "article_id", "state", overview.STATES),
        "01-precision": (
            timelines.precision_by,
            words.precision,
            "domain",
            "precision",
            timelines.PRECISIONS,
        ),
        "02-stages": (aid.by_stage, words.stages, "dyad", "state", words.STATES),
        "02-numbers": (aid.numbered, words.numbered, "dyad", "number", words.NUMBERS),
        "03-frames": (narratives.frames, words.frames, "article_id", "frame", words.FRAMES),
        "02-vouchers": (aid.by_voucher, words.vouched, "dyad", "voucher", aid.VOUCHERS),
    }[name]
    frame = measure(data)
    names |= words.ties(frame) if row == "dyad" else {}
    ax = charts.stacks(frame, row, part, order, names=names, size=size, ranked=name != "03-frames")
    return frame, ax, say(frame, data)


@pytest.fixture(scope="module", params=["", "CUB"])
def narrowed(request, data):
    return timelines.select(data, recipients=request.param)


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def labels(figure):
    """(text, bounding box in pixels) of every visible label, titles, ticks and legends included."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = []
    for text in figure.findobj(plt.Text):
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(renderer)
            if box.width and box.height:
                found.append((text.get_text(), box))
    return found


ALL = [(name, "full") for name in FIGURES] + [
    (name, size) for name in [*STACKS, "02-rice"] for size in ("column", "slide")
]


@pytest.mark.parametrize(("name", "size"), ALL)
def test_no_label_overlaps_another_or_is_cut(name, size, narrowed):
    frame, ax, kit = draw(name, narrowed, size)
    figure = figures.dress(ax, kit["title"], kit["caption"])
    found = labels(figure)
    assert len(found) > (5 if len(frame) else 2)
    canvas = figure.bbox
    for legend in figure.findobj(plt.matplotlib.legend.Legend):
        box = legend.get_window_extent()
        assert box.x0 >= canvas.x0 - 1 and box.x1 <= canvas.x1 + 1, "the legend is cut"
    for text, box in found:
        assert box.x0 >= canvas.x0 - 1 and box.x1 <= canvas.x1 + 1, f"cut: {text}"
        assert box.y0 >= canvas.y0 - 1 and box.y1 <= canvas.y1 + 1, f"cut: {text}"
    boxes = np.array([(b.x0 + 0.5, b.y0 + 1, b.x1 - 0.5, b.y1 - 1) for _, b in found])
    for i in range(len(boxes)):
        a, others = boxes[i], boxes[i + 1 :]
        hit = (a[0] < others[:, 2]) & (others[:, 0] < a[2]) & (a[1] < others[:, 3]) & (others[:, 1] < a[3])
        assert not hit.any(), (found[i][0], [found[i + 1 + j][0] for j in np.flatnonzero(hit)])


KINDS = {
    "day": ("2025-03-10", "CT+"),
    "month": ("2025-03", "CT+"),
    "range": ("[2025-03-01..2025-03-31]", "CT+"),
    "circa": ("2025-03~", "CT+"),
    "open": ("[..2025-03-31]", "CT+"),
    "planned": ("2025-03", "PR+"),
    "possible": ("2025-03", "PS+"),
    "not": ("2025-03", "CT-"),
}


def picture(kind):
    text, firm = KINDS[kind]
    span = dates.parse(text)
    row = pd.Series(
        {
            "start": span.start,
            "end": span.end,
            "form": span.form,
            "circa": span.circa,
            "firmness": firm,
            "evidence": "c1",
        }
    )
    with charts.style():
        ax = plt.figure(figsize=(3, 1)).subplots()
        ax.set_xlim(date2num(date(2024, 10, 1)), date2num(date(2025, 6, 1)))
        ax.set_ylim(-1, 1)
        charts.draw_date(ax, 0, row, ax.get_xlim()[0], charts.COLOURS["RUS"])
        ax.axis("off")
        ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba()).copy()


def test_each_kind_of_date_draws_differently():
    drawn = {kind: picture(kind) for kind in KINDS}
    for kind, image in drawn.items():
        assert (image[..., :3] < 250).any(), f"{kind} draws nothing"
        for other in list(KINDS)[list(KINDS).index(kind) + 1 :]:
            differing = (np.abs(image.astype(int) - drawn[other]).max(axis=2) > 40).sum()
            assert differing > 20, f"{kind} and {other} look the same"


def test_every_mark_of_the_lanes_can_be_recomputed_from_its_evidence(data):
    """From the drawn shape to its claims, and from the claims' dates back to the shape."""
    frame = timelines.lanes(data)
    ax = charts.lanes(frame, timelines.publication(data.articles))
    claims = data.claims.set_index("claim_id")
    published = data.articles.set_index("article_id")["published"]
    seen = set()
    for patch in [p for p in ax.patches if p.get_url()]:
        ids = patch.get_url()[1:].split(";")
        if ids[0] in published.index:
            span, low, high = dates.parse(published[ids[0]]), patch.get_x(), patch.get_x() + patch.get_width()
            assert low == date2num(span.start) and high >= date2num(span.end) + 1
            continue
        low, high = expected(claims.loc[ids])
        assert (patch.get_x(), patch.get_x() + patch.get_width()) == (low, high)
        seen.add(ids[0])
    for line in [c for c in ax.collections if hasattr(c, "get_segments") and any(c.get_urls() or [])]:
        low, high = expected(claims.loc[line.get_urls()[0][1:].split(";")])
        for segment in line.get_segments():
            xs = {x for x, _ in segment}
            assert xs <= {low, high} or (low == -np.inf and min(xs) < max(xs) == high)
        seen.add(line.get_urls()[0][1:].split(";")[0])
    for dots in [c for c in ax.collections if c not in ax.patches and not hasattr(c, "get_segments")]:
        if not any(dots.get_urls() or []) or dots.get_offset_transform() != ax.transData:
            continue
        ids = dots.get_urls()[0][1:].split(";")
        low, high = expected(claims.loc[ids])
        x = dots.get_offsets()[0][0]
        assert x == low + 0.5 if high == low + 1 else low <= x <= high
        seen.add(ids[0])
    dated = frame[frame["precision"].ne("no date")]
    assert seen == {e.split(";")[0] for e in dated["evidence"]}
    shelf = frame[frame["precision"].eq("no date")]
    drawn = [u for c in ax.collections for u in (c.get_urls() or []) if c.get_offset_transform() != ax.transData]
    for evidence in shelf["evidence"]:
        assert f"#{evidence}" in drawn
        assert claims.loc[evidence.split(";"), "attribute"].ne("date").all()


def expected(claims):
    """Bounds, in days, of what the affirmed date claims share; the day after the last is the end."""
    spans = [dates.parse(v) for v in claims.loc[claims["attribute"].eq("date"), "value"]]
    low = max((s.start for s in spans if s.start), default=None)
    high = min((s.end for s in spans if s.end), default=None)
    return (date2num(low) if low else -np.inf), date2num(high) + 1


@pytest.mark.parametrize("name", STACKS)
def test_every_bar_is_as_long_as_its_evidence_is_many(name, data):
    _, ax, _ = draw(name, data)
    bars = [p for p in ax.patches if p.get_url()]
    assert bars
    for bar in bars:
        assert bar.get_width() == len(set(bar.get_url()[1:].split(";")))


def test_voices_count_the_events_of_their_evidence(data):
    frame = overview.voices(data)
    events = data.claims.set_index("claim_id")["event_id"]
    for row in frame.itertuples():
        assert row.n == events[row.evidence.split(";")].nunique() and row.quoted <= row.n


def test_reach_draws_the_bounds_of_its_evidence(data):
    frame = overview.reach(data)
    claims = data.claims.set_index("claim_id")
    for row in frame.itertuples():
        low, high = expected(claims.loc[row.evidence.split(";")])
        assert date2num(row.end) + 1 == high and (row.start is None or date2num(row.start) == low)


def luminance(colour):
    r, g, b, _ = plt.matplotlib.colors.to_rgba(colour)
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("colour", [charts.INK, charts.SOFT, *charts.COLOURS.values()])
def test_colours_stand_out_from_the_paper(colour):
    assert (1.05 / (luminance(colour) + 0.05)) >= 4.5


def test_sizes_by_name(data):
    widths = {size: draw("02-rice", data, size)[1].figure.get_figwidth() for size in ("column", "full", "slide")}
    assert widths["column"] == 3.5 and widths["full"] == 7.2
    slide = draw("02-rice", data, "slide")[1].figure
    assert slide.get_figwidth() / slide.get_figheight() == pytest.approx(16 / 9)
    with pytest.raises(ValueError, match="lanes fits full, not 'column'"):
        draw("01-lanes", data, "column")


def test_the_rice_bars_are_as_long_as_their_claims_say(data):
    ax = draw("02-rice", data)[1]
    amounts = data.quantities.set_index("claim_id")
    bars = {p.get_url(): p.get_width() for p in ax.patches if p.get_url()}
    assert len(bars) == 3
    for link, width in bars.items():
        row = amounts.loc[link.split(";")[1]]
        assert width == (row["high"] if row["high"] == row["high"] else row["best"])


SIGHT = {  # Machado, Oliveira and Fernandes 2009, full severity, on linear RGB
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.mark.parametrize("sight", SIGHT)
def test_actor_colours_differ_for_colour_blind_readers(sight):
    """Apart by hue or lightness; the lanes' places and names tell the actors a second time."""
    seen = {}
    for name, colour in charts.COLOURS.items():
        rgb = np.array(plt.matplotlib.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen[name] = np.clip(np.array(SIGHT[sight]) @ linear, 0, 1) ** (1 / 2.2)
    for a in seen:
        for b in seen:
            assert a == b or np.linalg.norm(seen[a] - seen[b]) > 0.1, (a, b)
