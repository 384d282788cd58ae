"""The gates: whether a clip holds enough sound to be decoded, and whether what came out was speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.asr.engine import Samples
from voicebot.audio.level import frame_levels_dbfs

_FRAME_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyGate:
    """What a clip must hold before a recogniser is asked; without it engines invent words for silence."""

    floor_dbfs: float = -52.0
    """A frame below this level is silence, whatever surrounds it (mu-law noise alone lies near -70)."""
    below_loudest_db: float = 26.0
    """A frame this far under the loudest ones is a pause."""
    least_voiced_seconds: float = 0.08
    """Less sound than this is a click: the shortest answers (嗯, 不) last 0.15 s."""

    def voiced_seconds(self, samples: Samples, sample_rate_hz: int) -> float:
        """The seconds of ``samples`` that stand out from silence and from the clip's own pauses."""
        levels = frame_levels_dbfs(samples, sample_rate_hz)
        if levels.size == 0:
            return 0.0
        threshold = max(self.floor_dbfs, float(np.percentile(levels, 98)) - self.below_loudest_db)
        return float(np.count_nonzero(levels > threshold)) * _FRAME_SECONDS

    def passes(self, samples: Samples, sample_rate_hz: int) -> bool:
        return self.voiced_seconds(samples, sample_rate_hz) >= self.least_voiced_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechGate:
    """After a decode: was that speech at all? Noise comes out as unlikely text, or as likely silence."""

    no_speech: float = 0.6
    doubtful_log_probability: float = -1.0
    """With a ``no_speech`` above the limit, a text must be likelier than this."""
    hopeless_log_probability: float = -1.8
    """Below this, a text is invented, whatever ``no_speech`` says."""

    def passes(self, no_speech: float, mean_log_probability: float) -> bool:
        if mean_log_probability < self.hopeless_log_probability:
            return False
        return no_speech < self.no_speech or mean_log_probability > self.doubtful_log_probability


def windows(samples: Samples, sample_rate_hz: int, longest_seconds: float) -> list[Samples]:
    """Pieces of at most ``longest_seconds``, each cut at the quietest place of its last quarter."""
    longest = int(longest_seconds * sample_rate_hz)
    pieces = []
    while len(samples) > longest:
        tail_begins = longest * 3 // 4
        levels = frame_levels_dbfs(samples[tail_begins:longest], sample_rate_hz)
        cut = tail_begins + int(np.argmin(levels)) * int(sample_rate_hz * _FRAME_SECONDS)
        pieces.append(samples[:cut])
        samples = samples[cut:]
    pieces.append(samples)
    return pieces
