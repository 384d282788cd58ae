"""What is said over a prompt and means nothing by it: the prompt goes on, and no turn is taken."""

from __future__ import annotations

from voicebot.call.playback import Cut
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.keys import is_yes_no
from voicebot.nlu.reading import Reading

CLEAR_YES = 0.8
"""对 and 好的 are as sure as this, 嗯 is not."""
TAIL_SECONDS = 1.0
"""The end of a yes/no question: a nod into it answers it."""


def is_aside(reading: Reading, expect: Expectation, cut: Cut, *, before_the_question: bool) -> bool:
    """嗯, 哦, 对对, 好的 to a prompt that did not ask for it, or has not asked yet.

    ``before_the_question``: money hangs on a yes, and what it agrees to was not heard out.
    """
    if reading.intents or reading.slots or not reading.acts:
        return False
    if any(act.name not in ("affirm", "backchannel") for act in reading.acts):
        return False
    clear_yes = any(act.name == "affirm" and act.confidence >= CLEAR_YES for act in reading.acts)
    if not is_yes_no(expect) or not reading.has_act("affirm"):
        return True
    if expect.strict:
        return before_the_question
    if not cut.in_last:
        return True
    return not clear_yes and cut.seconds_left > TAIL_SECONDS
