"""What the dialogue wants after one event: to say, to ask of the business, to listen for, or to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from voicebot.dialogue.requests import Request
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One prompt to be played."""

    wording: str
    parts: tuple[Part, ...]
    text: str
    """As a supervisor reads it."""
    interruptible: bool = True
    """False: it is said to its end, whatever is spoken over it."""
    skip_seconds: float = 0.0
    """How much of its sound was heard before, and is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the call goes on once everything was said."""

    kind: Literal["hangup", "transfer"]
    outcome: str
    ticket_no: str | None = None
    summary: tuple[str, ...] = ()


@dataclass
class Turn:
    """What came of one event; filled while it is worked on, then handed out whole."""

    sayings: list[Saying] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    expect: Expectation | None = None
    """What is listened for from now on; None while the business is asked or the call ends."""
    ending: Ending | None = None
    on_hold: bool = False
    """The caller asked for time: be patient."""
