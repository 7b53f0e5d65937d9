"""*Locality, stationarity, sharing* quotes what `python -m benchmarks.locality` recorded."""

import ast

import numpy as np
import pytest

from benchmarks import locality
from tests.recorded.quoted import cells, saved

CHAPTER = "convolutional-networks/locality-and-sharing"
TABLES = {name: {line["what"]: line for line in table["lines"]} for name, table in saved("locality").items()}
KINDS = {"small dense": "dense, equal cost", "large dense": "dense, equal output", "local": "local", "shared": "shared"}


def mean(table, what):
    return float(np.mean(TABLES[table][what]["values"]))


def short(value):
    return f"{value:.3f}".removeprefix("0")


def listed(rates):
    return " and ".join(", ".join(map(str, rates)).rsplit(", ", 1))


def literal(sources, name):
    """The dict that a cell sets the name to; the first."""
    nodes = (node for cell in sources for node in ast.parse(cell).body if isinstance(node, ast.Assign))
    return next(ast.literal_eval(node.value) for node in nodes if getattr(node.targets[0], "id", "") == name)


@pytest.fixture(scope="module", name="text")
def whole_text():
    return "\n".join(cells(CHAPTER, "markdown"))


def test_every_number_of_the_race_is_of_a_file(text):
    """Means, rates and differences of networks that read moved digits."""
    code = cells(CHAPTER, "code")
    assert TABLES.keys() == locality.TABLES.keys()
    assert literal(code, "digits") == [100, 300, 3000]
    means, best = literal(code, "means"), literal(code, "best")
    assert means.keys() == KINDS.keys()
    for name, kind in KINDS.items():
        got = [mean("few", f"{n} {kind}, 300 steps") for n in (100, 300)] + [mean("3000", f"3000 {kind}, 1000 steps")]
        np.testing.assert_allclose(means[name], got, rtol=0, atol=0.00051, err_msg=name)
    at = {name: TABLES["few"][f"300 {kind}, 300 steps"] for name, kind in KINDS.items()}
    assert best == {"dense": at["small dense"]["rate"], "local": at["local"]["rate"], "shared": at["shared"]["rate"]}
    grids = [listed(locality.RATES[KINDS[name]]) for name in ("local", "large dense")]
    assert "from {} (the large one from {}) by its accuracy".format(*grids) in text
    middle = {name: 100 * np.mean(line["values"]) for name, line in at.items()}
    gains = (middle["local"] - middle["small dense"], middle["shared"] - middle["local"])
    assert "cutting gained about {:.0f} points, and sharing {:.0f} more: the worst".format(*gains) in text
    assert min(at["shared"]["values"]) > max(at["local"]["values"])
    ahead = middle["shared"] - middle["large dense"]
    behind = 100 * (mean("3000", "3000 dense, equal output, 1000 steps") - mean("3000", "3000 shared, 1000 steps"))
    assert f"of 905,050, by {ahead:.0f} points; with 3,000 it is {behind:.0f} behind" in text
    ends = short(mean("hasty", "3000 shared, 300 steps")), short(mean("3000", "3000 shared, 1000 steps"))
    assert "after 300 steps instead of 1,000 it got {}, not {}.".format(*ends) in text
    order = ("shared", "large dense", "local", "small dense")
    early = [short(mean("few", f"300 {KINDS[name]}, after 50 of them")) for name in order]
    assert "the shared network has {}, the large dense {}, local {}, small dense {}.".format(*early) in text


def test_every_number_without_moves_or_order_is_of_a_file(text):
    """Centred digits, and shuffled ones."""
    mixed = [mean("shuffled", f"300 {kind}, 300 steps") for kind in ("local", "dense, equal cost", "shared")]
    lead, (local, small, shared) = round(100 * (mixed[0] - mixed[1])), map(short, mixed)
    assert f"still leads by {lead} points on average, {local} to {small}. The shared one falls to {shared}." in text
    small, large, local, shared = (short(mean("centred", f"300 {kind}, 100 steps")) for kind in KINDS.values())
    assert (
        f"recorded means are {small} and {large} for the small and the large dense network, "
        f"{local} local and {shared} shared." in text
    )
    gains = []
    for what, sign in (("shared - local", -1), ("local - dense, equal cost", 1)):
        values = np.array(TABLES["centred"][what]["values"]) * 100 * sign
        gains.append(f"{values.mean():.1f} ± {values.std(ddof=1) / np.sqrt(len(values)):.1f}")
    assert "ahead of shared by {} points (standard error), and of the small one by {}:".format(*gains) in text
    (cell,) = (cell for cell in cells(CHAPTER, "code") if cell.startswith("still = "))
    kinds = (("dense", "dense, equal cost"), ("local", "local"), ("shared", "shared"))
    for name, kind in kinds:
        assert f'("{name}", {TABLES["centred"][f"300 {kind}, 100 steps"]["rate"]})' in cell


def test_every_number_of_the_course_is_of_a_file(text):
    """The fully connected and the convolutional network, after seven passes and after one."""
    row = []
    for what in (f"{name}{mixed}" for name in ("fully_connected", "convolutional") for mixed in ("", ", permuted")):
        values, line = TABLES["course"][f"{what}, 875 steps"]["values"], TABLES["short"][f"{what}, 125 steps"]
        row.append(f"{short(np.mean(values))} [{short(min(values))}, {short(max(values))}]")
        assert line["rate"] == 0.1
        assert TABLES["course"][f"{what}, 875 steps"]["rate"] == 0.01
    grid = listed(locality.TABLES["short"].args[0])
    assert f"from {grid} by validation, for one pass over 8,000 digits 0.1 in all cases" in text
    assert "At the course's rate, 0.01, and with seven passes" in text
    assert f"|{'|'.join(row)}|" in text
    behind = [TABLES[name]["convolutional - fully connected, permuted"]["values"] for name in ("short", "course")]
    one, seven = (f"{-100 * np.mean(values):.1f}" for values in behind)
    ahead = ("none", "one", "two", "three", "four", "five")[sum(value > 0 for value in behind[1])]
    assert f"is {one} points behind after one pass, and {seven} after seven, where {ahead} seed of five has it" in text
    natural, permuted = (
        np.array(TABLES["short"][f"convolutional{mixed}, 125 steps"]["values"]) for mixed in ("", ", permuted")
    )
    lost = natural - permuted
    assert lost.min() > 0
    ends = short(natural.mean()), short(permuted.mean())
    assert f"lost about {100 * lost.mean():.0f} points (recorded: from {ends[0]} to {ends[1]}), and some with" in text
