"""Image filters: functions of a small patch, applied at every pixel.

Most filters here are *linear*: each pixel becomes a weighted sum of its neighbours, with the weights in a
*kernel*.  With the kernel as it stands this is the correlation, with the kernel turned by 180 degrees the
convolution; convolutional networks learn such kernels.  Box and Gaussian kernels blur, differences of
neighbours find edges, and one derivative of a Gaussian does both.  A kernel that is a column times a row is
*separable*: two passes with k weights replace one with k^2.  Filters that are not linear, as the median and
the bilateral filter, smooth without blurring edges; Canny's and Harris's detectors build on derivatives.

An image is a plain array of float32 or float64, (H, W) grey or (H, W, C) with C colours, each filtered alone;
scale bytes by `image / 255` first.  `mode` says how the image goes on beyond its border, in the words of
scipy.ndimage:

    reflect   d c b a | a b c d | d c b a       the edge repeated: the default
    mirror      d c b | a b c d | c b a         the edge not repeated
    nearest   a a a a | a b c d | d d d d
    wrap      a b c d | a b c d | a b c d
    constant  v v v v | a b c d | v v v v       v is `cval`
    valid             | a b c d |               not at all: the result is smaller, (H - kh + 1, W - kw + 1)

The pixel of the kernel that stands over the result is the middle one, [kh // 2, kw // 2].

A convolution is a matrix product: `_band` writes the kernel down the columns of a matrix, and the passes
below multiply blocks of the image by it, which is what processors do fastest.  Values should be finite: a nan
or an infinity spoils its whole block.  Source: chapters *Image filters* and *Edges*.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from dlnotes._validate import filters as _validate

__all__ = [
    "correlate1d", "convolve1d", "correlate2d", "convolve2d", "separable", "is_separable", "separate",
    "box", "gaussian_kernel", "gaussian", "sharpen", "unsharp_mask",
    "sobel", "scharr", "prewitt", "laplace", "gaussian_laplace", "median", "maximum", "bilateral", "pyramid", "fill",
    "non_maximum_suppression", "hysteresis_threshold", "canny", "harris", "peaks",
]  # fmt: skip

Array = np.ndarray
Size = int | tuple[int, int]

PAD: dict[str, Any] = {  # what numpy.pad calls the modes
    "reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "constant": "constant",
}  # fmt: skip

PASSES = 12  # of a kernel with more rows than this the Fourier transform is faster
STRIP = 32  # rows of an image at a time, so that they stay in the cache
TILE = 256  # pixels on a side of a transform


# ---------------------------------------------------------------------- correlation and convolution
def correlate1d(signal: Array, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """y[n] = sum over k of signal[n + k] kernel[k], with a signal (N,), and k = 0 at the kernel's middle.

    >>> correlate1d(np.array([0.0, 0, 1, 0, 0]), [1, 2, 3])
    array([0., 3., 2., 1., 0.])
    """
    return _filter1d(signal, kernel, mode, cval, flip=False)


def convolve1d(signal: Array, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """y[n] = sum over k of signal[n - k] kernel[k]: the correlation with the kernel turned round.

    >>> convolve1d(np.array([0.0, 0, 1, 0, 0]), [1, 2, 3])
    array([0., 1., 2., 3., 0.])
    """
    return _filter1d(signal, kernel, mode, cval, flip=True)


def _filter1d(signal: Array, kernel: Any, mode: str, cval: float, flip: bool) -> Array:
    _validate.signal(Array, signal)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 1, signal, mode)
    x = _continued(signal, kernel.shape, mode, cval, flip)
    return _correlate_line(x, kernel[::-1] if flip else kernel)


def correlate2d(image: Array, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """y[m, n] = sum over k, l of image[m + k, n + l] kernel[k, l], with k = l = 0 at the kernel's middle.

    image: (H, W) or (H, W, C).  kernel: (kh, kw), anything `numpy.asarray` takes; even sizes are allowed.
    Same as scipy.ndimage.correlate; a network's convolution layers compute this.
    Raises ValueError or TypeError for a wrong shape or dtype, an unknown mode, or, in mode "valid", a kernel
    larger than the image.
    """
    _validate.image(Array, image)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 2, image, mode)
    return _each_colour(image, kernel.shape, mode, cval, lambda x: _correlate(x, kernel))


def convolve2d(image: Array, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """y[m, n] = sum over k, l of image[m - k, n - l] kernel[k, l]: the kernel turned by 180 degrees.

    Otherwise as `correlate2d`.  Same as scipy.ndimage.convolve.  The response to a single bright pixel is the
    kernel itself:

    >>> dot = np.zeros((3, 3)); dot[1, 1] = 1
    >>> convolve2d(dot, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    array([[1., 2., 3.],
           [4., 5., 6.],
           [7., 8., 9.]])
    """
    _validate.image(Array, image)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 2, image, mode)
    turned = kernel[::-1, ::-1]
    return _each_colour(image, kernel.shape, mode, cval, lambda x: _correlate(x, turned), flip=True)


def separable(image: Array, column: Any, row: Any, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """The correlation with the kernel column[k] row[l], in two passes: first down the image, then across.

    The result is that of `correlate2d` with `numpy.outer(column, row)`, for kh + kw products a pixel instead
    of kh kw.  (scipy.ndimage continues the image again between the passes, which differs in mode "constant"
    with a cval other than 0.)
    """
    _validate.image(Array, image)
    _validate.border(mode, cval)
    down, across = _kernel(column, 1, image, mode, "column"), _kernel(row, 1, image[0], mode, "row")
    return _each_colour(image, (len(down), len(across)), mode, cval, lambda x: _separable(x, down, across))


def is_separable(kernel: Any) -> bool:
    """Whether the kernel is a column times a row: whether its rank, by singular values, is 1.

    Singular values count as 0 up to 32 roundings of the largest one in the kernel's own dtype.

    >>> is_separable([[1, 2, 1], [2, 4, 2], [1, 2, 1]]), is_separable([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    (True, False)
    """
    return _rank(*_weights(kernel)) == 1


def separate(kernel: Any) -> tuple[Array, Array]:
    """The column and the row whose product is the kernel, equally long, by singular value decomposition.

    Of the two choices of sign, the row's last entry other than 0 is positive.  Raises ValueError where the
    rank is not 1.

    >>> column, row = separate([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    >>> np.round(column, 6), np.round(row, 6)
    (array([1., 2., 1.]), array([1., 2., 1.]))
    """
    weights, tolerance = _weights(kernel)
    _validate.rank_one(_rank(weights, tolerance))
    u, s, vt = np.linalg.svd(weights)
    column, row = u[:, 0] * s[0] ** 0.5, vt[0] * s[0] ** 0.5
    last = row[np.abs(row) > tolerance * np.abs(row).max()][-1]
    return column * np.sign(last), row * np.sign(last)


def _rank(weights: Array, tolerance: float) -> int:
    return int(np.linalg.matrix_rank(weights, rtol=tolerance))


def _weights(kernel: Any) -> tuple[Array, float]:
    """The kernel in float64, and how far from its rank, over its largest singular value, its dtype may put it."""
    weights = np.asarray(kernel)
    _validate.real("kernel", weights.dtype)
    _validate.window("kernel", weights.shape, 2, (), "")
    dtype = weights.dtype if weights.dtype.kind == "f" else np.float64
    return weights.astype(np.float64), 32 * float(np.finfo(dtype).eps)


def _kernel(values: Any, axes: int, image: Array, mode: str, name: str = "kernel") -> Array:
    """The kernel in the image's dtype."""
    kernel = np.asarray(values)
    _validate.real(name, kernel.dtype)
    _validate.window(name, kernel.shape, axes, image.shape, mode)
    return kernel.astype(image.dtype)


def _each_colour(
    image: Array, size: tuple, mode: str, cval: float, f: Callable[[Array], Array], flip: bool = False
) -> Array:
    """f of each colour of the continued image; f maps (h + kh - 1, w + kw - 1) to (h, w)."""
    x = _continued(image, size, mode, cval, flip)
    if image.ndim == 2:
        return f(x)
    return np.stack([f(np.ascontiguousarray(x[..., c])) for c in range(image.shape[2])], axis=-1)


def _continued(image: Array, size: tuple, mode: str, cval: float, flip: bool = False) -> Array:
    """The image with as much around it as a window of that size needs; it is centred at size // 2."""
    if mode == "valid":
        return np.ascontiguousarray(image)
    ends = [(k // 2, (k - 1) // 2)[:: -1 if flip else 1] for k in size] + [(0, 0)] * (image.ndim - len(size))
    options = {"constant_values": cval} if mode == "constant" else {}
    return np.ascontiguousarray(np.pad(image, ends, PAD[mode], **options))


# ---------------------------------------------------------------------- convolution as a matrix product
def _band(kernel: Array, n: int) -> Array:
    """The matrix (n + k - 1, n) with the kernel in each column, one step further down: x @ band correlates x.

    >>> _band(np.array([1, 2, 3]), 4).T
    array([[1, 2, 3, 0, 0, 0],
           [0, 1, 2, 3, 0, 0],
           [0, 0, 1, 2, 3, 0],
           [0, 0, 0, 1, 2, 3]])
    """
    band = np.zeros((n + len(kernel) - 1, n), kernel.dtype)
    for j in range(n):
        band[j : j + len(kernel), j] = kernel
    return band


def _across(x: Array, band: Array, out: Array) -> None:
    """Correlate the rows of x (r, w + k - 1) into out (r, w), in blocks of n: each block times the band."""
    (r, w), n = out.shape, band.shape[1]
    whole, (down, right) = w // n * n, x.strides
    blocks = as_strided(x, (w // n, r, len(band)), (n * right, down, right))  # overlapping: a view, no copy
    np.matmul(blocks, band, out=as_strided(out, (w // n, r, n), (n * out.strides[1], *out.strides)))
    np.matmul(x[:, whole:], band[: x.shape[1] - whole, : w - whole], out=out[:, whole:])


def _block(k: int) -> int:
    """Samples to a block: many waste products with zeros, few waste the processor's width."""
    return 16 if k <= 16 else 32


def _separable(x: Array, column: Array, row: Array) -> Array:
    """A strip of rows at a time, so that what lies between the two passes stays in the cache.

    Down the strip is across its transpose.
    """
    h, w = x.shape[0] - len(column) + 1, x.shape[1] - len(row) + 1
    down, across = _band(column, _block(len(column))), _band(row, _block(len(row)))
    out, middle = np.empty((h, w), x.dtype), np.empty((STRIP, x.shape[1]), x.dtype)
    for i in range(0, h, STRIP):
        m = min(STRIP, h - i)
        _across(x[i : i + m + len(column) - 1].T, down, middle[:m].T)
        _across(middle[:m], across, out[i : i + m])
    return out


def _correlate(x: Array, kernel: Array) -> Array:
    """Each row of the kernel is a pass across, and the passes add up."""
    if len(kernel) > PASSES:
        return _correlate_fourier(x, kernel)
    kh, kw = kernel.shape
    h, w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    bands = [_band(row, _block(kw)) for row in kernel]
    out, term = np.empty((h, w), x.dtype), np.empty((STRIP, w), x.dtype)
    for i in range(0, h, STRIP):
        m = min(STRIP, h - i)
        _across(x[i : i + m], bands[0], out[i : i + m])
        for a in range(1, kh):
            _across(x[i + a : i + a + m], bands[a], term[:m])
            out[i : i + m] += term[:m]
    return out


def _correlate_fourier(x: Array, kernel: Array) -> Array:
    """The same by the convolution theorem, on overlapping tiles; the conjugate turns the kernel round."""
    kh, kw = kernel.shape
    h, w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    size = [min(max(TILE, _power_of_two(4 * k)), _power_of_two(n)) for k, n in zip(kernel.shape, x.shape)]
    spectrum = np.fft.rfft2(kernel, size).conj()
    out, down, across = np.empty((h, w), x.dtype), size[0] - kh + 1, size[1] - kw + 1
    for i in range(0, h, down):
        for j in range(0, w, across):
            tile = np.fft.rfft2(x[i : i + size[0], j : j + size[1]], size)
            y = np.fft.irfft2(tile * spectrum, size)
            out[i : i + down, j : j + across] = y[: min(down, h - i), : min(across, w - j)]
    return out


def _power_of_two(n: int) -> int:
    """The smallest that is at least n."""
    return 1 << (n - 1).bit_length()


def _correlate_line(x: Array, kernel: Array) -> Array:
    """A long signal (n + k - 1,) is an image: fold it into rows that overlap by k - 1 samples (a view)."""
    k, band = len(kernel), _band(kernel, _block(len(kernel)))
    n = len(x) - k + 1
    length = min(n, 1024)
    folded = n // length * length
    out = np.empty(n, x.dtype)
    rows, sums = sliding_window_view(x, length + k - 1)[:folded:length], out[:folded].reshape(-1, length)
    for i in range(0, len(rows), STRIP):
        _across(rows[i : i + STRIP], band, sums[i : i + STRIP])
    _across(x[None, folded:], band, out[None, folded:])
    return out


# ---------------------------------------------------------------------- smoothing and sharpening
def box(image: Array, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """The mean of a window of `size` (a number, or height and width): every weight is 1 / (kh kw).

    Same as scipy.ndimage.uniform_filter.
    """
    kh, kw = _validate.sizes(size)
    return separable(image, np.full(kh, 1 / kh), np.full(kw, 1 / kw), mode=mode, cval=cval)


def gaussian_kernel(sigma: float, order: int = 0, *, truncate: float = 4.0) -> Array:
    """A Gaussian of standard deviation `sigma`, or its derivative of that order, cut off at truncate sigma.

    Sampled at whole numbers x = -r .. r with r = round(truncate sigma), and divided by its sum (before
    deriving), as the samples of the density sum to 1 only nearly.  To be convolved with.  Same as
    scipy.ndimage's.

    >>> np.round(gaussian_kernel(1.0, truncate=2.0), 3)
    array([0.054, 0.244, 0.403, 0.244, 0.054])
    """
    _validate.positive("sigma", sigma)
    _validate.order(order)
    _validate.positive("truncate", truncate)
    radius = int(truncate * sigma + 0.5)
    x = np.arange(-radius, radius + 1.0)
    kernel = np.exp(-(x**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    factor = np.polynomial.Polynomial([1.0])
    for _ in range(order):  # (p exp(-x^2 / 2 s^2))' = (p' - p x / s^2) exp(-x^2 / 2 s^2)
        factor = factor.deriv() - factor * np.polynomial.Polynomial([0, 1 / sigma**2])
    return kernel * factor(x)


def gaussian(
    image: Array,
    sigma: float | tuple[float, float],
    order: int | tuple[int, int] = 0,
    truncate: float = 4.0,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Array:
    """Blur by a Gaussian of `sigma` pixels, or derive it after: order (0, 1) is the slope to the right.

    sigma, order: a number for both axes, or a pair (down, across).  Same as scipy.ndimage.gaussian_filter,
    and with mode="nearest" as skimage.filters.gaussian.
    """
    (s, t), (i, j) = _validate.pair("sigma", sigma), _validate.pair("order", order)
    column, row = gaussian_kernel(s, i, truncate=truncate), gaussian_kernel(t, j, truncate=truncate)
    return separable(image, column[::-1], row[::-1], mode=mode, cval=cval)


def unsharp_mask(
    image: Array, radius: float = 1.0, amount: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Array:
    """image + amount (image - blurred): what a Gaussian of `radius` pixels takes away, added once more.

    As skimage.filters.unsharp_mask, but not clipped: the filter is linear, and values may leave 0 .. 1.
    """
    _validate.number("amount", amount)
    blurred = gaussian(image, radius, mode=mode, cval=cval)
    return _accentuated(image, blurred, amount)


def sharpen(
    image: Array, size: Size = 3, amount: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Array:
    """image + amount (image - box(image, size)): constant areas stay as they are, and differences grow.

    The kernel is 1 + amount in the middle, less a box, and sums to 1.  Not clipped.
    """
    _validate.number("amount", amount)
    blurred = box(image, size, mode=mode, cval=cval)
    return _accentuated(image, blurred, amount)


def _accentuated(image: Array, blurred: Array, amount: float) -> Array:
    top, left = ((n - m + 1) // 2 for n, m in zip(image.shape[:2], blurred.shape))  # 0 but in valid mode
    image = image[top : top + blurred.shape[0], left : left + blurred.shape[1]]
    return image + amount * (image - blurred)


# ---------------------------------------------------------------------- derivatives
def sobel(image: Array, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """Slope by the kernel [-1 0 1], smoothed across it by [1 2 1]; a ramp of 1 a pixel gives 8.

    axis: 0 down the image, 1 to the right, None for the magnitude sqrt(down^2 + right^2).  Positive where the
    image gets brighter.  The weights are whole numbers, as in scipy.ndimage.sobel; skimage.filters.sobel
    divides them by 4, and its magnitude by sqrt(2) too.
    """
    return _slope(image, 1, 2, axis, mode, cval)


def scharr(image: Array, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """As `sobel` with [3 10 3], whose magnitude depends least on the edge's direction; a ramp of 1 gives 32.

    skimage.filters.scharr divides by 16, and its magnitude by sqrt(2) too.
    """
    return _slope(image, 3, 10, axis, mode, cval)


def prewitt(image: Array, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """As `sobel` with [1 1 1]; a ramp of 1 gives 6.

    skimage.filters.prewitt divides by 3, and its magnitude by sqrt(2) too.
    """
    return _slope(image, 1, 1, axis, mode, cval)


def _slope(image: Array, side: int, middle: int, axis: int | None, mode: str, cval: float) -> Array:
    """The difference of the neighbours along the axis, smoothed across it by [side middle side]."""
    _validate.axis(axis)
    if axis is None:
        return _magnitude(*(_slope(image, side, middle, a, mode, cval) for a in (0, 1)))
    _validate.image(Array, image)
    _validate.border(mode, cval)
    _validate.window("column", (3,), 1, image.shape, mode)
    _validate.window("row", (3,), 1, image.shape[1:], mode)

    def plane(x: Array) -> Array:  # so few weights are faster as sums of shifted slices
        out = np.empty((x.shape[0] - 2, x.shape[1] - 2), x.dtype)
        for i in range(0, len(out), STRIP):
            strip, y = x[i : i + STRIP + 2], out[i : i + STRIP]
            strip, y = (strip, y) if axis == 0 else (strip.T, y.T)
            d = strip[2:] - strip[:-2]
            np.add(d[:, :-2], d[:, 2:], out=y)
            if side != 1:
                y *= side
            y += middle * d[:, 1:-1]
        return out

    return _each_colour(image, (3, 3), mode, cval, plane)


def _magnitude(down: Array, right: Array) -> Array:
    return np.sqrt(down * down + right * right)


def laplace(image: Array, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """The sum of both second differences, [[0 1 0], [1 -4 1], [0 1 0]]: negative on bright lines.

    Same as scipy.ndimage.laplace; skimage.filters.laplace has the other sign.
    """
    return correlate2d(image, [[0, 1, 0], [1, -4, 1], [0, 1, 0]], mode=mode, cval=cval)


def gaussian_laplace(
    image: Array, sigma: float, truncate: float = 4.0, *, mode: str = "reflect", cval: float = 0.0
) -> Array:
    """The Laplacian of the image blurred by a Gaussian (LoG), which changes sign at edges.

    It is largest, up to its sign, on blobs of radius sqrt(2) sigma.  Same as scipy.ndimage.gaussian_laplace.
    Source: Marr and Hildreth 1980.
    """
    down = gaussian(image, sigma, (2, 0), truncate, mode=mode, cval=cval)
    return down + gaussian(image, sigma, (0, 2), truncate, mode=mode, cval=cval)


# ---------------------------------------------------------------------- filters that are not linear
def median(image: Array, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """The middle value of a window, which ignores outliers and keeps edges.

    Of an even number of values it is the upper middle one.  Same as scipy.ndimage.median_filter.
    """
    kh, kw = _window(image, size, mode, cval)

    def plane(x: Array) -> Array:
        h, w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
        x = np.pad(x, ((0, 1), (0, 0)), "edge") if h % 2 else x  # an even number of windows
        out = np.empty((h + h % 2, w), x.dtype)
        for i in range(0, h, STRIP):
            out[i : i + STRIP : 2], out[i + 1 : i + STRIP : 2] = _medians(x[i : i + STRIP + kh - 1], kh, kw)
        return out[:h]

    return _each_colour(image, (kh, kw), mode, cval, plane)


class _Ranked(NamedTuple):
    """The values of so many pixels of each window in order, an image a rank; some of the smallest may be missing."""

    values: list[Array]
    pixels: int
    missing: int = 0

    def later(self, rows: int) -> _Ranked:
        return self._replace(values=[v[rows:] for v in self.values])


def _medians(strip: Array, kh: int, kw: int) -> tuple[Array, Array]:
    """The medians of the windows that start in even rows, and of those that start in odd rows.

    The pixels of a row, once in order, serve every window that has this row.  Rows are merged to pairs, pairs to
    fours ..., and two windows, one below the other, share all rows but the first of the one and the last of the other.
    """
    w = strip.shape[1] - kw + 1
    merge = functools.partial(_merge, size=kh * kw)
    rows = []  # of each row 0, 2, 4 ..., and of each row 1, 3, 5 ...
    for r in (0, 1):
        parts = [_Ranked([strip[r::2, b : b + w]], 1) for b in range(kw)]
        while len(parts) > 1:
            parts = [merge(*two) for two in zip(parts[::2], parts[1::2])] + parts[len(parts) // 2 * 2 :]
        rows.append(parts[0])
    shared, at, block, n = _Ranked([], 0), 1, rows[1], 1  # of rows 1, 2, ... kh - 1: by powers of two
    while n < kh:
        if (kh - 1) & n:
            shared, at = merge(shared, block.later((at - 1) // 2)), at + n
        n *= 2
        if n < kh:
            first, second = (rows[at % 2].later(at // 2), rows[1 - at % 2]) if n == 2 else (block, block)
            block = merge(first, second.later(max(1, n // 4)))
    return merge(rows[0], shared).values[0], merge(shared, rows[kh % 2].later(kh // 2)).values[0]


def _merge(x: _Ranked, y: _Ranked, size: int) -> _Ranked:
    """Both in order, but for those values that cannot be the middle one of a window of that size any more."""
    pixels, missing = x.pixels + y.pixels, x.missing + y.missing
    end = size // 2 + 1 - missing
    start = max(0, end - 1 - (size - pixels))
    steps, order = _network(len(x.values), len(y.values), start, end)
    common = min(map(len, x.values + y.values))
    values = [v[:common] for v in x.values + y.values]
    for i, j, smaller, larger in steps:
        a, b = values[i], values[j]
        if smaller:
            values[i] = np.minimum(a, b)
        if larger:
            values[j] = np.maximum(a, b)
    return _Ranked([values[k] for k in order], pixels, missing + start)


@functools.cache
def _network(m: int, n: int, start: int, end: int) -> tuple[list[tuple[int, int, bool, bool]], list[int]]:
    """Batcher's odd-even merging of m and n values in order: which to compare, and where ranks start .. end are then.

    Each step puts the smaller of the values at i and j at i, if that is needed, and the larger one at j, if needed.
    """

    def merge(a: list[int], b: list[int]) -> tuple[list[tuple[int, int]], list[int]]:
        if not a or not b:
            return [], a + b
        if len(a) == len(b) == 1:
            return [(a[0], b[0])], a + b
        (first, even), (second, odd) = merge(a[::2], b[::2]), merge(a[1::2], b[1::2])
        last = list(zip(odd, even[1:]))
        rest = even[len(last) + 1 :] + odd[len(last) :]
        return first + second + last, [even[0], *(k for pair in last for k in pair), *rest]

    pairs, order = merge(list(range(m)), list(range(m, m + n)))
    needed, steps = set(order[start:end]), []
    for i, j in reversed(pairs):
        if i in needed or j in needed:
            steps.append((i, j, i in needed, j in needed))
            needed |= {i, j}
    return steps[::-1], order[start:end]


def maximum(image: Array, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Array:
    """The largest value of a window.  Same as scipy.ndimage.maximum_filter.

    A pixel that has it is a local maximum: see `peaks`.
    """
    kh, kw = _window(image, size, mode, cval)

    def plane(x: Array) -> Array:
        h, w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
        out = np.empty((h, w), x.dtype)
        for i in range(0, h, STRIP):
            strip = x[i : i + STRIP + kh - 1]
            down = functools.reduce(np.maximum, [strip[a : len(strip) - kh + 1 + a] for a in range(kh)])
            out[i : i + STRIP] = functools.reduce(np.maximum, [down[:, b : b + w] for b in range(kw)])
        return out

    return _each_colour(image, (kh, kw), mode, cval, plane)


def _window(image: Array, size: Any, mode: str, cval: float) -> tuple[int, int]:
    kh, kw = _validate.sizes(size)
    _validate.image(Array, image)
    _validate.border(mode, cval)
    _validate.window("size", (kh, kw), 2, image.shape, mode)
    return kh, kw


@np.errstate(over="ignore")  # a colour that is infinitely many sigmas away counts for nothing
def bilateral(
    image: Array,
    sigma_color: float,
    sigma_spatial: float,
    truncate: float = 4.0,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Array:
    """A mean weighted by distance in space and in colour, which smooths without mixing what differs.

    The weights are exp(-d^2 / (2 sigma_spatial^2)) exp(-c^2 / (2 sigma_color^2)), with d in pixels in the
    square window of `gaussian`, and c the Euclidean distance of the two colours in the image's units, all
    channels together.  As sigma_color grows it becomes `gaussian`.  Source: Tomasi and Manduchi 1998.
    """
    _validate.image(Array, image)
    _validate.border(mode, cval)
    _validate.positive("sigma_color", sigma_color)
    kernel = gaussian_kernel(sigma_spatial, truncate=truncate).astype(image.dtype)
    k = len(kernel)
    _validate.window("sigma_spatial", (k, k), 2, image.shape, mode)
    x = _continued(image.reshape(*image.shape[:2], -1), (k, k), mode, cval)  # (H + k - 1, W + k - 1, C)
    h, w = x.shape[0] - k + 1, x.shape[1] - k + 1
    middle = x[k // 2 : k // 2 + h, k // 2 : k // 2 + w]
    total, weights = np.zeros_like(middle), np.zeros((h, w, 1), x.dtype)
    for a in range(k):
        for b in range(k):
            neighbour = x[a : a + h, b : b + w]
            c2 = (((neighbour - middle) / sigma_color) ** 2).sum(-1, keepdims=True)
            weight = np.exp(c2 / -2) * (kernel[a] * kernel[b])
            total += weight * neighbour
            weights += weight
    return (total / weights).reshape(h, w, *image.shape[2:])


def pyramid(image: Array, levels: int, *, mode: str = "reflect", cval: float = 0.0) -> list[Array]:
    """The image, and `levels` times the last one blurred and of that every second row and column: levels + 1 images.

    The blur is (1, 4, 6, 4, 1) / 16 along each axis, enough to take away most detail that fewer pixels cannot show.
    Source: Burt and Adelson 1983.
    """
    _validate.image(Array, image)
    _validate.size("levels", levels)
    images, weights = [image], np.array([1, 4, 6, 4, 1]) / 16
    for _ in range(levels):
        images.append(separable(images[-1], weights, weights, mode=mode, cval=cval)[::2, ::2])
    return images


def fill(image: Array, known: Array, sigma: float, truncate: float = 4.0, *, mode: str = "reflect") -> Array:
    """The image with its unknown pixels filled in: each gets the mean of the known ones near it, by Gaussian weights.

    known: booleans (H, W).  That mean is blur(image where known, else 0) / blur(1 where known, else 0); blurring alone
    would take the zeros for grey values.  Known pixels stay.  Source: Knutsson and Westin 1993.

    Raises ValueError where an unknown pixel has no known one within truncate sigma.
    """
    _validate.image(Array, image)
    _validate.known(Array, known, image.shape)
    there = known.reshape(*known.shape, *[1] * (image.ndim - 2))
    weight = gaussian(known.astype(image.dtype), sigma, 0, truncate, mode=mode)
    if not bool((weight > 0).all()):
        raise ValueError(f"sigma: expected a known pixel within {truncate} * sigma of each unknown one, got {sigma}")
    blurred = gaussian(np.where(there, image, 0).astype(image.dtype, copy=False), sigma, 0, truncate, mode=mode)
    return np.where(there, image, blurred / weight.reshape(there.shape))


# ---------------------------------------------------------------------- edges and corners
def non_maximum_suppression(down: Array, right: Array, *, tolerance: float | None = None) -> Array:
    """The gradient's magnitude where it is largest along the gradient, 0 elsewhere: edges become thin.

    down, right: the two slopes (H, W), as from `sobel` along axis 0 and 1.  Each pixel is compared with both
    neighbours along the gradient, interpolated between the two pixels that it passes between.  What differs by
    no more than `tolerance` counts as equal, and of equals the brightest stays, where the gradient points: a step
    between two pixels gives an edge of one.  So an image that is transposed, flipped or scaled has the same edges,
    which rounding cannot move.  Magnitudes of no more than `tolerance` become 0, and so do pixels on the frame of
    the image, which have no such neighbours.  tolerance: 16 roundings of the largest magnitude, if not given.
    Source: Canny 1986.

    >>> right = np.array([[0.0, 1, 1, 0]] * 3)  # the slope of a step between the second and the third pixel
    >>> non_maximum_suppression(0 * right, right)[1]
    array([0., 0., 1., 0.])
    """
    _validate.image(Array, down, colour=False, name="down")
    _validate.image(Array, right, colour=False, name="right")
    _validate.same_slopes(down, right)
    _validate.tolerance(tolerance)
    tolerance = _roundings(_magnitude(down, right)) if tolerance is None else tolerance
    return _thin(down, right, tolerance, tolerance)


def _thin(down: Array, right: Array, least: float, tolerance: float) -> Array:
    """What is largest along the gradient, of what is more than `least`."""
    magnitude = _magnitude(down, right)
    inside = np.zeros(magnitude.shape, bool)
    inside[1:-1, 1:-1] = magnitude[1:-1, 1:-1] > least
    p = np.flatnonzero(inside)
    down, right, m = down.ravel(), right.ravel(), magnitude.ravel()
    gy, gx, here = down[p], right[p], m[p]
    y, x = np.where(gy > 0, magnitude.shape[1], -magnitude.shape[1]), np.where(gx > 0, 1, -1)  # up the gradient
    steepness = np.abs(gy), np.abs(gx)
    straight, diagonal = np.where(np.greater(*steepness), y, x), y + x
    share = np.minimum(*steepness) / np.maximum(*steepness)  # of the diagonal neighbour: the tangent of the angle

    def beside(values: Array, sign: int) -> Array:
        return share * values[p + sign * diagonal] + (1 - share) * values[p + sign * straight]

    ahead, behind = beside(m, 1), beside(m, -1)
    largest = (ahead <= here + tolerance) & (behind <= here + tolerance)
    same = gy * beside(down, 1) + gx * beside(right, 1) > here * tolerance  # edge, and not one that falls again
    thin = np.zeros_like(magnitude)
    thin.ravel()[p] = here * (largest & ~(same & (ahead >= here - tolerance)))
    return thin


def hysteresis_threshold(image: Array, low: float, high: float, *, tolerance: float | None = None) -> Array:
    """Pixels of at least `high`, and those of at least `low` that a chain of such pixels ties to one.

    A chain steps to any of eight neighbours; the result is boolean, (H, W).  A pixel that falls short of a
    threshold by no more than `tolerance` has reached it; if not given, that is 16 roundings of the largest value.
    skimage.filters.apply_hysteresis_threshold steps to four, and asks for more than `low`.
    """
    _validate.image(Array, image, colour=False)
    _validate.thresholds(low, high, ("low", "high"))
    _validate.tolerance(tolerance)
    tolerance = _roundings(image) if tolerance is None else tolerance
    width = image.shape[1] + 2
    weak = np.pad(image >= low - tolerance, 1).ravel()
    edges = np.pad(image >= high - tolerance, 1).ravel()
    new = np.flatnonzero(edges)
    while len(new):  # a wave from the strong pixels over the weak ones
        found = []
        for step in (-width - 1, -width, 1 - width, -1, 1, width - 1, width, width + 1):
            near = new + step
            near = near[weak[near] & ~edges[near]]
            edges[near] = True
            found.append(near)
        new = np.concatenate(found)
    return edges.reshape(-1, width)[1:-1, 1:-1]


def canny(
    image: Array,
    sigma: float = 1.0,
    low_threshold: float = 0.1,
    high_threshold: float = 0.2,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Array:
    """Canny's edges of a grey image (H, W), as a boolean array.

    Blur (`gaussian`), derive (`sobel`), thin (`non_maximum_suppression`), and keep what is strong or tied to
    something strong (`hysteresis_threshold`).  The thresholds are magnitudes of `sobel`: a step from 0 to 1,
    not blurred, has 4.  Same as skimage.feature.canny with mode "reflect" or "nearest", but for ties: there
    rounding decides whether a step between two pixels gives an edge of one pixel or of both, here the brighter
    pixel is the edge.  What counts as equal is 16 roundings, in the image's dtype, of the largest sum in `sobel`,
    8 times the largest value.  Its own sums are in float64, and no rounding of theirs comes near a decision.
    Source: Canny 1986.
    """
    _validate.image(Array, image, colour=False)
    _validate.positive("low_threshold", low_threshold)
    _validate.thresholds(low_threshold, high_threshold, ("low_threshold", "high_threshold"))
    smooth = gaussian(image.astype(np.float64), sigma, mode=mode, cval=cval)
    down, right = (sobel(smooth, axis, mode=mode, cval=cval) for axis in (0, 1))
    tolerance = 8 * _roundings(image, cval if mode == "constant" else 0.0)
    low, high = (max(t, 2 * tolerance) for t in (low_threshold, high_threshold))  # what is less is rounding
    thin = _thin(down, right, low - tolerance, tolerance)  # non-maximum suppression, of what counts
    return hysteresis_threshold(thin, low, high, tolerance=tolerance)


def harris(
    image: Array, k: float = 0.05, sigma: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Array:
    """Harris's measure of corners in a grey image: det A - k trace(A)^2, high on corners, below 0 on edges.

    A is the mean, by a Gaussian of `sigma` pixels, of g g^T, with g the slopes by `sobel`: both of its
    eigenvalues are large where the image changes in every direction.  With mode="constant" the same as
    skimage.feature.corner_harris.  Source: Harris and Stephens 1988.
    """
    _validate.image(Array, image, colour=False)
    _validate.number("k", k)
    down, right = (sobel(image, axis, mode=mode, cval=cval) for axis in (0, 1))
    a, b, c = (gaussian(p, sigma, mode=mode, cval=cval) for p in (down * down, down * right, right * right))
    return a * c - b * b - k * (a + c) ** 2


def peaks(image: Array, size: Size = 3, threshold: float = 0.0, *, tolerance: float | None = None) -> Array:
    """Where a grey image is above the threshold and the largest of the window around it; boolean, (H, W).

    Equals all stay, and what differs by no more than `tolerance` counts as equal; if not given, that is 16
    roundings of the largest value.  The corners of an image, with r = harris(image), are peaks(r, 9, 0.1 * r.max()).

    >>> peaks(np.array([[0.0, 0.5, 0, 0, 0.1 + 0.2, 0.3, 0]]))
    array([[False,  True, False, False,  True,  True, False]])
    """
    _validate.image(Array, image, colour=False)
    _validate.number("threshold", threshold)
    _validate.tolerance(tolerance)
    tolerance = _roundings(image) if tolerance is None else tolerance
    return (image >= maximum(image, size) - tolerance) & (image > threshold + tolerance)


def _roundings(image: Array, other: float = 0.0) -> float:
    """What rounding may have done to sums of values as large as the image's, and more: less is no difference."""
    largest = np.abs(image).max(where=np.isfinite(image), initial=abs(other))
    return 16 * float(np.finfo(image.dtype).eps) * float(largest)
