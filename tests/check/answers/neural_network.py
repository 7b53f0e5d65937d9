"""Answers to the exercises of *The neural network*."""

from functools import partial

import numpy as np

import dlnotes.numpy as dn
from dlnotes.data import digits
from dlnotes.train import fit


def sawtooth(depth, slope=2.0, neurons=2, extra=0):
    b, out = np.array([0.0, -0.5])[:neurons], np.array([[slope, -2 * slope]])[:, :neurons]
    first = (np.ones((neurons, 1)), b)
    return [first, *[(np.ones((neurons, 1)) @ out, b)] * (depth - 1 + extra), (out, np.zeros(1))]


def read(d, hidden=16, bend=True, steps=160, lr=0.03, seed=0, batch_size=64, tail=()):
    rng = np.random.default_rng(seed)
    images, labels = digits()
    layers = [d.Linear(64, hidden, generator=rng), d.Linear(hidden, 10, generator=rng)]
    model = d.Sequential(layers[0], *[d.ReLU()] * bend, layers[1], *tail)
    data = images[:1297].reshape(-1, 64) / 16, labels[:1297]
    fit(model, data, d.Adam(model.parameters(), lr=lr), steps=steps, batch_size=batch_size, generator=rng)
    return model


def popping(layers, X):
    W, b = layers.pop()
    return forward([*layers, (W, b)], X)


def forward(layers, X, bends=lambda j, n: j < n - 1, turned=True):
    for j, (W, b) in enumerate(layers):
        X = X @ (W.T if turned else W) + b
        X = np.maximum(X, 0) if bends(j, len(layers)) else X
    return X


def fold_at(depth, place):
    """Tents whose two sides have different widths, with a last bias that is one number."""
    up, down = 1 / place, 1 / (1 - place)
    out, b = np.array([[up, -up - down]]), np.array([0.0, -place])
    return [(np.ones((2, 1)), b), *[(np.ones((2, 1)) @ out, b)] * (depth - 1), (out, 0.0)]


def unmerged(depth):
    first, *_, last = sawtooth(depth)
    return [first, *[(np.eye(2), first[1])] * (depth - 1), last]


