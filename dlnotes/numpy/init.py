"""Where parameters start.

Each function fills a Tensor in place with draws from an explicit `numpy.random.Generator` and returns
it.  Both back ends draw the same numbers in the same order: one seed, one network.

Fan-in and fan-out are the sizes of a weight's second and first axis, times the kernel's size where
there is one.  Sources: Glorot and Bengio 2010; He et al. 2015.
"""

from __future__ import annotations

import math

import numpy as np

from dlnotes import _validate
from dlnotes.numpy.tensor import Tensor

__all__ = [
    "uniform_", "normal_", "constant_", "zeros_", "ones_", "calculate_gain",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
]  # fmt: skip


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Uniform in [a, b)."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    return tensor.copy_((generator or np.random.default_rng()).uniform(a, b, tensor.shape))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with the given mean and standard deviation."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    return tensor.copy_((generator or np.random.default_rng()).normal(mean, std, tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """`val` everywhere."""
    return tensor.copy_(np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights must grow to make up for what an activation takes away.

    linear and sigmoid 1, tanh 5/3, relu sqrt(2), leaky_relu sqrt(2 / (1 + param^2)) with slope param (0.01).
    """
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in gains:
        raise ValueError(
            f"nonlinearity: expected one of {', '.join([*gains, 'leaky_relu'])}, got {nonlinearity!r}"
        )
    return gains[nonlinearity]


def _fans(tensor: Tensor) -> tuple[int, int]:
    _validate.tensors(Tensor, tensor=tensor)
    _validate.weight("tensor", tensor.shape)
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Uniform with variance gain^2 * 2 / (fan_in + fan_out): keeps signals and gradients level (Glorot)."""
    bound = gain * math.sqrt(6 / math.fsum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with variance gain^2 * 2 / (fan_in + fan_out) (Glorot)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / math.fsum(_fans(tensor))), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode: expected 'fan_in' or 'fan_out', got {mode!r}")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Uniform with variance gain^2 / fan: keeps a ReLU network's signals level (He)."""
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Normal with variance gain^2 / fan (He)."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)
