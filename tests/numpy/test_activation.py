"""Activations: right limits far out, without a warning, and the normal law to the last digit."""

import numpy as np
import pytest
import torch
from scipy import special, stats

import dlnotes.numpy as dn
import dlnotes.torch as dt

FAR = [-1e4, -1e3, -90.0, 0.0, 90.0, 1e3, 1e4]
LIMITS = {  # name: values at FAR, slopes at FAR
    "leaky_relu": ([-1e2, -1e1, -0.9, 0, 90, 1e3, 1e4], [0.01, 0.01, 0.01, 0.01, 1, 1, 1]),
    "elu": ([-1, -1, -1, 0, 90, 1e3, 1e4], [0, 0, 0, 1, 1, 1, 1]),
    "softplus": ([0, 0, 0, np.log(2), 90, 1e3, 1e4], [0, 0, 0, 0.5, 1, 1, 1]),
    "sigmoid": ([0, 0, 0, 0.5, 1, 1, 1], [0, 0, 0, 0.25, 0, 0, 0]),
    "silu": ([0, 0, 0, 0, 90, 1e3, 1e4], [0, 0, 0, 0.5, 1, 1, 1]),
    "gelu": ([0, 0, 0, 0, 90, 1e3, 1e4], [0, 0, 0, 0.5, 1, 1, 1]),
    "tanh": ([-1, -1, -1, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0, 0]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize(("name", "values", "slopes"), [(name, *limits) for name, limits in LIMITS.items()])
def test_far_out(name, values, slopes, dtype):
    x = dn.tensor(np.array(FAR, dtype), requires_grad=True)
    y = getattr(dn, name)(x)
    y.backward(np.ones(len(FAR)))
    assert y.dtype == x.grad.dtype == np.dtype(dtype)
    np.testing.assert_allclose(y.detach().numpy(), np.array(values, dtype), rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(x.grad.numpy(), np.array(slopes, dtype), rtol=1e-6, atol=1e-30)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["f", "d"])
def test_gelu_by_tanh_and_selu_far_out(dtype):
    for f, low in ((lambda x: dn.gelu(x, "tanh"), 0), (dn.selu, -1.7580993408473766)):
        x = dn.tensor(np.array(FAR, dtype), requires_grad=True)
        y = f(x)
        y.backward(np.ones(len(FAR)))
        np.testing.assert_allclose(y.detach().numpy()[:3], low, rtol=1e-6, atol=1e-30)
        np.testing.assert_allclose(x.grad.numpy()[:3], 0, atol=1e-30)
        np.testing.assert_allclose(x.grad.numpy()[4:], x.grad.numpy()[-1], rtol=1e-6)


def test_gelu_holds_the_normal_law_to_the_last_digit():
    x = np.concatenate([np.linspace(-40, 40, 200_001), np.logspace(-300, 2, 2000), -np.logspace(-300, 2, 2000)])
    law = dn.gelu(dn.tensor(x)).numpy()[x != 0] / x[x != 0]
    np.testing.assert_allclose(law, special.ndtr(x[x != 0]), rtol=0, atol=4e-16)


def test_gelu_by_tanh_is_within_the_promised_distance():
    x = dn.tensor(np.linspace(-10, 10, 100_001))
    distance = np.abs(dn.gelu(x).numpy() - dn.gelu(x, "tanh").numpy()).max()
    assert 4e-4 < distance < 5e-4


def test_selu_keeps_mean_0_and_variance_1():
    z, w = np.polynomial.hermite_e.hermegauss(200)  # a standard normal law on 200 points
    y = dn.selu(dn.tensor(z)).numpy()
    mean = np.sum(w * y) / w.sum()
    assert mean == pytest.approx(0, abs=1e-3)
    assert np.sum(w * (y - mean) ** 2) / w.sum() == pytest.approx(1, abs=2e-3)


def test_silu_at_large_beta_and_softplus_are_close_to_relu():
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(dn.softplus(dn.tensor(x), beta=1e3).numpy(), np.maximum(x, 0), atol=1e-3)
    steps = np.diff(dn.softplus(dn.tensor(x), beta=2.0, threshold=3.0).numpy())
    assert (steps > 0).all()


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "selu", "softplus", "sigmoid", "silu", "gelu", "tanh"])
def test_only_floating_tensors(name):
    for wrong in (dn.tensor([1, 2]), dn.tensor(np.ones(2, "f2")), np.ones(2), [1.0]):
        with pytest.raises(TypeError, match="input: expected"):
            getattr(dn, name)(wrong)


@pytest.mark.parametrize("wrong", ["erf", None, True])
def test_gelu_knows_two_formulas(wrong):
    with pytest.raises(ValueError, match="approximate: expected 'none' or 'tanh', got"):
        dn.gelu(dn.ones(2), wrong)
    with pytest.raises((RuntimeError, TypeError)):
        dt.gelu(torch.ones(2), approximate=wrong)


def test_the_share_below_x_is_that_of_draws():
    x = np.random.default_rng(0).normal(size=20_000)
    law = dn.gelu(dn.tensor(x)).numpy() / x
    assert stats.kstest(law, "uniform").pvalue > 0.01
