"""Image filters: on plain arrays, which the twins take from under the Tensors of a case."""

# ruff: noqa: E501
from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.table import bad, case


def plain(d: Any, x: Any) -> Any:
    """What a filter of this back end works on: the (read-only) array of a Tensor, or PyTorch's tensor itself."""
    x = x.detach()
    return x if hasattr(d.Tensor, "is_cuda") else x.numpy()


def on(name: str, f: Any, *inputs: Any) -> None:
    """A case whose function takes the filters and plain arrays."""
    case(f"filters.{name}", lambda d, *xs: f(d.filters, *(plain(d, x) for x in xs)), *inputs, stepped=False)


GREY, COLOUR = (7, 9), (6, 5, 3)
TIED = np.array([[0.0, 1, 1, 0, 0], [1, 1, 0, 0, 2], [0, 1, 2, 2, 2], [0, 0, 2, 1, 0]])
STEP = np.repeat(np.array([[0.0] * 6 + [0.3] + [1.0] * 6]), 12, 0)
SQUARE = np.pad(np.ones((8, 9)), 6)
KERNEL = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])

for _mode in ("reflect", "nearest", "wrap", "constant", "mirror", "valid"):
    on("correlate1d", lambda f, x, m=_mode: f.correlate1d(x, [1, 2, -1, 3], mode=m, cval=2.0), (11,))
    on("convolve1d", lambda f, x, m=_mode: f.convolve1d(x, [1, 2, -1, 3], mode=m, cval=2.0), (11,))
    for _shape in (GREY, COLOUR):
        on("correlate2d", lambda f, x, m=_mode: f.correlate2d(x, KERNEL.tolist(), mode=m, cval=2.0), _shape)
        on("convolve2d", lambda f, x, m=_mode: f.convolve2d(x, KERNEL.tolist(), mode=m, cval=2.0), _shape)
        on("separable", lambda f, x, m=_mode: f.separable(x, [1, 2], [1.0, -1, 3, 2], mode=m, cval=2.0), _shape)
        on("box", lambda f, x, m=_mode: f.box(x, (3, 4), mode=m, cval=2.0), _shape)
        on("gaussian", lambda f, x, m=_mode: f.gaussian(x, 0.6, mode=m, cval=2.0), _shape)
        on("sharpen", lambda f, x, m=_mode: f.sharpen(x, (2, 3), 0.5, mode=m, cval=2.0), _shape)
        on("unsharp_mask", lambda f, x, m=_mode: f.unsharp_mask(x, 0.5, 1.5, mode=m, cval=2.0), _shape)
        on("sobel", lambda f, x, m=_mode: (f.sobel(x, mode=m, cval=2.0), f.sobel(x, 0, mode=m), f.sobel(x, axis=1, mode=m)), _shape)
        on("scharr", lambda f, x, m=_mode: (f.scharr(x, mode=m, cval=2.0), f.scharr(x, 0, mode=m), f.scharr(x, axis=1, mode=m)), _shape)
        on("prewitt", lambda f, x, m=_mode: (f.prewitt(x, mode=m, cval=2.0), f.prewitt(x, 0, mode=m), f.prewitt(x, axis=1, mode=m)), _shape)
        on("laplace", lambda f, x, m=_mode: f.laplace(x, mode=m, cval=2.0), _shape)
        on("gaussian_laplace", lambda f, x, m=_mode: f.gaussian_laplace(x, 0.6, 3.0, mode=m, cval=2.0), _shape)
        on("median", lambda f, x, m=_mode: (f.median(x, mode=m, cval=2.0), f.median(x, (2, 4), mode=m), f.median(x, 1)), _shape)
        on("maximum", lambda f, x, m=_mode: (f.maximum(x, mode=m, cval=2.0), f.maximum(x, (2, 4), mode=m), f.maximum(x, 1)), _shape)
        on("bilateral", lambda f, x, m=_mode: f.bilateral(x, 0.7, 0.5, mode=m, cval=2.0), _shape)
    on("canny", lambda f, x, m=_mode: f.canny(x, 0.7, 0.5, 2.0, mode=m, cval=0.5), SQUARE)
    # Of degree 4 in the image: a quarter of it keeps the terms near 1, and the walk's tolerance is relative to them.
    on("harris", lambda f, x, m=_mode: f.harris(x / 4, 0.04, 0.5, mode=m, cval=0.5), GREY)

