"""Image filters against scipy.ndimage and scikit-image, their laws on random images, and the twin's gradients."""

import numpy as np
import pytest
import scipy.ndimage as ndi
import skimage.feature
import skimage.filters
import skimage.restoration
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import correlate2d as slide

import dlnotes.numpy as dn
import dlnotes.torch as dt

F = dn.filters
MODES = ["reflect", "nearest", "wrap", "constant", "mirror"]
SHAPES = [(1, 1), (1, 6), (2, 3), (5, 4), (13, 17), (40, 70)]
rng = np.random.default_rng(0)


def image(*shape):
    return np.random.default_rng(shape).normal(size=shape)


def same(ours, theirs, tolerance=1e-11):
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def continued(x, size, mode):
    """The image with the border that a kernel of that size needs, by the definitions; 1.5 outside."""
    rows, columns = (np.arange(-(k // 2), n + (k - 1) // 2) for k, n in zip(size, x.shape))
    if mode == "constant":
        inside = np.logical_and.outer((rows >= 0) & (rows < len(x)), (columns >= 0) & (columns < x.shape[1]))
        return np.where(inside, continued(x, size, "wrap"), 1.5)
    index = {
        "reflect": lambda i, n: np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n)),
        "mirror": lambda i, n: np.minimum(i % max(2 * n - 2, 1), -i % max(2 * n - 2, 1)),
        "nearest": lambda i, n: np.clip(i, 0, n - 1),
        "wrap": lambda i, n: i % n,
    }[mode]
    return x[np.ix_(index(rows, len(x)), index(columns, x.shape[1]))]


# ---------------------------------------------------------------------- the same as scipy.ndimage
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_correlation_and_convolution(shape, mode):
    x = image(*shape)
    for size in [(1, 1), (1, 2), (2, 1), (3, 3), (4, 5), (8, 9), (7, 20), (24, 25)]:
        k = image(*size)
        # Where the kernel is more than twice the image, scipy.ndimage 1.17 reads beyond its memory.
        if all(a <= 2 * b for a, b in zip(size, shape)):
            same(F.correlate2d(x, k, mode=mode, cval=1.5), ndi.correlate(x, k, mode=mode, cval=1.5), 1e-10)
            same(F.convolve2d(x, k, mode=mode, cval=1.5), ndi.convolve(x, k, mode=mode, cval=1.5), 1e-10)
        else:
            same(F.correlate2d(x, k, mode=mode, cval=1.5), slide(continued(x, size, mode), k, "valid"), 1e-10)
        c, r = k[:, 0], k[0]
        same(F.separable(x, c, r, mode=mode, cval=1.5), F.correlate2d(x, np.outer(c, r), mode=mode, cval=1.5), 1e-10)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [1, 2, 31, 32, 1023, 1024, 1055, 5000])
def test_one_axis(n, mode):
    x = image(n)
    for size in (1, 2, 7, 8, 25, 70):
        k = image(size)
        same(F.correlate1d(x, k, mode=mode, cval=-1), ndi.correlate1d(x, k, mode=mode, cval=-1))
        same(F.convolve1d(x, k, mode=mode, cval=-1), ndi.convolve1d(x, k, mode=mode, cval=-1))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_named_filters(shape, mode):
    x, border = image(*shape), dict(mode=mode, cval=0.5)
    for size in (1, 2, 3, (4, 7), (9, 2)):
        same(F.box(x, size, **border), ndi.uniform_filter(x, size, **border))
        same(F.median(x, size, **border), ndi.median_filter(x, size, **border))
        same(F.maximum(x, size, **border), ndi.maximum_filter(x, size, **border))
    same(F.gaussian(x, 0.8, **border), ndi.gaussian_filter(x, 0.8, **border))
    same(F.laplace(x), ndi.laplace(x))
    border["cval"] = 0.0  # scipy puts cval around the result of the first of two passes, too, which only 0 bears
    for sigma, order in [(1, 0), ((0.3, 2.5), (0, 1)), (1.2, (2, 3)), ((1.0, 0.8), 4)]:
        same(F.gaussian(x, sigma, order, 3.0, **border), ndi.gaussian_filter(x, sigma, order, truncate=3.0, **border))
    same(F.gaussian_laplace(x, 1.5, **border), ndi.gaussian_laplace(x, 1.5, **border))
    for axis in (0, 1):
        same(F.sobel(x, axis, **border), ndi.sobel(x, axis, **border))
        same(F.prewitt(x, axis, **border), ndi.prewitt(x, axis, **border))


