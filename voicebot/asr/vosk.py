"""Vosk as a streaming recogniser: partial texts while the caller speaks, a grammar for each question."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import vosk

from voicebot.asr.digits import digit_alternatives
from voicebot.asr.engine import Alternative, DecidedBy, RecognitionFailedError, Samples, Transcript
from voicebot.asr.gate import EnergyGate
from voicebot.asr.lexicon import Lexicon
from voicebot.asr.phrases import sounds_like
from voicebot.audio.resample import StreamResampler
from voicebot.language.normalise import normalise
from voicebot.nlu.expectation import Expectation
from voicebot.ops.errors import UserFacingError

MANDARIN_MODEL = "vosk-cn"
_UNKNOWN = "[unk]"
_MODEL_RATE_HZ = 16_000
_ALTERNATIVES = 5
_DIGIT_WORDS = "零一二三四五六七八九幺两"
_PARTIAL_EVERY_SECONDS = 0.1
"""Asking for a partial costs about as much as decoding 20 ms."""

Hypotheses = list[tuple[str, float]]
"""Texts with Vosk's scores: log likelihoods of which only the differences mean something (best first)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """When the phrase that the grammar forced is believed; the free recogniser heard the same sound.

    Scores of words in the set lie above the free ones (by 7 to 9 on the Korean model), of others below.
    """

    alike: float = 0.4
    """So near the free text may be in sound (0 alike, 1 nothing in common), whatever the scores."""
    fair: float = 0.8
    """So near it must be when the grammar's score is not below the free one's."""
    strictly_alike: float = 0.25
    strictly_fair: float = 0.4

    def holds(self, unlike: float, score_above_free: float, *, strict: bool) -> bool:
        alike, fair = (self.strictly_alike, self.strictly_fair) if strict else (self.alike, self.fair)
        return unlike <= alike or (unlike <= fair and score_above_free >= 0.0)


class VoskEngine:
    """One model, shared; each utterance has recognisers of its own. Vosk releases the GIL while it works."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.perf_counter) -> None:
        """Load the model in ``folder``. Raises UserFacingError when it is missing or broken."""
        if not (folder / "am" / "final.mdl").is_file():
            raise UserFacingError(
                f"There is no Vosk model in {folder}.",
                "Fetch it with `voicebot models fetch --group optional`, or unpack a model from "
                "https://alphacephei.com/vosk/models there, or set VOICEBOT_ASR=whisper.",
            )
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:  # vosk raises nothing narrower
            raise UserFacingError(
                f"The Vosk model in {folder} cannot be loaded.",
                "Fetch it anew: voicebot models verify, then voicebot models fetch",
            ) from error
        self._name = f"vosk/{folder.name.removeprefix('vosk-')}"
        self._clock = clock
        self._lexicon = Lexicon(self._knows)
        self._upsamples = _upsamples(folder / "conf" / "mfcc.conf")
        self._has_unknown = self._knows(_UNKNOWN)

    @classmethod
    def load(cls, *, models_dir: Path, threads: int) -> Self:  # noqa: ARG003  Vosk works on the caller's thread
        """What the entry point ``voicebot.asr`` opens: the Mandarin model."""
        return cls(models_dir / MANDARIN_MODEL)

    @property
    def name(self) -> str:
        return self._name

    @property
    def streaming(self) -> bool:
        return True

    def open(self, expect: Expectation, sample_rate_hz: int) -> VoskRecogniser:
        return VoskRecogniser(
            free=self._recogniser(sample_rate_hz, None),
            conditioned=self._conditioned(expect, sample_rate_hz),
            expect=expect,
            engine_name=self._name,
            sample_rate_hz=sample_rate_hz,
            upsample=not self._upsamples and sample_rate_hz < _MODEL_RATE_HZ,
            clock=self._clock,
        )

    def prepare(self, expect: Expectation) -> None:
        """Nothing: the first time costs what every time does."""

    def unknown_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return self._lexicon.unknown(words)

    def close(self) -> None:
        """Let go of the model; it is freed with the last recogniser that still uses it."""
        del self._model

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def _conditioned(self, expect: Expectation, sample_rate_hz: int) -> Any | None:
        """A recogniser that hears the expected phrases or digits only; None for the open question."""
        match expect.kind:
            case "closed":
                texts = [says for phrase in expect.phrases for says in phrase.says]
            case "digits":
                texts = list(_DIGIT_WORDS)
            case _:
                return None
        grammar = [" ".join(words) for text in texts if (words := self._lexicon.words(text))]
        if not grammar:
            return None
        if self._has_unknown:
            grammar.append(_UNKNOWN)
        return self._recogniser(sample_rate_hz, grammar)

    def _recogniser(self, sample_rate_hz: int, grammar: list[str] | None) -> Any:
        rate_hz = sample_rate_hz if self._upsamples else max(sample_rate_hz, _MODEL_RATE_HZ)
        if grammar is None:
            recogniser = vosk.KaldiRecognizer(self._model, rate_hz)
        else:
            recogniser = vosk.KaldiRecognizer(self._model, rate_hz, json.dumps(grammar, ensure_ascii=False))
        recogniser.SetMaxAlternatives(_ALTERNATIVES)
        return recogniser


