"""Checks for the exercises of *Optimisation*."""

import math

import numpy as np

from dlnotes.check import exercise, expect, require


@exercise("opt-step")
def step(descend):
    """Gradient descent with the gradient given as a function."""
    for alpha, steps, want in ((0.1, 1, [0.8, -1.2]), (0.25, 3, [0.125, -0.1875])):
        got = descend(lambda theta: 2 * theta, np.array([1.0, -1.5]), alpha, steps)
        expect(f"on J = |theta|^2 from (1, -1.5), alpha = {alpha}, theta after {steps} steps", got, want)
    kept = np.array([1.0, 2.0])
    descend(lambda theta: 2 * theta, kept, 0.1, 2)
    require(np.array_equal(kept, [1.0, 2.0]), "your function changed the array it was given; make a new one each step.")


@exercise("opt-largest-step")
def largest_step(largest):
    """2 / L for the mean squared error of a linear model."""
    rng = np.random.default_rng(5)
    for n, d in ((50, 2), (40, 3)):
        X = rng.normal(size=(n, d)) * np.arange(1, d + 1)
        L = float(np.linalg.eigvalsh(2 / n * X.T @ X)[-1])
        expect(f"largest(X) for X of shape {X.shape}", largest(X), 2 / L, 1e-6)


@exercise("opt-batches")
def batches(epoch):
    """One pass over the examples in batches, without replacement."""
    for n, size in ((10, 5), (11, 4), (3, 8)):
        parts = epoch(n, size, np.random.default_rng(0))
        require(parts is not None, f"epoch({n}, {size}, rng) is still None.")
        parts = [np.asarray(p) for p in parts]
        lengths = [len(p) for p in parts]
        want = [size] * (n // size) + [n % size] * (n % size > 0)
        require(lengths == want, f"epoch({n}, {size}, rng) should have batches of sizes {want}, but has {lengths}.")
        held = sorted(np.concatenate(parts).tolist())
        require(held == list(range(n)), f"epoch({n}, {size}, rng) should hold each of 0 to {n - 1} once.")
    one, two = (np.concatenate(epoch(20, 5, np.random.default_rng(seed))).tolist() for seed in (1, 2))
    require(one != two, "two different seeds gave the same order; shuffle with the generator.")


@exercise("opt-warmup")
def warmup(rate_at):
    """Linear warm-up, then half a cosine."""
    for t, want in ((0, 0.0), (5, 0.5), (10, 1.0), (55, 0.5), (100, 0.0), (32.5, (1 + math.cos(math.pi / 4)) / 2)):
        expect(f"rate_at({t}, warmup=10, total=100)", rate_at(t, 10, 100), want)
