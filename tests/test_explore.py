"""Figures that move: controls from arguments, errors before any drawing, frames in one file, answers to requests."""

import base64
import hashlib
import io
import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import dlnotes.numpy as dn
from dlnotes import plot
from dlnotes.explore import explore, sketch, stepper
from dlnotes.explore.controls import control
from dlnotes.explore.figure import FOLDER, MOST_FRAMES, Explorer, Still
from dlnotes.explore.frames import Picture, pack, picture
from dlnotes.explore.sketch import centred, rounded, stages
from dlnotes.explore.stepper import step
from dlnotes.models import lenet5


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


def test_picture():
    figure = picture(Figure(figsize=(2, 1), dpi=50))
    assert figure.pixels.shape == (50, 100, 4) and figure.dpi == 50 and figure.drawn and not figure.photograph
    grey = picture(np.array([[0.0, 1.0]]))
    assert grey.pixels[..., 0].tolist() == [[0, 255]] and grey.times == 160 and not grey.drawn
    colour = picture(np.zeros((3, 400, 3), np.uint8))
    assert colour.pixels.shape == (3, 400, 4) and colour.times == 1


def photograph(size=256):
    """Smooth light with a little noise, as a lens and a sensor make it: what no palette of 32 greys can show."""
    x, y = np.meshgrid(*[np.linspace(0, 3, size)] * 2)
    light = 0.5 + 0.3 * np.sin(2 * x + y) * np.cos(3 * y - x) + 0.1 * (np.hypot(x - 1, y - 2) < 0.7)
    return np.clip(light + 0.01 * np.random.default_rng(0).normal(size=light.shape), 0, 1)


def test_photographs_are_told_from_drawings():
    flat = np.kron(np.random.default_rng(0).random((8, 8)), np.ones((40, 40)))  # large pixels
    figure = Figure()
    figure.subplots().imshow(photograph())
    diagram = Figure()
    diagram.subplots().imshow(flat)
    for shown in (photograph(), np.dstack([photograph()] * 3), figure):
        assert picture(shown).photograph
    for drawn in (flat, flat[::40, ::40], photograph() > 0.5, np.zeros((100, 100)), diagram):
        assert not picture(np.asarray(drawn, float) if isinstance(drawn, np.ndarray) else drawn).photograph


def unpack(parts):
    """Each picture as the page puts it together: its own pixels over the usual ones."""
    under, *over = [Image.open(io.BytesIO(part)).convert("RGBA") for part in parts]
    return [np.asarray(Image.alpha_composite(under, each)) for each in over]


def test_drawings_come_back_as_they_were():
    rng = np.random.default_rng(0)
    pictures = []
    for i in range(9):
        pixels = np.zeros((40, 60, 4), np.uint8)
        pixels[5:8] = [34, 38, 46, 255]  # an axis that all share
        pixels[10 + i : 20, 3 * i : 30] = [0, 114, 178, 128]
        pixels[30:, 50:] = [*rng.integers(0, 256, 3), 255]
        pictures.append(Picture(pixels, 96, 1, True, False))
    for each, shown in zip(pictures, unpack(pack(pictures, 400_000))):
        alpha = each.pixels[..., 3:] / 255
        white = each.pixels[..., :3] * alpha + 255 * (1 - alpha)
        assert np.abs(shown[..., :3] - white).max() <= 5  # 32 steps of each colour
        assert (shown[..., 3] == 255).all()


def test_images_of_few_pixels_come_back_exactly():
    rng = np.random.default_rng(0)
    pictures = [picture(rng.random((8, 8))) for _ in range(9)]
    for each, shown in zip(pictures, unpack(pack(pictures, 400_000))):
        assert (shown == each.pixels).all()


