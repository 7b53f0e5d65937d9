"""The training loop, written once for both back ends.

`fit` is the notes' algorithm 2 with what practice adds: passes over the shuffled data instead of
independent samples, a validation set, a schedule, a halt when the loss stops being a number, a stop when
nothing is gained any more, and checkpoints from which an interrupted run goes on as if it never had been.
Data go in as NumPy arrays; the model decides which back end runs, and where.  Sources: chapters *Optimisation*
and *Regularisation*; Prechelt, *Early stopping, but when?*, 1998.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm
from tqdm.auto import tqdm as notebook_tqdm

from dlnotes import _backend, _modes, _validate, weights

__all__ = [
    "fit", "evaluate", "predict", "ensemble", "find_lr",
    "History", "Evaluation", "Sweep", "DivergedError",
]  # fmt: skip

_quiet = np.errstate(over="ignore", invalid="ignore")  # a loss that is no number is reported, or raises, at its place


class Evaluation(NamedTuple):
    """Mean loss, and the share of right answers (None where the targets are no class labels)."""

    loss: float
    accuracy: float | None


@dataclass(repr=False)
class History:
    """What `fit` saw: `loss` and `lr` of every step; after every epoch `training`, `validation` and `notes`.

    training: mean loss and accuracy over the epoch's batches, each before its step: of a model that is still
    learning, with dropout, on augmented data.  So it is no `evaluate` of the training set.
    notes: what the callback returned.  epochs: how many are done.
    """

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    training: list[Evaluation] = field(default_factory=list)
    validation: list[Evaluation] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    epochs: int = 0

    @property
    def best(self) -> int | None:
        """The place in `validation` of the lowest loss, the first of equals; None where there is none."""
        losses = [v.loss if np.isfinite(v.loss) else np.inf for v in self.validation]
        return int(np.argmin(losses)) if losses else None

    def waited(self, min_gain: float = 0.0) -> int:
        """Validations since the last one that was lower than each before it that counted, by more than `min_gain`."""
        lowest, place = np.inf, 0
        for i, (loss, _) in enumerate(self.validation):
            if loss < lowest - min_gain:
                lowest, place = loss, i
        return len(self.validation) - 1 - place

    def __repr__(self) -> str:
        return f"History of {len(self.loss)} steps and {len(self.validation)} validations"


class DivergedError(FloatingPointError):
    """The loss became nan or infinite.  `step` (from 1), and the `history` up to the step before."""

    def __init__(self, message: str, step: int, history: History):
        super().__init__(message)
        self.step, self.history = step, history


@_quiet
def fit(
    model: Any,
    data: tuple[Any, Any],
    optimizer: Any,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    interval: int | None = None,
    batch_size: int = 64,
    drop_last: bool = False,
    generator: np.random.Generator,
    loss: Callable | None = None,
    ignore_index: int = -100,
    validation: tuple[Any, Any] | None = None,
    scheduler: Any = None,
    augment: Callable | None = None,
    clip: float | None = None,
    amp: bool = False,
    patience: int | None = None,
    min_gain: float = 0.0,
    callback: Callable | None = None,
    checkpoint: str | Path | None = None,
    every: int = 1,
    resume: bool = False,
    progress: bool | None = None,
) -> History:
    """Train `model` in place by mini-batch descent and return what happened.

    data, validation: pairs (inputs, targets) of arrays with one example per row.  Inputs become floats of the
    model's dtype on its device; only a model with an Embedding gets whole numbers as they are.
    epochs or steps: how long; one of the two.
    interval: the steps from one validation to the next, by default an epoch.  Where the text below says epoch,
    it is one such interval.
    drop_last: leave out the last batch of an epoch where it is smaller than the others.
    generator: shuffles the examples before every epoch.  Nothing else draws from it: `augment`, and layers of the
    model that hold it, get a stream of their own meanwhile, so that dropout does not change the batches.
    loss: a function (prediction, target) -> mean loss; by default cross_entropy for whole-number
    targets (classes along the last axis of the prediction), mse_loss for others.
    ignore_index: a label that does not count, as that of padding.
    scheduler: stepped after every batch; ReduceLROnPlateau after every epoch, with the validation loss.
    augment: a function (inputs, targets, generator) -> (inputs, targets) of arrays, applied to every batch; it
    may turn labels (N,) into probabilities (N, C).
    clip: the largest norm of the gradient; a longer one is scaled down to it.
    amp: compute in bfloat16 what bears it, which is faster on a GPU that has it (PyTorch only).
    patience: stop early, after so many epochs in a row without a validation loss that is lower by more than
    `min_gain`; and in any case, at the end, give the model the weights of the epoch with the lowest.
    callback: a function (model, history) called after every epoch; what it returns is kept in history.notes.
    checkpoint: a file to save the whole state of training to, after every `every` epochs and at the end:
    weights, optimizer, scheduler, history, and how far `generator` and generators inside the model have drawn.
    resume: go on from `checkpoint` if that file is there.  The result is, bit for bit, that of a run that was
    never interrupted, if the other arguments are the same.
    progress: show a bar; by default only on a terminal.

    Modules that were put into `eval()` one by one stay frozen so; if the model as a whole was, all of it trains.
    Afterwards each is in the mode that it was in before.

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
    _check_options(
        epochs=epochs, steps=steps, interval=interval, batch_size=batch_size, generator=generator,
        validation=validation, clip=clip, patience=patience, min_gain=min_gain, checkpoint=checkpoint, every=every,
        resume=resume,
    )  # fmt: skip
    backend, tensor = _backend.of(model), _backend.maker(model)
    precision = _backend.half(model) if amp else contextlib.nullcontext()
    plateau = isinstance(scheduler, backend.ReduceLROnPlateau)
    _check_plateau(plateau, scheduler, validation)
    for name, pair in (("data", data), ("validation", validation)):
        if pair is not None:
            _check_labels(model, *_arrays(model, name, pair), loss, ignore_index)
    x, y = _arrays(model, "data", data)
    in_epoch = _check_batches(model, x, batch_size, drop_last)
    total = steps or (epochs or 0) * in_epoch
    interval = interval or in_epoch
    loss = loss or _default_loss(model, y, ignore_index)

    with _apart(model, generator) as noise, _modes.kept(model):
        if not model.training:
            model.train()
        run = _Run(model, optimizer, scheduler, [generator, noise])
        if checkpoint is not None and resume and Path(checkpoint).exists():
            run.load(checkpoint)
        if checkpoint is not None:
            run.check(checkpoint)
        history, finite, tally = run.history, run.weights(), _Tally(ignore_index)

        def over() -> bool:
            gained = patience is None or not history.validation or history.waited(min_gain) < patience
            return len(history.loss) >= total or not gained

        show, hidden = notebook_tqdm if progress else tqdm, None if progress is None else not progress
        with show(total=total, initial=len(history.loss), disable=hidden) as bar:
            while not over():
                if run.place == 0:
                    run.order = generator.permutation(len(x))
                batch = run.order[run.place * batch_size :][:batch_size]
                inputs, targets = x[batch], y[batch]
                if augment is not None:
                    inputs, targets = _arrays(model, "augment", augment(inputs, targets, noise))
                with precision:
                    scores = model(tensor(inputs))
                    cost = loss(scores, tensor(targets))
                value, rate = cost.item(), optimizer.param_groups[0]["lr"]
                if not np.isfinite(value):
                    run.put(finite)
                    raise _diverged(value, rate, history)
                finite = run.weights()
                optimizer.zero_grad()
                cost.backward()
                if clip is not None:
                    backend.clip_grad_norm_(model.parameters(), clip)
                optimizer.step()
                history.loss.append(value)
                history.lr.append(float(rate))
                tally.add(value, scores, targets)
                if scheduler is not None and not plateau:
                    scheduler.step()
                bar.update()
                run.place = (run.place + 1) % in_epoch
                history.epochs += run.place == 0
                if len(history.loss) % interval and len(history.loss) < total:
                    continue

                history.training.append(tally.end())
                if validation is not None:
                    history.validation.append(evaluate(model, validation, loss=loss, ignore_index=ignore_index))
                    bar.set_postfix(validation_loss=f"{history.validation[-1].loss:.4f}")
                    if patience is not None and history.best == len(history.validation) - 1:
                        run.best = run.weights()
                if plateau:
                    scheduler.step(history.validation[-1].loss)
                if callback is not None:
                    history.notes.append(callback(model, history))
                if checkpoint is not None and (len(history.training) % every == 0 or over()):
                    run.save(checkpoint)
        if patience is not None:
            run.put(run.best)
    return history


