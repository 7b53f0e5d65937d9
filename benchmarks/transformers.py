"""`python -m benchmarks.transformers`: the recorded numbers on attention (about a quarter of an hour of one core).

Networks learn with Adam, gradients clipped to a norm of 1, the rate falling along a cosine.  Each has the rate of
0.001, 0.003 and 0.01 with the lowest validation loss for one seed (100), which is not used again.  Seeds vary the
examples where they are drawn, the first weights and the order.

induction: texts of 16 symbols repeat a word of 4 to 8 different ones, of 8 in all; whatever repeats is asked for.
800 steps of 32 fresh texts.  Who counts knows which symbols of the word are still to come, and guesses among them:
`by elimination`.  In `fixed` every word has 8 symbols, so that what is asked for stands always as far back.  The two
weights are means over the second half of texts of 8 + 8, each of the head in which it is largest: on the symbol before
(first block), and on those that followed the same symbol earlier (second block).
recall: strings of 4 to 32 symbols out of 32, drawn independently, and the same once more, where each is asked for.
What must be remembered grows with the string, at 5 bits a symbol; the networks do not.  300 steps of 32 fresh strings
for five seeds, also 600 for the GRU, and 2400 with three.  Each has the best of the rates up to 0.1 for every length,
and a worse one is tried on either side of it, unless it is 0.1.  The shift is fixed: places suffice to look it up.
length: times side by side, medians of what rounds find.  Reading on with stored keys and values, against reading all
anew, in a network of two blocks of 64 features; and in one causal block the attention, with its projections and
without, against the MLP.
digits: MNIST cut into 16 patches of 7 x 7 pixels, each a token, and two blocks of 32 features; LeNet beside it.  Each
gets the steps of 16 digits that four seconds of processor time allow, and as many to try a rate, also 0.03 where 0.01
is best; three seeds.  Positions start at a deviation of 0.4, for at 0.02 they would drown in the patches.
norms: six blocks of 32 features reverse strings of 16 out of 10 symbols.  150 steps of 32 fresh strings at a constant
rate, or one that rises to it for 50 steps; each rate with five seeds, none chosen.
texts: the next character of Shakespeare.  Networks read windows of 64, and are scored on characters with 32 to 63 read
before.  As for digits, with ten seconds.  Counts: see `benchmarks.recurrent`.

Name tables (induction, recall, length, digits, norms, texts) for those alone; each is saved in
benchmarks/results/transformers, with its date and machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import lenet, measure, record
from benchmarks.recurrent import counts
from dlnotes.data import Vocabulary, shakespeare, windows
from dlnotes.data.base import Splits
from dlnotes.models import char_rnn, generate, gpt, lenet5
from dlnotes.train import evaluate, fit

SEEDS, TUNING, RATES = range(5), 100, (0.001, 0.003, 0.01)
ROWS: list[dict] = []  # of the table at hand
Pair = tuple[np.ndarray, np.ndarray]
Trial = Callable[[float, int], dict[str, float]]


def learn(
    net: Any, data: Pair, rate: float, steps: int, rng: np.random.Generator, *, batch_size: int = 16,
    schedule: Callable[[Any], Any] | None = None,
) -> None:  # fmt: skip
    adam = dn.Adam(net.parameters(), rate)
    falling = dn.CosineAnnealingLR(adam, steps) if schedule is None else schedule(adam)
    fit(net, data, adam, steps=steps, batch_size=batch_size, clip=1, generator=rng, scheduler=falling, progress=False)


def row(
    name: str, trial: Trial, *, rates: Sequence[float] = RATES, seeds: Sequence[int] = SEEDS,
    grid: Sequence[float] = (), **more: Any,
) -> float:  # fmt: skip
    """What a trial finds at the best of `rates`, seed by seed; and that rate.

    grid: holds `rates` and those to try where the best of them is at an end.
    """

    def score(rate: float) -> float:
        return -trial(rate, TUNING)["validation"]

    began = time.process_time()
    grid = grid or rates
    scores = record.climb(score, grid, grid.index(rates[0]), grid.index(rates[-1])) if len(rates) > 1 else {}
    tried = {rate: -s for rate, s in scores.items()}
    rate = min(tried, key=lambda rate: tried[rate], default=rates[0])
    runs = [trial(rate, seed) for seed in seeds]
    found = {key: [round(float(run[key]), 4) for run in runs] for key in runs[0] if key != "validation"}
    ROWS.append({"what": name, **more, "rate": rate, "validation": {f"{r:g}": round(v, 4) for r, v in tried.items()},
                 **found, "seconds": round(time.process_time() - began)})  # fmt: skip
    print(ROWS[-1], flush=True)
    return rate


def affordable(make: Callable[[np.random.Generator], Any], data: Pair, seconds: float) -> int:
    """The steps that such a network makes in so many seconds of processor time."""
    rng = np.random.default_rng(TUNING)
    net = make(rng)
    learn(net, data, 1e-3, 2, rng)
    began = time.process_time()
    learn(net, data, 1e-3, 50, rng)
    return round(50 * seconds / (time.process_time() - began))


def size(net: Any) -> int:
    return sum(p.data.size for p in net.parameters())


# ---------------------------------------------------------------------- induction
def repeated(count: int, rng: np.random.Generator, shortest: int = 4) -> Pair:
    """Texts that repeat a word of `shortest` to 8 different symbols, (count, 15); the next symbol where it repeats."""
    words = rng.permuted(np.tile(np.arange(8), (count, 1)), axis=1)
    length, place = rng.integers(shortest, 9, size=(count, 1)), np.arange(16)
    x = np.take_along_axis(words, place % length, 1)
    return x[:, :-1], np.where(place[:-1] >= length, x[:, 1:], -100)


def eliminated(shortest: int) -> float:
    """The accuracy of a guess among the symbols of the word that are still to come."""
    asked = [(length, t) for length in range(shortest, 9) for t in range(length, 15)]
    return float(np.mean([1 / (length - (t + 1) % length) for length, t in asked]))


def looks(net: Any, x: np.ndarray) -> tuple[float, float]:
    """The weight on the symbol before, and on what followed the same symbol earlier, in the second half of 8 + 8."""
    first, second = (block.data for block in net.attention(dn.tensor(x)))  # (N, heads, 15, 15)
    now = np.arange(8, 15)
    return tuple(maps[:, :, now, then].mean((0, 2)).max() for maps, then in ((first, now - 1), (second, now - 7)))


def blocks(count: int, rng: np.random.Generator, symbols: int = 8, context: int = 16, **options: Any) -> Any:
    """A GPT whose matrices start six times as large as GPT-2's, which suits its width: 0.12 is near 1 / sqrt(64)."""
    net = gpt(dn, symbols, context, layers=count, heads=4, generator=rng, **{"positions": "rotary", **options})
    for name, p in net.named_parameters():
        if len(p.shape) > 1 and name != "tokens.weight":
            p.copy_(6 * p)
    return net


