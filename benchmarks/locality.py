"""`python -m benchmarks.locality`: the numbers that the chapter *Locality, stationarity, sharing* records.

Every network gets its learning rate from a grid, by its accuracy on the validation digits (mean of two seeds that are
not used again).  Seeds vary which digits are learned from, the shifts, the first weights and the order of the batches;
the permutation of the pixels has a generator of its own, so all networks with one seed read the same shuffled digits.
One core needs about six minutes; name tables (few, 3000, hasty, shuffled, centred, course, short) for those alone.
All that is printed is also saved, a file for each table, in benchmarks/results/locality.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import combinations

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.augment import shift
from dlnotes.data import mnist
from dlnotes.train import evaluate, fit

Pair = tuple[np.ndarray, np.ndarray]

LINES: list[dict] = []  # of the table at hand


@cache
def digits() -> dict[str, Pair]:
    """Digits as (N, 1, 28, 28), from 0 to 1, and their labels."""
    names = ("train", "validation", "test")
    return {k: ((p.images[:, None] / 255).astype(np.float32), p.labels) for k, p in zip(names, mnist())}


class Maps(dn.Module):
    """Rows of numbers as eight maps of 12 x 12."""

    def forward(self, x):
        return x.reshape(len(x), 8, 12, 12)


def network(kind: str, rng: np.random.Generator, pool: bool = True) -> dn.Module:
    """One hidden layer: eight maps of 12 x 12, from windows of 5 x 5 every second pixel, or from everything."""
    if kind == "dense, equal cost":
        below, above = dn.Linear(784, 37, generator=rng), dn.Linear(37, 10, generator=rng)
        return dn.Sequential(dn.Flatten(), below, dn.ReLU(), above)
    if kind == "dense, equal output":
        first = dn.Sequential(dn.Flatten(), dn.Linear(784, 8 * 12 * 12, generator=rng), Maps())
    elif kind == "local":
        first = dn.LocallyConnected2d(1, 8, 28, 5, stride=2, generator=rng)
    else:
        first = dn.Conv2d(1, 8, 5, stride=2, generator=rng)
    behind = [dn.MaxPool2d(4)] if pool else []
    size = 8 * 3 * 3 if pool else 8 * 12 * 12
    return dn.Sequential(first, dn.ReLU(), *behind, dn.Flatten(), dn.Linear(size, 10, generator=rng))


def permutation(seed: int) -> np.ndarray:
    """An order of the pixels that depends on the seed alone, not on the network that will read them."""
    return np.random.default_rng((seed, 1)).permutation(784)


def mix(x: np.ndarray, order: np.ndarray) -> np.ndarray:
    return x.reshape(-1, 784)[:, order].reshape(-1, 1, 28, 28)


def accuracy(
    kind: str, rate: float, seed: int, part: str = "test", *, n: int, pixels: int = 4, pool: bool = True,
    steps: int = 300, mixed: bool = False,
) -> list[float]:  # fmt: skip
    """Accuracy after training on n digits, each moved by up to `pixels`: after 50 steps (if few), and at the end."""
    rng = np.random.default_rng(seed)
    model, few = network(kind, rng, pool), rng.permutation(8000)[:n]
    x, y = digits()["train"][0][few], digits()["train"][1][few]
    new, labels = digits()[part]
    if pixels:
        x, new = shift(x, pixels, generator=rng), shift(new, pixels, generator=rng)
    if mixed:
        x, new = [mix(images, permutation(seed)) for images in (x, new)]
    adam = dn.Adam(model.parameters(), rate)
    history = fit(
        model, (x, y), adam, steps=steps, interval=50 if steps <= 300 else steps, batch_size=50, generator=rng,
        validation=(new, labels), scheduler=dn.CosineAnnealingLR(adam, steps),
    )  # fmt: skip
    return [history.validation[0].accuracy or 0, history.validation[-1].accuracy or 0]


def race(run: Callable, rates: Sequence[float], seeds: Sequence[int]) -> tuple[float, np.ndarray]:
    """The rate that is best on validation digits, and the results on the test digits, one for each seed."""
    best = rates[0]
    if len(rates) > 1:
        trial = {rate: np.mean([run(rate, seed, "validation")[-1] for seed in (100, 101)]) for rate in rates}
        best = max(trial, key=lambda rate: trial[rate])
    return best, np.array([run(best, seed) for seed in seeds])


def line(name: str, rate: float, values: np.ndarray) -> None:
    band = f"{values.mean():.3f} [{values.min():.3f}, {values.max():.3f}]"
    print(f"{name:52} rate {rate:<6} {band}", flush=True)
    LINES.append({"what": name.strip(), "rate": rate, "values": [round(float(value), 4) for value in values]})


KINDS = ("dense, equal cost", "dense, equal output", "local", "shared")
RATES = {kind: (0.001, 0.003, 0.01) if "output" in kind else (0.003, 0.01, 0.03) for kind in KINDS}


def moved(*sizes: int, steps: int = 300, kinds: Sequence[str] = KINDS, mixed: bool = False) -> None:
    """Digits moved by up to 4 pixels, with a pool."""
    for n in sizes:
        for kind in kinds:
            best, values = race(partial(accuracy, kind, n=n, steps=steps, mixed=mixed), RATES[kind], range(5))
            line(f"{n:5} {kind}, {steps} steps", best, values[:, 1])
            if steps <= 300:
                line(f"{n:5} {kind}, after 50 of them", best, values[:, 0])


def centred(n: int = 300, steps: int = 100) -> None:
    """Digits as they come, and no pool; all differences of two networks with one seed."""
    found = {}
    for kind in KINDS:
        run = partial(accuracy, kind, n=n, steps=steps, pixels=0, pool=False)
        best, values = race(run, (*RATES[kind], 0.1) if "output" not in kind else RATES[kind], range(10))
        found[kind] = values[:, 1]
        line(f"{n:5} {kind}, {steps} steps", best, found[kind])
    for one, other in combinations(KINDS, 2):
        line(f"      {other} - {one}", 0, found[other] - found[one])


def fully_connected(rng: np.random.Generator) -> dn.Module:
    """The course's, of 6,442 parameters."""
    like = {"generator": rng}
    return dn.Sequential(
        dn.Flatten(), dn.Linear(784, 8, **like), dn.ReLU(),
        dn.Linear(8, 8, **like), dn.ReLU(), dn.Linear(8, 10, **like),
    )  # fmt: skip


