"""What became of what was said is read from hand-made logs and timelines, as docs/hearing.md defines it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from voicebot.benches.turns import CallFigures, Outcome, judged
from voicebot.benches.turns_caller import Kind, Probe, Said
from voicebot.benches.turns_clips import Clip
from voicebot.benches.turns_figures import as_json, cut_offs_by_pause, false_starts_in_10_minutes, figures
from voicebot.call.log import Entry
from voicebot.simulator.recording import TimelineEvent

CLIP = Clip(samples=np.zeros(8000, np.int16), pauses_seconds=((0.4, 1.0),))


def said(kind: Kind, began: float, ended: float, *, over: str | None = None, until: float = 99.0) -> Said:
    probe = Probe(number=1, kind=kind, text="三七，二一", voice="zf", clip=CLIP, pause_kind="number")
    return Said(
        probe=probe,
        began_seconds=began,
        ended_seconds=ended,
        state="order_tail",
        wording=over,
        until_seconds=until,
    )


def log(*rows: tuple[float, str, dict[str, Any]]) -> list[Entry]:
    return [
        Entry(seq=number, at_seconds=at, kind="event", type=name, body=body)
        for number, (at, name, body) in enumerate(rows)
    ]


def speech(at: float, utterance: int = 1) -> tuple[float, str, dict[str, Any]]:
    return (at + 0.2, "SpeechStarted", {"utterance": utterance, "at_seconds": at, "over_prompt": False})


def closed(at: float, began: float, by: str = "complete") -> tuple[float, str, dict[str, Any]]:
    body = {"utterance": 1, "began_seconds": began, "ended_seconds": at - 0.4, "closed_by": by}
    return (at, "SpeechEnded", body)


def turn(at: float, text: str, *, joined: bool = False) -> tuple[float, str, dict[str, Any]]:
    return (at, "TakeTurn", {"utterance": 1, "text": text, "joined": joined})


def say(at: float, wording: str, prompt: int = 1) -> tuple[float, str, dict[str, Any]]:
    return (at, "Say", {"wording": wording, "prompt_id": prompt, "generation": 1})


def timeline(*rows: tuple[float, str]) -> list[TimelineEvent]:
    return [TimelineEvent(at_seconds=at, event=name) for at, name in rows]


def outcome(one: Said, entries: list[Entry], events: list[TimelineEvent]) -> Outcome:
    (found,) = judged("tails", "quiet", "c", [one], entries, events).outcomes
    return found


def test_a_turn_closed_while_there_is_speech_to_come_is_a_cut_off() -> None:
    entries = log(
        speech(1.0),
        closed(1.9, 1.0, "open"),
        turn(1.95, "三七"),
        speech(2.4),
        closed(3.6, 2.4),
        turn(3.6, "二一"),
    )
    spoken = timeline((1.0, "caller_speech_began"), (3.0, "caller_speech_ended"), (3.7, "bot_began"))
    found = outcome(said("number", 1.0, 3.0), entries, spoken)
    assert found.closed_inside_seconds == (0.9,)
    assert found.is_cut_off
    assert (found.closed_by, found.heard, found.mended) == ("open", "三七 / 二一", False)
    assert found.silence_seconds == 0.6
    assert found.response_seconds == 0.7
    assert not found.talked_over


def test_a_cut_off_that_was_read_as_one_is_still_one_and_said_to_be_mended() -> None:
    entries = log(speech(1.0), closed(1.9, 1.0), closed(3.4, 2.4), turn(3.4, "三七，二一", joined=True))
    found = outcome(said("number", 1.0, 3.0), entries, [])
    assert (found.is_cut_off, found.mended) == (True, True)


def test_a_turn_closed_after_the_last_sound_is_none() -> None:
    entries = log(speech(1.0), closed(2.98, 1.0), turn(2.99, "三七二一"))
    found = outcome(said("number", 1.0, 3.0), entries, [])
    assert not found.is_cut_off
    assert found.found


@pytest.mark.parametrize(
    ("began", "by"), [(0.2, "complete"), (1.0, "dismissed")], ids=["an utterance before", "dismissed"]
)
def test_what_was_no_turn_of_this_speech_cuts_nobody_off(began: float, by: str) -> None:
    entries = log(speech(1.0), closed(1.4, began, by))
    assert not outcome(said("number", 1.0, 3.0), entries, []).is_cut_off


def test_an_utterance_that_the_background_began_can_be_closed_too_early_too() -> None:
    noise = log((0.2, "SpeechStarted", {"utterance": 1, "at_seconds": 0.1, "over_prompt": False}))
    inside = [*noise, *log(closed(2.4, 0.1))]
    assert outcome(said("number", 1.0, 3.0), inside, []).is_cut_off
    found = outcome(said("number", 1.0, 3.0), [*noise, *log(closed(3.6, 0.1))], [])
    assert (found.is_cut_off, found.found, found.closed_by) == (False, True, "complete")


def test_what_is_heard_after_the_caller_did_something_else_is_no_answer() -> None:
    spoken = timeline((1.0, "caller_speech_began"), (3.0, "caller_speech_ended"), (9.1, "bot_began"))
    assert outcome(said("number", 1.0, 3.0), [], spoken).response_seconds == 6.1
    assert outcome(said("number", 1.0, 3.0, until=9.0), [], spoken).response_seconds is None


def test_an_answer_that_begins_into_the_rest_is_told_apart() -> None:
    entries = log(speech(1.0), closed(1.9, 1.0))
    found = outcome(said("number", 1.0, 3.0), entries, timeline((2.1, "bot_began")))
    assert found.talked_over


def test_an_interruption_is_obeyed_when_the_prompt_stops_and_is_not_taken_up_again() -> None:
    prompt = timeline(
        (1.0, "bot_began"),
        (3.0, "caller_speech_began"),
        (3.24, "bot_ended"),
        (3.26, "clear"),
        (4.0, "caller_speech_ended"),
        (4.5, "bot_began"),
    )
    entries = log(
        say(0.9, "greeting"), speech(3.0), closed(4.4, 3.0), turn(4.4, "转人工"), say(4.4, "hold", 2)
    )
    found = outcome(said("interruption", 3.0, 4.0, over="greeting"), entries, prompt)
    assert (found.obeyed, found.yield_seconds, found.response_seconds) == (True, 0.24, 0.5)
    taken_up = log(say(0.9, "greeting"), speech(3.0), closed(4.4, 3.0, "dismissed"), say(4.6, "greeting", 3))
    assert outcome(said("interruption", 3.0, 4.0, over="greeting"), taken_up, prompt).obeyed is False


@pytest.mark.parametrize("cleared", [None, 5.2], ids=["never", "too late"])
def test_a_prompt_that_goes_on_has_not_obeyed(cleared: float | None) -> None:
    events = timeline((1.0, "bot_began"), (5.0, "bot_ended"))
    if cleared is not None:
        events += timeline((cleared, "clear"))
    found = outcome(said("interruption", 3.0, 4.0, over="greeting"), [], events)
    assert (found.obeyed, found.yield_seconds) == (False, None)


def nodded(entries: list[Entry], events: list[TimelineEvent]) -> bool | None:
    return outcome(said("backchannel", 3.0, 3.4, over="greeting"), entries, events).ignored


def test_a_nod_is_ignored_when_the_prompt_never_stops() -> None:
    assert nodded(log(speech(3.0), closed(3.8, 3.0, "dismissed")), timeline((1.0, "bot_began"))) is True


def test_a_nod_is_ignored_when_the_prompt_goes_on_in_time() -> None:
    again = log(say(3.8, "greeting", 2))
    assert nodded(again, timeline((3.2, "bot_ended"), (3.22, "clear"), (3.95, "bot_began"))) is True
    assert nodded(again, timeline((3.2, "bot_ended"), (3.22, "clear"), (4.05, "bot_began"))) is False


def test_a_nod_that_was_taken_for_a_turn_is_not_ignored() -> None:
    assert nodded(log(turn(3.9, "嗯")), timeline((1.0, "bot_began"))) is False
    other = log(say(3.8, "open.again", 2))
    assert nodded(other, timeline((3.22, "clear"), (3.9, "bot_began"))) is False


def test_a_nod_has_no_response() -> None:
    spoken = timeline((3.0, "caller_speech_began"), (3.4, "caller_speech_ended"), (3.8, "bot_began"))
    assert outcome(said("backchannel", 3.0, 3.4, over="greeting"), [], spoken).response_seconds is None


def test_speech_found_where_nobody_spoke_is_counted() -> None:
    entries = log(
        speech(1.0), speech(7.0, 2), (8.0, "TakeTurn", {"utterance": 2, "text": "人工", "joined": False})
    )
    found = judged("tails", "quiet", "c", [said("number", 1.0, 3.0)], entries, [])
    assert (found.phantoms, found.phantom_turns) == (1, 1)


def a_call(
    *outcomes: Outcome, situation: str = "tails", phantoms: int = 0, seconds: float = 60.0
) -> CallFigures:
    return CallFigures(
        situation=situation,
        condition="quiet",
        call_id="c",
        seconds=seconds,
        greeting_seconds=0.1,
        outcomes=outcomes,
        phantoms=phantoms,
        phantom_turns=0,
    )


def test_shares_are_of_turns_and_nods_are_none() -> None:
    number = outcome(said("number", 1.0, 3.0), log(speech(1.0), closed(1.9, 1.0)), [])
    nod = outcome(said("backchannel", 3.0, 3.4, over="greeting"), [], [])
    found = figures([a_call(number, nod)])
    assert (found.turns, found.cut_off.of, found.cut_off_numbers.count, found.ignored.of) == (1, 1, 1, 1)
    assert found.closed_by == {"complete": 1}
    assert {kind: share.count for kind, share in cut_offs_by_pause([a_call(number, nod)]).items()} == {
        "number": 1
    }


def test_calls_in_which_nobody_speaks_are_counted_apart() -> None:
    calls = [a_call(), a_call(situation="silence", phantoms=2, seconds=300.0)]
    report = as_json(calls)
    assert report["all"]["calls"] == 1
    assert report["silence"]["false_starts_in_10_minutes"] == 4.0
    assert false_starts_in_10_minutes([]) is None
