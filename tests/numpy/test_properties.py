"""Laws that hold for every input, tried on examples that hypothesis draws (the same ones each run)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import dlnotes.numpy as dn
from dlnotes.numpy.tensor import sum_to_shape
from tests.gradcheck import vjp

numbers = st.floats(-1e3, 1e3).map(lambda v: round(v, 6))
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
full_shapes = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def arrays(shape=full_shapes, elements=numbers):
    return hnp.arrays("float64", shape, elements=elements)


@st.composite
def arrays_that_broadcast(draw):
    given_shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4)).input_shapes
    return tuple(draw(arrays(shape)) for shape in given_shapes)


@st.composite
def array_and_axis(draw, elements=numbers):
    array = draw(arrays(elements=elements))
    return array, draw(st.integers(-array.ndim, array.ndim - 1))


def draws(*shape):
    return np.random.default_rng(0).normal(size=shape)


# ---------------------------------------------------------------------- broadcasting
@given(arrays_that_broadcast())
def test_operators_broadcast_as_numpy_and_gradients_come_back_in_shape(ab):
    a, b = ab
    choose = lambda x, y: dn.where(x > y, x, y)  # noqa: E731
    for f in (lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, dn.maximum, choose):
        out = f(dn.tensor(a), dn.tensor(b))
        assert out.shape == np.broadcast_shapes(a.shape, b.shape)
        assert [g.shape for g in vjp(f, ab, np.ones(out.shape))] == [a.shape, b.shape]
    np.testing.assert_array_equal((dn.tensor(a) * dn.tensor(b)).data, a * b)
    np.testing.assert_array_equal((dn.tensor(a) - dn.tensor(b)).data, a - b)


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3))
def test_sum_to_shape_is_the_transpose_of_broadcasting(drawn):
    small, large = drawn.input_shapes[0], drawn.result_shape
    v, g = draws(*small), draws(*large)
    back = sum_to_shape(g, small)
    assert back.shape == small
    np.testing.assert_allclose(np.vdot(np.broadcast_to(v, large), g), np.vdot(v, back), atol=1e-9)


@given(st.data())
def test_shapes_that_do_not_broadcast_raise_as_in_numpy(data):
    a, b = (np.ones(data.draw(shapes)) for _ in range(2))
    try:
        want = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        want = None
    try:
        got = (dn.tensor(a) + dn.tensor(b)).shape
    except ValueError:
        got = None
    assert got == want


# ---------------------------------------------------------------------- derivatives
LINEAR = {
    "sum": lambda x: x.sum(-1), "mean": lambda x: x.mean(0, True), "T": lambda x: x.T,
    "reshape": lambda x: x.reshape(-1),
    "index": lambda x: x[[0, -1, 0]], "slice": lambda x: x[..., ::2],
    "mask": lambda x: x[np.arange(x.shape[0]) % 2 == 0],
    "matmul": lambda x: x @ dn.tensor(draws(x.shape[-1], 3)),
    "left": lambda x: dn.tensor(draws(2, x.shape[0])) @ x.flatten(1) if x.ndim > 1 else x,
    "concatenate": lambda x: dn.concatenate([x, x * 2, -x]), "stack": lambda x: dn.stack([x, x * 3], -1),
    "broadcast": lambda x: x + dn.zeros(2, *x.shape),
    "negate": lambda x: -x / 2, "where": lambda x: dn.where(dn.tensor(draws(*x.shape) > 0), x, 0.0),
    "transpose": lambda x: x.transpose(0, -1),
}  # fmt: skip


@given(st.sampled_from(sorted(LINEAR)), arrays())
def test_linear_operations_and_their_gradients_are_adjoint(name, x):
    f = LINEAR[name]
    y = f(dn.tensor(x)).data
    u = draws(*y.shape)
    np.testing.assert_allclose(np.vdot(y, u), np.vdot(x, vjp(f, (x,), u)[0]), rtol=1e-7, atol=1e-6)


NONLINEAR = {
    "exp": lambda x: (x / 500).exp(), "softmax": lambda x: dn.softmax(x, -1),
    "log_softmax": lambda x: dn.log_softmax(x, 0),
    "tanh": dn.tanh, "sigmoid": dn.sigmoid, "square": lambda x: x**2, "var": lambda x: x.var(correction=0),
    "amax": lambda x: x.amax(-1),
    "relu": dn.relu, "product": lambda x: x * x.mean(), "divide": lambda x: x / (x * x + 1),
    "gram": lambda x: x.flatten() @ x.flatten(),
}  # fmt: skip


@given(st.sampled_from(sorted(NONLINEAR)), arrays(), numbers, numbers)
def test_a_vjp_is_linear_in_the_gradient_it_is_given(name, x, a, b):
    f = NONLINEAR[name]
    shape = f(dn.tensor(x)).shape
    u, v = np.random.default_rng(1).normal(size=(2, *shape))
    (whole,), (first,), (second,) = (vjp(f, (x,), g) for g in (a * u + b * v, u, v))
    np.testing.assert_allclose(whole, a * first + b * second, rtol=1e-6, atol=1e-6 * max(1, np.abs(whole).max()))


# ---------------------------------------------------------------------- matrix products
sizes = st.integers(0, 4)


@given(sizes, sizes, sizes, sizes)
def test_matmul_associates_and_transposes(n, k, m, p):
    a, b, c = (dn.tensor(draws(*s)) for s in [(n, k), (k, m), (m, p)])
    np.testing.assert_allclose(((a @ b) @ c).data, (a @ (b @ c)).data, atol=1e-9)
    np.testing.assert_allclose((a @ b).T.data, (b.T @ a.T).data, atol=1e-12)


@given(hnp.mutually_broadcastable_shapes(signature="(n?,k),(k,m?)->(n?,m?)", max_dims=2, max_side=3))
def test_matmul_shapes_and_gradients_are_numpys(drawn):
    a, b = (draws(*s) for s in drawn.input_shapes)
    out = dn.matmul(dn.tensor(a), dn.tensor(b))
    assert out.shape == drawn.result_shape
    u = draws(*out.shape)
    da, db = vjp(dn.matmul, (a, b), u)
    np.testing.assert_allclose([np.vdot(a, da), np.vdot(b, db)], [np.vdot(u, a @ b)] * 2, atol=1e-9)  # Euler: degree 1


# ---------------------------------------------------------------------- softmax
scores = st.floats(-1e4, 1e4)


@given(array_and_axis(scores))
def test_softmax_is_a_distribution_and_log_softmax_its_log(xk):
    x, k = xk
    p, log_p = dn.softmax(dn.tensor(x), k).data, dn.log_softmax(dn.tensor(x), k).data
    np.testing.assert_allclose(p.sum(k), 1)
    assert (p >= 0).all()
    assert (log_p <= 0).all()
    assert np.isfinite(log_p).all()
    np.testing.assert_allclose(np.exp(log_p), p, atol=1e-12)
    np.testing.assert_allclose(log_p[p > 1e-300], np.log(p[p > 1e-300]), rtol=1e-9, atol=1e-12)


@given(array_and_axis(), st.floats(-1e4, 1e4))
def test_softmax_does_not_see_a_shift(xk, shift):
    x, k = xk
    for f in (dn.softmax, dn.log_softmax):
        np.testing.assert_allclose(f(dn.tensor(x + shift), k).data, f(dn.tensor(x), k).data, atol=1e-8)


@given(arrays(elements=st.floats(-1e4, 1e4)), st.sampled_from(["float32", "float64"]))
def test_activations_and_losses_are_finite_on_large_scores(x, dtype):
    x = dn.tensor(x.reshape(len(x), -1).astype(dtype), requires_grad=True)
    labels, half = dn.tensor(np.zeros(len(x.data), int)), dn.tensor(np.full(x.shape, 0.5, dtype))
    total = dn.cross_entropy(x, labels) + dn.binary_cross_entropy_with_logits(x, half)
    for y in (dn.sigmoid(x), dn.tanh(x), dn.relu(x), dn.softmax(x, 1), dn.log_softmax(x, 1)):
        total = total + y.mean()
    total.backward()
    assert total.dtype == dtype
    assert np.isfinite(total.item())
    assert np.isfinite(x.grad.data).all()


@given(arrays(hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), scores))
def test_cross_entropy_is_minus_log_softmax_at_the_label(x):
    labels = np.arange(len(x)) % x.shape[1]
    each = dn.cross_entropy(dn.tensor(x), dn.tensor(labels), reduction="none").data
    np.testing.assert_allclose(each, -dn.log_softmax(dn.tensor(x), 1).data[np.arange(len(x)), labels], atol=1e-9)
    assert (each >= 0).all()


@given(arrays(elements=scores))
def test_sigmoid_is_symmetric_and_its_cross_entropy_is_softplus(x):
    p, q = dn.sigmoid(dn.tensor(x)).data, dn.sigmoid(dn.tensor(-x)).data
    np.testing.assert_allclose(p + q, 1)
    loss = dn.binary_cross_entropy_with_logits(dn.tensor(x), dn.zeros(*x.shape, dtype="float64"), reduction="none")
    np.testing.assert_allclose(loss.data, np.logaddexp(0, x))


# ---------------------------------------------------------------------- round trips
@given(array_and_axis(), st.integers(1, 3))
def test_concatenate_undoes_cutting(xk, pieces):
    x, k = xk
    cuts = np.array_split(np.arange(x.shape[k]), pieces)
    t = dn.tensor(x).transpose(0, k)
    joined = dn.concatenate([t[c] for c in cuts]).transpose(0, k)
    np.testing.assert_array_equal(joined.data, x)


@given(array_and_axis())
def test_stack_undoes_taking_apart(xk):
    x, k = xk
    t = dn.tensor(x)
    parts = [t.transpose(0, k)[i].reshape(np.delete(t.transpose(0, k).shape, 0)) for i in range(x.shape[k])]
    np.testing.assert_array_equal(dn.stack(parts).transpose(0, k).data, x)


@given(st.data())
def test_permute_undoes_its_inverse(data):
    x = data.draw(arrays())
    dims = data.draw(st.permutations(range(x.ndim)))
    there = dn.tensor(x).permute(dims)
    np.testing.assert_array_equal(there.data, x.transpose(dims))
    np.testing.assert_array_equal(there.permute(*np.argsort(dims).tolist()).data, x)


@given(array_and_axis())
def test_reductions_agree_with_numpy(xk):
    x, k = xk
    t = dn.tensor(x)
    pairs = [
        (t.sum(k), x.sum(k)), (t.mean(k), x.mean(k)), (t.amax(k), x.max(k)), (t.amin(k), x.min(k)),
        (t.var(k, correction=0), x.var(k)), (t.argmax(k), x.argmax(k)), (t.sum(), x.sum()),
    ]  # fmt: skip
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-9, atol=1e-6)


@given(arrays(), st.data())
def test_indexing_reads_and_writes_as_numpy(x, data):
    index = data.draw(hnp.basic_indices(x.shape, allow_newaxis=True) | hnp.integer_array_indices(x.shape))
    np.testing.assert_array_equal(dn.tensor(x)[index].data, x[index])
    (g,) = vjp(lambda t: t[index], (x,), np.ones(x[index].shape))
    counts = np.zeros(x.shape)
    np.add.at(counts, index, 1)
    np.testing.assert_array_equal(g, counts)
    t, want = dn.tensor(x), x.copy()
    t[index] = 5.0
    want[index] = 5.0
    np.testing.assert_array_equal(t.data, want)


@given(arrays(elements=numbers))
def test_clamp_stays_between_and_sends_gradients_only_from_there(x):
    y = dn.tensor(x).clamp(-1, 1).data
    assert (np.abs(y) <= 1).all()
    np.testing.assert_array_equal(vjp(lambda t: t.clamp(-1, 1), (x,), np.ones(x.shape))[0], np.abs(x) <= 1)


@given(arrays(elements=numbers))
def test_maximum_and_minimum_share_each_gradient_once(x):
    for y in (x, -x):
        for f in (dn.maximum, dn.minimum):
            a, b = vjp(f, (x, y), np.ones(x.shape))
            np.testing.assert_array_equal(a + b, 1)
