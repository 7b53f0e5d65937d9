"""The IDX format, in which MNIST and its successors are distributed.

Two zero bytes, one that names the type of a number, one that counts the dimensions; then each dimension as a
big-endian 32-bit integer; then the numbers, big-endian, the last index running fastest.
"""

import gzip
import math
import zlib
from os import PathLike
from pathlib import Path

import numpy as np

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | PathLike[str]) -> np.ndarray:
    """The array in an IDX file, plain or gzipped.  A file that is damaged raises ValueError and says how."""
    content = Path(path).read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: damaged gzip file ({error})") from error
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in DTYPES:
        raise ValueError(f"{path}: not an IDX file, it begins with {content[:4]!r}")
    dtype, rank = np.dtype(DTYPES[content[2]]), content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise ValueError(f"{path}: truncated IDX file, the header needs {start} bytes and there are {len(content)}")
    shape = tuple(np.frombuffer(content, ">u4", rank, offset=4).tolist())
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        fault = "truncated" if len(content) < expected else "overlong"
        raise ValueError(f"{path}: {fault} IDX file, shape {shape} needs {expected} bytes and there are {len(content)}")
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
