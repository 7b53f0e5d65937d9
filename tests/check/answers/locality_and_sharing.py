"""Answers to the exercises of *Locality, stationarity, sharing*."""

import numpy as np

import dlnotes.numpy as dn


def hidden(side, maps, k, scores=10, pool=2, last=1, up=0):
    out = side - k + 1
    return (maps * out**2 * k**2 + 10 * last * maps * ((out + up) // pool) ** 2) // (side**2 + scores)


def field(layers, less=1, dilated=True, own=False, turned=False):
    size = jump = 1
    for k, s, d in layers:
        jump *= s if own else 1
        size += (d if dilated else 1) * (k - less) * jump
        jump *= 1 if own else s
    return (jump, size) if turned else (size, jump)


def one_apart(layers):
    return 1 + sum(d * (k - 1) for k, _, d in layers), int(np.prod([s for _, s, _ in layers]))


def follows(f, x, shift, stride, by=lambda shift, stride: shift // stride):
    first = f(dn.tensor(np.roll(x, shift, axis=-1))).data
    return np.allclose(first, np.roll(f(dn.tensor(x)).data, by(shift, stride), axis=-1), atol=1e-5)


def as_it_was(f, x, shift, stride):
    return follows(f, x, shift, stride, lambda shift, stride: shift)


def too_far(f, x, shift, stride):
    """Moves the images by shift * stride pixels, and the maps by shift."""
    first = f(dn.tensor(np.roll(x, shift * stride, axis=-1))).data
    return np.allclose(first, np.roll(f(dn.tensor(x)).data, shift, axis=-1), atol=1e-5)


def best_of_all(f, x, shift, stride):
    """Looks for a shift that fits."""
    return any(follows(f, x, shift, stride, lambda *_, n=n: n) for n in range(4))


def in_place(f, x, shift, stride):
    answer = follows(f, x, shift, stride)
    x[:] = np.roll(x, shift, axis=-1)
    return answer


PLACES = 16 * 28**2
COUNTS = (PLACES * 3072, PLACES * 75, 1200, PLACES * 75)

RIGHT = {
    "local-alike": (0.6, 0, -1),
    "local-count": COUNTS,
    "local-fair": (hidden,),
    "local-field": (field,),
    "local-paths": ([1, 3, 6, 7, 6, 3, 1], 19 / 27),
    "local-shift": (follows,),
    "local-place": ("yes", "no", "yes", "no"),
}

ALSO_RIGHT = [
    ("local-alike", (3 / 5, 0.0, -1.0)),
    ("local-field", (lambda layers: list(field(layers)),)),
    ("local-paths", (np.array([1, 3, 6, 7, 6, 3, 1]), 0.7037)),
]

WRONG = {
    "local-alike": [
        ((None, 0, -1), "still None"),
        ((2.4, 0, -4), "mean of the squares"),
        ((0.5, 0, -1), "five pairs"),
        ((0.8, 0, -1), "subtract the mean"),
        ((0.6, 0.5, -1), "subtract the mean"),
        ((0.6, 0, 1), "sign"),
        ((0.6, 0, -0.5), "three pairs"),
        ((0.7, 0, -1), "deviations"),
    ],
    "local-count": [
        ((None,) * 4, "still None"),
        ((16 * 3072, *COUNTS[1:]), "neuron of its own"),
        ((PLACES * 1024, *COUNTS[1:]), "colours"),
        ((COUNTS[0], 16 * 1024 * 75, *COUNTS[2:]), "28 x 28"),
        ((*COUNTS[:2], 400, COUNTS[3]), "colours"),
        ((*COUNTS[:2], 1216, COUNTS[3]), "biases"),
        ((*COUNTS[:3], 1200), "saves no multiplications"),
        ((*COUNTS[:3], 5), "should be"),
    ],
    "local-fair": [
        ((lambda side, maps, k: None,), "still None"),
        ((lambda *a: hidden(*a, scores=0),), "ten scores"),
        ((lambda *a: hidden(*a, last=0),), "behind the pool"),
        ((lambda *a: hidden(*a, pool=1),), "quarter"),
        ((lambda *a: hidden(*a, up=1),), "rounds down"),
        ((lambda *a: hidden(*a) + 1,), "should be"),
    ],
    "local-field": [
        ((lambda layers: None,), "still None"),
        ((lambda layers: field(layers, less=0),), "k - 1"),
        ((lambda layers: field(layers, dilated=False),), "dilation"),
        ((lambda layers: field(layers, own=True),), "layer before"),
        ((one_apart,), "not a pixel"),
        ((lambda layers: field(layers, turned=True),), "first the size"),
        ((lambda layers: (field(layers)[0], int(np.prod([s * d for _, s, d in layers]))),), "strides alone"),
    ],
    "local-paths": [
        ((None, None), "still None"),
        (([1, 2, 3, 4, 3, 2, 1], 0.6), "add up"),
        (([1] * 7, 3 / 7), "numbers of paths"),
        (([1, 3, 6, 7, 6, 3, 1], 7 / 27), "alone"),
        (([1, 3, 6, 7, 6, 3, 1], 3 / 7), "alike"),
        (([1, 3, 6, 7, 6, 3, 1], 0.5), "should be"),
    ],
    "local-shift": [
        ((lambda f, x, shift, stride: None,), "None"),
        ((as_it_was,), "stride 2"),
        ((lambda f, x, shift, stride: True,), "does not move along"),
        ((too_far,), "that reach f"),
        ((best_of_all,), "do you use the stride"),
        ((in_place,), "changed x"),
    ],
    "local-place": [
        ((None,) * 4, "still None"),
        (("no", "no", "yes", "no"), "one cross"),
        (("yes", "yes", "yes", "no"), "move the cross"),
        (("yes", "no", "no", "no"), "adds the same"),
        (("yes", "no", "yes", "yes"), "of the pair"),
        (("yes", "no", "yes", 1), "should be"),
    ],
}
