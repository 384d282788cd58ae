"""Reads keypad digits in the light of what was asked."""

from __future__ import annotations

from voicebot.grammar.names import INTENTS
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Act, Intent, Reading, Slot

_KEYED_YES, _KEYED_NO, _HUMAN = "1", "2", "0"
TAIL_DIGITS = 4


def is_yes_no(expect: Expectation) -> bool:
    """A question that yes or no answers."""
    keys = {phrase.key for phrase in expect.phrases}
    state = expect.state or ""
    return keys == {"yes", "no"} or state.startswith("confirm:") or state == "anything_else"


def read_keys(digits: str, expect: Expectation) -> Reading:
    """1 and 2 for yes and no, the place of a choice, digit strings of the wanted length, 0 for a human.

    ``#`` and ``*`` only end an entry. Keys that answer nothing give an empty reading.
    """
    keyed = "".join(key for key in digits if key.isdigit())
    if keyed == _HUMAN:
        return Reading(text=digits, intents=(Intent(name="agent.request", confidence=1.0),))
    if not keyed:
        return Reading(text=digits)
    if is_yes_no(expect) and keyed in (_KEYED_YES, _KEYED_NO):
        name = "affirm" if keyed == _KEYED_YES else "deny"
        return Reading(text=digits, acts=(Act(name=name, confidence=1.0),))
    if expect.keys:
        return _mapped(digits, keyed, expect)
    slots = _slots(keyed, expect)
    if slots or expect.kind != "closed" or is_yes_no(expect):
        return Reading(text=digits, slots=slots)
    return _picked(digits, keyed, expect)


def _slot(name: str, value: str | int, keyed: str) -> tuple[Slot, ...]:
    return (Slot(name=name, value=value, text=keyed, confidence=1.0),)


def _slots(keyed: str, expect: Expectation) -> tuple[Slot, ...]:
    state = expect.state
    if state in ("choice", "order_ref") and expect.options:
        place = int(keyed) if len(keyed) <= 2 else 0
        return _slot("choice", place, keyed) if 1 <= place <= len(expect.options) else ()
    if expect.kind == "digits" and state is not None:
        if len(keyed) not in expect.digit_counts:
            return ()
        name = "order_tail" if state == "order_no" and len(keyed) == TAIL_DIGITS else state
        return _slot(name, keyed, keyed)
    if state == "order_fact" and len(keyed) == TAIL_DIGITS:
        return _slot("order_tail", keyed, keyed)
    if state == "score" and keyed in "12345" and len(keyed) == 1:
        return _slot("score", int(keyed), keyed)
    return ()


def _mapped(digits: str, keyed: str, expect: Expectation) -> Reading:
    """A key that states.yaml gives a meaning: an intent, or a value of the state's slot."""
    place = int(keyed) if len(keyed) == 1 else 0
    if not 1 <= place <= len(expect.keys):
        return Reading(text=digits)
    meant = expect.keys[place - 1]
    if meant in INTENTS or expect.state is None:
        return Reading(text=digits, intents=(Intent(name=meant, confidence=1.0),))
    return Reading(text=digits, slots=_slot(expect.state, meant, keyed))


def _picked(digits: str, keyed: str, expect: Expectation) -> Reading:
    """The n-th phrase of a closed set, as its file lists them."""
    place = int(keyed) if len(keyed) <= 2 else 0
    if not 1 <= place <= len(expect.phrases) or expect.state is None:
        return Reading(text=digits)
    key = expect.phrases[place - 1].key
    if key in INTENTS:
        return Reading(text=digits, intents=(Intent(name=key, confidence=1.0),))
    return Reading(text=digits, slots=_slot(expect.state, key, keyed))
