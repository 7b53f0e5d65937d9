"""`python -m benchmarks.errors`: the numbers that the chapter *Training and test error* records.

Clothes of Fashion-MNIST, a network with one hidden layer of 64 ReLUs, SGD with momentum .9 in batches of 50.  Unless a
table is about rates, they come from a grid, by the validation loss (mean of seeds 100 and 101, which are not used
again).  Seeds vary which images are learned from, which labels are wrong, the first weights and the order of the
batches.  One quiet core needs about eight minutes; name tables (stop, rates, ensemble, gain, swa) for those alone.
What is printed is also saved, a file for each table, in benchmarks/results/errors, with the processor and the date.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes import models, weights
from dlnotes.data import fashion_mnist
from dlnotes.train import evaluate, fit

Pair = tuple[np.ndarray, np.ndarray]

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
LINES: list[dict] = []  # of the table at hand


@cache
def clothes() -> dict[str, Pair]:
    names = ("train", "validation", "test")
    parts = zip(names, fashion_mnist())
    return {k: ((p.images.reshape(-1, 784) / 255).astype(np.float32), p.labels) for k, p in parts}


def noisy(labels: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Labels of which a share, drawn one by one, is moved to one of the nine other classes."""
    wrong = rng.random(len(labels)) < share
    return np.where(wrong, (labels + rng.integers(1, 10, len(labels))) % 10, labels)


def some(n: int, share: float, rng: np.random.Generator) -> tuple[Pair, Pair]:
    """n training images and all for validation, with wrong labels among both."""
    (x, y), (new, truth) = clothes()["train"], clothes()["validation"]
    few = rng.permutation(len(x))[:n]
    return (x[few], noisy(y[few], share, rng)), (new, noisy(truth, share, rng))


def network(rng: np.random.Generator, width: int = 64) -> Any:
    return models.mlp(dn, (784, width, 10), generator=rng)


def line(name: str, values: Any, rate: float | None = None) -> None:
    found = np.asarray(values, float)
    chosen = "" if rate is None else f"rate {rate:<6g}"
    print(f"{name:58} {chosen:12} {found.mean():7.3f} [{found.min():.3f}, {found.max():.3f}]", flush=True)
    LINES.append({"what": name, "rate": rate, "values": [round(float(value), 4) for value in found]})


def chosen(loss: Callable[[float, int], float], rates: Sequence[float] = RATES) -> float:
    trial = {rate: np.mean([loss(rate, seed) for seed in (100, 101)]) for rate in rates}
    best = min(trial, key=lambda rate: trial[rate])
    if best in (rates[0], rates[-1]):
        print(f"the best rate, {best}, stands at the end of its grid")
    return best


# ------------------------------------------------------------------------------------------------ when to stop


def course(share: float, rate: float, seed: int, epochs: int = 60, n: int = 1000) -> np.ndarray:
    """After each epoch: accuracy on the training and the validation set, validation loss, accuracy on the test set."""
    rng = np.random.default_rng(seed)
    data, held = some(n, share, rng)
    model = network(rng)

    def look(model: Any, history: Any) -> tuple[float, ...]:
        loss, right = evaluate(model, held)
        return evaluate(model, data).accuracy or 0, right or 0, loss, evaluate(model, clothes()["test"]).accuracy or 0

    sgd = dn.SGD(model.parameters(), rate, momentum=0.9)
    return np.array(fit(model, data, sgd, epochs=epochs, batch_size=50, generator=rng, callback=look).notes)


def waits(values: np.ndarray, patience: int) -> int:
    """The epoch, from 0, in which one stops who bears `patience` epochs without a new lowest value."""
    best = 0
    for i, value in enumerate(values):
        if value < values[best]:
            best = i
        if i - best >= patience:
            return i
    return len(values) - 1


def gap_stops(gap: np.ndarray, times: int) -> int:
    """The epoch, from 0, in which the gap has grown for the `times`-th time in a row."""
    run = 0
    for i in range(1, len(gap)):
        run = run + 1 if gap[i] > gap[i - 1] else 0
        if run == times:
            return i
    return len(gap) - 1


