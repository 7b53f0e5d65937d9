"""The training loop: same run in both back ends, and nothing lost when it fails."""

import importlib
import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import models
from dlnotes.models import generate
from dlnotes.train import DivergedError, Evaluation, History, ensemble, evaluate, find_lr, fit, predict

BACKENDS = pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])


def task(n=60):
    x = np.random.default_rng(1).normal(size=(n, 3))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def network(d, seed=0, outputs=2):
    g = np.random.default_rng(seed)
    f = dict(dtype=d.float64, generator=g)
    return d.Sequential(d.Linear(3, 8, **f), d.ReLU(), d.Linear(8, outputs, **f))


def trained(d, **options):
    model = network(d)
    optimizer = d.SGD(model.parameters(), 0.1, momentum=0.9)
    options = dict(epochs=3, batch_size=16, generator=np.random.default_rng(2)) | options
    return model, fit(model, task(), optimizer, **options)


def test_both_back_ends_take_the_same_steps():
    (ours, a), (theirs, b) = trained(dn, validation=task()), trained(dt, validation=task())
    assert len(a.loss) == len(a.lr) == 3 * 4  # 60 examples in batches of 16: the last is smaller
    np.testing.assert_allclose(a.loss, b.loss, rtol=1e-10)
    np.testing.assert_allclose(predict(ours, task()[0]), predict(theirs, task()[0]), rtol=1e-9)
    assert [v.accuracy for v in a.validation] == [v.accuracy for v in b.validation]
    assert a.loss[-1] < a.loss[0]
    assert repr(a) == "History of 12 steps and 3 validations"


@BACKENDS
def test_the_scheduler_steps_after_every_batch(d):
    model = network(d)
    optimizer = d.SGD(model.parameters(), 1.0)
    scheduler = d.StepLR(optimizer, 2, 0.5)
    options = dict(epochs=2, batch_size=4, generator=np.random.default_rng(0), scheduler=scheduler)
    history = fit(model, task(8), optimizer, **options)
    assert history.lr == [1.0, 1.0, 0.5, 0.5]


@BACKENDS
def test_evaluate_is_the_mean_over_all_whatever_the_batches(d):
    model, (x, y) = network(d), task()
    z = predict(model, x)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    want = Evaluation(-log_p[np.arange(60), y].mean(), (z.argmax(1) == y).mean())
    np.testing.assert_allclose(evaluate(model, (x, y), batch_size=7), want)
    targets = np.zeros((60, 2))
    result = evaluate(model, (x, targets))
    assert result.accuracy is None and np.isclose(result.loss, (z**2).mean())


@BACKENDS
def test_predict_leaves_the_mode_and_the_tape_alone(d):
    model = network(d)
    model.train()
    assert isinstance(predict(model, task()[0]), np.ndarray) and model.training
    model.eval()
    predict(model, task()[0])
    assert not model.training


@BACKENDS
def test_divergence_keeps_the_last_weights_with_a_finite_loss(d):
    model = network(d, outputs=1)
    x = task()[0]
    with pytest.raises(DivergedError, match=r"became (inf|nan) at step \d+ \(epoch \d+, learning rate 1e\+06\)") as e:
        fit(model, (x, x[:, :1]), d.SGD(model.parameters(), 1e6), epochs=50, generator=np.random.default_rng(0))
    assert e.value.step == len(e.value.history.loss) + 1 > 1
    assert np.isfinite(e.value.history.loss).all()
    assert all(np.isfinite(np.asarray(p.detach())).all() for p in model.parameters())
    assert np.isfinite(evaluate(model, (x, x[:, :1])).loss)


@BACKENDS
def test_divergence_at_the_first_step_leaves_the_model_as_it_was(d):
    model = network(d, outputs=1)
    before = {k: np.asarray(v).copy() for k, v in model.state_dict().items()}
    x = task()[0]
    with pytest.raises(DivergedError, match="the model is as it was given") as e:
        fit(model, (x, 1e200 * x[:, :1]), d.SGD(model.parameters(), 1.0), epochs=1, generator=np.random.default_rng(0))
    assert e.value.step == 1
    for k, v in model.state_dict().items():
        np.testing.assert_array_equal(v, before[k])


BAD = {
    "pair": (lambda x, y: x, TypeError, r"data: expected a pair \(inputs, targets\), got ndarray"),
    "lengths": (lambda x, y: (x, y[:-1]), ValueError, "60 inputs and 59 targets"),
    "empty": (lambda x, y: (x[:0], y[:0]), ValueError, r"data\[0\]: expected at least one example, got shape \(0, 3\)"),
    "nan": (lambda x, y: (np.where(np.arange(60)[:, None] == 7, np.nan, x), y), ValueError, "in row 7"),
    "text": (lambda x, y: (x, y.astype(str)), TypeError, r"data\[1\]: expected numbers, got dtype <U"),
    "labels": (lambda x, y: (x, y + 5), ValueError, "target: expected labels from 0 to 1, got 6"),
    "negative": (lambda x, y: (x, -y), ValueError, "target: expected labels from 0 to 1, got -1"),
    "features": (lambda x, y: (x[:, :2], y), ValueError, r"input: expected shape \(\.\.\., 3\), got \(1, 2\)"),
}