@contextlib.contextmanager
def _apart(model: Any, generator: np.random.Generator) -> Iterator[np.random.Generator]:
    """A stream beside `generator`; layers of the model that hold `generator` draw from it inside this block."""
    noise = generator.spawn(1)[0]
    holders = [(m, name) for m in model.modules() for name, value in vars(m).items() if value is generator]
    try:
        for module, name in holders:
            setattr(module, name, noise)
        yield noise
    finally:
        for module, name in holders:
            setattr(module, name, generator)


def _diverged(value: float, rate: float, history: History) -> DivergedError:
    step = len(history.loss) + 1
    state = "holds the last weights with a finite loss" if step > 1 else "is as it was given"
    where = f"step {step} (epoch {history.epochs + 1}, learning rate {rate:g})"
    return DivergedError(f"the loss became {value} at {where}; the model {state}", step, history)


def _check_options(
    *, epochs: Any, steps: Any, interval: Any, batch_size: Any, generator: Any, validation: Any, clip: Any,
    patience: Any, min_gain: Any, checkpoint: Any, every: Any, resume: Any,
) -> None:  # fmt: skip
    if (epochs is None) == (steps is None):
        raise ValueError(f"epochs: expected either epochs or steps, got epochs={epochs} and steps={steps}")
    counts = dict(epochs=epochs, steps=steps, interval=interval, patience=patience)
    for name, value in (dict(batch_size=batch_size, every=every) | counts).items():
        if value is not None or name not in counts:
            _validate.size(name, value)
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"generator: expected a numpy.random.Generator, got {type(generator).__name__}")
    if clip is not None:
        _validate.at_least("clip", clip, 0)
    _validate.at_least("min_gain", min_gain, 0)
    if patience is not None and validation is None:
        raise ValueError("patience: expected validation data to judge progress by, got none")
    if min_gain and patience is None:
        raise ValueError("min_gain: expected patience, whose measure it is, got none")
    if resume and checkpoint is None:
        raise ValueError("resume: expected a checkpoint to go on from, got none")


