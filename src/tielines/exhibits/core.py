"""What all exhibits share: counts that a reader can repeat, title, caption, bundle, registry."""

import math
import re
from dataclasses import dataclass, replace
from functools import wraps

import matplotlib.pyplot as plt
import pandas as pd

from tielines import __version__, charts, figures
from tielines.amounts import CARDINALS
from tielines.dataset import FILTERS, Dataset, as_of, load
from tielines.files import TielinesError
from tielines.tables import nearest

_LIST = re.compile(r"(\w);(?=\w)")
ALL = {}  # name of a bundle: the function that makes its exhibit
ROWS = dict.fromkeys((charts.balance, charts.grid, charts.path, charts.ranges), ["group", "row"])
ROWS[charts.lanes] = ["event_id"]  # what a slide may hold a part of


class Counter:
    """Counts over a frame; each is kept with its recipe, so that anyone can count it again in the CSV."""

    def __init__(self, frame: pd.DataFrame):
        self.frame, self.made = frame, []

    def __call__(self, of: str, where: str = "") -> int:
        """How many different ids the column ``of`` (a ``;``-list or not) holds in the rows where ``where`` (a query) is true."""
        ids = {i for cell in self._rows(of, where).dropna() for i in str(cell).split(";")}
        return self._kept(of, where, "ids", len(ids - {""}))

    def sum(self, of: str, where: str = "") -> int:
        """The sum of the column ``of`` in the rows where ``where`` is true."""
        return self._kept(of, where, "sum", int(self._rows(of, where).sum()))

    def _rows(self, of, where):
        if not where or not len(self.frame):
            return self.frame[of]
        return self.frame[of][self.frame.filter(re.findall(r"\w+", where)).eval(where)]

    def _kept(self, of, where, how, value):
        self.made.append({"value": value, "how": how, "of": of, "where": where})
        return value


