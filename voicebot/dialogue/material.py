"""What the operators wrote, ready for use in calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from voicebot.dialogue.task_stack import Synonyms
from voicebot.dialogue.wording import Wordings
from voicebot.nlu.expectation import Expectation, Option


class ExpectationFor(Protocol):
    """What is listened for in a state; from the grammar's states (see nlu/asking.py)."""

    def __call__(
        self,
        state: str | None,
        options: tuple[Option, ...],
        bias: tuple[str, ...],
        strict: bool,
        known: tuple[str, ...] = (),
        /,
    ) -> Expectation: ...


def no_synonyms(_said: str) -> tuple[str, ...]:
    """For scripts without a lexicon: a product has the name that was said."""
    return ()


DEFAULT_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One per version of the grammar, shared by all calls."""

    wordings: Wordings
    labels: Mapping[str, str]
    expectation_for: ExpectationFor
    version: str
    """Hash of the grammar bundle."""
    synonyms: Synonyms = no_synonyms
    identity_tries: int = DEFAULT_TRIES
    """Of tails or facts in one call, then a person takes over (policies.yaml, ``identity.tries``)."""
