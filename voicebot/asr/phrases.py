"""Closed sets: which of the expected phrases was said, or none of them, by scores and a free decode."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from voicebot.asr.engine import Alternative
from voicebot.language.normalise import normalise
from voicebot.language.pinyin import distance, locate, syllables
from voicebot.nlu.expectation import Phrase

SILENCE_SHARE = 0.5
"""How much of a phrase's score on near-silence is taken off: what the language model alone believes of it."""
END_SHARE = 0.5
"""How much the full stop after the phrase counts: it tells 不 from the beginning of 不要."""
FULL_STOP = "。"

_REPEATED = re.compile(r"(.+?)\1+")
_SILENT = re.compile(r"[\s，。？！；：、,.?!;:~…—-]+")
_CONTAINED_DISTANCE = 0.1
_EXCESS_SYLLABLES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One spoken form of one phrase of the set."""

    text: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A candidate and how well the sound fits it: log probability, less its share of that on near-silence."""

    candidate: Candidate
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How sure one must be that the best phrase was said: a wrong yes costs money, a "none" a question.

    The coefficients are those of a logistic regression over 823 pairs of a clip and a set, by telephone:
    isolated words of 34 speakers, menu words and digits, sentences, environmental noise, and synthesised
    answers and remarks of five voices, with sets that held the word and sets that did not.
    """

    score: float = 1.09
    unlike: float = -0.36
    worse_than_free: float = 0.20
    by_head: float = 0.15
    """Beside the regression: how much the log odds of the syllable head count, where there is one."""
    constant: float = 1.77
    accept_at: float = 0.4
    accept_strictly_at: float = 0.85
    unlike_at_most_strictly: float = 0.5
    """When strict, the free decode has to agree at least by half."""

    def probability(
        self, *, score: float, unlike: float, worse_than_free: float, by_head: float = 0.0
    ) -> float:
        """That the best candidate was said.

        ``unlike``: how unlike the free decode sounds, 0..1; ``worse_than_free``: by how much the free
        decode's log probability is above the candidate's.
        """
        evidence = (
            self.constant
            + self.score * min(max(score, -8.0), 4.0)
            + self.unlike * unlike
            + self.worse_than_free * min(max(worse_than_free, -4.0), 8.0)
            + self.by_head * min(max(by_head, -12.0), 12.0)
        )
        return 1.0 / (1.0 + math.exp(-evidence))

    def accepts(self, sure: float, unlike: float, *, strict: bool) -> bool:
        if strict:
            return sure >= self.accept_strictly_at and unlike <= self.unlike_at_most_strictly
        return sure >= self.accept_at


def candidates(phrases: Sequence[Phrase]) -> tuple[Candidate, ...]:
    """Every spoken form in the set, each once; the first phrase that has it keeps it."""
    found: dict[str, Candidate] = {}
    for phrase in phrases:
        for text in phrase.says:
            found.setdefault(text, Candidate(text=text, key=phrase.key))
    return tuple(found.values())


def adjusted(on_sound: Sequence[float], on_silence: Sequence[float]) -> float:
    """A candidate's score from the log probabilities of its tokens, the last of which is the full stop."""
    return _total(on_sound) - SILENCE_SHARE * _total(on_silence)


def _total(log_probabilities: Sequence[float]) -> float:
    *tokens, end = (float(one) for one in log_probabilities)
    return sum(tokens) + END_SHARE * end


def likeliest_beginnings(beginnings: Mapping[Candidate, float], at_most: int) -> tuple[Candidate, ...]:
    """The ``at_most`` candidates whose first token fits best: scoring a long set takes too long."""
    return tuple(sorted(beginnings, key=lambda candidate: -beginnings[candidate])[:at_most])


def without_marks(text: str) -> str:
    """``text`` without punctuation and spaces: what of it can be heard."""
    return _SILENT.sub("", text)


def spoken(text: str) -> str:
    """A free decode as it bears on the set: normalised, without marks, a repetition (好好好) said once."""
    bare = without_marks(normalise(text))
    repeated = _REPEATED.fullmatch(bare)
    return repeated[1] if repeated else bare


def sounds_like(one: str, other: str) -> float:
    """How unlike two texts sound, 0..1: by toneless pinyin, or by letters where there is none."""
    if not one or not other:
        return 1.0
    if syllables(one) and syllables(other):
        return distance(one, other)
    # Taken apart (NFD), Hangul syllables that share letters are alike.
    letters = (unicodedata.normalize("NFD", text) for text in (one, other))
    return float(Levenshtein.normalized_distance(*letters))


def decide(
    scored: Sequence[Scored], freely: str, worse_than_free: float, *, strict: bool, acceptance: Acceptance
) -> tuple[Alternative, ...]:
    """The phrases heard, the best of each key, best first; empty for "none of these".

    ``freely`` is the free decode's text, ``worse_than_free`` by how much its log probability is above that of
    the best candidate. ``strict`` demands more of both.
    """
    ranked = _best_of_each_key(scored)
    if not ranked:
        return ()
    best = ranked[0]
    heard = spoken(freely)
    if _says_more(heard, best.candidate, scored):
        return ()
    unlike = sounds_like(heard, best.candidate.text)
    sure = acceptance.probability(score=best.score, unlike=unlike, worse_than_free=worse_than_free)
    if not acceptance.accepts(sure, unlike, strict=strict):
        return ()
    return tuple(
        Alternative(text=one.candidate.text, confidence=sure * math.exp(one.score - best.score))
        for one in ranked
    )


def outruns(freely: str, phrases: Sequence[Candidate]) -> bool:
    """Whether the free decode is much longer than any of ``phrases``, so that none needs to be scored."""
    longest = max((len(syllables(candidate.text)) for candidate in phrases), default=0)
    return len(syllables(spoken(freely))) - longest >= _EXCESS_SYLLABLES


def _best_of_each_key(scored: Sequence[Scored]) -> list[Scored]:
    best: dict[str, Scored] = {}
    for one in scored:
        standing = best.get(one.candidate.key)
        if standing is None or one.score > standing.score:
            best[one.candidate.key] = one
    return sorted(best.values(), key=lambda one: -one.score)


def _says_more(heard: str, best: Candidate, scored: Sequence[Scored]) -> bool:
    """Whether the free decode is much longer than the best phrase, or holds one that means something else."""
    if len(syllables(heard)) - len(syllables(best.text)) >= _EXCESS_SYLLABLES:
        return True
    unlike = sounds_like(heard, best.text)
    for one in scored:
        other = one.candidate
        if other.key == best.key or len(other.text) < len(best.text) or other.text in best.text:
            continue
        found = locate(heard, other.text)
        if found is not None and found.distance <= min(_CONTAINED_DISTANCE, unlike - _CONTAINED_DISTANCE):
            return True
    return False
