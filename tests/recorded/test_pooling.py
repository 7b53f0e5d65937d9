"""*Pooling* quotes what `python -m benchmarks.pooling` recorded."""

import ast

import numpy as np

from benchmarks.pooling import KINDS, RATES
from tests.recorded.quoted import cells, saved

CHAPTER = "convolutional-networks/pooling"
WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def dicts(*names):
    """What code cells make these names, with what is joined to them later."""
    found = {name: {} for name in names}
    for cell in cells(CHAPTER, "code"):
        for node in ast.parse(cell).body:
            if isinstance(node, ast.Assign | ast.AugAssign) and isinstance(node.value, ast.Dict):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if getattr(target, "id", "") in names:
                    found[target.id] |= ast.literal_eval(node.value)
    return found.values()


def test_every_number_of_a_cell_is_of_one_file():
    """*Pooling* types the means, lowest and highest values of five seeds, and each kind's rate."""
    lines = {line["what"]: line for line in saved("pooling")["recorded"]["lines"]}
    recorded, rates = dicts("recorded", "RATES")
    assert recorded.keys() == lines.keys() == {*KINDS}
    for kind, rows in recorded.items():
        values = np.array(lines[kind]["values"])
        found = values.mean(0), values.min(0), values.max(0)
        np.testing.assert_allclose(rows, found, rtol=0, atol=0.00051, err_msg=kind)
        assert [*map(float, lines[kind]["validation"])] == [*RATES]
    (train,) = (cell for cell in cells(CHAPTER, "code") if 'train_one("global max"' in cell)
    rates["global max"] = 0.016
    assert f"global_network(rng), {rates['global max']}, rng)" in train
    assert rates == {kind: lines[kind]["rate"] for kind in rates}


def test_every_number_of_the_text_is_of_one_file():
    """*Pooling* rounds in its prose what its cells type."""
    text = "\n".join(cells(CHAPTER, "markdown"))
    table = saved("pooling")["recorded"]["lines"]
    mean = {line["what"]: 100 * np.mean(line["values"], axis=0) for line in table}
    none, most, blur, whole = (mean[kind] for kind in ("none", "max", "max, blur", "global max"))
    assert f"of {', '.join(map(str, RATES[:-1]))} and {RATES[-1]} the one" in text
    tens = [10 * round(none[at] / 10) for at in (1, 4)]
    assert f"reads about {tens[0]} % of new ones. Move" in text and f"it reads about {tens[1]} %." in text
    lost = [round(curve[1] - curve[3]) for curve in (most, none)]
    assert "it has lost about {} points, and the network without pooling about {}.".format(*lost) in text
    ahead = [WORDS[round(value)] for value in (blur - most)[1:4]]
    assert (blur > most)[1:].all()
    assert "about {} point in the middle, {} at one pixel and {} at two, where".format(*ahead) in text
    gaps = {kind: round(values[0] - values[1]) for kind, values in mean.items()}
    assert f"about {gaps['none']} points without pooling and about {gaps['max']} with max pooling" in text
    assert f"and a gap of {gaps['stride']}." in text
    alone = mean["no global"]
    assert f"the same convolutions fall from {alone[1]:.0f} % to {alone[4]:.0f} %" in text
    behind = [WORDS[round(curve[1] - whole[1])] for curve in (most, blur)]
    assert "about {} point less than *max* and {} less than *max, blur*".format(*behind) in text
