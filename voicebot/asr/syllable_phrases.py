"""Closed sets on the syllable head: which of the expected phrases was said, or none of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations

from voicebot.asr.ctc import Units
from voicebot.asr.engine import Alternative
from voicebot.asr.phrases import Candidate, candidates
from voicebot.asr.syllable_head import SyllableScores
from voicebot.asr.syllables import spelled, with_tones
from voicebot.language.pinyin import syllables
from voicebot.language.tones import in_speech, tones
from voicebot.nlu.expectation import Phrase

_BEFORE = ("嗯", "啊", "哦", "那", "就")
_AFTER = ("啊", "吧", "呀", "了", "的", "嗯", "呢")
_LIKELY = 8
"""Phrases that are also tried with company, and by their tones: all of them would take too long."""
_COMPANY_COST = 1.0
"""What a phrase with such a word around it, said twice, or with another of its key costs, in nats."""
_REPEATED_SYLLABLES = 2
"""Phrases up to this long are also tried twice and three times: 好好好, 对对."""
_UNTONED_AT_MOST = 20.0
_SURELY_NOT, _SURELY, _SURELY_STRICTLY = 0.0001, 0.9, 0.924
TONE_SHARE = 0.2
"""How much of what the tones say is believed: callers' tones are less sure than their syllables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to say a candidate: alone, repeated, with a small word around it."""

    candidate: Candidate
    text: str
    sounds: float
    """Its log probability without regard to tones, less what its company costs."""
    score: float
    """The same with its tones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a set fits a clip."""

    ranked: tuple[Way, ...]
    """The best way of each key, best first."""
    freely: float
    """The log probability of the syllables heard freely, without regard to tones."""

    @property
    def best(self) -> Way:
        return self.ranked[0]


def evidence(found: Fit, place: int = 0) -> list[float]:
    """What speaks for the way at ``place`` of the ranking and against it, within bounds."""
    way = found.ranked[place]
    units = len(bare(way.text))
    worse_than_free = max(0.0, found.freely - way.sounds)
    rival = max((one.score for one in found.ranked if one is not way), default=-math.inf)
    return [
        min(worse_than_free, 20.0) ** 0.5,
        min(worse_than_free / units, 6.0),
        min(-way.sounds / units, 6.0),
        max(-8.0, min(way.score - rival, 8.0)),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How sure one is that the best phrase was said: a logistic regression over its evidence.

    Fitted by training/syllables/calibrate.py on utterances that the head's training held back.
    """

    weights: tuple[float, ...]
    constant: float

    def log_odds(self, values: Sequence[float]) -> float:
        """That the best phrase was said, against anything else."""
        return self.constant + sum(w * value for w, value in zip(self.weights, values, strict=True))

    def probability(self, values: Sequence[float]) -> float:
        """That the best phrase was said."""
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, self.log_odds(values)))))


HEAD_ALONE = Acceptance(weights=(0.879, -0.345, -1.931, 0.132), constant=2.05)


def hear_phrases(found: Fit, *, strict: bool) -> tuple[Alternative, ...] | None:
    """The phrases said, the best of each key, best first; empty when it was surely none; None in doubt.

    ``strict`` doubts more.
    """
    sure = HEAD_ALONE.probability(evidence(found))
    if sure < _SURELY_NOT:
        return ()
    if sure < (_SURELY_STRICTLY if strict else _SURELY):
        return None
    return ranked_by([(way.candidate, way.score) for way in found.ranked], sure)


def ranked_by(scores: Sequence[tuple[Candidate, float]], sure: float) -> tuple[Alternative, ...]:
    """Candidates, best first, as alternatives; ``sure``: how sure the first one is."""
    best = scores[0][1]
    return tuple(
        Alternative(text=candidate.text, confidence=sure * math.exp(min(0.0, score - best)))
        for candidate, score in scores
    )


def fit(scores: SyllableScores, phrases: Sequence[Phrase]) -> Fit | None:
    """Score every phrase; None when the set is empty, or no phrase can be said in Mandarin."""
    said = [candidate for candidate in candidates(phrases) if bare(candidate.text)]
    if not said:
        return None
    plain = scores.log_probabilities([*(bare(one.text) for one in said), scores.best]).tolist()
    alone = [
        Way(candidate=one, text=one.text, sounds=score, score=score)
        for one, score in zip(said, plain[:-1], strict=True)
    ]
    likely = sorted(alone, key=lambda way: -way.score)[:_LIKELY]
    accompanied = [(way.candidate, text) for way in likely for text in with_company(way.candidate.text)]
    accompanied += [
        (one.candidate, one.text + other.text)
        for one, other in permutations(likely, 2)
        if one.candidate.key == other.candidate.key
    ]
    found = scores.log_probabilities([bare(text) for _, text in accompanied]).tolist()
    ways = alone + [
        Way(candidate=candidate, text=text, sounds=score - _COMPANY_COST, score=score - _COMPANY_COST)
        for (candidate, text), score in zip(accompanied, found, strict=True)
    ]
    ranked = _by_tones(scores, _best_of_each_key(ways))
    return Fit(ranked=tuple(ranked), freely=plain[-1])


def _by_tones(scores: SyllableScores, ranked: list[Way]) -> list[Way]:
    """Ranked anew, the first ones each with its share of how unlikely its tones are."""
    ways = ranked[:_LIKELY]
    readings = [(way.text, tonal) for way in ways for tonal in toned(way.text)]
    if scores.tonal is None or len({text for text, _ in readings}) < len(ways):
        return ranked  # with Latin words among them, tones compare nothing
    heard = scores.tonal_log_probabilities([tonal for _, tonal in readings]).tolist()
    tonal: dict[str, float] = {}
    for (text, _), score in zip(readings, heard, strict=True):
        tonal[text] = max(tonal.get(text, -math.inf), score)
    toneless = dict(
        zip(tonal, scores.log_probabilities([bare(text) for text in tonal]).tolist(), strict=True)
    )
    weighed = [
        replace(
            way, score=way.sounds + TONE_SHARE * max(-_UNTONED_AT_MOST, tonal[way.text] - toneless[way.text])
        )
        for way in ways
    ]
    return sorted(weighed, key=lambda way: -way.score) + ranked[_LIKELY:]


def _best_of_each_key(ways: Sequence[Way]) -> list[Way]:
    best: dict[str, Way] = {}
    for way in ways:
        standing = best.get(way.candidate.key)
        if standing is None or way.score > standing.score:
            best[way.candidate.key] = way
    return sorted(best.values(), key=lambda way: -way.score)


@lru_cache(maxsize=20_000)
def bare(text: str) -> Units:
    """The units of a phrase; empty for what cannot be said in Mandarin."""
    return spelled(syllables(text)) or ()


@lru_cache(maxsize=20_000)
def toned(text: str) -> tuple[Units, ...]:
    """The units with tones: by the dictionary, and as they change in speech; Latin words have none."""
    by_dictionary = tones(text)
    if not by_dictionary:
        return ()
    readings = (by_dictionary, in_speech(text, by_dictionary))
    return tuple(dict.fromkeys(with_tones(bare(text), reading) for reading in readings))


@lru_cache(maxsize=20_000)
def with_company(text: str) -> tuple[str, ...]:
    """The ways to say a phrase other than alone: repeated, or with a small word around it."""
    ways = [text * times for times in (2, 3) if len(syllables(text)) <= _REPEATED_SYLLABLES]
    return (*ways, *(before + text for before in _BEFORE), *(text + after for after in _AFTER))
