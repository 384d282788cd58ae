"""``logistics.track``: where the parcel is and when it arrives."""

from __future__ import annotations

from voicebot.dialogue.frame import Candidate, Frame, KnownCaller
from voicebot.dialogue.requests import ParcelTracked, TrackParcel
from voicebot.dialogue.steps import Fetch, Finish, Step, Tell
from voicebot.dialogue.tasks.common import identify, label, pick, whole_orders

ACCEPTS = frozenset({"product", "order_tail", "phone_tail", "choice"})

UNDER_WAY = frozenset({"paid", "packed", "shipped"})


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    if step := identify(frame, caller):
        return step
    candidates = whole_orders(caller.orders)
    shipped = [c for c in candidates if c.order.state == "shipped"]
    picked = pick(frame, candidates, shipped or [c for c in candidates if c.order.state in UNDER_WAY])
    if not isinstance(picked, Candidate):
        return picked
    request = TrackParcel(order_no=picked.order.order_no)
    parcel = frame.results.get(request)
    if not isinstance(parcel, ParcelTracked):
        return Fetch(request=request)
    return _report(frame, caller, picked, parcel)


def _report(frame: Frame, caller: KnownCaller, picked: Candidate, parcel: ParcelTracked) -> Step:
    """State first; then place and day, each only where the carrier says so."""
    state = Tell(
        key="state",
        wording=f"track.{parcel.state}",
        values={
            "product": label(picked.line),
            "carrier": f"carrier.{parcel.carrier}",
            "at": (parcel.event_at or picked.order.placed_on)[:10],
        },
    )
    if "state" not in frame.told:
        return state
    done = picked.order.order_no
    if parcel.state != "in_transit":
        return Finish(outcome="told", order_no=done)
    if parcel.place and "place" not in frame.told:
        caller.heard_a_place = True
        return Tell(key="place", wording="track.at_place", values={"place": parcel.place})
    if parcel.eta_on:
        return Finish(outcome="told", wording="track.eta", values={"eta": parcel.eta_on}, order_no=done)
    return Finish(outcome="told", order_no=done)
