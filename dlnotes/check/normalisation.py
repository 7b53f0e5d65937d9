"""Checks for the exercises of *Normalisation*."""

from collections.abc import Callable
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("norm-pencil")
def pencil(y: Any, d_gamma: Any, d_beta: Any, d_x: Any) -> None:
    """The batch 0 0 0 0 5 with gamma 4 and beta 1, and a slope of 5 at the first."""
    mistakes: Mistakes = (
        ([-0.5, -0.5, -0.5, -0.5, 2], "that is the normalised batch: multiply by gamma and add beta"),
        ([-2, -2, -2, -2, 8], "add beta"),
        (1 + 4 * (np.array([0, 0, 0, 0, 5]) - 1) / np.sqrt(5), "divide the sum of squares by n, not by n - 1"),
        ([0, 0, 0, 0, 5], "divide by the standard deviation, the root of the variance"),
    )
    hint = "the mean is 1; what is the mean of the five squared distances?"
    hinted("y", y, [-1, -1, -1, -1, 9], hint, mistakes, 1e-3)
    mistakes = ((5, "gamma was multiplied by the normalised x"), (-5, "gamma was multiplied by the normalised x"))
    hint = "each slope times the normalised number that gamma multiplied, added up"
    hinted("The slope of gamma", d_gamma, -2.5, hint, mistakes, 1e-3)
    hinted("The slope of beta", d_beta, 5, "beta was added to all five", ((1, "add up, do not average"),), 1e-3)
    mistakes = (
        ([10, 0, 0, 0, 0], "the mean and the deviation change with x too: two parts are lost"),
        ([8, -2, -2, -2, -2], "that loses the mean of g; what lies along the normalised x is lost too"),
        ([9.5, -0.5, -0.5, -0.5, 2], "that loses what lies along the normalised x; the mean of g is lost too"),
        ([3.75, -1.25, -1.25, -1.25, 0], "multiply by gamma / s"),
        ([15, -5, -5, -5, 0], "divide by s"),
        ([1.875, -0.625, -0.625, -0.625, 0], "multiply by gamma"),
    )
    hint = "take two means, and check that they sum to 0"
    hinted("The gradient of x", d_x, [7.5, -2.5, -2.5, -2.5, 0], hint, mistakes, 1e-3)


@exercise("norm-rms")
def rms(vjp: Callable) -> None:
    """The backward pass of x / root mean square, for rows."""
    rng = np.random.default_rng(0)
    for x, g in (
        (np.array([[1.0, 7.0]]), np.array([[1.0, 0.0]])),
        (rng.normal(3, 1, (4, 6)), rng.normal(size=(4, 6))),
    ):
        got = vjp(x.copy(), g.copy())
        require(got is not None, "rms_vjp(x, g) is still None.")
        r = np.sqrt((x**2).mean(1, keepdims=True))
        z = x / r
        along = z * (g * z).mean(1, keepdims=True)
        mistakes: Mistakes = (
            (g / r, "the root mean square changes with x too"),
            ((g - g.mean(1, keepdims=True) - along) / r, "no mean was subtracted on the way forward"),
            ((g - x * (g * x).mean(0) / (x**2).mean(0)) / np.sqrt((x**2).mean(0)), "take means along rows"),
            (g - along, "divide by the root mean square"),
            ((g - z * (g * z).sum(1, keepdims=True)) / r, "is your sum divided by the number of columns?"),
        )  # fmt: skip
        hint = "compare with a central difference; is a slope along x itself lost?"
        hinted(f"rms_vjp for x of shape {x.shape}", got, (g - along) / r, hint, mistakes, 1e-7)


@exercise("norm-count")
def count(means: Any, numbers: Any) -> None:
    """(8, 6, 5, 5): batch, instance, group with 3 groups, layer."""
    what = "The list of means (batch, instance, group, layer)"
    for place, wrong, why in (
        (0, 8, "batch norm: one for each channel"),
        (1, 6, "instance norm: one for each channel of each image"),
        (1, 8, "instance norm: one for each channel of each image"),
        (2, 3, "group norm: three for each image"),
        (2, 16, "three groups of two channels, not two of three"),
        (3, 6, "layer norm: one for each image"),
    ):
        same = np.shape(means) == (4,) and means[place] is not None and np.isclose(means[place], wrong)
        require(not same, f"{what}: {why}.")
    hinted(what, means, [6, 48, 24, 8], "means times numbers for each mean make all 1,200 numbers")
    hint = "1,200 numbers, shared out equally among the means"
    hinted("The list of numbers for each mean", numbers, [200, 25, 50, 150], hint)


@exercise("norm-scale")
def scale(length: Any, gradient: Any, factor: Any, share: Any) -> None:
    """Weights of length 3 with a gradient of length 4 and rate 1."""
    mistakes: Mistakes = (
        (7, "the gradient is perpendicular to w: use Pythagoras"),
        (-1, "the gradient is perpendicular to w: use Pythagoras"),
        (1, "the gradient is perpendicular to w: use Pythagoras"),
        (25, "take the root"),
    )
    hinted("The length after a step", length, 5, "the two are perpendicular", mistakes, 1e-3)
    mistakes = ((40, "ten times the weights, the same function: is it steeper or flatter?"), (4, "flatter"))
    hinted("The gradient at 10 w", gradient, 0.4, "the same change of J needs a step ten times as long", mistakes, 1e-3)
    mistakes = ((10, "the gradient is smaller as well"), (0.01, "longer weights need larger steps"))
    hinted("The factor of the rate", factor, 100, "the step is alpha g; w is ten times as long", mistakes, 1e-3)
    mistakes = (
        (0.6, "that is what is left of w; how much was taken?"),
        (0.2, "the step is perpendicular to the shrunk w"),
        (0.8, "the step is perpendicular to the shrunk w"),
    )
    hint = "after decay w must have such a length that a perpendicular step of 4 makes it 5 again"
    hinted("alpha lambda", share, 0.4, hint, mistakes, 1e-3)


