"""Whisper as a recogniser: one utterance at a time, gated, and conditioned on what was asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from voicebot.asr.digits import digit_alternatives
from voicebot.asr.engine import Alternative, DecidedBy, RecognitionFailedError, Samples, Transcript
from voicebot.asr.gate import EnergyGate, SpeechGate, windows
from voicebot.asr.phrases import without_marks
from voicebot.asr.syllable_digits import hear_digits
from voicebot.asr.syllable_head import SyllableHead, SyllableScores
from voicebot.asr.syllable_phrases import fit, hear_phrases
from voicebot.asr.syllables import spelled
from voicebot.asr.whisper_model import (
    LONGEST_WINDOW_SECONDS,
    SAMPLE_RATE_HZ,
    Decoded,
    Heard,
    Hypothesis,
    WhisperModel,
    prepared,
)
from voicebot.asr.whisper_phrases import PhraseScorer
from voicebot.audio.level import trim_silence
from voicebot.language.normalise import normalise
from voicebot.language.pinyin import syllables
from voicebot.nlu.expectation import Expectation
from voicebot.ops import weights

MODEL = "whisper-base"
DOMAIN_PROMPT = "以下是电商客服热线的普通话通话：我要退款，查订单，快递，转人工客服。"
"""Said to Whisper as if it had come before: halves the errors on hotline sentences, hurts on bare words."""
_KEPT_SILENCE_MS = 200
_BROKEN_CHARACTER = "\ufffd"
_BIAS_WORDS_AT_MOST = 12
_DIGIT_CHARACTERS = "零一二三四五六七八九幺两"
"""Of 50 strings of 4 and 11 digits, by telephone, 34 came out right with these and 16 with 0 to 9."""
_TOKENS_A_DIGIT = 2
_DIGITS_BEAM = 5
_DIGITS_AT_MOST = 20
_LEAST_SPEECH_UNITS = 0.25
"""Of initials and finals, as far as the syllable head is sure of them: less is noise."""
_SURE_SYLLABLES, _SURE_SPEECH_UNITS = 4, 7.0
"""Of 40 recorded noises none came near: 3 syllables and 6.1 units (a sneeze) at most."""
_SOUND_SHARE, _WORST_SOUND = 0.5, -300.0
"""How much the head's opinion of a text counts beside the decoder's, a nat against a nat."""
WORD_GATE = SpeechGate(no_speech=0.6, doubtful_log_probability=-1.2, hopeless_log_probability=-4.0)
"""For bare words, which come out unlikely even when they are clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a clip was found to say, and by which means."""

    decided_by: DecidedBy
    alternatives: tuple[Alternative, ...] = ()
    syllables: tuple[str, ...] = ()


_NOTHING = Decision(decided_by="gate")


class WhisperEngine:
    """faster-whisper's model through CTranslate2, int8, one thread for each of ``workers``."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        beam: int = 5,
        energy_gate: EnergyGate | None = None,
        speech_gate: SpeechGate | None = None,
        word_gate: SpeechGate = WORD_GATE,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Load the model in ``folder``. Raises UserFacingError when a file is missing."""
        self._name = f"whisper/{folder.name.removeprefix('whisper-')}-int8"
        self._beam = beam
        self._energy_gate = energy_gate or EnergyGate()
        self._speech_gate = speech_gate or SpeechGate()
        self._word_gate = word_gate
        self._clock = clock
        self._model = WhisperModel(folder, workers)
        self._head = SyllableHead.for_encoder(folder / "model.bin")
        self._phrases = PhraseScorer(self._model)
        self._all_but_digits = self._model.all_but(_DIGIT_CHARACTERS)

    @classmethod
    def load(cls, *, models_dir: Path, threads: int) -> Self:
        """What the entry point ``voicebot.asr`` opens: the base model, verified."""
        return cls(weights.path(MODEL, models_dir=models_dir), workers=threads)

    @property
    def name(self) -> str:
        return self._name

    @property
    def streaming(self) -> bool:
        return False

    def open(self, expect: Expectation, sample_rate_hz: int) -> WhisperRecogniser:
        return WhisperRecogniser(self, expect, sample_rate_hz)

    def unknown_words(self, words: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG002  it spells by bytes
        return ()

    def close(self) -> None:
        self._model.close()

    def hear(self, samples: Samples, sample_rate_hz: int, expect: Expectation) -> Transcript:
        """The final result for one whole utterance; thread-safe, waits while all workers are busy.

        Raises RecognitionFailedError when the network breaks.
        """
        began = self._clock()
        try:
            decision = self._decide(samples, sample_rate_hz, expect)
        except RuntimeError as error:
            raise RecognitionFailedError(f"{self._name} failed on an utterance: {error}") from error
        return Transcript(
            alternatives=decision.alternatives,
            engine=self._name,
            audio_seconds=len(samples) / sample_rate_hz,
            compute_seconds=self._clock() - began,
            decided_by=decision.decided_by,
            syllables=decision.syllables,
        )

    def prepare(self, expect: Expectation) -> None:
        """Do ahead what a closed set costs the first time it is expected (about 8 ms a phrase)."""
        self._phrases.prepare(expect)

    def _decide(self, samples: Samples, sample_rate_hz: int, expect: Expectation) -> Decision:
        if not self._energy_gate.passes(samples, sample_rate_hz):
            return _NOTHING
        pieces = windows(prepared(samples, sample_rate_hz), SAMPLE_RATE_HZ, LONGEST_WINDOW_SECONDS)
        if len(pieces) > 1:
            return self._decode_pieces(pieces, expect)
        heard = self._model.encode(pieces[0])
        if self._head is None:
            return self._by_network(heard, expect)
        scores = self._head.hear(self._model.states(heard))
        if scores.speech < _LEAST_SPEECH_UNITS:
            return _NOTHING
        return replace(self._by_syllables(heard, scores, expect), syllables=scores.syllables)

    def _by_syllables(self, heard: Heard, scores: SyllableScores, expect: Expectation) -> Decision:
        """The syllable head first; the network's decoder where it is not enough."""
        if expect.kind == "digits":
            found = hear_digits(scores, expect.digit_counts, expect.known)
            if found:
                return Decision(decided_by="digits", alternatives=found)
        fitted = fit(scores, expect.phrases) if expect.kind == "closed" else None
        if fitted is None:
            return self._decode(heard, expect, scores)
        taken = hear_phrases(fitted, strict=expect.strict)
        if taken is None:
            freely = self._model.decode(heard)
            taken = self._phrases.agree(heard, freely, fitted, strict=expect.strict)
        if taken:
            return Decision(decided_by="phrases", alternatives=taken)
        return self._decode(heard, expect, scores)

    def _by_network(self, heard: Heard, expect: Expectation) -> Decision:
        """Without the head, for another network than the one it was trained on."""
        if expect.kind == "closed":
            return self._closed(heard, expect)
        return self._digits(heard, expect) if expect.kind == "digits" else self._decode(heard, expect)

    def _closed(self, heard: Heard, expect: Expectation) -> Decision:
        freely = self._model.decode(heard, with_beginnings=True)
        if not self._word_gate.passes(freely.no_speech, freely.best_score):
            return _NOTHING
        found = self._phrases.hear(heard, freely, expect)
        return Decision(decided_by="phrases", alternatives=found) if found else self._decode(heard, expect)

    def _digits(self, heard: Heard, expect: Expectation) -> Decision:
        freely = self._model.decode(heard)
        if not self._word_gate.passes(freely.no_speech, freely.best_score):
            return _NOTHING
        counts = expect.digit_counts or (_DIGITS_AT_MOST,)
        constrained = self._model.decode(
            heard,
            beam=_DIGITS_BEAM,
            longest=_TOKENS_A_DIGIT * max(counts) + 2,
            suppressed=self._all_but_digits,
            repeats_allowed=True,
        )
        found = digit_alternatives(
            self._alternatives(constrained), self._alternatives(freely), expect.digit_counts
        )
        return Decision(decided_by="digits", alternatives=found) if found else self._decode(heard, expect)

    def _decode(self, heard: Heard, expect: Expectation, scores: SyllableScores | None = None) -> Decision:
        decoded = self._model.decode(heard, prompt=prompt_for(expect), beam=self._beam)
        likely = self._unprompted_score(heard, decoded)
        if not (_is_surely_speech(scores) or self._speech_gate.passes(decoded.no_speech, likely)):
            return _NOTHING
        found = self._alternatives(replace(decoded, hypotheses=self._by_sound(decoded.hypotheses, scores)))
        return Decision(decided_by="decode", alternatives=found)

    def _by_sound(
        self, hypotheses: tuple[Hypothesis, ...], scores: SyllableScores | None
    ) -> tuple[Hypothesis, ...]:
        """The hypotheses with those first that also sound right to the syllable head."""
        if scores is None or len(hypotheses) < 2:
            return hypotheses
        spellings = [spelled(syllables(self._model.text(one.tokens))) for one in hypotheses]
        sounds = scores.log_probabilities([units or () for units in spellings])
        totals = [
            one.mean_log_probability * (len(one.tokens) + 1) + _SOUND_SHARE * max(float(sound), _WORST_SOUND)
            for one, sound in zip(hypotheses, sounds, strict=True)
        ]
        order = sorted(range(len(totals)), key=lambda place: -totals[place])
        sure = sorted((one.mean_log_probability for one in hypotheses), reverse=True)
        return tuple(
            replace(hypotheses[place], mean_log_probability=score)
            for place, score in zip(order, sure, strict=True)
        )

    def _unprompted_score(self, heard: Heard, decoded: Decoded) -> float:
        """How likely the best text is without the prompt, which makes 转人工客服 out of rain and barking."""
        if not decoded.hypotheses:
            return -math.inf
        tokens = [token for token in decoded.hypotheses[0].tokens if token < self._model.end_of_text]
        if not tokens:
            return -math.inf
        return float(self._model.log_probabilities(heard, [tuple(tokens)])[0].mean())

    def _decode_pieces(self, pieces: list[Samples], expect: Expectation) -> Decision:
        """A long utterance: its pieces decoded in turn, one alternative, as sure as the least sure piece."""
        spoken = (trim_silence(piece, rate_hz=SAMPLE_RATE_HZ, keep_ms=_KEPT_SILENCE_MS) for piece in pieces)
        decisions = [self._decode(self._model.encode(piece), expect) for piece in spoken if piece.size]
        best = [one.alternatives[0] for one in decisions if one.alternatives]
        if not best:
            return _NOTHING
        joined = Alternative(
            text=normalise("".join(one.text for one in best)), confidence=min(one.confidence for one in best)
        )
        return Decision(decided_by="decode", alternatives=(joined,))

    def _alternatives(self, decoded: Decoded) -> tuple[Alternative, ...]:
        """The texts of the n-best list, each once: what differs in marks alone is the same to the ear."""
        found: dict[str, Alternative] = {}
        for hypothesis in decoded.hypotheses:
            text = normalise(self._model.text(hypothesis.tokens))
            if text and _BROKEN_CHARACTER not in text:
                sure = math.exp(min(0.0, hypothesis.mean_log_probability))
                found.setdefault(without_marks(text), Alternative(text=text, confidence=sure))
        return tuple(found.values())


class WhisperRecogniser:
    """Collects one utterance and hands it to the engine when it is over."""

    def __init__(self, engine: WhisperEngine, expect: Expectation, sample_rate_hz: int) -> None:
        self._engine = engine
        self._expect = expect
        self._sample_rate_hz = sample_rate_hz
        self._chunks: list[Samples] = []

    def feed(self, samples: Samples) -> str | None:
        self._chunks.append(samples)
        return None

    def finish(self) -> Transcript:
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        self._chunks.clear()
        return self._engine.hear(samples, self._sample_rate_hz, self._expect)


def _is_surely_speech(scores: SyllableScores | None) -> bool:
    """The head hears so many syllables that the decoder's doubt counts no more."""
    if scores is None:
        return False
    return len(scores.syllables) >= _SURE_SYLLABLES and scores.speech >= _SURE_SPEECH_UNITS


def prompt_for(expect: Expectation) -> str:
    """The domain prompt with the words that are likely in this call."""
    return DOMAIN_PROMPT + "，".join(expect.bias[:_BIAS_WORDS_AT_MOST])
