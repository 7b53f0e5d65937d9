"""Photographs come back as they were packed, and patches are cut from where they say."""

import numpy as np
import pytest
import skimage.data

from dlnotes.data import COLOUR, GREY, patches, photo_patches, photograph, shipped
from tools import build_data


def test_every_photograph_is_whole_and_small():
    for name in COLOUR + GREY:
        photo = photograph(name)
        assert photo.dtype == np.uint8 and max(photo.shape) <= 512 and min(photo.shape[:2]) > 150
        assert photo.shape[2:] == ((3,) if name in COLOUR else ())
        assert 20 < photo.std() < 110 or name in ("hubble", "moon", "immunohistochemistry")
        assert photograph(name, grey=True).shape == photo.shape[:2]


def test_photographs_that_were_small_enough_are_scikit_images_own():
    for name in ("astronaut", "camera", "chelsea", "coins", "page"):
        np.testing.assert_array_equal(photograph(name), getattr(skimage.data, name)())


def test_grey_is_the_weighted_sum():
    colour, grey = photograph("coffee"), photograph("coffee", grey=True)
    assert abs(colour @ [0.299, 0.587, 0.114] - grey).max() <= 0.5 + 1e-9


def test_photographs_are_built_from_the_packages(tmp_path):
    """Decoders of JPEG may differ by a level; what is no JPEG is equal."""
    build_data.photographs(tmp_path / "photographs.npz")
    for name in COLOUR + GREY:
        (built,) = shipped.read_arrays(tmp_path / "photographs.npz", name)
        built = built.cumsum(axis=1, dtype=np.uint8)
        jpeg = name in ("china", "flower", "hubble", "retina", "rocket")
        assert abs(built.astype(int) - photograph(name)).max() <= jpeg


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match=r"name: expected one of astronaut, .*text, got 'lena'"):
        photograph("lena")


def test_patches_are_squares_of_their_photograph():
    images, labels = patches(6, 5, names=("camera", "grass", "brick"), grey=True, generator=np.random.default_rng(0))
    assert images.shape == (6, 5, 5) and labels.tolist() == [0, 1, 2, 0, 1, 2]
    for image, label in zip(images, labels):
        photo = photograph(("camera", "grass", "brick")[label])
        assert (np.lib.stride_tricks.sliding_window_view(photo, (5, 5)) == image).all((-1, -2)).any()


def test_parts_of_the_width_share_no_pixel():
    """In a texture no two rows of 12 pixels are equal, so a common row would be a common place."""

    def rows(across):
        cut = patches(400, 32, names=("grass",), grey=True, across=across, generator=np.random.default_rng(1)).images
        return {row.tobytes() for row in np.lib.stride_tricks.sliding_window_view(cut, 12, axis=2).reshape(-1, 12)}

    rows = [rows(across) for across in ((0.0, 0.55), (0.55, 0.7), (0.7, 1.0))]
    assert not (rows[0] & rows[1] or rows[0] & rows[2] or rows[1] & rows[2])


def test_photo_patches_are_fixed_and_balanced():
    parts = photo_patches()
    assert [part.images.shape for part in parts] == [(n, 32, 32, 3) for n in (4000, 1000, 1000)]
    assert all(np.unique(np.bincount(part.labels)).size == 1 for part in parts)
    np.testing.assert_array_equal(parts.test.images, photo_patches().test.images)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n": 0}, "n: expected at least one patch"),
        ({"names": ()}, "n: expected at least one patch"),
        ({"size": 400}, "size: expected 1 to 300 for 'chelsea'"),
        ({"size": 0}, "size: expected 1 to"),
        ({"across": (0.7, 0.3)}, "across: expected two shares"),
        ({"names": ("camera",)}, "names: 'camera' is grey"),
        ({"names": ("lena",)}, "name: expected one of"),
    ],
)
def test_patches_refuse(options, message):
    with pytest.raises(ValueError, match=message):
        patches(**({"n": 4, "size": 8, "names": ("chelsea",)} | options), generator=np.random.default_rng(0))
