"""Checks for the exercises of *Backpropagation*."""

import numpy as np

from dlnotes.check import exercise, expect, require


@exercise("bp-pencil")
def pencil(J, dW1, dW2):
    """The 2-2-1 network of the chapter with its first neuron switched off."""
    expect("J", J, 4)
    expect("dW2", dW2, [[0, -8]])
    expect("dW1", dW1, [[0, 0], [4, 8]])


@exercise("bp-difference")
def difference(slope):
    """A central difference to eight digits."""
    x = np.array([0.3, -1.2, 2.0])
    for i, want in enumerate((np.cos(0.3) * -1.2, np.sin(0.3), 4 * np.exp(4.0))):
        given = x.copy()
        got = slope(lambda v: np.sin(v[0]) * v[1] + np.exp(v[2] ** 2), given, i)
        require((given == x).all(), "x should be left as it was, but was changed.")
        expect(f"the slope along x[{i}] of sin(x0) x1 + exp(x2^2)", got, want, 1e-8)


@exercise("bp-softplus")
def softplus(softplus, vjp):
    """log(1 + e^x), and its vector-Jacobian product."""
    x = np.array([[-3.0, -0.5, 0.0], [0.5, 2.0, 5.0]])
    expect("softplus(x)", softplus(x), np.log1p(np.exp(x)))
    g, step = np.arange(1.0, 7.0).reshape(2, 3), 1e-6
    slope = (np.log1p(np.exp(x + step)) - np.log1p(np.exp(x - step))) / (2 * step)
    expect("softplus_vjp(x, g)", vjp(x, g), g * slope, 1e-7)
    far = np.array([-1000.0, 1000.0])
    expect("softplus at -1000 and 1000", softplus(far), [0, 1000])
    expect("softplus_vjp at -1000 and 1000, for g = 1", vjp(far, np.ones(2)), [0, 1])


@exercise("bp-tanh")
def tanh(backprop):
    """Gradients of tanh networks of several depths, against finite differences."""
    rng = np.random.default_rng(0)
    for sizes in ([3, 2], [2, 3, 1], [3, 4, 4, 2]):
        W = [rng.normal(size=(m, k)) for k, m in zip(sizes, sizes[1:])]
        b = [rng.normal(size=m) for m in sizes[1:]]
        x, y = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
        got = backprop(W, b, x, y)
        require(got is not None, "tanh_backprop is still None.")
        require(len(got) == len(W), f"{len(W)} layers have {len(W)} pairs of gradients, but there are {len(got)}.")
        for j, pair in enumerate(got):
            for name, parameter, gradient in zip("Wb", (W[j], b[j]), pair, strict=True):
                want = _slopes(W, b, x, y, parameter)
                expect(f"the gradient of {name}{j + 1} in a network {sizes}", gradient, want, 1e-6)


@exercise("bp-checkpoints")
def checkpoints(best):
    """The number of stretches that holds the fewest arrays."""
    for n, want in ((1, 1), (12, 3), (64, 8), (100, 10), (7, 1), (48, 6)):
        expect(f"best({n})", best(n), want)


def _cost(W, b, x, y):
    for W_j, b_j in zip(W[:-1], b[:-1]):
        x = np.tanh(W_j @ x + b_j)
    return ((y - W[-1] @ x - b[-1]) ** 2).sum()


def _slopes(W, b, x, y, parameter, step=1e-6):
    """The central difference of the cost along each entry of `parameter`, one of the arrays in W and b."""
    slopes = np.empty_like(parameter)
    for index, value in np.ndenumerate(parameter):
        parameter[index] = value + step
        high = _cost(W, b, x, y)
        parameter[index] = value - step
        slopes[index] = (high - _cost(W, b, x, y)) / (2 * step)
        parameter[index] = value
    return slopes
