"""G.711 mu-law, the coding of telephone audio in North America and of Twilio's media streams, by tables."""

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Samples

SILENCE = 0xFF
"""The byte that decodes to zero; 0x7F does too, but the encoder never makes it."""

_BIAS = 132
_LOUDEST = 32635


def _decode_table() -> Samples:
    """The linear value of each of the 256 bytes (ITU-T G.711, table 2a, scaled to 16 bits)."""
    inverted = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (inverted >> 4) & 0x07
    mantissa = inverted & 0x0F
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(inverted & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    """The byte for each 16-bit value, indexed by the value taken as unsigned."""
    value = np.arange(65536, dtype=np.int64).astype(np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(value), _LOUDEST) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    coded: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return coded


_TO_LINEAR = _decode_table()
_TO_MULAW = _encode_table()


def encode(samples: Samples) -> bytes:
    """Turn 16-bit samples into mu-law, one byte a sample."""
    return _TO_MULAW[np.ascontiguousarray(samples, dtype=np.int16).view(np.uint16)].tobytes()


def decode(coded: bytes) -> Samples:
    """Turn mu-law bytes into 16-bit samples, one a byte; the array is the caller's own."""
    return _TO_LINEAR[np.frombuffer(coded, dtype=np.uint8)]
