"""Losses: PyTorch's own, with inputs checked as in `dlnotes.numpy.loss`.

PyTorch alone would broadcast mismatched shapes and return nan for an empty batch.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from dlnotes._validate import loss as _check

__all__ = [
    "mse_loss", "l1_loss", "huber_loss", "cross_entropy", "nll_loss", "binary_cross_entropy_with_logits", "kl_div",
]  # fmt: skip


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2, reduced."""
    _check.pairs(Tensor, input, target, reduction)
    return functional.mse_loss(input, target, reduction=reduction)


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """|input - target|, reduced."""
    _check.pairs(Tensor, input, target, reduction)
    return functional.l1_loss(input, target, reduction=reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Squared near 0, straight beyond delta, reduced."""
    _check.pairs(Tensor, input, target, reduction)
    _check.delta(delta)
    return functional.huber_loss(input, target, reduction, delta)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target], from scores (N, C, ...) and labels (N, ...) or shares (N, C, ...)."""
    options = {"reduction": reduction, "label_smoothing": label_smoothing}
    if _check.classes(Tensor, input, target, weight, reduction, label_smoothing):
        return functional.cross_entropy(input, target, weight, **options)  # type: ignore[arg-type]
    _check.labels(target.flatten(), ignore_index, input.shape[1], reduction)
    return functional.cross_entropy(input, target.long(), weight, ignore_index=ignore_index, **options)  # type: ignore[arg-type]


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """-input[target], from log-probabilities (N, C, ...) and labels (N, ...)."""
    _check.classes(Tensor, input, target, weight, reduction, shares=False)
    _check.labels(target.flatten(), ignore_index, input.shape[1], reduction)
    return functional.nll_loss(input, target.long(), weight, ignore_index=ignore_index, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of sigmoid(input) against targets in [0, 1]."""
    _check.pairs(Tensor, input, target, reduction, real_target=True)
    _check.broadcast(Tensor, input, weight=weight, pos_weight=pos_weight)
    return functional.binary_cross_entropy_with_logits(
        input, target, weight, reduction=reduction, pos_weight=pos_weight
    )


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target (log target - input), from log-probabilities and a law, reduced."""
    _check.divergence(reduction)
    _check.pairs(Tensor, input, target, "sum", real_target=True)
    return functional.kl_div(input, target, reduction=reduction, log_target=log_target)