def test_photographs_stay_photographs():
    """25 grey frames of 256 x 256 in 400 kB, near the original, and none of its greys lost."""
    noise = np.random.default_rng(0).normal(size=(256, 256))
    frames = [picture(np.clip(photograph() + level * noise, 0, 1)) for level in np.linspace(0, 0.06, 25)]
    packed = pack(frames, 400_000)
    assert sum(map(len, packed)) < 400_000
    for each, shown in zip(frames, unpack(packed)):
        error = shown[..., 0].astype(float) - each.pixels[..., 0]
        assert 10 * np.log10(255**2 / (error**2).mean()) > 33
        assert len(np.unique(shown[..., 0])) > 100
    assert len(b"".join(pack(frames, 300_000))) < len(b"".join(packed)), "less room, less quality"


def test_photographs_share_what_does_not_change():
    fixed, changing = photograph(), np.linspace(0.2, 0.8, 10)
    frames = []
    for level in changing:
        frames.append(fixed.copy())
        frames[-1][100:120, 100:120] = level
    packed = pack([picture(each) for each in frames], 400_000)
    assert max(map(len, packed[1:])) < 0.2 * len(packed[0])
    for each, shown in zip(frames, unpack(packed)):
        assert np.abs(shown[..., 0] / 255 - each).mean() < 0.01


def stored(folder, still):
    """What a figure leaves for the build: its state and its frames."""
    path = folder / hashlib.sha256(still._repr_png_()).hexdigest()
    script = path.with_suffix(".js").read_text(encoding="utf-8")
    written = re.fullmatch(rf'explorers\.frames\["{path.name}"\]=(\[.*\]);\n', script)[1]
    state = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return state, [*map(base64.b64decode, json.loads(written))]


def test_frames_for_the_website(folder):
    shown = explore(shade, level=(0.0, 1.0, 0.5, 1.0), dark=False)
    assert isinstance(shown, Still) and repr(shown) == "<Explorer shade: level, dark>"
    state, frames = stored(folder, shown)
    assert state["name"] == "shade" and state["module"] == "explore" and state["paper"] is False
    assert [each["default"] for each in state["controls"]] == [1.0, False]
    assert state["enlarged"] and Image.open(io.BytesIO(shown._repr_png_())).size == (320, 320)
    assert [frame[0, 0, 0] for frame in unpack(frames)] == [0, 0, 128, 64, 255, 128]  # the last parameter runs fastest


def test_figures_that_look_alike_at_first_keep_their_frames(folder):
    black = explore(lambda x: np.full((4, 4), 0.5 * x), name="same", x=(0, 2, 1, 1))
    white = explore(lambda x: np.full((4, 4), 0.5 / x), name="same", x=(1, 3, 1, 1))
    frames = [[frame[0, 0, 0] for frame in unpack(stored(folder, each)[1])] for each in (black, white)]
    assert frames == [[0, 128, 255], [128, 64, 42]]


def test_frames_of_different_sizes(folder):
    with pytest.raises(ValueError, match="^f: at wide = True the frame has 2 x 2 pixels, at the default 1 x 2"):
        explore(lambda wide: np.zeros((2, 2 if wide else 1)), name="sizes", wide=False)


def test_frames_that_are_too_many_bytes(folder):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^f: the 30 frames of noise take \d+ kB, 400 at most"):
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


def test_whatever_f_does_wrong_is_told_with_the_explorer_and_the_value(folder):
    """At the first frame, which is the default's, and at a later one."""

    def wrong(at, what):
        square = np.ones((4, 4))
        what = {"type": None, "rank": square[0], "size": square[:2, :2]}.get(what, what)
        return lambda x, on: (1 / 0 if what == "error" else what) if (x, on) == at else square

    for at, first in (((2, True), True), ((3, False), False)):
        for what in ("error", "type", "rank", "size")[: 3 if first else 4]:
            with pytest.raises((ZeroDivisionError, TypeError, ValueError)) as raised:
                explore(wrong(at, what), name="pole", x=(1, 3, 1), on=True)
            assert raised.value.__notes__ == [f"This is the explorer pole at x = {at[0]}, on = {at[1]}."], what


# -------------------------------------------------------------------------------------------------------- stepper


