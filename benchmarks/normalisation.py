"""`python -m benchmarks.normalisation`: the numbers that the chapter *Normalisation* records.

Five seeds vary which images are learned from, the first weights and the order.  Where a network needs a rate, it is the
one of a grid with the best mean accuracy on the validation images, with two seeds that are not used again.  Two claims
about small differences are repeated with ten more seeds.  One core needs about four minutes.  The result is saved in
`benchmarks/results/normalisation/`.
"""

from __future__ import annotations

import contextlib
import time
from functools import cache
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes import models
from dlnotes.data import fashion_mnist
from dlnotes.train import DivergedError, evaluate, fit

SEEDS, MORE, TRIALS = range(5), range(5, 15), (100, 101)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)
KINDS: dict[str, dict[str, Any]] = {
    "none, default": {},
    "none": {"init": "kaiming"},
    "batch": {"init": "kaiming", "batch_norm": True},
    "layer": {"init": "kaiming", "layer_norm": True},
}


@cache
def clothes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Fashion-MNIST in 7 x 7 pixels, each pixel standardised with the training images' mean and deviation."""
    parts = dict(zip(("train", "validation", "test"), fashion_mnist()))
    rows = {k: p.images.reshape(-1, 7, 4, 7, 4).mean((2, 4)).reshape(-1, 49) for k, p in parts.items()}
    mean, spread = rows["train"].mean(0), rows["train"].std(0)
    return {k: (((x - mean) / spread).astype(np.float32), parts[k].labels) for k, x in rows.items()}


def network(kind: str, rng: np.random.Generator) -> Any:
    """49 pixels, five hidden layers of 32, ten scores.  "after": batch norm behind each ReLU, not before it."""
    if kind != "after":
        return models.mlp(dn, (49, *[32] * 5, 10), generator=rng, dtype=dn.float32, **KINDS[kind])
    plan: list = []
    for inputs in (49, *[32] * 4):
        plan += [models.linear(inputs, 32), models.relu, models.layer("BatchNorm1d", 32)]
    return models.build(dn, [*plan, models.linear(32, 10)], generator=rng, dtype=dn.float32, init="kaiming")


def trained(
    kind: str, rate: float, seed: int, n: int = 2000, epochs: int = 3, batch: int = 50, held: bool = False
) -> Any:
    """held: after every step each neuron's weights get the length back that they began with."""
    rng = np.random.default_rng(seed)
    model, few = network(kind, rng), rng.permutation(9000)[:n]
    x, y = clothes()["train"]
    hidden = [m for m in model.modules() if isinstance(m, dn.Linear)][:-1]
    began = [np.linalg.norm(m.weight.data, axis=1, keepdims=True) for m in hidden]

    def hold(*_: Any) -> None:
        for layer, length in zip(hidden, began):
            w = layer.weight.data
            layer.weight.copy_(w * length / np.linalg.norm(w, axis=1, keepdims=True))

    how: dict[str, Any] = {"interval": 1, "callback": hold} if held else {}
    sgd = dn.SGD(model.parameters(), rate)
    with contextlib.suppress(DivergedError):  # the last weights with a finite loss are judged
        fit(model, (x[few], y[few]), sgd, epochs=epochs, batch_size=batch, generator=rng, **how)
    return model


def accuracy(model: Any, part: str = "test") -> float:
    return round(float(evaluate(model, clothes()[part]).accuracy or 0), 4)


def best_rate(kind: str, **how: Any) -> float:
    trial = {
        rate: float(np.mean([accuracy(trained(kind, rate, seed, **how), "validation") for seed in TRIALS]))
        for rate in GRID
    }
    print(f"{kind} {how}, validation: " + ", ".join(f"{r} {a:.3f}" for r, a in trial.items()), flush=True)
    return max(trial, key=lambda rate: trial[rate])


def wrong_mode(seed: int) -> dict[str, float]:
    """A network with batch norm that learned with the rate 0.1, judged on the test images without `eval()`."""
    model, rng = trained("batch", 0.1, seed), np.random.default_rng(1000 + seed)
    x, y = clothes()["test"]
    found = {"evaluation": accuracy(model)}
    model.train()

    def answers(rows: np.ndarray) -> np.ndarray:
        return model(dn.tensor(rows)).data.argmax(1)

    for size in (2, 8, 50):
        order = rng.permutation(2000)
        right = [answers(x[some]) == y[some] for some in order.reshape(-1, size)]
        found[f"training mode, batches of {size}"] = round(float(np.mean(right)), 4)
    found["one class a batch"] = round(float(np.mean([answers(x[y == c]) == c for c in range(10)])), 4)
    several = 0
    for image in x[:100]:
        mates = [rng.choice(2000, 7, replace=False) for _ in range(50)]
        several += len({int(answers(np.vstack([image, x[some]]))[0]) for some in mates}) > 1
    found["of 100 images, with several answers"] = several

    model = trained("batch", 0.1, seed).train()  # and what is left of one that has seen sneakers in training mode
    for some in x[y == 7].reshape(20, 10, -1):
        model(dn.tensor(some))
    found["evaluation, after 20 batches of sneakers"] = accuracy(model)
    return found


def main() -> None:
    begun = time.process_time()
    found: dict[str, Any] = {
        "seeds": list(SEEDS), "more seeds": list(MORE), "trials": list(TRIALS), "rates": RATES, "grid": GRID,
    }  # fmt: skip

    def save(name: str, values: Any) -> None:
        found[name] = values
        found["seconds"] = round(time.process_time() - begun)
        record.keep("normalisation", file="recorded", **found)
        print(name, values, flush=True)

    for kind in KINDS:  # accuracy of every seed, a row for each rate
        save(f"rates, {kind}", [[accuracy(trained(kind, rate, seed)) for seed in SEEDS] for rate in RATES])
    for kind in ("none", "batch"):
        save(
            f"rates, {kind}, lengths held",
            [[accuracy(trained(kind, rate, seed, held=True)) for seed in SEEDS] for rate in RATES],
        )
    save("wrong mode", {name: [row[name] for row in map(wrong_mode, SEEDS)] for name in wrong_mode(0)})
    for held in (False, True):  # the differences at the rates 1 and 3 are small: ten more seeds
        rows = [[accuracy(trained("batch", rate, seed, held=held)) for seed in MORE] for rate in (1, 3)]
        save("more seeds at 1 and 3, batch" + ", lengths held" * held, rows)
    for kind in ("none", "batch", "after"):
        rate = best_rate(kind)
        save(f"order, {kind}", [rate, [accuracy(trained(kind, rate, seed)) for seed in SEEDS]])
    for kind in ("none", "batch"):
        rate = found[f"order, {kind}"][0]
        save(f"order, {kind}, more seeds", [rate, [accuracy(trained(kind, rate, seed)) for seed in MORE]])
    for size in (2, 4, 8):
        for kind in ("none", "batch", "layer"):
            how = {"n": 1000, "epochs": 1, "batch": size}
            rate = best_rate(kind, **how)
            save(
                f"batches of {size}, {kind}",
                [rate, [accuracy(trained(kind, rate, seed, **how)) for seed in SEEDS]],
            )
    rate = found["batches of 2, batch"][0]
    longer = [accuracy(trained("batch", rate, seed, n=1000, epochs=5, batch=2)) for seed in SEEDS]
    save("batches of 2, batch, five epochs", [rate, longer])


if __name__ == "__main__":
    main()