RIGHT = {
    "nn-pencil": ((-1, 3), (0, 3), 5),
    "nn-parameters": (lambda sizes: sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False)),),
    "nn-finer": ([[3, 3], [4, 4], [5, 5]], [5.0, 4.5, 3.0]),  # not the book's weights
    "nn-absolute": ([[2.0], [-2.0]], [0.0, 0.0], [[0.5, 0.5]], [0.0]),  # nor these
    "nn-narrow": (2, [-2.0, 2.0, -2.0]),
    "nn-broadcast": ((3, 3), 4, 2.0),
    "nn-forward": (forward,),
    "nn-sawtooth": (sawtooth,),
    "nn-pieces": (22, 1024.0, [1023]),
    "nn-reader": (read, dn),
}
ALSO_RIGHT = [
    ("nn-pencil", ([[-1], [3]], [[0], [3]], [5])),  # numbers count, not how they are written
    ("nn-narrow", ([2], [[1], [-1], [1]])),
    ("nn-finer", ([(0, 0), (1, 1), (2, 2)], (0, -0.5, -2))),
    *[("nn-sawtooth", (partial(fold_at, place=place),)) for place in (0.1, 0.3, 0.4, 0.9)],  # a tent may fold anywhere
    # and a reader bend elsewhere than between two digits
    *[("nn-reader", (partial(read, seed=seed, lr=0.01, batch_size=128), dn)) for seed in (1, 8)],
]
WRONG = {
    "nn-pencil": [
        ((None, None, None), "still None"),
        (((-1, 3), (-1, 3), 0), "ReLU"),  # no bend
        (((-1, 5), (0, 5), 9), "adds its own"),  # no bias
        (((4, -7), (4, 0), 19), "row of it"),  # columns
        (((1, 3), (1, 3), 10), "multiplies its row"),
        (((-1, 3), (0, 3), 6), "bias, too"),
        (((-1, 3), (0, 3), [5, 0]), "one number"),
    ],
    "nn-parameters": [
        ((lambda sizes: None,), "still None"),
        ((lambda sizes: sum(m * k for k, m in zip(sizes, sizes[1:], strict=False)),), "lacks the biases"),
        ((lambda sizes: sum((m + 1) * k for k, m in zip(sizes, sizes[1:], strict=False)),), "for each output"),
        ((lambda sizes: sum(m * k + 1 for k, m in zip(sizes, sizes[1:], strict=False)),), "one bias for a layer"),
        ((lambda sizes: sum(sizes) + sum(m * k for k, m in zip(sizes, sizes[1:], strict=False)),), "no neurons"),
        ((lambda sizes: 12,), "should be 13"),
        ((lambda sizes: "many",), "should be numbers"),
        ((lambda sizes: [13],), "should have shape ()"),
        ((lambda sizes: 1 / 0,), "ZeroDivisionError"),
        ((lambda sizes: 13 + 0 * sizes[2],), "count_parameters([784, 10]) raised IndexError"),
    ],
    "nn-finer": [
        ((None, None), "W is still None"),
        (([[0, 1, 2], [0, 1, 2]], [0, 0, 0]), "W should have shape (3, 2)"),
        (([[0, 0], [1, 1], [2, 2]], 0), "b should have shape (3,)"),
        (([[0, 0], [1, 1], [2, 2]], [0, 0, 0]), "score 0 should be the largest, alone"),
        (([[0, 0], [1, 1], [2, 2]], [0, -0.5, -1]), "above both others"),
        (([[0, 0], [1, 1], [2, 2]], [0, -0.5, -3]), "score 2 should be"),
    ],
    "nn-absolute": [
        ((None, None, None, None), "still None"),
        (([[1.0], [1.0]], [0.0, 0.0], [[1.0, 1.0]], [0.0]), "x = -3"),
        (([[1.0], [-1.0]], [0.0, 0.0], [[1.0, -1.0]], [0.0]), "x = -3"),
        (([[1.0], [-1.0]], [0.0, 3.0], [[2.0, 1.0]], [-3.0]), "x = 1000"),  # right from -3 to 3
        (([1.0, -1.0], [0.0, 0.0], [1.0, 1.0], 0.0), "shape"),
    ],
    "nn-narrow": [
        ((None, None), "still None"),
        ((3, [1, -1, 1]), "narrow layer"),
        ((1, [1, -1, 1]), "different directions"),
        ((2, None), "lost is still None"),
        ((2, [0, 0, 0]), "not be 0"),
        ((2, [1, -1]), "3 numbers"),
        ((2, [1, -1, 0]), "W1 @ lost is (0, -1)"),
        ((2, [1e-9, 0, 0]), "W1 @ lost is (1e-09, 0)"),  # small is not 0
    ],
    "nn-pieces": [
        ((None, None, None), "still None"),
        ((21, 1024, 1023), "lines"),
        ((22, 20, 19), "folds"),
        ((22, 1024, 1024), "one neuron fewer"),
        ((22, 1024, 10), "m + 1 pieces"),
        ((22, 1024, "few"), "one_layer should be numbers"),
    ],
    "nn-broadcast": [
        ((None, None, None), "still None"),
        (((3, 1), 0, 2), "broadcasting"),
        ((3, 0, 2), "a column minus a row"),
        (((3, 3), 0, 2), "every target"),
        (((3, 3), 36, 2), "the sum"),
        (((3, 3), 4, 1), "c: 1 is the median"),
        (((3, 3), 4, 2.5), "c: the same"),  # the middle of the range
    ],
    "nn-forward": [
        ((lambda layers, X: None,), "still None"),
        ((lambda layers, X: forward(layers, X, bends=lambda j, n: True),), "the answer of one layer"),
        ((lambda layers, X: forward(layers, X, bends=lambda j, n: False),), "leaves out the ReLU"),
        ((lambda layers, X: 2 * forward(layers, X),), "the answer of one layer"),
        ((lambda layers, X: forward(layers, X, turned=False),), "the answer of one layer"),
        ((popping,), "leave the list as it was"),
    ],
    "nn-reader": [
        ((lambda d: None, dn), "still None"),
        ((lambda d: [], dn), "no Module of numpy"),
        ((lambda d: read(d, hidden=8, steps=1), dn), "(16, 64)"),
        ((lambda d: read(d, bend=False), dn), "no bend"),
        ((lambda d: read(d, lr=3.0), dn), "the same scores"),
        ((lambda d: read(d, tail=[d.ReLU()]), dn), "no activation"),
        ((lambda d: read(d, lr=1e-6), dn), "is it trained, and with a small rate"),
        ((lambda d: read(d, steps=20), dn), "try other rates"),
    ],
    "nn-sawtooth": [
        ((unmerged,), "has 1 piece on [0, 1], but 4 are wanted; do the outer"),
        ((lambda depth: None,), "still None"),
        ((lambda depth: sawtooth(1),), "layers"),
        ((lambda depth: sawtooth(depth, slope=1.0),), "pieces"),
        ((lambda depth: sawtooth(depth, neurons=1),), "build_tents(1) should have shape (2, 1)"),
        ((lambda depth: sawtooth(depth, extra=1),), "layers"),
        ((lambda depth: [*sawtooth(depth)[:-1], (np.ones((2, 2)), np.zeros(2))],), "W of the last layer"),
        ((lambda depth: [*sawtooth(depth)[:-1], ([2, -4], 0)],), "should have shape (1, 2), but has (2,)"),
    ],
}
