"""Checks for the exercises of *Convolution is a matrix*."""

import math
import time
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("matrix-write")
def strided_and_padded(A, dx):
    """The matrix of (2, -1) at stride 2 with padding 1 over 5 numbers, and A^T (1, 2, 3)."""
    require(A is not None, "A is still None.")
    rows = np.shape(A)
    require(len(rows) == 2, f"A should be a list of rows, but has shape {rows}.")
    hint = "a column for each number of the signal: the padding has none" if rows[1] == 7 else ""
    require(rows[1] == 5, f"A should have 5 columns, but has {rows[1]}{hint and ': ' + hint}.")
    where = "is there a window for the padding, too?" if rows[0] == 2 else "where do windows start at stride 2?"
    require(rows[0] == 3, f"A should have 3 rows, but has {rows[0]}: {where}")
    want = [[-1, 0, 0, 0, 0], [0, 2, -1, 0, 0], [0, 0, 0, 2, -1]]
    turned = [[2, 0, 0, 0, 0], [0, -1, 2, 0, 0], [0, 0, 0, -1, 2]]
    bare = [[2, -1, 0, 0, 0], [0, 0, 2, -1, 0], [0, 0, 0, 0, 2]]
    mistakes: Mistakes = (
        (turned, "the kernel is turned round: here the first weight meets the first number of a window"),
        (bare, "the first window begins at the zero before the signal"),
    )
    expect("A", A, want, mistakes=mistakes)
    mistakes = ((np.transpose(want) @ [3, 2, 1], "the slopes come in the opposite order"),)
    expect("dx", dx, [-1, 4, -2, 6, -3], mistakes=mistakes)


@exercise("matrix-count")
def count_without_building(without, with_padding, zeros):
    """3 x 3 on 10 x 10: entries that are not 0 without padding and with padding 1, and the zeros with padding 1."""
    mistakes: Mistakes = (
        (64, "these are the rows of A, and each has more than one entry that is not 0"),
        (900, "without padding there are fewer places than pixels"),
        (9, "these are the different ones, but how often do they stand in A?"),
        (6400 - 576, "these are the zeros"),
    )
    hinted("The number without padding", without, 576, "places times pixels in a window", mistakes)
    mistakes = (
        (900, "windows at the edge see fewer than 9 pixels, because the padding has no columns"),
        (100, "these are the rows of A, and each has more than one entry that is not 0"),
        (576, "with padding 1 there are more places than without"),
    )
    hinted("The number with padding 1", with_padding, 784, "how many pixels do 10 places along one axis see", mistakes)
    mistakes = ((10_000, "these are all entries"), (9_100, "windows at the edge see fewer than 9 pixels"))
    hinted("The number of zeros", zeros, 10_000 - 784, "A has 100 rows and 100 columns", mistakes)


@exercise("matrix-size")
def back_to_the_same_size(right_output_padding):
    """The output_padding with which a transposed convolution gives back n."""
    for n, k, s, p in ((8, 3, 2, 1), (7, 3, 2, 1), (10, 4, 3, 1), (28, 5, 3, 0), (9, 5, 4, 2), (6, 1, 1, 0)):
        m = (n + 2 * p - k) // s + 1
        want = n - (s * (m - 1) + k - 2 * p)
        mistakes: Mistakes = (
            (n - (s * (m - 1) + k), "each p is taken off at both ends: what does -2p do to the size?"),
            (m, "this is how many numbers the convolution makes"),
        )
        got = right_output_padding(n, k, s, p)
        expect(f"right_output_padding(n={n}, k={k}, s={s}, p={p})", got, want, mistakes=mistakes)


@exercise("matrix-coats")
def coats_of_paint(line, pixel, c):
    """Fewest and most coats for k = 5, s = 3; and the weight with which (1, 4, 2, 2, c, 1) keeps a constant."""
    mistakes: Mistakes = (
        ((2, 1), "the fewest come first"),
        ((1, 5), "two windows begin 3 places apart: how many of them reach one place?"),
        ((2, 3), "this would be stride 2"),
    )
    line = _pair("The coats in one dimension", line)
    hinted("(fewest, most) in one dimension", line, (1, 2), "weights t with the same rest by 3 are coats", mistakes)
    mistakes = (((2, 4), "a pixel in a thin row and a thin column gets 1"), ((1, 2), "rows and columns both overlap"))
    pixel = _pair("The coats in two dimensions", pixel)
    hinted("(fewest, most) in two dimensions", pixel, (1, 4), "the numbers of the two axes multiply", mistakes)
    require(c is not None, "c is still None.")
    why = "w_2 + w_5 and w_0 + w_3 are both 3, so there is one"
    require(c != "none", f"c: not 'none': {why}.")
    mistakes = ((1, "the kernel need not look the same from both ends: add up every third weight"),)
    hinted("c", c, -1, "every third weight, from each of three starts: all sums should agree", mistakes)


