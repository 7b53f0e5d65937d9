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


def without_gaps(image, known, width, mode="reflect", other="reflect", divide=True, keep=True):
    blurred = filters.gaussian(image, width, mode=mode)
    if divide:
        blurred = blurred / filters.gaussian(known * 1.0, width, mode=other)
    return np.where(known, image, blurred) if keep else blurred


def in_place(image, known, width):
    found = without_gaps(image, known, width)
    image[...] = 0
    return found


RIGHT = {
    "filters-pencil": (3, 7),
    "filters-kernel": (kernel_of,),
    "filters-border": (0.36, 0.6, 1, 236),
    "filters-alike": ("CD", "ABD"),
    "filters-noise": (1 / 3, 19 / 81),
    "filters-choice": ("mean", "median", "cross", "fill"),
    "filters-trimmed": (trimmed,),
    "filters-gaps": (without_gaps,),
    "filters-corner": (1.5, 3, 6, 0, "edge"),
}
ALSO_RIGHT = [
    ("filters-kernel", (lambda T, size: np.round(kernel_of(T, size)).tolist(),)),
    ("filters-alike", ("d, c".replace(",", ""), "abd")),
    ("filters-noise", (0.333, 0.235)),
    ("filters-gaps", (lambda image, known, width: without_gaps(image, known, width, "constant", "constant"),)),
    ("filters-corner", (1.5, 3, 6, 0, "Edge")),
]
WRONG = {
    "filters-pencil": [
        ((None, None), "still None"),
        ((7, 3), "the other way round"),
        ((7, 7), "that is the convolution"),
        ((3, 3), "was not turned"),
        ((3, 8), "both axes"),
        ((3, 10), "rows have become columns"),
        ((3, 9), "half a turn"),
        ((5, 7), "as it stands"),
        ((np.eye(3), 7), "One number"),
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
    "filters-alike": [
        ((None, None), "still None"),
        (("CD", None), "alike is still None"),
        (("EF", "ABD"), "letters"),
        ((True, "ABD"), "letters"),
        (("ACD", "ABD"), "black image"),
        (("BCD", "ABD"), "same for X and for -X"),
        (("D", "ABD"), "only moves pixels"),
        (("C", "ABD"), "weights 1 and -1"),
        (("CD", "ABCD"), "top at the bottom"),
        (("CD", "AB"), "left neighbour"),
    ],
    "filters-choice": [
        ((None, None, None, None), "still None"),
        (("blur", "median", "cross", "fill"), "one of mean"),
        (("median", "median", "cross", "fill"), "With median dark_wall"),
        (("fill", "median", "cross", "fill"), "nothing is filled"),
        (("mean", "cross", "cross", "fill"), "With cross wild_wall"),
        (("mean", "median", "median", "fill"), "With median text"),
        (("mean", "median", "cross", "median"), "With median gaps"),
    ],
    "filters-corner": [
        ((None, None, None, None, None), "still None"),
        ((6, 12, 24, 0, "edge"), "the mean of four"),
        ((1, 3, 6, 0, "edge"), "squares of the first"),
        ((1.5, 2, 6, 0, "edge"), "products"),
        ((1.5, 3, 5, 0, "edge"), "squares of the second"),
        ((1.5, 3, 6, 9, "edge"), "AC - B^2"),
        ((1.5, 3, 6, 0, "corner"), "one direction"),
        ((1.5, 3, 6, 0, "flat"), "slopes are not all 0"),
        ((1.5, 3, 6, 0, None), "still None"),
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
        ((lambda image: trimmed(image, mode="constant"),), '"constant"'),
        ((lambda image: trimmed(image, mode="reflect"),), '"reflect"'),
        ((lambda image: trimmed(image) + 1,), "Sort the nine"),
        ((lambda image: trimmed(image)[1:-1, 1:-1],), "shape"),
        ((trimmed_in_place,), "left as it was"),
    ],
    "filters-gaps": [
        ((lambda image, known, width: None,), "still None"),
        ((lambda image, known, width: without_gaps(image, known, width, "constant"),), "go on alike"),
        ((lambda image, known, width: without_gaps(image, known, width, divide=False),), "Well inside"),
        ((lambda image, known, width: without_gaps(image, known, width, keep=False),), "stay as they are"),
        ((lambda image, known, width: without_gaps(image, known, 2 * width),), "of that width"),
        ((lambda image, known, width: without_gaps(image, known, width)[1:],), "shape"),
        ((in_place,), "left as they were"),
    ],
}
