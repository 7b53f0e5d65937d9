"""Activations: PyTorch's own, under the names of `dlnotes.numpy.activation`."""

from torch import relu, sigmoid, tanh
from torch.nn import ReLU, Sigmoid, Tanh
from torch.nn.functional import log_softmax, softmax

__all__ = ["relu", "sigmoid", "tanh", "softmax", "log_softmax", "ReLU", "Sigmoid", "Tanh"]
