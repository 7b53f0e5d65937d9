"""Hypernetworks: a network G whose output is the weights of another network H.

A layer computes y = W x + b with W and b learned.  Here W and b are computed too: theta = G(c), y = H(x; theta).
Only G is learned.  The code c says which network H shall be: one code for a task makes H an ordinary network
on all its examples; one code for each example makes a network for each example.

The gradient needs nothing new.  theta is a result on the tape like any other, so backpropagation gives
dJ/dtheta, as if theta were H's own parameters, and goes on through G.  Where one theta serves many examples
their gradients add up, as with any shared weight.

One thing needs care: where G starts.  A layer of G with d inputs of mean square 1 makes weights d times as
variable as its own, so an ordinary start makes H far too loud or too quiet.  `hyperfan_` divides by d.

Sources: Ha, Dai and Le, *HyperNetworks*, 2016; Schmidhuber, *Learning to control fast-weight memories*, 1992;
Chang, Flokas and Lipson, *Principled weight initialization for hypernetworks*, 2020.
"""

from __future__ import annotations

import copy
from operator import attrgetter
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes._validate import hyper as _check
from dlnotes.numpy.nn import Linear, Module, Parameter, linear
from dlnotes.numpy.tensor import Tensor, concatenate, matmul, parts, reshape, transpose

__all__ = ["functional_call", "num_weights", "hyperfan_", "HyperNetwork", "HyperLinear"]


# ---------------------------------------------------------------------- a module with other weights
def functional_call(
    module: Module, parameter_and_buffer_dicts: dict[str, Tensor], args: Any = None, kwargs: dict | None = None
) -> Any:
    """module(*args, **kwargs) with other Tensors in the place of its parameters and buffers; gradients flow into them.

    parameter_and_buffer_dicts: Tensors by the names of `named_parameters` and `named_buffers`; what is not named
    stays.  A shared parameter is replaced wherever it stands.
    args: a tuple, or one input.
    Raises ValueError for an unknown name or another shape, TypeError for what is no Tensor.

    >>> from dlnotes.numpy import tensor
    >>> layer = Linear(2, 1, bias=False)
    >>> functional_call(layer, {"weight": tensor([[2.0, 3.0]])}, tensor([[1.0, 10.0]]))
    tensor([[32.]])
    """
    _check.networks(Module, module=module)
    own, given = dict(module._named()), parameter_and_buffer_dicts
    _check.replacements(Tensor, given, {name: p.shape for name, p in own.items()})
    everywhere = {name: given[first] for first in given for name in own if own[name] is own[first]}
    return _call(module, everywhere, args if isinstance(args, tuple) else () if args is None else (args,), kwargs or {})


def _call(module: Module, values: dict[str, Tensor], args: tuple, kwargs: dict) -> Any:
    before = _put(module, values)
    try:
        return module(*args, **kwargs)
    finally:
        _put(module, dict(reversed(before.items())))


