"""Reads orders and parcels out of the database into the values that the shop's rules work on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from voicebot.shop.logistics import Parcel
from voicebot.shop.orders import MOST_ORDERS_SHOWN, BoughtLine, BoughtOrder, RefundOnFile
from voicebot.storage.tables import Customer, Order, OrderLine, Refund, RefundLine, Shipment

_WHOLE_ORDER = (
    joinedload(Order.customer),
    selectinload(Order.lines).joinedload(OrderLine.product),
)


def find_customer(session: Session, phone: str | None) -> Customer | None:
    """Return the customer with this number; one look-up, whether there is a number or not."""
    return session.scalar(select(Customer).where(Customer.phone == (phone or "")))


def newest_orders_of(session: Session, customer: Customer) -> list[BoughtOrder]:
    """Return the customer's newest orders, at most as many as are shown."""
    rows = session.scalars(
        select(Order)
        .where(Order.customer_id == customer.id)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_ORDERS_SHOWN)
        .options(*_WHOLE_ORDER)
    ).all()
    return _bought(session, rows)


def orders_with_tails(session: Session, order_tail: str, phone_tail: str) -> list[BoughtOrder]:
    """Return the orders that have both tails, newest first.

    One query on one index over both columns: a wrong order tail and a wrong phone tail cost the same.
    """
    rows = session.scalars(
        select(Order)
        .where(Order.order_tail == order_tail, Order.phone_tail == phone_tail)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_ORDERS_SHOWN)
        .options(*_WHOLE_ORDER)
    ).all()
    return _bought(session, rows)


def find_order(session: Session, order_no: str) -> BoughtOrder | None:
    row = session.scalar(select(Order).where(Order.order_no == order_no).options(*_WHOLE_ORDER))
    return None if row is None else _bought(session, [row])[0]


def lock_order(session: Session, order_no: str) -> Order | None:
    """Return the order's row, kept from other writers until the transaction ends.

    SQLite lets in one writer at a time as it is, and leaves out FOR UPDATE.
    """
    return session.scalar(select(Order).where(Order.order_no == order_no).with_for_update())


def newest_parcel(session: Session, order_no: str) -> Parcel | None:
    """Return the parcel that was handed over last, or None."""
    shipment = session.scalar(
        select(Shipment)
        .join(Shipment.order)
        .where(Order.order_no == order_no)
        .order_by(Shipment.shipped_at.desc(), Shipment.id.desc())
        .limit(1)
        .options(selectinload(Shipment.events))
    )
    if shipment is None:
        return None
    newest = shipment.events[-1] if shipment.events else None
    return Parcel(
        carrier=shipment.carrier,
        state=shipment.state,
        place=None if newest is None else newest.place,
        event_at=None if newest is None else newest.at,
        eta_on=shipment.eta_on,
    )


def refund_as_filed(refund: Refund, line_nos: Iterable[int]) -> RefundOnFile:
    return RefundOnFile(
        refund_no=refund.refund_no,
        state=refund.state,
        amount_fen=refund.amount_fen,
        line_nos=tuple(sorted(line_nos)),
    )


def _bought(session: Session, rows: Sequence[Order]) -> list[BoughtOrder]:
    refunds = _standing_refunds(session, [row.id for row in rows])
    return [_bought_order(row, tuple(refunds[row.id])) for row in rows]


def _standing_refunds(session: Session, order_ids: Sequence[int]) -> dict[int, list[RefundOnFile]]:
    if not order_ids:
        return defaultdict(list)
    found = session.execute(
        select(Refund, OrderLine.line_no)
        .join(RefundLine, RefundLine.refund_id == Refund.id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(Refund.order_id.in_(order_ids), RefundLine.standing)
        .order_by(Refund.id, OrderLine.line_no)
    ).all()
    lines: dict[int, list[int]] = defaultdict(list)
    refunds: dict[int, Refund] = {}
    for refund, line_no in found:
        refunds[refund.id] = refund
        lines[refund.id].append(line_no)
    by_order: dict[int, list[RefundOnFile]] = defaultdict(list)
    for refund in refunds.values():
        by_order[refund.order_id].append(refund_as_filed(refund, lines[refund.id]))
    return by_order


def _bought_order(row: Order, refunds: tuple[RefundOnFile, ...]) -> BoughtOrder:
    return BoughtOrder(
        order_no=row.order_no,
        customer_no=row.customer.customer_no,
        state=row.state,
        placed_at=row.placed_at,
        delivered_at=row.delivered_at,
        discount_fen=row.discount_fen,
        shipping_fen=row.shipping_fen,
        paid_fen=row.paid_fen,
        lines=tuple(
            BoughtLine(
                line_no=line.line_no,
                product_no=line.product.product_no,
                name=line.product.name,
                aliases=tuple(line.product.aliases),
                return_class=line.product.return_class,
                color=line.color,
                size=line.size,
                quantity=line.quantity,
                price_fen=line.price_fen,
            )
            for line in row.lines
        ),
        phone=row.phone,
        city=row.city,
        risk=row.customer.risk,
        refunds=refunds,
    )
