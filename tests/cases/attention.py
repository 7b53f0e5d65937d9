"""Attention: masks of every kind, heads, caches, positions, the transformer block."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case, rng

SEEN = np.array([[True, False, True], [False, False, False], [True, True, True], [False, True, False]])  # (4, 3), one row blind
SHIFT = np.where(SEEN, np.random.default_rng(3).normal(size=(4, 3)), -np.inf)
SQUARE = np.array([[True, False, True], [False, False, False], [True, True, False]])
PADDED = np.array([[False, False, True], [False, False, False]])


def sdpa(d, *inputs, **options):
    return d.scaled_dot_product_attention(*inputs, **options)


case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, query=q, key=k, value=v), (4, 2), (3, 2), (3, 5))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v), (2, 3, 4, 2), (2, 3, 3, 2), (2, 3, 3, 5))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v), (1, 1), (1, 1), (1, 1))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, scale=-0.3), (4, 2), (3, 2), (3, 5))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, is_causal=True), (2, 4, 2), (2, 4, 2), (2, 4, 3))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, is_causal=True), (2, 2, 2), (2, 4, 2), (2, 4, 3))
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m), (2, 4, 2), (2, 3, 2), (2, 3, 5), SEEN)
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, attn_mask=m), (2, 2, 4, 2), (2, 2, 3, 2), (2, 2, 3, 5), np.stack([SEEN, ~SEEN])[:, None])
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m), (2, 4, 2), (2, 3, 2), (2, 3, 5), (4, 3))
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m), (4, 2), (3, 2), (3, 5), (1, 3))
for _shape in [(3,), (1,), ()]:  # a mask without an axis of queries
    case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m), (2, 2, 4, 2), (2, 2, 3, 2), (2, 2, 3, 5), _shape)
    case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m > -9), (2, 2, 4, 2), (2, 2, 3, 2), (2, 2, 3, 5), _shape)
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m.detach()), (4, 2), (3, 2), (3, 5), SHIFT, stepped=False)
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, dropout_p=0.4, generator=rng()), (2, 4, 2), (2, 3, 2), (2, 3, 5))
case("scaled_dot_product_attention", lambda d, q, k, v, m: sdpa(d, q, k, v, m, 0.4, generator=rng()), (2, 4, 2), (2, 3, 2), (2, 3, 5), SEEN)
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, None, 0.2, True, scale=2.0, generator=rng()), (3, 2), (3, 2), (3, 2))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v, dropout_p=1.0), (3, 2), (3, 2), (3, 2))
case("scaled_dot_product_attention", lambda d, q: sdpa(d, *[q.detach()] * 3), np.array([[1e4, -1e4], [0.0, 0.0], [-1e4, 1e4]]))
case("scaled_dot_product_attention", lambda d, q, k, v: sdpa(d, q, k, v), (4, 2), np.ones((4, 3)).T[::-1, ::2], np.zeros((3, 4))[:, ::-1])


def heads(d, x, *rest, E=4, h=2, options=None, **call):
    """Output and weights of attention of x on itself or on rest."""
    model = d.MultiheadAttention(E, h, **(options or {}), dtype=x.dtype, generator=rng())
    y, w = model(x, *(rest or (x, x)), **call)
    return (y,) if w is None else (y, w)


def learned(d, model, x, **call):
    """What a module is and gives, and the gradients of its parameters."""
    y = model(x, x, x, **call)[0] if isinstance(model, d.MultiheadAttention) else model(x, **call)
    (y * y).sum().backward()
    return repr(model), model.state_dict(), {name: p.grad for name, p in model.named_parameters()}, y.detach()


FIRST = {"batch_first": True}
case("MultiheadAttention", lambda d, x: heads(d, x), (3, 2, 4))
case("MultiheadAttention", lambda d, x: heads(d, x), (3, 4))
case("MultiheadAttention", lambda d, x: heads(d, x, need_weights=False), (3, 2, 4))
case("MultiheadAttention", lambda d, x: heads(d, x, options=FIRST, average_attn_weights=False), (2, 3, 4))
case("MultiheadAttention", lambda d, x: heads(d, x, E=6, h=3, options={"bias": False}), (3, 6))
case("MultiheadAttention", lambda d, x: heads(d, x, E=1, h=1), (1, 1, 1))
case("MultiheadAttention", lambda d, q, k, v: heads(d, q, k, v), (5, 2, 4), (3, 2, 4), (3, 2, 4))
case("MultiheadAttention", lambda d, q, k, v: heads(d, q, k, v, options=FIRST, need_weights=False), (2, 5, 4), (2, 3, 4), (2, 3, 4))
case("MultiheadAttention", lambda d, x, m: heads(d, x, attn_mask=m), (3, 2, 4), ~SQUARE)
case("MultiheadAttention", lambda d, x, m: heads(d, x, attn_mask=m, need_weights=False), (3, 2, 4), ~SQUARE)
case("MultiheadAttention", lambda d, x, m: heads(d, x, attn_mask=m, average_attn_weights=False), (3, 4), np.stack([~SQUARE, SQUARE]))
case("MultiheadAttention", lambda d, x, m: heads(d, x, x, x, None, True, m), (3, 2, 4), (3, 3))
case("MultiheadAttention", lambda d, x, m: heads(d, x, attn_mask=m, options=FIRST), (2, 3, 4), (4, 3, 3))
case("MultiheadAttention", lambda d, x, m: heads(d, x, key_padding_mask=m), (3, 2, 4), PADDED)
case("MultiheadAttention", lambda d, x, m: heads(d, x, key_padding_mask=m), (3, 4), PADDED[0])
case("MultiheadAttention", lambda d, x, m: heads(d, x, key_padding_mask=m, need_weights=False), (3, 2, 4), (2, 3))
case("MultiheadAttention", lambda d, x, m, n: heads(d, x, key_padding_mask=m, attn_mask=n), (3, 2, 4), PADDED, ~SQUARE)
case("MultiheadAttention", lambda d, x, m: heads(d, x, key_padding_mask=m, is_causal=True), (3, 2, 4), PADDED[:, ::-1].copy())
case("MultiheadAttention", lambda d, x: heads(d, x, is_causal=True, need_weights=False), (3, 2, 4))
case("MultiheadAttention", lambda d, x: heads(d, x, is_causal=True, options={"dropout": 0.3, "rotary": True}), (3, 2, 4))
case("MultiheadAttention", lambda d, x: heads(d, x, options={"dropout": 0.3, "batch_first": True}, need_weights=False), (2, 3, 4))
case("MultiheadAttention", lambda d, x: learned(d, d.MultiheadAttention(4, 2, 0.25, dtype=x.dtype, generator=rng()), x), (3, 2, 4))
case("MultiheadAttention", lambda d, x: learned(d, d.MultiheadAttention(4, 2, bias=False, batch_first=True, rotary=True, dtype=x.dtype, generator=rng()), x, is_causal=True), (2, 3, 4))


def piecewise(d, model, x, cuts, T=-2):
    """The outputs of a causal model that sees the sequence piece by piece."""
    cache, parts = {}, []
    for start, end in zip(cuts, cuts[1:]):
        piece = x[..., start:end, :]
        parts.append(model(piece, piece, piece, is_causal=True, cache=cache)[0] if isinstance(model, d.MultiheadAttention) else model(piece, cache=cache))
    return d.concatenate(parts, T), cache["key"]


case("MultiheadAttention", lambda d, x: piecewise(d, d.MultiheadAttention(4, 2, batch_first=True, rotary=True, dtype=x.dtype, generator=rng()), x, [0, 2, 3, 5]), (2, 5, 4))
case("TransformerBlock", lambda d, x: d.TransformerBlock(4, 2, dtype=x.dtype, generator=rng())(x), (2, 3, 4))
case("TransformerBlock", lambda d, x: d.TransformerBlock(4, 1, 3, 0.0, True, rotary=True, dtype=x.dtype, generator=rng())(input=x), (3, 4))
case("TransformerBlock", lambda d, x, m: d.TransformerBlock(4, 2, causal=True, dtype=x.dtype, generator=rng())(x, key_padding_mask=m), (2, 3, 4), PADDED)
case("TransformerBlock", lambda d, x: learned(d, d.TransformerBlock(4, 2, 5, dropout=0.2, dtype=x.dtype, generator=rng()), x), (2, 3, 4))
case("TransformerBlock", lambda d, x: piecewise(d, d.TransformerBlock(4, 2, causal=True, dtype=x.dtype, generator=rng()), x, [0, 1, 2, 5]), (2, 5, 4))
case("sinusoidal_positions", lambda d: (d.sinusoidal_positions(50, 6), d.sinusoidal_positions(3, 4, base=100.0, dtype=d.float64), d.sinusoidal_positions(1, 2)))
case("LearnedPositions", lambda d, x: (d.LearnedPositions(5, 4, dtype=x.dtype, generator=rng())(x), repr(d.LearnedPositions(5, 4))), (2, 3, 4))
case("LearnedPositions", lambda d, x: d.LearnedPositions(5, 4, dtype=x.dtype, generator=rng())(input=x, start=2), (3, 4))
case("LearnedPositions", lambda d, x: learned(d, d.LearnedPositions(5, 4, dtype=x.dtype, generator=rng()), x, start=1), (2, 3, 4))
case("rotary", lambda d, x: d.rotary(x), (2, 3, 4))
case("rotary", lambda d, x: d.rotary(input=x, start=7, base=50.0), (5, 2))
case("rotary", lambda d, x: d.rotary(x), np.random.default_rng(0).normal(size=(4, 6)).T[::-1, ::-1])

# --------------------------------------------------------------------------- bad input
for _name, _shapes in {
    "1-d": [(2,), (3, 2), (3, 2)], "features": [(4, 2), (3, 3), (3, 2)], "rows": [(4, 2), (3, 2), (4, 2)], "no key": [(4, 2), (0, 2), (0, 2)],
    "no feature": [(4, 0), (3, 0), (3, 2)], "batch": [(2, 4, 2), (3, 3, 2), (3, 3, 2)], "value batch": [(2, 4, 2), (2, 3, 2), (3, 3, 2)],
    "mask": [(4, 2), (3, 2), (3, 2), (3, 4)], "mask batch": [(2, 4, 2), (2, 3, 2), (2, 3, 2), (3, 4, 3)], "mask axes": [(4, 2), (3, 2), (3, 2), (2, 4, 3)],
}.items():  # fmt: skip
    bad(f"sdpa: {_name}", lambda d, s=_shapes: sdpa(d, *(d.ones(x) for x in s)))
for _name, _options in {
    "dropout": dict(dropout_p=1.5), "negative dropout": dict(dropout_p=-0.1), "dropout text": dict(dropout_p="1"), "scale": dict(scale="1"),
    "seed": dict(generator=1), "mask list": dict(attn_mask=[[True]]),
}.items():  # fmt: skip
    bad(f"sdpa: {_name}", lambda d, o=_options: sdpa(d, d.ones(4, 2), d.ones(3, 2), d.ones(3, 2), **o))
bad("sdpa: mask and causal", lambda d: sdpa(d, d.ones(4, 2), d.ones(3, 2), d.ones(3, 2), d.ones(4, 3), 0.0, True))
bad("sdpa: whole mask", lambda d: sdpa(d, d.ones(4, 2), d.ones(3, 2), d.ones(3, 2), d.ones(4, 3, dtype=d.int64)))
bad("sdpa: integers", lambda d: sdpa(d, d.ones(4, 2, dtype=d.int64), d.ones(3, 2), d.ones(3, 2)))
bad("sdpa: dtypes", lambda d: sdpa(d, d.ones(4, 2), d.ones(3, 2, dtype=d.float64), d.ones(3, 2)))
bad("sdpa: array", lambda d: sdpa(d, d.ones(4, 2), d.ones(3, 2), np.ones((3, 2), "f")))
for _name, _arguments in {
    "embed_dim": (0, 1), "heads": (4, 0), "divisor": (4, 3), "heads float": (4, 2.0), "dropout": (4, 2, 1.1), "dropout truth": (4, 2, True),
}.items():  # fmt: skip
    bad(f"MultiheadAttention: {_name}", lambda d, a=_arguments: d.MultiheadAttention(*a))
bad("MultiheadAttention: seed", lambda d: d.MultiheadAttention(4, 2, generator=1))
bad("MultiheadAttention: rotary", lambda d: d.MultiheadAttention(6, 2, rotary=True))
for _name, _shapes in {
    "width": [(3, 2, 5)] * 3, "rank": [(4,)] * 3, "4-d": [(1, 3, 2, 4)] * 3, "ranks": [(3, 2, 4), (3, 4), (3, 4)], "empty": [(0, 2, 4)] * 3,
    "batch": [(3, 2, 4), (3, 1, 4), (3, 1, 4)], "value": [(3, 2, 4), (5, 2, 4), (3, 2, 4)],
}.items():  # fmt: skip
    bad(f"MultiheadAttention: {_name}", lambda d, s=_shapes: d.MultiheadAttention(4, 2)(*(d.ones(x) for x in s)))
for _name, _mask in {"shape": (2, 3), "heads": (2, 3, 3), "4-d": (2, 2, 3, 3)}.items():
    bad(f"MultiheadAttention: mask {_name}", lambda d, m=_mask: heads(d, d.ones(3, 2, 4), attn_mask=d.ones(m)))
for _name, _mask in {"shape": (3, 2), "1-d": (3,)}.items():
    bad(f"MultiheadAttention: padding {_name}", lambda d, m=_mask: heads(d, d.ones(3, 2, 4), key_padding_mask=d.ones(m)))
bad("MultiheadAttention: padding of one", lambda d: heads(d, d.ones(3, 4), key_padding_mask=d.ones(1, 3)))
bad("MultiheadAttention: whole padding", lambda d: heads(d, d.ones(3, 4), key_padding_mask=d.tensor([0, 0, 1])))
bad("MultiheadAttention: mask list", lambda d: heads(d, d.ones(3, 4), attn_mask=[[True] * 3] * 3))
bad("MultiheadAttention: mask and causal", lambda d: heads(d, d.ones(3, 4), attn_mask=d.ones(3, 3), is_causal=True))
bad("MultiheadAttention: cache", lambda d: heads(d, d.ones(3, 4), cache=[]))
bad("MultiheadAttention: integers", lambda d: d.MultiheadAttention(4, 2)(*[d.ones(3, 4, dtype=d.int64)] * 3))
bad("MultiheadAttention: float64", lambda d: d.MultiheadAttention(4, 2)(*[d.ones(3, 4, dtype=d.float64)] * 3))
bad("MultiheadAttention: array", lambda d: d.MultiheadAttention(4, 2)(d.ones(3, 4), np.ones((3, 4), "f"), d.ones(3, 4)))
bad("TransformerBlock: heads", lambda d: d.TransformerBlock(4, 3))
bad("TransformerBlock: hidden", lambda d: d.TransformerBlock(4, 2, -1))
bad("TransformerBlock: dropout", lambda d: d.TransformerBlock(4, 2, dropout=2))
bad("TransformerBlock: padding", lambda d: d.TransformerBlock(4, 2)(d.ones(2, 3, 4), key_padding_mask=d.ones(3, 2)))
bad("sinusoidal_positions: length", lambda d: d.sinusoidal_positions(0, 4))
bad("sinusoidal_positions: odd", lambda d: d.sinusoidal_positions(3, 5))
bad("LearnedPositions: length", lambda d: d.LearnedPositions(0, 4))
bad("LearnedPositions: width", lambda d: d.LearnedPositions(3, 4.0))
bad("LearnedPositions: seed", lambda d: d.LearnedPositions(3, 4, generator=0))
bad("LearnedPositions: long", lambda d: d.LearnedPositions(3, 4)(d.ones(4, 4)))
bad("LearnedPositions: late", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 4), start=2))
bad("LearnedPositions: early", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 4), start=-1))
bad("LearnedPositions: start", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 4), start=0.0))
bad("LearnedPositions: features", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 3)))
bad("LearnedPositions: dtype", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 4, dtype=d.float64)))
bad("LearnedPositions: integers", lambda d: d.LearnedPositions(3, 4)(d.ones(2, 4, dtype=d.int64)))
bad("rotary: odd", lambda d: d.rotary(d.ones(2, 3)))
bad("rotary: 1-d", lambda d: d.rotary(d.ones(2)))
bad("rotary: empty", lambda d: d.rotary(d.ones(0, 2)))
bad("rotary: start", lambda d: d.rotary(d.ones(2, 2), start=True))
bad("rotary: integers", lambda d: d.rotary(d.ones(2, 2, dtype=d.int64)))
bad("rotary: list", lambda d: d.rotary([[1.0, 2.0]]))
