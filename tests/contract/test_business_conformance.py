"""What every business must do, whether it keeps its orders in SQLite, in PostgreSQL or in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn

import pytest

from tests.support.business import Shop, a_refund_request
from tests.support.databases import Databases
from voicebot.dialogue.requests import (
    CallerIdentified,
    CheckRefund,
    FactVerified,
    IdentifyCaller,
    LookupFailed,
    OpenTicket,
    ParcelTracked,
    RefundChecked,
    RefundDecided,
    Request,
    Result,
    TicketOpened,
    TrackParcel,
    VerifyFact,
    VerifyTails,
)
from voicebot.shop.backends import Business
from voicebot.shop.backends.fake import SHOP_ZONE, a_bought_line, a_bought_order, a_customer
from voicebot.shop.backends.sql import SqlBusiness
from voicebot.shop.logistics import Parcel
from voicebot.shop.policies import Policies

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
JACKET = a_bought_order(NOW, order_no="202611163674848806")
SNEAKERS = a_bought_order(
    NOW,
    a_bought_line(name="运动鞋", aliases=("跑鞋",), price_fen=15_900),
    order_no="202611208293773721",
    state="shipped",
    delivered_days_ago=None,
)
PAIR = a_bought_order(
    NOW,
    a_bought_line(1, name="绘本", price_fen=8_800),
    a_bought_line(2, name="坚果", price_fen=9_900),
    order_no="202611150000004680",
    customer=a_customer(2),
    discount_fen=2_000,
)
PAID = a_bought_order(
    NOW,
    a_bought_line(name="衬衫", price_fen=9_900),
    order_no="202611210000002203",
    customer=a_customer(2),
    state="paid",
    delivered_days_ago=None,
)
DEAR = a_bought_order(
    NOW,
    a_bought_line(name="电饭煲", price_fen=39_900),
    order_no="202611170000002468",
    customer=a_customer(2),
)
RISKY = a_bought_order(
    NOW, a_bought_line(name="帆布鞋", price_fen=8_900), order_no="202611160000003579",
    customer=a_customer(3), risk="raised",
)  # fmt: skip


def a_shop() -> Shop:
    return Shop(
        customers=[a_customer(1), a_customer(2), a_customer(3), a_customer(4)],
        orders=[JACKET, SNEAKERS, PAIR, PAID, DEAR, RISKY],
        parcels={
            SNEAKERS.order_no: Parcel(
                carrier="SF",
                state="out_for_delivery",
                place="杭州",
                event_at=NOW - timedelta(hours=1),
                eta_on=date(2026, 11, 22),
            )
        },
    )


class Asked:
    """A business with today's clock and the default policies."""

    def __init__(self, business: Business) -> None:
        self.business = business

    def __call__(self, request: Request, now: datetime = NOW) -> Result:
        return self.business.answer(request, Policies(), now)

    def check(
        self, order_no: str, reason: str = "unwanted", line_nos: tuple[int, ...] = (1,)
    ) -> RefundChecked:
        result = self(CheckRefund(order_no=order_no, line_nos=line_nos, reason=reason, refund_type=None))
        assert isinstance(result, RefundChecked)
        return result


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, absent: Callable[..., NoReturn]
) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("business"), absent)
    yield made
    made.close()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ask(request: pytest.FixtureRequest, databases: Databases) -> Asked:
    if request.param == "memory":
        return Asked(a_shop().in_memory())
    database = databases.emptied(request.param)
    a_shop().write(database, NOW)
    return Asked(SqlBusiness(database, SHOP_ZONE))


def test_it_is_a_business(ask: Asked) -> None:
    assert isinstance(ask.business, Business)


