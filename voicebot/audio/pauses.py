"""Where a rendered prompt pauses: the places at which it can be taken up again after an interruption."""

import numpy as np

from voicebot.audio import mulaw
from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS

LEAST_PAUSE_SECONDS = 0.10
"""Shorter gaps lie inside words, before a plosive."""
BELOW_SPEECH_DB = 25.0
"""How far a pause lies below the loud frames of the prompt."""
_LOUD_PERCENTILE = 90.0
_FLOOR = 1e-9


def clause_starts_seconds(coded: bytes) -> tuple[float, ...]:
    """Where sound begins again after each pause, in seconds from the start of this mu-law audio at 8 kHz.

    The beginning itself is none. About a millisecond for ten seconds of sound.
    """
    frames = len(coded) // FRAME_BYTES
    if not frames:
        return ()
    samples = mulaw.decode(coded[: frames * FRAME_BYTES]).astype(np.float64).reshape(frames, FRAME_BYTES)
    levels_db = 10.0 * np.log10(np.mean(samples**2, axis=1) + _FLOOR)
    is_quiet = levels_db < np.percentile(levels_db, _LOUD_PERCENTILE) - BELOW_SPEECH_DB
    starts: list[float] = []
    quiet_frames = 0
    has_sounded = False
    for number, quiet in enumerate(is_quiet):
        if quiet:
            quiet_frames += 1
            continue
        if has_sounded and quiet_frames * FRAME_SECONDS >= LEAST_PAUSE_SECONDS:
            starts.append(round(number * FRAME_SECONDS, 3))
        quiet_frames, has_sounded = 0, True
    return tuple(starts)
