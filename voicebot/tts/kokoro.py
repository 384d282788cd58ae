"""The natural voice: Kokoro-82M as an int8 ONNX model, one thread, Mandarin voices."""

import json
import logging
import threading
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from voicebot.audio import level
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError
from voicebot.tts.engine import Speech, VoiceFailedError
from voicebot.tts.pronounce import Pronouncer, clauses, sentences

_log = logging.getLogger(__name__)

VERSION = "kokoro-1.0-int8"
DEFAULT_VOICE = "zf_xiaoyi"
FALLBACK_VOICE = "jf_tebukuro"
"""A Japanese voice that reads Mandarin almost as well; it needs no npm."""

SAMPLE_RATE_HZ = 24000
LONGEST_TEXT = 2000
"""Characters in one call of `render`; ten minutes of speech, more than a caller ever listens to."""

_MOST_TOKENS = 250
"""At once. The model takes 510, but its memory grows with the longest text and is never given back (400 MB
at 100 tokens, 620 MB at 250, 700 MB at 400), and it reads the end of long texts faster and flatter."""
_STYLE_WIDTH = 256
_SYLLABLE_TOKENS = 9
_SYLLABLE_SECONDS = 0.36
_SYLLABLE_MARKS = ("{}", ", {}, ", "{}, ", ", {}.")
_SENTENCE_PAUSE_MS = 180

_FETCH = "Run 'voicebot models fetch'."
_VERIFY = "Run 'voicebot models verify'."

_Sound = npt.NDArray[np.int16]


class KokoroModelError(UserFacingError):
    """A file of the model is missing or is not what it should be; the message names it and the remedy."""


