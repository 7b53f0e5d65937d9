"""Checks for the exercises of *Hypernetworks and weight sharing*."""

from collections.abc import Callable
from typing import Any

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import Mistakes, exercise, expect, require


@exercise("hyper-gradient")
def back_through_g(gradient):
    """dJ/du where theta = tanh(u c), y = theta x, J = (y - t)^2."""
    for u, c, x, t in ((0.0, 4.0, 3.0, 1.0), (0.5, 1.0, 2.0, -1.0), (-0.3, 0.7, 1.5, 0.4)):
        theta = np.tanh(u * c)
        bend = 1 - theta**2
        want = 2 * (theta * x - t) * x * bend * c
        mistakes = (
            (want / c, "a factor c is missing: u c changes c times as fast as u"),
            (want / x, "a factor x is missing: y changes x times as fast as theta"),
            (want / bend, "the slope of tanh is missing"),
            (want / bend * (1 - (u * c) ** 2), "the slope of tanh is 1 - tanh(u c)^2, not 1 - (u c)^2"),
            (want / bend * (1 - theta), "the slope of tanh is 1 - theta^2, not 1 - theta"),
            (2 * (u * c * x - t) * x * c, "theta is tanh(u c), not u c"),
            (want / (bend * c), "the slopes of tanh and of u c are missing"),
            (want / 2, "the 2 of the square's slope is missing"),
            (-want, "its sign is turned round"),
        )
        expect(f"gradient(u={u:g}, c={c:g}, x={x:g}, t={t:g})", gradient(u, c, x, t), want, 1e-5, mistakes=mistakes)


@exercise("hyper-step")
def step_of_g(trained, other, unmoved):
    """theta = u c + v with u = 1, v = 2: one step of rate 0.1 on (u, v) for the code 3, seen from other codes."""
    up, half, alone = "a step goes against the gradient", "the 2 of the square's slope is missing", "v moves as well"
    moves = "this is how far it moves, not where it ends"
    itself = "this is a step on the weight itself, but u and v are learned"
    mistakes: Mistakes = ((9, up), (3, half), (1.4, alone), (4.6, itself), (-4, moves))
    expect("the weight of the code 3 after the step", trained, 1, mistakes=mistakes)
    mistakes = ((0.2, up), (1.4, half), (2.2, alone), (1, "u and v have moved for every code"), (0.8, moves))
    mistakes = (*mistakes, (0.6, "the code 3 gave the step on u and v: put them into u c + v"))
    expect("the weight of the code -1 after the step", other, 1.8, mistakes=mistakes)
    mistakes = ((1 / 3, "its sign is turned round"), (0, "u and v have moved: which change of u c + v is 0?"))
    expect("the code whose weight stays where it was", unmoved, -1 / 3, 0.02, mistakes=mistakes)


