"""Scores are what their formulas say, on arrays and on Tensors of both back ends."""

import math

import numpy as np
import pytest
import skimage.metrics
import sklearn.metrics

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import metrics

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 300)
SCORES = RNG.normal(size=(300, 4)) + 2 * np.eye(4)[LABELS]


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


@pytest.mark.parametrize("of", [np.asarray, dn.tensor, dt.tensor, np.ndarray.tolist])
def test_accuracy_and_confusion_are_scikit_learns(of):
    chosen = SCORES.argmax(1)
    result = metrics.accuracy(of(SCORES), of(LABELS))
    assert result == metrics.accuracy(of(chosen), of(LABELS))
    assert result.value == sklearn.metrics.accuracy_score(LABELS, chosen)
    np.testing.assert_array_equal(
        metrics.confusion(of(SCORES), of(LABELS)), sklearn.metrics.confusion_matrix(LABELS, chosen)
    )


def test_the_error_bar_is_that_of_repeated_samples():
    shares = (RNG.random((4000, 200)) < 0.9).mean(1)
    one = metrics.accuracy((np.arange(200) % 10 > 0) + 0, np.ones(200, int))
    assert one.value == 0.9 and abs(one.error / shares.std() - 1) < 0.05
    intervals = np.array([metrics.Accuracy(share, 0.0, 200).interval for share in shares])
    assert 0.93 < ((intervals[:, 0] <= 0.9) & (intervals[:, 1] >= 0.9)).mean() < 0.98
    assert metrics.Accuracy(1.0, 0.0, 20).interval[0] == pytest.approx(1 / (1 + 1.959964**2 / 20))
    assert str(one) == "0.900 +- 0.021 (n = 200)"


def test_ignored_labels_are_left_out():
    labels = np.array([[0, 1, -100], [2, -100, -100]])
    answers = np.array([[0, 2, 0], [2, 1, 1]])
    assert metrics.accuracy(answers, labels) == metrics.accuracy([0, 2, 2], [0, 1, 2])
    assert metrics.accuracy(np.eye(3)[answers], labels).n == 3
    assert metrics.confusion(answers, labels).sum() == 3


def test_confusion_takes_the_number_of_classes():
    assert metrics.confusion([0], [0], 3).shape == (3, 3) and metrics.confusion([[1.0, 0, 0]], [0]).shape == (3, 3)
    with pytest.raises(ValueError, match="labels: expected labels and answers from 0 to 1, got up to 2"):
        metrics.confusion([0, 2], [0, 1], 2)


def test_a_calibrated_guesser_has_a_small_error_and_a_sure_one_a_large():
    p = RNG.dirichlet([1, 1, 1], 20_000)
    labels = (p.cumsum(1) > RNG.random((20_000, 1))).argmax(1)  # each class as often as it was said
    assert metrics.ece(p, labels) < 0.02
    bins = metrics.calibration(p, labels, bins=10)
    assert bins.share.sum() == pytest.approx(1) and (bins.share[:3] == 0).all()  # 1/3 is the least confidence
    full = bins.share > 0.01
    np.testing.assert_allclose(bins.confidence[full], bins.accuracy[full], atol=0.05)
    sure = np.eye(3)[p.argmax(1)]
    assert metrics.ece(sure, labels) == pytest.approx(1 - (p.argmax(1) == labels).mean())


def test_a_confidence_on_a_border_is_in_the_lower_bin_in_both_precisions():
    for dtype in ("f", "d"):
        p = np.array([[0.6, 0.4], [0.4, 0.6]], dtype)
        assert metrics.calibration(p, [0, 0], bins=5).share.tolist() == [0, 0, 1, 0, 0]


@pytest.mark.parametrize("factor", [0.25, 1.0, 8.0])
def test_temperature_undoes_a_factor_and_minimises_the_loss(factor):
    t = metrics.temperature(SCORES * factor, LABELS)
    assert t / factor == pytest.approx(metrics.temperature(SCORES, LABELS), rel=1e-9)

    def loss(t):
        return -np.log(softmax(SCORES * factor / t)[np.arange(300), LABELS]).mean()

    assert loss(t) < min(loss(t * 1.01), loss(t / 1.01))


def test_temperature_stays_within_its_bounds():
    assert metrics.temperature([[1.0, 0.0]], [0]) == pytest.approx(1e-3)  # the surer the better
    assert metrics.temperature([[1.0, 0.0]], [1]) == pytest.approx(1e3)


def test_psnr_is_scikit_images():
    a, b = RNG.integers(0, 256, (2, 20, 30), np.uint8)
    assert metrics.psnr(a, b) == pytest.approx(skimage.metrics.peak_signal_noise_ratio(b, a))
    assert metrics.psnr(a / 255, b / 255) == pytest.approx(metrics.psnr(a, b))
    assert metrics.psnr(a, a) == math.inf
    assert metrics.psnr(dn.tensor(a / 255), b / 255) == pytest.approx(metrics.psnr(a, b), abs=1e-4)
    assert metrics.psnr(a, b / 1.0, peak=255) == metrics.psnr(a, b)


def test_bits_of_a_guess_are_the_logarithm_of_the_choices():
    assert metrics.bits_per_character(math.log(64)) == pytest.approx(6)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: metrics.accuracy([[0, 1]], [0, 1]), r"answers: expected \(2,\) or \(2,\) and classes, got \(1, 2\)"),
        (lambda: metrics.accuracy([0.5], [0]), "answers: expected"),
        (lambda: metrics.accuracy([0], [0.5]), "labels: expected"),
        (lambda: metrics.accuracy([0], [-100]), "labels: expected at least one that is not -100"),
        (lambda: metrics.accuracy(["a"], [0]), "answers: expected numbers"),
        (lambda: metrics.ece([[1.0, 2.0]], [0]), "probabilities: expected rows that sum to 1"),
        (lambda: metrics.ece([0.5], [0]), r"probabilities: expected \(N, C\)"),
        (lambda: metrics.temperature([0.5], [0]), r"scores: expected \(N, C\)"),
        (lambda: metrics.psnr(np.zeros(3), np.zeros(4)), "image: expected the shape of reference"),
        (lambda: metrics.psnr(np.zeros(3, np.uint8), np.zeros(3)), "peak: expected a number"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
