"""Checks for the exercises of *VGG*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("vgg-count")
def count(counted: Any, second: Any, one_by_one: Any, dense: Any) -> None:
    """[32, 32, "M", 64, "M", 64, -64, "M"], 3 x 32 x 32, then 100 and 10."""
    mistakes: Mistakes = (
        (10, "a pool has no weights"),
        (5, "dense layers have weights, too"),
        (6, "a 1 x 1 convolution has weights, too"),
    )
    hinted("The count of layers", counted, 7, "count what has weights", mistakes)
    mistakes = (
        (32 * 32 * 9, "each filter has a bias"),
        (32 * 28, "that is the first; the second sees 32 maps"),
        (32 * 10, "each filter sees all 32 maps"),
    )
    hinted("The second convolution", second, 32 * 289, "32 filters, each with nine weights for each map", mistakes)
    mistakes = ((64 * 64, "each filter has a bias"), (64 * (64 * 9 + 1), "below 0 a window has one place"))
    hinted("The 1 x 1 convolution", one_by_one, 64 * 65, "64 filters, each with one weight for each map", mistakes)
    mistakes = (
        (100 * 64 * 16, "each neuron has a bias"),
        (100 * (64 * 64 + 1), "three pools halve 32 three times"),
        (100 * (64 * 1024 + 1), "each pool halves the image"),
        (100 * 65, "the maps are not single numbers: how large are they behind three pools?"),
    )
    hinted("The first dense layer", dense, 100 * 1025, "what is left of 32 x 32 behind three pools?", mistakes)


@exercise("vgg-windows")
def windows(two_small: Any, one_large: Any, five_see: Any, with_pool: Any) -> None:
    """Ten maps: 3 x 3 twice, 5 x 5 once; what five layers see, without and with a pool behind the second."""
    mistakes: Mistakes = (
        (180, "each of the ten maps that come out sees all ten that go in"),
        (900, "that is one layer"),
        (18, "that is for one map"),
        (1820, "the biases were not asked for"),
    )
    hint = "two layers, each with 9 weights for each pair of maps"
    hinted("Weights of two layers of 3 x 3", two_small, 1800, hint, mistakes)
    mistakes = ((250, "each map that comes out sees all ten that go in"), (2510, "the biases were not asked for"))
    hinted("Weights of one layer of 5 x 5", one_large, 2500, "25 weights for each pair of maps", mistakes)
    mistakes = (
        (15, "windows overlap: each layer adds one pixel on each side"),
        (243, "fields add, they do not multiply"),
    )
    hinted("What five layers see", five_see, 11, "each layer adds k - 1", mistakes)
    mistakes = (
        (11, "a pool sees more, too, and behind it a step is two pixels"),
        (12, "behind the pool a step is two pixels, so each window adds more"),
        (17, "the pool itself sees one pixel more than what it reads"),
        (22, "only the three layers behind the pool take steps of two pixels"),
    )
    hint = "two layers, then a pool, then three layers whose steps are two pixels wide"
    hinted("What is seen with the pool", with_pool, 18, hint, mistakes)


def composed(kernels: list[np.ndarray]) -> np.ndarray:
    result = np.ones((1, 1))
    for kernel in kernels:
        k, n = len(kernel), len(result)
        wider = np.zeros((n + k - 1, n + k - 1))
        for i, j in np.ndindex(k, k):
            wider[i : i + n, j : j + n] += kernel[i, j] * result
        result = wider
    return result


@exercise("vgg-compose")
def compose(answer: Callable) -> None:
    """One kernel for a row of linear layers."""
    rng = np.random.default_rng(0)
    ones = np.ones((3, 3))
    corner = np.zeros((3, 3))
    corner[0, 0] = 1.0
    cases = ([ones], [ones, ones], [corner, ones], [corner, corner, ones],
             [rng.normal(size=(3, 3)), rng.normal(size=(2, 2)), rng.normal(size=(4, 4))])  # fmt: skip
    for kernels in cases:
        got = answer([kernel.copy() for kernel in kernels])
        sizes = ", ".join(f"{len(k)} x {len(k)}" for k in kernels)
        what = f"compose of kernels of {sizes}"
        require(got is not None, "compose(kernels) is still None.")
        side = 1 + sum(len(k) - 1 for k in kernels)
        shape = np.shape(got)
        require(shape == (side, side), f"{what} should see {side} x {side} pixels, but has shape {shape}.")
        want = composed(kernels)
        sums = np.prod([kernel.sum() for kernel in kernels])
        same = np.isclose(np.sum(got), sums)
        require(same, f"{what}: on an image of ones it gives {np.sum(got):.4g}, the layers give {sums:.4g}.")
        turned = np.allclose(got, want[::-1, ::-1]) and not np.allclose(got, want)
        require(not turned, f"{what} is turned round: which pixel does a weight in the upper left corner read?")
        expect(what, got, want, 1e-8, "Along which pairs of weights does an output read a pixel?")


@exercise("vgg-memory")
def memory(answer: Callable) -> None:
    """Bytes for training with Adam and for use."""
    cases: list[tuple[list[int], int, int]] = [
        ([10, 0, 0], 0, 1), ([4, 10, 6, 2], 0, 1), ([4, 10, 6, 2], 0, 3), ([5, 5], 7, 2), ([100, 3, 50, 60, 1], 11, 8),
    ]  # fmt: skip
    for outputs, parameters, batch in cases:
        result = answer(list(outputs), parameters, batch)
        what = f"memory({outputs}, {parameters}, {batch})"
        require(result is not None and len(result) == 2, f"{what} should give two numbers, for training and for use.")
        training, use = result
        stored, total = 4 * parameters, 4 * batch * sum(outputs)
        mistakes: Mistakes = (
            ((stored * 4 + total) / 4, "a number has four bytes"),
            (stored + total, "training keeps more than the weights of a parameter"),
            (stored * 3 + total, "Adam keeps two running means beside weight and slope"),
            (stored * 4 + total / batch, "each image of the batch has its own outputs"),
        )
        hint = "weights and what belongs to them, and all outputs"
        hinted(f"The bytes to train of {what}", training, stored * 4 + total, hint, mistakes)
        at_once = max(a + b for a, b in zip(outputs, outputs[1:]))
        mistakes = (
            ((stored + 4 * batch * at_once) / 4, "a number has four bytes"),
            (stored + 4 * batch * max(outputs), "a layer's input must be there while its output is made"),
            (stored + total, "what the next layer has read can be dropped"),
            (stored + 4 * at_once, "each image of the batch has its own outputs"),
            (4 * batch * at_once, "the weights are needed, too"),
        )
        hint = "the weights, and the layer whose input and output are largest together"
        hinted(f"The bytes in use of {what}", use, stored + 4 * batch * at_once, hint, mistakes)


@exercise("vgg-variance")
def variance(with_64: Any, with_512: Any, deviation: Any, right: Any) -> None:
    """Half of n v for n = 576 and 4608."""
    mistakes: Mistakes = (
        (5.76, "the ReLU keeps half"),
        (0.32, "a neuron has nine inputs in each map"),
        (0.64, "a neuron has nine inputs in each map, and the ReLU keeps half"),
    )
    hinted("The factor with 64 maps", with_64, 2.88, "half of the number of inputs times the variance", mistakes, 1e-2)
    mistakes = ((46.08, "the ReLU keeps half"), (2.56, "a neuron has nine inputs in each map"))
    hint = "half of the number of inputs times the variance"
    hinted("The factor with 512 maps", with_512, 23.04, hint, mistakes, 1e-2)
    mistakes = ((23.04, "a variance is the square of a standard deviation"), (0.4608, "the ReLU keeps half"))
    hint = "which variance belongs to the deviation 0.01?"
    hinted("The factor for the deviation 0.01", deviation, 0.2304, hint, mistakes, 1e-2)
    mistakes = (
        (1 / 4608, "the ReLU keeps half"),
        (2 / 512, "a neuron has nine inputs in each map"),
        (np.sqrt(2 / 4608), "that is the deviation"),
    )
    require(right is not None, "The variance that keeps it is still None.")
    # 0.00043 is exact enough, and far from the others
    hinted("1000 times the variance that keeps it", np.asarray(right, float) * 1000, 2000 / 4608, "half of n v is 1",
           [(1000 * number, reason) for number, reason in mistakes], 2e-2)  # fmt: skip


@exercise("vgg-fan")
def fan(answer: Callable) -> None:
    """He's start for dense layers and convolutions."""
    for shape in ((300, 200), (64, 32, 3, 3), (200, 10, 5, 5), (64, 128, 1, 1)):
        got = answer(shape, np.random.default_rng(0))
        require(got is not None, "he(shape, rng) is still None.")
        require(np.shape(got) == shape, f"he({shape}, rng) should have this shape, but has {np.shape(got)}.")
        n, outputs = int(np.prod(shape[1:])), int(shape[0] * np.prod(shape[2:]))
        found = float(np.var(got)) * n / 2  # 1 if right, within a few per cent
        what = f"he({shape}, rng)"
        by_outputs = n != outputs and abs(found * outputs / n - 1) < 0.1
        require(not by_outputs, f"{what} divides by the outputs, but a sum is made of inputs.")
        hint = "how many inputs has a sum?"
        require(0.9 < found < 1.1, f"{what}: the mean square times {found:.3g}; {hint}")
        require(abs(np.mean(got)) < 0.1 * np.sqrt(2 / n), f"{what}: He's weights have the mean 0.")


@exercise("vgg-verdict")
def verdict(first: Any, second: Any, third: Any) -> None:
    """Which report misuses a word, which holds, which is an unfair race."""
    hints = {
        "Report 1": ("word", "what does a network that overfits do on its training data?"),
        "Report 2": ("holds", "each its own rate, ten seeds, and the bands do not touch: what is left to doubt?"),
        "Report 3": ("rate", "for whom was the rate chosen?"),
    }
    for (name, (want, hint)), got in zip(hints.items(), (first, second, third)):
        require(got is not None, f"{name} is still None.")
        said = str(got).strip().lower()
        known = ("rate", "word", "holds")
        require(said in known, f'{name} should be "rate", "word" or "holds", but is {got!r}.')
        require(said == want, f"{name} is not {said!r}: {hint}")
