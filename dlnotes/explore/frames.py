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


def webp(picture: np.ndarray) -> bytes:
    """Drawings without loss, but for 16 steps of transparency where 256 look the same; photographs with some."""
    drawn = len(np.unique(picture.reshape(-1, 4).view(np.uint32))) <= MANY
    if drawn:
        picture = picture.copy()
        picture[..., 3] = (picture[..., 3].astype(int) + 8) // 17 * 17
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "webp", lossless=drawn, quality=80, method=4)
    return file.getvalue()


def pack(pictures: Sequence[np.ndarray]) -> bytes:
    """All pictures in one file: a line of JSON with sizes in bytes, what all share, then each one's own pixels.

    The frames of one figure are mostly the same axes and words.  Each is stored as the pixels that differ
    somewhere, to be laid over those that never do; this halves the file.
    """
    shared = np.ones(pictures[0].shape[:2], bool)
    for picture in pictures:
        shared &= (picture == pictures[0]).all(-1)
    # Two pixels of overlap, or a line that crosses from one into the other would show a notch when scaled.
    own = np.array(Image.fromarray(~shared).convert("L").filter(ImageFilter.MaxFilter(5)), bool)
    parts = [webp(np.where(shared[..., None], pictures[0], 0).astype(np.uint8))]
    parts += [webp(np.where(own[..., None], picture, 0).astype(np.uint8)) for picture in pictures]
    sizes = [len(part) for part in parts]
    return json.dumps({"sizes": sizes}, separators=(",", ":")).encode() + b"\n" + b"".join(parts)


def leave(folder: str, still: bytes, state: dict[str, Any], frames: bytes = b"") -> None:
    """Put a figure's state and frames where the book's build looks for them, under its still picture's name.

    The picture is all that passes through the notebook; MyST-NB names it by this hash, too.
    """
    path = Path(folder, hashlib.sha256(still).hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps(state))
    if frames:
        path.with_suffix(".frames").write_bytes(frames)
