"""What the dialogue asks of the business, and what comes back: frozen values, no I/O.

A request is hashable and complete: the same request within one task is asked once and its result kept, and
a request whose inputs the caller has changed is a different request. Requests that write carry an idempotency
key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OrderState = Literal[
    "unpaid",
    "paid",
    "packed",
    "shipped",
    "delivered",
    "partially_refunded",
    "refunded",
    "refused",
    "cancelled",
]
ParcelState = Literal[
    "none", "collected", "in_transit", "out_for_delivery", "delivered", "refused", "exception", "returned"
]
RefundType = Literal["refund_only", "return_refund"]
Fact = Literal["order_tail", "city", "amount"]
"""Knowing one proves something, where the line has not said it itself (docs/policies.md, "Identity")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One item of an order, as a caller would name it."""

    line_no: int
    product_id: str
    name: str
    """The product as said: 藏青色羽绒服 → 羽绒服; the colour and size stand beside it."""
    aliases: tuple[str, ...]
    color: str | None
    size: str | None
    quantity: int
    price_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """What a recognised caller may hear of an order: items and status; no name, number or address."""

    order_no: str
    state: OrderState
    placed_on: str
    """ISO date, in the shop's zone."""
    delivered_on: str | None
    paid_fen: int
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyCaller:
    """Whose number is this, and which orders are theirs?"""

    from_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentified:
    """``customer_id`` is None for an unknown or withheld number, or tails that match nothing together."""

    customer_id: str | None
    title: str | None
    """How to address the caller without giving a name away: 先生, 女士 or None."""
    orders: tuple[OrderView, ...]
    """Newest first, at most ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTails:
    """Last four digits of an order number and of the phone it was placed with, believed only together.

    Answered by ``CallerIdentified``. ``attempt`` counts from 1 so that a repeated pair is a new request.
    """

    order_tail: str
    phone_tail: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFact:
    """Is this fact of the order right? ``attempt``: the wrong ones of the call so far, and 1."""

    order_no: str
    fact: Fact
    value: str
    """Four digits, a city as said (杭州), or an amount in fen as decimal digits."""
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactVerified:
    """Yes or no, and nothing that helps to guess."""

    correct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackParcel:
    """Where is the parcel of this order?"""

    order_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelTracked:
    """The carrier's newest word; what it does not say is None."""

    order_no: str
    state: ParcelState
    """``none``: not handed to a carrier yet."""
    carrier: str | None
    """Code: SF, YTO, ZTO, JD, EMS."""
    place: str | None
    """City of the newest event: 杭州."""
    event_at: str | None
    """ISO date and time with zone of the newest event."""
    eta_on: str | None
    """ISO date when it should arrive, where the carrier says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRefund:
    """May these lines be refunded for this reason, how, and how much? Reads only."""

    order_no: str
    line_nos: tuple[int, ...]
    reason: str
    """quality, wrong_item, not_as_described, damaged, missing_parts, size, unwanted, late, price or other."""
    refund_type: RefundType | None
    """None: the caller has not said; the policy chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundChecked:
    """What the policy makes of a refund, before anything is written."""

    decision: Literal["allowed", "review", "refused"]
    clause: str
    """Stable key of the clause that decided: ``refund.seven_days``, ``refund.excluded.fresh_food`` …"""
    refund_type: RefundType
    amount_fen: int
    """What the caller gets back, for ``allowed`` and ``review``; 0 when refused."""
    freight_payer: Literal["caller", "shop", "none"]
    freight_fen: int
    """Paid at pick-up when the caller pays; never taken off the refund."""
    days_allowed: int
    """The number of days of the deciding clause, 0 where it has none."""
    needs_code: bool
    """Above what the present identity may move: a one-time code, or a human where there is none."""
    existing_refund_no: str | None
    """A request for the same lines already on file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefund:
    """Write the refund request, exactly once for its ``key``; the transaction checks the policy again."""

    key: str
    call_id: str
    order_no: str
    line_nos: tuple[int, ...]
    reason: str
    reason_text: str
    """The caller's own words."""
    refund_type: RefundType
    amount_fen: int
    """What the caller confirmed; a different amount by now is refused with ``amount_changed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDecided:
    """Committed. ``state`` is what the caller may be told."""

    refund_no: str
    state: Literal["approved", "in_review", "refused", "amount_changed"]
    amount_fen: int
    already_on_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """Hand the matter to people: written before the call moves, so that the story cannot be lost."""

    key: str
    call_id: str
    kind: Literal["transfer", "callback"]
    reason: str
    """Why: ``agent.request``, ``no_match``, ``identity``, ``needs_code``, ``backend_down`` …"""
    customer_id: str | None
    identity: Literal["none", "recognised", "verified"]
    order_no: str | None
    summary: tuple[str, ...]
    """Lines in Chinese for the human: what was asked, found, done, and what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened:
    """Committed: the story waits for whoever takes the call."""

    ticket_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupFailed:
    """The back end could not answer; nothing was written unless a retry of the same key says so."""

    retryable: bool
    message: str
    """For the log; never spoken."""


Request = IdentifyCaller | VerifyTails | VerifyFact | TrackParcel | CheckRefund | RequestRefund | OpenTicket
Result = (
    CallerIdentified
    | FactVerified
    | ParcelTracked
    | RefundChecked
    | RefundDecided
    | TicketOpened
    | LookupFailed
)
