"""The words that callers of this hotline are likely to say, how likely, and where in a text one would fit."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicebot.grammar.bundle import Bundle
from voicebot.language.normalise import HAN
from voicebot.language.pinyin import sound_distances, syllables
from voicebot.language.words import tokenizer

Floats = npt.NDArray[np.float64]

_RUN = re.compile(rf"[{HAN}]{{2,8}}")
_LIKELIEST, _UNLIKELIEST = 4.0, 8.0
"""Bounds of a cost in nats: what templates repeat is not said that much more often, nor the rest never."""
_LONGER_FROM = 5
"""Words of so many syllables may have one more or less in the text than they should."""
_EXTRA_SYLLABLE = 1.2
_FURTHEST_SYLLABLE = 0.6
"""No single syllable of a word may be less alike than that: 图 is not what became 照."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A word that may have been said: what kind it is, and how unexpected, in nats (-log of its share)."""

    said: str
    kind: str
    """``product``, ``carrier``, ``color``, ``city``, ``answer``, ``wish``, ``own`` (this caller's)."""
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A word that sounds like the syllables ``start`` to ``end``; ``unlike``: sum of syllable distances."""

    word: Likely
    start: int
    end: int
    unlike: float


def likely_words(bundle: Bundle) -> tuple[Likely, ...]:
    """Words to repair to: those of the lexicon, of the closed sets but yes and no, and key words of wishes.

    Key words are what several templates or examples have in common, without pronouns and particles: what is
    said in nearly every call (帮我, 的话) would fit everywhere and tell nothing.
    """
    kinds: dict[str, str] = {word.said: word.kind for word in bundle.lexicon.words}
    kinds.update((said, "wish") for said in bundle.lexicon.phrases)
    for name, answers in bundle.answers.items():
        if name not in _NO_KEY_WORDS:
            kinds.update((said, "answer") for says in answers.values() for said in says if said not in kinds)
    counts = _counts(bundle)
    for said, times in counts.items():
        if times >= _COMMON_TO:
            kinds.setdefault(said, "wish")
    total = sum(counts.values())
    return tuple(
        Likely(said=said, kind=kind, cost=_UNASKED if kind == "city" else _cost(counts[said], total))
        for said, kind in kinds.items()
        if not _steers(said, bundle)
        if _RUN.fullmatch(said) and (kind in _NAMES or said in bundle.lexicon.phrases or _tells(said, kind))
    )


def _steers(said: str, bundle: Bundle) -> bool:
    """Whether the word alone would say yes or no, or end the talk: that is never put into a mouth."""
    if any(said in says for says in bundle.answers.get("yes_no", {}).values()):
        return True
    return any(
        pattern.fullmatch(said)
        for act in bundle.acts
        if act.name in _STEERING
        for pattern in (*act.whole, *act.leading, *act.anywhere)
    )


def _tells(said: str, kind: str) -> bool:
    """Whether a word would be missed: with small words in it only a long answer does."""
    return not _SMALL_WORDS.search(said) or (kind == "answer" and len(said) >= _LONG_ANSWER)


_STEERING = frozenset({"affirm", "deny", "stop", "goodbye", "back"})
_UNASKED = 10.0
"""What a city costs where none was asked for: callers rarely name one by themselves."""
_NO_KEY_WORDS = frozenset({"yes_no", "unknown", "score"})
_NAMES = frozenset({"product", "carrier", "city"})
_COMMON_TO = 2
_SMALL_WORDS = re.compile(
    r"[我你您他她它这那哪给帮把的了吗呢吧啊是都也个么啥什怎几多一就说看得着过嘞好想要会]"
)
_LONG_ANSWER = 4


def is_small_word(character: str) -> bool:
    """A pronoun, a particle or another character that stands in any sentence."""
    return _SMALL_WORDS.fullmatch(character) is not None


def _cost(count: int, total: int) -> float:
    return min(_UNLIKELIEST, max(_LIKELIEST, math.log(total / max(1, count))))


def _counts(bundle: Bundle) -> Counter[str]:
    """How often the words of the trade stand in templates, closed sets, the lexicon and examples."""
    counts: Counter[str] = Counter(word.said for word in bundle.lexicon.words)
    counts.update(bundle.lexicon.phrases)
    counts.update(said for answers in bundle.answers.values() for says in answers.values() for said in says)
    for template in bundle.matcher.templates:
        counts.update(_RUN.findall(template.text))
    for example in bundle.examples:
        if example.intent != "oos":
            counts.update(tokenizer().cut(example.text))
    return counts


def familiar(bundle: Bundle) -> Mapping[str, float]:
    """What stays in a text at low cost, in nats: what callers are known to say, pairs of characters too."""
    counts = _counts(bundle)
    pieces: Counter[str] = Counter()
    texts = [example.text for example in bundle.examples]
    texts += [run for template in bundle.matcher.templates for run in _HAN_RUN.findall(template.text)]
    texts += [run for path in _SPOKEN_FILES for run in _HAN_RUN.findall(bundle.sources.get(path, ""))]
    for text in texts:
        pieces.update(text)
        pieces.update(text[start : start + 2] for start in range(len(text) - 1))
    characters = sum(count for piece, count in pieces.items() if len(piece) == 1)
    total = sum(counts.values())
    costs = {piece: math.log(characters / count) for piece, count in pieces.items()}
    for said, count in counts.items():
        costs[said] = min(costs.get(said, math.inf), _cost(count, total))
    return costs


_HAN_RUN = re.compile(rf"[{HAN}]+")
_SPOKEN_FILES = ("acts.yaml", "answers.yaml", "feelings.yaml")


class SoundIndex:
    """Words by their sound; made once for a vocabulary, shared by threads."""

    def __init__(self, words: Iterable[Likely]) -> None:
        self.costs: dict[str, float] = {}
        """The cheapest of each spelling."""
        self._syllables: dict[str, int] = {}
        by_length: dict[int, list[tuple[Likely, list[int]]]] = {}
        for word in words:
            said = syllables(word.said)
            if len(said) != len(word.said) or len(said) < 2:
                continue
            self.costs[word.said] = min(word.cost, self.costs.get(word.said, math.inf))
            places = [self._syllables.setdefault(syllable, len(self._syllables)) for syllable in said]
            by_length.setdefault(len(said), []).append((word, places))
        self._order = tuple(self._syllables)
        self._rows: dict[str, Floats] = {}
        self._groups = {
            length: (tuple(word for word, _ in group), np.array([places for _, places in group], np.intp))
            for length, group in sorted(by_length.items())
        }

    def __len__(self) -> int:
        return len(self.costs)

    def distances(self, readings: Sequence[tuple[str, float]]) -> Floats:
        """How unlike one heard syllable each syllable of the vocabulary is, shape (syllables,).

        ``readings``: the ways to read what was written, each with what it costs to assume it.
        """
        nearest: Floats = np.min([self._row(syllable) + extra for syllable, extra in readings], axis=0)
        return nearest

    def _row(self, syllable: str) -> Floats:
        row = self._rows.get(syllable)
        if row is None:
            row = self._rows[syllable] = np.array(sound_distances(syllable, self._order))
        return row

    def fits(self, heard: Floats, bounds: Mapping[int, float], furthest: float) -> list[Fit]:
        """Every word that sounds like some stretch of what was heard.

        ``heard``: ``distances`` of each syllable, shape (heard syllables, syllables). ``bounds``: by the
        length of the word, the mean distance a syllable that is still alike; ``furthest`` for other lengths.
        """
        found: list[Fit] = []
        for length, (words, places) in self._groups.items():
            most = bounds.get(length, furthest) * length
            for start in range(len(heard)):
                for said in (length, length + 1, length - 1) if length >= _LONGER_FROM else (length,):
                    stretch = heard[start : start + said]
                    if len(stretch) < said:
                        continue
                    unlike = _unlike(stretch, places)
                    found += [
                        Fit(word=words[place], start=start, end=start + said, unlike=float(unlike[place]))
                        for place in np.flatnonzero(unlike <= most + 1e-9)
                    ]
        return found


def _unlike(stretch: Floats, places: npt.NDArray[np.intp]) -> Floats:
    """Sums of distances of each word from the stretch, shape (words,); at most one syllable more or less."""
    said, length = len(stretch), places.shape[1]
    if said == length:
        each = stretch[np.arange(length), places]
        total: Floats = np.where((each <= _FURTHEST_SYLLABLE).all(axis=1), each.sum(axis=1), np.inf)
        return total
    if said > length:
        first = _before(stretch[np.arange(length), places])
        last = _before(stretch[1 + np.arange(length), places])
        skipped = first + last[:, -1:] - last
    else:
        first = _before(stretch[np.arange(said), places[:, :said]])
        last = _before(stretch[np.arange(said), places[:, 1:]])
        skipped = first + last[:, -1:] - last
    best: Floats = skipped.min(axis=1) + _EXTRA_SYLLABLE
    return best


def _before(distances: Floats) -> Floats:
    """Sums of what stands before each place, shape (words, length + 1)."""
    return np.concatenate([np.zeros((len(distances), 1)), distances.cumsum(axis=1)], axis=1)
