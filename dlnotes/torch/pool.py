"""Pooling: PyTorch's own, under the names of `dlnotes.numpy.pool`, with inputs and options checked in its words.

PyTorch has no blur pool: it is written out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlnotes._validate import pool as check

__all__ = [
    "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "lp_pool1d", "lp_pool2d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "blur_pool1d", "blur_pool2d",
    "MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "LPPool1d", "LPPool2d",
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "BlurPool1d", "BlurPool2d",
]  # fmt: skip


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest entry of every window, (N, C, L) -> (N, C, l), as torch.nn.functional.max_pool1d."""
    check.pooling(Tensor, 1, input, kernel_size, stride, padding, dilation, ceil_mode)
    return functional.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)  # type: ignore[call-overload]


def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest pixel of every window, (N, C, H, W) -> (N, C, oh, ow), as torch.nn.functional.max_pool2d."""
    check.pooling(Tensor, 2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return functional.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)  # type: ignore[call-overload]


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of every window, (N, C, L) -> (N, C, l), as torch.nn.functional.avg_pool1d."""
    check.pooling(Tensor, 1, input, kernel_size, stride, padding, 1, ceil_mode)
    return functional.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of every window, (N, C, H, W) -> (N, C, oh, ow), as torch.nn.functional.avg_pool2d."""
    check.pooling(Tensor, 2, input, kernel_size, stride, padding, 1, ceil_mode)
    return functional.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p over every window)^(1/p), (N, C, L) -> (N, C, l), as torch.nn.functional.lp_pool1d."""
    check.norm_type(norm_type)
    (kernel,), (step,) = check.pooling(Tensor, 1, input, kernel_size, stride, ceil_mode=ceil_mode)[:2]
    return functional.lp_pool1d(input, norm_type, kernel, step, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p over every window)^(1/p), (N, C, H, W) -> (N, C, oh, ow), as torch.nn.functional.lp_pool2d."""
    check.norm_type(norm_type)
    check.pooling(Tensor, 2, input, kernel_size, stride, ceil_mode=ceil_mode)
    return functional.lp_pool2d(input, norm_type, kernel_size, stride, ceil_mode)


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Means over windows chosen so that `output_size` comes out, as torch.nn.functional.adaptive_avg_pool1d."""
    return functional.adaptive_avg_pool1d(input, check.adaptive(Tensor, 1, input, output_size))


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Means over windows chosen so that `output_size` comes out, as torch.nn.functional.adaptive_avg_pool2d."""
    rows, columns = check.adaptive(Tensor, 2, input, output_size)
    return functional.adaptive_avg_pool2d(input, (rows, columns))


def blur_pool1d(input: Tensor, kernel_size: int = 3, stride: int = 2) -> Tensor:
    """`blur_pool2d` of signals, (N, C, L) -> (N, C, ceil(L / stride))."""
    check.blur(Tensor, 1, input, kernel_size, stride)
    weights = input.new_tensor(check.binomial(kernel_size)).expand(input.shape[1], 1, -1)
    wide = functional.pad(input, ((kernel_size - 1) // 2, kernel_size // 2), "reflect")
    return functional.conv1d(wide, weights, stride=stride, groups=input.shape[1])


def blur_pool2d(input: Tensor, kernel_size: int = 3, stride: int = 2) -> Tensor:
    """Blurred with binomial weights, and of that every `stride`-th pixel: (N, C, H, W) -> (N, C, H / s, W / s)."""
    check.blur(Tensor, 2, input, kernel_size, stride)
    row = input.new_tensor(check.binomial(kernel_size))
    weights = torch.outer(row, row).expand(input.shape[1], 1, -1, -1)
    wide = functional.pad(input, ((kernel_size - 1) // 2, kernel_size // 2) * 2, "reflect")
    return functional.conv2d(wide, weights, stride=stride, groups=input.shape[1])


class MaxPool1d(nn.MaxPool1d):
    """`max_pool1d` as a layer."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ):  # fmt: skip
        check.window(1, kernel_size, stride, padding, dilation)
        super().__init__(kernel_size, stride, padding, dilation, return_indices, ceil_mode)

    def forward(self, input: Tensor) -> Any:
        return max_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool2d(nn.MaxPool2d):
    """`max_pool2d` as a layer."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ):  # fmt: skip
        check.window(2, kernel_size, stride, padding, dilation)
        super().__init__(kernel_size, stride, padding, dilation, return_indices, ceil_mode)

    def forward(self, input: Tensor) -> Any:
        return max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class AvgPool1d(nn.AvgPool1d):
    """`avg_pool1d` as a layer."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):  # fmt: skip
        check.window(1, kernel_size, stride, padding)
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class AvgPool2d(nn.AvgPool2d):
    """`avg_pool2d` as a layer."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):  # fmt: skip
        check.window(2, kernel_size, stride, padding)
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class LPPool1d(nn.LPPool1d):
    """`lp_pool1d` as a layer."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
        check.norm_type(norm_type)
        check.window(1, kernel_size, stride)
        super().__init__(norm_type, kernel_size, stride, ceil_mode)

    def forward(self, input: Tensor) -> Tensor:
        return lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(nn.LPPool2d):
    """`lp_pool2d` as a layer."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
        check.norm_type(norm_type)
        check.window(2, kernel_size, stride)
        super().__init__(norm_type, kernel_size, stride, ceil_mode)

    def forward(self, input: Tensor) -> Tensor:
        return lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class AdaptiveAvgPool1d(nn.AdaptiveAvgPool1d):
    """`adaptive_avg_pool1d` as a layer."""

    def __init__(self, output_size: Any):
        check.target(1, output_size)
        super().__init__(output_size)

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """`adaptive_avg_pool2d` as a layer."""

    def __init__(self, output_size: Any):
        check.target(2, output_size)
        super().__init__(output_size)

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool2d(input, self.output_size)


class _BlurPool(nn.Module):
    ndim: int

    def __init__(self, kernel_size: int = 3, stride: int = 2):
        super().__init__()
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
