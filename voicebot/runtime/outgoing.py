"""The sound on its way to the caller: paced a little ahead of real time, cut in a moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS

LEAD_SECONDS = 0.26
"""How far ahead of the clock sound is written at most: rides out a late thread, and keeps ``clear`` cheap."""
FRAMES_AT_ONCE = 3
"""Sound goes out in messages of 60 ms: a third of the messages of 20 ms, and still 0.2 s ahead."""


class Carrier(Protocol):
    """The part of a transport that takes sound."""

    def send_media(self, payload: bytes) -> None: ...
    def send_mark(self, name: str) -> None: ...
    def send_clear(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAudio:
    """One prompt ready to be played: mu-law at 8 kHz."""

    prompt_id: int
    generation: int
    audio: bytes
    part_ends_seconds: tuple[float, ...]
    resume_seconds: tuple[float, ...] = ()
    """Where it can be taken up again after an interruption."""

    @property
    def mark(self) -> str:
        """The name of the mark behind it: ``generation.prompt id``."""
        return f"{self.generation}.{self.prompt_id}"

    @property
    def seconds(self) -> float:
        return len(self.audio) / FRAME_BYTES * FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Sounding:
    """A frame that the caller hears, ``at_seconds`` of the call; ``first_of`` is set on a prompt's first."""

    at_seconds: float
    payload: bytes
    first_of: PromptAudio | None


def parse_mark(name: str) -> tuple[int, int] | None:
    """(generation, prompt id) of a mark of ours, None for a foreign one."""
    generation, dot, prompt_id = name.partition(".")
    if not (dot and generation.isdecimal() and prompt_id.isdecimal()):
        return None
    return int(generation), int(prompt_id)


class Outgoing:
    """Queue of prompts in the order of their ids, and the clock of what has been heard of them."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._queue: deque[PromptAudio] = deque()
        self._offset_bytes = 0
        self._written_until_seconds = 0.0
        self._in_flight: deque[Sounding] = deque()
        self.underruns = 0
        """Times that sound ran dry inside a prompt."""

    def add(self, prompt: PromptAudio) -> None:
        """Queue it behind the others."""
        self._queue.append(prompt)

    def is_audible(self, now: float) -> bool:
        """Something written is still to be heard at ``now``."""
        return self._written_until_seconds > now

    def clear(self, now: float) -> None:
        """Forget everything. ``clear`` is sent even when our queue is empty: the carrier's may not be."""
        self._queue.clear()
        self._offset_bytes = 0
        self._in_flight.clear()
        self._written_until_seconds = now
        self._carrier.send_clear()

    def write(self, now: float) -> bytes:
        """Send what is due up to the lead; returns the mu-law that was sent."""
        sent = bytearray()
        while self._queue and self._has_room(now):
            prompt = self._queue[0]
            if self._written_until_seconds < now:
                self.underruns += self._offset_bytes > 0
                self._written_until_seconds = now
            chunk = prompt.audio[self._offset_bytes : self._offset_bytes + FRAMES_AT_ONCE * FRAME_BYTES]
            if chunk:
                self._carrier.send_media(chunk)
                self._take_off(chunk, prompt)
                sent += chunk
            if self._offset_bytes >= len(prompt.audio):
                self._carrier.send_mark(prompt.mark)
                self._queue.popleft()
                self._offset_bytes = 0
        return bytes(sent)

    def _has_room(self, now: float) -> bool:
        until_seconds = max(now, self._written_until_seconds) + FRAMES_AT_ONCE * FRAME_SECONDS
        return until_seconds <= now + LEAD_SECONDS

    def _take_off(self, chunk: bytes, prompt: PromptAudio) -> None:
        """Note when each frame of what was sent will be heard."""
        for start in range(0, len(chunk), FRAME_BYTES):
            frame = chunk[start : start + FRAME_BYTES]
            first_of = prompt if self._offset_bytes == 0 else None
            self._in_flight.append(Sounding(self._written_until_seconds, frame, first_of))
            self._written_until_seconds += len(frame) / FRAME_BYTES * FRAME_SECONDS
            self._offset_bytes += len(frame)

    def take_heard(self, now: float) -> list[Sounding]:
        """Frames whose sound has begun by ``now``, in order, each once."""
        heard: list[Sounding] = []
        while self._in_flight and self._in_flight[0].at_seconds <= now:
            heard.append(self._in_flight.popleft())
        return heard
