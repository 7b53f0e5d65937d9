"""How good answers are, and how sure one can be of it.  Arrays, or Tensors of either back end, go in; numbers come out.

A test set is a sample: on n independent examples an accuracy a is known to about sqrt(a (1 - a) / n), so .95 on 1,000
images means .95 +- .007, and a difference smaller than that says nothing.  A classifier is *calibrated* if of the
answers it gives with confidence .8 eight in ten are right; dividing its scores by one number, a temperature, changes
no answer and often mends the confidence.

Sources: chapters *Classifying images* and *Training and test error*; Wilson 1927; Guo et al., *On calibration of modern
neural networks*, 2017.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _backend, _validate

__all__ = [
    "Accuracy", "accuracy", "confusion", "Calibration", "calibration", "ece", "temperature", "psnr",
    "bits_per_character",
]  # fmt: skip


class Accuracy(NamedTuple):
    """The share of right answers, its standard error, and of how many answers it is.

    >>> print(Accuracy(0.953, 0.0067, 1000))
    0.953 +- 0.007 (n = 1,000)
    """

    value: float
    error: float
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the true accuracy, which holds near 0 and 1 too."""
        z, n, p = 1.959964, self.n, self.value
        middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low, high = ((middle + side * half) / (1 + z**2 / n) for side in (-1, 1))
        return max(0.0, low), min(1.0, high)

    def __str__(self) -> str:
        return f"{self.value:.3f} +- {self.error:.3f} (n = {self.n:,})"


def accuracy(answers: Any, labels: Any, *, ignore_index: int = -100) -> Accuracy:
    """The share of `labels` that `answers` get right; where a label is `ignore_index`, it is left out.

    answers: scores or probabilities (..., C), of which the largest counts, or class labels (...).  labels: (...).

    >>> accuracy([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], [1, 0, 0]).value
    0.6666666666666666
    """
    chosen, truth = _answers(answers, labels, ignore_index)
    value = float((chosen == truth).mean())
    return Accuracy(value, math.sqrt(value * (1 - value) / len(truth)), len(truth))


