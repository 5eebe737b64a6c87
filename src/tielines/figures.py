"""One chart → one bundle on disk: SVG, PDF, PNG, CSV of what is drawn, JSON that explains it; the gallery."""

import io
import json
import os
import re
import shutil
import sys
import textwrap
from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from filelock import FileLock

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
    figure.draw_without_rendering()  # laid out once, for all formats
    figure.set_layout_engine("none")
    return figure


def describe(figure, name: str, title: str, caption: str, alt: str, data: pd.DataFrame, filters: dict):
    """(CSV, JSON) texts of a bundle: what is drawn, and what explains it.

    Raises ValueError where a row has no evidence, or nothing that is drawn has.
    """
    return _describe(name, title, caption, alt, data, filters, marks(figure))


def _describe(name, title, caption, alt, data, filters, drawn):
    if "evidence" not in data or data["evidence"].astype(str).eq("").any():
        raise ValueError(f"{name}: each row of data needs its evidence")
    if not drawn and len(data):
        raise ValueError(f"{name}: no mark has evidence; draw with a function of charts")
    table = data.to_csv(index=False, lineterminator="\n")
    about = {"name": name, "title": title, "caption": caption, "alt": alt, "notebook": name.split("-")[0]}
    about |= {"filters": filters, "data_sha256": sha256(table), "version": __version__, "marks": drawn}
    return table, json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def save_figure(ax, name: str, *, title: str, caption: str, alt: str, data: pd.DataFrame, filters=None) -> None:
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
            said = {"Title": title, "Description": alt} if kind == "png" else {"Title": title}
            figure.savefig(buffer, format=kind, dpi=300, metadata=metadata | said)
            files[kind] = buffer.getvalue()
    files["svg"] = _accessible(files["svg"].decode(), title, alt).encode()
    commit(name, files, folder(filters))
    _show(figure, alt)


def save_table(frame: pd.DataFrame, name: str, columns: dict[str, str], *, title, caption, alt, filters=None) -> None:
    """Write a typeset table as a bundle: ``name`` with .html, .csv and .json; a notebook shows it.

    ``columns`` maps columns of ``frame`` to headings; each row's evidence stands at its end.
    """
    from great_tables import GT, html

    shown = frame[[*columns, "evidence"]].rename(columns=columns | {"evidence": "Evidence"})
    for column in shown.columns[:-1]:  # a code reads as words
        if not pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = shown[column].astype(str).str.replace("_", " ").replace("nan", None)
    numbers = shown.select_dtypes("number").columns.tolist()
    table = GT(shown, id=name).tab_header(title=title).fmt_number(numbers, decimals=0).sub_missing(missing_text="none")
    table = table.tab_source_note(html(caption)).opt_align_table_header("left")
    marks = [{"mark": "row", "evidence": e.split(";")} for e in frame["evidence"]]
    text, about = _describe(name, title, caption, alt, frame, filters or {}, marks)
    page = table.as_raw_html()
    commit(name, {"csv": text.encode(), "json": about.encode(), "html": page.encode()}, folder(filters))
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        ipython.display.display(ipython.display.HTML(page))


def _show(figure, alt: str) -> None:
    """In a notebook, the figure with its alt text; elsewhere nothing."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        ipython.display.display(figure, metadata={"image/png": {"alt": alt}})
        plt.close(figure)


def _accessible(svg: str, title: str, alt: str) -> str:
    """An SVG that a screen reader announces as one image with its alt text."""
    said = f"<title>{escape(title)}</title>\n <desc>{escape(alt)}</desc>"
    svg = re.sub(r"\s*<title>.*?</title>", "", svg, count=1, flags=re.S)
    return re.sub(r"<svg ([^>]*)>", lambda m: f'<svg role="img" {m[1]}>\n {said}', svg, count=1)


def _staging(where: Path) -> Path:
    """Where bundles are made ready for ``where``: on its file system, outside of it."""
    where.mkdir(parents=True, exist_ok=True)
    cache = ROOT / ".cache" / "bundles"
    cache.mkdir(parents=True, exist_ok=True)
    if cache.stat().st_dev != where.stat().st_dev:
        cache = where.parent / f".{where.name}-bundles"
    staging = cache / sha256(str(where.resolve()))[:12]
    staging.mkdir(parents=True, exist_ok=True)
    return staging


def commit(name: str, files: dict[str, bytes], where: Path) -> None:
    """Put ``name.kind`` for each kind into ``where``, all or none; unchanged files stay as they are.

    The files are made in a folder aside; renaming that folder to ``.ready`` decides. Killed before,
    the old bundle stands; killed after, ``recover`` finishes the move, as every next commit does.
    """
    staging = _staging(where)
    with FileLock(staging.with_suffix(".lock")):
        _finish(staging, where)
        part = staging / f"{name}.part"
        part.mkdir()
        for kind, content in files.items():
            path = where / f"{name}.{kind}"
            if not path.exists() or path.read_bytes() != content:
                (part / path.name).write_bytes(content)
        part.rename(staging / f"{name}.ready")
        _finish(staging, where)


def recover(where: Path) -> None:
    """Finish what a killed commit had decided, and drop what it had not."""
    staging = _staging(where)
    with FileLock(staging.with_suffix(".lock")):
        _finish(staging, where)


def _finish(staging: Path, where: Path) -> None:
    for ready in sorted(staging.glob("*.ready")):
        for path in sorted(ready.iterdir()):
            path.replace(where / path.name)
        ready.rmdir()
    for part in staging.glob("*.part"):
        shutil.rmtree(part)


def gallery(where: Path | None = None) -> str:
    """figures/README.md: every bundle of a folder with picture or table, caption and files."""
    where = where or ROOT / "figures"
    out = [
        "# Figures",
        "",
        "Generated by `make run`: each figure with its caption; its CSV names the evidence.",
        "",
    ]
    for path in sorted(where.glob("*.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        kinds = [k for k in ("png", "svg", "pdf", "html", "csv", "json") if path.with_suffix(f".{k}").exists()]
        out += [f"## {about['title']}", ""]
        if "png" in kinds:
            alt = about["alt"].replace("[", "(").replace("]", ")")
            out += [f"![{alt}]({about['name']}.png)", ""]
        out += [about["caption"], "", " · ".join(f"[{k}]({about['name']}.{k})" for k in kinds), ""]
    return "\n".join(out)
