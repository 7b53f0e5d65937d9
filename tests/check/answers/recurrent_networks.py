"""Answers to the exercises of *Recurrent networks*."""

import math

import numpy as np


def each_alone(gradients, limit):
    return [g * min(1, limit / max(np.linalg.norm(g), 1e-12)) for g in gradients]


def clip(gradients, limit, always=False, square=False):
    norm = sum((np.asarray(g) ** 2).sum() for g in gradients)
    norm = norm if square else norm**0.5
    factor = limit / norm if always else min(1, limit / max(norm, 1e-12))
    return [g * factor for g in gradients]


def as_the_libraries(gradients, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    return tuple(g * min(1, limit / (norm + 1e-6)) for g in gradients)


def in_place(gradients, limit):
    norm = sum((g**2).sum() for g in gradients) ** 0.5
    for g in gradients:
        g *= min(1, limit / norm) if norm else 1
    return gradients


def bare(gradients, limit):
    norm = math.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1, limit / norm) for g in gradients]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gru(x, h, W, U, b, b2, flip=False, order=(0, 1, 2), reset=True, early=False, second=True, outside=False):
    sx, sh = np.split(x @ W.T + b, 3, axis=1), np.split(h @ U.T + second * b2, 3, axis=1)
    r, z = (sigmoid(sx[k] + sh[k]) for k in order[:2])
    k, H = order[2], h.shape[1]
    past = (r if reset else 1) * sh[k]
    if early:
        past = (r * h) @ U[k * H : (k + 1) * H].T + b2[k * H : (k + 1) * H]
    if outside:
        past = r * (h @ U[k * H : (k + 1) * H].T) + b2[k * H : (k + 1) * H]
    n = np.tanh(sx[k] + past)
    return z * n + (1 - z) * h if flip else (1 - z) * n + z * h


def temper(p, temperature):
    q = p ** (1 / temperature)
    return q / q.sum()


def by_logarithms(p, temperature):
    scores = np.log(p) / temperature
    q = np.exp(scores - scores.max())
    return (q / q.sum()).tolist()


RIGHT = {
    "rnn-pencil": (13, -52, -48, -24),
    "rnn-count": (640, 2560, 1920, 0),
    "rnn-radius": (8, 2, 16, "fades", "cannot say"),
    "rnn-clip": (clip,),
    "rnn-lstm": (1, 0, 0.5, "f"),
    "rnn-gru": (gru,),
    "rnn-forget": (0.5**30, 3.75, "negate"),
    "rnn-mix": (1 / 3, 0.25, "not better"),
    "rnn-temper": (temper,),
}

ALSO_RIGHT = [
    ("rnn-pencil", (13.0, -52.0, np.array(-48), -24)),
    ("rnn-radius", (8.0, 2.0, 16.0, "Fades", "cannot say ")),
    ("rnn-clip", (as_the_libraries,)),
    ("rnn-lstm", (1.0, 0.0, np.float64(0.5), " F")),
    ("rnn-mix", (0.333, 1 / 4, "Not better")),
    ("rnn-gru", (lambda *args: gru(*args).tolist(),)),
    ("rnn-forget", (9.3e-10, 3.8, "Negate")),
    ("rnn-temper", (by_logarithms,)),
]

