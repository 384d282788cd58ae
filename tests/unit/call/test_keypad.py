"""Numbers that are keyed, and numbers of which one part is spoken."""

from __future__ import annotations

import pytest

from tests.support.calls import Call, a_call
from tests.support.shop import known, said
from voicebot.call.actions import Read, Transcribe
from voicebot.call.events import Heard, KeyPressed
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechStarted
from voicebot.call.keypad import Keypad
from voicebot.nlu.expectation import Expectation

PHONE = Expectation(state="phone", kind="digits", digit_counts=(11,))
TAIL = Expectation(state="order_tail", kind="digits", digit_counts=(4,))


def asked(expect: Expectation) -> Call:
    call = a_call()
    call.playing(0.1).identified(known())
    call.heard_out(5.2)
    call.taken += call.session._ear.wait_for(expect)
    return call


def speaks(call: Call, text: str, *, at: float) -> Call:
    """Words that are known in their pause, and read as nothing by themselves."""
    call.feed(SpeechStarted(utterance=1, at_seconds=at, over_prompt=False), at + 0.1)
    call.feed(SpeechPaused(utterance=1, at_seconds=at + 1.0), at + 1.2)
    return call.transcribed(text, at=at + 1.3).understood(said(text), at + 1.32)


def keys(call: Call, digits: str, *, at: float) -> Call:
    for number, digit in enumerate(digits):
        call.feed(KeyPressed(digit=digit), round(at + 0.3 * number, 3))
    return call


def test_digits_spoken_and_then_keyed_are_one_number() -> None:
    call = keys(speaks(asked(PHONE), "幺三八", at=6.0), "00138000", at=7.5)
    assert call.last(Read).keys == "13800138000"


def test_digits_spoken_are_found_out_although_the_key_came_first() -> None:
    call = asked(PHONE)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.1)
    keys(call, "0", at=7.0)
    assert not call.last(Transcribe).speculative
    call.transcribed("幺三八", at=7.1)
    assert keys(call, "0138000", at=7.3).last(Read).keys == "13800138000"


def test_who_keys_the_whole_number_after_all_is_not_taken_at_half_of_it() -> None:
    call = keys(speaks(asked(PHONE), "幺三八", at=6.0), "13800138000", at=7.5)
    assert call.last(Read).keys == "13800138000"


def test_digits_keyed_and_then_spoken_are_one_number() -> None:
    call = speaks(keys(asked(PHONE), "138", at=6.0), "零零幺三八零零零", at=7.5)
    assert call.last(Read).alternatives[0].text.startswith("138")
    ended = SpeechEnded(utterance=1, began_seconds=7.5, ended_seconds=8.5)
    call.feed(ended, 9.1)
    assert [action.keys for action in call.taken if isinstance(action, Read)] == [None]


def test_a_number_spoken_whole_needs_no_keys_before_it() -> None:
    call = speaks(keys(asked(TAIL), "12", at=6.0), "三四五六", at=7.0)
    assert call.last(Read).alternatives[0].text == "三四五六"


def test_keys_wait_while_the_caller_speaks_and_count_when_that_was_noise() -> None:
    call = keys(asked(PHONE), "138", at=6.0)
    call.feed(SpeechStarted(utterance=1, at_seconds=7.0, over_prompt=False), 7.1)
    assert call.at(9.5).latest == []
    call.feed(SpeechPaused(utterance=1, at_seconds=9.6), 9.8).transcribed(at=9.9, decided_by="gate")
    call.feed(SpeechEnded(utterance=1, began_seconds=7.0, ended_seconds=9.6), 10.2)
    assert call.at(12.7).last(Read).keys == "138"


def test_the_tone_of_a_key_is_no_speech() -> None:
    call = asked(TAIL)
    call.feed(SpeechStarted(utterance=1, at_seconds=6.0, over_prompt=False), 6.12)
    call.feed(KeyPressed(digit="1"), 6.2)
    assert call.count(Transcribe) == 0
    assert not call.session._ear.turns.caller_is_speaking


@pytest.mark.parametrize(
    ("spoken", "pressed", "number"),
    [("幺三八", "00138000", "13800138000"), ("幺三八", "0", "0"), ("什么", "12345678901", "12345678901")],
)
def test_only_what_makes_the_number_whole_is_put_together(spoken: str, pressed: str, number: str) -> None:
    keypad = Keypad()
    keypad.say(spoken)
    taken = [keypad.press(digit, PHONE) for digit in pressed][-1]
    assert (taken or keypad.take(PHONE)) == number


def test_words_that_are_no_digits_leave_the_keys_alone() -> None:
    keypad = Keypad()
    keypad.press("1", PHONE)
    heard = (Heard(text="转人工", confidence=0.9),)
    assert keypad.continued_by(heard, PHONE) == heard
