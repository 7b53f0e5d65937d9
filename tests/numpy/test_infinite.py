"""Infinity and nan reach what they belong to and nothing else: what is masked is left out, not multiplied by 0."""

import itertools
import warnings

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt

EDGES = [-np.inf, -1e4, -1.0, -0.0, 0.0, 0.5, 1.0, 1e4, np.inf, np.nan]
BACK_ENDS = pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])


def gradients(d, f, arrays, g):
    """The value of f, and what the gradient g of it makes of each input."""
    inputs = [d.tensor(a, requires_grad=True) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = f(d, *inputs)
        g = np.resize(g, tuple(y.shape)).astype(arrays[0].dtype)
        y.backward(d.tensor(g))
    return [np.asarray(y.detach()), *(np.asarray(x.grad) for x in inputs)]


ONE = {
    **{name: lambda d, x, f=name: getattr(d, f)(x)
       for name in ("relu", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "silu", "gelu", "tanh",
                    "abs", "exp", "log", "sqrt", "sin", "cos")},
    "leaky_relu, slope 0": lambda d, x: d.leaky_relu(x, 0.0),
    "elu, alpha 2": lambda d, x: d.elu(x, 2.0),
    "clamp": lambda d, x: x.clamp(-1, 1),
    "clamp below": lambda d, x: x.clamp(min=0),
    "where": lambda d, x: d.where(x > 0, x, x * 2),
    "power": lambda d, x: x**2 + x**0,
    "power by a tensor": lambda d, x: d.tensor(2.0, dtype=x.dtype) ** x,
    "dropout": lambda d, x: d.dropout(x, generator=np.random.default_rng(0)),
    "dropout2d": lambda d, x: d.dropout2d(x.reshape(-1, 5, 2, 2), generator=np.random.default_rng(0)),
    "max_pool1d": lambda d, x: d.max_pool1d(x.reshape(1, 1, -1), 3, 2, 1),
    "max_pool1d, tiles": lambda d, x: d.max_pool1d(x.reshape(1, 1, -1), 2),
}  # fmt: skip
TWO = {
    "maximum": lambda d, x, y: d.maximum(x, y),
    "minimum": lambda d, x, y: d.minimum(x, y),
    "where": lambda d, x, y: d.where(x > y, x, y),
    "amax": lambda d, x, y: d.stack([x, y]).amax(0),
    "amin": lambda d, x, y: d.stack([x, y]).amin(0),
    "power": lambda d, x, y: x**y,
}


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize(("f", "count"), [(f, 1) for f in ONE.values()] + [(f, 2) for f in TWO.values()],
                         ids=[*ONE, *(f"two: {name}" for name in TWO)])  # fmt: skip
def test_every_edge_with_every_gradient(f, count, dtype):
    """Wherever PyTorch has a number, it is ours too; where it has nan, nan or better."""
    columns = list(zip(*itertools.product(EDGES, repeat=count + 1)))
    *arrays, g = (np.array(column, dtype) for column in columns)
    for ours, theirs in zip(gradients(dn, f, arrays, g), gradients(dt, f, arrays, g), strict=True):
        known = ~np.isnan(theirs)
        np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-5, atol=1e-30)


CUT = {
    "relu": lambda d, x: d.relu(x),
    "clamp": lambda d, x: x.clamp(min=0.0),
    "maximum": lambda d, x: d.maximum(x, x.detach() * 0),
    "minimum": lambda d, x: -d.minimum(-x, x.detach() * 0),
    "where": lambda d, x: d.where(x > 0, x, x.detach() * 0),
    "where, turned": lambda d, x: d.where(x <= 0, x.detach() * 0, x),
    "dropout": lambda d, x: d.dropout(x, 1.0),
    "amax": lambda d, x: d.stack([x, x.detach() * 0]).amax(0),
    "amin": lambda d, x: -d.stack([-x, x.detach() * 0]).amin(0),
    "max_pool1d": lambda d, x: d.max_pool1d(d.stack([x, x.detach() * 0], 1).reshape(1, 1, -1), 2),
    "max_pool1d, overlapping": lambda d, x: d.max_pool1d(d.stack([x, x.detach() * 0], 1).reshape(1, 1, -1), 2, 1),
}


@pytest.mark.parametrize("f", CUT.values(), ids=CUT)
def test_a_root_behind_a_cut_sends_nothing_back(f):
    """sqrt is infinitely steep at 0, where the cut has put x: the slope of the whole is 0, not 0 times infinity."""
    for dtype in "fd":
        _, g = gradients(dn, lambda d, x: f(d, x).sqrt(), [np.array([-1, -2], dtype)], 1)
        np.testing.assert_array_equal(g, [0, 0])


@BACK_ENDS
def test_what_is_dropped_is_0_whatever_it_was(d):
    x = np.full((50, 4, 2, 3), np.nan)
    for name in ("dropout", "dropout2d"):
        drop = lambda d, x, f=name: getattr(d, f)(x, generator=np.random.default_rng(0))  # noqa: E731
        kept = np.asarray(drop(d, d.ones(*x.shape))) > 0
        y, g = gradients(d, drop, [x], np.inf)
        np.testing.assert_array_equal(y, np.where(kept, np.nan, 0))
        np.testing.assert_array_equal(g, np.where(kept, np.inf, 0))


