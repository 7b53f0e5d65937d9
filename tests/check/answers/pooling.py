"""Answers to the exercises of *Pooling*."""

import numpy as np


def max_backward(x, g, k, s, last=False, overwrite=False):
    d = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        window = x[i * s : i * s + k, j * s : j * s + k]
        place = k * k - 1 - window[::-1, ::-1].argmax() if last else window.argmax()
        r, c = divmod(int(place), k)
        d[i * s + r, j * s + c] = g[i, j] + (0 if overwrite else d[i * s + r, j * s + c])
    return d


def to_all_equals(x, g, k, s):
    d = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        window = x[i * s : i * s + k, j * s : j * s + k]
        d[i * s : i * s + k, j * s : j * s + k] += (window == window.max()) * g[i, j]
    return d


def lp(window, p):
    top = abs(window).max()
    return top * ((abs(window) / (top or 1)) ** p).sum() ** (1 / p)


def lp_of_nothing(window, p):
    top = abs(window).max()
    return top * ((abs(window) / top) ** p).sum() ** (1 / p)


def blurred(x, mode="reflect", step=2):
    wide = np.pad(x, 1, mode=mode)
    return ((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4)[::step]


PENCIL = ([5, 5, 4], [0, 3, 0, 3, 0], [8 / 3, 8 / 3], [1, 1, 3, 2, 2])
LP = (5, 3, 2, [2 / 3, 2 / 3, 1 / 3, 0], [0.5, 0.5, 0, 0])
COUNT = (10368, 56448, 2880, 15680)

RIGHT = {
    "pool-pencil": PENCIL,
    "pool-ties": (max_backward,),
    "pool-lp": LP,
    "pool-stable": (lp,),
    "pool-shift": (1 / 2, 3 / 4, 6 / 7, 0),
    "pool-blur": (blurred,),
    "pool-count": COUNT,
    "pool-global": (15690, 330, 2 / 49, "pool"),
}
ALSO_RIGHT = [
    ("pool-pencil", (*PENCIL[:2], (2.67, 2.67), PENCIL[3])),
    ("pool-shift", (0.5, 0.75, 0.857, 0)),
    ("pool-lp", (5, 3, 2, (0.667, 0.667, 0.333, 0), LP[4])),
    ("pool-global", (15690, 330, 0.0408, "Pool ")),
]
WRONG = {
    "pool-pencil": [
        ((None, None, None, None), "still None"),
        (([5, 4], *PENCIL[1:]), "start at places 0, 1 and 2"),
        (([5, 5, 5], *PENCIL[1:]), "three neighbours"),
        ((PENCIL[0], [0, 2, 0, 3, 0], *PENCIL[2:]), "add up what arrives"),
        ((PENCIL[0], [1, 3, 6, 5, 3], *PENCIL[2:]), "to the one that won"),
        ((*PENCIL[:2], [8, 8], PENCIL[3]), "divide by"),
        ((*PENCIL[:3], [1, 1, 2, 2, 2]), "both windows"),
        ((*PENCIL[:3], [3, 3, 9, 6, 6]), "a third"),
    ],
    "pool-ties": [
        ((lambda x, g, k, s: None,), "still None"),
        ((to_all_equals,), "largest of four zeros"),
        ((lambda x, g, k, s: max_backward(x, g, k, s, last=True),), "take the first"),
        ((lambda x, g, k, s: max_backward(x, g, k, s, overwrite=True),), "windows overlap"),
        ((lambda x, g, k, s: g,), "should have the shape of x"),
    ],
    "pool-lp": [
        ((None, None, None, None, None), "still None"),
        ((1.25, *LP[1:]), "does not divide"),
        ((5, 9, *LP[2:]), "take the root"),
        ((5, 3, 4, *LP[3:]), "inside the root"),
        ((5, 3, 2, [1, 1, 1, 0], LP[4]), "here x / y"),
        ((*LP[:4], [1, 0, 0, 0]), "no p prefers"),
        ((*LP[:4], [1, 1, 0, 0]), "not quite 1"),
    ],
    "pool-stable": [
        ((lambda window, p: None,), "still None"),
        ((lambda window, p: (window**p).sum() ** (1 / p),), "divide by the largest"),
        ((lp_of_nothing,), "no largest number to divide by"),
        ((lambda window, p: window.max(),), "it is the sum"),
        ((lambda window, p: lp(window, p) / window.size,), "should be 7"),
    ],
    "pool-shift": [
        ((None, None, None, None), "still None"),
        ((1, 3 / 4, 6 / 7, 0), "odd place"),
        ((1 / 2, 1 / 4, 6 / 7, 0), "of 4"),
        ((1 / 2, 3 / 4, 1 / 7, 0), "the share that changes"),
        ((1 / 2, 3 / 4, 6 / 7, 1 / 2), "which windows see place 4"),
    ],
    "pool-blur": [
        ((lambda x: None,), "still None"),
        ((lambda x: blurred(x, step=1),), "keep every second"),
        ((lambda x: blurred(x, "constant"),), "instead of 0"),
        ((lambda x: blurred(x, "edge"),), "not x[0]"),
        ((lambda x: blurred(x[::2], step=1),), "too late"),
        ((lambda x: x[::2],), "weights 1, 2, 1"),
        ((lambda x: blurred(x, step=1)[1::2],), "the other half"),
    ],
    "pool-count": [
        ((None, None, None, None), "still None"),
        ((288 * 64, *COUNT[1:]), "6 x 6"),
        ((9 * 8 * 36, *COUNT[1:]), "all 4 maps"),
        ((COUNT[0], 288 * 256, *COUNT[2:]), "14 x 14"),
        ((*COUNT[:2], 2890, COUNT[3]), "not asked for"),
        ((*COUNT[:3], 15690), "not asked for"),
    ],
    "pool-global": [
        ((None, None, None, None), "still None"),
        ((15680, 330, 2 / 49, "pool"), "add the biases"),
        ((15690, 320, 2 / 49, "pool"), "add the biases"),
        ((15690, 330, 2, "pool"), "divides the slope"),
        ((15690, 330, 2 / 49, None), "still None"),
        ((15690, 330, 2 / 49, "maybe"), "should be"),
        ((15690, 330, 2 / 49, "both"), "where its numbers stand"),
    ],
}
