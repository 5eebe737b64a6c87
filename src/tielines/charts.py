"""Kinds of chart: frame in, Axes out; one style for all. Nothing is computed or read here.

Colour is the provider, and nothing else; dark is a refusal; fill is how firmly a thing is said, a letter the source,
a bar the range of a date. Each drawn datum and its label is a *mark*: its url is ``#`` and its evidence ids.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from math import inf

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.dates import date2num, num2date
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

__all__ = (
    "TooTall amounts at_most balance bars colour diverging dots empty ems fit grid heat lanes lines mark path plot ranges sheet style tint"
).split()


def __dir__():
    return __all__


INK, SOFT, FAINT, PAPER, BAND = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff", "#f4f4f4"
REFUSAL, UNLIKELY = "#33302e", "#6b6560"  # said not to be so; said to be unlikely
COLOURS = {"RUS": "#0b63a5", "CHN": "#c2410c", "RUS-CHN": "#7a3e8e"}
SMALL = 6.3  # points: notes and second lines; nothing is set smaller than 6
LINE = 0.112  # inches that a line of small type takes
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": FAINT,
    "axes.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "figure.dpi": 100,
    "svg.fonttype": "path",
    "svg.hashsalt": "tielines",
}
WIDTHS = {"column": 3.5, "full": 7.2, "slide": 7.2}  # inches; a slide is 16:9, its type twice as large on a screen
# A tone is how a text stands to a thing: (share of the provider's colour, line style of the border).
TONES = {"stated": (0.32, "-"), "probably": (0.16, "-"), "possibly": (0.1, "-"), "quoted": (0.0, (0, (2.5, 1.5)))}
TONES |= {"open": (0.0, (0, (1, 1.5))), "both": (0.32, "-")}
HIGHEST = ContextVar("highest", default=inf)  # how high a sheet may be
REFUSED = {"denied": REFUSAL, "not_likely": UNLIKELY}


@contextmanager
def style():
    """The one style, for the time of drawing."""
    with plt.rc_context(STYLE):
        yield


class TooTall(Exception):
    """A sheet that would be higher than there is room; holds its height in inches."""


@contextmanager
def at_most(inches: float):
    """A sheet that would be higher raises TooTall before anything is drawn on it."""
    before = HIGHEST.set(inches)
    try:
        yield
    finally:
        HIGHEST.reset(before)


def sheet(size: str, height: float):
    """Axes that fill a figure, in inches from the top left: for what is set like a table."""
    if height > HIGHEST.get():
        raise TooTall(height)
    figure = plt.figure(figsize=(WIDTHS[size], height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, WIDTHS[size])
    ax.set_ylim(height, 0)
    ax.axis("off")
    return ax


def plot(size: str, height: float, panels: list[list] | int = 1, below: float = 0.0):
    """Axes of a size by name, ``height`` inches high and ``below`` for a legend; panels (rows of them) share their axes and stand below
    each other in a column."""
    rows, across = (1, panels) if isinstance(panels, int) else (len(panels), len(panels[0]))
    if size == "column":
        rows, across = rows * across, 1
    shape = (WIDTHS[size], height * rows + below)
    _, axes = plt.subplots(rows, across, figsize=shape, layout="constrained", sharex=True, sharey=True, squeeze=False)
    return axes.flat[0] if panels == 1 else axes.flat


@style()
def empty(size: str = "full"):
    """What stands where the filters leave nothing to draw."""
    ax, said = sheet(size, 0.8), fit("The texts, so narrowed, say nothing of this.", WIDTHS[size], 9)
    ax.text(0.1, 0.4, said, color=SOFT, va="center", fontsize=9)
    return ax


def mark(artist, evidence):
    """Make an artist a mark: its url, or that of each of its parts, is ``#`` and the evidence."""
    if hasattr(artist, "set_urls"):
        artist.set_urls([f"#{e}" for e in ([evidence] if isinstance(evidence, str) else evidence)])
    else:
        artist.set_url(f"#{evidence}")
    return artist


def _bar(ax, left, y, width, height, evidence, **look):
    """A bar about a height that is a mark; axes whose limits are set need not be told of it."""
    return mark(ax.add_artist(plt.Rectangle((left, y - height / 2), width, height, **look)), evidence)


class _Marks:
    """Lines and points gathered, then drawn at once: one collection of lines, one a kind of point; each part is a mark."""

    def __init__(self):
        self.kinds = {}

    def line(self, x, y, evidence, **look):
        """A line through ``x`` and ``y``, two of each."""
        self.kinds.setdefault((None, 2), []).append({"at": [*zip(x, y, strict=True)], "evidence": evidence} | look)

    def point(self, x, y, evidence, marker="o", zorder=1, **look):
        """A point; ``s`` is its area."""
        self.kinds.setdefault((marker, zorder), []).append({"at": (x, y), "evidence": evidence} | look)

    def draw(self, ax):
        for (marker, zorder), rows in self.kinds.items():
            look = {name: [row[name] for row in rows] for name in rows[0]}
            at, evidence = look.pop("at"), look.pop("evidence")
            if marker is None:
                drawn = ax.add_artist(LineCollection(at, zorder=zorder, **look))
            else:
                drawn = ax.scatter(*zip(*at, strict=True), marker=marker, zorder=zorder, **look)
            mark(drawn, evidence)


