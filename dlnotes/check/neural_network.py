"""Checks for the exercises of *The neural network*."""

from itertools import pairwise

import numpy as np

from dlnotes.check import exercise, expect, require
from dlnotes.data import digits
from dlnotes.train import evaluate, predict

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@exercise("nn-pencil")
def pencil(z, a, h):
    """One input through two hidden neurons and one output, by hand."""
    z = _numbers("z", z, 2, "one for each hidden neuron")
    require(not np.allclose(z, [-1, 5]), "z lacks the biases: each hidden neuron adds its own.")
    require(not np.allclose(z, [4, -7]), "z comes from the columns of W1; the weights of a neuron are a row of it.")
    require(np.allclose(z, [-1, 3]), "z: each hidden neuron multiplies its row of W1 by x, number by number, and adds.")
    a = _numbers("a", a, 2, "one for each hidden neuron")
    require(np.allclose(a, np.maximum(z, 0)), "a: ReLU keeps a positive number and turns a negative one into 0.")
    h = _numbers("h", h, 1)
    require(not np.isclose(h[0], 6), "h: the output has a bias, too.")
    require(np.isclose(h[0], 5), "h: it is a weighted sum of a, not of z or x, plus the output's bias.")


@exercise("nn-parameters")
def parameters(count_parameters):
    """Weights and biases of a network of the given layer sizes."""
    for sizes, want in (([2, 3, 1], 13), ([784, 10], 7850), ([784, 256, 128, 10], 235146), ([5, 1], 6)):
        try:
            got = count_parameters(list(sizes))
        except LookupError as error:
            require(False, f"count_parameters({sizes}) raised {type(error).__name__}: {error}.")
        no_bias = sum(k * m for k, m in pairwise(sizes))
        by_input = no_bias + sum(sizes[:-1])
        one_each, every = no_bias + len(sizes) - 1, no_bias + sum(sizes)
        require(not np.array_equal(got, no_bias), f"count_parameters({sizes}) lacks the biases: one for each neuron.")
        require(not np.array_equal(got, by_input), f"count_parameters({sizes}): a layer has a bias for each output.")
        single = want != one_each and np.array_equal(got, one_each)
        require(not single, f"count_parameters({sizes}) has one bias for a layer; each of its neurons has its own.")
        require(not np.array_equal(got, every), f"count_parameters({sizes}): inputs are no neurons, so have no bias.")
        expect(f"count_parameters({sizes})", got, want)


@exercise("nn-finer")
def finer(W, b):
    """Three scores, without a bend, of which the largest says how many of two inputs are 1."""
    for name, array, shape in (("W", W, (3, 2)), ("b", b, (3,))):
        require(array is not None, f"{name} is still None.")
        require(np.shape(array) == shape, f"{name} should have shape {shape}, but has {np.shape(array)}.")
    middle = " Draw three lines over x1 + x2: at 1 the middle one should lie above both others."
    for x in CORNERS:
        scores, want = np.asarray(W) @ x + b, int(x.sum())
        others = np.delete(scores, want)
        require(
            scores[want] > others.max() + 1e-9,
            f"at x = {x.astype(int)} the scores are {np.array2string(scores, precision=3)}, but score {want} should be"
            f" the largest, alone.{middle if want == 1 else ''}",
        )


@exercise("nn-absolute")
def absolute(V1, c1, V2, c2):
    """|x| as a network with one hidden layer of two ReLUs."""
    for name, array, shape in (("V1", V1, (2, 1)), ("c1", c1, (2,)), ("V2", V2, (1, 2)), ("c2", c2, (1,))):
        require(array is not None, f"{name} is still None.")
        require(np.shape(array) == shape, f"{name} should have shape {shape}, but has {np.shape(array)}.")
    x = np.array([*np.linspace(-3, 3, 13), -1e3, 1e3, -1e6, 1e6])[:, None]  # far out as well: there |x| never bends
    y = np.maximum(x @ np.transpose(V1) + c1, 0) @ np.transpose(V2) + c2
    for got, at in zip(y[:, 0], x[:, 0]):
        expect(f"the output at x = {at:g}", got, abs(at))


