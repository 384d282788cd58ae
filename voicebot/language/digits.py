"""Digit strings (telephone numbers, tails, codes) as callers say them and as the bot reads them back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from voicebot.language.numerals import (
    DIGIT_CHARACTERS,
    DIGIT_VALUES,
    RADIO_DIGITS,
    UNIT_CHARACTERS,
    scan_cardinal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitSpan:
    """A digit string inside a text: `text[start:end]` says `digits`."""

    start: int
    end: int
    digits: str


_D = f"[{DIGIT_CHARACTERS}{''.join(RADIO_DIGITS)}]"
_YAO = rf"(?<![什怎这那多要])[么腰妖夭](?={_D}{{2}})|(?<={_D})[么腰妖夭](?={_D}|$)"
"""What recognisers write for 幺 (yāo); believed only between digits."""
_REPEATED = rf"(?:(?P<count>[二两三四五六七八九2-9])\s*个|双)\s*(?P<repeated>{_D})(?!(?<=\d)\d)"

_POSITION_WORD = rf"(?:[前后末]{_D}|[前后末]十[一二三四五六七八]?)(?:位数?|个数字?)"
_ASIDE = (
    r"(?:您|你|我)?(?:再)?(?:记|听|等|看|说|念|报|查)(?:一下|好了?)|电话号码|手机号码|电话号?|手机号?|订单编?号|"
    r"快递单?号|运单号?|单号|编号|号码|验证码|尾号|末尾|数字|密码|然后|接着|后面|前面|最后|开头|还有|横杠|中划线|杠|空格|"
    r"应该|好像|大概|可能|就是|那个|这个|我们|好的|[嗯呃额啊哦噢唔喂再是为对好吧呢了哈的我您]|[\s,，。、\-—~·:：;；]"
)
_TOKEN = re.compile(
    rf"(?P<position>{_POSITION_WORD})|{_REPEATED}|一个(?P<single>{_D})"
    rf"|(?P<decimal>\d+\.\d+)|(?P<cardinal>[{DIGIT_CHARACTERS}]*[{UNIT_CHARACTERS}][{DIGIT_CHARACTERS}{UNIT_CHARACTERS}]*)"
    rf"|(?P<yao>{_YAO})|(?P<digit>{_D})|(?P<aside>{_ASIDE})|\.$"
)


def _value(character: str) -> str:
    return str(DIGIT_VALUES.get(character, RADIO_DIGITS.get(character, 1)))


def _repeat(match: re.Match[str]) -> str:
    count = match["count"]
    return _value(match["repeated"]) * (int(_value(count)) if count else 2)


def read_digits(text: str) -> str | None:
    """The digit string that the whole text says, or None if it says anything else beside asides.

    幺 = 1, 两 = 2, 洞 = 0, 拐 = 7, 勾 = 9, 两个七 = 77, 三个零 = 000, 双八 = 88;
    Arabic and Chinese digits mix; hesitations, separators and words such as 我的手机号是, 后四位 are passed
    over; a part said as a cardinal (两千零五) stands for its digits.
    """
    digits: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match["decimal"]:
            return None
        position = match.end()
        if match["repeated"]:
            digits.append(_repeat(match))
        elif match["cardinal"]:
            value = scan_cardinal(match["cardinal"])
            if value is None:
                return None
            digits.append(str(value))
        elif match["yao"]:
            digits.append("1")
        elif match["single"] or match["digit"]:
            digits.append(_value(match["single"] or match["digit"]))
    return "".join(digits) or None


_BETWEEN = r"(?:[\s\-—,，、]|嗯|呃|啊|然后是?|杠|再|接着是?|后面是){0,3}"
_ITEM = rf"(?:(?:[二两三四五六七八九2-9]\s*个|双)\s*{_D}(?!(?<=\d)\d)|{_YAO}|{_D}(?!\s*个))"
_STRING = re.compile(rf"{_ITEM}(?:{_BETWEEN}{_ITEM})*")
_ITEM_READER = re.compile(rf"{_REPEATED}|(?P<yao>{_YAO})|(?P<digit>{_D})")

_QUANTITY_AFTER = re.compile(r"\s*(?:元|块|圆|毛|角|年|月|%|折|小时|分钟|天|件|\.\d|,\d{3}(?!\d))")
_SHORT_QUANTITY_AFTER = re.compile(
    r"\s*[个号日点分秒斤克米寸码岁楼层栋元双条台瓶盒袋包本套部张份箱把次位口倍]"
)
_SHORT_DIGITS = 3
_SAYINGS = ("七七八八", "三三两两", "一五一十", "三七二十一", "九九八十一")


def _is_digit_string(text: str, start: int, end: int, digits: str) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return False
    if before in tuple(UNIT_CHARACTERS + "第¥.$") or after in tuple(UNIT_CHARACTERS):
        return False
    if _QUANTITY_AFTER.match(text, end) or text[start:end] in _SAYINGS:
        return False
    return not (len(digits) <= _SHORT_DIGITS and _SHORT_QUANTITY_AFTER.match(text, end))


def find_digit_strings(text: str, *, minimum: int = 3) -> list[DigitSpan]:
    """Digit strings of at least `minimum` digits in free text, left to right.

    Quantities, prices, dates, ordinals, cardinals and digits glued to Latin letters are left alone.
    """
    spans: list[DigitSpan] = []
    for match in _STRING.finditer(text):
        digits = "".join(
            _repeat(item) if item["repeated"] else _value(item["digit"] or item["yao"])
            for item in _ITEM_READER.finditer(match.group())
        )
        if len(digits) >= minimum and _is_digit_string(text, match.start(), match.end(), digits):
            spans.append(DigitSpan(start=match.start(), end=match.end(), digits=digits))
    return spans


_PLAIN = "零一二三四五六七八九"
_TELEPHONE = "零幺二三四五六七八九"


def digit_groups(count: int) -> tuple[int, ...]:
    """Sizes in which the ear takes `count` digits: three or four, the shorter first (11 → 3, 4, 4)."""
    if count <= 0:
        return ()
    groups = -(-count // 4)
    longer = count - groups * (count // groups)
    return (count // groups,) * (groups - longer) + (count // groups + 1,) * longer


def groups_of_four(count: int) -> tuple[int, ...]:
    """Sizes in which an order number of `count` digits is read: fours, a lone last digit with two others.

    As printed: the date of 20261118000188 stays together, 2026 1118 0001 88.
    """
    if count <= _GROUP:
        return (count,) if count > 0 else ()
    fours, rest = divmod(count, _GROUP)
    if rest == 1:
        return (_GROUP,) * (fours - 1) + (_GROUP - 2, 3)
    return (_GROUP,) * fours + ((rest,) if rest else ())


_GROUP = 4


def say_digits(digits: str, groups: tuple[int, ...] | None = None, *, telephone: bool = False) -> str:
    """The digits one by one, a comma (a pause) between groups; `telephone` says 幺 for 1.

    Raises ValueError when `digits` holds anything but 0–9, or when `groups` don't add up to its length.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"cannot say {len(digits)} characters as digits: only 0-9 may occur")
    sizes = digit_groups(len(digits)) if groups is None else groups
    if sum(sizes) != len(digits) or min(sizes) < 1:
        raise ValueError(f"groups {sizes} do not add up to {len(digits)} digits")
    names = _TELEPHONE if telephone else _PLAIN
    bounds = [sum(sizes[:index]) for index in range(len(sizes) + 1)]
    return "，".join("".join(names[int(d)] for d in digits[a:b]) for a, b in pairwise(bounds))


