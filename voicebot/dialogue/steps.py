"""What a task may want next: the only vocabulary between a task and the dialogue that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicebot.dialogue.requests import Request
from voicebot.nlu.expectation import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask the business; the result is kept with the request, and the task looks again."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the caller for one slot."""

    slot: str
    wording: str
    state: str
    """The state as the reader knows it: usually the slot's name."""
    values: Mapping[str, str | int] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    proposal: str | None = None
    """What a plain no (都不是, 不知道) turns down: then the task goes another way. None: no answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Ask for an explicit yes to ``proposal``; any change of the proposal asks again."""

    proposal: str
    """Everything that is agreed to, as one text: a yes to one proposal is no yes to another."""
    wording: str
    state: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    strict: bool = True
    """Money, goods or an address hang on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Say something once in this task and go on."""

    key: str
    """What makes it the same remark: it is not repeated under this key."""
    wording: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The task is done; ``outcome`` goes into the summary."""

    outcome: str
    wording: str | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)
    order_no: str | None = None
    reference: str | None = None
    """Number of what was written: a refund's, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Only a human can go on."""

    reason: str
    wording: str


Step = Fetch | Ask | Confirm | Tell | Finish | Handover
