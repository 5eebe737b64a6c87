"""Imported by the server from which kernels are forked, and there alone: what each would else import and read anew."""

from contextlib import suppress

from tielines import PLACE, notebooks

INPUTS = str(PLACE), notebooks.inputs()  # before what follows is read

from tielines import exhibits, figures  # noqa: E402, F401 (the notebooks import it)

with suppress(Exception):  # the check tells what is wrong with tables
    figures.tips()
