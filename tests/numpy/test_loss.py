"""Losses: every combination of options beside PyTorch, and the laws that tie them together."""

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlnotes.numpy as dn
import dlnotes.torch as dt

RNG = np.random.default_rng(8)


def same(function, *arrays):
    """Values and gradients agree."""
    results = []
    for d in (dn, dt):
        inputs = [d.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
        y = function(d, *inputs)
        y.sum().backward()
        results.append([np.asarray(y.detach()), *(np.asarray(x.grad) for x in inputs if x.requires_grad)])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


REDUCTIONS = ["mean", "sum", "none"]
PLACES = [(), (4,), (2, 3), (2, 1, 2)]


@pytest.mark.parametrize(("places", "weighted", "ignored", "reduction", "smoothing", "shares"),
                         [*product(PLACES, [0, 1], [-100, 1], REDUCTIONS, [0.0, 0.3], [0, 1])])  # fmt: skip
def test_cross_entropy_in_every_combination(places, weighted, ignored, reduction, smoothing, shares):
    scores = RNG.normal(size=(3, 5, *places))
    target = RNG.random(size=scores.shape) if shares else RNG.integers(0, 5, size=(3, *places))
    if not shares:
        target.flat[0] = 0  # one at least counts
    costs = RNG.random(5)

    def loss(d, x, t):
        weight = d.tensor(costs) if weighted else None
        return d.cross_entropy(
            x, t, weight, ignore_index=ignored, reduction=reduction, label_smoothing=smoothing
        )

    same(loss, scores, target)


@pytest.mark.parametrize(("shape", "weight", "pos_weight", "reduction"),
                         [*product([(4,), (2, 3), (2, 3, 2)], *[[None, (), (1,), "all"]] * 2, REDUCTIONS)])  # fmt: skip
def test_binary_cross_entropy_in_every_combination(shape, weight, pos_weight, reduction):
    w, k = (None if s is None else RNG.random(shape if s == "all" else s) for s in (weight, pos_weight))

    def loss(d, x, t):
        made = [None if a is None else d.tensor(np.asarray(a)) for a in (w, k)]
        return d.binary_cross_entropy_with_logits(x, t, made[0], reduction=reduction, pos_weight=made[1])

    same(loss, 3 * RNG.normal(size=shape), RNG.random(shape))


laws = st.integers(0, 9999).map(lambda seed: np.random.default_rng(seed).dirichlet(np.ones(4), size=3))


@given(p=laws, q=laws)
@settings(max_examples=25, deadline=None)
def test_divergence_is_cross_entropy_less_entropy_and_never_negative(p, q):
    p, log_q = dn.tensor(p), dn.tensor(np.log(q))
    kl = dn.kl_div(log_q, p, reduction="batchmean").item()
    entropy = -(p * p.log()).sum().item() / 3
    assert kl == pytest.approx(dn.cross_entropy(log_q, p).item() - entropy, abs=1e-12)
    assert kl >= 0
    assert dn.kl_div(log_q, p.log(), reduction="batchmean", log_target=True).item() == pytest.approx(kl, abs=1e-12)
    assert dn.kl_div(p.log(), p).item() == pytest.approx(0, abs=1e-15)


def test_one_formula_for_labels_and_shares():
    x, labels = dn.tensor(RNG.normal(size=(6, 4))), np.array([0, 3, 1, 1, 2, 0])
    one_hot = dn.tensor(np.eye(4)[labels])
    for e in (0.0, 0.2):
        a = dn.cross_entropy(x, dn.tensor(labels), label_smoothing=e).item()
        assert a == pytest.approx(dn.cross_entropy(x, one_hot, label_smoothing=e).item())
        assert a == pytest.approx(dn.cross_entropy(x, one_hot * (1 - e) + e / 4).item())


def test_the_gradient_is_softmax_less_one_hot():
    x, labels = dn.tensor(RNG.normal(size=(6, 4)), requires_grad=True), np.array([0, 3, 1, 1, 2, 0])
    dn.cross_entropy(x, dn.tensor(labels), reduction="sum").backward()
    np.testing.assert_allclose(x.grad.numpy(), dn.softmax(x.detach(), 1).numpy() - np.eye(4)[labels], atol=1e-15)


def test_ignored_examples_might_as_well_not_be_there():
    x, labels = RNG.normal(size=(6, 4)), np.array([0, -100, 1, -100, 2, 0])
    there = labels >= 0
    for loss in (dn.cross_entropy, dn.nll_loss):
        whole = loss(dn.tensor(x), dn.tensor(labels)).item()
        assert whole == pytest.approx(loss(dn.tensor(x[there]), dn.tensor(labels[there])).item())


def test_huber_lies_between_squared_and_absolute():
    d = np.linspace(-3, 3, 61)
    x, zero = dn.tensor(d), dn.tensor(0 * d)
    np.testing.assert_allclose(dn.huber_loss(x, zero, "none", 5).numpy(), d**2 / 2)
    small = dn.huber_loss(x, zero, "none", 1e-6).numpy() / 1e-6
    np.testing.assert_allclose(small, dn.l1_loss(x, zero, reduction="none").numpy(), atol=1e-6)


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_no_warning_far_out(dtype):
    x = np.array([[1e4, 0, -1e4], [-1e4, -1e4, 1e4]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in (
            lambda x: dn.cross_entropy(x, dn.tensor([2, 0])),
            lambda x: dn.cross_entropy(x, dn.tensor([2, 0]), label_smoothing=0.1),
            lambda x: dn.binary_cross_entropy_with_logits(x, x * 0),
            lambda x: dn.huber_loss(x, x * 0) + dn.l1_loss(x, x * 0),
            lambda x: dn.kl_div(dn.log_softmax(x, 1), dn.softmax(x.detach(), 1)),
        ):
            t = dn.tensor(x, requires_grad=True)
            y = loss(t)
            y.backward()
            assert np.isfinite(y.item())
            assert np.isfinite(t.grad.numpy()).all()


def test_float32_stays_float32():
    x, y = dn.ones(2, 3), dn.tensor([0, 1])
    weighted = dn.cross_entropy(x, y, dn.ones(3), label_smoothing=0.1)
    binary = dn.binary_cross_entropy_with_logits(x, x, x, pos_weight=x)
    for loss in (weighted, binary, dn.nll_loss(x, y), dn.huber_loss(x, x, delta=2), dn.kl_div(x, x)):
        assert loss.dtype == dn.float32
        assert loss.shape == ()
