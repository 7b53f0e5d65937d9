"""More data from the data: random changes of images that leave their labels true.

A digit moved by two pixels is the same digit; a network learns this from moved digits.  Each function here
takes a batch of images, (N, H, W) or (N, C, H, W), as a NumPy array of float32 or float64, draws parameters
for every image from `generator`, and returns a new batch; one seed gives one result.  All of it comes before
an image becomes a Tensor, and so serves both back ends.

Only `affine` draws nothing: it turns, magnifies and moves by what it is told, to measure what a network bears.

Which changes are allowed the data decide: a mirrored cat is a cat, a mirrored 3 is no digit.  Pixels from
outside an image are `fill`.  Noise, brightness and contrast clip to `limits`, the range of values that the
images keep to; None is no limit.  Only `mixup` changes labels.

`chain` makes one function of several, as a training loop takes it:

>>> from functools import partial
>>> from dlnotes.augment import chain, noise, shift
>>> augment = chain(partial(shift, pixels=2), partial(noise, std=0.1))
>>> images, labels = augment(np.zeros((5, 1, 28, 28)), np.arange(5), np.random.default_rng(0))
>>> images.shape, labels
((5, 1, 28, 28), array([0, 1, 2, 3, 4]))

Source: chapter *Data augmentation*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes import _validate

__all__ = [
    "affine", "crop", "shift", "flip", "rotate", "scale", "noise", "brightness", "contrast", "cutout", "mixup", "chain",
]  # fmt: skip

Array = np.ndarray
Random = np.random.Generator
Limits = tuple[float, float] | None


# ---------------------------------------------------------------------- other places
def affine(
    images: Array, *, degrees: Any = 0.0, factor: Any = 1.0, down: Any = 0.0, right: Any = 0.0, fill: float = 0.0
) -> Array:
    """Each image turned about its centre by a given angle, magnified by a given factor, and then moved.

    degrees: counter-clockwise.  factor: above 1 is larger.  down, right: in pixels, also fractions of one.  Each is a
    number for all images or an array with one for each.  Between pixels values are bilinear: exact where a point
    falls on a pixel, as in a move by whole pixels or a quarter turn of a square.

    >>> affine(np.eye(3)[None], right=1)
    array([[[0., 1., 0.],
            [0., 0., 1.],
            [0., 0., 0.]]])
    """
    n = len(_images(images))
    given = {"degrees": degrees, "factor": factor, "down": down, "right": right}
    for name, value in given.items():
        value = np.asarray(value, float)
        if value.shape not in ((), (n,)) or not np.isfinite(value).all() or (name == "factor" and (value <= 0).any()):
            kind = "positive" if name == "factor" else "finite"
            raise ValueError(f"{name}: expected a {kind} number, or one for each of {n} images, got {given[name]}")
        given[name] = np.broadcast_to(value, n)
    angle, scale = np.radians(given["degrees"]), 1 / given["factor"]
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return _resampled(images, np.array([[c, s], [-s, c]]), np.array([given["down"], given["right"]]), fill)


def crop(
    images: Array, size: int | tuple[int, int], padding: int = 0, fill: float = 0.0, *, generator: Random
) -> Array:
    """A window of `size` (a number, or height and width) at a random place of the padded image.

    padding: pixels of `fill` on every side.  ValueError where the padded image is smaller than the window.
    """
    x = _planes(images, generator)
    _natural("padding", padding)
    h, w = size if isinstance(size, tuple) else (size, size)
    for given, there in ((h, x.shape[2]), (w, x.shape[3])):
        _validate.size("size", given)
        if given > there + 2 * padding:
            raise ValueError(f"size: expected at most {there} + 2 * {padding}, the padded image, got {given}")
    x = _framed(x, padding, fill)
    windows = sliding_window_view(x, (h, w), axis=(2, 3))  # (N, C, places down, places across, h, w)
    top, left = (generator.integers(places, size=len(x)) for places in windows.shape[2:4])
    return windows[np.arange(len(x)), :, top, left].reshape(*images.shape[:-2], h, w)


def shift(images: Array, pixels: int = 2, fill: float = 0.0, *, generator: Random) -> Array:
    """Each image moved by up to `pixels` whole pixels up or down, and as many left or right."""
    _planes(images, generator)
    _natural("pixels", pixels)
    return crop(images, images.shape[-2:], pixels, fill, generator=generator)


def flip(images: Array, probability: float = 0.5, axis: int = -1, *, generator: Random) -> Array:
    """Each image mirrored, left to right (axis -1) or upside down (-2), with that probability."""
    _planes(images, generator)
    _share("probability", probability)
    if axis not in (-1, -2):
        raise ValueError(f"axis: expected -1 (left to right) or -2 (upside down), got {axis!r}")
    chosen = generator.random(len(images)) < probability
    return np.where(_each(chosen, images), np.flip(images, axis), images)


def rotate(images: Array, degrees: float = 15.0, fill: float = 0.0, *, generator: Random) -> Array:
    """Each image turned about its centre by an angle drawn evenly from -degrees .. degrees."""
    _planes(images, generator)
    _validate.at_least("degrees", degrees, 0)
    return affine(images, degrees=generator.uniform(-degrees, degrees, len(images)), fill=fill)


def scale(
    images: Array, low: float = 0.9, high: float = 1.1, fill: float = 0.0, *, generator: Random
) -> Array:
    """Each image magnified about its centre by a factor drawn evenly from low .. high; its shape stays."""
    _planes(images, generator)
    _validate.at_least("low", low, 0)
    _validate.at_least("high", high, low)
    if low == 0:
        raise ValueError("low: expected more than 0, got 0")
    return affine(images, factor=generator.uniform(low, high, len(images)), fill=fill)


def _resampled(images: Array, matrix: Array, moved: Array, fill: float) -> Array:
    """Each image read at matrix (2, 2, N) @ (p - moved (2, N)), for every pixel p = (down, right) from its centre.

    Between pixels the value is bilinear: of the four around a point, each weighs more the nearer it is.
    """
    n, h, w = len(images), *images.shape[-2:]
    centre = np.array([h - 1, w - 1]) / 2
    grid = np.indices((h, w)).reshape(2, -1) - centre[:, None]  # (2, H W): down and right of the centre
    start = centre - np.einsum("ijn,jn->ni", matrix, moved)
    points = np.einsum("ijn,jp->nip", matrix, grid) + start[:, :, None]  # (N, 2, H W)
    points = points.round(9)  # so that a point meant to be a pixel is one
    points = np.clip(points, -1, [[h], [w]]) + 1  # in a frame of `fill`, one pixel wide
    corner = np.minimum(points.astype(int), [[h], [w]])  # the pixel above and to the left
    down, right = (points - corner).astype(images.dtype).transpose(1, 0, 2)[:, :, None]  # (N, 1, H W) each
    x = _framed(images.reshape(n, -1, h, w), 1, fill).reshape(n, -1, (h + 2) * (w + 2))
    here = (corner[:, 0] * (w + 2) + corner[:, 1])[:, None]  # (N, 1, H W)

    def at(step: int) -> Array:
        return np.take_along_axis(x, here + step, axis=2)

    above = at(0) * (1 - right) + at(1) * right
    below = at(w + 2) * (1 - right) + at(w + 3) * right
    return (above * (1 - down) + below * down).reshape(images.shape)


def _framed(x: Array, padding: int, fill: float) -> Array:
    """Images (N, C, H, W) with so many pixels of `fill` on every side."""
    n, c, h, w = x.shape
    framed = np.full((n, c, h + 2 * padding, w + 2 * padding), fill, x.dtype)  # np.pad takes twice as long
    framed[:, :, padding : padding + h, padding : padding + w] = x
    return framed


# ---------------------------------------------------------------------- other values
def noise(images: Array, std: float = 0.05, limits: Limits = (0, 1), *, generator: Random) -> Array:
    """Each pixel with a normal draw of that standard deviation added."""
    _within(images, generator, limits)
    _validate.at_least("std", std, 0)
    return _clipped(images + generator.normal(0, std, images.shape).astype(images.dtype), limits)


def brightness(images: Array, amount: float = 0.2, limits: Limits = (0, 1), *, generator: Random) -> Array:
    """Each image times a factor drawn evenly from 1 - amount .. 1 + amount."""
    _within(images, generator, limits)
    _share("amount", amount)
    return _clipped(images * _factors(images, amount, generator), limits)


def contrast(images: Array, amount: float = 0.2, limits: Limits = (0, 1), *, generator: Random) -> Array:
    """Each image's distance from its mean times a factor drawn evenly from 1 - amount .. 1 + amount."""
    _within(images, generator, limits)
    _share("amount", amount)
    mean = images.mean(axis=tuple(range(1, images.ndim)), keepdims=True)
    return _clipped(mean + (images - mean) * _factors(images, amount, generator), limits)


