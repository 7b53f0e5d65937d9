"""Answers to the exercises of *Activation functions*."""

import numpy as np


def log_sigmoid(z):
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))


def naive(z):
    return np.log(1 / (1 + np.exp(-z)))


def without_log1p(z):
    return np.minimum(z, 0) - np.log(1 + np.exp(-np.abs(z)))


def as_sigmoid(W, b, centred=True, inner=2, last=2):
    V, c = [inner * W[0]], [inner * b[0]]
    if len(W) == 1:
        return W, b
    for j in range(1, len(W)):
        scale = 1 if j == len(W) - 1 else inner
        V.append(scale * last * W[j])
        c.append(scale * (b[j] - W[j].sum(1) * centred))
    return V, c


def in_place(W, b):
    V, c = as_sigmoid([w.copy() for w in W], b)
    W[0] *= 2
    return V, c


def faded(k, m, rng):
    return rng.normal(size=(m, k)) / k


def start(k, m, rng):
    return rng.normal(size=(m, k)) / k**0.5


def xavier(k, m, rng):
    return rng.normal(size=(m, k)) * (2 / (k + m)) ** 0.5


def spreads(x, W, behind=True, axis=0):
    found = []
    for weights in W:
        z = x @ weights.T
        x = np.tanh(z)
        found.append((x if behind else z).std(axis).mean())
    return found


def dead_share(batches, W, b):
    return (np.concatenate(batches) @ W.T + b <= 0).all(0).mean()


def by_batch(batches, W, b):
    return [(x @ W.T + b <= 0).all(0) for x in batches]


def places_changed(W, b):
    """The neurons of the first hidden layer, if there is one, in the opposite order."""
    V, c = map(list, as_sigmoid(W, b))
    if len(V) > 1:
        V[:2], c[0] = (V[0][::-1], V[1][:, ::-1]), c[0][::-1]
    return V, c