@BACKENDS
@pytest.mark.parametrize("case", BAD)
def test_unusable_data_is_refused_before_a_step(d, case):
    spoil, error, message = BAD[case]
    model = network(d)
    before = {k: np.asarray(v).copy() for k, v in model.state_dict().items()}
    with pytest.raises(error, match=message):
        fit(model, spoil(*task()), d.SGD(model.parameters(), 0.1), epochs=1, generator=np.random.default_rng(0))
    for k, v in model.state_dict().items():
        np.testing.assert_array_equal(v, before[k])


@BACKENDS
def test_labels_are_checked_whole_before_the_first_step(d):
    x, y = task()
    y[-1] = 9  # in one batch of many
    model = network(d)
    before = predict(model, x)
    with pytest.raises(ValueError, match="target: expected labels from 0 to 1, got 9"):
        fit(model, (x, y), d.SGD(model.parameters(), 0.1), epochs=1, batch_size=4, generator=np.random.default_rng(3))
    np.testing.assert_array_equal(predict(model, x), before)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(epochs=0), ValueError, "epochs: expected at least 1, got 0"),
        (dict(epochs=1.5), TypeError, "epochs: expected a whole number, got 1.5"),
        (dict(batch_size=0), ValueError, "batch_size: expected at least 1, got 0"),
        (dict(generator=0), TypeError, "generator: expected a numpy.random.Generator, got int"),
        (dict(validation=task()[0]), TypeError, "validation: expected a pair"),
        (dict(patience=2), ValueError, "patience: expected validation data to judge progress by, got none"),
        (dict(patience=1.5, validation=task()), TypeError, "patience: expected a whole number, got 1.5"),
        (dict(patience=0, validation=task()), ValueError, "patience: expected at least 1, got 0"),
        (dict(patience=-1, validation=task()), ValueError, "patience: expected at least 1, got -1"),
        (dict(clip=-1), ValueError, "clip: expected a finite number of at least 0, got -1"),
        (dict(every=0), ValueError, "every: expected at least 1, got 0"),
        (dict(steps=3), ValueError, "epochs: expected either epochs or steps, got epochs=3 and steps=3"),
        (dict(epochs=None), ValueError, "epochs: expected either epochs or steps, got epochs=None and steps=None"),
        (dict(epochs=None, steps=0), ValueError, "steps: expected at least 1, got 0"),
        (dict(interval=0.5), TypeError, "interval: expected a whole number, got 0.5"),
        (dict(min_gain=1), ValueError, "min_gain: expected patience, whose measure it is, got none"),
        (dict(min_gain=-1, patience=1, validation=task()), ValueError, "min_gain: expected a finite number of at"),
        (dict(amp=True), ValueError, "amp: expected False for dlnotes.numpy, which has no half precision, got True"),
        (dict(resume=True), ValueError, "resume: expected a checkpoint to go on from, got none"),
    ],
)
def test_options_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        trained(dn, **options)


def test_a_model_of_neither_back_end_is_refused():
    with pytest.raises(TypeError, match="model: expected a Module of dlnotes.numpy or dlnotes.torch, got object"):
        predict(object(), np.zeros((1, 1)))


def test_the_bar_shows_when_asked_and_not_in_a_pipe(capsys):
    trained(dn)
    assert capsys.readouterr() == ("", "")
    trained(dn, progress=True, validation=task())
    assert "12/12" in capsys.readouterr().err


# ---------------------------------------------------------------------- early stopping
def bits(model):
    return {name: np.asarray(v).tobytes() for name, v in model.state_dict().items()}


def overfit(d, **options):
    """Labels by chance: what is learnt of them does not hold for others."""
    g = np.random.default_rng(5)
    x, y = g.normal(size=(40, 3)), g.integers(0, 2, 40)
    model, held_out = network(d), (x[20:], y[20:])
    options = dict(epochs=40, batch_size=8, generator=np.random.default_rng(2), validation=held_out) | options
    return model, fit(model, (x[:20], y[:20]), d.SGD(model.parameters(), 0.3, momentum=0.9), **options), held_out


@BACKENDS
def test_early_stopping_gives_the_best_weights_back(d):
    model, history, held_out = overfit(d, patience=3)
    losses = [v.loss for v in history.validation]
    best = int(np.argmin(losses))
    assert history.best == best and history.epochs == len(losses) == best + 1 + 3 < 40
    assert evaluate(model, held_out) == history.validation[best]
    same, _, _ = overfit(d, epochs=best + 1)
    assert bits(model) == bits(same)


@BACKENDS
def test_without_patience_the_last_weights_stay(d):
    model, history, held_out = overfit(d, epochs=10)
    assert history.epochs == 10 and history.best < 9
    assert evaluate(model, held_out) == history.validation[-1]


