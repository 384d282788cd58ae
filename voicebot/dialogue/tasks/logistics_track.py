"""``logistics.track``: where the parcel is and when it arrives."""

from __future__ import annotations

from datetime import date

from voicebot.dialogue.frame import Candidate, Frame, KnownCaller
from voicebot.dialogue.requests import ParcelTracked, TrackParcel
from voicebot.dialogue.steps import Fetch, Finish, Step, Tell
from voicebot.dialogue.tasks.choosing import label, pick, whole_orders
from voicebot.dialogue.tasks.common import identify, offer_human

ACCEPTS = frozenset({"product", "order_tail", "phone_tail", "choice"})

UNDER_WAY = frozenset({"paid", "packed", "shipped"})
QUIET_DAYS = 3
"""A parcel without news for so long is said to be stuck, and a human offered."""


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    """Who, which order, what the carrier says; orders under way are the likely ones."""
    if step := identify(frame, caller):
        return step
    candidates = whole_orders(caller.orders)
    shipped = [c for c in candidates if c.order.state == "shipped"]
    picked = pick(
        frame, candidates, shipped or [c for c in candidates if c.order.state in UNDER_WAY], whole=True
    )
    if not isinstance(picked, Candidate):
        return picked
    request = TrackParcel(order_no=picked.order.order_no)
    parcel = frame.results.get(request)
    if not isinstance(parcel, ParcelTracked):
        return Fetch(request=request)
    return _report(frame, caller, picked, parcel)


def _report(frame: Frame, caller: KnownCaller, picked: Candidate, parcel: ParcelTracked) -> Step:
    """State first; then place and day, each only where the carrier says so; a human where it is stuck."""
    done = picked.order.order_no
    told = f"state/{done}"
    if told not in frame.told:
        return Tell(
            key=told,
            wording=f"track.{parcel.state}",
            values={
                "product": label(picked, frame),
                "carrier": f"carrier.{parcel.carrier}",
                "at": (parcel.event_at or picked.order.placed_on)[:10],
            },
        )
    if parcel.state == "exception":
        return _offered(frame, "track.exception.offer", {}, done)
    if parcel.state not in ("in_transit", "out_for_delivery"):
        return Finish(outcome="told", order_no=done)
    if parcel.state == "in_transit" and parcel.place and parcel.event_at and "place" not in frame.told:
        caller.heard_a_place = True
        values = {"place": parcel.place, "at": parcel.event_at[:10]}
        return Tell(key="place", wording="track.at_place", values=values)
    quiet_days = (caller.today - date.fromisoformat(parcel.event_at[:10])).days if parcel.event_at else 0
    if parcel.eta_on and parcel.eta_on >= caller.today.isoformat():
        return Finish(outcome="told", wording="track.eta", values={"eta": parcel.eta_on}, order_no=done)
    if quiet_days >= QUIET_DAYS:
        return _offered(frame, "track.stuck", {"days": quiet_days}, done)
    return Finish(outcome="told", order_no=done)


def _offered(frame: Frame, wording: str, values: dict[str, str | int], order_no: str) -> Step:
    offered = offer_human(frame, reason="logistics.exception", wording=wording, values=values)
    return offered or Finish(outcome="told", wording="human.declined", order_no=order_no)
