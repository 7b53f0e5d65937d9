"""Arrays as squares."""

import numpy as np
import pytest

from dlnotes import plot
from dlnotes.plot import grids
from tests.plot.figures import keeps_the_style

RNG = np.random.default_rng(0)
FIGURES = {
    "images": lambda: plot.images(RNG.random((7, 4, 4)), range(7), columns=5),
    "numbers": lambda: plot.numbers({"a": RNG.random((3, 4)), "zero": np.zeros((2, 2))}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(grids.__all__)
