"""How alike two Mandarin texts sound: toneless syllables, and a distance that forgives accents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

from voicebot.language.normalise import HAN

_SOUNDING = re.compile(rf"[{HAN}]+|[A-Za-z]+|[0-9]")
_DIGIT_SYLLABLES = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """One syllable and the place in the text that writes it: `text[start:end]`."""

    syllable: str
    start: int
    end: int


def _spoken(han: str) -> list[str]:
    """One syllable a character; what pypinyin does not know stands for itself."""
    spoken = lazy_pinyin(han, style=Style.NORMAL)
    if len(spoken) == len(han):
        return spoken
    return ["".join(lazy_pinyin(character, style=Style.NORMAL)) for character in han]


@lru_cache(maxsize=8_192)
def soundings(text: str) -> tuple[Sounding, ...]:
    """The text's syllables with their places; a Latin word is one, in lower case; digits are said."""
    found: list[Sounding] = []
    for match in _SOUNDING.finditer(text):
        part, start = match.group(), match.start()
        if part.isdigit():
            found.append(Sounding(syllable=_DIGIT_SYLLABLES[int(part)], start=start, end=match.end()))
        elif part.isascii():
            found.append(Sounding(syllable=part.lower(), start=start, end=match.end()))
        else:
            spoken = _spoken(part)
            found += [Sounding(syllable=s, start=start + i, end=start + i + 1) for i, s in enumerate(spoken)]
    return tuple(found)


def syllables(text: str) -> tuple[str, ...]:
    """Toneless pinyin, one item a syllable (ü is v): 退款 → ("tui", "kuan"). Punctuation is silent."""
    return tuple(sounding.syllable for sounding in soundings(text))


_INITIALS = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])?(.*)")
_SPELLINGS = (
    "yi=i ya=ia ye=ie yao=iao you=iou yan=ian yin=in yang=iang ying=ing yo=io yong=iong "
    "yu=v yue=ve yuan=van yun=vn wu=u wa=ua wo=uo wai=uai wei=uei wan=uan wen=uen wang=uang weng=ueng"
)
_WRITTEN_FINALS = dict(spelling.split("=") for spelling in _SPELLINGS.split())
_SHORT_FINALS = {"ui": "uei", "un": "uen", "iu": "iou"}

_ACCENT_COST, _NEAR_COST = 0.15, 0.5
"""What accents exchange regularly costs little; sounds that are merely near each other cost half."""


def _costs(accent: str, near: str) -> dict[frozenset[str], float]:
    return {
        frozenset(pair.split("/")): cost
        for pairs, cost in ((near, _NEAR_COST), (accent, _ACCENT_COST))
        for pair in pairs.split()
    }


_INITIAL_COSTS = _costs(
    accent="n/l zh/z ch/c sh/s f/h r/l",
    near="zh/j ch/q sh/x b/p d/t g/k m/n z/c zh/ch j/q zh/c ch/z sh/r g/h k/h",
)
_FINAL_COSTS = _costs(
    accent="an/ang en/eng in/ing uan/uang ian/iang uen/ueng",
    near="e/o uo/o uo/ou ai/ei ao/ou ian/in uen/ong eng/ong i/v ie/ve ian/van in/vn uei/ei e/uo "
    "e/a en/in eng/ing an/en ang/eng uan/an u/ou",
)
_INITIAL_SHARE, _FINAL_SHARE = 0.45, 0.55


@lru_cache(maxsize=4_096)
def initial_and_final(syllable: str) -> tuple[str, str]:
    """Initial and phonemic final: y and w are spelling only, ju is jü, liu is liou."""
    if syllable in _WRITTEN_FINALS:
        return "", _WRITTEN_FINALS[syllable]
    match = _INITIALS.fullmatch(syllable)
    initial, final = (match[1] or "", match[2]) if match else ("", syllable)
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    return initial, _SHORT_FINALS.get(final, final)


