"""Augmentation: what each change does to pixels, that it is drawn anew for every image, and what it refuses."""

import inspect
from functools import partial

import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given
from hypothesis import strategies as st

from dlnotes import augment as A


def rng(seed=0):
    return np.random.default_rng(seed)


def batch(*shape):
    return np.random.default_rng(shape).random(shape)


IMAGES = batch(40, 3, 9, 8)
EVERY = {
    "crop": partial(A.crop, size=(5, 6), padding=1),
    "shift": A.shift,
    "flip": A.flip,
    "rotate": A.rotate,
    "scale": A.scale,
    "noise": A.noise,
    "brightness": A.brightness,
    "contrast": A.contrast,
    "cutout": partial(A.cutout, size=4),
    "mixup": lambda images, generator: A.mixup(images, np.zeros(len(images), int), classes=1, generator=generator)[0],
}


def test_every_function_is_here():
    assert {*EVERY, "chain", "affine"} == set(A.__all__)  # those two draw nothing


@pytest.mark.parametrize("f", EVERY.values(), ids=EVERY)
class TestEvery:
    def test_one_seed_one_result(self, f):
        np.testing.assert_array_equal(f(IMAGES, generator=rng(3)), f(IMAGES, generator=rng(3)))
        assert (f(IMAGES, generator=rng(3)) != f(IMAGES, generator=rng(4))).any()

    def test_input_and_dtype_stay(self, f):
        for dtype in ("f4", "f8"):
            images = IMAGES.astype(dtype)
            images.setflags(write=False)
            result = f(images, generator=rng())
            assert result.dtype == dtype
            assert not np.shares_memory(result, images)

    def test_both_dtypes_agree(self, f):
        np.testing.assert_allclose(
            f(IMAGES.astype("f4"), generator=rng()), f(IMAGES, generator=rng()), rtol=0, atol=2e-6
        )

    def test_values_stay_in_range(self, f):
        images = np.round(IMAGES)
        result = f(images, generator=rng())
        assert result.min() >= 0
        assert result.max() <= 1

    def test_channels_share_what_is_drawn(self, f):
        if f is A.noise:
            return
        grey = np.repeat(IMAGES[:, :1], 3, 1)
        result = f(grey, generator=rng())
        np.testing.assert_allclose(result[:, 0], result[:, 2], rtol=1e-12)
        np.testing.assert_allclose(f(grey[:, 0], generator=rng()), result[:, 0], rtol=1e-12)

    def test_images_draw_for_themselves(self, f):
        same = np.repeat(IMAGES[:1], 60, 0) if f is not EVERY["mixup"] else IMAGES
        result = f(same, generator=rng())
        assert len(np.unique(result.reshape(len(same), -1).round(9), axis=0)) > 1

    def test_any_layout(self, f):
        for view in (IMAGES[::-1, :, ::2], IMAGES.transpose(0, 1, 3, 2), np.asfortranarray(IMAGES)):
            np.testing.assert_allclose(f(view, generator=rng()), f(view.copy(order="C"), generator=rng()), atol=1e-14)

    @pytest.mark.parametrize(
        ("images", "error", "words"),
        [
            ([[[0.0]]], TypeError, "images: expected a NumPy array, got list"),
            (np.zeros((1, 8, 8), "u1"), TypeError, "images: expected float32 or float64, got uint8; scale bytes"),
            (np.zeros((1, 8, 8), "f2"), TypeError, "images: expected float32 or float64, got float16"),
            (np.zeros((8, 8)), ValueError, r"images: expected shape \(N, H, W\) or \(N, C, H, W\), not empty, got"),
            (np.zeros((0, 8, 8)), ValueError, "not empty"),
        ],
    )  # fmt: skip
    def test_bad_images(self, f, images, error, words):
        with pytest.raises(error, match=words):
            f(images, generator=rng())

    def test_bad_generator(self, f):
        for bad in (None, 0, np.random):
            with pytest.raises(TypeError, match="generator: expected a numpy.random.Generator, got"):
                f(IMAGES, generator=bad)


@pytest.mark.parametrize("name", EVERY)
def test_generator_goes_by_name(name):
    assert inspect.signature(getattr(A, name)).parameters["generator"].kind is inspect.Parameter.KEYWORD_ONLY


