"""What the demonstration shop promises about itself before it is written anywhere."""

from __future__ import annotations

import re

import pytest

from voicebot.shop.carriers import SPOKEN_NAMES, spoken_name
from voicebot.shop.demo import spoken_names
from voicebot.shop.demo.callers import CALLERS, STRANGER, DemoCaller
from voicebot.shop.demo.catalogue import BY_NAME, CATEGORIES, WARES
from voicebot.shop.demo.people import CITIES


def test_there_are_about_sixty_products_in_eight_categories() -> None:
    assert 58 <= len(WARES) <= 66
    assert CATEGORIES == (
        "clothing", "shoes", "phones", "appliances", "food", "books", "custom_made", "beauty",
    )  # fmt: skip


def test_no_two_products_have_one_name_and_no_name_is_another_ones_alias() -> None:
    names = [ware.name for ware in WARES]
    assert len(set(names)) == len(names)
    aliases = {alias for ware in WARES for alias in ware.aliases}
    assert not aliases & set(names)


def test_names_are_spoken_chinese() -> None:
    for name in spoken_names():
        assert re.fullmatch(r"[一-鿿T]{2,6}", name), name


def test_spoken_names_cover_products_carriers_and_cities_once() -> None:
    names = spoken_names()
    assert len(set(names)) == len(names)
    assert {"羽绒服", "蓝牙耳机", "电饭煲", "顺丰", "圆通", "中通", "京东", "邮政", "杭州"} <= set(names)


def test_every_carrier_is_spoken() -> None:
    assert {code: spoken_name(code) for code in SPOKEN_NAMES} == {
        "SF": "顺丰", "YTO": "圆通", "ZTO": "中通", "JD": "京东", "EMS": "邮政",
    }  # fmt: skip


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.number)
def test_a_fixed_caller_buys_what_is_sold_and_has_a_made_up_number(caller: DemoCaller) -> None:
    assert re.fullmatch(r"1\d\d0000\d{4}", caller.number)
    assert caller.city in CITIES
    for order in caller.orders:
        assert order.tail is not None
        assert {line.name for line in order.lines} <= set(BY_NAME)


def test_fixed_tails_and_numbers_are_unique() -> None:
    tails = [order.tail for caller in CALLERS for order in caller.orders]
    numbers = [caller.number for caller in CALLERS]
    assert len(set(tails)) == len(tails)
    assert len({*numbers, STRANGER}) == len(numbers) + 1
