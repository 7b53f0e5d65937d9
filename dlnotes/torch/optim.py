"""Optimisers and schedules: PyTorch's own, under the names of `dlnotes.numpy.optim`."""

from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    SequentialLR,
    StepLR,
)

__all__ = [
    "Optimizer", "SGD", "Adam", "AdamW",
    "LRScheduler", "StepLR", "CosineAnnealingLR", "LinearLR", "SequentialLR",
]  # fmt: skip
