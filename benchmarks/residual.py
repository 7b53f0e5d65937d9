"""`python -m benchmarks.residual`: the recorded numbers of *Residual networks* (about seven minutes of one core).

Plain and residual networks learn Fashion-MNIST, averaged to 7 x 7 pixels, from 1,280 images in 60 steps (longer:
240): batches of 64, SGD with momentum 0.9, the rate falling along a cosine.  Each network gets the rate with the best
accuracy on the validation images (mean of two seeds that are not used again, for the longer runs of one), of 0.0125,
0.025, ... 1.6; the grid is walked from its middle until the best has a worse one on either side.  Without norms some
seeds diverge, so a walk may stop too early: there each of 0.003125, 0.00625, ... 0.4 is tried, with three seeds.  Seeds
vary which images are learned from, the first weights and the order of the batches.  Name tables (small, deeper, bare,
remedies, longer) for those alone; each is saved in benchmarks/results/residual, with its date and machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import fashion_mnist
from dlnotes.models import resnet_cifar
from dlnotes.train import DivergedError, evaluate, fit

SEEDS, TUNING = range(5), (100, 101)
GRID = [0.0125 * 2**i for i in range(8)]
BARE = [0.003125 * 2**i for i in range(8)]  # for networks without norms
ROWS: list[dict] = []  # of the table at hand
Pair = tuple[np.ndarray, np.ndarray]


@cache
def images(side: int) -> dict[str, Pair]:
    """Pieces of clothing as (N, 1, side, side), from 0 to 1, and their labels."""
    def small(part: Any) -> Pair:
        x = part.images.reshape(-1, side, 28 // side, side, 28 // side).mean((2, 4)) / 255
        return x[:, None].astype(np.float32), part.labels

    return dict(zip(("train", "validation", "test"), map(small, fashion_mnist())))


def remedied(net: Any, remedy: str) -> Any:
    """The last convolution of each branch times 1 / sqrt(number of blocks), or 0, in place."""
    blocks = [m for m in net.modules() if type(m).__name__ == "BasicBlock"] if remedy else []
    for block in blocks:
        weight = block.conv2.weight
        weight.data = weight.data * (len(blocks) ** -0.5 if remedy == "scaled" else 0)
    return net


def run(
    rate: float, seed: int, *, d: Any = dn, side: int = 7, steps: int = 60, remedy: str = "", **options: Any
) -> tuple[float, float, float]:
    """Mean loss of the last 20 batches, and accuracy on validation and test images."""
    rng = np.random.default_rng(seed)
    data = images(side)
    some = rng.permutation(len(data["train"][1]))[:1280]
    net = remedied(resnet_cifar(d, channels=1, width=0.5, generator=rng, **options), remedy)
    sgd = d.SGD(net.parameters(), rate, momentum=0.9)
    try:
        history = fit(
            net, tuple(part[some] for part in data["train"]), sgd, steps=steps, generator=rng,
            scheduler=d.CosineAnnealingLR(sgd, steps), progress=False,
        )  # fmt: skip
    except DivergedError:
        return float("inf"), 0.1, 0.1
    ends = [evaluate(net, data[part]).accuracy or 0.0 for part in ("validation", "test")]
    return float(np.mean(history.loss[-20:])), ends[0], ends[1]


def tuned(trial: Callable[[float, int], tuple], seeds: tuple[int, ...] = TUNING, start: int = 3) -> dict[float, float]:
    """Validation accuracy of each rate that was tried, from three around the middle on."""
    def score(rate: float) -> float:
        return float(np.mean([trial(rate, seed)[1] for seed in seeds]))

    return record.climb(score, GRID, start - 1, start + 1)


def swept(trial: Callable[[float, int], tuple]) -> dict[float, float]:
    """Validation accuracy of each rate for networks without norms."""
    return {rate: float(np.mean([trial(rate, seed)[1] for seed in (*TUNING, 102)])) for rate in BARE}


def row(name: str, trial: Callable[[float, int], tuple], tune: Callable[..., dict] = tuned, **how: Any) -> None:
    began = time.process_time()
    validation = tune(trial, **how)
    rate = max(validation, key=lambda rate: validation[rate])
    loss, _, accuracy = np.array([trial(rate, seed) for seed in SEEDS]).T
    print(f"{name:34} rate {rate:<7g} loss {loss.mean():.2f} [{loss.min():.2f}, {loss.max():.2f}]  accuracy "
          f"{accuracy.mean():.3f} [{accuracy.min():.3f}, {accuracy.max():.3f}]", flush=True)  # fmt: skip
    ROWS.append({
        "network": name, "rate": rate, "validation": {f"{r:g}": round(a, 4) for r, a in sorted(validation.items())},
        "loss": [round(float(v), 4) for v in loss], "accuracy": [round(float(v), 4) for v in accuracy],
        "seconds": round(time.process_time() - began),
    })  # fmt: skip


def race(*names: str, start: int = 3, seeds: tuple[int, ...] = TUNING, **options: Any) -> None:
    for name in names:
        kind, depth = name.split()
        row(name, partial(run, plain=kind == "plain", depth=int(depth), **options), start=start, seeds=seeds)


def without_norms(*names: str, depth: int) -> None:
    """Residual networks with the start `name`, "" for He's as it is, or a plain one."""
    for name in names:
        options = {"plain": True} if name == "plain" else {"remedy": name}
        trial = partial(run, depth=depth, batch_norm=False, **options)
        row(f"no norm {depth}{name and ', ' + name}", trial, tune=swept)


TABLES = {
    "small": partial(race, "plain 8", "plain 20", "residual 20"),  # the notebook's
    "deeper": partial(race, "residual 8", "plain 44", "residual 44"),
    "bare": partial(without_norms, "", "plain", depth=20),
    "remedies": partial(without_norms, "", "scaled", "zero", depth=44),
    "longer": partial(race, "plain 8", "residual 8", "plain 20", "residual 20", steps=240, seeds=(100,)),
}

if __name__ == "__main__":
    for name in record.asked(TABLES, ROWS):
        record.keep("residual", name, seeds=list(SEEDS), rows=ROWS)
