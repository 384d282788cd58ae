"""The figures of `voicebot bench turns`: shares and waits, in all and by condition, and their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.benches.latency import Spread, spread
from voicebot.benches.shares import Share
from voicebot.benches.turns import CallFigures, Outcome
from voicebot.benches.turns_line import SILENT

TARGETS = {
    "response": "p50 ≤ 0.7, p95 ≤ 1.1",
    "first sound": "p50 ≤ 0.5",
    "yield": "p50 ≤ 0.3, p95 ≤ 0.6",
    "greeting": "≤ 0.25",
    "interruptions obeyed": "≥ 98 %",
    "backchannels ignored": "≥ 95 %",
    "cut off": "≤ 2 %",
    "cut off inside numbers": "≤ 1 %",
    "false starts in 10 minutes": "≤ 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of some calls together."""

    calls: int
    turns: int
    """Of callers: all that was said but nods."""
    paused: int
    """Of them, those with pauses put in."""
    response: Spread
    first_sound: Spread
    silence: Spread
    """From the end of the speech to the closing of the turn."""
    yielding: Spread
    greeting: Spread
    unanswered: int
    not_found: int
    """Of all that was said: speech was never noticed."""
    obeyed: Share
    ignored: Share
    resumed: Spread
    """Of nods that cut the prompt: from the end of the nod until it went on."""
    cut_off: Share
    cut_off_numbers: Share
    talked_over: Share
    """Of the turns: the line began to answer into them."""
    mended: Share
    """Of those cut off: read as one all the same."""
    closed_by: dict[str, int]
    phantoms: int
    phantom_turns: int
    minutes: float


def figures(calls: Sequence[CallFigures]) -> Figures:
    """All of them together."""
    said = [outcome for call in calls for outcome in call.outcomes]
    turns = [outcome for outcome in said if outcome.kind != "backchannel"]
    reasons = [outcome.closed_by for outcome in turns if outcome.closed_by is not None]
    return Figures(
        calls=len(calls),
        turns=len(turns),
        paused=sum(bool(outcome.pauses_seconds) for outcome in turns),
        response=spread(outcome.response_seconds for outcome in turns),
        first_sound=spread(outcome.first_sound_seconds for outcome in turns),
        silence=spread(outcome.silence_seconds for outcome in turns),
        yielding=spread(outcome.yield_seconds for outcome in turns),
        greeting=spread(call.greeting_seconds for call in calls),
        unanswered=sum(outcome.response_seconds is None for outcome in turns),
        not_found=sum(not outcome.found for outcome in said),
        obeyed=Share.of_all(outcome.obeyed for outcome in said if outcome.obeyed is not None),
        ignored=Share.of_all(outcome.ignored for outcome in said if outcome.ignored is not None),
        resumed=spread(outcome.resumed_seconds for outcome in said if outcome.kind == "backchannel"),
        cut_off=Share.of_all(outcome.is_cut_off for outcome in turns),
        cut_off_numbers=Share.of_all(outcome.is_cut_off for outcome in turns if outcome.kind == "number"),
        talked_over=Share.of_all(outcome.talked_over for outcome in turns),
        mended=Share.of_all(outcome.mended for outcome in turns if outcome.is_cut_off),
        closed_by={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        phantoms=sum(call.phantoms for call in calls),
        phantom_turns=sum(call.phantom_turns for call in calls),
        minutes=round(sum(call.seconds for call in calls) / 60, 2),
    )


def grouped(calls: Iterable[CallFigures], key: Callable[[CallFigures], str]) -> dict[str, list[CallFigures]]:
    """By what ``key`` says of each, in the order of the first of each kind."""
    found: dict[str, list[CallFigures]] = {}
    for call in calls:
        found.setdefault(key(call), []).append(call)
    return found


def spoken(calls: Iterable[CallFigures]) -> list[CallFigures]:
    """Those in which somebody spoke."""
    return [call for call in calls if call.situation != SILENT]


def silent(calls: Iterable[CallFigures]) -> list[CallFigures]:
    return [call for call in calls if call.situation == SILENT]


def false_starts_in_10_minutes(calls: Sequence[CallFigures]) -> float | None:
    """None where nothing was listened to."""
    minutes = sum(call.seconds for call in calls) / 60
    return None if not minutes else sum(call.phantoms for call in calls) / minutes * 10


def cut_offs_by_pause(calls: Iterable[CallFigures]) -> dict[str, Share]:
    """Of turns, by where they paused inside."""
    turns = [one for call in calls for one in call.outcomes if one.kind != "backchannel"]
    kinds = sorted({one.pause_kind for one in turns})
    return {kind: Share.of_all(one.is_cut_off for one in turns if one.pause_kind == kind) for kind in kinds}


def as_json(calls: Sequence[CallFigures]) -> dict[str, Any]:
    """Everything, with what became of each thing that was said."""
    talking = spoken(calls)
    by_condition = grouped(talking, lambda call: call.condition)
    return {
        "all": _plain(figures(talking)),
        "conditions": {name: _plain(figures(some)) for name, some in by_condition.items()},
        "situations": {
            name: _plain(figures(some))
            for name, some in grouped(talking, lambda call: call.situation).items()
        },
        "cut_off_by_pause": {name: _share(share) for name, share in cut_offs_by_pause(talking).items()},
        "silence": {
            "minutes": round(sum(call.seconds for call in silent(calls)) / 60, 2),
            "false_starts_in_10_minutes": false_starts_in_10_minutes(silent(calls)),
            "by_sound": {
                name: {"calls": len(some), "false_starts": sum(call.phantoms for call in some)}
                for name, some in grouped(silent(calls), lambda call: call.condition).items()
            },
        },
        "calls": [asdict(call) for call in calls],
    }


def _plain(found: Figures) -> dict[str, Any]:
    plain = asdict(found)
    for name, value in plain.items():
        if isinstance(getattr(found, name), Share):
            plain[name] = _share(getattr(found, name))
        elif value is None:
            plain[name] = None
    return plain


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {
        "count": share.count,
        "of": share.of,
        "share": share.value,
        "interval": [round(low, 4), round(high, 4)],
    }


def failures(calls: Iterable[CallFigures]) -> list[Outcome]:
    """What went wrong, for a closer look."""
    return [
        one
        for call in calls
        for one in call.outcomes
        if one.is_cut_off or one.obeyed is False or one.ignored is False or not one.found
    ]
