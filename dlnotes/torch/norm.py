"""Normalisation: PyTorch's own, with inputs checked as in `dlnotes.numpy.norm`."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor
from torch.nn import BatchNorm1d as TorchBatchNorm1d
from torch.nn import BatchNorm2d as TorchBatchNorm2d
from torch.nn import GroupNorm as TorchGroupNorm
from torch.nn import InstanceNorm2d as TorchInstanceNorm2d
from torch.nn import LayerNorm as TorchLayerNorm
from torch.nn import LocalResponseNorm as TorchLocalResponseNorm
from torch.nn import RMSNorm as TorchRMSNorm
from torch.nn import functional

from dlnotes import _validate
from dlnotes._validate import norm as _check

__all__ = [
    "batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "local_response_norm",
    "BatchNorm1d", "BatchNorm2d", "InstanceNorm2d", "GroupNorm", "LayerNorm", "RMSNorm", "LocalResponseNorm",
]  # fmt: skip


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
    """Normalise each channel of (N, C, ...) over the batch."""
    _check.batch(Tensor, input, running_mean, running_var, weight, bias, training, momentum)
    return functional.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


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
    """Normalise each channel of each image of (N, C, ...)."""
    _check.batch(Tensor, input, running_mean, running_var, weight, bias, use_input_stats, momentum)
    if use_input_stats:
        _check.several(input, "channel and image", math.prod(input.shape[2:]))
    return functional.instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalise each group of channels of each example of (N, C, ...)."""
    _check.examples(Tensor, input)
    _check.grouped(num_groups, input.shape[1])
    _check.beside(Tensor, input, (input.shape[1],), weight=weight, bias=bias)
    _check.several(input, "group", math.prod(input.shape[1:]) // num_groups)
    return functional.group_norm(input, num_groups, weight, bias, eps)


def layer_norm(
    input: Tensor,
    normalized_shape: tuple[int, ...],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each row over the last axes."""
    _check.rows(Tensor, input, normalized_shape)
    _check.beside(Tensor, input, normalized_shape, weight=weight, bias=bias)
    return functional.layer_norm(input, list(normalized_shape), weight, bias, eps)


def rms_norm(
    input: Tensor, normalized_shape: tuple[int, ...], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide each row by the root of its mean square."""
    _check.rows(Tensor, input, normalized_shape)
    _check.beside(Tensor, input, normalized_shape, weight=weight)
    return functional.rms_norm(input, list(normalized_shape), weight, eps)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Divide each entry by the strength of its neighbours, channel by channel."""
    _check.response(Tensor, input, size, alpha, beta, k)
    return functional.local_response_norm(input, size, alpha, beta, k)


def _channel_options(num_features: int, eps: float, momentum: float | None) -> None:
    _validate.size("num_features", num_features)
    _validate.at_least("eps", eps, 0)
    if momentum is not None:
        _check.share(momentum)


def _check_batch(layer: Any, input: Tensor, layout: str, ranks: tuple[int, ...]) -> None:
    _check.examples(Tensor, input, layout, ranks, layer.num_features)
    own = layer.training or layer.running_mean is None
    running = (layer.running_mean, layer.running_var)
    _check.batch(Tensor, input, *running, layer.weight, layer.bias, own, layer.momentum or 0)


class BatchNorm2d(TorchBatchNorm2d):
    """Batch norm of images (N, C, H, W)."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        _channel_options(num_features, eps, momentum)
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check_batch(self, input, "(N, C, H, W)", (4,))
        return super().forward(input)


class BatchNorm1d(TorchBatchNorm1d):
    """Batch norm of rows (N, C) or signals (N, C, L)."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        _channel_options(num_features, eps, momentum)
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check_batch(self, input, "(N, C) or (N, C, L)", (2, 3))
        return super().forward(input)


class InstanceNorm2d(TorchInstanceNorm2d):
    """Instance norm of images (N, C, H, W)."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
    ):
        _channel_options(num_features, eps, momentum)
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check_batch(self, input, "(N, C, H, W)", (4,))
        if self.training or self.running_mean is None:
            _check.several(input, "channel and image", math.prod(input.shape[2:]))
        return super().forward(input)


class GroupNorm(TorchGroupNorm):
    """Group norm of (N, C, ...)."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        _validate.size("num_channels", num_channels)
        _check.grouped(num_groups, num_channels)
        _validate.at_least("eps", eps, 0)
        super().__init__(num_groups, num_channels, eps, affine, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        _check.examples(Tensor, input, channels=self.num_channels)
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LayerNorm(TorchLayerNorm):
    """Layer norm over the last axes."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        _check.extents(normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,))
        _validate.at_least("eps", eps, 0)
        super().__init__(normalized_shape, eps, elementwise_affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(TorchRMSNorm):
    """Root-mean-square norm over the last axes."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        _check.extents(normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,))
        super().__init__(normalized_shape, eps, elementwise_affine, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)


class LocalResponseNorm(TorchLocalResponseNorm):
    """Local response norm as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)
