"""What the business was asked and has not answered yet, and what the caller hears meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voicebot.call.actions import Action, Consult
from voicebot.call.deadlines import Deadlines
from voicebot.dialogue.requests import LookupFailed, Request

ACKNOWLEDGE_SECONDS = 0.9
"""The business has not answered: say that we are looking ..."""
LONGEST_SILENCE_SECONDS = 1.4
"""... and before the caller has heard nothing for 1.5 s (docs/architecture.md, "Acknowledgement")."""
LEAST_WAIT_SECONDS = 0.2
"""What is answered so soon needs no acknowledgement, however late it was asked."""
ACKNOWLEDGE_AGAIN_SECONDS = 5.0
BUSINESS_SECONDS = 12.0


class Lookups:
    """The requests of one call under way."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._awaited: list[Request] = []
        self.is_waiting = False
        """Nothing can be said before an answer."""

    @property
    def awaited(self) -> tuple[Request, ...]:
        """Asked and not answered, in order."""
        return tuple(self._awaited)

    def ask(self, requests: Iterable[Request], now: float) -> list[Action]:
        """Ask them; each is to be answered in time."""
        actions: list[Action] = []
        for request in requests:
            self._awaited.append(request)
            self._deadlines.set("business", now + BUSINESS_SECONDS)
            actions.append(Consult(request=request))
        return actions

    def answered(self, request: Request) -> bool:
        """True when this answer was awaited."""
        if request not in self._awaited:
            return False
        self._awaited.remove(request)
        if not self._awaited:
            self._deadlines.drop("business")
        return True

    def take_late(self) -> list[tuple[Request, LookupFailed]]:
        """All that was not answered in time counts as failed."""
        late, self._awaited = self._awaited, []
        message = f"no answer within {BUSINESS_SECONDS:g} s"
        return [(request, LookupFailed(retryable=True, message=message)) for request in late]

    def put_back(self, awaited: Sequence[Request]) -> None:
        """What was asked since counts for nothing."""
        self._awaited = list(awaited)
        self.is_waiting = False
        if not self._awaited:
            self._deadlines.drop("business", "acknowledge")

    def wait(self, now: float, *, listens: bool, silent_since: float | None) -> None:
        """A dialogue that listens waits for nobody, whatever it has asked in the background.

        ``silent_since``: when the caller's speech ended; None after keys and typed words.
        """
        self.is_waiting = bool(self._awaited) and not listens
        if not self.is_waiting:
            self._deadlines.drop("acknowledge")
        elif "acknowledge" not in self._deadlines:
            self.acknowledge_in_time(now, silent_since)

    def acknowledge_in_time(self, now: float, silent_since: float | None) -> None:
        """Have something said before the silence becomes long."""
        at_seconds = now + ACKNOWLEDGE_SECONDS
        if silent_since is not None:
            at_seconds = min(at_seconds, silent_since + LONGEST_SILENCE_SECONDS)
        self._deadlines.set("acknowledge", max(at_seconds, now + LEAST_WAIT_SECONDS))

    def acknowledge_later(self, now: float, *, speaking: bool) -> None:
        """Again, while nothing comes; soon where the caller's own words were in the way."""
        seconds = ACKNOWLEDGE_SECONDS if speaking else ACKNOWLEDGE_AGAIN_SECONDS
        self._deadlines.set("acknowledge", now + seconds)
