"""The benchmarks compare like with like, and their table says what was measured.  No test here depends on a clock."""

import importlib.util
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import kernels, measure, record, table
from benchmarks.workloads import AUTOGRAD, OPENCV, OTHER, OURS, SCIPY, TORCH, WORKLOADS, Workload
from tools.notebooks import ROOT

SIDES = [(workload, side) for workload in WORKLOADS for side in workload.sides
         if side != workload.reference and not side.startswith(OTHER)]  # fmt: skip
KEYS = {"key", "title", "undisturbed", "gemm_share", "gemm_gflops", "sides"}
BESIDE = {AUTOGRAD: "autograd", OPENCV: "cv2"}  # not among the book's packages


@pytest.mark.parametrize(("workload", "side"), SIDES, ids=[f"{w.key}-{side}" for w, side in SIDES])


def test_sides_agree(workload, side):
    if side in BESIDE and not importlib.util.find_spec(BESIDE[side]):
        pytest.skip(f"{side} is installed by `make bench`, which checks this, too")
    measure.agree(workload, side)


def test_a_side_that_computes_something_else_is_found():
    workload = tiny()
    measure.agree(workload, OURS)
    for wrong in (lambda a: lambda: a["x"] + 1e-3, lambda a: lambda: a["x"][:2], lambda a: lambda: (a["x"], a["x"])):
        with pytest.raises(AssertionError, match="tiny: dlnotes.numpy"):
            measure.agree(replace(workload, sides=workload.sides | {OURS: wrong}), OURS)


def test_every_workload_has_its_sides_and_goals():
    assert len({w.key for w in WORKLOADS}) == len(WORKLOADS) >= 20
    for workload in WORKLOADS:
        assert next(iter(workload.sides)) == OURS
        assert workload.reference in workload.sides
        assert workload.goals
        assert all(side in workload.sides and wanted > 0 for side, wanted in workload.goals.items())
        arrays = workload.arrays(True)
        assert all(arrays[name].dtype == np.float32 for name in arrays if name != "labels")


def tiny(**options):
    same = lambda a: lambda: a["x"] * 1  # noqa: E731
    arrays = lambda small: {"x": np.ones(3 if small else 1000, np.float32)}  # noqa: E731
    return Workload("tiny", "A copy", arrays, {OURS: same, TORCH: same}, {TORCH: 2.0}, **{"flops": 1e3} | options)


@pytest.mark.parametrize("bound", [0, 2], ids=["undisturbed", "busy"])


def test_a_row_has_all_that_the_table_needs(monkeypatch, bound):
    monkeypatch.setattr(measure, "UNDISTURBED", bound)
    row = measure.row(tiny(), seconds=0.2, memory=False)
    assert row.keys() == KEYS
    assert row["undisturbed"] == (bound == 0)
    assert row["gemm_share"] > 0
    for side in (OURS, TORCH):
        found = row["sides"][side]
        assert found["quartiles"][0] <= found["ms"] <= found["quartiles"][1]
        assert found["samples"] >= 1
    assert row["sides"][OURS]["ratio"] == 1
    assert row["sides"][TORCH]["ratio"] > 0


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


def side(ms, ratio, peak=10.0):
    return {"ms": ms, "quartiles": [ms, ms], "samples": 9, "ratio": ratio, "peak_mib": peak}


def test_the_table_in_text():
    network = Workload("network", "A network", dict, {}, {TORCH: 0.85})
    edges = Workload("filter", "A filter", dict, {}, {SCIPY: 1 / 8, OPENCV: 2.0})
    good = {"gemm_share": 0.5, "sides": {OURS: side(1.5, 1.0), TORCH: side(2.04, 0.734), AUTOGRAD: side(3.0, 0.5)}}
    bad = {"gemm_share": None,
           "sides": {OURS: side(10.0, 1.0), SCIPY: side(40.0, 0.25, None), OPENCV: side(5.0, 1.999)}}  # fmt: skip
    head, *lines = table.text([network, edges], [good, bad]).splitlines()
    assert head.split()[:3] == ["workload", "NumPy", "ms"]
    assert [" ".join(line.split()) for line in lines] == [
        "A network 1.50 10 50 PyTorch 2.04 10 0.734 0.85 met autograd 3.0",
        "A filter 10.0 10 scipy 40.0 4.0 x 8 x not met",
        "OpenCV 5.00 10 2.00 2.00 met",
    ]


