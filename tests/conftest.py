"""Settings of every test: hypothesis draws the same examples each run; with TORCH=0 PyTorch is not asked for."""

import os
import sys
from types import ModuleType

import pytest
from hypothesis import settings

settings.register_profile("dlnotes", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("dlnotes")

collect_ignore = ["cases"]  # a table, read once by those who import it


class Absent(ModuleType):
    """Stands where PyTorch would: a test runs until it calls something of it, and is skipped there."""

    def __init__(self, name: str, *_: object) -> None:
        super().__init__(name)

    def __getattr__(self, name: str) -> "Absent":
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(name)

    def __call__(self, *_: object, **__: object) -> None:
        raise pytest.skip.Exception("needs PyTorch, and TORCH=0", allow_module_level=True)

    def __instancecheck__(self, thing: object) -> bool:
        return False

    __subclasscheck__ = __instancecheck__


if os.environ.get("TORCH") == "0":
    collect_ignore += ["parity", "torch"]
    sys.modules |= {name: Absent(name) for name in ("torch", "torch.nn", "dlnotes.torch")}
