"""Closed sets: scores, "none of these", and what counts as agreement."""

import pytest

from voicebot.asr.engine import Alternative
from voicebot.asr.phrases import (
    Acceptance,
    Candidate,
    Scored,
    adjusted,
    candidates,
    decide,
    likeliest_beginnings,
    outruns,
    sounds_like,
    spoken,
)
from voicebot.nlu.expectation import Phrase

YES_NO = {"是": "yes", "是的": "yes", "好": "yes", "要": "yes", "不是": "no", "不要": "no", "不": "no"}


def scored(**scores: float) -> list[Scored]:
    return [
        Scored(candidate=Candidate(text=text, key=YES_NO[text]), score=scores.get(text, -9.0))
        for text in YES_NO
    ]


def decided(
    freely: str, *, strict: bool = False, worse: float = 0.0, **scores: float
) -> tuple[Alternative, ...]:
    return decide(scored(**scores), freely, worse, strict=strict, acceptance=Acceptance())


def test_a_clear_answer_is_taken_for_what_it_means() -> None:
    found = decided("是的。", 是的=1.5, 不是=-4.0)
    assert [one.text for one in found] == ["是的", "不是"]
    assert found[0].confidence > 0.9
    assert found[1].confidence < 0.1


def test_an_answer_that_nothing_fits_is_none_of_these() -> None:
    assert decided("等一下我找一下", 好=-7.0, worse=8.0) == ()


def test_a_long_remark_that_begins_like_an_answer_is_none_of_these() -> None:
    assert decided("要多久到账", 要=-1.1, worse=-2.4) == ()


def test_a_free_decode_that_holds_the_opposite_vetoes_the_best_score() -> None:
    assert decided("是不要", 是=0.6, 不要=-1.0, worse=-0.8) == ()


def test_money_needs_more_than_a_fair_score() -> None:
    assert decided("那", 好=-1.5)[0].text == "好"
    assert decided("那", 好=-1.5, strict=True) == ()
    assert decided("好", 好=0.5, strict=True)[0].text == "好"


def test_money_needs_a_free_decode_that_agrees_by_half() -> None:
    assert decided("汽车", 不要=3.0, strict=True) == ()


def test_silence_in_the_free_decode_agrees_with_nothing() -> None:
    assert decided("", 好=2.0, strict=True) == ()


def test_a_free_decode_longer_than_every_phrase_needs_no_scores() -> None:
    phrases = candidates((Phrase(key="yes", says=("好", "没问题")),))
    assert outruns("等一下我找一下", phrases)
    assert not outruns("没问题啊", phrases)
    assert not outruns("好的好的好的好的", phrases)


def test_an_empty_set_holds_nothing() -> None:
    assert decide([], "好", 0.0, strict=False, acceptance=Acceptance()) == ()


def test_each_meaning_comes_once_by_its_best_form() -> None:
    found = decided("是的", 是的=2.0, 是=1.0, 不是=0.5, 不=0.0)
    assert [one.text for one in found] == ["是的", "不是"]


def test_what_a_phrase_scores_on_silence_is_half_taken_off_and_its_end_counts_half() -> None:
    assert adjusted([-1.0, -2.0, -4.0], [-3.0, -3.0, -2.0]) == pytest.approx(-5.0 + 3.5)


def test_a_form_belongs_to_the_first_phrase_that_has_it() -> None:
    phrases = (Phrase(key="yes", says=("要", "是")), Phrase(key="want", says=("要", "想要")))
    assert [(one.text, one.key) for one in candidates(phrases)] == [
        ("要", "yes"),
        ("是", "yes"),
        ("想要", "want"),
    ]


def test_only_the_likeliest_beginnings_are_scored() -> None:
    one, two, three = (Candidate(text=text, key=text) for text in ("甲", "乙", "丙"))
    assert likeliest_beginnings({one: -3.0, two: -1.0, three: -2.0}, 2) == (two, three)


@pytest.mark.parametrize(
    ("written", "heard"),
    [("好好好。", "好"), ("商品商品", "商品"), ("對，對！", "对"), ("不 是", "不是"), ("。", "")],
)
def test_a_free_decode_is_read_without_marks_and_repetition(written: str, heard: str) -> None:
    assert spoken(written) == heard


def test_texts_are_compared_by_sound_and_foreign_ones_by_letters() -> None:
    assert sounds_like("退款", "推宽") == 0.0
    assert sounds_like("好", "不要") > 0.5
    assert sounds_like("아니요", "아니요") == 0.0
    assert sounds_like("아니요", "네") > 0.5
    assert sounds_like("", "好") == 1.0
