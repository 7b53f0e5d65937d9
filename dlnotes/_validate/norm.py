"""What normalisation asks of its inputs."""

from __future__ import annotations

import math
from typing import Any

from dlnotes._validate import _short, at_least, floating, size, tensors


def examples(
    kind: type, input: Any, layout: str = "(N, C, ...)", ranks: Any = range(2, 33), channels: Any = None
) -> None:
    """A floating Tensor with something in it, of one of these ranks, and with this many channels if given."""
    tensors(kind, input=input)
    floating("input", input.dtype)
    shape = tuple(input.shape)
    if len(shape) not in ranks:
        raise ValueError(f"input: expected shape {layout}, got {shape}")
    if 0 in shape:
        raise ValueError(f"input: expected at least one example and entry, got shape {shape}")
    if channels is not None and shape[1] != channels:
        raise ValueError(f"input: expected shape {layout} with C = {channels}, got {shape}")


def beside(kind: type, input: Any, shape: tuple[int, ...], **given: Any) -> None:
    """Each one given is None, or a Tensor of this shape and of the dtype of input."""
    for name, value in given.items():
        if value is None:
            continue
        tensors(kind, **{name: value})
        if tuple(value.shape) != tuple(shape):
            raise ValueError(f"{name}: expected shape {tuple(shape)}, got {tuple(value.shape)}")
        if value.dtype != input.dtype:
            wanted = f"expected dtype {_short(input.dtype)}, that of input"
            raise TypeError(f"{name}: {wanted}, got {_short(value.dtype)}")


def batch(
    kind: type, input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, training: bool, momentum: Any
) -> None:
    """The arguments of batch norm fit together."""
    examples(kind, input)
    channels = (input.shape[1],)
    beside(kind, input, channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    share(momentum)
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_var: expected None just where running_mean is None, got one of them")
    if not training and running_mean is None:
        raise ValueError("running_mean: expected a Tensor where not training, got None")
    if training:
        several(input, "channel", input.shape[0] * math.prod(input.shape[2:]))


def several(input: Any, what: str, count: int) -> None:
    """More than one value to take a variance of."""
    if count == 1:
        raise ValueError(f"input: expected more than one value per {what}, got shape {tuple(input.shape)}")


def share(momentum: Any) -> None:
    """A share from 0 to 1."""
    at_least("momentum", momentum, 0)
    if momentum > 1:
        raise ValueError(f"momentum: expected a number from 0 to 1, got {momentum}")


def grouped(num_groups: Any, channels: Any) -> None:
    """So many groups of equally many channels."""
    size("num_groups", num_groups)
    if channels % num_groups:
        raise ValueError(f"num_groups: expected a divisor of {channels}, the number of channels, got {num_groups}")


def rows(kind: type, input: Any, normalized_shape: Any) -> None:
    """The last axes of the input are those to be normalised."""
    extents(normalized_shape)
    tail = tuple(normalized_shape)
    examples(kind, input, f"(..., {', '.join(map(str, tail))})", range(len(tail), 33))
    if tuple(input.shape[-len(tail) :]) != tail:
        raise ValueError(f"input: expected shape (..., {', '.join(map(str, tail))}), got {tuple(input.shape)}")


def extents(normalized_shape: Any) -> None:
    """A tuple of sizes, one at least."""
    if not isinstance(normalized_shape, (tuple, list)) or not normalized_shape:
        raise TypeError(f"normalized_shape: expected a tuple of sizes, got {normalized_shape!r}")
    for entry in normalized_shape:
        size("normalized_shape", entry)


def response(kind: type, input: Any, window: Any, alpha: Any, beta: Any, k: Any) -> None:
    """The arguments of local response norm."""
    examples(kind, input, "(N, C, L, ...)", range(3, 33))
    size("size", window)
    at_least("alpha", alpha, 0)
    at_least("beta", beta, 0)
    at_least("k", k, 0)
    if k == 0:
        raise ValueError("k: expected a number above 0, got 0")
