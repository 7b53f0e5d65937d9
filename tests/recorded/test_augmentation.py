"""*Data augmentation* quotes what `python -m benchmarks.augmentation` recorded."""

import ast
import re

import numpy as np

from tests.recorded.quoted import cells, saved

MINUS = "\N{MINUS SIGN}"
SAVED = saved("augmentation")
WAYS = {"no augmentation": "none", "move by up to 1": "shift 1", "move by up to 2": "shift 2",
        "move by up to 4": "shift 4",
        "move by up to 2, turn, magnify": "shift 2, turn, magnify", "cutout, $8\\times8$": "cutout 8",
        "mixup, $\\alpha=0.2$": "mixup 0.2", "mirror": "mirror", "half turn": "half turn"}  # fmt: skip


def recorded(file):
    return SAVED[file]["lines"]


def values(file, again=False):
    """Transform -> test accuracies in percent, with the five other seeds if they were run."""
    found = {row["transform"]: 100 * np.array(row["values"]) for row in recorded(file)}
    if again:
        others = {row["transform"]: row["values"] for row in recorded("again") if row["data"] == file}
        found = {name: np.append(five, 100 * np.array(others[name])) for name, five in found.items() if name in others}
    return found


def band(gain):
    text = f"{gain.mean():+.1f} [{gain.min():.1f}, {gain.max():.1f}]"
    return text.replace("-", MINUS)


def test_every_number_is_of_a_file():
    """*Data augmentation* shows accuracies and gains of these files; decimals may differ by the last one's half."""
    sources = cells("training/augmentation")
    tables = (("| 500 digits |", values("digits")), ("| 500 pieces of clothing |", values("clothes", again=True)))
    for start, found in tables:
        (cell,) = (cell for cell in sources if start in cell)
        rows = [[part.strip() for part in line.strip("|").split("|")] for line in cell.splitlines() if line[:2] == "| "]
        assert {WAYS[row[0]] for row in rows[1:]} == found.keys()
        for name, mean, gain in rows[1:]:
            got = found[WAYS[name]]
            assert abs(float(mean) - got.mean()) < 0.0501, name
            same(gain, got - found["none"], name)
    (cell,) = (cell for cell in sources if cell.startswith("recorded = "))
    short = {"and turn": "shift 2, turn, magnify", "cutout": "cutout 8", "mixup": "mixup 0.2"}
    found = values("digits")
    for name, gain in ast.literal_eval(ast.parse(cell).body[0].value).items():
        assert abs(gain - (found[short.get(name, name)] - found["none"]).mean()) < 0.0501, name
    (cell,) = (cell for cell in sources if cell.startswith("digits_read"))
    real = ast.literal_eval(ast.parse(cell).body[1].value)
    for name, way in (("plain", "none"), ("moved", "shift 2")):
        rows = [row for row in recorded("digits") + recorded("sizes") if row["transform"] == way]
        assert np.allclose(real[name], [100 * np.mean(row["values"]) for row in rows], atol=0.0501), name
    ten, text = values("digits", again=True), " ".join(sources)
    for way in ("shift 2", "cutout 8", "mixup 0.2"):
        assert band(ten[way] - ten["none"]) in text, way
    (plain,) = (row for row in recorded("again") if (row["data"], row["transform"]) == ("digits", "none"))
    one, two = (100 * (np.array(plain["averaged"][reach]) - plain["values"]) for reach in "12")
    assert f"({one.mean():.1f} with five other seeds)" in text
    assert f"({-two.mean():.1f} with the others, where two gained)" in text and (two > 0).sum() == 2
    (cell,) = (cell for cell in sources if "| network |" in cell)
    rows = recorded("networks")
    for plain, moved in (rows[:2], rows[2:]):
        assert band(100 * (np.array(moved["values"]) - plain["values"])) in cell


def same(text, gain, name):
    """A mean and its band as text, or nothing for the first row."""
    numbers = [float(part) for part in re.findall(r"[-+]?\d+\.\d", text.replace(MINUS, "-"))]
    assert bool(numbers) == (WAYS[name] != "none"), name
    if numbers:
        np.testing.assert_allclose(numbers, [gain.mean(), gain.min(), gain.max()], rtol=0, atol=0.0501, err_msg=name)
