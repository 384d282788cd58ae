"""Cardinals, quantities, ordinals, decimals and percentages."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.numbers import (
    find_numbers,
    read_cardinal,
    read_decimal,
    read_ordinal,
    read_percentage,
    read_quantity,
    say_cardinal,
    say_decimal,
    say_percentage,
)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三千二", 3_200),
        ("一万五", 15_000),
        ("两千零五", 2_005),
        ("一百五", 150),
        ("一百零五", 105),
        ("一百一十五", 115),
        ("一百一", 110),
        ("十五", 15),
        ("廿三", 23),
        ("卅", 30),
        ("俩", 2),
        ("仨", 3),
        ("半百", 50),
        ("一万二千五", 12_500),
        ("十万两千", 102_000),
        ("一亿二", 120_000_000),
        ("两亿零三", 200_000_003),
        ("3.5万", 35_000),
        ("1万5", 15_000),
        ("2千", 2_000),
        ("1,299", 1_299),
        ("贰佰叁拾", 230),
        ("零", 0),
        ("负五", -5),
        ("嗯大概两千左右吧", 2_000),
        ("三件", 3),
        ("一二三", None),
        ("三四百", None),
        ("一百多", None),
        ("几百", None),
        ("十百", None),
        ("万一", None),
        ("千万", None),
        ("一下", None),
        ("我等一下", None),
        ("", None),
    ],
)
def test_a_cardinal_is_read(said: str, value: int | None) -> None:
    assert read_cardinal(said) == value


@given(st.integers(0, 10**8) | st.integers(-(10**12) + 1, 10**12 - 1))
def test_a_cardinal_said_is_read_back(value: int) -> None:
    assert read_cardinal(say_cardinal(value)) == value


@pytest.mark.parametrize("value", [10**12, -(10**12)])
def test_numbers_too_large_for_a_shop_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match=r"10\*\*12"):
        say_cardinal(value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("买了三件", [3]),
        ("两双鞋和十二个杯子", [2, 12]),
        ("3箱，1,200件", [3, 1_200]),
        ("来俩", [2]),
        ("我们俩都要", []),
        ("我等一下，一个一般的，一直没有", []),
        ("万一，千万，十分满意，三星，四川", []),
        ("第三个，周三，双十一，三月五号，下午三点", []),
        ("三四个，一百多个，几十个", []),
        ("二十块，三折，百分之五", []),
        ("13800001234", []),
        ("三到五个工作日", []),
    ],
)
def test_counts_are_found_and_nothing_else(text: str, values: list[int]) -> None:
    assert [span.value for span in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        ("俩", 2),
        ("一对", 2),
        ("三件", 3),
        ("一个", 1),
        ("一打", 12),
        ("要两个", 2),
        ("零", None),
        ("都要", None),
    ],
)
def test_a_quantity_is_read(said: str, pieces: int | None) -> None:
    assert read_quantity(said) == pieces


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("第一个", 1),
        ("第十二单吧", 12),
        ("最后一个", -1),
        ("倒数第二单", -2),
        ("第一个和第二个", None),
        ("一个", None),
    ],
)
def test_an_ordinal_is_read(said: str, place: int | None) -> None:
    assert read_ordinal(said) == place


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三十七点五", "37.5"),
        ("37.5", "37.5"),
        ("零点零五", "0.05"),
        ("四十", "40"),
        ("负零点五", "-0.5"),
        ("没有", None),
    ],
)
def test_a_decimal_is_read(said: str, value: str | None) -> None:
    assert read_decimal(said) == (None if value is None else Decimal(value))


@given(st.decimals(-(10**6), 10**6, places=3))
def test_decimals_and_percentages_said_are_read_back(value: Decimal) -> None:
    assert read_decimal(say_decimal(value)) == value
    assert read_percentage(say_percentage(value)) == value


@pytest.mark.parametrize(
    ("said", "percent"),
    [("百分之三点五", "3.5"), ("百分之百", "100"), ("20%", "20"), ("百分之二十左右", "20"), ("二十", None)],
)
def test_a_percentage_is_read(said: str, percent: str | None) -> None:
    assert read_percentage(said) == (None if percent is None else Decimal(percent))
