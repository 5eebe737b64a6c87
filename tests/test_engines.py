"""The same answer from pandas, DuckDB and Spark: over the real tables, simulated ones, and such as nobody would write."""

import shutil
import warnings

import bench_scale
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_dataset import as_text, made

from tielines import aid, corroboration, dataset, export, narratives, scale, simulate, tables
from tielines.files import TielinesError

pytestmark = pytest.mark.filterwarnings("error:Found complex group-by:UserWarning")  # a loop over rows, on pandas
MEASURES = {
    "reports": lambda data: data.reports,
    "items": lambda data: data.items,
    "bounds": lambda data: data.bounds,
    "stages": aid.stages,
    "judged": lambda data: narratives.judged(data, ["aspect"]),
    "k_of_m": corroboration.k_of_m,
    "candidates": corroboration.candidates,
    "candidates of one event": lambda data: corroboration.candidates(data, near=True),
}


def in_memory(result) -> pd.DataFrame:
    """A result as pandas, whatever the engine."""
    if isinstance(result, pd.DataFrame):
        return result
    if hasattr(result, "df"):
        return result.df()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark does not know this pandas yet
        return result.toPandas()


def alike(frame: pd.DataFrame, columns) -> pd.DataFrame:
    """Rows in one order; text is text, whether coded or not, and a day a day; numbers and yes or no as they came."""
    plain = {}
    for c in columns:
        plain[c] = pd.to_datetime(frame[c]).astype("datetime64[us]") if c in ("start", "end") else frame[c]
        if not isinstance(plain[c].dtype, type(pd.Series([1]).dtype)) and c not in ("start", "end"):
            plain[c] = plain[c].astype(object).where(plain[c].notna(), None)
    return pd.DataFrame(plain).sort_values(list(columns), ignore_index=True)


def assert_same(small, large, measures=MEASURES):
    """Each measure has the same rows, columns, types and missings on both."""
    for name in measures:
        a, b = (in_memory(MEASURES[name](data)) for data in (small, large))
        assert set(b.columns) <= set(a.columns) and len(b), name
        pd.testing.assert_frame_equal(alike(a, b.columns), alike(b, b.columns), obj=name)


