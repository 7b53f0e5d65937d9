"""`python -m benchmarks.lenet`: the recorded numbers of *Building a CNN*, over five seeds (about five minutes).

The chapter trains one network; what it says of five stands here.  A seed decides the first weights and the order of
the examples; training, validation and test images are always the book's.  Each row has its own rate, that of the grid
with the highest mean validation accuracy, and only then are its test accuracies looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from dlnotes.data import fashion_mnist, mnist
from dlnotes.models import lenet5
from dlnotes.train import evaluate, fit, predict

SEEDS, RATES = range(5), (4e-3, 8e-3, 16e-3)
PROBE_RATES = (2.5e-4, 1e-3, 4e-3, 16e-3, 64e-3)
Data = tuple[np.ndarray, np.ndarray]


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


def spread(values: Any) -> str:
    return f"mean {np.mean(values):.3f}, each {' '.join(f'{value:.3f}' for value in values)}"


def mistakes(nets: list[Any], data: Data) -> None:
    """What all networks miss, and what at least one misses."""
    missed = np.array([predict(net, data[0]).argmax(1) != data[1] for net in nets])
    print(f"missed by all {np.flatnonzero(missed.all(0)).tolist()}, by at least one {missed.any(0).sum()}")


def flips(nets: list[Any], data: Data, pixels: int = 20) -> None:
    """Accuracy after the pixels with the largest slopes, or pixels by lot, are changed against their slopes."""
    rows, each = data[0].reshape(len(data[1]), -1), np.arange(len(data[1]))[:, None]
    for name in ("saliency", "lot"):
        found = []
        for seed, net in zip(SEEDS, nets):
            x = dn.tensor(data[0], requires_grad=True)
            z: Any = net(x)
            z[np.arange(len(z)), z.data.argmax(1)].sum().backward()
            slopes = x.grad.data.reshape(rows.shape)  # type: ignore[union-attr]
            lot = np.random.default_rng(seed).random(rows.shape)
            chosen = (abs(slopes) if name == "saliency" else lot).argsort(1)[:, -pixels:]
            images = rows.copy()
            images[each, chosen] = slopes[each, chosen] < 0
            found.append(evaluate(net, (images.reshape(data[0].shape), data[1])).accuracy)
        print(f"{pixels} pixels by {name}: {spread(found)}")


def elsewhere(nets: list[Any], data: Data) -> None:
    """Accuracy on digits moved to the right by 4 pixels, and how many pieces of clothing are a digit with p > 1/2."""
    clothes = fashion_mnist().test.images[:, None] / np.float32(255)
    print("moved by 4:", spread([evaluate(net, (np.roll(data[0], 4, -1), data[1])).accuracy for net in nets]))
    sure = []
    for net in nets:
        odds = np.exp(predict(net, clothes) - predict(net, clothes).max(1, keepdims=True))
        sure.append((odds.max(1) / odds.sum(1) > 0.5).mean())
    print("clothes taken for a digit:", spread(sure))


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


def main() -> None:
    data = pixels()

    def lenet(seed: int) -> Any:
        return lenet5(dn, activation="ReLU", generator=np.random.default_rng(seed))

    @cache
    def flattened(rate: float, seed: int) -> Any:
        return train(lenet(seed), data[0], rate, seed)

    def averaged(rate: float, seed: int) -> Any:
        return train(pooled(np.random.default_rng(seed)), data[0], rate, seed)

    def scores(made: Callable[[float, int], Any]) -> Callable[[float, int], tuple[float, float]]:
        def run(rate: float, seed: int) -> tuple[float, float]:
            net = made(rate, seed)
            return tuple(evaluate(net, part).accuracy for part in data[1:])  # type: ignore[return-value]

        return run

    random, trained = [lenet(seed) for seed in SEEDS], [flattened(8e-3, seed) for seed in SEEDS]
    print(f"LeNet at 0.008: {spread([evaluate(net, data[2]).accuracy for net in trained])}", flush=True)
    mistakes(trained, data[2])
    flips(trained, data[2])
    elsewhere(trained, data[2])
    slow(data[0])
    row("LeNet, averaged", scores(averaged), RATES)
    row("LeNet, flattened", scores(flattened), RATES)
    kinds: list[tuple[str, list, int]] = [("pixels", random, 0)]
    for layers, title in ((3, "first pool"), (6, "second pool")):
        kinds += [(f"{title}, random", random, layers), (f"{title}, trained", trained, layers)]
    for name, nets, layers in kinds:
        parts = [[features(net, layers, part) for part in data] for net in nets]
        row(f"probe: {name}", lambda rate, seed, parts=parts: probe(parts[seed], rate, seed), PROBE_RATES)  # type: ignore[misc]


if __name__ == "__main__":
    main()
