"""The training loop, written once for both back ends.

`fit` is the notes' algorithm 2 with what practice adds: passes over the shuffled data instead of
independent samples, a validation set, a schedule, and a halt when the loss stops being a number.
Data go in as NumPy arrays; the model decides which back end runs.  Source: chapter *Optimisation*.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm
from tqdm.auto import tqdm as notebook_tqdm

from dlnotes import _validate

__all__ = ["fit", "evaluate", "predict", "History", "Evaluation", "DivergedError"]


class Evaluation(NamedTuple):
    """Mean loss, and the share of right answers (None where the targets are no class labels)."""

    loss: float
    accuracy: float | None


@dataclass(repr=False)
class History:
    """What `fit` saw: `loss` and `lr` of every step, `validation` after every epoch."""

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    validation: list[Evaluation] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"History of {len(self.loss)} steps and {len(self.validation)} validations"


class DivergedError(FloatingPointError):
    """The loss became nan or infinite.  `step` (from 1), and the `history` up to the step before."""

    def __init__(self, message: str, step: int, history: History):
        super().__init__(message)
        self.step, self.history = step, history


def fit(
    model: Any,
    data: tuple[Any, Any],
    optimizer: Any,
    *,
    epochs: int,
    batch_size: int = 64,
    generator: np.random.Generator,
    loss: Callable | None = None,
    validation: tuple[Any, Any] | None = None,
    scheduler: Any = None,
    progress: bool | None = None,
) -> History:
    """Train `model` in place by mini-batch descent and return what happened.

    data, validation: pairs (inputs, targets) of arrays with one example per row.
    loss: a function (prediction, target) -> mean loss; by default cross_entropy for whole-number
    targets, mse_loss for others.
    generator: shuffles the examples before every epoch; the last batch of an epoch may be smaller.
    scheduler: stepped after every batch.
    progress: show a bar; by default only on a terminal.

    Raises ValueError or TypeError for unusable data before the first step, and DivergedError when the
    loss is no longer finite: the model then holds the last weights whose loss was.

    >>> import dlnotes.numpy as dn
    >>> rng = np.random.default_rng(0)
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> model = dn.Linear(1, 1, generator=rng)
    >>> history = fit(model, (x, 3 * x), dn.SGD(model.parameters(), 0.5), epochs=40, generator=rng)
    >>> round(model.weight.item(), 2)
    3.0
    """
    _validate.size("epochs", epochs)
    _validate.size("batch_size", batch_size)
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"generator: expected a numpy.random.Generator, got {type(generator).__name__}")
    for name, pair in (("data", data), ("validation", validation)):
        if pair is not None:
            _check_labels(model, *_tensors(model, name, pair), loss)
    x, y = _tensors(model, "data", data)
    loss = loss or _default_loss(model, y)
    history, n, finite = History(), len(x), None
    model.train()
    total, show = epochs * -(-n // batch_size), notebook_tqdm if progress else tqdm
    with (
        np.errstate(over="ignore", invalid="ignore"),
        show(total=total, disable=None if progress is None else not progress) as bar,
    ):
        for epoch in range(1, epochs + 1):
            order = generator.permutation(n)
            for start in range(0, n, batch_size):
                batch = order[start : start + batch_size]
                cost = loss(model(x[batch]), y[batch])
                value, rate = cost.item(), optimizer.param_groups[0]["lr"]
                if not np.isfinite(value):
                    step = len(history.loss) + 1
                    if finite is not None:
                        model.load_state_dict(finite)
                    state = "holds the last weights with a finite loss" if finite else "is as it was given"
                    where = f"step {step} (epoch {epoch}, learning rate {rate:g})"
                    raise DivergedError(f"the loss became {value} at {where}; the model {state}", step, history)
                finite = {name: p + 0 for name, p in model.state_dict().items()}  # + 0 copies
                optimizer.zero_grad()
                cost.backward()
                optimizer.step()
                history.loss.append(value)
                history.lr.append(float(rate))
                if scheduler is not None:
                    scheduler.step()
                bar.update()
            if validation is not None:
                history.validation.append(evaluate(model, validation, loss=loss))
                bar.set_postfix(validation_loss=f"{history.validation[-1].loss:.4f}")
    return history


def evaluate(
    model: Any, data: tuple[Any, Any], *, loss: Callable | None = None, batch_size: int = 1024
) -> Evaluation:
    """Mean loss and accuracy of `model` on a pair (inputs, targets), in evaluation mode, recording nothing."""
    _, y = _tensors(model, "data", data)
    scores = _backend(model).tensor(predict(model, data[0], batch_size=batch_size))
    value = (loss or _default_loss(model, y))(scores, y).item()
    right = np.asarray(scores).argmax(1) == np.asarray(y) if _labels(y) else None
    return Evaluation(value, None if right is None else float(right.mean()))


def predict(model: Any, inputs: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The outputs of `model` for an array of inputs, as an array, in evaluation mode, recording nothing."""
    backend = _backend(model)
    x = backend.tensor(_array("inputs", inputs), dtype=_dtype(model))
    training = model.training
    model.eval()
    try:
        with backend.no_grad():
            parts = [np.asarray(model(x[i : i + batch_size])) for i in range(0, len(x), batch_size)]
    finally:
        model.train(training)
    return np.concatenate(parts)


def _backend(model: Any) -> ModuleType:
    for cls in type(model).__mro__:
        if cls.__name__ == "Module" and cls.__module__ == "dlnotes.numpy.nn":
            return importlib.import_module("dlnotes.numpy")
        if cls.__name__ == "Module" and cls.__module__.startswith("torch.nn"):
            return importlib.import_module("dlnotes.torch")
    raise TypeError(f"model: expected a Module of dlnotes.numpy or dlnotes.torch, got {type(model).__name__}")


def _dtype(model: Any) -> Any:
    return next(iter(model.parameters())).dtype


def _array(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected numbers, got dtype {array.dtype}")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name}: expected at least one example, got shape {array.shape}")
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"{name}: expected finite numbers, got {array[row]} in row {row}")
    return array


def _tensors(model: Any, name: str, data: Any) -> tuple[Any, Any]:
    if not (isinstance(data, tuple | list) and len(data) == 2):
        raise TypeError(f"{name}: expected a pair (inputs, targets), got {type(data).__name__}")
    x, y = _array(f"{name}[0]", data[0]), _array(f"{name}[1]", data[1])
    if len(x) != len(y):
        raise ValueError(f"{name}: expected one target for each input, got {len(x)} inputs and {len(y)} targets")
    tensor, dtype = _backend(model).tensor, _dtype(model)
    return tensor(x, dtype=dtype), tensor(y.astype(np.int64)) if y.dtype.kind in "iu" else tensor(y, dtype=dtype)


def _check_labels(model: Any, x: Any, y: Any, loss: Callable | None) -> None:
    """Every label before the first step, not the batch it sits in after a hundred."""
    if _labels(y) and loss in (None, _backend(model).cross_entropy):
        classes = predict(model, np.asarray(x[:1])).shape[-1]
        _validate.label_range(int(np.asarray(y).min()), int(np.asarray(y).max()), classes)


def _labels(y: Any) -> bool:
    return "int" in str(y.dtype)


def _default_loss(model: Any, y: Any) -> Callable:
    backend = _backend(model)
    return backend.cross_entropy if _labels(y) else backend.mse_loss
