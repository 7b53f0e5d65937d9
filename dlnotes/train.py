"""The training loop, written once for both back ends.

`fit` is the notes' algorithm 2 with what practice adds: passes over the shuffled data instead of
independent samples, a validation set, a schedule, a halt when the loss stops being a number, a stop when
nothing is gained any more, and checkpoints from which an interrupted run goes on as if it never had been.
Data go in as NumPy arrays; the model decides which back end runs.  Sources: chapters *Optimisation* and
*Regularisation*; Prechelt, *Early stopping, but when?*, 1998.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm
from tqdm.auto import tqdm as notebook_tqdm

from dlnotes import _backend, _validate, weights

__all__ = [
    "fit", "evaluate", "predict", "ensemble", "find_lr",
    "History", "Evaluation", "Sweep", "DivergedError",
]  # fmt: skip


class Evaluation(NamedTuple):
    """Mean loss, and the share of right answers (None where the targets are no class labels)."""

    loss: float
    accuracy: float | None


@dataclass(repr=False)
class History:
    """What `fit` saw: `loss` and `lr` of every step, `validation` after every epoch, the `epochs` done."""

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    validation: list[Evaluation] = field(default_factory=list)
    epochs: int = 0

    @property
    def best(self) -> int | None:
        """The place in `validation` of the lowest loss, the first of equals; None where there is none."""
        losses = [v.loss if np.isfinite(v.loss) else np.inf for v in self.validation]
        return int(np.argmin(losses)) if losses else None

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
    augment: Callable | None = None,
    clip: float | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    every: int = 1,
    resume: bool = False,
    progress: bool | None = None,
) -> History:
    """Train `model` in place by mini-batch descent and return what happened.

    data, validation: pairs (inputs, targets) of arrays with one example per row.  Inputs become floats of the
    model's dtype; only a model with an Embedding gets whole numbers as they are.
    loss: a function (prediction, target) -> mean loss; by default cross_entropy for whole-number
    targets (classes along the last axis of the prediction), mse_loss for others.
    generator: shuffles the examples before every epoch; the last batch of an epoch may be smaller.
    scheduler: stepped after every batch.
    augment: a function (inputs, targets, generator) -> (inputs, targets) of arrays, applied to every batch; it
    may turn labels (N,) into probabilities (N, C).
    clip: the largest norm of the gradient; a longer one is scaled down to it.
    patience: stop early, after so many epochs in a row without a lower validation loss; and in any case, at
    the end, give the model the weights of the best epoch.
    checkpoint: a file to save the whole state of training to, after every `every` epochs and at the end:
    weights, optimizer, scheduler, history, and how far `generator` and generators inside the model have drawn.
    resume: go on from `checkpoint` if that file is there.  The result is, bit for bit, that of a run that was
    never interrupted, if the other arguments are the same.
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
    _check_options(epochs, batch_size, generator, validation, clip, patience, checkpoint, every, resume)
    for name, pair in (("data", data), ("validation", validation)):
        if pair is not None:
            _check_labels(model, *_tensors(model, name, pair), loss)
    x, y = _tensors(model, "data", data)
    loss = loss or _default_loss(model, y)
    n, steps = len(x), -(-len(x) // batch_size)
    run = _Run(model, optimizer, scheduler, generator)
    if checkpoint is not None and resume and Path(checkpoint).exists():
        run.load(checkpoint)
    history, finite = run.history, run.weights()

    def over() -> bool:
        waited = history.epochs - 1 - (history.best or 0)
        return history.epochs >= epochs or (patience is not None and waited >= patience)

    model.train()
    show = notebook_tqdm if progress else tqdm
    done, hidden = history.epochs * steps, None if progress is None else not progress
    with (
        np.errstate(over="ignore", invalid="ignore"),
        show(total=epochs * steps, initial=done, disable=hidden) as bar,
    ):
        while not over():
            order = generator.permutation(n)
            for start in range(0, n, batch_size):
                batch = order[start : start + batch_size]
                inputs, targets = x[batch], y[batch]
                if augment is not None:
                    pair = augment(np.asarray(inputs).copy(), np.asarray(targets).copy(), generator)
                    inputs, targets = _tensors(model, "augment", pair)
                cost = loss(model(inputs), targets)
                value, rate = cost.item(), optimizer.param_groups[0]["lr"]
                if not np.isfinite(value):
                    run.put(finite)
                    raise _diverged(value, rate, history)
                finite = run.weights()
                optimizer.zero_grad()
                cost.backward()
                if clip is not None:
                    run.backend.clip_grad_norm_(model.parameters(), clip)
                optimizer.step()
                history.loss.append(value)
                history.lr.append(float(rate))
                if scheduler is not None:
                    scheduler.step()
                bar.update()
            history.epochs += 1
            if validation is not None:
                history.validation.append(evaluate(model, validation, loss=loss))
                bar.set_postfix(validation_loss=f"{history.validation[-1].loss:.4f}")
                if patience is not None and history.best == history.epochs - 1:
                    run.best = run.weights()
            if checkpoint is not None and (history.epochs % every == 0 or over()):
                run.save(checkpoint)
    if patience is not None:
        run.put(run.best)
    return history


def _diverged(value: float, rate: float, history: History) -> DivergedError:
    step = len(history.loss) + 1
    state = "holds the last weights with a finite loss" if step > 1 else "is as it was given"
    where = f"step {step} (epoch {history.epochs + 1}, learning rate {rate:g})"
    return DivergedError(f"the loss became {value} at {where}; the model {state}", step, history)


def _check_options(
    epochs: Any, batch_size: Any, generator: Any, validation: Any, clip: Any, patience: Any, checkpoint: Any,
    every: Any, resume: Any,
) -> None:  # fmt: skip
    _validate.size("epochs", epochs)
    _validate.size("batch_size", batch_size)
    _validate.size("every", every)
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"generator: expected a numpy.random.Generator, got {type(generator).__name__}")
    if clip is not None:
        _validate.at_least("clip", clip, 0)
    if patience is not None:
        _validate.size("patience", patience)
        if validation is None:
            raise ValueError("patience: expected validation data to judge progress by, got none")
    if resume and checkpoint is None:
        raise ValueError("resume: expected a checkpoint to go on from, got none")


