"""Recorded clips for transcribing and measuring: reading WAV files, and hearing them as over a telephone."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from voicebot.asr.engine import Samples
from voicebot.audio import mulaw
from voicebot.audio.resample import resample
from voicebot.ops.errors import UserFacingError

TELEPHONE_RATE_HZ = 8_000
_ENGINE_RATES_HZ = (8_000, 16_000)
LONGEST_SECONDS = 600


def read_recording(path: Path) -> tuple[Samples, int]:
    """The mono samples of a 16-bit PCM WAV file, and their rate: 8,000 or 16,000 Hz (others are changed).

    Raises UserFacingError when the file is missing, is something else, or lasts over LONGEST_SECONDS.
    """
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if width != 2 or channels > 2 or file.getnframes() > LONGEST_SECONDS * rate_hz:
                raise UserFacingError(
                    f"{path} has {8 * width}-bit samples, {channels} channels and lasts "
                    f"{file.getnframes() / rate_hz:.0f} s.",
                    f"Give 16-bit WAV files of one or two channels and at most {LONGEST_SECONDS} s.",
                )
            data = file.readframes(file.getnframes())
    except FileNotFoundError as error:
        raise UserFacingError(f"There is no file {path}.", "Check the path.") from error
    except (wave.Error, EOFError, IsADirectoryError) as error:
        raise UserFacingError(
            f"{path} is not a PCM WAV file ({str(error) or 'it ends too early'}).", _CONVERT
        ) from error
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], np.int16)
    if channels == 2:
        samples = samples.reshape(-1, 2).astype(np.int32).mean(axis=1).astype(np.int16)
    if rate_hz in _ENGINE_RATES_HZ:
        return samples, rate_hz
    return resample(samples, rate_hz, _ENGINE_RATES_HZ[1]), _ENGINE_RATES_HZ[1]


_CONVERT = "Convert it, for example: ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le clip.wav"


def over_the_telephone(samples: Samples, sample_rate_hz: int) -> Samples:
    """What is left after a telephone line: 8 kHz, 8-bit mu-law (G.711)."""
    return mulaw.decode(mulaw.encode(resample(samples, sample_rate_hz, TELEPHONE_RATE_HZ)))
