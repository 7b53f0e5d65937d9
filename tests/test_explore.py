"""Figures that move: controls from arguments, errors before any drawing, frames in one file, answers to requests."""

import hashlib
import io
import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dlnotes.explore import explore, stepper
from dlnotes.explore.controls import control
from dlnotes.explore.figure import FOLDER, MOST_FRAMES, Explorer, Still
from dlnotes.explore.frames import pack, pixels
from dlnotes.explore.stepper import KERNELS, step


def shade(level=0.5, dark=False):
    """A grey square."""
    return np.full((4, 4), level * (0.5 if dark else 1.0))


def never(**values):
    raise AssertionError("drawn before the arguments were checked")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    return tmp_path


# ------------------------------------------------------------------------------------------------------ controls


def test_range():
    made = control("sigma", (0.5, 4, 0.25))
    assert made.values[:2] == (0.5, 0.75) and made.values[-1] == 4 and len(made.values) == 15
    assert made.default == 2.25 and made.digits == 2  # the middle
    assert control("x", (0, 0.3, 0.1, 0.3)).values == (0, 0.1, 0.2, 0.3)  # no 0.30000000000000004
    whole = control("n", (1, 9, 2, 3))
    assert all(type(value) is int for value in whole.values) and type(whole.read(3.0)) is int
    assert type(control("x", (0, 1, 0.5)).read(1)) is float


def test_choice_and_toggle():
    assert control("mode", ["a", "b"]).default == "a"
    assert control("on", True).values == (False, True) and control("on", True).default is True


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ((1, 1, 1), ValueError, "x: an empty range"),
        ((2, 1, 1), ValueError, "x: an empty range"),
        ((0, 1, 0.3), ValueError, "x: steps of 0.3 from 0 never reach 1"),
        ((0, 1, 0), ValueError, "x: expected a step above 0"),
        ((0, 1, -1), ValueError, "x: expected a step above 0"),
        ((0, 1), ValueError, "x: expected \\(low, high, step\\)"),
        ((0, 1, 0.5, 0.3), ValueError, "x: the default 0.3 is not one of"),
        ((0, float("nan"), 1), TypeError, "x: expected finite numbers, got nan"),
        ((0, True, 1), TypeError, "x: expected finite numbers, got True"),
        (("a", "b", "c"), TypeError, "x: expected finite numbers, got 'a'"),
        (["a"], ValueError, "x: expected two choices or more"),
        (["a", "a"], ValueError, "x: expected choices that differ"),
        ([None, "a"], TypeError, "x: expected choices that are text or numbers"),
        (3, TypeError, "x: expected \\(low, high, step\\)"),
    ],
)
def test_bad_parameters_are_named_before_anything_is_drawn(given, error, says):
    with pytest.raises(error, match=f"^{says}"):
        explore(never, x=given)


def test_bad_figures_are_named_before_anything_is_drawn(folder):
    with pytest.raises(ValueError, match="^parameters: expected one to three, got none"):
        explore(never)
    with pytest.raises(ValueError, match="^parameters: expected one to three, got a, b, c, d"):
        explore(never, a=True, b=True, c=True, d=True)
    with pytest.raises(TypeError, match="^f: expected a function"):
        explore(3, x=True)
    with pytest.raises(ValueError, match="^name: expected letters"):
        explore(lambda x: x, x=True)
    with pytest.raises(ValueError, match="^name: expected letters"):
        explore(never, name="a.b", x=True)
    with pytest.raises(ValueError, match="^play: expected the name of a range, got 'x'"):
        explore(never, play="x", x=True)
    with pytest.raises(ValueError, match=f"101 of a x 5 of b make 505 frames for the website, {MOST_FRAMES} at most"):
        explore(never, a=(0, 100, 1), b=(0, 4, 1))


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        ("a picture", TypeError, "f: expected a matplotlib figure or an array, got str"),
        (None, TypeError, "f: expected a matplotlib figure or an array, got NoneType"),
        (np.ones(3), ValueError, "f: expected an image of shape"),
        (np.ones((2, 2, 4)), ValueError, "f: expected an image of shape"),
        (np.ones((0, 2)), ValueError, "f: expected an image of shape"),
        (np.full((2, 2), 2.0), ValueError, "f: expected floats from 0 to 1, got 2 to 2"),
        (np.full((2, 2), np.nan), ValueError, "f: expected floats from 0 to 1"),
        (np.ones((2, 2), int), TypeError, "f: expected an image of floats or of uint8, got int64"),
    ],
)
def test_what_f_may_not_return(value, error, says):
    with pytest.raises(error, match=f"^{says}"):
        explore(lambda x: value, name="wrong", x=True)


# -------------------------------------------------------------------------------------------------------- frames


def test_pixels():
    figure, dpi = pixels(Figure(figsize=(2, 1), dpi=50))
    assert figure.shape == (50, 100, 4) and dpi == 50
    grey, _ = pixels(np.array([[0.0, 1.0]]))
    assert grey.shape == (160, 320, 4) and grey[0, 0].tolist() == [0, 0, 0, 255] and grey[0, -1, 0] == 255
    colour, _ = pixels(np.zeros((3, 400, 3), np.uint8))
    assert colour.shape == (3, 400, 4)


def unpack(packed):
    """Each picture as the page puts it together: its own pixels over the usual ones."""
    head, _, body = packed.partition(b"\n")
    parts, start = [], 0
    for size in json.loads(head)["sizes"]:
        parts.append(Image.open(io.BytesIO(body[start : start + size])).convert("RGBA"))
        start += size
    assert start == len(body)
    return [np.asarray(Image.alpha_composite(parts[0], part)) for part in parts[1:]]


