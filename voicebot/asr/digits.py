"""Digit strings out of recognition: which hypotheses are numbers, which fit the question, which are words."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.asr.engine import Alternative
from voicebot.language.digits import read_digits
from voicebot.language.pinyin import syllable_distance, syllables

_DIGIT_SYLLABLES = (
    *("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"),
    *("yao", "liang", "dong", "guai", "gou"),
)
_NEAR_A_DIGIT = 0.2
_LEAST_DIGIT_SHARE = 0.55
_WRONG_LENGTH_CONFIDENCE = 0.5


def digit_share(text: str) -> float:
    """How much of ``text`` sounds like digits, 0..1 of its syllables; 1 when it is silent."""
    said = syllables(text)
    if not said:
        return 1.0
    near = sum(
        any(syllable_distance(syllable, digit) <= _NEAR_A_DIGIT for digit in _DIGIT_SYLLABLES)
        for syllable in said
    )
    return near / len(said)


def is_words(text: str) -> bool:
    """Whether a free decode is clearly something else than a number: 我要转人工, 等一下."""
    return len(syllables(text)) >= 2 and digit_share(text) < _LEAST_DIGIT_SHARE


def digit_alternatives(
    constrained: Sequence[Alternative], freely: Sequence[Alternative], digit_counts: Sequence[int]
) -> tuple[Alternative, ...]:
    """The digit strings heard, best first; empty when the free decode shows that words were said.

    ``constrained`` could hold digits only. Strings of a length in ``digit_counts`` come alone when there are
    any (every length fits when it is empty); else the others come at half their confidence: the caller may
    have paused in the middle.
    """
    if freely and is_words(freely[0].text):
        return ()
    heard: dict[str, float] = {}
    for one in (*constrained, *freely):
        digits = read_digits(one.text)
        if digits:
            heard[digits] = max(heard.get(digits, 0.0), one.confidence)
    fitting = {
        digits: sure for digits, sure in heard.items() if not digit_counts or len(digits) in digit_counts
    }
    chosen = fitting or {digits: sure * _WRONG_LENGTH_CONFIDENCE for digits, sure in heard.items()}
    ranked = sorted(chosen.items(), key=lambda pair: -pair[1])
    return tuple(Alternative(text=digits, confidence=sure) for digits, sure in ranked)