@BACKENDS
def test_buffers_are_given_back_with_the_weights(d):
    class Counting(d.Module):
        def __init__(self):
            super().__init__()
            self.layer = d.Linear(3, 2, dtype=d.float64, generator=np.random.default_rng(0))
            self.seen = d.Buffer(d.zeros((), dtype=d.float64))

        def forward(self, x):
            if self.training:
                with d.no_grad():
                    self.seen += len(x)
            return self.layer(x)

    model = Counting()
    x, y = task()
    options = dict(epochs=50, patience=2, generator=np.random.default_rng(0), validation=(x, 1 - y))
    history = fit(model, (x, y), d.SGD(model.parameters(), 1.0), **options)
    assert model.seen.item() == 60 * (history.best + 1) < 60 * history.epochs


def test_best_prefers_the_first_of_equals_and_no_nan():
    assert History().best is None
    losses = [np.nan, 2.0, 1.0, np.inf, 1.0]
    assert History(validation=[Evaluation(x, None) for x in losses]).best == 2
    assert History(validation=[Evaluation(np.nan, None)] * 2).best == 0


# ---------------------------------------------------------------------- checkpoints
class Noisy:
    """A layer that draws while it trains, from a generator of its own; made for either back end."""

    def __new__(cls, d, generator):
        class Noise(d.Module):
            def __init__(self):
                super().__init__()
                self.generator = generator
                self.drawn = d.Buffer(d.tensor(0))

            def forward(self, x):
                if not self.training:
                    return x
                self.drawn += 1
                return x + d.tensor(self.generator.normal(size=tuple(x.shape)))

        return Noise()


def jitter(x, y, generator):
    return x + generator.normal(size=x.shape) / 10, y


def run(d, path, epochs=None, optimizer="sgd", schedule="none", *, shared=False, **options):
    rng = np.random.default_rng(4)
    model = d.Sequential(Noisy(d, rng if shared else np.random.default_rng(8)), *network(d))
    opt = OPTIMIZERS[optimizer](d, model)
    scheduler = SCHEDULES[schedule](d, opt)
    options = dict(batch_size=16, validation=task(20), scheduler=scheduler, augment=jitter, checkpoint=path) | options
    history = fit(model, task(), opt, epochs=epochs, generator=rng, **options)
    return bits(model), history, opt


OPTIMIZERS = {
    "sgd": lambda d, m: d.SGD(m.parameters(), 0.1),
    "momentum": lambda d, m: d.SGD(m.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda d, m: d.Adam(m.parameters(), 0.01),
    "rmsprop": lambda d, m: d.RMSprop(m.parameters(), 0.01, momentum=0.5, centered=True),
    "adagrad": lambda d, m: d.Adagrad(m.parameters(), 0.1),
    "groups": lambda d, m: d.AdamW([{"params": m[1].parameters()}, {"params": m[3].parameters(), "lr": 0.1}]),
}
SCHEDULES = {
    "none": lambda d, o: None,
    "step": lambda d, o: d.StepLR(o, 3, 0.7),
    "cosine": lambda d, o: d.CosineAnnealingLR(o, 20),
    "formula": lambda d, o: d.LambdaLR(o, lambda t: 1 / (1 + t)),
    "restarts": lambda d, o: d.CosineAnnealingWarmRestarts(o, 3, 2),
    "warm": lambda d, o: d.SequentialLR(o, [d.LinearLR(o, 0.1, total_iters=6), d.CosineAnnealingLR(o, 14)], [6]),
}


@BACKENDS
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [("sgd", "none"), ("momentum", "step"), ("adam", "warm"), ("groups", "cosine"), ("rmsprop", "formula"),
     ("adagrad", "restarts")],
)  # fmt: skip
def test_an_interrupted_run_goes_on_bit_for_bit(d, optimizer, schedule, tmp_path):
    whole, seen, _ = run(d, tmp_path / "a", 5, optimizer, schedule)
    run(d, tmp_path / "b", 2, optimizer, schedule, resume=True)  # no file yet: from the start
    before, first, _ = run(d, tmp_path / "b", 2, optimizer, schedule, resume=True)  # nothing left to do
    assert before != whole and len(first.loss) == 2 * 4
    resumed, history, _ = run(d, tmp_path / "b", 5, optimizer, schedule, resume=True)
    assert resumed == whole and history == seen
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@BACKENDS
def test_a_generator_shared_with_the_model_is_one_after_resuming(d, tmp_path):
    whole, _, _ = run(d, None, 4, "sgd", "none", shared=True)
    run(d, tmp_path / "c", 2, "sgd", "none", shared=True)
    assert run(d, tmp_path / "c", 4, "sgd", "none", shared=True, resume=True)[0] == whole
    with pytest.raises(ValueError, match="checkpoint: expected one of this run, got .*, of one with other parts"):
        run(d, tmp_path / "c", 4, "sgd", "none", shared=False, resume=True)


@BACKENDS
def test_an_interruption_in_the_middle_of_an_epoch(d, tmp_path):
    calls = []

    def breaking(x, y, generator):
        calls.append(len(x))
        if len(calls) == 4 * 3 + 2:
            raise KeyboardInterrupt
        return jitter(x, y, generator)

    with pytest.raises(KeyboardInterrupt):
        run(d, tmp_path / "c", 5, "adam", "cosine", augment=breaking)
    whole, seen, _ = run(d, None, 5, "adam", "cosine")
    resumed, history, _ = run(d, tmp_path / "c", 5, "adam", "cosine", resume=True)
    assert resumed == whole and history == seen


