"""The figures of `voicebot bench asr`: shares and error rates by set and condition, beside their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.asr.measure import Clip, Errors, character_errors, comparable, sound_errors
from voicebot.benches.asr_conditions import Condition
from voicebot.benches.asr_run import Outcome
from voicebot.benches.asr_trials import GROUPS, Group
from voicebot.benches.shares import Share
from voicebot.simulator.latency import percentile

TARGET_CONDITION: Condition = "telephone"
"""The one that targets are about."""
_SMALL_SET = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure should be, in the condition that targets are about."""

    at_least: float | None = None
    at_most: float | None = None
    at_most_count: int | None = None

    def __str__(self) -> str:
        if self.at_most_count is not None:
            return f"≤ {self.at_most_count}"
        return f"≥ {self.at_least:.1%}" if self.at_least is not None else f"≤ {self.at_most:.1%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure of one set in one condition."""

    group: Group
    part: str
    """Empty for all of the set."""
    measure: str
    condition: Condition
    value: float | None
    """A share or an error rate, 0..1 (an error rate may be higher); None of nothing."""
    low: float | None
    high: float | None
    """The 95 % interval of a share; an error rate has none."""
    count: int | None
    """What the share counts."""
    of: int
    """Trials; for words those of all sentences; for an error rate characters or syllables."""
    target: str = ""
    met: bool | None = None
    """None where there is no target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How long recognition took in one condition, with as many utterances at once as the line has workers."""

    condition: Condition
    utterances: int
    audio_seconds: float
    real_time_factor: float
    p50_seconds: float
    p95_seconds: float
    failed: int


Measure = tuple[str, Callable[[Sequence[Outcome]], Share | Errors], Target | None]


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Every measure of every set and condition, whole sets before their parts, in the order of GROUPS."""
    found: list[Figure] = []
    for group in GROUPS:
        here = [one for one in outcomes if one.trial.group == group]
        parts = sorted({one.trial.part for one in here})
        for part in ("", *(parts if len(parts) > 1 else ())):
            some = [one for one in here if part in ("", one.trial.part)]
            # words are judged by their source alone: each is a set of its own
            targets = part == "" if group != "words" else part != "" or len(parts) == 1
            for condition in dict.fromkeys(one.condition for one in some):
                heard = [one for one in some if one.condition == condition]
                found += [
                    _figure(group, part, measure, condition, heard, with_target=targets)
                    for measure in _measures(group, heard)
                ]
    return found


def speeds(outcomes: Sequence[Outcome]) -> list[Speed]:
    """One line a condition."""
    return [
        _speed(condition, [one for one in outcomes if one.condition == condition])
        for condition in dict.fromkeys(one.condition for one in outcomes)
    ]


def as_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures, speeds, and every trial with what was heard."""
    return {
        "figures": [asdict(one) for one in figures(outcomes)],
        "speed": [asdict(one) for one in speeds(outcomes)],
        "trials": [_trial_as_json(one) for one in outcomes],
    }


def _trial_as_json(outcome: Outcome) -> dict[str, Any]:
    sound = outcome.trial.sound
    recorded = isinstance(sound, Clip)
    return {
        "set": outcome.trial.group,
        "part": outcome.trial.part,
        "condition": outcome.condition,
        "said": sound.text,
        "by": f"{sound.path.parent.name}/{sound.path.name}" if isinstance(sound, Clip) else sound.voice,
        "recorded": recorded,
        "wanted": outcome.trial.wanted,
        "heard": outcome.text,
        "taken": outcome.taken,
        "words": len(outcome.trial.words),
        "words_heard": outcome.words_heard,
        "words_read": outcome.words_read,
        "compute_seconds": round(outcome.compute_seconds, 4),
        "failed": outcome.failed,
    }


def _figure(
    group: Group,
    part: str,
    measure: Measure,
    condition: Condition,
    heard: Sequence[Outcome],
    *,
    with_target: bool,
) -> Figure:
    name, of, target = measure
    result = of(heard)
    share = result if isinstance(result, Share) else None
    value = share.value if share else result.rate if isinstance(result, Errors) else None
    low, high = share.interval if share else (None, None)
    judged = target if with_target and condition == TARGET_CONDITION else None
    return Figure(
        group=group,
        part=part,
        measure=name,
        condition=condition,
        value=value,
        low=low,
        high=high,
        count=share.count if share else None,
        of=result.of if isinstance(result, Share) else result.length,
        target=str(judged) if judged else "",
        met=_met(judged, value, share) if judged and value is not None else None,
    )