def _check_plateau(plateau: bool, scheduler: Any, validation: Any) -> None:
    if plateau and validation is None:
        raise ValueError("scheduler: ReduceLROnPlateau expected validation data, whose loss it follows, got none")
    if plateau and scheduler.mode != "min":
        raise ValueError(f"scheduler: expected mode 'min', for a loss, got {scheduler.mode!r}")


def _check_batches(model: Any, x: np.ndarray, batch_size: int, drop_last: bool) -> int:
    """How many batches an epoch has; ValueError where there is none, or the model cannot learn from the last."""
    n, rest = len(x), len(x) % batch_size
    if drop_last:
        if n < batch_size:
            raise ValueError(f"drop_last: expected at least one batch of {batch_size}, got {n} examples")
        return n // batch_size
    if (rest or batch_size) == 1:
        try:
            one = copy.deepcopy(model)
            one(_backend.maker(model)(x[:1]))
        except ValueError as error:
            leave = f"{n} examples in batches of {batch_size} leave a batch of one, from which this model cannot learn"
            raise ValueError(f"batch_size: {leave} ({error}); take another, or drop_last=True") from error
    return n // batch_size + (rest > 0)


class _Tally:
    """Mean loss and accuracy over the batches since the last `end`."""

    def __init__(self, ignore_index: int):
        self.ignore_index, self.batches = ignore_index, []  # type: ignore[var-annotated]

    def add(self, value: float, scores: Any, targets: np.ndarray) -> None:
        self.batches.append((len(targets), value, *_right(scores, targets, self.ignore_index)))

    def end(self) -> Evaluation:
        sizes, values, right, counted = np.array(self.batches).T
        self.batches.clear()
        accuracy = right.sum() / counted.sum() if counted.all() else None
        return Evaluation(float(np.average(values, weights=sizes)), None if accuracy is None else float(accuracy))


