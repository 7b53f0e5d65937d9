"""Answers to the exercises of *Training and test error*."""

import numpy as np


def group_folds(groups, k):
    groups = np.asarray(groups)
    return [np.flatnonzero(np.isin(groups, part)) for part in np.array_split(np.unique(groups), k)]


def by_turns(groups, k):
    """The groups dealt out like cards, and lists instead of arrays."""
    names = list(dict.fromkeys(list(groups)))
    return [[i for i, group in enumerate(groups) if names.index(group) % k == j] for j in range(k)]


def of_pictures(groups, k):
    return np.array_split(np.arange(len(groups)), k)


def names_of_groups(groups, k):
    return np.array_split(np.unique(groups), k)


def with_empty(groups, k):
    return [*group_folds(groups, k - 1), np.array([], int)]


def overlapping(groups, k):
    folds = group_folds(groups, k)
    return [np.concatenate([folds[0], folds[1]]), *folds[1:]]


def in_place(groups, k):
    groups.sort()
    return group_folds(groups, k)


def train(w, step, loss, epochs, patience, keep=np.copy, gains=lambda now, lowest: now < lowest, again=True):
    lowest, best, waited = np.inf, w, 0
    for _ in range(epochs):
        step(w)
        now = loss(w)
        if gains(now, lowest):
            lowest, best, waited = now, keep(w), 0 if again else waited
        else:
            waited += 1
        if waited == patience:
            break
    return best


def last(w, step, loss, epochs, patience):
    train(w, step, loss, epochs, patience)
    return w


def never(w, step, loss, epochs, patience):
    return train(w, step, loss, epochs, epochs + 1)


def twice(w, step, loss, epochs, patience):
    """Trains once more, up to the epoch that was best, from a copy of the first weights."""
    first, losses = w.copy(), []
    train(w, step, lambda w: losses.append(loss(w)) or losses[-1], epochs, patience)
    for _ in range(1 + losses.index(min(losses))):
        step(first)
    return first


CAUSES = dict(zip("ABCDEFGH", ("too low", "leak", "overfitting", "stuck", "sorted", "healthy", "labels", "too high")))

BAR = (0.16 / 500) ** 0.5

RIGHT = {
    "error-moves": (300, "down", "up", "down"),
    "error-pairs": (BAR, 11 / 500, 7 / 500, 810),
    "error-groups": (group_folds,),
    "error-patience": (train,),
    "error-twins": ([2, 6], [4, 0]),
    "error-patients": (CAUSES,),
}

ALSO_RIGHT = [
    ("error-moves", (300, "Down", "UP", "down ")),
    ("error-pairs", (0.01789, 0.022, 0.014, np.int64(810))),
    ("error-pairs", (0.018, 0.022, 0.014, 810)),
    ("error-groups", (by_turns,)),
    ("error-patience", (lambda *a: train(*a, keep=lambda w: [*map(float, w)]),)),
    ("error-twins", ((2.0, 6.0), np.array([4, 0]))),
    ("error-patients", ({letter: f" {cause.title()}" for letter, cause in CAUSES.items()},)),
]

WRONG = {
    "error-moves": [
        ((None,) * 4, "still None"),
        ((900, "down", "up", "down"), "at the peak"),
        ((200, "down", "up", "down"), "100, 300 or 900"),
        ((300, "up", "up", "down"), "how far from the peak"),
        ((300, "down", "down", "down"), "explorer"),
        ((300, "down", "up", "up"), "easier or harder"),
        ((300, "down", "up", "same"), "should be"),
    ],
    "error-pairs": [
        ((None,) * 4, "still None"),
        ((0.16 / 500, 11 / 500, 7 / 500, 810), "take the root"),
        ((0.8, 11 / 500, 7 / 500, 810), "a coin"),
        ((0.017, 11 / 500, 7 / 500, 810), "a coin"),
        ((BAR, 11, 7 / 500, 810), "divide"),
        ((BAR, -11 / 500, 7 / 500, 810), "A is the better"),
        ((BAR, 11 / 500, 49 / 500, 810), "root"),
        ((BAR, 11 / 500, 11**0.5 / 500, 810), "30 plus 19"),
        ((BAR, 11 / 500, 0.0238, 810), "answer differently"),
        ((BAR, 11 / 500, 7 / 500, 637), "like the root"),
        ((BAR, 11 / 500, 7 / 500, 809), "round up"),
        ((BAR, 11 / 500, 7 / 500, 1000), "m times"),
    ],
    "error-groups": [
        ((lambda groups, k: None,), "still None"),
        ((of_pictures,), "in two folds"),
        ((names_of_groups,), "in no fold"),
        ((with_empty,), "empty"),
        ((overlapping,), "held out 2 times"),
        ((in_place,), "changed groups"),
        ((lambda groups, k: group_folds(groups, k)[1:],), "there should be"),
    ],
    "error-patience": [
        ((lambda *a: None,), "returned None"),
        ((lambda *a: train(*a, keep=lambda w: w),), "the lowest loss was in"),
        ((last,), "the lowest loss was in"),
        ((never,), "should stop after"),
        ((lambda *a: train(*a, gains=lambda now, lowest: now <= lowest),), "only if its loss is lower"),
        ((lambda *a: train(*a, again=False),), "begins anew"),
        ((twice,), "should stop after"),
    ],
    "error-twins": [
        ((None, None), "still None"),
        (([2, 3], [4, 0]), "relu(2)"),
        (([2, 6], [2, 6]), "first take the means"),
        (([2, 6], [2, 0]), "biases"),
        (([2, 6], [8, 0]), "not the sums"),
        (([2, 6], [4, 4]), "both neurons get"),
    ],
    "error-patients": [
        ((dict.fromkeys("ABCDEFGH"),), "still None"),
        (("too low",), "a dict"),
        ((CAUSES | {"A": "slow"},), "none of"),
        ((CAUSES | {"B": "healthy"},), "never seen"),
        ((CAUSES | {"E": "stuck"},), "upper one"),
        ((CAUSES | {"G": "overfitting"},), "begin to rise"),
    ],
}
