"""Answers to the exercises of *AlexNet*."""

import numpy as np


def response_norm(a, n, k, alpha, beta):
    out = np.empty(a.shape)
    for i in range(len(a)):
        near = a[max(0, i - n // 2) : i + n // 2 + 1]
        out[i] = a[i] / (k + alpha * (near**2).sum(0)) ** beta
    return out


def whole(a, n, k, alpha, beta):
    return a / (k + alpha * (a * a).sum(0)) ** beta


def in_place(a, n, k, alpha, beta):
    a[:] = response_norm(a, n, k, alpha, beta)
    return a


def winner(relu, tanh):
    best_relu = relu[:, :2].mean(1).argmin()
    best_tanh = tanh[:, :2].mean(1).argmin()
    return "ReLU" if relu[best_relu, 2:].mean() < tanh[best_tanh, 2:].mean() else "tanh"


def same_rate(relu, tanh):
    best = relu[:, :2].mean(1).argmin()
    return "ReLU" if relu[best, 2:].mean() < tanh[best, 2:].mean() else "tanh"


def by_two(relu, tanh):
    return "ReLU" if relu[:, :2].mean(1).min() < tanh[:, :2].mean(1).min() else "tanh"


def by_all(relu, tanh):
    return "ReLU" if relu.mean(1).min() < tanh.mean(1).min() else "tanh"


def one_round(rows, centres):
    nearest = (rows @ centres.T).argmax(1)
    for j in range(len(centres)):
        if (nearest == j).any():
            total = rows[nearest == j].sum(0)
            centres[j] = total / np.linalg.norm(total)
    return centres


def unsigned(rows, centres):
    nearest = abs(rows @ centres.T).argmax(1)
    for j in range(len(centres)):
        if (nearest == j).any():
            total = rows[nearest == j].sum(0)
            centres[j] = total / np.linalg.norm(total)
    return centres


def means(rows, centres):
    nearest = (rows @ centres.T).argmax(1)
    return np.array([rows[nearest == j].mean(0) for j in range(len(centres))])


def forgetful(rows, centres):
    nearest = (rows @ centres.T).argmax(1)
    totals = np.array([rows[nearest == j].sum(0) for j in range(len(centres))])
    return totals / np.linalg.norm(totals, axis=1, keepdims=True)


NORMED = [0.4, 0, 1 / 11, 0.25, 1 / 11]
RIGHT = {
    "alexnet-shapes": (24, 11, 5, 6400),
    "alexnet-count": (876, 86_400, 444, 43_200),
    "alexnet-pencil": (NORMED, [6, 5, 8], [6, 5, 9]),
    "alexnet-norm": (response_norm,),
    "alexnet-race": (winner,),
    "alexnet-ablation": ("too short", "helps", "undecided", "hurts"),
    "alexnet-kmeans": (one_round,),
}
ALSO_RIGHT = [("alexnet-ablation", ("Too short", "helps ", "Undecided", "hurts"))]
WRONG = {
    "alexnet-shapes": [
        ((None,) * 4, "still None"),
        ((49, 11, 5, 6400), "the pool comes after it"),
        ((23, 11, 5, 6400), "two zeros on each side"),
        ((24, 12, 5, 6400), "one place fewer"),
        ((24, 11, 6, 9216), "this one is smaller"),
        ((24, 11, 5, 9216), "for maps of 6 x 6"),
        ((24, 11, 5, 25), "how many maps"),
    ],
    "alexnet-count": [
        ((None,) * 4, "still None"),
        ((864, 86_400, 444, 43_200), "a bias for each map"),
        ((876, 87_600, 444, 43_200), "a bias is added"),
        ((876, 864, 444, 43_200), "used at every place"),
        ((876, 86_400, 438, 43_200), "the biases stay"),
        ((876, 86_400, 876, 43_200), "its own tower"),
        ((876, 86_400, 444, 21_600), "one tower"),
    ],
    "alexnet-pencil": [
        ((None,) * 3, "still None"),
        (([0.5, 0, 0.1, 3 / 11, 0.1], [6, 5, 8], [6, 5, 9]), "k is added"),
        (([2 / 3, 0, 0.2, 0.5, 0.2], [6, 5, 8], [6, 5, 9]), "squared"),
        ((NORMED, [6, 5, 9], [6, 5, 9]), "begin at places 0, 2 and 4"),
        ((NORMED, [6, 5, 8], [6, 5, 8]), "one number more"),
    ],
    "alexnet-norm": [
        ((lambda *a: None,), "still None"),
        ((whole,), "only n channels"),
        ((lambda a, n, k, alpha, beta: response_norm(a, n, k, alpha / n, beta),), "divided by n"),
        ((lambda a, n, k, alpha, beta: a / (k + alpha * a * a) ** beta,), "neighbouring channels"),
        ((in_place,), "changes its argument"),
    ],
    "alexnet-race": [
        ((lambda relu, tanh: None,), "still None"),
        ((same_rate,), "the rate at which tanh"),
        ((by_all,), "seeds that choose"),
        ((by_two,), "alone judge"),
        ((lambda relu, tanh: "ReLU",), "is not 'ReLU'"),
    ],
    "alexnet-ablation": [
        ((None,) * 4, "still None"),
        (("hurts", "helps", "undecided", "hurts"), "learned its training images"),
        (("too short", "undecided", "undecided", "hurts"), "seed by seed"),
        (("too short", "helps", "helps", "hurts"), "how many of the seeds"),
        (("too short", "helps", "undecided", "too short"), "D is not"),
        (("bad", "helps", "undecided", "hurts"), "none of"),
    ],
    "alexnet-kmeans": [
        ((lambda *a: None,), "still None"),
        ((unsigned,), "with its sign"),
        ((means,), "length 1"),
        ((lambda rows, centres: centres,), "Add up the rows"),
        ((lambda rows, centres: forgetful(rows, centres),), "stay where it was"),
    ],
}
