"""One chart → one bundle on disk: SVG, PDF, PNG, CSV of what is drawn, JSON that explains it."""

import io
import json
import os
import re
import sys
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from tielines import ROOT, __version__, charts
from tielines.tables import Tables
from tielines.texts import sha256
from tielines.timelines import as_of

FORMATS = {  # no date and no version inside, so that the same data give the same bytes
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
MAX_RUNS = 6  # more runs of ids than this, and the caption counts them


def folder(filters: dict | None = None) -> Path:
    """Where bundles go: ``figures/``, with a filter ``figures/local/``, or TIELINES_FIGURES."""
    named = os.environ.get("TIELINES_FIGURES")
    base = ROOT / (named or "figures")
    return base / "local" if filters else base


def headline(finding: str, holds: bool, neutral: str, filters: dict | None = None) -> str:
    """The finding where its predicate holds on all the data; else the neutral title."""
    return finding if holds and not filters else neutral


def addresses(evidence) -> str:
    """Row ids as runs, ``c0042–c0061, c0070``; their count where there are many runs."""
    ids = sorted({i for e in evidence for i in str(e).split(";") if i})
    runs = []
    for row_id in ids:
        stem, digits = re.fullmatch(r"(.*?)(\d*)", row_id).groups()
        number = int(digits or 0)
        if runs and runs[-1][0] == stem and runs[-1][2] == number - 1 and digits:
            runs[-1][2:] = [number, row_id]
        else:
            runs.append([stem, row_id, number, row_id])
    if len(runs) > MAX_RUNS:
        return f"{len(ids)} rows, each named in the figure's CSV"
    return ", ".join(a if a == b else f"{a}–{b}" for _, a, _, b in runs)


def caption(what: str, frame: pd.DataFrame, data: Tables) -> str:
    """What is drawn, n, as-of date, filters, and the addresses of the evidence."""
    active = "; ".join(f"{k}={v}" for k, v in data.filters.items())
    return (
        f"{what} As of {as_of(data.articles)}. "
        + (f"Filtered: {active}. " if active else "")
        + "Not verified outside these texts. "
        + f"Evidence: {addresses(frame['evidence'])}; Tielines {__version__}."
    )


def marks(figure) -> list[dict]:
    """Every mark of a figure: what draws it, and the ids of its evidence."""
    found = []
    for ax in figure.get_axes():
        for artist in [*ax.collections, *ax.patches, *ax.texts]:
            links = artist.get_urls() if hasattr(artist, "get_urls") else [artist.get_url()]
            for link in filter(None, links):
                found.append({"mark": type(artist).__name__, "evidence": link[1:].split(";")})
    return found


def dress(ax, title: str, caption: str):
    """Title over the chart, caption under it, both wrapped to its width; returns the Figure."""
    figure = ax.get_figure(root=True)
    wide = figure.get_figwidth() * 13.5  # letters of plain 8-point type
    heading = {"x": 0.012, "ha": "left"}
    figure.suptitle(textwrap.fill(title, int(wide * 0.79)), weight="bold", fontsize=11, **heading)
    figure.supxlabel(textwrap.fill(caption, int(wide * 1.42)), fontsize=6.5, color=charts.SOFT, **heading)
    return figure


def describe(figure, name: str, title: str, caption: str, alt: str, data: pd.DataFrame, filters: dict):
    """(CSV, JSON) texts of a bundle: what is drawn, and what explains it.

    Raises ValueError where a row has no evidence, or nothing that is drawn has.
    """
    if "evidence" not in data or data["evidence"].astype(str).eq("").any():
        raise ValueError(f"{name}: each row of data needs its evidence")
    drawn = marks(figure)
    if not drawn and len(data):
        raise ValueError(f"{name}: no mark has evidence; draw with a function of charts")
    table = data.to_csv(index=False, lineterminator="\n")
    about = {"name": name, "title": title, "caption": caption, "alt": alt, "notebook": name.split("-")[0]}
    about |= {"filters": filters, "data_sha256": sha256(table), "version": __version__, "marks": drawn}
    return table, json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def save_figure(
    ax, name: str, *, title: str, caption: str, alt: str, data: pd.DataFrame, filters=None
) -> None:
    """Write one bundle: ``name`` with .svg, .pdf, .png (300 dpi), .csv and .json.

    ``ax`` is Axes; ``data`` exactly what is drawn, with its column ``evidence``. JSON holds title,
    caption, alt text, filters, the hash of the CSV, and for each mark its evidence.
    """
    with charts.style():
        figure = dress(ax, title, caption)
        table, about = describe(figure, name, title, caption, alt, data, filters or {})
        files = {"csv": table.encode(), "json": about.encode()}
        for kind, metadata in FORMATS.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=300, metadata=metadata)
            files[kind] = buffer.getvalue()
    where = folder(filters)
    where.mkdir(parents=True, exist_ok=True)
    for kind, content in files.items():
        _replace(where / f"{name}.{kind}", content)
    _show(figure, alt)


def _show(figure, alt: str) -> None:
    """In a notebook, the figure with its alt text; elsewhere nothing."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        ipython.display.display(figure, metadata={"image/png": {"alt": alt}})
        plt.close(figure)


def _replace(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
