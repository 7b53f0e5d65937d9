"""What `python -m benchmarks.transformers` recorded is whole, and its tasks ask for what they say."""

import ast

import numpy as np
import pytest

import dlnotes.numpy as dn
from benchmarks import transformers
from dlnotes.models import generate, gpt
from tests.recorded.quoted import cells, of_one_day, saved

QUOTED = {
    "digits": ("LeNet", "patches", "patches without positions"),
    "texts": ("GRU", "GPT", "counts 6"),
    "norms": ("pre", "post", "post, warm-up"),
}


def test_every_number_is_of_a_file():
    """*Attention and Transformers*: its recorded cells and sentences are those of the files."""
    sources = cells("sequences/transformers")
    text = " ".join(" ".join(sources).split())
    trees = [ast.parse(cell) for cell in sources if cell.startswith("# Recorded")]
    quoted = {}
    for node in (node for tree in trees for node in tree.body if isinstance(node, ast.Assign)):
        names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
        values = node.value.elts if isinstance(node.targets[0], ast.Tuple) else [node.value]
        for name, value in zip(names, values):
            quoted[name.id] = ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    tables = saved("transformers")
    assert of_one_day(tables, "2026-12-01")
    found = {row["what"]: row for row in tables["induction"]["rows"]}
    for kind, shares in quoted["rounds"].items():
        np.testing.assert_allclose(shares, 100 * np.array(found[kind]["accuracy"]), atol=0.051, rtol=0)
    found = {(row["what"], row["steps"], row["n"]): row["accuracy"] for row in tables["recall"]["rows"]}
    for kind, steps in (("two blocks", 300), ("GRU", 300), ("GRU", 2400)):
        rows = quoted["recall"][kind if steps == 300 else "GRU, 2,400 steps"]
        for measure, shares in zip((np.mean, np.min, np.max), rows, strict=True):
            values = [100 * measure(found[kind, steps, n]) for n in quoted["length"]]
            np.testing.assert_allclose(shares, values, atol=0.051, rtol=0)
    guess = tables["induction"]["rows"][0]["by elimination"]
    assert f"would give {100 * guess:.0f} %" in text
    rows = tables["length"]["rows"]
    stored = {row["n"]: row["ratio"] for row in rows if row["what"] == "anew over stored"}
    assert dict(zip(quoted["lengths"], quoted["cache"])) == stored
    for E in (64, 128):
        found = {row["n"]: row["ratio"] for row in rows
                 if row["what"] == "attention without projections over MLP" and row["E"] == E}  # fmt: skip
        assert dict(zip(quoted["tokens"], quoted["over"][f"E = {E}"])) == found

    def span(values, digits=2):
        low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
        return low if low == high else f"{low} to {high}"

    names = {row["what"]: row for row in saved("recurrent")["names"]["rows"]}
    for kind in ("transformer", "GRU", "counts 5"):
        assert span(names[kind]["loss"]) in text
    longer = saved("recurrent")["longer"]["rows"]
    assert any(row["what"] == "transformer" and span(row["loss"]) in text for row in longer)
    for source, key in (("digits", "accuracy"), ("texts", "loss"), ("norms", "accuracy")):
        for row in tables[source]["rows"]:
            if row["what"] in QUOTED[source] and (source != "norms" or row["rate"] == 0.01):
                values = np.atleast_1d(row[key])
                shown = span(100 * values, 0) + " %" if key == "accuracy" else span(values)
                assert shown in text, row["what"]
    slower = [row["accuracy"] for row in tables["norms"]["rows"] if row["rate"] < 0.01]
    assert np.min(slower) > 0.995  # "all get 100 %"


def test_the_tables_are_whole():
    tables = saved("transformers")
    assert tables.keys() == transformers.TABLES.keys()
    for name, table in tables.items():
        assert table["command"] == f"python -m benchmarks.transformers {name}"
        assert {"date", "machine", "versions", "seeds", "rows"} < table.keys()
        assert all(row["what"] for row in table["rows"])


@pytest.mark.parametrize("shortest", [4, 8])
def test_what_repeats_is_asked_for(shortest):
    x, y = transformers.repeated(200, np.random.default_rng(0), shortest)
    assert x.shape == y.shape == (200, 15)
    for text, target in zip(x, y):
        length = len(set(text))
        assert (target[:length] == -100).all()
        np.testing.assert_array_equal(target[length:-1], text[length + 1 :])
        np.testing.assert_array_equal(target[length:], np.resize(text[:length], 16)[length + 1 :])
    assert len({len(set(text)) for text in x}) == 9 - shortest


def test_who_counts_guesses_among_what_is_still_to_come():
    assert transformers.eliminated(8) == pytest.approx(sum(1 / k for k in range(1, 8)) / 7)
    x, y = transformers.repeated(4000, np.random.default_rng(0))
    chances = []
    for text, target in zip(x, y):
        for t in np.flatnonzero(target >= 0):
            counted = np.bincount(text[: t + 1], minlength=8)
            word = np.unique(text)
            fewest = word[counted[word] == counted[word].min()]
            assert target[t] in fewest
            chances.append(1 / len(fewest))
    assert np.mean(chances) == pytest.approx(transformers.eliminated(4), abs=0.01)


def test_strings_come_twice_and_are_asked_for_once():
    x, y = transformers.doubled(50, 6, np.random.default_rng(0))
    assert x.shape == y.shape == (50, 11)
    assert (y[:, :5] == -100).all()
    np.testing.assert_array_equal(y[:, 5:], x[:, :6])
    np.testing.assert_array_equal(x[:, 6:], x[:, :5])


def test_attention_recalls_what_a_gru_forgets():
    rows = {(row["what"], row["steps"], row["n"]): row for row in saved("transformers")["recall"]["rows"]}
    grid = transformers.GRID
    for (_, steps, _), row in rows.items():
        assert len(row["accuracy"]) == (3 if steps == 2400 else 5)
        losses = {float(rate): loss for rate, loss in row["validation"].items()}
        assert losses[row["rate"]] == min(losses.values())
        assert row["rate"] in (grid[0], grid[-1]) or min(losses) < row["rate"] < max(losses)
    assert rows["two blocks", 300, 4]["parameters"] < rows["GRU", 300, 4]["parameters"]
    assert 2 * rows["GRU", 300, 4]["parameters"] < rows["GRU, wider", 300, 4]["parameters"]
    kinds = (("GRU", 300), ("GRU, wider", 300), ("GRU", 600), ("GRU", 2400))
    most = {
        4: (0.77, 0.92, 0.9, 0.99),
        8: (0.41, 0.49, 0.58, 0.87),
        16: (0.22, 0.28, 0.3, 0.57),
        32: (0.14, 0.16, 0.2, 0.3),
    }
    for n, limits in most.items():
        assert min(rows["two blocks", 300, n]["accuracy"]) > 0.99
        assert all(max(rows[(*kind, n)]["accuracy"]) <= limit for kind, limit in zip(kinds, limits))


def test_reading_anew_gives_the_same_text():
    net = gpt(dn, 9, 20, features=8, layers=2, heads=2, generator=np.random.default_rng(0))
    texts = [generate(model, [0], 12, generator=np.random.default_rng(1)) for model in (transformers.Anew(net), net)]
    assert texts[0] == texts[1]


def test_patches_are_the_image_cut_up():
    images = np.random.default_rng(0).random((2, 1, 28, 28))
    cut, _ = transformers.patches((images, np.zeros(2)))
    assert cut.shape == (2, 16, 49)
    np.testing.assert_array_equal(cut[1, 6].reshape(7, 7), images[1, 0, 7:14, 14:21])
