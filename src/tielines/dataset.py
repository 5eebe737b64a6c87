"""The tables joined up: what follows from other columns is worked out here, once; filters; labels.

Units, each counted the same way everywhere: a *report* of an event is one text's account of it; an *item
of support* is a specific flow; a *judgement* is a row of ``stances``, at however many ties it stands.
"""

import re
from collections import Counter
from datetime import datetime
from functools import lru_cache, wraps
from itertools import count
from pathlib import Path

import narwhals as nw
import pandas as pd

from tielines import dates, files, tables
from tielines.files import TielinesError

__all__ = "Dataset FilterError as_of derived evidence items joined load open reports select told".split()


def __dir__():
    return __all__


FILTERS = {  # which filters reach which rows; a caption names only those that reach what it draws
    "events": "about recipients actors since until articles factuality published_until".split(),
    "judgements": "about recipients actors articles factuality published_until".split(),
    "texts": ["articles", "published_until"],
    "coding": [],
}
TELLING = ("occurrence", "stage")  # the attributes that say whether, and how far, something came about
_KEYS = ["event_id", "article_id"]
NONE, NEVER = 9, 9999  # the last digit: no such code; more than any number of digits


_QUERIES = count(1)  # names of their parts differ


class FilterError(TielinesError):
    """A filter that the data cannot serve; its text lists what they can."""


class Dataset(tables.Tables):
    """All tables with what follows from them; ``filters`` that are on, and ``dropped``, what they left out, in words.

    Measures are kept: a table that is set anew is noticed (``data.claims = …``), one changed in place is not.
    """

    def __setattr__(self, name: str, value) -> None:
        """Another table: what was worked out of the old one is dropped."""
        super().__setattr__(name, value)
        if name in tables.COLUMNS:
            vars(self).pop("held", None)

    def codes(self, table: str, column: str, prop: str = "label") -> dict[str, str]:
        """{code: label}, in the codebook's order."""
        return tables.codes(table, column, self.path, prop)

    def __repr__(self) -> str:
        rows = self.counts().to_records(index=False)
        return f"Dataset, filters {self.filters or 'none'}: " + ", ".join(f"{n} {name}" for name, n in rows)

    def listed(self, name: str, prop: str = "label") -> dict[str, str]:
        """{value: label} of a list: states, ties, kinds, status, sourcing, agreement."""
        return tables.listed(name, self.path, prop)

    def words(self, column: pd.Series, table: str, name: str = "") -> pd.Series:
        """A coded column in plain words, "" where it is empty."""
        known = self.codes(table, name or column.name)
        return column.astype(object).map(lambda v: known.get(v, v)).fillna("").astype(str)

    def counts(self) -> pd.DataFrame:
        """Rows of each table: table, rows."""
        rows = [(k, len(v)) for k, v in vars(self).items() if k in tables.resources(self.path)]
        return pd.DataFrame(rows, columns=["table", "rows"])

    def show(self, row_id: str):
        """The evidence card of any row (a claim, judgement, reason, amount, event, word, paragraph, text): a notebook shows it, print prints it."""
        from tielines import page  # a later room, and slow to import

        return page.Card(self, row_id)

    @property
    def reports(self) -> pd.DataFrame:
        """One row an event and text that tells of it; see ``reports``."""
        return reports(self)

    @property
    def bounds(self):
        """One row an event and date; see ``timelines.bounds``."""
        from tielines import timelines  # a later room

        return timelines.bounds(self)

    @property
    def items(self) -> pd.DataFrame:
        """One row a flow, with the kind by which it is counted; see ``items``."""
        return items(self)


def kept(measure):
    """A measure that a dataset works out once, whatever asks for it; with an option that is not the default, each time."""

    @wraps(measure)
    def once(data, *options, **named):
        if named or options != (measure.__defaults__ or ())[: len(options)] or not isinstance(data, Dataset):
            return measure(data, *options, **named)
        held = vars(data).setdefault("held", {})
        if measure.__name__ not in held:
            held[measure.__name__] = measure(data)
        frame = held[measure.__name__]
        return frame.copy(deep=False) if isinstance(frame, pd.DataFrame) else frame

    return once


def load(path: Path = tables.DATA, **filters) -> Dataset:
    """The dataset, narrowed by ``filters``; empty ones are off. Lists may be lists, or text with commas or semicolons.

    ``about``, ``recipients``, ``actors``: states, by id or name (about: an event or judgement that concerns one
    of them, on either side). ``since``, ``until``: EDTF; dated events that lie wholly inside; ``undated``: True keeps
    those without a date too. ``articles``: ids or labels. ``factuality``: codes; a denial of what is kept stays.
    ``published_until``: the texts that were out by then for sure. Raises FilterError listing what is known.
    """
    path = Path(path)
    known = [path / name for name in ("datapackage.json", *(r["path"] for r in tables.resources(path).values()))]
    whole = _whole(
        path, *(at.is_file() and (at.stat().st_mtime_ns, at.stat().st_size, at.stat().st_ino) for at in known)
    )
    own = {k: v.copy(deep=False) if isinstance(v, pd.DataFrame) else v for k, v in _own(whole).items()}
    return select(Dataset(**own | {"filters": {}, "dropped": []}), **filters)


