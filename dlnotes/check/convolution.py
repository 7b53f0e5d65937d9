"""Checks for the exercises of *Filters: convolution and correlation*."""

import numpy as np

from dlnotes.check import exercise, expect, hinted, require
from dlnotes.data import photograph
from dlnotes.metrics import psnr
from dlnotes.numpy import filters


@exercise("filters-pencil")
def pencil(correlation, convolution):
    """Both sums at the centre of one patch."""
    require(np.ndim(correlation) == np.ndim(convolution) == 0, "One number each, please: the one at the centre.")
    require((correlation, convolution) != (7, 3), "They are the other way round. Which of them turns the kernel?")
    hint = "lay the kernel on the patch as it stands, multiply what lies on each other, and add up"
    hinted("The correlation", correlation, 3, hint, [(7, "that is the convolution, for which the kernel is turned")])
    hint = "turn the kernel by half a turn first, so that its first row is (0, 0, 1)"
    half = "turn both axes of the kernel, not one"
    mistakes = [
        (2, half),
        (8, half),
        (10, "rows have become columns. Turn the kernel by half a turn instead"),
        (3, "the kernel was not turned"),
    ]
    hinted("The convolution", convolution, 7, hint, mistakes)


@exercise("filters-kernel")
def kernel(kernel_of):
    """The kernel of a convolution that can only be called."""
    rng = np.random.default_rng(2)
    for size in (3, 1, 5):
        g = rng.integers(-9, 10, (size, size)) / 1.0
        calls: list[int] = []

        def T(image, g=g, calls=calls):
            calls.append(1)
            return filters.convolve2d(image, g, mode="constant")

        got = kernel_of(T, size)
        require(got is not None, "kernel_of is still None.")
        require(len(calls) == 1, f"kernel_of should call T once, but it called it {len(calls)} times.")
        even = "an image of ones mixes all weights. One bright pixel is enough"
        mistakes = [
            (g[::-1, ::-1], "it is turned. T is a convolution, whose answer to a bright pixel stands upright"),
            (filters.convolve2d(np.ones((size, size)), g, mode="constant"), even),
        ]
        what = f"kernel_of(T, {size})"
        expect(what, got, g, hint="Where do you put the bright pixel, and how bright is it?", mistakes=mistakes)


@exercise("filters-border")
def border(corner, side, inside, byte):
    """A constant image beside zeros, and a byte that counts in a circle."""
    hint = "count how many of the 25 pixels under the window lie in the image"
    lost = "the window is 5 wide, so in a corner 3 of its rows and 3 of its columns are in the image"
    hinted("The corner", corner, 9 / 25, hint, [(4 / 25, lost), (4 / 9, "that is the 3x3 mean"), (1, "zeros count")])
    hinted("The side", side, 15 / 25, hint, [(2 / 3, "that is the 3x3 mean")])
    hinted("Far inside", inside, 1, "there no zero is under the window")
    mistakes = [
        (-20, "a byte has no sign"),
        (0, "NumPy does not stop at 0; it counts on from the other end"),
        (235, "0 less 1 is 255, so 0 less 20 is one more than that"),
    ]
    hinted("The byte", byte, 236, "go down from 80 to 0 and on, where 255 follows", mistakes)


@exercise("filters-alike")
def alike(linear, alike):
    """Which of four filters are linear, and which shift-equivariant."""
    given = []
    for name, letters in (("linear", linear), ("alike", alike)):
        require(letters is not None, f"{name} is still None.")
        require(isinstance(letters, str) and set(letters.upper()) <= set("ABCD "), f'{name} is letters, as in "AD".')
        given.append(set(letters.upper()) - {" "})
    for name, got, right, hints in (
        (
            "linear",
            given[0],
            "CD",
            {
                "A": "A makes an image of 1 out of a black one. What does twice a black image give?",
                "B": "B gives the same for X and for -X.",
                "C": "C only moves pixels. What does it make of 2 X, and of a sum?",
                "D": "D is a weighted sum, with the weights 1 and -1.",
            },
        ),
        (
            "alike",
            given[1],
            "ABD",
            {
                "A": "A does the same at every pixel.",
                "B": "B does the same at every pixel.",
                "C": "C puts the top at the bottom. Where does the answer go if the image moves down?",
                "D": "D subtracts the left neighbour, the same one at every pixel.",
            },
        ),
    ):
        for letter, why in hints.items():
            require((letter in got) == (letter in right), f"Not so with {letter} in {name}. {why}")


