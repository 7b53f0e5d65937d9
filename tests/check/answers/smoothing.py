"""Answers to the exercises of *Smoothing and separability*."""

import numpy as np


def row_of_weights(sigma, more=1, less=0, factor=2.0, divide=True, radius=3):
    r = round(radius * sigma)
    x = np.arange(-r + less, r + more)
    g = np.exp(-(x**2) / (factor * sigma**2))
    return g / g.sum() if divide else g


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


def one_by_one(x, K):
    total, means = x[:K].sum(), [x[:K].sum() / K]
    for i in range(K, len(x)):
        total = total + x[i] - x[i - K]
        means.append(total / K)
    return np.array(means)


def bilateral(x, sigma, sigma_color, r, colour=True, space=True, power=2, divide=True):
    out = np.zeros(len(x))
    for i in range(len(x)):
        near = np.arange(max(i - r, 0), min(i + r + 1, len(x)))
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
    "smooth-cascade": (10, 11, 3.33, 10),
    "smooth-kernel": (row_of_weights,),
    "smooth-response": ((0, 0.667), (0.25, 0.75), -0.2),
    "smooth-rank": (1, 2, 2, 3),
    "smooth-terms": (terms,),
    "smooth-count": (4_860_000, 1_080_000, 3_240_000, 7),
    "smooth-running": (running,),
    "smooth-alias": (5, 4, 0.43),
    "smooth-bilateral": (bilateral,),
}
ALSO_RIGHT = [("smooth-running", (one_by_one,))]
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
        ((14, 11, 10 / 3, 10), "variances add up"),
        ((10, 15, 10 / 3, 10), "on each side"),
        ((10, 11, 10, 10), "a box of 11"),
        ((10, 11, 2 / 3, 10), "one box's"),
        ((10, 11, 10 / 3, 21), "number of weights"),
    ],
    "smooth-kernel": [
        ((lambda sigma: row_of_weights(sigma, more=0),), "even number"),
        ((lambda sigma: row_of_weights(sigma, more=2, less=1),), "both ends"),
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
    ],
    "smooth-alias": [
        ((1.25, 4, 0.43), "which pixels are kept?"),
        ((20, 4, 0.43), "old pixels"),
        ((5, 16, 0.43), "four times as large"),
        ((5, 4, 0.654), "this blur twice"),
        ((5, 4, 0.9), "R(5)"),
    ],
    "smooth-bilateral": [
        ((lambda *a: None,), "still None"),
        ((lambda *a: bilateral(*a, colour=False),), "the Gaussian"),
        ((lambda *a: bilateral(*a, space=False),), "the distance, too"),
        ((lambda *a: bilateral(*a, divide=False),), "sum of the weights"),
        ((lambda *a: bilateral(*a, power=1),), "squared"),
        ((bilateral_in_place,), "changed the row"),
    ],
}
