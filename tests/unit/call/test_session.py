"""Turn taking, playback, deadlines and endings of a call, without sound and without a clock."""

from __future__ import annotations

from tests.support.calls import Call, a_call
from tests.support.shop import a_check, a_parcel, an_order, known, said
from voicebot.call.actions import (
    CancelTranscription,
    ClearPlayback,
    Consult,
    EndCall,
    MakeFinal,
    Read,
    Say,
    TakeTurn,
    Transcribe,
    TransferToHuman,
)
from voicebot.call.events import (
    CallerHungUp,
    KeyPressed,
    MarkReached,
    PromptFailed,
    PromptStarted,
    TextTyped,
    TranscriptFailed,
    UtteranceRead,
)
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from voicebot.dialogue.requests import FactVerified, LookupFailed, RequestRefund, TicketOpened
from voicebot.nlu.reading import Reading


def greeted() -> Call:
    call = a_call()
    call.playing(0.1)
    call.identified(known(an_order(state="shipped")))
    return call.heard_out(5.2)


def test_the_greeting_comes_with_the_start_and_waits_for_nobody() -> None:
    call = a_call()
    assert call.said() == ["greeting"]
    assert call.count(Consult) == 1


def test_speech_over_a_prompt_stops_it_at_once() -> None:
    call = a_call().playing(0.1)
    call.feed(SpeechStarted(utterance=1, at_seconds=2.0, over_prompt=True), 2.2)
    assert call.latest == [ClearPlayback(generation=2)]


def test_a_mark_from_a_cleared_prompt_is_ignored() -> None:
    call = a_call().playing(0.1)
    say = call.last(Say)
    call.feed(SpeechStarted(utterance=1, at_seconds=2.0, over_prompt=True), 2.2)
    call.feed(MarkReached(prompt_id=say.prompt_id, generation=say.generation), 2.3)
    assert call.latest == []


def test_an_answer_too_faint_to_be_understood_is_asked_for_again_at_once() -> None:
    call = greeted()
    call.session._ear.turns.expect = call.session._script.expectation_for("order_tail", (), (), False)
    call.speaks(1, 6.0, 6.3).transcribed(decided_by="gate")
    assert call.said() == ["open.again"]


def test_recognition_is_tried_at_a_short_silence_and_kept_when_nothing_more_is_said() -> None:
    call = greeted()
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    assert call.last(Transcribe).speculative
    call.transcribed("我的快递到哪了", at=7.4)
    assert call.last(Read).speculative
    call.understood(said("我的快递到哪了", intents=("logistics.track",)), 7.42)
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=7.0), 7.5)
    assert call.count(Transcribe) + call.count(Read) == 0
    assert call.last(TakeTurn) == TakeTurn(utterance=1, text="我的快递到哪了")
    assert call.count(Consult) == 1


def test_a_speculation_still_under_way_becomes_the_final() -> None:
    call = greeted().speaks(1, 6.0, 7.0)
    assert call.latest == [MakeFinal(job=call.last(Transcribe).job)]
    assert call.transcribed("我的快递到哪了").count(Read) == 1


def test_speech_that_resumes_voids_the_speculation() -> None:
    call = greeted()
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=7.0), 7.2)
    job = call.last(Transcribe).job
    assert call.feed(SpeechResumed(utterance=1, at_seconds=7.3), 7.3).latest == [CancelTranscription(job=job)]
    assert call.transcribed("我的快").latest == []


def test_what_is_said_while_the_last_turn_is_recognised_is_added_to_it() -> None:
    call = greeted().speaks(1, 6.0, 7.0)
    first = call.last(Transcribe)
    call.feed(SpeechStarted(utterance=2, at_seconds=7.7, over_prompt=False), 7.8)
    call.transcribed("我想", at=7.9)
    assert call.latest == []
    assert call.last(Transcribe) == first
    call.speaks(2, 7.7, 8.5).transcribed("查快递")
    assert [heard.text for heard in call.last(Read).alternatives] == ["我想，查快递"]


def test_a_recogniser_that_breaks_costs_one_question_not_the_call() -> None:
    call = greeted().speaks(1, 6.0, 7.0)
    call.feed(TranscriptFailed(job=call.last(Transcribe).job, message="broken"), 7.7)
    assert call.said() == ["open.again"]


def test_a_recogniser_that_never_answers_is_not_waited_for() -> None:
    call = greeted().speaks(1, 6.0, 7.0)
    assert call.at(8.4).said() == ["ack.hearing"]
    assert call.at(13.5).said() == ["ack.hearing"]
    assert call.at(15.7).said() == ["open.again"]