def _put(module: Module, values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Put Tensors in the places of these names; what was there comes back."""
    before = {}
    for name, value in values.items():
        owner, _, attribute = name.rpartition(".")
        place = vars(attrgetter(owner)(module) if owner else module)
        before[name], place[attribute] = place[attribute], value
    return before


# ---------------------------------------------------------------------- hypernetworks
def num_weights(module: Module) -> int:
    """How many numbers the parameters of `module` hold, shared ones counted once: the outputs that G needs.

    >>> num_weights(Linear(3, 2))
    8
    """
    _check.networks(Module, module=module)
    return sum(p.data.size for p in module.parameters())


def hyperfan_(
    layer: Linear, H: Module, *, mean_square: float = 1.0, generator: np.random.Generator | None = None
) -> Linear:
    """Let the last layer of G start so that the weights it makes start as H's own do; returns `layer`.

    A weight of two axes or more gets its mean square in H, v: the rows of `layer` that make it are normal with
    variance v / (d * mean_square), d = layer.in_features.  A vector (bias, gain) starts as it is in H for every code.
    mean_square: that of the numbers that come into `layer`, 1 for standardised ones.
    Source: hyperfan-in of Chang, Flokas and Lipson 2020, with the variance that H asks for by its own start.
    """
    _check.networks(Module, H=H)
    _check.last_layer(Linear, layer, num_weights(H))
    _validate.at_least("mean_square", mean_square, 1e-12)
    _validate.generator(generator)
    generator = generator or np.random.default_rng()
    rows, offsets = [], []
    for p in H.parameters():
        v = p.data.reshape(-1)
        std = np.sqrt(np.mean(v * v) / (layer.in_features * mean_square)) if p.ndim > 1 else 0.0
        rows.append(std * generator.normal(size=(v.size, layer.in_features)))
        offsets.append(np.zeros_like(v) if p.ndim > 1 else v)
    layer.weight.copy_(np.concatenate(rows))
    layer.bias.copy_(np.concatenate(offsets))  # type: ignore[union-attr]
    return layer


class HyperNetwork(Module):
    """H(input; G(code)): a network H whose weights another network G makes from a code.

    G: from codes (B, k) to (B, num_weights(H)): the parameters of H flattened, in the order of `named_parameters`.
    H: any Module.  A copy of it gives the names and shapes; its parameters are not learned, and neither are they
    among those of the HyperNetwork.  Shared parameters are made once.  Its buffers are kept, saved and shared
    by all codes.

    Called with one code (k,), one H works on all of `input`.  Called with codes (B, k) and `input` (B, ...),
    example i goes through an H of its own, as a batch of one; H is called B times, so this is the general way,
    not the fast one (`HyperLinear` is).  Where G begins with an `Embedding`, codes are whole numbers () or (B,).
    Raises ValueError where codes and examples differ in number, or G's outputs and H's weights do, TypeError where H
    gives something else than one Tensor for each example.

    >>> from dlnotes.numpy import Embedding, Sequential, tensor
    >>> H = Linear(3, 2)
    >>> model = HyperNetwork(Sequential(Embedding(10, 4), Linear(4, num_weights(H))), H)
    >>> model(tensor(np.ones((5, 3), "f")), tensor(7)).shape  # task 7, five examples
    (5, 2)
    """

    def __init__(self, G: Module, H: Module):
        _check.networks(Module, G=G, H=H)
        self.G, self.H = G, copy.deepcopy(H)
        own = {name: p for name, p in self.H._named() if isinstance(p, Parameter)}
        self.shapes = {name: p.shape for name, p in self.H.named_parameters()}
        self._names = [[name for name in own if own[name] is own[first]] for first in self.shapes]
        _put(self.H, {name: p.detach() for name, p in own.items()})  # no Parameters any more

    def forward(self, input: Tensor, code: Tensor) -> Any:
        _check.codes(Tensor, input, code)
        one = code.ndim == (code.dtype.kind == "f")
        flat = self.G(reshape(code, (1, *code.shape)) if one else code)  # (B, n)
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        _check.generated(flat.shape, 1 if one else len(code), sum(sizes))
        ends = np.cumsum(sizes)
        pieces = [(slice(end - size, end), shape) for end, size, shape in zip(ends, sizes, self.shapes.values())]
        weights = iter(parts(flat, [((i, piece), shape) for i in range(len(flat)) for piece, shape in pieces]))

        def network(x: Tensor) -> Any:  # the next H
            values = {name: w for names, w in zip(self._names, weights) for name in names}
            return _call(self.H, values, (x,), {})

        if one:
            return network(input)
        rows = parts(input, [(slice(i, i + 1), None) for i in range(len(input))])
        outputs = [network(x) for x in rows]
        _check.one_output(Tensor, outputs[0])
        return concatenate(outputs)


class HyperLinear(Module):
    """A linear layer whose weight and bias are linear functions of a code: W = reshape(A c + a), y = W x + b.

    From input (B, ..., in_features) and codes (B, code_features), or one code (code_features,) for all of
    `input`, to (B, ..., out_features).  The same as HyperNetwork(G, Linear(in_features, out_features)), with all
    examples in one batched matrix product.  G starts by `hyperfan_`, for codes of mean square 1.

    >>> from dlnotes.numpy import ones
    >>> HyperLinear(4, 3, 2)(ones(5, 3), ones(5, 4)).shape
    (5, 2)
    """

    def __init__(
        self,
        code_features: int,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _validate.size("code_features", code_features)
        H = Linear(in_features, out_features, bias, dtype=dtype, generator=generator)
        self.code_features, self.in_features, self.out_features = code_features, in_features, out_features
        self.G = Linear(code_features, num_weights(H), dtype=dtype, generator=generator)
        hyperfan_(self.G, H, generator=generator)

    def forward(self, input: Tensor, code: Tensor) -> Tensor:
        _check.codes(Tensor, input, code)
        _check.code_features(code, self.code_features)
        _check.example_rows(input.shape, input.dtype, self.in_features, self.G.weight.dtype)
        k, m = self.in_features, self.out_features
        made = self.G(code)  # (B, m k + m)
        if code.ndim == 1:
            return linear(input, reshape(made[: m * k], (m, k)), made[m * k :] if len(made) > m * k else None)
        B, n = made.shape
        W = reshape(made[:, : m * k], (B, m, k))
        y = matmul(reshape(input, (B, -1, k)), transpose(W, 1, 2))  # (B, rows, m)
        if n > m * k:
            y = y + reshape(made[:, m * k :], (B, 1, m))
        return reshape(y, (*input.shape[:-1], m))

    def extra_repr(self) -> str:
        return f"code_features={self.code_features}, in_features={self.in_features}, out_features={self.out_features}"
