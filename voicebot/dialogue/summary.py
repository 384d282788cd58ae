"""The story of a call for the human who takes it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.requests import OpenTicket

Identity = Literal["none", "recognised", "verified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A task that is over."""

    task: str
    outcome: str
    order_no: str | None
    reference: str | None


def identity_of(caller: KnownCaller) -> Identity:
    """``verified`` with a proven fact, ``recognised`` by number or tails, else ``none``."""
    if caller.proven_orders:
        return "verified"
    return "recognised" if caller.is_identified else "none"


def summarise(
    done: Sequence[Done],
    under_way: Sequence[Frame],
    caller: KnownCaller,
    last_words: str,
    labels: Mapping[str, str],
) -> tuple[str, ...]:
    """One line a fact: identity, what was done, what is open, and the caller's last words."""
    lines = [labels.get(f"identity.{identity_of(caller)}", identity_of(caller))]
    for item in done:
        order = f"，订单 {item.order_no}" if item.order_no else ""
        reference = f"，单号 {item.reference}" if item.reference else ""
        outcome = labels.get(f"outcome.{item.outcome}", item.outcome)
        lines.append(f"{_task(item.task, labels)}：{outcome}{order}{reference}")
    for frame in under_way:
        words = "，".join(f"“{text}”" for text in frame.words.values() if text)
        outcome = labels.get("outcome.open", "open")
        said = f"，客户说{words}" if words else ""
        lines.append(f"{_task(frame.task, labels)}：{outcome}{said}")
    if last_words:
        lines.append(f"客户最后说：“{last_words}”")
    return tuple(lines)


def _task(task: str, labels: Mapping[str, str]) -> str:
    return labels.get(f"task.{task}", task)


def order_in_question(done: Sequence[Done], under_way: Sequence[Frame]) -> str | None:
    """The order to open on the human's screen: the one of the task under way, else of the last task done."""
    for frame in reversed(under_way):
        if candidate := frame.text("candidate"):
            return candidate.partition("/")[0]
    return next((item.order_no for item in reversed(done) if item.order_no), None)


def ticket_for(
    reason: str,
    call_id: str,
    done: Sequence[Done],
    under_way: Sequence[Frame],
    caller: KnownCaller,
    summary: tuple[str, ...],
) -> OpenTicket:
    """What a human gets: one ticket a call, whatever else happens in it."""
    return OpenTicket(
        key=f"{call_id}/ticket",
        call_id=call_id,
        kind="transfer",
        reason=reason,
        customer_id=caller.customer_id,
        identity=identity_of(caller),
        order_no=order_in_question(done, under_way),
        summary=summary,
    )
