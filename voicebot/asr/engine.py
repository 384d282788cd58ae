"""What a speech recogniser is: the protocol that every engine, and its fake, fulfils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from voicebot.nlu.expectation import Expectation

Samples = npt.NDArray[np.int16]
"""Mono PCM, shape (n,), 16 bit signed."""

DecidedBy = Literal["decode", "phrases", "digits", "gate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One hypothesis of the n-best list: normalised Simplified text and a confidence 0..1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The final result for one utterance.

    ``alternatives``, best first, is empty when nothing was said (or nothing in the set).
    """

    alternatives: tuple[Alternative, ...]
    engine: str
    """Name and model of the engine: ``whisper/base-int8``."""
    audio_seconds: float
    compute_seconds: float
    decided_by: DecidedBy = "decode"
    """``gate``: silence or noise; ``phrases``: closed-set scoring; ``digits``: constrained digits."""
    syllables: tuple[str, ...] = ()
    """What it sounded like, in toneless pinyin, where the engine hears syllables."""

    @property
    def text(self) -> str:
        return self.alternatives[0].text if self.alternatives else ""

    @property
    def confidence(self) -> float:
        return self.alternatives[0].confidence if self.alternatives else 0.0


@runtime_checkable
class Recogniser(Protocol):
    """Hears one utterance. Not shared between threads."""

    def feed(self, samples: Samples) -> str | None:
        """Take the next samples; gives a partial text where the engine streams and has a new one."""

    def finish(self) -> Transcript:
        """The final result. The recogniser is used up."""


@runtime_checkable
class RecognitionEngine(Protocol):
    """Holds the model; shared by all calls; ``open`` is thread-safe and cheap."""

    @property
    def name(self) -> str:
        """Name and model: ``vosk/small-cn-0.22``; kept in the call log."""

    @property
    def streaming(self) -> bool:
        """True when partial texts come while the caller still speaks."""

    def open(self, expect: Expectation, sample_rate_hz: int) -> Recogniser:
        """A recogniser for one utterance at 8,000 or 16,000 Hz, conditioned on what was asked."""

    def prepare(self, expect: Expectation) -> None:
        """Do ahead what a question costs the first time it is expected; any thread."""

    def unknown_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``words`` that the model cannot output: outside of its vocabulary, where it has one."""

    def close(self) -> None:
        """Give the memory back. Further use is our bug."""


class RecognitionFailedError(RuntimeError):
    """The engine broke on this utterance: the caller is asked again, and the engine's health goes down."""


def transcribe(
    engine: RecognitionEngine, samples: Samples, sample_rate_hz: int, expect: Expectation
) -> Transcript:
    """One whole utterance through ``engine``."""
    recogniser = engine.open(expect, sample_rate_hz)
    recogniser.feed(samples)
    return recogniser.finish()
