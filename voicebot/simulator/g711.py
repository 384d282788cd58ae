"""G.711 mu-law by table, the carrier's own: int16 samples at 8 kHz to bytes and back (ITU-T G.711)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_SECONDS = 0.02
SILENCE = b"\xff"
_BIAS = 132


def _decoding_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_DECODED = _decoding_table()


def decode(payload: bytes) -> NDArray[np.int16]:
    """Return int16 samples, one a byte."""
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


def encode(samples: NDArray[np.int16]) -> bytes:
    """Return one mu-law byte a sample."""
    wide = samples.astype(np.int32)
    magnitude = np.minimum(np.abs(wide), 32635) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code = np.where(wide < 0, 0x80, 0) | (exponent << 4) | mantissa
    return bytes((~code & 0xFF).astype(np.uint8))
