"""Bad input fails alike: where the PyTorch twin is a wrapper, with the same exception and the same words."""

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt


def _linear(d, x, w, b=None):
    return d.linear(d.tensor(x), d.tensor(w), None if b is None else d.tensor(b))


def f(*shape):
    return np.ones(shape, "f")


LABELS = np.array([0, 2])
BAD = {
    "linear: list": lambda d: d.linear([1.0], d.ones(2, 1)),
    "linear: array": lambda d: d.linear(np.ones((1, 2), "f"), d.ones(3, 2)),
    "linear: weight array": lambda d: d.linear(d.ones(1, 2), np.ones((3, 2), "f")),
    "linear: bias array": lambda d: d.linear(d.ones(1, 2), d.ones(3, 2), np.ones(3, "f")),
    "linear: integer input": lambda d: _linear(d, np.ones((1, 2), int), f(3, 2)),
    "linear: boolean input": lambda d: _linear(d, np.ones((1, 2), bool), f(3, 2)),
    "linear: width": lambda d: _linear(d, f(5, 4), f(3, 2)),
    "linear: 0-d": lambda d: _linear(d, f(), f(3, 2)),
    "linear: 1-d weight": lambda d: _linear(d, f(5, 2), f(2)),
    "linear: 3-d weight": lambda d: _linear(d, f(5, 2), f(1, 3, 2)),
    "linear: bias shape": lambda d: _linear(d, f(5, 2), f(3, 2), f(2)),
    "linear: bias row": lambda d: _linear(d, f(5, 2), f(3, 2), f(1, 3)),
    "linear: float64 input": lambda d: _linear(d, np.ones((5, 2)), f(3, 2)),
    "linear: integer weight": lambda d: _linear(d, f(5, 2), np.ones((3, 2), int)),
    "linear: float64 bias": lambda d: _linear(d, f(5, 2), f(3, 2), np.ones(3)),
    "Linear: no inputs": lambda d: d.Linear(0, 2),
    "Linear: negative": lambda d: d.Linear(3, -2),
    "Linear: float": lambda d: d.Linear(3.0, 2),
    "Linear: truth": lambda d: d.Linear(3, True),
    "Linear: text": lambda d: d.Linear("3", 2),
    "Linear: seed": lambda d: d.Linear(3, 2, generator=0),
    "Linear: seed 1": lambda d: d.Linear(3, 2, generator=1),
    "Linear: width": lambda d: d.Linear(3, 2)(d.ones(4, 2)),
    "Linear: array": lambda d: d.Linear(3, 2)(np.ones((4, 3), "f")),
    "Linear: float64": lambda d: d.Linear(3, 2)(d.ones(4, 3, dtype=d.float64)),
    "uniform_: seed": lambda d: d.uniform_(d.ones(2), generator=3),
    "normal_: seed": lambda d: d.normal_(d.ones(2), generator=3),
    "uniform_: array": lambda d: d.uniform_(np.zeros(2)),
    "normal_: list": lambda d: d.normal_([1.0]),
    "kaiming_normal_: array": lambda d: d.kaiming_normal_(np.zeros((2, 2))),
    "kaiming_uniform_: empty": lambda d: d.kaiming_uniform_(d.ones(2, 0)),
    "xavier_uniform_: vector": lambda d: d.xavier_uniform_(d.ones(2)),
    "xavier_normal_: scalar": lambda d: d.xavier_normal_(d.ones(())),
    "kaiming_uniform_: vector": lambda d: d.kaiming_uniform_(d.ones(2)),
    "kaiming_normal_: mode": lambda d: d.kaiming_normal_(d.ones(2, 2), mode="fan"),
    "mse_loss: shapes": lambda d: d.mse_loss(d.ones(3), d.ones(3, 1)),
    "mse_loss: broadcastable": lambda d: d.mse_loss(d.ones(3, 1), d.ones(3)),
    "mse_loss: empty": lambda d: d.mse_loss(d.ones(0, 2), d.ones(0, 2)),
    "mse_loss: integers": lambda d: d.mse_loss(d.tensor([1]), d.tensor([1])),
    "mse_loss: array": lambda d: d.mse_loss(d.ones(3), np.ones(3)),
    "mse_loss: number": lambda d: d.mse_loss(d.ones(()), 1.0),
    "mse_loss: reduction": lambda d: d.mse_loss(d.ones(3), d.ones(3), reduction="max"),
    "mse_loss: reduction None": lambda d: d.mse_loss(d.ones(3), d.ones(3), reduction=None),
    "cross_entropy: 1-d": lambda d: d.cross_entropy(d.ones(3), d.tensor(1)),
    "cross_entropy: 3-d": lambda d: d.cross_entropy(d.ones(3, 2, 2), d.tensor([1])),
    "cross_entropy: empty": lambda d: d.cross_entropy(d.ones(0, 3), d.tensor(np.zeros(0, int))),
    "cross_entropy: no class": lambda d: d.cross_entropy(d.ones(2, 0), d.tensor(LABELS)),
    "cross_entropy: float labels": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0.0, 1.0])),
    "cross_entropy: NaN labels": lambda d: d.cross_entropy(d.ones(1, 3), d.tensor([float("nan")])),
    "cross_entropy: boolean labels": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([True, False])),
    "cross_entropy: one-hot": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(np.eye(3, dtype=int)[:2])),
    "cross_entropy: label column": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(LABELS[:, None])),
    "cross_entropy: label count": lambda d: d.cross_entropy(d.ones(3, 3), d.tensor(LABELS)),
    "cross_entropy: label high": lambda d: d.cross_entropy(d.ones(2, 2), d.tensor(LABELS)),
    "cross_entropy: label low": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(LABELS - 1)),
    "cross_entropy: integer scores": lambda d: d.cross_entropy(d.tensor([[1, 2, 3]] * 2), d.tensor(LABELS)),
    "cross_entropy: array labels": lambda d: d.cross_entropy(d.ones(2, 3), LABELS),
    "cross_entropy: list labels": lambda d: d.cross_entropy(d.ones(2, 3), [0, 2]),
    "cross_entropy: reduction": lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(LABELS), reduction="avg"),
    "bce: shapes": lambda d: d.binary_cross_entropy_with_logits(d.ones(3, 1), d.ones(3)),
    "bce: empty": lambda d: d.binary_cross_entropy_with_logits(d.ones(0), d.ones(0)),
    "bce: integer target": lambda d: d.binary_cross_entropy_with_logits(d.ones(2), d.tensor(LABELS)),
    "bce: integer input": lambda d: d.binary_cross_entropy_with_logits(d.tensor(LABELS), d.ones(2)),
    "bce: array": lambda d: d.binary_cross_entropy_with_logits(np.ones(2), d.ones(2)),
    "bce: reduction": lambda d: d.binary_cross_entropy_with_logits(d.ones(2), d.ones(2), reduction="batchmean"),
}


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
