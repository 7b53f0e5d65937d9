"""Answers to the exercises of *Classifying images*."""

import numpy as np

from dlnotes.metrics import temperature


def log_softmax(z, stable=True, axis=1, log=True):
    s = z - z.max(axis, keepdims=True) if stable else z
    found = s - np.log(np.exp(s).sum(axis, keepdims=True))
    return found if log else np.exp(found)


def softmax(z):
    return log_softmax(z, log=False)


def log_of_softmax(z):
    """Subtracts the largest, but takes the logarithm of a probability that may be 0."""
    e = np.exp(z - z.max(1, keepdims=True))
    return np.log(e / e.sum(1, keepdims=True))


def one_largest(z):
    s = z - z.max()
    return s - np.log(np.exp(s).sum(1, keepdims=True))


def log_softmax_in_place(z):
    z -= z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def cooled(z, labels, new, find=1, use=1, power=-1):
    """find, use: how often softmax is applied, before that of the temperature and before that of the answer."""
    p, q = (softmax(z) if find == 2 else z), (softmax(new) if use == 2 else new)
    return softmax(q * temperature(p, labels) ** power)


def decide(p, costs):
    return (p @ costs).argmin(axis=1)


def decide_by_threshold(p, costs):
    return np.where(p.max(1) > 0.9, p.argmax(1), 2) if costs.shape == (2, 3) else p.argmax(1)


def shifts(image):
    at = np.argwhere(image)
    (top, left), (bottom, right) = at.min(0), at.max(0)
    return (image.shape[0] - 1 - top - bottom) // 2, (image.shape[1] - 1 - left - right) // 2


def centre(image, rows=True, columns=True):
    down, across = shifts(image)
    return np.roll(image, (down * rows, across * columns), (0, 1))


def centre_in_place(image):
    found = centre(image)
    image *= 0
    return found


