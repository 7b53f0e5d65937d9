"""The switches of tools/cpus.py are in force: each library says what it runs on."""

import os

import pytest

from tools.cpus import CPUS, X86, in_force


@pytest.mark.skipif(CPUS is not X86, reason="the names are those of x86")
@pytest.mark.skipif(os.environ.get("TORCH") == "0", reason="PyTorch is one of them, and TORCH=0")
def test_the_oldest_is_in_force():
    said = in_force(CPUS["sse"])
    for words in ("NumPy X86_V2", "OpenBLAS Sandybridge", "PyTorch DEFAULT", "oneDNN Intel SSE4.1", "MKL COMPATIBLE"):
        assert words in said, said
