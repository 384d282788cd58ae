"""What several tasks need: who is calling, which order is meant, and one fact that proves it."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.dialogue.frame import Candidate, Frame, KnownCaller, fact_is_right, matches
from voicebot.dialogue.requests import Fact, OrderLine, OrderView, VerifyFact, VerifyTails
from voicebot.dialogue.steps import Ask, Fetch, Finish, Handover, Step, Tell
from voicebot.nlu.expectation import Option

TRIES = 3
"""Attempts at the two tails, and at a fact, before a human takes over (docs/policies.md, "Identity")."""

CHOICES = 3
"""As many options as one hears out without forgetting the first."""


def identify(frame: Frame, caller: KnownCaller) -> Step | None:
    """The step that finds out whose orders are meant; None once that is known."""
    if caller.is_identified:
        return None
    order_tail, phone_tail = frame.text("order_tail"), frame.text("phone_tail")
    if order_tail is None:
        return Ask(slot="order_tail", wording="identity.order_tail", state="order_tail")
    if phone_tail is None:
        return Ask(slot="phone_tail", wording="identity.phone_tail", state="phone_tail")
    attempt = frame.tries.get("tails", 0) + 1
    request = VerifyTails(order_tail=order_tail, phone_tail=phone_tail, attempt=attempt)
    if request not in frame.results:
        return Fetch(request=request)
    # A match has made the caller known; so these tails did not match.
    frame.tries["tails"] = attempt
    frame.drop("order_tail", "phone_tail")
    if attempt >= TRIES:
        return Handover(reason="identity", wording="human.identity")
    return Tell(key=f"mismatch/{attempt}", wording="identity.mismatch")


def whole_orders(orders: Sequence[OrderView]) -> list[Candidate]:
    """One candidate an order, represented by its first line."""
    return [Candidate(order, order.lines[0]) for order in orders if order.lines]


def single_lines(orders: Sequence[OrderView]) -> list[Candidate]:
    """One candidate a line: what can be refunded alone."""
    return [Candidate(order, line) for order in orders for line in order.lines]


def pick(frame: Frame, candidates: Sequence[Candidate], likely: Sequence[Candidate]) -> Candidate | Step:
    """The candidate that the caller means, or the step that finds out.

    ``likely`` are the candidates to assume or to offer while the caller has named none; any may be named.
    """
    chosen = frame.text("candidate")
    for candidate in candidates:
        if candidate.key == chosen:
            return candidate
    if not candidates:
        return Finish(outcome="none_found", wording="orders.none")
    named = _named(frame, candidates)
    if isinstance(named, list):
        pool = named
    elif named is not None:
        return named
    else:
        pool = list(likely) or list(candidates)
    if len(pool) == 1:
        return pool[0]
    return _offer(frame, pool[:CHOICES])


def _named(frame: Frame, candidates: Sequence[Candidate]) -> list[Candidate] | Step | None:
    """Those that fit the product or tail given; a remark when none does; None when none was given."""
    product, tail = frame.text("product"), frame.text("order_tail")
    if product is not None:
        fitting = [c for c in candidates if any(matches(line, product) for line in _lines(c))]
        if fitting:
            return fitting
        frame.drop("product")
        return Tell(
            key=f"no product/{product}", wording="orders.none_by_product", values={"product": product}
        )
    if tail is not None:
        fitting = [c for c in candidates if c.order.order_no.endswith(tail)]
        if fitting:
            return fitting
        frame.drop("order_tail")
        return Tell(key=f"no tail/{tail}", wording="orders.none_by_tail")
    return None


def _lines(candidate: Candidate) -> tuple[OrderLine, ...]:
    """A whole order answers to the name of each of its lines, a single line only to its own."""
    return candidate.order.lines if candidate.line is candidate.order.lines[0] else (candidate.line,)


def _offer(frame: Frame, pool: list[Candidate]) -> Candidate | Step:
    choice = frame.text("choice")
    if choice is not None:
        frame.drop("choice")
        if choice.isdecimal() and 1 <= int(choice) <= len(pool):
            picked = pool[int(choice) - 1]
            frame.slots["candidate"] = picked.key
            return picked
        return Tell(key=f"gone/{choice}", wording="choice.gone")
    options = tuple(
        Option(key=str(number), label=label(c.line), names=(c.line.name, *c.line.aliases))
        for number, c in enumerate(pool, start=1)
    )
    ordinals = ("first", "second", "third")
    return Ask(
        slot="choice",
        wording="choice.two" if len(pool) == 2 else "choice.three",
        state="choice",
        values={name: option.label for name, option in zip(ordinals, options, strict=False)},
        options=options,
    )


def label(line: OrderLine) -> str:
    """How the line names a product: as in the catalogue, so that it is rendered ahead."""
    return line.name


def prove(frame: Frame, caller: KnownCaller, order: OrderView) -> Step | None:
    """The step that asks for one fact of the order; None once one was named rightly.

    The order tail opened the account of a caller who came by tails: it proves nothing more then.
    """
    if order.order_no in caller.proven_orders:
        return None
    attempt = frame.tries.get(f"fact/{order.order_no}", 0) + 1
    facts = _facts_that_prove(caller)
    given = next(((slot, fact, v) for slot, fact in facts if (v := frame.text(slot)) is not None), None)
    if given is None:
        return Ask(slot="fact", wording=_FACT_WORDINGS[tuple(fact for _, fact in facts)], state="order_fact")
    slot, fact, value = given
    request = VerifyFact(order_no=order.order_no, fact=fact, value=value, attempt=attempt)
    if request not in frame.results:
        return Fetch(request=request)
    frame.drop(slot)
    if fact_is_right(frame.results[request]):
        caller.proven_orders.add(order.order_no)
        return Tell(key=f"proven/{order.order_no}", wording="fact.right")
    frame.tries[f"fact/{order.order_no}"] = attempt
    if attempt >= TRIES:
        return Handover(reason="identity", wording="human.identity")
    return Tell(key=f"wrong/{attempt}", wording="fact.wrong")


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
