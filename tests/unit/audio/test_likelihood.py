"""A model of speech is asked in its own chunks, with each call's own memory, and only when wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from voicebot.audio import Samples
from voicebot.audio.likelihood import CHUNK_SAMPLES, Chunk, SpeechLikelihood


class Remembering:
    """Answers with the first sample of the chunk, and remembers all chunks that came before it."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def score(self, chunk: Chunk, memory: Any) -> tuple[float, Any]:
        assert chunk.shape == (CHUNK_SAMPLES,)
        assert chunk.dtype == np.float32
        seen = (memory or 0) + 1
        self.asked.append(seen)
        return float(chunk[0]), seen


def a_ramp(frames: int) -> Samples:
    return np.arange(frames * 160, dtype=np.int16)


def hear_all(likelihood: SpeechLikelihood, sound: Samples, *, wanted: bool = True) -> list[float]:
    return [likelihood.hear(sound[start : start + 160], wanted=wanted) for start in range(0, sound.size, 160)]


def test_frames_are_regrouped_into_chunks_without_a_sample_lost() -> None:
    answers = hear_all(SpeechLikelihood(Remembering()), a_ramp(8))
    first_samples = [round(answer * 32768) for answer in answers]
    assert first_samples == [0, 0, 0, 256, 512, 512, 768, 1024]


def test_a_call_keeps_its_own_memory() -> None:
    model = Remembering()
    here, there = SpeechLikelihood(model), SpeechLikelihood(model)
    hear_all(here, a_ramp(8))
    hear_all(there, a_ramp(8))
    assert model.asked == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]


def test_what_nobody_asks_about_is_not_judged() -> None:
    model = Remembering()
    assert hear_all(SpeechLikelihood(model), a_ramp(100), wanted=False) == [0.0] * 100
    assert model.asked == []


def test_a_question_after_a_short_silence_is_answered_from_all_that_was_heard() -> None:
    model = Remembering()
    likelihood = SpeechLikelihood(model)
    sound = a_ramp(24)
    hear_all(likelihood, sound[: 160 * 8])
    hear_all(likelihood, sound[160 * 8 : 160 * 16], wanted=False)
    hear_all(likelihood, sound[160 * 16 :])
    assert model.asked == list(range(1, 16))


def test_a_question_after_a_long_silence_is_answered_from_the_last_half_second_alone() -> None:
    model = Remembering()
    likelihood = SpeechLikelihood(model)
    sound = a_ramp(180)
    hear_all(likelihood, sound[: 160 * 8])
    hear_all(likelihood, sound[160 * 8 : 160 * 178], wanted=False)
    model.asked.clear()
    answer = likelihood.hear(sound[160 * 178 : 160 * 179], wanted=True)
    assert model.asked[0] == 1
    assert 16 <= len(model.asked) <= 17
    assert 160 * 179 - 2 * CHUNK_SAMPLES <= round(answer * 32768) < 160 * 179 - CHUNK_SAMPLES + 1
