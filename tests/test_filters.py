"""Ten filters on every exhibit: what each reaches is said, titles stay neutral, no picture breaks."""

import matplotlib.pyplot as plt
import pytest

from tielines import dataset, exhibits

PICTURES = [n for n in exhibits.ALL if n not in ("00-card", "02-amounts", "04-gaps")]
DRAWN = set()  # the rows of what this process has drawn
FILTERS = [
    {"about": "Cuba"},
    {"recipients": "IRN"},
    {"published_until": "2025-12"},
    {"factuality": "CT+"},
    {"since": "2025-07", "until": "2026"},
    {"articles": "The Media Line (2024)"},
    {"actors": "China", "undated": True},
    {"until": "2025-06", "undated": True},
    {"articles": ["000", "004"], "about": "Iran"},
    {"about": "Cuba", "published_until": "2024-12"},  # leaves nothing
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_a_filter_gives_neutral_titles_and_says_so(filters):
    narrowed = dataset.load(**filters)
    texts = tuple(narrowed.articles["article_id"])
    for name, build in exhibits.ALL.items():
        if build.rows == "coding" and filters != FILTERS[0]:  # no filter reaches it, once is enough
            continue
        exhibit = build(narrowed)
        reach = set(filters) & set(dataset.FILTERS[build.rows])
        said = exhibit.caption.partition("Filtered: ")[2].split(". ")[0]
        assert {part.split(" = ")[0] for part in said.split("; ") if part} == reach, name
        beyond = exhibit.caption.partition("Not narrowed: ")[2].partition(" do")[0]
        assert {f for f in beyond.split(", ") if f} == set(narrowed.filters) - reach, name
        neutral = build.__doc__.splitlines()[0].rstrip(".")
        assert exhibit.title == neutral or exhibit.title.split(": ")[-1] in neutral, name
        if "undated" in exhibit.caption.partition("Filtered: ")[2]:
            assert reach & {"since", "until"}, f"{name}: tells of what it does not leave out"
        if name in PICTURES and (seen := (name, texts, exhibit.frame.to_csv())) not in DRAWN:
            DRAWN.add(seen)  # the same rows of the same texts are the same picture
            exhibit.draw()
            plt.close("all")