@exercise("nn-narrow")
def narrow(rank, lost):
    """The rank of a 5 x 2 times a 2 x 3 matrix, and a direction that the narrow layer loses."""
    rank = _numbers("rank", rank, 1)[0]
    require(rank <= 2, "rank: all that the five outputs know has to pass through the narrow layer.")
    require(rank == 2, "rank: the two rows of W1 point in different directions, so neither sum tells the other.")
    lost = _numbers("lost", lost, 3, "one for each input")
    require(lost.any(), "lost should not be 0 in all three places.")
    sums = np.array([[1, 1, 0], [0, 1, 1]]) @ lost
    require(
        np.allclose(sums / np.abs(lost).max(), 0),
        f"W1 @ lost is ({sums[0]:g}, {sums[1]:g}), but what is lost gives 0 in both neurons.",
    )


@exercise("nn-pieces")
def pieces(lines, folds, one_layer):
    """Pieces of six lines and of ten folds, and how many neurons one layer needs for the latter."""
    lines, folds, one_layer = (
        _numbers(name, got, 1)[0] for name, got in (("lines", lines), ("folds", folds), ("one_layer", one_layer))
    )
    require(lines == 22, "lines: the first line adds one piece, the second two, and so on; the plane is one at first.")
    require(folds == 1024, "folds: every fold doubles the number of pieces; one fold makes two.")
    very = "one_layer: that many make this very fold; as many pieces of some other shape need one neuron fewer."
    require(one_layer != 1024, very)
    require(one_layer == 1023, "one_layer: along a line m neurons make m + 1 pieces at most.")


@exercise("nn-broadcast")
def broadcast(shape, wrong, c):
    """Predictions (3, 1) minus targets (3,), the mean of the squares, and the constant that makes it smallest."""
    shape = _numbers("shape", shape, np.size(shape))
    require(len(shape) == 2, "shape: a column minus a row; how many numbers does it take to name a shape with both?")
    require(np.allclose(shape, 3), "shape: broadcasting repeats the column for each target and the targets for each p.")
    wrong, c = _numbers("wrong", wrong, 1)[0], _numbers("c", c, 1)[0]
    require(not np.isclose(wrong, 36), "wrong: that is the sum of the squares; divide by how many there are.")
    require(np.isclose(wrong, 4), "wrong: every prediction meets every target, so there are nine squares to average.")
    require(not np.isclose(c, 1), "c: 1 is the median, which minimises the absolute errors, not the squared ones.")
    require(np.isclose(c, 2), "c: the same constant meets all the targets; which one minimises a squared error?")


@exercise("nn-forward")
def forward_pass(forward):
    """A stack of layers on a batch in plain NumPy, as `Sequential` does it."""
    X = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0]])
    first = np.array([[1.0, 0.0, 2.0], [-1.0, 1.0, 0.0], [0.0, -2.0, 1.0]]), np.array([0.0, 1.0, -1.0])
    second = np.array([[1.0, -2.0, 0.0], [-1.0, 0.0, -1.0]]), np.array([0.5, 0.0])
    one = X @ first[0].T + first[1]
    two = np.maximum(one, 0) @ second[0].T + second[1]
    straight = one @ second[0].T + second[1]
    for words, layers, want in (("one layer", [first], one), ("two layers", [first, second], two)):
        given = list(layers)
        got = forward(given, X.copy())
        bent = np.shape(got) != straight.shape or not np.allclose(got, straight)
        require(bent, "forward leaves out the ReLU between the layers.")
        expect(f"the answer of {words}", got, want)
        require(len(given) == len(layers), "forward should leave the list as it was, but it is shorter now.")


