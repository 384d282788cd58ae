"""Sounds behind a caller, made from a seed: rooms, streets, music on hold. 8 kHz, in units of int16."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.benches.turns_clips import RATE_HZ, Sound

_LOUDEST = 32768.0
_BEAT_SECONDS = 0.5
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
"""Of a tune that everybody has waited to: I, vi, IV, V, in semitones above C."""
_SCALE = (12, 14, 16, 19, 21, 24)
_C_HZ = 261.63


def at_level(sound: Sound, dbfs: float) -> Sound:
    """The same at this mean level."""
    power = float(np.mean(sound**2))
    if power <= 0:
        return sound
    scaled: Sound = sound * (_LOUDEST * 10 ** (dbfs / 20) / np.sqrt(power))
    return scaled


def white(seconds: float, seed: int) -> Sound:
    return np.random.default_rng(seed).normal(size=round(seconds * RATE_HZ))


def pink(seconds: float, seed: int) -> Sound:
    """A quiet room: the lower, the louder, by 3 dB an octave."""
    return _shaped(white(seconds, seed), lambda hz: 1 / np.sqrt(np.maximum(hz, 50.0)))


def street(seconds: float, seed: int) -> Sound:
    """Rumble that swells and falls as cars go by, and a little hiss."""
    random = np.random.default_rng(seed)
    low = _shaped(white(seconds, seed), lambda hz: 1 / np.maximum(hz, 80.0))
    knots = np.arange(0.0, seconds + 3.0, 3.0)
    swell = 10 ** (np.interp(_times(seconds), knots, random.uniform(-8, 4, size=len(knots))) / 20)
    rumble = at_level(low[: len(swell)] * swell, -20.0)
    return rumble + at_level(pink(seconds, seed + 1), -32.0)


def hum(seconds: float, seed: int) -> Sound:
    """The mains and its overtones, as badly shielded lines have them."""
    times = _times(seconds)
    tones = sum(np.sin(2 * np.pi * 50 * n * times) / n for n in (1, 2, 3, 4, 6, 8))
    return np.asarray(tones) + 0.05 * white(seconds, seed)[: len(times)]


def music(seconds: float, seed: int) -> Sound:
    """Music on hold: plucked chords, a bass and a tune on top."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE_HZ))
    for beat in range(int(seconds / _BEAT_SECONDS)):
        chord = _CHORDS[beat // 4 % len(_CHORDS)]
        notes = [(chord[0] - 24, 0.6)] if beat % 4 == 0 else []
        notes += [(note - 12, 0.3) for note in chord] if beat % 2 == 0 else []
        if random.random() < 0.8:
            notes.append((int(random.choice(_SCALE)), 0.7))
        for semitones, loudness in notes:
            _pluck(sound, beat * _BEAT_SECONDS, _C_HZ * 2 ** (semitones / 12), loudness)
    return sound


def voices(clips: Sequence[Sound], seed: int, *, pause_seconds: float = 0.6) -> Sound:
    """Somebody else who talks, one sentence after the other."""
    order = np.random.default_rng(seed).permutation(len(clips))
    gap = np.zeros(round(pause_seconds * RATE_HZ))
    return np.concatenate([part for number in order for part in (clips[number], gap)])


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def _shaped(noise: Sound, gain_at: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Sound:
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    shaped: Sound = np.fft.irfft(spectrum * gain_at(hz.astype(np.float64)), len(noise))
    return shaped


def _pluck(sound: Sound, at_seconds: float, hz: float, loudness: float) -> None:
    first = round(at_seconds * RATE_HZ)
    times = _times(min(1.2, len(sound) / RATE_HZ - at_seconds))
    tone = sum(np.sin(2 * np.pi * hz * n * times) / n**1.5 for n in range(1, 5) if hz * n < RATE_HZ / 2)
    note = loudness * np.asarray(tone) * np.exp(-times * 3.0) * np.minimum(1.0, times / 0.01)
    sound[first : first + len(note)] += note