def convolutional(rng: np.random.Generator) -> dn.Module:
    """The course's, of 6,422 parameters."""
    like = {"generator": rng}
    return dn.Sequential(
        dn.Conv2d(1, 6, 5, **like), dn.ReLU(), dn.MaxPool2d(2), dn.Conv2d(6, 6, 5, **like), dn.ReLU(), dn.MaxPool2d(2),
        dn.Flatten(), dn.Linear(96, 50, **like), dn.ReLU(), dn.Linear(50, 10, **like),
    )  # fmt: skip


def reads(
    build: Callable, mixed: bool, rate: float, seed: int, part: str = "test", *, steps: int
) -> list[float]:
    """Accuracy with the pixels in their order, or all in another, the same for all digits."""
    rng = np.random.default_rng(seed)
    model = build(rng)
    order = permutation(seed) if mixed else np.arange(784)

    def seen(name: str) -> Pair:
        x, y = digits()[name]
        return (mix(x, order) - 0.1307) / 0.3081, y

    sgd = dn.SGD(model.parameters(), rate, momentum=0.5)
    fit(model, seen("train"), sgd, steps=steps, generator=rng)
    return [evaluate(model, seen(part)).accuracy or 0]


def permuted(rates: Sequence[float], lengths: dict[Callable, int], seeds: Sequence[int] = range(5)) -> None:
    found = {}
    for build, steps in lengths.items():
        for mixed in (False, True):
            best, values = race(partial(reads, build, mixed, steps=steps), rates, seeds)
            found[build, mixed] = values[:, 0]
            line(f"{build.__name__}{', permuted' * mixed}, {steps} steps", best, values[:, 0])
        line("      drop", best, found[build, False] - found[build, True])
    for mixed in (False, True):
        gap = found[convolutional, mixed] - found[fully_connected, mixed]
        line(f"convolutional - fully connected{', permuted' * mixed}", best, gap)


TABLES = {
    "few": partial(moved, 100, 300),
    "3000": partial(moved, 3000, steps=1000),
    "hasty": partial(moved, 3000, kinds=("shared",)),  # a third of the steps
    "shuffled": partial(moved, 300, kinds=("dense, equal cost", "local", "shared"), mixed=True),
    "centred": centred,
    "course": partial(permuted, (0.01,), {fully_connected: 875, convolutional: 875}),
    "short": partial(permuted, (0.03, 0.1, 0.3), {fully_connected: 125, convolutional: 125}),
}

if __name__ == "__main__":
    for name in record.asked(TABLES, LINES):
        record.keep("locality", name, lines=LINES)