def spoken_digits(text: str) -> str | None:
    """The digits said so far of a number that may go on (我的尾号是七七 → 77), or None for other words.

    The whole text as `read_digits` takes it, else the digits that it ends with, from two on.
    """
    whole = read_digits(text)
    if whole is not None:
        return whole
    last = find_digit_strings(text, minimum=2)[-1:]
    return last[0].digits if last and not _SOUNDED.search(text, last[0].end) else None


_SOUNDED = re.compile(r"[^\s，。？！；：、,.?!;:~…—呃嗯啊呢吧]")


_NOT_BUT = re.compile(r"不是(?P<wrong>.{1,24}?)[，,、\s]*(?:而是|应该是|是)(?P<right>.{1,24})$")
_BUT_NOT = re.compile(r"(?:应该)?是(?P<right>.{1,12}?)[，,、\s]*(?:而)?不是(?P<wrong>.{1,12})$")
_INTO = re.compile(r"(?:把|那个)?(?P<wrong>.{1,12}?)(?:要)?(?:改成|改为|换成)(?P<right>.{1,12})$")
_WRONG_THERE = r"(?:(?:数字?|号码?)?(?:是)?(?:错了|不对|说错了|听错了|记错了|弄错了|有误))?"
_PLACE = re.compile(
    rf"(?:(?P<back>倒数)?第(?P<place>{_D}|十[一二三四五六七八九]?)|(?P<last>最后|末尾?|最末)(?:面)?(?:的)?(?:那|这)?一?"
    rf"|(?P<first>开头|最前面|头)(?:的)?(?:那|这)?一?|(?P<middle>中间|当中)(?:的)?(?:那|这)?一?"
    rf"|(?P<side>[前后末])(?:面)?(?P<several>[两二三]))"
    rf"(?:位|个)(?:数字|数|号)?{_WRONG_THERE}[，,、。\s]*(?:那个)?(?:应该|我说的)?[是为](?P<right>.{{1,12}})$"
)


