"""Closed sets by sound: the phrase said, what it is confused with, and none of them."""

from __future__ import annotations

from tests.unit.asr.lattices import hearing, hearing_tones
from voicebot.asr.engine import Alternative
from voicebot.asr.syllable_head import SyllableScores
from voicebot.asr.syllable_phrases import fit, hear_phrases
from voicebot.nlu.expectation import Phrase

YES_NO = (
    Phrase(key="yes", says=("是的", "对", "好的", "可以", "行")),
    Phrase(key="no", says=("不是", "不对", "不用了", "不行")),
)


def heard(scores: SyllableScores, *, strict: bool = False) -> tuple[Alternative, ...] | None:
    found = fit(scores, YES_NO)
    assert found is not None
    return hear_phrases(found, strict=strict)


def text(scores: SyllableScores) -> str:
    taken = heard(scores)
    return taken[0].text if taken else ""


def test_the_phrase_said_comes_first_and_then_the_best_of_the_other_keys() -> None:
    taken = heard(hearing("bu yong le"))
    assert taken is not None
    assert [one.text for one in taken][:1] == ["不用了"]
    assert len(taken) == 2
    assert taken[0].confidence > taken[1].confidence


def test_what_means_the_opposite_is_told_apart_by_a_syllable() -> None:
    assert text(hearing("xing")) == "行"
    assert text(hearing("bu xing")) == "不行"


def test_what_is_not_in_the_set_is_none_of_it() -> None:
    for said in ("deng yi xia", "wo yao tui kuan", "shang hai"):
        assert not heard(hearing(said))


def test_an_answer_may_be_repeated_or_have_a_small_word_with_it() -> None:
    for said in ("dui dui dui", "en dui", "dui a"):
        assert text(hearing(said)) == "对"


def test_two_answers_that_mean_the_same_are_one() -> None:
    found = heard(hearing("hao de ke yi"))
    assert found
    assert found[0].text in ("好的", "可以")


def test_an_accent_is_forgiven() -> None:
    doubtful = hearing("si de", doubts={"si": {"shi": 0.1}})
    found = fit(doubtful, YES_NO)
    assert found is not None
    assert found.best.candidate.text == "是的"


def test_money_doubts_more() -> None:
    doubtful = hearing("dui", doubts={"dui": {"tui": 0.75}})
    assert heard(doubtful)
    assert heard(doubtful, strict=True) is None


def test_tones_tell_what_sounds_the_same() -> None:
    cities = (Phrase(key="a", says=("背景",)), Phrase(key="b", says=("北京",)))
    for said, text in (("bei3 jing1", "北京"), ("bei4 jing3", "背景")):
        found = fit(hearing_tones(said), cities)
        assert found is not None
        assert found.best.candidate.text == text


def test_a_set_that_nobody_can_say_in_mandarin_is_left_alone() -> None:
    assert fit(hearing("dui"), (Phrase(key="yes", says=("네",)),)) is None
