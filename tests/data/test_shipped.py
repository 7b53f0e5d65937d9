"""The shipped sets are what they claim to be, and a damaged file says so."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dlnotes.data import Dataset, digits, fashion_mnist, fashion_mnist_full, fetched, mnist, shipped, split
from tools import build_data

SHA256 = {
    "digits.npz": "b2dab7b501728c22e9119ad76740b2e17c77a231e42d1e592380d90886f1a05e",
    "mnist.npz": "f1a23f2fb1a1c97bb00a811807ddd50a888dbcdcdead94147993273c22ee3f37",
    "fashion.npz": "9348abb935e6727504944b0870260ef0e2297f942e6c6ca7814bb55fbc84cc9a",
    "photographs.npz": "f9cfce1075cef5d7118cd3f71c4e562312f1530dba44b603dadbfbcd6a0aa9d6",
    "names.txt.gz": "c72f7d8849c940b06efc88ea00a08d0c287f201c2db760b769bd11559cdc09ac",
    "shakespeare.txt.gz": "dd1d1d5849fbe99708a741ade6233a364b2370381520c66defb27dc8f8203ea1",
}


@pytest.mark.parametrize("name", SHA256)
def test_file_is_the_one_that_was_built(name):
    assert hashlib.sha256((shipped.FOLDER / name).read_bytes()).hexdigest() == SHA256[name]


def test_licences_name_every_file():
    text = (shipped.FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    assert all(f"**{name}**" in text for name in SHA256)


def test_every_file_has_its_checksum_and_the_wheel_stays_small():
    files = [path for path in shipped.FOLDER.iterdir() if path.suffix in (".npz", ".gz")]
    assert {path.name for path in files} == set(SHA256)
    assert sum(path.stat().st_size for path in files) < 13e6  # packed as they are, they are nearly the whole wheel


def test_digits_are_scikit_learns():
    images, labels = digits()
    reference = load_digits()
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    np.testing.assert_array_equal(images, reference.images)
    np.testing.assert_array_equal(labels, reference.target)


def test_digits_are_built_from_scikit_learn(tmp_path):
    """Building twice gives equal bytes, and the arrays that ship (their bytes too, but for another zlib's packing)."""
    paths = [tmp_path / name for name in ("first.npz", "second.npz")]
    for path in paths:
        build_data.digits(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    for built, ships in zip(shipped.read_npz(paths[0]), digits()):
        np.testing.assert_array_equal(built, ships)


def test_mnist_is_built_from_a_package_of_json_files(tmp_path):
    """A package in little: pixels / 255 in three decimals, one file for each digit, come back whole and shuffled."""
    images, labels = mnist().validation
    folder = tmp_path / "src" / "digits"
    folder.mkdir(parents=True)
    for digit in range(10):
        pixels = images[labels == digit].ravel() / 255
        (folder / f"{digit}.json").write_text(json.dumps({"data": pixels.round(3).tolist()}), encoding="utf-8")
    paths = [tmp_path / name for name in ("first.npz", "second.npz")]
    for path in paths:
        build_data.mnist(tmp_path, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    built = shipped.read_npz(paths[0])
    order = np.random.default_rng(0).permutation(len(labels))
    np.testing.assert_array_equal(built.labels, np.sort(labels)[order])
    np.testing.assert_array_equal(built.images, images[np.argsort(labels, kind="stable")][order])


def test_mnist_parts():
    parts = mnist()
    assert [part.images.shape for part in parts] == [(8000, 28, 28), (1000, 28, 28), (1000, 28, 28)]
    assert all(part.images.dtype == np.uint8 and part.labels.dtype == np.int64 for part in parts)
    counts = np.bincount(np.concatenate([part.labels for part in parts]))
    assert counts.tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert parts.train.images.max() == 255 and parts.train.images.min() == 0


def test_no_image_of_mnist_is_in_two_parts():
    train, validation, test = ({image.tobytes() for image in part.images} for part in mnist())
    assert not (train & validation or train & test or validation & test)


def test_fashion_parts():
    parts = fashion_mnist()
    assert [part.images.shape for part in parts] == [(9000, 28, 28), (1000, 28, 28), (2000, 28, 28)]
    assert all(part.images.dtype == np.uint8 and part.labels.dtype == np.int64 for part in parts)
    assert [np.unique(np.bincount(part.labels)).tolist() for part in parts] == [[900], [100], [200]]
    first, second, third = ({image.tobytes() for image in part.images} for part in parts)
    assert not (first & second or first & third or second & third)


@pytest.mark.skipif(
    not (fetched.DEBIAN / "fashion-mnist").is_dir(), reason="Debian's dataset-fashion-mnist is not installed"
)
def test_fashion_is_built_from_the_whole_set(tmp_path):
    build_data.fashion(tmp_path / "fashion.npz")
    for built, ships in zip(shipped.read_arrays(tmp_path / "fashion.npz", "images", "labels"), zip(*fashion_mnist())):
        np.testing.assert_array_equal(built, np.concatenate(ships))
    whole = {image.tobytes() for image in fashion_mnist_full().test.images}
    assert all(image.tobytes() in whole for image in fashion_mnist().test.images)


def test_split_is_disjoint_and_keeps_labels_with_images():
    data = Dataset(np.arange(10)[:, None, None] * np.ones((1, 2, 2), np.uint8), np.arange(10))
    first, second = split(data, 6, 3, generator=np.random.default_rng(0))
    assert len(first.labels) == 6 and len(second.labels) == 3
    assert not set(first.labels) & set(second.labels)
    np.testing.assert_array_equal(first.images[:, 0, 0], first.labels)


@pytest.mark.parametrize("sizes", [(), (0, 5), (8, 3), (-1,)])
def test_split_refuses_sizes_that_do_not_fit(sizes):
    data = Dataset(np.zeros((10, 2, 2), np.uint8), np.zeros(10, np.int64))
    with pytest.raises(ValueError, match="at most 10"):
        split(data, *sizes, generator=np.random.default_rng(0))


def truncated(content):
    return content[: len(content) // 2]


def flipped(content):  # one byte inside the compressed images
    return content[:5000] + bytes([content[5000] ^ 255]) + content[5001:]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda content: b"", lambda content: b"not a zip file"])
def test_damaged_npz_names_the_file(tmp_path, damage):
    path = tmp_path / "digits.npz"
    path.write_bytes(damage((shipped.FOLDER / "digits.npz").read_bytes()))
    with pytest.raises(ValueError, match=r"digits\.npz: damaged data file"):
        shipped.read_npz(path)


def test_npz_without_labels_names_the_file(tmp_path):
    np.savez(tmp_path / "half.npz", images=np.zeros(3))
    with pytest.raises(ValueError, match=r"half\.npz: damaged data file.*labels"):
        shipped.read_npz(tmp_path / "half.npz")


def test_pickled_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "evil.npz", images=np.array([print], dtype=object), labels=np.zeros(1))
    with pytest.raises(ValueError, match=r"evil\.npz.*allow_pickle=False"):
        shipped.read_npz(tmp_path / "evil.npz")


def test_importing_dlnotes_imports_no_back_end():
    code = "import sys, dlnotes; print(sorted({'numpy', 'torch', 'dlnotes.numpy', 'dlnotes.torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8").stdout == "[]\n"


def test_data_needs_only_numpy():
    code = "import sys, dlnotes.data; print(sorted({'torch', 'pooch', 'scipy', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8").stdout == "[]\n"
