"""Checks for the exercises of *Regularisation and dropout*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("regularisation-prices")
def prices(with_l2: Any, with_l1: Any) -> None:
    """J = (w1 - 4)^2 + (w2 + 1)^2 + (w3 - 0.4)^2, so q = 2, with lambda = 2."""
    best = np.array([4, -1, 0.4])
    mistakes: Mistakes = (
        (best / 3, "that is a curvature of 1; the second derivative of (w - 4)^2 is 2"),
        (best / 1.5, "the L2 price is half of lambda w^2, with the slope lambda w"),
        ([3, 0, 0], "that is what the other price leaves"),
        (best, "those are the weights without a price"),
    )
    hinted("What the L2 price leaves", with_l2, best / 2, "set the slope of J plus that of the price to 0", mistakes)
    mistakes = (
        ([2, 0, 0], "that is a curvature of 1; the second derivative of (w - 4)^2 is 2"),
        ([3, -2, 0], "a price pulls a negative weight up, towards 0"),
        ([3, 0, -0.6], "no weight is pulled past 0, because on the other side the price pulls back"),
        ([3, -2, -0.6], "no weight is pulled past 0, and a negative one is pulled up"),
        (best / 2, "that is what the other price leaves"),
    )
    hint = "each weight moves towards 0 until the slope of J there balances lambda, or it is at 0"
    hinted("What the L1 price leaves", with_l1, [3, 0, 0], hint, mistakes)


@exercise("regularisation-elastic")
def elastic(step: Callable) -> None:
    """sign(v) max(|v| - alpha l1, 0) / (1 + alpha l2)."""
    v = np.array([3.0, 0.5, -0.2, -2.0, 0.0])
    for alpha, l1, l2 in ((0.1, 0.0, 2.0), (0.1, 4.0, 0.0), (0.1, 4.0, 2.0), (0.5, 1.0, 3.0)):
        got = step(v.copy(), alpha, l1, l2)
        require(got is not None, "elastic(v, alpha, l1, l2) is still None.")
        nearer = np.sign(v) * np.maximum(np.abs(v) - alpha * l1, 0)
        decayed = np.sign(v) * np.maximum(np.abs(v) * (1 - alpha * l2) - alpha * l1, 0)
        after = v / (1 + alpha * l2)
        mistakes: list = [
            (nearer * (1 - alpha * l2), "1 - alpha l2 is a step along the slope at v; the lowest w has the slope at w"),
            (decayed, "1 - alpha l2 is a step along the slope at v; the lowest w has the slope at w"),
            (v - alpha * (l1 * np.sign(v) + l2 * v), "that steps along the slope, and can cross 0"),
            ((v - alpha * l1 * np.sign(v)) / (1 + alpha * l2), "that can cross 0; stop there"),
            (np.maximum(v - alpha * l1, 0) / (1 + alpha * l2), "a negative weight is drawn up to 0, not cut off"),
        ]
        if l1 and l2:
            first = np.sign(after) * np.maximum(np.abs(after) - alpha * l1, 0)
            mistakes.append((first, "one after the other is not both at once: the slope of all three terms is 0"))
        what = f"elastic(v, {alpha}, {l1:g}, {l2:g}) for v = {v.tolist()}"
        hinted(what, got, nearer / (1 + alpha * l2), "set the slope of all three terms to 0 for w > 0", mistakes)


@exercise("regularisation-left")
def left(l2_faint: Any, l2_strong: Any, adamw_faint: Any, adamw_strong: Any) -> None:
    """After 10,000 steps: exp(-1), exp(-0.01), exp(-1), exp(-1)."""
    e = float(np.exp(-1))
    mistakes: Mistakes = (
        (float(np.exp(-0.1)), "that is decay without Adam, which divides the price's slope by the gradient's size"),
        (0.0, "each step takes a share of what is left"),
    )
    hint = "a step takes alpha times lambda w, divided by the gradient's size; 10,000 of them multiply"
    hinted("What the L2 price leaves of the faint pixel's weight", l2_faint, e, hint, mistakes, 2e-2)
    mistakes = ((1.0, "nearly all, but each step does take a share"),)
    hinted("What it leaves of the strong one's", l2_strong, float(np.exp(-0.01)), hint, mistakes, 3e-3)
    mistakes = ((float(np.exp(-10)), "in AdamW nothing is divided by the gradient's size"),)
    hint = "AdamW multiplies by 1 - alpha lambda in each step, before Adam's division"
    hinted("What AdamW leaves of the faint pixel's weight", adamw_faint, e, hint, mistakes, 2e-2)
    hinted("What AdamW leaves of the strong one's", adamw_strong, e, hint, mistakes, 2e-2)


@exercise("regularisation-masks")
def masks(mean: Any, variance: Any, inverted_mean: Any, relu_mean: Any) -> None:
    """Terms 6 and -2, dropped with p = 1/4."""
    mistakes: Mistakes = (
        (1, "p is the chance to be dropped"),
        (2, "that is p = 1/2"),
        (4, "that is without dropout"),
    )
    hinted("The mean", mean, 3, "each term counts with the chance that it is kept", mistakes)
    mistakes = (
        (6, "the two terms are dropped independently, so their variances add up, whatever their sign"),
        (3, "that is the variance of one mask for both; they are dropped independently"),
        (16.5, "that is the mean of the square; take off the square of the mean"),
        (10, "p (1 - p) is 3/16 for p = 1/4"),
    )
    hint = "a mask has the variance p (1 - p); a term's factor enters squared"
    hinted("The variance", variance, 7.5, hint, mistakes)
    mistakes = ((3, "inverted dropout divides"), (16, "it divides by the chance to be kept"))
    hinted("The inverted mean", inverted_mean, 4, "what is the division by 1 - p for?", mistakes)
    mistakes = (
        (4, "that is the ReLU of the mean"),
        (27 / 8, "divide the terms by the chance to be kept, too"),
        (3, "the ReLU takes each of the four values, and only then comes the mean"),
    )
    hint = "write down the four values, cut off the negative one, and weigh them with their chances"
    hinted("The mean of the ReLU", relu_mean, 4.5, hint, mistakes)


class _Net:
    """Notes in which mode it is trained and judged."""

    def __init__(self) -> None:
        self.training, self.trained, self.judged = True, [], []  # type: ignore[var-annotated]

    def train(self, mode: bool = True) -> "_Net":
        self.training = mode
        return self

    def eval(self) -> "_Net":
        return self.train(False)


@exercise("regularisation-mode")
def mode(course: Callable) -> None:
    """Each epoch in training mode, each look in evaluation mode."""
    for start in (True, False):
        net = _Net().train(start)

        def epoch(net: _Net) -> None:
            net.trained.append(net.training)

        def loss(net: _Net) -> float:
            net.judged.append(net.training)
            return 1 / len(net.judged)

        losses = course(net, epoch, loss, 4)
        require(losses is not None, "course(net, epoch, loss, epochs) is still None.")
        require(len(net.trained) == 4, f"In 4 epochs, epoch(net) was called {len(net.trained)} times.")
        require(len(net.judged) == 4, f"In 4 epochs, loss(net) was called {len(net.judged)} times.")
        off = net.trained.count(False)
        require(not off, f"In {off} of 4 epochs the network trained in the wrong mode: print net.training in the loop.")
        on = net.judged.count(True)
        require(not on, f"In {on} of 4 looks at the validation data the masks were on.")
        expect("The list of losses", losses, [1, 1 / 2, 1 / 3, 1 / 4])


@exercise("regularisation-noise")
def noise(noisy: Callable) -> None:
    """(X^T X / n + s^2 I)^-1 X^T t / n."""
    rng = np.random.default_rng(0)
    for n, d, s in ((8, 3, 0.0), (8, 3, 0.5), (20, 4, 1.5)):
        X, t = rng.normal(size=(n, d)), rng.normal(size=n)

        def ridge(price: Any, X: Any = X, t: Any = t) -> np.ndarray:
            return np.linalg.solve(X.T @ X / len(X) + price * np.eye(X.shape[1]), X.T @ t / len(X))

        got = noisy(X.copy(), t.copy(), s)
        what = f"noisy(X, t, {s}) for X of shape {X.shape}"
        require(got is not None, "noisy(X, t, s) is still None.")
        again = noisy(X.copy(), t.copy(), s)
        require(np.array_equal(np.asarray(got), np.asarray(again)), f"{what} gives other weights each time.")
        mistakes: list = []
        if s:
            mistakes = [
                (ridge(s**2 / n), "the noise is in each of the n examples, so its price does not shrink with n"),
                (ridge(s), "the standard deviation enters squared"),
                (ridge(0), "that is without noise"),
                (ridge(s**2 / 2), "the price is s^2 times the sum of w^2, without a half"),
                (ridge(s**2 * np.mean(X**2, 0)), "the noise is as large for a small input as for a large one"),
            ]
        hint = "the mean square of an error is the square of its mean plus its variance"
        hinted(what, got, ridge(s**2), hint, mistakes, 1e-6)


@exercise("regularisation-smooth")
def smooth(probability: Any, score_gap: Any, lowest: Any, better: Any) -> None:
    """Five classes, s = 0.25: 0.8 and 0.05."""
    mistakes: Mistakes = ((0.75, "the right class has its part of the s, too"),)
    hinted("The probability", probability, 0.8, "1 - s + s / C", mistakes)
    mistakes = (
        (16, "that is the ratio of the probabilities; scores are logarithms"),
        (float(np.log(4)), "compare with one other class, not with all four together"),
    )
    hint = "softmax gives probabilities whose ratio is e to the difference of the scores"
    hinted("The gap of the scores", score_gap, float(np.log(16)), hint, mistakes, 5e-3)
    mistakes = (
        (float(-np.log(0.8)), "that is the part of a hard label; four other classes have a share"),
        (0, "the labels are soft, so the loss is never 0"),
        (float(-0.8 * np.log(0.8) - 0.05 * np.log(0.05)), "four other classes have a share"),
    )
    want = float(-0.8 * np.log(0.8) - 0.2 * np.log(0.05))
    hint = "add up minus share times log of probability over the five classes, where both are equal"
    hinted("The lowest loss", lowest, want, hint, mistakes, 5e-3)
    require(better is not None, "better is still None.")
    said = str(better).strip().lower()
    require(said in ("yes", "no", "cannot say"), f'better should be "yes", "no" or "cannot say", but is {better!r}.')
    require(said == "cannot say", f"Not {better!r}: against which labels is each training loss measured?")


@exercise("regularisation-judge")
def judge(earned: Any, sureness: Any) -> None:
    """0.02 of 0.20; a temperature below 1 makes the network surer."""
    mistakes: Mistakes = (
        (0.9, "that is the part that the rate and the best epoch earned"),
        (0.02, "that is a difference of losses; which share of the whole fall is it?"),
        (0.2, "that is the whole fall"),
        (1, "compare with the network that was tuned likewise, but has no regulariser"),
        (0.02 / 0.52, "divide by the whole fall, not by a loss"),
        (0.02 / 0.70, "divide by the whole fall, not by a loss"),
        (10, "a share is at most 1"),
    )
    hinted("The share", earned, 0.1, "who is to be compared with whom, and how long is the whole fall?", mistakes, 1e-3)
    require(sureness is not None, "sureness is still None.")
    said = str(sureness).strip().lower()
    named = f'sureness should be "overconfident" or "modest", but is {sureness!r}.'
    require(said in ("overconfident", "modest"), named)
    require(said == "modest", f"Not {sureness!r}: scores are divided by 0.8. Do they grow or shrink?")
