"""Checks for the exercises of *Backpropagation*."""

import numpy as np

from dlnotes.check import exercise, expect, hinted, require


@exercise("bp-pencil")
def pencil(J, dW1, dW2):
    """The 2-2-1 network of the chapter with its first neuron switched off."""
    J = np.reshape(J, ()) if J is not None and np.size(J) == 1 else J  # (1, 1) is one number, too
    expect("J", J, 4, hint="The sum of the first neuron is -1: what does its ReLU give?")
    expect("dW2", dW2, [[0, -8]], hint="A weight's slope is dJ/dh times the output that it multiplies.")
    expect(
        "dW1",
        dW1,
        [[0, 0], [4, 8]],
        hint="A ReLU that is off lets no slope through. Row i is the slope of neuron i times the two inputs.",
    )


@exercise("bp-difference")
def difference(slope):
    """A central difference to eight digits."""
    x = np.array([0.3, -1.2, 2.0])
    for i, want in enumerate((np.cos(0.3) * -1.2, np.sin(0.3), 4 * np.exp(4.0))):
        given = x.copy()
        seen: list[np.ndarray] = []

        def f(v, seen=seen):
            seen.append(np.array(v, float))
            return np.sin(v[0]) * v[1] + np.exp(v[2] ** 2)

        got = slope(f, given, i)
        what = f"The slope along x[{i}] of sin(x0) x1 + exp(x2^2)"
        require(
            len(seen) < 2 or any((v != seen[0]).any() for v in seen),
            f"{what}: f saw the same x each time, since `p = x` is no copy. Move x.copy() instead.",
        )
        require(
            (given == x).all(),
            "x should be left as it was, but was changed. A rounding error counts: put the old value back, or copy x.",
        )
        others = np.delete(np.array([v for v in seen if np.shape(v) == x.shape]).reshape(-1, 3), i, axis=1)
        require((others == np.delete(x, i)).all(), f"{what}: move entry {i} only, and leave the others as they are.")
        expect(what, got, want, 1e-8, "Take a step of about 1e-5 forwards and one back, and divide by both together.")


@exercise("bp-paths")
def paths(weights, paths, from_one_weight, products):
    """Edges, paths and multiplications of a 3-4-5-2 network."""
    what = "The number of weights (edges between neighbouring layers)"
    expect(what, weights, 42, hint="Multiply the sizes of two neighbouring layers, and add up. Biases are not counted.")
    what = "The number of paths from inputs to outputs"
    expect(what, paths, 120, hint="A path picks one neuron in each layer, so multiply.")
    what = "The number of paths from one weight of the first layer to J"
    expect(what, from_one_weight, 10, hint="A weight leads to one neuron; from there, pick one in each later layer.")
    mistakes = (
        (126, "nobody asks for the images' gradient, so the first layer needs one product on the way back, not two"),
        (42, "that is the way forward alone; add the products of the way back"),
        (72, "that is the way back alone; `backprop` runs forward, too"),
        (84, "on the way back each layer but the first has two products, one for its weights and one for its inputs"),
    )
    what = "The number of multiplications"
    hint = "Forward each weight multiplies once. Which products does a layer need on the way back?"
    hinted(what, products, 114, hint, mistakes)


@exercise("bp-walk")
def walk(walk):
    """Gradient descent on (3 w - 6)^2 with the chapter's engine."""
    for w, alpha, steps, hint in (
        (0.0, 0.05, 1, ""),
        (0.0, 0.05, 2, " (what did its first step leave behind?)"),
        (5.0, 0.01, 10, ""),
    ):
        want = 2 + (w - 2) * (1 - 18 * alpha) ** steps
        try:
            got = walk(w, alpha, steps)
        except TypeError as error:
            require("NoneType" not in str(error), "This engine adds to a gradient, so set it to 0, not to None.")
            raise
        require(not hasattr(got, "grad"), "walk should return a number, the data of its node, and not the node.")
        stale = "the results of a step keep their values and gradients, so make `miss` anew in each step"
        mistakes = ((7.2, stale), (5.4, stale)) if steps == 2 else ()
        expect(f"walk({w:g}, {alpha}, {steps}){hint}", got, want, mistakes=mistakes)


@exercise("bp-standardise")
def standardise(vjp):
    """The VJP of (x - mean) / standard deviation, row by row."""
    rng = np.random.default_rng(3)
    x, g, step = rng.normal(1, 2, (3, 4)), rng.normal(size=(3, 4)), 1e-6
    given, arrived = x.copy(), g.copy()
    want = np.empty_like(x)
    for index in np.ndindex(x.shape):
        move = np.zeros(x.shape)
        move[index] = step
        want[index] = (g * (_standardised(x + move) - _standardised(x - move))).sum() / (2 * step)
    got = vjp(given, arrived)
    require(got is not None, "standardise_vjp(x, g) is still None.")
    require((given == x).all() and (arrived == g).all(), "x and g should be left as they were, but were changed.")
    require(np.shape(got) == x.shape, f"The gradient should have the shape of x, {x.shape}, but has {np.shape(got)}.")
    for ddof, divisor in ((1, 3), (1, 4), (0, 3)):
        z = (x - x.mean(1, keepdims=True)) / x.std(1, ddof=ddof, keepdims=True)
        along = z * (g * z).sum(1, keepdims=True) / divisor
        other = (g - g.mean(1, keepdims=True) - along) / x.std(1, ddof=ddof, keepdims=True)
        require(not np.allclose(got, other, 1e-6), "x.std(1) divides by the number of entries n, and not by n - 1.")
    change = np.sum(got, axis=1)
    worst = abs(change).argmax()
    require(
        abs(change[worst]) < 1e-6,
        "Adding 0.01 to a whole row changes nothing, so each row should sum to 0, thanks to the mean; "
        f"row {worst} sums to {change[worst]:.4f}.",
    )
    change = (got * x).sum(1)
    worst = abs(change).argmax()
    require(
        abs(change[worst]) < 1e-6,
        "Making a row larger by 1 % changes nothing, so the gradient times x should sum to 0 in each row, "
        f"thanks to the standard deviation; row {worst} sums to {change[worst]:.4f}.",
    )
    expect("standardise_vjp(x, g)", got, want, 1e-6, "Each row has the right direction, but not the right size.")