def stop() -> None:
    for share in (0.0, 0.3):
        rate = chosen(lambda rate, seed, share=share: course(share, rate, seed)[:, 2].min())
        runs = [course(share, rate, seed) for seed in range(10)]
        name = f"{share:.0%} wrong labels"
        last = np.array([run[-1, 3] for run in runs])
        line(f"{name}: accuracy after 60 epochs", last, rate)
        best = np.array([run[:, 2].argmin() for run in runs])
        line(f"{name}: epoch of the lowest validation loss", best + 1)
        for patience in (3, 5, 10):
            ends = np.array([waits(run[:, 2], patience) for run in runs])
            kept = np.array([run[run[: end + 1, 2].argmin(), 3] for run, end in zip(runs, ends)])
            line(f"{name}: patience {patience}, restored, minus last", kept - last)
            line(f"{name}: patience {patience}, not restored, minus last", [
                run[end, 3] - run[-1, 3] for run, end in zip(runs, ends)])  # fmt: skip
            if patience == 5:
                line(f"{name}: patience 5, restored", kept)
                line(f"{name}: patience 5 stops in epoch", ends + 1)
        lowest = np.array([run[run[:, 2].argmin(), 3] for run in runs])
        line(f"{name}: weights of the lowest loss of all 60, minus last", lowest - last)
        for width in (1, 5):
            for times in (2, 3, 5):
                ends = np.array([gap_stops(smooth(run[:, 0] - run[:, 1], width), times) for run in runs])
                rule = f"{name}: gap, mean of {width}, grew {times} times"
                line(f"{rule}: stops in epoch", ends + 1)
                line(f"{rule}: minus last", [run[end, 3] - run[-1, 3] for run, end in zip(runs, ends)])
                line(f"{rule}: minus lowest loss", [
                    run[end, 3] - value for run, end, value in zip(runs, ends, lowest)])  # fmt: skip
        before = [run[: run[:, 2].argmin() + 1] for run in runs]
        grew = [np.mean(np.diff(run[:, 0] - run[:, 1]) > 0) for run in before]
        line(f"{name}: share of epochs before the lowest loss in which the gap grew", grew)


def rates() -> None:
    """The same with rates of which not each is the best: what early stopping is worth depends on them."""
    for share, rate in ((0.3, 0.003), (0.3, 0.01), (0.3, 0.03), (0.0, 0.003), (0.0, 0.01), (0.0, 0.03)):
        runs = [course(share, rate, seed) for seed in range(10)]
        name, last = f"{share:.0%} wrong labels", np.array([run[-1, 3] for run in runs])
        line(f"{name}: after 60 epochs", last, rate)
        for patience in (3, 10):
            ends = np.array([waits(run[:, 2], patience) for run in runs])
            kept = np.array([run[run[: end + 1, 2].argmin(), 3] for run, end in zip(runs, ends)])
            line(f"{name}: patience {patience}, restored", kept, rate)
            line(f"{name}: patience {patience}, restored, minus last", kept - last, rate)
            line(f"{name}: patience {patience}, not restored, minus last", [
                run[end, 3] - run[-1, 3] for run, end in zip(runs, ends)], rate)  # fmt: skip
            line(f"{name}: patience {patience} stops in epoch", ends + 1, rate)
        ends = np.array([gap_stops(run[:, 0] - run[:, 1], 3) for run in runs])
        line(f"{name}: gap grew three times in a row, minus patience 10", [
            run[end, 3] - value for run, end, value in zip(runs, ends, kept)], rate)  # fmt: skip


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """The mean of the last `width` values, of fewer at the start."""
    return np.array([values[max(i + 1 - width, 0) : i + 1].mean() for i in range(len(values))])


# -------------------------------------------------------------------------------------------------- ensembles


def trained(rate: float, data: Pair, seed: int, start: Any = None, epochs: int = 20) -> Any:
    rng = np.random.default_rng((seed, 2))
    model = copy.deepcopy(start) if start is not None else network(rng)
    sgd = dn.SGD(model.parameters(), rate, momentum=0.9)
    steps = epochs * len(data[0]) // 50
    fit(model, data, sgd, steps=steps, batch_size=50, generator=rng, scheduler=dn.CosineAnnealingLR(sgd, steps))
    return model


def aligned(model: Any, other: Any) -> Any:
    """`model` with its hidden units in the order that fits those of `other` best: the same function."""
    mine, theirs = [[np.column_stack([m[0].weight.data, m[0].bias.data, m[2].weight.data.T])] for m in (model, other)]
    order = linear_sum_assignment(-theirs[0] @ mine[0].T)[1]
    moved = copy.deepcopy(model)
    moved[0].weight.data, moved[0].bias.data = model[0].weight.data[order], model[0].bias.data[order]
    moved[2].weight.data = model[2].weight.data[:, order]
    return moved