def test_frames_come_back_as_they_were():
    rng = np.random.default_rng(0)
    pictures = []
    for i in range(9):
        picture = np.zeros((40, 60, 4), np.uint8)
        picture[5:8] = [34, 38, 46, 255]  # an axis that all share
        picture[10 + i : 20, 3 * i : 30] = [0, 114, 178, 128]
        picture[30:, 50:] = [*rng.integers(0, 256, 3), 255]
        pictures.append(picture)
    for picture, shown in zip(pictures, unpack(pack(pictures))):
        alpha = picture[..., 3:] / 255
        white = picture[..., :3] * alpha + 255 * (1 - alpha)
        assert np.abs(shown[..., :3] - white).max() <= 5  # 32 steps of each colour
        assert (shown[..., 3] == 255).all()


def test_photographs_stay_small():
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 4), np.uint8)
    picture[..., 3] = 255
    assert len(pack([picture, picture])) < picture.nbytes / 2


def test_frames_for_the_website(folder):
    shown = explore(shade, level=(0.0, 1.0, 0.5, 1.0), dark=False)
    assert isinstance(shown, Still) and repr(shown) == "<Explorer shade: level, dark>"
    stem = hashlib.sha256(shown._repr_png_()).hexdigest()
    state = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    assert state["name"] == "shade" and state["module"] == "explore" and state["paper"] is False
    assert [each["default"] for each in state["controls"]] == [1.0, False]
    levels = [frame[0, 0, 0] for frame in unpack((folder / f"{stem}.frames").read_bytes())]
    wanted = [0, 0, 128, 64, 255, 128]  # the last parameter runs fastest
    assert np.abs(np.array(levels, int) - wanted).max() <= 5


def test_frames_of_different_sizes(folder):
    with pytest.raises(ValueError, match="^f: at wide = True the frame has 320 x 320 pixels, at the default 320 x 640"):
        explore(lambda wide: np.zeros((2, 2 if wide else 1)), name="sizes", wide=False)


def test_frames_that_are_too_many_bytes(folder):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^f: its 30 frames take \d+ kB, 400 at most"):
        explore(lambda x: rng.random((300, 400)), name="noise", x=(1, 30, 1))


# ------------------------------------------------------------------------------------------------------- notebook


def ask(explorer, number=1, **values):
    explorer.request = {"id": number, "values": values}
    return explorer.answer, np.asarray(Image.open(io.BytesIO(explorer.image)))[0, 0, 0]


def test_notebook_computes_any_value():
    explorer = explore(shade, level=(0, 1, 0.5), dark=False)
    assert isinstance(explorer, Explorer) and repr(explorer) == "<Explorer shade: level, dark>"
    answer, level = ask(explorer, 7, level=0.3, dark=True)
    assert answer == {"id": 7, "error": ""} and level == round(255 * 0.15)
    assert explorer.state["alt"] == "A grey square."


def test_an_error_is_shown_and_the_next_good_value_recovers():
    def root(x):
        if x < 0:
            raise ValueError("no root below 0")
        return np.full((2, 2), x**0.5)

    explorer = explore(root, x=(-1, 1, 0.5, 1))
    before = explorer.image
    answer, _ = ask(explorer, 1, x=-0.5)
    assert answer["error"] == "ValueError: no root below 0" and explorer.image == before
    answer, level = ask(explorer, 2, x=0.25)
    assert answer["error"] == "" and level == 128


def test_an_error_at_the_default_is_raised():
    with pytest.raises(ZeroDivisionError):
        explore(lambda x: 1 / x, name="pole", x=(-1, 1, 1))


# -------------------------------------------------------------------------------------------------------- stepper


def test_step_is_the_definition():
    image, kernel = np.arange(20.0).reshape(4, 5), np.arange(9.0).reshape(3, 3)
    assert step(image, kernel, "correlation", 1, 2).sum() == (image[1:4, 2:5] * kernel).sum()
    assert step(image, kernel, "convolution", 0, 0).sum() == (image[:3, :3] * kernel[::-1, ::-1]).sum()


def test_stepper(folder, monkeypatch):
    still = stepper(np.eye(5), "box", "correlation")
    state = json.loads((folder / f"{hashlib.sha256(still._repr_png_()).hexdigest()}.json").read_text(encoding="utf-8"))
    assert state["module"] == "stepper" and state["defaults"] == {"kernel": "box", "mode": "correlation", "at": 0}
    monkeypatch.delenv(FOLDER)
    live = stepper(np.eye(5), "box", "correlation")
    assert live.state == state and repr(live) == repr(still) == "<Stepper stepper>"
    assert all(np.shape(kernel) == (3, 3) for kernel in KERNELS.values())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"image": np.ones(3)}, "image: expected 3 to 9 rows and columns"),
        ({"image": np.ones((2, 5))}, "image: expected 3 to 9 rows and columns"),
        ({"image": np.full((3, 3), np.inf)}, "image: expected finite numbers"),
        ({"kernel": "blur"}, "kernel: expected one of identity, box"),
        ({"mode": "both"}, "mode: expected one of convolution, correlation"),
    ],
)
def test_bad_stepper(options, says):
    with pytest.raises(ValueError, match=f"^{says}"):
        stepper(**options)
