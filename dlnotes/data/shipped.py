"""The two sets inside the package.  `tools/build_data.py` makes their files; LICENSES.md says whose they are."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from dlnotes.data.base import Dataset, Splits

FOLDER = Path(__file__).parent


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels with values 0 to 16, in the order of scikit-learn's `load_digits`.

    >>> digits().images.shape
    (1797, 8, 8)
    """
    return read_npz(FOLDER / "digits.npz")


def mnist() -> Splits:
    """10,000 handwritten digits of 28 x 28 pixels with values 0 to 255: 8,000 / 1,000 / 1,000.

    They are the first 10,000 training images of MNIST, shuffled once when the file was made: nothing here is from
    MNIST's own test set, and everything here is in the training part of `mnist_full`.

    >>> train, validation, test = mnist()
    >>> train.images.shape, validation.images.shape, test.labels.shape
    ((8000, 28, 28), (1000, 28, 28), (1000,))
    """
    images, labels = read_npz(FOLDER / "mnist.npz")
    return Splits(
        train=Dataset(images[:8000], labels[:8000]),
        validation=Dataset(images[8000:9000], labels[8000:9000]),
        test=Dataset(images[9000:], labels[9000:]),
    )


def read_npz(path: Path) -> Dataset:
    """The images and labels in an npz file.  A file that is damaged raises ValueError and names the file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Dataset(arrays["images"], arrays["labels"].astype(np.int64))
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: damaged data file, reinstall dlnotes ({error})") from error
