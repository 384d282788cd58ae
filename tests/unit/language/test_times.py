"""Times of day, read into HH:MM and said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.dates import find_times, read_time, say_time


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("下午三点半", "15:30"),
        ("下午三点", "15:00"),
        ("三点一刻", "03:15"),
        ("差五分八点", "07:55"),
        ("八点差五分", "07:55"),
        ("差一刻九点", "08:45"),
        ("早上八点零五分", "08:05"),
        ("三点五十", "03:50"),
        ("晚上七点整", "19:00"),
        ("晚上十二点", "00:00"),
        ("中午十二点半", "12:30"),
        ("中午一点", "13:00"),
        ("凌晨一点", "01:00"),
        ("下午一点", "13:00"),
        ("二十点", "20:00"),
        ("10:30", "10:30"),
        ("下午2:15", "14:15"),
        ("明晚八点", "20:00"),
        ("十点以后吧", "10:00"),
        ("下午两点到四点", "14:00/16:00"),
        ("下午两到四点", "14:00/16:00"),
        ("上午九点到十点", "09:00/10:00"),
        ("上午十点到下午两点", "10:00/14:00"),
        ("上午十点到两点", "10:00/14:00"),
        ("9:00-11:30", "09:00/11:30"),
    ],
)
def test_a_time_is_read(said: str, time: str) -> None:
    assert read_time(said) == time


@pytest.mark.parametrize(
    "text",
    [
        "快一点",
        "早一点发货",
        "一点都不好",
        "两点建议",
        "八九点",
        "八点多",
        "三点五",
        "25点",
        "十分",
        "两小时",
        "几点",
        "1:75",
    ],
)
def test_what_is_no_time_stays_none(text: str) -> None:
    assert read_time(text) is None


def test_opening_hours_decide_between_morning_and_afternoon() -> None:
    opening_hours = ("09:00", "21:00")
    assert read_time("三点", within=opening_hours) == "15:00"
    assert read_time("十点", within=opening_hours) == "10:00"
    assert read_time("凌晨三点", within=opening_hours) == "03:00"
    assert read_time("三点到五点", within=opening_hours) == "15:00/17:00"
    assert read_time("三到五点", within=opening_hours) == "15:00/17:00"


def test_two_times_are_found_in_their_order() -> None:
    assert [span.value for span in find_times("上午十点或者下午三点")] == ["10:00", "15:00"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("15:30", "下午三点半"),
        ("00:05", "凌晨零点零五分"),
        ("12:15", "中午十二点一刻"),
        ("14:00/16:30", "下午两点到四点半"),
        ("09:00/14:00", "上午九点到下午两点"),
    ],
)
def test_a_time_is_said_as_people_say_it(value: str, said: str) -> None:
    assert say_time(value) == said


TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))


@given(TIMES)
def test_a_time_said_is_read_back(value: str) -> None:
    assert read_time(say_time(value)) == value


@given(TIMES, TIMES)
def test_a_range_said_is_read_back(start: str, end: str) -> None:
    if start < end:
        assert read_time(say_time(f"{start}/{end}")) == f"{start}/{end}"


@pytest.mark.parametrize("value", ["24:00", "9:00", "下午", "09:00/10:00/11:00", ""])
def test_what_is_no_time_cannot_be_said(value: str) -> None:
    with pytest.raises(ValueError, match="HH:MM"):
        say_time(value)
