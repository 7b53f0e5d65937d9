"""Exercise checks: `check("name", answer)` says whether the reader's own object does what was asked.

Each chapter has a module here.  An exercise is a function of the answer that calls `expect` on what it
finds; the first expectation that fails is what the reader is told.  The tests hold every exercise to
its promise: the book's solution passes, and each of a list of wrong answers does not.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["check", "judge", "exercise", "expect"]

CHAPTERS = ("neural_network", "optimisation", "backpropagation", "hypernetworks")
EXERCISES: dict[str, Callable[..., None]] = {}


class Wrong(Exception):
    """What is wrong with an answer, in a sentence for the reader."""


def exercise(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the decorated function as the judge of exercise `name`."""

    def register(judge: Callable[..., None]) -> Callable[..., None]:
        EXERCISES[name] = judge
        return judge

    return register


def expect(what: str, got: Any, want: Any, tolerance: float = 1e-9, hint: str = "") -> None:
    """Go on if `got` equals `want` in shape and, within the tolerance, in value; else tell the reader.

    The hint, a sentence, follows when only the numbers are wrong.
    """
    if got is None:
        raise Wrong(f"{what} is still None.")
    try:
        array = np.asarray(got, float)
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be numbers, but is {got!r}.") from None
    wanted = np.asarray(want, float)
    if array.shape != wanted.shape:
        raise Wrong(f"{what} should have shape {wanted.shape}, but has {array.shape}.")
    if not np.allclose(array, wanted, rtol=tolerance, atol=tolerance):
        want, is_now = _apart(wanted, array)
        raise Wrong(f"{what} should be {want}, but is {is_now}.{hint and ' ' + hint}")


def require(holds: Any, message: str) -> None:
    """Go on if the condition holds; else tell the reader."""
    if not holds:
        raise Wrong(message)


def judge(name: str, *answer: Any) -> str | None:
    """What is wrong with the answer to exercise `name`, or None.  ValueError for a name there is not."""
    for chapter in CHAPTERS:
        importlib.import_module(f"dlnotes.check.{chapter}")
    if name not in EXERCISES:
        raise ValueError(f"name: expected one of {', '.join(sorted(EXERCISES))}, got {name!r}")
    try:
        with np.errstate(all="ignore"), _staying():
            EXERCISES[name](*answer)
    except Wrong as wrong:
        return str(wrong)
    except KeyboardInterrupt:  # the reader's own wish
        raise
    except BaseException as error:  # the reader's own code failed, or wanted to leave
        return f"Your code raised {type(error).__name__}" + (f": {error}" if str(error) else ".")
    return None


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    """Inside this block `exit()` raises SystemExit in a notebook, too, where it would end the kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        yield
        return
    leave, shell.ask_exit = shell.ask_exit, sys.exit
    try:
        yield
    finally:
        shell.ask_exit = leave


def check(name: str, *answer: Any) -> None:
    """Print whether the answer to exercise `name` is right, and if not, what to look at.

    >>> check("nn-parameters", lambda sizes: 0)
    Not yet. count_parameters([2, 3, 1]) should be 13, but is 0.
    """
    fault = judge(name, *answer)
    print("Right." if fault is None else f"Not yet. {fault}")


def _apart(wanted: np.ndarray, got: np.ndarray) -> tuple[str, str]:
    """Both as text, with as many digits as it takes to tell them apart."""
    for digits in (6, 9, 12, 17):
        texts = _text(wanted, digits), _text(got, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _text(array: np.ndarray, digits: int) -> str:
    return np.array2string(array, precision=digits, separator=", ", threshold=12).removesuffix(".")
