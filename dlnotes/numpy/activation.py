"""Activations: the non-linear functions between layers.

Without them a network of any depth is one matrix (chapter *The neural network*).  All are exact for any
finite input: an exp that overflows stands where infinity gives the right limit, or is never taken.

A sigmoid or tanh is flat on both sides, and a deep stack of them passes hardly any gradient back.  The
rectifiers are flat on one side at most: ReLU cuts there, leaky ReLU leaves a slope, ELU and SELU bend to
a floor, and softplus, SiLU and GELU round the corner.
"""

from __future__ import annotations

import math

import numpy as np

from dlnotes import _validate
from dlnotes.numpy.nn import Module
from dlnotes.numpy.tensor import Tensor, record, select, total

__all__ = [
    "relu", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "silu", "gelu", "tanh", "softmax", "log_softmax",
    "ReLU", "LeakyReLU", "ELU", "SELU", "Softplus", "Sigmoid", "SiLU", "GELU", "Tanh", "Softmax", "LogSoftmax",
]  # fmt: skip


def _real(input: Tensor) -> None:
    _validate.tensors(Tensor, input=input)
    _validate.floating("input", input.dtype)


def relu(input: Tensor) -> Tensor:
    """Rectified linear unit, max(0, x), element by element.  Its gradient at 0 is taken as 0.

    >>> from dlnotes.numpy import tensor
    >>> relu(tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    _validate.tensors(Tensor, input=input)
    y = np.maximum(input.data, 0)
    return record(y, (input, lambda g: select(y != 0, g)))


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x where it is above 0, negative_slope * x elsewhere: no unit is ever cut off (Maas et al. 2013).

    Its gradient at 0 is `negative_slope`.
    """
    _real(input)
    x = input.data
    y = np.maximum(x, 0) + negative_slope * np.minimum(x, 0)
    return record(y, (input, lambda g: select(x > 0, g) + negative_slope * select(~(x > 0), g)))


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is above 0, alpha (e^x - 1) elsewhere: bends to the floor -alpha (Clevert et al. 2016)."""
    _real(input)
    return _elu(input, alpha, 1.0)


def selu(input: Tensor) -> Tensor:
    """ELU times 1.0507, with alpha 1.6733: the values that draw a layer's mean to 0 and its variance to 1.

    They hold for weights of variance 1 / fan_in (Klambauer et al. 2017).
    """
    _real(input)
    return _elu(input, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


def _elu(input: Tensor, alpha: float, scale: float) -> Tensor:
    x = input.data
    bent = alpha * np.expm1(np.minimum(x, 0))  # 0 above 0; its slope is alpha e^x = bent + alpha
    y = scale * (np.maximum(x, 0) + bent)
    return record(y, (input, lambda g: scale * (select(~(x <= 0), g) + select(x <= 0, g * (bent + alpha)))))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(beta x)) / beta: a ReLU with its corner rounded, whose slope is sigmoid(beta x).

    Where beta x is above `threshold` it is x itself, with slope 1.
    """
    _real(input)
    x = input.data
    z = beta * x
    y = np.where(z > threshold, x, (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta)
    return record(y, (input, lambda g: g * np.where(z > threshold, 1, _sigmoid(z))))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # 1 / (1 + infinity) = 0 is right
        return 1 / (1 + np.exp(-x))


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), element by element, in (0, 1); its slope is y (1 - y)."""
    _real(input)
    y = _sigmoid(input.data)
    return record(y, (input, lambda g: g * y * (1 - y)))


def silu(input: Tensor) -> Tensor:
    """x sigmoid(x), also called swish: a ReLU whose gate opens gradually (Elfwing et al. 2018)."""
    _real(input)
    x = input.data
    s = _sigmoid(x)
    return record(x * s, (input, lambda g: g * s * (1 + x * (1 - s))))


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the chance that a standard normal draw lies below x (Hendrycks and Gimpel 2016).

    approximate: 'none', or 'tanh' for the formula that GPT-2 was trained with, within 0.0005 of it.
    Raises ValueError for any other.

    >>> from dlnotes.numpy import tensor
    >>> gelu(tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.    ,  0.8413])
    """
    _real(input)
    x = input.data
    if approximate == "none":
        y, slope = _gelu(x)
        return record(y, (input, lambda g: g * slope))
    if approximate == "tanh":
        c, k = math.sqrt(2 / math.pi), 0.044715
        t = np.tanh(c * (x + k * x * x * x))
        slope = c * (1 + 3 * k * x * x)
        return record(0.5 * x * (1 + t), (input, lambda g: g * 0.5 * (1 + t + x * (1 - t * t) * slope)))
    raise ValueError(f"approximate: expected 'none' or 'tanh', got {approximate!r}")


