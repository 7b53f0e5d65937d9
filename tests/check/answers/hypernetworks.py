"""Answers to the exercises of *Hypernetworks and weight sharing*."""

import numpy as np

import dlnotes.numpy as dn


def through_g(u, c, x, t):
    theta = np.tanh(u * c)
    return 2 * (theta * x - t) * x * (1 - theta**2) * c


def size_of_g(code, hidden, sizes, biases=1):
    n = sum(m * (k + biases) for k, m in zip(sizes, sizes[1:], strict=False))
    return hidden * (code + biases) + n * (hidden + biases)


def largest_rank(rows, columns):
    return max(r for r in range(rows) if r * (rows + columns) < rows * columns)


def written(G, H, c, x, t):
    theta = G(c)
    values = {"weight": theta[:2].reshape(1, 2), "bias": theta[2:]}
    return dn.mse_loss(dn.functional_call(H, values, (x,)), t)


def copied_in(G, H, c, x, t):
    theta = G(c)
    H.weight.copy_(theta[:2].reshape(1, 2))
    H.bias.copy_(theta[2:])
    return dn.mse_loss(H(x), t)


def handed_over(G, H, c, x, t):
    theta = G(c)
    H.weight, H.bias = theta[:2].reshape(1, 2), theta[2:]  # PyTorch refuses
    return dn.mse_loss(H(x), t)


def half_written(G, H, c, x, t):
    theta = G(c)
    return dn.mse_loss(dn.functional_call(H, {"weight": theta[:2].reshape(1, 2)}, (x,)), t)


def half_on_the_tape(G, H, c, x, t):
    theta = G(c)
    y = x @ theta[:2].reshape(2, 1) + theta[2:].detach()
    return dn.mse_loss(y, t)


def tied(vocabulary, width, start, share=True, move=False):
    embed = dn.Embedding(vocabulary, width)
    out = dn.Linear(width, vocabulary, bias=False)
    embed.weight.copy_(start)
    if share:
        out.weight = embed.weight
    else:
        out.weight.copy_(start)
    if move:
        embed.weight = dn.Parameter(start)
    return dn.Sequential(embed, out)


def tied_to_the_start(vocabulary, width, start):
    model = tied(vocabulary, width, start)
    model[0].weight = model[1].weight = dn.Parameter(0 * start)
    return model


def tied_by_data(vocabulary, width, start):
    model = tied(vocabulary, width, start)
    model[0].weight.data[:] = start
    return model


