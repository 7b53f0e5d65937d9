"""Answers to the exercises of *Smoothing and separability*."""

import numpy as np


def row_of_weights(sigma, more=1, less=0, factor=2.0, divide=True, radius=3):
    r = round(radius * sigma)
    x = np.arange(-r + less, r + more)
    g = np.exp(-(x**2) / (factor * sigma**2))
    return g / g.sum() if divide else g


def halved(sigma):
    """As the exercise has it."""
    x = np.linspace(-round(3 * sigma), round(3 * sigma), 2 * round(3 * sigma))
    g = np.exp(-(x**2) / (2 * sigma**2))
    return g / g.sum()


def by_value(kernel, tolerance):
    """The terms whose singular value is large, without a look at the entries."""
    u, s, vt = np.linalg.svd(kernel)
    return [(u[:, i] * s[i], vt[i]) for i in range(len(s)) if s[i] > tolerance * s[0]]


def by_largest(kernel, tolerance):
    """Beside the largest entry, not the largest by size."""
    u, s, vt = np.linalg.svd(kernel)
    pairs, rest = [], np.array(kernel, float)
    while len(pairs) < len(s) and abs(rest).max() > tolerance * kernel.max():
        i = len(pairs)
        pairs.append((u[:, i] * s[i], vt[i]))
        rest = rest - s[i] * np.outer(u[:, i], vt[i])
    return pairs


def terms(kernel, tolerance, scale=1.0, extra=0, least=0):
    u, s, vt = np.linalg.svd(kernel)
    pairs, rest = [], np.array(kernel, float)
    while abs(rest).max() > tolerance * abs(kernel).max() or len(pairs) < least:
        i = len(pairs)
        pairs.append((u[:, i] * s[i] * scale, vt[i]))
        rest = rest - s[i] * np.outer(u[:, i], vt[i])
    return pairs + [(0 * u[:, 0], vt[0])] * extra


def running(x, K, divide=True):
    sums = np.concatenate([[0.0], np.cumsum(x)])
    return (sums[K:] - sums[:-K]) / (K if divide else 1)


def running_in_place(x, K):
    means = running(x, K)
    x[:] = 0
    return means


def sliding(x, K):
    """As much work as K is large."""
    return sum(x[i : len(x) - K + 1 + i] for i in range(K)) / K


def windows(x, K):
    return np.lib.stride_tricks.sliding_window_view(x, K).mean(axis=1)


def summed(x, K):
    return np.array([sum(x[i : i + K]) / K for i in range(len(x) - K + 1)])


def one_by_one(x, K):
    total, means = x[:K].sum(), [x[:K].sum() / K]
    for i in range(K, len(x)):
        total = total + x[i] - x[i - K]
        means.append(total / K)
    return np.array(means)


def inserted(x, K):
    sums = np.insert(np.cumsum(x), 0, 0.0)
    return (sums[K:] - sums[: len(sums) - K]) / K


def padded(x, K):
    sums = np.pad(np.cumsum(x), (1, 0))
    return np.subtract(sums[K:], sums[:-K]) / K


def in_a_list(x, K):
    total, sums = 0.0, [0.0]
    for value in x:
        total += value
        sums.append(total)
    return [(b - a) / K for a, b in zip(sums, sums[K:])]


def bilateral(x, sigma, sigma_color, r, colour=True, space=True, power=2, divide=True, last=1):
    out = np.zeros(len(x))
    for i in range(len(x)):
        near = np.arange(max(i - r, 0), min(i + r + last, len(x)))
        d, c = abs(near - i), abs(x[near] - x[i])
        w = np.exp(-(d**2) / (2 * sigma**2) * space - c**power / (2 * sigma_color**2) * colour)
        out[i] = (w * x[near]).sum() / (w.sum() if divide else 1)
    return out


def bilateral_in_place(x, sigma, sigma_color, r):
    for i in range(len(x)):
        near = np.arange(max(i - r, 0), min(i + r + 1, len(x)))
        w = np.exp(-((near - i) ** 2) / (2 * sigma**2) - (x[near] - x[i]) ** 2 / (2 * sigma_color**2))
        x[i] = (w * x[near]).sum() / w.sum()
    return x


