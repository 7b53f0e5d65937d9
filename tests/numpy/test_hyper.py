"""Hypernetworks: what is learned and what is not, equal ways to compute the same, the start, cost, a task family."""

import copy
import time

import numpy as np
import pytest
import torch

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes.numpy.tensor import parts

rng = np.random.default_rng


def mlp(d, *sizes, dtype="float64", seed=0):
    g, layers = rng(seed), []
    for k, m in zip(sizes, sizes[1:]):
        layers += [d.Linear(k, m, dtype=getattr(d, dtype), generator=g), d.Tanh()]
    return d.Sequential(*layers[:-1])


def hypernetwork(d, H, k=3):
    G = d.Linear(k, d.num_weights(H), dtype=d.float64, generator=rng(1))
    return d.HyperNetwork(d.hyperfan_(G, H, generator=rng(2)), H)


@pytest.mark.parametrize("d", [dn, dt])
def test_only_g_is_learned(d):
    H = mlp(d, 2, 4, 1)
    model = hypernetwork(d, H)
    assert [name for name, _ in model.named_parameters()] == ["G.weight", "G.bias"]
    assert list(model.state_dict()) == ["G.weight", "G.bias"]
    before = [p.tolist() for p in H.parameters()]
    y = model(d.ones(5, 2, dtype=d.float64), d.ones(3, dtype=d.float64))
    (y * y).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    assert [p.tolist() for p in H.parameters()] == before  # the user's H is as it was, gradients and all
    assert all(p.grad is None for p in H.parameters())
    assert len(before) == 4
    model.eval()
    assert not model.H[1].training
    assert H.training


def test_generated_weights_are_used_in_the_order_of_named_parameters():
    H = mlp(dn, 2, 4, 1)
    G = dn.Embedding(2, dn.num_weights(H), dtype=dn.float64)
    flat = rng(0).normal(size=(2, 17))
    G.weight.copy_(flat)
    x = dn.tensor(rng(1).normal(size=(5, 2)))
    y = dn.HyperNetwork(G, H)(x, dn.tensor(1))
    for p, (a, b) in zip(H.parameters(), [(0, 8), (8, 12), (12, 16), (16, 17)]):
        p.copy_(flat[1, a:b].reshape(p.shape))
    np.testing.assert_allclose(y.data, H(x).data, atol=1e-14)


@pytest.mark.parametrize("d", [dn, dt])
@pytest.mark.parametrize("seed", range(5))
def test_each_example_has_the_network_of_its_code(d, seed):
    model = hypernetwork(d, mlp(d, 2, 4, 3, seed=seed))
    x, c = (rng(seed + i).normal(size=shape) for i, shape in enumerate([(6, 2), (6, 3)]))
    together = np.asarray(model(d.tensor(x), d.tensor(c)).detach())
    for i in range(6):
        alone = model(d.tensor(x[i : i + 1]), d.tensor(c[i]))
        np.testing.assert_allclose(together[i], np.asarray(alone.detach())[0], atol=1e-14)


def block(d, o):
    return d.TransformerBlock(4, 2, causal=True, **o)


def recurrent(d, o):
    return d.LSTM(4, 3, 2, bidirectional=True, batch_first=True, **o)


def image(d, o):  # with a buffer that changes
    return d.Sequential(d.Conv2d(2, 3, 3, **o), d.BatchNorm2d(3, dtype=d.float64), d.Flatten(), d.Linear(12, 2, **o))


def words(d, o):  # with draws of its own, and an input of whole numbers
    return d.Sequential(d.Embedding(5, 3, **o), d.Dropout(0.5, generator=rng(3)), d.Linear(3, 2, **o))


WORDS, SEQUENCES = np.array([[1, 2], [0, 4], [3, 3]]), rng(5).normal(size=(3, 5, 4))


