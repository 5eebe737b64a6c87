"""Past memory: the same tables as DuckDB relations or Spark frames, out of CSV or Parquet, a folder or a glob; nothing is read before a result is asked for."""

from collections import defaultdict
from contextlib import suppress
from glob import glob

import narwhals as nw
import pandas as pd

from tielines import checks, corroboration, dataset, dates, proofs, tables, texts
from tielines.tables import DataError

__all__ = "ENGINES FEW check connect read rows".split()


def __dir__():
    return __all__


ENGINES = ("pandas", "duckdb", "spark")
NEEDED = "articles actors events flows claims quantities stances".split()  # by measures and filters
FEW = 5_000  # claims up to which every pair is asked for a link: the pairs across events grow as the square
MEMORY, DISK = "2GB", "20GB"  # what DuckDB may take where no option says more


class Lazy(dataset.Dataset):
    """Tables as relations or frames of an engine, with what follows from their columns; each measure gives such a query."""

    def __getattr__(self, name: str):
        if name in tables.COLUMNS:
            raise DataError(f"no table {name!r} was found, which is asked for here")
        raise AttributeError(name)

    def settle(self, *measures) -> None:
        """Work measures out now, into tables of the engine, as past memory is wise where several queries rest on them."""
        for measure in measures:
            name, frame = measure.__name__, measure(self)
            if name not in self.settled:
                if hasattr(self, "sql"):
                    self.sql(f"CREATE TEMP TABLE {name}_settled AS {frame.sql_query()}")
                self.held[name] = self.sql(f"FROM {name}_settled") if hasattr(self, "sql") else frame.persist()
                self.settled.add(name)

    def __repr__(self) -> str:
        return f"Dataset of {type(self.claims).__name__}, filters {self.filters or 'none'}"


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
    data = Lazy(**held, filters={}, dropped=[], path=tables.DATA, settled=set())
    if engine == "duckdb":
        data.sql = source.connection.sql
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
        connection = duckdb.connect(config=limits)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"memory={memory!r}, disk={disk!r} are no sizes such as 2GB: {reason}") from None
    with suppress(duckdb.Error):  # a kernel without ipywidgets has none
        connection.execute("SET enable_progress_bar = false")  # it would write into what a command prints
    return connection


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

    source.connection = connection
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
    kinds = frame.dtypes if engine == "duckdb" else [kind for _, kind in frame.dtypes]
    kinds = {c: str(kind).lower() for c, kind in zip(frame.columns, kinds, strict=True)}
    parts = []
    for field in tables.fields(name):
        column, kind = f"{mark}{field['name']}{mark}", tables.mark(field)
        if field["name"] not in frame.columns:
            raise DataError(
                f"{name} has no column {field['name']!r}; nearest: {tables.nearest(field['name'], frame.columns) or 'none'}"
            )
        text = f"CAST({column} AS STRING)"
        if kinds[field["name"]].endswith(("[]", ">")):  # a list, as `export` writes it
            text = f"{'array_to_string' if engine == 'duckdb' else 'array_join'}({column}, '{field['list']}')"
        typed = {"": f"coalesce({text}, '')", "=": f"nullif({text}, '')", "?": f"coalesce({text}, '') = 'yes'"}
        typed |= {"#": f"CAST({column} AS BIGINT)", ".": f"CAST(nullif({text}, '') AS DOUBLE)"}
        parts.append(f"{column if kinds[field['name']] == 'boolean' else typed[kind]} AS {column}")
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
            if field.get("list"):
                frame[column] = frame[column].map(lambda v, sep=field["list"]: v if isinstance(v, str) else sep.join(v))
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


# What must hold, as queries: of each table the rows that break a rule, and nothing else, come into memory


