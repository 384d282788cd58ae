"""Mandarin syllables as the head on the encoder knows them: initials and finals, without tones."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence

from voicebot.language.pinyin import initial_and_final

BLANK = 0
"""The unit that stands for "nothing new here", as in every network trained with CTC."""
_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s"
_FINALS = (
    "a o e ai ei ao ou an en ang eng er i ih ir ia ie iao iou ian in iang ing iong io "
    "u ua uo uai uei uan uen uang ueng ong v ve van vn"
)
INITIALS = tuple(_INITIALS.split())
FINALS = tuple(_FINALS.split())
"""Phonemic finals; ``ih`` is the vowel of zi, ci, si, and ``ir`` that of zhi, chi, shi, ri."""
UNITS = ("", *INITIALS, *FINALS)
"""What is compared, without tones; the first is the blank."""
TONES = 5
TONAL_UNITS = ("", *INITIALS, *(f"{final}{tone}" for final in FINALS for tone in range(1, TONES + 1)))
"""The outputs of the head in their order: 1 to 4 are the tones of the dictionary, 5 is none."""

_PLACES = {unit: place for place, unit in enumerate(UNITS)}
_HUMMED = frozenset(("n", "ng", "hm", "hng"))
"""嗯 in dictionaries; to the ear it is en."""

_LETTER_NAMES = (
    "ei,bi,xi,di,yi,ai fu,ji,ai chi,ai,jie,kai,ai lou,ai mu,en,ou,pi,qiu,a er,ai si,ti,you,wei,da bu liu,"
    "ai ke si,wai,zei"
)
_LETTERS = dict(zip(string.ascii_lowercase, _LETTER_NAMES.split(","), strict=True))
"""How Mandarin speakers name them."""

Units = tuple[int, ...]
_WRITTEN_ALONE = (
    "i=yi ia=ya ie=ye iao=yao iou=you ian=yan in=yin iang=yang ing=ying iong=yong io=yo "
    "u=wu ua=wa uo=wo uai=wai uei=wei uan=wan uen=wen uang=wang ueng=weng v=yu ve=yue van=yuan vn=yun"
)
_ALONE = dict(pair.split("=") for pair in _WRITTEN_ALONE.split())
_AFTER_INITIAL = {"iou": "iu", "uei": "ui", "uen": "un", "ih": "i", "ir": "i"}


def _written(initial: str, final: str) -> str:
    if not initial:
        return _ALONE.get(final, "i" if final in ("ih", "ir") else final)
    if initial in ("j", "q", "x") and final.startswith("v"):
        return initial + "u" + final[1:]
    return initial + _AFTER_INITIAL.get(final, final)


def units_of(syllable: str) -> Units | None:
    """The units of one toneless syllable: ``kuan`` → k, uan; None for what is no Mandarin syllable."""
    initial, final = initial_and_final("en" if syllable in _HUMMED else syllable)
    if final == "i":
        final = {"z": "ih", "c": "ih", "s": "ih", "zh": "ir", "ch": "ir", "sh": "ir", "r": "ir"}.get(
            initial, "i"
        )
    if final not in FINALS or (initial and initial not in INITIALS):
        return None
    return (_PLACES[initial], _PLACES[final]) if initial else (_PLACES[final],)


def spelled(syllables: Iterable[str]) -> Units | None:
    """The units of syllables one after another, Latin words letter by letter; None for other scripts."""
    found: list[int] = []
    for syllable in syllables:
        units = units_of(syllable) or _letters(syllable)
        if units is None:
            return None
        found += units
    return tuple(found)


def with_tones(units: Units, tones: Sequence[int]) -> Units:
    """Toneless units as TONAL_UNITS, each final in its tone. Raises ValueError when they don't match."""
    bare = 1 + len(INITIALS)
    if sum(unit >= bare for unit in units) != len(tones):
        raise ValueError(f"{len(tones)} tones do not fit the finals")
    following = iter(tones)
    return tuple(u if u < bare else bare + (u - bare) * TONES + next(following) - 1 for u in units)


def _letters(word: str) -> Units | None:
    found: list[int] = []
    for letter in word:
        for syllable in _LETTERS.get(letter, "?").split():
            units = units_of(syllable)
            if units is None:
                return None
            found += units
    return tuple(found)


def read(units: Iterable[int]) -> tuple[str, ...]:
    """The syllables that a run of units spells, in written pinyin; a lone initial is passed over."""
    found: list[str] = []
    initial = ""
    for unit in units:
        name = UNITS[unit]
        if name in INITIALS:
            initial = name
        elif name:
            found.append(_written(initial, name))
            initial = ""
    return tuple(found)
