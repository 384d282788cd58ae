"""A turn that was closed too early: what was said and done, so that both breaths can be read as one."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from voicebot.call.events import Heard
from voicebot.call.patience import CUT_OFF_SECONDS
from voicebot.dialogue.conversation import Conversation
from voicebot.dialogue.requests import CheckRefund, IdentifyCaller, Request, TrackParcel
from voicebot.nlu.expectation import Expectation

_HARMLESS = (IdentifyCaller, TrackParcel, CheckRefund)
"""Look-ups that may be asked for nothing. What writes, or costs a try at an identity, is never undone."""
JUST_BEGUN_SECONDS = 1.0
"""An answer that has sounded for longer is what the caller speaks to."""

LONGEST_SECONDS = 15.0
"""From its first word to the second breath. Who goes on for longer is answered: one who never stops would
otherwise never be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The call as it was before its last spoken turn was acted upon."""

    heard: tuple[Heard, ...]
    expect: Expectation
    closed_seconds: float
    spoke_seconds: float | None
    asked_seconds: float
    conversation: Conversation
    awaited: tuple[Request, ...]

    def may_go_on_at(self, began_seconds: float, answer_began_seconds: float | None) -> bool:
        """Speech that begins then is the rest of that turn, not an answer to what was said since."""
        if began_seconds > self.closed_seconds + CUT_OFF_SECONDS:
            return False
        if self.spoke_seconds is not None and began_seconds > self.spoke_seconds + LONGEST_SECONDS:
            return False
        return answer_began_seconds is None or began_seconds <= answer_began_seconds + JUST_BEGUN_SECONDS


def can_be_undone(request: Request) -> bool:
    """Nothing is written, and no try is spent, by having asked it."""
    return isinstance(request, _HARMLESS)


def copied(conversation: Conversation) -> Conversation:
    """A second one that goes on by itself; what operators wrote is shared."""
    script = conversation.script
    return copy.deepcopy(conversation, {id(one): one for one in (script, script.wordings, script.labels)})


def joined(first: tuple[Heard, ...], then: tuple[Heard, ...]) -> tuple[Heard, ...]:
    """What was said in two breaths, best hypothesis to best; the alternatives of one alone otherwise."""
    if not first or not then:
        return first or then
    text = first[0].text + "，" + then[0].text
    sure = min(first[0].confidence, then[0].confidence)
    syllables = (*first[0].syllables, *then[0].syllables) if first[0].syllables and then[0].syllables else ()
    return (Heard(text=text, confidence=sure, syllables=syllables),)
