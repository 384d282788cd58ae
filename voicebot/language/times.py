"""Times of day in spoken Mandarin, read into HH:MM and said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.language.numbers import say_cardinal
from voicebot.language.numerals import scan_cardinal


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """A time inside a text: `text[start:end]` says `value`, HH:MM or HH:MM/HH:MM."""

    start: int
    end: int
    value: str


_NIGHT = ("晚上", "夜里", "夜晚", "深夜", "半夜", "晚")
_AFTERNOON = ("下午", "午后", "傍晚")
_NOON = ("中午", "正午")
_SMALL_HOURS = ("凌晨",)
_MORNING = ("清晨", "清早", "早上", "早晨", "上午", "早")
_DAY_PART = "|".join(_SMALL_HOURS + _MORNING + _NOON + _AFTERNOON + _NIGHT)

_H = r"[零〇一二两三四五六七八九十廿\d]{1,3}"
_M = r"[零〇一二三四五六七八九十\d]{1,3}"
_CLOCK = (
    rf"(?:(?P<part>{_DAY_PART})的?)?"
    rf"(?:差(?:(?P<before>{_M})分钟?|(?P<before_quarter>一刻钟?))到?)?"
    rf"(?:(?P<from>{_H})[到至])?"
    rf"(?P<hour>{_H})(?:点(?P<oclock>钟?)|时(?![候间段常不尚]))"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻钟?|差(?P<short>{_M})分|(?P<short_quarter>差一刻)"
    rf"|过?(?P<minute>{_M})(?P<minute_unit>分?)|(?P<sharp>整))?"
)
_COLON = rf"(?:(?P<colon_part>{_DAY_PART})的?)?(?P<colon_hour>\d{{1,2}}):(?P<colon_minute>\d{{2}})(?![\d:])"
_TIME = re.compile(rf"(?<![第几多.:\d零〇一二两三四五六七八九十廿])(?:{_COLON}|{_CLOCK})")
_NO_TIME_AFTER = re.compile(r"[几多折%]|意见|要求|建议|问题|疑问|儿")
_TO = re.compile(r"\s*(?:到|至|~|—|-)\s*")

_MINUTES_A_DAY = 24 * 60
_QUARTERS = {"一": 15, "三": 45}


@dataclass(frozen=True, slots=True)
class _Clock:
    """One time as said: hour and minute by the clock's face, and the part of the day if it was named."""

    hour: int
    minute: int
    offset: int
    part: str | None
    from_hour: int | None = None

    def minutes(self, part: str | None) -> int:
        return (_hour_of_day(self.hour, part) * 60 + self.minute + self.offset) % _MINUTES_A_DAY


def _hour_of_day(hour: int, part: str | None) -> int:
    """下午三点 15, 晚上十二点 and 凌晨十二点 0, 中午一点 13; hours from 13 on stand for themselves."""
    if hour > 12 or part is None or part in _MORNING:
        return hour % 24
    if part in _SMALL_HOURS:
        return hour % 12
    if part in _NOON:
        return hour + 12 if hour < 10 else hour
    if part in _AFTERNOON:
        return hour % 12 + 12
    if hour == 12:
        return 0
    return hour + 12 if hour >= 5 else hour


def _minutes_said(said: str | None) -> int | None:
    if not said:
        return 0
    value = scan_cardinal(said.lstrip("零〇") or "零")
    return value if value is not None and value < 60 else None


def _clock(match: re.Match[str]) -> _Clock | None:
    if match["colon_hour"]:
        hour, minute = int(match["colon_hour"]), int(match["colon_minute"])
        fits = hour <= 24 and minute < 60
        return _Clock(hour, minute, 0, match["colon_part"]) if fits else None
    hour_said, minute_said = match["hour"], match["minute"]
    value = scan_cardinal(hour_said)
    minute_value = _minutes_said(minute_said)
    short = _minutes_said(match["before"] or match["short"])
    if value is None or value > 24 or minute_value is None or short is None:
        return None
    if minute_said and len(minute_said) == 1 and not match["minute_unit"]:
        return None
    started = scan_cardinal(match["from"]) if match["from"] else None
    if match["from"] and (started is None or started > 24):
        return None
    minute = 30 if match["half"] else _QUARTERS.get(match["quarter"] or "", minute_value)
    offset = -15 if match["before_quarter"] or match["short_quarter"] else -short
    return _Clock(value, minute, offset, match["part"], started)


_DETAILS = (
    "oclock",
    "half",
    "quarter",
    "short",
    "short_quarter",
    "minute",
    "sharp",
    "before",
    "before_quarter",
)