MOMENTS = (1, 2.5, 1.5, 1.6)
RIGHT = {
    "activation-collapse": ([[3, 5]], [3], [1, -2, 1]),
    "activation-bounds": (1, 2.5, False),
    "activation-stable": (log_sigmoid,),
    "activation-twin": (as_sigmoid,),
    "activation-zigzag": (4, 1, 0.4, 0.6),
    "activation-moments": MOMENTS,
    "activation-symmetry": (384, 24, 1, 1 / 3),
    "activation-fade": (start, spreads),
    "activation-dead": (dead_share,),
    "activation-diagnose": ("start", "rate", "nothing", "activation"),
}
ALSO_RIGHT = [
    ("activation-collapse", (((3, 5),), (3,), (1, -2, 1))),
    ("activation-bounds", (1.0, 5 / 2, np.False_)),
    ("activation-stable", (lambda z: -np.logaddexp(0, -z),)),
    ("activation-twin", (lambda W, b: tuple(map(tuple, as_sigmoid(W, b))),)),
    ("activation-twin", (places_changed,)),
    ("activation-zigzag", (4, 1, 2 / 5, 3 / 5)),
    ("activation-symmetry", (384, 24, 1, 0.333)),
    ("activation-fade", (xavier, lambda x, W: tuple(spreads(x, W)))),
    ("activation-dead", (lambda batches, W, b: np.all(by_batch(batches, W, b), 0).mean(),)),
    ("activation-diagnose", ("Start ", "rate", "Nothing", "activation")),
]
WRONG = {
    "activation-collapse": [
        ((None, None, None), "still None"),
        (([[1, 2]], [3], [1, -2, 1]), "other order"),
        (([[3, 5]], [4], [1, -2, 1]), "pass through"),
        (([[3, 5]], [-1], [1, -2, 1]), "of its own"),
        (([[3, 5]], [3], [1, -1, 0]), "behind x = 1"),
        (([[3, 5]], [3], [1, -2, 0]), "flat again"),
        (([[3, 5]], [3], [2, -2, 1]), "by how much"),
    ],
    "activation-bounds": [
        ((None,) * 3, "still None"),
        ((1 / 4, 2.5, False), "inner 4"),
        ((1, 5, False), "inner 1/2"),
        ((1, 2.5, None), "still None"),
        ((1, 2.5, "yes"), "True or False"),
        ((1, 2.5, True), "how close"),
    ],
    "activation-stable": [
        ((lambda z: None,), "still None"),
        ((naive,), "which exp"),
        ((without_log1p,), "log1p"),
        ((lambda z: -log_sigmoid(z),), "should be"),
        ((lambda z: np.log(np.maximum(1 / (1 + np.exp(-z)), 1e-9)),), "log_sigmoid"),
    ],
    "activation-twin": [
        ((lambda W, b: None,), "still None"),
        ((lambda W, b: (W, b),), "how large is z inside"),
        ((lambda W, b: as_sigmoid(W, b, centred=False),), "by a constant"),
        ((lambda W, b: as_sigmoid(W, b, last=1),), "not s"),
        ((in_place,), "changed the weights"),
        ((lambda W, b: ([2 * w for w in W], b),), "how large is z inside"),
        ((lambda W, b: [as_sigmoid(W, b)],), "two lists"),
    ],
    "activation-zigzag": [
        ((None,) * 4, "still None"),
        ((2, 1, 0.4, 0.6), "by their number"),
        ((3, 1, 0.4, 0.6), "add the variance"),
        ((4, 2, 0.4, 0.6), "squared distance"),
        ((4, 1, 0.5, 0.6), "edge of divergence"),
        ((4, 1, 0.4, 0.36), "its square"),
    ],
    "activation-moments": [
        ((None,) * 4, "still None"),
        ((2, *MOMENTS[1:]), "zeros count"),
        ((1, 5, 1.5, 1.6), "become 0"),
        ((1, 2.5, 2.5, 1.6), "square of the mean"),
        ((1, 2.5, 1.5, 2), "leaky one"),
        ((1, 2.5, 1.5, 0.625), "undo"),
    ],
    "activation-symmetry": [
        ((None,) * 4, "still None"),
        ((24, 24, 1, 1 / 3), "signs"),
        ((384, 384, 1, 1 / 3), "not -ReLU"),
        ((384, 24, 3, 1 / 3), "undoes"),
        ((384, 24, 1, 3), "the other way round"),
    ],
    "activation-fade": [
        ((faded, lambda x, W: None), "still None"),
        ((faded, spreads), "fades"),
        ((start, lambda x, W: spreads(x, W, behind=False)), "behind the tanh"),
        ((start, lambda x, W: spreads(x, W, axis=1)), "between the rows"),
        ((lambda k, m, rng: rng.normal(size=(m, k)), spreads), "saturate"),
        ((lambda k, m, rng: 0.1 * rng.normal(size=(m, k)), spreads), "fades"),
        ((lambda k, m, rng: start(k, m, rng).T, spreads), "the shape"),
    ],
    "activation-dead": [
        ((lambda batches, W, b: None,), "is None"),
        ((lambda batches, W, b: np.mean([share.mean() for share in by_batch(batches, W, b)]),), "may be on in another"),
        ((lambda batches, W, b: min(share.mean() for share in by_batch(batches, W, b)),), "may be on in another"),
        ((lambda batches, W, b: (np.concatenate(batches) @ W.T + b <= 0).mean(),), "of its own are 0"),
        ((lambda batches, W, b: np.any(by_batch(batches, W, b), 0).mean(),), "need not be dead"),
        ((lambda batches, W, b: (np.concatenate(batches) @ W.T + b < 0).all(0).mean(),), "exactly 0"),
        ((lambda batches, W, b: np.all(by_batch(batches, W, b), 0).sum(),), "how many there are"),
    ],
    "activation-diagnose": [
        ((None,) * 4, "still None"),
        (("glorot", "rate", "nothing", "activation"), "should be"),
        (("rate", "rate", "nothing", "activation"), "first step"),
        (("start", "activation", "nothing", "activation"), "alive before"),
        (("start", "rate", "activation", "activation"), "spread of the seeds"),
        (("start", "rate", "nothing", "start"), "linear layers"),
    ],
}