@BACKENDS
def test_early_stopping_and_checkpoints_together(d, tmp_path):
    whole, history, _ = overfit(d, patience=3)
    last = history.epochs
    for epochs in (1, history.best + 1, last - 1, 40, 40):  # stopped in different places, the last when all is over
        model, part, _ = overfit(d, patience=3, checkpoint=tmp_path / "c", resume=True, epochs=epochs)
        assert part.epochs == min(epochs, last)
    assert part == history and bits(model) == bits(whole)


@BACKENDS
def test_checkpoints_come_every_so_often_and_at_the_end(d, tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr("dlnotes.weights.save_tree", lambda tree, path: saved.append(tree["epochs"]))
    run(d, tmp_path / "c", 5, "sgd", "none", every=2)
    assert saved == [2, 4, 5]


@BACKENDS
def test_a_checkpoint_of_another_model_changes_nothing(d, tmp_path):
    run(d, tmp_path / "c", 1, "sgd", "none")
    model = d.Sequential(Noisy(d, np.random.default_rng(8)), *network(d, outputs=3))
    before = bits(model)
    options = dict(epochs=2, generator=np.random.default_rng(0), checkpoint=tmp_path / "c", resume=True)
    with pytest.raises(ValueError, match=r"state_dict: 3.weight: expected shape \(3, 8\), got \(2, 8\); 3.bias"):
        fit(model, task(), d.SGD(model.parameters(), 0.1), **options)
    with pytest.raises(ValueError, match="checkpoint: expected one of this run, got .*, of one with other parts"):
        fit(model, task(), d.Adam(model.parameters(), 0.1), **options)
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:-3])
    with pytest.raises(ValueError, match="which is damaged"):
        fit(model, task(), d.SGD(model.parameters(), 0.1), **options)
    assert bits(model) == before


# ---------------------------------------------------------------------- augmentation, clipping
@BACKENDS
def test_augment_gets_arrays_and_may_change_everything(d):
    seen = []

    def mix(x, y, generator):
        seen.append((type(x), type(y), y.dtype.kind, x.shape))
        x[:] = 0  # the batch is its own
        return x, y

    x, y = task()
    model, before = network(d), x.copy()
    fit(model, (x, y), d.SGD(model.parameters(), 0.1), epochs=1, generator=np.random.default_rng(0), augment=mix)
    assert seen == [(np.ndarray, np.ndarray, "i", (60, 3))]
    np.testing.assert_array_equal(x, before)
    assert not np.asarray(model[0].weight.grad).any()  # of inputs that were all 0


@BACKENDS
def test_augmented_batches_are_checked(d):
    model = network(d)
    with pytest.raises(ValueError, match="augment: expected one target for each input, got 60 inputs and 59 targets"):
        fit(model, task(), d.SGD(model.parameters(), 0.1), epochs=1, generator=np.random.default_rng(0),
            augment=lambda x, y, g: (x, y[1:]))  # fmt: skip


def test_soft_targets_train_alike():
    def smooth(x, y, generator):
        return x, np.eye(2)[y] * 0.9 + 0.05

    losses = [trained(d, augment=smooth)[1].loss for d in (dn, dt)]
    np.testing.assert_allclose(*losses, rtol=1e-10)
    hard = trained(dn)[1].loss[0]
    model, (x, y) = network(dn), task()
    batch = np.random.default_rng(2).permutation(60)[:16]
    z = predict(model, x[batch])
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    np.testing.assert_allclose(losses[0][0], -(smooth(x, y[batch], None)[1] * log_p).sum(1).mean())
    assert losses[0][0] != hard


@BACKENDS
def test_clipping_bounds_the_step(d):
    model = network(d)
    before = [np.asarray(p.detach()).copy() for p in model.parameters()]
    fit(model, task(), d.SGD(model.parameters(), 1.0), epochs=1, generator=np.random.default_rng(0), clip=0.01)
    moved = [np.asarray(p.detach()) - b for p, b in zip(model.parameters(), before)]
    assert np.isclose(np.sqrt(sum((m**2).sum() for m in moved)), 0.01, rtol=1e-4)


# ---------------------------------------------------------------------- sequences
@BACKENDS
def test_labels_of_every_place_in_a_sequence(d):
    f = dict(dtype=d.float64, generator=np.random.default_rng(0))
    model = d.Sequential(d.Embedding(5, 8, **f), d.Linear(8, 5, **f))
    tokens = np.random.default_rng(1).integers(0, 5, (30, 7))
    data = tokens, (tokens + 1) % 5
    history = fit(model, data, d.Adam(model.parameters(), 0.05), epochs=30, generator=np.random.default_rng(0))
    assert evaluate(model, data).accuracy == 1 and history.loss[0] > 1 > evaluate(model, data).loss
    with pytest.raises(ValueError, match="target: expected labels from 0 to 4, got 9"):
        fit(model, (tokens, tokens + 5), d.SGD(model.parameters()), epochs=1, generator=np.random.default_rng(0))


