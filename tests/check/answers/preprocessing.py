"""Answers to the exercises of *Data preprocessing*."""

import numpy as np

from dlnotes.preprocess import standardize


def standardised(x, own=False, ddof=0, floor=True, least=1e-12):
    s = x.std(0, ddof=ddof)
    varies = s > least * abs(x).max(0)

    def transform(z):
        c = z.mean(0) if own else x.mean(0)
        return varies * (z - c) / np.where(varies, s, 1) if floor else (z - c) / s

    return transform


def constant_moves(x):
    s = x.std(0)
    return lambda z: (z - x.mean(0)) / np.where(s > 0, s, 1)


def held_out(x, y, train, k=20, scale="train", choose="train", learn="train"):
    rows = {"train": train, "all": np.full(len(y), True), "few": train & (train.cumsum() < 10)}
    x = (x - x[rows[scale]].mean(0)) / x[rows[scale]].std(0)
    columns = np.argsort(-abs(x[rows[choose]].T @ y[rows[choose]]))[:k]
    w = x[rows[learn]][:, columns].T @ y[rows[learn]]
    return (np.sign(x[~train][:, columns] @ w) == y[~train]).mean()


def zca(x, z, epsilon, own=False, back=True, root=True, centred=True, ddof=0, columns=True):
    c = x.mean(0)
    variances, u = np.linalg.eigh((x - c).T @ (x - c) / (len(x) - ddof))
    u = u if columns else u.T
    c = c if centred else 0 * c
    scale = np.sqrt(variances + epsilon) if root else np.sqrt(variances) + epsilon
    y = (z - (z.mean(0) if own else c)) @ (u / scale)
    return y @ u.T if back else y


MEAN = 400 + 1 / 6

RIGHT = {
    "prep-hand": (MEAN + 1, 1 / 6, 6),
    "prep-units": (0.01, 1, 0.1),
    "prep-pca": (8, 2, [1, 2]),
    "prep-code": (standardised,),
    "prep-leak": (held_out,),
    "prep-few": (49, 1, "above"),
    "prep-zca": (zca,),
}
ALSO_RIGHT = [
    ("prep-hand", (401.17, 0.1667, 6.0)),
    ("prep-units", (1 / 100, 1.0, 1 / 10)),
    ("prep-code", (standardize,)),
    ("prep-few", (49, 1.0, "Above ")),
]
WRONG = {
    "prep-hand": [
        ((3 * MEAN + 1, 1 / 6, 6), "means, not sums"),
        ((MEAN, 1 / 6, 6), "the bias has a curvature"),
        ((MEAN + 1, MEAN, 6), "take off the product"),
        ((MEAN + 1, 6, 6), "one over it"),
        ((MEAN + 1, 1 / 6, 1 / 6), "the larger curvature over"),
        ((MEAN + 1, 1 / 6, 1), "the mean of the squares of -0.5"),
    ],
    "prep-units": [
        ((0.1, 1, 0.1), "products of two inputs"),
        ((100, 1, 0.1), "the shorter the step"),
        ((0.01, 100, 0.1), "what becomes of their ratio"),
        ((0.01, 1, 10), "outputs must stay"),
    ],
    "prep-pca": [
        ((16, 2, [1, 2]), "length 1"),
        ((8, 4, [1, 2]), "length 1"),
        ((8, 2, [8**0.5, 8**0.5]), "divide each by its deviation"),
        ((8, 2, [8**0.5 / 8, 8**0.5 / 2]), "not by the variance"),
        ((8, 2, [2, 1]), "first the direction"),
    ],
    "prep-code": [
        ((lambda x: None,), "give back a function"),
        ((lambda x: standardised(x, own=True),), "judged by their own mean"),
        ((lambda x: standardised(x, ddof=1),), "root of the mean square"),
        ((lambda x: standardised(x, floor=False),), "Dividing 0 by 0"),
        ((constant_moves,), "constant in training"),
        ((lambda x: standardised(x, least=0),), "constant 0.1"),
    ],
    "prep-leak": [
        ((lambda *a: held_out(*a, choose="all", scale="all"),), "who saw"),
        ((lambda *a: held_out(*a, choose="all"),), "who saw"),
        ((lambda *a: held_out(*a, scale="all"),), "Nearly"),
        ((lambda *a: held_out(*a, learn="few", choose="few"),), "learn from all training rows"),
    ],
    "prep-few": [
        ((196, 1, "above"), "196 independent"),
        ((50, 1, "above"), "the last one follows"),
        ((49, 49, "above"), "divided by its deviation"),
        ((49, 1, "near"), "by accident"),
        ((49, 1, "more"), '"below", "near" or "above"'),
    ],
    "prep-zca": [
        ((lambda x, z, e: zca(x, z, e, own=True),), "training data x"),
        ((lambda x, z, e: zca(x, z, e, back=False),), "turned"),
        ((lambda x, z, e: zca(x, z, e, root=False),), "under the root"),
        ((lambda x, z, e: zca(x, z, e, centred=False),), "is moved"),
        ((lambda x, z, e: zca(x, z, e, columns=False),), "in columns"),
        ((lambda x, z, e: zca(x, z, e, ddof=1),), "np.cov"),
    ],
}
