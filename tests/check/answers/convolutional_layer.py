"""Answers to the exercises of *The convolutional layer*."""

import numpy as np


def conv2d(x, w, b, channels=None, turned=False):
    kh, kw = w.shape[2:]
    if turned:
        w = w[:, :, ::-1, ::-1]
    y = np.zeros((len(w), x.shape[1] - kh + 1, x.shape[2] - kw + 1))
    for m, n in np.ndindex(y.shape[1:]):
        window = x[:channels, m : m + kh, n : n + kw]
        y[:, m, n] = (w[:, :channels] * window).sum((1, 2, 3)) + b
    return y


def conv2d_square(x, w, b):
    k = w.shape[2]  # taken for both sides
    y = np.zeros((len(w), x.shape[1] - k + 1, x.shape[2] - k + 1))
    for m, n in np.ndindex(y.shape[1:]):
        y[:, m, n] = (w * x[:, m : m + k, n : n + k]).sum((1, 2, 3)) + b
    return y


def merge(w1, w2, turn=1):
    merged = np.zeros((len(w2), w1.shape[1], w1.shape[2] + w2.shape[2] - 1))
    for o, c in np.ndindex(merged.shape[:2]):
        for m in range(len(w1)):
            merged[o, c] += np.convolve(w1[m, c, ::turn], w2[o, m])
    return merged


def merge_einsum(w1, w2):
    k1, k2 = w1.shape[2], w2.shape[2]
    merged = np.zeros((len(w2), w1.shape[1], k1 + k2 - 1))
    for j in range(k2):
        merged[:, :, j : j + k1] += np.einsum("om,mck->ock", w2[:, :, j], w1)
    return merged


def backward(x, w, g, adds=True, turned=False):
    k = w.shape[2]
    dw, dx = np.zeros(w.shape), np.zeros(x.shape)
    for o, i in np.ndindex(g.shape):
        dw[o] += g[o, i] * x[:, i : i + k]
        add = g[o, i] * (w[o, :, ::-1] if turned else w[o])
        dx[:, i : i + k] = add + (dx[:, i : i + k] if adds else 0)
    return dw, dx


def strided(x, w, g, s, used=None, turned=False):
    dw, dx = np.zeros(len(w)), np.zeros(len(x))
    for i in range(len(g)):
        at = (used or s) * i
        dw += g[i] * x[at : at + len(w)]
        dx[s * i : s * i + len(w)] += g[i] * (w[::-1] if turned else w)
    return dw, dx


