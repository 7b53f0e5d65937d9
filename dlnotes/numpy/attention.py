"""Attention: every position of a sequence asks all others, and takes from each as much as it answers to the question.

A query is compared with every key.  The softmax of these scores is a row of weights that add up to 1, and the answer
is the mean of the values under these weights: softmax(Q K^T / sqrt(d)) V.  The scores are divided by sqrt(d) since a
sum of d independent products has variance d, and a softmax of large numbers has no slope.  A mask says who may
see whom: a causal one lets each position see itself and what came before.

Several heads do this at once, each in a projection of its own, and a last projection mixes what they found.  Nothing
in this knows the order of the positions, so it has to be told: by waves of many lengths (`sinusoidal_positions`), by
a learned vector for each (`LearnedPositions`), or by turning queries and keys so that their product depends on how
far they are apart (`rotary`).

Sources: Vaswani et al. 2017; Bahdanau et al. 2015; Su et al. 2021 (RoFormer); Xiong et al. 2020 (pre-norm).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes._validate import attention as _check
from dlnotes.numpy import init
from dlnotes.numpy.activation import GELU
from dlnotes.numpy.dropout import Dropout, dropout
from dlnotes.numpy.nn import Identity, Linear, Module, Parameter, Sequential, linear
from dlnotes.numpy.norm import LayerNorm
from dlnotes.numpy.tensor import Tensor, concatenate, float32, matmul, mean, parts, record, remember, reshape, total

__all__ = [
    "scaled_dot_product_attention", "MultiheadAttention", "TransformerBlock",
    "sinusoidal_positions", "LearnedPositions", "rotary",
]  # fmt: skip


# ---------------------------------------------------------------------- weights times values
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
    """softmax(Q K^T scale + mask) V: queries (..., L, E), keys (..., S, E), values (..., S, V) -> (..., L, V).

    attn_mask: broadcasts to (..., L, S); booleans, True where a query may see a key, or numbers to add to the scores.
    A query that may see nothing gets 0.
    is_causal: query i sees keys 0 to i; then no mask may be given.
    dropout_p: the share of weights put to 0, always: a function does not know whether it trains.
    scale: 1 / sqrt(E) if None.
    Raises ValueError or TypeError where shapes or dtypes do not fit.

    >>> from dlnotes.numpy import tensor
    >>> scaled_dot_product_attention(tensor([[0.0]]), tensor([[1.0], [2.0]]), tensor([[10.0], [20.0]]))
    tensor([[15.]])
    """
    _check.attended(Tensor, query, key, value, attn_mask, dropout_p, is_causal, scale)
    _validate.generator(generator)
    if attn_mask is not None and attn_mask.dtype == bool:
        attn_mask = Tensor(np.where(attn_mask.data, 0, -np.inf), dtype=query.dtype)
    scale = query.shape[-1] ** -0.5 if scale is None else float(scale)
    before = 0 if is_causal else None
    if not dropout_p:
        return _attend(query, key, value, attn_mask, scale, before)
    weights = dropout(_weights(query, key, attn_mask, scale, before), dropout_p, generator=generator)
    return matmul(weights, value)


BLOCK = 2**17  # scores that are kept in the cache at a time, where one head has more


def _softmax(q: np.ndarray, k: np.ndarray, mask: np.ndarray | None, scale: float, before: int | None) -> np.ndarray:
    """softmax(Q K^T scale + mask), transposed: (..., S, L), a column for each query, as NumPy reduces fastest.

    before: if a number, the first query sees so many keys and one more, the second another one, and so on.
    """
    p = k @ np.multiply(_T(q), scale, order="C", dtype=q.dtype)
    if mask is not None:
        p += np.ascontiguousarray(_T(mask))
    if before is not None:
        late = p[..., before:, :]
        late += np.where(np.tri(late.shape[-2], late.shape[-1], -1) > 0, -np.inf, 0).astype(p.dtype)
    top = np.maximum.reduce(p, -2, keepdims=True)
    p -= top if mask is None else np.where(np.isneginf(top), 0, top)  # where nothing is seen, -inf stays
    np.exp(p, out=p)
    sums = total(p, (p.ndim - 2,), keepdims=True)
    p /= sums if mask is None else np.where(sums == 0, 1, sums)
    return p


def _answer(q: np.ndarray, k: np.ndarray, v: np.ndarray, *how: Any) -> tuple[np.ndarray, Callable]:
    """softmax(Q K^T scale + mask) V, and its VJP: from the gradient to those of q, k, v and the scores, (..., S, L)."""
    p = _softmax(q, k, *how)  # (..., S, L)
    y = _T(p) @ v  # (..., L, V)
    scale = q.dtype.type(how[1])

    def vjp(g: np.ndarray) -> tuple[np.ndarray, ...]:
        d = v @ np.ascontiguousarray(_T(g))
        d -= np.einsum("...ij,...ij->...i", g, y)[..., None, :]
        d *= p  # p (dp - sum of dp p), and that sum is g . y
        return _T(d) @ k * scale, d @ q * scale, p @ g, d

    return y, vjp


def _answers(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: Any, scale: float, before: Any) -> tuple:
    """`_answer` for long sequences: some queries of one head at a time, and of its keys those that they may see."""
    lead, L, S = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2]), q.shape[-2], k.shape[-2]
    q, k, v = (np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in (q, k, v))
    mask = None if mask is None else np.broadcast_to(mask, (*lead, L, S))
    y, step, done = np.empty((*lead, L, v.shape[-1]), q.dtype), max(1, BLOCK // S), []
    for i in np.ndindex(lead):
        for start in range(0, L, step):
            rows, seen = slice(start, start + step), slice(S if before is None else before + start + step)
            part = None if mask is None else mask[i][rows, seen]
            first = None if before is None else before + start
            y[i][rows], vjp = _answer(q[i][rows], k[i][seen], v[i][seen], part, scale, first)
            done.append((i, rows, seen, vjp))

    def whole(g: np.ndarray) -> tuple:
        dq, dk, dv = (np.zeros(a.shape, a.dtype) for a in (q, k, v))
        d = None if mask is None else np.zeros((*lead, S, L), q.dtype)
        for i, rows, seen, vjp in done:
            dq[i][rows], to_k, to_v, to_scores = vjp(g[i][rows])
            dk[i][seen] += to_k
            dv[i][seen] += to_v
            if d is not None:
                d[i][seen, rows] = to_scores
        return dq, dk, dv, d

    return y, whole


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float, before: int | None) -> Tensor:
    """softmax(Q K^T scale + mask) V in one piece, or for long sequences in several."""
    long = query.shape[-2] * key.shape[-2] > BLOCK
    given = None if mask is None else np.atleast_2d(mask.data)
    y, vjp = (_answers if long else _answer)(query.data, key.data, value.data, given, scale, before)
    d = remember(vjp)
    pairs = [(x, lambda g, i=i: d(g)[i]) for i, x in enumerate((query, key, value))]
    return record(y, *pairs, *([] if mask is None else [(mask, lambda g: _T(d(g)[3]))]))


def _weights(query: Tensor, key: Tensor, mask: Tensor | None, scale: float, before: int | None) -> Tensor:
    """softmax(Q K^T scale + mask) alone, where the weights themselves are wanted: (..., L, S)."""
    q, k = query.data, key.data
    p = _T(_softmax(q, k, None if mask is None else np.atleast_2d(mask.data), scale, before))
    d = remember(lambda g: p * (g - total(g * p, (p.ndim - 1,), keepdims=True)))
    d_query = (query, lambda g: d(g) @ k * q.dtype.type(scale))
    d_key = (key, lambda g: _T(d(g)) @ q * q.dtype.type(scale))
    return record(p, d_query, d_key, *([] if mask is None else [(mask, d)]))


def _T(a: np.ndarray) -> np.ndarray:
    return a.swapaxes(-1, -2)


# ---------------------------------------------------------------------- many heads
class MultiheadAttention(Module):
    """Attention in `num_heads` heads, each on E / num_heads features of projections of its own; E is embed_dim.

    From queries (L, N, E), keys and values (S, N, E), or (N, L, E) and (N, S, E) if `batch_first`, or without N, to

    - the output, of the shape of the queries,
    - the weights, (N, L, S), a mean over the heads; all of them, (N, num_heads, L, S), unless `average_attn_weights`;
      None unless `need_weights`.

    Masks are PyTorch's: booleans say True where a key is *not* seen (the opposite of `scaled_dot_product_attention`),
    numbers are added to the scores.  key_padding_mask is (N, S), attn_mask (L, S) or (N * num_heads, L, S); is_causal
    lets position i see 0 to i, and goes without attn_mask.  A query that may see nothing gets weights of 0.

    cache: a dict, empty at first, which takes in the keys and values of every call, so that a sequence may come
    piece by piece: with is_causal the outputs are those of the whole.  Masks then count the stored keys in S.
    dropout: the share of weights put to 0 in training, by masks from `generator`.
    rotary: turn queries and keys by `rotary`.

    The three projections in start by Glorot's uniform law for the (3E, E) matrix that holds them, the one out as in
    `Linear`; biases start at 0.  Raises ValueError or TypeError where shapes or dtypes do not fit.
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
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.heads(embed_dim, num_heads, dropout, rotary, generator)
        E, dtype, generator = embed_dim, dtype or float32, generator or np.random.default_rng()
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = E, num_heads, dropout, batch_first
        self.rotary, self.generator = rotary, generator
        self.in_proj_weight = init.xavier_uniform_(Parameter(np.zeros((3 * E, E), dtype)), generator=generator)
        self.in_proj_bias = Parameter(np.zeros(3 * E, dtype)) if bias else None
        self.out_proj = Linear(E, E, bias, dtype=dtype, generator=generator)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(  # type: ignore[override]
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

        W, b = self.in_proj_weight, self.in_proj_bias
        if query is key is value:
            q, k, v = self._heads(linear(query, W, b), N, 3)  # (N, h, T, E / h) each
        else:
            thirds = [slice(i * self.embed_dim, (i + 1) * self.embed_dim) for i in range(3)]
            rows = zip((query, key, value), thirds)
            q, k, v = (self._heads(linear(x, W[i], None if b is None else b[i]), N, 1)[0] for x, i in rows)
        if cache:
            k, v = concatenate([cache["key"], k], 2), concatenate([cache["value"], v], 2)
        if cache is not None:
            cache.update(key=k, value=v)
        if self.rotary:
            q, k = rotary(q, start=before), rotary(k)
        masks = []
        if attn_mask is not None:
            masks.append(reshape(_hidden(attn_mask, q.dtype), (-1, 1 if attn_mask.ndim == 2 else h, L, S)))
        if key_padding_mask is not None:
            masks.append(reshape(_hidden(key_padding_mask, q.dtype), (N, 1, 1, S)))
        mask, scale = sum(masks[1:], masks[0]) if masks else None, q.shape[-1] ** -0.5
        past = before if is_causal else None
        if not need_weights and not (self.dropout and self.training):
            return self.out_proj(self._join(_attend(q, k, v, mask, scale, past), query.shape)), None
        weights = _weights(q, k, mask, scale, past)  # (N, h, L, S)
        if self.dropout and self.training:
            weights = dropout(weights, self.dropout, generator=self.generator)
        output = self.out_proj(self._join(matmul(weights, v), query.shape))
        if not need_weights:
            return output, None
        if average_attn_weights:
            weights = mean(weights, 1)
        return output, reshape(weights, weights.shape[1:]) if query.ndim == 2 else weights

    def _heads(self, x: Tensor, N: int, count: int) -> list[Tensor]:
        """`count` projections side by side, (N, T, count E), each by heads: (N, h, T, E / h)."""
        shape, size = x.shape, (count, self.num_heads, self.embed_dim // self.num_heads)
        if self.batch_first:
            split, axes, back = x.data.reshape(N, -1, *size), (2, 0, 3, 1, 4), (1, 3, 0, 2, 4)
        else:
            split, axes, back = x.data.reshape(-1, N, *size), (2, 1, 3, 0, 4), (3, 1, 0, 2, 4)
        heads = record(split.transpose(axes), (x, lambda g: g.transpose(back).reshape(shape)))
        return parts(heads, [(i, None) for i in range(count)])

    def _join(self, x: Tensor, shape: tuple) -> Tensor:
        """Heads (N, h, T, E / h) back to the layout of the input."""
        axes, back = ((0, 2, 1, 3), (0, 2, 1, 3)) if self.batch_first else ((2, 0, 1, 3), (1, 2, 0, 3))
        side_by_side = x.data.transpose(axes)
        split = side_by_side.shape
        return record(side_by_side.reshape(shape), (x, lambda g: g.reshape(split).transpose(back)))


def _hidden(mask: Tensor, dtype: Any) -> Tensor:
    """A mask to add to the scores, -inf where a boolean one hides."""
    return Tensor(np.where(mask.data, -np.inf, 0), dtype=dtype) if mask.dtype == bool else mask


class TransformerBlock(Module):
    """x + attention(norm(x)), then x + mlp(norm(x)): a pre-norm transformer layer on sequences (N, T, E) or (T, E).

    Norms stand before what they serve, so the path of the sums runs through from first layer to last and deep stacks
    train without warm-up.  The MLP goes to hidden_features (4 E if None), GELU, and back.
    norm_first: if False, norms stand behind the sums, norm(x + attention(x)), as in 2017 (post-norm).
    need_weights, in the call: give (output, attention weights (N, num_heads, T, T)), not the output alone.
    causal: each position sees itself and what came before.
    dropout: of attention weights, and of both terms that are added, in training, by masks from `generator`.
    rotary, and in the call key_padding_mask and cache: as in `MultiheadAttention`.
    """

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
        E, hidden, generator = embed_dim, hidden_features or 4 * embed_dim, generator or np.random.default_rng()
        shared: dict[str, Any] = dict(dtype=dtype, generator=generator)
        self.causal, self.norm_first = causal, norm_first
        self.norm1 = LayerNorm(E, dtype=dtype)
        self.attention = MultiheadAttention(E, num_heads, dropout, batch_first=True, rotary=rotary, **shared)
        self.norm2 = LayerNorm(E, dtype=dtype)
        self.mlp = Sequential(Linear(E, hidden, **shared), GELU(), Linear(hidden, E, **shared))
        self.dropout = Dropout(dropout, generator=generator) if dropout else Identity()

    def forward(  # type: ignore[override]
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


# ---------------------------------------------------------------------- where a position stands
def _angles(start: int, length: int, features: int, base: float) -> np.ndarray:
    """t base^(-2i / features) for positions t from `start` and pairs i: (length, features / 2)."""
    return (start + np.arange(length))[:, None] * base ** (-np.arange(0, features, 2) / features)


def sinusoidal_positions(length: int, embed_dim: int, *, base: float = 10000.0, dtype: Any = None) -> Tensor:
    """Waves of embed_dim / 2 lengths, from 2 pi to 2 pi base: (length, embed_dim), sine and cosine in turn.

    Entry (t, 2i) is sin(t base^(-2i / embed_dim)), entry (t, 2i + 1) the cosine.  A shift of t turns each pair by a
    fixed angle, so it is a linear map, the same everywhere.  Source: Vaswani et al. 2017, section 3.5.

    >>> sinusoidal_positions(2, 4)
    tensor([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 0.9999]])
    """
    _validate.size("length", length)
    _check.even("embed_dim", embed_dim)
    angles = _angles(0, length, embed_dim, base)
    return Tensor(np.stack([np.sin(angles), np.cos(angles)], 2).reshape(length, embed_dim), dtype=dtype or float32)


class LearnedPositions(Module):
    """input + a learned vector for each position: from (..., T, embed_dim) to the same, T at most max_length.

    start: the position of the first, for sequences that come piece by piece.  Entries start normal with deviation 0.02.
    """

    def __init__(
        self, max_length: int, embed_dim: int, *, dtype: Any = None, generator: np.random.Generator | None = None
    ):
        _validate.size("max_length", max_length)
        _validate.size("embed_dim", embed_dim)
        _validate.generator(generator)
        self.max_length, self.embed_dim = max_length, embed_dim
        self.weight = Parameter(np.zeros((max_length, embed_dim), dtype or float32))
        init.normal_(self.weight, 0.0, 0.02, generator)

    def forward(self, input: Tensor, *, start: int = 0) -> Tensor:  # type: ignore[override]
        _check.within(Tensor, input, start, self.weight.shape, self.weight.dtype)
        return input + self.weight[start : start + input.shape[-2]]

    def extra_repr(self) -> str:
        return f"{self.max_length}, {self.embed_dim}"


def rotary(input: Tensor, *, start: int = 0, base: float = 10000.0) -> Tensor:
    """Each pair of features (2i, 2i + 1) of position t turned by t base^(-2i / d): (..., T, d) -> (..., T, d).

    The product of a turned query and a turned key depends on their features and on the distance of their positions
    only.  Pairs are neighbours, as in the paper; some programs pair feature i with i + d / 2 instead.
    start: the position of the first.  Source: Su et al. 2021, equation 34.
    """
    _check.positions(Tensor, input, start)
    angles = _angles(start, input.shape[-2], input.shape[-1], base)
    cos, sin = (f(angles).astype(input.dtype) for f in (np.cos, np.sin))  # (T, d / 2)

    def turn(x: np.ndarray, sin: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        a, b = x[..., ::2], x[..., 1::2]
        y[..., ::2], y[..., 1::2] = a * cos - b * sin, a * sin + b * cos
        return y

    return record(turn(input.data, sin), (input, lambda g: turn(g, -sin)))  # the transpose turns back
