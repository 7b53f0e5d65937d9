"""What starting values ask of their Tensors and options."""

from __future__ import annotations

import math
from typing import Any

from dlnotes._validate import at_least, size


def interval(mean: Any, std: Any, a: Any, b: Any) -> None:
    """A hundredth of the normal law at least lies in [a, b]."""
    at_least("std", std, 0)
    if std == 0:
        raise ValueError("std: expected a number above 0, got 0")
    low, high = (math.erf((x - mean) / std / math.sqrt(2)) for x in (a, b))
    if not (high - low) / 2 > 0.01:
        raise ValueError(f"a: expected an interval [a, b] that holds a hundredth of the law, got [{a}, {b}]")


def ranks(shape: tuple, allowed: tuple[int, ...]) -> None:
    """So many axes."""
    if len(shape) not in allowed:
        raise ValueError(f"tensor: expected {' or '.join(map(str, allowed))} axes, got shape {tuple(shape)}")


def divides(groups: Any, channels: int) -> None:
    """So many groups of output channels of one size."""
    size("groups", groups)
    if channels % groups:
        raise ValueError(f"groups: expected a divisor of {channels}, the first axis of tensor, got {groups}")


def share(sparsity: Any) -> None:
    """A share from 0 to 1."""
    at_least("sparsity", sparsity, 0)
    if sparsity > 1:
        raise ValueError(f"sparsity: expected a number from 0 to 1, got {sparsity}")
