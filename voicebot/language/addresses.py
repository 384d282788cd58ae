"""Numbers inside spoken addresses, written the way a parcel label has them."""

from __future__ import annotations

import re

from voicebot.language.digits import read_digits
from voicebot.language.numerals import CARDINAL_CHARACTERS, scan_cardinal

_N = f"[{CARDINAL_CHARACTERS}幺]"
_BEFORE_PART = re.compile(rf"{_N}+(?=号楼|号院|号|栋|幢|单元|室|楼|层|弄|座|期|门|巷|户)")
_AFTER_PART = re.compile(
    rf"(?<=单元|号楼)({_N}{{2,4}})(?![{CARDINAL_CHARACTERS}]|路|街)|(?<=[栋幢座层])({_N}{{2,4}})(?=$|[，。\s室])"
)


def _as_digits(match: re.Match[str]) -> str:
    said = match.group()
    value = scan_cardinal(said)
    if value is not None:
        return str(value)
    return read_digits(said) or said


def address_numerals(text: str) -> str:
    """The address with house numbers in digits: 建设路十八号三号楼一单元五零二 → 建设路18号3号楼1单元502.

    Numerals that belong to a name (五一路, 三元桥, 八一大道) stay as they are.
    """
    return _AFTER_PART.sub(_as_digits, _BEFORE_PART.sub(_as_digits, text))
