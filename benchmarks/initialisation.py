"""`python -m benchmarks.initialisation`: the race of the chapter *Weight initialisation*.

Networks of 20 layers, 64 wide, learn Fashion-MNIST in 400 steps of 50 images (10 epochs of 2,000).  They differ in
their first weights, activation and optimiser alone.  Each gets its rate from a grid, by its accuracy on the validation
images: two seeds try all rates, three more seeds the best three of them, and the mean of the five decides.  Ten other
seeds then vary the images, the first weights and the order of the batches.  One core needs about six minutes.
All that is printed is also saved, in benchmarks/results/initialisation; names of runs, as "ReLU, mirrored", choose
those alone.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

import dlnotes.numpy as dn
from benchmarks import record
from dlnotes.data import fashion_mnist
from dlnotes.models import lsuv, mlp, start
from dlnotes.train import evaluate, fit

SIZES = (784, *[64] * 19, 10)
SGD_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # with momentum 0.9
ADAM_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
RUNS = {  # name: activation, start, gain, optimiser
    "ReLU, default": ("ReLU", "default", None, "SGD"),
    "ReLU, Xavier": ("ReLU", "xavier", 1.0, "SGD"),
    "ReLU, Kaiming": ("ReLU", "kaiming", None, "SGD"),
    "ReLU, orthogonal": ("ReLU", "orthogonal", 2**0.5, "SGD"),
    "ReLU, LSUV": ("ReLU", "lsuv", None, "SGD"),
    "ReLU, mirrored": ("ReLU", "mirrored", None, "SGD"),
    "tanh, default": ("Tanh", "default", None, "SGD"),
    "tanh, Xavier": ("Tanh", "xavier", 1.0, "SGD"),
    "tanh, orthogonal": ("Tanh", "orthogonal", 1.0, "SGD"),
    "ReLU, default, Adam": ("ReLU", "default", None, "Adam"),
    "ReLU, Kaiming, Adam": ("ReLU", "kaiming", None, "Adam"),
}


def pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows of 784, standardised all together by the training images."""
    parts = fashion_mnist()
    mean, std = parts.train.images.mean(), parts.train.images.std()
    rows = {name: (part.images.reshape(-1, 784) - mean) / std for name, part in zip(parts._fields, parts)}
    return {name: (rows[name].astype(np.float32), part.labels) for name, part in zip(parts._fields, parts)}


def mirrored(shape: tuple[int, int], first: bool, last: bool, rng: np.random.Generator) -> np.ndarray:
    """Weights with which pairs of ReLUs, of u and -u, pass on a rotation of u: the network starts linear."""
    pair = dn.orthogonal_(dn.zeros(shape[0] // (1 if last else 2), shape[1] // (1 if first else 2)), generator=rng).data
    rows = pair if first else np.concatenate([pair, -pair], 1)
    return rows if last else np.concatenate([rows, -rows])


def accuracy(name: str, rate: float, seed: int, part: str, data: dict) -> float:
    """Of a network on that part; a network whose loss overflows counts as guessing."""
    activation, init, gain, method = RUNS[name]
    rng = np.random.default_rng(seed)
    few = rng.permutation(len(data["train"][0]))[:2000]
    x, y = data["train"][0][few], data["train"][1][few]
    model = mlp(dn, SIZES, activation=activation, generator=rng)
    if init == "lsuv":
        lsuv(model, x[:500], generator=rng)
    elif init == "mirrored":
        linear = [layer for layer in model.modules() if type(layer).__name__ == "Linear"]
        for layer in linear:
            dn.zeros_(layer.bias)
            layer.weight.copy_(mirrored(layer.weight.shape, layer is linear[0], layer is linear[-1], rng))
    elif init != "default":
        start(model, init, gain, generator=rng)
    parameters = model.parameters()
    optimizer = dn.SGD(parameters, rate, momentum=0.9) if method == "SGD" else dn.Adam(parameters, rate)
    try:
        fit(model, (x, y), optimizer, epochs=10, batch_size=50, generator=rng, progress=False)
    except FloatingPointError:
        return 0.1
    return evaluate(model, data[part]).accuracy or 0.0


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")  # of rates that are too large
    data = pictures()
    for name in names or RUNS:
        rates = ADAM_RATES if "Adam" in name else SGD_RATES
        scores = [[accuracy(name, rate, seed, "validation", data) for seed in (100, 101)] for rate in rates]
        for i in np.argsort([np.mean(s) for s in scores])[-3:]:
            scores[i] += [accuracy(name, rates[i], seed, "validation", data) for seed in (102, 103, 104)]
        tried = [np.mean(s) for s in scores]
        finals = [i for i, s in enumerate(scores) if len(s) == 5]
        best = rates[max(finals, key=lambda i: tried[i])]
        values = np.array([accuracy(name, best, seed, "test", data) for seed in range(10)])
        band = f"{values.mean():.3f} [{values.min():.3f}, {values.max():.3f}]"
        print(f"{name:22} rate {best:<6} {band}  tried {np.round(tried, 3)}", flush=True)
        found = {
            "what": name, "rates": rates, "validation": [round(float(v), 4) for v in tried],
            "seeds": [len(s) for s in scores], "rate": best,
            "test": [round(float(v), 4) for v in values],
        }  # fmt: skip
        record.keep("initialisation", f"'{name}'", file=name.lower().replace(", ", "-"), **found)


if __name__ == "__main__":
    main(sys.argv[1:])
