"""Answers to the exercises of *Backpropagation*."""

from types import SimpleNamespace

import numpy as np


def difference(f, x, i, step=1e-5):
    e = step * np.eye(len(x))[i]
    return (f(x + e) - f(x - e)) / (2 * step)


def one_sided(f, x, i):
    e = 1e-8 * np.eye(len(x))[i]
    return (f(x + e) - f(x)) / 1e-8


def difference_in_place(f, x, i):
    x[i] += 1e-5
    high = f(x)
    x[i] -= 2e-5
    return (high - f(x)) / 2e-5


def difference_aliased(f, x, i):
    p = m = x
    p[i] += 0.5
    m[i] -= 0.5
    return (f(p) - f(m)) / 2e-5


def walk(w, alpha, steps, piles=False):
    grad = 0.0
    for _ in range(steps):
        grad = (grad if piles else 0.0) + 18 * (w - 2)
        w = w - alpha * grad
    return w


def standardise_vjp(x, g, by_mean=1.0, by_spread=1.0):
    d = x - x.mean(1, keepdims=True)
    spread = np.sqrt((d**2).mean(1, keepdims=True))
    along = d / spread * (g * d / spread).mean(1, keepdims=True)
    return (g - by_mean * g.mean(1, keepdims=True) - by_spread * along) / spread


def standardise_sample(x, g, ddof=1, divisor=3):
    d = x - x.mean(1, keepdims=True)
    spread = x.std(1, ddof=ddof, keepdims=True)
    along = d / spread * (g * d / spread).sum(1, keepdims=True) / divisor
    return (g - g.mean(1, keepdims=True) - along) / spread


def standardise_in_place(x, g):
    found = standardise_vjp(x, g)
    x -= x.mean(1, keepdims=True)
    return found


def tanh_backprop(W, b, x, y, slope=lambda a: 1 - a**2, factor=-2, order=-1, mean=False):
    a = [x]
    for W_j, b_j in zip(W[:-1], b[:-1], strict=True):
        a.append(np.tanh(a[-1] @ W_j.T + b_j))
    delta, found = factor * (y - a[-1] @ W[-1].T - b[-1]), []
    for j in reversed(range(len(W))):
        found.append((delta.T @ a[j], delta.mean(0) if mean else delta.sum(0)))
        delta = delta @ W[j] * slope(a[j])
    return found[::order]


def stretches(n):
    return min((s for s in range(1, n + 1) if n % s == 0), key=lambda s: s + n / s)


FAULTS = ("rate", "vanishes", "explodes")  # of bp-vanish

def tanh_in_place(W, b, x, y):
    found = tanh_backprop(W, b, x.copy(), y)
    x *= 0
    return found