class _Run:
    """All that changes while `fit` runs, and so all that a checkpoint keeps."""

    def __init__(self, model: Any, optimizer: Any, scheduler: Any, generator: np.random.Generator):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.backend, self.history = _backend.of(model), History()
        self.values = [*model.parameters(), *model.buffers()]
        self.best: list | None = None
        inside = (g for m in model.modules() for g in vars(m).values() if isinstance(g, np.random.Generator))
        self.generators = list({id(g): g for g in (generator, *inside)}.values())

    def weights(self) -> list:
        """Every parameter and buffer as it is now."""
        data = (v.data for v in self.values)  # arrays of dlnotes.numpy never change, tensors of PyTorch do
        return [a if isinstance(a, np.ndarray) else a.clone() for a in data]

    def put(self, weights: list | None) -> None:
        """Give the model such values back."""
        with self.backend.no_grad():
            for v, a in zip(self.values, weights or ()):
                v.copy_(a)

    def _parts(self) -> list[str]:
        drawing = [type(g.bit_generator).__name__ for g in self.generators]
        return [type(self.optimizer).__name__, type(self.scheduler).__name__, *drawing]

    def save(self, path: str | Path) -> None:
        """Write the state down, in one file."""
        state = {
            "parts": self._parts(),
            "model": dict(self.model.state_dict()),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "generators": [g.bit_generator.state for g in self.generators],
            "loss": np.array(self.history.loss),
            "lr": np.array(self.history.lr),
            "validation": self.history.validation,
            "epochs": self.history.epochs,
        }
        weights.save_tree(state, path)

    def load(self, path: str | Path) -> None:
        """Go back to a saved state; ValueError where it is of another run, and then the model stays as it is."""
        ours = self.backend.__name__ == "dlnotes.numpy"
        state = weights.load_tree(path, np.array if ours else self.backend.tensor)
        if not (isinstance(state, dict) and self._parts() == state.get("parts")):
            raise ValueError(f"checkpoint: expected one of this run, got {path}, of one with other parts")
        weights.check(self.model, state["model"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.model.load_state_dict(state["model"])
        self.best = state["best"]
        for g, drawn in zip(self.generators, state["generators"]):
            g.bit_generator.state = drawn
        validation = [Evaluation(*v) for v in state["validation"]]
        self.history = History(state["loss"].tolist(), state["lr"].tolist(), validation, state["epochs"])


def evaluate(
    model: Any, data: tuple[Any, Any], *, loss: Callable | None = None, batch_size: int = 1024
) -> Evaluation:
    """Mean loss and accuracy of `model` on a pair (inputs, targets), in evaluation mode, recording nothing.

    model: or a list of models, which answer together, as in `ensemble`.
    """
    if isinstance(model, list | tuple):
        probabilities = ensemble(model, data[0], batch_size=batch_size)
        scores = np.log(np.maximum(probabilities, np.finfo(probabilities.dtype).tiny))
        model = model[0]
    else:
        scores = predict(model, data[0], batch_size=batch_size)
    _, y = _tensors(model, "data", data)
    value = (loss or _default_loss(model, y))(_backend.of(model).tensor(scores), y).item()
    right = scores.argmax(-1) == np.asarray(y) if _labels(y) else None
    return Evaluation(value, None if right is None else float(right.mean()))


def predict(model: Any, inputs: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The outputs of `model` for an array of inputs, as an array, in evaluation mode, recording nothing."""
    x = _input(model, _array("inputs", inputs))
    training = model.training
    model.eval()
    try:
        with _backend.of(model).no_grad():
            parts = [np.asarray(model(x[i : i + batch_size])) for i in range(0, len(x), batch_size)]
    finally:
        model.train(training)
    return np.concatenate(parts)


def ensemble(models: Sequence[Any], inputs: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The class probabilities (N, ..., C) of several models together: the mean of their softmaxes.

    Networks that differ only in their first weights err in different places; their mean errs less, and knows
    better when it may.  Source: Lakshminarayanan et al., *Deep ensembles*, 2017.
    """
    if not models:
        raise ValueError("models: expected at least one model, got none")
    members = []
    for model in models:
        scores = _backend.of(model).tensor(predict(model, inputs, batch_size=batch_size))
        members.append(np.asarray(_backend.of(model).softmax(scores, -1)))
    return np.mean(members, axis=0)


class Sweep(NamedTuple):
    """The rates that `find_lr` tried, one a step, the loss before each step, and its running mean."""

    lr: np.ndarray
    loss: np.ndarray
    smooth: np.ndarray

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss was lowest: still falling, not yet at the edge."""
        return float(self.lr[self.smooth.argmin()]) / 10


def find_lr(
    model: Any,
    data: tuple[Any, Any],
    optimizer: Any,
    *,
    generator: np.random.Generator,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    batch_size: int = 64,
    loss: Callable | None = None,
) -> Sweep:
    """Train a copy of `model` while the learning rate climbs from `low` to `high` in `steps` equal factors.

    Plot loss against rate (on a log scale): it is flat, falls, and shoots up.  The sweep ends there, where the
    loss is four times its lowest or no number any more.  `model`, `optimizer` and `generator` stay as they are.
    Source: Smith, *Cyclical learning rates*, 2017, section 3.3.
    """
    _validate.size("steps", steps)
    if not 0 < low < high:
        raise ValueError(f"low: expected a rate above 0 and below high, {high}, got {low}")
    model, optimizer, generator = copy.deepcopy((model, optimizer, generator))
    climb = _Climb(optimizer, np.geomspace(low, high, steps))
    some = generator.permutation(len(data[0]))[: steps * batch_size]
    part = np.asarray(data[0])[some], np.asarray(data[1])[some]
    epochs = -(-steps // -(-len(some) // batch_size))
    try:
        history = fit(
            model, part, optimizer, epochs=epochs, batch_size=batch_size, generator=generator,
            loss=loss, scheduler=climb, progress=False,
        )  # fmt: skip
    except DivergedError as error:
        history = error.history
    if not history.loss:
        raise ValueError("data: expected a finite loss at the first step, got none")
    values, smooth, mean = np.array(history.loss[:steps]), [], 0.0
    for t, value in enumerate(values, 1):
        mean = 0.9 * mean + 0.1 * value
        smooth.append(mean / (1 - 0.9**t))  # as Adam corrects its means
    high_up = np.flatnonzero(values > 4 * np.minimum.accumulate(values))
    end = high_up[0] + 1 if len(high_up) else len(values)
    return Sweep(np.array(history.lr[:end]), values[:end], np.array(smooth[:end]))


class _Climb:
    """A schedule that goes through a list of rates."""

    def __init__(self, optimizer: Any, rates: np.ndarray):
        self.optimizer, self.rates = optimizer, iter(rates.tolist())
        self.step()

    def step(self) -> None:
        rate = next(self.rates, None)
        for group in self.optimizer.param_groups:
            group["lr"] = group["lr"] if rate is None else rate


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


def _input(model: Any, x: np.ndarray) -> Any:
    """Whole numbers for a model with an Embedding, floats for any other."""
    if x.dtype.kind in "iu" and any(type(m).__name__ == "Embedding" for m in model.modules()):
        return _backend.of(model).tensor(x.astype(np.int64))
    return _backend.of(model).tensor(x, dtype=_dtype(model))


def _tensors(model: Any, name: str, data: Any) -> tuple[Any, Any]:
    if not (isinstance(data, tuple | list) and len(data) == 2):
        raise TypeError(f"{name}: expected a pair (inputs, targets), got {type(data).__name__}")
    x, y = _array(f"{name}[0]", data[0]), _array(f"{name}[1]", data[1])
    if len(x) != len(y):
        raise ValueError(f"{name}: expected one target for each input, got {len(x)} inputs and {len(y)} targets")
    whole, tensor = y.dtype.kind in "iu", _backend.of(model).tensor
    return _input(model, x), tensor(y.astype(np.int64)) if whole else tensor(y, dtype=_dtype(model))


def _dtype(model: Any) -> Any:
    return next(iter(model.parameters())).dtype


def _check_labels(model: Any, x: Any, y: Any, loss: Callable | None) -> None:
    """Every label before the first step, not the batch it sits in after a hundred."""
    if _labels(y) and loss in (None, _backend.of(model).cross_entropy):
        classes = predict(model, np.asarray(x[:1])).shape[-1]
        _validate.label_range(int(np.asarray(y).min()), int(np.asarray(y).max()), classes)


def _labels(y: Any) -> bool:
    return "int" in str(y.dtype)


def _default_loss(model: Any, y: Any) -> Callable:
    backend = _backend.of(model)
    if not _labels(y):
        return backend.mse_loss
    if y.ndim == 1:
        return backend.cross_entropy
    return lambda scores, labels: backend.cross_entropy(scores.flatten(0, -2), labels.flatten())
