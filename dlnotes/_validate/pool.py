"""What both back ends ask of pooling, and its geometry: windows that may reach beyond the last pixel."""

from __future__ import annotations

import math
from typing import Any

from dlnotes import _validate
from dlnotes._validate import conv
from dlnotes._validate.conv import Windows, each, span


def window(ndim: int, kernel_size: Any, stride: Any, padding: Any = 0, dilation: Any = 1) -> tuple[tuple, ...]:
    """Kernel, stride (the kernel if None), padding and dilation, a number for each axis."""
    kernel = each("kernel_size", kernel_size, 1, ndim)
    steps = kernel if stride is None else each("stride", stride, 1, ndim)
    zeros, gaps = each("padding", padding, 0, ndim), each("dilation", dilation, 1, ndim)
    if any(2 * p > span(k, d) for p, k, d in zip(zeros, kernel, gaps)):
        raise ValueError(f"padding: expected at most half of the window, {kernel}, got {padding}")
    return kernel, steps, zeros, gaps


def pooling(
    kind: type, ndim: int, input: Any, kernel_size: Any, stride: Any, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Windows:  # fmt: skip
    """Images and the windows over them; with `ceil_mode` one more where some pixels would be left over."""
    _validate.tensors(kind, input=input)
    conv.batch(ndim, input)
    kernel, steps, zeros, gaps = window(ndim, kernel_size, stride, padding, dilation)
    image, around = tuple(input.shape[2:]), tuple((p, p) for p in zeros)
    size = conv.sizes(image, kernel, steps, around, gaps)
    if ceil_mode:  # the last window must start before the padding behind the image does
        spans = [span(k, d) for k, d in zip(kernel, gaps)]
        axes = list(zip(image, spans, steps, zeros))
        size = tuple(min(-(-(n + 2 * p - w) // s), (n + p - 1) // s) + 1 for n, w, s, p in axes)
        around = tuple((p, max(p, (o - 1) * s + w - n - p)) for o, (n, w, s, p) in zip(size, axes))
    how = Windows(kernel, steps, around, gaps, size)
    for axis, n in enumerate(image):
        if any(o * steps[axis] - zeros[axis] + i * gaps[axis] >= n for o, i in late(how, axis)):
            raise ValueError(
                f"dilation: expected a pixel of the image in every window, got {dilation} with kernel {kernel} "
                f"and padding {zeros} on an image of {image}"
            )
    return how


def late(how: Windows, axis: int) -> list[tuple[int, int]]:
    """The windows that start before the image, by number, and the first tap of each that is not before it."""
    (p, _), s, d = how.padding[axis], how.stride[axis], how.dilation[axis]
    return [(o, -((o * s - p) // d)) for o in range(min(how.size[axis], -(-p // s)))]


def norm_type(value: Any) -> None:
    """The p of a norm: above 0, or infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"norm_type: expected a number, got {value!r}")
    if not value > 0:
        raise ValueError(f"norm_type: expected a number above 0, got {value}")


def target(ndim: int, output_size: Any) -> tuple[int | None, ...]:
    """A size for each axis of an output, None to keep that of the input."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * ndim
    numbers = each("output_size", [1 if n is None else n for n in given], 1, ndim)
    return tuple(None if n is None else m for n, m in zip(given, numbers))


def adaptive(kind: type, ndim: int, input: Any, output_size: Any) -> tuple[int, ...]:
    """Images with pixels, and the size that they are to have."""
    _validate.tensors(kind, input=input)
    conv.batch(ndim, input)
    image = tuple(input.shape[2:])
    if math.prod(image) == 0:
        raise ValueError(f"input: expected an image with pixels, got shape {tuple(input.shape)}")
    return tuple(n if m is None else m for n, m in zip(image, target(ndim, output_size)))


def blur_options(kernel_size: Any, stride: Any) -> None:
    """The size of a window of binomial weights, and how far windows lie apart."""
    _validate.size("kernel_size", kernel_size)
    _validate.size("stride", stride)


def binomial(n: int) -> list[float]:
    """n binomial coefficients that add up to 1."""
    return [math.comb(n - 1, i) / 2 ** (n - 1) for i in range(n)]


def blur(kind: type, ndim: int, input: Any, kernel_size: Any, stride: Any) -> None:
    """Images that are larger than half of the window, since they are mirrored at the border."""
    blur_options(kernel_size, stride)
    _validate.tensors(kind, input=input)
    conv.batch(ndim, input)
    if min(input.shape[2:]) <= kernel_size // 2:
        raise ValueError(
            f"input: expected images of more than {kernel_size // 2} pixels a side for a window of {kernel_size}, "
            f"got shape {tuple(input.shape)}"
        )
