"""*Smoothing and separability* quotes what `python -m benchmarks.kernels` recorded."""

import ast

from benchmarks import kernels
from tests.recorded.quoted import cells, saved


def test_every_number_is_of_one_file():
    """*Smoothing and separability* shows the times and the ratio of one file, its processor and its date."""
    sources = cells("filters/smoothing")
    (cell,) = (cell for cell in sources if cell.startswith("sizes = "))
    table = saved("kernels")["amd-epyc-avx-512"]
    quoted = {node.targets[0].id: node.value for node in ast.parse(cell).body}
    ways = {"loops": "plain loops", "scipy": "scipy.ndimage", "dlnotes": "dlnotes"}
    for name, passes in (("full", "K x K"), ("twice", "K twice")):
        assert ast.literal_eval(quoted[name]) == {short: table["ms"][way][passes] for short, way in ways.items()}
    assert ast.literal_eval(quoted["sizes"].args[0]) == table["K"] == list(kernels.SIZES)
    assert ast.literal_eval(quoted["beside_scipy"]) == round(table["beside scipy"]["ratio"], 2)
    year, _, day = table["date"].split("-")
    assert any(f"AMD EPYC with AVX-512, {int(day)} " in cell and f" {year}" in cell for cell in sources)
