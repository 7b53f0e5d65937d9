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


@exercise("opt-likelihood")
def likelihood(slope_three, slope_one):
    """Counts: P(y) = exp(-e^z) (e^z)^y / y!, so the cost is e^z - y z + log y!, with the slope e^z - y; at z = 0."""
    expect("the slope at z = 0 for y = 3", slope_three, -2)
    expect("the slope at z = 0 for y = 1", slope_one, 0)


@exercise("opt-saddle")
def saddle(curvatures, factors):
    """J = theta1^2 + 4 theta1 theta2 + theta2^2 along (1, 1) and (1, -1), and the factor of a step with alpha = 0.1."""
    expect("the curvatures along (1, 1) and (1, -1)", curvatures, [6, -2])
    expect("the factors of one step along (1, 1) and (1, -1)", factors, [0.4, 1.2])


@exercise("opt-largest-step")
def largest_step(largest):
    """2 / (L + decay) for the mean squared error of a linear model with an L2 penalty."""
    rng = np.random.default_rng(5)
    for n, d, decay in ((50, 2, 0.0), (40, 3, 0.0), (40, 3, 5.0)):
        X = rng.normal(size=(n, d)) * np.arange(1, d + 1)
        L = float(np.linalg.eigvalsh(2 / n * X.T @ X)[-1])
        expect(f"largest(X, {decay:g}) for X of shape {X.shape}", largest(X, decay), 2 / (L + decay), 1e-6)


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


@exercise("opt-momentum")
def momentum(thetas):
    """Four steps of momentum on J = theta^2 / 2 from theta = 4 with alpha = beta = 1/2."""
    expect("theta after each of the four steps", thetas, [2, 0, -1, -1])


@exercise("opt-decay")
def decay(sgd, adam, adamw):
    """The first step of a weight 1 that has a penalty but no gradient, alpha = 0.1 and lambda = 0.01."""
    expect("the weight after SGD with the penalty", sgd, 0.999, 1e-4)
    expect("the weight after Adam with the penalty in its gradient", adam, 0.9, 1e-4)
    expect("the weight after AdamW", adamw, 0.999, 1e-4)


@exercise("opt-curves")
def curves(advice):
    """What to do about each of four learning curves: the names of the runs and a word for each."""
    require(advice is not None, "your advice is still None.")
    right = {
        "A": ("longer", "it starts at ln 10 and goes down, but hardly, and never up"),
        "B": ("shorter", "look at step 10: it went up at first"),
        "C": ("schedule", "it fell fast, then goes up and down about one level"),
        "D": ("more steps", "it falls smoothly and has not stopped falling"),
    }
    for run, (word, hint) in right.items():
        require(run in advice, f"run {run} has no advice yet.")
        require(advice[run] in [w for w, _ in right.values()], f"{advice[run]!r} is none of the four words.")
        require(advice[run] == word, f"run {run}: {hint}.")


@exercise("opt-warmup")
def warmup(rate_at):
    """Linear warm-up, then half a cosine."""
    for t, want in ((0, 0.0), (5, 0.5), (10, 1.0), (55, 0.5), (100, 0.0), (32.5, (1 + math.cos(math.pi / 4)) / 2)):
        expect(f"rate_at({t}, warmup=10, total=100)", rate_at(t, 10, 100), want)
