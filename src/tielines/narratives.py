"""How strong, how reliable the texts say the ties are: judgements, reasons, frames, words, and how stable the coding is."""

import narwhals as nw
import numpy as np
import pandas as pd

from tielines import texts
from tielines.dataset import Dataset, any_frames, bridge, joined, kept, native, small, strung

__all__ = "alphas apart body_terms body_words confusion frames judged keyness leans log_odds readings reasons reliability settled shared_origin wording".split()


def __dir__():
    return __all__


SILENT = ("note", "byline", "boilerplate", "heading")  # zones whose words are not the text's running words
STOP = """a about after again all also an and any are as at be because been before being between both but by can could did do does for from had has
have he her his how however if in into is it its itself just like many may more most much new no not now of on one only or other our out over
own said same she should since so some such than that the their them then there these they this those through to too under until up upon was we
were what when where which while who whose will with within without would yet you your""".split()
ORDINAL = ("strength",)
MIN_COUNT = 3  # terms rarer than that are not ranked


def judged(data: Dataset, by: list[str]):
    """Judgements by tie, text and what ``by`` adds (``["aspect"]``): favourable, critical, mixed, n, evidence (all ids), favourable_ids,
    critical_ids (past memory no ids).

    A judgement of two ties stands at each, so rows of different ties must not be added: count the ids.
    """
    stances, ties = any_frames(data, "stances")[0], nw.from_native(bridge(data.stances, "stance_id", "dyads", "tie"))
    keys, leans = ["tie", *by, "article_id"], ("favourable", "critical", "mixed")
    frame = stances.join(ties, on="stance_id")
    frame = frame.with_columns(**{lean: (nw.col("lean") == lean).cast(nw.Int64) for lean in leans}, n=nw.lit(1))
    out = frame.group_by(*keys).agg(*(nw.col(c).sum() for c in (*leans, "n")))
    out = out.with_columns(nw.col(c).cast(nw.Int64) for c in (*leans, "n"))
    if not small(data):
        return native(out, data)
    rows, out = frame.to_native(), out.to_native()
    for column, own in [*((f"{x}_ids", rows[rows["lean"].eq(x)]) for x in leans[:2]), ("evidence", rows)]:
        ids = strung(own, keys, "stance_id").rename(column)
        out = out.merge(ids.reset_index(), on=keys, how="left").fillna({column: ""})
    order = {tie: i for i, tie in enumerate(data.listed("ties"))}
    out = out.assign(_rank=out["tie"].map(order).fillna(99))
    out = out.sort_values(["_rank", "tie", *by, "article_id"], ignore_index=True).drop(columns="_rank")
    return out.assign(**{c: out[c].astype(object) for c in by})


def leans(frame: pd.DataFrame, keys: list[str]) -> pd.Series:
    """For rows of ``judged``, whether texts lean apart on the same ``keys``: one mostly favourable, another mostly critical."""
    lean = np.sign(frame["favourable"] - frame["critical"])
    groups = lean.groupby([frame[k] for k in keys])
    return groups.transform("max").gt(0) & groups.transform("min").lt(0)


@kept
def apart(data: Dataset) -> pd.DataFrame:
    """Voices at opposite ends inside one text, on one tie and aspect: one row a text, tie and aspect.

    Columns: article_id, tie, aspect, favourable_voices, critical_voices (all that judge so, each with how often), pairs (of voices that differ), evidence.
    """
    frame = data.stances.assign(tie=data.stances["dyads"].str.split(";")).explode("tie", ignore_index=True)
    frame = frame[frame["lean"].ne("mixed")].assign(aspect=frame["aspect"].astype(str))
    keys = ["article_id", "tie", "aspect"]
    pairs = frame.merge(frame, on=keys, suffixes=("_f", "_c"))
    pairs = pairs[
        pairs["lean_f"].eq("favourable") & pairs["lean_c"].eq("critical") & pairs["voice_f"].ne(pairs["voice_c"])
    ]
    opposed = pairs.assign(pair=pairs["voice_f"] + "|" + pairs["voice_c"]).groupby(keys).agg(pairs=("pair", "nunique"))
    each = (
        frame.groupby([*keys, "lean", "voice"], sort=False)
        .agg(n=("stance_id", "nunique"), evidence=("stance_id", joined))
        .reset_index()
    )
    each["voice"] = each["voice"].astype(object) + " " + each["n"].astype(str).astype(object)
    sides = each.pivot_table(index=keys, columns="lean", values="voice", aggfunc="; ".join)
    sides = sides.reindex(columns=["favourable", "critical"]).add_suffix("_voices")
    return opposed.join(sides).join(strung(each, keys, "evidence")).reset_index()


def shared_origin(data: Dataset) -> str:
    """The document on which two texts or more rest most judgements and claims; "" where there is none."""
    both = pd.concat([data.stances[["origin_id", "article_id"]], data.claims[["origin_id", "article_id"]]])
    both = both[both["origin_id"].ne("")]
    sums = both.groupby("origin_id")["article_id"].agg(["nunique", "size"])
    sums = sums[sums["nunique"].ge(2)].sort_values("size", ascending=False)
    return sums.index[0] if len(sums) else ""


