"""Attention: PyTorch's own, with inputs checked and masks drawn as in `dlnotes.numpy.attention`.

`MultiheadAttention` has the parameters of PyTorch's; its forward is written here over PyTorch's operations, since a
cache, rotary positions and dropout by a NumPy generator have no room in the original.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import GELU, Identity, Module, Parameter, Sequential, functional

from dlnotes import _validate
from dlnotes._validate import attention as _check
from dlnotes.torch import init
from dlnotes.torch.dropout import Dropout, dropout
from dlnotes.torch.nn import Linear, linear
from dlnotes.torch.norm import LayerNorm

__all__ = [
    "scaled_dot_product_attention", "MultiheadAttention", "TransformerBlock",
    "sinusoidal_positions", "LearnedPositions", "rotary",
]  # fmt: skip


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """softmax(Q K^T scale + mask) V, as torch.nn.functional.scaled_dot_product_attention.

    attn_mask: booleans, True where a query may see a key, or numbers to add to the scores.  With dropout, the masks
    are those of the NumPy twin.
    """
    _check.attended(Tensor, query, key, value, attn_mask, dropout_p, is_causal, scale)
    _validate.generator(generator)
    if attn_mask is not None:
        attn_mask = torch.atleast_2d(attn_mask)  # PyTorch's own kernels want an axis of queries
    if not dropout_p:
        return functional.scaled_dot_product_attention(query, key, value, attn_mask, 0.0, is_causal, scale=scale)
    if is_causal:
        attn_mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = _hidden(~attn_mask, query.dtype)
    weights = _weights(query, key, attn_mask, query.shape[-1] ** -0.5 if scale is None else float(scale))
    return dropout(weights, dropout_p, generator=generator) @ value


def _weights(query: Tensor, key: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """softmax(Q K^T scale + mask) over the keys, 0 where nothing is seen."""
    scores = query * scale @ key.mT
    if mask is None:
        return scores.softmax(-1)
    scores = scores + mask
    blind = (scores == -torch.inf).all(-1, keepdim=True)
    return scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


class MultiheadAttention(nn.MultiheadAttention):
    """Attention in `num_heads` heads, with the parameters and masks of torch.nn.MultiheadAttention.

    What it has besides: is_causal without a mask, a cache for sequences that come piece by piece, `rotary` positions,
    weights of 0 where a query may see nothing, and a NumPy generator for the start and the dropout.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        batch_first: bool = False,
        rotary: bool = False,
        device: Any = None,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.heads(embed_dim, num_heads, dropout, rotary, generator)
        super().__init__(embed_dim, num_heads, dropout, bias, batch_first=batch_first, device=device, dtype=dtype)
        self.rotary, self.generator = rotary, generator or np.random.default_rng()
        init.xavier_uniform_(self.in_proj_weight, generator=self.generator)
        self.out_proj: Any = Linear(embed_dim, embed_dim, bias, device, dtype, generator=self.generator)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
        *,
        cache: dict | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        h, given = self.num_heads, {"query": query, "key": key, "value": value}
        _check.tokens(Tensor, given, self.embed_dim, self.in_proj_weight.dtype, self.batch_first)
        _check.stored(cache)
        before = cache["key"].shape[2] if cache else 0
        N, L, S = _check.sizes(query.shape, key.shape, self.batch_first, before)
        _check.masks(Tensor, attn_mask, key_padding_mask, is_causal, query.ndim, h, (N, L, S), query.dtype)

        q, k, v = (self._heads(x, i, N) for i, x in enumerate((query, key, value)))  # (N, h, L or S, E / h)
        if cache:
            k, v = torch.cat([cache["key"], k], 2), torch.cat([cache["value"], v], 2)
        if cache is not None:
            cache.update(key=k, value=v)
        if self.rotary:
            q, k = rotary(q, start=before), rotary(k)
        masks = []
        if is_causal:
            later = torch.ones(L, S, dtype=torch.bool, device=q.device).triu(before + 1)
            masks.append(_hidden(later, q.dtype))
        if attn_mask is not None:
            masks.append(_hidden(attn_mask, q.dtype).reshape(-1, 1 if attn_mask.ndim == 2 else h, L, S))
        if key_padding_mask is not None:
            masks.append(_hidden(key_padding_mask, q.dtype).reshape(N, 1, 1, S))
        mask = sum(masks[1:], masks[0]) if masks else None
        if not need_weights and not (self.dropout and self.training):
            return self.out_proj(self._join(functional.scaled_dot_product_attention(q, k, v, mask), query.shape)), None
        weights = _weights(q, k, mask, q.shape[-1] ** -0.5)  # (N, h, L, S)
        if self.dropout and self.training:
            weights = dropout(weights, self.dropout, generator=self.generator)
        output = self.out_proj(self._join(weights @ v, query.shape))
        if not need_weights:
            return output, None
        if average_attn_weights:
            weights = weights.mean(1)
        return output, weights[0] if query.ndim == 2 else weights

    def _heads(self, x: Tensor, i: int, N: int) -> Tensor:
        """The projection of x to queries (i = 0), keys (1) or values (2), by heads: (N, h, T, E / h)."""
        rows = slice(i * self.embed_dim, (i + 1) * self.embed_dim)
        bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
        y = linear(x, self.in_proj_weight[rows], bias)
        if self.batch_first:
            return y.reshape(N, -1, self.num_heads, self.head_dim).permute(0, 2, 1, 3)
        return y.reshape(-1, N, self.num_heads, self.head_dim).permute(1, 2, 0, 3)

    def _join(self, x: Tensor, shape: Any) -> Tensor:
        """(N, h, T, E / h) back to the layout of the input."""
        return x.permute((0, 2, 1, 3) if self.batch_first else (2, 0, 1, 3)).reshape(shape)


