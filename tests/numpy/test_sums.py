"""Long sums in float32 against float64: right to the last digits, or about as near as PyTorch.

What rounds each entry by itself costs either side a digit or so; a sum that loses digits costs many.
"""

import numpy as np
import pytest
import torch

import dlnotes.numpy as dn
import dlnotes.torch as dt

LAST_DIGITS = 4 * np.finfo("f").eps  # of the largest sum: what an order of adding may cost
RNG = np.random.default_rng(0)


def images_last(a):
    """The same array stored with the axis of the images innermost, as convolutions leave it."""
    return np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0)


def found(d, f, arrays, stored):
    """The values of f and the gradients of its inputs, as float64, of float32 arrays stored in one way."""
    inputs = []
    for a in arrays:
        x = d.tensor(a, requires_grad=True)
        if d is dn and stored is not None and a.ndim > 2:
            x._put(stored(a))
        inputs.append(x)
    y = f(d, *inputs)
    y.backward(d.tensor(np.resize(WAVE, tuple(y.shape)).astype(arrays[0].dtype)))
    return [np.asarray(t.detach(), "d") for t in (y, *(x.grad for x in inputs))]


WAVE = 1 + RNG.random(999)  # gradients with a mean: where terms cancel, nothing is lost
LONG = RNG.random((40_000, 3))
IMAGES = 1 + RNG.random((30, 2, 40, 50))
FLAT = RNG.random((2, 3, 60_000))
TALL = RNG.random((3, 50_000, 2))
SUMS = {
    "sum of an outer axis": (lambda d, x: x.sum(0), [LONG]),
    "sum of a middle axis": (lambda d, x: x.sum(1), [TALL]),
    "sum of two axes": (lambda d, x: x.sum((0, 2)), [RNG.random((150, 2, 150, 3))]),
    "sum of every second": (lambda d, x: x[::2, ::2].sum(), [LONG]),
    "mean": (lambda d, x: x.mean(0), [LONG]),
    "variance": (lambda d, x: x.var(0), [LONG]),
    "broadcast along rows": (lambda d, x, b: x * b, [LONG, RNG.random(3)]),
    "broadcast along columns": (lambda d, x, b: x * b, [FLAT, RNG.random((3, 1))]),
    "softmax": (lambda d, x: d.softmax(x, 0), [LONG]),
    "log_softmax": (lambda d, x: d.log_softmax(x, 0), [LONG]),
    "bias of a linear layer": (lambda d, b, x: d.linear(x, d.ones(4, 3, dtype=x.dtype), b), [RNG.random(4), LONG]),
    "bias of a convolution": (
        lambda d, b, x: d.conv2d(x, d.ones(3, 2, 1, 1, dtype=x.dtype), b),
        [RNG.random(3), IMAGES],
    ),
    "global average": (lambda d, x: d.adaptive_avg_pool2d(x, 1), [RNG.random((2, 3, 300, 200))]),
    "mse_loss": (lambda d, x: d.mse_loss(x, x.detach() * 0), [LONG]),
    "cross_entropy": (lambda d, x: d.cross_entropy(x, d.tensor(np.arange(40_000) % 3)), [LONG]),
    "cross_entropy of maps": (
        lambda d, x: d.cross_entropy(x, d.tensor(np.arange(120_000).reshape(2, -1) % 3)),
        [FLAT],
    ),
    "batch_norm": (lambda d, x, w, b: d.batch_norm(x, None, None, w, b, True), [IMAGES, RNG.random(2), RNG.random(2)]),
    "batch_norm of rows": (
        lambda d, x, w, b: d.batch_norm(x, None, None, w, b, True),
        [LONG, RNG.random(3), RNG.random(3)],
    ),
    "batch_norm of signals": (lambda d, x: d.batch_norm(x, None, None, training=True), [FLAT]),
    "instance_norm": (lambda d, x: d.instance_norm(x), [IMAGES]),
    "group_norm": (lambda d, x, w, b: d.group_norm(x, 1, w, b), [IMAGES, RNG.random(2), RNG.random(2)]),
    "layer_norm": (lambda d, x, w, b: d.layer_norm(x, (3,), w, b), [LONG, RNG.random(3), RNG.random(3)]),
    "layer_norm of long rows": (lambda d, x: d.layer_norm(x, (60_000,)), [FLAT]),
    "rms_norm": (lambda d, x, w: d.rms_norm(x, (3,), w), [LONG, RNG.random(3)]),
}  # fmt: skip


