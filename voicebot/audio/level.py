"""Loudness of clips: measuring it, evening it out, trimming silence, and joining clips without a click."""

import math
from collections.abc import Sequence

import numpy as np

from voicebot.audio import Samples
from voicebot.audio.framing import SAMPLE_RATE_HZ

FULL_SCALE = 32768.0
FLOOR_DBFS = -96.0
"""What digital silence counts as; 16 bits reach no lower."""


def _as_dbfs(amplitude: float) -> float:
    return max(FLOOR_DBFS, 20 * math.log10(amplitude / FULL_SCALE)) if amplitude > 0 else FLOOR_DBFS


def dbfs(samples: Samples) -> float:
    """Mean power in dB below full scale: 0 is a square wave at full scale, FLOOR_DBFS is silence."""
    if samples.size == 0:
        return FLOOR_DBFS
    linear = samples.astype(np.float32)
    return _as_dbfs(math.sqrt(float(np.dot(linear, linear)) / samples.size))


def peak_dbfs(samples: Samples) -> float:
    """The largest sample, in dB below full scale."""
    return _as_dbfs(float(np.abs(samples.astype(np.int32)).max())) if samples.size else FLOOR_DBFS


def frame_levels_dbfs(
    samples: Samples, rate_hz: int = SAMPLE_RATE_HZ, frame_ms: int = 10
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The level of each whole frame of a clip, shape (frames,)."""
    width = rate_hz * frame_ms // 1000
    whole = samples[: samples.size - samples.size % width].astype(np.float64).reshape(-1, width)
    power = np.square(whole).mean(axis=1)
    floor = (FULL_SCALE * 10 ** (FLOOR_DBFS / 20)) ** 2
    levels: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = 10 * np.log10(
        np.maximum(power, floor) / FULL_SCALE**2
    )
    return levels


class OffsetRemover:
    """Takes a constant offset off frames: cheap converters add one, and quiet speech drowns in it."""

    SMALLEST = 8.0
    """An offset below this is left alone, in units of 16 bits: mu-law's own steps are as large."""
    FOLLOWS = 0.05
    """Per frame of 20 ms: an offset is gone within a second, and a deep voice is none."""

    def __init__(self) -> None:
        self._offset = 0.0

    def remove(self, samples: Samples) -> Samples:
        """Give the next frame without the offset followed so far."""
        self._offset += self.FOLLOWS * (float(samples.mean()) - self._offset)
        if abs(self._offset) < self.SMALLEST:
            return samples
        centred: Samples = np.clip(samples - np.rint(self._offset), -32768, 32767).astype(np.int16)
        return centred


def normalise_level(
    samples: Samples,
    to_dbfs: float = -20.0,
    *,
    peak_at_most_dbfs: float = -1.0,
    rate_hz: int = SAMPLE_RATE_HZ,
) -> Samples:
    """Bring the spoken part of a clip to one level, so that clips joined into a sentence are equally loud.

    Pauses don't count: the level is that of the frames within 20 dB of the loudest. A clip of silence is
    left alone, and no peak rises above peak_at_most_dbfs.
    """
    levels = frame_levels_dbfs(samples, rate_hz)
    if levels.size == 0 or levels.max() <= FLOOR_DBFS + 1:
        return samples.copy()
    spoken = levels[levels >= levels.max() - 20]
    spoken_dbfs = 10 * math.log10(float(np.mean(10 ** (spoken / 10))))
    gain_db = min(to_dbfs - spoken_dbfs, peak_at_most_dbfs - peak_dbfs(samples))
    louder = samples.astype(np.float64) * 10 ** (gain_db / 20)
    return np.clip(np.rint(louder), -32768, 32767).astype(np.int16)


def trim_silence(
    samples: Samples,
    *,
    rate_hz: int = SAMPLE_RATE_HZ,
    below_loudest_db: float = 40.0,
    keep_ms: int = 30,
) -> Samples:
    """Cut the silence off both ends, keeping keep_ms of it so that soft consonants survive.

    Silence is what lies more than below_loudest_db under the loudest 10 ms. A clip of silence becomes empty.
    """
    levels = frame_levels_dbfs(samples, rate_hz)
    if levels.size == 0 or levels.max() <= FLOOR_DBFS + 1:
        return samples[:0].copy()
    sounding = np.flatnonzero(levels > levels.max() - below_loudest_db)
    width, keep = rate_hz // 100, rate_hz * keep_ms // 1000
    first = max(0, int(sounding[0]) * width - keep)
    last = min(samples.size, (int(sounding[-1]) + 1) * width + keep)
    return samples[first:last].copy()


def fade_edges(samples: Samples, *, fade_ms: int = 5, rate_hz: int = SAMPLE_RATE_HZ) -> Samples:
    """Let a clip rise from zero and fall back to it, so that its edges don't click."""
    width = min(rate_hz * fade_ms // 1000, samples.size // 2)
    faded = samples.astype(np.float64)
    if width:
        ramp = (1 - np.cos(np.pi * np.arange(width) / width)) / 2
        faded[:width] *= ramp
        faded[-width:] *= ramp[::-1]
    return np.rint(faded).astype(np.int16)


def join_clips(clips: Sequence[Samples], gap_ms: int, *, rate_hz: int = SAMPLE_RATE_HZ) -> Samples:
    """Put clips one after another, gap_ms of silence between them, with soft edges; empty clips fall away."""
    gap = np.zeros(rate_hz * gap_ms // 1000, dtype=np.int16)
    parts: list[Samples] = []
    for clip in clips:
        if clip.size:
            parts += (
                [gap, fade_edges(clip, rate_hz=rate_hz)] if parts else [fade_edges(clip, rate_hz=rate_hz)]
            )
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)
