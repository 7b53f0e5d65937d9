"""Answers to the exercises of *Normalisation*."""

import numpy as np

import dlnotes.numpy as dn


def rms(x, g, mean=False, total=False):
    s = np.sqrt((x**2).mean(1, keepdims=True))
    z = x / s
    along = z * ((g * z).sum(1, keepdims=True) if total else (g * z).mean(1, keepdims=True))
    return (g - along - (g.mean(1, keepdims=True) if mean else 0)) / s


def score(model, images, labels, call=True, back=True, size=50, mean=False):
    mode = model.training
    if call:
        model.eval()
    right = []
    for first in range(0, len(images), size):
        answers = model(dn.tensor(images[first : first + size])).data.argmax(1)
        right.append((answers == labels[first : first + size]).mean() if mean else answers == labels[first:][:size])
    if back:
        model.train(mode)
    return np.mean(right) if mean else np.concatenate(right).mean()


def score_copied_in_training(model, images, labels):
    state = {name: np.array(value) for name, value in model.state_dict().items()}
    got = score(model, images, labels, call=False)
    if model.training:
        model.load_state_dict(state)
    return got


def fold(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale[:, None] * W, scale * (b - mean) + beta


PENCIL = ([-1, -1, -1, -1, 9], -2.5, 5, [7.5, -2.5, -2.5, -2.5, 0])
CHOOSE = ([[1, -1], [-1, 1]], [[-1, 1], [-1, 1]], [[0, 0], [0, 0]], "group")

RIGHT = {
    "norm-pencil": PENCIL,
    "norm-rms": (rms,),
    "norm-count": ([6, 48, 24, 8], [200, 25, 50, 150]),
    "norm-scale": (5, 0.4, 100, 0.4),
    "norm-running": (1.5, 5.0625),
    "norm-mode": (score,),
    "norm-fold": (fold,),
    "norm-choose": CHOOSE,
}
ALSO_RIGHT = [
    ("norm-pencil", (np.array(PENCIL[0]), *PENCIL[1:])),
    ("norm-running", (1.5, 5.06)),
    ("norm-mode", (lambda m, x, y: score(m, x, y, size=7),)),
    ("norm-choose", (*CHOOSE[:3], "Group ")),
    ("norm-fold", (lambda *a: list(fold(*a)),)),
]
WRONG = {
    "norm-pencil": [
        ((None, None, None, None), "still None"),
        (([-0.5, -0.5, -0.5, -0.5, 2], *PENCIL[1:]), "multiply by gamma"),
        (([-2, -2, -2, -2, 8], *PENCIL[1:]), "add beta"),
        ((PENCIL[0], 5, *PENCIL[2:]), "normalised"),
        ((*PENCIL[:2], 1, PENCIL[3]), "do not average"),
        ((*PENCIL[:3], [10, 0, 0, 0, 0]), "two parts"),
        ((*PENCIL[:3], [8, -2, -2, -2, -2]), "along the normalised"),
        ((*PENCIL[:3], [3.75, -1.25, -1.25, -1.25, 0]), "gamma / s"),
        ((*PENCIL[:3], [1, 2, 3, 4, 5]), "sum to 0"),
    ],
    "norm-rms": [
        ((lambda x, g: None,), "still None"),
        ((lambda x, g: g / np.sqrt((x**2).mean(1, keepdims=True)),), "changes with x"),
        ((lambda x, g: rms(x, g, mean=True),), "no mean was subtracted"),
        ((lambda x, g: rms(x, g, total=True),), "number of columns"),
        ((lambda x, g: rms(x.T, g.T).T,), "along rows"),
        ((lambda x, g: 2 * rms(x, g),), "central difference"),
    ],
    "norm-count": [
        ((None, None), "still None"),
        (([8, 48, 24, 8], [200, 25, 50, 150]), "each channel"),
        (([6, 6, 24, 8], [200, 25, 50, 150]), "channel of each image"),
        (([6, 48, 3, 8], [200, 25, 50, 150]), "three for each image"),
        (([6, 48, 16, 8], [200, 25, 50, 150]), "three groups of two"),
        (([6, 48, 24, 6], [200, 25, 50, 150]), "each image"),
        (([6, 48, 24, 8], [8, 25, 50, 150]), "1,200"),
    ],
    "norm-scale": [
        ((None, None, None, None), "still None"),
        ((7, 0.4, 100, 0.4), "Pythagoras"),
        ((5, 40, 100, 0.4), "steeper or flatter"),
        ((5, 0.4, 10, 0.4), "smaller as well"),
        ((5, 0.4, 100, 0.6), "how much was taken"),
        ((5, 0.4, 100, 0.2), "perpendicular"),
    ],
    "norm-running": [
        ((None, None), "still None"),
        ((3.25, 5.0625), "share of the new"),
        ((1.5, 0.75 * 1.75 + 0.25 * 9), "n - 1"),
        ((1.5, 0.25 * 6.25 + 9), "share of the new"),
        ((1.5, 4.5), "starts at 1"),
        ((1.5, 7), "sum of squares over n - 1"),
    ],
    "norm-mode": [
        ((lambda m, x, y: None,), "gives None"),
        ((lambda m, x, y: score(m, x, y, call=False),), "should be"),
        ((lambda m, x, y: (score(m, x, y), m(dn.tensor(x)))[0],), "moved the running mean"),
        ((score_copied_in_training,), "should be"),
        ((lambda m, x, y: score(m, x, y, back=False),), "the mode that you found"),
        ((lambda m, x, y: score(m, x, y, size=50, mean=True) / 2,), "Each counts once"),
    ],
    "norm-fold": [
        ((lambda *a: None,), "gives None"),
        ((lambda W, b, *a: (W.T, b),), "shapes should be"),
        ((lambda W, b, g, be, m, v, e: fold(W, b, g, be, m, v, 0.0),), "epsilon"),
        ((lambda W, b, g, be, m, v, e: (g[:, None] * W, b),), "standard deviation"),
        ((lambda W, b, g, be, m, v, e: (fold(W, b, g, be, m, v, e)[0], g / np.sqrt(v + e) * b + be),), "subtracted"),
        ((lambda W, b, g, be, m, v, e: (fold(W, b, g, be, m, v, e)[0], b),), "for x = 0"),
    ],
    "norm-choose": [
        ((None, None, None, None), "still None"),
        ((CHOOSE[1], *CHOOSE[1:]), "down a column"),
        ((CHOOSE[0], CHOOSE[0], *CHOOSE[2:]), "along a row"),
        ((*CHOOSE[:2], [[-1, 1], [-1, 1]], "group"), "one pixel"),
        ((*CHOOSE[:3], None), "still None"),
        ((*CHOOSE[:3], "none"), "should be"),
        ((*CHOOSE[:3], "batch"), "its mate"),
        ((*CHOOSE[:3], "instance"), "how bright"),
    ],
}
