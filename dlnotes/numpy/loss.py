"""Losses: one number that says how wrong a batch of predictions is.

For real targets the question is how a large error counts: squared (`mse_loss`), as it is (`l1_loss`), or
squared near 0 and as it is further out (`huber_loss`).  For classes the loss is the surprise at the truth,
-log p, always taken from scores: the log of a softmax is exact where the softmax itself rounds to 0 or 1.

`reduction` is 'mean' (the default), 'sum', or 'none' (one number per prediction).
Source: chapter *Optimisation*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes._validate import loss as _check
from dlnotes.numpy.tensor import Tensor, abs, mean, record, select, sum

__all__ = [
    "mse_loss", "l1_loss", "huber_loss", "cross_entropy", "nll_loss", "binary_cross_entropy_with_logits", "kl_div",
]  # fmt: skip


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    return {"mean": mean, "sum": sum, "none": lambda x: x}[reduction](losses)


# ---------------------------------------------------------------------- real targets
def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2, the notes' cost J^i for every entry, reduced.

    Raises ValueError where the shapes differ or are empty.
    """
    _check.pairs(Tensor, input, target, reduction)
    difference = input - target
    return _reduce(difference * difference, reduction)


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """|input - target|: least for the median where the square is least for the mean, so outliers pull less.

    Raises ValueError where the shapes differ or are empty.
    """
    _check.pairs(Tensor, input, target, reduction)
    return _reduce(abs(input - target), reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d^2 / 2 for errors d up to `delta`, delta (|d| - delta / 2) beyond; the slope is d, cut off at +-delta.

    Raises ValueError where the shapes differ or are empty, or `delta` is not above 0.  Source: Huber 1964.
    """
    _check.pairs(Tensor, input, target, reduction)
    _check.delta(delta)
    difference = input - target
    d = difference.data
    slope = np.clip(d, -delta, delta)
    return _reduce(record(slope * (d - slope / 2), (difference, lambda g: g * slope)), reduction)


# ---------------------------------------------------------------------- classes
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target]: the surprise at the right class.

    input: scores (N, C, ...), not probabilities.
    target: labels (N, ...), whole numbers from 0 to C - 1, or shares of the classes (N, C, ...) in the dtype of
    input: then the surprise is averaged with them.
    weight: what a mistake in each class costs, (C,), a constant.  The mean is over the weights of the labels.
    ignore_index: examples with this label do not count.
    label_smoothing: this much of the truth is spread evenly over all classes (Szegedy et al. 2016).

    One fused operation.  Labels are shares that are 1 in one place, so there is one formula for all: with shares t,
    loss -t . log p and gradient p sum(t) - t, which is softmax(input) - one_hot(target) in the plain case.

    Raises ValueError for an empty batch, wrong shapes, a label out of range, or a mean over nothing but ignored
    labels, TypeError for labels that are not whole numbers.

    >>> from dlnotes.numpy import tensor
    >>> cross_entropy(tensor([[0.0, 0.0]]), tensor([1]))
    tensor(0.6931)
    """
    shares = _check.classes(Tensor, input, target, weight, reduction, label_smoothing)
    x = _rows(input.data)  # (M, C): an example, or a place of one, a row
    M, C, e = *x.shape, label_smoothing
    s = x - x.max(1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(1, keepdims=True))
    w = None if weight is None else weight.data
    kept = cost = None
    if shares:
        t, count = _rows(target.data), float(M)
    else:
        labels, kept, cost, count = _labels(target, w, input, ignore_index, reduction)
        right = np.arange(M), labels  # where the right classes stand
    if shares or e:
        if not shares:
            t = np.zeros_like(x)
            t[right] = 1
        t = ((1 - e) * t + e / C) * (1 if w is None else w) * (1 if kept is None else kept[:, None])
        losses = -_times(t, log_p).sum(1)
    else:
        losses = -_times(cost, log_p[right])

    def d_input(g: np.ndarray) -> np.ndarray:
        p = np.exp(log_p)
        if shares or e:
            p = p * t.sum(1, keepdims=True) - t
        else:
            p[right] -= 1
            if cost is not None:
                p *= cost[:, None]
        p *= each(g)
        return _unrows(p if kept is None else select(kept[:, None], p), input_shape)

    def d_target(g: np.ndarray) -> np.ndarray:
        return _unrows(each(g) * (e - 1) * _times(w, log_p), input_shape)

    input_shape = input.shape
    result, each = _total(losses, reduction, count, input_shape)
    return record(result, (input, d_input), (target, d_target))


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """-input[target] from log-probabilities (N, C, ...) and labels (N, ...): cross-entropy's second half.

    Arguments and errors as for `cross_entropy`, which is nll_loss(log_softmax(input, 1), target).
    """
    _check.classes(Tensor, input, target, weight, reduction, shares=False)
    x, input_shape = _rows(input.data), input.shape  # (M, C)
    w = None if weight is None else weight.data
    labels, _, cost, count = _labels(target, w, input, ignore_index, reduction)
    right = np.arange(len(x)), labels  # where the right classes stand

    def d_input(g: np.ndarray) -> np.ndarray:
        d = np.zeros_like(x)
        d[right] = -_times(cost, each(g)[:, 0])
        return _unrows(d, input_shape)

    result, each = _total(-_times(cost, x[right]), reduction, count, input_shape)
    return record(result, (input, d_input))


def _times(a: np.ndarray | None, b: np.ndarray) -> np.ndarray:
    """a b, and 0 where a is: what does not count does not, were it infinite; 0 log 0 = 0.  None stands for 1."""
    if a is None:
        return b
    with np.errstate(invalid="ignore"):
        return select(a != 0, a * b)


def _rows(x: np.ndarray) -> np.ndarray:
    """(N, C, ...) -> (M, C)."""
    return x if x.ndim == 2 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def _unrows(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(M, C) -> (N, C, ...)."""
    return x if len(shape) == 2 else np.moveaxis(x.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def _total(
    losses: np.ndarray, reduction: str, count: float, shape: tuple[int, ...]
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """The losses (M,), reduced; and how the gradient of that falls to each, (M, 1) or (1, 1)."""
    if reduction == "none":
        return losses.reshape(shape[:1] + shape[2:]), lambda g: g.reshape(-1, 1)
    n = count if reduction == "mean" else 1
    return losses.sum() / n, lambda g: g.reshape(1, 1) / n


def _labels(
    target: Tensor, w: np.ndarray | None, input: Tensor, ignore_index: int, reduction: str
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, float]:
    """For each row its label, 0 if ignored; whether it counts; what it costs; and the sum of the costs.

    None stands for what holds in the plain case: every row counts, and each costs 1.
    """
    labels = target.data.ravel()
    if _check.labels(labels, ignore_index, input.shape[1], reduction) and w is None:
        return labels, None, None, float(len(labels))
    kept = labels != ignore_index
    labels = labels * kept
    cost = kept.astype(input.dtype) if w is None else w[labels] * kept
    return labels, kept, cost, float(cost.sum())


# ---------------------------------------------------------------------- yes or no, and laws
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of sigmoid(input) against targets in [0, 1], from scores and so without overflow.

    It is t yes + (1 - t) no, with yes = -log sigmoid(x) = max(-x, 0) + log(1 + e^-|x|) and no the same of -x; its
    gradient is sigmoid(x) - t.  `pos_weight` multiplies the first term, `weight` both; they broadcast to the shape
    of input, and are constants.
    Raises ValueError where the shapes differ or are empty.
    """
    _check.pairs(Tensor, input, target, reduction, real_target=True)
    _check.broadcast(Tensor, input, weight=weight, pos_weight=pos_weight)
    x, t = input.data, target.data
    w: Any = 1 if weight is None else weight.data
    k: Any = 1 if pos_weight is None else pos_weight.data
    e = np.exp(-np.abs(x))
    yes, no = (np.maximum(z, 0) + np.log1p(e) for z in (-x, x))
    p = np.where(x >= 0, 1, e) / (1 + e)  # sigmoid(x)
    surprise = _times(k * t, yes) + _times(1 - t, no)
    losses = record(
        surprise if weight is None else _times(w, surprise),
        (input, lambda g: g * w * ((1 - t) * p - k * t * (1 - p))),
        (target, lambda g: g * w * (k * yes - no)),
    )
    return _reduce(losses, reduction)


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t (log t - input) for every entry: the divergence of a law with log-probabilities `input` from the law t.

    log_target: `target` is log t.  reduction: also 'batchmean', the sum over the first axis's size, which is the
    mean divergence of a batch of laws; PyTorch's default 'mean' divides by the number of entries.
    Raises ValueError where the shapes differ or are empty.  Source: Kullback and Leibler 1951.
    """
    _check.divergence(reduction)
    _check.pairs(Tensor, input, target, "sum", real_target=True)
    x = input.data
    with np.errstate(divide="ignore", invalid="ignore"):
        t, log_t = (np.exp(target.data), target.data) if log_target else (target.data, np.log(target.data))
        surprise = _times(t, log_t - x)
    d_target = (target, lambda g: g * (surprise + t if log_target else log_t - x + 1))
    losses = record(surprise, (input, lambda g: -g * t), d_target)
    if reduction == "batchmean":
        return sum(losses) / len(x)
    return _reduce(losses, reduction)
