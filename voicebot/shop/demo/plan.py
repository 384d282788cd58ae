"""Thinks up the orders of the demonstration shop that no fixed caller has: every state, every carrier."""

from __future__ import annotations

from random import Random

from voicebot.dialogue.requests import OrderState, ParcelState
from voicebot.shop.carriers import SPOKEN_NAMES
from voicebot.shop.demo.callers import PlannedLine, PlannedOrder
from voicebot.shop.demo.catalogue import WARES

CARRIERS = tuple(SPOKEN_NAMES)
UNDER_WAY: tuple[ParcelState, ...] = ("collected", "in_transit", "out_for_delivery", "exception")
KINDS = (
    # how the orders are dealt out: a state and where there is one the days since delivery, from and to
    ("unpaid", None),
    ("paid", None),
    ("packed", None),
    ("shipped", None),
    ("shipped", None),
    ("delivered", (0, 0)),
    ("delivered", (1, 7)),
    ("delivered", (1, 7)),
    ("delivered", (8, 15)),
    ("delivered", (16, 60)),
    ("partially_refunded", (5, 20)),
    ("refunded", (8, 30)),
    ("refused", None),
    ("cancelled", None),
)


def planned_order(rng: Random, index: int) -> PlannedOrder:
    """Return one order; ``index`` goes through the states in turn so that none is left out."""
    kind, since_delivery = KINDS[index % len(KINDS)]
    state: OrderState = kind  # type: ignore[assignment]  # a table of words
    delivered_days_ago = None if since_delivery is None else rng.randint(*since_delivery)
    least_lines = 2 if state == "partially_refunded" else 1
    lines = _lines(rng, max(least_lines, rng.choice((1, 1, 1, 2, 2, 3))))
    parcel = _parcel(rng, state)
    return PlannedOrder(
        state=state,
        lines=lines,
        placed_days_ago=_placed_days_ago(rng, parcel, delivered_days_ago),
        delivered_days_ago=delivered_days_ago,
        carrier=None if parcel is None else CARRIERS[rng.randrange(len(CARRIERS))],
        parcel=parcel,
        discount_fen=rng.choice((0, 0, 0, 1_000)),
        shipping_fen=rng.choice((0, 0, 0, 0, 600)),
        refund="paid" if state in {"partially_refunded", "refunded"} else None,
    )


def _lines(rng: Random, count: int) -> tuple[PlannedLine, ...]:
    return tuple(
        PlannedLine(
            name=ware.name,
            color=rng.choice(ware.colors) if ware.colors else None,
            size=rng.choice(ware.sizes) if ware.sizes else None,
            quantity=rng.choice((1, 1, 1, 1, 2)),
        )
        for ware in rng.sample(WARES, count)
    )


def _parcel(rng: Random, state: OrderState) -> ParcelState | None:
    if state == "shipped":
        return rng.choice(UNDER_WAY)
    if state == "refused":
        return rng.choice(("refused", "returned"))
    if state in {"delivered", "partially_refunded", "refunded"}:
        return "delivered"
    return None


def _placed_days_ago(rng: Random, parcel: ParcelState | None, delivered_days_ago: int | None) -> int:
    if delivered_days_ago is not None:
        return delivered_days_ago + rng.randint(2, 5)
    if parcel is None:
        return rng.randint(0, 3)
    return rng.randint(3, 8)
