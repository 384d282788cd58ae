"""The voices of simulated callers: other ones than the line's, rendered once and kept."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import level, mulaw
from voicebot.audio.resample import resample
from voicebot.tts.choice import open_engine
from voicebot.tts.clip import EDGE_MS, SPEECH_LEVEL_DBFS, clip_key
from voicebot.tts.engine import Speech, VoiceEngine, VoiceFailedError
from voicebot.tts.kokoro import VERSION

CALLER_VOICE = "zm_yunxia"
LEAD_MS = 60
"""Silence before and after, as a telephone has it."""
CLEAN_RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000


class CallerVoice:
    """Text to int16 samples; the engine is loaded only when something is not in ``folder`` yet."""

    def __init__(self, folder: Path, models_dir: Path, voice: str = CALLER_VOICE) -> None:
        self._folder = folder
        self._models_dir = models_dir
        self._voice = voice
        self._opened: VoiceEngine | None = None

    def __call__(self, text: str, speed: float = 1.0) -> NDArray[np.int16]:
        """What a telephone makes of ``clean``: 8 kHz, mu-law, LEAD_MS of silence at both ends."""
        narrow = resample(self.clean(text, speed), CLEAN_RATE_HZ, TELEPHONE_RATE_HZ)
        silence = np.zeros(LEAD_MS * TELEPHONE_RATE_HZ // 1000, np.int16)
        return mulaw.decode(mulaw.encode(np.concatenate([silence, narrow, silence])))

    def clean(self, text: str, speed: float = 1.0) -> NDArray[np.int16]:
        """The rendered speech at 16 kHz and SPEECH_LEVEL_DBFS, without silence at its ends.

        Raises VoiceFailedError where it cannot be spoken.
        """
        kept = self._file(text, speed)
        if not kept.exists():
            self._keep(self._engine().render(text, speed), kept)
        with kept.open("rb") as opened, wave.open(opened) as file:
            return np.frombuffer(file.readframes(file.getnframes()), np.dtype("<i2")).astype(np.int16)

    def is_kept(self, text: str, speed: float = 1.0) -> bool:
        """Whether it has been rendered before."""
        return self._file(text, speed).exists()

    def _file(self, text: str, speed: float) -> Path:
        return self._folder / f"{clip_key(f'{VERSION}/{self._voice}', speed, text)[:24]}.wav"

    def _keep(self, speech: Speech, file: Path) -> None:
        sound = resample(speech.samples, speech.sample_rate_hz, CLEAN_RATE_HZ)
        trimmed = level.trim_silence(sound, rate_hz=CLEAN_RATE_HZ, keep_ms=EDGE_MS)
        if trimmed.size == 0:
            raise VoiceFailedError("the rendered speech is silent")
        loud = level.normalise_level(trimmed, SPEECH_LEVEL_DBFS, rate_hz=CLEAN_RATE_HZ)
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")  # two benches may render the same text
        with partial.open("wb") as opened, wave.open(opened, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(CLEAN_RATE_HZ)
            written.writeframes(level.fade_edges(loud, rate_hz=CLEAN_RATE_HZ).astype("<i2").tobytes())
        partial.replace(file)

    def _engine(self) -> VoiceEngine:
        if self._opened is None:
            self._opened = open_engine("kokoro", models_dir=self._models_dir, voice=self._voice)
        return self._opened

    def close(self) -> None:
        """Give the engine's memory back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
