"""Answers to the exercises of *Regularisation and dropout*."""

import numpy as np


def elastic(v, alpha, l1, l2):
    return np.sign(v) * np.maximum(np.abs(v) - alpha * l1, 0) / (1 + alpha * l2)


def l2_first(v, alpha, l1, l2):
    return elastic(v / (1 + alpha * l2), alpha, l1, 0)


def course(net, epoch, loss, epochs, train=True, evaluate=True, back=False):
    losses = []
    net.train()
    for _ in range(epochs):
        if train:
            net.train()
        epoch(net)
        if evaluate:
            net.eval()
        losses.append(loss(net))
        if back:
            net.train()
    return losses


def noisy(X, t, s, scale=1.0):
    n, d = X.shape
    return np.linalg.solve(X.T @ X / n + scale * s**2 * np.eye(d), X.T @ t / n)


def sampled(X, t, s):
    X = X + s * np.random.default_rng().normal(size=X.shape)
    return np.linalg.lstsq(X, t)[0]


E = np.exp(-1)
SMOOTH = (0.8, np.log(16), -0.8 * np.log(0.8) - 0.2 * np.log(0.05), "cannot say")

RIGHT = {
    "regularisation-prices": ([2, -0.5, 0.2], [3, 0, 0]),
    "regularisation-elastic": (elastic,),
    "regularisation-left": ((1 - 1e-4) ** 10_000, (1 - 1e-6) ** 10_000, E, E),
    "regularisation-masks": (3, 7.5, 4, 4.5),
    "regularisation-mode": (course,),
    "regularisation-noise": (noisy,),
    "regularisation-smooth": SMOOTH,
    "regularisation-judge": (0.1, "modest"),
}
ALSO_RIGHT = [
    ("regularisation-left", (0.37, 0.99, 0.37, 0.37)),
    ("regularisation-mode", (lambda net, epoch, loss, epochs: course(net, epoch, loss, epochs, back=True),)),
    ("regularisation-smooth", (0.8, 2.77, 0.778, "Cannot say")),
    ("regularisation-judge", (0.02 / 0.2, "Modest")),
]
WRONG = {
    "regularisation-prices": [
        ((None, None), "still None"),
        (([4 / 3, -1 / 3, 0.4 / 3], [3, 0, 0]), "curvature of 1"),
        (([3, 0, 0], [3, 0, 0]), "other price"),
        (([2, -0.5, 0.2], [2, 0, 0]), "curvature of 1"),
        (([2, -0.5, 0.2], [3, -2, 0]), "towards 0"),
        (([2, -0.5, 0.2], [3, 0, -0.6]), "past 0"),
        (([2, -0.5, 0.3], [3, 0, 0]), "set the slope"),
    ],
    "regularisation-elastic": [
        ((lambda v, alpha, l1, l2: None,), "still None"),
        ((l2_first,), "both at once"),
        ((lambda v, a, l1, l2: elastic(v, a, l1, 0) * (1 - a * l2),), "slope at v"),
        ((lambda v, a, l1, l2: (v - a * l1 * np.sign(v)) / (1 + a * l2),), "cross 0"),
        ((lambda v, a, l1, l2: np.maximum(v - a * l1, 0) / (1 + a * l2),), "not cut off"),
        ((lambda v, a, l1, l2: v,), "all three terms"),
    ],
    "regularisation-left": [
        ((None, None, None, None), "still None"),
        ((np.exp(-0.1), 0.99, E, E), "without Adam"),
        ((E, E, E, E), "divided by the gradient's size"),
        ((E, 1.0, E, E), "nearly all"),
        ((E, 0.99, np.exp(-10), E), "nothing is divided"),
        ((E, 0.99, E, 0.99), "before Adam's division"),
    ],
    "regularisation-masks": [
        ((None, None, None, None), "still None"),
        ((1, 7.5, 4, 4.5), "chance to be dropped"),
        ((3, 3, 4, 4.5), "independently"),
        ((3, 7.5, 3, 4.5), "divides"),
        ((3, 7.5, 4, 4), "ReLU of the mean"),
        ((3, 7.5, 4, 27 / 8), "divide the terms"),
    ],
    "regularisation-mode": [
        ((lambda net, epoch, loss, epochs: course(net, epoch, loss, epochs, train=False),), "In 3 of 4 epochs"),
        ((lambda net, epoch, loss, epochs: course(net, epoch, loss, epochs, evaluate=False),), "masks were on"),
        ((lambda net, epoch, loss, epochs: None,), "still None"),
        ((lambda net, epoch, loss, epochs: course(net, epoch, loss, 1),), "called 1 times"),
        ((lambda net, epoch, loss, epochs: course(net, epoch, loss, epochs)[::-1],), "list of losses"),
    ],
    "regularisation-noise": [
        ((lambda X, t, s: None,), "still None"),
        ((sampled,), "other weights each time"),
        ((lambda X, t, s: noisy(X, t, s, 1 / len(X)),), "does not shrink"),
        ((lambda X, t, s: noisy(X, t, np.sqrt(s)),), "enters squared"),
        ((lambda X, t, s: noisy(X, t, 0),), "without noise"),
        ((lambda X, t, s: noisy(X, t, s, 0.5),), "without a half"),
    ],
    "regularisation-smooth": [
        ((None, None, None, None), "still None"),
        ((0.75, *SMOOTH[1:]), "part of the s"),
        ((0.8, 16, *SMOOTH[2:]), "scores are logarithms"),
        ((0.8, np.log(16), -np.log(0.8), "cannot say"), "have a share"),
        ((*SMOOTH[:3], "yes"), "against which labels"),
        ((*SMOOTH[:3], "maybe"), "should be"),
    ],
    "regularisation-judge": [
        ((None, None), "still None"),
        ((0.9, "modest"), "the best epoch earned"),
        ((0.02, "modest"), "difference of losses"),
        ((1, "modest"), "tuned likewise"),
        ((0.02 / 0.52, "modest"), "not by a loss"),
        ((0.5, "modest"), "compared with whom"),
        ((0.1, None), "still None"),
        ((0.1, "overconfident"), "grow or shrink"),
        ((0.1, "wrong"), "should be"),
    ],
}
