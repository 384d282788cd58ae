"""How the caller steers the talk itself: asides and moves that no task has to know."""

from __future__ import annotations

from typing import Literal

from voicebot.nlu.reading import Reading, is_only, says_more

Move = Literal["robot", "hold", "repeat", "greet", "nod", "thanks", "back", "stop", "goodbye"]


def move_of(reading: Reading, *, thanks_answers: bool) -> Move | None:
    """What the utterance does to the talk; None when it is about the matter.

    ``thanks_answers``: after "anything else?" a thank-you is an answer and no aside.
    """
    if reading.has_act("robot"):
        return "robot"
    if reading.has_act("wait") and not says_more(reading):
        return "hold"
    if any(reading.has_act(act) for act in ("repeat", "slower", "louder")):
        return "repeat"
    if is_only(reading, "greet"):
        return "greet"
    if is_only(reading, "backchannel"):
        return "nod"
    if is_only(reading, "thanks") and not thanks_answers:
        return "thanks"
    if reading.intents:
        return None
    if reading.has_act("stop"):
        return "stop"
    if reading.has_act("goodbye"):
        return "goodbye"
    return "back" if reading.has_act("back") and not reading.slots else None
