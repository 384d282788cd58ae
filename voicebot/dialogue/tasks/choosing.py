"""Which order, or which item of it, the caller means."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.dialogue.frame import Candidate, Frame, matches
from voicebot.dialogue.requests import OrderLine, OrderView
from voicebot.dialogue.steps import Ask, Confirm, Finish, Step, Tell
from voicebot.dialogue.tasks.common import offer_human
from voicebot.nlu.expectation import Option

TRIES = 3
"""Names that fit nothing, before a human is offered."""

CHOICES = 3
"""As many options as one hears out without forgetting the first."""


def whole_orders(orders: Sequence[OrderView]) -> list[Candidate]:
    """One candidate an order, represented by its first line."""
    return [Candidate(order, order.lines[0]) for order in orders if order.lines]


def single_lines(orders: Sequence[OrderView]) -> list[Candidate]:
    """One candidate a line: what can be refunded alone."""
    return [Candidate(order, line) for order in orders for line in order.lines]


def pick(
    frame: Frame, candidates: Sequence[Candidate], likely: Sequence[Candidate], *, whole: bool
) -> Candidate | Step:
    """The candidate that the caller means, or the step that finds out.

    ``likely`` are the candidates to assume or to offer while the caller has named none; any may be named.
    A ``whole`` order answers to the name of each of its lines, a single line only to its own.
    """
    if not candidates:
        return Finish(outcome="none_found", wording="orders.none_now")
    chosen = _chosen(frame, candidates, whole=whole)
    if chosen is not None:
        return chosen
    named = _named(frame, candidates, whole=whole)
    if isinstance(named, Tell):
        return named
    tries = frame.tries.get("named", 0)
    pool = _left(frame, named or likely)
    if not pool and not named and not (tries and frame.turned_down):
        pool = _left(frame, candidates)
    if not pool or (not named and tries >= TRIES):
        return _none_of_them(frame)
    if len(pool) > 1:
        return _offer(frame, pool)
    return pool[0] if named or not (tries or frame.turned_down) else _assume(frame, pool[0])


def label(picked: Candidate, frame: Frame) -> str:
    """How the line names what was picked: the item that the caller named, as in the catalogue."""
    for line in (picked.line, *picked.order.lines):
        if _is_meant(line, frame):
            return line.name
    return picked.line.name


def _chosen(frame: Frame, candidates: Sequence[Candidate], *, whole: bool) -> Candidate | None:
    """The one settled on before, unless another product was named since."""
    key, product = frame.text("candidate"), frame.text("product")
    chosen = next((c for c in candidates if c.key == key), None)
    if chosen is None or product is None or _fits(chosen, frame, whole=whole):
        return chosen
    frame.drop("candidate", "choice")
    return None


def _is_meant(line: OrderLine, frame: Frame) -> bool:
    product = frame.text("product")
    return product is not None and any(matches(line, name) for name in (product, *frame.synonyms))


def _fits(candidate: Candidate, frame: Frame, *, whole: bool) -> bool:
    lines = candidate.order.lines if whole else (candidate.line,)
    return any(_is_meant(line, frame) for line in lines)


def _named(frame: Frame, candidates: Sequence[Candidate], *, whole: bool) -> list[Candidate] | Tell | None:
    """Those that fit the product or tail given; a remark when none does; None when none was given."""
    product, tail = frame.text("product"), frame.text("order_tail")
    if product is not None:
        lines = [line for c in candidates for line in (c.order.lines if whole else (c.line,))]
        if any(matches(line, product) for line in lines):
            frame.synonyms = ()  # the caller's own word is exact enough
        fitting = [c for c in candidates if _fits(c, frame, whole=whole)]
        if fitting:
            return fitting
        frame.drop("product")
        return _unknown(frame, "orders.none_by_product", product)
    if tail is not None:
        fitting = [c for c in candidates if c.order.order_no.endswith(tail)]
        if fitting:
            return fitting
        frame.drop("order_tail")
        return _unknown(frame, "orders.none_by_tail", tail)
    return None


def _unknown(frame: Frame, wording: str, said: str) -> Tell:
    number = frame.tries["named"] = frame.tries.get("named", 0) + 1
    return Tell(key=f"{wording}/{number}", wording=wording, values={"product": said})


_MEANT = "meant/"


def _left(frame: Frame, pool: Sequence[Candidate]) -> list[Candidate]:
    """The pool without those that the caller has turned down, together or one by one."""
    if frame.denied is not None and frame.denied.startswith(_MEANT):
        frame.turned_down.update(frame.denied.removeprefix(_MEANT).split())
    return [candidate for candidate in pool if candidate.key not in frame.turned_down]


def _proposal(group: Sequence[Candidate]) -> str:
    return _MEANT + " ".join(candidate.key for candidate in group)


def _none_of_them(frame: Frame) -> Step:
    """Everything on file was turned down: the caller names the thing, or a human looks."""
    if frame.denied == "product":
        frame.tries["named"] = TRIES
    if frame.tries.get("named", 0) < TRIES:
        return Ask(slot="product", wording="orders.which", state="product", proposal="product")
    offered = offer_human(frame, reason="order_not_found", wording="human.offer.order")
    return offered or Finish(outcome="none_found", wording="human.declined")


def _assume(frame: Frame, only: Candidate) -> Candidate | Step:
    """What was named is not on file: ask whether the likeliest is meant, before going on with it."""
    proposal = _proposal([only])
    if frame.confirmed == proposal:
        frame.slots["candidate"] = only.key
        return only
    return Confirm(
        proposal=proposal,
        wording="orders.meant",
        state="confirm:order_ref",
        values={"product": only.line.name},
        strict=False,
    )


def _offer(frame: Frame, pool: list[Candidate]) -> Candidate | Step:
    offered = pool[:CHOICES]
    choice = frame.text("choice")
    if choice is not None:
        frame.drop("choice")
        if choice.isdecimal() and 1 <= int(choice) <= len(offered):
            picked = offered[int(choice) - 1]
            frame.slots["candidate"] = picked.key
            return picked
        return Tell(key=f"gone/{choice}", wording="choice.gone")
    labels = [label(candidate, frame) for candidate in offered]
    options = tuple(
        Option(key=str(number), label=name, names=(candidate.line.name, *candidate.line.aliases))
        for number, (name, candidate) in enumerate(zip(labels, offered, strict=True), start=1)
    )
    ordinals = ("first", "second", "third")
    return Ask(
        slot="choice",
        wording="choice.two" if len(offered) == 2 else "choice.three",
        state="choice",
        values=dict(zip(ordinals, labels, strict=False)),
        options=options,
        proposal=_proposal(offered),
    )
