"""Recurrent networks: cells, whole sequences with every option, states, lengths, windows."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case, rng


def run(d, kind, x, *states, lengths=None, **options):
    """Output and last states of a network on x, its repr and the names of its weights."""
    model = getattr(d, kind)(x.shape[-1], 4, **options, dtype=x.dtype, generator=rng())
    hx = None if not states else tuple(states) if len(states) == 2 else states[0]
    output, last = model(x, hx, lengths=lengths)
    return (output, *last) if kind == "LSTM" else (output, last)


def learned(d, kind, x, **options):
    """What a network is and gives, and the gradients of all its weights."""
    lengths = options.pop("lengths", None)
    model = getattr(d, kind)(x.shape[-1], 3, **options, dtype=x.dtype, generator=rng())
    output, last = model(x, lengths=lengths)
    ((output * output).sum() + sum((s * s * s).sum() for s in (last if kind == "LSTM" else [last]))).backward()
    return repr(model), model.state_dict(), {name: p.grad for name, p in model.named_parameters()}, output.detach()


def cell(d, kind, x, *states, **options):
    model = getattr(d, kind)(x.shape[-1], 4, **options, dtype=x.dtype, generator=rng())
    y = model(x, None if not states else tuple(states) if len(states) == 2 else states[0])
    return y if kind == "LSTMCell" else (y,)


for _kind in ("RNNCell", "GRUCell"):
    case(_kind, lambda d, x, h, kind=_kind: cell(d, kind, x, h), (2, 3), (2, 4))
    case(_kind, lambda d, x, h, kind=_kind: cell(d, kind, x, h, bias=False), (3,), (4,))
    case(_kind, lambda d, x, kind=_kind: cell(d, kind, x), (2, 3))
case("RNNCell", lambda d, x, h: cell(d, "RNNCell", x, h, nonlinearity="relu"), (2, 3), (2, 4))
case("RNNCell", lambda d, x: (repr(d.RNNCell(2, 3)), repr(d.RNNCell(2, 3, False, "relu")), d.RNNCell(2, 3, generator=rng()).state_dict()), (1,))
case("LSTMCell", lambda d, x, h, c: cell(d, "LSTMCell", x, h, c), (2, 3), (2, 4), (2, 4))
case("LSTMCell", lambda d, x, h, c: cell(d, "LSTMCell", x, h, c, bias=False), (3,), (4,), (4,))
case("LSTMCell", lambda d, x: cell(d, "LSTMCell", x), (1, 1))
case("LSTMCell GRUCell", lambda d, x: (repr(d.LSTMCell(2, 3, bias=False)), repr(d.GRUCell(2, 3)), d.LSTMCell(2, 3, generator=rng()).state_dict(), d.GRUCell(2, 3, False, generator=rng()).state_dict()), (1,))

for _kind in ("RNN", "GRU", "LSTM"):
    _states = [(4, 2, 4)] * (2 if _kind == "LSTM" else 1)
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x), (5, 2, 3))
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x), (1, 1, 1))
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x, bias=False, bidirectional=True), (5, 3))
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x, batch_first=True, num_layers=3), (2, 4, 3))
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, num_layers=2, bidirectional=True), (3, 2, 3), *_states)
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, lengths=[4, 1], num_layers=2, bidirectional=True, batch_first=True), (2, 5, 3), *_states)
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, lengths=np.array([1, 3]), num_layers=4), (3, 2, 3), *_states)
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, num_layers=2, dropout=0.5, bidirectional=True), (3, 2, 3), *_states)
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, lengths=[2, 3], num_layers=2, dropout=0.3, batch_first=True, bidirectional=True), (2, 3, 3), *_states)
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x, num_layers=2, dropout=1.0), (3, 3))
    case(_kind, lambda d, x, *s, kind=_kind: run(d, kind, x, *s, num_layers=2, dropout=0.5, bidirectional=True), (3, 3), *[s[::2] for s in _states])
    case(_kind, lambda d, x, kind=_kind: learned(d, kind, x, num_layers=2, bidirectional=True, lengths=[3, 5]), (5, 2, 3))
    case(_kind, lambda d, x, kind=_kind: learned(d, kind, x, bias=False, batch_first=True, dropout=0.25, num_layers=2), (2, 4, 3))
    case(_kind, lambda d, x, kind=_kind: run(d, kind, x), np.random.default_rng(0).normal(size=(6, 5, 4)).T[::-1, ::2])
case("RNN", lambda d, x: learned(d, "RNN", x, nonlinearity="relu", num_layers=2, dropout=0.5), (4, 2, 3))
case("RNN", lambda d, x: d.RNN(3, 2, 1, "relu", True, True, 0.0, True, dtype=x.dtype, generator=rng())(x), (4, 2, 3))


# --------------------------------------------------------------------------- long sequences
def walk(d, kind, x, y, dim):
    """Losses and gradients of a network trained window by window."""
    model = getattr(d, kind)(x.shape[-1], 2, batch_first=dim == 1, dtype=x.dtype, generator=rng())
    losses = []
    for output, target in d.truncated(model, x, y, steps=3, dim=dim):
        ((output - target) ** 2).sum().backward()
        losses.append(((output - target) ** 2).sum().item())
    return losses, [p.grad for p in model.parameters()]


case("truncated", lambda d, x, y: walk(d, "RNN", x, y, 0), (7, 2, 3), (7, 2, 2))
case("truncated", lambda d, x, y: walk(d, "LSTM", x, y, 1), (2, 7, 3), (2, 7, 2))
case("truncated", lambda d, x, h: [y for (y,) in d.truncated(d.GRU(3, 2, dtype=x.dtype, generator=rng()), x, steps=2, state=h)][0], (4, 1, 3), (1, 1, 2))

# --------------------------------------------------------------------------- bad input
for _kind in ("RNN", "LSTM", "GRU"):
    _pair = (lambda x: (x, x)) if _kind == "LSTM" else (lambda x: x)
    for _name, _options in {
        "input_size": (0, 2), "hidden_size": (3, -1), "input float": (2.5, 2), "layers": (3, 2, 0), "layer text": (3, 2, "1"),
    }.items():  # fmt: skip
        bad(f"{_kind}: {_name}", lambda d, k=_kind, o=_options: getattr(d, k)(*o))
    for _name, _words in {
        "dropout": dict(dropout=1.5), "dropout nan": dict(dropout=float("nan")), "dropout truth": dict(dropout=True),
        "bias": dict(bias=1), "batch_first": dict(batch_first="yes"), "bidirectional": dict(bidirectional=None), "seed": dict(generator=1),
    }.items():  # fmt: skip
        bad(f"{_kind}: {_name}", lambda d, k=_kind, w=_words: getattr(d, k)(3, 2, **w))
    for _name, _shape in {"width": (4, 2, 2), "rank": (3,), "4-d": (1, 4, 2, 3), "no step": (0, 2, 3), "no example": (4, 0, 3)}.items():
        bad(f"{_kind}: {_name}", lambda d, k=_kind, s=_shape: getattr(d, k)(3, 2)(d.ones(s)))
    bad(f"{_kind}: width, batch first", lambda d, k=_kind: getattr(d, k)(3, 2, batch_first=True)(d.ones(4, 2, 2)))
    bad(f"{_kind}: list", lambda d, k=_kind: getattr(d, k)(3, 2)([1.0]))
    bad(f"{_kind}: integers", lambda d, k=_kind: getattr(d, k)(3, 2)(d.ones(4, 1, 3, dtype=d.int64)))
    bad(f"{_kind}: float64", lambda d, k=_kind: getattr(d, k)(3, 2)(d.ones(4, 1, 3, dtype=d.float64)))
    bad(f"{_kind}: state", lambda d, k=_kind, p=_pair: getattr(d, k)(3, 2)(d.ones(4, 5, 3), p(d.ones(1, 1, 2))))
    bad(f"{_kind}: state of one", lambda d, k=_kind, p=_pair: getattr(d, k)(3, 2)(d.ones(4, 3), p(d.ones(1, 1, 2))))
    bad(f"{_kind}: state dtype", lambda d, k=_kind, p=_pair: getattr(d, k)(3, 2)(d.ones(4, 1, 3), p(d.ones(1, 1, 2, dtype=d.float64))))
    bad(f"{_kind}: state array", lambda d, k=_kind, p=_pair: getattr(d, k)(3, 2)(d.ones(4, 1, 3), p(np.ones((1, 1, 2), "f"))))
    for _name, _lengths in {"none": [0, 1], "long": [5, 1], "few": [4], "real": [1.0, 2.0], "number": 4, "pairs": [[1, 2]]}.items():
        bad(f"{_kind}: lengths {_name}", lambda d, k=_kind, n=_lengths: getattr(d, k)(3, 2)(d.ones(4, 2, 3), lengths=n))
    bad(f"{_kind}: lengths of one", lambda d, k=_kind: getattr(d, k)(3, 2)(d.ones(4, 3), lengths=[3]))
    bad(f"{_kind}Cell: width", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2)(d.ones(4, 2)))
    bad(f"{_kind}Cell: rank", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2)(d.ones(4, 2, 3)))
    bad(f"{_kind}Cell: empty", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2)(d.ones(0, 3)))
    bad(f"{_kind}Cell: integers", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2)(d.ones(2, 3, dtype=d.int64)))
    bad(f"{_kind}Cell: state", lambda d, k=_kind, p=_pair: getattr(d, k + "Cell")(3, 2)(d.ones(4, 3), p(d.ones(2))))
    bad(f"{_kind}Cell: sizes", lambda d, k=_kind: getattr(d, k + "Cell")(3, 0))
    bad(f"{_kind}Cell: bias", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2, None))
    bad(f"{_kind}Cell: seed", lambda d, k=_kind: getattr(d, k + "Cell")(3, 2, generator=3))
bad("RNN: nonlinearity", lambda d: d.RNN(3, 2, nonlinearity="sigmoid"))
bad("RNNCell: nonlinearity", lambda d: d.RNNCell(3, 2, nonlinearity=None))
bad("LSTM: one state", lambda d: d.LSTM(3, 2)(d.ones(4, 1, 3), d.ones(1, 1, 2)))
bad("LSTMCell: one state", lambda d: d.LSTMCell(3, 2)(d.ones(4, 3), d.ones(4, 2)))
bad("truncated: steps", lambda d: list(d.truncated(d.RNN(3, 2), d.ones(4, 1, 3), steps=0)))
bad("truncated: lengths", lambda d: list(d.truncated(d.RNN(3, 2), d.ones(4, 1, 3), d.ones(5), steps=2)))
bad("truncated: nothing", lambda d: list(d.truncated(d.RNN(3, 2), steps=2)))
bad("truncated: dim", lambda d: list(d.truncated(d.RNN(3, 2), d.ones(4, 1, 3), d.ones(1), steps=2, dim=1)))
bad("truncated: array", lambda d: list(d.truncated(d.RNN(3, 2), np.ones((4, 1, 3), "f"), steps=2)))

# --------------------------------------------------------------------------- what an LSTM keeps over time
case("cell_states", lambda d, x: (lambda m: (d.cell_states(m, x), m(x)[1][1]))(d.LSTM(3, 4, 2, dtype=x.dtype, generator=rng())), (5, 2, 3))
case("cell_states", lambda d, x, h, c: d.cell_states(model=d.LSTM(3, 4, batch_first=True, dtype=x.dtype, generator=rng()), input=x, state=(h, c)), (2, 5, 3), (1, 2, 4), (1, 2, 4))
bad("cell_states: GRU", lambda d: d.cell_states(d.GRU(3, 4), d.ones(5, 2, 3)))
bad("cell_states: both ways", lambda d: d.cell_states(d.LSTM(3, 4, bidirectional=True), d.ones(5, 2, 3)))
bad("cell_states: one sequence", lambda d: d.cell_states(d.LSTM(3, 4), d.ones(5, 3)))
