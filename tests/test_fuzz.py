"""A few inputs of every kind of ``make fuzz``: each is refused clearly, or taken with an explanation."""

import fuzz
import pytest


@pytest.fixture(scope="module", autouse=True)
def put_back():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fuzz.__main__, "ROOT", fuzz.ROOT)
        patch.setenv("TIELINES_FIGURES", "")
        yield
    fuzz._leave(0)


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_no_damaged_input_crashes_hangs_or_is_taken_unexplained(kind):
    lines, well = fuzz.told([fuzz.attempt(kind, i, seed=1) for i in range(max(1, fuzz.KINDS[kind][1] // 120))])
    assert well, "\n".join(lines)