def _right(scores: Any, targets: np.ndarray, ignore_index: int) -> tuple[int, int]:
    """How many answers are right, and of how many; 0 of 0 where targets are no labels of such scores."""
    if not _labels(targets) or tuple(getattr(scores, "shape", ()))[:-1] != targets.shape:
        return 0, 0
    counts = targets != ignore_index
    return int((_backend.array(scores.argmax(-1)) == targets)[counts].sum()), int(counts.sum())


class _Run:
    """All that changes while `fit` runs, and so all that a checkpoint keeps."""

    def __init__(self, model: Any, optimizer: Any, scheduler: Any, generators: list[np.random.Generator]):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.backend, self.history = _backend.of(model), History()
        self.values = [*model.parameters(), *model.buffers()]
        self.best: list | None = None
        self.order, self.place = None, 0  # type: Any, int  # of the examples in this epoch; of the next batch in it
        inside = (g for m in model.modules() for g in vars(m).values() if isinstance(g, np.random.Generator))
        self.generators = list({id(g): g for g in (*generators, *inside)}.values())

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

    def state(self) -> dict[str, Any]:
        return {
            "parts": self._parts(),
            "model": dict(self.model.state_dict()),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "generators": [g.bit_generator.state for g in self.generators],
            "order": self.order if self.place else None,
            "place": self.place,
            **vars(self.history),
            "loss": np.array(self.history.loss),
            "lr": np.array(self.history.lr),
        }

    def check(self, path: str | Path) -> None:
        """What could keep a state from being saved is said before the first step, not after the first epoch."""
        if not Path(path).parent.is_dir():
            raise FileNotFoundError(f"checkpoint: expected a file in a folder that is there, got {path}")
        weights.pack(self.state())

    def save(self, path: str | Path) -> None:
        """Write the state down, in one file."""
        weights.save_tree(self.state(), path)

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
        self.best, self.place = state["best"], state["place"]
        self.order = None if state["order"] is None else np.asarray(state["order"])
        for g, drawn in zip(self.generators, state["generators"]):
            g.bit_generator.state = drawn
        training, validation = ([Evaluation(*v) for v in state[name]] for name in ("training", "validation"))
        steps = state["loss"].tolist(), state["lr"].tolist()
        self.history = History(*steps, training, validation, state["notes"], state["epochs"])


@_quiet
def evaluate(
    model: Any,
    data: tuple[Any, Any],
    *,
    loss: Callable | None = None,
    ignore_index: int = -100,
    batch_size: int = 1024,
) -> Evaluation:
    """Mean loss and accuracy of `model` on a pair (inputs, targets), in evaluation mode, recording nothing.

    model: or a list of models, which answer together, as in `ensemble`.
    ignore_index: a label that does not count, as that of padding.
    """
    if isinstance(model, list | tuple):
        probabilities = ensemble(model, data[0], batch_size=batch_size)
        scores = np.log(np.maximum(probabilities, np.finfo(probabilities.dtype).tiny))
        model = model[0]
    else:
        scores = predict(model, data[0], batch_size=batch_size)
    _, y = _arrays(model, "data", data)
    tensor = _backend.maker(model)
    value = (loss or _default_loss(model, y, ignore_index))(tensor(scores), tensor(y)).item()
    right, counted = _right(scores, y, ignore_index)
    return Evaluation(value, right / counted if counted else None)


