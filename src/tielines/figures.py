"""One chart → one bundle on disk: SVG, PDF, PNG, CSV of what is drawn, JSON that explains it."""

import hashlib
import json
import os
import re
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from tielines import ROOT, __version__, charts
from tielines.tables import Tables
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


def save_figure(
    ax, name: str, *, title: str, caption: str, alt: str, data: pd.DataFrame, filters=None
) -> None:
    """Write one bundle: ``name`` with .svg, .pdf, .png (300 dpi), .csv and .json.

    ``ax`` is Axes or Figure; ``data`` exactly what is drawn, with its column ``evidence``.
    The title stands over the chart, the caption under it; JSON holds both, the alt text, the
    filters, the hash of the CSV, and for each mark its evidence. Raises ValueError where a mark
    or a row has no evidence.
    """
    figure = ax.get_figure(root=True)
    if "evidence" not in data or data["evidence"].astype(str).eq("").any():
        raise ValueError(f"{name}: each row of data needs its evidence")
    drawn = marks(figure)
    if not drawn:
        raise ValueError(f"{name}: no mark has evidence; draw with a function of charts")
    columns = int(figure.get_figwidth() * 13.5)
    figure.suptitle(
        textwrap.fill(title, int(columns * 0.79)), x=0.012, ha="left", weight="bold", fontsize=11
    )
    figure.supxlabel(
        textwrap.fill(caption, int(columns * 1.42)), x=0.012, ha="left", fontsize=6.5, color=charts.SOFT
    )
    where = folder(filters)
    where.mkdir(parents=True, exist_ok=True)
    table = data.to_csv(index=False, lineterminator="\n")
    about = {
        "name": name,
        "title": title,
        "caption": caption,
        "alt": alt,
        "notebook": f"{name.split('-')[0]}",
        "filters": filters or {},
        "data_sha256": hashlib.sha256(table.encode()).hexdigest(),
        "version": __version__,
        "marks": drawn,
    }
    files = {"csv": table.encode(), "json": (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()}
    with charts.style():
        for kind, metadata in FORMATS.items():
            part = where / f".{name}.{os.getpid()}.part"
            figure.savefig(part, format=kind, dpi=300, metadata=metadata)
            files[kind] = part.read_bytes()
            part.unlink()
    for kind, content in files.items():
        _replace(where / f"{name}.{kind}", content)
    plt.figure(figure)


def _replace(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
