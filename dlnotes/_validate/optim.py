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


def saved(state_dict: Any, options: dict[str, Any], sizes: list[int]) -> None:
    """A saved optimiser, with such options and as many parameters in each group."""
    if not (isinstance(state_dict, dict) and state_dict.keys() >= {"state", "param_groups"}):
        got = ", ".join(state_dict) if isinstance(state_dict, dict) else type(state_dict).__name__
        raise ValueError(f"state_dict: expected the entries state and param_groups, got {got}")
    groups = state_dict["param_groups"]
    if sizes != (found := [len(g["params"]) for g in groups]):
        raise ValueError(f"state_dict: expected groups of {sizes} parameters, got {found}")
    for g in groups:
        if not g.keys() >= options.keys():
            got = ", ".join(option for option in g if option != "params")
            raise ValueError(f"state_dict: expected the options {', '.join(options)}, got {got}, of another optimiser")
    numbers = [i for g in groups for i in g["params"]]
    for i in state_dict["state"]:
        if i not in numbers:
            raise ValueError(f"state_dict: expected a state of parameters {numbers}, got one of {i}")


def memory(number: int, shape: tuple, start: dict[str, Any], saved: dict[str, Any]) -> None:
    """What a saved optimiser remembers of a parameter of this shape has all the names of `start`, in its shapes."""
    if not saved.keys() >= start.keys():
        names = [", ".join(each) or "nothing" for each in (start, saved)]
        raise ValueError(f"state_dict: expected {names[0]} of parameter {number}, got {names[1]}, of another optimiser")
    for name, first in start.items():
        wanted, found = () if isinstance(first, int) else shape, np.shape(saved[name])
        if found != wanted and not (saved[name] is first is None):
            raise ValueError(f"state_dict: expected {name} of parameter {number} in shape {wanted}, got {found}")


def same_names(own: dict, saved: dict) -> None:
    """A saved schedule was one of this kind."""
    if set(own) != set(saved):
        raise ValueError(f"state_dict: expected {', '.join(own)}, got {', '.join(saved)}")
