"""What many calls at once amounted to: answers, sound and computing, while all of them were on the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.benches.latency import Exchange, Spread, measured, spread
from voicebot.benches.latency_server import ServerFigures
from voicebot.call.events import TranscriptReady
from voicebot.call.log import Entry
from voicebot.simulator.recording import TimelineEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A reading of the clock, and of what had been computed by then."""

    at_seconds: float
    server: ServerFigures
    callers_cpu_seconds: float
    machine_busy_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCall:
    """One call that was carried to its end."""

    name: str
    began_seconds: float
    """When its stream was opened, on the bench's clock."""
    ended_seconds: float
    entries: Sequence[Entry]
    events: Sequence[TimelineEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """One rung of the ladder. All but the greeting is counted within the window."""

    simultaneous: int
    calls: int
    """Held from beginning to end."""
    failed: tuple[str, ...]
    """What went wrong with those that could not be held."""
    window_seconds: float
    """From the moment when all were on the line until one that ended was not followed by another."""
    call_minutes: float
    """Of all calls together."""
    response: Spread
    first_sound: Spread
    greeting: Spread
    yielding: Spread
    recognition: Spread
    """From the certain end of an utterance to its words: waiting for a worker, and computing."""
    unanswered: int
    underruns: int
    final_wait_seconds: float | None
    """Mean wait of a final for a worker; None where every utterance had been recognised ahead of its end."""
    recognition_cores: float
    """Workers that recognised at once, on average."""
    recognitions_an_answer: float | None
    """Those ahead of the end included, whether used or not."""
    line_cpu_seconds: float
    """Computing time of the server process, recognition included, for one minute of one call."""
    callers_cpu_seconds: float
    """That of the simulated carriers and callers: the bench's own process."""
    elsewhere_cores: float | None
    """Cores that others kept busy meanwhile: such figures are taken in company."""
    carrier_late: Spread
    """How late the carriers' steps of 20 ms were: delays as small as that are not the line's."""


def load_figures(
    simultaneous: int,
    calls: Sequence[HeldCall],
    *,
    failed: Sequence[str],
    first: Moment,
    last: Moment,
    late_seconds: Sequence[float],
) -> LoadFigures:
    """Sum up what happened between the two moments."""
    seconds = max(last.at_seconds - first.at_seconds, 1e-9)
    parts = [_within(call, first.at_seconds, last.at_seconds) for call in calls]
    exchanges = [exchange for part in parts for exchange in part.exchanges]
    answers = sum(exchange.response_seconds is not None for exchange in exchanges)
    minutes = sum(part.seconds for part in parts) / 60
    line_cpu = last.server.cpu_seconds - first.server.cpu_seconds
    callers_cpu = last.callers_cpu_seconds - first.callers_cpu_seconds
    finals = last.server.final_waits - first.server.final_waits
    waited = last.server.final_wait_seconds - first.server.final_wait_seconds
    recognised = last.server.recognition_seconds - first.server.recognition_seconds
    return LoadFigures(
        simultaneous=simultaneous,
        calls=len(calls),
        failed=tuple(failed),
        window_seconds=round(seconds, 1),
        call_minutes=round(minutes, 2),
        response=spread(exchange.response_seconds for exchange in exchanges),
        first_sound=spread(exchange.first_sound_seconds for exchange in exchanges),
        greeting=spread(part.greeting_seconds for part in parts),
        yielding=spread(yielded for part in parts for yielded in part.yield_seconds),
        recognition=spread(
            None if exchange.stages is None else exchange.stages.recognition for exchange in exchanges
        ),
        unanswered=len(exchanges) - answers,
        underruns=sum(part.underruns for part in parts),
        final_wait_seconds=waited / finals if finals else None,
        recognition_cores=round(recognised / seconds, 3),
        recognitions_an_answer=sum(part.recognitions for part in parts) / answers if answers else None,
        line_cpu_seconds=line_cpu / minutes if minutes else 0.0,
        callers_cpu_seconds=callers_cpu / minutes if minutes else 0.0,
        elsewhere_cores=_elsewhere(first, last, line_cpu + callers_cpu),
        carrier_late=spread(late_seconds),
    )


def _elsewhere(first: Moment, last: Moment, own_cpu_seconds: float) -> float | None:
    if first.machine_busy_seconds is None or last.machine_busy_seconds is None:
        return None
    busy_seconds = last.machine_busy_seconds - first.machine_busy_seconds
    return max(0.0, busy_seconds - own_cpu_seconds) / max(last.at_seconds - first.at_seconds, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one call adds to the window."""

    seconds: float
    greeting_seconds: float | None
    exchanges: tuple[Exchange, ...]
    yield_seconds: tuple[float, ...]
    underruns: int
    recognitions: int


def _within(call: HeldCall, first_seconds: float, last_seconds: float) -> _Part:
    begins, ends = first_seconds - call.began_seconds, last_seconds - call.began_seconds
    whole = measured(call.name, call.entries, call.events)
    entries = [entry for entry in call.entries if begins <= entry.at_seconds <= ends]
    inside = measured(
        call.name, entries, [event for event in call.events if begins <= event.at_seconds <= ends]
    )
    return _Part(
        seconds=max(0.0, min(last_seconds, call.ended_seconds) - max(first_seconds, call.began_seconds)),
        greeting_seconds=whole.greeting_seconds,
        exchanges=tuple(exchange for exchange in whole.exchanges if begins <= exchange.at_seconds <= ends),
        yield_seconds=inside.yield_seconds,
        underruns=len(inside.underruns_seconds),
        recognitions=sum(entry.type == TranscriptReady.__name__ for entry in entries),
    )


def ladder_as_json(rungs: Sequence[LoadFigures]) -> list[dict[str, Any]]:
    return [asdict(rung) for rung in rungs]