RIGHT = {
    "hyper-gradient": (through_g,),
    "hyper-size": (size_of_g, largest_rank),
    "hyper-shared": (lambda x, g, k: np.array([g @ x[j : len(g) + j] for j in range(k)]),),  # the book adds up over i
    "hyper-step": (1, 1.8, -1 / 3),
    "hyper-film": (["add", "multiply", "neither", "both"],),
    "hyper-tape": (written,),
    "hyper-tied": (tied,),
}
WRONG = {
    "hyper-gradient": [
        ((lambda u, c, x, t: None,), "still None"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x,), "gradient(u=0"),  # stops at theta
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c,), "gradient(u=0.5"),  # forgets the bend
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * (1 - np.tanh(u * c) ** 2),), "a factor c"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c,), "the slope of tanh"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c * (1 - (u * c) ** 2),), "not 1 - (u c)^2"),
        ((lambda u, c, x, t: 2 * (np.tanh(u * c) * x - t) * x * c * (1 - np.tanh(u * c)),), "not 1 - theta"),
        ((lambda u, c, x, t: 2 * (u * c * x - t) * x * c,), "not u c"),  # no tanh at all
        ((lambda u, c, x, t: through_g(u, c, x, t) / 2,), "the 2 of"),
        ((lambda u, c, x, t: -through_g(u, c, x, t),), "turned round"),
        ((lambda u, c, x, t: 1.001 * through_g(u, c, x, t),), "should be"),
    ],
    "hyper-size": [
        ((lambda code, hidden, sizes: None, largest_rank), "still None"),
        ((lambda code, hidden, sizes: size_of_g(code, hidden, sizes, biases=0), largest_rank), "all biases"),
        ((lambda code, hidden, sizes: size_of_g(code, hidden, sizes) - hidden, largest_rank), "should be 881"),
        ((lambda *given: size_of_g(*given) - size_of_g(0, 0, given[2]), largest_rank), "the last"),
        ((lambda code, hidden, sizes: size_of_g(0, 0, sizes), largest_rank), "not how many it has"),  # H
        ((size_of_g, lambda rows, columns: None), "still None"),
        ((size_of_g, lambda rows, columns: rows * columns // (rows + columns)), "not fewer"),
        ((size_of_g, lambda rows, columns: rows - 1), "the codes are"),
        ((size_of_g, lambda rows, columns: rows * columns / (rows + columns)), "whole number"),
        ((size_of_g, min), "needs more numbers"),
        ((size_of_g, lambda rows, columns: (rows * columns - columns - 1) // (rows + columns)), "counts a bias"),
    ],
    "hyper-shared": [
        ((lambda x, g, k: None,), "still None"),
        ((lambda x, g, k: g[0] * x[:k],), "one use only"),
        ((lambda x, g, k: g @ np.lib.stride_tricks.sliding_window_view(x, k) / len(g),), "the uses add up"),
        ((lambda x, g, k: np.convolve(x, g, "valid"),), "x = [1, 2, 0, -1], g = [1, 0, 2]: weight j"),
        ((lambda x, g, k: np.correlate(x, g)[::-1],), "opposite order"),
        ((lambda x, g, k: 2 * np.correlate(x, g),), "should be [1., 0.]"),
        ((lambda x, g, k: np.outer(g, x[:k]),), "shape"),  # not added up
    ],
    "hyper-step": [
        ((None, None, None), "still None"),
        ((4.6, 1.8, -1 / 3), "the code 3"),  # the step of theta itself
        ((9, 1.8, -1 / 3), "against the gradient"),
        ((3, 1.8, -1 / 3), "the 2 of"),
        ((-4, 1.8, -1 / 3), "how far it moves"),
        ((1, 0.8, -1 / 3), "how far it moves"),
        ((1, 0.6, -1 / 3), "put them into u c + v"),
        ((1, 2.2, -1 / 3), "the code -1 after the step: v moves"),
        ((1, 1, -1 / 3), "for every code"),
        ((1, 1.8, 0), "stays where it was"),
    ],
    "hyper-film": [
        ((None,), "still None"),
        (([None] * 4,), "y = x + c is still None"),
        (("add",), "a list of four words"),
        ((["add", "multiply"],), "four words"),
        ((["add", "multiply", "neither", "multiply"],), "y = c (x - 1): not 'multiply'"),
        ((["add", "both", "neither", "both"],), "y = c x: not 'both'"),
        ((["add", "multiply", "add", "both"],), "changes with c"),
        ((["plus", "multiply", "neither", "both"],), "should be one of"),
    ],
    "hyper-tape": [
        ((lambda G, H, c, x, t: None,), "still None"),
        ((copied_in,), "G.weight.grad is None"),
        ((half_written,), "the cost should be"),
        ((half_on_the_tape,), "G.weight.grad should be"),
        ((lambda *given: written(*given).item(),), "a plain number"),
        ((lambda *given: dn.tensor(written(*given).data),), "where does H get theta"),
        ((lambda *given: (copied_in(*given), written(*given))[1],), "leave it alone"),
        ((handed_over,), "H has lost its own parameter weight"),
    ],
    "hyper-tied": [
        ((lambda vocabulary, width, start: None,), "still None"),
        ((lambda *given: tied(*given, share=False),), "should be 15, but is 30"),  # copied
        ((lambda *given: tied(*given, move=True),), "should be 15, but is 30"),  # tied, and then not
        ((tied_to_the_start,), "the scores"),
        ((tied_by_data,), "with copy_"),
    ],
}
