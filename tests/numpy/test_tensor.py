"""Tensors as a student and as an expert would try them: what works, and that the rest says why not."""

import math

import numpy as np
import pytest

import dlnotes.numpy as dn

X = dn.tensor([1.0, 2.0, 3.0])


def leaf(*values):
    return dn.tensor(list(values), requires_grad=True)


# ---------------------------------------------------------------------- making
@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, "int64"), (1.5, "float32"), (True, "bool"), ([], "float32"), ([[1, 2]], "int64"), ([1, 2.5], "float32"),
        (np.float64(1), "float64"), (np.ones(2), "float64"), (np.ones(2, "f4"), "float32"), (np.ones(2, "u1"), "uint8"),
        ([np.float64(1), 2.0], "float64"), ([np.ones(2)] * 2, "float64"), ([dn.ones(2), dn.zeros(2)], "float32"),
        ((1.0, 2.0), "float32"), (range(3), "int64"), (dn.tensor([1.5]), "float32"), (np.ones(2, "f2"), "float16"),
    ],
)  # fmt: skip
def test_dtype_of_data(data, dtype):
    assert dn.tensor(data).dtype == dtype


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dn.tensor([[1, 2], [3]]),
         ValueError, r"data: expected numbers in rows of one length, got \[\[1, 2\], \[3\]\]"),
        (lambda: dn.tensor("abc"), TypeError, "data: expected real numbers, got str"),
        (lambda: dn.tensor(["a", "b"]), TypeError, "data: expected real numbers, got list"),
        (lambda: dn.tensor(None), TypeError, "data: expected real numbers, got NoneType"),
        (lambda: dn.tensor({1: 2}), TypeError, "data: expected real numbers, got dict"),
        (lambda: dn.tensor([1j]), TypeError, "data: expected real numbers, got list of complex128"),
        (lambda: dn.tensor([1.0], dtype="nonsense"), TypeError, "nonsense"),
        (lambda: dn.tensor([1, 2], requires_grad=True),
         TypeError, "requires_grad: only float32 and float64 .* got int64"),
        (lambda: dn.tensor([True], requires_grad=True), TypeError, "got bool"),
        (lambda: dn.tensor(np.ones(2, "f2"), requires_grad=True), TypeError, "got float16"),
        (lambda: dn.tensor([1]).requires_grad_(), TypeError, "got int64"),
        (lambda: setattr(dn.tensor([1]), "requires_grad", True), TypeError, "got int64"),
        (lambda: setattr(leaf(1.0) * 2, "requires_grad", False), RuntimeError, r"detach\(\)"),
        (lambda: dn.Parameter([1, 2]), TypeError, "got int64"),
        (lambda: setattr(X, "shape", (3, 1)), AttributeError, "shape"),
        (lambda: setattr(X, "name", "x"), AttributeError, "name"),
        (lambda: dn.zeros(-1), ValueError, "negative"),
        (lambda: dn.zeros(2.5), TypeError, "2.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_made(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ---------------------------------------------------------------------- beside NumPy and Python
@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * 2, lambda x: x + 1.5, lambda x: x / 3, lambda x: 2**x, lambda x: x**2, lambda x: 1 - x,
        lambda x: x + True,
        lambda x: x * np.float64(2), lambda x: np.float64(2) * x, lambda x: x * np.int64(2), lambda x: np.int64(2) * x,
        lambda x: x * np.float32(2), lambda x: x * [1, 2, 3], lambda x: x * dn.tensor([1, 2, 3]),
        lambda x: dn.tensor([1, 2, 3]) / x,
        lambda x: x * (x > 1), lambda x: np.arange(3) * x, lambda x: x + np.ones(3, bool),
        lambda x: dn.where(x > 1, x, 0),
        lambda x: dn.where(x > 1, 0.5, x), lambda x: dn.maximum(x, dn.tensor([2, 2, 2])),
        lambda x: dn.matmul(x, dn.tensor([1, 2, 3])),
        lambda x: x.mean(), lambda x: x.var(), lambda x: dn.softmax(x, 0), lambda x: x.clamp(0.5, 2),
        lambda x: x.clamp(np.float64(1.5)),
        lambda x: sum(x), lambda x: sum([x, x]), lambda x: abs(x), lambda x: -x, lambda x: x[[0, 0]],
        lambda x: x.argmax() * x,
    ],
)  # fmt: skip
def test_float32_stays_float32(make):
    x = leaf(1.0, 2.0, 3.0)
    y = make(x)
    assert y.dtype == dn.float32
    y.sum().backward()
    assert x.grad.dtype == dn.float32


