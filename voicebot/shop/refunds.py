"""The refund policy applied to one order: may it be, how, how much, who pays the freight, who decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Literal

from voicebot.dialogue.requests import RefundChecked, RefundDecided, RefundType, RequestRefund
from voicebot.shop.orders import BoughtOrder, RefundOnFile
from voicebot.shop.policies import REASONS, Policies
from voicebot.storage.tables import FreightPayer, RefundState

CLAUSES = (
    "refund.seven_days",
    "refund.excluded.underwear",
    "refund.excluded.fresh_food",
    "refund.excluded.custom_made",
    "refund.excluded.cosmetics",
    "refund.excluded.digital",
    "refund.excluded.standard",
    "refund.unopened_only",
    "refund.fault",
    "refund.without_return",
    "refund.review.amount",
    "refund.review.risk",
    "refund.review.without_return",
    "refund.refused_parcel",
    "refund.already_on_file",
    "refund.not_paid",
    "refund.closed",
    "cancel.before_shipping",
    "cancel.after_shipping",
    "repair",
)
"""Every clause that can decide; docs/policies.md says what each means."""

Decision = Literal["allowed", "review", "refused"]
SAID_STATES: dict[RefundState, Literal["approved", "in_review", "refused"]] = {
    "in_review": "in_review",
    "approved": "approved",
    "paid": "approved",
    "refused": "refused",
    "withdrawn": "refused",
}


class UnknownLinesError(LookupError):
    """The request names lines that the order does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruling:
    decision: Decision
    clause: str
    refund_type: RefundType
    freight_payer: FreightPayer = "none"
    freight_fen: int = 0
    days_allowed: int = 0
    shipping_back: bool = False
    """The shop also gives back what the caller paid for sending the goods."""


