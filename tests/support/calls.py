"""A call under test: feeds events at times, remembers actions, answers nothing by itself."""

from __future__ import annotations

from typing import TypeVar

from tests.support.scripts import a_script
from voicebot.call.actions import Action, Consult, Read, Say, Transcribe
from voicebot.call.events import (
    BusinessAnswered,
    CallStarted,
    Event,
    Heard,
    MarkReached,
    PromptStarted,
    TranscriptReady,
    UtteranceRead,
)
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechStarted
from voicebot.call.session import CallSession
from voicebot.dialogue.requests import IdentifyCaller, Result
from voicebot.nlu.reading import Reading

Wanted = TypeVar("Wanted", bound=Action)


def started(from_number: str | None = "+8613800000001") -> CallStarted:
    return CallStarted(
        call_id="call-1",
        from_number=from_number,
        to_number="+864000000000",
        wall_time="2026-11-22T10:30:00+08:00",
        channel="phone",
        versions=(("grammar", "test"),),
    )


class Call:
    """A session with a clock that only moves forward when told to."""

    def __init__(self) -> None:
        self.session = CallSession(a_script())
        self.now = 0.0
        self.fed: list[tuple[float, Event | None]] = []
        self.taken: list[Action] = []
        self.latest: list[Action] = []
        self.feed(started())

    def feed(self, event: Event, at: float | None = None) -> Call:
        self.now = self.now if at is None else at
        self.fed.append((self.now, event))
        self.latest = self.session.receive(event, self.now)
        self.taken += self.latest
        return self

    def at(self, seconds: float) -> Call:
        """Let time pass to this second of the call."""
        self.now = seconds
        self.latest = self.session.tick(seconds)
        self.taken += self.latest
        return self

    def last(self, kind: type[Wanted]) -> Wanted:
        return [action for action in self.taken if isinstance(action, kind)][-1]

    def count(self, kind: type[Action]) -> int:
        return sum(isinstance(action, kind) for action in self.latest)

    def said(self) -> list[str]:
        return [action.wording for action in self.latest if isinstance(action, Say)]

    def answered(self, result: Result, at: float | None = None) -> Call:
        return self.feed(BusinessAnswered(request=self.last(Consult).request, result=result), at)

    def identified(self, result: Result) -> Call:
        request = next(
            a.request for a in self.taken if isinstance(a, Consult) and isinstance(a.request, IdentifyCaller)
        )
        return self.feed(BusinessAnswered(request=request, result=result))

    def playing(self, at: float, part_ends: tuple[float, ...] = (2.0, 5.0)) -> Call:
        say = self.last(Say)
        return self.feed(
            PromptStarted(
                prompt_id=say.prompt_id,
                generation=say.generation,
                seconds=part_ends[-1],
                part_ends_seconds=part_ends,
            ),
            at,
        )

    def heard_out(self, at: float) -> Call:
        say = self.last(Say)
        return self.feed(MarkReached(prompt_id=say.prompt_id, generation=say.generation), at)

    def speaks(self, utterance: int, at: float, until: float, *, over_prompt: bool = False) -> Call:
        self.feed(SpeechStarted(utterance=utterance, at_seconds=at, over_prompt=over_prompt), at)
        self.feed(SpeechPaused(utterance=utterance, at_seconds=until), until + 0.2)
        return self.feed(SpeechEnded(utterance=utterance, began_seconds=at, ended_seconds=until), until + 0.6)

    def transcribed(self, *texts: str, at: float | None = None, decided_by: str = "decode") -> Call:
        return self.feed(
            TranscriptReady(
                job=self.last(Transcribe).job,
                alternatives=tuple(Heard(text=text, confidence=0.9) for text in texts),
                engine="fake",
                decided_by=decided_by,
                audio_seconds=1.0,
                compute_seconds=0.1,
            ),
            at,
        )

    def understood(self, reading: Reading, at: float | None = None) -> Call:
        return self.feed(UtteranceRead(job=self.last(Read).job, reading=reading, version="test"), at)


def a_call() -> Call:
    return Call()
