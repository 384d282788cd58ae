"""The simulated caller's voice: another one than the line's, rendered once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import mulaw
from voicebot.tts.choice import open_engine
from voicebot.tts.clip import clip_of, silence
from voicebot.tts.engine import VoiceEngine

CALLER_VOICE = "zm_yunxia"
LEAD_MS = 60
"""Silence before and after, as a telephone has it."""


class CallerVoice:
    """Text to int16 samples at 8 kHz; the engine is loaded only when something is not in ``folder`` yet."""

    def __init__(self, folder: Path, models_dir: Path, voice: str = CALLER_VOICE) -> None:
        self._folder = folder
        self._models_dir = models_dir
        self._voice = voice
        self._opened: VoiceEngine | None = None

    def __call__(self, text: str) -> NDArray[np.int16]:
        kept = self._folder / f"{hashlib.sha256(f'{self._voice} {text}'.encode()).hexdigest()[:24]}.ulaw"
        if not kept.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = kept.with_suffix(".partial")
            partial.write_bytes(clip_of(self._engine().render(text)))
            partial.replace(kept)
        return mulaw.decode(silence(LEAD_MS) + kept.read_bytes() + silence(LEAD_MS))

    def _engine(self) -> VoiceEngine:
        if self._opened is None:
            self._opened = open_engine("kokoro", models_dir=self._models_dir, voice=self._voice)
        return self._opened

    def close(self) -> None:
        """Give the engine's memory back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
