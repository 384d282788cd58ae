"""How long an utterance stays open: by what was said so far, by whom, and never for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.calls import Call, a_call
from tests.support.shop import an_order, known, said
from voicebot.call.actions import (
    CancelTranscription,
    CloseTurn,
    Listen,
    MakeFinal,
    Read,
    TakeTurn,
    Transcribe,
)
from voicebot.call.events import Heard, PartialHeard, ReadingFailed, TranscriptFailed, TranscriptReady
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from voicebot.call.patience import Patience
from voicebot.nlu.expectation import Expectation, Phrase
from voicebot.nlu.reading import Reading

PHONE = Expectation(
    state="phone",
    kind="digits",
    digit_counts=(11,),
    close_early_seconds=0.35,
    end_silence_seconds=1.2,
    unfinished_seconds=2.0,
)
YES_NO = Expectation(
    state="confirm:refund.apply",
    kind="closed",
    phrases=(Phrase(key="yes", says=("对",)), Phrase(key="no", says=("不对",))),
)


def asked(expect: Expectation) -> Call:
    """The caller's turn to answer this."""
    call = a_call()
    call.playing(0.1).identified(known(an_order(state="shipped")))
    call.heard_out(5.2)
    call.taken += call.session._ear.wait_for(expect)
    return call


def pauses(call: Call, text: str, reading: Reading | None = None, *, at: float = 7.0) -> Call:
    """Speech from a second before ``at``, recognised and read in the pause that begins there."""
    utterance = call.session._ear.turns.utterance
    if not call.session._ear.turns.caller_is_speaking:
        utterance += 1
        call.feed(SpeechStarted(utterance=utterance, at_seconds=at - 1.0, over_prompt=False), at - 0.9)
    call.feed(SpeechPaused(utterance=utterance, at_seconds=at), at + 0.2)
    call.transcribed(text, at=at + 0.3)
    return call.understood(reading or said(text), at + 0.32)


def finish_seconds(call: Call) -> float:
    return call.last(Listen).finish_seconds


@pytest.mark.parametrize(
    ("expect", "text", "reading", "judged", "seconds"),
    [
        (YES_NO, "对", said("对", "affirm"), "complete", 0.4),
        (YES_NO, "嗯", said("嗯", "affirm"), "open", 0.6),
        (replace(YES_NO, strict=True), "对", said("对", "affirm"), "complete", 0.5),
        (PHONE, "幺三八零零幺三", said("幺三八零零幺三"), "unfinished", 2.0),
        (PHONE, "幺三八零零幺三八零零零", said(phone="13800138000"), "complete", 0.35),
        (Expectation(), "我想查一下", said("我想查一下"), "unfinished", 1.4),
        (Expectation(), "那个", said("那个"), "unfinished", 1.4),
        (Expectation(), "今天下雨", said("今天下雨", intents=("oos",)), "open", 0.6),
        (Expectation(), "今天下浴", said("今天下浴"), "unfinished", 1.4),
        (Expectation(), "转人工", said("转人工", intents=("agent.request",)), "complete", 0.4),
    ],
)
def test_the_words_decide_how_much_silence_ends_the_turn(
    expect: Expectation, text: str, reading: Reading, judged: str, seconds: float
) -> None:
    call = pauses(asked(expect), text, reading)
    assert call.last(Listen) == Listen(state=expect.state, finish_seconds=seconds, judged=judged)  # type: ignore[arg-type]


def test_until_the_words_are_known_the_turn_stays_open() -> None:
    call = asked(PHONE)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    assert (call.last(Listen).judged, finish_seconds(call)) == ("unjudged", 2.0)


def test_what_is_over_already_is_answered_at_once() -> None:
    call = pauses(asked(PHONE), "幺三八零零幺三八零零零", said(phone="13800138000"))
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=7.0, closed_by="complete"), 7.36)
    assert call.latest[0] == Listen(state="phone", finish_seconds=2.0, judged="unjudged")
    assert call.last(TakeTurn) == TakeTurn(utterance=1, text="幺三八零零幺三八零零零")
    assert call.count(Transcribe) + call.count(Read) + call.count(MakeFinal) == 0


def test_who_goes_on_is_judged_anew_by_all_that_was_said() -> None:
    call = pauses(asked(PHONE), "幺三八")
    call.feed(SpeechResumed(utterance=1, at_seconds=7.8), 7.85)
    call.feed(SpeechPaused(utterance=1, at_seconds=9.0), 9.2)
    assert call.last(Transcribe).speculative
    call.transcribed("幺三八零零幺三八零零零", at=9.3)
    call.understood(said(phone="13800138000"), 9.32)
    assert (call.last(Listen).judged, finish_seconds(call)) == ("complete", 0.35)


