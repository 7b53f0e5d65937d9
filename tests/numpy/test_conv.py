"""Convolutions: every combination of options against PyTorch, the laws of a linear map, and what one output sees."""

import itertools
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d
from torch.nn import functional

import dlnotes.numpy as dn
import dlnotes.torch as dt
from tests.gradcheck import vjp


def draws(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def agree(name, *arrays, **options):
    """Value and gradients in both back ends, PyTorch's without our wrapper."""
    ours = [dn.tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = getattr(dn, name)(*ours, **options), getattr(functional, name)(*theirs, **options)
    np.testing.assert_allclose(y.data, z.detach(), rtol=1e-10, atol=1e-10)
    g = draws(*y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.grad.data, b.grad, rtol=1e-9, atol=1e-9)


# ---------------------------------------------------------------------- every combination of options
@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (3, 2), (4, 1)])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("outputs", [4, 8])  # as many as inputs, or more: two ways back
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_conv2d_options(kernel, groups, outputs):
    for stride, padding, dilation in itertools.product(
        [1, 2, (3, 1)], [0, 2, (1, 3), "same", "valid"], [1, (2, 1), (1, 3)]
    ):
        if padding == "same" and stride != 1:
            continue
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        agree("conv2d", draws(2, 4, 7, 8), draws(outputs, 4 // groups, *kernel), draws(outputs), **options)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("outputs", [2, 6])
def test_conv1d_options(groups, outputs):
    for k, stride, padding, dilation in itertools.product([1, 2, 5], [1, 2, 3], [0, 1, 4, "same", "valid"], [1, 2]):
        if padding == "same" and stride != 1:
            continue
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        agree("conv1d", draws(2, 4, 9), draws(outputs, 4 // groups, k), draws(outputs), **options)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (3, 2)])
def test_conv_transpose2d_options(kernel, groups):
    for stride, padding, more, dilation in itertools.product(
        [1, 2, (3, 1)], [0, (1, 0)], [0, 1, (1, 0)], [1, (2, 1), 3]
    ):
        if all(np.broadcast_to(more, 2) < np.maximum(stride, dilation)) and (kernel[0] > 1 or padding == 0):
            options = dict(stride=stride, padding=padding, output_padding=more, dilation=dilation, groups=groups)
            agree("conv_transpose2d", draws(2, 4, 3, 4), draws(4, 2, *kernel), draws(2 * groups), **options)


@pytest.mark.parametrize("shape", [(2, 30, 40, 41), (300, 30, 5, 5), (600, 30, 4, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_large_images_and_batches_are_done_in_parts(shape, stride):
    agree("conv2d", draws(*shape), draws(2, 30, 3, 3), draws(2), stride=stride, padding=1)
    agree("conv_transpose2d", draws(*shape), draws(30, 2, 3, 3), draws(2), stride=stride, padding=1)


def test_never_the_columns_of_a_whole_batch():
    x, w = dn.tensor(draws(64, 16, 32, 32), requires_grad=True), dn.tensor(draws(16, 16, 3, 3), requires_grad=True)
    tracemalloc.start()
    dn.conv2d(x, w, padding=1).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * x.data.nbytes < 9 * x.data.nbytes  # the columns alone would be 9 images


def test_float32_is_float32_throughout():
    x, w = (dn.tensor(draws(*s), dtype="float32", requires_grad=True) for s in [(2, 3, 8, 8), (4, 3, 3, 3)])
    y = dn.conv2d(x, w, dn.ones(4))
    (y * y).sum().backward()
    assert y.dtype == x.grad.dtype == w.grad.dtype == dn.float32
    exact = dn.conv2d(x.double(), w.double(), dn.ones(4).double())
    np.testing.assert_allclose(y.data, exact.data, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("view", [
    lambda a: a[..., ::-1], lambda a: a[:, :, ::-1, ::2], lambda a: np.asfortranarray(a), lambda a: a.swapaxes(2, 3),
    lambda a: np.broadcast_to(a[:, :1], a.shape), lambda a: a.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2),
])  # fmt: skip
def test_any_memory_order(view):
    x, w = view(draws(2, 3, 6, 6)), view(draws(4, 3, 2, 2))
    tensors = [dn.tensor(0.0)._put(a) for a in (x.view(), w.view())]  # as they are, not copied in order
    y = dn.conv2d(*tensors)
    np.testing.assert_allclose(y.data, functional.conv2d(torch.tensor(x.copy()), torch.tensor(w.copy())), atol=1e-12)


def test_layers_hand_on_images_stored_along_the_last_axis():
    y = dn.conv2d(dn.ones(5, 3, 8, 8), dn.ones(4, 3, 3, 3))
    assert y.data.transpose(1, 2, 3, 0).flags.c_contiguous


# ---------------------------------------------------------------------- what it is
def test_the_definition():
    x, w, b = draws(2, 3, 6, 7), draws(4, 3, 3, 2), draws(4)
    y = np.zeros((2, 4, 4, 6))
    for n, o, r, c in np.ndindex(y.shape):
        y[n, o, r, c] = b[o] + (w[o] * x[n, :, r : r + 3, c : c + 2]).sum()
    np.testing.assert_allclose(dn.conv2d(*map(dn.tensor, (x, w, b))).data, y, atol=1e-12)


def test_scipy_and_numpy_agree():
    x, w = draws(6, 7), draws(3, 2)
    y = dn.conv2d(dn.tensor(x[None, None]), dn.tensor(w[None, None])).data[0, 0]
    np.testing.assert_allclose(y, correlate2d(x, w, "valid"), atol=1e-12)
    s, k = draws(9), draws(4)  # NumPy turns the kernel round
    y = dn.conv1d(dn.tensor(s[None, None]), dn.tensor(k[None, None, ::-1])).data[0, 0]
    np.testing.assert_allclose(y, np.convolve(s, k, "valid"), atol=1e-12)


def test_a_layer_that_shares_nothing_is_a_convolution_where_all_its_kernels_are_equal():
    w, b = draws(4, 3, 3, 2), draws(4)
    layer = dn.LocallyConnected2d(3, 4, (6, 7), (3, 2), 2, (1, 0), dtype=dn.float64)
    layer.weight.copy_(np.broadcast_to(w, layer.weight.shape))
    layer.bias.copy_(np.broadcast_to(b[:, None, None], layer.bias.shape))
    x = dn.tensor(draws(2, 3, 6, 7))
    y = dn.conv2d(x, dn.tensor(w), dn.tensor(b), stride=2, padding=(1, 0))
    np.testing.assert_allclose(layer(x).data, y.data, atol=1e-12)


@pytest.mark.parametrize("name", ["Conv1d", "Conv2d", "ConvTranspose2d"])
def test_starting_values_follow_the_law_of_pytorch(name):
    ours, theirs = getattr(dn, name)(16, 32, 3, groups=2), getattr(torch.nn, name)(16, 32, 3, groups=2)
    twin = getattr(dt, name)(16, 32, 3, groups=2)
    bound = torch.nn.init._calculate_fan_in_and_fan_out(theirs.weight)[0] ** -0.5
    for weight in (ours.weight.data, theirs.weight.detach().numpy(), twin.weight.detach().numpy()):
        assert 0.95 * bound < np.abs(weight).max() <= bound * (1 + 1e-6)
        assert weight.std() == pytest.approx(bound / 3**0.5, rel=0.06)
        assert abs(weight.mean()) < 0.1 * bound


# ---------------------------------------------------------------------- laws
@st.composite
def convolutions(draw):
    """(x, w, options) that go together."""
    whole = st.integers
    groups, c, o = draw(whole(1, 2)), draw(whole(1, 2)), draw(whole(1, 2))
    kernel, dilation = [(draw(whole(1, 3)), draw(whole(1, 3))) for _ in range(2)]
    stride, padding = (draw(whole(1, 3)), draw(whole(1, 3))), (draw(whole(0, 2)), draw(whole(0, 2)))
    size = [max(1, d * (k - 1) + 1 - 2 * p) + draw(whole(0, 4)) for k, d, p in zip(kernel, dilation, padding)]
    x, w = draws(draw(whole(1, 3)), c * groups, *size), draws(o * groups, c, *kernel, seed=1)
    return x, w, dict(stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv(x, w, **options):
    return dn.conv2d(dn.tensor(x), dn.tensor(w), **options).data


@given(convolutions())
def test_linear_in_both_arguments(drawn):
    x, w, options = drawn
    a, b = draws(*x.shape, seed=2), draws(*w.shape, seed=3)
    linear = conv(x, w, **options) * 2 - conv(a, w, **options)
    np.testing.assert_allclose(conv(2 * x - a, w, **options), linear, atol=1e-9)
    linear = conv(x, w, **options) * 2 - conv(x, b, **options)
    np.testing.assert_allclose(conv(x, 2 * w - b, **options), linear, atol=1e-9)


@given(convolutions())
def test_the_transposed_convolution_is_the_adjoint(drawn):
    x, w, options = drawn
    y = conv(x, w, **options)
    g = draws(*y.shape, seed=4)
    dx, dw = vjp(lambda x, w: dn.conv2d(x, w, **options), (x, w), g)
    assert np.vdot(y, g) == pytest.approx(np.vdot(x, dx), abs=1e-8)
    assert np.vdot(y, g) == pytest.approx(np.vdot(w, dw), abs=1e-8)
    spans = [s * (n - 1) + d * (k - 1) + 1 - 2 * p for s, n, d, k, p in zip(
        options["stride"], y.shape[2:], options["dilation"], w.shape[2:], options["padding"])]  # fmt: skip
    more = [n - m for n, m in zip(x.shape[2:], spans)]  # pixels that no window reaches
    up = dn.conv_transpose2d(dn.tensor(g), dn.tensor(w), output_padding=tuple(more), **options)
    np.testing.assert_allclose(up.data, dx, atol=1e-9)


@given(convolutions())
def test_the_matrix_is_the_convolution(drawn):
    x, w, options = drawn
    if options.pop("groups") == 1:
        for sparse in (False, True):
            A = dn.conv_matrix(dn.tensor(w), x.shape[2:], **options, sparse=sparse)
            y = conv(x[:1], w, **options)
            np.testing.assert_allclose(A @ x[0].ravel(), y.ravel(), atol=1e-9)
            back = vjp(lambda x: dn.conv2d(x, dn.tensor(w), **options), (x[:1],), y)[0]
            np.testing.assert_allclose(A.T @ y.ravel(), back.ravel(), atol=1e-9)


@given(convolutions(), st.integers(0, 2), st.integers(0, 2))
def test_a_shifted_image_gives_shifted_outputs(drawn, down, right):
    x, w, options = drawn
    options["padding"] = 0
    (sh, sw), (dh, dw), (kh, kw) = options["stride"], options["dilation"], w.shape[2:]
    x = draws(*x.shape[:2], dh * (kh - 1) + 1 + 4 * sh, dw * (kw - 1) + 1 + 4 * sw)
    whole, cut = conv(x, w, **options), conv(x[:, :, down * sh :, right * sw :], w, **options)
    np.testing.assert_allclose(cut, whole[:, :, down:, right:], atol=1e-9)


def test_the_sparse_matrix_keeps_only_the_taps():
    A = dn.conv_matrix(dn.ones(2, 3, 3, 3), (20, 20), padding=1, sparse=True)
    assert A.shape == (800, 1200)
    assert A.nnz == 2 * 3 * (3 * 20 - 2) ** 2


# ---------------------------------------------------------------------- what one output sees
def models(d):
    conv, mean = d.Conv2d, d.AvgPool2d

    def positive(*layers):  # no sum of weights is 0
        net = d.Sequential(*layers).double()
        for p in net.parameters():
            with d.no_grad():
                p.copy_(abs(p) + 0.1)
        return net

    return {
        "one": positive(conv(1, 2, (3, 2), (2, 1), (1, 0), (1, 3))),
        "three": positive(conv(1, 2, 3, padding="same"), d.Sigmoid(), conv(2, 2, 2, 2), conv(2, 1, 3, dilation=2)),
        "pooled": positive(conv(1, 2, 5), d.Tanh(), mean(2), conv(2, 2, (2, 3)), mean((3, 2), 1, 1)),
        "lp": positive(d.Sequential(conv(1, 1, 2), d.Sigmoid(), d.LPPool2d(2, 3)), conv(1, 1, 2, 2)),
        "same": positive(conv(1, 1, 4, padding="same"), conv(1, 1, (2, 1), padding="same", dilation=3)),
    }


@pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])
@pytest.mark.parametrize("name", ["one", "three", "pooled", "lp", "same"])
def test_formula_and_gradients_agree_on_the_receptive_field(d, name):
    model = models(d)[name]
    field = d.receptive_field(model)
    x = d.tensor(draws(1, 1, 30, 31) * 0.1)
    rows, columns = tuple(model(x).shape[2:])
    for position in [(0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)]:
        seen = d.receptive_map(model, x, position) > 0
        for axis in (0, 1):
            first = field.start[axis] + field.jump[axis] * position[axis]
            last = first + field.size[axis] - 1
            pixels = np.flatnonzero(seen.any(1 - axis))
            if position[axis] == (rows, columns)[axis] // 2:
                assert (pixels.min(), pixels.max()) == (first, last)
            else:  # at the border, where taps may fall on the padding of a layer in between
                assert first <= pixels.min() <= pixels.max() <= last


def test_receptive_field_of_max_pooling_and_of_signals():
    model = dn.Sequential(dn.Conv1d(1, 1, 5, 2), dn.ReLU(), dn.MaxPool1d(3), dn.Conv1d(1, 1, 2, dilation=2))
    assert dn.receptive_field(model) == dn.ReceptiveField((5 + 2 * 2 + 2 * 6,), (6,), (0,))
    seen = dn.receptive_map(model, dn.ones(1, 1, 40), (0,))
    assert seen.shape == (40,)
    assert not seen[21:].any()


def test_the_map_leaves_gradients_alone():
    for d in (dn, dt):
        model = models(d)["three"]
        d.receptive_map(model, d.tensor(draws(1, 1, 12, 12)))
        assert all(p.grad is None for p in model.parameters())