RIGHT = {
    "conv-pencil": ([0, 5, 6], [4, 5, 4]),
    "conv-image": (conv2d,),
    "conv-size": (96, 24, 100, 2, 16),
    "conv-cost": (12832, 2508800, 3232, 960),
    "conv-merge": (merge,),
    "conv-debug": (backward,),
    "conv-strided": (strided,),
}
ALSO_RIGHT = [
    ("conv-pencil", (np.array([0.0, 5, 6]), (4, 5, 4))),
    ("conv-merge", (merge_einsum,)),
    ("conv-strided", (lambda x, w, g, s: list(strided(x, w, g, s)),)),
]
WRONG = {
    "conv-pencil": [
        ((None, None), "still None"),
        (([-1, 4, 5], [4, 5, 4]), "the bias is missing"),
        (([1, 6, 7], [4, 5, 4]), "once for each output"),
        (([4, 5, 4], [0, 5, 6]), "the notes' formula"),
        (([[-1, 2, -1], [1, 3, 7]], [4, 5, 4]), "channels are summed"),
        (([0, 5, 6], [0, 5, 6]), "turn both kernels"),
        (([0, 5, 6], [3, 4, 3]), "the bias is missing"),
        (([0, 5, 6], [6, 5, 0]), "meets the later sample"),
    ],
    "conv-image": [
        ((lambda x, w, b: None,), "still None"),
        ((lambda x, w, b: conv2d(x, w, 0 * b),), "the bias is missing"),
        ((lambda x, w, b: conv2d(x, w, b, turned=True),), "does not turn"),
        ((lambda x, w, b: conv2d(x, w, len(x) * b),), "not for each channel"),
        ((lambda x, w, b: conv2d(x, w, b, channels=1),), "Sum over channels"),
        ((lambda x, w, b: conv2d(x, w, b)[:1],), "one channel for each filter"),
        ((conv2d_square,), "raised"),
    ],
    "conv-size": [
        ((None,) * 5, "still None"),
        ((95, 24, 100, 2, 16), "the window at 0 counts"),
        ((100, 24, 100, 2, 16), "no padding"),
        ((96, 23, 100, 2, 16), "the window at 0 counts"),
        ((96, 25, 100, 2, 16), "6 samples long"),
        ((96, 24.5, 100, 2, 16), "round down"),
        ((96, 24, 84, 2, 16), "the padding is missing"),
        ((96, 24, 92, 2, 16), "both sides"),
        ((96, 24, 100, 0, 16), "where does it end"),
        ((96, 24, 100, 2, 32), "half after it"),
        ((96, 24, 100, 2, 18), "eight gaps"),
        ((96, 24, 100, 2, 4), "dilation 1"),
    ],
    "conv-cost": [
        ((None,) * 4, "still None"),
        ((12800, 2508800, 3232, 960), "the biases are missing"),
        ((13312, 2508800, 3232, 960), "one bias"),
        ((832, 2508800, 3232, 960), "each of the 16 channels"),
        ((12832, 10035200, 3232, 960), "the stride is forgotten"),
        ((12832, 2515072, 3232, 960), "not multiplied"),
        ((12832, 1843200, 3232, 960), "the padding is forgotten"),
        ((12832, 2508800, 3208, 960), "still 32 filters"),
        ((12832, 2508800, 51232, 960), "4 of the 16"),
        ((12832, 2508800, 3232, 912), "the biases are missing"),
        ((12832, 2508800, 3232, 544), "depthwise layer is missing"),
        ((12832, 2508800, 3232, 1376), "as many channels out as in"),
    ],
    "conv-merge": [
        ((lambda w1, w2: None,), "still None"),
        ((lambda w1, w2: merge(w1, w2, turn=-1),), "should be"),
        ((lambda w1, w2: merge(w1, w2)[..., :-1],), "k1 + k2 - 1"),
        ((lambda w1, w2: merge(w1[:1], w2[:, :1]),), "channels in between"),
        ((lambda w1, w2: merge(w1, w2).transpose(1, 0, 2),), "should have shape"),
        ((lambda w1, w2: merge(w1, w2) if len(w1) == 1 else None,), "merge is still None"),
    ],
    "conv-debug": [
        ((lambda x, w, g: None,), "still None"),
        ((lambda x, w, g: backward(x, w, g)[1],), "Return two things"),
        ((lambda x, w, g: backward(x, w, g, adds=False),), "should be [ 3., -2., -1.]"),
        ((lambda x, w, g: (backward(x, w, g)[0], backward(x, w, g)[1][:1, 1:]),), "the shape of x"),
        ((lambda x, w, g: backward(x, w, g, turned=True),), "do not turn the kernel"),
        ((lambda x, w, g: (2 * backward(x, w, g)[0], backward(x, w, g)[1]),), "dw with 1 channel"),
    ],
    "conv-strided": [
        ((lambda x, w, g, s: (None, None),), "still None"),
        ((lambda x, w, g, s: None,), "Return two things"),
        ((lambda x, w, g, s: strided(x, w, g, s, used=1),), "from sample s i on"),
        ((lambda x, w, g, s: strided(x, w, g, s, turned=True),), "the kernel is turned"),
        ((lambda x, w, g, s: (strided(x, w, g, s)[0], np.convolve(g, w)),), "no window holds"),
    ],
}
