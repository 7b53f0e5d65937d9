"""What every loader returns: images with their labels, and the three parts that a data set is cut into."""

from typing import Generic, NamedTuple, TypeVar

import numpy as np

Part = TypeVar("Part")


class Dataset(NamedTuple):
    """Images and their labels.  It unpacks: `images, labels = digits()`."""

    images: np.ndarray  # (N, H, W) uint8, in colour (N, H, W, 3)
    labels: np.ndarray  # (N,) int64


class Splits(NamedTuple, Generic[Part]):
    """One part to learn from, one to choose by, one to report on.  It unpacks: `train, validation, test = mnist()`."""

    train: Part
    validation: Part
    test: Part


def split(data: Dataset, *sizes: int, generator: np.random.Generator) -> list[Dataset]:
    """Disjoint random parts of `data`, of the given sizes.

    >>> from dlnotes.data import digits
    >>> train, test = split(digits(), 1500, 297, generator=np.random.default_rng(0))
    >>> train.images.shape, test.images.shape
    ((1500, 8, 8), (297, 8, 8))
    """
    if min(sizes, default=0) < 1 or sum(sizes) > len(data.labels):
        raise ValueError(f"sizes must be positive and sum to at most {len(data.labels)}, got {sizes}")
    order = generator.permutation(len(data.labels))
    ends = np.cumsum(sizes)
    return [Dataset(data.images[part], data.labels[part]) for part in np.split(order[: ends[-1]], ends[:-1])]


def parts(data: Dataset, train: int, validation: int) -> Splits[Dataset]:
    """The first `train` examples, the next `validation`, and the rest."""
    ends = [train, train + validation]
    return Splits(*map(Dataset, np.split(data.images, ends), np.split(data.labels, ends)))
