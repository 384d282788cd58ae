"""WAV files of 8 kHz mu-law (RIFF, format tag 7), as telephones have it."""

from __future__ import annotations

import struct

from voicebot.audio.framing import SAMPLE_RATE_HZ

MULAW_FORMAT = 7


def mulaw_wav(payload: bytes, channels: int = 1) -> bytes:
    """A whole file; with two channels the payload holds them byte by byte in turn.

    Formats other than PCM carry a ``fact`` chunk with the number of samples a channel (Microsoft, "New
    Multimedia Data Types and Data Techniques", 1994).
    """
    fmt = struct.pack(
        "<HHIIHHH", MULAW_FORMAT, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * channels, channels, 8, 0
    )
    fact = struct.pack("<I", len(payload) // channels)
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", fmt), (b"fact", fact), (b"data", payload))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
