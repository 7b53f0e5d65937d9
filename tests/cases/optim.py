"""Optimisers, schedules, clipping and averages."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.core import descend, raised
from tests.cases.table import bad, case, rng

for _make in [lambda d, p: d.RMSprop(p), lambda d, p: d.RMSprop(p, 0.05, 0.9, 1e-3, 0.1, 0.5, True)]:
    case("RMSprop", lambda d, x, make=_make: descend(d, x, make), (3,))
for _make in [lambda d, p: d.Adagrad(p), lambda d, p: d.Adagrad(p, 0.5, 0.1, 0.1, 0.2, 1e-3)]:
    case("Adagrad", lambda d, x, make=_make: descend(d, x, make), (3,))
for _make in [lambda d, p: d.ProximalL1(p), lambda d, p: d.ProximalL1(p, 0.05, l1=0.5)]:
    case("ProximalL1", lambda d, x, make=_make: descend(d, x, make), (3,))


def _clipped(d, x, clip):
    """What clipping gives, and the gradients after it."""
    a, b, idle = d.Parameter(x.detach()), d.Parameter(x.detach()[0]), d.Parameter(x.detach())
    ((a * a).sum() + 3 * b.sum()).backward()
    return clip([a, idle, b]), a.grad, b.grad, idle.grad


for _most in [0, 0.5, 1e4]:
    for _p in [2.0, 1, 3.5, np.inf]:
        case("clip_grad_norm_", lambda d, x, m=_most, p=_p: _clipped(d, x, lambda w: d.clip_grad_norm_(w, m, p)), (3, 2), stepped=False)
    case("clip_grad_value_", lambda d, x, m=_most: _clipped(d, x, lambda w: d.clip_grad_value_(parameters=w, clip_value=m)), (3, 2), stepped=False)
case("clip_grad_norm_", lambda d, x: _clipped(d, x, lambda w: d.clip_grad_norm_(w[0], max_norm=0.1)), (3, 2), stepped=False)
case("clip_grad_norm_", lambda d, x: d.clip_grad_norm_([d.Parameter(x.detach())], 1.0), (3, 2))


def _sgd(d, params):
    return d.SGD(params, lr=0.05)


case("ExponentialLR", lambda d, x: descend(d, x, _sgd, lambda d, o: d.ExponentialLR(o, 0.9)), (3,))
case("LambdaLR", lambda d, x: descend(d, x, _sgd, lambda d, o: d.LambdaLR(o, lambda t: 1 / (1 + t))), (3,))
for _mult in [1, 2, 3]:
    case("CosineAnnealingWarmRestarts", lambda d, x, m=_mult: descend(d, x, _sgd, lambda d, o: d.CosineAnnealingWarmRestarts(o, 5, m, 0.001)), (3,))


def _plateau(d, measures, **options):
    optimizer = d.SGD([{"params": [d.Parameter(d.ones(1))]}, {"params": [d.Parameter(d.ones(1))], "lr": 0.3}], lr=1.0)
    schedule, rates = d.ReduceLROnPlateau(optimizer, **options), []
    for measure in measures:
        schedule.step(measure)
        rates.append([g["lr"] for g in optimizer.param_groups])
    return rates


_FALL = [1.0, 0.9, 0.90001, 0.89995, 0.9, 0.5, 0.5, 0.5, 0.6, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, -0.1, -0.1, -0.2, -0.2, -0.2]
for _options in [{}, {"patience": 1}, {"patience": 0, "factor": 0.5, "min_lr": 0.2}, {"patience": 1, "cooldown": 2}, {"mode": "max", "patience": 2},
                 {"threshold": 0.2, "threshold_mode": "abs", "patience": 1}, {"threshold": 0.2, "patience": 1}, {"patience": 0, "eps": 0.1}]:  # fmt: skip
    case("ReduceLROnPlateau", lambda d, o=_options: (_plateau(d, _FALL, **o), _plateau(d, [-m for m in _FALL], **o)))


def _averaged(d, x, **options):
    """The average of four models along a path, and what it gives."""
    model = d.Sequential(d.Linear(2, 3, dtype=x.dtype, generator=rng()), d.BatchNorm1d(3, dtype=x.dtype))
    if "decay" in options:
        options["avg_fn"] = d.get_ema_avg_fn(options.pop("decay"))
    average = d.AveragedModel(model, **options)
    for _ in range(4):
        with d.no_grad():
            model(x)
            for p in model.parameters():
                p *= 1.5
        average.update_parameters(model)
    state = {name: value * 1 for name, value in average.state_dict().items()}
    d.update_bn([x.detach(), (x.detach() * 3 + 1, None)], average)
    return state, average.state_dict(), average.eval()(x), average.training, [m.momentum for m in average.modules() if isinstance(m, d.BatchNorm1d)]


case("AveragedModel update_bn", lambda d, x: _averaged(d, x), (5, 2), stepped=False)
case("AveragedModel update_bn", lambda d, x: _averaged(d, x, use_buffers=True), (5, 2), stepped=False)
case("AveragedModel get_ema_avg_fn", lambda d, x: _averaged(d, x, decay=0.7), (5, 2), stepped=False)
case("get_ema_avg_fn", lambda d, x: (d.get_ema_avg_fn()(x, x * 2, 1), d.get_ema_avg_fn(0.5)(x, x * 2, 1), raised(lambda: d.get_ema_avg_fn(1.5))), (2,))

bad("ProximalL1: l1", lambda d: d.ProximalL1([d.Parameter(d.ones(1))], 0.1, -1))
bad("ProximalL1: lr", lambda d: d.ProximalL1([d.Parameter(d.ones(1))], float("nan")))
