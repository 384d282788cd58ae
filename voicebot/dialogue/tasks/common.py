"""What several tasks need: who is calling, one fact that proves it, a human where nothing else helps."""

from __future__ import annotations

from collections.abc import Mapping

from voicebot.dialogue.frame import Frame, KnownCaller, fact_is_right
from voicebot.dialogue.requests import Fact, OrderView, VerifyFact, VerifyTails
from voicebot.dialogue.steps import Ask, Confirm, Fetch, Finish, Handover, Step, Tell


def offer_human(
    frame: Frame,
    *,
    reason: str,
    wording: str,
    values: Mapping[str, str | int] | None = None,
    about: str = "",
) -> Step | None:
    """The step that puts the caller through if they want; None once they have said no ``about`` this."""
    proposal = f"human/{reason}{about}"
    if frame.confirmed == proposal:
        return Handover(reason=reason, wording="human.transfer")
    if frame.denied == proposal:
        return None
    return Confirm(
        proposal=proposal, wording=wording, state="confirm:agent.request", values=values or {}, strict=False
    )


def identify(frame: Frame, caller: KnownCaller) -> Step | None:
    """The step that finds out whose orders are meant; None once that is known.

    A known number without orders may have ordered with another one: the tails find those too.
    """
    if caller.is_identified and caller.orders:
        return None
    if caller.is_identified and "no orders" not in frame.told:
        return Tell(key="no orders", wording="orders.none")
    if frame.denied in _NO_TAILS or frame.confirmed == "human/identity":
        return _without_tails(frame, caller)
    if step := read_back(frame, "order_tail") or read_back(frame, "phone_tail"):
        return step
    order_tail, phone_tail = frame.text("order_tail"), frame.text("phone_tail")
    if order_tail is None:
        return Ask(
            slot="order_tail", wording="identity.order_tail", state="order_tail", proposal="order_tail"
        )
    if phone_tail is None:
        return Ask(
            slot="phone_tail", wording="identity.phone_tail", state="phone_tail", proposal="phone_tail"
        )
    attempt = caller.tries.get("tails", 0) + 1
    request = VerifyTails(order_tail=order_tail, phone_tail=phone_tail, attempt=attempt)
    if request not in frame.results:
        return Fetch(request=request)
    # A match has made the caller known; so these tails did not match.
    caller.tries["tails"] = attempt
    frame.drop("order_tail", "phone_tail")
    if attempt >= caller.tries_allowed:
        return Handover(reason="identity", wording="human.identity")
    return Tell(key=f"mismatch/{attempt}", wording="identity.mismatch")


def read_back(frame: Frame, slot: str) -> Step | None:
    """The step that reads a number back which was not heard clearly; None once it is sure, or dropped."""
    number = frame.text(slot)
    if number is None or slot not in frame.unsure or slot not in _READ_BACK:
        return None
    proposal = f"{slot}/{number}"
    if frame.confirmed == proposal:
        frame.unsure.discard(slot)
        return None
    if frame.denied == proposal:
        frame.drop(slot)
        return None
    return Confirm(
        proposal=proposal,
        wording="number.read_back",
        state=f"confirm:{slot}",
        values={"number": number},
        strict=False,
    )


_READ_BACK = frozenset({"order_tail", "phone_tail"})


_NO_TAILS = ("order_tail", "phone_tail", "human/identity")
"""What was turned down by somebody who cannot name the tails."""


def _without_tails(frame: Frame, caller: KnownCaller) -> Step:
    """The caller does not know the tails: only a human can find the order."""
    if caller.is_identified:
        return Finish(outcome="none_found")
    return offer_human(frame, reason="identity", wording="human.offer.identity") or Finish(outcome="stopped")


def prove(frame: Frame, caller: KnownCaller, order: OrderView) -> Step | None:
    """The step that asks for one fact of the order; None once one was named rightly.

    The order tail opened the account of a caller who came by tails: it proves nothing more then.
    """
    if order.order_no in caller.proven_orders:
        return None
    attempt = caller.tries.get("fact", 0) + 1
    facts = _facts_that_prove(caller)
    given = next(((slot, fact, v) for slot, fact in facts if (v := frame.text(slot)) is not None), None)
    if given is None:
        return _ask_fact(frame, order, tuple(fact for _, fact in facts))
    slot, fact, value = given
    if step := read_back(frame, slot):
        return step
    if frame.text(slot) is None:
        return _ask_fact(frame, order, tuple(fact for _, fact in facts))
    request = VerifyFact(order_no=order.order_no, fact=fact, value=value, attempt=attempt)
    if request not in frame.results:
        return Fetch(request=request)
    frame.drop(slot)
    if fact_is_right(frame.results[request]):
        caller.proven_orders.add(order.order_no)
        return Tell(key=f"proven/{order.order_no}", wording="fact.right")
    caller.tries["fact"] = attempt
    if attempt >= caller.tries_allowed:
        return Handover(reason="identity", wording="human.identity")
    if "fact asked" not in frame.told:  # said in passing, before anybody asked: it counts, and that is all
        return _ask_fact(frame, order, tuple(fact for _, fact in facts))
    return Tell(key=f"wrong/{order.order_no}/{attempt}", wording="fact.wrong")


def _ask_fact(frame: Frame, order: OrderView, facts: tuple[Fact, ...]) -> Step:
    """One of several facts; who knows none of them is asked what was paid, then offered a human."""
    frame.told.add("fact asked")
    first, last = f"fact/{order.order_no}", f"amount/{order.order_no}"
    unknown = frame.tries.get("unknown fact", 0)
    if frame.denied == first:
        unknown = frame.tries["unknown fact"] = 1
    elif frame.denied == last:
        unknown = frame.tries["unknown fact"] = 2
    if unknown >= 2 or (unknown and facts == ("amount",)):
        offered = offer_human(frame, reason="identity", wording="human.offer.identity")
        return offered or Finish(outcome="stopped", wording="stopped")
    if unknown:
        return Ask(slot="fact", wording="fact.amount", state="order_fact", proposal=last)
    return Ask(slot="fact", wording=_FACT_WORDINGS[facts], state="order_fact", proposal=first)


_FACT_WORDINGS: dict[tuple[Fact, ...], str] = {
    ("amount", "city", "order_tail"): "fact",
    ("amount", "city"): "fact.city",
    ("amount", "order_tail"): "fact.tail",
    ("amount",): "fact.amount",
}


def _facts_that_prove(caller: KnownCaller) -> list[tuple[str, Fact]]:
    """(slot, fact): what the caller has neither said to get here nor heard from us."""
    facts: list[tuple[str, Fact]] = [("amount", "amount")]
    if not caller.heard_a_place:
        facts.append(("city", "city"))
    if not caller.by_tails:
        facts.append(("order_tail", "order_tail"))
    return facts