# ---------------------------------------------------------------------- ensembles
@BACKENDS
def test_an_ensemble_is_the_mean_of_probabilities(d):
    x, y = task()
    models = [network(d, seed) for seed in range(3)]
    each = np.exp([predict(m, x) for m in models])
    want = (each / each.sum(-1, keepdims=True)).mean(0)
    np.testing.assert_allclose(ensemble(models, x, batch_size=7), want)
    got = evaluate(models, (x, y))
    np.testing.assert_allclose(got, (-np.log(want[np.arange(60), y]).mean(), (want.argmax(1) == y).mean()))
    np.testing.assert_allclose(evaluate([models[0]], (x, y)), evaluate(models[0], (x, y)))
    assert got.loss <= np.mean([evaluate(m, (x, y)).loss for m in models])  # Jensen: always


def test_an_ensemble_may_mix_back_ends_and_survives_certainty():
    sure = network(dn)
    sure[2].bias.data = sure[2].bias.data + [1e6, 0]
    assert np.isfinite(evaluate([sure], (task()[0], np.ones(60, int))).loss)
    assert ensemble([sure, network(dt)], task()[0]).shape == (60, 2)
    with pytest.raises(ValueError, match="models: expected at least one model, got none"):
        ensemble([], task()[0])
    with pytest.raises(ValueError, match="models: expected at least one model, got none"):
        evaluate([], task())


# ---------------------------------------------------------------------- learning-rate finder
@BACKENDS
def test_find_lr_sweeps_and_leaves_all_as_it_was(d):
    model, generator = network(d), np.random.default_rng(3)
    optimizer = d.SGD(model.parameters(), 0.2, momentum=0.9)
    fit(model, task(), optimizer, epochs=1, generator=generator)
    before, drawn, again = bits(model), generator.bit_generator.state, trained(d)[1]
    sweep = find_lr(model, task(), optimizer, generator=generator, low=1e-4, high=1e4, steps=50, batch_size=16)
    assert bits(model) == before and generator.bit_generator.state == drawn
    assert optimizer.param_groups[0]["lr"] == 0.2 and trained(d)[1] == again
    assert len(sweep.lr) == len(sweep.loss) == len(sweep.smooth) <= 50
    np.testing.assert_allclose(sweep.lr, np.geomspace(1e-4, 1e4, 50)[: len(sweep.lr)])
    assert sweep.loss[-1] > 4 * sweep.loss.min() and (sweep.loss[:-1] <= 4 * sweep.loss.min()).all()
    assert 1e-3 < sweep.suggestion < 10


def test_find_lr_knows_the_rate_at_which_descent_turns_round():
    x = np.random.default_rng(0).normal(size=(256, 1))  # mean square 1: on average descent on w diverges from 1 on

    def suggestion(d):
        model = d.Linear(1, 1, bias=False, dtype=d.float64, generator=np.random.default_rng(0))
        options = dict(generator=np.random.default_rng(1), low=1e-3, high=1e3, steps=200, batch_size=64)
        return find_lr(model, (x, 3 * x), d.SGD(model.parameters(), 0.1), **options).suggestion

    assert suggestion(dn) == suggestion(dt)
    assert 0.03 < suggestion(dn) < 0.2


@BACKENDS
def test_find_lr_refuses(d):
    model = network(d)
    optimizer = d.SGD(model.parameters(), 0.1)
    with pytest.raises(ValueError, match="low: expected a rate above 0 and below high, 1, got 2"):
        find_lr(model, task(), optimizer, generator=np.random.default_rng(0), low=2, high=1)
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        find_lr(model, task(), optimizer, generator=np.random.default_rng(0), steps=0)
    x = task()[0]
    with pytest.raises(ValueError, match="data: expected a finite loss at the first step, got none"):
        find_lr(model, (x, 1e200 * x[:, :2]), optimizer, generator=np.random.default_rng(0))


# ---------------------------------------------------------------------- modes
def patchwork(d, seed=0):
    """A network that has parts of every kind, in modes drawn by chance."""
    g = np.random.default_rng(seed)
    f = dict(dtype=d.float64, generator=g)
    model = d.Sequential(
        d.Sequential(d.Linear(3, 4, **f), d.BatchNorm1d(4, dtype=d.float64), d.Dropout(0.5, generator=g)),
        d.ModuleList([d.Linear(4, 2, **f)])[0],
    )
    for module in model.modules():
        module.training = bool(g.random() < 0.5)
    return model


