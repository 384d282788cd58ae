"""What the line can do for a caller: one file a task, a pure function from what is known to the next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.steps import Step
from voicebot.dialogue.tasks import by_human, logistics_track, order_status, refund_apply
from voicebot.dialogue.tasks.by_human import UPSET

__all__ = ["UPSET", "Task", "task_for"]


@dataclass(frozen=True, slots=True)
class Task:
    """What one kind of wish needs: its next step, and which words are its own."""

    next_step: Callable[[Frame, KnownCaller, str], Step]
    """(frame, caller, call id) → what to do next. May drop slots that turned out wrong, nothing else."""
    accepts: frozenset[str]
    """The slots that it takes from what the caller says, asked or not."""
    absorbs: frozenset[str] = frozenset()
    """Wishes that mean nothing new inside this task: what is broken is its reason, 改一下 corrects it."""
    absorbs_with_reason: frozenset[str] = frozenset()
    """The same, where the words give a reason: 不想要了 cancels an order, but inside a refund it says why."""
    offers_human: bool = False
    """All it does is offer a human."""


_TASKS = {
    "order.status": Task(order_status.next_step, order_status.ACCEPTS),
    "logistics.track": Task(logistics_track.next_step, logistics_track.ACCEPTS),
    "refund.apply": Task(
        refund_apply.next_step, refund_apply.ACCEPTS, refund_apply.ABSORBS, refund_apply.ABSORBS_WITH_REASON
    ),
}
_BY_HUMAN = Task(by_human.next_step, by_human.ACCEPTS, offers_human=True)


def task_for(intent: str) -> Task:
    """The task that settles ``intent``; those without one of their own are offered a human."""
    return _TASKS.get(intent, _BY_HUMAN)
