"""*Building a CNN* quotes what `python -m benchmarks.lenet` recorded."""

import ast

import numpy as np
import pytest

from tests.recorded.quoted import cells, saved

CHAPTER = "convolutional-networks/building-a-cnn"
LINES = saved("lenet")["recorded"]["lines"]


def found(what):
    """The line, or the lines, of that name."""
    lines = [line for line in LINES if line["what"] == what]
    return lines[0] if len(lines) == 1 else lines


def band(what, digits=0, key="values"):
    """The lowest and the highest, in per cent."""
    return "{:.{d}f} to {:.{d}f}".format(*(100 * end(found(what)[key]) for end in (min, max)), d=digits)


@pytest.fixture(scope="module", name="text")
def whole_text():
    return "\n".join(cells(CHAPTER))


def test_accuracies_and_rates(text):
    """The heads at their rates, the network of the page at its own."""
    flat, mean, longer = (found(f"LeNet, {head}") for head in ("flattened", "averaged", "averaged, 15 epochs"))
    assert flat["rate"] == 0.016
    assert "(0.016 for the flattened maps, twice the one used below)" in text
    heads = [band(line["what"], 1) for line in (flat, mean, longer)]
    assert (
        f"the flattened maps get {heads[0]} % of the test digits right and the averages {heads[1]} %, "
        f"after fifteen {heads[2]} % (five seeds)" in text
    )
    tried = flat["validation"]
    rates, (*first, last) = " and ".join(", ".join(tried).rsplit(", ", 1)), (f"{100 * v:.1f}" for v in tried.values())
    assert f"(On validation data {rates} get {', '.join(first)} and {last} %; the last gains little" in text
    assert "with a rate of 0.008 that falls along a cosine" in text
    page = band("LeNet at 0.008", 1)
    assert f"{page} % of the test digits are right (with the rate of 0.016, as said above, {heads[0]} %)." in text


def test_start_batch_and_everything(text):
    """What a network does that cannot learn, or that is slow."""
    start, batch = found("start on 0 to 255")["values"], found("one batch at 0.1")["values"]
    assert f"starts at {min(start):.1f} to {max(start):.1f} (five seeds)" in text
    assert f"Only the first try fails on one batch ({sum(end > 2 for end in batch)} of {len(batch)} starts)" in text
    for name, alone, low, high in (("0.003", 0.1, 0, 1.2), ("0.003, labels mixed up", 0.2, 2.25, 2.35)):
        assert max(found(f"one batch at {name}")["values"]) < alone
        ends = found(f"all at {name}")["values"]
        assert low < min(ends) and max(ends) < high
    assert "|rate 0.003|2.3|below 0.1|below 1.2|\n" in text
    assert "|labels mixed up|2.3|below 0.2|**2.3**|\n" in text
    dense = np.array(found("dead at 0.003 after 50 steps, each ReLU")["values"])[:, 2:]
    assert 0.2 < dense.min() < 0.3 and 0.4 < dense.max() < 0.55
    assert "A quarter to a half of the dense units are dead at 0.003" in text
    when = [step for line in found("at 0.1 each ReLU is wholly dead after step") for step in line["values"][:2]]
    assert (min(when), max(when)) == (4, 7)
    assert "all maps of the second convolution are, as the first layer, after four to seven steps" in text
    peaks = [line["values"] for line in found("at 0.03") if line["scores"] == "equal"]
    assert (len(found("at 0.03")), len(peaks), sum(peak <= 3 for peak in peaks)) == (8, 6, 3)
    assert "at 0.03 six of eight seeds die, three of them without a loss above 3" in text
    slow = np.array([line["values"] for line in found("slow")])
    assert abs(slow[:, 0] - np.log(10)).max() < 0.1
    assert f"200 steps later its loss is {slow[:, 1].min():.1f} to {slow[:, 1].max():.1f} (five seeds)" in text


def test_features(text):
    """Probes, and the nearest class means."""
    assert f"|pixels|784|{band('probe: pixels', 1)}||\n" in text
    for name, size in (("first pool", "1,176"), ("second pool", "400")):
        untrained, trained = (band(f"probe: {name}, {kind}", 1) for kind in ("random", "trained"))
        assert f"|{name}|{size}|{untrained}|{trained}|\n" in text
    left, errors = (1 - np.mean(found(f"probe: second pool, {kind}")["values"]) for kind in ("trained", "random"))
    assert round(10 * (1 - left / errors)) == 4
    assert "it removes four in ten of the errors that are left" in text
    kinds = "pixels", "second pool, random", "second pool, trained"
    pixels, before, after = (band(f"nearest mean: {kind}") for kind in kinds)
    assert pixels == "80 to 80"
    assert f"pixels 80 % right, the second pool {before} before\n# training and {after} after." in text


def test_mistakes(text):
    """What is missed, and what turned pixels, moved digits and clothes do."""
    named, lots = ("20 pixels by saliency, inverted", "20 pixels by lot, inverted")
    assert (
        f"Over five seeds {band(named)} % of the answers stay right with the named pixels inverted, "
        f"and {band(lots)} % with those by lot." in text
    )
    assert f"{band(named, key='ink')} % of the named pixels are ink" in text
    moved, sure = band("moved by 4"), band("clothes taken for a digit")
    assert f"Over five seeds {moved} % of the moved digits are right, and {sure} % of the clothes" in text
    hard, some = found("missed by all")["values"], found("missed by at least one")["values"]
    assert len(hard) == 11
    assert f"of five, {len(some)} images are missed by at least one, and eleven by all. Eight of these:" in text
    (cell,) = (cell for cell in cells(CHAPTER, "code") if cell.startswith("hard = np.array("))
    shown = ast.literal_eval(ast.parse(cell).body[0].value.args[0])
    assert len(shown) == 8
    assert {*shown} <= {*hard}
