"""Recurrent networks: sequences against single steps, lengths against shorter sequences, windows, cost, learning."""

import itertools
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import dlnotes.numpy as dn
import dlnotes.torch as dt

KINDS = ["RNN", "LSTM", "GRU"]
rng = np.random.default_rng


def network(d, kind, *sizes, seed=0, **options):
    return getattr(d, kind)(*sizes, **options, dtype=d.float64, generator=rng(seed))


def states(kind, last):
    return list(last) if kind == "LSTM" else [last]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("layers", "bias", "batch_first", "bidirectional", "lengths"),
    list(itertools.product((1, 2), (True, False), (True, False), (True, False), (None, [2, 4, 1]))),
)
def test_every_option_against_pytorch(kind, layers, bias, batch_first, bidirectional, lengths):
    """torch.nn's own classes, not the twins: weights by load_state_dict, packed sequences by hand."""
    options = dict(num_layers=layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
    ours, theirs = network(dn, kind, 2, 3, **options), getattr(torch.nn, kind)(2, 3, **options).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    x = rng(1).normal(size=(3, 4, 2) if batch_first else (4, 3, 2))
    a, b = dn.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, last = ours(a, lengths=lengths)
    if lengths is None:
        z, final = theirs(b)
    else:
        pack = torch.nn.utils.rnn.pack_padded_sequence(b, torch.tensor(lengths), batch_first, enforce_sorted=False)
        packed, final = theirs(pack)
        z, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first)
    np.testing.assert_allclose(y.data, z.detach().numpy(), atol=1e-12)
    for s, t in zip(states(kind, last), states(kind, final), strict=True):
        np.testing.assert_allclose(s.data, t.detach().numpy(), atol=1e-12)
    u, v = rng(2).normal(size=y.shape), rng(3).normal(size=states(kind, last)[-1].shape)
    ((y * dn.tensor(u)).sum() + (states(kind, last)[-1] * dn.tensor(v)).sum()).backward()
    ((z * torch.tensor(u)).sum() + (states(kind, final)[-1] * torch.tensor(v)).sum()).backward()
    np.testing.assert_allclose(a.grad.data, b.grad.numpy(), atol=1e-11)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.data, q.grad.numpy(), atol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_is_its_steps(kind):
    """The fused walk equals the cell, unrolled on the tape: values, and gradients of inputs and weights."""
    whole, cell = network(dn, kind, 3, 4), getattr(dn, kind + "Cell")(3, 4, dtype=dn.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in whole.state_dict().items()})
    x, u = rng(1).normal(size=(5, 2, 3)), dn.tensor(rng(2).normal(size=(5, 2, 4)))
    a, b = dn.tensor(x, requires_grad=True), dn.tensor(x, requires_grad=True)
    y, _ = whole(a)
    state, steps = None, []
    for t in range(5):
        state = cell(b[t], state)
        steps.append(state[0] if kind == "LSTM" else state)
    z = dn.stack(steps)
    np.testing.assert_allclose(y.data, z.data, atol=1e-14)
    (y * u).sum().backward()
    (z * u).sum().backward()
    np.testing.assert_allclose(a.grad.data, b.grad.data, atol=1e-13)
    for p, q in zip(whole.parameters(), cell.parameters()):
        np.testing.assert_allclose(p.grad.data, q.grad.data, atol=1e-13)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.integers(0, 2**16))
