"""Digit strings out of recognition."""

import pytest

from voicebot.asr.digits import digit_alternatives, digit_share, is_words
from voicebot.asr.engine import Alternative


def heard(*texts: str) -> tuple[Alternative, ...]:
    return tuple(Alternative(text=text, confidence=0.9 - 0.1 * place) for place, text in enumerate(texts))


def test_strings_of_the_expected_length_come_alone() -> None:
    found = digit_alternatives(heard("一三八五五", "一三八五", "一三六五"), heard("一三八五"), (4,))
    assert [one.text for one in found] == ["1385", "1365"]


def test_any_length_will_do_when_none_is_expected() -> None:
    assert [one.text for one in digit_alternatives(heard("幺三八"), (), ())] == ["138"]


def test_a_string_cut_short_is_kept_at_half_its_confidence() -> None:
    found = digit_alternatives(heard("一三八"), (), (11,))
    assert found == (Alternative(text="138", confidence=0.45),)


def test_words_instead_of_digits_are_left_to_the_free_decode() -> None:
    assert digit_alternatives(heard("五零零"), heard("我要转人工客服"), (4,)) == ()


def test_the_free_decode_counts_when_it_is_a_fitting_number() -> None:
    found = digit_alternatives(heard("二二二"), (Alternative(text="2580", confidence=0.8),), (4,))
    assert found == (Alternative(text="2580", confidence=0.8),)


def test_hypotheses_that_are_no_numbers_fall_away() -> None:
    assert digit_alternatives(heard("零\ufffd"), (), (4,)) == ()


@pytest.mark.parametrize("text", ["我要转人工", "等一下", "没有", "什么意思"])
def test_words_are_words(text: str) -> None:
    assert is_words(text)


@pytest.mark.parametrize("text", ["一三八五", "要二三是", "三儿无酒", "尾号是一二三四", "嗯", ""])
def test_numbers_misheard_are_still_numbers(text: str) -> None:
    assert not is_words(text)


def test_the_share_of_digits_is_counted_in_syllables() -> None:
    assert digit_share("一二") == 1.0
    assert digit_share("我一") == 0.5
