"""Makes the expectation that travels with a question: from the state, the answers and what is offered."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.grammar.bundle import Bundle
from voicebot.grammar.states import StateSpec
from voicebot.language.numbers import say_cardinal
from voicebot.nlu.expectation import Expectation, Option, Phrase

ORDER_NUMBER_STATES = frozenset({"order_tail", "order_no", "order_fact"})
"""Where the number of an order, or its tail, may be the answer."""


def expectation_for(
    bundle: Bundle,
    state: str | None,
    *,
    options: Sequence[Option] = (),
    bias: Sequence[str] = (),
    strict: bool = False,
    known: Sequence[str] = (),
) -> Expectation:
    """What the line waits for in a state (states.yaml). A closed choice without options is asked freely.

    Of ``known``, the numbers of this caller's orders, those travel along that could be the answer.
    """
    spec = bundle.state(state)
    phrases: tuple[Phrase, ...] = ()
    if spec.answers is not None:
        phrases = tuple(Phrase(key=key, says=says) for key, says in bundle.answers[spec.answers].items())
    elif options and spec.kind == "closed":
        phrases = choice_phrases(options)
    kind = "free" if spec.kind == "closed" and not phrases else spec.kind
    return Expectation(
        state=state,
        kind=kind,
        phrases=phrases,
        digit_counts=spec.digit_counts,
        options=tuple(options),
        bias=tuple(
            dict.fromkeys([*bias, *(name for option in options for name in (option.label, *option.names))])
        ),
        known=tuple(dict.fromkeys(number for number in known if _may_be_answered(number, spec))),
        strict=strict,
        keys=spec.keys,
        patience_seconds=spec.patience_seconds,
        close_early_seconds=spec.close_early_seconds,
        end_silence_seconds=spec.end_silence_seconds,
        unfinished_seconds=spec.unfinished_seconds,
    )


def _may_be_answered(number: str, spec: StateSpec) -> bool:
    return spec.name in ORDER_NUMBER_STATES and len(number) in spec.digit_counts


def choice_phrases(options: Sequence[Option]) -> tuple[Phrase, ...]:
    """The ways of picking one of several: by ordinal, number and name. The key is the place, from 1."""
    phrases: list[Phrase] = []
    for place, option in enumerate(options, start=1):
        number = say_cardinal(place)
        says = (f"第{number}个", number, f"第{number}", f"{number}号", option.label, *option.names)
        phrases.append(Phrase(key=str(place), says=tuple(dict.fromkeys(says))))
    return tuple(phrases)
