"""Where the caller phones from: a speakerphone that returns the prompts, and a room that is not quiet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.stream import CallerMove
from voicebot.simulator.twilio import PhoneCaller

ROOM_SECONDS = 0.12
"""In which the sound of a small room has died away by 60 dB."""


class Speakerphone:
    """What a telephone on the table sends back of what it plays: later, weaker, and with the room's sound."""

    def __init__(self, *, loss_db: float, delay_seconds: float, seed: int) -> None:
        """``loss_db``: how much quieter the echo is; ``delay_seconds``: the telephone's and the network's."""
        random = np.random.default_rng(seed)
        length = round(ROOM_SECONDS * SAMPLE_RATE_HZ)
        tail = random.normal(size=length) * 10 ** (-3 * np.arange(length) / length)
        tail *= 0.5 / np.linalg.norm(tail)
        tail[0] += 1.0
        response = tail * 10 ** (-loss_db / 20) / np.linalg.norm(tail)
        size = 1 << (FRAME_SAMPLES + length - 1).bit_length()
        self._size = size
        self._response = np.fft.rfft(response, size)
        self._delay = round(delay_seconds * SAMPLE_RATE_HZ)
        self._coming = np.zeros(self._delay + size)

    def returns(self, played: NDArray[np.int16]) -> NDArray[np.float64]:
        """Take the 160 samples that are played now; give the echo that is heard beside them."""
        if played.any():
            spectrum = np.fft.rfft(played.astype(np.float64), self._size) * self._response
            self._coming[self._delay :] += np.fft.irfft(spectrum, self._size)
        echo = self._coming[:FRAME_SAMPLES].copy()
        self._coming[:-FRAME_SAMPLES] = self._coming[FRAME_SAMPLES:]
        self._coming[-FRAME_SAMPLES:] = 0.0
        return echo


class Background:
    """A sound that goes on behind the caller, over and over."""

    def __init__(self, sound: NDArray[np.float64], *, begin: int = 0) -> None:
        """``sound``: 8 kHz samples in units of int16; the first one heard is number ``begin``."""
        if len(sound) < FRAME_SAMPLES:
            raise ValueError("a background lasts 20 ms at least")
        self._sound = sound
        self._at = begin % len(sound)

    def next(self) -> NDArray[np.float64]:
        """The next 160 samples."""
        frame = np.take(self._sound, range(self._at, self._at + FRAME_SAMPLES), mode="wrap")
        self._at = (self._at + FRAME_SAMPLES) % len(self._sound)
        return frame


class InSurroundings:
    """A caller whose telephone also takes in an echo and a background."""

    def __init__(
        self,
        caller: PhoneCaller,
        *,
        speakerphone: Speakerphone | None = None,
        background: Background | None = None,
    ) -> None:
        self._caller = caller
        self._speakerphone = speakerphone
        self._background = background

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        made = self._caller.move(now_seconds, ear, timeline)
        heard = np.zeros(FRAME_SAMPLES) if made.audio is None else made.audio.astype(np.float64)
        if self._speakerphone is not None:
            heard = heard + self._speakerphone.returns(ear.frame)
        if self._background is not None:
            heard = heard + self._background.next()
        audio = np.clip(np.rint(heard), -32768, 32767).astype(np.int16)
        return CallerMove(audio=audio, keys=made.keys, ends=made.ends, text=made.text)

    def press_for_menu(self, said: list[str]) -> str:
        return self._caller.press_for_menu(said)

    def finish(self) -> None:
        self._caller.finish()
