"""`python -m benchmarks.augmentation`: the numbers that the chapter *Data augmentation* records.

Every network gets its learning rate and its number of steps from one grid, for each transform, by its accuracy on the
1,000 validation images (mean of two seeds that are not used again).  Seeds vary which images are learned from, the
first weights, the order of the batches and the transforms; with one seed all transforms of a table begin with the same
images and weights, so differences are taken seed by seed.  One core needs about seven minutes; name tables (digits,
clothes, sizes, networks, again) for those alone.  Each is also saved, in benchmarks/results/augmentation.  The last,
again, repeats the close races with other seeds, at the settings that the tables before it found.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import cache, partial

import numpy as np

import dlnotes.numpy as dn
from benchmarks import measure, record
from dlnotes.augment import affine, chain, cutout, flip, mixup, shift
from dlnotes.data import fashion_mnist, mnist
from dlnotes.train import DivergedError, evaluate, fit, predict

RESULTS = measure.RESULTS / "augmentation"
RATES, STEPS = (0.01, 0.03, 0.1), (100, 300, 1000, 2000)
TRIALS, SEEDS, OTHERS = (100, 101), range(5), range(5, 10)
COPIES = 20  # of each image, turned and magnified beforehand: to do it for every batch would take minutes
LINES: list[dict] = []  # of the table at hand

Pair = tuple[np.ndarray, np.ndarray]
Random = np.random.Generator


@cache
def data(name: str) -> tuple[Pair, Pair, Pair]:
    """Training, validation and test images as (N, 1, 28, 28), from 0 to 1, and their labels."""
    train, validation, test = [
        ((part.images[:, None] / 255).astype(np.float32), part.labels)
        for part in (mnist() if name == "digits" else fashion_mnist())
    ]
    return train, validation, test


def dense(rng: Random) -> dn.Module:
    like = {"generator": rng}
    return dn.Sequential(dn.Flatten(), dn.Linear(784, 64, **like), dn.ReLU(), dn.Linear(64, 10, **like))


def convolutional(rng: Random, everywhere: bool = False) -> dn.Module:
    """Two convolutions; behind them a pool of 2 x 2, or one over all places, which forgets where a pattern was."""
    like = {"generator": rng}
    below = [dn.Conv2d(1, 8, 5, stride=2, **like), dn.ReLU(), dn.Conv2d(8, 24, 5, **like), dn.ReLU()]  # 12, 8
    pool = dn.MaxPool2d(8 if everywhere else 2)
    return dn.Sequential(*below, pool, dn.Flatten(), dn.Linear(24 if everywhere else 24 * 16, 10, **like))


def half_turn(images: np.ndarray, *, generator: Random) -> np.ndarray:
    """Each image upside down, with a probability of one half."""
    chosen = generator.random(len(images)) < 0.5
    return np.where(chosen[:, None, None, None], images[..., ::-1, ::-1], images)


def mixed(alpha: float) -> Callable:
    return lambda x, y, generator: mixup(x, y, alpha, classes=10, generator=generator)


def moved(pixels: int) -> Callable:
    return chain(partial(shift, pixels=pixels))


TURNED = "shift 2, turn, magnify"
TRANSFORMS: dict[str, Callable | None] = {
    "none": None,
    "shift 1": moved(1), "shift 2": moved(2), "shift 4": moved(4),
    TURNED: moved(2),
    "cutout 8": chain(partial(cutout, size=8)), "mixup 0.2": mixed(0.2),
    "mirror": chain(flip), "half turn": chain(half_turn),
}  # fmt: skip


def copies(pair: Pair, rng: Random) -> Pair:
    """Copies of each image, turned by up to 15 degrees and magnified by .9 to 1.1."""
    x, y = np.tile(pair[0], (COPIES, 1, 1, 1)), np.tile(pair[1], COPIES)
    return affine(x, degrees=rng.uniform(-15, 15, len(x)), factor=rng.uniform(0.9, 1.1, len(x))), y


def run(
    rate: float, seed: int, *, build: Callable, source: str, n: int, transform: str, most: int = STEPS[-1]
) -> np.ndarray:  # fmt: skip
    """Accuracy on validation and test images after each number of steps, up to `most`: (4, 2).  NaN: not tried."""
    rng = np.random.default_rng(seed)
    (x, y), validation, test = data(source)
    model, few = build(rng), rng.permutation(8000)[:n]
    train = x[few], y[few]
    if transform == TURNED:
        train = copies(train, rng)
    sgd, done, found = dn.SGD(model.parameters(), rate, momentum=0.9), 0, np.full((len(STEPS), 2), np.nan)
    for i, steps in enumerate(STEPS):
        if steps > most:
            break
        try:
            fit(model, train, sgd, steps=steps - done, batch_size=50, generator=rng, augment=TRANSFORMS[transform])
        except DivergedError:
            break
        done = steps
        found[i] = [evaluate(model, part).accuracy for part in (validation, test)]
    return found


def line(transform: str, build: Callable = dense, source: str = "digits", n: int = 500, steps: int = 4) -> None:
    """The setting that is best on validation, its test accuracies, and what they are better by than without."""
    go = partial(run, build=build, source=source, n=n, transform=transform)
    most = STEPS[steps - 1]  # of the grid
    trials = np.array([np.mean([go(rate, seed, most=most)[:, 0] for seed in TRIALS], axis=0) for rate in RATES])
    best, at = np.unravel_index(np.nanargmax(trials), trials.shape)
    values = np.array([go(RATES[best], seed, most=STEPS[at])[at, 1] for seed in SEEDS])
    name = getattr(build, "__name__", "pool over all places")
    found = {"network": name, "data": source, "n": n, "transform": transform, "rate": RATES[best], "steps": STEPS[at]}
    tried = [[None if np.isnan(v) else round(v, 4) for v in row] for row in trials.tolist()]  # None: it was not
    found |= {"values": values.round(4).tolist(), "validation": tried}
    without = [row for row in LINES if row["transform"] == "none" and (row["network"], row["n"]) == (name, n)]
    gain = values - without[0]["values"] if without else np.zeros(len(values))
    print(f"{name:20} {n:5} {transform:24} rate {RATES[best]:<5} steps {STEPS[at]:<5} {values.mean():.3f} "
          f"[{values.min():.3f}, {values.max():.3f}] {100 * gain.mean():+.1f} "
          f"[{100 * gain.min():+.1f}, {100 * gain.max():+.1f}]", flush=True)  # fmt: skip
    LINES.append(found)


def sizes() -> None:
    for n in (1000, 2000):
        for transform in ("none", "shift 2"):
            line(transform, n=n)


def networks() -> None:
    for build in (convolutional, partial(convolutional, everywhere=True)):
        for transform in ("none", "shift 2"):
            line(transform, build, steps=3)  # a convolution takes ten times as long


def clothes() -> None:
    for transform in ("none", "shift 1", "shift 2", "mirror"):
        line(transform, source="clothes")


def digits() -> None:
    for transform in TRANSFORMS:
        line(transform)


def averaged(model: dn.Module, reach: int) -> float:
    """Accuracy of the mean answer over all moves of the test digits by up to `reach`."""
    x, y = data("digits")[2]
    x, places, total = np.pad(x, [(0, 0)] * 2 + [(reach, reach)] * 2), range(2 * reach + 1), 0
    for down in places:
        for right in places:
            z = predict(model, x[..., down : down + 28, right : right + 28])
            p = np.exp(z - z.max(1, keepdims=True))
            total = total + p / p.sum(1, keepdims=True)
    return float((total.argmax(1) == y).mean())


def again() -> None:
    """The close races, with other seeds."""
    names = {
        "clothes": ("none", "shift 1", "shift 2", "mirror"),
        "digits": ("none", "shift 2", "cutout 8", "mixup 0.2"),
    }
    for source, transforms in names.items():
        lines = json.loads((RESULTS / f"{source}.json").read_text(encoding="utf-8"))["lines"]
        for row in (row for row in lines if row["transform"] in transforms):
            models = []
            for seed in OTHERS:
                rng = np.random.default_rng(seed)
                (x, y), _, _ = data(source)
                models.append(dense(rng))
                few = rng.permutation(8000)[: row["n"]]
                sgd = dn.SGD(models[-1].parameters(), row["rate"], momentum=0.9)
                fit(models[-1], (x[few], y[few]), sgd, steps=row["steps"], batch_size=50, generator=rng,
                    augment=TRANSFORMS[row["transform"]])  # fmt: skip
            found = {key: row[key] for key in ("network", "data", "n", "transform", "rate", "steps")}
            found["values"] = [round(float(evaluate(model, data(source)[2]).accuracy), 4) for model in models]
            if source == "digits" and row["transform"] in ("none", "shift 2"):
                found["averaged"] = {reach: [round(averaged(model, reach), 4) for model in models] for reach in (1, 2)}
            print(found, flush=True)
            LINES.append(found)


TABLES: dict[str, Callable[[], None]] = {
    "digits": digits, "clothes": clothes, "networks": networks, "sizes": sizes, "again": again,
}  # fmt: skip

if __name__ == "__main__":
    for name in sys.argv[1:] or TABLES:
        print(f"\n{name}", flush=True)
        LINES.clear()
        begun = time.process_time()
        TABLES[name]()
        about: dict = {"seconds": round(time.process_time() - begun), "seeds": list(SEEDS)}
        about |= {"seeds": list(OTHERS)} if name == "again" else {"trials": list(TRIALS), "rates": RATES, "grid": STEPS}
        record.keep("augmentation", name, **about, lines=LINES)
