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
    "panels": lambda: plot.panels({"left": {"x": [1, 2], "ys": {"a": [1, 2], "b": [2, 1]}, "yscale": "log"},
                                   "right": {"x": {"c": [0, 1]}, "ys": {"c": [0, 3]}, "xlabel": "x"}}),
    "progress": lambda: plot.progress({"both": ([3, 2, 1], [3, 2, 2.5]), "training only": ([2, 1], None)}),
    "surface": lambda: plot.surface(lambda a, b: a**2 + b**2, {"p": {"q": np.ones((3, 2)), "r": np.zeros((2, 2))}},
                                    xlim=(-1, 1), ylim=(-1, 1), labels=("a", "b"), log=False),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(lines.__all__)


@pytest.mark.parametrize(
    "low, high, said",
    [
        (1e-6, 1, ["$10^{-6}$", "$10^{-5}$", "$10^{-4}$", "0.001", "0.01", "0.1", "1"]),
        (1, 1e6, ["1", "10", "100", "1,000", "10,000", "$10^{5}$", "$10^{6}$"]),
        (0.2, 3, ["0.2", "0.5", "1", "2"]),
        (0.2, 9, ["0.3", "1", "3"]),
        (20, 90, ["20", "50"]),
        (2e5, 9e5, ["$2 \\cdot 10^{5}$", "$5 \\cdot 10^{5}$"]),
    ],
)
def test_ticks_of_log_axes_are_read_at_a_glance(low, high, said):
    fig = plot.curves([low, high], {"": [low, high]}, xlabel="", ylabel="", yscale="log", ylim=(low, high))
    axis = fig.axes[0].yaxis
    shown = [place for place in axis.get_majorticklocs() if low * 0.99 <= place <= high * 1.01]
    assert [axis.get_major_formatter()(place, None) for place in shown] == said
    assert {axis.get_minor_formatter()(place, None) for place in axis.get_minorticklocs()} <= {""}


def test_panels_keep_what_they_were_given():
    part = {"x": [1, 10], "ys": {"a": [1, 2]}, "xscale": "log", "ylim": (0, 5)}
    ax, other = plot.panels({"one": part, "two": {"x": [0], "ys": {"a": [0], "b": [1]}}}).axes
    assert "x" in part and ax.get_title() == "one" and ax.get_xscale() == "log" and ax.get_ylim() == (0, 5)
    assert ax.get_legend() is None and len(other.get_legend().get_texts()) == 2


def test_the_best_epoch_is_marked():
    ax = plot.progress({"run": ([3, 2, 1], [3.5, 2.5, 2.8])}).axes[0]
    (mark,) = (line for line in ax.lines if line.get_marker() not in ("None", "", None))
    assert mark.get_xydata().tolist() == [[2, 2.5]]
    ax = plot.progress({"run": (None, [0.1, 0.5, 0.4])}, ylabel="accuracy", lowest=False).axes[0]
    (mark,) = (line for line in ax.lines if line.get_marker() not in ("None", "", None))
    assert mark.get_xydata().tolist() == [[2, 0.5]]


def test_equal_axes_are_asked_for():
    options = dict(xlim=(-4, 4), ylim=(-1, 1), labels=("a", "b"))
    fig = plot.surface(lambda a, b: a**2 + b**2 + 1, {"p": {"q": np.ones((3, 2))}}, equal=True, **options)
    assert fig.axes[0].get_aspect() == 1


def test_paths_show_where_they_begin():
    path = np.array([[3.0, 1.0], [2.0, 0.5], [0.0, 0.0]])
    fig = plot.surface(lambda a, b: a**2 + b**2 + 1, {"p": {"": path}}, xlim=(-4, 4), ylim=(-1, 1), labels=("a", "b"))
    (ring,) = (line for line in fig.axes[0].lines if line.get_fillstyle() == "none")
    assert ring.get_xydata().tolist() == [[3, 1]]
