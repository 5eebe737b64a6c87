"""Draw what a measure returns: frame and ``ax=None`` in, Axes out; one style for all.

Colour is the provider, fill how firmly it is stated, glyph the basis, a bar the range of a date.
Each drawn datum and its label is a *mark*: its artist's url is ``#`` and the evidence ids.
"""

import textwrap
from contextlib import contextmanager
from datetime import date
from functools import wraps

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_rgba
from matplotlib.dates import date2num

from tielines.narratives import MIN_MEDIAN
from tielines.timelines import NEGATIVE

INK, SOFT, FAINT, PAPER, REST = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff", "#e4e4e4"
COLOURS = {"RUS": "#0b63a5", "CHN": "#c2410c", "RUS-CHN": "#7a3e8e", "other": SOFT}
NAMES = {"RUS": "Russia", "CHN": "China", "IRN": "Iran", "CUB": "Cuba"}
GLYPHS = {
    "document": "s",
    "named": "o",
    "own_interview": "D",
    "unnamed": "^",
    "inference": "v",
    "none_given": "h",
}
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": SOFT,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "figure.facecolor": PAPER,
    "figure.dpi": 100,
    "svg.fonttype": "path",
    "svg.hashsalt": "tielines",
}
LABEL = 7  # points: the smallest type but one
WIDTHS = {"column": 3.5, "full": 7.2, "slide": 7.2}  # inches


@contextmanager
def style():
    """The one style, for the time of drawing."""
    with plt.rc_context(STYLE):
        yield


def styled(*sizes):
    """A chart function that draws in the one style, at the named sizes, and says where nothing is to draw.

    ``size`` is column (3.5 inches wide), full (7.2) or slide (16:9); ValueError where a chart would not fit.
    """

    def decorate(chart):
        @wraps(chart)
        def draw(frame, *args, size="full", ax=None, **kwargs):
            if size not in sizes:
                raise ValueError(f"{chart.__name__} fits {' and '.join(sizes)}, not {size!r}")
            with style():
                if len(frame):
                    return chart(frame, *args, ax=ax, size=size, **kwargs)
                ax = ax or new(size, 1.4)
                ax.text(0, 0.5, "The texts, so narrowed,\nsay nothing of this.", color=SOFT, va="center")
                ax.axis("off")
                return ax

        return draw

    return decorate


def new(size: str, height: float):
    """New Axes of a size by name, ``height`` inches high (a slide has its own), in the one style."""
    width = WIDTHS[size]
    figure, ax = plt.subplots(figsize=(width, width * 9 / 16 if size == "slide" else height), layout="constrained")
    return ax


def colour(tie: str) -> str:
    """The colour of a tie's provider: Russia, China, both, or other."""
    providers = [p for p in tie.split("-") if p in ("RUS", "CHN")]
    return COLOURS.get("-".join(providers), COLOURS["other"])


def tie_name(tie: str) -> str:
    """``RUS-CUB`` → ``Russia and Cuba``, as a label."""
    names = [NAMES.get(part, part) for part in tie.split("-")]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def url(evidence: str) -> str:
    """The link of a mark: its evidence ids; None without evidence (a legend)."""
    return f"#{evidence}" if evidence else None


def _face(tie_colour: str, firmness: str):
    """(face, edge, line style) for how firmly a thing is said."""
    if firmness == "CT+":
        return tie_colour, tie_colour, "-"
    if firmness == "PR+":
        return PAPER, tie_colour, (0, (2.5, 1.2))
    if firmness in ("PS+", *NEGATIVE):
        return PAPER, tie_colour, "-"
    return PAPER, SOFT, (0, (0.8, 1))


def _days(value) -> float:
    return date2num(pd.Timestamp(value))


