"""Starting values follow the laws that PyTorch's follow."""

import numpy as np
import pytest
import torch
from scipy import stats

import dlnotes.numpy as dn
import dlnotes.torch as dt

BOTH = pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])


@BOTH
@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0, 1, -2, 2), (0.5, 2, -1, 1.5), (0, 1, 1, 5), (0, 0.02, -2, 2)])
def test_truncated_normal(d, mean, std, a, b):
    w = np.asarray(d.trunc_normal_(d.zeros(100, 100, dtype=d.float64), mean, std, a, b, np.random.default_rng(0)))
    law = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert stats.kstest(w.ravel(), law.cdf).pvalue > 1e-3
    assert a <= w.min() < w.max() <= b
    theirs = torch.nn.init.trunc_normal_(torch.empty(100, 100, dtype=torch.float64), mean, std, a, b)
    assert stats.ks_2samp(w.ravel(), theirs.numpy().ravel()).pvalue > 1e-4


@BOTH
@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3, 3), (8, 1, 2, 2)])
def test_orthogonal(d, shape):
    w = np.asarray(d.orthogonal_(d.zeros(shape, dtype=d.float64), 1.5, np.random.default_rng(0))).reshape(shape[0], -1)
    short = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(short, 1.5**2 * np.eye(len(short)), atol=1e-12)


@BOTH
def test_orthogonal_is_uniform(d):
    """Without the signs the first entry of Q would always be negative."""
    source = np.random.default_rng(0)
    qs = np.array([np.asarray(d.orthogonal_(d.zeros(3, 3, dtype=d.float64), generator=source)) for _ in range(1500)])
    for i, j in np.ndindex(3, 3):  # an entry of a uniform point on the sphere in 3-D is uniform in [-1, 1]
        assert stats.kstest(qs[:, i, j], "uniform", (-1, 2)).pvalue > 1e-4
    assert 0.4 < (np.linalg.det(qs) > 0).mean() < 0.6


@BOTH
def test_sparse(d):
    w = np.asarray(d.sparse_(d.zeros(100, 50, dtype=d.float64), 0.13, 0.5, np.random.default_rng(0)))
    assert ((w == 0).sum(0) == 13).all()
    assert stats.kstest(w[w != 0], "norm", (0, 0.5)).pvalue > 1e-3
    assert len({tuple(column) for column in (w == 0).T}) > 40


@BOTH
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_changes_no_image(d, groups):
    w = np.asarray(d.dirac_(d.zeros(4, 4 // groups, 3, 3), groups)).copy()
    x = torch.randn(2, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.nn.functional.conv2d(x, torch.from_numpy(w), padding=1, groups=groups), x)


def test_draws_differ_without_a_generator():
    for fill in (dn.trunc_normal_, dn.orthogonal_, lambda w: dn.sparse_(w, 0.5)):
        assert fill(dn.zeros(3, 3)).tolist() != fill(dn.zeros(3, 3)).tolist()
