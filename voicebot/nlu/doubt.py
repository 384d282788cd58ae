"""How far the values of a reading can be relied on: numbers with rivals, words that were repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicebot.language.normalise import normalise
from voicebot.nlu import answers
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading
from voicebot.nlu.repair import Repaired

NUMBER_STATES = frozenset({"order_tail", "phone_tail", "phone", "order_no"})
TIED = 0.9
"""An alternative with so much of the best one's confidence may as well be what was said."""


def as_repaired(reading: Reading, repaired: Repaired) -> Reading:
    """The reading with its repairs; values that rest on one are no surer than its sound."""
    most = answers.LIKELY if repaired.is_near_exact else answers.GUESSED
    touched = [repair.after for repair in repaired.repairs]
    slots = tuple(
        replace(slot, confidence=min(slot.confidence, most))
        if any(after in slot.text or slot.text in after for after in touched)
        else slot
        for slot in reading.slots
    )
    return replace(reading, slots=slots, repairs=repaired.repairs)


def doubted(reading: Reading, texts: Sequence[tuple[str, float]], expect: Expectation) -> Reading:
    """The reading with low confidence in a number that other alternatives, about as likely, have otherwise.

    A number on file (``expect.known``) is not doubted for one that is not.
    """
    rivals = [text for text, sure in texts[1:] if sure >= TIED * texts[0][1]] if texts else []
    slots = list(reading.slots)
    for place, slot in enumerate(slots):
        if slot.name not in NUMBER_STATES or not str(slot.value).isdecimal():
            continue
        counts = (len(str(slot.value)),)
        said = {found[0] for text in rivals if (found := answers.digit_answer(normalise(text), counts))}
        others = said - {str(slot.value)}
        if others and not (slot.value in expect.known and not others & set(expect.known)):
            slots[place] = replace(slot, confidence=min(slot.confidence, answers.TIED_CONFIDENCE))
    return replace(reading, slots=tuple(slots))


def number_asked(state: str | None) -> str | None:
    """The number that was asked for, or read back: 不是，是七七六五 answers that too."""
    number = (state or "").removeprefix("confirm:")
    return number if number in NUMBER_STATES else None
