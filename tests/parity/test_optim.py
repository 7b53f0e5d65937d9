"""Sixty steps beside PyTorch, in every combination of options."""

import copy
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


@pytest.mark.parametrize(("name", "betas", "decay"), [*product(["Adam", "AdamW"], BETAS, [0, 0.2])])
def test_amsgrad(name, betas, decay):
    same_path(lambda d, params: getattr(d, name)(params, 0.05, betas, weight_decay=decay, amsgrad=True))


@pytest.mark.parametrize(("alpha", "eps", "decay", "momentum", "centered"),
                         [*product([0.99, 0.5], [1e-8, 0.1], [0, 0.2], [0, 0.8], [False, True])])  # fmt: skip
def test_rmsprop(alpha, eps, decay, momentum, centered):
    same_path(lambda d, params: d.RMSprop(params, 0.05, alpha, eps, decay, momentum, centered))


@pytest.mark.parametrize(("rate_decay", "decay", "start", "eps"),
                         [*product([0, 0.3], [0, 0.2], [0, 0.5], [1e-10, 0.1])])  # fmt: skip
def test_adagrad(rate_decay, decay, start, eps):
    same_path(lambda d, params: d.Adagrad(params, 0.5, rate_decay, decay, start, eps))


@pytest.mark.parametrize("l1", [0, 0.1, 3])
def test_proximal_l1(l1):
    same_path(lambda d, params: d.ProximalL1(params, 0.05, l1))


@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
def test_proximal_l1_comes_to_rest_at_the_lasso_with_zeros_that_are_zero(d):
    """For (w - a)^2 / 2 + l1 |w| the best w is a, l1 nearer to 0."""
    a = np.array([2.0, -0.3, 0.5, -1.0, 0.0])
    w = d.Parameter(d.tensor(a * 0 + 1))
    optimizer = d.ProximalL1([w], 0.5, 0.5)
    for _ in range(80):
        optimizer.zero_grad()
        ((w - d.tensor(a)) ** 2).sum().backward(d.tensor(0.5, dtype=w.dtype))
        optimizer.step()
    np.testing.assert_allclose(w.tolist(), [1.5, 0, 0, -0.5, 0], atol=1e-12)
    assert (np.asarray(w.detach()) == 0).tolist() == [False, True, True, False, True]


ALL = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "ProximalL1"]


@pytest.mark.parametrize("name", ALL)
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


EVERY_OPTION = {
    "SGD": [dict(momentum=m, nesterov=n, weight_decay=0.01) for m, n in [(0, False), (0.9, False), (0.9, True)]],
    "Adam": [dict(weight_decay=0.01), dict(amsgrad=True)],
    "AdamW": [dict(weight_decay=0.1, amsgrad=True)],
    "RMSprop": [dict(momentum=m, centered=c, weight_decay=0.01) for m in (0, 0.9) for c in (False, True)],
    "Adagrad": [dict(weight_decay=0.01, lr_decay=0.1)],
    "ProximalL1": [dict(l1=0.1)],
}


@pytest.mark.parametrize("name", ALL)
def test_a_parameter_without_axes_moves_as_any_other_and_is_saved_as_an_array(name):
    """NumPy gives numbers, not arrays, for what has no axes: `v *= 0.9` then gives v a new value and leaves the old."""
    for options in EVERY_OPTION[name]:
        paths = []
        for d in (dn, dt):
            for shape in ((), (1,)):
                p = d.tensor(np.full(shape, 1.0), requires_grad=True)
                optimizer, path = getattr(d, name)([p], lr=0.1, **options), []
                for k in range(5):
                    p.grad = d.tensor(np.full(shape, 1.0 / (k + 1)))
                    optimizer.step()
                    path.append(p.item())
                    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
                paths.append(path)
                for value in optimizer.state.get(p, {}).values() if d is dn else ():
                    assert value is None or isinstance(value, (int, np.ndarray))
        for path in paths[:-1]:
            np.testing.assert_allclose(path, paths[-1], atol=1e-12, err_msg=f"{name} {options}")


