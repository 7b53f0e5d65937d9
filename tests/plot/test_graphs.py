"""What is computed from what."""

import numpy as np
import pytest

import dlnotes.numpy as dn
from dlnotes import plot
from dlnotes.plot import graphs
from tests.plot.figures import keeps_the_style

WEIGHT = dn.tensor(np.ones((2, 3)), requires_grad=True)
LOSS = (dn.relu(dn.ones(12, 2) @ WEIGHT) ** 2).sum()
FIGURES = {
    "circuit": lambda: plot.circuit({"x": (0, 0, 1, None), "y": (1, 0, -2.5, 1)}, {("x", "y"): (2, None)}),
    "hypernetwork": lambda: plot.hypernetwork(2, 4, [1, 4, 1]),
    "hypernetwork, deeper": lambda: plot.hypernetwork(1, 3, [2, 3, 2, 1]),
    "network": lambda: plot.network([2, 3, 1], ["in", "hidden", "out"]),
    "tape": lambda: plot.tape(LOSS, {"W": WEIGHT}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(graphs.__all__)


def test_circuit_writes_what_is_known():
    fig = plot.circuit({"x": (0, 0, 1, None), "y": (1, 0, -2.5, 1)}, {("x", "y"): (2, None)})
    assert sorted(text.get_text() for text in fig.axes[0].texts) == ["$x$", "$y$", "1", "1", "2", "\u22122.5"]


def test_tape_names_the_operations_and_the_shapes():
    words = [text.get_text() for text in plot.tape(LOSS, {"W": WEIGHT}).axes[0].texts if text.get_text()]
    assert sorted(words) == sorted(["W", "2 × 3", "@", "relu", "^", *["12 × 3"] * 3, "sum", "number"])
    assert "?" in [text.get_text() for text in plot.tape(LOSS, {}).axes[0].texts]


def test_a_hypernetwork_has_a_square_for_each_weight():
    ax = plot.hypernetwork(2, 4, [2, 3, 1]).axes[0]
    squares = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    assert len(squares) == (2 * 3 + 3) + (3 * 1 + 1)
    assert {"$W^1$", "$b^1$", "$W^2$", "$b^2$"} <= {text.get_text() for text in ax.texts}
    with pytest.raises(ValueError, match="sizes: expected two to four layers"):
        plot.hypernetwork(2, 4, [3])
