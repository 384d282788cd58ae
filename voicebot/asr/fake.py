"""Recognition without a recogniser, for tests and the simulator: scripted, or by knowing each clip's text."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicebot.asr.engine import Alternative, Samples, Transcript
from voicebot.audio.resample import resample
from voicebot.nlu.expectation import Expectation

Hearing = Callable[[Samples, int, Expectation], str]
"""What a flawless listener writes down, given samples, their rate and what was asked; "" for nothing said."""

_RATE_HZ = 8_000
_FRAME = _RATE_HZ // 50
_BANDS = 12
_LEAST_FRAMES = 6
_ALIKE_AT_LEAST = 0.55
_SILENCE_PEAK = 200
"""Of 32,768: quieter than any speech that a telephone carries."""

Fingerprint = npt.NDArray[np.float32]
"""Band levels of each 20 ms, shape (frames, bands), each frame less its mean."""


class FakeRecognition:
    """An engine that writes down what ``hearing`` says was said. Deterministic."""

    def __init__(
        self,
        hearing: Hearing,
        *,
        confidence: float = 0.95,
        streaming: bool = False,
        compute_seconds: float = 0.0,
        name: str = "fake/oracle",
    ) -> None:
        """``compute_seconds`` is what each transcript says that it took; no time really passes."""
        self._hearing = hearing
        self._confidence = confidence
        self._streaming = streaming
        self._compute_seconds = compute_seconds
        self._name = name

    @classmethod
    def scripted(cls, texts: Iterable[str], *, confidence: float = 0.95) -> FakeRecognition:
        """Hear ``texts`` in turn, whatever is said, and nothing after the last; silence takes none."""
        waiting = deque(texts)
        return cls(
            lambda samples, _rate, _expect: waiting.popleft() if waiting and not is_silent(samples) else "",
            confidence=confidence,
            name="fake/scripted",
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def streaming(self) -> bool:
        return self._streaming

    def open(self, expect: Expectation, sample_rate_hz: int) -> FakeRecogniser:
        return FakeRecogniser(self, expect, sample_rate_hz)

    def prepare(self, expect: Expectation) -> None:
        """Nothing: the first time costs what every time does."""

    def unknown_words(self, words: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG002  it can write anything
        return ()

    def close(self) -> None:
        """Nothing is held."""

    def write_down(self, samples: Samples, sample_rate_hz: int, expect: Expectation) -> Transcript:
        text = "" if is_silent(samples) else self._hearing(samples, sample_rate_hz, expect)
        return Transcript(
            alternatives=(Alternative(text=text, confidence=self._confidence),) if text else (),
            engine=self._name,
            audio_seconds=len(samples) / sample_rate_hz,
            compute_seconds=self._compute_seconds,
            decided_by="decode" if text else "gate",
        )


class FakeRecogniser:
    """Collects one utterance; when the fake streams, the text so far is what is heard of it so far."""

    def __init__(self, engine: FakeRecognition, expect: Expectation, sample_rate_hz: int) -> None:
        self._engine = engine
        self._expect = expect
        self._sample_rate_hz = sample_rate_hz
        self._chunks: list[Samples] = []
        self._partial = ""

    def feed(self, samples: Samples) -> str | None:
        self._chunks.append(samples)
        if not self._engine.streaming:
            return None
        text = self._engine.write_down(self._said(), self._sample_rate_hz, self._expect).text
        if not text or text == self._partial:
            return None
        self._partial = text
        return text

    def finish(self) -> Transcript:
        return self._engine.write_down(self._said(), self._sample_rate_hz, self._expect)

    def _said(self) -> Samples:
        return np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    fingerprint: Fingerprint


class KnownClips:
    """Finds the text of a registered clip, also after a telephone channel and other cuts at its ends.

    Its ``hear`` is a ``Hearing``. Not thread-safe while clips are still being registered.
    """

    def __init__(self) -> None:
        self._known: list[_Known] = []

    def register(self, samples: Samples, sample_rate_hz: int, text: str) -> None:
        """Remember that ``samples`` say ``text``."""
        self._known.append(_Known(text, fingerprint_of(samples, sample_rate_hz)))

    def hear(self, samples: Samples, sample_rate_hz: int, expect: Expectation) -> str:  # noqa: ARG002
        """The text of the clip most like ``samples``, or "" when none is like it."""
        heard = fingerprint_of(samples, sample_rate_hz)
        best = max(self._known, key=lambda known: likeness(heard, known.fingerprint), default=None)
        if best is None or likeness(heard, best.fingerprint) < _ALIKE_AT_LEAST:
            return ""
        return best.text


def is_silent(samples: Samples) -> bool:
    return samples.size == 0 or int(np.abs(samples.astype(np.int32)).max()) < _SILENCE_PEAK


def fingerprint_of(samples: Samples, sample_rate_hz: int) -> Fingerprint:
    """Band levels of the telephone's range; what the level, the rate and mu-law change is left out."""
    narrow = resample(samples, sample_rate_hz, _RATE_HZ).astype(np.float32)
    count = len(narrow) // _FRAME
    frames = narrow[: count * _FRAME].reshape(count, _FRAME) * np.hanning(_FRAME).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))[:, 2 : 2 + 6 * _BANDS]
    bands = power.reshape(count, _BANDS, 6).sum(axis=2)
    floor = bands.max() * 1e-4 + 1.0 if bands.size else 1.0
    levels = np.log(bands + floor)
    centred: Fingerprint = (levels - levels.mean()).astype(np.float32) if levels.size else levels
    return centred


def likeness(heard: Fingerprint, known: Fingerprint) -> float:
    """Correlation of two fingerprints at their best offset: 1 for the same clip, near 0 for others."""
    shorter, longer = sorted((heard, known), key=len)
    if len(shorter) < _LEAST_FRAMES:
        return 0.0
    slack = len(shorter) // 3
    padded = np.pad(longer, ((slack, slack), (0, 0)), constant_values=float(longer.min()))
    best = 0.0
    for offset in range(len(padded) - len(shorter) + 1):
        stretch = padded[offset : offset + len(shorter)]
        deviation = stretch - stretch.mean()
        scale = float(np.linalg.norm(deviation) * np.linalg.norm(shorter))
        if scale > 0:
            best = max(best, float(np.sum(deviation * shorter)) / scale)
    covered = len(shorter) / len(longer)
    return best * min(1.0, 0.5 + covered)
