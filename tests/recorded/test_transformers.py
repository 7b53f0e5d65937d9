"""What `python -m benchmarks.transformers` recorded is whole, and its tasks ask for what they say."""

import json

import numpy as np
import pytest

import dlnotes.numpy as dn
from benchmarks import transformers
from dlnotes.models import generate, gpt


def test_the_tables_are_whole():
    saved = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in transformers.RESULTS.glob("*.json")}
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


def test_reading_anew_gives_the_same_text():
    net = gpt(dn, 9, 20, features=8, layers=2, heads=2, generator=np.random.default_rng(0))
    texts = [generate(model, [0], 12, generator=np.random.default_rng(1)) for model in (transformers.Anew(net), net)]
    assert texts[0] == texts[1]


def test_patches_are_the_image_cut_up():
    images = np.random.default_rng(0).random((2, 1, 28, 28))
    cut, _ = transformers.patches((images, np.zeros(2)))
    assert cut.shape == (2, 16, 49)
    np.testing.assert_array_equal(cut[1, 6].reshape(7, 7), images[1, 0, 7:14, 14:21])