def ensemble(groups: int = 8, size: int = 5, n: int = 3000) -> None:
    held, test = clothes()["validation"], clothes()["test"]

    def images(seed: int) -> Pair:
        return some(n, 0, np.random.default_rng(seed))[0]

    rate = chosen(lambda rate, seed: evaluate(trained(rate, images(seed), seed), held).loss)
    found: dict[str, list[float]] = {}
    for group in range(groups):
        data = images(group)
        nets = [trained(rate, data, 100 * group + i) for i in range(size)]
        first = network(np.random.default_rng((group, 3)))
        together = [trained(rate, data, 100 * group + i, first) for i in range(size)]
        fork = trained(rate, data, 100 * group, epochs=5)
        forked = [trained(rate, data, 100 * group + i, fork, epochs=15) for i in range(size)]
        single = np.mean([evaluate(net, test).accuracy for net in nets])
        row = {
            "single": single,
            "mean of predictions": evaluate(nets, test).accuracy,
            "mean of predictions minus single": evaluate(nets, test).accuracy - single,
            "single, loss": np.mean([evaluate(net, test).loss for net in nets]),
            "mean of predictions, loss": evaluate(nets, test).loss,
            "best of the five by validation minus single": evaluate(
                min(nets, key=lambda net: evaluate(net, held).loss), test).accuracy - single,
            "mean of weights": evaluate(weights.mean(nets), test).accuracy,
            "mean of weights, aligned": evaluate(
                weights.mean([nets[0], *(aligned(net, nets[0]) for net in nets[1:])]), test).accuracy,
            "aligned networks alone": np.mean([evaluate(aligned(net, nets[0]), test).accuracy for net in nets]),
            "same first weights, single": np.mean([evaluate(net, test).accuracy for net in together]),
            "same first weights, mean of weights": evaluate(weights.mean(together), test).accuracy,
            "same first weights, mean of predictions": evaluate(together, test).accuracy,
            "forked after 5 of 20 epochs, single": np.mean([evaluate(net, test).accuracy for net in forked]),
            "forked after 5 of 20 epochs, mean of weights": evaluate(weights.mean(forked), test).accuracy,
        }  # fmt: skip
        for name, value in row.items():
            found.setdefault(name, []).append(float(value or 0))
    for name, values in found.items():
        line(name, values, rate)


def gain(groups: int = 5, size: int = 5, n: int = 3000) -> None:
    """What the mean of predictions gains, for members that were trained in other ways."""
    held, test = clothes()["validation"], clothes()["test"]

    def run(rate: float, seed: int, share: float, epochs: int, cosine: bool, size: int = size) -> list[Any]:
        data, nets = some(n, share, np.random.default_rng(seed))[0], []
        for i in range(size):
            rng = np.random.default_rng((100 * seed + i, 2))
            model = network(rng)
            sgd = dn.SGD(model.parameters(), rate, momentum=0.9)
            steps = epochs * n // 50
            fit(model, data, sgd, steps=steps, batch_size=50, generator=rng,
                scheduler=dn.CosineAnnealingLR(sgd, steps) if cosine else None)  # fmt: skip
            nets.append(model)
        return nets

    for share, epochs, cosine in ((0.0, 20, False), (0.3, 20, True), (0.0, 60, True)):
        way = f"{share:.0%} wrong labels, {epochs} epochs, {'cosine' if cosine else 'constant rate'}"
        like: dict[str, Any] = {"share": share, "epochs": epochs, "cosine": cosine}
        rate = 0.03 if epochs == 60 else chosen(
            lambda rate, seed, like=like: evaluate(run(rate, seed, size=1, **like)[0], held).loss
        )  # fmt: skip
        rows = []
        for group in range(groups):
            nets = run(rate, group, **like)
            alone = np.mean([evaluate(net, test) for net in nets], axis=0)
            together = evaluate(nets, test)
            rows.append((alone[1], (together.accuracy or 0) - alone[1], alone[0], together.loss))
        for what, values in zip(("single", "mean of predictions minus single", "single, loss",
                                 "mean of predictions, loss"), zip(*rows)):  # fmt: skip
            line(f"{way}: {what}", values, rate)


def swa(n: int = 1000, epochs: int = 40) -> None:
    """The mean of the weights after each epoch of the last half, of a constant rate; and a cosine of equal length."""
    held, test = clothes()["validation"], clothes()["test"]

    def run(rate: float, seed: int, cosine: bool = False) -> tuple[Any, Any]:
        rng = np.random.default_rng(seed)
        data, _ = some(n, 0, rng)
        model = network(rng)
        mean = dn.AveragedModel(model)
        sgd = dn.SGD(model.parameters(), rate, momentum=0.9)
        steps = epochs * n // 50

        def take(model: Any, history: Any) -> None:
            if history.epochs > epochs // 2:
                mean.update_parameters(model)

        fit(model, data, sgd, steps=steps, batch_size=50, generator=rng, callback=take,
            scheduler=dn.CosineAnnealingLR(sgd, steps) if cosine else None)  # fmt: skip
        return model, mean

    for name, place, cosine in (("constant rate", 0, False), ("constant rate, mean of weights", 1, False),
                                ("cosine", 0, True)):  # fmt: skip
        rate = chosen(
            lambda rate, seed, place=place, cosine=cosine: evaluate(run(rate, seed, cosine)[place], held).loss
        )
        found = [evaluate(run(rate, seed, cosine)[place], test) for seed in range(8)]
        line(f"{name}: accuracy", [each.accuracy for each in found], rate)
        line(f"{name}: loss", [each.loss for each in found], rate)
    for rate in (0.01, 0.03, 0.1):
        both = [[evaluate(each, test).accuracy or 0 for each in run(rate, seed)] for seed in range(8)]
        line(f"rate {rate}: mean of weights minus the last weights", [mean - last for last, mean in both], rate)


TABLES = {"stop": stop, "rates": rates, "ensemble": ensemble, "gain": gain, "swa": swa}

if __name__ == "__main__":
    for name in record.asked(TABLES, LINES):
        record.keep("errors", name, lines=LINES)
