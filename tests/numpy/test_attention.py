"""Attention: against torch.nn's own, its symmetries, what masks hide, pieces against the whole, positions."""

import inspect
import itertools
from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import dlnotes.numpy as dn
import dlnotes.torch as dt
from tests.cases import CASES
from tests.parity import test_walk

attention_module = import_module("dlnotes.numpy.attention")

rng = np.random.default_rng


def attention(d, *arrays, **options):
    return d.scaled_dot_product_attention(*(d.tensor(a) for a in arrays), **options)


# ---------------------------------------------------------------------- against PyTorch
KINDS = [(None, None), (bool, None), (None, bool), (bool, bool), (float, None), (None, float), (float, float)]


@pytest.mark.parametrize(("padding", "pairs"), KINDS)  # PyTorch is about to forbid masks of two kinds
@pytest.mark.parametrize(
    ("bias", "batch_first", "need_weights", "average"), list(itertools.product((True, False), repeat=4))
)
def test_every_option_against_pytorch(bias, batch_first, padding, pairs, need_weights, average):
    """torch.nn.MultiheadAttention itself, not the twins."""
    E, h, N, L, S = 6, 3, 2, 4, 5
    options = dict(bias=bias, batch_first=batch_first)
    g = rng(0)
    nets = [d.MultiheadAttention(E, h, **options, dtype=d.float64, generator=rng(1)) for d in (dn, dt)]
    theirs = torch.nn.MultiheadAttention(E, h, **options).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in nets[0].state_dict().items()})
    x, y = (g.normal(size=(N, n, E) if batch_first else (n, N, E)) for n in (L, S))
    masks = {}
    for name, kind, rows in (("key_padding_mask", padding, N), ("attn_mask", pairs, L)):
        if kind:  # the first key is always seen
            masks[name] = g.random((rows, S)) < [0, 0.3, 0.3, 0.3, 0.3] if kind is bool else g.normal(size=(rows, S))
    results = []
    for net, make in zip([*nets, theirs], (dn.tensor, dt.tensor, dt.tensor)):
        a, b = make(x, requires_grad=True), make(y, requires_grad=True)
        given_masks = {name: make(m) for name, m in masks.items()}
        out, w = net(a, b, b, need_weights=need_weights, average_attn_weights=average, **given_masks)
        total = (out * out).sum()
        if w is not None:
            total = total + (w * w * w).sum()
        total.backward()
        values = [out.detach()] if w is None else [out.detach(), w.detach()]
        results.append([np.asarray(v) for v in [*values, a.grad, b.grad, *(p.grad for p in net.parameters())]])
    for other in results[1:]:
        for ours, value in zip(results[0], other, strict=True):
            np.testing.assert_allclose(ours, value, atol=1e-12)


@pytest.mark.parametrize("d", [dn, dt])
def test_a_block_is_pytorchs_encoder_layer(d):
    block = d.TransformerBlock(8, 2, 12, dtype=d.float64, generator=rng(0))
    theirs = torch.nn.TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", norm_first=True, batch_first=True).double()
    names = {"attention": "self_attn", "mlp.0": "linear1", "mlp.2": "linear2"}
    state = {}
    for name, value in block.state_dict().items():
        for ours, other in names.items():
            name = other + name.removeprefix(ours) if name.startswith(ours + ".") else name
        state[name] = torch.tensor(np.asarray(value))
    theirs.load_state_dict(state)
    x = rng(1).normal(size=(2, 5, 8))
    ours = np.asarray(block(d.tensor(x)).detach())
    np.testing.assert_allclose(ours, theirs(torch.tensor(x)).detach().numpy(), atol=1e-12)


# ---------------------------------------------------------------------- what attention is
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**16))
def test_the_definition_row_by_row(L, S, E, seed):
    q, k, v = (rng(seed + i).normal(size=(n, E)) for i, n in enumerate((L, S, S)))
    y = attention(dn, q, k, v).data
    for i in range(L):
        e = np.exp(k @ q[i] / np.sqrt(E))
        np.testing.assert_allclose(y[i], e @ v / e.sum(), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 2**16))
def test_order_of_keys_does_not_matter_and_queries_take_theirs_along(order, seed):
    model = dn.MultiheadAttention(4, 2, batch_first=True, dtype=dn.float64, generator=rng(seed))
    x = rng(seed).normal(size=(1, 6, 4))
    y, w = model(*[dn.tensor(x)] * 3)
    z, u = model(*[dn.tensor(x[:, order])] * 3)
    np.testing.assert_allclose(z.data, y.data[:, order], atol=1e-12)
    np.testing.assert_allclose(u.data, w.data[:, order][:, :, order], atol=1e-12)
    z, _ = model(dn.tensor(x), dn.tensor(x[:, order]), dn.tensor(x[:, order]))
    np.testing.assert_allclose(z.data, y.data, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(-5, 5), st.integers(0, 2**16))
