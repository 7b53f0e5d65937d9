"""Where parameters start: the draws of `dlnotes.numpy.init`, put into PyTorch tensors.

torch.nn.init draws from PyTorch's own stream.  These functions draw from a `numpy.random.Generator`, in
the same order as their NumPy twins: one seed, one network, in either back end.
"""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor, from_numpy, linalg, no_grad
from torch.nn import init as torch_init
from torch.nn.init import _calculate_fan_in_and_fan_out, calculate_gain, constant_, ones_, zeros_

from dlnotes import _validate
from dlnotes._validate import init as _check

__all__ = [
    "uniform_", "normal_", "trunc_normal_", "constant_", "zeros_", "ones_", "eye_", "dirac_", "calculate_gain",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_",
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


@no_grad()
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Normal, with draws outside [a, b] drawn again."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    _check.interval(mean, std, a, b)
    generator = generator or np.random.default_rng()
    draws = np.asarray(generator.normal(mean, std, tuple(tensor.shape)))
    while (outside := (draws < a) | (draws > b)).any():
        draws[outside] = generator.normal(mean, std, int(outside.sum()))
    return tensor.copy_(from_numpy(draws))


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere."""
    _validate.tensors(Tensor, tensor=tensor)
    _check.ranks(tensor.shape, (2,))
    return torch_init.eye_(tensor)


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """1 in the middle of the kernel from each input channel to the same output channel."""
    _validate.tensors(Tensor, tensor=tensor)
    _check.ranks(tensor.shape, (3, 4, 5))
    _check.divides(groups, tensor.shape[0])
    return torch_init.dirac_(tensor, groups)


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


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: np.random.Generator | None = None) -> Tensor:
    """A random matrix with orthonormal rows (or columns, if it is tall), times `gain`."""
    _fans(tensor)
    _validate.generator(generator)
    rows = tensor.shape[0]
    flat = from_numpy((generator or np.random.default_rng()).normal(size=(rows, tensor.numel() // rows)))
    wide = flat.shape[1] > rows
    q, r = linalg.qr(flat.T if wide else flat)
    q = q * r.diag().sign()
    return tensor.copy_(gain * (q.T if wide else q).reshape(tensor.shape))


@no_grad()
def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal, but for a share `sparsity` of each column, which is 0."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    _check.ranks(tensor.shape, (2,))
    _check.share(sparsity)
    generator = generator or np.random.default_rng()
    rows, columns = tensor.shape
    draws = generator.normal(0, std, (rows, columns))
    for j in range(columns):
        draws[generator.permutation(rows)[: math.ceil(sparsity * rows)], j] = 0
    return tensor.copy_(from_numpy(draws))
