"""Files that lie: whatever is changed in a file, it is read right or refused in words, soon and in little memory."""

import gzip
import tracemalloc

import numpy as np
import pytest

from dlnotes import weights
from dlnotes.data.idx import read_idx
from dlnotes.data.shipped import read_arrays
from tests.data.test_idx import idx

IMAGES = np.arange(480, dtype="u1").reshape(2, 12, 20)


def mutations(whole, n, seed):
    """One byte or bit changed, bytes overwritten, cut out, doubled, cut off, or put behind."""
    g = np.random.default_rng(seed)
    for kind in g.integers(0, 6, n).tolist():
        at, size = int(g.integers(len(whole))), int(g.integers(1, 9))
        if g.random() < 0.5:  # headers, at both ends, are where lies do harm
            at = int(g.integers(min(len(whole), 160))) if g.random() < 0.5 else max(0, len(whole) - 1 - at % 160)
        if kind == 0:
            yield whole[:at] + bytes([whole[at] ^ 1 << int(g.integers(8))]) + whole[at + 1 :]
        elif kind == 1:
            yield whole[:at] + g.bytes(size) + whole[at + size :]
        elif kind == 2:
            yield whole[:at] + g.choice([b"\0", b"\xff"]) * size + whole[at + size :]
        elif kind == 3:
            yield whole[:at] + whole[at + size :]
        elif kind == 4:
            yield whole[:at]
        else:
            yield whole[:at] + whole[max(0, at - size) :]


def npz(path, save):
    save(path, images=IMAGES, labels=np.arange(2))
    return path.with_suffix(".npz").read_bytes()


def files(folder):
    weights.save_tree({"images": IMAGES, "labels": (np.arange(2), 0.5)}, folder / "tree")
    return {
        "tree": ((folder / "tree").read_bytes(), weights.load_tree),
        "idx": (idx(IMAGES), read_idx),
        "idx.gz": (gzip.compress(idx(IMAGES)), read_idx),
        "stored.npz": (npz(folder / "a", np.savez), lambda path: read_arrays(path, "images", "labels")),
        "packed.npz": (npz(folder / "b", np.savez_compressed), lambda path: read_arrays(path, "images", "labels")),
    }


def test_a_thousand_lies_are_read_right_or_refused(tmp_path):
    for seed, (name, (whole, read)) in enumerate(files(tmp_path).items()):
        path, refused = tmp_path / name, 0
        path.write_bytes(whole)
        right = repr(read(path))
        for i, content in enumerate(mutations(whole, 200, seed)):
            path.write_bytes(content)
            try:
                assert repr(read(path)) == right or name == "idx", i  # which alone has no checksum
            except ValueError as error:  # and nothing else
                assert str(path) in str(error), (name, i)
                refused += 1
        assert refused > 100, name


def peak(read, path):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="overlong|truncated"):
            read(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_a_small_header_does_not_promise_is_not_unpacked(tmp_path):
    """1 GB of zeros in 1 MB, behind the header of an image of 480 pixels; and a header that promises all there is."""
    path, zeros = tmp_path / "bomb", gzip.compress(bytes(2**24))
    path.write_bytes(gzip.compress(idx(IMAGES)) + zeros * 64)
    assert peak(read_idx, path) < 2**24
    for header in (b"\0\0\x08\4" + b"\xff" * 16, b"\0\0\x0e\3" + b"\x7f" * 12):
        path.write_bytes(header + bytes(100))
        assert peak(read_idx, path) < 2**24
