"""A caller who follows a script: listens, speaks, interrupts, presses keys and hangs up, 20 ms at a time."""

from __future__ import annotations

import re
import wave
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from voicebot.simulator.channel import frames_of, speech_bounds_seconds
from voicebot.simulator.g711 import SAMPLE_RATE_HZ
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.script import CallerScript, ScriptError, Step
from voicebot.simulator.stream import CallerMove

SPEAKS_ON_SECONDS = 0.8
"""A bot that goes on for this long after the caller spoke has not been interrupted: that is its turn."""

Speak = Callable[[str], NDArray[np.int16]]
"""Turns a text into int16 samples at 8 kHz, in the caller's voice."""
Observe = Callable[[], Sequence[str]]
"""What the bot has said so far, one text a prompt, from its own call log; it only grows."""

KEY_GAP_SECONDS = 0.16
"""Between two keys of a quick thumb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Something that the script expected and the call did not do."""

    step_no: int
    """Counts from 1; one more than there are steps for the end of the call."""
    expected: str
    said: tuple[str, ...]


def read_clip(path: Path) -> NDArray[np.int16]:
    """Read a mono 16-bit WAV file of any rate as 8 kHz. Raises ScriptError."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise ScriptError(f"{path}: not a mono 16-bit WAV file")
            rate_hz = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    except (OSError, EOFError, wave.Error) as error:
        raise ScriptError(f"{path}: {error}") from None
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    resampled: NDArray[np.int16] = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ)
    return resampled


class ScriptedCaller:
    """Follows ``script``; what is to be said is made beforehand, so that speaking costs no time."""

    def __init__(self, script: CallerScript, *, speak: Speak, observe: Observe) -> None:
        self._script = script
        self._observe = observe
        self._clips = {
            id(step): self._clip(step, speak) for first in script.steps for step in (first, *first.again)
        }
        self._again: deque[Step] = deque()
        """What is left to try when the line has not understood the last step."""
        self._next = 0
        self._acted_at_seconds = 0.0
        self._spoken_since = False
        """The bot has been heard since the last action."""
        self._seen_texts = 0
        self._frames: deque[NDArray[np.int16]] = deque()
        self._keys: deque[tuple[float, str]] = deque()
        self._busy_until_seconds = 0.0
        self.unmet: list[Unmet] = []

    @staticmethod
    def _clip(step: Step, speak: Speak) -> NDArray[np.int16] | None:
        if step.action == "say":
            return speak(step.text)
        return read_clip(Path(step.text)) if step.action == "play" else None

    @property
    def is_done(self) -> bool:
        """All steps have been taken."""
        return self._next >= len(self._script.steps)

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        began = ear.began_at_seconds
        self._spoken_since = self._spoken_since or (
            began is not None
            and (
                began > self._acted_at_seconds
                or ear.quiet_since_seconds > self._acted_at_seconds + SPEAKS_ON_SECONDS
            )
        )
        if self._frames:
            return CallerMove(audio=self._frames.popleft())
        if self._keys:
            if self._keys[0][0] <= now_seconds + 1e-9:
                return CallerMove(keys=self._keys.popleft()[1])
            return CallerMove()
        if now_seconds < self._busy_until_seconds:
            return CallerMove()
        if self.is_done:
            if now_seconds - self._acted_at_seconds >= self._script.stay_seconds:
                return CallerMove(ends="hang_up")
            return CallerMove()
        step = self._script.steps[self._next]
        waited_seconds = now_seconds - max(self._acted_at_seconds, self._busy_until_seconds)
        if not self._cued(step, now_seconds, waited_seconds, ear):
            if waited_seconds < step.timeout_seconds:
                return CallerMove()
            self._miss(f"the bot's turn ({step.cue}) within {step.timeout_seconds:g} s")
        return self._act(step, now_seconds, timeline)

    def _cued(self, step: Step, now_seconds: float, waited_seconds: float, ear: BotEar) -> bool:
        if step.cue == "nothing":
            return True
        if step.cue == "seconds":
            return waited_seconds >= step.cue_seconds
        if step.cue == "phrase":
            return any(re.search(step.cue_phrase, text) for text in self._new_texts())
        if not self._spoken_since:
            return False
        if step.cue == "speaking":
            began = ear.began_at_seconds
            return ear.speaking and began is not None and now_seconds - began >= step.cue_seconds
        return now_seconds - ear.quiet_since_seconds >= step.quiet_seconds

    def _act(self, step: Step, now_seconds: float, timeline: Timeline) -> CallerMove:
        if self._again and self._unheard(step.expect):
            return self._perform(self._again.popleft(), now_seconds, timeline)
        self._check(step.expect)
        self._next += 1
        self._again = deque(step.again)
        return self._perform(step, now_seconds, timeline)

    def _perform(self, step: Step, now_seconds: float, timeline: Timeline) -> CallerMove:
        clip = self._clips[id(step)]
        self._seen_texts = len(self._observe())
        self._spoken_since = False
        self._acted_at_seconds = now_seconds
        timeline.add(now_seconds, "step", number=self._next, action=step.action, text=step.text)
        if clip is not None:
            self._frames.extend(frames_of(clip))
            begin_seconds, end_seconds = speech_bounds_seconds(clip)
            timeline.add(now_seconds + begin_seconds, "caller_speech_began", text=step.text)
            timeline.add(now_seconds + end_seconds, "caller_speech_ended", text=step.text)
            self._acted_at_seconds = now_seconds + end_seconds
            return CallerMove(audio=self._frames.popleft()) if self._frames else CallerMove()
        if step.action == "press":
            self._keys.extend(
                (now_seconds + index * KEY_GAP_SECONDS, key) for index, key in enumerate(step.text)
            )
            self._acted_at_seconds = now_seconds + (len(step.text) - 1) * KEY_GAP_SECONDS
            return CallerMove(keys=self._keys.popleft()[1])
        if step.action == "silence":
            self._busy_until_seconds = now_seconds + step.seconds
        if step.action == "type":
            return CallerMove(text=step.text)
        if step.action in ("hang_up", "drop"):
            return CallerMove(ends="hang_up" if step.action == "hang_up" else "drop")
        return CallerMove()

    def press_for_menu(self, said: Sequence[str]) -> str:
        """Answer a keypad menu outside of a stream: the keys of the next step, '' to let it pass.

        A step that does not press (silence, say what you like to a menu) is used up and presses nothing.
        """
        if self.is_done:
            return ""
        step = self._script.steps[self._next]
        for pattern in step.expect:
            if not any(re.search(pattern, text) for text in said):
                self.unmet.append(Unmet(step_no=self._next + 1, expected=pattern, said=tuple(said)))
        self._next += 1
        return step.text if step.action == "press" else ""

    def finish(self) -> None:
        """The call is over: steps that were never reached are unmet."""
        if not self.is_done:
            self._miss("the call to last until this step")

    def _new_texts(self) -> tuple[str, ...]:
        return tuple(self._observe()[self._seen_texts :])

    def _unheard(self, patterns: Sequence[str]) -> list[str]:
        said = self._new_texts()
        return [pattern for pattern in patterns if not any(re.search(pattern, text) for text in said)]

    def _check(self, patterns: Sequence[str]) -> None:
        for pattern in self._unheard(patterns):
            self._miss(pattern)

    def _miss(self, expected: str) -> None:
        self.unmet.append(Unmet(step_no=self._next + 1, expected=expected, said=self._new_texts()))
