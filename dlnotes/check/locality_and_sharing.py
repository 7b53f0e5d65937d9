"""Checks for the exercises of *Locality, stationarity, sharing*."""

from typing import Any

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import Mistakes, exercise, expect, hinted, require

CHANGED = "your function changed x: leave it as it was."


@exercise("local-alike")
def autocorrelation(r1, r2, r3):
    """r(1), r(2) and r(3) of the row 0 0 0 4 4 4."""
    scale = "divide by the mean of the squares, which is 4"
    ends = "there are {} pairs at this distance: take the mean over these"
    raw = "subtract the mean of the row, 2, first"
    rows: tuple[tuple[str, float, float, Mistakes], ...] = (
        ("r(1)", r1, 0.6, ((2.4, scale), (0.5, ends.format("five")), (32 / 5 / 8, raw), (32 / 5 / 4, raw))),
        ("r(2)", r2, 0.0, ((16 / 4 / 8, raw), (16 / 4 / 4, raw))),
        ("r(3)", r3, -1.0, ((-4, scale), (-0.5, ends.format("three")), (0, raw), (1, "mind the sign"))),
    )  # fmt: skip
    for what, got, want, mistakes in rows:
        hint = "write down the deviations from the mean, and multiply those that are so far apart"
        hinted(what, got, want, hint, mistakes, 1e-6)


@exercise("local-count")
def count_the_weights(dense, local, shared, products):
    """Weights of three layers from (3, 32, 32) to (16, 28, 28), and multiplications of the convolution."""
    places, taps = 28**2, 3 * 25
    padded: Mistakes = ((16 * 32**2 * taps, "without padding there are 28 x 28 places"),)
    grey = "the three colours are channels, and each has weights"
    mistakes: Mistakes = (
        (16 * places * 1024, grey),
        (16 * 3072, "each of the 28 x 28 places of a map is a neuron of its own"),
        (16 * 1024 * 3072, "without padding there are 28 x 28 places"),
        (16 * places * 3072 + 16 * places, "leave out the biases"),
    )
    expect("the weights of the dense layer", dense, 16 * places * 3072, mistakes=mistakes)
    mistakes = (*padded, (16 * places * 25, grey), (16 * taps, "these neurons share nothing"))
    expect("the weights of the locally connected layer", local, 16 * places * taps, mistakes=mistakes)
    mistakes = (
        (16 * 25, grey),
        (taps, "each of the 16 maps has a kernel"),
        (16 * taps + 16, "leave out the biases"),
        (16, "a map has one kernel, but that has many weights"),
        (16 * places * taps, "all places of a map use the same weights"),
    )
    expect("the weights of the convolutional layer", shared, 16 * taps, mistakes=mistakes)
    mistakes = (*padded, (16 * taps, "computed directly, sharing saves no multiplications: every neuron has its own"))
    expect("the multiplications of the convolutional layer", products, 16 * places * taps, mistakes=mistakes)


