"""Gradients of `dlnotes.numpy` against finite differences, in float64.

The first look projects: for random u and v the slope of u.f(x + t v) at t = 0 must be u.J v.  One number
stands for the whole Jacobian, so it is quick.  Where it differs, the second look takes another step and
goes entry by entry.  Where the slopes from the left and from the right agree, the gradient must be that
slope; where they do not, there is a kink, and the gradient must lie between them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import dlnotes.numpy as dn


def check_gradient(f: Callable[..., dn.Tensor], *arrays: np.ndarray, tolerance: float = 1e-6) -> None:
    """AssertionError unless the VJP of `f`, a function of Tensors, is its derivative at the float64 `arrays`."""
    rng = np.random.default_rng(0)
    out = f(*(dn.tensor(a) for a in arrays)).data
    u, vs = rng.normal(size=out.shape), [rng.normal(size=a.shape) for a in arrays]

    def along(t: float) -> float:
        return float(np.vdot(u, f(*(dn.tensor(a + t * v) for a, v in zip(arrays, vs))).data))

    step = 1e-5
    slope = (along(step) - along(-step)) / (2 * step)
    promised = sum(float(np.vdot(g, v)) for g, v in zip(vjp(f, arrays, u), vs))
    if not abs(slope - promised) <= tolerance * max(1, abs(slope)):
        for i in range(len(arrays)):
            _second_look(f, arrays, i, 20 * tolerance)


def vjp(f: Callable[..., dn.Tensor], arrays: tuple, u: np.ndarray) -> list[np.ndarray]:
    """u^T J, one array for each of `arrays`."""
    inputs = [dn.tensor(a, requires_grad=True) for a in arrays]
    f(*inputs).backward(u)
    return [np.zeros(x.shape) if x.grad is None else x.grad.numpy() for x in inputs]


def _second_look(f: Callable[..., dn.Tensor], arrays: tuple, i: int, tolerance: float) -> None:
    middle, step = f(*(dn.tensor(a) for a in arrays)).data, 2e-6
    rows = [vjp(f, arrays, e.reshape(middle.shape))[i].ravel() for e in np.eye(middle.size)]
    jacobian = np.reshape(rows, (middle.size, arrays[i].size))  # (outputs, inputs)

    def at(j: int, t: float) -> np.ndarray:
        moved = arrays[i].copy()
        moved.flat[j] += t
        return f(*(dn.tensor(moved if k == i else a) for k, a in enumerate(arrays))).data

    for j in range(arrays[i].size):
        right = ((at(j, step) - middle) / step).ravel()
        left = ((middle - at(j, -step)) / step).ravel()
        low, high = np.minimum(left, right), np.maximum(left, right)
        slack = tolerance * np.maximum(1, np.abs(low) + np.abs(high))
        within = (low - slack <= jacobian[:, j]) & (jacobian[:, j] <= high + slack)
        assert within.all(), (
            f"input {i}, entry {j}: gradient {jacobian[:, j]}, slopes {left} (left), {right} (right)"
        )