@pytest.mark.parametrize("n, k", [((5, 7), (3, 4)), ((5, 7), (5, 7)), ((60, 50), (24, 25)), ((300, 290), (24, 25))])
def test_valid_is_where_the_kernel_fits(n, k):
    x, kernel = image(*n), image(*k)
    same(F.correlate2d(x, kernel, mode="valid"), slide(x, kernel, "valid"), 1e-10)
    same(F.convolve2d(x, kernel, mode="valid"), slide(x, kernel[::-1, ::-1], "valid"), 1e-10)


def test_every_filter_is_the_middle_of_itself_where_the_image_goes_on():
    big = image(30, 31)
    for f in (
        F.sobel, F.scharr, F.prewitt, F.laplace, F.box, F.median, F.maximum, F.sharpen, F.unsharp_mask, F.harris,
        lambda x, **k: F.gaussian(x, (0.5, 1.0), (1, 0), **k), lambda x, **k: F.gaussian_laplace(x, 1.0, **k),
        lambda x, **k: F.bilateral(x, 0.5, 1.0, **k), lambda x, **k: F.box(x, (4, 5), **k),
        lambda x, **k: F.sharpen(x, (4, 5), **k),
    ):  # fmt: skip
        valid, whole = f(big, mode="valid"), f(big)
        top, left = ((n - m + 1) // 2 for n, m in zip(whole.shape, valid.shape))
        same(valid, whole[top : top + valid.shape[0], left : left + valid.shape[1]])


# ---------------------------------------------------------------------- the same as scikit-image
@pytest.mark.parametrize("mode", MODES)
def test_skimage_up_to_its_scale(mode):
    x, border = image(13, 17), dict(mode=mode, cval=0.5)
    for name, scale in [("sobel", 4), ("scharr", 16), ("prewitt", 3)]:
        ours, theirs = getattr(F, name), getattr(skimage.filters, name)
        same(ours(x, **border) / scale / 2**0.5, theirs(x, **border))
        for axis in (0, 1):
            same(ours(x, axis, **border) / scale, theirs(x, axis=axis, **border))
    same(F.gaussian(x, 1.5, **border), skimage.filters.gaussian(x, 1.5, preserve_range=True, **border))


def test_skimage_unsharp_mask_and_laplace():
    x = image(13, 17)
    same(F.unsharp_mask(x, 2.0, 0.7), skimage.filters.unsharp_mask(x, 2.0, 0.7, preserve_range=True))
    same(F.laplace(x)[1:-1, 1:-1], -skimage.filters.laplace(x)[1:-1, 1:-1])


def test_skimage_harris():
    x = image(13, 17)
    same(F.harris(x, 0.06, 1.5, mode="constant"), skimage.feature.corner_harris(x, k=0.06, sigma=1.5), 1e-9)


def test_skimage_bilateral(monkeypatch):
    # scikit-image 0.26 centres its window half a pixel off (-11 // 2 is -6), and divides the distance of two colours by
    # their number; it looks weights up in a table.
    def weights(size, sigma, *, dtype):
        x = np.arange(size) - size // 2
        return np.exp(-np.add.outer(x**2, x**2) / (2 * sigma**2)).ravel().astype(dtype)

    monkeypatch.setattr("skimage.restoration._denoise._compute_spatial_lut", weights)
    for x, channels in ((image(9, 11), 1), (image(8, 7, 3), 3)):
        x = x - x.min()
        options = dict(sigma_color=0.8, sigma_spatial=1.2, mode="edge", channel_axis=-1 if channels > 1 else None)
        theirs = skimage.restoration.denoise_bilateral(x, win_size=11, bins=10**6, **options)
        same(F.bilateral(x, 0.8 * channels, 1.2, mode="nearest"), theirs, 1e-4)


@pytest.mark.parametrize("mode", ["reflect", "nearest"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 40), (60, 50)])
def test_skimage_canny(shape, mode):
    for sigma, low, high in [(1.0, 0.1, 0.2), (1.5, 0.3, 1.0), (0.6, 1.0, 3.0)]:
        x = F.gaussian(image(*shape), 1.0)
        theirs = skimage.feature.canny(x, sigma, low, high, mode=mode)
        np.testing.assert_array_equal(F.canny(x, sigma, low, high, mode=mode), theirs)


