"""Whose turn it is: which utterance is being recognised and read, and whether its result still counts."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.call.actions import Action, CancelTranscription, MakeFinal, Read, Transcribe
from voicebot.call.events import Heard, TranscriptReady
from voicebot.nlu.completeness import Completeness, completeness
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading


@dataclass
class Attempt:
    """What is known of one utterance, as far as it has come."""

    job: int
    utterance: int
    expect: Expectation
    """What it may answer."""
    is_over: bool
    """The turn is closed: it is waited for."""
    is_urgent: bool
    """The recogniser knows that it is waited for."""
    result: TranscriptReady | None = None
    heard: tuple[Heard, ...] = ()
    """The words that are read: with those of an earlier breath, or digits from the keys, before them."""
    is_joined: bool = False
    reading_job: int | None = None
    reading: Reading | None = None
    has_failed: bool = False
    """The recogniser or the reader broke."""

    @property
    def is_settled(self) -> bool:
        """All is known that will be."""
        no_words = self.result is not None and not self.heard
        return self.has_failed or no_words or self.reading is not None

    @property
    def end_likelihood(self) -> float | None:
        """How finished it sounded."""
        return None if self.result is None else self.result.end_likelihood

    def judged(self) -> Completeness:
        """What its words say of the turn. Sound without words is a 嗯 or a word half heard: more may come."""
        if self.result is not None and not self.heard:
            return "unfinished"
        if self.reading is None:
            return "open"
        return completeness(self.reading, self.heard[0].text, self.expect)


class TurnTaking:
    """Recognition and reading of what is said: tried at a short silence, kept when nothing more comes.

    A speculation that is unchanged at the end of the turn is the final result: its audio is the same
    (docs/architecture.md, "Speculation"). What is read of it says how long the turn is kept open.
    """

    def __init__(self) -> None:
        self._attempts: list[Attempt] = []
        self._next_job = 1
        self.expect = Expectation()
        self.caller_is_speaking = False
        self.utterance = 0

    @property
    def is_recognising(self) -> bool:
        """The words or the meaning of a finished turn are awaited."""
        return any(attempt.is_over for attempt in self._attempts)

    @property
    def in_progress(self) -> Attempt | None:
        """The attempt at the utterance that pauses now."""
        return next((attempt for attempt in self._attempts if not attempt.is_over), None)

    def next_job(self) -> int:
        """A number for a piece of work; recognition and reading count in one series."""
        job = self._next_job
        self._next_job += 1
        return job

    def started(self, utterance: int) -> None:
        """The caller has begun to speak."""
        self.caller_is_speaking = True
        self.utterance = utterance

    def paused(self, utterance: int, expect: Expectation) -> list[Action]:
        """A short silence: try, unless an earlier turn is still being recognised."""
        return [] if self.is_recognising else self._begin(utterance, expect, is_over=False)

    def resumed(self) -> list[Action]:
        """What was tried ahead of the end is void."""
        return self._drop([attempt for attempt in self._attempts if not attempt.is_over])

    def hurry(self) -> list[Action]:
        """The silence has lasted: the speculation is as urgent as a final, though the turn is not closed."""
        attempt = self.in_progress
        return [] if attempt is None else self._press(attempt)

    def ended(self, utterance: int, expect: Expectation) -> tuple[list[Action], Attempt | None]:
        """The turn is over: its speculation becomes final, or recognition begins now.

        Gives the attempt when all is known of it already.
        """
        self.caller_is_speaking = False
        attempt = next((a for a in self._attempts if a.utterance == utterance and not a.is_over), None)
        if attempt is None:
            return self._begin(utterance, expect, is_over=True), None
        attempt.is_over = True
        if attempt.is_settled:
            self._attempts.remove(attempt)
            return [], attempt
        return self._press(attempt), None

    def dismiss(self, utterance: int) -> list[Action]:
        """Nothing was meant by it, or nobody wants to know."""
        if utterance == self.utterance:
            self.caller_is_speaking = False
        return self._drop([attempt for attempt in self._attempts if attempt.utterance == utterance])

    def set_aside(self) -> tuple[list[Action], str, int | None]:
        """Take the utterance in progress out of the turns: keys follow it.

        Gives its words, where they are known, or else the job that will bring them.
        """
        attempt = self.in_progress
        if attempt is None:
            actions = self._begin(self.utterance, self.expect, is_over=True)
            return actions, "", self._attempts.pop().job
        self._attempts.remove(attempt)
        if attempt.result is None:
            return self._press(attempt), "", attempt.job
        words = attempt.result.alternatives
        return [], words[0].text if words else "", None

    def transcribed(self, event: TranscriptReady) -> Attempt | None:
        """The attempt whose words these are; None when nobody wants them any more."""
        attempt = next((a for a in self._attempts if a.job == event.job and a.result is None), None)
        if attempt is not None:
            attempt.result = event
        return attempt

    def read(self, attempt: Attempt, heard: tuple[Heard, ...], today: str, *, is_joined: bool) -> Read:
        """Ask what the words mean."""
        attempt.heard, attempt.is_joined = heard, is_joined
        attempt.reading_job = self.next_job()
        return Read(
            job=attempt.reading_job,
            alternatives=heard,
            keys=None,
            expect=attempt.expect,
            today=today,
            speculative=not attempt.is_over,
        )

    def understood(self, job: int, reading: Reading | None) -> Attempt | None:
        """The attempt that was read, None as ``reading`` when the reader broke; None for no attempt's job."""
        attempt = next((a for a in self._attempts if a.reading_job == job and a.reading is None), None)
        if attempt is not None:
            attempt.reading, attempt.has_failed = reading, reading is None
        return attempt

    def failed(self, job: int) -> Attempt | None:
        """The recogniser broke, or had no place for this attempt; None when nobody wants it any more."""
        attempt = next((a for a in self._attempts if a.job == job), None)
        if attempt is None:
            return None
        if not attempt.is_over:
            self._attempts.remove(attempt)  # the end of the turn tries again
        attempt.has_failed = True
        return attempt

    def settle(self, attempt: Attempt) -> None:
        """It was made use of."""
        if attempt in self._attempts:
            self._attempts.remove(attempt)

    def abandon(self) -> list[Action]:
        """Nobody wants to know any more what was said."""
        return self._drop(list(self._attempts))

    def _press(self, attempt: Attempt) -> list[Action]:
        if attempt.is_urgent or attempt.result is not None:
            return []
        attempt.is_urgent = True
        return [MakeFinal(job=attempt.job)]

    def _drop(self, attempts: list[Attempt]) -> list[Action]:
        self._attempts = [attempt for attempt in self._attempts if attempt not in attempts]
        return [CancelTranscription(job=attempt.job) for attempt in attempts if attempt.result is None]

    def _begin(self, utterance: int, expect: Expectation, *, is_over: bool) -> list[Action]:
        attempt = Attempt(
            job=self.next_job(), utterance=utterance, expect=expect, is_over=is_over, is_urgent=is_over
        )
        self._attempts.append(attempt)
        return [Transcribe(job=attempt.job, utterance=utterance, expect=expect, speculative=not is_over)]
