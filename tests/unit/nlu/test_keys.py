"""Keypad digits mean what the question makes of them."""

from __future__ import annotations

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.expectation import Option
from voicebot.nlu.keys import read_keys
from voicebot.nlu.reading import Reading

TWO = (Option(key="a", label="羽绒服"), Option(key="b", label="跑鞋"))


def pressed(bundle: Bundle, digits: str, state: str | None, options: tuple[Option, ...] = ()) -> Reading:
    return read_keys(digits, expectation_for(bundle, state, options=options))


def test_one_is_yes_and_two_is_no(bundle: Bundle) -> None:
    assert pressed(bundle, "1", "confirm:refund.apply").has_act("affirm")
    assert pressed(bundle, "2", "confirm:refund.apply").has_act("deny")
    assert pressed(bundle, "3", "confirm:refund.apply").is_empty


@pytest.mark.parametrize("state", [None, "order_tail", "confirm:refund.apply", "choice", "score"])
def test_zero_is_a_human_everywhere(bundle: Bundle, state: str | None) -> None:
    reading = pressed(bundle, "0", state)
    assert [intent.name for intent in reading.intents] == ["agent.request"]


def test_a_digit_string_needs_the_wanted_length(bundle: Bundle) -> None:
    slot = pressed(bundle, "0317#", "order_tail").slot("order_tail")
    assert slot is not None
    assert slot.value == "0317"
    assert pressed(bundle, "031", "order_tail").is_empty


def test_a_choice_is_keyed_by_its_number(bundle: Bundle) -> None:
    slot = pressed(bundle, "2", "choice", TWO).slot("choice")
    assert slot is not None
    assert slot.value == 2
    assert pressed(bundle, "3", "choice", TWO).is_empty


def test_members_of_a_closed_set_are_keyed_in_the_order_of_the_file(bundle: Bundle) -> None:
    assert [intent.name for intent in pressed(bundle, "3", "menu").intents] == ["refund.apply"]
    slot = pressed(bundle, "1", "refund_type").slot("refund_type")
    assert slot is not None
    assert slot.value == "return_refund"


def test_scores_and_facts_can_be_keyed(bundle: Bundle) -> None:
    score = pressed(bundle, "5", "score").slot("score")
    assert score is not None
    assert score.value == 5
    fact = pressed(bundle, "1234", "order_fact").slot("order_tail")
    assert fact is not None
    assert fact.value == "1234"


def test_keys_that_answer_nothing_are_empty(bundle: Bundle) -> None:
    assert pressed(bundle, "*#", None).is_empty
    assert pressed(bundle, "7", None).is_empty
