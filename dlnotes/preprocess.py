"""Data made easier to learn from, by what the training data say about themselves: centred, scaled, decorrelated.

A cost whose inputs have very different sizes, or say the same thing twice, is a long narrow valley in which descent
creeps (chapter *Optimisation*).  Each function here looks at training examples, (N, ...), and returns a `Transform`, a
map z = (x - mean) @ matrix.T of each example's numbers, which is then applied to any data, always with the mean and
the matrix of the training data:

>>> x = np.random.default_rng(0).normal(5, [1, 100], size=(200, 2))
>>> transform = standardize(x[:150])
>>> train, test = transform(x[:150]), transform(x[150:])
>>> train.mean(0).round(9) + 0, train.std(0).round(9)
(array([0., 0.]), array([1., 1.]))

With the covariance of the centred data, C = U diag(l) U^T, principal components are U^T x, and whitening divides each
by sqrt(l): whitened data have the identity as covariance.  Any rotation of white data is white; ZCA turns them back by
U, which of all whitened versions lies nearest to the data themselves, so whitened images still look like images.

Sources: chapter *Preprocessing*; Krizhevsky, *Learning multiple layers of features from tiny images*, 2009, appendix A.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dlnotes import _validate

__all__ = ["Transform", "standardize", "pca", "zca"]


class Transform(NamedTuple):
    """The map x -> (x - mean) @ matrix.T on examples of one shape, and back.  It is called on a batch (N, *shape)."""

    mean: np.ndarray  # (D,)
    matrix: np.ndarray  # (K, D), or (D,) where it is diagonal
    shape: tuple[int, ...]  # of one example, D numbers

    def __call__(self, x: Any) -> np.ndarray:
        """The transformed examples: of the same shape, or (N, K) where there are fewer components than numbers."""
        x = np.asarray(x)
        if x.shape[1:] != self.shape:
            raise ValueError(f"x: expected examples of shape {self.shape}, got an array of shape {x.shape}")
        z = x.reshape(len(x), -1) - self.mean
        z = z * self.matrix if self.matrix.ndim == 1 else z @ self.matrix.T
        return z.reshape(x.shape) if z.shape[1] == len(self.mean) else z

    def inverse(self, z: Any) -> np.ndarray:
        """Examples from transformed ones; of what was left out, the training data's mean."""
        z = np.asarray(z)
        z = z.reshape(len(z), -1)
        if z.shape[1] != len(self.matrix):
            raise ValueError(f"z: expected {len(self.matrix)} numbers for each example, got {z.shape[1]}")
        if self.matrix.ndim == 1:
            back = np.divide(1, self.matrix, out=np.zeros_like(self.matrix), where=self.matrix != 0)
            x = z * back
        else:
            x = z @ np.linalg.pinv(self.matrix).T
        return (x + self.mean).reshape(-1, *self.shape)


def standardize(x: Any) -> Transform:
    """Each number less its mean over the examples, divided by its standard deviation.

    A number that is the same in all these examples becomes 0, in new data too; `inverse` gives the constant back.
    """
    flat, shape = _examples(x)
    std = flat.std(0)
    scale = np.divide(1, std, out=np.zeros_like(std), where=std > 1e-12 * abs(flat).max(0))
    return Transform(flat.mean(0), scale, shape)


def pca(x: Any, components: int | None = None, *, whiten: bool = False, epsilon: float = 0.0) -> Transform:
    """The first `components` principal components, the directions of most variance first (all if None).

    whiten: divide each by sqrt(variance + epsilon), so that with epsilon 0 all have variance 1.
    Directions in which the data do not vary at all are left out.  A direction's sign is free: here its largest entry is
    positive.
    """
    variance, directions, flat, shape = _principal(x, epsilon)
    if components is not None:
        _validate.size("components", components)
        if components > len(variance):
            raise ValueError(f"components: expected at most {len(variance)}, as the data have, got {components}")
    keep = slice(components)
    scale = 1 / np.sqrt(variance[keep] + epsilon) if whiten else np.ones(len(variance[keep]))
    return Transform(flat.mean(0), scale[:, None] * directions[keep], shape)


def zca(x: Any, *, epsilon: float = 0.01) -> Transform:
    """Whitening that changes the data as little as it can: U diag(1 / sqrt(l + epsilon)) U^T (x - mean).

    epsilon: a variance, in the data's units squared; directions with less are noise and are kept small.
    """
    variance, directions, flat, shape = _principal(x, epsilon)
    return Transform(flat.mean(0), directions.T @ (directions / np.sqrt(variance + epsilon)[:, None]), shape)


def _examples(x: Any) -> tuple[np.ndarray, tuple[int, ...]]:
    x = np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise TypeError(f"x: expected numbers, got dtype {x.dtype}")
    if x.ndim < 2 or len(x) < 2 or x.size == 0:
        raise ValueError(f"x: expected at least two examples in rows, got shape {x.shape}")
    flat = x.reshape(len(x), -1).astype(np.float64)
    if not np.isfinite(flat).all():
        raise ValueError("x: expected finite numbers, got nan or infinity")
    return flat, x.shape[1:]


def _principal(x: Any, epsilon: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...]]:
    """Variances (K,), falling, their directions (K, D) in rows, the examples (N, D), and the shape of one."""
    _validate.at_least("epsilon", epsilon, 0)
    flat, shape = _examples(x)
    _, s, directions = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    there = s > s[0] * max(flat.shape) * np.finfo(float).eps  # the others are rounding
    s, directions = s[there], directions[there]
    largest = (abs(directions) > 0.999 * abs(directions).max(1, keepdims=True)).argmax(1)  # the first of near equals
    directions *= np.sign(directions[np.arange(len(s)), largest])[:, None]
    return s**2 / len(flat), directions, flat, shape
