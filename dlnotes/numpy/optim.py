"""Optimisers and learning-rate schedules.

An optimiser holds the parameters; `step` moves each one against its gradient.  A schedule holds the
optimiser; its `step` sets the learning rate of the next round.  Both can be saved by `state_dict` and go on
from there, bit for bit.  Beside them stands what is done to gradients before a step (clipping) and to
weights after it (averages).  Arguments, defaults and arithmetic are PyTorch's.  Source: chapter *Optimisation*.
"""

from __future__ import annotations

import copy
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from dlnotes import _modes, _validate
from dlnotes._validate import optim as _check
from dlnotes.numpy.nn import Buffer, Module
from dlnotes.numpy.norm import BatchNorm2d
from dlnotes.numpy.tensor import Tensor, no_grad, tensor

__all__ = [
    "Optimizer", "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "ProximalL1", "clip_grad_norm_", "clip_grad_value_",
    "LRScheduler", "StepLR", "ExponentialLR", "LambdaLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts",
    "LinearLR", "SequentialLR", "ReduceLROnPlateau", "AveragedModel", "get_ema_avg_fn", "update_bn",
]  # fmt: skip


class Optimizer:
    """The base: which parameters there are (`param_groups`), and what is remembered of each (`state`).

    params: Tensors, or dicts {"params": Tensors, option: value} where groups have options of their own.
    Subclasses write `update`, which returns the new values of one parameter, and `memory`, if they have any.
    Raises ValueError where there is no parameter, one comes twice or an option is unknown, TypeError where one
    is no Tensor with a gradient of its own.
    """

    def __init__(self, params: Iterable, defaults: dict[str, Any]):
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        given = list(params)
        for group in given if given and isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)
        if not self._numbered():
            raise ValueError("params: expected at least one parameter, got none")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take parameters in later, {"params": Tensors, option: value}; what is not said is as it was at first.

        A schedule takes the group's rate for its first one, and goes on from the round it is in.
        Raises as the optimiser itself does; then nothing changes.
        """
        given = param_group["params"]
        params = [given] if isinstance(given, Tensor) else list(given)
        for p in params:
            if not (isinstance(p, Tensor) and p.requires_grad and p.is_leaf):
                raise TypeError(f"params: expected leaf Tensors that require a gradient, got {p!r}")
        everything = self._numbered() + params
        if len(set(map(id, everything))) < len(everything):
            raise ValueError("params: expected each parameter once, got one twice")
        for option in param_group.keys() - {"params", *self.defaults}:
            raise ValueError(f"params: expected the options {', '.join(self.defaults)}, got {option}")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def zero_grad(self) -> None:
        """Forget the gradients of the last step; they would add up otherwise."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if p not in self.state:
                        self.state[p] = self.memory(p.data, **group)
                    state = self.state[p]
                    p._put(np.asarray(self.update(p.data, p.grad.data, state, **group), p.dtype))

    def memory(self, p: np.ndarray, **options: Any) -> dict[str, Any]:
        """What is to be remembered of one parameter, as it is before the first step: none here."""
        return {}

    def update(self, p: np.ndarray, g: np.ndarray, state: dict, **options: Any) -> np.ndarray:
        """The new values of a parameter `p` with the gradient `g`; `state`, its memory, changes in place."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def _numbered(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def state_dict(self) -> dict[str, Any]:
        """All that `step` remembers and the options of each group, with parameters by number: a copy."""
        numbers = {p: i for i, p in enumerate(self._numbered())}
        return {
            "state": {numbers[p]: copy.deepcopy(state) for p, state in self.state.items()},
            "param_groups": [{**g, "params": [numbers[p] for p in g["params"]]} for g in self.param_groups],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave, here or in PyTorch.

        Raises ValueError where that was of other parameters or another optimiser; then nothing changes.
        """
        _check.saved(state_dict, self.defaults, [len(g["params"]) for g in self.param_groups])
        state, parameters = {}, iter(self._numbered())
        for group in state_dict["param_groups"]:
            for i, p in zip(group["params"], parameters):
                if i in state_dict["state"]:
                    start, found = self.memory(p.data, **group), state_dict["state"][i]
                    _check.memory(i, p.shape, start, found)
                    state[p] = {name: _like(first, found[name], p) for name, first in start.items()}
        self.state = state
        for group, saved in zip(self.param_groups, state_dict["param_groups"]):
            group.update({option: value for option, value in saved.items() if option != "params"})


