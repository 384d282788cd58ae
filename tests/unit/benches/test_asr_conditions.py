"""How clips reach the recogniser: rates, noise at its level, and the same noise in every run."""

import numpy as np
import pytest

from voicebot.asr.engine import Samples
from voicebot.benches.asr_conditions import CONDITIONS, LEAD_SECONDS, Channels, Condition, pink_noise

CLEAN_HZ, LINE_HZ = 16_000, 8_000
LEAD = round(LEAD_SECONDS * LINE_HZ)


def tone(seconds: float = 1.0) -> Samples:
    return (6_000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * CLEAN_HZ)) / CLEAN_HZ)).astype(np.int16)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_only_the_clean_one_keeps_the_rate_and_all_have_silence_around(condition: Condition) -> None:
    heard, rate_hz = Channels().carry(tone(), CLEAN_HZ, condition, "a")
    assert rate_hz == (CLEAN_HZ if condition == "clean" else LINE_HZ)
    assert len(heard) / rate_hz == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(("condition", "snr_db"), [("noise 10 dB", 10.0), ("noise 5 dB", 5.0)])
def test_noise_lies_below_the_speech_by_its_level(condition: Condition, snr_db: float) -> None:
    noise = (500 * np.random.default_rng(3).standard_normal(5 * LINE_HZ)).astype(np.int16)
    channels = Channels([noise])
    quiet, _ = channels.carry(tone(), CLEAN_HZ, "telephone", "a")
    noisy, _ = channels.carry(tone(), CLEAN_HZ, condition, "a")
    speech = quiet[LEAD : LEAD + LINE_HZ].astype(float)
    under = noisy[:LEAD].astype(float)
    assert 20 * np.log10(speech.std() / under.std()) == pytest.approx(snr_db, abs=0.7)


def test_a_clip_meets_the_same_noise_again_and_other_clips_other_noise() -> None:
    one, same, other = (Channels().carry(tone(), CLEAN_HZ, "noise 5 dB", name)[0] for name in ("a", "a", "b"))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_recording_of_silence_is_no_noise() -> None:
    heard, _ = Channels([np.zeros(100, np.int16)]).carry(tone(), CLEAN_HZ, "noise 5 dB", "a")
    assert heard[:LEAD].any()


def test_pink_noise_falls_by_three_decibels_an_octave() -> None:
    power = np.square(np.abs(np.fft.rfft(pink_noise(20).astype(float))))
    low, high = power[20 * 250 : 20 * 500].mean(), power[20 * 1_000 : 20 * 2_000].mean()
    assert 10 * np.log10(low / high) == pytest.approx(6.0, abs=0.5)
