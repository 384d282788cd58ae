"""The tasks of one call: under way, put off, done; which words belong to which of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from voicebot.dialogue.frame import Frame
from voicebot.dialogue.steps import Finish
from voicebot.dialogue.summary import Done
from voicebot.dialogue.tasks import task_for
from voicebot.language.digits import correct_digits
from voicebot.nlu.reading import Act, Intent, Reading, Slot

CLEAR_INTENT = 0.5
"""Least confidence at which a wish is followed."""

CLEAR_VALUE = 0.5
"""Below it a value is not relied on before the caller has heard it read back."""

Synonyms = Callable[[str], tuple[str, ...]]
"""Other names of a product, from the lexicon."""

_NO_TASK = frozenset({"oos", "agent.request"})
_DIGITS = frozenset({"order_tail", "phone_tail"})
_POINTERS = frozenset({"product", "order_tail", "choice"})
"""Slots that say which order is meant: a new one of these may mean another order."""
_LOOSE = frozenset({"product", "order_tail", "phone_tail"})
"""What callers name before they say what they want."""


class TaskStack:
    """The newest task is on top; one that it interrupted goes on when it is finished."""

    def __init__(self, synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._loose: Reading | None = None
        self.frames: list[Frame] = []
        self.done: list[Done] = []
        self._waiting: list[tuple[str, Reading]] = []
        self._begun = 0

    @property
    def top(self) -> Frame | None:
        """The task that is talked about; None between tasks."""
        return self.frames[-1] if self.frames else None

    def absorb(self, reading: Reading) -> Reading:
        """Take out the wishes that are part of the task under way; without a value to set they say no."""
        if self.top is None:
            return reading
        task = task_for(self.top.task)
        absorbed = task.absorbs | (task.absorbs_with_reason if reading.slot("reason") else frozenset())
        kept = tuple(intent for intent in reading.intents if intent.name not in absorbed)
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
            if slot.name in accepts:
                taken = self._take(frame, slot) or slot.name in asked or taken
        return taken

    def _take(self, frame: Frame, slot: Slot) -> bool:
        """Keep one value; True when it is new."""
        value = slot.value[0] if isinstance(slot.value, tuple) and slot.value else slot.value
        is_new = frame.slots.get(slot.name) != value
        if slot.name == "product" and is_new:
            frame.synonyms = self._synonyms(str(value))
            frame.turned_down.clear()
            if frame.slots.get("product") is not None:
                frame.drop("candidate", "choice")
        frame.put(slot.name, value, slot.text, sure=slot.confidence >= CLEAR_VALUE)
        return is_new

    def correct(self, reading: Reading, asked: frozenset[str]) -> bool:
        """不是三是四: put one digit right in the number that was said last, or last for this question."""
        frame = self.top
        if frame is None or not reading.has_act("correct"):
            return False
        said = [slot for slot in frame.heard if slot in _DIGITS]
        for slot in sorted(said, key=lambda slot: slot not in asked) if asked & set(said) else said[::-1]:
            digits = correct_digits(frame.heard[slot], reading.text)
            if digits is not None:
                frame.put(slot, digits, reading.text, sure=slot not in frame.unsure)
                return True
        return False

    def take_back(self) -> bool:
        """上一步: forget the last thing that was said for the task on top. True when there was one."""
        frame = self.top
        if frame is None:
            return False
        frame.denied = None
        for slot in reversed(list(frame.heard)):
            del frame.heard[slot]
            if slot in frame.slots or (slot == "choice" and "candidate" in frame.slots):
                frame.drop(slot, *({"candidate"} if slot in _POINTERS else ()))
                return True
        return False

    def keep_for_later(self, reading: Reading) -> str | None:
        """Remember what was named before any wish, for the task to come: the product, where there is one."""
        if not any(slot.name in _LOOSE for slot in reading.slots):
            return None
        self._loose = replace(reading, slots=tuple(s for s in reading.slots if s.name in _LOOSE))
        product = reading.slot("product")
        return product.text if product is not None else ""

    def begin_again(self, reading: Reading) -> bool:
        """还有运动鞋呢: the task done last, for what is named now."""
        if not self.done or not any(slot.name in _LOOSE for slot in reading.slots):
            return False
        self._begin(self.done[-1].task, reading)
        return True

    def begin(self, task: str) -> None:
        """Begin a task that the line itself brings up."""
        self._begin(task, Reading(text=""))

    def begin_wished(self, reading: Reading, *, confirming: bool) -> bool:
        """Begin the first new wish and put the others off. True when there was one.

        Naming a task that was interrupted brings it back; naming the one on top again also counts, except as
        the answer to its confirmation.
        """
        wishes = self._wishes(reading)
        if wishes:
            self._begin(wishes[0].name, reading)
            self._waiting += [
                (intent.name, _for_wish(reading, place)) for place, intent in enumerate(wishes[1:], start=1)
            ]
            return True
        named = {intent.name for intent in reading.intents if intent.confidence >= CLEAR_INTENT}
        interrupted = next((frame for frame in self.frames[:-1] if frame.task in named), None)
        if interrupted is not None:
            self._bring_back(interrupted, reading)
            return True
        return not confirming and any(self._is_under_way(intent) for intent in reading.intents)

    def _bring_back(self, frame: Frame, reading: Reading) -> None:
        """Put it on top; the offer of a human that stood in its way has been answered by that."""
        top = self.frames[-1]
        if task_for(top.task).offers_human:
            self.finish(top, Finish(outcome="stopped"))
        self.frames.remove(frame)
        self.frames.append(frame)
        self.fill(reading)

    def begin_waiting(self) -> bool:
        """Begin the next task that was put off, if there is one."""
        if not self._waiting:
            return False
        self._begin(*self._waiting.pop(0))
        return True

    def finish(self, frame: Frame, step: Finish) -> None:
        """Take it off the stack, wherever it lies, and keep its outcome for the summary."""
        self.frames.remove(frame)
        self.done.append(
            Done(task=frame.task, outcome=step.outcome, order_no=step.order_no, reference=step.reference)
        )

    def _begin(self, intent: str, reading: Reading) -> None:
        self._begun += 1
        interrupted = self.top
        self.frames.append(Frame(intent, self._begun))
        if interrupted is not None and "candidate" not in interrupted.slots:
            for tail in sorted(
                _DIGITS & set(interrupted.slots)
            ):  # who is calling is the same question for all tasks
                self.frames[-1].put(tail, interrupted.slots[tail], interrupted.words[tail])
        loose, self._loose = self._loose, None
        for known in (loose, reading):
            if known is not None:
                self._give(self.frames[-1], known.slots)

    def _give(self, frame: Frame, slots: Iterable[Slot]) -> None:
        for slot in slots:
            if slot.name in task_for(frame.task).accepts:
                self._take(frame, slot)

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


def _for_wish(reading: Reading, place: int) -> Reading:
    """退羽绒服，查一下运动鞋: the second product belongs to the second wish."""
    slots = [
        replace(slot, value=slot.value[place:])
        if slot.name == "product" and isinstance(slot.value, tuple) and place < len(slot.value)
        else slot
        for slot in reading.slots
    ]
    return replace(reading, slots=tuple(slots))