# ---------------------------------------------------------------------- places
def test_shift_moves_whole_pixels_evenly():
    images = np.zeros((2000, 7, 8))
    images[:, 3, 4] = 1
    moved = A.shift(images, 2, generator=rng())
    place = np.argwhere(moved)[:, 1:] - [3, 4]
    assert len(place) == 2000
    counts = np.histogram2d(*place.T, bins=[np.arange(-2.5, 3)] * 2)[0]
    assert counts.sum() == 2000  # at most 2 pixels
    assert ((counts > 45) & (counts < 120)).all()  # 80 each
    filled = A.shift(np.zeros((50, 5, 5)), 1, fill=0.5, generator=rng())
    assert set(np.unique(filled)) == {0, 0.5}
    np.testing.assert_array_equal(A.shift(images, 0, generator=rng()), images)


def test_crop_is_a_window_of_the_image():
    images = np.arange(30 * 6 * 7.0).reshape(30, 6, 7)
    crops = A.crop(images, 4, generator=rng())
    assert crops.shape == (30, 4, 4)
    for image, window in zip(images, crops):
        i, j = np.argwhere(image == window[0, 0])[0]
        np.testing.assert_array_equal(window, image[i : i + 4, j : j + 4])
    starts = {tuple(np.argwhere(image == window[0, 0])[0]) for image, window in zip(images, crops)}
    assert max(starts)[0] == 2
    assert len(starts) > 6
    assert A.crop(IMAGES, (3, 5), generator=rng()).shape == (40, 3, 3, 5)
    np.testing.assert_array_equal(A.crop(IMAGES, (9, 8), generator=rng()), IMAGES)