@exercise("bp-tanh")
def tanh(backprop):
    """Gradients of tanh networks of several depths, for a batch, against finite differences."""
    rng = np.random.default_rng(0)
    for sizes, n in (([3, 2], 1), ([2, 3, 1], 4), ([3, 4, 4, 2], 5)):
        W = [rng.normal(size=(m, k)) for k, m in zip(sizes, sizes[1:])]
        b = [rng.normal(size=m) for m in sizes[1:]]
        x, y = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
        got = backprop([w.copy() for w in W], [v.copy() for v in b], x.copy(), y.copy())
        require(got is not None, "tanh_backprop is still None.")
        require(len(got) == 0 or not np.isscalar(got[0]), "Return the list of gradients only, without J.")
        layers = "1 layer has 1 pair" if len(W) == 1 else f"{len(W)} layers have {len(W)} pairs"
        require(len(got) == len(W), f"{layers} of gradients, but your list has {len(got)}.")
        shapes, wanted = [np.shape(pair[0]) for pair in got], [w.shape for w in W]
        turned = shapes != wanted and shapes[::-1] == wanted
        require(not turned, "The shapes are right in the opposite order: return the first layer first.")
        for j, pair in enumerate(got):
            hint = "The last layer is linear, and its delta is -2 (y - h)."
            if j < len(W) - 1:
                hint = "Its delta passes a tanh, whose slope is 1 - a^2 for the output a."
            for name, parameter, gradient in zip("Wb", (W[j], b[j]), pair, strict=True):
                want = _slopes(W, b, x, y, parameter)
                row = name == "b" and np.shape(gradient) == (1, *want.shape)
                require(not row, f"The gradient of b{j + 1} is one number for each neuron, so add up with sum(0).")
                what = f"The gradient of {name}{j + 1} in a network {sizes} with {n} example{'s' * (n > 1)}"
                more = " Add up over the examples." if n > 1 else ""
                expect(what, gradient, want, 1e-6, hint + more)


@exercise("bp-vanish")
def vanish(ratio, weight, *faults):
    """Ten sigmoids in a chain, each at its steepest; then what ails three other networks."""
    hint = "From layer 11 to layer 1 there are ten steps, each times a weight and the slope of the sigmoid at 0."
    expect("delta^1 / delta^11", ratio, 0.5**10, 5e-6, hint)  # three digits are enough
    hint = "It should make up for the slope of the sigmoid at 0."
    expect("The positive weight that keeps the size of delta", weight, 4, hint=hint)
    way = "The gradient goes from layer 4 back to 1: does it fall or grow on that way?"
    hints = "Its sizes are alike, so the start is sound.", way, way
    for name, fault, want, hint in zip("ABC", faults, ("rate", "vanishes", "explodes"), hints, strict=True):
        require(fault is not None, f"{name} is still None.")
        said = str(fault).strip().lower()
        named = said in ("vanishes", "explodes", "rate")
        require(named, f'{name} should be "vanishes", "explodes" or "rate", but is {fault!r}.')
        require(said == want, f"{name} should not be {fault!r}. {hint}")


@exercise("bp-checkpoints")
def checkpoints(best):
    """The number of stretches that holds the fewest arrays."""
    for n, want in ((1, 1), (12, 3), (64, 8), (100, 10), (7, 1), (48, 6)):
        s = best(n)
        divides = any(s == divisor for divisor in range(1, n + 1) if n % divisor == 0)
        require(s is None or divides, f"best({n}) should divide {n}, for equal stretches, but is {s}.")
        ties = s is not None and s != want and s + n // s == want + n // want
        require(not ties, f"best({n}) should be {want}: {s} holds as few arrays, but the smaller was asked for.")
        expect(f"best({n})", s, want, hint=f"With {want} the memory holds {want} + {n // want} arrays.")


def _cost(W, b, x, y):
    for W_j, b_j in zip(W[:-1], b[:-1]):
        x = np.tanh(x @ W_j.T + b_j)
    return ((y - x @ W[-1].T - b[-1]) ** 2).sum()


def _standardised(x):
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)


def _slopes(W, b, x, y, parameter, step=1e-6):
    """The central difference of the cost along each entry of `parameter`, one of the arrays in W and b."""
    slopes = np.empty_like(parameter)
    for index, value in np.ndenumerate(parameter):
        parameter[index] = value + step
        high = _cost(W, b, x, y)
        parameter[index] = value - step
        slopes[index] = (high - _cost(W, b, x, y)) / (2 * step)
        parameter[index] = value
    return slopes
