"""Checks for the exercises of *Weight initialisation*."""

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require

CHANGED = "your function changed what it was given: leave it as it was."


@exercise("init-symmetry")
def different_rows(*answers):
    """Distinct hidden neurons after one step from four starts."""
    wants = (4, 4, 3, 1)
    hints: tuple[tuple[str, Mistakes], ...] = (
        (
            "which slopes reach W through output weights of 0?",
            ((1, "the output weights are equal, but are the neurons below?"),),
        ),
        (
            "the four neurons give the same output: do they also receive the same slope?",
            ((1, "equal rows below are not enough: what do the neurons receive from above?"),),
        ),
        (
            "which neurons are equal below and above?",
            ((4, "two neurons are copies, and stay copies"), (2, "only neurons 1 and 2 are equal, not 3 and 4")),
        ),
        ("which of the four neurons differ in anything?", ((4, "what could make two of them different?"),)),
    )
    for name, got, want, (hint, mistakes) in zip("ABCD", answers, wants, hints):
        hinted(name, got, want, hint, mistakes)


@exercise("init-forward")
def leaky_layer(factor, v, growth):
    """Slope 1/3 for negative sums, 20 inputs."""
    mistakes: Mistakes = (
        (0.5, "this is a ReLU; here the negative half keeps something, too"),
        (2 / 3, "thirds of numbers have ninths of squares"),
        (10 / 9, "each half of the sums contributes only half of the mean"),
    )
    hinted("the factor", factor, 5 / 9, "half of the sums pass as they are; what becomes of the others' squares?",
           mistakes, 1e-3)  # fmt: skip
    mistakes = (
        (0.05, "with 1/n the activation's factor is not made up for"),
        (0.1, "2/n is for ReLU"),
        (0.3, "this is the standard deviation"),
        (0.05 * 5 / 9, "the weights must make up for what the activation takes away"),
    )
    hinted("v", v, 0.09, "n v times the factor should be 1", mistakes, 1e-4)
    mistakes = (
        (64, "this is the mean square: the size is its root"),
        (2, "this is one layer"),
        (4, "this is the mean square after one layer"),
        (6, "three layers multiply"),
    )
    hinted("the growth", growth, 8, "what does one layer do to the mean square, and so to its root?", mistakes, 1e-2)


@exercise("init-fans")
def fans(fan_in, fan_out, xavier, back):
    """A 5 x 5 convolution from 6 to 18 channels."""
    mistakes: Mistakes = (
        (6, "each channel is seen at many places"),
        (25, "there are several channels"),
        (450, "is this not the way out?"),
        (151, "the bias is no input"),
    )
    hinted("the fan-in", fan_in, 150, "how many products does one output add up?", mistakes)
    mistakes = (
        (18, "an input takes part in several places of each map"),
        (25, "there are several output channels"),
        (150, "this is the fan-in"),
    )
    hinted("the fan-out", fan_out, 450, "in how many outputs does one input take part?", mistakes)
    mistakes = (
        (1 / 600, "the mean of the two fans is half of their sum"),
        (1 / 150, "this looks at the fan-in only"),
        (2 / 150, "this is He's variance"),
        ((1 / 300) ** 0.5, "this is the standard deviation"),
    )
    hinted("Xavier's variance", xavier, 1 / 300, "2 divided by the sum of both fans", mistakes, 5e-5)
    mistakes = (
        (6, "the ReLUs stop half of the slopes"),
        (1 / 3, "on the way back the fan-out counts terms"),
        (3**0.5, "asked is the mean square, not its root"),
    )
    hinted("the factor of the slopes", back, 3, "half of n' v", mistakes, 1e-6)


@exercise("init-debug")
def he_mended(he):
    """Variance 2 / fan-in for dense layers and convolutions."""
    for shape in ((128, 128), (400, 100), (64, 16, 3, 3)):
        rng = np.random.default_rng(1)
        W = he(shape, rng)
        require(W is not None, "he(shape, rng) is None.")
        W = np.asarray(W, float)
        require(W.shape == shape, f"he({shape}, rng) should have shape {shape}, but has {W.shape}.")
        n = int(np.prod(shape[1:]))
        require(abs(W.mean()) < 5 * W.std() / W.size**0.5 + 1e-12, "the mean of the weights should be 0.")
        ratio = W.var() * n / 2
        hint = " How many inputs has a kernel of 3 x 3?" if len(shape) == 4 else ""
        require(
            abs(ratio - 1) < 0.1,
            f"for shape {shape} W.var() is too {'large' if ratio > 1 else 'small'} for He's rule.{hint}",
        )
        require(not np.array_equal(he(shape, rng), W), "a second call should draw other weights.")


@exercise("init-default")
def default_at_depth(with_relu, without):
    """Layers until the size is below 1e-6: factors 1/sqrt(6) and 1/sqrt(3)."""
    mistakes: Mistakes = (
        (8, "this is the mean square: the size is its root"),
        (15, "after 15 layers it is still a little above"),
        (26, "a ReLU takes away half of the squares, too"),
        (40, "with gain 1 it would be so: what is the default's gain?"),
    )
    hinted("with ReLU", with_relu, 16, "by what does one layer divide the mean square?", mistakes)
    mistakes = (
        (13, "this is the mean square: the size is its root"),
        (25, "after 25 layers it is still a little above"),
        (16, "without a bend nothing is halved"),
    )
    hinted("without a bend", without, 26, "n v is the factor of the mean square; what is v?", mistakes)


