"""Answers to the exercises of *VGG*."""

import numpy as np

from dlnotes.check.vgg import composed


def memory(outputs, parameters, batch, per=4, size=4):
    at_once = max(a + b for a, b in zip(outputs, outputs[1:]))
    return size * (per * parameters + batch * sum(outputs)), size * (parameters + batch * at_once)


def use(what):
    return lambda outputs, parameters, batch: (memory(outputs, parameters, batch)[0], what(outputs, parameters, batch))


def he(shape, rng, inputs=lambda shape: np.prod(shape[1:]), gain=2):
    return rng.normal(0, np.sqrt(gain / inputs(shape)), size=shape)


COUNT = (7, 9248, 4160, 102500)
WINDOWS = (1800, 2500, 11, 18)
VARIANCE = (2.88, 23.04, 0.2304, 2 / 4608)

RIGHT = {
    "vgg-count": COUNT,
    "vgg-windows": WINDOWS,
    "vgg-compose": (composed,),
    "vgg-memory": (memory,),
    "vgg-variance": VARIANCE,
    "vgg-fan": (he,),
    "vgg-verdict": ("word", "holds", "rate"),
}
ALSO_RIGHT = [
    ("vgg-variance", (2.9, 23, 0.23, 0.00043)),
    ("vgg-verdict", ("Word", "holds ", "rate")),
]
WRONG = {
    "vgg-count": [
        ((None, None, None, None), "still None"),
        ((10, *COUNT[1:]), "a pool has no weights"),
        ((5, *COUNT[1:]), "dense layers"),
        ((7, 9216, *COUNT[2:]), "a bias"),
        ((7, 9248, 64 * 577, 102500), "one place"),
        ((*COUNT[:3], 102400), "a bias"),
        ((*COUNT[:3], 100 * 4097), "three times"),
    ],
    "vgg-windows": [
        ((None, None, None, None), "still None"),
        ((180, *WINDOWS[1:]), "sees all ten"),
        ((1820, *WINDOWS[1:]), "not asked for"),
        ((1800, 250, 11, 18), "sees all ten"),
        ((1800, 2500, 15, 18), "overlap"),
        ((*WINDOWS[:3], 12), "two pixels"),
        ((*WINDOWS[:3], 17), "the pool itself"),
    ],
    "vgg-compose": [
        ((lambda kernels: None,), "still None"),
        ((lambda kernels: kernels[-1],), "should see 5 x 5"),
        ((lambda kernels: sum(kernels[1:], kernels[0]) if len(kernels) == 1 else np.ones((5, 5)),), "image of ones"),
        ((lambda kernels: composed(kernels)[::-1, ::-1],), "turned round"),
        ((lambda kernels: composed(kernels).T[::-1],), "should be"),
    ],
    "vgg-memory": [
        ((lambda outputs, parameters, batch: None,), "two numbers"),
        ((lambda o, p, b: memory(o, p, b, size=1),), "four bytes"),
        ((lambda o, p, b: memory(o, p, b, per=3),), "two running means"),
        ((lambda o, p, b: memory(o, p, b, per=1),), "more than the weights"),
        ((lambda o, p, b: (4 * (4 * p + sum(o)), memory(o, p, b)[1]),), "its own outputs"),
        ((use(lambda o, p, b: 4 * (p + b * max(o))),), "while its output is made"),
        ((use(lambda o, p, b: 4 * (p + b * sum(o))),), "can be dropped"),
    ],
    "vgg-variance": [
        ((None, None, None, None), "still None"),
        ((5.76, *VARIANCE[1:]), "keeps half"),
        ((0.32, *VARIANCE[1:]), "nine inputs"),
        ((2.88, 46.08, *VARIANCE[2:]), "keeps half"),
        ((2.88, 23.04, 23.04, VARIANCE[3]), "is the square"),
        ((*VARIANCE[:3], 1 / 4608), "keeps half"),
        ((*VARIANCE[:3], 2 / 512), "nine inputs"),
        ((*VARIANCE[:3], None), "still None"),
    ],
    "vgg-fan": [
        ((lambda shape, rng: None,), "still None"),
        ((lambda shape, rng: he(shape, rng, lambda s: s[1]),), "how many inputs"),
        ((lambda shape, rng: he(shape, rng, lambda s: s[0] * np.prod(s[2:])),), "divides by the outputs"),
        ((lambda shape, rng: he(shape, rng, gain=1),), "how many inputs"),
        ((lambda shape, rng: he(shape, rng)[0],), "should have this shape"),
        ((lambda shape, rng: rng.uniform(0, np.sqrt(24 / np.prod(shape[1:])), shape),), "the mean 0"),
    ],
    "vgg-verdict": [
        ((None, None, None), "still None"),
        (("word", "holds", "word"), "for whom"),
        (("holds", "holds", "rate"), "training data"),
        (("word", "maybe", "rate"), "should be"),
        (("word", "rate", "rate"), "ten seeds"),
    ],
}
