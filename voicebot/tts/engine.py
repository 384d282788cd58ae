"""What a synthesised voice is: the protocol that every engine, and its fake, fulfils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Rendered speech: mono PCM, shape (n,), 16 bit signed, with leading and trailing silence trimmed."""

    samples: npt.NDArray[np.int16]
    sample_rate_hz: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate_hz


@runtime_checkable
class VoiceEngine(Protocol):
    """Turns text into speech, perhaps slower than real time: never on the thread that sends audio."""

    @property
    def name(self) -> str:
        """Engine, version and voice: part of each prompt's key (``kokoro-1.0-int8/zf_xiaoyi``)."""

    def render(self, text: str, speed: float = 1.0) -> Speech:
        """Speak ``text`` (Simplified Chinese, numbers already in words). Thread-safe.

        Raises VoiceFailedError when the engine broke or the text cannot be spoken.
        """

    def close(self) -> None:
        """Give the memory or the process back."""


class VoiceFailedError(RuntimeError):
    """The voice could not render this text; the caller hears another wording instead."""
