"""Past memory: the same tables as DuckDB relations or Spark frames, out of CSV or Parquet, a folder or a glob; nothing is read before a result is asked for."""

from glob import glob

import narwhals as nw
import pandas as pd

from tielines import dataset, dates, tables
from tielines.tables import DataError

__all__ = "ENGINES FEW connect read rows".split()


def __dir__():
    return __all__


ENGINES = ("pandas", "duckdb", "spark")
NEEDED = (
    "articles actors events flows claims quantities links sentences stances reasons".split()
)  # by measures and filters
FEW = 5_000  # claims up to which every pair is asked for a link: the pairs across events grow as the square
MEMORY, DISK = "2GB", "20GB"  # what DuckDB may take where no option says more


class Lazy(dataset.Dataset):
    """Tables as relations or frames of an engine, with what follows from their columns; each measure gives such a query."""

    def __repr__(self) -> str:
        return f"Dataset on {type(self.claims).__module__.split('.')[0]}, filters {self.filters or 'none'}"


def read(uri: str, engine: str, memory: str = MEMORY, disk: str = DISK, spark=None) -> dataset.Dataset:
    """All tables below ``uri``, in the shape of ``dataset.load`` and without filters; see ``dataset.open``."""
    if engine not in ENGINES:
        raise DataError(
            f"no engine {engine!r}; nearest: {tables.nearest(engine, ENGINES) or 'none'}; there are {', '.join(ENGINES)}"
        )
    found = {name: paths for name in tables.resources() if (paths := _paths(uri, name))}
    if missing := [name for name in NEEDED if name not in found]:
        raise DataError(f"{uri}: no table {missing[0]!r}, neither as CSV nor as Parquet")
    if engine == "pandas":
        return dataset.derived(tables.Tables(**{name: _pandas(name, *found[name]) for name in found}), tables.DATA)
    source = _duckdb(memory, disk) if engine == "duckdb" else _spark(spark)
    held = {name: _columns(source(*paths), name, engine) for name, paths in found.items()}
    data = Lazy(**held, filters={}, dropped=[], path=tables.DATA)
    dataset.follow(data)
    data.spans = _spans(data, source)
    spans = nw.from_native(data.spans).select("start", "end", published="edtf")
    data.articles = nw.from_native(data.articles).join(spans, on="published", how="left").to_native()
    return data


def rows(frame) -> list[tuple]:
    """The rows of a result, in memory."""
    if isinstance(frame, pd.DataFrame):
        return list(frame.itertuples(index=False, name=None))
    return frame.fetchall() if hasattr(frame, "fetchall") else [tuple(row) for row in frame.collect()]


def _paths(uri: str, name: str) -> tuple[str, str] | None:
    """Where a table lies (a file or a glob) and its format: ``name.parquet``, a folder ``name`` of Parquet, or CSV as in data/."""
    path = tables.resource(name)["path"]
    stem = path.removesuffix(".csv")
    for end, kind in (
        (f"{stem}.parquet", "parquet"),
        (f"{name}.parquet", "parquet"),
        (f"{name}/**/*.parquet", "parquet"),
        (path, "csv"),
    ):
        where = f"{str(uri).rstrip('/')}/{end}"
        if next(iter(glob(where, recursive=True)), None):
            return where, kind
    return None


def _lacking(module: str, extra: str):
    return DataError(
        f"{module} is not installed; `pip install 'tielines[{extra}]'`, or in the repository `pip install -e '.[{extra}]'`"
    )


def connect(memory: str = MEMORY, disk: str = DISK):
    """A DuckDB of its own, in memory, that takes no more than it may. Raises DataError."""
    try:
        import duckdb
    except ImportError:
        raise _lacking("duckdb", "duckdb") from None
    limits = {"memory_limit": memory, "max_temp_directory_size": disk, "preserve_insertion_order": False}
    try:
        return duckdb.connect(config=limits)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"memory={memory!r}, disk={disk!r} are no sizes such as 2GB: {reason}") from None