def test_linear_in_the_values(factor, seed):
    q, k, v, w = (rng(seed + i).normal(size=(2, 4, 3)) for i in range(4))
    both = attention(dn, q, k, v + factor * w).data
    np.testing.assert_allclose(both, attention(dn, q, k, v).data + factor * attention(dn, q, k, w).data, atol=1e-11)


def test_weights_are_shares():
    model = dn.MultiheadAttention(4, 2, generator=rng(0))
    x = dn.tensor(rng(0).normal(size=(5, 3, 4)).astype("f"))
    _, w = model(x, x, x, average_attn_weights=False)
    assert w.shape == (3, 2, 5, 5)
    assert (w.data > 0).all()
    np.testing.assert_allclose(w.data.sum(-1), 1, atol=1e-6)
    _, mean = model(x, x, x)
    np.testing.assert_allclose(mean.data, w.data.mean(1), atol=1e-7)


@pytest.mark.parametrize("d", [dn, dt])
def test_a_causal_position_does_not_see_what_follows(d):
    model = d.Sequential(*(d.TransformerBlock(4, 2, causal=True, rotary=True, generator=rng(i)) for i in range(2)))
    x = d.tensor(rng(0).normal(size=(1, 6, 4)).astype("f"), requires_grad=True)
    model(x)[0, 3].sum().backward()
    seen = np.abs(np.asarray(x.grad)).sum((0, 2)) > 0
    assert seen.tolist() == [True] * 4 + [False] * 2


@pytest.mark.parametrize("d", [dn, dt])
@pytest.mark.parametrize("need_weights", [True, False])
def test_who_sees_nothing_gets_nothing(d, need_weights):
    """PyTorch's rule in its function; its module would give nan where weights are asked for."""
    model = d.MultiheadAttention(4, 2, batch_first=True, generator=rng(0))
    x = d.tensor(rng(0).normal(size=(2, 3, 4)).astype("f"), requires_grad=True)
    blind = d.tensor(np.array([[True] * 3, [False] * 3]))
    y, w = model(x, x, x, key_padding_mask=blind, need_weights=need_weights)
    y.sum().backward()
    bias = np.asarray(model.out_proj.bias.detach())
    np.testing.assert_array_equal(np.asarray(y.detach())[0], np.tile(bias, (3, 1)))
    assert np.isfinite(np.asarray(x.grad)).all()
    assert not np.asarray(x.grad)[0].any()
    assert w is None or not np.asarray(w.detach())[0].any()


@pytest.mark.parametrize("batched", range(3))
def test_batches_broadcast(batched):
    shapes = [(4, 3), (5, 3), (5, 2)]
    arrays = [rng(i).normal(size=(2, *s) if i == batched else s) for i, s in enumerate(shapes)]
    a, b = ([d.tensor(x, requires_grad=True) for x in arrays] for d in (dn, dt))
    y, z = dn.scaled_dot_product_attention(*a), dt.scaled_dot_product_attention(*b)
    np.testing.assert_allclose(y.data, z.detach().numpy(), atol=1e-12)
    (y * y).sum().backward()
    (z * z).sum().backward()
    for p, q in zip(a, b):
        np.testing.assert_allclose(p.grad.data, q.grad.numpy(), atol=1e-12)


def test_scores_of_any_size_are_no_trouble():
    q = np.array([[1e4, -1e4], [0, 0], [-1e4, 1e4]], "f")
    x = dn.tensor(q, requires_grad=True)
    y = dn.scaled_dot_product_attention(x, x, x)
    y.sum().backward()
    np.testing.assert_array_equal(y.data[[0, 2]], q[[0, 2]])
    assert np.isfinite(x.grad.data).all()


# ---------------------------------------------------------------------- piece by piece
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=5), st.booleans(), st.integers(0, 2**16))
def test_pieces_with_a_cache_are_the_whole(pieces, turned, seed):
    options = dict(causal=True, rotary=turned, dtype=dn.float64, generator=rng(seed))
    blocks = [dn.TransformerBlock(4, 2, **options), dn.TransformerBlock(4, 1, **options)]
    x = dn.tensor(rng(seed).normal(size=(2, sum(pieces), 4)))
    whole, caches, start, outputs = x, [{}, {}], 0, []
    for block in blocks:
        whole = block(whole)
    with dn.no_grad():
        for n in pieces:
            y = x[:, start : start + n]
            for block, cache in zip(blocks, caches):
                y = block(y, cache=cache)
            outputs.append(y.data)
            start += n
    np.testing.assert_allclose(np.concatenate(outputs, 1), whole.data, atol=1e-12)
    assert caches[0]["key"].shape == (2, 2, start, 2)


