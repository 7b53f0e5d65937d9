"""The IDX format, in which MNIST and its successors are distributed.

Two zero bytes, one that names the type of a number, one that counts the dimensions; then each dimension as a
big-endian 32-bit integer; then the numbers, big-endian, the last index running fastest.
"""

import gzip
import math
import zlib
from os import PathLike
from typing import BinaryIO

import numpy as np

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | PathLike[str]) -> np.ndarray:
    """The array in an IDX file, plain or gzipped.  A file that is damaged raises ValueError and says how.

    No more of it is unpacked than its header promises, and one byte, which would be too many.
    """
    with open(path, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            with gzip.open(raw) if zipped else raw as file:
                return _parse(path, file)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: damaged gzip file ({error})") from error


def _parse(path: str | PathLike[str], file: BinaryIO | gzip.GzipFile) -> np.ndarray:
    head = _read(file, 4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in DTYPES or head[3] > 32:
        raise ValueError(f"{path}: not an IDX file, it begins with {head!r}")
    dtype, rank = np.dtype(DTYPES[head[2]]), head[3]
    sizes = _read(file, 4 * rank)
    start = 4 + 4 * rank
    if len(sizes) < 4 * rank:
        there = 4 + len(sizes)
        raise ValueError(f"{path}: truncated IDX file, the header needs {start} bytes and there are {there}")
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    expected = math.prod(shape) * dtype.itemsize
    content = _read(file, expected + 1)
    if len(content) != expected:
        needs = f"shape {shape} needs {start + expected} bytes and there are"
        if len(content) < expected:
            raise ValueError(f"{path}: truncated IDX file, {needs} {start + len(content)}")
        raise ValueError(f"{path}: overlong IDX file, {needs} more")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _read(file: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    """Up to `size` bytes, piece by piece: a header that lies asks for no memory that the file does not fill."""
    content = bytearray()
    while len(content) < size and (piece := file.read(min(size - len(content), 2**20))):
        content += piece
    return content