def test_silence_climbs_the_ladder_after_the_prompt_was_heard_not_before() -> None:
    call = a_call().playing(0.1).identified(known())
    assert call.at(5.0).latest == []
    call.heard_out(5.1)
    assert call.at(12.0).latest == []
    assert call.at(12.2).said() == ["open.silence"]


def test_no_silence_is_counted_while_the_business_is_asked() -> None:
    call = greeted().feed(TextTyped(text="快递到哪了"), 6.0)
    call.understood(said("快递到哪了", intents=("logistics.track",)), 6.1)
    assert call.at(6.8).latest == []
    assert call.at(7.1).said() == ["ack.checking"]
    assert call.at(12.2).said() == ["ack.still"]


def test_a_business_that_never_answers_is_a_failed_look_up() -> None:
    call = greeted().feed(TextTyped(text="快递到哪了"), 6.0)
    call.understood(said("快递到哪了", intents=("logistics.track",)), 6.1)
    call.at(18.2)
    assert "system_trouble" in call.said()
    call.answered(LookupFailed(retryable=True, message="ticket neither"), 18.4)
    call.heard_out(20.0)
    assert call.count(TransferToHuman) == 1
    assert call.session.is_over


def test_a_key_stops_the_prompt_and_is_a_choice_at_once() -> None:
    call = a_call().playing(0.1).feed(KeyPressed(digit="0"), 1.0)
    assert call.latest[0] == ClearPlayback(generation=2)
    assert call.last(Read).keys == "0"


def test_digits_are_collected_until_the_number_is_complete() -> None:
    call = greeted()
    call.feed(TextTyped(text="查快递"), 6.0).understood(said(intents=("refund.apply",)))
    call = Call()
    call.identified(known())
    call.session._ear.turns.expect = call.session._script.expectation_for("order_tail", (), (), False)
    for number, digit in enumerate("123"):
        call.feed(KeyPressed(digit=digit), 6.0 + number)
        assert call.count(Read) == 0
    call.feed(KeyPressed(digit="4"), 9.0)
    assert call.last(Read).keys == "1234"


def test_a_number_left_half_counts_after_a_pause() -> None:
    call = a_call()
    call.session._ear.turns.expect = call.session._script.expectation_for("order_tail", (), (), False)
    call.feed(KeyPressed(digit="0"), 6.0)
    call.at(8.6)
    assert call.last(Read).keys == "0"


def test_a_call_moves_to_a_human_only_after_the_last_word_was_heard() -> None:
    call = greeted().feed(TextTyped(text="转人工"), 6.0)
    call.understood(said("转人工", intents=("agent.request",)), 6.1)
    assert call.said() == ["human.transfer"]
    call.answered(TicketOpened(ticket_no="T-7"), 6.2)
    assert not call.session.is_over
    call.playing(6.3, (4.0,)).heard_out(10.4)
    transfer = call.last(TransferToHuman)
    assert (transfer.ticket_no, call.session.is_over) == ("T-7", True)


def test_a_prompt_that_cannot_be_rendered_does_not_hold_the_call() -> None:
    call = a_call()
    say = call.last(Say)
    call.feed(PromptFailed(prompt_id=say.prompt_id, generation=say.generation, message="no voice"), 0.5)
    assert call.at(7.6).said() == ["open.silence"]


def test_a_failed_prompt_does_not_cut_those_before_it() -> None:
    call = greeted().feed(TextTyped(text="转人工"), 6.0)
    call.understood(said("人工", intents=("logistics.track",)), 6.1)
    call.answered(a_parcel(), 6.2)
    first, *_, last = [action for action in call.latest if isinstance(action, Say)]
    call.feed(
        PromptStarted(prompt_id=first.prompt_id, generation=1, seconds=3.0, part_ends_seconds=(3.0,)), 6.3
    )
    call.feed(PromptFailed(prompt_id=last.prompt_id, generation=1, message="no voice"), 6.4)
    assert call.session.is_playing


def test_a_prompt_that_is_rendered_for_long_is_waited_for() -> None:
    call = greeted().feed(TextTyped(text="转人工"), 6.0)
    call.understood(said("快递", intents=("logistics.track",)), 6.1).answered(a_parcel(), 6.2)
    first = next(action for action in call.latest if isinstance(action, Say))
    call.feed(
        PromptStarted(prompt_id=first.prompt_id, generation=1, seconds=1.0, part_ends_seconds=(1.0,)), 6.3
    )
    call.feed(MarkReached(prompt_id=first.prompt_id, generation=1), 7.4)
    assert call.at(20.0).latest == []
    assert call.session.is_playing


