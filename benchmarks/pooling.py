"""`python -m benchmarks.pooling`: the numbers that the chapter *Pooling* records.

Every network gets its learning rate from a grid, by its mean accuracy on the validation digits with two seeds that are
not used again.  Five seeds vary which 1,000 digits are learned from, the first weights and the order.  One core needs
about six minutes; name a kind of network for that one alone.  All that is printed of all kinds is saved, too, in
benchmarks/results/pooling.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import mnist
from dlnotes.train import evaluate, fit

Pair = tuple[np.ndarray, np.ndarray]
KINDS = ("none", "stride", "max", "max, blur", "global max", "no global")
RATES, TRIALS = (0.002, 0.004, 0.008, 0.016, 0.032), (100, 101)
EPOCHS = 20  # of 20 steps
SHIFTS = range(5)


@cache
def digits() -> dict[str, Pair]:
    """Digits as (N, 1, 28, 28), from 0 to 1, and their labels."""
    names = ("train", "validation", "test")
    return {k: ((p.images[:, None] / 255).astype(np.float32), p.labels) for k, p in zip(names, mnist())}


def sideways(pixels: int) -> Pair:
    """The test digits, a quarter of them moved each way."""
    images, labels = digits()["test"]
    wide = np.pad(images, ((0, 0), (0, 0), (8, 8), (8, 8)))
    ways = ((pixels, 0), (-pixels, 0), (0, pixels), (0, -pixels))  # right, down
    moved = [wide[i::4, :, 8 - d : 36 - d, 8 - r : 36 - r] for i, (r, d) in enumerate(ways)]
    return np.concatenate(moved), np.concatenate([labels[i::4] for i in range(4)])


def network(kind: str, rng: np.random.Generator) -> dn.Module:
    """The networks of the chapter: two convolutions, and what shrinks their maps."""
    like = {"generator": rng, "dtype": dn.float32}
    if "global" in kind:  # one trunk, two heads
        top, size = ([dn.MaxPool2d(16)], 32) if kind == "global max" else ([], 32 * 16 * 16)
        return dn.Sequential(
            dn.Conv2d(1, 6, 5, stride=2, padding=8, **like), dn.ReLU(), dn.Conv2d(6, 32, 5, **like), dn.ReLU(),
            *top, dn.Flatten(), dn.Linear(size, 10, **like),
        )  # fmt: skip
    s = 2 if kind == "stride" else 1
    shrink = {"max": [dn.MaxPool2d(2)], "max, blur": [dn.MaxPool2d(2, stride=1), dn.BlurPool2d()]}
    pool, side = shrink.get(kind, []), 22 if kind == "none" else 5
    return dn.Sequential(
        dn.Conv2d(1, 6, 5, stride=s, **like), dn.ReLU(), *pool, dn.Conv2d(6, 12, 3, stride=s, **like), dn.ReLU(),
        *pool, dn.Flatten(), dn.Linear(12 * side**2, 10, **like),
    )  # fmt: skip


def trained(kind: str, rate: float, seed: int) -> tuple[dn.Module, float]:
    """The network, and the share of its own training digits that it reads."""
    rng = np.random.default_rng(seed)
    model, few = network(kind, rng), rng.permutation(8000)[:1000]
    own = digits()["train"][0][few], digits()["train"][1][few]
    adam = dn.Adam(model.parameters(), rate)
    fit(
        model, own, adam, epochs=EPOCHS, batch_size=50, generator=rng,
        scheduler=dn.CosineAnnealingLR(adam, 20 * EPOCHS),
    )  # fmt: skip
    return model, evaluate(model, own).accuracy or 0


def trial(kind: str) -> dict[float, float]:
    """The mean validation accuracy of every rate."""
    def mean(rate: float) -> float:
        models = [trained(kind, rate, seed)[0] for seed in TRIALS]
        return float(np.mean([evaluate(model, digits()["validation"]).accuracy or 0 for model in models]))

    found = {rate: mean(rate) for rate in RATES}
    print(f"\n{kind}, validation: " + ", ".join(f"{r} {a:.3f}" for r, a in found.items()), flush=True)
    return found


def main(kinds: Sequence[str]) -> None:
    lines = []
    for kind in kinds or KINDS:
        tried, rows = trial(kind), []
        rate = max(tried, key=lambda rate: tried[rate])
        for seed in range(5):
            model, own = trained(kind, rate, seed)
            rows.append([own, *(evaluate(model, sideways(d)).accuracy or 0 for d in SHIFTS)])
        values = np.array(rows)
        print(f"rate {rate}: the training digits, and new ones moved by 0 to 4 pixels", flush=True)
        for name, row in (("mean", values.mean(0)), ("lowest", values.min(0)), ("highest", values.max(0))):
            print(f"{name:8}" + "".join(f"{value:7.3f}" for value in row), flush=True)
        lines.append({"what": kind, "validation": tried, "rate": rate, "values": values.round(4).tolist()})
    if not kinds:
        record.keep("pooling", file="recorded", lines=lines)


if __name__ == "__main__":
    main(sys.argv[1:])
