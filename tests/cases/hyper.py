"""Hypernetworks: modules with other weights, weights made from codes."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case, rng


class Tied:
    """A module of either back end whose two layers share a weight, one of them a layer used twice."""

    def __new__(cls, d, dtype):
        class Net(d.Module):
            def __init__(self):
                super().__init__()
                self.first = d.Linear(3, 3, dtype=dtype, generator=rng())
                self.again = self.first
                self.other = d.Linear(3, 3, dtype=dtype, generator=rng())
                self.other.weight = self.first.weight

            def forward(self, x):
                return self.other(d.tanh(self.again(d.tanh(self.first(x)))))

        return Net()


class Counting:
    """A module of either back end with a buffer and a scalar parameter."""

    def __new__(cls, d, dtype):
        class Net(d.Module):
            def __init__(self):
                super().__init__()
                self.gain = d.Parameter(d.tensor(2.0, dtype=dtype))
                self.offset = d.Buffer(d.tensor([1.0, -1.0, 0.5], dtype=dtype))

            def forward(self, x):
                return x * self.gain + self.offset

        return Net()


def mlp(d, dtype):
    g = rng()
    return d.Sequential(d.Linear(3, 4, dtype=dtype, generator=g), d.Tanh(), d.Linear(4, 2, dtype=dtype, generator=g))


def hyper(d, H, dtype, k=2):
    """G with a hidden layer, started by hyperfan_."""
    g = rng()
    last = d.hyperfan_(d.Linear(5, d.num_weights(H), dtype=dtype, generator=g), H, generator=g)
    return d.HyperNetwork(d.Sequential(d.Linear(k, 5, dtype=dtype, generator=g), d.Tanh(), last), H)


def learned(d, model, *inputs):
    """What a model gives and is, and the gradients of all its parameters."""
    y = model(*inputs)
    (y * y).sum().backward()
    return y.detach(), model.state_dict(), {name: p.grad for name, p in model.named_parameters()}, repr(model)


case("functional_call", lambda d, W, b, x: d.functional_call(d.Linear(3, 2, dtype=x.dtype), {"weight": W, "bias": b}, (x,)), (2, 3), (2,), (5, 3))
case("functional_call", lambda d, W, x: d.functional_call(mlp(d, x.dtype), {"0.weight": W}, x), (4, 3), (5, 3))
case("functional_call", lambda d, W, x: d.functional_call(Tied(d, x.dtype), {"first.weight": W}, args=(x,)), (3, 3), (2, 3))
case("functional_call", lambda d, W, x: d.functional_call(Tied(d, x.dtype), {"other.weight": W}, kwargs={"x": x}), (3, 3), (2, 3))
case("functional_call", lambda d, x, o: d.functional_call(Counting(d, x.dtype), parameter_and_buffer_dicts={"offset": o}, args=x), (2, 3), (3,))
case("functional_call", lambda d, x: d.functional_call(d.ReLU(), {}, x), (2, 3))
case("num_weights", lambda d: (d.num_weights(mlp(d, d.float32)), d.num_weights(Tied(d, d.float32)), d.num_weights(d.ReLU()), d.num_weights(Counting(d, d.float32))))
case("hyperfan_", lambda d, x: (hyper(d, mlp(d, x.dtype), x.dtype).state_dict(), hyper(d, Counting(d, x.dtype), x.dtype).state_dict()), (1,))
case("hyperfan_", lambda d, x: d.hyperfan_(d.Linear(3, 26, dtype=x.dtype), mlp(d, x.dtype), mean_square=0.25, generator=rng())(x), (2, 3))
case("HyperNetwork", lambda d, x, c: hyper(d, mlp(d, x.dtype), x.dtype)(x, c), (4, 3), (2,))
case("HyperNetwork", lambda d, x, c: hyper(d, mlp(d, x.dtype), x.dtype)(x, c), (4, 3), (4, 2))
case("HyperNetwork", lambda d, x, c: hyper(d, mlp(d, x.dtype), x.dtype)(input=x, code=c), (1, 3), (1, 2))
case("HyperNetwork", lambda d, x, c: hyper(d, mlp(d, x.dtype), x.dtype)(x, c), (3, 2, 2, 3), (3, 2))
case("HyperNetwork", lambda d, x, c: learned(d, hyper(d, mlp(d, x.dtype), x.dtype), x, c), (4, 3), (2,))
case("HyperNetwork", lambda d, x, c: learned(d, hyper(d, Tied(d, x.dtype), x.dtype), x, c), (4, 3), (4, 2))
case("HyperNetwork", lambda d, x, c: learned(d, hyper(d, Counting(d, x.dtype), x.dtype), x, c), (4, 3), (4, 2))
case("HyperNetwork", lambda d, x, c: learned(d, hyper(d, d.Sequential(mlp(d, x.dtype), d.ReLU(), d.Linear(2, 1, False, dtype=x.dtype, generator=rng())), x.dtype), x, c), (4, 3), (2,))
case("HyperNetwork", lambda d, x, i: learned(d, d.HyperNetwork(d.Embedding(3, 26, dtype=x.dtype, generator=rng()), mlp(d, x.dtype)), x, i), (4, 3), np.array([0, 2, 2, 1]))
case("HyperNetwork", lambda d, x, i: learned(d, d.HyperNetwork(d.Embedding(3, 26, dtype=x.dtype, generator=rng()), mlp(d, x.dtype)), x, i), (4, 3), np.array(2))
case("HyperNetwork", lambda d, x, c: d.HyperNetwork(hyper(d, d.Linear(2, 26, dtype=x.dtype, generator=rng()), x.dtype), mlp(d, x.dtype)).state_dict(), (4, 3), (2,))
case("HyperLinear", lambda d, x, c: d.HyperLinear(2, 3, 4, dtype=x.dtype, generator=rng())(x, c), (5, 3), (2,))
case("HyperLinear", lambda d, x, c: d.HyperLinear(2, 3, 4, dtype=x.dtype, generator=rng())(x, c), (5, 3), (5, 2))
case("HyperLinear", lambda d, x, c: d.HyperLinear(2, 3, 4, False, dtype=x.dtype, generator=rng())(input=x, code=c), (5, 2, 2, 3), (5, 2))
case("HyperLinear", lambda d, x, c: learned(d, d.HyperLinear(2, 3, 1, dtype=x.dtype, generator=rng()), x, c), (5, 2, 3), (5, 2))
case("HyperLinear", lambda d, x, c: learned(d, d.HyperLinear(2, 1, 1, bias=False, dtype=x.dtype, generator=rng()), x, c), (1,), (2,))
case("HyperLinear", lambda d, x, c: d.HyperLinear(2, 3, 4, dtype=x.dtype, generator=rng())(x, c), np.ones((5, 6))[::-1, ::2], np.ones((2, 5)).T)

# --------------------------------------------------------------------------- bad input
bad("functional_call: module", lambda d: d.functional_call(abs, {}, d.ones(2)))
bad("functional_call: list", lambda d: d.functional_call(d.Linear(2, 1), [d.ones(1, 2)], d.ones(2)))
bad("functional_call: name", lambda d: d.functional_call(d.Linear(2, 1), {"weights": d.ones(1, 2)}, d.ones(2)))
bad("functional_call: nameless", lambda d: d.functional_call(d.ReLU(), {"weight": d.ones(1, 2)}, d.ones(2)))
bad("functional_call: shape", lambda d: d.functional_call(d.Linear(2, 1), {"weight": d.ones(2)}, d.ones(2)))
bad("functional_call: array", lambda d: d.functional_call(d.Linear(2, 1), {"weight": np.ones((1, 2))}, d.ones(2)))
bad("num_weights: list", lambda d: d.num_weights([1]))
bad("hyperfan_: H", lambda d: d.hyperfan_(d.Linear(2, 3), 3))
bad("hyperfan_: layer", lambda d: d.hyperfan_(d.ReLU(), d.Linear(2, 1)))
bad("hyperfan_: bias", lambda d: d.hyperfan_(d.Linear(2, 3, False), d.Linear(2, 1)))
bad("hyperfan_: width", lambda d: d.hyperfan_(d.Linear(2, 4), d.Linear(2, 1)))
bad("hyperfan_: mean square", lambda d: d.hyperfan_(d.Linear(2, 3), d.Linear(2, 1), mean_square=0))
bad("hyperfan_: seed", lambda d: d.hyperfan_(d.Linear(2, 3), d.Linear(2, 1), generator=1))
bad("HyperNetwork: G", lambda d: d.HyperNetwork(len, d.Linear(2, 1)))
bad("HyperNetwork: H", lambda d: d.HyperNetwork(d.Linear(2, 1), None))
for _name, _input, _code in [
    ("width", (4, 3), (3,)), ("0-d", (4, 3), ()), ("3-d", (4, 3), (4, 1, 2)), ("pairs", (4, 3), (3, 2)),
    ("scalar input", (), (3, 2)), ("no code", (4, 3), (0,)), ("no example", (0, 3), (0, 2)),
]:  # fmt: skip
    bad(f"HyperLinear: {_name}", lambda d, i=_input, c=_code: d.HyperLinear(2, 3, 1)(d.ones(i), d.ones(c)))
for _name, _input, _code in [
    ("0-d", (4, 3), ()), ("pairs", (4, 3), (3, 2)), ("no code", (4, 3), (0,)), ("no example", (0, 3), (0, 2)),
]:  # fmt: skip
    bad(f"HyperNetwork: {_name}", lambda d, i=_input, c=_code: hyper(d, d.Linear(3, 1), d.float32)(d.ones(i), d.ones(c)))
bad("HyperNetwork: input list", lambda d: hyper(d, d.Linear(3, 1), d.float32)([1.0], d.ones(2)))
bad("HyperNetwork: code list", lambda d: hyper(d, d.Linear(3, 1), d.float32)(d.ones(4, 3), [1.0, 2.0]))
bad("HyperNetwork: truths", lambda d: hyper(d, d.Linear(3, 1), d.float32)(d.ones(4, 3), d.tensor([True, False])))
bad("HyperNetwork: whole pairs", lambda d: d.HyperNetwork(d.Embedding(3, 4), d.Linear(3, 1))(d.ones(4, 3), d.tensor([[0, 1]])))
bad("HyperNetwork: G's width", lambda d: d.HyperNetwork(d.Linear(2, 5), d.Linear(3, 1))(d.ones(4, 3), d.ones(2)))
bad("HyperNetwork: G's axes", lambda d: d.HyperNetwork(d.Flatten(0), d.Linear(1, 1))(d.ones(4, 1), d.ones(4, 2)))
bad("HyperNetwork: two outputs", lambda d: hyper(d, d.GRU(3, 2), d.float32)(d.ones(4, 5, 3), d.ones(4, 2)))
bad("HyperLinear: integer code", lambda d: d.HyperLinear(2, 3, 1)(d.ones(4, 3), d.tensor(np.ones(4, int))))
bad("HyperLinear: input width", lambda d: d.HyperLinear(2, 3, 1)(d.ones(4, 2), d.ones(2)))
bad("HyperLinear: input dtype", lambda d: d.HyperLinear(2, 3, 1)(d.ones(4, 3, dtype=d.float64), d.ones(2)))
bad("HyperLinear: code dtype", lambda d: d.HyperLinear(2, 3, 1)(d.ones(4, 3), d.ones(2, dtype=d.float64)))
bad("HyperLinear: sizes", lambda d: d.HyperLinear(0, 3, 1))
bad("HyperLinear: inputs", lambda d: d.HyperLinear(2, 3.5, 1))
bad("HyperLinear: seed", lambda d: d.HyperLinear(2, 3, 1, generator=0))
