"""The characters that write numbers in Mandarin, and the scanner that turns a run of them into an integer."""

from __future__ import annotations

import re
from decimal import Decimal

ARABIC = "0123456789"

DIGIT_VALUES: dict[str, int] = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate(ARABIC)},
    **{character: value for value, character in enumerate("壹贰叁肆伍陆柒捌玖", start=1)},
    "〇": 0,
    "两": 2,
}
"""Characters that mean one digit both in a digit string and inside a cardinal."""

RADIO_DIGITS: dict[str, int] = {"幺": 1, "洞": 0, "拐": 7, "勾": 9, "钩": 9}
"""Digits as called out over telephone and radio; they occur in digit strings only."""

SMALL_UNITS: dict[str, int] = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
LARGE_UNITS: dict[str, int] = {"万": 10_000, "亿": 100_000_000}

UNIT_CHARACTERS = "".join(SMALL_UNITS) + "".join(LARGE_UNITS)
DIGIT_CHARACTERS = "".join(DIGIT_VALUES)
CARDINAL_CHARACTERS = DIGIT_CHARACTERS + UNIT_CHARACTERS + "廿卅"

_TENS_WORDS = {"廿": "二十", "卅": "三十"}
_FIXED = {"俩": 2, "仨": 3, "半百": 50, "一打": 12, "半打": 6, "两打": 24}

_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_ARABIC_SCALED = re.compile(r"(\d+(?:\.\d+)?)([十百千万亿kKwW])")
_LATIN_SCALES = {"k": 1_000, "w": 10_000}
_MAX_RUN = 40


def scan_cardinal(run: str) -> int | None:
    """The value of a run that is nothing but a cardinal, or None where it is none.

    Takes Arabic and Chinese digits, 两 俩 仨 廿 卅, dropped last units (三千二 = 3200, 一万五 = 15000) and
    digit-led units (3.5万). Digit strings (一二三), approximations (三四百) and misordered units give None.
    """
    if not run or len(run) > _MAX_RUN:
        return None
    if run in _FIXED:
        return _FIXED[run]
    if run[0] in "负-" and len(run) > 1:
        positive = scan_cardinal(run[1:])
        return None if positive is None else -positive
    if _GROUPED.fullmatch(run):
        return int(run.replace(",", ""))
    if run.isascii() and run.isdigit():
        return int(run)
    scaled = _ARABIC_SCALED.fullmatch(run)
    if scaled:
        return _scaled(scaled.group(1), scaled.group(2))
    for short, long in _TENS_WORDS.items():
        run = run.replace(short, long)
    return _whole(run)


def _scaled(number: str, unit: str) -> int | None:
    factor = SMALL_UNITS.get(unit) or LARGE_UNITS.get(unit) or _LATIN_SCALES[unit.lower()]
    product = Decimal(number) * factor
    return int(product) if product == product.to_integral_value() else None


def _whole(run: str) -> int | None:
    """Splits at 亿, then at 万; what follows a large unit may be one digit of the next lower place."""
    for unit in ("亿", "万"):
        head, mark, tail = run.partition(unit)
        if not mark:
            continue
        if "亿" in tail or (unit == "万" and "万" in tail):
            return None
        head_value = _section(head) if unit == "万" else _whole(head)
        tail_value = _after_large_unit(tail, LARGE_UNITS[unit])
        if not head_value or tail_value is None:
            return None
        return head_value * LARGE_UNITS[unit] + tail_value
    return _section(run)


def _after_large_unit(tail: str, unit: int) -> int | None:
    if not tail:
        return 0
    if len(tail) == 1:
        digit = DIGIT_VALUES.get(tail)
        return digit * unit // 10 if digit else None
    if tail.isascii() and tail.isdigit():
        return int(tail) if len(tail) == len(str(unit)) - 1 else None
    said_zero = tail[0] in "零〇0"
    value = _whole(tail[1:]) if said_zero else _whole(tail)
    if not value or value >= unit:
        return None
    bare_run = not said_zero and not any(character in UNIT_CHARACTERS for character in tail)
    return None if bare_run else value


def _section(run: str) -> int | None:
    """A number below 10 000 (or any Arabic one); a last digit after 百 or 千 is of the next lower unit."""
    if run.isascii() and run.isdigit():
        return int(run)
    total, last_unit, zero_said, position = 0, 10_000, False, 0
    while position < len(run):
        character = run[position]
        following = run[position + 1] if position + 1 < len(run) else ""
        if character in "零〇" and len(run) > 1:
            if zero_said or position == 0 or not following:
                return None
            zero_said, position = True, position + 1
            continue
        if character in "十拾" and last_unit > 10:
            total, last_unit, zero_said, position = total + 10, 10, False, position + 1
            continue
        digit = DIGIT_VALUES.get(character)
        if digit is None or (digit == 0 and len(run) > 1):
            return None
        unit = SMALL_UNITS.get(following)
        if unit is not None:
            if unit >= last_unit:
                return None
            total, last_unit, zero_said, position = total + digit * unit, unit, False, position + 2
            continue
        if following:
            return None
        colloquial = total and not zero_said and last_unit > 10
        return total + (digit * last_unit // 10 if colloquial else digit)
    return total or None
