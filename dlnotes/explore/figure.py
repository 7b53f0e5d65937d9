"""`explore`: a figure of f's result, with a control for each parameter."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dlnotes.explore.controls import Control, control
from dlnotes.explore.frames import Picture, leave, pack, picture, png

HERE = Path(__file__).parent
MOST_FRAMES, MOST_BYTES = 400, 400_000
FOLDER = "DLNOTES_FRAMES"  # set by the book's build: where the frames go


def script(name: str) -> str:
    """A figure's script: what all share, and its own.  It has `mount`, for a page, and `render`, for a notebook."""
    return (HERE / "shared.js").read_text(encoding="utf-8") + (HERE / f"{name}.js").read_text(encoding="utf-8")


def widget(name: str) -> str:
    """The script as the module that a notebook imports."""
    return script(name) + "export default { render };\n"


def style() -> str:
    return (HERE / "explore.css").read_text(encoding="utf-8")


class Still:
    """What the book's build shows: the default frame.  The page's script finds the others by it."""

    def __init__(self, text: str, still: bytes) -> None:
        self.text, self.still = text, still

    def __repr__(self) -> str:
        return self.text

    def _repr_png_(self) -> bytes:
        return self.still


class Explorer(anywidget.AnyWidget):
    """What Jupyter shows: `f` is called for each request that the page makes."""

    _esm = widget("explore")
    _css = style()
    state = traitlets.Dict().tag(sync=True)
    request = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    image = traitlets.Bytes().tag(sync=True)

    def __init__(self, text: str, draw: Callable[..., bytes], controls: list[Control], **state: Any) -> None:
        self._text, self._draw, self._controls = text, draw, controls
        super().__init__(**state)

    def __repr__(self) -> str:
        return self._text

    @traitlets.observe("request")
    def _respond(self, change: Any) -> None:
        asked, error = change.new["values"], ""
        try:
            image = self._draw(**{control.name: control.read(asked[control.name]) for control in self._controls})
        except Exception as raised:  # whatever f raises belongs in the figure, the next good value replaces it
            image, error = self.image, f"{type(raised).__name__}: {raised}"
        with self.hold_sync():
            self.image, self.answer = image, {"id": change.new["id"], "error": error}


def explore(
    f: Callable[..., Any],
    *,
    name: str | None = None,
    alt: str | None = None,
    play: str | None = None,
    **parameters: Any,
) -> Explorer | Still:
    """A figure of `f(**values)` with one to three controls that set the values.

    f: returns a matplotlib figure, or an image as an array: (H, W) or (H, W, 3), uint8 or floats from 0 to 1.
    parameters: (low, high, step) or (low, high, step, default) for a slider, a list for a choice, a bool for a toggle.
    name: what the figure is called in the page's address; f's own name if not given.
    alt: what the figure shows, in words; the first line of f's docstring if not given.  On the website the cell's
        metadata say it.
    play: the slider that a play button moves.
    """
    name, controls = _named(f, name), [control(key, given) for key, given in parameters.items()]
    if not 1 <= len(controls) <= 3:
        raise ValueError(f"parameters: expected one to three, got {', '.join(parameters) or 'none'}")
    if play is not None and play not in [each.name for each in controls if each.kind == "range"]:
        raise ValueError(f"play: expected the name of a range, got {play!r}")
    folder = os.environ.get(FOLDER)
    count = prod(len(each.values) for each in controls)
    if folder and count > MOST_FRAMES:
        grid = " x ".join(f"{len(each.values)} of {each.name}" for each in controls)
        raise ValueError(f"{grid} make {count} frames for the website, {MOST_FRAMES} at most: take larger steps")

    def frame(**values: Any) -> Picture:
        at = ", ".join(f"{key} = {value!r}" for key, value in values.items())
        try:
            made = picture(f(**values))
            if first and made.pixels.shape != first.pixels.shape:
                (h, w), (h0, w0) = made.pixels.shape[:2], first.pixels.shape[:2]
                raise ValueError(f"f: at {at} the frame has {w} x {h} pixels, at the default {w0} x {h0}")
        except Exception as error:
            error.add_note(f"This is the explorer {name} at {at}.")
            raise
        return made

    first = None
    first = frame(**{each.name: each.default for each in controls})
    alt = alt or (f.__doc__ or "").strip().partition("\n")[0] or f"The figure {name}, drawn for the values below."
    state: dict[str, Any] = {"name": name, "alt": alt, "play": play, "controls": [each.state() for each in controls]}
    text = f"<Explorer {name}: {', '.join(parameters)}>"
    if not folder:
        draw = lambda **values: png(frame(**values))  # noqa: E731
        return Explorer(text, draw, controls, state=state | {"dpi": first.dpi}, image=png(first))
    all_values = product(*(each.values for each in controls))
    frames = pack([frame(**dict(zip(parameters, values))) for values in all_values], MOST_BYTES)
    if (size := sum(map(len, frames))) > MOST_BYTES:
        raise ValueError(
            f"f: the {count} frames of {name} take {size / 1000:.0f} kB, {MOST_BYTES / 1000:.0f} at most:"
            " take larger steps, or draw less"
        )
    state |= {"module": "explore", "paper": first.drawn, "enlarged": first.times > 1}
    return Still(text, leave(folder, first, state, frames))


def _named(f: Callable[..., Any], name: str | None) -> str:
    if not callable(f):
        raise TypeError(f"f: expected a function, got {f!r}")
    name = getattr(f, "__name__", "").replace("_", "-") if name is None else name
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name: expected letters, digits and hyphens, got {name!r}")
    return name