@pytest.mark.parametrize(("side", "goal", "found", "word"), [
    (TORCH, 0.33, 0.3301, "met"), (TORCH, 0.33, 0.3306, "not met"), (TORCH, 1.35, 1.3549, "met"),
    (SCIPY, 1 / 8, 1 / 7.96, "met"), (SCIPY, 1 / 8, 1 / 7.94, "not met"), (SCIPY, 1 / 15, 1 / 1200, "met"),
    (OPENCV, 4.0, 4.004, "met"), (OPENCV, 4.0, 4.006, "not met"), (TORCH, 1.0, None, ""),
])  # fmt: skip


def test_a_goal_is_met_by_the_ratio_that_is_printed(side, goal, found, word):
    assert table.verdict(side, goal, found) == word


@pytest.mark.parametrize(("processor", "name"), [
    ("Intel(R) Xeon(R) Processor", "Intel Xeon, AVX2"), ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763, AVX2"),
    ("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "Intel Core i7-8550U, AVX2"),
])  # fmt: skip


def test_the_name_of_a_processor(processor, name):
    assert table.label({"processor": processor, "vectors": ["AVX2"]}) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00123, "0.001"), (0.0734, "0.0734"), (1.5, "1.50"), (12.34, "12.3"), (1234.5, "1,234"), (None, "")],
)


def test_numbers(value, text):
    assert table.number(value) == text


def test_the_saved_tables_are_whole():
    """A table may be older than a row or a side, but each of them is in one, and none is of something else by now."""
    tables = [json.loads(file.read_text(encoding="utf-8")) for file in (ROOT / "benchmarks" / "results").glob("*.json")]
    workloads = {w.key: w for w in WORKLOADS}
    assert len({table.label(saved["machine"]) for saved in tables}) == len(tables) >= 2
    for saved in tables:
        assert saved.keys() == {"date", "machine", "versions", "rows"}
        assert {"processor", "cores", "vectors", "system"} == saved["machine"].keys()
        assert {"python", "numpy", "torch", "scipy"} <= saved["versions"].keys()
        for row in saved["rows"]:
            assert row.keys() == KEYS
            assert row["title"] == workloads[row["key"]].title
            assert row["sides"].keys() <= workloads[row["key"]].sides.keys()
            assert all(found["ms"] > 0 and found["peak_mib"] is not None for found in row["sides"].values())
    measured = {(row["key"], side) for saved in tables for row in saved["rows"] for side in row["sides"]}
    assert measured == {(w.key, side) for w in WORKLOADS for side in w.sides}


def test_the_ways_to_filter_agree_and_are_timed():
    image = np.random.default_rng(0).random((40, 50), np.float32)
    for k in (3, 7, 15):
        results = [run() for pair in kernels.ways(image, k).values() for run in pair]
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], rtol=0, atol=1e-5)
    found = kernels.curves(16, (3, 5), rounds=1)
    assert list(found) == list(kernels.ways(image, 3))
    assert all(times.shape == (2, 2) and (times >= 0).all() for times in found.values())


def test_a_photograph_beside_scipy():
    workload = kernels.on_a_photograph()
    assert list(workload.sides) == [OURS, SCIPY]
    measure.agree(workload, OURS)
    assert workload.arrays(False)["image"].shape == (2048, 2048)


def test_a_record_says_how_it_came_about(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "RESULTS", tmp_path)
    record.keep("vgg", "depth", rows=[1, np.float64(2.5)])
    record.keep("kernels", file="a-processor")
    found = json.loads((tmp_path / "vgg" / "depth.json").read_text(encoding="utf-8"))
    assert found.keys() == {"command", "date", "machine", "versions", "rows"} and found["rows"] == [1, 2.5]
    assert found["command"] == "python -m benchmarks.vgg depth"
    found = json.loads((tmp_path / "kernels" / "a-processor.json").read_text(encoding="utf-8"))
    assert found["command"] == "python -m benchmarks.kernels"


def test_a_benchmark_makes_the_tables_that_are_asked_for(monkeypatch, capsys):
    found: list[dict] = []
    tables = {each: lambda each=each: found.append({"what": each}) for each in ("short", "long")}
    for words, wanted in ([], ["short", "long"]), (["long"], ["long"]):
        monkeypatch.setattr("sys.argv", ["benchmark", *words])
        assert [(name, [*found]) for name in record.asked(tables, found)] == [(n, [{"what": n}]) for n in wanted]
    assert capsys.readouterr().out.split() == ["short", "long", "long"]


@pytest.mark.parametrize("best, tried", [(1, [1, 2, 4, 8]), (4, [2, 4, 8]), (8, [2, 4, 8, 16]), (16, [2, 4, 8, 16])])
def test_climb_looks_for_a_worse_rate_on_either_side(best, tried):
    found = record.climb(lambda rate: -abs(rate - best), [1, 2, 4, 8, 16], 1, 3)
    assert list(found) == tried and max(found, key=found.get) == best
