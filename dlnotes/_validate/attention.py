"""What attention asks of queries, keys, values and masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlnotes._validate import _short, at_least, floating, generator, size, tensors


def probability(name: str, value: Any) -> None:
    """A number from 0 to 1."""
    at_least(name, value, 0)
    if value > 1:
        raise ValueError(f"{name}: expected a number from 0 to 1, got {value}")


def attended(kind: Any, query: Any, key: Any, value: Any, mask: Any, p: Any, causal: Any, scale: Any) -> None:
    """Queries (..., L, E), keys (..., S, E), values (..., S, V), and a mask that broadcasts to (..., L, S)."""
    given = {"query": query, "key": key, "value": value}
    tensors(kind, **given)
    for name, x in given.items():
        floating(name, x.dtype)
        if x.dtype != query.dtype:
            raise TypeError(f"{name}: expected dtype {_short(query.dtype)}, that of query, got {_short(x.dtype)}")
        if len(x.shape) < 2 or math.prod(x.shape) == 0:
            raise ValueError(f"{name}: expected shape (..., length, features), not empty, got {tuple(x.shape)}")
    q, k, v = tuple(query.shape), tuple(key.shape), tuple(value.shape)
    if k[-1] != q[-1]:
        raise ValueError(f"key: expected {q[-1]} features, those of query, got shape {k}")
    if v[-2] != k[-2]:
        raise ValueError(f"value: expected {k[-2]} rows, one for each key, got shape {v}")
    batch = _broadcast("key", k[:-2], q[:-2])
    _broadcast("value", v[:-2], batch)
    if mask is not None:
        if causal:
            raise ValueError("attn_mask: expected None where is_causal, got a mask")
        masked(kind, "attn_mask", mask, query.dtype)
        wanted = (*batch, q[-2], k[-2])
        if len(mask.shape) > len(wanted) or _broadcast("attn_mask", tuple(mask.shape), wanted) != wanted:
            raise ValueError(f"attn_mask: expected a shape that broadcasts to {wanted}, got {tuple(mask.shape)}")
    probability("dropout_p", p)
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, (int, float, np.number))):
        raise TypeError(f"scale: expected a number, got {scale!r}")


def masked(kind: Any, name: str, mask: Any, dtype: Any) -> None:
    """Booleans, or numbers to add."""
    tensors(kind, **{name: mask})
    if "bool" not in str(mask.dtype) and mask.dtype != dtype:
        raise TypeError(f"{name}: expected dtype bool or {_short(dtype)}, got {_short(mask.dtype)}")


def _broadcast(name: str, shape: tuple, other: tuple) -> tuple:
    try:
        return np.broadcast_shapes(shape, other)
    except ValueError:
        raise ValueError(f"{name}: expected a shape that broadcasts with {other}, got {shape}") from None


def heads(embed_dim: Any, num_heads: Any, dropout: Any, rotary: Any, source: Any) -> None:
    """Heads that share the features evenly, and in pairs where they are turned."""
    size("embed_dim", embed_dim)
    size("num_heads", num_heads)
    if embed_dim % num_heads:
        raise ValueError(f"num_heads: expected a divisor of embed_dim {embed_dim}, got {num_heads}")
    if rotary and embed_dim // num_heads % 2:
        raise ValueError(f"embed_dim: expected an even number of features a head, got {embed_dim // num_heads}")
    probability("dropout", dropout)
    generator(source)


def even(name: str, value: Any) -> None:
    """Features in pairs."""
    size(name, value)
    if value % 2:
        raise ValueError(f"{name}: expected an even number, got {value}")


def tokens(kind: Any, given: dict, width: int, dtype: Any, batch_first: bool) -> None:
    """Sequences (N, T, width), or (T, N, width) unless batch_first, or (T, width); keys and values alike."""
    tensors(kind, **given)
    form = "(N, T, {0}) or (T, {0})" if batch_first else "(T, N, {0}) or (T, {0})"
    q, k, v = given.values()
    if q is k is v:
        given = {"query": q}  # once is enough
    for name, x in given.items():
        floating(name, x.dtype)
        if x.dtype != dtype:
            raise TypeError(f"{name}: expected dtype {_short(dtype)}, that of the weights, got {_short(x.dtype)}")
        shape = tuple(x.shape)
        if len(shape) not in (2, 3) or len(shape) != len(q.shape) or shape[-1] != width or math.prod(shape) == 0:
            raise ValueError(f"{name}: expected shape {form.format(width)}, not empty, got {shape}")
    if len(q.shape) == 3:
        batch = 0 if batch_first else 1
        for name, x in given.items():
            if x.shape[batch] != q.shape[batch]:
                raise ValueError(
                    f"{name}: expected {q.shape[batch]} sequences, as many as query, got shape {tuple(x.shape)}"
                )
    if tuple(v.shape) != tuple(k.shape):
        raise ValueError(f"value: expected the shape of key, {tuple(k.shape)}, got {tuple(v.shape)}")


def sizes(query: tuple, key: tuple, batch_first: bool, before: int) -> tuple[int, int, int]:
    """Sequences N, queries L and keys S, `before` of them stored."""
    if len(query) == 2:
        return 1, query[0], before + key[0]
    N, L = query[:2] if batch_first else query[1::-1]
    return N, L, before + key[1 if batch_first else 0]


def masks(
    kind: Any, pairs: Any, padding: Any, causal: Any, axes: int, heads: int, counts: tuple[int, int, int], dtype: Any
) -> None:
    """One entry for each query and key, for all sequences and heads alike or for each; one for each key."""
    N, L, S = counts
    if pairs is not None:
        if causal:
            raise ValueError("attn_mask: expected None where is_causal, got a mask")
        masked(kind, "attn_mask", pairs, dtype)
        if tuple(pairs.shape) not in ((L, S), (N * heads, L, S)):
            raise ValueError(f"attn_mask: expected shape {(L, S)} or {(N * heads, L, S)}, got {tuple(pairs.shape)}")
    if padding is not None:
        masked(kind, "key_padding_mask", padding, dtype)
        wanted = (S,) if axes == 2 else (N, S)
        if tuple(padding.shape) != wanted:
            raise ValueError(f"key_padding_mask: expected shape {wanted}, got {tuple(padding.shape)}")


def stored(cache: Any) -> None:
    """A dict that attention fills."""
    if not (cache is None or isinstance(cache, dict)):
        raise TypeError(f"cache: expected None or a dict, empty at first, got {type(cache).__name__}")


def positions(kind: Any, input: Any, start: Any) -> None:
    """Floating sequences (..., T, features) with an even number of features, from a place on."""
    tensors(kind, input=input)
    floating("input", input.dtype)
    if len(input.shape) < 2 or input.shape[-1] % 2 or math.prod(input.shape) == 0:
        raise ValueError(f"input: expected shape (..., T, d), d even, not empty, got {tuple(input.shape)}")
    place(start)


def place(start: Any) -> None:
    """A position, from 0."""
    if isinstance(start, bool) or not isinstance(start, (int, np.integer)):
        raise TypeError(f"start: expected a whole number, got {start!r}")
    if start < 0:
        raise ValueError(f"start: expected at least 0, got {start}")


def within(kind: Any, input: Any, start: Any, table: tuple, dtype: Any) -> None:
    """Sequences (..., T, d) whose positions are all in a table (n, d)."""
    tensors(kind, input=input)
    floating("input", input.dtype)
    place(start)
    if input.dtype != dtype:
        raise TypeError(f"input: expected dtype {_short(dtype)}, that of weight, got {_short(input.dtype)}")
    shape, (n, d) = tuple(input.shape), table
    if len(shape) < 2 or shape[-1] != d or math.prod(shape) == 0:
        raise ValueError(f"input: expected shape (..., T, {d}), not empty, got {shape}")
    if start + shape[-2] > n:
        raise ValueError(f"input: expected positions below {n}, got {start} to {start + shape[-2] - 1}")
