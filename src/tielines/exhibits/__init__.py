"""The figures and tables of the notebooks: one function each, with its frame, its chart and its words.

``exhibits.rice(data)`` gives an Exhibit: ``frame`` (what is drawn), ``show()`` (save the bundle and show it), ``numbers()`` (the
frame, folded). The docstring's first line is the neutral title. ``ALL`` lists them in the notebooks' order.
"""

from tielines.exhibits.aid_volumes import *  # noqa: F403
from tielines.exhibits.core import ALL, Exhibit, answer, listing, make  # noqa: F401 (what a notebook uses)
from tielines.exhibits.corroboration import *  # noqa: F403
from tielines.exhibits.narratives import *  # noqa: F403
from tielines.exhibits.overview import *  # noqa: F403 (the order of the notebooks)
from tielines.exhibits.timelines import *  # noqa: F403