def _like(start: Any, value: Any, p: Tensor) -> Any:
    """A saved value as `step` wants it: an array of the parameter's dtype where it began as one, else a number."""
    if value is None or isinstance(start, int):
        return value if value is None else int(value)
    return np.asarray(value).astype(p.dtype)  # a copy


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum or Nesterov's momentum if asked.

    g = gradient + weight_decay * p;  v = momentum * v + g  (v = g at the first step);
    p = p - lr * v, or with Nesterov p - lr * (g + momentum * v).
    Sources: Robbins and Monro 1951; Polyak 1964; Nesterov 1983; Sutskever et al. 2013.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
    ):
        _validate.at_least("lr", lr, 0)
        _validate.at_least("momentum", momentum, 0)
        _validate.at_least("weight_decay", weight_decay, 0)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError("nesterov: expected a momentum above 0 and no dampening")
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "dampening": dampening,
             "weight_decay": weight_decay, "nesterov": nesterov},
        )  # fmt: skip

    def memory(self, p: np.ndarray, **options: Any) -> dict[str, Any]:
        return {"momentum_buffer": None}

    def update(self, p, g, state, *, lr, momentum, dampening, weight_decay, nesterov, **_):  # type: ignore[override]
        if weight_decay:
            g = g + weight_decay * p
        if momentum:
            v = state["momentum_buffer"]
            if v is None:
                state["momentum_buffer"] = v = np.array(g)  # an array also where g is of no axes, and so a number
            else:
                v *= momentum
                v += (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        step = np.asarray(-lr * g, p.dtype)
        step += p  # into memory that is at hand
        return step


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba 2015).

    m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
    p = p - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
    weight_decay is added to the gradient, and so is scaled with it: see AdamW.
    amsgrad: the largest v so far stands for v, so that no step grows again (Reddi, Kale and Kumar 2018).
    """

    decoupled = False

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
    ):
        _validate.at_least("lr", lr, 0)
        _validate.at_least("eps", eps, 0)
        _validate.at_least("weight_decay", weight_decay, 0)
        if np.shape(betas) != (2,) or not all(0 <= b < 1 for b in betas):
            raise ValueError(f"betas: expected two numbers in [0, 1), got {betas}")
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        )

    def memory(self, p: np.ndarray, **options: Any) -> dict[str, Any]:
        names = ["exp_avg", "exp_avg_sq", *["max_exp_avg_sq"] * options["amsgrad"]]
        return {"step": 0} | {name: np.zeros_like(p) for name in names}

    def update(self, p, g, state, *, lr, betas, eps, weight_decay, amsgrad, **_):  # type: ignore[override]
        if weight_decay and self.decoupled:
            p = (1 - lr * weight_decay) * p
        elif weight_decay:
            g = g + weight_decay * p
        state["step"] += 1
        (b1, b2), m, v, t = betas, state["exp_avg"], state["exp_avg_sq"], state["step"]
        work = np.empty_like(m)  # the one new array: every line works in it, and it ends as the new p
        np.subtract(g, m, out=work)
        work *= 1 - b1
        m += work
        np.multiply(g, g, out=work)
        work *= 1 - b2
        v *= b2
        v += work
        if amsgrad:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        root = math.sqrt(1 - b2**t)
        np.sqrt(v, out=work)
        work += eps * root  # sqrt(v / root^2) + eps, times root
        np.divide(m, work, out=work)
        work *= -lr * root / (1 - b1**t)
        work += p
        return work


class AdamW(Adam):
    """Adam whose weight decay acts on the weights, not through the gradient (Loshchilov and Hutter 2019)."""

    decoupled = True

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)


class Adagrad(Optimizer):
    """Steps scaled by the sum of all squared gradients so far: seldom used weights keep moving far.

    s = s + g^2;  p = p - lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps).  Source: Duchi, Hazan and Singer 2011.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
    ):
        options = dict(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
                       initial_accumulator_value=initial_accumulator_value, eps=eps)  # fmt: skip
        for name, value in options.items():
            _validate.at_least(name, value, 0)
        super().__init__(params, options)

    def memory(self, p: np.ndarray, **options: Any) -> dict[str, Any]:
        return {"step": 0, "sum": np.full_like(p, options["initial_accumulator_value"])}

    def update(self, p, g, state, *, lr, lr_decay, weight_decay, eps, **_):  # type: ignore[override]
        if weight_decay:
            g = g + weight_decay * p
        state["step"] += 1
        s = state["sum"]
        s += g * g
        return p - lr / (1 + (state["step"] - 1) * lr_decay) * g / (np.sqrt(s) + eps)


