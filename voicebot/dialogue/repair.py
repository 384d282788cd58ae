"""The repair ladder: what is said when the caller was not understood, or said nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from voicebot.dialogue.steps import Ask, Confirm
from voicebot.dialogue.wording import Wordings
from voicebot.nlu.expectation import Option

GIVE_UP_AFTER = 3
"""The rung at which a human takes over (docs/architecture.md, "Repair")."""

Rung = Literal["again", "keypad", "give_up"]
Kind = Literal["open", "ask", "confirm", "anything_else"]
Way = Literal["", "again", "keypad", "unclear"]
"""How a question is put: in full, or as KEY.again, KEY.keypad, KEY.unclear."""


@dataclass
class Question:
    """What was asked last and how often it failed. A new question starts with a clean ladder."""

    wording: str
    state: str | None
    kind: Kind
    task: int = 0
    """The number of the task that asks, 0 for the line itself."""
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
        """Count an answer that was not understood; the rung to go down to."""
        self.misses += 1
        return _rung(self.misses)

    def unanswered(self) -> Rung:
        """Count a silence, apart from what was not understood; the rung to go down to."""
        self.silences += 1
        return _rung(self.silences)


def _rung(count: int) -> Rung:
    if count >= GIVE_UP_AFTER:
        return "give_up"
    return "again" if count == 1 else "keypad"


def wording_for(question: Question, way: Way, wordings: Wordings) -> str:
    """``KEY.again`` or ``KEY.keypad``; ``refund.confirm.only`` shares those of ``refund.confirm``."""
    key = question.wording
    if not way:
        return key
    while True:
        if wordings.has(f"{key}.{way}"):
            return f"{key}.{way}"
        if "." not in key:
            return f"open.{way}"
        key = key.rpartition(".")[0]


def question_of(step: Ask | Confirm, task: int) -> Question:
    """The step as the question that stands until it is answered; ``task`` is the number of the one asking."""
    question = Question(
        wording=step.wording,
        state=step.state,
        kind="ask" if isinstance(step, Ask) else "confirm",
        task=task,
        proposal=step.proposal,
        values=dict(step.values),
    )
    if isinstance(step, Ask):
        return replace(question, slot=step.slot, options=step.options)
    return replace(question, strict=step.strict)
