"""Answers to the exercises of *Weight initialisation*."""

import numpy as np


def he(shape, rng, power=0.5, times=2, fan=lambda s: np.prod(s[1:])):
    return rng.normal(0, (times / fan(shape)) ** power, shape)


def he_uniform(shape, rng):
    r = (6 / np.prod(shape[1:])) ** 0.5
    return rng.uniform(-r, r, shape)


def orthogonal(m, n, g, rng, turn=True, gain=True):
    q = np.linalg.qr(rng.normal(size=(max(m, n), min(m, n))))[0]
    return (g if gain else 1) * (q.T if m < n and turn else q)


def by_svd(m, n, g, rng):
    u, _, v = np.linalg.svd(rng.normal(size=(m, n)), full_matrices=False)
    return g * u @ v


def shared(a, axis=0):
    return (a.mean(axis) ** 2).sum() / (a**2).sum(1).mean()


def scaled(weights, f, x, behind=False, again=True, fresh=True, bend=True, mean=True):
    result = []
    for W in weights:
        z = x @ W.T
        W = W / ((f(z) if behind else z).std() if mean else (z**2).mean() ** 0.5)
        result.append(W)
        z = x @ W.T if fresh else z
        x = (f(z) if bend else z) if again else x @ W.T * 0 + 1
    return result


def in_place(weights, f, x):
    for W in weights:
        W /= (x @ W.T).std()
        x = f(x @ W.T)
    return weights


RIGHT = {
    "init-symmetry": (4, 4, 3, 1),
    "init-forward": (5 / 9, 0.09, 8),
    "init-fans": (150, 450, 1 / 300, 3),
    "init-debug": (he,),
    "init-default": (16, 26),
    "init-orthogonal": (orthogonal,),
    "init-shared": (shared, "C"),
    "init-lsuv": (scaled,),
}

ALSO_RIGHT = [
    ("init-forward", (0.556, 0.09, 8.0)),
    ("init-fans", (150, 450, 0.00333, 3.0)),
    ("init-fans", (150, 450, 0.0033, 3)),
    ("init-debug", (he_uniform,)),
    ("init-orthogonal", (by_svd,)),
    ("init-shared", (shared, " c")),
    ("init-lsuv", (lambda weights, f, x: tuple(scaled(weights, f, x)),)),
]

WRONG = {
    "init-symmetry": [
        ((None,) * 4, "still None"),
        ((1, 4, 3, 1), "neurons below"),
        ((4, 1, 3, 1), "from above"),
        ((4, 4, 4, 1), "stay copies"),
        ((4, 4, 2, 1), "not 3 and 4"),
        ((4, 4, 3, 4), "make two of them different"),
        ((2, 4, 3, 1), "output weights of 0"),
    ],
    "init-forward": [
        ((None,) * 3, "still None"),
        ((0.5, 0.09, 8), "ReLU"),
        ((0.667, 0.09, 8), "ninths"),
        ((0.556, 0.1, 8), "for ReLU"),
        ((0.556, 0.05, 8), "made up for"),
        ((0.556, 0.09, 64), "root"),
        ((0.556, 0.09, 2), "one layer"),
        ((0.556, 0.09, 5), "one layer do"),
    ],
    "init-fans": [
        ((None,) * 4, "still None"),
        ((6, 450, 1 / 300, 3), "many places"),
        ((150, 18, 1 / 300, 3), "several places"),
        ((150, 450, 1 / 600, 3), "half of their sum"),
        ((150, 450, 2 / 150, 3), "He's"),
        ((150, 450, 0.003, 3), "sum of both"),
        ((150, 450, 1 / 330, 3), "sum of both"),
        ((150, 450, 1 / 300, 6), "stop half"),
        ((150, 450, 1 / 300, 1 / 3), "fan-out counts"),
    ],
    "init-debug": [
        ((lambda shape, rng: None,), "None"),
        ((lambda s, rng: he(s, rng, 1),), "too small"),
        ((lambda s, rng: he(s, rng, fan=lambda s: s[1]),), "How many inputs"),
        ((lambda s, rng: he(s, rng, fan=lambda s: s[0]),), "too small"),
        ((lambda s, rng: he(s, rng, times=1),), "too small"),
        ((lambda s, rng: he(s, rng) + 1,), "mean"),
        ((lambda s, rng: he(s, np.random.default_rng(0)),), "second call"),
    ],
    "init-default": [
        ((None, None), "still None"),
        ((8, 26), "root"),
        ((15, 26), "a little above"),
        ((26, 26), "half"),
        ((16, 13), "root"),
        ((16, 16), "nothing is halved"),
        ((16, 30), "what is v"),
    ],
    "init-orthogonal": [
        ((lambda m, n, g, rng: None,), "None"),
        ((lambda m, n, g, rng: orthogonal(m, n, g, rng, turn=False),), "shape"),
        ((lambda m, n, g, rng: orthogonal(m, n, g, rng, gain=False),), "lengths"),
        ((lambda m, n, g, rng: rng.normal(size=(m, n)),), "right angles"),
        ((lambda m, n, g, rng: g * np.eye(m, n),), "second call"),
    ],
    "init-shared": [
        ((lambda a: None, "C"), "None"),
        ((lambda a: (a.mean(0) ** 2).sum() / (a**2).sum(), "C"), "sum over all rows"),
        ((lambda a: shared(a) ** 0.5, "C"), "not lengths"),
        ((lambda a: 1 - shared(a), "C"), "what differs"),
        ((lambda a: shared(a, 1), "C"), "axis 0"),
        ((shared, None), "still None"),
        ((shared, "A"), "lost its size"),
        ((shared, "B"), "images in B"),
        ((shared, 3), "name of one"),
    ],
    "init-lsuv": [
        ((lambda weights, f, x: None,), "None"),
        ((lambda weights, f, x: scaled(weights, f, x, behind=True),), "before the activation"),
        ((lambda weights, f, x: scaled(weights, f, x, fresh=False),), "new layers below"),
        ((lambda weights, f, x: scaled(weights, f, x, bend=False),), "after the activation"),
        ((lambda weights, f, x: scaled(weights, f, x, mean=False),), "leaves the mean out"),
        ((in_place,), "changed"),
        ((lambda weights, f, x: weights,), "standard deviation"),
    ],
}
