"""What the carrier has queued for the caller's ear, consumed in real time, with marks at their places.

As in Media Streams: a mark comes back when everything before it was played, and at once when there was
nothing; ``clear`` empties the queue and brings back every mark in it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voicebot.simulator.g711 import FRAME_SAMPLES, FRAME_SECONDS, SILENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One frame of 20 ms."""

    payload: bytes
    """160 bytes of mu-law, silence where nothing was queued."""
    audio_bytes: int
    """How many of them came from the queue."""
    marks: tuple[str, ...]
    """Reached at the end of this frame."""


class Playback:
    def __init__(self) -> None:
        self._audio = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._received = 0
        self._played = 0
        self._dry_frames = 0
        self._inside_prompt = False
        self._gap_seconds: list[float] = []

    @property
    def queued_seconds(self) -> float:
        return len(self._audio) / FRAME_SAMPLES * FRAME_SECONDS

    def media(self, payload: bytes) -> None:
        """Queue audio; when the queue had run dry inside a prompt, that gap was an under-run."""
        if self._inside_prompt and self._dry_frames and payload:
            self._gap_seconds.append(self._dry_frames * FRAME_SECONDS)
        self._dry_frames = 0
        self._inside_prompt = self._inside_prompt or bool(payload)
        self._audio += payload
        self._received += len(payload)

    def mark(self, name: str) -> None:
        """Set a mark after everything queued so far; it ends a prompt."""
        self._marks.append((self._received, name))
        if not self._audio:
            self._inside_prompt = False

    def clear(self) -> tuple[str, ...]:
        """Throw everything away and return the marks that were pending."""
        marks = tuple(name for _, name in self._marks)
        self._marks.clear()
        self._audio.clear()
        self._received = self._played
        self._inside_prompt = False
        self._dry_frames = 0
        return marks

    def play(self) -> Played:
        """Play the next 20 ms."""
        taken = bytes(self._audio[:FRAME_SAMPLES])
        del self._audio[:FRAME_SAMPLES]
        self._played += len(taken)
        if not taken and self._inside_prompt:
            self._dry_frames += 1
        marks = []
        while self._marks and self._marks[0][0] <= self._played:
            position, name = self._marks.popleft()
            marks.append(name)
            self._inside_prompt = position < self._played or bool(self._audio)
        return Played(payload=taken.ljust(FRAME_SAMPLES, SILENCE), audio_bytes=len(taken), marks=tuple(marks))

    def take_gaps(self) -> tuple[float, ...]:
        """Return the lengths, in seconds, of the under-runs noticed since the last call."""
        gaps, self._gap_seconds = tuple(self._gap_seconds), []
        return gaps