@pytest.fixture(scope="module")
def spark():
    """One session for all tests; they skip where Spark or Java is not."""
    sql = pytest.importorskip("pyspark.sql", reason="no pyspark: pip install -e '.[spark]'")
    if not shutil.which("java"):
        pytest.skip("no Java, which Spark needs")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = sql.SparkSession.builder.master("local[2]")
    for option, value in (
        options | {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    ).items():
        builder = builder.config(option, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    simulate.simulate(100_000, folder / "tables", skew=1.5)
    return bench_scale.whole(folder / "tables")


def in_pandas(folder):
    """Simulated tables in pandas, read through DuckDB, which needs nothing else."""
    db, found = scale.connect(), {}
    for name in tables.resources():
        cells = db.read_parquet(f"{folder}/{name}/*.parquet").df()
        cells = cells.apply(lambda c: c.map({True: "yes", False: "no"}) if c.dtype == bool else c)
        found[name] = tables.typed(name, cells.astype(object).where(cells.notna(), "").astype(str))
    return dataset.derived(tables.Tables(**found), tables.DATA)


@pytest.fixture(scope="module")
def large():
    return dataset.open(tables.DATA, "duckdb")


def test_duckdb_gives_the_answers_of_pandas_over_the_real_tables(data, large):
    assert_same(data, large)
    assert hasattr(large.reports, "fetchall")  # a query, not its rows


def test_what_export_writes_is_read(data, tmp_path):
    export.build("parquet", tmp_path / "out")
    assert_same(data, dataset.open(tmp_path / "out", "duckdb"), ["reports", "judged", "k_of_m"])
    assert scale.check(tmp_path / "out")[0] == []


def by_digit(data) -> pd.DataFrame:
    """``k_of_m``, put together from what it is of each last digit."""
    return pd.concat([in_memory(part) for part in corroboration.k_of_m_by_digit(data)], ignore_index=True)


def assert_same_by_digit(data):
    """The parts are the whole, on the engine of ``data``, and rest on what was worked out before."""
    whole, parts = in_memory(corroboration.k_of_m(data)), by_digit(data)
    assert len(whole)
    pd.testing.assert_frame_equal(alike(whole, whole.columns), alike(parts, whole.columns))


def test_k_of_m_by_digit_is_k_of_m(data, simulated):
    large = dataset.open(simulated, "duckdb")
    for each in (data, large):
        assert_same_by_digit(each)
    assert large.settled == {"tellings", "covers", "related", "starts"}


@pytest.fixture(scope="module")
def simulated_small(simulated):
    return in_pandas(simulated)


NEAR = [name for name in MEASURES if name != "candidates"]  # whose number grows as the square


def test_duckdb_gives_the_answers_of_pandas_over_simulated_parquet(simulated, simulated_small):
    assert_same(simulated_small, dataset.open(simulated, "duckdb"), NEAR)


@pytest.mark.parametrize(
    "filters",
    [
        {"about": "Cuba", "factuality": "CT+"},
        {"since": "2025-01", "until": "2025-12"},
        {"published_until": "2025-12-31", "recipients": "Iran"},
        {"articles": "000;002", "since": "2025-01", "undated": True},
    ],
    ids=str,
)
def test_filters_leave_the_same(filters):
    small, large = dataset.load(**filters), dataset.open(tables.DATA, "duckdb", **filters)
    for name in ("claims", "stances", "flows", "links"):
        key = tables.resource(name)["schema"]["primaryKey"]
        assert sorted(map(tuple, getattr(small, name)[key].to_numpy())) == sorted(
            scale.rows(getattr(large, name).select(*key))
        )
    assert_same(small, large, ["reports", "judged"])


CLAIM = st.fixed_dictionaries(
    {
        "sentence_ids": st.sampled_from(["900.p1.s1", "901.p1.s1", "902.p1.s1"]),
        "event_id": st.sampled_from(["e1", "e2", "e3"]),
        "speaker": st.sampled_from(["AUTHOR", "SADR_AUTHOR", "XI_AUTHOR"]),
        "basis": st.sampled_from(["named", "none_given", "document"]),
        "factuality": st.sampled_from(["CT+", "PR+", "PS+", "CT-", "PR-", "Uu"]),
    }
)
TOLD = st.sampled_from(
    [("stage", s) for s in ("offered", "agreed", "delivered", "open")]
    + [("occurrence", ""), ("place", "2025")]
    + [("date", d) for d in ("2025", "2025-01~", "2025-03-01", "2024/..", "[..2025-02-01]", "2027")]
)
EVENTS = [{}, {"actors": "CHN;XI", "umbrella": "yes"}, {"actors": "RUS", "recipients": "IRN", "event_type": "CONSULT"}]


KINDS = (
    st.lists(st.tuples(CLAIM, TOLD), min_size=4, max_size=14),
    st.lists(st.tuples(st.sampled_from(["RUS-CUB", "RUS-CUB;RUS-IRN", "RUS-CHN-IRN"]), st.sampled_from("-1 0 2".split())), min_size=2, max_size=5),
)  # fmt: skip
OFTEN = dict(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def assert_same_of_kinds(folder, told, judged, engine, **options):
    """Each measure gives the same over tables of these claims and judgements, from CSV."""
    claims = [
        row
        | {
            "attribute": kind,
            "value": value,
            "value_basis": ("none" if value == "2024/.." else "explicit") * (kind == "date"),
        }
        for row, (kind, value) in told
    ]
    stances = [{"dyads": ties, "strength": strength, "sentence_ids": "901.p1.s1"} for ties, strength in judged]
    links = [{"a": "c1", "b": f"c{len(claims)}", "relation": "contradiction"}]
    own = dict(claims=claims, stances=stances, links=links, events=EVENTS, flows=[{}, {"event_id": "e2"}])
    small = made(**own)
    shutil.copy(tables.DATA / "datapackage.json", folder)
    for name, frame in as_text(**own).items():
        tables.write(frame, folder / tables.resource(name)["path"])
    large = dataset.open(folder, engine, **options)
    for name, measure in MEASURES.items():
        a, b = in_memory(measure(small)), in_memory(measure(large))
        pd.testing.assert_frame_equal(alike(a, b.columns), alike(b, b.columns), obj=name, check_dtype=bool(len(b)))


@settings(max_examples=3, **OFTEN)
@given(*KINDS)
def test_duckdb_gives_the_answers_of_pandas_over_tables_of_all_kinds(tmp_path_factory, told, judged):
    assert_same_of_kinds(tmp_path_factory.mktemp("made"), told, judged, "duckdb")


@settings(max_examples=1, phases=[Phase.generate], **OFTEN)  # to make it smaller would take an hour
@given(*KINDS)
def test_spark_gives_the_answers_of_pandas_over_tables_of_all_kinds(spark, tmp_path_factory, told, judged):
    assert_same_of_kinds(tmp_path_factory.mktemp("made"), told, judged, "spark", spark=spark)


def test_the_evidence_of_a_row_is_a_query_that_yields_the_ids_pandas_writes_beside_it(data, large):
    for name in ("reports", "bounds", "stages", "judged", "items"):
        frame = MEASURES[name](data)
        if name == "reports":
            frame = pd.concat([frame[frame["beyond"].ne("")].head(3), frame[::50]])
        if name == "bounds":
            frame = pd.concat([frame[frame["differing"]].head(3), frame[::60]])
        for _, row in frame[:: max(1, len(frame) // 4)].iterrows():
            ids = {i for (i,) in scale.rows(dataset.evidence(large, row))}
            assert ids == set(filter(None, row["evidence"].split(";"))) == set(dataset.evidence(data, row)["id"]), row


@pytest.mark.parametrize("partly", [(), ("002", "004")])
def test_k_and_m_count_the_rows_of_the_matrix(partly):
    data = dataset.load()
    data.articles["coverage"] = data.articles["coverage"].mask(data.articles["article_id"].isin(partly), "scoped")
    known = corroboration.known(data)
    tells = ~known["state"].isin(("silent", "related", "too_early", "uncoded", "elsewhere"))
    could = tells | known["state"].isin(("silent", "related"))
    sums = known.assign(k=tells, m=could).groupby("event_id")[["k", "m"]].sum().reset_index()
    pd.testing.assert_frame_equal(
        alike(corroboration.k_of_m(data), ["event_id", "k", "m"]), alike(sums, ["event_id", "k", "m"])
    )


def test_what_cannot_be_opened_is_told_in_a_line(tmp_path):
    for told, call in {
        "no engine 'duckbd'; nearest: duckdb": lambda: dataset.open(tables.DATA, "duckbd"),
        "no table 'articles', neither as CSV nor as Parquet": lambda: dataset.open(tmp_path, "duckdb"),
        "memory='much'": lambda: dataset.open(tables.DATA, "duckdb", memory="much"),
        "no actor 'Kuba' in the data; nearest: Cuba": lambda: dataset.open(tables.DATA, "duckdb", about="Kuba"),
    }.items():
        with pytest.raises(TielinesError) as error:
            call()
        assert told in str(error.value) and "\n" not in str(error.value)


def test_the_small_path_imports_no_engine():
    import subprocess
    import sys

    code = "import sys; from tielines import dataset, corroboration; corroboration.shared(dataset.load()); print({'duckdb', 'pyspark'} & {*sys.modules})"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )


def test_spark_gives_the_answers_of_pandas(spark, data):
    large = dataset.open(tables.DATA, "spark", spark=spark)
    assert_same(data, large)
    assert_same_by_digit(large)


def test_spark_gives_the_answers_of_pandas_over_simulated_parquet(spark, simulated, simulated_small):
    large = dataset.open(simulated, "spark", spark=spark)
    assert_same(simulated_small, large, NEAR)
    row = in_memory(dataset.reports(large)).iloc[0]
    assert scale.rows(dataset.evidence(large, row))
