"""Checks for the exercises of *Edges and derivatives*."""

import numpy as np

from dlnotes.check import exercise, expect, hinted, require


@exercise("edges-signs")
def signs(first, second, brighter):
    """First and second differences of 200, 200, 50, 50, 90, 90."""
    row = np.array([200.0, 200, 50, 50, 90, 90])
    want = np.diff(row)
    reason = "at the first edge it gets darker, so which sign has the pixel less its left neighbour?"
    hint = "Subtract from each number the one to its left; the first has none, so five remain."
    hinted("The first difference", first, want, hint, [(-want, reason)])
    hint = "They are the differences of the five first ones: each less the one to its left."
    hinted("The second difference", second, np.diff(want), hint, [(-np.diff(want), "the signs are turned round")])
    both = "an edge at which it gets darker has a negative first difference"
    hinted("The number of edges where it gets brighter", brighter, 1, "Count the positive first ones", [(2, both)])


@exercise("edges-bytes")
def bytes_(slope):
    """Differences of a photograph in bytes."""
    y, x = np.mgrid[:9, :12]
    photo = np.where((y - 4) ** 2 + (x - 5) ** 2 < 12, 250, 20).astype(np.uint8)
    given = photo.copy()
    got = slope(given)
    require(got is not None, "slope(photo) is still None.")
    require((given == photo).all(), "photo should be left as it was, but was changed.")
    require(np.shape(got) == (9, 11), f"The slopes should have shape (9, 11), but have {np.shape(got)}.")
    want = np.diff(photo.astype(float), axis=1)
    require(
        np.min(got) < 0,
        "No slope is negative. Bytes hold 0 to 255: what is 20 - 250 in bytes?",
    )
    require(
        np.min(got) >= -255 and np.isclose(np.min(got), -230),
        f"The steepest way down is {np.min(got):g}, but the disc of 250 stands on 20. Do 8 bits with a sign hold that?",
    )
    expect("slope(photo)", got, want)


@exercise("edges-noise")
def noise(*variances):
    """The variance of four slopes of noise with variance 4."""
    sobel = np.outer([1, 2, 1], [-1, 0, 1]) / 8
    kernels = [np.array([-1, 1]), np.array([-1, 0, 1]) / 2, sobel, np.array([-2, -1, 0, 1, 2]) / 10]
    for name, kernel, got in zip("ABCD", kernels, variances, strict=True):
        gain = float((kernel**2).sum())
        usual = [
            (gain, "that is the sum of the squared weights; the image's own variance is 4"),
            (2 * gain**0.5, "that is the standard deviation; the variance is asked for"),
            (16 * gain, "4 is the variance already, so do not square it"),
            (4 * float(np.abs(kernel).sum()), "weights count by their squares"),
            (0, "the weights sum to 0, but variances of independent errors add up, also where one is subtracted"),
        ]
        hint = "Square each weight, also its divisor, add up over the kernel, and multiply by the image's variance."
        hinted(f"The variance of {name}", got, 4 * gain, hint, usual, tolerance=1e-6)


@exercise("edges-steer")
def steer(slope):
    """Slopes of ramps in directions counted anticlockwise on the screen."""
    y, x = np.mgrid[:7, :8].astype(float)
    ramps = (("to the right", 2 * x, 2, 0), ("down", 3 * y, 0, 3), ("both ways", 3 * x + 4 * y, 3, 4))
    for name, ramp, right, down in ramps:
        for degrees in (0, 90, 180, 30):
            got = slope(ramp.copy(), degrees)
            what = f"The slope at {degrees} degrees of an image that gets brighter {name}"
            require(got is not None, f"{what} is still None.")
            require(np.shape(got) == ramp.shape, f"{what} should have shape {ramp.shape}, but has {np.shape(got)}.")
            angle = np.radians(degrees)
            c, s = np.cos(angle), np.sin(angle)
            usual = [
                (right * c + down * s, "90 degrees is up, and axis 0 counts rows from the top: which way is that?"),
                (8 * (right * c - down * s), "Sobel's weights give 8 times the slope"),
                (right * s - down * c, "which of the two belongs to the cosine?"),
                (right * np.cos(degrees) - down * np.sin(degrees), "NumPy's cosine takes radians"),
            ]
            middle = np.asarray(got)[3, 4]
            expect(what, middle, right * c - down * s, 1e-9, mistakes=usual)


