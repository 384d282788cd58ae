"""How quickly calls were answered, and where the time went: from their logs and the carrier's timelines."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.benches.virtual_line import acknowledgements
from voicebot.call.actions import Read, Say, TakeTurn
from voicebot.call.hearing import SpeechEnded
from voicebot.call.log import Entry
from voicebot.simulator.latency import CallLatency, measure, percentile
from voicebot.simulator.recording import TimelineEvent

STAGES = ("silence", "recognition", "reading", "deciding", "voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """Where the seconds of one answer went. Counted one after the other, they add up to it."""

    silence: float
    """Until the end of the utterance was certain."""
    recognition: float
    """From there until its words were known: nothing, where they had been recognised ahead."""
    reading: float
    """Until their meaning was: nothing again where they had been read ahead."""
    deciding: float
    """Dialogue and business."""
    voice: float
    """From the wish to say something to its first audible sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Something that the caller said, and when it was answered."""

    said: str
    heard: str
    """What was read of it, from the log."""
    at_seconds: float
    """End of the caller's speech, since the stream started."""
    first_sound_seconds: float | None
    response_seconds: float | None
    stages: Stages | None
    """None where the answer did not come by way of one utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCall:
    name: str
    greeting_seconds: float | None
    exchanges: tuple[Exchange, ...]
    yield_seconds: tuple[float, ...]
    underruns_seconds: tuple[float, ...]
    unmet: tuple[str, ...] = ()
    """What the caller's script expected and the call did not do."""

    @property
    def response_count(self) -> int:
        """How often the caller got an answer."""
        return sum(exchange.response_seconds is not None for exchange in self.exchanges)


def measured(
    name: str, entries: Sequence[Entry], events: Sequence[TimelineEvent], unmet: Iterable[str] = ()
) -> MeasuredCall:
    """One call's figures, from its log and the carrier's timeline (both count from the stream's start)."""
    marks = acknowledgements(entries)
    latency = measure(events, acknowledges=lambda mark: mark in marks)
    return MeasuredCall(
        name=name,
        greeting_seconds=latency.greeting_seconds,
        exchanges=tuple(_exchanges(entries, events, latency)),
        yield_seconds=tuple(round(seconds, 4) for seconds in latency.yield_seconds),
        underruns_seconds=latency.underruns_seconds,
        unmet=tuple(unmet),
    )


def _exchanges(
    entries: Sequence[Entry], events: Sequence[TimelineEvent], latency: CallLatency
) -> Iterable[Exchange]:
    spoken = [event for event in events if event.event == "caller_speech_ended"]
    answers = {round(turn.caller_ended_at_seconds, 4): turn for turn in latency.turns}
    for number, event in enumerate(spoken):
        until = spoken[number + 1].at_seconds if number + 1 < len(spoken) else float("inf")
        within = [entry for entry in entries if event.at_seconds < entry.at_seconds <= until]
        turn = answers.get(round(event.at_seconds, 4))
        answered = None if turn is None else turn.response_seconds
        response = None if answered is None else round(answered, 4)
        yield Exchange(
            said=str(event.detail.get("text", "")),
            heard=" / ".join(words for entry in within if (words := _words(entry)) is not None),
            at_seconds=event.at_seconds,
            first_sound_seconds=None if turn is None else round(turn.first_sound_seconds, 4),
            response_seconds=response,
            stages=None if response is None else _stages(within, event.at_seconds, response),
        )


def _words(entry: Entry) -> str | None:
    if entry.type == TakeTurn.__name__:
        return str(entry.body["text"])
    is_keyed = entry.type == Read.__name__ and entry.body["keys"] is not None
    return f"[{entry.body['keys']}]" if is_keyed else None


def _stages(within: Sequence[Entry], ended: float, response: float) -> Stages | None:
    """The moments of the last reading before the answer, and of what was said upon it."""
    sounded = ended + response
    says = [
        entry.at_seconds
        for entry in within
        if entry.type == Say.__name__
        and not str(entry.body["wording"]).startswith("ack.")
        and entry.at_seconds <= sounded
    ]
    ends = [entry.at_seconds for entry in within if entry.type == SpeechEnded.__name__]
    taken = [entry.at_seconds for entry in within if entry.type == TakeTurn.__name__]
    if not says or len(ends) != 1 or len(taken) != 1:
        return None
    tried = [
        entry.at_seconds for entry in within if entry.type == Read.__name__ and entry.at_seconds <= taken[0]
    ]
    if not tried:
        return None
    # Words recognised and read ahead of the end cost nothing after it.
    moments = (ended, ends[0], max(ends[0], tried[-1]), taken[0], says[0], sounded)
    spans = [round(later - earlier, 4) for earlier, later in itertools.pairwise(moments)]
    if min(spans[1:]) < -1e-6:
        return None
    return Stages(**dict(zip(STAGES, spans, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of some seconds: how many there were, the median, the ninety-fifth percentile and the largest."""

    count: int
    p50: float | None
    p95: float | None
    largest: float | None


def spread(values: Iterable[float | None]) -> Spread:
    known = [value for value in values if value is not None]
    return Spread(
        count=len(known),
        p50=percentile(known, 0.5),
        p95=percentile(known, 0.95),
        largest=max(known, default=None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All calls of one run together."""

    calls: int
    unanswered: int
    """Exchanges without an answer before the caller spoke again."""
    response: Spread
    first_sound: Spread
    greeting: Spread
    yielding: Spread
    underruns: int
    stages: dict[str, Spread]


def summed_up(calls: Sequence[MeasuredCall]) -> Summary:
    exchanges = [exchange for call in calls for exchange in call.exchanges]
    known = [exchange.stages for exchange in exchanges if exchange.stages is not None]
    return Summary(
        calls=len(calls),
        unanswered=sum(exchange.response_seconds is None for exchange in exchanges),
        response=spread(exchange.response_seconds for exchange in exchanges),
        first_sound=spread(exchange.first_sound_seconds for exchange in exchanges),
        greeting=spread(call.greeting_seconds for call in calls),
        yielding=spread(seconds for call in calls for seconds in call.yield_seconds),
        underruns=sum(len(call.underruns_seconds) for call in calls),
        stages={stage: spread(getattr(found, stage) for found in known) for stage in STAGES},
    )


def as_json(calls: Sequence[MeasuredCall]) -> dict[str, Any]:
    return {"summary": asdict(summed_up(calls)), "calls": [asdict(call) for call in calls]}