def test_step_is_the_definition():
    image, kernel = np.arange(20.0).reshape(4, 5), np.arange(9.0).reshape(3, 3)
    assert step(image, kernel, "correlation", 1, 2).sum() == (image[1:4, 2:5] * kernel).sum()
    assert step(image, kernel, "convolution", 0, 0).sum() == (image[:3, :3] * kernel[::-1, ::-1]).sum()
    assert step(image, kernel[:2], "correlation", 1, 0, dilation=2).sum() == (image[1::2, ::2] * kernel[:2]).sum()


def test_stepper(folder, monkeypatch):
    still = stepper(np.eye(5), "box", "correlation", stride=2, padding=1, dilation=1)
    name = hashlib.sha256(still._repr_png_()).hexdigest()
    state = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    wanted = {"kernel": "box", "mode": "correlation", "at": 0, "stride": 2, "padding": 1, "dilation": 1}
    assert state["module"] == "stepper" and state["defaults"] == wanted
    monkeypatch.delenv(FOLDER)
    live = stepper(np.eye(5), "box", "correlation", stride=2, padding=1)
    assert json.loads(json.dumps(live.state)) == state and repr(live) == repr(still) == "<Stepper stepper>"


def test_the_still_of_the_stepper_shows_what_the_library_computes(folder, monkeypatch):
    shown = {}
    monkeypatch.setattr(plot, "numbers", lambda tables: shown.update(tables) or Figure())
    rng = np.random.default_rng(0)
    ways = {(7, 7): {}, (2, 3): {"stride": 2, "padding": 1}, (3, 1): {"dilation": 3, "stride": 4, "padding": 2}}
    for size, how in ways.items():
        image, kernel = rng.normal(size=(9, 8)), rng.normal(size=size)
        stepper(image, kernel, "correlation", **how)
        truth = dn.conv2d(dn.tensor(image[None, None]), dn.tensor(kernel[None, None]), **how).numpy()[0, 0]
        assert np.allclose(shown["output"], truth) and np.isclose(shown["products"].sum(), truth[0, 0])


def test_kernels_that_are_offered():
    edge = [[-1, 1]]
    assert stepper(kernel=edge).state["kernels"]["given"] == edge and "box" in stepper(kernel=edge).state["kernels"]
    two = stepper(kernel={"up": np.ones((7, 1)), "along": edge}).state
    assert list(two["kernels"]) == ["up", "along"] and two["defaults"]["kernel"] == "up"


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"image": np.ones(3)}, ValueError, "image: expected 1 to 12 rows and columns"),
        ({"image": np.ones((0, 5))}, ValueError, "image: expected 1 to 12 rows and columns"),
        ({"image": np.ones((13, 5))}, ValueError, "image: expected 1 to 12 rows and columns"),
        ({"image": np.full((3, 3), np.inf)}, ValueError, "image: expected finite numbers"),
        ({"image": [[1, 2], [3]]}, TypeError, "image: expected rows of numbers"),
        ({"image": "cat"}, TypeError, "image: expected rows of numbers"),
        ({"image": np.ones((2, 5))}, ValueError, "kernel: 3 x 3 with dilation 1 does not fit into the image, 2 x 5"),
        ({"dilation": 3, "kernel": "Gaussian"}, ValueError, "kernel: 5 x 5 with dilation 3 does not fit into the"),
        ({"kernel": "blur"}, ValueError, "kernel: expected one of identity, box"),
        ({"kernel": np.ones((8, 1))}, ValueError, "kernel: expected 1 to 7 rows and columns"),
        ({"kernel": {"a": [[1]], "b": [1]}}, ValueError, "kernel: expected 1 to 7 rows and columns"),
        ({"kernel": {}}, ValueError, "kernel: expected one kernel or more"),
        ({"kernel": None}, ValueError, "kernel: expected 1 to 7 rows and columns"),
        ({"mode": "both"}, ValueError, "mode: expected one of convolution, correlation"),
        ({"stride": 0}, ValueError, "stride: expected a whole number from 1 to 4, got 0"),
        ({"padding": 1.0}, ValueError, "padding: expected a whole number from 0 to 3, got 1.0"),
        ({"dilation": True}, ValueError, "dilation: expected a whole number from 1 to 3, got True"),
    ],
)
def test_bad_stepper(options, error, says):
    with pytest.raises(error, match=f"^{says}"):
        stepper(**options)


