"""Exercises keep their promise: right answers pass, the untouched stub and every wrong answer do not."""

import re
import sys

import nbclient
import nbformat
import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes.check import EXERCISES, check, judge
from dlnotes.data import digits
from dlnotes.train import fit


def descend(gradient, theta, alpha, steps):
    for _ in range(steps):
        theta = theta - alpha * gradient(theta)
    return theta


def descend_in_place(gradient, theta, alpha, steps):
    for _ in range(steps):
        theta -= alpha * gradient(theta)
    return theta


def largest(X, decay):
    return 2 / (np.linalg.eigvalsh(2 / len(X) * X.T @ X).max() + decay)


def epoch(n, size, rng):
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def warmup(t, warmup, total):
    return t / warmup if t < warmup else (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2


def sawtooth(depth, slope=2.0, neurons=2, extra=0):
    b, out = np.array([0.0, -0.5])[:neurons], np.array([[slope, -2 * slope]])[:, :neurons]
    first = (np.ones((neurons, 1)), b)
    return [first, *[(np.ones((neurons, 1)) @ out, b)] * (depth - 1 + extra), (out, np.zeros(1))]


def fold_at(depth, place):
    """Tents whose two sides have different widths, with a last bias that is one number."""
    up, down = 1 / place, 1 / (1 - place)
    out, b = np.array([[up, -up - down]]), np.array([0.0, -place])
    return [(np.ones((2, 1)), b), *[(np.ones((2, 1)) @ out, b)] * (depth - 1), (out, 0.0)]


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


def difference(f, x, i, step=1e-5):
    e = step * np.eye(len(x))[i]
    return (f(x + e) - f(x - e)) / (2 * step)


def one_sided(f, x, i):
    e = 1e-8 * np.eye(len(x))[i]
    return (f(x + e) - f(x)) / 1e-8


def difference_in_place(f, x, i):
    x[i] += 1e-5
    high = f(x)
    x[i] -= 2e-5
    return (high - f(x)) / 2e-5


def walk(w, alpha, steps, piles=False):
    grad = 0.0
    for _ in range(steps):
        grad = (grad if piles else 0.0) + 18 * (w - 2)
        w = w - alpha * grad
    return w


def standardise_vjp(x, g, by_mean=1.0, by_spread=1.0):
    d = x - x.mean(1, keepdims=True)
    spread = np.sqrt((d**2).mean(1, keepdims=True))
    along = d / spread * (g * d / spread).mean(1, keepdims=True)
    return (g - by_mean * g.mean(1, keepdims=True) - by_spread * along) / spread


def standardise_in_place(x, g):
    found = standardise_vjp(x, g)
    x -= x.mean(1, keepdims=True)
    return found


def tanh_backprop(W, b, x, y, slope=lambda a: 1 - a**2, factor=-2, order=-1, mean=False):
    a = [x]
    for W_j, b_j in zip(W[:-1], b[:-1], strict=True):
        a.append(np.tanh(a[-1] @ W_j.T + b_j))
    delta, found = factor * (y - a[-1] @ W[-1].T - b[-1]), []
    for j in reversed(range(len(W))):
        found.append((delta.T @ a[j], delta.mean(0) if mean else delta.sum(0)))
        delta = delta @ W[j] * slope(a[j])
    return found[::order]


def stretches(n):
    return min((s for s in range(1, n + 1) if n % s == 0), key=lambda s: s + n / s)


def through_g(u, c, x, t):
    theta = np.tanh(u * c)
    return 2 * (theta * x - t) * x * (1 - theta**2) * c


def size_of_g(code, hidden, sizes, biases=1):
    n = sum(m * (k + biases) for k, m in zip(sizes, sizes[1:], strict=False))
    return hidden * (code + biases) + n * (hidden + biases)


def largest_rank(rows, columns):
    return max(r for r in range(rows) if r * (rows + columns) < rows * columns)


def posterior(x, motif, s):
    p = np.exp(np.correlate(x, motif) / s**2)
    return p / p.sum()


def written(G, H, c, x, t):
    theta = G(c)
    values = {"weight": theta[:2].reshape(1, 2), "bias": theta[2:]}
    return dn.mse_loss(dn.functional_call(H, values, (x,)), t)


def copied_in(G, H, c, x, t):
    theta = G(c)
    H.weight.copy_(theta[:2].reshape(1, 2))
    H.bias.copy_(theta[2:])
    return dn.mse_loss(H(x), t)


def handed_over(G, H, c, x, t):
    theta = G(c)
    H.weight, H.bias = theta[:2].reshape(1, 2), theta[2:]  # PyTorch refuses
    return dn.mse_loss(H(x), t)


def half_written(G, H, c, x, t):
    theta = G(c)
    return dn.mse_loss(dn.functional_call(H, {"weight": theta[:2].reshape(1, 2)}, (x,)), t)


def half_on_the_tape(G, H, c, x, t):
    theta = G(c)
    y = x @ theta[:2].reshape(2, 1) + theta[2:].detach()
    return dn.mse_loss(y, t)


def tied(vocabulary, width, start, share=True, move=False):
    embed = dn.Embedding(vocabulary, width)
    out = dn.Linear(width, vocabulary, bias=False)
    embed.weight.copy_(start)
    if share:
        out.weight = embed.weight
    else:
        out.weight.copy_(start)
    if move:
        embed.weight = dn.Parameter(start)
    return dn.Sequential(embed, out)


def tied_to_the_start(vocabulary, width, start):
    model = tied(vocabulary, width, start)
    model[0].weight = model[1].weight = dn.Parameter(0 * start)
    return model


def tied_by_data(vocabulary, width, start):
    model = tied(vocabulary, width, start)
    model[0].weight.data[:] = start
    return model


FAULTS = ("rate", "vanishes", "explodes")  # of bp-vanish

RIGHT = {
    "nn-pencil": ((-1, 3), (0, 3), 5),
    "nn-parameters": (lambda sizes: sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False)),),
    "nn-finer": ([[3, 3], [4, 4], [5, 5]], [5.0, 4.5, 3.0]),  # not the book's weights
    "nn-absolute": ([[2.0], [-2.0]], [0.0, 0.0], [[0.5, 0.5]], [0.0]),  # nor these
    "nn-narrow": (2, [-2.0, 2.0, -2.0]),
    "nn-broadcast": ((2, 2), 8, 3.0),
    "nn-forward": (forward,),
    "nn-sawtooth": (sawtooth,),
    "nn-pieces": (22, 1024.0, [1023]),
    "nn-reader": (read, dn),
    "opt-step": (descend,),
    "opt-likelihood": (-2, 0.0),
    "opt-saddle": ([6, -2], [0.4, 1.2]),
    "opt-largest-step": (largest,),
    "opt-batches": (epoch, 0.5556),
    "opt-momentum": ([2, 0, -1, -1], [-1, -1.577]),
    "opt-decay": (0.999, 0.9, 0.999),
    "opt-curves": ({"A": "longer", "B": "shorter steps", "C": "a schedule", "D": "more steps"},),
    "opt-warmup": (warmup,),
    "bp-pencil": (4.0, np.array([[0, 0], [4, 8]]), [[0, -8]]),
    "bp-difference": (difference,),
    "bp-paths": (42, 120, 10),
    "bp-tanh": (tanh_backprop,),
    "bp-walk": (walk,),
    "bp-standardise": (standardise_vjp,),
    "bp-checkpoints": (stretches,),
    "bp-vanish": (1 / 1024, 4, "rate", "vanishes", "explodes"),
    "hyper-gradient": (through_g,),
    "hyper-size": (size_of_g, largest_rank),
    "hyper-shared": (lambda x, g, k: np.array([g @ x[j : len(g) + j] for j in range(k)]),),  # the book adds up over i
    "hyper-posterior": (posterior,),
    "hyper-step": (1, 1.8, -1 / 3),
    "hyper-film": (["add", "multiply", "neither", "both"],),
    "hyper-tape": (written,),
    "hyper-tied": (tied,),
}
# name -> (answer, a word of what the reader is told)
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
        (([[0, 0], [1, 1], [2, 2]], [0, -0.5, -1]), "score 1 should be"),
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
        (((2, 1), 0, 3), "broadcasting"),
        ((2, 0, 3), "a column minus a row"),
        (((2, 2), 0, 3), "every target"),
        (((2, 2), 32, 3), "the sum"),
        (((2, 2), 8, 1), "c: the same"),
    ],
    "nn-forward": [
        ((lambda layers, X: None,), "still None"),
        ((lambda layers, X: forward(layers, X, bends=lambda j, n: True),), "the answer of one layer"),
        ((lambda layers, X: forward(layers, X, bends=lambda j, n: False),), "the answer of two layers"),
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
        ((lambda d: read(d, lr=1e-6), dn), "is it trained"),
        ((lambda d: read(d, steps=20), dn), "try other rates"),
    ],
    "nn-sawtooth": [
        ((lambda depth: None,), "still None"),
        ((lambda depth: sawtooth(1),), "layers"),
        ((lambda depth: sawtooth(depth, slope=1.0),), "pieces"),
        ((lambda depth: sawtooth(depth, neurons=1),), "build_tents(1) should have shape (2, 1)"),
        ((lambda depth: sawtooth(depth, extra=1),), "layers"),
        ((lambda depth: [*sawtooth(depth)[:-1], (np.ones((2, 2)), np.zeros(2))],), "W of the last layer"),
        ((lambda depth: [*sawtooth(depth)[:-1], ([2, -4], 0)],), "should have shape (1, 2), but has (2,)"),
    ],
    "opt-step": [
        ((lambda *a: None,), "still None"),
        ((lambda g, theta, alpha, steps: descend(g, theta, -alpha, steps),), "should be"),
        ((lambda g, theta, alpha, steps: descend(g, theta, alpha, 1),), "after 3 steps"),
        ((descend_in_place,), "two calls with the same start"),
    ],
    "opt-likelihood": [
        ((None, None), "still None"),
        ((2, 0), "for y = 3: that is the slope of ln P"),
        ((-3, -1), "for y = 3: e^z has a slope"),
        ((-2, -1), "for y = 1: e^z has a slope"),
        ((-2, 1), "for y = 1 is not 1"),
    ],
    "opt-saddle": [
        ((None, None), "still None"),
        (([3, -1], [0.4, 1.2]), "second derivative of theta^2 is 2"),
        (([-2, 6], [1.2, 0.4]), "other order"),
        (([1, 4], [0.4, 1.2]), "write down the second derivatives"),
        (([6, -2], [0.4, 0.8]), "one curvature is negative"),
        ((6, [0.4, 1.2]), "shape"),
    ],
    "opt-largest-step": [
        ((lambda X, decay: None,), "still None"),
        ((lambda X, decay: largest(X, decay) / 2,), "not 0"),
        ((lambda X, decay: largest(X / 2**0.5, decay),), "factor 2"),
        ((lambda X, decay: largest(len(X) ** 0.5 * X, decay),), "divide by n"),  # the sum, not the mean
        ((lambda X, decay: 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).min(),), "not the smallest"),
        ((lambda X, decay: 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X + decay).max(),), "diagonal"),
        ((lambda X, decay: largest(X, 0),), "largest(X, 5)"),
        ((lambda X, decay: largest(X, 2 * decay),), "largest(X, 5)"),
        ((lambda X, decay: 2 / (np.trace(2 / len(X) * X.T @ X) + decay),), "adds up"),
        ((lambda X, decay: largest(np.c_[X, np.ones(len(X))], decay),), "no column of ones"),
        ((lambda X, decay: 1.0,), "largest eigenvalue of the second derivatives"),
    ],
    "opt-batches": [
        ((lambda n, size, rng: None, 5 / 9), "still None"),
        ((lambda n, size, rng: [np.arange(n)[i : i + size] for i in range(0, n, size)], 5 / 9), "shuffle"),
        ((lambda n, size, rng: [rng.integers(n, size=min(size, n - i)) for i in range(0, n, size)], 5 / 9), "once"),
        ((lambda n, size, rng: epoch(n, size, rng)[: n // size], 5 / 9), "sizes"),
        ((lambda n, size, rng: np.array_split(rng.permutation(n), -(-n // size)), 5 / 9), "sizes [4, 4, 1]"),
        ((lambda n, size, rng: epoch(n, size, np.random.default_rng()), 5 / 9), "the same seed"),
        ((lambda n, size, rng: (part for part in epoch(n, size, rng)), 5 / 9), "is a generator"),
        ((lambda n, size, rng: list(range(n)), 5 / 9), "arrays of indices"),
        ((epoch, None), "still None"),
        ((epoch, 5 / 3), "no example comes twice"),
        ((epoch, 5 / 12), "not by n"),
        ((epoch, 1.0), "which example is left out"),
    ],
    "opt-momentum": [
        ((None, None), "still None"),
        (([2, 1, 0.5, 0.25], None), "plain descent"),
        (([4, 2, 0, -1], None), "the start is not"),
        (([4, 2, 0, -1, -1], None), "the start is not"),
        (([3, 1.75, 0.6875, -0.015625], None), "a sum, not a mean"),
        (([2, 0, -1], None), "shape"),
        (([2, 0.5, -0.25, -0.5], None), "theta loses v / 2"),
        (([2, 0, -1, -1], [1, 1.577]), "against the gradient"),
        (([2, 0, -1, -1], [-0.70711, -1.20711]), "start from zero"),
        (([2, 0, -1, -1], [-1, -1]), "still remembers"),
        (([2, 0, -1, -1], [-3, -3]), "undo the start"),
    ],
    "opt-decay": [
        ((None, None, None), "still None"),
        ((0.999, 0.999, 0.999), "divides the gradient by its own size"),  # decay "is" L2
        ((0.99, 0.9, 0.999), "alpha multiplies"),
        ((0.999, 0.9, 0.899), "the decay is not divided"),
        ((0.9, 0.9, 0.999), "after SGD"),
        ((0.999, 0.9, 0.9), "after AdamW"),
    ],
    "opt-curves": [
        ((None,), "still None"),
        (({"A": "longer"},), "run B has no advice"),
        (({"A": "longer", "B": "shorter", "C": "shorter", "D": "more steps"},), "run C: its level has stopped"),
        ((dict.fromkeys("ABCD", "longer"),), "run B"),
        ((dict.fromkeys("ABCD", "pray"),), "none of the four"),
    ],
    "opt-warmup": [
        ((lambda t, w, n: None,), "still None"),
        ((lambda t, w, n: (1 + np.cos(np.pi * t / n)) / 2,), "rate_at(0"),
        ((lambda t, w, n: min(t / w, 1.0),), "rate_at(32.5"),
        ((lambda t, w, n: t / w if t < w else (1 + np.cos(2 * np.pi * (t - w) / (n - w))) / 2,), "s being the share"),
        ((lambda t, w, n: t / w if t < w else 1 - (t - w) / (n - w),), "straight line"),
        ((lambda t, w, n: t / w if t < w else np.cos(np.pi / 2 * (t - w) / (n - w)),), "a quarter of a wave"),
        ((lambda t, w, n: t / w if t < w else np.cos(np.pi * (t - w) / (n - w)),), "lift it"),
        ((lambda t, w, n: t / w if t <= w else (1 + np.cos(np.pi * t / n)) / 2,), "from the end of the warm-up"),
        ((lambda t, w, n: warmup(t, 10, 100),), "warmup=40"),
    ],
    "bp-pencil": [
        ((None, None, None), "still None"),
        ((1, [[6, 12], [-2, -4]], [[2, 4]]), "J should be 4"),
        ((4, [[-12, -24], [4, 8]], [[0, -8]]), "off lets no slope through"),  # the dead neuron did
        ((4, [[0, 0], [4, 8]], [0, -8]), "dW2 should have shape (1, 2)"),
        ((4, [[0, 0], [8, 4]], [[0, -8]]), "dW1 should be"),
    ],
    "bp-difference": [
        ((lambda f, x, i: None,), "still None"),
        ((one_sided,), "should be"),
        ((lambda f, x, i: difference(f, x, i, 0.1),), "should be"),
        ((lambda f, x, i: difference(f, x, i, 1e-12),), "should be"),
        ((lambda f, x, i: difference(f, x, 0),), "along x[1]"),
        ((difference_in_place,), "put the old value back"),
    ],
    "bp-paths": [
        ((None, None, None), "still None"),
        ((54, 120, 10), "Biases are not counted"),
        ((42, 14, 10), "so multiply"),  # added
        ((42, 120, 2), "one weight of the first layer"),
        ((42, 120, 40), "A weight leads to one neuron"),  # all of its layer
    ],
    "bp-walk": [
        ((lambda w, alpha, steps: None,), "still None"),
        ((lambda w, alpha, steps: walk(w, alpha, steps, piles=True),), "what did its first step leave behind"),
        ((lambda w, alpha, steps: walk(w, -alpha, steps),), "should be 1.8"),
        ((lambda w, alpha, steps: None + w,), "to 0, not to None"),
        ((lambda w, alpha, steps: 2.0,), "should be 1.8, but is 2"),
    ],
    "bp-standardise": [
        ((lambda x, g: None,), "still None"),
        ((lambda x, g: g / x.std(1, keepdims=True),), "sum to 0"),
        ((lambda x, g: standardise_vjp(x, g, by_mean=0.0),), "whole row"),
        ((lambda x, g: standardise_vjp(x, g) + [[0], [0], [1]],), "row 2 sums to 4"),
        ((lambda x, g: standardise_vjp(x, g, by_spread=0.0),), "larger by 1 %"),
        ((lambda x, g: 2 * standardise_vjp(x, g),), "not the right size"),
        ((lambda x, g: standardise_vjp(x.T, g.T),), "shape"),
        ((standardise_in_place,), "left as they were"),
    ],
    "bp-tanh": [
        ((lambda W, b, x, y: None,), "still None"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, factor=2),), "its delta is -2 (y - h)"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, slope=lambda a: 1 - a),), "[2, 3, 1]"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, order=1),), "first layer first"),
        ((lambda W, b, x, y: [],), "but there are 0"),
        ((lambda W, b, x, y: [(w, v[None]) for w, v in tanh_backprop(W, b, x, y)],), "sum(0)"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y)[:1],), "2 pairs"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, mean=True),), "Add up over the examples"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, slope=lambda a: 1 - np.arctanh(a) ** 2),), "1 - a^2"),  # of z
        ((lambda W, b, x, y: (1.5, tanh_backprop(W, b, x, y)),), "without J"),
    ],
    "bp-checkpoints": [
        ((lambda n: None,), "still None"),
        ((lambda n: round(n**0.5),), "best(7) should divide 7"),
        ((lambda n: 1,), "holds 3 + 4 arrays"),
        ((lambda n: n // stretches(n),), "4 holds as few arrays"),
    ],
    "bp-vanish": [
        ((None, None, None, None, None), "still None"),
        ((0.25**10, 4, *FAULTS), "delta^1 / delta^11 should be"),  # the weight forgotten
        ((0.5**11, 4, *FAULTS), "delta^1 / delta^11 should be"),  # a layer too many
        ((1 / 1024, 1, *FAULTS), "make up for the slope"),
        ((1 / 1024, -4, *FAULTS), "The positive weight"),
        ((0.001, 4, *FAULTS), "delta^1 / delta^11 should be 0.000977"),  # one digit
        ((1 / 1024, 4, None, None, None), "A is still None"),
        ((1 / 1024, 4, "vanishes", "vanishes", "explodes"), "alike"),
        ((1 / 1024, 4, "rate", "explodes", "vanishes"), "back to 1"),
    ],
    "hyper-gradient": [
        ((lambda u, c, x, t: None,), "still None"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x,), "gradient(u=0"),  # stops at theta
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c,), "gradient(u=0.5"),  # forgets the bend
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * (1 - np.tanh(u * c) ** 2),), "a factor c"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c,), "the slope of tanh"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c * (1 - (u * c) ** 2),), "not 1 - (u c)^2"),
        ((lambda u, c, x, t: through_g(u, c, x, t) / 2,), "the 2 of"),
        ((lambda u, c, x, t: -through_g(u, c, x, t),), "turned round"),
        ((lambda u, c, x, t: 1.001 * through_g(u, c, x, t),), "should be"),
    ],
    "hyper-size": [
        ((lambda code, hidden, sizes: None, largest_rank), "still None"),
        ((lambda code, hidden, sizes: size_of_g(code, hidden, sizes, biases=0), largest_rank), "all biases"),
        ((lambda code, hidden, sizes: size_of_g(code, hidden, sizes) - hidden, largest_rank), "should be 881"),
        ((lambda code, hidden, sizes: size_of_g(0, 0, sizes), largest_rank), "not how many it has"),  # H
        ((size_of_g, lambda rows, columns: None), "still None"),
        ((size_of_g, lambda rows, columns: rows * columns // (rows + columns)), "not fewer"),
        ((size_of_g, min), "needs more numbers"),
        ((size_of_g, lambda rows, columns: (rows * columns - columns - 1) // (rows + columns)), "counts a bias"),
    ],
    "hyper-shared": [
        ((lambda x, g, k: None,), "still None"),
        ((lambda x, g, k: g[0] * x[:k],), "one use only"),
        ((lambda x, g, k: g @ np.lib.stride_tricks.sliding_window_view(x, k) / len(g),), "the uses add up"),
        ((lambda x, g, k: np.convolve(x, g, "valid"),), "x = [1, 2, 0, -1], g = [1, 0, 2]: weight j"),
        ((lambda x, g, k: np.correlate(x, g)[::-1],), "opposite order"),
        ((lambda x, g, k: 2 * np.correlate(x, g),), "should be [1., 0.]"),
        ((lambda x, g, k: np.outer(g, x[:k]),), "shape"),  # not added up
    ],
    "hyper-posterior": [
        ((lambda x, motif, s: None,), "still None"),
        ((lambda x, motif, s: np.correlate(x, motif) / s**2,), "should be"),  # scores
        ((lambda x, motif, s: posterior(x, motif, 1.0),), "s=0.7"),
        ((lambda x, motif, s: posterior(x, motif[::-1], s),), "should be"),
    ],
    "hyper-step": [
        ((None, None, None), "still None"),
        ((4.6, 1.8, -1 / 3), "the code 3"),  # the step of theta itself
        ((9, 1.8, -1 / 3), "against the gradient"),
        ((3, 1.8, -1 / 3), "the 2 of"),
        ((1, 2.2, -1 / 3), "the code -1 after the step: v moves"),
        ((1, 1, -1 / 3), "for every code"),
        ((1, 1.8, 0), "stays where it was"),
    ],
    "hyper-film": [
        ((None,), "still None"),
        (([None] * 4,), "y = x + c is still None"),
        ((["add", "multiply"],), "four words"),
        ((["add", "multiply", "neither", "multiply"],), "y = c (x - 1): not 'multiply'"),
        ((["add", "both", "neither", "both"],), "y = c x: not 'both'"),
        ((["add", "multiply", "add", "both"],), "changes with c"),
        ((["plus", "multiply", "neither", "both"],), "should be one of"),
    ],
    "hyper-tape": [
        ((lambda G, H, c, x, t: None,), "still None"),
        ((copied_in,), "G.weight.grad is None"),
        ((half_written,), "the cost should be"),
        ((half_on_the_tape,), "G.weight.grad should be"),
        ((lambda *given: written(*given).item(),), "a plain number"),
        ((lambda *given: dn.tensor(written(*given).data),), "where does H get theta"),
        ((lambda *given: (copied_in(*given), written(*given))[1],), "leave it alone"),
        ((handed_over,), "H has lost its own parameter weight"),
    ],
    "hyper-tied": [
        ((lambda vocabulary, width, start: None,), "still None"),
        ((lambda *given: tied(*given, share=False),), "should be 15, but is 30"),  # copied
        ((lambda *given: tied(*given, move=True),), "should be 15, but is 30"),  # tied, and then not
        ((tied_to_the_start,), "the scores"),
        ((tied_by_data,), "with copy_"),
    ],
}


def test_every_exercise_has_a_right_answer_and_wrong_ones():
    judge("nn-parameters", None)  # loads all chapters
    assert set(EXERCISES) == set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name, capsys):
    assert judge(name, *RIGHT[name]) is None
    check(name, *RIGHT[name])
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(("name", "answer", "word"), [(n, a, w) for n, rows in WRONG.items() for a, w in rows])
def test_wrong_answers_fail_and_say_why(name, answer, word, capsys):
    assert word in judge(name, *answer)
    check(name, *answer)
    assert capsys.readouterr().out.startswith("Not yet. ")


@pytest.mark.parametrize("place", [0.1, 0.3, 0.4, 0.9])
def test_a_tent_may_fold_anywhere(place):
    assert judge("nn-sawtooth", lambda depth: fold_at(depth, place)) is None


def test_numbers_count_not_how_they_are_written():
    assert judge("nn-pencil", [[-1], [3]], [[0], [3]], [5]) is None
    assert judge("nn-narrow", [2], [[1], [-1], [1]]) is None
    assert judge("nn-finer", [(0, 0), (1, 1), (2, 2)], (0, -0.5, -2)) is None


@pytest.mark.parametrize("seed", [1, 8])
def test_a_reader_may_bend_elsewhere_than_between_two_digits(seed):
    assert judge("nn-reader", lambda d: read(d, seed=seed, lr=0.01, batch_size=128), dn) is None


def test_a_reader_is_tried_in_each_back_end():
    dt.ones(1)  # or skipped
    assert judge("nn-reader", read, dn, dt) is None
    assert "no Module of torch" in judge("nn-reader", lambda d: read(dn), dn, dt)


def tanh_in_place(W, b, x, y):
    found = tanh_backprop(W, b, x.copy(), y)
    x *= 0
    return found


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("bp-vanish", (0.000977, 4, *FAULTS)),
        ("bp-pencil", (np.array([[4.0]]), [[0, 0], [4, 8]], [[0, -8]])),
        ("bp-tanh", (tanh_in_place,)),
    ],
)
def test_right_in_another_form(name, answer):
    assert judge(name, *answer) is None


