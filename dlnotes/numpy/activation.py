"""Activations: the non-linear functions between layers.

Without them a network of any depth is one matrix (chapter *The neural network*).  All are exact for
any finite input: where exp would overflow, the formula is turned round.
"""

from __future__ import annotations

import numpy as np

from dlnotes import _validate
from dlnotes.numpy.nn import Module
from dlnotes.numpy.tensor import Tensor, record

__all__ = ["relu", "sigmoid", "tanh", "softmax", "log_softmax", "ReLU", "Sigmoid", "Tanh"]


def relu(input: Tensor) -> Tensor:
    """Rectified linear unit, max(0, x), element by element.  Its gradient at 0 is taken as 0.

    >>> from dlnotes.numpy import tensor
    >>> relu(tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    _validate.tensors(Tensor, input=input)
    x = input.data
    return record(np.maximum(x, 0), (input, lambda g: g * (x > 0)))


def _real(input: Tensor) -> None:
    _validate.tensors(Tensor, input=input)
    _validate.floating("input", input.dtype)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), element by element, in (0, 1); its slope is y (1 - y)."""
    _real(input)
    x = input.data
    e = np.exp(-np.abs(x))  # never overflows
    y = np.where(x >= 0, 1, e) / (1 + e)
    return record(y, (input, lambda g: g * y * (1 - y)))


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent, element by element, in (-1, 1); its slope is 1 - y^2."""
    _real(input)
    y = np.tanh(input.data)
    return record(y, (input, lambda g: g * (1 - y * y)))


def softmax(input: Tensor, dim: int) -> Tensor:
    """exp(x) / sum exp(x) along `dim`: scores to probabilities.  A shared offset changes nothing."""
    _real(input)
    y = np.exp(input.data - input.data.max(axis=dim, keepdims=True))
    y /= y.sum(axis=dim, keepdims=True)
    return record(y, (input, lambda g: y * (g - (g * y).sum(axis=dim, keepdims=True))))


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """log(softmax(x)) along `dim`, without taking the log of a number that rounded to 0."""
    _real(input)
    y = input.data - input.data.max(axis=dim, keepdims=True)
    y = y - np.log(np.exp(y).sum(axis=dim, keepdims=True))
    return record(y, (input, lambda g: g - np.exp(y) * g.sum(axis=dim, keepdims=True)))


class ReLU(Module):
    """`relu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return relu(input)


class Sigmoid(Module):
    """`sigmoid` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return sigmoid(input)


class Tanh(Module):
    """`tanh` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return tanh(input)
