"""The tasks of one call: under way, put off, done; which words belong to which of them."""

from __future__ import annotations

from dataclasses import replace

from voicebot.dialogue.frame import Frame
from voicebot.dialogue.steps import Finish
from voicebot.dialogue.summary import Done
from voicebot.dialogue.tasks import task_for
from voicebot.nlu.reading import Act, Intent, Reading

CLEAR_INTENT = 0.5
"""Least confidence at which a wish is followed."""

_NO_TASK = frozenset({"oos", "agent.request"})


class TaskStack:
    """The newest task is on top; one that it interrupted goes on when it is finished."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.done: list[Done] = []
        self._waiting: list[tuple[str, Reading]] = []
        self._begun = 0

    @property
    def top(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    def absorb(self, reading: Reading) -> Reading:
        """Take out the wishes that are part of the task under way; without a value to set they say no."""
        if self.top is None:
            return reading
        task = task_for(self.top.task)
        kept = tuple(intent for intent in reading.intents if intent.name not in task.absorbs)
        if len(kept) == len(reading.intents):
            return reading
        if reading.acts or any(slot.name in task.accepts for slot in reading.slots):
            return replace(reading, intents=kept)
        return replace(reading, intents=kept, acts=(Act(name="correct", confidence=CLEAR_INTENT),))

    def fill(self, reading: Reading, asked: frozenset[str] = frozenset()) -> bool:
        """Give the slots to the task on top. True when it took any that it asked for, or that are new to it.

        What is said beside a new wish belongs to that one, unless it was asked for.
        """
        frame = self.top
        if frame is None:
            return False
        accepts = (
            task_for(frame.task).accepts & asked if self._wishes(reading) else task_for(frame.task).accepts
        )
        taken = False
        for slot in reading.slots:
            if slot.name not in accepts:
                continue
            value = slot.value[0] if isinstance(slot.value, tuple) and slot.value else slot.value
            if slot.name == "product" and frame.slots.get("product") not in (None, value):
                frame.drop("candidate", "choice")
            taken = taken or slot.name in asked or frame.slots.get(slot.name) != value
            frame.slots[slot.name] = value
            frame.words[slot.name] = slot.text
        return taken

    def begin_wished(self, reading: Reading, *, confirming: bool) -> bool:
        """Begin the first new wish and put the others off. True when there was one.

        Naming the task that is under way again also counts, except as the answer to its confirmation.
        """
        wishes = self._wishes(reading)
        if wishes:
            self._begin(wishes[0].name, reading)
            self._waiting += [(intent.name, reading) for intent in wishes[1:]]
            return True
        return not confirming and any(self._is_under_way(intent) for intent in reading.intents)

    def begin_waiting(self) -> bool:
        """Begin the next task that was put off, if there is one."""
        if not self._waiting:
            return False
        self._begin(*self._waiting.pop(0))
        return True

    def finish(self, frame: Frame, step: Finish) -> None:
        self.frames.remove(frame)
        self.done.append(
            Done(task=frame.task, outcome=step.outcome, order_no=step.order_no, reference=step.reference)
        )

    def _begin(self, intent: str, reading: Reading) -> None:
        self._begun += 1
        self.frames.append(Frame(intent, self._begun))
        self.fill(reading)

    def _wishes(self, reading: Reading) -> list[Intent]:
        """New ones, in the order in which they were said."""
        return [
            intent
            for intent in reading.intents
            if intent.name not in _NO_TASK
            and intent.confidence >= CLEAR_INTENT
            and not self._is_under_way(intent)
        ]

    def _is_under_way(self, intent: Intent) -> bool:
        return any(frame.task == intent.name for frame in self.frames)