@pytest.mark.parametrize("name", ALL)
def test_parameters_taken_in_later(name):
    def run(d):
        a, b, c = (d.Parameter(d.tensor(START)) for _ in range(3))
        optimizer, path = getattr(d, name)([a], lr=0.1), []
        for k in range(9):
            if k == 3:
                optimizer.add_param_group({"params": [b], "lr": 0.05})
            if k == 5:
                optimizer.add_param_group({"params": c})
            optimizer.zero_grad()
            (a * b * c + a * a).sum().backward()
            optimizer.step()
            path.append((a + b + c).tolist())
        return path

    np.testing.assert_allclose(run(dn), run(dt), rtol=1e-9)


def test_a_group_that_joins_later_follows_the_schedule_from_its_own_rate():
    a, b = dn.Parameter(START), dn.Parameter(START)
    optimizer = dn.SGD([a], lr=1.0)
    schedule = dn.StepLR(optimizer, 2, 0.5)
    schedule.step()
    optimizer.add_param_group({"params": b, "lr": 0.4})
    schedule.step()
    assert schedule.get_last_lr() == [0.5, 0.2]
    with pytest.raises(ValueError, match="once"):
        optimizer.add_param_group({"params": [a]})
    with pytest.raises(ValueError, match="got rate"):
        optimizer.add_param_group({"params": [dn.Parameter(START)], "rate": 1})
    with pytest.raises(TypeError, match="params: expected leaf Tensors"):
        optimizer.add_param_group({"params": [a * 2]})
    assert len(optimizer.param_groups) == 2


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_float32_whatever_the_rate_is_made_of(name):
    last = {"l1" if name == "ProximalL1" else "weight_decay": np.float32(0.1)}
    for start in (np.ones(3, "f"), np.float32(1)):
        w = dn.Parameter(start)
        optimizer = getattr(dn, name)([w], lr=np.float64(0.1), **last)
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


# ---------------------------------------------------------------------- saving
FULL = {
    "SGD": lambda d, p: d.SGD(p, 0.05),
    "momentum": lambda d, p: d.SGD(p, 0.05, 0.9, nesterov=True),
    "Adam": lambda d, p: d.Adam(p, 0.1),
    "AdamW": lambda d, p: d.AdamW(p, 0.1),
    "RMSprop": lambda d, p: d.RMSprop(p, 0.05, momentum=0.5, centered=True),
    "Adagrad": lambda d, p: d.Adagrad(p, 0.5, 0.1),
    "ProximalL1": lambda d, p: d.ProximalL1(p, 0.05, 0.1),
}
SAVED = {
    None: None,
    "sequence": SCHEDULES["three"],
    "restarts": lambda d, o: d.CosineAnnealingWarmRestarts(o, 3, 2),
    "exponential": lambda d, o: d.ExponentialLR(o, 0.9),
    "lambda": lambda d, o: d.LambdaLR(o, lambda t: 1 / (1 + t)),
    "plateau": lambda d, o: d.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1),
}


def walk(d, w, optimizer, schedule, steps):
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (w * w * d.tensor([1.0, 5.0, 0.1], dtype=w.dtype)).sum()
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step(*[loss.item()] * isinstance(schedule, d.ReduceLROnPlateau))
        path.append([*w.tolist(), optimizer.param_groups[0]["lr"]])
    return path


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("d", [dn, dt], ids=["NumPy", "PyTorch"])
@pytest.mark.parametrize(("make", "plan"), [*product(FULL, [None]), *product(["Adam"], SAVED)])
@pytest.mark.parametrize("dtype", ["f", "d"])
def test_goes_on_bit_for_bit_from_where_it_was_saved(d, make, plan, dtype):
    def start(values):
        w = d.Parameter(d.tensor(values))
        optimizer = FULL[make](d, [w])
        return w, optimizer, SAVED[plan](d, optimizer) if plan else None

    w, optimizer, schedule = start(START.astype(dtype))
    walk(d, w, optimizer, schedule, 13)
    saved = copy.deepcopy((w.tolist(), optimizer.state_dict(), schedule and schedule.state_dict()))
    goal = walk(d, w, optimizer, schedule, 17)
    again, optimizer, schedule = start(np.array(saved[0], dtype))
    optimizer.load_state_dict(saved[1])
    if schedule:
        schedule.load_state_dict(saved[2])
    assert walk(d, again, optimizer, schedule, 17) == goal


