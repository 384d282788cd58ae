"""What is said over a prompt: interruptions are obeyed, nods and noises are not, notices are heard out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.calls import Call, a_call
from tests.support.shop import an_order, known, said
from voicebot.call.actions import ClearPlayback, CloseTurn, MakeFinal, Read, Say, TakeTurn
from voicebot.call.events import KeyPressed, MarkReached, PromptStarted
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechStarted
from voicebot.dialogue.turn import Saying, Turn
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation, Phrase
from voicebot.nlu.reading import Act, Reading

YES_NO = Expectation(
    state="anything_else",
    phrases=(Phrase(key="yes", says=("有",)), Phrase(key="no", says=("没有",))),
)
NOD_AS_YES = Reading(text="嗯", acts=(Act(name="affirm", confidence=0.7),))
CLEAR_YES = Reading(text="好的", acts=(Act(name="affirm", confidence=0.97),))


def greeting(*, pauses: tuple[float, ...] = (1.0, 2.5, 4.0)) -> Call:
    call = a_call().identified(known(an_order(state="shipped")))
    say = call.last(Say)
    started = PromptStarted(
        prompt_id=say.prompt_id, generation=1, seconds=5.0, part_ends_seconds=(5.0,), resume_seconds=pauses
    )
    return call.feed(started, 0.1)


def asking(expect: Expectation, *, at: float = 0.1) -> Call:
    call = greeting()
    call.session._ear.wait_for(expect)
    assert call.now == at
    return call


def over_the_prompt(call: Call, text: str, reading: Reading, *, at: float) -> Call:
    """Half a second of words, known in their pause; the silence has not lasted yet."""
    utterance = call.session._ear.turns.utterance + 1
    call.feed(SpeechStarted(utterance=utterance, at_seconds=at - 0.2, over_prompt=True), at)
    call.feed(SpeechPaused(utterance=utterance, at_seconds=at + 0.1), at + 0.3)
    return call.transcribed(text, at=at + 0.4).understood(reading, at + 0.42)


def test_a_nod_lets_the_prompt_go_on_from_its_clause_at_once() -> None:
    call = over_the_prompt(greeting(), "嗯", said("嗯", "backchannel"), at=3.0)
    assert call.latest[0] == CloseTurn(utterance=1, because="dismissed")
    resumed = call.last(Say)
    assert (resumed.wording, resumed.skip_seconds, resumed.generation) == ("greeting", 2.5, 2)
    assert call.now == 3.42
    assert not [action for action in call.taken if isinstance(action, TakeTurn)]


def test_the_end_of_an_utterance_that_meant_nothing_is_no_turn_either() -> None:
    call = over_the_prompt(greeting(), "嗯", said("嗯", "backchannel"), at=3.0)
    ended = SpeechEnded(utterance=1, began_seconds=2.8, ended_seconds=3.1, closed_by="dismissed")
    assert [a for a in call.feed(ended, 3.43).latest if isinstance(a, Read | TakeTurn | MakeFinal)] == []


@pytest.mark.parametrize(
    ("text", "acts"), [("对对", "affirm"), ("好的好的", "affirm"), ("哦", "backchannel")]
)
def test_a_yes_to_a_prompt_that_asks_for_none_is_a_nod(text: str, acts: str) -> None:
    call = over_the_prompt(greeting(), text, said(text, acts), at=3.0)
    assert call.said() == ["greeting"]


def test_a_noise_lets_the_prompt_go_on_as_soon_as_it_is_known_for_one() -> None:
    call = greeting()
    call.feed(SpeechStarted(utterance=1, at_seconds=1.8, over_prompt=True), 2.0)
    call.feed(SpeechPaused(utterance=1, at_seconds=2.1), 2.3).transcribed(at=2.4, decided_by="gate")
    assert call.said() == ["greeting"]
    assert call.last(Say).skip_seconds == 1.0


def test_a_prompt_cut_twice_goes_on_from_where_it_was_cut_last() -> None:
    call = over_the_prompt(greeting(), "嗯", said("嗯", "backchannel"), at=3.0)
    say = call.last(Say)
    started = PromptStarted(
        prompt_id=say.prompt_id, generation=2, seconds=2.5, part_ends_seconds=(2.5,), resume_seconds=(1.5,)
    )
    call.feed(started, 3.5)
    over_the_prompt(call, "哦", said("哦", "backchannel"), at=5.2)
    assert call.last(Say).skip_seconds == 2.5 + 1.5


def test_a_nod_into_the_end_of_a_yes_no_question_answers_it() -> None:
    early = over_the_prompt(asking(YES_NO), "嗯", NOD_AS_YES, at=3.0)
    assert early.said() == ["greeting"]
    late = over_the_prompt(asking(YES_NO), "嗯", NOD_AS_YES, at=4.3)
    assert late.said() == []
    late.feed(SpeechEnded(utterance=1, began_seconds=4.1, ended_seconds=4.4), 5.0)
    assert late.count(TakeTurn) == 1


def test_a_clear_yes_answers_the_question_that_sounds_but_not_one_that_is_still_to_come() -> None:
    sounding = over_the_prompt(asking(YES_NO), "好的", CLEAR_YES, at=3.0)
    assert sounding.said() == []
    call = asking(YES_NO)
    part = Part(kind="text", text="还有什么可以帮您？")
    later = Turn(sayings=[Saying(wording="anything_else", parts=(part,), text=part.text)])
    call.session._carry_out(later, 0.2, new_question=False)
    assert over_the_prompt(call, "好的", CLEAR_YES, at=3.0).said() == ["greeting", "anything_else"]


def test_a_yes_to_money_over_its_prompt_is_none_and_known_for_none_in_its_pause() -> None:
    call = asking(replace(YES_NO, state="confirm:refund.apply", strict=True))
    call.session._ear.asked_seconds = float("inf")
    assert over_the_prompt(call, "对", CLEAR_YES, at=3.0).said() == ["greeting"]


def test_a_wish_over_a_prompt_is_a_turn() -> None:
    call = over_the_prompt(greeting(), "转人工", said("转人工", intents=("agent.request",)), at=3.0)
    assert call.said() == []
    call.feed(SpeechEnded(utterance=1, began_seconds=2.8, ended_seconds=3.1), 3.5)
    assert "human.transfer" in call.said()


def test_fillers_do_not_add_up_to_an_interruption() -> None:
    call = greeting()
    for number in range(2):
        over_the_prompt(call, "嗯", said("嗯", "backchannel"), at=call.now + 1.0)
        assert call.said() == ["greeting"]
        say = call.last(Say)
        call.feed(
            PromptStarted(
                prompt_id=say.prompt_id,
                generation=say.generation,
                seconds=5.0 - number,
                part_ends_seconds=(5.0 - number,),
            ),
            call.now + 0.05,
        )
    assert not [action for action in call.taken if isinstance(action, TakeTurn)]


# ---- what must be heard out


def notice(call: Call) -> Call:
    """A legal notice sounds, with a question behind it."""
    part = Part(kind="text", text="本次通话会录音。")
    asks = Part(kind="text", text="请问有什么可以帮您？")
    sayings = [
        Saying(wording="notice", parts=(part,), text=part.text, interruptible=False),
        Saying(wording="open.again", parts=(asks,), text=asks.text),
    ]
    call.heard_out(5.2)
    call.latest = call.session._carry_out(Turn(sayings=sayings), 6.0, new_question=False)
    call.taken += call.latest
    first = next(action for action in call.latest if isinstance(action, Say))
    started = PromptStarted(prompt_id=first.prompt_id, generation=1, seconds=3.0, part_ends_seconds=(3.0,))
    return call.feed(started, 6.0)


def test_speech_over_a_notice_waits_for_its_end_and_is_answered_then() -> None:
    call = notice(greeting())
    call.feed(SpeechStarted(utterance=1, at_seconds=7.0, over_prompt=True), 7.2)
    assert call.count(ClearPlayback) == 0
    call.feed(SpeechPaused(utterance=1, at_seconds=7.6), 7.8).transcribed("转人工", at=7.9)
    call.understood(said("转人工", intents=("agent.request",)), 7.92)
    call.feed(SpeechEnded(utterance=1, began_seconds=7.0, ended_seconds=7.6), 8.1)
    assert call.said() == []
    first = [action for action in call.taken if isinstance(action, Say)][-2]
    call.feed(MarkReached(prompt_id=first.prompt_id, generation=1), 9.1)
    assert call.count(ClearPlayback) == 1
    assert "human.transfer" in call.said()


def test_a_nod_over_a_notice_is_forgotten() -> None:
    call = over_the_prompt(notice(greeting()), "嗯", said("嗯", "backchannel"), at=7.0)
    assert call.said() == []
    assert call.session._kept is None


def test_a_key_cuts_a_notice_too() -> None:
    call = notice(greeting()).feed(KeyPressed(digit="0"), 7.0)
    assert call.count(ClearPlayback) == 1


# ---- on hold


def held() -> Call:
    call = greeting()
    call.heard_out(5.2)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=6.5), 6.7).transcribed("等一下", at=6.8)
    call.understood(said("等一下", "wait"), 6.82)
    call.feed(SpeechEnded(utterance=1, began_seconds=6.0, ended_seconds=6.5), 7.1)
    assert call.said() == ["hold"]
    return call.playing(7.2, (1.0,)).heard_out(8.2)


def test_who_asks_for_time_hears_a_sign_of_life_three_times_and_is_asked_then() -> None:
    call = held()
    for _ in range(3):
        assert call.at(call.now + 14.9).said() == []
        assert call.at(call.now + 0.1).said() == ["hold.sign"]
        call.playing(call.now + 0.1, (1.0,)).heard_out(call.now + 1.0)
    assert call.at(call.now + 15.0).said() == ["open.silence"]


def test_any_word_ends_the_hold() -> None:
    call = held()
    call.feed(SpeechStarted(utterance=2, at_seconds=20.0, over_prompt=False), 20.1)
    assert call.at(40.0).said() == []