def draw_date(ax, y: float, row, left: float, tie_colour: str, height: float = 0.56):
    """One event's date on row ``y``: a dot, a bar, a capped line, an arrow; see ``date_key``.

    ``row`` has start, end, form, circa, firmness, evidence; ``left`` is where an open start ends.
    """
    face, edge, dash = _face(tie_colour, row.firmness)
    link = url(row.evidence)
    low = _days(row.start) if row.start else max(left, _days(row.end) - 120)
    high = _days(row.end) + 1 if row.end else low + 120
    drawn = dict(edgecolor=edge, linewidth=1, linestyle=dash, zorder=3)
    if row.start and row.end and row.start == row.end:
        mark = ax.scatter([low + 0.5], [y], s=26, facecolor=face, **drawn)
        mark.set_urls([link])
    elif not row.start or not row.end:  # an arrow toward the open side
        ax.hlines(y, low, high, color=edge, linewidth=1.2, linestyle=dash).set_urls([link])
        tip, end = ("<", low) if not row.start else (">", high)
        ax.scatter([end], [y], marker=tip, s=16, facecolor=face, **drawn).set_urls([link])
        stop = high if not row.start else low
        ax.vlines(stop, y - 0.25, y + 0.25, color=edge, linewidth=1.2).set_urls([link])
    elif row.form == "within":  # one day somewhere in here
        ax.hlines(y, low, high, color=edge, linewidth=1.6, linestyle=dash).set_urls([link])
        ends = ax.vlines([low, high], y - 0.25, y + 0.25, color=edge, linewidth=1.6)
        ends.set_urls([link, link])
    elif row.circa:  # the ends fade
        steps, width = 12, (high - low) / 12
        shades = [to_rgba(tie_colour, 1 - abs(2 * (i + 0.5) / steps - 1)) for i in range(steps)]
        lefts = [low + i * width for i in range(steps)]
        for patch in ax.barh([y] * steps, width, height, left=lefts, color=shades, zorder=3):
            patch.set_url(link)
    else:
        bar = ax.barh([y], high - low, height, left=[low], facecolor=face, **drawn)
        bar[0].set_url(link)
    if row.firmness in NEGATIVE:
        middle = (low + high) / 2
        ax.scatter([middle], [y], marker="x", s=34, color=INK, linewidth=1.3, zorder=4).set_urls([link])


def _two_speeds(ax, first: float, knee: float, last: float, share: float = 0.2):
    """Time before ``knee`` takes ``share`` of the width, so that the crowded years have room."""
    slow, fast = share / max(knee - first, 1), (1 - share) / max(last - knee, 1)

    def forward(x):
        return (x - knee) * np.where(x < knee, slow, fast)

    def inverse(x):
        return x / np.where(x < 0, slow, fast) + knee

    ax.set_xscale("function", functions=(forward, inverse))
    ax.set_xlim(first, last)


def _time_axis(ax, low: date, high: date, knee: date | None):
    first, last = _days(date(low.year, 1, 1)), _days(high) + 20
    crowded = knee.year if knee else low.year
    if knee and knee.year > low.year:
        _two_speeds(ax, first, _days(knee), last)
        ax.axvline(_days(knee), color=SOFT, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0)
    else:
        ax.set_xlim(first, last)
    place = ax.transScale.transform
    begin, width = place((first, 0))[0], place((last, 0))[0] - place((first, 0))[0]
    years = [date(y, 1, 1) for y in range(high.year, low.year - 1, -1)]
    ticks, taken = [], []  # years first, latest first, then the Julys that find room
    for t in [*years, *(y.replace(month=7) for y in years if y.year >= crowded)]:
        at = (place((_days(t), 0))[0] - begin) / width
        if _days(t) < last - 20 and all(abs(at - other) > 0.085 for other in taken):
            ticks.append(t)
            taken.append(at)
    text = [f"{t.year}" if t.month == 1 else "Jul" for t in ticks]
    ax.set_xticks([_days(t) for t in ticks], text, fontsize=LABEL)
    ax.xaxis.set_ticks_position("top")
    ax.spines["bottom"].set_visible(False)
    ax.grid(axis="x", color=FAINT, linewidth=0.5)
    ax.set_axisbelow(True)