def test_two_inputs_in_quick_succession_are_both_read() -> None:
    call = greeted().feed(TextTyped(text="快递"), 6.0)
    first = call.last(Read).job
    call.feed(TextTyped(text="人工"), 6.1)
    second = call.last(Read).job
    call.feed(UtteranceRead(job=first, reading=said(intents=("order.status",)), version="test"), 6.2)
    assert call.said()[0].startswith("status.")
    call.feed(UtteranceRead(job=second, reading=said(intents=("agent.request",)), version="test"), 6.3)
    assert call.said() == ["human.transfer"]


def test_no_acknowledgement_is_said_into_the_callers_words() -> None:
    call = greeted().feed(TextTyped(text="快递到哪了"), 6.0)
    call.understood(said("快递到哪了", intents=("logistics.track",)), 6.1)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.5, over_prompt=False), 6.6)
    assert call.at(7.1).latest == []


def test_lost_marks_do_not_hold_the_call_either() -> None:
    call = a_call().playing(0.1).identified(known())
    assert call.at(8.2).latest == []
    assert call.at(15.2).said() == ["open.silence"]


def test_a_call_may_not_last_for_ever() -> None:
    call = greeted()
    for minute in range(1, 16):
        call.feed(TextTyped(text="嗯"), minute * 60 - 1.0)
        call.understood(said("等一下", "wait"), minute * 60 - 0.9)
        call.playing(minute * 60 - 0.8, (0.5,)).heard_out(minute * 60 - 0.2)
    call.at(901.0)
    assert "goodbye.time" in call.said()


def test_a_yes_begun_before_the_question_was_asked_is_no_answer_to_it() -> None:
    call = greeted().feed(TextTyped(text="退羽绒服"), 6.0)
    call.understood(said(intents=("refund.apply",), city="杭州", reason="size"), 6.1)
    call.answered(FactVerified(correct=True), 6.2)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.25, over_prompt=False), 6.35)
    call.answered(a_check(), 6.4)
    assert call.said()[-1] == "refund.confirm.return_paid"
    call.speaks(1, 6.25, 6.6).transcribed("对", at=7.3).understood(said("对", "affirm"))
    assert call.count(Consult) == 0
    call.playing(7.4, (4.0,)).heard_out(11.5)
    call.speaks(2, 12.0, 12.4).transcribed("确认", at=13.1).understood(said("确认", "affirm"))
    assert isinstance(call.last(Consult).request, RequestRefund)


def test_a_yes_over_the_confirmation_moves_no_money_and_the_rest_of_it_is_said() -> None:
    call = greeted().feed(TextTyped(text="退羽绒服"), 6.0)
    call.understood(said(intents=("refund.apply",), city="杭州", reason="size"), 6.1)
    call.answered(FactVerified(correct=True), 6.2).answered(a_check(), 6.4)
    call.playing(6.5, (1.0, 3.0, 9.0))
    call.speaks(1, 8.0, 8.3, over_prompt=True).transcribed("好的", at=9.0).understood(said("好的", "affirm"))
    assert call.count(Consult) == 0
    assert call.said()[-1] == "refund.confirm.return_paid"
    call.playing(9.2, (6.0,)).heard_out(15.3)
    call.speaks(2, 15.0, 15.4).transcribed("确认", at=16.1).understood(said("确认", "affirm"))
    assert isinstance(call.last(Consult).request, RequestRefund)


def test_a_no_over_the_confirmation_counts_at_once() -> None:
    call = greeted().feed(TextTyped(text="退羽绒服"), 6.0)
    call.understood(said(intents=("refund.apply",), city="杭州", reason="size"), 6.1)
    call.answered(FactVerified(correct=True), 6.2).answered(a_check(), 6.4).playing(6.5, (1.0, 9.0))
    call.speaks(1, 8.0, 8.3, over_prompt=True).transcribed("不对", at=9.0).understood(said("不对", "deny"))
    assert call.said() == ["refund.change"]


def test_the_caller_hangs_up_and_nothing_happens_any_more() -> None:
    call = greeted().speaks(1, 6.0, 7.0)
    call.feed(CallerHungUp(cause="stopped"), 7.7)
    assert call.latest == [CancelTranscription(job=call.last(Transcribe).job)]
    assert call.session.next_deadline is None
    assert call.feed(KeyPressed(digit="1")).latest == []


def test_nothing_understood_three_times_reaches_a_human() -> None:
    call = greeted()
    for second in (10.0, 20.0, 30.0):
        call.feed(TextTyped(text="哔哔"), second).understood(Reading(text="哔哔"), second + 0.1)
    assert call.said() == ["human.no_match"]
    call.answered(TicketOpened(ticket_no="T-8")).playing(31.0).heard_out(36.0)
    assert call.count(TransferToHuman) == 1
    assert call.count(EndCall) == 0
