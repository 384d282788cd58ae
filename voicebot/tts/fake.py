"""A voice for tests: tones instead of words, at once, the same for the same text."""

import threading

import numpy as np

from voicebot.tts.engine import Speech, VoiceFailedError
from voicebot.tts.spoken_text import is_speakable

SAMPLE_RATE_HZ = 8000
SYLLABLE_SECONDS = 0.18
_TONE_HZ = (220.0, 262.0, 294.0, 330.0, 392.0, 440.0)
_AMPLITUDE = 6000


class FakeVoice:
    """Says each letter, digit and character as a tone of 0.18 s. Keeps what it was asked."""

    def __init__(self, name: str = "fake-1/tones", *, failing: frozenset[str] = frozenset()) -> None:
        """`failing`: texts on which it breaks."""
        self._name = name
        self._failing = failing
        self._lock = threading.Lock()
        self.rendered: list[str] = []
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    def render(self, text: str, speed: float = 1.0) -> Speech:
        if self.closed:
            raise VoiceFailedError("the voice was closed")
        if not is_speakable(text) or text in self._failing:
            raise VoiceFailedError(f"nothing in the text can be spoken: {text[:40]!r}")
        with self._lock:
            self.rendered.append(text)
        width = int(SYLLABLE_SECONDS * SAMPLE_RATE_HZ / speed)
        envelope = np.sin(np.pi * np.arange(width) / width) ** 0.5
        turn = 2 * np.pi * np.arange(width) / SAMPLE_RATE_HZ
        tones = [
            np.sin(turn * _TONE_HZ[ord(one) % len(_TONE_HZ)]) * envelope for one in text if is_speakable(one)
        ]
        samples = (np.concatenate(tones) * _AMPLITUDE).astype(np.int16)
        return Speech(samples=samples, sample_rate_hz=SAMPLE_RATE_HZ)

    def close(self) -> None:
        self.closed = True
