"""Where parameters start.

Each function fills a Tensor in place with draws from an explicit `numpy.random.Generator` and returns
it.  Both back ends draw the same numbers in the same order: one seed, one network.

Fan-in and fan-out are the sizes of a weight's second and first axis, times the kernel's size where
there is one.  Sources: Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014 (orthogonal).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dlnotes import _validate
from dlnotes._validate import init as _check
from dlnotes.numpy.tensor import Tensor

__all__ = [
    "uniform_", "normal_", "trunc_normal_", "constant_", "zeros_", "ones_", "eye_", "dirac_", "calculate_gain",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_",
]  # fmt: skip


def _filled(tensor: Tensor, draw: Callable[[int], np.ndarray]) -> Tensor:
    """Draws in the order of the elements, some at a time: VGG-16 has 138 million, and draws are float64."""
    values = np.empty(tensor.shape, tensor.dtype)
    flat, some = values.reshape(-1), 2**16
    for start in range(0, flat.size, some):
        part = flat[start : start + some]
        part[...] = draw(len(part))
    return tensor._put(values)


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Uniform in [a, b)."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    generator = generator or np.random.default_rng()
    return _filled(tensor, lambda n: generator.uniform(a, b, n))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with the given mean and standard deviation."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    generator = generator or np.random.default_rng()
    return _filled(tensor, lambda n: generator.normal(mean, std, n))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: np.random.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Normal, with draws outside [a, b] drawn again.

    Raises ValueError where less than a hundredth of the law lies in [a, b].
    """
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    _check.interval(mean, std, a, b)
    generator = generator or np.random.default_rng()
    draws = np.asarray(generator.normal(mean, std, tensor.shape))
    while (outside := (draws < a) | (draws > b)).any():
        draws[outside] = generator.normal(mean, std, int(outside.sum()))
    return tensor.copy_(draws)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """`val` everywhere."""
    return tensor.copy_(np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere: a linear layer that changes nothing."""
    _validate.tensors(Tensor, tensor=tensor)
    _check.ranks(tensor.shape, (2,))
    return tensor.copy_(np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """1 in the middle of the kernel from each input channel to the same output channel: `eye_` for convolutions.

    With `groups`, once for each group of output channels.  Raises ValueError unless `tensor` has 3 to 5 axes and
    the first is a multiple of `groups`.
    """
    _validate.tensors(Tensor, tensor=tensor)
    _check.ranks(tensor.shape, (3, 4, 5))
    _check.divides(groups, tensor.shape[0])
    weight, m = np.zeros(tensor.shape), tensor.shape[0] // groups
    middle = tuple(n // 2 for n in tensor.shape[2:])
    for i in range(tensor.shape[0]):
        if i % m < tensor.shape[1]:
            weight[(i, i % m, *middle)] = 1
    return tensor.copy_(weight)


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


def orthogonal_(tensor: Tensor, gain: float = 1, generator: np.random.Generator | None = None) -> Tensor:
    """A random matrix with orthonormal rows (or columns, if it is tall), times `gain`: keeps every length exactly.

    Axes behind the first count as one.  Q of the QR decomposition of a normal matrix, with the signs that make
    R's diagonal positive, is uniform over all rotations and reflections (Mezzadri 2007).
    """
    _fans(tensor)
    _validate.generator(generator)
    rows = tensor.shape[0]
    flat = (generator or np.random.default_rng()).normal(size=(rows, math.prod(tensor.shape) // rows))
    wide = flat.shape[1] > rows
    q, r = np.linalg.qr(flat.T if wide else flat)
    q = q * np.sign(np.diag(r))
    return tensor.copy_(gain * (q.T if wide else q).reshape(tensor.shape))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: np.random.Generator | None = None
) -> Tensor:
    """Normal with standard deviation `std`, but for a share `sparsity` of each column, which is 0 (Martens 2010)."""
    _validate.tensors(Tensor, tensor=tensor)
    _validate.generator(generator)
    _check.ranks(tensor.shape, (2,))
    _check.share(sparsity)
    generator = generator or np.random.default_rng()
    rows, columns = tensor.shape
    draws = generator.normal(0, std, (rows, columns))
    for j in range(columns):
        draws[generator.permutation(rows)[: math.ceil(sparsity * rows)], j] = 0
    return tensor.copy_(draws)