@pytest.mark.parametrize("f", [dn.exp, dn.log, dn.sqrt, dn.sin, dn.cos, dn.mean, dn.var,
                               lambda i: i / 2, lambda i: i * 0.5,
                               lambda i: 1 / i, lambda i: i / i, lambda i: 0.5 - i])  # fmt: skip
@pytest.mark.parametrize("dtype", ["int64", "uint8", "int32"])
def test_whole_numbers_become_float32(f, dtype):
    i = dn.tensor([1, 2, 4], dtype=dtype)
    assert f(i).dtype == dn.float32
    np.testing.assert_allclose(f(i).data, f(i.double()).data, rtol=1e-6)


def test_arrays_on_the_left_give_tensors():
    x, a = leaf(1.0, 2.0), np.array([3.0, 4.0])
    for y in (a + x, a - x, a * x, a / x, a**x, a @ x, a == x, a < x):
        assert isinstance(y, dn.Tensor)
    (a @ x).backward()
    assert x.grad.tolist() == [3, 4]
    with pytest.raises(TypeError):
        a += x


@pytest.mark.parametrize("ufunc", [np.exp, np.maximum.reduce, np.isnan])
def test_ufuncs_refuse_tensors(ufunc):
    with pytest.raises(TypeError, match="ufunc"):
        ufunc(X)


def test_asarray_reads_but_does_not_lose_a_gradient():
    a = np.asarray(X)
    assert a.tolist() == [1, 2, 3]
    assert not a.flags.writeable
    b = np.array(X)
    b[0] = 9
    assert X.tolist() == [1, 2, 3]
    assert np.asarray(X, dtype="float64").dtype == "float64"
    join, rebuild, read = lambda x: np.concatenate([x, x]), lambda x: dn.tensor([x, x]), lambda x: x.numpy()
    for lose in (np.asarray, np.array, join, rebuild, read):
        with pytest.raises(RuntimeError, match=r"requires a gradient; call x.detach\(\)"):
            lose(leaf(1.0))
    assert dn.tensor(leaf(1.0)).tolist() == [1]


def test_python_numbers():
    one = dn.tensor([[2.0]])
    assert (float(one), int(one), bool(one), one.item()) == (2.0, 2, True, 2.0)
    assert math.sqrt(dn.tensor(4.0)) == 2
    assert ["a", "b", "c"][dn.tensor([1, 2]).argmax()] == "b"
    assert list(range(dn.tensor(3))) == [0, 1, 2]
    assert f"{leaf(0.12345):.3f}" == "0.123"
    assert f"{dn.tensor(7):>3}" == "  7"
    assert f"{dn.tensor(1.5)}" == "1.5"
    assert f"{X}" == "tensor([1., 2., 3.])"
    assert repr(leaf(1.0)) == "tensor([1.], requires_grad=True)"
    assert max(dn.tensor(1.0), dn.tensor(3.0)).item() == 3
    for wrong in (float, int, lambda x: f"{x:.2f}", lambda x: x.item()):
        with pytest.raises(ValueError, match="size 1"):
            wrong(X)
    with pytest.raises(TypeError, match="integer"):
        ["a"][dn.tensor(0.0)]


def test_truth_of_many_is_ambiguous():
    for ask in (lambda: bool(X), lambda: 0 < X < 2, lambda: X > 0 and X < 2, lambda: not X, lambda: bool(dn.zeros(0))):
        with pytest.raises(ValueError, match=r"not one truth; ask x.any\(\) or x.all\(\)"):
            ask()
    assert ((X > 0) & (X < 2)).tolist() == [True, False, False]
    assert (~(X > 1) | (X == 3)).tolist() == [True, False, True]
    assert (X == X).all()
    assert not (X > 3).any()
    assert 2 in X
    assert 2 in X.reshape(3, 1)
    assert 5 not in X


