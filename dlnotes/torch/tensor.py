"""Tensors that record how they were computed: PyTorch's own, under the names of `dlnotes.numpy.tensor`."""

# ruff: noqa: I001
from collections.abc import Callable

import torch.utils.checkpoint
from torch import (
    Tensor, abs, amax, amin, clamp, concatenate, cos, exp, flatten, float32, float64, int64, log,
    matmul, maximum, mean, minimum, no_grad, ones, permute, reshape, sin, sqrt, stack, sum, tensor,
    transpose, var, where, zeros,
)  # fmt: skip

__all__ = [
    "Tensor", "tensor", "zeros", "ones", "no_grad", "float32", "float64", "int64",
    "exp", "log", "sqrt", "sin", "cos", "abs", "maximum", "minimum", "clamp", "where",
    "sum", "mean", "var", "amax", "amin", "matmul", "reshape", "flatten", "transpose", "permute",
    "concatenate", "stack", "checkpoint",
]  # fmt: skip


def checkpoint(function: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    """`function(input)`, its tape forgotten: `backward` runs it again, as torch.utils.checkpoint."""
    if not isinstance(input, Tensor):
        raise TypeError(f"input: expected a Tensor, got {type(input).__name__}; wrap it with tensor()")
    return torch.utils.checkpoint.checkpoint(function, input, use_reentrant=False)
