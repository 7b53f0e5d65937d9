"""Names and plays are what they claim to be; text goes into numbers and back; targets are one symbol ahead."""

import numpy as np
import pytest

from dlnotes.data import PLAYS, Vocabulary, first_names, sequences, shakespeare, shipped, text, windows
from tools import build_data


def test_names_are_each_once_and_of_small_letters():
    names = [name for part in first_names() for name in part]
    assert len(names) == len(set(names)) == 5163
    assert all(name.isascii() and name.isalpha() and name.islower() and len(name) <= 11 for name in names)
    assert {"mary", "james", "anastasia"} <= set(names)


def test_names_are_built_from_a_package(tmp_path):
    (tmp_path / "names").mkdir()
    for sex, words in (("female", "MARY 2.6 2.6 1\nROBIN 0.1 9.9 2\n"), ("male", "JAMES 3.3 3.3 1\nROBIN 0.1 9.9 2\n")):
        (tmp_path / f"names/dist.{sex}.first").write_text(words, encoding="ascii")
    build_data.names(tmp_path, tmp_path / "names.txt.gz")
    assert sorted(text._read(tmp_path / "names.txt.gz").split()) == ["james", "mary", "robin"]


def test_the_parts_of_shakespeare_are_eight_plays():
    train, validation, test = shakespeare()
    assert len(train) + len(validation) + len(test) == 1_036_467
    assert all("\0" not in part for part in (train, validation, test)) and len(set(train + validation + test)) == 76
    assert train.startswith("HAMLET, PRINCE OF DENMARK") and test.endswith("Let your indulgence set me free.")
    assert all(play.upper() in train for play in PLAYS)


def test_plays_are_built_from_a_package(tmp_path):
    folder = tmp_path / "shksprdata/texts"
    folder.mkdir(parents=True)
    for play in build_data.PLAYS:
        (folder / f"{play}_gut.txt").write_text(f"{play.upper()}\n", encoding="ascii")
    build_data.shakespeare(tmp_path, tmp_path / "plays.txt.gz")
    assert text._read(tmp_path / "plays.txt.gz").split("\0") == [f"{play.upper()}\n" for play in build_data.PLAYS]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"no gzip", lambda b: b""])
def test_a_damaged_text_names_the_file(tmp_path, damage):
    path = tmp_path / "names.txt.gz"
    path.write_bytes(damage((shipped.FOLDER / "names.txt.gz").read_bytes()))
    if not path.read_bytes():
        path.write_bytes(b"\x1f\x8b")
    with pytest.raises(ValueError, match=r"names\.txt\.gz: damaged data file"):
        text._read(path)


def test_a_vocabulary_goes_both_ways():
    words = "Whether 'tis nobler"
    vocabulary = Vocabulary(words)
    assert vocabulary.decode(vocabulary.encode(words)) == words and len(vocabulary) == len(set(words))
    assert Vocabulary(["ab", "bc"]).symbols == "abc" and repr(Vocabulary("ba")) == "Vocabulary('ab')"
    assert vocabulary.decode([]) == "" and vocabulary.encode("").shape == (0,)


def test_a_vocabulary_refuses_what_it_does_not_know():
    vocabulary = Vocabulary("abc")
    with pytest.raises(ValueError, match="text: 'x' at place 2 is not in the vocabulary"):
        vocabulary.encode("abx")
    for tokens in ([3], [-1], [[0]]):
        with pytest.raises(ValueError, match="tokens: expected a row of numbers from 0 to 2"):
            vocabulary.decode(tokens)
    with pytest.raises(ValueError, match="symbols: expected at least one"):
        Vocabulary("")


def test_windows_overlap_as_asked_and_own_their_numbers():
    tokens = np.arange(20)
    inputs, targets = windows(tokens, 5, step=3)
    np.testing.assert_array_equal(targets, inputs + 1)
    assert inputs[:, 0].tolist() == [0, 3, 6, 9, 12] and inputs.flags.writeable
    for bad in ((tokens, 20), (tokens, 0), (tokens[None], 3)):
        with pytest.raises(ValueError, match="length: expected|tokens: expected"):
            windows(*bad)
    with pytest.raises(ValueError, match="step of at least 1"):
        windows(tokens, 3, step=0)


def test_sequences_are_read_from_a_mark_to_a_mark():
    train = first_names().train
    vocabulary = Vocabulary([".", *train])
    inputs, targets = sequences(train, vocabulary)
    assert inputs.shape == targets.shape == (4163, 12) and (inputs[:, 0] == 0).all()
    for word, x, y in zip(train[:50], inputs, targets):
        assert vocabulary.decode(x)[1:].rstrip(".") == word
        assert vocabulary.decode(y[y >= 0]) == word + "." and (y < 0).sum() == 11 - len(word)
    with pytest.raises(ValueError, match="words: expected at least one"):
        sequences([], vocabulary)
