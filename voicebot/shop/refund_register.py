"""Writes refund requests: exactly once for their key, one standing refund a line, policy checked again."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from voicebot.dialogue.requests import RefundChecked, RefundDecided, RequestRefund
from voicebot.shop.order_rows import find_order, lock_order
from voicebot.shop.orders import BoughtOrder
from voicebot.shop.policies import Policies
from voicebot.shop.refunds import (
    SAID_STATES,
    check_refund,
    decided_on_file,
    gives_shipping_back,
    line_amounts,
    refund_on_file,
    refusal,
)
from voicebot.storage.database import Database
from voicebot.storage.tables import Order, Refund, RefundLine

LONGEST_REASON_CHARACTERS = 1_000


class UnknownOrderError(LookupError):
    """The request names an order that is not there."""


def register_refund(
    database: Database, request: RequestRefund, policies: Policies, now: datetime, zone: tzinfo
) -> RefundDecided:
    """Write the request and return what was committed.

    The same key gives the same answer, also when the first one never arrived because the process or the
    connection died after the commit. A line that stands in a refund already is answered from that refund.
    Nothing is written for a refusal or a changed amount, so these are judged anew each time. Raises
    ``UnknownOrderError``, ``UnknownLinesError``, and ValueError for a key that was used for something else.
    """
    return database.write_once(lambda session: _register(session, request, policies, now, zone))


def _register(
    session: Session, request: RequestRefund, policies: Policies, now: datetime, zone: tzinfo
) -> RefundDecided:
    row = lock_order(session, request.order_no)
    if row is None:
        raise UnknownOrderError("no such order")
    earlier = session.scalar(
        select(Refund)
        .where(Refund.idempotency_key == request.key)
        .options(selectinload(Refund.lines).joinedload(RefundLine.order_line))
    )
    if earlier is not None:
        return _answer_again(earlier, row, request)
    order = find_order(session, request.order_no)
    assert order is not None  # noqa: S101  the row is locked: it cannot go away
    checked = check_refund(
        order,
        request.line_nos,
        request.reason,
        request.refund_type,
        policies,
        now.astimezone(zone).date(),
        zone,
    )
    on_file = refund_on_file(order, request.line_nos)
    if on_file is not None:
        return decided_on_file(on_file, request.line_nos)
    refused = refusal(request, checked)
    if refused is not None:
        return refused
    refund = _write(session, row, order, request, checked, now)
    return RefundDecided(
        refund_no=refund.refund_no,
        state=SAID_STATES[refund.state],
        amount_fen=refund.amount_fen,
        already_on_file=False,
    )


def _answer_again(earlier: Refund, row: Order, request: RequestRefund) -> RefundDecided:
    lines = {line.order_line.line_no for line in earlier.lines}
    if earlier.order_id != row.id or lines != set(request.line_nos):
        raise ValueError(f"the key {request.key} was used for a different refund")
    return RefundDecided(
        refund_no=earlier.refund_no,
        state=SAID_STATES[earlier.state],
        amount_fen=earlier.amount_fen,
        already_on_file=False,
    )


def _write(
    session: Session,
    row: Order,
    order: BoughtOrder,
    request: RequestRefund,
    checked: RefundChecked,
    now: datetime,
) -> Refund:
    approved = checked.decision == "allowed"
    amounts = line_amounts(order, request.line_nos, shipping_back=gives_shipping_back(checked))
    refund = Refund(
        idempotency_key=request.key,
        call_id=request.call_id,
        order_id=row.id,
        state="approved" if approved else "in_review",
        refund_type=checked.refund_type,
        reason=request.reason,
        reason_text=request.reason_text[:LONGEST_REASON_CHARACTERS],
        amount_fen=checked.amount_fen,
        freight_payer=checked.freight_payer,
        freight_fen=checked.freight_fen,
        clause=checked.clause,
        requested_at=now,
        decided_at=now if approved else None,
        lines=[
            RefundLine(order_line_id=line.id, amount_fen=amounts[line.line_no], standing=True)
            for line in row.lines
            if line.line_no in amounts
        ],
    )
    session.add(refund)
    session.flush()
    if approved and order.state in {"paid", "packed"} and _covers_all(order, amounts):
        row.state = "cancelled"  # nothing is left to send
    return refund


def _covers_all(order: BoughtOrder, amounts: dict[int, int]) -> bool:
    refunded = set(amounts).union(*(refund.line_nos for refund in order.refunds))
    return refunded >= {line.line_no for line in order.lines}
