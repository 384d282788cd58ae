"""Numbers, tails and facts, and what their comparison gives away."""

from __future__ import annotations

import pytest

from voicebot.shop.identity import are_tails, phone_digits, plain_city


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("138 0000 0001", "13800000001"),
        ("+14155550100", "14155550100"),
        ("01012345678", "01012345678"),
        ("anonymous", None),
        ("Restricted", None),
        ("+266696687", None),
        ("client:softphone", None),
        ("", None),
        ("+", None),
        ("１３８００００００００１", None),
        (None, None),
    ],
)
def test_a_calling_number_is_brought_to_the_form_in_which_it_is_kept(
    number: str | None, digits: str | None
) -> None:
    assert phone_digits(number) == digits


@pytest.mark.parametrize(
    ("tails", "fine"),
    [
        (("8806", "0001"), True),
        (("880", "0001"), False),
        (("8806", "00012"), False),
        (("８８０６", "0001"), False),
    ],
)
def test_tails_are_four_plain_digits_each(tails: tuple[str, str], fine: bool) -> None:
    assert are_tails(*tails) is fine


@pytest.mark.parametrize(
    ("said", "plain"), [("杭州市", "杭州"), (" 杭州 ", "杭州"), ("沙市", "沙市"), ("", "")]
)
def test_a_city_is_compared_as_people_say_it(said: str, plain: str) -> None:
    assert plain_city(said) == plain
