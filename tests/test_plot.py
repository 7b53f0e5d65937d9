"""Every figure is drawn, closed behind itself, and refuses nothing it promises to take."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import dlnotes.numpy as dn
from dlnotes import plot

RNG = np.random.default_rng(0)
POINTS, LABELS = RNG.normal(size=(12, 2)), np.arange(12) % 2
WEIGHT = dn.tensor(RNG.random((2, 3)), requires_grad=True)
LOSS = (dn.relu(dn.tensor(POINTS) @ WEIGHT) ** 2).sum()
FIGURES = {
    "circuit": lambda: plot.circuit({"x": (0, 0, 1, None), "y": (1, 0, -2.5, 1)}, {("x", "y"): (2, None)}),
    "tape": lambda: plot.tape(LOSS, {"W": WEIGHT}),
    "curves": lambda: plot.curves([1, 2, 4], {"a": [1, 2, 3], "b": [3, 2, 1]}, xlabel="x", ylabel="y",
                                  bands={"a": ([0, 1, 2], [2, 3, 4])}, markers=True, xscale="log"),
    "curves, one x each": lambda: plot.curves({"a": [1, 2]}, {"a": [0, 1]}, xlabel="x", ylabel="y"),
    "decision": lambda: plot.decision({"module": dn.Linear(2, 2), "score": lambda x: x[:, 0]}, POINTS, LABELS),
    "half_planes": lambda: plot.half_planes({"one": ([1, 1], 0), "two": ([2, -1], 3), "none": ([0, 0], 1)}),
    "images": lambda: plot.images(RNG.random((7, 4, 4)), range(7), columns=5),
    "network": lambda: plot.network([2, 3, 1], ["in", "hidden", "out"]),
    "numbers": lambda: plot.numbers({"a": RNG.random((3, 4)), "zero": np.zeros((2, 2))}),
    "regions": lambda: plot.regions({"two": RNG.random((100, 2)) > 0.5}, limit=1),
    "surface": lambda: plot.surface(lambda a, b: a**2 + b**2, {"p": {"q": np.ones((3, 2)), "r": np.zeros((2, 2))}},
                                    xlim=(-1, 1), ylim=(-1, 1), labels=("a", "b"), log=False),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    before = plt.rcParams["text.color"]
    fig = FIGURES[name]()
    fig.canvas.draw()
    assert not plt.get_fignums()  # closed: a notebook shows it once
    assert plt.rcParams["text.color"] == before  # the style stays inside
    assert fig.get_facecolor()[3] == 0  # no background: both themes
    assert all(ax.has_data() or not ax.axison for ax in fig.axes)


def test_every_public_figure_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(plot.__all__)


def test_decision_draws_the_class_of_each_point():
    fig = plot.decision({"score": lambda x: x[:, 0]}, POINTS, LABELS)
    mesh = fig.axes[0].collections[0]
    chosen = mesh.get_array().reshape(200, 240)
    assert (chosen[:, 0] == 0).all() and (chosen[:, -1] == 1).all()


def test_regions_colour_each_pattern_once():
    side = np.linspace(-1, 1, 20)
    x, y = np.meshgrid(side, side)
    fig = plot.regions({"four": np.stack([x.ravel() > 0, y.ravel() > 0], 1)}, limit=1)
    assert len(np.unique(np.asarray(fig.axes[0].images[0].get_array()).reshape(-1, 3), axis=0)) == 4


def test_circuit_writes_what_is_known():
    fig = plot.circuit({"x": (0, 0, 1, None), "y": (1, 0, -2.5, 1)}, {("x", "y"): (2, None)})
    assert sorted(text.get_text() for text in fig.axes[0].texts) == ["$x$", "$y$", "1", "1", "2", "\u22122.5"]


def test_tape_names_the_operations_and_the_shapes():
    words = [text.get_text() for text in plot.tape(LOSS, {"W": WEIGHT}).axes[0].texts if text.get_text()]
    assert sorted(words) == sorted(["W", "2 × 3", "@", "relu", "^", *["12 × 3"] * 3, "sum", "number"])
    assert "?" in [text.get_text() for text in plot.tape(LOSS, {}).axes[0].texts]
