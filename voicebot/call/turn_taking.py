"""Whose turn it is: which utterance is being recognised and read, and whether its result still counts."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.call.actions import Action, CancelTranscription, MakeFinal, Transcribe
from voicebot.call.events import TranscriptReady
from voicebot.nlu.expectation import Expectation


@dataclass
class _Attempt:
    job: int
    utterance: int
    final: bool
    result: TranscriptReady | None = None


class TurnTaking:
    """Recognition of what the caller says: tried at a short silence, kept when nothing more was said.

    A speculation that is unchanged at the end of the turn is the final result: its audio is the same
    (docs/architecture.md, "Speculation"). A caller who goes on while the last turn is still being recognised
    adds to it: the session reads both as one.
    """

    def __init__(self) -> None:
        self._attempts: list[_Attempt] = []
        self._next_job = 1
        self.expect = Expectation()
        self.caller_is_speaking = False

    @property
    def is_recognising(self) -> bool:
        """A final result is awaited."""
        return any(attempt.final for attempt in self._attempts)

    def next_job(self) -> int:
        """A number for a piece of work; recognition and reading count in one series."""
        job = self._next_job
        self._next_job += 1
        return job

    def started(self) -> None:
        """The caller has begun to speak."""
        self.caller_is_speaking = True

    def paused(self, utterance: int) -> list[Action]:
        """A short silence: try, unless an earlier turn is still being recognised."""
        return [] if self.is_recognising else self._begin(utterance, final=False)

    def resumed(self) -> list[Action]:
        """What was tried ahead of the end is void."""
        return self._drop([attempt for attempt in self._attempts if not attempt.final])

    def ended(self, utterance: int) -> tuple[list[Action], TranscriptReady | None]:
        """The turn is over: its speculation becomes final, or recognition begins now."""
        self.caller_is_speaking = False
        attempt = next((a for a in self._attempts if a.utterance == utterance), None)
        if attempt is None:
            return self._begin(utterance, final=True), None
        if attempt.result is not None:
            self._attempts.remove(attempt)
            return [], attempt.result
        attempt.final = True
        return [MakeFinal(job=attempt.job)], None

    def transcribed(self, event: TranscriptReady) -> TranscriptReady | None:
        """A result: handed out when its turn is over, kept when the caller may still go on, else dropped."""
        attempt = self._find(event.job)
        if attempt is None:
            return None
        if attempt.final:
            self._attempts.remove(attempt)
            return event
        attempt.result = event
        return None

    def failed(self, job: int) -> bool:
        """The recogniser broke. True when a finished turn waited for it; a failed speculation is none."""
        attempt = self._find(job)
        if attempt is None:
            return False
        self._attempts.remove(attempt)
        return attempt.final

    def abandon(self) -> list[Action]:
        """Nobody wants to know any more what was said."""
        return self._drop(list(self._attempts))

    def _find(self, job: int) -> _Attempt | None:
        return next((attempt for attempt in self._attempts if attempt.job == job), None)

    def _drop(self, attempts: list[_Attempt]) -> list[Action]:
        self._attempts = [attempt for attempt in self._attempts if attempt not in attempts]
        return [CancelTranscription(job=attempt.job) for attempt in attempts if attempt.result is None]

    def _begin(self, utterance: int, *, final: bool) -> list[Action]:
        attempt = _Attempt(self.next_job(), utterance, final)
        self._attempts.append(attempt)
        return [Transcribe(job=attempt.job, utterance=utterance, expect=self.expect, speculative=not final)]