class KokoroEngine:
    """One voice of Kokoro. The first text takes a second longer, for the pronouncing dictionaries."""

    def __init__(self, folder: Path, voice: str = DEFAULT_VOICE) -> None:
        """Load the model from `folder` (model.onnx, vocab.json, voices/<voice>.bin); 0.7 s, about 400 MB.

        A voice that is not there is replaced by FALLBACK_VOICE, with one line in the log.
        Raises KokoroModelError if a file is missing or unreadable.
        """
        self._folder = folder
        self._voice = self._present_voice(voice)
        self._styles = self._read_styles(self._voice)
        self._tokens = self._read_vocabulary()
        self._session = self._open_session()
        self._pronouncer = Pronouncer()
        self._speaking = threading.Lock()

    @classmethod
    def open(cls, *, models_dir: Path, voice: str | None = None) -> Self:
        """Open the engine as the entry point `voicebot.tts` does, its files in models_dir/kokoro verified.

        Raises KokoroModelError for a missing file, DamagedWeightsError for one that is not the manifest's.
        """
        wanted = voice or DEFAULT_VOICE
        try:
            folder = weights.path("kokoro", models_dir=models_dir)
            if (folder / "voices" / f"{wanted}.bin").is_file():
                weights.path("kokoro", f"voices/{wanted}.bin", models_dir=models_dir)
        except weights.DamagedWeightsError:
            raise
        except UserFacingError as error:
            raise KokoroModelError(error.message, error.hint) from error
        return cls(folder, wanted)

    @property
    def name(self) -> str:
        return f"{VERSION}/{self._voice}"

    def render(self, text: str, speed: float = 1.0) -> Speech:
        """Speak at 24 kHz; the same text and speed give the same samples."""
        if not 0.5 <= speed <= 2.0:
            raise VoiceFailedError(f"speed {speed} is outside of 0.5 to 2.0")
        if len(text) > LONGEST_TEXT:
            raise VoiceFailedError(
                f"the text has {len(text)} characters; {LONGEST_TEXT} can be spoken at once"
            )
        pieces = self._pieces(text)
        if not pieces:
            raise VoiceFailedError(f"nothing in the text can be spoken: {text[:40]!r}")
        if len(pieces) == 1 and len(pieces[0]) <= _SYLLABLE_TOKENS and " " not in pieces[0]:
            spoken = [self._speak_syllable(pieces[0], speed)]
        else:
            spoken = [self._speak(phonemes, speed) for phonemes in pieces]
        joined = level.join_clips(spoken, _SENTENCE_PAUSE_MS, rate_hz=SAMPLE_RATE_HZ)
        if joined.size == 0:
            raise VoiceFailedError(f"the voice stayed silent on {text[:40]!r}")
        return Speech(samples=joined, sample_rate_hz=SAMPLE_RATE_HZ)

    def close(self) -> None:
        with self._speaking:
            self._session = None

    def _pieces(self, text: str) -> list[str]:
        """The text as phonemes, in pieces that the model can take, cut where a speaker would breathe."""
        pieces: list[str] = []
        for sentence in sentences(text):
            phonemes = self._pronouncer.phonemes(sentence)
            fits = len(phonemes) <= _MOST_TOKENS
            parts = [phonemes] if fits else self._packed(clauses(sentence))
            pieces += [part for part in parts if part]
        return pieces

    def _packed(self, texts: list[str]) -> list[str]:
        packed: list[str] = []
        for phonemes in map(self._pronouncer.phonemes, texts):
            if packed and len(packed[-1]) + 1 + len(phonemes) <= _MOST_TOKENS:
                packed[-1] += " " + phonemes
            else:
                packed += _cut_at_words(phonemes)
        return packed

    def _speak_syllable(self, phonemes: str, speed: float) -> _Sound:
        """One syllable, in the surrounding marks that give it the most usual length.

        Alone it sometimes comes out as a breath, sometimes with a stray second one; which marks help differs.
        """
        usual = _SYLLABLE_SECONDS / speed * SAMPLE_RATE_HZ
        bare = phonemes.rstrip(",.!?;: ")
        takes = [self._speak(marks.format(bare), speed) for marks in _SYLLABLE_MARKS]
        return min(takes, key=lambda take: abs(take.size - usual))

    def _speak(self, phonemes: str, speed: float) -> _Sound:
        tokens = [self._tokens[one] for one in phonemes if one in self._tokens]
        if not tokens:
            return np.zeros(0, dtype=np.int16)
        style = self._styles[min(len(tokens), len(self._styles) - 1)]
        with self._speaking:
            if self._session is None:
                raise VoiceFailedError("the voice was closed")
            try:
                sound = self._session.run(
                    None,
                    {
                        "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
                        "style": style.reshape(1, _STYLE_WIDTH),
                        "speed": np.array([speed], dtype=np.float32),
                    },
                )[0]
            except RuntimeError as error:  # what onnxruntime's own errors derive from
                raise VoiceFailedError(
                    f"Kokoro failed on a text of {len(tokens)} phonemes: {error}"
                ) from error
        pcm = np.clip(np.rint(np.asarray(sound, dtype=np.float32).ravel() * 32767), -32768, 32767)
        return level.trim_silence(pcm.astype(np.int16), rate_hz=SAMPLE_RATE_HZ)

    def _present_voice(self, voice: str) -> str:
        if (self._folder / "voices" / f"{voice}.bin").is_file():
            return voice
        _log.warning(
            "voice %s is not in %s; speaking with %s ('voicebot models fetch' gets it where there is npm)",
            voice, self._folder / "voices", FALLBACK_VOICE,
        )  # fmt: skip
        return FALLBACK_VOICE

    def _read_styles(self, voice: str) -> npt.NDArray[np.float32]:
        content = self._bytes(f"voices/{voice}.bin")
        if not content or len(content) % (_STYLE_WIDTH * 4):
            raise KokoroModelError(f"{self._folder}/voices/{voice}.bin is no voice", _VERIFY)
        return np.frombuffer(content, dtype="<f4").reshape(-1, _STYLE_WIDTH).astype(np.float32)

    def _read_vocabulary(self) -> dict[str, int]:
        try:
            return cast("dict[str, int]", json.loads(self._bytes("vocab.json"))["vocab"])
        except (ValueError, KeyError) as error:
            raise KokoroModelError(f"{self._folder}/vocab.json is unreadable ({error})", _VERIFY) from error

    def _open_session(self) -> Any:
        # Imported late: half a second that a start with all prompts rendered can spare.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the other core belongs to the callers
        options.inter_op_num_threads = 1
        path = self._folder / "model.onnx"
        if not path.is_file():
            raise KokoroModelError(f"{path} is missing", _FETCH)
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except RuntimeError as error:
            raise KokoroModelError(f"{path} cannot be loaded ({error})", _VERIFY) from error

    def _bytes(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise KokoroModelError(f"{self._folder / name} is missing", _FETCH) from error


def _cut_at_words(phonemes: str) -> list[str]:
    """Cut what has no punctuation for too long, between words if there are any."""
    cut: list[str] = []
    while len(phonemes) > _MOST_TOKENS:
        at = phonemes.rfind(" ", 1, _MOST_TOKENS)
        at = at if at > 0 else _MOST_TOKENS
        cut.append(phonemes[:at])
        phonemes = phonemes[at:].lstrip()
    return [*cut, phonemes] if phonemes else cut
