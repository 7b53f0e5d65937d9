"""Lines and landscapes."""

import numpy as np
import pytest

from dlnotes import plot
from dlnotes.plot import lines
from tests.plot.figures import keeps_the_style

FIGURES = {
    "curves": lambda: plot.curves([1, 2, 4], {"a": [1, 2, 3], "b": [3, 2, 1]}, xlabel="x", ylabel="y",
                                  bands={"a": ([0, 1, 2], [2, 3, 4])}, markers=True, xscale="log"),
    "curves, one x each": lambda: plot.curves({"a": [1, 2]}, {"a": [0, 1]}, xlabel="x", ylabel="y"),
    "surface": lambda: plot.surface(lambda a, b: a**2 + b**2, {"p": {"q": np.ones((3, 2)), "r": np.zeros((2, 2))}},
                                    xlim=(-1, 1), ylim=(-1, 1), labels=("a", "b"), log=False),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(lines.__all__)
