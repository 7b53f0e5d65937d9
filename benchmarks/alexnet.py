"""`python -m benchmarks.alexnet`: augmentation and dropout taken out of a small AlexNet, in about six minutes.

A scaled-down network (one tower, an eighth of the width) learns 100 pieces of clothing.  Things in photographs stand
anywhere and face either way, so each image, of 14 x 14 pixels, is put once at a random place of 21 x 21 and mirrored
or not, for training, validation and test alike; the network's augmentation draws this anew in every batch.  Dropout
stands where the paper has it, on the outputs of the first two dense layers, not on their inputs as in `alexnet`.

Tables: `race` counts steps until the training loss of a small network falls below 0.7, with ReLU and with tanh.
`short` trains each variant for 10 epochs, and `long` for 100, when those without augmentation know their images by
heart.

Each variant has its own rate: by accuracy on 1,000 validation images, mean of three seeds not used again, from a grid
of factor 3 that is widened until the best is not at an end.  Then five seeds, on 2,000 test images.  A seed decides
which images are learned, the first weights, the order, dropout and augmentation; with one seed all variants learn the
same images, so their differences are paired.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache, partial
from time import process_time
from typing import Any

import numpy as np

import dlnotes.numpy as dn
import dlnotes.torch as dt
from benchmarks import record
from dlnotes.augment import chain, flip, shift
from dlnotes.data import fashion_mnist
from dlnotes.models import alexnet, build, layer
from dlnotes.train import Evaluation, evaluate, fit

SEEDS, TRIALS = range(5), (100, 101, 102)
RACE_TRIALS = (100, 101)
RATES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # of the race
GRID = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
EPOCHS = {"short": 10, "long": 100}
Data = tuple[np.ndarray, np.ndarray]

VARIANTS: dict[str, dict[str, Any]] = {
    "everything": {},
    "no augmentation": {"augmented": False},
    "no dropout": {"dropout": 0.0},
    "neither of these": {"augmented": False, "dropout": 0.0},
}


@cache
def clothes() -> dict[str, Data]:
    """Images (N, 1, 21, 21) of mean 0 and standard deviation 1 in training, and their labels."""
    rng, found = np.random.default_rng(0), {}
    for name, part in zip(("train", "validation", "test"), fashion_mnist()):
        small = part.images.reshape(-1, 1, 14, 2, 14, 2).mean((3, 5)) / 255
        small = np.pad(small, ((0, 0), (0, 0), (3, 4), (3, 4)))
        found[name] = flip(shift(small, 3, generator=rng), generator=rng), part.labels
    mean, std = found["train"][0].mean(), found["train"][0].std()
    return {name: (((x - mean) / std).astype(np.float32), y) for name, (x, y) in found.items()}


def network(rng: np.random.Generator, **options: Any) -> Any:
    """The small AlexNet, with the dropout of each dense layer moved from its input to its output."""
    plan = alexnet(None, size=21, channels=1, classes=10, width=1 / 8, **options)
    drop, first, act, drop, second, act, last = plan["classifier"]
    plan["classifier"] = [first, act, drop, second, act, drop, last]
    return build(dt, plan, init="kaiming", generator=rng)


def run(
    rate: float, seed: int, *, epochs: int, n: int = 100, augmented: bool = True,
    parts: Sequence[str] = ("train", "test"), **options: Any,
) -> dict[str, Evaluation]:  # fmt: skip
    """Train on n images with Adam and a cosine; loss and accuracy on these parts."""
    rng = np.random.default_rng(seed)
    images, labels = clothes()["train"]
    few = rng.permutation(len(labels))[:n]
    data = images[few], labels[few]
    net = network(rng, **options)
    adam = dt.Adam(net.parameters(), lr=rate)
    anew = chain(partial(shift, pixels=3, fill=float(images.min())), flip)
    fit(
        net, data, adam, epochs=epochs, batch_size=20, generator=rng, augment=anew if augmented else None,
        scheduler=dt.CosineAnnealingLR(adam, epochs * -(-n // 20)), progress=False,
    )  # fmt: skip
    return {name: evaluate(net, part) for name, part in (clothes() | {"train": data}).items() if name in parts}


def row(name: str, epochs: int) -> dict[str, Any]:
    """One variant: its rate, and over the seeds what it gets right and its loss."""
    options = VARIANTS[name]

    def score(rate: float) -> float:
        found = [run(rate, seed, epochs=epochs, parts=["validation"], **options)["validation"] for seed in TRIALS]
        return round(float(np.mean([each.accuracy for each in found])), 4)

    tried = record.climb(score, GRID, 2, 3)
    rate = max(tried, key=lambda rate: tried[rate])
    runs = [run(rate, seed, epochs=epochs, **options) for seed in SEEDS]
    numbers = {
        f"{part} {what}": [round(float(getattr(each[part], what)), 4) for each in runs]
        for part in ("train", "test")
        for what in ("accuracy", "loss")
    }
    print(f"{name:22} rate {rate:<6g} of {tried}", *numbers.items(), sep="\n    ", flush=True)
    return {"variant": name, "rate": rate, "tried": {f"{rate:g}": mean for rate, mean in tried.items()}, **numbers}


def small(activation: str, rng: np.random.Generator) -> Any:
    """Four layers with weights, as in the paper's own race, started as suits the activation."""
    act = layer(activation)
    plan = [
        layer("Conv2d", 1, 8, 5, padding=2), act, layer("MaxPool2d", 2),
        layer("Conv2d", 8, 16, 3, padding=1), act, layer("MaxPool2d", 2),
        layer("Flatten"), layer("Linear", 144, 32), act, layer("Linear", 32, 10),
    ]  # fmt: skip
    return build(dn, plan, init="kaiming" if activation == "ReLU" else "xavier", generator=rng)


def steps_to(activation: str, rate: float, seed: int, target: float = 0.7, most: int = 500) -> int:
    """Steps, in tens, until the mean training loss of the last twenty is below the target; `most` if it never was."""
    rng = np.random.default_rng(seed)
    images, labels = fashion_mnist().train
    x = (images.reshape(-1, 1, 14, 2, 14, 2).mean((3, 5)) / 255).astype(np.float32)
    net = small(activation, rng)
    sgd = dn.SGD(net.parameters(), rate, momentum=0.9)
    losses: list[float] = []
    while len(losses) < most and not np.mean(losses[-20:] or [9]) < target:
        data = ((x - x.mean()) / x.std(), labels)
        losses += fit(net, data, sgd, steps=10, batch_size=50, generator=rng, progress=False).loss
    return len(losses)


def race() -> list[dict[str, Any]]:
    rows = []
    for activation in ("ReLU", "Tanh"):
        for rate in RATES:
            tried, steps = ([steps_to(activation, rate, seed) for seed in seeds] for seeds in (RACE_TRIALS, SEEDS))
            print(f"{activation} at {rate}: {tried} to choose, {steps} to judge", flush=True)
            rows.append({"activation": activation, "rate": rate, "tried": tried, "steps": steps})
    return rows


def save(table: str, began: float, **found: Any) -> None:
    record.keep("alexnet", table, seconds=round(process_time() - began), seeds=list(SEEDS), **found)


def main(tables: list[str]) -> None:
    for table in tables:
        began, rows = process_time(), []
        print(f"\n{table}", flush=True)
        if table == "race":
            save(table, began, rows=race())
            continue
        for name in VARIANTS:
            rows.append(row(name, EPOCHS[table]))
            save(table, began, epochs=EPOCHS[table], rows=rows)


if __name__ == "__main__":
    main(sys.argv[1:] or ["race", *EPOCHS])
