"""Turns out of seconds of speech and silence; nothing but numbers goes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.endpoint import (
    Endpointer,
    EndpointEvent,
    SpeechBegan,
    SpeechFinished,
    SpeechPaused,
    SpeechResumed,
    Turn,
)

FRAME_SECONDS = 0.02


def feed(
    endpointer: Endpointer, seconds: float, is_speech: bool, voiced: bool | None = None
) -> list[EndpointEvent]:
    return [
        event
        for _ in range(round(seconds / FRAME_SECONDS))
        for event in endpointer.feed(FRAME_SECONDS, is_speech, voiced)
    ]


def speaking(endpointer: Endpointer) -> Endpointer:
    """An endpointer in a turn that began at 1.0 s and has lasted half a second."""
    feed(endpointer, 1.0, False)
    feed(endpointer, 0.5, True)
    return endpointer


def test_speech_begins_where_it_began_not_where_it_was_noticed() -> None:
    endpointer = Endpointer(begin_seconds=0.12)
    assert feed(endpointer, 1.0, False) == []
    assert feed(endpointer, 0.10, True) == []
    (event,) = feed(endpointer, 0.02, True)
    assert event == SpeechBegan(offset_seconds=1.0)


def test_a_knock_shorter_than_that_begins_nothing() -> None:
    endpointer = Endpointer(begin_seconds=0.12)
    for _ in range(20):
        assert feed(endpointer, 0.08, True) == []
        assert feed(endpointer, 0.30, False) == []


def test_a_gap_of_one_frame_only_costs_its_own_length() -> None:
    endpointer = Endpointer(begin_seconds=0.12)
    feed(endpointer, 0.08, True)
    feed(endpointer, 0.02, False)
    (event,) = feed(endpointer, 0.06, True)
    assert event == SpeechBegan(offset_seconds=0.0)


def test_hiss_begins_no_turn_however_long() -> None:
    assert feed(Endpointer(), 5.0, True, voiced=False) == []


def test_scattered_voicing_is_no_vowel() -> None:
    endpointer = Endpointer(begin_voiced_seconds=0.06)
    for _ in range(50):
        assert feed(endpointer, 0.04, True, voiced=True) == []
        assert feed(endpointer, 0.04, True, voiced=False) == []


def test_a_hissed_consonant_before_the_vowel_belongs_to_the_turn() -> None:
    endpointer = Endpointer()
    feed(endpointer, 0.2, True, voiced=False)
    (event,) = feed(endpointer, 0.06, True, voiced=True)
    assert event == SpeechBegan(offset_seconds=0.0)


def test_a_short_silence_is_a_pause_and_a_long_one_the_end() -> None:
    endpointer = speaking(Endpointer(pause_seconds=0.2, finish_seconds=0.6))
    assert feed(endpointer, 0.18, False) == []
    assert feed(endpointer, 0.02, False) == [SpeechPaused(offset_seconds=1.5)]
    assert feed(endpointer, 0.38, False) == []
    (event,) = feed(endpointer, 0.02, False)
    assert event == SpeechFinished(begin_seconds=1.0, end_seconds=1.5)
    assert endpointer.turn is Turn.QUIET


def test_in_a_pause_the_turn_is_neither_speech_nor_quiet() -> None:
    endpointer = speaking(Endpointer())
    feed(endpointer, 0.3, False)
    assert endpointer.turn is Turn.PAUSING


def test_speech_after_a_pause_resumes_the_same_turn() -> None:
    endpointer = speaking(Endpointer())
    feed(endpointer, 0.4, False)
    (resumed,) = feed(endpointer, 0.3, True)
    assert resumed == SpeechResumed(offset_seconds=1.9)
    paused, finished = feed(endpointer, 0.6, False)
    assert paused == SpeechPaused(offset_seconds=2.2)
    assert isinstance(finished, SpeechFinished)
    assert finished.begin_seconds == pytest.approx(1.0)
    assert finished.end_seconds == pytest.approx(2.2)


def test_clicks_in_the_silence_do_not_hold_the_turn_open() -> None:
    endpointer = speaking(Endpointer(resume_seconds=0.06))
    events: list[EndpointEvent] = []
    for _ in range(6):
        events += feed(endpointer, 0.08, False)
        events += feed(endpointer, 0.02, True)
    assert [type(event) for event in events] == [SpeechPaused, SpeechFinished]


def test_rustling_after_the_last_vowel_does_not_hold_the_turn_open() -> None:
    endpointer = speaking(Endpointer(unvoiced_seconds=0.2, finish_seconds=0.6))
    events = feed(endpointer, 2.0, True, voiced=False)
    finished = events[-1]
    assert isinstance(finished, SpeechFinished)
    assert finished.end_seconds == pytest.approx(1.7)


def test_patience_that_grows_in_a_pause_holds_at_once() -> None:
    endpointer = speaking(Endpointer(finish_seconds=0.6))
    feed(endpointer, 0.5, False)
    endpointer.finish_seconds = 2.0
    assert feed(endpointer, 1.4, False) == []
    assert [type(event) for event in feed(endpointer, 0.1, False)] == [SpeechFinished]


def test_patience_that_shrinks_in_a_pause_ends_the_turn_with_the_next_chunk() -> None:
    endpointer = speaking(Endpointer(finish_seconds=2.0))
    feed(endpointer, 0.5, False)
    endpointer.finish_seconds = 0.3
    assert [type(event) for event in feed(endpointer, 0.02, False)] == [SpeechFinished]


def test_a_turn_without_end_is_cut_and_the_next_one_begins() -> None:
    endpointer = Endpointer(max_turn_seconds=2.0)
    events = feed(endpointer, 4.5, True)
    assert [type(event) for event in events] == [
        SpeechBegan,
        SpeechFinished,
        SpeechBegan,
        SpeechFinished,
        SpeechBegan,
    ]
    assert events[1] == SpeechFinished(begin_seconds=0.0, end_seconds=2.0, too_long=True)


@given(pattern=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 60)), max_size=40))
def test_events_alternate_as_a_turn_must_and_never_look_ahead(pattern: list[tuple[bool, bool, int]]) -> None:
    follows: dict[type[EndpointEvent] | None, set[type[EndpointEvent]]] = {
        None: {SpeechBegan},
        SpeechBegan: {SpeechPaused, SpeechFinished},
        SpeechPaused: {SpeechResumed, SpeechFinished},
        SpeechResumed: {SpeechPaused, SpeechFinished},
        SpeechFinished: {SpeechBegan},
    }
    endpointer, last, finished_seconds = Endpointer(max_turn_seconds=5.0), None, 0.0
    for is_speech, voiced, frames in pattern:
        for event in feed(endpointer, frames * FRAME_SECONDS, is_speech, voiced):
            assert type(event) in follows[last]
            last = type(event)
            if isinstance(event, SpeechFinished):
                assert event.begin_seconds < event.end_seconds <= endpointer.position_seconds + 1e-9
                assert event.begin_seconds >= finished_seconds - 1e-9
                finished_seconds = event.end_seconds
