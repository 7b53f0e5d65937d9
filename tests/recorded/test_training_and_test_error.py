"""*Training and test error* quotes what `python -m benchmarks.errors` recorded."""

import re

import numpy as np

from tests.recorded.quoted import cells, saved

CELLS = cells("training/training-and-test-error")
SAVED = saved("errors")


def recorded(table, what, rate=None):
    """In per cent; of one rate where a table has several."""
    lines = [line for line in SAVED[table]["lines"] if line["what"] == what and rate in (None, line["rate"])]
    (line,) = lines
    return 100 * np.array(line["values"])


def rows(head):
    """The rows of the table that has this head."""
    ((_, below),) = [cell.split(head + "\n") for cell in CELLS if head in cell]
    lines = below.split("\n\n")[0].splitlines()[1:]
    return [line.strip("|").split("|") for line in lines]


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def agree(quoted, values, digits=1):
    np.testing.assert_allclose(quoted, values, rtol=0, atol=0.5 * 10.0**-digits + 1e-3)


def quotes(sentence):
    """Whether some cell has this sentence."""
    return any(sentence in cell for cell in CELLS)


def test_the_table_of_early_stopping():
    table = rows("|wrong labels|rate|60 epochs|patience 3|patience 10|")
    assert len(table) == 6
    for labels, rate, *quoted in table:
        name = {"30 %": "30% wrong labels", "none": "0% wrong labels"}[labels]
        ways = ("after 60 epochs", "patience 3, restored", "patience 10, restored")
        means = [recorded("rates", f"{name}: {way}", float(rate)).mean() for way in ways]
        agree([float(number) for number in quoted], means)


def test_the_gains_of_early_stopping():
    def gain(name, rate):
        return recorded("rates", f"{name}, minus last", rate)

    def error(values):
        return values.std(ddof=1) / np.sqrt(len(values))

    assert quotes("saves 10 to 14 points; with the best rate 0.6 ± 0.5 (")
    agree([10, 14], [gain("30% wrong labels: patience 10, restored", rate).mean() for rate in (0.01, 0.03)], 0)
    best = gain("30% wrong labels: patience 10, restored", 0.003)
    agree([0.6, 0.5], [best.mean(), error(best)])
    assert quotes("patience 10 changes little (by −0.3 to 0.4)")
    clean = [gain("0% wrong labels: patience 10, restored", rate).mean() for rate in (0.003, 0.01, 0.03)]
    agree([-0.3, 0.4], [min(clean), max(clean)])
    assert quotes("loses 1.0 to 1.5 points there, 0.6 ± 0.4 with wrong labels at the best rate")
    clean = [-gain("0% wrong labels: patience 3, restored", rate).mean() for rate in (0.003, 0.01, 0.03)]
    agree([1.0, 1.5], [min(clean), max(clean)])
    best = gain("30% wrong labels: patience 3, restored", 0.003)
    agree([-0.6, 0.4], [best.mean(), error(best)])
    assert quotes("patience 10 gains 8.7 points, not 13.6, with wrong labels and the rate 0.03")
    ways = ("not restored", "restored")
    agree([8.7, 13.6], [gain(f"30% wrong labels: patience 10, {way}", 0.03).mean() for way in ways])
    for share in ("30%", "0%"):  # the rate is the best of its grid
        name = f"{share} wrong labels: accuracy after 60 epochs"
        (rate,) = (line["rate"] for line in SAVED["stop"]["lines"] if line["what"] == name)
        assert rate == 0.003


def test_the_rule_of_the_gap():
    behind = []
    for share in ("30%", "0%"):
        for rate in (0.003, 0.01, 0.03):
            row = lambda what, share=share, rate=rate: recorded("rates", f"{share} wrong labels: {what}", rate)  # noqa: E731
            rule = row("patience 10, restored") + row("gap grew three times in a row, minus patience 10")
            patience = row("after 60 epochs") + row("patience 10, not restored, minus last")
            behind.append((patience - rule).mean())
        grew = recorded("stop", f"{share} wrong labels: share of epochs before the lowest loss in which the gap grew")
        assert 45 < grew.mean() < 55
    assert quotes("three times in a row was from 11.6 points behind patience 10 to 1.5 ahead")
    agree([11.6, -1.5], [max(behind), min(behind)])
    assert quotes("five times was 0.5 (clean) and 1.9 behind")
    rule = "wrong labels: gap, mean of 1, grew 5 times: minus lowest loss"
    agree([-0.5, -1.9], [recorded("stop", f"{share} {rule}").mean() for share in ("0%", "30%")])


def test_the_table_of_ensembles():
    table, losses = rows("|trained with|one network|gain|"), []
    names = ("ensemble", ""), ("gain", "0% wrong labels, 20 epochs, constant rate: "), (
        "gain", "30% wrong labels, 20 epochs, cosine: ")  # fmt: skip
    for (_, alone, gained), (file, way) in zip(table, names, strict=True):
        agree(float(alone), recorded(file, f"{way}single").mean())
        gain = recorded(file, f"{way}mean of predictions minus single")
        agree(numbers(gained), [gain.mean(), gain.min(), gain.max()])
        losses += [recorded(file, f"{way}{what}, loss").mean() / 100 for what in ("single", "mean of predictions")]
    assert quotes("from 0.441 to 0.433, 0.490 to 0.460, 0.790 to 0.784")
    np.testing.assert_allclose([0.441, 0.433, 0.490, 0.460, 0.790, 0.784], losses, rtol=0, atol=6e-4)
    assert quotes("after 60 epochs of cosine (rate 0.03) five gain 0.35")
    agree(0.35, recorded("gain", "0% wrong labels, 60 epochs, cosine: mean of predictions minus single").mean(), 2)


def test_the_table_of_averages():
    names = ("single", "mean of weights", "mean of weights, aligned", "same first weights, mean of weights",
             "forked after 5 of 20 epochs, mean of weights")  # fmt: skip
    for (_, mean, ends), name in zip(rows("|average of|mean|from, to|"), names, strict=True):
        values = recorded("ensemble", name)
        agree([float(mean), *numbers(ends)], [values.mean(), values.min(), values.max()])
    assert quotes("it gained 0.4 points over the last weights (−0.05 to 0.8, eight seeds), and was 0.6 ahead")
    gain = recorded("swa", "rate 0.01: mean of weights minus the last weights")
    agree([0.4, -0.05, 0.8], [gain.mean(), gain.min(), gain.max()])
    ways = ("constant rate, mean of weights", "cosine")
    averaged, cosine = (recorded("swa", f"{way}: accuracy").mean() for way in ways)
    agree(0.6, averaged - cosine)


def test_the_day():
    assert {table["date"] for table in SAVED.values()} == {"2026-12-01"}
    assert quotes("Recorded (1 December 2026, one x86-64 core;")
