"""The shop's own database as the business."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import assert_never

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from voicebot.dialogue.requests import (
    CallerIdentified,
    CheckRefund,
    FactVerified,
    IdentifyCaller,
    LookupFailed,
    OpenTicket,
    ParcelTracked,
    RefundChecked,
    Request,
    RequestRefund,
    Result,
    TicketOpened,
    TrackParcel,
    VerifyFact,
    VerifyTails,
)
from voicebot.shop.identity import NOBODY, are_tails, fact_is_true, phone_digits
from voicebot.shop.logistics import tracked
from voicebot.shop.order_rows import (
    find_customer,
    find_order,
    newest_orders_of,
    newest_parcel,
    orders_with_tails,
)
from voicebot.shop.orders import view_of
from voicebot.shop.policies import Policies
from voicebot.shop.refund_register import UnknownOrderError, register_refund
from voicebot.shop.refunds import UnknownLinesError, check_refund
from voicebot.storage.database import Database, is_connection_trouble, why_it_failed
from voicebot.storage.tickets import TicketRepository

log = logging.getLogger(__name__)


class SqlBusiness:
    """Answers from the database; ``zone`` is the shop's, in which days are counted."""

    def __init__(self, database: Database, zone: tzinfo) -> None:
        self._database = database
        self._zone = zone
        self._tickets = TicketRepository(database)

    def answer(self, request: Request, policies: Policies, now: datetime) -> Result:
        """Answer as of ``now``; trouble with the database comes back as ``LookupFailed``."""
        ask = self._way_to_answer(request, policies, now)
        try:
            return ask()
        except (UnknownOrderError, UnknownLinesError) as error:
            return LookupFailed(retryable=False, message=f"{type(request).__name__}: {error}")
        except (DBAPIError, PoolTimeoutError) as error:
            message = f"{type(request).__name__}: {why_it_failed(error)}"
            log.warning("the database failed: %s", message)
            return LookupFailed(retryable=is_connection_trouble(error), message=message)

    def _way_to_answer(self, request: Request, policies: Policies, now: datetime) -> Callable[[], Result]:
        match request:
            case IdentifyCaller():
                return partial(self._identify, request)
            case VerifyTails():
                return partial(self._verify_tails, request)
            case VerifyFact():
                return partial(self._verify_fact, request)
            case TrackParcel():
                return partial(self._track, request)
            case CheckRefund():
                return partial(self._check_refund, request, policies, now)
            case RequestRefund():
                return partial(register_refund, self._database, request, policies, now, self._zone)
            case OpenTicket():
                return partial(self._open_ticket, request, now)
        assert_never(request)

    def _identify(self, request: IdentifyCaller) -> CallerIdentified:
        with self._database.reading() as session:
            customer = find_customer(session, phone_digits(request.from_number))
            if customer is None:
                return NOBODY
            orders = newest_orders_of(session, customer)
            return CallerIdentified(
                customer_id=customer.customer_no,
                title=customer.title,
                orders=tuple(view_of(order, self._zone) for order in orders),
            )

    def _verify_tails(self, request: VerifyTails) -> CallerIdentified:
        """Open the order that both tails name, and no other of its customer: no more was proved."""
        order_tail, phone_tail = request.order_tail, request.phone_tail
        if not are_tails(order_tail, phone_tail):
            order_tail = phone_tail = ""
        with self._database.reading() as session:
            orders = orders_with_tails(session, order_tail, phone_tail)
        if len({order.customer_no for order in orders}) != 1:
            return NOBODY  # two customers with the same tails: neither is opened
        return CallerIdentified(
            customer_id=orders[0].customer_no,
            title=None,
            orders=tuple(view_of(order, self._zone) for order in orders),
        )

    def _verify_fact(self, request: VerifyFact) -> FactVerified:
        with self._database.reading() as session:
            order = find_order(session, request.order_no)
        return FactVerified(correct=fact_is_true(order, request.fact, request.value))

    def _track(self, request: TrackParcel) -> ParcelTracked:
        with self._database.reading() as session:
            if find_order(session, request.order_no) is None:
                raise UnknownOrderError("no such order")
            parcel = newest_parcel(session, request.order_no)
        return tracked(request.order_no, parcel, self._zone)

    def _check_refund(self, request: CheckRefund, policies: Policies, now: datetime) -> RefundChecked:
        with self._database.reading() as session:
            order = find_order(session, request.order_no)
        if order is None:
            raise UnknownOrderError("no such order")
        today = now.astimezone(self._zone).date()
        return check_refund(
            order, request.line_nos, request.reason, request.refund_type, policies, today, self._zone
        )

    def _open_ticket(self, request: OpenTicket, now: datetime) -> TicketOpened:
        return TicketOpened(ticket_no=self._tickets.open(request, now))
