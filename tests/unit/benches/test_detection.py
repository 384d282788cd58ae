"""Turns found in speech and in noise are counted as they are, on sounds made from formulas."""

from __future__ import annotations

import numpy as np

from voicebot.audio import Samples
from voicebot.benches.detection import LEVELS_DBFS, NOISE_PEAKS_DBFS, detection


def a_buzz(seconds: float, hertz: float = 130.0) -> Samples:
    """A vowel of many overtones, with a soft beginning and end."""
    moments = np.arange(round(seconds * 8000)) / 8000
    sound = np.zeros(moments.size)
    for harmonic in range(1, 12):
        sound += np.sin(2 * np.pi * hertz * harmonic * moments) / harmonic
    return np.rint(6000 * sound * np.minimum(1, np.minimum(moments, seconds - moments) / 0.02)).astype(
        np.int16
    )


def test_vowels_are_found_with_their_ends_and_clicks_are_no_turns() -> None:
    click = np.zeros(8000, np.int16)
    click[4000:4040] = 20000
    found = detection([a_buzz(0.8), a_buzz(0.5, 170.0)], [click], None)
    assert [one.clips for one in found] == [2] * len(LEVELS_DBFS) + [1] * len(NOISE_PEAKS_DBFS)
    assert [one.missed for one in found[: len(LEVELS_DBFS)]] == [0] * len(LEVELS_DBFS)
    assert [one.ends_found for one in found[: len(LEVELS_DBFS)]] == [2] * len(LEVELS_DBFS)
    assert [one.turns for one in found[len(LEVELS_DBFS) :]] == [0] * len(NOISE_PEAKS_DBFS)


def test_speech_in_which_no_turn_begins_is_missed_and_a_voice_among_the_noises_is_a_turn() -> None:
    click = np.zeros(8000, np.int16)
    click[4000:4040] = 20000
    found = detection([click], [a_buzz(1.0)], None)
    assert [one.missed for one in found[: len(LEVELS_DBFS)]] == [1] * len(LEVELS_DBFS)
    assert found[len(LEVELS_DBFS)].turns == 1