# ---------------------------------------------------------------------- losses
RULED_OUT = np.array([[-np.inf, 1, 2], [-np.inf, 0, 1], [np.nan, np.nan, np.nan], [-np.inf] * 3])


@BACK_ENDS
def test_cross_entropy_with_a_class_ruled_out_and_examples_ignored(d):
    x, labels = d.tensor(RULED_OUT[:2], requires_grad=True), d.tensor([1, -100])
    loss = d.cross_entropy(x, labels)
    loss.backward()
    assert loss.item() == pytest.approx(1.3132616875)
    np.testing.assert_allclose(x.grad.tolist(), [[0, -0.7310585786, 0.7310585786], [0, 0, 0]])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("loss", [
    lambda x, labels, how: dn.cross_entropy(x, labels, reduction=how),
    lambda x, labels, how: dn.cross_entropy(
        x[:, 1:], labels - 1, ignore_index=-101, label_smoothing=0.1, reduction=how
    ),
    lambda x, labels, how: dn.nll_loss(x, labels, reduction=how),
], ids=["cross_entropy", "smoothed", "nll_loss"])  # fmt: skip
def test_an_ignored_example_counts_nothing_whatever_it_holds(loss, reduction):
    labels, g = dn.tensor([1, -100, -100, -100]), [1, np.nan, np.inf, 1] if reduction == "none" else [1]
    whole, d_whole = gradients(dn, lambda d, x: loss(x, labels, reduction), [RULED_OUT], g)
    alone, d_alone = gradients(dn, lambda d, x: loss(x, labels[:1], reduction), [RULED_OUT[:1]], 1)
    np.testing.assert_array_equal(np.ravel(whole)[0], np.ravel(alone)[0])
    np.testing.assert_array_equal(np.ravel(whole)[1:], 0)
    np.testing.assert_array_equal(d_whole, np.concatenate([d_alone, np.zeros((3, 3))]))


def test_a_share_of_0_counts_nothing():
    law, certain = dn.tensor([[0.0, 0.25, 0.75]]), dn.tensor([[-np.inf, 0.0, 1.0]])
    assert dn.cross_entropy(certain, law).item() == pytest.approx(0.5632617)
    assert np.isfinite(dn.kl_div(dn.log_softmax(certain, 1).detach(), law).item())
    assert dn.cross_entropy(certain, dn.tensor([1]), dn.tensor([0.0, 1.0, 1.0])).item() == pytest.approx(1.3132617)
    unpaid = dn.cross_entropy(certain, dn.tensor([0]), dn.tensor([0.0, 1.0, 1.0]), reduction="sum")
    assert unpaid.item() == 0


@pytest.mark.filterwarnings("error")
def test_a_certain_answer_that_is_right_costs_nothing():
    x, t = np.array([np.inf, -np.inf, np.inf, 0.0]), np.array([1.0, 0.0, 0.0, 1.0])
    for weight in (None, dn.tensor([1.0, 1.0, 0.0, 1.0], dtype="float64")):
        value, g, _ = gradients(
            dn, lambda d, x, t, w=weight: d.binary_cross_entropy_with_logits(x, t, w, reduction="none"), [x, t], 1
        )
        np.testing.assert_allclose(value, [0, 0, np.inf if weight is None else 0, np.log(2)])
        np.testing.assert_allclose(g, [0, 0, 1 if weight is None else 0, -0.5])


# ---------------------------------------------------------------------- sequences
@BACK_ENDS
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "RNN of relu"])
@pytest.mark.parametrize("two_ways", [False, True])
def test_what_lies_beyond_a_sequence_is_never_seen(d, kind, two_ways):
    """nan in the padding, and a gradient of nan there: outputs and gradients are those of a padding of 0."""
    options = {"nonlinearity": "relu"} if "relu" in kind else {}
    net = getattr(d, kind.split()[0])(
        3, 4, 2, bidirectional=two_ways, generator=np.random.default_rng(0), dtype=d.float64, **options
    )
    lengths, rng = [5, 2, 1], np.random.default_rng(1)
    beyond = np.arange(5)[:, None] >= lengths
    x, g = rng.normal(size=(5, 3, 3)), rng.normal(size=(5, 3, 4 * (1 + two_ways)))
    found = []
    for filler in (0, np.nan, np.inf):
        arrays = [np.where(beyond[:, :, None], filler, a) for a in (x, g)]
        found.append(gradients(d, lambda d, x: net(x, lengths=lengths)[0], arrays[:1], arrays[1]))
        found[-1] += [np.array(p.grad.tolist()) for p in net.parameters()]
        for p in net.parameters():
            p.grad = None
    for zeros, *others in zip(*found, strict=True):
        assert np.isfinite(zeros).all()
        for other in others:
            np.testing.assert_array_equal(other, zeros)