@exercise("local-fair")
def fair_opponent(hidden):
    """The widest dense network with as many multiplications as a local layer, a pool and a linear layer."""
    for side, maps, k in ((28, 8, 5), (28, 8, 4), (10, 2, 3), (9, 4, 2), (32, 16, 7)):
        out = side - k + 1
        layer, last, price = maps * out**2 * k**2, 10 * maps * (out // 2) ** 2, side**2 + 10
        mistakes: Mistakes = (
            ((layer + last) // side**2, "a hidden neuron also feeds the ten scores"),
            (layer // price, "the linear layer behind the pool multiplies, too"),
            (layer // side**2, "both networks have a last layer, too"),
            ((layer + 10 * maps * out**2) // price, "the pool leaves a quarter of the places to the last layer"),
            ((layer + last) / price, "a number of neurons is whole, and rounded down"),
            ((maps * k**2 + last) // price, "every place multiplies, and here nothing is even shared"),
            ((layer + 10 * maps * ((out + 1) // 2) ** 2) // price, "the pool rounds down: of 25 places, 12 are left"),
            ((layer + last + maps * out**2) // (price + 1), "a bias multiplies nothing"),
        )
        want = (layer + last) // price
        # where a mistake happens to give the right number, it is none
        mistakes = tuple(pair for pair in mistakes if pair[0] != want)
        expect(f"hidden({side}, {maps}, {k})", hidden(side, maps, k), want, mistakes=mistakes)


@exercise("local-field")
def field_of_a_stack(field):
    """Size and jump for windows with strides and dilations."""
    stacks = (
        [(5, 1, 1)],
        [(3, 1, 1), (3, 1, 1)],
        [(3, 2, 1), (3, 1, 1)],
        [(3, 1, 2)],
        [(3, 2, 1), (3, 1, 2), (2, 2, 1), (5, 1, 3)],
    )
    for layers in stacks:
        size = jump = plain = after = bare = hops = 1
        total = 1
        for k, s, d in layers:
            size, bare = size + d * (k - 1) * jump, bare + (k - 1) * jump
            total += d * (k - 1)
            jump *= s
            hops *= s * d
            plain += d * k * (jump // s)
            after += d * (k - 1) * jump
        mistakes: Mistakes = (
            ((size, hops), "the jump takes the strides alone, without the dilation"),
            ((bare, jump), "the dilation is missing: the outer taps are d (k - 1) apart"),
            ((total, jump), "a layer's windows are a jump of the layer before apart, not a pixel"),
            ((after, jump), "use the jump of the layer before; a layer's own stride counts for the next one"),
            ((plain, jump), "a window of k adds k - 1 jumps, since its first tap was there already"),
            ((jump, size), "first the size, then the jump"),
        )
        got = field(layers)
        require(got is not None, f"field({layers}) is still None.")
        mistakes = tuple(pair for pair in mistakes if pair[0] != (size, jump))
        expect(f"field({layers})", got, (size, jump), mistakes=mistakes)


@exercise("local-paths")
def count_the_paths(paths, share):
    """Three layers of windows of 3 over 7 pixels."""
    mistakes: Mistakes = (
        ([1, 2, 3, 4, 3, 2, 1], "add up the paths of up to three neighbours: after two layers 1, 2, 3, 2, 1"),
        ([1] * 7, "all are seen, but along different numbers of paths"),
        ([1, 3, 3, 3, 3, 3, 1], "after two layers there are 1, 2, 3, 2, 1 paths: add up those that a pixel reaches"),
    )
    expect("the paths", paths, [1, 3, 6, 7, 6, 3, 1], mistakes=mistakes)
    mistakes = (
        (7 / 27, "this is the middle pixel alone"),
        (3 / 7, "the pixels do not count alike"),
        (19, "divide by the number of all paths"),
    )
    expect("the share of the middle three", share, 19 / 27, 1e-3, mistakes=mistakes)


@exercise("local-shift")
def moves_along(follows):
    """Convolutions of stride 1, 2 and 3, a layer that shares nothing, and one that turns the image round."""
    rng = np.random.default_rng(3)
    x = np.zeros((2, 1, 24, 24), np.float32)
    x[:, :, :, 9:14] = rng.random((2, 1, 24, 5))
    kept = x.copy()
    own = dn.LocallyConnected2d(1, 2, 24, 3, generator=rng)
    for shift, stride in ((1, 1), (2, 2), (4, 2), (3, 3)):
        conv = dn.Conv2d(1, 2, 3, stride=stride, generator=rng)
        seen: list[np.ndarray] = []

        def f(t, conv=conv, seen=seen):
            seen.append(np.array(getattr(t, "data", t)))
            return conv(t)

        got = follows(f, x, shift, stride)
        require(got is not None, "follows(f, x, shift, stride) is None.")
        moved = any(np.array_equal(images, np.roll(kept, shift, axis=-1)) for images in seen)
        require((x == kept).all(), CHANGED)
        require(moved or not seen, f"the images that reach f should be moved by {shift} pixels: do you count them so?")
        require(got, f"stride {stride} moves along with a shift of {shift}: by how many steps of the map?")
    others: tuple[tuple[Any, str], ...] = (
        (own, "a locally connected layer"),
        (lambda t: dn.tensor(t.data[..., ::-1].copy()), "a mirror"),
    )
    for other, name in others:
        require(not follows(other, x, 2, 1), f"{name} does not move along, but your function says that it does.")
    odd = dn.Conv2d(1, 2, 3, stride=2, generator=rng)
    wide = follows(odd, x, 2, 1)
    require(not wide, "told that the stride is 1, it should move the maps by 2: do you use the stride that is given?")
    require((x == kept).all(), CHANGED)


@exercise("local-place")
def which_can_it_learn(*answers):
    """A convolution with the mean over places behind it knows how many, not where."""
    why = (
        "one cross makes the mean larger than none",
        "move the cross down: do the maps change, but for moving along?",
        "each cross adds the same to the mean",
        "move one cross of the pair: does the mean change?",
    )
    for name, got, want, hint in zip("ABCD", answers, ("yes", "no", "yes", "no"), why):
        require(got is not None, f"{name} is still None.")
        require(got in ("yes", "no"), f'{name} should be "yes" or "no", but is {got!r}.')
        require(got == want, f"{name} is not {got!r}: {hint}{'' if hint.endswith('?') else '.'}")
