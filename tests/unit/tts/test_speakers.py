"""Typed values as units that are rendered ahead."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.dates import say_date
from voicebot.language.money import say_money
from voicebot.language.numbers import say_cardinal
from voicebot.language.times import say_time
from voicebot.tts.speakers import inventory, units
from voicebot.tts.spoken_text import is_speakable

TODAY = date(2026, 11, 22)
INVENTORY = frozenset(inventory())


@dataclass(frozen=True)
class APart:
    kind: str
    text: str


def said(kind: str, text: str) -> list[str]:
    return units(APart(kind, text), TODAY)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("money", "19900", ["一百", "九十九元"]),
        ("money", "1200", ["十二元"]),
        ("money", "129950", ["一千", "两百", "九十九元", "五角"]),
        ("money", "200500", ["两千", "零五元"]),
        ("date", "2026-11-23", ["明天"]),
        ("date", "2026-12-05", ["十二月", "五号"]),
        ("time", "15:30", ["下午", "三点半"]),
        ("phone", "13800001234", ["幺三", "八", "，", "零零", "零零", "，", "幺二", "三四"]),
        ("phone", "138 0000 1234", ["幺三", "八", "，", "零零", "零零", "，", "幺二", "三四"]),
        ("digits", "0412", ["零四", "一二"]),
        ("digits", "123", ["一二", "三"]),
        ("tracking_no", "sf12", ["S", "F", "，", "一二"]),
        ("count", "115", ["一百", "一十五"]),
        ("text", "，已经发货。", ["，", "已经发货。"]),
        ("text", "。", ["。"]),
        ("name", "藏青色羽绒服", ["藏青色羽绒服"]),
    ],
)
def test_values_are_cut_into_units(kind: str, text: str, expected: list[str]):
    assert said(kind, text) == expected


def rendered_ahead(cut: list[str]) -> bool:
    return all(unit in INVENTORY for unit in cut if is_speakable(unit))


@given(st.integers(min_value=0, max_value=9_999_999_99))
def test_every_amount_is_said_from_the_inventory_alone(fen: int):
    cut = said("money", str(fen))
    assert "".join(cut) == say_money(fen)
    assert rendered_ahead(cut)


@given(st.integers(min_value=-9_999, max_value=99_999_999))
def test_every_count_is_said_from_the_inventory_alone(count: int):
    cut = said("count", str(count))
    assert "".join(cut) == say_cardinal(count)
    assert rendered_ahead(cut)


@given(st.integers(min_value=-1500, max_value=1500))
def test_every_date_is_said_from_the_inventory_alone(days: int):
    day = TODAY + timedelta(days=days)
    cut = said("date", day.isoformat())
    assert "".join(cut) == say_date(day, TODAY)
    assert rendered_ahead(cut)


def test_every_time_of_the_day_is_said_from_the_inventory_alone():
    for minute in range(24 * 60):
        text = f"{minute // 60:02d}:{minute % 60:02d}"
        cut = said("time", text)
        assert "".join(cut) == say_time(text)
        assert rendered_ahead(cut)


@given(st.text("0123456789", min_size=1, max_size=40))
def test_every_digit_string_is_said_from_the_inventory_alone(digits: str):
    for kind in ("digits", "phone"):
        assert rendered_ahead(said(kind, digits))
        assert sum(len(unit) for unit in said(kind, digits) if is_speakable(unit)) == len(digits)


@given(st.text("0123456789ABCXYZ", min_size=1, max_size=24))
def test_every_identifier_is_said_from_the_inventory_alone(identifier: str):
    for kind in ("order_no", "tracking_no"):
        assert rendered_ahead(said(kind, identifier))


def test_the_inventory_names_each_unit_once_and_stays_small():
    assert len(INVENTORY) == len(inventory()) < 700


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("digits", "12a"),
        ("digits", ""),
        ("digits", "1" * 65),
        ("money", "九元"),
        ("money", "-5"),
        ("date", "morgen"),
        ("time", "25:00"),
        ("order_no", "订单"),
        ("colour", "red"),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_an_error(kind: str, text: str):
    with pytest.raises(ValueError, match=r".+"):
        said(kind, text)
