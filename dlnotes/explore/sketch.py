"""`sketch`: draw a digit, and see it pass through a trained network, layer by layer.

The page computes it, by `forward` in sketch.js, from weights that were rounded to one byte each; `rounded`, `centred`
and `stages` here are the same in NumPy.
"""

from __future__ import annotations

import base64
import copy
import os
from typing import Any

import anywidget
import numpy as np
import traitlets

import dlnotes.numpy as dn
from dlnotes import plot
from dlnotes.explore.figure import FOLDER, Still, style, widget
from dlnotes.explore.frames import leave, picture, png
from dlnotes.plot.pictures import places_of

SIDE, BOX = 28, 20  # of MNIST's images, and of the square into which it scales a digit
STEPS = 127  # of a byte on each side of 0
EXAMPLES = 40


def rounded(model: dn.Sequential) -> dn.Sequential:
    """A copy in float64 of which each weight is a whole multiple, -127 to 127, of its array's largest / 127.

    The biases, which are few, stay as they are.
    """
    model = copy.deepcopy(model)
    model.double()
    layer: Any
    for layer in model:
        if hasattr(layer, "weight"):
            steps, scale = _steps(layer.weight.data)
            layer.weight.copy_(steps * scale)
    return model


def centred(drawing: np.ndarray) -> np.ndarray:
    """A drawing (28, 28) as MNIST has its digits: its longer side 20 pixels, its centre of mass in the middle.

    >>> stroke = np.zeros((28, 28))
    >>> stroke[2:12, 3] = 1.0
    >>> np.flatnonzero(centred(stroke).sum(1) > 0.5)[[0, -1]]  # twice as long, and in the middle
    array([ 4, 23])
    """
    inked = np.argwhere(drawing > 0)
    if not len(inked):
        return drawing
    zoom = (np.ptp(inked, axis=0).max() + 1) / BOX
    steps = np.arange(SIDE)
    shares = drawing.sum(1) / drawing.sum(), drawing.sum(0) / drawing.sum()
    rows, columns = (share @ steps + (steps - (SIDE - 1) / 2) * zoom + SIDE for share in shares)
    far = np.pad(drawing, SIDE)  # no pixel further out is asked for
    i, j = np.floor(rows).astype(int), np.floor(columns).astype(int)
    above, below = (far[line][:, j] * (1 - columns % 1) + far[line][:, j + 1] * (columns % 1) for line in (i, i + 1))
    return above * (1 - rows % 1)[:, None] + below * (rows % 1)[:, None]


def stages(model: dn.Sequential, image: np.ndarray) -> list[np.ndarray]:
    """What each layer makes of an image (28, 28): maps (C, H, W), or numbers (K,)."""
    x, made = dn.tensor(np.asarray(image, np.float64)[None, None]), []
    for layer in model:
        x = layer(x)
        made.append(x.data[0])
    return made


class Sketch(anywidget.AnyWidget):
    """What Jupyter shows: the page computes, Python only says what with."""

    _esm = widget("sketch")
    _css = style()
    state = traitlets.Dict().tag(sync=True)
    parts: Any = traitlets.List().tag(sync=True)
    image = traitlets.Bytes().tag(sync=True)

    def __repr__(self) -> str:
        return _text(self.state["name"])


