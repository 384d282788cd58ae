"""The line as the carrier's side sees it: what the webhooks and sockets need of whoever serves the calls.

Everything here is met structurally, so that the runtime, which lies below, need not import this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from voicebot.dialogue.requests import Request, Result
from voicebot.telephony.media_stream import Started
from voicebot.telephony.transport import Transport

Channel = Literal["phone", "softphone"]
OutcomeKind = Literal["transfer", "hangup", "unknown", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is on the line, from the signed webhook and never from the stream."""

    call_sid: str
    from_number: str | None
    """E.164 as the carrier gives it (+8613800001111), None when withheld."""
    to_number: str
    channel: Channel = "phone"


class Outcome(Protocol):
    """How the conversation ended, and so how the call goes on."""

    @property
    def kind(self) -> OutcomeKind:
        """``unknown``: no such call was served; ``interrupted``: it was cut short by our side."""

    @property
    def ticket_no(self) -> str | None:
        """Of the transfer, as it was written before the call moved."""

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines in Chinese for the human."""


class Line(Protocol):
    """The hotline behind the telephone."""

    def admits(self) -> bool:
        """Could a call be taken now: a recogniser, capacity, and not draining?"""

    def ready(self) -> Mapping[str, Any]:
        """For /readyz: ``ready`` (bool) and the engines in use; no secrets."""

    def serve(self, transport: Transport, start: Started, caller: Caller) -> None:
        """Hold one call, from the start of its stream until it has ended.

        Blocks, and leaves closing the transport to its owner; may let StreamClosed through.
        """

    def outcome(self, call_sid: str) -> Outcome:
        """How the call's conversation ended; ``unknown`` for a call that was never served."""

    def business(self, request: Request) -> Result:
        """Ask the shop directly, for the keypad menu. Failures come back as LookupFailed."""

    def status(self, call_sid: str, status: str, duration_seconds: int | None) -> None:
        """Hear the carrier's word: ringing, in-progress, completed, busy, failed, no-answer, canceled."""
