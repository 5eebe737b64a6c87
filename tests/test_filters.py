"""Filters on every measure and exhibit: what each takes away is said, titles stay neutral, no picture breaks."""

import re

import matplotlib.pyplot as plt
import pytest

from tielines import aid, corroboration, dataset, exhibits, narratives, overview, timelines

PICTURES = [n for n in exhibits.ALL if n not in ("00-card", "02-amounts", "04-gaps")]
DRAWN = set()  # the rows of what this process has drawn
FILTERS = [
    {"about": "Cuba"},
    {"recipients": "IRN", "factuality": "CT+"},
    {"factuality": "CT-"},
    {"since": "2025-07", "until": "2026"},
    {"articles": "The Media Line (2024)"},
    {"actors": "China", "published_until": "2025-12", "undated": True},
    {"until": "2025-06", "undated": True},
    {"articles": ["000", "004"], "about": "Iran"},
    {"about": "Cuba", "published_until": "2024-12"},  # leaves texts and no row
    {"published_until": "2000"},  # leaves nothing
]
MEASURES = {
    "reports": lambda d: d.reports, "items": lambda d: d.items, "counts": lambda d: d.counts(), "bounds": timelines.bounds,
    "precision": lambda d: timelines.precision(timelines.bounds(d)), "lanes": timelines.lanes, "precisions": timelines.precisions,
    "stages": aid.stages, "amounts": aid.amounts, "ledger": aid.ledger, "counted": aid.counted, "apart": narratives.apart,
    "total": lambda d: aid.total(aid.amounts(d).query("item == 'rice' and stage == 'agreed'").drop_duplicates("event_id")),
    "shared_origin": narratives.shared_origin, "reasons": narratives.reasons, "frames": narratives.frames, "body_words": narratives.body_words,
    "wording": narratives.wording, "body_terms": narratives.body_terms, "keyness": narratives.keyness,
    "sourcing": overview.sourcing, "voices": overview.voices, "accounted": overview.accounted, "known": corroboration.known,
    "shared": corroboration.shared, "case": corroboration.case, "differences": corroboration.differences,
    "dated_apart": corroboration.dated_apart, "origins": corroboration.origins, "gaps": corroboration.gaps,
}  # fmt: skip
# Asked for of all rows.
CODERS = {"candidates": corroboration.candidates, "open_candidates": corroboration.open_candidates}


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.filterwarnings("error")
def test_a_filter_takes_away_what_it_says_and_titles_stay_neutral(filters):
    narrowed = dataset.load(**filters)
    keys = {"claims": "claim_id", "stances": "stance_id", "reasons": "reason_id", "quantities": "quantity_id"}
    left = {i for table, key in keys.items() for i in getattr(narrowed, table)[key]}

    def beyond(frame):
        """The rows of evidence that no filter left."""
        ids = {i for cell in frame["evidence"] for i in cell.split(";")}
        return {i for i in ids if re.fullmatch(r"[csrq]\d+", i)} - left

    for name, measure in (MEASURES if len(narrowed.claims) else MEASURES | CODERS).items():
        frame = measure(narrowed)
        assert "evidence" not in getattr(frame, "columns", ()) or not beyond(frame), name
        if not len(narrowed.articles) and name not in ("counts", "total", "shared_origin"):
            assert len(frame) == 0, name
    texts = tuple(narrowed.articles["article_id"])
    for name, build in exhibits.ALL.items():
        if build.rows == "coding" and filters != FILTERS[0]:  # no filter reaches it, once is enough
            continue
        exhibit = build(narrowed)
        assert build.rows == "coding" or not beyond(exhibit.frame), name
        reach = set(filters) & set(dataset.FILTERS[build.rows])
        said = exhibit.caption.partition("Filtered: ")[2].split(". ")[0]
        assert {part.split(" = ")[0] for part in said.split("; ") if part} == reach, name
        unreached = exhibit.caption.partition("Not narrowed: ")[2].partition(" do")[0]
        assert {f for f in unreached.split(", ") if f} == set(narrowed.filters) - reach, name
        neutral = build.__doc__.splitlines()[0].rstrip(".")
        assert exhibit.title == neutral or exhibit.title.split(": ")[-1] in neutral, name
        if "undated" in exhibit.caption.partition("Filtered: ")[2]:
            assert reach & {"since", "until"}, f"{name}: tells of what it does not leave out"
        seen = (name, texts, exhibit.frame.to_csv()) if len(exhibit.frame) else ()
        if name in PICTURES and seen not in DRAWN:
            DRAWN.add(seen)  # the same rows of the same texts are the same picture, and so is nothing
            exhibit.draw()
            plt.close("all")