READERS: dict[str, Callable[[np.random.Generator], Any]] = {
    "two blocks": partial(blocks, 2, features=32, hidden=32),
    "one block": partial(blocks, 1, features=32, hidden=32),
    "one block, wider": partial(blocks, 1, features=48, hidden=40),
    "GRU": lambda rng: char_rnn(dn, 8, cell="GRU", features=32, hidden=48, generator=rng),
}


def induce(rate: float, seed: int, *, reader: str, steps: int = 800, shortest: int = 4) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    net = READERS[reader](rng)
    learn(net, repeated(32 * steps, rng, shortest), rate, steps, rng, batch_size=32)
    loss, accuracy = evaluate(net, repeated(1000, rng, shortest))
    halves = repeated(500, rng, 8)
    found = {"validation": loss, "loss": loss, "accuracy": accuracy}
    found["accuracy, 8 + 8"] = evaluate(net, halves).accuracy
    if reader == "two blocks":
        found["symbol before"], found["what followed"] = looks(net, halves[0])
    return found  # type: ignore[return-value]


def induction() -> None:
    for reader, make in READERS.items():
        more: dict[str, Any] = {"parameters": size(make(np.random.default_rng(0)))}
        more["by elimination"] = round(eliminated(4), 4)
        rate = row(reader, partial(induce, reader=reader), **more)
    row("GRU, 1600 steps", partial(induce, reader="GRU", steps=1600), rates=[rate], **more)
    more = {"by elimination": round(eliminated(8), 4)}
    for reader, fixed in (("one block", 0.003), ("GRU", rate)):
        row(f"fixed: {reader}", partial(induce, reader=reader, shortest=8), rates=[fixed], seeds=range(3), **more)


# ---------------------------------------------------------------------- recall
LENGTHS, GRID = (4, 8, 16, 32), (0.001, 0.003, 0.01, 0.03, 0.1)
COPIERS: dict[str, Callable[[int, np.random.Generator], Any]] = {
    "two blocks": lambda n, rng: blocks(2, rng, 32, 2 * n, features=32, hidden=32),
    "GRU": lambda n, rng: char_rnn(dn, 32, cell="GRU", features=32, hidden=48, generator=rng),
    "GRU, wider": lambda n, rng: char_rnn(dn, 32, cell="GRU", features=32, hidden=80, generator=rng),
}


