"""The keypad menu: orders by both tails, and a human, when no stream can be served."""

from __future__ import annotations

from typing import Any

import pytest

from voicebot.dialogue.requests import (
    CallerIdentified,
    OpenTicket,
    OrderLine,
    OrderView,
    ParcelTracked,
    TicketOpened,
    VerifyTails,
)
from voicebot.simulator.twiml import parse

COAT = OrderLine(
    line_no=1, product_id="P1", name="羽绒服", aliases=(), color=None, size=None, quantity=1, price_fen=39900
)
ORDER = OrderView(
    order_no="202611150000001234",
    state="delivered",
    placed_on="2026-11-15",
    delivered_on="2026-11-20",
    paid_fen=39900,
    lines=(COAT,),
)


@pytest.fixture
def keypad(hotline: Any, line: Any) -> Any:
    line.admitting = False
    return hotline()


def gathered(twiml: str) -> tuple[str, str]:
    """What was said, and where the keys go."""
    verbs = parse(twiml)
    gather = verbs[0]
    assert [verb.name for verb in verbs] == ["Gather", "Redirect"]
    return "".join(gather.spoken()), gather.attributes["action"]


def test_a_line_that_admits_nobody_offers_the_keypad(keypad: Any) -> None:
    said, action = gathered(keypad.twiml("/voice/incoming"))
    assert "查订单请按一" in said
    assert "人工客服请按零" in said
    assert action == "/voice/gather/menu"


def test_both_tails_together_open_an_order(keypad: Any, line: Any, shop: Any) -> None:
    line.answers = shop((ORDER,))
    assert gathered(keypad.twiml("/voice/gather/menu", Digits="1"))[1] == "/voice/gather/order-tail"
    assert gathered(keypad.twiml("/voice/gather/order-tail", Digits="1234"))[1] == "/voice/gather/phone-tail"
    said, action = gathered(keypad.twiml("/voice/gather/phone-tail", Digits="0001"))
    assert line.asked == [VerifyTails(order_tail="1234", phone_tail="0001", attempt=1)]
    assert "羽绒服，已经签收" in said
    assert action == "/voice/gather/menu"


def test_a_shipped_order_says_where_the_parcel_is(keypad: Any, line: Any) -> None:
    shipped = OrderView(
        order_no=ORDER.order_no,
        state="shipped",
        placed_on="2026-11-15",
        delivered_on=None,
        paid_fen=1,
        lines=(COAT,),
    )

    def answer(request: Any) -> Any:
        if isinstance(request, VerifyTails):
            return CallerIdentified(customer_id="c1", title=None, orders=(shipped,))
        return ParcelTracked(
            order_no=ORDER.order_no,
            state="in_transit",
            carrier="SF",
            place="杭州",
            event_at=None,
            eta_on=None,
        )

    line.answers = answer
    keypad.twiml("/voice/gather/order-tail", Digits="1234")
    said, _ = gathered(keypad.twiml("/voice/gather/phone-tail", Digits="0001"))
    assert "正在运输途中，最新到了杭州" in said


def test_three_wrong_pairs_lead_to_a_human_and_tell_nothing(keypad: Any, line: Any, shop: Any) -> None:
    line.answers = shop((), customer_id=None)
    for _ in range(2):
        keypad.twiml("/voice/gather/order-tail", Digits="1234")
        said, action = gathered(keypad.twiml("/voice/gather/phone-tail", Digits="9999"))
        assert "没有对上" in said
        assert action == "/voice/gather/order-tail"
    keypad.twiml("/voice/gather/order-tail", Digits="1234")
    verbs = parse(keypad.twiml("/voice/gather/phone-tail", Digits="9999"))
    assert verbs[-1].name == "Enqueue"
    assert isinstance(line.asked[-1], OpenTicket)
    assert line.asked[-1].reason == "identity"


def test_an_order_that_does_not_end_so_counts_as_no_match(keypad: Any, line: Any, shop: Any) -> None:
    line.answers = shop((ORDER,))
    keypad.twiml("/voice/gather/order-tail", Digits="7777")
    said, _ = gathered(keypad.twiml("/voice/gather/phone-tail", Digits="0001"))
    assert "没有对上" in said
    assert "羽绒服" not in said


def test_zero_reaches_a_human_with_a_ticket_written_first(keypad: Any, line: Any) -> None:
    line.answers = lambda request: TicketOpened(ticket_no="T1")
    verbs = parse(keypad.twiml("/voice/gather/menu", Digits="0"))
    assert [verb.name for verb in verbs] == ["Say", "Enqueue"]
    assert line.asked[0].reason == "agent.request"
    assert line.asked[0].key == "CA1:keypad:transfer"


def test_a_lost_database_ends_with_an_apology_and_a_human(keypad: Any) -> None:
    keypad.twiml("/voice/gather/order-tail", Digits="1234")
    say, enqueue = parse(keypad.twiml("/voice/gather/phone-tail", Digits="0001"))
    assert "抱歉" in say.text
    assert enqueue.name == "Enqueue"


@pytest.mark.parametrize("digits", ["", "7"])
def test_who_presses_nothing_or_nonsense_thrice_reaches_a_human(keypad: Any, digits: str) -> None:
    for _ in range(2):
        assert gathered(keypad.twiml("/voice/gather/menu", Digits=digits))[1] == "/voice/gather/menu"
    assert parse(keypad.twiml("/voice/gather/menu", Digits=digits))[-1].name == "Enqueue"


@pytest.mark.parametrize("digits", ["12", "12*4", ""])
def test_fewer_than_four_digits_are_asked_again(keypad: Any, digits: str) -> None:
    said, action = gathered(keypad.twiml("/voice/gather/order-tail", Digits=digits))
    assert "四位" in said
    assert action == "/voice/gather/order-tail"


def test_a_phone_tail_without_an_order_tail_starts_over(keypad: Any, line: Any) -> None:
    assert gathered(keypad.twiml("/voice/gather/phone-tail", Digits="0001"))[1] == "/voice/gather/menu"
    assert line.asked == []


def test_two_callers_do_not_mix_their_digits(keypad: Any, line: Any, shop: Any) -> None:
    line.answers = shop((ORDER,))
    keypad.twiml("/voice/gather/order-tail", Digits="1234", CallSid="CA1")
    keypad.twiml("/voice/gather/order-tail", Digits="5678", CallSid="CA2")
    keypad.twiml("/voice/gather/phone-tail", Digits="0001", CallSid="CA1")
    assert line.asked[0].order_tail == "1234"