class RMSprop(Optimizer):
    """Steps scaled by a running mean of the squared gradient: Adagrad that forgets (Tieleman and Hinton 2012).

    s = alpha s + (1 - alpha) g^2;  d = g / (sqrt(s) + eps), summed with `momentum`;  p = p - lr * d.
    centered: the square of a running mean of g is taken off s first, which leaves the variance (Graves 2013).
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
    ):
        options = dict(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        for name, value in options.items():
            _validate.at_least(name, value, 0)
        super().__init__(params, {**options, "centered": centered})

    def memory(self, p: np.ndarray, **options: Any) -> dict[str, Any]:
        names = ["square_avg", *["grad_avg"] * options["centered"], *["momentum_buffer"] * (options["momentum"] > 0)]
        return {name: np.zeros_like(p) for name in names}

    def update(self, p, g, state, *, lr, alpha, eps, weight_decay, momentum, centered, **_):  # type: ignore[override]
        if weight_decay:
            g = g + weight_decay * p
        s = state["square_avg"]
        s *= alpha
        s += (1 - alpha) * g * g
        if centered:
            m = state["grad_avg"]
            m += (1 - alpha) * (g - m)
            s = np.maximum(s - m * m, 0)
        d = g / (np.sqrt(s) + eps)
        if momentum:
            v = state["momentum_buffer"]
            v *= momentum
            v += d
            d = v
        return p - lr * d


class ProximalL1(Optimizer):
    """Gradient descent on loss + l1 * sum |p| whose weights come to rest at 0 exactly.

    A gradient step on the loss alone, then the point that is best for l1 |p| and a quadratic fence round where the
    step went: each weight lr * l1 nearer to 0, and 0 where it would cross.  Plain descent on |p| jitters about 0
    for ever.  Sources: Tibshirani 1996; Daubechies, Defrise and De Mol 2004 (ISTA).
    """

    def __init__(self, params: Iterable, lr: float = 1e-3, l1: float = 1e-3):
        _validate.at_least("lr", lr, 0)
        _validate.at_least("l1", l1, 0)
        super().__init__(params, {"lr": lr, "l1": l1})

    def update(self, p, g, state, *, lr, l1, **_):  # type: ignore[override]
        p = p - lr * g
        return np.sign(p) * np.maximum(np.abs(p) - lr * l1, 0)


# ---------------------------------------------------------------------- gradients before a step
def _with_gradient(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p for p in parameters if p.grad is not None]


def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> Tensor:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`; give the norm before.

    norm_type: p of the p-norm, or infinity for the largest entry.  The direction stays: see `clip_grad_value_`.
    Source: Pascanu, Mikolov and Bengio 2013.
    """
    _validate.at_least("max_norm", max_norm, 0)
    _check.norm_type(norm_type)
    clipped = _with_gradient(parameters)
    if not clipped:
        return tensor(0.0)
    norms = [np.linalg.norm(p.grad.data.ravel(), norm_type) for p in clipped]  # type: ignore[union-attr]
    total = np.linalg.norm(np.array(norms), norm_type)
    factor = min(max_norm / (float(total) + 1e-6), 1.0)
    for p in clipped:
        p.grad.copy_(p.grad.data * factor)  # type: ignore[union-attr]
    return tensor(total)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Cut every entry of every gradient off at +-clip_value: this turns the direction, too."""
    _validate.at_least("clip_value", clip_value, 0)
    for p in _with_gradient(parameters):
        p.grad.copy_(np.clip(p.grad.data, -clip_value, clip_value))  # type: ignore[union-attr]


# ---------------------------------------------------------------------- learning rates
class LRScheduler:
    """The base: after `step` number t, every group's learning rate is `rate(its first rate, t)`."""

    def __init__(self, optimizer: Optimizer):
        self.optimizer = optimizer
        self.last_epoch = -1
        self.step()

    def rate(self, base: float, t: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} has no rate")

    def step(self) -> None:
        """Go on to the next round."""
        self.last_epoch += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(group.setdefault("initial_lr", group["lr"]), self.last_epoch)

    def get_last_lr(self) -> list[float]:
        """The learning rate in force, one for each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Its numbers.  The rates themselves are saved with the optimiser."""
        return {name: value for name, value in vars(self).items() if isinstance(value, (int, float))}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; ValueError where that was another schedule's."""
        _check.same_names(self.state_dict(), state_dict)
        vars(self).update(state_dict)


class StepLR(LRScheduler):
    """Times `gamma` every `step_size` rounds."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1):
        _validate.size("step_size", step_size)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return base * self.gamma ** (t // self.step_size)


class ExponentialLR(LRScheduler):
    """Times `gamma` every round."""

    def __init__(self, optimizer: Optimizer, gamma: float):
        _validate.at_least("gamma", gamma, 0)
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return base * self.gamma**t


class LambdaLR(LRScheduler):
    """Times `lr_lambda(t)` in round t, any function."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]):
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return base * self.lr_lambda(t)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine, from the first rate down to `eta_min` in `T_max` rounds (Loshchilov and Hutter 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0):
        _validate.size("T_max", T_max)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine down to `eta_min` in `T_0` rounds, then from the top again, each time `T_mult` times as long."""

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0):
        _validate.size("T_0", T_0)
        _validate.size("T_mult", T_mult)
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        length = self.T_0
        while t >= length:
            t, length = t - length, length * self.T_mult
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / length)) / 2


class LinearLR(LRScheduler):
    """A factor that runs straight from `start_factor` to `end_factor` in `total_iters` rounds: warm-up."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ):
        _validate.size("total_iters", total_iters)
        if not 0 < start_factor <= 1:
            raise ValueError(f"start_factor: expected a number in (0, 1], got {start_factor}")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"end_factor: expected a number in [0, 1], got {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        share = min(t, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * share)


