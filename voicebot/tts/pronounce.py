"""How a text is said: Simplified Chinese, with the odd Latin letter or digit, as Kokoro's phonemes."""

import importlib
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any

from voicebot.tts.spoken_text import halfwidth

_HAN = "一-鿿㐀-䶿〇"
_PIECES = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<latin>[A-Za-z]+)|(?P<digits>[0-9]+(?:\.[0-9]+)?)|(?P<mark>[，。、；：？！,.;:?!…—])"
)

_DIGITS = dict(zip("0123456789.", "零一二三四五六七八九点", strict=True))

_LETTERS = {
    "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5", "G": "ji4", "H": "ai2 chi5",
    "I": "ai4", "J": "jie4", "K": "kai4", "L": "ai2 lou5", "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi1",
    "Q": "qiu1", "R": "a1 er5", "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu5",
    "X": "ai2 ke5 si5", "Y": "wai1", "Z": "zei4",
}  # fmt: skip
"""Names of the letters as Mandarin speakers say them, in numbered pinyin (5 is the neutral tone)."""

_READINGS = {
    "幺": "yao1",
    "还款": "huan2 kuan3",
    "退还": "tui4 huan2",
    "归还": "gui1 huan2",
    "重拨": "chong2 bo1",
    "重按": "chong2 an4",
    "重发": "chong2 fa1",
    "得按": "dei3 an4",
    "为您": "wei4 nin2",
}
"""Words whose characters have several readings, where the dictionary was found to choose the wrong one."""

_READING_PATTERN = re.compile("(" + "|".join(sorted(_READINGS, key=len, reverse=True)) + ")")

_COUNTED = frozenset("件遍下个些单笔次份双条位天家种样起百千万张台部本盒包只年度般直并共定旦切")
"""Before these 一 changes its tone; in 一月, 一号, 十一 and in digit strings it does not."""

_NUMERALS = "第十零一二三四五六七八九点"

_MARKS = dict(zip("，、；：。！？…—", (", ", ", ", "; ", ": ", ". ", "! ", "? ", "… ", "— "), strict=True))

_SENTENCE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;\n]*")
_CLAUSE = re.compile(r"[^，、：,:—…]+[，、：,:—…]*")


class Pronouncer:
    """Turns text into a string of Kokoro's phonemes. Thread-safe.

    The dictionaries are loaded at the first use (0.9 s).
    """

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._loaded: tuple[Any, Any, Any] | None = None

    def phonemes(self, text: str) -> str:
        """The phonemes, with the punctuation that shapes the melody; empty if nothing can be said."""
        said: list[str] = []
        sounding = False
        for kind, piece in _pieces(text):
            if kind == "mark":
                said.append(_MARKS.get(piece, piece + " "))
                continue
            sounding = True
            if kind == "latin":
                said.append(
                    " " + " ".join(self._syllables(_LETTERS[letter]) for letter in piece.upper()) + " "
                )
            elif kind == "digits":
                said.append(self._han("".join(_DIGITS[digit] for digit in piece)))
            else:
                said.append(self._han(piece))
        return re.sub(r"\s+", " ", "".join(said)).strip() if sounding else ""

    def _han(self, text: str) -> str:
        words = []
        for part in _READING_PATTERN.split(text):
            if part in _READINGS:
                words.append(self._syllables(_READINGS[part]))
            elif part:
                words += self._words(part)
        return " ".join(words)

    def _words(self, text: str) -> list[str]:
        jieba, pypinyin, _ = self._dictionaries()
        words: list[str] = jieba.lcut(text, cut_all=False)
        tone3 = pypinyin.Style.TONE3
        read = [pypinyin.lazy_pinyin(word, style=tone3, neutral_tone_with_five=True) for word in words]
        syllables = [syllable for word in read for syllable in word]
        changed = iter(_changed_tones("".join(words), syllables))
        return [self._syllables(" ".join(next(changed) for _ in word)) for word in read]

    def _syllables(self, pinyin: str) -> str:
        _, _, chinese = self._dictionaries()
        # U+032F marks a non-syllabic vowel and is not in Kokoro's vocabulary.
        said: str = "".join(chinese.py2ipa(syllable) for syllable in pinyin.split())
        return said.replace("\u032f", "")

    def _dictionaries(self) -> tuple[Any, Any, Any]:
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    jieba = importlib.import_module("jieba")
                    jieba.setLogLevel(logging.WARNING)
                    jieba.initialize()
                    # Only this module of misaki: its others need packages that are not installed.
                    chinese = importlib.import_module("misaki.zh").ZHG2P
                    self._loaded = (jieba, importlib.import_module("pypinyin"), chinese)
        return self._loaded


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Runs of Han characters, letters, digits and single marks, in order; anything else is left out."""
    for found in _PIECES.finditer(halfwidth(text)):
        yield str(found.lastgroup), found.group()


def _changed_tones(text: str, syllables: list[str]) -> list[str]:
    """Apply the tone changes of 不 and 一, which the dictionary applies in some words only."""
    if len(text) != len(syllables):
        return syllables
    changed = list(syllables)
    for at in range(len(text) - 1):
        following = syllables[at + 1][-1]
        before = text[at - 1] if at else ""
        if text[at] == "不" and following == "4" and syllables[at] == "bu4":
            changed[at] = "bu2"
        elif text[at] == "一" and text[at + 1] in _COUNTED and not (before and before in _NUMERALS):
            changed[at] = "yi2" if following == "4" else "yi4"
    return changed


def sentences(text: str) -> list[str]:
    """The text in sentences, each with its closing marks."""
    return [found.group().strip() for found in _SENTENCE.finditer(text) if found.group().strip()]


def clauses(sentence: str) -> list[str]:
    """One sentence in clauses, each with its closing mark."""
    return [found.group().strip() for found in _CLAUSE.finditer(sentence) if found.group().strip()]
