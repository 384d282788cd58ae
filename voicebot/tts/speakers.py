"""Typed values as sequences of short texts ("units") that are rendered ahead: digits, money, dates, numbers.

A unit is a word or a few that sound natural when joined: 一百九十九元 is 一百 and 九十九元, 十二月五号 is
十二月 and 五号. Units that consist of marks alone are pauses.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Protocol

from voicebot.language.dates import say_date
from voicebot.language.digits import groups_of_four, say_digits
from voicebot.language.identifiers import say_identifier
from voicebot.language.money import say_money
from voicebot.language.numbers import say_cardinal
from voicebot.language.times import say_time
from voicebot.tts.spoken_text import is_speakable, without_leading_marks

DIGITS = "零一二三四五六七八九幺"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOBILE_GROUPS = (3, 4, 4)
_MOST_DIGITS = 64


class SpokenPart(Protocol):
    """A piece of a prompt: fixed text or a typed value (`voicebot.dialogue.wording.Part`)."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


def units(part: SpokenPart, today: date) -> list[str]:
    """The texts of the clips that say this part, in order; `today` decides what 明天 is.

    Raises ValueError for a kind that has no speaker, or a value that is none of its kind.
    """
    speaker = _SPEAKERS.get(part.kind)
    if speaker is None:
        raise ValueError(f"no speaker for the kind {part.kind!r}: there are {', '.join(sorted(_SPEAKERS))}")
    return speaker(part.text, today)


@cache
def inventory() -> tuple[str, ...]:
    """Every unit that a typed value can be made of, each once: what has to be rendered ahead."""
    return tuple(
        dict.fromkeys(
            [*DIGITS, *_digit_pairs(), *LETTERS, *_number_units(), *_money_units(), *_calendar_units()]
        )
    )


def _digit_pairs() -> list[str]:
    return [first + second for first in DIGITS for second in DIGITS]


def _number_units() -> list[str]:
    tens = [say_cardinal(number) for number in range(100)]
    tens += ["两", *("一" + say_cardinal(number) for number in range(10, 20))]
    hundreds = [f"{_quantity(number)}百" for number in range(1, 10)]
    thousands = [f"{_quantity(number)}{unit}" for unit in "千万" for number in range(1, 10)]
    after_gap = [f"零{say_cardinal(number)}" for number in range(1, 10)]
    return [*tens, *hundreds, *thousands, *after_gap, "万", "亿", "负"]


def _money_units() -> list[str]:
    yuan = [f"{unit}元" for unit in _number_units() if unit not in ("二", "亿", "负")]
    small = [f"{_quantity(number)}{coin}" for coin in "角分" for number in range(1, 10)]
    return ["元", *yuan, *small]


def _calendar_units() -> list[str]:
    months = [f"{say_cardinal(month)}月" for month in range(1, 13)]
    days = [f"{say_cardinal(day)}号" for day in range(1, 32)]
    hours = [f"{_quantity(hour)}点{rest}" for rest in ("", "半", "一刻") for hour in range(13)]
    minutes = [f"{say_cardinal(minute)}分" for minute in range(10, 60)]
    minutes += [f"零{say_cardinal(minute)}分" for minute in range(1, 10)]
    return [*_DAY_WORDS, *months, *days, *hours, *minutes]


_DAY_WORDS = (
    "今天", "明天", "后天", "昨天", "前天", "年", "今年", "明年", "去年",
    "凌晨", "早上", "上午", "中午", "下午", "晚上", "到",
)  # fmt: skip


def _quantity(number: int) -> str:
    return "两" if number == 2 else say_cardinal(number)


@cache
def _unit_pattern() -> re.Pattern[str]:
    longest_first = sorted(inventory(), key=len, reverse=True)
    # 零三 is a unit of its own, yet 零三百 is 零 and 三百.
    return re.compile(f"(?:{'|'.join(map(re.escape, longest_first))})(?<![{DIGITS}](?=[十百千]))|[，。、]")


def _cut(said: str) -> list[str]:
    """Cut words into units, the longest first; what is no unit stays whole and is rendered when needed."""
    cut: list[str] = []
    position = 0
    for found in _unit_pattern().finditer(said):
        if found.start() > position:
            cut.append(said[position : found.start()])
        cut.append(found.group())
        position = found.end()
    return [*cut, said[position:]] if position < len(said) else cut


def _say_text(text: str, _: date) -> list[str]:
    marks, rest = without_leading_marks(text)
    return [*([marks] if marks else []), *([rest] if is_speakable(rest) else [])]


def _say_digits(text: str, _: date) -> list[str]:
    return _spell(text, telephone=False)


def _say_phone(text: str, _: date) -> list[str]:
    return _spell(text, telephone=True)


def _spell(text: str, *, telephone: bool) -> list[str]:
    """Digit by digit; the writer's own groups (138 0000 0000) stay, a mobile number has its usual ones."""
    groups = re.findall(r"[0-9]+", text)
    digits = "".join(groups)
    if not digits or len(digits) > _MOST_DIGITS or re.search(r"[^0-9\s+-]", text):
        raise ValueError(f"{len(text)} characters that are no digit string of 1 to {_MOST_DIGITS}")
    sizes = tuple(map(len, groups)) if len(groups) > 1 else None
    if telephone and sizes is None and len(digits) == sum(_MOBILE_GROUPS):
        sizes = _MOBILE_GROUPS
    return _pairs(say_digits(digits, sizes, telephone=telephone))


def _pairs(said: str) -> list[str]:
    """Digits two by two, everything else one by one: 一三八，S F → 一三, 八, ，, S, F.

    A pair comes out far clearer than two clips of one digit: read back by Whisper over 8 kHz mu-law, 6 % of
    digits wrong against 38 %, and 4 % where the whole string is rendered at once.
    """
    return re.findall(rf"[{DIGITS}]{{1,2}}|[^{DIGITS}\s]", said)


def _say_identifier(text: str, _: date) -> list[str]:
    bare = re.sub(r"[\s-]", "", text).upper()
    return _pairs(say_identifier(bare))


def _say_order_no(text: str, today: date) -> list[str]:
    """Digits in fours, as an order number is printed; one with letters as any identifier."""
    bare = re.sub(r"[\s-]", "", text)
    if not (bare.isascii() and bare.isdigit()):
        return _say_identifier(text, today)
    return _pairs(say_digits(bare, groups_of_four(len(bare))))


def _say_money(text: str, _: date) -> list[str]:
    return _cut(say_money(int(text)))


def _say_count(text: str, _: date) -> list[str]:
    return _cut(say_cardinal(int(text)))


def _say_date(text: str, today: date) -> list[str]:
    return _cut(say_date(date.fromisoformat(text), today))


def _say_time(text: str, _: date) -> list[str]:
    return _cut(say_time(text))


_SPEAKERS: dict[str, Callable[[str, date], list[str]]] = {
    "text": _say_text,
    "name": _say_text,
    "digits": _say_digits,
    "phone": _say_phone,
    "order_no": _say_order_no,
    "tracking_no": _say_identifier,
    "money": _say_money,
    "count": _say_count,
    "date": _say_date,
    "time": _say_time,
}
