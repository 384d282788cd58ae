"""Text on its way to a clip: its normal form, its marks, and the pauses that the marks ask for."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_BESIDE_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_LEADING_MARKS = re.compile(r"^[，。、；：？！…—,.;:?!\s]+")
_SPEAKABLE = re.compile(r"[0-9A-Za-z〇㐀-䶿一-鿿]")

_PAUSES_MS = {
    "，": 120, "、": 90, "：": 150, "；": 180, "。": 250, "？": 250, "！": 250, "…": 250, "—": 120,
    ",": 120, ":": 150, ";": 180, ".": 250, "?": 250, "!": 250,
}  # fmt: skip


def halfwidth(text: str) -> str:
    """The text with ＡＢ１２ as AB12; marks stay as they are, which NFKC for all would not let them."""
    return "".join(
        unicodedata.normalize("NFKC", one) if "！" < one <= "ｚ" and one.isalnum() else one for one in text
    )


def normalised(text: str) -> str:
    """The form under which a text is kept: half-width, no space beside Chinese characters, else one."""
    return _BESIDE_HAN.sub("", _SPACES.sub(" ", halfwidth(text))).strip()


def is_speakable(text: str) -> bool:
    """Whether the text holds anything to say, and not marks alone."""
    return bool(_SPEAKABLE.search(halfwidth(text)))


def without_leading_marks(text: str) -> tuple[str, str]:
    """(the marks that the text begins with, the rest): ，已经发货。 → ("，", "已经发货。")."""
    found = _LEADING_MARKS.match(text)
    return (found.group().strip(), text[found.end() :]) if found else ("", text)


def pause_ms(marks: str) -> int:
    """The pause that these marks ask for: that of the longest, 0 for none."""
    return max((_PAUSES_MS.get(mark, 0) for mark in marks), default=0)


def closing_marks(text: str) -> str:
    """The marks that the text ends with: 您好。 → 。"""
    return text[len(text.rstrip("".join(_PAUSES_MS))) :]
