"""The tables joined up: what follows from other columns is worked out here, once; filters; labels.

Units, each counted the same way everywhere: a *report* of an event is one text's account of it; an *item
of support* is a specific flow; a *judgement* is a row of ``stances``, at however many ties it stands.
"""

import re
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from tielines import dates, tables
from tielines.files import TielinesError

__all__ = "Dataset FilterError as_of derived items joined load reports select told".split()


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


class FilterError(TielinesError):
    """A filter that the data cannot serve; its text lists what they can."""


class Dataset(tables.Tables):
    """All tables with what follows from them; ``filters`` that are on, and ``dropped``, what they left out, in words."""

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

    @cached_property
    def reports(self) -> pd.DataFrame:
        """One row an event and text that tells of it; see ``reports``."""
        return reports(self)

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row a flow, with the kind by which it is counted; see ``items``."""
        return items(self)


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
    own = {k: v.copy() if isinstance(v, pd.DataFrame) else v for k, v in vars(whole).items()}
    return select(Dataset(**own | {"filters": {}, "dropped": []}), **filters)


@lru_cache(maxsize=1)
def _whole(path: Path, *stamps) -> Dataset:
    """What no filter narrows, read again when a file has changed; kernels are forked with it."""
    return derived(tables.load(path), path)


def derived(raw: tables.Tables, path: Path) -> Dataset:
    """Typed tables with what follows from other columns; codes and lists are those of the codebook at ``path``."""
    data = Dataset(**vars(raw), filters={}, dropped=[], path=path)
    span = data.articles["published"].map(dates.parse)
    data.articles["start"], data.articles["end"] = _bounds(span)
    data.articles = data.articles.sort_values(["end", "start", "article_id"], ignore_index=True)
    data.articles["key"] = _keys_of(data.articles["label"])
    states, roles = list(data.listed("states")), data.listed("states", "role")
    sides = data.events[["actors", "recipients"]]
    data.events["tie"] = _states(sides.assign(concerns=data.events["concerns"]), states, least=2)
    data.events["provider"] = _states(sides[["actors"]], [s for s in states if roles.get(s) == "provider"])
    data.events["recipient"] = _states(sides, [s for s in states if roles.get(s) == "recipient"])
    names = data.actors.set_index("actor_id")["name"]
    for frame in (data.claims, data.stances, data.reasons):
        frame["article_id"] = frame["sentence_ids"].str.split(".").str[0]
        inner = frame["speaker"].str.split("_").str[0]
        frame["own"] = frame["speaker"].eq("AUTHOR")
        frame["voice"] = inner.map(names).where(~frame["own"], "the author")
        frame["polarity"] = (
            frame["factuality"].astype(object).map(data.codes("claims", "factuality", "side")).fillna("open")
        )
    data.wordings["article_id"] = data.wordings["sentence_id"].str.split(".").str[0]
    data.stances["lean"] = data.stances["strength"].astype(object).map(data.codes("stances", "strength", "lean"))
    data.stances["lean"] = data.stances["lean"].fillna("mixed")
    span = data.claims["value"].where(data.claims["attribute"].eq("date")).dropna().map(dates.parse)
    data.claims["start"], data.claims["end"] = (s.reindex(data.claims.index) for s in _bounds(span))
    data.claims["form"] = span.map(lambda s: s.form).reindex(data.claims.index)
    data.claims["circa"] = span.map(lambda s: s.circa).reindex(data.claims.index).eq(True)
    said = data.claims["said_on"].where(data.claims["said_on"].ne("")).dropna().map(dates.parse)
    data.claims["said_by"] = _bounds(said)[1].reindex(data.claims.index)
    return data


def _keys_of(labels: pd.Series) -> list[str]:
    """The shortest beginnings that tell labels apart: S, C, Ma, Me."""
    names = [re.sub(r"^The |\W", "", label) or label for label in labels]
    return [next((n[:k] for k in range(1, len(n)) if sum(o.startswith(n[:k]) for o in names) == 1), n) for n in names]


def _bounds(spans: pd.Series) -> tuple[pd.Series, pd.Series]:
    return tuple(pd.to_datetime(spans.map(lambda s, side=side: getattr(s, side))) for side in ("start", "end"))


def _states(lists: pd.DataFrame, states: list[str], least: int = 1) -> pd.Series:
    """The states that the ``;``-lists of a row name, as ``RUS-IRN``; "" where fewer than ``least``."""
    joined = ";" + lists.astype(object).fillna("").agg(";".join, axis=1) + ";"
    named = pd.DataFrame({s: joined.str.contains(f";{s};", regex=False) for s in states})
    tie = sum((named[s].map({True: f"{s}-", False: ""}) for s in states), pd.Series("", index=lists.index))
    return tie.str.rstrip("-").where(named.sum(axis=1).ge(least), "")


def joined(ids: pd.Series) -> str:
    """Row ids as one ``;``-list, each once."""
    return ";".join(dict.fromkeys(i for row in ids for i in str(row).split(";") if i))


def reports(data: Dataset) -> pd.DataFrame:
    """One row an event and text: what that text says of it, however many sentences say it.

    The author's own words count; where he has none, the voices that he passes on, marked ``quoted``.
    Columns: event_id, article_id, side (yes, no, both, open), status (list ``status``), firmness (a code), stage and beyond (codes of
    a stage, "": the most advanced that is told most firmly; one more advanced told less firmly or by others), beyond_status,
    beyond_evidence, no_stage, no_status (what is denied, and how), quoted, basis (the best), voice, evidence (claim ids).
    """
    claims = data.claims
    tells = claims["attribute"].isin(TELLING)
    claims = claims[tells | ~tells.groupby([claims[k] for k in _KEYS]).transform("any")]
    stages = [s for s in data.codes("quantities", "stage") if s != "open"]
    rank = claims["value"].where(claims["attribute"].eq("stage")).map({s: i for i, s in enumerate(stages)})
    firm = claims["factuality"].cat.codes.astype(float)
    yes, no = claims["polarity"].eq("yes"), claims["polarity"].eq("no")
    claims = claims.assign(rank=rank, firm=firm.where(yes), refused=firm.where(no), voiced=rank.where(yes))
    used = claims[claims["own"].eq(claims.groupby(_KEYS)["own"].transform("any"))]
    top = used.groupby(_KEYS)["firm"].transform("min")
    used = used.assign(
        said=used["rank"].where(used["firm"].eq(top)),
        denied=used["rank"].where(used["polarity"].eq("no")),
        level=used["basis"].cat.codes,
    )
    frame = used.groupby(_KEYS).agg(
        firm=("firm", "min"), refused=("refused", "min"), stage=("said", "max"), no_stage=("denied", "min"),
        quoted=("own", "max"), level=("level", "min"), voice=("voice", joined), evidence=("claim_id", joined),
    )  # fmt: skip
    frame["beyond"] = claims.groupby(_KEYS)["voiced"].max()
    frame = frame.reset_index()
    frame["beyond"] = frame["beyond"].where(frame["beyond"] > frame["stage"])
    further = claims[yes].merge(frame[[*_KEYS, "beyond"]], left_on=[*_KEYS, "rank"], right_on=[*_KEYS, "beyond"])
    own = further.groupby(_KEYS)["own"].transform("any")
    further = further[further["own"].eq(own)]
    sums = further.groupby(_KEYS).agg(
        beyond_firm=("firm", "min"), beyond_own=("own", "any"), beyond_evidence=("claim_id", joined)
    )
    frame = frame.merge(sums.reset_index(), on=_KEYS, how="left")
    frame["beyond_evidence"] = frame["beyond_evidence"].astype(object).fillna("")
    frame["evidence"] = (frame["evidence"] + ";" + frame["beyond_evidence"]).map(lambda ids: joined([ids]))
    frame["quoted"] = ~frame["quoted"].astype(bool)
    yes, no = frame["firm"].notna(), frame["refused"].notna()
    both = yes & no & ~(frame["no_stage"] > frame["stage"])  # offered, and not delivered, is no contradiction
    frame["side"] = np.select([both, yes, no], ["both", "yes", "no"], "open")
    order = dict(enumerate(data.codes("claims", "factuality")))
    status = {"CT+": "stated", "PR+": "probably", "PS+": "possibly", "CT-": "denied"}
    said = frame["firm"].map(order).map(status).fillna("possibly").mask(frame["quoted"], "quoted")
    denied = frame["refused"].map(order).map(status).fillna("not_likely")
    frame["no_status"] = denied.where(no, "")
    ahead = frame["beyond_firm"].map(order).map(status).fillna("possibly").where(frame["beyond_own"].eq(True), "quoted")
    frame["beyond_status"] = ahead.where(frame["beyond"].notna(), "")
    frame["status"] = np.select([both, yes, no], ["both", said, denied], "open")
    frame["firmness"] = frame["firm"].fillna(frame["refused"]).map(order).fillna("Uu")
    for column in ("stage", "beyond", "no_stage"):
        frame[column] = frame[column].map(dict(enumerate(stages))).fillna("")
    bases = dict(enumerate(data.codes("claims", "basis")))
    frame["basis"] = frame["level"].map(bases).fillna("none_given")
    columns = "event_id article_id side status firmness stage beyond beyond_status beyond_evidence no_stage no_status quoted basis voice evidence"
    return frame[columns.split()]


def items(data: Dataset) -> pd.DataFrame:
    """One row a flow that a text tells of, with its ``kind`` (list ``kinds``): only *given* ones are items of support.

    Columns: event_id, label, tie, provider, recipient, domain, item, terms, in_total, total_note, kind, flat (refused: some
    text says so flatly, not only that it is not to be expected), evidence.
    """
    frame = data.flows.merge(data.events, on="event_id")
    told = data.reports[data.reports["event_id"].isin(frame["event_id"])]
    first = next(iter(data.codes("quantities", "stage")))  # the stage of the one who asks
    yes = told["side"].isin(("yes", "both"))
    far = yes & (told["stage"].ne(first) | told["beyond"].ne(""))
    told = told.assign(far=far, yes=yes, no=told["side"].eq("no"))
    told["denied"] = told["no_status"].eq("denied")
    sums = told.groupby("event_id").agg(
        far=("far", "any"), yes=("yes", "any"), no=("no", "any"), denied=("denied", "any")
    )
    frame = frame.merge(sums.reset_index(), on="event_id")
    frame["evidence"] = frame["event_id"].map(told.groupby("event_id")["evidence"].agg(joined))
    part = frame["parent_event_id"].ne("")
    kinds = [frame["umbrella"], part, frame["far"], frame["no"] & ~frame["yes"], frame["yes"]]
    frame["kind"] = np.select(kinds, ["general", "part", "given", "refused", "sought"], "open")
    frame["flat"] = frame["kind"].eq("refused") & frame["denied"]
    columns = "event_id label tie provider recipient domain item terms in_total total_note kind flat evidence"
    return frame[columns.split()]


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
    texts, claims, stances, reasons, dropped = data.articles, data.claims, data.stances, data.reasons, []
    if "articles" in wanted:
        names = {**dict(zip(texts["label"], texts["article_id"], strict=True)), **{i: i for i in texts["article_id"]}}
        texts = texts[texts["article_id"].isin(_known(wanted["articles"], names, "article"))]
    if "published_until" in wanted:
        texts = texts[texts["end"] <= _day(wanted["published_until"], "published_until", "end")]
    claims, stances, reasons = (f[f["article_id"].isin(texts["article_id"])] for f in (claims, stances, reasons))
    events = data.events[data.events["event_id"].isin(claims["event_id"])]
    actors = {
        **dict(zip(data.actors["name"], data.actors["actor_id"], strict=True)),
        **{i: i for i in data.actors["actor_id"]},
    }
    for name, columns in (("about", "actors recipients concerns"), ("actors", "actors"), ("recipients", "recipients")):
        if name in wanted:
            ids = "|".join(_known(wanted[name], actors, "actor"))
            sides = events[columns.split()].astype(object).agg(";".join, axis=1)
            events = events[sides.str.contains(rf"(?:^|;)(?:{ids})(?:;|$)")]
            stances, reasons = (f[f["dyads"].str.contains(rf"\b(?:{ids})\b")] for f in (stances, reasons))
    claims = claims[claims["event_id"].isin(events["event_id"])]
    if "factuality" in wanted:
        codes = _known(wanted["factuality"], {c: c for c in data.codes("claims", "factuality")}, "factuality")
        before = len(claims), len(stances), len(reasons)
        kept = claims.loc[claims["factuality"].isin(codes), "event_id"]
        claims = claims[
            claims["factuality"].isin(codes) | (claims["polarity"].eq("no") & claims["event_id"].isin(kept))
        ]
        stances, reasons = (f[f["factuality"].isin(codes) | f["polarity"].eq("no")] for f in (stances, reasons))
        gone = [b - len(f) for b, f in zip(before, (claims, stances, reasons), strict=True)]
        dropped.append(f"factuality leaves out {gone[0]} claims, {gone[1]} judgements and {gone[2]} reasons")
    if "since" in wanted or "until" in wanted:
        claims, note = _window(data, events, claims, wanted, filters.get("undated"))
        dropped.append(note)
    return _narrowed(data, texts, claims, stances, reasons, {k: ", ".join(v) for k, v in wanted.items()}, dropped)


def _window(data, events, claims, wanted, undated):
    """Claims on the dated events that lie wholly inside, and in words how many events that leaves out."""
    from tielines import timelines

    frame = timelines.bounds(_narrowed(data, data.articles, claims, data.stances, data.reasons, {}, []))
    known = frame["start"].notna() | frame["end"].notna()
    inside = known
    if "since" in wanted:
        inside = inside & frame["start"].ge(_day(wanted["since"], "since", "start"))
    if "until" in wanted:
        inside = inside & frame["end"].le(_day(wanted["until"], "until", "end"))
    kept, without = set(frame.loc[inside, "event_id"]), set(frame.loc[~known, "event_id"])
    outside = set(frame["event_id"]) - kept - without
    note = f"{len(without)} undated events and {len(outside)} not wholly inside are left out"
    if undated:
        kept, note = (
            kept | without,
            f"{len(without)} undated events are kept, {len(outside)} not wholly inside left out",
        )
    return claims[claims["event_id"].isin(kept)], note


def _narrowed(data, texts, claims, stances, reasons, filters, dropped) -> Dataset:
    """A dataset of these texts, claims, judgements and reasons, with what hangs on them."""
    ids = {*claims["claim_id"], *stances["stance_id"]}
    of_texts = {
        name: frame[frame["article_id"].isin(texts["article_id"])]
        for name, frame in vars(data).items()
        if name in ("sentences", "wordings", "frames", "terms")
    }
    sentence = data.uncoded["sentence_id"].str.split(".").str[0]
    return Dataset(**{**{k: v for k, v in vars(data).items() if k not in ("reports", "items")}, **of_texts}
        | {"articles": texts, "claims": claims, "stances": stances, "reasons": reasons}
        | {"events": data.events[data.events["event_id"].isin(claims["event_id"])]}
        | {"flows": data.flows[data.flows["event_id"].isin(claims["event_id"])]}
        | {"quantities": data.quantities[data.quantities["claim_id"].isin(claims["claim_id"])]}
        | {"links": data.links[data.links["a"].isin(ids) & data.links["b"].isin(ids)]}
        | {"uncoded": data.uncoded[sentence.isin(texts["article_id"])]}
        | {"filters": filters, "dropped": dropped})  # fmt: skip


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


def _day(values: list[str], name: str, side: str) -> pd.Timestamp:
    """One bound of a date filter; FilterError where it is no date, or open on that side."""
    try:
        day = getattr(dates.parse(values[0]), side)
    except ValueError as error:
        raise FilterError(f"{name}: {error}") from None
    if day is None or len(values) > 1:
        raise FilterError(f"{name} is one date, such as 2025-06, not {'; '.join(values)!r}")
    return pd.Timestamp(day)