@exercise("norm-running")
def running(mean: Any, var: Any) -> None:
    """The batches 2 6 and 0 0 6 6 with momentum 0.25 from 0 and 1."""
    mistakes: Mistakes = (
        (3.25, "momentum is the share of the new batch, here a quarter"),
        (3.5, "a running mean starts at 0 and forgets"),
        (1, "that is after the first batch"),
    )
    hinted("The running mean", mean, 1.5, "after the first batch it is 1", mistakes, 1e-3)
    mistakes = (
        (0.75 * (0.75 + 1) + 0.25 * 9, "the running variance divides by n - 1"),
        (0.25 * (0.25 + 6) + 0.75 * 12, "momentum is the share of the new batch, here a quarter"),
        (2.75, "that is after the first batch"),
        (0.75 * 2 + 0.25 * 12, "the running variance starts at 1"),
    )
    hint = "the two variances, over n - 1, are 8 and 12"
    if np.size(var) == 1 and var is not None and not np.isclose(float(var), 5.0625):
        hint = "start at 1, and take each batch's sum of squares over n - 1"
    hinted("The running variance", var, 0.75 * 2.75 + 3, hint, mistakes, 1e-3)


@exercise("norm-mode")
def mode(score: Callable) -> None:
    """Accuracy, whatever the mode and the order of the examples, with nothing moved."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    images = rng.normal(size=(120, 4)) + 2 * np.eye(3, 4)[labels]
    norm, scores = dn.BatchNorm1d(4, dtype=dn.float64), dn.Linear(4, 3, generator=rng, dtype=dn.float64)
    model = dn.Sequential(norm, scores)
    model.load_state_dict({
        **model.state_dict(), "0.running_mean": images.mean(0), "0.running_var": images.var(0),
        "1.weight": 2 * np.eye(3, 4),
    })  # fmt: skip
    model.eval()
    want = float((model(dn.tensor(images)).data.argmax(1) == labels).mean())
    before = model.state_dict()["0.running_mean"]
    for training in (True, False):
        model.train(training)
        got = score(model, images, labels)
        require(got is not None, "score gives None.")
        moved = not np.array_equal(model.state_dict()["0.running_mean"], before)
        expect("The score of sorted images", float(got), want, hint="Each counts once.")
        require(not moved, "The score is right, but scoring moved the running mean: is that evaluation?")
        why = "Leave the model in the mode that you found it in: who trains on would go on in the wrong one."
        require(model.training == training, why)


@exercise("norm-fold")
def fold(folded: Callable) -> None:
    """A linear layer and batch norm in evaluation mode, in one linear layer."""
    rng = np.random.default_rng(0)
    W, b, gamma, beta, mean = (rng.normal(size=s) for s in ((3, 4), 3, 3, 3, 3))
    var, eps, x = rng.uniform(1, 3, 3), 0.1, rng.normal(size=(5, 4))
    got = folded(W.copy(), b.copy(), gamma.copy(), beta.copy(), mean.copy(), var.copy(), eps)
    require(got is not None, "fold gives None.")
    require(len(got) == 2, "fold should give two arrays, the weights and the biases.")
    W2, b2 = (np.asarray(a, float) for a in got)
    s = np.sqrt(var + eps)
    fits = W2.shape == (3, 4) and b2.shape == (3,)
    require(fits, f"The shapes should be (3, 4) and (3,), not {W2.shape} and {b2.shape}.")
    mistakes: Mistakes = (
        (W * (gamma / np.sqrt(var))[:, None], "epsilon belongs into the root"),
        (W * (gamma / (var + eps))[:, None], "divide by the root of the variance"),
        (W * gamma[:, None], "divide by the standard deviation"),
    )
    hinted("W", W2, W * (gamma / s)[:, None], "each row of W belongs to one neuron: scale it", mistakes)
    mistakes = (
        (gamma / s * b + beta, "the running mean is subtracted"),
        (gamma / s * (b - mean), "beta is added at the end"),
        (beta - gamma / s * mean, "b passes through the norm as well"),
        (b + beta - gamma / s * mean, "b is scaled by the norm as well"),
    )
    hinted("b", b2, gamma / s * (b - mean) + beta, "what comes out for x = 0?", mistakes)
    expect("The output", x @ W2.T + b2, (x @ W.T + b - mean) / s * gamma + beta)


@exercise("norm-choose")
def choose(A: Any, B: Any, C: Any, D: Any) -> None:
    """What is left of four inputs."""
    hinted(
        "A", A, [[1, -1], [-1, 1]], "each column is a batch of two: only which is larger is left",
        (([[-1, 1], [-1, 1]], "batch norm takes its mean down a column"),), 1e-3,
    )  # fmt: skip
    hinted(
        "B", B, [[-1, 1], [-1, 1]], "layer norm takes its mean along a row",
        (([[1, -1], [-1, 1]], "layer norm takes its mean along a row"),), 1e-3,
    )  # fmt: skip
    hinted("C", C, [[0, 0], [0, 0]], "a map of one pixel: how far is it from its own mean?", (), 1e-3)
    require(D is not None, "D is still None.")
    said = str(D).strip().lower()
    known = said in ("batch", "layer", "instance", "group")
    require(known, f'D should be "batch", "layer", "instance" or "group", not {D!r}.')
    why = {
        "batch": "two scans are few, and what the first is given changes with its mate",
        "layer": "its mean would be shared by all 64 channels",
        "instance": "each map would lose how bright it is beside the others",
    }
    require(said == "group", f"D: not {said}: {why.get(said, '')}.")
