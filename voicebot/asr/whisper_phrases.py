"""Closed sets on Whisper: each expected phrase is scored on the sound, after one free decode."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from voicebot.asr.engine import Alternative
from voicebot.asr.phrases import (
    FULL_STOP,
    SILENCE_SHARE,
    Acceptance,
    Candidate,
    Scored,
    adjusted,
    candidates,
    decide,
    likeliest_beginnings,
    outruns,
    sounds_like,
    spoken,
)
from voicebot.asr.syllable_phrases import HEAD_ALONE, Fit, evidence, ranked_by
from voicebot.asr.whisper_model import SAMPLE_RATE_HZ, Decoded, Heard, Tokens, WhisperModel
from voicebot.audio.level import FULL_SCALE
from voicebot.nlu.expectation import Expectation

_SHORTLIST, _SHORTLIST_AT_MOST = 10, 16
"""Scored in full; kept the best phrase in 627 of 632 clips, with sets of 12 to 34 phrases."""
_NEAR_SILENCE_SECONDS, _NEAR_SILENCE_LEVEL = 1.0, 1e-3
_FREE_TOKENS_AT_MOST = 12
_SCORES_REMEMBERED = 5_000

_FITTING = 6
"""Phrases that are scored on the sound when the head's opinion is asked for too: its best ones."""

BESIDE_THE_HEAD = Acceptance(accept_at=0.27, accept_strictly_at=0.62, unlike_at_most_strictly=0.75)
"""Lower than without the head, which has ruled much out before: of 107 remarks by a voice that nothing was
trained on none was taken for a yes at the stricter limit, and 83 % of 65 answers were kept."""

LogProbabilities = tuple[float, ...]


class PhraseScorer:
    """Decides which phrase of a set a clip holds. Thread-safe; keeps each phrase's score on near-silence."""

    def __init__(self, model: WhisperModel, acceptance: Acceptance | None = None) -> None:
        self._model = model
        self._acceptance = acceptance or Acceptance()
        self._lock = threading.Lock()
        self._silence: Heard | None = None
        self._silent_beginnings: npt.NDArray[np.float32] | None = None
        self._on_silence: OrderedDict[Tokens, LogProbabilities] = OrderedDict()

    def prepare(self, expect: Expectation) -> None:
        """Score the set on near-silence ahead of the first caller: about 8 ms a phrase, once."""
        self._silence_scores([self._tokens(candidate) for candidate in candidates(expect.phrases)])

    def hear(self, heard: Heard, decoded: Decoded, expect: Expectation) -> tuple[Alternative, ...]:
        """The phrases said, best first; empty for none of them.

        ``decoded``: a free decode of the same clip, without prompt, with its beginnings.
        """
        phrases = candidates(expect.phrases)
        if not phrases or not decoded.hypotheses:
            return ()
        freely = self._model.text(decoded.hypotheses[0].tokens)
        if outruns(freely, phrases):
            return ()
        shortlist = self._shortlist(decoded, phrases)
        texts = [self._tokens(candidate) for candidate in shortlist]
        free_tokens = self._free_tokens(decoded)
        *on_sound, free = self._model.log_probabilities(heard, [*texts, free_tokens])
        on_silence = self._silence_scores(texts)
        scored = [
            Scored(candidate=candidate, score=adjusted(sound.tolist(), silence))
            for candidate, sound, silence in zip(shortlist, on_sound, on_silence, strict=True)
        ]
        best = max(range(len(scored)), key=lambda index: scored[index].score)
        return decide(
            scored,
            freely,
            float(free.sum() - on_sound[best][:-1].sum()),
            strict=expect.strict,
            acceptance=self._acceptance,
        )

    def agree(self, heard: Heard, decoded: Decoded, found: Fit, *, strict: bool) -> tuple[Alternative, ...]:
        """The phrases said, best first, where the syllable head alone was not sure; empty for none of them.

        ``found``: how well the head thinks that the set fits; its first phrases are scored on the sound.
        """
        shortlist = [way.candidate for way in found.ranked[:_FITTING]]
        if not decoded.hypotheses:
            return ()
        freely = self._model.text(decoded.hypotheses[0].tokens)
        if outruns(freely, shortlist):
            return ()
        texts = [self._tokens(candidate) for candidate in shortlist]
        *on_sound, free = self._model.log_probabilities(heard, [*texts, self._free_tokens(decoded)])
        on_silence = self._silence_scores(texts)
        scores = [adjusted(one.tolist(), quiet) for one, quiet in zip(on_sound, on_silence, strict=True)]
        totals = [way.score + score for way, score in zip(found.ranked, scores, strict=False)]
        order = sorted(range(len(totals)), key=lambda place: -totals[place])
        best = order[0]
        unlike = sounds_like(spoken(freely), shortlist[best].text)
        sure = BESIDE_THE_HEAD.probability(
            score=scores[best],
            unlike=unlike,
            worse_than_free=float(free.sum() - on_sound[best][:-1].sum()),
            by_head=HEAD_ALONE.log_odds(evidence(found, best)),
        )
        if not BESIDE_THE_HEAD.accepts(sure, unlike, strict=strict):
            return ()
        return ranked_by([(shortlist[place], totals[place]) for place in order], sure)

    def _shortlist(self, decoded: Decoded, phrases: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if decoded.beginnings is None:
            raise ValueError("the free decode has no beginnings")
        fit = decoded.beginnings - SILENCE_SHARE * self._beginnings_of_silence()
        beginnings = {candidate: float(fit[self._tokens(candidate)[0]]) for candidate in phrases}
        return likeliest_beginnings(beginnings, min(_SHORTLIST + len(phrases) // 20, _SHORTLIST_AT_MOST))

    def _free_tokens(self, decoded: Decoded) -> Tokens:
        spoken = [token for token in decoded.hypotheses[0].tokens if token < self._model.end_of_text]
        return tuple(spoken[:_FREE_TOKENS_AT_MOST]) or self._model.tokens(FULL_STOP)

    def _tokens(self, candidate: Candidate) -> Tokens:
        return (*self._model.tokens(candidate.text), *self._model.tokens(FULL_STOP))

    def _silence_scores(self, texts: Sequence[Tokens]) -> list[LogProbabilities]:
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if text not in self._on_silence]
            if missing:
                fresh = self._model.log_probabilities(self._near_silence(), missing)
                for text, scores in zip(missing, fresh, strict=True):
                    self._on_silence[text] = tuple(scores.tolist())
            found = [self._on_silence[text] for text in texts]
            while len(self._on_silence) > _SCORES_REMEMBERED:
                self._on_silence.popitem(last=False)
            return found

    def _near_silence(self) -> Heard:
        if self._silence is None:
            # Seeded: a recording must be heard the same way again.
            noise = np.random.default_rng(0).standard_normal(int(_NEAR_SILENCE_SECONDS * SAMPLE_RATE_HZ))
            self._silence = self._model.encode(
                np.rint(noise * _NEAR_SILENCE_LEVEL * FULL_SCALE).astype(np.int16)
            )
        return self._silence

    def _beginnings_of_silence(self) -> npt.NDArray[np.float32]:
        with self._lock:
            if self._silent_beginnings is None:
                decoded = self._model.decode(self._near_silence(), longest=1, with_beginnings=True)
                self._silent_beginnings = decoded.beginnings
            if self._silent_beginnings is None:
                raise ValueError("the decode of near-silence has no beginnings")
            return self._silent_beginnings
