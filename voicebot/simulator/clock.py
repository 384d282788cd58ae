"""Time for the simulated carrier: the real one, or one that goes on only when it is told to."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def sleep_until(self, moment_seconds: float) -> None:
        """Come back at ``moment_seconds``, at once when that has passed."""


class RealClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep_until(self, moment_seconds: float) -> None:
        while (left_seconds := moment_seconds - time.monotonic()) > 0:
            time.sleep(left_seconds)


class VirtualClock:
    """Starts at 0 and jumps; ``advance`` adds the time that an engine would have computed."""

    def __init__(self) -> None:
        self._now_seconds = 0.0

    def now(self) -> float:
        return self._now_seconds

    def sleep_until(self, moment_seconds: float) -> None:
        self._now_seconds = max(self._now_seconds, moment_seconds)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._now_seconds += seconds
