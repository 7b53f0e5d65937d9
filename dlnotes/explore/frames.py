"""Pictures as bytes: what `f` returns as RGBA, and all its frames in one small file."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageFilter

CSS_DPI = 96
SMALL = 320  # arrays of fewer columns are enlarged, so that their pixels can be seen
WHITE = 0xFFFFFFFF
MANY = 4096  # colours; an image of more is a photograph


def pixels(value: Any) -> tuple[np.ndarray, float]:
    """RGBA bytes (H, W, 4) and resolution of a figure, or of a grey (H, W) or coloured (H, W, 3) image."""
    if isinstance(value, Figure):
        canvas = FigureCanvasAgg(value)
        canvas.draw()
        return np.array(canvas.buffer_rgba()), value.dpi
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
    value = value.repeat(times, 0).repeat(times, 1)
    return np.asarray(Image.fromarray(value).convert("RGBA")), CSS_DPI


def png(picture: np.ndarray, dpi: float) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png", optimize=True, dpi=(dpi, dpi))
    return file.getvalue()


def pack(pictures: Sequence[np.ndarray]) -> bytes:
    """All pictures in one file: a line of JSON with sizes in bytes, the usual picture, and how each one differs.

    The frames of one figure are mostly the same axes, words and empty paper.  So each is stored as the pixels that
    are not the usual ones, to be laid over those.  They are on white, so that white can cover what is not there.
    """
    drawn = len(np.unique(_words(pictures[0]))) <= MANY
    frames = [_words(_on_white(picture, coarse=drawn)) for picture in pictures]
    usual, votes = frames[0].copy(), np.zeros(frames[0].shape, int)
    for frame in frames:  # Boyer and Moore's vote: ends with each pixel's majority, if there is one
        votes += np.where(frame == usual, 1, -1)
        beaten = votes < 0
        usual[beaten], votes[beaten] = frame[beaten], 0
    often = sum((frame == usual).astype(int) for frame in frames)
    usual[often < 2 / 3 * len(frames)] = WHITE  # an even mixture of pictures is no picture, and larger than any
    parts = [_webp(usual, drawn)]
    for frame in frames:
        differs = Image.fromarray(frame != usual).convert("L")
        own = np.array(differs.filter(ImageFilter.MaxFilter(3)), bool)  # a pixel wider: no seams when it is scaled
        parts.append(_webp(np.where(own, frame, 0), drawn))
    sizes = [len(part) for part in parts]
    return json.dumps({"sizes": sizes}, separators=(",", ":")).encode() + b"\n" + b"".join(parts)


def _words(picture: np.ndarray) -> np.ndarray:
    """RGBA bytes (H, W, 4) as one number a pixel."""
    return np.ascontiguousarray(picture).view(np.uint32)[..., 0]


def _on_white(picture: np.ndarray, coarse: bool) -> np.ndarray:
    """Opaque; if coarse with 32 steps of each colour, where 256 look the same and take twice the space."""
    colour, alpha = picture[..., :3].astype(float), picture[..., 3:] / 255
    flat = colour * alpha + 255 * (1 - alpha)
    if coarse:
        flat = np.round(flat * 31 / 255) * 255 / 31
    return np.dstack([np.round(flat), np.full(flat.shape[:2], 255)]).astype(np.uint8)


def _webp(words: np.ndarray, lossless: bool) -> bytes:
    file = io.BytesIO()
    pixels = words.astype(np.uint32)[..., None].view(np.uint8)
    Image.fromarray(pixels).save(file, "webp", lossless=lossless, quality=80, method=4)
    return file.getvalue()


def leave(folder: str, still: bytes, state: dict[str, Any], frames: bytes = b"") -> None:
    """Put a figure's state and frames where the book's build looks for them, under its still picture's name.

    The picture is all that passes through the notebook; MyST-NB names it by this hash, too.
    """
    path = Path(folder, hashlib.sha256(still).hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps(state), encoding="utf-8")
    if frames:
        path.with_suffix(".frames").write_bytes(frames)
