"""Standardising and whitening do what their names say, with the training data's statistics only."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from dlnotes.data import photo_patches
from dlnotes.preprocess import pca, standardize, zca

RNG = np.random.default_rng(0)
MIX = RNG.normal(size=(6, 6))
X, NEW = (RNG.normal(size=(n, 6)) @ MIX + 3 for n in (500, 40))


def test_standardize_uses_the_training_data_and_comes_back():
    t = standardize(X)
    np.testing.assert_allclose(t(X).mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(t(X).std(0), 1)
    np.testing.assert_allclose(t(NEW), (NEW - X.mean(0)) / X.std(0))
    np.testing.assert_allclose(t.inverse(t(NEW)), NEW)


def test_a_constant_becomes_0():
    x = np.column_stack([X[:, 0], np.full(len(X), 0.1)])
    t = standardize(x)
    assert np.isfinite(t(x)).all() and (t(x)[:, 1] == 0).all()
    np.testing.assert_allclose(t.inverse(t(x)), x)


def test_a_constant_becomes_0_in_new_data_and_comes_back_as_the_constant():
    t = standardize([[1.0, 5, 0.1], [3, 5, 0.1], [5, 5, 0.1]])
    z = t([[3.0, 9, 7]])
    assert (z == 0).all()
    np.testing.assert_allclose(t.inverse(z), [[3, 5, 0.1]])


def test_principal_components_are_scikit_learns_but_for_their_sign():
    for whiten in (False, True):
        reference = PCA(4, whiten=whiten).fit(X)
        theirs = reference.transform(NEW) * (np.sqrt(len(X) / (len(X) - 1)) if whiten else 1)  # it divides by n - 1
        np.testing.assert_allclose(abs(pca(X, 4, whiten=whiten)(NEW)), abs(theirs))


def test_the_largest_entry_of_a_direction_is_positive():
    for sign in (1, -1):
        matrix = pca(sign * X).matrix
        assert (np.take_along_axis(matrix, abs(matrix).argmax(1)[:, None], 1) > 0).all()
        np.testing.assert_allclose(matrix, pca(X).matrix)


def test_whitened_data_have_the_identity_as_covariance():
    for t in (pca(X, whiten=True), zca(X, epsilon=0)):
        np.testing.assert_allclose(np.cov(t(X), rowvar=False, bias=True), np.eye(6), atol=1e-12)
        np.testing.assert_allclose(t.inverse(t(NEW)), NEW)


def test_zca_is_symmetric_and_nearest_to_the_data():
    nearest, other = zca(X, epsilon=0), pca(X, whiten=True)
    np.testing.assert_allclose(nearest.matrix, nearest.matrix.T)
    centred = X - X.mean(0)
    assert ((nearest(X) - centred) ** 2).sum() < ((other(X) - centred) ** 2).sum()


def test_epsilon_keeps_directions_without_variance_small():
    flat = np.column_stack([X[:, 0], X[:, 0]])
    assert pca(flat).matrix.shape == (1, 2)  # one direction in which they vary
    assert abs(zca(flat, epsilon=0.1)(flat)).max() < 10


def test_images_keep_their_shape_and_fewer_components_are_rows():
    images = photo_patches(8).train.images[:300] / 255
    white = zca(images, epsilon=0.01)
    assert white(images).shape == images.shape
    np.testing.assert_allclose(white.inverse(white(images)), images, atol=1e-8)
    few = pca(images, 20)
    assert few(images).shape == (300, 20) and few.inverse(few(images)).shape == images.shape
    error = [((pca(images, k).inverse(pca(images, k)(images)) - images) ** 2).mean() for k in (5, 20, 80)]
    assert error[0] > error[1] > error[2]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: standardize(np.zeros(3)), "x: expected at least two examples in rows"),
        (lambda: standardize(np.zeros((1, 3))), "x: expected at least two examples"),
        (lambda: standardize([["a"], ["b"]]), "x: expected numbers, got dtype"),
        (lambda: standardize([[0.0], [np.nan]]), "x: expected finite numbers"),
        (lambda: pca(X, 7), "components: expected at most 6"),
        (lambda: pca(X, 0), "components: expected"),
        (lambda: zca(X, epsilon=-1), "epsilon: expected"),
        (lambda: zca(X)(X[:, :3]), r"x: expected examples of shape \(6,\)"),
        (lambda: zca(X).inverse(X[:, :3]), "z: expected 6 numbers"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