def test_hysteresis_is_what_labels_say():
    x = image(50, 60)
    labels, _ = ndi.label(x >= 0.4, np.ones((3, 3)))
    strong = np.unique(labels[x >= 2.2])
    expected = np.isin(labels, strong[strong > 0])
    assert 0 < expected.sum() < (x >= 0.4).sum()
    np.testing.assert_array_equal(F.hysteresis_threshold(x, 0.4, 2.2), expected)


def test_hysteresis_follows_a_long_chain():
    x = np.zeros((41, 41))
    x[::2] = 1
    x[1::4, -1] = x[3::4, 0] = 1  # one snake through the whole image
    x[0, 0] = 2
    np.testing.assert_array_equal(F.hysteresis_threshold(x, 1, 2), x > 0)


@pytest.mark.parametrize("size", [9, (11, 9), (10, 10), (11, 10), (20, 25)])
def test_median_of_many(size):
    for x in (image(40, 50), np.round(image(40, 50))):  # without and with ties
        np.testing.assert_array_equal(F.median(x, size), ndi.median_filter(x, size))


# ---------------------------------------------------------------------- the notes' own numbers
def test_the_notes_patch_and_kernel():
    assert F.box(np.array([[8.0, 7, 4], [5, 9, 1], [2, 3, 6]]))[1, 1] == pytest.approx(5)
    x, g = np.array([[8.0, 5, 2], [7, 5, 3], [9, 4, 1]]), [[-1, 0, 1]] * 3
    assert F.convolve2d(x, g, mode="constant")[1, 1] == 18
    assert F.correlate2d(x, g, mode="constant")[1, 1] == -18


