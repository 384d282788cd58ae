"""The ways in which Mandarin names a day: one pattern and one reading against today for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from voicebot.language.festivals import NAMES, add_months, festival_days, last_day_of_month
from voicebot.language.numerals import CARDINAL_CHARACTERS, DIGIT_VALUES, scan_cardinal

Sense = Literal["past", "future"] | None
"""Whether the date is of what happened (bought, signed for) or of what shall (call back, deliver)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Every day from `start` to `end`, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a range of dates ends before it starts")


DateValue = date | DateRange
"""What a date expression comes to: a day, or several."""


_N = f"[{CARDINAL_CHARACTERS}]"
Resolver = Callable[[re.Match[str], date, Sense], DateValue | None]


def day_or_range(first: date, last: date) -> DateValue:
    """The day itself where the range is one day long."""
    return first if first == last else DateRange(start=first, end=last)


def first_and_last(value: DateValue) -> tuple[date, date]:
    """The first and the last day; the same day twice for a single date."""
    return (value.start, value.end) if isinstance(value, DateRange) else (value, value)


def _fitting(candidates: Iterable[DateValue], today: date, sense: Sense) -> DateValue | None:
    """The nearest candidate that has begun (past), is not over (future), or just the nearest."""
    kept = [
        value
        for value in candidates
        if not (sense == "past" and first_and_last(value)[0] > today)
        and not (sense == "future" and first_and_last(value)[1] < today)
    ]

    def days_away(value: DateValue) -> tuple[int, date]:
        first, last = first_and_last(value)
        return max((first - today).days, (today - last).days, 0), first

    return min(kept, key=days_away, default=None)


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_NAMED_DAYS = {
    **dict.fromkeys(("大前天", "大前日"), -3),
    **dict.fromkeys(("前天", "前日", "前儿个", "前晚"), -2),
    **dict.fromkeys(("昨天", "昨日", "昨儿", "昨晚", "昨夜", "昨早"), -1),
    **dict.fromkeys(("今天", "今日", "今儿", "今晚", "今早", "今晨"), 0),
    **dict.fromkeys(("明天", "明日", "明儿", "明晚", "明早", "明晨"), 1),
    **dict.fromkeys(("后天", "后日", "后儿个"), 2),
    **dict.fromkeys(("大后天", "大后日"), 3),
}
_NAMED_DAY = re.compile("|".join(sorted(_NAMED_DAYS, key=len, reverse=True)))


def _named_day(match: re.Match[str], today: date, _sense: Sense) -> DateValue:
    return today + timedelta(days=_NAMED_DAYS[match.group()])


_SPAN_UNIT = r"(?:个(?P<of>星期|礼拜|月)|(?P<unit>天|日|周|年))"
_AGO = re.compile(rf"(?<!{_N})(?P<count>{_N}{{1,4}}|半){_SPAN_UNIT}(?:以|之)?(?P<way>前|后)")
_AFTER = re.compile(rf"再?过(?P<count>{_N}{{1,4}}|半){_SPAN_UNIT}(?P<way>)")
_RECENT = re.compile(rf"(?P<way>最近|近|过去|未来|前)(?:这)?(?P<count>{_N}{{1,4}}|半){_SPAN_UNIT}")
_HALVES = {"月": 15, "年": 0}


def _moved(match: re.Match[str], today: date, sign: int) -> date | None:
    unit = match["of"] or match["unit"]
    if match["count"] == "半":
        if unit not in _HALVES:
            return None
        return add_months(today, 6 * sign) if unit == "年" else today + timedelta(days=15 * sign)
    count = scan_cardinal(match["count"])
    if count is None or count > 3_650:
        return None
    if unit in ("月", "年"):
        months = count * (12 if unit == "年" else 1)
        return add_months(today, months * sign) if months <= 120 else None
    return today + timedelta(days=count * sign * (1 if unit in ("天", "日") else 7))


def _ago(match: re.Match[str], today: date, _sense: Sense) -> DateValue | None:
    return _moved(match, today, -1 if match["way"] == "前" else 1)


