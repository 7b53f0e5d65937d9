"""Pooling: every combination of options against PyTorch, ties included, and laws."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

import dlnotes.numpy as dn
from tests.gradcheck import vjp


def draws(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def tied(*shape):
    return np.random.default_rng(0).integers(-1, 2, shape).astype("d")


def lowest(*shape):
    return np.full(shape, -np.inf)


def odd(*shape):
    return np.random.default_rng(0).choice([-np.inf, np.nan, 0.0, np.inf], shape, p=[0.7, 0.1, 0.1, 0.1])


def agree(name, x, *args, **options):
    """Value, indices and gradient in both back ends, PyTorch's without our wrapper."""
    a, b = dn.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = getattr(dn, name)(a, *args, **options), getattr(functional, name)(b, *args, **options)
    if options.get("return_indices"):
        np.testing.assert_array_equal(y[1].data, z[1])
        y, z = y[0], z[0]
    np.testing.assert_allclose(y.data, z.detach(), rtol=1e-12, atol=1e-12)
    g = draws(*y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    np.testing.assert_allclose(a.grad.data, b.grad, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------- every combination of options
@pytest.mark.parametrize("kernel", [1, 2, 3, (2, 4), (5, 1)])
@pytest.mark.parametrize("make", [draws, tied, lowest, odd])
def test_max_pool2d_options(kernel, make):
    half = tuple(k // 2 for k in np.broadcast_to(kernel, 2).tolist())
    for stride, padding, dilation, up in itertools.product(
        [None, 1, 2, (3, 1)], [0, half], [1, (2, 1)], [False, True]
    ):
        agree("max_pool2d", make(2, 3, 9, 8), kernel, stride, padding, dilation, ceil_mode=up, return_indices=True)


@pytest.mark.parametrize("kernel", [1, 2, 3, (2, 4), (5, 1)])
def test_avg_pool2d_options(kernel):
    half = tuple(k // 2 for k in np.broadcast_to(kernel, 2).tolist())
    for stride, padding, up, border in itertools.product(
        [None, 1, 2, (3, 1)], [0, half], [False, True], [False, True]
    ):
        agree("avg_pool2d", draws(2, 3, 9, 8), kernel, stride, padding, up, border)


@pytest.mark.parametrize("p", [1, 2, 3, 2.5, 10, math.inf])
def test_lp_pool2d_options(p):
    for kernel, stride, up in itertools.product([1, 2, (3, 2)], [None, 1, (2, 3)], [False, True]):
        agree("lp_pool2d", np.abs(draws(2, 3, 7, 8)), float(p), kernel, stride, up)
    if p == 2:  # even, so for negative numbers, too
        agree("lp_pool2d", draws(2, 3, 7, 8), 2, 3, 2)


def test_options_in_one_dimension():
    for x, kernel, stride, padding, up in itertools.product(
        [draws(2, 3, 11), tied(2, 3, 11), lowest(2, 3, 11), odd(2, 3, 11)], [2, 3], [None, 1, 4], [0, 1], [False, True]
    ):
        for dilation in (1, 3):
            agree("max_pool1d", x, kernel, stride, padding, dilation, ceil_mode=up, return_indices=True)
        if np.isfinite(x).all():
            for border in (False, True):
                agree("avg_pool1d", x, kernel, stride, padding, up, border)
            agree("lp_pool1d", x**2 + 0.1, 3.0, kernel, stride, up)
    for n in range(1, 14):
        agree("adaptive_avg_pool1d", draws(2, 3, 11), n)


def test_adaptive_to_every_size():
    for rows, columns in itertools.product([1, 2, 3, 5, 7, 9, None], [1, 3, 4, 8, 10]):
        agree("adaptive_avg_pool2d", draws(2, 3, 7, 8), (rows, columns))


@pytest.mark.parametrize("view", [
    lambda a: a[..., ::-1], lambda a: a[:, :, ::-1, ::2], lambda a: np.asfortranarray(a), lambda a: a.swapaxes(2, 3),
    lambda a: np.broadcast_to(a[:, :1], a.shape), lambda a: a.transpose(1, 2, 3, 0).copy().transpose(3, 0, 1, 2),
])  # fmt: skip
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_any_memory_order(view, name):
    x = view(tied(4, 3, 8, 8))
    for args in [(2,), (3, 2, 1), (1,)]:
        leaf = dn.tensor(x, requires_grad=True)._put(x.view())  # as it is, not copied in order
        y = getattr(dn, name)(leaf, *args)
        z = torch.tensor(x.copy(), requires_grad=True)
        w = getattr(functional, name)(z, *args)
        g = draws(*y.shape)
        y.backward(g)
        w.backward(torch.tensor(g))
        np.testing.assert_allclose(y.data, w.detach(), atol=1e-12)
        np.testing.assert_allclose(leaf.grad.data, z.grad, atol=1e-12)


def test_float32_is_float32_throughout():
    x = dn.tensor(np.abs(draws(2, 3, 8, 8)), dtype="float32", requires_grad=True)
    lp = dn.lp_pool2d(x, np.float64(3), 2, ceil_mode=True)
    for y in (lp, dn.max_pool2d(x, 2), dn.avg_pool2d(x, 3, 2, 1, True, False), dn.adaptive_avg_pool2d(x, 3)):
        y.sum().backward()
        assert y.dtype == x.grad.dtype == dn.float32


# ---------------------------------------------------------------------- laws
@st.composite
def pools(draw):
    """(x, options) that go together."""
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    x = draws(draw(st.integers(1, 2)), 2, *(k + draw(st.integers(0, 5)) for k in kernel))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    return x, dict(kernel_size=kernel, stride=stride, padding=padding, ceil_mode=draw(st.booleans()))


@given(pools(), st.booleans())
def test_averages_are_linear_and_their_vjp_is_the_adjoint(drawn, border):
    x, options = drawn
    pool = lambda x: dn.avg_pool2d(x, **options, count_include_pad=border)  # noqa: E731
    a, y = draws(*x.shape, seed=1), pool(dn.tensor(x)).data
    np.testing.assert_allclose(pool(dn.tensor(2 * x - a)).data, 2 * y - pool(dn.tensor(a)).data, atol=1e-12)
    g = draws(*y.shape, seed=2)
    assert np.vdot(y, g) == pytest.approx(np.vdot(x, vjp(pool, (x,), g)[0]), abs=1e-9)
    if not border:
        np.testing.assert_allclose(pool(dn.ones(*x.shape)).data, 1, rtol=1e-6)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_adaptive_averages_are_linear_and_their_vjp_is_the_adjoint(n, rows, columns):
    x, g = draws(2, 2, n, 10 - n), draws(2, 2, rows, columns, seed=1)
    pool = lambda x: dn.adaptive_avg_pool2d(x, (rows, columns))  # noqa: E731
    y = pool(dn.tensor(x)).data
    assert np.vdot(y, g) == pytest.approx(np.vdot(x, vjp(pool, (x,), g)[0]), abs=1e-9)
    np.testing.assert_allclose(pool(dn.ones(*x.shape)).data, 1, rtol=1e-6)


@given(pools())
def test_the_largest_is_where_the_index_says_and_no_gradient_is_lost(drawn):
    x, options = drawn
    y, index = dn.max_pool2d(dn.tensor(x), **options, return_indices=True)
    flat = x.reshape(*x.shape[:2], -1)
    picked = np.take_along_axis(flat, index.data.reshape(*x.shape[:2], -1), 2)
    np.testing.assert_array_equal(picked.reshape(y.shape), y.data)
    g = draws(*y.shape)
    d = vjp(lambda x: dn.max_pool2d(x, **options), (x,), g)[0]
    assert d.sum() == pytest.approx(g.sum(), abs=1e-9)


@given(pools())
def test_the_largest_of_shifted_and_scaled_images(drawn):
    x, options = drawn
    y = dn.max_pool2d(dn.tensor(x), **options).data
    np.testing.assert_allclose(dn.max_pool2d(dn.tensor(3 * x + 2), **options).data, 3 * y + 2, atol=1e-12)
    options["padding"] = 0
    y, (sh, sw) = dn.max_pool2d(dn.tensor(x), **options).data, options["stride"]
    wide = np.concatenate([np.full((*x.shape[:3], sw), 9.0), x], 3)  # one window further to the right
    wide = np.concatenate([np.full((*x.shape[:2], sh, wide.shape[3]), 9.0), wide], 2)
    np.testing.assert_array_equal(dn.max_pool2d(dn.tensor(wide), **options).data[:, :, 1:, 1:], y)


def test_between_the_mean_and_the_largest():
    x = dn.tensor(np.abs(draws(2, 3, 6, 6)))
    np.testing.assert_allclose(dn.lp_pool2d(x, 1, 3).data, 9 * dn.avg_pool2d(x, 3).data)
    np.testing.assert_allclose(dn.lp_pool2d(x, 200, 3).data, dn.max_pool2d(x, 3).data, rtol=0.02)
    sizes = [dn.lp_pool2d(x, p, 3).data for p in (1, 1.5, 2, 4, 16, math.inf)]
    assert all((a >= b).all() for a, b in itertools.pairwise(sizes))


def test_no_gradient_where_there_is_nothing():
    x = dn.tensor(np.zeros((1, 1, 2, 4)), requires_grad=True)
    for p in (1.0, 2.0, 2.5, 3.0):
        dn.lp_pool2d(x, p, 2).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 0)


def test_blur_pool_keeps_constants_and_turns_a_checkerboard_grey():
    board = dn.tensor(np.indices((8, 8)).sum(0)[None, None] % 2 * 1.0)
    assert (dn.blur_pool2d(board).numpy() == 0.5).all()
    assert (board[:, :, ::2, ::2].numpy() == 0).all()  # without blurring, black, or white if it moves by a pixel
    np.testing.assert_allclose(dn.blur_pool1d(dn.tensor(np.full((1, 2, 9), 3.0)), 5, 3).numpy(), 3)


def test_blur_pool_by_hand():
    x = dn.tensor([[[0.0, 4, 8, 0, 0]]])
    assert dn.blur_pool1d(x).tolist() == [[[2, 5, 0]]]  # (4 + 0 + 4) / 4, (4 + 16 + 0) / 4
