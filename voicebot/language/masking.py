"""Hiding personal data: what logs and screens may show of numbers, names and addresses."""

from __future__ import annotations

import re

from voicebot.language.digits import find_digit_strings

_HIDDEN = "****"
_SHOWN_TAIL = 4
_PHONE_DIGITS = 11
_LONG_ENOUGH_FOR_TAIL = 8


def mask_phone(phone: str) -> str:
    """138****1234 for a mobile number; of any other the last four digits, of a short one nothing."""
    digits = re.sub(r"\D", "", phone)
    if len(digits) == _PHONE_DIGITS:
        return digits[:3] + _HIDDEN + digits[-_SHOWN_TAIL:]
    return _tail_only(digits)


def mask_order_no(order_no: str) -> str:
    """****0001: the last four characters, which callers are asked for; of a short number nothing."""
    return _tail_only(order_no)


def _tail_only(number: str) -> str:
    return _HIDDEN + number[-_SHOWN_TAIL:] if len(number) >= _LONG_ENOUGH_FOR_TAIL else _HIDDEN


def mask_name(name: str) -> str:
    """王** for 王小明: the first character, a star for each other one."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


_AREA = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,6}?市)?(?:[\u4e00-\u9fff]{1,5}?[区县])?"
)


def mask_address(address: str) -> str:
    """江苏省南京市**** : province, city and district stay, the rest goes."""
    area = _AREA.match(address)
    return (area.group() if area else "") + _HIDDEN


_EMAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_COUNTRY_CODE = re.compile(r"\+86[ -]?(?=\d)")
_CODE = re.compile(r"(?<=验证码)((?:[是为：:，,\s]|就是){0,4})[0-9零一二三四五六七八九幺两洞拐勾]{4,8}")
_IDENTIFIER = re.compile(r"(?<![A-Za-z0-9*])(?=[A-Za-z]{0,8}\d)[A-Za-z0-9]{8,32}(?![A-Za-z0-9])")
_WRITTEN_NUMBER = re.compile(r"(?<![\d.¥￥*])\+?\d(?:[ -]?\d){4,}(?!\d|\.\d|[ ]?[元块件万])")
_NAME = re.compile(
    r"((?:我叫|名字叫|名字是|姓名是?|收件人是?|收货人是?|联系人是?)[，：:\s]{0,2})"
    r"([\u4e00-\u9fff]{2,4}?)(?=$|[，。！？,.!?\s]|电话|手机|的|，|女士|先生)"
)
_NUMERAL = "0-9零〇一二三四五六七八九十百两"
_STREET = re.compile(
    rf"[\u4e00-\u9fffA-Za-z0-9]{{1,6}}?(?:路|街|大道|巷|弄|胡同|村|小区|花园|公寓|大厦|家园)"
    rf"[{_NUMERAL}A-Za-z]+(?:号楼|号院|号|栋|幢|座|弄|期)"
    rf"(?:[{_NUMERAL}A-Za-z-]+(?:号楼|单元|楼|层|室|号|栋|幢|座|门|户))*(?:[{_NUMERAL}]{{2,4}}(?![元块件]))?"
    rf"|(?:[{_NUMERAL}A-Za-z]+(?:号楼|栋|幢|单元|室)){{2,}}(?:[{_NUMERAL}]{{2,4}}(?![元块件]))?"
)


def _mask_number(match: re.Match[str]) -> str:
    return mask_phone(match.group())


def _mask_spoken(text: str) -> str:
    """Digit strings said in words or in mixed form, from five digits on."""
    for span in reversed(find_digit_strings(text, minimum=5)):
        if "*" not in text[span.start : span.end]:
            text = text[: span.start] + mask_phone(span.digits) + text[span.end :]
    return text


def mask_text(text: str) -> str:
    """Free text with numbers, addresses, e-mail addresses, codes and named persons hidden.

    Phones keep 138****1234, numbers from eight characters on their last four; one-time codes go wholly;
    prices, dates and the four digits of a tail stay.
    """
    masked = _EMAIL.sub(_HIDDEN, _COUNTRY_CODE.sub("", text))
    masked = _CODE.sub(rf"\1{_HIDDEN}", masked)
    masked = _NAME.sub(lambda match: match.group(1) + mask_name(match.group(2)), masked)
    masked = _STREET.sub(_HIDDEN, masked)
    masked = _mask_spoken(masked)
    masked = _IDENTIFIER.sub(
        lambda match: _mask_number(match) if match.group().isdigit() else mask_order_no(match.group()), masked
    )
    return _WRITTEN_NUMBER.sub(_mask_number, masked)
