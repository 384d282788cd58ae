"""Utterances for benches, in voices that nothing was tuned or trained on: rendered once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from voicebot.asr.engine import Samples
from voicebot.demonstration.caller_voice import CallerVoice
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError

HELD_OUT_VOICES = ("zf_xiaoxiao", "zm_yunxia", "jf_tebukuro", "jm_kumo")
"""Two women and two men, one each of Mandarin and of a foreign accent; no threshold, model or text of this
repository was fitted to any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A text as one voice says it."""

    text: str
    """Simplified Chinese, numbers already in words."""
    voice: str
    speed: float = 1.0


class SpokenClips:
    """Utterances to int16 samples, kept in ``folder``. One voice is loaded at a time: each takes 400 MB."""

    def __init__(self, folder: Path, models_dir: Path) -> None:
        self._folder = folder
        self._models_dir = models_dir
        self._voices: dict[str, CallerVoice] = {}

    def missing(self, utterances: Iterable[Utterance]) -> list[Utterance]:
        """Those that are not kept yet, each once, voice by voice."""
        absent = (one for one in dict.fromkeys(utterances) if not self._is_kept(one))
        return sorted(absent, key=lambda one: one.voice)

    def render(
        self, utterances: Iterable[Utterance], told: Callable[[Utterance], None] = lambda _rendered: None
    ) -> None:
        """Make those that are missing, about half a second of computing for one of speech; ``told`` of each.

        Raises UserFacingError for a voice that is not installed, VoiceFailedError for a text it cannot say.
        """
        for utterance in self.missing(utterances):
            self.clean(utterance)
            told(utterance)
        self.close()

    def clean(self, utterance: Utterance) -> Samples:
        """16 kHz, at one level, without silence at the ends. Raises as ``render`` does."""
        return self._ready(utterance).clean(utterance.text, utterance.speed)

    def telephone(self, utterance: Utterance) -> Samples:
        """The same at 8 kHz through mu-law, with 60 ms of silence at each end."""
        return self._ready(utterance)(utterance.text, utterance.speed)

    def close(self) -> None:
        """Give the engine's memory back; every utterance can still be had."""
        for voice in self._voices.values():
            voice.close()

    def _is_kept(self, utterance: Utterance) -> bool:
        return self._voice(utterance.voice).is_kept(utterance.text, utterance.speed)

    def _ready(self, utterance: Utterance) -> CallerVoice:
        """The voice, with no other one loaded where it has to render."""
        if not self._is_kept(utterance):
            self._must_be_installed(utterance.voice)
            for name, voice in self._voices.items():
                if name != utterance.voice:
                    voice.close()
        return self._voice(utterance.voice)

    def _must_be_installed(self, voice: str) -> None:
        """The engine would speak with another voice, which may be one that something was tuned on."""
        if not weights.has("kokoro", f"voices/{voice}.bin", models_dir=self._models_dir):
            raise UserFacingError(
                f"The voice {voice} is not installed in {self._models_dir}.",
                "Fetch it with: voicebot models fetch --group voices",
            )

    def _voice(self, name: str) -> CallerVoice:
        return self._voices.setdefault(name, CallerVoice(self._folder, self._models_dir, name))
