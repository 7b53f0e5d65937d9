"""What optimisers and schedules ask of their options and of what they are to go on from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlnotes._validate import at_least


def norm_type(value: Any) -> None:
    """The p of a p-norm, above 0, infinity included."""
    if value != math.inf:
        at_least("norm_type", value, 0)
    if value == 0:
        raise ValueError("norm_type: expected a number above 0, got 0")


def decay(value: Any) -> None:
    """A share from 0 to 1."""
    at_least("decay", value, 0)
    if value > 1:
        raise ValueError(f"decay: expected a number from 0 to 1, got {value}")


def plateau(mode: Any, factor: Any, threshold_mode: Any) -> None:
    """The options of ReduceLROnPlateau."""
    if mode not in ("min", "max"):
        raise ValueError(f"mode: expected 'min' or 'max', got {mode!r}")
    at_least("factor", factor, 0)
    if factor >= 1:
        raise ValueError(f"factor: expected a number below 1, got {factor}")
    if threshold_mode not in ("rel", "abs"):
        raise ValueError(f"threshold_mode: expected 'rel' or 'abs', got {threshold_mode!r}")


def state(groups: list, parameters: list, state_dict: dict[str, Any]) -> None:
    """A saved optimiser had as many parameters in each group, of the same shapes."""
    own, saved = [len(g) for g in groups], [len(g["params"]) for g in state_dict["param_groups"]]
    if own != saved:
        raise ValueError(f"state_dict: expected groups of {own} parameters, got {saved}")
    for i, entries in state_dict["state"].items():
        for name, value in entries.items():
            if np.ndim(value) and np.shape(value) != parameters[i].shape:
                wanted = f"expected {name} of parameter {i} in shape {parameters[i].shape}"
                raise ValueError(f"state_dict: {wanted}, got {np.shape(value)}")


def same_names(own: dict, saved: dict) -> None:
    """A saved schedule was one of this kind."""
    if set(own) != set(saved):
        raise ValueError(f"state_dict: expected {', '.join(own)}, got {', '.join(saved)}")
