"""The parity walk: every public name of `dlnotes.numpy` has a twin in `dlnotes.torch` that takes and gives the same."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from operator import attrgetter

import numpy as np
import pytest
import torch

import dlnotes.numpy as dn
import dlnotes.torch as dt
from tests.cases import CASES, Case

FILES = [info.name for info in pkgutil.iter_modules(dn.__path__)]
NAMES = {file: importlib.import_module(f"dlnotes.numpy.{file}").__all__ for file in FILES}
FLAT = [name for file, names in NAMES.items() for name in names if file != "filters"]
FLAT += [f"filters.{name}" for name in NAMES["filters"]]  # on plain arrays, in a name space of their own

# What Python asks of any object; no operation on values.
MACHINERY = {"__init__", "__module__", "__doc__", "__slots__", "__weakref__", "__array_ufunc__"}
PUBLIC = [n for n in dir(dn.Tensor) if not n.startswith("_")]
OPERATORS = [n for n in vars(dn.Tensor) if n.startswith("__") and n not in MACHINERY]
ATTRIBUTES = [f".{name}" for name in PUBLIC + OPERATORS]


@pytest.mark.parametrize("file", FILES)
def test_files_mirror_each_other(file):
    twin = importlib.import_module(f"dlnotes.torch.{file}")
    assert sorted(NAMES[file]) == sorted(twin.__all__)
    ours = importlib.import_module(f"dlnotes.numpy.{file}")
    for name in NAMES[file]:
        path = f"filters.{name}" if file == "filters" else name
        assert attrgetter(path)(dn) is getattr(ours, name)
        assert attrgetter(path)(dt) is getattr(twin, name)


def test_names_are_public_once():
    assert len(FLAT) == len(set(FLAT))


def test_every_name_has_a_case_and_every_case_a_name():
    assert {case.name for case in CASES} == {*FLAT, *ATTRIBUTES}


@pytest.mark.parametrize("name", [name for name in [*FLAT, *ATTRIBUTES] if not name.startswith(".__")])
def test_signature(name):
    ours, twin = _pair(name)
    if not callable(ours) or ours is dn.Tensor:  # a property; and Tensors are made by tensor()
        return
    mine = [p for p in inspect.signature(ours).parameters.values() if p.name != "self" and p.kind != p.VAR_POSITIONAL]
    try:
        theirs = [p for p in inspect.signature(twin).parameters.values() if p.name != "self"]
    except ValueError:  # a builtin: its cases go by keyword, and the walk calls them
        assert {p.name for p in mine} <= _keywords(name)
        return
    positional = [p for p in mine if p.kind == p.POSITIONAL_OR_KEYWORD]
    for p, q in zip(positional, theirs, strict=False):
        if q.kind == q.VAR_POSITIONAL:
            break
        assert p.name == q.name
        assert p.default in (q.default, p.empty) or (p.default is False and q.default is None)
    assert {p.name for p in mine} <= {q.name for q in theirs} or any(q.kind == q.VAR_KEYWORD for q in theirs)


def _pair(name):
    if name.startswith("."):
        return getattr(dn.Tensor, name[1:]), getattr(dt.Tensor, name[1:])
    return attrgetter(name)(dn), attrgetter(name)(dt)


def _keywords(name):
    """The keywords that the cases of `name` use."""
    constants = [c for case in CASES if case.name == name for c in case.function.__code__.co_consts]
    return {word for c in constants if isinstance(c, tuple) for word in c}


def _id(case):
    return f"{case.name}-{'x'.join(str(a.shape).replace(' ', '') for a in case.arrays)}"


@pytest.mark.parametrize("case", CASES, ids=_id)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_case(case: Case, dtype: str):
    ours, our_gradients = _run(dn, case, dtype)
    theirs, their_gradients = _run(dt, case, dtype)
    _compare(ours, theirs, 1e-10 if dtype == "float64" else 1e-5, case.terms, case.name)
    tolerance = 1e-9 if dtype == "float64" else 1e-5
    _compare(our_gradients, their_gradients, tolerance, case.terms, f"gradient of {case.name}")


def test_a_tolerance_belongs_to_the_terms_that_were_summed():
    ours, theirs = np.array([1e4, 6e-5], "f"), np.array([1e4, 0], "f")
    _compare(ours, theirs, 1e-5, 1, "beside ten thousand, what is left of it is 0")
    _compare(ours[1:], theirs[1:], 1e-5, 150, "left of a sum of terms of 150")
    for dtype, terms in (("f", 1), ("d", 150)):
        with pytest.raises(AssertionError):
            _compare(ours[1:].astype(dtype), theirs[1:].astype(dtype), 1e-5, terms, "alone it is not")


def _run(d, case, dtype):
    arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in case.arrays]
    inputs = [d.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PyTorch's advice on schedules
        out = case.function(d, *inputs)
    rng = np.random.default_rng(0)
    for y in out if isinstance(out, tuple) else (out,):
        if isinstance(y, d.Tensor) and y.requires_grad and not y.is_leaf:
            u = rng.normal(size=tuple(y.shape)).astype(_name(y.dtype))
            y.backward(d.tensor(u), retain_graph=True)
    return out, [x.grad for x in inputs]


def _name(dtype):
    return str(dtype).removeprefix("torch.")


def _compare(ours, theirs, tolerance, terms, what):
    """Equal up to `tolerance`, or to four roundings of the largest term: a 0 may be what is left of 1e4 - 1e4."""
    if isinstance(ours, (dn.Tensor, np.ndarray)) and isinstance(theirs, (torch.Tensor, np.ndarray)):
        assert tuple(ours.shape) == tuple(theirs.shape), what
        assert _name(ours.dtype) == _name(theirs.dtype), what
        a, b = (x if isinstance(x, np.ndarray) else x.detach().numpy() for x in (ours, theirs))
        rounding = np.finfo(b.dtype).eps if b.dtype.kind == "f" else 0
        largest = np.max(np.abs(b), initial=1, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, tolerance, max(tolerance, 4 * rounding * terms * largest), err_msg=what)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs), what
        for key in ours:
            _compare(ours[key], theirs[key], tolerance, terms, f"{what}: {key}")
    elif isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs), what
        for a, b in zip(ours, theirs):
            _compare(a, b, tolerance, terms, what)
    elif isinstance(ours, float):
        assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance), what
    else:
        assert ours == theirs, what
