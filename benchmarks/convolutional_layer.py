"""`python -m benchmarks.convolutional_layer`: the numbers that the chapter *The convolutional layer* records.

Its network of 1,500 parameters beside others that lack something of it: shared weights, the mean over places, the
second layer, the small windows.  As in the chapter, each gets its learning rate from a grid, by its accuracy on
validation sounds, and then runs five times; seeds vary the training sounds, the test sounds, the first weights and
the order.  One core needs a minute or two; name a row, as "both layers unshared", for that one alone.  All rows
together are also saved, in benchmarks/results/convolutional_layer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import sounds
from dlnotes.train import evaluate, fit

Pair = tuple[np.ndarray, np.ndarray]
RATES = (0.003, 0.01, 0.03)


@cache
def recordings(n: int, seed: int) -> Pair:
    """Sounds as (n, 1, 1, 512): images of one row, since the unshared layer is for images."""
    waves, kinds, _ = sounds(n, generator=np.random.default_rng(seed))
    return waves[:, None, None], kinds


def network(
    rng: np.random.Generator, *, unshared: Sequence[int] = (), layers: int = 2, mean: bool = True, dilation: int = 4,
    window: int = 32, relu: bool = True,
) -> dn.Module:  # fmt: skip
    """The chapter's network; `unshared`: which of its layers have weights of their own at each place.

    window: samples in a window of the first layer; with 512 it is one hidden layer of 488 = 8 * 61 units.
    """
    if window == 512:
        below, above = dn.Linear(512, 488, generator=rng), dn.Linear(488, 4, generator=rng)
        return dn.Sequential(dn.Flatten(), below, dn.ReLU(), above)
    first = (512 - window) // 8 + 1
    sizes = (512, first, first - 8 * dilation)
    windows = ((1, 8, window, 8, 1), (8, 16, 9, 1, dilation))[:layers]
    parts: list[dn.Module] = []
    for i, (C, O, k, stride, d) in enumerate(windows):
        how: dict[str, Any] = {"kernel_size": (1, k), "stride": (1, stride), "dilation": (1, d), "generator": rng}
        layer = dn.LocallyConnected2d(C, O, (1, sizes[i]), **how) if i in unshared else dn.Conv2d(C, O, **how)
        parts += [layer, dn.ReLU()] if relu else [layer]
    channels, places = windows[-1][1], sizes[layers]
    parts += [dn.AdaptiveAvgPool2d(1)] if mean else []
    return dn.Sequential(*parts, dn.Flatten(), dn.Linear(channels * (1 if mean else places), 4, generator=rng))


def run(build: Callable, rate: float, seed: int) -> list[float]:
    """Accuracy on training sounds and on new ones."""
    rng, old = np.random.default_rng(seed), recordings(2000, seed)
    model = build(rng)
    adam = dn.Adam(model.parameters(), rate)
    fit(model, old, adam, steps=192, generator=rng, scheduler=dn.CosineAnnealingLR(adam, 192))
    return [evaluate(model, old)[1] or 0, evaluate(model, recordings(1000, 1000 + seed))[1] or 0]


ROWS: dict[str, dict] = {
    "the chapter's": {},
    "first layer unshared": {"unshared": (0,)},
    "both layers unshared": {"unshared": (0, 1)},
    "no mean over places": {"mean": False},
    "both unshared, no mean": {"unshared": (0, 1), "mean": False},
    "first layer alone": {"layers": 1},
    "first layer alone, no mean": {"layers": 1, "mean": False},
    "first alone, unshared, no mean": {"layers": 1, "unshared": (0,), "mean": False},
    "... and windows of 128": {"layers": 1, "unshared": (0,), "mean": False, "window": 128},
    "... and windows of 256": {"layers": 1, "unshared": (0,), "mean": False, "window": 256},
    "488 hidden units": {"window": 512},
    "no dilation": {"dilation": 1},
    "no ReLU": {"relu": False},
    "no ReLU, no mean": {"relu": False, "mean": False},
}


def main(names: Sequence[str]) -> None:
    rows = []
    for name in names or ROWS:

        def build(rng: np.random.Generator, options: dict = ROWS[name]) -> dn.Module:
            return network(rng, **options)

        trial = {rate: run(build, rate, 100)[1] for rate in RATES}
        best = max(trial, key=lambda rate: trial[rate])
        old, new = np.transpose([run(build, best, seed) for seed in range(5)])
        size = dn.num_weights(build(np.random.default_rng(0)))
        print(
            f"{name:31} {size:6,} parameters  rate {best:<5}  training {old.min():.3f} to {old.max():.3f}"
            f"  new {new.min():.3f} to {new.max():.3f}",
            flush=True,
        )
        rows.append({
            "what": name, "parameters": size, "validation": trial, "rate": best,
            "training": old.round(4).tolist(), "new": new.round(4).tolist(),
        })  # fmt: skip
    if not names:
        record.keep("convolutional_layer", file="recorded", rows=rows)


if __name__ == "__main__":
    main(sys.argv[1:])
