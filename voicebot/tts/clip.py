"""A clip: rendered speech made ready for the telephone line, 8 kHz mu-law at one loudness, without clicks."""

import hashlib

import numpy as np

from voicebot.audio import level, mulaw
from voicebot.audio.framing import SAMPLE_RATE_HZ
from voicebot.audio.resample import resample
from voicebot.tts.engine import Speech, VoiceFailedError
from voicebot.tts.spoken_text import normalised

SPEECH_LEVEL_DBFS = -20.0
"""Of the spoken part; leaves the headroom that mu-law and loud vowels need."""
EDGE_MS = 15
"""Silence kept at each end, so that two clips joined have 30 ms between them, as words in a sentence do."""


def clip_of(speech: Speech) -> bytes:
    """The speech as mu-law at 8 kHz, one byte a sample: no offset, one level, trimmed, edges faded over 5 ms.

    Raises VoiceFailedError if there is nothing to hear in it.
    """
    telephone = resample(speech.samples, speech.sample_rate_hz, SAMPLE_RATE_HZ)
    if telephone.size:
        centred = telephone.astype(np.int32) - round(float(telephone.mean()))
        telephone = np.clip(centred, -32768, 32767).astype(np.int16)
    telephone = level.trim_silence(telephone, keep_ms=EDGE_MS)
    if telephone.size == 0:
        raise VoiceFailedError("the rendered speech is silent")
    loud = level.normalise_level(telephone, SPEECH_LEVEL_DBFS)
    return mulaw.encode(level.fade_edges(loud))


def silence(duration_ms: int) -> bytes:
    """A pause of this length."""
    return bytes([mulaw.SILENCE]) * (duration_ms * SAMPLE_RATE_HZ // 1000)


def seconds_of(clip: bytes) -> float:
    return len(clip) / SAMPLE_RATE_HZ


def clip_key(engine: str, speed: float, text: str) -> str:
    """What identifies a clip, as 64 hexadecimal digits: engine (with voice), speed, normalised text."""
    return hashlib.sha256(f"{engine}\n{speed:.2f}\n{normalised(text)}".encode()).hexdigest()
