"""Repair of recognition errors: likely words put back where the text has others that sound like them.

A noisy channel over syllables. Each stretch of the text either stays, which costs how rare its words are, or
gives way to a likely word, which costs how rare that is here, how unlike it sounds, and a margin. The
cheapest way through the whole text wins, over all alternatives of the recogniser. Costs are in nats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from voicebot.grammar.bundle import Bundle
from voicebot.language.digits import read_digits
from voicebot.language.normalise import HAN, normalise
from voicebot.language.numerals import CARDINAL_CHARACTERS, RADIO_DIGITS
from voicebot.language.pinyin import (
    Sounding,
    aligned,
    distance,
    readings_of,
    soundings,
    syllable_distance,
)
from voicebot.language.words import rarity
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.keys import is_yes_no
from voicebot.nlu.likely import Fit, Likely, SoundIndex, familiar, is_small_word, likely_words
from voicebot.nlu.reading import Reading, Repair

NEAR_EXACT = 0.1
"""Mean distance a syllable up to which a repair may bring a wish or an act that nothing else spoke for."""
MARGIN = 2.0
"""By how much a repair must be better than leaving the text, beside what its sound costs."""
MARGIN_WHEN_SURE, DOUBTFUL = 6.0, 0.8
"""Added to the margin for words of confidence 1, as typed ones are; none of it below the second figure."""
COST_OF_UNLIKENESS = 12.0
"""For one syllable that has nothing in common with the word's: n for l (0.07) costs 0.8."""
UNKNOWN_CHARACTER = 16.0
"""What a character costs that is not in the dictionary."""
OTHER_READING = 0.12
"""Added to the distance where a character is read in another way than its commonest (行 as háng)."""
HEARD_SHARE = 0.7
"""How much the syllables that were heard apart from the words count against the words' own."""
OF_AN_ALTERNATIVE = 0.7
"""How much of the recogniser's log probability counts against an alternative that is not its best."""
MAX_ALTERNATIVES = 5
MAX_SYLLABLES = 60
"""Longer texts are left alone: they say what they say several times over."""

_BOUNDS, _FURTHEST = {2: 0.12, 3: 0.25}, 0.3
_OWN_BOUNDS, _OWN_FURTHEST = {2: 0.25, 3: 0.3}, 0.34
"""Likewise for the words of this caller and this question: they may lie further off."""
_OWN_COST, _ASKED_COST = 3.0, 4.0
_ASKED = {"product": "product", "order_ref": "product", "choice": "product", "color": "color",
          "carrier": "carrier", "city": "city", "order_fact": "city"}  # fmt: skip
