"""Changing the rate keeps what it can carry and lets nothing fold back."""

import numpy as np
import pytest

from voicebot.audio import Samples
from voicebot.audio.level import dbfs
from voicebot.audio.resample import StreamResampler, resample


def a_tone(hertz: float, rate_hz: int, seconds: float = 0.5) -> Samples:
    moments = np.arange(round(rate_hz * seconds)) / rate_hz
    tone: Samples = np.rint(8000 * np.sin(2 * np.pi * hertz * moments)).astype(np.int16)
    return tone


@pytest.mark.parametrize(("from_hz", "to_hz"), [(24000, 8000), (8000, 16000), (22050, 8000), (16000, 8000)])
def test_a_tone_keeps_its_length_its_pitch_and_its_level(from_hz: int, to_hz: int) -> None:
    changed = resample(a_tone(1000, from_hz), from_hz, to_hz)
    assert abs(changed.size - to_hz // 2) <= 1
    assert np.argmax(np.abs(np.fft.rfft(changed))) == pytest.approx(1000 * changed.size / to_hz, abs=1)
    assert dbfs(changed) == pytest.approx(dbfs(a_tone(1000, to_hz)), abs=0.3)


def test_what_the_lower_rate_cannot_carry_does_not_fold_back() -> None:
    inner = resample(a_tone(6000, 16000), 16000, 8000)[400:-400]
    assert dbfs(inner) < -70


def test_the_same_clip_gives_the_same_bytes_each_time() -> None:
    clip = a_tone(440, 24000)
    assert resample(clip, 24000, 8000).tobytes() == resample(clip, 24000, 8000).tobytes()


def test_the_loudest_samples_do_not_wrap_around() -> None:
    square = np.where(a_tone(500, 16000) >= 0, 32767, -32768).astype(np.int16)
    changed = resample(square, 16000, 8000)
    inner = changed[200:-200].astype(int)
    assert np.abs(np.diff(np.sign(inner))).sum() / 2 == pytest.approx(2 * 500 * inner.size / 8000, abs=2)


def test_nothing_and_the_same_rate_pass_as_a_copy() -> None:
    clip = a_tone(440, 8000)
    same = resample(clip, 8000, 8000)
    assert same.tolist() == clip.tolist()
    assert same is not clip
    assert resample(clip[:0], 8000, 16000).size == 0


@pytest.mark.parametrize("to_hz", [16000, 8000])
def test_a_stream_gives_the_whole_tone_once_it_is_told_that_it_ended(to_hz: int) -> None:
    clip = a_tone(1000, 8000)
    stream = StreamResampler(8000, to_hz)
    parts = [stream.feed(clip[start : start + 160]) for start in range(0, clip.size, 160)]
    parts.append(stream.feed(clip[:0], last=True))
    whole = np.concatenate(parts)
    assert abs(whole.size - to_hz // 2) <= 2
    assert dbfs(whole) == pytest.approx(dbfs(clip), abs=0.3)
