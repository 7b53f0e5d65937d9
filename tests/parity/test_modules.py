"""One network in both back ends: equal names, weights, losses and gradients, and weights that travel."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import dlnotes.numpy as dn
import dlnotes.torch as dt


def network(d, seed=0, dtype="float64"):
    g, dtype = np.random.default_rng(seed), getattr(d, dtype)
    return d.Sequential(
        d.Flatten(), d.Linear(12, 7, dtype=dtype, generator=g), d.ReLU(),
        d.Sequential(d.Linear(7, 7, False, dtype=dtype, generator=g), d.Tanh()),
        d.Linear(7, 3, dtype=dtype, generator=g),
    )  # fmt: skip


X = np.random.default_rng(1).normal(size=(6, 3, 4))
Y = np.array([0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_seed_one_network(dtype):
    ours, theirs = network(dn, dtype=dtype).state_dict(), network(dt, dtype=dtype).state_dict()
    assert list(ours) == list(theirs) == ["1.weight", "1.bias", "3.0.weight", "4.weight", "4.bias"]
    for name in ours:
        assert ours[name].shape == tuple(theirs[name].shape)
        assert ours[name].dtype == dtype
        np.testing.assert_array_equal(ours[name], theirs[name].numpy())


@pytest.mark.parametrize("make", [lambda d, p: d.SGD(p, 0.1, 0.9, nesterov=True), lambda d, p: d.AdamW(p, 0.02)])
def test_training_stays_equal(make):
    losses, nets = {}, {}
    for d in (dn, dt):
        net = nets[d] = network(d)
        optimizer = make(d, net.parameters())
        losses[d] = []
        for _ in range(40):
            optimizer.zero_grad()
            loss = d.cross_entropy(net(d.tensor(X)), d.tensor(Y))
            loss.backward()
            optimizer.step()
            losses[d].append(loss.item())
    np.testing.assert_allclose(losses[dn], losses[dt], rtol=1e-8)
    for (name, p), (twin, q) in zip(nets[dn].named_parameters(), nets[dt].named_parameters(), strict=True):
        assert name == twin
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-6, atol=1e-9)


def test_weights_travel_both_ways():
    ours, theirs = network(dn, 1), network(dt, 2)
    ours.load_state_dict(theirs.state_dict())
    np.testing.assert_allclose(ours(dn.tensor(X)).tolist(), theirs(dt.tensor(X)).tolist(), atol=1e-12)
    back = network(dt, 3)
    back.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    for a, b in zip(back.parameters(), theirs.parameters()):
        assert torch.equal(a, b)


def test_torch_linear_without_a_generator_starts_as_pytorch_does():
    torch.manual_seed(0)
    ours = dt.Linear(4, 3)
    torch.manual_seed(0)
    theirs = torch.nn.Linear(4, 3)
    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(ours.bias, theirs.bias)


def test_initial_draws_have_the_promised_spread():
    for d in (dn, dt):
        w = d.zeros(300, 200)
        g = np.random.default_rng(0)
        spread = {
            d.uniform_: ((-1.0, 3.0), 4 / 12**0.5), d.normal_: ((0.0, 0.3), 0.3),
            d.xavier_uniform_: ((2.0,), 2 * (2 / 500) ** 0.5), d.xavier_normal_: ((2.0,), 2 * (2 / 500) ** 0.5),
            d.kaiming_uniform_: ((0.5,), (2 / 1.25 / 200) ** 0.5),
            d.kaiming_normal_: ((0.5, "fan_out"), (2 / 1.25 / 300) ** 0.5),
        }  # fmt: skip
        for fill, (arguments, std) in spread.items():
            assert fill(w, *arguments, generator=g) is w
            assert float(np.std(np.asarray(w))) == pytest.approx(std, rel=0.02)
        assert not np.array_equal(*(d.normal_(w).tolist() for _ in range(2)))  # no generator: new draws each time


@pytest.mark.parametrize(
    ("line", "absent"),
    [("import dlnotes", "numpy torch"), ("import dlnotes.numpy", "torch"), ("import dlnotes._validate", "torch")],
)
def test_imports_stay_apart(line, absent):
    check = f"{line}, sys; assert not set('{absent}'.split()) & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_torch_absent_says_what_to_install():
    script = "import sys; sys.modules['torch'] = None; import dlnotes.numpy; import dlnotes.torch"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)
    assert "ImportError: dlnotes.torch needs PyTorch: pip install 'dlnotes[torch]'" in result.stderr
