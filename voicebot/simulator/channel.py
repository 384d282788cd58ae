"""The telephone between the caller's mouth and the carrier: 8 kHz mu-law, noise, lost and late packets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.g711 import FRAME_SAMPLES, FRAME_SECONDS, encode

SPEECH_RMS = 2600.0
"""Level of ordinary speech on the line (about -22 dBFS), to which a signal-to-noise ratio refers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelQuality:
    noise_snr_db: float | None = None
    """Noise below speech by this much, None for a silent line."""
    loss: float = 0.0
    """Share of packets that never arrive, 0 to 1; the carrier conceals one by repeating the last, fading."""
    jitter_ms: float = 0.0
    """A packet is late by up to this much; the order is kept, so that late ones come in a burst."""
    seed: int = 0


CLEAN = ChannelQuality()


@dataclass(frozen=True, slots=True)
class Carried:
    payload: bytes
    """160 bytes of mu-law."""
    due_seconds: float
    """When the carrier passes it on."""


class Channel:
    """Carries one caller's frames; the same seed makes the same noise, losses and delays."""

    def __init__(self, quality: ChannelQuality = CLEAN) -> None:
        self._quality = quality
        self._random = np.random.default_rng(quality.seed)
        self._last = np.zeros(FRAME_SAMPLES, dtype=np.float64)
        self._last_due_seconds = 0.0

    def carry(self, frame: NDArray[np.int16], now_seconds: float) -> Carried:
        """Take 160 int16 samples spoken until ``now_seconds``."""
        heard = frame.astype(np.float64)
        if self._quality.loss and self._random.random() < self._quality.loss:
            heard = self._last * 0.5
        self._last = heard
        if self._quality.noise_snr_db is not None:
            level = SPEECH_RMS / 10 ** (self._quality.noise_snr_db / 20)
            heard = heard + self._random.normal(0.0, level, FRAME_SAMPLES)
        due_seconds = now_seconds + self._random.uniform(0.0, self._quality.jitter_ms) / 1000
        self._last_due_seconds = max(self._last_due_seconds, due_seconds)
        clipped = np.clip(np.rint(heard), -32768, 32767).astype(np.int16)
        return Carried(encode(clipped), self._last_due_seconds)


def frames_of(clip: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Cut a clip into frames of 160 samples, the last filled up with silence."""
    padded = np.zeros(-(-len(clip) // FRAME_SAMPLES) * FRAME_SAMPLES, dtype=np.int16)
    padded[: len(clip)] = clip
    return list(padded.reshape(-1, FRAME_SAMPLES))


def speech_bounds_seconds(clip: NDArray[np.int16]) -> tuple[float, float]:
    """Return where speech begins and ends within a clip: the outer 10 ms at most 35 dB below its loudest.

    A clip without sound is (0.0, 0.0).
    """
    step = FRAME_SAMPLES // 2
    whole = clip[: len(clip) // step * step].astype(np.float64).reshape(-1, step)
    if not len(whole) or not whole.any():
        return 0.0, 0.0
    levels = np.sqrt((whole**2).mean(axis=1))
    loud = np.flatnonzero(levels >= levels.max() * 10 ** (-35 / 20))
    return float(loud[0]) * FRAME_SECONDS / 2, float(loud[-1] + 1) * FRAME_SECONDS / 2


def lost_in_bursts(
    clip: NDArray[np.int16], share: float, burst_frames: float, random: np.random.Generator
) -> NDArray[np.int16]:
    """Silence in the place of lost frames: ``share`` of all, ``burst_frames`` of them in a row on average."""
    frames = np.stack(frames_of(clip)) if len(clip) else np.zeros((0, FRAME_SAMPLES), np.int16)
    ends, begins = 1.0 / burst_frames, share / (1.0 - share) / burst_frames
    lost = random.random() < share
    for frame in frames:
        if lost:
            frame[:] = 0
        lost = random.random() >= ends if lost else random.random() < begins
    return frames.reshape(-1)[: len(clip)]
