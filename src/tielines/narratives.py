"""How strong, how reliable the texts say the ties are: stances, reasons, frames, words, and how stable the coding is.

Every measure takes and returns tidy frames with an ``evidence`` column of row ids.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from tielines import texts
from tielines.tables import Tables, codes
from tielines.timelines import TIES, article_of, event_dates

MIN_MEDIAN = 5  # below that many stances no median is given
MIN_COUNT = 3  # terms rarer than that are not ranked
NAMES = (  # masked in the ranking of terms on request
    "russia russian china chinese iran iranian cuba cuban israel israeli us united states america american moscow "
    "beijing tehran havana washington putin xi jinping ukraine syria venezuela venezuelan maslov ella inss zimmt "
    "citrinowicz sadr pezeshkian novak johnson lavrov trump kremlin tianjin turkey turkmenistan armenia azerbaijan "
    "tajikistan saudi arabia gulf gaza mongolia siberia europe european western west middle east media line sonar"
)


def stances(data: Tables) -> pd.DataFrame:
    """One row a judgement and tie it stands at: article_id, voice (the speaker's name, or whose author), quoted
    (not the author's voice), dyad, aspect, strength (-2 to +2), origin_id, evidence (count judgements by it)."""
    frame = data.stances.assign(article_id=article_of(data.stances))
    frame = frame.assign(dyad=frame["dyads"].str.split(";")).explode("dyad", ignore_index=True)
    inner = frame["speaker"].str.split("_").str[0]
    names = data.actors.set_index("actor_id")["name"]
    frame["quoted"] = inner.ne("AUTHOR")
    author = "author of " + frame["article_id"].map(data.articles.set_index("article_id")["label"]).astype(str)
    frame["voice"] = inner.map(names).where(frame["quoted"], author)
    frame["strength"] = frame["strength"].astype(str).astype(int)
    rank = frame["dyad"].map(lambda d: TIES.index(d) if d in TIES else len(TIES))
    columns = "article_id voice quoted dyad aspect strength factuality origin_id paraphrase stance_id".split()
    frame = frame.assign(_rank=rank).sort_values(["_rank", "dyad", "aspect", "strength", "stance_id"])
    return frame[columns].rename(columns={"stance_id": "evidence"}).reset_index(drop=True)


def origins_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Stances with what goes back to one origin, tie, aspect and strength counted once."""
    own = frame["origin_id"].where(frame["origin_id"].ne(""), frame["evidence"])
    return frame[~frame.assign(_own=own).duplicated(["_own", "dyad", "aspect", "strength"])]


def summary(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """n, warm (above 0), cool (below 0), lowest, highest and median (none under n = 5) of each group."""
    rows = []
    for key, own in frame.groupby(by, observed=True, sort=False):
        s = own["strength"]
        median = s.median() if len(s) >= MIN_MEDIAN else np.nan
        rows.append((*key, len(s), (s > 0).sum(), (s < 0).sum(), s.min(), s.max(), median, ";".join(own["evidence"])))
    columns = [*by, "n", "warm", "cool", "lowest", "highest", "median", "evidence"]
    return pd.DataFrame(rows, columns=columns)


def agreement(data: Tables) -> pd.DataFrame:
    """Ties and aspects that two texts or more judge, and whether they lean the same way.

    One row a dyad, aspect and article: n, lowest, highest, lean (warm, cool, mixed, even), evidence;
    ``agree`` is true where all texts lean warm or all lean cool.
    """
    frame = summary(stances(data), ["dyad", "aspect", "article_id"])
    lean = np.where(frame["warm"].eq(frame["n"]), "warm", np.where(frame["cool"].eq(frame["n"]), "cool", "mixed"))
    frame["lean"] = np.where(frame["warm"].add(frame["cool"]).eq(0), "even", lean)
    groups = frame.groupby(["dyad", "aspect"], observed=True)
    frame = frame[groups["article_id"].transform("nunique").ge(2)]
    leans = frame.groupby(["dyad", "aspect"], observed=True)["lean"]
    one = leans.transform("nunique").eq(1) & frame["lean"].isin(("warm", "cool"))
    return frame.assign(agree=one).reset_index(drop=True)


def readings(data: Tables, origin_id: str) -> pd.DataFrame:
    """What each text makes of one origin: stances and claims that go back to it.

    One row a row: article_id, kind (stance, claim), said (paraphrase), strength, evidence.
    """
    columns = {"paraphrase": "said", "stance_id": "evidence", "claim_id": "evidence"}
    kinds = []
    for kind, table in (("stance", data.stances), ("claim", data.claims)):
        own = table[table["origin_id"].eq(origin_id)]
        kinds.append(own.assign(article_id=article_of(own), kind=kind).rename(columns=columns))
    frame = pd.concat(kinds).reindex(columns=["article_id", "kind", "said", "strength", "evidence"])
    return frame.sort_values(["article_id", "kind", "evidence"], ignore_index=True)


def reasons(data: Tables) -> pd.DataFrame:
    """Reasons by text: reason, article_id, n, limits (those that limit, the rest drive), evidence."""
    frame = data.reasons.assign(article_id=article_of(data.reasons), limits=data.reasons["direction"].eq("limits"))
    groups = frame.groupby(["reason", "article_id"], observed=True)
    out = groups.agg(n=("reason_id", "size"), limits=("limits", "sum"), evidence=("reason_id", ";".join)).reset_index()
    return out.assign(reason=out["reason"].astype(str).map(codes("reasons", "reason")))


def frames(data: Tables) -> pd.DataFrame:
    """Body paragraphs by text and frame: article_id, frame, n, share (of the text's), evidence."""
    frame = data.frames.assign(evidence=data.frames["article_id"] + ".p" + data.frames["paragraph"].astype(str))
    groups = frame.groupby(["article_id", "frame"], observed=True)
    out = groups.agg(n=("paragraph", "size"), evidence=("evidence", ";".join)).reset_index()
    return out.assign(share=(out["n"] / out.groupby("article_id")["n"].transform("sum")).round(3))


def body_terms(data: Tables) -> pd.DataFrame:
    """Terms of each text without endnotes, bylines and boilerplate: article_id, term, count."""
    zone = {(a.article_id, p): z for a in data.articles.itertuples() for p, z in texts.parse_zones(a.zones).items()}
    keys = zip(data.terms["article_id"], data.terms["paragraph"], strict=True)
    kept = [zone.get(key, "note") not in ("note", "byline", "boilerplate") for key in keys]
    return data.terms[np.array(kept, dtype=bool)].groupby(["article_id", "term"], as_index=False)["count"].sum()


def wording(data: Tables, least: int = 2) -> pd.DataFrame:
    """Same thing, different words, each use read in its sentence: thing, word, spelt, article_id, n, words (of the
    text's body), evidence (wordings). Words used fewer than ``least`` times in all are left out."""
    body = data.sentences[~data.sentences["zone"].isin(("note", "byline", "boilerplate", "heading"))]
    length = body["word_spans"].str.split(";").str.len().groupby(body["article_id"]).sum()
    uses = data.wordings.assign(article_id=article_of(data.wordings, "sentence_id"))
    uses["thing"] = uses["thing"].astype(str).map(codes("wordings", "thing"))
    keys = ["thing", "term", "article_id"]
    frame = uses.groupby(keys).agg(n=("wording_id", "size"), evidence=("wording_id", ";".join)).reset_index()
    frame["uses"] = frame.groupby(["thing", "term"])["n"].transform("sum")
    frame = frame[frame["uses"].ge(least)]
    frame = frame.assign(word=frame["term"], words=frame["article_id"].map(length))
    frame["spelt"] = frame["thing"] + ": “" + frame["word"] + "”"
    frame = frame.sort_values(["thing", "uses", "word", "article_id"], ascending=[True, False, True, True])
    return frame[["thing", "word", "spelt", "article_id", "n", "words", "evidence"]].reset_index(drop=True)


def keyness(data: Tables, mask_names: bool = True) -> pd.DataFrame:
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
    if mask_names:
        frame = frame[~frame["term"].isin(NAMES.split())]
    frame = frame.sort_values(["article_id", "z"], ascending=[True, False], ignore_index=True).round({"z": 2})
    frame = frame.astype({"count": int, "rest": int})
    return frame.assign(spelt="“" + frame["term"] + "”", evidence=frame["article_id"])


def log_odds(own: np.ndarray, rest: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """z-scores of the log-odds of each term in ``own`` against ``rest``, shrunk toward ``prior`` (all counts)."""
    a, b, all_prior = own + prior, rest + prior, prior.sum()
    delta = np.log(a / (own.sum() + all_prior - a)) - np.log(b / (rest.sum() + all_prior - b))
    return delta / np.sqrt(1 / a + 1 / b)


def reliability(data: Tables, resamples: int = 1000, seed: int = 2008) -> pd.DataFrame:
    """Krippendorff's alpha of the two passes, by variable: the stability of the coding rules.

    Columns: table, variable, level, n (units), agree (of them), alpha, low, high (95 % bootstrap over
    units; empty where one value fills both passes), evidence.
    """
    import krippendorff

    rng, rows = np.random.default_rng(seed), []
    for (table, variable), own in data.recodes.groupby(["table", "variable"]):
        level = "ordinal" if variable == "strength" else "nominal"
        values = pd.concat([own["first"], own["second"]])
        order = sorted(values.unique(), key=int if variable == "strength" else str)
        pair = np.array([[order.index(v) for v in own[c]] for c in ("first", "second")], dtype=float)

        kinds, counts = np.unique(pair, axis=1, return_counts=True)
        n = pair.shape[1]
        draws = rng.multinomial(n, counts / n, resamples)  # units drawn anew, with replacement
        boot = [_alpha(kinds.astype(int), own_counts, len(order), level) for own_counts in draws]
        known = [b for b in boot if not np.isnan(b)]
        low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
        point = krippendorff.alpha(reliability_data=pair, level_of_measurement=level) if len(order) > 1 else np.nan
        same = int((pair[0] == pair[1]).sum())
        rows.append(
            (
                table,
                variable,
                level,
                n,
                same,
                *np.round([point, low, high], 3),
                ";".join(own["row_id"]),
            )
        )
    return pd.DataFrame(rows, columns=["table", "variable", "level", "n", "agree", "alpha", "low", "high", "evidence"])


def _alpha(kinds, counts, values: int, level: str) -> float:
    """Krippendorff's alpha of two passes from how often each pair of values occurs; NaN where one value fills both.

    ``krippendorff.alpha`` gives the same number; this one is fast enough to resample.
    """
    both = np.zeros((values, values))
    np.add.at(both, (kinds[0], kinds[1]), counts)
    both += both.T
    each = both.sum(axis=0)
    if level == "ordinal":
        upto = np.cumsum(each) - each / 2
        apart = (upto[:, None] - upto[None, :]) ** 2
    else:
        apart = 1 - np.eye(values)
    expected = (np.outer(each, each) * apart).sum()
    return 1 - (each.sum() - 1) * (both * apart).sum() / expected if expected else np.nan


def confusion(data: Tables, table: str, variable: str) -> pd.DataFrame:
    """First pass by second pass of one variable, in counts; codes in the codebook's order."""
    own = data.recodes[data.recodes["table"].eq(table) & data.recodes["variable"].eq(variable)]
    order = [c for c in codes(table, variable) if c in {*own["first"], *own["second"]}]
    return pd.crosstab(own["first"], own["second"]).reindex(index=order, columns=order, fill_value=0)


def settled(data: Tables) -> pd.DataFrame:
    """Differences of the two passes by variable: table, variable, n (units), differ, the reasons with their counts, evidence."""
    own = data.recodes[data.recodes["first"].ne(data.recodes["second"])]
    units = data.recodes.groupby(["table", "variable"]).size()
    rows = []
    for key, group in own.groupby(["table", "variable"]):
        why = group["reason"].value_counts()
        named = ", ".join(f"{code.replace('_', ' ')} {n}" for code, n in why[why > 0].items())
        rows.append((*key, units[key], len(group), named, ";".join(group["row_id"])))
    return pd.DataFrame(rows, columns=["table", "variable", "n", "differ", "reasons", "evidence"])


def between(data: Tables, event_ids: list[str]) -> pd.DataFrame:
    """Dated events that lie between texts: event_id, label, start, evidence; undated ones are left out."""
    frame = event_dates(data)
    frame = frame[frame["event_id"].isin(event_ids) & frame["start"].notna()]
    return frame[["event_id", "label", "start", "evidence"]].sort_values("start", ignore_index=True)


def opposed(data: Tables) -> pd.DataFrame:
    """Pairs of stances at opposite ends inside one text, tie and aspect: a, b, article_id, dyad, aspect."""
    rows = []
    for key, own in stances(data).groupby(["article_id", "dyad", "aspect"], observed=True):
        for a, b in combinations(own.itertuples(), 2):
            if a.strength * b.strength < 0 and a.voice != b.voice:
                rows.append((a.evidence, b.evidence, *key, a.voice, b.voice))
    return pd.DataFrame(rows, columns=["a", "b", "article_id", "dyad", "aspect", "voice_a", "voice_b"])
