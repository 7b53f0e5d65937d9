"""Every public name of dlnotes at work, one line a case: the parity walk and the gradient check read this table.

A case is a function of a back end `d` and of Tensors, and the arrays that these are made of: a shape stands for
normal draws, an array for itself.  Floating arrays require a gradient.  The key is the public name, with a
dot before a Tensor's own (".sum", ".__add__").  `stepped=False` where finite steps do not measure the
derivative: at the edge of the domain, where values are detached or rounded to float32.  Where PyTorch's twin has
no signature to compare, arguments go by keyword: that they are accepted is the comparison.  `terms` is how large
the terms are that are summed on the way, beside the largest number of the result: rounding grows with them.

A bad call is a function of a back end that must raise ValueError or TypeError, in the same words from both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np


class Case(NamedTuple):
    name: str
    function: Callable
    arrays: tuple[np.ndarray, ...]
    stepped: bool = True
    terms: float = 1


CASES: list[Case] = []
BAD: dict[str, Callable] = {}


def case(names: str, function: Callable, *inputs: Any, stepped: bool = True, terms: float = 1) -> None:
    draws = np.random.default_rng(crc32(names.encode()))
    arrays = tuple(draws.normal(size=x) if isinstance(x, tuple) else x for x in inputs)
    CASES.extend(Case(name, function, arrays, stepped, terms) for name in names.split())


def bad(name: str, call: Callable) -> None:
    assert name not in BAD
    BAD[name] = call


def rng() -> np.random.Generator:
    return np.random.default_rng(7)
