"""Optimisers and learning-rate schedules.

An optimiser holds the parameters; `step` moves each one against its gradient.  A schedule holds the
optimiser; its `step` sets the learning rate of the next round.  Arguments, defaults and arithmetic are
PyTorch's.  Source: chapter *Optimisation*.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dlnotes import _validate
from dlnotes.numpy.tensor import Tensor

__all__ = [
    "Optimizer", "SGD", "Adam", "AdamW",
    "LRScheduler", "StepLR", "CosineAnnealingLR", "LinearLR", "SequentialLR",
]  # fmt: skip


class Optimizer:
    """The base: which parameters there are (`param_groups`), and what is remembered of each (`state`).

    params: Tensors, or dicts {"params": Tensors, option: value} where groups have options of their own.
    Subclasses write `update`, which returns the new values of one parameter.
    Raises ValueError where there is no parameter, one comes twice or an option is unknown, TypeError where one
    is no Tensor with a gradient of its own.
    """

    def __init__(self, params: Iterable, defaults: dict[str, Any]):
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.param_groups = [{**defaults, **g, "params": list(g["params"])} for g in groups]
        self.state: dict[Tensor, dict[str, Any]] = {}
        everything = [p for g in self.param_groups for p in g["params"]]
        if not everything:
            raise ValueError("params: expected at least one parameter, got none")
        for p in everything:
            if not (isinstance(p, Tensor) and p.requires_grad and p.is_leaf):
                raise TypeError(f"params: expected leaf Tensors that require a gradient, got {p!r}")
        if len(set(map(id, everything))) < len(everything):
            raise ValueError("params: expected each parameter once, got one twice")
        for option in {o for g in self.param_groups for o in g} - {"params", *defaults}:
            raise ValueError(f"params: expected the options {', '.join(defaults)}, got {option}")

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
                    state = self.state.setdefault(p, {})
                    p._put(np.asarray(self.update(p.data, p.grad.data, state, **group), p.dtype))

    def update(self, p: np.ndarray, g: np.ndarray, state: dict, **options: Any) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no update")


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

    def update(self, p, g, state, *, lr, momentum, dampening, weight_decay, nesterov, **_):  # type: ignore[override]
        if weight_decay:
            g = g + weight_decay * p
        if momentum:
            if "v" not in state:
                state["v"] = g.copy()
            else:
                state["v"] *= momentum
                state["v"] += (1 - dampening) * g
            g = g + momentum * state["v"] if nesterov else state["v"]
        return p - lr * g


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba 2015).

    m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
    p = p - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
    weight_decay is added to the gradient, and so is scaled with it: see AdamW.
    """

    decoupled = False

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
    ):
        _validate.at_least("lr", lr, 0)
        _validate.at_least("eps", eps, 0)
        _validate.at_least("weight_decay", weight_decay, 0)
        if np.shape(betas) != (2,) or not all(0 <= b < 1 for b in betas):
            raise ValueError(f"betas: expected two numbers in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def update(self, p, g, state, *, lr, betas, eps, weight_decay, **_):  # type: ignore[override]
        if weight_decay and self.decoupled:
            p = p - lr * weight_decay * p
        elif weight_decay:
            g = g + weight_decay * p
        if not state:
            state.update(t=0, m=np.zeros_like(p), v=np.zeros_like(p))
        state["t"] += 1
        (b1, b2), m, v, t = betas, state["m"], state["v"], state["t"]
        m += (1 - b1) * (g - m)
        v *= b2
        v += (1 - b2) * g * g
        return p - (lr / (1 - b1**t)) * m / (np.sqrt(v) / math.sqrt(1 - b2**t) + eps)


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
    ):
        super().__init__(params, lr, betas, eps, weight_decay)


class LRScheduler:
    """The base: after `step` number t, every group's learning rate is `rate(its first rate, t)`."""

    def __init__(self, optimizer: Optimizer):
        self.optimizer = optimizer
        self.last_epoch = -1
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.step()

    def rate(self, base: float, t: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} has no rate")

    def step(self) -> None:
        """Go on to the next round."""
        self.last_epoch += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(group["initial_lr"], self.last_epoch)

    def get_last_lr(self) -> list[float]:
        """The learning rate in force, one for each group."""
        return [group["lr"] for group in self.optimizer.param_groups]


class StepLR(LRScheduler):
    """Times `gamma` every `step_size` rounds."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1):
        _validate.size("step_size", step_size)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return base * self.gamma ** (t // self.step_size)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine, from the first rate down to `eta_min` in `T_max` rounds (Loshchilov and Hutter 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0):
        _validate.size("T_max", T_max)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, base: float, t: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2


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
