"""`python -m benchmarks.activations`: the numbers that the chapter *Activation functions* records.

Fashion-MNIST, standardised as a whole (one mean, one standard deviation), networks of width 64, SGD with momentum 0.9
if nothing else is said, batches of 64.  A seed varies which 5,000 images are learned from, the first weights and the
order.  Accuracies are of the 2,000 test images; where a rate is chosen, it is by the validation images and with two
seeds that are not used again.  Tables: causes (depth, and what cures it; each rate of a grid), four (four layers of
sigmoids beside four of tanh, each start with its own rate), race (eight functions, each with its own rate), dead
(units that answer no image), cost (ratios of processor time).  Name tables for those alone.
All that is printed is also saved, a file for each table, in benchmarks/results/activations.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from time import perf_counter, process_time
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import measure, record
from dlnotes.data import fashion_mnist
from dlnotes.models import mlp
from dlnotes.train import DivergedError, evaluate, fit

LINES: list[dict[str, Any]] = []  # of the table at hand
SEEDS = range(5)


@cache
def clothes() -> list[tuple[np.ndarray, np.ndarray]]:
    """Training, validation and test images as rows, and their labels."""
    parts = [(p.images.reshape(-1, 784) / 255, p.labels) for p in fashion_mnist()]
    mean, std = parts[0][0].mean(), parts[0][0].std()
    return [(((x - mean) / std).astype(np.float32), y) for x, y in parts]


def trained(
    activation: str, hidden: int, rate: float, seed: int, *, adam: bool = False, epochs: int = 10,
    change: Callable[[dn.Module], None] = lambda model: None, **options: Any,
) -> dn.Module | None:  # fmt: skip
    """A network after training, or None where its loss overflowed."""
    rng = np.random.default_rng(seed)
    model = mlp(dn, (784, *[64] * hidden, 10), activation=activation, generator=rng, **options)
    change(model)
    few = rng.permutation(9000)[:5000]
    x, y = clothes()[0]
    parameters = model.parameters()
    optimizer = dn.Adam(parameters, rate) if adam else dn.SGD(parameters, rate, momentum=0.9)
    try:
        with np.errstate(all="ignore"):
            fit(model, (x[few], y[few]), optimizer, epochs=epochs, generator=rng, progress=False)
    except DivergedError:
        return None
    return model


def accuracy(*args: Any, part: int = 2, **options: Any) -> float:
    """In percent; 10 where the loss overflowed."""
    model = trained(*args, **options)
    with np.errstate(all="ignore"):
        return 10.0 if model is None else 100 * (evaluate(model, clothes()[part]).accuracy or 0)


def line(what: str, values: list[float], **more: Any) -> None:
    found = np.array(values)
    extra = " ".join(f"{k} {v}" for k, v in more.items())
    print(f"{what:40} {found.mean():5.1f} [{found.min():.1f}, {found.max():.1f}] {extra}", flush=True)
    LINES.append({"what": what, "values": [round(v, 2) for v in values], **more})


def causes() -> None:
    for activation, depths in (("Sigmoid", (1, 2, 3, 4, 5)), ("Tanh", (4,)), ("ReLU", (4,))):
        for hidden in depths:
            line(f"{activation}, {hidden} hidden layers", [accuracy(activation, hidden, 0.01, s) for s in SEEDS])
    starts = {"default": {}, "gain 1": {"init": "kaiming", "gain": 1.0}, "gain 4": {"init": "kaiming", "gain": 4.0}}
    for name, start in starts.items():
        for rate in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
            line(f"4 sigmoid layers, {name}", [accuracy("Sigmoid", 4, rate, s, **start) for s in SEEDS], rate=rate)
    line("4 sigmoid layers, default, 40 epochs", [accuracy("Sigmoid", 4, 0.01, s, epochs=40) for s in SEEDS])
    for rate in (0.0003, 0.001, 0.003, 0.01, 0.03):
        line("4 sigmoid layers, default, Adam", [accuracy("Sigmoid", 4, rate, s, adam=True) for s in SEEDS], rate=rate)
    line("4 sigmoid layers, batch norm", [accuracy("Sigmoid", 4, 0.01, s, batch_norm=True) for s in SEEDS])


def twin(tanh: dn.Module) -> None:
    """Change weights and biases, so that with sigmoids in place of the tanhs the outputs stay the same."""
    layers = [m for m in tanh.modules() if isinstance(m, dn.Linear)]
    for layer in layers:
        weight, bias = layer.weight.data, layer.bias.data
        if layer is not layers[0]:  # it gets 2 s - 1 now: W (2 s - 1) = 2 W s - W 1
            weight, bias = 2 * weight, bias - weight.sum(1)
        if layer is not layers[-1]:  # tanh(z) = 2 sigmoid(2 z) - 1
            weight, bias = 2 * weight, 2 * bias
        layer.load_state_dict({"weight": weight, "bias": bias})


def four() -> None:
    """Four hidden layers, ten epochs; the rate of each start is the best of the grid on validation images."""
    kaiming = {"init": "kaiming"}
    starts: dict[str, tuple[str, dict[str, Any], tuple[float, ...]]] = {
        "Tanh, gain 1": ("Tanh", kaiming | {"gain": 1.0}, RATES),
        "Sigmoid, twin of tanh": ("Sigmoid", kaiming | {"gain": 1.0, "change": twin}, RATES),
        "Sigmoid, gain 4": ("Sigmoid", kaiming | {"gain": 4.0}, RATES),
        "Sigmoid, gain 2": ("Sigmoid", kaiming | {"gain": 2.0}, RATES),
        "Sigmoid, default, Adam": ("Sigmoid", {"adam": True}, (0.0003, 0.001, 0.003, 0.01, 0.03)),
    }
    for name, (activation, start, rates) in starts.items():
        trial = {r: np.mean([accuracy(activation, 4, r, s, part=1, **start) for s in (100, 101)]) for r in rates}
        best = max(trial, key=lambda r: trial[r])
        tried = [round(float(v), 1) for v in trial.values()]
        line(name, [accuracy(activation, 4, best, s, **start) for s in SEEDS], rate=best, validation=tried)


FUNCTIONS = ("Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def race() -> None:
    """Two hidden layers."""
    for activation in FUNCTIONS:
        trial = {r: np.mean([accuracy(activation, 2, r, s, part=1) for s in (100, 101)]) for r in RATES}
        best = max(trial, key=lambda r: trial[r])
        tried = [round(float(v), 1) for v in trial.values()]
        line(activation, [accuracy(activation, 2, best, s) for s in range(10)], rate=best, validation=tried)


def silent(model: dn.Module | None) -> list[float]:
    """The shares, in percent, of units of both hidden layers whose sum is 0 or below for each of 9,000 images."""
    if model is None:
        return [float("nan")] * 2
    a, shares = clothes()[0][0], []
    with np.errstate(all="ignore"):
        for i in (0, 2):  # Linear, activation, Linear, activation, Linear
            z = model[i](dn.tensor(a))
            shares.append(round(100 * float((z.data <= 0).all(0).mean()), 1))
            a = model[i + 1](z).data
    return shares


def dead() -> None:
    """Two hidden layers, three epochs."""
    for adam, rates in ((False, (0.01, 0.03, 0.1, 0.3, 1.0)), (True, (0.001, 0.003, 0.01, 0.03, 0.1))):
        for activation in ("ReLU", "LeakyReLU", "ELU"):
            for rate in rates:
                models = [trained(activation, 2, rate, s, adam=adam, epochs=3) for s in SEEDS]
                with np.errstate(all="ignore"):
                    right = [10.0 if m is None else 100 * (evaluate(m, clothes()[2]).accuracy or 0) for m in models]
                name = f"{activation}, {'Adam' if adam else 'SGD'}"
                line(name, right, rate=rate, dead=[silent(m) for m in models])


def ratios(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Processor time over that of the first: quartiles of rounds in which all take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = process_time()
            run()
            times[name].append(process_time() - began)
    base = np.array(times[next(iter(runs))])
    return {name: [round(float(q), 3) for q in np.quantile(np.array(t) / base, [0.25, 0.5, 0.75])]
            for name, t in times.items()}  # fmt: skip


def cost() -> None:
    """The function alone, forward, on 64 x 256; and a training step of 784-256-256-10 with batches of 64."""
    rng = np.random.default_rng(0)
    x = dn.tensor(rng.normal(size=(64, 256)).astype(np.float32))
    names = ("relu", "leaky_relu", "sigmoid", "tanh", "silu", "elu", "gelu")

    def alone(name: str) -> Callable[[], None]:
        function = getattr(dn, name)

        def run() -> None:
            for _ in range(100):
                function(x)

        return run

    found = {"alone": ratios({name: alone(name) for name in names}, 41)}
    x_train, y_train = clothes()[0]

    def step(activation: str) -> Callable[[], None]:
        model = mlp(dn, (784, 256, 256, 10), activation=activation, generator=np.random.default_rng(0))
        sgd = dn.SGD(model.parameters(), 0.01)
        return lambda: fit(model, (x_train[:640], y_train[:640]), sgd, epochs=2,
                           generator=np.random.default_rng(0), progress=False)  # fmt: skip

    kinds = ("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "SiLU", "ELU", "GELU")
    found["whole step"] = ratios({kind: step(kind) for kind in kinds}, 31)
    for what, rows in found.items():
        for name, quartiles in rows.items():
            print(what, name, quartiles, flush=True)
            LINES.append({"what": f"{what}, {name}", "quartiles": quartiles})


TABLES: dict[str, Callable[[], None]] = {"causes": causes, "four": four, "race": race, "dead": dead, "cost": cost}


def main(names: list[str]) -> None:
    for name in names or TABLES:
        LINES.clear()
        began = perf_counter()
        TABLES[name]()
        print(f"{name}: {perf_counter() - began:.0f} s")
        record.keep("activations", name, lines=LINES)


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in measure.FAIR.items()):  # read when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.activations", *sys.argv[1:]],
                  os.environ | measure.FAIR)  # fmt: skip
    main(sys.argv[1:])
