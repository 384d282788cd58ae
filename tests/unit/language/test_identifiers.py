"""Order, tracking and tax numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.identifiers import (
    carrier_of,
    check_tax_no,
    find_identifiers,
    read_order_no,
    read_tax_no,
    read_tracking_no,
    say_identifier,
    tax_check_character,
)

TAX_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODIES = st.text(alphabet=TAX_ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize(
    ("said", "order_no"),
    [
        ("订单号是二零二六幺幺二零零零一", "20261120001"),
        ("A B 一二三四五六", "AB123456"),
        ("大写的a，幺二三四五六", "A123456"),
        ("yx2026112000三个一", "YX2026112000111"),
        ("一二三", None),
        ("ABCDEFGH1", None),
        ("我不知道订单号", None),
        ("我等一下", None),
    ],
)
def test_an_order_number_is_read(said: str, order_no: str | None) -> None:
    assert read_order_no(said) == order_no


@pytest.mark.parametrize(
    ("said", "tracking_no", "carrier"),
    [
        ("SF1234567890123", "SF1234567890123", "SF"),
        ("顺丰SF1234567890123", "SF1234567890123", "SF"),
        ("顺丰的单号是一二三四五六七八九零一二", "SF123456789012", "SF"),
        ("Y T 一二三四，五六七八，九零一二三", "YT1234567890123", "YTO"),
        ("JDX012345678901", "JDX012345678901", "JD"),
        ("EA123456789CN", "EA123456789CN", "EMS"),
    ],
)
def test_a_tracking_number_is_read_with_its_carrier(said: str, tracking_no: str, carrier: str) -> None:
    assert read_tracking_no(said) == tracking_no
    assert carrier_of(tracking_no) == carrier


def test_a_word_is_no_tracking_number() -> None:
    assert read_tracking_no("快递到哪了") is None
    assert read_tracking_no("1234") is None
    assert carrier_of("1234") is None


@pytest.mark.parametrize("tax_no", ["91350100M000100Y43", "91110108551385082Q", "91330100799655058B"])
def test_a_published_code_passes(tax_no: str) -> None:
    assert check_tax_no(tax_no)
    assert read_tax_no(f"税号{tax_no}") == tax_no


@given(BODIES, st.integers(0, 16), st.sampled_from(TAX_ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, other: str) -> None:
    tax_no = body + tax_check_character(body)
    assert check_tax_no(tax_no)
    changed = tax_no[:place] + other + tax_no[place + 1 :]
    assert check_tax_no(changed) == (changed == tax_no)


@pytest.mark.parametrize(
    "tax_no", ["", "91350100M000100Y4", "91350100m000100y43", "91350100I000100Y43", "9" * 19]
)
def test_what_is_no_code_fails(tax_no: str) -> None:
    assert not check_tax_no(tax_no)


@pytest.mark.parametrize("body", ["123", "I" * 17])
def test_a_body_of_another_shape_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="17 characters"):
        tax_check_character(body)


def test_numbers_with_letters_are_found_in_free_text() -> None:
    text = "单号sf1234567890123到哪了，13800001234是我电话，iPhone15"
    (span,) = find_identifiers(text)
    assert (text[span.start : span.end], span.value) == ("sf1234567890123", "SF1234567890123")


@given(st.from_regex(r"[A-Z]{1,2}[0-9]{6,12}", fullmatch=True))
def test_an_identifier_said_is_read_back(value: str) -> None:
    assert read_order_no(say_identifier(value)) == value


@pytest.mark.parametrize("value", ["", "ab1", "A-1"])
def test_an_odd_identifier_is_not_said(value: str) -> None:
    with pytest.raises(ValueError, match="capital letters"):
        say_identifier(value)
