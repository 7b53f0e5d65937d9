"""`python -m benchmarks.lenet`: the recorded numbers of *Building a CNN*, over five seeds (about seven minutes).

The chapter trains one network; what it says of five stands here.  A seed decides the first weights and the order of
the examples; training, validation and test images are always the book's.  Each row has its own rate, that of the grid
with the highest mean validation accuracy, and only then are its test accuracies looked at.  All that is printed is
also saved, in benchmarks/results/lenet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import fashion_mnist, mnist
from dlnotes.models import lenet5
from dlnotes.train import evaluate, fit, predict

SEEDS, RATES = range(5), (4e-3, 8e-3, 16e-3)
PROBE_RATES = (2.5e-4, 1e-3, 4e-3, 16e-3, 64e-3)
Data = tuple[np.ndarray, np.ndarray]

LINES: list[dict] = []


def line(what: str, values: Any, **more: Any) -> None:
    """To be saved: a number for each seed, or other values, and what else there is to say."""
    LINES.append({"what": what, "values": np.round(values, 4).tolist(), **more})


def pixels() -> tuple[Data, Data, Data]:
    """MNIST from 0 to 1, (N, 1, 28, 28), and its labels."""
    train, validation, test = ((part.images[:, None] / np.float32(255), part.labels) for part in mnist())
    return train, validation, test


def pooled(rng: np.random.Generator) -> dn.Sequential:
    """LeNet whose sixteen last maps are averaged to one number each, and scored: any image size will do."""
    maps = list(lenet5(dn, activation="ReLU", generator=rng))[:5]
    return dn.Sequential(*maps, dn.AdaptiveAvgPool2d(1), dn.Flatten(), dn.Linear(16, 10, generator=rng))


def train(net: Any, data: Data, rate: float, seed: int, epochs: int = 5, batch_size: int = 64) -> Any:
    """Adam with a cosine."""
    optimizer = dn.Adam(net.parameters(), lr=rate)
    steps = epochs * -(-len(data[1]) // batch_size)
    fit(net, data, optimizer, epochs=epochs, batch_size=batch_size, generator=np.random.default_rng(seed),
        scheduler=dn.CosineAnnealingLR(optimizer, steps), progress=False)  # fmt: skip
    return net


def features(net: Any, layers: int, data: Data) -> Data:
    """What the first layers make of the images, a row for each."""
    with dn.no_grad():
        parts = []
        for i in range(0, len(data[1]), 1000):
            x = dn.tensor(data[0][i : i + 1000])
            for layer in list(net)[:layers]:
                x = layer(x)
            parts.append(x.data.reshape(len(x.data), -1))
    return np.concatenate(parts), data[1]


def probe(parts: list[Data], rate: float, seed: int) -> tuple[float, float]:
    """Validation and test accuracy of one linear layer on features that are standardised by their training mean."""
    mean, std = parts[0][0].mean(0), parts[0][0].std() + 1e-6
    parts = [((x - mean) / std, y) for x, y in parts]
    net = dn.Linear(parts[0][0].shape[1], 10, generator=np.random.default_rng(seed))
    train(net, parts[0], rate, seed, epochs=10, batch_size=128)
    return tuple(evaluate(net, part).accuracy for part in parts[1:])  # type: ignore[return-value]


def row(name: str, run: Callable[[float, int], tuple[float, float]], rates: tuple[float, ...]) -> None:
    """Try the rates, print their mean validation accuracies, choose one, print the test accuracies at it."""
    found = np.array([[run(rate, seed) for seed in SEEDS] for rate in rates])  # (rates, seeds, 2)
    means = found[:, :, 0].mean(1)
    best = int(means.argmax())
    tried = ", ".join(f"{rate:g}: {mean:.4f}" for rate, mean in zip(rates, means))
    print(f"{name}\n    validation {tried}\n    {spread(found[best, :, 1])} at {rates[best]:g}", flush=True)
    line(name, found[best, :, 1], rate=rates[best], validation=dict(zip(rates, means.round(4))))


def spread(values: Any) -> str:
    return f"mean {np.mean(values):.3f}, each {' '.join(f'{value:.3f}' for value in values)}"


def mistakes(nets: list[Any], data: Data) -> None:
    """What all networks miss, and what at least one misses."""
    missed = np.array([predict(net, data[0]).argmax(1) != data[1] for net in nets])
    print(f"missed by all {np.flatnonzero(missed.all(0)).tolist()}, by at least one {missed.any(0).sum()}")
    line("missed by all", np.flatnonzero(missed.all(0)))
    line("missed by at least one", np.flatnonzero(missed.any(0)))


def flips(nets: list[Any], data: Data, pixels: int = 20) -> None:
    """Accuracy after the pixels with the largest slopes, or pixels by lot from the middle 20 x 20, are inverted."""
    rows, each = data[0].reshape(len(data[1]), -1), np.arange(len(data[1]))[:, None]
    middle = np.arange(784).reshape(28, 28)[4:24, 4:24].ravel()
    print(f"of all pixels {(rows > 0.5).mean():.3f} are ink")
    for name in ("saliency", "lot"):
        found, ink = [], []
        for seed, net in zip(SEEDS, nets):
            if name == "saliency":
                chosen = dn.saliency(net, dn.tensor(data[0])).reshape(rows.shape).argsort(1)[:, -pixels:]
            else:
                lots = np.random.default_rng(seed).permuted(np.tile(middle, (len(rows), 1)), axis=1)
                chosen = lots[:, :pixels]
            images = rows.copy()
            images[each, chosen] = 1 - images[each, chosen]
            found.append(evaluate(net, (images.reshape(data[0].shape), data[1])).accuracy)
            ink.append((rows[each, chosen] > 0.5).mean())
        print(f"{pixels} pixels by {name}, inverted: {spread(found)}; ink among them: {spread(ink)}", flush=True)
        line(f"{pixels} pixels by {name}, inverted", found, ink=np.round(ink, 4).tolist())


def elsewhere(nets: list[Any], data: Data) -> None:
    """Accuracy on digits moved to the right by 4 pixels, and how many pieces of clothing are a digit with p > 1/2."""
    clothes = fashion_mnist().test.images[:, None] / np.float32(255)
    aside = np.zeros_like(data[0])
    aside[..., 4:] = data[0][..., :-4]
    moved = [evaluate(net, (aside, data[1])).accuracy for net in nets]
    print("moved by 4:", spread(moved))
    sure = []
    for net in nets:
        odds = np.exp(predict(net, clothes) - predict(net, clothes).max(1, keepdims=True))
        sure.append((odds.max(1) / odds.sum(1) > 0.5).mean())
    print("clothes taken for a digit:", spread(sure), flush=True)
    line("moved by 4", moved)
    line("clothes taken for a digit", sure)


def starts(data: Data) -> None:
    """The loss of new networks on pixels of 0 to 255."""
    news = [lenet5(dn, activation="ReLU", generator=np.random.default_rng(seed)) for seed in SEEDS]
    losses = [evaluate(new, (data[0] * 255, data[1])).loss for new in news]
    print("start on 0 to 255:", spread(losses), flush=True)
    line("start on 0 to 255", losses)


def silent(net: Any, images: np.ndarray) -> list[float]:
    """Of each ReLU the share of units, or maps, that give only 0."""
    shares, x = [], dn.tensor(images)
    with dn.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, dn.ReLU):
                shares.append((x.data.reshape(*x.shape[:2], -1).max((0, 2)) == 0).mean())
    return shares


def dying(data: Data, test: Data) -> None:
    """Which ReLUs die, and when: fifty steps of 32 with Adam at 0.1; the healthy rate 0.003; and peaks at 0.03."""

    def run(seed: int, rate: float, part: Data, steps: int) -> tuple[Any, np.ndarray]:
        rng = np.random.default_rng(seed)
        net = lenet5(dn, activation="ReLU", generator=rng)
        adam = dn.Adam(net.parameters(), lr=rate)
        history = fit(net, part, adam, steps=steps, batch_size=32, generator=rng, progress=False)
        return net, np.array(history.loss)

    for seed in SEEDS:
        first: list[Any] = [None] * 4
        for step in range(1, 11):
            for i, share in enumerate(silent(run(seed, 0.1, data, step)[0], test[0])):
                first[i] = first[i] or (step if share == 1 else None)
        print(f"at 0.1 each ReLU is wholly dead after step {first}", flush=True)
        LINES.append({"what": "at 0.1 each ReLU is wholly dead after step", "seed": seed, "values": first})
    for rate in (0.1, 0.003):
        shares = np.array([silent(run(seed, rate, data, 50)[0], test[0]) for seed in SEEDS])
        print(f"dead at {rate} after 50 steps, each ReLU: least {shares.min(0)}, most {shares.max(0)}", flush=True)
        line(f"dead at {rate} after 50 steps, each ReLU", shares)
    few = data[0][:32], data[1][:32]
    ends = [run(seed, 0.1, few, 50)[1][-10:].mean() for seed in range(15)]
    print("one batch at 0.1:", " ".join(f"{end:.3f}" for end in ends), flush=True)
    line("one batch at 0.1", ends)
    mixed = data[0], np.random.default_rng(9).permutation(data[1])
    for name, part in (("0.003", data), ("0.003, labels mixed up", mixed)):
        batch = part[0][:32], part[1][:32]
        alone, whole = ([run(seed, 0.003, d, 50)[1][-10:].mean() for seed in SEEDS] for d in (batch, part))
        print(f"at {name}: one batch up to {max(alone):.3f}, all {min(whole):.2f} to {max(whole):.2f}", flush=True)
        line(f"one batch at {name}", alone)
        line(f"all at {name}", whole)
    for seed in range(8):
        net, loss = run(seed, 0.03, data, 50)
        equal = np.ptp(predict(net, test[0]), 0).max() == 0
        print(f"at 0.03: scores {'equal' if equal else 'differ'}, largest loss {loss.max():.2f}", flush=True)
        line("at 0.03", loss.max(), seed=seed, scores="equal" if equal else "differ")


def nearest(kinds: list[tuple[str, list, int]], data: tuple[Data, Data, Data]) -> None:
    """Test accuracy of the nearest class mean."""
    for name, nets, layers in kinds:
        found = []
        for net in nets:
            (x, labels), (new, truth) = (features(net, layers, part) for part in (data[0], data[2]))
            means = np.array([x[labels == c].mean(0) for c in range(10)])
            found.append((((new[:, None] - means) ** 2).sum(2).argmin(1) == truth).mean())
        print(f"nearest mean: {name}: {spread(found)}", flush=True)
        line(f"nearest mean: {name}", found)


def slow(data: Data) -> None:
    """SGD at 0.1: the mean loss of steps 41 to 60, and of steps 241 to 260."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        net = lenet5(dn, activation="ReLU", generator=rng)
        history = fit(net, data, dn.SGD(net.parameters(), lr=0.1), steps=60, generator=rng, progress=False)
        scores = predict(net, data[0][:1000])
        more = fit(net, data, dn.SGD(net.parameters(), lr=0.1), steps=200, generator=rng, progress=False)
        losses = np.mean(history.loss[-20:]), np.mean(more.loss[-20:])
        print(f"slow: {losses[0]:.2f}, then {losses[1]:.2f}; scores differ by up to {np.ptp(scores, 0).max():.2f}")
        line("slow", losses, seed=seed, scores=round(float(np.ptp(scores, 0).max()), 4))


