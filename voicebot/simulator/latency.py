"""How quickly the bot answered, began and gave way: figures read from a call's timeline, nothing else.

Definitions are those of docs/telephony.md, "What the simulator measures".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from voicebot.simulator.recording import TimelineEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLatency:
    """One thing the caller said to the end, and what came back."""

    caller_ended_at_seconds: float
    first_sound_seconds: float
    """To the first audible sample, an acknowledgement's too."""
    response_seconds: float | None
    """To the first audible sample of content; None when only an acknowledgement came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLatency:
    greeting_seconds: float | None
    """Stream start to the first audible sample."""
    turns: tuple[TurnLatency, ...]
    unanswered: int
    """Times that the caller spoke and heard nothing before speaking again or the end."""
    yield_seconds: tuple[float, ...]
    """Start of an interruption to the last audible sample of the prompt."""
    underruns_seconds: tuple[float, ...]
    """Gaps inside a prompt."""


def measure(
    events: Sequence[TimelineEvent], *, acknowledges: Callable[[str], bool] = lambda _mark: False
) -> CallLatency:
    """Read the figures; ``acknowledges`` tells by a prompt's mark that it was a mere 好的，我查一下."""
    ordered = sorted(events, key=lambda event: event.at_seconds)
    began = [event.at_seconds for event in ordered if event.event == "bot_began"]
    marks = [(event.at_seconds, str(event.detail.get("name"))) for event in ordered if event.event == "mark"]
    speech = _caller_speech(ordered)
    turns: list[TurnLatency] = []
    unanswered = 0
    for index, (_, ended) in enumerate(speech):
        until = speech[index + 1][0] if index + 1 < len(speech) else math.inf
        sounds = [at for at in began if ended <= at < until]
        if not sounds:
            unanswered += 1
            continue
        content = next((at for at in sounds if not _closed_by(at, marks, acknowledges)), None)
        turns.append(
            TurnLatency(
                caller_ended_at_seconds=ended,
                first_sound_seconds=sounds[0] - ended,
                response_seconds=None if content is None else content - ended,
            )
        )
    return CallLatency(
        greeting_seconds=began[0] if began else None,
        turns=tuple(turns),
        unanswered=unanswered,
        yield_seconds=tuple(_yields(ordered, [start for start, _ in speech])),
        underruns_seconds=tuple(
            float(event.detail["seconds"]) for event in ordered if event.event == "underrun"
        ),
    )


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the smallest value that at least ``share`` (0 to 1) of them do not exceed; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _caller_speech(ordered: Sequence[TimelineEvent]) -> list[tuple[float, float]]:
    stretches: list[tuple[float, float]] = []
    began: float | None = None
    for event in ordered:
        if event.event == "caller_speech_began":
            began = event.at_seconds
        elif event.event == "caller_speech_ended" and began is not None:
            stretches.append((began, event.at_seconds))
            began = None
    return stretches


def _closed_by(began: float, marks: Sequence[tuple[float, str]], acknowledges: Callable[[str], bool]) -> bool:
    closing = next((name for at, name in marks if at >= began), None)
    return closing is not None and acknowledges(closing)


def _yields(ordered: Sequence[TimelineEvent], starts: Sequence[float]) -> Iterable[float]:
    stretches: list[tuple[float, float]] = []
    began: float | None = None
    for event in ordered:
        if event.event == "bot_began":
            began = event.at_seconds
        elif event.event == "bot_ended" and began is not None:
            stretches.append((began, event.at_seconds))
            began = None
    for start in starts:
        interrupted = next((end for begin, end in stretches if begin < start < end), None)
        if interrupted is not None:
            yield interrupted - start