class SequentialLR(LRScheduler):
    """One schedule after another: schedule i runs from milestone i - 1, which is its round 0."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]
    ):
        if len(milestones) != len(schedulers) - 1 or list(milestones) != sorted(set(milestones)):
            raise ValueError(
                f"milestones: expected {len(schedulers) - 1} rising rounds, got {list(milestones)}"
            )
        self.schedulers, self.starts = list(schedulers), [0, *milestones]
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        i = bisect_right(self.starts, t) - 1
        return self.schedulers[i].rate(base, t - self.starts[i])


class ReduceLROnPlateau(LRScheduler):
    """Times `factor`, once for more than `patience` rounds a measure has not become better; `step` takes the measure.

    mode: 'min' where less is better, or 'max'.  Better is by more than `threshold`, a share of the best so far
    ('rel') or an amount ('abs').  After a cut `cooldown` rounds do not count.  No rate falls below `min_lr`, nor
    is cut by less than `eps`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0,
        eps: float = 1e-8,
    ):
        _check.plateau(mode, factor, threshold_mode)
        self.optimizer, self.mode, self.threshold_mode = optimizer, mode, threshold_mode
        self.factor, self.patience, self.threshold, self.cooldown = factor, patience, threshold, cooldown
        self.min_lr, self.eps = min_lr, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: float) -> None:  # type: ignore[override]
        """Go on to the next round, after one that ended with the measure `metrics`."""
        self.last_epoch += 1
        value, sign = float(metrics), -1 if self.mode == "min" else 1
        margin = sign * self.threshold
        to_beat = self.best * (1 + margin) if self.threshold_mode == "rel" else self.best + margin
        if sign * value > sign * to_beat:
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
            for group in self.optimizer.param_groups:
                lower = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - lower > self.eps:
                    group["lr"] = lower


# ---------------------------------------------------------------------- averages of weights
class AveragedModel(Module):
    """A copy of `model` whose weights are the average of those that `model` had at each `update_parameters`.

    The plain average of the last part of a run lies in a wider, flatter minimum than its end: stochastic weight
    averaging (Izmailov et al. 2018).  avg_fn: (average, current, count) -> the new average, see `get_ema_avg_fn`.
    use_buffers: average the buffers too; otherwise they are those of `model`, and batch norm wants `update_bn`.
    """

    def __init__(self, model: Module, *, avg_fn: Callable | None = None, use_buffers: bool = False):
        self.n_averaged = Buffer(0)
        self.module = copy.deepcopy(model)
        self.avg_fn, self.use_buffers = avg_fn or _plain_average, use_buffers

    def forward(self, *inputs: Any) -> Any:
        return self.module(*inputs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the weights that `model` has now into the average; the first time, take them over."""
        averaged = [*zip(self.module.parameters(), model.parameters())]
        buffers = [*zip(self.module.buffers(), model.buffers())]
        for mean, now in averaged + buffers * self.use_buffers:
            first = self.n_averaged == 0
            mean.copy_(now if first else self.avg_fn(mean.detach(), now.detach(), self.n_averaged))
        for own, now in buffers * (not self.use_buffers):
            own.copy_(now)
        self.n_averaged.copy_(self.n_averaged + 1)


def _plain_average(average: Tensor, current: Tensor, count: Tensor) -> Tensor:
    return average + (current - average) / (count.item() + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The exponential moving average decay * average + (1 - decay) * current, for `AveragedModel`."""
    _check.decay(decay)
    return no_grad()(lambda average, current, count: decay * average + (1 - decay) * current)


@no_grad()
def update_bn(loader: Iterable, model: Module) -> None:
    """Take the running statistics of batch norm anew, as the plain average over the batches of `loader`.

    For averaged weights, which no statistics were ever taken with.  A batch is a Tensor of inputs, or a pair with
    inputs first.
    """
    layers = [(m, m.momentum) for m in model.modules() if isinstance(m, BatchNorm2d) and m.running_mean is not None]
    with _modes.kept(model):
        model.train()
        for layer, _ in layers:
            layer.momentum = None
            for buffer, start in zip(layer.buffers(), (0, 1, 0)):
                buffer.copy_(np.full(buffer.shape, start))
        for batch in loader:
            model(batch[0] if isinstance(batch, (tuple, list)) else batch)
    for layer, momentum in layers:
        layer.momentum = momentum
