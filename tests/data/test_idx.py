"""IDX files: what was written is read, and every kind of damage is named."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dlnotes.data.idx import DTYPES, read_idx


def idx(array: np.ndarray) -> bytes:
    code = next(code for code, dtype in DTYPES.items() if np.dtype(dtype) == array.dtype)
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


@given(
    st.sampled_from(sorted(DTYPES.values())).flatmap(lambda d: arrays(d, array_shapes(max_dims=4, min_side=0))),
    st.booleans(),
)
def test_round_trip(tmp_path_factory, array, zipped):
    path = tmp_path_factory.mktemp("idx") / "array"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    result = read_idx(path)
    assert result.dtype == array.dtype.newbyteorder("=") and result.flags.writeable
    np.testing.assert_array_equal(result, array)


GOOD = idx(np.arange(60, dtype=">i4").reshape(3, 4, 5))
ZIPPED = gzip.compress(GOOD)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "not an IDX file"),
        (b"<html>404</html>", "not an IDX file"),
        (b"\0\0\x07\1" + GOOD[4:], "not an IDX file"),
        (GOOD[:10], "truncated IDX file, the header needs 16 bytes and there are 10"),
        (GOOD[:-1], r"truncated IDX file, shape \(3, 4, 5\) needs 256 bytes and there are 255"),
        (GOOD + b"\0", "overlong IDX file"),
        (ZIPPED[:-12], "damaged gzip file"),
        (ZIPPED[:30] + bytes(8) + ZIPPED[38:], "damaged gzip file"),
        (ZIPPED[:-8] + bytes(8), "damaged gzip file"),
        (gzip.compress(GOOD[:-1]), "truncated IDX file"),
        (b"\x1f\x8b", "damaged gzip file"),
    ],
)
def test_damage_is_named_with_the_file(tmp_path, content, message):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"train-images-idx3-ubyte: {message}"):
        read_idx(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")