on("correlate1d", lambda f, x: f.correlate1d(x, [1.0]), (1,))
on("correlate1d", lambda f, x, k: f.correlate1d(x, k), (3,), (8,))  # a kernel longer than the signal
on("correlate1d", lambda f, x, k: f.correlate1d(x, k, mode="mirror"), (2500,), (5,))
on("correlate2d", lambda f, x, k: f.correlate2d(x, k), (1, 1), (3, 3))
on("correlate2d", lambda f, x, k: f.correlate2d(x, k, mode="wrap"), (2, 3), (5, 8))  # larger than the image
on("correlate2d", lambda f, x, k: f.correlate2d(x[::-1, ::2] if isinstance(x, np.ndarray) else x.flip(0)[:, ::2], k), (9, 11), (3, 3))
on("correlate2d", lambda f, x, k: f.correlate2d(x.T, k), (40, 75), (9, 2))
on("convolve2d", lambda f, x, k: f.convolve2d(x, k / 600), (40, 35), (24, 25))  # by Fourier
on("separable", lambda f, x, c, r: f.separable(x, c, r), (45, 70), (9,), (3,))
on("is_separable", lambda f, x: (f.is_separable(x[:1] * x[:, :1]), f.is_separable(x)), GREY)  # of either dtype
on("is_separable", lambda f: (f.is_separable([[1, 2], [2, 4]]), f.is_separable([[1, 2], [2, 5]]), f.is_separable([[0.0]])))
on("separate", lambda f: f.separate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) + f.separate([[-3.0, -6.0]]))
on("gaussian_kernel", lambda f: (f.gaussian_kernel(1.5), f.gaussian_kernel(0.7, 3, truncate=5.0), f.gaussian_kernel(1e-3, 1)))
on("pyramid", lambda f, x: f.pyramid(x, 2), GREY)
on("pyramid", lambda f, x: f.pyramid(image=x, levels=3, mode="constant", cval=1.0), COLOUR)
on("fill", lambda f, x, k: f.fill(x, k, 1.0), GREY, np.random.default_rng(0).random(GREY) < 0.5)
on("fill", lambda f, x, k: f.fill(image=x, known=k, sigma=2.0, truncate=3.0, mode="nearest"), COLOUR, np.random.default_rng(0).random((6, 5)) < 0.3)
on("bilateral", lambda f, x: f.bilateral(x, 1e-30, 1.0), GREY)  # nothing but the pixel itself is near in colour
on("gaussian", lambda f, x: f.gaussian(x, sigma=(0.5, 1.0), order=(0, 1), truncate=3.0), GREY)
on("gaussian", lambda f, x: f.gaussian(x, 1.0, 2), COLOUR)
on("gaussian", lambda f, x: f.gaussian(x, 3.0), (1, 1))
on("gaussian", lambda f, x: f.gaussian(x, 3), (50, 40))
on("median", lambda f, x: (f.median(x), f.median(x, (1, 2)), f.median(x, 5)), TIED)
on("median", lambda f, x: f.median(x, (1, 5)), (1, 1))
on("maximum", lambda f, x: f.maximum(x, (1, 4)), TIED)
on("bilateral", lambda f, x: f.bilateral(x, sigma_color=0.1, sigma_spatial=1.0, truncate=2.0), STEP)
on("sobel", lambda f, x: f.sobel(x), STEP)
on("non_maximum_suppression", lambda f, x, y: f.non_maximum_suppression(x, y), GREY, GREY)
on("non_maximum_suppression", lambda f, x: f.non_maximum_suppression(x, x * 0), TIED)
on("non_maximum_suppression", lambda f, x, y: f.non_maximum_suppression(x, y, tolerance=0.3), GREY, GREY)
on("non_maximum_suppression", lambda f, x: f.non_maximum_suppression(x, x), (2, 5))
on("hysteresis_threshold", lambda f, x: f.hysteresis_threshold(x, 1, 2), TIED)
on("hysteresis_threshold", lambda f, x: (f.hysteresis_threshold(x, 0.3, 1.8), f.hysteresis_threshold(x, 9, 9.0)), (15, 14))
on("hysteresis_threshold", lambda f, x: f.hysteresis_threshold(x, 1.1, 2.1, tolerance=0.2), TIED)
on("peaks", lambda f, x: (f.peaks(x), f.peaks(x, (3, 5), 1.0), f.peaks(x, 1, -1.0, tolerance=0.1)), TIED)
on("peaks", lambda f, x: (f.peaks(x), f.peaks(f.harris(x), size=5, threshold=0.5)), SQUARE)
on("canny", lambda f, x: (f.canny(x), f.canny(x, 2.0, low_threshold=0.01, high_threshold=5)), STEP)
on("canny", lambda f, x: f.canny(x), (1, 1))
on("harris", lambda f, x: f.harris(x), SQUARE)