# The share of a standard normal law beyond a >= 0 is exp(-a^2 / 2) P(a) / Q(a), highest power first, to 2e-16
# (J. F. Hart, Computer Approximations, 1968, number 5666; G. West, Wilmott, 2005), or to 4e-7 with fewer terms.
_P = {8: (3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
          221.213596169931, 220.206867912376),
      4: (0.0171693071089, 0.120044498534, 0.362863375376, 0.499999801912)}  # fmt: skip
_Q = {8: (8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
          637.333633378831, 793.826512519948, 440.413735824752),
      4: (0.0430417938945, 0.300712136251, 0.955894390041, 1.52359166198, 1.0)}  # fmt: skip


def _gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x p and its slope p + x density, p being the share of the normal law below x; a cache full at a time."""
    digits = max(4, x.itemsize)  # of a float16 too
    blocks = np.nditer(
        [x, None, None], ["external_loop", "buffered", "zerosize_ok"],
        [["readonly"], ["writeonly", "allocate"], ["writeonly", "allocate"]], buffersize=2**15,
    )  # fmt: skip
    with blocks:
        for x, y, slope in blocks:
            a = np.abs(x)
            np.minimum(a, 40, out=a)  # beyond, all is 0 or 1
            e = a * a
            e *= -0.5
            np.exp(e, out=e)
            p = _polynomial(_P[digits], a)
            p /= _polynomial(_Q[digits], a)
            p *= e
            np.subtract(0.5, p, out=p)
            p = np.copysign(p, x)
            p += 0.5
            np.multiply(x, p, out=y)
            e *= 1 / math.sqrt(2 * math.pi)
            e *= x
            np.add(p, e, out=slope)
        return blocks.operands[1], blocks.operands[2]


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    """By Horner's rule, highest power first."""
    y = coefficients[0] * x
    for c in coefficients[1:-1]:
        y += c
        y *= x
    y += coefficients[-1]
    return y


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent, element by element, in (-1, 1); its slope is 1 - y^2."""
    _real(input)
    y = np.tanh(input.data)
    return record(y, (input, lambda g: g * (1 - y * y)))


def softmax(input: Tensor, dim: int) -> Tensor:
    """exp(x) / sum exp(x) along `dim`: scores to probabilities.  A shared offset changes nothing."""
    _real(input)
    y = np.exp(input.data - input.data.max(axis=dim, keepdims=True))
    axes = (dim % y.ndim,)
    y /= total(y, axes, keepdims=True)
    return record(y, (input, lambda g: y * (g - total(g * y, axes, keepdims=True))))


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """log(softmax(x)) along `dim`, without taking the log of a number that rounded to 0."""
    _real(input)
    y = input.data - input.data.max(axis=dim, keepdims=True)
    axes = (dim % y.ndim,)
    y = y - np.log(total(np.exp(y), axes, keepdims=True))
    return record(y, (input, lambda g: g - np.exp(y) * total(g, axes, keepdims=True)))


class ReLU(Module):
    """`relu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return relu(input)


class LeakyReLU(Module):
    """`leaky_relu` as a layer."""

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """`elu` as a layer."""

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class SELU(Module):
    """`selu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return selu(input)


class Softplus(Module):
    """`softplus` as a layer."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Sigmoid(Module):
    """`sigmoid` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return sigmoid(input)


class SiLU(Module):
    """`silu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return silu(input)


class GELU(Module):
    """`gelu` as a layer."""

    def __init__(self, approximate: str = "none"):
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Tanh(Module):
    """`tanh` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return tanh(input)


class Softmax(Module):
    """`softmax` along `dim` as a layer."""

    def __init__(self, dim: int):
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """`log_softmax` along `dim` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)