@pytest.mark.parametrize("number", ["13800000001", "+8613800000001", "008613800000001", "+86 138-0000-0001"])
def test_a_recognised_number_opens_its_own_orders_newest_first(ask: Asked, number: str) -> None:
    found = ask(IdentifyCaller(from_number=number))
    assert isinstance(found, CallerIdentified)
    assert (found.customer_id, found.title) == ("C0001", "女士")
    assert [order.order_no for order in found.orders] == [SNEAKERS.order_no, JACKET.order_no]


def test_an_order_is_shown_with_items_and_days_in_the_shops_zone(ask: Asked) -> None:
    found = ask(IdentifyCaller(from_number="13800000001"))
    assert isinstance(found, CallerIdentified)
    jacket = found.orders[1]
    assert (jacket.state, jacket.placed_on, jacket.delivered_on) == ("delivered", "2026-11-16", "2026-11-19")
    assert (jacket.paid_fen, jacket.lines[0].name, jacket.lines[0].price_fen) == (18_900, "羽绒服", 18_900)


@pytest.mark.parametrize(
    "number", [None, "anonymous", "Restricted", "+266696687", "19900000000", "", "' OR 1=1"]
)
def test_unknown_and_withheld_numbers_get_the_one_empty_answer(ask: Asked, number: str | None) -> None:
    assert ask(IdentifyCaller(from_number=number)) == CallerIdentified(
        customer_id=None, title=None, orders=()
    )


def test_a_customer_without_orders_is_recognised(ask: Asked) -> None:
    found = ask(IdentifyCaller(from_number="13800000004"))
    assert isinstance(found, CallerIdentified)
    assert (found.customer_id, found.orders) == ("C0004", ())


def test_both_tails_together_open_that_order_and_no_other(ask: Asked) -> None:
    found = ask(VerifyTails(order_tail="8806", phone_tail="0001", attempt=1))
    assert isinstance(found, CallerIdentified)
    assert found.customer_id == "C0001"
    assert [order.order_no for order in found.orders] == [JACKET.order_no]


@pytest.mark.parametrize(
    ("order_tail", "phone_tail"),
    [("8807", "0001"), ("8806", "0002"), ("9999", "9999"), ("", ""), ("%%%%", "0001"), ("８８０６", "0001")],
)
def test_one_wrong_tail_is_answered_like_two(ask: Asked, order_tail: str, phone_tail: str) -> None:
    result = ask(VerifyTails(order_tail=order_tail, phone_tail=phone_tail, attempt=1))
    assert result == CallerIdentified(customer_id=None, title=None, orders=())


@pytest.mark.parametrize(
    ("fact", "value", "correct"),
    [
        ("order_tail", "8806", True),
        ("order_tail", "8807", False),
        ("city", "杭州", True),
        ("city", "杭州市", True),
        ("city", "上海", False),
        ("amount", "18900", True),
        ("amount", "189", False),
        ("amount", "", False),
    ],
)
def test_a_fact_is_true_or_not(ask: Asked, fact: str, value: str, correct: bool) -> None:
    request = VerifyFact(order_no=JACKET.order_no, fact=fact, value=value, attempt=1)  # type: ignore[arg-type]
    assert ask(request) == FactVerified(correct=correct)


def test_no_fact_of_an_order_that_is_not_there_is_true(ask: Asked) -> None:
    for value in ("8806", "", "\0"):
        assert ask(VerifyFact(order_no="1", fact="order_tail", value=value, attempt=1)) == FactVerified(
            correct=False
        )


def test_a_parcel_is_tracked_to_its_newest_event(ask: Asked) -> None:
    assert ask(TrackParcel(order_no=SNEAKERS.order_no)) == ParcelTracked(
        order_no=SNEAKERS.order_no,
        state="out_for_delivery",
        carrier="SF",
        place="杭州",
        event_at="2026-11-22T11:00:00+08:00",
        eta_on="2026-11-22",
    )


def test_an_order_not_handed_over_has_no_parcel(ask: Asked) -> None:
    tracked = ask(TrackParcel(order_no=PAID.order_no))
    assert isinstance(tracked, ParcelTracked)
    assert (tracked.state, tracked.carrier) == ("none", None)


