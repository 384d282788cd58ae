"""What the caller hears of us: prompts queued, playing, cut; generations tell an old mark from a new one.

Audio queued is not audio heard. Twilio returns every pending mark on ``clear``, so a mark of a cleared
generation proves nothing (Media Streams, "clear message"); the position inside a prompt comes from the clock.
A prompt that was cut for nothing goes on from the clause that was cut; its sound says where those begin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from voicebot.call.actions import ClearPlayback, Say
from voicebot.call.events import PromptStarted
from voicebot.dialogue.turn import Saying


@dataclass(frozen=True, slots=True)
class _Prompt:
    say: Say
    started_seconds: float | None = None
    seconds: float = 0.0
    resume_seconds: tuple[float, ...] = ()
    """Where clauses begin, counted from the start of what plays."""

    def ends_seconds(self) -> float | None:
        """When it will have been heard, as far as known."""
        return None if self.started_seconds is None else self.started_seconds + self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What an interruption took from the caller's ear."""

    rest: tuple[Saying, ...] = ()
    """What was not heard, from the clause that was cut."""
    in_last: bool = True
    """The prompt that was cut was the last one queued: the question, where one was put."""
    seconds_left: float = 0.0
    """Of all that was queued, as far as known; infinite while a prompt waits to begin."""


class Playback:
    """The queue of prompts of the present generation, in the order in which they are heard."""

    def __init__(self) -> None:
        self.generation = 1
        self._next_id = 1
        self._queue: list[_Prompt] = []

    @property
    def is_playing(self) -> bool:
        """Something is queued or sounding."""
        return bool(self._queue)

    @property
    def last_end_seconds(self) -> float | None:
        """When the last queued prompt will have been heard, as far as known."""
        ends = [end for p in self._queue if (end := p.ends_seconds()) is not None]
        return max(ends, default=None)

    @property
    def must_be_heard_out(self) -> bool:
        """What sounds now, or next, may not be interrupted."""
        return bool(self._queue) and not self._queue[0].say.interruptible

    def queue(self, saying: Saying) -> Say:
        """Put it behind what is queued, in the present generation."""
        say = Say(
            prompt_id=self._next_id,
            generation=self.generation,
            wording=saying.wording,
            parts=saying.parts,
            text=saying.text,
            interruptible=saying.interruptible,
            skip_seconds=saying.skip_seconds,
        )
        self._next_id += 1
        self._queue.append(_Prompt(say))
        return say

    def started(self, event: PromptStarted, now: float) -> bool:
        """Note when a prompt began to sound; False for one that was cut or has been heard already."""
        known = any(p.say.prompt_id == event.prompt_id for p in self._queue)
        if event.generation != self.generation or not known:
            return False
        self._queue = [
            replace(p, started_seconds=now, seconds=event.seconds, resume_seconds=_clause_starts(event))
            if p.say.prompt_id == event.prompt_id
            else p
            for p in self._queue
        ]
        return True

    def finished(self, prompt_id: int, generation: int) -> bool:
        """A prompt was heard to its end, and so were those before it. True when nothing is left."""
        if generation != self.generation or not self._queue:
            return False
        self._queue = [p for p in self._queue if p.say.prompt_id > prompt_id]
        return not self._queue

    def failed(self, prompt_id: int, generation: int) -> bool:
        """A prompt will never be heard; those before it still are. True when nothing else is queued now."""
        if generation != self.generation or not self._queue:
            return False
        self._queue = [p for p in self._queue if p.say.prompt_id != prompt_id]
        return not self._queue

    @property
    def waits_to_start(self) -> bool:
        """What comes next is still being rendered, or on its way."""
        return bool(self._queue) and self._queue[0].started_seconds is None

    def forget(self) -> None:
        """Take everything queued for heard: the marks were lost."""
        self._queue.clear()

    def cut(self, now: float) -> tuple[ClearPlayback, Cut]:
        """Stop everything."""
        rest = tuple(saying for prompt in self._queue if (saying := _unheard(prompt, now)) is not None)
        ends = [prompt.ends_seconds() for prompt in self._queue]
        known = [end - now for end in ends if end is not None]
        left = max(known, default=0.0) if len(known) == len(ends) else math.inf
        in_last = len(self._queue) <= 1
        self._queue.clear()
        self.generation += 1
        return ClearPlayback(generation=self.generation), Cut(rest=rest, in_last=in_last, seconds_left=left)


def _clause_starts(event: PromptStarted) -> tuple[float, ...]:
    """After each pause in the sound, and where a value or a sentence begins."""
    return tuple(sorted({*event.resume_seconds, *event.part_ends_seconds}))


def _unheard(prompt: _Prompt, now: float) -> Saying | None:
    """The prompt from the clause in which it was cut, whole when it had not begun."""
    say, skip = prompt.say, prompt.say.skip_seconds
    if prompt.started_seconds is not None:
        position = now - prompt.started_seconds
        if position >= prompt.seconds:
            return None
        skip += max((at for at in prompt.resume_seconds if at <= position), default=0.0)
    return Saying(
        wording=say.wording,
        parts=say.parts,
        text=say.text,
        interruptible=say.interruptible,
        skip_seconds=round(skip, 3),
    )
