"""A turn that was closed too early: both breaths are read as one, and what was answered is taken back."""

from __future__ import annotations

from tests.support.calls import Call, a_call
from tests.support.shop import a_parcel, an_order, known, said
from voicebot.call.actions import ClearPlayback, Consult, Read, Say, TakeTurn, Transcribe
from voicebot.call.events import BusinessAnswered
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechStarted
from voicebot.call.second_breath import copied
from voicebot.dialogue.requests import TrackParcel, VerifyFact
from voicebot.nlu.reading import Reading


def greeted() -> Call:
    call = a_call()
    call.playing(0.1).identified(known(an_order(state="shipped")))
    return call.heard_out(5.2)


def says(
    call: Call,
    utterance: int,
    text: str,
    reading: Reading,
    *,
    at: float,
    until: float,
    over_prompt: bool = False,
) -> Call:
    """A whole turn: recognised and read in its pause, closed 0.5 s after its last sound."""
    call.feed(SpeechStarted(utterance=utterance, at_seconds=at, over_prompt=over_prompt), at + 0.1)
    call.feed(SpeechPaused(utterance=utterance, at_seconds=until), until + 0.2)
    call.transcribed(text, at=until + 0.3).understood(reading, until + 0.32)
    ended = SpeechEnded(utterance=utterance, began_seconds=at, ended_seconds=until, closed_by="complete")
    return call.feed(ended, until + 0.5)


def test_who_goes_on_over_an_answer_that_has_just_begun_is_read_with_what_was_said_before() -> None:
    call = says(greeted(), 1, "没听说过", Reading(text="没听说过"), at=6.0, until=7.0)
    assert call.said() == ["open.again"]
    call.playing(7.55)
    call.feed(SpeechStarted(utterance=2, at_seconds=8.0, over_prompt=True), 8.2)
    assert call.count(ClearPlayback) == 1
    call.feed(SpeechPaused(utterance=2, at_seconds=8.8), 9.0).transcribed("你们的优惠", at=9.1)
    assert call.last(Read).alternatives[0].text == "没听说过，你们的优惠"
    call.understood(said("没听说过，你们的优惠", intents=("agent.request",)), 9.12)
    call.feed(SpeechEnded(utterance=2, began_seconds=8.0, ended_seconds=8.8), 9.3)
    assert call.last(TakeTurn) == TakeTurn(utterance=2, text="没听说过，你们的优惠", joined=True)
    assert call.session._ear.patience.added_seconds == 0.25


def test_a_misunderstanding_that_was_none_counts_for_nothing() -> None:
    call = greeted()
    for first in (1, 3, 5):  # three misses would lead to a human
        at = call.now + 3.0
        says(call, first, "没", Reading(text="没"), at=at, until=at + 0.5)
        call.playing(call.now + 0.05)
        until = call.now + 0.8
        says(
            call, first + 1, "说完", said("没，说完", "thanks"), at=until - 0.3, until=until, over_prompt=True
        )
        assert "thanks" in call.said()
        call.playing(call.now + 0.05, (0.5,)).heard_out(call.now + 0.6)
    assert not any(a.wording.startswith("human") for a in call.taken if isinstance(a, Say))


def test_both_halves_of_a_number_answer_the_question_that_was_put_before_them() -> None:
    call = greeted()
    tail = call.session._script.expectation_for("order_tail", (), (), False)
    call.session._ear.wait_for(tail)
    says(call, 1, "一二", Reading(text="一二"), at=6.0, until=6.5)
    call.feed(SpeechStarted(utterance=2, at_seconds=7.6, over_prompt=False), 7.7)
    call.feed(SpeechPaused(utterance=2, at_seconds=8.2), 8.4)
    assert call.last(Transcribe).expect == tail
    call.transcribed("三四", at=8.5)
    assert (call.last(Read).alternatives[0].text, call.last(Read).expect) == ("一二，三四", tail)


