"""The training loop: same run in both back ends, and nothing lost when it fails."""

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
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


def run(d, path, epochs, optimizer, schedule, *, shared=False, **options):
    rng = np.random.default_rng(4)
    model = d.Sequential(Noisy(d, rng if shared else np.random.default_rng(8)), *network(d))
    opt = OPTIMIZERS[optimizer](d, model)
    scheduler = SCHEDULES[schedule](d, opt)
    options = dict(batch_size=16, validation=task(20), scheduler=scheduler, augment=jitter) | options
    history = fit(model, task(), opt, epochs=epochs, generator=rng, checkpoint=path, **options)
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
