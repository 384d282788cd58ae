"""What the shop promises: the typed form of policies.yaml, with the defaults of docs/policies.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any, Literal, get_args

from voicebot.storage.tables import ReturnClass

Reason = Literal[
    "quality",
    "wrong_item",
    "not_as_described",
    "damaged",
    "missing_parts",
    "size",
    "unwanted",
    "late",
    "price",
    "other",
]
REASONS: tuple[str, ...] = get_args(Reason)
RETURN_CLASSES: tuple[str, ...] = get_args(ReturnClass)
PAYERS = ("caller", "shop")
MAX_DAYS = 3_650
MAX_FEN = 10_000_000


def _days(default: int) -> Any:
    return field(default=default, metadata={"least": 0, "most": MAX_DAYS})


def _count(default: int) -> Any:
    return field(default=default, metadata={"least": 1, "most": 100})


def _fen(default: int) -> Any:
    return field(default=default, metadata={"least": 0, "most": MAX_FEN})


def _words(default: str | tuple[str, ...], allowed: tuple[str, ...]) -> Any:
    return field(default=default, metadata={"allowed": allowed})


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenDays:
    """Return without a reason, unopened or as new."""

    days: int = _days(7)
    excluded: tuple[str, ...] = _words(("underwear", "fresh_food", "custom_made"), RETURN_CLASSES)
    unopened_only: tuple[str, ...] = _words(("cosmetics", "digital"), RETURN_CLASSES)
    """Returnable only with the seal whole; a person looks."""
    freight_payer: str = _words("caller", PAYERS)
    freight_fen: int = _fen(1_200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Return because the shop or the carrier failed."""

    days: int = _days(15)
    reasons: tuple[str, ...] = _words(REASONS[:5], REASONS)
    freight_payer: str = _words("shop", PAYERS)
    freight_fen: int = _fen(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutReturn:
    """Money back, and the caller keeps the goods."""

    reasons: tuple[str, ...] = _words(("damaged", "missing_parts"), REASONS)
    up_to_fen: int = _fen(20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """When a person decides."""

    above_fen: int = _fen(200_000)
    raised_risk: bool = True
    within_hours: int = _count(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyArrives:
    """Working days after approval."""

    from_days: int = _days(1)
    to_days: int = _days(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPolicies:
    seven_days: SevenDays = SevenDays()
    fault: Fault = Fault()
    without_return: WithoutReturn = WithoutReturn()
    review: Review = Review()
    money_arrives: MoneyArrives = MoneyArrives()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    days: int = _days(365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    days: int = _days(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceProtection:
    days: int = _days(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    within_hours: int = _count(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urge:
    per_day: int = _count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPolicies:
    tries: int = _count(3)
    code_above_fen: int = _fen(20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Humans:
    opens: time = time(9)
    closes: time = time(21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    opens: time = time(9)
    closes: time = time(21)
    within_days: int = _count(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketing:
    opens: time = time(9)
    closes: time = time(20)
    per_week: int = _count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    recordings_days: int = _days(180)
    transcripts_days: int = _days(730)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All policies; ``Policies()`` are the defaults. A field ``x_fen`` is written ``x_yuan`` in the file."""

    refund: RefundPolicies = RefundPolicies()
    repair: Repair = Repair()
    exchange: Exchange = Exchange()
    price_protection: PriceProtection = PriceProtection()
    invoice: Invoice = Invoice()
    urge: Urge = Urge()
    identity: IdentityPolicies = IdentityPolicies()
    humans: Humans = Humans()
    callback: Callback = Callback()
    marketing: Marketing = Marketing()
    retention: Retention = Retention()
