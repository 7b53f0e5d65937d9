"""Hypernetworks: a network G whose output is the weights of another network H.

PyTorch has the tool, `torch.func.functional_call`; the rest is written here as in `dlnotes.numpy.hyper`.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, from_numpy
from torch.nn import Module

from dlnotes import _validate
from dlnotes._validate import hyper as _check
from dlnotes.torch.nn import Linear, linear

__all__ = ["functional_call", "num_weights", "hyperfan_", "HyperNetwork", "HyperLinear"]


def functional_call(
    module: Module, parameter_and_buffer_dicts: dict[str, Tensor], args: Any = None, kwargs: dict | None = None
) -> Any:
    """module(*args, **kwargs) with other Tensors in the place of its parameters, as torch.func.functional_call.

    Names and shapes are checked as in the NumPy twin; PyTorch alone would pass over an unknown name.
    """
    _check.networks(Module, module=module)
    own = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    _check.replacements(Tensor, parameter_and_buffer_dicts, {name: tuple(p.shape) for name, p in own})
    return torch.func.functional_call(module, parameter_and_buffer_dicts, () if args is None else args, kwargs)


def num_weights(module: Module) -> int:
    """How many numbers the parameters of `module` hold, shared ones counted once."""
    _check.networks(Module, module=module)
    return sum(p.numel() for p in module.parameters())


@torch.no_grad()
def hyperfan_(
    layer: Linear, H: Module, *, mean_square: float = 1.0, generator: np.random.Generator | None = None
) -> Linear:
    """Let the last layer of G start so that the weights it makes start as H's own do; returns `layer`."""
    _check.networks(Module, H=H)
    _check.last_layer(torch.nn.Linear, layer, num_weights(H))
    _validate.at_least("mean_square", mean_square, 1e-12)
    _validate.generator(generator)
    generator = generator or np.random.default_rng()
    rows, offsets = [], []
    for p in H.parameters():
        v = p.reshape(-1)
        std = ((v * v).mean() / (layer.in_features * mean_square)) ** 0.5 if p.ndim > 1 else 0.0
        rows.append(std * from_numpy(generator.normal(size=(len(v), layer.in_features))).to(v.device))
        offsets.append(torch.zeros_like(v) if p.ndim > 1 else v)
    layer.weight.copy_(torch.cat(rows))
    layer.bias.copy_(torch.cat(offsets))
    return layer


class HyperNetwork(Module):
    """H(input; G(code)): a network H whose weights another network G makes from a code.

    G: from codes (B, k) to (B, num_weights(H)): the parameters of H flattened, in the order of `named_parameters`.
    Called with one code (k,), one H works on all of `input`; with codes (B, k) and `input` (B, ...), example i
    goes through an H of its own.  H is called B times rather than through torch.vmap, under which an H with buffers,
    random draws or checks of values would fail.
    """

    def __init__(self, G: Module, H: Module):
        _check.networks(Module, G=G, H=H)
        super().__init__()
        self.G, self.H = G, copy.deepcopy(H)
        own = dict(self.H.named_parameters(remove_duplicate=False))
        self.shapes = {name: tuple(p.shape) for name, p in self.H.named_parameters()}
        self._names = [[name for name in own if own[name] is own[first]] for first in self.shapes]
        for module in self.H.modules():
            for name, p in list(module.named_parameters(recurse=False, remove_duplicate=False)):
                delattr(module, name)
                setattr(module, name, p.detach())  # no Parameters any more

    def forward(self, input: Tensor, code: Tensor) -> Any:
        _check.codes(Tensor, input, code)
        one = code.ndim == code.is_floating_point()
        flat = self.G(code[None] if one else code)  # (B, n)
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        _check.generated(tuple(flat.shape), 1 if one else len(code), sum(sizes))
        pieces = [w.reshape(-1, *shape) for w, shape in zip(flat.split(sizes, -1), self.shapes.values())]

        def network(x: Tensor, *weights: Tensor) -> Any:
            values = {name: w for names, w in zip(self._names, weights) for name in names}
            return torch.func.functional_call(self.H, values, (x,))

        if one:
            return network(input, *(w[0] for w in pieces))
        outputs = [network(*example) for example in zip(input.split(1), *pieces)]
        _check.one_output(Tensor, outputs[0])
        return torch.cat(outputs)


class HyperLinear(Module):
    """A linear layer whose weight and bias are linear functions of a code: W = reshape(A c + a), y = W x + b.

    From input (B, ..., in_features) and codes (B, code_features), or one code (code_features,) for all of
    `input`, to (B, ..., out_features).
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
        super().__init__()
        _validate.size("code_features", code_features)
        H = Linear(in_features, out_features, bias, dtype=dtype, generator=generator)
        self.code_features, self.in_features, self.out_features = code_features, in_features, out_features
        self.G = Linear(code_features, num_weights(H), dtype=dtype, generator=generator)
        hyperfan_(self.G, H, generator=generator)

    def forward(self, input: Tensor, code: Tensor) -> Tensor:
        _check.codes(Tensor, input, code)
        _check.code_features(code, self.code_features)
        _check.example_rows(tuple(input.shape), input.dtype, self.in_features, self.G.weight.dtype)
        k, m = self.in_features, self.out_features
        made = self.G(code)  # (B, m k + m)
        W, b = made[..., : m * k], made[..., m * k :]
        if code.ndim == 1:
            return linear(input, W.reshape(m, k), b if len(b) else None)
        y = input.reshape(len(made), -1, k) @ W.reshape(-1, m, k).mT  # (B, rows, m)
        if b.shape[1]:
            y = y + b[:, None]
        return y.reshape(*input.shape[:-1], m)

    def extra_repr(self) -> str:
        return f"code_features={self.code_features}, in_features={self.in_features}, out_features={self.out_features}"