def _note(ax, x, y, said, ha="center", va="bottom", size=SMALL, color=SOFT, **look):
    """Small words beside what is drawn."""
    return ax.text(x, y, said, ha=ha, va=va, fontsize=size, color=color, **look)


def _with(frame, **missing):
    """A frame with the columns that it may leave out."""
    return frame.assign(**{c: value for c, value in missing.items() if c not in frame})


def _rows(ax, labels, **limits):
    """Rows named at the left, the first on top, without an axis across."""
    ax.set(ylim=(len(labels) - 0.4, -0.6), xticks=[], xlabel="", ylabel="", **limits)
    ax.set_yticks(range(len(labels)), labels)
    ax.spines["bottom"].set_visible(False)


def _legend(ax, size, looks: dict, across=3):
    """What each look means, under all panels."""
    where = {"loc": "outside lower left", "ncols": 1 if size == "column" else across}
    ax.figure.legend([*looks.values()], [*looks], **where)


def colour(provider: str) -> str:
    """The colour of a provider, or of the providers in a tie: Russia, China, both, or none of them."""
    named = "-".join(p for p in str(provider).split("-") if p in COLOURS)
    return COLOURS.get(named, SOFT)


def tint(provider: str, share: float) -> tuple:
    """A provider's colour, thinned with paper: 1 is the colour itself."""
    return tuple(share * c + 1 - share for c in to_rgb(colour(provider)))


@lru_cache(maxsize=4096)
def ems(text: str, bold: bool) -> float:
    """How wide a text is, in ems."""
    font = FontProperties(family=STYLE["font.family"], weight="bold" if bold else "normal", size=100)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] / 100


def fit(text: str, inches: float, points: float = 7, bold: bool = False) -> str:
    """Text broken into lines that fit a width, by the widths of its letters."""
    room, rows, used = 0.93 * inches * 72 / points, [], 0.0  # letters on a screen are a little wider
    for word in str(text).split(" "):
        wide = ems(word, bold)
        if rows and used + 0.32 + wide <= room:
            rows[-1] += f" {word}"
            used += 0.35 + wide
        else:
            rows.append(word)
            used = wide
    return "\n".join(rows)


def lines(text: str) -> int:
    """How many lines a text has; none where it is empty."""
    return str(text).count("\n") + 1 if text else 0


def _deep(text: str) -> float:
    """The inches that small lines take; many of them are set a little wider on a screen."""
    n = lines(text)
    return n * (LINE if n < 5 else LINE + 0.008)


def _table(frame, size, label, heads=(), inner=0.2, top=0.0, foot=(), bottom=0.0, points=7):
    """A sheet set like a table: heads over equal columns, a heading a group, a labelled line a row.

    ``frame`` has group, row, provider; aside (a second line) and row_evidence (the label is a mark) where it likes. ``inner``: inches
    that a row's marks take, or a Series of them by group and row. At the width of a column a label stands above its marks.
    Returns Axes, {(group, row): (top, height) of its marks}, the left edge and width of the columns, and where the last row ends.
    """
    width, stacked = WIDTHS[size], size == "column"
    rows = _with(frame, aside="", row_evidence="")[["group", "row", "provider", "aside", "row_evidence"]]
    rows = rows.drop_duplicates(["group", "row"]).fillna({"aside": "", "row_evidence": ""})
    left = 0.02 if stacked else label
    each, room = (width - left - 0.05) / max(len(heads), 1), (width - 0.1 if stacked else label - 0.15)
    line = 0.118 if points == 7 else LINE - 0.01
    heads, foot = list(heads), "\n".join(fit(f, width - 0.1, SMALL) for f in foot)
    widest = max((ems(w, True) for h in heads for w in h.split()), default=0) / 72
    bold = 7 if 7 * widest < each else SMALL
    steep = bold * widest > each
    heads = heads if steep else [fit(h, each - 0.02, bold, bold=True) for h in heads]
    top += (0.064 * max(map(len, heads)) if steep else 0.13 * max(map(lines, heads))) + 0.08 if heads else 0.0
    labels = [fit(r, room, points) for r in rows["row"]]
    asides, gap = [fit(a, room, SMALL) for a in rows["aside"]], 0.07 if points == 7 else 0.035
    told = [line * lines(t) + LINE * lines(a) + gap for t, a in zip(labels, asides, strict=True)]
    if not isinstance(inner, float):
        inner = inner.reindex(pd.MultiIndex.from_frame(rows[["group", "row"]])).fillna(0.2).to_numpy()
    tall = inner + np.array(told) if stacked else np.maximum(inner, told)
    new = rows["group"].ne(rows["group"].shift()) & rows["group"].ne("")
    titles = [fit(g, width - 0.05, bold=True) if n else "" for g, n in zip(rows["group"], new, strict=True)]
    over = [0.24 + 0.118 * (lines(title) - 1) if title else 0.0 for title in titles]
    total = top + sum(tall) + sum(over) + LINE * lines(foot) + bottom + 0.08
    ax, y, place, rules = sheet(size, total), top, {}, {FAINT: [], BAND: []}
    for i, text in enumerate(heads):
        ax.text(left + (i + 0.5) * each, top - 0.06, text, ha="center", va="bottom", weight="bold", color=SOFT,
                rotation=90 if steep else 0)  # fmt: skip
    parts = zip(rows.itertuples(), titles, over, labels, asides, tall, told, strict=True)
    for row, title, down, text, aside, height, above in parts:
        y += down
        if title:
            ax.text(0.02, y - 0.04, title, weight="bold", va="bottom", color=colour(row.provider))
            rules[FAINT].append(y - 0.02)
        single = not stacked and (lines(text) == 1 or points < 7) and not aside
        said = ax.text(0.02, y + (height / 2 if single else 0.04), text, va="center" if single else "top")
        if aside:
            _note(ax, 0.02, y + 0.04 + line * lines(text), aside, "left", "top")
        if row.row_evidence:
            mark(said, row.row_evidence)
        place[row.group, row.row] = (y + above, height - above) if stacked else (y, height)
        y += height
        rules[BAND].append(y)
    for tone, at in rules.items():
        ax.hlines(at, 0.02, width, color=tone, linewidth=0.6, zorder=0)
    _note(ax, 0.02, total - 0.03, foot, "left")
    return ax, place, left, each, y


