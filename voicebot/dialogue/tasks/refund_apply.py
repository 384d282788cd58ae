"""``refund.apply``: money back for one thing bought, with or without sending it back."""

from __future__ import annotations

from voicebot.dialogue.frame import Candidate, Frame, KnownCaller
from voicebot.dialogue.requests import CheckRefund, RefundChecked, RefundDecided, RefundType, RequestRefund
from voicebot.dialogue.steps import Ask, Confirm, Fetch, Finish, Handover, Step, Tell
from voicebot.dialogue.tasks.choosing import pick, single_lines
from voicebot.dialogue.tasks.common import identify, offer_human, prove

ACCEPTS = frozenset(
    {"product", "order_tail", "phone_tail", "choice", "city", "amount", "reason", "refund_type", "change"}
)

ABSORBS = frozenset({"aftersales.repair", "logistics.exception", "order.change", "request.withdraw"})
ABSORBS_WITH_REASON = frozenset({"order.cancel"})

REFUNDABLE = frozenset({"delivered", "partially_refunded"})
SPOKEN_DIGITS = 6
"""The end of a reference number that is read out."""


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    if step := identify(frame, caller):
        return step
    candidates = single_lines(caller.orders)
    picked = pick(frame, candidates, [c for c in candidates if c.order.state in REFUNDABLE], whole=False)
    if not isinstance(picked, Candidate):
        return picked
    frame.slots["candidate"] = picked.key  # a fact named next (an order tail, say) must not change the choice
    found = Tell(key=f"found/{picked.key}", wording="refund.found", values={"product": picked.line.name})
    if found.key not in frame.told:
        return found
    if step := prove(frame, caller, picked.order):
        return step
    if frame.denied == "reason":
        frame.denied = None
        frame.slots["reason"] = "other"  # who will not say why has no fault to claim
    reason = frame.text("reason")
    if reason is None:
        return Ask(slot="reason", wording="refund.reason", state="reason", proposal="reason")
    check = CheckRefund(
        order_no=picked.order.order_no,
        line_nos=(picked.line.line_no,),
        reason=reason,
        refund_type=_type_wanted(frame),
    )
    checked = frame.results.get(check)
    if not isinstance(checked, RefundChecked):
        return Fetch(request=check)
    return _decide(frame, call_id, picked, check, checked)


def _type_wanted(frame: Frame) -> RefundType | None:
    match frame.text("refund_type"):
        case "refund_only":
            return "refund_only"
        case "return_refund":
            return "return_refund"
        case _:
            return None


def _decide(
    frame: Frame, call_id: str, picked: Candidate, check: CheckRefund, checked: RefundChecked
) -> Step:
    product = picked.line.name
    if checked.existing_refund_no:
        return Finish(
            outcome="already",
            wording="refund.already",
            values={"number": checked.existing_refund_no[-SPOKEN_DIGITS:]},
            order_no=check.order_no,
            reference=checked.existing_refund_no,
        )
    if checked.decision == "refused":
        return _refuse(frame, product, check, checked)
    if checked.needs_code:
        return Handover(reason="needs_code", wording="human.code")
    if checked.clause == "refund.unopened_only" and "unopened" not in frame.told:
        return Tell(key="unopened", wording="refund.unopened_only", values={"product": product})
    proposal = f"{picked.key} {check.reason} {checked.refund_type} {checked.amount_fen} {checked.freight_fen}"
    if frame.confirmed != proposal:
        return _confirm(frame, proposal, product, check.reason, checked)
    write = RequestRefund(
        key=f"{call_id}/{frame.number}",
        call_id=call_id,
        order_no=check.order_no,
        line_nos=check.line_nos,
        reason=check.reason,
        reason_text=frame.words.get("reason", ""),
        refund_type=checked.refund_type,
        amount_fen=checked.amount_fen,
    )
    decided = frame.results.get(write)
    if not isinstance(decided, RefundDecided):
        return Fetch(request=write)
    if decided.state == "amount_changed":
        frame.confirmed = None
        frame.results.pop(check, None)
        frame.results.pop(write, None)
        return Tell(key=f"changed/{decided.amount_fen}", wording="refund.amount_changed")
    return _written(check, checked, decided)


def _confirm(frame: Frame, proposal: str, product: str, reason: str, checked: RefundChecked) -> Step:
    """After a no, ask what shall change instead of asking the same again."""
    if frame.denied == proposal:
        match frame.text("change"):
            case "reason":
                frame.drop("change", "reason")
                frame.denied = None
                return Ask(slot="reason", wording="refund.reason", state="reason", proposal="reason")
            case "keep":
                frame.drop("change")
            case "withdraw":
                return Finish(outcome="stopped", wording="stopped")
            case _:
                return Ask(slot="change", wording="refund.change", state="change", proposal="change")
    if checked.refund_type == "refund_only":
        wording = "refund.confirm.only"
    elif checked.freight_payer == "caller":
        wording = "refund.confirm.return_paid"
    else:
        wording = "refund.confirm.return_free"
    return Confirm(
        proposal=proposal,
        wording=wording,
        state="confirm:refund.apply",
        values={
            "product": product,
            "reason": f"reason.{reason}",
            "amount": checked.amount_fen,
            "freight": checked.freight_fen,
        },
    )


_REFUSALS = {
    "refund.seven_days": "refund.refused.window",
    "refund.fault": "refund.refused.fault",
    "repair": "refund.refused.repair",
    "cancel.after_shipping": "refund.refused.not_delivered",
    "refund.not_paid": "refund.refused.not_paid",
    "refund.closed": "refund.refused.closed",
}
_FINAL = frozenset({"cancel.after_shipping", "refund.not_paid", "refund.closed"})
"""Refusals at which neither another reason nor a human changes anything."""


def _refuse(frame: Frame, product: str, check: CheckRefund, checked: RefundChecked) -> Step:
    """Say why not; where another reason or a human may help, wait for it."""
    clause = checked.clause
    excluded = "refund.refused.excluded" if clause.startswith("refund.excluded.") else "refund.refused.other"
    values: dict[str, str | int] = {"product": product, "days": checked.days_allowed}
    told = Tell(key=f"refused/{check.reason}", wording=_REFUSALS.get(clause, excluded), values=values)
    if told.key not in frame.told:
        return told
    refused = Finish(outcome="refused", order_no=check.order_no)
    if clause in _FINAL:
        return refused
    offered = offer_human(
        frame, reason="refund_refused", wording="refund.refused.then", about=f"/{check.reason}"
    )
    return offered or refused


def _written(check: CheckRefund, checked: RefundChecked, decided: RefundDecided) -> Finish:
    if decided.already_on_file:
        outcome, wording = "already", "refund.already"
    elif decided.state == "approved":
        outcome = "approved"
        wording = "refund.approved_only" if checked.refund_type == "refund_only" else "refund.approved"
    elif decided.state == "in_review":
        outcome, wording = "in_review", "refund.in_review"
    else:
        outcome, wording = "refused", "refund.refused.other"
    return Finish(
        outcome=outcome,
        wording=wording,
        values={"number": decided.refund_no[-SPOKEN_DIGITS:]},
        order_no=check.order_no,
        reference=decided.refund_no,
    )