WRONG = {
    "rnn-pencil": [
        ((None,) * 4, "still None"),
        ((6, -52, -48, -24), "one more step"),
        ((1, -52, -48, -24), "every step"),
        ((13, 20, -48, -24), "last step alone"),
        ((13, 52, -48, -24), "above or below"),
        ((13, -52, -24, -24), "last step alone"),
        ((13, -52, -196, -24), "state before"),
        ((13, -52, -48, -48), "whole slope"),
        ((13, -52, -48, 0), "still 6"),
        ((13, -52, -48, 3), "which of the terms"),
    ],
    "rnn-count": [
        ((None,) * 4, "still None"),
        ((620, 2560, 1920, 0), "beside U"),
        ((600, 2560, 1920, 0), "biases"),
        ((640, 1920, 1920, 0), "three gates"),
        ((640, 2560, 1280, 0), "two gates"),
        ((640, 2560, 1920, 640), "only one step"),
    ],
    "rnn-radius": [
        ((None,) * 5, "still None"),
        ((2, 2, 16, "fades", "cannot say"), "stretched most"),
        ((8, 4, 16, "fades", "cannot say"), "two steps"),
        ((8, 2, 4096, "fades", "cannot say"), "each step"),
        ((8, 2, 16, None, "cannot say"), "still None"),
        ((8, 2, 16, "bursts", "cannot say"), "at most"),
        ((8, 2, 16, "fades", "bursts"), "saturated"),
        ((8, 2, 16, "fades", "explodes"), "one of"),
    ],
    "rnn-clip": [
        ((lambda gradients, limit: None,), "None"),
        ((each_alone,), "direction"),
        ((lambda gradients, limit: clip(gradients, limit, always=True),), "short enough"),
        ((lambda gradients, limit: clip(gradients, limit, square=True),), "joint norm"),
        ((lambda gradients, limit: gradients,), "joint norm"),
        ((in_place,), "changed"),
        ((bare,), "norm 0"),
        ((lambda gradients, limit: [np.clip(g, -limit, limit) for g in gradients],), "direction"),
    ],
    "rnn-lstm": [
        ((None,) * 4, "still None"),
        ((3, 0, 0.5, "f"), "halves"),
        ((1, 1, 0.5, "f"), "shut"),
        ((1, 0, 1, "f"), "along n"),
        ((1, 0, 2, "f"), "grows by 1"),
        ((1, 0, 0.5, "i"), "all of the old"),
        ((1, 0, 0.5, "c"), "one of"),
    ],
    "rnn-mix": [
        ((None,) * 3, "still None"),
        ((3 / 8, 0.25, "not better"), "count alone"),
        ((0.5, 0.25, "not better"), "below"),
        ((1 / 3, 0, "not better"), "shorter order"),
        ((1 / 3, 0.25, "better"), "lower"),
        ((1 / 3, 0.25, "worse"), "one of"),
    ],
    "rnn-gru": [
        ((lambda *args: None,), "None"),
        ((lambda *args: gru(*args, flip=True),), "keeps"),
        ((lambda *args: gru(*args, order=(1, 0, 2)),), "order"),
        ((lambda *args: gru(*args, reset=False),), "reset"),
        ((lambda *args: gru(*args, early=True),), "not h"),
        ((lambda *args: gru(*args, second=False),), "left out"),
        ((lambda *args: gru(*args, outside=True),), "so b2, too"),
        ((lambda x, h, *rest: h,), "one by one"),
    ],
    "rnn-forget": [
        ((None, None, None), "still None"),
        ((0, 3.75, "negate"), "not 0"),
        ((0.5, 3.75, "negate"), "30 steps"),
        ((1e-9, 3.75, "negate"), "two digits"),
        ((0.5**30, None, "negate"), "still None"),
        ((0.5**30, 0.977, "negate"), "the gate"),
        ((0.5**30, -3.75, "negate"), "sign"),
        ((0.5**30, 1, "negate"), "which f"),
        ((0.5**30, 3.75, "subtract"), "compare"),
        ((0.5**30, 3.75, "swap"), "one of"),
    ],
    "rnn-temper": [
        ((lambda p, temperature: None,), "None"),
        ((lambda p, temperature: p / temperature / (p / temperature).sum(),), "went in"),
        ((lambda p, temperature: p ** (1 / temperature),), "sum to 1"),
        ((lambda p, temperature: np.exp(p / temperature) / np.exp(p / temperature).sum(),), "logarithms"),
        ((lambda p, temperature: temper(p, 1 / temperature),), "more alike"),
        ((lambda p, temperature: temper(p + 1e-13, temperature),), "exactly"),
    ],
}