def confusion(answers: Any, labels: Any, classes: int | None = None, *, ignore_index: int = -100) -> np.ndarray:
    """How often each true class (row) got each answer (column): counts (C, C).

    classes: C; if None, that of the scores, or else the largest label or answer + 1.

    >>> confusion([0, 1, 1, 2], [0, 0, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    chosen, truth = _answers(answers, labels, ignore_index)
    least = 1 + int(max(chosen.max(), truth.max()))
    shape = np.shape(answers)
    classes = (shape[-1] if len(shape) > np.ndim(labels) else least) if classes is None else classes
    _validate.size("classes", classes)
    if min(chosen.min(), truth.min()) < 0 or least > classes:
        raise ValueError(f"labels: expected labels and answers from 0 to {classes - 1}, got up to {least - 1}")
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, chosen), 1)
    return counts


class Calibration(NamedTuple):
    """In each bin of confidence: its mean, the share of right answers, and the share of all answers that lie in it."""

    confidence: np.ndarray  # (bins,), 0 where a bin is empty
    accuracy: np.ndarray
    share: np.ndarray

    @property
    def ece(self) -> float:
        """The expected calibration error: how far confidence and accuracy lie apart on average."""
        return float((self.share * abs(self.confidence - self.accuracy)).sum())


def calibration(probabilities: Any, labels: Any, *, bins: int = 15) -> Calibration:
    """Confidence against accuracy in `bins` equal parts of 0 .. 1; `plot.reliability` draws them.

    probabilities: (N, C), rows that sum to 1.  labels: (N,).  A confidence on the border of two bins belongs to the
    lower one.
    """
    p, truth = _array("probabilities", probabilities), _array("labels", labels)
    _validate.size("bins", bins)
    if p.ndim != 2 or p.shape[:1] != truth.shape or not len(p):
        raise ValueError(f"probabilities: expected (N, C) beside labels (N,), got {p.shape} and {truth.shape}")
    if p.min() < 0 or not np.allclose(p.sum(1), 1, atol=1e-4):
        raise ValueError("probabilities: expected rows that sum to 1, got others; apply softmax to scores first")
    sure, right = p.max(1).astype(np.float64), p.argmax(1) == truth
    place = np.clip(np.ceil(sure * bins - 1e-6).astype(int) - 1, 0, bins - 1)  # a border stays one when it is rounded
    count = np.bincount(place, minlength=bins)
    confidence, accuracy = (np.bincount(place, values, bins) / np.maximum(count, 1) for values in (sure, right))
    return Calibration(confidence, accuracy, count / len(truth))


def ece(probabilities: Any, labels: Any, *, bins: int = 15) -> float:
    """The expected calibration error, 0 to 1.  Luck alone makes it up to 0.4 sqrt(bins / n)
    on n examples, on average.

    >>> round(ece([[0.9, 0.1], [0.9, 0.1]], [0, 1]), 6)
    0.4
    """
    return calibration(probabilities, labels, bins=bins).ece


def temperature(scores: Any, labels: Any) -> float:
    """The temperature T, 0.001 to 1000, for which softmax(scores / T) gives `labels` the greatest likelihood.

    Choose it on validation data.  It is above 1 for a classifier that is too sure of itself.  The cost is convex in
    1 / T, so its slope, mean(scores expected - score of the label), changes sign once: there T is found by bisection.
    """
    z, truth = _array("scores", scores).astype(np.float64), _array("labels", labels)
    if z.ndim != 2 or z.shape[:1] != truth.shape or not len(z):
        raise ValueError(f"scores: expected (N, C) beside labels (N,), got {z.shape} and {truth.shape}")
    z = z - z.max(1, keepdims=True)
    label = z[np.arange(len(z)), truth]
    low, high = math.log(1e-3), math.log(1e3)  # of 1 / T
    for _ in range(60):
        middle = (low + high) / 2
        p = np.exp(math.exp(middle) * z)
        slope = ((p * z).sum(1) / p.sum(1) - label).mean()
        low, high = (low, middle) if slope > 0 else (middle, high)
    return math.exp(-(low + high) / 2)


def psnr(image: Any, reference: Any, *, peak: float | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, 10 log10(peak^2 / mean squared error); infinite if both are equal.

    peak: the largest value there can be; if None, 255 for whole numbers and 1 for floats.

    >>> psnr(np.full((4, 4), 0.6), np.full((4, 4), 0.5))
    20.0
    """
    a, b = _array("image", image), _array("reference", reference)
    if a.shape != b.shape or a.size == 0:
        raise ValueError(f"image: expected the shape of reference, {b.shape}, and some pixels, got {a.shape}")
    if peak is None:
        if a.dtype.kind != b.dtype.kind and "f" in (a.dtype.kind, b.dtype.kind):
            raise ValueError(f"peak: expected a number where one image is of {a.dtype} and one of {b.dtype}")
        peak = 1.0 if a.dtype.kind == "f" else 255.0
    error = float(((a.astype(np.float64) - b.astype(np.float64)) ** 2).mean())
    return round(10 * math.log10(peak**2 / error), 9) if error else math.inf


def bits_per_character(loss: float) -> float:
    """A mean cross-entropy, which losses give in nats, in bits: loss / ln 2.  log2(C) is that of guessing among C."""
    return float(loss) / math.log(2)


def _array(name: str, values: Any) -> np.ndarray:
    array = _backend.array(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected numbers, got dtype {array.dtype}")
    return array


def _answers(answers: Any, labels: Any, ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """The class answered and the true one, (N,) each, without those to be ignored."""
    a, truth = _array("answers", answers), _array("labels", labels)
    _validate.whole("labels", truth.dtype)
    chosen = a.argmax(-1) if a.ndim == truth.ndim + 1 else a
    if chosen.shape != truth.shape:
        raise ValueError(f"answers: expected {truth.shape} or {truth.shape} and classes, got {a.shape}")
    if a is chosen:
        _validate.whole("answers", a.dtype)
    keep = truth != ignore_index
    if not keep.any():
        raise ValueError(f"labels: expected at least one that is not {ignore_index}, got none")
    return chosen[keep], truth[keep]
