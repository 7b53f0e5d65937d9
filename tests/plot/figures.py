"""What every figure keeps to."""

from collections.abc import Callable

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def keeps_the_style(draw: Callable[[], Figure]) -> None:
    before = plt.rcParams["text.color"]
    fig = draw()
    fig.canvas.draw()
    assert not plt.get_fignums()  # closed: a notebook shows it once
    assert plt.rcParams["text.color"] == before  # the style stays inside
    assert fig.get_facecolor()[3] == 0  # no background: both themes
    assert all(ax.has_data() or not ax.axison for ax in fig.axes)
