"""How a clip reaches the recogniser: clean, by telephone, through noise, over a mobile network."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from voicebot.asr.engine import Samples
from voicebot.asr.recording import TELEPHONE_RATE_HZ
from voicebot.audio import mulaw
from voicebot.audio.level import frame_levels_dbfs, normalise_level
from voicebot.audio.resample import resample
from voicebot.simulator.channel import lost_in_bursts
from voicebot.simulator.gsm import over_gsm

Condition = Literal["clean", "telephone", "noise 10 dB", "noise 5 dB", "mobile"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
LEAD_SECONDS, TAIL_SECONDS = 0.3, 0.2
"""What the line keeps from before an utterance, and the silence after it in which recognition is tried."""
LOST_SHARE, LOST_IN_A_ROW = 0.02, 3.0
_SNR_DB: dict[Condition, float] = {"noise 10 dB": 10.0, "noise 5 dB": 5.0}
NOISY: tuple[Condition, ...] = tuple(_SNR_DB)
"""Those in which a clip of noise says nothing: there is noise anyway."""
_PINK_SECONDS = 20

Sound = npt.NDArray[np.float64]


class Channels:
    """The conditions; each clip meets the same noise and the same losses in every run."""

    def __init__(self, noises: Sequence[Samples] = ()) -> None:
        """``noises``: recorded ones at 8 kHz; without any, noise that falls by 3 dB an octave."""
        self._noises = [noise for noise in noises if noise.any()] or [pink_noise(_PINK_SECONDS)]

    def carry(self, clean: Samples, rate_hz: int, condition: Condition, name: str) -> tuple[Samples, int]:
        """What arrives of a clip in a condition, and its rate; ``name`` tells its noise from others'."""
        if condition == "clean":
            return _surrounded(clean, rate_hz), rate_hz
        random = np.random.default_rng(zlib.crc32(f"{name} {condition}".encode()))
        narrow = _surrounded(resample(clean, rate_hz, TELEPHONE_RATE_HZ), TELEPHONE_RATE_HZ)
        if condition in _SNR_DB:
            narrow = self._noisy(narrow, _SNR_DB[condition], random)
        elif condition == "mobile":
            narrow = lost_in_bursts(over_gsm(narrow), LOST_SHARE, LOST_IN_A_ROW, random)
        return mulaw.decode(mulaw.encode(narrow)), TELEPHONE_RATE_HZ

    def _noisy(self, speech: Samples, snr_db: float, random: np.random.Generator) -> Samples:
        noise = self._noises[int(random.integers(len(self._noises)))].astype(np.float64)
        begin = int(random.integers(len(noise)))
        under = np.resize(np.roll(noise, -begin), len(speech))
        loudness = _loudness(under)
        if loudness == 0.0:
            return speech
        under *= _loudness(speech.astype(np.float64)) / loudness / 10 ** (snr_db / 20)
        mixed = speech.astype(np.float64) + under
        peak = float(np.abs(mixed).max())
        return np.rint(mixed * min(1.0, 32_000 / max(peak, 1.0))).astype(np.int16)


def pink_noise(seconds: int) -> Samples:
    """Seeded noise at 8 kHz whose power falls by 3 dB an octave."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(seconds * TELEPHONE_RATE_HZ))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))
    sound = np.fft.irfft(spectrum)
    return normalise_level(np.rint(sound / np.abs(sound).max() * 8_000).astype(np.int16))


def _surrounded(clip: Samples, rate_hz: int) -> Samples:
    return np.pad(clip, (round(LEAD_SECONDS * rate_hz), round(TAIL_SECONDS * rate_hz)))


def _loudness(sound: Sound) -> float:
    """The root mean square of what is not a pause: the frames within 20 dB of the loudest."""
    levels = frame_levels_dbfs(np.clip(sound, -32768, 32767).astype(np.int16), TELEPHONE_RATE_HZ)
    if not levels.size or not sound.any():
        return 0.0
    heard = levels[levels >= levels.max() - 20]
    return float(np.sqrt(np.mean(10 ** (heard / 10))))
