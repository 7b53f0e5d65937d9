"""What both back ends ask of their inputs, in the same words.

Each function looks at shapes and dtype names only, raises ValueError or TypeError that names the
argument, what it got and what it wants, and returns nothing.
"""

from __future__ import annotations

import math
from typing import Any


def size(name: str, value: Any) -> None:
    """`value` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")


def at_least(name: str, value: Any, low: float) -> None:
    """`value` is a finite number, `low` or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not (math.isfinite(value) and value >= low):
        raise ValueError(f"{name}: expected a finite number of at least {low}, got {value}")


def floating(name: str, dtype: Any) -> None:
    """The dtype is a real floating one."""
    if "float" not in str(dtype):
        raise TypeError(f"{name}: expected a floating dtype, got {_short(dtype)}")


def features(name: str, shape: tuple, in_features: int) -> None:
    """The last axis has `in_features` entries."""
    if len(shape) == 0 or shape[-1] != in_features:
        raise ValueError(f"{name}: expected shape (..., {in_features}), got {tuple(shape)}")


def same_shape(input: tuple, target: tuple) -> None:
    """Predictions and targets pair up one to one, and there are some."""
    if tuple(input) != tuple(target):
        raise ValueError(f"target: expected the shape of input, {tuple(input)}, got {tuple(target)}")
    if math.prod(input) == 0:
        raise ValueError(f"input: expected at least one example, got shape {tuple(input)}")


def scores_and_labels(input: tuple, target: tuple, dtype: Any) -> None:
    """Scores (N, C) and labels (N,) of a whole-number dtype, with N at least 1."""
    if len(input) != 2:
        raise ValueError(f"input: expected scores of shape (N, C), got {tuple(input)}")
    if 0 in tuple(input):
        raise ValueError(f"input: expected at least one example and class, got shape {tuple(input)}")
    if "int" not in str(dtype):
        raise TypeError(f"target: expected labels of a whole-number dtype, got {_short(dtype)}")
    if tuple(target) != tuple(input[:1]):
        raise ValueError(f"target: expected labels of shape ({input[0]},), got {tuple(target)}")


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
