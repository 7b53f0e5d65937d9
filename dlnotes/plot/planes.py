"""The plane of inputs: what a neuron, a network or a model makes of each of its points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from dlnotes.plot.style import COLOURS, INK, MARKERS, PALE, SOFT, canvas, styled
from dlnotes.train import predict

__all__ = ["decision", "half_planes", "regions", "valley"]


@styled
def decision(
    models: dict[str, Any], points: np.ndarray, labels: np.ndarray, *, margin: float = 0.4
) -> Figure:
    """Which class each model gives every point of the plane, with the data on top, and a key to the classes.

    models: title -> a Module, or a function of points (n, 2), that returns one score per point (class 1
    above 0) or one score per class.  Three or more share the width of the page.
    """
    (x0, y0), (x1, y1) = points.min(0) - margin, points.max(0) + margin
    gx, gy = np.meshgrid(np.linspace(x0, x1, 240), np.linspace(y0, y1, 200))
    grid = np.stack([gx.ravel(), gy.ravel()], axis=1)
    width = min(6.6, 3.3 * len(models))
    fig, axes = canvas(1, len(models), width, 0.55 + 2.4 / 3.3 * width / len(models), sharey=True)
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
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower right", ncols=6, handletextpad=0.1)
    return fig


@styled
def half_planes(neurons: dict[str, tuple[Any, float]], *, limit: float = 3.0) -> Figure:
    """The line w . x + b = 0 of each neuron, its weight vector, and the half-plane in which it is active.

    neurons: title -> (w of two numbers, b).
    """
    gx, gy = np.meshgrid(*[np.linspace(-limit, limit, 200)] * 2)
    side = 3.2 if len(neurons) == 1 else 2.2
    fig, axes = canvas(1, len(neurons), side * len(neurons), side + 0.3, sharey=True)
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


@styled
def regions(patterns: dict[str, np.ndarray], *, limit: float) -> Figure:
    """The pieces of the plane on which a ReLU network is linear: one colour for each activation pattern.

    patterns: title -> booleans (n * n, neurons) on the n x n grid over [-limit, limit]^2, row by row.
    """
    fig, axes = canvas(1, len(patterns), 3.3 * len(patterns), 3.2, sharey=True)
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


@styled
def valley(
    points: np.ndarray, J: Callable[[np.ndarray, np.ndarray], np.ndarray], path: np.ndarray, *, limit: float,
    best: tuple[float, float],
) -> Figure:  # fmt: skip
    """Data in the plane, and beside them the cost of two weights: a path of descent, and a ring where it is lowest.

    J: arrays (w1, w2) -> cost.  path: (steps, 2).  limit: of the data; the weights drawn lie around `best`, as far away
    as the path begins.
    """
    fig, axes = canvas(1, 2, 6.6, 3.0)
    cloud, ax = axes[0]
    cloud.scatter(*points.T, s=8, color=COLOURS[0], edgecolor="white", linewidth=0.3)
    ends = (-limit, limit)
    cloud.set(title="the data", xlabel="$x_1$", ylabel="$x_2$", xlim=ends, ylim=ends, aspect="equal")
    reach = 1.3 * abs(path - best).max()
    window = [(centre - reach, centre + reach) for centre in best]
    a, b = np.meshgrid(*(np.linspace(*side, 120) for side in window))
    cost = J(a, b)
    levels = np.geomspace(cost.min() + 1e-4 * np.ptp(cost), cost.max(), 12)
    ax.contour(a, b, cost, levels=levels, colors="#b4b9c1", linewidths=0.6)
    ax.plot(*path.T, color=COLOURS[1], marker="o", markersize=2.6, linewidth=1.3)
    ax.plot(*best, "o", color=COLOURS[0], fillstyle="none", markersize=8)
    ax.set(title="the cost", xlabel="$w_1$", ylabel="$w_2$", xlim=window[0], ylim=window[1], aspect="equal")
    return fig
