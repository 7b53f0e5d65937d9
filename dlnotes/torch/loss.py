"""Losses: PyTorch's own, with inputs checked as in `dlnotes.numpy.loss`.

PyTorch alone would broadcast mismatched shapes and return nan for an empty batch.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from dlnotes import _validate

__all__ = ["mse_loss", "cross_entropy", "binary_cross_entropy_with_logits"]


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2, reduced."""
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.same_shape(input.shape, target.shape)
    _validate.floating("input", input.dtype)
    return functional.mse_loss(input, target, reduction=reduction)


def cross_entropy(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """-log softmax(input)[target], from scores (N, C) and labels (N,)."""
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.scores_and_labels(input.shape, target.shape, target.dtype)
    _validate.floating("input", input.dtype)
    _validate.label_range(int(target.min()), int(target.max()), input.shape[1])
    return functional.cross_entropy(input, target.long(), reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Cross-entropy of sigmoid(input) against targets in [0, 1]."""
    _validate.reduction(reduction)
    _validate.tensors(Tensor, input=input, target=target)
    _validate.same_shape(input.shape, target.shape)
    _validate.floating("input", input.dtype)
    _validate.floating("target", target.dtype)
    return functional.binary_cross_entropy_with_logits(input, target, reduction=reduction)
