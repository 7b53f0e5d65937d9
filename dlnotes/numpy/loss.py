"""Losses: one number that says how wrong a batch of predictions is.

`reduction` is 'mean' (over the batch, the default), 'sum', or 'none' (one number per example).
Source: chapter *Optimisation*.
"""

from __future__ import annotations

import numpy as np

from dlnotes import _validate
from dlnotes.numpy.tensor import Tensor, mean, record, sum

__all__ = ["mse_loss", "cross_entropy", "binary_cross_entropy_with_logits"]


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    return {"mean": mean, "sum": sum, "none": lambda x: x}[reduction](losses)


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2, the notes' cost J^i for every entry, reduced.

    Raises ValueError where the shapes differ or are empty.
    """
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.same_shape(input.shape, target.shape)
    _validate.floating("input", input.dtype)
    difference = input - target
    return _reduce(difference * difference, reduction)


def cross_entropy(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """-log softmax(input)[target]: the surprise at the right class.

    input: scores (N, C), not probabilities.  target: labels (N,), whole numbers from 0 to C - 1.
    One fused operation, whose gradient is softmax(input) - one_hot(target).
    Raises ValueError for an empty batch, wrong shapes or a label out of range, TypeError for labels
    that are not whole numbers.

    >>> from dlnotes.numpy import tensor
    >>> cross_entropy(tensor([[0.0, 0.0]]), tensor([1]))
    tensor(0.6931)
    """
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.scores_and_labels(input.shape, target.shape, target.dtype)
    _validate.floating("input", input.dtype)
    labels = target.data
    _validate.label_range(labels.min(), labels.max(), input.shape[1])
    rows = np.arange(len(labels))
    s = input.data - input.data.max(1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(1, keepdims=True))

    def d_input(g: np.ndarray) -> np.ndarray:  # g (N,)
        d = np.exp(log_p)
        d[rows, labels] -= 1
        return d * g[:, None]

    return _reduce(record(-log_p[rows, labels], (input, d_input)), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Cross-entropy of sigmoid(input) against targets in [0, 1], from scores and so without overflow.

    log(1 + e^x) - x t is written max(x, 0) - x t + log(1 + e^-|x|).  Its gradient is sigmoid(x) - t.
    Raises ValueError where the shapes differ or are empty.
    """
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.same_shape(input.shape, target.shape)
    _validate.floating("input", input.dtype)
    _validate.floating("target", target.dtype)
    x, t = input.data, target.data
    e = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, e) / (1 + e)
    losses = record(
        np.maximum(x, 0) - x * t + np.log1p(e),
        (input, lambda g: g * (p - t)),
        (target, lambda g: -g * x),
    )
    return _reduce(losses, reduction)
