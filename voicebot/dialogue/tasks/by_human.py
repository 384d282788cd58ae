"""Tasks that only a human settles as yet: the line says so and offers to put the caller through."""

from __future__ import annotations

from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.steps import Confirm, Finish, Handover, Step

ACCEPTS = frozenset({"product", "order_tail", "reason"})


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    if frame.confirmed == frame.task:
        return Handover(reason=frame.task, wording="human.transfer")
    if frame.denied == frame.task:
        return Finish(outcome="stopped")
    return Confirm(proposal=frame.task, wording="human.offer", state="confirm:agent.request", strict=False)
