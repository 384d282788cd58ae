"""One-time tickets that tie a media stream to the call whose signed webhook asked for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from voicebot.telephony.line import Caller


class TicketRefused(Exception):  # noqa: N818  an answer, not a mistake of ours
    """Unknown, used, expired, or another call's ticket; the message tells which, for the log."""


@dataclass(frozen=True, slots=True)
class _Issued:
    caller: Caller
    expires_at_seconds: float


class Tickets:
    """Issued and unused tickets, in memory: a ticket is meant for the process that issued it.

    ``secret`` gives an unguessable text each time; ``now`` seconds of a clock that never goes back. At most
    ``capacity`` are kept: beyond it the oldest goes, as expired as makes no difference.
    """

    def __init__(
        self,
        *,
        secret: Callable[[], str],
        now: Callable[[], float],
        lifetime_seconds: float = 60.0,
        capacity: int = 1000,
    ) -> None:
        self._secret = secret
        self._now = now
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._issued: OrderedDict[str, _Issued] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._issued)

    def issue(self, caller: Caller) -> str:
        """Return a fresh ticket for this call."""
        ticket = self._secret()
        now = self._now()
        with self._lock:
            while self._issued and next(iter(self._issued.values())).expires_at_seconds <= now:
                self._issued.popitem(last=False)
            while len(self._issued) >= self._capacity:
                self._issued.popitem(last=False)
            self._issued[ticket] = _Issued(caller, now + self._lifetime_seconds)
        return ticket

    def redeem(self, ticket: str | None, *, call_sid: str, channel: str) -> Caller:
        """Use a ticket up and return whose it is. Raises TicketRefused."""
        with self._lock:
            issued = self._issued.pop(ticket, None) if ticket else None
        if issued is None:
            raise TicketRefused("the ticket is missing, unknown or used")
        if issued.expires_at_seconds <= self._now():
            raise TicketRefused("the ticket has expired")
        if issued.caller.call_sid != call_sid or issued.caller.channel != channel:
            raise TicketRefused("the ticket is another call's")
        return issued.caller
