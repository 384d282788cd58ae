"""Tasks that only a human settles as yet: the line says what it understood, and offers one."""

from __future__ import annotations

from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.steps import Finish, Step
from voicebot.dialogue.tasks.common import offer_human

ACCEPTS = frozenset({"product", "order_tail", "reason"})
UPSET = "feelings.upset"
"""The task that the line itself brings up when a caller is angry for the second time."""

_WORDINGS = {"complaint": "human.offer.complaint", UPSET: "human.offer.upset"}


def next_step(frame: Frame, caller: KnownCaller, call_id: str) -> Step:
    """Offer a human for this wish; a no ends the task."""
    offered = offer_human(
        frame,
        reason=frame.task,
        wording=_WORDINGS.get(frame.task, "human.offer"),
        values={} if frame.task in _WORDINGS else {"task": f"task.{frame.task}"},
    )
    if offered is not None:
        return offered
    return Finish(outcome="stopped", wording="human.declined")
