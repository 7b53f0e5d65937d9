"""Answers to the exercises of *Data augmentation*."""

import numpy as np


def mirror(images, columns, last=1, swapped=True):
    return images[..., ::-1], images.shape[-1] - last - (columns[:, ::-1] if swapped else columns)


def mirror_in_place(images, columns):
    images[:] = images[..., ::-1].copy()
    return images, images.shape[-1] - 1 - columns[:, ::-1]


def prepare(images, labels, copies, held, transform, rng):
    order = rng.permutation(len(images))
    old, new = order[held:], order[:held]
    x = transform(np.repeat(images[old], copies, axis=0), rng)
    return x, np.repeat(labels[old], copies), images[new], labels[new]


def as_it_was(images, labels, copies, held, transform, rng):
    x = transform(np.repeat(images, copies, axis=0), rng)
    y = np.repeat(labels, copies)
    order = rng.permutation(len(x))
    old, new = order[held:], order[:held]
    return x[old], y[old], x[new], y[new]


def tiled(images, labels, copies, held, transform, rng):
    order = rng.permutation(len(images))
    old, new = order[held:], order[:held]
    mix = rng.permutation(copies * len(old))
    x = transform(np.tile(images[old], (copies, 1, 1, 1)), rng)
    return x[mix], np.tile(labels[old], copies)[mix], images[new], labels[new]


def tested_transformed(images, labels, copies, held, transform, rng):
    x, y, new, asked = prepare(images, labels, copies, held, transform, rng)
    return x, y, transform(new, rng), asked


def all_alike(images, labels, copies, held, transform, rng):
    x, y, new, asked = prepare(images, labels, 1, held, transform, rng)
    return np.repeat(x, copies, axis=0), np.repeat(y, copies), new, asked


def torn(images, labels, copies, held, transform, rng):
    x, y, new, asked = prepare(images, labels, copies, held, transform, rng)
    return x, y[::-1], new, asked


def the_first(images, labels, copies, held, transform, rng):
    x = transform(np.repeat(images[held:], copies, axis=0), rng)
    return x, np.repeat(labels[held:], copies), images[:held], labels[:held]


def copied_once(images, labels, copies, held, transform, rng):
    return prepare(images, labels, 1, held, transform, rng)


CROSS = np.log(2) / 4 + 3 * np.log(4) / 4

RIGHT = {
    "augmentation-count": (98, 100_000, [9, 9, 2, 1, 0]),
    "augmentation-label": ("keeps", "changes", "keeps", "breaks", "changes"),
    "augmentation-verdict": ((0.03, 0.1), 1, "noise"),
    "augmentation-corners": (mirror,),
    "augmentation-leak": (prepare,),
    "augmentation-ring": ([7, 7, 13], 9, 12, 24, 16),
    "augmentation-mixture": ([6, 1, 4], [0.25, 0, 0.75], CROSS),
}

ALSO_RIGHT = [
    ("augmentation-count", (98, 1e5, np.array([9, 9, 2, 1, 0]))),
    ("augmentation-label", ("Keeps", "changes", "keeps", "Breaks", "changes")),
    ("augmentation-verdict", ([0.03, 0.1], 1.0, "Noise")),
    ("augmentation-corners", (lambda *a: list(mirror(*a)),)),
    ("augmentation-leak", (tiled,)),
    ("augmentation-mixture", ((6.0, 1.0, 4.0), (0.25, 0, 0.75), 1.213)),
    ("augmentation-mixture", ((6, 1, 4), (0.25, 0, 0.75), 1.21)),
]

WRONG = {
    "augmentation-count": [
        ((None,) * 3, "still None"),
        ((49, 100_000, [9, 9, 2, 1, 0]), "mirrored or not"),
        ((72, 100_000, [9, 9, 2, 1, 0]), "more places"),
        ((97, 100_000, [9, 9, 2, 1, 0]), "nothing"),
        ((98, 9_800_000, [9, 9, 2, 1, 0]), "once"),
        ((98, 5, [9, 9, 2, 1, 0]), "one epoch"),
        ((98, 100_000, [0, 0, 2, 1, 0]), "fill"),
        ((98, 100_000, [0, 3, 2, 1, 0]), "come back"),
    ],
    "augmentation-label": [
        ((None,) * 5, "still None"),
        (("yes", "changes", "keeps", "breaks", "changes"), "should be"),
        (("breaks", "changes", "keeps", "breaks", "changes"), "mirror image"),
        (("keeps", "breaks", "keeps", "breaks", "changes"), "arrow"),
        (("keeps", "changes", "changes", "breaks", "changes"), "satellite"),
        (("keeps", "changes", "keeps", "keeps", "changes"), "day from night"),
        (("keeps", "changes", "keeps", "breaks", "breaks"), "upside down"),
    ],
    "augmentation-verdict": [
        ((None, 1, "noise"), "still None"),
        (((0.1, 0.03), 2, "noise"), "not there to choose"),
        (((0.03, 0.03), 4, "noise"), "same rate"),
        (((0.03, 0.1), 3, "noise"), "validation says"),
        (((0.03, 0.1), 1, None), "still None"),
        (((0.03, 0.1), 1, "plain"), "either side"),
        (((0.03, 0.1), 1, "both"), "should be"),
    ],
    "augmentation-corners": [
        ((lambda images, columns: None,), "return"),
        ((lambda images, columns: (images[..., ::-1], columns),), "old images"),
        ((lambda images, columns: (images, columns),), "not mirrored"),
        ((lambda images, columns: mirror(images, columns, last=0),), "which number"),
        ((lambda images, columns: mirror(images, columns, swapped=False),), "further left"),
        ((lambda images, columns: (images[..., ::-1], columns[:, ::-1]),), "not enough"),
        ((mirror_in_place,), "changed its inputs"),
    ],
    "augmentation-leak": [
        ((lambda *a: None,), "four arrays"),
        ((as_it_was,), "both sides"),
        ((tested_transformed,), "as they came"),
        ((all_alike,), "all alike"),
        ((torn,), "belong together"),
        ((the_first,), "draw them"),
        ((copied_once,), "times"),
    ],
    "augmentation-ring": [
        ((None,) * 5, "still None"),
        (([7, 7, 7], 7, 12, 24, 16), "do not move along"),
        (([7, 7, 13], 27, 12, 24, 16), "divide"),
        (([7, 7, 13], 9, 9, 24, 16), "depends on the image"),
        (([7, 7, 13], 9, 12, 72, 16), "sum of the costs"),
        (([7, 7, 13], 9, 12, 16, 16), "first each cost"),
        (([7, 7, 13], 9, 12, 24, 24), "first the mean"),
    ],
    "augmentation-mixture": [
        ((None,) * 3, "still None"),
        (([2, 3, 4], [0.25, 0, 0.75], CROSS), "belong to the first"),
        (([6, 1, 4], [0.75, 0, 0.25], CROSS), "class 2"),
        (([6, 1, 4], [0.25, 0, 0.75], np.log(4)), "too"),
        (([6, 1, 4], [0.25, 0, 0.75], -np.log(5 / 16)), "logarithms"),
        (([6, 1, 4], [0.25, 0, 0.75], -CROSS), "sign"),
        (([6, 1, 4], [0.25, 0, 0.75], 1.2), "two decimals"),
    ],
}
