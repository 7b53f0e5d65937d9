"""Fair timing: every side at one thread, in turns, and only samples during which this process had a core to itself."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from benchmarks.workloads import OTHER, OURS, WORKLOADS, Workload

RESULTS = Path(__file__).with_name("results")  # a file for each processor
PACKAGES = ["numpy", "torch", "scipy", "scikit-image", "opencv-python-headless", "autograd"]

# One thread each; and freed memory stays with the process, or PyTorch pays for fresh pages what NumPy's reuse saves.
FAIR = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184",
}  # fmt: skip
EXACT = FAIR | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}  # for memory: what is freed is gone
UNDISTURBED = 0.96  # of the wall time was this process's
SHORTEST = 2e-3  # seconds of one sample: less is repeated within it
MOST, FEW = 41, 7  # pairs of undisturbed samples: enough, and what is waited for
TOLERANCE = 1e-4  # of the largest entry, in float32
PATIENCE = 2  # times as long as was asked for, at most


def machine() -> dict[str, Any]:
    """What a reader must know to judge the figures."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    vectors = [name for name, flag in (("AVX-512", "avx512f"), ("AVX2", "avx2")) if flag in flags]
    return {"processor": model, "cores": os.cpu_count(), "vectors": vectors[:1], "system": platform.system()}


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def agree(workload: Workload, side: str) -> None:
    """AssertionError unless the side computes on small arrays what the reference does, or is another operation."""
    if side.startswith(OTHER):
        return
    found, wanted = (results(workload.sides[each](workload.arrays(True))()) for each in (side, workload.reference))
    assert len(found) == len(wanted), f"{workload.key}: {side} returns {len(found)} arrays, not {len(wanted)}"
    for i, (x, y) in enumerate(zip(found, wanted)):
        close = x.shape == y.shape and np.allclose(x, y, rtol=0, atol=TOLERANCE * max(1, abs(y).max()))
        assert close, f"{workload.key}: {side} differs from {workload.reference} in array {i}"


def results(found: Any) -> list[np.ndarray]:
    """What a side returned, as arrays."""
    given = found if isinstance(found, tuple) else (found,)
    return [np.asarray(each.detach() if hasattr(each, "detach") else each) for each in given]


def sample(run: Callable[[], Any], times: int) -> tuple[float, bool]:
    """Seconds of processor time of one run, and whether this process had a core to itself meanwhile."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return cpu / times, cpu > UNDISTURBED * wall


Samples = dict[str, list[float | None]]  # of each side, one for each round


def compare(workload: Workload, runs: dict[str, Callable[[], Any]], seconds: float) -> tuple[Samples, bool]:
    """Samples of every side, taken in turns: entry i of each list is of the same round.

    A side that takes ten times as long as ours is measured a few times only.  Disturbed samples are dropped; where the
    machine is so busy that few others are left, all count, and the second result is False.
    """
    once = {}
    for side, run in runs.items():
        run()
        once[side], _ = sample(run, 1)
    repeats = {side: max(1, round(SHORTEST / max(cpu, 1e-6))) for side, cpu in once.items()}
    needed = {workload.reference, *workload.goals}
    slow = {side for side, cpu in once.items() if side not in needed and cpu > max(0.3, 10 * once[OURS])}
    every: Samples = {side: [] for side in runs}
    clean: Samples = {side: [] for side in runs}
    start, sides = time.perf_counter(), list(runs)
    while True:
        for side in sides:
            if side in slow and len(every[side]) - every[side].count(None) >= 3:
                found, undisturbed = None, False
            else:
                found, undisturbed = sample(runs[side], repeats[side])
            every[side].append(found)
            clean[side].append(found if undisturbed else None)
        sides.append(sides.pop(0))  # each comes after each
        enough = min(len(pairs(clean[OURS], clean[side])) for side in needed)
        spent = time.perf_counter() - start
        if enough >= MOST or spent > (seconds if enough >= FEW else PATIENCE * seconds):
            kept = {side: clean[side] if enough >= FEW and any(clean[side]) else every[side] for side in runs}
            return kept, enough >= FEW


def pairs(ours: list[float | None], theirs: list[float | None]) -> list[float]:
    """Our time over theirs, in each round in which neither was disturbed."""
    return [a / b for a, b in zip(ours, theirs) if a and b]


def ratio(ours: list[float | None], theirs: list[float | None]) -> float | None:
    """None for a slow side that shares no undisturbed round with the other."""
    return median(found) if (found := pairs(ours, theirs)) else None


def ceiling() -> float:
    """What the machine's float32 matrix product reaches in NumPy, in products and sums a second: the best of some."""
    n = 1024
    a, out = np.random.default_rng(0).standard_normal((n, n), np.float32), np.empty((n, n), np.float32)
    return max(2 * n**3 / sample(lambda: np.matmul(a, a, out=out), 1)[0] for _ in range(20))


def row(workload: Workload, seconds: float, memory: bool = True) -> dict[str, Any]:
    """The line of the table for one workload."""
    for side in workload.sides:
        agree(workload, side)
    arrays = workload.arrays(False)
    runs = {side: make({k: v.copy() for k, v in arrays.items()}) for side, make in workload.sides.items()}
    rate = ceiling()
    samples, undisturbed = compare(workload, runs, seconds)
    sides = {}
    for side, found in samples.items():
        times = sorted(filter(None, found))
        low, _, high = quantiles(times, n=4) if len(times) > 1 else times * 3
        sides[side] = {
            "ms": 1e3 * median(times), "quartiles": [1e3 * low, 1e3 * high], "samples": len(times),
            "ratio": ratio(samples[OURS], found),
            "peak_mib": peak(workload, side) if memory else None,
        }  # fmt: skip
    share = workload.flops / rate / (1e-3 * sides[OURS]["ms"]) if workload.flops else None
    return {
        "key": workload.key, "title": workload.title, "undisturbed": undisturbed,
        "gemm_share": share, "gemm_gflops": rate / 1e9, "sides": sides,
    }  # fmt: skip


# ---------------------------------------------------------------------- memory
def peak(workload: Workload, side: str) -> float:
    """MiB that one run takes above its inputs and weights, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "--memory", workload.key, side]
    done = subprocess.run(command, env=os.environ | EXACT, capture_output=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


def grown(key: str, side: str) -> float:
    """What `peak` runs: small arrays first, so that libraries are loaded and warm; then the growth over one run."""
    (workload,) = (w for w in WORKLOADS if w.key == key)
    workload.sides[side](workload.arrays(True))()
    run = workload.sides[side](workload.arrays(False))
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
        file.write("5")  # the peak starts anew
    before = status("VmRSS")
    kept = run()
    after = status("VmHWM")
    del kept
    return (after - before) / 1024


def status(entry: str) -> int:
    """A line of /proc/self/status, in KiB."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(entry))