@exercise("matrix-wrap")
def no_end_comes_round(convolve):
    """Convolution by FFT: all len(x) + len(w) - 1 numbers."""
    rng = np.random.default_rng(2)
    small = np.array([1.0, 0, 2, 4]), np.array([3.0, 1])
    for x, w in (small, (rng.normal(size=9), rng.normal(size=4)), (rng.normal(size=3), rng.normal(size=6))):
        want, got = np.convolve(x, w), convolve(x, w)
        require(got is not None, "convolve(x, w) is still None.")
        require(not np.iscomplexobj(got), "convolve(x, w) should be real: ifft gives complex numbers.")
        what = "convolve([1, 0, 2, 4], [3, 1])" if x is small[0] else f"convolve of {len(x)} and {len(w)} numbers"
        short = np.shape(got) == np.shape(x) != want.shape
        round_ = "its end comes round. Which ring is long enough?"
        require(not short, f"{what}: {round_}")
        expect(what, got, want, 1e-7)


@exercise("matrix-lost")
def wave_that_is_lost(q0, q1, q2, lost):
    """Eigenvalues of (2, 1, -1) on a ring of 4, and a signal that it turns into zeros."""
    for name, got, want, hint in (
        ("q0", q0, 2, "the wave is (1, 1, 1, 1)"),
        ("q1", q1, 3 + 1j, "the wave is (1, i, -1, -i), and i^2 = -1"),
        ("q2", q2, 0, "the wave is (1, -1, 1, -1)"),
    ):
        require(got is not None, f"{name} is still None.")
        number = isinstance(got, int | float | complex | np.number)
        require(number, f"{name} should be a number, but is {got!r}.")
        require(name != "q1" or abs(got - (3 - 1j)) > 1e-9, "q1: the i has the wrong sign: a step forward is +i.")
        require(name != "q1" or abs(got - (1 + 1j)) > 1e-9, f"q1: look at the last weight again: {hint}.")
        require(abs(got - want) < 1e-9, f"{name} is not {got}: {hint}.")
    require(lost is not None, "lost is still None.")
    signal = np.asarray(lost)
    require(signal.shape == (4,), f"lost should be four numbers, but has shape {signal.shape}.")
    require(np.isrealobj(signal), "lost should be real.")
    signal = signal.astype(float)
    require(abs(signal).max() > 1e-9, "lost should not be all zeros.")
    out = 2 * signal + np.roll(signal, -1) - np.roll(signal, -2)
    zeros = np.allclose(out, 0, atol=1e-9 * abs(signal).max())
    require(zeros, f"the kernel turns lost into {out.tolist()}: which q is 0?")


@exercise("matrix-undo")
def undone_gently(exact, gentle, penalty):
    """x from z = (24, 16, 24, 16) and (3, 1) on a ring of 4, with penalty 0 and 4; the penalty that leaves a tenth."""
    hint = "z is 20 (1, 1, 1, 1) + 4 (1, -1, 1, -1), and each wave has its own q"
    mistakes: Mistakes = (
        ([88, 72, 88, 72], "this is z convolved once more: divide by q"),
        ([6, 4, 6, 4], "the second wave has another eigenvalue than the first"),
        ([5, 3, 5, 3], "this is the answer with the penalty 4"),
    )
    hinted("exact", exact, [7, 3, 7, 3], hint, mistakes)
    mistakes = (
        ([3.5, 1.5, 3.5, 1.5], "lambda is added to |q|^2, not to q"),
        ([2.5 + 2 / 3, 2.5 - 2 / 3] * 2, "lambda is added to |q|^2, not to q"),
        ([1.5, 0.5, 1.5, 0.5], "the numerator has a factor q"),
        ([7, 3, 7, 3], "this is the answer without a penalty"),
    )
    hinted("gentle", gentle, [5, 3, 5, 3], "q z / (q^2 + 4), for each wave", mistakes)
    mistakes = (
        (0.4, "a tenth is left, not nine tenths: a larger penalty leaves less"),
        (4 / 9, "a tenth is left, not nine tenths: a larger penalty leaves less"),
        (144, "this leaves a tenth of the other wave"),
        (18, "q is squared"),
        (16, "a tenth of what was in x, which is 2: not of its amount in z"),
    )
    hint = "z has q times what was in x: how much of that does q / (q^2 + lambda) leave"
    hinted("penalty", penalty, 36, hint, mistakes)


@exercise("matrix-box")
def boxes_with_no_lost_wave(can_be_undone):
    """Whether the average of k neighbours on a ring of n has no eigenvalue 0."""
    for n in (*range(2, 13), 10**12):
        if n == 10**12:
            seconds = min(_seconds(can_be_undone, 3, 2_000_000) for _ in range(3))
            require(seconds < 0.03, "Right for small rings, but too slow for n = 10**12: what do the lost ones share?")
        for k in range(1, n) if n < 20 else (999_999, 5 * 10**6, 7):
            got = can_be_undone(k, n)
            require(got is not None, f"can_be_undone({k}, {n}) is still None.")
            want = math.gcd(k, n) == 1
            if bool(got) != want:
                zero = f"q_f is 0 for f = {n // math.gcd(k, n)} (rounding may leave 1e-17)"
                lost = "no q_f is 0" if want else zero
                require(False, f"can_be_undone({k}, {n}) should be {want}, but is {bool(got)}: {lost}.")


def _seconds(function: Any, *arguments: int) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def _pair(what: str, got: Any) -> Any:
    """Two numbers, as the reader gave them."""
    require(got is not None, f"{what}: still None.")
    require(isinstance(got, tuple | list) and len(got) == 2, f"{what} should be two numbers, but is {got!r}.")
    require(None not in got, f"{what}: one of the two is still None.")
    return got
