"""A caller who leads the line to a question, and says there what is to be measured: probe after probe."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voicebot.benches.turns_clips import Clip
from voicebot.call.log import Entry
from voicebot.simulator.channel import frames_of, speech_bounds_seconds
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.stream import CallerMove

Kind = Literal["number", "answer", "sentence", "hesitation", "interruption", "backchannel"]
OVER_PROMPTS: frozenset[Kind] = frozenset({"interruption", "backchannel"})

STEERING_SECONDS = 0.3
"""Of quiet before the caller writes where to go on."""
REACTION_SECONDS = (0.3, 0.9)
"""Of quiet before the caller speaks, at random."""
UNANSWERED_SECONDS = 6.0
"""Of quiet after which the caller takes what was said for lost."""
LISTENED_SECONDS = 1.6
"""Who has just spoken listens for so long at least: who speaks again at once goes on with what was said."""
NOD_SECONDS = 1.5
"""Who has nodded goes on listening for so long, whether the prompt has stopped or not."""
INTO_PROMPT_SECONDS = 0.6
"""A prompt has been heard for this long before it is spoken over."""
LEFT_OF_PROMPT_SECONDS = 1.2
"""A prompt spoken over would have gone on for this long after the caller was done, or after the start of
an interruption: a prompt that ends by itself proves nothing."""
MOST_STEERING = 12
"""Times that a caller writes, one after the other, without getting to say anything."""
STAY_SECONDS = 4.0
"""After the last probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Something to be said once, and what is known of it."""

    number: int
    kind: Kind
    text: str
    voice: str
    clip: Clip
    level_dbfs: float = -22.0
    """Of the speech."""
    states: tuple[str, ...] = ()
    """Where it makes sense; `open` is the open question, none is anywhere."""
    pause_kind: Literal["none", "fragment", "clause", "number"] = "none"
    """After what the caller pauses inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How a caller leads the line to where a probe can be said."""

    wishes: tuple[str, ...]
    """Written in turn at the open question and at "anything else?"."""
    routes: Mapping[str, str]
    """Written in other states, where no probe fits; `default` in all others."""
    yes_no: frozenset[str]
    """States that a yes or a no answers: a nod over their prompts would be one."""
    statements: frozenset[str]
    """First parts of the names of wordings that ask nothing, whatever is asked behind them."""
    last_words: tuple[str, ...] = ()
    """How the names of wordings begin that are said to their end, whatever is spoken over them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A probe as it was said: seconds of the call."""

    probe: Probe
    began_seconds: float
    """Where its speech begins and ends."""
    ended_seconds: float
    state: str
    wording: str | None
    """Of the prompt that was spoken over."""
    until_seconds: float = float("inf")
    """When the caller did something else."""


class LineView:
    """What the caller knows of the line, from its log as it grows: the question, the prompts to come."""

    def __init__(self, entries: Callable[[], Sequence[Entry]]) -> None:
        self._entries = entries
        self._read = 0
        self._pending: dict[int, str] = {}
        self._to_the_end: set[int] = set()
        self.state = "open"
        self.sounding: tuple[int, str, float, float] | None = None
        """Prompt, wording, start, and end as announced, of one that can be interrupted."""
        self.last_said_seconds = 0.0

    def look(self) -> None:
        """Take in what has happened since."""
        entries = self._entries()
        for entry in entries[self._read :]:
            self._take(entry)
        self._read = len(entries)

    @property
    def is_silent(self) -> bool:
        """All that was said has been heard."""
        return not self._pending

    def _take(self, entry: Entry) -> None:
        body = entry.body
        if entry.type == "Say":
            self._pending[body["prompt_id"]] = str(body["wording"])
            self.last_said_seconds = entry.at_seconds
            if not body["interruptible"]:
                self._to_the_end.add(body["prompt_id"])
        elif entry.type == "PromptStarted" and body["prompt_id"] in self._pending.keys() - self._to_the_end:
            wording = self._pending[body["prompt_id"]]
            end = entry.at_seconds + float(body["seconds"])
            self.sounding = (body["prompt_id"], wording, entry.at_seconds, end)
        elif entry.type in ("MarkReached", "PromptFailed"):
            self._over(body["prompt_id"])
        elif entry.type == "ClearPlayback":
            self._pending.clear()
            self.sounding = None
        elif entry.type == "Listen":
            self.state = str(body["state"] or "open")

    def _over(self, prompt_id: int) -> None:
        self._pending = {known: wording for known, wording in self._pending.items() if known > prompt_id}
        if self.sounding is not None and self.sounding[0] <= prompt_id:
            self.sounding = None


class ProbingCaller:
    """Takes probes from ``queue``, the first that fits, and leaves there what this call had no place for."""

    def __init__(
        self,
        walk: Walk,
        queue: deque[Probe],
        *,
        entries: Callable[[], Sequence[Entry]],
        seed: int,
        most_probes: int,
        first_wish: int = 0,
    ) -> None:
        self._walk = walk
        self._queue = queue
        self._line = LineView(entries)
        self._random = random.Random(seed)  # noqa: S311  a schedule, no secret
        self._left = most_probes
        self._wishes = deque(walk.wishes)
        self._wishes.rotate(-first_wish)
        self._frames: deque[NDArray[np.int16]] = deque()
        self._acted_seconds = 0.0
        """When the caller was last done with something."""
        self._spoken_seconds: float | None = None
        """End of a probe that an answer is awaited to."""
        self._reaction_seconds = self._random.uniform(*REACTION_SECONDS)
        self._steered = 0
        self._planned: tuple[int, float] | None = None
        """The prompt to be spoken over, and when."""
        self.said: list[Said] = []

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        if self._frames:
            return CallerMove(audio=self._frames.popleft())
        self._line.look()
        if self._is_done and now_seconds - self._acted_seconds >= STAY_SECONDS:
            return CallerMove(ends="hang_up")
        if now_seconds < self._acted_seconds or self._is_done:
            return CallerMove()
        over = self._over_prompt(now_seconds, ear)
        if over is not None:
            return self._say(over, now_seconds, timeline)
        if self._has_no_place(now_seconds):
            return self._steer(now_seconds, timeline)
        if not self._may_speak(now_seconds, ear):
            return CallerMove()
        quiet_seconds = now_seconds - max(ear.quiet_since_seconds, self._acted_seconds)
        probe = self._fitting(over_prompt=False)
        if probe is not None:
            return (
                self._say(probe, now_seconds, timeline)
                if quiet_seconds >= self._reaction_seconds
                else _NOTHING
            )
        return self._steer(now_seconds, timeline) if quiet_seconds >= STEERING_SECONDS else _NOTHING

    def press_for_menu(self, said: Sequence[str]) -> str:  # noqa: ARG002  there is no menu in a stream
        return ""

    def finish(self) -> None:
        """Nothing is missed: what was not said stays in the queue."""

    @property
    def _is_done(self) -> bool:
        return not self._queue or self._left <= 0 or self._steered > MOST_STEERING

    def _has_no_place(self, now_seconds: float) -> bool:
        """Nothing can be said to this prompt nor over it: there is no need to hear it out."""
        sounding = self._line.sounding
        if sounding is None or not self._is_answered or now_seconds - sounding[2] < STEERING_SECONDS:
            return False
        return self._fitting(over_prompt=False) is None and self._fitting(over_prompt=True) is None

    @property
    def _is_answered(self) -> bool:
        return self._spoken_seconds is None or self._line.last_said_seconds > self._spoken_seconds

    def _may_speak(self, now_seconds: float, ear: BotEar) -> bool:
        if not self._line.is_silent or ear.speaking:
            return False
        waited_seconds = now_seconds - (self._spoken_seconds or 0.0)
        return self._is_answered or waited_seconds >= UNANSWERED_SECONDS

    def _fitting(self, *, over_prompt: bool) -> Probe | None:
        """The first in the queue that can be said in this state."""
        for probe in self._queue:
            if (probe.kind in OVER_PROMPTS) == over_prompt and (
                not probe.states or _general(self._line.state) in probe.states
            ):
                return probe
        return None

    def _over_prompt(self, now_seconds: float, ear: BotEar) -> Probe | None:
        """The probe whose moment in the prompt has come."""
        sounding = self._line.sounding
        if sounding is None:
            self._planned = None
            return None
        prompt, wording, started, ends = sounding
        probe = self._fitting(over_prompt=True)
        if probe is None:
            return None
        if self._planned is None or self._planned[0] != prompt:
            since = max(started, self._acted_seconds + LISTENED_SECONDS)
            self._plan(probe, prompt, wording, since, ends)
        if self._planned is None or now_seconds < self._planned[1] or not ear.speaking:
            return None
        self._planned = None
        return probe

    def _plan(self, probe: Probe, prompt: int, wording: str, since: float, ends: float) -> None:
        nods = probe.kind == "backchannel"
        if wording.startswith(self._walk.last_words) or (nods and self._asks_yes_no(wording)):
            return
        first = since + INTO_PROMPT_SECONDS
        last = ends - LEFT_OF_PROMPT_SECONDS - (probe.clip.seconds if nods else 0.0)
        if last >= first:
            # In long prompts not too late, so that there is room for another nod.
            self._planned = (prompt, self._random.uniform(first, min(last, first + 4.0)))

    def _asks_yes_no(self, wording: str) -> bool:
        if wording.split(".")[0] in self._walk.statements:
            return False
        return _general(self._line.state) in self._walk.yes_no

    def _say(self, probe: Probe, now_seconds: float, timeline: Timeline) -> CallerMove:
        self._queue.remove(probe)
        self._left -= 1
        self._steered = 0
        self._frames.extend(frames_of(probe.clip.samples))
        begin, end = speech_bounds_seconds(probe.clip.samples)
        began, ended = now_seconds + begin, now_seconds + end
        timeline.add(began, "caller_speech_began", text=probe.text)
        timeline.add(ended, "caller_speech_ended", text=probe.text)
        sounding = self._line.sounding
        self._act(now_seconds)
        self.said.append(
            Said(
                probe=probe,
                began_seconds=round(began, 4),
                ended_seconds=round(ended, 4),
                state=self._line.state,
                wording=sounding[1] if sounding is not None and probe.kind in OVER_PROMPTS else None,
            )
        )
        nods = probe.kind == "backchannel"
        self._acted_seconds = ended + (NOD_SECONDS if nods else 0.0)
        self._spoken_seconds = None if nods else ended
        self._reaction_seconds = self._random.uniform(*REACTION_SECONDS)
        return CallerMove(audio=self._frames.popleft())

    def _steer(self, now_seconds: float, timeline: Timeline) -> CallerMove:
        """Write what leads on: reliable, unlike a recogniser, so that only the probes hang on hearing."""
        self._steered += 1
        state = _general(self._line.state)
        text = self._walk.routes.get(state)
        if text is None and state in ("open", "anything_else"):
            text = self._wishes[0]
            self._wishes.rotate(-1)
        self._act(now_seconds)
        self._acted_seconds = now_seconds
        self._spoken_seconds = now_seconds
        timeline.add(now_seconds, "steered", state=self._line.state)
        return CallerMove(text=text or self._walk.routes["default"])

    def _act(self, now_seconds: float) -> None:
        """What was said last has had its time."""
        if self.said and self.said[-1].until_seconds == float("inf"):
            last = self.said[-1]
            self.said[-1] = Said(
                probe=last.probe,
                began_seconds=last.began_seconds,
                ended_seconds=last.ended_seconds,
                state=last.state,
                wording=last.wording,
                until_seconds=now_seconds,
            )


_NOTHING = CallerMove()


def _general(state: str) -> str:
    """`confirm` for every confirm:<intent> and confirm:<slot>."""
    return state.split(":")[0]


class SilentCaller:
    """Holds the telephone for some seconds, and says nothing."""

    def __init__(self, stay_seconds: float) -> None:
        self._stay_seconds = stay_seconds

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:  # noqa: ARG002
        return CallerMove(ends="hang_up") if now_seconds >= self._stay_seconds else _NOTHING

    def press_for_menu(self, said: Sequence[str]) -> str:  # noqa: ARG002  as above
        return ""

    def finish(self) -> None:
        """Nothing was to be said."""
