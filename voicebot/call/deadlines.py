"""Named points in time: what has to happen when nothing else does. No clock inside."""

from __future__ import annotations

from typing import Literal

Deadline = Literal[
    "no_input",
    "keys",
    "hurry",
    "turn",
    "transcript",
    "reading",
    "business",
    "acknowledge",
    "playback",
    "call",
]


class Deadlines:
    """At most one point in time a name; due ones come out in order of time, even when late."""

    def __init__(self) -> None:
        self._at: dict[Deadline, float] = {}

    def set(self, name: Deadline, at_seconds: float) -> None:
        """Put it there, wherever it was before; seconds since the call started."""
        self._at[name] = round(at_seconds, 3)  # the log's resolution: a tick at the logged time finds it due

    def drop(self, *names: Deadline) -> None:
        """Forget them; those that are not set are none."""
        for name in names:
            self._at.pop(name, None)

    def clear(self) -> None:
        self._at.clear()

    def __contains__(self, name: Deadline) -> bool:
        return name in self._at

    @property
    def next_seconds(self) -> float | None:
        """The earliest; None when nothing is awaited."""
        return min(self._at.values(), default=None)

    def take_due(self, now: float) -> Deadline | None:
        """The earliest deadline that is due, taken off; None when there is none. Ties go by name."""
        due = [(at, name) for name, at in self._at.items() if at <= now]
        if not due:
            return None
        _, name = min(due)
        del self._at[name]
        return name