@lru_cache(maxsize=65_536)
def syllable_distance(a: str, b: str) -> float:
    """0 for the same syllable, 0.07–0.3 for accent confusions (n/l, sh/s, an/ang …), 1 for unlike ones."""
    if a == b:
        return 0.0
    (initial_a, final_a), (initial_b, final_b) = initial_and_final(a), initial_and_final(b)
    if {initial_a, initial_b} == {"f", "h"}:
        final_a, final_b = final_a.removeprefix("u") or "u", final_b.removeprefix("u") or "u"
    initial = 0.0 if initial_a == initial_b else _INITIAL_COSTS.get(frozenset((initial_a, initial_b)), 1.0)
    final = 0.0 if final_a == final_b else _FINAL_COSTS.get(frozenset((final_a, final_b)), 1.0)
    return _INITIAL_SHARE * initial + _FINAL_SHARE * final


def sound_distances(syllable: str, others: Sequence[str]) -> list[float]:
    """`syllable_distance` to each of the others."""
    return [syllable_distance(syllable, other) for other in others]


def _as_syllables(said: str | Sequence[str]) -> tuple[str, ...]:
    return syllables(said) if isinstance(said, str) else tuple(said)


def distance(a: str | Sequence[str], b: str | Sequence[str]) -> float:
    """How unlike two texts (or tuples of syllables) sound: 0 alike, 1 nothing in common.

    An edit distance over syllables, a lost or added one costing 1, divided by the longer length.
    """
    one, other = _as_syllables(a), _as_syllables(b)
    longer = max(len(one), len(other))
    if not longer:
        return 0.0
    row = [float(place) for place in range(len(other) + 1)]
    for i, left in enumerate(one, start=1):
        diagonal, row[0] = row[0], float(i)
        for j, right in enumerate(other, start=1):
            best = min(row[j] + 1, row[j - 1] + 1, diagonal + syllable_distance(left, right))
            diagonal, row[j] = row[j], best
    return row[-1] / longer


def aligned(a: Sequence[str], b: Sequence[str]) -> tuple[str | None, ...]:
    """For each syllable of `a` the one of `b` that it lies beside in the cheapest alignment, or None."""
    costs = [[float(i + j) if not (i and j) else 0.0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, left in enumerate(a, start=1):
        for j, right in enumerate(b, start=1):
            swap = costs[i - 1][j - 1] + syllable_distance(left, right)
            costs[i][j] = min(swap, costs[i - 1][j] + 1, costs[i][j - 1] + 1)
    beside: list[str | None] = [None] * len(a)
    i, j = len(a), len(b)
    while i and j:
        if costs[i][j] == costs[i - 1][j - 1] + syllable_distance(a[i - 1], b[j - 1]):
            i, j = i - 1, j - 1
            beside[i] = b[j]
        elif costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return tuple(beside)


@lru_cache(maxsize=8_192)
def readings_of(character: str) -> tuple[str, ...]:
    """Every way to read one character aloud, toneless, the commonest first: 行 → xing, hang, heng."""
    return tuple(dict.fromkeys((*syllables(character), *_other_readings(character))))


def _other_readings(written: str) -> list[str]:
    if len(written) != 1 or not "\u4e00" <= written <= "\u9fff":
        return []
    return pinyin(written, style=Style.NORMAL, heteronym=True)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Where a phrase best fits in a text: `text[start:end]`, and how unlike it sounds there (0..1)."""

    start: int
    end: int
    distance: float


def locate(text: str, phrase: str) -> Located | None:
    """The stretch of the text that sounds most like the phrase, or None when either is silent.

    The distance is divided by the phrase's length in syllables; text before and after costs nothing.
    """
    heard, wanted = soundings(text), syllables(phrase)
    if not heard or not wanted:
        return None
    column = [(float(place), 0) for place in range(len(wanted) + 1)]
    best_cost, best_from, best_to = column[-1][0], 0, 0
    for end, sounding in enumerate(heard, start=1):
        diagonal, column[0] = column[0], (0.0, end)
        for place, syllable in enumerate(wanted, start=1):
            swap = (diagonal[0] + syllable_distance(sounding.syllable, syllable), diagonal[1])
            added = (column[place][0] + 1, column[place][1])
            lost = (column[place - 1][0] + 1, column[place - 1][1])
            diagonal, column[place] = column[place], min(swap, added, lost, key=lambda option: option[0])
        if column[-1][0] < best_cost:
            best_cost, best_from, best_to = column[-1][0], column[-1][1], end
    if best_to == best_from:
        return None
    start, stop = heard[best_from].start, heard[best_to - 1].end
    return Located(start=start, end=stop, distance=best_cost / len(wanted))
