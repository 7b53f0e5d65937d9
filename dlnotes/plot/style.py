"""What all figures share: ink, colours, dashes, and a canvas of panels."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK, SOFT = "#22262e", "#8a8f98"
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#a0528c", "#8a6d00", "#4b8fb8"]
DASHES = ["-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (7, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (9, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P"]
PALE = ListedColormap(["#cfe3f1", "#f8dcc8", "#cdeade", "#ead5e4"])
# From paper to a dark blue, and from a dark orange over paper to that blue: both get steadily darker, also in grey.
SEQUENTIAL = LinearSegmentedColormap.from_list("dlnotes", ["#fffef9", "#9cc5e2", "#0072b2", "#00304d"])
DIVERGING = LinearSegmentedColormap.from_list("dlnotes", ["#7a2f00", "#d55e00", "#fffef9", "#0072b2", "#003f66"])

STYLE: dict[Any, Any] = {
    "figure.dpi": 144, "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "font.size": 9, "axes.titlesize": 9.5, "axes.labelsize": 9, "legend.fontsize": 8.5,
    "mathtext.fontset": "dejavusans", "figure.constrained_layout.use": True,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": SOFT, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "lines.linewidth": 1.8,
    "xtick.major.width": 0.8, "ytick.major.width": 0.8, "legend.frameon": False,
}  # fmt: skip


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in the book's style, which ends with the figure."""

    @functools.wraps(draw)
    def inside(*args: Any, **options: Any) -> Figure:
        with plt.rc_context(STYLE):
            return draw(*args, **options)

    return inside


def readable(ax: Axes) -> None:
    """Ticks of log axes as one would say them: 0.01, 1, 500; powers of ten where those get long."""
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            low, high = sorted(axis.get_view_interval())
            decades = math.log10(high / low)
            axis.set_major_locator(LogLocator(subs=(1,) if decades > 2.5 else (1, 3) if decades > 1.2 else (1, 2, 5)))
            axis.set_major_formatter(FuncFormatter(_said))
            axis.set_minor_formatter(NullFormatter())


def _said(value: float, place: Any = None) -> str:
    if 1e-3 <= value < 1e5:
        return f"{value:,.10g}"
    power = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10**power)
    return f"$10^{{{power}}}$" if digit == 1 else f"${digit} \\cdot 10^{{{power}}}$"


def canvas(rows: int, columns: int, width: float, height: float, **options: Any) -> tuple[Figure, Any]:
    """A figure of rows x columns axes, in inches; `options` are those of `plt.subplots`."""
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    plt.close(fig)  # shown once, as the value of its cell
    return fig, axes
