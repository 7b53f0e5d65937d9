"""`python -m benchmarks.kernels`: what one pass with K x K weights takes, and two with K, over K.

The chapter *Smoothing and separability* quotes what this prints and saves in benchmarks/results/kernels: processor time
in ms, the least of a few rounds in which all ways take turns, on one core and 1024 x 1024 float32; and the ratio, ours
over SciPy's, of one separable Gaussian on a photograph of 2048 x 2048, the median of rounds in which both take turns.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import Any

import numpy as np
from scipy import ndimage

from benchmarks import measure, record, table
from benchmarks.workloads import OURS, SCIPY, WORKLOADS, Arrays, Workload
from dlnotes.data import photograph
from dlnotes.numpy import filters

SIZES = (3, 5, 7, 11, 15, 21, 31)
Array = np.ndarray


def full_loops(image: Array, weights: Array) -> Array:
    """A shifted slice for each of K x K weights."""
    k = len(weights)
    padded, out = np.pad(image, k // 2, "symmetric"), np.zeros_like(image)
    for a in range(k):
        for b in range(k):
            out += weights[a, b] * padded[a : a + len(image), b : b + image.shape[1]]
    return out


def separable_loops(image: Array, column: Array, row: Array) -> Array:
    """One for each of K, down, and then across."""
    k = len(column)
    padded, out = np.pad(image, k // 2, "symmetric"), np.zeros_like(image)
    down = np.zeros((len(image), padded.shape[1]), image.dtype)
    for a in range(k):
        down += column[a] * padded[a : a + len(image)]
    for b in range(k):
        out += row[b] * down[:, b : b + image.shape[1]]
    return out


def ways(image: Array, k: int) -> dict[str, tuple[Callable[[], Array], Callable[[], Array]]]:
    """For each way to compute it: K x K weights at once, and K twice."""
    row = np.hanning(k + 2)[1:-1].astype(image.dtype)  # no weight is 0
    row /= row.sum()
    weights = np.outer(row, row)
    return {
        "plain loops": (lambda: full_loops(image, weights), lambda: separable_loops(image, row, row)),
        "scipy.ndimage": (
            lambda: ndimage.correlate(image, weights),
            lambda: ndimage.correlate1d(ndimage.correlate1d(image, row, 0), row, 1),
        ),
        "dlnotes": (lambda: filters.correlate2d(image, weights), lambda: filters.separable(image, row, row)),
    }


def curves(side: int, sizes: tuple[int, ...], rounds: int) -> dict[str, Array]:
    """way -> (2, sizes): the least processor time in ms of K x K weights at once, and of K twice."""
    image = np.random.default_rng(0).random((side, side), np.float32)
    found: dict[str, list] = {}
    for k in sizes:
        pairs = ways(image, k)
        taken: dict[str, list] = {name: [[], []] for name in pairs}
        for _ in range(rounds):
            for name, pair in pairs.items():
                for times, run in zip(taken[name], pair):
                    began = process_time()
                    run()
                    times.append(1000 * (process_time() - began))
        for name, both in taken.items():
            found.setdefault(name, []).append([min(times) for times in both])
    return {name: np.array(times).T for name, times in found.items()}


def on_a_photograph() -> Workload:
    """The row "gaussian" of the large table, ours and SciPy's, on sixteen copies of a photograph of 512 x 512."""

    def arrays(small: bool) -> Arrays:
        copies = 1 if small else 4
        return {"image": np.tile(photograph("camera").astype(np.float32) / 255, (copies, copies))}

    (gaussian,) = (w for w in WORKLOADS if w.key == "gaussian")
    sides = {side: gaussian.sides[side] for side in (OURS, SCIPY)}
    return replace(gaussian, arrays=arrays, sides=sides, goals={SCIPY: gaussian.goals[SCIPY]})


def beside_scipy(seconds: float) -> dict[str, Any]:
    """The ratio, ours over SciPy's, its quartiles, and in how many rounds it was measured."""
    workload = on_a_photograph()
    for side in workload.sides:
        measure.agree(workload, side)
    image = workload.arrays(False)
    samples, undisturbed = measure.compare(workload, {s: make(image) for s, make in workload.sides.items()}, seconds)
    found = measure.pairs(samples[OURS], samples[SCIPY])
    low, middle, high = np.quantile(found, [0.25, 0.5, 0.75])
    return {"ratio": middle, "quartiles": [low, high], "rounds": len(found), "undisturbed": undisturbed}


def main() -> None:
    found: dict[str, Any] = {"beside scipy": beside_scipy(seconds=20)}
    print("gaussian, ours / scipy:", found["beside scipy"])
    print("K:", *SIZES)
    found |= {"K": SIZES, "ms": {}}
    for way, pair in curves(1024, SIZES, rounds=9).items():
        found["ms"][way] = {}
        for what, times in zip(("K x K", "K twice"), pair):
            found["ms"][way][what] = [float(f"{ms:.3g}") for ms in times]
            print(f"{way}, {what}:", ", ".join(f"{ms:.3g}" for ms in times))
    record.keep("kernels", file=table.slug(measure.machine()), **found)


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in measure.FAIR.items()):  # read when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.kernels"], os.environ | measure.FAIR)
    main()
