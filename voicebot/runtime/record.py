"""What is kept of a call while it runs: the log, entry by entry, and the recording."""

from __future__ import annotations

from typing import Protocol

from voicebot.call.actions import Action
from voicebot.call.events import Event
from voicebot.call.log import Entry, action_entry, event_entry, tick_entry, to_line


class LogSink(Protocol):
    """The journal and what lies behind it. ``append`` is quick: a buffer, not a disk."""

    def append(self, entry: Entry, line: str) -> None:
        """Take one entry, as object and as the line it makes."""

    def sync(self) -> None:
        """Have all of it put on disk, without waiting for that."""


class CallRecord:
    """Numbers the entries of one call, in the order in which they happened."""

    def __init__(self, sink: LogSink) -> None:
        self._sink = sink
        self._seq = 0

    def event(self, at_seconds: float, event: Event) -> None:
        """Note what the session is given; before it is given."""
        self._append(event_entry(self._next(), at_seconds, event))

    def tick(self, at_seconds: float) -> None:
        """Note a moment at which deadlines were due."""
        self._append(tick_entry(self._next(), at_seconds))

    def actions(self, at_seconds: float, actions: list[Action]) -> None:
        """Note what the session wants; before it is done."""
        for action in actions:
            self._append(action_entry(self._next(), at_seconds, action))

    def sync(self) -> None:
        """To disk, at the turns of the talk."""
        self._sink.sync()

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _append(self, entry: Entry) -> None:
        self._sink.append(entry, to_line(entry))
