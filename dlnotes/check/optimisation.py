"""Checks for the exercises of *Optimisation*."""

import math

import numpy as np

from dlnotes.check import exercise, expect, hinted, require


@exercise("opt-step")
def step(descend):
    """Gradient descent with the gradient given as a function."""
    for alpha, steps, want in ((0.1, 1, [0.8, -1.2]), (0.25, 3, [0.125, -0.1875])):
        got = descend(lambda theta: 2 * theta, np.array([1.0, -1.5]), alpha, steps)
        after = f"{steps} step" + "s" * (steps > 1)
        expect(f"on J = |theta|^2 from (1, -1.5), alpha = {alpha}, theta after {after}", got, want)
    start = np.array([1.0, 2.0])
    first, second = (np.array(descend(lambda theta: 2 * theta, start, 0.1, 2)) for _ in range(2))
    require(np.array_equal(first, second), "two calls with the same start give different ends.")


@exercise("opt-likelihood")
def likelihood(slope_three, slope_one):
    """Counts: P(y) = exp(-e^z) (e^z)^y / y!, so the cost is e^z - y z + ln y!, with the slope e^z - y; at z = 0."""
    hint = "write u as e^z in minus the logarithm of P, and only then take the slope in z"
    sign = "that is the slope of ln P, but the cost is minus ln P"
    start = "e^z has a slope at z = 0, too"
    hinted("the slope at z = 0 for y = 3", slope_three, -2, hint, ((2, sign), (-3, start)))
    hinted("the slope at z = 0 for y = 1", slope_one, 0, hint, ((-1, start),))


@exercise("opt-saddle")
def saddle(curvatures, factors):
    """J = theta1^2 + 4 theta1 theta2 + theta2^2 along (1, 1) and (1, -1), and the factor of a step with alpha = 0.1."""
    order = "these are in the other order; first (1, 1), then (1, -1)"
    half = "half or twice as large; the second derivative of theta^2 is 2, and that of 4 theta1 theta2 is 4"
    hinted(
        "the curvatures along (1, 1) and (1, -1)", curvatures, [6, -2],
        "write down the second derivatives, and multiply H by each direction",
        (([-2, 6], order), ([3, -1], half), ([12, -4], half)),
    )  # fmt: skip
    hinted(
        "the factors of one step along (1, 1) and (1, -1)", factors, [0.4, 1.2],
        "a step multiplies by 1 - alpha q",
        (([1.2, 0.4], order), ([0.4, 0.8], "one curvature is negative: what does that do to 1 - alpha q?")),
    )  # fmt: skip


@exercise("opt-largest-step")
def largest_step(largest):
    """2 / (L + decay) for the mean squared error of a linear model with an L2 penalty."""
    rng = np.random.default_rng(5)
    for n, d, decay in ((50, 2, 0.0), (40, 3, 0.0), (40, 3, 5.0)):
        X = rng.normal(size=(n, d)) * np.arange(1, d + 1)
        H = 2 / n * X.T @ X
        biased = np.linalg.eigvalsh(2 / n * np.c_[X, np.ones(n)].T @ np.c_[X, np.ones(n)])
        q, everywhere = np.linalg.eigvalsh(H), np.linalg.eigvalsh(H + decay)
        hinted(
            f"largest(X, {decay:g}) for X of shape {X.shape}", largest(X, decay), 2 / (q[-1] + decay),
            "it is 2 over the largest eigenvalue of the second derivatives of the cost and the penalty",
            (
                (2 / (q[-1] / 2 + decay), "the square gives a factor 2, so H is 2 / n times X.T @ X"),
                (2 / (n * q[-1] + decay), "the cost is a mean, so divide by n"),
                (2 / (q[0] + decay), "the largest eigenvalue sets the limit, not the smallest"),
                (1 / (q[-1] + decay), "the border is where 1 - alpha q is -1, not 0"),
                (2 / q[-1], "the penalty has a second derivative, too"),
                (2 / (q[-1] + 2 * decay), "the second derivative of decay / 2 times theta^2 is decay"),
                (2 / everywhere[-1], "the penalty is on the diagonal of H only"),
                (2 / (q.sum() + decay), "that adds up all eigenvalues; the largest alone sets the limit"),
                (2 / (q.sum() + d * decay), "that adds up all eigenvalues; the largest alone sets the limit"),
                (2 / (biased[-1] + decay), "h = X theta, so give X no column of ones"),
            ),
            1e-6,
        )  # fmt: skip


