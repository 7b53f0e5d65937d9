"""`stepper`: a kernel goes over a small image, one product at a time.

The page computes it, by `slide` in stepper.js; `step` here is the same in NumPy, for the still picture.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import anywidget
import numpy as np
import traitlets

from dlnotes import plot
from dlnotes.explore.figure import FOLDER, Still, style, widget
from dlnotes.explore.frames import leave, picture

KERNELS: dict[str, Any] = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "box": [[1 / 9] * 3] * 3,
    "Gaussian": (np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256).tolist(),
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "Sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "rows of \N{MINUS SIGN}1, 0, 1": [[-1, 0, 1]] * 3,
}
MODES = ["convolution", "correlation"]
LIMITS = {"stride": (1, 4), "padding": (0, 3), "dilation": (1, 3)}
LARGEST, LARGEST_KERNEL = 12, 7  # rows and columns: numbers that can still be read
STROKE = [
    [0, 0, 0, 0, 0, 0, 0],
    [0, 0, 9, 9, 9, 0, 0],
    [0, 0, 0, 0, 9, 0, 0],
    [0, 0, 0, 9, 5, 0, 0],
    [0, 0, 0, 9, 0, 0, 0],
    [0, 0, 5, 9, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0],
]  # a seven


def step(image: np.ndarray, kernel: np.ndarray, mode: str, row: int, column: int, dilation: int = 1) -> np.ndarray:
    """The products where the kernel's first tap lies on `row`, `column`; their sum is the output there."""
    applied = kernel[::-1, ::-1] if mode == "convolution" else kernel
    taps = np.ix_(row + dilation * np.arange(kernel.shape[0]), column + dilation * np.arange(kernel.shape[1]))
    return image[taps] * applied


class Stepper(anywidget.AnyWidget):
    """What Jupyter shows: the page computes, Python only says what with."""

    _esm = widget("stepper")
    _css = style()
    state = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return _text(self.state["name"])


def stepper(
    image: Any = STROKE, kernel: Any = "Sobel x", mode: str = "convolution", *,
    stride: int = 1, padding: int = 0, dilation: int = 1, name: str = "stepper",
) -> Stepper | Still:  # fmt: skip
    """A kernel over a small image, step by step: the patch, the products, and their sum in the output.

    image: numbers, up to 12 rows and columns.
    kernel: the first one shown, a name in KERNELS or up to 7 rows and columns of numbers; or a dict of such by name.
    stride, padding, dilation: as conv2d's; 1 to 4, 0 to 3 and 1 to 3.

    The reader can change all but the image, and lay the kernel on a picture from disk, which stays in the page.
    """
    pixel = _table("image", image, LARGEST)
    kernels, first = _kernels(kernel)
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {', '.join(MODES)}, got {mode!r}")
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    for each, (low, high) in LIMITS.items():
        if not isinstance(how[each], int) or isinstance(how[each], bool) or not low <= how[each] <= high:
            raise ValueError(f"{each}: expected a whole number from {low} to {high}, got {how[each]!r}")
    weights = np.array(kernels[first], float)
    padded = np.pad(pixel, padding)
    places = [(side - dilation * (k - 1) - 1) // stride + 1 for side, k in zip(padded.shape, weights.shape)]
    if min(places) < 1:
        (h, w), (kh, kw) = padded.shape, weights.shape
        raise ValueError(
            f"kernel: {kh} x {kw} with dilation {dilation} does not fit into the image, {h} x {w} with its padding"
        )
    state = {
        "name": name, "module": "stepper", "image": pixel.tolist(), "kernels": kernels, "modes": MODES,
        "limits": LIMITS, "largest": LARGEST_KERNEL, "defaults": {"kernel": first, "mode": mode, "at": 0, **how},
    }  # fmt: skip
    folder = os.environ.get(FOLDER)
    if not folder:
        return Stepper(state=state)
    corners = [[(stride * i, stride * j) for j in range(places[1])] for i in range(places[0])]
    output = [[step(padded, weights, mode, *corner, dilation).sum() for corner in line] for line in corners]
    products = step(padded, weights, mode, 0, 0, dilation)
    drawn = plot.numbers({"input": padded, "products": products, "output": np.array(output)})
    return Still(_text(name), leave(folder, picture(drawn), state))


def _table(name: str, given: Any, largest: int) -> np.ndarray:
    try:
        table = np.asarray(given, float)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected rows of numbers, got {given!r}") from None
    if table.ndim != 2 or not all(1 <= side <= largest for side in table.shape):
        raise ValueError(f"{name}: expected 1 to {largest} rows and columns, got shape {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError(f"{name}: expected finite numbers")
    return table


def _kernels(given: Any) -> tuple[dict[str, Any], str]:
    """All that are offered, by name, and the name of the first one shown."""
    if isinstance(given, str):
        if given not in KERNELS:
            raise ValueError(f"kernel: expected one of {', '.join(KERNELS)}, or numbers, got {given!r}")
        return KERNELS, given
    offered = given if isinstance(given, Mapping) else {"given": given}
    if not offered:
        raise ValueError("kernel: expected one kernel or more, got none")
    own = {str(key): _table("kernel", each, LARGEST_KERNEL).tolist() for key, each in offered.items()}
    return own if isinstance(given, Mapping) else own | KERNELS, next(iter(own))


def _text(name: str) -> str:
    return f"<Stepper {name}>"
