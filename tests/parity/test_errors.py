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