@styled("full")
def lanes(frame: pd.DataFrame, publications: pd.DataFrame, ax=None, size="full"):
    """Events by tie and date, the texts' publication on top, undated events on a shelf at right.

    ``frame`` is ``timelines.lanes``, ``publications`` ``timelines.publication``. Without ``ax`` a
    key stands below.
    """
    dated = frame[frame["precision"].ne("no date")]
    ties = frame["dyad"].drop_duplicates().tolist()
    rows = len(publications) + 1.6 + sum(1.6 + max(1, dated["dyad"].eq(t).sum()) for t in ties)
    if ax is None:
        figure = plt.figure(figsize=(7.2, 1.1 + 0.139 * (rows + 5)), layout="constrained")
        above, below = figure.subfigures(2, height_ratios=[rows + 2, 5])
        ax = above.subplots()
        date_key(below.subplots())
    bounds = [d for d in [*dated["start"], *dated["end"], *publications["end"]] if d]
    starts = sorted(d for d in dated["end"] if d)
    knee = date(starts[len(starts) // 6].year, 1, 1) if starts else None
    _time_axis(ax, min(bounds), max(bounds), knee)
    left, beside = ax.get_xlim()[0], ax.get_yaxis_transform()
    y = 0.0
    _lane_head(ax, y, "Texts published", INK)
    for text in publications.itertuples():
        y += 1
        label = ax.text(-0.045, y, text.label, transform=beside, ha="right", va="center", fontsize=LABEL)
        label.set_url(url(text.evidence))
        width = max(_days(text.end) - _days(text.start) + 1, 6)
        ax.barh([y], width, 0.5, left=[_days(text.start)], color=INK)[0].set_url(url(text.evidence))
    for tie in ties:
        y += 1.6
        own, shelf = (
            dated[dated["dyad"].eq(tie)],
            frame[frame["dyad"].eq(tie) & frame["precision"].eq("no date")],
        )
        _lane_head(ax, y, tie_name(tie), colour(tie))
        top = y + 1
        for row in own.itertuples():
            y += 1
            label = ax.text(-0.045, y, row.label, transform=beside, ha="right", va="center", fontsize=LABEL)
            label.set_url(url(row.evidence))
            _glyph(ax, -0.02, y, row, colour(tie), beside)
            draw_date(ax, y, row, left, colour(tie))
        y = max(y, top)
        _shelf(ax, shelf, top, y, colour(tie), beside)
    ax.text(1.02, 0, "Without a date", transform=beside, fontsize=LABEL, color=SOFT, va="center")
    ax.set_ylim(y + 0.8, -0.7)
    ax.set_yticks([])
    return ax


def _lane_head(ax, y, text, tint):
    beside = ax.get_yaxis_transform()
    ax.text(-0.012, y, text, transform=beside, ha="right", va="center", weight="bold", color=tint)
    ax.axhline(y + 0.5, color=FAINT, linewidth=0.6, zorder=0)


def _glyph(ax, x, y, row, tint, transform):
    """The basis as a glyph, filled by how firmly it is stated."""
    face, edge, _ = _face(tint, row.firmness)
    face = to_rgba(tint, 0.35) if row.firmness == "PR+" else face
    mark = ax.scatter(
        [x], [y], marker=GLYPHS[row.basis], s=17, facecolor=face, edgecolor=edge,
        linewidth=0.9, transform=transform, clip_on=False, zorder=3,
    )  # fmt: skip
    mark.set_urls([url(row.evidence)])
    if row.firmness in NEGATIVE:
        cross = ax.scatter(
            [x], [y], marker="x", s=34, color=INK, linewidth=1, transform=transform, clip_on=False, zorder=4
        )
        cross.set_urls([url(row.evidence)])


def _shelf(ax, shelf, top, bottom, tint, transform):
    """Undated events of a lane: a glyph each, in rows, and their count."""
    if shelf.empty:
        return
    rows = int(bottom - top) + 1
    wide = 0.012 + 0.026 * -(-len(shelf) // rows)
    box = plt.Rectangle((1.018, top - 0.5), wide, rows, transform=transform, color="#f3f3f3", clip_on=False, zorder=0)
    ax.add_artist(box)
    for i, row in enumerate(shelf.itertuples()):
        _glyph(ax, 1.03 + 0.026 * (i // rows), top + i % rows, row, tint, transform)
    ax.text(1.02, top - 1, f"{len(shelf)}", transform=transform, va="center", color=tint, weight="bold")


_KEY = (  # label, start, end, form, circa, firmness
    ("one day", "2026-01-10", "2026-01-10", "day", False, "CT+"),
    ("month, year or lasting", "2026-01-01", "2026-01-20", "month", False, "CT+"),
    ("a day within", "2026-01-01", "2026-01-20", "within", False, "CT+"),
    ("by then", None, "2026-01-20", "within", False, "CT+"),
    ("about then", "2026-01-01", "2026-01-20", "month", True, "CT+"),
    ("as likely or planned", "2026-01-01", "2026-01-20", "month", False, "PR+"),
    ("as possible", "2026-01-01", "2026-01-20", "month", False, "PS+"),
    ("as not so", "2026-01-01", "2026-01-20", "month", False, "CT-"),
)
_BASES = ("named source", "document", "own interview", "unnamed source", "inference", "no source given")


def date_key(ax):
    """The legend of ``lanes``: each way to draw a date, each glyph of a basis."""
    column = 100  # days between examples
    origin = pd.Timestamp("2026-01-01")
    for i, (label, start, end, form, circa, firm) in enumerate(_KEY):
        shift = pd.Timedelta(days=column * (i % 4))
        bounds = [pd.Timestamp(v) + shift if v else None for v in (start, end)]
        row = pd.Series(dict(start=bounds[0], end=bounds[1], form=form, circa=circa, firmness=firm, evidence=""))
        y, x = i // 4, date2num(origin + shift)
        draw_date(ax, y, row, x, SOFT)
        ax.text(x + 27, y, label, va="center", fontsize=LABEL, color=SOFT)
    order = ("named", "document", "own_interview", "unnamed", "inference", "none_given")
    for i, (basis, label) in enumerate(zip(order, _BASES, strict=True)):
        x, y = date2num(origin) + 10 + column * (4 / 3) * (i % 3), 2.2 + i // 3
        ax.scatter([x], [y], marker=GLYPHS[basis], s=17, color=SOFT)
        ax.text(
            x + 17,
            y,
            f"on {label}" if "source" not in label else label,
            va="center",
            fontsize=LABEL,
            color=SOFT,
        )
    ax.set_xlim(date2num(origin) - 3, date2num(origin) + 4 * column)
    ax.set_ylim(3.7, -0.6)
    ax.axis("off")


def _on(shade: str) -> str:
    """Ink or paper, whichever reads better on a shade."""
    r, g, b, _ = to_rgba(shade)
    return PAPER if 0.299 * r + 0.587 * g + 0.114 * b < 0.55 else INK


@styled("column", "full", "slide")
def stacks(frame: pd.DataFrame, row: str, part: str, order, ax=None, size="full", names=None, ranked=True):
    """Counts as stacked bars: one bar a ``row``, one segment a ``part``, each with its number.

    ``frame`` has the columns ``row``, ``part``, n, evidence; segments stand in ``order``.
    ``names`` maps row values to labels. The last of ``order`` is grey; the others run from dark to light, or,
    where they are not ``ranked``, differ in hue.
    """
    palette = "YlGnBu_r" if ranked else "colorblind"
    tint = dict(zip(order, [*sns.color_palette(palette, len(order) - 1).as_hex(), REST], strict=True))
    order = [p for p in order if p in set(frame[part].astype(str))]
    narrow = size == "column"
    room = 36 if narrow else 90  # letters of a legend line, a swatch counted as five
    wide = max(1, min(len(order), len(order) * room // sum(len(p) + 5 for p in order)))
    total = frame.groupby(row, observed=True)["n"].sum().sort_values(kind="stable")
    keys = total.index.tolist()
    labels = [_wrap((names or {}).get(k, str(k).replace("_", " ")), 17 if narrow else 40) for k in keys]
    lines = 1 + max(label.count("\n") for label in labels)
    above = 0.17 * -(-len(order) // wide) + (1.25 if narrow else 0.85)
    ax = ax or new(size, above + max(0.26, 0.06 + 0.13 * lines) * len(keys))
    widest = total.max()
    for y, key in enumerate(keys):
        left = 0
        for p in order:
            for cell in frame[frame[row].eq(key) & frame[part].astype(str).eq(p)].itertuples():
                bar = ax.barh([y], cell.n, 0.74, left=[left], color=tint[p], edgecolor=PAPER, linewidth=0.6)
                bar[0].set_url(url(cell.evidence))
                if cell.n >= widest * (0.05 if narrow else 0.0155) * len(str(cell.n)):
                    text = ax.text(left + cell.n / 2, y, f"{cell.n}", ha="center", va="center",
                                   fontsize=LABEL, color=_on(tint[p]))  # fmt: skip
                    text.set_url(url(cell.evidence))
                left += cell.n
        ax.text(left + widest * 0.008, y, f"{left}", va="center", weight="bold", fontsize=LABEL)
    shown = [p for column in range(wide) for p in order[column::wide]]  # a legend fills by column
    handles = [plt.Rectangle((0, 0), 1, 1, color=tint[p]) for p in shown]
    ax.legend(
        handles, shown, loc="lower left", bbox_to_anchor=(0, 1), ncols=wide, frameon=False,
        fontsize=LABEL, handlelength=1, handleheight=1, columnspacing=1.2, borderaxespad=0.2,
    )  # fmt: skip
    ax.set_yticks(range(len(keys)), labels, fontsize=LABEL if narrow else None)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlim(0, widest * 1.06)
    return ax


@styled("full")
def story(frame: pd.DataFrame, publications: pd.DataFrame, ax=None, size="full"):
    """What each text says and how firmly, by publication: a column a text, a row an event.

    ``frame`` is ``timelines.story`` or ``aid.arms``; a text without a mark says nothing of it.
    """
    from tielines.tables import codes

    columns = publications["article_id"].tolist()
    events = frame.drop_duplicates("event_id")
    cells = frame.groupby(["event_id", "article_id"]).size().groupby("event_id").max()  # lines of a row
    ax = ax or new(size, 1.75 + 0.4 * cells.sum())
    firmly, based = codes("claims", "factuality"), codes("claims", "basis")
    beside, y = ax.get_yaxis_transform(), 0.0
    for event in events.itertuples():
        high = cells[event.event_id]
        label = ax.text(-0.01, y + high / 2, _wrap(event.label, 30), transform=beside, ha="right",
                        va="center", fontsize=LABEL)  # fmt: skip
        label.set_url(url(event.evidence))
        for x, article in enumerate(columns):
            own = frame[frame["event_id"].eq(event.event_id) & frame["article_id"].eq(article)]
            for i, row in enumerate(own.itertuples()):
                at = y + high / 2 + i - (len(own) - 1) / 2
                mark = pd.Series({"firmness": row.factuality, "basis": row.basis, "evidence": row.evidence})
                _glyph(ax, x - 0.4, at, mark, colour(row.dyad), ax.transData)
                said = f"{row.stage.replace('_', ' ')}\n{firmly[row.factuality]}\n{based[row.basis]}"
                text = ax.text(x - 0.33, at, said, va="center", fontsize=LABEL - 0.5, linespacing=1.05)
                text.set_url(url(row.evidence))
        y += high
        ax.axhline(y, color=FAINT, linewidth=0.6)
    ax.axhline(0, color=FAINT, linewidth=0.6)
    for x, row in enumerate(publications.itertuples()):
        silent = row.article_id not in set(frame["article_id"])
        ax.text(x - 0.42, -0.12, f"{_wrap(row.label, 16)}\n{_when(row.start, row.end)}{NOTHING if silent else ''}", va="bottom",
                fontsize=LABEL, weight="bold", color=SOFT if silent else INK)  # fmt: skip
    ax.set_xlim(-0.45, len(columns) - 0.4)
    ax.set_ylim(y, 0)
    ax.axis("off")
    return ax


def _when(start: date, end: date) -> str:
    """A publication's bounds as a short label."""
    if (start.year, start.month) != (end.year, end.month):
        return f"{start:%b %Y} –\n{end:%b %Y}"
    days = f"{start.day}" if start == end else f"{start.day}–{end.day}"
    return f"{days} {start:%b %Y}"


def _wrap(text: str, width: int) -> str:
    return textwrap.fill(text, width)


@styled("full")
def reach(frame: pd.DataFrame, publications: pd.DataFrame, ax=None, size="full"):
    """Each text: its publication range as a bar, over the dated events that it tells as lines.

    ``frame`` is ``overview.reach``.
    """
    ax = ax or new(size, 0.9 + 0.5 * len(publications))
    ends = [d for d in [*frame["end"], *publications["end"]] if d]
    starts = [d for d in frame["start"] if d]
    by_end = sorted(frame["end"])
    knee = date(by_end[len(by_end) // 5].year, 1, 1) if by_end else None
    _time_axis(ax, min([*starts, *ends]), max(ends), knee)
    beside = ax.get_yaxis_transform()
    for y, text in enumerate(publications.itertuples()):
        own = frame[frame["article_id"].eq(text.article_id)].reset_index(drop=True)
        ax.text(-0.01, y, text.label, transform=beside, ha="right", va="center", fontsize=8).set_url(url(text.evidence))
        ax.text(1.01, y, f"{len(own)}", transform=beside, va="center", weight="bold", fontsize=8)
        for i, row in enumerate(own.itertuples()):
            at, end = y - 0.36 + 0.5 * i / max(len(own) - 1, 1), _days(row.end) + 1
            low = _days(row.start) if row.start else end - 40
            line = ax.hlines(at, low, max(end, low + 8), color=COLOURS["other"], linewidth=1.1)
            line.set_urls([url(row.evidence)])
            if not row.start:  # by then: no start to draw
                tip = ax.scatter([low], [at], marker="<", s=5, color=COLOURS["other"])
                tip.set_urls([url(row.evidence)])
        width = max(_days(text.end) - _days(text.start) + 1, 8)
        bar = ax.barh([y + 0.28], width, 0.16, left=[_days(text.start)], color=INK)
        bar[0].set_url(url(text.evidence))
    ax.text(1.01, -0.75, "dated\nevents", transform=beside, va="bottom", fontsize=LABEL, color=SOFT)
    ax.set_ylim(len(publications) - 0.45, -0.6)
    ax.set_yticks([])
    return ax


@styled("full")
def grid(
    frame: pd.DataFrame,
    publications: pd.DataFrame,
    row: str,
    part: str,
    note: str,
    ax=None,
    size="full",
    ranked=True,
):
    """Counts by text: a row a value of ``row``, a column a text, a bar with its number a cell.

    ``frame`` has article_id, ``row``, n, evidence, and ``part``: how much of n is drawn dark, as
    ``note`` says. Rows stand in the order of their totals, or of the frame where not ``ranked``.
    """
    columns = publications["article_id"].tolist()
    totals = frame.groupby(row, observed=True, sort=ranked)["n"].sum()
    rows = (totals.sort_values(ascending=False, kind="stable") if ranked else totals).index.tolist()
    ax = ax or new(size, 1.2 + 0.24 * len(rows))
    unit = 0.56 / max(frame["n"].max(), 4)
    for cell in frame.itertuples():
        x, y, name = columns.index(cell.article_id), rows.index(getattr(cell, row)), str(getattr(cell, row))
        tint = COLOURS.get(next((k for k in ("RUS", "CHN") if name.startswith(NAMES[k])), "other"))
        for n, shade in ((cell.n, to_rgba(tint, 0.35)), (getattr(cell, part), tint)):
            ax.barh([y], unit * n, 0.7, left=[x - 0.28], color=shade)[0].set_url(url(cell.evidence))
        text = ax.text(x - 0.31, y, f"{cell.n}", ha="right", va="center", fontsize=LABEL)
        text.set_url(url(cell.evidence))
    for x, text in enumerate(publications.itertuples()):
        ax.text(x - 0.42, -0.8, _wrap(text.label, 14), va="bottom", fontsize=LABEL, weight="bold")
    ax.text(-0.01, -0.8, note, transform=ax.get_yaxis_transform(), ha="right", va="bottom", fontsize=LABEL,
            color=SOFT)  # fmt: skip
    for y in range(len(rows) + 1):
        ax.axhline(y - 0.5, color=FAINT, linewidth=0.5, zorder=0)
    ax.set_xlim(-0.5, len(columns) - 0.35)
    ax.set_ylim(len(rows) - 0.4, -2.9)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    return ax


NOTHING = "\nsays nothing of it"
SHAPES = "o^sDvPX*"  # a text each, in order of publication
SCALE = ("worth denied", "limits", "both sides", "positive", "strong")


@styled("full")
def dots(frame: pd.DataFrame, publications: pd.DataFrame, row: str, ax=None, size="full", between=None):
    """Stances as dots on the scale of strength: a block a tie, a row a value of ``row``, n at right.

    ``frame`` is ``narratives.stances`` with a column ``row``. Shape is the text; filled the author's own
    voice, hollow a voice that the text passes on. A bar is the median, where n allows one. The legend lists
    the texts by publication and, among them, ``between``, what ``narratives.between`` finds.
    """
    shapes = dict(zip(publications["article_id"], SHAPES, strict=False))
    blocks = [(tie, own) for tie, own in frame.groupby("dyad", sort=False)]
    ax = ax or new(size, 1.3 + sum(0.3 + 0.21 * own[row].nunique() for _, own in blocks))
    beside, y = ax.get_yaxis_transform(), 0.0
    for tie, own in blocks:
        _lane_head(ax, y, tie_name(tie), colour(tie))
        for label, cell in own.groupby(row, sort=False, observed=True):
            y += 1
            name = ax.text(
                -0.012,
                y,
                str(label).replace("_", " "),
                transform=beside,
                ha="right",
                va="center",
                fontsize=LABEL,
            )
            name.set_url(url(";".join(cell["evidence"])))
            ax.text(1.01, y, f"{len(cell)}", transform=beside, va="center", fontsize=LABEL)
            if len(cell) >= MIN_MEDIAN:
                ax.vlines(cell["strength"].median(), y - 0.42, y + 0.42, color=INK, linewidth=1.4, zorder=1)
            for strength, same in cell.groupby("strength"):
                for i, dot in enumerate(same.itertuples()):
                    x = strength + (i - (len(same) - 1) / 2) * min(0.14, 0.8 / len(same))
                    mark = ax.scatter([x], [y], marker=shapes[dot.article_id], s=24, edgecolor=colour(tie),
                                      facecolor=PAPER if dot.quoted else colour(tie), linewidth=1, zorder=3)  # fmt: skip
                    mark.set_urls([url(dot.evidence)])
        y += 1.5
    for x, said in enumerate(SCALE, -2):
        ax.text(
            x,
            -0.9,
            f"{x:+d}\n{said}".replace("+0", "0"),
            ha="center",
            va="bottom",
            fontsize=LABEL,
            color=SOFT,
        )
        ax.axvline(x, color=FAINT, linewidth=0.6, zorder=0)
    ax.text(1.01, -0.9, "n", transform=beside, va="bottom", fontsize=LABEL, color=SOFT)
    line = plt.Line2D
    keys = [
        (t.end, t.label, line([], [], marker=shapes[t.article_id], color=SOFT, linestyle=""))
        for t in publications.itertuples()
    ]
    for event in [] if between is None else between.itertuples():
        keys.append(
            (event.start, _wrap(f"between: {event.label}, {event.start:%b %Y}", 30), line([], [], linestyle=""))
        )
    keys = sorted(keys, key=lambda key: key[0])
    keys.append(
        (None, "hollow: a voice passed on", line([], [], marker="o", color=SOFT, markerfacecolor=PAPER, linestyle=""))
    )
    ax.legend([k[2] for k in keys], [k[1] for k in keys], loc="upper left", ncols=3, frameon=False,
              bbox_to_anchor=(-0.33, 0), fontsize=LABEL, handletextpad=0.2)  # fmt: skip
    ax.set_xlim(-2.5, 2.5)
    ax.set_ylim(y - 0.7, -0.6)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    return ax


@styled("column", "full", "slide")
def intervals(frame: pd.DataFrame, ax=None, size="full"):
    """Krippendorff's alpha with its interval, a row a variable: ``narratives.reliability``."""
    ax = ax or new(size, 1.3 + 0.19 * len(frame))
    for y, row in enumerate(frame.itertuples()):
        link = url(row.evidence)
        known = row.alpha == row.alpha
        if known:
            ax.hlines(y, row.low, row.high, color=SOFT, linewidth=2).set_urls([link])
            ax.scatter([row.alpha], [y], s=22, color=INK, zorder=3).set_urls([link])
        said = f"{row.alpha:.2f}" if known else "one value"
        ax.text(1.04, y, said, va="center", fontsize=LABEL).set_url(link)
    for limit, said in ((0.667, "tentative"), (0.8, "reliable")):
        ax.axvline(limit, color=FAINT, linewidth=0.8, zorder=0)
        ax.text(limit + 0.004, len(frame) - 0.55, said, fontsize=LABEL - 0.5, color=SOFT, rotation=90, va="bottom")
    labels = [f"{r.table}: {r.variable.replace('_', ' ')} ({r.n:,})" for r in frame.itertuples()]
    ax.set_yticks(range(len(frame)), labels, fontsize=LABEL)
    ax.set_ylim(len(frame) - 0.5, -0.8)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(min(0.0, frame["low"].min()), 1.2)
    ax.set_xticks([x / 10 for x in range(0, 11, 2)])
    ax.set_xlabel("Krippendorff's alpha", fontsize=LABEL)
    ax.tick_params(axis="x", labelsize=LABEL)
    return ax


@styled("full", "slide")
def card(frame: pd.DataFrame, ax=None, size="full"):
    """One claim, field by field: ``overview.card`` as a typeset card."""
    ax = ax or new(size, 0.5 + 0.3 * len(frame))
    for y, row in enumerate(frame.itertuples()):
        ax.text(0, y, row.field, color=SOFT, va="center")
        ax.text(0.15, y, _wrap(row.value, 62), weight="bold", va="center").set_url(url(row.evidence))
        ax.text(0.72, y, _wrap(row.meaning, 38), color=SOFT, va="center", fontsize=LABEL)
        ax.axhline(y - 0.5, color=FAINT, linewidth=0.6)
    ax.set_ylim(len(frame) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.axis("off")
    return ax


@styled("column", "full", "slide")
def bars(frame: pd.DataFrame, ax=None, size="full"):
    """Amounts of one unit as bars, a row a flow; hatched where no total may hold it, named where unknown.

    ``frame`` has label, dyad, floor, ceiling, unit, said (how the text puts it), in_total, evidence.
    """
    narrow = size == "column"
    ax = ax or new(size, 1.1 + (0.62 if narrow else 0.42) * len(frame))
    widest = frame["ceiling"].max() if frame["ceiling"].notna().any() else 1
    for y, row in enumerate(frame.itertuples()):
        tint, link = colour(row.dyad), url(row.evidence)
        at = y + 0.18 if narrow else y
        if row.ceiling == row.ceiling:
            look = {"color": tint} if row.in_total else {"facecolor": PAPER, "edgecolor": tint, "hatch": "////"}
            ax.barh([at], row.ceiling, 0.36 if narrow else 0.6, **look)[0].set_url(link)
        end = row.ceiling if row.ceiling == row.ceiling else 0
        said = ax.text(end + widest * 0.015, at, row.said, va="center", fontsize=LABEL)
        said.set_url(link)
        place = dict(x=0, y=y - 0.24, ha="left") if narrow else dict(x=-widest * 0.015, y=y, ha="right")
        label = ax.text(s=row.label if narrow else _wrap(row.label, 34), va="center", fontsize=LABEL, **place)
        label.set_url(link)
    ax.set_xlim(0, widest * (1.75 if narrow else 1.5))
    ax.set_ylim(len(frame) - 0.5, -0.5)
    ax.axis("off")
    return ax
