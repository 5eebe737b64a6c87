"""Tables of any size in the shape of the real ones, to try what is meant for many texts: every id is new, nothing in them is a finding.

Each article is copied with all that is coded in it. What its copies tell of one event is then dealt out to new events, so
many texts each as the skew says; an event whose accounts do not hold alone, and one with parts, stays whole.
"""

from math import gcd
from pathlib import Path

import numpy as np
import pandas as pd

from tielines import checks, corroboration, dataset, files, scale, tables

__all__ = ["simulate"]


def __dir__():
    return __all__


CHUNK = 1_000_000  # claims a file
CYCLE, MOST = 997, 100  # events whose numbers of texts are drawn, again and again; texts an event at most
CODED = (
    "events",
    "flows",
    "quantities",
    "actors",
    "links",
)  # whose rows belong to no text: each must have been coded twice
# A paragraph of four words that nobody coded ends each copy: else every row of it would have to be coded twice.
_LEFT = 'SELECT article_id, max(paragraph) + 1 AS last, max("end") AS stop FROM real_sentences GROUP BY article_id'
IDS = {
    "claims": "claim_id",
    "stances": "stance_id",
    "reasons": "reason_id",
    "wordings": "wording_id",
    "quantities": "quantity_id",
}


def simulate(
    claims: float, out: Path, seed: int = 7, skew: float = 3.0, only=None, source: Path = tables.DATA
) -> dict[str, int]:
    """Write about so many ``claims`` and all that goes with them to ``out`` as Parquet; {table: rows}.

    ``skew``: an event has k texts as often as k to the power of -skew; over 1, and the nearer the more texts an event.
    ``only``: tables to write, else all; without sentences no link is sought. Raises TielinesError where a number is none that can be served.
    """
    if not (1 < skew <= 20 and 1 <= claims <= 1e10):
        raise files.TielinesError(f"from 1 to 1e10 claims and a skew over 1, up to 20, not {claims:g} and {skew:g}")
    raw = tables.load(source)
    connection = scale.connect()
    for name, frame in vars(raw).items():
        plain = frame.astype({c: object for c in frame if frame[c].dtype == "category"})
        connection.register(f"real_{name}", plain.where(plain.notna(), None))
    copies, rng = max(1, round(claims / len(raw.claims))), np.random.default_rng(seed)
    sizes = np.minimum(rng.zipf(skew, CYCLE), MOST)
    order = np.repeat(np.arange(CYCLE), sizes)  # the place of an account in the cycle: of which of its events it is
    connection.register("dealt", _dealt(raw, copies, order, rng))
    connection.register("told", _told(raw).assign(a=lambda t: t.groupby("event_id").cumcount()))
    connection.register("cycle", pd.DataFrame({"place": np.arange(len(order)), "nth": order}))
    ids = [raw.events["event_id"], *(getattr(raw, name)[key] for name, key in IDS.items())]
    stride = 10 ** max(len(row_id) - 1 for column in ids for row_id in column)  # numbers that the rows of one copy take
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files.write(out / "datapackage.json", files.read(Path(source) / "datapackage.json"))
    written = {}

    def write(name, query):
        if only is None or name in only:
            folder = out / name
            folder.mkdir(exist_ok=True)
            part = folder / f"part-{len(list(folder.glob('*.parquet'))):05}.parquet"
            rows = connection.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]
            written[name] = written.get(name, 0) + rows

    step = max(1, CHUNK // len(raw.claims))
    for first in range(0, copies, step):
        for name, query in _copied(stride, len(order), copies, first, min(first + step, copies)).items():
            write(name, query)
    write("actors", "FROM real_actors")
    write("terms", "SELECT * REPLACE (article_id || '-0' AS article_id) FROM real_terms")
    new = f"{_numbered('event_id', 'n', stride)} AS event_id"
    each = "SELECT e.*, events FROM real_events e JOIN dealt USING (event_id)"
    write("events", f"SELECT * EXCLUDE (events, n) REPLACE ({new}) FROM ({each}), range(events) r(n)")
    if only is None or "flows" in only:
        write("flows", _flows(out, stride))
    if only is None or "links" in only:
        _links(connection, out, stride, copies, written["claims"] > scale.FEW, write)
    if only is None or "recodes" in only:
        for query in _recodes(out):
            write("recodes", query)
    connection.close()
    return written


def _told(raw: tables.Tables) -> pd.DataFrame:
    """Each event and text that tells of it."""
    claims = raw.claims.assign(article_id=raw.claims["sentence_ids"].str.split(".").str[0])
    return claims[["event_id", "article_id"]].drop_duplicates(ignore_index=True)


def _dealt(raw: tables.Tables, copies: int, order: np.ndarray, rng) -> pd.DataFrame:
    """How the accounts of each event are dealt: event_id, whole (copied as it is), texts, factor and shift (of a shuffle), events (how many come of it)."""
    told, flows = _told(raw), raw.flows
    texts = told.groupby("event_id").size().reindex(raw.events["event_id"], fill_value=0)
    claims = raw.claims.assign(article_id=raw.claims["sentence_ids"].str.split(".").str[0])
    staged = pd.MultiIndex.from_frame(claims.loc[claims["attribute"].eq("stage"), ["event_id", "article_id"]])
    bare = told[told["event_id"].isin(flows["event_id"]) & ~pd.MultiIndex.from_frame(told).isin(staged)]
    amounts = raw.quantities.loc[raw.quantities["stage"].notna(), "claim_id"]
    parts = flows[flows["parent_event_id"].ne("")]
    whole = {*bare["event_id"], *parts["event_id"], *parts["parent_event_id"], *texts.index[texts.eq(0)]}
    whole |= {*claims.loc[claims["claim_id"].isin(amounts), "event_id"]}
    frame = pd.DataFrame({"event_id": texts.index, "texts": texts.to_numpy(), "whole": texts.index.isin(whole)})
    full, rest = np.divmod(copies * frame["texts"], len(order))
    begun = np.where(rest > 0, order[rest - 1] + 1, 0)
    frame["events"] = np.where(frame["whole"], copies, full * CYCLE + begun)
    factors = [f for f in range(1, 10 * copies + 2) if gcd(f, copies) == 1][:CYCLE]
    return frame.assign(factor=rng.choice(factors, len(frame)), shift=rng.integers(copies, size=len(frame)))


def _numbered(column: str, number: str, stride: int) -> str:
    """A new row id: the old letter, then the number of the copy before the old number."""
    return f"left({column}, 1) || ({number}::BIGINT * {stride} + substr({column}, 2)::BIGINT)"


def _copied(stride: int, cycle: int, every: int, first: int, last: int) -> dict[str, str]:
    """{table: query} of the rows of the copies from ``first`` to before ``last``, of ``every``."""
    copies = f"range({first}, {last}) r(j)"

    def ids(*columns):
        return ", ".join(f"CASE WHEN {c} = '' THEN '' ELSE {_numbered(c, 'j', stride)} END AS {c}" for c in columns)

    article, sentence = "article_id || '-' || j AS article_id", "replace({0}, '.p', '-' || j || '.p') AS {0}"
    slot = f"((factor::BIGINT * j + shift) % {every}) * texts + a AS slot"
    slots = f"""SELECT c.*, j, whole, {slot} FROM {copies}, real_claims c JOIN dealt USING (event_id)
        JOIN told ON told.event_id = c.event_id AND told.article_id = split_part(c.sentence_ids, '.', 1)"""
    claims = f"SELECT s.*, nth FROM ({slots}) s JOIN cycle ON place = slot % {cycle}"
    event = _numbered("event_id", f"(CASE WHEN whole THEN j ELSE (slot // {cycle}) * {CYCLE} + nth END)", stride)
    event = f"{event} AS event_id"
    one, many = sentence.format("sentence_id"), sentence.format("sentence_ids")
    spoken = f"SELECT * EXCLUDE (j) REPLACE ({{}}, {many}) FROM real_{{}}, {copies}"
    return {
        "articles": f"""SELECT * EXCLUDE (j, last, stop) REPLACE ({article}, label || ' ' || j AS label, 'scoped' AS coverage,
            words + 4 AS words, zones || ';body:' || last AS zones) FROM real_articles JOIN ({_LEFT}) USING (article_id), {copies}""",
        "sentences": f"""SELECT * EXCLUDE (j) REPLACE ({article}, {one}) FROM (FROM real_sentences UNION ALL BY NAME
            SELECT article_id, article_id || '.p' || last || '.s1' AS sentence_id, last AS paragraph, 1 AS sentence, 'body' AS zone,
            stop + 1 AS start, stop + 24 AS "end", 4 AS words, 0 AS quoted_words, '0-5;6-11;12-17;18-23' AS word_spans,
            repeat('0', 64) AS sha256 FROM ({_LEFT})), {copies} ORDER BY article_id, start""",
        "claims": f"SELECT * EXCLUDE (j, whole, nth, slot) REPLACE ({ids('claim_id', 'origin_id')}, {many}, {event}) FROM ({claims})",
        "quantities": f"SELECT * EXCLUDE (j) REPLACE ({ids('quantity_id', 'claim_id')}) FROM real_quantities, {copies}",
        "stances": spoken.format(ids("stance_id", "origin_id"), "stances"),
        "reasons": spoken.format(ids("reason_id", "origin_id"), "reasons"),
        "wordings": f"SELECT * EXCLUDE (j) REPLACE ({ids('wording_id')}, {one}) FROM real_wordings, {copies}",
        "anchors": f"SELECT * EXCLUDE (j) REPLACE ({ids('row_id')}, {one}) FROM real_anchors, {copies}",
        "frames": f"SELECT * EXCLUDE (j) REPLACE ({article}) FROM real_frames, {copies}",
        "uncoded": f"SELECT * EXCLUDE (j) REPLACE ({one}) FROM real_uncoded, {copies}",
        "origins": f"SELECT * EXCLUDE (j) REPLACE ({ids('origin_id')}, CASE WHEN sentence_id = '' THEN '' ELSE replace(sentence_id, '.p', '-' || j || '.p') END AS sentence_id) FROM real_origins, {copies}",
    }


def _flows(out: Path, stride: int) -> str:
    """Flows of the new events, with the note that their claims make."""
    number = "substr(event_id, 2)::BIGINT"
    return f"""WITH said AS (
          SELECT event_id, bool_or(factuality = 'CT+' AND value IN {checks.FIRM}) AS firm, bool_or(factuality = 'CT+') AS flat,
            bool_or(factuality = 'CT+' AND value = 'open') AS vague, bool_or(factuality LIKE '%-') AS refused
          FROM '{out}/claims/*.parquet' WHERE attribute = 'stage' GROUP BY event_id),
        noted AS (
          SELECT s.event_id, f.* EXCLUDE (event_id, in_total, total_note)
            REPLACE (CASE WHEN parent_event_id = '' THEN '' ELSE 'e' || ({number.replace("event_id", "s.event_id")} // {stride} * {stride}
              + {number.replace("event_id", "parent_event_id")}) END AS parent_event_id),
            CASE WHEN umbrella THEN 'umbrella' WHEN parent_event_id <> '' THEN 'part' WHEN firm THEN NULL WHEN vague THEN 'may_be_part'
              WHEN flat THEN 'promise' WHEN refused THEN 'not_given' ELSE 'not_flat' END AS total_note
          FROM said s JOIN real_flows f ON {number.replace("event_id", "f.event_id")} = {number.replace("event_id", "s.event_id")} % {stride}
            JOIN real_events e ON e.event_id = f.event_id)
        SELECT event_id, parent_event_id, item, terms, total_note IS NULL AS in_total, total_note FROM noted"""


def _links(connection, out: Path, stride: int, copies: int, near: bool, write) -> None:
    """Links as the real rows have them, and for each pair that must have one: the real relation, else looked at and dismissed."""
    old = "substr({0}, 2)::BIGINT % {1}"
    write(
        "links",
        f"""SELECT * EXCLUDE (j) REPLACE ({_numbered("a", "j", stride)} AS a, {_numbered("b", "j", stride)} AS b)
        FROM real_links, range({copies}) r(j) WHERE relation <> 'dismissed' OR j < 0""",
    )
    if not (out / "sentences").exists():
        return
    data, found = dataset.open(out, "duckdb"), out / "pairs.parquet"
    pairs = corroboration.candidates(data, near=near)
    pairs.to_parquet(str(found))
    first = f"(SELECT event_id AS id, min(claim_id) AS claim FROM '{out}/claims/*.parquet' GROUP BY event_id)"
    write(
        "links",
        f"""WITH pairs AS (
          SELECT coalesce(x.claim, a) AS a, coalesce(y.claim, b) AS b FROM '{found}' p
          LEFT JOIN {first} x ON x.id = a LEFT JOIN {first} y ON y.id = b),
        known AS (SELECT a, b, relation FROM real_links UNION SELECT b, a, relation FROM real_links)
        SELECT DISTINCT p.a, p.b, coalesce(k.relation, 'dismissed') AS relation, 'simulated' AS note FROM pairs p
        LEFT JOIN known k ON left(p.a, 1) = left(k.a, 1) AND {old.format("p.a", stride)} = {old.format("k.a", stride)}
          AND {old.format("p.b", stride)} = {old.format("k.b", stride)}
        ANTI JOIN '{out}/links/*.parquet' l ON l.a = p.a AND l.b = p.b""",
    )
    found.unlink()


def _recodes(out: Path):
    """Queries of a second coding that agrees, for the tables whose rows belong to no text."""
    for name in CODED:
        key = " || '+' || ".join(tables.resource(name)["schema"]["primaryKey"])
        for field in tables.fields(name):
            if field["proof"] == "twice":
                value = f"coalesce({field['name']}, '')"
                yield f"""SELECT '{name}' AS "table", {key} AS row_id, '{field["name"]}' AS variable, {value} AS first, {value} AS second,
                    NULL AS reason FROM '{out}/{name}/*.parquet'"""
