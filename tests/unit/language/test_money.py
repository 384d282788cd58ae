"""Amounts of money, in fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.money import find_money, read_money, say_money


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("四百二", 42_000),
        ("六十块五", 6_050),
        ("两千零五", 200_500),
        ("两千上下", 200_000),
        ("大概两千块左右吧", 200_000),
        ("¥1,299.50", 129_950),
        ("199元", 19_900),
        ("199.5", 19_950),
        ("一毛五", 15),
        ("五毛", 50),
        ("五分钱", 5),
        ("九块九毛九", 999),
        ("九块九九", 999),
        ("九块九", 990),
        ("六块五毛二", 652),
        ("十二块零五分", 1_205),
        ("十二块零五", 1_205),
        ("一块半", 150),
        ("六元五角", 650),
        ("一百九十九点五元", 19_950),
        ("3.5万", 3_500_000),
        ("一万五", 1_500_000),
        ("一百块整", 10_000),
        ("一百多", None),
        ("三四百块", None),
        ("不知道", None),
        ("一下", None),
    ],
)
def test_an_amount_is_read(said: str, fen: int | None) -> None:
    assert read_money(said) == fen


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("花了四百二，运费12块", [42_000, 1_200]),
        ("扣了我199", [19_900]),
        ("原价¥1,299.50现在九块九包邮", [129_950, 990]),
        ("差一毛五", [15]),
        ("退两件，第三块，两块手表", []),
        ("一百多块，几十块", []),
        ("给我等一下，十分满意", []),
        ("住在三元桥，五元里路", []),
        ("五千二买的，降到四千八百九十九了", [520_000, 489_900]),
        ("金额1299，运费十二", [129_900, 1_200]),
    ],
)
def test_amounts_are_found_and_nothing_else(text: str, amounts: list[int]) -> None:
    assert [span.fen for span in find_money(text)] == amounts


@given(st.integers(0, 10**10))
def test_an_amount_said_is_read_back(fen: int) -> None:
    assert read_money(say_money(fen)) == fen


@given(st.integers(0, 10**8))
def test_an_amount_said_is_found_in_a_sentence(fen: int) -> None:
    said = say_money(fen)
    if "元" in said:
        assert [span.fen for span in find_money(f"退款{said}，请稍等")] == [fen]


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        say_money(-1)
