"""`python -m benchmarks.vgg`: the numbers that the chapter *VGG* records (about eight minutes of one core; PyTorch).

Depth: stacks of 3 x 3 convolutions on Fashion-MNIST, averaged to 14 x 14, with and without batch norm.  Every network
gets its own learning rate by its mean accuracy on the validation images with two seeds that are not used again: from
0.01, 0.03 and 0.1, and on in the same steps while the best is at an end.  Other: the deepest without a norm once more,
at the rate that was not chosen.  Seeds vary the first weights and the order; the images are always the same.  Start: a
narrow VGG-11 from PyTorch's default start and from that of He et al. with SGD; Adam: the default start with Adam, no
rate chosen.  Small: VGG-11 with batch norm, one epoch.  Border: what He's start keeps of the mean square, with zeros
around the maps and without.  Time: three 3 x 3 convolutions beside one 7 x 7.  Name tables (time, start, adam, small,
border, depth, other) for those alone.  All that is printed is saved, a file for each table, in benchmarks/results/vgg,
with the date and the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache, partial
from time import process_time
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import measure, record
from dlnotes import models
from dlnotes.data import fashion_mnist
from dlnotes.train import DivergedError, evaluate, fit

SEEDS, TRIALS = range(5), (100, 101)
LADDER = tuple(float(f"{m}e{e}") for e in range(-5, 2) for m in (1, 3))
MIDDLE = (0.01, 0.03, 0.1)
DEPTHS = (3, 9, 18)
Pair = tuple[np.ndarray, np.ndarray]


@cache
def clothes(side: int = 14) -> dict[str, Pair]:
    """1,280 / 1,000 / 2,000 images as (N, 1, side, side), their pixels standardised with the training images."""
    parts = dict(zip(("train", "validation", "test"), fashion_mnist()))
    k = 28 // side
    found = {
        name: part.images.reshape(-1, 1, side, k, side, k).mean((3, 5)).astype(np.float32)
        for name, part in parts.items()
    }
    found["train"] = found["train"][:1280]
    mean, std = found["train"].mean(), found["train"].std()
    return {name: ((x - mean) / std, parts[name].labels[: len(x)]) for name, x in found.items()}


def stack(d: Any, convolutions: int, batch_norm: bool, rng: np.random.Generator) -> Any:
    """Three stages of equally many 3 x 3 convolutions, 8, 16 and 32 maps, a pool behind each; then ten scores."""
    plan, inputs = [], 1
    for maps in (8, 16, 32):
        for _ in range(convolutions // 3):
            plan += [models.conv(inputs, maps, 3, padding=1)] + [models.norm(maps)] * batch_norm + [models.relu]
            inputs = maps
        plan += [models.max_pool(2)] if maps < 32 else [models.squeeze(1)]
    plan += [models.flatten, models.linear(32, 10)]
    return models.build(d, plan, init="kaiming", only="Conv2d", generator=rng)


def trained(make: Callable, rate: float, seed: int, part: str, *, side: int, epochs: int) -> tuple[float, float]:
    """Training loss of the last epoch, and accuracy; ln 10 and 0.1, those of guessing, for a run that diverges."""
    import dlnotes.torch as dt

    rng = np.random.default_rng(seed)
    net, data = make(dt, rng=rng), clothes(side)
    sgd = dt.SGD(net.parameters(), lr=rate, momentum=0.9)
    try:
        history = fit(net, data["train"], sgd, epochs=epochs, batch_size=64, generator=rng,
                      scheduler=dt.CosineAnnealingLR(sgd, 20 * epochs), progress=False)  # fmt: skip
        return history.training[-1].loss, evaluate(net, data[part]).accuracy or 0
    except (DivergedError, ValueError):  # of scores that are no numbers any more
        return float(np.log(10)), 0.1


def chosen(run: Callable, trials: tuple[int, ...] = TRIALS) -> tuple[float, dict[float, float]]:
    """The rate with the highest mean validation accuracy, one inside the range that was tried; and all that were."""
    def score(rate: float) -> float:
        return float(np.mean([run(rate, seed, "validation")[1] for seed in trials]))

    tried = record.climb(score, LADDER, LADDER.index(MIDDLE[0]), LADDER.index(MIDDLE[-1]))
    return max(tried, key=lambda rate: tried[rate]), tried


def race(name: str, run: Callable, seeds: range = SEEDS, trials: tuple[int, ...] = TRIALS) -> dict[str, Any]:
    began = process_time()
    rate, tried = chosen(run, trials)
    loss, accuracy = np.array([run(rate, seed, "test") for seed in seeds]).T
    row = {
        "what": name, "validation": {f"{r:g}": round(a, 4) for r, a in tried.items()}, "rate": rate,
        "loss": [round(float(v), 4) for v in loss], "accuracy": [round(float(v), 4) for v in accuracy],
        "seconds": round(process_time() - began),
    }  # fmt: skip
    print(row, flush=True)
    return row


def depth(
    epochs: int = 8, depths: tuple[int, ...] = DEPTHS, norms: tuple[bool, ...] = (True, False), **options: Any
) -> list[dict]:
    rows = []
    for batch_norm in norms:
        for n in depths:
            make = partial(stack, convolutions=n, batch_norm=batch_norm)
            run = partial(trained, make, side=14, epochs=epochs)
            norm = "batch norm" if batch_norm else "no norm"
            rows.append(race(f"{n} convolutions, {norm}, {epochs} epochs", run, **options))
    return rows


def other(rate: float = 0.03) -> list[dict]:
    """18 convolutions without a norm at the rate that came second, the same seeds."""
    run = partial(trained, partial(stack, convolutions=18, batch_norm=False), side=14, epochs=8)
    right = [round(run(rate, seed, "test")[1], 4) for seed in SEEDS]
    print(row := {"what": "18 convolutions, no norm, 8 epochs", "rate": rate, "accuracy": right}, flush=True)
    return [row]


def narrow(d: Any, kind: str, rng: np.random.Generator, **options: Any) -> Any:
    """VGG-11 with an eighth of the maps, for images of 28 x 28."""
    like: dict[str, Any] = {"classes": 10, "channels": 1, "size": 28, "width": 1 / 8, "dropout": 0}
    net = models.vgg(d, 11, init=None, generator=rng, **like, **options)
    return models.start(net, generator=rng) if kind == "He" else net


def start(
    steps: int = 100, rates: tuple[float, ...] = MIDDLE, kinds: tuple[str, ...] = ("default", "He"), rule: str = "SGD"
) -> list[dict]:
    """The mean training loss of the last twenty of a hundred steps, at a constant rate; None where it diverges."""
    import dlnotes.torch as dt

    rows = []
    for kind in kinds:
        for rate in rates:
            ends: list[float | None] = []
            for seed in SEEDS:
                rng = np.random.default_rng(seed)
                net = narrow(dt, kind, rng)
                weights = net.parameters()
                optimizer = dt.Adam(weights, lr=rate) if rule == "Adam" else dt.SGD(weights, lr=rate, momentum=0.9)
                try:
                    history = fit(net, clothes(28)["train"], optimizer, steps=steps, generator=rng, progress=False)
                    ends.append(round(float(np.mean(history.loss[-20:])), 3))
                except DivergedError:
                    ends.append(None)
            rows.append({"what": f"VGG-11, {kind}" + f", {rule}" * (rule != "SGD"), "rate": rate, "loss": ends})
            print(rows[-1], flush=True)
    return rows


def small() -> list[dict]:
    """VGG-11 with batch norm, from He's start, one epoch over all training images; the test accuracy."""
    import dlnotes.torch as dt

    train, _, test = fashion_mnist()
    mean, std = train.images.mean(), train.images.std()
    x, y = (((part.images[:, None] - mean) / std).astype(np.float32) for part in (train, test))
    right = []
    for seed in SEEDS:
        net, rng = narrow(dt, "He", np.random.default_rng(seed), batch_norm=True), np.random.default_rng(seed + 1)
        sgd = dt.SGD(net.parameters(), lr=0.03, momentum=0.9)
        fit(net, (x, train.labels), sgd, epochs=1, generator=rng,
            scheduler=dt.CosineAnnealingLR(sgd, 141), progress=False)  # fmt: skip
        right.append(round(evaluate(net, (y, test.labels)).accuracy or 0, 4))
    print(row := {"what": "VGG-11, He, batch norm, one epoch", "rate": 0.03, "accuracy": right}, flush=True)
    return [row]


