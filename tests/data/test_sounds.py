"""Sounds are of their kind, equally loud, and no single sample tells them apart."""

import numpy as np
import pytest

from dlnotes.data import RATE, SOUNDS, sounds


def pitch(wave):
    """The strongest frequency of a piece, in Hz."""
    spectrum = abs(np.fft.rfft(wave * np.hanning(len(wave)), 4096))
    return spectrum.argmax() * RATE / 4096


def test_each_kind_moves_as_its_name_says():
    waves, labels, rate = sounds(400, noise=0.0, generator=np.random.default_rng(0))
    assert rate == RATE == 8000
    for wave, label in zip(waves, labels):
        early, late = pitch(wave[:160]), pitch(wave[-160:])
        quieter = (wave[-160:] ** 2).mean() / (wave[:160] ** 2).mean()
        kind = SOUNDS[label]
        if kind == "pluck":
            assert quieter < 0.4
        else:
            assert 0.6 < quieter < 1.6
            rise = late / early
            assert {"chirp up": rise > 1.2, "chirp down": rise < 1 / 1.2, "tone": 0.9 < rise < 1.1}[kind]


def test_waves_are_equally_loud_and_noise_is_added():
    clean = sounds(40, noise=0.0, generator=np.random.default_rng(1)).waves
    noisy = sounds(40, noise=0.5, generator=np.random.default_rng(1)).waves
    np.testing.assert_allclose((clean**2).mean(axis=1), 1)
    assert 0.45 < (noisy - clean).std() < 0.55


def test_a_weighted_sum_of_samples_tells_little():
    """Least squares on 2,000 sounds of 64 samples is hardly better on new ones than guessing one in four."""
    generator = np.random.default_rng(2)
    waves, labels, _ = sounds(2000, length=64, generator=generator)
    new, truth, _ = sounds(2000, length=64, generator=generator)
    weights = np.linalg.lstsq(waves, np.eye(4)[labels], rcond=None)[0]
    assert ((new @ weights).argmax(1) == truth).mean() < 0.4


@pytest.mark.parametrize("options", [{"n": 3}, {"length": 1}, {"noise": -0.1}, {"noise": float("nan")}])
def test_sounds_refuse(options):
    with pytest.raises(ValueError, match="n: expected at least 4 sounds"):
        sounds(**({"n": 8} | options), generator=np.random.default_rng(0))
