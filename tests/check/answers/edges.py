"""Answers to the exercises of *Edges and derivatives*."""

import numpy as np

from dlnotes.numpy.filters import sobel


def along(image, degrees, up=-1, scale=8, turn=np.radians, swapped=False):
    right, down = sobel(image, 1) / scale, sobel(image, 0) / scale
    c, s = np.cos(turn(degrees)), np.sin(turn(degrees))
    return right * s - down * c if swapped else right * c + up * down * s


def crossing(second, share=lambda a, b: a / (a - b)):
    pairs = enumerate(zip(second[:-1], second[1:]))
    return [n + share(a, b) for n, (a, b) in pairs if a * b < 0]


def whitening(x, epsilon, back=True, root=True, centre=True):
    x = x - x.mean(0) if centre else x
    variance, U = np.linalg.eigh(x.T @ x / len(x))
    half = U / (np.sqrt(variance + epsilon) if root else variance + epsilon)
    return half @ U.T if back else half


def in_place(photo):
    found = np.diff(photo.astype(int), axis=1)
    photo[:] = 0
    return found


FIRST, SECOND = [0, -150, 0, 40, 0], [-150, 150, 40, -40]
RIGHT = {
    "edges-signs": (FIRST, SECOND, 1),
    "edges-bytes": (lambda photo: np.diff(photo.astype(float), axis=1),),
    "edges-noise": (8, 2, 0.75, 0.4),
    "edges-steer": (along,),
    "edges-crossing": (crossing,),
    "edges-join": ([3], [3], [4]),
    "edges-white": (whitening,),
}
ALSO_RIGHT = [
    ("edges-bytes", (lambda photo: np.diff(photo.astype(np.int16), axis=1),)),
    ("edges-crossing", (lambda second: np.array(crossing(second)),)),
    ("edges-join", ((3,), np.array([3]), [4.0])),
]
WRONG = {
    "edges-signs": [
        ((None, None, None), "still None"),
        ((FIRST[:4], SECOND, 1), "shape"),
        (([0, 150, 0, -40, 0], SECOND, 1), "gets darker"),
        ((FIRST, [150, -150, -40, 40], 1), "turned round"),
        ((FIRST, [-150, 0, 40, 0], 1), "differences of the five"),
        ((FIRST, SECOND, 2), "negative first difference"),
    ],
    "edges-bytes": [
        ((lambda photo: None,), "still None"),
        ((lambda photo: photo[:, 1:] - photo[:, :-1],), "No slope is negative"),
        ((lambda photo: np.diff(photo.astype(np.int8), axis=1),), "8 bits with a sign"),
        ((lambda photo: np.abs(np.diff(photo.astype(float), axis=1)),), "No slope is negative"),
        ((lambda photo: -np.diff(photo.astype(float), axis=1),), "should be"),
        ((lambda photo: np.diff(photo.astype(float), axis=0),), "shape"),
        ((in_place,), "left as it was"),
    ],
    "edges-noise": [
        ((None,) * 4, "still None"),
        ((2, 0.5, 0.1875, 0.1), "own variance is 4"),
        ((8**0.5, 2, 0.75, 0.4), "standard deviation"),
        ((8, 4, 0.75, 0.4), "count by their squares"),
        ((0, 0, 0, 0), "subtracted"),
        ((8, 2, 0.375, 0.4), "also its divisor"),
    ],
    "edges-steer": [
        ((lambda image, degrees: None,), "still None"),
        ((lambda image, degrees: along(image, degrees, up=1),), "90 degrees is up"),
        ((lambda image, degrees: along(image, degrees, scale=1),), "8 times"),
        ((lambda image, degrees: along(image, degrees, swapped=True),), "cosine"),
        ((lambda image, degrees: along(image, degrees, turn=float),), "radians"),
        ((lambda image, degrees: along(image, degrees)[1:-1],), "shape"),
    ],
    "edges-crossing": [
        ((lambda second: None,), "still None"),
        ((lambda second: crossing(second, lambda a, b: 0),), "pixel before"),
        ((lambda second: crossing(second, lambda a, b: 0.5),), "equally large"),
        ((lambda second: crossing(second, lambda a, b: b / (b - a)),), "nearer to 0"),
        ((lambda second: crossing(second)[:1],), "opposite signs"),
        ((lambda second: crossing(second, lambda a, b: a / (a + b)),), "falls by"),
    ],
    "edges-join": [
        ((None, None, None), "still None"),
        (([2, 3], [3], [4]), "only one stays"),
        (([2], [3], [4]), "which of the two 7s"),
        (([3], [2, 3], [4]), "thinning takes it"),
        (([3], [], [4]), "eight directions"),
        (([3], [3], [1, 4]), "Does a chain"),
        (([3], [3], []), "corners"),
        ((3, 3, 4), "a list of columns"),
    ],
    "edges-white": [
        ((lambda x, epsilon: None,), "still None"),
        ((lambda x, epsilon: whitening(x, epsilon, back=False),), "symmetric"),
        ((lambda x, epsilon: whitening(x, epsilon, root=False),), "identity"),
        ((lambda x, epsilon: whitening(x, epsilon, centre=False),), "identity"),
        ((lambda x, epsilon: whitening(x, 0.0),), "whitening(x, 0.5)"),
    ],
}