@pytest.mark.parametrize(
    "request_",
    [
        TrackParcel(order_no="1"),
        CheckRefund(order_no="1", line_nos=(1,), reason="size", refund_type=None),
        CheckRefund(order_no=JACKET.order_no, line_nos=(7,), reason="size", refund_type=None),
        a_refund_request(a_bought_order(NOW, order_no="1")),
    ],
)
def test_what_is_not_there_fails_for_good(ask: Asked, request_: Request) -> None:
    failed = ask(request_)
    assert isinstance(failed, LookupFailed)
    assert not failed.retryable


def test_a_reason_nobody_knows_is_our_bug(ask: Asked) -> None:
    with pytest.raises(ValueError, match="unknown refund reason"):
        ask(CheckRefund(order_no=JACKET.order_no, line_nos=(1,), reason="mood", refund_type=None))


def test_the_check_tells_amount_freight_and_clause(ask: Asked) -> None:
    assert ask.check(JACKET.order_no) == RefundChecked(
        decision="allowed",
        clause="refund.seven_days",
        refund_type="return_refund",
        amount_fen=18_900,
        freight_payer="caller",
        freight_fen=1_200,
        days_allowed=7,
        needs_code=False,
        existing_refund_no=None,
    )


def test_a_confirmed_refund_is_written_and_then_on_file(ask: Asked) -> None:
    decided = ask(a_refund_request(JACKET))
    assert isinstance(decided, RefundDecided)
    assert (decided.state, decided.amount_fen, decided.already_on_file) == ("approved", 18_900, False)
    checked = ask.check(JACKET.order_no)
    assert (checked.decision, checked.clause) == ("refused", "refund.already_on_file")
    assert (checked.amount_fen, checked.existing_refund_no) == (0, decided.refund_no)


def test_the_same_key_gives_the_same_answer_even_when_the_policy_has_run_out(ask: Asked) -> None:
    first = ask(a_refund_request(JACKET))
    assert ask(a_refund_request(JACKET)) == first
    assert ask(a_refund_request(JACKET), now=NOW + timedelta(days=30)) == first


def test_another_calls_request_for_the_same_line_is_on_file_already(ask: Asked) -> None:
    first = ask(a_refund_request(JACKET))
    second = ask(a_refund_request(JACKET, "call-2:refund:1", call_id="call-2"))
    assert isinstance(first, RefundDecided)
    assert second == RefundDecided(
        refund_no=first.refund_no, state="approved", amount_fen=18_900, already_on_file=True
    )


def test_one_key_for_two_refunds_is_our_bug(ask: Asked) -> None:
    ask(a_refund_request(JACKET))
    with pytest.raises(ValueError, match="different refund"):
        ask(a_refund_request(RISKY))


def test_eight_at_once_write_one_refund(ask: Asked) -> None:
    requests = [a_refund_request(JACKET, f"call-{i % 4}:refund:1", call_id=f"call-{i % 4}") for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, requests))
    decided = [answer for answer in answers if isinstance(answer, RefundDecided)]
    assert len(decided) == 8
    assert len({answer.refund_no for answer in decided}) == 1
    assert {answer.state for answer in decided} == {"approved"}
    assert len({answer.already_on_file for answer in decided}) == 2


def test_an_amount_that_changed_since_is_not_written(ask: Asked) -> None:
    decided = ask(a_refund_request(JACKET, amount_fen=20_000))
    assert decided == RefundDecided(
        refund_no="", state="amount_changed", amount_fen=18_900, already_on_file=False
    )
    assert ask.check(JACKET.order_no).decision == "allowed"


def test_the_policy_is_asked_again_when_writing(ask: Asked) -> None:
    decided = ask(a_refund_request(JACKET), now=NOW + timedelta(days=5))
    assert decided == RefundDecided(refund_no="", state="refused", amount_fen=0, already_on_file=False)


