"""`stepper`: a kernel goes over a small image, one product at a time.

The page computes it, by `slide` in stepper.js; `step` here is the same in NumPy, for the still picture.
"""

from __future__ import annotations

import os
from typing import Any

import anywidget
import numpy as np
import traitlets

from dlnotes import plot
from dlnotes.explore.figure import FOLDER, Still, script, style
from dlnotes.explore.frames import leave, pixels, png

KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "box": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "rows of \N{MINUS SIGN}1, 0, 1": [[-1, 0, 1]] * 3,
}
MODES = ["convolution", "correlation"]
STROKE = [
    [0, 0, 0, 0, 0, 0, 0],
    [0, 0, 9, 9, 9, 0, 0],
    [0, 0, 0, 0, 9, 0, 0],
    [0, 0, 0, 9, 5, 0, 0],
    [0, 0, 0, 9, 0, 0, 0],
    [0, 0, 5, 9, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0],
]  # a seven


def step(image: np.ndarray, kernel: np.ndarray, mode: str, row: int, column: int) -> np.ndarray:
    """The nine products at one place of the output; their sum is the output there."""
    applied = kernel[::-1, ::-1] if mode == "convolution" else kernel
    return image[row : row + 3, column : column + 3] * applied


class Stepper(anywidget.AnyWidget):
    """What Jupyter shows: the page computes, Python only says what with."""

    _esm = script("stepper")
    _css = style()
    state = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return _text(self.state["name"])


def stepper(
    image: Any = STROKE, kernel: str = "Sobel x", mode: str = "convolution", *, name: str = "stepper"
) -> Stepper | Still:
    """A 3 x 3 kernel over a small image, step by step: the patch, the products, and their sum in the output.

    image: numbers, 3 to 9 rows and columns.  kernel: the first one shown, a name in KERNELS.
    """
    pixel = np.asarray(image, float)
    if pixel.ndim != 2 or not all(3 <= side <= 9 for side in pixel.shape):
        raise ValueError(f"image: expected 3 to 9 rows and columns, got shape {pixel.shape}")
    if not np.isfinite(pixel).all():
        raise ValueError("image: expected finite numbers")
    if kernel not in KERNELS:
        raise ValueError(f"kernel: expected one of {', '.join(KERNELS)}, got {kernel!r}")
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {', '.join(MODES)}, got {mode!r}")
    state = {
        "name": name, "image": pixel.tolist(), "kernels": KERNELS, "modes": MODES, "defaults":
        {"kernel": kernel, "mode": mode, "at": 0}, "module": "stepper",
    }  # fmt: skip
    folder = os.environ.get(FOLDER)
    if not folder:
        return Stepper(state=state)
    weights = np.array(KERNELS[kernel], float)
    rows, columns = pixel.shape[0] - 2, pixel.shape[1] - 2
    output = [[step(pixel, weights, mode, i, j).sum() for j in range(columns)] for i in range(rows)]
    products = step(pixel, weights, mode, 0, 0)
    still = png(*pixels(plot.numbers({"input": pixel, "products": products, "output": np.array(output)})))
    leave(folder, still, state)
    return Still(_text(name), still)


def _text(name: str) -> str:
    return f"<Stepper {name}>"