@exercise("filters-noise")
def noise(once, twice):
    """The variance after one mean of three, and after two; three digits will do."""
    spread = "that is the standard deviation"
    hint = "add up the squares of the three weights"
    hinted("once", once, 1 / 3, hint, [(3**-0.5, spread), (1, "square the weights")], 1e-3)
    alone = "that holds for terms that are independent. Neighbours in the first result share two of three pixels"
    hint = "convolve (1, 1, 1) with itself, divide by 9, and add up the squares"
    hinted("twice", twice, 19 / 81, hint, [(1 / 9, alone), (19**0.5 / 9, spread)], 1e-3)


@exercise("filters-choice")
def choice(dark_wall, wild_wall, text, gaps):
    """Four filters on four spoilt photographs: the best one of each, measured here."""
    given = dict(dark_wall=dark_wall, wild_wall=wild_wall, text=text, gaps=gaps)
    wall, page, photo = (_middle(name) for name in ("brick", "page", "camera"))
    rng = np.random.default_rng(11)
    everywhere = np.ones(wall.shape, bool)
    known = rng.random(photo.shape) > 0.5
    scenes = {
        "dark_wall": (wall, wall + 0.1 * rng.normal(size=wall.shape), everywhere),
        "wild_wall": (wall, _wild(wall, 0.2, rng), everywhere),
        "text": (page, _wild(page, 0.05, rng), everywhere),
        "gaps": (photo, np.where(known, photo, 0.0), known),
    }
    names = ("mean", "median", "cross", "fill")
    for scene, name in given.items():
        require(name is not None, f"{scene} is still None.")
        require(name in names, f"{scene} should be one of {', '.join(names)}, not {name!r}.")
        clean, spoilt, there = scenes[scene]
        made = {
            "mean": filters.box(spoilt),
            "median": filters.median(spoilt),
            "cross": _cross(spoilt),
            "fill": filters.fill(spoilt, there, 0.8),
        }
        scores = {key: psnr(image, clean) for key, image in made.items()}
        best = max(scores.values())
        message = f"With {name} {scene} reaches {scores[name]:.1f} dB, and another of the four {best:.1f} dB."
        lost = " Nothing is known to be missing there, so nothing is filled."
        require(scores[name] == best, message + (lost if name == "fill" else ""))


def _middle(name: str) -> np.ndarray:
    image = photograph(name) / 255
    top, left = (image.shape[0] - 128) // 2, (image.shape[1] - 128) // 2
    return image[top : top + 128, left : left + 128]


