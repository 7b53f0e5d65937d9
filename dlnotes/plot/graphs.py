"""Graphs: what is computed from what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dlnotes.numpy.tensor import Tensor
from dlnotes.plot.style import COLOURS, INK, SOFT, canvas, styled

__all__ = ["circuit", "hypernetwork", "network", "tape"]


@styled
def network(sizes: Sequence[int], names: Sequence[str]) -> Figure:
    """Layers of neurons, each joined to all of the next.  `names`: one word for each layer."""
    fig, [[ax]] = canvas(1, 1, 6.6, 2.6)
    at = [np.stack([np.full(m, 1.6 * j), (m - 1) / 2 - np.arange(m)], axis=1) for j, m in enumerate(sizes)]
    for left, right in zip(at, at[1:]):
        for p in left:
            for q in right:
                ax.plot(*np.transpose([p, q]), color=SOFT, linewidth=0.7, zorder=1)
    for j, (spots, name) in enumerate(zip(at, names)):
        colour = SOFT if j == 0 else COLOURS[1 if j == len(at) - 1 else 0]
        ax.scatter(*spots.T, s=330, color="white", edgecolor=colour, linewidth=1.6, zorder=2)
        for i, p in enumerate(spots, 1):
            text = f"$x_{i}$" if j == 0 else f"$h_{i}$" if j == len(at) - 1 else f"$a_{i}^{{{j}}}$"
            ax.text(*p, text, ha="center", va="center_baseline", color=INK, zorder=3)
        ax.text(1.6 * j, -max(sizes) / 2 - 0.35, name, ha="center", va="top", color=INK)
    ax.set(xlim=(-0.5, 1.6 * (len(at) - 1) + 0.5), ylim=(-max(sizes) / 2 - 0.9, max(sizes) / 2))
    ax.set_axis_off()
    return fig


@styled
def hypernetwork(code: int, hidden: int, sizes: Sequence[int]) -> Figure:
    """A network G that reads a code and writes the weights of a network H; each layer's weights have one colour.

    code, hidden: the neurons of G's first two layers.  sizes: of H's layers, input first, at most four.
    What G writes is one row of squares, in the order W1, b1, W2, b2, ...; below, each stands where H uses it.
    """
    if not 2 <= len(sizes) <= 4:
        raise ValueError(f"sizes: expected two to four layers, got {list(sizes)}")
    fig, [[ax]] = canvas(1, 1, 6.6, 3.5)
    top, wide = 3.1, 7.2

    def column(x: float, y: float, m: int, gap: float) -> np.ndarray:
        return np.stack([np.full(m, x), y + gap * ((m - 1) / 2 - np.arange(m))], axis=1)

    def joined(left: np.ndarray, right: np.ndarray, colour: str, width: float) -> None:
        for p in left:
            for q in right:
                ax.plot(*np.transpose([p, q]), color=colour, linewidth=width, zorder=1)

    def word(x: float, y: float, text: str, colour: str = INK, **options: Any) -> None:
        ax.text(x, y, text, color=colour, ha="center", va="center", size=10.5, **options)

    def arrow(start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
        style = dict(arrowstyle="-|>", color=colour, linewidth=1.4, shrinkA=2, shrinkB=2)
        ax.annotate("", end, start, arrowprops=style, zorder=1)

    read, inner = column(0.0, top, code, 0.36), column(0.9, top, hidden, 0.36)
    joined(read, inner, SOFT, 0.7)
    for spots in (read, inner):
        ax.scatter(*spots.T, s=70, color="white", edgecolor=INK, linewidth=1.1, zorder=2)
    word(-0.45, top, "$c$")
    word(0.45, top + 0.18 * max(code, hidden) + 0.25, "$G$")
    arrow((1.1, top), (1.9, top), SOFT)
    pieces = [(m, j, kind) for j, (k, n) in enumerate(zip(sizes, sizes[1:])) for m, kind in ((k * n, "W"), (n, "b"))]
    cell, x = (wide - 2.0) / sum(m for m, _, _ in pieces), 2.0
    at = [column(2.6 + 4.0 * j / (len(sizes) - 1), 0.75, m, 0.42) for j, m in enumerate(sizes)]
    for m, j, kind in pieces:
        for i in range(m):
            ax.add_patch(Rectangle((x + i * cell, top - 0.15), cell, 0.3, facecolor=COLOURS[j],
                                   alpha=0.85 if kind == "W" else 0.4, edgecolor="white", linewidth=1.0))  # fmt: skip
        word(x + m * cell / 2, top + 0.36, f"${kind}^{j + 1}$", COLOURS[j])
        if kind == "W":
            middle = (at[j][0, 0] + at[j + 1][0, 0]) / 2
            arrow((x + m * cell / 2, top - 0.2), (middle, 0.75 + 0.21 * max(sizes) - 0.1), COLOURS[j])
        x += m * cell
    word(1.5, top + 0.24, r"$\theta$")
    for j, (left, right) in enumerate(zip(at, at[1:])):
        joined(left, right, COLOURS[j], 1.6)
    for j, spots in enumerate(at):
        edge = INK if j == 0 else COLOURS[j - 1]
        ax.scatter(*spots.T, s=130, color="white", edgecolor=edge, linewidth=1.6, zorder=2)
    word(2.15, 0.75, "$x$")
    word(7.05, 0.75, "$y$")
    word(1.5, 0.75, "$H$")
    ax.set(xlim=(-0.7, wide + 0.1), ylim=(0.75 - 0.21 * max(sizes) - 0.1, top + 0.18 * max(code, hidden) + 0.5))
    ax.set_axis_off()
    return fig


@styled
def circuit(
    nodes: dict[str, tuple[float, float, Any, Any]], edges: dict[tuple[str, str], tuple[Any, Any]]
) -> Figure:
    """A network with numbers on it: values in blue, and in orange the gradient of the last node with respect to each.

    nodes: name -> (column, row, value, gradient).  edges: (from, to) -> (weight, gradient).
    A number that is None is not written: it is not known yet.
    """
    fig, [[ax]] = canvas(1, 1, 6.6, 3.4)
    blue, orange = COLOURS[:2]

    def write(x: float, y: float, number: Any, colour: str, size: float, **options: Any) -> None:
        if number is not None:
            ax.text(x, y, f"{number:g}".replace("-", "\u2212"), color=colour, size=size, ha="center", **options)

    for (start, end), (weight, gradient) in edges.items():
        p, q = np.array(nodes[start][:2], float), np.array(nodes[end][:2], float)
        ax.plot(*np.transpose([p, q]), color=SOFT, linewidth=0.9, zorder=1)
        share = 0.5 if p[1] == q[1] else 0.3 if p[1] < q[1] else 0.7  # lines that cross have theirs far apart
        x, y = p + share * (q - p)
        write(x, y + 0.04, weight, INK, 10, va="bottom")
        write(x, y - 0.05, gradient, orange, 10, va="top", weight="bold")
    for name, (x, y, value, gradient) in nodes.items():
        ax.scatter(x, y, s=620, color="white", edgecolor=INK, linewidth=1.2, zorder=2)
        ax.text(x, y, f"${name}$", ha="center", va="center_baseline", color=INK, size=12, zorder=3)
        write(x, y + 0.27, value, blue, 12, va="bottom", weight="bold")
        write(x, y - 0.28, gradient, orange, 12, va="top", weight="bold")
    columns, rows = ([node[k] for node in nodes.values()] for k in (0, 1))
    ax.set(xlim=(min(columns) - 0.3, max(columns) + 0.3), ylim=(min(rows) - 0.62, max(rows) + 0.62))
    ax.set_axis_off()
    return fig


@styled
def tape(result: Tensor, names: dict[str, Tensor]) -> Figure:
    """What `result` was computed from: its tape, left to right, with the shape of each array.

    result: a Tensor of dlnotes.numpy that was recorded.  names: what to call the Tensors it began with.
    """
    columns: dict[int, int] = {}
    found: list[Tensor] = []

    def column(node: Tensor) -> int:  # one further than the furthest of its inputs
        if id(node) not in columns:
            columns[id(node)] = max((1 + column(x) for x, _ in node._inputs or ()), default=0)
            found.append(node)
        return columns[id(node)]

    last = column(result)
    for node in found:  # a leaf stands just before its first use
        uses = [columns[id(user)] for user in found if any(x is node for x, _ in user._inputs or ())]
        if not node._inputs and uses:
            columns[id(node)] = min(uses) - 1
    called = {id(t): name for name, t in names.items()}
    fig, [[ax]] = canvas(1, 1, 6.6, 2.0)
    at: dict[int, tuple[float, float]] = {}
    for j in range(last + 1):
        here = [node for node in found if columns[id(node)] == j]
        here.sort(key=lambda node: not node._inputs)  # what was computed runs along the top
        for i, node in enumerate(here):
            at[id(node)] = (j, -float(i))
    for node in found:
        (x, y), computed = at[id(node)], bool(node._inputs)
        name = _operation(node) if computed else called.get(id(node), "?")
        for before, _ in node._inputs or ():
            level = at[id(before)][1] == y  # then the arrow ends beside the box, which is as wide as its name
            gap = max(15, 3 + 2.75 * len(name)) if level else 15
            ax.annotate("", (x, y), at[id(before)], zorder=1,
                        arrowprops=dict(arrowstyle="-|>", color=SOFT, shrinkA=13, shrinkB=gap))  # fmt: skip
        edge = COLOURS[0] if computed else COLOURS[1]
        box = dict(boxstyle="round,pad=0.35", facecolor="white", edgecolor=edge, linewidth=1.2)
        ax.text(x, y, name, ha="center", va="center", color=INK, size=10, bbox=box, zorder=3)
        size = " × ".join(map(str, node.shape)) or "number"
        above = computed and y == 0  # arrows arrive from below
        ax.text(x, y + (0.3 if above else -0.3), size, ha="center", va="bottom" if above else "top", color=INK, size=8)
    rows = [y for _, y in at.values()]
    ax.set(xlim=(-0.5, last + 0.5), ylim=(min(rows) - 0.6, max(rows) + 0.6))
    ax.set_axis_off()
    return fig


def _operation(node: Tensor) -> str:
    """The function that recorded a node: its VJPs were written inside it."""
    assert node._inputs
    name = node._inputs[0][1].__qualname__.partition(".<locals>")[0].rpartition(".")[2].strip("_")
    return {"add": "+", "sub": "−", "mul": "×", "truediv": "÷", "matmul": "@", "pow": "^"}.get(name, name)
