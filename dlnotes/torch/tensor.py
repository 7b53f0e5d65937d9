"""Tensors that record how they were computed: PyTorch's own, under the names of `dlnotes.numpy.tensor`."""

# ruff: noqa: I001
from collections.abc import Callable
from typing import Any

import numpy as np
import torch.utils.checkpoint
from torch import (
    Tensor, abs, amax, amin, arange, cat, clamp, concatenate, cos, enable_grad, exp, flatten, float32, float64, int64,
    log, matmul, max, maximum, mean, min, minimum, no_grad, ones, permute, reshape, sin, sqrt, squeeze, stack, std, sum,
    tensor, transpose, unsqueeze, var, where, zeros,
)  # fmt: skip

from dlnotes import _validate

__all__ = [
    "Tensor", "tensor", "zeros", "ones", "arange", "randn", "no_grad", "enable_grad", "float32", "float64", "int64",
    "exp", "log", "sqrt", "sin", "cos", "abs", "maximum", "minimum", "clamp", "where",
    "sum", "mean", "var", "std", "amax", "amin", "max", "min",
    "matmul", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute",
    "concatenate", "cat", "stack", "checkpoint",
]  # fmt: skip


def randn(
    *size: Any, generator: np.random.Generator, dtype: Any = float32, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A Tensor of standard normal draws of the given size, as torch.randn, but from NumPy's generator."""
    _validate.generator(generator, needed=True)
    _validate.floating("dtype", dtype)
    draws = generator.normal(size=size[0] if len(size) == 1 else size)
    return tensor(draws, dtype=dtype, requires_grad=requires_grad, device=device)


def checkpoint(function: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    """`function(input)`, its tape forgotten: `backward` runs it again, as torch.utils.checkpoint."""
    if not isinstance(input, Tensor):
        raise TypeError(f"input: expected a Tensor, got {type(input).__name__}; wrap it with tensor()")
    return torch.utils.checkpoint.checkpoint(function, input, use_reentrant=False)
