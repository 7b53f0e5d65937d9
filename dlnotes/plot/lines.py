"""Lines: numbers against numbers, and paths over a landscape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dlnotes.plot.style import COLOURS, DASHES, INK, MARKERS, canvas, readable, styled

__all__ = ["curves", "panels", "progress", "surface"]


@styled
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
    fig, [[ax]] = canvas(1, 1, 6.6, height)
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
    else:
        readable(ax)
    if len(ys) > 1:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(ys), handlelength=2.6)  # above the lines
    return fig


@styled
def panels(parts: dict[str, dict[str, Any]], *, height: float = 2.7) -> Figure:
    """Labelled lines as in `curves`, in panels side by side.

    parts: title -> what the panel shows: `x` and `ys` as in `curves`, and what `Axes.set` takes (xlabel, ylim, ...).
    """
    fig, axes = canvas(1, len(parts), 6.6, height)
    for ax, (title, part) in zip(axes[0], parts.items()):
        options = dict(part)
        x, ys = options.pop("x"), options.pop("ys")
        for i, (label, y) in enumerate(ys.items()):
            at = x[label] if isinstance(x, dict) else x
            ax.plot(at, y, color=COLOURS[i % 6], linestyle=DASHES[i % 6], label=label)
        ax.set(**options)
        ax.set_title(title, pad=20 if len(ys) > 1 else None)  # the key stands between the title and the lines
        readable(ax)
        if len(ys) > 1:
            ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(ys), handlelength=2.2, borderaxespad=0.2)
    return fig


@styled
def progress(
    runs: dict[str, tuple[Any, Any]], *, xlabel: str = "epoch", ylabel: str = "loss", lowest: bool = True,
    height: float = 2.9, **axis: Any,
) -> Figure:  # fmt: skip
    """Learning curves: for each run, what was measured on the training data, dashed, and on the validation data.

    runs: label -> (training, validation), one number for each epoch, the first being epoch 1; None for what was not
    measured.
    lowest: mark the lowest point of each validation curve, the best epoch by loss (or, if False, the highest).
    """
    fig, [[ax]] = canvas(1, 1, 6.6, height)
    for i, (label, (training, validation)) in enumerate(runs.items()):
        if training is not None:
            ax.plot(range(1, len(training) + 1), training, color=COLOURS[i % 6], linestyle=DASHES[1], linewidth=1.3)
        if validation is not None:
            values = np.asarray(validation, float)
            best = int(np.nanargmin(values if lowest else -values))
            ax.plot(range(1, len(values) + 1), values, color=COLOURS[i % 6], label=label)
            ax.plot(best + 1, values[best], MARKERS[i % 6], color=COLOURS[i % 6], markersize=6)
        elif training is not None:
            ax.lines[-1].set_label(label)
    ax.plot([], [], color=INK, linestyle=DASHES[1], linewidth=1.3, label="training")
    ax.plot([], [], color=INK, label="validation")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set(xlabel=xlabel, ylabel=ylabel, **axis)
    readable(ax)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(runs) + 2, handlelength=2.6)
    return fig


@styled
def surface(
    J: Callable[[np.ndarray, np.ndarray], np.ndarray],
    panels: dict[str, dict[str, np.ndarray]],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    labels: tuple[str, str],
    log: bool = True,
    equal: bool = False,
) -> Figure:
    """Contours of a cost of two parameters, with paths of descent on them, a ring where each begins.

    J: arrays (a, b) -> cost.  panels: title -> {label: path (steps, 2)}.  log: contours at equal ratios.
    equal: one unit is as long upwards as sideways, so that right angles are right.
    """
    a, b = np.meshgrid(np.linspace(*xlim, 160), np.linspace(*ylim, 140))
    cost = J(a, b)
    levels = np.geomspace(cost.min() + 1e-3 * np.ptp(cost), cost.max(), 14) if log else 14
    fig, axes = canvas(1, len(panels), 6.6 if len(panels) > 1 else 4.6, 2.5, sharey=True)
    for ax, (title, paths) in zip(axes[0], panels.items()):
        ax.contour(a, b, cost, levels=levels, colors="#b4b9c1", linewidths=0.6)
        for i, (label, path) in enumerate(paths.items()):
            ax.plot(*np.transpose(path), color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i],
                    markersize=2.6, linewidth=1.3, label=label)  # fmt: skip
            ax.plot(*path[0], marker="o", color=COLOURS[i], fillstyle="none", markersize=7)  # where it starts
        ax.set(title=title, xlabel=labels[0], xlim=xlim, ylim=ylim, aspect="equal" if equal else "auto")
        if len(paths) > 1:
            ax.legend(loc="best")
    axes[0, 0].set_ylabel(labels[1])
    return fig
