"""Speech made ready for the line."""

import numpy as np
import pytest

from voicebot.audio import level, mulaw
from voicebot.tts.clip import clip_key, clip_of, seconds_of, silence
from voicebot.tts.engine import Speech, VoiceFailedError


def a_tone(
    *, seconds: float = 0.5, amplitude: float = 3000, offset: float = 0, rate_hz: int = 24000
) -> Speech:
    turn = 2 * np.pi * 300 * np.arange(int(seconds * rate_hz)) / rate_hz
    quiet = np.zeros(rate_hz // 2)
    sound = np.concatenate([quiet, np.sin(turn) * amplitude, quiet]) + offset
    return Speech(samples=sound.astype(np.int16), sample_rate_hz=rate_hz)


def test_a_clip_is_8_khz_mu_law_without_the_silence_around_it():
    clip = clip_of(a_tone(seconds=0.5))
    assert 0.5 <= seconds_of(clip) <= 0.56


@pytest.mark.parametrize("amplitude", [300, 3000, 20000])
def test_loud_and_soft_speech_come_out_at_the_same_level(amplitude: float):
    heard = mulaw.decode(clip_of(a_tone(amplitude=amplitude)))
    levels = level.frame_levels_dbfs(heard)
    assert float(np.median(levels)) == pytest.approx(-20, abs=1.0)


def test_an_offset_is_taken_away():
    heard = mulaw.decode(clip_of(a_tone(offset=800, amplitude=8000)))
    assert abs(float(heard.mean())) < 40


def test_the_edges_begin_and_end_at_zero():
    heard = mulaw.decode(clip_of(a_tone()))
    assert heard[0] == heard[-1] == 0
    assert int(np.abs(np.diff(heard.astype(int)))[:10].max()) < 500


@pytest.mark.parametrize("length", [0, 10, 24000])
def test_silence_is_no_clip(length: int):
    with pytest.raises(VoiceFailedError, match="silent"):
        clip_of(Speech(samples=np.zeros(length, dtype=np.int16), sample_rate_hz=24000))


def test_a_pause_has_its_length_and_is_quiet():
    assert len(silence(120)) == 960
    assert not mulaw.decode(silence(120)).any()


def test_the_key_tells_engine_speed_and_text_apart_but_not_spacing():
    key = clip_key("kokoro-1/a", 1.0, "您好。")
    assert key == clip_key("kokoro-1/a", 1.0, " 您 好。")
    others = {clip_key("kokoro-2/a", 1.0, "您好。"), clip_key("kokoro-1/a", 0.9, "您好。")}
    assert len({key, clip_key("kokoro-1/a", 1.0, "您好？"), *others}) == 4
