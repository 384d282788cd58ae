"""What recognition may be told about this caller: numbers on file and words that are likely; never spoken."""

from __future__ import annotations

from voicebot.dialogue.frame import KnownCaller
from voicebot.dialogue.material import Script
from voicebot.dialogue.repair import Question
from voicebot.dialogue.wording import Wordings
from voicebot.nlu.expectation import Expectation

_TAIL_DIGITS = 4


def listened_for(question: Question, caller: KnownCaller, script: Script) -> Expectation:
    """The question's expectation with all that is known of who answers it."""
    return script.expectation_for(
        question.state,
        question.options,
        likely_words(caller, script.wordings),
        question.strict,
        numbers_on_file(caller),
    )


def numbers_on_file(caller: KnownCaller) -> tuple[str, ...]:
    """The caller's order numbers and their tails, newest first.

    What is paid, and where parcels go, is no hint: those prove who is calling (docs/policies.md, "Identity"),
    and words put into a recogniser's mouth may come out of it.
    """
    numbers = [order.order_no for order in caller.orders if order.order_no.isdecimal()]
    tails = [order.order_no[-_TAIL_DIGITS:] for order in caller.orders]
    return tuple(dict.fromkeys(number for number in (*tails, *numbers) if number.isdecimal()))


def likely_words(caller: KnownCaller, wordings: Wordings) -> tuple[str, ...]:
    """Names of what this caller bought, of the carriers that this call has named, and the products' aliases.

    The catalogue's names come first: an engine that takes few words takes those.
    """
    lines = [line for order in caller.orders for line in order.lines]
    carriers = [
        part.text
        for code in caller.carriers
        if wordings.has(f"carrier.{code}")
        for part in wordings.say(f"carrier.{code}")
    ]
    names = [line.name for line in lines]
    aliases = [alias for line in lines for alias in line.aliases]
    return tuple(dict.fromkeys((*names, *carriers, *aliases)))
