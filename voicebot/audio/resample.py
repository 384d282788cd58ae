"""Changing the sample rate, with a real anti-alias filter (soxr)."""

import numpy as np
import soxr

from voicebot.audio import Samples


def _to_int16(samples: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Samples:
    # In floating point on purpose: soxr dithers when it writes integers, and replays must be exact.
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the rate of a whole clip or utterance (HQ: nothing is held back, nothing is delayed)."""
    if from_hz == to_hz or samples.size == 0:
        return samples.copy()
    return _to_int16(soxr.resample(samples.astype(np.float32), from_hz, to_hz, quality="HQ"))


class StreamResampler:
    """Changes the rate of audio that comes in chunks; holds some back until more or the end comes.

    quality is one of soxr's: LQ for live partials (HQ holds back up to 114 ms from 8 to 16 kHz, in chunks
    of 20 ms), HQ where nothing waits for the result.
    """

    def __init__(self, from_hz: int, to_hz: int, quality: str = "LQ") -> None:
        self._same = from_hz == to_hz
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality=quality)

    def feed(self, samples: Samples, *, last: bool = False) -> Samples:
        """Give what is ready after this chunk; with last, everything that is left."""
        if self._same:
            return samples.copy()
        return _to_int16(self._stream.resample_chunk(samples.astype(np.float32), last=last))