@exercise("hyper-size")
def size_of_g(parameters, largest_rank):
    """The parameters of a G with one hidden layer, and the largest rank at which chunks are fewer numbers."""
    for code, hidden, sizes in ((2, 16, [1, 16, 1]), (1, 1, [1, 1]), (10, 16, [2, 16, 16, 1])):
        n = sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False))
        bare = sum(m * k for k, m in zip(sizes, sizes[1:], strict=False))
        want = hidden * (code + 1) + n * (hidden + 1)
        mistakes: Mistakes = (
            (n, "this is how many numbers G writes, not how many it has"),
            (want + n, "H's numbers are written, not learned: leave them out"),
            (want - n, "the last biases of G are missing"),
            (hidden * code + n * hidden, "the biases of G are missing"),
            (hidden * (code + 1) + bare * (hidden + 1), "the biases of H are missing, which G writes, too"),
            (hidden * code + bare * hidden, "all biases are missing"),
        )
        expect(f"parameters({code}, {hidden}, {sizes})", parameters(code, hidden, sizes), want, mistakes=mistakes)
    for rows, columns in ((32, 144), (3, 2), (64, 64)):
        want = (rows * columns - 1) // (rows + columns)
        mistakes = (
            (want + 1, "with this rank the chunks are at least as many numbers as the weights, not fewer"),
            ((rows * columns - columns - 1) // (rows + columns), "this counts a bias, but here G has none"),
            (rows * columns / (rows + columns), "a rank is a whole number"),
            (rows - 1, "the codes are numbers to learn, too"),
            (min(rows, columns), "the largest rank that there is needs more numbers than the weights"),
        )
        expect(f"largest_rank({rows}, {columns})", largest_rank(rows, columns), want, mistakes=mistakes)


@exercise("hyper-shared")
def add_up_the_uses(shared_gradient):
    """The gradient of a detector's weights: its uses, added up."""
    rng = np.random.default_rng(4)
    small = np.array([1.0, 2, 0, -1]), np.array([1.0, 0, 2])
    for x, g in (small, (rng.normal(size=12), rng.normal(size=8)), (rng.normal(size=3), rng.normal(size=1))):
        k, want = len(x) - len(g) + 1, np.correlate(x, g)
        mistakes = (
            (want / len(g), "this is the mean over the places, but the uses add up"),
            (g[0] * x[:k], "this is one use only"),
            (np.convolve(x, g, "valid"), "weight j of place i meets x[i + j]: here g or the result is turned round"),
            (want[::-1], "the weights come in the opposite order"),
        )
        shown = f"x = {x.astype(int).tolist()}, g = {g.astype(int).tolist()}" if x is small[0] else f"{len(x)} numbers"
        expect(f"the gradient of {k} weights for {shown}", shared_gradient(x, g, k), want, mistakes=mistakes)


@exercise("hyper-film")
def add_or_multiply(answers):
    """What G must write for one unit with activation a = x."""
    wanted = (("x + c", "add"), ("c x", "multiply"), ("x - 3", "neither"), ("c (x - 1)", "both"))
    require(answers is not None, "answers is still None.")
    require(not isinstance(answers, str), "answers should be a list of four words, but is one word.")
    require(len(answers) == 4, f"answers should be four words, but there are {len(answers)}.")
    for (family, want), answer in zip(wanted, answers):
        require(answer is not None, f"your answer for y = {family} is still None.")
        answer = str(answer).strip().lower()
        words = ("add", "multiply", "both", "neither")
        require(answer in words, f"your answer for y = {family} should be one of {words}, but is {answer!r}.")
        hint = "write y = gamma(c) x + beta(c), and see which of the two changes with c"
        require(answer == want, f"y = {family}: not {answer!r}; {hint}.")


@exercise("hyper-tape")
def keep_the_tape(cost):
    """The cost of H with the weights that G writes, on the tape: its gradient against a central difference."""
    G, H, c, x, t = _small()
    written = G.weight.data.copy()
    own = dict(H.named_parameters())
    values = {name: p.data.copy() for name, p in own.items()}

    def by_hand(weight):
        theta = weight @ c.data + G.bias.data
        return np.mean((x.data @ theta[:2, None] + theta[2] - t.data) ** 2)

    J = cost(G, H, c, x, t)
    require(J is not None, "cost(G, H, c, x, t) is still None.")
    expect("the cost", J.data if isinstance(J, dn.Tensor) else J, by_hand(written))
    require(isinstance(J, dn.Tensor), "the cost is a plain number, on no tape: return what dn.mse_loss makes.")
    where = "where does H get theta as mere numbers?"
    require(J.requires_grad, f"the cost is on no tape: {where}")
    G.zero_grad()
    J.backward()
    require(G.weight.grad is not None, f"G.weight.grad is None after backward(): {where}")
    want = np.empty_like(written)
    for place in np.ndindex(written.shape):
        nudge = np.zeros_like(written)
        nudge[place] = 1e-5
        want[place] = (by_hand(written + nudge) - by_hand(written - nudge)) / 2e-5
    expect("G.weight.grad", G.weight.grad.data, want, 1e-6)
    now = dict(H.named_parameters())
    for name in own:
        lost = f"H has lost its own parameter {name}: leave H as it is, and call it with other numbers in its place."
        require(now.get(name) is own[name], lost)
        expect(f"H's own {name} after the call (leave it alone)", now[name].data, values[name])


@exercise("hyper-tied")
def stay_tied(tied):
    """An embedding and an output layer with one weight that starts from given vectors."""
    start = np.random.default_rng(5).normal(size=(5, 3)).astype("float32")
    given = start.copy()
    model = _made(tied, start)
    require(model is not None, "tied(5, 3, start) is still None.")
    words = dn.tensor(np.array([1, 4, 4]))
    expect("the number of weights (shared ones count once)", dn.num_weights(model), 15)
    scores, want = model(words).data, start[[1, 4, 4]] @ start.T
    lost = "the scores are not those of the vectors in start: does the shared matrix begin with them?"
    require(scores.shape != want.shape or np.allclose(scores, want, rtol=1e-5, atol=1e-5), lost)
    expect("the scores", scores, want, 1e-5)
    dn.cross_entropy(model(words), dn.tensor(np.array([0, 2, 3]))).backward()
    dn.SGD(model.parameters(), 0.5).step()
    embed, out = model[0].weight.data, model[1].weight.data
    require((embed == out).all(), "after one step of training the two layers differ: they are copies.")
    require(abs(embed - start).max() > 1e-3, "one step of training changed nothing.")
    expect("start itself (leave it alone)", start, given)


def _small():
    """A linear G that writes H, a layer of two weights and a bias, with a code, four inputs and their targets."""
    rng = np.random.default_rng(7)
    G = dn.Linear(2, 3, dtype=dn.float64, generator=rng)
    H = dn.Linear(2, 1, dtype=dn.float64, generator=rng)
    return G, H, *(dn.tensor(rng.normal(size=shape)) for shape in (2, (4, 2), (4, 1)))


def _made(tied: Callable, start: np.ndarray) -> Any:
    """The reader's model of 5 words and vectors of 3 numbers."""
    try:
        return tied(5, 3, start)
    except ValueError as error:
        require("read-only" not in str(error), "a parameter's numbers are read-only: put others in with copy_.")
        raise
