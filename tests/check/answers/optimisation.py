"""Answers to the exercises of *Optimisation*."""

import numpy as np


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


RIGHT = {
    "opt-step": (descend,),
    "opt-likelihood": (-2, 0.0),
    "opt-saddle": ([6, -2], [0.4, 1.2]),
    "opt-largest-step": (largest,),
    "opt-batches": (epoch, 0.56),
    "opt-momentum": ([2, 0, -1, -1], [-1, -1.58]),
    "opt-decay": (0.999, 0.9, 0.999),
    "opt-curves": ({"A": "longer", "B": "shorter steps", "C": "a schedule", "D": "more steps"},),
    "opt-warmup": (warmup,),
}
WRONG = {
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
        ((epoch, 0.55), "which example is left out"),
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
        (([2, 0, -1, -1], [-1, -1.55]), "undo the start"),
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
        ((lambda t, w, n: min(t / w, (1 + np.cos(np.pi * (t - w) / (n - w))) / 2),), "rate_at(81, warmup=90"),
    ],
}