# -------------------------------------------------------------------------------------------------------- sketch

DIGITS = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)


def lenet(**options):
    return lenet5(dn, activation="ReLU", generator=np.random.default_rng(0), **options)


def test_sketch(folder, monkeypatch):
    still = sketch(lenet(), DIGITS, name="digit")
    path = folder / hashlib.sha256(still._repr_png_()).hexdigest()
    state = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert state["module"] == "sketch"
    assert [layer["name"] for layer in state["layers"]][:3] == ["Conv2d", "ReLU", "AvgPool2d"]
    assert len(state["places"]) == 1 + sum(layer["shown"] for layer in state["layers"]) == 7
    scores = stages(rounded(lenet()), DIGITS[0] / 255)[-1]
    np.testing.assert_allclose(state["probabilities"], np.exp(scores) / np.exp(scores).sum(), atol=1e-4)
    parts = json.loads(path.with_suffix(".js").read_text(encoding="utf-8").partition("=")[2].rstrip(";\n"))
    weights, biases, images = map(base64.b64decode, parts)
    assert len(weights) == 61_470 and len(biases) == 4 * 236 and images == DIGITS.tobytes()  # LeNet-5 has 61,706
    monkeypatch.delenv(FOLDER)
    live = sketch(lenet(), DIGITS, name="digit")
    assert json.loads(json.dumps(live.state)) == state and live.parts == parts and live.image.startswith(b"\x89PNG")
    assert repr(live) == repr(still) == "<Sketch digit>"


def test_weights_of_one_byte():
    model = lenet()
    small = rounded(model)
    for (name, before), (_, after) in zip(model.named_parameters(), small.named_parameters(), strict=True):
        if name.endswith("bias"):
            assert (after.data == before.data).all()
            continue
        steps = after.data / abs(before.data).max() * 127
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
        assert abs(after.data - before.data).max() <= abs(before.data).max() / 127 / 2 * 1.001
    model[0].weight.copy_(0 * model[0].weight.data)
    assert not rounded(model)[0].weight.data.any()


def test_a_drawing_is_centred_and_scaled():
    drawing = np.zeros((28, 28))
    drawing[1:11, 20:24] = 1
    middle = centred(drawing)
    down, along = np.average(np.indices((28, 28)), axis=(1, 2), weights=middle)
    assert abs(down - 13.5) < 0.05 and abs(along - 13.5) < 0.05
    assert (middle[:, 13] > 0.5).sum() == 20 and (middle[13] > 0.5).sum() == 8
    assert not centred(0 * drawing).any()


@pytest.mark.parametrize(
    ("model", "images", "error", "says"),
    [
        (dn.Linear(2, 2), DIGITS, TypeError, "model: expected a dlnotes.numpy.Sequential, got Linear"),
        (dn.Sequential(dn.Tanh()), DIGITS, ValueError, "model: layer 0 is Tanh"),
        (dn.Sequential(dn.Conv2d(2, 2, 3, groups=2)), DIGITS, ValueError, "model: layer 0 is Conv2d"),
        (dn.Sequential(dn.ReLU(), dn.MaxPool2d(3, 2)), DIGITS, ValueError, "model: layer 1 is MaxPool2d"),
        (dn.Sequential(dn.Linear(3, 2)), DIGITS, ValueError, "model: does not take images"),
        (dn.Sequential(dn.ReLU()), DIGITS, ValueError, "model: expected a score for each class"),
        (lenet(), DIGITS / 255, ValueError, "images: expected uint8"),
        (lenet(), DIGITS[:1], ValueError, "images: expected uint8"),
        (lenet(), DIGITS[:, 1:], ValueError, "images: expected uint8"),
    ],
)
def test_bad_sketch(model, images, error, says):
    with pytest.raises(error, match=f"^{says}"):
        sketch(model, images)
