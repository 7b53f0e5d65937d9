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


def test_activation_functions_quotes_what_was_recorded():
    """The chapter types rounded means, lowest and highest values, and rates; the files hold each seed's number."""
    notebook = json.loads((ROOT / "chapters" / "training" / "activation-functions.ipynb").read_text(encoding="utf-8"))
    trees = [ast.parse("".join(cell["source"])) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    quoted = [ast.literal_eval(node.value) for tree in trees for node in tree.body if isinstance(node, ast.Assign)
              and getattr(node.targets[0], "id", "") in ("recorded", "own_rate", "ratios")]  # fmt: skip
    starts, own, ratios, dead, race = quoted
    files = (ROOT / "benchmarks" / "results" / "activations").glob("*.json")
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}
    lines = {key: data["lines"] for key, data in saved.items()}

    def row(line):
        return (np.mean(line["values"]), min(line["values"]), max(line["values"]))

    for start, rows in starts.items():
        found = [row(line) for line in lines["causes"] if line["what"] == f"4 sigmoid layers, {start}"]
        np.testing.assert_allclose(rows, found, atol=0.51, rtol=0)
    for quote, found in ((own, lines["four"][:4]), (race, lines["race"])):
        for (rate, *rest), line in zip(quote.values(), found, strict=True):
            assert rate == line["rate"]
            np.testing.assert_allclose(rest, row(line), atol=0.051, rtol=0)
    times = {line["what"]: line["quartiles"][1] for line in lines["cost"]}
    kinds = {"tanh": "Tanh", "sigmoid": "Sigmoid", "leaky ReLU": "LeakyReLU", "exact GELU": "GELU"}
    plain = {"tanh": "tanh", "sigmoid": "sigmoid", "leaky ReLU": "leaky_relu", "exact GELU": "gelu"}
    for name, (alone, step) in ratios.items():
        assert alone == pytest.approx(times[f"alone, {plain.get(name, name.lower())}"], abs=0.051)
        assert step == pytest.approx(times[f"whole step, {kinds.get(name, name)}"], abs=0.0051)
    for optimizer, (rates, quote) in dead.items():
        found = {(line["what"], line["rate"]): line for line in lines["dead"]}
        relu, leaky = ([found[f"{name}, {optimizer}", rate] for rate in rates] for name in ("ReLU", "LeakyReLU"))
        np.testing.assert_allclose(quote["ReLU"], [row(line)[0] for line in relu], atol=0.51)
        np.testing.assert_allclose(quote["leaky"], [row(line)[0] for line in leaky], atol=0.51)
        np.testing.assert_allclose(quote["dead"], [np.mean(line["dead"], 0)[1] for line in relu], atol=0.51)