@exercise("nn-reader")
def reader(train_reader, *backends):
    """A network 64-16-10, built and trained in each of the back ends given, that reads unseen digits."""
    images, labels = digits()
    x, y = images[1297:].reshape(-1, 64) / 16, labels[1297:]
    for d in backends:
        name = d.__name__.removeprefix("dlnotes.")
        model = train_reader(d)
        require(model is not None, f"the model in {name} is still None.")
        require(isinstance(model, d.Module), f"the model for {name} is no Module of {name}; use d.Linear and the like.")
        shapes = [tuple(p.shape) for p in model.parameters()]
        want = [(16, 64), (16,), (10, 16), (10,)]
        require(shapes == want, f"the parameters should have the shapes {want}, but have {shapes}.")
        scores = predict(model, x)
        apart = np.ptp(scores, axis=0).max() > 1e-6
        require(apart, "all pictures get the same scores: perhaps every ReLU is off; try a smaller rate.")
        require(scores.min() < 0, "no score is below 0: put no activation after the last layer.")
        a, b = x[:250], x[250:]
        bend = (predict(model, a) + predict(model, b)) / 2 - predict(model, (a + b) / 2)
        require(np.abs(bend).max() > 1e-3, "the model has no bend: put d.ReLU() between the layers.")
        right = evaluate(model, (x, y)).accuracy or 0.0
        gets = f"in {name} it gets {right:.0%} of the last 500 digits"
        require(right >= 0.25, f"{gets}, little more than by guessing: is it trained, and with a small rate?")
        require(right >= 0.85, f"{gets}; try other rates or more steps.")


@exercise("nn-sawtooth")
def sawtooth(build_tents):
    """A network of `depth` hidden layers, two neurons each, that is 2^depth straight pieces on [0, 1]."""
    for depth in (1, 2, 3, 5):
        call = f"build_tents({depth})"
        layers = build_tents(depth)
        require(layers is not None, f"{call} is still None.")
        require(
            len(layers) == depth + 1,
            f"{call} should hold {depth + 1} layers (the last is linear), but holds {len(layers)}.",
        )
        k = 1
        for j, (W, b) in enumerate(layers, 1):
            m = 2 if j <= depth else 1
            which = f"of hidden layer {j}" if j <= depth else "of the last layer"
            for letter, array, shape in (("W", W, (m, k)), ("b", b, (m,))):
                has = np.shape(array)
                fits = has == shape or letter == "b" and has == ()
                require(fits, f"{letter} {which} of {call} should have shape {shape}, but has {has}.")
            k = m
        found = _pieces(layers)
        has = f"{call} has {found} piece{'s' * (found > 1)} on [0, 1], but {2**depth} are wanted"
        merge = "; do the outer weights 2, -4 of a tent sit in the next W?" if depth > 1 else ""
        require(found == 2**depth, f"{has}{merge}.")


def _numbers(what, got, size, each=""):
    """The answer as a row of `size` numbers, whatever its shape, or a word to the reader."""
    require(got is not None, f"{what} is still None.")
    try:
        array = np.asarray(got, float).reshape(-1)
    except (TypeError, ValueError):
        require(False, f"{what} should be numbers, but is {got!r}.")
    should = "one number" if size == 1 else f"{size} numbers"
    require(array.size == size, f"{what} should be {should}{each and ', ' + each}, but has {array.size}.")
    return array


def _pieces(layers):
    """The straight pieces on [0, 1] of a ReLU network with one input and one output: wherever its bends lie."""
    x = np.array([0.0, 1.0])
    a = x[:, None]
    for j, (W, b) in enumerate(layers):
        z = a @ np.transpose(W) + np.asarray(b)
        if j == len(layers) - 1:
            break
        bends = []
        for column in z.T:  # straight between the points of x: where it crosses 0, ReLU bends it
            for i, (left, right) in enumerate(pairwise(column)):
                if left * right < 0:
                    bends.append(x[i] + (x[i + 1] - x[i]) * left / (left - right))
        denser = np.union1d(x, bends)
        z = np.stack([np.interp(denser, x, column) for column in z.T], axis=1)
        x, a = denser, np.maximum(z, 0)
    apart = np.concatenate([[True], np.diff(x) > 1e-9])  # two neurons may bend at one place
    slopes = np.diff(z[apart, 0]) / np.diff(x[apart])
    return 1 + sum(not np.isclose(left, right, rtol=1e-5, atol=1e-9) for left, right in pairwise(slopes))