@exercise("opt-batches")
def batches(epoch, variance):
    """One pass over the examples in batches, without replacement; the variance of the mean of three of 1, 3, 5, 7."""
    for n, size in ((10, 5), (9, 4), (10, 4), (3, 8)):
        call, parts = f"epoch({n}, {size}, rng)", epoch(n, size, np.random.default_rng(0))
        require(parts is not None, f"{call} is still None.")
        require(isinstance(parts, list), f"{call} should be a list of arrays, but is a {type(parts).__name__}.")
        parts = [np.asarray(p) for p in parts]
        require(all(p.ndim == 1 for p in parts), f"{call} should be a list of arrays of indices.")
        lengths = [len(p) for p in parts]
        want = [size] * (n // size) + [n % size] * (n % size > 0)
        require(lengths == want, f"{call} should have batches of sizes {want}, but has {lengths}.")
        held = sorted(np.concatenate(parts).tolist())
        require(held == list(range(n)), f"{call} should hold each of 0 to {n - 1} once.")
    one, again, two = (np.concatenate(epoch(20, 5, np.random.default_rng(seed))).tolist() for seed in (1, 1, 2))
    require(one == again, "the same seed gave two different orders; shuffle with rng, not with np.random.")
    require(one != two, "two different seeds gave the same order; shuffle with the generator.")
    hinted(
        "the variance of the mean of three slopes", variance, 5 / 9,
        "the four slopes have variance S = 5; which example is left out decides the mean",
        (
            (5 / 3, "no example comes twice, so there is a second factor, (n - B) / (n - 1)"),
            (5 / 12, "the second factor divides by n - 1, not by n"),
            (20 / 27, "all four means are equally likely, so divide by 4, not by 3"),
        ),
        3e-3,  # 0.56 is right, 0.55 is not
    )  # fmt: skip


@exercise("opt-momentum")
def momentum(thetas, adam):
    """Four steps of momentum on J = theta^2 / 2 from theta = 4 with alpha = beta = 1/2; two of Adam, from 0."""
    five = thetas is not None and np.shape(thetas) == (5,)
    require(not five, "theta after each of the four steps: these are five numbers; the start is not one of the four.")
    hinted(
        "theta after each of the four steps", thetas, [2, 0, -1, -1],
        "each time g is theta, v becomes v / 2 + g, and theta loses v / 2",
        (
            ([4, 2, 0, -1], "the start is not one of the four"),
            ([2, 1, 0.5, 0.25], "that is plain descent; keep half of the old v"),
            ([3, 1.75, 0.6875, -0.015625], "v is a sum, not a mean: g counts whole"),
        ),
    )  # fmt: skip
    second = 1 / math.sqrt(3)
    hinted(
        "theta after each of Adam's two steps", adam, [-1, -1 - second],
        "keep half of the old m and of the old r each time; undo the start from zero, and divide",
        (
            ([1, 1 + second], "a step goes against the gradient"),
            ([-1, -second], "the second step starts where the first one ended"),
            ([-math.sqrt(0.5), -math.sqrt(0.5) - 0.5], "m and r start from zero: divide them by 1 - beta^t"),
            ([-1, -1], "the gradient is 0 then, but m still remembers the first one"),
        ),
        3e-3,  # -1.58 is right, and so is -1.57735
    )  # fmt: skip


@exercise("opt-decay")
def decay(sgd, adam, adamw):
    """The first step of a weight 1 that has a penalty but no gradient, alpha = 0.1 and lambda = 0.01."""
    hinted(
        "the weight after SGD with the penalty", sgd, 0.999, "the gradient is the penalty's, lambda times the weight",
        ((0.99, "alpha multiplies the penalty's gradient, too"), (1, "the penalty has a gradient")), 1e-4,
    )  # fmt: skip
    hinted(
        "the weight after Adam with the penalty in its gradient", adam, 0.9, "how long is the first step of Adam?",
        ((0.999, "Adam divides the gradient by its own size, however small it is"),), 1e-4,
    )  # fmt: skip
    alone = "the decay is not divided, and the cost gives Adam no gradient"
    hinted("the weight after AdamW", adamw, 0.999, alone, ((0.899, alone), (0.9, alone)), 1e-4)


@exercise("opt-curves")
def curves(advice):
    """What to do about each of four learning curves: the names of the runs and a word for each."""
    require(advice is not None, "your advice is still None.")
    right = {
        "A": ("longer steps", "it starts at ln 10 and goes down, but hardly, and never up"),
        "B": ("shorter steps", "look at step 10: it went up at first"),
        "C": ("a schedule", "its level has stopped falling; keep the first steps long, and shrink the later ones"),
        "D": ("more steps", "it has not stopped falling, and twice the rate ruins the run"),
    }
    short = {"longer": "longer steps", "shorter": "shorter steps", "schedule": "a schedule"}
    for run, (word, hint) in right.items():
        require(run in advice, f"run {run} has no advice yet.")
        given = short.get(advice[run], advice[run])
        require(given in [w for w, _ in right.values()], f"{advice[run]!r} is none of the four pieces of advice.")
        require(given == word, f"run {run}: {hint}.")


@exercise("opt-warmup")
def warmup(rate_at):
    """Linear warm-up, then half a cosine."""
    hint = "after the warm-up take (1 + cos(pi s)) / 2, s being the share of the other steps that is done"
    for rise, total in ((10, 100), (40, 200), (90, 100)):
        fall = total - rise
        for share in (0, 0.5, 0.9, 1):
            call = f"rate_at({rise * share:g}, warmup={rise}, total={total})"
            expect(call, rate_at(rise * share, rise, total), share)
        for share in (0.25, 0.5, 1):
            t = rise + fall * share
            hinted(
                f"rate_at({t:g}, warmup={rise}, total={total})", rate_at(t, rise, total),
                (1 + math.cos(math.pi * share)) / 2, hint,
                (
                    (math.cos(math.pi / 2 * share), "that is a quarter of a wave; half a wave goes from 1 to -1"),
                    (math.cos(math.pi * share), "a cosine goes from 1 to -1: lift it, and halve it"),
                    ((1 + math.cos(math.pi * t / total)) / 2, "count from the end of the warm-up"),
                    (1 - share, "that is a straight line"),
                ),
            )  # fmt: skip
