"""Numbers in spoken Mandarin: cardinals, quantities, ordinals, decimals and percentages, read and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from voicebot.language.digits import (
    DigitSpan,
    correct_digits,
    digit_groups,
    find_digit_strings,
    read_digits,
    say_digits,
)
from voicebot.language.numerals import (
    CARDINAL_CHARACTERS,
    DIGIT_CHARACTERS,
    DIGIT_VALUES,
    UNIT_CHARACTERS,
    scan_cardinal,
)

__all__ = [
    "DigitSpan",
    "NumberSpan",
    "correct_digits",
    "digit_groups",
    "find_digit_strings",
    "find_numbers",
    "read_cardinal",
    "read_decimal",
    "read_digits",
    "read_ordinal",
    "read_percentage",
    "read_quantity",
    "say_cardinal",
    "say_decimal",
    "say_digits",
    "say_percentage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSpan:
    """A cardinal inside a text: `text[start:end]` says `value`."""

    start: int
    end: int
    value: int


MEASURE_WORDS = "个件双条只台瓶盒袋包本套部张份箱把次位口支罐桶副顶辆斤米床枚颗粒块片根架名箱组提听"
"""Measure words of retail; 块 counts pieces too, but in free text a number before it is money."""

LEAD_IN = re.compile(
    r"^(?:[嗯呃额啊哦噢唔喂对好是\s，,、。.]|那个|这个|就是|应该是?|好像是?|大概是?|差不多|大约|也就|一共是?|总共是?|约|我要|要|买了?|共)*"
)
LEAD_OUT = re.compile(r"(?:左右|上下|差不多|[吧呢啊哦了的嘛呀\s，,。.！!？?、])*$")


def core(text: str) -> str:
    """The text without the hesitations and softeners around an answer (嗯，大概…左右吧)."""
    return LEAD_OUT.sub("", text[LEAD_IN.match(text).end() :])  # type: ignore[union-attr]


def read_cardinal(text: str) -> int | None:
    """The cardinal that the whole text says (三千二 = 3200, 两千零五 = 2005, 廿三 = 23), or None.

    Hesitations and softeners around it, and one measure word after it, are passed over. 一百多, 三四个, 几百
    say no definite number and give None.
    """
    said = core(text)
    value = scan_cardinal(said)
    if value is None and said and said[-1] in MEASURE_WORDS:
        value = scan_cardinal(said[:-1])
    return value


_PAIR = re.compile(r"(.+)对")


def read_quantity(text: str) -> int | None:
    """How many pieces the whole text asks for: 俩 2, 一对 2, 三件 3, 一打 12; None if it names none."""
    said = core(text)
    pairs = _PAIR.fullmatch(said)
    if pairs:
        count = scan_cardinal(pairs.group(1))
        return None if count is None else 2 * count
    value = read_cardinal(said)
    return value if value is not None and value > 0 else None


_ORDINAL = re.compile(
    rf"(?P<back>倒数)?第(?P<number>[{CARDINAL_CHARACTERS}]+)(?:个|件|单|笔|条|项|种|款|份|位)?"
)
_LAST = re.compile(r"最后(?:面)?(?:那|一|那一)(?:个|件|单|笔|条|项|种|款)")


def read_ordinal(text: str) -> int | None:
    """The place that the text names: 第三个 3, 最后一个 -1, 倒数第二单 -2; None if it names none or two."""
    places = {
        (-1 if match["back"] else 1) * value
        for match in _ORDINAL.finditer(text)
        if (value := scan_cardinal(match["number"]))
    }
    if _LAST.search(text):
        places.add(-1)
    return places.pop() if len(places) == 1 else None


_RUN = re.compile(
    rf"\d+(?:\.\d+)?[{UNIT_CHARACTERS}]*[{CARDINAL_CHARACTERS}]*|[{CARDINAL_CHARACTERS}]+|[俩仨]"
)
_GROUPED_RUN = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d.])")
_NO_COUNT_BEFORE = re.compile(r"(?:第|周|星期|礼拜|双|百分之|分之|点|大|小|[¥$.A-Za-z-]|几|数|好|上|每)$")
_NO_COUNT_AFTER = re.compile(r"(?:月|号|日|点|刻|块|元|圆|毛|角|分|年|%|折|成|多|几|来个|余|[A-Za-z:-]|\.\d)")
_RANGE_BEFORE = re.compile(rf"[{CARDINAL_CHARACTERS}][到至]$")
_PEOPLE_BEFORE = ("们", "咱", "他", "她", "你", "我")
_ONE_OF = re.compile(r"[件双条台瓶盒袋包本套部张份箱](?!事)")
_MAX_COUNT_DIGITS = 6


def _counts(text: str, start: int, end: int) -> bool:
    """Whether the run at [start:end) is a count of its own, not part of a name, date, price or idiom."""
    run, rest = text[start:end], text[end : end + 3]
    before = text[max(0, start - 4) : start]
    if _RANGE_BEFORE.search(before) or _NO_COUNT_BEFORE.search(before) or _NO_COUNT_AFTER.match(rest):
        return False
    if run in ("俩", "仨"):
        return not before.endswith(_PEOPLE_BEFORE) and not rest.startswith("人")
    if run.isascii():
        return len(run) <= _MAX_COUNT_DIGITS or "," in run
    if run[0] in "百千万亿佰仟":
        return False
    if run == "一":
        return bool(_ONE_OF.match(rest))
    if len(run) == 1:
        return bool(rest) and rest[0] in MEASURE_WORDS
    return True


def find_numbers(text: str) -> list[NumberSpan]:
    """Counts in free text, left to right: 买了三件, 二十四个月, 3箱.

    No numbers are: 一下, 一个, 一般, 一直, 万一, 千万, 十分; names (三星, 四川); ordinals, weekdays,
    dates, times and prices (they have their own readers); digit strings; approximations (三四个, 一百多).
    """
    found: list[NumberSpan] = []
    position = 0
    while match := _GROUPED_RUN.search(text, position) or _RUN.search(text, position):
        plain = _RUN.search(text, position)
        if plain is not None and plain.start() < match.start():
            match = plain
        position = match.end()
        value = scan_cardinal(match.group())
        if value is not None and _counts(text, match.start(), match.end()):
            found.append(NumberSpan(start=match.start(), end=match.end(), value=value))
    return found


_PLAIN = "零一二三四五六七八九"


def _say_section(value: int, *, leads: bool) -> str:
    """A number from 1 to 9999; `leads` at the beginning of the whole number, where 十五 needs no 一."""
    said, pending_zero = "", False
    for unit, name in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if not digit:
            pending_zero = bool(said)
            continue
        if pending_zero:
            said, pending_zero = said + "零", False
        if digit == 2 and unit >= 100:
            said += "两" + name
        elif digit == 1 and unit == 10 and leads and not said:
            said += name
        else:
            said += _PLAIN[digit] + name
    return said


def say_cardinal(value: int) -> str:
    """The cardinal as spoken: 2005 两千零五, 15 十五, 102000 十万两千, 20000 两万, -3 负三.

    Raises ValueError from 10**12 on: nothing in a shop is counted so high.
    """
    if value < 0:
        return "负" + say_cardinal(-value)
    if value >= 10**12:
        raise ValueError("cannot say a cardinal of 10**12 or more")
    if value == 0:
        return "零"
    said = ""
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section = value // unit % 10_000
        if not section:
            continue
        gap = bool(said) and (section < 1_000 or value // (unit * 10_000) % 10_000 == 0)
        words = "两" if section == 2 and name else _say_section(section, leads=not said)
        said += ("零" if gap else "") + words + name
    return said


_POINTED = re.compile(rf"(负?[{CARDINAL_CHARACTERS}]+)点([{DIGIT_CHARACTERS}]+)|(-?\d+\.\d+)")
_PERCENTAGE = re.compile(r"百分之(.+)|(.+)%")


def read_decimal(text: str) -> Decimal | None:
    """The number with or without decimals that the whole text says (三十七点五, 37.5), or None."""
    said = core(text)
    pointed = _POINTED.fullmatch(said)
    if pointed is None:
        whole = scan_cardinal(said)
        return None if whole is None else Decimal(whole)
    if pointed.group(3):
        return Decimal(pointed.group(3))
    before = scan_cardinal(pointed.group(1))
    if before is None:
        return None
    sign = "-" if pointed.group(1).startswith("负") else ""
    return Decimal(f"{sign}{abs(before)}." + "".join(str(DIGIT_VALUES[digit]) for digit in pointed.group(2)))


def say_decimal(value: Decimal | int) -> str:
    """The number as spoken, decimals digit by digit: 37.5 三十七点五, 3 三."""
    number = Decimal(value)
    plain = format(abs(number), "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    said = say_cardinal(int(whole)) + ("点" + "".join(_PLAIN[int(d)] for d in fraction) if fraction else "")
    return "负" + said if number < 0 else said


def read_percentage(text: str) -> Decimal | None:
    """The percentage that the whole text says: 百分之三点五 3.5, 百分之百 100; else None."""
    match = _PERCENTAGE.fullmatch(core(text))
    if match is None:
        return None
    said = match.group(1) or match.group(2)
    return Decimal(100) if said == "百" else read_decimal(said)


def say_percentage(percent: Decimal | int) -> str:
    """The percentage as spoken: 3.5 百分之三点五, 100 百分之百."""
    return "百分之" + ("百" if percent == 100 else say_decimal(percent))
