"""Sounds made from formulas: a voice of vowels, hiss, and lines that bend them."""

from collections.abc import Callable

import numpy as np
import pytest

from voicebot.audio import Samples

Voice = Callable[..., Samples]


def a_voice(
    seconds: float,
    *,
    seed: int = 1,
    pitch_hz: float = 140.0,
    level_dbfs: float = -20.0,
    syllables_per_second: float = 5.0,
) -> Samples:
    """Syllables each with a vowel of its own, without pauses between them."""
    chance = np.random.default_rng(seed)
    moments = np.arange(round(8000 * seconds)) / 8000
    pitch = pitch_hz * (1 + 0.15 * np.sin(2 * np.pi * 1.3 * moments + seed))
    phase = 2 * np.pi * np.cumsum(pitch) / 8000
    syllable = (moments * syllables_per_second).astype(int)
    formants = chance.uniform((250, 700), (800, 2600), size=(int(syllable[-1]) + 1, 2))[syllable]
    sound = np.zeros(moments.size)
    for harmonic in range(1, 22):
        from_formants = (harmonic * pitch)[:, None] - formants
        loudness = np.exp(-np.square(from_formants / 150)).sum(axis=1) + 0.02
        sound += loudness * np.sin(harmonic * phase)
    sound *= 0.6 + 0.4 * np.cos(2 * np.pi * syllables_per_second * moments + np.pi)
    sound *= 32768 * 10 ** (level_dbfs / 20) / np.sqrt(np.square(sound).mean())
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def a_hiss(seconds: float, *, level_dbfs: float = -20.0, seed: int = 1) -> Samples:
    """White noise."""
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (level_dbfs / 20), round(8000 * seconds))
    return np.clip(np.rint(noise), -32768, 32767).astype(np.int16)


@pytest.fixture(scope="session")
def voice() -> Voice:
    """Makes voices: `voice(seconds, seed=, pitch_hz=, level_dbfs=)`."""
    return a_voice


@pytest.fixture(scope="session")
def hiss() -> Voice:
    """Makes white noise: `hiss(seconds, level_dbfs=, seed=)`."""
    return a_hiss