def readings(data: Dataset, origin_id: str) -> pd.DataFrame:
    """What each text makes of one document: judgements by tie and aspect, and events that it reports from there.

    One row a topic (tie and aspect, or event) and text: topic, kind (judgement, event), article_id, favourable, critical, mixed,
    side (yes, no, open; events), n, paraphrase (the first), evidence.
    """
    own = data.stances[data.stances["origin_id"].eq(origin_id)]
    aspect = own["aspect"].astype(object).map(data.codes("stances", "aspect")).astype(str)
    own = own.assign(topic=own["dyads"] + "|" + aspect, kind="judgement", evidence=own["stance_id"])
    claims = data.claims[
        data.claims["origin_id"].eq(origin_id) & data.claims["attribute"].isin(("occurrence", "stage"))
    ]
    labels = data.events.set_index("event_id")["label"]
    claims = claims.assign(topic=claims["event_id"].map(labels), kind="event", evidence=claims["claim_id"], lean="")
    columns = ["topic", "kind", "article_id", "lean", "side", "paraphrase", "evidence"]
    frame = pd.concat(
        [own.rename(columns={"polarity": "side"})[columns], claims.rename(columns={"polarity": "side"})[columns]]
    )
    for lean in ("favourable", "critical", "mixed"):
        frame[lean] = frame["lean"].eq(lean).astype(int)
    groups = frame.groupby(["kind", "topic", "article_id"], sort=False)
    return groups.agg(
        favourable=("favourable", "sum"), critical=("critical", "sum"), mixed=("mixed", "sum"), side=("side", "first"),
        n=("evidence", "nunique"), paraphrase=("paraphrase", "first"), evidence=("evidence", joined),
    ).reset_index()  # fmt: skip


@kept
def reasons(data: Dataset) -> pd.DataFrame:
    """Reasons by provider whose support they explain: provider, reason, side, direction, n, reason_id, evidence.

    A reason of ties with both providers stands at each.
    """
    frame = data.reasons.assign(id=data.reasons["reason_id"], provider=data.reasons["dyads"].str.split(r"[;-]"))
    frame = frame.explode("provider").drop_duplicates(["reason_id", "provider"])
    roles = data.listed("states", "role")
    frame = frame[frame["provider"].map(roles).eq("provider")]
    keys = ["provider", "reason", "side", "direction"]
    frame = frame.assign(**{k: frame[k].astype(object) for k in keys})
    groups = frame.groupby(keys)
    return groups.agg(n=("id", "size"), reason_id=("id", joined), evidence=("id", joined)).reset_index()


@kept
def frames(data: Dataset) -> pd.DataFrame:
    """Body paragraphs by text and frame: article_id, frame, n, evidence."""
    frame = data.frames.assign(evidence=data.frames["article_id"] + ".p" + data.frames["paragraph"].astype(str))
    frame = frame.assign(frame=frame["frame"].astype(str))
    groups = frame.groupby(["article_id", "frame"])
    return groups.agg(n=("paragraph", "size"), evidence=("evidence", joined)).reset_index()


def body_words(data: Dataset) -> pd.Series:
    """Running words of each text, endnotes, bylines, headings and furniture apart, by article_id."""
    body = data.sentences[~data.sentences["zone"].isin(SILENT)]
    return body["word_spans"].str.split(";").str.len().groupby(body["article_id"]).sum()


@kept
def wording(data: Dataset) -> pd.DataFrame:
    """Same thing, different words, each use read in its sentence: thing, article_id, term, n, per_1000 (body words), evidence."""
    groups = data.wordings.assign(thing=data.wordings["thing"].astype(str)).groupby(["thing", "article_id", "term"])
    frame = groups.agg(n=("wording_id", "size"), evidence=("wording_id", joined)).reset_index()
    frame["per_1000"] = (1000 * frame["n"] / frame["article_id"].map(body_words(data))).round(2)
    return frame.sort_values(
        ["thing", "article_id", "n", "term"], ascending=[True, True, False, True], ignore_index=True
    )


@kept
def body_terms(data: Dataset) -> pd.DataFrame:
    """Terms of each text without endnotes, bylines and boilerplate: article_id, term, count."""
    zone = {(a.article_id, p): z for a in data.articles.itertuples() for p, z in texts.parse_zones(a.zones).items()}
    keys = pd.MultiIndex.from_frame(data.terms[["article_id", "paragraph"]])
    kept = ~pd.Series(keys.map(zone).fillna("note"), index=data.terms.index).isin(("note", "byline", "boilerplate"))
    return data.terms[kept].groupby(["article_id", "term"], as_index=False)["count"].sum()


