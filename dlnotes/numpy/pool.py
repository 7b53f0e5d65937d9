"""Pooling: a window of pixels becomes one number.

The largest (max pooling), the mean (average), or something between them, (sum of x^p)^(1/p): p = 1 adds up, and a
large p comes near to the maximum (L-p pooling).  Neighbours that say the same are said once, the image shrinks, and
what is left depends less on where exactly a pattern lies.  There is nothing to learn.

Each is done along the columns first, then along the rows: a window of kh x kw costs kh + kw steps, not kh kw.
The gradient of a sum goes to all of its terms; that of a maximum to the one that won, the first of equals.

Sources: chapter *Convolutional networks*; Boureau, Ponce and LeCun 2010; Sermanet, Chintala and LeCun 2012.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from dlnotes._validate import pool as check
from dlnotes._validate.conv import Windows, one_row
from dlnotes.numpy.nn import Module
from dlnotes.numpy.tensor import Tensor, abs, record, select, total

__all__ = [
    "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "lp_pool1d", "lp_pool2d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "blur_pool1d", "blur_pool2d",
    "MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "LPPool1d", "LPPool2d",
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "BlurPool1d", "BlurPool2d",
]  # fmt: skip

ROWS, COLUMNS = 2, 3  # axes of (N, C, H, W)


# ---------------------------------------------------------------------- along one axis
def _border(x: np.ndarray, how: Windows, value: float) -> np.ndarray:
    """Images (N, C, H, W) with a border of `value`, in the memory order that they have."""
    if not np.any(how.padding):
        return x
    shape = (*x.shape[:2], *(n + sum(p) for n, p in zip(x.shape[2:], how.padding)))
    wide = np.full_like(x, value, shape=shape)
    _inside(wide, how, x.shape)[...] = x
    return wide


def _inside(x: np.ndarray, how: Windows, shape: tuple[int, ...]) -> np.ndarray:
    """What lies inside the border."""
    (top, _), (left, _) = how.padding
    return x[:, :, top : top + shape[2], left : left + shape[3]]


def _taps(x: np.ndarray, axis: int, how: Windows) -> list[np.ndarray]:
    """The first pixel of every window along an axis, the second of every window, ..."""
    k, s, d, n = (option[axis - 2] for option in (how.kernel, how.stride, how.dilation, how.size))
    at = (slice(None),) * axis
    return [x[*at, i * d : i * d + (n - 1) * s + 1 : s] for i in range(k)]


def _largest(x: np.ndarray, axis: int, how: Windows) -> tuple[np.ndarray, list[np.ndarray]]:
    """The largest of every window along an axis, and for each tap but the first whether it beats all before."""
    y, *others = taps = _taps(x, axis, how)
    better = []
    for tap in others:
        before, y = y, np.maximum(y, tap)  # nan stays
        better.append(y != before)
    if np.isnan(np.max(y)):  # it is not equal to itself: the last nan wins, as if each were larger than all before
        largest = itertools.accumulate(taps, np.maximum)
        better = [np.isnan(tap) | (tap > before) for tap, before in zip(others, largest)]
    for o, i in check.late(how, axis - 2):  # the border loses, even to -infinity
        if i > 0:
            better[i - 1][(slice(None),) * axis + (o,)] = True
    return y, better


def _to_winner(g: np.ndarray, better: list[np.ndarray], axis: int, how: Windows, shape: tuple) -> np.ndarray:
    """Its transpose: the last to be better takes the gradient; what nobody takes is the first one's."""
    k, s, gaps, n = (option[axis - 2] for option in (how.kernel, how.stride, how.dilation, how.size))
    tiles = k == s and gaps == 1 and n * s == shape[axis]  # every pixel is in one window: nothing to add up
    d = (np.empty_like if tiles else np.zeros_like)(g, shape=shape)
    first, *others = _taps(d, axis, how)
    for tap, wins in zip(reversed(others), reversed(better)):
        if tiles:
            tap[...] = select(wins, g)
        else:
            tap += select(wins, g)
        g = select(~wins, g)
    if tiles:
        first[...] = g
    else:
        first += g
    return d


