"""Image filters on PyTorch tensors: the twins of `dlnotes.numpy.filters`, differentiable where the filter is.

An image is a tensor of float32 or float64, (H, W) grey or (H, W, C) with C colours, as in the NumPy twin,
which says what each filter is.  Here every linear filter is one `conv2d`, with the colours as a batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from dlnotes._validate import filters as _validate

__all__ = [
    "correlate1d", "convolve1d", "correlate2d", "convolve2d", "separable", "is_separable", "separate",
    "box", "gaussian_kernel", "gaussian", "sharpen", "unsharp_mask",
    "sobel", "scharr", "prewitt", "laplace", "gaussian_laplace", "median", "maximum", "bilateral", "pyramid", "fill",
    "non_maximum_suppression", "hysteresis_threshold", "canny", "harris", "peaks",
]  # fmt: skip

PAD: dict[str, Any] = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}
Size = int | tuple[int, int]


# ---------------------------------------------------------------------- correlation and convolution
def correlate1d(signal: Tensor, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """y[n] = sum over k of signal[n + k] kernel[k]: k = 0 at the kernel's middle."""
    return _filter1d(signal, kernel, mode, cval, flip=False)


def convolve1d(signal: Tensor, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """y[n] = sum over k of signal[n - k] kernel[k]: the correlation with the kernel turned round."""
    return _filter1d(signal, kernel, mode, cval, flip=True)


def _filter1d(signal: Tensor, kernel: Any, mode: str, cval: float, flip: bool) -> Tensor:
    _validate.signal(Tensor, signal)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 1, signal, mode)
    x = _continued(signal[None], (1, len(kernel)), mode, cval, flip)
    return _correlate(x, (kernel.flip(0) if flip else kernel)[None])[0]


def correlate2d(image: Tensor, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """y[m, n] = sum over k, l of image[m + k, n + l] kernel[k, l], with k = l = 0 at the kernel's middle.

    Differentiable in the kernel too, where that is a tensor.
    """
    _validate.image(Tensor, image)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 2, image, mode)
    return _correlate(_continued(image, kernel.shape, mode, cval), kernel)