def test_recurrent_networks_quotes_what_was_recorded():
    """*Recurrent networks* types counts, losses and ranges; the files hold each seed's number."""
    path = ROOT / "chapters" / "sequences" / "recurrent-networks.ipynb"
    cells = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    text = "\n".join(cells)
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in recurrent.RESULTS.glob("*.json")}
    for name in ("adding", "gates", "names"):
        assert saved[name]["date"] == "2026-12-01" and saved[name]["machine"]["processor"] == "AMD EPYC"
        assert f"`{saved[name]['command']}`" in text

    plain = [row for row in saved["adding"]["rows"] if row["what"] == "RNN"]
    runs = [loss for row in plain for loss in row["loss"]]
    assert f"at {('four', 'five')[len(plain) - 4]} rates from {plain[0]['rate']} to {plain[-1]['rate']}" in text
    assert min(runs) > 0.15 and f"stays above 0.15 in all {len(runs)} runs" in text
    found = {f"adding: {row['what']}": row for row in saved["adding"]["rows"] if row["what"] != "RNN"}
    lstm, gru = found.values()
    assert lstm["rate"] == gru["rate"] and f"on validation data, {lstm['rate']}" in text
    assert f"below 0.02 in {lstm['solved']} of 10 runs, the GRU in {gru['solved']} of 10" in text

    found |= {row["what"]: row for row in saved["gates"]["rows"]}
    for kind, label in (("LSTM", "LSTM"), ("LSTM, i=1", "$i=1$"), ("LSTM, f=1", "$f=1$"), ("LSTM, f=0", "$f=0$"),
                        ("LSTM, o=1", "$o=1$"), ("GRU", "GRU"), ("GRU, r=1", "GRU, $r=1$")):  # fmt: skip
        pair = [found[f"{task}: {kind}"] for task in ("adding", "last")]
        quoted = [f"{row['solved']} of {len(row['loss'])}|{np.median(row['loss']):.4f}" for row in pair]
        assert f"|{label}|{'|'.join(quoted)}|" in text
    others = [loss for gate in ("i=1", "f=0", "o=1") for loss in found[f"last: LSTM, {gate}"]["loss"]]
    assert len(others) == 15 and min(found["last: LSTM, f=1"]["loss"]) > max(others)

    losses = {row["what"]: row["loss"] for row in saved["names"]["rows"]}
    sizes = {row["what"]: f"{row['parameters']:,}" if "parameters" in row else "" for row in saved["names"]["rows"]}
    for line in text.split("\n"):
        label, *rest = line.strip("|").split("|")
        names = {"counts, 5 symbols": "counts 5", "GRU, 136 units": "GRU", "LSTM, 136 units": "LSTM",
                 "RNN, 136 units": "RNN", "perceptron, 3 letters": "three characters"}  # fmt: skip
        if (name := names.pop(label, label)) in losses and len(rest) == 3:
            loss = losses.pop(name)
            assert rest == [sizes[name], f"{np.median(loss):.2f}", f"{min(loss):.2f} to {max(loss):.2f}"]
    assert set(losses) == {f"counts {n}" for n in range(1, 5)}
    losses = {row["what"]: row["loss"] for row in saved["names"]["rows"]}
    wins = [sum(np.less(losses[name], losses["counts 5"])) for name in ("GRU", "LSTM", "RNN, 240 units")]
    said = "the GRU beats the counts in {} of 5 cases, the LSTM in {}, the RNN of 240 units in {}, the others in none"
    assert said.format(*wins) in text
    for name in ("RNN", "transformer", "three characters"):
        assert not np.less(losses[name], losses["counts 5"]).any()
    longer = {row["what"]: row["loss"] for row in saved["longer"]["rows"]}
    assert "With 800 steps the GRU is still below the counts in each case, and the transformer above" in text
    assert np.less(longer["GRU"], losses["counts 5"]).all()
    assert not np.less(longer["transformer"], losses["counts 5"]).any()


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


@pytest.mark.parametrize("best, tried", [(1, [1, 2, 4, 8]), (4, [2, 4, 8]), (8, [2, 4, 8, 16]), (16, [2, 4, 8, 16])])
def test_climb_looks_for_a_worse_rate_on_either_side(best, tried):
    found = record.climb(lambda rate: -abs(rate - best), [1, 2, 4, 8, 16], 1, 3)
    assert list(found) == tried and max(found, key=found.get) == best