class VoskRecogniser:
    """Hears one utterance twice over: freely, and, where something is expected, with that grammar."""

    def __init__(
        self,
        *,
        free: Any,
        conditioned: Any | None,
        expect: Expectation,
        engine_name: str,
        sample_rate_hz: int,
        upsample: bool,
        clock: Callable[[], float],
    ) -> None:
        self._free = _Stream(free)
        self._conditioned = None if conditioned is None else _Stream(conditioned)
        self._expect = expect
        self._engine_name = engine_name
        self._sample_rate_hz = sample_rate_hz
        self._upsampler = StreamResampler(sample_rate_hz, _MODEL_RATE_HZ) if upsample else None
        self._clock = clock
        self._energy_gate = EnergyGate()
        self._agreement = Agreement()
        self._heard: list[Samples] = []
        self._samples_since_partial = 0
        self._compute_seconds = 0.0
        self._partial = ""

    def feed(self, samples: Samples) -> str | None:
        began = self._clock()
        self._heard.append(samples)
        self._samples_since_partial += len(samples)
        self._accept(self._upsampler.feed(samples) if self._upsampler else samples)
        partial = self._new_partial()
        self._compute_seconds += self._clock() - began
        return partial

    def finish(self) -> Transcript:
        began = self._clock()
        if self._upsampler:
            self._accept(self._upsampler.feed(np.zeros(0, np.int16), last=True))
        heard = np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)
        decided_by: DecidedBy = "gate"
        alternatives: tuple[Alternative, ...] = ()
        if self._energy_gate.passes(heard, self._sample_rate_hz):
            decided_by, alternatives = self._decide()
        self._compute_seconds += self._clock() - began
        return Transcript(
            alternatives=alternatives,
            engine=self._engine_name,
            audio_seconds=len(heard) / self._sample_rate_hz,
            compute_seconds=self._compute_seconds,
            decided_by=decided_by,
        )

    def _new_partial(self) -> str | None:
        if self._samples_since_partial < _PARTIAL_EVERY_SECONDS * self._sample_rate_hz:
            return None
        self._samples_since_partial = 0
        partial = normalise((self._conditioned or self._free).partial().replace(_UNKNOWN, ""))
        if not partial or partial == self._partial:
            return None
        self._partial = partial
        return partial

    def _accept(self, samples: Samples) -> None:
        data = samples.tobytes()
        try:
            for stream in (self._free, self._conditioned):
                if stream is not None:
                    stream.accept(data)
        except Exception as error:  # vosk raises nothing narrower
            raise RecognitionFailedError(f"{self._engine_name} failed on an utterance: {error}") from error

    def _decide(self) -> tuple[DecidedBy, tuple[Alternative, ...]]:
        free_hypotheses = self._free.finish()
        freely = alternatives_of(free_hypotheses)
        if self._conditioned is None:
            return ("decode", freely) if freely else ("gate", ())
        hypotheses = self._conditioned.finish()
        conditioned = alternatives_of(hypotheses)
        if not freely and not conditioned:
            return "gate", ()
        if self._expect.kind == "digits":
            found = digit_alternatives(conditioned, freely, self._expect.digit_counts)
            return ("digits", found) if found else ("decode", freely)
        above_free = hypotheses[0][1] - free_hypotheses[0][1]
        found = self._in_the_set(conditioned, freely[0].text if freely else "", above_free)
        return ("phrases", found) if found else ("decode", freely)

    def _in_the_set(
        self, conditioned: Sequence[Alternative], freely: str, score_above_free: float
    ) -> tuple[Alternative, ...]:
        """The phrases that the grammar found, unless the free decode is unlike the best of them."""
        members = {normalise(says) for phrase in self._expect.phrases for says in phrase.says}
        found = tuple(one for one in conditioned if one.text in members)
        if not found or found[0] is not conditioned[0]:
            return ()
        unlike = sounds_like(freely, found[0].text)
        return found if self._agreement.holds(unlike, score_above_free, strict=self._expect.strict) else ()


class _Stream:
    """One Kaldi recogniser; where it ends a segment by itself, the segments are put together again."""

    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser
        self._segments: list[Hypotheses] = []

    def accept(self, data: bytes) -> None:
        if data and self._recogniser.AcceptWaveform(data):
            self._segments.append(hypotheses_of(self._recogniser.Result()))

    def partial(self) -> str:
        said = [segment[0][0] for segment in self._segments if segment]
        now = json.loads(self._recogniser.PartialResult()).get("partial", "")
        return " ".join([*said, now])

    def finish(self) -> Hypotheses:
        self._segments.append(hypotheses_of(self._recogniser.FinalResult()))
        joined: Hypotheses = [("", 0.0)]
        for segment in self._segments:
            if segment:
                pairs = [
                    (f"{before} {text}".strip(), score + more)
                    for before, score in joined
                    for text, more in segment
                ]
                joined = sorted(pairs, key=lambda pair: -pair[1])[:_ALTERNATIVES]
        return joined


def hypotheses_of(result: str) -> Hypotheses:
    """Vosk's result with alternatives, silent ones left out."""
    return [
        (one["text"], float(one["confidence"]))
        for one in json.loads(result).get("alternatives", ())
        if one["text"].strip()
    ]


def alternatives_of(hypotheses: Hypotheses) -> tuple[Alternative, ...]:
    """Normalised texts, each once; the confidence is its share of the n-best list's likelihood."""
    if not hypotheses:
        return ()
    best = max(score for _, score in hypotheses)
    shares: dict[str, float] = {}
    for text, score in hypotheses:
        written = normalise(text.replace(_UNKNOWN, " "))
        shares[written] = shares.get(written, 0.0) + math.exp(score - best)
    total = sum(shares.values())
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    return tuple(Alternative(text=text, confidence=share / total) for text, share in ranked if text)


def _upsamples(mfcc_conf: Path) -> bool:
    """Whether the model itself takes telephone audio at its true rate (Kaldi's ``--allow-upsample``)."""
    return mfcc_conf.is_file() and "--allow-upsample=true" in mfcc_conf.read_text()
