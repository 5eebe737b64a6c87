"""Kinds of chart: frame in, Axes out; one style for all. Nothing is computed or read here.

Colour is the provider, and nothing else; dark is a refusal; fill is how firmly a thing is said, glyph the source,
a bar the range of a date. Each drawn datum and its label is a *mark*: its url is ``#`` and its evidence ids.
"""

import textwrap
from contextlib import contextmanager

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, date2num

__all__ = "amounts balance bars cell colour diverging dots empty fit glyph grid heat lanes lines mark path plot ranges sheet style tint".split()


def __dir__():
    return __all__


INK, SOFT, FAINT, PAPER, BAND, REFUSAL = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff", "#f4f4f4", "#33302e"
COLOURS = {"RUS": "#0b63a5", "CHN": "#c2410c", "RUS-CHN": "#7a3e8e"}
GLYPHS = {"document": "s", "named": "o", "own_interview": "D", "unnamed": "^", "inference": "v", "none_given": "h"}
SMALL = 6.3  # points: notes and second lines
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
WIDTHS = {"column": 3.5, "full": 7.2, "slide": 10.0}  # inches


@contextmanager
def style():
    """The one style, for the time of drawing."""
    with plt.rc_context(STYLE):
        yield


def sheet(size: str, height: float):
    """Axes that fill a figure, in inches from the top left: for what is set like a table."""
    figure = plt.figure(figsize=(WIDTHS[size], height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, WIDTHS[size])
    ax.set_ylim(height, 0)
    ax.axis("off")
    return ax


def plot(size: str, height: float, columns: int = 1):
    """Axes of a size by name, ``height`` inches high; several side by side share their rows."""
    figure, axes = plt.subplots(1, columns, figsize=(WIDTHS[size], height), layout="constrained", sharey=True)
    return axes


def empty(size: str = "full"):
    """What stands where the filters leave nothing to draw."""
    ax = sheet(size, 0.8)
    ax.text(0.1, 0.4, "The texts, so narrowed, say nothing of this.", color=SOFT, va="center", fontsize=9)
    return ax


def mark(artist, evidence):
    """Make an artist a mark: its url, or that of each of its parts, is ``#`` and the evidence."""
    if hasattr(artist, "set_urls"):
        artist.set_urls([f"#{e}" for e in ([evidence] if isinstance(evidence, str) else evidence)])
    else:
        artist.set_url(f"#{evidence}")
    return artist


def colour(provider: str) -> str:
    """The colour of a provider, or of the providers in a tie: Russia, China, both, or none of them."""
    named = "-".join(p for p in str(provider).split("-") if p in COLOURS)
    return COLOURS.get(named, SOFT)


def tint(provider: str, share: float) -> tuple:
    """A provider's colour, thinned with paper: 1 is the colour itself."""
    return tuple(share * c + 1 - share for c in to_rgb(colour(provider)))


def fit(text: str, inches: float, points: float = 7, bold: bool = False) -> str:
    """Text broken into lines that fit a width."""
    wide = max(4, int(inches / (points / 72 * (0.66 if bold else 0.56))))
    return textwrap.fill(str(text), wide, break_long_words=False)


def lines(text: str) -> int:
    """How many lines a text has; none where it is empty."""
    return str(text).count("\n") + 1 if text else 0


# A tone is how a text stands to a thing: (share of the provider's colour, line style of the border).
TONES = {"stated": (0.32, "-"), "probably": (0.16, "-"), "possibly": (0.1, "-"), "quoted": (0.0, (0, (2.5, 1.5)))}
TONES |= {"open": (0.0, (0, (1, 1.5))), "both": (0.32, "-")}
REFUSED = ("denied", "not_likely")


def cell(ax, x: float, y: float, width: float, height: float, tone: str, provider: str, evidence: str):
    """One box of a grid in the tone of its status; the colour of text on it."""
    gap = 0.02
    share, line = TONES.get(tone, (0.0, "-"))
    dark = tone in REFUSED
    face = REFUSAL if tone == "denied" else "#6b6560" if dark else tint(provider, share)
    edge = REFUSAL if dark or tone == "both" else colour(provider)
    box = plt.Rectangle(
        (x + gap, y + gap), width - 2 * gap, height - 2 * gap, facecolor=face, edgecolor=edge, linestyle=line,
        linewidth=1.6 if tone == "both" else 0.6,
    )  # fmt: skip
    mark(ax.add_patch(box), evidence)
    return PAPER if dark else INK


def grid(frame: pd.DataFrame, columns: dict[str, str], size="full", label=2.1, note="", small=SMALL):
    """A table of cells: rows in order of appearance under their group, one column a text (or what ``columns`` names).

    ``frame`` is long: group, row, column, text, detail, tone ("" leaves the box out), provider, evidence; ``columns`` maps values of
    ``column`` to headings. ``aside`` (optional) stands after the row's label, ``row_evidence`` makes the label a mark.
    """
    width, pad = WIDTHS[size], 0.05
    each = (width - label - 0.05) / len(columns)
    line = 0.108 * small / SMALL
    rows = frame.drop_duplicates(["group", "row"])
    heads = {c: fit(h, each - 0.08, 7, bold=True) for c, h in columns.items()}
    head = 0.13 * max(map(lines, heads.values())) + 0.08
    frame = frame.assign(
        text=[fit(t, each - 0.2, small) if t else "" for t in frame["text"]],
        detail=[fit(t, each - 0.12, small - 0.6) if t else "" for t in frame["detail"]],
    )
    tall = (frame["text"].map(lines) + frame["detail"].map(lines)).groupby([frame["group"], frame["row"]]).max()
    asides = rows["aside"] if "aside" in rows else pd.Series("", index=rows.index)
    labels = [fit(r, label - 0.1, 7) for r in rows["row"]]
    asides = [fit(a, label - 0.1, small) if a else "" for a in asides]
    heights = [
        max(lines(text) * 0.118 + lines(aside) * line, tall[g, r] * line) + 2 * pad
        for text, aside, g, r in zip(labels, asides, rows["group"], rows["row"], strict=True)
    ]
    groups = rows["group"].ne(rows["group"].shift()) & rows["group"].ne("")
    note = fit(note, width - 0.1, small) if note else ""
    total = head + sum(heights) + 0.2 * groups.sum() + line * lines(note) + 0.1
    ax = sheet(size, total)
    for i, (_, text) in enumerate(heads.items()):
        ax.text(label + i * each + 0.05, head - 0.06, text, va="bottom", weight="bold", color=SOFT)
    y, place = head, {}
    for row, text, aside, height, new in zip(rows.itertuples(), labels, asides, heights, groups, strict=True):
        if new:
            ax.text(0.02, y + 0.13, row.group, weight="bold", va="center", color=colour(row.provider))
            ax.axhline(y + 0.2, color=FAINT, linewidth=0.6)
            y += 0.2
        said = ax.text(0.02, y + pad, text, va="top")
        if aside:
            ax.text(0.02, y + pad + 0.118 * lines(text), aside, va="top", color=SOFT, fontsize=small)
        if getattr(row, "row_evidence", ""):
            mark(said, row.row_evidence)
        place[row.group, row.row] = (y, height)
        y += height
        ax.axhline(y, color=BAND, linewidth=0.6, zorder=0)
    where = {c: label + i * each for i, c in enumerate(columns)}
    for row in frame[frame["column"].isin(columns)].itertuples():
        (y, height), x = place[row.group, row.row], where[row.column]
        ink = cell(ax, x, y, each, height, row.tone, row.provider, row.evidence) if row.tone else SOFT
        if row.text:
            mark(ax.text(x + 0.06, y + pad, row.text, va="top", color=ink, fontsize=small), row.evidence)
        if row.detail:
            ax.text(x + 0.06, y + pad + line * lines(row.text), row.detail, va="top", fontsize=small - 0.6,
                    color=ink if ink == PAPER else SOFT)  # fmt: skip
    if note:
        ax.text(0.02, total - 0.03, note, va="bottom", color=SOFT, fontsize=small)
    return ax


def path(frame: pd.DataFrame, stages: dict[str, str], keys: dict[str, str], size="full"):
    """Rows of items over stages in order, one disc a text with its letters: full as fact, pale less firmly, dashed quoted, crossed denied.

    ``frame``: group, row, provider, stage (a key of ``stages``), key, status, evidence; ``keys`` names the letters.
    """
    label, width = 3.0, WIDTHS[size]
    each = (width - label - 0.1) / len(stages)
    rows = frame.drop_duplicates(["group", "row"])
    groups = rows["group"].ne(rows["group"].shift())
    labels = [fit(r, label - 0.05, SMALL) for r in rows["row"]]
    steps = [max(0.2, 0.105 * lines(text) + 0.05) for text in labels]
    total = 0.36 + sum(steps) + 0.24 * groups.sum() + 0.3
    ax = sheet(size, total)
    for i, text in enumerate(stages.values()):
        ax.text(
            label + (i + 0.5) * each,
            0.3,
            fit(text, each - 0.06, bold=True),
            ha="center",
            va="bottom",
            weight="bold",
            color=SOFT,
            fontsize=SMALL,
        )
    y, place = 0.3, {}
    for row, text, step, new in zip(rows.itertuples(), labels, steps, groups, strict=True):
        if new:
            y += 0.24
            ax.text(0.02, y - 0.1, row.group, weight="bold", va="center", color=colour(row.provider))
        ax.text(0.02, y + step / 2, text, va="center", fontsize=SMALL)
        ax.hlines(y + step / 2, label, width - 0.1, color=FAINT, linewidth=0.5, zorder=0)
        place[row.group, row.row] = y + step / 2
        y += step
    at = {s: label + (i + 0.5) * each for i, s in enumerate(stages)}
    nth = frame.groupby(["group", "row", "stage"]).cumcount()
    many = frame.groupby(["group", "row", "stage"])["key"].transform("size")
    for row, i, n in zip(frame.itertuples(), nth, many, strict=True):
        x, y = at[row.stage] + 0.38 * (i - (n - 1) / 2), place[row.group, row.row]
        share, line = TONES.get(row.status, (0.0, "-"))
        dark = row.status in REFUSED
        face = PAPER if dark else colour(row.provider) if row.status == "stated" else tint(row.provider, share)
        disc = ax.scatter(
            [x],
            [y],
            s=92,
            facecolor=[face],
            edgecolor=REFUSAL if dark else colour(row.provider),
            linestyle=line,
            linewidth=0.9,
        )
        mark(disc, row.evidence)
        beside = 0.12 if dark else 0.0
        ax.text(x + beside, y, row.key, ha="left" if dark else "center", va="center_baseline", fontsize=5.6, weight="bold",
                color=PAPER if row.status == "stated" else INK)  # fmt: skip
        if dark:
            mark(ax.scatter([x], [y], s=92, marker="x", color=REFUSAL, linewidth=1.1), row.evidence)
    ax.text(
        0.02, total - 0.1, "  ".join(f"{k} = {v}" for k, v in keys.items()), color=SOFT, fontsize=SMALL, va="bottom"
    )
    return ax


def balance(frame: pd.DataFrame, columns: dict[str, str], war=None, size="full", label=1.6):
    """Cells with two bars from a middle line: critical to the left, favourable to the right, mixed as a grey dot's number.

    ``frame``: group, row, column, favourable, critical, mixed, n, provider, apart (a framed row), evidence; ``war`` is
    (how many columns stand left of a landmark, its name).
    """
    width, tall = WIDTHS[size], 0.27
    each = (width - label - 0.1) / len(columns)
    rows = frame.drop_duplicates(["group", "row"])
    groups = rows["group"].ne(rows["group"].shift()) & rows["group"].ne("")
    head = 0.13 * max(lines(fit(c, each - 0.1, bold=True)) for c in columns.values()) + 0.12
    labels = [fit(r, label - 0.1) for r in rows["row"]]
    heights = [max(tall, 0.12 * lines(text) + 0.06) for text in labels]
    total = head + sum(heights) + 0.22 * groups.sum() + 0.32
    ax = sheet(size, total)
    for i, text in enumerate(columns.values()):
        ax.text(
            label + (i + 0.5) * each,
            head - 0.08,
            fit(text, each - 0.1, bold=True),
            ha="center",
            va="bottom",
            weight="bold",
            color=SOFT,
        )
    widest = max(frame["favourable"].max(), frame["critical"].max(), 1)
    unit = (each / 2 - 0.42) / widest
    y, place = head, {}
    for row, text, height, new in zip(rows.itertuples(), labels, heights, groups, strict=True):
        if new:
            ax.text(0.02, y + 0.14, row.group, weight="bold", va="center", color=colour(row.provider))
            y += 0.22
        ax.text(0.02, y + height / 2, text, va="center", weight="bold" if row.apart else "normal")
        place[row.group, row.row] = (y, height)
        y += height
        ax.axhline(y, color=BAND, linewidth=0.6, zorder=0)
    order = list(columns)
    for row in frame.itertuples():
        (top, height), middle = place[row.group, row.row], label + (order.index(row.column) + 0.5) * each
        mid = top + height / 2
        ax.vlines(middle, top + 0.03, top + height - 0.03, color=FAINT, linewidth=0.7, zorder=0)
        for n, sign, face in ((row.critical, -1, REFUSAL), (row.favourable, 1, colour(row.provider))):
            if n:
                bar = ax.barh([mid], [sign * n * unit], 0.15, left=[middle], color=face)[0]
                mark(bar, row.evidence)
                ax.text(
                    middle + sign * (n * unit + 0.03),
                    mid,
                    f"{n:.0f}",
                    ha="left" if sign > 0 else "right",
                    va="center_baseline",
                    weight="bold",
                )
        if not (row.favourable or row.critical) and row.n:
            mark(
                ax.text(middle, mid, f"{row.n:.0f} mixed", ha="center", va="center", color=SOFT, fontsize=SMALL),
                row.evidence,
            )
        elif row.n:
            mark(
                ax.text(
                    middle + each / 2 - 0.03,
                    mid,
                    f"n {row.n:.0f}",
                    ha="right",
                    va="center_baseline",
                    color=SOFT,
                    fontsize=5.6,
                ),
                row.evidence,
            )
    if war is not None and 0 < war[0] < len(columns):
        x = label + war[0] * each
        ax.vlines(x, 0.04, y, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        ax.text(x, y + 0.03, war[1], ha="center", va="top", fontsize=SMALL, color=SOFT)
    ax.text(
        0.02,
        total - 0.06,
        "left, dark: critical     right, in colour: favourable     n: with the mixed ones",
        color=SOFT,
        fontsize=SMALL,
        va="bottom",
    )
    return ax


def dots(frame: pd.DataFrame, panels: list[list[str]], names: dict[str, str], rows: dict[str, str], size="full"):
    """Two by two panels of ties, a disc an item in the row of its domain: full, pale (only sought), crossed (said not to be given).

    ``frame``: tie, domain (a key of ``rows``), kind, label, evidence; ``panels`` are rows of ties.
    """
    figure, axes = plt.subplots(len(panels), len(panels[0]), figsize=(WIDTHS[size], 0.45 + 0.2 * len(rows) * len(panels) + 0.45 * len(panels)),
                                layout="constrained", sharex=True, sharey=True, squeeze=False)  # fmt: skip
    order = {r: i for i, r in enumerate(rows)}
    rank = frame["kind"].map({"given": 0, "sought": 1, "refused": 2}).fillna(3)
    frame = frame.assign(rank=rank).sort_values(["rank", "label"], kind="stable")
    most = max(1, frame.groupby(["tie", "domain"]).size().max())
    for axis_row, tie_row in zip(axes, panels, strict=True):
        for ax, tie in zip(axis_row, tie_row, strict=True):
            own = frame[frame["tie"].eq(tie)]
            ax.set_title(names.get(tie, tie), loc="left", weight="bold", color=colour(tie), fontsize=8)
            nth = own.groupby("domain").cumcount()
            for row, i in zip(own.itertuples(), nth, strict=True):
                face = {"given": colour(tie), "sought": tint(tie, 0.25)}.get(row.kind, PAPER)
                edge = REFUSAL if row.kind == "refused" else colour(tie)
                mark(
                    ax.scatter([i], [order[row.domain]], s=52, facecolor=[face], edgecolor=edge, linewidth=0.9),
                    row.evidence,
                )
                if row.kind == "refused":
                    mark(
                        ax.scatter([i], [order[row.domain]], s=24, marker="x", color=REFUSAL, linewidth=1.1),
                        row.evidence,
                    )
            ax.set_xlim(-0.7, most - 0.3)
            ax.set_ylim(len(rows) - 0.4, -0.6)
            ax.set_yticks(range(len(rows)), rows.values())
            ax.set_xticks([])
            ax.spines["bottom"].set_visible(False)
            for i in range(len(rows)):
                ax.axhline(i, color=BAND, linewidth=0.8, zorder=0)
    handles = [
        plt.Line2D(
            [], [], marker="o", linestyle="", color=SOFT, label="said to be given, under way, agreed or offered"
        ),
        plt.Line2D([], [], marker="o", linestyle="", color=SOFT, markerfacecolor=FAINT, label="only sought"),
        plt.Line2D(
            [], [], marker="X", linestyle="", color=REFUSAL, markerfacecolor=PAPER, label="said not to be given"
        ),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return axes[0][0]


def bars(
    frame: pd.DataFrame,
    row: str,
    part: str,
    order: dict[str, str],
    size="full",
    share=False,
    names=None,
    refused=(),
    unit="",
):
    """Counts as stacked bars, a bar a ``row`` in order of appearance, a segment a ``part``, each with its number.

    ``frame``: row, part, n, evidence; ``order`` maps parts to legend labels. With ``share`` every bar is 100 % long and its
    total stands at the end. The last of ``order`` is pale; those in ``refused`` are dark.
    """
    rows = list(dict.fromkeys(frame[row]))
    total = frame.groupby(row, observed=True)["n"].sum()
    used = [p for p in order if p in set(frame[part])]
    shades = dict(zip(used, sns.light_palette("#454f57", len(used) + 1, reverse=True)[: len(used)], strict=True))
    shades |= {p: REFUSAL for p in used if p in refused}
    narrow = size == "column"
    labels = [fit((names or {}).get(r, r), 1.0 if narrow else 1.6) for r in rows]
    ax = plot(
        size,
        0.5
        + max(0.24, 0.13 * max(map(lines, labels), default=1)) * len(rows)
        + 0.14 * -(-len(used) // (1 if narrow else 3)),
    )
    top = 1.0 if share else total.max() or 1
    for y, name in enumerate(rows):
        left = 0.0
        own = frame[frame[row].eq(name)].set_index(part)
        for p in used:
            if p in own.index and own.at[p, "n"]:
                n, wide = own.at[p, "n"], own.at[p, "n"] / (total[name] if share else 1)
                mark(
                    ax.barh([y], [wide], 0.72, left=[left], color=[shades[p]], edgecolor=PAPER, linewidth=0.5)[0],
                    own.at[p, "evidence"],
                )
                if wide > top * (0.045 if narrow else 0.024):
                    light = sum(to_rgb(shades[p])) > 1.6
                    ax.text(
                        left + wide / 2,
                        y,
                        f"{n:,.0f}",
                        ha="center",
                        va="center_baseline",
                        color=INK if light else PAPER,
                        fontsize=SMALL,
                    )
                left += wide
        ax.text(left + top * 0.012, y, f"{total[name]:,.0f}{unit}", va="center_baseline", color=SOFT, weight="bold")
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, top * 1.12)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    if len(used) > 1:
        handles = [plt.Rectangle((0, 0), 1, 1, color=shades[p]) for p in used]
        ax.figure.legend(handles, [order[p] for p in used], loc="outside lower left", ncols=1 if narrow else 3)
    return ax


def amounts(frame: pd.DataFrame, size="full"):
    """Amounts of one unit as bars, a row each; paler and indented where they are part of the one above.

    ``frame``: label, provider, floor, ceiling, said (amount and stage in words), part (of an item), evidence.
    """
    narrow, widest = size == "column", frame["ceiling"].max() if frame["ceiling"].notna().any() else 1
    ax = plot(size, 0.35 + (0.58 if narrow else 0.42) * len(frame))
    for y, row in enumerate(frame.itertuples()):
        known = row.ceiling == row.ceiling
        if known:
            face = tint(row.provider, 0.35) if row.part else colour(row.provider)
            mark(ax.barh([y + 0.2], [row.ceiling], 0.34, color=[face])[0], row.evidence)
        mark(ax.text((row.ceiling if known else 0) + widest * 0.012, y + 0.2, row.said, va="center"), row.evidence)
        label = ("part of the above: " if row.part else "") + row.label
        ax.text(
            widest * (0.02 if row.part else 0),
            y - 0.05,
            fit(label, WIDTHS[size] - 0.3, SMALL),
            va="bottom",
            color=SOFT,
            fontsize=SMALL,
        )
    ax.set_xlim(0, widest * (2.2 if narrow else 1.6))
    ax.set_ylim(len(frame) - 0.4, -0.75)
    ax.axis("off")
    return ax


def diverging(frame: pd.DataFrame, panels: dict[str, str], rows: list[str], sides: dict[str, str], size="full"):
    """Panels side by side: what limits to the left, dark; what drives to the right, in the panel's colour; what only explains, pale.

    ``frame``: panel, row, side (giver and receiver: full and hatched), direction, n, evidence.
    """
    axes = plot(size, 0.75 + 0.3 * len(rows), len(panels))
    at = {r: i for i, r in enumerate(rows)}
    axes = list(axes) if len(panels) > 1 else [axes]
    most = frame.groupby(["panel", "row", frame["direction"].eq("limits")])["n"].sum().max()
    for ax, (panel, title) in zip(axes, panels.items(), strict=True):
        own = frame[frame["panel"].eq(panel)]
        reach = dict.fromkeys([(r, s) for r in rows for s in (-1, 1)], 0.0)
        for row in own.itertuples():
            sign = -1 if row.direction == "limits" else 1
            face = {"limits": REFUSAL, "drives": colour(panel)}.get(row.direction, tint(panel, 0.3))
            left = reach[row.row, sign]
            hatch = "////" if row.side == list(sides)[-1] else None
            bar = ax.barh(
                [at[row.row]],
                [sign * row.n],
                0.62,
                left=[sign * left],
                facecolor=face,
                edgecolor=PAPER,
                hatch=hatch,
                linewidth=0.5,
            )[0]
            mark(bar, row.evidence)
            reach[row.row, sign] += row.n
        for (name, sign), n in reach.items():
            if n:
                ax.text(
                    sign * (n + most * 0.05),
                    at[name],
                    f"{n:.0f}",
                    ha="left" if sign > 0 else "right",
                    va="center_baseline",
                    weight="bold",
                )
        ax.axvline(0, color=FAINT, linewidth=0.8)
        ax.set_title(title, loc="left", weight="bold", color=colour(panel), fontsize=8)
        ax.set_xlim(-most * 1.25, most * 1.25)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.set_yticks(range(len(rows)), [fit(r, 1.5) for r in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
    box = plt.Rectangle
    handles = [box((0, 0), 1, 1, color=REFUSAL), box((0, 0), 1, 1, color=SOFT), box((0, 0), 1, 1, color=FAINT)]
    handles += [box((0, 0), 1, 1, facecolor=SOFT, edgecolor=PAPER, hatch="////")]
    names = [
        "limits",
        "drives",
        "only explains",
        f"hatched: {list(sides.values())[-1]}'s reason, else {list(sides.values())[0]}'s",
    ]
    axes[0].figure.legend(handles, names, loc="outside lower left", ncols=4)
    return axes[0]


def ranges(frame: pd.DataFrame, size="full", limits=(), low_end=None, high_end=None, right=True):
    """Intervals with their point, a row each, numbers or days; an open side ends in an arrow; rows of one group stand together.

    ``frame``: group, row, low, high, point (NaN: none), said, provider, evidence; ``limits`` are (value, words) drawn across.
    """
    dates = pd.api.types.is_datetime64_any_dtype(frame["low"])
    number = (lambda v: date2num(v) if v == v else v) if dates else float
    low, high = frame["low"].map(number), frame["high"].map(number)
    first, last = (low_end if low_end is not None else low.min()), (high_end if high_end is not None else high.max())
    grouped = frame["group"].ne("").any()
    starts = frame["group"].ne(frame["group"].shift())
    ax = plot(size, 0.5 + 0.185 * (len(frame) + (starts.sum() if grouped else 0)))
    y, ticks = -1.0, []
    for row, a, b, new in zip(frame.itertuples(), low, high, starts, strict=True):
        if grouped and new:
            y += 1
            ax.text(-0.01, y, row.group, transform=ax.get_yaxis_transform(), weight="bold", va="center", ha="right")
        y += 1
        ticks.append((y, row.row))
        if a != a and b != b:
            ax.text(1.01, y, row.said, transform=ax.get_yaxis_transform(), va="center", color=SOFT)
            continue
        tone = colour(row.provider)
        left, right_end = (a if a == a else first), (b if b == b else last)
        if dates and left == right_end:
            mark(ax.scatter([left], [y], s=26, color=tone, zorder=3), row.evidence)
        else:
            mark(ax.hlines(y, left, right_end, color=tone, linewidth=2.4), row.evidence)
        if a != a:
            mark(ax.scatter([left], [y], marker="<", s=26, color=tone), row.evidence)
        if row.point == row.point:
            mark(ax.scatter([row.point], [y], s=22, color=INK, zorder=3), row.evidence)
        ax.text(1.01, y, row.said, transform=ax.get_yaxis_transform(), va="center", color=SOFT)
    for value, words in limits:
        ax.axvline(value, color=FAINT, linewidth=0.8, zorder=0)
        ax.text(value, -1.1, words, fontsize=SMALL, color=SOFT, ha="center", va="bottom")
    ax.set_yticks([t for t, _ in ticks], [r for _, r in ticks])
    ax.set_ylim(y + 0.7, -0.9)
    if dates:
        ax.xaxis_date()
        ax.xaxis.set_major_locator(AutoDateLocator(maxticks=7))
    else:
        ax.set_xticks([t for t in ax.get_xticks() if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]])
    return ax


def lanes(
    frame: pd.DataFrame,
    texts: pd.DataFrame,
    told: pd.DataFrame,
    names: dict[str, str],
    sources: dict[str, str],
    first: pd.Timestamp,
    war=None,
    size="full",
):
    """Events by tie and date; at the right who tells of each: a column a text, glyph the source, full as fact, hollow less, crossed denied.

    ``frame`` is ``timelines.lanes``; ``texts``: article_id, key, label, start, end; ``told``: event_id, article_id, status, basis, provider,
    evidence; ``sources`` names the glyphs; ``war`` is a landmark: start, end, name. Time before ``first`` is squeezed into the left margin, left of a broken line.
    """
    width, label, right, step = WIDTHS[size], 2.95, 0.19 * len(texts) + 0.1, 0.148
    span = width - label - right - 0.15
    squeezed = 0.09 * span if (frame["start"].dropna() < first).any() else 0.0
    day0, day1 = date2num(first), date2num(texts["end"].max()) + 60

    def x(day):
        if day >= day0:
            return label + squeezed + (day - day0) / (day1 - day0) * (span - squeezed)
        return label + squeezed * max(
            0.0, min(0.9, (day - date2num(pd.Timestamp("2013-01-01"))) / (day0 - date2num(pd.Timestamp("2013-01-01"))))
        )

    rows = frame.drop_duplicates("event_id")
    ties = list(dict.fromkeys(frame["tie"]))
    total = 0.5 + step * (len(frame) + len(texts)) + 0.3 * (len(ties) + 1) + 0.46
    ax = sheet(size, total)
    bottom = total - 0.44
    for year in range(first.year, texts["end"].max().year + 1):
        for month, weight in ((1, 0.7), (7, 0.35)):
            at = date2num(pd.Timestamp(year, month, 1))
            if day0 + 60 <= at < day1 - 30:
                ax.vlines(x(at), 0.34, bottom, color=FAINT, linewidth=weight, zorder=0)
                ax.text(x(at), 0.3, f"{year}" if month == 1 else "Jul", ha="center", va="bottom", color=SOFT)
    if squeezed:
        for shift in (-0.015, 0.015):
            ax.vlines(label + squeezed + shift, 0.34, bottom, color=SOFT, linewidth=0.6)
        ax.text(label + squeezed / 2, 0.3, "before", ha="center", va="bottom", color=SOFT, fontsize=SMALL)
    if war is not None:
        a, b = (x(date2num(d)) for d in war[:2])
        ax.add_patch(plt.Rectangle((a, 0.34), max(b - a, 0.03), bottom - 0.34, color="#e9dfc7", zorder=-1))
        ax.text(a, bottom + 0.03, war[2], ha="center", va="top", color=SOFT, fontsize=SMALL)
    place = {t: label + span + 0.15 + 0.19 * (i + 0.5) for i, t in enumerate(texts["article_id"])}
    for text in texts.itertuples():
        ax.text(place[text.article_id], 0.3, text.key, ha="center", va="bottom", weight="bold", color=SOFT)
    y = 0.36
    ax.text(0.02, y + 0.12, "The texts", weight="bold", va="center")
    y += 0.22
    for text in texts.itertuples():
        ax.text(label - 0.08, y + step / 2, f"{text.label}: {text.key}", ha="right", va="center")
        a, b = x(date2num(text.start)), x(date2num(text.end) + 1)
        mark(ax.barh([y + step / 2], [max(b - a, 0.05)], 0.09, left=[a], color=INK)[0], text.article_id)
        y += step
    for tie in ties:
        own = frame[frame["tie"].eq(tie)]
        y += 0.08
        ax.text(0.02, y + 0.12, names.get(tie, tie), weight="bold", va="center", color=colour(tie))
        ax.hlines(y + 0.21, 0.02, width, color=FAINT, linewidth=0.6)
        y += 0.22
        for row in own.itertuples():
            mid = y + step / 2
            long = len(row.label) > 57
            words = fit(row.label, label - 0.1, 5.2) if long else row.label
            mark(
                ax.text(
                    label - 0.08, mid, words, ha="right", va="center", fontsize=5.2 if long else SMALL, linespacing=0.95
                ),
                row.evidence,
            )
            _date(ax, mid, row, x, label, colour(tie))
            y += step
    spots, y = {}, 0.58 + step * len(texts)
    for tie in ties:
        y += 0.3
        for row in frame[frame["tie"].eq(tie)].itertuples():
            spots.setdefault(row.event_id, y + step / 2)
            y += step
    for row in told[told["event_id"].isin(rows["event_id"])].itertuples():
        glyph(ax, place[row.article_id], spots[row.event_id], row)
    keys = "dot: a day   bar: a month, a year or lasting   capped line: some day within   arrow: by this date   hollow: planned or likely   crossed: said not to be so"
    ax.text(0.02, total - 0.14, keys, color=SOFT, fontsize=5.8, va="bottom")
    x0 = 0.02 + 0.045 * len("at the right, who tells of it, by its source:")
    ax.text(0.02, total - 0.02, "at the right, who tells of it, by its source:", color=SOFT, fontsize=5.8, va="bottom")
    for basis, words in sources.items():
        ax.scatter([x0], [total - 0.065], marker=GLYPHS.get(basis, "o"), s=12, color=SOFT)
        ax.text(x0 + 0.06, total - 0.02, words, color=SOFT, fontsize=5.8, va="bottom")
        x0 += 0.2 + 0.043 * len(words)
    return ax


def glyph(ax, x, y, row):
    """One text's report as a glyph of its source: full as fact, hollow less firm or quoted, crossed denied."""
    tone = colour(row.provider)
    face = tone if row.status == "stated" else PAPER
    mark(
        ax.scatter([x], [y], marker=GLYPHS.get(row.basis, "o"), s=17, facecolor=[face], edgecolor=tone, linewidth=0.8),
        row.evidence,
    )
    if row.status in REFUSED:
        mark(ax.scatter([x], [y], marker="x", s=26, color=REFUSAL, linewidth=1.1), row.evidence)


def _date(ax, y, row, x, left, tone):
    """One date on its line: a dot, a bar, a capped line, an arrow; fading where about, dashed where planned, crossed where denied."""
    if row.start != row.start and row.end != row.end:
        ax.text(left + 0.62, y, "undated", va="center", color=SOFT, fontsize=5.8)
        return
    planned, denied = row.planned, row.denied
    a = x(date2num(row.start)) if row.start == row.start else None
    b = x(date2num(row.end) + 1) if row.end == row.end else None
    line = (0, (2, 1)) if planned else "-"
    if a is None or b is None:
        tip, start, end = ("<", max(left + 0.3, (b or 0) - 0.5), b) if a is None else (">", a, a + 0.4)
        ax_line = ax.hlines(y, start, end, color=tone, linewidth=1, linestyle=line)
        mark(ax_line, row.evidence)
        mark(ax.scatter([start if a is None else end], [y], marker=tip, s=14, color=tone), row.evidence)
        mark(ax.vlines(end if a is None else start, y - 0.045, y + 0.045, color=tone, linewidth=1), row.evidence)
    elif row.form == "within" and row.start != row.end:
        mark(ax.hlines(y, a, b, color=tone, linewidth=1.3, linestyle=line), row.evidence)
        mark(ax.vlines([a, b], y - 0.045, y + 0.045, color=tone, linewidth=1), [row.evidence] * 2)
    elif row.start == row.end:
        mark(
            ax.scatter([(a + b) / 2], [y], s=22, facecolor=[PAPER if planned else tone], edgecolor=tone, linewidth=0.9),
            row.evidence,
        )
    elif row.circa:
        for i in range(8):
            part = ax.barh(
                [y],
                [(b - a) / 8],
                0.085,
                left=[a + i * (b - a) / 8],
                color=[tint(row.tie, 1 - abs(2 * (i + 0.5) / 8 - 1))],
            )[0]
            mark(part, row.evidence)
    else:
        face = PAPER if planned else tone
        mark(
            ax.barh(
                [y], [max(b - a, 0.03)], 0.085, left=[a], facecolor=face, edgecolor=tone, linestyle=line, linewidth=0.8
            )[0],
            row.evidence,
        )
    if denied:
        middle = ((a if a is not None else b) + (b if b is not None else a)) / 2
        mark(ax.scatter([middle], [y], marker="x", s=26, color=REFUSAL, linewidth=1.2, zorder=4), row.evidence)


def heat(frame: pd.DataFrame, rows: dict[str, str], columns: dict[str, str], size="full", label=1.7):
    """A table of shares: the darker the greater, with the count in each cell. ``frame``: row, column, share (0 to 1), n, evidence."""
    each, tall = (WIDTHS[size] - label - 0.1) / len(columns), 0.22
    heads = {c: fit(h, each - 0.1, bold=True) for c, h in columns.items()}
    head = 0.13 * max(map(lines, heads.values())) + 0.1
    ax = sheet(size, head + tall * len(rows) + 0.05)
    for i, text in enumerate(heads.values()):
        ax.text(label + (i + 0.5) * each, head - 0.06, text, ha="center", va="bottom", weight="bold", color=SOFT)
    for y, text in enumerate(rows.values()):
        ax.text(0.02, head + (y + 0.5) * tall, text, va="center")
    across, down = {c: i for i, c in enumerate(columns)}, {r: i for i, r in enumerate(rows)}
    for row in frame.itertuples():
        x, y = label + across[row.column] * each, head + down[row.row] * tall
        shade = tuple(1 - row.share * (1 - c) for c in to_rgb("#2f4858"))
        mark(ax.add_patch(plt.Rectangle((x + 0.02, y + 0.01), each - 0.04, tall - 0.02, facecolor=shade)), row.evidence)
        ax.text(
            x + each / 2,
            y + tall / 2,
            f"{row.n:.0f}",
            ha="center",
            va="center_baseline",
            color=INK if row.share < 0.5 else PAPER,
        )
    return ax