def _recent(match: re.Match[str], today: date, _sense: Sense) -> DateValue | None:
    """最近三天 ends today, 前三天 yesterday, 未来三天 begins today."""
    if match["way"] == "未来":
        last = _moved(match, today, 1)
        return day_or_range(today, last) if last else None
    first = _moved(match, today, -1)
    yesterday = today - timedelta(days=1)
    return (
        day_or_range(first, yesterday if match["way"] == "前" else today) if first and first < today else None
    )


_AWAY = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}
_WHICH = r"(?P<which>上上|上|这|本|下下|下)一?个?"
_WEEKDAY = r"(?P<weekday>[二三四五六日天末1-6]|一(?![直共定般下样起些点次个]))"
_WEEK = re.compile(rf"{_WHICH}(?:周|星期|礼拜){_WEEKDAY}?")
_BARE_WEEKDAY = re.compile(rf"(?<![每一两几半\d上下这本个]){_N}?(?<!{_N})(?:周|星期|礼拜){_WEEKDAY}")
_SUNDAY, _SATURDAY = 6, 5


def _in_week(monday: date, weekday: str | None) -> DateValue:
    if weekday is None:
        return day_or_range(monday, monday + timedelta(days=_SUNDAY))
    if weekday == "末":
        return day_or_range(monday + timedelta(days=_SATURDAY), monday + timedelta(days=_SUNDAY))
    return monday + timedelta(days=_SUNDAY if weekday in "日天" else DIGIT_VALUES[weekday] - 1)


def _week(match: re.Match[str], today: date, _sense: Sense) -> DateValue:
    monday = today - timedelta(days=today.weekday())
    return _in_week(monday + timedelta(weeks=_AWAY[match["which"]]), match["weekday"])


