"""Order, tracking and tax numbers: letters and digits as callers spell them, and their check characters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.language.digits import read_digits, say_digits

_LETTER_ASIDE = re.compile(
    r"大写的?|小写的?|字母|英文|税号|纳税人识别号|统一社会信用代码|信用代码|顺丰单号|单子|快递"
)
_CARRIER_WORDS = {"顺丰": "SF", "圆通": "YT", "京东": "JD", "极兔": "JT"}
_LETTER_RUN = re.compile(r"[A-Z]+")

MIN_ORDER_CHARACTERS = 6
MAX_ORDER_CHARACTERS = 24


def read_alphanumeric(text: str) -> str | None:
    """Capital letters and digits that the whole text spells (S F 一二三四 → SF1234), or None.

    Everything that `read_digits` passes over is passed over here too; 大写 and 字母 also.
    """
    said = _LETTER_ASIDE.sub(" ", text).upper()
    parts: list[str] = []
    position = 0
    for letters in [*_LETTER_RUN.finditer(said), None]:
        between = said[position : letters.start() if letters else len(said)]
        digits = read_digits(between)
        if digits is None and read_digits(between + "0") != "0":
            return None
        parts.append(digits or "")
        if letters:
            parts.append(letters.group())
            position = letters.end()
    return "".join(parts) or None


def read_order_no(text: str) -> str | None:
    """An order number: 6 to 24 capital letters and digits, most of them digits; None for any other text."""
    value = read_alphanumeric(text)
    if value is None or not MIN_ORDER_CHARACTERS <= len(value) <= MAX_ORDER_CHARACTERS:
        return None
    return value if 2 * sum(c.isdigit() for c in value) > len(value) else None


_TRACKING = re.compile(r"[A-Z]{0,4}\d{8,16}[A-Z]{0,2}(?:\d{1,2})?")
_CARRIERS = (
    ("SF", re.compile(r"SF\d{12,13}")),
    ("JD", re.compile(r"JD[A-Z]{0,2}\d{10,15}")),
    ("JT", re.compile(r"JT\d{12,15}")),
    ("YTO", re.compile(r"YT\d{12,15}")),
    ("STO", re.compile(r"(?:ST|STO)\d{10,15}|77\d{13}")),
    ("YD", re.compile(r"YD\d{10,15}|4[36]\d{13}")),
    ("ZTO", re.compile(r"(?:ZT|ZTO)\d{10,15}|7[358]\d{12}")),
    ("EMS", re.compile(r"[A-Z]{2}\d{9}CN")),
)


def read_tracking_no(text: str) -> str | None:
    """A parcel's number as printed (SF1234567890123); the carrier's name stands for its letters."""
    said = text
    for word, letters in _CARRIER_WORDS.items():
        said = re.sub(rf"{word}(?:快递|速运|物流)?(?:的|单号|是)*(?={letters}|{letters.lower()})", "", said)
        said = re.sub(rf"{word}(?:快递|速运|物流)?", letters, said)
    value = read_alphanumeric(said)
    return value if value and _TRACKING.fullmatch(value) else None


def carrier_of(tracking_no: str) -> str | None:
    """The carrier (SF, YTO, ZTO, STO, YD, JD, EMS, JT) whose numbers look like this one, or None."""
    return next((carrier for carrier, shape in _CARRIERS if shape.fullmatch(tracking_no)), None)


_TAX_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TAX_LENGTH = 18


def tax_check_character(body: str) -> str:
    """The 18th character for the first 17 of a unified social credit code (GB 32100-2015, 3**i mod 31).

    Raises ValueError for another length or a character outside its alphabet (no I, O, S, V, Z).
    """
    if len(body) != _TAX_LENGTH - 1 or any(character not in _TAX_ALPHABET for character in body):
        raise ValueError("a unified social credit code begins with 17 characters of its own alphabet")
    total = sum(_TAX_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _TAX_ALPHABET[-total % 31]


def check_tax_no(tax_no: str) -> bool:
    """Whether this is a unified social credit code of 18 characters whose check character fits."""
    if len(tax_no) != _TAX_LENGTH or any(character not in _TAX_ALPHABET for character in tax_no):
        return False
    return tax_check_character(tax_no[:-1]) == tax_no[-1]


def read_tax_no(text: str) -> str | None:
    """18 letters and digits that the whole text spells; whether they fit is `check_tax_no`'s question."""
    value = read_alphanumeric(text)
    return value if value and len(value) == _TAX_LENGTH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierSpan:
    """An order or tracking number inside a text: `text[start:end]` says `value`."""

    start: int
    end: int
    value: str


_WRITTEN = re.compile(
    r"(?<![A-Za-z0-9.])(?=[A-Za-z]*\d)[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){7,23}(?![A-Za-z0-9.])"
)


def find_identifiers(text: str) -> list[IdentifierSpan]:
    """Numbers with letters in free text (SF1234567890123), 8 to 24 characters, at least 6 of them digits."""
    found: list[IdentifierSpan] = []
    for match in _WRITTEN.finditer(text):
        value = re.sub(r"[ -]", "", match.group()).upper()
        if value.isdigit() or sum(c.isdigit() for c in value) < MIN_ORDER_CHARACTERS:
            continue
        found.append(IdentifierSpan(start=match.start(), end=match.end(), value=value))
    return found


def say_identifier(value: str) -> str:
    """Letters one by one and digits in groups, for the ear: SF1234567 → S F，一二三，四五六七.

    Raises ValueError for anything but capital letters and digits.
    """
    parts = re.findall(r"[A-Z]+|[0-9]+", value)
    if "".join(parts) != value or not value:
        raise ValueError("an identifier to be said holds capital letters and digits only")
    return "，".join(say_digits(part) if part.isdigit() else " ".join(part) for part in parts)
