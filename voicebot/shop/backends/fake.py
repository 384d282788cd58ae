"""A business in memory for dialogue tests and trials: the same rules, no database, failures on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import assert_never
from zoneinfo import ZoneInfo

from voicebot.dialogue.requests import (
    CallerIdentified,
    CheckRefund,
    FactVerified,
    IdentifyCaller,
    LookupFailed,
    OpenTicket,
    OrderState,
    RefundChecked,
    RefundDecided,
    Request,
    RequestRefund,
    Result,
    TicketOpened,
    TrackParcel,
    VerifyFact,
    VerifyTails,
)
from voicebot.shop.identity import NOBODY, are_tails, fact_is_true, phone_digits
from voicebot.shop.logistics import Parcel, tracked
from voicebot.shop.orders import MOST_ORDERS_SHOWN, BoughtLine, BoughtOrder, RefundOnFile, view_of
from voicebot.shop.policies import Policies
from voicebot.shop.refunds import (
    UnknownLinesError,
    check_refund,
    decided_on_file,
    refund_on_file,
    refusal,
)
from voicebot.storage.tables import REFUND_NUMBERS_FROM, TICKET_NUMBERS_FROM, ReturnClass, Risk, Title

SHOP_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCustomer:
    customer_no: str
    title: Title | None
    phone: str


def a_customer(number: int = 1, *, title: Title | None = "女士", phone: str | None = None) -> FakeCustomer:
    """Build a customer: C0001, 13800000001."""
    return FakeCustomer(customer_no=f"C{number:04d}", title=title, phone=phone or f"1380000{number:04d}")


def a_bought_line(
    line_no: int = 1,
    *,
    name: str = "羽绒服",
    aliases: tuple[str, ...] = (),
    price_fen: int = 18_900,
    quantity: int = 1,
    return_class: ReturnClass = "standard",
) -> BoughtLine:
    """Build one line: a down jacket for 189 yuan."""
    return BoughtLine(
        line_no=line_no,
        product_no=f"P{line_no:04d}",
        name=name,
        aliases=aliases,
        return_class=return_class,
        color=None,
        size=None,
        quantity=quantity,
        price_fen=price_fen,
    )


def a_bought_order(
    now: datetime,
    *lines: BoughtLine,
    order_no: str = "202611163674848806",
    customer: FakeCustomer | None = None,
    state: OrderState = "delivered",
    delivered_days_ago: int | None = 3,
    discount_fen: int = 0,
    shipping_fen: int = 0,
    city: str = "杭州",
    risk: Risk = "low",
) -> BoughtOrder:
    """Build an order of customer 1, received three days before ``now``; only received states have a day."""
    owner = customer or a_customer()
    bought = lines or (a_bought_line(),)
    received = state in {"delivered", "partially_refunded", "refunded"} and delivered_days_ago is not None
    goods_fen = sum(line.goods_fen for line in bought)
    return BoughtOrder(
        order_no=order_no,
        customer_no=owner.customer_no,
        state=state,
        placed_at=now - timedelta(days=(delivered_days_ago or 0) + 3),
        delivered_at=now - timedelta(days=delivered_days_ago or 0) if received else None,
        discount_fen=discount_fen,
        shipping_fen=shipping_fen,
        paid_fen=0 if state == "unpaid" else goods_fen - discount_fen + shipping_fen,
        lines=bought,
        phone=owner.phone,
        city=city,
        risk=risk,
    )


class FakeBusiness:
    """Customers, orders and parcels in memory.

    ``asked`` keeps every request, ``refunds`` and ``tickets`` what was written.
    """

    def __init__(
        self,
        customers: Iterable[FakeCustomer] = (),
        orders: Iterable[BoughtOrder] = (),
        parcels: Mapping[str, Parcel] | None = None,
        zone: tzinfo = SHOP_ZONE,
    ) -> None:
        self._customers = {customer.phone: customer for customer in customers}
        self._orders = {order.order_no: order for order in orders}
        self._parcels = dict(parcels or {})
        self._zone = zone
        self._failures: list[LookupFailed] = []
        self._lock = threading.Lock()
        self.asked: list[Request] = []
        self.refunds: dict[str, RefundDecided] = {}
        """By key."""
        self._refund_requests: dict[str, RequestRefund] = {}
        self.tickets: dict[str, OpenTicket] = {}
        """By key, in the order of their numbers."""

    def fail_next(self, times: int = 1, *, retryable: bool = True) -> None:
        """Answer the next ``times`` requests with ``LookupFailed``; nothing is looked up or written."""
        self._failures.extend(
            LookupFailed(retryable=retryable, message="failed on demand") for _ in range(times)
        )

    def answer(self, request: Request, policies: Policies, now: datetime) -> Result:
        """Answer as of ``now``, by the shop's own rules."""
        with self._lock:
            self.asked.append(request)
            if self._failures:
                return self._failures.pop(0)
            try:
                return self._answer(request, policies, now)
            except (KeyError, UnknownLinesError) as error:
                return LookupFailed(retryable=False, message=f"{type(request).__name__}: {error}")

    def _answer(self, request: Request, policies: Policies, now: datetime) -> Result:
        match request:
            case IdentifyCaller():
                return self._identify(request)
            case VerifyTails():
                return self._verify_tails(request)
            case VerifyFact():
                order = self._orders.get(request.order_no)
                return FactVerified(correct=fact_is_true(order, request.fact, request.value))
            case TrackParcel():
                order = self._orders[request.order_no]
                return tracked(order.order_no, self._parcels.get(order.order_no), self._zone)
            case CheckRefund():
                return self._check(request, policies, now)
            case RequestRefund():
                return self._register(request, policies, now)
            case OpenTicket():
                self.tickets.setdefault(request.key, request)
                number = TICKET_NUMBERS_FROM + 1 + list(self.tickets).index(request.key)
                return TicketOpened(ticket_no=str(number))
        assert_never(request)

    def _identify(self, request: IdentifyCaller) -> CallerIdentified:
        customer = self._customers.get(phone_digits(request.from_number) or "")
        if customer is None:
            return NOBODY
        own = [order for order in self._orders.values() if order.customer_no == customer.customer_no]
        return self._opened(customer.customer_no, customer.title, own)

    def _verify_tails(self, request: VerifyTails) -> CallerIdentified:
        named = [
            order
            for order in self._orders.values()
            if are_tails(request.order_tail, request.phone_tail)
            and order.order_no.endswith(request.order_tail)
            and order.phone.endswith(request.phone_tail)
        ]
        if len({order.customer_no for order in named}) != 1:
            return NOBODY
        return self._opened(named[0].customer_no, None, named)

    def _opened(self, customer_no: str, title: Title | None, orders: list[BoughtOrder]) -> CallerIdentified:
        newest = sorted(orders, key=lambda order: order.placed_at, reverse=True)[:MOST_ORDERS_SHOWN]
        return CallerIdentified(
            customer_id=customer_no, title=title, orders=tuple(view_of(order, self._zone) for order in newest)
        )

    def _check(
        self, request: CheckRefund | RequestRefund, policies: Policies, now: datetime
    ) -> RefundChecked:
        return check_refund(
            self._orders[request.order_no],
            request.line_nos,
            request.reason,
            request.refund_type,
            policies,
            now.astimezone(self._zone).date(),
            self._zone,
        )

    def _register(self, request: RequestRefund, policies: Policies, now: datetime) -> RefundDecided:
        if request.key in self.refunds:
            earlier = self._refund_requests[request.key]
            if (earlier.order_no, set(earlier.line_nos)) != (request.order_no, set(request.line_nos)):
                raise ValueError(f"the key {request.key} was used for a different refund")
            return self.refunds[request.key]
        order = self._orders[request.order_no]
        checked = self._check(request, policies, now)
        on_file = refund_on_file(order, request.line_nos)
        if on_file is not None:
            return decided_on_file(on_file, request.line_nos)
        refused = refusal(request, checked)
        if refused is not None:
            return refused
        approved = checked.decision == "allowed"
        filed = RefundOnFile(
            refund_no=str(REFUND_NUMBERS_FROM + 1 + len(self.refunds)),
            state="approved" if approved else "in_review",
            amount_fen=checked.amount_fen,
            line_nos=tuple(sorted(request.line_nos)),
        )
        decided = RefundDecided(
            refund_no=filed.refund_no,
            state="approved" if approved else "in_review",
            amount_fen=filed.amount_fen,
            already_on_file=False,
        )
        self._file(order, filed)
        self.refunds[request.key] = decided
        self._refund_requests[request.key] = request
        return decided

    def _file(self, order: BoughtOrder, filed: RefundOnFile) -> None:
        refunds = (*order.refunds, filed)
        covered = {line_no for refund in refunds for line_no in refund.line_nos}
        state = order.state
        if (
            filed.state == "approved"
            and state in {"paid", "packed"}
            and covered >= {line.line_no for line in order.lines}
        ):
            state = "cancelled"
        self._orders[order.order_no] = replace(order, refunds=refunds, state=state)