def _is_little(match: re.Match[str]) -> bool:
    """一点 that means "a little" (快一点, 早一点) rather than one o'clock."""
    if match["hour"] != "一" or any(match[detail] for detail in _DETAILS) or match["from"]:
        return False
    return match["part"] is None or len(match["part"]) == 1


def _written(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _within(minutes: int, clock: _Clock, part: str | None, hours: tuple[str, str] | None) -> int:
    """Half a day later where only that lies inside the given hours and no part of the day was said."""
    if hours is None or part is not None or not 1 <= clock.hour <= 12:
        return minutes
    later = (minutes + 12 * 60) % _MINUTES_A_DAY
    if not hours[0] <= _written(minutes) <= hours[1] and hours[0] <= _written(later) <= hours[1]:
        return later
    return minutes


def _after(start: int, clock: _Clock, part: str | None, hours: tuple[str, str] | None) -> int:
    """The end of a range: in the first time's part of the day, or half a day later if that lies before it."""
    if clock.part is not None:
        return clock.minutes(clock.part)
    end = _within(clock.minutes(part), clock, part, hours)
    later = end + 12 * 60
    return later if end <= start < later < _MINUTES_A_DAY else end


def _value(clock: _Clock, hours: tuple[str, str] | None) -> str:
    if clock.from_hour is None:
        return _written(_within(clock.minutes(clock.part), clock, clock.part, hours))
    first = _Clock(clock.from_hour, 0, 0, clock.part)
    start = _within(first.minutes(clock.part), first, clock.part, hours)
    end = _after(start, _Clock(clock.hour, clock.minute, clock.offset, None), clock.part, hours)
    return f"{_written(start)}/{_written(end)}"


def find_times(text: str, *, within: tuple[str, str] | None = None) -> list[TimeSpan]:
    """Times of day in free text, left to right; two joined by 到 are one range.

    下午三点半 15:30, 差五分八点 07:55, 三点一刻 03:15; without a part of the day the hour is as said,
    unless only half a day later lies `within` the given hours (HH:MM, HH:MM). 快一点, 三点五, 两点建议 and
    approximations (八九点, 八点多) are no times.
    """
    spans: list[TimeSpan] = []
    last: _Clock | None = None
    for match in _TIME.finditer(text):
        clock = _clock(match)
        ends_range = last is not None and _TO.fullmatch(text, spans[-1].end, match.start())
        little = match["hour"] is not None and not ends_range and _is_little(match)
        if clock is None or little or _NO_TIME_AFTER.match(text, match.end()):
            last = None
            continue
        if last and ends_range:
            start = int(spans[-1].value[:2]) * 60 + int(spans[-1].value[3:])
            end = _after(start, clock, last.part, within)
            value = f"{_written(start)}/{_written(end)}"
            spans[-1] = TimeSpan(start=spans[-1].start, end=match.end(), value=value)
            last = None
            continue
        spans.append(TimeSpan(start=match.start(), end=match.end(), value=_value(clock, within)))
        last = clock if clock.from_hour is None else None
    return spans


def read_time(text: str, *, within: tuple[str, str] | None = None) -> str | None:
    """The one time (HH:MM) or range (HH:MM/HH:MM) that the text names; None if it names none or several."""
    values = {span.value for span in find_times(text, within=within)}
    return values.pop() if len(values) == 1 else None


_SAID_PARTS = ((5, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def _say_part(hour: int) -> str:
    return next(name for before, name in _SAID_PARTS if hour < before)


def _say_face(hour: int, minute: int) -> str:
    face = hour - 12 if hour > 12 else hour
    said = ("两" if face == 2 else say_cardinal(face)) + "点"
    if minute == 0:
        return said
    if minute in (15, 30):
        return said + ("一刻" if minute == 15 else "半")
    return said + ("零" if minute < 10 else "") + say_cardinal(minute) + "分"


def say_time(value: str) -> str:
    """A time (15:30 → 下午三点半) or a range (14:00/16:00 → 下午两点到四点) as spoken.

    Raises ValueError for anything but HH:MM or HH:MM/HH:MM.
    """
    parts: list[str] = []
    said: list[str] = []
    for one in value.split("/"):
        if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", one) or len(parts) == 2:
            raise ValueError("a time to be said is HH:MM or HH:MM/HH:MM")
        hour, minute = int(one[:2]), int(one[3:])
        part = _say_part(hour)
        said.append(("" if parts and parts[-1] == part else part) + _say_face(hour, minute))
        parts.append(part)
    return "到".join(said)