def _which(better: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """The number of the tap that is the largest."""
    which = np.zeros(shape, int)
    for i, wins in enumerate(better, 1):
        which[wins] = i
    return which


def _sum(x: np.ndarray, how: Windows) -> np.ndarray:
    """The sum of every window."""
    for axis in (COLUMNS, ROWS):
        first, *others = _taps(x, axis, how)
        x = first.copy("K")
        for tap in others:
            x += tap
    return x


def _to_all(g: np.ndarray, how: Windows, shape: tuple[int, ...]) -> np.ndarray:
    """Its transpose: each gradient to all pixels of the window, inside the border."""
    N, C, H, W = shape
    (top, bottom), (left, right) = how.padding
    for axis, size in ((ROWS, top + H + bottom), (COLUMNS, left + W + right)):
        d = np.zeros_like(g, shape=(*g.shape[:axis], size, *g.shape[axis + 1 :]))
        for tap in _taps(d, axis, how):
            tap += g
        g = d
    return _inside(g, how, shape)


def _count(how: Windows, image: tuple[int, ...], border: bool) -> np.ndarray:
    """How many pixels each window has: of the image, or of the image and its border."""
    sides = []
    for n, k, s, (p, _), size in zip(image, how.kernel, how.stride, how.padding, how.size):
        start = np.arange(size) * s - p
        low, high = (-p, n + p) if border else (0, n)
        sides.append(np.minimum(start + k, high) - np.maximum(start, low))
    return np.outer(*sides)  # (oh, ow)


# ---------------------------------------------------------------------- on images
def _max_pool(input: Tensor, how: Windows, return_indices: bool) -> Any:
    x = _border(input.data, how, -np.inf)
    middle, column = _largest(x, COLUMNS, how)  # (N, C, H, ow)
    y, row = _largest(middle, ROWS, how)  # (N, C, oh, ow)
    wide, high, shape = x.shape, middle.shape, input.shape

    def d_input(g: np.ndarray) -> np.ndarray:
        g = _to_winner(g, row, ROWS, how, high)
        return _inside(_to_winner(g, column, COLUMNS, how, wide), how, shape)

    out = record(y, (input, d_input))
    if not return_indices:
        return out
    i = _which(row, y.shape)
    j = np.choose(i, _taps(_which(column, high), ROWS, how))  # in the row that wins
    r, c = (np.arange(n) * s - p for n, s, (p, _) in zip(how.size, how.stride, how.padding))
    return out, Tensor((r[:, None] + i * how.dilation[0]) * shape[3] + c + j * how.dilation[1])


def _avg_pool(input: Tensor, how: Windows, count_include_pad: bool) -> Tensor:
    shape = input.shape
    count = _count(how, shape[2:], count_include_pad).astype(input.dtype)
    y = _sum(_border(input.data, how, 0), how) / count
    return record(y, (input, lambda g: _to_all(g / count, how, shape)))


def _power(x: np.ndarray, p: float) -> np.ndarray:
    """x^p; whole powers by way of |x|, since NumPy takes ten times as long for negative numbers."""
    if p % 1:
        return x**p
    y = np.abs(x) ** p
    return np.copysign(y, x) if p % 2 else y


def _lp_pool(input: Tensor, p: float, how: Windows) -> Tensor:
    if p == math.inf:
        return _max_pool(abs(input), how, False)
    x, shape = input.data, input.shape
    share = (math.prod(how.kernel) / _count(how, shape[2:], False)).astype(x.dtype)  # 1 but where cut off
    with np.errstate(all="ignore"):
        total = _sum(_border(_power(x, p), how, 0), how) * share
        y = total ** (1 / p)

    def d_input(g: np.ndarray) -> np.ndarray:
        return _to_all(select(total != 0, g * total ** (1 / p - 1)) * share, how, shape) * _power(x, p - 1)

    return record(y, (input, d_input))


def _adaptive(input: Tensor, size: tuple[int, ...]) -> Tensor:
    shape = input.shape
    rows, columns = ([(i * n // m, -(-(i + 1) * n // m)) for i in range(m)] for n, m in zip(shape[2:], size))
    middle = np.stack([total(input.data[..., a:b], (3,)) / (b - a) for a, b in columns], 3)  # (N, C, H, ow)
    y = np.stack([total(middle[:, :, a:b], (2,)) / (b - a) for a, b in rows], 2)  # (N, C, oh, ow)

    def d_input(g: np.ndarray) -> np.ndarray:
        middle, d = np.zeros((*shape[:3], size[1]), g.dtype), np.zeros(shape, g.dtype)
        for i, (a, b) in enumerate(rows):
            middle[:, :, a:b] += g[:, :, i : i + 1] / (b - a)
        for i, (a, b) in enumerate(columns):
            d[..., a:b] += middle[..., i : i + 1] / (b - a)
        return d

    return record(y, (input, d_input))


# ---------------------------------------------------------------------- two dimensions
def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest pixel of every window, (N, C, H, W) -> (N, C, oh, ow).

    kernel_size, stride, padding, dilation: numbers or pairs (rows, columns), as in `conv2d`; stride is that of the
    kernel if None, so that windows tile the image; below it they overlap.  The border counts as -infinity.
    ceil_mode: whether pixels left over at the end get a window too, which is cut off there.
    return_indices: also return where each of the largest is, r W + c for row r and column c, the first of equals.

    Raises ValueError for an empty batch, a window that does not fit or a border of more than half a window, TypeError
    where input is not float32 or float64.

    >>> from dlnotes.numpy import tensor
    >>> max_pool2d(tensor([[[[1.0, 2.0, 0.0, 5.0], [3.0, 0.0, 5.0, 1.0]]]]), 2, return_indices=True)
    (tensor([[[[3., 5.]]]]), tensor([[[[4, 3]]]]))
    """
    how = check.pooling(Tensor, 2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(input, how, return_indices)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of every window, (N, C, H, W) -> (N, C, oh, ow); options as in `max_pool2d`.

    count_include_pad: whether the zeros of the border count as pixels, or the mean is over those of the image.

    Raises as `max_pool2d` does.

    >>> from dlnotes.numpy import tensor
    >>> avg_pool2d(tensor([[[[1.0, 2.0, 0.0, 5.0], [3.0, 0.0, 5.0, 1.0]]]]), 2)
    tensor([[[[1.5 , 2.75]]]])
    """
    how = check.pooling(Tensor, 2, input, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(input, how, count_include_pad)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p over every window)^(1/p), with p = `norm_type`; the largest |x| where p is infinite.

    (N, C, H, W) -> (N, C, oh, ow).  For p not even, inputs are meant to be at least 0: powers of negative numbers, and
    roots of negative sums, are nan.  The gradient is 0 where the sum is.  A window that `ceil_mode` cuts off counts
    as if it were filled up with its mean.

    Raises as `max_pool2d` does, and ValueError where p is not above 0.

    >>> from dlnotes.numpy import tensor
    >>> lp_pool2d(tensor([[[[3.0, 4.0]]]]), 2, (1, 2))
    tensor([[[[5.]]]])
    """
    check.norm_type(norm_type)
    return _lp_pool(input, float(norm_type), check.pooling(Tensor, 2, input, kernel_size, stride, ceil_mode=ceil_mode))


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Means over windows chosen so that `output_size` comes out, a number or a pair; None keeps a size.

    (N, C, H, W) -> (N, C, *output_size).  Of n pixels in a row, output i of m gets those from floor(i n / m) to
    ceil((i + 1) n / m), so windows may overlap and differ by a pixel.  1 gives the mean of each channel.

    Raises ValueError for an empty batch or image, TypeError where input is not float32 or float64.
    """
    return _adaptive(input, check.adaptive(Tensor, 2, input, output_size))


def blur_pool2d(input: Tensor, kernel_size: int = 3, stride: int = 2) -> Tensor:
    """Blurred, and of the blurred image every `stride`-th pixel: (N, C, H, W) -> (N, C, ceil(H / s), ceil(W / s)).

    The weights are binomial, for a window of 3 (1, 2, 1) / 4 along each axis, and the image is mirrored at its border.
    Taking every second pixel of an image with fine detail gives patterns that are not there (aliasing), and others
    again once it moves by a pixel; blurring first takes the detail away.  After a max pool of stride 1 it makes max
    pooling without aliasing.  Source: Zhang, *Making convolutional networks shift-invariant again*, 2019.

    Raises ValueError where the image is too small to be mirrored, TypeError where it is not float32 or float64.
    """
    check.blur(Tensor, 2, input, kernel_size, stride)
    return _blur(input, *(_blur_matrix(n, kernel_size, stride, input.dtype) for n in input.shape[2:]))


def _blur_matrix(n: int, kernel_size: int, stride: int, dtype: Any) -> np.ndarray:
    """What blurring does to a row of n pixels, as a matrix (ceil(n / stride), n)."""
    A = np.zeros((-(-n // stride), n), dtype)
    for i, weight in enumerate(check.binomial(kernel_size)):
        at = np.abs(np.arange(0, n, stride) + i - (kernel_size - 1) // 2)  # mirrored in the first pixel
        at = n - 1 - np.abs(n - 1 - at)  # and in the last
        np.add.at(A, (np.arange(len(A)), at), weight)
    return A


def _blur(input: Tensor, rows: np.ndarray, columns: np.ndarray) -> Tensor:
    return record(rows @ input.data @ columns.T, (input, lambda g: rows.T @ g @ columns))


# ---------------------------------------------------------------------- one dimension: an image of one row
def _row(input: Tensor) -> Tensor:
    return input.reshape(*input.shape[:2], 1, input.shape[2])


def _signal(y: Tensor) -> Tensor:
    return y.reshape(*y.shape[:2], y.shape[3])


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """`max_pool2d` of signals, (N, C, L) -> (N, C, l)."""
    how = check.pooling(Tensor, 1, input, kernel_size, stride, padding, dilation, ceil_mode)
    y = _max_pool(_row(input), one_row(how), return_indices)
    return tuple(map(_signal, y)) if return_indices else _signal(y)


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """`avg_pool2d` of signals, (N, C, L) -> (N, C, l)."""
    how = check.pooling(Tensor, 1, input, kernel_size, stride, padding, 1, ceil_mode)
    return _signal(_avg_pool(_row(input), one_row(how), count_include_pad))


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """`lp_pool2d` of signals, (N, C, L) -> (N, C, l)."""
    check.norm_type(norm_type)
    how = check.pooling(Tensor, 1, input, kernel_size, stride, ceil_mode=ceil_mode)
    return _signal(_lp_pool(_row(input), float(norm_type), one_row(how)))


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """`adaptive_avg_pool2d` of signals, (N, C, L) -> (N, C, output_size)."""
    size = check.adaptive(Tensor, 1, input, output_size)
    return _signal(_adaptive(_row(input), (1, *size)))


def blur_pool1d(input: Tensor, kernel_size: int = 3, stride: int = 2) -> Tensor:
    """`blur_pool2d` of signals, (N, C, L) -> (N, C, ceil(L / stride))."""
    check.blur(Tensor, 1, input, kernel_size, stride)
    matrix = _blur_matrix(input.shape[2], kernel_size, stride, input.dtype)
    return _signal(_blur(_row(input), np.ones((1, 1), input.dtype), matrix))


# ---------------------------------------------------------------------- layers
class _MaxPool(Module):
    ndim: int

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ):  # fmt: skip
        check.window(self.ndim, kernel_size, stride, padding, dilation)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        pool = (max_pool1d, max_pool2d)[self.ndim - 1]
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """`max_pool1d` as a layer."""

    ndim = 1


class MaxPool2d(_MaxPool):
    """`max_pool2d` as a layer.

    >>> MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """

    ndim = 2


class _AvgPool(Module):
    ndim: int

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):  # fmt: skip
        kernel, steps, zeros, _ = check.window(self.ndim, kernel_size, stride, padding)
        if self.ndim == 2:  # shown as given, as PyTorch does
            kernel, steps, zeros = kernel_size, kernel_size if stride is None else stride, padding
        self.kernel_size, self.stride, self.padding = kernel, steps, zeros
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        pool = (avg_pool1d, avg_pool2d)[self.ndim - 1]
        return pool(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """`avg_pool1d` as a layer."""

    ndim = 1


class AvgPool2d(_AvgPool):
    """`avg_pool2d` as a layer."""

    ndim = 2


class _LPPool(Module):
    ndim: int

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
        check.norm_type(norm_type)
        check.window(self.ndim, kernel_size, stride)
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool = (lp_pool1d, lp_pool2d)[self.ndim - 1]
        return pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """`lp_pool1d` as a layer."""

    ndim = 1


class LPPool2d(_LPPool):
    """`lp_pool2d` as a layer."""

    ndim = 2


class _AdaptiveAvgPool(Module):
    ndim: int

    def __init__(self, output_size: Any):
        check.target(self.ndim, output_size)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return (adaptive_avg_pool1d, adaptive_avg_pool2d)[self.ndim - 1](input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """`adaptive_avg_pool1d` as a layer."""

    ndim = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """`adaptive_avg_pool2d` as a layer."""

    ndim = 2


class _BlurPool(Module):
    ndim: int

    def __init__(self, kernel_size: int = 3, stride: int = 2):
        check.blur_options(kernel_size, stride)
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, input: Tensor) -> Tensor:
        return (blur_pool1d, blur_pool2d)[self.ndim - 1](input, self.kernel_size, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}"


class BlurPool1d(_BlurPool):
    """`blur_pool1d` as a layer."""

    ndim = 1


class BlurPool2d(_BlurPool):
    """`blur_pool2d` as a layer."""

    ndim = 2
