"""What recurrent networks ask of their sequences, states and lengths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlnotes._validate import _short, floating, size, tensors


def recurrent(input_size: Any, hidden_size: Any, num_layers: Any, nonlinearity: Any, dropout: Any) -> None:
    """Sizes, and the options that all three kinds have."""
    size("input_size", input_size)
    size("hidden_size", hidden_size)
    size("num_layers", num_layers)
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"nonlinearity: expected 'tanh' or 'relu', got {nonlinearity!r}")
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float, np.floating)):
        raise TypeError(f"dropout: expected a number, got {dropout!r}")
    if not 0 <= dropout <= 1:
        raise ValueError(f"dropout: expected a probability from 0 to 1, got {dropout}")


def truth(**given: Any) -> None:
    """Each is True or False."""
    for name, value in given.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name}: expected True or False, got {value!r}")


def sequence(kind: Any, input: Any, features: int, dtype: Any, batch_first: bool) -> None:
    """Sequences (T, N, features), or (N, T, features) if batch_first, or one of (T, features); none empty."""
    tensors(kind, input=input)
    _like("input", input, dtype)
    shape, batch = tuple(input.shape), "N, T" if batch_first else "T, N"
    if len(shape) not in (2, 3) or shape[-1] != features or math.prod(shape) == 0:
        raise ValueError(f"input: expected shape ({batch}, {features}) or (T, {features}), not empty, got {shape}")


def step(kind: Any, input: Any, features: int, dtype: Any) -> None:
    """Inputs (N, features) of one step, or one of (features,)."""
    tensors(kind, input=input)
    _like("input", input, dtype)
    shape = tuple(input.shape)
    if len(shape) not in (1, 2) or shape[-1] != features or math.prod(shape) == 0:
        raise ValueError(f"input: expected shape (N, {features}) or ({features},), not empty, got {shape}")


def state(kind: Any, hx: Any, count: int, shape: tuple, dtype: Any) -> None:
    """None, or one Tensor of this shape, or (LSTM) a pair of them."""
    if hx is None:
        return
    if count == 2 and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
        raise TypeError(f"hx: expected a pair (h, c) of Tensors, got {type(hx).__name__}")
    for value in hx if count == 2 else (hx,):
        tensors(kind, hx=value)
        _like("hx", value, dtype)
        if tuple(value.shape) != shape:
            raise ValueError(f"hx: expected shape {shape}, got {tuple(value.shape)}")


def lengths(values: Any, shape: tuple, batch_first: bool) -> np.ndarray | None:
    """The lengths as an array of N whole numbers from 1 to T, for a batch of this shape."""
    if values is None:
        return None
    if len(shape) != 3:
        raise ValueError(f"lengths: expected None for a single sequence, got {values!r}")
    N, T = shape[:2] if batch_first else shape[1::-1]
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"lengths: expected whole numbers, got dtype {array.dtype}")
    if array.shape != (N,) or array.min() < 1 or array.max() > T:
        raise ValueError(f"lengths: expected {N} numbers from 1 to {T}, got {array.tolist()}")
    return array


def windows(kind: Any, sequences: tuple, steps: Any, dim: int) -> None:
    """At least one sequence; all of one length along `dim`."""
    size("steps", steps)
    for each in sequences:
        tensors(kind, sequences=each)
    shapes = [tuple(s.shape) for s in sequences]
    if not shapes or any(len(s) <= dim for s in shapes) or len({s[dim] for s in shapes}) > 1:
        raise ValueError(f"sequences: expected one or more of equal length along dim {dim}, got shapes {shapes}")


def _like(name: str, value: Any, dtype: Any) -> None:
    floating(name, value.dtype)
    if value.dtype != dtype:
        raise TypeError(f"{name}: expected dtype {_short(dtype)}, that of the weights, got {_short(value.dtype)}")


def cells(kind: type[Any], model: Any, input: Any) -> None:
    """An LSTM in one direction, and whole sequences for it."""
    if not isinstance(model, kind):
        raise TypeError(f"model: expected an LSTM of this back end, got {type(model).__name__}")
    if model.bidirectional:
        raise ValueError("model: expected an LSTM in one direction, got one in both")
    if len(input.shape) != 3 or 0 in tuple(input.shape):
        raise ValueError(f"input: expected sequences of three axes, not empty, got shape {tuple(input.shape)}")