def test_a_small_difference_can_be_seen():
    message = judge("bp-difference", one_sided)
    want, got = re.findall(r"-?\d+\.\d+", message.partition("should be")[2])
    assert want != got and abs(float(want) - float(got)) < 1e-6


def test_unknown_names_are_listed():
    with pytest.raises(ValueError, match="name: expected one of bp-checkpoints, .* got 'nn-typo'"):
        check("nn-typo", 1)


class Leave(BaseException):
    pass


def raising(error):
    def answer(*_):
        raise error

    return answer


def test_whatever_an_answer_raises_is_a_message():
    for error in (SystemExit(3), GeneratorExit("x"), Leave("away"), RecursionError("deep"), MemoryError("much")):
        assert judge("nn-parameters", raising(error)) == f"Your code raised {type(error).__name__}: {error}"
    assert judge("nn-parameters", lambda sizes: sys.exit()) == "Your code raised SystemExit."
    with pytest.raises(KeyboardInterrupt):
        judge("nn-parameters", raising(KeyboardInterrupt))


@pytest.mark.slow
def test_an_answer_that_exits_leaves_the_kernel_alive():
    """In a notebook `exit` asks the kernel to end a moment later, and raises nothing."""
    lines = [
        "from dlnotes.check import check",
        "check('nn-parameters', lambda sizes: exit())",
        "import time; time.sleep(1)",
        "print('still here')",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in lines])
    nbclient.NotebookClient(book, timeout=120).execute()
    assert book.cells[1].outputs[0].text == "Not yet. Your code raised SystemExit.\n"
    assert book.cells[3].outputs[0].text == "still here\n"