@pytest.mark.parametrize(
    ("make", "x", "each"),
    [
        (block, SEQUENCES, True), (block, SEQUENCES, False), (recurrent, SEQUENCES, False), (words, WORDS, True),
        (words, WORDS, False), (image, rng(5).normal(size=(3, 2, 4, 4)), True), (image, np.ones((3, 2, 4, 4)), False),
    ],
)  # fmt: skip
def test_any_network_can_be_h(make, x, each):
    results = []
    for d in (dn, dt):
        model = hypernetwork(d, make(d, dict(dtype=d.float64, generator=rng(0))))
        y = model(d.tensor(x), d.tensor(rng(6).normal(size=(3, 3) if each else 3)))
        y = y[0] if isinstance(y, tuple) else y
        (y * y).sum().backward()
        state = model.state_dict()
        values = [y.detach(), *(p.grad for p in model.parameters()), *state.values()]
        results.append((list(state), repr(model), [np.asarray(v) for v in values]))
    assert results[0][:2] == results[1][:2]
    for ours, theirs in zip(results[0][2], results[1][2], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-11)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("codes", [(3,), (6, 3)])
def test_hyperlinear_is_a_hypernetwork_of_one_layer(bias, codes):
    fast = dn.HyperLinear(3, 4, 2, bias, dtype=dn.float64, generator=rng(0))
    slow = dn.HyperNetwork(dn.Linear(3, dn.num_weights(fast) // 4, dtype=dn.float64), dn.Linear(4, 2, bias))
    slow.load_state_dict(fast.state_dict())
    x, c = rng(1).normal(size=(6, 4)), rng(2).normal(size=codes)
    results = []
    for model in (fast, slow):
        a, b = dn.tensor(x, requires_grad=True), dn.tensor(c, requires_grad=True)
        y = model(a, b)
        (y**2).sum().backward()
        results.append([y.data, a.grad.data, b.grad.data, *(p.grad.data for p in model.parameters())])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_the_same_as_vmap_in_pytorch():
    model = hypernetwork(dt, mlp(dt, 2, 4, 3))
    x, c = (torch.tensor(rng(i).normal(size=shape)) for i, shape in enumerate([(6, 2), (6, 3)]))
    H = mlp(dt, 2, 4, 3)

    def one(x, c):
        flat, weights, start = model.G(c), {}, 0
        for name, p in H.named_parameters():
            weights[name] = flat[start : start + p.numel()].reshape(p.shape)
            start += p.numel()
        return torch.func.functional_call(H, weights, (x,))

    torch.testing.assert_close(model(x, c), torch.vmap(one)(x, c))


def test_functional_call_leaves_the_module_as_it_was():
    net = mlp(dn, 2, 3, 1)
    before = dict(net.named_parameters())
    order = list(net.state_dict())

    class Failing(dn.Module):
        def __init__(self):
            self.net = net

        def forward(self, x):
            raise RuntimeError("no")

    new = {f"net.{name}": dn.tensor(p.data * 2) for name, p in before.items()}
    with pytest.raises(RuntimeError, match="no"):
        dn.functional_call(Failing(), new, dn.ones(1, 2))
    assert all(p is before[name] for name, p in net.named_parameters())
    assert list(net.state_dict()) == order


def test_a_layer_that_stands_twice_comes_back():
    layer = dn.Linear(2, 2, dtype=dn.float64)
    net = dn.Sequential(layer, dn.Tanh(), layer)
    weight = layer.weight
    dn.functional_call(net, {"2.weight": dn.tensor(np.eye(2))}, dn.ones(1, 2, dtype=dn.float64))
    assert layer.weight is weight


def test_copies_are_independent_and_still_work():
    model = hypernetwork(dn, mlp(dn, 2, 4, 1))
    twin = copy.deepcopy(model)
    x, c = dn.ones(1, 2, dtype=dn.float64), dn.ones(3, dtype=dn.float64)
    before = model(x, c).item()
    twin.G.weight.copy_(twin.G.weight.data * 2)
    assert model(x, c).item() == before
    assert twin(x, c).item() != before


@pytest.mark.parametrize("d", [dn, dt])
def test_hyperfan_starts_h_as_h_would_start(d):
    H = d.Sequential(d.Linear(50, 80, generator=rng(0)), d.Linear(80, 30, generator=rng(1)))
    layer = d.Linear(40, d.num_weights(H), generator=rng(2))
    codes = rng(3).normal(0, 0.5, size=(20, 40)).astype("f")
    assert d.hyperfan_(layer, H, mean_square=0.25, generator=rng(4)) is layer
    flat, start = np.asarray(layer(d.tensor(codes)).detach()), 0
    for p in H.parameters():
        size = int(np.prod(tuple(p.shape)))
        made, own = flat[:, start : start + size], np.asarray(p.detach()).ravel()
        start += size
        if p.ndim == 2:
            assert made.std() == pytest.approx(own.std(), rel=0.1)
            assert abs(made.mean()) < 0.01 * own.std() + 0.002
        else:
            np.testing.assert_array_equal(made, np.tile(own, (20, 1)))
    # PyTorch's ordinary start is not that of H: its spread does not know H's fan-in
    ordinary = np.asarray(d.Linear(40, d.num_weights(H), generator=rng(5))(d.tensor(codes)).detach())[:, :4000]
    assert ordinary.std() > 3 * np.asarray(H[0].weight.detach()).std()


def test_gradients_of_parts_are_gathered():
    x = dn.tensor(rng(0).normal(size=(3, 4)), requires_grad=True)
    a, b = parts(x, [((0, slice(0, 2)), (2, 1)), (slice(1, 3), None)])
    assert (a.shape, b.shape) == ((2, 1), (2, 4))
    y = (a * a).sum() + (b * 3).sum()
    for times in (1, 2):  # twice over a kept tape: nothing is left over from the first pass
        y.backward(retain_graph=True)
        expected = np.vstack([np.append(2 * x.data[0, :2], [0, 0]), np.full((2, 4), 3)])
        np.testing.assert_allclose(x.grad.data, times * expected)


def test_cost_is_linear_in_the_batch():
    H = mlp(dn, 1, 32, 32, 1, dtype="float32")
    model = dn.HyperNetwork(dn.Embedding(10, dn.num_weights(H)), H)

    def seconds(n):
        x, i = dn.ones(n, 1), dn.tensor(np.arange(n) % 10)
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            model(x, i).sum().backward()
            best = min(best, time.process_time() - start)
        return best

    assert seconds(800) < 2.5 * 8 * seconds(100)  # eight times the work, and room for a busy machine


def test_a_family_of_sine_waves():
    """One hypernetwork fits sine waves of any amplitude and phase, the same G and H from one seed in both back ends."""
    losses = {}
    for d in (dn, dt):
        g = rng(0)
        H = d.Sequential(d.Linear(1, 16, generator=g), d.Tanh(), d.Linear(16, 1, generator=g))
        last = d.hyperfan_(d.Linear(32, d.num_weights(H), generator=g), H, mean_square=0.3, generator=g)
        model = d.HyperNetwork(d.Sequential(d.Linear(2, 32, generator=g), d.Tanh(), last), H)
        optimizer = d.Adam(model.parameters(), lr=0.01)
        losses[d] = []
        x = np.linspace(-2, 2, 20, dtype="f")[:, None]
        for _ in range(300):
            amplitude, phase = g.uniform(0.5, 1.5), g.uniform(-1, 1)
            y = d.tensor((amplitude * np.sin(x + phase)).astype("f"))
            loss = d.mse_loss(model(d.tensor(x), d.tensor(np.array([amplitude, phase], "f"))), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[d].append(loss.item())
    assert np.mean(losses[dn][-50:]) < 0.08 < 0.2 < np.mean(losses[dn][:10])  # 24 seeds: 0.01 to 0.05, 0.28 to 0.66
    np.testing.assert_allclose(losses[dn][:50], losses[dt][:50], rtol=1e-2)