@_quiet
def predict(model: Any, inputs: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The outputs of `model` for an array of inputs, as an array, in evaluation mode, recording nothing."""
    _validate.size("batch_size", batch_size)
    tensor, x = _backend.maker(model), _input(model, _array("inputs", inputs))
    with _backend.answering(model):
        parts = [_backend.array(model(tensor(x[i : i + batch_size]))) for i in range(0, len(x), batch_size)]
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
        scores = predict(model, inputs, batch_size=batch_size)
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        members.append(odds / odds.sum(-1, keepdims=True))
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
    drop_last: bool = False,
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
    try:
        history = fit(
            model, data, optimizer, steps=steps, batch_size=batch_size, drop_last=drop_last, generator=generator,
            loss=loss, scheduler=climb, progress=False,
        )  # fmt: skip
    except DivergedError as error:
        history = error.history
    if not history.loss:
        raise ValueError("data: expected a finite loss at the first step, got none")
    values, smooth, mean = np.array(history.loss), [], 0.0
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
    array = _backend.array(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected numbers, got dtype {array.dtype}")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name}: expected at least one example, got shape {array.shape}")
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"{name}: expected finite numbers, got {array[row]} in row {row}")
    return array


def _input(model: Any, x: np.ndarray) -> np.ndarray:
    """Whole numbers for a model with an Embedding, floats for any other."""
    if x.dtype.kind in "iu" and any(type(m).__name__ == "Embedding" for m in model.modules()):
        return x.astype(np.int64, copy=False)
    return _floats(model, x)


def _floats(model: Any, x: np.ndarray) -> np.ndarray:
    """In float64 where the parameters are, or where there are none and x is; else in float32."""
    dtype = next((p.dtype for p in model.parameters()), x.dtype.name)
    return x.astype(np.float64 if _wide(dtype) else np.float32, copy=False)


@cache  # a dtype is slow to spell out, and every batch asks
def _wide(dtype: Any) -> bool:
    """Whether it is float64: of NumPy, of PyTorch, or a name."""
    return "float64" in str(dtype)


def _arrays(model: Any, name: str, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets that go together, in the dtypes that `model` takes."""
    if not (isinstance(data, tuple | list) and len(data) == 2):
        raise TypeError(f"{name}: expected a pair (inputs, targets), got {type(data).__name__}")
    x, y = _array(f"{name}[0]", data[0]), _array(f"{name}[1]", data[1])
    if len(x) != len(y):
        raise ValueError(f"{name}: expected one target for each input, got {len(x)} inputs and {len(y)} targets")
    return _input(model, x), y.astype(np.int64, copy=False) if y.dtype.kind in "iu" else _floats(model, y)


def _check_labels(model: Any, x: np.ndarray, y: np.ndarray, loss: Callable | None, ignore_index: int) -> None:
    """Every label before the first step, not the batch it sits in after a hundred."""
    if _labels(y) and loss in (None, _backend.of(model).cross_entropy):
        classes = predict(model, x[:1]).shape[-1]
        kept = y[y != ignore_index]
        if kept.size == 0:
            raise ValueError(f"target: expected a label that is not ignore_index, {ignore_index}, got that alone")
        _validate.label_range(int(kept.min()), int(kept.max()), classes)


def _labels(y: np.ndarray) -> bool:
    return y.dtype.kind == "i"


def _default_loss(model: Any, y: np.ndarray, ignore_index: int) -> Callable:
    backend = _backend.of(model)
    if not _labels(y):
        return backend.mse_loss
    loss = partial(backend.cross_entropy, ignore_index=ignore_index)
    return loss if y.ndim == 1 else lambda scores, labels: loss(scores.flatten(0, -2), labels.flatten())
