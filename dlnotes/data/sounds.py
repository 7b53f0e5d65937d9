"""Four kinds of sound, drawn by formula, that differ in how their pitch and loudness move and in nothing else."""

from typing import NamedTuple

import numpy as np

SOUNDS = ("chirp up", "chirp down", "tone", "pluck")
RATE = 8000  # samples a second


class Sounds(NamedTuple):
    """Waves, their labels (places in `SOUNDS`), the sampling rate.  It unpacks: `waves, labels, rate = sounds(...)`."""

    waves: np.ndarray  # (N, length) float64
    labels: np.ndarray  # (N,) int64
    rate: int  # samples a second


def sounds(n: int, *, length: int = 512, noise: float = 0.3, generator: np.random.Generator) -> Sounds:
    """Chirps whose pitch rises or falls, steady tones, and plucked strings, as many of each as `n` allows.

    Pitches are drawn anew for each sound and phases too, so no single sample tells anything about the class, and no
    weighted sum of samples does.  Every wave has mean square 1 before Gaussian noise of deviation `noise` is added.
    At the rate of 8,000 samples a second, 512 samples last 64 ms.

    Raises ValueError for `n` below 4, `length` below 2 or negative `noise`.

    >>> waves, labels, rate = sounds(8, generator=np.random.default_rng(0))
    >>> waves.shape, labels, rate
    ((8, 512), array([0, 1, 2, 3, 0, 1, 2, 3]), 8000)
    """
    if n < len(SOUNDS) or length < 2 or not noise >= 0:
        raise ValueError(
            f"n: expected at least {len(SOUNDS)} sounds of at least 2 samples with noise of 0 or more, "
            f"got n {n}, length {length}, noise {noise}"
        )
    labels = np.arange(n) % len(SOUNDS)
    low = 200 * 4 ** generator.uniform(0, 1, (n, 1))  # Hz, 200 to 800
    high = low * generator.uniform(2, 3, (n, 1))
    phase = generator.uniform(0, 2 * np.pi, (n, 1))
    t = np.arange(length) / RATE  # s
    share = np.arange(length) / length  # of the whole duration

    def chirp(start: np.ndarray, end: np.ndarray) -> np.ndarray:  # the pitch moves from start to end in a line
        return np.sin(2 * np.pi * (start + (end - start) * share / 2) * t + phase)

    # A string: overtones at multiples of its pitch, the higher the weaker and the sooner gone.
    pluck = sum(np.sin(2 * np.pi * k * low * t + k * phase) / k * np.exp(-2 * k * share) for k in range(1, 5))
    waves = np.choose(labels[:, None], [chirp(low, high), chirp(high, low), chirp(high, high), pluck])
    waves /= np.sqrt((waves**2).mean(axis=1, keepdims=True))
    return Sounds(waves + noise * generator.standard_normal(waves.shape), labels, RATE)
