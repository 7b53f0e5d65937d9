"""Checks for the exercises of *Hypernetworks and weight sharing*."""

import numpy as np

from dlnotes.check import exercise, expect, require


@exercise("hyper-gradient")
def back_through_g(gradient):
    """dJ/du where theta = tanh(u c), y = theta x, J = (y - t)^2."""
    for u, c, x, t in ((0.0, 2.0, 3.0, 1.0), (0.5, 1.0, 2.0, -1.0), (-0.3, 0.7, 1.5, 0.4)):
        theta = np.tanh(u * c)
        want = 2 * (theta * x - t) * x * (1 - theta**2) * c
        expect(f"gradient(u={u:g}, c={c:g}, x={x:g}, t={t:g})", gradient(u, c, x, t), want)


@exercise("hyper-size")
def size_of_g(parameters):
    """The parameters of a G with one hidden layer that writes a fully connected H."""
    for code, hidden, sizes in ((2, 16, [1, 16, 1]), (1, 1, [1, 1]), (10, 16, [2, 16, 16, 1])):
        n = sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False))
        want = hidden * (code + 1) + n * (hidden + 1)
        expect(f"parameters({code}, {hidden}, {sizes})", parameters(code, hidden, sizes), want)


@exercise("hyper-shared")
def add_up_the_uses(shared_gradient):
    """The gradient of a detector's weights: its uses, added up."""
    rng = np.random.default_rng(4)
    for length, k in ((4, 2), (12, 5), (3, 3)):
        x, g = rng.normal(size=length), rng.normal(size=length - k + 1)
        want = np.correlate(x, g)
        expect(f"for a signal of {length} and {k} weights, the gradient", shared_gradient(x, g, k), want)


@exercise("hyper-posterior")
def why_the_motif(posterior):
    """The probability of each place of a motif in Gaussian noise, from the densities themselves."""
    rng = np.random.default_rng(6)
    for length, k, s in ((6, 3, 1.0), (12, 4, 0.7), (40, 5, 0.1)):
        motif, x = rng.normal(size=k), s * rng.normal(size=length)
        clean = np.array([np.pad(motif, (i, length - k - i)) for i in range(length - k + 1)])
        x += clean[2]
        log = -((x - clean) ** 2).sum(1) / (2 * s**2)
        want = np.exp(log - log.max())
        expect(f"posterior(x, motif, s={s:g}) for a signal of {length}", posterior(x, motif, s), want / want.sum())


@exercise("hyper-delta")
def write_over_it(write):
    """A fast weight matrix that answers one key anew, and every key at right angles as before."""
    rng = np.random.default_rng(8)
    W, k, v = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)
    kept, other = W.copy(), rng.normal(size=4)
    other -= (other @ k) / (k @ k) * k
    new = write(W, k, v)
    require(new is not None, "write(W, k, v) is still None.")
    require(np.shape(new) == W.shape, f"write(W, k, v) should have shape {W.shape}, but has {np.shape(new)}.")
    expect("the answer to the key k", new @ k, v)
    expect("the answer to a key at right angles to k", new @ other, kept @ other)
    expect("W itself after the call (return a new matrix)", W, kept)
