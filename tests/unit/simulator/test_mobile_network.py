"""A mobile network: the codec keeps speech in its place, frames get lost in bursts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.channel import lost_in_bursts
from voicebot.simulator.gsm import over_gsm

RATE_HZ = 8_000


def a_vowel(seconds: float) -> NDArray[np.int16]:
    """Pulses at 120 Hz through one resonance, as a voice makes them, after a fifth of a second of silence."""
    pulses = np.zeros(int(seconds * RATE_HZ))
    pulses[RATE_HZ // 5 :: RATE_HZ // 120] = 1.0
    ringing = np.exp(-np.arange(80) / 12.0) * np.sin(2 * np.pi * 600 * np.arange(80) / RATE_HZ)
    return (9_000 * np.convolve(pulses, ringing)[: len(pulses)]).astype(np.int16)


def test_the_codec_changes_the_sound_and_neither_its_length_nor_its_place() -> None:
    vowel = a_vowel(1.013)
    heard = over_gsm(vowel)
    assert len(heard) == len(vowel)
    assert np.abs(heard[: RATE_HZ // 5 - 160].astype(int)).max() < 100
    alike = np.corrcoef(vowel[RATE_HZ // 2 :], heard[RATE_HZ // 2 :])[0, 1]
    assert 0.5 < alike < 0.999


def test_a_clip_of_nothing_stays_nothing() -> None:
    assert len(over_gsm(np.zeros(0, np.int16))) == 0


def test_frames_are_lost_at_the_share_and_in_bursts_of_the_length_asked_for() -> None:
    sound = np.full(160 * 100_000, 1_000, np.int16)
    lost = lost_in_bursts(sound, 0.02, 3.0, np.random.default_rng(1)).reshape(-1, 160).max(axis=1) == 0
    assert 0.017 < lost.mean() < 0.023
    bursts = np.count_nonzero(lost[1:] & ~lost[:-1])
    assert 2.7 < lost.sum() / bursts < 3.3
    assert np.all(sound == 1_000)


def test_without_losses_nothing_is_changed() -> None:
    sound = a_vowel(0.3)[:-7]
    assert np.array_equal(lost_in_bursts(sound, 0.0, 3.0, np.random.default_rng(1)), sound)
