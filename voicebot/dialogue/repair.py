"""The repair ladder: what is said when the caller was not understood, or said nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from voicebot.dialogue.wording import Wordings
from voicebot.nlu.expectation import Option

GIVE_UP_AFTER = 3
"""The rung at which a human takes over (docs/architecture.md, "Repair")."""

Rung = Literal["again", "keypad", "give_up"]


@dataclass
class Question:
    """What was asked last and how often it failed. A new question starts with a clean ladder."""

    wording: str
    state: str | None
    kind: Literal["open", "ask", "confirm", "anything_else"]
    slot: str | None = None
    proposal: str | None = None
    values: dict[str, str | int] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    strict: bool = False
    misses: int = 0
    silences: int = 0

    def same_as(self, other: Question | None) -> bool:
        """Is it the same thing asked again? Then the ladder goes on instead of starting anew."""
        return other is not None and (self.wording, self.slot, self.proposal) == (
            other.wording,
            other.slot,
            other.proposal,
        )

    def missed(self) -> Rung:
        self.misses += 1
        return _rung(self.misses)

    def unanswered(self) -> Rung:
        self.silences += 1
        return _rung(self.silences)


def _rung(count: int) -> Rung:
    if count >= GIVE_UP_AFTER:
        return "give_up"
    return "again" if count == 1 else "keypad"


def wording_for(question: Question, rung: Literal["again", "keypad", "unclear"], wordings: Wordings) -> str:
    """``KEY.again`` or ``KEY.keypad``; ``refund.confirm.only`` shares those of ``refund.confirm``."""
    key = question.wording
    while True:
        if wordings.has(f"{key}.{rung}"):
            return f"{key}.{rung}"
        if "." not in key:
            return f"open.{rung}"
        key = key.rpartition(".")[0]