def test_a_look_up_may_have_been_asked_for_nothing() -> None:
    wish = said("查快递", intents=("logistics.track",))
    call = says(greeted(), 1, "查快递", wish, at=6.0, until=7.0)
    assert isinstance(call.last(Consult).request, TrackParcel)
    stale = call.last(Consult).request
    says(call, 2, "算了转人工", said("转人工", intents=("agent.request",)), at=7.8, until=8.6)
    assert call.last(TakeTurn).joined
    assert "human.transfer" in call.said()
    assert stale not in call.session._lookups.awaited
    late = BusinessAnswered(request=stale, result=a_parcel())
    assert call.feed(late, 9.2).latest == []


def test_a_try_at_proving_who_one_is_is_never_given_back() -> None:
    call = greeted()
    wish = said("退羽绒服", intents=("refund.apply",))
    says(call, 1, "退羽绒服", wish, at=6.0, until=7.0)
    call.playing(7.6, (2.0,)).heard_out(12.0)
    says(call, 2, "上海", said("上海", city="上海"), at=13.0, until=13.4)
    assert isinstance(call.last(Consult).request, VerifyFact)
    says(call, 3, "杭州", said("杭州", city="杭州"), at=14.2, until=14.6)
    assert call.last(TakeTurn) == TakeTurn(utterance=3, text="杭州")


def test_later_words_are_a_turn_of_their_own() -> None:
    call = says(greeted(), 1, "没听说过", Reading(text="没听说过"), at=6.0, until=7.0)
    call.playing(7.55)
    says(call, 2, "查快递", said("查快递", intents=("logistics.track",)), at=9.1, until=9.8, over_prompt=True)
    assert call.last(TakeTurn) == TakeTurn(utterance=2, text="查快递")


def test_a_noise_after_the_turn_leaves_the_answer_as_it_is() -> None:
    call = says(greeted(), 1, "没听说过", Reading(text="没听说过"), at=6.0, until=7.0)
    call.playing(7.55, (1.0, 3.0))
    call.feed(SpeechStarted(utterance=2, at_seconds=8.0, over_prompt=True), 8.2)
    call.feed(SpeechPaused(utterance=2, at_seconds=8.3), 8.5).transcribed(at=8.6, decided_by="gate")
    assert call.said() == ["open.again"]
    assert call.count(TakeTurn) == 0


def test_an_answer_that_waits_to_sound_is_not_said_into_the_callers_words() -> None:
    call = says(greeted(), 1, "没听说过", Reading(text="没听说过"), at=6.0, until=7.0)
    call.feed(SpeechStarted(utterance=2, at_seconds=7.5, over_prompt=False), 7.6)
    assert call.count(ClearPlayback) == 1


def test_words_before_a_noise_are_read_although_the_caller_seemed_to_go_on() -> None:
    call = greeted()
    call.speaks(1, 6.0, 7.0)
    call.feed(SpeechStarted(utterance=2, at_seconds=7.7, over_prompt=False), 7.8)
    call.transcribed("查快递", at=7.9)
    call.speaks(2, 7.7, 8.0).transcribed(decided_by="gate")
    assert [heard.text for heard in call.last(Read).alternatives] == ["查快递"]
    call.understood(said("查快递", intents=("logistics.track",)))
    assert isinstance(call.last(Consult).request, TrackParcel)


def test_a_copy_of_the_talk_goes_on_by_itself_and_shares_what_operators_wrote() -> None:
    talk = greeted().session._talk
    twin = copied(talk)
    assert twin.script is talk.script
    assert twin.floor.question is not talk.floor.question
    talk.hear(said("转人工", intents=("agent.request",)))
    assert not twin._awaiting


def test_who_never_stops_talking_is_not_read_as_one_for_ever() -> None:
    call = greeted()
    asked = []
    for utterance, at in ((1, 6.0), (2, 26.0), (3, 46.0)):
        says(call, utterance, "那个", Reading(text="那个"), at=at, until=at + 19.4, over_prompt=utterance > 1)
        assert not call.last(TakeTurn).joined
        asked += call.said()
        call.playing(call.now)
    assert asked == ["open.again", "open.keypad", "human.no_match"]