@exercise("edges-crossing")
def crossing(crossing):
    """Zero crossings of a row, between its pixels."""
    rows: tuple[tuple[list[float], list[float]], ...] = (
        ([1.0, 6, -2, -5], [1.75]),
        ([-3.0, 1, 2, -2], [0.75, 2.5]),
        ([2.0, 1, 3], []),
        ([-1.0, 4, -6, 2], [0.2, 1.4, 2.75]),
    )
    for row, want in rows:
        got = crossing(np.array(row))
        what = f"crossing({[int(v) for v in row]})"
        require(got is not None, f"{what} is still None.")
        got = np.ravel(np.asarray(got, float))
        require(
            len(got) == len(want),
            f"{what} should have {len(want)} places, one for each pair of neighbours with opposite signs, "
            f"but has {len(got)}.",
        )
        start = np.floor(want)
        usual = [
            (start, "that is the pixel before the crossing; where between it and the next is the line at 0?"),
            (start + 0.5, "the middle of two pixels is right only where both values are equally large"),
            (2 * start + 1 - np.array(want), "the crossing is nearer to the pixel whose value is nearer to 0"),
        ]
        usual = [pair for pair in usual if len(want)]
        expect(what, got, want, mistakes=usual, hint="From a to b the line falls by a - b, and it has to fall by a.")


@exercise("edges-join")
def join(top, center, bottom):
    """Non-maximum suppression with a tie, then hysteresis, on three rows."""
    for name, got in zip(("top", "center", "bottom"), (top, center, bottom)):
        require(got is not None, f"{name} is still None.")
        require(np.ndim(got) == 1, f"{name} should be a list of columns, but is {got!r}.")
    top, center, bottom = (sorted(int(v) for v in row) for row in (top, center, bottom))
    require(top != [2, 3], "top: of two equals in a row only one stays. Which one is brighter?")
    require(top != [2], "top: the picture gets brighter to the right, so which of the two 7s is brighter?")
    require(top == [3], f"top is not {top}: first thin the row, to its largest value, then compare with high.")
    require(2 not in center, "center: the 4 has a larger neighbour along the gradient, so thinning takes it.")
    require(center != [], "center: the 6 is weak. Look at the pixels around it, in all eight directions.")
    require(center == [3], f"center is not {center}: first thin the row, then ask whether what is left is weak.")
    require(1 not in bottom, "bottom: the 4 survives thinning and is weak. Does a chain of kept pixels touch it?")
    require(bottom != [], "bottom: the 5 is weak, and corners count as touching. Chains may be long.")
    require(bottom == [4], f"bottom is not {bottom}: thin the row, then follow the chain from the row above.")


@exercise("edges-white")
def white(whitening):
    """ZCA's matrix, symmetric, and nearest to no change at all."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6)) + 3
    for epsilon in (0.0, 0.5):
        given = x.copy()
        got = whitening(given, epsilon)
        require(got is not None, "whitening(x, epsilon) is still None.")
        require((given == x).all(), "x should be left as it was, but was changed.")
        require(np.shape(got) == (6, 6), f"The matrix should have shape (6, 6), but has {np.shape(got)}.")
        got = np.asarray(got, float)
        centred = x - x.mean(0)
        covariance = centred.T @ centred / len(x)
        variance, U = np.linalg.eigh(covariance)
        if epsilon == 0:
            require(
                np.allclose(got.T @ covariance @ got, np.eye(6), atol=1e-6)
                or np.allclose(got @ covariance @ got.T, np.eye(6), atol=1e-6),
                "The covariance of the whitened data should be the identity: divide by the standard deviations.",
            )
        require(
            np.allclose(got, got.T, atol=1e-8),
            "The matrix should be symmetric. To which pixel does its first column belong?",
        )
        expect(f"whitening(x, {epsilon:g})", got, U / np.sqrt(variance + epsilon) @ U.T, 1e-6)
