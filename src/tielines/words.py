"""Titles, captions, alt texts and bullets, each computed from the frame that is drawn.

A finding stands only where its predicate holds on all the data; else the neutral title does.
Each function returns the keywords of ``figures.save_figure``: title, caption, alt, filters.
"""

import pandas as pd

from tielines.amounts import CARDINALS
from tielines.charts import tie_name
from tielines.figures import caption, headline
from tielines.tables import Tables
from tielines.timelines import article_of, event_dates

STATES = ("delivered", "part delivered", "under way", "agreed", "preparing", "offered", "sought")
STATES += ("open", "stated as not given", "not stated flatly")
QUOTED = "events told; dark:\nwith quoted words"
LIMITS = "reasons stated; dark:\nthose that limit"
SPELT = "how often the text\nwrites the word"
FRAMES = "against_the_west lifeline arms limits realignment calculus business pact order none".split()
NUMBERS = ("mass", "money", "other number", "no number")


def number(n: int, thing: str = "") -> str:
    """``3, "text"`` → ``three texts``; figures from thirteen on."""
    said = ("no", *CARDINALS[1:13])[n] if n < 13 else f"{n:,}"
    return f"{said} {thing}{'' if n == 1 else 's'}" if thing else said


def ties(frame: pd.DataFrame) -> dict[str, str]:
    """{dyad: its name to show}."""
    return {tie: tie_name(tie) for tie in frame["dyad"]}