def _box(ax, x, y, width, height, tone, provider, evidence):
    """One box in the tone of its status; the colour of text on it."""
    gap, (share, line) = 0.02, TONES.get(tone, (0.0, "-"))
    dark = REFUSED.get(tone)
    edge = dark or (REFUSAL if tone == "both" else colour(provider))
    box = plt.Rectangle((x + gap, y + gap), width - 2 * gap, height - 2 * gap, facecolor=dark or tint(provider, share),
                        edgecolor=edge, linestyle=line, linewidth=1.6 if tone == "both" else 0.6)  # fmt: skip
    mark(ax.add_artist(box), evidence)
    return PAPER if dark else INK


@style()
def grid(frame: pd.DataFrame, columns: dict[str, str], size="full", label=2.1):
    """A table of cells: rows in order of appearance under their group, one column a text (or what ``columns`` names).

    ``frame`` is long: row, column, text, evidence; group, provider, detail, tone (its box), aside and row_evidence where there are any;
    ``columns`` maps values of ``column`` to headings. At the width of a column the cells of a row stand below each other.
    """
    stacked, pad, frame = size == "column", 0.05, _with(frame, group="", provider="", detail="", tone="")
    used = frame.loc[frame["column"].isin(columns), "group row column text detail tone provider evidence".split()]
    each = WIDTHS[size] - 0.07 if stacked else (WIDTHS[size] - label - 0.05) / max(len(columns), 1)
    said = [f"{columns[c]}: {t}" if stacked and t else t for c, t in zip(used["column"], used["text"], strict=True)]
    used = used.assign(
        text=[fit(t, each - 0.14, SMALL) for t in said], detail=[fit(t, each - 0.14, 6) for t in used["detail"]]
    )
    used["tall"] = (used["text"].map(_deep) + LINE * used["detail"].map(lines) + 2 * pad).astype(float)
    rows = used.groupby(["group", "row"])["tall"]
    used["down"] = rows.cumsum() - used["tall"] if stacked else 0.0
    inner = rows.sum() if stacked else rows.max()
    ax, place, left, _, _ = _table(frame, size, label, () if stacked else columns.values(), inner)
    across = {c: 0 if stacked else i for i, c in enumerate(columns)}
    for row in used.itertuples():
        top, height = place[row.group, row.row]
        x, y = left + across[row.column] * each, top + row.down
        tall, ink = row.tall if stacked else height, SOFT
        if row.tone:
            ink = _box(ax, x, y, each, tall, row.tone, row.provider, row.evidence)
        if row.text:
            mark(_note(ax, x + 0.07, y + pad, row.text, "left", "top", color=ink), row.evidence)
        if row.detail:
            below, ink = y + pad + _deep(row.text), ink if ink == PAPER else SOFT
            _note(ax, x + 0.07, below, row.detail, "left", "top", 6, ink)
    return ax


@style()
def path(frame: pd.DataFrame, stages: dict[str, str], keys: dict[str, str], size="full"):
    """Rows of items over stages in order, one disc a text with its letters: full as fact, pale less firmly, dashed quoted, dark denied.

    ``frame``: group, row, provider, stage (a key of ``stages``), key, status, evidence; ``keys`` names the letters.
    """
    foot = ["   ".join(f"{k}: {v}" for k, v in keys.items())]
    ax, place, left, each, _ = _table(frame, size, 2.9, stages.values(), foot=foot, points=SMALL)
    middles = [top + height / 2 for top, height in place.values()]
    ax.hlines(middles, left, WIDTHS[size] - 0.05, color=FAINT, linewidth=0.5, zorder=0)
    at = {s: left + (i + 0.5) * each for i, s in enumerate(stages)}
    groups = frame.groupby(["group", "row", "stage"])
    shift = (groups.cumcount() - (groups["key"].transform("size") - 1) / 2) * min(0.26, 0.46 * each)
    discs = _Marks()
    for row, by in zip(frame.itertuples(), shift, strict=True):
        top, height = place[row.group, row.row]
        x, y = at[row.stage] + by, top + height / 2
        (share, line), dark = TONES.get(row.status, (0.0, "-")), REFUSED.get(row.status)
        face = dark or tint(row.provider, 1 if row.status == "stated" else share)
        look = {"facecolor": face, "edgecolor": dark or colour(row.provider), "linestyle": line}
        discs.point(x, y, row.evidence, s=118, linewidth=0.9, **look)
        ax.text(x, y, row.key, ha="center", va="center_baseline", fontsize=6, weight="bold",
                color=PAPER if dark or row.status == "stated" else INK)  # fmt: skip
    discs.draw(ax)
    return ax