def test_an_answer_that_goes_on_is_not_closed_by_what_it_was_before() -> None:
    call = pauses(asked(YES_NO), "对", said("对", "affirm"))
    assert finish_seconds(call) == 0.4
    call.feed(SpeechResumed(utterance=1, at_seconds=7.35), 7.4)
    assert (call.last(Listen).judged, finish_seconds(call)) == ("unjudged", 1.4)


def test_a_recogniser_that_is_late_is_pressed_but_the_turn_waits_for_it() -> None:
    call = asked(PHONE)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    assert call.at(8.19).latest == []
    assert call.at(8.2).latest == [MakeFinal(job=call.last(Transcribe).job)]
    call.transcribed("幺三八零", at=8.4).understood(said("幺三八零"), 8.42)
    assert (call.last(Listen).judged, finish_seconds(call)) == ("unfinished", 2.0)
    assert call.count(TakeTurn) == 0


def test_a_recogniser_that_breaks_leaves_the_usual_silence() -> None:
    call = asked(Expectation())
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    call.feed(TranscriptFailed(job=call.last(Transcribe).job, message="busy"), 7.3)
    assert (call.last(Listen).judged, finish_seconds(call)) == ("open", 0.6)
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=7.0), 7.6)
    assert not call.last(Transcribe).speculative


def test_a_reader_that_breaks_ahead_of_the_end_costs_one_question() -> None:
    call = asked(Expectation())
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2).transcribed("我想", at=7.3)
    call.feed(ReadingFailed(job=call.last(Read).job, message="bug"), 7.32)
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=7.0), 7.6)
    assert call.said() == ["open.again"]


def test_sound_that_stops_coming_does_not_hold_the_turn_open() -> None:
    call = pauses(asked(Expectation()), "今天下雨")
    assert call.at(7.2 + 1.4 + 1.4).latest == []
    assert call.at(7.2 + 1.4 + 1.5).latest == [CloseTurn(utterance=1, because="clock")]


def test_speech_without_end_is_closed_by_the_clock() -> None:
    call = asked(Expectation())
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    assert call.at(28.0).latest == []
    assert call.at(28.1).latest == [CloseTurn(utterance=1, because="clock")]
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=28.0, closed_by="clock"), 28.1)
    assert call.count(Transcribe) == 1


def test_an_early_word_for_the_live_view_decides_nothing() -> None:
    call = asked(Expectation())
    assert call.feed(PartialHeard(utterance=1, text="我想"), 6.5).latest == []


def test_a_caller_who_was_cut_off_is_given_more_time_and_it_wears_off() -> None:
    patience = Patience()
    patience.cut_off()
    assert patience.listen(PHONE, "unfinished").finish_seconds == 2.25
    assert patience.listen(PHONE, "complete").finish_seconds == pytest.approx(0.475)
    assert patience.listen(PHONE, "open").added_seconds == 0.25
    for _ in range(9):
        patience.cut_off()
    assert patience.listen(PHONE, "open").finish_seconds == pytest.approx(1.2 + 0.75)
    for _ in range(30):
        patience.turn_taken()
    assert patience.listen(PHONE, "open").finish_seconds == 1.2


def test_who_asks_for_time_is_given_more() -> None:
    call = pauses(asked(Expectation()), "等一下", said("等一下", "wait"))
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=7.0), 7.6)
    assert call.said() == ["hold"]
    assert call.last(Listen).added_seconds == 0.25


@pytest.mark.parametrize(
    ("text", "likelihood", "judged"),
    [
        ("转人工", 0.1, "open"),
        ("转人工", 0.5, "complete"),
        ("今天下雨", 0.9, "complete"),
        ("那个", 0.9, "unfinished"),
    ],
)
def test_how_it_sounded_joins_what_was_said(text: str, likelihood: float, judged: str) -> None:
    call = asked(Expectation())
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    call.feed(
        TranscriptReady(
            job=call.last(Transcribe).job,
            alternatives=(Heard(text=text, confidence=0.9),),
            engine="fake",
            decided_by="decode",
            audio_seconds=1.0,
            compute_seconds=0.1,
            end_likelihood=likelihood,
        ),
        7.3,
    )
    intents = {"转人工": ("agent.request",), "今天下雨": ("oos",)}.get(text, ())
    call.understood(said(text, intents=intents), 7.32)
    assert call.last(Listen).judged == judged


def test_a_call_that_ends_wants_nothing_more() -> None:
    call = asked(Expectation())
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    job = call.last(Transcribe).job
    call.feed(SpeechResumed(utterance=1, at_seconds=7.3), 7.35)
    assert CancelTranscription(job=job) in call.latest
