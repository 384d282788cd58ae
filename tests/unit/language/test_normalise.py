"""One written form for everything that engines return."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.normalise import MAX_CHARACTERS, normalise, syllable_count


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("請問我的訂單什麼時候到貨", "请问我的订单什么时候到货"),
        ("我 的 订单 号", "我的订单号"),
        ("订单号是 ＡＢ１２３", "订单号是AB123"),
        ("iPhone 15 Pro 的 壳", "iPhone 15 Pro的壳"),
        ("在吗？？！", "在吗？"),
        ("好的,,,谢谢.", "好的，谢谢。"),
        ("我想...那个", "我想，那个"),
        ("，嗯，是的，", "嗯，是的"),
        ("十点 10:30 1,299.50元", "十点10:30 1,299.50元"),
        ("退\u200b款\x00\n怎么退", "退款怎么退"),
        ("幺三八", "幺三八"),
        ("", ""),
        (" 。 ", ""),
    ],
)
def test_engines_text_gets_one_form(heard: str, written: str) -> None:
    assert normalise(heard) == written


def test_text_longer_than_a_turn_is_cut() -> None:
    assert len(normalise("退款" * 5_000)) == MAX_CHARACTERS


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("我的訂單１２,，.。 ?！\u200b\n"), st.characters()), max_size=60
    )
)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我要退款", 4),
        ("嗯，好的。", 3),
        ("13800001234", 11),
        ("3.5", 3),
        ("USB", 3),
        ("iPhone", 2),
        ("", 0),
        ("？！", 0),
    ],
)
def test_syllables_are_what_the_mouth_says(text: str, count: int) -> None:
    assert syllable_count(text) == count
