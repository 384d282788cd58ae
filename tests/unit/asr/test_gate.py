"""The gates before and after decoding, and where a long utterance is cut."""

import numpy as np
import pytest

from voicebot.asr.engine import Samples
from voicebot.asr.gate import EnergyGate, SpeechGate, windows

RATE = 8_000


def tone(seconds: float, amplitude: float = 6_000) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * 220 * time)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def test_the_sound_is_counted_and_the_pauses_are_not() -> None:
    clip = np.concatenate([silence(0.5), tone(0.3), silence(0.5), tone(0.2)])
    assert EnergyGate().voiced_seconds(clip, RATE) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "clip", [silence(1.0), silence(0.0), tone(1.0, 30), np.concatenate([tone(0.03), silence(1)])]
)
def test_silence_hum_and_clicks_are_not_decoded(clip: Samples) -> None:
    assert not EnergyGate().passes(clip, RATE)


def test_a_short_answer_passes() -> None:
    assert EnergyGate().passes(np.concatenate([silence(0.3), tone(0.15), silence(0.3)]), RATE)


@pytest.mark.parametrize(
    ("no_speech", "score", "passes"),
    [(0.1, -0.5, True), (0.1, -1.5, True), (0.9, -0.5, True), (0.9, -1.5, False), (0.1, -2.5, False)],
)
def test_unlikely_text_and_likely_silence_together_are_noise(
    no_speech: float, score: float, passes: bool
) -> None:
    assert SpeechGate().passes(no_speech, score) is passes


def test_a_long_utterance_is_cut_where_it_is_quiet_and_nothing_is_lost() -> None:
    clip = np.concatenate([tone(8.5), silence(0.5), tone(4.0)])
    pieces = windows(clip, RATE, longest_seconds=10.0)
    assert np.array_equal(np.concatenate(pieces), clip)
    assert len(pieces[0]) / RATE == pytest.approx(8.75, abs=0.3)
    assert all(len(piece) <= 10 * RATE for piece in pieces)


def test_a_short_utterance_stays_whole() -> None:
    assert len(windows(tone(2.0), RATE, longest_seconds=10.0)) == 1