def _bare_weekday(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    monday = today - timedelta(days=today.weekday())
    if sense is None:
        return _in_week(monday, match["weekday"])
    weeks = (_in_week(monday + timedelta(weeks=away), match["weekday"]) for away in (-1, 0, 1))
    return _fitting(weeks, today, sense)


_PART = r"(?P<part>初|中旬|中(?!秋)|底|末|上旬|下旬)"
_PARTS = {"初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20)}
_DAY = rf"(?P<day>{_N}{{1,3}})[号日]|(?P<day_only>{_N}{{2,3}})(?!{_N}|[多块元件个单点笔条月:.])"
_MONTH = re.compile(rf"{_WHICH}月份?(?:的)?(?:{_PART}|{_DAY})?")
_BARE_PART = re.compile(r"(?<![月个一-十\d])月(?P<part>初|中旬|底|末|上旬|下旬)")


def _in_month(first: date, part: str | None, said_day: str | None) -> DateValue | None:
    """The whole month that begins at `first`, a part of it, or one of its days."""
    if said_day:
        day = scan_cardinal(said_day)
        return None if day is None else _date_or_none(first.year, first.month, day)
    if part is None:
        return day_or_range(first, last_day_of_month(first))
    begin, end = _PARTS.get(part, (21, last_day_of_month(first).day))
    return day_or_range(first.replace(day=begin), first.replace(day=end))


def _month(match: re.Match[str], today: date, _sense: Sense) -> DateValue | None:
    first = add_months(today.replace(day=1), _AWAY[match["which"]])
    return _in_month(first, match["part"], match["day"] or match["day_only"])


def _bare_part(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    months = (add_months(today.replace(day=1), away) for away in (-1, 0, 1))
    parts = (_in_month(first, match["part"], None) for first in months)
    return _fitting((part for part in parts if part), today, sense)


_YEAR = (
    r"(?:(?:(?P<year>(?<!\d)(?:[12]\d{3}|\d{2})|[一二][〇零一二三四五六七八九]{3})年"
    r"|(?P<year_word>前年|去年|今年|明年))的?)"
)
_YEAR_WORDS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
_CALENDAR = re.compile(rf"{_YEAR}?(?<!{_N})(?P<month>{_N}{{1,3}})月份?(?:的)?(?:{_PART}|{_DAY})?")
_ISO = re.compile(r"(?<![\d.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d.-])")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
_WHOLE_YEAR = re.compile(_YEAR)


def _years(match: re.Match[str], today: date) -> list[int]:
    """The years the words allow: the one that was said, or the three around today."""
    if match["year_word"]:
        return [today.year + _YEAR_WORDS[match["year_word"]]]
    if not match["year"]:
        return [today.year - 1, today.year, today.year + 1]
    digits = "".join(str(DIGIT_VALUES[character]) for character in match["year"])
    return [int(digits) if len(digits) == len("2026") else 2000 + int(digits)]


def _calendar(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    month = scan_cardinal(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    years = _years(match, today)
    days = [
        _in_month(date(year, month, 1), match["part"], match["day"] or match["day_only"]) for year in years
    ]
    fitting = [day for day in days if day]
    return fitting[0] if len(years) == 1 and fitting else _fitting(fitting, today, sense)


def _iso(match: re.Match[str], _today: date, _sense: Sense) -> DateValue | None:
    return _date_or_none(*(int(part) for part in match.groups()))


def _slashed(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    month, day = (int(part) for part in match.groups())
    days = (_date_or_none(today.year + away, month, day) for away in (-1, 0, 1))
    return _fitting((d for d in days if d), today, sense)


def _whole_year(match: re.Match[str], today: date, _sense: Sense) -> DateValue | None:
    year = _years(match, today)[0]
    return day_or_range(date(year, 1, 1), date(year, 12, 31))


_FESTIVAL = re.compile(
    rf"{_YEAR}?(?<!{_N})(?P<festival>{'|'.join(NAMES)}|十一(?=假期|长假|黄金周|国庆))(?:节)?"
    rf"(?![元块件%路街村]|大道|广场|{_N})"
)


def _festival(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    name = "国庆" if match["festival"] == "十一" else match["festival"]
    spans = [days for year in _years(match, today) if (days := festival_days(name, year))]
    values = [day_or_range(*days) for days in spans]
    said_year = match["year"] or match["year_word"]
    return values[0] if said_year and values else _fitting(values, today, sense)


_BARE_DAY = re.compile(
    rf"(?<![第路街道巷弄大小月个多几.])(?<!{_N})(?:(?P<from>{_N}{{1,3}})[号日]?[到至])?(?P<day>{_N}{{1,3}})[号日]"
    r"(?![楼线码院门店机仓车厅色房室桌字链内]|电池|客服|单元|产品)"
)


def _bare_day(match: re.Match[str], today: date, sense: Sense) -> DateValue | None:
    first_of_month = today.replace(day=1)
    months = [add_months(first_of_month, away) for away in (-2, -1, 0, 1, 2)]
    if not match["from"]:
        return _fitting((d for m in months if (d := _in_month(m, None, match["day"]))), today, sense)
    pairs = ((_in_month(m, None, match["from"]), _in_month(m, None, match["day"])) for m in months)
    ranges = (day_or_range(a, b) for a, b in pairs if isinstance(a, date) and isinstance(b, date) and a <= b)
    return _fitting(ranges, today, sense)


READERS: tuple[tuple[re.Pattern[str], Resolver], ...] = (
    (_NAMED_DAY, _named_day),
    (_AGO, _ago),
    (_AFTER, _ago),
    (_RECENT, _recent),
    (_WEEK, _week),
    (_BARE_WEEKDAY, _bare_weekday),
    (_MONTH, _month),
    (_BARE_PART, _bare_part),
    (_CALENDAR, _calendar),
    (_ISO, _iso),
    (_SLASHED, _slashed),
    (_FESTIVAL, _festival),
    (_WHOLE_YEAR, _whole_year),
    (_BARE_DAY, _bare_day),
)
OPEN_READERS = (_bare_weekday, _calendar, _slashed, _bare_day)
"""What these read after 到 follows the first date: 三号到五号, 上周三到周五."""
