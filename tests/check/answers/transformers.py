"""Answers to the exercises of *Attention and Transformers*."""

import numpy as np


def window(T, w, first=0, last=None):
    back = np.arange(T)[:, None] - np.arange(T)
    return (back >= first) & (back < (w if last is None else last))


def hidden(T, w):
    return ~window(T, w)


def next_ones(tokens, shift=-1, ignored=-1):
    targets = np.roll(tokens, shift, axis=1)
    if ignored is not None:
        targets[:, ignored] = -100
    return tokens, targets


def in_place(tokens):
    tokens[:, :-1] = tokens[:, 1:]
    return tokens, tokens


def scores(n, cache):
    return n * (n + 1) // 2 if cache else n * (n + 1) * (n + 2) // 6


RIGHT = {
    "att-hand": ([0.6, 0.2, 0.2], 7, 7.5),
    "att-root": (8, 4, 8),
    "att-window": (window, hidden),
    "att-order": (True, True, False, False, False),
    "att-count": (786432, 786432, 1024),
    "att-debug": (next_ones,),
    "att-cache": (scores,),
}

ALSO_RIGHT = [
    ("att-hand", (np.array([[0.6, 0.2, 0.2]]), 7.0, np.array(7.5))),
    ("att-hand", (np.array([[0.6, 0.2, 0.2]]), np.array([[7.0]]), [7.5])),
    ("att-root", (8.0, np.sqrt(16), 64**0.5)),
    ("att-window", (lambda T, w: window(T, w).tolist(), lambda T, w: (~window(T, w)).tolist())),
    ("att-order", (1, np.True_, 0, np.False_, False)),
    ("att-debug", (lambda tokens: (tokens[:, :-1], tokens[:, 1:]),)),
    ("att-debug", (lambda tokens: tuple(a.tolist() for a in next_ones(tokens)),)),
    ("att-cache", (lambda n, cache: float(scores(n, cache)),)),
]

WRONG = {
    "att-hand": [
        ((None,) * 3, "still None"),
        (([1, 0, 0], 7, 7.5), "no weight of 0"),
        (([3, 1, 1], 7, 7.5), "add up to 1"),
        (([0.5, 0.25, 0.25], 7, 7.5), "ln 3"),
        (([0.6, 0.4], 7, 7.5), "three numbers"),
        (([0.6, 0.2, 0.2], 6, 7.5), "times its weight"),
        (([0.6, 0.2, 0.2], 7, 6), "still have to add up"),
        (([0.6, 0.2, 0.2], 7, 7), "third value"),
    ],
    "att-root": [
        ((None,) * 3, "still None"),
        ((32, 4, 8), "model's features"),
        ((4, 8, 8), "number of heads"),
        ((8, 4, 32), "fewer products"),
        ((64, 4, 8), "not its root"),
        ((8, 8, 8), "narrower"),
        ((8, 16, 8), "not its root"),
        ((8, 4, 1), "after the division"),
        ((8, 4, 64), "variance"),
    ],
    "att-window": [
        ((lambda T, w: None, hidden), "None"),
        ((lambda T, w: window(T, w).astype(float), lambda T, w: 1.0 - window(T, w)), "booleans"),
        ((window, lambda T, w: hidden(T, w).astype(int)), "booleans"),
        ((hidden, window), "wrong way round"),
        ((window, window), "hidden(5, 2) is the wrong way round"),
        ((lambda T, w: window(T, w).T, hidden), "comes after"),
        ((lambda T, w: window(T, w, 1), hidden), "see itself"),
        ((lambda T, w: window(T, w, last=w + 1), hidden), "more than itself"),
        ((lambda T, w: window(T, w, last=1) | window(T, 1), hidden), "not see all"),
        ((lambda T, w: window(T, w, last=T), hidden), "more than itself"),
        ((lambda T, w: window(T, w)[0], hidden), "shape"),
        ((window, lambda T, w: window(T, w).T), "should be True"),
    ],
    "att-order": [
        ((None,) * 5, "still None"),
        ((False, True, False, False, False), "by itself"),
        ((True, False, False, False, False), "ask where a row"),
        ((True, True, True, False, False), "first row see"),
        ((True, True, False, True, False), "adds something"),
        ((True, True, False, False, True), "move apart"),
        (("yes", True, False, False, False), "True or False"),
    ],
    "att-count": [
        ((None,) * 3, "still None"),
        ((4 * 256**2, 786432, 1024), "attention alone"),
        ((8 * 256**2, 786432, 1024), "MLP alone"),
        ((786432, 2 * 786432, 1024), "half as wide"),
        ((786432, 786432, 512), "lost"),
        ((786432, 786432, 256), "8 T E"),
    ],
    "att-debug": [
        ((lambda tokens: None,), "inputs and targets"),
        ((lambda tokens: next_ones(tokens, 1, 0),), "comes next?"),
        ((lambda tokens: next_ones(tokens, 0, None),), "stands there"),
        ((lambda tokens: next_ones(tokens, -1, None),), "first one does not follow"),
        ((lambda tokens: next_ones(tokens, -2),), "comes next"),
        ((in_place,), "changed"),
    ],
    "att-cache": [
        ((lambda n, cache: None,), "None"),
        ((lambda n, cache: scores(n, not cache),), "one pass"),
        ((lambda n, cache: scores(n, False),), "reads everything again"),
        ((lambda n, cache: scores(n, True) if cache else n * (n + 1) * (2 * n + 1) // 6,), "up to its own place"),
        ((lambda n, cache: n * n if cache else scores(n, False),), "text grows"),
    ],
}
