"""Layers: functions with parameters of their own.

A `Module` is anything with a `forward`.  It finds its parameters by looking through its own
attributes, so a layer is made by assigning `Parameter`s, and a network by assigning layers.

The notes write a layer as a = ReLU(W x + b), one column per example.  A batch stores one example per
*row*, so the same layer reads X W^T + b.  Source: chapter *The neural network*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes._validate.weights import state_dict as _check
from dlnotes.numpy import init
from dlnotes.numpy.tensor import Tensor, flatten, float32, float64, record, total

__all__ = [
    "Module", "Parameter", "Buffer", "Sequential", "ModuleList", "Identity", "Flatten",
    "Linear", "linear", "Embedding", "embedding",
]  # fmt: skip


class Parameter(Tensor):
    """A Tensor that a Module learns."""

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True):
        super().__init__(data, requires_grad)


class Buffer(Tensor):
    """A Tensor that a Module keeps and saves but does not learn, as a running mean."""

    __slots__ = ()

    def __init__(self, data: Any):
        super().__init__(data)

    def __reduce__(self) -> tuple:  # a copy is a Buffer of the same values
        return type(self), (self._data,)


class RemovableHandle:
    """The place of a hook among others, to take it away from."""

    def __init__(self, hooks: dict):
        self._hooks = hooks

    def remove(self) -> None:
        """Take the hook away; once more does nothing."""
        self._hooks.pop(self, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


class Module:
    """The base of all layers and networks: write `forward`, call the object.

    >>> from dlnotes.numpy import Linear, tensor
    >>> class Twice(Module):
    ...     def __init__(self, generator):
    ...         self.layer = Linear(2, 2, generator=generator)
    ...     def forward(self, x):
    ...         return self.layer(self.layer(x))
    >>> model = Twice(np.random.default_rng(0))
    >>> [name for name, _ in model.named_parameters()]
    ['layer.weight', 'layer.bias']
    >>> model(tensor([[1.0, 2.0]])).shape
    (1, 2)
    """

    training = True

    def forward(self, *inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        output = self.forward(*inputs, **options)
        for hook in [*self.__dict__.get("_forward_hooks", {}).values()]:
            changed = hook(self, inputs, output)
            output = output if changed is None else changed
        return output

    def register_forward_hook(self, hook: Callable[[Module, tuple, Any], Any]) -> RemovableHandle:
        """Call `hook(module, inputs, output)` after each forward pass; what it returns, if anything, is the output.

        Gives a handle: `handle.remove()`, or the end of a `with` block around it, takes the hook away.

        >>> from dlnotes.numpy import Linear, tensor
        >>> layer, seen = Linear(2, 3), []
        >>> with layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape)):
        ...     y = layer(tensor([[1.0, 2.0]]))
        >>> seen
        [(1, 3)]
        """
        hooks = self.__dict__.setdefault("_forward_hooks", {})
        handle = RemovableHandle(hooks)
        hooks[handle] = hook
        return handle

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules assigned to this one, by attribute name."""
        return ((name, m) for name, m in vars(self).items() if isinstance(m, Module))

    def named_modules(self, *, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """(name, module) pairs: this one, whose name is `prefix`, and all inside it; a shared module comes once."""
        found = {id(self): (prefix, self)}
        for name, child in self.named_children():
            for inside, m in child.named_modules(prefix=f"{prefix}.{name}" if prefix else name):
                found.setdefault(id(m), (inside, m))
        return iter(found.values())

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, likewise."""
        return (m for _, m in self.named_modules())

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """(name, parameter) pairs, nested names joined by dots; a shared parameter comes once."""
        return self._once(Parameter, prefix)

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Buffer]]:
        """(name, buffer) pairs, likewise."""
        return self._once(Buffer, prefix)

    def _once(self, kind: type, prefix: str) -> Iterator[tuple[str, Any]]:
        seen = set()
        for name, p in self._named(prefix):
            if isinstance(p, kind) and id(p) not in seen:
                seen.add(id(p))
                yield name, p

    def _named(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        prefix = prefix and prefix + "."
        for kind in (Parameter, Buffer):
            for name, value in vars(self).items():
                if isinstance(value, kind):
                    yield prefix + name, value
        for name, child in self.named_children():
            yield from child._named(prefix + name)

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, for the optimiser."""
        return (p for _, p in self.named_parameters())

    def buffers(self) -> Iterator[Buffer]:
        """All buffers."""
        return (b for _, b in self.named_buffers())

    def to(self, dtype: Any) -> Module:
        """All parameters and floating buffers in another dtype, in place; their gradients are dropped."""
        for value in dict(self._named()).values():
            if value.dtype.kind == "f":
                value._put(value.data.astype(dtype))
                value.grad = None
        return self

    def float(self) -> Module:
        """All in float32."""
        return self.to(float32)

    def double(self) -> Module:
        """All in float64."""
        return self.to(float64)

    def state_dict(self) -> dict[str, np.ndarray]:
        """The values of all parameters and buffers by name: a snapshot, since arrays in Tensors never change."""
        return {name: value.data for name, value in self._named()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over values saved by `state_dict`.

        Raises ValueError that lists every missing, unexpected and mis-shaped entry; then nothing changes.
        """
        own = dict(self._named())
        _check({k: p.shape for k, p in own.items()}, {k: np.shape(v) for k, v in state_dict.items()})
        values = {name: Tensor(np.asarray(value)).data for name, value in state_dict.items()}
        for name, value in values.items():
            own[name].copy_(value)

    def train(self, mode: bool = True) -> Module:
        """Switch this module and all inside it to training (or, with False, to evaluation)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Switch to evaluation."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Ask for a gradient of every parameter or, with False, freeze them all; and return self."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for p in self.parameters():
            p.grad = None

    def extra_repr(self) -> str:
        return ""

    def __repr__(self) -> str:
        extra, inside = self.extra_repr(), [f"({name}): {child!r}" for name, child in self.named_children()]
        body = "\n".join([extra, *inside] if extra else inside).replace("\n", "\n  ")
        return f"{type(self).__name__}(" + (f"\n  {body}\n)" if inside else f"{extra})")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input W^T + b: the affine map of every row, `input` (..., k), `weight` (m, k), `bias` (m,) -> (..., m).

    One fused operation: the batch is flattened to rows, and each gradient is one matrix product.
    Raises ValueError where the last axis of `input` is not k or `bias` is not (m,), TypeError where
    the three are not of one floating dtype.
    """
    _validate.affine(Tensor, input, weight, bias)
    x, W = input.data, weight.data
    m, k = W.shape
    rows = x.reshape(-1, k)
    y = rows @ (W.T if len(rows) < 512 else np.ascontiguousarray(W.T))  # many rows repay the copy
    y = y.reshape(*x.shape[:-1], m)
    d_input = (input, lambda g: (g.reshape(-1, m) @ W).reshape(x.shape))
    d_weight = (weight, lambda g: g.reshape(-1, m).T @ x.reshape(-1, k))
    if bias is None:
        return record(y, d_input, d_weight)
    y += bias.data
    return record(y, d_input, d_weight, (bias, lambda g: total(g.reshape(-1, m), (0,))))


class Linear(Module):
    """A fully connected layer, x W^T + b, from (..., in_features) to (..., out_features).

    Weights and biases start uniform in +-1/sqrt(in_features), PyTorch's default, drawn from `generator`
    (weight first, then bias), so that both back ends start alike from one seed.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _validate.size("in_features", in_features)
        _validate.size("out_features", out_features)
        _validate.generator(generator)
        self.in_features, self.out_features = in_features, out_features
        dtype = dtype or float32
        self.weight = Parameter(np.zeros((out_features, in_features), dtype))
        self.bias = Parameter(np.zeros(out_features, dtype)) if bias else None
        generator = generator or np.random.default_rng()
        bound = in_features**-0.5
        init.uniform_(self.weight, -bound, bound, generator)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class _Row(Module):
    """Modules in a row, found by their number."""

    def __iter__(self) -> Iterator[Module]:
        return (module for module in vars(self).values() if isinstance(module, Module))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, index: int | slice) -> Module:
        chosen = list(self)[index]
        if isinstance(chosen, Module):
            return chosen
        row = type(self)()
        for i, module in enumerate(chosen):
            setattr(row, str(i), module)
        return row


class Sequential(_Row):
    """Modules one after the other: the output of each is the input of the next."""

    def __init__(self, *args: Module):
        for i, module in enumerate(args):
            if not isinstance(module, Module):
                raise TypeError(f"args: expected Modules, got {type(module).__name__}")
            setattr(self, str(i), module)

    def forward(self, input: Tensor) -> Tensor:
        for module in self:
            input = module(input)
        return input


class ModuleList(_Row):
    """A list of Modules, for a `forward` that goes through them in its own way."""

    def __init__(self, modules: Iterable[Module] | None = None):
        for module in modules or ():
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        """One Module more at the end."""
        if not isinstance(module, Module):
            raise TypeError(f"module: expected a Module, got {type(module).__name__}")
        setattr(self, str(len(self)), module)
        return self


class Identity(Module):
    """The input as it is: a place holder for a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return input


class Flatten(Module):
    """Axes from `start_dim` to `end_dim` made into one; by default all but the batch."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

    def forward(self, input: Tensor) -> Tensor:
        return flatten(input, self.start_dim, self.end_dim)


def embedding(input: Tensor, weight: Tensor) -> Tensor:
    """Rows of a table: whole numbers `input` (...), `weight` (n, d) -> (..., d).

    The same as a one-hot row times `weight`, without the product; a row used twice gets both gradients.
    Raises TypeError for an input that is not whole numbers, ValueError for one outside 0 .. n - 1.
    """
    _validate.rows(Tensor, input, weight)
    _validate.row_range(input.data, weight.shape[0])
    return weight[input]


class Embedding(Module):
    """A learned vector for each of `num_embeddings` symbols, from (...) to (..., embedding_dim).

    Entries start as normal draws of deviation `std` from `generator`.  1 is PyTorch's choice; beside positions of
    deviation 0.02 (`LearnedPositions`) take 0.02 here as well, or a model can hardly see the order.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        std: float = 1.0,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _validate.size("num_embeddings", num_embeddings)
        _validate.size("embedding_dim", embedding_dim)
        _validate.at_least("std", std, 0)
        _validate.generator(generator)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(np.zeros((num_embeddings, embedding_dim), dtype or float32))
        init.normal_(self.weight, std=std, generator=generator or np.random.default_rng())

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"