@lru_cache(maxsize=1)
def _whole(path: Path, *stamps) -> Dataset:
    """What no filter narrows, read again when a file has changed; kernels are forked with it."""
    return derived(tables.load(path), path)


def open(uri, engine: str = "pandas", memory: str = "2GB", disk: str = "20GB", spark=None, **filters) -> Dataset:
    """The dataset below ``uri``, a folder or glob of CSV or Parquet, in an engine: pandas, duckdb or spark; filters as in ``load``.

    With duckdb and spark each table is a query, each measure gives one, and nothing is collected on the way but the
    dates in use. ``memory``, ``disk``: what DuckDB may take; ``spark``: a session, else one is got. Raises DataError.
    """
    from tielines import scale  # a later room

    return select(scale.read(uri, engine, memory, disk, spark), **filters)


def derived(raw: tables.Tables, path: Path) -> Dataset:
    """Typed tables with what follows from other columns; codes and lists are those of the codebook at ``path``."""
    data = Dataset(**vars(raw), filters={}, dropped=[], path=path)
    span = data.articles["published"].map(dates.parse)
    data.articles["start"], data.articles["end"] = _bounds(span)
    data.articles = data.articles.sort_values(["end", "start", "article_id"], ignore_index=True)
    data.articles["key"] = _keys_of(data.articles["label"])
    follow(data)
    names = data.actors.set_index("actor_id")["name"]
    for frame in (data.claims, data.stances, data.reasons):
        inner = frame["speaker"].str.split("_").str[0]
        frame["voice"] = inner.map(names).where(~frame["own"], "the author")
    data.wordings["article_id"] = data.wordings["sentence_id"].str.split(".").str[0]
    data.claims = dated(data, data.claims)
    said = data.claims["said_on"].where(data.claims["said_on"].ne("")).dropna().map(dates.parse)
    data.claims["said_by"] = _bounds(said)[1].reindex(data.claims.index)
    return data


def follow(data: Dataset) -> None:
    """Add what follows from the columns of a row, on any engine: article, own, polarity, lean; tie, provider and recipient of an event."""
    states, roles = list(data.listed("states")), data.listed("states", "role")
    sides = {
        "tie": ("actors", "recipients", "concerns"),
        "provider": ("actors",),
        "recipient": ("actors", "recipients"),
    }
    lists, named = {}, {}
    for name, columns in sides.items():
        wanted = [s for s in states if name in ("tie", roles.get(s))]
        lists[f"_{name}"] = nw.concat_str(nw.lit(""), *map(nw.col, columns), nw.lit(""), separator=";")
        named[name] = _states_of(nw.col(f"_{name}"), wanted, 2 if name == "tie" else 1)
    data.events = nw.from_native(data.events).with_columns(**lists).with_columns(**named).drop(*lists).to_native()
    for name in ("claims", "stances", "reasons"):
        if name in vars(data):
            side = data.codes("claims", "factuality", "side")
            frame = nw.from_native(getattr(data, name)).with_columns(
                article_id=nw.col("sentence_ids").str.replace_all(r"\..*", ""),
                own=nw.col("speaker") == "AUTHOR",
                polarity=_mapped("factuality", side, "open"),
            )
            setattr(data, name, frame.to_native())
    lean = _mapped("strength", data.codes("stances", "strength", "lean"), "mixed")
    data.stances = nw.from_native(data.stances).with_columns(lean=lean).to_native()


def _own(data: Dataset) -> dict:
    """What a dataset was made of, without the measures that it keeps."""
    return {k: v for k, v in vars(data).items() if k != "held"}


def _mapped(column: str, words: dict, default: str) -> nw.Expr:
    return (
        nw.col(column)
        .cast(nw.String)
        .replace_strict(list(words), list(words.values()), default=default, return_dtype=nw.String)
    )


def _states_of(listed, states: list[str], least: int) -> nw.Expr:
    """The states that a ``;``-list names, as ``RUS-IRN``; "" where fewer than ``least``."""
    bits = [listed.str.contains(f";{s};", literal=True).cast(nw.Int64) * 2**i for i, s in enumerate(states)]
    sets = [[s for i, s in enumerate(states) if n >> i & 1] for n in range(2 ** len(states))]
    found = ["-".join(own) if len(own) >= least else "" for own in sets]
    return sum(bits[1:], bits[0]).replace_strict(list(range(len(found))), found, default="", return_dtype=nw.String)