def test_a_saved_state_is_a_copy_and_names_its_parts_as_pytorch_does():
    states = {}
    for d in (dn, dt):
        a, b = d.Parameter(d.tensor(START)), d.Parameter(d.tensor(START))
        optimizer = d.Adam([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
        walk(d, b, optimizer, None, 2)
        states[d] = optimizer.state_dict()
        if d is dn:
            before = states[d]["state"][1]["exp_avg"].copy()
            walk(d, b, optimizer, None, 1)
            np.testing.assert_array_equal(states[d]["state"][1]["exp_avg"], before)
    ours, theirs = states[dn], states[dt]
    assert list(ours["state"]) == list(theirs["state"]) == [1]
    assert list(ours["state"][1]) == list(theirs["state"][1]) == ["step", "exp_avg", "exp_avg_sq"]
    np.testing.assert_allclose(ours["state"][1]["exp_avg_sq"], theirs["state"][1]["exp_avg_sq"].numpy())
    for mine, other in zip(ours["param_groups"], theirs["param_groups"], strict=True):
        assert mine.items() <= other.items()


def test_a_state_of_other_parameters_is_refused_and_changes_nothing():
    def adam(*sizes):
        parameters = [dn.Parameter(np.ones(n)) for n in sizes]
        optimizer = dn.Adam(parameters, 0.1)
        for p in parameters:
            p.grad = dn.ones(*p.shape, dtype=p.dtype)
        optimizer.step()
        return optimizer

    own = adam(2, 3)
    before = own.state_dict()
    with pytest.raises(ValueError, match=r"state_dict: expected groups of \[2\] parameters, got \[1\]"):
        own.load_state_dict(adam(2).state_dict())
    with pytest.raises(ValueError, match=r"expected exp_avg of parameter 1 in shape \(3,\), got \(4,\)"):
        own.load_state_dict(adam(2, 4).state_dict())
    for i in (0, 1):
        np.testing.assert_array_equal(own.state_dict()["state"][i]["exp_avg"], before["state"][i]["exp_avg"])
    with pytest.raises(ValueError, match="state_dict: expected"):
        dn.StepLR(own, 3).load_state_dict(dn.ExponentialLR(own, 0.9).state_dict())


def stepped(d, name, **options):
    w = d.Parameter(d.tensor(START))
    optimizer = getattr(d, name)([w], lr=0.1, **options)
    walk(d, w, optimizer, None, 3)
    return w, optimizer


@pytest.mark.parametrize("name", ALL)
def test_a_state_of_another_optimiser_is_refused_before_anything_changes(name):
    _, own = stepped(dn, name, **EVERY_OPTION[name][-1])
    before = copy.deepcopy(own.state_dict())
    others = [other for other in ALL if other not in (name, {"Adam": "AdamW", "AdamW": "Adam"}.get(name))]
    foreign = [stepped(d, other)[1].state_dict() for d in (dn, dt) for other in others]
    sound = own.state_dict()
    (group,) = sound["param_groups"]
    broken = [
        {}, {"weight": START}, None, dict(sound, param_groups=[]), dict(sound, state={7: {}}),
        dict(sound, param_groups=[{"params": [0]}]),
    ]  # fmt: skip
    broken += [dict(sound, state={0: {"surplus": START}})] * (name != "ProximalL1")
    broken += [dict(sound, state={0: {**sound["state"][0], key: np.ones(4)}}) for key in sound["state"][0]]
    for state in foreign + broken:
        with pytest.raises(ValueError, match="state_dict: expected .* got "):
            own.load_state_dict(state)
    after = own.state_dict()
    assert after["param_groups"] == before["param_groups"] == [group]
    for key, value in before["state"][0].items():
        np.testing.assert_array_equal(after["state"][0][key], value)


@pytest.mark.parametrize("name", ALL)
def test_goes_on_from_a_state_of_pytorch(name):
    for options in EVERY_OPTION[name]:
        theirs, saved = stepped(dt, name, **options)
        ours, optimizer = stepped(dn, name, **options)
        with dn.no_grad():
            ours.copy_(theirs.detach().numpy())
        optimizer.load_state_dict(saved.state_dict())
        for d, w, o in ((dn, ours, optimizer), (dt, theirs, saved)):
            walk(d, w, o, None, 3)
        np.testing.assert_allclose(ours.tolist(), theirs.tolist(), rtol=1e-9)


# ---------------------------------------------------------------------- clipping and averages
def test_clipping_by_norm_keeps_the_direction():
    w = dn.Parameter(START)
    w.grad = dn.tensor([3.0, 4.0, 0.0])
    assert dn.clip_grad_norm_([w], 1.0).item() == 5
    np.testing.assert_allclose(w.grad.numpy(), [0.6, 0.8, 0], rtol=1e-6)
    assert dn.clip_grad_norm_(w, 10).item() == pytest.approx(1)
    np.testing.assert_allclose(w.grad.numpy(), [0.6, 0.8, 0], rtol=1e-6)


def test_the_plain_average_is_the_mean_of_what_it_saw():
    model, seen = dn.Linear(2, 2, generator=np.random.default_rng(0)), []
    average = dn.AveragedModel(model)
    for factor in (1.0, 3.0, -1.0):
        with dn.no_grad():
            model.weight *= factor
        seen.append(model.weight.data)
        average.update_parameters(model)
    np.testing.assert_allclose(average.module.weight.detach().numpy(), np.mean(seen, 0), rtol=1e-5, atol=1e-7)
    assert average.n_averaged.item() == 3


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
        (lambda: dn.RMSprop([W], alpha=-1), ValueError, "alpha"),
        (lambda: dn.Adagrad([W], lr_decay=-1), ValueError, "lr_decay"),
        (lambda: dn.ProximalL1([W], l1="1"), TypeError, "l1: expected a number"),
        (lambda: dn.clip_grad_norm_([W], -1), ValueError, "max_norm"),
        (lambda: dn.clip_grad_norm_([W], 1, 0), ValueError, "norm_type: expected a number above 0"),
        (lambda: dn.clip_grad_norm_([W], 1, "2"), TypeError, "norm_type"),
        (lambda: dn.clip_grad_value_([W], -1), ValueError, "clip_value"),
        (lambda: dn.get_ema_avg_fn(1.1), ValueError, "decay: expected a number from 0 to 1, got 1.1"),
        (lambda: dn.ExponentialLR(dn.SGD([W]), -1), ValueError, "gamma"),
        (lambda: dn.CosineAnnealingWarmRestarts(dn.SGD([W]), 0), ValueError, "T_0"),
        (lambda: dn.CosineAnnealingWarmRestarts(dn.SGD([W]), 1, 1.5), TypeError, "T_mult"),
        (lambda: dn.ReduceLROnPlateau(dn.SGD([W]), "least"), ValueError, "mode: expected 'min' or 'max', got 'least'"),
        (lambda: dn.ReduceLROnPlateau(dn.SGD([W]), factor=1.0), ValueError, "factor: expected a number below 1"),
        (lambda: dn.ReduceLROnPlateau(dn.SGD([W]), threshold_mode="r"), ValueError, "threshold_mode"),
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
