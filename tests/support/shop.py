"""Orders and readings for dialogue tests, built in a line."""

from __future__ import annotations

from voicebot.dialogue.requests import (
    CallerIdentified,
    OrderLine,
    OrderState,
    OrderView,
    ParcelTracked,
    RefundChecked,
)
from voicebot.nlu.reading import Act, Intent, Reading, Slot, SlotValue


def a_line(name: str = "羽绒服", *, line_no: int = 1, price_fen: int = 19900) -> OrderLine:
    return OrderLine(
        line_no=line_no,
        product_id=f"p-{name}",
        name=name,
        aliases=("外套",) if name == "羽绒服" else (),
        color=None,
        size=None,
        quantity=1,
        price_fen=price_fen,
    )


def an_order(
    order_no: str = "202611180001", *, state: OrderState = "delivered", lines: tuple[OrderLine, ...] = ()
) -> OrderView:
    return OrderView(
        order_no=order_no,
        state=state,
        placed_on="2026-11-16",
        delivered_on="2026-11-19" if state == "delivered" else None,
        paid_fen=19900,
        lines=lines or (a_line(),),
    )


def known(*orders: OrderView) -> CallerIdentified:
    return CallerIdentified(customer_id="c-1", title="女士", orders=orders)


NOBODY = CallerIdentified(customer_id=None, title=None, orders=())


def a_parcel() -> ParcelTracked:
    return ParcelTracked(
        order_no="202611180001",
        state="in_transit",
        carrier="SF",
        place="杭州",
        event_at="2026-11-22T08:00:00+08:00",
        eta_on="2026-11-23",
    )


def a_check(**changes: object) -> RefundChecked:
    values: dict[str, object] = {
        "decision": "allowed",
        "clause": "refund.seven_days",
        "refund_type": "return_refund",
        "amount_fen": 19900,
        "freight_payer": "caller",
        "freight_fen": 1200,
        "days_allowed": 7,
        "needs_code": False,
        "existing_refund_no": None,
    }
    return RefundChecked(**{**values, **changes})  # type: ignore[arg-type]


def said(
    text: str = "嗯",
    *acts: str,
    intents: tuple[str, ...] = (),
    confidence: float = 1.0,
    slot_confidence: float = 0.9,
    **slots: SlotValue,
) -> Reading:
    return Reading(
        text=text,
        acts=tuple(Act(name=act, confidence=0.95) for act in acts),
        intents=tuple(Intent(name=intent, confidence=0.9) for intent in intents),
        slots=tuple(
            Slot(name=name, value=value, text=str(value), confidence=slot_confidence)
            for name, value in slots.items()
        ),
        confidence=confidence,
    )