def f(*shape):
    return np.ones(shape, "f")


def fails(name: str, call: Any, *inputs: Any) -> None:
    bad(f"filters.{name}", lambda d: call(d.filters, *(plain(d, d.tensor(x)) for x in inputs)))


fails("correlate2d: list", lambda f: f.correlate2d([[1.0]], [[1.0]]))
fails("correlate2d: bytes", lambda f, x: f.correlate2d(x, [[1.0]]), np.ones((3, 3), "u1"))
fails("correlate2d: half", lambda f, x: f.correlate2d(x, [[1.0]]), np.ones((3, 3), "f2"))
fails("correlate2d: line", lambda f, x: f.correlate2d(x, [[1.0]]), f(3))
fails("correlate2d: batch", lambda f, x: f.correlate2d(x, [[1.0]]), f(2, 3, 3, 1))
fails("correlate2d: empty", lambda f, x: f.correlate2d(x, [[1.0]]), f(0, 3))
fails("correlate2d: mode", lambda f, x: f.correlate2d(x, [[1.0]], mode="same"), f(3, 3))
fails("correlate2d: cval", lambda f, x: f.correlate2d(x, [[1.0]], mode="constant", cval="0"), f(3, 3))
fails("correlate2d: nan cval", lambda f, x: f.correlate2d(x, [[1.0]], mode="constant", cval=float("nan")), f(3, 3))
fails("correlate2d: kernel axes", lambda f, x: f.correlate2d(x, [1.0, 2.0]), f(3, 3))
fails("correlate2d: kernel empty", lambda f, x: f.correlate2d(x, [[]]), f(3, 3))
fails("correlate2d: kernel complex", lambda f, x: f.correlate2d(x, [[1j]]), f(3, 3))
fails("correlate2d: kernel large", lambda f, x: f.correlate2d(x, [[1.0] * 4], mode="valid"), f(3, 3))
fails("convolve2d: kernel large", lambda f, x: f.convolve2d(x, [[1.0]] * 4, mode="valid"), f(3, 3, 2))
fails("correlate1d: image", lambda f, x: f.correlate1d(x, [1.0]), f(3, 3))
fails("correlate1d: empty", lambda f, x: f.correlate1d(x, [1.0]), f(0))
fails("correlate1d: whole", lambda f, x: f.correlate1d(x, [1.0]), np.arange(3))
fails("convolve1d: kernel", lambda f, x: f.convolve1d(x, [[1.0]]), f(3))
fails("convolve1d: mode", lambda f, x: f.convolve1d(x, [1.0], mode="full"), f(3))
fails("convolve1d: kernel large", lambda f, x: f.convolve1d(x, [1.0] * 4, mode="valid"), f(3))
fails("separable: column", lambda f, x: f.separable(x, [[1.0]], [1.0]), f(3, 3))
fails("separable: column large", lambda f, x: f.separable(x, [1.0] * 4, [1.0], mode="valid"), f(3, 5))
fails("separable: row large", lambda f, x: f.separable(x, [1.0], [1.0] * 4, mode="valid"), f(5, 3, 4))
fails("pyramid: levels", lambda f, x: f.pyramid(x, 0), f(3, 3))
fails("pyramid: whole", lambda f, x: f.pyramid(x, 1), np.eye(3, dtype=int))
fails("fill: known shape", lambda f, x, k: f.fill(x, k, 1.0), f(3, 3), np.ones((3, 2), bool))
fails("fill: known numbers", lambda f, x, k: f.fill(x, k, 1.0), f(3, 3), f(3, 3))
fails("fill: nothing known", lambda f, x, k: f.fill(x, k, 1.0), f(3, 3), np.zeros((3, 3), bool))
fails("fill: too far", lambda f, x, k: f.fill(x, k, 0.5), f(1, 9), np.arange(9)[None] == 0)
fails("is_separable: row", lambda f: f.is_separable([1.0, 2.0]))
fails("separate: rank 2", lambda f: f.separate([[0, 1, 0], [1, -4, 1], [0, 1, 0]]))
fails("separate: zero", lambda f: f.separate([[0.0, 0.0]]))
fails("box: size", lambda f, x: f.box(x, 0), f(3, 3))
fails("box: size fraction", lambda f, x: f.box(x, 2.5), f(3, 3))
fails("box: sizes", lambda f, x: f.box(x, (1, 2, 3)), f(3, 3))
fails("gaussian: sigma 0", lambda f, x: f.gaussian(x, 0), f(3, 3))
fails("gaussian: sigma negative", lambda f, x: f.gaussian(x, (1.0, -1.0)), f(3, 3))
fails("gaussian: sigma text", lambda f, x: f.gaussian(x, "1"), f(3, 3))
fails("gaussian: order", lambda f, x: f.gaussian(x, 1.0, -1), f(3, 3))
fails("gaussian: order fraction", lambda f, x: f.gaussian(x, 1.0, (0, 0.5)), f(3, 3))
fails("gaussian: truncate", lambda f, x: f.gaussian(x, 1.0, truncate=0), f(3, 3))
fails("gaussian: valid", lambda f, x: f.gaussian(x, 1.0, mode="valid"), f(3, 30))
fails("gaussian_kernel: sigma", lambda f: f.gaussian_kernel(float("inf")))
fails("unsharp_mask: amount", lambda f, x: f.unsharp_mask(x, 1.0, None), f(3, 3))
fails("sharpen: amount", lambda f, x: f.sharpen(x, 3, float("nan")), f(3, 3))
fails("sobel: axis", lambda f, x: f.sobel(x, 2), f(3, 3, 3))
fails("sobel: axis truth", lambda f, x: f.sobel(x, True), f(3, 3))
fails("sobel: image", lambda f, x: f.sobel(x), f(3))
fails("laplace: image", lambda f, x: f.laplace(x), f(3))
fails("median: size", lambda f, x: f.median(x, -1), f(3, 3))
fails("median: valid", lambda f, x: f.median(x, 5, mode="valid"), f(3, 3))
fails("maximum: image", lambda f, x: f.maximum(x, 5), f(3))
fails("bilateral: colour", lambda f, x: f.bilateral(x, 0, 1.0), f(3, 3))
fails("bilateral: space", lambda f, x: f.bilateral(x, 1.0, 0.0), f(3, 3))
fails("bilateral: valid", lambda f, x: f.bilateral(x, 1.0, 1.0, mode="valid"), f(3, 3))
fails("non_maximum_suppression: colour", lambda f, x: f.non_maximum_suppression(x, x), f(3, 3, 3))
fails("non_maximum_suppression: right", lambda f, x, y: f.non_maximum_suppression(x, y), f(3, 3), f(3))
fails("non_maximum_suppression: shapes", lambda f, x, y: f.non_maximum_suppression(x, y), f(3, 3), f(3, 4))
fails("non_maximum_suppression: dtypes", lambda f, x, y: f.non_maximum_suppression(x, y), f(3, 3), np.ones((3, 3)))
fails("non_maximum_suppression: tolerance", lambda f, x: f.non_maximum_suppression(x, x, tolerance=-1), f(3, 3))
fails("hysteresis_threshold: tolerance", lambda f, x: f.hysteresis_threshold(x, 1, 2, tolerance="0"), f(3, 3))
fails("peaks: colour", lambda f, x: f.peaks(x), f(3, 3, 3))
fails("peaks: size", lambda f, x: f.peaks(x, 0), f(3, 3))
fails("peaks: threshold", lambda f, x: f.peaks(x, 3, None), f(3, 3))
fails("peaks: tolerance", lambda f, x: f.peaks(x, tolerance=float("inf")), f(3, 3))
fails("hysteresis_threshold: order", lambda f, x: f.hysteresis_threshold(x, 2, 1), f(3, 3))
fails("hysteresis_threshold: colour", lambda f, x: f.hysteresis_threshold(x, 1, 2), f(3, 3, 3))
fails("canny: colour", lambda f, x: f.canny(x), f(3, 3, 3))
fails("canny: low", lambda f, x: f.canny(x, low_threshold=0), f(3, 3))
fails("canny: order", lambda f, x: f.canny(x, low_threshold=0.5), f(3, 3))
fails("harris: colour", lambda f, x: f.harris(x), f(3, 3, 3))
fails("harris: k", lambda f, x: f.harris(x, k="0.05"), f(3, 3))
