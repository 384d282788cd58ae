"""Writes planned orders into the demonstration shop, with parcels and refunds, dated back from now."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy.orm import Session

from voicebot.dialogue.requests import ParcelState
from voicebot.shop.carriers import spoken_name
from voicebot.shop.demo.callers import PlannedOrder
from voicebot.shop.demo.people import WAREHOUSES
from voicebot.storage.tables import (
    Customer,
    Order,
    OrderLine,
    Product,
    Refund,
    RefundLine,
    Shipment,
    TrackingEvent,
)

TRACKING_PREFIXES = {"SF": "SF", "YTO": "YT", "ZTO": "7", "JD": "JD", "EMS": "11"}
TRACKING_DIGITS = 12
PAID_WITHIN = timedelta(minutes=20)


class _Step(NamedTuple):
    state: ParcelState
    place: str
    text: str


class OrderBook:
    """Enters orders one by one; ``now`` is in the shop's zone."""

    def __init__(self, session: Session, rng: Random, now: datetime, products: dict[str, Product]) -> None:
        self._session = session
        self._rng = rng
        self._now = now
        self._products = products
        self._tails: set[str] = set()
        self.entered = 0

    def enter(self, customer: Customer, plan: PlannedOrder) -> Order:
        """Write one order with everything that hangs on it."""
        placed_at = self._days_ago(plan.placed_days_ago, not_after=self._now - 2 * PAID_WITHIN)
        lines = [
            OrderLine(
                line_no=line_no,
                product_id=self._products[line.name].id,
                color=line.color,
                size=line.size,
                quantity=line.quantity,
                price_fen=self._products[line.name].price_fen,
            )
            for line_no, line in enumerate(plan.lines, start=1)
        ]
        goods_fen = sum(line.price_fen * line.quantity for line in lines)
        discount_fen = min(plan.discount_fen, goods_fen // 2)
        # An order is given up without paying, or cancelled after it: here it was never paid.
        paid = plan.state not in {"unpaid", "cancelled"}
        order_no = self._order_no(placed_at, plan.tail)
        delivered_at = None
        if plan.delivered_days_ago is not None:
            delivered_at = self._days_ago(plan.delivered_days_ago, not_after=self._now)
        order = Order(
            order_no=order_no,
            order_tail=order_no[-4:],
            phone_tail=customer.phone[-4:],
            customer_id=customer.id,
            state=plan.state,
            placed_at=placed_at,
            paid_at=placed_at + PAID_WITHIN if paid else None,
            delivered_at=delivered_at,
            discount_fen=discount_fen,
            shipping_fen=plan.shipping_fen,
            paid_fen=goods_fen - discount_fen + plan.shipping_fen if paid else 0,
            recipient=customer.name,
            phone=customer.phone,
            city=customer.city,
            address=customer.address,
            lines=lines,
        )
        self._session.add(order)
        self._session.flush()
        if plan.carrier is not None and plan.parcel is not None:
            self._ship(order, plan, plan.carrier, plan.parcel)
        if plan.refund is not None:
            self._refund(order, plan)
        self.entered += 1
        return order

    def _ship(self, order: Order, plan: PlannedOrder, carrier: str, parcel: ParcelState) -> None:
        shipped_at = order.placed_at + timedelta(hours=self._rng.randint(3, 8))
        newest_at = order.delivered_at or self._days_ago(
            plan.quiet_days if parcel in {"in_transit", "exception"} else 0, not_after=self._now
        )
        shipped_at = min(shipped_at, newest_at - timedelta(hours=1))
        steps = self._steps(order.city, carrier, parcel)
        gap = (newest_at - shipped_at) / max(len(steps) - 1, 1)
        done = parcel in {"delivered", "refused", "returned"}
        eta_days = 0 if parcel == "out_for_delivery" else 1
        self._session.add(
            Shipment(
                order_id=order.id,
                carrier=carrier,
                tracking_no=TRACKING_PREFIXES[carrier] + self._digits(TRACKING_DIGITS),
                state=parcel,
                shipped_at=shipped_at,
                eta_on=None
                if done or plan.quiet_days or parcel == "exception"
                else (self._now + timedelta(days=eta_days)).date(),
                events=[
                    TrackingEvent(
                        at=newest_at if step is steps[-1] else shipped_at + index * gap,
                        state=step.state,
                        place=step.place,
                        text=step.text,
                    )
                    for index, step in enumerate(steps)
                ],
            )
        )

    def _steps(self, city: str, carrier: str, parcel: ParcelState) -> list[_Step]:
        warehouse = self._rng.choice(WAREHOUSES)
        name = spoken_name(carrier)
        collected = _Step("collected", warehouse, f"{name}已在{warehouse}揽收")
        left = _Step("in_transit", warehouse, f"已离开{warehouse}转运中心")
        arrived = _Step("in_transit", city, f"已到达{city}转运中心")
        out = _Step("out_for_delivery", city, f"{city}的快递员正在派送")
        last: dict[ParcelState, list[_Step]] = {
            "collected": [collected],
            "in_transit": [collected, left],
            "exception": [collected, left, _Step("exception", city, "地址不详，联系不上收件人")],
            "out_for_delivery": [collected, left, arrived, out],
            "delivered": [collected, left, arrived, out, _Step("delivered", city, "已签收")],
            "refused": [collected, left, arrived, out, _Step("refused", city, "收件人拒收")],
            "returned": [
                collected,
                left,
                arrived,
                out,
                _Step("refused", city, "收件人拒收"),
                _Step("returned", warehouse, f"已退回{warehouse}仓库"),
            ],
        }
        return last[parcel]

    def _refund(self, order: Order, plan: PlannedOrder) -> None:
        lines = order.lines if plan.state == "refunded" else order.lines[:1]
        whole_fen = sum(line.price_fen * line.quantity for line in order.lines)
        amounts = {}
        for line in lines:
            goods_fen = line.price_fen * line.quantity
            amounts[line.id] = goods_fen - order.discount_fen * goods_fen // whole_fen
        since_days = (plan.delivered_days_ago or 0) - 1
        requested_at = self._days_ago(max(since_days, 0), not_after=self._now)
        self._session.add(
            Refund(
                idempotency_key=f"demo:{order.order_no}",
                call_id="demo",
                order_id=order.id,
                state=plan.refund,
                refund_type="return_refund",
                reason="unwanted",
                reason_text="不想要了",
                amount_fen=sum(amounts.values()),
                freight_payer="caller",
                freight_fen=1_200,
                clause="refund.seven_days",
                requested_at=requested_at,
                decided_at=requested_at,
                lines=[
                    RefundLine(order_line_id=line_id, amount_fen=amount, standing=True)
                    for line_id, amount in amounts.items()
                ],
            )
        )

    def _days_ago(self, days: int, not_after: datetime) -> datetime:
        """Return a moment in the working hours of that day, or just before the limit where it is too late."""
        day = (self._now - timedelta(days=days)).date()
        moment = datetime.combine(day, time(9), self._now.tzinfo) + timedelta(
            minutes=self._rng.randint(0, 600)
        )
        if moment <= not_after:
            return moment
        midnight = datetime.combine(day, time(0), self._now.tzinfo)
        just_before = max(midnight, not_after - timedelta(minutes=15))
        return min(just_before, not_after).replace(microsecond=0)

    def _order_no(self, placed_at: datetime, tail: str | None) -> str:
        while tail is None or tail in self._tails:
            tail = self._digits(4)
        self._tails.add(tail)
        return f"{placed_at:%Y%m%d}{self._digits(6)}{tail}"

    def _digits(self, count: int) -> str:
        return "".join(self._rng.choice("0123456789") for _ in range(count))
