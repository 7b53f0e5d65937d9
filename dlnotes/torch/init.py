"""Where parameters start: the draws of `dlnotes.numpy.init`, put into PyTorch tensors.

torch.nn.init draws from PyTorch's own stream.  These functions draw from a `numpy.random.Generator`, in
the same order as their NumPy twins: one seed, one network, in either back end.
"""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor, from_numpy, no_grad
from torch.nn.init import _calculate_fan_in_and_fan_out, calculate_gain, constant_, ones_, zeros_

from dlnotes import _validate

__all__ = [
    "uniform_", "normal_", "constant_", "zeros_", "ones_", "calculate_gain",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
]  # fmt: skip


@no_grad()
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Uniform in [a, b)."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    draws = (generator or np.random.default_rng()).uniform(a, b, tuple(tensor.shape))
    return tensor.copy_(from_numpy(np.asarray(draws)))


@no_grad()
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with the given mean and standard deviation."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    draws = (generator or np.random.default_rng()).normal(mean, std, tuple(tensor.shape))
    return tensor.copy_(from_numpy(np.asarray(draws)))


def _fans(tensor: Tensor) -> tuple[int, int]:
    _validate.tensors(Tensor, tensor=tensor)
    _validate.weight("tensor", tensor.shape)
    return _calculate_fan_in_and_fan_out(tensor)


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Uniform with variance gain^2 * 2 / (fan_in + fan_out)."""
    bound = gain * math.sqrt(6 / math.fsum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with variance gain^2 * 2 / (fan_in + fan_out)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / math.fsum(_fans(tensor))), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode: expected 'fan_in' or 'fan_out', got {mode!r}")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)  # type: ignore[arg-type]


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Uniform with variance gain^2 / fan."""
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Normal with variance gain^2 / fan."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)
