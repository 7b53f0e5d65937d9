"""`python -m benchmarks.regularisation`: the numbers that the chapter *Regularisation and dropout* records.

Small networks learn to tell clothing apart (Fashion-MNIST, 14 x 14 pixels), and each way to regularise gets its own
strength and learning rate from one stated grid: the pair with the lowest validation loss (`clean`), or the highest
validation accuracy where 30 % of the labels are wrong (`noisy`), as the mean of two seeds that are not used again.  It
is chosen twice, for the network of the last epoch and for that of the epoch with the lowest validation loss (early
stopping).  Ten other seeds are scored on the test images; they vary which images are learned from, which labels are
wrong, the first weights, the masks and the order of the batches.  `one_rate` compares at one rate, untuned; `masks`
repeats at a lower rate, for five seeds, what the chapter itself measures at 0.003.

One core needs about eight minutes; name tables (clean, noisy, one_rate, masks) for those alone.  All that is printed is
also saved, a file for each table, in benchmarks/results/regularisation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes import models
from dlnotes.data import fashion_mnist, mnist
from dlnotes.metrics import ece, temperature
from dlnotes.train import evaluate, fit, predict

Pair = tuple[np.ndarray, np.ndarray]

RATES = (0.0001, 0.0003, 0.001, 0.003)
GRIDS: dict[str, dict[str, tuple]] = {
    "none": {},
    "AdamW": {"decay": (0.1, 0.3, 1)},
    "dropout": {"dropout": (0.2, 0.5, 0.8)},
    "label smoothing": {"smoothing": (0.03, 0.1, 0.3)},
}
CHOOSE, SCORE = (100, 101), range(10)


class Score(NamedTuple):
    """On one set: per cent right, mean -log p, ECE in per cent, the same after the temperature, and that."""

    accuracy: float
    loss: float
    ece: float
    loss_after: float
    ece_after: float
    temperature: float


@cache
def clothes() -> dict[str, Pair]:
    """Rows of 196 numbers from 0 to 1, and labels."""
    found = {}
    for name, part in zip(("train", "validation", "test"), fashion_mnist()):
        small = part.images.reshape(-1, 14, 2, 14, 2).mean((2, 4)) / 255
        found[name] = small.reshape(-1, 196).astype(np.float32), part.labels
    return found


def some(rng: np.random.Generator, n: int, wrong: float) -> Pair:
    """n images to learn from, a share of them with another label, each of the nine others as likely."""
    few = rng.permutation(9000)[:n]
    x, y = clothes()["train"][0][few], clothes()["train"][1][few].copy()
    changed = rng.permutation(n)[: int(wrong * n)]
    y[changed] = (y[changed] + rng.integers(1, 10, len(changed))) % 10
    return x, y


def score(model: dn.Module, part: str) -> Score:
    """The temperature is chosen on the validation images."""
    scores, labels = predict(model, clothes()[part][0]).astype(np.float64), clothes()[part][1]
    known = predict(model, clothes()["validation"][0]).astype(np.float64)
    warm = temperature(known, clothes()["validation"][1])
    found = []
    for t in (1, warm):
        z = scores / t - (scores / t).max(1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        found += [-log_p[np.arange(len(labels)), labels].mean(), 100 * ece(np.exp(log_p), labels)]
    return Score(100 * (scores.argmax(1) == labels).mean(), *found, warm)


def trained(
    seed: int, rate: float, part: str, *, n: int, wrong: float, epochs: int = 50, l2: float = 0, decay: float = 0,
    dropout: float = 0, smoothing: float = 0,
) -> tuple[Score, Score]:  # fmt: skip
    """A network with 256 hidden units: after the last epoch, and with the weights of its best epoch."""
    rng = np.random.default_rng(seed)
    data = some(rng, n, wrong)
    model = models.mlp(dn, (196, 256, 10), dropout=dropout, generator=rng)
    adam: Any = dn.AdamW(model.parameters(), rate, weight_decay=decay) if decay else None
    adam = adam or dn.Adam(model.parameters(), rate, weight_decay=l2)
    best: dict[str, Any] = {"loss": np.inf}

    def keep(model: dn.Module, history: Any) -> None:
        if (found := evaluate(model, clothes()["validation"]).loss) < best["loss"]:
            best.update(loss=found, weights={name: w.copy() for name, w in model.state_dict().items()})

    loss = partial(dn.cross_entropy, label_smoothing=smoothing)
    fit(model, data, adam, epochs=epochs, batch_size=50, generator=rng, loss=loss, callback=keep)
    last = score(model, part)
    model.load_state_dict(best["weights"])
    return last, score(model, part)


def race(name: str, by: Callable[[Score], float], **setting: Any) -> list[dict]:
    """The best rate and strength, and the scores with them, at the end and stopped early."""
    grid = GRIDS[name]
    options = [dict(zip(grid, values)) for values in product(*grid.values())]
    trials = {}
    for i, rate in product(range(len(options)), RATES):
        runs = [trained(seed, rate, "validation", **setting, **options[i]) for seed in CHOOSE]
        trials[i, rate] = [np.mean([by(run[when]) for run in runs]) for when in (0, 1)]
    lines = []
    for when, title in enumerate(("last epoch", "best epoch")):
        i, rate = min(trials, key=lambda key: trials[key][when])
        scores = [trained(seed, rate, "test", **setting, **options[i])[when] for seed in SCORE]
        lines.append(line(f"{name}, {title}", {"rate": rate, **options[i]}, scores))
    return lines


def line(what: str, chosen: dict, scores: list[Score]) -> dict:
    mean = Score(*np.mean(scores, axis=0))
    band = f"{mean.accuracy:.1f} [{min(s.accuracy for s in scores):.1f}, {max(s.accuracy for s in scores):.1f}]"
    rest = f"loss {mean.loss:.3f} ECE {mean.ece:.1f}, after T = {mean.temperature:.2f} {mean.loss_after:.3f}"
    print(f"{what:28} {chosen!s:38} {band} {rest} {mean.ece_after:.1f}", flush=True)
    return {"what": what, **chosen, "scores": [[round(float(v), 4) for v in s] for s in scores]}


def races(names: tuple[str, ...], by: Callable[[Score], float], **setting: Any) -> list[dict]:
    return [one for name in names for one in race(name, by, **setting)]


def one_rate(rate: float = 0.003) -> list[dict]:
    """Everybody at the same rate, which suits nobody best."""
    lines = []
    for wrong, n, name, option in (
        (0, 2000, "none", {}), (0, 2000, "dropout", {"dropout": 0.5}), (0, 2000, "smoothing", {"smoothing": 0.1}),
        (0.3, 1000, "none", {}), (0.3, 1000, "L2 in Adam", {"l2": 0.003}), (0.3, 1000, "AdamW", {"decay": 1}),
    ):  # fmt: skip
        scores = [trained(seed, rate, "test", n=n, wrong=wrong, **option)[0] for seed in SCORE]  # type: ignore[arg-type]
        lines.append(line(f"{name}, {wrong:.0%} wrong", {"rate": rate, **option}, scores))
    short = [{}, {"smoothing": 0.1}]
    for option in short:
        scores = [trained(seed, 0.001, "test", n=9000, wrong=0, epochs=3, **option)[0] for seed in SCORE]
        lines.append(line("9000 images, 3 epochs", {"rate": 0.001, **option}, scores))
    return lines


class Probabilities(dn.Module):
    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: dn.Tensor) -> dn.Tensor:
        return dn.softmax(self.net(x), dim=1)


def doubts(net: dn.Module, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """1 - confidence of one plain pass, the spread of 30 passes with masks, and the answers."""
    scores = predict(net, x).astype(np.float64)
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    top = np.arange(len(p)), p.argmax(1)
    _, spread = dn.monte_carlo(Probabilities(net), dn.tensor(x), 30, np.random.default_rng(0))
    return 1 - p[top], spread.data[top], top[1]


def masks(rate: float = 0.001) -> list[dict]:
    """Per cent right with hidden units removed; shares of pairs in which a mistake, or a digit, has more doubt."""
    lines = []
    x, labels = clothes()["test"]
    digits = mnist()[2].images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196).astype(np.float32) / 255
    for name, p in (("none", 0), ("dropout", 0.5)):
        rows = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            net: Any = models.mlp(dn, (196, 256, 10), dropout=p, generator=rng)
            data = some(rng, 2000, 0)
            fit(net, data, dn.Adam(net.parameters(), rate), epochs=50, batch_size=50, generator=rng)
            net.eval()
            row = []
            for share in (0, 0.6, 0.8):
                kept = np.random.default_rng(seed).random(256) >= share
                a = net[1](net[0](dn.tensor(x))).data * (kept / (1 - share)).astype(np.float32)
                row.append(100 * float(np.mean(net[-1](dn.tensor(a)).data.argmax(1) == labels)))
            if p:
                *own, said = doubts(net, x)
                wrong = said != labels
                row += [float(np.mean(d[wrong][:, None] > d[~wrong])) for d in own]
                row += [float(np.mean(d[:, None] > o)) for d, o in zip(doubts(net, digits), own)]
            rows.append([round(v, 4) for v in row])
        print(f"{name:10}", np.round(np.mean(rows, axis=0), 3), flush=True)
        lines.append({"what": name, "rate": rate, **({"dropout": p} if p else {}), "scores": rows})
    return lines


MASKS = ["accuracy", "60 % removed", "80 % removed",
         "mistakes, confidence", "mistakes, spread", "digits, confidence", "digits, spread"]  # fmt: skip
TABLES: dict[str, Callable[[], list[dict]]] = {
    "one_rate": one_rate,
    "clean": partial(
        races, ("none", "AdamW", "dropout", "label smoothing"), lambda s: s.loss, n=2000, wrong=0
    ),
    "noisy": partial(races, ("none", "AdamW"), lambda s: -s.accuracy, n=1000, wrong=0.3),
    "masks": masks,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or TABLES:
        print(f"\n{name}", flush=True)
        made: dict = {"columns": list(Score._fields), "seeds": list(SCORE), "chosen by seeds": list(CHOOSE)}
        if name == "masks":
            made |= {"columns": MASKS, "seeds": list(range(5))}
        record.keep("regularisation", name, **made, lines=TABLES[name]())
