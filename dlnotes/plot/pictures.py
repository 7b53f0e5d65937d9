"""Photographs and what filters make of them: pictures as they are, and maps of numbers on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlnotes import _backend
from dlnotes.plot.style import DIVERGING, INK, SEQUENTIAL, canvas, styled

__all__ = ["photographs", "maps", "filters", "layers"]

GAP, LABEL, BAR = 2, 9, 4  # between maps, above them, and the height of a row of numbers: in pixels of a map
INKED = LinearSegmentedColormap.from_list("ink", [f"{INK}00", INK])


@styled
def photographs(pictures: dict[str, Any], *, columns: int = 3) -> Figure:
    """Photographs as they are, light where they are light, each with its title.

    pictures: title -> (H, W) or (H, W, 3), whole numbers 0 to 255 or floats 0 to 1; what lies outside is cut off.
    One of fewer than 200 pixels a side shows its pixels.
    In one column, strips much wider than tall get the whole width of the page.
    A cell that shows them carries the tag `photo`, so that the dark theme leaves them alone.

    Raises ValueError where a picture has another shape.
    """
    fig, axes = _grid(pictures, columns)
    for ax, (title, picture) in zip(axes, pictures.items()):
        picture = np.asarray(picture)
        picture = np.clip(picture, 0, 255) / 255 if picture.dtype.kind in "iu" else np.clip(picture, 0, 1)
        side = max(picture.shape)
        if 64 <= side < 200:  # where there is noise, 32 greys take a third of the bytes
            picture = np.round(31 * picture) / 31
        smooth = "nearest" if side < 200 else "antialiased"  # a small one shows its pixels
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation=smooth)
        ax.set_title(title)
    return fig


@styled
def maps(
    pictures: dict[str, Any] | np.ndarray, *, columns: int = 8, limit: float | None = None, bar: bool = True
) -> Figure:
    """Maps of numbers on one scale for all: 0 is paper, positive is blue, and negative, where there is any, orange.

    pictures: title -> (H, W); or an array (N, H, W), without titles.  The scale reaches as far below 0 as above, so
    that equal strengths of either sign look equally strong.
    limit: the deepest colour is for this number and all beyond; by default for the largest drawn.
    bar: show the scale.
    """
    pairs = pictures.items() if isinstance(pictures, dict) else enumerate(pictures)
    named = {title: np.asarray(picture, float) for title, picture in pairs}
    fig, axes = _grid(named, columns, isinstance(pictures, dict))
    top = limit or max(abs(picture[np.isfinite(picture)]).max(initial=0) for picture in named.values()) or 1
    signed = any((picture < 0).any() for picture in named.values())
    cmap, low = (DIVERGING, -top) if signed else (SEQUENTIAL, 0)
    for ax, (title, picture) in zip(axes, named.items()):
        image = ax.imshow(picture, cmap=cmap, vmin=low, vmax=top, interpolation="nearest")
        ax.set_title(title if isinstance(pictures, dict) else "")
    if bar:
        scale = fig.colorbar(image, ax=axes, fraction=0.025, pad=0.015, aspect=25)
        scale.outline.set_visible(False)
        scale.locator = MaxNLocator(4)
        scale.update_ticks()
    return fig


@styled
def filters(weights: Any, titles: Sequence[Any] = (), *, columns: int = 12) -> Figure:
    """The filters of a first layer, (N, C, H, W) with one colour or three, on one scale, 0 in the middle.

    Three channels are shown as colours: grey is 0.  One channel is drawn as in `maps`.
    """
    weights = _backend.array(weights)
    if weights.ndim != 4 or weights.shape[1] not in (1, 3):
        raise ValueError(f"weights: expected (N, 1, H, W) or (N, 3, H, W), got shape {weights.shape}")
    scale = abs(weights).max() or 1
    fig, axes = _grid({i: w[0] for i, w in enumerate(weights)}, columns, bool(len(titles)))
    for i, (ax, w) in enumerate(zip(axes, weights)):
        if len(w) == 1:
            ax.imshow(w[0], cmap=DIVERGING, vmin=-scale, vmax=scale, interpolation="nearest")
        else:
            ax.imshow(0.5 + np.moveaxis(w, 0, -1) / (2 * scale), interpolation="nearest")
        if len(titles):
            ax.set_title(str(titles[i]), fontsize=8, pad=2)
    return fig


class Place(NamedTuple):
    """Where the maps of a stage are drawn, in pixels of a map."""

    title: str
    maps: int
    height: int  # of one map
    width: int
    left: float
    top: float

    @property
    def right(self) -> float:
        return self.left + self.maps * (self.width + GAP) - GAP


def places_of(shapes: dict[str, tuple[int, ...]]) -> list[Place]:
    """The places of stages of these shapes: in lines as long as the longest, the first beside the second."""
    for title, shape in shapes.items():
        if len(shape) not in (1, 3) or 0 in shape:
            raise ValueError(f"stages: expected (C, H, W) or (K,), got shape {shape} for {title!r}")
    sizes = [shape if len(shape) == 3 else (1, BAR, *shape) for shape in shapes.values()]
    lengths = [maps * (width + GAP) - GAP for maps, _, width in sizes]
    line = max([*lengths, sum(lengths[:2]) + 3 * GAP])
    places: list[Place] = []
    left, top, bottom = 0.0, float(LABEL), 0.0
    for title, (maps, height, width), length in zip(shapes, sizes, lengths):
        if left + length > line:
            left, top = 0.0, bottom + LABEL + GAP
        places.append(Place(title, maps, height, width, left, top))
        left, bottom = left + length + 3 * GAP, max(bottom, top + height)
    return places


@styled
def layers(stages: dict[str, Any]) -> Figure:
    """What each layer of a network makes of an image: its maps side by side, darker where they are larger.

    stages: title -> maps (C, H, W), or numbers (K,); each stage on a scale of its own, 0 and less is paper.

    Raises ValueError where a stage has another shape.
    """
    if not stages:
        raise ValueError("stages: expected at least one, got none")
    found = {title: np.asarray(stage, float) for title, stage in stages.items()}
    places = places_of({title: stage.shape for title, stage in found.items()})
    width, height = (max(side) for side in zip(*((place.right, place.top + place.height) for place in places)))
    whole = {"left": 0, "right": 1, "bottom": 0, "top": 1}
    fig, axes = canvas(1, 1, 6.6, 6.6 * height / width, layout="none", gridspec_kw=whole)
    ax = axes[0, 0]
    for place, stage in zip(places, found.values()):
        top = stage.max(initial=0) or 1
        for i, tile in enumerate(stage.reshape(place.maps, -1, place.width)):
            left = place.left + i * (place.width + GAP)
            spot = (left, left + place.width, place.top + place.height, place.top)
            ax.imshow(tile, cmap=INKED, vmin=0, vmax=top, extent=spot, interpolation="nearest")
        ax.text(place.left, place.top - 1.5, place.title, fontsize=8.5)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    return fig


def _grid(pictures: dict[Any, Any], columns: int, titled: bool = True) -> tuple[Figure, list]:
    """Axes without ticks for pictures in rows, in the pictures' own proportions, and no wider than the page."""
    if not pictures:
        raise ValueError("pictures: expected at least one, got none")
    for title, picture in pictures.items():
        shape = np.shape(picture)
        if not (len(shape) == 2 or len(shape) == 3 and shape[2] == 3) or 0 in shape:
            raise ValueError(f"pictures: expected (H, W) or (H, W, 3), got shape {shape} for {title!r}")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    tall = max(np.shape(p)[0] / np.shape(p)[1] for p in pictures.values())
    width = 6.6 if columns == 1 and tall < 1 / 3 else min(6.6, 2.8 * columns)
    fig, axes = canvas(rows, columns, width, rows * (width / columns * tall + 0.26 * titled))
    for ax in axes.flat:
        ax.set_axis_off()
    return fig, list(axes.flat)
