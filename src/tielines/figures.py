"""One exhibit → one bundle on disk: pictures, CSV of exactly what is drawn, JSON that explains it; the gallery.

Each file is written whole, the JSON with the hashes of the others last: a bundle is whole when its hashes hold.
"""

import io
import json
import os
import re
import sys
from base64 import b64encode
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection

from tielines import PLACE, ROOT, __version__, charts, dataset, files, tables
from tielines.files import TielinesError

__all__ = "addresses broken dress folder gallery marks lines_of margins save_figure spots tips whole".split()


def __dir__():
    return __all__


FORMATS = {  # no date and no version inside, so that the same data give the same bytes
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
TALLEST = {"slide": 4.05, "column": 9.6}  # inches: a slide is 16:9, a column no longer than a page
_FROM = PLACE.relative_to(ROOT).as_posix() if PLACE.is_relative_to(ROOT) else ""
HUB = "JUPYTERHUB_SERVICE_PREFIX"  # where a hub serves this JupyterLab
# As JupyterLab has it, rooted at the repository.
PAGE = quote(str(PurePosixPath(os.environ.get(HUB) or "/", "files", _FROM, "figures/index.html")))
SHOWN, FINGER, TIPS = 100, 9, 2  # dots an inch in a notebook; pixels of the least spot; rows in a tip
MAX_RUNS = 6  # more runs of ids than this, and a caption counts them


def folder(filters: dict | None = None, name: str = "") -> Path:
    """Where bundles go: ``figures/`` (or TIELINES_FIGURES), with a filter its ``local/``; a reader's own figure into ``own/``.

    In a run of one's own: its ``figures/``, with a filter too, and its ``own/``.
    """
    from tielines.exhibits import ALL

    if PLACE != ROOT:
        return PLACE / ("own" if name and name not in ALL else "figures")
    base = ROOT / (os.environ.get("TIELINES_FIGURES") or "figures")
    if name and name not in ALL:
        return base / "own" if os.environ.get("TIELINES_FIGURES") else ROOT / "own"
    return base / "local" if filters else base


def addresses(evidence, most: int = MAX_RUNS) -> str:
    """Row ids as runs, ``c0042–c0061, c0070``; their count where there are more than ``most`` runs."""
    ids = sorted({i for e in evidence for i in str(e).split(";") if i})
    runs = []
    for row_id in ids:
        stem, digits = re.fullmatch(r"(.*?)(\d*)", row_id).groups()
        number = int(digits or 0)
        if runs and runs[-1][0] == stem and runs[-1][2] == number - 1 and digits:
            runs[-1][2:] = [number, row_id]
        else:
            runs.append([stem, row_id, number, row_id])
    if len(runs) > most:
        return f"{len(ids)} rows, each named in the CSV"
    return ", ".join(a if a == b else f"{a}–{b}" for _, a, _, b in runs)


def marks(figure) -> list[dict]:
    """Every mark of a figure: what draws it, and the ids of its evidence."""
    found = []
    for ax in figure.get_axes():
        for artist in [*ax.collections, *ax.patches, *ax.texts]:
            links = artist.get_urls() if hasattr(artist, "get_urls") else [artist.get_url()]
            found += [{"mark": type(artist).__name__, "evidence": u[1:].split(";")} for u in links if u and u != "#"]
    return found


def lines_of(title: str, caption: str, size: str) -> tuple[str, str]:
    """Title and caption broken into lines."""
    title = re.sub(r"(\d) (?=(?:t|MW|USD|EUR|CNY|RUB|%|million|billion)\b)", "\\1\u00a0", title)
    wide = charts.WIDTHS[size] - 0.08
    return charts.fit(title, wide, 10, bold=True), charts.fit(caption, wide, 6)


def margins(title: str, caption: str, size: str = "full") -> tuple[float, float]:
    """Inches that title and caption take, above and below a chart."""
    title, caption = lines_of(title, caption, size)
    return 0.2 * len(title.splitlines()) + 0.12, 0.105 * len(caption.splitlines()) + 0.12


def dress(ax, title: str, caption: str, bare: bool = False, size: str = "full"):
    """Title over the chart and caption under it, the figure made taller for them; a slide is 16:9. Bare without both. Returns the Figure."""
    figure = ax.get_figure(root=True)
    wide, tall = figure.get_size_inches()
    size = "column" if wide < charts.WIDTHS["full"] else size
    above, below = (0.0, 0.0) if bare else margins(title, caption, size)
    whole = TALLEST[size] if size == "slide" else tall + above + below
    if size == "slide" and (tall > whole - above - below or figure.get_layout_engine()):
        tall = whole - above - below
        figure.set_figheight(tall)
    if engine := figure.get_layout_engine():
        engine.execute(figure)  # once, for all formats; to draw for it would take longer
    figure.set_layout_engine(None)  # "none" would leave a placeholder that makes each save draw twice
    figure.set_figheight(whole)
    low = whole - above - tall
    for own in figure.axes:
        box = own.get_position()
        own.set_position((box.x0, (box.y0 * tall + low) / whole, box.width, box.height * tall / whole))
    for legend in figure.legends:
        legend.set_loc("lower left")
        legend.set_bbox_to_anchor((0.0, low / whole, 1, 1), transform=figure.transFigure)
    if not bare:
        title, caption = lines_of(title, caption, size)
        figure.text(0.02 / wide, 1 - 0.06 / whole, title, va="top", weight="bold", fontsize=10)
        figure.text(0.02 / wide, 0.05 / whole, caption, va="bottom", fontsize=6, color=charts.SOFT, linespacing=1.15)
    return figure


def save_figure(ax, name: str, *, title: str, caption: str, alt: str, data: pd.DataFrame, filters=None, more=None, office=None,
                show=True, size="full", bare=False):  # fmt: skip
    """Write one bundle: ``name`` with .svg, .pdf, .png (300 dpi), .csv and .json; a notebook shows it.

    ``ax`` is Axes or a Figure, None for a table; ``data`` exactly what is drawn, with its column ``evidence``. The JSON holds title, caption,
    alt text, filters, for each mark its evidence, and the hash of every other file; ``more`` is added to it. ``office`` ({kind: bytes})
    are further files of the bundle, html the table; ``bare`` leaves title and caption out of the picture, for Word, which has its own.
    Raises TielinesError where a row has no evidence, or nothing that is drawn has.
    """
    out, figure = dict(office or {}), None
    drawn = [{"mark": "row", "evidence": str(e).split(";")} for e in data.get("evidence", ())]
    if ax is not None:
        with charts.style():
            figure = dress(ax if hasattr(ax, "plot") else ax.axes[0], title, caption, bare, size)
            drawn = marks(figure)
            if not drawn and len(data):
                raise TielinesError(f"{name}: no mark has evidence; make one with charts.mark(artist, evidence)")
            out |= {kind: _saved(figure, kind, title, alt) for kind in FORMATS}
        out["svg"] = _accessible(out["svg"].decode(), title, alt).encode()
    _bundle(name, out, title, caption, alt, data, filters, drawn, more)
    if show and _notebook():
        display = _notebook().display
        shown = _linked(figure, alt) if figure else display.HTML(out["html"].decode())
        display.display(shown, raw=bool(figure))
    if figure:
        plt.close(figure)


def _saved(figure, kind: str, title: str, alt: str) -> bytes:
    """A picture as the file of a kind of FORMATS."""
    buffer = io.BytesIO()
    if kind != "png":
        figure.savefig(buffer, format=kind, dpi=300, metadata=FORMATS[kind] | {"Title": title})
        return buffer.getvalue()
    from PIL import PngImagePlugin

    said = PngImagePlugin.PngInfo()
    said.add_text("Title", title)
    said.add_text("Description", alt)
    figure.savefig(io.BytesIO(), format="rgba", dpi=300)
    # Without the alpha that nothing has, and packed less hard, it takes half the time, and is no larger.
    _dots(figure).save(buffer, "png", pnginfo=said, dpi=(300, 300), compress_level=3)
    return buffer.getvalue()


def _dots(figure):
    """A figure just saved in dots, as an Image without alpha."""
    from PIL import Image

    return Image.fromarray(np.asarray(figure.canvas.renderer.buffer_rgba())).convert("RGB")


def _linked(figure, alt: str) -> dict[str, str]:
    """What a notebook shows of a figure just saved as PNG: the picture with a link over each mark that says its evidence, and the bare picture for viewers without HTML.

    A link with a title over an ``<img alt>`` is what JupyterLab leaves in a notebook that it does not trust. ``/files/`` is where a server
    rooted at the repository has the page: of all paths, JupyterLab opens those alone at the row.
    """
    from PIL import Image

    small = io.BytesIO()  # a third of the dots of the saved one: drawing it anew takes longer
    _dots(figure).reduce(300 // SHOWN).quantize(64, dither=Image.Dither.NONE).save(small, "png")
    png, (wide, tall) = b64encode(small.getvalue()).decode(), figure.bbox.size
    links = []
    for (x0, y0, x1, y1), evidence in spots(figure):
        place = f"left:{100 * x0 / wide:.1f}%;top:{100 - 100 * y1 / tall:.1f}%;width:{100 * (x1 - x0) / wide:.1f}%;height:{100 * (y1 - y0) / tall:.1f}%"
        links.append(f'<a href="{PAGE}#{escape(evidence)}" target="_blank" title="{escape(_tip(evidence))}" style="position:absolute;{place}"></a>')  # fmt: skip
    picture = f'<img src="data:image/png;base64,{png}" alt="{escape(alt)}" style="width:100%">'
    width = f"position:relative;width:{SHOWN * figure.get_figwidth():.0f}px;max-width:100%"
    html = f'<div style="{width}">{picture}{"".join(links)}</div>'
    return {"text/html": html, "image/png": png, "text/plain": repr(figure)}


def spots(figure) -> list[tuple]:
    """Where each mark of a figure is that was saved: ((left, bottom, right, top) in pixels, evidence). Those of one evidence that touch are one."""
    found, renderer = [], figure.canvas.get_renderer()  # texts remember the last one, of 300 dots an inch
    for ax in figure.get_axes():
        for artist in [*ax.collections, *ax.patches, *ax.texts]:
            urls = artist.get_urls() if hasattr(artist, "get_urls") else [artist.get_url()]
            if isinstance(artist, PathCollection):  # a scatter: a box a disc
                size = np.sqrt(np.resize(artist.get_sizes(), len(urls)))[:, None] * figure.dpi / 72 / 2
                middle = artist.get_offset_transform().transform(artist.get_offsets())
                boxes = np.hstack([middle - size, middle + size])
            elif isinstance(artist, LineCollection):  # it knows no extent of its own
                lines = [artist.get_transform().transform(line) for line in artist.get_segments()]
                boxes = [np.hstack([line.min(0), line.max(0)]) for line in lines]
            else:
                boxes = [artist.get_window_extent(renderer).extents]
            for url, (x0, y0, x1, y1) in zip(urls, boxes, strict=False):
                if url and url != "#":
                    x, y = max(0, FINGER - x1 + x0) / 2, max(0, FINGER - y1 + y0) / 2
                    box = np.array([x0 - x, y0 - y, x1 + x, y1 + y])
                    found.append((box, url[1:]))
    merged = {}
    for box, evidence in found:
        own = merged.setdefault(evidence, [])
        near = [b for b in own if (b[:2] <= box[2:]).all() and (box[:2] <= b[2:]).all()]
        if near:
            near[0][:] = [*np.minimum(near[0][:2], box[:2]), *np.maximum(near[0][2:], box[2:])]
        else:
            own.append(box)
    spread = [(tuple(box), evidence) for evidence, own in merged.items() for box in own]
    return sorted(
        spread, key=lambda s: (round(-s[0][3] / FINGER), s[0][0])
    )  # as one reads; what lies inside another comes after it


@lru_cache(maxsize=2)
def _told(stamp: int) -> dict[str, str]:
    return dataset.told(dataset.load())


def tips() -> dict[str, str]:
    """{row id: what its tip says}, read once."""
    return _told((tables.DATA / "datapackage.json").stat().st_mtime_ns)


def _tip(evidence: str) -> str:
    """The first rows of a mark's evidence in words, and how many more there are."""
    known, ids = tips(), evidence.split(";")
    said = [known.get(i, i) for i in ids[:TIPS]]
    return "\n".join(said + ([f"and {len(ids) - TIPS} more"] if len(ids) > TIPS else []))


def _notebook():
    """IPython where a notebook runs, else None."""
    ipython = sys.modules.get("IPython")
    return ipython if ipython and ipython.get_ipython() else None


def _bundle(name, out, title, caption, alt, data, filters, drawn, more):
    if "evidence" not in data or data["evidence"].astype(str).eq("").any():
        raise TielinesError(f"{files.shown(name)}: each row of data needs its evidence")
    if not re.fullmatch(r"[\w-]{1,100}", name):  # a file's name may have 255 bytes
        raise TielinesError(f"{files.shown(name)} is no name of a figure: up to 100 letters, digits, - and _")
    where = folder(filters, name)
    out = {"csv": data.to_csv(index=False, lineterminator="\n").encode(), **out}
    about = {
        "name": name,
        "title": title,
        "caption": caption,
        "alt": alt,
        "notebook": name.split("-")[0],
        "filters": filters or {},
    }
    about |= {
        "version": __version__,
        **(more or {}),
        "files": {k: files.sha256(v) for k, v in sorted(out.items())},
        "marks": drawn,
    }
    for kind, content in out.items():
        files.write(where / f"{name}.{kind}", content)
    files.write(where / f"{name}.json", json.dumps(about, ensure_ascii=False, indent=1) + "\n")


def whole(path: Path) -> bool:
    """Whether every file that a bundle's JSON names is there with its hash."""
    try:
        named = json.loads(path.read_text(encoding="utf-8"))["files"]
        return all(files.sha256(path.with_suffix(f".{k}").read_bytes()) == h for k, h in named.items())
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def broken(notebook: str, where: Path | None = None) -> bool:
    """Whether a bundle that a notebook writes (by ``exhibits.name(``) is missing or not whole."""
    source = (ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8")
    names = {f"{notebook.split('-')[0]}-{n.replace('_', '-')}" for n in re.findall(r"= exhibits\.(\w+)\(data", source)}
    return not all(whole((where or folder()) / f"{name}.json") for name in names)


def _accessible(svg: str, title: str, alt: str) -> str:
    """An SVG that a screen reader announces as one image with its alt text."""
    said = f"<title>{escape(title)}</title>\n <desc>{escape(alt)}</desc>"
    svg = re.sub(r"\s*<title>.*?</title>", "", svg, count=1, flags=re.S)
    return re.sub(r"<svg ([^>]*)>", lambda m: f'<svg role="img" {m[1]}>\n {said}', svg, count=1)


def gallery(where: Path | None = None) -> str:
    """figures/README.md: every bundle of a folder with picture or table, caption and files."""
    command, where = "python -m tielines run" if where else "make run", where or ROOT / "figures"
    out = ["# Figures", "", f"Generated by `{command}`: each figure with its caption; its CSV names the evidence.", ""]
    for path in sorted(where.glob("*.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        text = {k: re.sub(r"([\[\]*_`])", r"\\\1", escape(about[k], quote=False)) for k in ("title", "caption", "alt")}
        out += [f"## {text['title']}", ""]
        if "png" in about["files"]:
            out += [f"![{text['alt']}]({about['name']}.png)", ""]
        links = " · ".join(f"[{k}]({about['name']}.{k})" for k in [*about["files"], "json"])
        out += [text["caption"], "", links, ""]
    return "\n".join(out)