def border() -> list[dict]:
    """VGG-19 at 56 x 56 before training: the mean square of the last convolution's sums by that of the first's."""
    x, rows = dn.tensor(clothes(28)["train"][0][:32].repeat(2, axis=2).repeat(2, axis=3)), []
    for counted, mode in (("outputs", "fan_out"), ("inputs", "fan_in")):
        for around in ("zeros", "wrapped"):
            left = []
            for seed in SEEDS:
                rng = np.random.default_rng(seed)
                like: dict[str, Any] = {"classes": 10, "channels": 1, "size": 56, "width": 1 / 8}
                a, squares = x, []
                for part in models.vgg(dn, 19, init=None, generator=rng, **like).features:
                    if isinstance(part, dn.Conv2d):
                        dn.kaiming_normal_(part.weight, mode=mode, nonlinearity="relu", generator=rng)
                        pad = ((0, 0), (0, 0), (1, 1), (1, 1))
                        wide = np.pad(a.data, pad, mode="constant" if around == "zeros" else "wrap")
                        with dn.no_grad():
                            a = dn.conv2d(dn.tensor(wide), part.weight)
                        squares.append(float((a.data**2).mean()))
                    else:
                        a = part(a)
                left.append(round(squares[-1] / squares[0], 4))
            rows.append({"what": f"n counts {counted}, {around} around the map", "left": left})
            print(rows[-1], flush=True)
    return rows