def sketch(model: Any, images: Any, *, name: str = "sketch") -> Sketch | Still:
    """A digit that the reader draws, what each layer of a network makes of it, and the probability of each class.

    model: a trained `dlnotes.numpy.Sequential` of Conv2d, ReLU, MaxPool2d or AvgPool2d, Flatten and Linear, for images
        (N, 1, 28, 28) from 0 to 1: such as `models.lenet5(dlnotes.numpy, activation="ReLU")`.
    images: 2 to 40 digits (N, 28, 28), uint8, to look at and to draw on.

    The page computes, with weights of one byte.  It centres and scales a drawing as MNIST's digits are, unless the
    reader says no, and sends nothing anywhere.
    """
    layers, parts = _packed(model)
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE) or not 2 <= len(images) <= EXAMPLES:
        raise ValueError(
            f"images: expected uint8 (N, 28, 28), N from 2 to {EXAMPLES}, got {images.dtype} {images.shape}"
        )
    try:
        made = stages(rounded(model), images[0] / 255)
    except ValueError as error:
        raise ValueError(f"model: does not take images (N, 1, 28, 28): {error}") from None
    if made[-1].ndim != 1:
        raise ValueError(f"model: expected a score for each class at the end, got shape {made[-1].shape}")
    shown = {"input": images[:1] / 255}
    for i, (layer, stage) in enumerate(zip(layers, made)):
        if layer["shown"]:
            maps, *sides = stage.shape
            what = f"{maps} maps of {sides[0]} \N{MULTIPLICATION SIGN} {sides[1]}" if sides else f"{maps} numbers"
            shown[f"layer {i}, {layer['name']}: {what}"] = stage
    scores = np.exp(made[-1] - made[-1].max())
    state = {
        "name": name, "module": "sketch", "layers": layers, "examples": len(images),
        "places": [place._asdict() for place in places_of({title: stage.shape for title, stage in shown.items()})],
        "probabilities": (scores / scores.sum()).round(4).tolist(),
        "first": base64.b64encode(images[0].tobytes()).decode(),
    }  # fmt: skip
    still, parts = picture(plot.layers(shown)), [*parts, images.tobytes()]
    state |= {"pixels": still.pixels.shape[1::-1], "dpi": still.dpi}
    folder = os.environ.get(FOLDER)
    if folder:
        return Still(_text(name), leave(folder, still, state, parts))
    coded = [base64.b64encode(part).decode() for part in parts]
    return Sketch(state=state, parts=coded, image=png(still))


def _packed(model: Any) -> tuple[list[dict[str, Any]], list[bytes]]:
    """What the page has to know of each layer; the weights' bytes in their order, and the biases in float32."""
    if not isinstance(model, dn.Sequential):
        raise TypeError(f"model: expected a dlnotes.numpy.Sequential, got {type(model).__name__}")
    layers: list[dict[str, Any]] = []
    weights: list[bytes] = []
    biases: list[bytes] = []
    layer: Any
    for i, layer in enumerate(model):
        kind = type(layer).__name__
        known: dict[str, Any] = {"name": kind, "shown": kind in ("ReLU", "MaxPool2d", "AvgPool2d")}
        if kind in ("Conv2d", "Linear"):
            steps, known["scale"] = _steps(layer.weight.data)
            known |= {"shape": layer.weight.shape, "bias": layer.bias is not None}
            weights.append(steps.tobytes())
            if layer.bias is not None:
                biases.append(layer.bias.data.astype("<f4").tobytes())
        if kind == "Conv2d":
            known |= {"stride": layer.stride, "padding": layer.padding}
            plain = layer.groups == 1 and layer.dilation == (1, 1) and not isinstance(layer.padding, str)
        elif kind.endswith("Pool2d"):
            known["size"] = size = layer.kernel_size
            dilated = getattr(layer, "dilation", 1) not in (1, (1, 1))
            plain = isinstance(size, int) and layer.stride == size and not (layer.padding or layer.ceil_mode or dilated)
        else:
            plain = kind in ("Linear", "ReLU", "Flatten")
        if not plain:
            raise ValueError(
                f"model: layer {i} is {layer!r}; expected Linear, ReLU, Flatten, Conv2d without groups and dilation, or"
                " MaxPool2d or AvgPool2d whose windows meet"
            )
        layers.append(known)
    return layers, [b"".join(weights), b"".join(biases)]


def _steps(weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Whole numbers -127 to 127, and what one of them stands for."""
    scale = float(abs(weight).max()) / STEPS or 1.0
    return np.round(weight / scale).astype(np.int8), scale


def _text(name: str) -> str:
    return f"<Sketch {name}>"