@dataclass
class Exhibit:
    """One figure or table, whole: what is drawn, how, and what is said of it."""

    name: str
    title: str
    caption: str
    alt: str
    answer: str
    frame: pd.DataFrame
    chart: object  # a call that takes size= and returns Axes; None for a table
    filters: dict
    counts: list
    table: object = None  # a call that returns a great_tables.GT, for a table
    office: object = None  # a call that returns {kind: bytes}
    words: pd.DataFrame = None  # what is drawn, to print and to tell

    def draw(self, size: str = "full"):
        """Axes of the chart in the one style, without title and caption; for a slide, the first one. TielinesError for a size that there is not."""
        return self.pages(size)[0]

    def pages(self, size: str = "full", tallest: float | None = None) -> list:
        """The chart as Axes: one; on slides, in columns, and where the chart may be ``tallest`` inches high, as many as its rows need."""
        if size not in charts.WIDTHS:
            raise TielinesError(f"no size {size!r}: {', '.join(charts.WIDTHS)}")
        if not len(self.frame):
            return [charts.empty(size)]
        keys, room = ROWS.get(self.chart.func), tallest or figures.TALLEST.get(size, math.inf)
        if not tallest and room < math.inf:
            room -= sum(figures.margins(f"{self.title} (1 of 2)", self.caption, size))
        try:
            with charts.at_most(room if keys else math.inf):
                return [self.chart(size=size)]
        except charts.TooTall as whole:
            few = int(whole.args[0] / room) + 1
        drawn, *rest = self.chart.args
        most = drawn.groupby([k for k in keys if k in drawn], sort=False).ngroups
        for n in range(min(few, most), most + 1):
            pages = []
            try:
                with charts.at_most(room if n < most else math.inf):
                    for part in self.parts(n):
                        pages.append(self.chart.func(part, *rest, **self.chart.keywords, size=size))
                return pages
            except charts.TooTall:
                for ax in pages:
                    plt.close(ax.figure)

    def parts(self, n: int) -> list[pd.DataFrame]:
        """What is drawn on each of ``n`` pages."""
        drawn = self.chart.args[0]
        groups = drawn.groupby([k for k in ROWS[self.chart.func] if k in drawn], sort=False).ngroup()
        return [drawn[groups * n // (groups.max() + 1) == i] for i in range(n)]

    def show(self, size: str = "full", bare: bool = False) -> None:
        """Write the bundle into ``figures/`` (with a filter: ``figures/local/``); a notebook shows it.

        ``bare`` leaves title and caption out of the picture. Other sizes and bare ones go into ``own/``, as ``02-rice-slide``.
        """
        text = {k: getattr(self, k) for k in ("caption", "alt", "filters")} | {"data": self.frame}
        text |= {"more": {"answer": self.answer, "counts": self.counts}, "office": self._office()}
        name = self.name + f"-{size}" * (size != "full") + "-bare" * bare
        pages = self.pages(size) if self.chart else [None]
        for n, ax in enumerate(pages, 1):
            part, title = (f"-{n}", f"{self.title} ({n} of {len(pages)})") if len(pages) > 1 else ("", self.title)
            figures.save_figure(ax, name + part, title=title, **text, size=size, bare=bare)

    def _office(self) -> dict[str, bytes]:
        """The files of a table: HTML, and what else ``office`` makes."""
        if self.table is None:
            return {}
        if self.frame.empty:
            return {"html": b"<p>The texts, so narrowed, say nothing of this.</p>"}
        html = self.table().tab_header(self.title).tab_source_note(self.caption).as_raw_html()
        try:
            return {"html": html.encode()} | (self.office() if self.office else {})
        except ModuleNotFoundError as error:
            raise TielinesError(f"{self.name} needs {error.name}: pip install 'tielines[office]'") from None

    def numbers(self) -> "Numbers":
        """What is drawn, in plain words, as a table; a notebook folds it."""
        return Numbers(self.words)


class Numbers:
    """A frame that a notebook shows folded, and prints whole."""

    def __init__(self, frame: pd.DataFrame):
        self.frame = frame.round(3)

    def __repr__(self) -> str:
        short = self.frame.map(lambda v: v if not isinstance(v, str) or len(v) < 60 else v[:57] + "...")
        with pd.option_context("display.max_columns", None, "display.max_rows", None, "display.width", 240):
            return short.to_string(index=False, na_rep="")

    def _repr_html_(self) -> str:
        table = self.frame.to_html(index=False, na_rep="", border=0)
        return f"<details><summary>The {len(self.frame)} rows behind it</summary>{table}</details>"


def exhibit(notebook: str, rows: str, texts=None):
    """Register a function as an exhibit of a notebook (``02-aid-volumes``).

    It returns a dict: frame (or ``says``, its Counter), chart, table (headings of columns, told apart ``by`` one), and the words (unit,
    finding, holds, answer …). ``rows`` says which filters reach it
    (``dataset.FILTERS``). Where any filter is on, or the finding does not hold, the neutral title stands: the docstring's first line.
    """

    def register(function):
        name = f"{notebook[:2]}-{function.__name__.replace('_', '-')}"

        @wraps(function)
        def build(data: Dataset, **options) -> Exhibit:
            held = vars(data).setdefault("held", {})  # an answer and a figure are made of one exhibit
            own = put_together(data, options) if options or name not in held else held[name]
            if not options:
                held[name] = own
            return replace(own, frame=own.frame.copy(deep=False), words=own.words.copy(deep=False))

        def put_together(data, options):
            made = function(data, **options)
            says = made.get("says")
            frame = made.get("frame", says and says.frame).reset_index(drop=True)
            active = {k: v for k, v in data.filters.items() if k in FILTERS[rows]}
            neutral = made.get("neutral") or function.__doc__.splitlines()[0].rstrip(".")
            holds = made.get("finding") if made.get("holds", True) and len(frame) else None
            finding = None if data.filters else holds
            drawn = set(frame["article_id"]) if "article_id" in frame else None
            words = in_words(frame, made.get("columns"), data, made.get("words", {}))
            kind = re.split("[:,;]", made["chart"].func.__doc__)[0] if "chart" in made else "A table"
            alt = f"{neutral}. Nothing is drawn: the texts, so narrowed, say nothing of this."
            if len(frame):
                alt = f"{finding or neutral}. {kind}. {listing(words)}"
            sheet = made.get("sheet", lambda: frame)
            return Exhibit(
                name=name,
                title=finding or neutral,
                caption=_caption(made["unit"], made.get("note", ""), active, data, drawn, frame),
                alt=alt,
                answer=made.get("answer", f"{holds}." if holds else "") if len(frame) else "",
                frame=frame,
                chart=made.get("chart"),
                filters=data.filters,
                counts=says.made if says else [],
                table=(lambda: _gt(sheet(), made["table"], made.get("id", name), made.get("by")))
                if "table" in made
                else None,
                office=made.get("office"),
                words=words,
            )

        build.notebook, build.rows = notebook, rows
        ALL[name] = build
        return build

    return register


def make(name: str, data: Dataset) -> Exhibit:
    """The exhibit of a bundle's name."""
    if name not in ALL:
        raise TielinesError(f"no exhibit {name!r}; nearest: {nearest(name, ALL) or sorted(ALL)}")
    return ALL[name](data)


def _gt(frame, headings, name, by=None):
    """A typeset table of the columns that have a heading, or of all; its id begins with a letter, or browsers drop the style."""
    from great_tables import GT

    headings = headings or {c: c for c in frame if c != by}
    shown = frame[[*([by] if by else []), *headings]]
    named = any(headings.values())
    table = GT(shown.rename(columns=headings) if named else shown, groupname_col=by, id=f"t-{name}")
    table = table.opt_align_table_header("left").tab_options(table_font_size="13px")
    return table if named else table.tab_options(column_labels_hidden=True)


def _caption(unit, note, active, data, drawn, frame) -> str:
    """Unit and n, note, as-of date, filters and what they leave out, evidence."""
    said = [unit, note.strip(), f"As of {as_of(data, drawn)}."] if len(frame) else ["Nothing is left to draw."]
    if active:
        said.append("Filtered: " + "; ".join(f"{k} = {v}" for k, v in active.items()) + ".")
        dated = {"since", "until"} & set(active)
        said += [f"{note[0].upper()}{note[1:]}." for note in data.dropped if dated or "undated" not in note]
    if beyond := [k for k in data.filters if k not in active]:
        said.append(f"Not narrowed: {', '.join(beyond)} {'does' if len(beyond) == 1 else 'do'} not reach it.")
    if len(partly := data.articles.loc[data.articles["coverage"].ne("full"), "label"]):
        said.append(f"Coded in part, so that what no row tells is not known: {names(partly)}.")
    said.append("Not verified outside these texts.")
    evidence = figures.addresses(frame["evidence"])
    said.append(f"Evidence: {evidence}; Tielines {__version__}." if evidence else f"Tielines {__version__}.")
    return " ".join(s for s in said if s)


class Answer:
    """A notebook's answer: three computed lines, printed as they are, shown as a list."""

    def __init__(self, lines):
        self.lines = list(lines)

    def __repr__(self) -> str:
        return "\n".join(f"- {line}" for line in self.lines)

    def _repr_markdown_(self) -> str:
        return repr(self)


def answer(data: Dataset, *names: str) -> Answer:
    """The answers of some exhibits (by function name or bundle), one line each; an empty one is left out."""
    found = {build.__name__: build for build in ALL.values()} | ALL
    return Answer(line for line in (found[name](data).answer for name in names) if line)


def by_text(frame: pd.DataFrame, data: Dataset, column: str = "article_id") -> pd.DataFrame:
    """Rows in order of the publication of their text, told by id or label."""
    rank = {name: i for i, pair in enumerate(columns(data).items()) for name in pair}
    return frame.sort_values(column, key=lambda a: a.map(rank), kind="stable")


def by_tie(frame: pd.DataFrame, data: Dataset, **more) -> pd.DataFrame:
    """Rows in the order of their ties, with ``group`` (the tie in words), ``provider`` (what colours them) and ``more`` columns."""
    ties = data.listed("ties")
    frame = frame.assign(group=told(frame["tie"], ties), provider=frame["tie"], **more)
    return frame.sort_values("tie", key=rank(ties), kind="stable")


def rank(values):
    """A key for ``sort_values``: the place of each value among some in order, what is not among them last."""
    places = {value: i for i, value in enumerate(values)}
    return lambda column: column.astype(object).map(places).fillna(99)


def told(column: pd.Series, names: dict[str, str]) -> pd.Series:
    """A column in words, "" where it is empty; what has no name stays as it is."""
    return column.astype(object).map(lambda v: names.get(v, v)).astype(object).fillna("").astype(str)


def number(n: int, thing: str = "", things: str = "") -> str:
    """``3, "text"`` → ``three texts``; digits from thirteen on."""
    said = ("no" if thing else "none", *CARDINALS[1:13])[n] if n < 13 else f"{n:,}"
    return f"{said} {thing if n == 1 else things or thing + 's'}" if thing else said


def in_words(frame: pd.DataFrame, wanted: list | None, data: Dataset, more: dict) -> pd.DataFrame:
    """Some columns of a frame (all but evidence), codes as their labels; ``more`` maps the values of further columns."""
    lists = {"tie": "ties", "status": "status", "provider": "states", "agreement": "agreement", "sourcing": "sourcing"}
    coded = {"domain": "events", "stage": "quantities", "aspect": "stances", "frame": "frames", "thing": "wordings"}
    coded |= {"basis": "claims", "side": "reasons", "direction": "reasons", "reason": "reasons"}
    shown = frame[wanted or [c for c in frame if c != "evidence"]].copy()
    known = {column: data.listed(name) for column, name in lists.items() if column in shown}
    known |= {column: data.codes(table, column) for column, table in coded.items() if column in shown}
    known["kind"] = data.listed("kinds") | data.codes("actors", "kind")
    known |= {"article_id": columns(data)} | more
    for column in known.keys() & shown:
        shown[column] = shown[column].astype(object).map(lambda v, names=known[column]: names.get(v, v))
    for column in shown.select_dtypes("datetime"):
        shown[column] = shown[column].dt.strftime("%Y-%m-%d").fillna("")
    return shown


def listing(frame: pd.DataFrame, limit: int = 60) -> str:
    """The rows of a frame as one sentence: words as they are, counts with the name of their column; what exceeds the limit is counted."""
    shown = frame[[c for c in frame if c == "article_id" or not c.endswith("_id")]].head(limit)
    said = [_said(name, column.tolist(), column.isna()) for name, column in shown.items()]
    rows = (", ".join(v for v in row if v) for row in zip(*said, strict=True))
    return "; ".join(rows) + (f"; and {len(frame) - limit} more" if len(frame) > limit else "") + "."


def _said(name: str, values: list, missing) -> list[str]:
    """The values of a column in words, "" where they are missing."""
    of, said = "" if name == "n" else f" {name.replace('_', ' ')}", []
    for value, gone in zip(values, missing, strict=True):
        if isinstance(value, bool):
            said.append(name if value else "")
        elif isinstance(value, int | float):
            said.append("" if gone else f"{value:,.10g}{of}")
        else:
            said.append("" if gone else _LIST.sub(r"\1, ", str(value)).rstrip("."))
    return said


def count(n: int, thing: str, things: str = "") -> str:
    """``3, "item"`` → ``3 items``."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def part_of(frame: pd.DataFrame, part: pd.Series, data: Dataset) -> pd.Series:
    """What stands before the label of each row that is a part: of the row above, or of a whole that is not drawn."""
    whole = frame["event_id"].map(data.flows.set_index("event_id")["parent_event_id"])
    labels = load(data.path).events.set_index("event_id")["label"]  # filters may leave the whole out
    gone = (~whole.isin(data.events["event_id"])).map({True: " (not in this selection)", False: ""})
    said = ("part of: " + whole.map(labels).astype(object).fillna("") + gone + ": ").astype(object)
    return said.mask(whole.isin(frame["event_id"]), "part of the above: ").where(part, "")


def here(data: Dataset) -> str:
    """What is to be added to "says nothing of it" where filters may have left out what a text says."""
    return " in this selection" if data.filters else ""


def names(values, last: str = "and") -> str:
    """A, B and C."""
    values = [str(v) for v in values]
    return f" {last} ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def columns(data: Dataset, ids=None) -> dict[str, str]:
    """{article_id: label} in order of publication, of some texts or all."""
    kept = data.articles if ids is None else data.articles[data.articles["article_id"].isin(set(ids))]
    return dict(zip(kept["article_id"], kept["label"], strict=True))


def refusals(flat: int, foreseen: int) -> str:
    """``; seven more are said not to be given, two not to be expected``; a part that is none is left out."""
    kinds = {"said not to be given": flat, "not to be expected": foreseen}
    parts = [(n, what) for what, n in kinds.items() if n]
    said = [
        f"{number(n)}{('', ' more is', ' more are')[(1 + (n > 1)) * (not i)]} {what}"
        for i, (n, what) in enumerate(parts)
    ]
    return "; " * bool(said) + ", ".join(said)


def expected(far: pd.Series, firmness: pd.Series) -> pd.Series:
    """How far, in words: what is told as probable is expected, what is told as possible is so."""
    firm = firmness.astype(object)
    words = far.replace("delivered", "delivery") + " expected"
    return far.mask(firm.eq("PR+"), words).mask(firm.eq("PS+"), far + " (possibly)")


def report_words(frame: pd.DataFrame, data: Dataset, places: bool = False) -> pd.DataFrame:
    """Rows of ``dataset.reports`` with ``text`` (how far, yes or no), ``detail`` (how firmly, on what source) and ``tone``."""
    stage, status = data.codes("quantities", "stage"), data.listed("status", "short")
    firm, basis = data.codes("claims", "factuality"), data.codes("claims", "basis", "short")
    no = frame["side"].eq("no")
    far = frame["stage"].map(stage).fillna("").where(~no, "not " + frame["no_stage"].map(stage).fillna("so"))
    forecast = frame["firmness"].isin(("PR+", "PR-")) & far.str.contains("delivered")
    far = far.mask(forecast, frame["firmness"].map({"PR+": "delivery expected", "PR-": "delivery not expected"}))
    far = far.mask(frame["side"].eq("both"), "both: " + far + " and not")
    far = far.mask(far.eq("") & frame["side"].eq("yes"), "unclear how far" if "no_stage" in frame else "")
    far = far.mask(frame["side"].eq("open"), "left open")
    voice = data.claims.set_index("claim_id")["voice"]
    beyond, ids = told(frame["beyond"], stage), frame["beyond_evidence"].astype(object).fillna("").str.split(";")
    who = ids.map(lambda own: names(dict.fromkeys(voice.get(i, "others") for i in own)))
    far = far + ("; " + who + ": " + beyond).where(beyond.ne(""), "")
    claims = data.claims.assign(told=told(data.claims["value"].where(data.claims["attribute"].eq("stage")), stage))
    claims = claims.assign(told=claims["voice"].astype(object) + ": not " + claims["told"].replace("", "so"))
    against = dict(zip(claims["claim_id"], claims["told"], strict=True))
    denied = told(frame["against_evidence"], {}).map(
        lambda own: names(dict.fromkeys(against[i] for i in own.split(";") if i))
    )
    far = far + ("; " + denied).where(denied.ne(""), "")
    quoted = {"CT+": "quoted", "PR+": "quoted as probable", "PS+": "quoted as possible"}
    how = told(frame["status"], status).mask(frame["quoted"] & no, "quoted")
    how = frame["firmness"].astype(object).map(quoted).where(frame["quoted"] & ~no).fillna(how)
    how = how.mask(~frame["quoted"] & no, frame["firmness"].map(firm).where(frame["firmness"].ne("CT-"), "as fact"))
    detail = how + ", " + frame["basis"].map(basis).fillna("")
    if places:
        far = far + ", " + frame["sentence_ids"].astype(str).str.split(";").str[0].str.split(".", n=1).str[1]
    return frame.assign(text=far, detail=detail, tone=frame["status"])
