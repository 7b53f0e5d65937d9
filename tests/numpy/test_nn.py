"""Modules: finding parameters, saving and loading, modes, and what is refused."""

import numpy as np
import pytest

import dlnotes.numpy as dn


class Net(dn.Module):
    def __init__(self):
        self.first = dn.Linear(2, 3, generator=np.random.default_rng(0))
        self.again = self.first
        self.gain = dn.Parameter([2.0])
        self.note = "not a parameter"
        self.buffer = dn.ones(3)

    def forward(self, x):
        return self.first(x) * self.gain


def test_parameters_are_found_once_and_own_ones_come_first():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == ["gain", "first.weight", "first.bias"]
    assert len(list(net.parameters())) == 3
    assert list(net.state_dict()) == ["gain", "first.weight", "first.bias", "again.weight", "again.bias"]
    assert list(net.modules()) == [net, net.first]


def test_modes_reach_every_module():
    net = dn.Sequential(Net(), dn.ReLU())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    assert net.train() is net
    assert all(m.training for m in net.modules())
    assert dn.Module.training  # the class is as it was


def test_a_state_is_a_snapshot():
    net = Net()
    state = net.state_dict()
    with dn.no_grad():
        net.gain += 5
    assert state["gain"] == [2]
    with pytest.raises(ValueError, match="read-only"):
        state["gain"][0] = 1
    net.load_state_dict(state)
    assert net.gain.item() == 2
    assert net.gain.requires_grad


def test_loading_keeps_the_networks_dtype_and_identity():
    net = Net()
    before = list(net.parameters())
    net.load_state_dict({name: value.astype("float64") for name, value in net.state_dict().items()})
    assert all(p is q and p.dtype == dn.float32 for p, q in zip(net.parameters(), before))


def test_loading_lists_every_fault_and_changes_nothing():
    net = Net()
    before = net.state_dict()
    state = dict(before, gain=np.zeros(2), surplus=np.zeros(1), **{"first.weight": np.zeros((3, 2))})
    del state["again.bias"]
    with pytest.raises(ValueError, match="state_dict: ") as error:
        net.load_state_dict(state)
    message = str(error.value)
    assert message == (
        "state_dict: missing again.bias; gain: expected shape (1,), got (2,); unexpected surplus"
    )
    with pytest.raises(TypeError, match="expected real numbers"):  # right shape, wrong kind, and not the first
        net.load_state_dict(dict(before, gain=np.zeros(1), **{"again.bias": np.array(["a", "b", "c"])}))
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_zero_grad():
    net = Net()
    net(dn.ones(1, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_a_frozen_parameter_gets_no_gradient():
    net = Net()
    net.first.weight.requires_grad = False
    net(dn.ones(1, 2)).sum().backward()
    assert net.first.weight.grad is None
    assert net.first.bias.grad is not None


def test_freezing_a_network_and_thawing_it():
    net = Net()
    assert net.requires_grad_(False) is net
    assert not net(dn.ones(1, 2)).requires_grad
    net.requires_grad_()(dn.ones(1, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_modules_have_the_first_name_they_are_found_under():
    net = dn.Sequential(Net(), dn.ReLU())
    assert [name for name, _ in net.named_modules()] == ["", "0", "0.first", "1"]
    assert [name for name, _ in net.named_modules(prefix="a")] == ["a", "a.0", "a.0.first", "a.1"]


def test_repr_is_pytorchs():
    assert repr(Net()) == (
        "Net(\n  (first): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (again): Linear(in_features=2, out_features=3, bias=True)\n)"
    )


def test_sequential_refuses_what_is_no_module():
    for wrong in ([dn.ReLU()], dn.relu, None):
        with pytest.raises(TypeError, match="args: expected Modules, got"):
            dn.Sequential(wrong)
    with pytest.raises(IndexError):
        dn.Sequential(dn.ReLU())[1]


def test_a_module_without_forward():
    with pytest.raises(NotImplementedError, match="Empty has no forward"):
        type("Empty", (dn.Module,), {})()(1)


def test_one_generator_draws_weight_then_bias():
    g = np.random.default_rng(3)
    layer = dn.Linear(4, 2, generator=np.random.default_rng(3), dtype=dn.float64)
    np.testing.assert_array_equal(layer.weight.data, g.uniform(-0.5, 0.5, (2, 4)))
    np.testing.assert_array_equal(layer.bias.data, g.uniform(-0.5, 0.5, 2))
    assert not np.array_equal(dn.Linear(4, 2).weight.data, dn.Linear(4, 2).weight.data)


@pytest.mark.parametrize("dtype", [dn.int64, "float16", bool])
def test_parameters_are_float32_or_float64(dtype):
    with pytest.raises(TypeError, match="requires_grad: only float32 and float64 have gradients"):
        dn.Linear(2, 3, dtype=dtype)