@pytest.mark.parametrize("stored", [None, images_last], ids=["in order", "images last"])
@pytest.mark.parametrize(("f", "arrays"), SUMS.values(), ids=SUMS)
def test_against_float64(f, arrays, stored):
    single = [a.astype("f") for a in arrays]
    exact = found(dt, f, [a.astype("d") for a in single], None)
    ours, theirs = (found(d, f, single, stored) for d in (dn, dt))
    for a, b, x in zip(ours, theirs, exact, strict=True):
        size = np.abs(x).max()
        error, allowed = np.abs(a - x).max() / size, max(LAST_DIGITS, 2 * np.abs(b - x).max() / size)
        assert error <= allowed, f"{error:.1e} of the largest, allowed {allowed:.1e}"


def test_weights_of_many_keys_add_up_to_1():
    x = dn.tensor(LONG[None, :, :2], dtype="float32")
    _, weights = dn.MultiheadAttention(2, 1, batch_first=True, generator=np.random.default_rng(0))(x[:, :3], x, x)
    np.testing.assert_allclose(weights.detach().numpy().sum(-1, "d"), 1, rtol=LAST_DIGITS)


@pytest.mark.parametrize("how", ["batch", "instance"])
def test_running_statistics(how):
    for a in (IMAGES, 1 + RNG.random((4, 2, 300, 301))):
        single = a.astype("f")
        for stored in (np.copy, images_last):
            mean, var = dn.zeros(2), dn.zeros(2)
            x = dn.tensor(single)._put(stored(single))
            getattr(dn, f"{how}_norm")(x, mean, var, momentum=1.0, **{"training": True} if how == "batch" else {})
            axes = (0, 2, 3) if how == "batch" else (2, 3)
            exact = [s.mean(0) if s.ndim > 1 else s for s in (single.mean(axes, "d"), single.var(axes, "d", ddof=1))]
            np.testing.assert_allclose([mean.numpy(), var.numpy()], exact, rtol=LAST_DIGITS)


def test_more_terms_than_float32_can_count():
    """16,777,216 + 1 is 16,777,216 in float32."""
    many = dn.tensor(np.broadcast_to(np.float32(1), (17_000_000, 2)))
    assert many.sum(0).tolist() == [17e6, 17e6]
    assert many.mean(0).tolist() == [1, 1]
    assert dn.ones(5000, 2, dtype="float16").sum(0).tolist() == torch.ones(5000, 2, dtype=torch.float16).sum(0).tolist()


@pytest.mark.parametrize(
    "shape", [(65, 2), (64, 2), (97, 3, 2), (5, 70, 3), (3, 5, 70), (130, 1), (33, 33, 33), (2, 0, 80)]
)
def test_every_choice_of_axes(shape):
    x = RNG.random(shape).astype("f")
    for view in (x, x.T, x[::-1], np.asfortranarray(x), x[..., ::2]):
        for axes in [tuple(a for a in range(x.ndim) if bits >> a & 1) for bits in range(2**x.ndim)]:
            for keep in (False, True):
                y = dn.tensor(view)._put(view.view()).sum(axes, keep) if axes else dn.tensor(view).sum(None, keep)
                exact = view.sum(axes or None, "d", keepdims=keep)
                assert y.dtype == dn.float32
                assert y.shape == exact.shape
                np.testing.assert_allclose(y.numpy(), exact, rtol=LAST_DIGITS)
