"""Checks for the exercises of *Activation functions*."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("activation-collapse")
def collapse(W: Any, b: Any, hat: Any) -> None:
    """Two linear layers as one, and a hat out of three ReLUs."""
    mistakes: Mistakes = (
        ([[1, 2]], "multiply in the other order: W2 comes last, so it stands on the left"),
        ([[1], [2]], "W has one row, because there is one output"),
    )
    hint = "row times column: the second layer's row, times the first layer's matrix"
    hinted("W", W, [[3, 5]], hint, mistakes)
    mistakes = (
        ([4], "the first biases pass through the second layer, too"),
        ([-1], "the second layer has a bias of its own"),
    )
    hinted("b", b, [3], "W2 times the first biases, plus the second layer's own", mistakes)
    mistakes = (
        ([1, -1, 0], "behind x = 1 the slope should be -1; 1 - 1 is 0"),
        ([1, -1, 1], "behind x = 1 the slope should be -1; 1 - 1 is 0"),
        ([1, -2, 0], "behind x = 2 the hat is flat again"),
        ([1, -2, 2], "behind x = 2 the slopes of all three should sum to 0"),
    )
    hint = "by how much does the slope of the hat change at 0, at 1 and at 2?"
    hinted("The three weights", hat, [1, -2, 1], hint, mistakes)


@exercise("activation-bounds")
def bounds(steep: Any, tall: Any, equal: Any) -> None:
    """Largest slopes of sigmoid(4 z) and 5 tanh(z / 2); 1 - sigmoid(40) and sigmoid(-40) in float64."""
    mistakes: Mistakes = ((1 / 4, "that is the sigmoid's own; the inner 4 multiplies it"), (4, "times the slope at 0"))
    hinted("The largest slope of sigmoid(4z)", steep, 1, "use the chain rule at z = 0", mistakes)
    mistakes = ((5, "the inner 1/2 multiplies, too"), (0.5, "the outer 5 multiplies, too"), (1, "that is tanh's own"))
    hinted("The largest slope of 5 tanh(z/2)", tall, 2.5, "use the chain rule at z = 0", mistakes)
    require(equal is not None, "equal is still None.")
    require(equal in (True, False), f"equal should be True or False, but is {equal!r}.")
    require(not equal, f"Not {equal}: how close to 1 can a float64 be, and how close to 0?")


@exercise("activation-stable")
def stable(log_sigmoid: Callable) -> None:
    """log(sigmoid(z)) for any z."""
    for z in (0.0, 2.0, -3.0):
        got = log_sigmoid(np.array([z]))
        require(got is not None, "log_sigmoid(z) is still None.")
        expect(f"log_sigmoid([{z}])", got, [-np.log1p(np.exp(-z))], 1e-9)
    for z in (-1000.0, -50.0, 40.0, 1000.0):
        got = np.asarray(log_sigmoid(np.array([z])), float)
        what = f"log_sigmoid([{z:g}])"
        require(np.isfinite(got).all(), f"{what} is {got}: which exp gets too large, or which log gets 0?")
        lost = "log(1 + a tiny number) needs np.log1p, because 1 + a tiny number rounds to 1."
        want = -np.logaddexp(0, -z)
        require(z < 0 or np.allclose(got, want, rtol=1e-6, atol=0), f"{what} is {got[0]:.3g}: {lost}")
        expect(what, got, [want], 1e-9, "For very negative z it is nearly z itself.")
    mixed = np.array([[-1000.0, 0.0], [5.0, 1000.0]])
    expect("log_sigmoid of an array (2, 2)", log_sigmoid(mixed.copy()), -np.logaddexp(0, -mixed), 1e-9)


def _run(W: Any, b: Any, x: np.ndarray, bend: Callable) -> np.ndarray:
    for W_j, b_j in zip(W[:-1], b[:-1]):
        x = bend(x @ np.asarray(W_j, float).T + np.asarray(b_j, float))
    return x @ np.asarray(W[-1], float).T + np.asarray(b[-1], float)


@exercise("activation-twin")
def twin(as_sigmoid: Callable) -> None:
    """A tanh network as a sigmoid network."""
    rng = np.random.default_rng(0)
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    for sizes in ((2, 3, 1), (3, 4, 5, 2), (2, 3)):
        W = [rng.normal(size=(m, k)) for k, m in pairwise(sizes)]
        b = [rng.normal(size=m) for m in sizes[1:]]
        kept = [w.copy() for w in W]
        got = as_sigmoid(W, b)
        require(got is not None, "as_sigmoid(W, b) is still None.")
        require(isinstance(got, tuple | list) and len(got) == 2, "as_sigmoid should return two lists, W and b.")
        V, c = got
        require(len(V) == len(c) == len(W), f"{len(W)} layers came in, {len(V)} and {len(c)} came out.")
        require(all((k == w).all() for k, w in zip(kept, W)), "as_sigmoid changed the weights that it was given.")
        x = rng.normal(size=(4, sizes[0]))
        want, out = _run(W, b, x, np.tanh), _run(V, c, x, sigmoid)
        what = f"a network of sizes {sizes}"
        if len(sizes) == 2:
            require(np.allclose(want, out), f"{what} has no hidden layer: its one layer is linear and should stay.")
        hidden = sigmoid(x @ np.asarray(V[0], float).T + np.asarray(c[0], float)) if len(sizes) > 2 else None
        right = hidden is None or np.allclose(2 * hidden - 1, np.tanh(x @ W[0].T + b[0]))
        right = right or np.allclose(want, out)  # signs and places are free
        require(right, f"In {what}, 2 s - 1 of the first layer's sigmoids s should be its tanh: how large is z inside?")
        offset = np.ptp(out - want, axis=0).max(initial=0)
        flat = "the outputs differ by a constant: where does the -1 of 2 s - 1 go?"
        require(np.allclose(want, out) or offset > 1e-9, f"In {what} {flat}")
        require(np.allclose(want, out), f"In {what} the outputs differ: each later layer receives 2 s - 1, not s.")


@exercise("activation-zigzag")
def zigzag(large: Any, small: Any, rate: Any, factor: Any) -> None:
    """Three independent inputs, 0 or 2 with equal chance."""
    mistakes: Mistakes = (
        (3, "add the variance"),
        (2, "all three inputs share the mean: multiply its square by their number"),
        (9, "m is the mean, 1, not the larger value"),
        (13, "m is the mean, 1, not the larger value"),
    )
    hinted("The largest curvature", large, 4, "v + k m^2, with the mean and the variance of 0 and 2", mistakes)
    mistakes = ((4, "that is the largest"), (2, "the variance is the mean of the squared distance from the mean"))
    hinted("The smallest curvature", small, 1, "along directions in which the mean cancels only v is left", mistakes)
    mistakes = ((0.5, "2 / L is the edge of divergence"), (0.25, "1 / L is safe, but another rate is faster"))
    hinted("The best rate", rate, 0.4, "2 / (largest + smallest)", mistakes)
    mistakes = ((-0.6, "give its size, without the sign"), (0.36, "that is the factor of the cost, its square"))
    hinted("The factor of the error", factor, 0.6, "1 - rate times curvature, in size, is the same for both", mistakes)


@exercise("activation-moments")
def moments(mean: Any, square: Any, variance: Any, gain2: Any) -> None:
    """-3, -1, 1, 3 behind a ReLU, and the gain of leaky ReLU with slope 0.5."""
    mistakes: Mistakes = ((2, "the two zeros count, too"), (0, "that is the mean before the ReLU"))
    hinted("The mean", mean, 1, "of 0, 0, 1, 3", mistakes)
    mistakes = ((5, "the negative ones have become 0"), (10, "divide by four"))
    hinted("The mean square", square, 2.5, "of 0, 0, 1, 3", mistakes)
    mistakes = ((2.5, "subtract the square of the mean"), (2, "divide by 4, not by 3"))
    hinted("The variance", variance, 1.5, "the mean square minus the square of the mean", mistakes)
    mistakes = (
        (2, "that is the ReLU's; the leaky one keeps something of the negative half"),
        (0.625, "that is the share which is left; the gain has to undo it"),
        (4 / 3, "the slope enters squared"),
    )
    hint = "what is the mean square of -1.5, -0.5, 1, 3, as a share of that before?"
    hinted("The squared gain", gain2, 1.6, hint, mistakes, 1e-2)


@exercise("activation-symmetry")
def symmetry(tanh: Any, relu: Any, output: Any, incoming: Any) -> None:
    """Four hidden neurons: orders and signs; a ReLU scaled by 3."""
    mistakes: Mistakes = (
        (24, "besides the orders there are the signs"),
        (16, "besides the signs there are the orders"),
        (40, "orders and signs combine freely: multiply"),
    )
    hinted("The number for tanh", tanh, 384, "count orders, and choices of a sign for each neuron", mistakes)
    mistakes = ((384, "ReLU(-z) is not -ReLU(z)"), (16, "ReLU(-z) is not -ReLU(z)"), (4, "count orders: 4 times 3 ..."))
    hinted("The number for ReLU", relu, 24, "which of the two kinds of change is left?", mistakes)
    undone = "the 3 comes out of the ReLU, and the outgoing weight undoes it"
    mistakes = ((3, undone), (1 / 3, undone))
    hinted("The factor of the output", output, 1, "a ReLU passes a positive factor on", mistakes, 1e-2)
    mistakes = ((1, "the slope that comes back passes the outgoing weight"), (3, "the other way round"))
    hint = "the slope of an incoming weight contains the outgoing weight"
    hinted("The factor of the slope", incoming, 1 / 3, hint, mistakes, 1e-2)


@exercise("activation-fade")
def fade(start: Callable, spreads: Callable) -> None:
    """The spread behind each layer of tanhs, and a start that keeps it."""
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(6, 3)), [rng.normal(size=(4, 3)), rng.normal(size=(2, 4))]
    got = spreads(x.copy(), [weights.copy() for weights in W])
    require(got is not None, "spreads(x, W) is still None.")
    outputs, sums = [x], []
    for weights in W:
        sums.append(outputs[-1] @ weights.T)
        outputs.append(np.tanh(sums[-1]))
    mistakes: Mistakes = (
        ([z.std(0).mean() for z in sums], "measure behind the tanh, not before it"),
        ([a.std(1).mean() for a in outputs[1:]], "between the rows, not between the units: ask along the other axis"),
        ([a.std() for a in outputs[1:]], "a standard deviation for each unit first, then their mean"),
        ([a.std(0).mean() for a in outputs[:2]], "that begins with x itself; begin behind the first tanh"),
    )
    expect("The spreads of two layers", got, [a.std(0).mean() for a in outputs[1:]], mistakes=mistakes)
    for k, m in ((64, 64), (400, 50)):
        weights = np.asarray(start(k, m, np.random.default_rng(1)))
        require(weights.shape == (m, k), f"start({k}, {m}, rng) should have the shape {(m, k)}, not {weights.shape}.")
        what = f"with start({k}, {m}, rng) a sum of {k} inputs of variance 1 has the variance {k * weights.var():.2g}"
        require(k * weights.var() > 0.8, f"The signal fades: {what}.")
        require(k * weights.var() < 3, f"The tanhs saturate: {what}.")


@exercise("activation-dead")
def dead(dead_share: Callable) -> None:
    """The share of units that are 0 for every row of every batch."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    W = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    b = np.array([0.0, 0.0, -5.0, 0.0])
    got = dead_share([x[:1].copy(), x[1:].copy()], W.copy(), b.copy())
    require(got is not None, "dead_share(batches, W, b) is None.")
    what = "The dead share"
    mistakes: Mistakes = (
        (3 / 4, "a unit that is off in one batch may be on in another"),
        (10 / 12, "a share of all zeros; a unit is dead if *all* of its own are 0"),
        (1.0, "a unit that is off in some batch need not be dead"),
        (0.25, "a sum of exactly 0 gives no slope either"),
        (0.0, "a unit that is off in each batch is dead"),
        (2.0, "that is a number of units; divide by how many there are"),
    )
    expect(what, got, 0.5, mistakes=mistakes)
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(50, 5)), rng.normal(size=(20, 5)), np.repeat([0.0, -50.0], [14, 6])
    batches = [x[:3], x[3:6], x[6:10], x[10:]]
    expect("The share with 6 of 20 dead", dead_share(batches, W, b), 0.3)


@exercise("activation-diagnose")
def diagnose(A: Any, B: Any, C: Any, D: Any) -> None:
    """What to change first."""
    known = ("start", "rate", "activation", "nothing")
    rows = (
        ("A", A, "start", "its deltas fade from layer to layer before the first step"),
        ("B", B, "rate", "units that were alive before training died within a few large steps"),
        ("C", C, "nothing", "how large is the difference beside the spread of the seeds?"),
        ("D", D, "activation", "what can a stack of linear layers do, however it starts?"),
    )
    for name, got, want, hint in rows:
        require(got is not None, f"{name} is still None.")
        said = str(got).strip().lower()
        require(said in known, f'{name} should be "start", "rate", "activation" or "nothing", but is {got!r}.')
        require(said == want, f"Not {got!r} for {name}: {hint}{'' if hint.endswith('?') else '.'}")
