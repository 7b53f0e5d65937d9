"""How good the answers of a classifier are: which classes it mixes up, and whether its confidence can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dlnotes.plot.style import COLOURS, INK, SEQUENTIAL, SOFT, canvas, styled

__all__ = ["confusion", "reliability", "guess"]


@styled
def confusion(counts: Any, names: Sequence[str] = ()) -> Figure:
    """A confusion matrix, (C, C): a row for each true class, a column for each answer, darker for more of the row.

    counts: as `dlnotes.metrics.confusion` gives them.  names: of the classes; their numbers if left out.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(names) not in (0, len(counts)):
        raise ValueError(f"counts: expected (C, C) and C names, got shape {counts.shape} and {len(names)} names")
    n = len(counts)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = min(6.0, 1.4 + 0.42 * n)
    fig, [[ax]] = canvas(1, 1, side, side - 0.3)
    ax.imshow(share, cmap=SEQUENTIAL, vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = "white" if share[i, j] > 0.6 else INK
            ax.text(j, i, f"{count:g}", ha="center", va="center", fontsize=8 if n <= 12 else 6, color=colour)
    labels = list(names) or [str(i) for i in range(n)]
    turned = dict(rotation=40, ha="right", rotation_mode="anchor") if max(map(len, labels)) > 3 else {}
    ax.set_xticks(range(n), labels, **turned)
    ax.set_yticks(range(n), labels)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="answer", ylabel="truth")
    return fig


@styled
def reliability(panels: dict[str, tuple[Any, Any, Any]]) -> Figure:
    """Reliability diagrams: in each bin of confidence, the share of right answers; on the diagonal they are equal.

    panels: title -> (mean confidence, accuracy, share of all answers) of each bin, as `dlnotes.metrics.calibration`
    gives them.  The hatched part is the gap; empty bins are left out; below, how many answers each bin has.
    Source: Guo et al., *On calibration of modern neural networks*, 2017, figure 1.
    """
    width = min(6.6, 3.3 * len(panels))
    fig, axes = canvas(
        2, len(panels), width, width / len(panels) * 1.15, sharex=True, sharey="row", height_ratios=[4, 1]
    )
    for (upper, lower), (title, (confidence, accuracy, share)) in zip(axes.T, panels.items()):
        confidence, accuracy, share = (np.asarray(a, float) for a in (confidence, accuracy, share))
        used = share > 0
        left = np.arange(len(share)) / len(share)
        place: dict[str, Any] = dict(
            width=1 / len(share), align="edge", facecolor=COLOURS[5], edgecolor="white", linewidth=0.8
        )
        upper.bar(left[used], accuracy[used], label="accuracy", **place)
        bottom, gap = np.minimum(accuracy, confidence)[used], abs(confidence - accuracy)[used]
        hatched = dict(facecolor="none", edgecolor=COLOURS[1], hatch="////", linewidth=0.8)
        upper.bar(left[used], gap, bottom=bottom, label="gap", **place | hatched)
        upper.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
        upper.set(title=title, xlim=(0, 1), ylim=(0, 1))
        lower.bar(left, share, **place | {"facecolor": SOFT})
        lower.set(xlabel="confidence", ylim=(0, 1), yticks=[0, 1])
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("share")
    axes[0, 0].legend(loc="upper left")
    return fig


@styled
def guess(image: Any, probabilities: Any, truth: int | None = None) -> Figure:
    """An image (H, W), dark on light, beside a bar for the probability of each class; the largest is blue.

    truth: the class it is; its number is framed.
    """
    p = np.asarray(probabilities, float)
    if p.ndim != 1 or p.min() < 0 or not np.isclose(p.sum(), 1, atol=1e-4):
        raise ValueError(f"probabilities: expected one row that sums to 1, got {np.array2string(p, threshold=12)}")
    fig, [[left, right]] = canvas(1, 2, 5.2, 2.3, width_ratios=[1, 1.25])
    left.imshow(np.asarray(image), cmap="gray_r", vmin=0, vmax=max(1e-9, np.max(image)), interpolation="nearest")
    left.set(xticks=[], yticks=[])
    left.spines[:].set_visible(True)  # where the picture ends, for what is moved in it
    colours = [COLOURS[0] if k == p.argmax() else SOFT for k in range(len(p))]
    right.barh(range(len(p)), p, color=colours, height=0.7)
    for k, share in enumerate(p):
        if share >= 0.005:
            right.text(share + 0.02, k, f"{share:.0%}", va="center", fontsize=8)
    right.set(xlim=(0, 1.18), ylim=(len(p) - 0.4, -0.6), xticks=[0, 0.5, 1], xlabel="probability")
    right.set_yticks(range(len(p)), [str(k) for k in range(len(p))])
    right.tick_params(axis="y", length=0)
    if truth is not None:
        label = right.get_yticklabels()[truth]
        label.set_bbox(dict(boxstyle="square,pad=0.2", facecolor="none", edgecolor=COLOURS[1], linewidth=1.2))
    return fig
