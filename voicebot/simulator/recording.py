"""What a call was like, kept: a stereo recording (left caller, right bot) and a timeline of events."""

from __future__ import annotations

import json
import wave
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, decode

AUDIBLE_AMPLITUDE = 200
"""Of 32768 (about -44 dBFS): quieter is a prompt's own breath, not yet a sound."""
PAUSE_SECONDS = 0.3
"""A silence this long ends a stretch of the bot's speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    at_seconds: float
    """Since the stream started."""
    event: str
    """caller_speech_began, caller_speech_ended, bot_began, bot_ended, mark, clear, underrun, key, …"""
    detail: dict[str, Any] = field(default_factory=dict)


class Timeline:
    """The events of one call in the order in which they were noticed."""

    def __init__(self) -> None:
        self._events: list[TimelineEvent] = []

    def add(self, at_seconds: float, event: str, **detail: Any) -> None:
        self._events.append(TimelineEvent(at_seconds=round(at_seconds, 4), event=event, detail=detail))

    def events(self) -> tuple[TimelineEvent, ...]:
        """In order of time; the end of speech is known only a pause later and takes its own place."""
        return tuple(sorted(self._events, key=lambda event: event.at_seconds))


class BotEar:
    """Notices when the bot becomes audible and when it falls silent, to the sample."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.speaking = False
        self.began_at_seconds: float | None = None
        self.quiet_since_seconds = 0.0
        """End of the last audible sample."""
        self.frame: NDArray[np.int16] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        """What is being played: 160 samples."""

    def hear(self, frame: NDArray[np.int16], at_seconds: float) -> None:
        """Take the 20 ms that are played from ``at_seconds`` on."""
        self.frame = frame
        loud = np.flatnonzero(np.abs(frame.astype(np.int32)) >= AUDIBLE_AMPLITUDE)
        if len(loud):
            if not self.speaking:
                self.speaking = True
                self.began_at_seconds = at_seconds + float(loud[0]) / SAMPLE_RATE_HZ
                self._timeline.add(self.began_at_seconds, "bot_began")
            self.quiet_since_seconds = at_seconds + float(loud[-1] + 1) / SAMPLE_RATE_HZ
        elif self.speaking and at_seconds - self.quiet_since_seconds >= PAUSE_SECONDS:
            self.prompt_ended()

    def prompt_ended(self) -> None:
        """A mark was reached or the queue cleared: what comes next is another stretch."""
        if self.speaking:
            self.speaking = False
            self._timeline.add(self.quiet_since_seconds, "bot_ended")


class Recording:
    """Both sides of one call, frame by frame: 8 kHz mu-law in, 16-bit stereo WAV out."""

    def __init__(self) -> None:
        self._caller = bytearray()
        self._bot = bytearray()

    def frame(self, caller: bytes, bot: bytes) -> None:
        self._caller += caller
        self._bot += bot

    @property
    def seconds(self) -> float:
        return len(self._bot) / SAMPLE_RATE_HZ

    def caller_samples(self) -> NDArray[np.int16]:
        return decode(bytes(self._caller))

    def bot_samples(self) -> NDArray[np.int16]:
        return decode(bytes(self._bot))

    def write_wav(self, path: Path) -> None:
        stereo = np.column_stack((self.caller_samples(), self.bot_samples()))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(stereo.astype("<i2").tobytes())


def write_timeline(path: Path, events: tuple[TimelineEvent, ...], **about: Any) -> None:
    """Write ``about`` the call and its events as JSON."""
    body = {**about, "events": [asdict(event) for event in events]}
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
