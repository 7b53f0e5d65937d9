"""`python -m benchmarks.recurrent`: the recorded numbers of *Recurrent networks* (a quarter of an hour of one core).

Every network learns with Adam at one rate, batches of 64, gradients clipped to a norm of 1.  Its rate is that of 0.001,
0.003, 0.01, 0.03 and 0.1 with the lowest validation loss, the mean of two seeds that are not used again.  A task counts
as solved below 12 % of the loss of a constant guess: 0.02 for adding, 0.01 for last.

adding: 30 steps of noise from 0 to 1, one marked in each half; wanted is the sum of the two.  500 steps, each on new
sequences.  32 hidden units.  Seeds vary the sequences and the first weights.  The plain network is shown at each rate.
gates: the same, and *last*: four of 30 values are marked, and wanted is the last of them, in 400 steps.  A gate is
removed by a bias of 40 or -40: its sigmoid is then 1 or, within 1e-17, 0, as is its slope, and nothing in it learns.
The rate 0.001, which was far behind, is left out here; what all gates together make of adding stands in the first
table.  Where the best rate is 0.1, a higher one might be better: none was tried.
patience: rows of gates that fell behind, with three times the steps.
names: the next character of first names, 400 steps.  All names are pooled, and each seed draws another 4,163 to learn
from and 500 + 500 for validation and test, other first weights and another order.  Losses are nats per character, the
mark at the end included.  Counts need no rate; what they have to choose is chosen on the validation names of the same
seed.
longer: three of these networks in 800 steps, each at the best of the three lowest rates for one seed.

Name tables (adding, names, longer, gates, patience) for those alone; each is saved in benchmarks/results/recurrent,
with its date and machine.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import Vocabulary, first_names, sequences
from dlnotes.data.base import Splits
from dlnotes.models import char_rnn, gpt
from dlnotes.train import evaluate, fit

RATES, TUNING = (0.001, 0.003, 0.01, 0.03, 0.1), (100, 101)
STRENGTHS = [2.0**i for i in range(-1, 8)]  # of counts
DISCOUNTS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]  # of Kneser-Ney
GATES = {"LSTM": "ifgo", "GRU": "rzn"}  # in the order of the rows of the weights
REMOVED = [("LSTM", "i", 1), ("LSTM", "f", 1), ("LSTM", "o", 1), ("LSTM", "f", 0), ("GRU", "r", 1)]
LETTERS = Vocabulary(".abcdefghijklmnopqrstuvwxyz")
LONGEST = 12  # a name and its mark
ROWS: list[dict] = []  # of the table at hand
Trial = Callable[[float, int], tuple[float, float]]


def learned(net: Any, data: Splits, rate: float, steps: int, rng: np.random.Generator) -> tuple[float, float]:
    """Validation and test loss after training."""
    fit(net, data.train, dn.Adam(net.parameters(), rate), steps=steps, clip=1, generator=rng, progress=False)
    return evaluate(net, data.validation).loss, evaluate(net, data.test).loss


# ---------------------------------------------------------------------- adding, last
def adding(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Values and marks (n, 30, 2), one mark in each half; targets (n,)."""
    x = np.zeros((n, 30, 2), np.float32)
    x[:, :, 0] = rng.random((n, 30))
    for half in (0, 15):
        x[np.arange(n), half + rng.integers(15, size=n), 1] = 1
    return x, x.prod(2).sum(1)


