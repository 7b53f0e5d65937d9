"""Checks for the exercises of *Filters: convolution and correlation*."""

import numpy as np

from dlnotes.check import exercise, expect, hinted, require
from dlnotes.data import photograph
from dlnotes.metrics import psnr
from dlnotes.numpy import filters


@exercise("filters-pencil")
def pencil(correlation, convolution):
    """Both sums at the centre of one patch."""
    require((correlation, convolution) != (4, 3), "They are the other way round. Which of them turns the kernel?")
    hint = "lay the kernel on the patch as it stands, multiply what lies on each other, and add up"
    hinted("The correlation", correlation, 3, hint, [(4, "that is the convolution, for which the kernel is turned")])
    hint = "turn the kernel by half a turn first, so that its first row is (0, 0, 1)"
    half = "turn both axes of the kernel, not one"
    hinted("The convolution", convolution, 4, hint, [(2, half), (5, half), (3, "the kernel was not turned")])


@exercise("filters-kernel")
def kernel(kernel_of):
    """The kernel of a convolution that can only be called."""
    rng = np.random.default_rng(2)
    for size in (3, 1, 5):
        g = rng.integers(-9, 10, (size, size)) / 1.0
        calls: list[int] = []

        def T(image, g=g, calls=calls):
            calls.append(1)
            return filters.convolve2d(image, g, mode="constant")

        got = kernel_of(T, size)
        require(got is not None, "kernel_of is still None.")
        require(len(calls) == 1, f"kernel_of should call T once, but it called it {len(calls)} times.")
        even = "an image of ones mixes all weights. One bright pixel is enough"
        mistakes = [
            (g[::-1, ::-1], "it is turned. T is a convolution, whose answer to a bright pixel stands upright"),
            (filters.convolve2d(np.ones((size, size)), g, mode="constant"), even),
        ]
        what = f"kernel_of(T, {size})"
        expect(what, got, g, hint="Where do you put the bright pixel, and how bright is it?", mistakes=mistakes)


@exercise("filters-border")
def border(corner, side, inside, byte):
    """A constant image beside zeros, and a byte that counts in a circle."""
    hint = "count how many of the 25 pixels under the window lie in the image"
    lost = "the window is 5 wide, so in a corner 3 of its rows and 3 of its columns are in the image"
    hinted("The corner", corner, 9 / 25, hint, [(4 / 25, lost), (4 / 9, "that is the 3x3 mean"), (1, "zeros count")])
    hinted("The side", side, 15 / 25, hint, [(2 / 3, "that is the 3x3 mean")])
    hinted("Far inside", inside, 1, "there no zero is under the window")
    mistakes = [
        (-20, "a byte has no sign"),
        (0, "NumPy does not stop at 0; it counts on from the other end"),
        (235, "0 less 1 is 255, so 0 less 20 is one more than that"),
    ]
    hinted("The byte", byte, 236, "go down from 80 to 0 and on, where 255 follows", mistakes)


@exercise("filters-noise")
def noise(once, twice):
    """The variance after one mean of three, and after two."""
    spread = "that is the standard deviation"
    hint = "add up the squares of the three weights"
    hinted("once", once, 1 / 3, hint, [(3**-0.5, spread), (1, "square the weights")])
    alone = "that holds for terms that are independent. Neighbours in the first result share two of three pixels"
    hint = "convolve (1, 1, 1) with itself, divide by 9, and add up the squares"
    hinted("twice", twice, 19 / 81, hint, [(1 / 9, alone), (19**0.5 / 9, spread)])


@exercise("filters-trimmed")
def trimmed(trimmed):
    """The mean of the middle five of nine."""
    table = np.array([[9.0, 1, 4, 30], [2, 100, 7, 5], [6, 3, 12, 0]])
    for image, place in ((np.full((3, 4), 5.0), (1, 1)), (table, (1, 1)), (table, (1, 2)), (table, (0, 3))):
        given = image.copy()
        got = trimmed(given)
        require(got is not None, "trimmed is still None.")
        require(np.shape(got) == image.shape, f"The result should have the shape {image.shape}, not {np.shape(got)}.")
        require((given == image).all(), "The image should be left as it was, but was changed.")
        nine = np.sort(np.pad(image, 1, "symmetric")[place[0] : place[0] + 3, place[1] : place[1] + 3], axis=None)
        mistakes = [
            (nine.mean(), "all nine values are in this mean"),
            (nine[1:8].mean(), "leave out two at each end, not one"),
            (nine[4], "that is the median; take the mean of five"),
            (nine[2:7].sum(), "divide by the five that are left"),
        ]
        what = f"trimmed at {place} of {image.tolist()}"
        expect(what, got[place], nine[2:7].mean(), hint="Sort the nine values first.", mistakes=mistakes)
    photo = photograph("camera")[60:188, 180:308] / 255
    rng = np.random.default_rng(7)
    spoilt = photo + 0.1 * rng.normal(size=photo.shape)
    spoilt[rng.random(photo.shape) < 0.05] = 1.0
    score = psnr(trimmed(spoilt.copy()), photo)
    others = max(psnr(f(spoilt), photo) for f in (filters.box, filters.median))
    require(score > others, f"On a photograph it reaches {score:.1f} dB; mean and median reach {others:.1f}.")


@exercise("filters-gaps")
def gaps(without_gaps):
    """Normalised convolution where the gaps are nan."""
    rng = np.random.default_rng(4)
    image = rng.random((12, 15))
    known = rng.random(image.shape) > 0.3
    given = np.where(known, image, np.nan)
    before = given.copy()
    got = without_gaps(given, 1.0)
    require(got is not None, "without_gaps is still None.")
    require(np.array_equal(given, before, equal_nan=True), "The image should be left as it was, but was changed.")
    require(np.shape(got) == image.shape, f"The result should have the shape {image.shape}, not {np.shape(got)}.")
    left = int(np.isnan(got).sum())
    require(left == 0, f"{left} pixels are still nan. How much is nan * 0, and what does a blur make of it?")
    want = filters.fill(np.where(known, image, 0.0), known, 1.0)
    kept = np.allclose(np.asarray(got)[known], image[known])
    require(kept, "Known pixels should stay as they are.")
    dark = filters.gaussian(np.where(known, image, 0.0), 1.0)[~known]
    hint = "Divide the blurred image by the blurred mask."
    mistakes = [(dark, "gaps count as black here. Divide by the blurred mask")]
    expect("The filled pixels", np.asarray(got)[~known], want[~known], hint=hint, mistakes=mistakes)
