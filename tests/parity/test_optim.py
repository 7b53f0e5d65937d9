"""Sixty steps beside PyTorch, in every combination of options."""

from itertools import product

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from tests.cases.core import descend

START = np.array([1.0, -2.0, 0.5])


def same_path(make, schedule=None):
    ours, theirs = (descend(d, d.tensor(START), make, schedule) for d in (dn, dt))
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("momentum", "dampening", "decay", "nesterov"),
                         [*product([0, 0.9], [0, 0.3], [0, 0.1], [False, True])])  # fmt: skip
def test_sgd(momentum, dampening, decay, nesterov):
    def make(d, params):
        return d.SGD(params, 0.05, momentum, dampening, decay, nesterov)

    if nesterov and (not momentum or dampening):
        for d in (dn, dt):
            with pytest.raises(ValueError, match="(?i)nesterov"):
                make(d, [d.Parameter(d.tensor(START))])
    else:
        same_path(make)


BETAS = [(0.9, 0.999), (0.0, 0.0), (0.5, 0.8)]


@pytest.mark.parametrize(("name", "betas", "eps", "decay"),
                         [*product(["Adam", "AdamW"], BETAS, [1e-8, 0.1], [0, 0.2])])  # fmt: skip
def test_adam(name, betas, eps, decay):
    same_path(lambda d, params: getattr(d, name)(params, 0.05, betas, eps, decay))


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_defaults(name):
    same_path(lambda d, params: getattr(d, name)(params))


SCHEDULES = {
    "step": lambda d, o: d.StepLR(o, 7, 0.5),
    "cosine": lambda d, o: d.CosineAnnealingLR(o, 60, 0.01),
    "cosine beyond T_max": lambda d, o: d.CosineAnnealingLR(o, 9, 0.001),
    "linear": lambda d, o: d.LinearLR(o, 0.2, 0.9, 10),
    "linear down": lambda d, o: d.LinearLR(o, 1.0, 0.0, 70),
    "warm-up, cosine":
        lambda d, o: d.SequentialLR(o, [d.LinearLR(o, 0.1, total_iters=5), d.CosineAnnealingLR(o, 40)], [5]),
    "three": lambda d, o: d.SequentialLR(o, [d.LinearLR(o), d.StepLR(o, 3), d.CosineAnnealingLR(o, 10)], [8, 20]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's advice
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_schedule(schedule):
    same_path(lambda d, params: d.SGD(params, 0.05, 0.5), schedule)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_groups_keep_options_and_rates_of_their_own():
    def run(d):
        a, b = d.Parameter(d.tensor(START)), d.Parameter(d.tensor(START))
        optimizer = d.SGD([{"params": [a], "lr": 0.3}, {"params": [b], "momentum": 0.9, "weight_decay": 0.1}], lr=0.02)
        schedule = d.CosineAnnealingLR(optimizer, 20)
        for _ in range(30):
            optimizer.zero_grad()
            (a * a * b * b).sum().backward()
            optimizer.step()
            schedule.step()
        return a.tolist(), b.tolist(), schedule.get_last_lr()

    for ours, theirs in zip(run(dn), run(dt)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_float32_stays_float32_whatever_the_rate_is_made_of(name):
    for start in (np.ones(3, "f"), np.float32(1)):
        w = dn.Parameter(start)
        optimizer = getattr(dn, name)([w], lr=np.float64(0.1), weight_decay=np.float32(0.1))
        for _ in range(3):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
        assert w.dtype == w.grad.dtype == dn.float32
        assert isinstance(w.data, np.ndarray)
        assert not w.data.flags.writeable


def test_a_parameter_without_a_gradient_stays():
    w, idle = dn.Parameter([1.0]), dn.Parameter([1.0])
    optimizer = dn.SGD([w, idle], 0.1, momentum=0.9, weight_decay=0.5)
    (w * 2).sum().backward()
    optimizer.step()
    assert idle.item() == 1
    assert w.item() < 1


W = dn.Parameter([1.0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dn.SGD([]), ValueError, "params: expected at least one parameter"),
        (lambda: dn.SGD([np.ones(2)]), TypeError, "params: expected leaf Tensors"),
        (lambda: dn.SGD([dn.ones(2)]), TypeError, "params: expected leaf Tensors"),
        (lambda: dn.SGD([W * 2]), TypeError, "params: expected leaf Tensors"),
        (lambda: dn.SGD(W), TypeError, "params: expected leaf Tensors"),
        (lambda: dn.SGD([W, W]), ValueError, "params: expected each parameter once"),
        (lambda: dn.SGD([{"params": [W]}, {"params": [W]}]), ValueError, "params: expected each parameter once"),
        (lambda: dn.SGD([{"params": [W], "learning_rate": 1}]), ValueError, "got learning_rate"),
        (lambda: dn.SGD([W], lr=-1), ValueError, "lr: expected a finite number of at least 0, got -1"),
        (lambda: dn.SGD([W], lr=float("nan")), ValueError, "lr: expected a finite number"),
        (lambda: dn.SGD([W], lr="0.1"), TypeError, "lr: expected a number, got '0.1'"),
        (lambda: dn.SGD([W], lr=True), TypeError, "lr: expected a number"),
        (lambda: dn.SGD([W], momentum=-0.1), ValueError, "momentum"),
        (lambda: dn.SGD([W], weight_decay=-0.1), ValueError, "weight_decay"),
        (lambda: dn.Adam([W], eps=-1), ValueError, "eps"),
        (lambda: dn.Adam([W], betas=(0.9, 1)), ValueError, "betas: expected two numbers in"),
        (lambda: dn.Adam([W], betas=(0.9,)), ValueError, "betas"),
        (lambda: dn.Adam([W], betas=0.9), ValueError, "betas"),
        (lambda: dn.StepLR(dn.SGD([W]), 0), ValueError, "step_size: expected at least 1, got 0"),
        (lambda: dn.StepLR(dn.SGD([W]), 1.5), TypeError, "step_size: expected a whole number"),
        (lambda: dn.CosineAnnealingLR(dn.SGD([W]), 0), ValueError, "T_max"),
        (lambda: dn.LinearLR(dn.SGD([W]), 0), ValueError, "start_factor"),
        (lambda: dn.LinearLR(dn.SGD([W]), 0.5, 2), ValueError, "end_factor"),
        (lambda: dn.LinearLR(dn.SGD([W]), 0.5, total_iters=0), ValueError, "total_iters"),
        (lambda: dn.SequentialLR(dn.SGD([W]), [], [1]), ValueError, "milestones"),
        (lambda: dn.SequentialLR(dn.SGD([W]), [None] * 3, [4, 2]), ValueError, "expected 2 rising rounds"),
        (lambda: dn.LRScheduler(dn.SGD([W])), NotImplementedError, "LRScheduler has no rate"),
    ],
)  # fmt: skip
def test_bad_options(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_an_optimiser_without_update():
    W.grad = dn.ones(1)
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        dn.Optimizer([W], {}).step()