def _hidden(mask: Tensor, dtype: Any) -> Tensor:
    """A mask to add to the scores, -inf where a boolean one hides."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(mask, -torch.inf)


class TransformerBlock(Module):
    """x + attention(norm(x)), then x + mlp(norm(x)): a pre-norm transformer layer on sequences (N, T, E) or (T, E)."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        hidden_features: int | None = None,
        dropout: float = 0.0,
        causal: bool = False,
        *,
        norm_first: bool = True,
        rotary: bool = False,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.heads(embed_dim, num_heads, dropout, rotary, generator)
        super().__init__()
        E, hidden, generator = embed_dim, hidden_features or 4 * embed_dim, generator or np.random.default_rng()
        shared: dict[str, Any] = dict(dtype=dtype, generator=generator)
        self.causal, self.norm_first = causal, norm_first
        self.norm1 = LayerNorm(E, dtype=dtype)
        self.attention = MultiheadAttention(E, num_heads, dropout, batch_first=True, rotary=rotary, **shared)
        self.norm2 = LayerNorm(E, dtype=dtype)
        self.mlp = Sequential(Linear(E, hidden, **shared), GELU(), Linear(hidden, E, **shared))
        self.dropout = Dropout(dropout, generator=generator) if dropout else Identity()

    def forward(
        self, input: Tensor, *, key_padding_mask: Tensor | None = None, need_weights: bool = False,
        cache: dict | None = None,
    ) -> Any:  # fmt: skip
        x = y = input
        if self.norm_first:
            y = self.norm1(x)
        y, weights = self.attention(
            y, y, y, key_padding_mask, need_weights, None, False, is_causal=self.causal, cache=cache
        )
        x = x + self.dropout(y)
        if self.norm_first:
            x = x + self.dropout(self.mlp(self.norm2(x)))
        else:
            x = self.norm1(x)
            x = self.norm2(x + self.dropout(self.mlp(x)))
        return (x, weights) if need_weights else x


def _angles(start: int, length: int, features: int, base: float) -> Tensor:
    """t base^(-2i / features) for positions t from `start` and pairs i: (length, features / 2), in float64."""
    return torch.from_numpy((start + np.arange(length))[:, None] * base ** (-np.arange(0, features, 2) / features))


def sinusoidal_positions(
    length: int, embed_dim: int, *, base: float = 10000.0, device: Any = None, dtype: Any = None
) -> Tensor:
    """Waves of embed_dim / 2 lengths, from 2 pi to 2 pi base: (length, embed_dim), sine and cosine in turn."""
    _validate.size("length", length)
    _check.even("embed_dim", embed_dim)
    angles = _angles(0, length, embed_dim, base)
    return torch.stack([angles.sin(), angles.cos()], 2).reshape(length, embed_dim).to(device, dtype or torch.float32)


class LearnedPositions(Module):
    """input + a learned vector for each position: from (..., T, embed_dim) to the same, T at most max_length."""

    def __init__(
        self, max_length: int, embed_dim: int, *, dtype: Any = None, generator: np.random.Generator | None = None
    ):
        _validate.size("max_length", max_length)
        _validate.size("embed_dim", embed_dim)
        _validate.generator(generator)
        super().__init__()
        self.max_length, self.embed_dim = max_length, embed_dim
        self.weight = Parameter(torch.zeros(max_length, embed_dim, dtype=dtype))
        init.normal_(self.weight, 0.0, 0.02, generator)

    def forward(self, input: Tensor, *, start: int = 0) -> Tensor:
        _check.within(Tensor, input, start, tuple(self.weight.shape), self.weight.dtype)
        return input + self.weight[start : start + input.shape[-2]]

    def extra_repr(self) -> str:
        return f"{self.max_length}, {self.embed_dim}"


def rotary(input: Tensor, *, start: int = 0, base: float = 10000.0) -> Tensor:
    """Each pair of features (2i, 2i + 1) of position t turned by t base^(-2i / d): (..., T, d) -> (..., T, d)."""
    _check.positions(Tensor, input, start)
    angles = _angles(start, input.shape[-2], input.shape[-1], base)
    cos, sin = angles.cos().to(input), angles.sin().to(input)  # (T, d / 2)
    a, b = input[..., ::2], input[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
