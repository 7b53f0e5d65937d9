"""Weights on disk: written from one back end, read into the other, bit for bit.

A safetensors file is a header in JSON, which says where each array lies, and then the arrays' bytes.  It is
only data: nothing in it can run, as code in a pickle can, and any program that knows the format reads it.

Two habits make files safe to trust.  A file is written beside its place and moved there when it is whole, so
a crash leaves the old one.  And it is read and checked whole before the first weight of a model changes; what
is written here carries a checksum.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlnotes import _backend
from dlnotes._validate.weights import state_dict as _check

__all__ = ["save", "load", "mean", "save_tree", "load_tree"]


def save(model: Any, path: str | Path) -> None:
    """Write the state_dict of `model`, of either back end, to a safetensors file.

    >>> import tempfile
    >>> import dlnotes.numpy as dn
    >>> model, other = dn.Linear(3, 2), dn.Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, folder + "/layer.safetensors")
    ...     same = load(other, folder + "/layer.safetensors").weight == model.weight
    >>> bool(same.all())
    True
    """
    _backend.of(model)
    _write(path, {name: _array(value) for name, value in model.state_dict().items()})


def load(model: Any, path: str | Path) -> Any:
    """Read weights saved by `save`, from either back end, into `model`, and return it.

    Values take the model's dtype.  Raises FileNotFoundError, or ValueError where the file is damaged or an
    entry is missing, unexpected or of another shape (all are listed); then the model stays as it was.
    """
    backend = _backend.of(model)
    arrays, _ = _read(path)
    check(model, arrays)
    model.load_state_dict({name: backend.tensor(array) for name, array in arrays.items()})
    return model


def mean(models: Sequence[Any]) -> Any:
    """A new model of the same kind whose weights are the means of those of `models`; the models stay as they are.

    Values that are not floats, such as counters, are the first model's.  For the mean along one run of training there
    is `AveragedModel`.  Note that two networks trained apart may order their neurons differently: then the mean of
    their weights is not the network between them.

    Raises ValueError where there is no model, or where names or shapes differ.

    >>> import dlnotes.numpy as dn
    >>> first, second = dn.Linear(1, 1, bias=False), dn.Linear(1, 1, bias=False)
    >>> first.weight.data, second.weight.data = [[1.0]], [[4.0]]
    >>> mean([first, second]).weight.item()
    2.5
    """
    if not len(models):
        raise ValueError("models: expected at least one, got none")
    states = [{name: _array(value) for name, value in model.state_dict().items()} for model in models]
    for state in states[1:]:
        check(models[0], state)
    result, backend = copy.deepcopy(models[0]), _backend.of(models[0])
    means = {}
    for name, first in states[0].items():
        every = [state[name] for state in states]
        means[name] = np.mean(every, 0, np.float64).astype(first.dtype) if first.dtype.kind == "f" else first
    result.load_state_dict({name: backend.tensor(array) for name, array in means.items()})
    return result


def check(model: Any, arrays: dict[str, Any]) -> None:
    """ValueError that lists every fault, unless `arrays` have the names and shapes of the model's state_dict."""
    shapes = ({k: tuple(v.shape) for k, v in d.items()} for d in (model.state_dict(), arrays))
    _check(*shapes)


def save_tree(tree: Any, path: str | Path) -> None:
    """Write dicts, lists and tuples of arrays, numbers, text and None, nested as you like, to one file.

    The arrays are entries of a safetensors file under their place in the tree ("tree.optimizer.state.0.m"),
    the rest is JSON in its header.  TypeError for anything else.
    """
    arrays: dict[str, np.ndarray] = {}
    outline = _pack(tree, "tree", arrays)
    _write(path, arrays, {"tree": outline})


def load_tree(path: str | Path, array: Callable[[np.ndarray], Any] = np.asarray) -> Any:
    """The tree that `save_tree` wrote, types and all, with `array` made of every array."""
    arrays, outline = _read(path)
    if outline is None:
        raise ValueError(f"path: expected a file of save_tree, got {path}, which holds weights only")
    return _unpack(outline["tree"], {name: array(value) for name, value in arrays.items()})


# ---------------------------------------------------------------------- a tree: arrays, and an outline in JSON
def _pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        return {"dict": [[key, _pack(v, f"{name}.{key}", arrays)] for key, v in value.items()]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack(v, f"{name}.{i}", arrays) for i, v in enumerate(value)]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray) or hasattr(value, "detach"):
        while name in arrays:  # {"a": {"b": x}, "a.b": y}
            name += "'"
        arrays[name] = _array(value)
        return {"array": name}
    kind = type(value).__name__
    raise TypeError(f"{name}: expected dicts, lists, tuples, arrays, numbers or text, got {kind}")


def _unpack(outline: Any, arrays: dict[str, Any]) -> Any:
    if not isinstance(outline, dict):
        return outline
    ((kind, value),) = outline.items()
    if kind == "array":
        return arrays[value]
    if kind == "dict":
        return {key: _unpack(v, arrays) for key, v in value}
    return {"list": list, "tuple": tuple}[kind](_unpack(v, arrays) for v in value)


# ---------------------------------------------------------------------- the file
def _array(value: Any) -> np.ndarray:
    value = value.detach().cpu() if hasattr(value, "cpu") else value  # a tensor of PyTorch
    return np.asarray(value, order="C")


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors"), importlib.import_module("safetensors.numpy")
    except ImportError as error:
        raise ImportError("dlnotes.weights needs safetensors: pip install 'dlnotes[weights]'") from error


def _checksum(arrays: dict[str, np.ndarray], outline: str) -> str:
    total = zlib.crc32(outline.encode())
    for name in sorted(arrays):
        a = arrays[name]
        total = zlib.crc32(f"{name} {a.dtype} {a.shape}".encode(), total)
        total = zlib.crc32(a.reshape(-1).view(np.uint8).data, total)
    return f"{total:08x}"


def _write(path: str | Path, arrays: dict[str, np.ndarray], outline: Any = None) -> None:
    _, files = _safetensors()
    path, text = Path(path), json.dumps(outline)
    about = {"dlnotes": json.dumps({"crc32": _checksum(arrays, text), "outline": text})}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        files.save_file(arrays, beside, about)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _read(path: str | Path) -> tuple[dict[str, np.ndarray], Any]:
    library, _ = _safetensors()
    if not Path(path).is_file():
        raise FileNotFoundError(f"path: expected a safetensors file, got {path}, which is none")
    try:
        with library.safe_open(path, "numpy") as file:
            names, about = file.keys(), file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in names}
        if "dlnotes" not in about:  # a file of another program
            return arrays, None
        ours = json.loads(about["dlnotes"])
        if ours["crc32"] != _checksum(arrays, ours["outline"]):
            raise ValueError("its checksum is another")
        return arrays, json.loads(ours["outline"])
    except (library.SafetensorError, ValueError, TypeError, AttributeError, KeyError) as error:
        got = f"{path}, which is damaged ({error})"
        raise ValueError(f"path: expected a whole safetensors file, got {got}") from error
