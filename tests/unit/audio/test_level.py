"""Levels measured and evened out, silence trimmed, clips joined without a click."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio import Samples
from voicebot.audio.level import (
    FLOOR_DBFS,
    dbfs,
    fade_edges,
    frame_levels_dbfs,
    join_clips,
    normalise_level,
    peak_dbfs,
    trim_silence,
)


def a_tone(amplitude: float, seconds: float = 0.4) -> Samples:
    moments = np.arange(round(8000 * seconds)) / 8000
    tone: Samples = np.rint(amplitude * np.cos(2 * np.pi * 500 * moments)).astype(np.int16)
    return tone


def silence(seconds: float) -> Samples:
    return np.zeros(round(8000 * seconds), dtype=np.int16)


def test_a_sine_lies_three_decibels_under_its_peak() -> None:
    assert peak_dbfs(a_tone(16384)) == pytest.approx(-6.0, abs=0.1)
    assert dbfs(a_tone(16384)) == pytest.approx(-9.0, abs=0.1)


@pytest.mark.parametrize("clip", [silence(0.0), silence(0.1)])
def test_silence_has_the_lowest_level(clip: Samples) -> None:
    assert dbfs(clip) == peak_dbfs(clip) == FLOOR_DBFS


def test_the_most_negative_sample_is_full_scale() -> None:
    assert peak_dbfs(np.array([-32768], dtype=np.int16)) == 0.0


def test_each_frame_has_its_level() -> None:
    levels = frame_levels_dbfs(np.concatenate([silence(0.02), a_tone(16384, 0.02)]))
    assert levels == pytest.approx([FLOOR_DBFS, FLOOR_DBFS, -9.0, -9.0], abs=0.1)


@pytest.mark.parametrize("amplitude", [200, 2000, 12000])
def test_quiet_and_loud_clips_come_to_one_level_however_long_their_pauses(amplitude: float) -> None:
    clip = np.concatenate([silence(1.0), a_tone(amplitude), silence(2.0)])
    evened = normalise_level(clip, -20.0)
    assert dbfs(evened[8000:11200]) == pytest.approx(-20.0, abs=0.3)


@given(to_dbfs=st.floats(-40, 0), peak=st.floats(-20, 0))
def test_no_peak_rises_above_the_limit(to_dbfs: float, peak: float) -> None:
    evened = normalise_level(a_tone(3000), to_dbfs, peak_at_most_dbfs=peak)
    assert peak_dbfs(evened) <= peak + 0.05


def test_silence_is_not_made_louder() -> None:
    assert not normalise_level(silence(0.5)).any()
    assert normalise_level(silence(0.0)).size == 0


def test_silence_is_cut_off_both_ends_and_a_little_is_kept() -> None:
    clip = np.concatenate([silence(0.4), a_tone(8000), silence(1.0)])
    assert trim_silence(clip, keep_ms=30).size / 8000 == pytest.approx(0.46, abs=0.011)


def test_a_pause_within_a_clip_stays() -> None:
    clip = np.concatenate([a_tone(8000), silence(0.5), a_tone(8000)])
    assert trim_silence(clip).size == clip.size


def test_a_clip_of_silence_is_trimmed_to_nothing() -> None:
    assert trim_silence(silence(1.0)).size == 0


def test_faded_edges_start_and_end_near_zero_and_leave_the_middle() -> None:
    clip = a_tone(8000)
    faded = fade_edges(clip, fade_ms=5)
    assert faded[0] == faded[-1] == 0
    assert (faded[40:-40] == clip[40:-40]).all()


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_clips_shorter_than_the_fade_are_faded_too(length: int) -> None:
    assert fade_edges(a_tone(8000)[:length]).size == length


def test_joined_clips_have_no_jump_where_they_meet() -> None:
    hard = np.concatenate([a_tone(8000), -a_tone(8000)])
    joined = join_clips([a_tone(8000), -a_tone(8000)], gap_ms=0)
    meeting = slice(a_tone(8000).size - 2, a_tone(8000).size + 2)
    assert np.abs(np.diff(hard[meeting].astype(int))).max() > 10000
    assert np.abs(np.diff(joined[meeting].astype(int))).max() < 200


def test_the_gap_lies_between_clips_only_and_empty_clips_fall_away() -> None:
    joined = join_clips([silence(0.0), a_tone(8000), silence(0.0), a_tone(8000)], gap_ms=100)
    assert joined.size == 2 * a_tone(8000).size + 800
    assert join_clips([], gap_ms=100).size == 0
