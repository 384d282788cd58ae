"""The refund policy over orders of every state, age, reason and kind of goods."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.requests import OrderState, RefundChecked, RefundType
from voicebot.shop.backends.fake import SHOP_ZONE, a_bought_line, a_bought_order
from voicebot.shop.orders import BoughtOrder, RefundOnFile
from voicebot.shop.policies import REASONS, Policies, RefundPolicies, SevenDays
from voicebot.shop.refunds import CLAUSES, UnknownLinesError, check_refund, line_amounts
from voicebot.storage.tables import ReturnClass

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FAULTS = ("quality", "wrong_item", "not_as_described", "damaged", "missing_parts")
MINDS = tuple(reason for reason in REASONS if reason not in FAULTS)


def checked(
    order: BoughtOrder,
    reason: str = "unwanted",
    *,
    line_nos: tuple[int, ...] = (1,),
    refund_type: RefundType | None = None,
    policies: Policies | None = None,
    now: datetime = NOW,
) -> RefundChecked:
    return check_refund(
        order,
        line_nos,
        reason,
        refund_type,
        policies or Policies(),
        now.astimezone(SHOP_ZONE).date(),
        SHOP_ZONE,
    )


def an_order(
    *,
    price_yuan: int = 189,
    return_class: ReturnClass = "standard",
    days_ago: int = 3,
    state: OrderState = "delivered",
) -> BoughtOrder:
    line = a_bought_line(price_fen=price_yuan * 100, return_class=return_class)
    return a_bought_order(NOW, line, delivered_days_ago=days_ago, state=state)


def outcome(check: RefundChecked) -> tuple[str, str]:
    return check.decision, check.clause


@pytest.mark.parametrize("reason", MINDS)
@pytest.mark.parametrize(
    ("days_ago", "decision"), [(0, "allowed"), (7, "allowed"), (8, "refused"), (40, "refused")]
)
def test_a_change_of_mind_has_seven_days_and_the_day_of_receipt_is_day_zero(
    reason: str, days_ago: int, decision: str
) -> None:
    check = checked(an_order(days_ago=days_ago), reason)
    assert outcome(check) == (decision, "refund.seven_days")
    assert check.days_allowed == 7


def test_days_are_counted_in_the_shops_zone_not_in_utc() -> None:
    received = datetime(2026, 11, 14, 16, 30, tzinfo=UTC)  # 00:30 of the 15th in Shanghai
    order = replace(an_order(), delivered_at=received)
    assert checked(order, now=datetime(2026, 11, 22, 15, 59, tzinfo=UTC)).decision == "allowed"
    assert checked(order, now=datetime(2026, 11, 22, 16, 0, tzinfo=UTC)).decision == "refused"


@pytest.mark.parametrize("reason", FAULTS)
@pytest.mark.parametrize(("days_ago", "decision"), [(7, "allowed"), (15, "allowed")])
def test_a_fault_has_fifteen_days_and_costs_the_caller_nothing(
    reason: str, days_ago: int, decision: str
) -> None:
    check = checked(an_order(days_ago=days_ago), reason)
    assert check.decision == decision
    assert (check.freight_payer in {"shop", "none"}, check.freight_fen) == (True, 0)


@pytest.mark.parametrize(
    ("reason", "days_ago", "clause"),
    [
        ("quality", 16, "repair"),
        ("quality", 365, "repair"),
        ("quality", 366, "refund.fault"),
        ("damaged", 16, "refund.fault"),
    ],
)
def test_after_fifteen_days_a_defect_is_repaired_and_the_rest_refused(
    reason: str, days_ago: int, clause: str
) -> None:
    assert outcome(checked(an_order(days_ago=days_ago), reason)) == ("refused", clause)


@pytest.mark.parametrize("return_class", ["underwear", "fresh_food", "custom_made"])
def test_excluded_goods_come_back_for_a_fault_only(return_class: ReturnClass) -> None:
    order = an_order(return_class=return_class)
    assert outcome(checked(order)) == ("refused", f"refund.excluded.{return_class}")
    assert checked(order).amount_fen == 0
    assert outcome(checked(order, "quality")) == ("allowed", "refund.fault")


@pytest.mark.parametrize("return_class", ["cosmetics", "digital"])
def test_goods_returnable_only_unopened_are_looked_at(return_class: ReturnClass) -> None:
    order = an_order(return_class=return_class, price_yuan=99)
    assert outcome(checked(order)) == ("review", "refund.unopened_only")
    assert outcome(checked(order, "quality")) == ("allowed", "refund.fault")


def test_one_excluded_line_among_others_decides() -> None:
    order = a_bought_order(NOW, a_bought_line(1), a_bought_line(2, return_class="fresh_food"))
    assert outcome(checked(order, line_nos=(1, 2))) == ("refused", "refund.excluded.fresh_food")
    assert outcome(checked(order, line_nos=(1,))) == ("allowed", "refund.seven_days")


def test_the_caller_pays_the_way_back_for_a_change_of_mind_and_gets_the_full_price() -> None:
    check = checked(an_order())
    assert (check.freight_payer, check.freight_fen, check.amount_fen) == ("caller", 1_200, 18_900)


@pytest.mark.parametrize("reason", ["damaged", "missing_parts"])
def test_damage_and_missing_parts_need_no_return_up_to_two_hundred_yuan(reason: str) -> None:
    assert outcome(checked(an_order(price_yuan=200), reason)) == ("allowed", "refund.without_return")
    assert checked(an_order(price_yuan=200), reason).refund_type == "refund_only"
    dearer = checked(an_order(price_yuan=201), reason)
    assert (outcome(dearer), dearer.refund_type) == (("allowed", "refund.fault"), "return_refund")


def test_keeping_dearer_goods_is_decided_by_a_person() -> None:
    check = checked(an_order(price_yuan=201), "damaged", refund_type="refund_only")
    assert (outcome(check), check.refund_type) == (("review", "refund.review.without_return"), "refund_only")


def test_who_wants_to_send_damaged_goods_back_may() -> None:
    check = checked(an_order(price_yuan=100), "damaged", refund_type="return_refund")
    assert (check.refund_type, check.freight_payer) == ("return_refund", "shop")


def test_nobody_keeps_goods_and_money_for_a_change_of_mind() -> None:
    assert checked(an_order(), refund_type="refund_only").refund_type == "return_refund"


@pytest.mark.parametrize(
    ("price_yuan", "needs_code", "decision", "clause"),
    [
        (200, False, "allowed", "refund.seven_days"),
        (201, True, "allowed", "refund.seven_days"),
        (2_000, True, "allowed", "refund.seven_days"),
        (2_001, True, "review", "refund.review.amount"),
    ],
)
def test_a_code_above_two_hundred_and_a_review_above_two_thousand(
    price_yuan: int, needs_code: bool, decision: str, clause: str
) -> None:
    check = checked(an_order(price_yuan=price_yuan))
    assert (check.needs_code, check.decision, check.clause) == (needs_code, decision, clause)


def test_raised_risk_is_looked_at_whatever_the_amount() -> None:
    order = replace(an_order(price_yuan=20), risk="raised")
    assert outcome(checked(order)) == ("review", "refund.review.risk")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("unpaid", ("refused", "refund.not_paid")),
        ("paid", ("allowed", "cancel.before_shipping")),
        ("packed", ("allowed", "cancel.before_shipping")),
        ("shipped", ("refused", "cancel.after_shipping")),
        ("delivered", ("allowed", "refund.seven_days")),
        ("partially_refunded", ("allowed", "refund.seven_days")),
        ("refused", ("allowed", "refund.refused_parcel")),
        ("refunded", ("refused", "refund.closed")),
        ("cancelled", ("refused", "refund.closed")),
    ],
)
def test_the_state_of_the_order_decides_first(state: OrderState, expected: tuple[str, str]) -> None:
    assert outcome(checked(an_order(state=state))) == expected


def test_a_line_in_a_refund_is_on_file_whatever_the_policy_says() -> None:
    filed = RefundOnFile(refund_no="70000001", state="approved", amount_fen=18_900, line_nos=(1,))
    check = checked(replace(an_order(days_ago=40), refunds=(filed,)))
    assert (outcome(check), check.existing_refund_no) == (("refused", "refund.already_on_file"), "70000001")


def test_a_change_of_policy_changes_the_check() -> None:
    lenient = Policies(
        refund=RefundPolicies(seven_days=SevenDays(days=30, freight_payer="shop", freight_fen=0))
    )
    check = checked(an_order(days_ago=20), policies=lenient)
    assert (check.decision, check.days_allowed, check.freight_payer) == ("allowed", 30, "shop")


def test_shipping_comes_back_when_the_shop_is_at_fault_and_not_for_a_change_of_mind() -> None:
    order = a_bought_order(NOW, shipping_fen=600)
    assert checked(order, "quality").amount_fen == 19_500
    assert checked(order, "unwanted").amount_fen == 18_900


@pytest.mark.parametrize("line_nos", [(), (2,), (0,), (1, 2)])
def test_lines_that_are_not_there_are_not_checked(line_nos: tuple[int, ...]) -> None:
    with pytest.raises(UnknownLinesError):
        checked(an_order(), line_nos=line_nos)


@given(
    prices=st.lists(st.integers(1, 500_000), min_size=1, max_size=6),
    discount=st.integers(0, 100),
    shipping_fen=st.integers(0, 2_000),
)
def test_the_lines_of_any_order_add_up_to_what_was_paid(
    prices: list[int], discount: int, shipping_fen: int
) -> None:
    lines = [a_bought_line(number, price_fen=price) for number, price in enumerate(prices, start=1)]
    order = a_bought_order(NOW, *lines, discount_fen=sum(prices) * discount // 100, shipping_fen=shipping_fen)
    amounts = line_amounts(order, tuple(range(1, len(prices) + 1)), shipping_back=True)
    assert sum(amounts.values()) == order.paid_fen
    assert all(amount >= 0 for amount in amounts.values())
    alone = [line_amounts(order, (number,), shipping_back=True)[number] for number in amounts]
    assert alone == list(amounts.values())


@given(
    state=st.sampled_from(
        ["unpaid", "paid", "packed", "shipped", "delivered", "refused", "refunded", "cancelled"]
    ),
    reason=st.sampled_from(REASONS),
    return_class=st.sampled_from(
        ["standard", "underwear", "fresh_food", "custom_made", "cosmetics", "digital"]
    ),
    days_ago=st.integers(0, 400),
    price_yuan=st.integers(1, 5_000),
    refund_type=st.sampled_from([None, "refund_only", "return_refund"]),
)
def test_every_check_names_a_known_clause_and_money_only_where_it_is_given(
    state: OrderState,
    reason: str,
    return_class: ReturnClass,
    days_ago: int,
    price_yuan: int,
    refund_type: RefundType | None,
) -> None:
    order = an_order(price_yuan=price_yuan, return_class=return_class, days_ago=days_ago, state=state)
    check = checked(order, reason, refund_type=refund_type)
    assert check.clause in CLAUSES
    assert (check.amount_fen > 0) == (check.decision != "refused")
    assert check.amount_fen <= order.paid_fen
    assert (check.freight_fen > 0) <= (check.freight_payer == "caller")
