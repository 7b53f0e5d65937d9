"""Normalisation: give activations mean 0 and variance 1, then let the network choose both anew.

Deep networks train badly when the scale of a layer's input drifts as the layers before it learn.  All
layers here subtract a mean, divide by a standard deviation, then multiply by a learned `weight` and add a
learned `bias`.  They differ in one thing: *over what* mean and variance are taken.

    images (N, C, H, W)     batch norm      all images, each channel:           N, H, W
                            instance norm   each image, each channel:           H, W
                            group norm      each image, each group of channels: C / groups, H, W
    rows   (..., D)         layer norm      each row:                           D

Batch norm makes the output for one example depend on the others in its batch.  In evaluation it uses
running averages of what it saw in training; the rest do the same in both.  Variances divide by the count
n, for they describe the batch itself; the running variance divides by n - 1, for it estimates the data's.

AlexNet had none of these: its local response norm divides a unit by the strength of its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes._validate import norm as _check
from dlnotes.numpy.nn import Buffer, Module, Parameter
from dlnotes.numpy.tensor import Tensor, float32, record, remember, sum_to_shape, total

__all__ = [
    "batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "local_response_norm",
    "BatchNorm1d", "BatchNorm2d", "InstanceNorm2d", "GroupNorm", "LayerNorm", "RMSNorm", "LocalResponseNorm",
]  # fmt: skip


# ---------------------------------------------------------------------- over the batch
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias in each channel of `input` (N, C, ...); the others are (C,).

    training: mean and variance are those of this batch, and the running ones move towards them in place,
    running = (1 - momentum) * running + momentum * batch.  Otherwise they are the running ones.

    With z the normalised x, in training the gradient loses two parts, for mean and variance follow x: its
    mean, and what lies along z.
    Raises ValueError where shapes do not fit, nothing is in `input`, or a channel has one value in training,
    TypeError where the dtypes are not one of floats.  Source: Ioffe and Szegedy 2015.
    """
    _check.batch(Tensor, input, running_mean, running_var, weight, bias, training, momentum)
    seen, back = _layout(input.data)
    x = seen(input.data)  # (K, C, M)
    K, C, M = x.shape
    n = K * M
    images, columns = max(1, 65_536 // x[0].size), max(1, 65_536 // C)  # as many as stay in the cache
    parts = [np.s_[i : i + images, :, j : j + columns] for i in range(0, K, images) for j in range(0, M, columns)]

    mean = total(x, (0, 2)) / n if training else running_mean.data  # type: ignore[union-attr]
    d, y = np.empty_like(x), np.empty_like(x)
    for p in parts:
        np.subtract(x[p], mean[:, None], out=d[p])
    if training:
        var = total(_dots(d, d), (0,)) / n
        _track(running_mean, mean, momentum)
        _track(running_var, var * (n / (n - 1)), momentum)
    else:
        var = running_var.data  # type: ignore[union-attr]
    r = 1 / np.sqrt(var + eps)
    scale = r if weight is None else r * weight.data
    for p in parts:
        np.multiply(d[p], scale[:, None], out=y[p])
        if bias is not None:
            y[p] += bias.data[:, None]

    @remember
    def sums(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # (C,): over all images and pixels, of g and of g z
        g = seen(g)
        return total(g, (0, 2)), total(_dots(g, d), (0,)) * r

    def d_input(g: np.ndarray) -> np.ndarray:
        gx = seen(g) * scale[:, None]
        if training:
            whole, along = sums(g)
            for p in parts:
                gx[p] -= (scale * whole / n)[:, None]
                gx[p] -= d[p] * (scale * r * along / n)[:, None]
        return back(gx)

    made_of = [(input, d_input)]
    if weight is not None:
        made_of.append((weight, lambda g: sums(g)[1]))
    if bias is not None:
        made_of.append((bias, lambda g: sums(g)[0]))
    return record(back(y), *made_of)


def _layout(x: np.ndarray) -> tuple[Callable, Callable]:
    """Views of arrays stored like x, (N, C, ...), as (K, C, M) with M close in memory; and back.

    K is N, or 1 where the images are stored along the last axis, as convolutions leave them.
    """
    shape, (N, C) = x.shape, x.shape[:2]
    if x.strides[0] >= x.strides[1]:
        return lambda a: a.reshape(N, C, -1), lambda a: a.reshape(shape)
    return (
        lambda a: a.reshape(N, C, -1).transpose(1, 2, 0).reshape(1, C, -1),
        lambda a: a.reshape(C, -1, N).transpose(2, 0, 1).reshape(shape),
    )


def _dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sums of a b over the last axis; BLAS, which wants it close in memory, adds up in few places: in pieces."""
    if {a.strides[-1], b.strides[-1]} != {a.itemsize}:
        return total(a * b, (a.ndim - 1,))
    pieces = (np.s_[..., i : i + 4096] for i in range(0, a.shape[-1], 4096))
    return sum(np.vecdot(a[p], b[p]).astype(np.float64) for p in pieces).astype(a.dtype)


def _track(running: Tensor | None, value: np.ndarray, momentum: float) -> None:
    if running is not None:
        running.copy_((1 - momentum) * running.data + momentum * value)


# ---------------------------------------------------------------------- within an example
def _standardise(
    input: Tensor, view: tuple, weight: Tensor | None, bias: Tensor | None, meet: tuple, eps: float, centre: bool = True
) -> Tensor:
    """z = (x - mean) / sqrt(var + eps) over the last axis of x seen as `view`; then z * weight + bias.

    `meet` is the shape in which weight and bias broadcast against the input.  Without `centre` the mean counts as 0.
    """
    x = input.data.reshape(view)
    n, last = x.shape[-1], (x.ndim - 1,)
    d = x - total(x, last, True) / n if centre else x
    r = 1 / np.sqrt(_dots(d, d)[..., None] / n + eps)
    z = (d * r).reshape(input.shape)

    def d_input(g: np.ndarray) -> np.ndarray:
        g, along = (g if weight is None else g * w).reshape(view), z.reshape(view)
        d = along * (_dots(g, along) / -n)[..., None]
        if centre:
            d -= total(g, last, True) / n
        d += g
        d *= r
        return d.reshape(z.shape)

    y, made_of = z, [(input, d_input)]
    if weight is not None:
        w, shape = weight.data.reshape(meet), weight.shape
        made_of.append((weight, lambda g: sum_to_shape(g * z, meet).reshape(shape)))
        y = y * w
    if bias is not None:
        b, shape = bias.data.reshape(meet), bias.shape
        made_of.append((bias, lambda g: sum_to_shape(g, meet).reshape(shape)))
        y = y + b
    return record(y, *made_of)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalise each of `num_groups` groups of channels of each example of `input` (N, C, ...); the others are (C,).

    Raises ValueError where C is no multiple of `num_groups`, shapes do not fit, nothing is in `input` or one value
    in a group, TypeError where the dtypes are not one of floats.  Source: Wu and He 2018.
    """
    _check.examples(Tensor, input)
    N, C = input.shape[:2]
    _check.grouped(num_groups, C)
    _check.beside(Tensor, input, (C,), weight=weight, bias=bias)
    _check.several(input, "group", math.prod(input.shape[1:]) // num_groups)
    return _standardise(input, (N, num_groups, -1), weight, bias, (C,) + (1,) * (input.ndim - 2), eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel of each image of `input` (N, C, ...): group norm with groups of one.

    use_input_stats: take each image's own mean and variance, and move the running ones, if given, towards their
    averages.  Otherwise use the running ones, as batch norm does.
    Raises as `group_norm`.  Source: Ulyanov, Vedaldi and Lempitsky 2016, for style transfer.
    """
    _check.batch(Tensor, input, running_mean, running_var, weight, bias, use_input_stats, momentum)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    C = input.shape[1]
    L = math.prod(input.shape[2:])
    _check.several(input, "channel and image", L)
    x = input.data.reshape(-1, C, L)
    mean = total(x, (2,)) / L  # (N, C)
    d = x - mean[..., None]
    _track(running_mean, total(mean, (0,)) / len(x), momentum)
    _track(running_var, total(_dots(d, d), (0,)) / (len(x) * (L - 1)), momentum)
    return group_norm(input, C, weight, bias, eps)


def layer_norm(
    input: Tensor,
    normalized_shape: tuple[int, ...],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each row of `input` (..., *normalized_shape) over those last axes; the others are `normalized_shape`.

    Raises ValueError where shapes do not fit or nothing is in `input`, TypeError where the dtypes are not one of
    floats.  Source: Ba, Kiros and Hinton 2016.

    >>> from dlnotes.numpy import tensor
    >>> layer_norm(tensor([[1.0, 2.0, 3.0]]), (3,))
    tensor([[-1.2247,  0.    ,  1.2247]])
    """
    _check.rows(Tensor, input, normalized_shape)
    _check.beside(Tensor, input, normalized_shape, weight=weight, bias=bias)
    view, meet = (-1, math.prod(normalized_shape)), tuple(normalized_shape)
    return _standardise(input, view, weight, bias, meet, eps)


def rms_norm(
    input: Tensor, normalized_shape: tuple[int, ...], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / sqrt(mean(x^2) + eps) * weight over the last axes: layer norm that takes the mean for 0.

    eps: by default the spacing of numbers of this dtype at 1.  Raises as `layer_norm`.
    Source: Zhang and Sennrich 2019.
    """
    _check.rows(Tensor, input, normalized_shape)
    _check.beside(Tensor, input, normalized_shape, weight=weight)
    view, meet = (-1, math.prod(normalized_shape)), tuple(normalized_shape)
    eps = np.finfo(input.dtype).eps if eps is None else eps
    return _standardise(input, view, weight, None, meet, eps, centre=False)


# ---------------------------------------------------------------------- over neighbouring channels
def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha / size * S)^beta, S the sum of x^2 over the `size` channels around it; `input` (N, C, L, ...).

    AlexNet writes alpha for what is alpha / size here: its 1e-4 with size 5 is PyTorch's 5e-4, and its k is 2.
    Raises ValueError where shapes do not fit, nothing is in `input`, or k is not above 0.
    Source: Krizhevsky, Sutskever and Hinton 2012, section 3.3.
    """
    _check.response(Tensor, input, size, alpha, beta, k)
    x = input.data
    before, after = size // 2, (size - 1) // 2
    s = k + alpha / size * _window_sum(x * x, before, after)
    y = x * s**-beta

    def d_input(g: np.ndarray) -> np.ndarray:  # whom a channel hears in the sum hears it back: the window turned round
        return g * s**-beta - (2 * alpha * beta / size) * x * _window_sum(g * y / s, after, before)

    return record(y, (input, d_input))


def _window_sum(a: np.ndarray, before: int, after: int) -> np.ndarray:
    """At each channel, the sum over it, `before` channels before it and `after` after it."""
    padded = np.pad(a, [(0, 0), (before, after)] + [(0, 0)] * (a.ndim - 2))
    total = padded[:, : a.shape[1]].copy()
    for i in range(1, before + 1 + after):
        total += padded[:, i : i + a.shape[1]]
    return total


# ---------------------------------------------------------------------- layers
def _line(shape: Any, weight: bool, bias: bool, dtype: Any) -> tuple[Parameter | None, Parameter | None]:
    """A weight of ones and a bias of zeros, where wanted: at first, the normalised input itself."""
    return (
        Parameter(np.ones(shape, dtype or float32)) if weight else None,
        Parameter(np.zeros(shape, dtype or float32)) if bias else None,
    )


class _ChannelNorm(Module):
    """What batch and instance norm share: weight, bias and running statistics, one number for each channel."""

    layout, ranks = "(N, C, H, W)", (4,)

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        dtype: Any,
    ):
        _validate.size("num_features", num_features)
        _validate.at_least("eps", eps, 0)
        if momentum is not None:
            _check.share(momentum)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight, self.bias = _line(num_features, affine, affine, dtype)
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, dtype or float32))
            self.running_var = Buffer(np.ones(num_features, dtype or float32))
            self.num_batches_tracked = Buffer(0)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm2d(_ChannelNorm):
    """`batch_norm` of images (N, C, H, W) with C = `num_features`.

    momentum: how far the running statistics move at each step; None for the plain average of all steps.
    affine: whether there are a weight, at first 1, and a bias, at first 0.
    track_running_stats: without, evaluation uses the statistics of its batch too.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = None,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check.examples(Tensor, input, self.layout, self.ranks, self.num_features)
        own = self.training or self.running_mean is None
        count = self.num_batches_tracked if self.training else None
        momentum = self.momentum
        if momentum is None:
            momentum = 0 if count is None else 1 / (count.item() + 1)
        running = (self.running_mean, self.running_var)
        y = batch_norm(input, *running, self.weight, self.bias, own, momentum, self.eps)
        if count is not None:
            count.copy_(count.data + 1)
        return y


class BatchNorm1d(BatchNorm2d):
    """`batch_norm` of rows (N, C) or signals (N, C, L), as `BatchNorm2d`."""

    layout, ranks = "(N, C) or (N, C, L)", (2, 3)  # type: ignore[assignment]


class InstanceNorm2d(_ChannelNorm):
    """`instance_norm` of images (N, C, H, W) with C = `num_features`; options as for `BatchNorm2d`."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        dtype: Any = None,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check.examples(Tensor, input, self.layout, self.ranks, self.num_features)
        own = self.training or self.running_mean is None
        running = (self.running_mean, self.running_var)
        return instance_norm(input, *running, self.weight, self.bias, own, self.momentum or 0, self.eps)


class GroupNorm(Module):
    """`group_norm` of (N, C, ...) with C = `num_channels`; weight starts at 1, bias at 0."""

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, dtype: Any = None
    ):
        _validate.size("num_channels", num_channels)
        _check.grouped(num_groups, num_channels)
        _validate.at_least("eps", eps, 0)
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight, self.bias = _line(num_channels, affine, affine, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check.examples(Tensor, input, channels=self.num_channels)
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.affine}"


class LayerNorm(Module):
    """`layer_norm` over the last axes, a size or a tuple of sizes; weight starts at 1, bias at 0."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ):
        shape = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        _check.extents(shape)
        _validate.at_least("eps", eps, 0)
        self.normalized_shape, self.eps, self.elementwise_affine = tuple(shape), eps, elementwise_affine
        self.weight, self.bias = _line(shape, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class RMSNorm(Module):
    """`rms_norm` over the last axes, a size or a tuple of sizes; weight starts at 1."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ):
        shape = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        _check.extents(shape)
        self.normalized_shape, self.eps, self.elementwise_affine = tuple(shape), eps, elementwise_affine
        self.weight, _ = _line(shape, elementwise_affine, False, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """`local_response_norm` as a layer."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
