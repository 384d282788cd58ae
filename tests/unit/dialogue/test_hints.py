"""What recognition is told about the caller, and what it is not."""

from __future__ import annotations

from tests.support.shop import said
from tests.support.talk import JACKET, SHOES, Talk
from voicebot.dialogue import requests as rq


def test_the_numbers_on_file_travel_with_the_question_newest_first() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.turn.expect is not None
    assert talk.turn.expect.known[:2] == (JACKET.order_no[-4:], SHOES.order_no[-4:])


def test_products_on_file_are_likely_words_and_carriers_once_a_parcel_was_tracked() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.turn.expect is not None
    assert {"羽绒服", "运动鞋"} <= set(talk.turn.expect.bias)
    assert "顺丰" not in talk.turn.expect.bias
    talk.hears(said(intents=("logistics.track",), product="运动鞋"))
    assert talk.turn.expect is not None
    assert "顺丰" in talk.turn.expect.bias


def test_what_proves_who_is_calling_is_no_hint() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.turn.expect is not None
    assert talk.turn.expect.state == "order_fact"
    hints = " ".join((*talk.turn.expect.bias, *talk.turn.expect.known))
    assert "杭州" not in hints
    assert str(JACKET.paid_fen) not in talk.turn.expect.known


def test_no_number_is_known_of_a_caller_whom_nobody_knows() -> None:
    nobody = rq.CallerIdentified(customer_id=None, title=None, orders=())
    talk = Talk(nobody).hears(said(intents=("logistics.track",)))
    assert talk.turn.expect is not None
    assert talk.turn.expect.known == ()