RIGHT = {
    "smooth-weights": (6, 7.75, 0.1406),
    "smooth-cascade": (10, 11, 3.33, 10, 3),
    "smooth-kernel": (row_of_weights,),
    "smooth-response": ((0, 0.667), (0.25, 0.75), -0.2),
    "smooth-rank": (1, 2, 2, 3),
    "smooth-terms": (terms,),
    "smooth-count": (4_860_000, 1_080_000, 3_240_000, 7),
    "smooth-running": (running,),
    "smooth-alias": (5, 4, 0.43),
    "smooth-choose": ("median", "box", "bilateral", "Gaussian"),
    "smooth-bilateral": (bilateral,),
}
ALSO_RIGHT = [
    *[("smooth-running", (way,)) for way in (one_by_one, inserted, padded, in_a_list)],
    ("smooth-response", ((0, 0.67), (0.25, 0.75), -0.2)),
    ("smooth-choose", ("Median", "box", "bilateral", "gaussian")),
]
WRONG = {
    "smooth-weights": [
        ((None, 7.75, 9 / 64), "still None"),
        ((6.75, 7.75, 9 / 64), "one of the nine"),
        ((6, 124 / 9, 9 / 64), "sum of the weights"),
        ((6, 6, 9 / 64), "box mean"),
        ((6, 7.75, 0.375), "standard deviation"),
        ((6, 7.75, 0.2), "squares"),
    ],
    "smooth-cascade": [
        ((14, 11, 10 / 3, 10, 3), "variances add up"),
        ((10, 15, 10 / 3, 10, 3), "on each side"),
        ((10, 11, 10, 10, 3), "a box of 11"),
        ((10, 11, 2 / 3, 10, 3), "one box's"),
        ((10, 11, 10 / 3, 21, 3), "number of weights"),
        ((10, 11, 10 / 3, 10, 48), "the other way round"),
        ((10, 11, 10 / 3, 10, 5), "in sigmas"),
    ],
    "smooth-kernel": [
        ((lambda sigma: row_of_weights(sigma, more=0),), "moves a picture by 0.013"),
        ((lambda sigma: row_of_weights(sigma, more=2, less=1),), "moves a picture by 0.99"),
        ((halved,), "moves a picture by 0.5 of a pixel."),
        ((lambda sigma: row_of_weights(sigma, divide=False),), "not to 1"),
        ((lambda sigma: row_of_weights(sigma, factor=1.0),), "should be"),
        ((lambda sigma: row_of_weights(sigma, radius=4),), "shape"),
        ((lambda sigma: None,), "still None"),
    ],
    "smooth-response": [
        (((0, 2), (0.25, 0.75), -0.2), "divide"),
        (((0, 2 / 3), (0.75, 0.25), -0.2), "other order"),
        (((0, 2 / 3), (0.25, 0.75), 0.2), "dark"),
        (((0, 2 / 3), (0.25, 0.75), -0.4), "-1, 0, 1, 0, -1"),
        (((None, None), (0.25, 0.75), -0.2), ""),
    ],
    "smooth-rank": [
        ((2, 2, 2, 3), "The rank of A"),
        ((1, 3, 2, 3), "the first once more"),
        ((1, 2, 1, 3), "no multiple"),
        ((1, 2, 2, 1), "another"),
        ((1, 2, 2, None), "still None"),
    ],
    "smooth-terms": [
        ((lambda kernel, tolerance: None,), "still None"),
        ((lambda kernel, tolerance: terms(kernel, tolerance, scale=0.5),), "singular value"),
        ((lambda kernel, tolerance: terms(kernel, tolerance, extra=1),), "are enough"),
        ((lambda kernel, tolerance: terms(kernel, 10 * tolerance),), "too few"),
        ((by_value,), "are"),
        ((by_largest,), "are enough"),
        ((lambda kernel, tolerance: [(r, c) for c, r in terms(kernel, tolerance)],), ""),
    ],
    "smooth-count": [
        ((1_620_000, 1_080_000, 3_240_000, 7), "three colours"),
        ((4_860_000, 540_000, 3_240_000, 7), "two passes"),
        ((4_860_000, 1_080_000, 1_620_000, 7), "three terms"),
        ((4_860_000, 1_080_000, 3_240_000, 6), "even"),
        ((4_860_000, 1_080_000, 3_240_000, 5), "25 are fewer"),
    ],
    "smooth-running": [
        ((lambda x, K: None,), "still None"),
        ((lambda x, K: running(x, K, divide=False),), "these are sums"),
        ((lambda x, K: running(x, K)[1:],), "first window"),
        ((lambda x, K: np.convolve(x, np.full(K, 1 / K), "same"),), "means"),
        ((running_in_place,), "changed"),
        ((sliding,), "grows with K"),
        ((windows,), "grows with K"),
        ((summed,), "grows with K"),
        ((lambda x, K: np.convolve(x, np.ones(K) / K, "valid"),), "grows with K"),
    ],
    "smooth-alias": [
        ((1.25, 4, 0.43), "which pixels are kept?"),
        ((20, 4, 0.43), "old pixels"),
        ((5, 16, 0.43), "four times as large"),
        ((5, 4, 0.654), "this blur twice"),
        ((5, 4, 0.9), "R(5)"),
        ((5, 4, 2.335), "what is left"),
    ],
    "smooth-choose": [
        ((None, "box", "bilateral", "Gaussian"), "still None"),
        (("mean", "box", "bilateral", "Gaussian"), "choose one of"),
        (("bilateral", "box", "bilateral", "Gaussian"), "one white pixel"),
        (("median", "Gaussian", "bilateral", "Gaussian"), "width of the window"),
        (("median", "box", "Gaussian", "Gaussian"), "stops at an edge"),
        (("median", "box", "bilateral", "box"), "never below 0"),
    ],
    "smooth-bilateral": [
        ((lambda *a: bilateral(*a, last=0),), "one too early"),
        ((lambda x, s, c, r: bilateral(x, c, s, r),), "exchanged"),
        ((lambda *a: None,), "still None"),
        ((lambda *a: bilateral(*a, colour=False),), "the Gaussian"),
        ((lambda *a: bilateral(*a, space=False),), "the distance, too"),
        ((lambda *a: bilateral(*a, divide=False),), "sum of the weights"),
        ((lambda *a: bilateral(*a, power=1),), "squared"),
        ((bilateral_in_place,), "changed the row"),
    ],
}