def cutout(images: Array, size: int = 8, fill: float = 0.0, *, generator: Random) -> Array:
    """A square of size x size pixels replaced by `fill`, its centre drawn evenly from all pixels.

    So part of it may lie outside.  Source: DeVries and Taylor 2017.
    """
    _planes(images, generator)
    _validate.size("size", size)
    h, w = images.shape[-2:]
    rows, columns = (
        np.abs(np.arange(n) - (generator.integers(n, size=(len(images), 1)) - (size % 2 == 0) / 2)) < size / 2
        for n in (h, w)
    )  # (N, H) and (N, W): within size / 2 of the centre, which for an even size lies between two pixels
    hole = rows[:, :, None] & columns[:, None, :]
    hole = hole if images.ndim == 3 else hole[:, None]
    return np.where(hole, np.asarray(fill, images.dtype), images)


# ---------------------------------------------------------------------- other labels
def mixup(
    images: Array, labels: Array, alpha: float = 0.2, *, classes: int | None = None, generator: Random
) -> tuple[Array, Array]:
    """Each image mixed with another of the batch, a x + (1 - a) x', and their targets likewise.

    The share a is drawn from Beta(alpha, alpha).  labels: class labels (N,), and `classes` their number, or
    targets (N, K).  Returns the images, and targets (N, K) in the images' dtype.  Source: Zhang et al. 2018,
    whose program draws one a for the whole batch.
    """
    _planes(images, generator)
    _validate.at_least("alpha", alpha, 0)
    if alpha == 0:
        raise ValueError("alpha: expected more than 0, got 0")
    targets = _targets(labels, len(images), classes).astype(images.dtype)
    other = generator.permutation(len(images))
    share = generator.beta(alpha, alpha, len(images)).astype(images.dtype)
    a, b = _each(share, images), share[:, None]
    return a * images + (1 - a) * images[other], b * targets + (1 - b) * targets[other]


