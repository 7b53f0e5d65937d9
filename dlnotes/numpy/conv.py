"""Convolution: one small linear map, at every place of an image.

A fully connected layer that looks at a window of kh x kw pixels in C channels has a row of C kh kw weights for
each output.  A convolutional layer uses *the same rows at every window*: copy the windows side by side, as the
columns of a matrix, and the whole layer is one matrix product (`_forward`).  Mathematicians would call it
cross-correlation, for the kernel is not turned round.

Since the layer is linear, y = A x with a large and mostly empty matrix A (`conv_matrix` writes it out), its
VJP is A^T: each window's gradient, added up where windows overlap (`_to_image`).  A transposed convolution is
that same A^T used as a layer, so its VJP is a convolution again.

For speed the images of a batch are stored along the *last* axis, (C, H, W, N), so that a tap of the kernel copies
long runs of memory; Tensors are views of it with the usual axes (N, C, H, W).  The columns are made for a part
of the outputs at a time, small enough to stay in the processor's cache, and never for the whole batch.

Sources: chapter *Convolutional networks*; LeCun et al. 1998; Dumoulin and Visin 2016.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes import _modes, _validate
from dlnotes._validate import conv as check
from dlnotes._validate.conv import ReceptiveField, Windows, receptive_field
from dlnotes.numpy import init
from dlnotes.numpy.nn import Module, Parameter
from dlnotes.numpy.tensor import Tensor, enable_grad, float32, record, remember, total

__all__ = [
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "conv_matrix",
    "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d",
    "LocallyConnected2d", "ReceptiveField", "receptive_field", "receptive_map", "saliency",
]  # fmt: skip

COLUMNS, LEAST = 2**17, 512  # numbers in the matrix of columns that is made at a time; columns at least


# ---------------------------------------------------------------------- on arrays
def _zeros(C: int, image: tuple[int, ...], N: int, how: Windows, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """Empty images with their border, stored as (C, H, W, N), and the part of them inside the border."""
    (H, W), ((top, bottom), (left, right)) = image, how.padding
    x = np.zeros((C, top + H + bottom, left + W + right, N), dtype)
    return x, x[:, top : top + H, left : left + W]


def _store(x: np.ndarray, how: Windows) -> np.ndarray:
    """Images (N, C, H, W) with a border of zeros, stored as (C, H, W, N)."""
    x = x.transpose(1, 2, 3, 0)
    if not np.any(how.padding):
        return np.ascontiguousarray(x)
    stored, inside = _zeros(len(x), x.shape[1:3], x.shape[3], how, x.dtype)
    inside[...] = x
    return stored


def _windows(x: np.ndarray, how: Windows) -> np.ndarray:
    """All windows of stored images (C, H, W, N), a view (C, kh, kw, oh, ow, N)."""
    (sh, sw), (dh, dw), (oh, ow) = how.stride, how.dilation, how.size
    spans = [check.span(k, d) for k, d in zip(how.kernel, how.dilation)]
    w = sliding_window_view(x, spans, axis=(1, 2), writeable=True)
    return w[:, ::sh, ::sw, :, ::dh, ::dw].transpose(0, 4, 5, 1, 2, 3)[:, :, :, :oh, :ow]


def _blocks(taps: int, groups: int, how: Windows, N: int) -> Iterator[tuple[slice, tuple[slice, ...]]]:
    """Groups, and rows, columns and images of outputs, whose columns fit into the cache; long runs first."""
    (oh, ow), most = how.size, max(LEAST, COLUMNS // taps)
    n = min(N, most)
    w = min(ow, max(1, most // n))
    h = min(oh, max(1, most // (n * w)))
    steps = ((groups, max(1, most // (n * w * h))), (oh, h), (ow, w), (N, n))
    for some, *at in itertools.product(*([slice(i, i + step) for i in range(0, size, step)] for size, step in steps)):
        yield some, tuple(at)


def _by_group(x: np.ndarray, G: int) -> np.ndarray:
    """(G C, ...) as (G, C, ...), a view."""
    return x.reshape(G, -1, *x.shape[1:])


def _forward(x: np.ndarray, W: np.ndarray, how: Windows, bias: np.ndarray | None = None) -> np.ndarray:
    """A x: weights times columns, x (N, G C, H, W), W (O, C, kh, kw) -> (N, O, oh, ow)."""
    (O, C, kh, kw), G, N = W.shape, how.groups, len(x)
    windows = _by_group(_windows(_store(x, how), how), G)  # (G, C, kh, kw, oh, ow, N)
    W = W.reshape(G, O // G, -1)  # (G, O/G, C kh kw)
    y = np.empty((O, *how.size, N), x.dtype)
    outputs = _by_group(y, G)  # (G, O/G, oh, ow, N)
    for some, at in _blocks(C * kh * kw, G, how, N):
        part = windows[some, :, :, :, *at]
        columns = part.reshape(len(part), C * kh * kw, -1)  # a copy
        out = outputs[some, :, *at]
        out[...] = (W[some] @ columns).reshape(out.shape)
    if bias is not None:
        y += bias[:, None, None, None]
    return y.transpose(3, 0, 1, 2)


def _to_image(g: np.ndarray, W: np.ndarray, how: Windows, image: tuple[int, ...]) -> np.ndarray:
    """A^T g: columns of gradients, each added to the pixels of its window, g (N, O, oh, ow) -> (N, G C, H, W)."""
    (O, C, kh, kw), G, N = W.shape, how.groups, len(g)
    x, inside = _zeros(G * C, image, N, how, g.dtype)
    windows = _by_group(_windows(x, how), G)
    W = np.ascontiguousarray(W.reshape(G, O // G, -1).transpose(0, 2, 1))  # (G, C kh kw, O/G)
    g = _by_group(np.ascontiguousarray(g.transpose(1, 2, 3, 0)), G)  # (G, O/G, oh, ow, N)
    for some, at in _blocks(max(1, C * kh * kw // 8), G, how, N):  # larger ones: fewer and longer additions
        to = windows[some, :, :, :, *at]
        columns = (W[some] @ g[some, :, *at].reshape(len(to), O // G, -1)).reshape(to.shape)
        for i, j in np.ndindex(kh, kw):  # windows overlap; the same tap of all windows does not
            to[:, :, i, j] += columns[:, :, i, j]
    return inside.transpose(3, 0, 1, 2)


def _to_weight(g: np.ndarray, x: np.ndarray, how: Windows, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of W: the same columns, made again, times g."""
    (O, C, kh, kw), G, N = shape, how.groups, len(x)
    windows = _by_group(_windows(_store(x, how), how), G)
    g = _by_group(np.ascontiguousarray(g.transpose(1, 2, 3, 0)), G)  # (G, O/G, oh, ow, N)
    d = np.zeros((G, C * kh * kw, O // G), x.dtype)
    for some, at in _blocks(C * kh * kw, G, how, N):
        part = windows[some, :, :, :, *at]
        columns = part.reshape(len(part), C * kh * kw, -1)
        d[some] += columns @ np.ascontiguousarray(g[some, :, *at].reshape(len(part), O // G, -1).transpose(0, 2, 1))
    return d.transpose(0, 2, 1).reshape(shape)


def _turned(image: tuple[int, ...], how: Windows) -> Windows:
    """At stride 1, the windows over the gradients of the outputs, one for each pixel of the image."""
    spans = [check.span(k, d) - 1 for k, d in zip(how.kernel, how.dilation)]
    return how._replace(padding=tuple((s - a, s - b) for s, (a, b) in zip(spans, how.padding)), size=tuple(image))


def _one_matrix_serves(how: Windows, shape: tuple[int, ...]) -> bool:
    """Whether `_to_both` can be used, and its columns are no longer than those of the image."""
    fits = min(zeros for pair in _turned((), how).padding for zeros in pair) >= 0
    return fits and max(how.stride) == 1 and shape[0] <= shape[1] * how.groups


def _to_both(g: np.ndarray, x: np.ndarray, W: np.ndarray, how: Windows) -> tuple[np.ndarray, np.ndarray]:
    """A^T g and the gradient of W at stride 1, where A^T is a convolution, too: with the kernels turned round.

    So one matrix of columns, of g, serves both: times the weights it is the one, times x the other.
    """
    (O, C, kh, kw), G, N, image = W.shape, how.groups, len(x), x.shape[2:]
    how = _turned(image, how)
    windows = _by_group(_windows(_store(g, how), how), G)  # (G, O/G, kh, kw, H, W, N)
    x = _by_group(np.ascontiguousarray(x.transpose(1, 2, 3, 0)), G)  # (G, C, H, W, N)
    turned = np.ascontiguousarray(_by_group(W[:, :, ::-1, ::-1], G).swapaxes(1, 2)).reshape(G, C, -1)
    d_x, d_W = np.empty_like(x), np.zeros((G, turned.shape[2], C), x.dtype)
    for some, at in _blocks(turned.shape[2], G, how, N):
        part = windows[some, :, :, :, *at]
        columns = part.reshape(len(part), turned.shape[2], -1)
        out = d_x[some, :, *at]
        out[...] = (turned[some] @ columns).reshape(out.shape)
        d_W[some] += columns @ np.ascontiguousarray(x[some, :, *at].reshape(len(part), C, -1).transpose(0, 2, 1))
    d_W = d_W.reshape(O, kh, kw, C)[:, ::-1, ::-1].transpose(0, 3, 1, 2)
    return d_x.reshape(-1, *x.shape[2:]).transpose(3, 0, 1, 2), d_W


# ---------------------------------------------------------------------- on Tensors
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The same weights at every window of an image.

    `input` (N, C, H, W), `weight` (O, C / groups, kh, kw), `bias` (O,) or None -> (N, O, oh, ow), where

        y[n, o, r, c] = bias[o] + sum over k, i, j of weight[o, k, i, j] input[n, k, stride r + dilation i, ...]

    stride: from window to window.  padding: zeros around the image, a number, a pair (rows, columns), 'valid'
    (none), or 'same' (as many outputs as inputs, at stride 1).  dilation: from tap to tap inside a window.
    groups: the channels fall into so many parts, which do not see each other.

    Raises ValueError where shapes do not go together, the batch is empty or no window fits, TypeError where the
    three are not of one dtype, float32 or float64.

    >>> from dlnotes.numpy import tensor, ones
    >>> conv2d(tensor([[[[1.0, 2.0, 4.0]]]]), tensor([[[[-1.0, 1.0]]]]))
    tensor([[[[1., 2.]]]])
    >>> conv2d(ones(8, 3, 32, 32), ones(16, 3, 5, 5), stride=2, padding=2).shape
    (8, 16, 16, 16)
    """
    how = check.convolution(Tensor, 2, input, weight, bias, stride, padding, dilation, groups)
    x, W, image = input.data, weight.data, input.shape[2:]
    d_input = (input, lambda g: _to_image(g, W, how, image))
    d_weight = (weight, lambda g: _to_weight(g, x, how, W.shape))
    if input.requires_grad and weight.requires_grad and _one_matrix_serves(how, W.shape):
        both = remember(lambda g: _to_both(g, x, W, how))
        d_input, d_weight = (input, lambda g: both(g)[0]), (weight, lambda g: both(g)[1])
    if bias is None:
        return record(_forward(x, W, how), d_input, d_weight)
    return record(_forward(x, W, how, bias.data), d_input, d_weight, (bias, lambda g: total(g, (0, 2, 3))))


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """`conv2d` of signals: `input` (N, C, L), `weight` (O, C / groups, k) -> (N, O, l), an image of one row.

    Raises as `conv2d` does.

    >>> from dlnotes.numpy import tensor
    >>> conv1d(tensor([[[1.0, 2.0, 4.0]]]), tensor([[[-1.0, 1.0]]]), padding="same")
    tensor([[[ 1.,  2., -4.]]])
    """
    how = check.convolution(Tensor, 1, input, weight, bias, stride, padding, dilation, groups)
    zeros = padding if isinstance(padding, str) else (0, how.padding[0][0])
    x, W = (t.reshape(*t.shape[:2], 1, t.shape[2]) for t in (input, weight))
    y = conv2d(x, W, bias, (1, *how.stride), zeros, (1, *how.dilation), groups)
    return y.reshape(*y.shape[:2], -1)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """Each pixel paints a window: the transpose A^T of `conv2d`, which makes images larger.

    `input` (N, C, H, W), `weight` (C, O / groups, kh, kw) -> (N, O, H', W'), with
    H' = stride (H - 1) + dilation (kh - 1) + 1 - 2 padding + output_padding: the size of an image from which `conv2d`
    with the same options makes H rows.  Where stride is above 1 several sizes do; `output_padding` picks one.

    Raises as `conv2d` does.
    """
    how, image = check.transposed(
        Tensor, 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
    x, W = input.data, weight.data
    y = _to_image(x, W, how, image)
    d_input = (input, lambda g: _forward(g, W, how))
    d_weight = (weight, lambda g: _to_weight(x, g, how, W.shape))
    if bias is None:
        return record(y, d_input, d_weight)
    return record(y + bias.data[:, None, None], d_input, d_weight, (bias, lambda g: total(g, (0, 2, 3))))


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """`conv_transpose2d` of signals: `input` (N, C, L), `weight` (C, O / groups, k) -> (N, O, L').

    Raises as `conv2d` does.

    >>> from dlnotes.numpy import tensor
    >>> conv_transpose1d(tensor([[[1.0, 10.0]]]), tensor([[[1.0, 2.0, 3.0]]]), stride=2)
    tensor([[[ 1.,  2., 13., 20., 30.]]])
    """
    how, _ = check.transposed(Tensor, 1, input, weight, bias, stride, padding, output_padding, groups, dilation)
    (more,), (zeros, _) = check.each("output_padding", output_padding, 0, 1), how.padding[0]
    x, W = (t.reshape(*t.shape[:2], 1, t.shape[2]) for t in (input, weight))
    y = conv_transpose2d(x, W, bias, (1, *how.stride), (0, zeros), (0, more), groups, (1, *how.dilation))
    return y.reshape(*y.shape[:2], -1)


def conv_matrix(
    weight: Tensor, input_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, *,
    sparse: bool = False,
) -> Any:  # fmt: skip
    """The matrix A of a convolution: A @ x.ravel() is conv(x).ravel(), for one image x (C, H, W), or (C, L).

    weight: (O, C / groups, kh, kw), or (O, C / groups, k) in one dimension; input_size: (H, W), or L.
    Returns an array (O oh ow, C H W), or with `sparse` a scipy.sparse.csr_array, which keeps what is not zero.

    >>> from dlnotes.numpy import tensor
    >>> conv_matrix(tensor([[[1.0, 2.0]]]), 4)
    array([[1., 2., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 1., 2.]], dtype=float32)
    """
    how, size = check.matrix(Tensor, weight, input_size, stride, padding, dilation, groups)
    O, C = weight.shape[0], weight.shape[1] * groups
    shape = (O * math.prod(how.size), C * math.prod(size))
    pixels = np.arange(1, shape[1] + 1).reshape(1, C, *size)  # numbered; 0 is the border
    pixels = _windows(_store(pixels, how), how)  # (C, kh, kw, oh, ow, 1): what each tap sees at each place
    pixels = pixels.reshape(groups, 1, -1, math.prod(how.size))  # (groups, 1, taps of a group, oh ow)
    outputs = np.arange(shape[0]).reshape(groups, O // groups, 1, -1)
    row, column, value = np.broadcast_arrays(outputs, pixels - 1, weight.data.reshape(groups, O // groups, -1, 1))
    inside = column >= 0
    row, column, value = row[inside], column[inside], value[inside]
    if sparse:
        from scipy.sparse import csr_array

        return csr_array((value, (row, column)), shape)
    A = np.zeros(shape, weight.dtype)
    A[row, column] = value
    return A


# ---------------------------------------------------------------------- layers
class _Conv(Module):
    """What the layers share: weights, where they start, and how they are shown."""

    def __init__(
        self, ndim: int, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any,
        dilation: Any, groups: int, bias: bool, dtype: Any, generator: np.random.Generator | None,
        transposed: bool = False, output_padding: Any = 0,
    ):  # fmt: skip
        how = check.layer(
            ndim, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, output_padding, transposed
        )
        _validate.generator(generator)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding = how
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        self.weight = Parameter(np.zeros((first, second // groups, *self.kernel_size), dtype or float32))
        self.bias = Parameter(np.zeros(out_channels, dtype or float32)) if bias else None
        bound = check.fan_in(self.weight.shape) ** -0.5
        generator = generator or np.random.default_rng()
        init.uniform_(self.weight, -bound, bound, generator)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, generator)

    def extra_repr(self) -> str:
        none, one = (0,) * len(self.stride), (1,) * len(self.stride)
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
            + (f", padding={self.padding}" if self.padding != none else "")
            + (f", dilation={self.dilation}" if self.dilation != one else "")
            + (f", output_padding={self.output_padding}" if self.output_padding != none else "")
            + (f", groups={self.groups}" if self.groups != 1 else "")
            + (", bias=False" if self.bias is None else "")
        )


class Conv1d(_Conv):
    """`conv1d` with learned weights, from (N, in_channels, L) to (N, out_channels, l).

    Weights and biases start uniform in +-1/sqrt(fan_in), fan_in = in_channels / groups * k.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *,
        dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        super().__init__(
            1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, dtype, generator
        )

    def forward(self, input: Tensor) -> Tensor:
        return conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """`conv2d` with learned weights, from (N, in_channels, H, W) to (N, out_channels, oh, ow).

    Weights and biases start uniform in +-1/sqrt(fan_in), fan_in = in_channels / groups * kh * kw.

    >>> Conv2d(3, 16, 5, padding=2)
    Conv2d(3, 16, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *,
        dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        super().__init__(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, dtype, generator
        )

    def forward(self, input: Tensor) -> Tensor:
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose1d(_Conv):
    """`conv_transpose1d` with learned weights, from (N, in_channels, L) to (N, out_channels, L').

    Weights and biases start uniform in +-1/sqrt(out_channels / groups * k).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, *,
        dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        super().__init__(
            1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, dtype, generator,
            transposed=True, output_padding=output_padding,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose2d(_Conv):
    """`conv_transpose2d` with learned weights, from (N, in_channels, H, W) to (N, out_channels, H', W').

    Weights and biases start uniform in +-1/sqrt(out_channels / groups * kh * kw).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, *,
        dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        super().__init__(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, dtype, generator,
            transposed=True, output_padding=output_padding,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class LocallyConnected2d(Module):
    """A convolution that shares nothing: each place of the output has weights and biases of its own.

    From (N, in_channels, *input_size) to (N, out_channels, oh, ow).  `weight[r, c]` (out, in, kh, kw) is the kernel at
    place (r, c) and `bias` is (out, oh, ow), so there are oh * ow times as many of them as in `Conv2d`: what
    sharing saves.  They start as in `Conv2d`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, input_size: Any, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, bias: bool = True, *,
        dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        self.kernel_size, self.stride, self.padding, self.dilation, _ = check.layer(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.input_size = check.each("input_size", input_size, 1, 2)
        self._how = check.windows(self.input_size, self.kernel_size, stride, padding, dilation)
        _validate.generator(generator)
        shape = (*self._how.size, out_channels, in_channels, *self.kernel_size)
        self.weight = Parameter(np.zeros(shape, dtype or float32))
        self.bias = Parameter(np.zeros((out_channels, *self._how.size), dtype or float32)) if bias else None
        bound = check.fan_in(shape[2:]) ** -0.5
        generator = generator or np.random.default_rng()
        init.uniform_(self.weight, -bound, bound, generator)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Tensor) -> Tensor:
        check.fits(Tensor, input, self.weight, self.in_channels, self.input_size)
        how, x, shape = self._how, input.data, self.weight.shape
        W = self.weight.data.reshape(*shape[:3], -1)  # (oh, ow, O, C kh kw)

        def columns() -> np.ndarray:  # (oh, ow, C kh kw, N)
            return _windows(_store(x, how), how).transpose(3, 4, 0, 1, 2, 5).reshape(*how.size, -1, len(x))

        def d_input(g: np.ndarray) -> np.ndarray:  # g (N, O, oh, ow)
            d, inside = _zeros(shape[3], x.shape[2:], len(x), how, x.dtype)
            to = _windows(d, how)
            parts = (W.swapaxes(2, 3) @ g.transpose(2, 3, 1, 0)).reshape(*how.size, *shape[3:], -1)
            for i, j in np.ndindex(*how.kernel):
                to[:, i, j] += parts[:, :, :, i, j].transpose(2, 0, 1, 3)
            return inside.transpose(3, 0, 1, 2)

        def d_weight(g: np.ndarray) -> np.ndarray:
            return (g.transpose(2, 3, 1, 0) @ columns().swapaxes(2, 3)).reshape(shape)

        y = record((W @ columns()).transpose(3, 2, 0, 1), (input, d_input), (self.weight, d_weight))
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, input_size={self.input_size}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, bias={self.bias is not None}"
        )


# ---------------------------------------------------------------------- what one output sees
def receptive_map(model: Module, input: Tensor, position: Any = None) -> np.ndarray:
    """What one output of any model sees of its input, by gradients: an array (H, W), or (L,).

    Each entry is the gradient, in absolute value and added up over channels, of the output at `position` (its
    middle by default) of the first image, all channels added up; of an output (N, C) all of C.
    The model is in evaluation mode meanwhile.  It is 0 outside of the field that `receptive_field` computes; inside it
    also shows how much each pixel counts (the *effective* field of Luo et al. 2016), and is 0 where a max pooling or a
    ReLU lets nothing of this input through.
    """
    _validate.tensors(Tensor, input=input)
    x = Tensor(input.data, requires_grad=True)
    before = [p.grad for p in model.parameters()]
    with enable_grad(), _modes.evaluating(model):
        y = model(x)
        y[(0, slice(None), *check.place(position, y))].sum().backward()
    for p, grad in zip(model.parameters(), before):  # as if nothing had been asked of them
        p.grad = grad
    return np.abs(x.grad.data[0]).sum(0)  # type: ignore[union-attr]


def saliency(model: Module, input: Tensor, target: Any = None) -> np.ndarray:
    """How much each pixel matters to a classifier's answer: an array (N, H, W), or (N, L), for images (N, C, ...).

    Each entry is the gradient of one class's score with respect to the pixel, in absolute value, the largest of its
    channels.
    target: the class, or one for each image; by default the class that each image is taken for.
    Source: Simonyan, Vedaldi and Zisserman 2014, section 3.
    """
    _validate.tensors(Tensor, input=input)
    x = Tensor(input.data, requires_grad=True)
    before = [p.grad for p in model.parameters()]
    with enable_grad(), _modes.evaluating(model):
        y = model(x)
        y[np.arange(len(x)), check.classes(target, y)].sum().backward()
    for p, grad in zip(model.parameters(), before):  # as if nothing had been asked of them
        p.grad = grad
    return np.abs(x.grad.data).max(1)  # type: ignore[union-attr]
