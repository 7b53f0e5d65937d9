"""Answers to the exercises of *Residual networks*."""

import numpy as np


def relu(z):
    return np.maximum(z, 0)


def thin(x, channels):
    kept = x[:, :, ::2, ::2]
    return np.concatenate([kept, np.zeros((len(x), channels - x.shape[1], *kept.shape[2:]))], 1)


def in_front(x, channels):
    kept = x[:, :, ::2, ::2]
    return np.concatenate([np.zeros((len(x), channels - x.shape[1], *kept.shape[2:])), kept], 1)


def from_one(x, channels):
    """Row and column 1, 3, 5, as far as there are any, then the last."""
    rows, columns = (np.minimum(np.arange(1, n + 1, 2), n - 1) for n in x.shape[2:])
    kept = x[:, :, rows][:, :, :, columns]
    return np.concatenate([kept, np.zeros((len(x), channels - x.shape[1], *kept.shape[2:]))], 1)


def repeated(x, channels):
    kept = x[:, :, ::2, ::2]
    return np.concatenate([kept] * 4, 1)[:, :channels]


def wiped(x, channels):
    found = thin(x, channels)
    x[:] = 0
    return found


def block(x, norm, first, second):
    return x + second(relu(norm(first(relu(norm(x))))))


def overwritten(x, norm, first, second):
    x = relu(norm(x))
    return x + second(relu(norm(first(x))))


def original(x, norm, first, second):
    return relu(x + norm(second(relu(norm(first(x))))))


def one_norm(x, norm, first, second):
    return x + second(relu(norm(first(x))))


def in_place(x, norm, first, second):
    found = block(x, norm, first, second)
    x[:] = relu(x)
    return found


RIGHT = {
    "residual-paths": (-10, -8, 10, 32, 10),
    "residual-measure": (0.56, 1e-6, "vanish"),
    "residual-shows": ("degradation", "overfitting", "unfair"),
    "residual-count": (50, 1_114_112, 218_365_952, 18_874_368),
    "residual-thin": (thin,),
    "residual-block": (block,),
    "residual-scale": (lambda n, growth: (growth ** (1 / n) - 1) ** 0.5,),
}
ALSO_RIGHT = [
    ("residual-measure", (10**-0.25, 10**-6.0, "Vanish ")),
    ("residual-shows", ("Degradation", "overfitting ", "Unfair")),
    ("residual-scale", (lambda n, growth: np.sqrt(np.exp(np.log(growth) / n) - 1),)),
]
WRONG = {
    "residual-paths": [
        ((None, None, None, None, None), "still None"),
        ((-8, -8, 10, 32, 10), "without shortcuts"),
        ((3, -8, 10, 32, 10), "slopes multiply"),
        ((-10, -10, 10, 32, 10), "with shortcuts"),
        ((-10, -8, 4, 32, 10), "keep their shortcuts"),
        ((-10, -8, 10, 31, 10), "skip all"),
        ((-10, -8, 10, 32, 20), "named first"),
    ],
    "residual-measure": [
        ((None, None, None), "still None"),
        ((1.78, 1e-6, "vanish"), "which way round"),
        ((0.62, 1e-6, "vanish"), "Compare the two networks"),
        ((0.57, 1e-6, "vanish"), "24 layers between"),
        ((0.56, 5e-4, "vanish"), "exponents"),
        ((0.56, 1e-3, "vanish"), "twelve layers"),
        ((0.56, 1e-8, "vanish"), "half-way"),
        ((0.56, 1e-6, None), "vanish"),
        ((0.56, 1e-6, "explode"), "larger or smaller"),
    ],
    "residual-shows": [
        ((None, None, None), "still None"),
        (("worse", "overfitting", "unfair"), "none of the three"),
        (("overfitting", "overfitting", "unfair"), "Report A"),
        (("degradation", "degradation", "unfair"), "Report B"),
        (("degradation", "overfitting", "degradation"), "Report C"),
    ],
    "residual-count": [
        ((None, None, None, None), "still None"),
        ((75, 1_114_112, 218_365_952, 18_874_368), "three convolutions"),
        ((50, 851_968, 218_365_952, 18_874_368), "way back up"),
        ((50, 1_179_648, 218_365_952, 18_874_368), "basic block of 256"),
        ((50, 1_114_112, 1_114_112, 18_874_368), "many places"),
        ((50, 1_114_112, 218_365_952, 9_437_184), "two convolutions"),
    ],
    "residual-thin": [
        ((lambda x, channels: None,), "still None"),
        ((in_front,), "come after"),
        ((from_one,), "0, 2, 4"),
        ((repeated,), "something else than 0"),
        ((wiped,), "changed x"),
        ((lambda x, channels: x[:, :, ::2, ::2],), "should have shape"),
    ],
    "residual-block": [
        ((lambda *given: None,), "still None"),
        ((overwritten,), "second layer of zeros"),
        ((original,), "second layer of zeros"),
        ((one_norm,), "norm and ReLU of x"),
        ((lambda x, *rest: x,), "where is the branch"),
        ((in_place,), "changed x itself"),
        ((lambda x, norm, first, second: x + second(first(relu(norm(x)))),), "before the second layer"),
        ((lambda x, norm, first, second: x + 2 * second(relu(norm(first(relu(norm(x)))))),), "another one"),
    ],
    "residual-scale": [
        ((lambda n, growth: None,), "still None"),
        ((lambda n, growth: 1.0 if n < 3 else n**-0.5,), "1 + 1/n"),
        ((lambda n, growth: growth ** (1 / n) - 1,), "their variance"),
        ((lambda n, growth: ((growth - 1) / n) ** 0.5,), "should be"),
    ],
}
