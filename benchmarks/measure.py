"""Fair timing: every side at one thread, in turns, and only samples during which this process had a core to itself."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

import numpy as np

from benchmarks.workloads import OURS, WORKLOADS, Workload

# One thread each; and freed memory stays with the process, or PyTorch pays for fresh pages what NumPy's reuse saves.
FAIR = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184",
}  # fmt: skip
EXACT = FAIR | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}  # for memory: what is freed is gone
UNDISTURBED = 0.96  # of the wall time was this process's
SHORTEST = 2e-3  # seconds of one sample: less is repeated within it
MOST, FEW = 41, 7  # pairs of undisturbed samples: enough, and what is waited for on a busy machine
TOLERANCE = 1e-4  # of the largest entry, in float32
PATIENCE = 5  # times as long as was asked for, at most


def agree(workload: Workload, side: str) -> None:
    """AssertionError unless the side computes on small arrays what the reference does."""
    found, wanted = (results(workload.sides[each](workload.arrays(True))()) for each in (side, workload.reference))
    assert len(found) == len(wanted), f"{workload.key}: {side} returns {len(found)} arrays, not {len(wanted)}"
    for i, (x, y) in enumerate(zip(found, wanted)):
        close = x.shape == y.shape and np.allclose(x, y, rtol=0, atol=TOLERANCE * max(1, abs(y).max()))
        assert close, f"{workload.key}: {side} differs from {workload.reference} in array {i}"


def results(found: Any) -> list[np.ndarray]:
    """What a side returned, as arrays."""
    given = found if isinstance(found, tuple) else (found,)
    return [np.asarray(each.detach() if hasattr(each, "detach") else each) for each in given]


def sample(run: Callable[[], Any], times: int) -> float | None:
    """Seconds of one run, or None if something else had the core meanwhile."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall / times if cpu > UNDISTURBED * wall else None


def compare(workload: Workload, runs: dict[str, Callable[[], Any]], seconds: float) -> dict[str, list[float | None]]:
    """Samples of every side, taken in turns: entry i of each list is of the same round.

    A side that takes ten times as long as ours is measured until there are a few good samples of it.
    """
    once = {}
    for side, run in runs.items():
        run()
        wall = time.perf_counter()
        run()
        once[side] = time.perf_counter() - wall
    repeats = {side: max(1, round(SHORTEST / wall)) for side, wall in once.items()}
    slow = {side for side, wall in once.items() if wall > max(0.3, 10 * once[OURS])}
    samples: dict[str, list[float | None]] = {side: [] for side in runs}
    start, sides = time.perf_counter(), list(runs)
    while True:
        for side in sides:
            rest = side in slow and len(samples[side]) - samples[side].count(None) >= 3
            samples[side].append(None if rest else sample(runs[side], repeats[side]))
        sides.append(sides.pop(0))  # each comes after each
        found = min(len(pairs(samples[OURS], samples[side])) for side in (workload.against, workload.reference))
        spent = time.perf_counter() - start
        if found >= MOST or spent > (seconds if found >= FEW else PATIENCE * seconds):
            return samples


def pairs(ours: list[float | None], theirs: list[float | None]) -> list[float]:
    """Our time over theirs, in each round in which neither was disturbed."""
    return [a / b for a, b in zip(ours, theirs) if a and b]


def ratio(ours: list[float | None], theirs: list[float | None]) -> float | None:
    return median(found) if (found := pairs(ours, theirs)) else None


def ceiling() -> float | None:
    """What the machine's float32 matrix product reaches in NumPy, in products and sums a second: the best of some."""
    n = 1024
    a, out = np.random.default_rng(0).standard_normal((n, n), np.float32), np.empty((n, n), np.float32)
    found = [sample(lambda: np.matmul(a, a, out=out), 1) for _ in range(20)]
    return max((2 * n**3 / seconds for seconds in found if seconds), default=None)


def row(workload: Workload, seconds: float, memory: bool = True) -> dict[str, Any]:
    """The line of the table for one workload."""
    for side in workload.sides:
        agree(workload, side)
    arrays = workload.arrays(False)
    runs = {side: make({k: v.copy() for k, v in arrays.items()}) for side, make in workload.sides.items()}
    rate = ceiling()
    samples = compare(workload, runs, seconds)
    sides = {}
    for side, found in samples.items():
        clean = sorted(filter(None, found))
        if not clean:
            continue
        low, _, high = quantiles(clean, n=4) if len(clean) > 1 else clean * 3
        sides[side] = {
            "ms": 1e3 * median(clean), "quartiles": [1e3 * low, 1e3 * high], "samples": len(clean),
            "ratio": ratio(found, samples[workload.reference]),
            "peak_mib": peak(workload, side) if memory else None,
        }  # fmt: skip
    reached = ratio(samples[OURS], samples[workload.against])
    known = workload.flops and rate and OURS in sides
    share = workload.flops / rate / (1e-3 * sides[OURS]["ms"]) if known else None
    return {
        "key": workload.key, "title": workload.title, "against": workload.against, "goal": workload.goal,
        "reached": reached, "met": None if reached is None else reached <= workload.goal,
        "reference": workload.reference, "gemm_share": share, "gemm_gflops": rate and rate / 1e9, "sides": sides,
    }  # fmt: skip


# ---------------------------------------------------------------------- memory
def peak(workload: Workload, side: str) -> float:
    """MiB that one run takes above its inputs and weights, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "--memory", workload.key, side]
    done = subprocess.run(command, env=os.environ | EXACT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def grown(key: str, side: str) -> float:
    """What `peak` runs: small arrays first, so that libraries are loaded and warm; then the growth over one run."""
    (workload,) = (w for w in WORKLOADS if w.key == key)
    workload.sides[side](workload.arrays(True))()
    run = workload.sides[side](workload.arrays(False))
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts anew
    before = status("VmRSS")
    kept = run()
    after = status("VmHWM")
    del kept
    return (after - before) / 1024


def status(entry: str) -> int:
    """A line of /proc/self/status, in KiB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(entry))
