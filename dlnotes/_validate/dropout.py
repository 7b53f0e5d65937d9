"""What dropout asks of its inputs."""

from __future__ import annotations

from typing import Any

from dlnotes._validate import at_least, floating, generator, size, tensors


def chance(p: Any) -> None:
    """A probability."""
    at_least("p", p, 0)
    if p > 1:
        raise ValueError(f"p: expected a number from 0 to 1, got {p}")


def dropped(kind: type, input: Any, p: Any, source: Any) -> None:
    """A floating Tensor, a probability, and a source of draws or None."""
    tensors(kind, input=input)
    floating("input", input.dtype)
    chance(p)
    generator(source)


def images(input: Any) -> None:
    """Images in the layout (N, C, H, W)."""
    if len(input.shape) != 4:
        raise ValueError(f"input: expected shape (N, C, H, W), got {tuple(input.shape)}")


def samples(count: Any, source: Any) -> None:
    """Two draws or more, for there is no spread in one."""
    size("samples", count)
    if count < 2:
        raise ValueError(f"samples: expected at least 2, got {count}")
    generator(source)