def first(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def _kit(finding, holds, neutral, what, alt, frame, data: Tables) -> dict:
    return {
        "title": headline(finding, holds, neutral, data.filters),
        "caption": caption(what, frame, data),
        "alt": alt,
        "filters": data.filters,
    }


def _most(frame: pd.DataFrame, column: str) -> str:
    """The largest groups of a counted frame, as words."""
    totals = frame.groupby(column, observed=True)["n"].sum().sort_values(ascending=False, kind="stable")
    return ", ".join(f"{key} {n}" for key, n in totals.head(4).items())


def lanes(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``timelines.lanes``."""
    undated = frame["precision"].eq("no date")
    told, none = frame["event_id"].nunique(), frame.loc[undated, "event_id"].nunique()
    finding = f"The texts give no date for {none} of the {told} events they tell of these ties"
    what = (
        f"n = {told} events in scope, {told - none} dated, {none} without a date (at right, one glyph each). "
        "Time left of the dotted line is compressed."
    )
    per_tie = "; ".join(f"{tie} {n}" for tie, n in frame.groupby("dyad", sort=False)["event_id"].nunique().items())
    alt = (
        f"Lanes of events by tie and date, under the publication dates of {number(len(data.articles), 'text')}. "
        f"{told} events: {per_tie}. {none} carry no date and stand on a shelf at the right."
    )
    return _kit(finding, none > told / 2, "Events that the texts tell, by tie and date", what, alt, frame, data)


def precision(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``timelines.precision_by``."""
    total = int(frame["n"].sum())
    day = int(frame.loc[frame["precision"].eq("day"), "n"].sum())
    finding = f"The texts date {day} of {total} events to the day"
    alt = f"Stacked bars of {total} events by kind and by how precisely they are dated: {_most(frame, 'precision')}."
    what = f"n = {total} events; width of the strict bounds of an event's date claims."
    return _kit(finding, day < total / 10, "How precisely each kind of event is dated", what, alt, frame, data)


def story(frame: pd.DataFrame, data: Tables, subject: str) -> dict:
    """For ``timelines.story``; ``subject`` names the support, as "Chinese air defence for Iran"."""
    texts = frame.drop_duplicates("article_id")
    flat = frame[frame["stage"].isin(("delivered", "part_delivered")) & frame["factuality"].eq("CT+")]
    last = texts["end"].max() if len(texts) else None
    finding = f"{subject}: only the latest text that tells of it states a delivery flatly"
    holds = len(texts) > 1 and set(flat["end"]) == {last}
    silent = len(data.articles) - len(texts)
    what = (
        f"n = {len(texts)} of {len(data.articles)} texts, {frame['event_id'].nunique()} events. Glyph and third line: "
        "the best basis; hollow: not stated flatly."
    )
    said = "; ".join(f"{r.article}: {r.label}, {r.stage.replace('_', ' ')}, {r.factuality}" for r in frame.itertuples())
    alt = f"{subject} by publication. {said}. {first(number(silent, 'text'))} say nothing of it."
    return _kit(finding, holds, f"{subject}: what each text says, by publication", what, alt, frame, data)


def reach(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``overview.reach``; needs the publication bounds of ``data.articles``."""
    from tielines.timelines import publication

    out = publication(data.articles).set_index("article_id")["start"]
    recent = sum(bool(r.start) and (out[r.article_id] - r.start).days <= 365 for r in frame.itertuples())
    finding = f"{recent} of the {len(frame)} events that a text dates begin no more than a year before that text"
    per_text = frame.groupby("label_article").size()
    alt = "Each text's publication range over the events that it dates: " + ", ".join(
        f"{label} {n}" for label, n in per_text.items()
    )
    what = (
        f"n = {len(frame)} tellings of {frame['event_id'].nunique()} events. Thick: publication; thin: events; arrow: by then. "
        "Time left of the dotted line is compressed."
    )
    neutral = "The texts, and the events they date"
    return _kit(finding, recent > len(frame) / 2, neutral, what, alt + ".", frame, data)


def sourcing(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``overview.sourcing``."""
    total = int(frame["n"].sum())
    none = int(frame.loc[frame["sourcing"].eq("none given"), "n"].sum())
    finding = f"For {none} of {total} tellings of an event, the text gives no source"
    alt = f"Stacked bars: {total} tellings of events by text and by the best source given: {_most(frame, 'sourcing')}."
    what = f"n = {total}: each event once in each text that tells it, at the best source there."
    return _kit(finding, none > total / 2, "What the texts rest on", what, alt, frame, data)


def voices(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``overview.voices``."""
    heard = set(frame["country"])
    silent = [name for name in ("Russia", "China", "Iran", "Cuba") if name not in heard]
    finding = f"None of the voices that the texts pass on is said to be from {' or '.join(silent)}"
    alt = f"Events told in other voices than the author's, by country: {_most(frame, 'country')}."
    what = f"n = {int(frame['n'].sum())} tellings: an event once a text and voice; country and kind of the innermost speaker."
    return _kit(finding, bool(silent), "Who is given a voice", what, alt, frame, data)


def audit(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``overview.audit``."""
    total, missing = int(frame["n"].sum()), int(frame.loc[frame["state"].eq("missing"), "n"].sum())
    finding = f"Each of the {total:,} sentences is coded, or a reason says why not"
    alt = f"Stacked bars of {total} sentences by text and by what became of them: {_most(frame, 'state')}."
    what = f"n = {total} sentences of {number(len(data.articles), 'text')}."
    return _kit(finding, missing == 0, "What became of each sentence", what, alt, frame, data)


def card(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``overview.card``."""
    said = "; ".join(f"{r.field}: {r.value}" for r in frame.itertuples())
    return _kit("", False, "How to read a claim", "One claim.", f"One claim, field by field. {said}.", frame, data)


def stages(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.by_stage``."""
    total = int(frame["n"].sum())
    came = int(frame.loc[frame["state"].eq("delivered"), "n"].sum())
    finding = f"The texts state {came} of {total} flows of support flatly as delivered"
    what = f"n = {total} flows, umbrellas included; the furthest stage of the firmest telling."
    alt = f"Stacked bars of {total} flows of reported support by tie and stage: {_most(frame, 'state')}."
    return _kit(finding, came < total / 2, "Reported support by stage", what, alt, frame, data)


def numbered(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.numbered``."""
    total, none = int(frame["n"].sum()), int(frame.loc[frame["number"].eq("no number"), "n"].sum())
    finding = f"{none} of {total} flows of reported support carry no number"
    what = f"n = {total} flows; each once, at mass before money before other numbers."
    alt = f"Stacked bars of {total} flows by tie and by the number they carry: {_most(frame, 'number')}."
    return _kit(finding, none > total / 2, "What numbers reported support carries", what, alt, frame, data)


def vouched(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.by_voucher``."""
    total, none = int(frame["n"].sum()), int(frame.loc[frame["voucher"].eq("nobody named"), "n"].sum())
    finding = f"Nobody named vouches for {none} of {total} flows of reported support"
    what = f"n = {total} flows but those stated as not given, each at the speaker closest to it; an outlet is a third party."
    alt = f"Stacked bars of {total} flows by tie and by who vouches for them: {_most(frame, 'voucher')}."
    return _kit(finding, none > total / 2, "Who vouches for reported support", what, alt, frame, data)


def item(frame: pd.DataFrame, data: Tables, subject: str) -> dict:
    """For ``aid.item``; ``subject`` names the goods, as "rice"."""
    known = frame["ceiling"].notna()
    texts = (
        frame.loc[known, "evidence"]
        .map(lambda e: e.split(";")[-1])
        .map(data.claims.set_index("claim_id")["sentence_ids"].str.split(".").str[0])
    )
    finding = (
        f"{first(number(texts.nunique(), 'text'))} {'gives' if texts.nunique() == 1 else 'give'} "
        f"{subject} in {number(int(known.sum()), 'number')} that cannot be added"
    )
    holds = known.sum() > 1 and (known & frame["in_total"]).sum() < known.sum()
    what = f"n = {len(frame)} flows, {int(known.sum())} with a number. Hatched: in no total."
    alt = f"Bars of {subject}: " + "; ".join(f"{r.label}, {r.said}" for r in frame.itertuples()) + "."
    return _kit(finding, holds, f"Reported support: {subject}", what, alt, frame, data)


def arms(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.arms``."""
    came = frame["stage"].isin(("delivered", "part_delivered"))
    yes, no = (frame[came & frame["factuality"].eq(code)] for code in ("CT+", "CT-"))
    flat, never = yes["event_id"].nunique(), no["event_id"].nunique()
    texts, others = set(yes["article_id"]), set(no["article_id"])
    who = "another" if len(texts) == len(others) == 1 and texts != others else number(len(others), "text")
    finding = (
        f"{first(number(len(texts), 'text'))} {'states' if len(texts) == 1 else 'state'} {number(flat, 'military item')} "
        f"flatly as delivered, {who} {number(never)} as not"
    )
    what = f"n = {frame['event_id'].nunique()} military items, {frame['article_id'].nunique()} texts. Third line: the best basis."
    alt = "Arms by item, stage and text. " + "; ".join(
        f"{r.article_id}: {r.label}, {r.stage.replace('_', ' ')}, {r.factuality}" for r in frame.itertuples()
    )
    return _kit(finding, flat > 0 and never > 0, "Military items by stage and text", what, alt + ".", frame, data)


def dollars(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.amounts`` of money."""
    kinds = frame[["item", "stage"]].drop_duplicates()
    ids = frame["evidence"].map(lambda e: e.split(";")[1])
    texts = data.claims.set_index("claim_id").loc[ids, "sentence_ids"].str.split(".").str[0].nunique()
    finding = (
        f"{first(number(texts, 'text'))} {'names' if texts == 1 else 'name'} {number(len(frame), 'sum')} in dollars, "
        "none comparable with another"
    )
    what = f"n = {len(frame)}. As printed, never converted; a range is computed where a share stands beside a sum."
    alt = "Table of sums in dollars: " + "; ".join(
        f"{r.label}, {r.floor:,.0f} to {r.ceiling:,.0f}" for r in frame.itertuples()
    )
    return _kit(finding, len(kinds) == len(frame) > 1, "Sums in dollars", what, alt + ".", frame, data)


def trade(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``aid.trade``."""
    what = f"n = {len(frame)} amounts, {int(frame['said'].ne('no number').sum())} with a number. Trade is not support and is in none of its totals."
    alt = "Table of trade amounts: " + "; ".join(f"{r.label}, {r.measure} in {r.unit}" for r in frame.itertuples())
    return _kit("", False, "Trade, apart from support", what, alt + ".", frame, data)


def aid_bullets(data: Tables) -> list[str]:
    """The answer of notebook 02."""
    from tielines import aid

    frame, every = aid.numbered(data), aid.flows(data)
    none = int(frame.loc[frame["number"].eq("no number"), "n"].sum())
    vouched = aid.by_voucher(data)
    nobody = int(vouched.loc[vouched["voucher"].eq("nobody named"), "n"].sum())
    gifts = int(every["terms"].eq("gift").sum())
    unsaid = int(every["terms"].eq("not_stated").sum())
    return [
        f"The texts tell {len(every)} flows of support; {none} carry no number at all.",
        f"Nobody named vouches for {nobody} of the {int(vouched['n'].sum())} that are not stated as not given.",
        f"{first(number(gifts, 'flow'))} {'is' if gifts == 1 else 'are'} told as a gift; for {unsaid} no terms are said.",
    ]


def stances(frame: pd.DataFrame, data: Tables, by: str) -> dict:
    """For ``narratives.stances``; ``by`` is aspect or voice."""
    from tielines import narratives

    once = frame.drop_duplicates("evidence")
    warm, cool, n = int((once["strength"] > 0).sum()), int((once["strength"] < 0).sum()), len(once)
    finding, holds = (
        f"Of {n} judgements of the ties in the texts, {warm} are warm and {cool} cool",
        warm > 0 and cool > 0,
    )
    if by == "voice":
        apart = narratives.opposed(data)["article_id"].nunique()
        finding = (
            f"{first(number(apart, 'text'))} {'sets' if apart == 1 else 'set'} voices against each other on one tie"
        )
        holds = apart > 0
    what = (
        f"n = {n} judgements of {frame['article_id'].nunique()} texts, on a scale of the project's own; a judgement of two ties stands "
        "at each and counts once. Side by side: the same value. Bar: median from five on. Text, author, country, genre and date differ "
        "together."
    )
    per_tie = "; ".join(f"{tie} {len(own)}" for tie, own in frame.groupby("dyad", sort=False))
    alt = f"Dots of {n} stances from -2 to +2 by tie and {by}: {per_tie}. {warm} above zero, {cool} below."
    return _kit(finding, holds, f"How strong the texts say the ties are, by {by}", what, alt, frame, data)


def agreement(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.agreement``."""
    pairs = frame.drop_duplicates(["dyad", "aspect"])
    same = int(pairs["agree"].sum())
    finding = f"On {same} of {len(pairs)} aspects that two texts or more judge, all lean the same way"
    what = f"n = {len(pairs)} ties and aspects. Lean: warm or cool where all its stances are, else mixed or even."
    alt = "Table of leanings: " + "; ".join(f"{r.dyad} {r.aspect} {r.article_id} {r.lean}" for r in frame.itertuples())
    return _kit(finding, len(pairs) > 1, "Where accounts lean the same way", what, alt + ".", frame, data)


def readings(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.readings``."""
    texts = frame["article_id"].nunique()
    finding = f"{first(number(texts, 'text'))} go back to one study: one origin, not {number(texts)}"
    what = f"n = {len(frame)} rows that go back to the study."
    alt = "Table of what each text makes of one study: " + "; ".join(
        f"{a} {n}" for a, n in frame.groupby("article_id").size().items()
    )
    return _kit(finding, texts > 1, "One study, as the texts relay it", what, alt + ".", frame, data)


def reasons(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.reasons``."""
    n, limits = int(frame["n"].sum()), int(frame["limits"].sum())
    top = frame.groupby("reason")["n"].sum().sort_values(ascending=False, kind="stable")
    finding = f"The texts state {n} reasons: {n - limits} drive support, {limits} limit it"
    alt = (
        f"Grid of {n} reasons by text: " + ", ".join(f"{r} {k}" for r, k in top.items()) + f". {limits} limit support."
    )
    return _kit(finding, 0 < limits < n, "Stated reasons by text", f"n = {n} stated causes.", alt, frame, data)


def frames(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.frames``."""
    n = int(frame["n"].sum())
    lead = data.articles["primary_frame"].astype(str)
    finding = f"{first(number(len(lead), 'text'))} lead with {number(lead.nunique())} different frames"
    alt = f"Stacked bars of {n} body paragraphs by text and frame: {_most(frame, 'frame')}."
    what = (
        f"n = {n} body paragraphs, each with one frame or none; the frame that leads a whole text is a code of its own."
    )
    return _kit(finding, lead.nunique() > 1, "Frames by text", what, alt, frame, data)


def wording(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.wording``."""
    n = int(frame["n"].sum())
    labels = data.articles.set_index("article_id")["label"]
    lengths = frame.drop_duplicates("article_id").set_index("article_id")["words"].sort_index()
    totals = "; ".join(f"{labels[a]} {w:,}" for a, w in lengths.items())
    what = f"n = {n} uses of words used twice or more, each read in its sentence. Body words of each text: {totals}."
    alt = f"Grid of {n} uses of words for the same things, by text: " + ", ".join(
        f"“{w}” {k}" for w, k in frame.groupby("word")["n"].sum().items()
    )
    return _kit("", False, "Same thing, different words", what, alt + ".", frame, data)


def keyness(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.keyness``."""
    what = f"n = {len(frame)} terms. Weighted log-odds, one text against the rest; a ranking, no test; names masked."
    alt = "Table of terms that set a text apart: " + "; ".join(
        f"{a}: " + ", ".join(f"“{t}”" for t in own["term"]) for a, own in frame.groupby("article_id")
    )
    return _kit("", False, "Terms that set a text apart", what, alt + ".", frame, data)


def reliability(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.reliability``."""
    low = frame[frame["alpha"].lt(0.667)]
    below = "none falls" if low.empty else f"{number(len(low))} {'falls' if len(low) == 1 else 'fall'}"
    finding = f"Of {number(len(frame))} variables coded twice, {below} below 0.667, the mark for tentative use"
    if frame["low"].ge(0.8).all():
        finding = f"Coded twice, {'all ' + number(len(frame))} variables stay above 0.8 with their whole interval"
    alt = "Krippendorff's alpha by variable: " + ", ".join(
        f"{r.table} {r.variable} {r.alpha:.2f} ({r.low:.2f} to {r.high:.2f})" for r in frame.itertuples()
    )
    what = (
        f"n = {int(frame['n'].sum())} units. Line: 95 % bootstrap over units. Two passes by language models from one "
        "codebook, the second blind: the stability of the coding rules, not agreement of human coders."
    )
    return _kit(finding, len(frame) > 0, "How stable the coding rules are", what, alt + ".", frame, data)


def settled(frame: pd.DataFrame, data: Tables) -> dict:
    """For ``narratives.settled``."""
    n, units = int(frame["differ"].sum()), len(data.recodes)
    what = f"n = {n} of {units:,} units. The tables hold the settled value; data/recodes.csv has each difference."
    alt = "Table of differences: " + "; ".join(
        f"{r.table} {r.variable} {r.differ} of {r.n}" for r in frame.itertuples()
    )
    finding = f"The two passes differ on {n} of {units:,} units"
    return _kit(finding, n > 0, "Differences settled", what, alt + ".", frame, data)


def narrative_bullets(data: Tables) -> list[str]:
    """The answer of notebook 03."""
    from tielines import narratives

    frame = narratives.stances(data).drop_duplicates("evidence")
    own, passed = frame[~frame["quoted"]], frame[frame["quoted"]]
    apart = narratives.opposed(data)
    why = narratives.reasons(data)
    return [
        f"The texts hold {len(frame)} judgements of the ties: {len(own)} in their authors' own voice, {len(passed)} passed on.",
        f"{first(number(apart['article_id'].nunique(), 'text'))} {'sets' if apart['article_id'].nunique() == 1 else 'set'} "
        f"voices against each other on one tie and aspect ({len(apart)} pairs).",
        f"They state {int(why['n'].sum())} reasons; {int(why['limits'].sum())} of them limit support.",
    ]


def overview_bullets(data: Tables) -> list[str]:
    """The answer of notebook 00."""
    scoped = int(data.events["in_scope"].sum())
    told = data.claims.assign(article_id=article_of(data.claims)).groupby("event_id")["article_id"].nunique()
    named = data.claims["basis"].isin(("document", "named", "own_interview")).sum()
    return [
        f"{first(number(len(data.articles), 'text'))} tell {len(data.events)} events in {len(data.claims)} claims; "
        f"{scoped} events are about Russia, China, Iran and Cuba among themselves.",
        f"{int(told.eq(1).sum())} of the {len(told)} events are told by a single text; {int(told.ge(3).sum())} by three or more.",
        f"{named} of {len(data.claims)} claims rest on a document, a named source or an interview.",
    ]


def timeline_bullets(data: Tables) -> list[str]:
    """The answer of notebook 01."""
    frame = event_dates(data)
    total = frame["event_id"].nunique()
    undated = frame.loc[frame["end"].isna() & frame["start"].isna(), "event_id"].nunique()
    exact = frame.loc[frame["start"].notna() & frame["start"].eq(frame["end"]), "event_id"].nunique()
    apart = frame.loc[frame["differing"], "event_id"].nunique()
    planned, denied = (
        frame.loc[frame["firmness"].isin(c), "event_id"].nunique() for c in (("PR+",), ("CT-", "PR-", "PS-"))
    )
    return [
        f"The texts date {total - undated} of {total} events at all, {exact} of them to the day.",
        f"{first(number(denied, 'event'))} {'is' if denied == 1 else 'are'} stated as not so, "
        f"{number(planned)} as likely or planned.",
        f"{first(number(apart, 'event'))} {'has' if apart == 1 else 'have'} date claims that exclude each other.",
    ]
