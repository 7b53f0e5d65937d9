"""Grids: arrays as the squares they are, with their numbers or in grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dlnotes.plot.style import INK, SOFT, canvas, styled

__all__ = ["images", "numbers"]


@styled
def numbers(tables: dict[str, np.ndarray]) -> Figure:
    """Small matrices as numbers in squares, side by side, darker where they are larger."""
    widths = [table.shape[1] for table in tables.values()]
    fig, axes = canvas(1, len(tables), 6.6, 3.0, gridspec_kw={"width_ratios": widths})
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


@styled
def images(pictures: np.ndarray, titles: Sequence[Any], *, columns: int = 10) -> Figure:
    """Grey images (N, H, W) in a grid, dark on light, with a title above each."""
    rows = -(-len(pictures) // columns)
    fig, axes = canvas(rows, columns, 6.6, 6.6 / columns * rows * 1.3)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pictures, titles):
        ax.imshow(picture, cmap="gray_r", interpolation="nearest")
        ax.set_title(str(title), fontsize=8.5, pad=3)
    return fig
