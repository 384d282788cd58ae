"""What is said in one run of `voicebot bench turns`, by whom, and with which pauses: drawn from a seed."""

from __future__ import annotations

import itertools
import random
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from voicebot.benches.asr_trials import in_turn
from voicebot.benches.spoken import HELD_OUT_VOICES, Utterance
from voicebot.benches.turns_caller import Kind, Probe, Walk
from voicebot.benches.turns_clips import (
    LONGEST_PAUSE_SECONDS,
    SHORTEST_PAUSE_SECONDS,
    Clip,
    Saying,
    Sound,
    opened,
)

FOLDER = Path(__file__).with_name("turns")
PAUSED_SHARE = 1 / 3
"""Of all turns of callers: these pause inside."""
TWO_PAUSES_SHARE = 0.3
"""Of those that pause and could twice."""
STEADY_DBFS = -22.0
LEVELS_DBFS = (-28.0, -18.0)
ORDER_NUMBERS = 16
"""So many are made, of 18 digits as in the demonstration shop; the other numbers are those that
`voicebot bench asr` hears too. More turns say the same digits again, paused elsewhere."""
SHORT_TEXT = 4
"""A text of so few characters is said by two of the voices in turn, a longer one by one: rendering takes
longer than all else."""
QUIET = "quiet"
RECORDED = "recorded"

