"""Confusion matrices and reliability diagrams."""

import numpy as np
import pytest

from dlnotes import plot
from dlnotes.plot import scores
from tests.plot.figures import keeps_the_style

COUNTS = np.array([[8, 2, 0], [0, 9, 1], [0, 0, 0]])
BINS = np.array([0.25, 0.75]), np.array([0.4, 0.7]), np.array([0.0, 1.0])
FIGURES = {
    "confusion": lambda: plot.confusion(COUNTS),
    "confusion, named": lambda: plot.confusion(COUNTS, ("T-shirt", "trouser", "bag")),
    "reliability": lambda: plot.reliability({"before": BINS, "after": BINS}),
    "guess": lambda: plot.guess(np.eye(4), [0.1, 0.7, 0.2]),
    "guess, truth known": lambda: plot.guess(np.zeros((4, 4)), [0.1, 0.7, 0.2], truth=2),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    keeps_the_style(FIGURES[name])


def test_every_public_one_is_tried():
    assert {name.partition(",")[0] for name in FIGURES} == set(scores.__all__)


def test_shades_are_shares_of_the_row_and_numbers_are_counts():
    ax = plot.confusion(COUNTS).axes[0]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2, 0], [0, 0.9, 0.1], [0, 0, 0]])
    assert sorted(text.get_text() for text in ax.texts) == ["1", "2", "8", "9"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("truth", "answer")


def test_empty_bins_are_left_out():
    upper = plot.reliability({"": BINS}).axes[0]
    assert [bar.get_height() for bar in upper.containers[0]] == [0.7]
    assert [(bar.get_y(), bar.get_height()) for bar in upper.containers[1]] == [(0.7, pytest.approx(0.05))]


@pytest.mark.parametrize("counts, names", [(np.zeros((2, 3)), ()), (np.zeros(4), ()), (COUNTS, ("a", "b"))])
def test_what_is_no_confusion_matrix_is_refused(counts, names):
    with pytest.raises(ValueError, match=r"counts: expected \(C, C\) and C names"):
        plot.confusion(counts, names)


def test_a_guess_has_a_bar_for_each_class_and_frames_the_truth():
    ax = plot.guess(np.eye(4), [0.001, 0.799, 0.2], truth=2).axes[1]
    assert [bar.get_width() for bar in ax.patches] == [0.001, 0.799, 0.2]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2  # the answer has its own colour
    assert [text.get_text() for text in ax.texts] == ["80%", "20%"]
    assert [label.get_bbox_patch() is not None for label in ax.get_yticklabels()] == [False, False, True]


@pytest.mark.parametrize("p", [[0.5, 0.6], [[0.5, 0.5]], [-0.1, 1.1]])
def test_what_are_no_probabilities_is_refused(p):
    with pytest.raises(ValueError, match="probabilities: expected one row that sums to 1"):
        plot.guess(np.eye(4), p)
