"""Photographs that ship with the package, by name, and patches cut from them.

Neighbours in a photograph are nearly equal, so the file keeps each pixel's difference from its left neighbour, which
packs a fifth smaller; a running sum along the row gives the pixels back, bit for bit.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes.data.base import Dataset, Splits
from dlnotes.data.shipped import FOLDER, read_arrays

COLOUR = (
    "astronaut", "chelsea", "coffee", "china", "flower", "hubble", "immunohistochemistry", "motorcycle", "retina",
    "rocket",
)  # fmt: skip
GREY = ("brick", "camera", "coins", "grass", "gravel", "moon", "page", "text")


def photograph(name: str, *, grey: bool = False) -> np.ndarray:
    """One photograph: (H, W, 3) for the names in `COLOUR`, (H, W) for those in `GREY`, uint8, no side above 512.

    grey: make a colour photograph grey, by the weights of ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue.

    Raises ValueError for a name that is not there, and lists those that are.

    >>> photograph("camera").shape, photograph("coffee").shape, photograph("coffee", grey=True).shape
    ((512, 512), (341, 512, 3), (341, 512))
    """
    if name not in COLOUR + GREY:
        raise ValueError(f"name: expected one of {', '.join(COLOUR + GREY)}, got {name!r}")
    (differences,) = read_arrays(FOLDER / "photographs.npz", name)
    pixels = differences.cumsum(axis=1, dtype=np.uint8)  # modulo 256, as the differences are
    if grey and pixels.ndim == 3:
        pixels = ((pixels @ np.array([299, 587, 114]) + 500) // 1000).astype(np.uint8)
    return pixels


def patches(
    n: int, size: int, *, names: Sequence[str] = COLOUR, grey: bool = False, across: tuple[float, float] = (0.0, 1.0),
    generator: np.random.Generator,
) -> Dataset:  # fmt: skip
    """Squares of `size` x `size` pixels cut at random from photographs, the label saying from which of `names`.

    n: how many in all; the photographs take turns.
    across: cut only between these two shares of the width, so that parts of one photograph stay apart.
    Images are (N, size, size, 3) uint8, or (N, size, size) if `grey`, which grey photographs ask for.

    Raises ValueError where `n` is below 1, or a photograph is too small between the two.

    >>> images, labels = patches(20, 11, generator=np.random.default_rng(0))
    >>> images.shape, labels[:4]
    ((20, 11, 11, 3), array([0, 1, 2, 3]))
    """
    left, right = across
    if not 0 <= left < right <= 1:
        raise ValueError(f"across: expected two shares of the width between 0 and 1, the smaller first, got {across}")
    if n < 1 or not names:
        raise ValueError(f"n: expected at least one patch of at least one photograph, got {n} of {len(names)}")
    labels = np.arange(n) % len(names)
    images = np.empty((n, size, size) if grey else (n, size, size, 3), np.uint8)
    for label, name in enumerate(names):
        photo = photograph(name, grey=grey)
        if photo.ndim != images.ndim - 1:
            raise ValueError(f"names: {name!r} is grey; ask for grey=True")
        width = photo.shape[1]
        strip = photo[:, round(left * width) : round(right * width)]
        if not 1 <= size <= min(strip.shape[:2]):
            raise ValueError(f"size: expected 1 to {min(strip.shape[:2])} for {name!r}, of {strip.shape}, got {size}")
        places = sliding_window_view(strip, (size, size), axis=(0, 1))  # (H', W', [3,] size, size), no copy
        mine = labels == label
        rows, columns = (generator.integers(0, places.shape[axis], mine.sum()) for axis in (0, 1))
        cut = places[rows, columns]
        images[mine] = cut if grey else np.moveaxis(cut, 1, -1)
    return Dataset(images, labels)


def photo_patches(size: int = 32) -> Splits[Dataset]:
    """Colour patches to classify by the photograph they come from, ten classes: 4,000 / 1,000 / 1,000.

    Training patches lie in the left 55 % of each photograph, those for validation in the next 15 %, those for the test
    in the right 30 %: no pixel is in two parts.  They stand in for colour images of 32 x 32 such as CIFAR-10's.

    >>> train, validation, test = photo_patches()
    >>> train.images.shape, test.images.shape
    ((4000, 32, 32, 3), (1000, 32, 32, 3))
    """
    generator = np.random.default_rng(0)
    cuts = [(4000, (0.0, 0.55)), (1000, (0.55, 0.7)), (1000, (0.7, 1.0))]
    return Splits(*(patches(n, size, across=across, generator=generator) for n, across in cuts))
