"""What both back ends ask of their inputs, in the same words.

Each function looks at shapes and dtype names only, raises ValueError or TypeError that names the
argument, what it got and what it wants, and returns nothing.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np


def tensors(kind: type, **arguments: Any) -> None:
    """Each argument is a Tensor of this back end."""
    for name, value in arguments.items():
        if not isinstance(value, kind):
            raise TypeError(
                f"{name}: expected a Tensor, got {type(value).__name__}; wrap it with tensor()"
            )


def size(name: str, value: Any) -> None:
    """`value` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")


def at_least(name: str, value: Any, low: float) -> None:
    """`value` is a finite number, `low` or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating, np.integer)):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not (math.isfinite(value) and value >= low):
        least = f" of at least {low}" if low > -math.inf else ""
        raise ValueError(f"{name}: expected a finite number{least}, got {value}")


def floating(name: str, dtype: Any) -> None:
    """The dtype is float32 or float64: half precision needs rules of its own."""
    if not (dtype.kind == "f" if isinstance(dtype, np.dtype) else dtype.is_floating_point):
        raise TypeError(f"{name}: expected a floating dtype, got {_short(dtype)}")
    if dtype.itemsize not in (4, 8):
        raise TypeError(f"{name}: expected float32 or float64, got {_short(dtype)}")


def affine(kind: type, input: Any, weight: Any, bias: Any) -> None:
    """Input (..., k), weight (m, k) and bias (m,) or None, Tensors of one floating dtype."""
    given = (("weight", weight), ("input", input), ("bias", bias))[: 2 if bias is None else 3]
    for name, value in given:
        if not isinstance(value, kind):
            tensors(kind, **{name: value})
    wanted = weight.dtype
    floating("weight", wanted)
    for name, value in given:
        if value.dtype != wanted:
            floating(name, value.dtype)
            raise TypeError(f"{name}: expected dtype {_short(wanted)}, that of weight, got {_short(value.dtype)}")
    if len(weight.shape) != 2:
        raise ValueError(f"weight: expected shape (out, in), got {tuple(weight.shape)}")
    m, k = weight.shape
    if len(input.shape) == 0 or input.shape[-1] != k:
        raise ValueError(f"input: expected shape (..., {k}), got {tuple(input.shape)}")
    if bias is not None and tuple(bias.shape) != (m,):
        raise ValueError(f"bias: expected shape ({m},), got {tuple(bias.shape)}")


def whole(name: str, dtype: Any) -> None:
    """The dtype is one of whole numbers."""
    if not (dtype.kind in "iu" if isinstance(dtype, np.dtype) else "int" in str(dtype)):
        raise TypeError(f"{name}: expected whole numbers, got dtype {_short(dtype)}")


def rows(kind: type, input: Any, weight: Any) -> None:
    """Whole numbers that name rows of a table (n, d)."""
    tensors(kind, input=input, weight=weight)
    whole("input", input.dtype)
    floating("weight", weight.dtype)
    if len(weight.shape) != 2:
        raise ValueError(f"weight: expected shape (n, d), got {tuple(weight.shape)}")


def row_range(input: Any, n: int) -> None:
    """Every one of them is in the table."""
    if math.prod(input.shape) and not (int(input.min()) >= 0 and int(input.max()) < n):
        wrong = int(input.min() if input.min() < 0 else input.max())
        raise ValueError(f"input: expected rows from 0 to {n - 1}, got {wrong}")


def weight(name: str, shape: tuple) -> None:
    """A weight has an axis of outputs and an axis of inputs at least, and entries."""
    if len(shape) < 2 or 0 in tuple(shape):
        raise ValueError(f"{name}: expected a weight of two axes or more, none empty, got shape {tuple(shape)}")


def generator(value: Any, needed: bool = False) -> None:
    """A source of draws, or None unless `needed`; a bare seed is refused, for each layer would start from it anew."""
    if not ((value is None and not needed) or isinstance(value, np.random.Generator)):
        raise TypeError(
            f"generator: expected a numpy.random.Generator, got {value!r}; make one with default_rng"
        )


def same_shape(input: tuple, target: tuple) -> None:
    """Predictions and targets pair up one to one, and there are some."""
    if tuple(input) != tuple(target):
        raise ValueError(f"target: expected the shape of input, {tuple(input)}, got {tuple(target)}")
    if math.prod(input) == 0:
        raise ValueError(f"input: expected at least one example, got shape {tuple(input)}")


def label_range(low: int, high: int, classes: int) -> None:
    """Labels lie in 0 .. classes - 1."""
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise ValueError(f"target: expected labels from 0 to {classes - 1}, got {wrong}")


def reduction(value: str) -> None:
    """One of PyTorch's three reductions."""
    if value not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {value!r}")


def _short(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")