@pytest.mark.parametrize("taps, places", [(7, 3), (9, 4)])
def test_the_notes_shift(taps, places):
    x, first = image(3, 20), np.eye(taps)[:1]
    np.testing.assert_array_equal(F.correlate2d(x, first, mode="wrap"), np.roll(x, places, 1))
    np.testing.assert_array_equal(F.convolve2d(x, first, mode="wrap"), np.roll(x, -places, 1))
    np.testing.assert_array_equal(F.correlate2d(x, np.eye(taps)[taps // 2][None]), x)


# ---------------------------------------------------------------------- laws
KERNEL = image(3, 4)
LINEAR = {
    "correlate2d": lambda x, **k: F.correlate2d(x, KERNEL, **k),
    "convolve2d": lambda x, **k: F.convolve2d(x, KERNEL, **k),
    "fourier": lambda x, **k: F.correlate2d(x, np.ones((25, 20)) / 500, **k),
    "box": lambda x, **k: F.box(x, (2, 3), **k),
    "gaussian": lambda x, **k: F.gaussian(x, 1.0, (0, 1), **k),
    "sharpen": lambda x, **k: F.sharpen(x, **k),
    "unsharp_mask": lambda x, **k: F.unsharp_mask(x, **k),
    "sobel": lambda x, **k: F.sobel(x, 0, **k),
    "scharr": lambda x, **k: F.scharr(x, 1, **k),
    "prewitt": lambda x, **k: F.prewitt(x, 1, **k),
    "laplace": lambda x, **k: F.laplace(x, **k),
    "gaussian_laplace": lambda x, **k: F.gaussian_laplace(x, 1.0, **k),
}
NOT_LINEAR = {
    "median": lambda x, **k: F.median(x, **k),
    "maximum": lambda x, **k: F.maximum(x, (2, 3), **k),
    "bilateral": lambda x, **k: F.bilateral(x, 1.0, 0.5, **k),
    "magnitude": lambda x, **k: F.sobel(x, **k),
    "harris": lambda x, **k: F.harris(x, **k),
}
numbers = st.floats(-100, 100, width=16)
images = arrays(np.float64, (5, 6), elements=numbers)


@pytest.mark.parametrize("name", LINEAR)
@given(x=images, y=images, a=numbers, b=numbers)
def test_superposition(name, x, y, a, b):
    f = LINEAR[name]
    np.testing.assert_allclose(f(a * x + b * y), a * f(x) + b * f(y), rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", [*LINEAR, *NOT_LINEAR])
@given(x=images, down=st.integers(-7, 7), right=st.integers(-7, 7))
def test_a_shifted_image_gives_the_shifted_result(name, x, down, right):
    f = (LINEAR | NOT_LINEAR)[name]
    shifted = np.roll(x, (down, right), (0, 1))
    here, there = np.roll(f(x, mode="wrap"), (down, right), (0, 1)), f(shifted, mode="wrap")
    np.testing.assert_allclose(there, here, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("size", [(3, 3), (5, 1), (25, 21)])
@given(x=images, y=images)
def test_convolution_is_the_adjoint_of_correlation(size, x, y):
    kernel = image(*size)
    for mode in ("constant", "wrap"):
        left = np.vdot(F.correlate2d(x, kernel, mode=mode), y)
        right = np.vdot(x, F.convolve2d(y, kernel, mode=mode))
        assert left == pytest.approx(right, abs=1e-6)


@given(x=images)
def test_convolution_commutes_and_associates(x):
    a, b = image(3, 3), image(5, 3)
    both = F.convolve2d(np.pad(a, 2), b, mode="constant")  # a * b, 7 x 7
    twice = F.convolve2d(F.convolve2d(x, a, mode="wrap"), b, mode="wrap")
    np.testing.assert_allclose(F.convolve2d(x, both, mode="wrap"), twice, atol=1e-8)
    np.testing.assert_allclose(F.convolve2d(F.convolve2d(x, b, mode="wrap"), a, mode="wrap"), twice, atol=1e-8)


@pytest.mark.parametrize("mode", ["reflect", "nearest", "wrap", "mirror"])
def test_a_constant_image(mode):
    x = np.full((6, 7), 0.3)
    for f in (F.box, F.sharpen, F.unsharp_mask, F.median, F.maximum, lambda x, mode: F.gaussian(x, 2.0, mode=mode),
              lambda x, mode: F.bilateral(x, 0.1, 1.0, mode=mode)):  # fmt: skip
        same(f(x, mode=mode), x)
    for f in (F.sobel, F.scharr, F.prewitt, F.laplace, F.harris):
        same(f(x, mode=mode), 0 * x)


def test_a_ramp():
    y, x = np.mgrid[:8, :9].astype(float)
    for f, slope in [(F.sobel, 8), (F.scharr, 32), (F.prewitt, 6)]:
        same(f(x, 1, mode="valid"), np.full((6, 7), float(slope)))
        same(f(y, 0, mode="valid"), np.full((6, 7), float(slope)))
        same(f(x, 0, mode="valid"), np.zeros((6, 7)))
        same(f(3 * x + 4 * y, mode="valid"), np.full((6, 7), 5.0 * slope))


def test_whole_numbers_stay_exact():
    x = rng.integers(0, 256, (70, 80)).astype("f")
    k = rng.integers(-9, 10, (5, 6))
    np.testing.assert_array_equal(F.correlate2d(x, k), ndi.correlate(x.astype(int), k))
    np.testing.assert_array_equal(F.sobel(x, 1), ndi.sobel(x.astype(int), 1))


def test_bilateral_becomes_gaussian_and_keeps_a_step():
    x = image(12, 13)
    same(F.bilateral(x, 1e6, 1.0), F.gaussian(x, 1.0), 1e-9)
    step = np.repeat([[0.0] * 6 + [1.0] * 6], 5, 0)
    same(F.bilateral(step, 0.05, 2.0), step)
    assert np.abs(F.gaussian(step, 2.0) - step).max() > 0.3


def test_bilateral_sees_all_colours_at_once():
    grey = image(6, 7)
    same(F.bilateral(np.stack([grey] * 3, -1), 3**0.5, 1.0)[..., 0], F.bilateral(grey, 1.0, 1.0))


def test_median_removes_a_speck_that_the_mean_spreads():
    x = np.zeros((7, 7))
    x[3, 3] = 1.0
    assert F.median(x).max() == 0
    assert np.count_nonzero(F.box(x)) == 9


def test_corners_of_a_square():
    x = np.pad(np.ones((9, 9)), 8)
    r = F.harris(x)
    corners = np.argwhere(F.peaks(r, 7, 0.1 * r.max()))
    assert len(corners) == 4
    assert np.abs(np.sort(corners, 0) - [[8, 8], [8, 8], [16, 16], [16, 16]]).max() <= 1
    assert r[12, 8] < 0  # on an edge


def test_edges_are_thin():
    x = F.gaussian(np.repeat([[0.0] * 10 + [0.4] + [1.0] * 9], 20, 0), 1.0)
    edges = F.canny(x)
    assert (edges[1:-1].sum(1) == 1).all()
    thin = F.non_maximum_suppression(F.sobel(x, 0), F.sobel(x, 1))
    np.testing.assert_array_equal(thin > 0, (F.sobel(x) == thin) & (thin > 0))


# ---------------------------------------------------------------------- decisions, which rounding must not turn
def tied():
    """Images of whole numbers, full of ties: a square, lines, a disc, stripes, levels at random."""
    y, x = np.mgrid[:21, :24]
    draws = np.random.default_rng(0)
    yield np.pad(np.ones((8, 9)), 6)
    yield from (x == y, x + y > 20, (x > 10) & (x < 13), (y - 10) ** 2 + (x - 11) ** 2 < 40, x // 2 % 2)
    for levels in (2, 3, 5):
        yield draws.integers(0, levels, (17, 19))
        yield np.kron(draws.integers(0, levels, (5, 6)), np.ones((4, 4)))


def rounded(x):
    return x * (1 + np.finfo(x.dtype).eps * np.random.default_rng(0).integers(-1, 2, x.shape)).astype(x.dtype)


DECISIONS = {
    "canny": lambda f, x, unit: f.canny(x, 1.0, 0.5 * unit, unit),
    "canny, little blur": lambda f, x, unit: f.canny(x, 0.4, unit, 4 * unit, mode="nearest"),
    "canny, much blur": lambda f, x, unit: f.canny(x, 2.0, 0.2 * unit, 0.8 * unit, mode="wrap"),
    "non_maximum_suppression": lambda f, x, unit: f.non_maximum_suppression(f.scharr(x, 0), f.scharr(x, 1)) > 0,
    "hysteresis_threshold": lambda f, x, unit: f.hysteresis_threshold(f.box(f.sobel(x)), 2 * unit, 4 * unit),
    "peaks": lambda f, x, unit: f.peaks(f.harris(x), 5, unit**4),
}
CHANGES = {  # an image, its unit, and the way back
    "transposed": lambda x: (x.T, 1, lambda y: y.T),
    "upside down": lambda x: (x[::-1], 1, lambda y: y[::-1]),
    "mirrored": lambda x: (x[:, ::-1], 1, lambda y: y[:, ::-1]),
    "in bytes": lambda x: (x * 255, 255, lambda y: y),
    "in thirds": lambda x: (x / 3, 1 / 3, lambda y: y),
    "rounded": lambda x: (rounded(x), 1, lambda y: y),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_no_rounding_turns_a_decision(name):
    decide, found = DECISIONS[name], 0
    for i, whole in enumerate(tied()):
        for dtype in ("float32", "float64"):
            wanted = decide(F, whole.astype(dtype), 1)
            found += np.count_nonzero(wanted)
            if i < 6:  # of the others, levels beside levels, there are differences that are ties in float32 only
                np.testing.assert_array_equal(wanted, decide(F, whole.astype(float), 1), f"{dtype}:\n{whole}")
            for change, f in CHANGES.items():
                x, unit, back = f(whole.astype(dtype))
                twins = decide(dt.filters, torch.tensor(x.copy()), unit).numpy()
                for side, edges in (("NumPy", decide(F, x, unit)), ("PyTorch", twins)):
                    np.testing.assert_array_equal(back(edges), wanted, f"{change}, {dtype}, {side}:\n{whole}")
    assert found > 100


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_a_step_has_an_edge_of_one_pixel_on_its_bright_side(sigma, mode):
    for place in range(12, 18):
        x = np.tile(np.arange(30) >= place, (25, 1)) * 0.7
        for image, bright in ((x, place), (x.astype("f"), place), (100 * x, place), (1 - x, place - 1)):
            high = np.ptp(image) / 2
            row = F.canny(image, sigma, high / 2, high, mode=mode)[12, 11:19]  # in some modes the border is a step, too
            assert np.flatnonzero(row).tolist() == [bright - 11]


def test_of_a_plateau_the_bright_end_is_the_edge_and_a_ridge_has_two():
    ramp = np.tile(np.clip(np.arange(20.0), 5, 12), (5, 1))
    down, right = 0 * ramp, F.correlate2d(ramp, [[-1, 0, 1]]) + 1e-16
    assert np.flatnonzero(F.non_maximum_suppression(down, right)[2]).tolist() == [11]
    right = np.tile([0.0, 1, 1, -1, -1, 0], (3, 1))  # of a line of two pixels
    assert np.flatnonzero(F.non_maximum_suppression(0 * right, right)[1]).tolist() == [2, 3]


def test_thresholds_below_what_rounding_leaves_find_nothing_in_a_flat_image():
    for x in (np.full((9, 9), 1e6, "f"), np.full((9, 9), 0.3), np.full((9, 9), 0.3, "f")):
        assert not F.canny(x, 1.0, 1e-9, 1e-9).any()


def test_what_is_not_finite_has_no_say_in_what_is_equal():
    x = np.zeros((5, 6))
    x[1, 1], x[1, 4], x[3, 1], x[4, 4] = 1, np.inf, -np.inf, np.nan
    for f, image in ((F, x), (G, torch.tensor(x))):
        assert np.argwhere(np.asarray(f.hysteresis_threshold(image, 0.5, 1))).tolist() == [[1, 1], [1, 4]]
        assert np.argwhere(np.asarray(f.peaks(image, 1))).tolist() == [[1, 1], [1, 4]]


def test_maxima_share_a_gradient():
    x = torch.zeros(5, 5)
    x[2, 1] = x[2, 3] = 1.0
    x.requires_grad_()
    G.maximum(x)[2, 2].backward()
    assert x.grad[2].tolist() == [0, 0.5, 0, 0.5, 0]


# ---------------------------------------------------------------------- separability
@pytest.mark.parametrize("kernel", [
    np.outer([1, 2, 1], [-1, 0, 1]), np.outer([-1, 0, 1], [1, 2, 1]), np.ones((4, 2)), [[5.0]], [[0, -3]], image(6, 1),
])  # fmt: skip
def test_separate(kernel):
    column, row = F.separate(kernel)
    assert F.is_separable(kernel)
    same(np.outer(column, row), np.asarray(kernel, float))
    same(np.linalg.norm(column), np.linalg.norm(row))
    assert row[np.flatnonzero(np.abs(row) > 1e-9)[-1]] > 0


def test_not_separable():
    for kernel in (np.eye(3), [[0, 1, 0], [1, -4, 1], [0, 1, 0]], image(5, 5), np.zeros((2, 2))):
        assert not F.is_separable(kernel)
        with pytest.raises(ValueError, match="kernel: expected rank 1"):
            F.separate(kernel)


def test_the_rank_is_of_the_kernels_own_precision():
    for sigma in (0.5, 1.0, 2.0, 5.0, 12.0):
        for one in (F.gaussian_kernel(sigma), F.gaussian_kernel(sigma, 1)):
            for dtype, doubt in (("float64", 1e-13), ("float32", 1e-4), ("float16", 0.5)):
                kernel = np.outer(one, one / abs(one).max() ** 2).astype(dtype)
                for filters, weights in ((F, kernel), (dt.filters, torch.tensor(kernel))):
                    assert filters.is_separable(weights), (sigma, dtype)
                    assert filters.is_separable(weights * 64), (sigma, dtype)
                    column, row = filters.separate(weights)
                    same(np.outer(column, row), kernel.astype(float), 99 * np.finfo(dtype).eps)
                kernel[0, 0] += doubt * np.linalg.norm(kernel)
                assert not F.is_separable(kernel)
                assert not dt.filters.is_separable(torch.tensor(kernel))


def test_gaussian_kernel():
    for sigma in (0.5, 1.0, 3.3):
        kernel = F.gaussian_kernel(sigma)
        assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1
        assert kernel.sum() == pytest.approx(1)
        x = np.arange(len(kernel)) - len(kernel) // 2
        same(kernel / kernel.max(), np.exp(-(x**2) / (2 * sigma**2)))
        for order, moment in [(1, -1.0), (2, 2.0)]:  # of a ramp the slope is 1, of x^2 the second derivative is 2
            d = F.gaussian_kernel(sigma, order, truncate=9.0)
            x = np.arange(len(d)) - len(d) // 2
            if sigma > 0.9:
                assert (d * x**order).sum() == pytest.approx(moment, rel=1e-5)


# ---------------------------------------------------------------------- what goes in and comes out
def test_arrays_of_any_layout():
    base = image(24, 26, 3)
    views = base[::-1, ::2], base[..., 1], base[:, :, ::-1].transpose(1, 0, 2), np.asfortranarray(base[..., 0])
    for f in (F.sobel, F.median, F.box, LINEAR["correlate2d"], LINEAR["fourier"], NOT_LINEAR["bilateral"]):
        for view in views:
            np.testing.assert_array_equal(f(view), f(view.copy()))
    for view in views:
        np.testing.assert_array_equal(F.sobel(view, mode="valid"), F.sobel(view.copy(), mode="valid"))


@pytest.mark.parametrize("name", [*LINEAR, *NOT_LINEAR])
def test_dtype_and_input_are_kept(name):
    f = (LINEAR | NOT_LINEAR)[name]
    x = image(30, 33)
    single, before = x.astype("f"), x.copy()
    single.setflags(write=False)
    y = f(x)
    np.testing.assert_array_equal(x, before)
    assert y.dtype == np.float64
    assert f(single).dtype == np.float32
    scale = np.abs(y).max()
    np.testing.assert_allclose(f(single) / scale, y / scale, atol=1e-5)


def test_colours_are_filtered_alone():
    x = image(20, 21, 4)
    for f in [f for name, f in (LINEAR | NOT_LINEAR).items() if name not in ("bilateral", "harris")]:
        same(f(x), np.stack([f(x[..., c]) for c in range(4)], -1))


def test_a_result_is_not_the_input():
    x = image(4, 5)
    for y in (F.correlate2d(x, [[1]], mode="valid"), F.median(x, 1), F.maximum(x, 1), F.box(x, 1, mode="valid")):
        np.testing.assert_array_equal(x, y)
        assert not np.shares_memory(x, y)


def test_the_words():
    with pytest.raises(TypeError, match="image: expected float32 or float64, got uint8; make it one of"):
        F.sobel(np.zeros((3, 3), "u1"))
    with pytest.raises(ValueError, match=r"image: expected shape \(H, W\) or \(H, W, C\), not empty, got \(3,\)"):
        F.sobel(np.zeros(3))
    with pytest.raises(ValueError, match=r"kernel: expected at most the image's size, \(3, 3\), in mode 'valid'"):
        F.correlate2d(np.zeros((3, 3, 2)), np.zeros((2, 4)), mode="valid")


# ---------------------------------------------------------------------- the twin
G = dt.filters


@pytest.mark.parametrize("f", [
    lambda x: G.correlate2d(x, KERNEL, mode="wrap"), lambda x: G.convolve2d(x, KERNEL, mode="constant", cval=2),
    lambda x: G.separable(x, [1, 2], [1, 0, 3], mode="mirror"), lambda x: G.gaussian(x, 0.7, (0, 1), mode="nearest"),
    lambda x: G.box(x, mode="valid"), G.sharpen, G.unsharp_mask, G.sobel, G.scharr, lambda x: G.prewitt(x, 0),
    G.laplace, lambda x: G.gaussian_laplace(x, 0.6), G.median, G.maximum, lambda x: G.bilateral(x, 0.7, 0.5),
    lambda x: G.harris(x[..., 0]), lambda x: G.non_maximum_suppression(x[..., 0], x[..., 1]),
    lambda x: G.correlate1d(x[0, :, 0], [1, 2]), lambda x: G.convolve1d(x[0, :, 0], [1, 2, 3], mode="valid"),
])  # fmt: skip
def test_twin_is_differentiable(f):
    assert torch.autograd.gradcheck(f, torch.tensor(image(4, 3, 2), requires_grad=True), fast_mode=True)


@pytest.mark.parametrize("mode", ["reflect", "valid"])
def test_twin_is_differentiable_in_the_kernel(mode):
    x, kernel = torch.tensor(image(5, 6)), torch.tensor(image(3, 2), requires_grad=True)
    assert torch.autograd.gradcheck(lambda k: G.correlate2d(x, k, mode=mode), kernel)
    assert torch.autograd.gradcheck(lambda k: G.convolve2d(x, k, mode=mode), kernel)
    assert torch.autograd.gradcheck(lambda k: G.separable(x, k[:, 0], k[0], mode=mode), kernel)


def test_twin_has_no_nan_in_the_gradient_of_a_flat_image():
    x = torch.full((4, 5), 0.5, requires_grad=True)
    G.sobel(x).sum().backward()
    assert (x.grad == 0).all()


def test_pyramid_halves_and_keeps_grey_grey():
    images = F.pyramid(np.full((33, 20), 0.4), 3)
    assert [i.shape for i in images] == [(33, 20), (17, 10), (9, 5), (5, 3)]
    assert all(abs(i - 0.4).max() < 1e-12 for i in images)


def test_filling_in_beats_blurring_the_zeros():
    from dlnotes.data import photograph
    from dlnotes.metrics import psnr

    camera = photograph("camera")[100:300, 150:350] / 255
    for seed in range(3):
        known = np.random.default_rng(seed).random(camera.shape) < 0.5
        filled = F.fill(camera, known, 0.8)
        np.testing.assert_array_equal(filled[known], camera[known])
        assert psnr(filled, camera) > 26 > 16 > psnr(F.gaussian(camera * known, 0.8), camera)


def test_bilateral_of_no_width_is_the_image():
    x = np.random.default_rng(0).random((6, 7)).astype("f")
    np.testing.assert_allclose(F.bilateral(x, 1e-30, 1.0), x, rtol=1e-6)  # x w / w
