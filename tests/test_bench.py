"""The benchmarks compare like with like, and their table says what was measured.  No test here depends on a clock."""

import importlib.util
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import measure, table
from benchmarks.workloads import AUTOGRAD, OURS, SCIPY, TORCH, WORKLOADS, Workload
from tools.notebooks import ROOT

SIDES = [(workload, side) for workload in WORKLOADS for side in workload.sides if side != workload.reference]
KEYS = {"key", "title", "against", "goal", "reached", "met", "undisturbed"}
KEYS |= {"reference", "gemm_share", "gemm_gflops", "sides"}


@pytest.mark.parametrize(("workload", "side"), SIDES, ids=[f"{w.key}-{side}" for w, side in SIDES])
def test_sides_agree(workload, side):
    if side == AUTOGRAD and not importlib.util.find_spec("autograd"):
        pytest.skip("autograd is installed by `make bench`, which checks this, too")
    measure.agree(workload, side)


def test_a_side_that_computes_something_else_is_found():
    workload = tiny()
    measure.agree(workload, OURS)
    for wrong in (lambda a: lambda: a["x"] + 1e-3, lambda a: lambda: a["x"][:2], lambda a: lambda: (a["x"], a["x"])):
        with pytest.raises(AssertionError, match="tiny: dlnotes.numpy"):
            measure.agree(replace(workload, sides=workload.sides | {OURS: wrong}), OURS)


def test_every_workload_has_its_sides_and_goal():
    assert len({w.key for w in WORKLOADS}) == len(WORKLOADS) >= 20
    for workload in WORKLOADS:
        assert list(workload.sides)[:2] == [OURS, TORCH]
        assert workload.against in workload.sides
        assert workload.goal > 0
        arrays = workload.arrays(True)
        assert all(arrays[name].dtype == np.float32 for name in arrays if name != "labels")


def tiny(**options):
    same = lambda a: lambda: a["x"] * 1  # noqa: E731
    arrays = lambda small: {"x": np.ones(3 if small else 1000, np.float32)}  # noqa: E731
    return Workload("tiny", "A copy", arrays, {OURS: same, TORCH: same}, 2.0, **{"flops": 1e3} | options)


@pytest.mark.parametrize("bound", [0, 2], ids=["undisturbed", "busy"])
def test_a_row_has_all_that_the_table_needs(monkeypatch, bound):
    monkeypatch.setattr(measure, "UNDISTURBED", bound)
    row = measure.row(tiny(), seconds=0.2, memory=False)
    assert row.keys() == KEYS
    assert row["undisturbed"] == (bound == 0)
    assert row["met"] == (row["reached"] <= 2)
    assert row["gemm_share"] > 0
    for side in (OURS, TORCH):
        found = row["sides"][side]
        assert found["quartiles"][0] <= found["ms"] <= found["quartiles"][1]
        assert found["samples"] >= 1
    assert row["sides"][TORCH]["ratio"] == 1


def test_only_undisturbed_rounds_count():
    assert measure.pairs([1.0, None, 3.0, 4.0], [2.0, 1.0, None, 2.0]) == [0.5, 2.0]
    assert measure.ratio([1.0, None, 9.0], [2.0, 1.0, 3.0]) == 1.75
    assert measure.ratio([None], [1.0]) is None
    seconds, undisturbed = measure.sample(lambda: time.sleep(0.01), 1)  # it waits
    assert seconds < 0.005
    assert not undisturbed


def test_memory_of_one_run():
    """Pooling 8 MiB with a mask makes maxima of 2, a mask of 2 and a gradient of 8; the inputs do not count."""
    grown = measure.peak(next(w for w in WORKLOADS if w.key == "max-pool"), "reshape and mask")
    assert 11 < grown < 14


def side(ms, peak=10.0):
    return {"ms": ms, "quartiles": [ms, ms], "samples": 9, "ratio": 1.0, "peak_mib": peak}


def test_the_table_in_text():
    good = {"title": "A network", "against": TORCH, "goal": 0.85, "reached": 0.734, "met": True, "gemm_share": 0.5,
            "sides": {OURS: side(1.5), TORCH: side(2.04)}}  # fmt: skip
    bad = {"title": "A filter", "against": SCIPY, "goal": 1 / 8, "reached": 0.25, "met": False, "gemm_share": None,
           "sides": {OURS: side(10.0), SCIPY: side(40.0, None)}}  # fmt: skip
    head, first, second = table.text([good, bad]).splitlines()
    assert head.split()[:3] == ["workload", "NumPy", "ms"]
    assert " ".join(first.split()) == "A network 1.50 2.04 0.734 0.85 met 50 10 10"
    assert " ".join(second.split()) == "A filter 10.0 4.0 x 8 x scipy not met 10 scipy 40"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00123, "0.001"), (0.0734, "0.0734"), (1.5, "1.50"), (12.34, "12.3"), (1234.5, "1,234"), (None, "")],
)
def test_numbers(value, text):
    assert table.number(value) == text


def test_the_saved_table_is_whole():
    saved = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert saved.keys() == {"date", "machine", "versions", "rows"}
    assert {"processor", "cores", "vectors", "system"} == saved["machine"].keys()
    assert {"python", "numpy", "torch", "scipy"} <= saved["versions"].keys()
    assert [row["key"] for row in saved["rows"]] == [w.key for w in WORKLOADS]
    for row, workload in zip(saved["rows"], WORKLOADS):
        assert row.keys() == KEYS
        assert (row["goal"], row["against"], row["title"]) == (workload.goal, workload.against, workload.title)
        assert row["sides"].keys() == workload.sides.keys()
        assert row["met"] == (row["reached"] <= row["goal"])
        assert all(found["ms"] > 0 and found["peak_mib"] is not None for found in row["sides"].values())
