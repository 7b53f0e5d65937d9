"""Points that no line separates, drawn from the generator that is handed in and from nothing else."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.linear_model import Perceptron

from dlnotes.data import moons, spirals, xor


def test_moons_without_noise_are_scikit_learns():
    points, labels = moons(100, 0, np.random.default_rng(0))
    reference, _ = make_moons(4000, shuffle=False)
    distance = np.linalg.norm(points[:, None] - reference[None], axis=-1).min(axis=1)
    assert distance.max() < 2e-3 and np.bincount(labels).tolist() == [50, 50]


def test_spiral_arms_are_turned_copies_of_each_other():
    points, labels = spirals(300, 0, np.random.default_rng(0), classes=3)
    radius, angle = np.hypot(*points.T), np.arctan2(*points.T[::-1])
    unwound = (angle - 2 * np.pi * (radius + labels / 3)) % (2 * np.pi)
    np.testing.assert_allclose(np.cos(unwound), 1, atol=1e-12)


@pytest.mark.parametrize(
    "points, labels",
    [xor(), moons(200, 0.1, np.random.default_rng(0)), spirals(200, 0.02, np.random.default_rng(0))],
    ids=["xor", "moons", "spirals"],
)
def test_no_line_separates_them(points, labels):
    assert points.dtype == np.float64 and points.shape == (len(labels), 2)
    assert Perceptron(tol=None, max_iter=2000, random_state=0).fit(points, labels).score(points, labels) < 1


@pytest.mark.parametrize("draw", [moons, spirals])
def test_equal_seeds_give_equal_points(draw):
    first, second = (draw(50, 0.2, np.random.default_rng(7))[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, draw(50, 0.2, np.random.default_rng(8))[0])


@pytest.mark.parametrize("draw", [moons, spirals])
def test_noise_is_a_standard_deviation(draw):
    noisy, clean = (draw(20_000, noise, np.random.default_rng(0))[0] for noise in (0.3, 0))
    assert abs((noisy - clean).std() - 0.3) < 0.01


@pytest.mark.parametrize(
    "draw, n, noise, options, message",
    [
        (moons, 1, 0.1, {}, "n must be at least 2"),
        (moons, 10, -0.1, {}, "noise must be"),
        (moons, 10, float("nan"), {}, "noise must be"),
        (spirals, 2, 0.1, {"classes": 3}, "n must be at least 3"),
        (spirals, 10, 0.1, {"classes": 1}, "classes must be at least 2"),
    ],
)
def test_bad_arguments_are_named(draw, n, noise, options, message):
    with pytest.raises(ValueError, match=message):
        draw(n, noise, np.random.default_rng(0), **options)