def _targets(labels: Any, n: int, classes: int | None) -> Array:
    labels = np.asarray(labels)
    if len(labels.shape) not in (1, 2) or len(labels) != n:
        raise ValueError(f"labels: expected shape ({n},) or ({n}, classes), got {labels.shape}")
    if labels.ndim == 2:
        return labels
    _validate.whole("labels", labels.dtype)
    if classes is None:
        raise ValueError("classes: expected the number of classes of the labels, got None")
    _validate.size("classes", classes)
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(f"labels: expected labels from 0 to {classes - 1}, got {wrong}")
    return np.eye(classes)[labels]


def chain(*steps: Callable[..., Array]) -> Callable[[Array, Any, Random], tuple[Array, Any]]:
    """One function (images, labels, generator) -> (images, labels) that takes the steps in turn.

    Each step is one of the functions above, its options fixed by `functools.partial`; labels pass through.
    For `mixup` at the end write `lambda x, y, g: mixup(*before(x, y, g), classes=10, generator=g)`.
    """

    def augment(images: Array, labels: Any, generator: Random) -> tuple[Array, Any]:
        for step in steps:
            images = step(images, generator=generator)
        return images, labels

    return augment


# ---------------------------------------------------------------------- what goes in
def _images(images: Any) -> Array:
    """The images, once they are found fit."""
    if not isinstance(images, np.ndarray):
        raise TypeError(f"images: expected a NumPy array, got {type(images).__name__}")
    if images.dtype not in (np.float32, np.float64):
        advice = "scale bytes by images / 255"
        raise TypeError(f"images: expected float32 or float64, got {images.dtype}; {advice}")
    if images.ndim not in (3, 4) or images.size == 0:
        raise ValueError(f"images: expected shape (N, H, W) or (N, C, H, W), not empty, got {images.shape}")
    return images


def _planes(images: Any, generator: Any) -> Array:
    """The images as (N, C, H, W), once they and the generator are found fit."""
    _images(images)
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"generator: expected a numpy.random.Generator, got {generator!r}")
    return images.reshape(len(images), -1, *images.shape[-2:])


def _within(images: Any, generator: Any, limits: Limits) -> None:
    _planes(images, generator)
    if limits is not None and not limits[0] < limits[1]:
        raise ValueError(f"limits: expected two numbers, the lower first, or None, got {limits}")
    if limits is not None and (images.min() < limits[0] or images.max() > limits[1]):
        found = f"{images.min():.3g} .. {images.max():.3g}"
        raise ValueError(f"images: expected values in {limits}, got {found}; give their limits, or None")


def _clipped(images: Array, limits: Limits) -> Array:
    return images if limits is None else np.clip(images, *limits).astype(images.dtype, copy=False)


def _factors(images: Array, amount: float, generator: Random) -> Array:
    return _each(generator.uniform(1 - amount, 1 + amount, len(images)).astype(images.dtype), images)


def _each(values: Array, images: Array) -> Array:
    """One value for each image, in as many axes as the images have."""
    return values.reshape(-1, *[1] * (images.ndim - 1))


def _natural(name: str, value: Any) -> None:
    if value != 0 or isinstance(value, bool):
        _validate.size(name, value)


def _share(name: str, value: Any) -> None:
    _validate.at_least(name, value, 0)
    if value > 1:
        raise ValueError(f"{name}: expected at most 1, got {value}")
