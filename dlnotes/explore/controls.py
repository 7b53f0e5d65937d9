"""What the reader may set: ranges, choices and toggles, made from what the author wrote."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Control:
    """One parameter: its values in order, the first one shown, and for a range how they are written."""

    name: str
    kind: str  # range, choice or toggle
    values: tuple[Any, ...]
    default: Any
    step: float = 1
    digits: int = 0

    def state(self) -> dict[str, Any]:
        """What the page needs to know of it."""
        ends = {"low": self.values[0], "high": self.values[-1], "step": self.step, "digits": self.digits}
        return {
            "name": self.name, "label": self.name.replace("_", " "), "kind": self.kind, "default": self.default,
            **(ends if self.kind == "range" else {"values": self.values}),
        }  # fmt: skip

    def read(self, value: Any) -> Any:
        """A value from the page, of the type that the author wrote."""
        return type(self.default)(value) if self.kind == "range" else value


def control(name: str, given: Any) -> Control:
    """The control that a parameter's argument asks for."""
    if isinstance(given, bool):
        return Control(name, "toggle", (False, True), given)
    if isinstance(given, list):
        return _choice(name, given)
    if isinstance(given, tuple):
        return _range(name, given)
    raise TypeError(f"{name}: expected (low, high, step), (low, high, step, default), a list or a bool, got {given!r}")


def _choice(name: str, values: list) -> Control:
    if len(values) < 2:
        raise ValueError(f"{name}: expected two choices or more, got {values}")
    for value in values:
        if not isinstance(value, (str, int, float)):
            raise TypeError(f"{name}: expected choices that are text or numbers, got {value!r}")
    if len(set(values)) < len(values):
        raise ValueError(f"{name}: expected choices that differ, got {values}")
    return Control(name, "choice", tuple(values), values[0])


def _range(name: str, given: tuple) -> Control:
    if len(given) not in (3, 4):
        raise ValueError(f"{name}: expected (low, high, step) or (low, high, step, default), got {given}")
    for number in given:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise TypeError(f"{name}: expected finite numbers, got {number!r}")
    low, high, step, *default = given
    if step <= 0:
        raise ValueError(f"{name}: expected a step above 0, got {step}")
    if high <= low:
        raise ValueError(f"{name}: an empty range, from {low} to {high}")
    steps = (high - low) / step
    if abs(steps - round(steps)) > 1e-6:
        raise ValueError(f"{name}: steps of {step} from {low} never reach {high}")
    kind = int if all(isinstance(number, int) for number in given) else float
    values = tuple(kind(round(low + i * step, 10)) for i in range(round(steps) + 1))
    first = default[0] if default else values[len(values) // 2]
    nearest = min(values, key=lambda value: abs(value - first))
    if abs(nearest - first) > 1e-6 * step:
        raise ValueError(f"{name}: the default {first} is not one of {low}, {values[1]}, ..., {high}")
    digits = max(len(f"{number:.10f}".rstrip("0").partition(".")[2]) for number in (low, step))
    return Control(name, "range", values, nearest, step, digits)
