"""*Weight initialisation* shows what `python -m benchmarks.initialisation` has saved."""

import ast
import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


def test_the_chapter_quotes_what_was_recorded():
    text = (ROOT / "chapters" / "training" / "initialisation.ipynb").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    [recorded] = [ast.literal_eval(cell.partition("=")[2].strip()) for cell in cells if cell.startswith("# Recorded")]
    files = (ROOT / "benchmarks" / "results" / "initialisation").glob("*.json")
    saved = {row["what"]: row for row in (json.loads(file.read_text(encoding="utf-8")) for file in files)}
    assert recorded.keys() == saved.keys()
    for name, values in recorded.items():
        np.testing.assert_allclose(values, 100 * np.array(saved[name]["test"]), atol=0.01)
        assert len(values) == 10 and sorted(saved[name]["seeds"])[-3:] == [5, 5, 5]
        guesses = max(saved[name]["validation"]) == 0.1  # at every rate: then none is the best
        assert guesses or saved[name]["rates"][0] < saved[name]["rate"] < saved[name]["rates"][-1]
