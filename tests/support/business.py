"""The same small shop for every kind of business: as values for the fake, as rows for the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from voicebot.dialogue.requests import RequestRefund
from voicebot.shop.backends.fake import FakeBusiness, FakeCustomer
from voicebot.shop.logistics import Parcel
from voicebot.shop.orders import BoughtOrder
from voicebot.storage.database import Database
from voicebot.storage.tables import Customer, Order, OrderLine, Product, Shipment, TrackingEvent


@dataclass
class Shop:
    customers: list[FakeCustomer] = field(default_factory=list)
    orders: list[BoughtOrder] = field(default_factory=list)
    parcels: dict[str, Parcel] = field(default_factory=dict)

    def in_memory(self) -> FakeBusiness:
        return FakeBusiness(self.customers, self.orders, self.parcels)

    def write(self, database: Database, now: datetime) -> None:
        """Write the shop's rows."""
        with database.session() as session:
            for customer in self.customers:
                risks = [order.risk for order in self.orders if order.customer_no == customer.customer_no]
                session.add(
                    Customer(
                        customer_no=customer.customer_no,
                        name="沈若兰",
                        title=customer.title,
                        phone=customer.phone,
                        city="杭州",
                        address="杭州市和风路1号101室",
                        risk="raised" if "raised" in risks else "low",
                        joined_at=now,
                    )
                )
            session.flush()
            for order in self.orders:
                self._write_order(session, order)

    def _write_order(self, session: Session, order: BoughtOrder) -> None:
        customer = session.query(Customer).filter_by(customer_no=order.customer_no).one()
        products = []
        for line in order.lines:
            product = Product(
                product_no=f"{order.order_no[-8:]}-{line.product_no}",
                name=line.name,
                aliases=list(line.aliases),
                category="clothing",
                return_class=line.return_class,
                price_fen=line.price_fen,
                stock=1,
                facts={},
            )
            products.append(product)
        row = Order(
            order_no=order.order_no,
            order_tail=order.order_no[-4:],
            phone_tail=order.phone[-4:],
            customer=customer,
            state=order.state,
            placed_at=order.placed_at,
            delivered_at=order.delivered_at,
            discount_fen=order.discount_fen,
            shipping_fen=order.shipping_fen,
            paid_fen=order.paid_fen,
            recipient="沈若兰",
            phone=order.phone,
            city=order.city,
            address="杭州市和风路1号101室",
            lines=[
                OrderLine(
                    line_no=line.line_no,
                    product=product,
                    color=line.color,
                    size=line.size,
                    quantity=line.quantity,
                    price_fen=line.price_fen,
                )
                for line, product in zip(order.lines, products, strict=True)
            ],
        )
        session.add(row)
        parcel = self.parcels.get(order.order_no)
        if parcel is not None:
            self._write_parcel(session, row, parcel)
        session.flush()

    def _write_parcel(self, session: Session, order: Order, parcel: Parcel) -> None:
        events = []
        if parcel.event_at is not None and parcel.place is not None:
            events.append(
                TrackingEvent(at=parcel.event_at, state=parcel.state, place=parcel.place, text="到了")
            )
        session.add(
            Shipment(
                order=order,
                carrier=parcel.carrier,
                tracking_no=f"T{order.order_no}",
                state=parcel.state,
                shipped_at=order.placed_at,
                eta_on=parcel.eta_on,
                events=events,
            )
        )


def a_refund_request(
    order: BoughtOrder,
    key: str = "call-1:refund:1",
    *,
    line_nos: tuple[int, ...] = (1,),
    reason: str = "unwanted",
    amount_fen: int | None = None,
    call_id: str = "call-1",
) -> RequestRefund:
    """Build the request that a caller confirmed: line 1, no longer wanted, at its full price."""
    price_fen = sum(line.goods_fen for line in order.lines if line.line_no in line_nos)
    return RequestRefund(
        key=key,
        call_id=call_id,
        order_no=order.order_no,
        line_nos=line_nos,
        reason=reason,
        reason_text="不想要了",
        refund_type="return_refund",
        amount_fen=price_fen if amount_fen is None else amount_fen,
    )