def check_refund(
    order: BoughtOrder,
    line_nos: Sequence[int],
    reason: str,
    refund_type: RefundType | None,
    policies: Policies,
    today: date,
    zone: tzinfo,
) -> RefundChecked:
    """Apply the policy; ``today`` and the days of the order are calendar days in the shop's ``zone``.

    Raises ``UnknownLinesError`` for lines that the order does not have, ValueError for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(f"unknown refund reason: {reason}")
    if not line_nos or any(order.line(line_no) is None for line_no in line_nos):
        raise UnknownLinesError(f"order has no such lines: {tuple(line_nos)}")
    on_file = refund_on_file(order, line_nos)
    if on_file is not None:
        return _checked(
            _Ruling(
                decision="refused",
                clause="refund.already_on_file",
                refund_type=refund_type or "return_refund",
            ),
            0,
            policies,
            on_file,
        )
    ruling = _ruling(order, line_nos, reason, refund_type, policies, today, zone)
    amount_fen = 0
    if ruling.decision != "refused":
        amount_fen = sum(line_amounts(order, line_nos, shipping_back=ruling.shipping_back).values())
        ruling = _reviewed(ruling, amount_fen, order, policies)
    return _checked(ruling, amount_fen, policies, None)


def refund_on_file(order: BoughtOrder, line_nos: Sequence[int]) -> RefundOnFile | None:
    """Return the standing refund that already has one of these lines; one that has all comes first."""
    wanted = set(line_nos)
    touching = [refund for refund in order.refunds if wanted & set(refund.line_nos)]
    return max(touching, key=lambda refund: len(wanted & set(refund.line_nos)), default=None)


def line_amounts(order: BoughtOrder, line_nos: Sequence[int], *, shipping_back: bool) -> dict[int, int]:
    """Return line number → fen that the caller gets back for it.

    A discount on the whole order is taken off its lines in proportion to their price; whole fen are given
    out by largest remainder, so that the lines add up to what was paid, in however many refunds.
    """
    weights = [line.goods_fen for line in order.lines]
    discounts = _apportion(order.discount_fen, weights)
    shipping = _apportion(order.shipping_fen if shipping_back else 0, weights)
    return {
        line.line_no: line.goods_fen - discount + sent
        for line, discount, sent in zip(order.lines, discounts, shipping, strict=True)
        if line.line_no in set(line_nos)
    }


def gives_shipping_back(checked: RefundChecked) -> bool:
    """Tell whether the amount of an allowed refund includes the shipping that was paid."""
    return checked.freight_payer != "caller"


def decided_on_file(refund: RefundOnFile, line_nos: Sequence[int]) -> RefundDecided:
    """Answer a request for lines that a refund already has; lines beside it are not announced as refunded."""
    covered = set(line_nos) <= set(refund.line_nos)
    return RefundDecided(
        refund_no=refund.refund_no,
        state=SAID_STATES[refund.state] if covered else "refused",
        amount_fen=refund.amount_fen if covered else 0,
        already_on_file=True,
    )


def refusal(request: RequestRefund, checked: RefundChecked) -> RefundDecided | None:
    """Return why the confirmed request may not be written as the policy stands now, or None when it may.

    A refund above what the identity may move is refused here too: no request carries a one-time code.
    """
    if checked.decision == "refused" or checked.needs_code or checked.refund_type != request.refund_type:
        return RefundDecided(refund_no="", state="refused", amount_fen=0, already_on_file=False)
    if checked.amount_fen != request.amount_fen:
        return RefundDecided(
            refund_no="", state="amount_changed", amount_fen=checked.amount_fen, already_on_file=False
        )
    return None


def _ruling(
    order: BoughtOrder,
    line_nos: Sequence[int],
    reason: str,
    refund_type: RefundType | None,
    policies: Policies,
    today: date,
    zone: tzinfo,
) -> _Ruling:
    if order.state == "unpaid":
        return _Ruling(decision="refused", clause="refund.not_paid", refund_type="refund_only")
    if order.state in {"cancelled", "refunded"}:
        return _Ruling(decision="refused", clause="refund.closed", refund_type="refund_only")
    if order.state in {"paid", "packed"}:
        return _Ruling(
            decision="allowed", clause="cancel.before_shipping", refund_type="refund_only", shipping_back=True
        )
    if order.state == "refused":
        return _Ruling(
            decision="allowed", clause="refund.refused_parcel", refund_type="refund_only", shipping_back=True
        )
    received_on = order.delivered_on(zone)
    if order.state == "shipped" or received_on is None:
        return _Ruling(decision="refused", clause="cancel.after_shipping", refund_type="refund_only")
    age_days = (today - received_on).days
    if reason in policies.refund.fault.reasons:
        return _fault_ruling(order, line_nos, reason, refund_type, policies, age_days)
    return _seven_days_ruling(order, line_nos, policies, age_days)


def _fault_ruling(
    order: BoughtOrder,
    line_nos: Sequence[int],
    reason: str,
    refund_type: RefundType | None,
    policies: Policies,
    age_days: int,
) -> _Ruling:
    fault, keep = policies.refund.fault, policies.refund.without_return
    if age_days > fault.days:
        if reason == "quality" and age_days <= policies.repair.days:
            return _Ruling(
                decision="refused",
                clause="repair",
                refund_type="return_refund",
                days_allowed=policies.repair.days,
            )
        return _Ruling(
            decision="refused",
            clause="refund.fault",
            refund_type="return_refund",
            days_allowed=fault.days,
        )
    if reason in keep.reasons and refund_type != "return_refund":
        amount_fen = sum(line_amounts(order, line_nos, shipping_back=True).values())
        within = amount_fen <= keep.up_to_fen
        if within or refund_type == "refund_only":
            return _Ruling(
                decision="allowed" if within else "review",
                clause="refund.without_return" if within else "refund.review.without_return",
                refund_type="refund_only",
                days_allowed=fault.days,
                shipping_back=True,
            )
    return _Ruling(
        decision="allowed",
        clause="refund.fault",
        refund_type="return_refund",
        freight_payer="caller" if fault.freight_payer == "caller" else "shop",
        freight_fen=fault.freight_fen if fault.freight_payer == "caller" else 0,
        days_allowed=fault.days,
        shipping_back=fault.freight_payer != "caller",
    )


def _seven_days_ruling(
    order: BoughtOrder, line_nos: Sequence[int], policies: Policies, age_days: int
) -> _Ruling:
    rule = policies.refund.seven_days
    classes = [line.return_class for line in order.lines if line.line_no in set(line_nos)]
    excluded = next((word for word in classes if word in rule.excluded), None)
    if excluded is not None:
        return _Ruling(decision="refused", clause=f"refund.excluded.{excluded}", refund_type="return_refund")
    if age_days > rule.days:
        return _Ruling(
            decision="refused",
            clause="refund.seven_days",
            refund_type="return_refund",
            days_allowed=rule.days,
        )
    sealed = any(word in rule.unopened_only for word in classes)
    return _Ruling(
        decision="review" if sealed else "allowed",
        clause="refund.unopened_only" if sealed else "refund.seven_days",
        refund_type="return_refund",
        freight_payer="caller" if rule.freight_payer == "caller" else "shop",
        freight_fen=rule.freight_fen if rule.freight_payer == "caller" else 0,
        days_allowed=rule.days,
        shipping_back=rule.freight_payer != "caller",
    )


def _reviewed(ruling: _Ruling, amount_fen: int, order: BoughtOrder, policies: Policies) -> _Ruling:
    """Turn an allowed refund into one that a person looks at, where amount or risk ask for it."""
    if ruling.decision != "allowed":
        return ruling
    if amount_fen > policies.refund.review.above_fen:
        clause = "refund.review.amount"
    elif order.risk == "raised" and policies.refund.review.raised_risk:
        clause = "refund.review.risk"
    else:
        return ruling
    return _Ruling(
        decision="review",
        clause=clause,
        refund_type=ruling.refund_type,
        freight_payer=ruling.freight_payer,
        freight_fen=ruling.freight_fen,
        days_allowed=ruling.days_allowed,
        shipping_back=ruling.shipping_back,
    )


def _checked(
    ruling: _Ruling, amount_fen: int, policies: Policies, on_file: RefundOnFile | None
) -> RefundChecked:
    return RefundChecked(
        decision=ruling.decision,
        clause=ruling.clause,
        refund_type=ruling.refund_type,
        amount_fen=amount_fen,
        freight_payer=ruling.freight_payer,
        freight_fen=ruling.freight_fen,
        days_allowed=ruling.days_allowed,
        needs_code=amount_fen > policies.identity.code_above_fen,
        existing_refund_no=None if on_file is None else on_file.refund_no,
    )


def _apportion(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split ``total_fen`` in proportion to ``weights`` in whole fen that add up to it (largest remainder)."""
    whole = sum(weights)
    if whole == 0:
        return [0 for _ in weights]
    shares = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), i))
    for index in by_remainder[: total_fen - sum(shares)]:
        shares[index] += 1
    return shares
