"""One written form for everything that recognisers, keyboards and files call Mandarin text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

MAX_CHARACTERS = 2_000
"""Longer text is cut: nobody says more than this in one turn of a telephone call."""

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f〇"
"""The inside of a regular-expression class that matches one Han character."""

_UNSPEAKABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_CJK_MARKS = "，。？！；：、（）“”‘’《》"
_WIDE = {",": "，", "?": "？", "!": "！", ";": "；", ":": "："}

_HESITATION_DOTS = re.compile(r"\.{2,}|。{2,}")
_MARK_RUN = re.compile(r"(?:[。、,?!;]\s*){2,}")
_SPACES = re.compile(r"\s+")
_SPACE_BESIDE_HAN = re.compile(rf"(?<=[{HAN}{_CJK_MARKS}]) | (?=[{HAN}{_CJK_MARKS}])")
_MARK_BESIDE_HAN = re.compile(rf"(?<=[{HAN}])[,?!;:]|[,?!;](?=[{HAN}])")
_STOP_AFTER_HAN = re.compile(rf"(?<=[{HAN}])\.(?![0-9A-Za-z])")
_LEADING_MARKS = re.compile(r"^[\s，。？！；：、,.?!;:]+")
_TRAILING_WEAK_MARKS = re.compile(r"[\s，；：、,;:]+$")

_LETTERS = re.compile(r"[A-Za-z]+")
_VOWEL_GROUP = re.compile(r"[aeiouy]+")
_SILENT_E = re.compile(r"(?<=[^aeiouy])e$")


@cache
def _simplifier() -> opencc.OpenCC:
    """The Traditional-to-Simplified converter, loaded at the first use (it reads its tables from disk)."""
    return opencc.OpenCC("t2s")


def _strongest_mark(run: re.Match[str]) -> str:
    marks = run.group()
    return next((mark for mark in "?!。" if mark in marks), marks[0])


def _speakable(text: str) -> str:
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in _UNSPEAKABLE)


def normalise(text: str) -> str:
    """The text in Simplified characters, without control characters, odd widths or stray spaces.

    Compatibility forms are folded (NFKC), spaces beside Han characters go, other runs of white space become
    one, punctuation beside Han characters takes its Chinese form and runs of it become one mark; marks at the
    beginning and weak marks at the end go. Letters keep their case. At most `MAX_CHARACTERS` are kept.
    Applying it twice changes nothing more.
    """
    folded = unicodedata.normalize("NFKC", _speakable(text[:MAX_CHARACTERS]))
    simplified = _simplifier().convert(_speakable(folded))
    spaced = _SPACES.sub(" ", _HESITATION_DOTS.sub(",", simplified)).strip()
    collapsed = _SPACE_BESIDE_HAN.sub("", _MARK_RUN.sub(_strongest_mark, spaced))
    marked = _STOP_AFTER_HAN.sub("。", _MARK_BESIDE_HAN.sub(lambda m: _WIDE[m.group()], collapsed))
    trimmed = _LEADING_MARKS.sub("", _SPACE_BESIDE_HAN.sub("", marked))[:MAX_CHARACTERS]
    return _TRAILING_WEAK_MARKS.sub("", trimmed)


def _word_syllables(word: str) -> int:
    if word.isupper() or len(word) == 1:
        return len(word)
    return max(1, len(_VOWEL_GROUP.findall(_SILENT_E.sub("", word.lower()))))


def syllable_count(text: str) -> int:
    """About how many syllables it takes to say the text.

    A Han character and a digit count one each, a point inside a number one (点), a Latin word by its vowels,
    a word in capitals by its letters (USB is spelt out). Everything else is silent.
    """
    han = sum(1 for _ in re.finditer(rf"[{HAN}]", text))
    digits = sum(1 for character in text if character.isdecimal())
    points = len(re.findall(r"(?<=\d)\.(?=\d)", text))
    return han + digits + points + sum(_word_syllables(word) for word in _LETTERS.findall(text))
