"""A number that was not heard clearly is read back before it counts."""

from __future__ import annotations

import pytest

from tests.support.shop import NOBODY, said
from tests.support.talk import CUSTOMER, Talk
from voicebot.dialogue import requests as rq

UNCLEAR = 0.4


def stranger() -> Talk:
    """Whose number is withheld, after an order tail that could have been another."""
    talk = Talk(NOBODY)
    talk.answers[rq.VerifyTails] = [CUSTOMER]
    talk.hears(said(intents=("logistics.track",)))
    return talk.hears(said("三七二一", order_tail="3721", slot_confidence=UNCLEAR))


def tails(talk: Talk) -> list[tuple[str, str]]:
    return [(one.order_tail, one.phone_tail) for one in talk.asked if isinstance(one, rq.VerifyTails)]


def test_an_unclear_number_is_read_back_in_its_digits() -> None:
    talk = stranger()
    assert talk.said == ["number.read_back"]
    assert talk.turn.expect is not None
    assert talk.turn.expect.state == "confirm:order_tail"
    part = next(part for saying in talk.turn.sayings for part in saying.parts if part.kind == "digits")
    assert part.text == "3721"


def test_a_yes_makes_it_count() -> None:
    talk = stranger().hears(said("对", "affirm"))
    assert talk.said == ["identity.phone_tail"]
    talk.hears(said("零零零一", phone_tail="0001"))
    assert tails(talk) == [("3721", "0001")]


def test_a_no_asks_for_it_again() -> None:
    talk = stranger().hears(said("不对", "deny"))
    assert talk.said == ["identity.order_tail.again"]
    assert talk.hears(said("三七二七", order_tail="3727")).said == ["identity.phone_tail"]


def test_one_digit_put_right_is_read_back_anew() -> None:
    talk = stranger().hears(said("最后一位错了，是七", "correct"))
    assert talk.said == ["noted", "number.read_back"]
    talk.hears(said("对", "affirm")).hears(said("零零零一", phone_tail="0001"))
    assert tails(talk) == [("3727", "0001")]


@pytest.mark.parametrize("act", ["deny", "correct"])
def test_the_number_said_again_clearly_replaces_it(act: str) -> None:
    talk = stranger().hears(said("不是，是三七二七", act, order_tail="3727"))
    assert talk.said == ["identity.phone_tail"]


def test_an_unclear_phone_tail_is_read_back_before_anything_is_looked_up() -> None:
    talk = stranger().hears(said("对", "affirm"))
    talk.hears(said("零零零一", phone_tail="0001", slot_confidence=UNCLEAR))
    assert (talk.said, tails(talk)) == (["number.read_back"], [])
    talk.hears(said("对", "affirm"))
    assert tails(talk) == [("3721", "0001")]


def test_a_tail_that_proves_who_is_calling_is_read_back_before_it_costs_a_try() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    talk.hears(said("零零零二", order_tail="0002", slot_confidence=UNCLEAR))
    assert talk.said == ["number.read_back"]
    assert not [one for one in talk.asked if isinstance(one, rq.VerifyFact)]
    assert talk.hears(said("不是", "deny")).said == ["fact.again"]


def test_a_clear_number_is_not_read_back() -> None:
    talk = Talk(NOBODY)
    talk.hears(said(intents=("logistics.track",)))
    assert talk.hears(said("三七二一", order_tail="3721")).said == ["identity.phone_tail"]