_RULES = [  # table, column, the rows that break it, what is told (SQL too), and where it has one, what is allowed instead
    ("articles", "article_id", "article_id NOT IN (SELECT article_id FROM sentences)", "'has no sentences'"),
    ("articles", "published_note", "published_basis IN ('internal', 'external') AND published_note = ''", "'a date that the text does not print says from what'"),
    ("articles", "primary_frame", "coverage = 'full' AND primary_frame = ''", "'one frame leads the article'"),
    ("sentences", "zone", "zone IS DISTINCT FROM (SELECT any_value(z.zone) FROM articles a JOIN zoned z USING (zones) WHERE a.article_id = o.article_id AND z.paragraph = o.paragraph)", "'differs from articles.zones'"),
    ("sentences", "sentence_id", "zone = 'note' AND article_id IN (FROM whole) AND sentence_id NOT IN (SELECT sentence_id FROM origins)", "'no row in origins'"),
    ("frames", "paragraph", "(article_id, paragraph) NOT IN (SELECT (article_id, paragraph) FROM sentences WHERE zone IN {body})", "'no such paragraph of body or list'"),
    ("spoken", "speaker", "NOT ends_with(speaker, 'AUTHOR')", "'a chain of speakers ends in AUTHOR'"),
    ("judged", "sentence_ids", "sentence_ids IS DISTINCT FROM (SELECT s.at FROM stands s WHERE s.row_id = o.{key})", "'its anchors stand in ' || coalesce((SELECT s.at FROM stands s WHERE s.row_id = o.{key}), 'no sentence: it has none')"),
    ("judged", "paraphrase", "len(regexp_extract_all(paraphrase, '\\S+')) > {longest}", "'more than {longest} words'"),
    ("wordings", "sentence_id", "wording_id NOT IN (SELECT row_id FROM anchors GROUP BY row_id HAVING count(*) = 1) OR sentence_id IS DISTINCT FROM (SELECT s.at FROM stands s WHERE s.row_id = o.wording_id)", "'has one anchor, in that sentence'"),
    ("wordings", "term", "term <> lower(term)", "'in small letters'"),
    ("anchors", "row_id", "row_id NOT IN (SELECT claim_id FROM claims UNION ALL SELECT stance_id FROM stances UNION ALL SELECT reason_id FROM reasons UNION ALL SELECT wording_id FROM wordings)", "'no such claim, stance, reason or wording'", "judged"),
    ("claims", "value_basis", "(attribute = 'date') <> (value_basis <> '')", "'filled for date claims, and for those only'"),
    ("claims", "attribute", "attribute = 'occurrence' AND event_id IN (SELECT event_id FROM flows)", "'support is told by stage, not by occurrence'"),
    ("claims", "attribute", "attribute = 'stage' AND event_id NOT IN (SELECT event_id FROM flows)", "'only an event in flows has a stage'"),
    ("claims", "attribute", "(attribute = 'quantity') <> (claim_id IN (SELECT claim_id FROM quantities))", "'a quantity claim has one row in quantities, and no other claim has'"),
    ("claims", "basis", "basis = 'own_interview' AND speaker = 'AUTHOR'", "'an interview has a speaker of its own'"),
    ("claims", "value", "attribute = 'stage' AND value NOT IN {stage}", "'unknown code for attribute stage'", "stage"),
    ("claims", "value", "attribute = 'quantity' AND value NOT IN {measure}", "'unknown code for attribute quantity'", "measure"),
    ("claims", "value", "attribute = 'term' AND value NOT IN {term}", "'unknown code for attribute term'", "term"),
    ("claims", "value", "attribute IN ('occurrence', 'obligation') AND value <> ''", "'empty for attribute ' || attribute"),
    ("claims", "value", "attribute = 'place' AND value = ''", "'a place is required'"),
    ("claims", "value", "attribute = 'date' AND value IN (SELECT text FROM misdated)", "'not a possible EDTF date: ' || (SELECT m.why FROM misdated m WHERE m.text = o.value)"),
    ("claims", "value", "attribute = 'actor' AND value IN (SELECT value FROM (SELECT value, unnest(string_split(value, ';')) AS v FROM claims WHERE attribute = 'actor') WHERE v NOT IN (FROM acting))", "'no such actor_id in actors'", "actor"),
    ("quantities", "low", "try_cast(low AS DOUBLE) > try_cast(best AS DOUBLE) OR try_cast(best AS DOUBLE) > try_cast(high AS DOUBLE) OR try_cast(low AS DOUBLE) > try_cast(high AS DOUBLE)", "'low <= best <= high, not ' || low || ', ' || best || ', ' || high"),
    ("quantities", "qualifier", "low = '' AND best = '' AND high = '' AND qualifier NOT IN ('vague', 'unknown')", "'an amount without a number is vague or unknown'"),
    ("quantities", "measure", "measure IS DISTINCT FROM (SELECT c.value FROM claims c WHERE c.claim_id = o.claim_id)", "'differs from its claim'"),
    ("events", "event_id", "event_id NOT IN (SELECT event_id FROM claims) AND event_id NOT IN (SELECT parent_event_id FROM flows)", "'no claim tells it'"),
    ("events", "umbrella", "(umbrella = 'yes') <> ends_with(label, 'unspecific)')", "'yes where the label ends in (unspecific), and only there'"),
    ("flows", "event_id", "event_id NOT IN (SELECT event_id FROM events WHERE regexp_matches(actors, '\\b(?:RUS|CHN)\\b') AND regexp_matches(recipients, '\\b(?:IRN|CUB)\\b'))", "'support comes from RUS or CHN and goes to IRN or CUB'"),
    ("flows", "event_id", "event_id IN (SELECT event_id FROM events WHERE event_type <> 'AID')", "'support is an event of type AID, not ' || (SELECT e.event_type FROM events e WHERE e.event_id = o.event_id) || ': trade is no support'"),
    ("flows", "event_id", "event_id NOT IN (SELECT event_id FROM claims WHERE attribute = 'stage')", "'no claim says its stage'"),
    ("flows", "parent_event_id", "parent_event_id = event_id", "'is its own parent'"),
    ("flows", "total_note", "(in_total = 'yes') <> (total_note = '')", "'filled where in_total is no, and only there'"),
    ("origins", "sentence_id", "sentence_id <> '' AND sentence_id NOT IN (SELECT sentence_id FROM sentences)", "'no such sentence_id in sentences'"),
    ("origins", "origin_id", "sentence_id = '' AND origin_id NOT IN (SELECT origin_id FROM claims UNION ALL SELECT origin_id FROM stances UNION ALL SELECT origin_id FROM reasons)", "'no row cites it'"),
    ("links", "a", "a NOT IN (FROM linked)", "'no such claim or stance'", "linked"),
    ("links", "b", "b NOT IN (FROM linked)", "'no such claim or stance'", "linked"),
    ("links", "b", "left(a, 1) <> left(b, 1)", "'a link joins two claims or two stances'"),
    ("links", "note", "note = ''", "'says what differs, or why nothing does'"),
    ("links", "relation", "relation = 'differing' AND left(a, 1) = 'c'", "'differing joins two stances'"),
    ("links", "relation", "relation = 'maybe_same' AND (SELECT c.event_id FROM claims c WHERE c.claim_id = o.a) = (SELECT c.event_id FROM claims c WHERE c.claim_id = o.b)", "'the two are told of one event already'"),
    ("recodes", "table", "\"table\" NOT IN {tables}", "'no such table'", "tables"),
    ("recodes", "reason", "first = second AND reason NOT IN ('', 'corrected')", "'the passes agree'"),
    ("recodes", "reason", "first <> second AND reason = ''", "'the passes differ: say why'"),
]  # fmt: skip


