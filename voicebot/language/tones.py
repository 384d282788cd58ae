"""The tones in which a text is said: by the dictionary, and as neighbours change them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from voicebot.language.pinyin import soundings

_OF_DIGITS = (2, 1, 4, 1, 4, 3, 4, 1, 1, 3)
_NEUTRAL = 5


@lru_cache(maxsize=8_192)
def tones(text: str) -> tuple[int, ...] | None:
    """The dictionary's tone of each of `syllables(text)`, 1 to 4, 5 for none; None with Latin words."""
    said = soundings(text)
    numbered: list[int] = []
    for run in _runs_of_han(text):
        read = lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True)
        if len(read) != len(run) or not all(one[-1:].isdigit() for one in read):
            return None
        numbered += [int(one[-1]) for one in read]
    han = iter(numbered)
    found: list[int] = []
    for sounding in said:
        written = text[sounding.start : sounding.end]
        if written.isascii() and not written.isdigit():
            return None
        found.append(_OF_DIGITS[int(written)] if written.isascii() else next(han, _NEUTRAL))
    return tuple(found)


def in_speech(text: str, by_dictionary: Sequence[int]) -> tuple[int, ...]:
    """The tones as neighbours change them: 3 before 3 is 2, 不 before 4 is 2, 一 is 2 before 4 and else 4.

    `by_dictionary`: what `tones` gave for the text.
    """
    written = [text[sounding.start] for sounding in soundings(text)]
    spoken = list(by_dictionary)
    for place, following in enumerate(by_dictionary[1:]):
        falls = written[place] == "不" and following == 4
        if by_dictionary[place] == following == 3 or falls:
            spoken[place] = 2
        elif written[place] == "一":
            spoken[place] = 2 if following == 4 else 4
    return tuple(spoken)


def _runs_of_han(text: str) -> list[str]:
    """The parts of the text that `soundings` reads as characters, in order."""
    runs: list[str] = []
    end = -1
    for sounding in soundings(text):
        written = text[sounding.start : sounding.end]
        if written.isascii():
            continue
        if sounding.start == end:
            runs[-1] += written
        else:
            runs.append(written)
        end = sounding.end
    return runs
