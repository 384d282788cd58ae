"""``order.status``: the state of one of the caller's orders."""

from __future__ import annotations

from voicebot.dialogue.frame import Candidate, Frame, KnownCaller
from voicebot.dialogue.steps import Finish, Step
from voicebot.dialogue.tasks.choosing import label, pick, whole_orders
from voicebot.dialogue.tasks.common import identify

ACCEPTS = frozenset({"product", "order_tail", "phone_tail", "choice"})

OPEN_STATES = frozenset({"unpaid", "paid", "packed", "shipped"})


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    """Who, which order, then its state; open orders are the likely ones."""
    if step := identify(frame, caller):
        return step
    candidates = whole_orders(caller.orders)
    picked = pick(frame, candidates, [c for c in candidates if c.order.state in OPEN_STATES], whole=True)
    if not isinstance(picked, Candidate):
        return picked
    order = picked.order
    return Finish(
        outcome="told",
        wording=f"status.{order.state}",
        values={
            "product": label(picked, frame),
            "placed": order.placed_on,
            "delivered": order.delivered_on or order.placed_on,
        },
        order_no=order.order_no,
    )