def last(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Values and marks (n, 30, 2), four marks anywhere; targets (n,), the value at the last."""
    x = np.zeros((n, 30, 2), np.float32)
    x[:, :, 0] = rng.random((n, 30))
    places = rng.permuted(np.tile(np.arange(30), (n, 1)), axis=1)[:, :4]
    np.put_along_axis(x[:, :, 1], places, 1, axis=1)
    return x, x[np.arange(n), places.max(1), 0]


TASKS = {"adding": (adding, 500, 0.02), "last": (last, 400, 0.01)}  # steps; solved below this


class Reader(dn.Module):
    """One number from the last state of 32 hidden units; `gate` of the LSTM or GRU is held at `value`."""

    def __init__(self, cell: str, rng: np.random.Generator, gate: str = "", value: int = 1):
        super().__init__()
        self.rnn = getattr(dn, cell)(2, 32, batch_first=True, generator=rng)
        self.head = dn.Linear(32, 1, generator=rng)
        if gate:
            bias, held = self.rnn.bias_ih_l0, np.repeat([g == gate for g in GATES[cell]], 32)
            bias.data = np.where(held, np.float32(40 if value else -40), bias.data)

    def forward(self, x: Any) -> Any:
        return self.head(self.rnn(x)[0][:, -1])[:, 0]


def read(rate: float, seed: int, *, task: str, times: int = 1, **options: Any) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    make, steps = TASKS[task][0], TASKS[task][1] * times
    data = Splits(*(make(n, rng) for n in (64 * steps, 1000, 1000)))
    return learned(Reader(rng=rng, **options), data, rate, steps, rng)


# ---------------------------------------------------------------------- names
def split(seed: int) -> Splits[list[str]]:
    names = [name for part in first_names() for name in part]
    mixed = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    return Splits(mixed[:-1000], mixed[-1000:-500], mixed[-500:])


def grams(names: Sequence[str], n: int) -> list[str]:
    """Every character, and the mark behind a name, at the end of the n - 1 before it."""
    marked = ["." * (n - 1) + name + "." for name in names]
    return [name[i : i + n] for name in marked for i in range(len(name) - n + 1)]


def counts(names: Splits[list[str]], orders: int = 5, symbols: int = len(LETTERS)) -> list[tuple[float, float]]:
    """Validation and test loss of counted n-grams for n = 1, 2, ... `orders`.

    p = (times that the n-gram was seen + a q) / (times that its first n - 1 characters were + a), where q is the same
    for n - 1, at first 1 / `symbols`.  The strength a is, for each n, the one with the lowest validation loss.
    """
    found = []
    q = [np.full(len(grams(part, 1)), 1 / symbols) for part in names[1:]]
    for n in range(1, orders + 1):
        seen = Counter(grams(names.train, n))
        before = Counter(gram[:-1] for gram in grams(names.train, n))
        times = [np.array([(seen[g], before[g[:-1]]) for g in grams(part, n)]).T for part in names[1:]]
        tried = [[(s + a * p) / (b + a) for (s, b), p in zip(times, q)] for a in STRENGTHS]
        q = min(tried, key=lambda p: -np.log(p[0]).mean())
        found.append((-np.log(q[0]).mean(), -np.log(q[1]).mean()))
    return found


def kneser_ney(names: Splits[list[str]], orders: int = 5, symbols: int = len(LETTERS)) -> tuple[float, float]:
    """As `counts`, the last of them, but with interpolated Kneser-Ney smoothing.

    A shorter n-gram counts once for each character seen before it (at the start of a name, where that is the mark, as
    often as it was seen).  Each count loses a discount d, which goes to q beside the strength a.
    """
    q = [np.full(len(grams(part, 1)), 1 / symbols) for part in names[1:]]
    for n in range(1, orders + 1):
        seen = full = Counter(grams(names.train, n))
        if n < orders:
            seen = Counter(gram[1:] for gram in set(grams(names.train, n + 1)))
            seen |= Counter({gram: full[gram] for gram in full if n > 1 and gram[0] == "."})
        before, kinds = Counter(gram[:-1] for gram in seen.elements()), Counter(gram[:-1] for gram in seen)
        times = [np.array([(seen[g], before[g[:-1]], kinds[g[:-1]]) for g in grams(part, n)]).T for part in names[1:]]
        tried = [[(np.maximum(s - d, 0) + (d * k + a) * p) / (b + a) for (s, b, k), p in zip(times, q)]
                 for d in DISCOUNTS for a in STRENGTHS]  # fmt: skip
        q = min(tried, key=lambda p: -np.log(p[0]).mean())
    return -np.log(q[0]).mean(), -np.log(q[1]).mean()


class Window(dn.Module):
    """The next character from the last three: 10 features each, 200 hidden units (Bengio et al. 2003)."""

    def __init__(self, rng: np.random.Generator):
        super().__init__()
        self.embedding = dn.Embedding(len(LETTERS), 10, generator=rng)
        self.hidden = dn.Linear(30, 200, generator=rng)
        self.head = dn.Linear(200, len(LETTERS), generator=rng)

    def forward(self, tokens: Any) -> Any:
        T = tokens.shape[1]
        x = self.embedding(dn.tensor(np.pad(tokens.data, ((0, 0), (2, 0)))))  # marks before the first
        return self.head(dn.tanh(self.hidden(dn.concatenate([x[:, i : i + T] for i in range(3)], 2))))


NETWORKS: dict[str, Callable[[np.random.Generator], Any]] = {
    "GRU": lambda rng: char_rnn(dn, len(LETTERS), cell="GRU", hidden=136, generator=rng),
    "LSTM": lambda rng: char_rnn(dn, len(LETTERS), cell="LSTM", hidden=136, generator=rng),
    "RNN": lambda rng: char_rnn(dn, len(LETTERS), cell="RNN", hidden=136, generator=rng),
    "RNN, 240 units": lambda rng: char_rnn(dn, len(LETTERS), cell="RNN", hidden=240, generator=rng),
    "transformer": lambda rng: gpt(dn, len(LETTERS), LONGEST, features=64, layers=2, tied=False, generator=rng),
    "three characters": Window,
}


def spell(rate: float, seed: int, *, network: str, steps: int = 400) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    data = Splits(*(sequences(part, LETTERS) for part in split(seed)))
    return learned(NETWORKS[network](rng), data, rate, steps, rng)


# ---------------------------------------------------------------------- tables
def row(
    name: str, trial: Trial, seeds: int, *, rates: Sequence[float] = RATES, tuning: Sequence[int] = TUNING,
    solved: float = 0, **more: Any,
) -> None:  # fmt: skip
    """The test losses at the best of `rates`; how many are below `solved`."""
    began = time.process_time()
    tried = {r: float(np.mean([trial(r, seed)[0] for seed in tuning])) for r in rates} if len(rates) > 1 else {}
    rate = min(tried, key=lambda rate: tried[rate], default=rates[0])
    loss = [trial(rate, seed)[1] for seed in range(seeds)]
    found = {"solved": sum(v < solved for v in loss)} if solved else {}
    report(name, loss, rate=rate, validation={f"{r:g}": round(v, 4) for r, v in tried.items()}, **found, **more,
           seconds=round(time.process_time() - began))  # fmt: skip


def report(name: str, loss: list[float], **more: Any) -> None:
    print(f"{name:26} {np.median(loss):.4f} [{min(loss):.4f}, {max(loss):.4f}]  {more}", flush=True)
    ROWS.append({"what": name, **more, "loss": [round(float(v), 5) for v in loss]})


def adding_table() -> None:
    for rate in RATES:
        row("RNN", partial(read, task="adding", cell="RNN"), 10, rates=[rate], solved=0.02)
    for cell in ("LSTM", "GRU"):
        row(cell, partial(read, task="adding", cell=cell), 10, solved=0.02)


def names_table() -> None:
    found = np.array([counts(split(seed)) for seed in range(5)])  # (seeds, orders, 2)
    for n in range(5):
        report(f"counts {n + 1}", found[:, n, 1].tolist())
    report("Kneser-Ney", [kneser_ney(split(seed))[1] for seed in range(5)])
    for name, make in NETWORKS.items():
        size = sum(p.data.size for p in make(np.random.default_rng(0)).parameters())
        row(name, partial(spell, network=name), 5, parameters=size)


def longer_table() -> None:
    for name in ("GRU", "transformer", "three characters"):
        row(name, partial(spell, network=name, steps=800), 5, rates=RATES[:3], tuning=TUNING[:1])


def gates_table() -> None:
    for task, (_, _, solved) in TASKS.items():
        for cell, gate, value in REMOVED if task == "adding" else [("LSTM", "", 1), ("GRU", "", 1), *REMOVED]:
            name = f"{task}: {cell}" + (f", {gate}={value}" if gate else "")
            trial = partial(read, task=task, cell=cell, gate=gate, value=value)
            row(name, trial, 5, rates=RATES[1:], solved=solved)


def patience_table() -> None:
    for task, gate, value in (("adding", "i", 1), ("adding", "o", 1), ("adding", "f", 0), ("last", "f", 1)):
        trial = partial(read, task=task, times=3, cell="LSTM", gate=gate, value=value)
        row(f"{task}: LSTM, {gate}={value}", trial, 5, rates=RATES[1:], solved=TASKS[task][2])


TABLES = {"adding": adding_table, "names": names_table, "longer": longer_table, "gates": gates_table,
          "patience": patience_table}  # fmt: skip

if __name__ == "__main__":
    for name in record.asked(TABLES, ROWS):
        tuning, seeds = list(TUNING[: 1 if name == "longer" else 2]), list(range(len(ROWS[0]["loss"])))
        record.keep("recurrent", name, tuning=tuning, seeds=seeds, rows=ROWS)
