"""Layers one below the other, and attention maps."""

import numpy as np
import pytest

from dlnotes import plot
from dlnotes.plot import depth
from tests.plot.figures import keeps_the_style

RNG = np.random.default_rng(0)
LAYERS = {f"layer {i}": RNG.normal(0, 0.5**i, (10, 20)) for i in range(3)}
FIGURES = {
    "histograms": lambda: plot.histograms({"a": LAYERS, "fewer": {"layer 1": np.zeros(5)}}),
    "attention": lambda: plot.attention({"head 1": np.eye(3), "head 2": np.full((3, 3), 1 / 3)}, "a b"),
    "attention, keys": lambda: plot.attention({"": np.full((2, 5), 0.2)}, ["x", "\n"], "abcde"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(depth.__all__)


def test_every_number_is_counted_and_the_deviation_written():
    fig = plot.histograms({"a": LAYERS})
    for ax, values in zip(fig.axes, LAYERS.values()):
        assert sum(patch.get_height() for patch in ax.patches) == values.size
        assert ax.texts[0].get_text() == f"std {values.std():.2g}"


def test_spaces_and_line_ends_can_be_seen():
    ax = plot.attention({"": np.eye(3)}, ["a", " ", "\n"]).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "\u2423", "\u21b5"]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"panels: expected \(2, 3\).*got shape \(3, 3\) for 'head'"):
        plot.attention({"head": np.eye(3)}, "ab", "abc")
    with pytest.raises(ValueError, match="columns: expected at least one layer"):
        plot.histograms({"a": {}})
