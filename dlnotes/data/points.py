"""Points of the plane in classes that no straight line separates.  All return points (n, 2) and labels (n,)."""

import numpy as np


def xor() -> tuple[np.ndarray, np.ndarray]:
    """The four corners of the unit square; opposite corners share a class.

    >>> points, labels = xor()
    >>> points.shape, labels
    ((4, 2), array([0, 1, 1, 0]))
    """
    points = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return points, np.array([0, 1, 1, 0])


def moons(n: int, noise: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other, `n` points in all, with Gaussian noise of that standard deviation.

    >>> points, labels = moons(200, 0.1, np.random.default_rng(0))
    >>> points.shape, np.bincount(labels)
    ((200, 2), array([100, 100]))
    """
    _check(n, noise, classes=2)
    labels = np.arange(n) % 2
    angle = np.linspace(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (n, 2)
    lower = np.array([1.0, 0.5]) - upper
    return _noisy(np.where(labels[:, None] == 0, upper, lower), noise, generator), labels


def spirals(
    n: int, noise: float, generator: np.random.Generator, *, classes: int = 2, turns: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """As many arms of a spiral as there are classes, wound around the origin, radius 0.1 to 1.

    >>> points, labels = spirals(300, 0.02, np.random.default_rng(0), classes=3)
    >>> points.shape, np.bincount(labels)
    ((300, 2), array([100, 100, 100]))
    """
    _check(n, noise, classes)
    labels = np.arange(n) % classes
    radius = np.linspace(0.1, 1, n)
    angle = 2 * np.pi * (turns * radius + labels / classes)
    return _noisy(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), noise, generator), labels


def _check(n: int, noise: float, classes: int) -> None:
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes}")
    if n < classes:
        raise ValueError(f"n must be at least {classes}, one point for each class, got {n}")
    if not noise >= 0:
        raise ValueError(f"noise must be a standard deviation, 0 or more, got {noise}")


def _noisy(points: np.ndarray, noise: float, generator: np.random.Generator) -> np.ndarray:
    return points + noise * generator.standard_normal(points.shape)