_VERBATIM = frozenset({"name", "address", "tracking_no", "invoice_title", "tax_no"})
"""States whose answers may be any words at all."""
_HAN = re.compile(rf"[{HAN}]")
_NUMBERS = re.compile(rf"[{CARDINAL_CHARACTERS}{''.join(RADIO_DIGITS)}俩仨半]+")
_NEGATIONS = re.compile(r"[不没别无未勿甭非否]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The alternatives, the likeliest reading of the sound first, and what was changed in that one."""

    alternatives: tuple[tuple[str, float], ...]
    repairs: tuple[Repair, ...] = ()

    @property
    def is_near_exact(self) -> bool:
        """Sounds all but the same as what was recognised."""
        return all(repair.distance <= NEAR_EXACT for repair in self.repairs)


@dataclass(frozen=True, slots=True)
class _Way:
    """The cheapest way through one text."""

    text: str
    cost: float
    repairs: tuple[Repair, ...]


class Repairer:
    """Repairs against one version of the grammar; holds no state between utterances."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._words = likely_words(bundle)
        self._familiar = familiar(bundle)
        self._index = SoundIndex(self._words)
        self._of_state = lru_cache(maxsize=256)(self._made_for)

    def repair(
        self,
        alternatives: Sequence[tuple[str, float]],
        expect: Expectation,
        *,
        syllables: Sequence[str] = (),
        furthest: float = 1.0,
    ) -> Repaired:
        """The n-best list of (text, confidence) with the first text repaired, as far as that is safe.

        ``syllables``: toneless pinyin that was heard beside the words, where the engine gives it; evidence,
        never text. ``furthest``: the largest mean distance a syllable of any single repair.

        Left as they are: members of the closed set, numbers (also inside a text), negations, yes and no, the
        answers to questions for names and addresses.
        """
        given = tuple((normalise(text), sure) for text, sure in alternatives)[:MAX_ALTERNATIVES]
        if not given or self._is_settled(given[0][0], expect):
            return Repaired(alternatives=given)
        own = self._of_state(expect.state, _words_here(expect))
        ways: list[tuple[float, int, _Way]] = []
        for place, (text, sure) in enumerate(given):
            if place and not _says_the_same_numbers(given[0][0], text):
                continue
            margin = MARGIN + MARGIN_WHEN_SURE * max(0.0, (sure - DOUBTFUL) / (1.0 - DOUBTFUL))
            way = self._way(text, own, tuple(syllables), margin, furthest)
            if way is not None:
                doubt = -math.log(max(sure, 1e-4)) * len(soundings(text)) * OF_AN_ALTERNATIVE
                ways.append((way.cost + doubt + (MARGIN / 2 if place else 0.0), place, way))
        if not ways:
            return Repaired(alternatives=given)
        _, place, best = min(ways, key=lambda entry: entry[:2])
        repairs = best.repairs
        if place:
            repairs = (_other(given[0][0], given[place][0]), *repairs)
        first = (best.text, given[place][1])
        rest = tuple(one for number, one in enumerate(given) if number != place and one[0] != best.text)
        return Repaired(alternatives=(first, *rest), repairs=repairs)

    def _is_settled(self, text: str, expect: Expectation) -> bool:
        said = "".join(_HAN.findall(text))
        if not said or expect.state in _VERBATIM or read_digits(text) is not None:
            return True
        return any(said == form for phrase in expect.phrases for form in phrase.says)

    def _made_for(self, state: str | None, words: tuple[Likely, ...]) -> SoundIndex:
        asked = _ASKED.get(state or "")
        here = [replace(word, cost=_ASKED_COST) for word in self._words if word.kind == asked]
        return SoundIndex([*words, *here])

    def _way(
        self, text: str, own: SoundIndex, heard: tuple[str, ...], margin: float, furthest: float
    ) -> _Way | None:
        sounds = soundings(text)
        if not sounds or len(sounds) > MAX_SYLLABLES:
            return None
        evidence = _evidence(text, sounds, heard)
        edges = [
            *self._kept(text, sounds, own, evidence),
            *self._changed(text, sounds, own, evidence, margin, furthest),
        ]
        return _cheapest(text, sounds, edges)

    def _kept(
        self, text: str, sounds: Sequence[Sounding], own: SoundIndex, evidence: _Evidence
    ) -> list[_Edge]:
        edges: list[_Edge] = []
        for start in range(len(sounds)):
            for end in range(start + 1, min(len(sounds), start + 8) + 1):
                word = text[sounds[start].start : sounds[end - 1].end]
                if len(word) != end - start and end - start > 1:
                    break
                costs = [
                    cost
                    for cost in (rarity(word), self._familiar.get(word), own.costs.get(word))
                    if cost is not None
                ]
                if costs or end == start + 1:
                    against = COST_OF_UNLIKENESS * sum(evidence.against[start:end])
                    edges.append(_Edge(start, end, min(costs, default=UNKNOWN_CHARACTER) + against, None))
        return edges

    def _changed(
        self,
        text: str,
        sounds: Sequence[Sounding],
        own: SoundIndex,
        evidence: _Evidence,
        margin: float,
        furthest: float,
    ) -> list[_Edge]:
        edges: list[_Edge] = []
        for index, bounds, most in (
            (self._index, _BOUNDS, _FURTHEST),
            (own, _OWN_BOUNDS, _OWN_FURTHEST),
        ):
            if not len(index):
                continue
            near = {length: min(bound, furthest) for length, bound in bounds.items()}
            for fit in index.fits(evidence.distances(index), near, min(most, furthest)):
                before = text[sounds[fit.start].start : sounds[fit.end - 1].end]
                if before != fit.word.said and _may_give_way(text, sounds, fit, before):
                    cost = fit.word.cost + margin + COST_OF_UNLIKENESS * fit.unlike
                    edges.append(_Edge(fit.start, fit.end, cost, fit))
        return edges


@dataclass(frozen=True, slots=True)
class _Edge:
    start: int
    end: int
    cost: float
    fit: Fit | None
    """None: the text stays."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was heard at each syllable of the text: the ways to read it, the syllable heard apart."""

    written: tuple[tuple[tuple[str, float], ...], ...]
    apart: tuple[str | None, ...]

    def distances(self, index: SoundIndex) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Shape (syllables of the text, syllables of the vocabulary)."""
        rows = []
        for readings, apart in zip(self.written, self.apart, strict=True):
            row = index.distances(readings)
            if apart is not None:
                row = (1 - HEARD_SHARE) * row + HEARD_SHARE * index.distances(((apart, 0.0),))
            rows.append(row)
        return np.array(rows)

    @property
    def against(self) -> tuple[float, ...]:
        """How much of each syllable was heard otherwise than it is written."""
        return tuple(
            0.0 if apart is None else HEARD_SHARE * min(syllable_distance(one, apart) for one, _ in readings)
            for readings, apart in zip(self.written, self.apart, strict=True)
        )


def _evidence(text: str, sounds: Sequence[Sounding], heard: tuple[str, ...]) -> _Evidence:
    written = tuple(
        tuple(
            (reading, OTHER_READING if number else 0.0)
            for number, reading in enumerate(
                dict.fromkeys((sound.syllable, *readings_of(text[sound.start : sound.end])))
            )
        )
        for sound in sounds
    )
    apart = aligned([sound.syllable for sound in sounds], heard) if heard else (None,) * len(sounds)
    return _Evidence(written, apart)


def _cheapest(text: str, sounds: Sequence[Sounding], edges: Sequence[_Edge]) -> _Way:
    best: list[tuple[float, _Edge | None]] = [(0.0, None), *[(math.inf, None)] * len(sounds)]
    for one in sorted(edges, key=lambda edge: edge.end):
        cost = best[one.start][0] + one.cost
        if cost < best[one.end][0]:
            best[one.end] = (cost, one)
    repairs: list[Repair] = []
    written, place = text, len(sounds)
    while (edge := best[place][1]) is not None:
        if edge.fit is not None:
            start, end = sounds[edge.start].start, sounds[edge.end - 1].end
            after = edge.fit.word.said
            repairs.append(
                Repair(
                    before=text[start:end],
                    after=after,
                    distance=round(edge.fit.unlike / len(after), 3),
                    reason=edge.fit.word.kind,
                )
            )
            written = written[:start] + after + written[end:]
        place = edge.start
    return _Way(written, best[-1][0], tuple(reversed(repairs)))


def _words_here(expect: Expectation) -> tuple[Likely, ...]:
    """What this caller and this question make likely; never yes and no."""
    own = [*(name for option in expect.options for name in (option.label, *option.names)), *expect.bias]
    phrases = () if is_yes_no(expect) else expect.phrases
    return (
        *(Likely(said=said, kind="own", cost=_OWN_COST) for said in dict.fromkeys(own)),
        *(
            Likely(said=said, kind="answer", cost=_ASKED_COST)
            for phrase in phrases
            for said in phrase.says
            if len(said) > 2 or not any(is_small_word(character) for character in said)
        ),
    )


def _may_give_way(text: str, sounds: Sequence[Sounding], fit: Fit, before: str) -> bool:
    """Whole Han characters in a row, with the same numbers and negations as the word has."""
    if not all(_HAN.fullmatch(character) for character in before):
        return False
    start = sounds[fit.start].start
    inside = [
        found.group()
        for found in _NUMBERS.finditer(text)
        if found.start() < start + len(before) and found.end() > start and found.group() != "一"
    ]
    if inside != _numbers(fit.word.said):
        return False
    after = fit.word.said
    if len(before) == len(after) and all(
        is_small_word(was) for was, put in zip(before, after, strict=True) if was != put
    ):
        return False  # 快递会 is no 快递费: a particle says what it says
    return _NEGATIONS.findall(before) == _NEGATIONS.findall(after)


def _numbers(text: str) -> list[str]:
    """Number words; a 一 by itself is an article or part of a word (一下, 统一)."""
    return [found for found in _NUMBERS.findall(text) if found != "一"]


def _says_the_same_numbers(one: str, other: str) -> bool:
    return _numbers(one) == _numbers(other) and _NEGATIONS.findall(one) == _NEGATIONS.findall(other)


def _other(first: str, chosen: str) -> Repair:

    return Repair(
        before=first, after=chosen, distance=round(distance(first, chosen), 3), reason="alternative"
    )


_NEIGHBOURS = (
    {"order.status", "order.urge", "logistics.track", "logistics.exception"},
    {"order.cancel", "order.change", "request.withdraw"},
    {"refund.apply", "refund.status", "exchange.apply", "aftersales.repair"},
    {"product.ask", "product.recommend", "promotion.ask"},
)
"""Wishes that are near each other: a repair may turn one into another, whatever its distance."""


def keeps_the_meaning(plain: Reading, reading: Reading, repaired: Repaired, expect: Expectation) -> bool:
    """Whether the reading of the repaired text may stand for that of the recognised one.

    No yes and no comes or goes in answer to a yes/no question, and under ``strict`` a repair only counts
    where nothing was understood before. Acts and wishes that nothing spoke for need words that sound all but
    the same.
    """
    acts, wishes = _acts(reading) - _acts(plain), _wishes(reading) - _wishes(plain)
    if is_yes_no(expect) and _acts(plain) != _acts(reading):
        return False
    if expect.strict and not plain.is_empty:
        return False
    if repaired.is_near_exact:
        return True
    near = {name for group in _NEIGHBOURS if group & _wishes(plain) for name in group}
    return not acts and wishes <= near


def _acts(reading: Reading) -> frozenset[str]:
    return frozenset(act.name for act in reading.acts)


def _wishes(reading: Reading) -> frozenset[str]:
    return frozenset(intent.name for intent in reading.intents)
