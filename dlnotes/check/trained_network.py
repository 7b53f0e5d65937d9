"""Checks for the exercises of *A trained network at work*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("trained-uint8")
def uint8(prepare: Callable) -> None:
    """(pixel - 127) / 128 of whole numbers that have no sign, channels first."""
    photos = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)
    photos[0, 0, 0] = 100, 127, 255
    got = prepare(photos.copy())
    require(got is not None, "prepare(photos) is still None.")
    require(np.shape(got) == (2, 3, 3, 4), f"Photographs (2, 3, 4, 3) should be (2, 3, 3, 4), but are {np.shape(got)}.")
    want = np.moveaxis((photos.astype(float) - 127) / 128, -1, 1)
    got = np.asarray(got, float)
    wrapped = np.moveaxis((photos - np.uint8(127)).astype(float) / 128, -1, 1)
    message = f"The colour 100, 127, 255 became {', '.join(f'{v:.3f}' for v in got[0, :, 0, 0])}"
    require(not np.allclose(got, wrapped, atol=1e-4), f"{message}: which is wrong, and why?")
    same = np.allclose(np.sort(got, None), np.sort(want, None), atol=1e-4)
    require(not same or np.allclose(got, want, atol=1e-4), "The numbers are right, but pixels are mixed up.")
    expect("The first pixel of prepare(photos)", got[0, :, 0, 0], want[0, :, 0, 0], 1e-4)
    expect("prepare(photos)", got, want, 1e-4)


@exercise("trained-contrast")
def contrast(black: Any, white: Any, factor: Any, proof: Any) -> None:
    """A network for x / 255 that gets (x - 127) / 128."""
    hinted("Black", black, -127 / 128, "put 0 into the line that is used", ((0, "that is what it expects"),), 1e-2)
    hinted("White", white, 1, "put 255 into the line that is used", (), 1e-2)
    mistakes: Mistakes = (
        (128 / 255, "that is wanted over got; turn it round"),
        (2.19, "the network expects pixels / 255 here, without a deviation"),
    )
    hinted("The factor", factor, 255 / 128, "how long is a step of one grey in each line?", mistakes, 1e-2)
    proof = proof.lower() if isinstance(proof, str) else proof
    require(proof in ("yes", "no"), f'The last answer should be "yes" or "no", but is {proof!r}.')
    require(proof == "no", "Look at the table of 35 squares once more: how many first answers did a wrong line change?")


@exercise("trained-block")
def block(weights: Any, products: Any, weights_2: Any, products_2: Any) -> None:
    """Inverted residual blocks, 24 channels of 56 x 56, six times as wide inside."""
    layers = "1 x 1 from 24 to 144, one window of 3 x 3 for each of 144, 1 x 1 back"
    mistakes: Mistakes = (
        (2 * 24 * 144 + 144 * 144 * 9, "a depthwise window sees one channel"),
        (2 * 24 * 144, "the windows have weights, too"),
    )
    hinted("The weights of the first block", weights, 8208, f"add three layers: {layers}", mistakes)
    mistakes = ((8208 * 28**2, "there are 56 x 56 places"),)
    hinted("Its multiplications", products, 8208 * 3136, "each weight is used at each place", mistakes)
    mistakes = ((8208, "it gives 40 channels"),)
    hinted("The weights of the second block", weights_2, 10512, "only the last layer has changed", mistakes)
    mistakes = (
        (10512 * 784, "the first layer comes before the windows, so it works on 56 x 56 places"),
        (10512 * 3136, "after the windows 28 x 28 places are left"),
        ((3456 + 1296) * 3136 + 5760 * 784, "at how many places does a window that moves by 2 pixels stand?"),
    )
    want = 3456 * 3136 + (1296 + 5760) * 784
    hinted("Its multiplications", products_2, want, "count each layer at the places of its output", mistakes)


@exercise("trained-map")
def class_map(score: Any, found: Any, slope: Any) -> None:
    """Two maps of 2 x 2, weights 1 and 2, bias -1."""
    mistakes: Mistakes = (
        (4, "do not forget the bias"),
        (15, "average the maps, do not add them up"),
        (12, "average the maps, and add the bias once"),
    )
    hinted("The score", score, 3, "the mean of each map times its weight, and the bias", mistakes)
    mistakes = (([[6, 8], [0, 2]], "the bias belongs to each place, or the mean is not the score"),)
    hinted("The class activation map", found, [[5, 7], [-1, 1]], "weigh the maps, do not average", mistakes)
    mistakes = ((2, "the average divides by the number of places"), (0, "a slope can be there where the number is 0"))
    hinted("The slope", slope, 0.5, "raise that number by 0.01 and compute the score again", mistakes)


@exercise("trained-ridge")
def ridge(free: Any, with_4: Any, strength: Any) -> None:
    """One feature 1, 1, 2 with the targets 0, 2, 4."""
    mistakes: Mistakes = ((1.5, "add up products and squares over the examples, not the features themselves"),)
    hinted("The weight without a penalty", free, 10 / 6, "products of x and target over squares of x", mistakes, 1e-2)
    hinted("The weight with 4", with_4, 1, "the penalty is added to the sum of squares", (), 1e-2)
    mistakes = ((20, "that is the whole denominator; the squares are a part of it"),)
    hinted("The penalty for 0.5", strength, 14, "solve 10 / (squares + penalty) = 0.5", mistakes)


@exercise("trained-honest")
def honest(answer: Callable) -> None:
    """Chosen on validation, reported on the test, for each draw."""
    rng = np.random.default_rng(0)
    validation, test = rng.integers(50, 60, (2, 6, 5)) / 100
    validation[0], test[0] = 0.5, [0.6, 0.9, 0.7, 0.8, 0.5]
    got = answer(validation.copy(), test.copy())
    require(isinstance(got, tuple | list) and len(got) == 2, "honest(validation, test) should return two things.")
    fair, excess = got
    require(fair is not None, "The first thing is still None.")
    want = test[np.arange(6), validation.argmax(1)]
    require(np.shape(fair) == (6,), f"For 6 draws there should be 6 numbers, but the shape is {np.shape(fair)}.")
    require(not np.allclose(fair, test.max(1)), "Test accuracies were used to choose.")
    require(not np.allclose(fair, validation.max(1)), "That is the validation accuracy; report the test's.")
    one = np.allclose(fair, test[:, validation.mean(0).argmax()])
    require(not one, "Choose for each draw by itself, not one option for all.")
    last = test[np.arange(6), 4 - validation[:, ::-1].argmax(1)]
    require(not np.allclose(fair, last), "Where options tie on validation data, take the first.")
    expect("The test accuracy of each draw", fair, want)
    mistakes: Mistakes = ((want.mean() - test.max(1).mean(), "how much it would *rise*: turn the sign round"),)
    hinted("The rise", excess, test.max(1).mean() - want.mean(), "compare means of two rows", mistakes)
