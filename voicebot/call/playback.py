"""What the caller hears of us: prompts queued, playing, cut; generations tell an old mark from a new one.

Audio queued is not audio heard. Twilio returns every pending mark on ``clear``, so a mark of a cleared
generation proves nothing (Media Streams, "clear message"); the position inside a prompt comes from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicebot.call.actions import ClearPlayback, Say
from voicebot.call.events import PromptStarted
from voicebot.dialogue.turn import Saying


@dataclass(frozen=True, slots=True)
class _Prompt:
    say: Say
    started_seconds: float | None = None
    seconds: float = 0.0
    part_ends_seconds: tuple[float, ...] = ()


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
        ends = [p.started_seconds + p.seconds for p in self._queue if p.started_seconds is not None]
        return max(ends, default=None)

    def queue(self, saying: Saying) -> Say:
        """Put it behind what is queued, in the present generation."""
        say = Say(
            prompt_id=self._next_id,
            generation=self.generation,
            wording=saying.wording,
            parts=saying.parts,
            text=saying.text,
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
            replace(p, started_seconds=now, seconds=event.seconds, part_ends_seconds=event.part_ends_seconds)
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

    def cut(self, now: float) -> tuple[ClearPlayback, tuple[Saying, ...]]:
        """Stop everything. Returns the action, and what was not heard, from the sentence that was cut."""
        rest = tuple(saying for prompt in self._queue if (saying := _unheard(prompt, now)) is not None)
        self._queue.clear()
        self.generation += 1
        return ClearPlayback(generation=self.generation), rest


def _unheard(prompt: _Prompt, now: float) -> Saying | None:
    """The prompt from the part in which it was cut, whole when it had not begun."""
    say = prompt.say
    first = 0
    if prompt.started_seconds is not None:
        position = now - prompt.started_seconds
        first = sum(1 for end in prompt.part_ends_seconds if end <= position)
    if first >= len(say.parts):
        return None
    return Saying(wording=say.wording, parts=say.parts[first:], text=say.text)