def main() -> None:
    data = pixels()

    def lenet(seed: int) -> Any:
        return lenet5(dn, activation="ReLU", generator=np.random.default_rng(seed))

    @cache
    def flattened(rate: float, seed: int) -> Any:
        return train(lenet(seed), data[0], rate, seed)

    def averaged(rate: float, seed: int, epochs: int = 5) -> Any:
        return train(pooled(np.random.default_rng(seed)), data[0], rate, seed, epochs)

    def scores(made: Callable[[float, int], Any]) -> Callable[[float, int], tuple[float, float]]:
        def run(rate: float, seed: int) -> tuple[float, float]:
            net = made(rate, seed)
            return tuple(evaluate(net, part).accuracy for part in data[1:])  # type: ignore[return-value]

        return run

    random, trained = [lenet(seed) for seed in SEEDS], [flattened(8e-3, seed) for seed in SEEDS]
    right = [evaluate(net, data[2]).accuracy for net in trained]
    print(f"LeNet at 0.008: {spread(right)}", flush=True)
    line("LeNet at 0.008", right)
    mistakes(trained, data[2])
    flips(trained, data[2])
    elsewhere(trained, data[2])
    slow(data[0])
    starts(data[2])
    dying(data[0], data[2])
    row("LeNet, averaged", scores(averaged), RATES)
    row("LeNet, averaged, 15 epochs", scores(lambda rate, seed: averaged(rate, seed, 15)), RATES[2:])
    row("LeNet, flattened", scores(flattened), RATES)
    kinds: list[tuple[str, list, int]] = [("pixels", random, 0)]
    for layers, title in ((3, "first pool"), (6, "second pool")):
        kinds += [(f"{title}, random", random, layers), (f"{title}, trained", trained, layers)]
    nearest([kinds[0], *kinds[3:]], data)
    for name, nets, layers in kinds:
        parts = [[features(net, layers, part) for part in data] for net in nets]
        row(f"probe: {name}", lambda rate, seed, parts=parts: probe(parts[seed], rate, seed), PROBE_RATES)  # type: ignore[misc]
    record.keep("lenet", file="recorded", lines=LINES)


if __name__ == "__main__":
    main()
