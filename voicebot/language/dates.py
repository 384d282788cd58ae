"""Dates in spoken Mandarin, read against the call's own day, and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from voicebot.language.date_expressions import (
    OPEN_READERS,
    READERS,
    DateRange,
    DateValue,
    Resolver,
    Sense,
    day_or_range,
    first_and_last,
)
from voicebot.language.numbers import say_cardinal
from voicebot.language.times import TimeSpan, find_times, read_time, say_time

__all__ = [
    "DateRange",
    "DateSpan",
    "DateValue",
    "Sense",
    "TimeSpan",
    "find_dates",
    "find_times",
    "read_date",
    "read_time",
    "say_date",
    "say_time",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """A date inside a text: `text[start:end]` says `value`."""

    start: int
    end: int
    value: DateValue


_TO = re.compile(r"\s*(?:到|至|~|—|-)+\s*")


@dataclass(frozen=True, slots=True)
class _Found:
    match: re.Match[str]
    resolve: Resolver
    value: DateValue


def _all_found(text: str, today: date, sense: Sense) -> list[_Found]:
    """Every date expression that does not overlap an earlier or longer one."""
    found = [
        _Found(match, resolve, value)
        for pattern, resolve in READERS
        for match in pattern.finditer(text)
        if (value := resolve(match, today, sense)) is not None
    ]
    found.sort(key=lambda one: (one.match.start(), -one.match.end()))
    kept: list[_Found] = []
    for one in found:
        if not kept or one.match.start() >= kept[-1].match.end():
            kept.append(one)
    return kept


def _joined(first: _Found, second: _Found) -> DateValue | None:
    """The range from the first date to the second, or None when there is none."""
    start = first_and_last(first.value)[0]
    end_value: DateValue | None = second.value
    if second.resolve in OPEN_READERS:
        end_value = second.resolve(second.match, start, "future")
    end = None if end_value is None else first_and_last(end_value)[1]
    return day_or_range(start, end) if end is not None and start <= end else None


def find_dates(text: str, today: date, sense: Sense = None) -> list[DateSpan]:
    """Dates and ranges in free text, left to right, read against `today`; weeks begin on Monday.

    A date said without its year or month is the nearest fitting `sense`; 上个月, 这周末, 国庆 and 三号到五号
    are ranges. Days that do not exist (二月三十号) are no dates, nor are 五号电池, 3号楼, 每周三.
    """
    found = _all_found(text, today, sense)
    spans: list[DateSpan] = []
    place = 0
    while place < len(found):
        one = found[place]
        end, value = one.match.end(), one.value
        if place + 1 < len(found) and _TO.fullmatch(text, end, found[place + 1].match.start()):
            joined = _joined(one, found[place + 1])
            if joined is not None:
                place += 1
                end, value = found[place].match.end(), joined
        spans.append(DateSpan(start=one.match.start(), end=end, value=value))
        place += 1
    return spans


def read_date(text: str, today: date, sense: Sense = None) -> DateValue | None:
    """The one date or range that the text names; None if it names none, or several that differ."""
    values = {span.value for span in find_dates(text, today, sense)}
    return values.pop() if len(values) == 1 else None


_SAID_DAYS = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
_SAID_YEARS = {-1: "去年", 0: "今年", 1: "明年"}
_PLAIN = "零一二三四五六七八九"


def say_date(day: date, today: date) -> str:
    """The date as spoken on `today`: 昨天, 十一月二十号, and with its year where it could mean another.

    `read_date` of the result on the same day is the date again.
    """
    away = (day - today).days
    if away in _SAID_DAYS:
        return _SAID_DAYS[away]
    said = f"{say_cardinal(day.month)}月{say_cardinal(day.day)}号"
    if day.year == today.year and read_date(said, today) == day:
        return said
    return _say_year(day.year, today.year) + said


def _say_year(year: int, this_year: int) -> str:
    if year - this_year in _SAID_YEARS:
        return _SAID_YEARS[year - this_year]
    return "".join(_PLAIN[int(digit)] for digit in f"{year:04d}") + "年"