@BACKENDS
def test_who_asks_a_model_leaves_each_part_in_its_mode(d):
    x, y = task(6)
    images = d.tensor(np.random.default_rng(0).normal(size=(1, 2, 5, 5)))

    def field(model):
        f, mode = dict(dtype=d.float64), model.training
        model = d.Sequential(d.Conv2d(2, 2, 3, **f), d.BatchNorm2d(2, **f))
        model[1].training = mode
        state = bits(model), [m.training for m in model.modules()]
        d.receptive_map(model, images)
        assert (bits(model), [m.training for m in model.modules()]) == state

    def boom(*_):
        raise KeyboardInterrupt

    asks = {
        "predict": lambda m: predict(m, x),
        "evaluate": lambda m: evaluate(m, (x, y)),
        "ensemble": lambda m: ensemble([m, m], x),
        "interrupted": lambda m: evaluate(m, (x, y), loss=boom),
        "find_lr": lambda m: find_lr(m, (x, y), d.SGD(m.parameters()), generator=np.random.default_rng(0), steps=3),
        "fit": lambda m: fit(m, (x, y), d.SGD(m.parameters()), epochs=1, generator=np.random.default_rng(0)),
        "callback": lambda m: fit(m, (x, y), d.SGD(m.parameters()), epochs=1, generator=np.random.default_rng(0),
                                  callback=boom),
        "monte_carlo": lambda m: d.monte_carlo(m, d.tensor(x), 2),
        "update_bn": lambda m: d.update_bn([d.tensor(x)], m),
        "field": field,
    }  # fmt: skip
    for name, ask in asks.items():
        for seed in range(4):
            model = patchwork(d, seed)
            modes, before = [m.training for m in model.modules()], bits(model)
            try:
                ask(model)
            except KeyboardInterrupt:
                assert name in ("interrupted", "callback")
            assert [m.training for m in model.modules()] == modes, (name, seed)
            assert name in ("fit", "callback", "update_bn") or bits(model) == before, (name, seed)


@BACKENDS
def test_generate_leaves_each_part_in_its_mode(d):
    model = models.char_rnn(d, 5, layers=2, dropout=0.5, hidden=4, features=3, generator=np.random.default_rng(0))
    model.train()
    model.rnn.eval()
    generate(model, [0], 3, generator=np.random.default_rng(0))
    assert [m.training for m in (model, model.embedding, model.rnn, model.head)] == [True, True, False, True]


@BACKENDS
def test_what_was_frozen_stays_frozen(d):
    def frozen(whole):
        model = patchwork(d)
        model.train(not whole)
        model[0][1].eval()
        model[1].weight.requires_grad_(False)
        x, y = task()
        before, hold = bits(model), {k: np.asarray(v).copy() for k, v in model.state_dict().items()}
        wanted = [p for p in model.parameters() if p.requires_grad]
        fit(model, (x + 5, y), d.SGD(wanted, 0.1), epochs=2, generator=np.random.default_rng(0))
        assert not model[1].weight.requires_grad and bits(model)["1.weight"] == before["1.weight"]
        assert bits(model)["0.0.weight"] != before["0.0.weight"]
        return not np.array_equal(model.state_dict()["0.1.running_mean"], hold["0.1.running_mean"])

    assert not frozen(whole=False)
    assert frozen(whole=True)  # a model that was evaluated as a whole trains as a whole


# ---------------------------------------------------------------------- what goes in
@BACKENDS
def test_a_model_without_parameters_predicts(d):
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    for inputs in (x, x.astype("f4"), x.astype(">f8"), np.arange(30).reshape(5, 2, 3)):
        out = predict(d.Flatten(), inputs, batch_size=2)
        assert out.dtype == ("f8" if inputs.dtype.name == "float64" else "f4")
        np.testing.assert_array_equal(out, inputs.reshape(5, 6).astype(out.dtype))
    assert evaluate(d.Identity(), (x, x)).loss == 0
    with pytest.raises(TypeError, match="batch_size: expected a whole number, got 1.5"):
        predict(d.Flatten(), x, batch_size=1.5)


@BACKENDS
def test_a_last_batch_of_one_is_said_before_the_first_step(d):
    def start(n, **options):
        f = dict(dtype=d.float64, generator=np.random.default_rng(0))
        model = d.Sequential(d.Linear(3, 4, **f), d.BatchNorm1d(4, dtype=d.float64), d.Linear(4, 2, **f))
        before = bits(model)
        try:
            options = dict(epochs=1, batch_size=20, generator=np.random.default_rng(0)) | options
            return len(fit(model, task(n), d.SGD(model.parameters(), 0.1), **options).loss)
        except ValueError:
            assert bits(model) == before
            raise

    why = r"batch_size: 41 examples in batches of 20 leave a batch of one, from which this model cannot learn \(.*\); "
    with pytest.raises(ValueError, match=why + "take another, or drop_last=True"):
        start(41)
    assert start(41, drop_last=True) == start(40) == 2 and start(42) == 3 and start(42, drop_last=True) == 2
    with pytest.raises(ValueError, match="drop_last: expected at least one batch of 20, got 19 examples"):
        start(19, drop_last=True)
    model = network(d)  # which can
    fit(model, task(41), d.SGD(model.parameters(), 0.1), epochs=1, batch_size=20, generator=np.random.default_rng(0))


