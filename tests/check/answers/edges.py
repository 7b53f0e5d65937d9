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
    "edges-noise": (8, 2, 0.75, 0.4, 9, 18),
    "edges-steer": (along,),
    "edges-crossing": (crossing,),
    "edges-join": ([3], [3], [4]),
    "edges-white": (whitening,),
    "edges-round": ([26, -5], [2, 5], 0.8),
}
ALSO_RIGHT = [
    ("edges-bytes", (lambda photo: np.diff(photo.astype(np.int16), axis=1),)),
    ("edges-crossing", (lambda second: np.array(crossing(second)),)),
    ("edges-noise", (8, 2, 0.75, 0.4, 8.96, 17.9)),
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
        ((lambda photo: -np.diff(photo.astype(float), axis=1),), "left neighbour"),
        ((lambda photo: np.diff(photo / 255, axis=1),), "units of bytes"),
        ((lambda photo: np.diff(photo.astype(float), axis=0),), "shape"),
        ((in_place,), "left as it was"),
    ],
    "edges-noise": [
        ((None,) * 6, "still None"),
        ((2, 0.5, 0.1875, 0.1, 9, 18), "own variance is 4"),
        ((8**0.5, 2, 0.75, 0.4, 9, 18), "standard deviation"),
        ((8, 4, 0.75, 0.4, 9, 18), "count by their squares"),
        ((0, 0, 0, 0, 9, 18), "subtracted"),
        ((8, 2, 0.375, 0.4, 9, 18), "also its divisor"),
        ((8, 2, 0.75, 0.4, 3, 6), "root of sigma"),
        ((8, 2, 0.75, 0.4, 36, 72), "standard deviation is 2"),
        ((8, 2, 0.75, 0.4, 5, 10), "solve for sigma"),
        ((8, 2, 0.75, 0.4, 9, 9), "no more than half"),
        ((8, 2, 0.75, 0.4, 9, 4.5), "half of what"),
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
        ((lambda x, epsilon: whitening(x, 0.0),), "Where is it added"),
        ((lambda x, epsilon: whitening(x, 2 * epsilon),), "whitening(x, 0.5)"),
    ],
    "edges-round": [
        ((None, None, None), "still None"),
        (([25, -5], [2, 5], 0.8), "old filter"),
        (([0, 3], [2, 5], 0.8), "times its product"),
        (([10, 3], [2, 5], 0.8), "either sign"),
        (([9, 9], [2, 5], 0.8), "Which patches"),
        (([26, -5], [2, 4], 0.8), "old filter"),
        (([26, -5], [-2, 9], 0.8), "larger product"),
        (([26, -5], [3, 3], 0.8), "Only (1, 2)"),
        (([26, -5], [2, 5], 0.4), "4 times"),
        (([26, -5], [2, 5], 0.64), "root"),
        (([26, -5], [2, 5], 0.5), "a is 2"),
    ],
}