@kept
def keyness(data: Dataset) -> pd.DataFrame:
    """Terms that set one text apart from the rest: article_id, term, spelt, count, rest, z; a ranking, no test.

    Weighted log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): the prior is
    each term's share in all texts, as strong as one text of mean length. Terms under ``MIN_COUNT`` are left out.
    """
    table = body_terms(data).pivot_table(index="term", columns="article_id", values="count", fill_value=0)
    every, rows = table.sum(axis=1), [pd.DataFrame(columns=["article_id", "term", "count", "rest", "z"])]
    prior = every / every.sum() * table.sum().mean()
    for article, own in table.items():
        rest = every - own
        z = log_odds(own.to_numpy(), rest.to_numpy(), prior.to_numpy())
        rows.append(pd.DataFrame({"article_id": article, "term": own.index, "count": own, "rest": rest, "z": z}))
    frame = pd.concat(rows[1:] or rows, ignore_index=True)
    frame = frame[frame["count"].ge(MIN_COUNT) & frame["z"].gt(0.005)]
    frame = frame[~frame["term"].isin(STOP)]
    frame = frame.sort_values(["article_id", "z"], ascending=[True, False], ignore_index=True).round({"z": 2})
    frame = frame.astype({"count": int, "rest": int})
    return frame.assign(evidence=frame["article_id"])


def log_odds(own: np.ndarray, rest: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """z-scores of the log-odds of each term in ``own`` against ``rest``, shrunk toward ``prior`` (all counts)."""
    a, b, all_prior = own + prior, rest + prior, prior.sum()
    delta = np.log(a / (own.sum() + all_prior - a)) - np.log(b / (rest.sum() + all_prior - b))
    return delta / np.sqrt(1 / a + 1 / b)


def reliability(data: Dataset, resamples: int = 1000, seed: int = 2008) -> pd.DataFrame:
    """Krippendorff's alpha of the two passes, by variable: the stability of the coding rules.

    Columns: table, variable, level, n (units), agree (of them), alpha, low, high (95 % bootstrap over
    units; empty where one value fills both passes), evidence.
    """
    rng, rows = np.random.default_rng(seed), []
    for (table, variable), own in data.recodes.groupby(["table", "variable"]):
        order = list(data.codes(table, variable)) if variable in ORDINAL else sorted({*own["first"], *own["second"]})
        pair = np.array([pd.Categorical(own[c], order).codes for c in ("first", "second")])
        kinds, counts = np.unique(pair, axis=1, return_counts=True)
        draws = rng.multinomial(len(own), counts / len(own), resamples)  # units drawn anew, with replacement
        level = "ordinal" if variable in ORDINAL else "nominal"
        point, *boot = alphas(kinds, np.vstack([counts, draws]), len(order), level)
        known = [b for b in boot if not np.isnan(b)]
        low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
        same = int((pair[0] == pair[1]).sum())
        rows.append((table, variable, level, len(own), same, *np.round([point, low, high], 3), joined(own["row_id"])))
    return pd.DataFrame(rows, columns=["table", "variable", "level", "n", "agree", "alpha", "low", "high", "evidence"])


def alphas(kinds, draws, values: int, level: str):
    """Krippendorff's alpha of two passes for each row of ``draws``: how often each pair of values (``kinds``, 2 × pairs) occurs.

    NaN where one value fills both passes. The library ``krippendorff`` gives the same numbers, one at a time.
    """
    which = np.zeros((kinds.shape[1], values))
    np.add.at(which, (np.arange(kinds.shape[1]), kinds[0]), 1)
    np.add.at(which, (np.arange(kinds.shape[1]), kinds[1]), 1)
    each = draws @ which  # draws × values: how often each value occurs in either pass
    n = each.sum(axis=1)
    if level == "nominal":
        observed = 2 * draws @ (kinds[0] != kinds[1])
        expected = n**2 - (each**2).sum(axis=1)
    else:
        upto = np.cumsum(each, axis=1) - each / 2
        observed = 2 * (draws * (upto[:, kinds[0]] - upto[:, kinds[1]]) ** 2).sum(axis=1)
        expected = 2 * (n * (each * upto**2).sum(axis=1) - (each * upto).sum(axis=1) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)


def confusion(data: Dataset, table: str, variable: str) -> pd.DataFrame:
    """First pass by second pass of one variable, in counts; codes in the codebook's order."""
    own = data.recodes[data.recodes["table"].eq(table) & data.recodes["variable"].eq(variable)]
    order = [c for c in data.codes(table, variable) if c in {*own["first"], *own["second"]}]
    return pd.crosstab(own["first"], own["second"]).reindex(index=order, columns=order, fill_value=0)


def settled(data: Dataset) -> pd.DataFrame:
    """Differences of the two passes by variable: table, variable, n (units), differ, the reasons with their counts, evidence."""
    own = data.recodes[data.recodes["first"].ne(data.recodes["second"])]
    units = data.recodes.groupby(["table", "variable"]).size()
    rows = []
    for key, group in own.groupby(["table", "variable"]):
        why = group["reason"].value_counts()
        named = ", ".join(f"{code.replace('_', ' ')} {n}" for code, n in why[why > 0].items())
        rows.append((*key, units[key], len(group), named, ";".join(group["row_id"])))
    return pd.DataFrame(rows, columns=["table", "variable", "n", "differ", "reasons", "evidence"])
