"""Where a parcel is: the newest thing that its carrier said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from voicebot.dialogue.requests import ParcelState, ParcelTracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    carrier: str
    state: ParcelState
    place: str | None
    """City of the newest event; None before the first."""
    event_at: datetime | None
    eta_on: date | None


def tracked(order_no: str, parcel: Parcel | None, zone: tzinfo) -> ParcelTracked:
    """Return the answer for the caller; ``parcel`` is None while nothing was handed to a carrier."""
    if parcel is None:
        return ParcelTracked(
            order_no=order_no, state="none", carrier=None, place=None, event_at=None, eta_on=None
        )
    arrived = parcel.state in {"delivered", "refused", "returned"}
    return ParcelTracked(
        order_no=order_no,
        state=parcel.state,
        carrier=parcel.carrier,
        place=parcel.place,
        event_at=None
        if parcel.event_at is None
        else parcel.event_at.astimezone(zone).isoformat(timespec="seconds"),
        eta_on=None if arrived or parcel.eta_on is None else parcel.eta_on.isoformat(),
    )