def _wild(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Some pixels black, as many white."""
    u = rng.random(image.shape)
    return np.where(u < share / 2, 1.0, np.where(u > 1 - share / 2, 0.0, image))


def _cross(image: np.ndarray) -> np.ndarray:
    p = np.pad(image, 1, "symmetric")
    return np.median([p[1:-1, :-2], p[1:-1, 1:-1], p[1:-1, 2:], p[:-2, 1:-1], p[2:, 1:-1]], axis=0)


@exercise("filters-trimmed")
def trimmed(trimmed):
    """The mean of the middle five of nine."""
    table = np.array([[9.0, 1, 4, 30], [2, 100, 7, 5], [6, 3, 12, 0]])
    for image, place in ((np.full((3, 4), 5.0), (1, 1)), (table, (1, 1)), (table, (1, 2)), (table, (0, 3))):
        given = image.copy()
        got = trimmed(given)
        require(got is not None, "trimmed is still None.")
        require(np.shape(got) == image.shape, f"The result should have the shape {image.shape}, not {np.shape(got)}.")
        require((given == image).all(), "The image should be left as it was, but was changed.")
        rows, columns = slice(place[0], place[0] + 3), slice(place[1], place[1] + 3)
        nine = np.sort(np.pad(image, 1, "symmetric")[rows, columns], axis=None)
        mistakes = [
            (nine.mean(), "all nine values are in this mean"),
            (nine[1:8].mean(), "leave out two at each end, not one"),
            (nine[4], "that is the median; take the mean of five"),
            (nine[2:7].sum(), "divide by the five that are left"),
        ]
        for mode in ("reflect", "constant"):
            other = np.sort(np.pad(image, 1, mode)[rows, columns], axis=None)
            if other[2:7].mean() != nine[2:7].mean():
                mistakes.append((other[2:7].mean(), f'beyond the border is np.pad\'s "{mode}"; use its "symmetric"'))
        what = f"trimmed at {place} of {image.tolist()}"
        expect(what, got[place], nine[2:7].mean(), hint="Sort the nine values first.", mistakes=mistakes)
    photo = photograph("camera")[60:188, 180:308] / 255
    rng = np.random.default_rng(7)
    spoilt = _wild(photo + 0.1 * rng.normal(size=photo.shape), 0.05, rng)
    score = psnr(trimmed(spoilt.copy()), photo)
    others = max(psnr(f(spoilt), photo) for f in (filters.box, filters.median))
    require(score > others, f"On a photograph it reaches {score:.1f} dB; mean and median reach {others:.1f}.")


@exercise("filters-gaps")
def gaps(without_gaps):
    """Normalised convolution, with the same border for image and mask."""
    rng = np.random.default_rng(4)
    image = rng.random((12, 15))
    known = rng.random(image.shape) > 0.3
    for clean in (np.ones(image.shape), image):
        given = np.where(known, clean, 0.0)
        before = given.copy(), known.copy()
        got = without_gaps(given, known, 1.0)
        require(got is not None, "without_gaps is still None.")
        kept = (given == before[0]).all() and (known == before[1]).all()
        require(kept, "Image and mask should be left as they were, but were changed.")
        require(np.shape(got) == image.shape, f"The result should have the shape {image.shape}, not {np.shape(got)}.")
        got = np.asarray(got, float)
        require(np.allclose(got[known], clean[known]), "Known pixels should stay as they are.")
        if clean is not image:
            far = got[4:-4, 4:-4][~known[4:-4, 4:-4]]
            hint = "Divide the blurred image by the blurred mask."
            require(np.allclose(far, 1), f"Well inside a white wall gaps become {far.min():.2f}, not 1. {hint}")
            near = got[~known]
            worst = near[abs(near - 1).argmax()]
            why = "Do image and mask go on alike outside?"
            require(np.allclose(near, 1), f"Near the frame a white wall gets {worst:.2f}, not 1. {why}")
    blurs = [
        filters.gaussian(before[0], 1.0, mode=mode) / filters.gaussian(known * 1.0, 1.0, mode=mode)
        for mode in ("reflect", "mirror", "nearest", "wrap", "constant")
    ]
    alike = any(np.allclose(got[~known], blurred[~known]) for blurred in blurs)
    require(alike, "White walls come out right, but others do not. Is it the Gaussian of that width?")


@exercise("filters-corner")
def corner(A, B, C, measure, kind):
    """Harris's three means over one patch, whose slopes all point the same way."""
    means = "take the mean of four, not the sum"
    hinted("A", A, 1.5, "add up the squares of the first slopes, and divide by four", [(6, means)])
    hinted("B", B, 3, "add up the products of both slopes of a pixel, and divide by four", [(12, means)])
    hinted("C", C, 6, "add up the squares of the second slopes, and divide by four", [(24, means)])
    hinted("The measure", measure, 0, "compute AC - B^2")
    require(kind is not None, "kind is still None.")
    flat = "Its slopes are not all 0." if kind == "flat" else "All its slopes lie in one direction."
    require(str(kind).lower() == "edge", f"It is not {kind!r}. {flat}")