def test_walking_over():
    assert [v.item() for v in X] == [1, 2, 3]
    assert len(X.reshape(1, 3)) == 1
    assert [a.tolist() for a in dn.ones(2, 1)] == [[1], [1]]
    for wrong in (len, list):
        with pytest.raises(TypeError):
            wrong(dn.tensor(1.0))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: X + "a", TypeError, "expected real numbers, got str"),
        (lambda: X * None, TypeError, "expected real numbers, got NoneType"),
        (lambda: X // 2, TypeError, "//"),
        (lambda: X + dn.ones(2), ValueError, r"\(3,\).*\(2,\)"),
        (lambda: X[5], IndexError, "out of bounds"),
        (lambda: X[1.0], IndexError, "integers"),
        (lambda: X[X], IndexError, "integer"),
        (lambda: X["a"], IndexError, "integers"),
        (lambda: X[0, 0], IndexError, "too many indices"),
        (lambda: X @ dn.ones(2), ValueError, r"shapes \(3,\) and \(2,\)"),
        (lambda: X @ 2, ValueError, r"shapes \(3,\) and \(\)"),
        (lambda: dn.matmul(dn.ones(2, 3), dn.ones(2, 3)), ValueError, r"shapes \(2, 3\) and \(2, 3\)"),
        (lambda: dn.matmul(X, [1]), TypeError, "other: expected a Tensor, got list; wrap it with tensor"),
        (lambda: dn.exp(2.0), TypeError, "input: expected a Tensor, got float"),
        (lambda: dn.relu(np.ones(2)), TypeError, "input: expected a Tensor, got ndarray"),
        (lambda: dn.tanh([1.0]), TypeError, "input: expected a Tensor, got list"),
        (lambda: dn.maximum(X, 0), TypeError, "other: expected a Tensor, got int"),
        (lambda: dn.where(X, X, X), TypeError, "condition: expected dtype bool, got float32"),
        (lambda: dn.where(True, X, X), TypeError, "condition: expected a Tensor, got bool"),
        (lambda: X.clamp(), ValueError, "clamp: expected min, max or both, got neither"),
        (lambda: X.sum(1), ValueError, "dim: expected distinct axes of a 1-d Tensor, got 1"),
        (lambda: X.sum((0, -1)), ValueError, "dim: expected distinct axes"),
        (lambda: X.mean("a"), TypeError, "str"),
        (lambda: dn.zeros(0).amax(), ValueError, r"input: expected at least one element .* shape \(0,\)"),
        (lambda: dn.zeros(2, 0).amin(1), ValueError, "expected at least one element along dim 1"),
        (lambda: X.reshape(2, 2), ValueError, "cannot reshape array of size 3"),
        (lambda: dn.flatten(dn.ones(2, 3), 1, 0), ValueError, "start_dim: expected at most end_dim, got 1 and 0"),
        (lambda: dn.flatten(X, 2), ValueError, "dim: expected distinct axes"),
        (lambda: X.transpose(0, 2), ValueError, "axis 2 is out of bounds"),
        (lambda: dn.ones(2, 3).permute(0, 0), ValueError, "dim: expected distinct axes"),
        (lambda: dn.ones(2, 3).permute(0), ValueError, r"dims: expected all 2 axes, got \(0,\)"),
        (lambda: dn.permute(dn.ones(2, 3), ()), ValueError, "dims: expected all 2 axes"),
        (lambda: X.max(1), ValueError, "dim: expected distinct axes of a 1-d Tensor, got 1"),
        (lambda: dn.zeros(2, 0).max(1), ValueError, r"expected at least one element along dim 1, got shape \(2, 0\)"),
        (lambda: dn.zeros(0).min(), ValueError, "expected at least one element"),
        (lambda: dn.max(2.0, 0), TypeError, "input: expected a Tensor, got float"),
        (lambda: X.unsqueeze(2), ValueError, "dim: expected a place from -2 to 1, got 2"),
        (lambda: X.squeeze(1), ValueError, "dim: expected distinct axes of a 1-d Tensor, got 1"),
        (lambda: X.size(1), ValueError, "dim: expected distinct axes of a 1-d Tensor, got 1"),
        (lambda: X.view(2), ValueError, "cannot reshape"),
        (lambda: X.sum(0, axis=0), TypeError, "multiple values for argument 'dim'"),
        (lambda: dn.arange(0, 5, -1), ValueError, "step: expected one that leads from 0 to 5, got -1"),
        (lambda: dn.arange(0, 5, 0), ValueError, "step: expected one that leads from 0 to 5, got 0"),
        (lambda: dn.arange(math.inf), ValueError, "end: expected a finite number, got inf"),
        (lambda: dn.arange("5"), TypeError, "end: expected a number, got '5'"),
        (lambda: dn.randn(2), TypeError, "generator"),
        (lambda: None in X, TypeError, "expected real numbers, got NoneType"),
        (lambda: dn.concatenate([]), ValueError, "tensors: expected at least one Tensor, got none"),
        (lambda: dn.stack([]), ValueError, "tensors: expected at least one Tensor, got none"),
        (lambda: dn.concatenate([X, np.ones(2)]), TypeError, "tensors: expected a Tensor, got ndarray"),
        (lambda: dn.concatenate([X, dn.ones(2, 2)]), ValueError, "dimension"),
        (lambda: dn.concatenate([X, X], 1), ValueError, "axis 1 is out of bounds"),
        (lambda: dn.concatenate(X), ValueError, "zero-dimensional"),
        (lambda: dn.stack([X, dn.ones(2)]), ValueError, "same shape"),
        (lambda: dn.softmax(dn.tensor([1, 2]), 0), TypeError, "input: expected a floating dtype, got int64"),
        (lambda: dn.tanh(dn.tensor([1, 2])), TypeError, "input: expected a floating dtype, got int64"),
        (lambda: dn.softmax(X, 1), ValueError, "axis 1 is out of bounds"),
        (lambda: X.to("complex64"), TypeError, "expected real numbers, got ndarray of complex64"),
        (lambda: X.to(str), TypeError, "expected real numbers"),
        (lambda: X.clamp(min=dn.ones(3)), TypeError, "Tensor"),
        (lambda: dn.zeros(0).argmax(), ValueError, "empty"),
        (lambda: dn.tensor([2]) ** -1, ValueError, "negative integer powers"),
        (lambda: X & X, TypeError, "bitwise_and"),
        (lambda: X.copy_(dn.ones(2)), ValueError, r"other: expected shape \(3,\), got \(2,\)"),
        (lambda: np.sum(X), TypeError, "out"),  # axis it would take
        (lambda: X.nope, AttributeError, "nope"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_numpy_integers_are_axes_and_sequences_of_tensors_may_be_iterators():
    x = dn.ones(2, 3)
    assert x.sum(np.int64(1)).tolist() == [3, 3]
    assert dn.concatenate(iter([x, x])).shape == (4, 3)
    assert dn.stack(t for t in [x, x]).shape == (2, 2, 3)
    assert dn.stack(x, 1).tolist() == x.T.tolist()


def test_nan_and_infinity_pass_through():
    x = dn.tensor([float("nan"), float("inf"), -1.0])
    assert np.isnan(dn.relu(x).tolist()[0])
    assert dn.relu(x).tolist()[1:] == [math.inf, 0]
    assert np.isnan(dn.maximum(x, dn.zeros(3)).tolist()[0])
    assert np.isnan(x.sum().item())
    assert np.isnan(x.amax().item())
    assert np.isnan(dn.log(x).tolist()[2])
    assert np.isnan(dn.sqrt(x).tolist()[2])
    assert dn.log(dn.zeros(1)).item() == -math.inf
    assert dn.softmax(dn.tensor([0.0, -math.inf]), 0).tolist() == [1, 0]


def test_whole_number_results_leave_the_tape():
    y = leaf(1.5, 2.5).to(dn.int64)
    assert not y.requires_grad
    assert y.numpy().tolist() == [1, 2]


def test_a_repeated_index_in_any_notation_collects_all_its_gradients():
    for index in ([0, 0], (0, 0), np.array([0, 0]), dn.tensor([0, 0])):
        x = leaf(1.0, 2.0)
        x[(index,)].sum().backward()
        assert x.grad.tolist() == [2, 0]


def test_comparisons_record_nothing():
    x = leaf(1.0, 2.0)
    results = x > 1, x >= 1, x < 1, x <= 1, x == 1, x != 1, x.argmax(), x.all(), x.any()
    assert not any(y.requires_grad for y in results)


def test_equal_tensors_are_different_keys():
    a, b = dn.ones(2), dn.ones(2)
    assert len({a, b}) == 2
