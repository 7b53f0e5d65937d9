"""The plane of inputs."""

import numpy as np
import pytest

import dlnotes.numpy as dn
from dlnotes import plot
from dlnotes.plot import planes
from tests.plot.figures import keeps_the_style

RNG = np.random.default_rng(0)
POINTS, LABELS = RNG.normal(size=(12, 2)), np.arange(12) % 2
FIGURES = {
    "decision": lambda: plot.decision({"module": dn.Linear(2, 2), "score": lambda x: x[:, 0]}, POINTS, LABELS),
    "half_planes": lambda: plot.half_planes({"one": ([1, 1], 0), "two": ([2, -1], 3), "none": ([0, 0], 1)}),
    "regions": lambda: plot.regions({"two": RNG.random((100, 2)) > 0.5}, limit=1),
    "valley": lambda: plot.valley(POINTS, lambda a, b: a**2 + 9 * b**2, 3 * POINTS[:5], limit=3, best=(0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(planes.__all__)


def test_decision_draws_the_class_of_each_point():
    fig = plot.decision({"score": lambda x: x[:, 0]}, POINTS, LABELS)
    mesh = fig.axes[0].collections[0]
    chosen = mesh.get_array().reshape(200, 240)
    assert (chosen[:, 0] == 0).all() and (chosen[:, -1] == 1).all()


def test_decision_has_a_key_that_hides_nothing():
    fig = plot.decision({"score": lambda x: x[:, 0]}, POINTS, LABELS)
    fig.draw_without_rendering()
    [key] = fig.legends
    assert [text.get_text() for text in key.get_texts()] == ["class 0", "class 1"]
    assert not key.get_window_extent().overlaps(fig.axes[0].get_tightbbox())


def test_decision_is_no_wider_than_the_page():
    def sizes(n):
        return tuple(plot.decision({str(i): lambda x: x[:, 0] for i in range(n)}, POINTS, LABELS).get_size_inches())

    assert sizes(1) == pytest.approx((3.3, 2.95)) and sizes(2) == pytest.approx((6.6, 2.95))
    assert sizes(3)[0] == pytest.approx(6.6) and sizes(3)[1] < 2.5


def test_regions_colour_each_pattern_once():
    side = np.linspace(-1, 1, 20)
    x, y = np.meshgrid(side, side)
    fig = plot.regions({"four": np.stack([x.ravel() > 0, y.ravel() > 0], 1)}, limit=1)
    assert len(np.unique(np.asarray(fig.axes[0].images[0].get_array()).reshape(-1, 3), axis=0)) == 4


def test_valley_shows_the_whole_path_and_its_end():
    path = np.array([[5.0, 0], [2, 1], [1, 1]])
    fig = plot.valley(POINTS, lambda a, b: (a - 1) ** 2 + (b - 1) ** 2, path, limit=3, best=(1, 1))
    ax = fig.axes[1]
    assert (ax.lines[0].get_xydata() == path).all() and (ax.lines[1].get_xydata() == [[1, 1]]).all()
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    assert ((path > (x0, y0)) & (path < (x1, y1))).all() and x1 - x0 == y1 - y0
