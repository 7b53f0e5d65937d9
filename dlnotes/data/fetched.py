"""MNIST and Fashion-MNIST, whole.  A copy on this machine is used where there is one; if not, it is fetched once.

Looked through in this order: the folder named by $DLNOTES_DATA (in it `mnist/` and `fashion-mnist/`), Debian's
`dataset-fashion-mnist`, the cache of an earlier call.  What is fetched must have the SHA-256 given here, or it is not
kept.  What you put there yourself is read as it is: a copy that was packed again has another checksum.
"""

import os
from pathlib import Path

import numpy as np

from dlnotes.data.base import Dataset, Splits
from dlnotes.data.idx import read_idx

DEBIAN = Path("/usr/share/datasets")
URLS = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion-mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
}
SHA256 = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
}


def mnist_full() -> Splits[Dataset]:
    """All of MNIST: 50,000 / 10,000 / 10,000 digits; validation is the end of the training file, test is t10k."""
    return _load("mnist")


def fashion_mnist_full() -> Splits[Dataset]:
    """All of Fashion-MNIST: ten kinds of clothing, in the same shapes and parts as `mnist_full`."""
    return _load("fashion-mnist")


def _load(name: str) -> Splits[Dataset]:
    train_images, train_labels, test_images, test_labels = (read_idx(locate(name, file)) for file in SHA256[name])
    train, test = _pair(train_images, train_labels), _pair(test_images, test_labels)
    cut = len(train.labels) - 10_000
    return Splits(
        train=Dataset(train.images[:cut], train.labels[:cut]),
        validation=Dataset(train.images[cut:], train.labels[cut:]),
        test=test,
    )


def _pair(images: np.ndarray, labels: np.ndarray) -> Dataset:
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(f"images of shape {images.shape} and labels of shape {labels.shape} do not belong together")
    return Dataset(images, labels.astype(np.int64))


def locate(name: str, file: str) -> Path:
    """The path of a file of data set `name` on this machine, fetched if need be."""
    own = os.environ.get("DLNOTES_DATA")
    for folder in ([Path(own)] if own else []) + [DEBIAN]:
        for path in (folder / name / file, folder / name / file.removesuffix(".gz")):
            if path.is_file():
                return path
    return _fetch(name, file)


def _fetch(name: str, file: str) -> Path:
    try:
        import pooch  # here, because shipped data and local copies are read without it
    except ImportError as error:
        raise ImportError("fetching a data set needs pooch: pip install 'dlnotes[data]'") from error
    folder, url = pooch.os_cache("dlnotes") / name, URLS[name] + file
    try:
        return Path(pooch.retrieve(url, known_hash=f"sha256:{SHA256[name][file]}", fname=file, path=folder))
    except ValueError as error:
        raise ValueError(f"{url}: wrong SHA-256, nothing was kept ({error})") from error
    except OSError as error:  # requests' errors are OSErrors too
        raise OSError(
            f"{url}: cannot be fetched to {folder}, nothing was kept; without a network put the file into "
            f"{Path('$DLNOTES_DATA') / name} ({error})"
        ) from error
