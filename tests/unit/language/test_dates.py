"""Dates read against the call's own day, and said."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.dates import DateRange, DateValue, Sense, find_dates, read_date, say_date

TODAY = date(2026, 11, 22)
"""A Sunday: the last day of its week."""


def day(iso: str) -> DateValue:
    """A date, or a range written from/to."""
    first, _, last = iso.partition("/")
    start = date.fromisoformat(first)
    return DateRange(start=start, end=date.fromisoformat(last)) if last else start


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("昨天", "2026-11-21"),
        ("前天", "2026-11-20"),
        ("大前天", "2026-11-19"),
        ("大后天", "2026-11-25"),
        ("昨晚八点", "2026-11-21"),
        ("三天前", "2026-11-19"),
        ("两个星期前", "2026-11-08"),
        ("半个月前", "2026-11-07"),
        ("过三天", "2026-11-25"),
        ("上周三", "2026-11-11"),
        ("这周末", "2026-11-21/2026-11-22"),
        ("下周二", "2026-11-24"),
        ("下下周", "2026-11-30/2026-12-06"),
        ("上上个星期天", "2026-11-08"),
        ("这周一直没动", "2026-11-16/2026-11-22"),
        ("上个月", "2026-10-01/2026-10-31"),
        ("上个月十五号", "2026-10-15"),
        ("下个月初", "2026-12-01/2026-12-10"),
        ("去年双十一", "2025-11-11"),
        ("去年", "2025-01-01/2025-12-31"),
        ("去年三月", "2025-03-01/2025-03-31"),
        ("2026-11-03", "2026-11-03"),
        ("二零二六年十一月三号", "2026-11-03"),
        ("26年11月3日", "2026-11-03"),
        ("上周三到周五", "2026-11-11/2026-11-13"),
        ("最近三天", "2026-11-19/2026-11-22"),
        ("去年国庆", "2025-10-01/2025-10-07"),
        ("今年春节", "2026-02-17/2026-02-23"),
    ],
)
def test_a_definite_date_is_read(said: str, iso: str) -> None:
    senses: tuple[Sense, ...] = (None, "past", "future")
    for sense in senses:
        assert read_date(said, TODAY, sense) == day(iso)


@pytest.mark.parametrize(
    ("said", "past", "future"),
    [
        ("十五号", "2026-11-15", "2026-12-15"),
        ("廿三号", "2026-10-23", "2026-11-23"),
        ("三十一号", "2026-10-31", "2026-12-31"),
        ("十一月三号", "2026-11-03", "2027-11-03"),
        ("十一月二十", "2026-11-20", "2027-11-20"),
        ("11/3", "2026-11-03", "2027-11-03"),
        ("双十一", "2026-11-11", "2027-11-11"),
        ("周三", "2026-11-18", "2026-11-25"),
        ("周末", "2026-11-21/2026-11-22", "2026-11-21/2026-11-22"),
        ("三号到五号", "2026-11-03/2026-11-05", "2026-12-03/2026-12-05"),
        ("十五到二十号", "2026-11-15/2026-11-20", "2026-12-15/2026-12-20"),
        ("十一月三号到五号", "2026-11-03/2026-11-05", "2027-11-03/2027-11-05"),
        ("中秋节", "2026-09-25", "2027-09-15"),
    ],
)
def test_an_open_date_is_the_nearest_fitting_the_sense(said: str, past: str, future: str) -> None:
    assert read_date(said, TODAY, "past") == day(past)
    assert read_date(said, TODAY, "future") == day(future)


@pytest.mark.parametrize(
    "text",
    [
        "五号电池",
        "3号楼1单元",
        "建设路18号",
        "大一号",
        "每周三",
        "一周三次",
        "每月十五号",
        "二月三十号",
        "十三月一号",
        "三十七号的鞋",
        "三个月",
        "618元",
        "我等一下",
        "五一路",
        "第三号",
        "0000年",
    ],
)
def test_what_is_no_date_stays_none(text: str) -> None:
    assert read_date(text, TODAY) is None
    assert find_dates(text, TODAY) == []


def test_two_different_dates_are_not_one() -> None:
    assert read_date("昨天还是前天", TODAY) is None
    assert [span.value for span in find_dates("昨天还是前天", TODAY)] == [
        day("2026-11-21"),
        day("2026-11-20"),
    ]


def test_a_range_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        DateRange(start=TODAY, end=TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("2026-11-22", "今天"),
        ("2026-11-21", "昨天"),
        ("2026-11-24", "后天"),
        ("2026-11-19", "十一月十九号"),
        ("2026-12-02", "十二月二号"),
        ("2026-01-26", "今年一月二十六号"),
        ("2025-10-18", "去年十月十八号"),
        ("2024-09-13", "二零二四年九月十三号"),
    ],
)
def test_a_date_is_said_as_people_say_it(iso: str, said: str) -> None:
    assert say_date(date.fromisoformat(iso), TODAY) == said


DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(DAYS, st.integers(-1_500, 1_500))
def test_a_date_said_is_read_back(today: date, away: int) -> None:
    then = today + timedelta(days=away)
    assert read_date(say_date(then, today), today) == then


@given(
    DAYS,
    st.sampled_from(["十五号", "三十号", "十二月一号", "周五", "双十一", "六月", "周末", "月初"]),
    st.booleans(),
)
def test_the_past_has_begun_and_the_future_is_not_over(today: date, said: str, past: bool) -> None:
    sense: Sense = "past" if past else "future"
    value = read_date(said, today, sense)
    assert value is not None
    first, last = (value.start, value.end) if isinstance(value, DateRange) else (value, value)
    assert first <= today if past else last >= today
