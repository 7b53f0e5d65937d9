"""Answers to the exercises of *A trained network at work*."""

import numpy as np


def prepared(photos):
    return ((photos.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2)


def honest(validation, test):
    fair = test[np.arange(len(test)), validation.argmax(1)]
    return fair, test.max(1).mean() - fair.mean()


def picked(choose):
    """The answer whose first part chooses otherwise."""
    return lambda validation, test: (choose(validation, test), honest(validation, test)[1])


BLOCK = (8208, 8208 * 3136, 10512, 16_369_920)
RIGHT = {
    "trained-uint8": (prepared,),
    "trained-contrast": (-127 / 128, 1, 255 / 128, "no"),
    "trained-block": BLOCK,
    "trained-map": (3, [[5, 7], [-1, 1]], 0.5),
    "trained-ridge": (10 / 6, 1, 14),
    "trained-honest": (honest,),
}
ALSO_RIGHT = [
    ("trained-uint8", (lambda photos: (np.moveaxis(photos, -1, 1) - 127.0) / 128,)),
    ("trained-contrast", (-0.99, 1.0, 2, "No")),
    ("trained-ridge", (1.67, 1.0, 14.0)),
    ("trained-honest", (lambda v, t: list(honest(v, t)),)),
]
WRONG = {
    "trained-uint8": [
        ((lambda photos: None,), "None"),
        ((lambda photos: (photos - 127) / 128,), "(2, 3, 3, 4)"),
        ((lambda photos: ((photos - 127) / 128).transpose(0, 3, 1, 2),), "and why"),
        ((lambda photos: ((photos.astype(float) - 127) / 128).reshape(2, 3, 3, 4),), "mixed up"),
        ((lambda photos: (photos.astype(float) / 255).transpose(0, 3, 1, 2),), "first pixel"),
    ],
    "trained-contrast": [
        ((0, 1, 255 / 128, "no"), "expects"),
        ((-127 / 128, 255, 255 / 128, "no"), "255"),
        ((-127 / 128, 1, 128 / 255, "no"), "turn it round"),
        ((-127 / 128, 1, 2.19, "no"), "deviation"),
        ((-127 / 128, 1, 2, None), "yes"),
        ((-127 / 128, 1, 2, "yes"), "35 squares"),
    ],
    "trained-block": [
        ((2 * 24 * 144 + 144 * 144 * 9, *BLOCK[1:]), "one channel"),
        ((6912, *BLOCK[1:]), "windows"),
        ((8208, 8208 * 784, *BLOCK[2:]), "56 x 56"),
        ((*BLOCK[:2], 8208, BLOCK[3]), "40 channels"),
        ((*BLOCK[:3], 10512 * 784), "first layer"),
        ((*BLOCK[:3], 10512 * 3136), "28 x 28"),
        ((*BLOCK[:3], 4752 * 3136 + 5760 * 784), "moves by 2"),
    ],
    "trained-map": [
        ((4, [[5, 7], [-1, 1]], 0.5), "bias"),
        ((15, [[5, 7], [-1, 1]], 0.5), "average"),
        ((3, [[6, 8], [0, 2]], 0.5), "each place"),
        ((3, [[5, 7], [-1, 1]], 2), "divides"),
        ((3, [[5, 7], [-1, 1]], 0), "slope can be"),
    ],
    "trained-ridge": [
        ((1.5, 1, 14), "squares"),
        ((10 / 6, 2.5, 14), "added"),
        ((10 / 6, 1, 20), "denominator"),
    ],
    "trained-honest": [
        ((lambda v, t: None,), "two things"),
        ((lambda v, t: (None, None),), "None"),
        ((picked(lambda v, t: t.max(1)),), "used to choose"),
        ((picked(lambda v, t: v.max(1)),), "report the test's"),
        ((picked(lambda v, t: t[:, v.mean(0).argmax()]),), "not one option"),
        ((picked(lambda v, t: t[np.arange(len(t)), t.shape[1] - 1 - v[:, ::-1].argmax(1)]),), "take the first"),
        ((picked(lambda v, t: t.max()),), "6 numbers"),
        ((lambda v, t: (honest(v, t)[0], -honest(v, t)[1]),), "turn the sign"),
    ],
}