def test_a_short_sequence_in_a_batch_is_as_alone(kind, length, longest, two_ways, seed):
    length = min(length, longest)
    model = network(dn, kind, 2, 3, 2, bidirectional=two_ways, seed=seed)
    x = rng(seed).normal(size=(longest, 2, 2))
    y, last = model(dn.tensor(x), lengths=[length, longest])
    alone, end = model(dn.tensor(x[:length, :1]))
    np.testing.assert_allclose(y.data[:length, :1], alone.data, atol=1e-14)
    assert not y.data[length:, 0].any()
    for s, t in zip(states(kind, last), states(kind, end)):
        np.testing.assert_allclose(s.data[:, :1], t.data, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_beyond_the_length_has_no_influence(kind):
    model = network(dn, kind, 2, 3, 2, bidirectional=True)
    x = rng(0).normal(size=(5, 2, 2))
    rubbish = x.copy()
    rubbish[3:, 0] = 1e3
    results = []
    for values in (x, rubbish):
        a = dn.tensor(values, requires_grad=True)
        y, _ = model(a, lengths=[3, 5])
        (y * y).sum().backward()
        results.append((y.data, a.grad.data))
    np.testing.assert_array_equal(*(y for y, _ in results))
    np.testing.assert_array_equal(*(g for _, g in results))
    assert not results[0][1][3:, 0].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_backward_network_is_a_forward_one_on_the_reversed_sequence(kind):
    both = network(dn, kind, 2, 3, bidirectional=True)
    one = getattr(dn, kind)(2, 3, dtype=dn.float64)
    state = both.state_dict()
    one.load_state_dict({name: state[name + "_reverse"] for name in one.state_dict()})
    x = rng(0).normal(size=(6, 2, 2))
    np.testing.assert_allclose(both(dn.tensor(x))[0].data[..., 3:], one(dn.tensor(x[::-1]))[0].data[::-1], atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_in_two_parts(kind):
    model = network(dn, kind, 2, 3, 2)
    x = dn.tensor(rng(0).normal(size=(7, 2, 2)))
    y, last = model(x)
    first, state = model(x[:4])
    second, end = model(x[4:], state)
    np.testing.assert_allclose(np.concatenate([first.data, second.data]), y.data, atol=1e-14)
    for s, t in zip(states(kind, last), states(kind, end)):
        np.testing.assert_allclose(s.data, t.data, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_huge_inputs_saturate_quietly(kind):
    model = getattr(dn, kind)(1, 2, generator=rng(0))
    x = dn.tensor(np.array([[[1e4]], [[-1e4]], [[0.0]]], "f"), requires_grad=True)
    y, _ = model(x)
    y.sum().backward()
    assert np.isfinite(y.data).all()
    assert np.isfinite(x.grad.data).all()


def test_a_kept_tape_walks_back_twice():
    model = network(dn, "LSTM", 2, 3)
    x = dn.tensor(rng(0).normal(size=(4, 2, 2)), requires_grad=True)
    y = model(x)[0].sum()
    y.backward(retain_graph=True)
    once = x.grad.data
    y.backward(3.0)
    np.testing.assert_allclose(x.grad.data, 4 * once)


@pytest.mark.parametrize("d", [dn, dt])
def test_dropout_only_in_training_and_only_between_layers(d):
    x = d.tensor(rng(0).normal(size=(4, 2, 3)))
    model = network(d, "GRU", 3, 5, 2, dropout=0.5)
    assert model(x)[0].tolist() != model(x)[0].tolist()
    model.eval()
    np.testing.assert_allclose(model(x)[0].tolist(), network(d, "GRU", 3, 5, 2)(x)[0].tolist())


@pytest.mark.parametrize("d", [dn, dt])
def test_windows_cut_the_gradient_and_keep_the_state(d):
    model = network(d, "LSTM", 3, 2)
    x = d.tensor(rng(0).normal(size=(7, 2, 3)), requires_grad=True)
    whole = model(x)[0].tolist()
    outputs = list(d.truncated(model, x, x, steps=3))
    assert [tuple(window.shape) for _, window in outputs] == [(3, 2, 3), (3, 2, 3), (1, 2, 3)]
    np.testing.assert_allclose([row for y, _ in outputs for row in y.tolist()], whole, atol=1e-12)
    outputs[1][0].sum().backward()
    touched = np.abs(np.asarray(x.grad)).sum((1, 2)) > 0
    assert touched.tolist() == [False] * 3 + [True] * 3 + [False]


def test_time_grows_as_the_length():
    model = dn.LSTM(8, 16, generator=rng(0))

    def seconds(T):
        x, best = dn.tensor(np.ones((T, 4, 8), "f"), requires_grad=True), np.inf
        for _ in range(3):
            start = time.process_time()
            model(x)[0].sum().backward()
            best = min(best, time.process_time() - start)
        return best

    assert seconds(1600) < 2.5 * 8 * seconds(200)


def test_an_open_forget_gate_lets_an_lstm_learn_to_remember():
    """The first of 20 numbers decides.  With PyTorch's start the cell halves at every step, and nothing is learned."""
    share = []
    for opening in (0, 4):
        g = rng(0)
        model, head = dn.LSTM(1, 12, generator=g), dn.Linear(12, 1, generator=g)
        model.bias_ih_l0.copy_(model.bias_ih_l0.data + np.repeat([0, opening, 0, 0], 12))
        optimizer = dn.Adam([*model.parameters(), *head.parameters()], lr=0.02)
        for _ in range(200):
            x = g.normal(size=(20, 32, 1)).astype("f")
            y = dn.tensor((x[0] > 0).astype("f"))
            loss = dn.binary_cross_entropy_with_logits(head(model(dn.tensor(x))[0][-1]), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        x = g.normal(size=(20, 500, 1)).astype("f")
        share.append(((head(model(dn.tensor(x))[0][-1]).data > 0) == (x[0] > 0)).mean())
    assert share[0] < 0.6 < 0.65 < share[1]  # 30 seeds give 0.47 to 0.56, and 0.67 to 1
