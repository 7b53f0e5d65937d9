"""Activations: PyTorch's own, under the names of `dlnotes.numpy.activation`."""

from torch import relu, sigmoid, tanh
from torch.nn import ELU, GELU, SELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from torch.nn.functional import elu, gelu, leaky_relu, log_softmax, selu, silu, softmax, softplus

__all__ = [
    "relu", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "silu", "gelu", "tanh", "softmax", "log_softmax",
    "ReLU", "LeakyReLU", "ELU", "SELU", "Softplus", "Sigmoid", "SiLU", "GELU", "Tanh", "Softmax", "LogSoftmax",
]  # fmt: skip