RIGHT = {
    "bp-pencil": (4.0, np.array([[0, 0], [4, 8]]), [[0, -8]]),
    "bp-difference": (difference,),
    "bp-paths": (42, 120, 10, 114),
    "bp-tanh": (tanh_backprop,),
    "bp-walk": (walk,),
    "bp-standardise": (standardise_vjp,),
    "bp-checkpoints": (stretches,),
    "bp-vanish": (1 / 1024, 4, "rate", "vanishes", "explodes"),
}
ALSO_RIGHT = [
    ("bp-vanish", (0.000977, 4, *FAULTS)),
    ("bp-vanish", (0.000977, 4, "Rate", "Vanishes", "explodes ")),
    ("bp-difference", (lambda f, x, i: difference(f, x, i, 2e-6),)),
    ("bp-pencil", (np.array([[4.0]]), [[0, 0], [4, 8]], [[0, -8]])),
    ("bp-tanh", (tanh_in_place,)),
]
WRONG = {
    "bp-pencil": [
        ((None, None, None), "still None"),
        ((1, [[6, 12], [-2, -4]], [[2, 4]]), "J should be 4"),
        ((4, [[-12, -24], [4, 8]], [[0, -8]]), "off lets no slope through"),  # the dead neuron did
        ((4, [[0, 0], [4, 8]], [0, -8]), "dW2 should have shape (1, 2)"),
        ((4, [[0, 0], [8, 4]], [[0, -8]]), "dW1 should be"),
    ],
    "bp-difference": [
        ((lambda f, x, i: None,), "still None"),
        ((one_sided,), "should be"),
        ((lambda f, x, i: difference(f, x, i, 0.1),), "should be"),
        ((lambda f, x, i: difference(f, x, i, 1e-12),), "should be"),
        ((lambda f, x, i: difference(f, x, 0),), "along x[1]"),
        ((difference_in_place,), "put the old value back"),
        ((difference_aliased,), "f saw the same x each time"),
        ((lambda f, x, i: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5,), "move entry 0 only"),
    ],
    "bp-paths": [
        ((None, None, None, None), "still None"),
        ((54, 120, 10, 114), "Biases are not counted"),
        ((42, 14, 10, 114), "so multiply"),  # added
        ((42, 120, 2, 114), "one weight of the first layer"),
        ((42, 120, 40, 114), "A weight leads to one neuron"),  # all of its layer
        ((42, 120, 10, None), "multiplications is still None"),
        ((42, 120, 10, 126), "nobody asks"),
        ((42, 120, 10, 42), "the way forward alone"),
        ((42, 120, 10, 72), "the way back alone"),
        ((42, 120, 10, 84), "each layer but the first has two"),
        ((42, 120, 10, 120), "Which products does a layer need"),
    ],
    "bp-walk": [
        ((lambda w, alpha, steps: None,), "still None"),
        ((lambda w, alpha, steps: walk(w, alpha, steps, piles=True),), "what did its first step leave behind"),
        ((lambda w, alpha, steps: walk(w, -alpha, steps),), "should be 1.8"),
        ((lambda w, alpha, steps: None + w,), "to 0, not to None"),
        ((lambda w, alpha, steps: 2.0,), "should be 1.8, but is 2"),
        ((lambda w, alpha, steps: SimpleNamespace(data=1.8, grad=0.0),), "and not the node"),
        ((lambda w, alpha, steps: 1.8 if steps == 1 else 7.2,), "make `miss` anew"),
    ],
    "bp-standardise": [
        ((lambda x, g: None,), "still None"),
        ((lambda x, g: g / x.std(1, keepdims=True),), "sum to 0"),
        ((lambda x, g: standardise_vjp(x, g, by_mean=0.0),), "whole row"),
        ((lambda x, g: standardise_vjp(x, g) + [[0], [0], [1]],), "row 2 sums to 4"),
        ((lambda x, g: standardise_vjp(x, g, by_spread=0.0),), "larger by 1 %"),
        ((lambda x, g: 2 * standardise_vjp(x, g),), "not the right size"),
        ((lambda x, g: standardise_vjp(x.T, g.T),), "shape"),
        ((standardise_in_place,), "left as they were"),
        ((standardise_sample,), "not by n - 1"),
        ((lambda x, g: standardise_sample(x, g, 0),), "not by n - 1"),
    ],
    "bp-tanh": [
        ((lambda W, b, x, y: None,), "still None"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, factor=2),), "its delta is -2 (y - h)"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, slope=lambda a: 1 - a),), "[2, 3, 1]"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, order=1),), "first layer first"),
        ((lambda W, b, x, y: [],), "1 layer has 1 pair of gradients, but your list has 0"),
        ((lambda W, b, x, y: [(w, v[None]) for w, v in tanh_backprop(W, b, x, y)],), "sum(0)"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y)[:1],), "2 pairs"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, mean=True),), "Add up over the examples"),
        ((lambda W, b, x, y: tanh_backprop(W, b, x, y, slope=lambda a: 1 - np.arctanh(a) ** 2),), "1 - a^2"),  # of z
        ((lambda W, b, x, y: (1.5, tanh_backprop(W, b, x, y)),), "without J"),
    ],
    "bp-checkpoints": [
        ((lambda n: None,), "still None"),
        ((lambda n: round(n**0.5),), "best(7) should divide 7"),
        ((lambda n: 1,), "holds 3 + 4 arrays"),
        ((lambda n: n // stretches(n),), "4 holds as few arrays"),
    ],
    "bp-vanish": [
        ((None, None, None, None, None), "still None"),
        ((0.25**10, 4, *FAULTS), "delta^1 / delta^11 should be"),  # the weight forgotten
        ((0.5**11, 4, *FAULTS), "delta^1 / delta^11 should be"),  # a layer too many
        ((1 / 1024, 1, *FAULTS), "make up for the slope"),
        ((1 / 1024, -4, *FAULTS), "The positive weight"),
        ((0.001, 4, *FAULTS), "delta^1 / delta^11 should be 0.000977"),  # one digit
        ((1 / 1024, 4, None, None, None), "A is still None"),
        ((1 / 1024, 4, "vanishes", "vanishes", "explodes"), "alike"),
        ((1 / 1024, 4, "rate", "explodes", "vanishes"), "back to 1: does it fall"),
        ((1 / 1024, 4, "rate", "vanish", "explodes"), 'B should be "vanishes", "explodes" or "rate"'),
    ],
}