def check(uri, memory: str = MEMORY, disk: str = DISK) -> tuple[list, list[str]]:
    """Every broken rule of the tables below ``uri``, as ``checks.check`` tells it, and in words what is not asked at this size.

    All that datapackage.json says of cells, keys and references is asked, and the rules between rows that are listed here.
    """
    store = _Store(uri, memory, disk)
    import duckdb  # it is there, or the store would not be

    try:
        return _checked(store, uri)
    except duckdb.OutOfMemoryException as error:
        wants = f"DuckDB wants more than memory {memory} and disk {disk}; `check` takes --memory and --disk"
        raise DataError(f"{wants}: {str(error).splitlines()[0]}") from None


def _checked(store, uri) -> tuple[list, list[str]]:
    problems = [p for name in store.names for p in store.within(name)]
    problems += [p for key, by in tables.sources(store.names).items() for p in store.between(*key, by)]
    if problems:  # rules between rows presume that each row is well-formed
        return sorted(set(problems)), []
    store.look_up()
    for names, column, bad, told, *allowed in _RULES:
        for name in {"spoken": [*proofs.JUDGED, "wordings"], "judged": [*proofs.JUDGED]}.get(names, [names]):
            problems += store.broken(name, column, bad, told, *allowed)
    left = [
        "whether sums, spans and notes follow from other rows: how many words an anchor holds, total_note, in_scope, the stage of an amount"
    ]
    count = store.one("SELECT count(*) FROM claims")
    near = count > FEW
    if near:
        left.append(
            f"pairs of events or judgements that must have a link: with {count:,} claims there are too many to look at"
        )
    return sorted({*problems, *(store.unlinked(uri, near) if not problems else ())}), left


