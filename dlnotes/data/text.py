"""Text to learn from, and text as numbers: two corpora, a vocabulary, and examples that ask for the next symbol."""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes.data.base import Splits
from dlnotes.data.shipped import FOLDER

PLAYS = (
    "Hamlet", "Julius Caesar", "King Lear", "Macbeth", "A Midsummer Night's Dream", "Othello", "Romeo and Juliet",
    "The Tempest",
)  # fmt: skip


def first_names() -> Splits[list[str]]:
    """5,163 first names of the US Census of 1990 in small letters, each once: 4,163 / 500 / 500, shuffled once.

    >>> train, validation, test = first_names()
    >>> len(train), max(map(len, train)), sorted(test)[:3]
    (4163, 11, ['abby', 'abel', 'abram'])
    """
    names = _read(FOLDER / "names.txt.gz").split()
    return Splits(names[:4163], names[4163:4663], names[4663:])


def shakespeare() -> Splits[str]:
    """Eight plays of Shakespeare, `PLAYS`, a million characters: of each the first 90 % / the next 5 % / the last 5 %.

    >>> train, validation, test = shakespeare()
    >>> len(train), len(validation), len(test), len(set(train + validation + test))
    (932817, 51823, 51827, 76)
    """
    parts: list[list[str]] = [[], [], []]
    for play in _read(FOLDER / "shakespeare.txt.gz").split("\0"):
        ends = [0, len(play) * 90 // 100, len(play) * 95 // 100, len(play)]
        for part, start, end in zip(parts, ends, ends[1:]):
            part.append(play[start:end])
    return Splits(*map("".join, parts))


class Vocabulary:
    """The symbols of a text and their numbers, which are their places in order of the alphabet.

    symbols: a text, or any strings of one character.

    >>> v = Vocabulary("to be or not to be")
    >>> v.symbols, v.encode("bet"), v.decode([1, 2, 6])
    (' benort', array([1, 2, 6]), 'bet')
    """

    def __init__(self, symbols: Iterable[str]):
        self.symbols = "".join(sorted(set("".join(symbols))))
        if not self.symbols:
            raise ValueError("symbols: expected at least one, got none")
        self._numbers = {symbol: i for i, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        return f"Vocabulary({self.symbols!r})"

    def encode(self, text: str) -> np.ndarray:
        """The numbers of the characters of `text`, (T,) int64; ValueError names a character that has none."""
        try:
            return np.array([self._numbers[symbol] for symbol in text], np.int64)
        except KeyError as error:
            place = text.index(error.args[0])
            raise ValueError(f"text: {error.args[0]!r} at place {place} is not in the vocabulary") from None

    def decode(self, tokens: Sequence[int] | np.ndarray) -> str:
        """The text of such numbers; ValueError for numbers that are no symbol's."""
        tokens = np.asarray(tokens, dtype=np.int64)
        if tokens.ndim != 1 or (tokens.size and not 0 <= tokens.min() <= tokens.max() < len(self)):
            raise ValueError(f"tokens: expected a row of numbers from 0 to {len(self) - 1}, got {tokens}")
        return "".join(self.symbols[token] for token in tokens)


def windows(tokens: np.ndarray, length: int, *, step: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Windows of `length` tokens and, as targets, the same windows one token later: two arrays (N, length).

    step: how far apart windows begin; `length` if None, so that they do not overlap.

    Raises ValueError where the text is not longer than a window.

    >>> inputs, targets = windows(np.arange(10), 4)
    >>> inputs, targets
    (array([[0, 1, 2, 3],
           [4, 5, 6, 7]]), array([[1, 2, 3, 4],
           [5, 6, 7, 8]]))
    """
    tokens, step = np.asarray(tokens), length if step is None else step
    if length < 1 or step < 1:
        raise ValueError(f"length: expected a length and a step of at least 1, got {length} and {step}")
    if tokens.ndim != 1 or len(tokens) <= length:
        raise ValueError(f"tokens: expected a row of more than {length}, got shape {tokens.shape}")
    both = sliding_window_view(tokens, length + 1)[::step]
    return both[:, :-1].copy(), both[:, 1:].copy()


def sequences(
    words: Sequence[str], vocabulary: Vocabulary, *, mark: str = ".", ignore_index: int = -100
) -> tuple[np.ndarray, np.ndarray]:
    """Words of different lengths as examples for a model of the next symbol: inputs and targets, both (N, T).

    A word is read from a mark on, and is to be followed by a mark; behind it, inputs are filled up with marks and
    targets with `ignore_index`, which `cross_entropy` leaves out.  T is the longest word's length + 1.

    >>> inputs, targets = sequences(["ab", "b"], Vocabulary(".ab"))
    >>> inputs, targets
    (array([[0, 1, 2],
           [0, 2, 0]]), array([[   1,    2,    0],
           [   2,    0, -100]]))
    """
    if not len(words):
        raise ValueError("words: expected at least one, got none")
    (blank,) = vocabulary.encode(mark)
    inputs = np.full((len(words), 1 + max(map(len, words))), blank)
    targets = np.full_like(inputs, ignore_index)
    for i, word in enumerate(words):
        tokens = vocabulary.encode(word)
        inputs[i, 1 : len(word) + 1] = tokens
        targets[i, : len(word) + 1] = [*tokens, blank]
    return inputs, targets


def _read(path: Path) -> str:
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: damaged data file, reinstall dlnotes ({error})") from error
