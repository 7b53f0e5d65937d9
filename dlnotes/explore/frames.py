"""Pictures as bytes: what `f` returns as RGBA, and all its frames in one small file."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

CSS_DPI = 96
SMALL = 320  # arrays of fewer columns are shown enlarged, so that their pixels can be seen
WHITE = 0xFFFFFFFF
QUALITIES = (80, 70, 60)  # of photographs: the first at which all frames fit
BLOCK = 16  # WebP's, in photographs


@dataclass
class Picture:
    """A frame, as RGBA bytes (H, W, 4)."""

    pixels: np.ndarray
    dpi: float
    times: int  # how much larger it is shown
    drawn: bool  # by matplotlib, on paper; else an image
    photograph: bool  # or has one in it


def picture(value: Any) -> Picture:
    """The frame that a figure, or a grey (H, W) or coloured (H, W, 3) image, makes."""
    if isinstance(value, Figure):
        canvas = FigureCanvasAgg(value)
        canvas.draw()
        shown = [np.asarray(image.get_array()) for axes in value.axes for image in axes.images]
        return Picture(np.array(canvas.buffer_rgba()), value.dpi, 1, True, any(map(_photograph, shown)))
    if not isinstance(value, np.ndarray):
        raise TypeError(f"f: expected a matplotlib figure or an array, got {type(value).__name__}")
    if not (value.ndim == 2 or (value.ndim == 3 and value.shape[2] == 3)) or value.size == 0:
        raise ValueError(f"f: expected an image of shape (H, W) or (H, W, 3), got {value.shape}")
    if np.issubdtype(value.dtype, np.floating):
        if not (np.isfinite(value).all() and value.min() >= 0 and value.max() <= 1):
            raise ValueError(f"f: expected floats from 0 to 1, got {value.min():g} to {value.max():g}")
        value = np.round(255 * value).astype(np.uint8)
    if value.dtype != np.uint8:
        raise TypeError(f"f: expected an image of floats or of uint8, got {value.dtype}")
    times = max(1, round(SMALL / value.shape[1]))
    return Picture(np.asarray(Image.fromarray(value).convert("RGBA")), CSS_DPI, times, False, _photograph(value))


def _photograph(image: np.ndarray) -> bool:
    """Many pixels, and few of them like their neighbours: in what is drawn most are."""
    across = image[:, 1:] != image[:, :-1]
    return across.size >= 4000 and bool((across.any(2) if across.ndim == 3 else across).mean() > 0.25)


def png(picture: Picture, mark: str = "") -> bytes:
    """The picture as it is shown.  `mark` is hidden in it, so that two figures that look alike are two files."""
    file, hidden = io.BytesIO(), PngInfo()
    if mark:
        hidden.add_text("figure", mark)
    large = picture.pixels.repeat(picture.times, 0).repeat(picture.times, 1)
    Image.fromarray(large).save(file, "png", optimize=True, dpi=(picture.dpi,) * 2, pnginfo=hidden)
    return file.getvalue()


def pack(pictures: Sequence[Picture], most: int) -> list[bytes]:
    """The usual picture, and how each one differs; of photographs as good ones as fit into `most` bytes.

    The frames of one figure are mostly the same axes, words and empty paper.  So each is stored as the pixels that
    are not the usual ones, to be laid over those.  They are on white, so that white can cover what is not there.
    """
    photographs = any(each.photograph for each in pictures)
    coarse = pictures[0].drawn and not photographs
    frames = [_words(_on_white(each.pixels, coarse)) for each in pictures]
    usual, votes = frames[0].copy(), np.zeros(frames[0].shape, int)
    for frame in frames:  # Boyer and Moore's vote: ends with each pixel's majority, if there is one
        votes += np.where(frame == usual, 1, -1)
        beaten = votes < 0
        usual[beaten], votes[beaten] = frame[beaten], 0
    often = sum((frame == usual).astype(int) for frame in frames)
    usual[often < 2 / 3 * len(frames)] = WHITE  # an even mixture of pictures is no picture, and larger than any
    own = [np.where(_around(frame != usual, photographs), frame, 0) for frame in frames]
    for quality in QUALITIES if photographs else QUALITIES[:1]:
        parts = [_webp(usual, quality if photographs else None)]
        parts += [_webp(each, quality if each_is.photograph else None) for each, each_is in zip(own, pictures)]
        if sum(map(len, parts)) <= most:
            break
    return parts


def _words(picture: np.ndarray) -> np.ndarray:
    """RGBA bytes (H, W, 4) as one number a pixel."""
    return np.ascontiguousarray(picture).view(np.uint32)[..., 0]


def _on_white(picture: np.ndarray, coarse: bool) -> np.ndarray:
    """Opaque; if coarse with 32 steps of each colour, where 256 look the same and take twice the space."""
    opaque, drawn = np.full_like(picture, 255), picture[..., 3] > 0  # most of a drawing is paper
    colour, alpha = picture[drawn, :3].astype(float), picture[drawn, 3:] / 255
    flat = colour * alpha + 255 * (1 - alpha)
    if coarse:
        flat = np.round(flat * 31 / 255) * 255 / 31
    opaque[drawn, :3] = np.round(flat)
    return opaque


def _wider(mask: np.ndarray) -> np.ndarray:
    """A pixel further up and down."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    return wide


def _around(differs: np.ndarray, photographs: bool) -> np.ndarray:
    """The pixels that differ and those about them: a pixel wider, so that no seam shows where it is scaled; in
    photographs whole blocks, as an outline that follows the noise takes more bytes than what it leaves out."""
    if not photographs:
        return _wider(_wider(differs).T).T
    height, width = differs.shape
    padded = np.pad(differs, ((0, -height % BLOCK), (0, -width % BLOCK)))
    blocks = padded.reshape(len(padded) // BLOCK, BLOCK, -1, BLOCK).any((1, 3))
    return blocks.repeat(BLOCK, 0).repeat(BLOCK, 1)[:height, :width]


def _webp(words: np.ndarray, quality: int | None) -> bytes:
    """`quality` of a photograph; None: not a bit is lost."""
    file = io.BytesIO()
    pixels = words.astype(np.uint32)[..., None].view(np.uint8)
    Image.fromarray(pixels).save(file, "webp", lossless=quality is None, quality=quality or 80, method=4)
    return file.getvalue()


def leave(folder: str, first: Picture, state: dict[str, Any], frames: Sequence[bytes] = ()) -> bytes:
    """The still picture; a figure's state and frames are put under its name where the book's build looks for them.

    The picture is all that passes through the notebook; MyST-NB names it by this hash, too.
    """
    written = json.dumps(state)
    still = png(first, mark=hashlib.sha256(b"".join([written.encode(), *frames])).hexdigest())
    path = Path(folder, hashlib.sha256(still).hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(written, encoding="utf-8")
    if frames:
        pictures = json.dumps([base64.b64encode(frame).decode() for frame in frames], separators=(",", ":"))
        path.with_suffix(".js").write_text(f'explorers.frames["{path.name}"]={pictures};\n', encoding="utf-8")
    return still
