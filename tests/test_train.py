"""The training loop: same run in both back ends, and nothing lost when it fails."""

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes.train import DivergedError, Evaluation, evaluate, fit, predict

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
