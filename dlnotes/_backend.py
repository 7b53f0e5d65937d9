"""Which back end a model is made of."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


def of(model: Any) -> ModuleType:
    """`dlnotes.numpy` or `dlnotes.torch`, whichever the Module comes from; TypeError where it is neither."""
    for cls in type(model).__mro__:
        if cls.__name__ == "Module" and cls.__module__ == "dlnotes.numpy.nn":
            return importlib.import_module("dlnotes.numpy")
        if cls.__name__ == "Module" and cls.__module__.startswith("torch.nn"):
            return importlib.import_module("dlnotes.torch")
    raise TypeError(f"model: expected a Module of dlnotes.numpy or dlnotes.torch, got {type(model).__name__}")
