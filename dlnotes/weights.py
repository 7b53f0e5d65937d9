"""Weights on disk: written from one back end, read into the other, bit for bit.

A safetensors file is a header in JSON, which says where each array lies, and then the arrays' bytes.  It is
only data: nothing in it can run, as code in a pickle can, and any program that knows the format reads it.

Two habits make files safe to trust.  A file is written beside its place and moved there when it is whole, so
a crash leaves the old one, and the next save clears away what lay beside it.  And it is read and checked whole
before the first weight of a model changes; what is written here carries a checksum.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlnotes import _backend
from dlnotes._validate.weights import state_dict as _check

__all__ = ["save", "load", "mean", "save_tree", "load_tree"]

# What a safetensors file can hold and NumPy can read.
DTYPES = ["bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64))]
DTYPES += ["float16", "float32", "float64"]


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
    _write(path, {name: _array(name, value) for name, value in model.state_dict().items()})


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
    states = [{name: _array(name, value) for name, value in model.state_dict().items()} for model in models]
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
    the rest is JSON in its header.  Keys of dicts are numbers, text, None, or tuples of these.  TypeError for
    anything else and ValueError for a tree more than a hundred deep, before anything is written.
    """
    _write(path, *pack(tree))


def load_tree(path: str | Path, array: Callable[[np.ndarray], Any] = np.asarray) -> Any:
    """The tree that `save_tree` wrote, values and types, with `array` made of every array.

    What does not come back are names: a named tuple is a tuple, an array is one in this machine's byte order.
    """
    arrays, outline = _read(path)
    if outline is None:
        raise ValueError(f"path: expected a file of save_tree, got {path}, which holds weights only")
    return _unpack(outline["tree"], arrays, array)


# ---------------------------------------------------------------------- a tree: arrays, and an outline in JSON
def pack(tree: Any) -> tuple[dict[str, np.ndarray], Any]:
    """The arrays in a tree by name, and its outline; raises what `save_tree` raises."""
    arrays: dict[str, np.ndarray] = {}
    return arrays, {"tree": _pack(tree, "tree", arrays, 100)}


def _pack(value: Any, name: str, arrays: dict[str, np.ndarray], levels: int) -> Any:
    if levels == 0:
        raise ValueError(f"tree: expected at most a hundred levels, got {name:.60}...")
    if isinstance(value, dict):
        return {"dict": [[_key(k, name), _pack(v, f"{name}.{k}", arrays, levels - 1)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack(v, f"{name}.{i}", arrays, levels - 1) for i, v in enumerate(value)]}
    if value is None or isinstance(value, str) or (_number(value) and not isinstance(value, np.generic)):
        return value
    name = name.encode(errors="backslashreplace").decode()  # a name is UTF-8; any str can be a key
    while name in arrays:  # {"a": {"b": x}, "a.b": y}
        name += "'"
    arrays[name] = _array(name, value)
    return {"scalar" if isinstance(value, np.generic) else "array": name}


def _key(key: Any, name: str) -> Any:
    key = key.item() if isinstance(key, np.generic) else key
    if isinstance(key, tuple):
        return {"tuple": [_key(k, name) for k in key]}
    if key is None or isinstance(key, str) or _number(key):
        return key
    raise TypeError(f"{name}: expected keys of numbers, text, None or tuples of them, got {type(key).__name__}")


def _number(value: Any) -> bool:
    return isinstance(value, bool | int | float)


def _unpack(outline: Any, arrays: dict[str, np.ndarray], array: Callable[[np.ndarray], Any]) -> Any:
    if not isinstance(outline, dict):
        return outline
    ((kind, value),) = outline.items()
    if kind == "array":
        return array(arrays[value])
    if kind == "scalar":
        return arrays[value][()]
    if kind == "dict":
        return {_unpack(key, arrays, array): _unpack(v, arrays, array) for key, v in value}
    return {"list": list, "tuple": tuple}[kind](_unpack(v, arrays, array) for v in value)


# ---------------------------------------------------------------------- the file
def _array(name: str, value: Any) -> np.ndarray:
    """The values of an array, or of a Tensor of either back end; TypeError where the file has no room for them."""
    if not isinstance(value, np.ndarray | np.generic) and not hasattr(value, "detach"):
        wanted = "expected dicts, lists, tuples, arrays, numbers or text"
        raise TypeError(f"{name}: {wanted}, got {type(value).__name__}")
    dtype = getattr(value.dtype, "name", str(value.dtype).removeprefix("torch."))
    if dtype not in DTYPES or isinstance(value, np.ma.MaskedArray):
        got = "a masked array" if isinstance(value, np.ma.MaskedArray) else dtype
        raise TypeError(f"{name}: expected one of {', '.join(DTYPES)}, got {got}")
    return np.asarray(_backend.array(value), dtype, order="C")


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
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with _alone(path.parent) as alone:
        for left in path.parent.iterdir() if alone else ():  # by a save that was killed: nobody else writes now
            if re.fullmatch(re.escape(f".{path.name}.") + r"\d+\.partial", left.name):
                left.unlink()
        try:
            beside.write_bytes(files.save(arrays, about))  # save_file would leave files of its own making
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """One process at a time in this block, for each folder; False where there is no lock to be had.

    So it is on Windows and on some network drives: there what a killed save left stays.
    """
    try:
        fcntl: Any = importlib.import_module("fcntl")
        lock = os.open(folder, os.O_RDONLY)
    except (ImportError, PermissionError):
        yield False
        return
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a process that dies lets go of it
            alone = True
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(lock)


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
