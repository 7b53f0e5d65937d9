"""Bad input fails alike: where the PyTorch twin is a wrapper, with the same exception and the same words."""

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from tests.cases import BAD


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_same_error_in_the_same_words(bad):
    with pytest.raises((ValueError, TypeError)) as ours:
        bad(dn)
    with pytest.raises((ValueError, TypeError)) as theirs:
        bad(dt)
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)
    argument, _, rest = str(ours.value).partition(": ")
    assert argument.isidentifier()
    assert "expected" in rest
    assert "got" in rest


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("cross_entropy: label high", "target: expected labels from 0 to 1, got 2"),
        ("cross_entropy: label low", "target: expected labels from 0 to 2, got -1"),
        ("cross_entropy: float labels", "target: expected labels of a whole-number dtype, got float32"),
        ("cross_entropy: label count", "target: expected labels of shape (3,), got (2,)"),
        ("cross_entropy: 1-d", "input: expected scores of shape (N, C), got (3,)"),
        ("linear: width", "input: expected shape (..., 2), got (5, 4)"),
        ("linear: bias shape", "bias: expected shape (3,), got (2,)"),
        ("linear: float64 input", "input: expected dtype float32, that of weight, got float64"),
        ("linear: integer weight", "weight: expected a floating dtype, got int64"),
        ("linear: list", "input: expected a Tensor, got list; wrap it with tensor()"),
        ("mse_loss: shapes", "target: expected the shape of input, (3,), got (3, 1)"),
        ("Linear: no inputs", "in_features: expected at least 1, got 0"),
        ("Linear: negative", "out_features: expected at least 1, got -2"),
    ],
)
def test_the_words(bad, words):
    with pytest.raises((ValueError, TypeError)) as error:
        BAD[bad](dn)
    assert str(error.value) == words


RANKED = {
    "conv1d": lambda d, x: d.conv1d(x, d.ones(2, 4, 2)),
    "conv2d": lambda d, x: d.conv2d(x, d.ones(2, 4, 2, 2)),
    "conv_transpose2d": lambda d, x: d.conv_transpose2d(x, d.ones(4, 2, 2, 2)),
    "LocallyConnected2d": lambda d, x: d.LocallyConnected2d(4, 2, (4, 4), 2)(x),
    **{f"{name}{n}d": lambda d, x, f=f"{name}{n}d": getattr(d, f)(x, 2)
       for name in ("max_pool", "avg_pool", "adaptive_avg_pool") for n in (1, 2)},
    **{name: lambda d, x, f=name: getattr(d, f)(x, 2, 2) for name in ("lp_pool1d", "lp_pool2d")},
    **{name: lambda d, x, f=name: getattr(d, f)(4)(x) for name in ("BatchNorm1d", "BatchNorm2d", "InstanceNorm2d")},
    "batch_norm": lambda d, x: d.batch_norm(x, None, None, training=True),
    "instance_norm": lambda d, x: d.instance_norm(x),
    "GroupNorm": lambda d, x: d.GroupNorm(2, 4)(x),
    "LayerNorm": lambda d, x: d.LayerNorm((4, 4))(x),
    "local_response_norm": lambda d, x: d.local_response_norm(x, 2),
    "dropout2d": lambda d, x: d.dropout2d(x),
}  # fmt: skip


@pytest.mark.parametrize("layer", RANKED.values(), ids=RANKED)
def test_each_rank_is_taken_or_refused_alike(layer):
    """An image without its batch, a batch of signals for images: the shape that came out, or the same words."""
    for axes in range(7):
        found = []
        for d in (dn, dt):
            try:
                found.append(tuple(layer(d, d.ones((4,) * axes)).shape))
            except (ValueError, TypeError) as error:
                assert str(error).startswith("input: expected"), error
                found.append(str(error))
        assert found[0] == found[1]


def _linear(d, x, w):
    return d.linear(d.tensor(x), d.tensor(w))


def f(*shape):
    return np.ones(shape, "f")


LABELS = np.array([0, 2])
GOOD = {
    "NumPy sizes": lambda d: d.Linear(np.int64(3), np.int32(2)),
    "small labels": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(LABELS.astype("u1"))),
    "strided input": lambda d: _linear(d, f(2, 5).T.copy(), f(3, 2)),
    "int32 labels": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(LABELS.astype("i4"))),
}


@pytest.mark.parametrize("good", GOOD.values(), ids=GOOD)
def test_odd_but_good_input_passes(good):
    good(dn)
    good(dt)
