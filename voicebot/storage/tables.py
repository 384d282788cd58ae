"""The tables of the shop: who bought what, where it is, what was paid back, and what people must see to.

Money is in fen, moments are in UTC. What happens on the telephone stands in ``call_tables``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Date, ForeignKey, Index, MetaData, String, Text, UniqueConstraint, cast, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from voicebot.dialogue.requests import OrderState, ParcelState, RefundType
from voicebot.storage.columns import UtcDateTime, choice

Risk = Literal["low", "raised"]
Title = Literal["先生", "女士"]
ReturnClass = Literal["standard", "underwear", "fresh_food", "custom_made", "cosmetics", "digital"]
"""What the return policy needs to know of a product, beside its category."""
RefundState = Literal["in_review", "approved", "paid", "refused", "withdrawn"]
FreightPayer = Literal["caller", "shop", "none"]
TicketKind = Literal["transfer", "callback"]
TicketState = Literal["open", "taken", "closed"]
Identity = Literal["none", "recognised", "verified"]

REFUND_NUMBERS_FROM = 70_000_000
"""Refund numbers have eight digits and begin with 7, so that no caller takes one for an order's tail."""
TICKET_NUMBERS_FROM = 80_000_000


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        # Every constraint has a name that a later migration can speak of, the same on both databases.
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        date: Date,
        dict[str, Any]: JSON,
        list[str]: JSON,
        OrderState: choice(OrderState),
        ParcelState: choice(ParcelState),
        RefundType: choice(RefundType),
        Risk: choice(Risk),
        Title: choice(Title),
        ReturnClass: choice(ReturnClass),
        RefundState: choice(RefundState),
        FreightPayer: choice(FreightPayer),
        TicketKind: choice(TicketKind),
        TicketState: choice(TicketState),
        Identity: choice(Identity),
    }


def utc_now() -> datetime:
    """Return this moment; the default of columns that say when a row was made."""
    return datetime.now(UTC)


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[Title | None]
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    """Digits only, without the country code for mainland numbers."""
    city: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))
    risk: Mapped[Risk] = mapped_column(default="low")
    joined_at: Mapped[datetime]


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_no: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    """What people say: 羽绒服, 电饭煲."""
    aliases: Mapped[list[str]]
    category: Mapped[str] = mapped_column(String(30), index=True)
    return_class: Mapped[ReturnClass]
    price_fen: Mapped[int]
    stock: Mapped[int]
    facts: Mapped[dict[str, Any]]
    """Attribute → value, as said: {"材质": "白鸭绒"}."""


class Coupon(Base):
    __tablename__ = "coupons"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(60))
    threshold_fen: Mapped[int]
    discount_fen: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Article(Base):
    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    """Written to be heard: short spoken sentences."""
    source: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_tails", "order_tail", "phone_tail"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_no: Mapped[str] = mapped_column(String(20), unique=True)
    order_tail: Mapped[str] = mapped_column(String(4))
    phone_tail: Mapped[str] = mapped_column(String(4))
    """Of the phone the order was placed with; both tails are looked up at once, never one alone."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[OrderState] = mapped_column(index=True)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    discount_fen: Mapped[int]
    shipping_fen: Mapped[int]
    paid_fen: Mapped[int]
    """Goods less discount plus shipping; 0 while unpaid."""
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupons.id"))
    recipient: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))

    customer: Mapped[Customer] = relationship()
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.line_no")
    shipments: Mapped[list[Shipment]] = relationship(back_populates="order", order_by="Shipment.id")


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "line_no", name="uq_order_lines_order_line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    line_no: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    color: Mapped[str | None] = mapped_column(String(20))
    size: Mapped[str | None] = mapped_column(String(20))
    quantity: Mapped[int]
    price_fen: Mapped[int]
    """Of one piece, when it was bought."""

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


class Shipment(Base):
    __tablename__ = "shipments"
    __table_args__ = (UniqueConstraint("carrier", "tracking_no", name="uq_shipments_tracking"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    carrier: Mapped[str] = mapped_column(String(10))
    tracking_no: Mapped[str] = mapped_column(String(30))
    state: Mapped[ParcelState]
    shipped_at: Mapped[datetime]
    eta_on: Mapped[date | None]

    order: Mapped[Order] = relationship(back_populates="shipments")
    events: Mapped[list[TrackingEvent]] = relationship(
        back_populates="shipment", order_by="(TrackingEvent.at, TrackingEvent.id)"
    )


class TrackingEvent(Base):
    __tablename__ = "tracking_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"), index=True)
    at: Mapped[datetime]
    state: Mapped[ParcelState]
    place: Mapped[str] = mapped_column(String(40))
    """City."""
    text: Mapped[str] = mapped_column(String(200))

    shipment: Mapped[Shipment] = relationship(back_populates="events")


class Refund(Base):
    __tablename__ = "refunds"

    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[RefundState] = mapped_column(index=True)
    refund_type: Mapped[RefundType]
    reason: Mapped[str] = mapped_column(String(30))
    reason_text: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    freight_payer: Mapped[FreightPayer]
    freight_fen: Mapped[int]
    clause: Mapped[str] = mapped_column(String(60))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship()
    lines: Mapped[list[RefundLine]] = relationship(
        back_populates="refund", order_by="RefundLine.order_line_id"
    )

    @hybrid_property
    def refund_no(self) -> str:
        """The number the caller hears."""
        return str(REFUND_NUMBERS_FROM + self.id)

    @refund_no.inplace.expression
    @classmethod
    def _refund_no_expression(cls) -> ColumnElement[str]:
        return cast(cls.id + REFUND_NUMBERS_FROM, String(20))


class RefundLine(Base):
    """One line of an order in one refund; ``standing`` until the refund is refused or withdrawn."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        Index(
            "uq_refund_lines_standing",
            "order_line_id",
            unique=True,
            sqlite_where=text("standing"),
            postgresql_where=text("standing"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    amount_fen: Mapped[int]
    standing: Mapped[bool]

    refund: Mapped[Refund] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()


class Ticket(Base):
    """A matter handed to people. Customer and order are kept as words: the story must never fail on a key."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[TicketKind]
    state: Mapped[TicketState] = mapped_column(default="open", index=True)
    reason: Mapped[str] = mapped_column(String(60))
    customer_no: Mapped[str | None] = mapped_column(String(20))
    identity: Mapped[Identity]
    order_no: Mapped[str | None] = mapped_column(String(20))
    summary: Mapped[list[str]]
    opened_at: Mapped[datetime]

    @hybrid_property
    def ticket_no(self) -> str:
        """The number that stands in the transfer."""
        return str(TICKET_NUMBERS_FROM + self.id)

    @ticket_no.inplace.expression
    @classmethod
    def _ticket_no_expression(cls) -> ColumnElement[str]:
        return cast(cls.id + TICKET_NUMBERS_FROM, String(20))


class DemoSeed(Base):
    """Says that the shop in this database is made up, and from which seed: what may be reset."""

    __tablename__ = "demo_seeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[int]
    seeded_at: Mapped[datetime]
