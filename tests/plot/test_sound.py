"""Sounds are seen at their pitch, and played as they are."""

import base64
import io
import re
import wave

import numpy as np
import pytest

from dlnotes import plot
from dlnotes.plot import sound
from tests.plot.figures import keeps_the_style

RATE = 8000
TONE = np.sin(2 * np.pi * 1000 * np.arange(800) / RATE)


def test_figure():
    keeps_the_style(lambda: plot.spectrogram({"tone": TONE, "noise": np.random.default_rng(0).normal(size=800)}, RATE))


def test_every_public_one_is_tried():
    assert set(sound.__all__) == {"spectrogram", "loudness", "listen", "Sound"}


def test_a_tone_stands_at_its_pitch():
    image = plot.spectrogram({"tone": TONE}, RATE, window=160).axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    rows = image.get_array().argmax(axis=0) / (image.get_array().shape[0] - 1) * top
    assert (rows == 1.0).all() and (bottom, top) == (0, 4) and (left, right) == (10, 90)


def test_channels_stand_from_low_to_high_over_time():
    panels = {"up": np.array([[2.0, 1, 0], [0, 1, 2]]), "down": np.array([[0, 1.0, 3], [2, 1, 0]])}
    keeps_the_style(lambda: plot.loudness(panels, [300, 1200], start=2, end=6))
    first, second, _ = plot.loudness(panels, [300, 1200], start=2, end=6).axes
    (image,) = first.images
    assert image.origin == "lower" and image.get_extent() == [1, 7, -0.5, 1.5] and image.get_clim() == (0, 3)
    assert [tick.get_text() for tick in first.get_yticklabels()] == ["300", "1,200"]
    assert second.images[0].get_clim() == (0, 3)
    with pytest.raises(ValueError, match="expected 3 channels"):
        plot.loudness(panels, [1, 2, 3], start=0, end=1)


def test_silence_can_be_drawn():
    keeps_the_style(lambda: plot.spectrogram({"silence": np.zeros(200)}, RATE))


def test_a_page_plays_what_was_given():
    sounds = plot.listen({"tone": TONE / 2, "a <b> & c": np.zeros(8)}, RATE)
    page = sounds._repr_html_()
    assert repr(sounds) == "Sounds: tone, a <b> & c"
    assert "a &lt;b&gt; &amp; c" in page and page.count("<audio controls") == 2
    data = base64.b64decode(re.search(r"base64,([^\"]*)", page)[1])
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, 800)
        levels = np.frombuffer(file.readframes(800), "<i2")
    np.testing.assert_allclose(levels / 32767, TONE, atol=1e-4)  # as loud as can be


@pytest.mark.parametrize("bad", [np.zeros((2, 500)), np.zeros(0), np.full(500, np.nan)])
def test_what_is_no_sound_is_refused(bad):
    with pytest.raises(ValueError, match="waves: expected a row of finite samples"):
        plot.listen({"bad": bad}, RATE)


def test_a_sound_shorter_than_a_window_is_refused():
    with pytest.raises(ValueError, match=r"waves: expected at least 128 samples, got shape \(100,\) for 'short'"):
        plot.spectrogram({"short": TONE[:100]}, RATE)
