"""Text to phonemes: Chinese, letters, digits, and readings that the dictionary gets wrong."""

import pytest

from voicebot.tts.pronounce import Pronouncer, clauses, sentences


@pytest.fixture(scope="module")
def pronouncer() -> Pronouncer:
    return Pronouncer()


def bare(phonemes: str) -> str:
    return phonemes.replace(" ", "")


def test_marks_become_the_models_own_and_stay_in_place(pronouncer: Pronouncer):
    said = pronouncer.phonemes("您好，请说。")
    assert said.count(",") == 1
    assert said.endswith(".")


@pytest.mark.parametrize("text", ["", "，。！", "   ", "★☆", "\n"])
def test_what_cannot_be_said_gives_no_phonemes(pronouncer: Pronouncer, text: str):
    assert pronouncer.phonemes(text) == ""


def test_letters_are_spelled_never_passed_through(pronouncer: Pronouncer):
    spelled = pronouncer.phonemes("XL")
    assert spelled == pronouncer.phonemes("xl") == pronouncer.phonemes("ＸＬ")
    assert "X" not in spelled
    assert len(bare(spelled)) > len("XL")


def test_raw_digits_are_read_one_by_one(pronouncer: Pronouncer):
    assert bare(pronouncer.phonemes("尾号407")) == bare(pronouncer.phonemes("尾号四零七"))
    assert bare(pronouncer.phonemes("3.5")) == bare(pronouncer.phonemes("三点五"))


def test_a_mixed_text_keeps_its_order(pronouncer: Pronouncer):
    said = bare(pronouncer.phonemes("尺码XL有货"))
    assert said.startswith(bare(pronouncer.phonemes("尺码")))
    assert said.endswith(bare(pronouncer.phonemes("有货")))


@pytest.mark.parametrize(
    ("text", "as_in"),
    [("还款", "环款"), ("退还给您", "退环给您"), ("不是", "布是"), ("幺", "腰"), ("重拨", "虫拨")],
)
def test_characters_of_several_readings(pronouncer: Pronouncer, text: str, as_in: str):
    tones = str.maketrans("", "", "→↗↓↘")
    assert bare(pronouncer.phonemes(text)).translate(tones) == bare(pronouncer.phonemes(as_in)).translate(
        tones
    )


@pytest.mark.parametrize(("text", "tone"), [("一件", "↗"), ("一百", "↘"), ("一号", "→"), ("第一件", "→")])
def test_the_tone_of_one_follows_the_next_syllable(pronouncer: Pronouncer, text: str, tone: str):
    syllable = next(part for part in text if part == "一")
    at = text.index(syllable)
    said = bare(pronouncer.phonemes(text))[len(bare(pronouncer.phonemes(text[:at]))) :]
    assert said.startswith("i" + tone)


def test_not_takes_the_second_tone_before_a_fourth(pronouncer: Pronouncer):
    assert bare(pronouncer.phonemes("不要")).startswith("pu↗")
    assert bare(pronouncer.phonemes("不能")).startswith("pu↘")


def test_sentences_and_clauses_keep_their_marks_and_lose_nothing():
    text = "您好，我是语音助手。请问：有什么可以帮您？"
    assert "".join(sentences(text)) == text
    assert sentences(text)[0] == "您好，我是语音助手。"
    assert clauses("您好，我是语音助手。") == ["您好，", "我是语音助手。"]
