"""Sounds behind a caller: made from a seed, at the level that is wanted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from voicebot.benches import turns_sounds
from voicebot.benches.turns_clips import RATE_HZ, Sound
from voicebot.benches.turns_sounds import at_level

MADE = [
    turns_sounds.white,
    turns_sounds.pink,
    turns_sounds.street,
    turns_sounds.hum,
    turns_sounds.music,
]


def share_below(sound: Sound, hz: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power[np.fft.rfftfreq(len(sound), 1 / RATE_HZ) < hz].sum() / power.sum())


@pytest.mark.parametrize("make", MADE)
def test_the_same_seed_makes_the_same_sound(make: Callable[[float, int], Sound]) -> None:
    sound = make(3.0, 7)
    assert len(sound) == 3 * RATE_HZ
    assert np.isfinite(sound).all()
    assert np.array_equal(sound, make(3.0, 7))


@pytest.mark.parametrize("make", MADE)
def test_a_level_is_that_of_the_whole(make: Callable[[float, int], Sound]) -> None:
    power = float(np.mean(at_level(make(3.0, 7), -30.0) ** 2)) / 32768**2
    assert 10 * np.log10(power) == pytest.approx(-30.0, abs=0.01)


def test_silence_has_no_level() -> None:
    assert not at_level(np.zeros(100), -30.0).any()


def test_a_street_rumbles_hiss_does_not_and_the_mains_hum_at_their_pitch() -> None:
    assert share_below(turns_sounds.street(3.0, 1), 500) > 0.8
    assert share_below(turns_sounds.white(3.0, 1), 500) < 0.2
    assert share_below(turns_sounds.hum(3.0, 1), 60) > 0.5


def test_the_other_speaker_says_everything_with_pauses_between() -> None:
    first, second = np.ones(800), np.full(400, 2.0)
    talk = turns_sounds.voices([first, second], 1, pause_seconds=0.1)
    assert len(talk) == 800 + 400 + 2 * 800
    assert (talk == 1.0).sum() == 800
    assert (talk == 2.0).sum() == 400
