"""Checks for the exercises of *Residual networks*."""

import math

import numpy as np

from dlnotes.check import exercise, expect, hinted, require


@exercise("residual-paths")
def paths(slope, plain, without, n_paths, two):
    """Blocks y = x + w x with w = 1, -2, 4, and the paths of five blocks."""
    hinted(
        "The slope", slope, -10, "each block multiplies the slope by what its shortcut and its branch pass on together",
        ((-8, "that is without shortcuts"), (10, "mind the sign of the second block"),
         (3, "along one path slopes multiply; blocks stand one after the other"),
         (4, "that adds a single shortcut around all; each block has its own")),
    )  # fmt: skip
    hinted(
        "The slope without shortcuts", plain, -8, "only the path through all three weights is left",
        ((-10, "that is with shortcuts"), (3, "along a path slopes multiply"), (8, "mind the sign")),
    )  # fmt: skip
    hinted(
        "The slope without the second block", without, 10, "the identity multiplies by 1",
        ((4, "the other two blocks keep their shortcuts"), (0, "the identity passes everything on"),
         (-10, "the second block is gone, and its sign with it")),
    )  # fmt: skip
    hinted(
        "The number of paths", n_paths, 32, "each block doubles it",
        ((10, "two ways in each block: do they add up or multiply?"), (25, "each block doubles it"),
         (5, "each block can be taken or skipped"), (31, "to skip all is a path, too")),
    )  # fmt: skip
    hinted(
        "The number of paths with two branches", two, 10, "in how many ways can you choose two of five blocks?",
        ((20, "it does not matter which of the two is named first"), (2, "which two of the five?"),
         (25, "two different blocks"), (16, "that is of paths with at most two branches")),
    )  # fmt: skip


@exercise("residual-measure")
def measure(factor, ratio, word):
    """1e-3 at 20 layers and 1e-9 at 44."""
    hinted(
        "The factor", factor, 10 ** (-6 / 24), "by what do the 24 layers between the two networks multiply?",
        ((10 ** (6 / 24), "further from the loss the gradient is smaller: which way round?"),
         (1e-6, "that is what all 24 layers do together"), (10 ** (-9 / 44), "does the ratio begin at 1 with no layers?"
          " Compare the two networks with one another"), (10 ** (-3 / 20), "compare the two networks"),
         (1e-6 / 24, "layers multiply, so take a root")), 0.003,
    )  # fmt: skip
    hinted(
        "The ratio with 32 layers", ratio, 1e-6, "32 is half-way between 20 and 44, and layers multiply",
        (((1e-3 + 1e-9) / 2, "take the middle of the exponents, not of the numbers"),
         (1e-3, "that is what the twelve layers after 20 multiply by"), (-6, "that is its exponent")), 1e-7,
    )  # fmt: skip
    require(ratio > 5e-7 and ratio < 2e-6, "The ratio with 32 layers: layers multiply, and 32 is half-way.")
    word = str(word).strip().lower()
    require(word in ("vanish", "explode"), f'"vanish" or "explode"? You gave {word!r}.')
    require(word == "vanish", "On its way from the last layer to the first, does the gradient get larger or smaller?")


@exercise("residual-shows")
def shows(a, b, c):
    """Three reports on depth."""
    words = ("overfitting", "degradation", "unfair")
    hints = {
        "A": (a, "degradation", "look at the images that were learned from: which network fits them better?"),
        "B": (b, "overfitting", "look at the images that were learned from: which network fits them better?"),
        "C": (c, "unfair", "was the race fair to the deep network?"),
    }
    for name, (given, word, hint) in hints.items():
        require(given is not None, f"{name} is still None.")
        said = str(given).strip().lower()
        require(said in words, f"{name}: {given!r} is none of the three words.")
        require(said == word, f"Report {name}: {hint}")


@exercise("residual-count")
def count(blocks, weights, products, basic):
    """Depth 152; a bottleneck of 1,024 channels through 256 at 14 x 14; a basic block of 1,024."""
    hinted(
        "The number of blocks", blocks, 50, "three convolutions in each, and which two layers stand outside?",
        ((152 / 3, "the first convolution and the dense layer stand outside of blocks"),
         (75, "a bottleneck has three convolutions"), (33, "that is ResNet-101")),
    )  # fmt: skip
    hinted(
        "The number of weights of the bottleneck", weights, 1_114_112, "1 x 1 down, 3 x 3 among 256, 1 x 1 up",
        ((2 * 9 * 256**2, "that is a basic block of 256 channels"), (1024 * 256 + 9 * 256**2, "there is a way back up"),
         (2 * 1024 * 256 + 256**2, "the middle one has windows of 3 x 3"),
         (1_114_112 + 512 + 512 + 2048, "leave out the norms"), (1_114_112 + 1536, "these convolutions have no biases"),
         (11 * 1024 * 256, "the 3 x 3 is between 256 and 256 channels")),
    )  # fmt: skip
    hinted(
        "The number of multiplications", products, 1_114_112 * 196, "each weight is used at every place",
        ((1_114_112, "each weight is used at many places"), (1_114_112 * 14, "14 rows of 14 places"),
         (1_114_112 * 49, "the stride is 1: the places stay 14 x 14")),
    )  # fmt: skip
    hinted(
        "The number of weights of the basic block", basic, 2 * 9 * 1024**2, "two convolutions of 3 x 3, 1,024 channels",
        ((9 * 1024**2, "a basic block has two convolutions"), (2 * 1024**2, "its windows are 3 x 3"),
         (2 * 9 * 1024, "each filter sees all channels")),
    )  # fmt: skip


