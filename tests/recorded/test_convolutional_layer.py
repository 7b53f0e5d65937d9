"""*The convolutional layer* quotes what `python -m benchmarks.convolutional_layer` recorded."""

import math

import numpy as np

from benchmarks.convolutional_layer import RATES, ROWS
from tests.recorded.quoted import cells, saved

NAMES = {
    "the third network": "the chapter's",
    "not shared: own weights at each place": "both layers unshared",
    "first layer only, not shared, then dense": "first alone, unshared, no mean",
    "... windows of 128, not 32": "... and windows of 128",
    "... of 256": "... and windows of 256",
    "... of 512: 488 hidden units": "488 hidden units",
    "first layer only, shared, then the mean": "first layer alone",
}  # fmt: skip


def band(values):
    """Two digits, the lowest rounded down and the highest up: the band holds all."""
    ends = math.floor(round(100 * min(values), 6)), math.ceil(round(100 * max(values), 6))
    return " to ".join("1" if end == 100 else f".{end:02}" for end in ends)


def test_every_number_is_of_one_file():
    """*The convolutional layer* shows sizes and bands of one file."""
    sources = cells("convolutional-networks/convolutional-layer", "markdown")
    rows = {row["what"]: row for row in saved("convolutional_layer")["recorded"]["rows"]}
    assert rows.keys() == ROWS.keys()
    (cell,) = (cell for cell in sources if "`python -m benchmarks.convolutional_layer`" in cell)
    lines = [line.strip("|").split("|") for line in cell.splitlines() if line.startswith("|")][2:]
    quoted = [rows[NAMES[name]] for name, *_ in lines]
    assert [name for name, *_ in lines] == [*NAMES]
    assert [rest for _, *rest in lines] == [[f"{row['parameters']:,}", band(row["new"])] for row in quoted]
    assert "in rows 3 to 6 all know their training sounds" in cell
    assert min(min(row["training"]) for row in quoted[2:6]) > 0.999
    gain = np.mean(quoted[0]["new"]) - np.mean(quoted[1]["new"])
    assert "gains the last per cent" in cell and round(100 * gain) == 1
    text = "\n".join(sources)
    without = rows["no dilation"]["new"]
    assert f"without dilation five runs got {min(without):.2f} to {max(without):.2f}." in text
    assert "it gets nearly half its training sounds" in text
    linear = rows["no ReLU, no mean"]["training"]
    assert min(linear) > 0.44 and max(linear) < 0.5
    assert all([*map(float, row["validation"])] == [*RATES] for row in rows.values())
    assert "0.003, 0.01 and 0.03" in text