def convolve2d(image: Tensor, kernel: Any, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """y[m, n] = sum over k, l of image[m - k, n - l] kernel[k, l]: the kernel turned by 180 degrees."""
    _validate.image(Tensor, image)
    _validate.border(mode, cval)
    kernel = _kernel(kernel, 2, image, mode)
    return _correlate(_continued(image, kernel.shape, mode, cval, flip=True), kernel.flip(0, 1))


def separable(image: Tensor, column: Any, row: Any, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """The correlation with the kernel column[k] row[l], in two passes: first down the image, then across."""
    _validate.image(Tensor, image)
    _validate.border(mode, cval)
    down, across = _kernel(column, 1, image, mode, "column"), _kernel(row, 1, image[0], mode, "row")
    x = _continued(image, (len(down), len(across)), mode, cval)
    return _correlate(_correlate(x, down[:, None]), across[None])


def is_separable(kernel: Any) -> bool:
    """Whether the kernel is a column times a row: whether its rank, by singular values, is 1."""
    return _rank(*_weights(kernel)) == 1


def separate(kernel: Any) -> tuple[Tensor, Tensor]:
    """The column and the row whose product is the kernel, equally long, by singular value decomposition.

    Of the two choices of sign, the row's last entry other than 0 is positive.  Raises ValueError where the
    rank is not 1.
    """
    weights, tolerance = _weights(kernel)
    _validate.rank_one(_rank(weights, tolerance))
    u, s, vt = torch.linalg.svd(weights)
    column, row = u[:, 0] * s[0] ** 0.5, vt[0] * s[0] ** 0.5
    last = row[row.abs() > tolerance * row.abs().max()][-1]
    return column * last.sign(), row * last.sign()


def _as_tensor(values: Any) -> Tensor:  # a list of numbers in float64, whatever the default dtype
    return values if isinstance(values, Tensor) else torch.from_numpy(np.array(values))


def _rank(weights: Tensor, tolerance: float) -> int:
    return int(torch.linalg.matrix_rank(weights, rtol=tolerance))


def _weights(kernel: Any) -> tuple[Tensor, float]:
    """The kernel in float64, and how far from its rank, over its largest singular value, its dtype may put it."""
    weights = _as_tensor(kernel)
    _validate.real("kernel", weights.dtype)
    _validate.window("kernel", weights.shape, 2, (), "")
    dtype = weights.dtype if weights.is_floating_point() else torch.float64
    return weights.double(), 32 * torch.finfo(dtype).eps


def _kernel(values: Any, axes: int, image: Tensor, mode: str, name: str = "kernel") -> Tensor:
    """The kernel in the image's dtype."""
    kernel = _as_tensor(values)
    _validate.real(name, kernel.dtype)
    _validate.window(name, kernel.shape, axes, image.shape, mode)
    return kernel.to(image)


def _correlate(x: Tensor, kernel: Tensor) -> Tensor:
    """The valid correlation of each colour."""
    if x.ndim == 2:
        return conv2d(x[None], kernel[None, None])[0]
    return conv2d(x.movedim(-1, 0)[:, None], kernel[None, None])[:, 0].movedim(0, -1)


def _continued(image: Tensor, size: Any, mode: str, cval: float, flip: bool = False) -> Tensor:
    """The image with as much around it as a window of that size needs; it is centred at size // 2."""
    ends = [(k // 2, (k - 1) // 2)[:: -1 if flip else 1] for k in size]
    if mode == "valid":
        return image
    if mode == "constant":
        colours = (0, 0) * (image.ndim - 2)
        return pad(image, (*colours, *ends[1], *ends[0]), value=cval)
    for axis, (n, end) in enumerate(zip(image.shape, ends)):
        index = np.pad(np.arange(n), end, PAD[mode])
        image = image.index_select(axis, torch.from_numpy(index).to(image.device))
    return image


# ---------------------------------------------------------------------- smoothing and sharpening
def box(image: Tensor, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """The mean of a window of `size` (a number, or height and width): every weight is 1 / (kh kw)."""
    kh, kw = _validate.sizes(size)
    return separable(image, [1 / kh] * kh, [1 / kw] * kw, mode=mode, cval=cval)


def gaussian_kernel(sigma: float, order: int = 0, *, truncate: float = 4.0) -> Tensor:
    """A Gaussian of standard deviation `sigma` samples, or its derivative of that order."""
    _validate.positive("sigma", sigma)
    _validate.order(order)
    _validate.positive("truncate", truncate)
    radius = int(truncate * sigma + 0.5)
    x = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-(x**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    before, factor = torch.zeros_like(x), torch.ones_like(x)
    for n in range(order):  # Hermite's recurrence for the derivatives of exp(-x^2 / 2 s^2)
        before, factor = factor, -(x * factor + n * before) / sigma**2
    return kernel * factor


def gaussian(
    image: Tensor,
    sigma: float | tuple[float, float],
    order: int | tuple[int, int] = 0,
    truncate: float = 4.0,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Tensor:
    """Blur by a Gaussian of `sigma` pixels, or derive it after: order (0, 1) is the slope to the right."""
    (s, t), (i, j) = _validate.pair("sigma", sigma), _validate.pair("order", order)
    column, row = gaussian_kernel(s, i, truncate=truncate), gaussian_kernel(t, j, truncate=truncate)
    return separable(image, column.flip(0), row.flip(0), mode=mode, cval=cval)


def unsharp_mask(
    image: Tensor, radius: float = 1.0, amount: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Tensor:
    """image + amount (image - blurred): what a Gaussian of `radius` pixels takes away, added once more."""
    _validate.number("amount", amount)
    return _accentuated(image, gaussian(image, radius, mode=mode, cval=cval), amount)


def sharpen(
    image: Tensor, size: Size = 3, amount: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Tensor:
    """image + amount (image - box(image, size)): constant areas stay as they are, and differences grow."""
    _validate.number("amount", amount)
    return _accentuated(image, box(image, size, mode=mode, cval=cval), amount)


def _accentuated(image: Tensor, blurred: Tensor, amount: float) -> Tensor:
    top, left = ((n - m + 1) // 2 for n, m in zip(image.shape[:2], blurred.shape))  # 0 but in valid mode
    image = image[top : top + blurred.shape[0], left : left + blurred.shape[1]]
    return image + amount * (image - blurred)


# ---------------------------------------------------------------------- derivatives
def sobel(image: Tensor, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """Slope by [-1 0 1], smoothed across it by [1 2 1]: down (axis 0), right (1), or the magnitude (None)."""
    return _slope(image, [1, 2, 1], axis, mode, cval)


def scharr(image: Tensor, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """As `sobel` with [3 10 3], whose magnitude depends least on the edge's direction."""
    return _slope(image, [3, 10, 3], axis, mode, cval)


def prewitt(image: Tensor, axis: int | None = None, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """As `sobel` with [1 1 1]."""
    return _slope(image, [1, 1, 1], axis, mode, cval)


def _slope(image: Tensor, smooth: list[int], axis: int | None, mode: str, cval: float) -> Tensor:
    _validate.axis(axis)
    if axis is None:
        return _magnitude(*(_slope(image, smooth, a, mode, cval) for a in (0, 1)))
    column, row = ([-1, 0, 1], smooth) if axis == 0 else (smooth, [-1, 0, 1])
    return separable(image, column, row, mode=mode, cval=cval)


def _magnitude(down: Tensor, right: Tensor) -> Tensor:
    square = down * down + right * right
    return torch.where(square > 0, torch.where(square > 0, square, 1).sqrt(), 0)  # of slope 0 at 0, not nan


def laplace(image: Tensor, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """The sum of both second differences, [[0 1 0], [1 -4 1], [0 1 0]]."""
    return correlate2d(image, [[0, 1, 0], [1, -4, 1], [0, 1, 0]], mode=mode, cval=cval)


def gaussian_laplace(
    image: Tensor, sigma: float, truncate: float = 4.0, *, mode: str = "reflect", cval: float = 0.0
) -> Tensor:
    """The Laplacian of the image blurred by a Gaussian (LoG), which changes sign at edges."""
    down = gaussian(image, sigma, (2, 0), truncate, mode=mode, cval=cval)
    return down + gaussian(image, sigma, (0, 2), truncate, mode=mode, cval=cval)


# ---------------------------------------------------------------------- filters that are not linear
def median(image: Tensor, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """The middle value of a window; of an even number, the upper middle.  The gradient goes to its pixel."""
    values = _windows(image, size, mode, cval)
    return values.kthvalue(values.shape[-1] // 2 + 1).values


def maximum(image: Tensor, size: Size = 3, *, mode: str = "reflect", cval: float = 0.0) -> Tensor:
    """The largest value of a window; pixels that share it share its gradient."""
    return _windows(image, size, mode, cval).amax(-1)


def _windows(image: Tensor, size: Any, mode: str, cval: float) -> Tensor:
    """The values in each pixel's window, along a new last axis."""
    kh, kw = _validate.sizes(size)
    _validate.image(Tensor, image)
    _validate.border(mode, cval)
    _validate.window("size", (kh, kw), 2, image.shape, mode)
    return _continued(image, (kh, kw), mode, cval).unfold(0, kh, 1).unfold(1, kw, 1).flatten(-2)


def bilateral(
    image: Tensor,
    sigma_color: float,
    sigma_spatial: float,
    truncate: float = 4.0,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Tensor:
    """A mean weighted by distance in space and in colour, which smooths without mixing what differs."""
    _validate.image(Tensor, image)
    _validate.border(mode, cval)
    _validate.positive("sigma_color", sigma_color)
    kernel = gaussian_kernel(sigma_spatial, truncate=truncate).to(image)
    k = len(kernel)
    _validate.window("sigma_spatial", (k, k), 2, image.shape, mode)
    x = _continued(image.reshape(*image.shape[:2], -1), (k, k), mode, cval)
    x = x.unfold(0, k, 1).unfold(1, k, 1)  # (H, W, C, k, k)
    c2 = (((x - x[..., k // 2, k // 2, None, None]) / sigma_color) ** 2).sum(2, keepdim=True)
    weight = torch.exp(c2 / -2) * torch.outer(kernel, kernel)
    y = (weight * x).sum((-2, -1)) / weight.sum((-2, -1))
    return y.reshape(*y.shape[:2], *image.shape[2:])


def pyramid(image: Tensor, levels: int, *, mode: str = "reflect", cval: float = 0.0) -> list[Tensor]:
    """The image, and `levels` times the last one blurred and of that every second row and column: levels + 1 images.

    The blur is (1, 4, 6, 4, 1) / 16 along each axis, enough to take away most detail that fewer pixels cannot show.
    Source: Burt and Adelson 1983.
    """
    _validate.image(Tensor, image)
    _validate.size("levels", levels)
    images, weights = [image], torch.tensor([1, 4, 6, 4, 1], dtype=torch.float64, device=image.device) / 16
    for _ in range(levels):
        images.append(separable(images[-1], weights, weights, mode=mode, cval=cval)[::2, ::2])
    return images


def fill(image: Tensor, known: Tensor, sigma: float, truncate: float = 4.0, *, mode: str = "reflect") -> Tensor:
    """The image with its unknown pixels filled in: each gets the mean of the known ones near it, by Gaussian weights.

    known: booleans (H, W).  That mean is blur(image where known, else 0) / blur(1 where known, else 0); blurring alone
    would take the zeros for grey values.  Known pixels stay.  Source: Knutsson and Westin 1993.

    Raises ValueError where an unknown pixel has no known one within truncate sigma.
    """
    _validate.image(Tensor, image)
    _validate.known(Tensor, known, image.shape)
    there = known.reshape(*known.shape, *[1] * (image.ndim - 2))
    weight = gaussian(known.to(image.dtype), sigma, 0, truncate, mode=mode)
    if not bool((weight > 0).all()):
        raise ValueError(f"sigma: expected a known pixel within {truncate} * sigma of each unknown one, got {sigma}")
    blurred = gaussian(torch.where(there, image, 0), sigma, 0, truncate, mode=mode)
    return torch.where(there, image, blurred / weight.reshape(there.shape))


# ---------------------------------------------------------------------- edges and corners
def non_maximum_suppression(down: Tensor, right: Tensor, *, tolerance: float | None = None) -> Tensor:
    """The gradient's magnitude where it is largest along the gradient, 0 elsewhere: edges become thin."""
    _validate.image(Tensor, down, colour=False, name="down")
    _validate.image(Tensor, right, colour=False, name="right")
    _validate.same_slopes(down, right)
    _validate.tolerance(tolerance)
    magnitude = _magnitude(down, right)
    tolerance = _roundings(magnitude) if tolerance is None else tolerance
    inside = torch.zeros_like(magnitude, dtype=torch.bool)
    inside[1:-1, 1:-1] = magnitude[1:-1, 1:-1] > tolerance
    p = inside.flatten().nonzero()[:, 0]
    down, right, m = down.flatten(), right.flatten(), magnitude.flatten()
    gy, gx, here = down[p], right[p], m[p]
    y, x = torch.where(gy > 0, magnitude.shape[1], -magnitude.shape[1]), torch.where(gx > 0, 1, -1)
    steepness = gy.abs(), gx.abs()
    straight, diagonal = torch.where(torch.gt(*steepness), y, x), y + x
    share = torch.minimum(*steepness) / torch.maximum(*steepness)

    def beside(values: Tensor, sign: int) -> Tensor:
        return share * values[p + sign * diagonal] + (1 - share) * values[p + sign * straight]

    ahead, behind = beside(m, 1), beside(m, -1)
    largest = (ahead <= here + tolerance) & (behind <= here + tolerance)
    same = gy * beside(down, 1) + gx * beside(right, 1) > here * tolerance
    kept = largest & ~(same & (ahead >= here - tolerance))
    return torch.zeros_like(m).scatter(0, p[kept], here[kept]).view_as(magnitude)


def hysteresis_threshold(image: Tensor, low: float, high: float, *, tolerance: float | None = None) -> Tensor:
    """Pixels of at least `high`, and those of at least `low` that a chain of such pixels ties to one."""
    _validate.image(Tensor, image, colour=False)
    _validate.thresholds(low, high, ("low", "high"))
    _validate.tolerance(tolerance)
    tolerance = _roundings(image) if tolerance is None else tolerance
    weak, edges = (pad(image >= t - tolerance, (1, 1, 1, 1)).flatten() for t in (low, high))
    width = image.shape[1] + 2
    new = edges.nonzero()[:, 0]
    while len(new):
        found = []
        for step in (-width - 1, -width, 1 - width, -1, 1, width - 1, width, width + 1):
            near = new + step
            near = near[weak[near] & ~edges[near]]
            edges[near] = True
            found.append(near)
        new = torch.cat(found)
    return edges.reshape(-1, width)[1:-1, 1:-1]


def canny(
    image: Tensor,
    sigma: float = 1.0,
    low_threshold: float = 0.1,
    high_threshold: float = 0.2,
    *,
    mode: str = "reflect",
    cval: float = 0.0,
) -> Tensor:
    """Canny's edges of a grey image (H, W), boolean: blur, derive, thin, keep what is tied to the strong."""
    _validate.image(Tensor, image, colour=False)
    _validate.positive("low_threshold", low_threshold)
    _validate.thresholds(low_threshold, high_threshold, ("low_threshold", "high_threshold"))
    smooth = gaussian(image.double(), sigma, mode=mode, cval=cval)
    down, right = (sobel(smooth, axis, mode=mode, cval=cval) for axis in (0, 1))
    tolerance = 8 * _roundings(image, cval if mode == "constant" else 0.0)
    thin = non_maximum_suppression(down, right, tolerance=tolerance)
    low, high = (max(t, 2 * tolerance) for t in (low_threshold, high_threshold))
    return hysteresis_threshold(thin, low, high, tolerance=tolerance)


def harris(
    image: Tensor, k: float = 0.05, sigma: float = 1.0, *, mode: str = "reflect", cval: float = 0.0
) -> Tensor:
    """Harris's measure of corners in a grey image: det A - k trace(A)^2, high on corners, low on edges."""
    _validate.image(Tensor, image, colour=False)
    _validate.number("k", k)
    down, right = (sobel(image, axis, mode=mode, cval=cval) for axis in (0, 1))
    a, b, c = (gaussian(p, sigma, mode=mode, cval=cval) for p in (down * down, down * right, right * right))
    return a * c - b * b - k * (a + c) ** 2


def peaks(image: Tensor, size: Size = 3, threshold: float = 0.0, *, tolerance: float | None = None) -> Tensor:
    """Where a grey image is above the threshold and the largest of the window around it; boolean."""
    _validate.image(Tensor, image, colour=False)
    _validate.number("threshold", threshold)
    _validate.tolerance(tolerance)
    tolerance = _roundings(image) if tolerance is None else tolerance
    return (image >= maximum(image, size) - tolerance) & (image > threshold + tolerance)


def _roundings(image: Tensor, other: float = 0.0) -> float:
    """What rounding may have done to sums of values as large as the image's, and more: less is no difference."""
    largest = torch.where(image.isfinite(), image, 0).detach().abs().max()
    return 16 * torch.finfo(image.dtype).eps * max(float(largest), abs(other))