def test_padding_counts_the_stored_keys():
    model = dn.MultiheadAttention(4, 2, batch_first=True, dtype=dn.float64, generator=rng(0))
    x, hidden = rng(0).normal(size=(1, 3, 4)), np.array([[True, False, False]])
    cache = {}
    first, last = dn.tensor(x[:, :2]), dn.tensor(x[:, 2:])
    model(first, first, first, cache=cache)
    y, w = model(last, last, last, dn.tensor(hidden), cache=cache)
    z, _ = model(last, dn.tensor(x), dn.tensor(x), dn.tensor(hidden))
    np.testing.assert_allclose(y.data, z.data, atol=1e-14)
    assert w.data[0, 0, 0] == 0
    kept = dict(cache)
    with pytest.raises(ValueError, match="key_padding_mask"):
        model(last, last, last, dn.tensor(hidden), cache=cache)
    assert cache == kept  # what failed has stored nothing


# ---------------------------------------------------------------------- positions
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 1000), st.sampled_from([2, 4, 8]))
def test_turned_products_depend_on_the_distance_only(i, j, shift, d):
    q, k = rng(0).normal(size=(1, d)), rng(1).normal(size=(1, d))

    def product(i, j):
        return (dn.rotary(dn.tensor(q), start=i) * dn.rotary(dn.tensor(k), start=j)).sum().item()

    assert product(i, j) == pytest.approx(product(i + shift, j + shift), abs=1e-9)
    turned = dn.rotary(dn.tensor(q), start=i).data
    assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(q))


def test_turning_is_orthogonal_so_its_vjp_turns_back():
    x, y = (rng(i).normal(size=(2, 5, 4)) for i in range(2))
    a = dn.tensor(x, requires_grad=True)
    (dn.rotary(a, start=3) * dn.tensor(y)).sum().backward()  # <R x, y> = <x, R^T y>
    np.testing.assert_allclose(dn.rotary(a.grad, start=3).data, y, atol=1e-12)


def test_a_shift_of_waves_is_one_linear_map():
    p = dn.sinusoidal_positions(40, 8, dtype=dn.float64).data
    shift, *_ = np.linalg.lstsq(p[:-5], p[5:], rcond=None)
    np.testing.assert_allclose(p[:-5] @ shift, p[5:], atol=1e-10)
    np.testing.assert_allclose((p * p).sum(1), 4)


def test_positions_make_order_visible():
    model = dn.MultiheadAttention(4, 1, batch_first=True, dtype=dn.float64, generator=rng(0))
    places = dn.LearnedPositions(6, 4, dtype=dn.float64, generator=rng(1))
    x = dn.tensor(rng(0).normal(size=(1, 6, 4)))
    back = x.data[:, ::-1]
    plain, placed = [], []
    for values in (x, dn.tensor(back)):
        plain.append(model(values, values, values)[0].data)
        at = places(values)
        placed.append(model(at, at, at)[0].data)
    np.testing.assert_allclose(plain[0], plain[1][:, ::-1], atol=1e-12)
    assert np.abs(placed[0] - placed[1][:, ::-1]).max() > 1e-4


# ---------------------------------------------------------------------- long sequences
@pytest.mark.parametrize("scores", [1, 7])
@pytest.mark.parametrize("case", [c for c in CASES if inspect.getmodule(getattr(dn, c.name, None)) is attention_module])
def test_some_queries_at_a_time_are_answered_as_all_at_once(case, scores, monkeypatch):
    monkeypatch.setattr(attention_module, "BLOCK", scores)
    test_walk.test_case(case, "float64")


def test_a_long_causal_sequence_computes_half_of_its_scores(monkeypatch):
    computed, softmax, x = [], attention_module._softmax, dn.randn(2, 1024, 4, generator=rng(0))

    def counted(*given):
        computed.append(softmax(*given))
        return computed[-1]

    monkeypatch.setattr(attention_module, "_softmax", counted)
    y = dn.scaled_dot_product_attention(x, x, x, is_causal=True)
    assert 0.5 < sum(p.size for p in computed) / (2 * 1024**2) < 0.6 and y.shape == x.shape
