"""Checks for the exercises of *Smoothing and separability*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("smooth-weights")
def weights(mean: Any, weighted: Any, noise: Any) -> None:
    """The patch 4 2 4 / 8 16 2 / 4 10 4, by a box and by (1, 2, 1) twice over 16."""
    mistakes: Mistakes = ((54 / 8, "the pixel itself is one of the nine"), (54, "divide by the number of pixels"))
    hinted("The box mean", mean, 6, "add up all nine pixels, and divide by nine", mistakes)
    mistakes = (
        (124, "divide by the sum of the weights"),
        (124 / 9, "divide by the sum of the weights, not by their number"),
        (6, "that is the box mean; the middle counts four times, its nearest neighbours twice"),
    )
    hinted("The weighted mean", weighted, 7.75, "4 for the middle, 2 beside it, 1 in the corners", mistakes)
    mistakes = (
        (1, "that is the sum of the weights; take the sum of their squares"),
        (36 / 16, "the weights are sixteenths, so their squares have 16 * 16 below"),
        (6 / 16, "that multiplies the standard deviation of the noise; the question is about the variance"),
        (1 / 9, "that is the box's"),
    )
    hinted("The factor of the variance", noise, 9 / 64, "add up the squares of the nine weights", mistakes, 1e-3)


@exercise("smooth-cascade")
def cascade(sigma: Any, count: Any, variance: Any, radius: Any, of_12: Any) -> None:
    """6 and 8 in a row, five boxes of 3, the radius of sigma = 2.5, and what leaves 29 % of the period 12."""
    mistakes: Mistakes = (
        (14, "variances add up, not standard deviations"),
        (100, "that is the variance"),
        (48, "variances add up, they are not multiplied"),
    )
    hinted("The single sigma", sigma, 10, "add the variances, and go back to a standard deviation", mistakes)
    mistakes = (
        (15, "two boxes of 3 reach one pixel further on each side than one: that makes 5 weights, not 6"),
        (3**5, "that many products go into the weights, but most fall on the same place"),
    )
    hinted("The number of weights", count, 11, "how far to each side does the fifth box reach?", mistakes)
    mistakes = (
        (2 / 3, "that is one box's"),
        ((11**2 - 1) / 12, "that is a box of 11, but the five boxes make other weights; add up their variances"),
        ((10 / 3) ** 0.5, "that is the standard deviation"),
    )
    hinted("The variance of five boxes", variance, 10 / 3, "what has one box of 3? Add them up", mistakes, 1e-2)
    mistakes = ((21, "that is the number of weights"), (2.5, "the radius is truncate times sigma"))
    hinted("The radius", radius, 10, "the radius is truncate times sigma, in pixels", mistakes)
    mistakes = ((48, "the period is four times sigma, not the other way round"), (6, "that leaves 0.7 %"),
                (1.2, "that leaves 82 %"))  # fmt: skip
    hinted("The sigma for the period 12", of_12, 3, "of which period, in sigmas, are 29 % left?", mistakes, 1e-2)


@exercise("smooth-kernel")
def kernel(row_of_weights: Callable) -> None:
    """A sampled Gaussian of radius 3 sigma that has its middle in the middle."""
    for sigma in (1, 2, 2.5):
        r = round(3 * sigma)
        x = np.arange(-r, r + 1)
        want = np.exp(-(x**2) / (2 * sigma**2))
        got = row_of_weights(sigma)
        require(got is not None, f"row_of_weights({sigma}) is still None.")
        got = np.asarray(got, float)
        require(got.ndim == 1, f"row_of_weights({sigma}) should be one row, but has shape {got.shape}.")
        moved = ((np.arange(len(got)) - len(got) // 2) * got).sum() / got.sum()
        require(abs(moved) < 1e-9, f"row_of_weights({sigma}) moves a picture by {abs(moved):.2g} of a pixel.")
        even = f"row_of_weights({sigma}) has {len(got)} weights, an even number: which of them is in the middle?"
        require(len(got) % 2, even)
        require(
            np.allclose(got, got[::-1]),
            f"row_of_weights({sigma}) is not the same from both ends: how many weights lie beside the largest?",
        )
        require(abs(got.sum() - 1) < 1e-9, f"row_of_weights({sigma}) sums to {got.sum():.4f}, not to 1.")
        expect(f"row_of_weights({sigma})", got, want / want.sum())


@exercise("smooth-response")
def response(box_of_3: Any, weights_121: Any, box_of_5: Any) -> None:
    """R(3) and R(6) of (1, 1, 1) / 3 and of (1, 2, 1) / 4; R(4) of a box of 5."""
    hint = "lay the kernel over the top of a light stripe: the neighbours are cos(2 pi / p)"
    undivided = "divide by the sum of the weights"
    order = "these are in the other order; first R(3)"
    sine = "cos(2 pi / 3) is -1/2, and cos(2 pi / 6) is 1/2"
    one = "there are two neighbours, one on each side"
    mistakes: Mistakes = (
        ((0, 2), undivided), ((2 / 3, 0), order), ((1 / 6, 1 / 2), one), ((2 / 3, 2 / 3), sine),
    )  # fmt: skip
    hinted("R(3) and R(6) of (1, 1, 1) / 3", box_of_3, (0, 2 / 3), hint, mistakes, 4e-3)
    mistakes = (((1, 3), undivided), ((3 / 4, 1 / 4), order), ((3 / 8, 5 / 8), one), ((3 / 4, 3 / 4), sine))
    hinted("R(3) and R(6) of (1, 2, 1) / 4", weights_121, (1 / 4, 3 / 4), hint, mistakes, 1e-3)
    mistakes = (
        (-1, undivided),
        (1 / 5, "two pixels further the stripes of period 4 are dark, at -1"),
        (1 / 3, "that is a box of 3; one of 5 reaches two pixels to each side"),
        (0, "two neighbours are -1, the middle is 1, and the others are 0"),
    )
    hinted("R(4) of a box of 5", box_of_5, -1 / 5, "the five pixels under it are -1, 0, 1, 0, -1", mistakes, 1e-3)


@exercise("smooth-rank")
def rank(*ranks: Any) -> None:
    """A multiple of one row; an X; a ring; three pairs of ones."""
    hint = "how many rows are left if you drop those that are sums of multiples of others?"
    reasons = (
        ((2, "the third row is -1 times the first"), (3, "each row is a multiple of the first")),
        ((1, "the second row is no multiple of the first"), (3, "the third row is the first once more")),
        ((1, "the second row is no multiple of the first"), (3, "the third row is the first once more")),
        ((1, "no row is a multiple of another"), (2, "no row is a sum of multiples of the others")),
    )
    for name, got, want, mistakes in zip("ABCD", ranks, (1, 2, 2, 3), reasons, strict=True):
        hinted(f"The rank of {name}", got, want, hint, mistakes)


@exercise("smooth-terms")
def terms(terms: Callable) -> None:
    """The leading terms of the SVD, until no entry is off by more than a share of the largest."""
    y, x = np.mgrid[-3:4, -3:4]
    y15, x15 = np.mgrid[-7:8, -7:8]
    cases = {
        "a disc of 7 x 7": ((x**2 + y**2 <= 10) * 1.0, 0.01),
        "the same disc": ((x**2 + y**2 <= 10) * 1.0, 0.2),
        "a disc of 15 x 15": ((y15**2 + x15**2 <= 53) * 1.0, 0.1),
        "that disc, times -1": (-1.0 * (y15**2 + x15**2 <= 53), 0.05),
        "the Laplacian": (np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]), 1e-6),
        "a column times a row": (np.outer([1, 2, 1], [1, 2, 1]), 1e-6),
        "3 x 5 random weights": (np.random.default_rng(1).normal(size=(3, 5)), 1e-6),
    }
    for name, (weights, tolerance) in cases.items():
        before = weights.copy()
        u, s, vt = np.linalg.svd(weights)
        count, rest = 0, weights.astype(float)
        while abs(rest).max() > tolerance * abs(weights).max():
            rest = rest - s[count] * np.outer(u[:, count], vt[count])
            count += 1
        got = terms(weights, tolerance)
        call = f"terms of {name} to {tolerance:g}"
        require(got is not None, f"terms(kernel, tolerance) is still None; tried: {name}.")
        require(np.array_equal(weights, before), "terms has changed the kernel that it was given.")
        pairs = [(np.asarray(c, float), np.asarray(r, float)) for c, r in got]
        shapes = [(c.shape, r.shape) for c, r in pairs]
        fit = all(c == weights.shape[:1] and r == weights.shape[1:] for c, r in shapes)
        require(fit, f"{call}: columns and rows should have shapes {weights.shape[:1]} and {weights.shape[1:]}.")
        missed = weights - sum((np.outer(c, r) for c, r in pairs), np.zeros(weights.shape))
        off = abs(missed).max() / abs(weights).max()
        if len(pairs) >= count and off > tolerance * (1 + 1e-9) + 1e-12:
            require(False, f"{call}: with {len(pairs)} terms an entry is off by {off:.3g} of the largest."
                           " Does each term have its singular value, once?")  # fmt: skip
        require(len(pairs) >= count, f"{call}: {len(pairs)} terms are too few, an entry is off by {off:.3g}.")
        require(len(pairs) == count, f"{call}: {len(pairs)} terms, but {count} are enough.")


@exercise("smooth-count")
def count(at_once: Any, two_passes: Any, rank_3: Any, least: Any) -> None:
    """9 x 9 on 100 x 200 pixels of three colours."""
    colours = "there are three colours, each filtered alone"
    hint = "products for each pixel and colour, times 60,000"
    mistakes: Mistakes = ((81 * 20_000, colours), (81, hint), (9 * 60_000, "the kernel has 9 * 9 weights"))
    hinted("The products at once", at_once, 81 * 60_000, hint, mistakes)
    mistakes = ((18 * 20_000, colours), (18, hint), (9 * 60_000, "there are two passes"))
    hinted("The products of two passes", two_passes, 18 * 60_000, hint, mistakes)
    mistakes = (
        (54 * 20_000, colours), (54, hint), (27 * 60_000, "each of the three terms takes two passes"),
        (18 * 60_000, "that is one term, and there are three"),
    )  # fmt: skip
    hinted("The products at rank 3", rank_3, 54 * 60_000, hint, mistakes)
    mistakes = (
        (6, "6 is even; and there both take the same"), (5, "at 5 three terms take 30 products, and 25 are fewer"),
        (3, "that is where one term is fewer"),
    )  # fmt: skip
    hinted("The odd K", least, 7, "three terms take 6 K products a pixel; where is this less than K * K?", mistakes)


@exercise("smooth-running")
def running(running_box: Callable) -> None:
    """The means of all windows of K."""
    x = np.random.default_rng(2).normal(size=40)
    for row, K in ((np.array([3.0, 1, 2, 6, 4]), 3), (np.array([3.0, 1, 2]), 1), (np.array([3.0, 1, 2]), 3), (x, 15)):
        before, got = row.copy(), running_box(row, K)
        what = f"running_box({row.tolist() if len(row) < 9 else 'x'}, {K})"
        require(got is not None, f"{what} is still None.")
        require(np.array_equal(row, before), "running_box has changed the row that it was given.")
        want = np.convolve(row, np.full(K, 1 / K), "valid")
        shape = np.shape(got)
        first = " Is the first window there, which begins at the very start?" if shape == (len(want) - 1,) else ""
        wanted = f"{what} should have {len(want)} means, but its shape is {shape}.{first}"
        require(shape == want.shape, wanted)
        expect(what, got, want, mistakes=((K * want, "these are sums; a mean is divided by K"),))
    took = Counted.products
    Counted.products = 0
    try:
        running_box(np.arange(3000.0).view(Counted), 1000)
    finally:
        worked, Counted.products = Counted.products, took
    require(worked < 40 * 3000, f"for 3000 pixels and K = 1000 it worked on {worked:,} numbers; that grows with K.")


class Counted(np.ndarray):
    """An array that counts how many numbers are read of it and its like, by NumPy or one by one."""

    products = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        plain = [np.asarray(x) if isinstance(x, Counted) else x for x in inputs]
        if out is not None:
            options["out"] = tuple(np.asarray(o) for o in out)
        Counted.products += max((np.size(x) for x in plain), default=0)
        result = getattr(ufunc, method)(*plain, **options)
        return result.view(Counted) if isinstance(result, np.ndarray) else result

    def __array_function__(self, func: Any, types: Any, args: Any, options: Any) -> Any:
        if func in (np.convolve, np.correlate):  # each number of one meets each of the other
            Counted.products += np.size(args[0]) * np.size(args[1] if len(args) > 1 else 1)
        elif func is np.lib.stride_tricks.sliding_window_view:
            options = options | {"subok": True}  # windows are counted when they are read
        return super().__array_function__(func, types, args, options)

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        Counted.products += not isinstance(found, np.ndarray) or found.base is None  # a number, or a copy
        return found


@exercise("smooth-alias")
def alias(from_5: Any, from_16: Any, factor: Any) -> None:
    """Every fourth pixel of stripes with periods 5 and 16; (1, 4, 6, 4, 1) / 16 at the period 5."""
    mistakes: Mistakes = (
        (5 / 4, "stripes of 1.25 pixels cannot be told from others with fewer stripes: which pixels are kept?"),
        (20, "that is right in the old pixels; the new ones are four times as large"),
    )
    hint = "from one kept pixel to the next, how much of a period do the stripes move on?"
    hinted("The period that 5 seems to have", from_5, 5, hint, mistakes)
    mistakes = ((16, "count in new pixels, which are four times as large"), (64, "new pixels are larger, not smaller"))
    hinted("The period of 16", from_16, 4, "16 old pixels are how many new ones?", mistakes)
    want = (6 + 8 * np.cos(2 * np.pi / 5) + 2 * np.cos(4 * np.pi / 5)) / 16
    mistakes = (
        (16 * want, "divide by the sum of the weights"),
        ((6 + 4 * np.cos(2 * np.pi / 5) + np.cos(4 * np.pi / 5)) / 16, "each neighbour comes twice, once on each side"),
        (1 / want, "that is how many times weaker they get; the question is what is left of them"),
        (np.cos(np.pi / 5) ** 2, "that is (1, 2, 1) / 4; (1, 4, 6, 4, 1) / 16 is this blur twice"),
    )
    hinted("The factor that is left", factor, want, "it is R(5) of (1, 4, 6, 4, 1) / 16", mistakes, 6e-3)


@exercise("smooth-choose")
def choose(leaves: Any, brightness: Any, drawing: Any, derivatives: Any) -> None:
    """Wild pixels, large windows, high edges, and two passes that keep the sign of stripes."""
    choices = ("box", "Gaussian", "median", "bilateral")
    hints = (
        ("For the leaves", leaves, "median", "what does one white pixel do to a weighted mean?"),
        ("For the brightness", brightness, "box", "whose cost does not depend on the width of the window?"),
        ("For the drawing", drawing, "bilateral", "which blur stops at an edge, and keeps corners?"),
        ("For the derivatives", derivatives, "Gaussian", "which is separable, with a response that is never below 0?"),
    )
    for what, got, want, hint in hints:
        require(got is not None, f"{what}, the filter is still None.")
        known = isinstance(got, str) and got.lower() in {name.lower() for name in choices}
        require(known, f"{what}, choose one of {', '.join(choices)}, not {got!r}.")
        require(got.lower() == want.lower(), f"{what} it is not {got}: {hint}")


@exercise("smooth-bilateral")
def bilateral(bilateral_row: Callable) -> None:
    """A bilateral mean along a row, with fewer neighbours at the ends."""
    rng = np.random.default_rng(3)
    rows = (np.array([2.0, 1, 2, 9, 8, 9]), rng.normal(size=12))
    for x, (sigma, sigma_color, r) in zip(rows, ((2.0, 1.0, 1), (1.5, 0.7, 3)), strict=True):
        d = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
        c = np.subtract.outer(x, x)
        space, colour = np.exp(-(d**2) / (2 * sigma**2)), np.exp(-(c**2) / (2 * sigma_color**2))
        near = abs(d) <= r

        def mean(w: np.ndarray, near: np.ndarray = near, x: np.ndarray = x) -> np.ndarray:
            return (w * near) @ x / (w * near).sum(1)

        mistakes = (
            (mean(space), "that is the Gaussian; the weights fall with the difference in value, too"),
            (mean(colour), "the weights fall with the distance, too"),
            ((space * colour * near) @ x, "divide by the sum of the weights"),
            (mean(space * np.exp(-abs(c) / (2 * sigma_color**2))), "the difference in value is squared"),
            (mean(space * np.exp(-(c**2) / (2 * sigma_color))), "sigma_color is squared"),
            (mean(space * colour, near & (d > -r)), "a neighbour is missing: does the range end one too early?"),
            (mean(space**2 * colour**2), "each exponent is divided by 2, too"),
            (mean(np.exp(-(d**2) / (2 * sigma_color**2) - c**2 / (2 * sigma**2))), "the two sigmas are exchanged"),
            (mean(space**0.5 * colour), "the 2 below d^2 stands once"),
        )
        before, got = x.copy(), bilateral_row(x, sigma, sigma_color, r)
        require(got is not None, "bilateral_row(x, sigma, sigma_color, r) is still None.")
        require(np.array_equal(x, before), "bilateral_row has changed the row: each pixel should see the old values.")
        what = f"bilateral_row({x.round(2).tolist()}, {sigma}, {sigma_color}, {r})"
        expect(what, got, mean(space * colour), mistakes=mistakes)