def test_crop_refuses():
    for size, padding, words in [
        (11, 0, "size: expected at most 9"), ((9, 11), 1, "size: expected at most 8 [+] 2 [*] 1"),
        (0, 0, "size: expected at least 1"), (5, -1, "padding: expected at least 1, got -1"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=words):
            A.crop(IMAGES, size, padding, generator=rng())
    with pytest.raises(TypeError, match="padding: expected a whole number, got 1.5"):
        A.crop(IMAGES, 5, 1.5, generator=rng())
    with pytest.raises(TypeError, match="pixels: expected a whole number, got 1.5"):
        A.shift(IMAGES, 1.5, generator=rng())


@pytest.mark.parametrize("axis", [-1, -2])
def test_flip(axis):
    images = batch(400, 2, 5, 6)
    result = A.flip(images, axis=axis, generator=rng())
    mirrored = (result == np.flip(images, axis)).all((1, 2, 3))
    kept = (result == images).all((1, 2, 3))
    assert (mirrored ^ kept).all()
    assert 160 < mirrored.sum() < 240
    np.testing.assert_array_equal(A.flip(images, 1, axis, generator=rng()), np.flip(images, axis))
    np.testing.assert_array_equal(A.flip(images, 0, axis, generator=rng()), images)


class Fixed(np.random.Generator):
    """Draws the same number each time."""

    def __init__(self, value):
        super().__init__(np.random.PCG64(0))
        self.value = value

    def uniform(self, low, high, size):
        assert low <= self.value <= high
        return np.full(size, self.value)


def test_quarter_turns():
    images = batch(3, 2, 7, 7)
    for k in (-2, -1, 0, 1, 2):
        turned = A.rotate(images, 180, generator=Fixed(90 * k))
        np.testing.assert_allclose(turned, np.rot90(images, k, (2, 3)), atol=1e-8)


@given(angle=st.floats(-180, 180), fill=st.floats(-2, 2))
def test_rotation_is_bilinear(angle, fill):
    images = batch(1, 8, 11)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix, centre = np.array([[c, s], [-s, c]]), np.array([3.5, 5])
    expected = ndi.affine_transform(
        images[0], matrix, centre - matrix @ centre, order=1, mode="grid-constant", cval=fill
    )
    np.testing.assert_allclose(A.rotate(images, 180, fill, generator=Fixed(angle))[0], expected, atol=1e-7)


@given(factor=st.floats(0.2, 5))
def test_scaling_is_bilinear(factor):
    images = batch(1, 2, 8, 11)
    centre = np.array([3.5, 5])
    for image, result in zip(images[0], A.scale(images, 0.2, 5, 0.3, generator=Fixed(factor))[0]):
        expected = ndi.affine_transform(
            image, np.eye(2) / factor, centre - centre / factor, order=1, mode="grid-constant", cval=0.3
        )
        np.testing.assert_allclose(result, expected, atol=1e-7)


def test_nothing_turned_or_scaled_is_the_image():
    np.testing.assert_array_equal(A.rotate(IMAGES, 0, generator=rng()), IMAGES)
    np.testing.assert_array_equal(A.scale(IMAGES, 1, 1, generator=rng()), IMAGES)
    np.testing.assert_array_equal(A.rotate(batch(2, 1, 1), 0, generator=rng()), batch(2, 1, 1))


def test_scale_grows_and_shrinks():
    disc = (np.hypot(*(np.indices((81, 81)) - 40)) < 20.5).astype(float)[None]
    areas = [A.scale(disc, s, s, generator=rng()).sum() / disc.sum() for s in (0.5, 1.5)]
    assert areas == pytest.approx([0.25, 2.25], rel=0.05)


# ---------------------------------------------------------------------- values
def test_noise_is_normal():
    change = A.noise(np.full((20, 50, 50), 0.5), 0.1, generator=rng()) - 0.5
    assert change.mean() == pytest.approx(0, abs=0.002)
    assert change.std() == pytest.approx(0.1, rel=0.02)
    np.testing.assert_array_equal(A.noise(IMAGES, 0, generator=rng()), IMAGES)


def test_brightness_is_a_factor():
    images = IMAGES / 2
    factor = A.brightness(images, 0.3, generator=rng()) / images
    np.testing.assert_allclose(factor, factor[:, :1, :1, :1] + 0 * factor)
    assert 0.7 <= factor.min() < 0.75
    assert 1.25 < factor.max() <= 1.3


def test_contrast_keeps_the_mean():
    images = 0.4 + IMAGES / 5
    result = A.contrast(images, 0.5, generator=rng())
    np.testing.assert_allclose(result.mean((1, 2, 3)), images.mean((1, 2, 3)))
    factor = result.std((1, 2, 3)) / images.std((1, 2, 3))
    assert 0.5 <= factor.min() < 0.6
    assert 1.4 < factor.max() <= 1.5


@pytest.mark.parametrize("f", [A.noise, A.brightness, A.contrast])
def test_limits(f):
    images = np.where(IMAGES > 0.5, 255.0, -255.0)
    with pytest.raises(ValueError, match=r"images: expected values in \(0, 1\), got -255 .. 255; give their limits"):
        f(images, generator=rng())
    assert np.abs(f(images, 0.9, (-255, 255), generator=rng())).max() == 255
    assert np.abs(f(images, 0.9, None, generator=rng())).max() > 255
    with pytest.raises(ValueError, match="limits: expected two numbers, the lower first, or None, got"):
        f(IMAGES, 0.1, (1, 0), generator=rng())


def test_cutout_is_one_square():
    for size in (1, 3, 4, 20):
        images = np.ones((300, 2, 9, 12))
        result = A.cutout(images, size, generator=rng())
        hole = result[:, 0] == 0
        np.testing.assert_array_equal(result[:, 1] == 0, hole)
        heights, widths = hole.any(2).sum(1), hole.any(1).sum(1)
        np.testing.assert_array_equal(heights * widths, hole.sum((1, 2)))  # a rectangle
        assert heights.max() == min(size, 9)
        assert widths.max() == min(size, 12)
        assert heights.min() == {1: 1, 3: 2, 4: 2, 20: 9}[size]  # cut by the frame where the centre is on it
    where = (A.cutout(np.ones((5000, 4, 5)), 1, generator=rng()) == 0).mean(0)
    np.testing.assert_allclose(where, 1 / 20, atol=0.015)
    assert (A.cutout(images, 3, fill=0.5, generator=rng()) == 0.5).any()


# ---------------------------------------------------------------------- labels
def test_mixup_mixes_images_and_targets_alike():
    images = np.eye(30)[:, None].reshape(30, 1, 5, 6)  # each image names itself
    labels = np.arange(30) % 4
    mixed, targets = A.mixup(images, labels, 1.0, classes=4, generator=rng())
    shares = mixed.reshape(30, 30)
    np.testing.assert_allclose(shares.sum(1), 1)
    assert ((shares > 0).sum(1) <= 2).all()
    np.testing.assert_allclose(targets, shares @ np.eye(4)[labels])
    assert len(np.unique(np.diag(shares))) > 25


def test_mixup_shares_follow_beta():
    images = np.zeros((20000, 1, 1))
    soft = rng().random((20000, 1))
    for alpha in (0.2, 2.0):
        _, targets = A.mixup(np.arange(20000.0).reshape(-1, 1, 1), soft, alpha, generator=rng())
        assert targets.shape == (20000, 1)
        _, mixed = A.mixup(images, np.arange(20000) // 10000, alpha, classes=2, generator=rng())
        share = mixed[:10000, 0][(mixed[:10000, 0] > 0) & (mixed[:10000, 0] < 1)]  # mixed with the other class
        assert share.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)
        assert share.mean() == pytest.approx(0.5, abs=0.02)


def test_mixup_refuses():
    labels = np.zeros(40, int)
    for bad, options, error, words in [
        (labels[1:], dict(classes=2), ValueError, r"labels: expected shape \(40,\) or \(40, classes\), got \(39,\)"),
        (labels, {}, ValueError, "classes: expected the number of classes"),
        (labels, dict(classes=0), ValueError, "classes: expected at least 1, got 0"),
        (labels + 2, dict(classes=2), ValueError, "labels: expected labels from 0 to 1, got 2"),
        (labels * 1.0, dict(classes=2), TypeError, "labels: expected whole numbers, got dtype float64"),
        (labels, dict(classes=2, alpha=0), ValueError, "alpha: expected more than 0, got 0"),
    ]:
        with pytest.raises(error, match=words):
            A.mixup(IMAGES, bad, generator=rng(), **options)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (partial(A.flip, probability=1.5), ValueError, "probability: expected at most 1, got 1.5"),
        (partial(A.flip, axis=1), ValueError, "axis: expected -1"),
        (partial(A.rotate, degrees=-1), ValueError, "degrees: expected a finite number of at least 0"),
        (partial(A.scale, low=0), ValueError, "low: expected more than 0"),
        (partial(A.scale, low=2, high=1), ValueError, "high: expected a finite number of at least 2"),
        (partial(A.noise, std=-1), ValueError, "std: expected"),
        (partial(A.brightness, amount=2), ValueError, "amount: expected at most 1, got 2"),
        (partial(A.contrast, amount="1"), TypeError, "amount: expected a number"),
        (partial(A.cutout, size=0), ValueError, "size: expected at least 1, got 0"),
    ],
)
def test_bad_options(call, error, words):
    with pytest.raises(error, match=words):
        call(IMAGES, generator=rng())


