"""Convolution: PyTorch's own, under the names of `dlnotes.numpy.conv`.

Shapes and options are checked in the words of the NumPy twin, and with a `numpy.random.Generator` layers start
from the same numbers.  PyTorch has no convolution matrix and no layer without shared weights: these are written out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import Module, Parameter, functional

from dlnotes import _modes, _validate
from dlnotes._validate import conv as check
from dlnotes._validate.conv import ReceptiveField, Windows, receptive_field
from dlnotes.torch import init

__all__ = [
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "conv_matrix",
    "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d",
    "LocallyConnected2d", "ReceptiveField", "receptive_field", "receptive_map", "saliency",
]  # fmt: skip


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The same weights at every window of an image, as torch.nn.functional.conv2d."""
    check.convolution(Tensor, 2, input, weight, bias, stride, padding, dilation, groups)
    return functional.conv2d(input, weight, bias, stride, padding, dilation, groups)


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """`conv2d` of signals (N, C, L), as torch.nn.functional.conv1d."""
    check.convolution(Tensor, 1, input, weight, bias, stride, padding, dilation, groups)
    return functional.conv1d(input, weight, bias, stride, padding, dilation, groups)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """Each pixel paints a window: the transpose of `conv2d`, as torch.nn.functional.conv_transpose2d."""
    check.transposed(Tensor, 2, input, weight, bias, stride, padding, output_padding, groups, dilation)
    return functional.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """`conv_transpose2d` of signals (N, C, L), as torch.nn.functional.conv_transpose1d."""
    check.transposed(Tensor, 1, input, weight, bias, stride, padding, output_padding, groups, dilation)
    return functional.conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def _columns(x: Tensor, how: Windows) -> Tensor:
    """All windows of images (N, C, H, W), as columns (N, C kh kw, oh ow)."""
    (top, bottom), (left, right) = how.padding
    return functional.unfold(functional.pad(x, (left, right, top, bottom)), how.kernel, how.dilation, 0, how.stride)


