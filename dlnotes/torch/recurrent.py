"""Recurrent networks: PyTorch's own, under the names of `dlnotes.numpy.recurrent`.

With a `numpy.random.Generator` they start from the same numbers as their NumPy twins and draw the same dropout masks;
`lengths` packs the sequences and unpacks the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from dlnotes import _validate
from dlnotes._validate import recurrent as _check
from dlnotes.torch import init
from dlnotes.torch.dropout import dropout

__all__ = ["RNNCell", "LSTMCell", "GRUCell", "RNN", "LSTM", "GRU", "cell_states", "truncated"]


def _start(module: Any, H: int, generator: np.random.Generator | None) -> None:
    if generator is not None:
        for p in module.parameters():
            init.uniform_(p, -(H**-0.5), H**-0.5, generator)


def _check_cell(cell: Any, input: Any, hx: Any, states: int = 1) -> None:
    _check.step(Tensor, input, cell.input_size, cell.weight_ih.dtype)
    _check.state(Tensor, hx, states, (*input.shape[:-1], cell.hidden_size), input.dtype)


class RNNCell(nn.RNNCell):
    """One step of a plain recurrent network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
        *,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, 1, nonlinearity, 0)
        _check.truth(bias=bias)
        _validate.generator(generator)
        super().__init__(input_size, hidden_size, bias, nonlinearity, device, dtype)
        _start(self, hidden_size, generator)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        _check_cell(self, input, hx)
        return super().forward(input, hx)


class LSTMCell(nn.LSTMCell):
    """One step of long short-term memory, from `input` and `hx` = (h, c) to (h', c')."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, 1, "tanh", 0)
        _check.truth(bias=bias)
        _validate.generator(generator)
        super().__init__(input_size, hidden_size, bias, device, dtype)
        _start(self, hidden_size, generator)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        _check_cell(self, input, hx, 2)
        return super().forward(input, hx)


class GRUCell(nn.GRUCell):
    """One step of a gated recurrent unit: h' = (1 - z) n + z h."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, 1, "tanh", 0)
        _check.truth(bias=bias)
        _validate.generator(generator)
        super().__init__(input_size, hidden_size, bias, device, dtype)
        _start(self, hidden_size, generator)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        _check_cell(self, input, hx)
        return super().forward(input, hx)


class _Recurrent(nn.RNNBase):
    """What RNN, LSTM and GRU add to PyTorch's: checks, lengths, and dropout by a NumPy generator."""

    states = 1

    def _begin(self, generator: np.random.Generator | None) -> None:
        self.generator = generator or np.random.default_rng()
        _start(self, self.hidden_size, generator)

    def forward(self, input: Tensor, hx: Any = None, *, lengths: Any = None) -> tuple[Tensor, Any]:
        x, H = input, self.hidden_size
        _check.sequence(Tensor, x, self.input_size, self.weight_ih_l0.dtype, self.batch_first)
        columns = 1 if x.ndim == 2 else x.shape[0 if self.batch_first else 1]
        rows = self.num_layers * (1 + self.bidirectional)
        _check.state(Tensor, hx, self.states, (rows, columns, H) if x.ndim == 3 else (rows, H), x.dtype)
        lengths = _check.lengths(lengths, tuple(x.shape), self.batch_first)
        if self.dropout and self.training and self.num_layers > 1:
            return self._layer_by_layer(x, hx, lengths)
        return _packed(super().forward, x, hx, lengths, self.batch_first)

    def _layer_by_layer(self, x: Tensor, hx: Any, lengths: np.ndarray | None) -> tuple[Tensor, Any]:
        """The same with masks between the layers, drawn as in the NumPy twin, time first."""
        single, swap = x.ndim == 2, self.batch_first and x.ndim == 3
        hx = hx if hx is None or self.states == 2 else (hx,)
        x = x[:, None] if single else x.transpose(0, 1) if swap else x  # (T, N, D)
        rows, last = 1 + self.bidirectional, []
        for layer in range(self.num_layers):
            if layer:
                x = dropout(x, self.dropout, generator=self.generator)
            state = None
            if hx is not None:
                here = [s[layer * rows : (layer + 1) * rows] for s in hx]
                here = [s[:, None] for s in here] if single else here
                state = tuple(here) if self.states == 2 else here[0]
            x, after = _packed(self._layer(layer, x.shape[2]), x, state, lengths, False)
            last.append(after if self.states == 2 else (after,))
        final = [torch.cat(states) for states in zip(*last)]
        final = [s[:, 0] for s in final] if single else final
        x = x[:, 0] if single else x.transpose(0, 1) if swap else x
        return x, tuple(final) if self.states == 2 else final[0]

    def _layer(self, layer: int, inputs: int) -> Callable:
        """One layer of this network as a network of its own."""
        kind: Any = {"LSTM": nn.LSTM, "GRU": nn.GRU}.get(self.mode, nn.RNN)
        options = {"nonlinearity": self.nonlinearity} if kind is nn.RNN else {}
        one = kind(
            inputs, self.hidden_size, bias=self.bias, bidirectional=self.bidirectional, device="meta", **options
        )
        own = dict(self.named_parameters())
        weights: dict[str, Tensor] = {
            name: own[name.replace("_l0", f"_l{layer}")] for name, _ in one.named_parameters()
        }
        return lambda x, hx: torch.func.functional_call(one, weights, (x, hx))


def _packed(run: Callable, x: Tensor, hx: Any, lengths: np.ndarray | None, batch_first: bool) -> tuple[Tensor, Any]:
    if lengths is None:
        return run(x, hx)
    output, last = run(pack_padded_sequence(x, torch.from_numpy(lengths), batch_first, enforce_sorted=False), hx)
    return pad_packed_sequence(output, batch_first, total_length=x.shape[1 if batch_first else 0])[0], last


class RNN(_Recurrent, nn.RNN):  # type: ignore[misc]
    """A plain recurrent network, h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu, on whole sequences.

    torch.nn.RNN with `lengths`, whole numbers from 1 to T (packed sequences without the packing), and a `generator`
    for the start and the dropout.
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
        device: Any = None,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, num_layers, nonlinearity, dropout)
        _check.truth(bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        _validate.generator(generator)
        super().__init__(
            input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout, bidirectional,
            device=device, dtype=dtype,
        )  # fmt: skip
        self._begin(generator)


class LSTM(_Recurrent, nn.LSTM):  # type: ignore[misc]
    """Long short-term memory on whole sequences: torch.nn.LSTM, with what `RNN` adds."""

    states = 2

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
        device: Any = None,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, num_layers, "tanh", dropout)
        _check.truth(bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        _validate.generator(generator)
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype
        )
        self._begin(generator)


class GRU(_Recurrent, nn.GRU):  # type: ignore[misc]
    """Gated recurrent units on whole sequences: torch.nn.GRU, with what `RNN` adds."""

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
        device: Any = None,
        dtype: Any = None,
        generator: np.random.Generator | None = None,
    ):
        _check.recurrent(input_size, hidden_size, num_layers, "tanh", dropout)
        _check.truth(bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        _validate.generator(generator)
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype
        )
        self._begin(generator)


def truncated(
    model: Callable, *sequences: Tensor, steps: int, state: Any = None, dim: int = 0
) -> Iterator[tuple[Tensor, ...]]:
    """Truncated back-propagation through time: windows of a long sequence, one after the other.

    model: a function (window, state) -> (output, state).  Yields (output, window of the second sequence, ...); the
    state goes on from window to window, the gradient does not.
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
    return torch.stack(cells)
