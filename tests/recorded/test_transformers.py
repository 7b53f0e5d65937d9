"""What `python -m benchmarks.transformers` recorded is whole, and its tasks ask for what they say."""

import json

import numpy as np
import pytest

import dlnotes.numpy as dn
from benchmarks import measure, transformers
from dlnotes.models import generate, gpt


def tables():
    files = (measure.RESULTS / "transformers").glob("*.json")
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def test_the_tables_are_whole():
    saved = tables()
    assert saved.keys() == transformers.TABLES.keys()
    for name, table in saved.items():
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
    rows = {(row["what"], row["steps"], row["n"]): row for row in tables()["recall"]["rows"]}
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