def test_what_needs_a_code_is_not_written_without_one(ask: Asked) -> None:
    assert ask.check(DEAR.order_no).needs_code
    decided = ask(a_refund_request(DEAR))
    assert isinstance(decided, RefundDecided)
    assert (decided.state, decided.refund_no) == ("refused", "")


def test_raised_risk_goes_to_review(ask: Asked) -> None:
    checked = ask.check(RISKY.order_no)
    assert (checked.decision, checked.clause) == ("review", "refund.review.risk")
    decided = ask(a_refund_request(RISKY))
    assert isinstance(decided, RefundDecided)
    assert decided.state == "in_review"


def test_two_refunds_of_an_order_add_up_to_what_was_paid(ask: Asked) -> None:
    first = ask.check(PAIR.order_no, line_nos=(1,)).amount_fen
    second = ask.check(PAIR.order_no, line_nos=(2,)).amount_fen
    assert first + second == PAIR.paid_fen == ask.check(PAIR.order_no, line_nos=(1, 2)).amount_fen
    one = ask(a_refund_request(PAIR, line_nos=(1,), amount_fen=first))
    two = ask(a_refund_request(PAIR, "call-1:refund:2", line_nos=(2,), amount_fen=second))
    assert isinstance(one, RefundDecided)
    assert isinstance(two, RefundDecided)
    assert one.refund_no != two.refund_no
    assert (one.state, two.state) == ("approved", "approved")


def test_a_request_that_overlaps_a_refund_announces_nothing_new(ask: Asked) -> None:
    amount = ask.check(PAIR.order_no, line_nos=(1,)).amount_fen
    first = ask(a_refund_request(PAIR, line_nos=(1,), amount_fen=amount))
    both = ask(a_refund_request(PAIR, "call-2:refund:1", line_nos=(1, 2)))
    assert isinstance(first, RefundDecided)
    assert both == RefundDecided(
        refund_no=first.refund_no, state="refused", amount_fen=0, already_on_file=True
    )


def test_refunding_all_of_an_unsent_order_cancels_it(ask: Asked) -> None:
    request = a_refund_request(PAID)
    checked = ask.check(PAID.order_no)
    assert (checked.clause, checked.refund_type) == ("cancel.before_shipping", "refund_only")
    decided = ask(replace(request, refund_type="refund_only"))
    assert isinstance(decided, RefundDecided)
    assert decided.state == "approved"
    found = ask(IdentifyCaller(from_number="13800000002"))
    assert isinstance(found, CallerIdentified)
    assert {order.order_no: order.state for order in found.orders}[PAID.order_no] == "cancelled"


def a_ticket(key: str = "call-1:transfer", **changes: object) -> OpenTicket:
    values: dict[str, object] = {
        "key": key,
        "call_id": "call-1",
        "kind": "transfer",
        "reason": "agent.request",
        "customer_id": "C0001",
        "identity": "recognised",
        "order_no": JACKET.order_no,
        "summary": ("来电人想退羽绒服。", "已经提交退款。"),
    }
    return OpenTicket(**{**values, **changes})  # type: ignore[arg-type]


def test_a_ticket_is_opened_once_for_its_key(ask: Asked) -> None:
    first, again, other = ask(a_ticket()), ask(a_ticket()), ask(a_ticket("call-2:transfer"))
    assert isinstance(first, TicketOpened)
    assert again == first
    assert isinstance(other, TicketOpened)
    assert other.ticket_no != first.ticket_no


def test_a_ticket_is_opened_for_people_and_orders_nobody_knows(ask: Asked) -> None:
    opened = ask(a_ticket(customer_id=None, identity="none", order_no="0", summary=()))
    assert isinstance(opened, TicketOpened)
    assert opened.ticket_no.isdigit()


def test_eight_at_once_open_one_ticket(ask: Asked) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, [a_ticket()] * 8))
    assert len(answers) == 1
