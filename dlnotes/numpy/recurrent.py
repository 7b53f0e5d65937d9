"""Recurrent networks: the same layer at every step of a sequence, with a state that goes from step to step.

At step t the network sees the input x_t and its own state h_{t-1}, and makes h_t.  Unrolled in time it is a
deep network whose layers share their weights; backpropagation through it is *back-propagation through time*: the
gradient goes from the last step to the first, is multiplied by W_hh^T and a slope at each, and so fades or explodes.
LSTM and GRU add gates: a path on which the state is copied, not multiplied, where the gates say so.

`RNNCell`, `LSTMCell` and `GRUCell` are one step, written as the chapter writes it.  `RNN`, `LSTM` and `GRU`
are whole sequences, made fast: one matrix product for the inputs of all steps, one product a step for all gates,
one product for each weight's gradient after the walk back.  Inside, an example is a column as in the notes (W h),
since that is how memory is read fastest; outside it is a row, as everywhere.

Sources: Elman 1990; Werbos 1990; Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000; Cho et al. 2014.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes._validate import recurrent as _check
from dlnotes.numpy import init
from dlnotes.numpy.activation import relu, sigmoid, tanh
from dlnotes.numpy.dropout import dropout
from dlnotes.numpy.nn import Module, Parameter, linear
from dlnotes.numpy.tensor import Tensor, concatenate, float32, record, remember, reshape, select, stack, transpose

__all__ = ["RNNCell", "LSTMCell", "GRUCell", "RNN", "LSTM", "GRU", "cell_states", "truncated"]


# ---------------------------------------------------------------------- one step
class _Cell(Module):
    gates = 1
    weight_ih: Parameter  # (gates H, input_size)
    weight_hh: Parameter  # (gates H, H)
    bias_ih: Parameter | None  # (gates H,)
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, 1, "tanh", 0)
        _check.truth(bias=bias)
        _validate.generator(generator)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        _weights(self, "", input_size, hidden_size, self.gates, bias, dtype)
        _start(self, hidden_size, generator)

    def _inputs(self, input: Tensor, hx: Any, states: int = 1) -> tuple[Tensor, list[Tensor]]:
        """The checked input and states; None stands for states of zeros."""
        _check.step(Tensor, input, self.input_size, self.weight_ih.dtype)
        shape = (*input.shape[:-1], self.hidden_size)
        _check.state(Tensor, hx, states, shape, input.dtype)
        if hx is None:
            return input, [Tensor(np.zeros(shape, input.dtype))] * states
        return input, list(hx) if states == 2 else [hx]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of a plain recurrent network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    From `input` (N, input_size) and state `hx` (N, hidden_size), zeros if None, to the new state; also without N.
    Weights start uniform in +-1/sqrt(hidden_size), in the order of `named_parameters`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, 1, nonlinearity, 0)
        super().__init__(input_size, hidden_size, bias, dtype=dtype, generator=generator)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._inputs(input, hx)
        z = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (N, H)
        return tanh(z) if self.nonlinearity == "tanh" else relu(z)

    def extra_repr(self) -> str:
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity}" if self.nonlinearity != "tanh" else "")


class LSTMCell(_Cell):
    """One step of long short-term memory: a cell c that gates write to, keep and read, and its reading h.

    i, f, o = sigmoid, g = tanh of (W_ih x + b_ih + W_hh h + b_hh), in the order i, f, g, o;
    c' = f c + i g,  h' = o tanh(c').  From `input` (N, input_size) and `hx` = (h, c) to (h', c'); also without N.
    """

    gates = 4

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        x, (h, c) = self._inputs(input, hx, 2)
        z = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (N, 4H)
        i, f, g, o = _split(z, 4)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c


class GRUCell(_Cell):
    """One step of a gated recurrent unit: h' = (1 - z) n + z h, between the old state and a new proposal n.

    r, z = sigmoid of (W_ih x + b_ih + W_hh h + b_hh), n = tanh(W_ih x + b_ih + r (W_hh h + b_hh)), in the
    order r, z, n.  From `input` (N, input_size) and `hx` (N, hidden_size) to the new state; also without N.
    """

    gates = 3

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._inputs(input, hx)
        r, z, n = _split(linear(x, self.weight_ih, self.bias_ih), 3)
        hr, hz, hn = _split(linear(h, self.weight_hh, self.bias_hh), 3)
        r, z = sigmoid(r + hr), sigmoid(z + hz)
        n = tanh(n + r * hn)
        return (1 - z) * n + z * h


def _split(x: Tensor, parts: int) -> list[Tensor]:
    H = x.shape[-1] // parts
    return [x[..., k * H : (k + 1) * H] for k in range(parts)]


def _weights(module: Module, suffix: str, inputs: int, H: int, gates: int, bias: bool, dtype: Any) -> None:
    """Room for the parameters of one layer in one direction."""
    rows, dtype = gates * H, dtype or float32
    matrices = {"weight_ih": (rows, inputs), "weight_hh": (rows, H)}
    for name, shape in {**matrices, "bias_ih": (rows,), "bias_hh": (rows,)}.items():
        setattr(module, name + suffix, Parameter(np.zeros(shape, dtype)) if bias or len(shape) == 2 else None)


def _start(module: Module, H: int, generator: np.random.Generator | None) -> None:
    generator = generator or np.random.default_rng()
    for p in module.parameters():
        init.uniform_(p, -(H**-0.5), H**-0.5, generator)


# ---------------------------------------------------------------------- steps with their way back
# forward(zx, zh, *state) takes W_ih x + b_ih and W_hh h + b_hh (gates H, N) and the state (H, N); it gives the new
# state and what the way back needs.  backward(kept, *gradients of the new state) gives those of zx, zh and the old
# state, as far as it is reached past zh.
class _Tanh:
    """h' = tanh(zx + zh)."""

    def forward(self, zx, zh, h):
        zh += zx
        h = np.tanh(zh, out=zh)
        return (h,), h

    def backward(self, h, dh):
        dz = dh * (1 - h * h)
        return dz, dz, (0,)


class _ReLU:
    """h' = max(0, zx + zh)."""

    def forward(self, zx, zh, h):
        zh += zx
        h = np.maximum(zh, 0, out=zh)
        return (h,), h

    def backward(self, h, dh):
        dz = select(h != 0, dh)
        return dz, dz, (0,)


class _LSTM:
    """`LSTMCell`, all four gates in one array and one tanh."""

    def forward(self, zx, zh, h, c):
        H = len(h)
        zh += zx
        zh[: 2 * H] *= 0.5  # sigmoid(z) = (1 + tanh(z / 2)) / 2
        zh[3 * H :] *= 0.5
        a = np.tanh(zh, out=zh)
        for gate in (a[: 2 * H], a[3 * H :]):
            gate += 1
            gate *= 0.5
        i, f, g, o = a.reshape(4, H, -1)
        new = f * c
        new += i * g
        tc = np.tanh(new)
        return (o * tc, new), (a, c, tc)

    def backward(self, kept, dh, dc):
        a, c, tc = kept
        i, f, g, o = a.reshape(4, len(c), -1)
        dc = dc + dh * o * (1 - tc * tc)
        dz = np.empty_like(a)
        di, df, dg, do = dz.reshape(4, len(c), -1)
        np.multiply(dc * g, i * (1 - i), out=di)
        np.multiply(dc * c, f * (1 - f), out=df)
        np.multiply(dc * i, 1 - g * g, out=dg)
        np.multiply(dh * tc, o * (1 - o), out=do)
        return dz, dz, (0, dc * f)


class _GRU:
    """`GRUCell`, with u for the gate z."""

    def forward(self, zx, zh, h):
        H = len(h)
        gates = zh[: 2 * H] + zx[: 2 * H]
        gates *= 0.5
        np.tanh(gates, out=gates)
        gates += 1
        gates *= 0.5
        r, u = gates[:H], gates[H:]
        n = np.tanh(zx[2 * H :] + r * zh[2 * H :])
        return (n + u * (h - n),), (r, u, n, zh[2 * H :], h)  # (1 - u) n + u h

    def backward(self, kept, dh):
        r, u, n, hn, h = kept
        dn = dh * (1 - u) * (1 - n * n)
        du = dh * (h - n) * u * (1 - u)
        dr = dn * hn * r * (1 - r)
        return np.concatenate([dr, du, dn]), np.concatenate([dr, du, dn * r]), (dh * u,)


def _walk(
    step: Any, x: Tensor, weights: list[Tensor], state: list[Tensor], alive: np.ndarray | None, way: int
) -> Tensor:
    """One layer over a whole sequence, forwards (way 1) or backwards (-1): all in one place on the tape.

    x (T, N, D), weights W_ih (G, D), W_hh (G, H) and maybe b_ih, b_hh (G,), state: S Tensors (N, H).
    Gives (T + S, N, H): h after each step, then the last state.  alive (T, N): steps within the sequence's length;
    elsewhere the state stays and h counts as 0.
    """
    T, N, D = x.shape
    arrays = [w.data for w in weights]
    W_ih, W_hh = arrays[:2]
    G, H = W_hh.shape
    rows = (x.data if alive is None else select(alive[:, :, None], x.data)).reshape(T * N, D)
    zx = W_ih @ rows.T  # (G, T N): the inputs of all steps in one product
    if len(arrays) == 4:
        zx += arrays[2][:, None]
    zx = zx.reshape(G, T, N)
    now: tuple = tuple(s.data.T for s in state)  # (H, N) each
    before, out = np.empty((T, N, H), x.dtype), np.empty((T + len(now), N, H), x.dtype)
    kept: list = [None] * T
    for t in range(T)[::way]:
        before[t] = now[0].T
        zh = W_hh @ now[0]
        if len(arrays) == 4:
            zh += arrays[3][:, None]
        new, kept[t] = step.forward(zx[:, t], zh, *now)
        now = new if alive is None else tuple(np.where(alive[t], a, b) for a, b in zip(new, now))
        out[t] = now[0].T if alive is None else select(alive[t], now[0]).T
    for k, s in enumerate(now):
        out[T + k] = s.T

    def through_time(g: np.ndarray) -> tuple:  # g (T + S, N, H)
        dzx = np.empty((G, T, N), x.dtype)
        dzh = np.empty((G, T, N), x.dtype) if isinstance(step, _GRU) else dzx
        W_hh_T = np.ascontiguousarray(W_hh.T)
        d: tuple = tuple(g[T + k].T for k in range(len(now)))
        for t in range(T)[::-way]:
            dh = d[0] + (g[t].T if alive is None else select(alive[t], g[t].T))
            dx, dz, past = step.backward(kept[t], dh, *d[1:])
            if alive is not None:
                dx, dz = select(alive[t], dx), select(alive[t], dz)
                past = tuple(np.where(alive[t], a, b) for a, b in zip(past, (dh, *d[1:])))
            dzx[:, t] = dx
            if dzh is not dzx:
                dzh[:, t] = dz
            d = (W_hh_T @ dz + past[0], *past[1:])
        return dzx.reshape(G, T * N), dzh.reshape(G, T * N), [s.T for s in d]

    back = remember(through_time)
    vjps: list[Callable] = [
        lambda g: back(g)[0] @ rows,  # W_ih
        lambda g: back(g)[1] @ before.reshape(T * N, H),  # W_hh
        lambda g: back(g)[0].sum(1),  # b_ih
        lambda g: back(g)[1].sum(1),  # b_hh
    ]
    d_x = (x, lambda g: (back(g)[0].T @ W_ih).reshape(T, N, D))
    d_state = [(s, lambda g, k=k: back(g)[2][k]) for k, s in enumerate(state)]
    return record(out, d_x, *zip(weights, vjps), *d_state)


# ---------------------------------------------------------------------- whole sequences
class _Recurrent(Module):
    gates, states = 1, 1
    _step: Any
    weight_ih_l0: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, num_layers, "tanh", dropout)
        _check.truth(bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        _validate.generator(generator)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, dropout, bidirectional
        self.generator = generator or np.random.default_rng()
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else hidden_size * (1 + bidirectional)
            for suffix in self._directions(layer):
                _weights(self, suffix, inputs, hidden_size, self.gates, bias, dtype)
        _start(self, hidden_size, self.generator)

    def _directions(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def forward(  # type: ignore[override]
        self, input: Tensor, hx: Any = None, *, lengths: Any = None
    ) -> tuple[Tensor, Any]:
        x, H = input, self.hidden_size
        _check.sequence(Tensor, x, self.input_size, self.weight_ih_l0.dtype, self.batch_first)
        columns = 1 if x.ndim == 2 else x.shape[0 if self.batch_first else 1]
        rows = self.num_layers * (1 + self.bidirectional)
        _check.state(Tensor, hx, self.states, (rows, columns, H) if x.ndim == 3 else (rows, H), x.dtype)
        lengths = _check.lengths(lengths, x.shape, self.batch_first)

        if input.ndim == 2:
            x = reshape(x, (len(x), 1, -1))
        elif self.batch_first:
            x = transpose(x, 0, 1)
        T, N = x.shape[:2]  # and D
        given = () if hx is None else hx if self.states == 2 else (hx,)
        given = [reshape(s, (rows, N, H)) for s in given] or [Tensor(np.zeros((rows, N, H), x.dtype))] * self.states
        alive = None if lengths is None else np.arange(T)[:, None] < lengths
        last: list[list[Tensor]] = []  # the states after each layer and direction
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = dropout(x, self.dropout, generator=self.generator)
            outputs = []
            for way, suffix in zip((1, -1), self._directions(layer)):
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
                weights = [getattr(self, name + suffix) for name in names]
                walked = _walk(self._step, x, weights, [s[len(last)] for s in given], alive, way)
                outputs.append(walked[:T])
                last.append([walked[T + k] for k in range(self.states)])
            x = outputs[0] if len(outputs) == 1 else concatenate(outputs, 2)
        final = [stack(states) for states in zip(*last)]  # (rows, N, H) each
        if input.ndim == 2:
            x, final = reshape(x, (T, -1)), [reshape(s, (rows, H)) for s in final]
        elif self.batch_first:
            x = transpose(x, 0, 1)
        return x, tuple(final) if self.states == 2 else final[0]

    def extra_repr(self) -> str:
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        unusual = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([str(self.input_size), str(self.hidden_size), *unusual])


class RNN(_Recurrent):
    """A plain recurrent network, h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu, on whole sequences.

    From `input` (T, N, input_size), or (N, T, input_size) if `batch_first`, or one sequence (T, input_size), to

    - output (T, N, hidden_size): h of the top layer at every step, laid out like `input`; twice as wide if
      `bidirectional`, forwards then backwards,
    - h_n (num_layers * directions, N, hidden_size): the last h of every layer and direction.

    hx: the first state, of the shape of the last; zeros if None.
    lengths: N whole numbers from 1 to T, where sequences are shorter than T: outputs beyond are 0, and the last state
    is that of the last step within.  PyTorch's packed sequences, without the packing.
    dropout: the share of entries put to 0 between layers in training, by masks drawn from `generator`.

    Weights start uniform in +-1/sqrt(hidden_size), drawn from `generator` in the order of `named_parameters`.
    Raises ValueError or TypeError where a shape, a dtype or a length is wrong.

    >>> from dlnotes.numpy import ones
    >>> output, h_n = RNN(3, 4)(ones(7, 2, 3), lengths=[7, 5])
    >>> output.shape, h_n.shape
    ((7, 2, 4), (1, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, num_layers, nonlinearity, dropout)
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            dtype=dtype, generator=generator,
        )  # fmt: skip
        self.nonlinearity = nonlinearity
        self._step = _Tanh() if nonlinearity == "tanh" else _ReLU()


class LSTM(_Recurrent):
    """Long short-term memory on whole sequences: `LSTMCell` at every step.

    Takes and gives what `RNN` does, but that a state is a pair (h, c): output, (h_n, c_n).
    """

    gates, states, _step = 4, 2, _LSTM()


class GRU(_Recurrent):
    """Gated recurrent units on whole sequences: `GRUCell` at every step.  Takes and gives what `RNN` does."""

    gates, _step = 3, _GRU()


# ---------------------------------------------------------------------- long sequences
def truncated(
    model: Callable, *sequences: Tensor, steps: int, state: Any = None, dim: int = 0
) -> Iterator[tuple[Tensor, ...]]:
    """Truncated back-propagation through time: windows of a long sequence, one after the other.

    The state goes on from window to window; the gradient does not, so memory and time of a training step are
    those of `steps` steps, whatever the length.  Take the training step before you ask for the next window.

    model: a function (window, state) -> (output, state), as RNN, LSTM and GRU are.
    sequences: the first goes through the model; all are cut along `dim` (1 for `batch_first`), the last window may be
    shorter.  Yields (output, window of the second sequence, ...).
    Raises ValueError where the sequences differ in length.

    >>> from dlnotes.numpy import ones
    >>> [(output.shape, y.shape) for output, y in truncated(RNN(3, 4), ones(7, 2, 3), ones(7, 2), steps=5)]
    [((5, 2, 4), (5, 2)), ((2, 2, 4), (2, 2))]
    """
    _check.windows(Tensor, sequences, steps, dim)
    for start in range(0, sequences[0].shape[dim], steps):
        window = (slice(None),) * dim + (slice(start, start + steps),)
        output, state = model(sequences[0][window], state)
        yield output, *(s[window] for s in sequences[1:])
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def cell_states(model: LSTM, input: Tensor, state: Any = None) -> Tensor:
    """What an LSTM keeps in its cells over time: c after each step, (T, num_layers, N, hidden_size).

    It takes the sequences as `model` does, one step after the other, and returns what the call of `model` does not
    show.  For a model in one direction; sequences (T, N, input_size), or (N, T, input_size) if `batch_first`.
    """
    _check.cells(LSTM, model, input)
    cells, axis = [], 1 if model.batch_first else 0
    for t in range(input.shape[axis]):
        _, state = model(input[:, t : t + 1] if axis else input[t : t + 1], state)
        cells.append(state[1])
    return stack(cells)