def correct_digits(digits: str, said: str) -> str | None:
    """The digits with the caller's correction put in; None where the text corrects nothing, or not clearly.

    By exchange (不是三是四, 是四不是三, 三改成四), which needs exactly one 3, or by place (第二位是五,
    最后一位错了，是九, 中间那个是八 where there is a middle, 后两位是五六). The length never changes.
    """
    bare = said.rstrip("。，！？吧啊呀哦 ")
    placed = _PLACE.search(bare)
    if placed:
        return _put_in_place(digits, placed)
    exchanged = exchanged_digits(bare)
    if exchanged is None or digits.count(exchanged[0]) != 1:
        return None
    return digits.replace(*exchanged)


def exchanged_digits(text: str) -> tuple[str, str] | None:
    """The digits that were wrong and as many that are right (不是二七，是二幺 → 27, 21), or None."""
    for shape in (_NOT_BUT, _BUT_NOT, _INTO):
        exchange = shape.search(text.rstrip("。，！？吧啊呀哦 "))
        if exchange is None:
            continue
        wrong, right = read_digits(exchange["wrong"]), read_digits(exchange["right"])
        if wrong and right and len(wrong) == len(right):
            return wrong, right
    return None


def find_place_correction(text: str) -> tuple[int, int] | None:
    """Where the text puts one place of a number right (最后一位错了，是九); None where it does not."""
    found = _PLACE.search(text.rstrip("。，！？吧啊呀哦 "))
    return found.span() if found is not None and read_digits(found["right"]) else None


def _put_in_place(digits: str, placed: re.Match[str]) -> str | None:
    right = read_digits(placed["right"])
    start = _place(len(digits), placed)
    wanted = int(_value(placed["several"])) if placed["several"] else 1
    if right is None or start is None or len(right) != wanted:
        return None
    return digits[:start] + right + digits[start + wanted :]


def _place(count: int, placed: re.Match[str]) -> int | None:
    """Where in ``count`` digits the place that was named begins, from 0; None where there is none."""
    if placed["last"]:
        return count - 1
    if placed["first"]:
        return 0
    if placed["middle"]:
        return count // 2 if count % 2 else None
    number = scan_cardinal(placed["several"] or placed["place"]) or 0
    if not 1 <= number <= count:
        return None
    if placed["several"]:
        return 0 if placed["side"] == "前" else count - number
    return count - number if placed["back"] else number - 1