@BACKENDS
def test_ignored_labels_count_neither_in_fit_nor_in_evaluate(d):
    f = dict(dtype=d.float64, generator=np.random.default_rng(0))
    model = d.Sequential(d.Embedding(5, 8, **f), d.Linear(8, 5, **f))
    tokens = np.random.default_rng(1).integers(0, 5, (30, 7))
    for ignored, options in ((-100, {}), (0, dict(ignore_index=0))):
        labels = np.where(np.arange(7) < 4, (tokens + 1) % 5, ignored)
        adam = d.Adam(model.parameters(), 0.05)
        history = fit(model, (tokens, labels), adam, epochs=20, generator=np.random.default_rng(0),
                      validation=(tokens, labels), **options)  # fmt: skip
        z, kept = predict(model, tokens), labels != ignored
        log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
        want = -log_p[kept][np.arange(kept.sum()), labels[kept]].mean(), (z.argmax(-1) == labels)[kept].mean()
        got = evaluate(model, (tokens, labels), **options)
        np.testing.assert_allclose(got, want)
        assert got == history.validation[-1] and got.accuracy == history.training[-1].accuracy == 1
    with pytest.raises(ValueError, match="target: expected a label that is not ignore_index, 3, got that alone"):
        fit(model, (tokens, 0 * tokens + 3), adam, epochs=1, generator=np.random.default_rng(0), ignore_index=3)


# ---------------------------------------------------------------------- what is seen on the way
@BACKENDS
def test_training_is_the_mean_over_the_batches_of_an_epoch(d):
    x, y = task(50)
    model = network(d)
    history = fit(model, (x, y), d.SGD(model.parameters(), 1e-30), epochs=2, batch_size=16,
                  generator=np.random.default_rng(0), validation=(x, y))  # fmt: skip
    np.testing.assert_allclose(history.training, history.validation)  # of a model that stays as it is
    model = network(d)
    history = fit(model, (x, np.eye(2)[y]), d.SGD(model.parameters(), 1e-30), steps=3, batch_size=16,
                  generator=np.random.default_rng(0))  # fmt: skip
    assert history.training == [Evaluation(pytest.approx(np.mean(history.loss)), None)]
    model = network(d)
    history = fit(model, (x, y), d.SGD(model.parameters()), epochs=1, generator=np.random.default_rng(0),
                  loss=lambda z, y: (z[:, 0] * 0).mean(), augment=lambda x, y, g: (x, np.eye(2)[y]))  # fmt: skip
    assert history.training == [Evaluation(0.0, None)]


@BACKENDS
def test_a_callback_sees_every_epoch_and_what_it_returns_is_kept(d, tmp_path):
    held_out = task(20)

    def train(path, epochs, resume=False):
        model = network(d)
        average = d.AveragedModel(model)

        def note(model, history):
            average.update_parameters(model)
            return {"gap": history.validation[-1].loss - evaluate(model, task()).loss, "seen": len(history.loss)}

        fit_ = dict(epochs=epochs, batch_size=16, generator=np.random.default_rng(2), validation=held_out)
        history = fit(model, task(), d.SGD(model.parameters(), 0.1), callback=note, checkpoint=path, resume=resume,
                      **fit_)  # fmt: skip
        assert average.n_averaged.item() == epochs if not resume else 1
        return history

    history = train(tmp_path / "a", 3)
    assert [n["seen"] for n in history.notes] == [4, 8, 12] and history.notes[0]["gap"] != history.notes[1]["gap"]
    train(tmp_path / "b", 1)
    assert train(tmp_path / "b", 3, resume=True) == history


@BACKENDS
def test_a_run_by_steps_ends_in_the_middle_of_an_epoch(d):
    history = trained(d, epochs=None, steps=10, validation=task())[1]  # 4 batches an epoch
    assert len(history.loss) == 10 and history.epochs == 2 and len(history.validation) == 3
    assert history.loss == trained(d)[1].loss[:10]
    history = trained(d, epochs=None, steps=10, interval=3, validation=task())[1]
    assert len(history.validation) == len(history.training) == 4 and history.epochs == 2
    assert len(trained(d, epochs=2, interval=1, validation=task())[1].validation) == 8


@BACKENDS
def test_a_run_interrupted_within_an_epoch_goes_on_bit_for_bit(d, tmp_path):
    options = dict(epochs=None, interval=3)
    whole, seen, _ = run(d, tmp_path / "a", steps=15, optimizer="adam", schedule="warm", **options)
    run(d, tmp_path / "b", steps=6, optimizer="adam", schedule="warm", **options)
    resumed, history, _ = run(
        d, tmp_path / "b", steps=15, optimizer="adam", schedule="warm", resume=True, **options
    )
    assert resumed == whole and history == seen and len(seen.validation) == 5
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_patience_wants_a_gain_of_some_size():
    losses = [5.0, 4.0, 3.9, 3.8, 3.0, np.nan, 2.95]
    history = History(validation=[Evaluation(x, None) for x in losses])
    assert [history.waited(gain) for gain in (0, 0.15, 0.5, 10)] == [0, 2, 2, 6] and history.best == 6
    assert History(validation=[Evaluation(np.nan, None)] * 3).waited() == 2
    early, late = (trained(dn, epochs=60, validation=task(), patience=2, min_gain=gain)[1] for gain in (0.02, 0.0))
    assert early.epochs < late.epochs
    assert early.waited(0.02) == 2 and early.loss == late.loss[: len(early.loss)]


