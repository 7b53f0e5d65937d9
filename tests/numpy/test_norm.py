"""Normalisation: what it promises, memory laid out otherwise, batches too large for one part."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import dlnotes.numpy as dn
import dlnotes.torch as dt

RNG = np.random.default_rng(5)
NORMS = {
    "batch": (lambda d, x: d.batch_norm(x, None, None, training=True, eps=0), (0, 2, 3)),
    "instance": (lambda d, x: d.instance_norm(x, eps=0), (2, 3)),
    "group": (lambda d, x: d.group_norm(x, 1, eps=0), (1, 2, 3)),
    "layer": (lambda d, x: d.layer_norm(x, tuple(x.shape[2:]), eps=0), (2, 3)),
}


@pytest.mark.parametrize(("norm", "axes"), NORMS.values(), ids=NORMS)
@given(seed=st.integers(0, 999), scale=st.floats(0.1, 10), shift=st.floats(-10, 10))
@settings(max_examples=15, deadline=None)
def test_mean_0_variance_1_whatever_the_scale_and_shift(norm, axes, seed, scale, shift):
    x = np.random.default_rng(seed).normal(size=(3, 4, 2, 3))
    z, again = (norm(dn, dn.tensor(a)).numpy() for a in (x, scale * x + shift))
    np.testing.assert_allclose(z.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(z.var(axes), 1, atol=1e-12)
    np.testing.assert_allclose(again, z, atol=1e-9)


@pytest.mark.parametrize(("norm", "axes"), NORMS.values(), ids=NORMS)
def test_the_gradient_loses_its_mean_and_what_lies_along_z(norm, axes):
    x = dn.tensor(RNG.normal(size=(3, 4, 2, 3)), requires_grad=True)
    z = norm(dn, x)
    z.backward(RNG.normal(size=x.shape))
    g = x.grad.numpy()
    np.testing.assert_allclose(g.sum(axes), 0, atol=1e-12)
    np.testing.assert_allclose((g * z.detach().numpy()).sum(axes), 0, atol=1e-12)


def test_group_norm_runs_from_layer_norm_to_instance_norm():
    x = dn.tensor(RNG.normal(size=(2, 6, 3, 2)))
    np.testing.assert_allclose(dn.group_norm(x, 1).numpy(), dn.layer_norm(x, (6, 3, 2)).numpy(), atol=1e-13)
    np.testing.assert_array_equal(dn.group_norm(x, 6).numpy(), dn.instance_norm(x).numpy())


def both(function, *arrays):
    """Values and gradients from both back ends, of arrays that keep their strides."""
    results = []
    for d in (dn, dt):
        inputs = []
        for a in arrays:
            x = dn.tensor(a, requires_grad=True) if d is dn else torch.from_numpy(a.copy()).requires_grad_()
            if d is dn:
                x._put(a.view())  # as an operation might have left it
            inputs.append(x)
        y = function(d, *inputs)
        u = np.random.default_rng(1).normal(size=tuple(y.shape)).astype(a.dtype)
        y.backward(u if d is dn else torch.from_numpy(u))
        results.append([np.asarray(y.detach()), *(np.asarray(x.grad) for x in inputs)])
    return results


LAYOUTS = {
    "channels last": RNG.normal(size=(2, 3, 4, 6)).transpose(0, 3, 1, 2),
    "batch last": RNG.normal(size=(6, 3, 4, 2)).transpose(3, 0, 1, 2),
    "backwards": RNG.normal(size=(2, 6, 3, 4))[::-1, ::-1, :, ::-1],
    "every other": RNG.normal(size=(4, 12, 3, 8))[::2, ::2, :, 1::2],
    "repeated": np.broadcast_to(RNG.normal(size=(2, 6, 1, 4)), (2, 6, 3, 4)),
    "many images": RNG.normal(size=(70, 6, 17, 12)),  # in parts of 53 and 17
    "large images": RNG.normal(size=(3, 6, 110, 101)),  # one at a time
}
WEIGHTS = RNG.normal(size=6), RNG.normal(size=6)


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("norm", [
    lambda d, x, w, b: d.batch_norm(x, None, None, w, b, True),
    lambda d, x, w, b: d.batch_norm(x, w.detach() * 0, w.detach() * 0 + 2, w, b),
    lambda d, x, w, b: d.group_norm(x, 3, w, b),
    lambda d, x, w, b: d.instance_norm(x, None, None, w, b),
    lambda d, x, w, b: d.layer_norm(x, tuple(x.shape[1:])) + w[:, None, None] * b[:, None, None],
    lambda d, x, w, b: d.rms_norm(x, tuple(x.shape[3:])) + w[:, None, None] * b[:, None, None],
    lambda d, x, w, b: d.local_response_norm(x, 3, 0.5) + w[:, None, None] * b[:, None, None],
], ids=["batch", "batch in evaluation", "group", "instance", "layer", "rms", "response"])  # fmt: skip
def test_any_layout_of_memory(norm, x):
    for ours, theirs in zip(*both(norm, x, *WEIGHTS), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("norm", "axes"), NORMS.values(), ids=NORMS)
def test_float32_far_from_0(norm, axes):
    """Deviations come before squares: x^2 - mean^2 would have no right digit here."""
    x = RNG.normal(size=(8, 4, 16, 16)) + 1000
    exact = norm(dn, dn.tensor(x.astype("f").astype("d"))).numpy()
    np.testing.assert_allclose(norm(dn, dn.tensor(x.astype("f"))).numpy(), exact, atol=2e-3)


def test_running_statistics_without_momentum_are_the_plain_average():
    layer = dn.BatchNorm1d(3, momentum=None).double()
    batches = RNG.normal(size=(5, 8, 3))
    for x in batches:
        layer(dn.tensor(x))
    np.testing.assert_allclose(layer.running_mean.numpy(), batches.mean((0, 1)), atol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), batches.var(1, ddof=1).mean(0), atol=1e-12)
    assert layer.num_batches_tracked.item() == 5


def test_evaluation_leaves_the_statistics_alone_and_treats_each_example_alike():
    layer = dn.BatchNorm2d(2).eval()
    before = copy.deepcopy(layer.state_dict())
    x = dn.tensor(RNG.normal(size=(4, 2, 3, 3)).astype("f"))
    alone = np.concatenate([layer(x[i : i + 1]).detach().numpy() for i in range(4)])
    np.testing.assert_array_equal(layer(x).detach().numpy(), alone)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (2, 4, 2, 2), (0, 3, 2, 2)])
def test_refused_input_leaves_the_layer_as_it_was(d, shape):
    layer = d.BatchNorm2d(3)
    with pytest.raises(ValueError, match="input"):
        layer(d.ones(*shape))
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_mean.tolist() == [0, 0, 0]


def test_state_travels_both_ways():
    x = RNG.normal(size=(6, 3, 2, 2)).astype("f")
    theirs = dt.BatchNorm2d(3)
    theirs(torch.from_numpy(x))
    ours = dn.BatchNorm2d(3)
    ours.load_state_dict(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name], value.numpy())
    back = dt.BatchNorm2d(3)
    back.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    assert all(torch.equal(a, b) for a, b in zip(back.state_dict().values(), theirs.state_dict().values()))


def test_two_passes_over_one_tape():
    """The sums that the gradients share are those of the gradient at hand, not of the one before."""
    x, w = dn.tensor(RNG.normal(size=(4, 2, 3)), requires_grad=True), dn.tensor([1.0, 2.0], requires_grad=True)
    y = dn.batch_norm(x.float(), None, None, w, training=True)
    u = RNG.normal(size=y.shape).astype("f")
    y.backward(u, retain_graph=True)
    once = w.grad.numpy().copy(), x.grad.numpy().copy()
    y.backward(2 * u)
    np.testing.assert_allclose(w.grad.numpy(), 3 * once[0], rtol=1e-5)
    np.testing.assert_allclose(x.grad.numpy(), 3 * once[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_local_response_norm_by_loops(size):
    x = RNG.normal(size=(2, 5, 3))
    y = np.empty_like(x)
    for n, c, i in np.ndindex(x.shape):
        near = x[n, max(0, c - size // 2) : c + (size - 1) // 2 + 1, i]
        y[n, c, i] = x[n, c, i] / (2 + 0.3 / size * np.sum(near**2)) ** 0.75
    np.testing.assert_allclose(dn.local_response_norm(dn.tensor(x), size, 0.3, 0.75, 2).numpy(), y, atol=1e-14)
