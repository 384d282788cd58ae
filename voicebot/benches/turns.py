"""What became of each thing that a caller said: cut off, answered, yielded to, ignored. From logs alone.

The definitions are those of docs/hearing.md, "Turn taking, measured".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from voicebot.benches.turns_caller import Kind, Said
from voicebot.benches.virtual_line import acknowledgements
from voicebot.call.log import Entry
from voicebot.simulator.latency import TurnLatency, measure
from voicebot.simulator.recording import TimelineEvent

TAIL_SECONDS = 0.05
"""What is left of a clip when a turn is closed so near to its end is breath, not speech."""
YIELD_WITHIN_SECONDS = 2.0
"""A prompt that stops later than this after an interruption began has not obeyed it."""
RESUME_WITHIN_SECONDS = 0.6
"""From the end of a nod to the prompt's going on: later ones count as a turn lost."""
NEAR_SECONDS = 0.5
"""Speech found this close to what a caller said was the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing said, and what the line made of it. Seconds of the call, or of waiting."""

    situation: str
    condition: str
    kind: Kind
    text: str
    voice: str
    level_dbfs: float
    state: str
    pause_kind: str
    pauses_seconds: tuple[float, ...]
    """How long the pauses are that were put in."""
    seconds: float
    """How long it took to say."""
    heard: str
    """The words that counted as the caller's turn, parts of one that was cut off divided by /."""
    found: bool
    """Speech was noticed."""
    closed_inside_seconds: tuple[float, ...]
    """Where turns were closed while there was speech to come, from its beginning."""
    closed_by: str | None
    """Why the turn was closed: the first of those closed too early, else the last."""
    silence_seconds: float | None
    """From the end of the speech to the closing of the turn; None where it was not closed afterwards."""
    mended: bool
    """Cut off, and read as one all the same."""
    talked_over: bool
    """The line was heard to begin an answer while there was speech to come."""
    first_sound_seconds: float | None = None
    response_seconds: float | None = None
    """To the first audible sample of content; None when none came, and for nods."""
    yield_seconds: float | None = None
    """From the beginning of an interruption to the last audible sample of the prompt, where it was cut."""
    obeyed: bool | None = None
    """Of interruptions: the prompt stopped, and was not taken up again as if nothing had been said."""
    ignored: bool | None = None
    """Of nods: no turn was taken, and the prompt went on, or was taken up again in time."""
    resumed_seconds: float | None = None
    """From the end of a nod to the first sound of the prompt that it had cut."""

    @property
    def is_cut_off(self) -> bool:
        return bool(self.closed_inside_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """One call."""

    situation: str
    condition: str
    call_id: str
    seconds: float
    greeting_seconds: float | None
    outcomes: tuple[Outcome, ...]
    phantoms: int
    """Times that speech was found where nobody spoke."""
    phantom_turns: int
    """Of them, those that words were read into."""


def judged(
    situation: str,
    condition: str,
    call_id: str,
    said: Sequence[Said],
    entries: Sequence[Entry],
    events: Sequence[TimelineEvent],
) -> CallFigures:
    """The figures of one call, from its log and the carrier's timeline; both count from the start."""
    marks = acknowledgements(entries)
    latency = measure(events, acknowledges=lambda mark: mark in marks)
    answers = {round(turn.caller_ended_at_seconds, 3): turn for turn in latency.turns}
    phantoms = _phantoms(said, entries)
    return CallFigures(
        situation=situation,
        condition=condition,
        call_id=call_id,
        seconds=round(max((event.at_seconds for event in events), default=0.0), 2),
        greeting_seconds=latency.greeting_seconds,
        outcomes=tuple(
            _outcome(situation, condition, one, answers.get(round(one.ended_seconds, 3)), entries, events)
            for one in said
        ),
        phantoms=len(phantoms),
        phantom_turns=sum(
            entry.type == "TakeTurn" and entry.body["utterance"] in phantoms for entry in entries
        ),
    )


def _outcome(
    situation: str,
    condition: str,
    one: Said,
    answer: TurnLatency | None,
    entries: Sequence[Entry],
    events: Sequence[TimelineEvent],
) -> Outcome:
    probe = one.probe
    within = [entry for entry in entries if one.began_seconds <= entry.at_seconds < one.until_seconds]
    taken = [entry for entry in within if entry.type == "TakeTurn"]
    closings = _closings(one, within)
    early = [entry for entry in closings if entry.at_seconds < one.ended_seconds - TAIL_SECONDS]
    late = [entry for entry in closings if entry not in early]
    reason = early[0] if early else late[-1] if late else None
    common = Outcome(
        situation=situation,
        condition=condition,
        kind=probe.kind,
        text=probe.text,
        voice=probe.voice,
        level_dbfs=probe.level_dbfs,
        state=one.state,
        pause_kind=probe.pause_kind,
        pauses_seconds=tuple(round(end - begin, 2) for begin, end in probe.clip.pauses_seconds),
        seconds=round(one.ended_seconds - one.began_seconds, 2),
        heard=" / ".join(str(entry.body["text"]) for entry in taken),
        found=any(_is_speech_of(one, entry) for entry in entries) or _was_open(one, entries),
        closed_inside_seconds=tuple(round(entry.at_seconds - one.began_seconds, 3) for entry in early),
        closed_by=None if reason is None else str(reason.body["closed_by"]),
        silence_seconds=round(late[0].at_seconds - one.ended_seconds, 3) if late else None,
        mended=bool(early) and any(entry.body["joined"] for entry in taken),
        talked_over=_talked_over(one, early, events),
    )
    if probe.kind != "backchannel" and answer is not None:
        common = replace(
            common,
            first_sound_seconds=_before_the_next(one, answer.first_sound_seconds),
            response_seconds=_before_the_next(one, answer.response_seconds),
        )
    return _over_a_prompt(common, one, within, events)


def _over_a_prompt(
    common: Outcome, one: Said, within: Sequence[Entry], events: Sequence[TimelineEvent]
) -> Outcome:
    """What became of the prompt."""
    if one.wording is None:
        return common
    clear = _clear(one, events)
    is_turn = any(entry.type == "TakeTurn" for entry in within)
    taken_up = any(entry.type == "Say" and entry.body["wording"] == one.wording for entry in within)
    if one.probe.kind == "interruption":
        return replace(
            common,
            yield_seconds=_yield(one, clear, events),
            obeyed=clear is not None and (is_turn or not taken_up),
        )
    resumed = _resumed(one, clear, events)
    in_time = taken_up and resumed is not None and resumed <= RESUME_WITHIN_SECONDS
    return replace(common, resumed_seconds=resumed, ignored=not is_turn and (clear is None or in_time))


def _before_the_next(one: Said, seconds: float | None) -> float | None:
    """What is heard after the caller did something else answers that."""
    if seconds is None or one.ended_seconds + seconds >= one.until_seconds:
        return None
    return round(seconds, 3)


def _closings(one: Said, within: Iterable[Entry]) -> list[Entry]:
    """Ends of utterances that began with this, or took in some of it, and were turns."""
    return [
        entry
        for entry in within
        if entry.type == "SpeechEnded"
        and entry.body["closed_by"] != "dismissed"
        and (
            entry.body["began_seconds"] >= one.began_seconds - NEAR_SECONDS
            or entry.body["ended_seconds"] >= one.began_seconds + NEAR_SECONDS
        )
    ]


def _is_speech_of(one: Said, entry: Entry) -> bool:
    return (
        entry.type == "SpeechStarted"
        and one.began_seconds - NEAR_SECONDS <= entry.body["at_seconds"] <= one.ended_seconds + NEAR_SECONDS
    )


def _was_open(one: Said, entries: Iterable[Entry]) -> bool:
    """An utterance that something else had begun took this in, too."""
    before = [
        entry.type
        for entry in entries
        if entry.type in ("SpeechStarted", "SpeechEnded") and entry.at_seconds < one.began_seconds
    ]
    return before[-1:] == ["SpeechStarted"]


def _talked_over(one: Said, early: Sequence[Entry], events: Iterable[TimelineEvent]) -> bool:
    return bool(early) and any(
        event.event == "bot_began"
        and early[0].at_seconds <= event.at_seconds < one.ended_seconds - TAIL_SECONDS
        for event in events
    )


def _clear(one: Said, events: Iterable[TimelineEvent]) -> float | None:
    """When the carrier was told to stop the prompt that this was said over."""
    latest = min(one.began_seconds + YIELD_WITHIN_SECONDS, one.until_seconds)
    return next(
        (
            event.at_seconds
            for event in events
            if event.event == "clear" and one.began_seconds < event.at_seconds <= latest
        ),
        None,
    )


def _yield(one: Said, clear: float | None, events: Iterable[TimelineEvent]) -> float | None:
    if clear is None:
        return None
    ends = [event.at_seconds for event in events if event.event == "bot_ended" and event.at_seconds <= clear]
    return round(max(0.0, max(ends, default=0.0) - one.began_seconds), 3)


def _resumed(one: Said, clear: float | None, events: Iterable[TimelineEvent]) -> float | None:
    if clear is None:
        return None
    began = [event.at_seconds for event in events if event.event == "bot_began" and event.at_seconds > clear]
    after = [at for at in began if at < one.until_seconds]
    return round(max(0.0, after[0] - one.ended_seconds), 3) if after else None


def _phantoms(said: Sequence[Said], entries: Iterable[Entry]) -> set[int]:
    """The utterances that began where nobody spoke."""
    return {
        entry.body["utterance"]
        for entry in entries
        if entry.type == "SpeechStarted" and not any(_is_speech_of(one, entry) for one in said)
    }