def dated(data: tables.Tables, claims):
    """Claims with the bounds of date claims: start, end, days (between, both included), form, circa; empty on others."""
    if "start" in claims.columns:
        return claims
    if not isinstance(claims, pd.DataFrame):
        claims, spans = nw.from_native(claims), nw.from_native(data.spans)
        told = nw.when(nw.col("attribute") == "date").then("value").otherwise(nw.lit(""))
        return claims.with_columns(edtf=told).join(spans, on="edtf", how="left").drop("edtf").to_native()
    told = claims["value"].where(claims["attribute"].eq("date")).dropna()
    if len(bad := told[told.map(tables.error(dates.parse)).ne("")]):
        found = [f"{claims['claim_id'][i]} value={files.shown(text)}: not a date" for i, text in bad.iloc[:9].items()]
        raise tables.DataError(f"claims.csv: {'; '.join(found)}; `check` says what is wrong")
    span = told.map(dates.parse)
    bounds = dict(zip(("start", "end"), _bounds(span), strict=True))
    more = {name: span.map(lambda s, name=name: getattr(s, name)) for name in ("days", "form", "circa")}
    frame = pd.DataFrame(bounds | more).reindex(claims.index)
    return claims.assign(**frame.assign(circa=frame["circa"].eq(True)))


def _keys_of(labels: pd.Series) -> list[str]:
    """The shortest beginnings that tell labels apart: S, C, Ma, Me."""
    names = [re.sub(r"^The |\W", "", label) or label for label in labels]
    often = Counter(n[:k] for n in names for k in range(1, len(n) + 1))
    return [next((n[:k] for k in range(1, len(n)) if often[n[:k]] == 1), n) for n in names]


def _bounds(spans: pd.Series) -> tuple[pd.Series, pd.Series]:
    return tuple(pd.to_datetime(spans.map(lambda s, side=side: getattr(s, side))) for side in ("start", "end"))


def joined(ids: pd.Series) -> str:
    """Row ids as one ``;``-list, each once."""
    return ";".join(dict.fromkeys(i for row in ids for i in str(row).split(";") if i))


def strung(frame: pd.DataFrame, keys, column: str) -> pd.Series:
    """The ids of a column as one ``;``-list a group: ``agg(joined)`` without a frame for each group."""
    groups, found = frame.groupby(keys, observed=True), {}
    for n, cell in zip(groups.ngroup(), frame[column], strict=True):
        found.setdefault(n, []).append(cell)
    index = groups.size().index
    return pd.Series([joined(found[n]) for n in range(len(index))], index, str, column)


def any_frames(data: Dataset, *names: str) -> list:
    """Tables of a dataset for Narwhals, whichever engine holds them."""
    return [nw.from_native(getattr(data, name)) for name in names]


def small(data: Dataset) -> bool:
    """Whether the tables are pandas frames: measures then say the evidence of each row, unless ``bare`` asks for rows alone."""
    return isinstance(data.claims, pd.DataFrame) and not getattr(data, "bare", False)


def native(frame, data: Dataset):
    """A result of Narwhals as its engine has it; in a query of DuckDB, a join or group used more than once is worked out once."""
    frame = frame.to_native()
    if not hasattr(data, "sql"):
        return frame
    text = frame.sql_query()
    used = Counter(re.findall(r'"__duckdb_s\d+"', text))
    heavy, (_, *parts) = set(), re.split(r'("__duckdb_s\d+") AS NOT MATERIALIZED', text)
    for part, body in zip(parts[::2], parts[1::2], strict=True):
        if re.search(r"\b(JOIN|GROUP BY|OVER)\b", body) or heavy.intersection(re.findall(r'"__duckdb_s\d+"', body)):
            if used[part] > 2:  # reading a table twice costs less than keeping it
                text = text.replace(f"{part} AS NOT MATERIALIZED", f"{part} AS MATERIALIZED")
            else:
                heavy.add(part)
    text = text.replace(
        "__duckdb_s", f"part{next(_QUERIES)}_"
    )  # or a query that uses this one would have its names too
    for name, measure in vars(data).get("held", {}).items():
        own = measure.sql_query()
        if text.count(own) > 1 and name not in data.settled:  # a measure that this one uses twice
            text = f"WITH {name} AS MATERIALIZED ({own}) FROM ({text.replace(own, f'FROM {name}')})"
    return data.sql(text)


