"""Checks for the exercises of *Recurrent networks*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require

CHANGED = "Your function changed its input; it should leave it as it was."


@exercise("rnn-pencil")
def pencil(h3: Any, dw: Any, du: Any, du_cut: Any) -> None:
    """h_t = x_t + 3 h_{t-1}, inputs 2, 0, -5: 2, 6, 13; J = (h_3 - 15)^2."""
    mistakes: Mistakes = (
        (6, "that is h2; one more step follows"),
        (1, "the state is multiplied by u at every step, not only at the last"),
        (-3, "each step multiplies the whole old state by u"),
    )
    hinted("h3", h3, 13, "the states are 2, then 0 + 3 times 2, and so on", mistakes)
    mistakes = (
        (20, "that is the last step alone; w is used at all three"),
        (52, "is h3 above or below the target?"),
        (-26, "the slope of a square has a factor of 2"),
        (12, "on its way back, each step multiplies the slope by u"),
    )
    hinted("The slope along w", dw, -52, "add, over the steps, the slope of the state times its input", mistakes)
    mistakes = (
        (-24, "that is the last step alone; u is used at the others, too"),
        (48, "is h3 above or below the target?"),
        (-196, "step t multiplies u by the state before, not by its own"),
        (-32, "on its way back, each step multiplies the slope by u"),
    )
    hinted("The slope along u", du, -48, "add, over the steps, the slope of the state times the state before", mistakes)
    mistakes = (
        (-48, "that is the whole slope; with windows of one step the gradient stops behind the last"),
        (0, "the state goes on through the windows: h2 is still 6"),
    )
    hinted("The slope with windows of one step", du_cut, -24, "which of the terms is left?", mistakes)


@exercise("rnn-count")
def count(rnn: Any, lstm: Any, gru: Any, more: Any) -> None:
    """20 (10 + 20 + 2) = 640, four and three times that, 0."""
    mistakes: Mistakes = (
        (620, "the libraries have a bias beside W and one beside U"),
        (600, "there are biases, too"),
        (240, "U has a row and a column for each unit"),
    )
    hinted("The RNN's number", rnn, 640, "W has 20 rows of 10, U 20 rows of 20, and there are two biases", mistakes)
    mistakes = (
        (1920, "an LSTM has three gates and the new content"),
        (2480, "the libraries have a bias beside W and one beside U"),
        (640, "the gates have weights of their own"),
    )
    hinted("The LSTM's number", lstm, 2560, "how many sets of weights has it?", mistakes)
    mistakes = (
        (1280, "a GRU has two gates and the new content"),
        (1860, "the libraries have a bias beside W and one beside U"),
        (2560, "that is an LSTM"),
    )
    hinted("The GRU's number", gru, 1920, "how many sets of weights has it?", mistakes)
    hinted("How many more", more, 0, "are there weights that only one step uses?")


def _word(name: str, said: Any, want: str, words: tuple[str, ...], hint: str) -> None:
    require(said is not None, f"{name} is still None.")
    said = str(said).strip().lower()
    require(said in words, f"{name} should be one of {', '.join(words)}, but is {said!r}.")
    require(said == want, f"{name}: {hint}")


@exercise("rnn-radius")
def stretch(largest: Any, rho: Any, length: Any, A: Any, B: Any) -> None:
    """Rows (0, 8) and (1/2, 0): 8, 2, 16."""
    mistakes: Mistakes = (
        (2, "that is the spectral radius; which vector is stretched most?"),
        (64.25, "that is the sum of all squares"),
        (64, "that is the square of it"),
        (float(np.sqrt(64.25)), "that is the root of the sum of all squares, not the most one vector is stretched"),
    )
    hinted("s1", largest, 8, "try the vectors (1, 0) and (0, 1)", mistakes, 1e-6)
    mistakes = (
        (4, "that belongs to U times U, which is two steps"),
        (8, "that is the largest singular value"),
        (0, "the entries on the diagonal are eigenvalues of a triangular matrix, which this is not"),
    )
    hinted("rho", rho, 2, "what is U times U, and so the square of an eigenvalue?", mistakes, 1e-6)
    mistakes = (
        (4096, "a stretch of 8 does not come at each step"),
        (4, "that is after two steps"),
        (32, "that is after three steps"),
        (256, "two steps multiply by 4"),
    )
    hinted("The length", length, 16, "write down the row after each step", mistakes, 1e-6)
    words = ("fades", "bursts", "cannot say")
    _word("A", A, "fades", words, "what does each step multiply the length by, at most?")
    hint = "what if the inputs are so large that the units are saturated, or if they are not?"
    _word("B", B, "cannot say", words, hint)


@exercise("rnn-clip")
def clip_mended(clip: Callable) -> None:
    """One factor for all arrays."""
    cases = (
        ([np.array([3.0, 0]), np.array([[0, 4.0]])], 1.0),
        ([np.array([0.3, 0]), np.array([0.4])], 1.0),
        ([np.array([6.0, 2.0]), np.array([[3.0]]), np.zeros(2)], 3.5),
    )
    for gradients, limit in cases:
        kept = [g.copy() for g in gradients]
        total = float(np.sqrt(sum((g**2).sum() for g in gradients)))
        factor = min(1.0, limit / total)
        got = clip(gradients, limit)
        require(got is not None, "clip(gradients, limit) is None; return the list of clipped arrays.")
        require(len(got) == len(gradients), f"clip should give {len(gradients)} arrays, but gives {len(got)}.")
        require(all((k == g).all() for k, g in zip(kept, gradients)), CHANGED)
        for k, (new, old) in enumerate(zip(got, gradients)):
            new = np.asarray(new, float)
            require(new.shape == old.shape, f"array {k} should have shape {old.shape}, but has {new.shape}.")
        joint = float(np.sqrt(sum((np.asarray(g, float) ** 2).sum() for g in got)))
        what = f"gradients with the joint norm {total:g}, clipped to {limit:g},"
        if total <= limit:
            same = all(np.allclose(new, old) for new, old in zip(got, gradients))
            require(same, f"{what} should stay as they are: they are short enough.")
        flat, before = (np.concatenate([np.ravel(g) for g in arrays]) for arrays in (got, gradients))
        straight = np.allclose(flat * np.linalg.norm(before), before * np.linalg.norm(flat), rtol=1e-4, atol=1e-4)
        turned = f"with the joint norm {total:g} and the limit {limit:g} the direction changes: one factor for all?"
        require(straight, turned)
        shown = f"{what} should have the joint norm {min(limit, total):g}, but have {joint:.4g}."
        require(np.allclose(flat, before * factor, rtol=1e-4, atol=1e-6), shown)
    divided = "gradients of 0 have the norm 0: what is divided by what?"
    try:
        zeros = clip([np.zeros(2), np.zeros(1)], 1.0)
    except ZeroDivisionError:
        require(False, divided)
    require(zeros is not None, divided)
    require(all(np.isfinite(g).all() for g in zeros), divided)


@exercise("rnn-lstm")
def lstm(c: Any, h: Any, slope: Any, gate: Any) -> None:
    """c = 4 / 2 - 1 = 1, h = 0, f = 1/2, f."""
    mistakes: Mistakes = (
        (3, "the forget gate halves the old 4"),
        (2, "that is what is kept; what does the input gate let in?"),
        (-1, "that is what is let in; how much of the old 4 is kept?"),
        (0, "o = 0 hides the cell, but does not empty it"),
    )
    hinted("c", c, 1, "add f times the old c and i times n", mistakes)
    mistakes = ((1, "the output gate is shut"), (float(np.tanh(1)), "the output gate is shut"))
    hinted("h", h, 0, "o multiplies the tanh of c", mistakes)
    mistakes = (
        (1, "that is i, the slope along n"),
        (0, "o hides c from h, but not from the next c"),
        (2, "that is f times c; by how much does the new c change if the old one grows by 1?"),
    )
    hinted("The slope", slope, 0.5, "in c = f c_old + i n, what multiplies c_old?", mistakes)
    _word("gate", gate, "f", ("i", "f", "o"), "a sum keeps all of the old c")


@exercise("rnn-mix")
def mix(p: Any, unseen: Any, verdict: Any) -> None:
    """(3 + 4/4) / (8 + 4) = 1/3, 1/4, not better."""
    mistakes: Mistakes = (
        (3 / 8, "that is the count alone; the strength times q is added above"),
        (0.5, "the strength is added below, too"),
        (7 / 12, "above, the strength is multiplied by q"),
    )
    hinted("p", p, 1 / 3, "(times seen + strength times q) / (times before + strength)", mistakes, 5e-3)
    mistakes = (
        (0, "the formula leans on the shorter order: both counts are 0, but the strength is not"),
        (1 / 27, "the shorter order was seen: it says q"),
    )
    hinted("unseen", unseen, 1 / 4, "put 0 for both counts", mistakes)
    words = ("better", "not better")
    _word("verdict", verdict, "not better", words, "compare it with the best of the counts; which loss is lower?")


@exercise("rnn-gru")
def gru(step: Callable) -> None:
    """z = 1 keeps; the reset gate multiplies U h + b2."""
    rng = np.random.default_rng(0)
    for N, D, H in ((3, 2, 4), (1, 3, 3)):
        x, h, W, U = (rng.normal(size=s) for s in ((N, D), (N, H), (3 * H, D), (3 * H, H)))
        b, b2 = rng.normal(size=(2, 3 * H))
        args = (x, h, W, U, b, b2)
        kept = [a.copy() for a in args]
        got = step(*args)
        require(all((k == a).all() for k, a in zip(kept, args)), CHANGED)

        def by(
            order: str = "rzn", flip: bool = False, early: bool = False, reset: bool = True, second: bool = True,
            outside: bool = False,
        ) -> np.ndarray:  # fmt: skip
            sx, sh = np.split(x @ W.T + b, 3, axis=1), np.split(h @ U.T + (b2 if second else 0), 3, axis=1)  # noqa: B023
            at = {gate: order.index(gate) for gate in "rzn"}
            r, z = (1 / (1 + np.exp(-sx[at[k]] - sh[at[k]])) for k in "rz")
            past = sh[at["n"]] * (r if reset else 1)
            if early:
                rows = slice(at["n"] * H, (at["n"] + 1) * H)  # noqa: B023
                past = (r * h) @ U[rows].T + b2[rows]  # noqa: B023
            if outside:
                b_n = np.split(b2, 3)[at["n"]]  # noqa: B023
                past = r * (sh[at["n"]] - b_n) + b_n
            n = np.tanh(sx[at["n"]] + past)
            return z * n + (1 - z) * h if flip else (1 - z) * n + z * h  # noqa: B023

        mistakes: Mistakes = (
            (by(flip=True), "here z = 1 keeps the old state"),
            (by("zrn"), "the order is r, z, n"),
            (by(early=True), "in this chapter r multiplies U h + b2, not h"),
            (by(reset=False), "where is the reset gate?"),
            (by(second=False), "b2 is left out"),
            (by(outside=True), "r multiplies the whole of U h + b2, so b2, too"),
        )
        what = f"gru_step for x of shape {x.shape} and {H} units"
        expect(what, got, by(), 1e-9, "Compare r, z and n one by one.", mistakes)


@exercise("rnn-forget")
def forget(left_at_0: Any, bias: Any, cure: Any) -> None:
    """0.5^30; the f with f^30 = 1/2, and its logit 3.75; negate."""
    require(left_at_0 is not None, "What is left with the bias 0 is still None.")
    ratio = float(left_at_0) / 0.5**30
    require(ratio != 0, "What is left with the bias 0 is small, but not 0.")
    reason = "What is left with the bias 0: the sigmoid of 0 is 1/2, and there are 30 steps."
    require(0.97 < ratio < 1.03, f"{reason} Give at least two digits." if 0.8 < ratio < 1.2 else reason)
    f = 0.5 ** (1 / 30)
    mistakes: Mistakes = (
        (f, "that is the gate; which sum has this sigmoid?"),
        (round(f, 3), "that is the gate; which sum has this sigmoid?"),
        (float(-np.log(f / (1 - f))), "a larger bias keeps more: look at the sign"),
        (float(np.log(0.5) / -30), "that is minus the logarithm of the gate; which sum has this sigmoid?"),
    )
    hint = "which f has f^30 = 1/2, and which sum gives that f?"
    hinted("The bias", bias, float(np.log(f / (1 - f))), hint, mistakes, 1e-2)
    words = ("subtract", "negate", "leave")
    _word("cure", cure, "negate", words, "compare 1 - sigmoid(a) with sigmoid(-a)")


@exercise("rnn-temper")
def temper(change: Callable) -> None:
    """p^(1/T), normalised."""
    for p in ([0.5, 0.3, 0.2], [0.64, 0.36, 0.0], [0.9, 0.05, 0.03, 0.02]):
        for temperature in (1.0, 0.5, 2.0):
            given = np.array(p)
            got = change(given, temperature)
            require((given == p).all(), CHANGED)
            power = given ** (1 / temperature)
            want = power / power.sum()
            soft = np.exp(given / temperature)
            mistakes: list = [
                (given, "that is what went in; a factor goes away when you divide by the sum"),
                (power, "they should sum to 1"),
                (soft / soft.sum(), "scores are logarithms of the probabilities, not the probabilities"),
                (given**temperature / (given**temperature).sum(), "a temperature above 1 makes them more alike"),
            ]
            mistakes = [pair for pair in mistakes if not np.allclose(pair[0], want)]
            what = f"temper({p}, {temperature:g})"
            expect(what, got, want, 1e-6, "Probabilities of 0 stay 0.", mistakes)
            require((np.asarray(got)[given == 0] == 0).all(), f"{what}: a probability of 0 should stay 0, exactly.")