def test_vgg_quotes_what_was_recorded():
    """*VGG* shows accuracies, losses and times of the files of one day."""
    notebook = json.loads((ROOT / "chapters" / "architectures" / "vgg.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    trees = [ast.parse(cell) for cell in cells if cell.startswith("# Recorded")]
    assignments = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    lists = ("other_rate", "small_right")
    literal = [node for node in assignments if isinstance(node.value, ast.Dict) or node.targets[0].id in lists]
    quoted = {node.targets[0].id: ast.literal_eval(node.value) for node in literal}
    files = (ROOT / "benchmarks" / "results" / "vgg").glob("*.json")
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    depth = {row["what"]: row["accuracy"] for row in saved["depth"]["rows"]}
    for name, kind in (("with_norm", "batch norm"), ("without", "no norm")):
        assert quoted[name] == {n: depth[f"{n} convolutions, {kind}, 8 epochs"] for n in (3, 9, 18)}
    assert quoted["ms"] == {row["what"]: tuple(row["ms"].values()) for row in saved["time"]["rows"]}
    losses = {row["what"]: row["loss"] for row in saved["depth"]["rows"]}
    assert quoted["last_losses"] == {n: losses[f"{n} convolutions, batch norm, 8 epochs"] for n in (3, 9, 18)}
    assert quoted["other_rate"] == saved["other"]["rows"][0]["accuracy"]
    assert quoted["adam"] == {row["rate"]: row["loss"] for row in saved["adam"]["rows"]}
    assert quoted["small_right"] == saved["small"]["rows"][0]["accuracy"]
    rows = saved["border"]["rows"]
    assert [*quoted["left"].values()] == [row["left"] for row in rows]
    assert [*quoted["left"]] == [row["what"].removeprefix("n counts ").split(" around")[0] for row in rows]
    assert quoted["ends"] == {(row["what"].split()[-1], row["rate"]): row["loss"] for row in saved["start"]["rows"]}
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}


def test_residual_networks_quotes_what_was_recorded():
    """*Residual networks* shows rates, losses and accuracies of the files of one day."""
    notebook = json.loads((ROOT / "chapters" / "architectures" / "residual-networks.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    text = "\n".join(cells)
    files = (ROOT / "benchmarks" / "results" / "residual").glob("*.json")
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    assert saved.keys() == residual.TABLES.keys()
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}
    (cell,) = (cell for cell in cells if cell.startswith("RATES = "))
    rates = ast.literal_eval(ast.parse(cell).body[0].value)
    assert rates == {row["network"]: row["rate"] for row in saved["small"]["rows"]}

    def percent(row):
        return f"{100 * min(row['accuracy']):.0f}", f"{100 * max(row['accuracy']):.0f}"

    for part, end in (("small", ""), ("deeper", ""), ("longer", ", 240 steps")):
        for row in saved[part]["rows"]:
            loss = f"{min(row['loss']):.2f}–{max(row['loss']):.2f}"
            assert f"|{row['network']}{end}|{loss}|{'–'.join(percent(row))} %|" in text
    none, scaled, zero = (percent(row) for row in saved["remedies"]["rows"])
    norms = percent(saved["deeper"]["rows"][2])
    bare, plain = (percent(row) for row in saved["bare"]["rows"])
    assert none == plain == ("10", "10")
    assert f"it gets {' to '.join(bare)} % of the test" in text
    found = saved["bare"]["rows"][1]["validation"].values()
    assert f"gets {100 * min(found):.0f} to {100 * max(found):.0f} % of the validation images" in text
    found = f"{' to '.join(scaled)} %, with zeros {' to '.join(zero)} %; with norms, as above, {' to '.join(norms)} %"
    assert f"get 10 % of the test images right (chance); with scaled branches {found}" in text


def test_normalisation_quotes_what_was_recorded():
    """*Normalisation*: every number of its recorded cells, and the tables of its text, are those of one file."""
    notebook = json.loads((ROOT / "chapters" / "training" / "normalisation.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    trees = [ast.parse(cell) for cell in cells if cell.startswith("# Recorded")]
    assignments = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    quoted = {node.targets[0].id: ast.literal_eval(node.value) for node in assignments
              if isinstance(node.value, ast.Dict | ast.List)}  # fmt: skip
    file = ROOT / "benchmarks" / "results" / "normalisation" / "recorded.json"
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert any(saved["command"] in cell and saved["date"] in cell for cell in cells)

    def same(found, wanted):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=0.00051)

    at = {rate: place for place, rate in enumerate(saved["rates"])}
    for kind, rows in quoted["recorded"].items():
        runs = np.array(saved[f"rates, {kind}"])
        same(rows, [runs.mean(1), runs.min(1), runs.max(1)])
    plain, batch = (saved[f"rates, {kind}, lengths held"] for kind in ("none", "batch"))
    same(quoted["plain_held"], [plain[at[rate]] for rate in (0.1, 1, 3)])
    same(quoted["batch_held"], batch[at[0.1]])
    for (rate, kind), runs in quoted["at_large"].items():
        held = ", lengths held" if kind == "held" else ""
        more = saved[f"more seeds at 1 and 3, batch{held}"][(1, 3).index(rate)]
        same(runs, saved[f"rates, batch{held}"][at[rate]] + more)
    assert len(quoted["by_size"]) == 9
    for (size, kind), runs in quoted["by_size"].items():
        same(runs, saved[f"batches of {size}, {kind}"][1])
    same(quoted["after_relu"], saved["order, after"][1])
    for kind, runs in quoted["chosen"].items():
        same(runs, saved[f"order, {kind}"][1] + saved[f"order, {kind}, more seeds"][1])

    text = "\n".join(cells)  # the tables
    part = lambda runs: f"{100 * min(runs):.0f} to {100 * max(runs):.0f}"  # noqa: E731
    for size in (2, 4, 8):
        columns = [saved[f"batches of {size}, {kind}"][1] for kind in ("none", "batch", "layer")]
        assert f"|{size}|" + "|".join(f"{100 * np.mean(runs):.0f} ({part(runs)})" for runs in columns) + "|" in text
    longer = saved["batches of 2, batch, five epochs"][1]
    assert f"{100 * np.mean(longer):.0f} ({part(longer)})" in text
    modes = saved["wrong mode"]
    for line, name in (
        ("evaluation|any", "evaluation"), ("training|50 images, shuffled", "training mode, batches of 50"),
        ("training|2 images, shuffled", "training mode, batches of 2"),
        ("training|200 images of one kind", "one class a batch"),
    ):  # fmt: skip
        assert f"|{line}|{part(modes[name])}|" in text
    assert f"{part(modes['evaluation, after 20 batches of sneakers'])} %" in text
    free, held = quoted["recorded"], quoted["at_large"]
    for rate in (0.1, 1, 3):
        runs = (quoted["batch_held"],) * 2 if rate == 0.1 else (held[rate, "free"], held[rate, "held"])
        means = [free["none"][0][at[rate]], np.mean(plain[at[rate]]), *map(np.mean, runs)]
        means[2] = free["batch"][0][at[rate]] if rate == 0.1 else means[2]
        assert f"|{rate}|" + "|".join(f"{mean:.{3 if rate == 0.1 else 2}f}" for mean in means) + "|" in text, means


def test_alexnet_quotes_what_was_recorded():
    """*AlexNet* shows the steps of its race, and the accuracies and losses of its ablation with their ranges."""
    notebook = json.loads((ROOT / "chapters" / "architectures" / "alexnet.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    trees = [ast.parse(cell) for cell in cells if cell.startswith("# Recorded")]
    quoted = {node.targets[0].id: ast.literal_eval(node.value) for tree in trees for node in tree.body}
    files = (ROOT / "benchmarks" / "results" / "alexnet").glob("*.json")
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    assert quoted.keys() == {"steps", "recorded", "trained"}
    rows = saved["race"]["rows"]
    for activation, steps in quoted["steps"].items():
        assert steps == {row["rate"]: row["steps"] for row in rows if row["activation"] == activation}
        tried = {row["rate"]: sum(row["tried"]) for row in rows if row["activation"] == activation}
        assert min(tried, key=tried.get) == {"ReLU": 0.02, "Tanh": 0.08}[activation]

    names = {"both": "everything", "dropout": "no augmentation", "augmentation": "no dropout",
             "neither": "neither of these"}  # fmt: skip
    both = saved["short"], saved["long"]
    lengths = {each["epochs"]: {row["variant"]: row for row in each["rows"]} for each in both}
    for here, key in (("recorded", "test accuracy"), ("trained", "train accuracy")):
        assert quoted[here].keys() == names.keys()
        for name, variant in names.items():
            for epochs, found in lengths.items():
                np.testing.assert_allclose(quoted[here][name][epochs], 100 * np.array(found[variant][key]), atol=1e-9)

    (table,) = (cell for cell in cells if "|network has|" in cell)
    printed = {line.split("|")[1]: line.split("|")[2:-1] for line in table.splitlines() if line.startswith("|")}
    words = {"both": "augmentation and dropout", "dropout": "dropout alone", "augmentation": "augmentation alone",
             "neither": "neither"}  # fmt: skip
    for name, label in words.items():
        short, long = (lengths[epochs][names[name]] for epochs in (10, 100))
        want = [(short["test accuracy"], 100, 0), (short["train accuracy"], 100, 0), (long["test accuracy"], 100, 0),
                (long["train accuracy"], 100, 0), (long["test loss"], 1, 1)]  # fmt: skip
        for text, (values, scale, digits) in zip(printed[label], want, strict=True):
            mean, low, high = (float(word.strip("[],")) for word in text.split())
            for shown, value in ((mean, np.mean(values)), (low, min(values)), (high, max(values))):
                assert abs(shown - scale * value) <= 0.5 * 10**-digits + 1e-9
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}
    assert f"*, {saved['short']['seconds']} and {saved['long']['seconds']} seconds" in "".join(cells)
    long = lengths[100]
    for with_it, without in (("no augmentation", "neither of these"), ("everything", "no dropout")):  # "in each seed"
        assert all(np.less(long[with_it]["test loss"], long[without]["test loss"]))


def test_regularisation_quotes_what_was_recorded():
    """The tables and numbers of *Regularisation and dropout* are those of the files, rounded."""
    notebook = json.loads((ROOT / "chapters" / "training" / "regularisation.ipynb").read_text(encoding="utf-8"))
    prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    files = (ROOT / "benchmarks" / "results" / "regularisation").glob("*.json")
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    scores: dict = {}
    for name, data in saved.items():
        for line in data["lines"]:
            columns = zip(data["columns"], zip(*line["scores"]))
            key = name, line["what"] + (", smoothed" if name == "one_rate" and line["rate"] == 0.001
                                        and "smoothing" in line else "")  # fmt: skip
            scores[key] = {column: np.array(values) for column, values in columns}

    def mean(name, what, column, digits):
        found = f"{scores[name, what][column].mean():.{digits}f}"
        return found.removeprefix("0") if digits == 3 else found

    for method in ("none", "AdamW", "dropout", "label smoothing"):
        last, best = (f"{method}, {when} epoch" for when in ("last", "best"))
        pairs = [(last, ""), (best, ""), (best, "_after")]
        row = [f"{mean('clean', w, 'loss' + t, 3)} ({mean('clean', w, 'ece' + t, 1)})" for w, t in pairs]
        assert f"|{method}|{'|'.join(row)}|\n" in prose
    for method in ("none", "AdamW"):
        row = [mean("one_rate", f"{method}, 30% wrong", "accuracy", 1)]
        row += [mean("noisy", f"{method}, {when} epoch", "accuracy", 1) for when in ("last", "best")]
        assert f"|{method}|{'|'.join(row)}|\n" in prose
    for start, what in (("2,000 images, 50 epochs, rate 0.003", ("none, 0% wrong", "smoothing, 0% wrong")),
                        ("9,000 images, 3 epochs, rate 0.001",
                         ("9000 images, 3 epochs", "9000 images, 3 epochs, smoothed"))):  # fmt: skip
        row = [mean("one_rate", w, column, 1) for w in what for column in ("ece", "ece_after")]
        assert f"|{start}|{'|'.join(row)}|\n" in prose

    plain, smooth = scores["one_rate", "none, 0% wrong"], scores["one_rate", "smoothing, 0% wrong"]
    none, dropout, adamw = (scores["clean", f"{name}, best epoch"] for name in ("none", "dropout", "AdamW"))
    for column, lead in (("loss", ".023"), ("loss_after", ".015")):
        gain = none[column] - dropout[column]
        assert (gain > 0).all() and f"{gain.mean():.3f}"[1:] == lead and lead in prose
    later = scores["clean", "none, last epoch"]
    assert (later["loss"] > scores["clean", "dropout, last epoch"]["loss"]).all()
    assert f"(.{dropout['loss'].mean() * 1000:.0f} to .{adamw['loss'].mean() * 1000:.0f})" in prose
    assert f".{plain['loss'].mean() * 100:.0f} to .{none['loss'].mean() * 100:.0f}, and dropout to .46" in prose
    assert f"{dropout['loss'].mean():.2f} {plain['loss_after'].mean():.2f}" == "0.46 0.48"
    assert f"from {plain['ece'].mean():.0f} to {none['ece'].mean():.0f} and to {dropout['ece'].mean():.0f} %" in prose
    assert f"{plain['ece_after'].mean():.1f} instead of {plain['ece'].mean():.1f} %" in prose
    assert f"{later['accuracy'].mean():.1f} %" in prose
    assert f"($T={plain['temperature'].mean():.2f}$)" in prose and f"($T={smooth['temperature'].mean():.2f}$)" in prose
    assert (smooth["temperature"] < 1).all() and (plain["temperature"] > 1).all()
    assert f".{smooth['loss_after'].mean() * 1000:.0f} to .{plain['loss_after'].mean() * 1000:.0f} " in prose
    for name in ("9000 images, 3 epochs", "9000 images, 3 epochs, smoothed"):
        assert mean("one_rate", name, "loss_after", 3) == ".520"
    bare, decayed = (scores["one_rate", f"{name}, 30% wrong"] for name in ("none", "AdamW"))
    assert f"from {bare['ece'].mean():.1f} to {decayed['ece'].mean():.1f} %" in prose
    assert f"({decayed['ece_after'].mean():.1f} to {bare['ece_after'].mean():.1f} %)" in prose
    gain = scores["noisy", "AdamW, best epoch"]["accuracy"] - scores["noisy", "none, best epoch"]["accuracy"]
    assert f"(for {(gain > 0).sum()} of {len(gain)} seeds" in prose
    free, masked = scores["masks", "none"], scores["masks", "dropout"]
    assert f"{masked['80 % removed'].mean():.0f} % against {free['80 % removed'].mean():.0f} %" in prose
    assert abs(masked["accuracy"].mean() - free["accuracy"].mean()) < 0.1
    assert (masked["60 % removed"] > free["60 % removed"]).all()
    single, spread = (masked[f"digits, {doubt}"] for doubt in ("confidence", "spread"))
    assert f"(.{spread.mean() * 100:.0f} to .{single.mean() * 100:.0f}; recorded" in prose
    assert (single > spread).sum() == 3
    assert (masked["mistakes, confidence"] > masked["mistakes, spread"]).all()
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}


def recurrent_tables():
    files = (ROOT / "benchmarks" / "results" / "recurrent").glob("*.json")
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def test_the_tables_of_recurrent_networks_are_whole():
    """Each is of one day and machine; a rate is the best of its grid; the solved are counted."""
    saved = recurrent_tables()
    assert saved.keys() == recurrent.TABLES.keys()
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}
    for name, data in saved.items():
        rates = {"gates": recurrent.RATES[1:], "longer": recurrent.RATES[:3]}.get(name, recurrent.RATES)
        assert data["command"] == f"python -m benchmarks.recurrent {name}"
        assert not set(data["tuning"]) & set(data["seeds"])
        for row in data["rows"]:
            assert len(row["loss"]) == len(data["seeds"]) == {"adding": 10}.get(name, 5)
            if found := row.get("validation"):
                assert list(found) == [f"{rate:g}" for rate in rates]
                assert float(min(found, key=found.get)) == row["rate"]
            if "solved" in row:
                task = row["what"].split(":")[0] if name == "gates" else "adding"
                assert row["solved"] == sum(loss < recurrent.TASKS[task][2] for loss in row["loss"])


def test_the_tasks_of_recurrent_networks():
    for make, marks in ((recurrent.adding, 2), (recurrent.last, 4)):
        x, y = make(500, np.random.default_rng(0))
        assert (x[:, :, 1].sum(1) == marks).all()
        for (values, marked), wanted in zip(x.swapaxes(1, 2), y):
            chosen = values[marked == 1]
            np.testing.assert_allclose(wanted, chosen.sum() if marks == 2 else chosen[-1], rtol=1e-6)
    assert (recurrent.adding(500, np.random.default_rng(1))[0][:, :15, 1].sum(1) == 1).all()


@pytest.mark.parametrize(("cell", "gate", "value"), recurrent.REMOVED)
def test_a_gate_that_is_removed_stays_so(cell, gate, value):
    """At the end of training its rows are those of the start, to the bit; those of the other gates are not."""
    rng = np.random.default_rng(0)
    net = recurrent.Reader(cell, rng, gate, value)
    before = {name: p.copy() for name, p in net.state_dict().items()}
    recurrent.learned(net, recurrent.Splits(*(recurrent.adding(n, rng) for n in (320, 9, 9))), 0.03, 5, rng)
    places = slice(*(32 * (recurrent.GATES[cell].index(gate) + k) for k in (0, 1)))
    for name, p in net.state_dict().items():
        if name.startswith("rnn."):
            same = (p == before[name]).reshape(len(p), -1).all(1)
            assert same[places].all() and not np.delete(same, np.r_[places]).all()


def test_counts_by_hand():
    """Of "ab" and "b", one of five symbols is an a; where a strength is chosen, it has the lowest validation loss."""
    assert recurrent.grams(["ab"], 3) == ["..a", ".ab", "ab."]
    names = recurrent.Splits(["ab", "b"], ["b"], ["a"])
    tried = [[(seen + a / 27) / (5 + a) for seen in (1, 2, 2)] for a in recurrent.STRENGTHS]  # a, b, mark
    a, b, mark = min(tried, key=lambda p: p[1] * p[2] * -1)
    np.testing.assert_allclose(recurrent.counts(names, 1), [-np.log([b * mark, a * mark]) / 2])


def test_a_record_is_kept_as_json_in_a_folder_of_its_own(tmp_path):
    file = tmp_path / "new" / "table.json"
    measure.keep(file, {"rows": [1, 2.5]})
    assert json.loads(file.read_text(encoding="utf-8")) == {"rows": [1, 2.5]}


def test_transformers_quotes_what_was_recorded():
    """*Attention and Transformers*: its recorded cells and sentences are those of the files."""
    notebook = json.loads((ROOT / "chapters" / "sequences" / "transformers.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    text = " ".join(" ".join(cells).split())
    trees = [ast.parse(cell) for cell in cells if cell.startswith("# Recorded")]
    quoted = {}
    for node in (node for tree in trees for node in tree.body if isinstance(node, ast.Assign)):
        names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
        values = node.value.elts if isinstance(node.targets[0], ast.Tuple) else [node.value]
        for name, value in zip(names, values):
            quoted[name.id] = ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    results = ROOT / "benchmarks" / "results"
    files = [*(results / "transformers").glob("*.json")]
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    assert {data["date"] for data in saved.values()} == {"2026-12-01"}
    assert {data["machine"]["processor"] for data in saved.values()} == {"AMD EPYC"}
    for name, source in (("copied", "induction"), ("backwards", "copying")):
        found = {row["what"]: row for row in saved[source]["rows"]}
        for kind, shares in quoted[name].items():
            np.testing.assert_allclose(shares, 100 * np.array(found[kind]["accuracy"]), atol=0.051, rtol=0)
    guess = saved["induction"]["rows"][0]["by elimination"]
    assert f"would give {100 * guess:.0f} %" in text
    rows = saved["length"]["rows"]
    stored = {row["n"]: row["ratio"] for row in rows if row["what"] == "anew over stored"}
    assert dict(zip(quoted["lengths"], quoted["cache"])) == stored
    for E in (64, 128):
        found = {row["n"]: row["ratio"] for row in rows
                 if row["what"] == "attention without projections over MLP" and row["E"] == E}  # fmt: skip
        assert dict(zip(quoted["tokens"], quoted["over"][f"E = {E}"])) == found

    def span(values, digits=2):
        low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
        return low if low == high else f"{low} to {high}"

    names = {row["what"]: row for row in json.loads((results / "recurrent" / "names.json").read_text("utf-8"))["rows"]}
    for kind in ("transformer", "GRU", "counts 5"):
        assert span(names[kind]["loss"]) in text
    longer = json.loads((results / "recurrent" / "longer.json").read_text(encoding="utf-8"))["rows"]
    assert any(row["what"] == "transformer" and span(row["loss"]) in text for row in longer)
    for source, key in (("digits", "accuracy"), ("texts", "loss"), ("norms", "accuracy")):
        for row in saved.get(source, {"rows": []})["rows"]:
            if row["what"] in QUOTED[source] and (source != "norms" or row["rate"] == 0.01):
                values = np.atleast_1d(row[key])
                shown = span(100 * values, 0) + " %" if key == "accuracy" else span(values)
                assert shown in text, row["what"]
    slower = [row["accuracy"] for row in saved.get("norms", {"rows": []})["rows"] if row["rate"] < 0.01]
    assert np.min(slower) > 0.995  # "all get 100 %"


QUOTED = {
    "digits": ("LeNet", "patches", "patches without positions"),
    "texts": ("GRU", "GPT", "counts 6"),
    "norms": ("pre", "post", "post, warm-up"),
}
