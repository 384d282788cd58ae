"""Cutting phrases into a model's words."""

from voicebot.asr.lexicon import Lexicon

WORDS = frozenset({"我要", "退款", "退", "我", "要", "转", "人工", "转人", "아니요"})
LEXICON = Lexicon(WORDS.__contains__)


def test_a_phrase_is_cut_into_the_fewest_words() -> None:
    assert LEXICON.words("我要退款") == ("我要", "退款")
    assert LEXICON.words("转人工") == ("转", "人工")


def test_spaces_in_the_phrase_are_kept_apart() -> None:
    assert LEXICON.words("我 要 아니요") == ("我", "要", "아니요")


def test_a_phrase_with_an_unknown_part_has_no_words() -> None:
    assert LEXICON.words("我要羽绒服") is None
    assert LEXICON.words("") is None


def test_the_operator_is_told_which_phrases_cannot_be_heard() -> None:
    assert LEXICON.unknown(("退款", "羽绒服", "我要人工")) == ("羽绒服",)
