"""Optimisers and schedules: PyTorch's own, under the names of `dlnotes.numpy.optim`; and `ProximalL1`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import no_grad
from torch.nn import Module
from torch.nn.functional import softshrink
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, swa_utils
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

from dlnotes import _modes, _validate

__all__ = [
    "Optimizer", "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "ProximalL1", "clip_grad_norm_", "clip_grad_value_",
    "LRScheduler", "StepLR", "ExponentialLR", "LambdaLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts",
    "LinearLR", "SequentialLR", "ReduceLROnPlateau", "AveragedModel", "get_ema_avg_fn", "update_bn",
]  # fmt: skip


class ProximalL1(Optimizer):
    """Gradient descent on loss + l1 * sum |p| whose weights come to rest at 0 exactly: each step, then softshrink."""

    def __init__(self, params: Iterable, lr: float = 1e-3, l1: float = 1e-3):
        _validate.at_least("lr", lr, 0)
        _validate.at_least("l1", l1, 0)
        super().__init__(params, {"lr": lr, "l1": l1})

    @no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.copy_(softshrink(p - group["lr"] * p.grad, group["lr"] * group["l1"]))


def update_bn(loader: Iterable, model: Module, device: Any = None) -> None:
    """torch.optim.swa_utils.update_bn, after which each module is in the mode that it was in before."""
    with _modes.kept(model):
        swa_utils.update_bn(loader, model, device)
