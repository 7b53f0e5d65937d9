"""Every derivative of `dlnotes.numpy` against finite differences, and the check against wrong derivatives."""

import numpy as np
import pytest

import dlnotes.numpy as dn
from dlnotes.numpy.tensor import record
from tests.cases import CASES
from tests.gradcheck import check_gradient


def _float_output(case, *inputs):
    """The case's result as one Tensor on the tape, or None where it has none."""
    out = case.function(dn, *inputs)
    tensors = [y for y in (out if isinstance(out, tuple) else (out,)) if isinstance(y, dn.Tensor)]
    on_tape = [y.flatten() for y in tensors if y.requires_grad and not y.is_leaf and y.dtype == dn.float64]
    return dn.concatenate(on_tape) if on_tape else None


def _inputs(case, floats):
    floats = iter(floats)
    return [next(floats) if a.dtype.kind == "f" else dn.tensor(a) for a in case.arrays]


def _differentiable(case):
    floats = [dn.tensor(a, requires_grad=True) for a in case.arrays if a.dtype.kind == "f"]
    return bool(floats) and _float_output(case, *_inputs(case, floats)) is not None


DIFFERENTIABLE = [case for case in CASES if _differentiable(case)]


@pytest.mark.parametrize("case", [case for case in DIFFERENTIABLE if case.stepped], ids=lambda case: case.name)
def test_gradient(case):
    def f(*floats):
        live = [x if x.requires_grad else dn.tensor(x, requires_grad=True) for x in floats]
        return _float_output(case, *_inputs(case, live))

    check_gradient(f, *(a for a in case.arrays if a.dtype.kind == "f"))


def test_most_names_are_differentiable():
    assert len({case.name for case in DIFFERENTIABLE}) > 60


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.name)
def test_gradient_has_the_shape_and_dtype_of_its_input(case):
    floats = [dn.tensor(a, requires_grad=True, dtype="float32") for a in case.arrays if a.dtype.kind == "f"]
    out = case.function(dn, *_inputs(case, floats))
    for y in out if isinstance(out, tuple) else (out,):
        if isinstance(y, dn.Tensor) and y.requires_grad and not y.is_leaf:
            y.backward(np.ones(y.shape), retain_graph=True)
    for x in floats:
        assert x.grad is None or (x.grad.dtype, x.grad.shape) == (dn.float32, x.shape)


# ---------------------------------------------------------------------- the check finds what is wrong
def _wrong(vjp):
    return lambda x: record(np.maximum(x.data, 0), (x, lambda g: vjp(g, x.data)))


KINKED = np.array([[0.0, 1.0, -2.0], [3.0, 0.0, -1.0]])


@pytest.mark.parametrize(
    "vjp",
    [
        lambda g, x: g * (x > 0) * 1.001,  # wrong where smooth
        lambda g, x: g * (x >= 0) * np.where(x == 0, 1.5, 1),  # beyond both slopes at the kink
        lambda g, x: g * np.where(x == 0, -0.5, x > 0),
        lambda g, x: (g * (x > 0))[::-1],  # right numbers in wrong places
        lambda g, x: g * (x > 0) * np.where(x == 0, 1, np.nan),
    ],
)
def test_check_finds_a_wrong_gradient(vjp):
    with pytest.raises(AssertionError):
        check_gradient(_wrong(vjp), KINKED)


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_check_accepts_any_slope_between_those_of_a_kink(at_zero):
    check_gradient(_wrong(lambda g, x: g * np.where(x == 0, at_zero, x > 0)), KINKED)


def test_check_tells_which_entry_is_wrong():
    with pytest.raises(AssertionError, match="input 0, entry 3"):
        check_gradient(_wrong(lambda g, x: g * (x > 0) * np.where(x == 3, 2, 1)), KINKED)
