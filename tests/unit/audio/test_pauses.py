"""Where a prompt can be taken up again."""

from __future__ import annotations

import numpy as np

from voicebot.audio import mulaw
from voicebot.audio.pauses import clause_starts_seconds

RNG = np.random.default_rng(1)


def sound(seconds: float, amplitude: float = 6000.0) -> bytes:
    return mulaw.encode(np.rint(RNG.normal(0.0, amplitude, round(8000 * seconds))).astype(np.int16))


def test_sound_begins_again_after_each_pause() -> None:
    coded = sound(1.0) + sound(0.2, 20.0) + sound(0.5) + mulaw.encode(np.zeros(1200, np.int16)) + sound(0.4)
    starts = clause_starts_seconds(coded)
    assert [round(start, 1) for start in starts] == [1.2, 1.8]


def test_silence_before_within_a_word_and_at_the_end_is_none() -> None:
    assert (
        clause_starts_seconds(
            sound(0.3, 10.0) + sound(1.0) + sound(0.06, 10.0) + sound(0.5) + sound(0.4, 10.0)
        )
        == ()
    )


def test_nothing_and_mere_silence_have_no_clauses() -> None:
    assert clause_starts_seconds(b"") == ()
    assert clause_starts_seconds(b"\xff" * 8000) == ()
