"""Digit strings: telephone numbers, tails and codes, read from speech and said back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.digits import groups_of_four, spoken_digits
from voicebot.language.numbers import (
    correct_digits,
    digit_groups,
    find_digit_strings,
    read_digits,
    say_digits,
)

DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("幺三八零零零零一二三四", "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("嗯，我的手机号是138，四个0，然后是1234", "13800001234"),
        ("两个七", "77"),
        ("三个零", "000"),
        ("双八", "88"),
        ("一三八三个零", "138000"),
        ("零零七", "007"),
        ("拐洞勾", "709"),
        ("尾号是两千零五", "2005"),
        ("后四位是1234", "1234"),
        ("么三八零零", "13800"),
        ("腰二三四", "1234"),
        ("一二杠三四", "1234"),
        ("您记一下，一二三四", "1234"),
        ("三两两三", "3223"),
        ("我等一下", None),
        ("等一下", None),
        ("一下", None),
        ("第一", None),
        ("不知道", None),
        ("3.5", None),
        ("", None),
    ],
)
def test_a_caller_says_digits(said: str, digits: str | None) -> None:
    assert read_digits(said) == digits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的电话是幺三八，零零零零，一二三四，买了三件", ["13800001234"]),
        ("尾号零零七那单", ["007"]),
        ("手机13800001234，订单2005001", ["13800001234", "2005001"]),
        ("万一我一直一般第一个一下", []),
        ("三星手机，七七八八，一五一十，双十一", []),
        ("二零二六年十一月", []),
        ("花了1299.50元，一百二十三件", []),
        ("三千二百五十六", []),
        ("150码的，200块", []),
        ("怎么一三八", ["138"]),
        ("单号SF1234567890", []),
    ],
)
def test_digit_strings_are_found_and_nothing_else(text: str, found: list[str]) -> None:
    assert [span.digits for span in find_digit_strings(text)] == found


def test_a_span_covers_the_words() -> None:
    text = "尾号是三个零八吧"
    (span,) = find_digit_strings(text)
    assert (text[span.start : span.end], span.digits) == ("三个零八", "0008")


@given(DIGITS, st.booleans())
def test_what_is_said_is_read_back(digits: str, telephone: bool) -> None:
    assert read_digits(say_digits(digits, telephone=telephone)) == digits


@given(st.text(alphabet="0123456789", min_size=4, max_size=20))
def test_what_is_said_is_found_in_a_sentence(digits: str) -> None:
    (span,) = find_digit_strings(f"号码是{say_digits(digits)}。")
    assert span.digits == digits


@given(st.integers(1, 40))
def test_groups_are_of_three_or_four(count: int) -> None:
    sizes = digit_groups(count)
    assert sum(sizes) == count
    assert set(sizes) <= ({3, 4} if count > 5 else {count, 2, 3})


def test_a_telephone_number_is_said_in_its_groups() -> None:
    assert say_digits("13800001234", (3, 4, 4), telephone=True) == "幺三八，零零零零，幺二三四"


@pytest.mark.parametrize(
    ("digits", "groups"), [("12a", None), ("", None), ("1234", (3, 4)), ("1234", (4, 0))]
)
def test_what_cannot_be_said_is_refused(digits: str, groups: tuple[int, ...] | None) -> None:
    with pytest.raises(ValueError, match="digits"):
        say_digits(digits, groups)


@pytest.mark.parametrize(
    ("count", "groups"),
    [
        (0, ()),
        (4, (4,)),
        (5, (2, 3)),
        (8, (4, 4)),
        (13, (4, 4, 2, 3)),
        (14, (4, 4, 4, 2)),
        (18, (4, 4, 4, 4, 2)),
    ],
)
def test_an_order_number_is_read_in_fours(count: int, groups: tuple[int, ...]) -> None:
    assert groups_of_four(count) == groups


@given(st.integers(min_value=1, max_value=64))
def test_fours_cover_the_number_and_leave_no_digit_alone(count: int) -> None:
    groups = groups_of_four(count)
    assert sum(groups) == count
    assert count == 1 or min(groups) >= 2


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("七七", "77"),
        ("嗯，幺三八", "138"),
        ("尾号是零", "0"),
        ("我的单子，尾巴上是七七", "77"),
        ("七七六五我找找", None),
        ("等一下", None),
        ("不知道", None),
        ("", None),
    ],
)
def test_the_digits_said_so_far(said: str, digits: str | None) -> None:
    assert spoken_digits(said) == digits


@pytest.mark.parametrize(
    ("digits", "said", "corrected"),
    [
        ("1234", "不是三是四", "1244"),
        ("1234", "不对，不是三，是四", "1244"),
        ("1334", "不是三是四", None),
        ("1334", "不是三三是四四", "1444"),
        ("1234", "第二位是五", "1534"),
        ("1234", "最后一位是零", "1230"),
        ("1234", "倒数第二位应该是九", "1294"),
        ("1234", "第九位是五", None),
        ("1234", "第三位错了，是五", "1254"),
        ("1234", "最后一位错了，是九", "1239"),
        ("1234", "最后那个是九", "1239"),
        ("1234", "第三个数字应该是五", "1254"),
        ("1234", "开头那个是九", "9234"),
        ("1234", "中间那个是八", None),
        ("123", "中间那个是八", "183"),
        ("13800001234", "第十一位是五", "13800001235"),
        ("1234", "后两位是五六", "1256"),
        ("1234", "前两位是五六", "5634"),
        ("1234", "后两位是五六七", None),
        ("1234", "是四不是三", "1244"),
        ("1234", "把三改成四", "1244"),
        ("1234", "三改成四吧", "1244"),
        ("1234", "不是三是四四", None),
        ("1234", "不是这个，是那个", None),
        ("1234", "对", None),
    ],
)
def test_a_correction_replaces_one_digit(digits: str, said: str, corrected: str | None) -> None:
    assert correct_digits(digits, said) == corrected
