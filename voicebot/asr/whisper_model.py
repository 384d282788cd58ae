"""Whisper's network behind three calls: encode a clip, decode it, score given texts on it."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import Tokenizer

from voicebot.asr.engine import Samples
from voicebot.audio.level import FULL_SCALE, normalise_level
from voicebot.audio.resample import resample
from voicebot.ops.errors import UserFacingError

SAMPLE_RATE_HZ = 16_000
STATES_A_SECOND = 50
LONGEST_WINDOW_SECONDS = 24.0
"""The network knows positions up to 30 s; this leaves room for the padding."""
_LEVEL_DBFS = -20.0
_PADDING_SECONDS = 3.0
"""Silence after the clip. Without any, Whisper loops; with its usual 30 s it takes four times as long."""
_TEXTS_REMEMBERED = 20_000
_TEXTS_AT_ONCE = 16

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A clip as the encoder left it; every decode and score of the clip shares it."""

    encoded: Any
    """ctranslate2.StorageView, shape (1, frames, width)."""
    frames: int
    seconds: float
    """The clip's own length, without padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One decoded token sequence with the mean log probability of its tokens."""

    tokens: Tokens
    mean_log_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The n-best list of one decode, best first, and how much the clip looks like no speech (0..1)."""

    hypotheses: tuple[Hypothesis, ...]
    no_speech: float
    beginnings: npt.NDArray[np.float32] | None = None
    """The log probability of each token as the first one, shape (vocabulary,), where it was asked for."""

    @property
    def best_score(self) -> float:
        return self.hypotheses[0].mean_log_probability if self.hypotheses else -math.inf


def prepared(samples: Samples, sample_rate_hz: int) -> Samples:
    """``samples`` as the network hears all clips: at one level, at 16 kHz."""
    level = normalise_level(samples, _LEVEL_DBFS, rate_hz=sample_rate_hz)
    return resample(level, sample_rate_hz, SAMPLE_RATE_HZ)


class WhisperModel:
    """A CTranslate2 Whisper in ``folder``. Thread-safe: ``workers`` calls run at once, one thread each."""

    def __init__(self, folder: Path, workers: int) -> None:
        for needed in ("model.bin", "tokenizer.json", "config.json"):
            if not (folder / needed).is_file():
                raise UserFacingError(
                    f"The speech recognition model lacks {folder / needed}.",
                    "Fetch it with: voicebot models fetch",
                )
        self._network = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = FeatureExtractor()
        self._start = [
            self._special(name) for name in ("startoftranscript", "zh", "transcribe", "notimestamps")
        ]
        self._previous = self._special("startofprev")
        self.end_of_text = self._special("endoftext")
        self._vocabulary = self._tokenizer.get_vocab_size(with_added_tokens=True)
        self._texts: OrderedDict[str, Tokens] = OrderedDict()
        self._texts_lock = threading.Lock()

    def close(self) -> None:
        self._network.unload_model()

    def tokens(self, text: str) -> Tokens:
        """``text`` as the model spells it."""
        with self._texts_lock:
            found = self._texts.get(text)
            if found is None:
                found = tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)
                self._texts[text] = found
                if len(self._texts) > _TEXTS_REMEMBERED:
                    self._texts.popitem(last=False)
            return found

    def text(self, tokens: Sequence[int]) -> str:
        decoded: str = self._tokenizer.decode([token for token in tokens if token < self.end_of_text])
        return decoded

    def encode(self, samples: Samples) -> Heard:
        """Run the encoder over ``samples`` (as ``prepared`` gives them, at most LONGEST_WINDOW_SECONDS)."""
        padding = np.zeros(int(_PADDING_SECONDS * SAMPLE_RATE_HZ), np.float32)
        sound = samples.astype(np.float32) / np.float32(FULL_SCALE)
        features = self._features(np.concatenate([sound, padding]), padding=0)
        features = features[:, : features.shape[1] // 2 * 2]
        batch = np.ascontiguousarray(features[np.newaxis], dtype=np.float32)
        encoded = self._network.encode(ctranslate2.StorageView.from_array(batch))
        return Heard(encoded=encoded, frames=batch.shape[2], seconds=len(samples) / SAMPLE_RATE_HZ)

    def states(self, heard: Heard) -> npt.NDArray[np.float32]:
        """What the encoder made of the clip without its padding: shape (frames, width), 50 a second."""
        whole = np.array(heard.encoded)[0]
        return np.asarray(whole[: math.ceil(heard.seconds * STATES_A_SECOND)], np.float32)

    def decode(
        self,
        heard: Heard,
        *,
        prompt: str = "",
        beam: int = 1,
        longest: int | None = None,
        suppressed: Sequence[int] = (-1,),
        repeats_allowed: bool = False,
        with_beginnings: bool = False,
    ) -> Decoded:
        """Decode freely, after ``prompt`` as if it had been said before; ``suppressed`` tokens cannot come.

        The output is bounded by the audio (8 tokens a second + 8): loops are Whisper's worst error.
        """
        start = [self._previous, *self.tokens(prompt), *self._start] if prompt else self._start
        room = int(8 * heard.seconds + 8) if longest is None else longest
        result = self._network.generate(
            heard.encoded,
            [start],
            beam_size=beam,
            num_hypotheses=beam,
            max_length=len(start) + room,
            no_repeat_ngram_size=0 if repeats_allowed else 3,
            suppress_tokens=list(suppressed),
            return_scores=True,
            return_no_speech_prob=True,
            return_logits_vocab=with_beginnings,
        )[0]
        hypotheses = tuple(
            Hypothesis(tokens=tuple(tokens), mean_log_probability=float(score))
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        )
        beginnings = None
        if with_beginnings:
            logits = np.array(result.logits[0])[0, : self.end_of_text].astype(np.float32)
            beginnings = logits - np.logaddexp.reduce(logits)
        return Decoded(hypotheses=hypotheses, no_speech=float(result.no_speech_prob), beginnings=beginnings)

    def all_but(self, characters: str) -> list[int]:
        """The tokens to suppress so that nothing but ``characters`` can come out."""
        allowed = {token for character in characters for token in self.tokens(character)}
        return [token for token in range(self._vocabulary) if token not in allowed | {self.end_of_text}]

    def log_probabilities(self, heard: Heard, texts: Sequence[Tokens]) -> list[npt.NDArray[np.float32]]:
        """For each of ``texts``, the log probability of each token, given the clip and the tokens before."""
        found: list[npt.NDArray[np.float32]] = []
        for begin in range(0, len(texts), _TEXTS_AT_ONCE):
            found += self._aligned(heard, texts[begin : begin + _TEXTS_AT_ONCE])
        return found

    def _aligned(self, heard: Heard, texts: Sequence[Tokens]) -> list[npt.NDArray[np.float32]]:
        encoded = heard.encoded
        if len(texts) > 1:
            repeated = np.repeat(np.array(encoded), len(texts), axis=0)
            encoded = ctranslate2.StorageView.from_array(repeated)
        aligned = self._network.align(
            encoded, self._start, [list(text) for text in texts], [heard.frames // 2] * len(texts)
        )
        return [
            np.log(np.maximum(np.asarray(one.text_token_probs, np.float32), np.float32(1e-10)))
            for one in aligned
        ]

    def _special(self, name: str) -> int:
        found = self._tokenizer.token_to_id(f"<|{name}|>")
        if found is None:
            raise UserFacingError(
                f"The speech recognition model does not know the token {name}.",
                "Use a multilingual Whisper model: voicebot models fetch",
            )
        return int(found)
