"""Exercise checks: `check("name", answer)` says whether the reader's own object does what was asked.

Each chapter has a module here.  An exercise is a function of the answer that calls `expect` on what it
finds; the first expectation that fails is what the reader is told.  The tests hold every exercise to
its promise: the book's solution passes, and each of a list of wrong answers does not.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["check", "judge", "exercise", "expect", "hinted", "require"]

Mistakes = Sequence[tuple[Any, str]]
EXERCISES: dict[str, Callable[..., None]] = {}


class Wrong(Exception):
    """What is wrong with an answer, in a sentence for the reader."""


def exercise(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the decorated function as the judge of exercise `name`."""

    def register(judge: Callable[..., None]) -> Callable[..., None]:
        EXERCISES[name] = judge
        return judge

    return register


def expect(
    what: str, got: Any, want: Any, tolerance: float = 1e-9, hint: str = "", mistakes: Mistakes = ()
) -> None:  # fmt: skip
    """Go on if `got` equals `want` in shape and, within the tolerance, in value; else tell the reader.

    The hint, a sentence, follows when only the numbers are wrong.  mistakes: pairs of a usual wrong answer and its
    reason; who gives one is told the reason, and not the right answer.
    """
    texts = _apart(what, got, want, tolerance, mistakes)
    if texts:
        raise Wrong(f"{what} should be {texts[0]}, but is {texts[1]}.{hint and ' ' + hint}")


def hinted(what: str, got: Any, want: Any, hint: str, mistakes: Mistakes = (), tolerance: float = 1e-9) -> None:
    """As `expect`, but a miss gets the hint instead of the answer."""
    if _apart(what, got, want, tolerance, mistakes):
        raise Wrong(f"{what} is not {got}: {_ended(hint)}")


def require(holds: Any, message: str) -> None:
    """Go on if the condition holds; else tell the reader."""
    if not holds:
        raise Wrong(message)


def judge(name: str, *answer: Any) -> str | None:
    """What is wrong with the answer to exercise `name`, or None.  ValueError for a name there is not."""
    for chapter in pkgutil.iter_modules(__path__):
        importlib.import_module(f"dlnotes.check.{chapter.name}")
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


def _apart(what: str, got: Any, want: Any, tolerance: float, mistakes: Mistakes) -> tuple[str, str] | None:
    """None if both are equal; else `want` and `got` as text, with as many digits as it takes to tell them apart."""
    require(got is not None, f"{what} is still None.")
    try:
        array = np.asarray(got, float)
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be numbers, but is {got!r}.") from None
    wanted = np.asarray(want, float)
    require(array.shape == wanted.shape, f"{what} should have shape {wanted.shape}, but has {array.shape}.")
    if np.allclose(array, wanted, rtol=tolerance, atol=tolerance):
        return None
    for mistake, reason in mistakes:
        made = np.shape(mistake) == array.shape and np.allclose(array, mistake, rtol=tolerance, atol=tolerance)
        require(not made, f"{what}: {_ended(reason)}")
    for digits in (6, 9, 12, 17):
        texts = _text(wanted, digits), _text(array, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _ended(sentence: str) -> str:
    """With a full stop, unless it is a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."


def _text(array: np.ndarray, digits: int) -> str:
    return np.array2string(array, precision=digits, separator=", ", threshold=12).removesuffix(".")