def conv_matrix(
    weight: Tensor, input_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, *,
    sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The matrix A of a convolution: A @ x.ravel() is conv(x).ravel(), for one image x (C, H, W), or (C, L).

    weight: (O, C / groups, kh, kw), or (O, C / groups, k) in one dimension; input_size: (H, W), or L.
    Returns a tensor (O oh ow, C H W), with `sparse` a sparse one, off the tape.
    """
    how, size = check.matrix(Tensor, weight, input_size, stride, padding, dilation, groups)
    O, C = weight.shape[0], weight.shape[1] * groups
    shape = (O * math.prod(how.size), C * math.prod(size))
    pixels = torch.arange(1.0, shape[1] + 1, dtype=torch.float64).reshape(1, C, *size)  # numbered; 0 is the border
    pixels = _columns(pixels, how)[0].long().to(weight.device)  # (C kh kw, oh ow): what each tap sees at each place
    pixels = pixels.reshape(groups, 1, -1, math.prod(how.size))  # (groups, 1, taps of a group, oh ow)
    outputs = torch.arange(shape[0], device=weight.device).reshape(groups, O // groups, 1, -1)
    weights = weight.detach().reshape(groups, O // groups, -1, 1)
    row, column, value = torch.broadcast_tensors(outputs, pixels - 1, weights)
    inside = column >= 0
    at, value = torch.stack((row[inside], column[inside])), value[inside]
    if sparse:
        return torch.sparse_coo_tensor(at, value, shape, check_invariants=True).coalesce()
    A = torch.zeros(shape, dtype=weight.dtype, device=weight.device)
    A[at[0], at[1]] = value
    return A


def _start(layer: Module, fan_in: int, generator: np.random.Generator | None) -> None:
    """The starting values of the NumPy twin, where there is a generator to draw them from."""
    if generator is not None:
        bound = fan_in**-0.5
        for parameter in layer.parameters():  # weight, then bias
            init.uniform_(parameter, -bound, bound, generator)


class Conv1d(nn.Conv1d):
    """`conv1d` with learned weights, from (N, in_channels, L) to (N, out_channels, l)."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *,
        device: Any = None, dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        check.layer(1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        _validate.generator(generator)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, "zeros", device, dtype
        )
        _start(self, check.fan_in(self.weight.shape), generator)

    def forward(self, input: Tensor) -> Tensor:
        return conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv2d(nn.Conv2d):
    """`conv2d` with learned weights, from (N, in_channels, H, W) to (N, out_channels, oh, ow)."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *,
        device: Any = None, dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        check.layer(2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        _validate.generator(generator)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, "zeros", device, dtype
        )
        _start(self, check.fan_in(self.weight.shape), generator)

    def forward(self, input: Tensor) -> Tensor:
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose1d(nn.ConvTranspose1d):
    """`conv_transpose1d` with learned weights, from (N, in_channels, L) to (N, out_channels, L')."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, *,
        device: Any = None, dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        check.layer(
            1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, output_padding, True
        )
        _validate.generator(generator)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation,
            device=device, dtype=dtype,
        )  # fmt: skip
        _start(self, check.fan_in(self.weight.shape), generator)

    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        return conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose2d(nn.ConvTranspose2d):
    """`conv_transpose2d` with learned weights, from (N, in_channels, H, W) to (N, out_channels, H', W')."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, *,
        device: Any = None, dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        check.layer(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, output_padding, True
        )
        _validate.generator(generator)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation,
            device=device, dtype=dtype,
        )  # fmt: skip
        _start(self, check.fan_in(self.weight.shape), generator)

    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        return conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class LocallyConnected2d(Module):
    """A convolution that shares nothing: each place of the output has weights and biases of its own.

    From (N, in_channels, *input_size) to (N, out_channels, oh, ow).  `weight[r, c]` (out, in, kh, kw) is the kernel at
    place (r, c) and `bias` is (out, oh, ow).
    """

    def __init__(
        self, in_channels: int, out_channels: int, input_size: Any, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, bias: bool = True, *,
        device: Any = None, dtype: Any = None, generator: np.random.Generator | None = None,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.dilation, _ = check.layer(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.input_size = check.each("input_size", input_size, 1, 2)
        self._how = check.windows(self.input_size, self.kernel_size, stride, padding, dilation)
        _validate.generator(generator)
        shape = (*self._how.size, out_channels, in_channels, *self.kernel_size)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias = Parameter(torch.empty(out_channels, *self._how.size, device=device, dtype=dtype)) if bias else None
        _start(self, check.fan_in(shape[2:]), generator or np.random.default_rng())

    def forward(self, input: Tensor) -> Tensor:
        check.fits(Tensor, input, self.weight, self.in_channels, self.input_size)
        columns = _columns(input, self._how).unflatten(2, self._how.size)  # (N, C kh kw, oh, ow)
        y = torch.einsum("nkrc, rcok -> norc", columns, self.weight.flatten(3))
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, input_size={self.input_size}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, bias={self.bias is not None}"
        )


def receptive_map(model: Module, input: Tensor, position: Any = None) -> np.ndarray:
    """What one output of any model sees of its input, by gradients: an array (H, W), or (L,).

    Each entry is the gradient, in absolute value and added up over channels, of the output at `position` (its
    middle by default) of the first image, all channels added up; of an output (N, C) all of C.
    """
    _validate.tensors(Tensor, input=input)
    x = input.detach().requires_grad_()
    with torch.enable_grad(), _modes.evaluating(model):
        y = model(x)
        (gradient,) = torch.autograd.grad(y[(0, slice(None), *check.place(position, y))].sum(), x)
    return gradient[0].abs().sum(0).cpu().numpy()


def saliency(model: Module, input: Tensor, target: Any = None) -> np.ndarray:
    """How much each pixel matters to a classifier's answer: an array (N, H, W), or (N, L), for images (N, C, ...)."""
    _validate.tensors(Tensor, input=input)
    x = input.detach().requires_grad_()
    with torch.enable_grad(), _modes.evaluating(model):
        y = model(x)
        chosen = torch.as_tensor(check.classes(target, y.cpu()).copy(), device=y.device)
        (gradient,) = torch.autograd.grad(y.gather(1, chosen[:, None]).sum(), x)
    return gradient.abs().amax(1).cpu().numpy()