def bridge(frame, key: str, column: str, name: str):
    """A list column as rows of ``key`` and ``name``, in the engine of the frame."""
    if isinstance(frame, pd.DataFrame):
        return frame[[key]].assign(**{name: frame[column].str.split(";")}).explode(name, ignore_index=True)
    if hasattr(frame, "project"):  # a DuckDB relation
        return frame.project(f"{key}, unnest(string_split({column}, ';')) as {name}")
    return frame.selectExpr(key, f"explode(split({column}, ';')) as {name}")


def rank(column: nw.Expr, codes) -> nw.Expr:
    """The place of a code in the codebook's order, ``NONE`` where it is none of these."""
    codes = list(codes)
    return column.cast(nw.String).replace_strict(codes, list(range(len(codes))), default=NONE, return_dtype=nw.Int64)


def code(column: str, codes, default: str | None = "") -> nw.Expr:
    """The code at a place in the codebook's order; ``default`` where there is none."""
    codes = list(codes)
    return (
        nw.col(column)
        .replace_strict(list(range(len(codes))), codes, default=default, return_dtype=nw.String)
        .alias(column)
    )


def _told(data: Dataset):
    """Claims with what decides how their text is read: the least number is, digit by digit, what counts first.

    ``place``: 0 the author's telling, 1 a voice's, 2 and 3 the same of other attributes; ``far``: the stage, the most
    advanced first. Columns beside: claim_id, ``affirmed`` (place, firmness, far), ``denied`` (place, firmness), ``short``
    (place, stage denied), ``ground`` (place, basis), ``ahead`` (other attribute, far, voice, firmness); ``NEVER`` where a claim
    says no such thing.
    """
    stages = [s for s in data.codes("quantities", "stage") if s != "open"]
    claims = any_frames(data, "claims")[0].select(
        *_KEYS,
        "claim_id",
        voiced=1 - nw.col("own").cast(nw.Int64),
        other=1 - nw.col("attribute").is_in(TELLING).cast(nw.Int64),
        stage=nw.when(nw.col("attribute") == "stage").then(rank(nw.col("value"), stages)).otherwise(NONE),
        firm=rank(nw.col("factuality"), data.codes("claims", "factuality")),
        level=rank(nw.col("basis"), data.codes("claims", "basis")),
        yes=nw.col("polarity") == "yes",
        no=nw.col("polarity") == "no",
    )
    claims = claims.with_columns(
        place=2 * nw.col("other") + nw.col("voiced"),
        far=nw.when(nw.col("stage") < NONE).then(NONE - 1 - nw.col("stage")).otherwise(NONE),
    )
    place = nw.col("place")
    return claims.select(
        *_KEYS,
        "claim_id",
        "place",
        affirmed=_where("yes", 100 * place + 10 * nw.col("firm") + nw.col("far")),
        denied=_where("no", 10 * place + nw.col("firm")),
        short=_where("no", 10 * place + nw.col("stage")),
        ground=10 * place + nw.col("level"),
        ahead=_where("yes", 1000 * nw.col("other") + 100 * nw.col("far") + 10 * nw.col("voiced") + nw.col("firm")),
    )


def _where(column: str, number) -> nw.Expr:
    return nw.when(column).then(number).otherwise(NEVER)


