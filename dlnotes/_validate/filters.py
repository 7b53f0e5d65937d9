"""What the image filters of both back ends ask of their arguments, in the same words."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from dlnotes._validate import _short, at_least, size

MODES = ("reflect", "nearest", "wrap", "constant", "mirror", "valid")


def image(kind: type[Any], value: Any, *, colour: bool = True, name: str = "image") -> None:
    """An array of this back end, (H, W) or, where colour is, (H, W, C), not empty, of float32 or float64."""
    _floats(kind, value, name)
    shape = tuple(value.shape)
    if len(shape) not in ((2, 3) if colour else (2,)) or 0 in shape:
        wanted = "(H, W) or (H, W, C)" if colour else "(H, W)"
        raise ValueError(f"{name}: expected shape {wanted}, not empty, got {shape}")


def signal(kind: type[Any], value: Any) -> None:
    """An array of this back end of one axis, not empty, of float32 or float64."""
    _floats(kind, value, "signal")
    if len(value.shape) != 1 or 0 in tuple(value.shape):
        raise ValueError(f"signal: expected shape (N,), not empty, got {tuple(value.shape)}")


def _floats(kind: type[Any], value: Any, name: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected an array of this back end, got {type(value).__name__}")
    if _short(value.dtype) not in ("float32", "float64"):
        advice = f"make it one of them, and scale bytes to 0 .. 1 by {name} / 255"
        raise TypeError(f"{name}: expected float32 or float64, got {_short(value.dtype)}; {advice}")


def known(kind: type[Any], value: Any, shape: tuple) -> None:
    """Booleans (H, W), at least one of them True, that say where an image (H, W, ...) is known."""
    if not isinstance(value, kind):
        raise TypeError(f"known: expected an array of this back end, got {type(value).__name__}")
    if _short(value.dtype) != "bool" or tuple(value.shape) != tuple(shape[:2]):
        raise ValueError(f"known: expected booleans {tuple(shape[:2])}, got {_short(value.dtype)} {tuple(value.shape)}")
    if not bool(value.any()):
        raise ValueError("known: expected at least one known pixel, got none")


def border(mode: Any, cval: Any) -> None:
    """A way to continue an image beyond its border."""
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {', '.join(map(repr, MODES))}, got {mode!r}")
    number("cval", cval)


def number(name: str, value: Any) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name}: expected a finite number, got {value!r}")


def window(name: str, shape: tuple, axes: int, of: tuple, mode: str) -> None:
    """A kernel of that many axes, not empty, which fits into the image where nothing continues it."""
    shape, of = tuple(shape), tuple(of)[:axes]
    if len(shape) != axes or 0 in shape:
        raise ValueError(f"{name}: expected {axes} axes, none of them empty, got shape {shape}")
    if mode == "valid" and any(k > n for k, n in zip(shape, of)):
        raise ValueError(f"{name}: expected at most the image's size, {of}, in mode 'valid', got {shape}")


def real(name: str, dtype: Any) -> None:
    """Real numbers."""
    if not _short(dtype).startswith(("float", "int", "uint", "bool")):
        raise TypeError(f"{name}: expected real numbers, got {_short(dtype)}")


def pair(name: str, value: Any) -> tuple:
    """A number for both axes, or one for each: (down, across)."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2:
        raise ValueError(f"{name}: expected one number or two, got {value!r}")
    return values


def sizes(value: Any) -> tuple[int, int]:
    """The height and width of a window."""
    height, width = pair("size", value)
    size("size", height)
    size("size", width)
    return int(height), int(width)


def positive(name: str, value: Any) -> None:
    """A finite number above 0."""
    at_least(name, value, 0)
    if value == 0:
        raise ValueError(f"{name}: expected more than 0, got {value!r}")


def order(value: Any) -> None:
    """The order of a derivative."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"order: expected a whole number, got {value!r}")
    if value < 0:
        raise ValueError(f"order: expected at least 0, got {value}")


def axis(value: Any) -> None:
    """The axis to differentiate along."""
    if value is not None and (isinstance(value, bool) or value not in (0, 1)):
        raise ValueError(f"axis: expected 0 (down), 1 (right) or None (the magnitude), got {value!r}")


def thresholds(low: Any, high: Any, names: tuple[str, str]) -> None:
    """Two numbers, the lower first."""
    number(names[0], low)
    number(names[1], high)
    if high < low:
        raise ValueError(f"{names[1]}: expected at least {names[0]}, {low}, got {high}")


def tolerance(value: Any) -> None:
    """How far apart equals may be: a finite number, not negative, or None for what rounding may have done."""
    if value is not None:
        at_least("tolerance", value, 0)


def rank_one(rank: int) -> None:
    """A kernel that is a column times a row."""
    if rank != 1:
        raise ValueError(f"kernel: expected rank 1, a column times a row, got rank {rank}")


def same_slopes(down: Any, right: Any) -> None:
    """Two images of one shape and dtype."""
    if tuple(down.shape) != tuple(right.shape):
        raise ValueError(f"right: expected the shape of down, {tuple(down.shape)}, got {tuple(right.shape)}")
    if down.dtype != right.dtype:
        raise TypeError(f"right: expected the dtype of down, {_short(down.dtype)}, got {_short(right.dtype)}")
