"""An order as the shop's rules see it, wherever it is kept, and what a recognised caller may hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from voicebot.dialogue.requests import OrderLine, OrderState, OrderView
from voicebot.storage.tables import RefundState, ReturnClass, Risk

MOST_ORDERS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOnFile:
    """A refund that stands: neither refused nor withdrawn."""

    refund_no: str
    state: RefundState
    amount_fen: int
    line_nos: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLine:
    line_no: int
    product_no: str
    name: str
    aliases: tuple[str, ...]
    return_class: ReturnClass
    color: str | None
    size: str | None
    quantity: int
    price_fen: int
    """Of one piece."""

    @property
    def goods_fen(self) -> int:
        return self.price_fen * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtOrder:
    order_no: str
    customer_no: str
    state: OrderState
    placed_at: datetime
    delivered_at: datetime | None
    discount_fen: int
    shipping_fen: int
    paid_fen: int
    lines: tuple[BoughtLine, ...]
    phone: str
    """Digits of the phone it was placed with."""
    city: str
    risk: Risk
    """Of its customer."""
    refunds: tuple[RefundOnFile, ...] = ()

    def line(self, line_no: int) -> BoughtLine | None:
        return next((line for line in self.lines if line.line_no == line_no), None)

    def delivered_on(self, zone: tzinfo) -> date | None:
        return None if self.delivered_at is None else self.delivered_at.astimezone(zone).date()


def view_of(order: BoughtOrder, zone: tzinfo) -> OrderView:
    """Return what may be said of the order: items and state, no name, number or address."""
    delivered_on = order.delivered_on(zone)
    return OrderView(
        order_no=order.order_no,
        state=order.state,
        placed_on=order.placed_at.astimezone(zone).date().isoformat(),
        delivered_on=None if delivered_on is None else delivered_on.isoformat(),
        paid_fen=order.paid_fen,
        lines=tuple(
            OrderLine(
                line_no=line.line_no,
                product_id=line.product_no,
                name=line.name,
                aliases=line.aliases,
                color=line.color,
                size=line.size,
                quantity=line.quantity,
                price_fen=line.price_fen,
            )
            for line in order.lines
        ),
    )