@style()
def balance(frame: pd.DataFrame, columns: dict[str, str], war=None, most=None, size="full", label=1.6):
    """Cells with two bars from a middle line: critical to the left, dark; favourable to the right, in colour; the mixed in n alone.

    ``frame``: row, column, favourable, critical, n, provider, evidence; group, favourable_ids and critical_ids where there are any; ``war`` is (how many columns stand left
    of a landmark, its name), ``most`` the count that fills a side.
    """
    key = "left, dark: critical     right, in colour: favourable     n: with the mixed ones"
    frame, below = _with(frame, group=""), 0.16 if war else 0
    ax, place, left, each, end = _table(frame, size, label, columns.values(), 0.36, foot=[key], bottom=below)
    unit = (each / 2 - 0.18) / max(most or 0, frame["favourable"].max(), frame["critical"].max(), 1)
    order, middles, mids = {c: i for i, c in enumerate(columns)}, [], []
    for row in frame.itertuples():
        (top, height), middle = place[row.group, row.row], left + (order[row.column] + 0.5) * each
        mid = top + (0.12 if size == "column" else height / 2 - 0.06)
        middles, mids = [*middles, middle], [*mids, mid]
        for side, sign, face in (("critical", -1, REFUSAL), ("favourable", 1, colour(row.provider))):
            if n := getattr(row, side):
                ids = getattr(row, f"{side}_ids", row.evidence)
                _bar(ax, middle, mid, sign * n * unit, 0.15, ids, facecolor=face)
                ax.text(middle + sign * (n * unit + 0.03), mid, f"{n:.0f}", ha="left" if sign > 0 else "right",
                        va="center_baseline", weight="bold")  # fmt: skip
        bare = not (row.favourable or row.critical)
        if row.n:
            y = mid + (0.04 if bare else 0.16)
            said = f"{row.n:.0f} mixed" if bare else f"n {row.n:.0f}"
            mark(_note(ax, middle, y, said, va="center_baseline", size=6), row.evidence)
    ax.vlines(middles, np.array(mids) - 0.1, np.array(mids) + 0.1, color=FAINT, linewidth=0.7, zorder=0)
    if war is not None and 0 < war[0] < len(columns):
        tops, ends = zip(*((top + 0.01, top + height) for top, height in place.values()), strict=True)
        ax.vlines([left + war[0] * each] * len(tops), tops, ends, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        _note(ax, left + war[0] * each, end + 0.03, war[1], va="top")
    return ax


@style()
def dots(frame: pd.DataFrame, panels: list[list[str]], names: dict[str, str], rows: dict[str, str], size="full"):
    """Panels of ties, a disc an item in the row of its domain: full, pale (only sought), dark and crossed (said not to be given), full and crossed (said both).

    ``frame``: tie, domain (a key of ``rows``), kind, apart (accounts differ), label, evidence; ``panels`` are rows of ties.
    """
    looks = {"given": ("o", 1.0), "sought": ("o", 0.25), "refused": ("X", 0.0)}
    order, rank = list(rows), {k: i for i, k in enumerate(looks)}
    frame = frame.sort_values("kind", key=lambda k: k.map(rank).fillna(9), kind="stable")
    frame = frame.assign(nth=frame.groupby(["tie", "domain"]).cumcount(), level=frame["domain"].map(order.index))
    axes = plot(size, (0.16 if size == "column" else 0.2) * len(rows) + 0.35, panels, 0.6)
    for ax, tie in zip(axes, [t for row in panels for t in row], strict=True):
        own = frame[frame["tie"].eq(tie)]
        ax.set_title(names.get(tie, tie), loc="left", weight="bold", color=colour(tie), fontsize=8)
        ax.hlines(range(len(rows)), -0.7, max(1, frame["nth"].max() + 0.7), color=BAND, linewidth=0.8, zorder=0)
        if len(own):
            ax.set(xticks=[], yticks=[])  # seaborn would lay out their labels
            sns.scatterplot(own, x="nth", y="level", style="kind", markers={k: looks.get(k, "os")[0] for k in own["kind"]},
                            s=54, legend=False, ax=ax)  # fmt: skip
            discs = mark(ax.collections[-1], own["evidence"])
            discs.set_facecolor([REFUSAL if k == "refused" else tint(tie, looks.get(k, "oo")[1]) for k in own["kind"]])
            discs.set_edgecolor([REFUSAL if k == "refused" else colour(tie) for k in own["kind"]])
            discs.set_linewidth(0.9)
            both = own[own["apart"]]
            mark(
                ax.scatter(both["nth"], both["level"], marker="x", s=40, color=REFUSAL, linewidth=1.4), both["evidence"]
            )
        _rows(ax, rows.values(), xlim=(-0.7, frame["nth"].max() + 0.7))
    said = {
        "said to be given, under way, agreed or offered": ("o", SOFT, SOFT),
        "only sought": ("o", FAINT, SOFT),
        "said not to be given or not to be expected": ("X", REFUSAL, REFUSAL),
    }
    disc = {k: plt.Line2D([], [], marker=m, ls="", mfc=face, color=edge) for k, (m, face, edge) in said.items()}
    if frame["apart"].any():
        cross = plt.Line2D([], [], marker="x", ls="", color=REFUSAL, mew=1.4)
        disc["given, and said not to be: accounts differ"] = disc[next(iter(said))], cross
    _legend(axes[0], size, disc, 2 if len(disc) > 3 else 3)
    return axes[0]


@style()
def bars(
    frame: pd.DataFrame, row: str, part: str, order: dict[str, str], size="full", share=False, names=None, refused=()
):
    """Counts as stacked bars, a bar a ``row`` in order of appearance, a segment a ``part``, each with its number.

    ``frame``: row, part, n, evidence; ``order`` maps parts to legend labels. With ``share`` every bar is 100 % long and its
    total stands at the end. The last of ``order`` is pale; those in ``refused`` are dark.
    """
    narrow, rows = size == "column", list(dict.fromkeys(frame[row]))
    total = frame.groupby(row, observed=True)["n"].sum()
    used = [p for p in order if p in set(frame[part])]
    pale = [p for p in used if p not in refused]
    shades = dict(zip(pale, sns.light_palette("#5d6a75", len(pale) + 1, reverse=True), strict=False))
    shades |= dict.fromkeys(refused, REFUSAL)
    labels = [fit((names or {}).get(r, r), 1.0 if narrow else 1.6) for r in rows]
    tall = max(0.24, 0.13 * max(map(lines, labels), default=1))
    ax = plot(size, 0.5 + tall * len(rows) + 0.14 * -(-len(used) // (1 if narrow else 3)))
    top = 1.0 if share else total.max() or 1
    frame = frame.assign(_o=frame[part].map({p: i for i, p in enumerate(used)})).sort_values("_o", kind="stable")
    frame["wide"] = (frame["n"] / (frame[row].map(total).astype(float).clip(lower=1) if share else 1)).astype(float)
    frame["left"] = frame.groupby(row, observed=True)["wide"].cumsum() - frame["wide"]
    at, edge = {r: i for i, r in enumerate(rows)}, {"edgecolor": SOFT, "linewidth": 0.5}
    for bar in frame[frame["n"].gt(0) & frame["_o"].notna()].to_dict("records"):
        shade, y, left, wide = shades[bar[part]], at[bar[row]], bar["left"], bar["wide"]
        _bar(ax, left, y, wide, 0.72, bar["evidence"], facecolor=shade, **edge)
        if wide > top * (0.055 if narrow else 0.024):
            ink = INK if sum(to_rgb(shade)) > 1.6 else PAPER
            _note(ax, left + wide / 2, y, f"{bar['n']:,.0f}", va="center_baseline", color=ink)
    for name, y in at.items():
        end = (min(1, total[name]) if share else total[name]) + top * 0.012
        ax.text(end, y, f"{total[name]:,.0f}", va="center_baseline", color=SOFT, weight="bold")
    _rows(ax, labels, xlim=(0, top * 1.12))
    if len(used) > 1:
        _legend(ax, size, {order[p]: plt.Rectangle((0, 0), 1, 1, facecolor=shades[p], **edge) for p in used})
    return ax


@style()
def amounts(frame: pd.DataFrame, size="full"):
    """Amounts of one unit as bars, a row each; full where it is said to have come, pale before; indented where part of the one above.

    ``frame``: label, provider, floor, ceiling, said (amount and stage in words), part (of an item), came (true, false), evidence.
    """
    widest = frame["ceiling"].max() if frame["ceiling"].notna().any() else 1
    ax = plot(size, 0.2 + (0.62 if size == "column" else 0.46) * len(frame))
    for y, row in enumerate(frame.itertuples()):
        long = 0.0
        if row.ceiling == row.ceiling:
            long, edge = row.ceiling, {"edgecolor": colour(row.provider), "linewidth": 0.6}
            face = tint(row.provider, 1 if row.came else 0.3)
            _bar(ax, 0, y + 0.2, long, 0.34, row.evidence, facecolor=face, **edge)
        said = fit(row.said, WIDTHS[size] * (1 - 0.62 * long / widest) - 0.2)
        mark(ax.text(long + widest * 0.012, y + 0.2, said, va="center"), row.evidence)
        _note(ax, widest * (0.02 if row.part else 0), y - 0.05, fit(row.label, WIDTHS[size] - 0.3, SMALL), "left")
    ax.set(xlim=(0, widest * 1.6), ylim=(len(frame) - 0.5, -0.45))
    ax.axis("off")
    return ax


@style()
def diverging(frame: pd.DataFrame, panels: dict[str, str], rows: list[str], sides: dict[str, str], size="full"):
    """Panels side by side: what limits to the left, dark; what drives to the right, in the panel's colour; what only explains, pale.

    ``frame``: panel, row, side (giver and receiver: full and hatched), direction, n, evidence.
    """
    axes = plot(size, 0.3 + 0.26 * len(rows), [list(panels)], 0.5)
    at, last = {r: i for i, r in enumerate(rows)}, list(sides)[-1]
    frame = frame.assign(sign=frame["direction"].eq("limits").map({True: -1, False: 1}))
    ends = frame.groupby(["panel", "row", "sign"])["n"]
    frame["left"], most = ends.cumsum() - frame["n"], ends.sum().max()
    for ax, (panel, title) in zip(axes, panels.items(), strict=True):
        own, hue = frame[frame["panel"].eq(panel)], colour(panel)
        for row in own.itertuples():
            face = {"limits": REFUSAL, "drives": hue}.get(row.direction, tint(panel, 0.3))
            look = {"facecolor": face, "linewidth": 0.6, "edgecolor": REFUSAL if row.sign < 0 else hue}
            bar = _bar(ax, row.sign * row.left, at[row.row], row.sign * row.n, 0.62, row.evidence, **look)
            hatch = "////" if row.side == last else None
            bar.set(hatch=hatch, hatchcolor=hue if row.direction == "explains" else PAPER)
        ends = own.groupby(["row", "sign", own["direction"].eq("explains")])["n"].sum().unstack(fill_value=0)
        for (name, sign), n in ends.reindex(columns=[False, True], fill_value=0).iterrows():
            said = f"{n[False]:.0f}" * bool(n[False]) + f" + {n[True]:.0f}" * bool(n[True])
            ax.text(sign * (n.sum() + most * 0.05), at[name], said.strip(), ha="left" if sign > 0 else "right",
                    va="center_baseline", weight="bold")  # fmt: skip
        ax.axvline(0, color=FAINT, linewidth=0.8)
        ax.set_title(title, loc="left", weight="bold", color=hue, fontsize=8)
        _rows(ax, [fit(r, 1.5) for r in rows], xlim=(-most * 0.7, most * 1.25))
    looks = {"limits": {"facecolor": REFUSAL}, "drives": {"facecolor": SOFT}, "only explains (after the +)": {"facecolor": FAINT},
             f"hatched: {sides[last]}'s reason, else {next(iter(sides.values()))}'s": {"facecolor": SOFT, "hatch": "////", "hatchcolor": PAPER}}  # fmt: skip
    looks = {words: plt.Rectangle((0, 0), 1, 1, edgecolor=SOFT, **look) for words, look in looks.items()}
    _legend(axes[0], size, looks, 4)
    return axes[0]


@style()
def ranges(frame: pd.DataFrame, size="full", limits=(), first=None, last=None, label=2.6):
    """Intervals with their point, a row each, numbers or days, an arrow where a side is open; rows of one group stand together.

    ``frame``: row, low, high, said, evidence; group, provider and point (NaN: none) where there are any; ``limits`` are (value, words) drawn across, ``first`` and ``last`` the ends of the axis.
    """
    days = pd.api.types.is_datetime64_any_dtype(frame["low"])
    number = (lambda v: date2num(v) if v == v else np.nan) if days else float
    frame = _with(frame, group="", provider="", point=np.nan)
    frame = frame.assign(low=frame["low"].map(number), high=frame["high"].map(number))
    first, last = (frame["low"].min() if first is None else first), (frame["high"].max() if last is None else last)
    if not first <= last:
        return empty(size)
    ax, place, left, _, end = _table(frame, size, label, top=0.2 if limits else 0.05, bottom=0.22, inner=0.17)
    widest = max(ems(said, False) for said in frame["said"]) / 0.93  # letters on a screen are a little wider
    left, right = left + 0.12, WIDTHS[size] - 0.12 - 7 / 72 * widest
    x = lambda v: left + (v - first) / max(last - first, 1e-9) * (right - left - 0.1)  # noqa: E731
    if days:
        step, form = ("YS", "%Y") if last - first > 730 else ("QS", "%b %Y")
        every = pd.date_range(num2date(first), num2date(last), freq=step, normalize=True)
        ticks = {date2num(t): f"{t:{form}}" for t in every if first <= date2num(t)}
    else:
        ticks = {t: f"{t:.3g}" for t in MaxNLocator(5).tick_values(first, last) if first <= t <= last}
    ax.hlines(end + 0.04, left, right, color=FAINT, linewidth=0.8)
    ax.vlines([x(tick) for tick in ticks], end + 0.04, end + 0.07, color=SOFT, linewidth=0.8)
    for tick, said in ticks.items():
        ax.text(x(tick), end + 0.08, said, ha="center", va="top", color=SOFT)
    for side, (value, words) in zip(("right", "left"), limits, strict=False):
        ax.vlines(x(value), 0.17, end, color=FAINT, linewidth=0.8, zorder=0)
        _note(ax, x(value), 0.15, words, side)
    marks = _Marks()
    for row in frame.itertuples():
        (top, height), tone = place[row.group, row.row], colour(row.provider)
        y = top + height / 2
        if row.high == row.high and row.low != row.high:
            open_side = row.low != row.low
            start, wide = (left, 1) if open_side else (x(row.low), 2.4)
            marks.line((start, x(row.high)), (y, y), row.evidence, color=tone, linewidth=wide)
            if open_side:
                marks.point(left, y, row.evidence, "<", s=14, color=tone)
        point = row.low if row.low == row.high and row.point != row.point else row.point
        if point == point:
            marks.point(x(point), y, row.evidence, zorder=3, s=24, color=tone if days else INK)
        ax.text(right + 0.08, y, row.said, va="center", color=SOFT)
    marks.draw(ax)
    return ax


@style()
def lanes(frame: pd.DataFrame, texts: pd.DataFrame, told: pd.DataFrame, names: dict[str, str], sources: dict[str, str],
          first: pd.Timestamp, last: pd.Timestamp, war=None, size="full"):  # fmt: skip
    """Events by tie and date; at the right who tells of each: a column a text, a box in the tone of its status, a letter for its source.

    ``frame`` is ``timelines.lanes``; ``texts``: article_id, key, label, start, end; ``told``: event_id, article_id, status, basis, provider,
    evidence; ``sources`` are the sources in words; ``war`` is a landmark: start, end, name. Time before ``first`` is squeezed into the left margin, left of a broken line;
    the axis ends soon after ``last``, the same on each page.
    """
    ties = frame["tie"]
    own = frame.assign(group=ties.map(names).fillna(ties), provider=ties, row_evidence=frame["evidence"])
    again = own.groupby(["group", "label"]).cumcount().map(lambda i: f" ({i + 1})" if i else "")
    own["row"] = own["label"] + again
    heads = texts.assign(group="The texts", row=texts["label"] + ": " + texts["key"], provider="")
    letters = dict(zip(sources, _beginnings(sources.values()), strict=True))
    foot = [
        "dot: a day   bar: a month, a year or lasting   capped line: some day within   arrow: by this date   hollow: planned, likely, quoted or sought   crossed: denied",
        "At the right, who tells of it: full as fact, pale probably or possibly, dashed quoted, dark denied; the letter is its source: "
        + ", ".join(f"{letters[b]} {words}" for b, words in sources.items()),
    ]
    if size == "slide":  # has no room for the texts' own rows
        foot.append("   ".join(f"{t.key}: {t.label}" for t in texts.itertuples()))
    rows = own if size == "slide" else pd.concat([heads, own])
    ax, place, left, _, end = _table(rows, size, 2.95, (), 0.14, 0.26, foot, 0.16, SMALL)
    each = 0.19
    right = WIDTHS[size] - each * len(texts) - 0.15
    squeezed = 0.09 * (right - left) if (frame["start"].dropna() < first).any() else 0.0
    day0, day1, past = date2num(first), date2num(last) + 60, date2num(pd.Timestamp("2013-01-01"))

    def x(day):
        if day >= day0:
            return min(left + squeezed + (day - day0) / (day1 - day0) * (right - left - squeezed), right)
        return left + squeezed * np.clip((day - past) / (day0 - past), 0.0, 0.9)

    for month in pd.date_range(first, last, freq="6MS"):
        at, year = date2num(month), month.month == 1
        if at >= day0 + 60:
            ax.vlines(x(at), 0.26, end, color=FAINT, linewidth=0.7 if year else 0.35, zorder=0)
            if year or size != "column":
                ax.text(x(at), 0.22, f"{month:%Y}" if year else "Jul", ha="center", va="bottom", color=SOFT)
    if squeezed:
        ax.vlines([left + squeezed - 0.015, left + squeezed + 0.015], 0.26, end, color=SOFT, linewidth=0.6)
        if left + squeezed / 2 > ems("before", False) * SMALL / 144:  # else the sheet would cut it
            _note(ax, left + squeezed / 2, 0.22, "before")
    if war is not None:
        a, b = (x(date2num(d)) for d in war[:2])
        ax.add_patch(plt.Rectangle((a, 0.26), max(b - a, 0.03), end - 0.26, color="#e9dfc7", zorder=-1))
        _note(ax, a, end + 0.03, war[2], va="top")
    column = {t: right + 0.15 + each * (i + 0.5) for i, t in enumerate(texts["article_id"])}
    for text in heads.itertuples():
        ax.text(column[text.article_id], 0.22, text.key, ha="center", va="bottom", weight="bold", color=SOFT)
        if size != "slide":
            top, height = place[text.group, text.row]
            a, b = x(date2num(text.start)), x(date2num(text.end) + 1)
            _bar(ax, a, top + height / 2, max(b - a, 0.05), 0.09, text.article_id, facecolor=SOFT)
    spots, marks = {}, _Marks()
    for row in own.itertuples():
        top, height = place[row.group, row.row]
        spots.setdefault(row.event_id, top + height / 2)
        _date(ax, marks, top + height / 2, row, x, left, right)
    marks.draw(ax)
    for group, rows in own[own["start"].isna() & own["end"].isna()].groupby("group", sort=False):
        tops = [place[group, r] for r in rows["row"]]
        a, b = tops[0][0], sum(tops[-1])
        ax.add_patch(plt.Rectangle((left + 0.02, a), right - left, b - a, color=BAND, zorder=-2))
        middle = (left + squeezed + x(date2num(war[0])) if war else left + right) / 2
        y = a + tops[0][1] / 2 if size == "column" else (a + b) / 2
        room = 2 * min(middle - left, right - middle)
        words = next(
            (w for w in ("no date given", "undated") if ems(w, False) * 7 / 72 < room), ""
        )  # many texts: no room
        ax.text(middle, y, words, ha="center", va="center", color=SOFT, style="italic")
    for row in told[told["event_id"].isin(own["event_id"])].itertuples():
        x0, y0 = column[row.article_id], spots[row.event_id]
        ink = _box(ax, x0 - 0.09, y0 - 0.075, 0.18, 0.15, row.status, row.provider, row.evidence)
        _note(ax, x0, y0, letters.get(row.basis, "–"), "center", "center_baseline", 6, ink)
    return ax


def _beginnings(words) -> list[str]:
    """One letter for each of some words, the first that is free; a dash for "no …"."""
    found = []
    for word in words:
        named = "–" if word.startswith("no ") else word.removeprefix("a ").removeprefix("an ").removeprefix("the ")
        found.append(next((c for c in named if c not in found and c != " "), "?"))
    return found


def _date(ax, marks, y, row, x, left, right):
    """One date on its line: a dot, a bar, a capped line, an arrow; fading where about, dashed where planned, crossed where denied.

    What goes on beyond ``right`` ends there without a cap.
    """
    a = x(date2num(row.start)) if row.start == row.start else None
    b = x(date2num(row.end) + 1) if row.end == row.end else None
    ends = [end for end in (a, b) if end is not None]
    if not ends:
        return
    tone, line = colour(row.tie), (0, (2, 1)) if row.planned else "-"
    look = {"facecolor": PAPER if row.planned else tone, "edgecolor": tone}
    caps = ()
    if len(ends) == 1:  # nothing is known of that side
        tip, sign = (left + 0.06, "<") if a is None else (min(a + 0.4, right), ">")
        marks.point(tip, y, row.evidence, sign, s=14, color=tone)
        span, wide, caps = (min(tip, *ends), max(tip, *ends)), 1, ends
    elif row.start == row.end:
        marks.point((a + b) / 2, y, row.evidence, s=22, linewidth=0.9, **look)
    elif row.form == "within":
        span, wide, caps = (a, b), 1.3, ends
    elif row.circa:
        step = (b - a) / 8
        for i in range(8):
            _bar(ax, a + i * step, y, step, 0.085, row.evidence, facecolor=tint(row.tie, 1 - abs((2 * i - 7) / 8)))
    else:
        _bar(ax, a, y, max(b - a, 0.03), 0.085, row.evidence, linestyle=line, linewidth=0.8, **look)
    if caps:
        marks.line(span, (y, y), row.evidence, color=tone, linewidth=wide, linestyle=line)
    for at in (cap for cap in caps if cap < right):
        marks.line((at, at), (y - 0.045, y + 0.045), row.evidence, color=tone, linewidth=1, linestyle="-")
    if row.denied:
        middle = sum(ends) / len(ends)
        marks.point(middle, y, row.evidence, "x", 4, s=26, color=REFUSAL, linewidth=1.2)


@style()
def heat(frame: pd.DataFrame, rows: dict[str, str], columns: dict[str, str], size="full"):
    """A table of shares: the darker the greater, with the count in each cell. ``frame``: row, column, share (0 to 1), n, evidence."""
    wide = frame.pivot(index="row", columns="column", values=["share", "n", "evidence"])
    share, n, evidence = (
        wide[name].reindex(index=list(rows), columns=list(columns)) for name in ("share", "n", "evidence")
    )
    ax = plot(size, 0.5 + 0.24 * len(rows))
    shades = LinearSegmentedColormap.from_list("shades", [PAPER, "#2f4858"])
    look = {"cmap": shades, "vmin": 0, "vmax": 1, "cbar": False, "linewidths": 1.5, "fmt": ".0f"}
    # ticks are set below: seaborn would draw all to see whether their labels meet
    look |= {"xticklabels": False, "yticklabels": False}
    sns.heatmap(share.astype(float), annot=n.astype(float).fillna(0), mask=n.isna(), ax=ax, **look)
    for text, (place, ids) in zip(ax.texts, evidence.stack().dropna().items(), strict=True):
        mark(text, ids).set_color(PAPER if share.at[place] > 0.6 else INK)
    each = WIDTHS[size] * 0.72 / len(columns)
    steep = max(ems(word, True) for c in columns.values() for word in c.split()) * SMALL / 72 > each
    heads = [*columns.values()] if steep else [fit(c, each, SMALL, bold=True) for c in columns.values()]
    labels = [fit(r, 0.9 if size == "column" else 1.8) for r in rows.values()]
    ax.set_yticks([i + 0.5 for i in range(len(rows))], labels, va="center")
    ax.set_xticks([i + 0.5 for i in range(len(columns))], heads, fontsize=SMALL, weight="bold", rotation=90 * steep)
    ax.xaxis.tick_top()
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    return ax
