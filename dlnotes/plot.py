"""The book's figures: one function for each kind, one style for all.

Every function returns a matplotlib Figure, drawn in dark ink on no background: on the website the dark
theme turns its lightness round.  Colours are Okabe and Ito's, told apart by colour-blind readers, and
lines differ in dash as well, so that they can be told apart in grey.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dlnotes.numpy.tensor import Tensor
from dlnotes.train import predict

__all__ = [
    "circuit", "curves", "decision", "half_planes", "images", "network", "numbers", "regions", "surface", "tape",
]  # fmt: skip

INK, SOFT = "#22262e", "#8a8f98"
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#a0528c", "#8a6d00", "#4b8fb8"]
DASHES = ["-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (7, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (9, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P"]
PALE = ListedColormap(["#cfe3f1", "#f8dcc8", "#cdeade", "#ead5e4"])

STYLE: dict[Any, Any] = {
    "figure.dpi": 144, "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "font.size": 9, "axes.titlesize": 9.5, "axes.labelsize": 9, "legend.fontsize": 8.5,
    "mathtext.fontset": "dejavusans", "figure.constrained_layout.use": True,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": SOFT, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "lines.linewidth": 1.8,
    "xtick.major.width": 0.8, "ytick.major.width": 0.8, "legend.frameon": False,
}  # fmt: skip


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    @functools.wraps(draw)
    def inside(*args: Any, **options: Any) -> Figure:
        with plt.rc_context(STYLE):
            return draw(*args, **options)

    return inside


def _panels(rows: int, columns: int, width: float, height: float, **options: Any) -> tuple[Figure, Any]:
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    plt.close(fig)  # shown once, as the value of its cell
    return fig, axes


@_styled
def curves(
    x: Any, ys: dict[str, Any], *, xlabel: str, ylabel: str, bands: dict[str, Any] | None = None,
    markers: bool = False, height: float = 2.7, **axis: Any,
) -> Figure:  # fmt: skip
    """Labelled lines over `x`, one for each entry of `ys`.

    x: shared by all, or a dict of one array for each label.
    bands: label -> (low, high), drawn as a shade.
    markers: mark the points, and name them on the x axis, where they are few.
    axis: anything `Axes.set` takes (xscale, ylim, ...).
    """
    fig, [[ax]] = _panels(1, 1, 6.6, height)
    for i, (label, y) in enumerate(ys.items()):
        at = x[label] if isinstance(x, dict) else x
        ax.plot(at, y, color=COLOURS[i % 6], linestyle=DASHES[i % 6], label=label,
                marker=MARKERS[i % 6] if markers else None, markersize=4.5)  # fmt: skip
        if bands and label in bands:
            ax.fill_between(at, *bands[label], color=COLOURS[i % 6], alpha=0.15, linewidth=0)
    ax.set(xlabel=xlabel, ylabel=ylabel, **axis)
    if markers:
        ax.set_xticks(x, [f"{at:g}" for at in x])
        ax.minorticks_off()
    if len(ys) > 1:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(ys), handlelength=2.6)  # above the lines
    return fig


@_styled
def decision(
    models: dict[str, Any], points: np.ndarray, labels: np.ndarray, *, margin: float = 0.4
) -> Figure:
    """Which class each model gives every point of the plane, with the data on top.

    models: title -> a Module, or a function of points (n, 2), that returns one score per point (class 1
    above 0) or one score per class.
    """
    (x0, y0), (x1, y1) = points.min(0) - margin, points.max(0) + margin
    gx, gy = np.meshgrid(np.linspace(x0, x1, 240), np.linspace(y0, y1, 200))
    grid = np.stack([gx.ravel(), gy.ravel()], axis=1)
    fig, axes = _panels(1, len(models), 3.3 * len(models), 2.7, sharey=True)
    for ax, (title, model) in zip(axes[0], models.items()):
        scores = np.asarray(predict(model, grid) if hasattr(model, "parameters") else model(grid))
        flat = scores.ndim == 1 or scores.shape[1] == 1
        chosen = (scores.reshape(-1) > 0).astype(int) if flat else scores.argmax(1)
        ax.pcolormesh(gx, gy, chosen.reshape(gx.shape), cmap=PALE, vmin=0, vmax=3, shading="nearest", rasterized=True)
        for c in np.unique(labels):
            own = points[labels == c]
            ax.scatter(*own.T, s=70 if len(points) < 10 else 12, color=COLOURS[c], marker=MARKERS[c],
                       edgecolor="white", linewidth=0.5, label=f"class {c}")  # fmt: skip
        ax.set(title=title, xlabel="$x_1$", xlim=(x0, x1), ylim=(y0, y1))
    axes[0, 0].set_ylabel("$x_2$")
    return fig


@_styled
def half_planes(neurons: dict[str, tuple[Any, float]], *, limit: float = 3.0) -> Figure:
    """The line w . x + b = 0 of each neuron, its weight vector, and the half-plane in which it is active.

    neurons: title -> (w of two numbers, b).
    """
    gx, gy = np.meshgrid(*[np.linspace(-limit, limit, 200)] * 2)
    side = 3.2 if len(neurons) == 1 else 2.2
    fig, axes = _panels(1, len(neurons), side * len(neurons), side + 0.3, sharey=True)
    for ax, (title, (w, b)) in zip(axes[0], neurons.items()):
        w = np.asarray(w, float)
        z = w[0] * gx + w[1] * gy + b
        if w.any():
            ax.contourf(gx, gy, z, levels=[0, np.inf], colors=[PALE(0)])
            ax.contour(gx, gy, z, levels=[0], colors=[COLOURS[0]], linewidths=1.8)
            foot = -b * w / (w @ w)
            arrow = {"arrowstyle": "-|>", "color": COLOURS[1], "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
            note = ax.annotate("", foot + w, foot, arrowprops=arrow, annotation_clip=False, in_layout=False)
            note.arrow_patch.set_clip_box(ax.bbox)  # a long arrow leaves the picture, and does not stretch it
        elif b > 0:  # no line: active everywhere, or nowhere
            ax.axhspan(-limit, limit, color=PALE(0), linewidth=0)
        ax.plot(0, 0, "+", color=SOFT, markersize=7)
        ax.set(title=title, xlabel="$x_1$", aspect="equal", xlim=(-limit, limit), ylim=(-limit, limit))
    axes[0, 0].set_ylabel("$x_2$")
    return fig


@_styled
def network(sizes: Sequence[int], names: Sequence[str]) -> Figure:
    """Layers of neurons, each joined to all of the next.  `names`: one word for each layer."""
    fig, [[ax]] = _panels(1, 1, 6.6, 2.6)
    at = [np.stack([np.full(m, 1.6 * j), (m - 1) / 2 - np.arange(m)], axis=1) for j, m in enumerate(sizes)]
    for left, right in zip(at, at[1:]):
        for p in left:
            for q in right:
                ax.plot(*np.transpose([p, q]), color=SOFT, linewidth=0.7, zorder=1)
    for j, (spots, name) in enumerate(zip(at, names)):
        colour = SOFT if j == 0 else COLOURS[1 if j == len(at) - 1 else 0]
        ax.scatter(*spots.T, s=330, color="white", edgecolor=colour, linewidth=1.6, zorder=2)
        for i, p in enumerate(spots, 1):
            text = f"$x_{i}$" if j == 0 else f"$a_{i}^{{{j}}}$"
            ax.text(*p, text, ha="center", va="center_baseline", color=INK, zorder=3)
        ax.text(1.6 * j, -max(sizes) / 2 - 0.35, name, ha="center", va="top", color=INK)
    ax.set(xlim=(-0.5, 1.6 * (len(at) - 1) + 0.5), ylim=(-max(sizes) / 2 - 0.9, max(sizes) / 2))
    ax.set_axis_off()
    return fig


@_styled
def circuit(
    nodes: dict[str, tuple[float, float, Any, Any]], edges: dict[tuple[str, str], tuple[Any, Any]]
) -> Figure:
    """A network with numbers on it: values in blue, and in orange the gradient of the last node with respect to each.

    nodes: name -> (column, row, value, gradient).  edges: (from, to) -> (weight, gradient).
    A number that is None is not written: it is not known yet.
    """
    fig, [[ax]] = _panels(1, 1, 6.6, 3.4)
    blue, orange = COLOURS[:2]

    def write(x: float, y: float, number: Any, colour: str, size: float, **options: Any) -> None:
        if number is not None:
            ax.text(x, y, f"{number:g}".replace("-", "\u2212"), color=colour, size=size, ha="center", **options)

    for (start, end), (weight, gradient) in edges.items():
        p, q = np.array(nodes[start][:2], float), np.array(nodes[end][:2], float)
        ax.plot(*np.transpose([p, q]), color=SOFT, linewidth=0.9, zorder=1)
        x, y = p + (0.3 if p[1] == q[1] else 0.66) * (q - p)  # where lines that cross have parted again
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


@_styled
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
    fig, [[ax]] = _panels(1, 1, 6.6, 2.0)
    at: dict[int, tuple[float, float]] = {}
    for j in range(last + 1):
        here = [node for node in found if columns[id(node)] == j]
        here.sort(key=lambda node: not node._inputs)  # what was computed runs along the top
        for i, node in enumerate(here):
            at[id(node)] = (j, -float(i))
    for node in found:
        (x, y), computed = at[id(node)], bool(node._inputs)
        for before, _ in node._inputs or ():
            ax.annotate("", (x, y), at[id(before)], zorder=1,
                        arrowprops=dict(arrowstyle="-|>", color=SOFT, shrinkA=13, shrinkB=15))  # fmt: skip
        name = _operation(node) if computed else called.get(id(node), "?")
        edge = COLOURS[0] if computed else COLOURS[1]
        box = dict(boxstyle="round,pad=0.35", facecolor="white", edgecolor=edge, linewidth=1.2)
        ax.text(x, y, name, ha="center", va="center", color=INK, size=10, bbox=box, zorder=3)
        size = " × ".join(map(str, node.shape)) or "number"
        ax.text(x, y - 0.3, size, ha="center", va="top", color=INK, size=8)
    rows = [y for _, y in at.values()]
    ax.set(xlim=(-0.5, last + 0.5), ylim=(min(rows) - 0.6, max(rows) + 0.4))
    ax.set_axis_off()
    return fig


def _operation(node: Tensor) -> str:
    """The function that recorded a node: its VJPs were written inside it."""
    assert node._inputs
    name = node._inputs[0][1].__qualname__.partition(".<locals>")[0].rpartition(".")[2].strip("_")
    return {"add": "+", "sub": "−", "mul": "×", "truediv": "÷", "matmul": "@", "pow": "^"}.get(name, name)


@_styled
def numbers(tables: dict[str, np.ndarray]) -> Figure:
    """Small matrices as numbers in squares, side by side, darker where they are larger."""
    widths = [table.shape[1] for table in tables.values()]
    fig, axes = _panels(1, len(tables), 6.6, 3.0, gridspec_kw={"width_ratios": widths})
    for ax, (title, table) in zip(axes[0], tables.items()):
        shade = 0.2 * abs(table) / (abs(table).max() or 1)
        ax.imshow(np.zeros(table.shape), cmap="Greys", alpha=shade, vmin=-1, vmax=0)
        for (i, j), value in np.ndenumerate(table + 0.0):  # no minus zero
            text = f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
            ax.text(j, i, text, ha="center", va="center", color=INK, fontsize=8)
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=SOFT, linewidth=0.5, clip_on=False))
        ax.set(title=title)
        ax.set_axis_off()
    return fig


@_styled
def regions(patterns: dict[str, np.ndarray], *, limit: float) -> Figure:
    """The pieces of the plane on which a ReLU network is linear: one colour for each activation pattern.

    patterns: title -> booleans (n * n, neurons) on the n x n grid over [-limit, limit]^2, row by row.
    """
    fig, axes = _panels(1, len(patterns), 3.3 * len(patterns), 3.2, sharey=True)
    for ax, (title, signs) in zip(axes[0], patterns.items()):
        n = round(len(signs) ** 0.5)
        _, code = np.unique(signs @ 2.0 ** np.arange(signs.shape[1]), return_inverse=True)
        code = code.reshape(n, n)
        tints = np.random.default_rng(3).uniform(0.72, 0.97, (code.max() + 1, 3))
        ax.imshow(tints[code], origin="lower", extent=[-limit, limit] * 2, interpolation="nearest")
        edges = np.zeros((n, n), bool)
        for axis in (0, 1):
            edges |= np.roll(code, 1, axis) != code
        edges[0] = edges[:, 0] = False  # roll wraps round
        edges |= np.roll(edges, 1, 0)  # two pixels wide
        ax.imshow(np.ma.masked_equal(edges, False), cmap=ListedColormap([INK]), origin="lower",
                  extent=[-limit, limit] * 2, interpolation="nearest")  # fmt: skip
        ax.set(title=title, xlabel="$x_1$")
    axes[0, 0].set_ylabel("$x_2$")
    return fig


@_styled
def images(pictures: np.ndarray, titles: Sequence[Any], *, columns: int = 10) -> Figure:
    """Grey images (N, H, W) in a grid, dark on light, with a title above each."""
    rows = -(-len(pictures) // columns)
    fig, axes = _panels(rows, columns, 6.6, 6.6 / columns * rows * 1.3)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pictures, titles):
        ax.imshow(picture, cmap="gray_r", interpolation="nearest")
        ax.set_title(str(title), fontsize=8.5, pad=3)
    return fig


@_styled
def surface(
    J: Callable[[np.ndarray, np.ndarray], np.ndarray],
    panels: dict[str, dict[str, np.ndarray]],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    labels: tuple[str, str],
    log: bool = True,
) -> Figure:
    """Contours of a cost of two parameters, with paths of descent on them.

    J: arrays (a, b) -> cost.  panels: title -> {label: path (steps, 2)}.  log: contours at equal ratios.
    """
    a, b = np.meshgrid(np.linspace(*xlim, 160), np.linspace(*ylim, 140))
    cost = J(a, b)
    levels = np.geomspace(cost.min() + 1e-3 * np.ptp(cost), cost.max(), 14) if log else 14
    fig, axes = _panels(1, len(panels), 6.6 if len(panels) > 1 else 4.6, 2.5, sharey=True)
    for ax, (title, paths) in zip(axes[0], panels.items()):
        ax.contour(a, b, cost, levels=levels, colors="#b4b9c1", linewidths=0.6)
        for i, (label, path) in enumerate(paths.items()):
            ax.plot(*np.transpose(path), color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i],
                    markersize=2.6, linewidth=1.3, label=label)  # fmt: skip
        ax.set(title=title, xlabel=labels[0], xlim=xlim, ylim=ylim)
        if len(paths) > 1:
            ax.legend(loc="best")
    axes[0, 0].set_ylabel(labels[1])
    return fig
