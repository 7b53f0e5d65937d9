"""What goes on inside a network: numbers layer by layer, and where attention looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dlnotes.plot.style import COLOURS, INK, SEQUENTIAL, canvas, styled

__all__ = ["histograms", "attention"]


@styled
def histograms(columns: dict[str, dict[str, Any]], *, limit: float | None = None, bins: int = 60) -> Figure:
    """Histograms of the numbers in each layer, one below the other, with their standard deviation.

    columns: title -> {layer -> values}, for example activations or gradients with two ways to initialise.
    limit: the x axis runs from -limit to limit; by default just far enough for every value drawn.
    Each histogram has its own height, so compare shapes and widths, not heights.
    """
    if not columns or not all(columns.values()):
        raise ValueError("columns: expected at least one layer in each, got none")
    values = {
        title: {name: np.asarray(v, float).ravel() for name, v in layers.items()} for title, layers in columns.items()
    }
    limit = limit or max(abs(v).max(initial=0) for layers in values.values() for v in layers.values()) or 1.0
    rows = max(map(len, values.values()))
    fig, axes = canvas(rows, len(values), 6.6, 0.5 + 0.42 * rows, sharex=True)
    for j, (title, layers) in enumerate(values.items()):
        axes[0, j].set_title(title)
        axes[-1, j].set(xlim=(-limit, limit))
        for ax, (name, v) in zip(axes[:, j], layers.items()):
            ax.hist(v, bins=bins, range=(-limit, limit), color=COLOURS[j % 6], alpha=0.8)
            note = f"std {v.std():.2g}"
            ax.text(0.995, 0.92, note, transform=ax.transAxes, ha="right", va="top", fontsize=8, color=INK)
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
        for ax in axes[:, j]:
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
        for ax in axes[len(layers) :, j]:
            ax.set_axis_off()
    return fig


@styled
def attention(panels: dict[str, Any], queries: Sequence[str], keys: Sequence[str] | None = None) -> Figure:
    """Attention maps: a row for each query, a column for each key, darker for more weight, 0 to 1.

    panels: title -> weights (T, S), rows that sum to 1.  queries, keys: what stands at the T and S places; `keys` are
    the queries if left out.
    """
    keys = queries if keys is None else keys
    for title, weights in panels.items():
        if np.shape(weights) != (len(queries), len(keys)):
            raise ValueError(
                f"panels: expected ({len(queries)}, {len(keys)}), a row for each query and a column for each key, "
                f"got shape {np.shape(weights)} for {title!r}"
            )
    width = min(6.6, 3.3 * len(panels))
    fig, axes = canvas(1, len(panels), width, width / len(panels) * len(queries) / len(keys) + 0.35, sharey=True)
    size = 8 if max(len(queries), len(keys)) * len(panels) <= 40 else 6
    for ax, (title, weights) in zip(axes[0], panels.items()):
        image = ax.imshow(weights, cmap=SEQUENTIAL, vmin=0, vmax=1, interpolation="nearest")
        ax.set(title=title, xlabel="key")
        ax.set_xticks(range(len(keys)), [_visible(k) for k in keys], fontsize=size)
        ax.set_yticks(range(len(queries)), [_visible(q) for q in queries], fontsize=size)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    axes[0, 0].set_ylabel("query")
    scale = fig.colorbar(image, ax=axes, fraction=0.025, pad=0.015, aspect=25, ticks=[0, 0.5, 1])
    scale.outline.set_visible(False)
    return fig


def _visible(token: str) -> str:
    return {" ": "\u2423", "\n": "\u21b5"}.get(token, str(token))
