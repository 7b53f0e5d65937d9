"""Sounds to see and to hear."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes.plot.style import SEQUENTIAL, canvas, styled

__all__ = ["spectrogram", "loudness", "Sound", "listen"]


@styled
def spectrogram(waves: dict[str, Any], rate: float, *, window: int = 128, span: float = 50.0) -> Figure:
    """Which pitches a sound has at which time: the energy of short pieces by frequency, darker for more.

    waves: title -> samples (T,), at `rate` samples a second.
    window: samples in a piece, weighted by a Hann window; a new piece begins every eighth of it.  Two frequencies are
    told apart if they lie about 2 rate / window apart.
    span: how many decibels below the strongest still show.

    Raises ValueError where a sound is shorter than a window.
    """
    fig, axes = canvas(1, len(waves), 6.6, 2.2 if len(waves) > 1 else 3.0, sharey=True)
    for ax, (title, samples) in zip(axes[0], waves.items()):
        samples = np.asarray(samples, float)
        if samples.ndim != 1 or len(samples) < window:
            raise ValueError(f"waves: expected at least {window} samples, got shape {samples.shape} for {title!r}")
        pieces = sliding_window_view(samples, window)[:: max(1, window // 8)] * np.hanning(window)
        energy = abs(np.fft.rfft(pieces)).T ** 2  # (window / 2 + 1, pieces)
        decibels = 10 * np.log10(energy / (energy.max() or 1) + 1e-12)
        first, last = window / 2, len(samples) - window / 2  # the middle of the first piece and of the last
        extent = (1000 * first / rate, 1000 * last / rate, 0, rate / 2000)
        ax.imshow(decibels, cmap=SEQUENTIAL, vmin=-span, vmax=0, origin="lower", aspect="auto", extent=extent)
        ax.set(title=title, xlabel="time (ms)")
    axes[0, 0].set_ylabel("frequency (kHz)")
    return fig


@styled
def loudness(panels: dict[str, Any], pitches: Sequence[float], *, start: float, end: float) -> Figure:
    """How loud each channel is over time, darker for louder, drawn as a spectrogram is: the first at the bottom.

    panels: title -> (channels, places), on one scale.
    pitches: of each channel, in Hz.
    start, end: the times of the first place and of the last, in ms.

    Raises ValueError where the channels are not as many as the pitches.
    """
    named = {title: np.asarray(panel, float) for title, panel in panels.items()}
    for title, panel in named.items():
        if panel.ndim != 2 or len(panel) != len(pitches):
            raise ValueError(f"panels: expected {len(pitches)} channels, got shape {panel.shape} for {title!r}")
    fig, axes = canvas(1, len(named), 6.6, 2.4, sharey=True)
    for ax, (title, panel) in zip(axes[0], named.items()):
        half = (end - start) / (panel.shape[1] - 1) / 2
        image = ax.imshow(panel, cmap=SEQUENTIAL, vmin=0, vmax=max(p.max() for p in named.values()), origin="lower",
                          aspect="auto", interpolation="nearest",
                          extent=(start - half, end + half, -0.5, len(panel) - 0.5))  # fmt: skip
        ax.set(title=title, xlabel="time (ms)")
        ax.set_yticks(range(len(pitches)), [f"{hertz:,.0f}" for hertz in pitches])
    axes[0, 0].set_ylabel("channel, by its pitch (Hz)")
    scale = fig.colorbar(image, ax=list(axes[0]), fraction=0.025, pad=0.015, aspect=25)
    scale.outline.set_visible(False)
    scale.locator = MaxNLocator(4)
    scale.update_ticks()
    return fig


class Sound(dict):
    """Sounds that a page can play: title -> 16-bit WAV.  What a cell ends with, `listen(...)`, is shown as players."""

    def __init__(self, sounds: dict[str, bytes]):
        super().__init__(sounds)

    def __repr__(self) -> str:
        return f"Sounds: {', '.join(self)}"

    def _repr_html_(self) -> str:
        player = (
            '<figure class="sound"><figcaption>{0}</figcaption>'
            '<audio controls aria-label="{0}" src="data:audio/wav;base64,{1}"></audio></figure>'
        )
        return "".join(player.format(escape(title), base64.b64encode(data).decode()) for title, data in self.items())


def listen(waves: dict[str, Any], rate: int) -> Sound:
    """Players for sounds, each as loud as can be: title -> samples (T,), at `rate` samples a second.

    >>> listen({"tone": np.sin(np.arange(8000))}, 8000)
    Sounds: tone
    """
    found = Sound({})
    for title, samples in waves.items():
        samples = np.asarray(samples, float)
        if samples.ndim != 1 or not len(samples) or not np.isfinite(samples).all():
            raise ValueError(f"waves: expected a row of finite samples, got shape {samples.shape} for {title!r}")
        levels = np.rint(32767 * samples / (abs(samples).max() or 1)).astype("<i2")
        with io.BytesIO() as file:
            with wave.open(file, "wb") as out:
                out.setparams((1, 2, int(rate), 0, "NONE", ""))
                out.writeframes(levels.tobytes())
            found[title] = file.getvalue()
    return found