# ---------------------------------------------------------------------- chains
def test_chain():
    labels = np.arange(40)
    augment = A.chain(partial(A.shift, pixels=1), A.flip, partial(A.noise, std=0.1))
    images, same = augment(IMAGES, labels, rng(5))
    generator = rng(5)
    expected = A.noise(A.flip(A.shift(IMAGES, 1, generator=generator), generator=generator), 0.1, generator=generator)
    np.testing.assert_array_equal(images, expected)
    assert same is labels
    mixed, targets = A.mixup(*augment(IMAGES, labels, rng()), classes=40, generator=rng())
    assert mixed.shape == IMAGES.shape
    assert targets.shape == (40, 40)


def test_affine_by_whole_pixels_and_quarter_turns_is_exact():
    x = np.random.default_rng(0).random((2, 3, 7, 7)).astype(np.float32)
    np.testing.assert_array_equal(A.affine(x, degrees=90), np.rot90(x, axes=(2, 3)))
    moved = A.affine(x, down=2, right=-1, fill=9.0)
    np.testing.assert_array_equal(moved[:, :, 2:, :-1], x[:, :, :-2, 1:])
    assert (moved[:, :, :2] == 9).all() and (moved[..., -1] == 9).all()
    np.testing.assert_array_equal(A.affine(x), x)
    assert A.affine(x).dtype == np.float32


def test_affine_takes_one_number_for_each_image():
    x = np.random.default_rng(0).random((3, 5, 5))
    each = A.affine(x, degrees=[0, 20, -40], factor=[1, 1.5, 0.7], right=np.array([1, 0, 0.5]))
    for i, (degrees, factor, right) in enumerate(((0, 1, 1), (20, 1.5, 0), (-40, 0.7, 0.5))):
        alone = A.affine(x[i : i + 1], degrees=degrees, factor=factor, right=right)
        np.testing.assert_allclose(each[i], alone[0], atol=1e-9)


def test_affine_turns_and_magnifies_before_it_moves():
    x = np.zeros((1, 21, 21))
    x[0, 10, 15] = 1  # 5 to the right of the centre
    y = A.affine(x, degrees=90, factor=1.0, down=2)
    assert y[0, 5 + 2, 10] == 1  # up, counter-clockwise, and then down
    y = A.affine(x, factor=2, right=-3)
    assert y[0, 10, 10 + 10 - 3] == 1


@pytest.mark.parametrize(
    "options, message",
    [({"factor": 0}, "factor: expected a positive"), ({"degrees": np.inf}, "degrees: expected a finite"),
     ({"down": [1, 2]}, "down: expected a finite number, or one for each of 3")],
)  # fmt: skip
def test_affine_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        A.affine(np.zeros((3, 4, 4)), **options)
