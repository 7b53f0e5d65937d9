"""Which back end a model is made of, where it lives, and the way there and back for arrays."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np

from dlnotes import _modes


def of(model: Any) -> ModuleType:
    """`dlnotes.numpy` or `dlnotes.torch`, whichever the Module comes from; TypeError where it is neither."""
    for cls in type(model).__mro__:
        if cls.__name__ == "Module" and cls.__module__ == "dlnotes.numpy.nn":
            return importlib.import_module("dlnotes.numpy")
        if cls.__name__ == "Module" and cls.__module__.startswith("torch.nn"):
            return importlib.import_module("dlnotes.torch")
    raise TypeError(f"model: expected a Module of dlnotes.numpy or dlnotes.torch, got {type(model).__name__}")


def maker(model: Any) -> Callable[[np.ndarray], Any]:
    """What makes an array a Tensor for `model`: on its device, and where it holds floats, in its dtype."""
    tensor = of(model).tensor
    first: Any = next(chain(model.parameters(), model.buffers()), None)
    dtype = next((p.dtype for p in model.parameters()), None)
    there = {"device": first.device} if hasattr(first, "device") else {}
    return lambda array: tensor(array, dtype=dtype if array.dtype.kind == "f" else None, **there)


def array(values: Any) -> np.ndarray:
    """The numbers of an array, or of a Tensor of either back end on any device."""
    if hasattr(values, "detach"):
        values = values.detach()
    if hasattr(values, "cpu"):
        values = values.cpu()
        values = values.float() if "bfloat16" in str(values.dtype) else values  # which NumPy has not
    return np.asarray(values)


@contextlib.contextmanager
def answering(model: Any) -> Iterator[None]:
    """Evaluation mode inside this block, and nothing is recorded."""
    with _modes.evaluating(model), of(model).no_grad():
        yield


def half(model: Any) -> contextlib.AbstractContextManager:
    """A block in which PyTorch computes in bfloat16 what bears it (torch.autocast); ValueError for NumPy."""
    if of(model).__name__ != "dlnotes.torch":
        raise ValueError("amp: expected False for dlnotes.numpy, which has no half precision, got True")
    device = next(chain(model.parameters(), model.buffers())).device.type
    torch = importlib.import_module("torch")
    return torch.autocast(device, torch.bfloat16)
