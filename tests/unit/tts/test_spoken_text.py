"""Normal form, marks and pauses of text on its way to a clip."""

import pytest

from voicebot.tts.spoken_text import closing_marks, is_speakable, normalised, pause_ms, without_leading_marks


def test_spaces_beside_chinese_characters_fall_away_and_others_become_one():
    assert normalised("  您好 ，  请说 S  F ") == "您好，请说S F"


def test_marks_alone_are_not_speakable():
    assert not is_speakable("，。 ！")
    assert not is_speakable("")
    assert is_speakable("，三。")
    assert is_speakable("A")


def test_leading_marks_are_told_from_the_words():
    assert without_leading_marks("，已经发货。") == ("，", "已经发货。")
    assert without_leading_marks("已经发货。") == ("", "已经发货。")
    assert without_leading_marks("。") == ("。", "")


@pytest.mark.parametrize(("text", "marks"), [("您好。", "。"), ("真的？！", "？！"), ("您好", "")])
def test_closing_marks(text: str, marks: str):
    assert closing_marks(text) == marks


def test_a_full_stop_is_a_longer_pause_than_a_comma():
    assert pause_ms("") == 0
    assert 0 < pause_ms("，") < pause_ms("。")
    assert pause_ms("，。") == pause_ms("。")