PauseKind = Literal["none", "fragment", "clause", "number"]
RecordedKind = Literal["word", "sentence", "noise"]
_DIGITS = "零一二三四五六七八九"
_SAID_ONE_SHARE = 0.6
"""Of the callers, those who say 幺 for 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A real clip."""

    text: str
    kind: RecordedKind
    sound: Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A probe before it has a sound."""

    kind: Kind
    saying: Saying
    utterance: Utterance | None
    """What is rendered; None for a recorded one."""
    pauses_seconds: tuple[float | None, ...]
    level_dbfs: float
    states: tuple[str, ...] = ()
    pause_kind: PauseKind = "none"
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What there is beside the caller; see situations.yaml."""

    room_dbfs: float | None = None
    noise_snr_db: float | None = None
    music_snr_db: float | None = None
    others_snr_db: tuple[float, float] | None = None
    echo_loss_db: float | None = None
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    name: str
    condition_name: str
    condition: Condition
    walk: Walk
    numbers: tuple[str, ...]
    """The calling numbers, in turn."""
    states: Mapping[str, str]
    """Which are listened to as which others."""
    digit_counts: Mapping[str, tuple[int, ...]]
    """Of them, where numbers have other lengths than the grammar says."""
    probes: tuple[Intended, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A call in which nobody speaks."""

    sound: str
    level_dbfs: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    situations: tuple[Situation, ...]
    silences: tuple[Silence, ...]
    others: tuple[Utterance, ...] = ()
    """Said in the background where there are two voices."""

    def utterances(self) -> list[Utterance]:
        """All that has to be rendered."""
        intended = (probe for situation in self.situations for probe in situation.probes)
        spoken = [probe.utterance for probe in intended if probe.utterance is not None]
        two = any(situation.condition.others_snr_db for situation in self.situations)
        return list(dict.fromkeys([*spoken, *(self.others if two else ())]))


@dataclass
class _Sayings:
    """The texts of sayings.yaml, dealt out in a shuffled order, over and over."""

    texts: Mapping[str, Any]
    numbers: Mapping[str, Sequence[tuple[Saying, Utterance]]]
    """By shape."""
    random: random.Random
    _decks: dict[str, list[str]] = field(default_factory=dict)

    def next(self, kind: str, state: str | None = None) -> tuple[Saying, Utterance]:
        """A text, and how it is said."""
        key = f"{kind} {state}"
        if not self._decks.get(key):
            source = self.texts[kind] if state is None else self.texts[kind][state]
            self._decks[key] = list(source)
            self.random.shuffle(self._decks[key])
        saying = Saying(marked=str(self._decks[key].pop()))
        return saying, Utterance(text=saying.spoken, voice=_voice_of(saying, self.random))


def read_plan(
    seed: int,
    *,
    limit: int | None = None,
    only: Sequence[str] = (),
    recorded: Sequence[Recorded] = (),
) -> Plan:
    """The plan of ``seed``. ``recorded`` clips are mixed in where they fit.

    ``limit``: of each kind at most so many in each situation; ``only``: names of situations or conditions,
    all without it.
    """
    texts = _read(FOLDER / "sayings.yaml")
    source = _read(FOLDER / "situations.yaml")
    numbers = _numbers(random.Random(seed))  # noqa: S311  as below
    situations: list[Situation] = []
    for condition in source["conditions"]:
        for row in source["quiet" if condition == QUIET else "elsewhere"]:
            if not only or row["name"] in only or condition in only:
                # Each situation has a seed of its own: it is the same whatever else is measured.
                drawn = random.Random(f"{seed} {condition} {row['name']}")  # noqa: S311  a schedule, no secret
                situations.append(
                    _situation(row, condition, source, _Sayings(texts, numbers, drawn), limit, recorded)
                )
    silences = [
        Silence(sound=str(sound), level_dbfs=float(level), seconds=43.0)
        for sound, level, calls in source["silent"]
        for _ in range(calls)
        if not only or "silence" in only
    ]
    others = tuple(
        Utterance(text=text, voice=HELD_OUT_VOICES[number % len(HELD_OUT_VOICES)])
        for number, text in enumerate(texts["others"])
    )
    return Plan(situations=tuple(situations), silences=tuple(silences[:limit]), others=others)


def _read(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def _situation(
    row: Mapping[str, Any],
    condition: str,
    source: Mapping[str, Any],
    sayings: _Sayings,
    limit: int | None,
    recorded: Sequence[Recorded],
) -> Situation:
    walk = source["walks"][row["walk"]]
    about = dict(source["conditions"][condition])
    if about.get("others_snr_db"):
        about["others_snr_db"] = tuple(about["others_snr_db"])
    intended = [
        _intended(kind, saying, utterance, states, sayings.random, condition)
        for kind, saying, utterance, states in _texts(row, sayings, limit)
    ]
    if condition == QUIET:
        intended += _real(row, recorded, limit)
    sayings.random.shuffle(intended)
    return Situation(
        name=str(row["name"]),
        condition_name=condition,
        condition=Condition(**about),
        walk=Walk(
            wishes=tuple(walk["wishes"]),
            routes=dict(walk["routes"]),
            yes_no=frozenset(source["yes_no"]),
            statements=frozenset(source["statements"]),
            last_words=tuple(source["last_words"]),
        ),
        numbers=tuple(walk["from"]),
        states=dict(walk.get("states", {})),
        digit_counts={state: tuple(counts) for state, counts in walk.get("digit_counts", {}).items()},
        probes=tuple(intended),
    )


def _texts(
    row: Mapping[str, Any], sayings: _Sayings, limit: int | None
) -> Iterable[tuple[Kind, Saying, Utterance, tuple[str, ...]]]:
    def at_most(count: int) -> int:
        return count if limit is None else min(count, limit)

    for shape, count in row.get("numbers", {}).items():
        wanted = at_most(count)
        said = sayings.numbers[shape]
        states = _NUMBER_STATES[shape]
        for number in range(wanted):
            yield "number", *said[number % len(said)], states
    for state, count in row.get("answers", {}).items():
        for _ in range(at_most(count)):
            yield "answer", *sayings.next("answers", state), (state,)
    wishes: tuple[tuple[str, Kind], ...] = (("sentences", "sentence"), ("hesitations", "hesitation"))
    for name, kind in wishes:
        for _ in range(at_most(row.get(name, 0))):
            yield kind, *sayings.next(name), ("open", "anything_else")
    over: tuple[tuple[str, Kind], ...] = (("interruptions", "interruption"), ("backchannels", "backchannel"))
    for name, kind in over:
        for _ in range(at_most(row.get(name, 0))):
            yield kind, *sayings.next(name), ()


def _intended(
    kind: Kind,
    saying: Saying,
    utterance: Utterance,
    states: tuple[str, ...],
    drawn: random.Random,
    condition: str,
) -> Intended:
    breaks = len(saying.after_clauses)
    pauses: list[float | None] = [None] * breaks
    pause_kind: PauseKind = "none"
    if breaks and (kind == "hesitation" or drawn.random() < _PAUSED[kind]):
        wanted = (
            breaks if kind == "hesitation" else 2 if breaks > 1 and drawn.random() < TWO_PAUSES_SHARE else 1
        )
        for place in drawn.sample(range(breaks), min(2, wanted)):
            pauses[place] = round(drawn.uniform(SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS), 2)
            pause_kind = "number" if kind == "number" else "fragment"
        clauses = [
            after for after, pause in zip(saying.after_clauses, pauses, strict=True) if pause is not None
        ]
        if any(clauses):
            pause_kind = "clause"
    return Intended(
        kind=kind,
        saying=saying,
        utterance=utterance,
        pauses_seconds=tuple(pauses),
        level_dbfs=round(drawn.uniform(*LEVELS_DBFS), 1) if condition == QUIET else STEADY_DBFS,
        states=states,
        pause_kind=pause_kind,
    )


def _voice_of(saying: Saying, drawn: random.Random) -> str:
    first = zlib.crc32(saying.marked.encode())
    voices = 2 if len(saying.marked) <= SHORT_TEXT else 1
    return HELD_OUT_VOICES[(first + drawn.randrange(voices)) % len(HELD_OUT_VOICES)]


_PAUSED: Mapping[Kind, float] = {
    "number": PAUSED_SHARE,
    "answer": 0.6,
    "sentence": 0.55,
    "interruption": 0.6,
    "hesitation": 1.0,
    "backchannel": 0.0,
}
"""How often there is a pause where there could be one. With the sayings that have no break, a third of all
turns pause inside."""


def _real(row: Mapping[str, Any], recorded: Sequence[Recorded], limit: int | None) -> list[Intended]:
    """Real clips for this situation: nods, short interruptions, whole sentences."""
    wanted: Mapping[str, tuple[Kind, Callable[[Recorded], bool], tuple[str, ...]]] = {
        "backchannels": ("backchannel", lambda clip: clip.text in ("对", "好", "是"), ()),
        "interruptions": ("interruption", lambda clip: clip.text in ("人工", "取消", "再见", "错误"), ()),
        "sentences": ("sentence", lambda clip: clip.kind == "sentence", ("open", "anything_else")),
    }
    found = []
    for name, (kind, fits, states) in wanted.items():
        if name in row:
            found += [
                Intended(
                    kind=kind,
                    saying=Saying(marked=clip.text),
                    utterance=None,
                    pauses_seconds=(),
                    level_dbfs=STEADY_DBFS,
                    states=states,
                    recorded=clip,
                )
                for clip in [clip for clip in recorded if fits(clip)][:limit]
            ]
    return found


def with_sound(probe: Intended, number: int, sound_of: Callable[[Utterance], Sound]) -> Probe:
    """The probe with its clip; ``sound_of`` gives what a voice says, at 8 kHz."""
    if probe.recorded is not None:
        sound = probe.recorded.sound
    elif probe.utterance is not None:
        sound = sound_of(probe.utterance)
    else:
        raise ValueError("a probe is rendered or recorded")
    clip: Clip = opened(sound, probe.saying, probe.pauses_seconds, probe.level_dbfs)
    return Probe(
        number=number,
        kind=probe.kind,
        text=probe.saying.text,
        voice=RECORDED if probe.utterance is None else probe.utterance.voice,
        clip=clip,
        level_dbfs=probe.level_dbfs,
        states=probe.states,
        pause_kind=probe.pause_kind,
    )


def _numbers(drawn: random.Random) -> dict[str, list[tuple[Saying, Utterance]]]:
    """By shape."""
    found: dict[str, list[tuple[Saying, Utterance]]] = {"tail": [], "phone": [], "order": []}
    for place, said in enumerate(_read(HEARD_TOO)["numbers"]):
        shape = _SHAPES.get(len(said.replace("，", "")))
        if shape is not None:
            marked = said.replace("，", "/") if "，" in said else _grouped(said, _GROUPS[len(said)])
            found[shape].append((Saying(marked=marked), in_turn(said, place)))
    for place in range(ORDER_NUMBERS):
        digits = f"2026{drawn.randint(1, 12):02d}{drawn.randint(1, 28):02d}{drawn.randrange(10**10):010d}"
        one = "幺" if drawn.random() < _SAID_ONE_SHARE else "一"
        said = "".join(one if digit == "1" else _DIGITS[int(digit)] for digit in digits)
        saying = Saying(marked=_grouped(said, _GROUPS[len(digits)]))
        found["order"].append((saying, in_turn(saying.spoken, place)))
    return found


def _grouped(said: str, sizes: Sequence[int]) -> str:
    ends = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    return "/".join(said[begin:end] for begin, end in itertools.pairwise(ends))


HEARD_TOO = Path(__file__).with_name("asr") / "numbers.yaml"
_SHAPES = {4: "tail", 11: "phone"}
_GROUPS = {4: (2, 2), 11: (3, 4, 4), 18: (4, 4, 4, 4, 2)}
_NUMBER_STATES = {
    "tail": ("order_tail", "phone_tail"),
    "phone": ("phone_tail",),
    "order": ("order_tail",),
}
