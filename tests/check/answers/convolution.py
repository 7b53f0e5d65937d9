"""Answers to the exercises of *Filters: convolution and correlation*."""

import numpy as np

from dlnotes.numpy import filters


def kernel_of(T, size, value=1.0, place=None):
    dot = np.zeros((size, size))
    dot[place or (size // 2, size // 2)] = value
    return T(dot)


def trimmed(image, drop=2, mode="symmetric"):
    h, w = image.shape
    padded = np.pad(image, 1, mode)
    nine = [padded[i : i + h, j : j + w] for i in range(3) for j in range(3)]
    return np.sort(nine, axis=0)[drop : 9 - drop].mean(axis=0)


def trimmed_in_place(image):
    image[...] = trimmed(image)
    return image


def without_gaps(image, sigma, divide=True, keep=True):
    known = np.isfinite(image)
    blurred = filters.gaussian(np.where(known, image, 0.0), sigma)
    if divide:
        blurred = blurred / filters.gaussian(known * 1.0, sigma)
    return np.where(known, image, blurred) if keep else blurred


def hole(image, sigma):
    known = np.isfinite(image)
    return np.where(known, image, filters.gaussian(image * known, sigma) / filters.gaussian(known * 1.0, sigma))


def in_place(image, sigma):
    found = without_gaps(image, sigma)
    image[...] = 0
    return found


RIGHT = {
    "filters-pencil": (3, 4),
    "filters-kernel": (kernel_of,),
    "filters-border": (0.36, 0.6, 1, 236),
    "filters-noise": (1 / 3, 19 / 81),
    "filters-trimmed": (trimmed,),
    "filters-gaps": (without_gaps,),
}
ALSO_RIGHT = [("filters-kernel", (lambda T, size: np.round(kernel_of(T, size)).tolist(),))]
WRONG = {
    "filters-pencil": [
        ((None, None), "still None"),
        ((4, 3), "the other way round"),
        ((4, 4), "that is the convolution"),
        ((3, 3), "was not turned"),
        ((3, 5), "both axes"),
        ((3, 7), "half a turn"),
        ((5, 4), "as it stands"),
    ],
    "filters-kernel": [
        ((lambda T, size: None,), "still None"),
        ((lambda T, size: T(np.zeros((size, size))) + T(np.eye(size)),), "called it 2 times"),
        ((lambda T, size: kernel_of(T, size)[::-1, ::-1],), "it is turned"),
        ((lambda T, size: T(np.ones((size, size))),), "mixes all weights"),
        ((lambda T, size: kernel_of(T, size, place=(0, 0)),), "Where do you put"),
        ((lambda T, size: kernel_of(T, size, value=2.0),), "how bright"),
    ],
    "filters-border": [
        ((None, None, None, None), "still None"),
        ((4 / 9, 0.6, 1, 236), "3x3 mean"),
        ((0.3, 0.6, 1, 236), "count how many"),
        ((0.36, 2 / 3, 1, 236), "3x3 mean"),
        ((0.36, 0.6, 25, 236), "no zero"),
        ((0.36, 0.6, 1, -20), "no sign"),
        ((0.36, 0.6, 1, 0), "the other end"),
    ],
    "filters-noise": [
        ((None, None), "still None"),
        ((3**-0.5, 19 / 81), "standard deviation"),
        ((1, 19 / 81), "square the weights"),
        ((1 / 3, 1 / 9), "share two of three"),
        ((1 / 3, 0.2), "convolve (1, 1, 1)"),
    ],
    "filters-trimmed": [
        ((lambda image: None,), "still None"),
        ((filters.box,), "all nine"),
        ((filters.median,), "that is the median"),
        ((lambda image: trimmed(image, drop=1),), "not one"),
        ((lambda image: 5 * trimmed(image),), "divide by the five"),
        ((lambda image: trimmed(image, mode="constant"),), "Sort the nine"),
        ((lambda image: trimmed(image)[1:-1, 1:-1],), "shape"),
        ((trimmed_in_place,), "left as it was"),
    ],
    "filters-gaps": [
        ((lambda image, sigma: None,), "still None"),
        ((hole,), "nan * 0"),
        ((lambda image, sigma: without_gaps(image, sigma, divide=False),), "count as black"),
        ((lambda image, sigma: without_gaps(image, sigma, keep=False),), "stay as they are"),
        ((lambda image, sigma: without_gaps(image, 2 * sigma),), "blurred mask"),
        ((in_place,), "left as it was"),
    ],
}