def _duckdb(memory: str, disk: str):
    connection = connect(memory, disk)

    def source(where, kind):
        if kind == "made":
            listed, columns = ", ".join(map(_literal, where)), 'edtf, start, "end", days, form, circa'
            return connection.sql(f"SELECT * FROM (VALUES {listed}) AS t({columns})")
        if kind == "parquet":
            return connection.read_parquet(where)
        options = dict(header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"')
        return connection.read_csv(where, **options, buffer_size=2**22)  # or each mention of a small file takes 32 MB

    return source


def _literal(span: tuple) -> str:
    """A row of ``spans`` as SQL."""
    edtf, start, end, days, form, circa = span
    day = [f"DATE '{d}'" if d else "NULL::DATE" for d in (start, end)]
    return f"('{edtf}', {day[0]}, {day[1]}, {'NULL' if days is None else days}::BIGINT, '{form}', {circa})"


def _spark(session):
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise _lacking("pyspark", "spark") from None
    session = session or SparkSession.builder.appName("tielines").getOrCreate()

    def source(where, kind):
        if kind == "made":
            return session.createDataFrame(
                where, "edtf string, start date, end date, days bigint, form string, circa boolean"
            )
        if kind == "parquet":
            folder = where.removesuffix("/**/*.parquet")
            return session.read.parquet(folder)
        return session.read.csv(where, header=True, quote='"', escape='"', multiLine=True)

    return source


def _columns(frame, name: str, engine: str):
    """The columns that datapackage.json names, typed: "" for no text, NULL for no code or number."""
    mark = '"' if engine == "duckdb" else "`"
    booleans = {
        c
        for c, kind in zip(
            frame.columns, map(str, frame.dtypes if engine == "duckdb" else [t for _, t in frame.dtypes]), strict=True
        )
        if kind.lower() == "boolean"
    }
    parts = []
    for field in tables.fields(name):
        column, kind = f"{mark}{field['name']}{mark}", tables.mark(field)
        if field["name"] not in frame.columns:
            raise DataError(
                f"{name} has no column {field['name']!r}; nearest: {tables.nearest(field['name'], frame.columns) or 'none'}"
            )
        text = f"CAST({column} AS STRING)"
        typed = {"": f"coalesce({text}, '')", "=": f"nullif({text}, '')", "?": f"coalesce({text}, '') = 'yes'"}
        typed |= {"#": f"CAST({column} AS BIGINT)", ".": f"CAST(nullif({text}, '') AS DOUBLE)"}
        parts.append(f"{column if field['name'] in booleans else typed[kind]} AS {column}")
    return frame.project(", ".join(parts)) if engine == "duckdb" else frame.selectExpr(*parts)


def _pandas(name: str, where: str, kind: str) -> pd.DataFrame:
    """A table typed as ``tables.read`` does it."""
    files = sorted(glob(where, recursive=True))
    if kind == "csv":
        frame = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files], ignore_index=True)
        return tables.typed(name, frame)
    try:
        frame = pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)
    except ImportError:
        raise _lacking("pyarrow", "parquet") from None
    for field in tables.fields(name):
        column, mark = field["name"], tables.mark(field)
        if mark == "=":
            cells = frame[column].astype(object).replace("", None)
            frame[column] = pd.Categorical(cells, field["constraints"]["enum"], ordered=True)
        elif mark == "":
            frame[column] = frame[column].fillna("").astype(str)
        elif mark == "?" and frame[column].dtype != bool:
            frame[column] = frame[column].eq("yes")
    return frame[[field["name"] for field in tables.fields(name)]]


def _spans(data: Lazy, source):
    """Every EDTF date in use, parsed once: edtf, start, end, days, form, circa. They are as many as days, not as rows."""
    told = nw.from_native(data.claims).filter(nw.col("attribute") == "date").select(edtf="value")
    out = nw.from_native(data.articles).select(edtf="published")
    found = []
    for (text,) in rows(nw.concat([told, out]).group_by("edtf").agg(nw.len()).select("edtf").to_native()):
        try:
            span = dates.parse(text)
        except ValueError as error:
            raise DataError(f"a date of claims or articles: {error}") from None
        found.append((text, span.start, span.end, span.days, span.form, span.circa))
    return source(sorted(found, key=lambda row: row[0]), "made")
