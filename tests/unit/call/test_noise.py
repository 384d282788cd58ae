"""Rooms that are never still: noises are no turns, and neither silence the line nor keep it from speaking."""

from __future__ import annotations

import pytest

from tests.support.calls import Call, a_call
from tests.support.shop import an_order, known, said
from voicebot.call.actions import ClearPlayback, Say
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechStarted
from voicebot.nlu.expectation import OPEN

PATIENCE = OPEN.patience_seconds
HEARD_OUT = 5.2
"""The greeting ends here."""


def greeting() -> Call:
    return a_call().playing(0.1).identified(known(an_order(state="shipped")))


def greeted() -> Call:
    return greeting().heard_out(HEARD_OUT)


def noise(call: Call, utterance: int, at: float, until: float) -> Call:
    return call.speaks(utterance, at, until).transcribed(decided_by="gate")


def cut_by(call: Call, utterance: int, at: float, *words: str) -> Call:
    """Something stops the prompt for a moment and turns out to be noise, or a nod."""
    call.feed(SpeechStarted(utterance=utterance, at_seconds=at, over_prompt=True), at)
    call.feed(SpeechPaused(utterance=utterance, at_seconds=at + 0.3), at + 0.5)
    call.transcribed(*words, at=at + 0.6, decided_by="decode" if words else "gate")
    return call.understood(said(*words, "backchannel")) if words else call


def test_a_noise_does_not_renew_the_patience() -> None:
    call = noise(noise(greeted(), 1, 7.0, 7.4), 2, 9.5, 10.0)
    assert call.at(HEARD_OUT + PATIENCE - 0.1).said() == []
    assert call.at(HEARD_OUT + PATIENCE).said() == ["open.silence"]


def test_a_noise_that_outlasts_the_patience_is_followed_by_the_question() -> None:
    call = noise(greeted(), 1, 7.0, 27.0)
    assert call.said() == ["open.silence"]


def test_a_question_gives_the_caller_his_time_anew_whatever_was_heard_before() -> None:
    call = noise(greeted(), 1, 7.0, 27.0).playing(27.7, part_ends=(2.0,)).heard_out(29.8)
    noise(call, 2, 31.0, 31.4)
    assert call.at(29.8 + PATIENCE - 0.1).said() == []
    assert call.at(29.8 + PATIENCE).said() == ["open.keypad"]


def test_speech_begun_over_the_end_of_a_prompt_leaves_the_caller_his_time() -> None:
    call = greeting()
    call.feed(SpeechStarted(utterance=1, at_seconds=5.0, over_prompt=False), 5.1).heard_out(HEARD_OUT)
    call.feed(SpeechPaused(utterance=1, at_seconds=5.5), 5.7).transcribed(decided_by="gate", at=5.8)
    call.feed(SpeechEnded(utterance=1, began_seconds=5.0, ended_seconds=5.5), 6.3)
    assert call.at(HEARD_OUT + PATIENCE - 0.1).said() == []
    assert call.at(HEARD_OUT + PATIENCE).said() == ["open.silence"]


def test_what_noises_have_cut_three_times_is_said_to_its_end() -> None:
    call = greeting()
    for number, may_be_cut in ((1, True), (2, True), (3, False)):
        cut_by(call, number, 2.5 * number)
        assert call.last(Say).interruptible is may_be_cut
        call.playing(2.5 * number + 0.7)
    call.feed(SpeechStarted(utterance=4, at_seconds=10.0, over_prompt=True), 10.0)
    assert call.count(ClearPlayback) == 0


@pytest.mark.parametrize("times", [3, 5])
def test_nods_may_cut_it_as_often_as_they_like(times: int) -> None:
    call = greeting()
    for number in range(1, times + 1):
        cut_by(call, number, 2.5 * number, "嗯")
        assert call.last(Say).interruptible
        call.playing(2.5 * number + 0.7)
