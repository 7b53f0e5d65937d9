"""Checks for the exercises of *Pooling*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("pool-pencil")
def pencil(largest: Any, back_max: Any, means: Any, back_mean: Any) -> None:
    """The row 2 5 1 4 3: max with windows of 3 every pixel, means every two."""
    mistakes: Mistakes = (([5, 4], "a stride of 1 gives three windows"),)
    what = "The row of the largest"
    require(np.shape(largest) != (2,), f"{what}: with a stride of 1, windows start at places 0, 1 and 2.")
    hinted(what, largest, [5, 5, 4], "take three neighbours, starting at places 0, 1 and 2", mistakes)
    mistakes = (
        ([0, 2, 0, 3, 0], "the 5 wins twice: add up what arrives"),
        ([0, 1, 0, 3, 0], "the 5 wins twice: add up what arrives"),
        ([1, 3, 6, 5, 3], "each window sends its slope to all of its pixels; a maximum sends it to the one that won"),
    )
    hinted("The slopes behind the maxima", back_max, [0, 3, 0, 3, 0], "the pixel that won gets the slope", mistakes)
    mistakes = (([8, 8], "divide by the number of pixels"),)
    hinted("The row of means", means, [8 / 3, 8 / 3], "windows start at places 0 and 2", mistakes, 1e-2)
    mistakes = (
        ([1, 1, 2, 2, 2], "the middle pixel lies in both windows: add up what arrives"),
        ([1, 1, 1, 2, 2], "the middle pixel lies in both windows: add up what arrives"),
        ([3, 3, 9, 6, 6], "each pixel counts a third in a mean, so it gets a third of the slope"),
    )
    hinted("The slopes behind the means", back_mean, [1, 1, 3, 2, 2], "each pixel gets a third of it", mistakes)


@exercise("pool-ties")
def ties(max_backward: Callable) -> None:
    """The backward pass of a max pool, where two pixels may be the largest."""
    rng = np.random.default_rng(0)
    cases = (
        ([[3.0, 1.0, 0.0, 2.0], [0.0, 2.0, 1.0, 1.0]], [[5.0, 7.0]], 2, 2),
        ([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 2.0]], [[1.0, 6.0]], 2, 2),
        (rng.permutation(25).reshape(5, 5), rng.normal(size=(2, 2)), 3, 2),
        (rng.integers(0, 3, (6, 6)), rng.normal(size=(4, 4)), 3, 1),
    )
    for x, g, k, s in cases:
        x, g = np.array(x, float), np.array(g, float)
        got = max_backward(x.copy(), g.copy(), k, s)
        what = f"my_backward of an image {x.shape} with k = {k} and s = {s}"
        require(got is not None, "my_backward(x, g, k, s) is still None.")
        require(np.shape(got) == x.shape, f"{what} should have the shape of x, but has {np.shape(got)}.")
        why = "which is the largest of four zeros?" if k == s else "where windows overlap, add."
        same = np.isclose(np.sum(got), g.sum())
        require(same, f"Slopes that sum to {g.sum():.4g} arrive, {np.sum(got):.4g} go back: {why}")
        want = np.zeros(x.shape)
        for i, j in np.ndindex(g.shape):
            window = x[i * s : i * s + k, j * s : j * s + k]
            r, c = divmod(int(window.argmax()), k)
            want[i * s + r, j * s + c] += g[i, j]
        expect(what, got, want, hint="Of equals take the first, as argmax does.")


@exercise("pool-lp")
def lp(one: Any, two: Any, limit: Any, slopes: Any, limit_slopes: Any) -> None:
    """The window 2 2 1 0 at p = 1, 2, infinity."""
    mistakes: Mistakes = ((1.25, "that is the mean; L-p pooling adds up and does not divide"),)
    hinted("y for p = 1", one, 5, "with p = 1 it is a sum", mistakes)
    mistakes = ((9, "take the root"), (1.5, "do not divide by the number of pixels"))
    hinted("y for p = 2", two, 3, "the root of a sum of squares", mistakes)
    mistakes = ((4, "the two 2s add up inside the root, as 2 times 2^p; its root is 2 times 2^(1/p)"),)
    hinted("The limit of y", limit, 2, "which term is left when p is large?", mistakes)
    hint = "the slope along x is (x / y)^(p - 1), here x / y"
    hinted("The slopes for p = 2", slopes, [2 / 3, 2 / 3, 1 / 3, 0], hint, tolerance=1e-2)
    mistakes = (
        ([1, 0, 0, 0], "two pixels are the largest, and no p prefers the first"),
        ([1, 1, 0, 0], "y is 2 times 2^(1/p), so x / y is not quite 1: which limit has its power?"),
    )
    hint = "the slope is (x / y)^(p - 1), and for large p, y is near 2 times 2^(1/p)"
    hinted("The limit of the slopes", limit_slopes, [0.5, 0.5, 0, 0], hint, mistakes)


@exercise("pool-stable")
def stable(lp: Callable) -> None:
    """(sum of x^p)^(1/p) where x^p is too large, or too small, for a float."""
    for window, p, want in (
        ([3.0, 4.0, 0.0, 0.0], 1, 7.0),
        ([3.0, 4.0, 0.0, 0.0], 2, 5.0),
        ([3.0, 4.0, 0.0, 0.0], 1000, 4.0),
        ([0.0, 0.0, 0.0], 3, 0.0),
        ([5e-4, 5e-4], 500, 5e-4 * 2 ** (1 / 500)),
        ([[1e200, 1e200], [1e200, 1e200]], 2, 2e200),
    ):
        got = lp(np.array(window), p)
        what = f"stable_lp({window}, {p})"
        require(got is not None, "stable_lp(window, p) is still None.")
        bad = np.size(got) == 1 and not np.isfinite(got)
        zeros = " A window of zeros has no largest number to divide by." if not np.any(window) else ""
        require(not bad, f"{what} is {got}: divide by the largest number first, and multiply at the end.{zeros}")
        hint = "Divide by the largest number first, and multiply by it at the end."
        expect(what, got, want, 1e-6, "For p = 1 it is the sum." if p == 1 else hint)


@exercise("pool-shift")
def shift(one: Any, two: Any, seven: Any, overlap: Any) -> None:
    """Of the places of one bright pixel, the share at which a step to the right changes nothing."""
    mistakes: Mistakes = ((1, "a bright pixel at an odd place moves into the next window"),)
    hinted("After one pool", one, 1 / 2, "a window has two places; from which does a step stay inside?", mistakes)
    mistakes = (
        (1 / 4, "both together are one pool with windows of 4: from how many of the 4 places does a step stay inside?"),
        (1 / 2, "the second pool hides some of the changes that the first lets through"),
        (1, "the last place of the four moves into the next window"),
    )
    hinted("After two pools", two, 3 / 4, "both together are one pool with windows of 4", mistakes)
    mistakes = ((1 / 7, "that is the share that changes"),)
    hinted("After one pool of 7", seven, 6 / 7, "from six of seven places a step stays inside", mistakes, 1e-2)
    mistakes = (
        (1 / 2, "write down which windows see place 4, which see 5, and which see 6"),
        (2 / 3, "write down which windows see place 4, which see 5, and which see 6"),
    )
    hint = "even places are seen by two windows, odd places by one, so what does each step change?"
    hinted("With windows of 3 every 2", overlap, 0, hint, mistakes)


@exercise("pool-blur")
def blur(blurred: Callable) -> None:
    """A row, blurred with (1, 2, 1) / 4 and mirrored ends, then every second."""
    for x in ([0.0, 0, 1, 1, 0, 0, 1, 1], [1.0, 0, 1, 0, 1, 0], [4.0, 0, 8, 0, 0], [2.0, 6]):
        row = np.array(x)
        wide = np.pad(row, 1, mode="reflect")
        want = ((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4)[::2]
        got = blurred(row.copy())
        what = f"blur_and_skip({x})"
        require(got is not None, "blur_and_skip(x) is still None.")
        full = np.shape(got) == row.shape
        require(not full, f"{what} has as many numbers as x: keep every second, starting with the first.")
        late = np.pad(row[::2], 1, mode="reflect" if len(row) > 2 else "edge")
        late = (late[:-2] + 2 * late[1:-1] + late[2:]) / 4
        other = ((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4)[1::2]
        zeros = np.pad(row, 1)
        zeros = ((zeros[:-2] + 2 * zeros[1:-1] + zeros[2:]) / 4)[::2]
        edge = np.pad(row, 1, mode="edge")
        edge = ((edge[:-2] + 2 * edge[1:-1] + edge[2:]) / 4)[::2]
        mistakes: Mistakes = (
            (late, "blur first, then keep every second; afterwards it is too late"),
            (other, "that is the other half: keep the first result, the third, and so on"),
            (zeros, "the first pixel has no left neighbour: mirror, so that x[1] stands in for it, instead of 0"),
            (edge, "the first pixel has no left neighbour: x[1] stands in for it, not x[0]"),
        )
        hinted(what, got, want, "weights 1, 2, 1 over 4, with x[1] in place of the missing left neighbour", mistakes)


@exercise("pool-count")
def count(second_with: Any, second_without: Any, linear_with: Any, linear_without: Any) -> None:
    """conv 3x3 to 4 maps on 18 x 18, (pool 2), conv 3x3 to 8 maps, linear to 10."""
    mistakes: Mistakes = (
        (288 * 64, "a 3 x 3 filter fits into an 8 x 8 map at 6 x 6 places"),
        (9 * 8 * 36, "each of the 8 filters sees all 4 maps"),
    )
    hint = "places in a map, times 9 products for each of 4 maps, times 8 filters"
    hinted("With pooling, the second convolution", second_with, 36 * 9 * 4 * 8, hint, mistakes)
    mistakes = ((288 * 256, "a 3 x 3 filter fits into a 16 x 16 map at 14 x 14 places"),)
    hinted("Without, the second convolution", second_without, 196 * 9 * 4 * 8, hint, mistakes)
    mistakes = ((2890, "the biases were not asked for"), (360, "all 8 maps are flattened"))
    hinted("With pooling, the linear layer", linear_with, 8 * 36 * 10, "8 maps of 6 x 6, to 10", mistakes)
    mistakes = ((15690, "the biases were not asked for"),)
    hinted("Without, the linear layer", linear_without, 8 * 196 * 10, "8 maps of 14 x 14, to 10", mistakes)


@exercise("pool-global")
def everywhere(flat: Any, pooled: Any, share: Any, same: Any) -> None:
    """32 maps of 7 x 7: parameters of two heads, a slope, and what survives a shuffle."""
    mistakes: Mistakes = ((15680, "add the biases"), (330, "that is the head behind a global pool"))
    hinted("Parameters behind flatten", flat, 32 * 49 * 10 + 10, "a weight for every pixel, map and class", mistakes)
    mistakes = ((320, "add the biases"), (15690, "that is the head behind flatten"))
    hinted("Parameters behind the pool", pooled, 330, "after the pool each map is one number", mistakes)
    mistakes = ((98, "a mean divides the slope among its pixels"), (2, "a mean divides the slope among its pixels"))
    hinted("The slope of a pixel", share, 2 / 49, "each of the 49 pixels counts 1/49 in the mean", mistakes, 1e-2)
    require(same is not None, "The last answer is still None.")
    said = str(same).strip().lower()
    known = said in ("both", "flatten", "pool", "neither")
    require(known, f'The last answer should be "flatten", "pool", "both" or "neither", but is {same!r}.')
    require(said == "pool", f"Not {same!r}: does a mean ask where its numbers stand? And a row of 1,568 weights?")
