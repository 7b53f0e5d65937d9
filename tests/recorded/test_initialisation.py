"""*Weight initialisation* quotes what `python -m benchmarks.initialisation` recorded."""

import ast

import numpy as np

from tests.recorded.quoted import cells, saved


def test_every_number_is_of_a_file():
    sources = cells("training/initialisation")
    [recorded] = [ast.literal_eval(cell.partition("=")[2].strip()) for cell in sources if cell.startswith("# Recorded")]
    rows = {row["what"]: row for row in saved("initialisation").values()}
    assert recorded.keys() == rows.keys()
    for name, values in recorded.items():
        np.testing.assert_allclose(values, 100 * np.array(rows[name]["test"]), atol=0.01)
        assert len(values) == 10 and sorted(rows[name]["seeds"])[-3:] == [5, 5, 5]
        guesses = max(rows[name]["validation"]) == 0.1  # at every rate: then none is the best
        assert guesses or rows[name]["rates"][0] < rows[name]["rate"] < rows[name]["rates"][-1]
