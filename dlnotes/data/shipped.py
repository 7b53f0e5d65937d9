"""Labelled sets inside the package.  `tools/build_data.py` makes their files; LICENSES.md says whose they are."""

import io
from pathlib import Path

import numpy as np

from dlnotes.data.base import Dataset, Splits, parts

FOLDER = Path(__file__).parent


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels with values 0 to 16, in the order of scikit-learn's `load_digits`.

    >>> digits().images.shape
    (1797, 8, 8)
    """
    return read_npz(FOLDER / "digits.npz")


def mnist() -> Splits[Dataset]:
    """10,000 handwritten digits of 28 x 28 pixels with values 0 to 255: 8,000 / 1,000 / 1,000.

    They are the first 10,000 training images of MNIST, shuffled once when the file was made: nothing here is from
    MNIST's own test set, and everything here is in the training part of `mnist_full`.

    >>> train, validation, test = mnist()
    >>> train.images.shape, validation.images.shape, test.labels.shape
    ((8000, 28, 28), (1000, 28, 28), (1000,))
    """
    return parts(read_npz(FOLDER / "mnist.npz"), 8000, 1000)


# What the ten labels of Fashion-MNIST mean.
FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


def fashion_mnist() -> Splits[Dataset]:
    """12,000 pieces of clothing of 28 x 28 pixels with values 0 to 255: 9,000 / 1,000 / 2,000.

    The ten kinds, named in `FASHION`, come in equal numbers.  Train and validation are from the training part of
    `fashion_mnist_full`, test from its test part.  Source: Xiao, Rasul and Vollgraf, *Fashion-MNIST*, 2017.

    >>> train, validation, test = fashion_mnist()
    >>> train.images.shape, np.bincount(test.labels)
    ((9000, 28, 28), array([200, 200, 200, 200, 200, 200, 200, 200, 200, 200]))
    """
    return parts(read_npz(FOLDER / "fashion.npz"), 9000, 1000)


def read_npz(path: Path) -> Dataset:
    """The images and labels in an npz file.  A file that is damaged raises ValueError and names the file."""
    images, labels = read_arrays(path, "images", "labels")
    return Dataset(images, labels.astype(np.int64))


def read_arrays(path: Path, *names: str) -> list[np.ndarray]:
    """These arrays of an npz file, and no others; ValueError as for `read_npz`."""
    content = io.BytesIO(path.read_bytes())  # what goes wrong from here on is the file's fault
    try:
        with np.load(content, allow_pickle=False) as arrays:
            return [arrays[name] for name in names]
    except Exception as error:
        raise ValueError(f"{path}: damaged data file, reinstall dlnotes ({error})") from error
