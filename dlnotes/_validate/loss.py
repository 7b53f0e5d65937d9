"""What losses ask of their inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlnotes._validate import _short, at_least, floating, reduction, same_shape, tensors


def pairs(kind: type, input: Any, target: Any, how: Any, real_target: bool = False) -> None:
    """Floating predictions and targets of one shape, with something in them."""
    reduction(how)
    tensors(kind, input=input, target=target)
    same_shape(input.shape, target.shape)
    floating("input", input.dtype)
    if real_target:
        floating("target", target.dtype)


def broadcast(kind: type, input: Any, **weights: Any) -> None:
    """Weights, where given, are of the dtype of input and broadcast to its shape."""
    shape = tuple(input.shape)
    for name, value in weights.items():
        if value is None:
            continue
        tensors(kind, **{name: value})
        own = tuple(value.shape)
        if len(own) > len(shape) or any(n not in (1, m) for n, m in zip(own[::-1], shape[::-1])):
            raise ValueError(f"{name}: expected a shape that broadcasts to {shape}, that of input, got {own}")
        _same_dtype(name, value, input)


def classes(
    kind: type, input: Any, target: Any, weight: Any, how: Any, smoothing: Any = 0.0, shares: bool = True
) -> bool:
    """Scores (N, C, ...) with labels (N, ...) or, where allowed, shares (N, C, ...); True for shares."""
    reduction(how)
    tensors(kind, input=input, target=target)
    scores, truth = tuple(input.shape), tuple(target.shape)
    if len(scores) < 2:
        raise ValueError(f"input: expected scores of shape (N, C), got {scores}")
    if 0 in scores:
        raise ValueError(f"input: expected at least one example and class, got shape {scores}")
    floating("input", input.dtype)
    if weight is not None:
        tensors(kind, weight=weight)
        if tuple(weight.shape) != scores[1:2]:
            raise ValueError(f"weight: expected shape ({scores[1]},), one for each class, got {tuple(weight.shape)}")
        _same_dtype("weight", weight, input)
    at_least("label_smoothing", smoothing, 0)
    if smoothing > 1:
        raise ValueError(f"label_smoothing: expected a number from 0 to 1, got {smoothing}")
    if shares and truth == scores and target.dtype == input.dtype:
        return True
    if not (target.dtype.kind in "iu" if isinstance(target.dtype, np.dtype) else "int" in str(target.dtype)):
        raise TypeError(f"target: expected labels of a whole-number dtype, got {_short(target.dtype)}")
    expected = scores[:1] + scores[2:]
    if truth != expected:
        raise ValueError(f"target: expected labels of shape {expected}, got {truth}")
    return False


def labels(values: Any, ignored: int, count: int, how: Any) -> bool:
    """Every label but `ignored` names a class, and a mean is taken over something; True where none is ignored."""
    low, high = int(values.min()), int(values.max())
    if low >= 0 and high < count and not low <= ignored <= high:
        return True
    kept = values != ignored
    wrong = values[((values < 0) | (values >= count)) & kept]
    if len(wrong):
        raise ValueError(f"target: expected labels from 0 to {count - 1}, got {int(wrong[0])}")
    if how == "mean" and not kept.any():
        raise ValueError("target: expected a label that is not ignore_index, got that alone")
    return False


def divergence(how: Any) -> None:
    """One of the reductions of kl_div."""
    if how not in ("mean", "batchmean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'batchmean', 'sum' or 'none', got {how!r}")


def delta(value: Any) -> None:
    """A positive number."""
    at_least("delta", value, 0)
    if value == 0:
        raise ValueError("delta: expected a number above 0, got 0")


def _same_dtype(name: str, value: Any, input: Any) -> None:
    if value.dtype != input.dtype:
        wanted = f"expected dtype {_short(input.dtype)}, that of input"
        raise TypeError(f"{name}: {wanted}, got {_short(value.dtype)}")
