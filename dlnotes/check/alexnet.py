"""Checks for the exercises of *AlexNet*."""

from collections.abc import Callable
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("alexnet-shapes")
def shapes(first: Any, second: Any, third: Any, inputs: Any) -> None:
    """An image of 200 x 200 pixels, two zeros on each side, and the numbers that reach the first dense layer."""
    hint = "pixels and zeros less the window, divided by the stride, rounded down, and 1 more; then the pool"
    mistakes: Mistakes = (
        (49, "that is the convolution; the pool comes after it"),
        (48, "that is the convolution without zeros around; and the pool comes after it"),
        (23, "there are two zeros on each side, and the division is rounded down before 1 is added"),
    )
    hinted("The side after the first pool", first, 24, hint, mistakes)
    mistakes = ((12, "a pool of 3 every 2 pixels has one place fewer on an even side"), (24, "that is before the pool"))
    hinted("The side after the second pool", second, 11, hint, mistakes)
    hinted("The side after the third pool", third, 5, hint, ((6, "an image of 224 leaves 6; this one is smaller"),))
    mistakes = (
        (5, "a map has five rows and five columns, and there are many maps"),
        (25, "that is one map; how many maps leave the fifth convolution?"),
        (9216, "that is for maps of 6 x 6"),
        (1280, "a map has five rows and five columns"),
    )
    hinted("The numbers that reach the first dense layer", inputs, 6400, "maps times places", mistakes)


@exercise("alexnet-count")
def counted(parameters: Any, products: Any, fewer: Any, half: Any) -> None:
    """From 8 maps to 12, 3 x 3, on 10 x 10 with zeros around; then in two towers."""
    mistakes: Mistakes = (
        (864, "there is a bias for each map that is made"),
        (120, "a filter has weights for every map that it sees"),
        (872, "a bias belongs to a map that is made, not to one that is seen"),
    )
    hinted("The number of parameters", parameters, 876, "12 filters, 3 x 3 weights for each map they see", mistakes)
    mistakes = (
        (864, "that is how many weights there are; each is used at every place"),
        (87600, "a bias is added, not multiplied"),
        (8 * 8 * 864, "with zeros around there is a window for each of the 10 x 10 pixels"),
    )
    hinted("The number of multiplications", products, 86400, "weights times places", mistakes)
    mistakes = (
        (438, "filters see half as many maps, but the biases stay"),
        (432, "there is a bias for each map that is made"),
        (222, "each tower has half of the filters; both count"),
        (876, "in a tower a filter sees only the maps of its own tower"),
    )
    hinted("The number of parameters in two towers", fewer, 444, "each filter sees 4 maps", mistakes)
    hinted(
        "The number of multiplications in two towers", half, 43200, "weights times places",
        ((21600, "that is one tower"), (86400, "a filter sees half as many maps")),
    )  # fmt: skip


@exercise("alexnet-pencil")
def pencil(normed: Any, apart: Any, overlapping: Any) -> None:
    """2 0 1 3 1 normalised over three channels with k = 1 and alpha = beta = 1; and two pools of a row."""
    mistakes: Mistakes = (
        ([2 / 4, 0, 1 / 10, 3 / 11, 1 / 10], "k is added to the sum of the squares"),
        ([2 / 3, 0, 1 / 5, 3 / 6, 1 / 5], "the numbers are squared before they are added"),
        ([2 / 5, 0, 1 / 2, 3 / 10, 1 / 2], "the neighbours on both sides count, too"),
    )
    hint = "k and the squares of the number itself and of its two neighbours, where there are two, make the divisor"
    hinted("The normalised row", normed, [2 / 5, 0, 1 / 11, 1 / 4, 1 / 11], hint, mistakes, 1e-2)
    hinted("The row of windows of 2", apart, [6, 5, 8], "they begin at places 0, 2 and 4")
    mistakes = (
        ([6, 5, 8], "that is windows of 2; these see one number more"),
        ([6, 5, 5, 8, 9], "that is a stride of 1; these begin every 2 places"),
    )
    hinted("The row of windows of 3", overlapping, [6, 5, 9], "they begin at places 0, 2 and 4", mistakes)


@exercise("alexnet-norm")
def norm(response_norm: Callable) -> None:
    """Response normalisation in the paper's letters, over the channels of (C, H, W)."""
    rng = np.random.default_rng(0)
    for shape, n, k, alpha, beta in (
        ((4, 1, 1), 3, 2.0, 1.0, 1.0), ((8, 3, 2), 5, 2.0, 1e-4, 0.75), ((3, 2, 2), 5, 1.0, 0.5, 0.5),
    ):  # fmt: skip
        a = np.array([1.0, 3, 0, 2]).reshape(4, 1, 1) if n == 3 else 20 * rng.normal(size=shape)
        before = a.copy()
        found = response_norm(a, n, k, alpha, beta)
        what = f"response_norm of {shape} with n = {n}, k = {k:g}, alpha = {alpha:g}, beta = {beta:g}"
        require(found is not None, f"{what} is still None.")
        require(np.array_equal(a, before), f"{what} changes its argument: later layers would see the new numbers.")

        def torch_like(alpha: float, a: np.ndarray = a, n: int = n, beta: float = beta, k: float = k) -> np.ndarray:
            return dn.local_response_norm(dn.tensor(a[None]), n, alpha=alpha, beta=beta, k=k).data[0]

        mistakes: Mistakes = (
            (torch_like(alpha), "the paper multiplies the sum by alpha; PyTorch's alpha is divided by n first"),
            (a / (k + alpha * (a * a).sum(0)) ** beta, "only n channels count, not all"),
            (a / (k + alpha * a * a) ** beta, "the neighbouring channels count, too"),
        )
        want = torch_like(n * alpha)
        expect(what, found, want, 1e-9, "Is the window cut at both ends, and as wide on each side?", mistakes)