RIGHT = {
    "classify-leak": (0.28,),
    "classify-scores": ([1, 4, 5], 2),
    "classify-losses": ([0.6, 0.3, 0.1], 1.204, 1.693, 4.605),
    "classify-stable": (log_softmax,),
    "classify-twice": (cooled,),
    "classify-calibration": (0.275, 2),
    "classify-permuted": (90, 88, 10),
    "classify-decide": (decide,),
    "classify-centre": (centre,),
}
ALSO_RIGHT = [
    ("classify-losses", (np.array([0.6, 0.3, 0.1]), -np.log(0.3), 1 + np.log(2), np.log(100))),
    ("classify-decide", (lambda p, costs: [min(range(costs.shape[1]), key=lambda k: row @ costs[:, k]) for row in p],)),
]
P, CE, HINGE, START = RIGHT["classify-losses"]
WRONG = {
    "classify-leak": [
        ((None,), "still None"),
        ((0.2,), "some of the others"),
        ((0.3,), "of 80 %"),
        ((1.0,), "never seen"),
        ((0.1,), "honest score"),
        ((28,), "percent"),
        ((0.5,), "All the copies are right"),
    ],
    "classify-scores": [
        ((None, None), "still None"),
        (([2, 4, 1], 2), "biases are missing"),
        (([3, 4, -3], 2), "not subtracted"),
        (([1, 4, 6], 2), "number by number"),
        (([[1, 4, 5]], 2), "shape (3,)"),
        (([1, 4, 5], 0), "lead grows"),
        (([1, 4, 5], 1), "lead stays"),
        (([1, 4, 5], 3), "shrinks faster"),
        (([1, 4, 5], 4), "pixel by pixel"),
    ],
    "classify-losses": [
        ((None, None, None, None), "still None"),
        (([0.5, 0.3, 0.2], CE, HINGE, START), "shares are those of 6, 3 and 1"),
        ((P, 0.511, HINGE, START), "the label is 1"),
        ((P, -1.204, HINGE, START), "minus the logarithm"),
        ((P, 0.523, HINGE, START), "natural"),
        ((P, 0.3, HINGE, START), "probability of the label"),
        ((P, CE, 2.693, START), "no rival"),
        ((P, CE, 0.693, START), "1 is added"),
        ((P, CE, 1.595, START), "not less"),
        ((P, CE, 5, START), "For each rival"),
        ((P, CE, HINGE, 2.303), "for ten classes"),
        ((P, CE, HINGE, 0.01), "probability of each class"),
        ((P, CE, HINGE, 1), "the same probability"),
    ],
    "classify-stable": [
        ((lambda z: None,), "still None"),
        ((lambda z: log_softmax(z, log=False),), "these are the probabilities"),
        ((lambda z: log_softmax(z, axis=0),), "an example is a row"),
        ((lambda z: log_softmax(z, stable=False),), "largest score first"),
        ((log_of_softmax,), "logarithm of the sum"),
        ((one_largest,), "its own largest"),
        ((log_softmax_in_place,), "left as it was"),
    ],
    "classify-twice": [
        ((lambda *_: None,), "still None"),
        ((lambda *a: cooled(*a, find=2, use=2),), "How many times"),
        ((lambda *a: cooled(*a, find=2),), "softmax inside"),
        ((lambda *a: cooled(*a, use=2),), "T is right"),
        ((lambda *a: cooled(*a, power=0),), "leaves the temperature out"),
        ((lambda *a: cooled(*a, power=1),), "divide by T"),
        ((lambda z, labels, new: new / temperature(z, labels),), "last step"),
        ((lambda z, labels, new: softmax(new / min(2, temperature(z, labels))),), "three times"),
    ],
    "classify-permuted": [
        ((None, None, None), "still None"),
        ((0.9, 88, 10), "four numbers"),
        ((10, 88, 10), "alike"),
        ((88, 88, 10), "same terms"),
        ((90, 94, 10), "scattered"),
        ((90, 90, 10), "does lose"),
        ((90, 10, 10), "still learns"),
        ((90, 50, 10), "but it still learns"),
        ((90, 88, 90), "elsewhere"),
        ((90, 88, 94), "not learned"),
    ],
    "classify-calibration": [
        ((None, None), "still None"),
        ((0.25, 2), "bin's share"),
        ((5.5, 2), "number of answers"),
        ((0.5, 2), "not added up"),
        ((27.5, 2), "percent"),
        ((0.3, 2), "In each bin"),
        ((0.275, 1), "changes nothing"),
        ((0.275, 0.5), "surer still"),
        ((0.275, 3), "closer together"),
    ],
    "classify-decide": [
        ((lambda p, costs: None,), "still None"),
        ((lambda p, costs: p.argmax(1),), "most probable"),
        ((lambda p, costs: (p @ costs).argmax(1),), "greatest"),
        ((lambda p, costs: p @ costs,), "one action for each"),
        ((lambda p, costs: (p @ costs).min(1),), "number of the action"),
        ((lambda p, costs: (p @ costs.T).argmin(1),), "as it stands"),
        ((lambda p, costs: p.argmax(1) if costs.shape == (2, 3) else decide(p, costs),), "worth the risk"),
        ((decide_by_threshold,), "cost differently"),
        ((lambda p, costs: decide(p, costs) if costs.shape == (2, 3) else (p @ costs.T).argmin(1),), "as it stands"),
    ],
    "classify-centre": [
        ((lambda image: None,), "still None"),
        ((lambda image: image.copy(),), "should be at row"),
        ((lambda image: centre(image, rows=False),), "their own shifts"),
        ((lambda image: centre(image, columns=False),), "their own shifts"),
        ((lambda image: centre(image)[:5, :5],), "keep its shape"),
        ((lambda image: np.roll(image, tuple(-k for k in shifts(image)), (0, 1)),), "the wrong way"),
        ((lambda image: np.roll(image, shifts(image)[::-1], (0, 1)),), "exchanged"),
        ((lambda image: 2 * centre(image),), "Some ink"),
        ((lambda image: centre(image)[::-1, ::-1],), "no longer the same"),
        ((centre_in_place,), "left as it was"),
    ],
}
