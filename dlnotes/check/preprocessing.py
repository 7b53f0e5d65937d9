"""Checks for the exercises of *Data preprocessing*."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("prep-hand")
def hand(total: Any, product: Any, kappa: Any) -> None:
    """x = 19.5, 20, 20.5: the curvatures of a weight and a bias."""
    mean = (19.5**2 + 20**2 + 20.5**2) / 3
    mistakes: Mistakes = (
        (3 * mean + 1, "the entries of H are means, not sums"),
        (mean, "the bias has a curvature, too: it stands on the diagonal of H"),
        (20**2 + 1, "the first entry of H is the mean of the squares, not the square of the mean"),
    )
    hinted("The sum of the curvatures", total, mean + 1, "it is the sum of H's diagonal", mistakes, 1e-4)
    mistakes = ((mean, "take off the product of the other two entries of H"), (6, "that is one over it"))
    hinted("Their product", product, 1 / 6, "it is H's determinant, (mean of x²) · 1 - (mean of x)²", mistakes, 1e-2)
    mistakes = (
        (1 / 6, "the larger curvature over the smaller"),
        ((mean + 1) ** 2 * 6, "that is before the mean was subtracted"),
        (1, "the mean of the squares of -0.5, 0, 0.5 is not 1"),
    )
    hinted("κ after centring", kappa, 6, "write down H for x = -0.5, 0, 0.5", mistakes, 1e-2)


@exercise("prep-units")
def units(rate: Any, steps: Any, weights: Any) -> None:
    """All inputs ten times as large, no bias."""
    mistakes: Mistakes = (
        (100, "the larger the curvature, the shorter the step"),
        (0.1, "the curvatures are means of products of two inputs"),
        (10, "the larger the curvature, the shorter the step"),
    )
    hinted("The factor of the rate", rate, 0.01, "by which factor do the entries of H grow?", mistakes)
    hint = "all curvatures grow alike, so what becomes of their ratio?"
    mistakes = ((100, hint), (10, hint), (0.1, hint), (0.01, hint))
    hinted("The factor of the steps", steps, 1, hint, mistakes)
    mistakes = ((10, "the outputs must stay as they were"), (1, "the outputs must stay as they were"))
    hinted("The factor of the weights", weights, 0.1, "the outputs must stay as they were", mistakes)


@exercise("prep-pca")
def directions(along: Any, across: Any, new: Any) -> None:
    """(3, 1), (1, 3) and their opposites: variances, and (4, 0) whitened."""
    mistakes: Mistakes = (
        (16, "the direction has length 1: (3 + 1)/√2"),
        (32, "a variance is a mean over the examples"),
        (8**0.5, "that is the deviation; its square is asked for"),
    )
    hinted("The variance along (1, 1)/√2", along, 8, "the mean of the squares of (x₁ + x₂)/√2", mistakes, 1e-6)
    mistakes = ((4, "the direction has length 1: (3 - 1)/√2"), (2**0.5, "that is the deviation"))
    hinted("The variance along (1, -1)/√2", across, 2, "the mean of the squares of (x₁ - x₂)/√2", mistakes, 1e-6)
    mistakes = (
        ([8**0.5, 8**0.5], "those are the places along the two directions; divide each by its deviation"),
        ([8**0.5 / 8, 8**0.5 / 2], "divide by the deviation, not by the variance"),
        ([2, 1], "first the direction (1, 1)/√2, then the other"),
    )
    hint = "where does (4, 0) lie along each direction, in units of the deviation there?"
    hinted("(4, 0), whitened", new, [1, 2], hint, mistakes, 1e-6)


@exercise("prep-code")
def standardised(my_standardize: Callable) -> None:
    """A function of training data that gives a function of any data."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(5, [1, 100, 0, 0], size=(50, 4)), rng.normal(7, [1, 50, 2, 2], size=(20, 4))
    x[:, 2:] = 4.0, 0.1  # NumPy gives 0.1 a deviation of 4e-17
    transform = my_standardize(x.copy())
    require(callable(transform), "my_standardize(x) should give back a function.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours, new = transform(x.copy()), transform(z.copy())
    require(ours is not None and new is not None, "transform(z) is still None.")
    require(not caught and np.isfinite(ours).all(), "Dividing 0 by 0 warns: what is s for an input that never changes?")
    require(np.shape(ours) == x.shape, f"Of data {x.shape} it makes {np.shape(ours)}.")
    expect("The mean of transformed training data", ours[:, :3].mean(0), [0, 0, 0], 1e-9)
    wide = np.allclose(ours[:, :2].std(0, ddof=1), 1) and not np.allclose(ours[:, :2].std(0), 1)
    require(not wide, "Divide by the root of the mean square (x.std(0)), so that the training data have deviation 1.")
    expect("Their deviation", ours[:, :3].std(0), [1, 1, 0], 1e-9)
    own = np.allclose(new[:, :2].mean(0), 0)
    require(not own, "New data came out with mean 0, so they were judged by their own mean. Keep that of training.")
    want = np.zeros(z.shape)
    want[:, :2] = (z[:, :2] - x[:, :2].mean(0)) / x[:, :2].std(0)
    expect("The third input of new data, constant in training", new[:, 2], want[:, 2])
    still = np.allclose(ours[:, 3], 0) and np.allclose(new[:, 3], 0)
    require(still, "The constant 0.1 does not become 0: NumPy gives it a deviation of 4e-17. Which s is only rounding?")
    expect("New data", new, want, hint="Use the mean and the deviation of training.")


@exercise("prep-leak")
def leak(score: Callable) -> None:
    """No label of a held-out row may change which columns are used."""
    rng = np.random.default_rng(0)
    found, wanted, still = [], [], []
    for _ in range(20):
        x, y = rng.normal(size=(100, 1000)), rng.permutation(np.repeat([1, -1], 50))
        x[:, 0] += 1.5 * y
        train = rng.permutation(np.arange(100) < 50)
        z = (x - x[train].mean(0)) / x[train].std(0)
        columns = np.argsort(-abs(z[train].T @ y[train]))[:20]
        right = np.sign(z[~train][:, columns] @ (z[train][:, columns].T @ y[train])) == y[~train]
        z = (x - x.mean(0)) / x.std(0)
        columns = np.argsort(-abs(z[train].T @ y[train]))[:20]
        half = np.sign(z[~train][:, columns] @ (z[train][:, columns].T @ y[train])) == y[~train]
        got = score(x.copy(), y.copy(), train.copy())
        require(got is not None, "held_out_score(...) is None.")
        found.append(got)
        wanted.append(right.mean())
        still.append(half.mean())
    gap = np.mean(found) - np.mean(wanted)
    said = f"With one helpful column, you get {np.mean(found):.0%}, honest are {np.mean(wanted):.0%}"
    require(gap < 0.1, f"{said}: who saw held-out rows?")
    require(gap > -0.1, f"{said}: learn from all training rows.")
    same = not np.allclose(still, wanted) and np.allclose(found, still)
    require(not same, "Nearly: the labels are out of it, but the held-out rows still have a say in mean and deviation.")
    expect("The scores on 20 sets of data", found, wanted, 1e-9, "Fit everything on x[train], and y[train], alone.")


@exercise("prep-few")
def few(count: Any, square: Any, new: Any) -> None:
    """50 pictures of 196 pixels, whitened without epsilon."""
    mistakes: Mistakes = (
        (196, "50 pictures cannot vary in 196 independent directions"),
        (50, "less their mean, the pictures add up to 0, so the last one follows from the others"),
    )
    hinted("The number of components", count, 49, "two points vary along one line: what of 50?", mistakes)
    hinted("The mean square in training", square, 1, "each component was divided by its deviation", (), 1e-6)
    said = str(new).strip().lower()
    require(said in ("below", "near", "above"), '"below", "near" or "above"?')
    require(said == "above", "It is not: the smallest deviations are small by accident of these 200 pictures.")


@exercise("prep-zca")
def whitened(my_zca: Callable) -> None:
    """ZCA with epsilon, from x, applied to z."""
    rng = np.random.default_rng(1)
    mix = rng.normal(size=(4, 4))
    x, z = rng.normal(size=(200, 4)) @ mix + 3, rng.normal(size=(30, 4)) @ mix + 2
    for epsilon in (0, 0.1, 2.0):
        c = x.mean(0)
        variances, u = np.linalg.eigh((x - c).T @ (x - c) / len(x))
        want = (z - c) @ (u / np.sqrt(variances + epsilon)) @ u.T
        got = my_zca(x.copy(), z.copy(), epsilon)
        require(got is not None, "my_zca(x, z, epsilon) is None.")
        require(np.shape(got) == z.shape, f"my_zca of z {z.shape} has shape {np.shape(got)}.")
        what = f"my_zca(x, z, {epsilon})"
        own = np.allclose(np.mean(got, 0), 0)
        require(not own, f"{what} has mean 0: subtract the mean of the training data x, not that of z.")
        uncentred = np.allclose(got, want + c @ (u / np.sqrt(variances + epsilon)) @ u.T)
        require(not uncentred, f"{what} is moved: subtract the mean of the training data x from z.")
        swapped = np.allclose(got, (z - c) @ (u.T / np.sqrt(variances + epsilon)) @ u)
        require(not swapped, f"{what} has U and its transpose exchanged: eigh gives eigenvectors in columns.")
        more = variances * len(x) / (len(x) - 1)
        wide = np.allclose(got, (z - c) @ (u / np.sqrt(more + epsilon)) @ u.T, rtol=1e-9, atol=1e-9)
        require(not wide, f"{what} comes from a covariance over N - 1, as np.cov has it: take the mean over N.")
        turned = np.allclose(np.sort(abs(np.linalg.svd(got)[1])), np.sort(np.linalg.svd(want)[1]))
        require(np.allclose(got, want) or not turned, f"{what} is turned: it lacks the last factor, which turns back.")
        expect(what, got, want, 1e-8, "ε stands under the root, beside the variances; covariances are means over N.")