@exercise("alexnet-race")
def race(winner: Callable) -> None:
    """Steps (rates, seeds) of two activations: each at its own rate, chosen on the first two seeds."""
    cases = (
        ([[9, 9, 8, 9], [5, 5, 6, 6], [7, 8, 7, 7]], [[9, 9, 9, 9], [8, 7, 8, 8], [4, 3, 4, 5]], "tanh"),
        ([[3, 3, 4, 3], [9, 9, 9, 9]], [[8, 8, 8, 8], [5, 6, 5, 5]], "ReLU"),
        ([[7, 7, 2, 2], [6, 6, 6, 7]], [[5, 5, 5, 5], [9, 9, 3, 3]], "tanh"),
        ([[4, 4, 7, 7], [3, 9, 2, 2]], [[6, 6, 6, 6], [9, 9, 9, 9]], "tanh"),
    )
    for i, (relu, tanh, want) in enumerate(cases):
        found = winner(np.array(relu), np.array(tanh))
        hint = (
            "look at the rate at which tanh ran", "fewer steps are better",
            "the seeds that choose a rate are not those that judge it",
            "the mean of the first two seeds chooses, and the other two alone judge",
        )[i]  # fmt: skip
        require(found is not None, "winner is still None.")
        require(found == want, f"winner is not {found!r} for\nrelu = {relu},\ntanh = {tanh}:\n{hint}.")


@exercise("alexnet-ablation")
def ablation(a: Any, b: Any, c: Any, d: Any) -> None:
    """Four ablations: is the run too short to judge the idea, does it help or hurt, or is it undecided?"""
    names = ("too short", "helps", "hurts", "undecided")
    answers = (
        ("A", a, "too short", "has the network without it learned its training images?"),
        ("B", b, "helps", "it is trained to the end; compare seed by seed"),
        ("C", c, "undecided", "in how many of the seeds does the idea win?"),
        ("D", d, "hurts", "it is trained to the end; compare seed by seed"),
    )
    for name, given, _, _ in answers:
        require(given is not None, f"{name} is still None.")
        known = str(given).strip().lower() in names
        require(known, f"{name} is {given!r}, which is none of {', '.join(map(repr, names))}.")
    for name, given, want, hint in answers:
        require(str(given).strip().lower() == want, f"{name} is not {given!r}: {hint}")


@exercise("alexnet-kmeans")
def kmeans(one_round: Callable) -> None:
    """One round of spherical k-means."""
    rng = np.random.default_rng(0)
    for case in range(3):
        rows = rng.normal(size=(60, 4)) * rng.uniform(0.2, 3, (60, 1))
        centres = rng.normal(size=(5, 4))
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        if case == 2:
            centres[0] = -rows.sum(0) / np.linalg.norm(rows.sum(0))
            rows = abs(rows)  # no row is near the first centre
            centres[1:] = abs(centres[1:])
            centres[0] = -abs(centres[0]) / np.linalg.norm(centres[0])
        found = one_round(rows.copy(), centres.copy())
        require(found is not None, "one_round(rows, centres) is still None.")
        require(np.shape(found) == (5, 4), f"one_round should give shape (5, 4), but gives {np.shape(found)}.")
        found = np.asarray(found, float)
        lengths = np.linalg.norm(found, axis=1)
        require(np.isfinite(found).all(), "A centre without rows became nan: it should stay where it was.")
        require(np.allclose(lengths, 1), f"The centres should have length 1, but have {lengths.round(3)}.")
        nearest = (rows @ centres.T).argmax(1)
        want = centres.copy()
        for j in range(5):
            if (nearest == j).any():
                total = rows[nearest == j].sum(0)
                want[j] = total / np.linalg.norm(total)
        far = abs(rows @ centres.T).argmax(1)
        other = centres.copy()
        for j in range(5):
            if (far == j).any():
                total = rows[far == j].sum(0)
                other[j] = total / np.linalg.norm(total)
        mistakes: Mistakes = ((other, "the largest product counts, with its sign"),)
        what = "A new centre" if case < 2 else "With a centre that no row chose, a new centre"
        expect(what, found, want, 1e-9, "Add up the rows whose largest product is with this centre.", mistakes)
