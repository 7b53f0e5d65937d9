"""Photographs stay as they are; maps share one scale whose middle is 0."""

import numpy as np
import pytest

import dlnotes.numpy as dn
from dlnotes import plot
from dlnotes.plot import pictures
from tests.plot.figures import keeps_the_style

RNG = np.random.default_rng(0)
GREY, COLOUR = RNG.integers(0, 256, (20, 30), np.uint8), RNG.random((20, 30, 3))
FIGURES = {
    "photographs": lambda: plot.photographs({"grey": GREY, "colour": COLOUR, "tall": GREY.T, "big": np.ones((80, 9))}),
    "maps": lambda: plot.maps({"edges": RNG.normal(size=(5, 4)), "more": RNG.normal(size=(5, 4))}),
    "maps, all positive": lambda: plot.maps(RNG.random((3, 4, 4)), bar=False),
    "filters": lambda: plot.filters(dn.tensor(RNG.normal(size=(5, 3, 3, 3)))),
    "layers": lambda: plot.layers({"input": RNG.random((1, 6, 6)), "maps": RNG.random((3, 4, 4)), "row": np.ones(5)}),
    "filters, grey": lambda: plot.filters(RNG.normal(size=(5, 1, 3, 3)), "abcde"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(pictures.__all__)


def shown(fig):
    return [ax.images[0] for ax in fig.axes if ax.images]


def test_strips_get_the_whole_width():
    strip, square = np.ones((8, 90)), np.ones((90, 90))
    assert plot.photographs({"strip": strip, "another": strip}, columns=1).get_figwidth() == 6.6
    assert plot.photographs({"square": square}, columns=1).get_figwidth() == 2.8


def test_photographs_are_positive_and_cut_off_outside():
    grey, floats = shown(plot.photographs({"grey": GREY, "floats": np.array([[-1.0, 0.5], [0.25, 2.0]])}))
    np.testing.assert_allclose(grey.get_array(), GREY / 255)
    assert floats.get_array().tolist() == [[0, 0.5], [0.25, 1]]
    assert (floats.cmap(0.0)[:3], floats.cmap(1.0)[:3]) == ((0, 0, 0), (1, 1, 1))


def test_photographs_of_middle_size_have_32_greys():
    ramp = np.linspace(0, 1, 100 * 100).reshape(100, 100)
    (middle, large) = shown(plot.photographs({"middle": ramp, "large": np.tile(ramp, (2, 2))}))
    assert len(np.unique(middle.get_array())) == 32 and len(np.unique(large.get_array())) == ramp.size
    assert abs(middle.get_array() - ramp).max() < 0.5 / 31 + 1e-9


def test_maps_share_a_scale_with_0_in_the_middle():
    maps = shown(plot.maps({"weak": np.array([[0.1, -0.1]]), "strong": np.array([[2.0, -4.0]])}))
    assert {image.get_clim() for image in maps} == {(-4, 4)}
    assert {image.get_clim() for image in shown(plot.maps({"a": np.array([[3.0, np.nan]])}))} == {(0, 3)}
    assert {image.get_clim() for image in shown(plot.maps({"a": np.array([[3.0, -9.0]])}, limit=2))} == {(-2, 2)}


def test_a_filter_of_zeros_is_grey_and_colours_keep_their_side():
    (first, *_) = shown(plot.filters(np.array([0.0, 1, -1]).reshape(1, 3, 1, 1)))
    assert first.get_array().ravel().tolist() == [0.5, 1, 0]


@pytest.mark.parametrize("bad", [{}, {"a": np.zeros(3)}, {"a": np.zeros((2, 2, 4))}, {"a": np.zeros((0, 2))}])
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ValueError, match="pictures: expected"):
        plot.photographs(bad)


def test_filters_of_many_channels_are_refused():
    with pytest.raises(ValueError, match=r"weights: expected \(N, 1, H, W\) or .*got shape \(4, 8, 3, 3\)"):
        plot.filters(np.zeros((4, 8, 3, 3)))


def test_layers_stand_in_lines_of_the_longest_and_each_has_its_own_scale():
    stages = {"input": np.ones((1, 8, 8)), "maps": np.full((4, 8, 8), 3.0), "small": np.ones((4, 2, 2))}
    stages["row"] = -np.ones(6)
    found = pictures.places_of({title: stage.shape for title, stage in stages.items()})
    places = {place.title: place for place in found}
    assert places["input"].top == places["maps"].top < places["small"].top == places["row"].top
    assert places["maps"].left > places["input"].right and places["row"].left > places["small"].right
    (ax,) = plot.layers(stages).axes
    assert [image.get_clim()[1] for image in ax.images] == [1] + [3] * 4 + [1] * 4 + [1]
    spots = [image.get_extent() for image in ax.images]
    assert all(a[1] < b[0] or a[2] < b[3] for a, b in zip(spots, spots[1:], strict=False))  # none on another
    assert max(spot[1] for spot in spots) <= ax.get_xlim()[1] and max(spot[2] for spot in spots) <= ax.get_ylim()[0]


@pytest.mark.parametrize("bad", [{}, {"a": np.zeros((2, 2))}, {"a": np.zeros((0, 2, 2))}])
def test_what_is_no_stage_is_refused(bad):
    with pytest.raises(ValueError, match="stages: expected"):
        plot.layers(bad)