def _read(claims, data: Dataset):
    """``reports`` as codes, with ``place`` and ``further`` (of ``ahead``), by which its claims are found again."""
    stages = [s for s in data.codes("quantities", "stage") if s != "open"]
    least = [nw.col(c).min() for c in ("place", "affirmed", "denied", "short", "ground", "ahead")]
    frame = claims.group_by(*_KEYS).agg(*least)

    def at(column, size):  # what the leading digit leaves, where that is the place of this text
        own = nw.col(column) // size == nw.col("place")
        return nw.when(own).then(nw.col(column) % size).otherwise(size - 1)

    frame = frame.with_columns(
        said=at("affirmed", 100), firmest=at("denied", 10), no_stage=at("short", 10), basis=at("ground", 10)
    ).with_columns(
        firm=nw.col("said") // 10,
        far=nw.col("said") % 10,
        voiced=nw.col("place") % 2,
        beyond=nw.col("ahead") // 100 % 10,
    )
    further = (nw.col("far") < NONE) & (nw.col("beyond") < nw.col("far"))
    same = (
        nw.col("ahead") // 1000 == nw.col("place") // 2
    )  # nobody told of a stage: who affirms it stands beside the rest
    frame = frame.with_columns(
        further=further,
        beside=further | (same & (nw.col("beyond") == NONE)),
        quoted=nw.col("voiced") == 1,
        stage=nw.when(nw.col("far") < NONE).then(NONE - 1 - nw.col("far")).otherwise(NONE),
        beyond=nw.when(further).then(NONE - 1 - nw.col("beyond")).otherwise(NONE),
        yes=nw.col("firm") < NONE,
        no=nw.col("firmest") < NONE,
    )
    known = (nw.col("no_stage") < NONE) & (nw.col("stage") < NONE)
    later = known & (nw.col("no_stage") > nw.col("stage"))  # offered, and not delivered, is no contradiction
    order = list(data.codes("claims", "factuality"))
    status = {"CT+": "stated", "PR+": "probably", "PS+": "possibly", "CT-": "denied"}

    def words(column, default):
        known = {order.index(c): word for c, word in status.items()}
        return column.replace_strict(list(known), list(known.values()), default=default, return_dtype=nw.String)

    frame = frame.with_columns(
        both=nw.col("yes") & nw.col("no") & ~later,
        said=nw.when("quoted").then(nw.lit("quoted")).otherwise(words(nw.col("firm"), "possibly")),
        refused=words(nw.col("firmest"), "not_likely"),
        passed=nw.col("ahead") // 10 % 10 == 1,
    )
    ahead = nw.when("passed").then(nw.lit("quoted")).otherwise(words(nw.col("ahead") % 10, "possibly"))
    return frame.select(
        *_KEYS,
        nw.when("both").then(nw.lit("both")).when("yes").then(nw.lit("yes")).when("no").then(nw.lit("no")).otherwise(nw.lit("open")).alias("side"),
        nw.when("both").then(nw.lit("both")).when("yes").then("said").when("no").then("refused").otherwise(nw.lit("open")).alias("status"),
        nw.when("yes").then("firm").otherwise("firmest").alias("firmness"),
        "stage",
        "beyond",
        nw.when("further").then(ahead).otherwise(nw.lit("")).alias("beyond_status"),
        "no_stage",
        nw.when("no").then("refused").otherwise(nw.lit("")).alias("no_status"),
        "quoted",
        "basis",
        "place",
        nw.when("beside").then(nw.col("ahead") // 10).otherwise(NEVER).alias("further"),
    ).with_columns(
        code("firmness", order, "Uu"),
        code("basis", data.codes("claims", "basis"), "none_given"),
        *(code(c, stages) for c in ("stage", "beyond", "no_stage")),
    )  # fmt: skip


def _rests(claims, read):
    """The claims that rows of ``_read`` rest on: the keys, claim_id, ``own`` (the telling itself), ``ahead`` (what goes beyond)."""
    rows = claims.join(read.select(*_KEYS, "further", nw.col("place").alias("first")), on=_KEYS)
    rows = rows.with_columns(
        own=nw.col("place") == nw.col("first"),
        ahead=(nw.col("ahead") // 10 == nw.col("further")) & (nw.col("further") < NEVER),
    )
    return rows.filter(nw.col("own") | nw.col("ahead")).select(*_KEYS, "claim_id", "own", "ahead")


@kept
def reports(data: Dataset):
    """One row an event and text: what that text says of it, however many sentences say it.

    The author's own words count; where he has none, the voices that he passes on, marked ``quoted``.
    What a voice denies while the author affirms it stands in ``against_evidence`` (claim ids).
    Columns: event_id, article_id, side (yes, no, both, open), status (list ``status``), firmness (a code), stage and beyond (codes of
    a stage, "": the most advanced that is told most firmly; one more advanced told less firmly or by others), beyond_status,
    beyond_evidence (of that, or where no stage is told, of who affirms it), no_stage, no_status (what is denied, and how), quoted, basis (the best), voice, evidence (claim ids).
    Past memory without voice, evidence, beyond_evidence and against_evidence: ``evidence`` finds a row's ids.
    """
    claims = _told(data)
    read = _read(claims, data)
    frame = read.drop("place", "further")
    if not small(data):
        return native(frame, data)
    rows = (
        _rests(claims, read).to_native().merge(data.claims[["claim_id", "voice", "value", "polarity"]], on="claim_id")
    )
    far = rows.merge(frame.to_native()[[*_KEYS, "side", "stage", "no_stage"]], on=_KEYS)
    told = far["stage"].mask(far["side"].eq("no"), far["no_stage"])
    leads = far["value"].eq(told) & far["polarity"].eq(far["side"].replace("both", "yes"))
    rows = rows.loc[leads.sort_values(ascending=False, kind="stable").index]  # first what says how far
    own = rows[rows["own"]]
    ids = strung(own, _KEYS, "voice").to_frame().assign(evidence=strung(own, _KEYS, "claim_id"))
    ids["beyond_evidence"] = strung(rows[rows["ahead"]], _KEYS, "claim_id")
    frame = frame.to_native().merge(ids.reset_index(), on=_KEYS).sort_values(_KEYS, ignore_index=True)
    more = data.claims[data.claims["polarity"].eq("no") & ~data.claims["own"] & data.claims["attribute"].isin(TELLING)]
    more = strung(more, _KEYS, "claim_id").rename("against_evidence")
    frame = frame.merge(more.reset_index(), on=_KEYS, how="left")
    frame["against_evidence"] = frame["against_evidence"].where(frame["side"].eq("yes") & ~frame["quoted"])
    beside = ["beyond_evidence", "against_evidence"]
    frame[beside] = frame[beside].fillna("")
    every = frame["evidence"] + ";" + frame[beside[0]] + ";" + frame[beside[1]]
    frame["evidence"] = every.map(lambda row: joined([row]))
    columns = "event_id article_id side status firmness stage beyond beyond_status beyond_evidence no_stage no_status against_evidence quoted basis voice evidence"
    return frame[columns.split()]


def evidence(data: Dataset, row):
    """The ids behind one drawn row of a measure, as a query of one column, ``id``; ``row`` is a mapping of its columns."""
    row = {k: v for k, v in dict(row).items() if v == v and v is not None}
    if "a" in row:
        parts = [nw.from_native(data.claims).head(1).select(id=nw.lit(row[side])) for side in ("a", "b")]
        return nw.concat(parts).to_native()
    if "tie" in row and "event_id" not in row:
        ties = nw.from_native(bridge(data.stances, "stance_id", "dyads", "tie"))
        frame = any_frames(data, "stances")[0].join(ties, on="stance_id")
        keys = [k for k in ("tie", "article_id", "aspect", "dimension", "lean") if k in row]
        return frame.filter(*(nw.col(k) == row[k] for k in keys)).select(id="stance_id").to_native()
    own = _own(data)
    claims = nw.from_native(data.claims).filter(*(nw.col(k) == row[k] for k in _KEYS if k in row))
    one = type(data)(**own | {"claims": claims.to_native()})
    if "form" in row or "differing" in row:
        from tielines import timelines  # a later room

        return timelines.dates_of(one, row)
    told = _told(one)
    read = _read(told, one)
    found = _rests(told, read)
    if "stage" in row and "beyond" not in row:  # a mark of ``aid.stages``: what goes further rests on its own claims
        further = (nw.col("beyond") == row["stage"]) & (nw.col("beyond_status") == row["status"])
        found = found.join(read.select(*_KEYS, further=further), on=_KEYS).filter(nw.col("ahead") | ~nw.col("further"))
    return found.select(id="claim_id").to_native()


@kept
def reports_of_flows(data: Dataset):
    """``reports`` of the events that are flows; past memory out of their claims alone, which are few."""
    if small(data):
        return data.reports
    claims, flows = any_frames(data, "claims", "flows")
    claims = among(claims, flows, "event_id").to_native()
    return reports(Dataset(**_own(data) | {"claims": claims}))


@kept
def items(data: Dataset):
    """One row a flow that a text tells of, with its ``kind`` (list ``kinds``): only *given* ones are items of support.

    Columns: event_id, label, tie, provider, recipient, domain, item, terms, in_total, total_note, kind, flat (refused: some
    text says so flatly, not only that it is not to be expected), evidence (not past memory).
    """
    flows, events = any_frames(data, "flows", "events")
    told = nw.from_native(reports_of_flows(data))
    first = next(iter(data.codes("quantities", "stage")))  # the stage of the one who asks
    yes = nw.col("side").is_in(("yes", "both"))
    told = told.select(
        "event_id",
        far=(yes & ((nw.col("stage") != first) | (nw.col("beyond") != ""))).cast(nw.Int64),
        yes=yes.cast(nw.Int64),
        no=(nw.col("side") == "no").cast(nw.Int64),
        denied=(nw.col("no_status") == "denied").cast(nw.Int64),
    )
    sums = told.group_by("event_id").agg(*(nw.col(c).max() for c in ("far", "yes", "no", "denied")))
    frame = flows.join(events, on="event_id").join(sums, on="event_id")
    kinds = {
        "general": nw.col("umbrella"),
        "part": nw.col("parent_event_id") != "",
        "given": nw.col("far") == 1,
        "refused": (nw.col("no") == 1) & (nw.col("yes") == 0),
        "sought": nw.col("yes") == 1,
    }
    kind = nw
    for name, condition in kinds.items():
        kind = kind.when(condition).then(nw.lit(name))
    frame = frame.with_columns(kind=kind.otherwise(nw.lit("open")))
    frame = frame.with_columns(flat=(nw.col("kind") == "refused") & (nw.col("denied") == 1))
    columns = "event_id label tie provider recipient domain item terms in_total total_note kind flat".split()
    frame = native(frame.select(columns), data)
    if not small(data):
        return frame
    told = strung(data.reports, "event_id", "evidence")
    return frame.assign(evidence=frame["event_id"].map(told))


def told(data: Dataset) -> dict[str, str]:
    """{row id: what it says in one line, and which text says it how firmly}; for the tips of marks."""
    label, out = data.articles.set_index("article_id")["label"], {}
    for table, key in (("claims", "claim_id"), ("stances", "stance_id"), ("reasons", "reason_id")):
        frame = getattr(data, table)
        place = frame["article_id"].map(label).astype(object) + ", " + data.words(frame["factuality"], table)
        out |= dict(zip(frame[key], frame["paraphrase"].astype(object) + " (" + place + ")", strict=True))
    for row in data.quantities.itertuples():
        out[row.quantity_id] = out.get(row.claim_id, "")
    words = data.wordings["term"].astype(object) + " (" + data.wordings["article_id"].map(label).astype(object) + ")"
    out |= dict(zip(data.wordings["wording_id"], words, strict=True))
    for row, frame in zip(data.frames.itertuples(), data.words(data.frames["frame"], "frames"), strict=True):
        out[f"{row.article_id}.p{row.paragraph}"] = f"Paragraph {row.paragraph} of {label[row.article_id]}: {frame}"
    return out | dict(zip(data.events["event_id"], data.events["label"], strict=True)) | label.to_dict()


def as_of(data: Dataset, articles=None) -> str:
    """The latest publication among texts (ISO day): what they can know ends there."""
    out = data.articles if articles is None else data.articles[data.articles["article_id"].isin(articles)]
    return out["end"].max().date().isoformat() if len(out) else "no day"


def select(data: Dataset, **filters) -> Dataset:
    """The part of the dataset that filters leave; see ``load``."""
    known = {*FILTERS["events"], "undated"}
    for name in set(filters) - known:
        raise FilterError(
            f"no filter {name!r}; nearest: {tables.nearest(name, known) or 'none'}; there are {sorted(known)}"
        )
    wanted = {k: _values(v) for k, v in filters.items() if k != "undated" and _values(v)}
    if not wanted:
        return data
    parts = ("articles", "claims", "stances", "reasons", "events")
    texts, claims, stances, reasons, events = any_frames(data, *parts)
    dropped = []
    if "articles" in wanted:
        ids = _known(wanted["articles"], _names(data.articles, "label", "article_id"), "article")
        texts = texts.filter(nw.col("article_id").is_in(ids))
    if "published_until" in wanted:
        texts = texts.filter(nw.col("end") <= _day(wanted["published_until"], "published_until", "end"))
    claims, stances, reasons = (among(frame, texts, "article_id") for frame in (claims, stances, reasons))
    events = among(events, claims, "event_id")
    for name, columns in (("about", "actors recipients concerns"), ("actors", "actors"), ("recipients", "recipients")):
        if name in wanted:
            ids = "|".join(_known(wanted[name], _names(data.actors, "name", "actor_id"), "actor"))
            sides = nw.concat_str(*map(nw.col, columns.split()), separator=";")
            events = events.filter(sides.str.contains(rf"(?:^|;)(?:{ids})(?:;|$)"))
            stances, reasons = (f.filter(nw.col("dyads").str.contains(rf"\b(?:{ids})\b")) for f in (stances, reasons))
    claims = among(claims, events, "event_id")
    if "factuality" in wanted:
        codes = _known(wanted["factuality"], {c: c for c in data.codes("claims", "factuality")}, "factuality")
        firm, no = nw.col("factuality").is_in(codes), nw.col("polarity") == "no"
        before = claims, stances, reasons
        kept = claims.filter(firm).group_by("event_id").agg(nw.len().alias("kept"))
        claims = (
            claims.join(kept, on="event_id", how="left").filter(firm | (no & ~nw.col("kept").is_null())).drop("kept")
        )
        stances, reasons = (frame.filter(firm | no) for frame in (stances, reasons))
        if small(data):
            gone = [len(b) - len(f) for b, f in zip(before, (claims, stances, reasons), strict=True)]
            dropped.append(f"factuality leaves out {gone[0]} claims, {gone[1]} judgements and {gone[2]} reasons")
    if "since" in wanted or "until" in wanted:
        claims, note = _window(data, claims, wanted, filters.get("undated"))
        dropped.append(note)
    return _narrowed(data, texts, claims, stances, reasons, {k: ", ".join(v) for k, v in wanted.items()}, dropped)


def among(frame, others, key: str):
    """The rows whose ``key`` stands among others'."""
    if isinstance(frame, nw.DataFrame):  # a fifth of what a join takes
        return frame.filter(nw.col(key).is_in(others[key]))
    return frame.join(others.select(key), on=key, how="semi")


def without(frame, others, key: str):
    """The rows whose ``key`` does not stand among others'."""
    if isinstance(frame, nw.DataFrame):
        return frame.filter(~nw.col(key).is_in(others[key]))
    return frame.join(others.select(key), on=key, how="anti")


def _names(frame, name: str, key: str) -> dict[str, str]:
    """{name or id: id} of actors or articles, for the values that a filter may take."""
    if isinstance(frame, pd.DataFrame):
        rows = list(zip(frame[name], frame[key], strict=True))
    else:
        rows = frame.select(name, key)
        rows = rows.fetchall() if hasattr(rows, "fetchall") else rows.collect()
    return {name: row_id for name, row_id in rows} | {row_id: row_id for _, row_id in rows}


def _window(data, claims, wanted, undated):
    """Claims on the dated events that lie wholly inside, and in words how many events that leaves out."""
    days = {
        side: _day(wanted[name], name, side) for name, side in (("since", "start"), ("until", "end")) if name in wanted
    }
    every = _narrowed(
        data, *any_frames(data, "articles"), claims, *any_frames(data, "stances", "reasons"), {}, []
    ).bounds
    frame = nw.from_native(every).select("event_id", "start", "end")
    known = ~nw.col("start").is_null() | ~nw.col("end").is_null()
    dated, without = frame.filter(known), frame.filter(~known).select("event_id")
    inside = dated.filter(nw.col("start") >= days["start"]) if "start" in days else dated
    inside = inside.filter(nw.col("end") <= days["end"]) if "end" in days else inside
    kept, note = inside.select("event_id"), "events that are undated or not wholly inside are left out"
    if small(data):
        ids = [set(part["event_id"]) for part in (inside, without, dated)]
        outside = len(ids[2] - ids[0])
        note = f"{len(ids[1])} undated events and {outside} not wholly inside are left out"
        if undated:
            note = f"{len(ids[1])} undated events are kept, {outside} not wholly inside left out"
    return among(claims, nw.concat([kept, without]) if undated else kept, "event_id"), note


def _narrowed(data, texts, claims, stances, reasons, filters, dropped) -> Dataset:
    """A dataset of these texts, claims, judgements and reasons, with what hangs on them."""
    held = {name: nw.from_native(table) for name, table in vars(data).items() if name in tables.COLUMNS}
    own = held | {"articles": texts, "claims": claims, "stances": stances, "reasons": reasons}
    for name in {"sentences", "wordings", "frames", "terms"} & {*own}:
        own[name] = among(own[name], texts, "article_id") if "article_id" in own[name].columns else own[name]
    own["events"], own["flows"] = (among(own[name], claims, "event_id") for name in ("events", "flows"))
    own["quantities"] = among(own["quantities"], claims, "claim_id")
    ids = [claims.select(row_id="claim_id"), stances.select(row_id="stance_id")]
    for side in ("a", "b"):
        own["links"] = among(own["links"], nw.concat(ids).rename({"row_id": side}), side)
    if "uncoded" in own:
        article = nw.col("sentence_id").str.replace_all(r"\..*", "")
        own["uncoded"] = among(own["uncoded"].with_columns(article_id=article), texts, "article_id").drop("article_id")
    rest = _own(data)
    own = {name: table.to_native() for name, table in own.items()}
    return type(data)(**rest | own | {"filters": filters, "dropped": dropped})


def _values(value) -> list[str]:
    """A filter's values, from a list or from text with commas or semicolons."""
    if value is None or value is False:
        return []
    parts = re.split(r"[;,]", value) if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple, set)) or not all(isinstance(p, str) for p in parts):
        raise FilterError(f"a filter is text or a list of texts, not {value!r}")
    return [p.strip() for p in parts if p.strip()]


def _known(values: list[str], names: dict[str, str], what: str) -> list[str]:
    """The ids that values stand for, in any case; FilterError listing the known ones."""
    folded = {name.casefold(): row_id for name, row_id in names.items()}
    for value in values:
        if value.casefold() not in folded:
            near = tables.nearest(value, names) or "none"
            ids = list(dict.fromkeys(names.values()))
            some = ", ".join(ids[:40]) + (f" and {len(ids) - 40} more" if len(ids) > 40 else "")
            raise FilterError(f"no {what} {value!r} in the data; nearest: {near}; known: {some}; names are taken too")
    return [folded[value.casefold()] for value in values]


def _day(values: list[str], name: str, side: str) -> datetime:
    """One bound of a date filter; FilterError where it is no date, or open on that side."""
    try:
        day = getattr(dates.parse(values[0]), side)
    except ValueError as error:
        raise FilterError(f"{name}: {error}") from None
    if day is None or len(values) > 1:
        raise FilterError(f"{name} is one date, such as 2025-06, not {'; '.join(values)!r}")
    return datetime(day.year, day.month, day.day)