def doubled(count: int, n: int, rng: np.random.Generator) -> Pair:
    """Strings of n of 32 symbols, twice: (count, 2 n - 1); the next symbol from the end of the first on."""
    word = rng.integers(32, size=(count, n))
    x = np.concatenate([word, word], 1)
    return x[:, :-1], np.where(np.arange(1, 2 * n) < n, -100, x[:, 1:])


def copied(rate: float, seed: int, *, copier: str, n: int, steps: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    net = COPIERS[copier](n, rng)
    learn(net, doubled(32 * steps, n, rng), rate, steps, rng, batch_size=32)
    loss, accuracy = evaluate(net, doubled(1000, n, rng))
    return {"validation": loss, "loss": loss, "accuracy": accuracy}  # type: ignore[dict-item]


def recall() -> None:
    runs = [(copier, 300) for copier in COPIERS] + [("GRU", 600), ("GRU", 2400)]
    for copier, steps in runs:
        for n in LENGTHS:
            parameters = size(COPIERS[copier](n, np.random.default_rng(0)))
            seeds = SEEDS if steps < 2400 else range(3)
            row(copier, partial(copied, copier=copier, n=n, steps=steps), rates=GRID[1:4], grid=GRID, seeds=seeds,
                n=n, steps=steps, parameters=parameters)  # fmt: skip


# ---------------------------------------------------------------------- length
class Anew(dn.Module):
    """A network that reads the whole text again for every symbol."""

    def __init__(self, net: Any):
        super().__init__()
        self.net = net

    def step(self, tokens: Any, state: Any = None) -> tuple[Any, Any]:
        seen = tokens if state is None else dn.concatenate([state, tokens], 1)
        return self.net(seen), seen


def beside(one: Callable[[], Any], other: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Milliseconds of both, in turns, and the median ratio of the first over the second."""
    one(), other()
    times = max(1, round(measure.SHORTEST / measure.sample(other, 1)[0]))
    pairs = np.array([[measure.sample(run, times)[0] for run in (one, other)] for _ in range(rounds)])
    ms = 1e3 * np.median(pairs, 0)
    return {"ms": [round(float(v), 3) for v in ms], "ratio": round(float(np.median(pairs[:, 0] / pairs[:, 1])), 2)}  # type: ignore[dict-item]


def length() -> None:
    def report(what: str, **found: Any) -> None:
        ROWS.append({"what": what, **found})
        print(ROWS[-1], flush=True)

    net = gpt(dn, 64, 513, features=64, layers=2, generator=np.random.default_rng(0))
    for n in (32, 64, 128, 256, 512):
        texts = [partial(generate, model, [0], n) for model in (Anew(net), net)]
        one, other = (lambda text=text: text(generator=np.random.default_rng(1)) for text in texts)
        assert one() == other()
        report("anew over stored", n=n, **beside(one, other, 3 if n == 512 else 5))
    for E in (64, 128):
        block = dn.TransformerBlock(E, 4, causal=True, generator=np.random.default_rng(0))
        for n in (64, 128, 192, 256, 384, 512, 768, 1024):
            x = dn.tensor(np.random.default_rng(1).standard_normal((1, n, E), np.float32))
            q = dn.tensor(np.random.default_rng(2).standard_normal((1, 4, n, E // 4), np.float32))
            with dn.no_grad():
                mlp = partial(block.mlp, x)
                whole = partial(block.attention, x, x, x, need_weights=False, is_causal=True)
                bare = partial(dn.scaled_dot_product_attention, q, q, q, is_causal=True)
                report("attention over MLP", E=E, n=n, **beside(whole, mlp, 15))
                report("attention without projections over MLP", E=E, n=n, **beside(bare, mlp, 15))


# ---------------------------------------------------------------------- digits
class Mean(dn.Module):
    def forward(self, x: Any) -> Any:
        return x.mean(1)


def encoder(first: list[Any], count: int, E: int, heads: int, last: list[Any], rng: np.random.Generator,
            norm_first: bool = True) -> Any:  # fmt: skip
    """Blocks in which every position sees every other, between what makes the tokens and what reads them."""
    middle = [dn.TransformerBlock(E, heads, norm_first=norm_first, generator=rng) for _ in range(count)]
    return dn.Sequential(*first, *middle, *([dn.LayerNorm(E)] if norm_first else []), *last)


def patched(rng: np.random.Generator, positions: bool = True) -> Any:
    first: list[Any] = [dn.Linear(49, 32, generator=rng)]
    if positions:
        first.append(dn.LearnedPositions(16, 32, generator=rng))
        dn.normal_(first[-1].weight, std=0.4, generator=rng)
    return encoder(first, 2, 32, 4, [Mean(), dn.Linear(32, 10, generator=rng)], rng)


def patches(data: Pair) -> Pair:
    """Images (N, 1, 28, 28) as (N, 16, 49)."""
    return data[0].reshape(-1, 4, 7, 4, 7).swapaxes(2, 3).reshape(-1, 16, 49), data[1]


def classify(
    rate: float, seed: int, *, make: Callable[[np.random.Generator], Any], data: Sequence[Pair], steps: int
) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    net = make(rng)
    learn(net, data[0], rate, steps, rng)
    (loss, _), test = (evaluate(net, part) for part in data[1:])
    return {"validation": loss, "loss": test.loss, "accuracy": test.accuracy}  # type: ignore[dict-item]


def for_seconds(seconds: float, name: str, make: Callable[[np.random.Generator], Any], data: Sequence[Pair]) -> None:
    """A row for the steps that these seconds of processor time allow."""
    steps = affordable(make, data[0], seconds)
    trial, parameters = partial(classify, make=make, data=data, steps=steps), size(make(np.random.default_rng(0)))
    row(name, trial, grid=GRID, seeds=range(3), steps=steps, parameters=parameters)


def digits() -> None:
    images = lenet.pixels()
    cut = [patches(part) for part in images]
    for name, make, data in (
        ("LeNet", lambda rng: lenet5(dn, activation="ReLU", generator=rng), images),
        ("patches", patched, cut),
        ("patches without positions", partial(patched, positions=False), cut),
    ):
        for_seconds(4, name, make, data)


# ---------------------------------------------------------------------- norms
def reversal(count: int, rng: np.random.Generator) -> Pair:
    x = rng.integers(10, size=(count, 16))
    return x, x[:, ::-1].copy()


def reverse(rate: float, seed: int, *, norm_first: bool, warm: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    tokens = dn.Embedding(10, 32, generator=rng)
    dn.normal_(tokens.weight, std=0.02, generator=rng)  # as the positions, which are lost beside larger ones
    first, last = [tokens, dn.LearnedPositions(16, 32, generator=rng)], [dn.Linear(32, 10, generator=rng)]
    net = encoder(first, 6, 32, 1, last, rng, norm_first)
    learn(net, reversal(150 * 32, rng), rate, 150, rng, batch_size=32,
          schedule=lambda adam: dn.LinearLR(adam, 1 / warm, 1, warm))  # fmt: skip
    loss, accuracy = evaluate(net, reversal(500, rng))
    return {"validation": loss, "loss": loss, "accuracy": accuracy}  # type: ignore[dict-item]


def norms() -> None:
    for norm_first in (True, False):
        for warm in (1, 50):
            for rate in RATES:
                name = ("pre" if norm_first else "post") + (", warm-up" if warm > 1 else "")
                row(name, partial(reverse, norm_first=norm_first, warm=warm), rates=[rate])


# ---------------------------------------------------------------------- texts
def texts() -> None:
    parts, V = shakespeare(), Vocabulary("".join(shakespeare()))
    for n, (_, loss) in enumerate(counts(Splits(*([part] for part in parts)), 6, len(V)), 1):
        ROWS.append({"what": f"counts {n}", "loss": round(float(loss), 4)})
        print(ROWS[-1], flush=True)
    data = [windows(V.encode(parts.train), 64)]
    for part in parts[1:]:
        x, y = windows(V.encode(part), 64, step=32)
        y[:, :32] = -100
        data.append((x, y))
    networks: dict[str, Callable[[np.random.Generator], Any]] = {
        "GRU": lambda rng: char_rnn(dn, len(V), cell="GRU", hidden=192, generator=rng),
        "GPT": partial(blocks, 2, symbols=len(V), context=64, features=64),
    }
    for name, make in networks.items():
        for_seconds(10, name, make, data)


TABLES = {"induction": induction, "recall": recall, "length": length, "digits": digits, "norms": norms,
          "texts": texts}  # fmt: skip

if __name__ == "__main__":
    for name in record.asked(TABLES, ROWS):
        record.keep("transformers", name, seeds=list(SEEDS), rows=ROWS)