# ---------------------------------------------------------------------- a rate that follows the validation loss
@BACKENDS
def test_a_plateau_is_followed_after_every_epoch(d, tmp_path):
    def train(epochs, path=None, **options):
        model = network(d)
        sgd = d.SGD(model.parameters(), 0.5)
        plateau = d.ReduceLROnPlateau(sgd, patience=1, factor=0.1, threshold=0.0)
        x, y = task()
        history = fit(model, (x[:30], y[:30]), sgd, epochs=epochs, batch_size=15, generator=np.random.default_rng(0),
                      scheduler=plateau, validation=(x[30:], 1 - y[30:]), checkpoint=path, **options)  # fmt: skip
        return bits(model), history

    whole, history = train(8)
    rates = np.array(history.lr).reshape(8, 2)
    assert (rates[:, 0] == rates[:, 1]).all() and (rates[:3] == 0.5).all()  # wrong labels: the loss climbs at once
    assert np.allclose(rates[3:5], 0.05) and np.allclose(rates[5:7], 0.005)
    train(4, tmp_path / "c")
    assert train(8, tmp_path / "c", resume=True) == (whole, history)


@BACKENDS
def test_a_plateau_without_validation_is_refused(d):
    model = network(d)
    sgd = d.SGD(model.parameters(), 0.1)
    for options, plateau, message in (
        ({}, d.ReduceLROnPlateau(sgd), "scheduler: ReduceLROnPlateau expected validation data, whose loss it follows"),
        (dict(validation=task()), d.ReduceLROnPlateau(sgd, "max"), "scheduler: expected mode 'min', for a loss, got"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(model, task(), sgd, epochs=1, generator=np.random.default_rng(0), scheduler=plateau, **options)


# ---------------------------------------------------------------------- one generator for everything
@BACKENDS
def test_dropout_and_augmentation_do_not_change_the_batches(d):
    """One generator for the weights, dropout, augmentation and fit; what it gives after two runs, too."""

    def batches(p, augment):
        g = np.random.default_rng(0)
        f = dict(dtype=d.float64, generator=g)
        model = d.Sequential(d.Linear(3, 4, **f), d.Dropout(p, generator=g) if p else d.Identity(), d.Linear(4, 2, **f))
        seen, masks = [], []
        model.forward = lambda x: (seen.append(_plain(x)), d.Sequential.forward(model, x))[1]
        noises = augment and (lambda x, y, g: (x, y, masks.append(g.random()))[:2])
        for _ in range(2):
            fit(model, task(40), d.SGD(model.parameters(), 0.1), epochs=2, batch_size=8, generator=g, augment=noises)
        assert p == 0 or model[1].generator is g  # given back
        return np.concatenate(seen[1:]), g.random(), masks  # the first looks at the labels

    plain, after, _ = batches(0, None)
    for p, augment in ((0.5, None), (0, True), (0.5, True)):
        seen, then, masks = batches(p, augment)
        np.testing.assert_array_equal(seen, plain)
        assert then == after and len(set(masks)) == len(masks)


def _plain(x):
    return np.asarray(x.detach()).copy()


# ---------------------------------------------------------------------- checkpoints that cannot be written
@BACKENDS
def test_what_no_checkpoint_can_hold_is_said_before_the_first_step(d, tmp_path):
    model = network(d)
    before = bits(model)
    sgd = d.SGD(model.parameters(), 0.1)
    sgd.param_groups[0]["note"] = {1, 2}
    options = dict(epochs=1, generator=np.random.default_rng(0))
    with pytest.raises(TypeError, match="tree.optimizer.param_groups.0.note: expected dicts, lists.*, got set"):
        fit(model, task(), sgd, checkpoint=tmp_path / "c", **options)
    with pytest.raises(FileNotFoundError, match="checkpoint: expected a file in a folder that is there, got .*none"):
        fit(model, task(), sgd, checkpoint=tmp_path / "none" / "c", **options)
    assert bits(model) == before and not list(tmp_path.iterdir())


def mortal(d, path, life):
    """A run whose process kills itself at its so manieth step or save: before the step, or with the save half done."""
    torch.set_num_threads(1)  # those of the process that this one was forked from are not here
    left, replace = [life], os.replace

    def tick(then):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return then

    os.replace = lambda *paths: tick(replace)(*paths)
    d = importlib.import_module(d)
    run(d, path, 8, "adam", "cosine", augment=lambda *batch: tick(jitter)(*batch), resume=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
@BACKENDS
def test_a_run_killed_at_random_goes_on_bit_for_bit(d, tmp_path):
    run(d, tmp_path / "whole", 8, "adam", "cosine")  # 8 epochs of 4 steps and a save
    context, g, kills = multiprocessing.get_context("forkserver"), np.random.default_rng(0), 0
    context.set_forkserver_preload([__name__])  # a server without PyTorch's threads, which a fork would not bring along
    while True:
        process = context.Process(target=mortal, args=(d.__name__, tmp_path / "killed", g.integers(4, 16)))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        kills += 1
    assert kills > 4
    assert (tmp_path / "killed").read_bytes() == (tmp_path / "whole").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["killed", "whole"]
