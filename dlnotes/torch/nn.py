"""Layers: PyTorch's own, under the names of `dlnotes.numpy.nn`.

`Linear` and `Embedding` are PyTorch's with one argument more: with a `numpy.random.Generator` they start
from the same numbers as their NumPy twins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor
from torch.nn import Buffer, Flatten, Identity, Module, ModuleList, Parameter, Sequential, functional
from torch.nn import Embedding as TorchEmbedding
from torch.nn import Linear as TorchLinear

from dlnotes import _validate
from dlnotes.torch import init

__all__ = [
    "Module", "Parameter", "Buffer", "Sequential", "ModuleList", "Identity", "Flatten",
    "Linear", "linear", "Embedding", "embedding",
]  # fmt: skip


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input W^T + b, as torch.nn.functional.linear; shapes are checked as in the NumPy twin."""
    _validate.affine(Tensor, input, weight, bias)
    return functional.linear(input, weight, bias)


class Linear(TorchLinear):
    """A fully connected layer, x W^T + b, from (..., in_features) to (..., out_features)."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        generator: np.random.Generator | None = None,
    ):
        _validate.size("in_features", in_features)
        _validate.size("out_features", out_features)
        _validate.generator(generator)
        super().__init__(in_features, out_features, bias, device, dtype)
        if generator is not None:
            bound = in_features**-0.5
            init.uniform_(self.weight, -bound, bound, generator)
            if self.bias is not None:
                init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)


def embedding(input: Tensor, weight: Tensor) -> Tensor:
    """Rows of a table, as torch.nn.functional.embedding; input is checked as in the NumPy twin."""
    _validate.rows(Tensor, input, weight)
    _validate.row_range(input, weight.shape[0])
    return functional.embedding(input.long(), weight)


class Embedding(TorchEmbedding):
    """A learned vector for each of `num_embeddings` symbols, from (...) to (..., embedding_dim)."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        std: float = 1.0,
        device: Any = None,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _validate.size("num_embeddings", num_embeddings)
        _validate.size("embedding_dim", embedding_dim)
        _validate.at_least("std", std, 0)
        _validate.generator(generator)
        super().__init__(num_embeddings, embedding_dim, device=device, dtype=dtype)
        if generator is not None or std != 1:
            init.normal_(self.weight, std=std, generator=generator)

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight)