class _Store:
    """Tables as views of text in a DuckDB of their own, with the file and line of each row."""

    def __init__(self, uri, memory: str, disk: str):
        self.db = connect(memory, disk)
        self.db.execute("SET preserve_insertion_order = true")  # a row is told by its line
        found = {name: paths for name in tables.resources() if (paths := _paths(uri, name))}
        if missing := [name for name in tables.resources() if name not in found]:
            raise DataError(f"{uri}: no table {missing[0]!r}, neither as CSV nor as Parquet")
        self.names, self.file = list(found), {}
        for name, (where, kind) in found.items():
            rows = f"read_parquet('{where}', filename = true, file_row_number = true)"
            place = "filename AS _file, file_row_number + 2 AS _row"
            if kind == "csv":
                rows = f"read_csv('{where}', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', filename = true, parallel = false)"
                place = "filename AS _file, row_number() OVER () + 1 AS _row"
            typed = dict(row[:2] for row in self.db.sql(f"DESCRIBE FROM {rows}").fetchall())
            self.file[name] = tables.resource(name)["path"] if kind == "csv" else ""
            if lacks := [f["name"] for f in tables.fields(name) if f["name"] not in typed]:
                raise DataError(
                    f"{name} has no column {lacks[0]!r}; nearest: {tables.nearest(lacks[0], typed) or 'none'}"
                )
            cells = ", ".join(f'{_text(f, typed[f["name"]])} AS "{f["name"]}"' for f in tables.fields(name))
            self.db.execute(f"CREATE VIEW {name} AS SELECT {cells}, {place} FROM {rows}")

    def one(self, query: str):
        """The one value of a query."""
        return self.db.execute(query).fetchone()[0]

    def told(self, name: str, column: str, query: str, allowed=()):
        """A Problem for each row (file, line, value, rule) of a query, up to as many as the small check tells one by one."""
        by_file = defaultdict(list)
        for file, line, value, rule in self.db.execute(f"{query} ORDER BY 1, 2 LIMIT {tables.MANY + 1}").fetchall():
            shown = self.file[name] or "/".join(file.split("/")[-2:])
            by_file[shown].append((line, value, rule, allowed))
        for file, found in by_file.items():
            yield from tables.problems_of(file, column, found)

    def broken(self, name: str, column: str, bad: str, told: str, allowed: str = ""):
        """The rows of a table that break one of ``_RULES``."""
        words = self.words | {"key": proofs.JUDGED.get(name, "")}
        bad, told = bad.format(**words), told.format(**words)
        query = f'SELECT _file, _row, "{column}", {told} FROM {name} o WHERE {bad}'
        lists = {
            "judged": "SELECT row_id FROM anchors",
            "linked": "FROM linked",
            "actor": "SELECT actor_id FROM actors",
        }
        known = self.allowed.get(allowed, ())
        if allowed in lists:
            known = _Lookup(self.db, lists[allowed])
        return self.told(name, column, query, known)

    def within(self, name: str):
        """What datapackage.json has against the cells and keys of one table."""
        if not self.one(f"SELECT count(*) FROM (FROM {name} LIMIT 1)"):
            yield tables.Problem(self.file[name] or name, 0, "", "", "a header and no rows")
        for field in tables.fields(name):
            column = f'"{field["name"]}"'
            doubtful = self.db.execute(f"SELECT DISTINCT {column} FROM {name} WHERE {_doubt(field, column)}").fetchall()
            if rules := tables.refused(field, {value for (value,) in doubtful}):
                self.db.execute("CREATE OR REPLACE TEMP TABLE wrong (_value VARCHAR, _rule VARCHAR)")
                self.db.executemany("INSERT INTO wrong VALUES (?, ?)", list(rules.items()))
                enum = field.get("constraints", {}).get("enum", tables.YES_NO if field["type"] == "boolean" else ())
                yield from self.told(
                    name,
                    field["name"],
                    f"SELECT _file, _row, _value, _rule FROM {name} JOIN wrong ON _value = {column}",
                    enum,
                )
        unique = [[f["name"]] for f in tables.fields(name) if f.get("constraints", {}).get("unique")]
        for key in [*unique, tables.resource(name)["schema"]["primaryKey"]]:
            columns = ", ".join(f'"{c}"' for c in key)
            twice = f"SELECT {columns}, min(_row) AS _first FROM {name} GROUP BY {columns} HAVING count(*) > 1"
            value = " || ';' || ".join(f'"{c}"' for c in key)
            yield from self.told(
                name,
                key[0],
                f"SELECT _file, _row, {value}, 'stands already in row ' || _first FROM {name} JOIN ({twice}) USING ({columns}) WHERE _row > _first",
            )

    def between(self, table: str, target: str, by):
        """References to rows that are not there; where most to one key are lost, that key alone is told."""
        parts = []
        for name, column, separator in by:
            cell = f"unnest(string_split(\"{column}\", '{separator}'))" if separator else f'"{column}"'
            parts.append(f"SELECT DISTINCT {cell} AS value FROM {name}")
        named = f"SELECT DISTINCT value FROM ({' UNION ALL '.join(parts)}) WHERE value <> ''"
        self.db.execute(
            f'CREATE OR REPLACE TEMP TABLE gone AS SELECT value FROM ({named}) n ANTI JOIN {table} t ON t."{target}" = n.value'
        )
        gone, rule = self.one("SELECT count(*) FROM gone"), f"no such {target} in {table}"
        if not gone:
            return
        known = _Lookup(self.db, f'SELECT "{target}" FROM {table}')
        every = self.one(f"SELECT count(*) FROM ({named})")
        if gone > 2 and 2 * gone > every:
            value = self.one("SELECT min(value) FROM gone")
            rule = f"{gone} of {every} values that other tables name are not here, such as {value!r}"
            yield tables.Problem(self.file[table] or table, 0, target, "", rule, tables.nearest(value, known))
            return
        for name, column, separator in by:
            cell = f"unnest(string_split(\"{column}\", '{separator}'))" if separator else f'"{column}"'
            cells = f"SELECT _file, _row, {cell} AS value FROM {name}"
            yield from self.told(
                name, column, f"SELECT _file, _row, value, '{rule}' FROM ({cells}) SEMI JOIN gone USING (value)", known
            )

    def look_up(self):
        """What the rules between rows ask for."""
        db = self.db
        db.execute("CREATE VIEW whole AS SELECT article_id FROM articles WHERE coverage = 'full'")
        db.execute("CREATE VIEW linked AS SELECT claim_id FROM claims UNION ALL SELECT stance_id FROM stances")
        db.execute("CREATE VIEW acting AS SELECT actor_id FROM actors")
        db.execute(
            "CREATE TEMP TABLE ends AS SELECT row_id, min(sentence_id) AS one, max(sentence_id) AS last FROM anchors GROUP BY row_id"
        )
        several = "SELECT DISTINCT row_id, sentence_id FROM anchors SEMI JOIN (FROM ends WHERE one <> last) USING (row_id)"  # few: only these are put in order
        several = f"SELECT row_id, string_agg(sentence_id, ';' ORDER BY s._file, s._row) FROM ({several}) JOIN sentences s USING (sentence_id) GROUP BY row_id"
        db.execute(
            f"CREATE TEMP TABLE stands AS SELECT row_id, one AS at FROM ends WHERE one = last UNION ALL {several}"
        )
        zones = [(z,) for (z,) in db.execute("SELECT DISTINCT zones FROM articles").fetchall()]
        zoned = [(z, str(n), zone) for (z,) in zones for n, zone in texts.parse_zones(z).items()]
        db.execute("CREATE TEMP TABLE zoned (zones VARCHAR, paragraph VARCHAR, zone VARCHAR)")
        db.executemany("INSERT INTO zoned VALUES (?, ?, ?)", zoned)
        told = db.execute("SELECT DISTINCT value FROM claims WHERE attribute = 'date'").fetchall()
        wrong = tables.error(dates.parse)
        db.execute("CREATE TEMP TABLE misdated (text VARCHAR, why VARCHAR)")
        if found := [(text, why) for (text,) in told if (why := wrong(text))]:
            db.executemany("INSERT INTO misdated VALUES (?, ?)", found)
        self.allowed = {"stage": tables.codes("quantities", "stage"), "measure": tables.codes("quantities", "measure")}
        self.allowed |= {"term": [c["value"] for c in tables.package()["termValues"]], "tables": self.names}
        lists = self.allowed | {"body": checks.BODY}
        self.words = {name: "(" + ", ".join(f"'{v}'" for v in values) + ")" for name, values in lists.items()}
        self.words["longest"] = checks.MAX_PARAPHRASE

    def unlinked(self, uri, near: bool):
        """The pairs that must have a link and have none, as the small check tells them."""
        data = dataset.open(uri, "duckdb")
        pairs = corroboration.owed(data, near)
        for a, b, why in sorted(rows(pairs.limit(tables.MANY))):
            yield tables.Problem(self.file["links"] or "links", 0, "", "", f"no row for {a} and {b}: {why}")


