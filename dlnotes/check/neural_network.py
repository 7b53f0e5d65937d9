"""Checks for the exercises of *The neural network*."""

import numpy as np

from dlnotes.check import exercise, expect, require

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@exercise("nn-pencil")
def pencil(z, a, h):
    """One input through two hidden neurons and one output, by hand."""
    expect("z", z, [-1, 3])
    expect("a", a, [0, 3])
    expect("h", h, 5)


@exercise("nn-parameters")
def parameters(count_parameters):
    """Weights and biases of a network of the given layer sizes."""
    for sizes, want in (([2, 3, 1], 13), ([784, 10], 7850), ([784, 256, 128, 10], 235146), ([5, 1], 6)):
        expect(f"count_parameters({sizes})", count_parameters(sizes), want)


@exercise("nn-nand")
def nand(w, b):
    """One neuron whose sign is NAND."""
    require(w is not None and b is not None, "w or b is still None.")
    require(np.shape(w) == (2,) and np.shape(b) == (), "w should hold two numbers and b be one.")
    for x, want in zip(CORNERS, (True, True, True, False)):
        z = float(np.dot(w, x) + b)
        needs = "above 0" if want else "0 or less"
        require((z > 0) == want, f"at x = {x.astype(int)} the sum is {z:g}, but NAND needs it {needs}.")


@exercise("nn-absolute")
def absolute(W1, b1, W2, b2):
    """|x| as a network with one hidden layer of two ReLUs."""
    for name, array, shape in (("W1", W1, (2, 1)), ("b1", b1, (2,)), ("W2", W2, (1, 2)), ("b2", b2, (1,))):
        require(array is not None, f"{name} is still None.")
        require(np.shape(array) == shape, f"{name} should have shape {shape}, but has {np.shape(array)}.")
    x = np.linspace(-3, 3, 13)[:, None]  # (13, 1)
    y = np.maximum(x @ np.transpose(W1) + b1, 0) @ np.transpose(W2) + b2
    for got, at in zip(y[:, 0], x[:, 0]):
        expect(f"the output at x = {at:g}", got, abs(at))


@exercise("nn-narrow")
def narrow(rank, lost):
    """The rank of a 5 x 2 times a 2 x 3 matrix, and a direction that the narrow layer loses."""
    expect("rank", rank, 2)
    require(lost is not None, "lost is still None.")
    require(np.shape(lost) == (3,) and np.any(lost), "lost should hold three numbers, not all of them 0.")
    sums = np.array([[1, 1, 0], [0, 1, 1]]) @ np.asarray(lost, float)
    require(
        np.allclose(sums, 0), f"W1 @ lost is ({sums[0]:g}, {sums[1]:g}), but what is lost gives 0 in both neurons."
    )


@exercise("nn-broadcast")
def broadcast(shape, wrong, c):
    """Predictions (2, 1) minus targets (2,), the mean of the squares, and the constant that makes it smallest."""
    expect("shape", shape, (2, 2))
    expect("wrong", wrong, 8)
    expect("c", c, 3)


@exercise("nn-forward")
def forward_pass(forward):
    """A stack of layers on a batch in plain NumPy, as `Sequential` does it."""
    X = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0]])
    first = np.array([[1.0, 0.0, 2.0], [-1.0, 1.0, 0.0], [0.0, -2.0, 1.0]]), np.array([0.0, 1.0, -1.0])
    second = np.array([[1.0, -2.0, 0.0], [-1.0, 0.0, -1.0]]), np.array([0.5, 0.0])
    one = X @ first[0].T + first[1]
    two = np.maximum(one, 0) @ second[0].T + second[1]
    expect("the answer of one layer", forward([first], X.copy()), one)
    expect("the answer of two layers", forward([first, second], X.copy()), two)


@exercise("nn-sawtooth")
def sawtooth(build):
    """A network of `depth` hidden layers, two neurons each, that is 2^depth straight pieces on [0, 1]."""
    for depth in (1, 2, 3, 5):
        layers = build(depth)
        require(layers is not None, f"build({depth}) is still None.")
        require(
            len(layers) == depth + 1,
            f"build({depth}) should hold {depth + 1} layers (the last is linear), but holds {len(layers)}.",
        )
        a = np.arange(2**9 + 1)[:, None] / 2**9
        for j, (W, b) in enumerate(layers):
            if j < depth:
                m = np.shape(W)[0]
                require(m == 2, f"hidden layer {j + 1} of build({depth}) should have two neurons, but has {m}.")
            z = a @ np.transpose(W) + np.asarray(b)
            a = np.maximum(z, 0) if j < depth else z
        require(a.shape == (len(a), 1), f"build({depth}) should end in one output, but ends in {a.shape[1:]}.")
        pieces = 1 + int((np.abs(np.diff(a[:, 0], n=2)) > 1e-9).sum())
        require(pieces == 2**depth, f"build({depth}) has {pieces} pieces on [0, 1], but {2**depth} are wanted.")