def _met(target: Target, value: float, share: Share | None) -> bool:
    if target.at_most_count is not None:
        return share is not None and share.count <= target.at_most_count
    if target.at_least is not None:
        return value >= target.at_least
    return target.at_most is None or value <= target.at_most


def _right(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.taken == one.trial.wanted for one in heard)


def _wrong(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.taken not in ("", one.trial.wanted) for one in heard)


def _none(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.taken == "" for one in heard)


def _any(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.taken != "" for one in heard)


def _yes(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.taken == "yes" for one in heard)


def _text(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(one.text != "" for one in heard)


def _exact(heard: Sequence[Outcome]) -> Share:
    return Share.of_all(comparable(one.text) == comparable(one.trial.wanted) for one in heard)


def _characters(heard: Sequence[Outcome]) -> Errors:
    return Errors.of_all([character_errors(one.trial.wanted, one.text) for one in heard])


def _sounds(heard: Sequence[Outcome]) -> Errors:
    return Errors.of_all([sound_errors(one.trial.wanted, one.text) for one in heard])


def _words_heard(heard: Sequence[Outcome]) -> Share:
    return Share(count=sum(one.words_heard for one in heard), of=_words(heard))


def _words_read(heard: Sequence[Outcome]) -> Share:
    return Share(count=sum(one.words_read for one in heard), of=_words(heard))


def _words(heard: Sequence[Outcome]) -> int:
    return sum(len(one.trial.words) for one in heard)


_TEXT_MEASURES: tuple[Measure, ...] = (
    ("wrong characters", _characters, None),
    ("wrong syllables", _sounds, None),
    ("exact", _exact, None),
)
_MEASURES: dict[Group, tuple[Measure, ...]] = {
    "words": (("right", _right, Target(at_least=0.9)), ("wrong", _wrong, None), ("none", _none, None)),
    "sentences": _TEXT_MEASURES,
    "noise": (("text", _text, Target(at_most_count=2)),),
    "hotline": (
        ("wrong characters", _characters, Target(at_most=0.09)),
        *_TEXT_MEASURES[1:],
        ("key words heard", _words_heard, None),
        ("key words read", _words_read, Target(at_least=0.93)),
    ),
    "numbers": (("right", _right, Target(at_least=0.75)),),
    "list": (("right", _right, Target(at_least=0.92)), ("wrong", _wrong, None), ("none", _none, None)),
    "unlisted": (("wrong", _any, Target(at_most=0.03)),),
    "closed": (
        ("right", _right, None),
        ("wrong", _wrong, None),
        ("lost", _none, Target(at_most=0.05)),
    ),
    "outside": (("rejected", _none, Target(at_least=0.95)),),
    "no yes": (("false yes", _yes, Target(at_most=0.005)),),
    "strict answers": (("right", _right, None), ("wrong", _wrong, None), ("lost", _none, None)),
}
_SMALL_WORDS: tuple[Measure, ...] = (("right", _right, Target(at_least=0.96)), *_MEASURES["words"][1:])


def _measures(group: Group, heard: Sequence[Outcome]) -> tuple[Measure, ...]:
    small = group == "words" and all(len(one.trial.expect.phrases) <= _SMALL_SET for one in heard)
    return _SMALL_WORDS if small else _MEASURES[group]


def _speed(condition: Condition, heard: Sequence[Outcome]) -> Speed:
    seconds = [one.compute_seconds for one in heard]
    audio = sum(one.audio_seconds for one in heard)
    return Speed(
        condition=condition,
        utterances=len(heard),
        audio_seconds=round(audio, 1),
        real_time_factor=sum(seconds) / audio if audio else 0.0,
        p50_seconds=percentile(seconds, 0.5) or 0.0,
        p95_seconds=percentile(seconds, 0.95) or 0.0,
        failed=sum(one.failed for one in heard),
    )
