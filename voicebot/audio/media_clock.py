"""The carrier's timestamps laid on the call's clock, whatever the carrier's clock does."""

from dataclasses import dataclass

AHEAD_SECONDS = 1.0
"""Sound cannot come from the future: what seems to by more than this has a clock that jumped."""
BACK_SECONDS = 0.5
"""Messages come in order, so sound from before the last chunk by more than this has one, too. Less of it is
late by so little that it may be dropped as heard already."""


@dataclass
class MediaClock:
    """Says when a chunk was spoken: where its timestamp says, or right behind the last one after a jump.

    Without it a clock set back would leave the line deaf until it has caught up, and one set forward would
    let a caller's yes come after a question that he has not heard.
    """

    jumps: int = 0
    """How often the timestamps went where they cannot be."""
    _offset_seconds: float = 0.0
    _last_seconds: float | None = None
    _last_end_seconds: float = 0.0
    _last_arrived_seconds: float = 0.0

    def place(self, timestamp_seconds: float, arrived_seconds: float, chunk_seconds: float) -> float:
        """Give the moment of a chunk's first sample on the clock by which it arrived just now."""
        at_seconds = timestamp_seconds + self._offset_seconds
        is_ahead = at_seconds > arrived_seconds + AHEAD_SECONDS
        is_back = self._last_seconds is not None and at_seconds < self._last_seconds - BACK_SECONDS
        if is_ahead or is_back:
            self.jumps += 1
            at_seconds = self._behind_the_last(arrived_seconds, chunk_seconds)
            self._offset_seconds = at_seconds - timestamp_seconds
        self._last_seconds = at_seconds
        self._last_end_seconds = at_seconds + chunk_seconds
        self._last_arrived_seconds = arrived_seconds
        return at_seconds

    def _behind_the_last(self, arrived_seconds: float, chunk_seconds: float) -> float:
        """As late behind its arrival as the last chunk was, and not over it."""
        if self._last_seconds is None:
            return max(0.0, arrived_seconds - chunk_seconds)
        waited_seconds = arrived_seconds - self._last_arrived_seconds
        return max(self._last_end_seconds, self._last_seconds + waited_seconds)
