"""*Activation functions* quotes what `python -m benchmarks.activations` recorded."""

import ast

import numpy as np
import pytest

from tests.recorded.quoted import cells, of_one_day, saved


def test_every_number_is_of_a_file():
    """The chapter types rounded means, lowest and highest values, and rates; the files hold each seed's number."""
    trees = [ast.parse(cell) for cell in cells("training/activation-functions", "code")]
    quoted = [ast.literal_eval(node.value) for tree in trees for node in tree.body if isinstance(node, ast.Assign)
              and getattr(node.targets[0], "id", "") in ("recorded", "own_rate", "ratios")]  # fmt: skip
    starts, own, ratios, dead, race = quoted
    tables = saved("activations")
    assert of_one_day(tables, "2026-12-01")
    lines = {key: data["lines"] for key, data in tables.items()}

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
