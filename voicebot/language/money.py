"""Amounts of money in spoken Mandarin, read into fen and said from fen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from voicebot.language.numbers import core, read_decimal, say_cardinal
from voicebot.language.numerals import CARDINAL_CHARACTERS, DIGIT_CHARACTERS, DIGIT_VALUES, scan_cardinal


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySpan:
    """An amount inside a text: `text[start:end]` says `fen`."""

    start: int
    end: int
    fen: int


_D = f"[{DIGIT_CHARACTERS}]"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+\.\d+[万千百]?|[{CARDINAL_CHARACTERS}]+(?:点{_D}+)?)"
_SMALL = (
    rf"(?:(?P<half>半)|零?(?P<jiao>{_D})[毛角](?:(?P<jiao_fen>{_D})分?|零(?P<jiao_zero_fen>{_D})分?)?"
    rf"|零?(?P<fen_only>{_D})分|零(?P<zero_fen>{_D})|(?P<two>{_D}{_D})|(?P<one>{_D}))?"
)
_YUAN_AMOUNT = rf"(?P<yuan>{_NUMBER})(?:块钱?|元钱?|圆)整?{_SMALL}钱?整?"
_JIAO_AMOUNT = rf"(?P<lone_jiao>{_D})[毛角](?:(?P<lone_jiao_fen>{_D})分?|钱)?"
_FEN_AMOUNT = rf"(?P<lone_fen>{_D})分钱?"
_SIGN_AMOUNT = r"[¥￥](?P<signed>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)元?"

_WHOLE = re.compile(rf"{_SIGN_AMOUNT}|{_YUAN_AMOUNT}|{_JIAO_AMOUNT}|{_FEN_AMOUNT}")
_SPENT = (
    r"(?:花了?|付了?|付款|给了|收了?我?|扣了?我?|多收了?|退我?了?|赔我?|卖|"
    r"(?:价格|价钱|金额|总价|差价|运费|邮费)是?|实付|转了|打了|[涨降][到了])"
)
_IN_TEXT = re.compile(
    rf"{_SIGN_AMOUNT}|(?<![{CARDINAL_CHARACTERS}.几第])(?:{_YUAN_AMOUNT}|{_JIAO_AMOUNT})"
    rf"|(?<![{CARDINAL_CHARACTERS}满])(?P<cents>{_D})分钱"
    rf"|{_SPENT}(?P<bare>{_NUMBER})(?=$|[\s，。,！？!?的吧了呢左上]|多少)"
    rf"|(?<![{CARDINAL_CHARACTERS}.几第])(?P<paid>{_NUMBER})(?=买的|太贵)"
)
_VAGUE_AFTER = re.compile(r"[多来几]|出头|不到")
_NOT_MONEY = re.compile(
    r"(?:块(?:表|手表|布|地|肥皂|香皂|毛巾|蛋糕|电池|屏|硬盘|砖)|元(?:桥|路|街|里|村|化))"
)
_MAX_FEN = 10**12


def _yuan_to_fen(said: str) -> int | None:
    number = read_decimal(said.replace(",", "")) if "." in said or "点" in said else None
    if number is None:
        whole = scan_cardinal(said)
        number = None if whole is None else Decimal(whole)
    if number is None or number < 0:
        return None
    fen = number * 100
    return int(fen) if fen == fen.to_integral_value() and fen < _MAX_FEN else None


def _digit(match: re.Match[str], group: str) -> int:
    said = match[group]
    return DIGIT_VALUES[said] if said else 0


def _small_change(match: re.Match[str]) -> int:
    """Fen said after 块 or 元: 五毛二, 零五分, 半, 五 (jiao), 九九 (jiao and fen), 零五 (fen)."""
    if match["half"]:
        return 50
    two = match["two"]
    if two:
        return DIGIT_VALUES[two[0]] * 10 + DIGIT_VALUES[two[1]]
    jiao = _digit(match, "jiao") or _digit(match, "one")
    fen = ("jiao_fen", "jiao_zero_fen", "fen_only", "zero_fen")
    return jiao * 10 + sum(_digit(match, group) for group in fen)


def _fen(match: re.Match[str]) -> int | None:
    if match["signed"]:
        return _yuan_to_fen(match["signed"])
    if match["lone_jiao"]:
        return _digit(match, "lone_jiao") * 10 + _digit(match, "lone_jiao_fen")
    if match["yuan"]:
        yuan = _yuan_to_fen(match["yuan"])
        return None if yuan is None else yuan + _small_change(match)
    return None


def read_money(text: str) -> int | None:
    """The amount in fen that the whole text says, where an amount was asked for; None if it says none.

    A bare number is yuan (四百二 = 42000, 两千零五 = 200500); 六十块五 = 6050, 一毛五 = 15, 九块九毛九 = 999,
    一块半 = 150, ¥1,299.50 = 129950. 上下, 左右, 大概 are passed over; 一百多, 三四百 give None.
    """
    said = core(text)
    match = _WHOLE.fullmatch(said)
    if match is None:
        return _yuan_to_fen(said)
    return _digit(match, "lone_fen") if match["lone_fen"] else _fen(match)


def find_money(text: str) -> list[MoneySpan]:
    """Amounts in free text: with a unit or sign, or bare after words of paying (花了四百二)."""
    found: list[MoneySpan] = []
    for match in _IN_TEXT.finditer(text):
        bare = "bare" if match["bare"] else "paid"
        if match[bare]:
            start, fen = match.start(bare), _yuan_to_fen(match[bare])
        elif match["cents"]:
            start, fen = match.start(), _digit(match, "cents")
        else:
            start, fen = match.start(), _fen(match)
        thing = match["yuan"] and _NOT_MONEY.match(text, match.end("yuan"), match.end() + 2)
        if fen is not None and not thing and not _VAGUE_AFTER.match(text, match.end()):
            found.append(MoneySpan(start=start, end=match.end(), fen=fen))
    return found


def say_money(fen: int) -> str:
    """The amount as said on the telephone: 19900 一百九十九元, 650 六元五角, 605 六元零五分.

    Raises ValueError for negative amounts: say what is owed or paid back in words.
    """
    if fen < 0:
        raise ValueError("cannot say a negative amount of money")
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    said = _count(yuan, "元") if yuan or not fen else ""
    if jiao:
        said += _count(jiao, "角")
    if cents:
        said += ("零" if yuan and not jiao else "") + _count(cents, "分")
    return said


def _count(number: int, unit: str) -> str:
    return ("两" if number == 2 else say_cardinal(number)) + unit
