"""Dropout: its law, and what its three forms have in common."""

import numpy as np
import pytest
import torch
from scipy import stats

import dlnotes.numpy as dn
import dlnotes.torch as dt


def rng():
    return np.random.default_rng(11)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_share_of_zeros(p):
    ours = np.asarray(dn.dropout(dn.ones(200, 200), p, generator=rng()))
    theirs = torch.nn.functional.dropout(torch.ones(200, 200), p).numpy()
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-6)
    n = ours.size
    assert stats.binomtest(int((ours == 0).sum()), n, p).pvalue > 1e-3
    assert stats.binomtest(int((ours[:, 1:] == ours[:, :-1]).sum()), n - 200, p * p + (1 - p) ** 2).pvalue > 1e-3


def test_channels_fall_as_a_whole_and_independently():
    y = np.asarray(dn.dropout2d(dn.ones(500, 20, 2, 3), 0.3, generator=rng()))
    channel = y[:, :, :1, :1]
    np.testing.assert_array_equal(y, np.broadcast_to(channel, y.shape))
    assert stats.binomtest(int((channel == 0).sum()), channel.size, 0.3).pvalue > 1e-3


@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
def test_the_three_forms_agree_on_a_linear_layer(d):
    """Exactly where the notes' form is scaled; in the mean for masks at test time."""
    x, p = d.tensor(rng().normal(size=(4, 6))), 0.3
    layer = d.Linear(6, 2, False, dtype=d.float64, generator=rng())
    inverted = d.dropout(x, p, generator=rng())
    notes = d.dropout(x, p, inverted=False, generator=rng())
    np.testing.assert_allclose(inverted.tolist(), (notes / (1 - p)).tolist(), rtol=1e-6)
    expected = layer(d.dropout(x, p, False, inverted=False))
    np.testing.assert_allclose(expected.tolist(), ((1 - p) * layer(x)).tolist(), rtol=1e-12)
    mean, spread = d.monte_carlo(d.Sequential(d.Dropout(p), layer), x, 4000, rng())
    error = np.abs(np.asarray(mean) - np.asarray(layer(x).detach())) / (np.asarray(spread) / 4000**0.5)
    assert error.max() < 4


def test_one_seed_one_mask_in_float32_and_float64_and_both_back_ends():
    masks = [
        np.asarray(d.dropout(d.ones(50, 7, dtype=getattr(d, t)), 0.4, generator=rng())) == 0
        for d in (dn, dt) for t in ("float32", "float64")
    ]  # fmt: skip
    assert 0 < masks[0].sum() < masks[0].size
    assert all((m == masks[0]).all() for m in masks)


@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
def test_evaluation_draws_nothing(d):
    source = rng()
    before = source.bit_generator.state
    x = d.ones(3)
    assert d.Dropout(0.5, generator=source).eval()(x) is x
    assert source.bit_generator.state == before


@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
def test_monte_carlo_leaves_the_model_as_it_was_even_after_an_error(d):
    own = rng()
    net = d.Sequential(d.Dropout(0.5, generator=own), d.BatchNorm1d(3), d.Linear(3, 1, generator=rng()))
    net[1].eval()
    before, statistics = own.bit_generator.state, net[1].running_mean.tolist()
    d.monte_carlo(net, d.ones(4, 3), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="input"):
        d.monte_carlo(net, d.ones(4, 2), 3)
    assert [m.training for m in net.modules()] == [True, True, False, True]
    assert net[0].generator is own
    assert net[1].running_mean.tolist() == statistics
    d.monte_carlo(net, d.ones(4, 3), 3, np.random.default_rng(0))
    assert own.bit_generator.state != before  # only the call that failed drew from it


def test_without_dropout_there_is_no_spread():
    layer = dn.Linear(3, 2, generator=rng())
    mean, spread = dn.monte_carlo(layer, dn.ones(4, 3), 5)
    np.testing.assert_allclose(spread.numpy(), 0, atol=1e-6)
    np.testing.assert_allclose(mean.numpy(), layer(dn.ones(4, 3)).detach().numpy(), rtol=1e-6)


def test_without_a_generator_masks_differ():
    layer = dn.Dropout()
    assert layer(dn.ones(100)).tolist() != layer(dn.ones(100)).tolist()
    assert dn.dropout(dn.ones(100)).tolist() != dn.dropout(dn.ones(100)).tolist()