@exercise("residual-thin")
def thin(answer):
    """Every second pixel, and channels of 0."""
    for shape, channels in (((2, 3, 4, 6), 6), ((1, 2, 5, 5), 7)):
        x = np.random.default_rng(0).random(shape) + 1
        before = x.copy()
        got = answer(x, channels)
        what = f"thin(x, {channels}) for x of shape {shape}"
        require(got is not None, f"{what} is still None.")
        kept = before[:, :, ::2, ::2]
        want = np.zeros((shape[0], channels, *kept.shape[2:]))
        want[:, : shape[1]] = kept
        require(np.shape(got) == want.shape, f"{what} should have shape {want.shape}, but has {np.shape(got)}.")
        got = np.asarray(got, float)
        require(np.allclose(x, before), "thin changed x: leave it as it was.")
        front = np.concatenate([want[:, shape[1] :], kept], 1)
        require(not np.allclose(got, front), f"{what}: the zeros come after the channels of x.")
        require((got[:, shape[1] :] == 0).all(), f"{what}: the new channels hold something else than 0.")
        require(np.allclose(got, want), f"{what}: are its pixels those in rows and columns 0, 2, 4 ...?")


@exercise("residual-block")
def block(answer):
    """Pre-activation order, the shortcut from what came in."""
    rng = np.random.default_rng(0)
    x, W, V = rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 4))

    def norm(z):
        return (z - z.mean(0)) / z.std(0)

    def relu(z):
        return np.maximum(z, 0)

    before = x.copy()
    still = answer(x, norm, lambda z: z @ W, lambda z: 0 * z)
    require(still is not None, "block(x, norm, first, second) is still None.")
    require(np.shape(still) == x.shape, f"The block should keep the shape {x.shape}, but gave {np.shape(still)}.")
    require(np.allclose(x, before), "The block changed x itself: a caller still needs it.")
    fault = f"{before[0, 1]:.2f} went in, and {np.asarray(still)[0, 1]:.2f} comes out."
    require(np.allclose(still, before), f"With a second layer of zeros block(x) is not x: {fault}")
    got = np.asarray(answer(x, norm, lambda z: z @ W, lambda z: z @ V))
    right = before + relu(norm(relu(norm(before)) @ W)) @ V
    others = {
        "the first layer should get norm and ReLU of x.": before + relu(norm(before @ W)) @ V,
        "there is a norm and a ReLU before the second layer, too.": before + relu(norm(before)) @ W @ V,
        "each ReLU comes after its norm.": before + norm(relu(norm(relu(before)) @ W)) @ V,
        "with a branch of zeros it is right, but where is the branch?": before,
    }
    for reason, wrong in others.items():
        require(not np.allclose(got, wrong), f"The shortcut is mended, but {reason}")
    require(np.allclose(got, right), "The shortcut is mended, but the branch is another one: keep its order.")


@exercise("residual-scale")
def scale(answer):
    """(1 + s^2)^n = growth."""
    for n, growth in ((1, 2.0), (2, 4.0), (20, 2.0), (50, 1.5), (3, 64.0)):
        want = (growth ** (1 / n) - 1) ** 0.5
        got = answer(n, growth)
        what = f"scale({n}, {growth:g})"
        expect(what, got, want, 1e-7, "What does one block make of the variance v?", (
            (growth ** (1 / n) - 1, "s multiplies the numbers; by what does it multiply their variance?"),
            (growth ** (1 / (2 * n)), "the stream itself stays: the branch only adds to it"),
            (n**-0.5, "that is a growth of (1 + 1/n)^n"),
            (math.sqrt((growth - 1) / n), "do the blocks add up, or does each multiply what arrives?"),
            (growth ** (1 / (2 * n)) - 1, "variances add up here, not the numbers themselves"),
        ) if n > 2 else ())  # fmt: skip
