"""Training or evaluation: what asks a model something may switch it, and switches it back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def kept(model: Any) -> Iterator[None]:
    """After this block each module is in the mode, training or evaluation, that it was in before."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextlib.contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Evaluation mode inside this block."""
    with kept(model):
        model.eval()
        yield
