"""Sliding windows: the geometry that convolution and pooling share, and what both back ends ask of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _validate

IMAGE = {1: "(N, C, L)", 2: "(N, C, H, W)"}
KERNEL = {1: "k", 2: "kh, kw"}


class Windows(NamedTuple):
    """How windows lie over an image: a number for each of its axes."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]  # before and after
    dilation: tuple[int, ...]
    size: tuple[int, ...]  # of the output
    groups: int = 1


def one_row(how: Windows) -> Windows:
    """Windows over a signal as windows over an image of one row."""
    kernel, stride, padding, dilation, size, groups = how
    return Windows((1, *kernel), (1, *stride), ((0, 0), *padding), (1, *dilation), (1, *size), groups)


def each(name: str, value: Any, low: int, ndim: int) -> tuple[int, ...]:
    """A whole number for each axis, from one for all or from one each; `low` at least."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim
    if len(values) != ndim or any(isinstance(v, bool) or not isinstance(v, Integral) for v in values):
        wanted = "a whole number" if ndim == 1 else "a whole number or a pair of them"
        raise TypeError(f"{name}: expected {wanted}, got {value!r}")
    if min(values) < low:
        raise ValueError(f"{name}: expected at least {low}, got {value}")
    return tuple(int(v) for v in values)


def span(kernel: int, dilation: int) -> int:
    """How far a window reaches, the gaps between its taps included."""
    return dilation * (kernel - 1) + 1


def padding_each(padding: Any, kernel: tuple, stride: tuple, dilation: tuple) -> tuple[tuple[int, int], ...]:
    """Zeros before and after each axis: a number, one each, 'valid' (none) or 'same' (as many out as in)."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in each("padding", padding, 0, len(kernel)))
    if padding not in ("same", "valid"):
        raise ValueError(f"padding: expected 'same', 'valid' or whole numbers, got {padding!r}")
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if set(stride) != {1}:
        raise ValueError(f"stride: expected 1 where padding is 'same', got {stride}")
    extra = [span(k, d) - 1 for k, d in zip(kernel, dilation)]
    return tuple((e // 2, e - e // 2) for e in extra)


def sizes(image: Sequence[int], kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> tuple[int, ...]:
    """How many windows fit along each axis; at least one must."""
    padded = tuple(n + sum(p) for n, p in zip(image, padding))
    spans = tuple(span(k, d) for k, d in zip(kernel, dilation))
    if 0 in tuple(image) or any(s > n for s, n in zip(spans, padded)):
        raise ValueError(f"input: expected an image of at least {spans} with its padding, got {padded}")
    return tuple((n - s) // t + 1 for n, s, t in zip(padded, spans, stride))


def batch(ndim: int, input: Any) -> None:
    """Images (N, C, ...), at least one, with at least one channel, of float32 or float64."""
    if len(input.shape) != ndim + 2:
        raise ValueError(f"input: expected shape {IMAGE[ndim]}, got {tuple(input.shape)}")
    if 0 in tuple(input.shape[:2]):
        raise ValueError(f"input: expected at least one image and channel, got shape {tuple(input.shape)}")
    real("input", input)


def real(name: str, value: Any) -> None:
    """float32 or float64."""
    if _validate._short(value.dtype) not in ("float32", "float64"):
        raise TypeError(f"{name}: expected dtype float32 or float64, got {_validate._short(value.dtype)}")


def _operands(kind: type, ndim: int, input: Any, weight: Any, bias: Any, names: str) -> None:
    given = {"input": input, "weight": weight} | ({} if bias is None else {"bias": bias})
    _validate.tensors(kind, **given)
    batch(ndim, input)
    if len(weight.shape) != ndim + 2 or 0 in tuple(weight.shape):
        raise ValueError(f"weight: expected shape ({names}, {KERNEL[ndim]}), got {tuple(weight.shape)}")
    for name, value in given.items():
        _one_dtype(value, name, input, "input")


def _one_dtype(value: Any, name: str, other: Any, whose: str) -> None:
    if value.dtype != other.dtype:
        wanted, got = _validate._short(other.dtype), _validate._short(value.dtype)
        raise TypeError(f"{name}: expected dtype {wanted}, that of {whose}, got {got}")


def _groups(groups: Any, name: str, channels: int) -> None:
    _validate.size("groups", groups)
    if channels % groups:
        raise ValueError(f"groups: expected a divisor of the {channels} {name} channels, got {groups}")


def _channels(channels: int, wanted: int, outputs: int, bias: Any) -> None:
    if channels != wanted:
        raise ValueError(f"input: expected {wanted} channels, got {channels}")
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise ValueError(f"bias: expected shape ({outputs},), got {tuple(bias.shape)}")


def convolution(
    kind: type, ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Windows:
    """Input (N, C, ...), weight (O, C / groups, ...) and bias (O,) or None that go together; their geometry."""
    _operands(kind, ndim, input, weight, bias, "out, in / groups")
    _groups(groups, "output", weight.shape[0])
    _channels(input.shape[1], weight.shape[1] * groups, weight.shape[0], bias)
    return windows(tuple(input.shape[2:]), tuple(weight.shape[2:]), stride, padding, dilation, groups)


def windows(image: tuple, kernel: tuple, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Windows:
    """The geometry of a kernel that slides over an image."""
    stride = each("stride", stride, 1, len(kernel))
    dilation = each("dilation", dilation, 1, len(kernel))
    padding = padding_each(padding, kernel, stride, dilation)
    return Windows(kernel, stride, padding, dilation, sizes(image, kernel, stride, padding, dilation), groups)


def transposed(
    kind: type, ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any,
    groups: Any, dilation: Any,
) -> tuple[Windows, tuple[int, ...]]:  # fmt: skip
    """The convolution that a transposed one turns round, and the size of the image that it came from."""
    _operands(kind, ndim, input, weight, bias, "in, out / groups")
    _groups(groups, "input", weight.shape[0])
    _channels(input.shape[1], weight.shape[0], weight.shape[1] * groups, bias)
    stride, dilation = each("stride", stride, 1, ndim), each("dilation", dilation, 1, ndim)
    padding, more = each("padding", padding, 0, ndim), each("output_padding", output_padding, 0, ndim)
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation)):
        raise ValueError(f"output_padding: expected less than stride {stride} or dilation {dilation}, got {more}")
    kernel, size = tuple(weight.shape[2:]), tuple(input.shape[2:])
    axes = zip(size, kernel, stride, padding, dilation, more)
    image = tuple((n - 1) * s + span(k, d) + m - 2 * p for n, k, s, p, d, m in axes)
    if 0 in size or min(image) < 1:
        raise ValueError(f"input: expected an image whose output is not empty, got {size} for an output of {image}")
    return Windows(kernel, stride, tuple((p, p) for p in padding), dilation, size, groups), image


def layer(
    ndim: int, in_channels: Any, out_channels: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
    groups: Any = 1, output_padding: Any = 0, transposed: bool = False,
) -> tuple:  # fmt: skip
    """Channels that fall into groups; kernel, stride, padding, dilation and output padding, a number for each axis."""
    _validate.size("in_channels", in_channels)
    _validate.size("out_channels", out_channels)
    kernel = each("kernel_size", kernel_size, 1, ndim)
    steps, gaps = each("stride", stride, 1, ndim), each("dilation", dilation, 1, ndim)
    zeros = each("padding", padding, 0, ndim) if transposed or not isinstance(padding, str) else padding
    padding_each(zeros, kernel, steps, gaps)
    more = each("output_padding", output_padding, 0, ndim)
    _groups(groups, "input", in_channels)
    _groups(groups, "output", out_channels)
    return kernel, steps, zeros, gaps, more


def fits(kind: type, input: Any, weight: Any, channels: int, size: tuple) -> None:
    """Images of the one size that a layer without shared weights is made for."""
    _validate.tensors(kind, input=input)
    batch(2, input)
    if tuple(input.shape[1:]) != (channels, *size):
        raise ValueError(f"input: expected shape (N, {channels}, {size[0]}, {size[1]}), got {tuple(input.shape)}")
    _one_dtype(input, "input", weight, "weight")


def matrix(
    kind: type, weight: Any, input_size: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> tuple[Windows, tuple]:
    """A weight (O, C / groups, ...) and the size of the images that it goes over; those of one axis have one row."""
    _validate.tensors(kind, weight=weight)
    real("weight", weight)
    if len(weight.shape) not in (3, 4) or 0 in tuple(weight.shape):
        wanted = "(out, in / groups, k) or (out, in / groups, kh, kw)"
        raise ValueError(f"weight: expected shape {wanted}, got {tuple(weight.shape)}")
    kernel = tuple(weight.shape[2:])
    size = each("input_size", input_size, 1, len(kernel))
    _groups(groups, "output", weight.shape[0])
    how = windows(size, kernel, stride, padding, dilation, groups)
    return (how, size) if len(size) == 2 else (one_row(how), (1, *size))


class ReceptiveField(NamedTuple):
    """What one output of a network sees of its input, a number for each axis of the image, in pixels.

    The output at place i sees the pixels from start + jump * i to start + jump * i + size - 1; those outside
    of the image are padding.
    """

    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]


def receptive_field(model: Any) -> ReceptiveField:
    """What one output of a network of convolutions and poolings, one after the other, sees of its input.

    Each window of k taps, `dilation` apart, over inputs that are `jump` pixels apart makes the field
    dilation * (k - 1) * jump wider; its stride multiplies the jump; its padding moves the start outwards.
    Layers that work on each pixel alone change nothing.  The layers are taken in the order of `modules()`, so a
    model with branches is not for this formula; `receptive_map` measures any model.

    Raises ValueError at a layer whose outputs see the whole image, as Flatten and Linear, and at one that
    turns windows round, as ConvTranspose2d.  Source: Araujo, Norris and Sim, Distill, 2019.
    """
    size = jump = start = None
    for layer in model.modules():
        name = type(layer).__name__
        if name.startswith(("Flatten", "Linear", "Adaptive", "ConvTranspose")):
            raise ValueError(f"model: expected layers that slide windows over an image, got {name}")
        if not hasattr(layer, "kernel_size"):
            continue
        ndim = 1 if name.endswith("1d") else 2
        size, jump, start = size or (1,) * ndim, jump or (1,) * ndim, start or (0,) * ndim
        kernel = each("kernel_size", layer.kernel_size, 1, ndim)
        stride = each("stride", layer.kernel_size if layer.stride is None else layer.stride, 1, ndim)
        dilation = each("dilation", getattr(layer, "dilation", 1), 1, ndim)
        padding = padding_each(getattr(layer, "padding", 0), kernel, stride, dilation)
        size = tuple(n + (span(k, d) - 1) * j for n, k, d, j in zip(size, kernel, dilation, jump, strict=True))
        start = tuple(n - p * j for n, (p, _), j in zip(start, padding, jump))
        jump = tuple(j * s for j, s in zip(jump, stride))
    if size is None or jump is None or start is None:
        raise ValueError("model: expected at least one convolution or pooling, got none")
    return ReceptiveField(size, jump, start)


def place(position: Any, output: Any) -> tuple[int, ...]:
    """A place in an output (N, C, ...); its middle if None.  An output (N, C) has none."""
    if len(output.shape) not in (2, 3, 4):
        raise ValueError(f"model: expected an output of shape (N, C, ...), got {tuple(output.shape)}")
    if len(output.shape) == 2:
        if position is not None:
            raise ValueError(f"position: expected None for an output (N, C) without places, got {position}")
        return ()
    size = tuple(output.shape[2:])
    if position is None:
        return tuple(n // 2 for n in size)
    position = each("position", position, 0, len(size))
    if any(i >= n for i, n in zip(position, size)):
        raise ValueError(f"position: expected a place in an output of {size}, got {position}")
    return position


def fan_in(shape: tuple) -> int:
    """How many inputs one output of a layer with this weight sees."""
    return math.prod(shape[1:])


def classes(target: Any, output: Any) -> np.ndarray:
    """The class of each example in an output (N, C) whose score is asked for: the best one's if None."""
    if len(output.shape) != 2:
        raise ValueError(f"model: expected an output of shape (N, C), got {tuple(output.shape)}")
    n, c = output.shape
    if target is None:
        return np.asarray(output.detach().argmax(1))
    chosen = np.broadcast_to(np.asarray(target), n) if np.ndim(target) in (0, 1) and np.size(target) in (1, n) else None
    if chosen is None or chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= c:
        raise ValueError(f"target: expected a class from 0 to {c - 1}, or one for each of {n} inputs, got {target}")
    return chosen
