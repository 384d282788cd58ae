"""Digit strings heard by the syllable head: the likeliest of the expected lengths, and numbers on file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from voicebot.asr.ctc import Spelling, Units, Word, WordLoop, log_probabilities
from voicebot.asr.engine import Alternative
from voicebot.asr.syllable_head import SyllableScores
from voicebot.asr.syllables import spelled, with_tones

_NAMES = {
    "0": ("ling2",), "1": ("yi1", "yao1"), "2": ("er4", "liang3"), "3": ("san1",), "4": ("si4",),
    "5": ("wu3",), "6": ("liu4",), "7": ("qi1",), "8": ("ba1",), "9": ("jiu3",),
}  # fmt: skip
_COUNTS = {2: "liang3 ge5", 3: "san1 ge5", 4: "si4 ge5"}
_TONE_SHARE = 0.3
"""How much of what the tones say is believed."""
_OTHER_COST = 3.0
"""A frame of speech that is no digit, in nats."""
_MOST_PLACES = 20
_LENGTH_SURELY_OTHER = 6.0
"""By so much another length must be likelier than those asked for, in nats."""
_WORDS_COST = 1.6
"""Above this price for each unit, against hearing freely, what was said is no number."""
_WRONG_LENGTH_CONFIDENCE = 0.5
_ALTERNATIVES = 5
_DOUBTED_PLACES, _DOUBTS_A_PLACE = 3, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNumbers:
    """When a number on file is taken for what was said."""

    prior: float = 3.0
    """How much likelier a number on file is than any other, in nats."""
    worse_at_most: float = 3.0
    """So much worse than the likeliest string of all it may be, in nats."""
    margin: float = 1.0
    """So much it must be above the next number on file."""
    temperature: float = 2.0
    """The head is too sure of itself; its nats are divided by this for confidences."""


def _words() -> dict[Word, Units]:
    """The digits by all their names, and several of a kind (两个七); each with its units in tones."""
    said = [(digit, name) for digit, names in _NAMES.items() for name in names]
    said += [
        (digit * count, f"{counted} {names[0]}")
        for (count, counted), (digit, names) in product(_COUNTS.items(), _NAMES.items())
    ]
    words: dict[Word, Units] = {}
    for text, name in said:
        numbered = name.split()
        units = spelled(one[:-1] for one in numbered) or ()
        words[Word(text=text, units=units)] = with_tones(units, [int(one[-1]) for one in numbered])
    return words


_TONAL = _words()
_LOOP = WordLoop(list(_TONAL), other_cost=_OTHER_COST)
_PLAIN = {word.text: word for word in reversed(_LOOP.words) if word.places == 1}
"""Each digit by its first name."""
_RADIO = {**_PLAIN, "1": next(word for word in _LOOP.words if word.text == "1" and word != _PLAIN["1"])}


def hear_digits(
    scores: SyllableScores,
    digit_counts: Sequence[int],
    known: Sequence[str] = (),
    rules: KnownNumbers | None = None,
) -> tuple[Alternative, ...]:
    """The digit strings that fit the sound, best first; empty when something else than a number was said.

    A string of a length in ``digit_counts`` comes before all others; one of another length comes, at half its
    confidence, where the sound leaves no doubt: the caller may have paused in the middle. One of ``known``
    comes first when it fits nearly as well as the best string of all, and clearly better than the other ones.
    """
    if not scores.best:
        return ()
    most = max((*digit_counts, *map(len, known)), default=_MOST_PLACES)
    spellings = _LOOP.spell(scores.lattice, min(_MOST_PLACES, most + 2))
    best, fits = _best_length(spellings, digit_counts)
    if best is None or _is_words(scores, best):
        return ()
    strings = _rivals(scores, best)
    ranked = _with_known(scores, best, strings, known, rules or KnownNumbers())
    share = 1.0 if fits else _WRONG_LENGTH_CONFIDENCE
    return tuple(Alternative(text=text, confidence=share * sure) for text, sure in ranked)


def _best_length(spellings: dict[int, Spelling], counts: Sequence[int]) -> tuple[Spelling | None, bool]:
    if not spellings:
        return None, False
    best = max(spellings.values(), key=lambda one: one.log_probability)
    asked = [spelling for length, spelling in spellings.items() if not counts or length in counts]
    if not asked:
        return best, False
    fitting = max(asked, key=lambda one: one.log_probability)
    if best.log_probability - fitting.log_probability > _LENGTH_SURELY_OTHER:
        return best, False
    return fitting, True


def _is_words(scores: SyllableScores, best: Spelling) -> bool:
    """Whether the string is far from what is heard freely."""
    freely = float(scores.lattice.max(axis=1).sum())
    return (freely - best.log_probability) / max(1, len(scores.best)) > _WORDS_COST


def _likelihoods(scores: SyllableScores, best: Spelling, strings: Sequence[Sequence[Word]]) -> list[float]:
    """The log probability of each string of words in the frames of ``best``."""
    within = slice(best.begin, best.end)
    units = [tuple(unit for word in words for unit in word.units) for words in strings]
    found = log_probabilities(scores.lattice[within], units)
    if scores.tonal is not None:
        tonal = [tuple(unit for word in words for unit in _TONAL[word]) for words in strings]
        found = found + _TONE_SHARE * (log_probabilities(scores.tonal[within], tonal) - found)
    return [float(one) for one in found]


def _rivals(scores: SyllableScores, best: Spelling) -> dict[str, float]:
    """The best string and what a few doubtful places make of it, with their log probabilities."""
    slots = [(word, _other_words(word)) for word in best.words]
    variants = [(place, other) for place, (_, others) in enumerate(slots) for other in others]
    changed = [list(best.words), *(_replaced(best.words, [one]) for one in variants)]
    found = _likelihoods(scores, best, changed)
    strings = {best.text: found[0]}
    doubts: dict[int, list[tuple[float, Word]]] = {}
    for (place, other), score in zip(variants, found[1:], strict=True):
        doubts.setdefault(place, []).append((score, other))
        _add(strings, _text(_replaced(best.words, [(place, other)])), score)
    doubtful = sorted(doubts, key=lambda place: -max(doubts[place], key=lambda one: one[0])[0])[
        :_DOUBTED_PLACES
    ]
    choices = [
        [None, *sorted(doubts[place], key=lambda one: -one[0])[:_DOUBTS_A_PLACE]] for place in doubtful
    ]
    for chosen in product(*choices):
        changes = [(place, one) for place, one in zip(doubtful, chosen, strict=True) if one is not None]
        if len(changes) > 1:
            score = found[0] + sum(one[0] - found[0] for _, one in changes)
            text = _text(_replaced(best.words, [(place, one[1]) for place, one in changes]))
            strings[text] = max(strings.get(text, -math.inf), score)
    return strings


def _other_words(word: Word) -> tuple[Word, ...]:
    """What else may stand in its place: other digits as often said, or another name of the same."""
    return tuple(other for other in _LOOP.words if other.places == word.places and other != word)


def _replaced(words: Sequence[Word], changes: Sequence[tuple[int, Word]]) -> list[Word]:
    changed = list(words)
    for place, word in changes:
        changed[place] = word
    return changed


def _add(strings: dict[str, float], text: str, score: float) -> None:
    """Two ways to say the same string (yi, yao) add up."""
    standing = strings.get(text)
    strings[text] = score if standing is None else float(np.logaddexp(standing, score))


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)


def _with_known(
    scores: SyllableScores,
    best: Spelling,
    strings: dict[str, float],
    known: Sequence[str],
    rules: KnownNumbers,
) -> list[tuple[str, float]]:
    """Strings and confidences, best first; one of ``known`` first when ``rules`` accept it."""
    on_file = _scores_of(scores, best, known)
    weighed = {
        **strings,
        **{text: max(score, strings.get(text, -math.inf)) for text, score in on_file.items()},
    }
    top = max(strings.values())
    for text in on_file:
        weighed[text] += rules.prior
    ranked = _confidences(weighed, rules.temperature)
    accepted = _accepted(on_file, top, rules)
    if accepted:
        ranked.sort(key=lambda pair: (pair[0] != accepted, -pair[1]))
    else:
        ranked.sort(key=lambda pair: (pair[0] in on_file, -pair[1]))
    return ranked[:_ALTERNATIVES]


def _scores_of(scores: SyllableScores, best: Spelling, numbers: Sequence[str]) -> dict[str, float]:
    """Each number's log probability, said with yi or with yao throughout."""
    ways = [[names[digit] for digit in number] for names in (_PLAIN, _RADIO) for number in numbers]
    found = _likelihoods(scores, best, ways)
    return {number: max(found[place], found[place + len(numbers)]) for place, number in enumerate(numbers)}


def _accepted(on_file: dict[str, float], top: float, rules: KnownNumbers) -> str | None:
    ranked = sorted(on_file, key=lambda text: -on_file[text])
    if not ranked or top - on_file[ranked[0]] > rules.worse_at_most:
        return None
    if len(ranked) > 1 and on_file[ranked[0]] - on_file[ranked[1]] < rules.margin:
        return None
    return ranked[0]


def _confidences(weighed: dict[str, float], temperature: float) -> list[tuple[str, float]]:
    top = max(weighed.values())
    shares = {text: math.exp((score - top) / temperature) for text, score in weighed.items()}
    total = sum(shares.values())
    return sorted(((text, share / total) for text, share in shares.items()), key=lambda pair: -pair[1])
