"""How alike texts sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.pinyin import (
    aligned,
    distance,
    locate,
    readings_of,
    syllable_distance,
    syllables,
)

HAN = st.text(alphabet="退款货订单号发票物流快递人工客服我要的了吗南兰四是", max_size=10)


def test_syllables_are_toneless_and_digits_are_said() -> None:
    assert syllables("退款，618 USB") == ("tui", "kuan", "liu", "yi", "ba", "usb")
    assert syllables("？！") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("na", "la"),
        ("zhi", "zi"),
        ("chu", "cu"),
        ("shi", "si"),
        ("fei", "hui"),
        ("fa", "hua"),
        ("ban", "bang"),
        ("ben", "beng"),
        ("xin", "xing"),
        ("ran", "lan"),
        ("yin", "ying"),
    ],
)
def test_what_accents_exchange_is_near(one: str, other: str) -> None:
    assert 0 < syllable_distance(one, other) < 0.1


@pytest.mark.parametrize(("one", "other"), [("tui", "huan"), ("huo", "kuan"), ("shi", "bu")])
def test_what_nobody_confuses_is_far(one: str, other: str) -> None:
    assert syllable_distance(one, other) > 0.5


@given(HAN, HAN)
def test_distance_is_a_symmetric_share(one: str, other: str) -> None:
    assert distance(one, one) == 0
    assert 0 <= distance(one, other) <= 1
    assert distance(one, other) == pytest.approx(distance(other, one))


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("推宽神那时候到仗", "退款什么时候到账"),
        ("帮我展人工克服", "帮我转人工客服"),
        ("我要贵货", "我要退货"),
    ],
)
def test_what_recognisers_write_stays_near_what_was_said(heard: str, meant: str) -> None:
    others = ["我的快递到哪了", "发票怎么开", "我要退货", "退款什么时候到账", "帮我转人工客服", "我要换货"]
    ranking = sorted((distance(heard, other), other) for other in others)
    assert ranking[0][1] == meant
    assert ranking[0][0] < 0.15 < ranking[1][0]


def test_a_phrase_is_located_where_it_sounds_alike() -> None:
    text = "我想帮我展人工克服谢谢"
    found = locate(text, "转人工客服")
    assert found is not None
    assert text[found.start : found.end] == "展人工克服"
    assert found.distance < 0.1
    assert locate("？", "退款") is None
    assert locate("退款", "") is None


def test_a_character_of_several_readings_gives_each_of_them() -> None:
    assert set(readings_of("行")) >= {"xing", "hang"}
    assert readings_of("货") == ("huo",)


def test_syllables_are_laid_beside_those_they_sound_like() -> None:
    heard = ("dao", "heng", "zhu", "le")
    assert aligned(heard, ("dao", "hang", "zhou", "le")) == ("dao", "hang", "zhou", "le")
    assert aligned(("wo", "yao", "tui"), ("wo", "tui")) == ("wo", None, "tui")
    assert aligned((), ("wo",)) == ()