@exercise("init-orthogonal")
def orthogonal_weights(draw):
    """Tall, wide and square, with a gain."""
    for m, n, g in ((4, 4, 1.0), (3, 7, 1.0), (7, 3, 1.0), (5, 5, 2.0), (6, 2, 0.5)):
        rng = np.random.default_rng(0)
        W = draw(m, n, g, rng)
        call = f"my_orthogonal({m}, {n}, {g:g}, rng)"
        require(W is not None, f"{call} is None.")
        W = np.asarray(W, float)
        require(W.shape == (m, n), f"{call} should have shape {(m, n)}, but has {W.shape}.")
        product, side = (W @ W.T, "rows") if m <= n else (W.T @ W, "columns")
        off = abs(product - np.diag(np.diag(product))).max()
        require(off < 1e-6, f"the {side} of {call} are not at right angles.")
        lengths = np.sqrt(np.diag(product))
        require(
            np.allclose(lengths, g, atol=1e-6), f"the {side} of {call} have lengths like {lengths[0]:.3g}, not {g:g}."
        )
        require(not np.allclose(draw(m, n, g, rng), W), "a second call should draw other weights: use rng.")


@exercise("init-shared")
def shared_part(shared, ill):
    """The mean row's share of the squares, and the one of three networks in which it is nearly 1."""
    rng = np.random.default_rng(2)
    a = rng.normal(size=(6, 4)) + [1, 2, 0, -1]
    cases = (
        ("two equal rows", np.array([[3.0, 4], [3, 4]]), 1.0),
        ("the rows (1, 0) and (0, 1)", np.eye(2), 0.5),
        ("the rows (1, 2) and (-1, -2)", np.array([[1.0, 2], [-1, -2]]), 0.0),
        ("the rows (3, 0) and (1, 0)", np.array([[3.0, 0], [1, 0]]), 0.8),
        ("random rows", a, (a.mean(0) ** 2).sum() / (a**2).sum(1).mean()),
        ("random rows, ten times as large", 10 * a, (a.mean(0) ** 2).sum() / (a**2).sum(1).mean()),
    )
    for name, rows, want in cases:
        kept = rows.copy()
        got = shared(rows)
        mean, over = rows.mean(0), rows.mean(1)
        mistakes: Mistakes = (
            ((mean**2).sum() / (rows**2).sum(), "the mean squared length of the rows, not the sum over all rows"),
            (np.sqrt(want), "squared lengths, not lengths"),
            (1 - want, "this is the share of what differs"),
            ((over**2).sum() / (rows**2).sum(1).mean(), "the mean goes over the images, that is, over axis 0"),
        )
        mistakes = tuple(pair for pair in mistakes if not np.isclose(pair[0], want))
        expect(f"shared of {name}", got, want, 1e-6, mistakes=mistakes)
        require((rows == kept).all(), CHANGED)
    require(ill is not None, "ill is still None.")
    said = str(ill).strip().upper()
    require(said != "A", "A has lost its size. Does shared say that it has lost its directions, too?")
    require(said != "B", "what does shared say of the images in B?")
    require(said == "C", "ill should be the name of one of the three networks.")


@exercise("init-lsuv")
def own_lsuv(scaled):
    """Every layer's sums have the standard deviation 1."""
    rng = np.random.default_rng(3)
    for f, name in ((np.tanh, "tanh"), (lambda z: np.maximum(z, 0), "a ReLU"), (lambda z: z**2, "a square")):
        weights = [rng.normal(size=size) for size in ((6, 5), (7, 6), (4, 7))]
        kept, x = [W.copy() for W in weights], 3 * rng.normal(size=(50, 5))
        got = scaled(weights, f, x)
        require(got is not None, "my_lsuv(weights, f, x) is None.")
        require(len(got) == 3, f"my_lsuv should give 3 matrices, but gives {len(got)}.")
        require(all((k == W).all() for W, k in zip(weights, kept)), CHANGED)
        a = x
        for j, (W, old) in enumerate(zip(got, weights), 1):
            W = np.asarray(W, float)
            require(W.shape == old.shape, f"matrix {j} should have shape {old.shape}, but has {W.shape}.")
            ratio = W / old
            require(np.allclose(ratio, ratio[0, 0]), f"matrix {j} is no multiple of the old one.")
            require(ratio[0, 0] > 0, f"matrix {j} has changed its sign.")
            z = a @ W.T
            behind = abs(f(a @ old.T).std() * ratio[0, 0] - 1) < 1e-6
            hint = " Measure z, before the activation." if behind else ""
            if abs((z**2).mean() - 1) < 1e-6:
                hint = " Its root mean square is 1, but the standard deviation leaves the mean out."
            if j > 1 and not hint:
                hint = " Has it seen what the new layers below give, after the activation?"
            require(
                abs(z.std() - 1) < 1e-6,
                f"with {name}, the sums of layer {j} have the standard deviation {z.std():.3g}.{hint}",
            )
            a = f(z)