class _Lookup:
    """The allowed values of a key, which are too many to hold: only those near a wrong one are fetched."""

    def __init__(self, db, query: str):
        self.db, self.query = db, query

    def __iter__(self):
        return (value for (value,) in self.db.execute(f"{self.query} LIMIT 100000").fetchall())


def _text(field: dict, kind: str) -> str:
    """A cell as the CSV has it."""
    column = f'"{field["name"]}"'
    if kind == "BOOLEAN":
        return f"CASE WHEN {column} THEN 'yes' ELSE 'no' END"
    if kind == "DOUBLE":
        return f"coalesce(regexp_replace(CAST({column} AS VARCHAR), '\\.0$', ''), '')"
    if kind.endswith("[]"):
        return f"coalesce(array_to_string({column}, '{field['list']}'), '')"
    return f"coalesce(CAST({column} AS VARCHAR), '')"


def _doubt(field: dict, column: str) -> str:
    """Which cells are looked at one by one: all but those that can be told sound at a glance."""
    limits = field.get("constraints", {})
    few = field.get("edtf") or "enum" in limits or field["type"] == "boolean" or field["name"] == "zones"
    if few:
        return "true"
    if field["type"] in ("integer", "number"):
        number = "[0-9]{1,18}" if field["type"] == "integer" else "-?[0-9]{1,18}(\\.[0-9]{1,18})?"
        return (
            f"NOT regexp_full_match({column}, '{number}') OR try_cast({column} AS DOUBLE) < {limits.get('minimum', 0)}"
        )
    pattern = limits.get("pattern") or (tables.WORD_SPANS if field["name"] == "word_spans" else "")
    odd = f"{column} = '' OR len({column}) > {tables.LONGEST} OR regexp_matches({column}, '^[=+@-]|[^\\p{{L}}\\p{{M}}\\p{{N}}\\p{{P}}\\p{{S}} ]')"
    return f"{odd} OR NOT regexp_full_match({column}, '{pattern}')" if pattern else odd