def times(rounds: int = 15) -> list[dict]:
    """64 channels of 32 x 32, batch 8: ms, the least of the rounds, in which both take turns; the median ratio."""
    import dlnotes.torch as dt

    rows, x = [], np.random.default_rng(0).normal(size=(8, 64, 32, 32)).astype(np.float32)
    for name, d in (("dlnotes.numpy", dn), ("PyTorch", dt)):
        like = {"generator": np.random.default_rng(0)}
        three = [layer for _ in range(3) for layer in (d.Conv2d(64, 64, 3, padding=1, **like), d.ReLU())]
        nets = {"three 3 x 3": d.Sequential(*three), "one 7 x 7": d.Sequential(
            d.Conv2d(64, 64, 7, padding=3, **like), d.ReLU())}  # fmt: skip
        for what in ("forward", "forward and backward"):
            taken: dict[str, list[float]] = {key: [] for key in nets}
            for _ in range(rounds):
                for key, net in nets.items():
                    began = process_time()
                    if what == "forward":
                        with d.no_grad():
                            net(d.tensor(x))
                    else:
                        net(d.tensor(x, requires_grad=True)).sum().backward()
                    taken[key].append(1000 * (process_time() - began))
            pairs = np.array(taken["three 3 x 3"]) / np.array(taken["one 7 x 7"])
            ratio = [round(float(r), 2) for r in np.quantile(pairs, [0.25, 0.5, 0.75])]
            ms = {key: round(min(spent), 1) for key, spent in taken.items()}
            rows.append({"what": f"{name}, {what}", "ms": ms, "ratio": ratio[1], "quartiles": ratio[::2]})
            print(rows[-1], flush=True)
    return rows


def adam() -> list[dict]:
    return start(rates=(0.001, 0.003), kinds=("default",), rule="Adam")


TABLES: dict[str, Callable[[], list[dict]]] = {
    "time": times, "start": start, "adam": adam, "small": small, "border": border, "depth": depth, "other": other,
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        record.keep("vgg", name, rows=TABLES[name]())


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in measure.FAIR.items()):  # read when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.vgg", *sys.argv[1:]], os.environ | measure.FAIR)
    main()
